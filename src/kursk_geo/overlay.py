"""Two maps of a theatre, one laid over the other."""

from functools import cached_property

import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kursk_geo.area import area_km2
from kursk_geo.errors import OptionError
from kursk_geo.geometry import (
    Geometries,
    as_array,
    explode,
    extent,
    measuring_crs,
    project,
    unproject,
)
from kursk_geo.ground import Ground, Pieces
from kursk_geo.history import ControlHistory
from kursk_geo.status import Status

__all__ = ["MIN_WIDTH_M", "Overlay"]

MIN_WIDTH_M = 30.0
"""Narrower changes are redrawn edges: maps are drawn to some ten metres. [m]"""

EDGE_STEP_M = 100.0
"""
Edges are drawn out in steps of this length before maps are overlaid. [m]

Areas take an edge for a geodesic, an overlay takes it for a straight line in longitude
and latitude. Where an overlay cuts an edge of length L in two, the area of the parts
differs from that of the whole by up to L³ tan(latitude) / 12 R: 16 m² for 1 km, which
added up to 0.0014 km² between two real maps. Cut steps of 100 m add up to 3e-8 km².
"""


class Overlay:
    """
    The ground of single maps, drawn out and laid over one another.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre.
    min_width_m : float, default 30
        Parts narrower than this everywhere are slivers. [m]

    Raises
    ------
    TheatreError
        If no theatre has been selected.
    OptionError
        If the width is negative.
    """

    def __init__(
        self, history: ControlHistory, *, min_width_m: float = MIN_WIDTH_M
    ) -> None:
        if not 0.0 <= min_width_m < np.inf:
            msg = f"min_width_m={min_width_m} is not a width. Expected metres, 0 up."
            raise OptionError(msg)
        self.ground = Ground(history)
        self.min_width_m = min_width_m
        self._drawn: dict[Pieces, BaseGeometry] = {}
        self._figures: dict[tuple[Pieces, Pieces], tuple[float, float, float]] = {}

    # One map

    def held(self, moment: pd.Timestamp) -> BaseGeometry:
        """Held ground of the map of an instant, in EPSG:4326."""
        return self._draw(self.ground.shown(moment)[0])

    def contested(self, moment: pd.Timestamp) -> BaseGeometry:
        """Ground that is contested and not held."""
        held, contested = self.ground.shown(moment)
        return shapely.difference(self._draw(contested), self._draw(held))

    def by_status(self, state: pd.DataFrame) -> dict[str, BaseGeometry]:
        """Ground of each status of the theatre, what lies under two to the first."""
        theatre = self.ground.theatre
        contested = theatre.contested - theatre.held
        order = [s for group in (theatre.held, contested) for s in Status if s in group]
        grounds: dict[str, BaseGeometry] = {}
        taken: BaseGeometry = shapely.Polygon()
        for status in order:
            shapes = state.loc[state["status"] == status, "geometry"].to_numpy()
            ground = self.draw_out(shapely.union_all(shapes))
            grounds[status.value] = shapely.difference(ground, taken)
            taken = shapely.union(taken, ground)
        return grounds

    def _draw(self, pieces: Pieces) -> BaseGeometry:
        if pieces not in self._drawn:
            self._drawn[pieces] = self.draw_out(self.ground.union(pieces))
        return self._drawn[pieces]

    def draw_out(self, ground: BaseGeometry) -> BaseGeometry:
        """Put vertices along the geodesics of long edges; the area stays the same."""
        if ground.is_empty:
            return shapely.Polygon()
        plane = shapely.segmentize(project(ground, self._gnomonic), EDGE_STEP_M)
        drawn: BaseGeometry = unproject(plane, self._gnomonic)
        # Where a vertex touches the middle of a long edge, bowing it may cross them.
        if not shapely.is_valid(drawn):
            drawn = shapely.make_valid(drawn, method="structure")
        return drawn

    @cached_property
    def _gnomonic(self) -> pyproj.CRS:
        """The plane in which geodesics are straight."""
        west, south, east, north = extent(self.ground.polygons)
        lon, lat = round((west + east) / 2, 4), round((south + north) / 2, 4)
        return pyproj.CRS.from_proj4(
            f"+proj=gnom +lat_0={lat} +lon_0={lon} +datum=WGS84 +units=m"
        )

    # One over another

    def between(self, before: Pieces, after: Pieces) -> dict[str, BaseGeometry]:
        """Ground that was gained, lost and kept between two sets of polygons."""
        was, becomes = self._draw(before), self._draw(after)
        return {
            "gained": shapely.difference(becomes, was),
            "lost": shapely.difference(was, becomes),
            "kept": shapely.intersection(was, becomes),
        }

    def figures(self, before: Pieces, after: Pieces) -> tuple[float, float, float]:
        """Gained and lost area, and how much of both are slivers, all in km²."""
        if before == after:
            return 0.0, 0.0, 0.0
        key = before, after
        if key not in self._figures:
            kinds = self.between(before, after)
            _, gained, thin_gain = self.parts(kinds["gained"])
            _, lost, thin_loss = self.parts(kinds["lost"])
            slivers_km2 = gained[thin_gain].sum() + lost[thin_loss].sum()
            totals = float(gained.sum()), float(lost.sum()), float(slivers_km2)
            self._figures[key] = totals
        return self._figures[key]

    def parts(
        self, ground: BaseGeometry
    ) -> tuple[Geometries, NDArray[np.float64], NDArray[np.bool_]]:
        """Connected parts, largest first; their areas; and which are slivers."""
        polygons = explode(as_array([ground]))[0]
        if not len(polygons):
            return polygons, np.zeros(0), np.zeros(0, dtype=bool)
        areas = area_km2(polygons)
        west, south, _, _ = shapely.bounds(polygons).T
        order = np.lexsort((south, west, -areas))
        plane = project(polygons[order], self._plane)
        thin = shapely.is_empty(shapely.buffer(plane, -self.min_width_m / 2))
        return polygons[order], areas[order], thin

    @cached_property
    def _plane(self) -> pyproj.CRS:
        crs = self.ground.theatre.crs
        if crs is None:
            return measuring_crs(shapely.box(*extent(self.ground.polygons)))
        return crs
