"""Maps from servers on this machine that behave like those they are published on."""

import io
import json
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from shapely.geometry import mapping
from typer.testing import CliRunner

import kursk_geo as kg
from builders import DAY_S, NOON, tile
from kursk_geo.cli import app
from kursk_geo.errors import (
    DateNotFoundError,
    DownloadError,
    LicenceError,
    OfflineError,
    OptionError,
    SourceError,
    SourceWarning,
)
from kursk_geo.sources import cyterat, deepstate, http, isw, viina
from server import LocalServer, Request, answer, in_turn, layer
from server import deepstate as history_of


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[LocalServer]:
    """Everything that is published, here and impatient."""
    for name in ("PAUSE_S", "BACKOFF_S", "THROTTLE_S"):
        monkeypatch.setattr(http, name, 0.0)
    monkeypatch.setenv("KURSK_GEO_CACHE", str(tmp_path / "cache"))
    with LocalServer() as running:
        base = running.base
        monkeypatch.setattr(deepstate, "API", f"{base}/api/history")
        monkeypatch.setattr(deepstate, "ARCHIVE", f"{base}/archive.tar.gz")
        monkeypatch.setattr(cyterat, "BASE", f"{base}/mirror")
        monkeypatch.setattr(viina, "TABLES_AT", f"{base}/media")
        monkeypatch.setattr(viina, "CELLS_AT", f"{base}/gn_UA_tess.geojson")
        monkeypatch.setattr(isw, "WEB_MAP", f"{base}/webmap")
        monkeypatch.setattr(isw, "TIMELAPSE", f"{base}/lapse/FeatureServer/0")
        yield running


@pytest.fixture
def maps(maps_folder: Path, server: LocalServer) -> dict[int, bytes]:
    """The five drawn maps by id, served as DeepState does."""
    found = {int(path.stem): path.read_bytes() for path in maps_folder.iterdir()}
    server.add("/api/history/*", history_of(found))
    return found


def same(one: kg.ControlHistory, other: kg.ControlHistory) -> None:
    """Equal to the last bit; only ``origin`` tells the container."""
    assert one.shapes.equals(other.shapes)
    assert one.shapes.to_wkb().equals(other.shapes.to_wkb())
    left, right = (h.snapshots.drop(columns="origin") for h in (one, other))
    assert left.reset_index(drop=True).equals(right.reset_index(drop=True))
    assert one.rejected.equals(other.rejected)
    facts = [(h.source, h.licence, h.attribution) for h in (one, other)]
    assert facts[0] == facts[1]


# --- DeepState itself


def test_the_same_history_from_folder_tarball_store_and_live_server(
    server: LocalServer,
    maps: dict[int, bytes],
    history: kg.ControlHistory,
    tmp_path: Path,
) -> None:
    into = tmp_path / "into"
    live = kg.fetch_history("deepstate", into=into)
    same(live, history)
    same(kg.read_history(into), history)
    assert "DeepStateMap" in (into / "SOURCE.txt").read_text()
    assert live.snapshots.origin[0] == f"{NOON}.geojson"
    files = {f"x/geojsons/{number}.geojson": raw for number, raw in maps.items()}
    server.add("/archive.tar.gz", tarball({**files, "x/README.md": b"#"}))
    same(kg.fetch_history("deepstate-archive"), history)
    same(kg.open_store(kg.write_store(live, tmp_path / "live.parquet")), history)
    server.seen.clear()
    same(kg.fetch_history("deepstate", offline=True), history)
    assert server.seen == []


