"""Instants, and the half-open periods during which shapes were shown."""

import re
from calendar import monthrange
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kursk_geo.errors import OptionError, SnapshotError

UTC = "datetime64[us, UTC]"

TEXT = pd.Series(["text"]).dtype
"""What pandas keeps texts as: its own type since 3.0, objects before."""

DAY = pd.Timedelta(days=1).as_unit("us")
MICROSECOND = pd.Timedelta(microseconds=1).as_unit("us")
KEY = ["status", "label", "shape_id"]
"""What makes a shape the same from one map to the next."""

Numbers: TypeAlias = NDArray[np.intp]
When = str | date | datetime | pd.Timestamp

Every = Literal["change", "map", "day", "week", "month", "year"]
CALENDAR: dict[str, str] = {"day": "D", "week": "W-MON", "month": "MS", "year": "YS"}
"""Where calendar periods begin, as pandas calls it."""
EVERY = ("change", "map", *CALENDAR)

# pandas reads "01.02.2025" as 2 January, "15 April" in the year 1, and a number as
# nanoseconds since 1970.
_PLAIN = re.compile(r"\d{4}.*|.*[A-Za-z]{3}.*\d{4}.*")
"""Year first, or a month by its name with a year."""


def instant(when: When, *, tz: str = "UTC") -> pd.Timestamp:
    """
    The instant that a date or an instant stands for.

    Parameters
    ----------
    when : str, date, datetime or Timestamp
        A date without a time means the last microsecond of that day.
    tz : str, default "UTC"
        Zone in which a date ends, and in which a time without a zone is told.

    Returns
    -------
    Timestamp
        In UTC, to the microsecond. What was published at it counts; the end of a day,
        which belongs to the next, is a microsecond later.

    Raises
    ------
    OptionError
        If the date or the zone cannot be read.

    Examples
    --------
    >>> instant("2025-02-28", tz="Europe/Kyiv")
    Timestamp('2025-02-28 21:59:59.999999+0000', tz='UTC')
    >>> instant("2025-02-28 12:00")
    Timestamp('2025-02-28 12:00:00+0000', tz='UTC')
    """
    first, last = _reach(when, tz)
    return first if last is None else last - MICROSECOND


def _reach(when: When, tz: str) -> tuple[pd.Timestamp, pd.Timestamp | None]:
    """When a day begins and is over; an instant has no end."""
    try:
        told: object = when
        if isinstance(when, str):
            told = _plain_date(when.strip(), tz)
        if isinstance(told, date) and not isinstance(told, datetime):
            # pandas 2 takes a list for nanoseconds, which end in 2262.
            day = np.datetime64(told, "us")
            days = np.array([day, day + np.timedelta64(1, "D")])
            first, over = day_edges(pd.DatetimeIndex(days), tz=tz)
            return first, over
        if not isinstance(told, datetime | np.datetime64) or pd.isna(told):
            msg = "neither a date nor an instant"
            raise TypeError(msg)  # noqa: TRY301  (told as what cannot be read)
        stamp: Any = pd.Timestamp(told)
        if stamp.tz is None:
            # One error for all versions of pandas, where clocks skip or repeat an hour.
            stamp = stamp.tz_localize(tz, ambiguous="NaT", nonexistent="NaT")
        return pd.DatetimeIndex([stamp]).as_unit("us").tz_convert("UTC")[0], None
    except (ValueError, TypeError, AttributeError, LookupError, OSError) as error:
        msg = (
            f"Cannot read {when!r} in zone {tz!r} as a date. Expected a date such as "
            "'2025-02-28', '28.02.2025' or 'mid-February 2025', an instant such as "
            "'2025-02-28T18:30Z', 'today' or 'yesterday', and a zone such as 'UTC' or "
            "'Europe/Kyiv'."
        )
        raise OptionError(msg) from error


