"""Sections through time: their ids, and what became of them."""

from collections.abc import Sequence
from random import Random

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

import kursk_geo as kg
from builders import GREY, Feature, days, feature, tile
from gallery import to_degrees
from kursk_geo.events import EVENT_KINDS
from strategies import tiles

# Maps are drawn anywhere, also where no theatre is, and of any side.
pytestmark = pytest.mark.filterwarnings("ignore:(None of these|These) maps")

THEATRE = kg.Theatre(name="anywhere", held=frozenset({kg.Status.HELD_IN_RUSSIA}))
Box = tuple[float, float, float, float]
"""South-western corner, width and height. [km]"""
Ids = tuple[int, ...]


def maps_of(*shown: Sequence[Box]) -> kg.ControlHistory:
    """Maps of successive noons from 1 March 2025, of rectangles."""
    return days(*[[feature(tile(*box)) for box in boxes] for boxes in shown]).select(
        THEATRE
    )


def told(history: kg.ControlHistory) -> list[tuple[str, Ids, Ids]]:
    table = kg.events(history)
    return list(zip(table.kind, table.before, table.after, strict=True))


LEFT, RIGHT, BOTH = (0.0, 0.0, 4.0, 2.0), (5.0, 0.0, 3.0, 2.0), (0.0, 0.0, 8.0, 2.0)


# --- the kinds


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([], [LEFT], ("generation", (), (1,))),
        ([LEFT], [], ("disappearance", (1,), ())),
        ([LEFT], [(0, 0, 4, 3)], ("expansion", (1,), (1,))),
        ([LEFT], [(0, 0, 3, 2)], ("contraction", (1,), (1,))),
        ([LEFT], [(1, 0, 4, 2.5)], ("expansion", (1,), (1,))),
        ([LEFT, RIGHT], [BOTH], ("union", (1, 2), (1,))),
        ([BOTH], [LEFT, RIGHT], ("division", (1,), (1, 2))),
        ([LEFT], [(4.5, 0, 4, 2)], ("displacement", (1,), (1,))),
    ],
)
def test_one_event(
    before: list[Box], after: list[Box], expected: tuple[str, Ids, Ids]
) -> None:
    history = maps_of(before, after)
    assert told(history) == [expected]
    event = kg.events(history).iloc[0]
    assert str(event.snapshot_utc) == "2025-03-02 12:00:00+00:00"
    area_before, area_after = (sum(w * h for _, _, w, h in m) for m in (before, after))
    assert event.area_before_km2 == pytest.approx(area_before, abs=5e-3)
    assert event.area_after_km2 == pytest.approx(area_after, abs=5e-3)
    net_km2 = event.gained_km2 - event.lost_km2
    assert net_km2 == pytest.approx(area_after - area_before, abs=5e-3)
    assert min(event.gained_km2, event.lost_km2) >= 0


def test_a_union_is_no_division_and_the_ratio_is_after_to_before() -> None:
    """
    The two simplest shapes on which the R package stampr goes wrong.

    It calls both of these "both", and gives the ratios the wrong way round.
    """
    squares: list[Box] = [(0, 0, 2, 2), (3, 0, 2, 2)]
    whole: list[Box] = [(0, 0, 5, 2)]
    union = kg.events(maps_of(squares, whole))
    division = kg.events(maps_of(whole, squares))
    assert union.kind.tolist() == ["union"]
    assert division.kind.tolist() == ["division"]
    assert union.relative_change.tolist() == pytest.approx([0.25], abs=1e-3)
    assert division.relative_change.tolist() == pytest.approx([-0.2], abs=1e-3)


def test_stable_sections_are_told_when_asked_for() -> None:
    history = maps_of([LEFT, RIGHT], [LEFT, (5, 0, 3, 3)])
    assert told(history) == [("expansion", (2,), (2,))]
    table = kg.events(history, with_stable=True)
    assert table.kind.tolist() == ["stable", "expansion"]
    assert table.group.tolist() == [1, 2]


