"""What a claim asks, measured: as the source counts, and by each named departure."""

import math
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Final, Literal, get_args

import numpy as np
import pandas as pd

from kursk_geo._text import day_words, km, moment_words
from kursk_geo.claims.claim import Claim, DateWindow, Measure
from kursk_geo.claims.grid import Count, Maps
from kursk_geo.errors import DateNotFoundError, KurskGeoError, OptionError
from kursk_geo.history import ControlHistory
from kursk_geo.periods import DAY
from kursk_geo.theatre import theatre

__all__ = [
    "CHANGES",
    "KINDS",
    "Engine",
    "Kind",
    "Way",
    "end_of",
    "foreign",
]

Kind = Literal["first", "rounding", "pieces", "edition", "day", "cut", "grey", "ground"]
KINDS: Final[tuple[str, ...]] = get_args(Kind)
"""Departures from the nearest in kind to the farthest."""

CHANGES: Final[tuple[Measure, ...]] = ("area_change", "relative_change", "rate")
OF_PERIODS: Final[tuple[Measure, ...]] = ("streak", "record")
MANY_PIECES = 8
"""Of more pieces than this nobody means one without naming it."""
NEXT_MAP = pd.Timedelta(hours=36)
"""The map after a day shows what had happened by its end, if it came so soon."""