def day_edges(days: pd.DatetimeIndex, *, tz: str) -> pd.DatetimeIndex:
    """
    When days begin.

    Parameters
    ----------
    days : DatetimeIndex, shape (n,)
        Without a zone.
    tz : str
        Zone in which they begin.

    Returns
    -------
    DatetimeIndex, shape (n,)
        In UTC. Where clocks skip midnight, the first instant after it; where they
        repeat it, the first time.

    Raises
    ------
    ValueError
        If there is no such zone; as a child of it or of LookupError.

    Examples
    --------
    >>> day_edges(pd.DatetimeIndex(["2025-02-28"]), tz="Europe/Kyiv")[0]
    Timestamp('2025-02-27 22:00:00+0000', tz='UTC')
    """
    first = np.ones(len(days), dtype=bool)
    begin, over = (
        some.tz_localize(tz, nonexistent="shift_forward", ambiguous=first)
        for some in (days, days + DAY)
    )
    # Of a day that is skipped whole pandas lets an hour of the next pass.
    return begin.where(begin < over, over).tz_convert("UTC").as_unit("us")


def period_starts(published: pd.Series, every: str, *, tz: str) -> pd.DatetimeIndex:
    """Days after that of the first map on which calendar periods begin, no zone."""
    ends = published.iloc[[0, -1]].dt.tz_convert(tz).dt.tz_localize(None)
    first, last = ends.dt.normalize()
    days = pd.date_range(first + DAY, last, freq=CALENDAR[every])
    return days[~day_edges(days, tz=tz).duplicated()]  # one was skipped whole in Apia


# Points and months as people in Europe write them: the day comes first.
_POINTED = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")
_PART_OF_MONTH = re.compile(
    r"(?:the )?(mid(?:dle of)?|start of|beginning of|end of)[- ]"
    r"([A-Za-z]{3,})[ ,]+(\d{4})",
    re.IGNORECASE,
)


def check_zone(tz: str) -> None:
    """
    Refuse what is no zone.

    Raises
    ------
    OptionError
        If it is none.
    """
    try:
        ZoneInfo(tz)
    except (ValueError, OSError, LookupError) as error:
        msg = f"Zone {tz!r} is not known. Expected one such as UTC or Europe/Kyiv."
        raise OptionError(msg) from error


def _plain_date(when: str, tz: str) -> date:
    """A date, or an instant, as people write it."""
    days_back = {"today": 0, "yesterday": 1}.get(when.lower())
    if days_back is not None:
        return (pd.Timestamp.now(tz=tz) - days_back * DAY).date()
    if pointed := _POINTED.fullmatch(when):
        day, month, year = map(int, pointed.groups())
        return date(year, month, day)
    if said := _PART_OF_MONTH.fullmatch(when):
        part, month_name, year_text = said.groups()
        first = pd.Timestamp(f"1 {month_name} {year_text}")
        if part[:3].lower() == "mid":
            return first.date().replace(day=15)
        last = first + pd.offsets.MonthEnd(1)
        return (last if part.lower() == "end of" else first).date()
    precision = "" if ":" in when else pd.Period(when).freqstr  # NaT has none
    if not _PLAIN.fullmatch(when) or precision[:1] in {"Y", "Q", "M"}:
        msg = "the order of day and month, or one of the three, is not plain"
        raise ValueError(msg)
    stamp = pd.Timestamp(when)
    return stamp.date() if precision == "D" else stamp


def span(
    start: When | None, end: When | None, *, tz: str = "UTC"
) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
    """
    First and last instant of a span of days.

    Parameters
    ----------
    start, end : str, date, datetime, Timestamp or None
        First and last day, both included; None leaves that end open.
    tz : str, default "UTC"
        Zone in which days begin and end.

    Returns
    -------
    first, last : Timestamp or None
        In UTC. What was published at either counts.

    Raises
    ------
    OptionError
        If a date or the zone cannot be read.

    Examples
    --------
    >>> first, last = span("2025-03-01", "2025-03-01")
    >>> str(last - first)
    '0 days 23:59:59.999999'
    """
    first = None if start is None else _reach(start, tz)[0]
    return first, None if end is None else instant(end, tz=tz)


