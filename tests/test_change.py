"""Change between two maps: what was gained, lost and kept, and the front line."""

from collections.abc import Sequence
from itertools import pairwise
from random import Random

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

import kursk_geo as kg
from builders import GREY, NOON, OCCUPIED, STRIP, Feature, days, feature, make_history
from builders import tile as rectangle
from gallery import GALLERY, PLANE, Drawing, to_degrees
from kursk_geo.geometry import project, unwound
from kursk_geo.periods import EVERY, Every
from strategies import maps, stars

# Maps are drawn anywhere, also where no theatre is, and of any side.
pytestmark = pytest.mark.filterwarnings("ignore:(None of these|These) maps")

FIRST, SECOND = "2025-03-01", "2025-03-02"
EVERYWHERE = kg.Theatre(
    name="everywhere",
    held=frozenset({kg.Status.HELD_IN_RUSSIA}),
    contested=frozenset({kg.Status.CONTESTED_IN_RUSSIA}),
)


def shown(*shapes: BaseGeometry, fill: str | None = None) -> list[Feature]:
    if fill is None:
        return [feature(shape) for shape in shapes]
    return [feature(shape, fill=fill) for shape in shapes]


def two_maps(
    before: Sequence[Feature],
    after: Sequence[Feature],
    theatre: kg.Theatre = EVERYWHERE,
) -> kg.ControlHistory:
    return days(before, after).select(theatre)


def totals(
    history: kg.ControlHistory, start: str = FIRST, end: str = SECOND
) -> list[float]:
    attrs = kg.change_between(history, start, end).attrs
    return [attrs[f"{kind}_km2"] for kind in ("gained", "lost", "kept")]


def plane_km2(shape: BaseGeometry) -> float:
    """Area without pyproj.Geod: short edges in an equal-area plane."""
    return float(project(shapely.segmentize(shape, 0.001), PLANE).area / 1e6)


# --- known answers


def test_a_piece_that_grows_on_one_side() -> None:
    table = kg.change_between(
        two_maps(shown(rectangle(0, 0, 4, 3)), shown(rectangle(0, 0, 4, 5))),
        FIRST,
        SECOND,
    )
    # Sides of 3 and of 5 km bow by some centimetres more or less.
    parts = table[~table.sliver]
    assert parts.change.tolist() == ["gained", "kept"]
    assert parts.area_km2.tolist() == pytest.approx([8, 12], abs=2e-3)
    assert table.attrs["lost_km2"] == table.attrs["lost_sliver_km2"] < 1e-3
    assert table.crs == "EPSG:4326"


def test_a_gap_between_corners_that_stay_is_lost() -> None:
    """No corner comes or goes: only the edges tell where the maps differ."""
    x, y = np.array([0, 1, 2, 2, 1, 0]) * 0.05, np.array([0, 0, 0, 1, 1, 1]) * 0.05
    corners = shapely.points(x, y)
    whole = shapely.Polygon(corners)
    parts = shapely.Polygon(corners[[0, 1, 5]]), shapely.Polygon(corners[[2, 3, 4]])
    gap = shapely.difference(whole, shapely.union_all(parts))
    assert gap.area == pytest.approx(0.0025)
    far = rectangle(20, 20, 4, 3)
    before = shown(to_degrees(whole), far)
    after = shown(*map(to_degrees, parts), far)
    gained, lost, kept = totals(two_maps(before, after))
    assert (gained, lost) == pytest.approx((0.0, 0.0025), abs=1e-5)
    assert kept == pytest.approx(12.0025, abs=2e-3)


def test_neighbours_that_change_places_share_an_edge() -> None:
    left, right = rectangle(0, 0, 4, 3), rectangle(4, 0, 4, 3)
    history = two_maps(shown(left), shown(right.reverse()))
    assert totals(history) == pytest.approx([12, 12, 0], abs=2e-3)


def test_a_piece_that_moves_gains_and_loses() -> None:
    history = two_maps(shown(rectangle(0, 0, 4, 3)), shown(rectangle(1, 0, 4, 3)))
    assert totals(history) == pytest.approx([3, 3, 9], abs=2e-3)


