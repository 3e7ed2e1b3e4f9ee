"""``kursk-geo change``, ``events`` and ``sections`` with their shapes."""

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyproj
import pytest
import shapely

import kursk_geo as kg
from builders import DAY_S, GREY, NOON, feature, tile, write_map
from commands import answer, column, done, refused, run, wrong
from kursk_geo._text import csv_text
from kursk_geo.events import EVENT_KINDS
from kursk_geo.history import ControlHistory
from kursk_geo.sources.files import SOURCES, may_pass_geometry_on

GEOD = pyproj.Geod(ellps="WGS84")
# 16 km² on the 2nd; 8 km² more and 4 km² less on the 5th.
PAIR = ("2025-03-02", "2025-03-05")
SPAN = ("--from", PAIR[0], "--to", PAIR[1])


def geodesic_km2(shapes: gpd.GeoSeries) -> list[float]:
    """An area from the vertices alone: shells counter-clockwise, holes clockwise."""
    return [GEOD.geometry_area_perimeter(shape)[0] / 1e6 for shape in shapes]


def features(text: str) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame.from_features(json.loads(text)["features"], crs="EPSG:4326")


@pytest.fixture(scope="module")
def open_store(
    history: ControlHistory, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The drawn maps as if they were of a source whose shapes may be passed on."""
    path = tmp_path_factory.mktemp("open") / "open.parquet"
    viina = next(one for one in SOURCES.values() if one.NAME == "viina")
    kg.write_store(replace(history, source="viina", licence=viina.LICENCE), path)
    return path


# --- change


def test_change_tells_what_was_drawn(maps_folder: Path) -> None:
    found = answer("change", maps_folder, *SPAN)
    figures = [found[f"{name}_km2"] for name in ("gained", "lost", "kept", "net")]
    assert figures == pytest.approx([8, 4, 12, 4], rel=1e-4)
    assert found["end_km2"] - found["start_km2"] == pytest.approx(found["net_km2"])
    assert found["start_snapshot_utc"] == "2025-03-02T12:00:00Z"
    assert found["snapshot_utc"] == "2025-03-05T12:00:00Z"
    assert (found["start_staleness_days"], found["end_staleness_days"]) == (0.5, 0.5)
    parts = [row for row in found["rows"] if not row["sliver"]]
    areas = {row["change"]: row["area_km2"] for row in parts}
    assert areas == pytest.approx({"gained": 8, "lost": 4, "kept": 12}, rel=1e-4)
    lost = next(row for row in parts if row["change"] == "lost")
    assert shapely.Point(lost["lon"], lost["lat"]).within(tile(10, 0, 2, 2))
    text = done("change", maps_folder, *SPAN)
    assert "gained 8.00 km², lost 4.00 km², kept 12.00 km²" in text
    assert f"last snapshot {NOON + 4 * DAY_S}" in text


def test_without_dates_change_is_from_the_first_map_to_the_last(
    maps_folder: Path,
) -> None:
    found = answer("change", maps_folder)
    assert found["start_snapshot_utc"] == "2025-03-01T12:00:00Z"
    assert found["net_km2"] == pytest.approx(20, rel=1e-4)
    until = answer("change", maps_folder, "--from", "2025-03-03")
    assert (until["start_snapshot_id"], until["snapshot_id"]) == (
        str(NOON + 2 * DAY_S),
        str(NOON + 4 * DAY_S),
    )


def test_no_change_is_no_error(maps_folder: Path) -> None:
    same = ("change", maps_folder, "--from", "2025-03-01", "--to", "2025-03-01")
    assert answer(*same)["rows"] == []
    assert "gained 0.00 km²" in done(*same)
    assert len(done(*same, "--format", "csv").splitlines()) == 1


def test_a_day_ends_in_the_zone_asked_for(maps_folder: Path) -> None:
    # When 5 March ends on Kiritimati, it is 10:00 UTC and that day's map is not out.
    found = answer("change", maps_folder, *SPAN, "--tz", "Pacific/Kiritimati")
    assert found["start_snapshot_utc"] == "2025-03-01T12:00:00Z"
    assert found["snapshot_utc"] == "2025-03-04T12:00:00Z"


def test_the_grey_part_of_what_was_lost(tmp_path: Path) -> None:
    write_map(tmp_path, NOON, [feature(tile(0, 0, 4, 3))])
    after = [feature(tile(0, 0, 2, 3)), feature(tile(2, 0, 2, 1), fill=GREY)]
    write_map(tmp_path, NOON + DAY_S, after)
    found = answer("change", tmp_path, "--with-contested")
    assert found["lost_km2"] == pytest.approx(6, rel=1e-4)
    assert found["to_contested_km2"] == pytest.approx(2, rel=1e-4)
    assert found["from_contested_km2"] == 0.0
    assert "to contested" in done("change", tmp_path, "--with-contested")
    assert "to_contested_km2" not in answer("change", tmp_path)


def test_slivers_are_told_apart(tmp_path: Path) -> None:
    write_map(tmp_path, NOON, [feature(tile(0, 0, 4, 3))])
    write_map(tmp_path, NOON + DAY_S, [feature(tile(0, 0, 4, 3.02))])
    rows = answer("change", tmp_path)["rows"]
    (row,) = (row for row in rows if row["change"] == "gained")
    assert row["sliver"] is True
    assert row["area_km2"] == pytest.approx(0.08, rel=1e-3)
    assert re.search(r"gained +yes +0\.08", done("change", tmp_path))
    wide = answer("change", tmp_path, "--min-width-m", "10")
    assert wide["gained_km2"] == pytest.approx(0.08, rel=1e-3)
    assert wide["gained_sliver_km2"] < 1e-6


def test_periods_add_up_to_the_whole(maps_folder: Path) -> None:
    whole = answer("change", maps_folder)["net_km2"]
    for every in ("day", "week", "month", "change"):
        found = answer("change", maps_folder, "--every", every)
        assert found["net_km2"] == pytest.approx(whole, abs=1e-6)
        assert sum(row["net_km2"] for row in found["rows"]) == pytest.approx(whole)
        assert found["every"] == every
    starts = column("start_utc", "change", maps_folder, "--every", "change")
    assert starts[1] == "2025-03-02T12:00:00Z"
    cut = answer("change", maps_folder, *SPAN, "--every", "change")
    assert cut["net_km2"] == pytest.approx(4, rel=1e-4)
    assert "2 periods, net 4.00 km²" in done(
        "change", maps_folder, *SPAN, "--every", "change"
    )


def test_bounds_are_those_of_the_library(
    maps_folder: Path, history: ControlHistory
) -> None:
    bounds = answer("change", maps_folder, *SPAN, "--with-bounds")["bounds"]
    kursk = history.select(kg.theatre("kursk"))
    expected = kg.change_bounds(kursk, *PAIR)
    for kind in ("gained", "lost", "net"):
        assert bounds[kind] == pytest.approx(expected.loc[kind].to_dict())
    assert (bounds["sigma_m"], bounds["coverage"]) == (500.0, 0.95)
    text = done("change", maps_folder, *SPAN, "--with-bounds")
    low, high, p = expected.loc["net", ["low_km2", "high_km2", "p"]]
    assert re.search(rf"net .* {low:.3f} +{high:.3f} +{p:.3f}\n", text)
    assert "sigma_m = 500; correlation_km = 4; coverage = 0.95" in text


def test_what_change_refuses(maps_folder: Path) -> None:
    assert "lies after --to 2025-03-02" in refused(
        "change", maps_folder, "--from", "2025-03-05", "--to", "2025-03-02"
    )
    assert "Cannot read 'soon'" in refused("change", maps_folder, "--from", "soon")
    assert "first map is of 2025-03-01" in refused(
        "change", maps_folder, "--from", "2024-01-01"
    )
    assert "leave out" in wrong(
        "change", maps_folder, "--every", "week", "--with-contested"
    )


# --- shapes


def test_shapes_are_kept_where_they_may_not_be_passed_on(
    maps_folder: Path, open_store: Path, tmp_path: Path
) -> None:
    path = tmp_path / "shapes.geojson"
    asked = ["--layer", "change", "--out", path]
    said = refused("export", maps_folder, *asked)
    assert "DEEPSTATEUATECH LLC terms" in said
    assert "--with-geometry" in said
    assert not path.exists()
    own = run("export", maps_folder, *asked, "--with-geometry")
    assert own.exit_code == 0
    assert "for your own use alone" in own.stderr
    assert len(features(path.read_text("utf-8")))
    opened = run("export", open_store, *asked)
    assert opened.stderr == f"Wrote {path}.\n"
    whole = json.loads(path.read_text("utf-8"))
    assert whole["type"] == "FeatureCollection"
    assert whole["licence"].startswith("ODbL")
    table = features(path.read_text("utf-8"))
    assert geodesic_km2(table.geometry) == pytest.approx(table.area_km2.tolist())


def test_only_what_says_so_may_be_passed_on() -> None:
    allowed = {one.NAME for one in SOURCES.values() if may_pass_geometry_on(one.NAME)}
    assert allowed == {"viina"}
    assert not may_pass_geometry_on("somebody's")


# --- events


def told(*arguments: object) -> list[tuple[str, str, list[int], list[int]]]:
    return [
        (row["snapshot_utc"][:10], row["kind"], row["before"], row["after"])
        for row in answer("events", *arguments)["rows"]
    ]


ALL: list[tuple[str, str, list[int], list[int]]] = [
    ("2025-03-02", "generation", [], [1]),
    ("2025-03-02", "generation", [], [2]),
    ("2025-03-04", "expansion", [1], [1]),
    ("2025-03-05", "disappearance", [2], []),
]


def test_events_are_those_that_were_drawn(maps_folder: Path) -> None:
    assert told(maps_folder) == ALL
    text = done("events", maps_folder)
    assert ": 4 events" in text
    assert "disappearance  2" in text
    assert "+66.7" in text


def test_numbers_of_sections_are_the_same_whatever_the_span(maps_folder: Path) -> None:
    assert told(maps_folder, "--from", "2025-03-04") == ALL[2:]
    assert told(maps_folder, "--from", "2025-03-04", "--to", "2025-03-04") == ALL[2:3]
    assert told(maps_folder, "--from", "2025-03-03", "--to", "2025-03-03") == []
    assert "0 events" in done("events", maps_folder, "--to", "2025-03-01")


def test_events_of_some_kinds(maps_folder: Path) -> None:
    kinds = ["--kind", "expansion", "--kind", "disappearance"]
    assert told(maps_folder, *kinds) == ALL[2:]
    stable = told(maps_folder, "--kind", "stable")
    assert stable == [
        ("2025-03-04", "stable", [2], [2]),
        ("2025-03-05", "stable", [1], [1]),
    ]
    assert "Expected one of: generation, " in refused(
        "events", maps_folder, "--kind", "growth"
    )
    help_text = " ".join(done("events", "--help").split())
    assert all(kind in help_text for kind in EVENT_KINDS)


@pytest.fixture
def meeting(tmp_path: Path) -> Path:
    """Two pieces that are joined, and part again."""
    apart = [feature(tile(0, 0, 2, 2)), feature(tile(3, 0, 2, 2))]
    for i, shown in enumerate([apart, [*apart, feature(tile(2, 0, 1, 2))], apart]):
        write_map(tmp_path / "meeting", NOON + i * DAY_S, shown)
    return tmp_path / "meeting"


def test_csv_has_several_sections_in_one_field(meeting: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(done("events", meeting, "--format", "csv"))))
    assert [(r["kind"], r["before"], r["after"]) for r in rows] == [
        ("union", "1 2", "1"),
        ("division", "1", "1 3"),
    ]
    assert re.search(r"union +1, 2 +1 ", done("events", meeting))


def test_joined_pieces_are_one_section(meeting: Path) -> None:
    assert told(meeting, "--gap-km", "1.1") == [
        ("2025-03-02", "expansion", [1], [1]),
        ("2025-03-03", "contraction", [1], [1]),
    ]


def test_json_has_null_where_nothing_was_before(maps_folder: Path) -> None:
    changes = column("relative_change", "events", maps_folder)
    assert changes[:2] == [None, None]
    assert changes[3] == -1.0


@pytest.mark.filterwarnings("ignore:None of these maps' shapes")
def test_events_without_rows_are_a_header(history: ControlHistory) -> None:
    nothing: Any = kg.events(history.select(kg.theatre("sumy")))
    assert csv_text(nothing).startswith("snapshot_utc,kind,before,after,")
