"""The command line: what it prints, where, and how it ends."""

import csv
import io
import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import kursk_geo as kg
from builders import DAY_S, GREY, HELD, NOON, STRIP, feature, tile, write_map
from commands import answer, column, done, run
from gallery import to_degrees
from kursk_geo._files import write_whole
from kursk_geo.area import AREA_METHODS
from kursk_geo.cli import options, output
from kursk_geo.errors import OptionError
from kursk_geo.history import ControlHistory
from kursk_geo.periods import EVERY
from kursk_geo.sections import MIN_AREA_KM2

COMMANDS = (
    "measure",
    "sections",
    "change",
    "events",
    "settlements",
    "compare",
    "plot",
    "animate",
    "info",
    "store",
)
SOURCE = ("source", "snapshot_id", "snapshot_utc", "area_method", "attribution")


def process(
    *arguments: object, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "kursk_geo", *(str(a) for a in arguments)],
        capture_output=True,
        check=False,
        env=os.environ | environment,
    )


@pytest.fixture(scope="module")
def region_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The drawn theatre's region: 80 km by 60 km north of the drawn border."""
    path = tmp_path_factory.mktemp("region") / "region.geojson"
    gpd.GeoSeries([STRIP.region], crs="EPSG:4326").to_file(path)
    return path


@pytest.fixture(scope="module")
def border_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The drawn theatre's border, with a vertex every 400 m."""
    path = tmp_path_factory.mktemp("border") / "border.geojson"
    line = shapely.segmentize(shapely.LineString([(-40, 0), (40, 0)]), 0.4)
    gpd.GeoSeries([to_degrees(line)], crs="EPSG:4326").to_file(path)
    return path


@pytest.fixture
def drawn(region_file: Path, border_file: Path) -> list[object]:
    """Options that make the preset theatre the drawn one."""
    return ["--region", region_file, "--border", border_file]


# --- measure


def test_figures_are_those_that_were_drawn(
    maps_folder: Path, drawn: list[object]
) -> None:
    rows = answer("measure", maps_folder, *drawn)["rows"]
    expected = [(0, 0, 0), (16, 0, 2), (16, 6, 2), (24, 6, 2), (20, 6, 1)]
    for row, (held, contested, count) in zip(rows, expected, strict=True):
        assert row["area_km2"] == pytest.approx(held, rel=1e-4)
        assert row["contested_km2"] == pytest.approx(contested, rel=1e-4)
        assert row["sections"] == count
    depths = [row["depth_km"] for row in rows]
    assert depths[0] is None  # nothing held has none
    assert depths[1:] == pytest.approx([3, 3, 5, 5], rel=1e-3)


def test_csv_is_what_python_measures(
    maps_folder: Path, history: ControlHistory
) -> None:
    text = done("measure", maps_folder, "--format", "csv")
    assert text.startswith("snapshot_utc,area_km2,contested_km2,sections,depth_km,")
    assert "\r" not in text
    rows = list(csv.DictReader(io.StringIO(text)))
    expected = kg.measure(history.select(kg.theatre("kursk")))
    moments = [row.pop("snapshot_utc") for row in rows]
    assert moments == [f"{when:%Y-%m-%dT%H:%M:%SZ}" for when in expected.index]
    assert [row.pop("snapshot_id") for row in rows] == list(expected.pop("snapshot_id"))
    for name in ("depth_censored", "outlier"):
        told = [row.pop(name) for row in rows]
        assert told == list(map(str, expected.pop(name)))
    for name in rows[0]:
        values = [float(row[name] or "nan") for row in rows]
        np.testing.assert_array_equal(values, expected[name])


def test_json_says_where_its_rows_come_from(maps_folder: Path) -> None:
    found = answer("measure", maps_folder)
    assert [found[name] for name in SOURCE] == [
        "deepstate",
        str(NOON + 4 * DAY_S),
        "2025-03-05T12:00:00Z",
        "geodesic",
        "DeepStateMap.Live, https://deepstatemap.live",
    ]
    assert found["theatre"] == "kursk"
    assert found["clipped"] is True
    assert (found["gap_km"], found["min_area_km2"], found["tz"]) == (0.0, 0.05, "UTC")
    assert found["held"] == ["held_in_russia"]
    assert found["rows"][0]["snapshot_utc"] == "2025-03-01T12:00:00Z"
    header = done("measure", maps_folder, "--format", "csv").splitlines()[0]
    assert list(found["rows"][0]) == header.split(",")


