from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from builders import GREY, STRIP, Feature, days, feature, make_history, tile
from gallery import GALLERY, Drawing
from kursk_geo.depth import depth_km
from kursk_geo.errors import OptionError, TheatreError
from kursk_geo.ground import Ground, connected
from kursk_geo.history import ControlHistory
from kursk_geo.theatre import Theatre
from plain_maps import ellipsoid_km2
from strategies import maps, tiles

# Maps are drawn anywhere, also where no theatre is, and of any side.
pytestmark = pytest.mark.filterwarnings("ignore:(None of these|These) maps")

NOON = pd.Timestamp("2025-03-01T12:00Z")
HELD = STRIP.held
APART = Theatre("apart", held=HELD)
"""No region and no border: shapes stay as they were drawn."""


def ground_of(
    *shapes: BaseGeometry, gap_km: float = 0.0, theatre: Theatre = APART
) -> Ground:
    history = days([feature(shape) for shape in shapes])
    return Ground(history.select(theatre), gap_km=gap_km)


def groups(ground: Ground) -> int:
    return len(ground.components(ground.shown(NOON)[0]))


# What is joined


@pytest.mark.parametrize(
    ("other", "joined"),
    [
        (tile(1, 1), True),  # overlaps
        (tile(2, 0), True),  # shares an edge
        (tile(2, 2), True),  # shares a corner
        (tile(0.5, 0.5, 1, 1), True),  # lies within
        (tile(2.001, 0), False),
        (tile(8, 0), False),
    ],
)
def test_touching_is_joined(other: BaseGeometry, joined: bool) -> None:  # noqa: FBT001
    assert groups(ground_of(tile(0, 0), other)) == (1 if joined else 2)


def test_joined_by_way_of_others() -> None:
    row = [tile(2 * i, 0) for i in (4, 0, 2, 1, 3)]
    assert groups(ground_of(*row)) == 1
    assert groups(ground_of(*row[:2])) == 2


def test_a_gap_is_measured_in_kilometres_on_the_ground() -> None:
    pair = tile(0, 0), tile(2.5, 0)
    assert groups(ground_of(*pair, gap_km=0.49)) == 2
    assert groups(ground_of(*pair, gap_km=0.51)) == 1
    upright = tile(0, 0), tile(0, 2.5)
    assert groups(ground_of(*upright, gap_km=0.49)) == 2
    assert groups(ground_of(*upright, gap_km=0.51)) == 1


def test_across_a_corner_the_gap_is_the_diagonal() -> None:
    pair = tile(0, 0), tile(2.3, 2.4)  # 0.3 and 0.4 apart: 0.5
    assert groups(ground_of(*pair, gap_km=0.49)) == 2
    assert groups(ground_of(*pair, gap_km=0.51)) == 1


@pytest.mark.parametrize(
    "drawing", [d for d in GALLERY if d.gap_km], ids=lambda d: d.name
)
def test_drawings_come_together_at_their_gap(drawing: Drawing) -> None:
    assert drawing.gap_km is not None
    for gap_km in (0.0, drawing.gap_km * 0.99):
        assert groups(ground_of(drawing.ground, gap_km=gap_km)) == drawing.sections
    assert groups(ground_of(drawing.ground, gap_km=drawing.gap_km * 1.01)) == 1


@given(st.lists(tiles(), min_size=1, max_size=7))
def test_components_are_the_pieces_of_the_union(shapes: list[BaseGeometry]) -> None:
    ground = ground_of(*shapes)
    pieces = ground.shown(NOON)[0]
    components = ground.components(pieces)
    # A hair wider, so that corners that touch hold together.
    union = shapely.union_all([shape.buffer(1e-9) for shape in shapes])
    assert len(components) == shapely.get_num_geometries(union)
    assert sorted(piece for component in components for piece in component) == list(
        pieces
    )
    assert len(pieces) == len({shape.wkb for shape in shapes})


def test_what_hangs_together_by_way_of_others() -> None:
    near = {0: {5, 4}, 1: set(), 2: {5, 4}, 3: {7}, 4: {0, 2}, 5: {0, 2}, 6: set(),
            7: {3}}  # fmt: skip
    found = connected(set(range(8)), near)
    assert sorted(map(sorted, found)) == [[0, 2, 4, 5], [1], [3, 7], [6]]
    assert connected(set(), near) == []


# What is shown


def test_a_polygon_that_stands_twice_counts_once_as_ground() -> None:
    ground = ground_of(tile(0, 0), tile(0, 0))
    assert len(ground.shown(NOON)[0]) == 1
    assert len(ground.features(NOON)[0]) == 2


