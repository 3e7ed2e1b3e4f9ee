import json
from importlib.resources import files

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely import (
    GeometryCollection,
    LineString,
    MultiLineString,
    MultiPolygon,
    Point,
    Polygon,
    box,
)
from shapely.affinity import rotate, translate
from shapely.geometry.base import BaseGeometry

from gallery import GALLERY, PLANE, Drawing, to_degrees
from kursk_geo.depth import Depth, depth_km, depths_km, prepare_border
from kursk_geo.errors import GeometryError, OptionError, ReferenceDataError
from kursk_geo.geometry import (
    as_array,
    clean,
    explode,
    measuring_crs,
    only_polygons,
    project,
    unproject,
)

Floats = NDArray[np.float64]

GEOD = pyproj.Geod(ellps="WGS84")
# Lengths in PLANE, 40 km around its centre, against geodesics: 5 parts in a million.
PLANE_ERROR = 1e-5

every_drawing = pytest.mark.parametrize("drawing", GALLERY, ids=lambda d: d.name)
STRAIGHT = LineString([(-40, 0), (40, 0)])


def depth_in_plane(
    ground_km: BaseGeometry, border_km: BaseGeometry, *, tolerance_m: float = 1.0
) -> Depth:
    ground, border = to_degrees(ground_km), to_degrees(border_km)
    prepared = prepare_border(border, PLANE)
    return depth_km(ground, prepared, tolerance_m=tolerance_m)


# The oracle: longitude and latitude, points on a grid, the ellipsoid. No projection.


def on_ellipsoid(lonlat: Floats) -> Floats:
    """Earth-centred coordinates on WGS 84, in km: a chord grows with its geodesic."""
    squared = (2 - 1 / 298.257223563) / 298.257223563
    lon, lat = np.radians(lonlat).T
    radius = 6378.137 / np.sqrt(1 - squared * np.sin(lat) ** 2)
    return np.column_stack(
        [
            radius * np.cos(lat) * np.cos(lon),
            radius * np.cos(lat) * np.sin(lon),
            radius * (1 - squared) * np.sin(lat),
        ]
    )


def grid(ground: BaseGeometry, window: BaseGeometry, *, step_km: float) -> Floats:
    """Points of the ground in a window, some on its boundary, in degrees."""
    west, south, east, north = window.bounds
    step = step_km / 111.2
    lon, lat = np.meshgrid(
        np.arange(west, east, step * 1.6), np.arange(south, north, step)
    )
    inside = shapely.contains_xy(ground, lon, lat)
    edge = shapely.segmentize(shapely.intersection(ground.boundary, window), step)
    return np.vstack(
        [np.column_stack([lon[inside], lat[inside]]), shapely.get_coordinates(edge)]
    )


def oracle_km(ground: BaseGeometry, border: BaseGeometry) -> float:
    """Depth by brute force: at most 20 m too little, 1 m too much."""
    line = shapely.get_coordinates(shapely.segmentize(border, 0.001))
    line_km = on_ellipsoid(line)

    def farthest(points: Floats) -> Floats:
        points_km = on_ellipsoid(points)
        squared = (points_km**2).sum(axis=1)[:, np.newaxis] - 2 * points_km @ line_km.T
        squared += (line_km**2).sum(axis=1)
        farthest_point: Floats = points[squared.min(axis=1).argmax()]
        return farthest_point

    coarse = farthest(grid(ground, box(*ground.bounds), step_km=0.3))
    fine = grid(ground, Point(coarse).buffer(0.004), step_km=0.015)
    lon, lat = farthest(np.vstack([fine, coarse]))
    _, _, length_m = GEOD.inv(
        np.full(len(line), lon), np.full(len(line), lat), line[:, 0], line[:, 1]
    )
    return float(length_m.min() / 1e3)


# Known answers


@every_drawing
@pytest.mark.parametrize("crs", [None, PLANE], ids=["own plane", "given plane"])
def test_depth_is_the_closed_form(drawing: Drawing, crs: pyproj.CRS | None) -> None:
    border = drawing.border if crs is None else prepare_border(drawing.border, crs)
    found = depth_km(drawing.ground, border)
    slack_km = PLANE_ERROR * drawing.depth_km
    assert 0 <= found.error_m <= 1.0
    assert found.depth_km <= drawing.depth_km + slack_km
    assert found.depth_km >= drawing.depth_km - found.error_m / 1e3 - slack_km


