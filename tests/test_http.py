"""Files come whole or not at all, whatever a server does."""

import gzip
import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kursk_geo.errors import DownloadError, LicenceError, OfflineError, OptionError
from kursk_geo.sources import http
from kursk_geo.sources.http import Web
from server import LocalServer, Request, Route, answer, in_turn, raw

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n"
PAGE = b"\n<!DOCTYPE html><html><body>Just a moment"
EMPTY_BLOCK = b"\x00\x00\x00\xff\xff"
"""Of deflate: unpacks to nothing."""


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with LocalServer() as running:
        yield running


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PAUSE_S", "BACKOFF_S", "THROTTLE_S"):
        monkeypatch.setattr(http, name, 0.0)
    monkeypatch.setattr(http, "TIMEOUT_S", 0.4)
    monkeypatch.setattr(http, "RETRIES", 1)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with Web(cache_dir=tmp_path / "cache") as opened:
        yield opened


def drafts(web: Web) -> list[Path]:
    return [path for path in web.folder.rglob(".*") if path.is_file()]


def test_a_file_is_fetched_once_and_then_confirmed(
    server: LocalServer, web: Web
) -> None:
    url = server.add("/a/map.geojson", b'{"a": 1}')
    path = web.get(url)
    assert path.read_bytes() == b'{"a": 1}'
    assert path.name.endswith("-map.geojson")
    assert web.get(url) == path
    assert [request.status for request in server.seen] == [200, 304]
    web.get(url, immutable=True)
    assert Web(cache_dir=web.folder, offline=True).get(url) == path
    assert len(server.seen) == 2
    server.add("/a/map.geojson", b'{"a": 2}')
    assert web.read(url) == b'{"a": 2}'


def test_a_file_that_was_changed_or_cut_is_fetched_again(
    server: LocalServer, web: Web
) -> None:
    url = server.add("/map", b"[1, 2]")
    web.get(url, immutable=True).write_bytes(b"[1")
    with pytest.raises(OfflineError, match=r"not in the cache .*offline=False"):
        Web(cache_dir=web.folder, offline=True).get(url)
    assert web.read(url, immutable=True) == b"[1, 2]"
    assert [request.headers["If-None-Match"] for request in server.seen] == [None] * 2


def test_two_addresses_never_share_a_file(server: LocalServer, web: Web) -> None:
    server.add("/*", lambda request: request.send(request.path.encode()))
    urls = [f"{server.base}/{path}" for path in ("a/x", "b/x", "a/x?p=1", "%2e%2e/x")]
    assert len({web.get(url) for url in urls}) == len(urls)
    assert all(path.is_relative_to(web.folder) for path in map(web.get, urls))


@pytest.mark.parametrize(
    "fault",
    [
        answer(status=500),
        answer(status=503),
        answer(status=429, Retry_After=0),
        answer(status=403, Retry_After=0),
        answer(PAGE, Content_Type="text/html"),
        answer(b""),
        answer(b'{"a": 1'),
        answer(b'{"error": {"code": 429, "message": "slowly"}}'),
        raw(OK + b"Content-Length: 900\r\n\r\n{}"),
        raw(CHUNKED + b"\r\n2\r\n{}\r\n"),
        raw(b""),
        raw(OK + b"Content-Length: 9\r\nContent-Encoding: gzip\r\n\r\nnot gzip!"),
    ],
)
def test_faults_that_pass_are_waited_out(
    server: LocalServer, web: Web, fault: Route
) -> None:
    url = server.add("/map", in_turn(fault, answer(b'{"a": 1}')))
    assert web.read(url) == b'{"a": 1}'
    assert len(server.seen) == 2


def silent(request: Request) -> None:
    request.server.closing.wait(10)


