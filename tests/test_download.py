"""Files from a real server on this machine, which misbehaves as real ones do."""

from __future__ import annotations

import errno
import gzip
import json
import lzma
import os
import random
import resource as limits
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kursk_geo.download import (
    Bar,
    Fetched,
    NotPublishedError,
    PartNote,
    Resource,
    Session,
    Stop,
    cache_entries,
    cache_folder,
    check_redirect,
    check_url,
    clear_cache,
    entry_path,
    fetch_file,
    fetch_files,
    fetch_json,
    open_part,
)
from kursk_geo.errors import (
    DownloadError,
    LicenceError,
    OfflineError,
    OptionError,
    SourceWarning,
)
from server import (
    BYTES,
    JSON,
    Chunked,
    DeepState,
    FeatureLayer,
    File,
    Gathering,
    InTurn,
    LocalServer,
    RawFiles,
    Reset,
    Route,
    Seen,
    Silent,
    Stall,
    Status,
    Tarball,
    Trickle,
    Unframed,
    WrongLength,
    body_status,
    etag_of,
    huge,
    lfs_pointer,
    packed_bomb,
    packed_garbage,
    redirect,
    web_page,
)

MAP = b'{"type": "FeatureCollection", "features": []}'
SNAPSHOT = Resource(expect="json", immutable=True, licence="of the publisher")
LIST = Resource(expect="json")
DATA = Resource()
ARCHIVE = Resource(resume=True)
# Does not pack, so that a body's size is what goes over the wire.
LARGE = random.Random(2024).randbytes(2 << 20)


