"""Bounds of area and depth against closed forms and brute force."""

import math
from collections.abc import Mapping
from dataclasses import replace
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

import kursk_geo as kg
from builders import GREY, NOON, STRIP, days, feature, make_history, tile
from gallery import PLANE, to_degrees
from kursk_geo.errors import DateNotFoundError, OptionError, TheatreError
from kursk_geo.geometry import project
from kursk_geo.history import ControlHistory
from kursk_geo.uncertainty import (
    DRAWN_STEP_M,
    SOURCE_SIGMA_M,
    ErrorModel,
    change_bounds,
    correct_side,
    outline,
    p_change,
    uncertainty,
    variances_m4,
)
from strategies import maps, stars

# Maps are drawn anywhere, also where no theatre is, and of any side.
pytestmark = pytest.mark.filterwarnings("ignore:(None of these|These) maps")

SIDE_KM = 20.0


def straight(
    x_km: float, y_km: float, width_km: float, height_km: float
) -> BaseGeometry:
    """Draw a rectangle whose edges are straight in the plane."""
    return to_degrees(shapely.box(x_km, y_km, x_km + width_km, y_km + height_km))


FAR_SHAPE = tile(-10.0, 10.0, SIDE_KM, SIDE_KM)
FAR = feature(FAR_SHAPE)
"""A square that does not touch the border."""
AT_BORDER = feature(straight(-10.0, 0.0, SIDE_KM, SIDE_KM))
"""One that stands on it: three of its sides are front."""


def held(*shapes: dict[str, object]) -> ControlHistory:
    return days(shapes).select(STRIP)


def periodic(
    distance_m: NDArray[np.float64], length_m: float, reach_m: float
) -> NDArray[np.float64]:
    half = length_m / 2.0
    return np.asarray(np.cosh((half - distance_m) / reach_m) / np.cosh(half / reach_m))


# --- closed forms


@pytest.mark.parametrize("length_m", [10.0, 900.0, 4e3, 8e4])
@pytest.mark.parametrize("reach_m", [300.0, 4e3, 5e4])
def test_variance_is_the_double_integral_of_the_correlation(
    length_m: float, reach_m: float
) -> None:
    model = ErrorModel(2.0, reach_m)
    middles = (np.arange(2000) + 0.5) * length_m / 2000
    gaps = np.abs(middles[:, None] - middles)
    step = (length_m / 2000) ** 2
    along = 4.0 * np.exp(-gaps / reach_m).sum() * step
    around = 4.0 * periodic(gaps, length_m, reach_m).sum() * step
    swept_m4 = variances_m4([length_m] * 2, model, closed=[False, True])
    assert swept_m4 == pytest.approx([along, around], rel=2e-3)


def test_variance_has_the_two_limits() -> None:
    near, far = ErrorModel(3.0, 1.0), ErrorModel(3.0, 1e9)
    for closed in (False, True):
        # 2 σ² c L where errors fade at once, (σ L)² where they never do.
        at_once = variances_m4([1e6], near, closed=closed)
        assert at_once == pytest.approx(2 * 9 * 1.0 * 1e6, rel=1e-5)
        never = variances_m4([1e3], far, closed=closed)
        assert never == pytest.approx((3.0 * 1e3) ** 2, rel=1e-5)
        assert len(variances_m4([], near, closed=closed)) == 0


def test_bounds_of_a_square() -> None:
    row = uncertainty(held(FAR), sigma_m=100.0, correlation_km=2.0).iloc[0]
    length, reach, sigma = 4 * SIDE_KM, 2.0, 0.1
    sd = sigma * math.sqrt(2 * reach * length * math.tanh(length / (2 * reach)))
    assert row.area_km2 == pytest.approx(400.0, rel=1e-4)
    assert row.front_km == pytest.approx(length, rel=1e-4)
    assert row.area_sd_km2 == pytest.approx(sd, rel=1e-4)
    assert row.area_sd_correlated_km2 == pytest.approx(sigma * length, rel=1e-4)
    # Four vertices, the diagonal across each: σ/2 sqrt(4 · 2 · side²).
    alone = sigma * SIDE_KM * math.sqrt(2.0)
    assert row.area_sd_independent_km2 == pytest.approx(alone, rel=1e-4)
    z = NormalDist().inv_cdf(0.975)
    assert row.area_low_km2 == pytest.approx(row.area_km2 - z * row.area_sd_km2)
    assert row.area_high_km2 == pytest.approx(row.area_km2 + z * row.area_sd_km2)


