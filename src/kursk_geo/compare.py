"""Several sources side by side: how much each shows as held, where they differ."""

from collections.abc import Hashable, Mapping
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from kursk_geo.area import area_km2
from kursk_geo.errors import GeometryError, OptionError
from kursk_geo.geometry import (
    WGS84,
    as_array,
    geometry_ids,
    misshapen,
    only_polygons,
    orient,
)
from kursk_geo.ground import Ground, Pieces
from kursk_geo.history import ControlHistory, selected_theatre, shapes_table
from kursk_geo.measure import measure
from kursk_geo.periods import DAY, When, day_edges, merge_periods
from kursk_geo.status import Status, read_statuses


def grounds_of(histories: Mapping[str, ControlHistory]) -> dict[str, Ground]:
    """
    The ground of each history, if like can be compared with like.

    Raises TheatreError if one has no theatre; OptionError if they have no names, are
    fewer than two, or their regions differ.
    """
    given: object = histories
    many = isinstance(given, Mapping)  # before one of its methods is missed
    if not many or len(histories) < 2:
        told = f"There is {len(histories)} history"
        told = told if many else f"The histories are a {type(given).__name__}"
        msg = f"{told}. Expected two or more by name: {{'deepstate': ..., 'nzz': ...}}."
        raise OptionError(msg)
    name, first = next(iter(histories.items()))
    region = selected_theatre(first, str(name)).region
    for other_name, other in histories.items():
        own = selected_theatre(other, str(other_name)).region
        same = shapely.equals_identical(own, region) and first.clipped == other.clipped
        if not (same or own is region is None):
            msg = (
                f"{name} and {other_name} are selected for different regions. Expected "
                "one: pass the same theatre, and the same clip=, to select() of each."
            )
            raise OptionError(msg)
    return {str(name): Ground(history) for name, history in histories.items()}


def credits_of(histories: Mapping[str, ControlHistory]) -> dict[Hashable, Any]:
    """Theatre, sources and attributions, for ``attrs``."""
    theatres = {one.theatre.name for one in histories.values() if one.theatre}
    credit = {one.attribution for one in histories.values() if one.attribution}
    return {
        "theatre": ", ".join(sorted(theatres)),
        "sources": {name: one.source for name, one in sorted(histories.items())},
        "attribution": "; ".join(sorted(credit)),
    }


def disagreement(
    histories: Mapping[str, ControlHistory], *, at: When, tz: str = "UTC"
) -> gpd.GeoDataFrame:
    """
    Ground that some sources show as held and others do not.

    Parameters
    ----------
    histories : mapping of str to ControlHistory
        Two or more, by the names they are to have, selected for the same region.
    at : str, date, datetime or Timestamp
        A date without a time means the last map of each before that day ends.
    tz : str, default "UTC"
        Zone in which the day ends.

    Returns
    -------
    GeoDataFrame, shape (n,)
        One row a combination of sources, largest first, in EPSG:4326: ``held_by`` and
        ``not_held_by`` (names, separated by commas), ``area_km2``, ``contested_km2``
        (of that, what one of the latter shows as contested) and ``geometry``.
        ``attrs`` tell ``agreed_km2`` (held by all), ``union_km2`` (by any),
        ``intersection_over_union`` (nan where nobody shows any) and ``snapshots``, the
        map of each source. Empty where all agree.

    Raises
    ------
    TheatreError
        If a history has no theatre.
    OptionError
        If there are fewer than two histories, or they are selected for different
        regions.
    DateNotFoundError
        If a source had published no map by then.

    Notes
    -----
    The rule is that of `compare`. Ground where two sources draw the same line a little
    apart is in the table too: there is no truth to tell a sliver from a dispute.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.sample_history().select(kg.theatre("kursk"))
    >>> apart = kg.disagreement({"a": kursk, "b": kursk}, at="2025-04-15")
    >>> len(apart), apart.attrs["intersection_over_union"]
    (0, 1.0)
    """
    grounds = grounds_of(histories)
    maps = {name: histories[name].snapshot_at(at, tz=tz) for name in sorted(grounds)}
    shown = {
        name: grounds[name].shown(row["snapshot_utc"]) for name, row in maps.items()
    }
    held = {name: grounds[name].union(pieces[0]) for name, pieces in shown.items()}
    grey = {name: grounds[name].union(pieces[1]) for name, pieces in shown.items()}
    # Parted by who covers it; what nobody covers is left out.
    cells = {frozenset[str](): shapely.union_all(list(held.values()))}
    for name, own in held.items():
        parted: dict[frozenset[str], BaseGeometry] = {}
        for holders, cell in cells.items():
            pieces = shapely.intersection(cell, own), shapely.difference(cell, own)
            inside, outside = only_polygons(as_array(pieces))
            parted |= {holders | {name}: inside, holders: outside}
        cells = {who: cell for who, cell in parted.items() if cell.area > 0.0}
    cells.pop(frozenset(), None)
    agreed = cells.pop(frozenset(held), shapely.Polygon())
    rows = []
    for holders, ground in cells.items():
        others = sorted(set(held) - holders)
        disputed = shapely.union_all([grey[name] for name in others])
        contested = only_polygons(as_array([shapely.intersection(ground, disputed)]))
        both_km2 = area_km2(as_array([ground, *contested]))
        rows.append((", ".join(sorted(holders)), ", ".join(others), *both_km2, ground))
    names = ["held_by", "not_held_by", "area_km2", "contested_km2", "geometry"]
    table = pd.DataFrame(rows, columns=names).astype(dict.fromkeys(names[2:4], float))
    table = table.sort_values(["area_km2", "held_by"], ascending=[False, True])
    table = table.reset_index(drop=True)
    result = gpd.GeoDataFrame(table, geometry="geometry", crs=WGS84)
    agreed_km2 = float(area_km2(as_array([agreed]))[0])
    union_km2 = agreed_km2 + float(result["area_km2"].sum())
    result.attrs = credits_of(histories) | {
        "agreed_km2": agreed_km2,
        "union_km2": union_km2,
        "intersection_over_union": agreed_km2 / union_km2 if union_km2 else np.nan,
        "snapshots": {
            name: row["snapshot_utc"].isoformat() for name, row in maps.items()
        },
    }
    return result


