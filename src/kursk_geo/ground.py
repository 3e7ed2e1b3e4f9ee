"""The ground of a theatre: its distinct polygons, joined and measured once each."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import cache, cached_property, partial
from math import fsum

import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kursk_geo.area import area_km2
from kursk_geo.depth import NO_DEPTH, Depth, PreparedBorder, depths_km, prepare_border
from kursk_geo.errors import check_number
from kursk_geo.geometry import (
    HALF_TURN,
    TURN,
    as_array,
    explode,
    measuring_crs,
    project,
)
from kursk_geo.history import ControlHistory, selected_theatre

Pieces = tuple[int, ...]
"""Positions of polygons, sorted."""

EDGE_DEGREES = 1e-4
"""A depth is reached at the edge of a region if it is this near, about 10 m."""
AT_ONCE = 500
"""Most polygons whose depth is sought in one pass: what bounds its memory."""
PLANE_ERROR = 1.02
"""No distance in the plane of a theatre is off by more, whatever its size."""


class Ground:
    """
    Distinct polygons of a selected history, with what was measured of them so far.

    Most polygons do not change from one map to the next, so each is measured once.
    Figures are sums that do not hang on the order, so that they are the same bits
    whatever was asked before.

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
        self.theatre = selected_theatre(history)
        check_number("gap_km", gap_km, "a distance. Expected kilometres, 0 or more.")
        self.gap_m = gap_km * 1e3
        self._clipped = history.clipped
        shapes = history.shapes.sort_values("valid_from", kind="stable")
        # By their content: a polygon stands before another on whatever maps were read.
        shape, _ = pd.factorize(shapes["shape_id"], sort=True)
        _, first = np.unique(shape, return_index=True)
        self.polygons, owner = explode(shapes.geometry.to_numpy()[first])
        # A row a polygon and period: pieces as often as the map shows them.
        pieces = pd.DataFrame({"shape": owner, "piece": np.arange(len(owner))})
        shown = shapes[["status", "valid_from", "valid_to"]].assign(shape=shape)
        per_piece = pd.DataFrame(shown).merge(pieces, on="shape")
        self._rows = per_piece["piece"].to_numpy()
        self._starts = per_piece["valid_from"].dt.tz_localize(None).to_numpy()
        self._ends = per_piece["valid_to"].dt.tz_localize(None).to_numpy()
        self._groups = [
            per_piece["status"].isin([str(one) for one in group]).to_numpy()
            for group in (self.theatre.held, self.theatre.contested)
        ]
        self._near: dict[int, set[int]] = defaultdict(set)
        # Areas add up but for polygons that overlap, or where one's corner cuts the
        # other's edge, a geodesic, in two.
        self._messy: dict[int, set[int]] = defaultdict(set)
        self._linked: set[int] = set()
        self._own_km2 = np.full(len(self.polygons), np.nan)
        self._depth: dict[int, Depth] = {}
        self._depth_km = np.full(len(self.polygons), np.nan)
        # Of this ground: a cache of the class would keep each that there ever was.
        self.components = cache(self._components)
        self.union = cache(self._union)
        self.area_km2 = cache(self._area_km2)
        self._cluster_km2 = cache(self._joined_km2)

    def shown(self, moment: pd.Timestamp) -> tuple[Pieces, Pieces]:
        """Held and contested polygons of the map of an instant; each of them once."""
        held, contested = (tuple(sorted(set(one))) for one in self.features(moment))
        return held, contested

    def features(self, moment: pd.Timestamp) -> tuple[list[int], list[int]]:
        """As `shown`, with a polygon as often as the map shows it."""
        now = moment.tz_convert("UTC").tz_localize(None).to_datetime64()
        begun = int(np.searchsorted(self._starts, now, side="right"))
        on = ~(self._ends[:begun] <= now)
        held, contested = (
            self._rows[:begun][on & group[:begun]].tolist() for group in self._groups
        )
        return held, contested

    # Which polygons are joined

    def _components(self, pieces: Pieces) -> list[Pieces]:
        """Connected components of a set of polygons, each sorted, in order."""
        self.link(pieces)
        return sorted(tuple(sorted(one)) for one in connected({*pieces}, self._near))

    def link(self, pieces: Collection[int]) -> None:
        """Find which of some polygons touch, overlap, or lie within the gap."""
        if self._linked.issuperset(pieces):
            return
        wanted = set(pieces)
        new, members = (np.array([*one]) for one in (wanted - self._linked, wanted))
        self._linked = wanted
        # An index of those that are new: to make one of all would take most of it.
        if self.gap_m:
            tree = shapely.STRtree(self._projected[new])
            found = tree.query(self._projected[members], "dwithin", distance=self.gap_m)
        else:
            tree = shapely.STRtree(self.polygons[new])
            found = tree.query(self.polygons[members], "intersects")
            # Ground is cut at 180 degrees: its halves meet a turn away.
            west, _, east, _ = shapely.bounds(self.polygons[members]).reshape(-1, 4).T
            for turn, edge in ((TURN, west == -HALF_TURN), (-TURN, east == HALF_TURN)):
                if edge.any():
                    move = partial(np.add, (turn, 0.0))
                    away = shapely.transform(self.polygons[members[edge]], move)
                    at, met = tree.query(away, "intersects")
                    found = np.hstack([found, [np.flatnonzero(edge)[at], met]])
        ends = np.stack([members[found[0]], new[found[1]]])
        # Two that are new are found twice, each finds itself, and some come back.
        ends = ends[:, (ends[0] < ends[1]) | ~np.isin(ends[0], new)]
        known = [other in self._near[one] for one, other in ends.T.tolist()]
        ends = ends[:, ~np.array(known, dtype=bool)]
        if not ends.size:
            return
        joined(self._near, ends)
        # A fifth of measuring a country: whether corners lie on others is asked often.
        shapely.prepare(self.polygons[np.unique(ends)])
        ends = ends[:, shapely.intersects(*self.polygons[ends])]
        # To overlay them would take three times as long.
        messy = np.asarray(~shapely.touches(*self.polygons[ends]))
        on_other = []
        for one, other in (ends, ends[::-1]):
            xy, pair = shapely.get_coordinates(self.polygons[one], return_index=True)
            on = shapely.intersects_xy(self.polygons[other][pair], *xy.T)
            on_other.append({*zip(pair[on].tolist(), *xy[on].T.tolist(), strict=True)})
        # What both have a corner at is in both.
        messy[[pair for pair, *_ in on_other[0] ^ on_other[1]]] = True
        joined(self._messy, ends[:, messy])

    @cached_property
    def _projected(self) -> NDArray[np.object_]:
        return project(self.polygons, self.crs)

    @cached_property
    def own_crs(self) -> pyproj.CRS:
        """A plane about the ground, wherever that lies."""
        extent = shapely.GeometryCollection(list(self.polygons))
        return measuring_crs(shapely.Point(0.0, 0.0) if extent.is_empty else extent)

    @cached_property
    def crs(self) -> pyproj.CRS:
        """The plane of the theatre, or one about the ground where it has none."""
        return self.own_crs if self.theatre.crs is None else self.theatre.crs

    # What they measure

    def _union(self, pieces: Pieces) -> BaseGeometry:
        """The ground of some polygons, overlaps joined; empty for none."""
        shapes = self.polygons[list(pieces)]
        return shapes[0] if len(pieces) == 1 else shapely.union_all(shapes)

    def _area_km2(self, pieces: Pieces, *, without: Pieces = ()) -> float:
        """Geodesic area of the union, less what other polygons cover, in km²."""
        shown, taken = {*pieces, *without}, set(without)
        self.link(shown)
        wanted = shown - taken
        loose = {
            piece
            for piece in self._messy.keys() & wanted
            if not self._messy[piece].isdisjoint(shown)
        }
        areas = self.own_km2(wanted - loose).tolist()
        for cluster in connected(loose, self._messy):
            over = taken & set().union(*(self._messy[piece] for piece in cluster))
            key = tuple(sorted(cluster)), tuple(sorted(over))
            areas.append(self._cluster_km2(*key))
        return fsum(areas)

    def _joined_km2(self, pieces: Pieces, over: Pieces) -> float:
        """Geodesic area of what is joined of some polygons, less others, in km²."""
        ground = shapely.difference(self.union(pieces), self.union(over))
        return float(area_km2(as_array([ground]))[0])

    def own_km2(self, pieces: set[int]) -> NDArray[np.float64]:
        """Geodesic area of each polygon by itself, the new ones in one pass, in km²."""
        at = np.fromiter(pieces, int, len(pieces))
        new = at[np.isnan(self._own_km2[at])]
        if len(new):
            self._own_km2[new] = area_km2(self.polygons[new])
        return np.asarray(self._own_km2[at])

    @cached_property
    def web_map_km2(self) -> NDArray[np.float64]:
        """Area of each polygon by itself on the sphere of web maps, in km²."""
        return area_km2(self.polygons, area_method="spherical")

    def depths(self, grounds: Sequence[Pieces]) -> list[Depth]:
        """
        Of each ground the farthest of its polygons from the border, if there is one.

        First the polygon of each that may be the deepest, then those that may be deeper
        yet: many in one pass take two thirds of what they take one by one.
        """
        if self.border is None:
            return [NO_DEPTH] * len(grounds)
        reach_km, depth_km = self._reach_km, self._depth_km
        members = [np.unique(np.array(pieces, dtype=int)) for pieces in grounds]
        self._sound(
            [one[reach_km[one] == reach_km[one].max(initial=0)] for one in members]
        )
        least_km = [np.nanmax(depth_km[one], initial=0.0) for one in members]
        hopeful = zip(members, least_km, strict=True)
        self._sound([one[reach_km[one] >= km] for one, km in hopeful])
        return [
            self._depth[int(one[np.nanargmax(depth_km[one])])] if len(one) else NO_DEPTH
            for one in members
        ]

    def _sound(self, hopeful: list[NDArray[np.intp]]) -> None:
        """Find the depth of polygons, where it is not known."""
        assert self.border is not None  # noqa: S101  (for mypy: or nothing asks)
        new = np.unique(np.concatenate([[], *hopeful]).astype(int))
        new = new[np.isnan(self._depth_km[new])]
        for some in filter(len, np.array_split(new, len(new) // AT_ONCE + 1)):
            found = depths_km(self.polygons[some], np.arange(len(some)), self.border)
            self._depth.update(zip(some.tolist(), found, strict=True))
            self._depth_km[some] = [one.depth_km for one in found]

    def is_censored(self, depth: Depth) -> bool:
        """Whether a depth is reached where shapes were cut: the ground may go on."""
        if depth.witness is None or self._edge is None:
            return False
        return bool(shapely.dwithin(self._edge, depth.witness, EDGE_DEGREES))

    @cached_property
    def _edge(self) -> BaseGeometry | None:
        """Where the region ends, if shapes were cut there."""
        region = self.theatre.region if self._clipped else None
        if region is None:
            return None
        west, _, east, _ = region.bounds
        if (west, east) != (-HALF_TURN, HALF_TURN):
            return shapely.boundary(region)
        # Cut in two at 180 degrees, where it does not end.
        sides = shapely.linestrings([[(x, -90.0), (x, 90.0)] for x in (west, east)])
        return shapely.difference(shapely.boundary(region), shapely.union_all(sides))

    @cached_property
    def _reach_km(self) -> NDArray[np.float64]:
        """No point of a polygon is farther from the border: by that of its bounds."""
        border = self.border
        assert border is not None  # noqa: S101  (for mypy: or nothing asks)
        west, south, east, north = shapely.bounds(self._projected).reshape(-1, 4).T
        middles = np.asarray(shapely.points((west + east) / 2, (south + north) / 2))
        radius_m = np.hypot(east - west, north - south) / 2
        from_border_m = shapely.distance(middles, border.nearest(middles))
        return np.asarray((from_border_m + radius_m) * PLANE_ERROR / 1e3)

    @cached_property
    def border(self) -> PreparedBorder | None:
        """What depth is measured from, in the plane."""
        border, crs = self.theatre.border, self.theatre.crs
        return None if border is None or crs is None else prepare_border(border, crs)


def connected(pieces: set[int], near: Mapping[int, set[int]]) -> list[set[int]]:
    """What hangs together of some pieces."""
    loose = set(pieces)
    found: list[set[int]] = []
    while loose:
        part: set[int] = set()
        edge = {loose.pop()}
        while edge:
            part |= edge
            edge = loose.intersection(set().union(*(near[one] for one in edge)))
            loose -= edge
        found.append(part)
    return found


def joined(near: dict[int, set[int]], pairs: NDArray[np.intp]) -> None:
    """Note of each pair of pieces, shape (2, n), that either is near the other."""
    for one, other in pairs.T.tolist():
        near[one].add(other)
        near[other].add(one)
