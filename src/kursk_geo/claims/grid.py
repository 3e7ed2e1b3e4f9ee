"""The maps of one theatre, counted as their source counts, and cut at the border."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, cached_property, lru_cache
from typing import Literal
from warnings import warn

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from kursk_geo._text import day_words
from kursk_geo.area import area_km2
from kursk_geo.claims.claim import Ground, Place
from kursk_geo.depth import Depth, PreparedBorder, depth_km, prepare_border
from kursk_geo.errors import DateNotFoundError, SourceWarning
from kursk_geo.geometry import (
    as_array,
    clip,
    explode,
    measuring_crs,
    only_polygons,
    project,
)
from kursk_geo.ground import EDGE_DEGREES
from kursk_geo.history import ControlHistory, nothing_counts
from kursk_geo.periods import DAY
from kursk_geo.reference import oblasts, places
from kursk_geo.sections import MIN_AREA_KM2
from kursk_geo.status import Status
from kursk_geo.theatre import Theatre

__all__ = ["Count", "Maps", "Pieces", "maps_of"]

Pieces = tuple[int, ...]
"""Positions of polygons, sorted."""

MORNING_H = 8
"""A sentence published on a day has the map that stood at this hour of its clocks."""
PATIENCE_DAYS = 4
"""A map that is older than this does not answer for a day, unless maps are rarer: the
longest gap of DeepState's own is three days."""
SPANNING_KM2 = 1000.0
"""A polygon of this size that does not lie in one region, but for a coast or border, is
the front of several: it is cut. A smaller one belongs where it mostly lies."""
INSIDE = 0.98
TOWN = 2000
NEAR_TOWN_KM = 4.0
"""A piece is called after a town of that many people within so much, or else after the
nearest village."""

MOSTLY, PARTLY = 0.5, 0.1
"""A polygon belongs where it mostly lies; ground of Ukraine's in Russia, of which a
little more may lie on the near side of the border, where a part of it lies."""

BEYOND = (Status.HELD_IN_RUSSIA, Status.CONTESTED_IN_RUSSIA)


@dataclass(frozen=True)
class Count:
    """
    How ground is counted.

    Parameters
    ----------
    ground : {"held", "contested", "held or contested"}
    cut : bool, default False
        Cut at the region's edge and measured on the ellipsoid, overlaps once; else
        whole polygons on the sphere, each by itself, as web maps count.
    piece : Place, optional
        The piece that is counted alone or left out.
    alone : bool, default True
    """

    ground: Ground = "held"
    cut: bool = False
    piece: Place | None = None
    alone: bool = True