@pytest.mark.parametrize(
    ("start", "end", "tz", "positions"),
    [
        ("2025-03-02", "2025-03-03", "UTC", [1, 2]),
        (None, "2025-03-01", "UTC", [0]),
        ("2025-03-05", None, "UTC", [4]),
        ("2025-03-01T12:00Z", "2025-03-02T12:00Z", "UTC", [0, 1]),
        # Noon in UTC is two in the morning of the next day there.
        ("2025-03-02", "2025-03-02", "Pacific/Kiritimati", [0]),
    ],
)
def test_only_the_window_is_fetched(
    *,
    server: LocalServer,
    maps: dict[int, bytes],
    start: str | None,
    end: str | None,
    tz: str,
    positions: list[int],
) -> None:
    found = kg.fetch_history("deepstate", start=start, end=end, tz=tz)
    ids = [str(sorted(maps)[position]) for position in positions]
    assert found.snapshots.snapshot_id.tolist() == ids
    assert [path.split("/")[-2] for path in server.paths("/geojson")] == ids


@pytest.mark.usefixtures("maps")
def test_a_window_without_maps() -> None:
    with pytest.raises(DateNotFoundError, match="lists 5 maps in all"):
        kg.fetch_history(
            "deepstate", start="2025-03-01T12:00:01Z", end="2025-03-02T11Z"
        )
    with pytest.raises(OptionError, match="swap them"):
        kg.fetch_history("deepstate", start="2025-03-02", end="2025-03-01")


def test_a_map_published_since_is_all_that_is_fetched(
    server: LocalServer, maps: dict[int, bytes]
) -> None:
    last = maps.pop(max(maps))
    assert len(kg.fetch_history("deepstate").snapshots) == 4
    server.seen.clear()
    maps[NOON + 4 * DAY_S] = last
    assert len(kg.fetch_history("deepstate").snapshots) == 5
    assert server.paths() == [
        "/api/history/public",
        f"/api/history/{NOON + 4 * DAY_S}/geojson",
    ]


def test_offline_says_what_is_missing(maps: dict[int, bytes]) -> None:
    with pytest.raises(OfflineError, match=r"/api/history/public is not in the cache"):
        kg.fetch_history("deepstate", offline=True)
    kg.fetch_history("deepstate", end="2025-03-03")
    with pytest.raises(OfflineError, match=rf"{max(maps) - DAY_S}/geojson"):
        kg.fetch_history("deepstate", offline=True)


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("path", ["public", f"{NOON}/geojson"])
@pytest.mark.usefixtures("maps")
def test_a_closed_interface_is_explained(
    server: LocalServer, status: int, path: str
) -> None:
    server.add(f"/api/history/{path}", answer(status=status))
    words = rf"answered {status}.*volunteer.*offline=True.*read_history.*-archive"
    with pytest.raises(LicenceError, match=words):
        kg.fetch_history("deepstate")


@pytest.mark.usefixtures("maps")
def test_a_map_that_is_listed_and_not_there_is_told(server: LocalServer) -> None:
    server.add(f"/api/history/{NOON}/geojson", answer(status=404))
    with pytest.warns(SourceWarning, match=f"1 of 5 maps .* not there: {NOON}"):
        assert len(kg.fetch_history("deepstate").snapshots) == 4


@pytest.mark.parametrize(
    "body",
    [b'{"message": "moved"}', b'[{"ids": 3}]', b"[1]", b'[{"id": 9e99}]',
     b'[{"id": 99999999999999999}]', b'"x"', b"\xff"],
)  # fmt: skip
def test_a_list_that_is_none(server: LocalServer, body: bytes) -> None:
    server.add("/api/history/public", body)
    with pytest.raises(SourceError, match="not the list that it was"):
        kg.fetch_history("deepstate")


def test_a_fault_of_one_map_is_waited_out(
    server: LocalServer, maps: dict[int, bytes], history: kg.ControlHistory
) -> None:
    server.add(
        f"/api/history/{NOON}/geojson",
        in_turn(answer(status=500), answer(maps[NOON][:99]), answer(maps[NOON])),
    )
    same(kg.fetch_history("deepstate"), history)


# --- the archive


def tarball(files: dict[str, bytes], *links: tarfile.TarInfo) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for link in links:
            archive.addfile(link)
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return target.getvalue()


