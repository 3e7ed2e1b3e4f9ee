"""Maps from servers on this machine that behave like those they are published on."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from shapely.geometry import mapping

import kursk_geo as kg
from builders import DAY_S, NOON, tile
from kursk_geo.errors import (
    DateNotFoundError,
    DownloadError,
    LicenceError,
    OfflineError,
    OptionError,
    SourceError,
    SourceWarning,
)
from kursk_geo.fetch import COMMIT, Endpoints, fetch_history
from server import (
    DeepState,
    Exchange,
    File,
    InTurn,
    LocalServer,
    RawFiles,
    Reset,
    Route,
    Silent,
    Status,
    lfs_pointer,
    web_page,
)
from services import (
    ARCHIVE,
    TimeLapse,
    add_archive,
    add_tree,
    endpoints,
    impatient,
)

Fetch = Callable[..., kg.ControlHistory]


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with LocalServer() as running:
        yield running


@pytest.fixture
def fetch(server: LocalServer, tmp_path: Path) -> Iterator[Fetch]:
    """`fetch_history` from the server, into a cache of the test's own."""
    with impatient() as session:

        def fetched(source: str, **options: Any) -> kg.ControlHistory:
            there = endpoints(server, session=session)
            given = {"cache_dir": tmp_path / "cache", "endpoints": there, **options}
            return fetch_history(source, **given)

        yield fetched


@pytest.fixture
def maps(maps_folder: Path) -> dict[int, bytes]:
    """The five drawn maps by id."""
    return {int(path.stem): path.read_bytes() for path in maps_folder.iterdir()}


@pytest.fixture
def deepstate(server: LocalServer, maps: dict[int, bytes]) -> DeepState:
    service = DeepState(maps)
    server.add("/deepstate/api/history/*", service)
    return service


def same(one: kg.ControlHistory, other: kg.ControlHistory) -> None:
    """Equal to the last bit; only ``origin`` tells the container."""
    assert one.shapes.equals(other.shapes)
    assert one.shapes.to_wkb().equals(other.shapes.to_wkb())
    left, right = (h.snapshots.drop(columns="origin") for h in (one, other))
    assert left.equals(right)
    assert one.rejected.equals(other.rejected)
    assert (one.source, one.licence) == (other.source, other.licence)
    assert one.attribution == other.attribution


def asked(server: LocalServer, end: str = "") -> list[str]:
    return [path for path in server.paths() if path.endswith(end)]


# --- DeepState itself


@pytest.mark.usefixtures("deepstate")
def test_the_same_history_from_folder_tarball_store_and_live_server(
    server: LocalServer,
    fetch: Fetch,
    *,
    maps: dict[int, bytes],
    maps_folder: Path,
    history: kg.ControlHistory,
    tmp_path: Path,
) -> None:
    live = fetch("deepstate")
    same(live, history)
    files = {f"geojsons/{number}.geojson": raw for number, raw in maps.items()}
    add_archive(server, {**files, "README.md": b"#"}, commit=COMMIT)
    same(fetch("deepstate-archive"), history)
    same(kg.open_store(kg.write_store(live, tmp_path / "live.parquet")), history)
    fetch("deepstate", into=tmp_path / "into")
    same(kg.read_history(tmp_path / "into"), history)
    assert {path.read_bytes() for path in maps_folder.iterdir()} == {
        path.read_bytes() for path in (tmp_path / "into").glob("*.geojson")
    }
    assert kg.read_history(tmp_path / "into").snapshots.origin[0].startswith("into/")
    assert live.snapshots.origin[0] == f"{NOON}.geojson"