def test_a_redrawn_edge_is_no_event_and_joins_nothing() -> None:
    # Ten metres more on each side: 0.03 km² each, and less than 1 % in common.
    history = maps_of([LEFT, (4.005, 0, 3, 2)], [(0, 0, 4.01, 2), (4.015, 0, 2.99, 2)])
    assert told(history) == []
    assert kg.section_history(history).section.tolist() == [1, 2, 1, 2]


def test_what_vanishes_far_from_what_comes_did_not_move() -> None:
    history = maps_of([LEFT], [(9, 0, 4, 2)])
    assert told(history) == [("disappearance", (1,), ()), ("generation", (), (2,))]
    moved = kg.events(history, displacement_km=6)
    assert moved.kind.tolist() == ["displacement"]
    assert kg.section_history(history, displacement_km=6).section.tolist() == [1, 1]


def test_the_nearest_has_moved() -> None:
    history = maps_of([(0, 0, 1, 1), (10, 0, 1, 1)], [(1.8, 0, 1, 1), (9.5, 2, 1, 1)])
    kinds = {(kind, *ids) for kind, *ids in told(history)}
    assert kinds == {("displacement", (1,), (1,)), ("displacement", (2,), (2,))}


def test_only_sections_that_touch_move_when_the_distance_is_nought() -> None:
    history = maps_of([(0, 0, 2, 2)], [(2, 0, 2, 2)])
    assert kg.events(history, displacement_km=0).kind.tolist() == ["displacement"]


def test_a_piece_of_just_the_least_area_is_a_section() -> None:
    history = maps_of([LEFT])
    least_km2 = float(kg.section_history(history).area_km2[0])
    assert len(kg.section_history(history, min_area_km2=least_km2)) == 1


# --- groups


def test_one_group_may_hold_a_union_and_a_division() -> None:
    # 1 and 2 meet in the first of two; 2 has a part in both.
    before: list[Box] = [(0, 0, 3, 2), (4, 0, 7, 2)]
    after: list[Box] = [(0, 0, 7, 2), (8, 0, 3, 2)]
    table = kg.events(maps_of(before, after))
    assert table.kind.tolist() == ["union", "division"]
    assert table.group.tolist() == [1, 1]
    assert table.before.tolist() == [(1, 2), (1,)]
    assert table.after.tolist() == [(1,), (1, 3)]


# --- ids


def test_the_larger_share_carries_the_id_on() -> None:
    table = kg.section_history(maps_of([BOTH], [LEFT, RIGHT], [RIGHT]))
    assert table.section.tolist() == [1, 1, 2, 2]
    assert table.since.dt.day.tolist() == [1, 1, 2, 2]
    assert table.valid_from.dt.day.tolist() == [1, 2, 2, 3]
    assert table.valid_to.isna().tolist() == [False, False, False, True]


def test_of_equal_shares_the_older_section_goes_first() -> None:
    old, young = (10, 0, 2, 2), (0, 0, 2, 2)
    history = maps_of([old], [old, young], [(0, 0, 12, 2)])
    assert told(history)[-1] == ("union", (1, 2), (1,))


def test_a_section_that_comes_back_is_a_new_one() -> None:
    table = kg.section_history(maps_of([LEFT], [], [LEFT]))
    assert table.section.tolist() == [1, 2]


def test_one_row_a_section_and_state_of_held_ground() -> None:
    grey = feature(tile(20, 0), fill=GREY)
    held = feature(tile(*LEFT))
    theatre = kg.theatre("kursk", region=to_degrees(shapely.box(-40, 0, 40, 60)))
    history = days([held], [held, grey], [held]).select(theatre)
    table = kg.section_history(history)
    assert len(table) == 1
    assert table.valid_to.isna().all()
    # The bundled border runs elsewhere; here only that there is a depth.
    assert (table.depth_km > 0).all()


def test_a_gap_joins_and_smallness_leaves_out() -> None:
    history = maps_of([LEFT, RIGHT, (20, 0, 0.2, 0.2)])
    assert len(kg.section_history(history)) == 2
    joined = kg.section_history(history, gap_km=1.1)
    assert joined.area_km2.tolist() == pytest.approx([14], abs=5e-3)
    assert joined.n_polygons.tolist() == [2]
    assert len(kg.section_history(history, min_area_km2=0.01)) == 3


