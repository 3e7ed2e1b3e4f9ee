"""
Schematic outlines along the border, solved for a given area and depth.

Nothing here comes from a map of the war: an outline is a superellipse or a strip of
discs whose two sizes are found by iteration, cut along the bundled border line.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

import kursk_geo as kg
from kursk_geo.depth import PreparedBorder, prepare_border
from kursk_geo.geometry import measuring_crs, project, unproject

EXPONENT = 2.4
"""Of the superellipse: 2 is an ellipse, 4 almost a box."""
STRIP_RATIO = 3.3
"""Ground whose area exceeds this many squares of its depth is drawn as a strip."""
EDGE_M = 250.0
"""Drawn ground follows the border to this tolerance. [m]"""
SMOOTH_M = 50.0
"""Discs are joined to an outline that is this smooth. [m]"""
SPILL_M = 25.0
"""And reaches this far over it, as hand-drawn maps do. [m]"""
BOX_M = 70e3
"""The border is looked at this far around an outline. [m]"""
SLIVER_M2 = 1e4
"""Smaller pieces are left out. [m²]"""
GRID_M = 0.5
"""Vertices lie on a grid this wide. [m]"""
DECIMALS = 7
"""Of the degrees written: a centimetre."""
PRECISE = 2e-4
"""Share by which area and depth may differ from what was asked."""
MOST_STEPS = 60
"""Before an outline counts as not to be found."""


class OutlineError(ArithmeticError):
    """No outline of this kind has the area and depth asked for."""


@dataclass(frozen=True)
class Place:
    """
    Where ground is drawn.

    Parameters
    ----------
    lon, lat : float
        A point near the border; the outline is centred on the border beside it.
        [degrees]
    bearing : float
        Where a tongue points to, clockwise from the north. [degrees]
    theatre : str
        Whose region the ground lies in.
    spill_m : float
        How far it reaches over the border; negative keeps away from it. [m]
    """

    lon: float
    lat: float
    bearing: float
    theatre: str = "kursk"
    spill_m: float = SPILL_M


@dataclass(frozen=True)
class _Side:
    """The plane, region and border around a place, in metres."""

    crs: pyproj.CRS
    centre: tuple[float, float]
    path: BaseGeometry
    region: BaseGeometry
    drawn: BaseGeometry
    border: PreparedBorder


@cache
def _side(place: Place) -> _Side:
    theatre = kg.theatre(place.theatre)
    if theatre.region is None or theatre.border is None:
        msg = f"Theatre {place.theatre!r} has no border to draw along."
        raise OutlineError(msg)
    crs = measuring_crs(theatre.region)
    line = shapely.line_merge(project(theatre.border, crs))
    near = project(shapely.Point(place.lon, place.lat), crs)
    path = min(shapely.get_parts(line), key=near.distance)
    box = shapely.box(*(near.buffer(BOX_M).bounds))
    region = shapely.normalize(project(theatre.region, crs).intersection(box))
    return _Side(
        crs,
        path.interpolate(path.project(near)).coords[0],
        path.simplify(2 * EDGE_M),
        region,
        shapely.normalize(region)
        .simplify(EDGE_M)
        .buffer(place.spill_m, join_style="mitre"),
        prepare_border(theatre.border, crs),
    )


def _tongue(place: Place, half_width_m: float, reach_m: float) -> BaseGeometry:
    """Superellipse centred on the border."""
    side = _side(place)
    angle = np.linspace(0.0, 2.0 * np.pi, 61)[:-1]
    cosine, sine = np.cos(angle), np.sin(angle)
    across = half_width_m * np.sign(cosine) * np.abs(cosine) ** (2.0 / EXPONENT)
    along = reach_m * np.sign(sine) * np.abs(sine) ** (2.0 / EXPONENT)
    turn = np.radians(place.bearing)
    x = side.centre[0] + across * np.cos(turn) + along * np.sin(turn)
    y = side.centre[1] - across * np.sin(turn) + along * np.cos(turn)
    return shapely.Polygon(np.column_stack([x, y]))


def _strip(place: Place, half_length_m: float, reach_m: float) -> BaseGeometry:
    """Discs along the border, largest in the middle."""
    side = _side(place)
    middle = side.path.project(shapely.Point(side.centre))
    share = np.linspace(-0.995, 0.995, 61)
    radius = reach_m * (1.0 - np.abs(share) ** EXPONENT) ** (1.0 / EXPONENT)
    along = middle + share * half_length_m
    centres = shapely.line_interpolate_point(np.array(side.path), along)
    discs = shapely.buffer(centres, radius, quad_segs=12)
    return shapely.normalize(shapely.union_all(discs)).simplify(SMOOTH_M)


def _largest(shape: BaseGeometry) -> BaseGeometry:
    parts = shapely.get_parts(shape)
    largest: BaseGeometry = parts[shapely.area(parts).argmax()]
    return largest


@cache
def ground(
    place: Place,
    area_km2: float,
    depth_km: float,
    *,
    within: BaseGeometry | None = None,
    pocket: BaseGeometry | None = None,
) -> BaseGeometry:
    """
    Ground of a given area and depth.

    Parameters
    ----------
    place : Place
    area_km2, depth_km : float
        As kursk_geo measures them, clipped to the region of the theatre.
    within : Polygon or MultiPolygon, optional
        Ground that is counted with it, in EPSG:4326: the outline is solved for the
        area and depth of both together, and this ground is cut out of it afterwards.
    pocket : Polygon, optional
        A hole to leave out, in EPSG:4326.

    Returns
    -------
    Polygon or MultiPolygon
        In EPSG:4326, rounded to 7 decimals.

    Raises
    ------
    OutlineError
        If there is no such outline.
    """
    side = _side(place)
    inner = shapely.Polygon() if within is None else project(within, side.crs)
    hole = shapely.Polygon() if pocket is None else project(pocket, side.crs)
    kinds = [_tongue, _strip]
    if area_km2 > STRIP_RATIO * depth_km**2:
        kinds.reverse()
    for draw in kinds:
        reach_m, half_m = depth_km * 1e3, 0.5 * area_km2 / depth_km * 1e3
        for _ in range(MOST_STEPS):
            # Rounded, so that the last bits of a float decide nothing.
            reach_m, half_m = round(reach_m, 1), round(half_m, 1)
            shape = _largest(draw(place, half_m, reach_m).intersection(side.drawn))
            shape = shape.difference(hole)
            found = _measured(side, shape.union(inner).intersection(side.region))
            if not all(found):
                break
            off = np.array([area_km2, depth_km]) / found
            if np.abs(off - 1.0).max() < PRECISE:
                return _rounded(shape.difference(inner), side.crs)
            bolder = np.clip(off, 0.85, 1.18) ** 0.8
            reach_m *= bolder[1]
            half_m *= bolder[0] / bolder[1] ** 0.5
    msg = f"No outline at {place} has {area_km2} km² and a depth of {depth_km} km."
    raise OutlineError(msg)


def _measured(side: _Side, shape: BaseGeometry) -> tuple[float, float]:
    """Area [km²] and depth [km] of projected ground."""
    counted = _polygons(shape)
    if counted.is_empty:
        return 0.0, 0.0
    depth = kg.depth_km(unproject(counted, side.crs), side.border, tolerance_m=0.2)
    return counted.area / 1e6, depth.depth_km


def _polygons(shape: BaseGeometry) -> BaseGeometry:
    """The polygons of a shape, without slivers."""
    parts = shapely.get_parts(shape)
    return shapely.union_all(parts[shapely.area(parts) > SLIVER_M2])


def disc(lon: float, lat: float, radius_km: float) -> BaseGeometry:
    """A disc in EPSG:4326, rounded to 7 decimals."""
    crs = measuring_crs(shapely.Point(lon, lat).buffer(0.1))
    centre = project(shapely.Point(lon, lat), crs)
    return _rounded(centre.buffer(radius_km * 1e3, quad_segs=8), crs)


def _rounded(shape: BaseGeometry, crs: pyproj.CRS) -> BaseGeometry:
    """Projected ground on a grid, so that no ring touches itself, in degrees."""
    snapped = _polygons(shapely.set_precision(shape, GRID_M))
    ground = unproject(shapely.normalize(snapped), crs)
    rounded: BaseGeometry = shapely.transform(ground, lambda xy: np.round(xy, DECIMALS))
    return rounded