@pytest.mark.parametrize(
    ("start", "end", "positions"),
    [
        ("2025-03-02", "2025-03-03", [1, 2]),
        (None, "2025-03-01", [0]),
        ("2025-03-05", None, [4]),
        ("2025-03-01T12:00Z", "2025-03-02T12:00Z", [0, 1]),
        ("2025-03-01T12:00:01Z", "2025-03-02T11:59Z", []),
    ],
)
def test_only_the_window_is_fetched(
    server: LocalServer,
    deepstate: DeepState,
    *,
    fetch: Fetch,
    history: kg.ControlHistory,
    start: str | None,
    end: str | None,
    positions: list[int],
) -> None:
    ids = [sorted(deepstate.maps)[position] for position in positions]
    if not ids:
        with pytest.raises(DateNotFoundError, match="lists 5 maps in all"):
            fetch("deepstate", start=start, end=end)
        return
    same(fetch("deepstate", start=start, end=end), history.between(start, end))
    assert sorted(asked(server, "/geojson")) == [
        f"/deepstate/api/history/{number}/geojson" for number in ids
    ]


@pytest.mark.usefixtures("deepstate")
def test_the_window_may_be_told_by_position(
    server: LocalServer, tmp_path: Path
) -> None:
    with impatient() as session:
        there = endpoints(server, session=session)
        window = ("2025-03-02", "2025-03-03")
        found = kg.fetch_history(
            "deepstate", *window, cache_dir=tmp_path, endpoints=there
        )
    published = found.snapshots.snapshot_utc.dt.strftime("%Y-%m-%d")
    assert published.tolist() == list(window)


@pytest.mark.usefixtures("deepstate")
def test_days_begin_and_end_where_the_user_says(
    server: LocalServer, fetch: Fetch, history: kg.ControlHistory
) -> None:
    # Published at noon UTC, which is two in the morning of the next day in Kiritimati.
    kiritimati = "Pacific/Kiritimati"
    days = {"start": "2025-03-02", "end": "2025-03-02", "tz": kiritimati}
    same(fetch("deepstate", **days), history.between(None, "2025-03-01"))
    assert len(asked(server, "/geojson")) == 1


@pytest.mark.usefixtures("deepstate")
def test_maps_by_id_are_fetched_once_and_the_list_is_confirmed(
    server: LocalServer, fetch: Fetch, history: kg.ControlHistory
) -> None:
    fetch("deepstate")
    server.seen.clear()
    same(fetch("deepstate"), history)
    assert [(seen.path[-7:], seen.status) for seen in server.seen] == [("/public", 304)]
    server.seen.clear()
    same(fetch("deepstate", offline=True), history)
    assert server.seen == []


def test_a_map_published_since_is_all_that_is_fetched(
    server: LocalServer, deepstate: DeepState, fetch: Fetch, maps: dict[int, bytes]
) -> None:
    deepstate.maps = dict(sorted(maps.items())[:-1])
    assert len(fetch("deepstate").snapshots) == 4
    server.seen.clear()
    deepstate.maps = maps
    assert len(fetch("deepstate").snapshots) == 5
    last = f"/deepstate/api/history/{max(maps)}/geojson"
    assert server.paths() == ["/deepstate/api/history/public", last]


def test_offline_says_what_is_missing(
    deepstate: DeepState, fetch: Fetch, maps: dict[int, bytes]
) -> None:
    with pytest.raises(OfflineError, match=r"1 of 1 files .*/api/history/public"):
        fetch("deepstate", offline=True)
    fetch("deepstate", end="2025-03-03")
    later = max(maps) - DAY_S
    with pytest.raises(OfflineError, match=rf"2 of 5 files .*{later}/geojson"):
        fetch("deepstate", offline=True)
    assert deepstate.status == 200


@pytest.mark.parametrize("status", [401, 403])
def test_a_closed_interface_is_explained(
    server: LocalServer, deepstate: DeepState, fetch: Fetch, status: int
) -> None:
    deepstate.status = status
    with pytest.raises(LicenceError) as caught:
        fetch("deepstate")
    message = str(caught.value)
    for word in ["volunteer", "deepstate-archive", "read_history", "offline=True"]:
        assert word in message
    assert f"answered {status}" in message
    deepstate.status = 200
    number = min(deepstate.maps)
    server.add(f"/deepstate/api/history/{number}/geojson", Status(status))
    with pytest.raises(LicenceError, match="deepstate-archive"):
        fetch("deepstate")
    assert isinstance(caught.value, PermissionError)