@pytest.mark.parametrize("drawing", GALLERY, ids=lambda drawing: drawing.name)
def test_drawings_come_stay_and_go(drawing: Drawing) -> None:
    there = shown(drawing.ground)
    area = drawing.area_km2
    assert totals(two_maps([], there)) == pytest.approx([area, 0, 0], abs=1e-4)
    assert totals(two_maps(there, there)) == pytest.approx([0, 0, area], abs=1e-4)
    assert totals(two_maps(there, [])) == pytest.approx([0, area, 0], abs=1e-4)


def test_areas_are_those_of_an_equal_area_plane() -> None:
    before, after = GALLERY[1].ground, GALLERY[0].ground
    table = kg.change_between(two_maps(shown(before), shown(after)), FIRST, SECOND)
    expected = {
        "gained": shapely.difference(after, before),
        "lost": shapely.difference(before, after),
        "kept": shapely.intersection(before, after),
    }
    for kind, ground in expected.items():
        assert table.attrs[f"{kind}_km2"] == pytest.approx(plane_km2(ground), abs=1e-5)
        own = table[table.change == kind]
        assert shapely.symmetric_difference(
            shapely.union_all(own.geometry.to_numpy()), ground
        ).area == pytest.approx(0, abs=1e-8)


def test_the_same_map_twice_changes_nothing() -> None:
    table = kg.change_between(two_maps(shown(rectangle(0, 0)), []), FIRST, FIRST)
    assert table.change.tolist() == ["kept"]


def test_overlaps_count_once() -> None:
    history = two_maps(
        shown(rectangle(0, 0, 4, 2), rectangle(2, 0, 4, 2)),
        shown(rectangle(0, 0, 6, 3)),
    )
    assert totals(history) == pytest.approx([6, 0, 12], abs=3e-3)


@pytest.mark.parametrize(("width_km", "sliver"), [(0.02, True), (0.04, False)])
def test_redrawn_edges_are_told_apart(width_km: float, *, sliver: bool) -> None:
    before = [to_degrees(shapely.box(0, 0, 4, 2))]
    after = [to_degrees(shapely.box(0, 0, 4, 2 + width_km)), rectangle(8, 0, 1, 1)]
    table = kg.change_between(two_maps(shown(*before), shown(*after)), FIRST, SECOND)
    edge_km2 = 4 * width_km
    gained = table[(table.change == "gained") & (table.area_km2 > 1e-4)]
    assert gained.area_km2.tolist() == pytest.approx([1, edge_km2], abs=1e-3)
    assert gained.sliver.tolist() == [False, sliver]
    assert table.attrs["gained_km2"] == pytest.approx(1 + edge_km2, abs=1e-3)
    expected = edge_km2 if sliver else 0.0
    assert table.attrs["gained_sliver_km2"] == pytest.approx(expected, abs=1e-3)


def test_slivers_share_a_row() -> None:
    pieces = [to_degrees(shapely.box(3 * i, 0, 3 * i + 0.01, 1)) for i in range(4)]
    table = kg.change_between(two_maps([], shown(*pieces)), FIRST, SECOND)
    assert table.n_parts.tolist() == [4]
    assert table.sliver.tolist() == [True]
    every = kg.change_between(
        two_maps([], shown(*pieces)), FIRST, SECOND, min_width_m=5
    )
    assert every.n_parts.tolist() == [1, 1, 1, 1]


def test_ground_passes_to_and_from_contested() -> None:
    history = two_maps(
        [*shown(rectangle(0, 0, 4, 2)), *shown(rectangle(4, 0), fill=GREY)],
        [*shown(rectangle(2, 0, 4, 2)), *shown(rectangle(0, 0, 1, 2), fill=GREY)],
    )
    table = kg.change_between(history, FIRST, SECOND, to_and_from_contested=True)
    area = table.groupby("change").area_km2.sum().round(2).to_dict()
    assert area == {
        "gained": 4,
        "lost": 4,
        "kept": 4,
        "to_contested": 2,
        "from_contested": 4,
    }


