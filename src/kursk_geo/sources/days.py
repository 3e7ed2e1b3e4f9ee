"""Days of maps that tell no time: in names, as text, as numbers."""

import re
from datetime import UTC, date, datetime, timedelta

import pandas as pd

from kursk_geo.errors import SnapshotError

__all__ = ["day_in_name", "end_of_day", "read_day"]

YEARS = range(2000, 2100)
"""A map of another year is misdated: one export writes 2202 for 2025."""

_ISO = re.compile(r"(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)")
_COMPACT = re.compile(r"(?<!\d)(\d{4})(\d\d)(\d\d)(?!\d)")


def end_of_day(day: date) -> pd.Timestamp:
    """
    The last second of a day, in UTC.

    Where a source tells a day and no time, its map was published in the course of it:
    ``history.at(day)`` finds it, and no earlier day does.
    """
    return pd.Timestamp(day, tz="UTC").as_unit("us") + pd.Timedelta("23:59:59")


def read_day(value: object, name: str) -> date:
    """
    The day of an ISO date or time, YYYYMMDD, or milliseconds since 1970 (UTC).

    Raises
    ------
    SnapshotError
        If it is none of these, or of a year in which no such map was made.
    """
    day = _day(value)
    if day is None or day.year not in YEARS:
        msg = (
            f"{name}: dated {value!r}. Expected a day from {YEARS[0]} to {YEARS[-1]}, "
            "such as '2025-04-15': correct the date in the file, or leave it out with "
            "on_error='skip'."
        )
        raise SnapshotError(msg)
    return day


def _day(value: object) -> date | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        if 19_000_101 <= value <= 22_991_231:
            value = str(int(value))
        else:
            start = datetime(1970, 1, 1, tzinfo=UTC)
            try:
                return (start + timedelta(milliseconds=value)).date()
            except (OverflowError, ValueError):
                return None
    match = _ISO.match(str(value)) or _COMPACT.fullmatch(str(value).strip())
    return None if match is None else _calendar(match)


def _calendar(match: re.Match[str]) -> date | None:
    try:
        return date(*map(int, match.groups()))
    except ValueError:
        return None


def day_in_name(name: str) -> date | None:
    """The day in a file's name, as YYYY-MM-DD or YYYYMMDD; None if it tells none."""
    stem = name.rsplit("/", 1)[-1]
    for pattern in (_ISO, _COMPACT):
        days = {_calendar(match) for match in pattern.finditer(stem)} - {None}
        if len(days) == 1:
            return days.pop()
    return None