def test_a_map_that_is_listed_and_not_there_is_told(
    server: LocalServer, deepstate: DeepState, fetch: Fetch
) -> None:
    number = min(deepstate.maps)
    server.add(f"/deepstate/api/history/{number}/geojson", Status(404))
    with pytest.warns(SourceWarning, match=f"1 of 5 maps .* not there: {number}"):
        assert len(fetch("deepstate").snapshots) == 4


@pytest.mark.parametrize("body", [b'{"message": "moved"}', b'[{"ids": 3}]', b"[1]"])
def test_a_list_that_is_none(server: LocalServer, fetch: Fetch, body: bytes) -> None:
    server.add("/deepstate/api/history/public", File(body))
    with pytest.raises(SourceError, match="not the list that it was"):
        fetch("deepstate")


def test_faults_that_pass_are_waited_out(
    server: LocalServer,
    deepstate: DeepState,
    *,
    fetch: Fetch,
    history: kg.ControlHistory,
    tmp_path: Path,
) -> None:
    number = min(deepstate.maps)
    whole = deepstate.maps[number]
    for route in (Status(500), Status(429), Reset(whole[:99]), web_page()):
        server.add(
            f"/deepstate/api/history/{number}/geojson", InTurn(route, File(whole))
        )
        cache = tmp_path / f"cache-{len(server.seen)}"
        same(fetch("deepstate", cache_dir=cache), history)


KILLED = """
import sys
from kursk_geo.fetch import Endpoints, fetch_history
fetch_history(
    "deepstate", cache_dir=sys.argv[2], endpoints=Endpoints(deepstate=sys.argv[1])
)
"""


def test_a_killed_run_fetches_only_the_rest(
    server: LocalServer,
    deepstate: DeepState,
    *,
    fetch: Fetch,
    history: kg.ControlHistory,
    tmp_path: Path,
) -> None:
    stuck = sorted(deepstate.maps)[3:]
    for number in stuck:
        server.add(f"/deepstate/api/history/{number}/geojson", Silent())
    address = f"{server.base}/deepstate"
    run = subprocess.Popen(
        [sys.executable, "-c", KILLED, address, str(tmp_path / "cache")]
    )
    try:
        _wait_for(lambda: len(_landed(tmp_path / "cache")) == 4)
    finally:
        run.send_signal(signal.SIGKILL)
        run.wait(10)
    for number in stuck:
        del server.routes[f"/deepstate/api/history/{number}/geojson"]
    server.seen.clear()
    same(fetch("deepstate"), history)
    assert sorted(asked(server, "/geojson")) == [
        f"/deepstate/api/history/{number}/geojson" for number in stuck
    ]


def _landed(cache: Path) -> list[Path]:
    return list(cache.glob("*/*/*.meta.json"))


def _wait_for(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.02)


# --- the archive


@pytest.fixture
def files(maps: dict[int, bytes]) -> dict[str, bytes]:
    return {f"geojsons/{number}.geojson": raw for number, raw in maps.items()}


def test_the_archive_is_one_file_and_only_its_window_is_read(
    server: LocalServer,
    fetch: Fetch,
    *,
    files: dict[str, bytes],
    history: kg.ControlHistory,
    tmp_path: Path,
) -> None:
    # A map outside of the window that cannot be read does no harm.
    add_archive(server, {**files, "geojsons/1700000000.geojson": b"{"}, commit=COMMIT)
    into = tmp_path / "into"
    days = {"start": "2025-03-02", "end": "2025-03-04", "into": into}
    expected = history.between("2025-03-02", "2025-03-04")
    same(fetch("deepstate-archive", **days), expected)
    assert len(server.seen) == 2  # a page that redirects, and the tarball
    assert [path.name for path in sorted(into.iterdir())] == [
        *(f"{NOON + i * DAY_S}.geojson" for i in (1, 2, 3)),
        "SOURCE.txt",
    ]
    assert "DeepStateMap" in (into / "SOURCE.txt").read_text()
    same(kg.read_history(into), expected)
    server.seen.clear()
    same(fetch("deepstate-archive", offline=True, **days), expected)
    assert server.seen == []