def test_transitions_between_statuses() -> None:
    theatre = kg.Theatre(
        name="several",
        held=frozenset({kg.Status.HELD_IN_RUSSIA, kg.Status.OCCUPIED}),
        contested=frozenset({kg.Status.CONTESTED_IN_RUSSIA}),
    )
    before = [
        *shown(rectangle(0, 0, 6, 2)),
        *shown(rectangle(4, 0, 4, 2), fill=GREY),
    ]
    after = [*shown(rectangle(0, 0, 2, 2), fill=OCCUPIED), *shown(rectangle(6, 0, 4))]
    matrix = kg.transitions(two_maps(before, after, theatre), FIRST, SECOND)
    names = ["occupied", "held_in_russia", "contested_in_russia", "none"]
    assert list(matrix.index) == list(matrix.columns) == names
    expected = [[0, 0, 0, 0], [4, 0, 0, 8], [0, 4, 0, 0], [0, 4, 0, np.nan]]
    assert matrix.to_numpy() == pytest.approx(
        np.array(expected, dtype=float), abs=2e-3, nan_ok=True
    )


# --- change over time


@pytest.fixture(scope="module")
def ten_days() -> kg.ControlHistory:
    """Maps of ten noons from Saturday 1 March 2025: 4 km², from the fifth on 8."""
    return days(
        *[shown(rectangle(0, 0, 2, 2))] * 4, *[shown(rectangle(0, 0, 4, 2))] * 6
    ).select(EVERYWHERE)


def test_weeks_begin_on_mondays_and_end_with_the_maps(
    ten_days: kg.ControlHistory,
) -> None:
    table = kg.change_over_time(ten_days)
    starts = [str(start) for start in table.index]
    assert starts == [
        "2025-03-01 12:00:00+00:00",
        "2025-03-03 00:00:00+00:00",
        "2025-03-10 00:00:00+00:00",
    ]
    assert table.days.tolist() == [1.5, 7, 0.5]
    assert table.net_km2.tolist() == pytest.approx([0, 4, 0], abs=2e-3)
    assert table.rate_km2_per_day.tolist() == pytest.approx([0, 4 / 7, 0], abs=1e-3)


def test_a_row_for_each_change(ten_days: kg.ControlHistory) -> None:
    table = kg.change_over_time(ten_days, every="change")
    assert table.days.tolist() == [4]
    assert table.gross_km2.tolist() == pytest.approx([4], abs=2e-3)


def test_days_are_those_of_the_zone() -> None:
    # Clocks in Kyiv went forward on 30 March 2025: that day has 23 hours.
    last_of_march = NOON + 28 * 86_400
    history = make_history(
        {last_of_march + i * 43_200: shown(rectangle(0, i)) for i in range(6)}
    ).select(EVERYWHERE)
    table = kg.change_over_time(history, every="day", tz="Europe/Kyiv")
    assert (table.days * 24).round().tolist() == [10, 23, 24, 3]
    months = kg.change_over_time(history, every="month", tz="Europe/Kyiv")
    assert [start.day for start in months.index] == [29, 1]
    # A map at midnight UTC stands at 2 or 3 in the morning in Kyiv.
    assert str(table.index.dtype).endswith(", Europe/Kyiv]")


def test_a_map_at_midnight_belongs_to_the_day_that_begins() -> None:
    half = 43_200
    history = make_history(
        {
            NOON: shown(rectangle(0, 0)),
            NOON + half: shown(rectangle(0, 2)),
            NOON + 2 * half: shown(rectangle(0, 2)),
        }
    ).select(EVERYWHERE)
    table = kg.change_over_time(history, every="day")
    assert table.gained_km2.tolist() == pytest.approx([0, 4], abs=1e-3)


@pytest.mark.parametrize("every", EVERY)
def test_fewer_than_two_maps_have_no_periods(every: Every) -> None:
    for history in (days(), days(shown(rectangle(0, 0)))):
        table = kg.change_over_time(history.select(EVERYWHERE), every=every)
        assert table.empty
        assert table.gained_km2.dtype == float


# --- properties


def held_maps(most: int) -> st.SearchStrategy[list[list[Feature]]]:
    """Maps of stars that overlap and cut each other's long edges."""
    shapes = st.lists(stars().map(feature), max_size=3)
    return st.lists(shapes, min_size=1, max_size=most)


def test_cutting_long_edges_in_two_keeps_the_sum() -> None:
    """Were the edges not drawn out first, 0.0003 km² would be missing."""
    before, after = shown(rectangle(0, 0, 20, 5)), shown(rectangle(7, -2, 3, 20))
    history = two_maps(before, after)
    attrs = kg.change_between(history, FIRST, SECOND).attrs
    area = kg.measure(history).area_km2
    change = area.iloc[1] - area.iloc[0]
    assert attrs["gained_km2"] - attrs["lost_km2"] == pytest.approx(change, abs=1e-6)