def test_rows_of_a_table_may_share_a_label() -> None:
    history = days([feature(tile(0, 0)), feature(tile(4, 0))]).select(APART)
    shapes = history.shapes.set_index(pd.Index([0, 0]))
    ground = Ground(replace(history, shapes=shapes))
    assert len(ground.features(NOON)[0]) == 2


def test_held_and_contested_are_kept_apart() -> None:
    history = days(
        [feature(tile(0, 0)), feature(tile(4, 0), fill=GREY)],
        [feature(tile(0, 0), fill=GREY)],
    ).select(STRIP)
    ground = Ground(history)
    held, contested = ground.shown(NOON)
    assert (len(held), len(contested)) == (1, 1)
    later = ground.shown(NOON + pd.Timedelta(days=1))
    assert later == ((), held)
    assert ground.shown(NOON - pd.Timedelta(hours=1)) == ((), ())


def test_pieces_of_a_collection_are_pieces_of_their_own() -> None:
    both = shapely.GeometryCollection([tile(0, 0), tile(8, 0)])
    assert groups(ground_of(both)) == 2


# What it measures


@given(st.lists(tiles(), min_size=1, max_size=6))
def test_overlaps_are_counted_once(shapes: list[BaseGeometry]) -> None:
    ground = ground_of(*shapes)
    area_km2 = ground.area_km2(ground.shown(NOON)[0])
    # To what a geodesic bows between vertices that the union adds.
    expected = ellipsoid_km2(shapely.union_all(shapes))
    assert area_km2 == pytest.approx(expected, rel=2e-4)
    assert area_km2 <= sum(map(ellipsoid_km2, shapes)) * (1 + 2e-4)


@given(st.lists(tiles(), min_size=1, max_size=4), st.lists(tiles(), max_size=4))
def test_ground_without_other_ground(
    shapes: list[BaseGeometry], others: list[BaseGeometry]
) -> None:
    shown = [feature(shape, fill=GREY) for shape in shapes] + [
        feature(o) for o in others
    ]
    ground = Ground(days(shown).select(replace(STRIP, region=None)))
    held, contested = ground.shown(NOON)
    left = shapely.union_all(shapes).difference(shapely.union_all(others))
    area_km2 = ground.area_km2(contested, without=held)
    assert area_km2 == pytest.approx(ellipsoid_km2(left), rel=2e-4, abs=0.01)


def test_depth_is_that_of_the_farthest_piece() -> None:
    ground = ground_of(tile(0, 0), tile(8, 3), tile(-8, 1), theatre=STRIP)
    pieces = ground.shown(NOON)[0]
    (depth,) = ground.depths([pieces])
    assert depth.depth_km == pytest.approx(5, abs=0.005)
    assert depth.witness is not None
    assert depth.witness.distance(tile(8, 3)) < 1e-7
    whole = depth_km(ground.union(pieces), STRIP.border)
    assert depth.depth_km == pytest.approx(whole.depth_km, abs=0.002)


def test_without_ground_and_without_a_border() -> None:
    of_nothing = ground_of(theatre=STRIP).depths([()])
    of_no_border = ground_of(tile(0, 0)).depths([(0,)])
    for nothing in of_nothing + of_no_border:
        assert np.isnan(nothing.depth_km)
        assert nothing.witness is None
    assert ground_of().area_km2(()) == 0


@given(maps())
def test_what_was_measured_before_changes_nothing(
    files: dict[int, list[Feature]],
) -> None:
    history = make_history(files).select(STRIP)
    kept = Ground(history)
    for when in history.snapshots["snapshot_utc"]:
        fresh = Ground(history)
        for group in (0, 1):
            pieces = kept.shown(when)[group]
            assert pieces == fresh.shown(when)[group]
            assert kept.area_km2(pieces) == fresh.area_km2(pieces)
            assert kept.depths([pieces]) == fresh.depths([pieces])
            assert kept.components(pieces) == fresh.components(pieces)


# Errors


def test_a_theatre_is_needed(history: ControlHistory) -> None:
    with pytest.raises(
        TheatreError, match=r"no theatre.*history\.select\(kursk_geo\.th"
    ):
        Ground(history)


@pytest.mark.parametrize("gap_km", [-1.0, float("nan"), -np.inf])
def test_a_gap_is_a_distance(strip: ControlHistory, gap_km: float) -> None:
    with pytest.raises(OptionError, match=r"gap_km=.* is not a distance"):
        Ground(strip, gap_km=gap_km)