MEASURED = ["date", "snapshot_utc", "area_km2", "contested_km2", "staleness_days"]


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
    >>> kursk = kg.sample_history().select(kg.theatre("kursk"))
    >>> table = kg.compare({"maps": kursk, "the same": kursk})
    >>> float(table.difference_km2.abs().max())
    0.0
    >>> never = kursk.between("2020-01-01", "2020-01-02")
    >>> kg.compare({"maps": never, "the same": never}).empty
    True
    """
    grounds = grounds_of(histories)
    tables = []
    for name, ground in sorted(grounds.items()):
        history = histories[name]
        daily = measure(history, every="day", tz=tz).reset_index()[MEASURED]
        daily.insert(1, "source", name)
        published = history.snapshots["snapshot_utc"]
        # Since when its held ground stands, by map.
        held = [(), *(ground.shown(moment)[0] for moment in published)]
        new = [at == 0 or a != b for at, (a, b) in enumerate(pairwise(held))]
        since = published.where(np.array(new, dtype=bool)).ffill().set_axis(published)
        drawn = pd.DatetimeIndex(since.loc[daily["snapshot_utc"]])
        stood = day_edges(pd.DatetimeIndex(daily["date"]) + DAY, tz=tz) - drawn
        daily["unchanged_days"] = stood / DAY
        tables.append(daily)
    table = pd.concat(tables, ignore_index=True)
    days = table.groupby("date")["area_km2"]
    table["n_sources"] = days.transform("count")
    table["median_km2"] = days.transform("median")
    table["low_km2"] = days.transform("min")
    table["high_km2"] = days.transform("max")
    table["difference_km2"] = table["area_km2"] - table["median_km2"]

    @cache
    def share(*shown: tuple[str, Pieces]) -> float:
        shapes = [grounds[name].union(pieces) for name, pieces in shown]
        both = [shapely.intersection_all(shapes), shapely.union_all(shapes)]
        common_km2, whole_km2 = area_km2(only_polygons(as_array(both)))
        some = len(shapes) > 1 and whole_km2 > 0.0
        return float(common_km2 / whole_km2) if some else np.nan

    shares = {}
    for day, rows in table.groupby("date"):
        maps = zip(rows["source"], rows["snapshot_utc"], strict=True)
        shares[day] = share(*((name, grounds[name].shown(at)[0]) for name, at in maps))
    table["intersection_over_union"] = table["date"].map(shares).astype(float)
    table = table.sort_values(["date", "source"], ignore_index=True)
    table.attrs = credits_of(histories) | {"tz": tz}
    return table


def complement(
    history: ControlHistory,
    extent: BaseGeometry,
    *,
    status: str = Status.HELD_IN_RUSSIA,
) -> ControlHistory:
    """
    What is left of an extent once the shapes of a history are taken away.

    For a source that draws only what one side took back: the other side holds the rest
    of what it ever reached.

    Parameters
    ----------
    history : ControlHistory
        All its shapes count: `ControlHistory.select` keeps those of one status.
    extent : Polygon or MultiPolygon
        The farthest reach of those who hold the rest, in EPSG:4326.
    status : str, default "held_in_russia"
        What the rest is to be.

    Returns
    -------
    ControlHistory
        With the same maps, no theatre, and the rest of the extent as its shapes. A
        map that takes nothing away leaves the whole extent.

    Raises
    ------
    GeometryError
        If the extent is no valid area.
    OptionError
        If `status` is not known.

    Notes
    -----
    The extent decides as much as the maps do: it comes from another source, or from
    the same one's layer of farthest reach, and its error goes into every area.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.sample_history().select(kg.theatre("kursk"))
    >>> reach = shapely.box(34.9, 51.0, 35.6, 51.4)
    >>> rest = kg.complement(kursk, reach)
    >>> rest.at("2024-08-01").geometry.iloc[0].equals(reach)
    True
    """
    (word,) = read_statuses([status])
    if wrong := misshapen(extent, "Polygon", "MultiPolygon"):
        msg = (
            f"The extent {wrong}. Expected a Polygon or MultiPolygon in EPSG:4326; "
            "shapely.make_valid repairs one."
        )
        raise GeometryError(msg)
    states = history.states()
    taken = [
        shapely.union_all(history.at(moment).geometry.to_numpy())
        for moment in states["valid_from"]
    ]
    rest = orient(only_polygons(shapely.difference(extent, as_array(taken))))
    table = states[["valid_from", "valid_to"]].assign(
        status=str(word),
        label="complement",
        shape_id=geometry_ids(rest),
        repair_km2=0.0,
        geometry=rest,
    )
    table = table[~shapely.is_empty(rest)]
    return replace(
        history, shapes=merge_periods(shapes_table(table)), theatre=None, clipped=True
    )