def test_the_archive_of_another_commit(
    server: LocalServer, fetch: Fetch, files: dict[str, bytes]
) -> None:
    other = "36c005fbde95914068d441cf5d00f8c2af76469a"
    moved = {f"deepstate/{path}": raw for path, raw in files.items()}
    add_archive(server, moved, commit=other)
    assert len(fetch("deepstate-archive", commit=other).snapshots) == 5


@pytest.mark.parametrize("commit", ["main", "36c005f", COMMIT.upper(), f"{COMMIT}/.."])
def test_a_commit_is_named_in_full(fetch: Fetch, commit: str) -> None:
    with pytest.raises(OptionError, match="40 hexadecimal digits"):
        fetch("deepstate-archive", commit=commit)


def test_an_archive_that_keeps_breaking_off_is_fetched_map_by_map(
    server: LocalServer,
    fetch: Fetch,
    files: dict[str, bytes],
    history: kg.ControlHistory,
) -> None:
    tarball = add_archive(server, files, commit=COMMIT)
    codeload = f"/codeload/{ARCHIVE}/tar.gz/{COMMIT}"
    server.add(codeload, Reset(tarball.body()[:2000]))
    add_tree(server, ["README.md", *files], commit=COMMIT)
    raw = {f"{COMMIT}/{path}": body for path, body in files.items()}
    server.add("/raw/*", RawFiles(raw))
    with pytest.warns(SourceWarning, match="cannot be continued"):
        same(fetch("deepstate-archive"), history)
    server.seen.clear()
    # What has arrived is not fetched twice, and is enough offline.
    with pytest.warns(SourceWarning, match="cannot be continued"):
        same(fetch("deepstate-archive"), history)
    assert not [path for path in server.paths() if path.startswith("/raw/")]
    same(fetch("deepstate-archive", offline=True), history)


def test_an_archive_with_hostile_members(
    *,
    server: LocalServer,
    fetch: Fetch,
    files: dict[str, bytes],
    history: kg.ControlHistory,
    tmp_path: Path,
) -> None:
    climbing = {"../../../geojsons/1740830402.geojson": b"{}"}
    tarball = add_archive(server, {**climbing, **files}, commit=COMMIT)
    link = tarfile.TarInfo("geojsons/1740830401.geojson")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    tarball.members = [link]
    into = tmp_path / "a" / "b" / "c" / "into"
    same(fetch("deepstate-archive", into=into), history)
    assert {path.name for path in into.iterdir()} == {
        "SOURCE.txt",
        *(path.rpartition("/")[2] for path in files),
    }
    assert not list(tmp_path.glob("*.geojson"))
    assert [path.name for path in (tmp_path / "a").rglob("*") if path.is_dir()] == [
        "b",
        "c",
        "into",
    ]


def test_an_archive_that_is_not_in_the_cache(fetch: Fetch) -> None:
    with pytest.raises(OfflineError, match=rf"{COMMIT}\.tar\.gz"):
        fetch("deepstate-archive", offline=True)


def test_a_window_outside_of_the_archive(
    server: LocalServer, fetch: Fetch, files: dict[str, bytes]
) -> None:
    add_archive(server, files, commit=COMMIT)
    with pytest.raises(DateNotFoundError, match="reaches from 2022-04-03 to 2025-08"):
        fetch("deepstate-archive", start="2019-01-01", end="2019-02-01")


# --- ISW


def area(when: object, x_km: float, number: int, **told: object) -> dict[str, Any]:
    """One feature of a layer."""
    properties = {"OBJECTID": number, **told}
    if when is not None:
        properties["datetime"] = when
    shape = mapping(tile(x_km, 0))
    return {
        "type": "Feature",
        "id": number,
        "properties": properties,
        "geometry": shape,
    }


def days_ms(day: str) -> int:
    return int(pd.Timestamp(day, tz="UTC").timestamp() * 1000)


