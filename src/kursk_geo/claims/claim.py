"""One published statement as data: what it asks of the maps, and what it says."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

import pandas as pd

from kursk_geo import _text
from kursk_geo._text import MINUS, and_words, facts_html, visible
from kursk_geo.errors import SPACE, ClaimError
from kursk_geo.periods import instant
from kursk_geo.theatre import PRESETS

Measure = Literal[
    "area",
    "area_change",
    "relative_change",
    "ratio",
    "share",
    "sections",
    "depth",
    "distance",
    "present",
    "days_held",
    "rate",
    "streak",
    "record",
]
"""
What a sentence asks of the maps.

area, depth, sections, distance (of a place from the ground), present and days_held are
read off the map of `at`; area_change and relative_change compare it with `since` (or
with the beginning of `at`, where that is a period). share is the part of `of` that is
held. rate is a change per day. ratio is `at` over `since`: of their levels, or, where
both are periods, of their changes; "six times less" is -6, "less" any below -1. streak
counts the months up to that of `at` that went on as `of` says; record is the rank of
the change of `at` among those of `since`, or of the level where `at` is no period.
"""

CHANGES: Final[tuple[Measure, ...]] = ("area_change", "relative_change", "rate")
OF_PERIODS: Final[tuple[Measure, ...]] = ("streak", "record")

WORDS: Final[dict[str, str]] = {
    "area": "area of {} ground",
    "area_change": "change of the area of {} ground",
    "relative_change": "relative change of the area of {} ground",
    "ratio": "how many times as much {} ground",
    "share": "share of {} ground",
    "sections": "number of pieces of {} ground",
    "depth": "depth of {} ground",
    "distance": "distance from {} ground",
    "present": "whether there is {} ground",
    "days_held": "how long there was {} ground",
    "rate": "change of the area of {} ground a day",
    "streak": "months in a row in which {} ground went on so",
    "record": "rank of the month's change of {} ground",
}
"""A measure in words, with a gap for the ground."""

Ground = Literal["held", "contested", "held or contested"]
DEPTH: Final = "the depth"
"""What a relative change or a ratio is of, if not of an area."""
Pieces = Literal["all", "every", "one", "second", "third", "smallest", "others"]
PIECES: Final[dict[Pieces, int]] = {"one": 0, "second": 1, "third": 2, "smallest": -1}
"""Which piece is meant, by size: its place among them, the largest first."""
Unit = Literal["km2", "km", "share", "count", "days", "km2/day", "times"]
UNITS: Final = {
    "km2": " km²",
    "km": " km",
    "share": " %",
    "count": "",
    "days": " days",
    "km2/day": " km² a day",
    "times": " times",
}


@dataclass(frozen=True)
class Interval:
    """
    What a phrase is read as: all values from `low` to `high`.

    Parameters
    ----------
    low, high : float
        In `unit`; may be infinite.
    unit : {"km2", "km", "share", "count", "days", "km2/day", "times"}
        A share is 0 to 1; a fall is negative.
    text : str
        The words.
    closed_low, closed_high : bool, default True
        Whether the end itself belongs to the interval ("more than 40" is open).
    value : float, optional
        The written value in `unit`; None for a range.
    precision : float, default 0
        Step of the last written digit in `unit`: 1 for "2 kilometers".
    reading : str
        The words with what they are read as; made of the others by default.

    Raises
    ------
    ClaimError
        If `low` lies above `high`, or one of them is not a number.

    Examples
    --------
    >>> over = Interval(420.0, math.inf, "km2", "over 420", closed_low=False)
    >>> over.reading
    'over 420, read as more than 420 km²'
    >>> over.contains(421.0), over.contains(420.0), over.contains(float("nan"))
    (True, False, False)
    """

    low: float
    high: float
    unit: Unit
    text: str
    closed_low: bool = True
    closed_high: bool = True
    value: float | None = None
    precision: float = 0.0
    reading: str = ""

    def __post_init__(self) -> None:
        """Refuse ends in the wrong order; write the reading if none is given."""
        if not self.low <= self.high:
            msg = (
                f"{self.text!r} gives a range from {self.low:g} to {self.high:g}; "
                "expected its lower end first; write the smaller number first (a fall "
                "is negative: -20 to -16 %)"
            )
            raise ClaimError(msg)
        extent = self.extent.replace("-", MINUS)
        reading = self.reading or f"{self.text}, read as {extent}"
        object.__setattr__(self, "reading", reading)

    def contains(self, x: float) -> bool:
        """
        Whether a figure lies in the interval; a missing one (nan) never does.

        Parameters
        ----------
        x : float
            In `unit`.

        Returns
        -------
        bool
        """
        above = x >= self.low if self.closed_low else x > self.low
        below = x <= self.high if self.closed_high else x < self.high
        return bool(above and below)

    @property
    def extent(self) -> str:
        """The interval in words, such as "-20 % to -16 %"."""
        low, high = (figure_words(x, self.unit) for x in (self.low, self.high))
        if math.isinf(self.low) and math.isinf(self.high):
            return "any value"
        if math.isinf(self.high):
            return f"{'at least' if self.closed_low else 'more than'} {low}"
        if math.isinf(self.low):
            return f"{'at most' if self.closed_high else 'less than'} {high}"
        if self.low == self.high:
            return low
        ends = ((low, self.closed_low), (high, self.closed_high))
        left_out = " or ".join(end for end, closed in ends if not closed)
        return f"{low} to {high}" + (f" (not {left_out})" if left_out else "")


def figure_words(x: float, unit: Unit) -> str:
    """A figure with its unit, as readings show it."""
    shown = 100 * x if unit == "share" else x
    if unit == "days" and abs(shown) >= 10:
        shown = round(shown, 1)  # a month is 30.4375 days, which nobody means
    digits = f"{shown:.6g}" if abs(shown) < 1e6 else f"{shown:,.0f}"
    return f"{digits}{UNITS[unit]}"


@dataclass(frozen=True)
class DateWindow:
    """
    Which map, or which maps, some words about time mean.

    Parameters
    ----------
    kind : {"on", "by", "start", "within", "peak"}
        "on" and "by": the map at the end of the target day, or at the target instant
        ("on 26 April", "at the end of February", "by mid-April"). "start": the map
        that stood when the target day began ("since January", "since 1 October", "at
        the start of November", "since New Year"). "within": the whole period from
        `start` to `end`: of a level its extreme, of a change both its ends ("in
        October", "in 2024", "over the past week"). "peak": the map with the largest
        figure until `at`, or within `start` to `end` where these are given.
    target : date, Timestamp or None
        The day, or the instant in UTC; None for "within" and "peak".
    start, end : date or None
        The days that the words cover, both included: 11 to 20 April for "mid-April".
        Where they leave a day open, each of these is tried beside the target.
    text : str
        The words.
    reading : str
        The words with what they are read as; made of the others by default.

    Raises
    ------
    ClaimError
        If `start` lies after `end`, or a day is missing.
    """

    kind: Literal["on", "by", "start", "within", "peak"]
    target: date | pd.Timestamp | None = None
    start: date | None = None
    end: date | None = None
    text: str = ""
    reading: str = ""

    def __post_init__(self) -> None:
        """Complete the days; refuse those in the wrong order; write the reading."""
        target = None if self.target is None else as_day(self.target)
        object.__setattr__(self, "target", target)
        day = target.date() if isinstance(target, datetime) else target
        if self.kind != "peak":
            object.__setattr__(self, "start", self.start or day)
            object.__setattr__(self, "end", self.end or day)
            if self.start is None or self.end is None or self.start > self.end:
                msg = (
                    f"{self.text!r} runs from {self.start} to {self.end}; expected two "
                    "days, the earlier first; write both with their year"
                )
                raise ClaimError(msg)
        if self.reading:
            return
        first, last = spell(self.start), spell(self.end)
        match self.kind:
            case "peak":
                means = "the map with the largest figure"
                means += f" from {first} to {last}" * bool(self.start or self.end)
            case "within":
                means = f"{first} to {last}"
            case "start":
                means = f"the map that stood as {spell(target)} began"
            case _:
                means = "by " * (self.kind == "by") + spell(target)
        if self.kind not in ("peak", "within") and self.start != self.end:
            means += f" ({first} to {last})"
        means = f"{self.text}, read as {means}" if self.text else means
        object.__setattr__(self, "reading", means)

    @property
    def last(self) -> date | pd.Timestamp | None:
        """The day, or the instant, that ends it."""
        return self.end if self.kind == "within" else self.target


def as_day(when: object, key: str = "") -> date | pd.Timestamp:
    """A day as it is, an instant in UTC; anything else is an error."""
    if isinstance(when, datetime):
        stamp = pd.Timestamp(when)
        return stamp.tz_localize("UTC") if stamp.tz is None else stamp.tz_convert("UTC")
    if isinstance(when, date):
        return when
    msg = f"{key}Expected a date such as 2025-04-26 or an instant, got {when!r}."
    raise ClaimError(msg)


MONTH_NAMES: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August",
    "September", "October", "November", "December",
)  # fmt: skip


def spell(day: date | pd.Timestamp | None) -> str:
    """A day or an instant as readings write it, whatever the locale."""
    if day is None:
        return "an open end"
    words = f"{day.day} {MONTH_NAMES[day.month - 1]} {day.year}"
    return f"{words}, {day:%H:%M} UTC" if isinstance(day, datetime) else words


def day_of(when: date | pd.Timestamp | None) -> date:
    """A day, or that of an instant."""
    assert when is not None  # noqa: S101 (only a peak has no days)
    return when.date() if isinstance(when, datetime) else when


def start_of(day: date | None, tz: str = "UTC") -> pd.Timestamp:
    """The beginning of a day, in UTC."""
    return pd.Timestamp(day_of(day)).tz_localize(tz).tz_convert("UTC")


def end_of(day: date | pd.Timestamp | None, tz: str = "UTC") -> pd.Timestamp:
    """The last moment of a day, or an instant itself, in UTC."""
    assert day is not None  # noqa: S101 (only a peak has no days)
    return instant(day, tz=tz)


@dataclass(frozen=True)
class Place:
    """A named point: a town that names a piece, or that a distance is measured to."""

    name: str
    lon: float
    lat: float


SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""An id names files, so it must not lead out of a folder."""


@dataclass(frozen=True)
class Claim:
    """
    A published sentence, or a part of one, as data.

    Parameters
    ----------
    id : str
        Short and unique: letters, digits, dots, hyphens and underscores; "" until it
        is given one by where it stands.
    text : str
        The sentence or phrase as printed.
    published : date or Timestamp
    measure : Measure
    says : Interval
        What it says of that. A fall is negative; "present" is 1 or more pieces, and
        "nothing held" 0.
    theatre : str, default ""
        A name that `kursk_geo.theatre` knows; "" if the words do not tell.
    at : DateWindow, optional
        By default the map that stood at publication.
    since : DateWindow, optional
        What a change is counted from; None where the sentence does not say.
    ground : {"held", "contested", "held or contested"}, optional
        None where the words do not say: then held, and with the grey zone is tried.
    place : Place, optional
        Names the piece meant, or is what a distance or duration is about.
    pieces : {"all", "every", "one", "second", "third", "smallest", "others"}
        "one": "the largest section", "the pocket at Gornal", "the grey patch"; by
        default "all", of which some leave out a small one; "every" leaves out none
        ("with the piece near Tetkino"), "others" that near `place`.
    since_2014 : bool, default False
        Count what has been held since 2014 (Crimea, parts of Donetsk and Luhansk) too.
    of : str, default ""
        What a share is part of ("Ukraine", "Kursk Oblast", "the peak"); "the depth" if
        a relative change or a ratio is of that and not of the area; for a streak
        "rising" or "falling" changes of months, or "gains"; for a record "largest" or
        "smallest". Where held ground was lost, "losses", "rising losses", "largest
        losses"; so for the changes of a ratio.
    outlet, speaker : str, default ""
        Who printed it; who says it, where that is a ministry, a president, a general
        or another map-maker, whose figure the maps cannot judge.
    source : str, default ""
        Maps it was drawn from, such as "deepstate" or "isw"; "" if nothing tells.
    url, archived_url : str, default ""
    gist : bool, default False
        The text is not the outlet's own wording.
    unstated : tuple of str, default ()
        What the words leave open.

    Raises
    ------
    ClaimError
        If the id cannot name a file, or there is no text.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> [claim] = kg.load_claims("bloomberg-2025-04-26-shrunk")
    >>> claim.reading.partition(";")[0]
    'nearly one-fifth, read as −20 % to −16 %'
    """

    id: str
    text: str
    published: date | pd.Timestamp
    measure: Measure
    says: Interval
    theatre: str = ""
    at: DateWindow | None = None
    since: DateWindow | None = None
    ground: Ground | None = None
    place: Place | None = None
    pieces: Pieces = "all"
    since_2014: bool = False
    of: str = ""
    outlet: str = ""
    speaker: str = ""
    source: str = ""
    url: str = ""
    archived_url: str = ""
    gist: bool = False
    unstated: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.id and not SAFE_ID.fullmatch(self.id):
            msg = (
                f"id = {self.id!r} cannot name a file. Expected letters, digits, dots, "
                "hyphens and underscores, such as 'bloomberg-2025-04-26-shrunk'."
            )
            raise ClaimError(msg)
        if not self.text.strip():
            msg = "text is empty. Expected the sentence: write it out."
            raise ClaimError(msg)
        if self.measure == "distance" and self.place is None:
            msg = "place is missing. Expected the town that a distance is measured to."
            raise ClaimError(msg)

    def __repr__(self) -> str:
        return f"<Claim {self.id}: “{visible(self.text)}”>".replace(" :", "")

    def _repr_html_(self) -> str:
        by = ", ".join(filter(None, (self.speaker, self.outlet, str(self.published))))
        told = {"sentence": f"“{self.text}”", "by": by, "read as": self.reading}
        return facts_html(f"Claim {self.id}", told)

    @property
    def reading(self) -> str:
        """How the words are read, to be printed beside any verdict."""
        parts = [self.says.reading]
        what = WORDS[self.measure].format(self.ground or "held")
        if self.of == DEPTH:
            what = what.replace("the area", DEPTH).replace("as much", "as deep")
        name = self.theatre.capitalize() if self.theatre in PRESETS else self.theatre
        parts.append(f"{what} in {name}" if name else what)
        if self.since_2014:
            parts.append("what has been held since 2014 too")
        if self.pieces != "all":
            which = {"one": "one", "others": "all but one", "every": "every"}
            named = which.get(self.pieces, f"the {self.pieces}")
            parts.append(f"{named} piece of it")
        if self.place is not None:
            parts.append(f"near {self.place.name}")
        parts.append("at publication" if self.at is None else self.at.reading)
        if self.since is not None:
            since = self.since.reading
            said = re.match("since|from|than|as|compared|versus", since.lower())
            bare = re.sub("^(?:on|at|in) ", "", since, flags=re.IGNORECASE)
            parts.append(since if said else f"since {bare}")
        elif self.measure in ("area_change", "relative_change") and not (
            self.at is not None and self.at.kind == "within"
        ):
            parts.append("since when is not said")
        return "; ".join(parts)


@dataclass(frozen=True)
class Unread:
    """
    Words that look like territory and cannot be read.

    Parameters
    ----------
    phrase : str
    reason : str
    """

    phrase: str
    reason: str


# Figures in words


def target_of(says: Interval, figure: float) -> float:
    """The printed figure, or the nearer end of a printed range."""
    if says.value is not None:
        return says.value
    ends = [end for end in (says.low, says.high) if math.isfinite(end)]
    return min(ends, key=lambda end: abs(end - figure))


def is_order(claim: Claim) -> bool:
    """Whether it only says which of two is more, and not by how much."""
    ends = (claim.says.low, claim.says.high)
    return (
        claim.measure == "ratio"
        and claim.says.value is None
        and math.inf in map(abs, ends)
    )


def changes_words(parts: Sequence[tuple[DateWindow, float]]) -> str:
    """
    Changes of some periods, such as "grew by 192 km² in May 2025 and 4 km² in".

    Or areas on some maps: "covered 192 km² on 3 May 2025, 20:00 UTC and 4 km² on".
    """
    told, last = list[str](), ""
    for window, km2 in parts:
        assert window.start is not None and window.end is not None  # noqa: S101, PT018
        first, after = window.start, window.end + timedelta(days=1)
        days = f"from {spell(first)} to {spell(window.end)}"
        days = f"on {spell(window.last)}" if first == window.end else days
        if first.day == after.day == 1 and (after - first).days < 32:
            days = f"in {MONTH_NAMES[first.month - 1]} {first.year}"
        grew = "shrank by " if km2 < 0 else "grew by "
        grew = "covered " if window.kind == "on" else grew
        told.append(f"{grew * (grew != last)}{abs(km2):,.1f} km² {days}")
        last = grew
    return and_words(told)


def distance_words(claim: Claim, figure: float) -> str:
    """How far a figure is from the printed one, such as "4 % less"."""
    if math.isnan(figure) or claim.measure in ("present", "record") or is_order(claim):
        return ""
    says = claim.says
    target = target_of(says, figure)
    apart = abs(figure) - abs(target)
    if figure * target < 0:
        return "the other way"
    side = "more" if apart > 0 else "less"
    if says.unit == "share":
        points = 100 * abs(apart)
        word = "point" if f"{points:.1f}" == "1.0" else "points"
        return f"{points:.1f} {word} {side}"
    if says.unit == "count":
        return f"{abs(apart):.0f} {side}"
    if not target:
        return f"{shown(claim, abs(apart))} {side}"
    share = 100 * abs(apart) / abs(target)
    digits = 0 if share >= 10 else 1 if share >= 1 else 2
    return f"{share:.{digits}f} % {side}"


def shown(claim: Claim, figure: float) -> str:
    """A figure with its unit, to the digits that were printed or one more."""
    if math.isnan(figure):
        return _text.NOTHING
    says, unit = claim.says, claim.says.unit
    if claim.measure == "present":
        if claim.place is not None:
            return f"{'' if figure else 'not '}{claim.ground or 'held'}"
        unit = "km2"
    value = 100 * figure if unit == "share" else figure
    step = 100 * says.precision if unit == "share" else says.precision
    if unit in ("count", "days"):
        digits = 0
    elif unit == "km2":
        printed = 0 if step >= 1 or not step else math.ceil(-math.log10(step) - 1e-9)
        digits = max(printed, 1 if abs(value) < 1000 else 0)
        digits = max(digits, 2) if abs(value) < 10 else digits
    else:
        digits = 1 if unit in ("share", "times", "km2/day") else 2
    text = _text.figure(value, digits, sign=claim.measure in CHANGES)
    name = " months" if claim.measure == "streak" else UNITS[unit]
    name = name.removesuffix("s" * (text == "1"))
    return text + name.replace(" ", SPACE)