class Clock:
    """Time that passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self.lock = threading.Lock()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self.lock:
            self.slept.append(seconds)
            self.now += seconds


@dataclass
class Web:
    """A server, a cache, and a session whose waits take no time."""

    server: LocalServer
    cache: Path
    clock: Clock
    session: Session

    def add(self, path: str, route: Route | bytes) -> str:
        return self.server.add(path, route)

    def fetch(self, url: str, resource: Resource = DATA) -> Fetched:
        return self.fetch_all([url], resource)[0]

    def fetch_all(
        self, urls: list[str], resource: Resource = DATA, **options: Any
    ) -> list[Fetched]:
        usual: dict[str, Any] = {"cache_dir": self.cache, "session": self.session}
        return fetch_files(urls, resource=resource, **(usual | options))

    def read(self, url: str, resource: Resource = DATA) -> Any:
        document = fetch_json(
            url, resource=resource, cache_dir=self.cache, session=self.session
        )
        assert isinstance(document, dict | list)
        return document

    def offline(self, url: str, resource: Resource = DATA) -> Fetched:
        return fetch_file(url, resource=resource, cache_dir=self.cache, offline=True)

    @property
    def files(self) -> set[str]:
        """Names of all files in the cache."""
        return {path.name for path in self.cache.rglob("*") if path.is_file()}

    @property
    def seen(self) -> list[Seen]:
        return self.server.seen


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def web(tmp_path: Path, clock: Clock) -> Iterator[Web]:
    with (
        LocalServer() as server,
        Session(timeout_s=0.4, clock=clock, sleep=clock.sleep) as session,
    ):
        yield Web(server, tmp_path / "cache", clock, session)


def assert_whole(fetched: Fetched, body: bytes) -> None:
    assert fetched.path.read_bytes() == body
    assert fetched.sha256 == sha256(body).hexdigest()
    assert fetched.size_bytes == len(body)


# --- one file


def test_a_file_lands_with_its_sidecar(web: Web) -> None:
    modified = "Tue, 13 Aug 2024 20:29:00 GMT"
    route = File(MAP, content_type=JSON, etag='"a"', last_modified=modified)
    url = web.add("/maps/1723150320.geojson", route)
    before = datetime.now(UTC)
    fetched = web.fetch(url, SNAPSHOT)
    assert_whole(fetched, MAP)
    assert fetched.path.name == "1723150320.geojson"
    assert fetched.path.is_relative_to(web.cache)
    assert not fetched.from_cache
    assert before <= fetched.fetched_utc <= datetime.now(UTC)
    sidecar = json.loads(
        fetched.path.with_name(fetched.path.name + ".meta.json").read_bytes()
    )
    assert datetime.fromisoformat(sidecar.pop("fetched_utc")) == fetched.fetched_utc
    assert datetime.fromisoformat(sidecar.pop("checked_utc")) == fetched.fetched_utc
    assert sidecar == {
        "url": url,
        "etag": '"a"',
        "last_modified": modified,
        "sha256": sha256(MAP).hexdigest(),
        "size_bytes": len(MAP),
        "licence": "of the publisher",
        "expect": "json",
    }
    assert web.files == {"1723150320.geojson", "1723150320.geojson.meta.json"}


def test_requests_name_the_library_and_carry_no_credentials(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    cookie = Status(302, {"Location": "/file", "Set-Cookie": "session=1; Path=/"})
    first = web.add("/first", cookie)
    web.add("/file", b"data")
    fetch_file(first, cache_dir=web.cache)
    assert web.server.paths() == ["/first", "/file"]
    for seen in web.seen:
        assert seen.headers["User-Agent"].startswith("kursk-geo/")
        assert "+https://" in seen.headers["User-Agent"]
        assert not {"Authorization", "Cookie"} & seen.headers.keys()


def test_an_immutable_file_is_asked_for_once(web: Web) -> None:
    url = web.add("/1", File(MAP, etag='"a"'))
    web.fetch(url, SNAPSHOT)
    again = web.fetch(url, SNAPSHOT)
    assert again.from_cache
    assert len(web.seen) == 1


@pytest.mark.parametrize(
    ("validators", "condition"),
    [
        ({"etag": '"a"'}, ("If-None-Match", '"a"')),
        (
            {"last_modified": "Tue, 13 Aug 2024 20:29:00 GMT"},
            ("If-Modified-Since", "Tue, 13 Aug 2024 20:29:00 GMT"),
        ),
    ],
)
def test_a_file_is_revalidated(
    web: Web,
    validators: dict[str, str],
    condition: tuple[str, str],
) -> None:
    url = web.add("/list", File(b"[1]", **validators))  # type: ignore[arg-type] # str
    first = web.fetch(url, LIST)
    again = web.fetch(url, LIST)
    assert condition in web.seen[1].headers.items()
    assert web.seen[1].status == 304
    assert again.from_cache
    assert again.fetched_utc == first.fetched_utc
    assert again.checked_utc > first.checked_utc
    assert_whole(again, b"[1]")


def test_a_new_edition_replaces_the_old_one(web: Web) -> None:
    url = web.add("/list", InTurn(File(b"[1]", etag='"1"'), File(b"[2]", etag='"2"')))
    web.fetch(url, LIST)
    again = web.fetch(url, LIST)
    assert not again.from_cache
    assert_whole(again, b"[2]")


def test_a_packed_answer_is_unpacked(web: Web) -> None:
    body = MAP * 10_000
    url = web.add("/packed", File(body, packed=True))
    assert_whole(web.fetch(url), body)
    assert web.seen[0].n_bytes < len(body)


def test_members_of_a_packed_answer_are_joined(web: Web) -> None:
    packed = gzip.compress(b"one ") + gzip.compress(b"0" * 300_000)
    url = web.add("/packed", Status(200, {"Content-Encoding": "gzip"}, packed))
    fetched = web.fetch(url)
    assert_whole(fetched, b"one " + b"0" * 300_000)


def test_json_is_read(web: Web) -> None:
    url = web.add("/list", '[{"id": 1, "name": "Курськ"}]'.encode())
    assert web.read(url) == [{"id": 1, "name": "Курськ"}]


def test_an_empty_file_is_a_file(web: Web) -> None:
    assert_whole(web.fetch(web.add("/empty", b"")), b"")


def test_a_relative_redirect_is_followed(web: Web) -> None:
    web.add("/there/файл.json", MAP)
    url = web.add("/here", redirect("/there/%D1%84%D0%B0%D0%B9%D0%BB.json"))
    fetched = web.fetch(url, LIST)
    assert_whole(fetched, MAP)
    assert fetched.url == url


# --- faults

FINAL: dict[str, tuple[Route, Resource, str]] = {
    "404": (Status(404), LIST, "answered 404"),
    "400": (Status(400), LIST, "answered 400"),
    "304 unasked": (Status(304), LIST, "answered 304"),
    "5 GB": (huge(), LIST, "holds 5,368,709,120 bytes"),
    "more than told": (
        Chunked([b"0" * 60_000] * 3),
        Resource(max_bytes=100_000),
        "holds more",
    ),
    "bomb": (packed_bomb(3 << 20), Resource(max_bytes=1 << 20), "holds more"),
    "pointer": (lfs_pointer(MAP), Resource(), "Git LFS pointer"),
    "digest": (File(MAP), Resource(sha256="0" * 64), "sha256"),
    "redirect to http": (
        redirect("http://example.org/map"),
        LIST,
        "redirects to http://example.org",
    ),
    "redirect with a user": (
        redirect("https://someone:secret@example.org/map"),
        LIST,
        "redirects to https://example.org",
    ),
    "redirect to nowhere": (redirect("http://[::1/"), LIST, "redirects to no address"),
    "redirect in circles": (redirect("/file"), LIST, "more than 5 times"),
    "asks to wait for hours": (
        Status(429, {"Retry-After": "7200"}),
        LIST,
        "asks to wait 7,200 s",
    ),
}

CUT = MAP[:-7]
PASSING: dict[str, tuple[Route, Resource, str]] = {
    "500": (Status(500), LIST, "status 500"),
    "503": (Status(503), LIST, "status 503"),
    "429": (Status(429), LIST, "status 429"),
    "429 with seconds": (Status(429, {"Retry-After": "7"}), LIST, "status 429"),
    "403 that throttles": (Status(403, {"Retry-After": "1"}), LIST, "status 403"),
    "truncated": (WrongLength(CUT, len(MAP)), Resource(), "broken off after 38 bytes"),
    "reset in the body": (Reset(CUT), Resource(), "broken off"),
    "reset at once": (Reset(), Resource(), "no answer"),
    "chunks without end": (Chunked([CUT], end=False), Resource(), "broken off"),
    "length too short": (WrongLength(MAP, len(CUT)), LIST, "not a whole json file"),
    "end unmarked": (Unframed(CUT), LIST, "not a whole json file"),
    "gzip garbage": (packed_garbage(), Resource(), "does not unpack"),
    "gzip cut": (
        Status(200, {"Content-Encoding": "gzip"}, gzip.compress(MAP)[:-9]),
        Resource(),
        "ends early",
    ),
    "garbage behind gzip": (
        Status(200, {"Content-Encoding": "gzip"}, gzip.compress(MAP) + b"garbage"),
        Resource(),
        "does not unpack",
    ),
    "unknown packing": (
        Status(200, {"Content-Encoding": "br"}, MAP),
        Resource(),
        "packed as br",
    ),
    "web page for JSON": (web_page(), LIST, "a web page"),
    "web page for data": (web_page(), Resource(), "a web page"),
    "a part unasked": (Status(206, {"Content-Range": "bytes 0-1/9"}), LIST, "edition"),
    "text for JSON": (File(b"busy"), LIST, "not a whole json file"),
    "number for JSON": (File(b"12"), LIST, "not a whole json file"),
    "binary for text": (
        File(b"a\0b"),
        Resource(expect="text"),
        "not a whole text file",
    ),
    "429 inside of 200": (
        FeatureLayer([], n_throttled=99),
        Resource(
            expect="json", body_status=lambda path: body_status(path.read_bytes())
        ),
        "status 429",
    ),
}


@pytest.mark.parametrize(("route", "what", "reason"), FINAL.values(), ids=FINAL)
def test_what_will_not_pass_is_not_tried_again(
    web: Web,
    route: Route,
    what: Resource,
    reason: str,
) -> None:
    url = web.add("/file", route)
    with pytest.raises(DownloadError, match=reason) as caught:
        web.fetch(url, what)
    assert "secret" not in str(caught.value)
    assert "Expected" in str(caught.value)
    assert len(web.seen) == (6 if reason == "more than 5 times" else 1)
    assert web.files == set()


@pytest.mark.parametrize(("route", "what", "reason"), PASSING.values(), ids=PASSING)
def test_what_may_pass_is_tried_five_times(
    web: Web,
    route: Route,
    what: Resource,
    reason: str,
) -> None:
    url = web.add("/file", route)
    with pytest.raises(DownloadError, match=reason) as caught:
        web.fetch(url, what)
    assert "failed 5 times" in str(caught.value)
    assert len(web.seen) == 5
    assert web.files == set()


@pytest.mark.parametrize(("route", "what", "reason"), PASSING.values(), ids=PASSING)
def test_what_passes_ends_in_the_whole_file(
    web: Web,
    route: Route,
    what: Resource,
    reason: str,
) -> None:
    url = web.add("/file", InTurn(route, File(MAP)))
    fetched = web.fetch(url, what)
    assert_whole(fetched, MAP)
    assert len(web.seen) == 2
    assert web.files == {"file", "file.meta.json"}


# To a condition, 304 is the right answer.
FAULTS = {name: fault for name, fault in (FINAL | PASSING).items() if name[:3] != "304"}


@pytest.mark.parametrize(("route", "what", "reason"), FAULTS.values(), ids=FAULTS)
def test_a_fault_leaves_the_cache_as_it_was(
    web: Web,
    route: Route,
    what: Resource,
    reason: str,
) -> None:
    url = web.add("/file", InTurn(File(b"[1]", etag='"1"'), route))
    web.fetch(url, LIST)
    with pytest.raises(DownloadError, match=reason):
        web.fetch(url, what)
    assert web.files == {"file", "file.meta.json"}
    kept = web.offline(url, LIST)
    assert_whole(kept, b"[1]")


def test_silence_is_not_waited_for(web: Web) -> None:
    url = web.add("/file", InTurn(Silent(), File(MAP)))
    assert_whole(web.fetch(url), MAP)
    assert len(web.seen) == 2


def test_a_trickle_is_not_waited_for(web: Web) -> None:
    """Each byte comes in time, and all of them would take a minute."""
    url = web.add("/file", InTurn(Trickle(b"0" * 3000), File(MAP)))
    assert_whole(web.fetch(url), MAP)
    assert web.seen[0].n_bytes < 3000


def test_nobody_listens(web: Web) -> None:
    with LocalServer() as gone:
        url = gone.base + "/file"
    with pytest.raises(DownloadError, match="no answer"):
        web.fetch(url)
    assert web.files == set()


@pytest.mark.parametrize("status", [401, 403, 451])
def test_a_refusal_is_a_matter_of_licence(web: Web, status: int) -> None:
    url = web.add("/api/history/*", DeepState({1: MAP}, status=status))
    with pytest.raises(LicenceError, match=f"answered {status}.*read_history"):
        web.read(url + "public")
    assert len(web.seen) == 1


def test_a_refusal_inside_of_200_is_one(web: Web) -> None:
    url = web.add("/list", b'{"error": {"code": 403}}')
    what = Resource(body_status=lambda path: body_status(path.read_bytes()))
    with pytest.raises(LicenceError, match="403"):
        web.fetch(url, what)
    assert web.files == set()


def test_nothing_is_written_to_a_full_disk(web: Web) -> None:
    url = web.add("/large", LARGE)
    soft, hard = limits.getrlimit(limits.RLIMIT_FSIZE)
    limits.setrlimit(limits.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        with pytest.raises(DownloadError, match=r"cannot be written.*KURSK_GEO_CACHE"):
            web.fetch(url)
    finally:
        limits.setrlimit(limits.RLIMIT_FSIZE, (soft, hard))
    assert web.files == set()


def test_a_cache_that_is_a_file_is_told(web: Web, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    url = web.add("/map", MAP)
    with pytest.raises(DownloadError, match="Not a directory"):
        web.fetch_all([url], cache_dir=tmp_path / "file")


# --- what enters the cache


def zipped() -> bytes:
    target = BytesIO()
    with ZipFile(target, "w") as archive:
        archive.writestr("doc.kml", "<kml/>")
    return target.getvalue()


ARCHIVES = {
    "zip": zipped(),
    "gzip": gzip.compress(LARGE[:200_000]),
    "xz": lzma.compress(b"map"),
}


@pytest.mark.parametrize("kind", ARCHIVES)
def test_archives_enter_only_when_whole(web: Web, kind: str) -> None:
    what = Resource(expect=kind)  # type: ignore[arg-type] # one of the words
    body = ARCHIVES[kind]
    url = web.add("/whole", body)
    assert_whole(web.fetch(url, what), body)
    for wrong in (body[:-3], b"", b"PK no", MAP, gzip.compress(b"0" * 10_000_000)):
        url = web.add("/cut", wrong)
        with pytest.raises(DownloadError, match=f"not a whole {kind} file"):
            web.fetch(url, what)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(body=st.binary(max_size=300_000), n_cut=st.integers(1, 1000))
def test_any_body_arrives_whole_or_not_at_all(
    web: Web, body: bytes, n_cut: int
) -> None:
    what = Resource(expect="any")
    url = web.add("/file", File(body, packed=True))
    assert_whole(web.fetch(url, what), body)
    web.add("/file", WrongLength(body, len(body) + n_cut))
    with pytest.raises(DownloadError, match="broken off"):
        web.fetch(url, what)
    assert_whole(web.offline(url, what), body)


def damage_file(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"1", b"2"))


def damage_sidecar(path: Path) -> None:
    path.with_name(path.name + ".meta.json").write_text("{")


def swap_sidecar(path: Path) -> None:
    sidecar = path.with_name(path.name + ".meta.json")
    sidecar.write_text(sidecar.read_text().replace("/list", "/other"))


def remove_file(path: Path) -> None:
    path.unlink()


def remove_sidecar(path: Path) -> None:
    """As when a run was killed between the file and its sidecar."""
    path.with_name(path.name + ".meta.json").unlink()


@pytest.mark.parametrize(
    "damage", [damage_file, damage_sidecar, swap_sidecar, remove_file, remove_sidecar]
)
def test_a_damaged_entry_is_fetched_again(
    web: Web,
    damage: Callable[[Path], None],
) -> None:
    url = web.add("/list", File(b"[1]", etag='"1"'))
    what = Resource(expect="json", immutable=True)
    damage(web.fetch(url, what).path)
    with pytest.raises(OfflineError, match="or are damaged"):
        web.offline(url, what)
    again = web.fetch(url, what)
    assert_whole(again, b"[1]")
    assert not again.from_cache
    assert "If-None-Match" not in web.seen[1].headers


def test_what_was_taken_for_data_is_no_json(web: Web) -> None:
    url = web.add("/list", InTurn(File(b"busy", etag='"1"'), File(b"[1]")))
    web.fetch(url)
    with pytest.raises(OfflineError):
        web.offline(url, LIST)
    assert web.read(url) == [1]


# --- offline


def test_offline_tells_what_is_missing(web: Web) -> None:
    urls = [web.add(f"/{n}", MAP) for n in range(9)]
    web.fetch_all(urls[:2])
    n_seen = len(web.seen)
    assert len(fetch_files(urls[:2], cache_dir=web.cache, offline=True)) == 2
    with pytest.raises(OfflineError, match="7 of 9 files") as caught:
        fetch_files(urls, cache_dir=web.cache, offline=True)
    assert all(url in str(caught.value) for url in urls[2:7])
    assert urls[8] not in str(caught.value)
    with pytest.warns(SourceWarning, match="7 of 9 files"):
        rest = fetch_files(urls, cache_dir=web.cache, offline=True, missing="skip")
    assert [fetched.url for fetched in rest] == urls[:2]
    assert len(web.seen) == n_seen


def test_offline_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(OfflineError):
        fetch_file("https://example.org/map", cache_dir=tmp_path, offline=True)
    assert list(tmp_path.iterdir()) == []


# --- many files


def test_at_most_four_files_come_at_a_time(web: Web) -> None:
    route = Gathering(4)
    urls = [web.add(f"/{n}", route) for n in range(12)]
    fetched = web.fetch_all(urls)
    assert web.server.busiest == 4
    assert [one.url for one in fetched] == urls


def test_fewer_can_be_asked_for(web: Web) -> None:
    urls = [web.add(f"/{n}", Gathering(2, moment_s=0.02)) for n in range(6)]
    web.fetch_all(urls, max_workers=1)
    assert web.server.busiest == 1


def test_order_and_repetition_are_kept(web: Web) -> None:
    one, two = web.add("/1", b"1"), web.add("/2", b"2")
    fetched = web.fetch_all([two, one, two])
    assert [file.path.read_bytes() for file in fetched] == [b"2", b"1", b"2"]
    assert sorted(web.server.paths()) == ["/1", "/2"]


def test_days_without_a_file_can_be_left_out(web: Web) -> None:
    days = {f"data/map_2024080{n}.geojson": b"%d" % n for n in (6, 8, 9)}
    base = web.add("/owner/maps/main/*", RawFiles(days))
    urls = [f"{base}data/map_2024080{n}.geojson" for n in range(5, 10)]
    fetched = fetch_files(
        urls, cache_dir=web.cache, missing="skip", session=web.session
    )
    assert [file.path.read_bytes() for file in fetched] == [b"6", b"8", b"9"]
    with pytest.raises(NotPublishedError, match="404"):
        web.fetch_all(urls)


def test_one_that_fails_stops_the_others_and_keeps_what_arrived(web: Web) -> None:
    good = [web.add(f"/good/{n}", MAP) for n in range(3)]
    bad = web.add("/bad", Status(400))
    stalled = web.add("/stalled", Stall(File(LARGE), 500_000))
    after = [web.add(f"/after/{n}", MAP) for n in range(50)]
    web.fetch_all(good, resource=SNAPSHOT)
    with pytest.raises(DownloadError, match="400") as caught:
        web.fetch_all([*good, stalled, bad, *after], SNAPSHOT)
    assert "of 55 files had arrived" in caught.value.__notes__[0]
    assert len(web.seen) < 50
    assert not [name for name in web.files if name.endswith(".part")]


# --- politeness


def test_a_host_is_not_asked_too_often(web: Web, clock: Clock) -> None:
    urls = [web.add(f"/{n}", MAP) for n in range(4)]
    pauses = {"127.0.0.1": 1.0}
    with Session(pauses_s=pauses, clock=clock, sleep=clock.sleep) as session:
        for url in urls:
            web.fetch_all([url], session=session)
    assert web.clock.slept == [1.0, 1.0, 1.0]


def test_nominatim_is_asked_once_a_second(clock: Clock) -> None:
    with Session(clock=clock, sleep=clock.sleep) as session:
        for host in ["nominatim.openstreetmap.org", "example.org"] * 3:
            session._take_turn(host, Stop())
    assert clock.slept == [1.0, 1.0]
    with Session(clock=clock, sleep=clock.sleep) as session:
        for _ in range(3):
            session._take_turn("example.org", Stop())
    assert clock.slept[2:] == pytest.approx([0.2, 0.2])


@pytest.mark.parametrize(
    ("route", "wait_s"),
    [
        (Status(429, {"Retry-After": "7"}), 7),
        (Status(503, {"Retry-After": "11"}), 11),
        (Status(429), 1),
        (Status(429, {"Retry-After": "soon"}), 1),
        (Status(429, {"Retry-After": "-5"}), 1),
    ],
)
def test_retry_after_is_honoured(web: Web, route: Route, wait_s: float) -> None:
    web.fetch(web.add("/map", InTurn(route, File(MAP))))
    assert web.clock.slept == pytest.approx([wait_s], abs=0.01)


def test_retry_after_may_be_a_date(web: Web) -> None:
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    route = InTurn(Status(503, {"Retry-After": then}), File(MAP))
    web.fetch(web.add("/map", route))
    assert 50 < web.clock.slept[0] <= 60


def test_waits_grow(web: Web) -> None:
    url = web.add("/map", Status(500))
    with pytest.raises(DownloadError):
        web.fetch(url)
    # None before the second try; then 1, 2 and 4 s, and up to 0.25 s of chance.
    assert [int(seconds) for seconds in web.clock.slept] == [1, 2, 4]


# --- resuming


def begun(web: Web, file: File) -> str:
    """URL of an archive of which half has arrived; each further try is cut too."""
    half = len(file.body) // 2
    headers = {"Accept-Ranges": "bytes"} | ({"ETag": file.etag} if file.etag else {})
    url = web.add("/all.tar", WrongLength(file.body[:half], len(file.body), headers))
    with Session(retries=0) as once, pytest.raises(DownloadError, match="broken off"):
        fetch_file(url, resource=ARCHIVE, cache_dir=web.cache, session=once)
    web.seen.clear()
    return url


def test_an_archive_is_continued(web: Web) -> None:
    file = File(LARGE, etag='"a"', ranges=True)
    url = begun(web, file)
    assert web.files == {"all.tar.part", "all.tar.part.json"}
    web.add("/all.tar", file)
    assert_whole(web.fetch(url, ARCHIVE), LARGE)
    assert [seen.status for seen in web.seen] == [206]
    assert web.seen[0].headers["If-Range"] == '"a"'
    # Half of it, and the 64 KiB that are compared.
    assert web.seen[0].n_bytes == len(LARGE) // 2 + (1 << 16)
    assert web.files == {"all.tar", "all.tar.meta.json"}


def test_within_one_call_too(web: Web) -> None:
    file = File(LARGE, etag='"a"', ranges=True)
    headers = {"Accept-Ranges": "bytes", "ETag": '"a"'}
    cut = WrongLength(LARGE[:1_500_000], len(LARGE), headers)
    url = web.add("/all.tar", InTurn(cut, file))
    assert_whole(web.fetch(url, ARCHIVE), LARGE)
    assert sum(seen.n_bytes for seen in web.seen) == len(LARGE) + (1 << 16)


OTHER = bytes(byte ^ 1 for byte in LARGE)


@pytest.mark.parametrize(
    ("file", "n_requests"),
    [
        pytest.param(File(OTHER, etag='"b"', ranges=True), 1, id="new edition"),
        pytest.param(File(OTHER, etag='"a"', ranges=True), 2, id="lying ETag"),
        pytest.param(File(OTHER[:-9], etag='"a"', ranges=True), 2, id="other length"),
        pytest.param(File(OTHER[:9], etag='"a"', ranges=True), 2, id="416"),
        pytest.param(File(OTHER, etag='"a"'), 1, id="no ranges any more"),
    ],
)
def test_another_edition_is_fetched_from_its_start(
    web: Web, file: File, n_requests: int
) -> None:
    url = begun(web, File(LARGE, etag='"a"', ranges=True))
    web.add("/all.tar", file)
    fetched = web.fetch(url, ARCHIVE)
    assert_whole(fetched, file.body)
    assert len(web.seen) == n_requests
    assert web.files == {"all.tar", "all.tar.meta.json"}


@pytest.mark.parametrize(
    ("etag", "ranges", "what"),
    [
        ('W/"a"', True, ARCHIVE),
        (None, True, ARCHIVE),
        ('"a"', False, ARCHIVE),
        ('"a"', True, Resource()),
    ],
    ids=["weak ETag", "no ETag", "no ranges", "not asked for"],
)
def test_only_what_can_be_continued_is_kept(
    web: Web,
    etag: str | None,
    ranges: bool,  # noqa: FBT001
    what: Resource,
) -> None:
    headers = {"ETag": etag} if etag else {}
    headers |= {"Accept-Ranges": "bytes"} if ranges else {}
    url = web.add("/all.tar", WrongLength(LARGE[:900_000], len(LARGE), headers))
    with pytest.raises(DownloadError, match="broken off"):
        web.fetch(url, what)
    assert web.files == set()


def test_an_immutable_archive_is_continued_without_an_etag(web: Web) -> None:
    what = Resource(resume=True, immutable=True)
    headers = {"Accept-Ranges": "bytes"}
    cut = WrongLength(LARGE[:900_000], len(LARGE), headers)
    url = web.add("/all.tar", InTurn(cut, File(LARGE, ranges=True)))
    assert_whole(web.fetch(url, what), LARGE)
    assert "If-Range" not in web.seen[1].headers
    assert web.seen[1].status == 206


def test_a_part_of_what_is_gone_is_not_kept(web: Web) -> None:
    url = begun(web, File(LARGE, etag='"a"', ranges=True))
    web.add("/all.tar", Status(404))
    with pytest.raises(NotPublishedError):
        web.fetch(url, ARCHIVE)
    assert web.files == set()


def test_a_part_of_the_wrong_kind_is_not_kept(web: Web) -> None:
    """Else each further run would find it whole, wrong and without a way out."""
    url = web.add("/all.tar.gz", File(LARGE, etag='"a"', ranges=True))
    with pytest.raises(DownloadError, match="not a whole gzip file"):
        web.fetch(url, Resource(expect="gzip", resume=True))
    assert {seen.status for seen in web.seen} == {200}
    assert web.files == set()


def test_a_part_begun_anew_forgets_what_was(tmp_path: Path) -> None:
    note = PartNote(url="https://example.org", etag='"a"', total_bytes=9)
    with open_part(tmp_path / "map") as part:
        part.restart(note)
        part.file.write(b"old")
    with open_part(tmp_path / "map") as part:
        assert part.note == note
        assert part.bytes_from(0) == b"old"
        part.restart(None)
        assert [path.name for path in tmp_path.iterdir()] == ["map.part"]
        assert part.size_bytes == 0


def test_a_part_that_lands_while_it_is_opened_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between opening and locking, its owner may give it its final name."""
    target = tmp_path / "map"

    def land_first(*_: object) -> None:
        (tmp_path / "map.part").replace(target)

    (tmp_path / "map.part").write_bytes(b"whole")
    monkeypatch.setattr("kursk_geo.download.fcntl.flock", land_first)
    with open_part(target) as part:
        part.restart(None)
    assert target.read_bytes() == b"whole"


