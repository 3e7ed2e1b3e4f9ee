import math
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import GeometryCollection, LineString, MultiPolygon, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from gallery import GALLERY, Drawing
from kursk_geo.area import area_km2
from kursk_geo.errors import OptionError
from kursk_geo.geometry import as_array
from plain_maps import ellipsoid_km2
from strategies import stars

# Maps are drawn anywhere, also where no theatre is, and of any side.
pytestmark = pytest.mark.filterwarnings("ignore:(None of these|These) maps")

GEOD = pyproj.Geod(ellps="WGS84")
SPHERE_M = 6_378_137.0
EQUATOR_M = 6_378_137.0
FLATTENING = 1 / 298.257223563


def measured(shape: BaseGeometry, method: str = "geodesic") -> float:
    return float(area_km2(as_array([shape]), area_method=method)[0])  # type: ignore[arg-type]


# Oracles of our own


def cell_on_sphere_km2(west: float, south: float, east: float, north: float) -> float:
    """A cell between two meridians and two parallels."""
    height = math.sin(math.radians(north)) - math.sin(math.radians(south))
    return SPHERE_M**2 * math.radians(east - west) * height / 1e6


def cell_on_ellipsoid_km2(
    west: float, south: float, east: float, north: float
) -> float:
    """The same on WGS 84, from the closed form of the authalic latitude."""
    e = math.sqrt(FLATTENING * (2 - FLATTENING))
    b_m = EQUATOR_M * (1 - FLATTENING)

    def zone(lat: float) -> float:
        s = math.sin(math.radians(lat))
        return s / (1 - (e * s) ** 2) + math.atanh(e * s) / e

    return b_m**2 / 2 * math.radians(east - west) * (zone(north) - zone(south)) / 1e6


def rings_on_sphere_km2(shape: BaseGeometry) -> float:
    """Each edge's trapezoid down to the equator, in a loop; shells minus holes."""

    def ring(points: list[tuple[float, ...]]) -> float:
        strips = [
            (math.radians(b[0]) - math.radians(a[0]))
            * (math.sin(math.radians(a[1])) + math.sin(math.radians(b[1])))
            / 2
            for a, b in pairwise(points)
        ]
        return abs(math.fsum(strips)) * SPHERE_M**2 / 1e6

    return math.fsum(
        ring(list(part.exterior.coords))
        - math.fsum(ring(list(hole.coords)) for hole in part.interiors)
        for part in getattr(shape, "geoms", [shape])
    )


# Known answers


@pytest.mark.parametrize(
    "cell",
    [
        (35.0, 51.0, 35.1, 51.1),
        (-0.5, -0.5, 0.5, 0.5),
        (36, 46, 40, 52),
        (20, 0, 21, 89),
    ],
)
def test_cells_of_the_sphere(cell: tuple[float, float, float, float]) -> None:
    assert measured(box(*cell), "spherical") == pytest.approx(
        cell_on_sphere_km2(*cell), rel=1e-12
    )


@pytest.mark.parametrize(
    "cell", [(35.0, 51.0, 35.1, 51.1), (-0.5, -0.5, 0.5, 0.5), (36, 46, 40, 52)]
)
def test_cells_of_the_ellipsoid(cell: tuple[float, float, float, float]) -> None:
    # Edges are geodesics, which leave a parallel: in short steps, by next to nothing.
    short = shapely.segmentize(box(*cell), 0.0005)
    assert measured(short) == pytest.approx(cell_on_ellipsoid_km2(*cell), rel=1e-9)


def test_the_whole_earth_in_eight_octants() -> None:
    total = 8 * cell_on_ellipsoid_km2(0, 0, 90, 90)
    assert total == pytest.approx(510_065_621.7, abs=0.1)  # Moritz (1980), GRS 80 alike
    octant = Polygon([(0, 0), (90, 0), (0, 90)])
    assert 8 * measured(octant) == pytest.approx(total, rel=1e-6)


@pytest.mark.parametrize("drawing", GALLERY, ids=lambda d: d.name)
def test_drawings_keep_their_area(drawing: Drawing) -> None:
    assert measured(drawing.ground) == pytest.approx(drawing.area_km2, rel=1e-6)


# Against Geod and the sphere, to nine digits