def test_only_the_window_of_the_archive_is_read(
    server: LocalServer,
    maps: dict[int, bytes],
    history: kg.ControlHistory,
    tmp_path: Path,
) -> None:
    link = tarfile.TarInfo("x/geojsons/1740830401.txt")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    files = {f"x/{number}.geojson": raw for number, raw in maps.items()}
    # A map outside of the window that cannot be read does no harm; no name climbs.
    hostile = {"x/1700000000.geojson": b"{", "../../1700000001.geojson": b"{}"}
    server.add("/archive.tar.gz", tarball({**hostile, **files}, link))
    into = tmp_path / "a" / "into"
    days: dict[str, Any] = {"start": "2025-03-02", "end": "2025-03-04"}
    found = kg.fetch_history("deepstate-archive", into=into, **days)
    same(found, history.between("2025-03-02", "2025-03-04"))
    assert sorted(path.name for path in (tmp_path / "a").rglob("*.*")) == [
        *(f"{NOON + i * DAY_S}.geojson" for i in (1, 2, 3)),
        "SOURCE.txt",
    ]
    with pytest.raises(DateNotFoundError, match="reaches from 2022-04-03 to 2025-08"):
        kg.fetch_history("deepstate-archive", end="2019-02-01")


# --- ISW


def area(day: str, x_km: float, number: int, *, text: bool) -> dict[str, Any]:
    when = day if text else int(pd.Timestamp(day, tz="UTC").timestamp() * 1000)
    return {
        "type": "Feature",
        "id": number,
        "properties": {"OBJECTID": number, "datetime": when, "day": day},
        "geometry": mapping(tile(x_km, 0)),
    }


def lapse(*, date_only: bool = False) -> list[dict[str, Any]]:
    """Two areas a day for 40 days, the second one moving."""
    days = pd.date_range("2022-02-24", periods=40).strftime("%Y-%m-%d")
    return [
        area(day, x_km, 2 * i + (x_km > 0), text=date_only)
        for i, day in enumerate(days)
        for x_km in (0, 4 + i)
    ]


@pytest.mark.parametrize("date_only", [False, True])
@pytest.mark.parametrize("nested", [False, True])
def test_the_time_lapse_is_a_history(
    server: LocalServer, *, date_only: bool, nested: bool
) -> None:
    served = layer(
        lapse(date_only=date_only), page_size=7, nested=nested, date_only=date_only
    )
    busy = [answer(b"<html>busy"), answer(b'{"error": {"code": 429}}')]
    server.add("/lapse/*", in_turn(*busy, served))
    history = kg.fetch_history("isw-timelapse", end="2022-12-31", accept_terms=True)
    published = history.snapshots.snapshot_utc
    assert len(published) == 40
    assert str(published.iloc[0]) == "2022-02-24 23:59:59+00:00"
    assert set(history.shapes.status) == {"occupied"}
    assert len(history.at("2022-03-10")) == 2


def test_the_time_lapse_of_a_window_asks_for_its_months_alone(
    server: LocalServer, tmp_path: Path
) -> None:
    server.add("/lapse/*", layer(lapse()))
    days: dict[str, Any] = {"start": "2022-03-10", "end": "2022-03-12"}
    options: dict[str, Any] = {"accept_terms": True, "into": tmp_path / "into"}
    history = kg.fetch_history("isw-timelapse", **days, **options)
    assert history.snapshots.snapshot_id.tolist()[::2] == ["2022-03-10", "2022-03-12"]
    assert len(server.paths("/query")) == 1
    assert len(kg.read_history(tmp_path / "into").snapshots) == 31


def test_terms_that_ask_for_consent(server: LocalServer) -> None:
    for source in ("isw", "isw-timelapse"):
        with pytest.raises(LicenceError, match=r"written consent.*--accept-terms"):
            kg.fetch_history(source)
    assert server.seen == []


