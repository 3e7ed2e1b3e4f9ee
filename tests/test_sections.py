from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from builders import GREY, NOON, STRIP, Feature, days, feature, make_history, tile
from gallery import GALLERY, Drawing
from kursk_geo.errors import DateNotFoundError, OptionError, TheatreError
from kursk_geo.geometry import as_array, explode, unwound
from kursk_geo.history import ControlHistory
from kursk_geo.measure import measure
from kursk_geo.sections import sections
from kursk_geo.snapshots import join_maps
from kursk_geo.theatre import Theatre
from kursk_geo.uncertainty import uncertainty
from plain_maps import ellipsoid_km2
from strategies import maps, tiles

# Maps are drawn anywhere, also where no theatre is, and of any side.
pytestmark = pytest.mark.filterwarnings("ignore:(None of these|These) maps")

COLUMNS = [
    "section",
    "area_km2",
    "depth_km",
    "error_m",
    "witness_lon",
    "witness_lat",
    "border_point_lon",
    "border_point_lat",
    "depth_censored",
    "n_polygons",
    "geometry",
]


def of(*shapes: BaseGeometry, theatre: Theatre = STRIP) -> ControlHistory:
    return days([feature(shape) for shape in shapes]).select(theatre)


# Drawings with closed-form answers


@pytest.mark.parametrize("drawing", GALLERY, ids=lambda d: d.name)
def test_drawings(drawing: Drawing) -> None:
    theatre = Theatre("drawn", border=drawing.border, held=STRIP.held)
    pieces = sections(of(drawing.ground, theatre=theatre))
    assert len(pieces) == drawing.sections
    assert pieces["area_km2"].sum() == pytest.approx(drawing.area_km2, rel=1e-6)
    assert pieces["depth_km"].max() == pytest.approx(drawing.depth_km, abs=0.002)
    assert (pieces["error_m"] <= 1).all()
    assert pieces["section"].tolist() == list(range(1, drawing.sections + 1))
    for row in pieces.itertuples():
        assert (
            row.geometry.distance(shapely.Point(row.witness_lon, row.witness_lat))
            < 1e-6
        )
        assert (
            drawing.border.distance(
                shapely.Point(row.border_point_lon, row.border_point_lat)
            )
            < 1e-6
        )


def test_three_sections_each_with_its_own_figures() -> None:
    pieces = sections(of(tile(0, 0, 4, 2), tile(10, 0, 3, 3), tile(20, 1, 1, 1)))
    assert pieces["area_km2"].tolist() == pytest.approx([9, 8, 1], rel=1e-3)
    assert pieces["depth_km"].tolist() == pytest.approx([3, 2, 2], abs=0.005)
    assert pieces["n_polygons"].tolist() == [1, 1, 1]
    assert pieces.columns.tolist() == COLUMNS
    assert pieces.index.tolist() == [0, 1, 2]
    assert pieces.crs.to_epsg() == 4326


def test_pieces_that_touch_are_one_section() -> None:
    pieces = sections(of(tile(0, 0), tile(2, 0), tile(20, 0)))
    assert pieces["n_polygons"].tolist() == [2, 1]
    assert pieces["area_km2"].tolist() == pytest.approx([8, 4], rel=1e-3)


def test_a_gap_joins_what_lies_near() -> None:
    history = of(tile(0, 0), tile(2.5, 0))
    assert len(sections(history, gap_km=0.4)) == 2
    assert len(sections(history, gap_km=0.6)) == 1
    assert sections(history, gap_km=0.6).geometry[0].geom_type == "MultiPolygon"


def test_slivers_are_no_sections_and_are_counted() -> None:
    history = of(tile(0, 0), tile(10, 0, 0.2, 0.2), tile(12, 0, 0.3, 0.3))
    pieces = sections(history)
    assert len(pieces) == 2
    assert pieces.attrs["n_smaller"] == 1
    assert len(sections(history, min_area_km2=0)) == 3
    assert len(sections(history, min_area_km2=4.1)) == 0


def test_contested_ground_is_no_section() -> None:
    history = days([feature(tile(0, 0)), feature(tile(2, 0), fill=GREY)]).select(STRIP)
    assert len(sections(history)) == 1
    grey = replace(STRIP, held=STRIP.contested, contested=frozenset())
    shown = days([feature(tile(0, 0)), feature(tile(2, 0), fill=GREY)]).select(grey)
    assert len(sections(shown)) == 1


# As the web map shows it


def test_the_sphere_gives_one_row_a_polygon() -> None:
    shapes = [tile(0, 0), tile(2, 0), tile(1, 1), tile(1, 1)]
    pieces = sections(of(*shapes), area_method="spherical")
    assert len(pieces) == 4
    assert pieces.attrs["area_method"] == "spherical"
    # A third of a percent from the ellipsoid at the most, never the same.
    ratio = pieces["area_km2"] / [ellipsoid_km2(shape) for shape in pieces.geometry]
    assert ratio.between(0.997, 1.003).all()
    assert (ratio != 1).all()


