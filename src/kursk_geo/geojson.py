"""Polygons of many GeoJSON geometries at once."""

from collections.abc import Sequence
from itertools import chain

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from pyarrow import csv
from shapely.geometry.base import BaseGeometry

from kursk_geo.geometry import Geometries, explode

__all__ = ["read_polygons"]

OPENING, CLOSING = b'{"type":"Polygon","coordinates":[[[', b"]]]}"
NEW_LINES = bytes.maketrans(b"]", b"\n")
LEAST_POINTS = 4
"""Of a ring, the first one repeated (RFC 7946, section 3.1.6)."""


def read_polygons(
    geometries: Sequence[bytes | BaseGeometry],
) -> tuple[Geometries, NDArray[np.intp], dict[int, str]]:
    """
    Read the polygons of many geometries.

    Parameters
    ----------
    geometries : sequence of bytes or shapely geometry, length n
        GeoJSON text of a geometry, or the geometry itself.

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
    Plain polygons are parsed as one table of numbers, three times as fast as one by
    one; what does not fit that table is left to GEOS, which says what is wrong.

    Examples
    --------
    >>> text = b'{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}'
    >>> polygons, owner, reasons = read_polygons([text, b"null"])
    >>> len(polygons), owner.tolist(), list(reasons)
    (1, [0], [1])
    """
    shapes = np.full(len(geometries), None, dtype=object)
    texts: dict[int, bytes] = {}
    for position, geometry in enumerate(geometries):
        if isinstance(geometry, bytes):
            texts[position] = geometry
        else:
            shapes[position] = geometry
    plain = {
        position: text
        for position, text in texts.items()
        if text.startswith(OPENING) and text.endswith(CLOSING)
    }
    table = _read_plain(list(plain.values()))
    if table is not None:
        shapes[list(plain)] = table
    left = texts if table is None else texts.keys() - plain.keys()
    reasons: dict[int, str] = {}
    for position in left:
        shapes[position] = _read(texts[position], position, reasons)
    polygons, owner = explode(shapes)
    return polygons, owner, reasons | _out_of_range(polygons, owner)


def _read(text: bytes, position: int, reasons: dict[int, str]) -> BaseGeometry | None:
    try:
        shape: BaseGeometry = shapely.from_geojson(text)
    except shapely.GEOSException as error:
        reasons[position] = str(error)
        return None
    return shape


def _read_plain(texts: list[bytes]) -> Geometries | None:
    """Polygons of texts that hold nothing but numbers; None if one holds more."""
    bodies = [text[len(OPENING) : -len(CLOSING)].split(b"]],[[") for text in texts]
    rings = list(chain.from_iterable(bodies))
    sizes = np.array([ring.count(b"],[") + 1 for ring in rings], dtype=int)
    if not rings or sizes.min() < LEAST_POINTS:
        return None
    text = b"],[".join(rings)
    if not text.count(b"[") == text.count(b"]") == sizes.sum() - 1:
        return None
    # "1,2],[3,4" becomes the lines ",1,2" and ",3,4": one pass over the text.
    lines = b"," + text.translate(NEW_LINES, delete=b"[")
    names = ["", "lon", "lat", "z"][: lines[: lines.index(b"\n")].count(b",") + 1]
    try:
        table = csv.read_csv(
            pa.BufferReader(lines),
            read_options=csv.ReadOptions(column_names=names),
            parse_options=csv.ParseOptions(quote_char=False),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(names[1:], pa.float64()),
                include_columns=["lon", "lat"],
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError):
        return None
    degrees = np.column_stack([table["lon"].to_numpy(), table["lat"].to_numpy()])
    if len(degrees) != sizes.sum() or not np.isfinite(degrees).all():
        return None
    last = np.cumsum(sizes) - 1
    if (degrees[last] != degrees[last - sizes + 1]).any():
        return None
    shells = np.repeat(np.arange(len(rings)), sizes)
    owners = np.repeat(np.arange(len(texts)), [len(body) for body in bodies])
    closed = np.asarray(shapely.linearrings(degrees, indices=shells))
    return np.asarray(shapely.polygons(closed, indices=owners))


def _out_of_range(polygons: Geometries, owner: NDArray[np.intp]) -> dict[int, str]:
    west, south, east, north = shapely.bounds(polygons).reshape(-1, 4).T
    inside = (west >= -180.0) & (south >= -90.0) & (east <= 180.0) & (north <= 90.0)
    reason = "no coordinates within longitude ±180 and latitude ±90 degrees"
    return dict.fromkeys(owner[~inside].tolist(), reason)