def web_map(server: LocalServer, titles: dict[str, str]) -> None:
    layers = [
        {"title": title, "url": f"{server.base}{path}"}
        for title, path in titles.items()
    ]
    tree = {"operationalLayers": [*layers[:-1], {"title": "x", "layers": layers[-1:]}]}
    server.add("/webmap", json.dumps(tree).encode())


CONTROL = "Assessed Russian Control in Ukraine"


def test_the_layers_of_today_are_one_map(server: LocalServer, tmp_path: Path) -> None:
    edited = {"editingInfo": {"lastEditDate": 1744750000000}}
    plain = [area("2025-04-15", x, x, text=False) for x in (0, 4)]
    for one in plain:
        del one["properties"]["datetime"]
    server.add("/control*", layer(plain[:1], described=edited))
    server.add("/claimed*", layer(plain[1:], described=edited))
    web_map(
        server,
        {
            CONTROL: "/control/FeatureServer/49",
            "Reported Ukrainian Partisan Warfare": "/none",
            "Claimed Russian Territory": "/claimed/FeatureServer",
        },
    )
    into = tmp_path / "into"
    history = kg.fetch_history("isw", accept_terms=True, into=into)
    assert str(history.snapshots.snapshot_utc[0]) == "2025-04-15 23:59:59+00:00"
    assert set(history.shapes.status) == {"occupied", "contested"}
    same(kg.read_history(into), history)
    with pytest.raises(DateNotFoundError, match="show 2025-04-15 alone"):
        kg.fetch_history("isw", start="2025-04-16", accept_terms=True)


@pytest.mark.parametrize(
    ("titles", "body", "words"),
    [
        ({"Roads": "/a"}, b"{}", "Expected one of assessed Russian control"),
        ({CONTROL: "/none"}, b"{}", "not there, or not what it was"),
        ({CONTROL: "/a"}, b"[]", "not there, or not what it was"),
        ({CONTROL: "/a"}, b'{"objectIdField": 3}', "not there, or not what it was"),
        ({CONTROL: "/a"}, b"{}", "page of features"),
        ({CONTROL: "/a"}, b'{"features": [], "exceededTransferLimit": true}', "repeat"),
        ({CONTROL: "/a"}, b'{"features": {"a": 1}}', "page of features"),
    ],
)
def test_services_that_are_not_what_they_were(
    server: LocalServer, titles: dict[str, str], body: bytes, words: str
) -> None:
    server.add("/a*", body)
    web_map(server, titles)
    with pytest.raises(SourceError, match=words):
        kg.fetch_history("isw", accept_terms=True)


def test_pages_that_repeat_themselves_are_no_end(server: LocalServer) -> None:
    page = {"features": lapse()[:2], "exceededTransferLimit": True}
    server.add("/a*", json.dumps(page).encode())
    web_map(server, {CONTROL: "/a"})
    with pytest.raises(SourceError, match="repeats its features"):
        kg.fetch_history("isw", accept_terms=True)


def test_layers_that_nobody_knows_are_named(server: LocalServer) -> None:
    server.add("/a*", layer(lapse()[:1]))
    web_map(server, {CONTROL: "/a", "Roads": "/b"})
    with pytest.warns(SourceWarning, match="left out.*'Roads'"):
        kg.fetch_history("isw", accept_terms=True)


# --- the mirror, VIINA