def test_whole_polygons_are_kept_where_asked_for() -> None:
    across = tile(0, -2, 2, 4)
    history = days([feature(across)])
    whole = sections(history.select(STRIP, clip=False), area_method="spherical")
    cut = sections(history.select(STRIP), area_method="spherical")
    assert whole.geometry[0].equals(across)
    assert whole["area_km2"][0] == pytest.approx(2 * cut["area_km2"][0], rel=1e-3)
    assert not whole.attrs["clipped"]
    assert cut.attrs["clipped"]


# Which map


def test_by_default_the_last_map() -> None:
    history = days([feature(tile(0, 0))], [feature(tile(0, 0)), feature(tile(9, 0))])
    shown = history.select(STRIP)
    assert len(sections(shown)) == 2
    assert len(sections(shown, at="2025-03-01")) == 1
    assert sections(shown, at="2025-03-01").attrs["snapshot_id"] == str(NOON)
    assert sections(shown).attrs["staleness_days"] == 0


def test_a_day_ends_in_the_zone_asked_for() -> None:
    late = NOON + 11 * 3600  # 23:00 UTC, 01:00 in Kyiv
    history = make_history({NOON: [feature(tile(0, 0))], late: []}).select(STRIP)
    assert sections(history, at="2025-03-01").empty
    assert len(sections(history, at="2025-03-01", tz="Europe/Kyiv")) == 1


def test_attributes_tell_source_snapshot_and_definitions(strip: ControlHistory) -> None:
    attrs = sections(strip, at="2025-03-03", gap_km=0.2, min_area_km2=0.1).attrs
    assert attrs["source"] == "deepstate"
    assert attrs["theatre"] == "strip"
    assert attrs["snapshot_utc"] == "2025-03-03T12:00:00+00:00"
    assert attrs["staleness_days"] == 0.5
    assert attrs["gap_km"] == 0.2
    assert attrs["min_area_km2"] == 0.1
    assert attrs["area_method"] == "geodesic"


def test_nothing_held_is_an_empty_table(strip: ControlHistory) -> None:
    pieces = sections(strip, at="2025-03-01")
    assert pieces.empty
    assert pieces.columns.tolist() == COLUMNS
    assert pieces.crs.to_epsg() == 4326
    assert pieces["area_km2"].dtype == np.float64
    some = sections(strip, at="2025-03-04")
    assert len(some)
    assert pieces.dtypes.equals(some.dtypes)


def test_a_depth_where_the_region_ends_is_that_or_more() -> None:
    strip = replace(STRIP, region=tile(-10, -4, 20, 9))  # 5 km deep
    reaching = of(tile(0, 0, 4, 9), tile(6, 0, 2, 3), theatre=strip)
    pieces = sections(reaching)
    assert pieces["depth_km"].tolist() == pytest.approx([5, 3], abs=0.01)
    assert pieces["depth_censored"].tolist() == [True, False]
    assert measure(reaching)["depth_censored"].tolist() == [True]
    bounds = uncertainty(reaching).iloc[0]
    assert np.isnan([bounds.depth_low_km, bounds.depth_high_km]).all()
    whole = days([feature(tile(0, 0, 4, 9))]).select(strip, clip=False)
    assert not sections(whole)["depth_censored"].any()
    # Ground that ends short of the edge is as deep as it is.
    short = of(tile(0, 0, 4, 4.9), theatre=strip)
    assert not sections(short)["depth_censored"].any()


def test_without_a_border_there_is_no_depth() -> None:
    pieces = sections(of(tile(0, 0), theatre=Theatre("apart", held=STRIP.held)))
    assert pieces["depth_km"].isna().all()
    assert np.isnan(pieces["witness_lon"][0])
    assert pieces["area_km2"][0] == pytest.approx(4, rel=1e-3)


# Properties


@settings(max_examples=10)
@given(st.lists(tiles(), min_size=1, max_size=6))
def test_sections_together_are_the_held_ground(shapes: list[BaseGeometry]) -> None:
    history = of(*shapes)
    pieces = sections(history, min_area_km2=0)
    ground = shapely.intersection(shapely.union_all(shapes), STRIP.region)
    union = shapely.union_all(pieces.geometry.to_numpy())
    assert union.symmetric_difference(ground).area < 1e-12
    assert pieces["area_km2"].sum() == pytest.approx(
        ellipsoid_km2(ground), rel=2e-4, abs=1e-9
    )
    assert pieces["area_km2"].is_monotonic_decreasing
    assert pieces.index.tolist() == list(range(len(pieces)))
    # Apart, or they would be one.
    shapes_apart = pieces.geometry.to_numpy()
    for i, piece in enumerate(shapes_apart):
        assert not shapely.intersects(piece, shapes_apart[i + 1 :]).any()


