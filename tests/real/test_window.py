"""293 real maps of the incursion, against published figures and plain code."""

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import kursk_geo as kg
from plain_maps import ellipsoid_km2, on_ground, raw_maps, raw_polygons

NOON = "2025-03-28T12:00Z"
"""The map that stood then was published on 27 March; the next came at 21:52 UTC."""


@pytest.fixture(scope="module")
def kursk(window: kg.ControlHistory) -> kg.ControlHistory:
    return window.select(kg.theatre("kursk"))


@pytest.fixture(scope="module")
def whole(window: kg.ControlHistory) -> kg.ControlHistory:
    """Shapes that reach into Kursk as the web map shows them; grey: #bdbdbd alone."""
    theatre = kg.theatre("kursk", contested="contested_in_russia")
    return window.select(theatre, clip=False)


@pytest.fixture(scope="module")
def figures(kursk: kg.ControlHistory) -> pd.DataFrame:
    return kg.measure(kursk)


def same_tables(one: kg.ControlHistory, other: kg.ControlHistory) -> None:
    pd.testing.assert_frame_equal(one.snapshots, other.snapshots)
    pd.testing.assert_frame_equal(one.rejected, other.rejected)
    columns = one.shapes.columns.drop("geometry")
    pd.testing.assert_frame_equal(one.shapes[columns], other.shapes[columns])
    assert (one.shapes.geometry.to_wkb() == other.shapes.geometry.to_wkb()).all()


# What was read


def test_every_map_is_read_and_nothing_is_rejected(window: kg.ControlHistory) -> None:
    assert len(window.snapshots) == 293
    assert window.rejected.empty
    assert window.snapshots["n_rejected"].sum() == 0
    assert (window.shapes["repair_km2"] == 0).all()
    assert window.shapes.is_valid.all()
    assert "unknown" not in set(window.shapes["status"])


def test_no_polygon_is_lost(window: kg.ControlHistory, window_path: Path) -> None:
    for unix, features in raw_maps(window_path, step=20):
        expected = sum(len(raw_polygons(feature)) for feature in features)
        shown = window.at(pd.Timestamp(int(unix), unit="s", tz="UTC"))
        assert len(shown) == expected


# The web map's own figures: sphere, unclipped


def test_unclipped_spherical_figures_of_every_day(
    whole: kg.ControlHistory, truth: pd.DataFrame
) -> None:
    ours = kg.measure(whole, every="day", area_method="spherical")
    # The last row of the truth is of a map that is not in the archive.
    truth = truth[truth.index <= ours.index[-1]]
    ours = ours.loc[truth.index]
    assert (ours["snapshot_id"] == truth["snapshot"].astype(str)).all()
    for name, column in [
        ("area_km2", "area_held_unclipped_sphere_km2"),
        ("contested_km2", "area_grey_bdbdbd_unclipped_sphere_km2"),
    ]:
        # Both are the web map's; the truth is written to two decimals.
        np.testing.assert_allclose(ours[name], truth[column], atol=0.005001)


def test_without_tetkino_and_polygon_by_polygon(
    whole: kg.ControlHistory, truth: pd.DataFrame
) -> None:
    for day, row in truth.iterrows():
        shown = whole.at(pd.Timestamp(day).date())
        held = shown[shown["status"] == "held_in_russia"]
        assert len(held) == row["n_features"]
        east = held[held.bounds["minx"] > 34.7]
        area_km2 = kg.area_km2(east.geometry, area_method="spherical").sum()
        expected_km2 = row["area_held_sudzha_unclipped_sphere_km2"]
        assert area_km2 == pytest.approx(expected_km2, abs=0.005001)


@pytest.mark.parametrize(
    ("theatre", "status", "published_km2"),
    [
        ("kursk", "held_in_russia", 77.427),
        ("kursk", "contested_in_russia", 64.487),
        ("belgorod", "contested", 13.084),
        ("sumy", "occupied", 0.692),
    ],
)
def test_published_decimals(
    window: kg.ControlHistory, theatre: str, status: str, published_km2: float
) -> None:
    shown = window.select(kg.theatre(theatre), status=status, clip=False)
    polygons = kg.sections(shown, at=NOON, area_method="spherical")
    assert published_km2 in polygons["area_km2"].round(3).tolist()


def test_the_sum_of_27_april(whole: kg.ControlHistory) -> None:
    polygons = kg.sections(whole, at="2025-04-27", area_method="spherical")
    assert len(polygons) == 3
    assert polygons["area_km2"].sum() == pytest.approx(29.02, abs=0.005)


def test_only_the_sphere_gives_the_published_decimals(whole: kg.ControlHistory) -> None:
    shown = whole.at(NOON)
    held = shown[shown["status"] == "held_in_russia"]
    assert kg.area_km2(held.geometry).max() == pytest.approx(77.54, abs=0.005)


# Clipped, on the ellipsoid


def test_three_sections_in_mid_april(kursk: kg.ControlHistory) -> None:
    pieces = kg.sections(kursk, at="2025-04-15")
    assert pieces["area_km2"].tolist() == pytest.approx([20.84, 11.25, 9.87], abs=0.005)
    assert pieces["depth_km"].tolist() == pytest.approx([2.246, 1.408, 2.154], abs=2e-3)
    assert (pieces["error_m"] <= 1).all()
    border = kg.border()
    for row in pieces.itertuples():
        witness = shapely.Point(row.witness_lon, row.witness_lat)
        foot = shapely.Point(row.border_point_lon, row.border_point_lat)
        assert row.geometry.distance(witness) < 1e-7
        assert border.distance(foot) < 1e-6