def test_days_that_the_mirror_lacks_are_named(
    server: LocalServer, tmp_path: Path
) -> None:
    feature = {"type": "Feature", "properties": {}, "geometry": mapping(tile(0, 0))}
    collection = {"type": "FeatureCollection", "features": [feature]}

    def day(request: Request) -> None:
        if "20250303" in request.place:
            request.send(status=404)
        else:
            answer(json.dumps(collection).encode())(request)

    server.add("/mirror/*", day)
    days: dict[str, Any] = {"start": "2025-03-01", "end": "2025-03-03"}
    with pytest.warns(SourceWarning) as caught:
        history = kg.fetch_history("cyterat", into=tmp_path / "into", **days)
    told = [str(one.message) for one in caught]
    assert any("no file for 1 of 3 days: 2025-03-02" in words for words in told)
    assert any("neither the grey zone" in words for words in told)
    published = history.snapshots.snapshot_utc.dt.strftime("%Y-%m-%d")
    assert published.tolist() == ["2025-03-01", "2025-03-03"]
    with (
        pytest.warns(SourceWarning),
        pytest.raises(DateNotFoundError, match="first map was published on 2024-07-07"),
    ):
        kg.fetch_history("cyterat", end="2024-07-01")


def test_tables_of_viina_come_with_their_cells(server: LocalServer) -> None:
    rows = ["geonameid,date,status", "1,20250301,RU", "1,20250302,UA"]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("control_latest_2025.csv", "\n".join(rows))
    server.add("/media/control_latest_2025.zip", packed.getvalue())
    told = {"geonameid": 1, "name": "Place", "ADM1_NAME": "Sumy"}
    cell = {"type": "Feature", "properties": told, "geometry": mapping(tile(0, 0))}
    cells = {"type": "FeatureCollection", "features": [cell]}
    server.add("/gn_UA_tess.geojson", json.dumps(cells).encode())
    history = kg.fetch_history("viina", start="2025-03-01", end="2025-03-02")
    assert len(history.snapshots) == 2
    assert len(history.at("2025-03-01")) == 1
    with pytest.raises(DateNotFoundError, match="begin on 2022-02-24"):
        kg.fetch_history("viina", end="2021-12-31")
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0"
    server.add("/media/*", pointer)
    with pytest.raises(DownloadError, match=r"Git LFS pointer.*media\.github"):
        kg.fetch_history("viina", start="2024-03-01", end="2024-03-02")


# --- what is asked for, and the command


@pytest.mark.parametrize("source", ["nzz", "kml", "plain"])
def test_sources_that_cannot_be_fetched_say_where_files_are(source: str) -> None:
    with pytest.raises(SourceError, match=r"cannot be fetched.*read_history"):
        kg.fetch_history(source)


@pytest.mark.usefixtures("maps")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("here")
    with pytest.raises(OptionError, match=r"Cannot write .*file"):
        kg.fetch_history("deepstate", into=blocked)
    assert blocked.read_text() == "here"


@pytest.mark.usefixtures("maps")
def test_the_command_puts_maps_into_a_folder(
    tmp_path: Path, history: kg.ControlHistory
) -> None:
    into = tmp_path / "maps"
    days = ["--from", "2025-03-02", "--to", "2025-03-03"]
    run = CliRunner().invoke(app, ["fetch", "deepstate", *days, "--into", str(into)])
    assert (run.exit_code, run.stdout) == (0, "")
    assert "Fetched 2 maps of deepstate, 2025-03-02 12:00 to 2025-03-03" in run.stderr
    assert "DeepStateMap.Live" in run.stderr
    expected = history.between("2025-03-02", "2025-03-03")
    assert kg.read_history(into).shapes.equals(expected.shapes)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["isw"], "--accept-terms"),
        (["nzz"], "cannot be fetched"),
        (["deepstatemap"], "deepstate-archive"),
        (["deepstate", "--offline"], "not in the cache"),
        (["deepstate", "--from", "2025-13-40"], "date"),
    ],
)
@pytest.mark.usefixtures("server")
def test_what_cannot_be_done_is_said_in_one_line(
    arguments: list[str], words: str
) -> None:
    run = CliRunner().invoke(app, ["fetch", *arguments])
    assert run.exit_code in (1, 2)
    assert run.stderr.startswith("Error: ")
    assert words in run.stderr
    assert run.stderr.count("\n") == 1