@every_drawing
def test_finer_tolerance_is_kept(drawing: Drawing) -> None:
    found = depth_in_plane(drawing.ground_km, drawing.border_km, tolerance_m=0.01)
    assert found.error_m <= 0.01
    assert found.depth_km == pytest.approx(drawing.depth_km, rel=PLANE_ERROR)


@every_drawing
def test_witness_and_border_point_are_the_ends_of_the_depth(drawing: Drawing) -> None:
    found = depth_km(drawing.ground, drawing.border)
    assert found.witness is not None
    assert found.border_point is not None
    ends = (found.witness.x, found.witness.y, found.border_point.x)
    length_m = GEOD.inv(*ends, found.border_point.y)[2]
    assert length_m / 1e3 == pytest.approx(found.depth_km, rel=1e-12)
    # 1e-7 degrees are a centimetre.
    assert shapely.distance(found.witness, drawing.ground) < 1e-7
    assert shapely.distance(found.border_point, drawing.border) < 1e-7


@every_drawing
def test_drawings_need_what_they_say(drawing: Drawing) -> None:
    corners = shapely.points(shapely.get_coordinates(drawing.ground_km))
    outline = shapely.segmentize(drawing.ground_km.boundary, 0.01)
    along = shapely.points(shapely.get_coordinates(outline))
    vertex_km, edge_km = (
        shapely.distance(points, drawing.border_km).max() for points in (corners, along)
    )
    short = {"vertex": 0, "edge": 1, "inside": 2}[drawing.reached]
    assert (vertex_km < drawing.depth_km - 0.1) == (short >= 1)
    assert (edge_km < drawing.depth_km - 0.1) == (short >= 2)
    assert drawing.ground_km.area == pytest.approx(drawing.area_km2, rel=1e-12)


# Against the oracle in degrees


@every_drawing
def test_depth_agrees_with_brute_force_in_degrees(drawing: Drawing) -> None:
    ground, border = drawing.ground, drawing.border
    assert -0.02 < oracle_km(ground, border) - depth_km(ground, border).depth_km < 0.002


def test_oracle_would_catch_a_wrong_projection() -> None:
    drawing = next(d for d in GALLERY if d.name == "tongue")
    ground, border = drawing.ground, drawing.border
    deepest = depth_km(ground, border).witness
    assert deepest is not None

    def planar_km(crs: pyproj.CRS) -> float:
        return float(project(deepest, crs).distance(project(border, crs)) / 1e3)

    right = oracle_km(ground, border)
    assert planar_km(measuring_crs(ground)) == pytest.approx(right, abs=0.02)
    assert planar_km(pyproj.CRS("EPSG:3857")) > 1.5 * right
    assert planar_km(pyproj.CRS("EPSG:6933")) < 0.9 * right


@pytest.fixture(scope="module")
def real_border() -> BaseGeometry:
    text = files("kursk_geo").joinpath("data", "ua_ru_border.geojson").read_text("utf8")
    feature = json.loads(text)["features"][0]
    return shapely.from_geojson(json.dumps(feature["geometry"]))


@pytest.mark.parametrize(
    "outline",
    [
        [(35.0, 51.2), (35.2, 51.4), (35.5, 51.35), (35.45, 51.15), (35.2, 51.05)],
        [(34.2, 51.25), (34.35, 51.35), (34.4, 51.3), (34.3, 51.24)],
        [(35.3, 51.05), (35.31, 51.3), (35.32, 51.05)],
    ],
    ids=["bulge", "across the border", "needle"],
)
def test_drawn_ground_at_the_real_border(
    outline: list[tuple[float, float]], real_border: BaseGeometry
) -> None:
    ground = Polygon(outline)
    near = shapely.intersection(real_border, ground.buffer(0.3))
    found = depth_km(ground, real_border)
    assert -0.02 < oracle_km(ground, near) - found.depth_km < 0.002


def test_strip_along_the_real_border(real_border: BaseGeometry) -> None:
    crs = measuring_crs(box(34.5, 50.9, 35.6, 51.6))
    strip_m = shapely.intersection(
        project(real_border, crs).buffer(2000), box(-3e4, -4e4, 3e4, 4e4)
    )
    prepared = prepare_border(real_border, crs)
    assert depth_km(unproject(strip_m, crs), prepared).depth_km == pytest.approx(
        2, abs=0.002
    )


