"""What a claim asks, measured on the maps of its theatre."""

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache, cached_property, lru_cache
from typing import Final
from warnings import warn

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kursk_geo._text import day_words, km, moment_words
from kursk_geo.area import area_km2
from kursk_geo.claims.claim import (
    CHANGES,
    DEPTH,
    PIECES,
    Claim,
    DateWindow,
    Place,
    changes_words,
    day_of,
    end_of,
    start_of,
)
from kursk_geo.claims.verdict import Count, Way
from kursk_geo.errors import (
    DateNotFoundError,
    KurskGeoError,
    OptionError,
    SourceWarning,
)
from kursk_geo.geometry import (
    WGS84,
    Geometries,
    clip,
    explode,
    measuring_crs,
    project,
)
from kursk_geo.ground import Ground, Pieces
from kursk_geo.history import ControlHistory, nothing_counts
from kursk_geo.periods import DAY, MICROSECOND
from kursk_geo.reference import places
from kursk_geo.sections import MIN_AREA_KM2
from kursk_geo.status import Status
from kursk_geo.theatre import Theatre, theatre

MORNING = pd.Timedelta(hours=8)
"""A sentence published on a day has the map that stood at this hour of its clocks."""
PATIENCE_DAYS = 4
"""A map that is older than this does not answer for a day, unless maps are rarer: the
longest gap of DeepState's own is three days."""
SPANNING_KM2 = 1000.0
"""A polygon of this size that does not lie in one region, but for a coast or border, is
the front of several: it is cut. A smaller one belongs where it mostly lies."""
TOWN = 2000
NEAR_TOWN_KM = 4.0
"""A piece is called after a town of that many people within so much, or else after the
nearest village."""

INSIDE, MOSTLY, PARTLY = 0.98, 0.5, 0.1
"""A polygon belongs where it mostly lies; ground of Ukraine's in Russia, of which a
little more may lie on the near side of the border, where a part of it lies."""

BEYOND = (Status.HELD_IN_RUSSIA, Status.CONTESTED_IN_RUSSIA)


CUT: Final = "cut at the border"
SLIVERS_KM2 = 1.0
"""Where whole polygons, which lie mostly across the border, count for nothing and more
than this lies on the near side, what lies there is counted."""
FROZEN_DAYS = 90
"""A piece that has not changed for so long is left out by some outlets."""
NEAR_DEGREES, FAR_DEGREES, EDGE_DEGREES = 1.0, 3.0, 0.05
NEAR_EDGE_KM = 1.0
"""A town's point is its centre, to about so much."""
FAR_KM = 25.0
"""A village farther from a piece than this does not name it."""
NEAR_KM = 15.0
"""A piece farther from a place than this is not the one that is called after it."""