def lapse(*, date_only: bool = False, n_days: int = 40) -> list[dict[str, Any]]:
    """Two areas a day from 2022-02-24 on, the second one moving."""
    features = []
    for i, day in enumerate(pd.date_range("2022-02-24", periods=n_days)):
        when = str(day.date()) if date_only else days_ms(str(day.date()))
        features += [area(when, 0, 2 * i), area(when, 4 + i, 2 * i + 1)]
    return features


TIMELAPSE = (
    "/arcgis/rest/services/UkrainianCoTTimelapse_FEB_2022_to_DEC_2024_view/"
    "FeatureServer/0"
)


@pytest.mark.parametrize("date_only", [False, True])
@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("id_field", ["OBJECTID", "FID"])
def test_the_time_lapse_is_a_history(
    server: LocalServer, fetch: Fetch, *, date_only: bool, nested: bool, id_field: str
) -> None:
    layer = TimeLapse(
        lapse(date_only=date_only),
        page_size=7,
        nested=nested,
        date_only=date_only,
        id_field=id_field,
    )
    server.add(f"{TIMELAPSE}*", layer)
    history = fetch("isw-timelapse", end="2022-12-31", accept_terms=True)
    published = history.snapshots.snapshot_utc
    assert len(published) == 40
    assert str(published.iloc[0]) == "2022-02-24 23:59:59+00:00"
    assert set(history.shapes.status) == {"occupied"}
    assert len(history.at("2022-03-10")) == 2
    # February has five days and so two pages, and each month begins with page 0.
    offsets = [
        (seen.query["where"][12:32], seen.query["resultOffset"])
        for seen in server.seen
        if seen.path.endswith("/query")
    ]
    assert len({*offsets}) == len(offsets)
    assert server.seen[1].query["orderByFields"] == id_field


def test_the_time_lapse_of_a_window_asks_for_its_months_alone(
    server: LocalServer, fetch: Fetch, tmp_path: Path
) -> None:
    server.add(f"{TIMELAPSE}*", TimeLapse(lapse()))
    days = {"start": "2022-03-10", "end": "2022-03-12", "accept_terms": True}
    history = fetch("isw-timelapse", into=tmp_path / "into", **days)
    assert history.snapshots.snapshot_id.tolist() == [
        "2022-03-10",
        "2022-03-11",
        "2022-03-12",
    ]
    assert len(asked(server, "/query")) == 1
    server.seen.clear()
    again = fetch("isw-timelapse", start="2022-03-20", end="2022-03-21")
    assert len(again.snapshots) == 2
    assert asked(server, "/query") == []
    assert len(kg.read_history(tmp_path / "into").snapshots) == 31


def test_throttling_and_pages_of_html_inside_of_status_200(
    server: LocalServer, tmp_path: Path
) -> None:
    layer = TimeLapse(lapse(), n_throttled=0)
    server.add(f"{TIMELAPSE}*", layer)
    layer.n_throttled, layer.n_pages = 1, 1  # of the queries
    with impatient() as session:
        history = fetch_history(
            "isw-timelapse",
            start="2022-03-01",
            end="2022-03-02",
            accept_terms=True,
            cache_dir=tmp_path,
            endpoints=endpoints(server, session=session),
        )
    assert len(history.snapshots) == 2
    assert layer.n_asked == 3


def test_the_terms_are_asked_for_once(server: LocalServer, fetch: Fetch) -> None:
    server.add(f"{TIMELAPSE}*", TimeLapse(lapse()))
    window = {"start": "2022-03-01", "end": "2022-03-02"}
    with pytest.raises(LicenceError, match="accept_terms=True, or --accept-terms"):
        fetch("isw-timelapse", **window)
    with pytest.raises(LicenceError, match="written consent"):
        fetch("isw")
    assert server.seen == []
    fetch("isw-timelapse", accept_terms=True, **window)
    assert len(fetch("isw-timelapse", **window).snapshots) == 2