def test_a_part_that_was_changed_is_not_built_upon(web: Web) -> None:
    """As after a power failure, when the last blocks hold zeros."""
    file = File(LARGE, etag='"a"', ranges=True)
    url = begun(web, file)
    (part,) = web.cache.rglob("*.part")
    with part.open("r+b") as opened:
        opened.seek(-4096, os.SEEK_END)
        opened.write(bytes(4096))
    web.add("/all.tar", file)
    assert_whole(web.fetch(url, ARCHIVE), LARGE)


def test_a_part_that_another_process_holds_is_left_to_it(web: Web) -> None:
    url = web.add("/all.tar", File(LARGE, etag='"a"', ranges=True))
    with open_part(entry_path(web.cache, url)) as held:
        held.file.write(b"theirs")
        held.file.flush()
        fetched = web.fetch(url, ARCHIVE)
        assert_whole(fetched, LARGE)
        assert held.path.read_bytes() == b"theirs"
    assert web.files == {"all.tar", "all.tar.meta.json"}


def test_a_file_system_without_locks_does(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("kursk_geo.download.fcntl.flock", refuse)
    url = web.add("/all.tar", File(LARGE, etag='"a"', ranges=True))
    assert_whole(web.fetch(url, ARCHIVE), LARGE)
    assert web.files == {"all.tar", "all.tar.meta.json"}


def test_two_may_fetch_the_same_at_the_same_time(web: Web) -> None:
    url = web.add("/map", Gathering(2, MAP))
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(web.fetch, [url, url]))
    assert len(web.seen) == 2
    for fetched in both:
        assert_whole(fetched, MAP)
    assert_whole(web.offline(url), MAP)
    assert web.files == {"map", "map.meta.json"}