@dataclass(frozen=True)
class Part:
    """
    Polygons that are counted together.

    Parameters
    ----------
    ground : Ground
        That they are some of.
    pieces : tuple of int
    """

    ground: Ground
    pieces: Pieces

    @property
    def shapes(self) -> Geometries:
        """The polygons."""
        return np.asarray(self.ground.polygons[list(self.pieces)])

    @property
    def web_km2(self) -> float:
        """Sum over polygons on the sphere, each by itself, in km²."""
        return math.fsum(self.ground.web_map_km2[list(self.pieces)])

    @property
    def components(self) -> list["Part"]:
        """Connected groups of them, the largest first."""
        found = (Part(self.ground, one) for one in self.ground.components(self.pieces))
        return sorted(found, key=lambda part: part.web_km2, reverse=True)

    @property
    def sections(self) -> int:
        """Connected groups that are no slivers."""
        return sum(part.web_km2 >= MIN_AREA_KM2 for part in self.components)

    def covers(self, place: Place) -> bool:
        """Whether a place lies on them."""
        return bool(shapely.intersects_xy(self.shapes, place.lon, place.lat).any())

    def distance_km(self, place: Place, *, edge: bool = False) -> float:
        """Shortest way from a place to them, or to their edge from within, in km."""
        point = shapely.Point(place.lon, place.lat)
        crs, shapes = measuring_crs(point), self.shapes
        reach = EDGE_DEGREES if edge else FAR_DEGREES
        near = shapes[shapely.distance(shapes, point) < reach]
        if edge and not len(near):
            return math.inf
        plane = project(near if len(near) else shapes, crs)
        goal = [shapely.boundary(shapely.union_all(plane))] if edge else plane
        return float(shapely.distance(goal, project(point, crs)).min()) / 1e3

    def at_edge(self, place: Place | None) -> str:
        """That a place lies so near to their edge that its point may not tell."""
        edge_km = self.distance_km(place, edge=True) if place else math.inf
        words = f", {km(edge_km)} from its edge: a town counts by its centre"
        return words if edge_km < NEAR_EDGE_KM else ""


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
        usual = pd.Series(self.published).diff().median()
        self._patience = max(PATIENCE_DAYS * DAY, 5 * usual)  # the first, without gaps
        shapes, region = history.shapes, theatre.region
        counted = [str(status) for status in theatre.held | theatre.contested]
        near = shapes[shapes["status"].isin(counted)]
        if region is not None:
            near = near.iloc[near.sindex.query(region.envelope, sort=True)]
        polygons, row = explode(near.geometry.to_numpy())
        rows = near.iloc[row]
        inside = polygons if region is None else clip(polygons, region)
        empty = region is not None and shapely.is_empty(inside).all()
        if empty and (told := nothing_counts(shapes, theatre)):
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
        self._times = {*near["valid_from"], *near["valid_to"]}
        self.level_km2 = cache(self.level_km2)  # type: ignore[method-assign]
        self.name_of = cache(self.name_of)  # type: ignore[method-assign]

    def _ground(self, rows: gpd.GeoDataFrame, shapes: Geometries) -> Ground:
        """Polygons by themselves, each as often as a map shows it."""
        parts, row = explode(shapes)
        solid = shapely.area(parts) > 0
        table = rows.iloc[row[solid]].reset_index(drop=True)
        table = table.set_geometry(parts[solid], crs=WGS84)
        table["shape_id"] = [f"{number:09}" for number in range(len(table))]
        return Ground(replace(self.history, shapes=table, theatre=self.theatre))

    # Which map

    def stood(self, moment: pd.Timestamp) -> pd.Timestamp:
        """
        When the map was published that stood at a moment.

        Raises
        ------
        DateNotFoundError
            If there is none, or it is so old that others must be missing.
        """
        position = int(self.published.searchsorted(moment, side="right"))
        before, after = self.published[:position], self.published[position:]
        if len(before) and moment - before[-1] <= self._patience:
            return before[-1]
        what = f"begin on {day_words(after[0])}" if len(after) else "are none"
        if len(before):
            what = f"end on {day_words(before[-1])}"
            if len(after):
                what = (
                    f"have none from {day_words(before[-1])} to {day_words(after[0])}"
                )
        msg = f"the maps at hand {what}, and {day_words(moment)} is asked for: "
        raise DateNotFoundError(msg + "read the maps of these days.")

    def as_began(self, day: date | pd.Timestamp | None) -> pd.Timestamp:
        """Instant of the map that stood when a day began."""
        return self.stood(start_of(day) - MICROSECOND)

    def morning_of(self, published: date | pd.Timestamp) -> pd.Timestamp:
        """Instant of the map that stood when a sentence was published."""
        moment = pd.Timestamp(published)
        if not isinstance(published, datetime):
            moment = (moment + MORNING).tz_localize(self.theatre.tz)
        return self.stood(moment.tz_convert("UTC"))

    def beside(self, moment: pd.Timestamp, step: int) -> pd.Timestamp | None:
        """The map published before or after another; None where there is none."""
        position = int(self.published.searchsorted(moment)) + step
        inside = 0 <= position < len(self.published)
        return self.published[position] if inside else None

    def between(self, first: pd.Timestamp, last: pd.Timestamp) -> list[pd.Timestamp]:
        """Maps published from an instant on and until another."""
        return list(self.published[self.published.slice_indexer(first, last)])

    def changes(self, first: pd.Timestamp, last: pd.Timestamp) -> list[pd.Timestamp]:
        """As `between`, only the first and those that show something new here."""
        moments = self.between(first, last)
        return [m for i, m in enumerate(moments) if i == 0 or m in self._times]

    # What it shows

    def counted(self, moment: pd.Timestamp, count: Count) -> Part:
        """Polygons that a count takes of the map of an instant."""
        ground = self.grounds[count.cut]
        held, grey = ground.shown(moment)
        by_ground = {"held": held, "contested": grey}
        pieces = by_ground.get(count.ground, tuple(sorted(held + grey)))
        shown, place = Part(ground, pieces), count.piece
        if place is None:
            return shown
        nothing = Part(ground, ())
        meant = next((one for one in shown.components if one.covers(place)), nothing)
        if count.alone:
            return meant
        return Part(ground, tuple(p for p in pieces if p not in meant.pieces))

    def level_km2(self, moment: pd.Timestamp, count: Count) -> float:
        """Area on the map of an instant, in km²."""
        part = self.counted(moment, count)
        if not count.cut:
            return part.web_km2
        held = part.ground.shown(moment)[0] if count.ground == "contested" else ()
        return part.ground.area_km2(part.pieces, without=held)

    def depth(self, moment: pd.Timestamp, count: Count) -> tuple[float, bool]:
        """
        The farthest point from the border, in km, and whether the region ends there.

        Without any ground, nan. Of whole polygons too, only what lies in the region.
        """
        inside = self.counted(moment, replace(count, cut=True))
        if inside.ground.border is None:
            msg = f"depth is measured from the border, and {self.theatre.name!r} has "
            raise OptionError(msg + "none: name a region at it")
        [deepest] = inside.ground.depths([inside.pieces])
        return deepest.depth_km, inside.ground.is_censored(deepest)

    def frozen(self, part: Part, moment: pd.Timestamp) -> bool:
        """Whether a piece was shown just so three months before."""
        before = self.counted(moment - FROZEN_DAYS * DAY, Count("held or contested"))
        km2 = part.ground.web_map_km2
        return set(km2[list(part.pieces)]) <= set(km2[list(before.pieces)])

    # What it is called

    def name_of(self, part: Part) -> Place:
        """A piece by a point of it and the nearest town."""
        largest = max(part.pieces, key=lambda piece: part.ground.web_map_km2[piece])
        shape = part.ground.polygons[largest]
        point = shapely.point_on_surface(shape)
        table, name = self._places, f"{point.y:.2f} N, {point.x:.2f} E"
        away = np.fmax(abs(table["lon"] - point.x), abs(table["lat"] - point.y))
        near = table[away <= NEAR_DEGREES]
        if len(near):
            points, *ends = (
                project(x, measuring_crs(point))
                for x in (near.geometry.to_numpy(), shape, point)
            )
            to_shape_km, to_point_km = (shapely.distance(points, x) / 1e3 for x in ends)
            towns = near["population"].to_numpy() * (to_shape_km <= NEAR_TOWN_KM)
            named = (towns if towns.max() >= TOWN else -to_point_km).argmax()
            if to_shape_km[named] < FAR_KM:
                name = near["name"].iloc[named]
        return Place(str(name), float(point.x), float(point.y))

    @cached_property
    def _places(self) -> gpd.GeoDataFrame:
        table, region = places(), self.theatre.region
        if region is None:
            return table
        # Of a copy: this prepares the region in place, which threads share.
        region = shapely.force_2d(region)
        inside = shapely.intersects_xy(region, table["lon"], table["lat"])
        return gpd.GeoDataFrame(table[inside])

    def largest_town(self, part: Part) -> Place | None:
        """The town with most people on some ground."""
        table, ground = self._places, part.ground.union(part.pieces)
        inside = table[shapely.intersects_xy(ground, table["lon"], table["lat"])]
        largest = inside.nlargest(1, "population")[["name", "lon", "lat"]]
        return next((Place(*town) for town in largest.itertuples(index=False)), None)

    def nearest_piece(self, components: Sequence[Part], place: Place) -> Place | None:
        """The piece nearest to a place; None if none is within 15 km."""
        near = [(one.distance_km(place), i) for i, one in enumerate(components)]
        away_km, nearest = min(near, default=(math.inf, 0))
        if away_km > NEAR_KM:
            return None
        return replace(self.name_of(components[nearest]), name=place.name)