@dataclass(frozen=True)
class Way:
    """
    One way to come to a figure, and the figure.

    Parameters
    ----------
    name : str
        What it departs in, in words that go after "counted"; "" for the first.
    kind : Kind
    count : Count
    at_utc, since_utc : Timestamp or None
        Maps that are compared; once it is counted, those that were read.
    later : bool, default False
        Whether periods begin and end with the maps after their days.
    figure : float
        What comes of it; nan without one.
    holds : bool
        Whether the sentence does, with this figure.
    reason : str
        Why there is none.
    censored : bool
        A depth that is reached where the region ends: so much or more.
    """

    name: str
    kind: Kind
    count: Count
    at_utc: pd.Timestamp
    since_utc: pd.Timestamp | None = None
    later: bool = False
    figure: float = math.nan
    holds: bool = False
    reason: str = ""
    censored: bool = False


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
        at, since = claim.at, claim.since
        self.at_kind = "" if at is None else at.kind
        self.since_kind = "" if since is None else since.kind
        self.is_change = claim.measure in CHANGES
        self.searched = self.at_kind in ("within", "peak")

    # The ways

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
        at, since = self._end_of_window(claim.at), None
        if self.is_change or claim.measure == "ratio":
            if self.since_kind not in ("", "peak"):
                since = self._end_of_window(claim.since)
            elif claim.since is None and claim.at and self.at_kind == "within":
                since = maps.stood(_start_of(claim.at.start), before=True)
        if since is not None and since >= at and self.is_change:
            msg = (
                f"the map to count from ({moment_words(since)}) is not older "
                f"than the one to count to ({moment_words(at)})"
            )
            raise DateNotFoundError(msg)
        # Who does not count as this map does is met by a figure cut at the border.
        cut = maps.theatre.border is not None and foreign(claim, maps.history)
        count, place = Count(claim.ground or "held", cut=cut), claim.place
        one = place is not None or claim.pieces == "one"
        if one and claim.measure not in ("distance", "days_held", "present"):
            pieces = maps.counted(at, replace(count, cut=False))
            if place is not None:
                piece = maps.nearest_piece(pieces, place)
                if piece is None:
                    msg = f"nothing {count.ground} is shown near {place.name}"
                    raise OptionError(msg)
                count = replace(count, piece=piece)
            elif claim.measure != "sections" and pieces:
                count = replace(count, piece=maps.name_of(maps.components(pieces)[0]))
        return Way("", "first", count, at, since)

    def departures(self) -> Iterator[Way]:
        """Other ways that have standing, one step from the first, nearest first."""
        first, measure, theatre = self.first, self.claim.measure, self.maps.theatre
        yield from self._other_pieces(first)
        if measure not in OF_PERIODS:
            yield from self._other_editions(first)
        areas = ("area", "area_change", "relative_change", "share")
        if theatre.border is not None and measure in areas:
            cut = not first.count.cut
            name = "cut at the border" if cut else "in whole polygons"
            count = replace(first.count, cut=cut)
            yield replace(first, name=name, kind="cut", count=count)
        # Nobody counts gains or pieces with the grey zone unless he says so.
        ungrey = ("area_change", "rate", "ratio", "sections", *OF_PERIODS)
        if self.claim.ground is None and theatre.contested and measure not in ungrey:
            count = replace(first.count, ground="held or contested")
            yield replace(first, name="with the grey zone", kind="grey", count=count)

    def _other_pieces(self, first: Way) -> Iterator[Way]:
        claim, maps = self.claim, self.maps
        if claim.measure == "days_held" and claim.place is None:
            # The largest town that was held when most was.
            with suppress(DateNotFoundError):
                peak_utc, count = self._peak(first, first.at_utc), first.count
                held = maps.counted(peak_utc, count)
                town = maps.largest_town(held, cut=count.cut) if held else None
                if town is not None:
                    name = f"for the main ground around {town.name}"
                    count = replace(count, piece=town)
                    yield replace(first, name=name, kind="pieces", count=count)
        # Of a country nobody leaves a piece out, nor the deepest of a depth; a change
        # has none but frozen ones.
        levels: tuple[Measure, ...] = ("area", "share", "sections", "relative_change")
        if self.at_kind == "within" and claim.since is None:
            levels = ("relative_change",)  # of a period's extreme nobody leaves any out
        whole = first.count.piece is None and maps.theatre.border is not None
        if claim.measure not in levels or not whole:
            return
        pieces = maps.counted(first.at_utc, replace(first.count, cut=False))
        components = maps.components(pieces)
        if not 1 < len(components) <= MANY_PIECES:
            return
        places = [maps.name_of(component) for component in components]
        names = Counter(place.name for place in places)
        # Of two, one alone is the other left out: told as it is usually meant.
        # A piece alone is below any bound: "less than 700 km²" does not mean it.
        level = claim.measure in ("area", "share") and claim.says.low > 0
        alone = level and (len(places) > 2 or first.count.ground == "contested")
        for component, place in zip(components, places, strict=True):
            name = f"the piece near {place.name}"
            if names[place.name] > 1:
                name += f" ({maps.web_km2(component):.1f} km²)"
            way = replace(first, kind="pieces", count=replace(first.count, piece=place))
            if alone:
                yield replace(way, name=f"in {name} alone")
            smaller = component != components[0] and claim.measure != "relative_change"
            odd = smaller or maps.frozen(component, first.at_utc)
            if odd and not (alone and len(places) == 2):
                count = replace(way.count, alone=False)
                yield replace(way, name=f"without {name}", count=count)

    def _other_editions(self, first: Way) -> Iterator[Way]:
        claim = self.claim
        at_utc, since_utc = first.at_utc, first.since_utc
        if self.is_change or not self.searched:
            for name, kind, moment in self._beside(claim.at, at_utc):
                if since_utc is None or moment > since_utc:
                    yield replace(first, name=name, kind=kind, at_utc=moment)
        window = claim.since
        if since_utc is None or self.since_kind == "peak":
            return
        if claim.at is not None and self.at_kind == "within":
            # Some days up to publication may have ended with the day before, and a
            # month is counted from its first map to the next one's by some.
            later = _day(claim.at.end) < _day(claim.published)
            step = 1 if later else -1
            at, since = (self.maps.beside(m, step) for m in (at_utc, since_utc))
            if at is not None and since is not None:
                name = f"up to the map of {moment_words(at)}"
                name = "counted a day later" if later else name
                moved = replace(first, name=name, kind="edition", later=later)
                yield replace(moved, at_utc=at, since_utc=since)
        if window is None and claim.at is not None and claim.at.start is not None:
            window = DateWindow("start", claim.at.start)
        for name, kind, moment in self._beside(window, since_utc):
            if moment < at_utc:
                said = name.replace("on the map", "counted from the map")
                yield replace(first, name=said, kind=kind, since_utc=moment)

    def _beside(
        self, window: DateWindow | None, chosen: pd.Timestamp
    ) -> Iterator[tuple[str, Kind, pd.Timestamp]]:
        """Other maps that a window of days may mean."""
        maps = self.maps
        near: list[pd.Timestamp | None] = [maps.beside(chosen, -1)]
        if window is None:
            published = self.claim.published
            if not isinstance(published, datetime):
                tz = maps.theatre.tz
                dawn = _start_of(published, tz)
                near += [maps.beside(dawn, -1)] if chosen > dawn else []
                near += maps.between(dawn, end_of(published, tz))
        elif window.kind in ("start", "peak"):
            near.append(maps.beside(chosen, 1))
        else:
            day = window.end if window.kind == "within" else window.target
            if not isinstance(day, datetime):
                near += maps.between(_start_of(day), chosen)
                later = maps.beside(chosen, 1)
                if later is not None and later - end_of(day) <= NEXT_MAP:
                    near.append(later)
        tried = {chosen}
        for moment in near:
            if moment is not None and moment not in tried:
                tried.add(moment)
                yield _on(moment), "edition", moment
        if window is None or window.kind == "within" or window.start == window.end:
            return
        for moment in maps.changes(_start_of(window.start), end_of(window.end)):
            if moment not in tried:
                yield _on(moment), "day", moment

    # Which maps

    def _end_of_window(self, window: DateWindow | None) -> pd.Timestamp:
        """
        The map that a window points at.

        An outlet prints what stood in the morning; an official speaks of the day.
        """
        claim, maps, published = self.claim, self.maps, self.claim.published
        if window is None or window.kind == "peak":
            if claim.speaker and not isinstance(published, datetime):
                return maps.stood(end_of(published), before=True)
            return maps.morning_of(published)
        if isinstance(window.target, datetime):
            return maps.stood(pd.Timestamp(window.target))
        if window.kind == "start":
            return maps.stood(_start_of(window.target), before=True)
        day = window.end if window.kind == "within" else window.target
        if window.kind == "within" and _day(day) >= _day(published):
            return maps.morning_of(published)
        return maps.stood(end_of(day), before=True)

    # The figure

    def count(self, way: Way) -> Way:
        """The figure of one way; nan and a reason where there is none."""
        measures = {
            **dict.fromkeys(CHANGES, self._change),
            "ratio": self._ratio,
            "days_held": self._days_held,
            "streak": self._streak,
            "record": self._record,
        }
        try:
            found = measures.get(self.claim.measure, self._of_map)(way)
        except KurskGeoError as error:
            return replace(way, reason=str(error))
        return replace(found, holds=self.holds(found.figure))

    def holds(self, figure: float) -> bool:
        """Whether the sentence does, with such a figure."""
        if self.claim.measure == "present" and not math.isnan(figure):
            return (figure > 0) == (self.claim.says.high > 0)
        return self.claim.says.contains(figure)

    def _level(self, way: Way, moment: pd.Timestamp) -> float:
        """Of one map."""
        claim, maps, count = self.claim, self.maps, way.count
        pieces = maps.counted(moment, count)
        if claim.measure in ("depth", "distance") and not pieces:
            raise OptionError(nothing(count.ground, moment))
        match claim.measure:
            case "sections":
                return float(maps.sections(moment, count))
            case "depth":
                return maps.depth(moment, count)[0]
            case "distance" if claim.place is not None:
                return maps.distance_km(pieces, claim.place, cut=count.cut)
            case "present" if claim.place is not None:
                return float(maps.holds_point(moment, count, claim.place))
            case "share" if claim.of == "the peak":
                top = self._peak(way, way.at_utc)
                peak = maps.level_km2(top, count)
                if not peak:
                    raise OptionError(nothing(count.ground, top))
                return maps.level_km2(moment, count) / peak
            case "share":
                of = claim.of or claim.theatre
                whole_km2 = theatre(of.removeprefix("the ")).official_area_km2
                if whole_km2 is None:
                    msg = f"the area of {of!r} is not known; expected Ukraine or an "
                    raise OptionError(msg + "oblast")
                return maps.level_km2(moment, count) / whole_km2
        return maps.level_km2(moment, count)

    def _peak(self, way: Way, at: pd.Timestamp) -> pd.Timestamp:
        """The first of the maps with the most ground up to another."""
        window = self.claim.since or self.claim.at
        if window is None or window.kind != "peak":
            window = DateWindow("peak")
        first = self.maps.published[0]
        if window.start is not None:
            first = _start_of(window.start)
        last = at if window.end is None else min(at, end_of(window.end))
        moments = self.maps.changes(first, last)
        if not moments:
            msg = f"no map is at hand from {day_words(first)} to {day_words(last)}"
            raise DateNotFoundError(msg)
        levels = [self.maps.level_km2(moment, way.count) for moment in moments]
        top = int(np.argmax(levels))
        if top == 0 and levels[0] > 0 and window.start is None:
            msg = (
                f"the maps at hand begin on {day_words(moments[0])} with the most "
                "ground that they show, so the peak may lie before: read older ones"
            )
            raise DateNotFoundError(msg)
        return moments[top]

    def _of_map(self, way: Way) -> Way:
        """
        Of one map; of a period the largest figure.

        "Never less than" asks for the smallest.
        """
        says, moment = self.claim.says, way.at_utc
        if self.at_kind == "peak":
            grey = way.count.ground == "contested"  # on the map with most ground held
            held = replace(way.count, ground="held") if grey else way.count
            moment = self._peak(replace(way, count=held), moment)
        elif self.at_kind == "within":
            moment = self._extreme(way)
        figure, censored = self._level(way, moment), False
        if self.claim.measure == "depth":
            censored = self.maps.depth(moment, way.count)[1]
            bound = says.low <= figure and says.high == math.inf
            if censored and figure <= says.high and not bound:
                deep = km(figure, censored=True)
                msg = f"the ground is {deep} deep: it goes on where the region ends"
                raise OptionError(msg)
        return replace(way, figure=figure, at_utc=moment, censored=censored)

    def _extreme(self, way: Way) -> pd.Timestamp:
        """The first map of a period with its largest figure, or its smallest."""
        maps, says = self.maps, self.claim.says
        start = _start_of(None if self.claim.at is None else self.claim.at.start)
        moments, gap = maps.changes(start, way.at_utc), ""
        try:
            moments.insert(0, maps.stood(start))
        except DateNotFoundError as error:
            # What begins with nothing shown has not missed an extreme.
            if not moments or maps.counted(moments[0], way.count):
                gap = str(error)
        figures: dict[pd.Timestamp, float] = {}
        for moment in moments:
            with suppress(OptionError):
                figures[moment] = self._level(way, moment)
        if not figures:
            raise OptionError(gap or nothing(way.count.ground, way.at_utc))
        least = math.isinf(says.high) and says.low > 0
        pick = min if least and self.claim.measure != "present" else max
        found = pick(figures, key=figures.__getitem__)
        if gap and says.contains(figures[found]):
            raise DateNotFoundError(gap)  # one map refutes, but it takes all to confirm
        return found

    def _change(self, way: Way) -> Way:
        claim, since = self.claim, way.since_utc
        if since is None:
            if claim.since is None:
                msg = "the sentence does not say since when"
                raise OptionError(msg)
            since = self._peak(way, way.at_utc)
        now, before = (self.maps.level_km2(m, way.count) for m in (way.at_utc, since))
        figure = now - before
        if claim.measure == "relative_change":
            if not before:
                raise OptionError(nothing(way.count.ground, since))
            figure = now / before - 1.0
        elif claim.measure == "rate":  # of the days named, or of those between
            span = way.at_utc - since
            if claim.at is not None and self.at_kind == "within":
                span = end_of(claim.at.end) - _start_of(claim.at.start)
            figure /= span / DAY
        return replace(way, figure=figure, since_utc=since)

    def _ratio(self, way: Way) -> Way:
        """Of two levels or of two periods' changes; a fall as a negative number."""
        claim = self.claim
        if claim.since is None:
            msg = "the sentence does not say compared with when"
            raise OptionError(msg)
        since = way.since_utc or self._peak(way, way.at_utc)
        now, then = (self.maps.level_km2(m, way.count) for m in (way.at_utc, since))
        if claim.at is not None and self.at_kind == self.since_kind == "within":
            now, then = (
                self._gain(window, way.count, later=way.later)
                for window in (claim.at, claim.since)
            )
        fall = (claim.says.value or claim.says.high) < 0
        above, below = (then, now) if fall else (now, then)
        if not below:
            msg = f"the smaller of the two, {below:.1f} km², is nothing to divide by"
            raise OptionError(msg)
        times = -above / below if fall else above / below
        return replace(way, figure=times, since_utc=since)

    def _gain(self, window: DateWindow, count: Count, *, later: bool = False) -> float:
        """Change over a period, from the map that stood as it began."""
        since = self.maps.stood(_start_of(window.start), before=True)
        at = self._end_of_window(window)
        if later:
            since, at = (self.maps.beside(m, 1) or m for m in (since, at))
        return self.maps.level_km2(at, count) - self.maps.level_km2(since, count)

    def _days_held(self, way: Way) -> Way:
        """The last unbroken time that ground was shown, up to the end, in days."""
        maps, place = self.maps, way.count.piece or self.claim.place
        moments = maps.changes(maps.published[0], way.at_utc)
        whole = replace(way.count, piece=None)
        shown = [bool(maps.counted(moment, whole)) for moment in moments]
        if not any(shown):
            return replace(way, figure=0.0)
        last = max(i for i, on in enumerate(shown) if on)
        first = max((i + 1 for i in range(last) if not shown[i]), default=0)
        if first == 0:
            msg = (
                f"the first map, of {day_words(moments[0])}, already shows such "
                "ground, so nothing tells since when: read older ones"
            )
            raise DateNotFoundError(msg)
        if place is not None:
            run = range(first, last + 1)
            on = [i for i in run if maps.holds_point(moments[i], whole, place)]
            if not on:
                msg = f"{place.name} lies on none of this ground"
                raise OptionError(msg)
            last = on[-1]
        gone, published = way.at_utc, self.claim.published
        if last + 1 < len(moments):
            gone = moments[last + 1]
        elif self.claim.at is None and not isinstance(published, datetime):
            # What the map shows that stood is held until the sentence was published.
            gone = max(gone, _start_of(published))
        days = float((gone - moments[first]) / DAY)
        return replace(way, figure=days, at_utc=gone, since_utc=moments[first])

    def _months(self, first: date, last: date, count: Count) -> dict[date, float]:
        """Change over each month from one to another."""
        found = {}
        for month in pd.date_range(first.replace(day=1), last, freq="MS"):
            end = (month + pd.offsets.MonthEnd(0)).date()
            window = DateWindow("within", start=month.date(), end=end)
            found[month.date()] = self._gain(window, count)
        return found

    def _streak(self, way: Way) -> Way:
        """Months in a row, up to that of the sentence, that went on as it says."""
        window, of = self.claim.at, self.claim.of
        day = None if window is None else window.end
        month = _day(day or self.claim.published).replace(day=1)
        asked = int(self.claim.says.value or self.claim.says.low)
        first = (pd.Timestamp(month) - pd.DateOffset(months=asked + 2)).date()
        gains = list(self._months(first, month, way.count).values())
        steps = {
            "rising": [b > a for a, b in pairwise(gains)],
            "falling": [b < a for a, b in pairwise(gains)],
            "gains": [gain > 0 for gain in gains],
            "losses": [gain < 0 for gain in gains],
        }
        run = steps[of or "gains"][::-1]
        months = run.index(False) if False in run else len(run)
        return replace(way, figure=float(months))

    def _record(self, way: Way) -> Way:
        """Rank of a month's change, or of a level, among those of a period."""
        claim, maps = self.claim, self.maps
        at, since = claim.at, claim.since
        first, last = maps.published[0].date(), _day(claim.published)
        if since is not None and since.kind != "peak":
            first, last = since.start or first, min(last, _day(since.end))
        if at is not None and at.start is not None and self.at_kind == "within":
            months = self._months(first, last, way.count)
            own = months[at.start.replace(day=1)]
            others = list(months.values())
        else:
            own = maps.level_km2(way.at_utc, way.count)
            moments = maps.changes(_start_of(first), way.at_utc)
            others = [maps.level_km2(moment, way.count) for moment in moments]
        largest = claim.of != "smallest"
        ahead = sum(x > own + 1e-9 if largest else x < own - 1e-9 for x in others)
        return replace(way, figure=float(ahead + 1))

    # Since when?

    def since_days(self, way: Way) -> pd.DataFrame:
        """
        The figure counted from each day on, where the sentence leaves that open.

        Parameters
        ----------
        way : Way

        Returns
        -------
        DataFrame, shape (n_days,)
            ``day`` and ``figure``, counted from the last map of each day on which
            there was ground, for at most a year.
        """
        maps = self.maps
        moments = maps.changes(way.at_utc - 366 * DAY, way.at_utc)[:-1]
        begin = max(maps.published[0], way.at_utc - 366 * DAY).normalize()
        days = pd.date_range(begin, way.at_utc.normalize() - DAY, freq="D")
        if not moments or days.empty:
            return pd.DataFrame({"day": days[:0], "figure": np.array([], dtype=float)})
        levels = np.array([maps.level_km2(m, way.count) for m in moments])
        positions = pd.DatetimeIndex(moments).searchsorted(days + DAY) - 1
        before = np.where(positions >= 0, levels[np.maximum(positions, 0)], 0.0)
        now = maps.level_km2(way.at_utc, way.count)
        kept = before > 0
        figures = now - before[kept]
        if self.claim.measure == "relative_change":
            figures = now / before[kept] - 1.0
        return pd.DataFrame({"day": days[kept], "figure": figures})