def test_the_border_is_no_front() -> None:
    history = held(AT_BORDER)
    row = uncertainty(history, sigma_m=100.0, correlation_km=2.0).iloc[0]
    # The two ends next to the border are within its width.
    assert row.front_km == pytest.approx(60.0, abs=0.6)
    model = ErrorModel(100.0, 2000.0)
    sd = math.sqrt(variances_m4(row.front_km * 1e3, model, closed=False)) / 1e6
    assert row.area_sd_km2 == pytest.approx(sd, rel=1e-9)
    line = kg.front_line(history, at="2025-03-01")
    assert row.front_km == pytest.approx(line.attrs["length_km"], abs=0.6)


def test_contested_ground_is_the_band() -> None:
    grey = feature(tile(10.0, 10.0, 5.0, 20.0), fill=GREY)
    row = uncertainty(held(FAR, grey), sigma_m=0.0, border_m=0.0).iloc[0]
    assert row.area_low_km2 == row.area_km2
    assert row.area_high_km2 == pytest.approx(row.area_km2 + row.contested_km2)
    assert row.contested_km2 == pytest.approx(100.0, rel=1e-4)
    assert row.depth_high_km == row.depth_with_contested_km


def test_depth_takes_the_error_of_border_and_front() -> None:
    plain = uncertainty(held(FAR), sigma_m=0.0, border_m=30.0).iloc[0]
    assert plain.depth_km == pytest.approx(30.0, abs=2e-3)
    assert plain.depth_low_km == pytest.approx(plain.depth_km - 0.03)
    assert plain.depth_high_km == pytest.approx(plain.depth_km + 0.03)
    wide = uncertainty(held(FAR), sigma_m=1000.0, coverage=0.6827).iloc[0]
    assert wide.depth_high_km == pytest.approx(wide.depth_km + 1.01, abs=1e-3)
    deep = uncertainty(held(feature(tile(0, 0, 2, 1))), sigma_m=900.0).iloc[0]
    assert deep.depth_low_km == 0.0
    assert deep.area_low_km2 == 0.0


def test_no_error_no_width() -> None:
    history = held(AT_BORDER)
    row = uncertainty(history, sigma_m=0.0, border_m=0.0).iloc[0]
    assert row.area_low_km2 == row.area_km2 == row.area_high_km2
    assert row.depth_low_km == row.depth_km == row.depth_high_km


def test_figures_of_measure_are_untouched(strip: ControlHistory) -> None:
    table, plain = uncertainty(strip, every="day"), kg.measure(strip, every="day")
    pd.testing.assert_frame_equal(table[plain.columns], plain, check_exact=True)
    assert table.attrs["sigma_m"] == SOURCE_SIGMA_M["deepstate"]
    assert table.attrs["attribution"] == strip.attribution
    nothing = table.iloc[0]
    assert nothing.area_km2 == nothing.area_high_km2 == 0.0
    assert math.isnan(nothing.depth_high_km)


def test_without_border_there_is_no_depth() -> None:
    theatre = replace(STRIP, border=None, region=None)
    row = uncertainty(days([FAR]).select(theatre)).iloc[0]
    assert math.isnan(row.depth_low_km)
    assert math.isnan(row.depth_high_km)
    assert row.front_km == pytest.approx(80.0, rel=1e-4)


def test_a_source_of_no_name_has_a_default() -> None:
    stranger = replace(held(FAR), source="my own maps")
    assert uncertainty(stranger).attrs["sigma_m"] == 500.0


def test_nothing_held_has_no_error() -> None:
    row = uncertainty(days([FAR], []).select(STRIP)).iloc[1]
    assert row.front_km == row.area_sd_km2 == row.area_sd_independent_km2 == 0.0


# --- properties


@settings(max_examples=15, deadline=None)
@given(stars(), st.floats(0.0, 2e3), st.floats(0.2, 50.0))
def test_errors_keep_their_order(
    shape: shapely.Polygon, sigma_m: float, correlation_km: float
) -> None:
    """The correlated error is the largest there is; all grow with sigma."""
    line = outline(shape, PLANE)
    chosen = np.random.default_rng(0).random(len(line.ring)) < 0.8
    model = ErrorModel(sigma_m, correlation_km * 1e3)
    (variance,) = line.variance_m4(chosen[None], model)
    length = line.edge_m[chosen].sum()
    assert 0.0 <= variance <= (sigma_m * length) ** 2 * (1 + 1e-9)
    twice = ErrorModel(2 * sigma_m, correlation_km * 1e3)
    every = np.ones(len(line.ring), dtype=bool)
    double, whole = line.variance_m4(np.stack([chosen, every]), twice)
    assert double == pytest.approx(4 * variance)
    # Wound the other way it is the same outline.
    back = outline(shape.reverse(), PLANE)
    assert back.variance_m4(every[None], twice) == pytest.approx([whole])