def web_map(server: LocalServer, titles: dict[str, str]) -> None:
    """ISW's web map: titles of layers, the last of them in a group."""
    layers = [
        {"title": title, "url": f"{server.base}{path}"}
        for title, path in titles.items()
    ]
    group = {"title": "Control of Terrain", "layers": layers[-1:]}
    document = {"operationalLayers": [*layers[:-1], group, {"title": "Notes"}]}
    item = "/sharing/rest/content/items/9f04944a2fe84edab9da31750c2b15eb/data"
    server.add(item, File(json.dumps(document).encode()))


def layer_at(
    server: LocalServer, path: str, features: list[dict[str, Any]], edited: str
) -> None:
    told = {"editingInfo": {"lastEditDate": days_ms(edited)}}
    server.add(f"{path}*", TimeLapse(features, page_size=2, described=told))


CONTROL = "Assessed Russian Control"
TAKEN = "Ukrainian Advances in Russia"
REGAINED = "Russian Advances in Russia"


def test_layers_are_found_by_title_and_are_one_map(
    server: LocalServer, fetch: Fetch, tmp_path: Path
) -> None:
    web_map(
        server,
        {
            CONTROL: "/a/RenamedLastNight_V9/FeatureServer/49",
            TAKEN: "/a/Kursk/FeatureServer/7",
            "Reported Ukrainian Partisan Warfare": "/a/P/FeatureServer/1",
            "Russian Field Fortifications": "/a/F/FeatureServer/2",
            REGAINED: "/a/Back/FeatureServer",
        },
    )
    control = [area(None, 10 * i, i) for i in range(5)]
    layer_at(server, "/a/RenamedLastNight_V9/FeatureServer/49", control, "2025-03-02")
    layer_at(server, "/a/Kursk/FeatureServer/7", [area(None, 0, 1)], "2025-03-04")
    layer_at(server, "/a/Back/FeatureServer/0", [area(None, 1, 1)], "2025-03-01")
    options = {"accept_terms": True, "into": tmp_path / "into"}
    with pytest.warns(SourceWarning, match="'Russian Field Fortifications'"):
        history = fetch("isw", **options)
    assert history.snapshots.snapshot_id.tolist() == ["2025-03-04"]
    areas = history.shapes.geometry.to_crs(6933).area.groupby(history.shapes.status)
    assert areas.sum().round(-4).to_dict() == pytest.approx(
        {"occupied": 20e6, "held_in_russia": 2e6, "outside": 4e6}, rel=0.01
    )
    same(kg.read_history(tmp_path / "into"), history)
    server.seen.clear()
    with pytest.warns(SourceWarning):
        same(fetch("isw", offline=True), history)
    assert server.seen == []
    with (
        pytest.warns(SourceWarning),
        pytest.raises(DateNotFoundError, match="isw-timelapse"),
    ):
        fetch("isw", end="2025-03-03")


def test_a_web_map_without_the_layer_of_control(
    server: LocalServer, fetch: Fetch
) -> None:
    web_map(server, {TAKEN: "/a/K/FeatureServer/7", "New Name": "/a/N/FeatureServer/1"})
    with pytest.raises(SourceError, match=r"'New Name'.*may have been renamed"):
        fetch("isw", accept_terms=True)


def test_a_service_that_is_gone(server: LocalServer, fetch: Fetch) -> None:
    web_map(server, {TAKEN: "/a/K/FeatureServer/7", CONTROL: "/a/C/FeatureServer/1"})
    error = {"error": {"code": 400, "message": "Invalid URL", "details": []}}
    server.add("/a/*", File(json.dumps(error).encode()))
    with pytest.raises(SourceError, match="renamed without notice"):
        fetch("isw", accept_terms=True)


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        ({"code": 499, "message": "Token Required"}, LicenceError, "answered 401"),
        ({"code": 504, "message": "busy"}, DownloadError, "status 504"),
        ({"code": 400, "message": "bad clause"}, DownloadError, "answered 400"),
        ({"message": "no code"}, DownloadError, "status 500"),
    ],
)
def test_errors_inside_of_status_200(
    server: LocalServer,
    fetch: Fetch,
    *,
    error: dict[str, Any],
    kind: type[Exception],
    words: str,
) -> None:
    server.add(f"{TIMELAPSE}*", TimeLapse([]))
    server.add(f"{TIMELAPSE}/query", File(json.dumps({"error": error}).encode()))
    with pytest.raises(kind, match=words):
        fetch("isw-timelapse", end="2022-03-01", accept_terms=True)


