"""Profile of depth along the border."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

import kursk_geo as kg
from builders import STRIP, days, feature
from gallery import GALLERY, PLANE, STRAIGHT, VALLEY, Drawing, to_degrees
from kursk_geo.geometry import project
from strategies import stars

DAY = "2025-03-01"
HELD = frozenset({kg.Status.HELD_IN_RUSSIA})


def history_of(ground_km: BaseGeometry, border_km: BaseGeometry) -> kg.ControlHistory:
    if isinstance(border_km, shapely.LinearRing):
        border_km = shapely.LineString(border_km.coords)
    theatre = kg.Theatre(name="drawn", border=to_degrees(border_km), held=HELD)
    return days([feature(to_degrees(ground_km))]).select(theatre)


# --- known answers


def test_a_rectangle_reaches_alike_everywhere() -> None:
    profile = kg.depth_profile(history_of(shapely.box(-5, 0, 5, 6), STRAIGHT), DAY)
    # Stretches are counted from the border's own start: one may lie half outside.
    assert len(profile) in (40, 41)
    assert profile.border_km.iloc[0] == pytest.approx(35.125, abs=0.25)
    assert profile.reach_km.to_numpy() == pytest.approx(6, abs=0.005)
    assert profile.area_km2.sum() == pytest.approx(60, rel=0.02)
    expected = {
        "held_border_km": 10,
        "mean_km": 6,
        "p95_km": 6,
        "max_km": 6,
        "box_advance_km": 6,
        "mean_distance_km": 3,
    }
    told = {name: profile.attrs[name] for name in expected}
    assert told == pytest.approx(expected, abs=0.26)


def test_a_triangle_reaches_half_as_far_on_average() -> None:
    ground = shapely.Polygon([(-4, 0), (4, 0), (0, 8)])
    profile = kg.depth_profile(history_of(ground, STRAIGHT), DAY, step_km=0.1)
    assert profile.attrs["max_km"] == pytest.approx(8, abs=0.005)
    assert profile.attrs["mean_km"] == pytest.approx(4, abs=0.15)
    assert profile.attrs["p95_km"] == pytest.approx(7.6, abs=0.15)
    assert profile.attrs["box_advance_km"] == pytest.approx(4, abs=0.06)
    assert profile.attrs["mean_distance_km"] == pytest.approx(8 / 3, abs=0.05)


def test_ground_that_does_not_touch_the_border_lies_behind_it_too() -> None:
    ground = shapely.union(shapely.box(-10, 2, -8, 3), shapely.box(8, 0, 10, 1))
    profile = kg.depth_profile(history_of(ground, STRAIGHT), DAY)
    assert profile.attrs["held_border_km"] == pytest.approx(4, abs=0.51)
    between = profile[(profile.border_km > 32.5) & (profile.border_km < 47.5)]
    assert (between.reach_km == 0).all()
    assert (between.area_km2 == 0).all()
    assert len(between) == 60


def test_ground_belongs_to_the_nearest_border_not_to_a_transect() -> None:
    # In a valley no point is farther from its sides than 6/√2 km.
    ground = shapely.Polygon([(-6.2, 6), (-0.2, 0), (5.8, 6)])
    profile = kg.depth_profile(history_of(ground, VALLEY), DAY)
    assert profile.attrs["max_km"] == pytest.approx(6 / np.sqrt(2), abs=0.1)


def test_stretches_lie_on_the_border() -> None:
    profile = kg.depth_profile(
        history_of(GALLERY[6].ground_km, STRAIGHT), DAY, step_km=1
    )
    x, y = shapely.get_coordinates(project(profile.geometry.to_numpy(), PLANE)).T
    assert y == pytest.approx(0, abs=5)
    assert x / 1e3 + 40 == pytest.approx(profile.border_km.to_numpy(), abs=0.02)


def test_parts_of_a_border_follow_one_another() -> None:
    border = shapely.MultiLineString([[(-5, 0), (0, 0)], [(10, 0), (15, 0)]])
    ground = shapely.union(shapely.box(-4, 0, -2, 1), shapely.box(11, 0, 14, 2))
    profile = kg.depth_profile(history_of(ground, border), DAY)
    reach = profile.set_index(profile.border_km.round(1)).reach_km
    assert reach[1.1:2.9].to_numpy() == pytest.approx(1, abs=0.01)
    assert reach[6.2:8.8].to_numpy() == pytest.approx(2, abs=0.01)


@pytest.mark.parametrize("drawing", GALLERY, ids=lambda drawing: drawing.name)
def test_the_farthest_reach_is_the_depth(drawing: Drawing) -> None:
    history = history_of(drawing.ground_km, drawing.border_km)
    profile = kg.depth_profile(history, DAY, grid_m=50)
    # A point of the grid is within 50 m of any point of the ground.
    assert profile.attrs["max_km"] == pytest.approx(
        drawing.depth_km, rel=3e-4, abs=0.05
    )
    assert profile.attrs["max_km"] <= drawing.depth_km * 1.0003
    assert profile.area_km2.sum() == pytest.approx(drawing.area_km2, rel=0.05)


def test_nothing_held_has_an_empty_profile() -> None:
    profile = kg.depth_profile(days([]).select(STRIP), DAY)
    assert profile.empty
    assert profile.crs == "EPSG:4326"
    assert profile.attrs["held_border_km"] == 0
    assert np.isnan(profile.attrs["mean_km"])


# --- properties


@settings(max_examples=20, deadline=None)
@given(st.lists(stars(), min_size=1, max_size=3))
def test_reach_is_within_the_depth_and_the_ground_is_shared_out(
    shapes: list[BaseGeometry],
) -> None:
    history = days([feature(shape) for shape in shapes]).select(STRIP)
    area, depth = kg.measure(history)[["area_km2", "depth_km"]].iloc[0]
    profile = kg.depth_profile(history, DAY)
    attrs = profile.attrs
    if area == 0:
        assert profile.empty
        return
    assert depth - 0.1 <= attrs["max_km"] * 1.0002 + 1e-3
    assert attrs["max_km"] <= depth * 1.0002 + 1e-3
    assert attrs["mean_km"] <= attrs["max_km"]
    assert attrs["p95_km"] <= attrs["max_km"]
    assert attrs["box_advance_km"] * attrs["held_border_km"] == pytest.approx(area)
    # A grid of 0.01 km² cells is off by a share of the cells on the edge.
    edge_km = shapely.union_all(history.shapes.geometry.to_numpy()).length * 111
    assert profile.area_km2.sum() == pytest.approx(area, abs=0.05 + 0.1 * edge_km)


@settings(max_examples=10, deadline=None)
@given(stars(), stars())
def test_more_ground_never_reaches_less(one: BaseGeometry, two: BaseGeometry) -> None:
    less = kg.depth_profile(days([feature(one)]).select(STRIP), DAY)
    more = kg.depth_profile(days([feature(one), feature(two)]).select(STRIP), DAY)
    reach_km, area_km2 = (
        more.set_index("border_km")[name].reindex(less.border_km).to_numpy()
        for name in ("reach_km", "area_km2")
    )
    # Points of the grid are the same; those along edges that vanish inside are not.
    assert (area_km2 >= less.area_km2 - 1e-9).all()
    assert (reach_km >= less.reach_km - 0.1).all()


# --- errors


def test_a_border_is_needed() -> None:
    with pytest.raises(LookupError, match="no theatre"):
        kg.depth_profile(days([]), DAY)
    theatre = kg.Theatre(name="inland", held=HELD)
    with pytest.raises(LookupError, match="'inland' has no border"):
        kg.depth_profile(days([]).select(theatre), DAY)


@pytest.mark.parametrize(
    ("step_km", "grid_m"), [(0, 100), (0.05, 100), (0.25, 0), (float("nan"), 100)]
)
def test_steps_are_checked(step_km: float, grid_m: float) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        kg.depth_profile(days([]).select(STRIP), DAY, step_km=step_km, grid_m=grid_m)


def test_a_grid_beyond_memory_is_refused() -> None:
    history = history_of(shapely.box(-30, 0, 30, 30), STRAIGHT)
    with pytest.raises(
        ValueError, match=r"grid_m=1 makes 1,8\d\d,\d\d\d,\d\d\d points"
    ):
        kg.depth_profile(history, DAY, grid_m=1)