RUN = """
import sys
from kursk_geo.download import Resource, fetch_files
fetch_files(
    sys.argv[3:],
    resource=Resource(resume=True, immutable=True),
    cache_dir=sys.argv[1],
    max_workers=int(sys.argv[2]),
)
"""


def killed(
    cache: Path,
    urls: list[str],
    reached: threading.Event,
    *,
    how: int,
    workers: int = 1,
) -> None:
    """Fetch in a process of its own, and end it when the server says so."""
    command = [sys.executable, "-c", RUN, str(cache), str(workers), *urls]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        assert reached.wait(20)
        # The bytes that were sent may still be on their way to the disk.
        until = time.monotonic() + 5
        while time.monotonic() < until and not any(
            part.stat().st_size >= 1 << 19 for part in cache.rglob("*.part")
        ):
            time.sleep(0.005)
        process.send_signal(how)
        process.wait(10)
    assert process.returncode != 0


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=["kill", "Ctrl-C"])
def test_a_killed_run_fetches_only_the_rest(web: Web, how: signal.Signals) -> None:
    small = [web.add(f"/{n}.geojson", b"%d" % n) for n in range(5)]
    file = File(LARGE, etag='"a"', ranges=True)
    stall = Stall(file, 1 << 20)
    large = web.add("/all.tar", stall)
    rest = [web.add(f"/{n}.geojson", b"%d" % n) for n in range(5, 9)]
    urls = [*small, large, *rest]
    killed(web.cache, urls, stall.reached, how=how)
    assert web.server.paths() == [
        url.removeprefix(web.server.base) for url in [*small, large]
    ]
    assert "all.tar" not in web.files

    web.seen.clear()
    web.add("/all.tar", file)
    what = Resource(resume=True, immutable=True)
    fetched = web.fetch_all(urls, what)
    asked = {url.removeprefix(web.server.base) for url in [large, *rest]}
    assert set(web.server.paths()) == asked
    (seen,) = [seen for seen in web.seen if seen.path == "/all.tar"]
    assert seen.status == 206
    assert seen.n_bytes < len(LARGE)
    assert_whole(fetched[5], LARGE)
    assert not [name for name in web.files if ".part" in name]