def test_sections_are_those_of_the_map() -> None:
    history = maps_of([LEFT, RIGHT], [BOTH])
    table = kg.section_history(history)
    for day in ("2025-03-01", "2025-03-02"):
        state = kg.sections(history, at=day)
        shown = table[table.valid_from.dt.strftime("%Y-%m-%d") == day]
        assert sorted(shown.area_km2) == sorted(state.area_km2)


def test_no_maps_and_empty_maps() -> None:
    for history in (maps_of(), maps_of([]), maps_of([], [])):
        assert kg.events(history).empty
        table = kg.section_history(history)
        assert table.empty
        assert table.crs == "EPSG:4326"
        assert str(table.since.dtype) == "datetime64[us, UTC]"


# --- properties

PLANS = st.lists(st.lists(tiles(), max_size=4), min_size=1, max_size=4)


@settings(max_examples=8, deadline=None)
@given(PLANS, st.randoms(use_true_random=False))
def test_order_and_cuts_do_not_matter(
    plans: list[list[shapely.Polygon]], random: Random
) -> None:
    """Rows in another order; and each rectangle as two that touch."""

    def halves(shape: shapely.Polygon) -> list[shapely.Polygon]:
        # Both halves share their vertices, so no edge is cut in the middle.
        one, two, three, four = shapely.get_coordinates(shape)[:4]
        return [shapely.Polygon([one, two, three]), shapely.Polygon([three, four, one])]

    def history(maps: list[list[Feature]]) -> kg.ControlHistory:
        return days(*maps).select(THEATRE)

    plain = history([[feature(shape) for shape in shapes] for shapes in plans])
    cut = [
        [feature(half) for shape in shapes for half in halves(shape)]
        for shapes in plans
    ]
    for maps in cut:
        random.shuffle(maps)
    other = history(cut)
    assert told(plain) == told(other)
    one, two = kg.section_history(plain), kg.section_history(other)
    assert one.section.tolist() == two.section.tolist()
    assert one.area_km2.tolist() == pytest.approx(two.area_km2.tolist(), abs=1e-3)


@settings(max_examples=10, deadline=None)
@given(PLANS)
def test_sections_are_accounted_for(plans: list[list[shapely.Polygon]]) -> None:
    history = days(*[[feature(shape) for shape in shapes] for shapes in plans]).select(
        THEATRE
    )
    table = kg.section_history(history)
    area = kg.measure(history).area_km2
    for start, rows in table.groupby("valid_from"):
        assert rows.section.is_unique
        assert rows.area_km2.sum() == pytest.approx(area[start], abs=1e-9)
    happened = kg.events(history, with_stable=True)
    assert set(happened.kind) <= set(EVENT_KINDS)
    first = table.groupby("section").valid_from.min()
    assert (table.set_index("section").since == first[table.section]).all()
    steps = sorted(set(table.valid_from) | set(happened.snapshot_utc))
    for start in steps[1:]:
        there = set(table[table.valid_from == start].section)
        came = {
            key
            for after in happened[happened.snapshot_utc == start].after
            for key in after
        }
        assert there == came, "each section on a map is in an event of that map"


# --- errors


def test_options_are_checked() -> None:
    with pytest.raises(LookupError, match="no theatre"):
        kg.events(days([]))
    with pytest.raises(LookupError, match="no theatre"):
        kg.section_history(days([]))
    with pytest.raises(ValueError, match="gap_km=-1 is not a distance"):
        kg.events(maps_of([LEFT]), gap_km=-1)
    with pytest.raises(ValueError, match="min_area_km2=-1 is not an area"):
        kg.section_history(maps_of([LEFT]), min_area_km2=-1)
    with pytest.raises(ValueError, match="displacement_km=nan is not a distance"):
        kg.events(maps_of([LEFT]), displacement_km=float("nan"))
