import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import (
    GeometryCollection,
    LineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
    box,
)
from shapely.geometry.base import BaseGeometry

from gallery import GALLERY, PLANE, Drawing
from kursk_geo.errors import GeometryError
from kursk_geo.geometry import (
    Geometries,
    as_array,
    clean,
    clip,
    explode,
    geometry_ids,
    measuring_crs,
    only_polygons,
    orient,
    project,
    unproject,
    unwound,
)
from strategies import stars, tiles

GEOD = pyproj.Geod(ellps="WGS84")
BOWTIE = Polygon([(35, 51), (35.2, 51.2), (35.2, 51), (35, 51.2)])
RING = box(0, 0, 10, 10).exterior.coords


def one(geometry: BaseGeometry) -> Geometries:
    return as_array([geometry])


# Winding


@pytest.mark.parametrize("shell_ccw", [True, False])
@pytest.mark.parametrize("hole_ccw", [True, False])
def test_holes_wind_against_the_shell_whatever_the_input(
    *, shell_ccw: bool, hole_ccw: bool
) -> None:
    shell = box(0, 0, 10, 10, ccw=shell_ccw).exterior
    hole = box(2, 2, 5, 5, ccw=hole_ccw).exterior
    (oriented,) = orient(one(Polygon(shell, [hole])))
    assert oriented.exterior.is_ccw
    assert not oriented.interiors[0].is_ccw
    area_m2, _ = GEOD.geometry_area_perimeter(oriented)
    whole_m2, _ = GEOD.geometry_area_perimeter(box(0, 0, 10, 10))
    gap_m2, _ = GEOD.geometry_area_perimeter(box(2, 2, 5, 5))
    assert area_m2 == pytest.approx(whole_m2 - gap_m2, rel=1e-12)


def test_multipolygons_are_oriented_part_by_part() -> None:
    parts = [box(0, 0, 1, 1, ccw=False), box(5, 5, 6, 6, ccw=True)]
    (oriented,) = orient(one(MultiPolygon(parts)))
    assert all(part.exterior.is_ccw for part in oriented.geoms)


# Polygons out of whatever they stand in


def test_explode_finds_every_polygon_however_deep() -> None:
    deep: BaseGeometry = box(0, 0, 1, 1)
    for _ in range(40):
        deep = GeometryCollection([Point(0, 0), deep])
    mixed = GeometryCollection(
        [deep, MultiPolygon([box(2, 2, 3, 3), box(4, 4, 5, 5)]), LineString(RING)]
    )
    parts, position = explode(as_array([Point(1, 1), mixed, box(0, 0, 1, 1)]))
    assert position.tolist() == [1, 1, 1, 2]
    assert {part.geom_type for part in parts} == {"Polygon"}
    assert sorted(shapely.area(parts)) == [1, 1, 1, 1]


@pytest.mark.parametrize(
    "nothing",
    [Polygon(), MultiPolygon(), GeometryCollection(), Point(), MultiPoint([(0, 0)])],
)
def test_explode_leaves_out_what_has_no_area(nothing: BaseGeometry) -> None:
    assert explode(one(nothing))[0].size == 0
    assert only_polygons(one(nothing))[0].is_empty


def test_explode_of_nothing_and_of_the_missing() -> None:
    assert explode(as_array([]))[0].size == 0
    assert explode(np.array([None, box(0, 0, 1, 1)], dtype=object))[1].tolist() == [1]


def test_only_polygons_keeps_the_areal_part_alone() -> None:
    mixed = GeometryCollection([box(0, 0, 1, 1), LineString([(5, 5), (6, 6)])])
    (kept,) = only_polygons(one(mixed))
    assert kept.equals(box(0, 0, 1, 1))
    assert kept.geom_type == "MultiPolygon"


# Repairs


def test_what_is_valid_comes_back_vertex_for_vertex() -> None:
    shapes = as_array([box(0, 0, 1, 1), Polygon(RING, [box(2, 2, 5, 5).exterior])])
    cleaned, repair_km2 = clean(orient(shapes))
    assert shapely.equals_exact(cleaned, orient(shapes), tolerance=0).all()
    assert repair_km2.tolist() == [0, 0]


def test_the_third_dimension_goes() -> None:
    (cleaned,), _ = clean(one(shapely.force_3d(box(0, 0, 1, 1), z=7)))
    assert not cleaned.has_z


def test_a_bow_tie_keeps_both_wings_and_says_how_much_area_came_back() -> None:
    (cleaned,), (repair_km2,) = clean(one(BOWTIE))
    assert cleaned.is_valid
    wings = [Polygon([(35, 51), (35.1, 51.1), (35, 51.2)]),
             Polygon([(35.2, 51), (35.1, 51.1), (35.2, 51.2)])]  # fmt: skip
    assert cleaned.symmetric_difference(MultiPolygon(wings)).area < 1e-12
    expected_km2 = sum(abs(GEOD.geometry_area_perimeter(w)[0]) for w in wings) / 1e6
    # Its signed area was the small difference of the two wings.
    assert repair_km2 == pytest.approx(expected_km2, rel=0.01)


