"""How much of the ground lies how deep."""

from importlib import import_module

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

import kursk_geo as kg
from builders import STRIP, days, feature
from gallery import GALLERY, STRAIGHT, VALLEY, Drawing, to_degrees
from strategies import stars

HELD = frozenset({kg.Status.HELD_IN_RUSSIA})


def history_of(ground_km: BaseGeometry, border_km: BaseGeometry) -> kg.ControlHistory:
    if isinstance(border_km, shapely.LinearRing):
        border_km = shapely.LineString(border_km.coords)
    theatre = kg.Theatre(name="drawn", border=to_degrees(border_km), held=HELD)
    return days([feature(to_degrees(ground_km))]).select(theatre)


# --- known answers


def test_a_rectangle_has_as_much_ground_at_each_depth() -> None:
    history = history_of(shapely.box(-5, 0, 5, 6), STRAIGHT)
    table = kg.depth_shares(history, at="2025-03-01", step_km=1.5)
    assert table.columns.tolist() == ["deeper_than_km", "share", "area_km2"]
    assert table.deeper_than_km.tolist() == [0, 1.5, 3, 4.5]
    assert table.share.to_numpy() == pytest.approx([1, 0.75, 0.5, 0.25], abs=0.02)
    assert table.area_km2.to_numpy() == pytest.approx(60 * table.share, rel=1e-4)
    assert table.attrs["median_km"] == pytest.approx(3, abs=0.1)
    assert table.attrs["p95_km"] == pytest.approx(5.7, abs=0.1)


def test_a_triangle_is_narrow_where_it_is_deep() -> None:
    ground = shapely.Polygon([(-4, 0), (4, 0), (0, 8)])
    table = kg.depth_shares(history_of(ground, STRAIGHT), step_km=4)
    # Similar triangles: half as deep again is a quarter of the ground.
    assert table.share.to_numpy() == pytest.approx([1, 0.25], abs=0.01)
    assert table.attrs["median_km"] == pytest.approx(8 * (1 - 0.5**0.5), abs=0.05)
    assert table.attrs["p95_km"] == pytest.approx(8 * (1 - 0.05**0.5), abs=0.05)


def test_ground_belongs_to_the_nearest_border_not_to_a_transect() -> None:
    # In a valley no point is farther from its sides than 6/√2 km.
    ground = shapely.Polygon([(-6.2, 6), (-0.2, 0), (5.8, 6)])
    table = kg.depth_shares(history_of(ground, VALLEY), step_km=0.1)
    assert table.deeper_than_km.iloc[-1] == pytest.approx(6 / np.sqrt(2), abs=0.2)


@pytest.mark.parametrize("drawing", GALLERY, ids=lambda drawing: drawing.name)
def test_no_ground_is_deeper_than_the_depth(drawing: Drawing) -> None:
    history = history_of(drawing.ground_km, drawing.border_km)
    table = kg.depth_shares(history, step_km=0.05)
    assert table.deeper_than_km.iloc[-1] <= drawing.depth_km * 1.0003
    assert table.deeper_than_km.iloc[-1] >= drawing.depth_km * 0.9997 - 0.2


def test_overlaps_count_once() -> None:
    near, far = shapely.box(-5, 0, 5, 2), shapely.box(-5, 1, 5, 4)
    both = days([feature(to_degrees(near)), feature(to_degrees(far))]).select(STRIP)
    once = days([feature(to_degrees(near.union(far)))]).select(STRIP)
    assert kg.depth_shares(both).share.to_numpy() == pytest.approx(
        kg.depth_shares(once).share.to_numpy(), abs=1e-3
    )


def test_nothing_held_is_not_0() -> None:
    table = kg.depth_shares(days([]).select(STRIP), at="2025-03-01")
    assert table.empty
    assert np.isnan(table.attrs["median_km"])
    assert np.isnan(table.attrs["p95_km"])


# --- properties


@settings(max_examples=12, deadline=None)
@pytest.mark.filterwarnings("ignore:None of these maps")  # stars are drawn anywhere
@given(st.lists(stars(), min_size=1, max_size=3))
def test_shares_fall_from_1_to_0(shapes: list[BaseGeometry]) -> None:
    history = days([feature(shape) for shape in shapes]).select(STRIP)
    row = kg.measure(history).iloc[0]
    table = kg.depth_shares(history, step_km=0.5)
    if row.area_km2 < 0.1:  # the grid may miss it
        return
    assert (np.diff(table.share) <= 0).all()
    assert table.share[0] == 1.0
    assert table.area_km2[0] == pytest.approx(row.area_km2)
    attrs = table.attrs
    assert 0 < attrs["median_km"] <= attrs["p95_km"] <= row.depth_km * 1.0002


# --- errors


def test_a_border_is_needed() -> None:
    with pytest.raises(LookupError, match="no theatre"):
        kg.depth_shares(days([]))
    theatre = kg.Theatre(name="inland", held=HELD)
    with pytest.raises(LookupError, match="'inland' has no border"):
        kg.depth_shares(days([]).select(theatre))


@pytest.mark.parametrize("step_km", [0, -1, float("nan"), float("inf")])
def test_steps_are_checked(step_km: float) -> None:
    with pytest.raises(ValueError, match="is not a distance"):
        kg.depth_shares(days([]).select(STRIP), step_km=step_km)


def test_a_grid_beyond_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("kursk_geo.measure"), "MOST_POINTS", 1_000)
    history = history_of(shapely.box(-5, 0, 5, 6), STRAIGHT)
    with pytest.raises(ValueError, match=r"takes 6,0\d\d points"):
        kg.depth_shares(history)