def foreign(claim: Claim, history: ControlHistory) -> bool:
    """Whether a figure is of somebody who does not count as these maps do."""
    sources = ("", history.source)
    drawn_from = claim.source in sources or history.source == SAMPLE
    return bool(claim.speaker) or not drawn_from


SAMPLE: Final = "sample"
"""Our own maps stand for those of the sentence."""


def nothing(ground: str, moment: pd.Timestamp) -> str:
    """Why there is no depth, no share and no distance."""
    what = {"held": "held", "contested": "contested"}.get(ground, "held or contested")
    return f"nothing is shown as {what} on the map of {moment_words(moment)}"


def _on(moment: pd.Timestamp) -> str:
    return f"on the map of {moment_words(moment)}"


def _day(when: date | pd.Timestamp | None) -> date:
    assert when is not None  # noqa: S101 (only a peak has no days)
    return when.date() if isinstance(when, datetime) else when


def _start_of(day: date | None, tz: str = "UTC") -> pd.Timestamp:
    return pd.Timestamp(_day(day)).tz_localize(tz).tz_convert("UTC")


def end_of(day: date | pd.Timestamp | None, tz: str = "UTC") -> pd.Timestamp:
    """The end of a day, or an instant itself, in UTC."""
    if isinstance(day, datetime):
        return pd.Timestamp(day).tz_convert("UTC")
    return _start_of(_day(day) + timedelta(days=1), tz)