def test_json_has_null_where_there_is_no_depth(maps_folder: Path) -> None:
    found = answer("measure", maps_folder, "--theatre", "everywhere")
    assert {row["depth_km"] for row in found["rows"]} == {None}
    assert found["border"] is None
    assert found["region"] is None


def test_table_tells_units_source_and_definitions(maps_folder: Path) -> None:
    text = done("measure", maps_folder)
    assert "5 snapshots, 2025-03-01 12:00 to 2025-03-05 12:00 UTC" in text
    assert "[km²]" in text
    assert "2025-03-02 12:00  16.00" in text
    assert f"Source: deepstate, last snapshot {NOON + 4 * DAY_S}. DeepStateMap" in text
    assert "held = held_in_russia" in text
    assert "area_method = geodesic; gap_km = 0; min_area_km2 = 0.05" in text
    assert "© OpenStreetMap contributors" in text
    assert "\x1b" not in text
    assert all(line == line.rstrip() for line in text.splitlines())


def test_two_runs_print_the_same(maps_folder: Path) -> None:
    for format_ in ("table", "csv", "json"):
        arguments = ("sections", maps_folder, "--format", format_)
        assert done(*arguments) == done(*arguments)


def test_contested_ground_counts_when_it_is_included(maps_folder: Path) -> None:
    with_contested = column(
        "area_km2", "measure", maps_folder, "--contested", "include"
    )
    assert with_contested == pytest.approx([0, 16, 22, 30, 26], rel=1e-4)
    found = answer("measure", maps_folder, "--contested", "include")
    assert {row["contested_km2"] for row in found["rows"]} == {0.0}
    assert found["held"] == ["contested", "contested_in_russia", "held_in_russia"]
    assert found["contested"] == []


def test_statuses_take_the_place_of_the_theatre_s_own(maps_folder: Path) -> None:
    grey = ["--status", "contested_in_russia"]
    area = column("area_km2", "measure", maps_folder, *grey)
    assert area == pytest.approx([0, 0, 6, 6, 6], rel=1e-4)
    both = [*grey, "--status", "held_in_russia"]
    area = column("area_km2", "measure", maps_folder, *both)
    assert area == pytest.approx([0, 16, 22, 30, 26], rel=1e-4)


def test_shapes_are_cut_at_the_region_or_kept_whole(
    maps_folder: Path, drawn: list[object]
) -> None:
    # 12 km by 5 km of occupied ground, 1 km south of the region's edge: out of reach.
    occupied = ["measure", maps_folder, *drawn, "--status", "occupied"]
    assert set(column("area_km2", *occupied)) == {0.0}
    south = tile(0, -3, 2, 4)
    folder = maps_folder.parent / "across"
    write_map(folder, NOON, [feature(south)])
    assert column("area_km2", "measure", folder, *drawn) == pytest.approx([2], rel=1e-3)
    whole = column("area_km2", "measure", folder, *drawn, "--no-clip")
    assert whole == pytest.approx([8], rel=1e-3)


def test_pieces_within_the_gap_are_one_section(
    maps_folder: Path, drawn: list[object]
) -> None:
    arguments = ["measure", maps_folder, *drawn, "--at", "2025-03-02"]
    assert column("sections", *arguments, "--gap-km", "5.9") == [2]
    assert column("sections", *arguments, "--gap-km", "6.1") == [1]
    assert column("sections", *arguments, "--min-area-km2", "5") == [1]


# --- dates


def test_at_gives_the_map_that_stood(maps_folder: Path) -> None:
    rows = answer("measure", maps_folder, "--at", "2025-03-03T18:00Z")["rows"]
    assert [row["snapshot_utc"] for row in rows] == ["2025-03-03T12:00:00Z"]
    assert rows[0]["staleness_days"] == 0.25
    assert column("staleness_days", "measure", maps_folder, "--at", "2025-03-03") == [
        0.5
    ]


def test_a_day_ends_in_the_zone_asked_for(maps_folder: Path) -> None:
    # Noon UTC is 02:00 of the next day on Kiritimati: that day's map is not out yet
    # when 2 March ends there, at 10:00 UTC.
    at = ["measure", maps_folder, "--at", "2025-03-02"]
    assert column("snapshot_utc", *at) == ["2025-03-02T12:00:00Z"]
    assert column("snapshot_utc", *at, "--tz", "Pacific/Kiritimati") == [
        "2025-03-01T12:00:00Z"
    ]


