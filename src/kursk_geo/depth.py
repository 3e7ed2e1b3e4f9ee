"""How far held ground reaches beyond the border."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kursk_geo.errors import (
    GeometryError,
    OptionError,
    ReferenceDataError,
    check_number,
)
from kursk_geo.geometry import (
    EQUAL_AREA,
    GEOD,
    Geometries,
    draw_plane,
    explode,
    measuring_crs,
    misshapen,
    unproject,
)

Floats: TypeAlias = NDArray[np.float64]

FINEST_TOLERANCE_M = 0.01
SAME = 1e-9
"""Areas of a piece and of its quarters are off by less, relatively."""


@dataclass(frozen=True)
class Depth:
    """
    The largest distance of ground from a border.

    Attributes
    ----------
    depth_km : float
        Geodesic from `witness` to `border_point`; nan if there is no ground. [km]
    witness : shapely.Point or None
        The farthest point of the ground, in EPSG:4326; None if there is no ground.
    border_point : shapely.Point or None
        The point of the border nearest to `witness`, or None with it.
    error_m : float
        No point of the ground is farther than `witness` by more than this; nan if
        there is no ground. [m]

    Examples
    --------
    >>> ground = shapely.box(35.0, 51.0, 35.1, 51.1)
    >>> depth = depth_km(ground, shapely.LineString([(35.0, 51.0), (35.1, 51.0)]))
    >>> round(depth.depth_km, 2), round(depth.witness.y, 4)
    (11.12, 51.1)
    """

    depth_km: float
    witness: shapely.Point | None
    border_point: shapely.Point | None
    error_m: float


NO_DEPTH = Depth(float("nan"), None, None, float("nan"))
"""Of no ground."""


@dataclass(frozen=True, eq=False)
class PreparedBorder:
    """
    A border in metres, with an index of its segments: made once, measured often.

    Attributes
    ----------
    crs : pyproj.CRS
        The projection that distances are measured in.
    segments : ndarray of LineString, shape (n_segments,)
        With two vertices each. [m]
    index : shapely.STRtree
        Of the segments.
    """

    crs: pyproj.CRS
    segments: Geometries
    index: shapely.STRtree

    def nearest(self, points: Geometries) -> Geometries:
        """Find the segment nearest to each projected point, shape (n,)."""
        found = self.index.query_nearest(points, all_matches=False)[1]
        segments: Geometries = self.segments[found]
        return segments


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
        If the border is no line, is empty, or not in degrees.
    OptionError
        If `crs` is not a projection in metres.

    Examples
    --------
    >>> border = shapely.LineString([(35, 51), (35.001, 51), (35.001, 51.001)])
    >>> len(prepare_border(border, measuring_crs(border)).segments)
    2
    """
    if not (crs.is_projected and crs.axis_info[0].unit_name == "metre"):
        msg = (
            f"The projection is {crs.name!r}. Expected one in metres. "
            "Pass `crs=kursk_geo.geometry.measuring_crs(border)`."
        )
        raise OptionError(msg)
    if wrong := misshapen(border, "LineString", "MultiLineString"):
        msg = (
            f"The border {wrong}. Expected a LineString or MultiLineString with a "
            "length, in EPSG:4326. Pass `kursk_geo.border()`, `polygon.boundary` for "
            'the outline of a country, or `frame.to_crs("EPSG:4326")`.'
        )
        raise ReferenceDataError(msg)
    segments = segments_of(draw_plane(shapely.get_parts(border), crs))
    # Nodes of two: the nearest one is found in half of the time, a tenth of `measure`.
    return PreparedBorder(crs, segments, shapely.STRtree(segments, node_capacity=2))