ENDLESS = {
    "silence": silent,
    "status line": raw(b"", itertools.repeat(b"H"), pause_s=0.02),
    "headers": raw(OK + b"X: ", itertools.repeat(b"a"), pause_s=0.02),
    "continue": raw(b"", itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n")),
    "body": raw(
        OK + b"Content-Length: 99999\r\n\r\n", itertools.repeat(b"1"), pause_s=0.02
    ),
    "trailers": raw(CHUNKED + b"\r\n2\r\n{}\r\n0\r\n", itertools.repeat(b"X: y\r\n")),
    "gzip of nothing": raw(
        OK + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n"
        b"\x1f\x8b\x08" + bytes(7),
        itertools.repeat(EMPTY_BLOCK * 100),
    ),
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_answers_without_an_end_are_cut(
    server: LocalServer, web: Web, kind: str
) -> None:
    url = server.add("/map", ENDLESS[kind])
    begun = time.monotonic()
    with pytest.raises(DownloadError, match="failed 2 times"):
        web.get(url)
    assert time.monotonic() - begun < 8
    assert list(web.folder.rglob("*-map*")) == []
    assert drafts(web) == []


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (answer(status=401), LicenceError, "answered 401"),
        (answer(status=404), DownloadError, "answered 404"),
        (answer(status=418), DownloadError, "answered 418"),
        (answer(status=500), DownloadError, "failed 2 times, at last: status 500"),
        (answer(status=429, Retry_After=9999), DownloadError, "asks to wait 9,999 s"),
        (answer(b'{"error": {"code": 498}}'), LicenceError, "answered 401"),
        (
            answer(b'{"error": {"code": 400, "message": "Invalid URL"}}'),
            DownloadError,
            "answered 404",
        ),
        (
            answer(b"version https://git-lfs.github.com/spec/v1\noid sha256:0"),
            DownloadError,
            "Git LFS pointer",
        ),
        (answer(b"1", Content_Length=5 << 30), DownloadError, "holds more than"),
        (answer(gzip.compress(bytes(3000)), Content_Encoding="gzip"), DownloadError,
         "holds more than"),
        (raw(CHUNKED + b"\r\n", itertools.repeat(b"400\r\n" + b"1" * 1024 + b"\r\n")),
         DownloadError, "holds more than"),
        (answer(status=302, Location="/map"), DownloadError, "more than 5 times"),
        (answer(status=302, Location="http://example.org/"), DownloadError, "https"),
        (answer(status=302, Location="file:///etc/passwd"), DownloadError, "https"),
        (answer(status=302, Location="http://["), DownloadError, "not followed"),
    ],
)  # fmt: skip
def test_what_cannot_be_had_is_said(
    *,
    server: LocalServer,
    web: Web,
    fault: Route,
    error: type[Exception],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http, "MAX_BYTES", 2000)
    url = server.add("/map", fault)
    with pytest.raises(error, match=words):
        web.get(url)
    assert list(web.folder.rglob("*-map*")) == []
    assert drafts(web) == []


def test_what_was_there_stays_when_a_newer_one_breaks_off(
    server: LocalServer, web: Web
) -> None:
    url = server.add("/map", b"[1]")
    web.get(url)
    server.add("/map", raw(OK + b"Content-Length: 900\r\n\r\n[2"))
    with pytest.raises(DownloadError):
        web.get(url)
    assert Web(cache_dir=web.folder, offline=True).read(url) == b"[1]"


def test_what_is_not_there_may_be_missed(server: LocalServer, web: Web) -> None:
    assert web.find(f"{server.base}/none") is None
    assert web.find(server.add("/gone", answer(status=410))) is None


def test_redirects_are_followed(server: LocalServer, web: Web) -> None:
    target = server.add("/b", b"[]")
    url = server.add("/a", answer(b"x" * 99, status=302, Location=target))
    assert web.read(url) == b"[]"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/map",
        "https://me:secret@example.org/map",
        "ftp://example.org",
        "https://example.org:x/",
        "https://127.0.0.2:99999/",
        "map.geojson",
        "https://[",
    ],
)
def test_addresses_that_are_not_asked(web: Web, url: str) -> None:
    with pytest.raises(OptionError, match=r"Expected an https://") as caught:
        web.get(url)
    assert "secret" not in str(caught.value)


def test_no_credential_is_sent_and_no_cookie_kept(
    server: LocalServer, web: Web, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    url = server.add("/a", answer(b"[]", Set_Cookie="a=b"))
    web.get(url)
    web.get(url)
    for request in server.seen:
        assert request.headers["Authorization"] is None
        assert request.headers["Cookie"] is None
        assert request.headers["User-Agent"].startswith("kursk-geo/")


def test_requests_keep_their_distance(
    server: LocalServer, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "PAUSE_S", 0.1)
    begun = time.monotonic()
    for path in "abc":
        web.get(server.add(f"/{path}", b"[]"))
    assert time.monotonic() - begun >= 0.2


def test_a_cache_that_cannot_be_written(server: LocalServer, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("here")
    url = server.add("/a", b"[]")
    with Web(cache_dir=blocked) as web, pytest.raises(OptionError, match="Cannot wr"):
        web.get(url)
    assert blocked.read_text() == "here"
