"""The one gate to GEOS: text of geometries, checked, becomes shapes."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, TypeAlias
from warnings import warn

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kursk_geo.errors import SourceWarning
from kursk_geo.geometry import Geometries, as_array, explode, faults, unwound

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
            if not isinstance(one, _NoGround):
                continue
            kind = type(one)
            told = msgspec.json.decode(one.coordinates, type=NO_GROUND[kind])
            make = shapely.LineString if kind in (_Line, _MultiLine) else shapely.Point
            several = told if kind in (_MultiPoint, _MultiLine) else [told]
            parts += [make(np.array(part)[..., :2]) for part in several if part]
    except (ValueError, shapely.GEOSException) as error:
        return why(error, shape)
    return shapely.GeometryCollection(parts)


def why(error: Exception, text: bytes) -> str:
    """Why a text could not be decoded: first, whether it is one at all."""
    try:
        text.decode()
    except UnicodeDecodeError as wrong:
        return f"is not UTF-8 at byte {wrong.start:,}"
    if isinstance(error, RecursionError):
        return "nested too deep"
    told = str(error)
    return f"coordinates that are no numbers: {told}" if "`float`" in told else told


class _Polygon(msgspec.Struct, tag_field="type", tag="Polygon"):
    coordinates: list[Ring]


class _MultiPolygon(msgspec.Struct, tag_field="type", tag="MultiPolygon"):
    coordinates: list[list[Ring]]


class _Collection(msgspec.Struct, tag_field="type", tag="GeometryCollection"):
    geometries: list["_Shape"]


class _NoGround(msgspec.Struct, tag_field="type"):
    coordinates: msgspec.Raw = msgspec.Raw(b"[]")


class _Point(_NoGround, tag="Point"):
    pass


class _MultiPoint(_NoGround, tag="MultiPoint"):
    pass


class _Line(_NoGround, tag="LineString"):
    pass


class _MultiLine(_NoGround, tag="MultiLineString"):
    pass


_Shape = (
    _Polygon | _MultiPolygon | _Collection | _Point | _MultiPoint | _Line | _MultiLine
)
_decode = msgspec.json.Decoder(_Shape).decode
NO_GROUND: Mapping[type, Any] = {
    _Point: list[float],
    _MultiPoint: Ring,
    _Line: Ring,
    _MultiLine: list[Ring],
}
"""The coordinates of what encloses nothing."""


def _told(text: bytes) -> Iterator[list[Ring]]:
    """The polygons of the text of a geometry, rings of positions."""
    for shape in _simple(text):
        if isinstance(shape, _NoGround):
            continue
        parts = (
            [shape.coordinates] if isinstance(shape, _Polygon) else shape.coordinates
        )
        if not parts or not all(parts):
            raise ValueError(NO_POINTS)
        yield from parts


def _simple(text: bytes) -> Iterator[_Polygon | _MultiPolygon | _NoGround]:
    """The geometries of a text, collections taken apart."""
    waiting: list[Any] = [_decode(text)]
    while waiting:
        shape = waiting.pop(0)
        if isinstance(shape, _Collection):
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