@pytest.mark.parametrize(
    "said", ["3 March 2025", "March 3, 2025", "03.03.2025", "3.3.2025", "2025-03-03"]
)
def test_a_date_may_be_written_as_people_do(said: str, maps_folder: Path) -> None:
    at = column("snapshot_utc", "measure", maps_folder, "--at", said)
    assert at == ["2025-03-03T12:00:00Z"]


def test_parts_of_months_and_days_before_today(maps_folder: Path) -> None:
    for said in ("yesterday", "today", "mid-April 2025", "the end of March 2025"):
        at = column("snapshot_utc", "sections", maps_folder, "--at", said)
        assert at == ["2025-03-05T12:00:00Z"]
    start = ["measure", maps_folder, "--at", "beginning of March 2025"]
    assert column("snapshot_utc", *start) == ["2025-03-01T12:00:00Z"]


def test_an_old_map_answers_with_a_warning(maps_folder: Path) -> None:
    old = run("sections", maps_folder, "--at", "2030-01-01")
    assert old.exit_code == 0
    assert re.fullmatch(
        r"Warning: The map that stood at 2030-01-01 is of 2025-03-05 12:00 UTC, 1,764 "
        r"days older\. .*--stale-days.*\n",
        old.stderr,
    )
    assert run("measure", maps_folder, "--at", "2025-03-18").stderr == ""
    assert run("measure", maps_folder, "--at", "2025-03-20").stderr != ""
    patient = ["--at", "2025-03-20", "--stale-days", "30"]
    assert run("measure", maps_folder, *patient).stderr == ""
    until = run("change", maps_folder, "--from", "2025-03-02", "--to", "2025-05-01")
    assert "older" in until.stderr


def test_from_and_to_include_both_days(maps_folder: Path) -> None:
    span = ["--from", "2025-03-02", "--to", "2025-03-03"]
    moments = column("snapshot_utc", "measure", maps_folder, *span)
    assert moments == ["2025-03-02T12:00:00Z", "2025-03-03T12:00:00Z"]
    assert answer("info", maps_folder, *span)["n_snapshots"] == 2


