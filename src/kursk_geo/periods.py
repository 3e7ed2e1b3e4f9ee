"""Instants, half-open periods, and the three tables of a history."""

from datetime import date, datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from kursk_geo.errors import OptionError
from kursk_geo.geometry import WGS84, clip, geometry_ids

__all__ = [
    "DAY",
    "UTC",
    "When",
    "change_points",
    "cut_shapes",
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
    """
    Snapshots with their columns in order and type.

    Parameters
    ----------
    table : DataFrame, shape (n,)
        With some of the columns, or none.

    Returns
    -------
    DataFrame, shape (n,)
        Sorted by instant.

    Raises
    ------
    ValueError
        If a column cannot take its type.

    Examples
    --------
    >>> len(snapshots_table(pd.DataFrame()))
    0
    """
    return _typed(table, SNAPSHOTS).sort_values("snapshot_utc", ignore_index=True)


def rejected_table(table: pd.DataFrame) -> pd.DataFrame:
    """
    Rejected rows with their columns in order and type.

    Parameters
    ----------
    table : DataFrame, shape (n,)
        With some of the columns, or none.

    Returns
    -------
    DataFrame, shape (n,)
        Sorted by instant, file and place.

    Raises
    ------
    ValueError
        If a column cannot take its type.

    Examples
    --------
    >>> len(rejected_table(pd.DataFrame()))
    0
    """
    order = ["snapshot_utc", "origin", "feature"]
    return _typed(table, REJECTED).sort_values(order, ignore_index=True)


def shapes_table(table: pd.DataFrame) -> gpd.GeoDataFrame:
    """
    Shapes with their columns in order and type.

    Parameters
    ----------
    table : DataFrame, shape (n,)
        With some of the columns, or none.

    Returns
    -------
    GeoDataFrame, shape (n,)
        In the order given.

    Raises
    ------
    ValueError
        If a column cannot take its type.

    Examples
    --------
    >>> len(shapes_table(pd.DataFrame()))
    0
    """
    columns = _typed(table, SHAPES)
    geometry = table["geometry"] if "geometry" in table else pd.Series(dtype=object)
    return gpd.GeoDataFrame(columns, geometry=geometry.to_numpy(), crs=WGS84)


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


def change_points(shapes: gpd.GeoDataFrame, published: pd.Series) -> pd.DataFrame:
    """
    One row for each different set of shapes.

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
    >>> none = shapes_table(pd.DataFrame())
    >>> change_points(none, pd.Series([], dtype=UTC)).empty
    True
    """
    starts, ends = shapes["valid_from"], shapes["valid_to"]
    edges = pd.concat([published.head(1), starts, ends.dropna()]).drop_duplicates()
    edges = edges.sort_values(ignore_index=True)
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


def cut_shapes(
    shapes: gpd.GeoDataFrame, region: BaseGeometry, *, whole: bool
) -> gpd.GeoDataFrame:
    """
    Shapes within a region; each distinct shape is cut once.

    Parameters
    ----------
    shapes : GeoDataFrame, shape (n,)
        Rows of `ControlHistory.shapes`.
    region : Polygon or MultiPolygon
        In EPSG:4326.
    whole : bool
        Keep shapes that reach into the region as they are.

    Returns
    -------
    GeoDataFrame, shape (m,)
        Shapes that were cut have another ``shape_id``.

    Raises
    ------
    KeyError
        If a column is missing.

    Examples
    --------
    >>> none = shapes_table(pd.DataFrame())
    >>> cut_shapes(none, shapely.box(0, 0, 1, 1), whole=False).empty
    True
    """
    first = ~shapes["shape_id"].duplicated()
    ids, original = shapes.loc[first, "shape_id"], shapes.loc[first].geometry.to_numpy()
    cut = clip(original, region)
    kept = dict(zip(ids, original if whole else cut, strict=True))
    names = dict(zip(ids, ids if whole else geometry_ids(cut), strict=True))
    inside = set(ids[shapely.area(cut) > 0])
    rows = shapes[shapes["shape_id"].isin(inside)].copy()
    rows["geometry"] = np.array([kept[key] for key in rows["shape_id"]], dtype=object)
    rows["shape_id"] = [names[key] for key in rows["shape_id"]]
    return shapes_table(rows)  # which types the columns of no rows too
