"""What a claim asks, measured: as the source counts, and by each named departure."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
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
    at, since : Timestamp or None
        Maps that are compared, in UTC; once it is counted, those that were read.
    later : bool, default False
        Whether periods begin and end with the maps after their days.
    figure : float
        What comes of it; nan without one.
    reason : str
        Why there is none.
    censored : bool
        A depth that is reached where the region ends: so much or more.
    """

    name: str
    kind: Kind
    count: Count
    at: pd.Timestamp
    since: pd.Timestamp | None = None
    later: bool = False
    figure: float = math.nan
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

    # The ways

    def first(self) -> Way:
        """
        As the source itself counts, on the map that the sentence means.

        Raises
        ------
        KurskGeoError
            If the maps do not cover it, or nothing lies where it says.
        """
        claim, maps, window = self.claim, self.maps, self.claim.since
        at, since = self._end_of_window(claim.at), None
        if claim.measure in (*CHANGES, "ratio"):
            if window is not None and window.kind != "peak":
                since = self._end_of_window(window)
            elif window is None and claim.at is not None and claim.at.kind == "within":
                since = maps.stood(_start_of(claim.at.start), before=True)
        if since is not None and since >= at and claim.measure != "ratio":
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
            pieces = maps.counted(at, Count(count.ground))
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
        first, measure = self.first(), self.claim.measure
        yield from self._other_pieces(first)
        yield from self._other_editions(first)
        areas = ("area", "area_change", "relative_change", "share")
        if self.maps.theatre.border is not None and measure in areas:
            cut = not first.count.cut
            name = "cut at the border" if cut else "in whole polygons"
            count = replace(first.count, cut=cut)
            yield replace(first, name=name, kind="cut", count=count)
        # Nobody counts gains or pieces with the grey zone unless he says so.
        ungrey = ("area_change", "rate", "ratio", "sections", *OF_PERIODS)
        open_ground = self.claim.ground is None and self.maps.theatre.contested
        if open_ground and measure not in ungrey:
            count = replace(first.count, ground="held or contested")
            yield replace(first, name="with the grey zone", kind="grey", count=count)

    def _other_pieces(self, first: Way) -> Iterator[Way]:
        claim, maps = self.claim, self.maps
        if claim.measure == "days_held" and claim.place is None:
            # The largest town that was held when most was.
            try:
                held = maps.counted(self._peak(first, first.at), first.count)
            except DateNotFoundError:
                held = ()
            cut = first.count.cut
            town = maps.largest_town(held, cut=cut) if held else None
            if town is not None:
                name = f"for the main ground around {town.name}"
                count = replace(first.count, piece=town)
                yield replace(first, name=name, kind="pieces", count=count)
        # Of a country nobody leaves a piece out, nor the deepest of a depth; a change
        # has none but frozen ones.
        levels: tuple[Measure, ...] = ("area", "share", "sections", "relative_change")
        if claim.at is not None and claim.at.kind == "within" and claim.since is None:
            levels = ("relative_change",)  # of a period's extreme nobody leaves any out
        whole = first.count.piece is None and maps.theatre.border is not None
        if claim.measure not in levels or not whole:
            return
        components = maps.components(maps.counted(first.at, Count(first.count.ground)))
        if not 1 < len(components) <= MANY_PIECES:
            return
        pieces = [maps.name_of(component) for component in components]
        names = [piece.name for piece in pieces]
        # Of two, one alone is the other left out: told as it is usually meant.
        # A piece alone is below any bound: "less than 700 km²" does not mean it.
        level = claim.measure in ("area", "share") and claim.says.low > 0
        alone = level and (len(pieces) > 2 or first.count.ground == "contested")
        for i, piece in enumerate(pieces):
            name = piece.name
            if names.count(name) > 1:
                name += f" ({maps.web_km2(components[i]):.1f} km²)"
            if alone:
                count = replace(first.count, piece=piece)
                said = f"in the piece near {name} alone"
                yield replace(first, name=said, kind="pieces", count=count)
            frozen = maps.frozen(components[i], first.at)
            odd = frozen or (i and claim.measure != "relative_change")
            if odd and not (alone and len(pieces) == 2):
                count = replace(first.count, piece=piece, alone=False)
                said = f"without the piece near {name}"
                yield replace(first, name=said, kind="pieces", count=count)

    def _other_editions(self, first: Way) -> Iterator[Way]:
        claim = self.claim
        if claim.measure in OF_PERIODS:
            return
        searched = claim.at is not None and claim.at.kind in ("within", "peak")
        if not (searched and claim.measure not in CHANGES):
            for name, kind, moment in self._beside(claim.at, first.at):
                if first.since is None or moment > first.since:
                    yield replace(first, name=name, kind=kind, at=moment)
        window = claim.since
        if first.since is None or (window is not None and window.kind == "peak"):
            return
        days = claim.at if claim.at is not None and claim.at.kind == "within" else None
        if days is not None:
            # Some days up to publication may have ended with the day before, and a
            # month is counted from its first map to the next one's by some.
            later = _last(days) < _day(claim.published)
            step = 1 if later else -1
            at, since = (self.maps.beside(m, step) for m in (first.at, first.since))
            if at is not None and since is not None:
                name = f"up to the map of {moment_words(at)}"
                name = "counted a day later" if later else name
                yield replace(
                    first, name=name, kind="edition", at=at, since=since, later=later
                )
        if window is None and claim.at is not None and claim.at.start is not None:
            window = DateWindow("start", claim.at.start)
        for name, kind, moment in self._beside(window, first.since):
            if moment < first.at:
                said = name.replace("on the map", "counted from the map")
                yield replace(first, name=said, kind=kind, since=moment)

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
        elif window.kind in ("on", "by", "within"):
            day = window.end if window.kind == "within" else window.target
            if not isinstance(day, datetime) and day is not None:
                near += maps.between(_start_of(day), chosen)
                later = maps.beside(chosen, 1)
                if later is not None and later - end_of(day) <= NEXT_MAP:
                    near.append(later)
        else:
            near.append(maps.beside(chosen, 1))
        tried = {chosen}
        for moment in near:
            if moment is not None and moment not in tried:
                tried.add(moment)
                yield _on(moment), "edition", moment
        if window is None or window.kind == "within" or window.start == window.end:
            return
        for moment in maps.changes(_start_of(window.start), end_of(_last(window))):
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
        day = _last(window) if window.kind == "within" else window.target
        assert day is not None  # noqa: S101 (only a peak has none)
        if window.kind == "within" and day >= _day(published):
            return maps.morning_of(published)
        return maps.stood(end_of(day), before=True)

    # The figure

    def count(self, way: Way) -> Way:
        """The figure of one way; nan and a reason where there is none."""
        others = {
            **dict.fromkeys(CHANGES, self._change),
            "ratio": self._ratio,
            "days_held": self._days_held,
            "streak": self._streak,
            "record": self._record,
        }
        try:
            found = others.get(self.claim.measure, self._of_map)(way)
            if self.claim.measure != "depth":
                return found
            if not self.maps.depth(found.at, way.count)[1]:
                return found
            says, least = self.claim.says, found.figure
            if least <= says.high and not (says.low <= least and says.high == math.inf):
                deep = km(least, censored=True)
                msg = f"the ground is {deep} deep: it goes on where the region ends"
                raise OptionError(msg)
            return replace(found, censored=True)
        except KurskGeoError as error:
            return replace(way, reason=str(error))

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
                top = self._peak(way, way.at)
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
        first, last = self.maps.published[0], at
        bounds = window if window is not None and window.kind == "peak" else None
        bounded = bounds is not None and bounds.start is not None
        if bounds is not None and bounds.start is not None:
            first = _start_of(bounds.start)
        if bounds is not None and bounds.end is not None:
            last = min(last, end_of(bounds.end))
        moments = self.maps.changes(first, last)
        if not moments:
            msg = f"no map is at hand from {day_words(first)} to {day_words(last)}"
            raise DateNotFoundError(msg)
        levels = [self.maps.level_km2(moment, way.count) for moment in moments]
        top = int(np.argmax(levels))
        if top == 0 and levels[0] > 0 and not bounded:
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
        maps, says, window = self.maps, self.claim.says, self.claim.at
        if window is None or window.kind not in ("within", "peak"):
            return replace(way, figure=self._level(way, way.at))
        if window.kind == "peak":
            grey = way.count.ground == "contested"  # on the map with most ground held
            held = replace(way.count, ground="held") if grey else way.count
            peak = self._peak(replace(way, count=held), way.at)
            return replace(way, figure=self._level(way, peak), at=peak)
        moments = maps.changes(_start_of(window.start), way.at)
        gap = ""
        try:
            moments.insert(0, maps.stood(_start_of(window.start)))
        except DateNotFoundError as error:
            # What begins with nothing shown has not missed an extreme.
            if not moments or maps.counted(moments[0], way.count):
                gap = str(error)
        figures: dict[pd.Timestamp, float] = {}
        for moment in moments:
            try:
                figures[moment] = self._level(way, moment)
            except OptionError:
                continue
        if not figures:
            raise OptionError(gap or nothing(way.count.ground, way.at))
        least = math.isinf(says.high) and says.low > 0
        pick = min if least and self.claim.measure != "present" else max
        moment = pick(figures, key=lambda m: figures[m])
        if gap and says.contains(figures[moment]):
            raise DateNotFoundError(gap)  # one map refutes, but it takes all to confirm
        return replace(way, figure=figures[moment], at=moment)

    def _change(self, way: Way) -> Way:
        since = way.since
        if since is None:
            if self.claim.since is None:
                msg = "the sentence does not say since when"
                raise OptionError(msg)
            since = self._peak(way, way.at)
        now = self.maps.level_km2(way.at, way.count)
        before = self.maps.level_km2(since, way.count)
        if self.claim.measure == "relative_change":
            if not before:
                raise OptionError(nothing(way.count.ground, since))
            return replace(way, figure=now / before - 1.0, since=since)
        days, window = 1.0, self.claim.at
        if self.claim.measure == "rate":  # of the days named, or of those between
            days = float((way.at - since) / DAY)
            if window is not None and window.kind == "within":
                days = (end_of(_last(window)) - _start_of(window.start)) / DAY
        return replace(way, figure=(now - before) / days, since=since)

    def _ratio(self, way: Way) -> Way:
        """Of two levels or of two periods' changes; a fall as a negative number."""
        claim = self.claim
        if claim.since is None:
            msg = "the sentence does not say compared with when"
            raise OptionError(msg)
        peak = claim.since.kind == "peak"
        since = self._peak(way, way.at) if peak else way.since
        assert since is not None  # noqa: S101 (moments() gave it)
        now, then = (self.maps.level_km2(m, way.count) for m in (way.at, since))
        if claim.at is not None and claim.at.kind == claim.since.kind == "within":
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
        return replace(way, figure=times, since=since)

    def _gain(self, window: DateWindow, count: Count, *, later: bool = False) -> float:
        """Change over a period, from the map that stood as it began."""
        since = self.maps.stood(_start_of(window.start), before=True)
        at = self._end_of_window(window)
        if later:
            since, at = (self.maps.beside(m, 1) or m for m in (since, at))
        return self.maps.level_km2(at, count) - self.maps.level_km2(since, count)

    def _days_held(self, way: Way) -> Way:
        """The last unbroken time that ground was shown, up to the end, in days."""
        maps, count = self.maps, way.count
        moments = maps.changes(maps.published[0], way.at)
        whole = replace(count, piece=None)
        shown = [bool(maps.counted(moment, whole)) for moment in moments]
        place = count.piece or self.claim.place
        if not any(shown):
            return replace(way, figure=0.0)
        last = len(shown) - 1 - shown[::-1].index(True)
        gaps = [i for i in range(last) if not shown[i]]
        start = gaps[-1] + 1 if gaps else 0
        if start == 0:
            msg = (
                f"the first map, of {day_words(moments[0])}, already shows such "
                "ground, so nothing tells since when: read older ones"
            )
            raise DateNotFoundError(msg)
        over = moments[start : last + 1]
        if place is not None:
            on = [maps.holds_point(moment, whole, place) for moment in over]
            if not any(on):
                msg = f"{place.name} lies on none of this ground"
                raise OptionError(msg)
            last = start + len(on) - 1 - on[::-1].index(True)
        gone, published = way.at, self.claim.published
        if last + 1 < len(moments):
            gone = moments[last + 1]
        elif self.claim.at is None and not isinstance(published, datetime):
            # What the map shows that stood is held until the sentence was published.
            gone = max(gone, _start_of(published))
        since = moments[start]
        return replace(way, figure=float((gone - since) / DAY), at=gone, since=since)

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
            first, last = since.start or first, min(last, _last(since))
        if at is not None and at.kind == "within" and at.start is not None:
            months = self._months(first, last, way.count)
            own = months[at.start.replace(day=1)]
            others = list(months.values())
        else:
            own = maps.level_km2(way.at, way.count)
            moments = maps.changes(_start_of(first), way.at)
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
        moments = maps.changes(way.at - 366 * DAY, way.at)[:-1]
        begin = max(maps.published[0], way.at - 366 * DAY).normalize()
        days = pd.date_range(begin, way.at.normalize() - DAY, freq="D")
        if not moments or days.empty:
            return pd.DataFrame({"day": days[:0], "figure": np.array([], dtype=float)})
        levels = np.array([maps.level_km2(m, way.count) for m in moments])
        positions = pd.DatetimeIndex(moments).searchsorted(days + DAY) - 1
        before = np.where(positions >= 0, levels[np.maximum(positions, 0)], 0.0)
        now = maps.level_km2(way.at, way.count)
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


def _last(window: DateWindow) -> date:
    assert window.end is not None  # noqa: S101 (only a peak has none)
    return window.end


def _day(when: date | pd.Timestamp) -> date:
    return when.date() if isinstance(when, datetime) else when


def _start_of(day: date | None, tz: str = "UTC") -> pd.Timestamp:
    assert day is not None  # noqa: S101 (windows have their days)
    return pd.Timestamp(day).tz_localize(tz).tz_convert("UTC")


def end_of(day: date | pd.Timestamp, tz: str = "UTC") -> pd.Timestamp:
    """The end of a day, or an instant itself, in UTC."""
    if isinstance(day, datetime):
        return pd.Timestamp(day).tz_convert("UTC")
    return _start_of(day + timedelta(days=1), tz)
