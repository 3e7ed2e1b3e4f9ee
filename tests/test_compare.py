"""Sources side by side: areas, overlap, where they differ, and complements."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

import kursk_geo as kg
from builders import (
    DAY_S,
    GREY,
    LIBERATED,
    NOON,
    STRIP,
    Feature,
    days,
    feature,
    make_history,
    tile,
)
from kursk_geo.area import area_km2
from kursk_geo.compare import compare, complement, disagreement
from kursk_geo.errors import DateNotFoundError, GeometryError, OptionError, TheatreError
from kursk_geo.geometry import as_array
from kursk_geo.history import ControlHistory
from strategies import maps, tiles

# Maps are drawn anywhere, also where no theatre is, and of any side.
pytestmark = pytest.mark.filterwarnings("ignore:(None of these|These) maps")

# On a 10 km raster: A and B share a half of either.
LEFT = feature(tile(0, 0, 10, 10))
RIGHT = feature(tile(5, 0, 10, 10))
FIRST, SECOND, LAST = (pd.Timestamp(f"2025-03-0{i}") for i in (1, 2, 3))


def of(*shown: list[Feature]) -> ControlHistory:
    return days(*shown).select(STRIP)


# --- areas by day


def test_two_sources_by_day() -> None:
    table = compare({"b": of([RIGHT], [RIGHT]), "a": of([LEFT], [])})
    assert table.source.tolist() == ["a", "b", "a", "b"]
    assert table.date.tolist() == [FIRST, FIRST, SECOND, SECOND]
    assert table.area_km2.to_numpy() == pytest.approx([100, 100, 0, 100], rel=1e-3)
    assert table.median_km2.to_numpy() == pytest.approx([100, 100, 50, 50], rel=1e-3)
    assert table.low_km2.to_numpy() == pytest.approx([100, 100, 0, 0], rel=1e-3)
    assert table.high_km2.to_numpy() == pytest.approx([100] * 4, rel=1e-3)
    assert table.difference_km2.to_numpy() == pytest.approx([0, 0, -50, 50], abs=0.1)
    shares = table.intersection_over_union.to_numpy()
    assert shares == pytest.approx([1 / 3, 1 / 3, 0, 0], abs=1e-3)
    assert table.attrs["sources"] == {"a": "deepstate", "b": "deepstate"}


def test_three_sources_have_a_median() -> None:
    half = of([feature(tile(0, 0, 5, 10))])
    table = compare({"a": of([LEFT]), "b": half, "c": of([LEFT])})
    assert table.median_km2.to_numpy() == pytest.approx([100] * 3, rel=1e-3)
    assert table.low_km2.to_numpy() == pytest.approx([50] * 3, rel=1e-3)
    assert table.n_sources.tolist() == [3, 3, 3]
    assert table.intersection_over_union[0] == pytest.approx(0.5, abs=1e-3)


def test_a_source_counts_from_its_first_map_to_its_last() -> None:
    early, late = of([LEFT]), make_history({NOON + 2 * DAY_S: [RIGHT]}).select(STRIP)
    table = compare({"early": early, "late": late})
    assert table.date.tolist() == [FIRST, LAST]
    assert table.n_sources.tolist() == [1, 1]
    assert table.intersection_over_union.isna().all()
    assert table.difference_km2.tolist() == [0.0, 0.0]


def test_the_day_ends_in_the_zone_asked_for() -> None:
    late = make_history({NOON + 11 * 3600: [LEFT]}).select(STRIP)  # 23:00 UTC
    table = compare({"a": late, "b": late}, tz="Europe/Kyiv")
    assert table.date.tolist() == [SECOND, SECOND]
    assert table.staleness_days.to_numpy() == pytest.approx([23 / 24] * 2)
    assert table.attrs["tz"] == "Europe/Kyiv"


def test_what_stands_still_is_told_apart_from_what_is_stale() -> None:
    # Published daily; the held ground changes once, the grey on every map.
    grey = [feature(tile(20 + i, 0, 1, 1), fill=GREY) for i in range(4)]
    daily = of([LEFT, grey[0]], [LEFT, grey[1]], [RIGHT, grey[2]], [RIGHT, grey[3]])
    seldom = make_history({NOON: [LEFT], NOON + 3 * DAY_S: [RIGHT]}).select(STRIP)
    table = compare({"daily": daily, "seldom": seldom})
    mine, other = (table[table.source == name] for name in ("daily", "seldom"))
    assert mine.staleness_days.tolist() == [0.5] * 4
    assert mine.unchanged_days.tolist() == [0.5, 1.5, 0.5, 1.5]
    assert other.staleness_days.tolist() == [0.5, 1.5, 2.5, 0.5]
    assert other.unchanged_days.tolist() == [0.5, 1.5, 2.5, 0.5]


def test_statuses_are_each_sources_own() -> None:
    theirs = replace(STRIP, held=frozenset({kg.Status.LIBERATED}))
    other = days([feature(tile(0, 0, 10, 10), fill=LIBERATED)]).select(theirs)
    table = compare({"a": of([LEFT]), "b": other})
    assert table.intersection_over_union.to_numpy() == pytest.approx([1.0, 1.0])


def test_nobody_holds_anything() -> None:
    table = compare({"a": of([]), "b": of([])})
    assert table.area_km2.tolist() == [0.0, 0.0]
    assert table.intersection_over_union.isna().all()
    never = of([LEFT]).between("2020-01-01", "2020-01-02")
    nothing = compare({"a": never, "b": never})
    assert nothing.empty
    assert list(nothing.columns) == list(table.columns)


# --- where they differ


def test_ground_is_parted_by_who_holds_it() -> None:
    grey = feature(tile(10, 0, 2, 10), fill=GREY)
    apart = disagreement({"b": of([RIGHT]), "a": of([LEFT, grey])}, at="2025-03-01")
    assert apart.held_by.tolist() == sorted(apart.held_by)
    assert dict(zip(apart.held_by, apart.not_held_by, strict=True)) == {
        "a": "b",
        "b": "a",
    }
    assert apart.area_km2.to_numpy() == pytest.approx([50, 50], rel=1e-3)
    contested = apart.set_index("held_by").contested_km2
    assert contested["a"] == 0.0
    assert contested["b"] == pytest.approx(20.0, rel=1e-3)
    assert apart.attrs["agreed_km2"] == pytest.approx(50, rel=1e-3)
    assert apart.attrs["union_km2"] == pytest.approx(150, rel=1e-3)
    assert apart.attrs["intersection_over_union"] == pytest.approx(1 / 3, abs=1e-3)
    assert set(apart.attrs["snapshots"]) == {"a", "b"}
    assert apart.crs == "EPSG:4326"


def test_three_sources_part_the_ground_in_seven() -> None:
    histories = {
        "a": of([feature(tile(0, 0, 8, 8))]),
        "b": of([feature(tile(4, 0, 8, 8))]),
        "c": of([feature(tile(2, 4, 8, 8))]),
    }
    apart = disagreement(histories, at="2025-03-01")
    areas = dict(zip(apart.held_by, apart.area_km2, strict=True))
    expected = {
        "a": 24.0, "b": 24.0, "c": 32.0, "a, b": 16.0, "a, c": 8.0, "b, c": 8.0,
    }  # fmt: skip
    assert areas == pytest.approx(expected, rel=5e-3)
    assert apart.attrs["agreed_km2"] == pytest.approx(16.0, rel=5e-3)


def test_full_agreement_and_nothing_at_all() -> None:
    same = disagreement({"a": of([LEFT]), "b": of([LEFT])}, at="2025-03-01")
    assert same.empty
    assert same.attrs["intersection_over_union"] == 1.0
    nothing = disagreement({"a": of([]), "b": of([])}, at="2025-03-01")
    assert nothing.empty
    assert np.isnan(nothing.attrs["intersection_over_union"])
    assert nothing.attrs["union_km2"] == 0.0


# --- complements


def test_the_rest_of_an_extent() -> None:
    history = days([], [LEFT], [LEFT, RIGHT])
    extent = tile(0, 0, 20, 10)
    rest = complement(history, extent)
    assert rest.theatre is None
    assert rest.shapes.status.unique().tolist() == ["held_in_russia"]
    areas = kg.measure(rest.select(STRIP)).area_km2.to_numpy()
    assert areas == pytest.approx([200, 100, 50], rel=1e-3)
    assert rest.snapshots.equals(history.snapshots)
    # Taken twice from the extent, it is what was drawn.
    twice = complement(rest, extent, status="contested")
    drawn = kg.measure(history.select(STRIP)).area_km2
    contested = kg.measure(twice.select(STRIP)).contested_km2
    # Geodesics for edges: cut elsewhere, a line of 10 km bows by another 7 m.
    assert contested.to_numpy() == pytest.approx(drawn.to_numpy(), abs=0.1)


def test_an_extent_that_was_all_taken() -> None:
    rest = complement(days([LEFT], []), tile(1, 1, 2, 2))
    assert len(rest.at("2025-03-01")) == 0
    assert len(rest.at("2025-03-02")) == 1
    assert complement(days([LEFT]), tile(1, 1, 2, 2)).shapes.empty
    nothing = days([LEFT]).between("2020-01-01", "2020-01-02")
    assert complement(nothing, tile(1, 1, 2, 2)).shapes.empty


# --- properties


@settings(max_examples=7, deadline=None)
@given(maps(), maps(), st.dates(date(2025, 3, 1), date(2025, 3, 24)))
def test_order_and_names_do_not_matter(
    first: dict[int, list[Feature]], second: dict[int, list[Feature]], day: date
) -> None:
    a, b = (make_history(drawn).select(STRIP) for drawn in (first, second))
    table, turned = compare({"a": a, "b": b}), compare({"b": b, "a": a})
    pd.testing.assert_frame_equal(table, turned)
    assert (table.low_km2 <= table.median_km2).all()
    assert (table.median_km2 <= table.high_km2).all()
    assert table.intersection_over_union.dropna().between(0, 1 + 1e-9).all()
    row = table[table.date == pd.Timestamp(day)]
    if len(row) < 2:
        return
    apart = disagreement({"a": a, "b": b}, at=day)
    share = apart.attrs["intersection_over_union"]
    expected = row.intersection_over_union.iloc[0]
    assert share == pytest.approx(expected, abs=1e-4, nan_ok=True)
    held = dict.fromkeys("ab", 0.0)
    for one in apart.itertuples():
        held[str(one.held_by)] += float(one.area_km2)
    for name, area in zip(row.source, row.area_km2, strict=True):
        assert held[name] + apart.attrs["agreed_km2"] == pytest.approx(area, abs=0.02)


@settings(max_examples=7, deadline=None)
@given(maps())
def test_a_source_agrees_with_itself(drawn: dict[int, list[Feature]]) -> None:
    history = make_history(drawn).select(STRIP)
    table = compare({"a": history, "b": history, "c": history})
    assert (table.difference_km2 == 0.0).all()
    assert (table.low_km2 == table.high_km2).all()
    shares = table.intersection_over_union.dropna()
    assert shares.to_numpy() == pytest.approx(np.ones(len(shares)))
    # It stands still at least as long as its last map is old.
    assert (table.unchanged_days >= table.staleness_days - 1e-9).all()


@settings(max_examples=10, deadline=None)
@given(maps(), tiles())
def test_complement_and_shapes_make_up_the_extent(
    drawn: dict[int, list[Feature]], extent: shapely.Polygon
) -> None:
    history = make_history(drawn)
    rest = complement(history, extent)
    for moment in history.snapshots["snapshot_utc"]:
        left, taken = rest.at(moment).union_all(), history.at(moment).union_all()
        inside = shapely.intersection(taken, extent)
        assert left.area + inside.area == pytest.approx(extent.area)
        areas = area_km2(as_array([left, inside, extent]))
        assert areas[0] + areas[1] == pytest.approx(areas[2], abs=0.02)
        assert shapely.intersection(left, taken).area < 1e-12


# --- errors


def test_histories_that_cannot_be_compared() -> None:
    a = of([LEFT])
    for call in (compare, lambda histories: disagreement(histories, at="2025-03-01")):
        with pytest.raises(OptionError, match=r"There is 1 history\. Expected two"):
            call({"a": a})
        with pytest.raises(OptionError, match=r"are a list\. Expected .* by name"):
            call([a, a])  # type: ignore[arg-type]  # on purpose
        with pytest.raises(TheatreError, match="b has no theatre"):
            call({"a": a, "b": days([LEFT])})
        elsewhere = days([LEFT]).select(replace(STRIP, region=tile(0, 0, 9, 9)))
        with pytest.raises(OptionError, match="a and b are selected for different"):
            call({"a": a, "b": elsewhere})
        whole = days([LEFT]).select(STRIP, clip=False)
        with pytest.raises(OptionError, match="the same clip="):
            call({"a": a, "b": whole})
        everywhere = days([LEFT]).select(replace(STRIP, region=None))
        with pytest.raises(OptionError, match="different regions"):
            call({"a": a, "b": everywhere})
        call({"a": everywhere, "b": everywhere})


def test_dates_and_extents_that_cannot_be_used() -> None:
    a = of([LEFT])
    with pytest.raises(DateNotFoundError, match="No map had been published"):
        disagreement({"a": a, "b": a}, at="2020-01-01")
    with pytest.raises(GeometryError, match="extent is a Point"):
        complement(a, shapely.Point(35, 51))
    with pytest.raises(GeometryError, match="extent is invalid"):
        complement(a, shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]))
    with pytest.raises(GeometryError, match="extent is empty"):
        complement(a, shapely.Polygon())
    with pytest.raises(OptionError, match="'ours' is not known"):
        complement(a, tile(0, 0), status="ours")
