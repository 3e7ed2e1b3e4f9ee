"""Shapes read, cleaned and clipped; the plane that lengths are measured in."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from hashlib import sha256
from itertools import chain
from typing import Any, Literal, TypeAlias, TypeVar
from warnings import warn

import msgspec
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.enums import TransformDirection as Direction
from shapely.geometry.base import BaseGeometry

from kursk_geo.errors import GeometryError, SourceWarning

WGS84 = "EPSG:4326"
GEOD = pyproj.Geod(ellps="WGS84")

EDGE_STEP = 0.005
"""Edges are cut at this step before they are projected. [degrees]"""

Coordinates = NDArray[np.float64]
Shapes = TypeVar("Shapes", bound=BaseGeometry | NDArray[np.object_])


def measuring_crs(geometry: BaseGeometry) -> pyproj.CRS:
    """
    Local equal-area azimuthal projection, centred on a geometry.

    Parameters
    ----------
    geometry : shapely geometry
        Region, border or ground, in EPSG:4326.

    Returns
    -------
    pyproj.CRS
        Lambert azimuthal equal-area on WGS 84, in metres. Lengths are off by less
        than 0.02 % within 250 km of the centre.

    Raises
    ------
    GeometryError
        If the geometry is empty.

    References
    ----------
    Snyder, J. P. (1987). Map Projections: A Working Manual. USGS Professional Paper
    1395, p. 182.

    Examples
    --------
    >>> measuring_crs(shapely.box(34, 51, 36, 52)).coordinate_operation.method_name
    'Lambert Azimuthal Equal Area'
    """
    if geometry.is_empty:
        msg = "An empty geometry has no centre. Expected ground, a border or a region."
        raise GeometryError(msg)
    west, south, east, north = geometry.bounds
    if east - west > HALF_TURN:  # on both sides of the antimeridian, most likely
        turned = shapely.get_coordinates(geometry)[:, 0] % TURN
        if np.ptp(turned) < east - west:
            west, east = turned.min(), turned.max()
    lon, lat = round((west + east) / 2, 4), round((south + north) / 2, 4)
    return pyproj.CRS.from_proj4(
        f"+proj=laea +lat_0={lat} +lon_0={lon} +datum=WGS84 +units=m"
    )


@lru_cache(maxsize=32)
def _transformer(srs: str) -> pyproj.Transformer:  # a CRS is hashed in 0.2 ms
    return pyproj.Transformer.from_crs(WGS84, srs, always_xy=True)


def _transform(
    crs: pyproj.CRS, xy: Coordinates, direction: Direction = Direction.FORWARD
) -> Coordinates:
    # pyproj takes an array of one for a number, of which numpy warns: a list, then.
    x, y = xy.T if len(xy) > 1 else xy.T.tolist()
    return np.column_stack(_transformer(crs.srs).transform(x, y, direction=direction))


def project(geometries: Shapes, crs: pyproj.CRS) -> Shapes:
    """
    Project geometries from EPSG:4326.

    Parameters
    ----------
    geometries : shapely geometry or ndarray of them
    crs : pyproj.CRS
        As `measuring_crs` gives it.

    Returns
    -------
    shapely geometry or ndarray of them
        In metres, of the shape of the input.

    Raises
    ------
    TypeError
        If an entry is no geometry.

    Examples
    --------
    >>> crs = measuring_crs(shapely.Point(35, 51))
    >>> project(shapely.Point(35, 51), crs).coords[0]
    (0.0, 0.0)
    """
    return shapely.transform(geometries, partial(_transform, crs))  # type: ignore[type-var]  # one in, one out; many in, many out


def draw_plane(geometries: Shapes, crs: pyproj.CRS) -> Shapes:
    """
    Project shapes with their edges straight in longitude and latitude.

    Parameters
    ----------
    geometries : shapely geometry or ndarray of them
        In EPSG:4326.
    crs : pyproj.CRS
        As `measuring_crs` gives it.

    Returns
    -------
    shapely geometry or ndarray of them
        In metres, with vertices along the edges.

    Raises
    ------
    TypeError
        If an entry is no geometry.

    Notes
    -----
    Edges are straight in longitude and latitude (RFC 7946, section 3.1.1) and bow in
    the plane: 10 km by 2.5 m, 140 km by 470 m; steps of 0.005 degrees by 3 mm.

    Examples
    --------
    >>> crs = measuring_crs(shapely.Point(35, 51))
    >>> len(draw_plane(shapely.LineString([(35, 51), (35.01, 51)]), crs).coords)
    3
    """
    return project(shapely.segmentize(geometries, EDGE_STEP), crs)  # type: ignore[type-var]  # as in `project`


def unproject(geometries: Shapes, crs: pyproj.CRS) -> Shapes:
    """
    Bring projected geometries back to EPSG:4326.

    Parameters
    ----------
    geometries : shapely geometry or ndarray of them
        In metres of `crs`.
    crs : pyproj.CRS

    Returns
    -------
    shapely geometry or ndarray of them
        Longitude and latitude, of the shape of the input. [degrees]

    Raises
    ------
    TypeError
        If an entry is no geometry.

    Examples
    --------
    >>> crs = measuring_crs(shapely.Point(35, 51))
    >>> unproject(shapely.Point(0, 0), crs).coords[0]
    (35.0, 51.0)
    """
    backwards = partial(_transform, crs, direction=Direction.INVERSE)
    return shapely.transform(geometries, backwards)  # type: ignore[type-var]  # as in `project`


Geometries: TypeAlias = NDArray[np.object_]

EQUAL_AREA = pyproj.CRS.from_epsg(6933)
"""Of the whole world, so that an area does not depend on what is measured beside it."""


def as_array(geometries: Iterable[BaseGeometry | None]) -> Geometries:
    """
    An object array of geometries, one entry each.

    Parameters
    ----------
    geometries : iterable of shapely geometries, length n

    Returns
    -------
    ndarray of shapely geometries, shape (n,)
        Also where `numpy.array` would look for coordinates within them.

    Raises
    ------
    Nothing
        Any object can stand in an array.

    Examples
    --------
    >>> as_array([]).shape
    (0,)
    """
    members = list(geometries)
    array: Geometries = np.empty(len(members), dtype=object)
    array[:] = members
    return array


def orient(geometries: Geometries) -> Geometries:
    """
    Wind shells counter-clockwise and holes clockwise (RFC 7946, section 3.1.6).

    Parameters
    ----------
    geometries : ndarray of shapely geometries, shape (n,)
        Polygons, in any order of vertices.

    Returns
    -------
    ndarray of shapely geometries, shape (n,)

    Raises
    ------
    TypeError
        If an entry is no geometry.

    Notes
    -----
    In DeepState's archive holes wind like the shell in 3,830 of 3,866 polygons;
    `pyproj.Geod` adds such holes instead of subtracting them.

    Examples
    --------
    >>> box = shapely.box(0, 0, 1, 1, ccw=False)
    >>> bool(shapely.is_ccw(shapely.get_exterior_ring(orient(np.array([box])))[0]))
    True
    >>> orient(np.array([], dtype=object)).size
    0
    """
    return np.asarray(shapely.orient_polygons(geometries))


def only_polygons(geometries: Geometries) -> Geometries:
    """
    Keep the areal part of each geometry.

    Parameters
    ----------
    geometries : ndarray of shapely geometries, shape (n,)

    Returns
    -------
    ndarray of Polygon or MultiPolygon, shape (n,)
        Empty polygons where nothing areal was left.

    Raises
    ------
    TypeError
        If an entry is no geometry.

    Examples
    --------
    >>> line = shapely.LineString([(0, 0), (1, 1)])
    >>> bool(only_polygons(np.array([line], dtype=object))[0].is_empty)
    True
    """
    result = np.array(geometries, dtype=object)
    areal = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
    for position in np.flatnonzero(~np.isin(shapely.get_type_id(result), areal)):
        parts = explode(result[[position]])[0]
        areas = shapely.multipolygons(parts) if len(parts) else shapely.Polygon()
        result[position] = areas
    return result


def explode(geometries: Geometries) -> tuple[Geometries, NDArray[np.intp]]:
    """
    Split geometries into their polygons, whatever collections they stand in.

    Parameters
    ----------
    geometries : ndarray of shapely geometries, shape (n,)

    Returns
    -------
    polygons : ndarray of Polygon, shape (m,)
        Non-empty. Points and lines are left out.
    position : ndarray of int, shape (m,)
        The entry of `geometries` that each polygon comes from.

    Raises
    ------
    TypeError
        If an entry is no geometry.

    Examples
    --------
    >>> box = shapely.box(0, 0, 1, 1)
    >>> nested = shapely.GeometryCollection([box, shapely.MultiPolygon([box])])
    >>> explode(np.array([nested], dtype=object))[1].tolist()
    [0, 0]
    """
    # A copy: tables lend their columns read-only, which shapely 2.1 cannot take.
    whole = np.array(geometries, dtype=object)
    parts, position = shapely.get_parts(whole, return_index=True)
    while (shapely.get_type_id(parts) > shapely.GeometryType.POLYGON).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        position = position[inner]
    areal = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    areal &= ~shapely.is_empty(parts)
    return parts[areal], position[areal]


def faults(polygons: Geometries) -> NDArray[np.object_]:
    """
    Why polygons cannot be measured, before any of them is touched.

    Parameters
    ----------
    polygons : ndarray of Polygon, shape (n,)

    Returns
    -------
    ndarray of str, shape (n,)
        "" where nothing is wrong.

    Raises
    ------
    TypeError
        If an entry is no geometry.

    Examples
    --------
    >>> faults(np.array([shapely.box(0, 0, 1, 1), shapely.Polygon()])).tolist()
    ['', 'a polygon without points']
    """
    found = np.full(len(polygons), "", dtype=object)
    degrees, owner = shapely.get_coordinates(polygons, return_index=True)
    found[owner[~np.isfinite(degrees).all(axis=1)]] = "coordinates that are no numbers"
    rings, owner = shapely.get_rings(polygons, return_index=True)
    found[owner[shapely.is_empty(rings)]] = "a ring without points"
    found[shapely.is_empty(polygons)] = "a polygon without points"
    return found


def misshapen(shape: object, *kinds: str, loose: bool = False) -> str:
    """
    What is wrong with a shape that somebody gave; nothing where nothing is.

    Parameters
    ----------
    shape : object
        Should be a valid geometry in EPSG:4326.
    *kinds : str
        Names of shapely's classes, of which it should be one.
    loose : bool, default False
        Whether it may be empty, and its polygons overlap.

    Returns
    -------
    str
        As it stands after the name of the shape: "is a Point".

    Examples
    --------
    >>> misshapen(shapely.Point(35, 51), "Polygon", "MultiPolygon")
    'is a Point'
    >>> misshapen(shapely.Point(35, 51), "Point")
    ''
    """
    known = tuple(getattr(shapely, kind) for kind in kinds)
    if not isinstance(shape, BaseGeometry) or not isinstance(shape, known):
        return f"is a {type(shape).__name__}"
    if shape.is_empty:
        return "" if loose else "is empty"
    xy = shapely.get_coordinates(shape)
    outside = xy[~(np.abs(xy) <= (HALF_TURN, 90.0)).all(axis=1)]
    if len(outside):
        where = outside[0].tolist()
        return f"leaves longitude ±180 or latitude ±90, with a vertex at {where}"
    whole = as_array([shape])
    parts = explode(whole)[0] if loose else whole
    reasons = shapely.is_valid_reason(parts[~shapely.is_valid(parts)])
    return f"is invalid ({reasons[0]})" if len(reasons) else ""


def clean(geometries: Geometries) -> tuple[Geometries, NDArray[np.float64]]:
    """
    Make polygons two-dimensional, valid and oriented.

    Parameters
    ----------
    geometries : ndarray of Polygon or MultiPolygon, shape (n,)
        In EPSG:4326.

    Returns
    -------
    cleaned : ndarray of Polygon or MultiPolygon, shape (n,)
    repair_km2 : ndarray of float, shape (n,)
        Area after the repair minus area before (shell minus holes); 0 where the
        polygon was valid. [km²]

    Raises
    ------
    TypeError
        If an entry is no geometry.

    Notes
    -----
    Repairs follow GEOS "structure": shells are united, then holes are taken away. A
    hole outside its shell is left out; GEOS would turn it into ground. What is
    `tangled`, or cannot be repaired, becomes empty.

    Examples
    --------
    >>> cleaned, repair_km2 = clean(np.array([shapely.box(0, 0, 1, 1)]))
    >>> repair_km2.tolist()
    [0.0]
    """
    flat = shapely.force_2d(geometries)
    invalid = ~shapely.is_valid(flat)
    repair_km2 = np.zeros(len(flat))
    if invalid.any():
        broken = flat[invalid]
        broken[tangled(broken)] = shapely.Polygon()
        mended = only_polygons(_mended(broken))
        flat = flat.copy()
        flat[invalid] = mended
        # In an equal-area plane: what is broken has no area on the ellipsoid.
        after_m2, before_m2 = (
            shapely.area(project(shapes, EQUAL_AREA)) for shapes in (mended, broken)
        )
        repair_km2[invalid] = after_m2 / 1e6 - before_m2 / 1e6
    return orient(flat), repair_km2


def tangled(geometries: Geometries) -> NDArray[np.bool_]:
    """
    Whether outlines cross themselves more often than they have corners.

    No ground looks so, and a repair would cost the square of what a file costs: 286 s
    for 50 kB.
    """
    found = np.zeros(len(geometries), dtype=bool)
    for position, shape in enumerate(geometries):
        xy, ring = shapely.get_coordinates(shapely.get_rings(shape), return_index=True)
        edges = np.stack([xy[:-1], xy[1:]], axis=1)[ring[1:] == ring[:-1]]
        lines = np.asarray(shapely.linestrings(edges))
        index = shapely.STRtree(lines)
        meetings = 0
        for some in np.array_split(lines, max(1, len(lines) // 64)):
            meetings += index.query(some, predicate="intersects").shape[1]
            # Each meets itself and its two neighbours; each crossing is met twice.
            if meetings > 5 * len(lines):
                found[position] = True
                break
    return found


def _mended(polygons: Geometries) -> Geometries:
    """Valid polygons; one that GEOS itself fails at becomes empty."""
    try:
        some = as_array(map(_without_stray_holes, polygons))
        found = shapely.make_valid(some, method="structure", keep_collapsed=False)
    except shapely.GEOSException:
        if len(polygons) == 1:
            return as_array([shapely.Polygon()])
        return np.concatenate(
            [_mended(polygons[i : i + 1]) for i in range(len(polygons))]
        )
    return np.asarray(found)


def _without_stray_holes(shape: BaseGeometry) -> BaseGeometry:
    """A polygon without the holes that lie outside its shell: GEOS would fill them."""
    if not isinstance(shape, shapely.Polygon) or not shape.interiors:
        return shape
    shell, *holes = shapely.make_valid(
        shapely.polygons([shape.exterior, *shape.interiors]), method="structure"
    )
    inside = zip(shape.interiors, shapely.intersects(shell, holes), strict=True)
    return shapely.Polygon(shape.exterior, [hole for hole, meets in inside if meets])


def clip(geometries: Geometries, region: BaseGeometry) -> Geometries:
    """
    Cut geometries to a region.

    Parameters
    ----------
    geometries : ndarray of Polygon or MultiPolygon, shape (n,)
        Valid, in the coordinates of `region`.
    region : Polygon or MultiPolygon

    Returns
    -------
    ndarray of Polygon or MultiPolygon, shape (n,)
        Empty where a geometry lies outside or only touches. Those that lie within
        come back as they were, vertex for vertex.

    Raises
    ------
    TypeError
        If an entry is no geometry.

    Examples
    --------
    >>> inside, outside = shapely.box(0, 0, 1, 1), shapely.box(9, 9, 10, 10)
    >>> clip(np.array([inside, outside]), shapely.box(0, 0, 5, 5)).tolist()
    [<POLYGON ((1 0, 1 1, 0 1, 0 0, 1 0))>, <POLYGON EMPTY>]
    """
    # A copy of its own: to prepare what threads share ends the process.
    region = shapely.force_2d(region)
    shapely.prepare(region)
    result = np.full(len(geometries), shapely.Polygon(), dtype=object)
    within = shapely.covers(region, geometries)
    result[within] = geometries[within]
    crossing = shapely.intersects(region, geometries) & ~within
    if crossing.any():
        cut = shapely.intersection(geometries[crossing], region)
        result[crossing] = orient(only_polygons(cut))
    return result


def geometry_ids(geometries: Geometries) -> NDArray[np.object_]:
    """
    Name each geometry by its content.

    Parameters
    ----------
    geometries : ndarray of shapely geometries, shape (n,)

    Returns
    -------
    ndarray of str, shape (n,)
        The first 16 hexadecimal digits of the SHA-256 of the little-endian WKB.

    Raises
    ------
    TypeError
        If an entry is no geometry.

    Examples
    --------
    >>> geometry_ids(np.array([shapely.box(0, 0, 1, 1)])).tolist()
    ['263617cf4a06f1ff']
    """
    blobs = shapely.to_wkb(geometries, byte_order=1)
    return np.array([sha256(blob).hexdigest()[:16] for blob in blobs], dtype=object)


def unwound(geometries: Geometries) -> tuple[Geometries, list[str]]:
    """
    Bring home longitudes that wind past 180 degrees or jump across it.

    Parameters
    ----------
    geometries : ndarray of Polygon or LineString (or Multi-), shape (n,)
        In degrees. Shapes that cross the antimeridian may leave ±180 (179 to 181), or
        jump (179 to -179); a whole shape may be wound by a turn (395 for 35).

    Returns
    -------
    geometries : ndarray of shapely geometries, shape (n,)
        Within longitude ±180, cut in two at the antimeridian (RFC 7946, 3.1.9); those
        that need nothing come back as they were.
    reasons : list of str, length n
        Why a geometry cannot be brought home; "" where it can or need not.

    Raises
    ------
    TypeError
        If an entry is no geometry.

    Notes
    -----
    A step of more than 300 degrees from one vertex to the next is taken the short way
    round; one of just 360 (the frame of a world map) is left. Steps of 180 to 300 may
    mean either way.

    Examples
    --------
    >>> across = shapely.Polygon([(179, -17), (-179, -17), (-179, -16), (179, -16)])
    >>> halves, reasons = unwound(np.array([across]))
    >>> halves[0].bounds, halves[0].area, reasons
    ((-180.0, -17.0, 180.0, -16.0), 2.0, [''])
    """
    result = np.array(geometries, dtype=object)
    reasons = [""] * len(result)
    # Of every vertex: bounds are those of the shell, and a hole may lie anywhere.
    degrees, owner = shapely.get_coordinates(result, return_index=True)
    lon, lat = np.abs(degrees).T
    away = np.zeros(len(result), dtype=bool)
    away[owner[(lon > MOST_TURNS * TURN) | (lat > 90.0)]] = True
    west, _, east, _ = shapely.bounds(result).reshape(-1, 4).T
    odd = away | (east - west > HALF_TURN)
    odd[owner[lon > HALF_TURN]] = True
    for position in np.flatnonzero(odd):
        if away[position]:
            reasons[position] = "leaves longitude ±180 or latitude ±90"
            continue
        parts = shapely.get_parts(result[position])
        short = [_taken_short(part) for part in parts]
        if None in short:
            reasons[position] = (
                "goes round the globe, or has an edge longer than 180 degrees, which "
                "may mean either way"
            )
            continue
        pieces = [piece for part in short if part for piece in _split_at_180(part)]
        if not pieces:
            reasons[position] = "its points enclose no area"
            continue
        if not np.array_equal(as_array(pieces), parts):
            areal = isinstance(pieces[0], shapely.Polygon)
            join = shapely.multipolygons if areal else shapely.multilinestrings
            result[position] = join(pieces) if len(pieces) > 1 else pieces[0]
    return result, reasons


TURN, HALF_TURN = 360.0, 180.0
MOST_TURNS = 4.5
"""Public outlines are wound up to twice; more is no longitude at all."""
AT_POLE, POLAR = 89.0, 45.0
"""A ring round the globe nearer to the equator may hold either pole. [degrees]"""
LEAST_JUMP = 300.0
"""A step of more is a jump across the antimeridian. [degrees]"""


def _taken_short(shape: BaseGeometry) -> BaseGeometry | None:
    """A polygon or line with each jump taken the short way; None if it is unclear."""
    rings = [shape]
    if isinstance(shape, shapely.Polygon):
        rings = [shape.exterior, *shape.interiors]
    unrolled: list[Coordinates] = []
    for ring in rings:
        degrees = shapely.get_coordinates(ring)
        step = np.diff(degrees[:, 0])
        if ((np.abs(step) > HALF_TURN) & (np.abs(step) <= LEAST_JUMP)).any():
            return None
        turns = np.round(step / TURN)
        frame = np.abs(step) == TURN  # of a world map, there and back, or at a pole
        if not turns[frame].sum():
            turns[frame] = 0.0
        turns[np.abs(degrees[1:, 1]) > AT_POLE] = 0.0
        degrees[1:, 0] -= TURN * np.cumsum(turns)
        if ring.is_closed and abs(degrees[0, 0] - degrees[-1, 0]) > HALF_TURN:
            # Antarctica, as TopoJSON has it: a ring round a pole closes by way of it.
            if unrolled or np.abs(degrees[:, 1]).min() < POLAR:
                return None
            (first, lat), last = degrees[0], degrees[-1, 0]
            pole = np.copysign(90.0, lat)
            degrees = np.vstack([degrees, [[last, pole], [first, pole], [first, lat]]])
        if unrolled:  # a hole lies within its shell, on whatever turn that is
            middle = (unrolled[0][:, 0].min() + unrolled[0][:, 0].max()) / 2
            away = (degrees[:, 0].min() + degrees[:, 0].max()) / 2 - middle
            degrees[:, 0] -= TURN * np.round(away / TURN)
        unrolled.append(degrees)
    if isinstance(shape, shapely.Polygon):
        return shapely.Polygon(unrolled[0], unrolled[1:])
    return shapely.LineString(unrolled[0])


def _split_at_180(shape: BaseGeometry) -> list[BaseGeometry]:
    """The parts of a shape on each turn, brought home."""
    west, _, east, _ = shape.bounds
    first, last = (int((x + HALF_TURN) // TURN) for x in (west, east))
    if east == HALF_TURN + TURN * (last - 1):  # ends at 180, and does not pass it
        last -= 1
    pieces = [shape]
    if first < last:
        valid = shape if shape.is_valid else shapely.make_valid(shape)
        pieces = [
            shapely.intersection(valid, shapely.box(left, -90.0, left + TURN, 90.0))
            for left in TURN * np.arange(first, last + 1) - HALF_TURN
        ]
    home: list[BaseGeometry] = []
    for turn, piece in enumerate(pieces, start=first):
        degrees = shapely.get_coordinates(piece)
        if turn:  # 395.3 - 360 is 35.30000000000001
            degrees = np.round(degrees - (TURN * turn, 0.0), 9)
        back = shapely.set_coordinates(piece, degrees)
        home += [part for part in shapely.get_parts(back) if part.length]
    areal = isinstance(shape, shapely.Polygon)
    return [part for part in home if isinstance(part, shapely.Polygon) == areal]


# The one gate to GEOS: text of geometries, checked, becomes shapes

Ring: TypeAlias = list[list[float]]
Shape: TypeAlias = bytes | BaseGeometry | str | None
"""
GeoJSON text of a geometry, the geometry itself, why it cannot be read, or None where
there is none.
"""

NO_POINTS, NO_NUMBERS = "no points", "coordinates that are no numbers"


def read_polygons(
    geometries: Sequence[bytes | BaseGeometry], *, in_degrees: bool = True
) -> tuple[Geometries, NDArray[np.intp], dict[int, str]]:
    """
    Read the polygons of many geometries.

    Parameters
    ----------
    geometries : sequence of bytes or shapely geometry, length n
        GeoJSON text of a geometry, or the geometry itself.
    in_degrees : bool, default True
        Whether coordinates must lie within range; longitudes that go on beyond 180
        degrees are then unwound.

    Returns
    -------
    polygons : ndarray of Polygon, shape (m,)
        As they stand there, in two dimensions or three. Collections are taken apart;
        points and lines hold no ground and are left out.
    owner : ndarray of int, shape (m,)
        The geometry that each polygon comes from, sorted.
    reasons : dict of int to str
        Why a geometry could not be read.

    Raises
    ------
    TypeError
        If an entry is neither text nor geometry.

    Notes
    -----
    The one gate to GEOS: what comes out has rings of four points or more that close (an
    open one is closed), finite degrees within range, and no part or hole without
    points. A geometry of which one polygon does not is not read at all.

    Examples
    --------
    >>> text = b'{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}'
    >>> polygons, owner, reasons = read_polygons([text, b"null"])
    >>> len(polygons), owner.tolist(), list(reasons)
    (1, [0], [1])
    """
    reasons: dict[int, str] = {}
    rings: list[NDArray[np.float64]] = []
    sizes: list[int] = []  # how many rings each polygon of the texts has
    owners: list[int] = []
    drawn, positions = [], []
    for position, geometry in enumerate(geometries):
        if not isinstance(geometry, bytes):
            drawn.append(geometry)
            positions.append(position)
            continue
        try:
            found = [[_ring(one) for one in polygon] for polygon in _told(geometry)]
        except (ValueError, RecursionError) as error:  # of msgspec, of UTF-8, our own
            reasons[position] = why(error, geometry)
            continue
        rings += [ring for polygon in found for ring in polygon]
        sizes += map(len, found)
        owners += [position] * len(found)
    polygons, owner = explode(as_array(drawn))
    owner = np.array(positions, dtype=np.intp)[owner]
    wrong = faults(polygons)
    reasons |= {int(one): why for one, why in zip(owner, wrong, strict=True) if why}
    empty = shapely.is_empty(as_array(drawn))
    reasons |= dict.fromkeys(np.array(positions)[empty].tolist(), NO_POINTS)
    if rings:
        # All rings are made at once, eight times as fast as one by one.
        degrees = np.concatenate(rings)
        point_ring = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
        ring_polygon = np.repeat(np.arange(len(sizes)), sizes)
        closed = shapely.linearrings(degrees, indices=point_ring)
        told = np.asarray(shapely.polygons(closed, indices=ring_polygon))  # type: ignore[arg-type]
        polygons, owner = np.append(polygons, told), np.append(owner, owners)
        order = np.argsort(owner, kind="stable")
        polygons, owner = polygons[order], owner[order]
    good = ~np.isin(owner, list(reasons))
    polygons, owner = polygons[good], owner[good].astype(np.intp)
    if not in_degrees:
        return polygons, owner, reasons
    home, away = unwound(polygons)
    moved = sum(old is not new for old, new in zip(polygons, home, strict=True))
    if moved:
        msg = (
            f"Longitudes pass ±180 in {moved} of {len(polygons)} shapes: brought home "
            "by whole turns, and cut at 180."
        )
        warn(msg, SourceWarning, stacklevel=2)
    reasons |= {int(one): why for one, why in zip(owner, away, strict=True) if why}
    polygons, parts = explode(home)
    owner = owner[parts]
    good = ~np.isin(owner, list(reasons))
    return polygons[good], owner[good], reasons


def drawn(shape: Shape) -> BaseGeometry | str | None:
    """A shape of any kind, lines and points as well, or why it cannot be read."""
    if shape is None or isinstance(shape, str):
        return shape
    polygons, _, reasons = read_polygons([shape], in_degrees=False)
    if reasons:
        return reasons[0]
    if len(polygons):
        return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)
    if not isinstance(shape, bytes):
        finite = np.isfinite(shapely.get_coordinates(shape)).all()
        return shapely.force_2d(shape) if finite else NO_NUMBERS
    parts: list[BaseGeometry] = []
    try:
        for one in _simple(shape):
            make = shapely.LineString if "Line" in one.type else shapely.Point
            parts += [make(np.array(part)[..., :2]) for part in one.parts if part]
    except (ValueError, shapely.GEOSException) as error:
        return why(error, shape)
    return shapely.GeometryCollection(parts)


def why(error: Exception | str, text: bytes) -> str:
    """Why a text could not be decoded: first, whether it is one at all."""
    try:
        text.decode()
    except UnicodeDecodeError as wrong:
        return f"is not UTF-8 at byte {wrong.start:,} (save it as UTF-8)"
    if isinstance(error, RecursionError):
        return "nested too deep"
    told = str(error)
    return f"coordinates that are no numbers: {told}" if "`float`" in told else told


KINDS: Mapping[str, Any] = {
    "Point": list[float],
    "MultiPoint": Ring,
    "LineString": Ring,
    "MultiLineString": list[Ring],
    "Polygon": list[Ring],
    "MultiPolygon": list[list[Ring]],
    "GeometryCollection": list[Any],
}
"""What geometries are called in GeoJSON, and of what their coordinates are."""
NOT_TOLD = msgspec.Raw(b"[]")
_read = {kind: msgspec.json.Decoder(told).decode for kind, told in KINDS.items()}


class _Geometry(msgspec.Struct):
    """A geometry, whose coordinates are read when its type is known."""

    type: Literal[*KINDS]  # type: ignore[valid-type]
    coordinates: msgspec.Raw = NOT_TOLD
    geometries: list["_Geometry"] = []

    @property
    def parts(self) -> Any:  # noqa: ANN401  (as its type says)
        """Its polygons, lines or points."""
        told = _read[self.type](self.coordinates)
        return told if self.type.startswith("Multi") else [told]


_decode = msgspec.json.Decoder(_Geometry).decode


def _told(text: bytes) -> Iterator[list[Ring]]:
    """The polygons of the text of a geometry, rings of positions."""
    for shape in _simple(text):
        if "Polygon" in shape.type:
            if shape.coordinates is NOT_TOLD:
                reason = "a polygon without coordinates"
                raise ValueError(reason)
            parts = shape.parts
            if not parts or not all(parts):
                raise ValueError(NO_POINTS)
            yield from parts


def _simple(text: bytes) -> Iterator[_Geometry]:
    """The geometries of a text, collections taken apart."""
    waiting = [_decode(text)]
    while waiting:
        shape = waiting.pop(0)
        if shape.type == "GeometryCollection":
            waiting = [*shape.geometries, *waiting]
            if not waiting:
                raise ValueError(NO_POINTS)
        else:
            yield shape


def _ring(told: Ring) -> NDArray[np.float64]:
    """A ring as degrees, without heights; one that is left open is closed."""
    if told and told[0][:2] != told[-1][:2]:
        told = [*told, told[0]]
    if len(told) < 4:  # the first one repeated (RFC 7946, section 3.1.6)
        reason = f"a ring of {len(told)} points. Expected four or more, closed"
        raise ValueError(reason)
    widths = set(map(len, told))
    if min(widths) < 2:
        reason = f"a position of {min(widths)} numbers. Expected longitude and latitude"
        raise ValueError(reason)
    if len(widths) > 1:
        return np.array([position[:2] for position in told])
    (width,) = widths
    flat = np.fromiter(chain.from_iterable(told), float, width * len(told))
    return flat.reshape(-1, width)[:, :2]