class Repeating(Route):
    """A layer that knows no ``resultOffset``, and always has more."""

    def answer(self, exchange: Exchange) -> None:
        page = {"type": "FeatureCollection", "features": lapse(n_days=2)}
        exchange.send_json({**page, "exceededTransferLimit": True}, etag=False)


class Endless(Route):
    """A layer whose pages are empty, and that always has more."""

    def answer(self, exchange: Exchange) -> None:
        page = {"type": "FeatureCollection", "features": []}
        exchange.send_json({**page, "exceededTransferLimit": True}, etag=False)


@pytest.mark.parametrize("broken", [Repeating(), Endless()])
def test_pages_that_never_end(server: LocalServer, fetch: Fetch, broken: Route) -> None:
    server.add(f"{TIMELAPSE}*", TimeLapse([]))
    server.add(f"{TIMELAPSE}/query", broken)
    with pytest.raises(SourceError, match="instead of going on"):
        fetch("isw-timelapse", end="2022-03-01", accept_terms=True)


def test_a_time_lapse_without_dates(server: LocalServer, fetch: Fetch) -> None:
    server.add(f"{TIMELAPSE}*", TimeLapse([], described={"fields": []}))
    with pytest.raises(SourceError, match="has the fields none"):
        fetch("isw-timelapse", accept_terms=True)


def test_the_time_lapse_ends_in_2024(fetch: Fetch) -> None:
    with pytest.raises(DateNotFoundError, match="2022-02-24 to 2024-12-31"):
        fetch("isw-timelapse", start="2025-01-01", accept_terms=True)


# --- the daily mirror


def mirrored(server: LocalServer, *days: str) -> None:
    """Files of the mirror, by the date that they carry."""
    shape = mapping(tile(0, 0))
    one = {"type": "Feature", "properties": {}, "geometry": shape}
    body = json.dumps({"type": "FeatureCollection", "features": [one]}).encode()
    names = {f"deepstatemap_data_{day}.geojson": body for day in days}
    server.add("/raw/cyterat/deepstate-map-data/main/data/*", RawFiles(names))


def test_a_day_of_the_mirror_is_the_day_before_its_file(
    server: LocalServer, fetch: Fetch, tmp_path: Path
) -> None:
    mirrored(server, "20250301", "20250302", "20250304", "20250305")
    window = {"start": "2025-03-01", "end": "2025-03-03", "into": tmp_path / "into"}
    with (
        pytest.warns(SourceWarning, match="neither the grey zone nor any ground in R"),
        pytest.warns(SourceWarning, match="no file for 1 of 3 days: 2025-03-02"),
    ):
        history = fetch("cyterat", **window)
    assert [str(when) for when in history.snapshots.snapshot_utc] == [
        "2025-03-01 23:59:59+00:00",
        "2025-03-03 23:59:59+00:00",
    ]
    assert sorted(path[-16:-8] for path in server.paths()) == [
        "20250302",
        "20250303",
        "20250304",
    ]
    with pytest.warns(SourceWarning, match="Kursk"):
        same(kg.read_history(tmp_path / "into"), history)
    server.seen.clear()
    with pytest.warns(SourceWarning):
        fetch("cyterat", start="2025-03-01", end="2025-03-03")
    assert [seen.status for seen in server.seen] == [404]
    server.seen.clear()
    with (
        pytest.warns(SourceWarning, match="Kursk"),
        pytest.warns(SourceWarning, match="1 of 3 files are not in the cache"),
    ):
        same(fetch("cyterat", offline=True, **window), history)
    assert server.seen == []


def test_a_mirror_file_of_yesterday_is_confirmed(
    server: LocalServer, fetch: Fetch
) -> None:
    today = pd.Timestamp.now(tz="UTC").normalize()
    start = str((today - pd.Timedelta(days=1)).date())
    mirrored(server, f"{today:%Y%m%d}")
    for status in (200, 304):
        server.seen.clear()
        with pytest.warns(SourceWarning, match="Kursk"):
            assert len(fetch("cyterat", start=start).snapshots) == 1
        # Tomorrow's file is asked for too: it may be there already.
        assert sorted(seen.status for seen in server.seen) == [status, 404]


