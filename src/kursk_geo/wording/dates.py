"""Dates in words as windows of days: ``read_date``."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, Literal

from kursk_geo.errors import ClaimError
from kursk_geo.wording.text import normalise, unreadable
from kursk_geo.wording.words import NUMBERS

__all__ = ["DateWindow", "read_date"]

_MONTH_OF: Final = {
    form: number
    for number in range(1, 13)
    for name in (calendar.month_name[number].lower(),)
    for form in (name, name[:3], *(("sept",) if number == 9 else ()))
}
_SEASONS: Final = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_PARTS: Final = {
    "start": "start", "beginning": "start", "early": "early", "mid": "mid",
    "middle": "mid", "late": "late", "end": "end", "close": "end",
}  # fmt: skip
#: part -> first and last day in a month, and the day that it points at
_MONTH_DAYS: Final = {
    "start": (1, 5, 1),
    "early": (1, 10, 5),
    "mid": (11, 20, 15),
    "late": (21, 31, 25),
    "end": (-5, 31, 31),
}
_END_DAYS: Final = 10  # of a season or a year
_THIRD: Final = {"early": 0, "mid": 1, "late": 2}
_KINDS: Final[dict[str, Literal["on", "by"]]] = {
    "by": "by",
    "until": "by",
    "on": "on",
    "in": "on",
    "at": "on",
    "as of": "on",
    "during": "on",
    "since": "on",
}


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_MONTHS: Final = _any(_MONTH_OF)
_YEAR: Final = r"(?: (?:of )?(?P<year>\d{4}))?"
_SPAN: Final = "(?P<span>day|week|month|year)"
_PART: Final = rf"(?:(?P<part>{_any(_PARTS)}) (?:of )?)?"


@dataclass(frozen=True)
class DateWindow:
    """
    The days that a phrase covers, and the one that it points at.

    Parameters
    ----------
    start, end : date
        First and last day, both included.
    target : date
        The day that the phrase points at; the last one for a whole period.
    kind : {"on", "by"}
        "by": what was reached until then.
    text, reading : str
        The words, and the words with what they are read as.

    Raises
    ------
    ClaimError
        If `start` lies after `end`.

    Examples
    --------
    >>> read_date("end of February 2025").reading
    'end of February 2025, read as 28 February 2025 (24 to 28 February 2025)'
    """

    start: date
    end: date
    target: date
    kind: Literal["on", "by"] = "on"
    text: str = ""
    reading: str = ""

    def __post_init__(self) -> None:
        """Refuse days in the wrong order; write the reading if none is given."""
        if self.start > self.end:
            msg = (
                f"{self.text!r} runs from {_day(self.start)} to {_day(self.end)}; "
                "expected the earlier day first; write both with their year"
            )
            raise ClaimError(msg)
        if self.text and not self.reading:
            by = "by " if self.kind == "by" else ""
            reading = f"{self.text}, read as {by}{_day(self.target)}"
            if self.start != self.end:
                reading += f" ({self._days()})"
            object.__setattr__(self, "reading", reading)

    def _days(self) -> str:
        start, end = _day(self.start), _day(self.end)
        if self.start.year == self.end.year:
            start = start.removesuffix(f" {self.end.year}")
            if self.start.month == self.end.month:
                start = str(self.start.day)
        return f"{start} to {end}"


def _day(day: date) -> str:
    return f"{day.day} {calendar.month_name[day.month]} {day.year}"


def read_date(text: str | date, *, published: date | None = None) -> DateWindow:
    """
    Read a date in words as a window of days.

    Parameters
    ----------
    text : str or date
        Such as "end of February 2025", "by mid-April", "the summer of 2024",
        "14-20 April", "a week earlier".
    published : date, optional
        Day of the sentence. A date without a year is the latest that had begun by
        then, and "yesterday" counts from it.

    Returns
    -------
    DateWindow
        The forms are listed in docs/wording.md.

    Raises
    ------
    ClaimError
        If the words cannot be read, there is no such day, or the year is missing
        and `published` too.

    Examples
    --------
    >>> window = read_date("by mid-April", published=date(2025, 4, 26))
    >>> window.reading
    'by mid-April, read as by 15 April 2025 (11 to 20 April 2025)'
    >>> window.kind, window.target
    ('by', datetime.date(2025, 4, 15))
    >>> read_date("")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    kursk_geo.errors.ClaimError: given '' as the date of a claim; ...
    """
    if isinstance(published, datetime):
        published = published.date()
    if isinstance(text, date) and not isinstance(text, datetime):
        return DateWindow(text, text, text, text=text.isoformat())
    if isinstance(text, datetime):
        raise _fail(text.isoformat(), "an instant is no day")
    words = normalise(text, what="date")
    words = re.sub(r"(?<=\d) (?:st|nd|rd|th)\b", "", words)
    words = " ".join(re.sub(r",|\bthe\b|[.;:]$", " ", words).split())
    # "April 14-20, 2025" in the order that the other forms have
    words = re.sub(rf"\b({_MONTHS}) (\d+) ?- ?(\d+)\b", r"\2-\3 \1", words)
    kind, words = _prefix(words)
    window = _single(words, published, text) or _range(words, published, text)
    if window is None:
        raise _fail(text, "these words are not known")
    return replace(window, kind=kind, text=str(text), reading="")


def _prefix(words: str) -> tuple[Literal["on", "by"], str]:
    """Take a leading "by" or "on" off."""
    match = re.match(rf"({_any(_KINDS)}) (?=.)", words)
    if match is None:
        return "on", words
    return _KINDS[match[1]], words[match.end() :]


def _fail(text: object, reason: str) -> ClaimError:
    return unreadable(
        str(text),
        reason,
        known="15 April 2025, 2025-04-15, 14-20 April, February 2025, summer of 2024, "
        "2024; with start of, early, mid, late, end of, and by or on before them; "
        "yesterday, last week, a week earlier",
        remedy="write the day as 2025-04-15, or a range as 2025-04-11 to 2025-04-20",
    )


def _single(words: str, published: date | None, text: object) -> DateWindow | None:
    """Read one date or period; None if it has none of the forms."""
    for pattern, read in _FORMS:
        match = re.fullmatch(pattern, words)
        if match is None:
            continue
        found = match.groupdict()
        try:
            if found.get("year"):
                return read(found, date(int(found["year"]), 1, 1))
            if published is None:
                raise _fail(
                    text, "it has no year, and the day of publication is unknown"
                )
            window = read(found, published)
            if "year" in found and window.start > published:
                window = read(found, published.replace(year=published.year - 1, day=1))
        except (ValueError, OverflowError) as error:
            if isinstance(error, ClaimError):
                raise
            raise _fail(text, "there is no such day") from error
        return window
    return None


def _range(words: str, published: date | None, text: object) -> DateWindow | None:
    """Read "14-20 April 2025": what the first day lacks, the second one has."""
    words = re.sub(r"^(?:between|from) ", "", words)
    tail = re.search(rf"(?:(?:{_MONTHS})(?: \d{{4}})?|\d{{4}})$", words)
    for split in re.finditer(r" ?- ?| to | and ", words):
        last = _single(words[split.end() :], published, text)
        if last is None:
            continue
        missing = f" {tail[0].split()[0]} {last.end.year}" if tail else ""
        for ending in ("", missing):
            first = _single(words[: split.start()] + ending, last.end, text)
            if first is not None:
                return DateWindow(first.start, last.end, last.end, text=str(text))
    return None


def _window(start: date, end: date, target: date) -> DateWindow:
    return DateWindow(start, end, target)


def _one_day(found: dict[str, str], near: date) -> DateWindow:
    month = found["month"]
    number = int(month) if month.isdigit() else _MONTH_OF[month]
    day = date(near.year, number, int(found["day"]))
    return _window(day, day, day)


def _month(found: dict[str, str], near: date) -> DateWindow:
    number = _MONTH_OF[found["month"]]
    length = calendar.monthrange(near.year, number)[1]
    part = _PARTS[found["part"]] if found["part"] else None
    first, last, target = _MONTH_DAYS[part] if part else (1, 31, 31)
    first = first if first > 0 else length + first + 1
    days = (date(near.year, number, min(d, length)) for d in (first, last, target))
    return _window(*days)


def _long(found: dict[str, str], near: date) -> DateWindow:
    """Read a season or a year, or a part of it: thirds, or ten days at an end."""
    season = found.get("season")
    start = date(near.year, _SEASONS[season] if season else 1, 1)
    third = 1 if season else 4
    part = _PARTS[found["part"]] if found["part"] else None
    end = _months_after(start, 3 * third) - timedelta(days=1)
    if part in _THIRD:
        start = _months_after(start, _THIRD[part] * third)
        end = _months_after(start, third) - timedelta(days=1)
        return _window(start, end, start + (end - start) / 2)
    if part == "start":
        return _window(start, start + timedelta(days=_END_DAYS - 1), start)
    if part == "end":
        start = end - timedelta(days=_END_DAYS - 1)
    return _window(start, end, end)


def _last(found: dict[str, str], near: date) -> DateWindow:
    """Read the calendar week, month or year before that of publication."""
    if found["span"] == "week":
        start = near - timedelta(days=near.weekday() + 7)
        end = start + timedelta(days=6)
    else:
        end = near.replace(day=1, **({"month": 1} if found["span"] == "year" else {}))
        end -= timedelta(days=1)
        start = end.replace(day=1, **({"month": 1} if found["span"] == "year" else {}))
    return _window(start, end, end)


def _ago(found: dict[str, str], near: date) -> DateWindow:
    count = found["count"]
    number = int(count) if count.isdigit() else NUMBERS.get(count, 1)
    if found["span"] in {"day", "week"}:
        day = near - timedelta(days=number * (7 if found["span"] == "week" else 1))
    else:
        day = _months_after(near, -number * (12 if found["span"] == "year" else 1))
    return _window(day, day, day)


def _named_day(found: dict[str, str], near: date) -> DateWindow:
    day = near - timedelta(days=found["name"] == "yesterday")
    return _window(day, day, day)


def _months_after(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


_FORMS: Final[tuple[tuple[str, Callable[[dict[str, str], date], DateWindow]], ...]] = (
    (r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)", _one_day),
    (rf"(?P<day>\d{{1,2}}) (?:of )?(?P<month>{_MONTHS}){_YEAR}", _one_day),
    (rf"(?P<month>{_MONTHS}) (?P<day>\d{{1,2}}){_YEAR}", _one_day),
    (rf"{_PART}(?P<month>{_MONTHS}){_YEAR}", _month),
    (rf"{_PART}(?P<season>{_any(_SEASONS)}){_YEAR}(?:-\d{{2,4}})?", _long),
    (rf"{_PART}(?:year )?(?P<year>\d{{4}})", _long),
    (r"last (?P<span>week|month|year)", _last),
    (
        (
            rf"(?P<count>an?|\d{{1,3}}|{_any(NUMBERS)}) "
            rf"{_SPAN}s? (?:ago|earlier|before)"
        ),
        _ago,
    ),
    (r"(?P<name>yesterday|today|now)", _named_day),
)