# Properties

lengths = st.floats(1, 6)
shifts = st.floats(-8, 8)


@st.composite
def grounds(draw: st.DrawFn) -> Polygon:
    """Stars about a point up to 11 km from the origin, in km."""
    radii = np.array(draw(st.lists(lengths, min_size=3, max_size=12)))
    angles = np.arange(len(radii)) * 2 * np.pi / len(radii) + draw(st.floats(0, 1))
    star = radii[:, np.newaxis] * np.column_stack([np.cos(angles), np.sin(angles)])
    return Polygon(star + np.array([draw(shifts), draw(shifts)]))


@st.composite
def borders(draw: st.DrawFn) -> LineString:
    """Zigzags from west to east, in km."""
    rises = draw(st.lists(shifts, min_size=2, max_size=9))
    return LineString(zip(np.linspace(-25, 25, len(rises)), rises, strict=True))


few = settings(max_examples=30, deadline=None)


@few
@given(grounds(), borders())
def test_no_point_is_deeper(ground: Polygon, border: LineString) -> None:
    found = depth_in_plane(ground, border)
    west, south, east, north = ground.bounds
    x, y = np.meshgrid(np.linspace(west, east, 60), np.linspace(south, north, 60))
    inside = shapely.contains_xy(ground, x, y)
    outline = shapely.get_coordinates(shapely.segmentize(ground.boundary, 0.05))
    points = np.vstack([np.column_stack([x[inside], y[inside]]), outline])
    brute_km = shapely.distance(shapely.points(points), border).max()
    step_km = max(east - west, north - south) / 59
    assert brute_km <= found.depth_km + found.error_m / 1e3 + 1e-4
    assert brute_km >= found.depth_km - step_km


@few
@given(grounds(), borders(), st.floats(-5, 5), st.floats(-5, 5))
def test_moving_ground_changes_depth_by_no_more_than_the_way(
    ground: Polygon, border: LineString, east_km: float, north_km: float
) -> None:
    moved = depth_in_plane(translate(ground, east_km, north_km), border)
    change_km = abs(moved.depth_km - depth_in_plane(ground, border).depth_km)
    assert change_km <= np.hypot(east_km, north_km) + 0.0011


@few
@given(grounds(), borders(), st.floats(0, 360))
def test_turning_all_changes_nothing(
    ground: Polygon, border: LineString, angle: float
) -> None:
    turned = [rotate(shape, angle, origin=(0, 0)) for shape in (ground, border)]
    straight = depth_in_plane(ground, border).depth_km
    assert depth_in_plane(*turned).depth_km == pytest.approx(straight, abs=0.0012)


@few
@given(grounds(), grounds(), borders())
def test_depth_grows_with_ground(
    ground: Polygon, more: Polygon, border: LineString
) -> None:
    prepared = prepare_border(to_degrees(border), PLANE)
    # Where the two only touch, nothing or a point is shared, and rounding may tangle.
    shapes = only_polygons(np.array([ground, more, ground | more, ground & more]))
    one, other, both, shared = (
        depth_km(shape, prepared).depth_km
        for shape in clean(np.array([to_degrees(shape) for shape in shapes]))[0]
    )
    assert both == pytest.approx(max(one, other), abs=0.0011)
    assert not shared > min(one, other) + 0.0011  # nothing shared has no depth


@few
@given(grounds(), borders(), st.floats(0.01, 100))
def test_tolerance_is_kept(
    ground: Polygon, border: LineString, tolerance_m: float
) -> None:
    rough = depth_in_plane(ground, border, tolerance_m=tolerance_m)
    fine = depth_in_plane(ground, border, tolerance_m=0.01)
    assert 0 <= rough.error_m <= tolerance_m
    excess_m = (fine.depth_km - rough.depth_km) * 1e3
    assert -0.2 <= excess_m <= rough.error_m + 0.2