def test_days_that_the_mirror_does_not_have(server: LocalServer, fetch: Fetch) -> None:
    mirrored(server)
    for start, end in (("2023-01-01", "2023-02-01"), ("2025-03-01", "2025-03-02")):
        with pytest.raises(DateNotFoundError, match="published on 2024-07-07"):
            fetch("cyterat", start=start, end=end)


# --- VIINA


def viina_files() -> dict[str, bytes]:
    """Two places of which one changes hands, as table and cells."""
    rows = ["geonameid,date,status_wiki,status_boost,status_dsm,status_isw,status"]
    for day, word in (("20250301", "UA"), ("20250302", "RU"), ("20250303", "RU")):
        rows += [f"1,{day},RU,RU,RU,RU,RU", f"2,{day},{','.join([word] * 5)}"]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("control_latest_2025.csv", "\n".join(rows))
    places = [
        {
            "type": "Feature",
            "properties": {"geonameid": i, "name": f"Place {i}", "ADM1_NAME": "Sumy"},
            "geometry": mapping(tile(10 * i, 0)),
        }
        for i in (1, 2)
    ]
    cells = {"type": "FeatureCollection", "features": places}
    return {
        "control_latest_2025.zip": packed.getvalue(),
        "gn_UA_tess.geojson": json.dumps(cells).encode(),
    }


def test_viina_comes_from_the_host_of_large_files(
    server: LocalServer, fetch: Fetch, tmp_path: Path
) -> None:
    files = viina_files()
    server.add("/media/zhukovyuri/VIINA/main/Data/*", RawFiles(files))
    server.add("/raw/zhukovyuri/VIINA/main/Data/*", RawFiles(files))
    window = {"start": "2025-03-02", "end": "2025-03-03"}
    history = fetch("viina", into=tmp_path / "into", **window)
    assert len(history.snapshots) == 2
    assert len(history.at("2025-03-02")) == 2
    assert asked(server, ".zip") == [
        "/media/zhukovyuri/VIINA/main/Data/control_latest_2025.zip"
    ]
    same(kg.read_history(tmp_path / "into").between("2025-03-02", None), history)
    with pytest.raises(DateNotFoundError, match="begin on 2022-02-24"):
        fetch("viina", end="2021-12-31")


def test_a_pointer_in_place_of_a_table(server: LocalServer, fetch: Fetch) -> None:
    server.add("/media/*", lfs_pointer(b"table"))
    with pytest.raises(DownloadError, match=r"Git LFS pointer.*media\.github"):
        fetch("viina", start="2025-03-01", end="2025-03-02")


# --- what is asked for


def test_sources_that_cannot_be_fetched_say_where_files_are(fetch: Fetch) -> None:
    for source in ("nzz", "kml", "plain"):
        with pytest.raises(SourceError, match=r"cannot be fetched.*read_history"):
            fetch(source)
    with pytest.raises(OptionError, match="deepstate-archive"):
        fetch("deepstatemap")


@pytest.mark.usefixtures("deepstate")
def test_a_folder_that_cannot_be_written(fetch: Fetch, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("here")
    with pytest.raises(DownloadError, match="Name another one with into="):
        fetch("deepstate", into=blocked)
    assert blocked.read_text() == "here"


def test_a_window_that_ends_before_it_begins(fetch: Fetch) -> None:
    with pytest.raises(OptionError, match="swap them"):
        fetch("deepstate", start="2025-03-02", end="2025-03-01")


def test_addresses_are_plain_values() -> None:
    published = Endpoints()
    assert replace(published, deepstate="http://x").github == published.github
    addresses = [v for v in vars(published).values() if isinstance(v, str)]
    assert all(address.startswith("https://") for address in addresses)
    assert not any(address.endswith("/") for address in addresses)
