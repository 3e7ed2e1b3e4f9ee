"""Ground that some sources show as held and others do not."""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from kursk_geo.area import area_km2
from kursk_geo.compare.alike import covered, credits_of, grounds_of
from kursk_geo.geometry import WGS84, as_array, only_polygons
from kursk_geo.history import ControlHistory
from kursk_geo.periods import When


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
    >>> kursk = kg.read_history("sample_data/deepstate").select(kg.theatre("kursk"))
    >>> apart = kg.disagreement({"a": kursk, "b": kursk}, at="2025-04-15")
    >>> len(apart), apart.attrs["intersection_over_union"]
    (0, 1.0)
    """
    grounds = grounds_of(histories)
    maps = {name: histories[name].snapshot_at(at, tz=tz) for name in sorted(grounds)}
    shown = {
        name: grounds[name].shown(row["snapshot_utc"]) for name, row in maps.items()
    }
    held = {name: covered(grounds[name], pieces[0]) for name, pieces in shown.items()}
    grey = {name: covered(grounds[name], pieces[1]) for name, pieces in shown.items()}
    cells = _cells(held)
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
    shapes = as_array(table.pop("geometry"))
    result = gpd.GeoDataFrame(table.reset_index(drop=True), geometry=shapes, crs=WGS84)
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


def _cells(grounds: dict[str, BaseGeometry]) -> dict[frozenset[str], BaseGeometry]:
    """Ground parted by who covers it; what nobody covers is left out."""
    cells = {frozenset[str](): shapely.union_all(list(grounds.values()))}
    for name, ground in grounds.items():
        parted: dict[frozenset[str], BaseGeometry] = {}
        for holders, cell in cells.items():
            pieces = [
                shapely.intersection(cell, ground),
                shapely.difference(cell, ground),
            ]
            inside, outside = only_polygons(as_array(pieces))
            parted |= {holders | {name}: inside, holders: outside}
        cells = {who: cell for who, cell in parted.items() if cell.area > 0.0}
    return {who: cell for who, cell in cells.items() if who}