@settings(max_examples=10, deadline=None)
@given(held_maps(4))
def test_gained_less_lost_is_the_change_of_area(drawn: list[list[Feature]]) -> None:
    history = days(*drawn).select(STRIP)
    area = kg.measure(history).area_km2
    for start, end in pairwise(history.snapshots["snapshot_utc"]):
        attrs = kg.change_between(history, start, end).attrs
        net_km2 = attrs["gained_km2"] - attrs["lost_km2"]
        assert net_km2 == pytest.approx(area[end] - area[start], abs=1e-6)
        stood_km2 = attrs["kept_km2"] + attrs["gained_km2"]
        assert stood_km2 == pytest.approx(area[end], abs=1e-6)
    table = kg.change_over_time(history, every="change")
    whole_km2 = area.iloc[-1] - area.iloc[0]
    assert table.net_km2.sum() == pytest.approx(whole_km2, abs=4e-6)


@settings(max_examples=8, deadline=None)
@given(maps(most=2))
def test_what_was_gained_is_lost_on_the_way_back(
    drawn: dict[int, list[Feature]],
) -> None:
    history = make_history(drawn).select(STRIP)
    instants = history.snapshots["snapshot_utc"]
    start, end = instants.iloc[0], instants.iloc[-1]
    there = kg.change_between(history, start, end, to_and_from_contested=True).attrs
    back = kg.change_between(history, end, start, to_and_from_contested=True).attrs
    for kind, opposite in (
        ("gained", "lost"),
        ("kept", "kept"),
        ("to_contested", "from_contested"),
    ):
        for name in ("km2", "sliver_km2"):
            assert there[f"{kind}_{name}"] == pytest.approx(
                back[f"{opposite}_{name}"], abs=1e-9
            )
    matrix = kg.transitions(history, start, end)
    turned = kg.transitions(history, end, start)
    assert matrix.to_numpy() == pytest.approx(
        turned.to_numpy().T, abs=1e-9, nan_ok=True
    )
    before, after = (kg.measure(history).area_km2[when] for when in (start, end))
    # Rectangles that touch with different vertices overlap by a few square metres.
    assert matrix.loc["held_in_russia"].sum() == pytest.approx(before, abs=1e-4)
    assert matrix["held_in_russia"].sum() == pytest.approx(after, abs=1e-4)


@settings(max_examples=8, deadline=None)
@given(maps(most=2), st.randoms(use_true_random=False))
def test_the_order_of_features_does_not_matter(
    drawn: dict[int, list[Feature]], random: Random
) -> None:
    turned = {unix: random.sample(shown, len(shown)) for unix, shown in drawn.items()}
    blank: dict[int, list[Feature]] = {NOON - 86_400: []}
    tables = [
        kg.change_between(
            make_history(blank | one).select(STRIP), "2025-02-28", "2026-01-01"
        )
        for one in (drawn, turned)
    ]
    assert tables[0].area_km2.tolist() == pytest.approx(
        tables[1].area_km2.tolist(), abs=1e-9
    )


@settings(max_examples=10, deadline=None)
@given(
    st.tuples(st.integers(0, 4), st.integers(1, 4), st.integers(1, 4)),
    st.floats(0.2, 0.8),
)
def test_touching_parts_are_one_ground(
    corner: tuple[int, int, int], share: float
) -> None:
    x, width, height = corner
    whole = shapely.box(x, 0, x + width, height)
    cut = x + share * width
    parts = [shapely.box(x, 0, cut, height), shapely.box(cut, 0, x + width, height)]
    before = shown(to_degrees(shapely.box(1, 1, 4, 3)))
    one = totals(two_maps(before, shown(to_degrees(whole))))
    two = totals(two_maps(before, shown(*map(to_degrees, parts))))
    assert one == pytest.approx(two, abs=1e-4)


# --- the front line