def test_features_that_touch_are_one_section(kursk: kg.ControlHistory) -> None:
    """From 15 September to 12 October 2024 there are three features, two sections."""
    held = kursk.at("2024-09-20")
    assert (held["status"] == "held_in_russia").sum() == 3
    assert len(kg.sections(kursk, at="2024-09-20")) == 2


def test_rise_and_fall(figures: pd.DataFrame) -> None:
    area_km2 = figures["area_km2"]
    peak = area_km2.idxmax()
    assert (peak.year, peak.month) == (2024, 9)
    assert 880 < area_km2.max() < 920
    first = area_km2[area_km2 > 0].index[0]
    assert first.date().isoformat() == "2024-08-08"
    assert (area_km2.loc[first:] > 0).all()
    assert figures["sections"].iloc[-1] == 3


def test_belgorod_is_contested_and_never_held(window: kg.ControlHistory) -> None:
    belgorod = window.select(kg.theatre("belgorod"))
    table = kg.measure(belgorod)
    assert (table["area_km2"] == 0).all()
    assert (table["sections"] == 0).all()
    assert table["depth_km"].isna().all()  # nothing held has no depth
    april = table.loc["2025-04-01":"2025-04-27"]
    # 13.084 on the sphere: a hair of it lies on the Ukrainian side.
    assert (april["contested_km2"].between(13.0, 13.13)).all()
    assert (april["depth_with_contested_km"].between(2.25, 2.3)).all()
    assert (table.loc[:"2025-03-24", "contested_km2"] < 0.2).all()


def test_the_plain_way_agrees(
    kursk: kg.ControlHistory, figures: pd.DataFrame, window_path: Path
) -> None:
    """Read, joined, cut and measured anew, map by map, without a history."""
    assert kursk.theatre is not None
    region = kursk.theatre.region
    by_id = figures.reset_index().set_index("snapshot_id")
    for unix, features in raw_maps(window_path, step=45):
        held = on_ground(features, {"#01579b"}, region)
        grey = on_ground(features, {"#bcaaa4", "#bdbdbd"}, region).difference(held)
        row = by_id.loc[unix]
        assert row["area_km2"] == pytest.approx(ellipsoid_km2(held), abs=1e-6)
        assert row["contested_km2"] == pytest.approx(ellipsoid_km2(grey), abs=1e-5)
        pieces = [p for p in shapely.get_parts(held) if ellipsoid_km2(p) >= 0.05]
        assert row["sections"] == len(pieces)


def test_no_ground_is_near_the_approximate_oblast_lines(
    window: kg.ControlHistory, oblasts_path: Path
) -> None:
    """All of it lies in its oblast; along the border, to what that file is good for."""
    oblasts = gpd.read_file(oblasts_path).set_index("name").geometry
    for theatre, name in [("kursk", "Kursk Oblast"), ("belgorod", "Belgorod Oblast")]:
        ground = window.select(kg.theatre(theatre)).shapes
        assert ground.within(oblasts[name].buffer(0.015)).all()


# States, parts, the store


def test_the_states_of_kursk(kursk: kg.ControlHistory, figures: pd.DataFrame) -> None:
    states = kursk.states()
    assert len(states) == 99  # on 25 Dec 2024 a label alone changes
    assert states["n_snapshots"].sum() == 293
    assert states["valid_from"].iloc[0] == kursk.snapshots["snapshot_utc"].iloc[0]
    contents = [
        frozenset(kursk.at(when)["shape_id"].items()) for when in states["valid_from"]
    ]
    assert all(a != b for a, b in pairwise(contents))
    # Within a state no figure changes.
    # Where nothing is held there is no depth, which is the same from map to map.
    numbers = figures.drop(columns=["snapshot_id", "staleness_days"]).fillna(-1.0)
    changes = numbers.ne(numbers.shift()).any(axis=1)
    assert set(figures.index[changes]) <= set(states["valid_from"])


def test_parts_make_the_whole(window: kg.ControlHistory) -> None:
    early = window.between(None, "2024-12-31", tz="Europe/Kyiv")
    late = window.between("2025-01-01", None, tz="Europe/Kyiv")
    assert len(early.snapshots) + len(late.snapshots) == 293
    same_tables(early.append(late), window)


def test_cutting_in_time_and_in_space_commute(window: kg.ControlHistory) -> None:
    theatre = kg.theatre("kursk")
    span = ("2024-10-01", "2024-11-15")
    same_tables(
        window.between(*span).select(theatre), window.select(theatre).between(*span)
    )


def test_the_store_gives_back_what_was_written(
    window: kg.ControlHistory, tmp_path: Path
) -> None:
    stored = kg.read_history(kg.write_store(window, tmp_path / "window.parquet"))
    same_tables(stored, window)
    assert (stored.source, stored.licence) == (window.source, window.licence)
    assert stored.attribution == window.attribution


# Memory

PEAK = """
import sys
import kursk_geo as kg

history = kg.read_history(sys.argv[1])
table = kg.measure(history.select(kg.theatre("kursk")))
assert len(table) == 293
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(status["VmHWM"].split()[0])
"""


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="only Linux tells it in /proc"
)
def test_cold_read_stays_under_600_mb(window_path: Path) -> None:
    # Not ru_maxrss: after a fork that is never less than what the parent held.
    command = [sys.executable, "-c", PEAK, str(window_path)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(run.stdout) * 1024 < 600e6