@given(stars())
def test_geodesic_area_against_geod_ring_by_ring(shape: BaseGeometry) -> None:
    assert measured(shape) == pytest.approx(ellipsoid_km2(shape), rel=1e-9)


@given(stars())
def test_spherical_area_against_a_plain_loop(shape: BaseGeometry) -> None:
    expected = rings_on_sphere_km2(shape)
    assert measured(shape, "spherical") == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("method", ["geodesic", "spherical"])
@given(stars(), st.data())
def test_neither_winding_nor_the_first_vertex_matters(
    method: str, shape: BaseGeometry, data: st.DataObject
) -> None:
    def turned(ring: shapely.LinearRing) -> list[tuple[float, ...]]:
        points = list(ring.coords)[:-1]
        first = data.draw(st.integers(0, len(points) - 1))
        points = points[first:] + points[:first]
        return points[::-1] if data.draw(st.booleans()) else points

    assert isinstance(shape, Polygon)
    other = Polygon(turned(shape.exterior), [turned(hole) for hole in shape.interiors])
    assert measured(other, method) == pytest.approx(measured(shape, method), rel=1e-9)


@pytest.mark.parametrize("method", ["geodesic", "spherical"])
def test_holes_that_wind_like_the_shell_are_taken_away(method: str) -> None:
    shell, hole = box(35, 51, 36, 52, ccw=True), box(35.2, 51.2, 35.7, 51.7, ccw=True)
    ring = Polygon(shell.exterior, [hole.exterior])
    assert (
        GEOD.geometry_area_perimeter(ring)[0] > GEOD.geometry_area_perimeter(shell)[0]
    )
    expected = measured(shell, method) - measured(hole, method)
    assert measured(ring, method) == pytest.approx(expected, rel=1e-12)


# What it counts


@pytest.mark.parametrize("method", ["geodesic", "spherical"])
def test_each_geometry_by_itself_overlaps_and_all(method: str) -> None:
    cell = box(35, 51, 35.1, 51.1)
    overlapping = MultiPolygon([cell, cell])
    areas = area_km2(as_array([cell, cell, overlapping]), area_method=method)  # type: ignore[arg-type]
    assert areas[0] == areas[1]
    assert areas[2] == pytest.approx(2 * areas[0])


@pytest.mark.parametrize("method", ["geodesic", "spherical"])
@pytest.mark.parametrize(
    "nothing",
    [Polygon(), MultiPolygon(), GeometryCollection(), Point(35, 51), None,
     LineString([(35, 51), (36, 52)])],
)  # fmt: skip
def test_what_is_no_polygon_has_no_area(
    method: str, nothing: BaseGeometry | None
) -> None:
    cell = box(35, 51, 35.1, 51.1)
    areas = area_km2(np.array([nothing, cell], dtype=object), area_method=method)  # type: ignore[arg-type]
    assert areas[0] == 0
    assert areas[1] == measured(cell, method)
    assert area_km2(as_array([]), area_method=method).tolist() == []  # type: ignore[arg-type]


def test_polygons_in_collections_count() -> None:
    cell, other = box(35, 51, 35.1, 51.1), box(36, 51, 36.1, 51.1)
    mixed = GeometryCollection([cell, Point(0, 0), MultiPolygon([other])])
    assert measured(mixed) == pytest.approx(measured(cell) + measured(other))


def test_a_series_is_as_good_as_an_array() -> None:
    cells = gpd.GeoSeries([box(35, 51, 35.1, 51.1), None], index=["a", "b"], crs=4326)
    assert area_km2(cells).round(3).tolist() == [78.01, 0]


@given(stars(), stars())
def test_area_adds_up(one: BaseGeometry, other: BaseGeometry) -> None:
    common = measured(one.intersection(other))
    union = measured(one.union(other))
    # Edges get a vertex where they cross. Between two a geodesic bows away from the
    # straight line of GeoJSON: over 12 km by 3 m.
    assert union + common == pytest.approx(measured(one) + measured(other), rel=5e-4)


def test_an_unknown_method_is_refused_also_for_nothing() -> None:
    for shapes in ([], [box(35, 51, 36, 52)]):
        with pytest.raises(
            OptionError, match=r"'planar' is not known\. Expected one of: geod"
        ):
            area_km2(as_array(shapes), area_method="planar")  # type: ignore[arg-type]
