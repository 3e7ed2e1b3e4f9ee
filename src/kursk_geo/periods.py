"""Instants, half-open periods, and the three tables of a history."""

from datetime import date, datetime

import geopandas as gpd
import numpy as np
import pandas as pd

from kursk_geo.errors import OptionError
from kursk_geo.geometry import WGS84

__all__ = [
    "DAY",
    "UTC",
    "When",
    "instant",
    "merge_periods",
    "rejected_table",
    "restrict_periods",
    "shapes_table",
    "snapshots_table",
    "span",
]

UTC = "datetime64[us, UTC]"
DAY = pd.Timedelta(days=1)
KEY = ["status", "label", "shape_id"]
"""What makes a shape the same from one map to the next."""

SNAPSHOTS = {
    "snapshot_utc": UTC,
    "source": "str",
    "snapshot_id": "str",
    "origin": "str",
    "sha256": "str",
    "n_features": "int64",
    "n_rejected": "int64",
}
SHAPES = {
    "status": "str",
    "label": "str",
    "valid_from": UTC,
    "valid_to": UTC,
    "shape_id": "str",
    "repair_km2": "float64",
}
REJECTED = {
    "snapshot_utc": UTC,
    "origin": "str",
    "feature": "Int64",
    "reason": "str",
}
"""Columns of the three tables, with their types."""

When = str | date | datetime | pd.Timestamp


def instant(when: When, *, tz: str = "UTC") -> tuple[pd.Timestamp, bool]:
    """
    The instant that a date or an instant stands for.

    Parameters
    ----------
    when : str, date, datetime or Timestamp
        A date without a time means the end of that day.
    tz : str, default "UTC"
        Zone in which a date ends, and in which a time without a zone is told.

    Returns
    -------
    instant : Timestamp
        In UTC.
    inclusive : bool
        Whether a map published at that very instant counts. The end of a day belongs
        to the next.

    Raises
    ------
    OptionError
        If the date or the zone cannot be read.

    Examples
    --------
    >>> instant("2025-02-28", tz="Europe/Kyiv")
    (Timestamp('2025-02-28 22:00:00+0000', tz='UTC'), False)
    >>> instant("2025-02-28 12:00")
    (Timestamp('2025-02-28 12:00:00+0000', tz='UTC'), True)
    """
    is_date = (isinstance(when, str) and ":" not in when) or (
        isinstance(when, date) and not isinstance(when, datetime)
    )
    try:
        stamp = pd.Timestamp(when)
        if is_date:
            stamp = stamp.normalize() + DAY
        local = stamp.tz_localize(tz) if stamp.tz is None else stamp
        return local.tz_convert("UTC").as_unit("us"), not is_date
    except (ValueError, TypeError, AttributeError, LookupError, OSError) as error:
        msg = (
            f"Cannot read {when!r} in zone {tz!r} as a date. Expected a date such as "
            "'2025-02-28' or an instant such as '2025-02-28T18:30Z', and a zone such "
            "as 'UTC' or 'Europe/Kyiv'."
        )
        raise OptionError(msg) from error


def span(
    start: When | None, end: When | None, *, tz: str = "UTC"
) -> tuple[pd.Timestamp | None, pd.Timestamp | None, bool]:
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
        In UTC.
    inclusive : bool
        Whether a map published at `last` counts.

    Raises
    ------
    OptionError
        If a date or the zone cannot be read.

    Examples
    --------
    >>> first, last, inclusive = span("2025-03-01", "2025-03-01")
    >>> str(last - first), inclusive
    ('1 days 00:00:00', False)
    """
    first = last = None
    inclusive = True
    if start is not None:
        first, is_instant = instant(start, tz=tz)
        if not is_instant:
            day_before = (pd.Timestamp(start) - DAY).date()
            first, _ = instant(day_before, tz=tz)
    if end is not None:
        last, inclusive = instant(end, tz=tz)
    return first, last, inclusive


def _typed(table: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    table = table.reindex(columns=list(columns))
    # A column of nothing but NaT has no zone yet, and astype would not give it one.
    utc = {name: pd.to_datetime(table[name], utc=True) for name in _instants(columns)}
    return table.assign(**utc).astype(columns).reset_index(drop=True)


def _instants(columns: dict[str, str]) -> list[str]:
    return [name for name, kind in columns.items() if kind == UTC]


def snapshots_table(table: pd.DataFrame) -> pd.DataFrame:
    """Snapshots with their columns in order and type, sorted; also when empty."""
    return _typed(table, SNAPSHOTS).sort_values("snapshot_utc", ignore_index=True)


def rejected_table(table: pd.DataFrame) -> pd.DataFrame:
    """Rejected rows with their columns in order and type, sorted; also when empty."""
    order = ["snapshot_utc", "origin", "feature"]
    return _typed(table, REJECTED).sort_values(order, ignore_index=True)


def shapes_table(table: pd.DataFrame) -> gpd.GeoDataFrame:
    """Shapes with their columns in order and type; also when empty."""
    columns = _typed(table, SHAPES)
    geometry = table["geometry"].to_numpy() if "geometry" in table else []
    return gpd.GeoDataFrame(columns, geometry=np.asarray(geometry), crs=WGS84)


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
    >>> merge_periods(shapes_table(pd.DataFrame())).empty
    True
    """
    table = shapes.sort_values([*KEY, "valid_from", "valid_to"], ignore_index=True)
    same = (table[KEY] == table[KEY].shift()).all(axis=1)
    follows = same & (table["valid_from"] == table["valid_to"].shift())
    first = np.flatnonzero(~follows)
    last = np.append(first[1:], len(table))[: len(first)] - 1
    merged = table.iloc[first].copy()
    merged["valid_to"] = table["valid_to"].array[last]
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