@settings(max_examples=15, deadline=None)
@given(stars())
def test_edges_make_up_the_outline(shape: shapely.Polygon) -> None:
    crooked, plane = (
        project(one, PLANE) for one in (shape, shapely.segmentize(shape, 0.001))
    )
    drawn = outline(shape, PLANE, step_m=DRAWN_STEP_M)
    fine = outline(shape, PLANE)
    assert drawn.edge_m.sum() == pytest.approx(crooked.length)
    assert fine.edge_m.sum() == pytest.approx(plane.length, rel=1e-5)
    assert fine.edge_m.max() <= 250.0 + 1e-6


@settings(max_examples=8, deadline=None)
@given(maps(), st.floats(0.0, 1e3), st.floats(0.1, 20.0))
def test_bounds_hold_the_figures(
    drawn: dict[int, list[dict[str, object]]], sigma_m: float, correlation_km: float
) -> None:
    history = make_history(drawn).select(STRIP)
    table = uncertainty(history, sigma_m=sigma_m, correlation_km=correlation_km)
    assert (table.area_low_km2 <= table.area_km2).all()
    assert (table.area_high_km2 >= table.area_km2 + table.contested_km2).all()
    assert not (table.depth_low_km > table.depth_km).any()
    assert not (table.depth_high_km < table.depth_with_contested_km).any()
    nothing = table.area_km2 == 0
    assert table.depth_low_km[nothing].isna().all()
    assert (table.area_sd_km2 <= table.area_sd_correlated_km2 + 1e-9).all()


# --- changes


def rows_of(table: pd.DataFrame) -> list["pd.Series[float]"]:
    """Gained, lost and net."""
    return [row for _, row in table.iterrows()]


ADVANCE = feature(straight(-10.0, 0.0, SIDE_KM, SIDE_KM + 3.0))


def two_maps(*, first: dict[str, object], second: dict[str, object]) -> ControlHistory:
    return days([first], [second]).select(STRIP)


def test_only_the_edges_that_moved_err() -> None:
    history = two_maps(first=AT_BORDER, second=ADVANCE)
    table = change_bounds(
        history, "2025-03-01", "2025-03-02", sigma_m=100.0, correlation_km=2.0
    )
    gained, lost, net = rows_of(table)
    assert gained.change_km2 == pytest.approx(60.0, rel=1e-3)
    # The old northern side, and the new one with 3 km of either flank.
    model = ErrorModel(100.0, 2000.0)
    variance = variances_m4([20e3, 26e3], model, closed=False).sum()
    assert gained.redrawn_km == pytest.approx(46.0, rel=1e-3)
    assert gained.sd_km2 == pytest.approx(math.sqrt(variance) / 1e6, rel=1e-3)
    assert lost.to_numpy() == pytest.approx(np.zeros(6), abs=1e-6)
    assert net.to_numpy() == pytest.approx(gained.to_numpy())
    back = two_maps(first=ADVANCE, second=AT_BORDER)
    other = change_bounds(
        back, "2025-03-01", "2025-03-02", sigma_m=100.0, correlation_km=2.0
    )
    assert other.loc["lost"].to_numpy() == pytest.approx(gained.to_numpy())
    assert other.loc["net", "change_km2"] == pytest.approx(-gained.change_km2)


def test_an_advance_within_the_error_is_no_news() -> None:
    bulge = feature(
        shapely.union(straight(-10, 0, SIDE_KM, SIDE_KM), straight(0, 19.9, 2, 0.3))
    )
    history = two_maps(first=AT_BORDER, second=bulge)
    table = change_bounds(history, "2025-03-01", "2025-03-02")
    assert table.loc["gained", "change_km2"] == pytest.approx(0.4, rel=0.01)
    p = p_change(history, "2025-03-01", "2025-03-02")
    assert 0.5 < p < 0.7
    net = rows_of(table)[2]
    assert net.low_km2 < 0.0 < net.high_km2
    certain = p_change(history, "2025-03-01", "2025-03-02", sigma_m=0.0)
    assert certain == 1.0


def test_the_same_map_twice_is_no_change() -> None:
    history = two_maps(first=AT_BORDER, second=AT_BORDER)
    assert p_change(history, "2025-03-01", "2025-03-02") == 0.0
    assert p_change(history, "2025-03-01", "2025-03-02", sigma_m=0.0) == 0.0
    table = change_bounds(history, "2025-03-01", "2025-03-02")
    assert (table == 0.0).all(axis=None)