def merge_periods(shapes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Join rows of the same shape whose periods follow one another.

    Parameters
    ----------
    shapes : GeoDataFrame, shape (n,)
        Rows of `ControlHistory.shapes`, in any order.

    Returns
    -------
    GeoDataFrame, shape (m,)
        Sorted by start, then by status, label and shape.

    Raises
    ------
    KeyError
        If a column is missing.

    Examples
    --------
    >>> from kursk_geo.history import shapes_table
    >>> merge_periods(shapes_table(pd.DataFrame())).empty
    True
    """
    key = shapes.groupby(KEY, dropna=False).ngroup().to_numpy()  # in the order of KEY
    moments, first, last = _instants_of(shapes)
    by_key = np.lexsort((last, first, key))
    earliest = by_key[np.unique(key[by_key], return_index=True)[1]]
    key, first, last = join_runs(key, first, last)
    order = np.lexsort((last, key, first))
    merged = shapes.iloc[earliest[key[order]]].reset_index(drop=True)
    begin, end = moments[first[order]], moments[last[order]]
    return merged.assign(valid_from=begin, valid_to=end)


def _instants_of(shapes: gpd.GeoDataFrame) -> tuple[pd.DatetimeIndex, Numbers, Numbers]:
    """The instants of all periods, sorted, NaT last; and where each begins and ends."""
    both = np.concatenate(
        [shapes[name].to_numpy("datetime64[us]") for name in ("valid_from", "valid_to")]
    )
    moments, when = np.unique(both, return_inverse=True)
    first, last = np.split(when, 2)
    return pd.DatetimeIndex(moments, tz="UTC"), first, last


def join_runs(key: Numbers, first: Numbers, last: Numbers) -> list[Numbers]:
    """
    Join runs of the same key that follow one another.

    In numpy: pandas took three times as long.

    Parameters
    ----------
    key, first, last : array of int, shape (n,)
        Of each run, 0 or more; `last` is not within it.

    Returns
    -------
    key, first, last : array of int, shape (m,)
        Sorted by key and first.

    Raises
    ------
    ValueError
        If the arrays differ in length.

    Examples
    --------
    >>> key, first, last = np.array([[7, 7, 7], [0, 1, 3], [1, 2, 4]])
    >>> np.array(join_runs(key, first, last)).tolist()
    [[7, 7], [0, 3], [2, 4]]
    """
    size = last.max(initial=0) + 1
    # Sorted with its kind in the last bit: in half of the time that it takes numpy to
    # tell where each came from. In place: fresh memory costs more than the sums.
    edge = np.tile(2 * size * key, 2)
    edge += np.concatenate([2 * first, 2 * last + 1])
    edge.sort()
    at = np.flatnonzero(np.diff(edge >> 1, prepend=-1))
    # How many copies of a key begin, less how many end, at each place: what begins
    # where another ends goes on.
    n = np.add.reduceat(1 - 2 * (edge.astype(np.int8) & 1), at)
    at, n = at[n != 0], n[n != 0]
    begins, ends = (np.repeat(edge[at] >> 1, np.clip(m, 0, None)) for m in (n, -n))
    # Sorted, and of a key as many begin as end: first in, first out.
    return [begins // size, begins % size, ends % size]


def restrict_periods(shapes: gpd.GeoDataFrame, times: pd.Series) -> gpd.GeoDataFrame:
    """
    Periods as they would be if only some of the maps had been read.

    Parameters
    ----------
    shapes : GeoDataFrame, shape (n,)
        Rows of `ControlHistory.shapes`.
    times : Series of Timestamp, shape (k,)
        Instants of the maps to keep, sorted.

    Returns
    -------
    GeoDataFrame, shape (m,)
        Rows that at least one of these maps shows.

    Raises
    ------
    KeyError
        If a column is missing.

    Examples
    --------
    >>> from kursk_geo.history import shapes_table
    >>> restrict_periods(shapes_table(pd.DataFrame()), pd.Series([], dtype=UTC)).empty
    True
    """
    first = times.searchsorted(shapes["valid_from"])
    last = times.searchsorted(shapes["valid_to"])
    last = np.where(shapes["valid_to"].isna(), len(times), last)
    shown = first < last
    kept = shapes[shown].copy()
    ends = pd.concat([times, pd.Series([pd.NaT], dtype=UTC)], ignore_index=True)
    kept["valid_from"] = times.array[first[shown]]
    kept["valid_to"] = ends.array[last[shown]]
    return merge_periods(kept)


def change_points(shapes: gpd.GeoDataFrame, published: pd.Series) -> pd.DataFrame:
    """
    One row for each different set of shapes, whatever their labels.

    Parameters
    ----------
    shapes : GeoDataFrame, shape (n,)
        Rows of `ControlHistory.shapes`.
    published : Series of Timestamp, shape (k,)
        Instants of all maps, sorted.

    Returns
    -------
    DataFrame, shape (n_states,)
        ``valid_from``, ``valid_to``, ``n_snapshots`` and ``n_shapes``.

    Raises
    ------
    KeyError
        If a column is missing.

    Examples
    --------
    >>> from kursk_geo.history import shapes_table
    >>> none = shapes_table(pd.DataFrame())
    >>> change_points(none, pd.Series([], dtype=UTC)).empty
    True
    """
    moments, first, last = _instants_of(shapes)
    # What goes on under another label is joined: no ground changed.
    ground = shapes.groupby(["status", "shape_id"], sort=False).ngroup().to_numpy()
    _, *ends = join_runs(ground, first, last)
    changes = moments[np.unique(np.concatenate(ends))].dropna()
    edges = pd.Series(changes.union(pd.DatetimeIndex(published.head(1))), dtype=UTC)
    at = moments.searchsorted(edges, side="right")
    come, gone = (np.sort(one).searchsorted(at) for one in (first, last))
    published_before = published.searchsorted(edges)
    return pd.DataFrame(
        {
            "valid_from": edges,
            "valid_to": edges.shift(-1),
            "n_snapshots": np.diff(np.append(published_before, len(published))),
            "n_shapes": come - gone,
        }
    )


# What files and their names tell of days and instants

YEARS = range(2000, 2100)
"""A map of another year is misdated: one export writes 2202 for 2025."""

_DAY = re.compile(
    r"(?<!\d)(\d{4})([-_.]?)(\d\d)\2(\d\d)"
    r"(?:[T _-]?(\d\d)([:_-]?)(\d\d)(?:\6(\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?"
    r"(?![-_.:]?\d))?(?!\d)",
    re.IGNORECASE,
)
"""YYYY-MM-DD or YYYYMMDD, perhaps with hours and minutes."""
_UNIX = re.compile(r"(?<!\d)(1[6-9]\d{8}|2\d{9})(?:\d{3})?(?!\d)")
"""Seconds or milliseconds since 1970, in a file's name."""
_SINCE_1970 = {9: "s", 12: "ms", 15: "us", 18: "ns"}
"""Unit of a number by its digits, or one digit more."""


def end_of_day(day: date) -> pd.Timestamp:
    """
    The last second of a day, in UTC.

    Where a source tells a day and no time, its map was published in the course of it:
    ``history.at(day)`` finds it, and no earlier day does.
    """
    return instant(day).floor("s")


def read_day(value: object, name: str) -> date:
    """
    The day of an ISO date or time, YYYYMMDD, or milliseconds since 1970 (UTC).

    Raises
    ------
    SnapshotError
        If it is none of these, or of a year in which no such map was made.
    """
    told = value
    if isinstance(value, str):
        match = _DAY.match(value.strip())
        told = match and "-".join(match.group(1, 3, 4))
    moment = read_instant(told, name)
    if isinstance(moment, str) or moment.year not in YEARS:
        msg = (
            f"{name}: dated {value!r}. Expected a day from {YEARS[0]} to {YEARS[-1]}, "
            "such as '2025-04-15': correct the date in the file, or leave it out with "
            "on_error='skip'."
        )
        raise SnapshotError(msg)
    return moment.date()


def day_in_name(name: str) -> date | None:
    """The day in a file's name, as YYYY-MM-DD or YYYYMMDD; None if it tells none."""
    told = _in_text(name.rpartition("/")[2])
    return told.date() if isinstance(told, datetime) else told


def no_day(name: str, expected: str, *, what: str = "the day of") -> SnapshotError:
    """The error for a map of which nothing tells when it was published."""
    return SnapshotError(f"{name}: nothing tells {what} this map{expected}.")


def _in_text(text: str) -> date | None:
    """The one day, or day and time, in a text; one with hyphens comes first."""
    matches = list(_DAY.finditer(text))
    for apart in (True, False):
        found = {_calendar(one) for one in matches if bool(one[2]) == apart} - {None}
        if len(found) == 1:
            return found.pop()
    return None


def _calendar(match: re.Match[str]) -> date | None:
    """The day of a match, with its time if that is one."""
    hour, minute, second, zone = match.group(5, 7, 8, 9)
    day = "-".join(match.group(1, 3, 4))
    with suppress(ValueError):
        if hour is not None:
            time = f"{hour}:{minute}:{second or '00'}{(zone or '').upper()}"
            return datetime.fromisoformat(f"{day}T{time}")
    with suppress(ValueError):
        return date.fromisoformat(day)
    return None


DIRECTIVES = {
    "Y": r"\d{4}", "y": r"\d\d", "m": r"\d\d", "d": r"\d\d", "j": r"\d{3}",
    "b": r"[^\W\d_]{3}", "B": r"[^\W\d_]+", "H": r"\d\d", "M": r"\d\d", "S": r"\d\d",
    "G": r"\d{4}", "V": r"\d\d?", "%": "%",
}  # fmt: skip
"""What each part of a pattern of `datetime.strptime` looks like in a file's name."""


def check_pattern(date_pattern: str, *, of_column: bool = True) -> str:
    """
    The regular expression for a pattern of `datetime.strptime`, once checked.

    Raises
    ------
    OptionError
        If a part of the pattern is not known, or it tells no day.
    """
    parts = re.split(r"%(.)", date_pattern)
    told = set(parts[1::2])
    whole = {"G", "V"} <= told  # a week
    if told & {"Y", "y"}:
        whole = bool(told & {"m", "b", "B", "j"}) or (of_column and told == {"Y"})
    if told - DIRECTIVES.keys() or not whole:
        known = ", ".join(f"%{part}" for part in DIRECTIVES)
        msg = (
            f"date_pattern={date_pattern!r} tells no day. Expected year, month and "
            f"day (or year and month; or %G and %V for weeks) out of {known}: "
            "date_pattern='front_%Y-%m-%d'."
        )
        raise OptionError(msg)
    # "1.4.2025": one digit, where no two parts touch.
    short = {"d": r"\d\d?", "m": r"\d\d?"} if all(parts[2:-1:2]) else {}
    parts[::2] = map(re.escape, parts[::2])
    parts[1::2] = [{**DIRECTIVES, **short}[part] for part in parts[1::2]]
    return rf"(?<!\d){''.join(parts)}(?!\d)"


def instant_in_name(
    name: str,
    date_pattern: str | None = None,
    *,
    tz: str = "UTC",
    remedy: str = 'rename the file, or tell date_column or date_pattern="%d.%m.%Y"',
) -> pd.Timestamp:
    """
    The instant that the name of a file, or of a folder around it, tells.

    Raises
    ------
    SnapshotError
        If neither tells one.
    """
    stamps = _UNIX.findall(name.rpartition("/")[2])
    if date_pattern is None and len(stamps) == 1:
        return pd.Timestamp(int(stamps[0]), unit="s", tz="UTC").as_unit("us")
    for part in reversed(name.split("/")):
        told = _told_by(part, date_pattern) if date_pattern else _in_text(part)
        if told is not None:
            return _published(told, name, tz=tz)
    expected = "the unix time, YYYY-MM-DD or YYYYMMDD in the file's name"
    if date_pattern is not None:
        expected = f"a name that matches {date_pattern!r}"
    raise no_day(name, f" was published. Expected {expected}: {remedy}", what="when")


def _told_by(text: str, date_pattern: str) -> date | None:
    """The day, or day and time, that a text is or holds; the last of a longer one."""
    match = re.search(check_pattern(date_pattern), text)
    told = set(re.findall("%(.)", date_pattern))
    end, part = (" 7", " %u") if "V" in told else ("", "")  # a week's: its Sunday
    for one in (text, match[0] if match else ""):
        with suppress(ValueError):
            stamp = datetime.strptime(one + end, date_pattern + part)  # noqa: DTZ007
            if told & {"d", "j", "V"}:
                return stamp if "H" in told else stamp.date()
            month = 12 if told == {"Y"} else stamp.month
            return date(stamp.year, month, monthrange(stamp.year, month)[1])
    return None


def no_value(value: object) -> bool:
    """Whether a cell of a table is empty, however its format says so."""
    return pd.isna(value) is True or not str(value).strip()  # type: ignore[call-overload]


_MIDNIGHT = re.compile(r"(\d{4}[-/]\d\d[-/]\d\d)[T ]00:00:00(?:\.0*)?")


def days_alone(values: Sequence[Any]) -> Sequence[Any]:
    """A column of times of which all are midnight holds days, as GDAL hands them on."""
    found = [_MIDNIGHT.fullmatch(str(value)) for value in values]
    if all(one or no_value(value) for one, value in zip(found, values, strict=True)):
        return [one and one[1] for one in found]
    return values


def read_instant(
    value: object, name: str, *, tz: str = "UTC", date_pattern: str | None = None
) -> pd.Timestamp | str:
    """
    The instant that a value of a column tells, or why it tells none.

    Days end at 23:59:59; of numbers the size tells whether they are YYYYMMDD or a time
    since 1970, in seconds, milliseconds, microseconds or nanoseconds.
    """
    if no_value(value):
        return "no date"
    told: Any = value.item() if hasattr(value, "item") else value  # of numpy's
    wrong = f"dated {told!r}"
    try:
        told = int(told) if isinstance(told, float) else told
        told = told.strip() if isinstance(told, str) else told
        number = re.fullmatch(r"(\d{8,19})(?:\.0*)?", str(told))
        if date_pattern is not None:
            told = _told_by(str(told), date_pattern)
        elif number is not None:
            digits, match = len(number[1]), _DAY.fullmatch(number[1])
            unit = _SINCE_1970.get(digits, _SINCE_1970.get(digits - 1))
            told = match and _calendar(match)
            if told is None and unit is not None:
                told = pd.Timestamp(int(number[1]), unit=unit, tz="UTC")
        elif isinstance(told, str):
            told = re.sub(r"^(\d{4})/(\d\d?)/(\d\d?)", r"\1-\2-\3", told)
        if told is None or isinstance(told, int):
            return wrong
        return _published(told, name, tz=tz)
    except (SnapshotError, ValueError, OverflowError, TypeError):
        return wrong


def _published(told: When, name: str, *, tz: str) -> pd.Timestamp:
    """The instant, or the last second of the day, at which a map was published."""
    try:
        moment = instant(told, tz=tz)
    except OptionError as error:
        msg = f"{name}: {error}"
        raise SnapshotError(msg) from error
    return moment.floor("s") if moment.microsecond == 999_999 else moment