# --- addresses


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/map",
        "ftp://127.0.0.1/map",
        "file:///etc/passwd",
        "https://someone:secret@example.org/map",
        "https://secret@example.org/map",
        "https:///map",
        "https://example.org:port/map",
        "someone:secret@example.org/map",
        "example.org/map",
        "http://127.0.0.1.example.org/map",
        "",
    ],
)
def test_addresses_that_are_not_asked(web: Web, url: str) -> None:
    with pytest.raises(OptionError, match="https://") as caught:
        web.fetch(url)
    assert "secret" not in str(caught.value)
    with pytest.raises(OptionError, match="https://"):
        web.offline(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "http://127.0.0.1:80/a@b",
        "http://[::1]/",
        "http://localhost",
    ],
)
def test_addresses_that_are(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize(
    ("url", "target", "allowed"),
    [
        ("https://a.org", "https://b.org", True),
        ("http://127.0.0.1", "http://localhost:8000", True),
        ("http://127.0.0.1", "https://b.org", True),
        ("https://a.org", "http://a.org", False),
        ("https://a.org", "http://127.0.0.1", False),
        ("https://a.org", "https://localhost", False),
        ("https://a.org", "https://[::1]", False),
        ("https://a.org", "file:///etc/passwd", False),
        ("https://a.org", "ftp://localhost", False),
        ("http://127.0.0.1", "http://a.org", False),
    ],
)
def test_where_a_redirect_may_lead(
    url: str,
    target: str,
    allowed: bool,  # noqa: FBT001
) -> None:
    if allowed:
        check_redirect(url, target)
        return
    with pytest.raises(DownloadError, match="redirects to"):
        check_redirect(url, target)


def test_options_are_checked() -> None:
    with pytest.raises(OptionError, match="expect='html'"):
        Resource(expect="html")  # type: ignore[arg-type] # the point
    with pytest.raises(OptionError, match="max_bytes=0"):
        Resource(max_bytes=0)
    with pytest.raises(OptionError, match="timeout_s=0"):
        Session(timeout_s=0)
    with pytest.raises(OptionError, match="max_workers=5"):
        fetch_files([], max_workers=5)
    with pytest.raises(OptionError, match="missing='ignore'"):
        fetch_files([], missing="ignore")  # type: ignore[arg-type] # the point


# --- the cache


def test_the_cache_can_be_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KURSK_GEO_CACHE", raising=False)
    assert "kursk_geo" in cache_folder().parts
    monkeypatch.setenv("KURSK_GEO_CACHE", str(tmp_path / "moved"))
    assert cache_folder() == tmp_path / "moved"
    assert cache_folder(cache_dir=tmp_path / "told") == tmp_path / "told"


def test_entries_are_listed_and_cleared(web: Web) -> None:
    assert cache_entries(cache_dir=web.cache).empty
    begun(web, File(LARGE, etag='"a"', ranges=True))
    whole = web.fetch(web.add("/map", File(MAP, etag='"m"')), SNAPSHOT)
    strangers = [
        web.cache / "notes.txt",
        web.cache / "a" / "b.meta.json",
        whole.path.parent / "x",
    ]
    for stranger in strangers:
        stranger.parent.mkdir(exist_ok=True)
        stranger.write_text("mine")
    table = cache_entries(cache_dir=web.cache)
    assert table.url.tolist() == [
        f"{web.server.base}/all.tar",
        f"{web.server.base}/map",
    ]
    assert table.whole.tolist() == [False, True]
    assert table.size_bytes.tolist() == [len(LARGE) // 2, len(MAP)]
    assert table.licence[1] == "of the publisher"
    assert table.etag.tolist() == ['"a"', '"m"']
    assert table.sha256[1] == whole.sha256
    assert table.fetched_utc[1] == whole.fetched_utc
    assert str(table.fetched_utc.dtype) == "datetime64[us, UTC]"
    assert table.fetched_utc.isna().tolist() == [True, False]
    assert clear_cache(cache_dir=web.cache, host="example.org") == 0
    assert (
        clear_cache(cache_dir=web.cache, host=web.server.base.removeprefix("http://"))
        == 2
    )
    assert cache_entries(cache_dir=web.cache).empty
    assert all(stranger.exists() for stranger in strangers)
    assert cache_entries(cache_dir=web.cache).dtypes.equals(table.dtypes)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/a/map.geojson", "map.geojson"),
        ("/a/map.geojson?date=2024", "map.geojson"),
        ("/", "file"),
        ("/..%2f..%2fetc%2fpasswd", "passwd"),
        ("/%2e%2e", "file"),
        ("/.meta.json", "meta.json"),
        ("/map.meta.json", "map.meta.json_"),
        ("/map.part", "map.part_"),
        ("/%D0%B0%00b", "__b"),
        ("/" + "a" * 300 + ".zip", "a" * 96 + ".zip"),
    ],
)
def test_names_in_the_cache_are_safe(tmp_path: Path, path: str, name: str) -> None:
    lies = entry_path(tmp_path, "https://Example.org:443" + path)
    assert lies.name == name
    assert lies.parent.parent == tmp_path / "example.org_443"
    assert lies != entry_path(tmp_path, "https://example.org" + path)