@settings(max_examples=10)
@given(maps(), st.sampled_from([0.0, 0.5, 2.1]), st.sampled_from([0.0, 1.0]))
def test_a_wider_gap_never_makes_more_sections(
    files: dict[int, list[Feature]], gap_km: float, more_km: float
) -> None:
    history = make_history(files).select(STRIP)
    fine = sections(history, gap_km=gap_km, min_area_km2=0)
    wide = sections(history, gap_km=gap_km + more_km, min_area_km2=0)
    assert len(wide) <= len(fine)
    assert wide["area_km2"].sum() == pytest.approx(fine["area_km2"].sum(), rel=2e-4)
    assert wide["depth_km"].max() == pytest.approx(fine["depth_km"].max(), nan_ok=True)


# Errors


def test_what_cannot_be_answered(
    history: ControlHistory, strip: ControlHistory
) -> None:
    with pytest.raises(TheatreError, match="has no theatre"):
        sections(history)
    with pytest.raises(DateNotFoundError, match="No map had been published"):
        sections(strip, at="2020-01-01")
    with pytest.raises(DateNotFoundError, match="history is empty"):
        sections(join_maps([], source="drawn").select(STRIP))
    with pytest.raises(OptionError, match="'flat' is not known"):
        sections(strip, area_method="flat")  # type: ignore[arg-type]
    for least in (-1, float("nan")):
        with pytest.raises(OptionError, match="is not an area"):
            sections(strip, min_area_km2=least)
    with pytest.raises(OptionError, match="is not a distance"):
        sections(strip, gap_km=-1)


def test_a_piece_of_just_the_least_area_is_a_section() -> None:
    history = of(tile(0, 0), tile(6, 0, 1, 1))
    least_km2 = sections(history)["area_km2"].iloc[-1]
    above = np.nextafter(least_km2, np.inf)
    assert len(sections(history, min_area_km2=least_km2)) == 2
    assert len(sections(history, min_area_km2=above)) == 1
    assert measure(history, min_area_km2=least_km2)["sections"].tolist() == [2]
    assert measure(history, min_area_km2=above)["sections"].tolist() == [1]


def on_both_sides(shapes: list[BaseGeometry], lon: float) -> ControlHistory:
    """Shapes moved by some longitude, cut at 180 degrees where they reach across."""
    border, region = shapely.LineString([(-3, 50), (3, 50)]), shapely.box(-2, 50, 2, 51)
    fine = shapely.segmentize(shapes, 0.05)  # edges are geodesics: cut alike
    moved = shapely.transform([border, region, *fine], lambda xy: xy + (lon, 0.0))
    line, *areas = unwound(moved)[0]
    theatre = Theatre("far east", border=line, region=areas[0], held=STRIP.held)
    return of(*explode(as_array(areas[1:]))[0], theatre=theatre)


@pytest.mark.parametrize(
    ("shapes", "n"),
    [
        ([shapely.box(-0.4, 50, 0.3, 50.4)], 1),
        ([shapely.box(-1.6, 50.1, 1.7, 50.2)], 1),
        ([shapely.box(-0.4, 50, 0.3, 50.1), shapely.box(-0.4, 50.3, 0.3, 50.5)], 2),
        ([shapely.box(-0.4, 50, 0, 50.1), shapely.box(0.2, 50.0, 0.3, 50.1)], 2),
        ([shapely.box(-0.4, 50, 0, 50.1), shapely.box(0, 50.1, 0.3, 50.2)], 1),
        ([shapely.box(-0.4, 50, 0, 50.1), shapely.box(0, 50.11, 0.3, 50.2)], 2),
        # two halves that hang together beyond the line
        ([shapely.Polygon([(-1, 50), (1, 50), (1, 50.3), (-1, 50.3), (-1, 50.2),
                           (0.5, 50.2), (0.5, 50.1), (-1, 50.1)])], 1),
    ],
)  # fmt: skip
def test_ground_cut_at_180_degrees_is_one(shapes: list[BaseGeometry], n: int) -> None:
    here, there = on_both_sides(shapes, 10.0), on_both_sides(shapes, 180.0)
    for gap_km in (0.0, 0.5):
        ours, known = sections(there, gap_km=gap_km), sections(here, gap_km=gap_km)
        assert len(ours) == len(known) == n
        for name, tolerance in (("area_km2", 1e-4), ("depth_km", 1e-4)):
            assert ours[name].tolist() == pytest.approx(
                known[name].tolist(), rel=tolerance
            )
        assert ours["depth_censored"].tolist() == known["depth_censored"].tolist()
    row, plain = measure(there).iloc[0], measure(here).iloc[0]
    assert row["sections"] == n
    assert row["depth_km"] == pytest.approx(plain["depth_km"], abs=0.002)
    assert row["area_km2"] == pytest.approx(plain["area_km2"], rel=1e-4)


def test_ground_that_ends_at_180_degrees_is_not_censored() -> None:
    history = on_both_sides([shapely.box(-0.4, 50.1, 0.0, 50.4)], 180.0)
    assert sections(history)["depth_censored"].tolist() == [False]