class Maps:
    """
    Looks up what the maps of a theatre show; each polygon is cut and measured once.

    Parameters
    ----------
    history : ControlHistory
        As read, not cut to a theatre.
    theatre : Theatre
    """

    def __init__(self, history: ControlHistory, theatre: Theatre) -> None:
        self.history, self.theatre = history, theatre
        self.published = pd.DatetimeIndex(history.snapshots["snapshot_utc"])
        shapes = history.shapes
        kept = shapes["status"].isin([str(s) for s in theatre.held | theatre.contested])
        if theatre.region is not None:
            west, south, east, north = theatre.region.bounds
            boxes = shapely.bounds(shapes.geometry.to_numpy()).reshape(-1, 4)
            kept &= (boxes[:, 0] <= east) & (boxes[:, 2] >= west)
            kept &= (boxes[:, 1] <= north) & (boxes[:, 3] >= south)
        self._shapes = shapes[kept].reset_index(drop=True)
        if theatre.region is not None and not any(
            shapely.intersects(theatre.region, shape) for shape in self._shapes.geometry
        ):
            told = nothing_counts(shapes, theatre)
            if told:
                warn(told, SourceWarning, stacklevel=2)
        self._starts = self._shapes["valid_from"].to_numpy()
        self._ends = self._shapes["valid_to"].to_numpy()
        held = [str(status) for status in theatre.held]
        self._held = self._shapes["status"].isin(held).to_numpy()
        self._polygons: list[BaseGeometry] = []
        self._km2: list[float] = []
        self._row = cache(self._row)  # type: ignore[method-assign]
        self.shown = cache(self.shown)  # type: ignore[method-assign]
        self.components = cache(self.components)  # type: ignore[method-assign]
        self.union = cache(self.union)  # type: ignore[method-assign]
        self.depth_of = cache(self.depth_of)  # type: ignore[method-assign]
        self.level_km2 = cache(self.level_km2)  # type: ignore[method-assign]

    # Which map

    @cached_property
    def _patience(self) -> pd.Timedelta:
        gaps = pd.Series(self.published).diff().dropna()
        usual = gaps.median() if len(gaps) else pd.Timedelta(0)
        return max(PATIENCE_DAYS * DAY, 5 * usual)

    def stood(self, limit: pd.Timestamp, *, before: bool = False) -> pd.Timestamp:
        """
        Instant of the map that stood at a limit, or right before it.

        Raises
        ------
        DateNotFoundError
            If there is none, or it is so old that others must be missing.
        """
        side: Literal["left", "right"] = "left" if before else "right"
        position = int(self.published.searchsorted(limit, side=side)) - 1
        words = day_words(limit - pd.Timedelta(1, "s") if before else limit)
        if position < 0:
            begin = f" on {day_words(self.published[0])}" if len(self.published) else ""
            msg = (
                f"the maps at hand begin{begin}, after {words}. Expected a map of that "
                "day: read older ones."
            )
            raise DateNotFoundError(msg)
        found = self.published[position]
        if limit - found > self._patience:
            later = position + 1 < len(self.published)
            what = (
                f"the maps at hand have none from {day_words(found)} to "
                f"{day_words(self.published[position + 1])}"
                if later
                else f"the maps at hand end on {day_words(found)}"
            )
            msg = f"{what}, and {words} is asked for: read the maps of these days."
            raise DateNotFoundError(msg)
        return found

    def morning_of(self, published: date | pd.Timestamp) -> pd.Timestamp:
        """Instant of the map that stood when a sentence was published."""
        if isinstance(published, datetime):
            return self.stood(pd.Timestamp(published).tz_convert("UTC"))
        morning = pd.Timestamp(published) + pd.Timedelta(hours=MORNING_H)
        return self.stood(morning.tz_localize(self.theatre.tz).tz_convert("UTC"))

    def beside(self, moment: pd.Timestamp, step: int) -> pd.Timestamp | None:
        """The map published before or after another; None where there is none."""
        position = int(self.published.searchsorted(moment)) + step
        inside = 0 <= position < len(self.published)
        return self.published[position] if inside else None

    def between(self, first: pd.Timestamp, last: pd.Timestamp) -> list[pd.Timestamp]:
        """Maps published from an instant on and until another."""
        low = int(self.published.searchsorted(first))
        high = int(self.published.searchsorted(last, side="right"))
        return list(self.published[low:high])

    def changes(self, first: pd.Timestamp, last: pd.Timestamp) -> list[pd.Timestamp]:
        """As `between`, only the first and those that show something new here."""
        moments = self.between(first, last)
        return [m for i, m in enumerate(moments) if i == 0 or m in self._new]

    @cached_property
    def _new(self) -> set[pd.Timestamp]:
        times = pd.concat([self._shapes["valid_from"], self._shapes["valid_to"]])
        return set(times.dropna())

    # What it shows

    def _row(self, row: int, *, cut: bool) -> Pieces:
        """Polygons of a shape: those that belong here whole, or what lies inside."""
        shape = self._shapes.geometry.iloc[row]
        whole = explode(np.array([shape], dtype=object))[0]
        region = self.theatre.region
        inside = whole if region is None else clip(whole, region)
        parts, beyond = inside, self._shapes["status"].iloc[row] in BEYOND
        if not cut and region is not None:  # each as far as it belongs here
            share = shapely.area(inside) / np.maximum(shapely.area(whole), 1e-15)
            spans = area_km2(whole, area_method="spherical") >= SPANNING_KM2
            belongs = share >= np.where(spans, INSIDE, MOSTLY)
            belongs |= beyond & (share > PARTLY)
            parts = np.where(belongs, whole, inside)[belongs | (spans & (share > 0))]
            if beyond and Status.HELD_IN_RUSSIA not in self.theatre.held:
                parts = parts[:0]
        parts = explode(parts)[0]
        parts = parts[shapely.area(parts) > 0]
        first = len(self._polygons)
        self._polygons.extend(parts)
        self._km2.extend(area_km2(parts, area_method="spherical"))
        return tuple(range(first, len(self._polygons)))

    def shown(
        self, moment: pd.Timestamp, ground: Ground, *, cut: bool = False
    ) -> Pieces:
        """Polygons of the map of an instant, each as often as the map shows it."""
        now = (self._starts <= moment) & ~(self._ends <= moment)
        now = np.asarray(now, dtype=bool)
        if ground != "held or contested":
            now &= self._held if ground == "held" else ~self._held
        rows = (self._row(int(row), cut=cut) for row in np.flatnonzero(now))
        return tuple(sorted(piece for pieces in rows for piece in pieces))

    def components(self, pieces: Pieces) -> tuple[Pieces, ...]:
        """Connected groups of polygons, the largest first."""
        shapes = as_array(self._polygons[piece] for piece in pieces)
        left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
        group = np.arange(len(pieces))
        for one, other in zip(left, right, strict=True):
            low, high = sorted((group[one], group[other]))
            group[group == high] = low
        joined: dict[int, list[int]] = {}
        for piece, number in zip(pieces, group, strict=True):
            joined.setdefault(int(number), []).append(piece)
        found = (tuple(members) for members in joined.values())
        return tuple(sorted(found, key=self.web_km2, reverse=True))

    def sections(self, pieces: Pieces) -> list[Pieces]:
        """Connected groups that are no slivers."""
        return [one for one in self.components(pieces) if self.web_km2(one) >= LEAST]

    def counted(self, moment: pd.Timestamp, count: Count) -> Pieces:
        """Polygons that a count takes of the map of an instant."""
        pieces = self.shown(moment, count.ground, cut=count.cut)
        place, meant = count.piece, tuple[int, ...]()
        if place is None:
            return pieces
        for component in self.components(pieces):
            shapes = as_array(self._polygons[p] for p in component)
            if shapely.intersects_xy(shapes, place.lon, place.lat).any():
                meant = component
                break
        return meant if count.alone else tuple(p for p in pieces if p not in meant)

    def holds_point(self, moment: pd.Timestamp, count: Count, place: Place) -> bool:
        """Whether a place lies on the ground of a map."""
        shapes = as_array(self._polygons[p] for p in self.counted(moment, count))
        return bool(shapely.intersects_xy(shapes, place.lon, place.lat).any())

    # How much

    def web_km2(self, pieces: Sequence[int]) -> float:
        """Sum over polygons on the sphere, each by itself, in km²."""
        return math.fsum(self._km2[piece] for piece in pieces)

    def union(self, pieces: Pieces) -> BaseGeometry:
        """The ground of some polygons, overlaps joined."""
        return shapely.union_all(as_array(self._polygons[piece] for piece in pieces))

    def level_km2(self, moment: pd.Timestamp, count: Count) -> float:
        """Area on the map of an instant, in km²."""
        pieces = self.counted(moment, count)
        if not count.cut:
            return self.web_km2(pieces)
        ground = self.union(pieces)
        if count.ground == "contested":
            held = self.shown(moment, "held", cut=True)
            ground = shapely.difference(ground, self.union(held))
        return float(area_km2(as_array([ground]))[0])

    def depth_km(self, pieces: Pieces) -> float:
        """The farthest of some polygons from the border, in km; nan without one."""
        if self._border is None or not pieces:
            return math.nan
        return max(self.depth_of(piece).depth_km for piece in pieces)

    def depth_of(self, piece: int) -> Depth:
        """Depth of one polygon, in km."""
        assert self._border is not None  # noqa: S101 (only asked of those with one)
        shape, region = self._polygons[piece], self.theatre.region
        if region is not None:
            shape = clip(as_array([shape]), region)[0]
        return depth_km(shape, self._border)

    def reaches_edge(self, pieces: Pieces) -> bool:
        """Whether the depth of some polygons is reached where the region ends."""
        region = self.theatre.region
        if region is None or self._border is None or not pieces:
            return False
        deepest = max(map(self.depth_of, pieces), key=lambda depth: depth.depth_km)
        edge, witness = shapely.boundary(region), deepest.witness
        return bool(witness and shapely.dwithin(edge, witness, EDGE_DEGREES))

    @cached_property
    def _border(self) -> PreparedBorder | None:
        border, crs = self.theatre.border, self.theatre.crs
        return None if border is None or crs is None else prepare_border(border, crs)

    def distance_km(self, pieces: Pieces, place: Place) -> float:
        """Shortest way from a place to some polygons, in km; nan without them."""
        if not pieces:
            return math.nan
        point = shapely.Point(place.lon, place.lat)
        crs = measuring_crs(point)
        near = [p for p in pieces if self._polygons[p].distance(point) < FAR_DEGREES]
        shapes = project(as_array(self._polygons[p] for p in near or pieces), crs)
        return float(shapely.distance(shapes, project(point, crs)).min()) / 1e3

    def turnover(
        self, since: pd.Timestamp, at: pd.Timestamp
    ) -> tuple[float, float, float]:
        """
        Ground gained and lost between two maps, in km², and the share of it redrawn.

        A change far from the front and on the outline of the country is a coast or a
        border drawn anew, not ground that changed hands.
        """
        before, now = (
            shapely.make_valid(project(self.union(self.shown(m, "held")), self._plane))
            for m in (since, at)
        )
        front = shapely.intersection(shapely.boundary(before), self._inland)
        km2, redrawn = [], 0.0
        for one, other in ((now, before), (before, now)):
            parts = explode(only_polygons(as_array([one.difference(other)])))[0]
            area_km2 = shapely.area(parts) / 1e6
            away = shapely.distance(parts, front) > FAR_FROM_FRONT_KM * 1e3
            drawn = away & ~shapely.within(parts, self._inland)
            km2.append(float(area_km2.sum()))
            redrawn += float(area_km2[drawn].sum())
        gained, lost = km2
        return gained, lost, redrawn / (gained + lost) if gained + lost else 0.0

    @cached_property
    def _plane(self) -> pyproj.CRS:
        shapes = self._shapes.geometry.to_numpy()
        return self.theatre.crs or measuring_crs(
            shapely.box(*shapely.total_bounds(shapes))
        )

    @cached_property
    def _inland(self) -> BaseGeometry:
        """Land away from coasts and borders, in the plane."""
        regions = list(oblasts().geometry)
        if self.theatre.border is not None and self.theatre.region is not None:
            regions.append(self.theatre.region)
        land = shapely.union_all(
            shapely.make_valid(project(as_array(regions), self._plane))
        )
        land = land.simplify(500.0).buffer(-OUTLINE_KM * 1e3, quad_segs=2)
        # The line of 2014 is no front either.
        shapes = self.history.shapes
        since_2014 = shapes[shapes["status"] == str(Status.OCCUPIED_BEFORE_2022)]
        old = project(since_2014.geometry.to_numpy()[-OLD_SHAPES:], self._plane)
        old = shapely.union_all(shapely.make_valid(old)).simplify(500.0)
        old = old.buffer(OUTLINE_KM * 1e3, quad_segs=2)
        return land if Status.HELD_IN_RUSSIA in self.theatre.held else land - old

    def frozen(self, pieces: Pieces, moment: pd.Timestamp) -> bool:
        """Whether a piece was shown just so three months before."""
        before = self.shown(moment - FROZEN_DAYS * DAY, "held or contested")
        return {self._km2[p] for p in pieces} <= {self._km2[p] for p in before}

    # What it is called

    def name_of(self, pieces: Pieces) -> Place:
        """A piece by a point of it and the nearest town."""
        largest = max(pieces, key=lambda piece: self._km2[piece])
        shape = self._polygons[largest]
        point = shapely.point_on_surface(shape)
        table = self._places
        near = table.cx[
            slice(point.x - 1, point.x + 1), slice(point.y - 1, point.y + 1)
        ]
        name = f"{point.y:.2f} N, {point.x:.2f} E"
        if len(near):
            crs = measuring_crs(point)
            points = project(near.geometry.to_numpy(), crs)
            to_shape_km = shapely.distance(points, project(shape, crs)) / 1e3
            towns = near["population"].to_numpy() * (to_shape_km <= NEAR_TOWN_KM)
            to_point_km = shapely.distance(points, project(point, crs)) / 1e3
            named = to_point_km.argmin()
            if towns.max() >= TOWN:
                named = towns.argmax()
            if to_shape_km[named] < 25:
                name = near["name"].iloc[named]
        return Place(str(name), float(point.x), float(point.y))

    @cached_property
    def _places(self) -> gpd.GeoDataFrame:
        table = places()
        region = self.theatre.region
        if region is None:
            return table
        west, south, east, north = region.bounds
        table = table.cx[west:east, south:north]
        # Of a copy: this prepares the region in place, which threads share.
        region = shapely.force_2d(region)
        inside = shapely.intersects_xy(region, table["lon"], table["lat"])
        kept: gpd.GeoDataFrame = table[inside]
        return kept

    def largest_town(self, pieces: Pieces) -> Place | None:
        """The town with most people on some ground."""
        table, ground = self._places, self.union(pieces)
        inside = table[shapely.intersects_xy(ground, table["lon"], table["lat"])]
        if inside.empty:
            return None
        town = inside.iloc[int(inside["population"].to_numpy().argmax())]
        return Place(str(town["name"]), float(town["lon"]), float(town["lat"]))

    def nearest_piece(self, pieces: Pieces, place: Place) -> Place | None:
        """The connected piece nearest to a place; None if none is within 15 km."""
        if not pieces:
            return None
        away = {one: self.distance_km(one, place) for one in self.components(pieces)}
        nearest = min(away, key=lambda one: away[one])
        if away[nearest] > NEAR_KM:
            return None
        return replace(self.name_of(nearest), name=place.name)


LEAST = MIN_AREA_KM2
FROZEN_DAYS = 90
"""A piece that has not changed for so long is left out by some outlets."""
FAR_DEGREES = 3.0
FAR_FROM_FRONT_KM = 15.0
OLD_SHAPES = 20
"""The last ones; they hardly change."""
OUTLINE_KM = 3.0
"""Of the bundled outlines and of what maps draw along them."""
NEAR_KM = 15.0
"""A piece farther from a place than this is not the one that is called after it."""


@lru_cache(maxsize=16)
def maps_of(history: ControlHistory, theatre: Theatre) -> Maps:
    """The maps of a theatre, kept from one sentence to the next."""
    return Maps(history, theatre)
