"""Instants, and the half-open periods during which shapes were shown."""

import re
from datetime import date, datetime
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from kursk_geo.errors import OptionError

UTC = "datetime64[us, UTC]"

TEXT = pd.Series(["text"]).dtype
"""What pandas keeps texts as: its own type since 3.0, objects before."""

DAY = pd.Timedelta(days=1).as_unit("us")
MICROSECOND = pd.Timedelta(microseconds=1).as_unit("us")
KEY = ["status", "label", "shape_id"]
"""What makes a shape the same from one map to the next."""

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
        if isinstance(when, str):
            when = _plain_date(when.strip(), tz)
        if not isinstance(when, date | np.datetime64) and not _PLAIN.fullmatch(when):
            msg = "the order of day and month, or the year, is not plain"
            raise ValueError(msg)  # noqa: TRY301  (told as what cannot be read)
        is_date = isinstance(when, date) and not isinstance(when, datetime)
        if isinstance(when, str) and ":" not in when:
            precision = pd.Period(when).freqstr  # NaT has none: an AttributeError
            if precision[0] in "YQM":
                msg = "a month or a year is not a date"
                raise ValueError(msg)  # noqa: TRY301
            is_date = precision == "D"
        stamp = pd.Timestamp(when)
        if is_date or pd.isna(stamp):
            day = stamp.normalize()  # which NaT cannot: nothing is no date
            # pandas 2 takes a list for nanoseconds, which end in 2262.
            ends = [day.to_datetime64(), (day + DAY).to_datetime64()]
            days = pd.DatetimeIndex(np.array(ends, dtype="datetime64[us]"))
            first, over = day_edges(days, tz=tz)
            return first, over
        if stamp.tz is not None:
            return stamp.tz_convert("UTC").as_unit("us"), None
        # One error for all versions of pandas, where clocks skip or repeat an hour.
        local = stamp.tz_localize(tz, ambiguous="NaT", nonexistent="NaT")
        return pd.DatetimeIndex([local]).as_unit("us").tz_convert("UTC")[0], None
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
    begin = days.tz_localize(tz, nonexistent="shift_forward", ambiguous=first)
    return begin.tz_convert("UTC").as_unit("us")


# Points and months as people in Europe write them: the day comes first.
_POINTED = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")
_PART_OF_MONTH = re.compile(
    r"(?:the )?(mid(?:dle of)?|start of|beginning of|end of)[- ]"
    r"([A-Za-z]{3,})[ ,]+(\d{4})",
    re.IGNORECASE,
)


def _plain_date(when: str, tz: str) -> str | date:
    """A date that is said otherwise, as a date; anything else as it is."""
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
    return when


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
    table = shapes.sort_values([*KEY, "valid_from", "valid_to"], ignore_index=True)
    new = (table[KEY] != table[KEY].shift()).any(axis=1)
    # How many copies of a shape begin, less how many end, at each instant: what begins
    # where another ends goes on.
    edges = pd.DataFrame(
        {
            "shape": np.tile(new.cumsum(), 2),
            "when": pd.concat([table["valid_from"], table["valid_to"]]).array,
            "begin": np.repeat([1, -1], len(table)),
        }
    )
    counts = edges.groupby(["shape", "when"], dropna=False)["begin"].sum().reset_index()
    begin = counts.loc[counts.index.repeat(counts["begin"].clip(lower=0))]
    end = counts.loc[counts.index.repeat(-counts["begin"].clip(upper=0))]
    # Sorted, NaT last, and of a shape as many begin as end: first in, first out.
    merged = table.iloc[np.flatnonzero(new)[begin["shape"] - 1]].copy()
    merged["valid_from"], merged["valid_to"] = begin["when"].array, end["when"].array
    return merged.sort_values(["valid_from", *KEY, "valid_to"], ignore_index=True)


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
    starts, ends = shapes["valid_from"], shapes["valid_to"]
    # What goes on under another label begins as often as it ends: no ground changed.
    ground = shapes.groupby(["status", "shape_id"], sort=False).ngroup()
    counts = pd.DataFrame(
        {
            "ground": np.tile(ground, 2),
            "when": pd.concat([starts, ends]).array,
            "begin": np.repeat([1, -1], len(shapes)),
        }
    )
    begun = counts.groupby(["when", "ground"])["begin"].sum()  # without NaT
    edges = begun[begun != 0].index.get_level_values("when").to_series()
    edges = pd.concat([published.head(1), edges]).drop_duplicates()
    edges = edges.sort_values().reset_index(drop=True)
    first = published.searchsorted(edges)
    gone = np.sort(ends.dropna().to_numpy()).searchsorted(edges, side="right")
    come = np.sort(starts.to_numpy()).searchsorted(edges, side="right")
    return pd.DataFrame(
        {
            "valid_from": edges,
            "valid_to": edges.shift(-1),
            "n_snapshots": np.diff(np.append(first, len(published))),
            "n_shapes": come - gone,
        }
    )