def test_front_is_the_edge_that_is_not_border() -> None:
    history = days(
        shown(rectangle(0, 0, 4, 3)),
        [*shown(rectangle(0, 0, 4, 5)), *shown(rectangle(4, 0, 2, 3), fill=GREY)],
    ).select(STRIP)
    first = kg.front_line(history, at=FIRST)
    # Two sides of 3 km, less 200 m each beside the border, and one of 4.
    assert first.attrs["length_km"] == pytest.approx(9.6, abs=5e-3)
    assert np.isnan(first.attrs["moved_km"])
    assert not first.moved.any()
    second = kg.front_line(history, at=SECOND)
    assert second.attrs["length_km"] == pytest.approx(13.6, abs=5e-3)
    # The far side, and two sides of 2 km less the 30 m that do not count.
    assert second.attrs["moved_km"] == pytest.approx(7.94, abs=5e-3)
    assert second.attrs["before_utc"].startswith(FIRST)
    assert second.length_km.sum() == pytest.approx(second.attrs["length_km"])


def test_front_between_shapes_and_at_the_edge_of_the_region_is_none() -> None:
    touching = [rectangle(0, 0, 2, 2), rectangle(2, 0, 2, 2)]
    whole = kg.front_line(days(shown(*touching)).select(STRIP), at=FIRST)
    assert whole.attrs["length_km"] == pytest.approx(7.6, abs=5e-3)
    region = kg.Theatre(
        name="box", region=to_degrees(shapely.box(0, 0, 3, 9)), held=STRIP.held
    )
    cut = kg.front_line(days(shown(*touching)).select(region), at=FIRST)
    # The western, southern and eastern sides lie along the region's edge.
    assert cut.attrs["length_km"] == pytest.approx(2.6, abs=5e-3)


def test_front_without_border_and_region_is_the_whole_edge() -> None:
    ring = to_degrees(
        shapely.Polygon(
            shapely.box(0, 0, 6, 6).exterior, [shapely.box(2, 2, 4, 4).exterior.coords]
        )
    )
    front = kg.front_line(two_maps(shown(ring), []), at=FIRST)
    assert front.length_km.tolist() == pytest.approx([24, 8], abs=5e-3)
    assert kg.front_line(two_maps(shown(ring), []), at=SECOND).empty
    assert kg.front_line(two_maps([], []), at=SECOND).empty


@pytest.mark.parametrize("lon", [10.0, 180.0])
def test_front_goes_on_across_180_degrees(lon: float) -> None:
    box = shapely.segmentize(shapely.box(-0.4, 16, 0.2, 16.5), 0.05)
    (cut,), _ = unwound(np.array([shapely.transform(box, lambda xy: xy + (lon, 0.0))]))
    history = two_maps(shown(*shapely.get_parts(cut)), [])
    expected_km = kg.geometry.GEOD.geometry_length(box.exterior) / 1e3
    front_km = kg.front_line(history, at=FIRST).attrs["length_km"]
    bounds = kg.uncertainty(history).iloc[0]
    assert front_km == pytest.approx(expected_km, abs=0.81)  # less 200 m, four times
    assert bounds.front_km == pytest.approx(front_km, abs=0.6)


def test_front_of_the_state_before_is_the_last_other_ground() -> None:
    small, large = shown(rectangle(0, 0)), shown(rectangle(0, 0, 4, 4))
    grey = shown(rectangle(20, 0), fill=GREY)
    history = days(small, large, [*large, *grey]).select(STRIP)
    front = kg.front_line(history, at="2025-03-03")
    assert front.attrs["before_utc"].startswith(FIRST)
    assert front.attrs["moved_km"] > 0


# --- errors


def test_a_theatre_is_needed() -> None:
    history = days(shown(rectangle(0, 0)))
    with pytest.raises(kg.KurskGeoError, match="no theatre"):
        kg.change_between(history, FIRST, FIRST)
    with pytest.raises(LookupError, match="no theatre"):
        kg.change_over_time(history)
    with pytest.raises(LookupError, match="no theatre"):
        kg.transitions(history, FIRST, FIRST)
    with pytest.raises(LookupError, match="no theatre"):
        kg.front_line(history, at=FIRST)


def test_options_are_checked() -> None:
    history = two_maps(shown(rectangle(0, 0)), [])
    with pytest.raises(ValueError, match="min_width_m=-1 is not a width"):
        kg.change_between(history, FIRST, SECOND, min_width_m=-1)
    with pytest.raises(ValueError, match="every='hour' is not known"):
        kg.change_over_time(history, every="hour")  # type: ignore[arg-type]  # wrong
    with pytest.raises(ValueError, match="Zone 'Europe/Kiyv'"):
        kg.change_over_time(history, tz="Europe/Kiyv")
    with pytest.raises(ValueError, match="border_width_m=nan is not a distance"):
        kg.front_line(history, at=FIRST, border_width_m=float("nan"))
    with pytest.raises(LookupError, match="No map had been published by 2024"):
        kg.change_between(history, "2024-01-01", SECOND)