# --- progress


def test_a_bar_is_drawn_on_a_terminal_only(
    web: Web,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("kursk_geo.download.SHOWN_AFTER_S", 0.0)
    urls = [web.add(f"/{n}", MAP) for n in range(3)]
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    web.fetch_all(urls[:2])
    assert capsys.readouterr() == ("", "")
    # What rich takes for a terminal, whatever it is.
    monkeypatch.setenv("FORCE_COLOR", "1")
    fetch_files(urls, cache_dir=web.cache, session=web.session, progress=False)
    assert capsys.readouterr() == ("", "")
    web.fetch_all(urls)
    output = capsys.readouterr()
    assert output.out == ""
    assert "of 3 files" in output.err
    web.fetch(web.add("/4", LARGE))
    assert "MB" in capsys.readouterr().err


def test_a_bar_waits_for_a_second(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with Bar(3, wanted=True) as bar:
        bar.advance(n_bytes=10, n_files=1)
    assert capsys.readouterr().err == ""


# --- the services themselves


def test_services_answer_as_described(web: Web) -> None:
    """What the tests of the sources stand on."""
    maps = {1723150320: MAP, 1723250320: MAP[:-1] + b" }"}
    api = web.add("/api/history/*", DeepState(maps, areas={1723150320: []}))

    def ask(url: str) -> object:
        return web.read(url)

    rows = ask(api + "public")
    assert isinstance(rows, list)
    assert [row["id"] for row in rows] == sorted(maps)
    last = ask(api + "last")
    assert isinstance(last, dict)
    assert last["map"] == json.loads(MAP)
    assert ask(api + "1723150320/geojson") == json.loads(MAP)
    assert ask(api + "1723150320/areas") == []
    with pytest.raises(NotPublishedError):
        ask(api + "17/geojson")

    tarball = Tarball({"geojsons/1723150320.geojson": MAP})
    url = web.add("/owner/maps/tar.gz/0123abc", tarball)
    what = Resource(expect="gzip", resume=True, immutable=True)
    fetched = web.fetch(url, what)
    assert_whole(fetched, tarball.body())


@pytest.mark.parametrize("nested", [False, True])
def test_a_feature_layer_is_paged_and_throttled(
    web: Web,
    nested: bool,  # noqa: FBT001
) -> None:
    features = [{"type": "Feature", "properties": {"FID": n}} for n in range(5)]
    layer = FeatureLayer(features, page_size=2, nested=nested, n_throttled=1, n_pages=1)
    url = web.add("/services/control/FeatureServer/0/*", layer) + "query"
    what = Resource(body_status=lambda path: body_status(path.read_bytes()))
    found: list[object] = []
    for first in (0, 2, 4):
        page = web.read(f"{url}?resultOffset={first}", what)
        assert isinstance(page, dict)
        more = page.get("properties", {}) if nested else page
        assert more.get("exceededTransferLimit", False) == (first < 4)
        found += page["features"]
    assert found == features
    assert len(web.seen) == 5


def test_etags_tell_contents() -> None:
    assert etag_of(b"1") != etag_of(b"2")
    assert BYTES != JSON
