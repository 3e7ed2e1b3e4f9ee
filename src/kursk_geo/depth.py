"""Depth: how far held ground reaches from the border, and where."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kursk_geo.errors import (
    GeometryError,
    KurskGeoError,
    OptionError,
    ReferenceDataError,
)
from kursk_geo.geometry import (
    GEOD,
    Geometries,
    explode,
    measuring_crs,
    project,
    unproject,
)

__all__ = ["Depth", "PreparedBorder", "depth_km", "prepare_border"]

Floats: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.intp]

# Far below what any map can tell, far above the rounding of coordinates in metres.
FINEST_TOLERANCE_M = 0.001


@dataclass(frozen=True)
class Depth:
    """
    The largest distance of ground from a border.

    Attributes
    ----------
    depth_km : float
        Geodesic distance from `witness` to `border_point`; 0 if there is no ground.
        [km]
    witness : shapely.Point or None
        The farthest point of the ground, in EPSG:4326; None if there is no ground.
    border_point : shapely.Point or None
        The point of the border nearest to `witness`, in EPSG:4326; None if there is
        no ground.
    error_m : float
        No point of the ground is farther than `witness` by more than this. [m]
    """

    depth_km: float
    witness: shapely.Point | None
    border_point: shapely.Point | None
    error_m: float


@dataclass(frozen=True, eq=False)
class PreparedBorder:
    """
    A border in metres, with an index of its segments: made once, measured often.

    Attributes
    ----------
    crs : pyproj.CRS
        The projection that distances are measured in.
    starts, ends : ndarray of float, shape (n_segments, 2)
        The ends of every segment. [m]
    index : shapely.STRtree
        Of the segments.
    """

    crs: pyproj.CRS
    starts: Floats
    ends: Floats
    index: shapely.STRtree

    def nearest(self, points_m: Floats) -> Indices:
        """Find the segment nearest to each point of shape (n, 2)."""
        points = shapely.points(points_m)
        found: Indices = self.index.query_nearest(points, all_matches=False)[1]
        return found

    def feet_m(self, points_m: Floats, segments: Indices) -> Floats:
        """Project each point of shape (n, 2) onto its segment, no farther than ends."""
        start = self.starts[segments]
        along = self.ends[segments] - start
        share = ((points_m - start) * along).sum(axis=1) / (along**2).sum(axis=1)
        return start + share.clip(0.0, 1.0)[:, np.newaxis] * along

    def distances_m(self, points_m: Floats, segments: Indices) -> Floats:
        """Measure the distance of each point of shape (n, 2) from its segment."""
        reach = points_m - self.feet_m(points_m, segments)
        return np.hypot(reach[:, 0], reach[:, 1])


def prepare_border(border: BaseGeometry, crs: pyproj.CRS) -> PreparedBorder:
    """
    Project a border and index its segments.

    Parameters
    ----------
    border : LineString or MultiLineString
        In EPSG:4326.
    crs : pyproj.CRS
        Projection in metres, best as `measuring_crs` gives it.

    Returns
    -------
    PreparedBorder
        For `depth_km`, which otherwise prepares the border at each call.

    Raises
    ------
    ReferenceDataError
        If the border is no line, is empty or has coordinates that are no degrees.
    OptionError
        If `crs` is not a projection in metres.

    Examples
    --------
    >>> border = shapely.LineString([(34, 51), (36, 51), (36, 52)])
    >>> prepared = prepare_border(border, measuring_crs(border))
    >>> len(prepared.starts)
    2
    """
    if not (crs.is_projected and crs.axis_info[0].unit_name == "metre"):
        msg = (
            f"The projection is {crs.name!r}. Expected one in metres. "
            "Pass `crs=kursk_geo.geometry.measuring_crs(border)`."
        )
        raise OptionError(msg)
    linear = isinstance(border, shapely.LineString | shapely.MultiLineString)
    if not linear or border.length == 0:
        msg = (
            f"The border is {_kind(border)}. Expected a LineString or "
            "MultiLineString that has a length. Pass `kursk_geo.border()`, or "
            "`polygon.boundary` for the outline of a country."
        )
        raise ReferenceDataError(msg)
    _check_degrees(border, "border", ReferenceDataError)
    parts = shapely.get_parts(shapely.force_2d(project(border, crs)))
    xy, line = shapely.get_coordinates(parts, return_index=True)
    joined = (line[1:] == line[:-1]) & (xy[1:] != xy[:-1]).any(axis=1)
    starts, ends = xy[:-1][joined], xy[1:][joined]
    segments = shapely.linestrings(np.stack([starts, ends], axis=1))
    return PreparedBorder(crs, starts, ends, shapely.STRtree(segments))


def depth_km(
    geometry: BaseGeometry,
    border: BaseGeometry | PreparedBorder,
    *,
    tolerance_m: float = 1.0,
    crs: pyproj.CRS | None = None,
) -> Depth:
    """
    Depth of ground: the largest distance of any of its points from the border.

    Parameters
    ----------
    geometry : Polygon, MultiPolygon or GeometryCollection of polygons
        The ground, in EPSG:4326. Parts may overlap. Clip it to one side first:
        distance has no sign, and ground on either side counts.
    border : LineString, MultiLineString or PreparedBorder
        In EPSG:4326.
    tolerance_m : float, default 1
        The largest `error_m` to accept, 0.001 or more. [m]
    crs : pyproj.CRS, optional
        The projection to measure in; by default that of the prepared border, or
        else one centred on the ground.

    Returns
    -------
    Depth
        Empty ground has no depth: 0 km, without witness and border point.

    Raises
    ------
    GeometryError
        If the ground is not polygons, is invalid or its coordinates are no degrees.
    ReferenceDataError
        If the border is no line, is empty or has coordinates that are no degrees.
    OptionError
        If `tolerance_m` is below 0.001 or not finite, or if `crs` is not in metres
        or not that of the prepared border.

    Notes
    -----
    The farthest point may be a vertex, lie on an edge or inside, so this is a branch
    and bound over pieces of the ground. Distance to one segment is convex: over a
    piece it is largest at a vertex, and it is nowhere less than the distance to the
    border. The smallest such maximum over a few segments bounds a piece from above,
    the true distance of one of its vertices from below; pieces that could exceed
    the best by more than the tolerance are quartered.

    Edges are straight in the projection, and `error_m` is certified there; the
    projection itself is off by less than 0.02 % within 250 km of its centre.

    Examples
    --------
    >>> border = shapely.LineString([(34, 51), (36, 51)])
    >>> deep = depth_km(shapely.box(34.9, 51, 35.1, 51.1), border)
    >>> round(deep.depth_km, 2), deep.error_m <= 1
    (11.13, True)
    >>> depth_km(shapely.Polygon(), border)
    Depth(depth_km=0.0, witness=None, border_point=None, error_m=0.0)
    """
    if not FINEST_TOLERANCE_M <= tolerance_m < np.inf:
        msg = (
            f"tolerance_m is {tolerance_m}. Expected metres, {FINEST_TOLERANCE_M} or "
            "more. Leave it out for 1 m."
        )
        raise OptionError(msg)
    polygons = _polygons(geometry)
    if isinstance(border, PreparedBorder):
        if crs is not None and crs != border.crs:
            msg = (
                "The border was prepared in another projection than `crs`. Expected "
                "one projection for both. Leave `crs` out."
            )
            raise OptionError(msg)
    else:
        centre = geometry if len(polygons) else border
        border = prepare_border(border, crs or measuring_crs(centre))
    if not len(polygons):
        return Depth(0.0, None, None, 0.0)
    ends_m, error_m = _farthest(_projected(polygons, border.crs), border, tolerance_m)
    witness, foot = unproject(shapely.points(ends_m), border.crs)
    length_m = GEOD.inv(witness.x, witness.y, foot.x, foot.y)[2]
    return Depth(length_m / 1000, witness, foot, error_m)
