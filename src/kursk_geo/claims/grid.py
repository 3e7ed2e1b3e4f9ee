"""The maps of one theatre, counted as their source counts, and cut at the border."""

import math
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, cached_property, lru_cache
from typing import Literal
from warnings import warn

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from kursk_geo._text import day_words
from kursk_geo.area import area_km2
from kursk_geo.claims import claim
from kursk_geo.claims.claim import Place
from kursk_geo.depth import NO_DEPTH, Depth, depth_km
from kursk_geo.errors import DateNotFoundError, SourceWarning
from kursk_geo.geometry import (
    WGS84,
    Geometries,
    as_array,
    clip,
    explode,
    measuring_crs,
    only_polygons,
    project,
)
from kursk_geo.ground import Ground, Pieces
from kursk_geo.history import ControlHistory, nothing_counts
from kursk_geo.periods import DAY
from kursk_geo.reference import oblasts, places
from kursk_geo.sections import MIN_AREA_KM2
from kursk_geo.status import Status
from kursk_geo.theatre import Theatre

__all__ = ["Count", "Maps", "maps_of"]

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

    ground: claim.Ground = "held"
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
        shapes, region = history.shapes, theatre.region
        kept = shapes["status"].isin([str(s) for s in theatre.held | theatre.contested])
        if region is not None:
            west, south, east, north = region.bounds
            boxes = shapely.bounds(shapes.geometry.to_numpy()).reshape(-1, 4)
            kept &= (boxes[:, 0] <= east) & (boxes[:, 2] >= west)
            kept &= (boxes[:, 1] <= north) & (boxes[:, 3] >= south)
        polygons, row = explode(shapes[kept].geometry.to_numpy())
        rows = shapes[kept].iloc[row]
        inside = polygons if region is None else clip(polygons, region)
        if region is not None and shapely.is_empty(inside).all():
            told = nothing_counts(shapes, theatre)
            if told:
                warn(told, SourceWarning, stacklevel=2)
        # Whole, as far as they belong here; else what lies inside.
        share = shapely.area(inside) / np.maximum(shapely.area(polygons), 1e-15)
        spans = area_km2(polygons, area_method="spherical") >= SPANNING_KM2
        beyond = rows["status"].isin(BEYOND).to_numpy()
        belongs = (share >= np.where(spans, INSIDE, MOSTLY)) | beyond & (share > PARTLY)
        here = belongs | (spans & (share > 0))
        if region is not None and Status.HELD_IN_RUSSIA not in theatre.held:
            here &= ~beyond
        whole = np.where(belongs, polygons, inside)
        self.grounds = self._ground(rows[here], whole[here]), self._ground(rows, inside)
        self._times = {*shapes[kept]["valid_from"], *shapes[kept]["valid_to"]}
        self._depth_of = cache(self._depth_of)  # type: ignore[method-assign]
        self.level_km2 = cache(self.level_km2)  # type: ignore[method-assign]

    def _ground(self, rows: gpd.GeoDataFrame, shapes: Geometries) -> Ground:
        """Polygons by themselves, each as often as a map shows it."""
        parts, row = explode(shapes)
        solid = shapely.area(parts) > 0
        table = rows.iloc[row[solid]].set_geometry(parts[solid], crs=WGS84)
        table["shape_id"] = [f"{number:09}" for number in range(len(table))]
        return Ground(replace(self.history, shapes=table, theatre=self.theatre))

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
        return [m for i, m in enumerate(moments) if i == 0 or m in self._times]

    # What it shows

    def counted(self, moment: pd.Timestamp, count: Count) -> Pieces:
        """Polygons that a count takes of the map of an instant."""
        held, grey = self.grounds[count.cut].shown(moment)
        by_ground = {"held": held, "contested": grey}
        pieces = by_ground.get(count.ground, tuple(sorted(held + grey)))
        if count.piece is None:
            return pieces
        for meant in self.components(pieces, cut=count.cut):
            if self._covers(meant, count.piece, cut=count.cut):
                break
        else:
            meant = ()
        return meant if count.alone else tuple(p for p in pieces if p not in meant)

    def holds_point(self, moment: pd.Timestamp, count: Count, place: Place) -> bool:
        """Whether a place lies on the ground of a map."""
        return self._covers(self.counted(moment, count), place, cut=count.cut)

    def _covers(self, pieces: Pieces, place: Place, *, cut: bool) -> bool:
        shapes = self.grounds[cut].polygons[list(pieces)]
        return bool(shapely.intersects_xy(shapes, place.lon, place.lat).any())

    def components(self, pieces: Pieces, *, cut: bool = False) -> list[Pieces]:
        """Connected groups of polygons, the largest first."""
        found = self.grounds[cut].components(pieces)
        return sorted(found, key=lambda one: self.web_km2(one, cut=cut), reverse=True)

    def sections(self, moment: pd.Timestamp, count: Count) -> int:
        """Connected groups that are no slivers."""
        components = self.components(self.counted(moment, count), cut=count.cut)
        return sum(self.web_km2(one, cut=count.cut) >= LEAST for one in components)

    # How much

    def web_km2(self, pieces: Pieces, *, cut: bool = False) -> float:
        """Sum over polygons on the sphere, each by itself, in km²."""
        return math.fsum(self.grounds[cut].web_map_km2[list(pieces)])

    def level_km2(self, moment: pd.Timestamp, count: Count) -> float:
        """Area on the map of an instant, in km²."""
        pieces = self.counted(moment, count)
        if not count.cut:
            return self.web_km2(pieces)
        ground = self.grounds[True]
        held = ground.shown(moment)[0] if count.ground == "contested" else ()
        return ground.area_km2(pieces, without=held)

    def depth(self, moment: pd.Timestamp, count: Count) -> tuple[float, bool]:
        """
        The farthest point from the border, in km, and whether the region ends there.

        Without a border, or any ground, nan.
        """
        pieces, ground = self.counted(moment, count), self.grounds[count.cut]
        depths = [self._depth_of(piece, count.cut) for piece in pieces]
        deepest = max(depths, key=lambda depth: depth.depth_km, default=NO_DEPTH)
        return deepest.depth_km, ground.is_censored(deepest)

    def _depth_of(self, piece: int, cut: bool) -> Depth:  # noqa: FBT001 (kept by both)
        ground, region = self.grounds[cut], self.theatre.region
        shape = ground.polygons[[piece]]
        if ground.border is None:
            return NO_DEPTH
        inside = shape if region is None else clip(shape, region)
        return depth_km(inside[0], ground.border)

    def distance_km(self, pieces: Pieces, place: Place, *, cut: bool = False) -> float:
        """Shortest way from a place to some polygons, in km."""
        point = shapely.Point(place.lon, place.lat)
        crs, shapes = measuring_crs(point), self.grounds[cut].polygons[list(pieces)]
        near = shapes[shapely.distance(shapes, point) < FAR_DEGREES]
        plane = project(near if len(near) else shapes, crs)
        return float(shapely.distance(plane, project(point, crs)).min()) / 1e3

    def turnover(
        self, since: pd.Timestamp, at: pd.Timestamp
    ) -> tuple[float, float, float]:
        """
        Ground gained and lost between two maps, in km², and the share of it redrawn.

        A change far from the front and on the outline of the country is a coast or a
        border drawn anew, not ground that changed hands.
        """
        whole = self.grounds[False]
        before, now = (
            shapely.make_valid(project(whole.union(whole.shown(m)[0]), whole.crs))
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
    def _inland(self) -> BaseGeometry:
        """Land away from coasts and borders, in the plane."""
        regions, plane = list(oblasts().geometry), self.grounds[False].crs
        if self.theatre.border is not None and self.theatre.region is not None:
            regions.append(self.theatre.region)
        land = shapely.union_all(shapely.make_valid(project(as_array(regions), plane)))
        land = land.simplify(500.0).buffer(-OUTLINE_KM * 1e3, quad_segs=2)
        # The line of 2014 is no front either.
        shapes = self.history.shapes
        since_2014 = shapes[shapes["status"] == str(Status.OCCUPIED_BEFORE_2022)]
        old = project(since_2014.geometry.to_numpy()[-OLD_SHAPES:], plane)
        old = shapely.union_all(shapely.make_valid(old)).simplify(500.0)
        old = old.buffer(OUTLINE_KM * 1e3, quad_segs=2)
        return land if Status.HELD_IN_RUSSIA in self.theatre.held else land - old

    def frozen(self, pieces: Pieces, moment: pd.Timestamp) -> bool:
        """Whether a piece was shown just so three months before."""
        before = self.counted(moment - FROZEN_DAYS * DAY, Count("held or contested"))
        km2 = self.grounds[False].web_map_km2
        return set(km2[list(pieces)]) <= set(km2[list(before)])

    # What it is called

    def name_of(self, pieces: Pieces) -> Place:
        """A piece by a point of it and the nearest town."""
        whole = self.grounds[False]
        largest = max(pieces, key=lambda piece: whole.web_map_km2[piece])
        shape = whole.polygons[largest]
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

    def largest_town(self, pieces: Pieces, *, cut: bool) -> Place | None:
        """The town with most people on some ground."""
        table, ground = self._places, self.grounds[cut].union(pieces)
        inside = table[shapely.intersects_xy(ground, table["lon"], table["lat"])]
        if inside.empty:
            return None
        town = inside.iloc[int(inside["population"].to_numpy().argmax())]
        return Place(str(town["name"]), float(town["lon"]), float(town["lat"]))

    def nearest_piece(self, pieces: Pieces, place: Place) -> Place | None:
        """The connected piece nearest to a place; None if none is within 15 km."""
        away = {one: self.distance_km(one, place) for one in self.components(pieces)}
        nearest = min(away, key=away.__getitem__, default=())
        if not nearest or away[nearest] > NEAR_KM:
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