def test_slivers_of_a_redrawn_edge_are_no_change() -> None:
    shifted = feature(straight(-10.0, 0.0, SIDE_KM, SIDE_KM + 0.0005))
    history = two_maps(first=AT_BORDER, second=shifted)
    assert change_bounds(history, "2025-03-01", "2025-03-02").loc["gained", "p"] == 0.0


def test_gains_and_losses_have_each_a_probability() -> None:
    second = feature(straight(-6.0, 0.0, SIDE_KM, SIDE_KM))
    history = two_maps(first=AT_BORDER, second=second)
    table = change_bounds(history, "2025-03-01", "2025-03-02")
    gained, lost, net = rows_of(table)
    assert gained.p > 0.99
    assert lost.p > 0.99
    assert net.p == pytest.approx(0.5, abs=0.01)


def test_new_ground_from_nothing() -> None:
    history = days([], [FAR]).select(STRIP)
    table = change_bounds(history, "2025-03-01", "2025-03-02")
    assert table.loc["gained", "redrawn_km"] == pytest.approx(80.0, rel=1e-3)
    assert table.loc["lost"].eq(0.0).all()
    assert p_change(history, "2025-03-01", "2025-03-02") > 0.999


@settings(max_examples=8, deadline=None)
@given(maps(most=2), st.floats(1.0, 2e3))
def test_change_is_the_difference_of_the_areas(
    drawn: dict[int, list[dict[str, object]]], sigma_m: float
) -> None:
    history = make_history(drawn).select(STRIP)
    published = history.snapshots["snapshot_utc"]
    first, last = published.iloc[0], published.iloc[-1]
    there = change_bounds(history, first, last, sigma_m=sigma_m)
    back = change_bounds(history, last, first, sigma_m=sigma_m)
    area = kg.measure(history).area_km2
    change = area.iloc[-1] - area.iloc[0]
    # An edge of 8 km that is cut in two bows away by up to 0.008 km².
    assert there.loc["net", "change_km2"] == pytest.approx(change, abs=1e-2)
    assert there.loc["gained"].to_numpy() == pytest.approx(back.loc["lost"].to_numpy())
    assert there.p.between(0.0, 1.0).all()
    assert there.loc["net", "p"] == pytest.approx(back.loc["net", "p"])


@given(st.floats(-50, 50), st.floats(-50, 50), st.floats(0.01, 50))
def test_probability_grows_with_the_change(a: float, b: float, sd: float) -> None:
    small, large = sorted((a, b), key=abs)
    assert correct_side(small, sd) <= correct_side(large, sd)
    assert correct_side(large, sd) >= correct_side(large, 2 * sd)
    assert correct_side(large, 0.0) == (1.0 if large else 0.0)


# --- errors


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"sigma_m": -1.0}, "sigma_m=-1.0 is not a standard error"),
        ({"sigma_m": math.nan}, "sigma_m=nan"),
        ({"correlation_km": 0.0}, "correlation_km=0.0 is not a distance"),
        ({"correlation_km": math.inf}, "correlation_km=inf"),
    ],
)
def test_wrong_options_of_every_door(options: Mapping[str, Any], match: str) -> None:
    history = held(FAR)
    with pytest.raises(OptionError, match=match):
        uncertainty(history, **options)
    with pytest.raises(OptionError, match=match):
        change_bounds(history, NOON_UTC, NOON_UTC, **options)
    with pytest.raises(OptionError, match=match):
        p_change(history, NOON_UTC, NOON_UTC, **options)


NOON_UTC = pd.Timestamp(NOON, unit="s", tz="UTC")


def test_wrong_options() -> None:
    history = held(FAR)
    with pytest.raises(OptionError, match="coverage=95 is not a share"):
        uncertainty(history, coverage=95)
    with pytest.raises(OptionError, match="border_m=-5 is not an accuracy"):
        uncertainty(history, border_m=-5)
    with pytest.raises(OptionError, match="every='hour' is not known"):
        uncertainty(history, every="hour")  # type: ignore[arg-type]  # what is refused


def test_dates_and_theatres_that_are_missing() -> None:
    whole = days([FAR])
    with pytest.raises(TheatreError, match="has no theatre"):
        uncertainty(whole)
    history = whole.select(STRIP)
    with pytest.raises(DateNotFoundError, match="No map had been published"):
        p_change(history, "2020-01-01", "2025-03-01")