def test_a_hole_outside_its_shell_does_not_turn_into_ground() -> None:
    outside = Polygon(
        box(35, 51, 35.1, 51.1).exterior, [box(36, 51, 36.1, 51.1).exterior]
    )
    (cleaned,), _ = clean(one(outside))
    assert cleaned.equals(box(35, 51, 35.1, 51.1))


def test_a_hole_that_parts_the_interior() -> None:
    hole = [(35, 51.05), (35.05, 51), (35.1, 51.05), (35.05, 51.1)]
    parted = Polygon(box(35, 51, 35.1, 51.1).exterior, [hole])
    assert "Interior is disconnected" in shapely.is_valid_reason(parted)
    (cleaned,), (repair_km2,) = clean(one(parted))
    assert cleaned.is_valid
    assert cleaned.area == pytest.approx(0.005)
    # 28 m² of 78 km²: its edges bow in the plane, and got vertices in their middles.
    assert abs(repair_km2) < 1e-4


def test_a_repair_does_not_depend_on_what_is_repaired_beside_it() -> None:
    far = shapely.transform(BOWTIE, lambda xy: xy + (110, -8))
    alone = clean(one(BOWTIE))[1]
    assert clean(as_array([far, BOWTIE, box(0, 0, 1, 1)]))[1][1] == alone[0]


@pytest.mark.parametrize("points", [[(35, 51), (36, 51), (37, 51)], [(35, 51)] * 3])
def test_what_has_no_area_is_repaired_to_nothing(
    points: list[tuple[float, float]],
) -> None:
    (cleaned,), (repair_km2,) = clean(one(Polygon(points)))
    assert cleaned.is_empty
    assert repair_km2 == 0


@given(stars())
def test_cleaning_twice_changes_nothing_more(shape: BaseGeometry) -> None:
    once, _ = clean(one(shape))
    again, repair_km2 = clean(once)
    assert shapely.equals_exact(once, again, tolerance=0).all()
    assert repair_km2.tolist() == [0.0]
    assert once[0].area == pytest.approx(shape.area, rel=1e-12)


# Clipping


def test_inside_across_touching_outside() -> None:
    region = box(0, 0, 10, 10)
    inside = box(1, 1, 2, 2, ccw=False)
    across, touching, outside = (
        box(8, 8, 12, 12),
        box(10, 0, 11, 1),
        box(20, 20, 21, 21),
    )
    cut = clip(as_array([inside, across, touching, outside]), region)
    assert cut[0] is inside
    assert cut[1].equals(box(8, 8, 10, 10))
    assert cut[2].is_empty
    assert cut[3].is_empty


def test_a_cut_that_also_leaves_a_line_keeps_the_area_alone() -> None:
    # One arm lies in the region, the other runs along its edge.
    hook = Polygon([(-1, 0), (-1, 5), (2, 5), (2, 4), (0, 4), (0, 0)])
    (cut,) = clip(one(hook), box(0, 0, 10, 10))
    assert cut.equals(box(0, 4, 2, 5))


@given(stars(), stars(size_km=15.0))
def test_clipping_never_grows(shape: BaseGeometry, region: BaseGeometry) -> None:
    (cut,) = clip(one(shape), region)
    assert cut.is_valid
    assert cut.area <= min(shape.area, region.area) * (1 + 1e-12)
    assert cut.difference(shape.buffer(1e-9)).is_empty
    assert cut.difference(region.buffer(1e-9)).is_empty
    assert cut.area == pytest.approx(shape.intersection(region).area, abs=1e-15)
    assert all(
        part.exterior.is_ccw or part.equals(shape) for part in explode(one(cut))[0]
    )


@given(stars(), tiles())
def test_clipping_twice_is_clipping_once(
    shape: BaseGeometry, region: BaseGeometry
) -> None:
    once = clip(one(shape), region)
    assert clip(once, region)[0].area == pytest.approx(once[0].area, abs=1e-15)


# Names


@given(st.lists(stars(), max_size=4))
def test_names_tell_geometries_apart_bit_by_bit(shapes: list[BaseGeometry]) -> None:
    names = geometry_ids(as_array(shapes))
    blobs = [shape.wkb for shape in shapes]
    assert len(set(names)) == len(set(blobs))
    assert all(len(name) == 16 for name in names)


def test_another_first_vertex_is_another_name() -> None:
    turned = Polygon([(1, 0), (1, 1), (0, 1), (0, 0)])
    other = Polygon([(0, 0), (1, 0), (1, 1), (0, 1)])
    assert len(set(geometry_ids(as_array([turned, other])))) == 2


# The plane


@pytest.mark.parametrize("drawing", GALLERY, ids=lambda d: d.name)
def test_the_plane_keeps_area(drawing: Drawing) -> None:
    crs = measuring_crs(drawing.ground)
    assert project(drawing.ground, crs).area / 1e6 == pytest.approx(
        drawing.area_km2, rel=1e-6
    )


