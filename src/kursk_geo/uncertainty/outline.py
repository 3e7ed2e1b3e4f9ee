"""The outline of ground as edges, and which of them are front."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kursk_geo.geometry import Geometries, as_array, explode, project
from kursk_geo.theatre import Theatre
from kursk_geo.uncertainty.model import (
    ErrorModel,
    closed_variance_m4,
    open_variance_m4,
)

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Ints: TypeAlias = NDArray[np.intp]

STEP_M = 250.0
"""Longest edge of an outline that is to be told apart or moved. [m]"""
EDGE_STEP = 0.005
"""Edges are cut at this step before they are projected: they bow by 3 mm. [degrees]"""
DRAWN_STEP_M = float("inf")
"""Leaves an outline with the vertices it was drawn with. [m]"""


@dataclass(frozen=True, eq=False)
class Outline:
    """
    Rings of some ground in the plane, one row an edge.

    Attributes
    ----------
    xy : ndarray, shape (n, 2)
        Where each edge starts. [m]
    ring : ndarray of int, shape (n,)
        The ring that each edge belongs to; edges of a ring stand in order.
    polygon : ndarray of int, shape (n_rings,)
        The polygon that each ring belongs to, its shell first.
    """

    xy: Floats
    ring: Ints
    polygon: Ints

    @property
    def following(self) -> Ints:
        """The next edge round the ring."""
        after = np.arange(1, len(self.ring) + 1)
        rings = np.arange(len(self.polygon))
        last = np.searchsorted(self.ring, rings, side="right") - 1
        after[last] = np.searchsorted(self.ring, rings)
        return after

    @property
    def preceding(self) -> Ints:
        """The edge before, round the ring."""
        before = np.empty_like(self.following)
        before[self.following] = np.arange(len(before))
        return before

    @property
    def edge_m(self) -> Floats:
        """Length of each edge, in metres."""
        steps = self.xy[self.following] - self.xy
        return np.asarray(np.hypot(*steps.T))

    @property
    def middles(self) -> NDArray[np.object_]:
        """Middle of each edge, as points."""
        points = shapely.points((self.xy + self.xy[self.following]) / 2.0)
        return np.atleast_1d(np.asarray(points, dtype=object))

    @property
    def chords(self) -> Floats:
        """From the vertex before to the vertex after each vertex, in metres."""
        chords: Floats = self.xy[self.following] - self.xy[self.preceding]
        return chords

    def near(self, line: BaseGeometry, distance_m: float) -> Bools:
        """Whether the middle of each edge lies that near to a line."""
        if not len(self.ring) or line.is_empty:
            return np.zeros(len(self.ring), dtype=bool)
        shapely.prepare(line)
        return np.asarray(shapely.dwithin(line, self.middles, distance_m))

    def chains(self, chosen: Bools) -> Iterator[tuple[Ints, bool]]:
        """Unbroken stretches of chosen edges, and whether each closes a ring."""
        for ring in range(len(self.polygon)):
            edges = np.flatnonzero(self.ring == ring)
            picked = chosen[edges]
            if picked.all():
                yield edges, True
                continue
            # Begin after an edge that is not chosen: no stretch crosses the seam.
            turn = -int(np.flatnonzero(~picked)[0])
            edges, picked = np.roll(edges, turn), np.roll(picked, turn)
            steps = np.flatnonzero(np.diff(picked)) + 1
            for stretch in np.split(np.arange(len(edges)), steps):
                if picked[stretch[0]]:
                    yield edges[stretch], False

    def variance_m4(self, chosen: Bools, model: ErrorModel) -> float:
        """Variance of the area that the chosen edges sweep, in m⁴."""
        edge_m = self.edge_m
        lengths = [(edge_m[e].sum(), closed) for e, closed in self.chains(chosen)]
        return open_variance_m4(
            [length for length, closed in lengths if not closed], model
        ) + closed_variance_m4([length for length, closed in lengths if closed], model)

    def vertex_variance_m4(self, chosen: Bools, sigma_m: float) -> float:
        """Variance of the area if each vertex of these edges errs alone, in m⁴."""
        moving = chosen | chosen[self.preceding]
        return float(sigma_m**2 / 4.0 * (self.chords[moving] ** 2).sum())


def drawn_out(shapes: Geometries, crs: pyproj.CRS) -> Geometries:
    """Shapes in the plane, with edges straight in longitude and latitude."""
    plane: Geometries = project(shapely.segmentize(shapes, EDGE_STEP), crs)
    return plane


def outline(
    ground: BaseGeometry, crs: pyproj.CRS, *, step_m: float = STEP_M
) -> Outline:
    """The outline of ground in EPSG:4326, its edges cut to `step_m`."""
    polygons = explode(as_array([ground]))[0]
    if np.isfinite(step_m):
        polygons = shapely.segmentize(drawn_out(polygons, crs), step_m)
    else:
        polygons = project(polygons, crs)
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    # A ring repeats its first vertex; each vertex stands for the edge it starts.
    closing = np.append(ring[1:] != ring[:-1], True)[: len(ring)]
    return Outline(xy[~closing], ring[~closing], polygon)


def fixed_line(theatre: Theatre, crs: pyproj.CRS, *, clipped: bool) -> BaseGeometry:
    """What the drawing of a front does not decide: the border and the region's edge."""
    parts = [] if theatre.border is None else [theatre.border]
    if theatre.region is not None and clipped:
        parts.append(theatre.region.boundary)
    lines = shapely.get_parts(drawn_out(as_array(parts), crs))
    return shapely.MultiLineString(list(lines))