@pytest.mark.parametrize("every", ["day", "week", "month"])
def test_maps_published_as_a_period_begins_make_no_period_of_no_length(
    every: Every,
) -> None:
    first = int(pd.Timestamp("2025-09-01T00:00Z").timestamp())  # a Monday
    last = int(pd.Timestamp("2025-12-01T00:00Z").timestamp())  # another
    history = make_history({first: [], last: [feature(rectangle(0, 0))]}).select(
        EVERYWHERE
    )
    table = kg.change_over_time(history, every=every)
    assert (table["days"] > 0).all()
    assert len(table) == {"day": 91, "week": 13, "month": 3}[every]
    assert table["gained_km2"].iloc[-1] == pytest.approx(4, rel=1e-3)


@pytest.mark.parametrize("lon", [10.0, 180.0])
def test_ground_across_180_degrees_changes_as_anywhere(lon: float) -> None:
    shapes = [shapely.box(-0.4, 16, 0.2, 16.5), shapely.box(-0.3, 16, 0.4, 16.5)]
    fine = shapely.segmentize(shapes, 0.05)  # edges are geodesics: cut alike
    maps_of, _ = unwound(shapely.transform(fine, lambda xy: xy + (lon, 0.0)))
    history = two_maps(*(shown(*shapely.get_parts(one)) for one in maps_of))
    east, west, both = (
        shapely.box(0.2, 16, 0.4, 16.5),
        *(
            shapely.box(*ends)
            for ends in ((-0.4, 16, -0.3, 16.5), (-0.3, 16, 0.2, 16.5))
        ),
    )
    expected = list(map(plane_km2, (east, west, both)))
    assert totals(history) == pytest.approx(expected, rel=1e-3)
    table = kg.change_between(history, FIRST, SECOND)
    assert shapely.is_valid(table.geometry.to_numpy()).all()
    assert np.abs(shapely.get_coordinates(table.geometry.to_numpy())).max() <= 180
    over_time = kg.change_over_time(history, every="map")
    assert over_time["gained_km2"].item() == pytest.approx(expected[0], rel=1e-3)


@pytest.mark.parametrize("north", [90, 88])
def test_ground_round_a_pole_changes_as_anywhere(north: float) -> None:
    rings = [shapely.box(-180, south, 180, north) for south in (85, 84)]
    history = two_maps(*(shown(shapely.segmentize(ring, 0.5)) for ring in rings))
    small_km2, large_km2 = kg.measure(history)["area_km2"]
    gained, lost, kept = totals(history)
    assert [gained, lost] == pytest.approx([large_km2 - small_km2, 0.0], abs=1e-6)
    assert kept == pytest.approx(small_km2)


@pytest.mark.parametrize("every", ["day", "week", "month", "year"])
@pytest.mark.parametrize(
    ("tz", "noon"),
    [
        ("America/Santiago", "2024-09-08T12:00Z"),  # 0:00 to 1:00 is skipped
        ("America/Havana", "2024-11-03T12:00Z"),  # 0:00 to 1:00 comes twice
    ],
)
def test_days_whose_midnight_is_skipped_or_comes_twice(
    every: Every, tz: str, noon: str
) -> None:
    first = int(pd.Timestamp(noon).timestamp())
    maps = {first + n * 86_400: [feature(rectangle(n, 0))] for n in range(-4, 5)}
    history = make_history(maps).select(EVERYWHERE)
    table, days = (
        kg.change_over_time(history, every=every, tz=tz),
        kg.measure(history, every=every, tz=tz),
    )
    assert (table["days"] > 0).all()
    assert table["days"].sum() == pytest.approx(8)
    # What stood when a period ended, and as it ended.
    first_km2 = kg.measure(history)["area_km2"].iloc[0]
    ended_km2 = first_km2 + table["net_km2"].cumsum()
    assert ended_km2.tolist() == pytest.approx(days["area_km2"].tolist(), abs=1e-6)
