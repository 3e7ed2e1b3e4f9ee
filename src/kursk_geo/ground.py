"""The ground of a theatre: its distinct polygons, joined and measured once each."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kursk_geo.area import area_km2
from kursk_geo.depth import Depth, PreparedBorder, depth_km, prepare_border
from kursk_geo.errors import OptionError
from kursk_geo.geometry import as_array, explode, measuring_crs, project
from kursk_geo.history import ControlHistory, selected_theatre

__all__ = ["Ground", "Pieces"]

Pieces = tuple[int, ...]
"""Positions of polygons, sorted."""


class Ground:
    """
    Distinct polygons of a selected history, with what was measured of them so far.

    Most shapes do not change from one map to the next, so a figure of a group of
    polygons is computed when first asked for and looked up afterwards.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre.
    gap_km : float, default 0
        Polygons closer than this count as joined. [km]

    Raises
    ------
    TheatreError
        If no theatre has been selected.
    OptionError
        If the gap is negative.
    """

    def __init__(self, history: ControlHistory, *, gap_km: float = 0.0) -> None:
        if not gap_km >= 0.0:
            msg = f"gap_km={gap_km} is not a distance. Expected kilometres, 0 or more."
            raise OptionError(msg)
        self.theatre = selected_theatre(history)
        self.gap_m = gap_km * 1e3
        shapes = history.shapes
        first = ~shapes["shape_id"].duplicated()
        self.polygons, shape = explode(shapes.loc[first].geometry.to_numpy())
        ids = shapes.loc[first, "shape_id"].to_numpy()
        pieces: dict[str, list[int]] = {key: [] for key in ids}
        for position, owner in enumerate(ids[shape]):
            pieces[owner].append(position)
        self._pieces = [pieces[key] for key in shapes["shape_id"]]
        self._starts, self._ends = shapes["valid_from"], shapes["valid_to"]
        statuses = shapes["status"]
        self._held = statuses.isin([str(s) for s in self.theatre.held])
        self._contested = statuses.isin([str(s) for s in self.theatre.contested])
        self._shown: dict[pd.Timestamp, tuple[Pieces, Pieces]] = {}
        self._components: dict[Pieces, list[Pieces]] = {}
        self._near: dict[tuple[int, int], bool] = {}
        self._union: dict[Pieces, BaseGeometry] = {}
        self._area: dict[tuple[Pieces, Pieces], float] = {}
        self._depth: dict[int, Depth] = {}

    def shown(self, moment: pd.Timestamp) -> tuple[Pieces, Pieces]:
        """Held and contested polygons of the map of an instant; each of them once."""
        if moment not in self._shown:
            now = (self._starts <= moment) & ~(self._ends <= moment)
            held, contested = now & self._held, now & self._contested
            self._shown[moment] = self._members(held), self._members(contested)
        return self._shown[moment]

    def features(self, moment: pd.Timestamp) -> tuple[list[int], list[int]]:
        """As `shown`, with a polygon as often as the map shows it."""
        now = (self._starts <= moment) & ~(self._ends <= moment)
        held, contested = (
            [
                piece
                for row in np.flatnonzero(now & group)
                for piece in self._pieces[row]
            ]
            for group in (self._held, self._contested)
        )
        return held, contested

    def _members(self, rows: "pd.Series[bool]") -> Pieces:
        found = (self._pieces[row] for row in np.flatnonzero(rows))
        return tuple(sorted({piece for pieces in found for piece in pieces}))

    # Which polygons are joined

    def components(self, pieces: Pieces) -> list[Pieces]:
        """Connected components of a set of polygons, each sorted, in order."""
        if pieces not in self._components:
            self._components[pieces] = self._connect(pieces)
        return self._components[pieces]

    def _connect(self, pieces: Pieces) -> list[Pieces]:
        group = {piece: piece for piece in pieces}

        def root(piece: int) -> int:
            while group[piece] != piece:
                piece = group[piece]
            return piece

        for first, second in self._pairs(pieces):
            low, high = sorted((root(first), root(second)))
            group[high] = low
        joined: dict[int, list[int]] = {}
        for piece in pieces:
            joined.setdefault(root(piece), []).append(piece)
        return [tuple(members) for members in joined.values()]

    def _pairs(self, pieces: Sequence[int]) -> list[tuple[int, int]]:
        """Pairs that touch, overlap, or lie within the gap."""
        members = np.array(pieces, dtype=int)
        boxes = self._bounds[members]
        low, high = boxes[:, :2] - self.gap_m, boxes[:, 2:] + self.gap_m
        meet = (low[:, None] <= boxes[None, :, 2:]).all(axis=2)
        meet &= (high[:, None] >= boxes[None, :, :2]).all(axis=2)
        candidates = zip(*np.nonzero(np.triu(meet, 1)), strict=True)
        pairs = ((int(members[i]), int(members[j])) for i, j in candidates)
        return [pair for pair in pairs if self._joined(*pair)]

    def _joined(self, first: int, second: int) -> bool:
        key = (first, second)
        if key not in self._near:
            if self.gap_m:
                one, other = self._projected[first], self._projected[second]
                self._near[key] = bool(shapely.dwithin(one, other, self.gap_m))
            else:
                one, other = self.polygons[first], self.polygons[second]
                self._near[key] = bool(shapely.intersects(one, other))
        return self._near[key]

    @cached_property
    def _bounds(self) -> NDArray[np.float64]:
        shapes = self._projected if self.gap_m else self.polygons
        return np.asarray(shapely.bounds(shapes)).reshape(-1, 4)

    @cached_property
    def _projected(self) -> NDArray[np.object_]:
        return project(self.polygons, self.crs)

    @cached_property
    def crs(self) -> pyproj.CRS:
        """The plane of the theatre, or one about the ground where it has none."""
        if self.theatre.crs is not None:
            return self.theatre.crs
        extent = shapely.GeometryCollection(list(self.polygons))
        return measuring_crs(shapely.Point(0.0, 0.0) if extent.is_empty else extent)

    # What they measure

    def union(self, pieces: Pieces) -> BaseGeometry:
        """The ground of some polygons, overlaps joined; empty for none."""
        if not pieces:
            return shapely.Polygon()
        if pieces not in self._union:
            shapes = self.polygons[list(pieces)]
            self._union[pieces] = (
                shapes[0] if len(pieces) == 1 else shapely.union_all(shapes)
            )
        return self._union[pieces]

    def area_km2(self, pieces: Pieces, *, without: Pieces = ()) -> float:
        """Geodesic area of the union, less what other polygons cover, in km²."""
        return sum(
            self._component_km2(component, self._over(component, without))
            for component in self.components(pieces)
        )

    def web_map_km2(self, pieces: Sequence[int]) -> float:
        """Sum over polygons on the sphere, each by itself, in km²."""
        shapes = self.polygons[list(pieces)]
        return float(area_km2(shapes, area_method="spherical").sum())

    def _over(self, component: Pieces, others: Pieces) -> Pieces:
        box = shapely.box(*shapely.total_bounds(self.polygons[list(component)]))
        return tuple(o for o in others if shapely.intersects(box, self.polygons[o]))

    def _component_km2(self, component: Pieces, without: Pieces) -> float:
        key = (component, without)
        if key not in self._area:
            ground = self.union(component)
            if without:
                ground = shapely.difference(ground, self.union(without))
            self._area[key] = float(area_km2(as_array([ground]))[0])
        return self._area[key]

    def depth(self, pieces: Pieces) -> Depth | None:
        """The farthest of some polygons from the border; None without a border."""
        if self.border is None:
            return None
        if not pieces:
            return depth_km(shapely.Polygon(), self.border)
        for piece in pieces:
            if piece not in self._depth:
                self._depth[piece] = depth_km(self.polygons[piece], self.border)
        return max((self._depth[p] for p in pieces), key=lambda depth: depth.depth_km)

    @cached_property
    def border(self) -> PreparedBorder | None:
        """What depth is measured from, in the plane."""
        border, crs = self.theatre.border, self.theatre.crs
        return None if border is None or crs is None else prepare_border(border, crs)