def segments_of(lines: Geometries) -> Geometries:
    """The segments of some lines, each of them a line with two vertices."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    joined = (line[1:] == line[:-1]) & (xy[1:] != xy[:-1]).any(axis=1)
    ends = np.stack([xy[:-1][joined], xy[1:][joined]], axis=1)
    return np.asarray(shapely.linestrings(ends))


def depth_km(
    geometry: BaseGeometry,
    border: BaseGeometry | PreparedBorder,
    *,
    tolerance_m: float = 1.0,
) -> Depth:
    """
    Depth of ground: the largest distance of any of its points from the border.

    Parameters
    ----------
    geometry : Polygon, MultiPolygon or GeometryCollection
        The ground, in EPSG:4326. Parts may overlap; lines and points among them
        count for nothing. Distance has no sign: clip to one side of the border first.
    border : LineString, MultiLineString or PreparedBorder
        In EPSG:4326. A prepared one is measured from in its own projection, another in
        one centred on the ground.
    tolerance_m : float, default 1
        The largest `error_m` to accept, 0.01 or more. [m]

    Returns
    -------
    Depth
        Empty ground has no depth: nan, without witness and border point.

    Raises
    ------
    GeometryError
        If the ground is no polygons, is invalid, or not in degrees.
    ReferenceDataError
        If the border is no line, is empty, or not in degrees.
    OptionError
        If `tolerance_m` is below 0.01 or not finite.

    Notes
    -----
    The farthest point may be a vertex, lie on an edge or inside, so this is a branch
    and bound over pieces of the ground. Distance to one segment is convex: over a
    piece it is largest at a vertex, and it is nowhere less than the distance to the
    border. The least such maximum over a few segments bounds a piece from above, the
    true distance of one of its vertices from below; pieces that could exceed the
    best by more than the tolerance are quartered.

    Edges are straight in longitude and latitude, as in GeoJSON. `error_m` is
    certified in the projection, which itself is off by less than 0.02 % within
    250 km of its centre.

    Examples
    --------
    >>> border = shapely.LineString([(34, 51), (36, 51)])
    >>> deep = depth_km(shapely.box(34.9, 51, 35.1, 51.1), border)
    >>> round(deep.depth_km, 1), deep.error_m <= 1
    (11.1, True)
    >>> depth_km(shapely.Polygon(), border)
    Depth(depth_km=nan, witness=None, border_point=None, error_m=nan)
    """
    told = f"an error to accept. Expected {FINEST_TOLERANCE_M} or more, in metres. "
    told += "Leave it out for 1 m."
    check_number("tolerance_m", tolerance_m, told, least=FINEST_TOLERANCE_M)
    kinds = "Polygon", "MultiPolygon", "GeometryCollection"
    if wrong := misshapen(geometry, *kinds, loose=True):
        msg = (
            f"The ground {wrong}. Expected a Polygon, MultiPolygon or "
            "GeometryCollection in EPSG:4326. Pass `frame.union_all()` for a table, "
            "or what `kursk_geo.geometry.clean` makes of it."
        )
        raise GeometryError(msg)
    polygons = explode(np.array([shapely.force_2d(geometry)], dtype=object))[0]
    if not isinstance(border, PreparedBorder):
        crs = measuring_crs(geometry) if len(polygons) else EQUAL_AREA
        border = prepare_border(border, crs)
    if not len(polygons):
        return NO_DEPTH
    together = np.zeros(len(polygons), dtype=int)
    return depths_km(polygons, together, border, tolerance_m=tolerance_m)[0]


def depths_km(
    polygons: Geometries,
    ground: NDArray[np.intp],
    border: PreparedBorder,
    *,
    tolerance_m: float = 1.0,
) -> list[Depth]:
    """
    Depth of several grounds in one pass, as `depth_km` of each.

    Parameters
    ----------
    polygons : ndarray of Polygon, shape (n,)
        Valid, in EPSG:4326.
    ground : ndarray of int, shape (n,)
        Which ground each belongs to, 0 up, without gaps.
    border : PreparedBorder
    tolerance_m : float, default 1
        As in `depth_km`. [m]

    Returns
    -------
    list of Depth
        One a ground.

    Raises
    ------
    Nothing
        What can be wrong has been looked for by then.
    """
    pieces = draw_plane(polygons, border.crs)
    # A hole that touches an edge may cross it once both are projected.
    broken = ~shapely.is_valid(pieces)
    pieces[broken] = shapely.make_valid(pieces[broken], method="structure")
    best_m = np.full(ground.max() + 1, -np.inf)
    ceiling_m, ends_m = best_m.copy(), np.empty((len(best_m), 2, 2))
    while len(pieces):
        xy, piece = shapely.get_coordinates(pieces, return_index=True)
        first = np.searchsorted(piece, np.arange(len(pieces)))
        last = np.append(first[1:], len(xy)) - 1
        bounds = shapely.bounds(pieces)
        middles = np.asarray(shapely.points((bounds[:, :2] + bounds[:, 2:]) / 2))
        from_middle_m = _away_m(xy, border.nearest(middles), piece)

        # The vertex of each piece that promises most is measured truly.
        most_m = np.maximum.reduceat(from_middle_m, first)
        farthest = np.flatnonzero(from_middle_m == most_m[piece])
        chosen = farthest[np.searchsorted(farthest, last, side="right") - 1]
        tops = np.asarray(shapely.points(xy[chosen]))
        segments = border.nearest(tops)
        true_m = shapely.distance(tops, segments)
        order = np.lexsort((-true_m, ground))
        top = order[np.diff(ground[order], prepend=-1) > 0]
        top = top[true_m[top] > best_m[ground[top]]]
        best_m[ground[top]] = true_m[top]
        reach = shapely.shortest_line(tops[top], segments[top])
        ends_m[ground[top]] = shapely.get_coordinates(reach).reshape(-1, 2, 2)

        from_top_m = _away_m(xy, segments, piece)
        # Midway between parallel borders only the mean of the two stays level.
        bids_m = [from_middle_m, from_top_m, (from_middle_m + from_top_m) / 2]
        upper_m = np.maximum.reduceat(bids_m, first, axis=1).min(axis=0)
        hopeful = upper_m > best_m[ground] + tolerance_m
        np.maximum.at(ceiling_m, ground[~hopeful], upper_m[~hopeful])
        pieces, ground = pieces[hopeful], ground[hopeful]
        west, south, east, north = bounds[hopeful].T
        x, y = (west + east) / 2, (south + north) / 2
        quarters = np.array([
            [[west, south, x, y], [x, south, east, y]],
            [[west, y, x, north], [x, y, east, north]],
        ]).reshape(4, 4, -1).transpose(0, 2, 1)  # fmt: skip
        cut = np.empty(quarters.shape[:2], dtype=object)
        for number, whole in enumerate(pieces):
            for part, box in zip(cut[:, number:], quarters[:, number], strict=True):
                part[0] = shapely.clip_by_rect(whole, *box)
        # Cutting by a rectangle may go wrong; an overlay of 500 turns takes minutes.
        area_m2 = shapely.area(pieces)
        wrong = np.abs(shapely.area(cut).sum(axis=0) - area_m2) > SAME * area_m2
        if wrong.any():
            sound = shapely.make_valid(pieces[wrong], method="structure")
            boxes = shapely.box(*quarters[:, wrong].T).T
            cut[:, wrong] = shapely.intersection(sound, boxes)
        left = ~shapely.is_empty(cut)
        pieces, ground = cut[left], np.broadcast_to(ground, cut.shape)[left]
    error_m = np.maximum(ceiling_m - best_m, 0.0).tolist()
    ends = unproject(np.asarray(shapely.points(ends_m)), border.crs)
    # Lists: pyproj takes an array of one for a number.
    deepest, nearest = (shapely.get_coordinates(side).T.tolist() for side in ends.T)
    lengths_m = GEOD.inv(*deepest, *nearest)[2]
    return [
        Depth(length_m / 1000, witness, foot, error)
        for length_m, (witness, foot), error in zip(
            lengths_m, ends, error_m, strict=True
        )
    ]


def _away_m(xy: Floats, segments: Geometries, piece: NDArray[np.intp]) -> Floats:
    """Of vertices, each from the segment of its piece: a tenth of what GEOS takes."""
    start, end = np.moveaxis(shapely.get_coordinates(segments).reshape(-1, 2, 2), 1, 0)
    along, (x, y) = end - start, (xy - start[piece]).T
    square, (dx, dy) = (along**2).sum(axis=1), along[piece].T
    share = ((x * dx + y * dy) / square[piece]).clip(0.0, 1.0)
    return np.asarray(np.hypot(x - share * dx, y - share * dy))