@pytest.fixture(scope="module")
def gappy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Maps of 1, 2 and 5 March."""
    folder = tmp_path_factory.mktemp("gappy") / "maps"
    for i in (0, 1, 4):
        write_map(folder, NOON + i * DAY_S, [feature(tile(0, 0, 2, 2 + i))])
    return folder


def test_a_day_without_a_map_shows_the_one_that_stood(gappy: Path) -> None:
    span = ["--every", "day", "--from", "2025-03-03", "--to", "2025-03-04"]
    rows = answer("measure", gappy, *span)["rows"]
    assert [row["date"] for row in rows] == ["2025-03-03", "2025-03-04"]
    assert {row["snapshot_utc"] for row in rows} == {"2025-03-02T12:00:00Z"}
    assert [row["staleness_days"] for row in rows] == [1.5, 2.5]
    assert "2025-03-04  2025-03-02 12:00" in done("measure", gappy, *span)


def test_every_day_of_a_history_has_its_row(gappy: Path) -> None:
    dates = column("date", "measure", gappy, "--every", "day")
    assert dates == [f"2025-03-0{day}" for day in range(1, 6)]
    kyiv = ["--every", "day", "--tz", "Europe/Kyiv", "--from", "2025-03-04T23:00Z"]
    assert column("date", "measure", gappy, *kyiv) == ["2025-03-05"]


def test_every_change_leaves_repetitions_out(tmp_path: Path) -> None:
    for i, height in enumerate((2, 2, 3, 3)):
        write_map(tmp_path, NOON + i * DAY_S, [feature(tile(0, 0, 2, height))])
    moments = column("snapshot_utc", "measure", tmp_path, "--every", "change")
    assert moments == ["2025-03-01T12:00:00Z", "2025-03-03T12:00:00Z"]


# --- sections


def test_sections_are_those_of_the_last_map(
    maps_folder: Path, history: ControlHistory
) -> None:
    text = done("sections", maps_folder, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    expected = kg.sections(history.select(kg.theatre("kursk")))
    assert len(rows) == len(expected) == 1
    assert float(rows[0]["area_km2"]) == expected.area_km2[0]
    assert float(rows[0]["depth_km"]) == expected.depth_km[0]
    assert float(rows[0]["witness_lon"]) == expected.witness_lon[0]
    assert float(rows[0]["border_point_lat"]) == expected.border_point_lat[0]
    assert rows[0]["snapshot_utc"] == "2025-03-05T12:00:00Z"
    assert "geometry" not in rows[0]


def test_sections_come_largest_first(maps_folder: Path) -> None:
    found = answer("sections", maps_folder, "--at", "2025-03-04")
    areas = [row["area_km2"] for row in found["rows"]]
    assert areas == pytest.approx([20, 4], rel=1e-4)
    assert [row["section"] for row in found["rows"]] == [1, 2]
    assert [found[name] for name in SOURCE][1:3] == [
        str(NOON + 3 * DAY_S),
        "2025-03-04T12:00:00Z",
    ]
    assert found["staleness_days"] == 0.5
    text = done("sections", maps_folder, "--at", "2025-03-04")
    assert "2 sections, 24.0" in text
    assert "0.50 days old" in text


def test_sections_without_a_border_have_no_witness(maps_folder: Path) -> None:
    everywhere = ["sections", maps_folder, "--theatre", "everywhere"]
    rows = answer(*everywhere)["rows"]
    assert len(rows) == 1
    assert rows[0]["witness_lon"] is rows[0]["depth_km"] is None
    assert "there is no depth" in done(*everywhere)


def test_no_section_is_no_error(maps_folder: Path) -> None:
    early = ["sections", maps_folder, "--at", "2025-03-01"]
    assert answer(*early)["rows"] == []
    assert "nothing held" in done(*early)
    assert len(done(*early, "--format", "csv").splitlines()) == 1


def test_the_web_map_s_polygons_come_one_by_one(tmp_path: Path) -> None:
    halves = [feature(tile(0, 0, 2, 2)), feature(tile(2, 0, 2, 2))]
    write_map(tmp_path, NOON, halves)
    web = ["--no-clip", "--area-method", "spherical"]
    assert column("n_polygons", "sections", tmp_path) == [2]
    areas = column("area_km2", "sections", tmp_path, *web)
    assert areas == pytest.approx([4, 4], rel=5e-3)
    assert "2 polygons" in done("sections", tmp_path, *web)


# --- info and store


def test_info_tells_what_maps_hold(maps_folder: Path) -> None:
    found = answer("info", maps_folder)
    assert found["source"] == "deepstate"
    assert (found["n_snapshots"], found["n_days"]) == (5, 5)
    assert found["first_snapshot_utc"] == "2025-03-01T12:00:00Z"
    assert found["snapshot_utc"] == "2025-03-05T12:00:00Z"
    assert found["licence"].startswith("DEEPSTATEUATECH")
    assert found["rejected"] == found["days_without_map"] == []
    counts = {row["status"]: row["n_shapes"] for row in found["rows"]}
    assert counts == {
        "contested_in_russia": 1,
        "held_in_russia": 3,
        "occupied": 1,
        "outside": 1,
    }
    held = next(row for row in found["rows"] if row["status"] == "held_in_russia")
    assert held["first_utc"] == "2025-03-02T12:00:00Z"
    assert held["last_utc"] == "2025-03-05T12:00:00Z"
    text = done("info", maps_folder)
    for words in ("5 snapshots on 5 days", "Rejected: 0", "Licence: DEEPSTATE"):
        assert words in text


def test_info_tells_when_a_status_was_last_shown(tmp_path: Path) -> None:
    for i, fill in enumerate((HELD, HELD, GREY)):
        write_map(tmp_path, NOON + i * DAY_S, [feature(tile(0, 0), fill=fill)])
    last = {row["status"]: row["last_utc"] for row in answer("info", tmp_path)["rows"]}
    assert last == {
        "held_in_russia": "2025-03-02T12:00:00Z",
        "contested_in_russia": "2025-03-03T12:00:00Z",
    }


def test_info_lists_days_without_a_map(gappy: Path) -> None:
    found = answer("info", gappy)
    assert found["days_without_map"] == [
        {"first": "2025-03-03", "last": "2025-03-04", "n_days": 2}
    ]
    text = done("info", gappy)
    assert "Days without a map: 2\n" in text
    assert "\n 2025-03-03  2025-03-04       2\n" in text


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """A map with a feature that cannot be read, and a file that is no map."""
    folder = tmp_path / "faulty"
    write_map(folder, NOON, [feature(tile(0, 0)), feature(None)])
    (folder / f"{NOON + DAY_S}.geojson").write_bytes(b'{"features": [')
    return folder


def test_what_cannot_be_read_is_counted_and_listed(faulty: Path) -> None:
    assert run("info", faulty).exit_code == 1
    skipping = [faulty, "--on-error", "skip"]
    rejected = answer("info", *skipping)["rejected"]
    assert [row["feature"] for row in rejected] == [1, None]
    assert rejected[0]["reason"] == "no geometry"
    assert rejected[1]["origin"] == f"faulty/{NOON + DAY_S}.geojson"
    text = done("info", *skipping)
    assert "Rejected: 2" in text
    assert re.search(r"1740830400.geojson +1 +no geometry", text)
    assert answer("measure", *skipping)["n_rejected"] == 2
    assert "2 features or files could not be read" in done("measure", *skipping)
    bare = run("measure", *skipping, "--format", "csv")
    assert "2 features or files could not be read" in bare.stderr


def test_a_store_answers_as_its_maps_do(maps_folder: Path, tmp_path: Path) -> None:
    store = tmp_path / "history.parquet"
    result = run("store", maps_folder, store)
    assert result.exit_code == 0
    assert result.stdout == ""
    assert re.match(r"Wrote .*: 5 snapshots, 6 shapes, 0\.\d MB\.\n$", result.stderr)
    for command in ("measure", "sections", "info"):
        from_store = done(command, store, "--format", "json")
        assert from_store == done(command, maps_folder, "--format", "json")
    assert run("store", maps_folder, store, "--to", "2025-03-02").exit_code == 0
    assert answer("info", store)["n_snapshots"] == 2


# --- maps that come along


def test_the_word_sample_means_the_maps_that_come_along() -> None:
    found = answer("sections", "sample", "--at", "2025-04-15")
    assert len(found["rows"]) == 3
    assert found["source"] == "sample"
    assert "not real outlines" in found["attribution"]


def test_the_demo_measures_draws_and_reports(tmp_path: Path) -> None:
    result = run("demo", "--out", tmp_path / "demo")
    assert result.exit_code == 0, result.stderr or repr(result.exception)
    assert "24 maps" in result.stdout
    for name in ("area.png", "depth.png", "map.png", "report/index.html"):
        assert (tmp_path / "demo" / name).is_file()
    page = (tmp_path / "demo" / "report" / "index.html").read_text("utf-8")
    assert "not real outlines" in page
    assert "had shrunk by nearly one-fifth" in page


# --- errors and warnings


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["measure", "nowhere"], "There is no nowhere"),
        (["info", "nowhere"], "There is no nowhere"),
        (["measure", "MAPS", "--theatre", "paris"], "Expected one of belgorod"),
        (["sections", "MAPS", "--status", "won"], "'won' is not known"),
        (["measure", "MAPS", "--from", "tomorow"], "Cannot read 'tomorow'"),
        (["sections", "MAPS", "--at", ""], "Cannot read ''"),
        (["measure", "MAPS", "--tz", "Mars/Base"], "Zone 'Mars/Base' is not known"),
        (["sections", "MAPS", "--tz", "Mars/Base"], "Zone 'Mars/Base' is not known"),
        (["sections", "MAPS", "--at", "2020-01-01"], "the first map is of 2025-03-01"),
        (["measure", "MAPS", "--from", "2030-01-01"], "The maps run from 2025-03-01"),
        (["measure", "MAPS", "--every", "day", "--to", "2020-01-01"], "maps run from"),
        (["measure", "MAPS", "--depth-shares", "0"], "Expected 0.1 or more"),
        (["measure", "MAPS", "--gap-km", "-1"], "Expected kilometres, 0 or more"),
        (["measure", "MAPS", "--min-area-km2", "nan"], "Expected km², 0 or more"),
        (["measure", "MAPS", "--border", "REGION"], "Expected one line"),
        (["measure", "MAPS", "--border", "none.geojson"], "Cannot read border"),
        (["measure", "MAPS", "--region", "BORDER"], "holds no area"),
        (["measure", "MAPS", "--source", "rumour"], "rumour"),
        (["store", "MAPS", "MAPS"], "is no store"),
        (["measure", "MAPS", "--output", f"{__file__}/a.csv"], "Cannot write"),
        (["measure", "MAPS", "--status", "ocupied"], "Did you mean 'occupied'?"),
        (["measure", "MAPS", "--source", "deep-state"], "Did you mean 'deepstate'?"),
        (["events", "MAPS", "--kind", "fusion"], "Expected one of: generation"),
        (["measure", "MAPS", "--from", "2025-03-05", "--to", "2025-03-02"], "order"),
        (
            ["change", "MAPS", "--from", "2025-03-05", "--to", "2025-03-02"],
            "lies after --to 2025-03-02",
        ),
        (["measure", "MAPS", "--at", "32.01.2025"], "Cannot read '32.01.2025'"),
        (["measure", "MAPS", "--at", "late March 2025"], "mid-February 2025"),
        (["measure", "MAPS", "--at", "2025-03-02", "--every", "day"], "leave out --ev"),
        (["sections", "MAPS", "--out", "a.geojson"], "kursk-geo export writes shapes"),
        (["compare", "MAPS"], "is one source. Name two or more"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    arguments: list[str],
    words: str,
    *,
    maps_folder: Path,
    region_file: Path,
    border_file: Path,
) -> None:
    places = {"MAPS": maps_folder, "REGION": region_file, "BORDER": border_file}
    result = run(*(places.get(argument, argument) for argument in arguments))
    # What is not there, or cannot be read or written, is 1; what cannot be is 2.
    there = ("There is no ", "the first map is", "maps run from", "Cannot write",
             "is no store", "Expected one line", "Cannot read border",
             "holds no area")  # fmt: skip
    mendable = any(one in result.stderr for one in there)
    assert result.exit_code == (1 if mendable else 2)
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert words in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["measure"],
        ["measure", "MAPS", "--every", "hour"],
        ["measure", "MAPS", "--gap-km", "wide"],
        ["measure", "MAPS", "--format", "xml"],
        ["sections", "MAPS", "--contested", "maybe"],
        ["store", "MAPS"],
        ["conquer", "MAPS"],
    ],
)
def test_a_wrong_call_ends_with_2(arguments: list[str], maps_folder: Path) -> None:
    result = run(*(maps_folder if a == "MAPS" else a for a in arguments))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert result.stderr.endswith("--help\n")


def test_no_word_of_this_war_stands_beside_figures_of_another(tmp_path: Path) -> None:
    island = gpd.GeoDataFrame(geometry=[shapely.box(10.2, 54.6, 10.3, 54.7)], crs=4326)
    island.to_file(tmp_path / "survey-1864-04-18.gpkg")
    told = tmp_path / "surveys.toml"
    told.write_text("source = 'surveys'\n[statuses]\n'*' = 'occupied'\n")
    asked = ("--source", told, "--theatre", "everywhere")
    for command in ("measure", "sections", "change", "events", "settlements"):
        text = done(command, tmp_path, *asked)
        assert "held = occupied; contested = contested;" in text
        assert "ussia" not in text
    assert "contested_in_russia" in done("measure", "sample", "--theatre", "everywhere")


def test_a_process_ends_without_a_traceback() -> None:
    ended = process("measure", "nowhere")
    assert ended.returncode == 1
    assert ended.stdout == b""
    assert ended.stderr.decode() == (
        "Error: There is no nowhere. Expected a folder, a map or an archive of maps.\n"
    )


def test_warnings_are_one_line_each(maps_folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "coarse.geojson"
    line = shapely.LineString([(34.6, 51.3), (35.2, 51.31), (35.8, 51.3)])
    gpd.GeoSeries([line], crs="EPSG:4326").to_file(path)
    result = run("sections", maps_folder, "--border", path)
    assert result.exit_code == 0
    assert re.fullmatch(r"Warning: Border .* is coarse: .*\n", result.stderr)


# --- where answers go


def test_output_writes_what_would_be_printed(maps_folder: Path, tmp_path: Path) -> None:
    for name, format_ in (("a.csv", "csv"), ("a.json", "json"), ("a.txt", "table")):
        path = tmp_path / name
        result = run("measure", maps_folder, "--output", path)
        assert result.stdout == ""
        assert result.stderr.startswith(f"Wrote {path} (5 rows)")
        beside = path.with_name(f"{path.name}.json")
        assert beside.is_file() == (format_ == "csv")
        printed = done("measure", maps_folder, "--format", format_)
        assert path.read_bytes().decode("utf-8") == printed
    path = tmp_path / "b.csv"
    run("measure", maps_folder, "--output", path, "--format", "json")
    assert json.loads(path.read_text("utf-8"))["rows"]


def test_no_table_is_put_in_a_spreadsheet_s_file(
    maps_folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "figures.xlsx"
    result = run("measure", maps_folder, "--output", path)
    assert result.exit_code == 2
    assert "not written as .xlsx" in result.stderr
    assert "ends in .csv, .json or .txt, or --format" in result.stderr
    assert not path.exists()
    assert (
        run("measure", maps_folder, "--output", path, "--format", "csv").exit_code == 0
    )


def test_a_file_is_written_whole_or_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "figures.csv"
    write_whole(path, b"old\n")

    def fail(self: Path, target: Path) -> Path:
        assert self.read_text("utf-8") == "km²\n"
        assert path.read_text("utf-8") == "old\n"
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fail)
        with pytest.raises(OptionError, match=r"Cannot write .*No space left"):
            write_whole(path, "km²\n".encode())
    assert [file.name for file in tmp_path.iterdir()] == ["figures.csv"]
    assert path.read_text("utf-8") == "old\n"
    write_whole(path, "km²\n".encode())
    assert path.read_bytes() == b"km\xc2\xb2\n"


@pytest.mark.skipif(os.name != "posix", reason="links and rights as on Unix")
def test_a_file_gets_the_usual_rights_and_links_are_kept(tmp_path: Path) -> None:
    path, plain = tmp_path / "figures.csv", tmp_path / "plain"
    link = tmp_path / "latest.csv"
    link.symlink_to(path)
    write_whole(link, b"x\n")
    plain.touch()
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_a_reader_may_leave_early(maps_folder: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "kursk_geo", "measure", str(maps_folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait() == 0


@pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="this system has no full disk"
)
def test_a_full_disk_is_said_in_one_line(maps_folder: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "kursk_geo", "measure", str(maps_folder)],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert ended.returncode == 1
    assert re.fullmatch(rb"Error: standard output: .*\n", ended.stderr)


def test_any_locale_prints_square_kilometres(maps_folder: Path) -> None:
    ascii_only = {
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONIOENCODING": "ascii",
    }
    ended = process("sections", maps_folder, **ascii_only)
    assert ended.returncode == 0
    assert "[km²]" in ended.stdout.decode("utf-8")


# --- tables on a terminal


TABLES = {
    "measure sample --from 2025-04-01": "2025-04-26 14:17 28.57",
    "measure sample --from 2025-04-26 --every day": "2025-04-27 28.57",
    "measure sample --at 2025-04-20 --with-bounds": "2025-04-16 20:09 41.95 30.99",
    "measure sample --at 2024-09-06 --depth-shares 5": "10.00 32.4 294.05",
    "sections sample --at 2025-04-15": "2 11.248 1.410",
    "sections sample --history": "2025-03-28 21:52 2025-04-12 20:36 2 69.04",
    "change sample --from 2025-02-28 --to 2025-03-31 --with-contested": (
        "from contested 11.46"
    ),
    "change sample --from 2025-02-28 --every week": "2025-03-10 00:00 -256.38",
    "change sample --from 2025-02-28 --transitions": "held_in_russia 17.02 378.65",
    "events sample": "2025-04-12 20:36 division 2 2, 5 69.04 36.56",
    "settlements sample": "Sudzha held 2024-08-12 19:56 2025-03-12 12:04",
    "compare a=MAPS b=MAPS --from 2025-04-26": "2025-04-30 b 28.57",
    "check sample bloomberg-2025-04-26": "seven months 216 days",
    "claims": "bloomberg-2025-04-26-full-control 2025-04-26",
    "info sample": "occupied_before_2022 7 2022-04-10 09:10",
    "theatres": "Kharkiv Oblast held by Russia",
    "sources": "cyterat no",
    "validate": "1,193,855.301543 km² yes",
}
"""Of each table what tells a row from the others, with its figure."""


@pytest.mark.parametrize("call", TABLES)
def test_a_table_fits_and_keeps_what_tells_its_rows_apart(
    call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[output.Answer] = []
    monkeypatch.setattr(output, "deliver", lambda answer, *_: found.append(answer))
    maps = str(Path(__file__).parents[1] / "sample_data" / "deepstate")
    done(*call.replace("MAPS", maps).split())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(output, "on_terminal", lambda: True)
    for width in (80, 100, 120):
        monkeypatch.setenv("COLUMNS", str(width))
        told = output.table_text(found[0], screen=True)
        plain = re.sub(r"\x1b\[\d*m", "", told)
        assert max(map(len, plain.splitlines())) <= width
        assert "…" not in plain
        rows = [line.split() for line in plain.splitlines()]
        words = TABLES[call].split()
        assert any(all(word in row for word in words) for row in rows)


def test_a_column_that_cannot_be_spared_is_never_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    monkeypatch.setattr(output, "on_terminal", lambda: True)
    row = {"word": "w" * 15, "area_km2": 1.5, "outlet": "x" * 15, "rest": "r" * 15}
    rows = pd.DataFrame([row, row | {"rest": "", "area_km2": 10.0}])
    notes = ["A note that is longer than any terminal. " * 8]
    shown = output.Answer(rows, "Title", {}, notes)
    lines = output.table_text(shown, screen=True).splitlines()
    assert any("w" * 15 in line and "r" * 15 in line for line in lines)
    assert "Left out for want of room:" in lines[-2]
    assert max(len(line) for line in lines if "note" in line) <= 30
    ends = [line.index(number) + len(number) for number in ("1.50", "10.00")
            for line in lines if number in line]  # fmt: skip
    assert len(set(ends)) == 1
    # Half a point would be read as that of another.
    point = {"area_km2": 1.5, "witness_lon": 35.25, "witness_lat": 51.05}
    half = output.Answer(pd.DataFrame([point]), "Title", {})
    monkeypatch.setenv("COLUMNS", "20")
    assert "51.0500" not in output.table_text(half, screen=True)
    whole = output.table_text(shown, screen=False)
    assert "\x1b" not in whole
    assert notes[0].rstrip() in whole


# --- help


def test_help_is_quick_because_nothing_heavy_is_loaded() -> None:
    code = (
        "import sys\n"
        "sys.argv = ['kursk-geo', '--help']\n"
        "from kursk_geo.cli import main\n"
        "try:\n"
        "    main()\n"
        "except SystemExit:\n"
        "    heavy = {'jinja2', 'lark', 'matplotlib', 'rich', 'requests'}\n"
        "    print('loaded:', sorted(heavy & set(sys.modules)))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    assert ended.stdout.endswith("loaded: []\n")
    for command in COMMANDS:
        assert f"\n  {command} " in ended.stdout
    assert "..." not in ended.stdout.partition("Commands:")[2]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_shows_how(command: str) -> None:
    text = done(command, "--help")
    assert re.search(rf"^ +\$ kursk-geo {command} ", text, re.MULTILINE)
    assert "\b" not in text


def test_version() -> None:
    assert done("--version") == f"kursk-geo {kg.__version__}\n"


def test_options_say_what_the_library_says() -> None:
    """They are written twice, so that --help need not load what defines them."""
    assert options.Asked().min_area_km2 == MIN_AREA_KM2
    help_text = re.sub(r"\s+", " ", done("measure", "--help"))
    for words in ([s.value for s in kg.Status], kg.list_theatres()[:6], EVERY):
        assert all(word in help_text for word in words)
    assert set(AREA_METHODS) == {"geodesic", "spherical"}
    assert set(get_args(output.Format)) == {"table", "csv", "json"}


ROOT = Path(__file__).parents[1]
SHOWN = [
    pair
    for page in ("README.md", "docs/cli.md")
    for pair in re.findall(
        r"^\$ kursk-geo (.+)\n((?:(?!\$|```).*\n)+)",
        (ROOT / page).read_text("utf-8"),
        re.MULTILINE,
    )
]


@pytest.mark.parametrize(
    ("call", "shown"), [(c, s) for c, s in SHOWN if not c.endswith("\\")]
)
def test_the_docs_show_what_is_printed(
    call: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert done(*shlex.split(call)).startswith(shown.removesuffix("...\n"))


def test_what_was_written_beside_the_maps_is_no_map(
    maps_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "maps"
    shutil.copytree(maps_folder, folder)
    before = kg.read_history(folder)
    for name in ("a.csv", "a.json"):
        done("measure", folder, "--out", folder / name)
    done("annotate", "bloomberg-2025-04-26", folder, "--out", folder / "b.json")
    done("export", folder, "--with-geometry", "--out", folder / "b.geojson")
    assert len(list(folder.glob("[ab].*"))) == 5
    assert kg.read_history(folder) == before
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(folder / "b.geojson", alone)
    assert "kursk_geo wrote b.geojson" in run("info", alone).stderr
    facts = json.loads((folder / "a.csv.json").read_text("utf-8"))
    for name in ("schema", "version", "source", "theatre", "held", "area_method"):
        assert facts[name]