maps_of = lru_cache(maxsize=16)(Maps)
"""The maps of a theatre, kept from one sentence to the next."""


class Engine:
    """
    Measures what one claim asks.

    Parameters
    ----------
    claim : Claim
    maps : Maps
        Of the claim's theatre.
    """

    def __init__(self, claim: Claim, maps: Maps) -> None:
        self.claim, self.maps = claim, maps
        self.at_kind = "" if claim.at is None else claim.at.kind
        self.since_kind = "" if claim.since is None else claim.since.kind
        self.period = claim.at if self.at_kind == "within" else None
        self.is_change = claim.measure in CHANGES
        began = self.period and DateWindow("start", self.period.start)
        self.since = claim.since or began  # of a change in a period
        # Of somebody who does not count as these maps do; our own stand for all.
        sources = ("", maps.history.source)
        drawn_from = claim.source in sources or maps.history.source == "sample"
        self.foreign = bool(claim.speaker) or not drawn_from
        # Periods may be compared by how much of the held ground they cost.
        self.turn = -1 if claim.of.endswith("losses") else 1

    @cached_property
    def first(self) -> Way:
        """
        As the source itself counts, on the map that the sentence means.

        Raises
        ------
        KurskGeoError
            If the maps do not cover it, or nothing lies where it says.
        """
        claim, maps = self.claim, self.maps
        at, since, window = self._end_of_window(claim.at), None, self.since
        two = self.is_change or claim.measure == "ratio"
        if two and window is not None and window.kind != "peak":
            since = self._end_of_window(window)
        if since is not None and since >= at and self.is_change:
            msg = (
                f"the map to count from ({moment_words(since)}) is not older "
                f"than the one to count to ({moment_words(at)})"
            )
            raise DateNotFoundError(msg)
        # Who does not count as this map does is met by a figure cut at the border.
        count, name = Count(claim.ground or "held"), ""
        cut = replace(count, cut=maps.theatre.border is not None)
        across = (
            maps.level_km2(moment, cut) > SLIVERS_KM2
            for moment in (at, since)
            if moment is not None and not maps.level_km2(moment, count)
        )
        if self.foreign:
            count = cut
        elif cut.cut and any(across):
            count, name = cut, CUT
        place, piece = claim.place, None
        whole = place is None and claim.pieces not in PIECES
        if not whole and claim.measure not in ("distance", "days_held", "present"):
            components = maps.counted(at, replace(count, cut=False)).components
            if place is not None:
                piece = maps.nearest_piece(components, place)
                if piece is None:
                    msg = f"nothing {count.ground} is shown near {place.name}"
                    raise OptionError(msg)
            elif claim.measure != "sections":
                which = PIECES[claim.pieces]
                if 0 < len(components) <= which:
                    msg = f"there is no {claim.pieces} piece of {count.ground} ground"
                    raise OptionError(msg)
                piece = maps.name_of(components[which]) if components else None
        if piece is not None:
            count = replace(count, piece=piece, alone=claim.pieces != "others")
            name = name if count.alone else f"without the piece near {piece.name}"
        return Way(name, "first", count, at, since)

    # Which maps

    def _end_of_window(self, window: DateWindow | None) -> pd.Timestamp:
        """
        The map that a window points at.

        An outlet prints what stood in the morning; an official speaks of the day.
        """
        claim, maps, published = self.claim, self.maps, self.claim.published
        if window is None or window.kind == "peak":
            whole_day = bool(claim.speaker)
            return (
                maps.stood(end_of(published))
                if whole_day
                else maps.morning_of(published)
            )
        if window.kind == "start":
            return maps.as_began(window.target)
        if window.kind == "within" and day_of(window.last) >= day_of(published):
            return maps.morning_of(published)
        return maps.stood(end_of(window.last))

    # The figure

    def count(self, way: Way) -> Way:
        """The figure of one way; nan and a reason where there is none."""
        own: dict[str, Callable[[Way], Way]] = {
            **dict.fromkeys(CHANGES, self._change),
            "days_held": self._days_held,
            "ratio": self._ratio,
            "streak": self._streak,
            "record": self._record,
        }
        try:
            found = own.get(self.claim.measure, self._of_map)(way)
        except KurskGeoError as error:
            return replace(way, reason=str(error))
        already = self.claim.measure == "present" and found.since_utc is not None
        return replace(found, holds=self.holds(found.figure) and not already)

    def holds(self, figure: float) -> bool:
        """Whether the sentence does, with such a figure."""
        if self.claim.measure == "present" and not math.isnan(figure):
            return (figure > 0) == (self.claim.says.high > 0)
        return self.claim.says.contains(figure)

    def level(self, way: Way, moment: pd.Timestamp) -> float:
        """Of one map: what is asked, or what it is that changed."""
        claim, maps, count = self.claim, self.maps, way.count
        shown, measure = maps.counted(moment, count), claim.measure
        if self.is_change or measure == "ratio":
            measure = "depth" if claim.of == DEPTH else "area"
        if measure in ("depth", "distance") and not shown.pieces:
            raise OptionError(nothing(count.ground, moment))
        match measure:
            case "sections":
                return float(shown.sections)
            case "depth":
                return maps.depth(moment, count)[0]
            case "distance" if claim.place is not None:
                return shown.distance_km(claim.place)
            case "present" if claim.place is not None:
                return float(shown.covers(claim.place))
            case "share":
                return maps.level_km2(moment, count) / self._whole_km2(way)
        return maps.level_km2(moment, count)

    def _whole_km2(self, way: Way) -> float:
        """What a share is of."""
        of, count = self.claim.of or self.claim.theatre, way.count
        if of == "the peak":
            top = self._peak(way)
            whole_km2, why = self.maps.level_km2(top, count), nothing(count.ground, top)
        else:
            whole_km2 = theatre(of.removeprefix("the ")).official_area_km2 or 0.0
            why = f"the area of {of!r} is not known; expected an oblast"
        if not whole_km2:
            raise OptionError(why)
        return whole_km2

    def _peak(self, way: Way) -> pd.Timestamp:
        """The first of the maps with the most ground up to that of a way."""
        window, at = self.claim.since or self.claim.at, way.at_utc
        if window is None or window.kind != "peak":
            window = DateWindow("peak")
        first = start_of(window.start) if window.start else self.maps.published[0]
        last = min(at, end_of(window.end)) if window.end else at
        moments = self.maps.changes(first, last)
        if not moments:
            msg = f"no map is at hand from {day_words(first)} to {day_words(last)}"
            raise DateNotFoundError(msg)
        levels = [self.maps.level_km2(moment, way.count) for moment in moments]
        top = int(np.argmax(levels))
        # Of the country and its oblasts most was held in March 2022.
        old = self.claim.theatre == "ukraine" or "Oblast" in self.claim.theatre
        if (top == 0 or old) and levels[0] > 0 and window.start is None:
            msg = (
                f"the maps at hand begin on {day_words(moments[0])}"
                f"{' with the most ground that they show' * (top == 0)}, so the peak "
                "may lie before: read older ones"
            )
            raise DateNotFoundError(msg)
        return moments[top]

    def _of_map(self, way: Way) -> Way:
        """
        Of one map; of a period the largest figure.

        "Never less than" asks for the smallest.
        """
        says, present = self.claim.says, self.claim.measure == "present"
        moment = way.at_utc
        if present and self.since_kind == "start":
            with suppress(DateNotFoundError):
                begun = self._end_of_window(self.claim.since)
                figure = self.level(way, begun)
                at_edge = self.maps.counted(begun, way.count).at_edge(self.claim.place)
                # So it was before the time that is named, and not only in part.
                if self.holds(figure) and not at_edge:
                    return replace(way, figure=figure, at_utc=begun, since_utc=begun)
        if self.at_kind == "peak":
            grey = way.count.ground == "contested"  # on the map with most ground held
            held = replace(way, count=replace(way.count, ground="held"))
            moment = self._peak(held if grey else way)
        elif self.period:
            moments = self.maps.changes(start_of(self.period.start), moment)
            gap = ""
            try:
                moments.insert(0, self.maps.stood(start_of(self.period.start)))
            except DateNotFoundError as error:
                # What begins with nothing shown has not missed an extreme.
                if not moments or self.maps.counted(moments[0], way.count).pieces:
                    gap = str(error)
            figures: dict[pd.Timestamp, float] = {}
            for one in moments:
                with suppress(OptionError):
                    figures[one] = self.level(way, one)
            if not figures:
                raise OptionError(gap or nothing(way.count.ground, moment))
            least = math.isinf(says.high) and says.low > 0 and not present
            moment = (min if least else max)(figures, key=figures.__getitem__)
            if gap and says.contains(figures[moment]):
                # One map refutes, but it takes all to confirm.
                raise DateNotFoundError(gap)
        figure = self.level(way, moment)
        reached = says.low <= figure and says.high == math.inf
        asked = self.claim.measure == "depth" and figure <= says.high and not reached
        if asked and self.maps.depth(moment, way.count)[1]:
            deep = km(figure, censored=True)
            msg = f"the ground is {deep} deep: it goes on where the region ends"
            raise OptionError(msg)
        return replace(way, figure=figure, at_utc=moment)

    def _compared(self, way: Way) -> Way:
        """A way with the map that it is counted from, and the levels on both."""
        since = way.since_utc or self._peak(way)
        levels = tuple(self.level(way, moment) for moment in (since, way.at_utc))
        return replace(way, since_utc=since, levels=levels)

    def _change(self, way: Way) -> Way:
        """Of two levels."""
        way = self._compared(way)
        (before, now), since, period = way.levels, way.since_utc, self.period
        figure = now - before
        assert since is not None  # noqa: S101 (it has just been found)
        if self.claim.measure == "relative_change":
            if not before:
                raise OptionError(nothing(way.count.ground, since))
            figure = now / before - 1.0
        elif self.claim.measure == "rate":  # of the days named, or of those between
            span = way.at_utc - since
            own = period if since == self.first.since_utc else None
            if own and end_of(own.end) <= start_of(self.claim.published):
                span = end_of(own.end) + MICROSECOND - start_of(own.start)
            figure /= span / DAY
        return replace(way, figure=figure)

    def _days_held(self, way: Way) -> Way:
        """The last unbroken time that ground was shown, up to the end, in days."""
        maps, place = self.maps, way.count.piece or self.claim.place
        moments = maps.changes(maps.published[0], way.at_utc)
        whole = replace(way.count, piece=None)
        shown = [maps.counted(moment, whole) for moment in moments]
        on = [i for i, part in enumerate(shown) if part.pieces]
        if not on:
            return replace(way, figure=0.0)
        first = last = on[-1]
        while first - 1 in on:
            first -= 1
        if first == 0:
            msg = (
                f"the first map, of {day_words(moments[0])}, already shows such "
                "ground, so nothing tells since when: read older ones"
            )
            raise DateNotFoundError(msg)
        if place is not None:
            on = [i for i in range(first, last + 1) if shown[i].covers(place)]
            if not on:
                msg = f"{place.name} lies on none of this ground"
                raise OptionError(msg)
            last = on[-1]
        gone, published = way.at_utc, self.claim.published
        if last + 1 < len(moments):
            gone = moments[last + 1]
        elif self.claim.at is None and not isinstance(published, datetime):
            # What the map shows that stood is held until the sentence was published.
            gone = max(gone, start_of(published))
        days = float((gone - moments[first]) / DAY)
        return replace(way, figure=days, at_utc=gone, since_utc=moments[first])

    # Of periods that are compared

    def _ratio(self, way: Way) -> Way:
        """Of two levels, or of what two periods brought; a fall is negative."""
        claim = self.claim
        if claim.since is None:
            msg = "the sentence does not say compared with when"
            raise OptionError(msg)
        fall = (claim.says.value or claim.says.high) < 0
        way = self._compared(way)
        before, now = way.levels
        if self.period and self.since_kind == "within":
            way = replace(way, parts=self._gains([self.period, claim.since], way))
            now, before = (self.turn * km2 for _, km2 in way.parts)
            if now <= 0 and not fall:
                now = 0.0  # of what went the other way there was none
            elif min(now, before) <= 0:
                whose = f"ground {self.maps.theatre.held_words}"
                why = f"{whose} {changes_words(way.parts)}: these are not divided"
                raise OptionError(why)
        above, below = (before, now) if fall else (now, before)
        if not below:
            why = f"the smaller of the two, {below:.1f} km², is nothing to divide by"
            raise OptionError(why)
        return replace(way, figure=(-above if fall else above) / below)

    def _gains(
        self, windows: Sequence[DateWindow], way: Way
    ) -> tuple[tuple[DateWindow, float], ...]:
        """Change over each of some periods, from the map that stood as it began."""
        found, maps = [], self.maps
        for window in windows:
            ends = [maps.as_began(window.start), self._end_of_window(window)]
            if way.later:
                ends = [maps.beside(m, 1) or m for m in ends]
            before, now = (maps.level_km2(m, way.count) for m in ends)
            found.append((window, now - before))
        return tuple(found)

    def _periods(self, first: date, last: date) -> list[DateWindow]:
        """Months from a day to another; or spans as long as that of the sentence."""
        own = self.period
        if own and own.start and own.end and (own.end - own.start).days < SHORT_DAYS:
            # What ends on the day of publication ends with its morning.
            over = own.end < day_of(self.claim.published)
            days = (own.end - own.start).days + over or 1
            back, on = (first - own.start).days // days, (last - own.end).days // days
            starts = [own.start + n * timedelta(days) for n in range(back + 1, on + 1)]
            spans = [(start, start + timedelta(days - 1)) for start in starts]
            spans[-back - 1] = (own.start, own.end)
        else:
            months = pd.date_range(first.replace(day=1), last, freq="MS")
            ends = months + pd.offsets.MonthEnd(0)
            spans = list(zip(months.date, ends.date, strict=True))
        return [DateWindow("within", start=start, end=end) for start, end in spans]

    def _streak(self, way: Way) -> Way:
        """Months in a row, up to that of the sentence, that went on as it says."""
        at, says = self.claim.at, self.claim.says
        month = day_of((at and at.end) or self.claim.published).replace(day=1)
        asked = int(says.value or says.low)
        back = asked + 2 * math.isfinite(says.high)
        first = (pd.Timestamp(month) - pd.DateOffset(months=back)).date()
        periods = self._periods(first, month)
        parts = self._gains(periods[-asked - 1 :], way)
        with suppress(DateNotFoundError):  # older than those of the sentence
            for one in reversed(periods[: -asked - 1]):
                parts = self._gains([one], way) + parts
        on = self.turn * np.array([km2 for _, km2 in parts])
        trend = {"rising": 1, "falling": -1}.get(self.claim.of.partition(" ")[0])
        if trend:
            on = trend * np.diff(on)
        months = int(np.argmin([*(on > 0)[::-1], False]))
        told = max(asked, months) + bool(trend)
        return replace(way, figure=float(months), parts=parts[-told:])

    def _record(self, way: Way) -> Way:
        """Rank of a month's change, or of a level, among those of a period."""
        since, maps = self.claim.since, self.maps
        first, last = maps.published[0].date(), day_of(self.claim.published)
        if since is not None and since.kind != "peak":
            first, last = since.start or first, min(last, day_of(since.end))
        if self.period:
            periods = self._periods(first, last)
            own = next(w for w in periods if w.start == self.period.start)
            parts = self._gains([own, *(w for w in periods if w != own)], way)
        else:
            moments = maps.changes(maps.stood(end_of(first)), way.at_utc)
            levels = [(m, maps.level_km2(m, way.count)) for m in [way.at_utc, *moments]]
            # Not before it began.
            parts = tuple((DateWindow("on", m), km2) for m, km2 in levels if km2)
        turn = self.turn if self.period else 1
        turn *= -1 if self.claim.of.startswith("smallest") else 1
        (own, km2), *others = parts
        others.sort(key=lambda part: -turn * part[1])
        ahead = [x for x in others if turn * (x[1] - km2) > 1e-9]
        told = ((own, km2), *(ahead[:MANY_AHEAD] or others[: bool(self.period)]))
        return replace(way, figure=1.0 + len(ahead), parts=told)


def nothing(ground: str, moment: pd.Timestamp) -> str:
    """Why there is no depth, no share and no distance."""
    return f"nothing is shown as {ground} on the map of {moment_words(moment)}"


SHORT_DAYS: Final = 26
"""A record of a longer period is one of months."""
MANY_AHEAD: Final = 3
"""Of the periods with a larger figure no more are told."""
