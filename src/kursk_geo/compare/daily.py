"""Held area by day and source."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from kursk_geo.area import area_km2
from kursk_geo.compare.alike import covered, credits_of, grounds_of
from kursk_geo.geometry import as_array, only_polygons
from kursk_geo.ground import Ground, Pieces
from kursk_geo.history import ControlHistory
from kursk_geo.measure import measure
from kursk_geo.periods import DAY, instant

COLUMNS = [
    "date",
    "source",
    "snapshot_utc",
    "area_km2",
    "contested_km2",
    "staleness_days",
    "unchanged_days",
    "n_sources",
    "median_km2",
    "low_km2",
    "high_km2",
    "difference_km2",
    "intersection_over_union",
]


def compare(
    histories: Mapping[str, ControlHistory], *, tz: str = "UTC"
) -> pd.DataFrame:
    """
    Held area by day and source, and how far the sources agree.

    Parameters
    ----------
    histories : mapping of str to ControlHistory
        Two or more, by the names they are to have, selected for the same region.
    tz : str, default "UTC"
        Zone in which days end.

    Returns
    -------
    DataFrame, shape (n,)
        One row a day and source, sorted: ``date``, ``source``, ``snapshot_utc`` (of
        the map that stood when the day ended), ``area_km2`` (held), ``contested_km2``,
        ``staleness_days`` (age of that map), ``unchanged_days`` (since when the source
        has drawn its held ground as it is), and of all sources with a map on that day
        ``n_sources``, ``median_km2``, ``low_km2`` and ``high_km2`` of their held
        areas, ``difference_km2`` (of this source from the median) and
        ``intersection_over_union`` (0 to 1, of all their held ground; nan for one
        source alone, or where nobody shows any). A source has rows from the day of its
        first map to that of its last. ``attrs`` tell theatre and attributions.

    Raises
    ------
    TheatreError
        If a history has no theatre.
    OptionError
        If there are fewer than two histories, or they are selected for different
        regions.

    Notes
    -----
    Like is compared with like: held with held, each source's own statuses deciding
    what that is; within one region; at one instant, the end of the day, with the map
    that each source had standing then. A source that publishes the same map every day
    is never stale, only ``unchanged_days`` tells that it stood still.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.read_history("sample_data/deepstate").select(kg.theatre("kursk"))
    >>> table = kg.compare({"maps": kursk, "the same": kursk})
    >>> float(table.difference_km2.abs().max())
    0.0
    >>> never = kursk.between("2020-01-01", "2020-01-02")
    >>> kg.compare({"maps": never, "the same": never}).empty
    True
    """
    grounds = grounds_of(histories)
    tables = [
        _daily(name, histories[name], grounds[name], tz) for name in sorted(grounds)
    ]
    table = pd.concat(tables, ignore_index=True)
    days = table.groupby("date")["area_km2"]
    table["n_sources"] = days.transform("count")
    table["median_km2"] = days.transform("median")
    table["low_km2"] = days.transform("min")
    table["high_km2"] = days.transform("max")
    table["difference_km2"] = table["area_km2"] - table["median_km2"]
    table = table.merge(_overlap(table, grounds), on="date", how="left")
    table = table.sort_values(["date", "source"], ignore_index=True)[COLUMNS]
    table.attrs = credits_of(histories) | {"tz": tz}
    return table


def _daily(name: str, history: ControlHistory, ground: Ground, tz: str) -> pd.DataFrame:
    """Figures of one source by day, and since when its held ground stands."""
    table = measure(history, every="day", tz=tz).reset_index()
    published = history.snapshots["snapshot_utc"]
    since: dict[pd.Timestamp, pd.Timestamp] = {}
    before: tuple[Pieces, pd.Timestamp] | None = None
    for moment in published:
        held = ground.shown(moment)[0]
        if before is None or before[0] != held:
            before = held, moment
        since[moment] = before[1]
    ends = [instant(day.date(), tz=tz)[0] for day in table["date"]]
    drawn = table["snapshot_utc"].map(since).astype(published.dtype)
    stood = pd.Series(ends, dtype=published.dtype) - drawn
    table["unchanged_days"] = stood.dt.total_seconds() / DAY.total_seconds()
    return table.assign(source=name)


def _overlap(table: pd.DataFrame, grounds: dict[str, Ground]) -> pd.DataFrame:
    """Intersection over union of each day; that of a pair of states computed once."""
    known: dict[tuple[tuple[str, Pieces], ...], float] = {}
    days, shares = [], []
    for day, rows in table.groupby("date"):
        key = tuple(
            (name, grounds[name].shown(moment)[0])
            for name, moment in zip(rows["source"], rows["snapshot_utc"], strict=True)
        )
        if key not in known:
            shapes = [covered(grounds[name], pieces) for name, pieces in key]
            known[key] = _share(shapes)
        days.append(day)
        shares.append(known[key])
    column = pd.Series(shares, dtype=float)
    dates = pd.Series(days, dtype=table["date"].dtype)
    return pd.DataFrame({"date": dates, "intersection_over_union": column})


def _share(shapes: list[BaseGeometry]) -> float:
    """Area that all of some grounds cover, as a share of what any covers."""
    if len(shapes) < 2:
        return np.nan
    pair = [shapely.intersection_all(shapes), shapely.union_all(shapes)]
    common, whole = area_km2(only_polygons(as_array(pair))).tolist()
    return common / whole if whole else np.nan
