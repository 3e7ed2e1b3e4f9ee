"""The three tables of a history: their columns, in order and type."""

from collections.abc import Mapping
from html import escape

import geopandas as gpd
import pandas as pd

from kursk_geo.geometry import WGS84

__all__ = [
    "UTC",
    "describe",
    "facts_html",
    "rejected_table",
    "shapes_table",
    "snapshots_table",
]

UTC = "datetime64[us, UTC]"

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


def describe(snapshots: pd.DataFrame, shapes: pd.DataFrame) -> dict[str, str]:
    """
    What a history holds, in words.

    Parameters
    ----------
    snapshots, shapes : DataFrame
        As `snapshots_table` and `shapes_table` give them.

    Returns
    -------
    dict of str to str
        Span, number of snapshots and shapes, statuses.

    Raises
    ------
    KeyError
        If a column is missing.

    Examples
    --------
    >>> none = pd.DataFrame()
    >>> describe(snapshots_table(none), shapes_table(none))["span"]
    'no maps'
    """
    published = snapshots["snapshot_utc"]
    ends = [
        f"{when:%Y-%m-%d %H:%M}" for when in published.iloc[[0, -1][: len(published)]]
    ]
    counts = shapes["status"].value_counts().sort_index()
    distinct = shapes["shape_id"].nunique()
    return {
        "span": " to ".join(ends) + " UTC" if ends else "no maps",
        "snapshots": f"{len(snapshots):,}",
        "shapes": f"{len(shapes):,} ({distinct:,} different)",
        "statuses": ", ".join(f"{key} {n:,}" for key, n in counts.items()) or "none",
    }


def facts_html(title: str, facts: Mapping[str, str]) -> str:
    """
    A small table for notebooks; whatever comes from data is escaped.

    Parameters
    ----------
    title : str
    facts : mapping of str to str

    Returns
    -------
    str
        HTML.

    Raises
    ------
    Nothing
        Any text can be escaped.

    Examples
    --------
    >>> "&lt;b&gt;" in facts_html("History", {"source": "<b>"})
    True
    """
    left = "style='text-align:left'"
    rows = "".join(
        f"<tr><th {left}>{escape(key)}</th><td {left}>{escape(value)}</td></tr>"
        for key, value in facts.items()
    )
    return f"<table><caption>{escape(title)}</caption>{rows}</table>"