@pytest.mark.parametrize("angle", [0, 13, 45])
@pytest.mark.parametrize("name", ["channel", "between two borders", "rectangle"])
def test_level_ridges_and_edges_are_not_searched_metre_by_metre(
    name: str, angle: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawing = next(d for d in GALLERY if d.name == name)
    ground, border = (
        rotate(shape, angle, origin=(0.4, 0.1))
        for shape in (drawing.ground_km, drawing.border_km)
    )
    cut: list[BaseGeometry] = []

    def counted(piece: BaseGeometry, *box: float) -> BaseGeometry:
        cut.append(piece)
        return clip_by_rect(piece, *box)

    clip_by_rect = shapely.clip_by_rect
    monkeypatch.setattr(shapely, "clip_by_rect", counted)
    assert depth_in_plane(ground, border).depth_km == pytest.approx(
        drawing.depth_km, abs=0.0011
    )
    assert len(cut) < 4 * 500


def test_depth_of_sections_is_that_of_the_deepest() -> None:
    for drawing in GALLERY:
        parts = shapely.get_parts(drawing.ground_km)
        depths = [depth_in_plane(part, drawing.border_km).depth_km for part in parts]
        assert max(depths) == pytest.approx(drawing.depth_km, abs=0.0011)


# Forms of input


def test_prepared_border_gives_the_same() -> None:
    drawing = GALLERY[1]
    own = prepare_border(drawing.border, measuring_crs(drawing.ground))
    assert depth_km(drawing.ground, own) == depth_km(drawing.ground, drawing.border)


@pytest.mark.parametrize("empty", [Polygon(), MultiPolygon(), GeometryCollection()])
def test_no_ground_has_no_depth(empty: BaseGeometry) -> None:
    found = depth_km(empty, to_degrees(STRAIGHT))
    assert np.isnan([found.depth_km, found.error_m]).all()
    assert found.witness is found.border_point is None


def test_ground_on_the_border_only_has_next_to_none() -> None:
    sliver = to_degrees(box(-1, 0, 1, 1e-4))
    assert 0 <= depth_km(sliver, to_degrees(STRAIGHT)).depth_km < 2e-3


def test_collections_overlaps_heights_and_stray_lines() -> None:
    low, high = to_degrees(box(0, 0, 2, 3)), to_degrees(box(1, 1, 3, 5))
    stray = to_degrees(LineString([(0, 0), (0, 30)]))
    several: BaseGeometry = MultiPolygon([box(35.2, 51.3, 35.201, 51.301)])
    nested: BaseGeometry = GeometryCollection([high, stray, several])
    ground = GeometryCollection([shapely.force_3d(low), nested])
    found = depth_km(ground, shapely.force_3d(to_degrees(STRAIGHT)))
    assert found.depth_km == pytest.approx(5, abs=0.0011)
    assert found.witness is not None
    assert not found.witness.has_z


def test_ground_on_the_other_side_counts() -> None:
    both_sides = MultiPolygon([box(-4, 0, -1, 3), box(1, -8, 2, 0)])
    assert depth_in_plane(both_sides, STRAIGHT).depth_km == pytest.approx(8, abs=0.0011)


def test_border_in_parts_and_with_repeated_vertices() -> None:
    whole = to_degrees(STRAIGHT)
    xy = shapely.get_coordinates(whole).repeat(2, axis=0)
    parts = MultiLineString([xy[:100], xy[100:]])
    ground = to_degrees(box(-1, 0, 1, 7))
    assert depth_km(ground, parts).depth_km == pytest.approx(
        depth_km(ground, whole).depth_km, abs=1e-6
    )


def test_closed_border_may_be_a_ring() -> None:
    square = to_degrees(box(-3, -3, 3, 3))
    ring = square.boundary
    assert isinstance(ring, shapely.LineString)
    ring = shapely.LinearRing(ring.coords)
    assert depth_km(square, ring).depth_km == pytest.approx(3, abs=0.0011)


def test_edges_are_straight_in_degrees() -> None:
    # In the plane the parallel bows by 470 m over these 140 km.
    parallel = LineString([(34, 51), (36, 51)])
    found = depth_km(box(34.95, 51, 35.05, 51.1), parallel)
    _, _, meridian_m = GEOD.inv(35, 51, 35, 51.1)
    assert found.depth_km == pytest.approx(meridian_m / 1e3, abs=0.002)


def test_hole_that_touches_an_edge_survives_the_projection() -> None:
    ground = Polygon(
        [(35, 51), (35.2, 51), (35.2, 51.1), (35, 51.1)],
        [[(35.1025, 51.1), (35.05, 51.05), (35.15, 51.05)]],
    )
    assert ground.is_valid
    border = LineString([(34.5, 51), (35.7, 51)])
    assert depth_km(ground, border).depth_km == pytest.approx(11.126, abs=0.002)


def test_input_is_not_changed() -> None:
    drawing = GALLERY[5]
    ground, border = drawing.ground, drawing.border
    before = shapely.to_wkb([ground, border]).tolist()
    depth_km(ground, border)
    assert shapely.to_wkb([ground, border]).tolist() == before


# Errors

GROUND, BORDER = box(35, 51, 35.1, 51.1), LineString([(34, 51), (36, 51)])


@pytest.mark.parametrize("tolerance_m", [0, -1, 0.001, np.nan, np.inf])
def test_tolerance_must_be_positive_and_finite(tolerance_m: float) -> None:
    with pytest.raises(OptionError, match=r"Expected 0.01 or more, in metres\. Leave"):
        depth_km(GROUND, BORDER, tolerance_m=tolerance_m)


@pytest.mark.parametrize(
    "border", [Point(35, 51), GROUND, LineString(), LineString([(35, 51), (35, 51)])]
)
@pytest.mark.parametrize("ground", [GROUND, Polygon()], ids=["ground", "none"])
def test_border_must_be_a_line(border: BaseGeometry, ground: BaseGeometry) -> None:
    with pytest.raises(ReferenceDataError, match=r"Expected a LineString .* Pass"):
        depth_km(ground, border)


@pytest.mark.parametrize("bad", [(np.nan, 51), (np.inf, 51), (3_900_000, 6_600_000)])
def test_coordinates_must_be_degrees(bad: tuple[float, float]) -> None:
    with np.errstate(invalid="ignore"):
        border = LineString([(34, 51), bad, (36, 51)])
        ground = Polygon([(35, 51), bad, (35.1, 51.1)])
    with pytest.raises(
        ReferenceDataError, match=r"The border leaves .* vertex at .*to_crs"
    ):
        depth_km(GROUND, border)
    with pytest.raises(GeometryError, match=r"The ground leaves .* vertex at .* Pass"):
        depth_km(ground, BORDER)


@pytest.mark.parametrize(
    "ground", [Point(35, 51), LineString(), BORDER, None, [GROUND]]
)
def test_ground_must_be_polygons(ground: BaseGeometry) -> None:
    with pytest.raises(GeometryError, match=r"Expected a Polygon, .* Pass `frame"):
        depth_km(ground, BORDER)


def test_ground_must_be_valid() -> None:
    bow_tie = Polygon([(35, 51), (35.1, 51.1), (35.1, 51), (35, 51.1)])
    with pytest.raises(
        GeometryError, match=r"Self-intersection.* `kursk_geo.geometry.clean`"
    ):
        depth_km(bow_tie, BORDER)


def test_projection_must_be_in_metres() -> None:
    with pytest.raises(OptionError, match="Expected one in metres"):
        prepare_border(BORDER, pyproj.CRS("EPSG:4326"))
    with pytest.raises(OptionError, match="Expected one in metres"):
        prepare_border(BORDER, pyproj.CRS("EPSG:2263"))


def test_a_hole_that_bows_out_of_the_ground_once_projected() -> None:
    """Its corner lies between two vertices of a long edge, which bows by 3 mm there."""
    hole = [(34.5012, 51.0), (34.9012, 51.05), (34.2012, 51.05)]
    shell = [(34.0, 51.0), (37.003, 51.0), (37.003, 51.6), (34.0, 51.6)]
    border = LineString([(33.9, 50.5), (37.2, 50.5)])
    found = depth_km(Polygon(shell, [hole]), border)
    whole = depth_km(Polygon(shell), border)
    assert found.depth_km == pytest.approx(whole.depth_km, abs=0.001)


def test_a_cut_that_goes_wrong_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cutting by a rectangle gives no warning where it loses ground."""
    drawing = next(d for d in GALLERY if d.name == "channel")
    known = depth_km(drawing.ground, drawing.border)
    monkeypatch.setattr(shapely, "clip_by_rect", lambda *_: shapely.Polygon())
    found = depth_km(drawing.ground, drawing.border)
    assert found.depth_km == pytest.approx(known.depth_km, abs=0.001)
    assert found.error_m <= 1


def test_several_grounds_in_one_pass_are_as_one_by_one() -> None:
    grounds = [d.ground for d in GALLERY]
    prepared = prepare_border(GALLERY[0].border, PLANE)
    polygons, ground = explode(as_array(grounds))
    found = depths_km(polygons, ground, prepared)
    assert found == [depth_km(one, prepared) for one in grounds]