@given(st.floats(33, 37), st.floats(50, 53), st.floats(33, 37), st.floats(50, 53))
def test_lengths_in_the_plane_against_geodesics(
    lon: float, lat: float, other_lon: float, other_lat: float
) -> None:
    crs = measuring_crs(box(33, 50, 37, 53))
    ends = project(shapely.points([[lon, lat], [other_lon, other_lat]]), crs)
    true_m = GEOD.inv(lon, lat, other_lon, other_lat)[2]
    assert shapely.distance(*ends) == pytest.approx(true_m, rel=2e-4, abs=1e-6)


@given(stars())
def test_there_and_back(shape: BaseGeometry) -> None:
    back = unproject(project(shape, PLANE), PLANE)
    assert shapely.equals_exact(back, shape, tolerance=1e-8)


def test_nothing_has_no_centre() -> None:
    with pytest.raises(GeometryError, match=r"empty geometry has no centre\. Expected"):
        measuring_crs(Polygon())


# Longitudes past 180


HALVES = MultiPolygon([box(179, -17, 180, -16), box(-180, -17, -179, -16)])


@pytest.mark.parametrize(
    "shape",
    [
        Polygon([(179, -17), (181, -17), (181, -16), (179, -16)]),
        Polygon([(-181, -17), (-179, -17), (-179, -16), (-181, -16)]),
        Polygon([(179, -17), (-179, -17), (-179, -16), (179, -16)]),
        Polygon([(-179, -17), (-179, -16), (179, -16), (179, -17)]),
        Polygon([(539, -17), (541, -17), (541, -16), (539, -16)]),
        HALVES,
    ],
)
def test_what_crosses_the_antimeridian_is_cut_there(shape: BaseGeometry) -> None:
    (home,), (reason,) = unwound(one(shape))
    assert reason == ""
    assert home.equals(HALVES)
    middle = project(Point(180, -16.5), measuring_crs(home))
    assert middle.coords[0] == pytest.approx((0, 0), abs=1e-3)


@given(stars(), st.integers(-4, 4))
def test_a_shape_wound_by_turns_comes_home(star: Polygon, turns: int) -> None:
    wound = shapely.transform(star, lambda xy: xy + (360.0 * turns, 0.0))
    (home,), (reason,) = unwound(one(wound))
    assert reason == ""
    assert shapely.hausdorff_distance(home, star) < 1e-8
    (same,), _ = unwound(one(star))
    assert same is star


@given(st.floats(-179, 179), st.floats(0.1, 80), st.booleans())
def test_a_box_anywhere_keeps_its_area(west: float, wide: float, jump: bool) -> None:  # noqa: FBT001
    east = west + wide
    meant = box(west, 10, east, 20)
    if jump and east > 180 and wide < 60:
        east -= 360
    ring = [(west, 10), (east, 10), (east, 20), (west, 20)]
    (home,), (reason,) = unwound(one(Polygon(ring)))
    assert reason == ""
    assert home.area == pytest.approx(meant.area)
    west_home, _, east_home, _ = home.bounds
    assert -180 <= west_home < east_home <= 180


def test_a_hole_goes_where_its_shell_goes() -> None:
    shell = [(179, -17), (-179, -17), (-179, -15), (179, -15)]
    for hole in (
        [(179.5, -16.5), (-179.5, -16.5), (-179.5, -15.5), (179.5, -15.5)],
        [(-179.8, -16.5), (-179.5, -16.5), (-179.5, -15.5), (-179.8, -15.5)],
        [(179.2, -16.5), (179.5, -16.5), (179.5, -15.5), (179.2, -15.5)],
    ):
        (home,), _ = unwound(one(Polygon(shell, [hole])))
        width = (hole[1][0] - hole[0][0]) % 360
        assert home.is_valid
        assert home.area == pytest.approx(4 - width)


def test_lines_are_cut_too_and_others_left_alone() -> None:
    line, far = LineString([(170, 0), (-170, 0)]), LineString([(0, 0), (1, 1)])
    (cut, left), reasons = unwound(as_array([line, far]))
    assert cut.length == pytest.approx(20)
    assert cut.geom_type == "MultiLineString"
    assert left is far
    assert reasons == ["", ""]


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        (box(3e5, 5e6, 4e5, 6e6), "leaves longitude"),
        (box(35, 51, 36, 91), "leaves longitude"),
        (box(2000, 51, 2001, 52), "leaves longitude"),
        (
            Polygon(box(35, 51, 36, 52).exterior, [box(3e5, 5e6, 4e5, 6e6).exterior]),
            "leaves longitude",
        ),
        (box(-100, 0, 100, 9), "may mean either way"),
        (Polygon([(-120, 80), (0, 80), (120, 80)]), "goes round the globe"),
    ],
)
def test_what_cannot_be_brought_home_says_why(shape: Polygon, reason: str) -> None:
    (same,), (told,) = unwound(one(shape))
    assert same is shape
    assert reason in told


def test_the_frame_of_a_world_map_is_no_jump() -> None:
    world = box(-180, -90, 180, 90)
    assert unwound(one(world))[0][0] is world
    assert unwound(as_array([]))[1] == []
