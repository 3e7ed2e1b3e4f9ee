"""Sections: the connected pieces of held ground, with area, depth and witness."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kursk_geo.area import AreaMethod, area_km2
from kursk_geo.errors import check_number
from kursk_geo.geometry import WGS84, as_array
from kursk_geo.ground import Ground, Pieces
from kursk_geo.history import ControlHistory
from kursk_geo.periods import When

MIN_AREA_KM2 = 0.05
"""Smaller pieces are slivers of redrawn edges, not sections. [km²]"""
AN_AREA = "an area. Expected km², 0 or more."


def sections(
    history: ControlHistory,
    *,
    at: When | None = None,
    tz: str = "UTC",
    gap_km: float = 0.0,
    min_area_km2: float = MIN_AREA_KM2,
    area_method: AreaMethod = "geodesic",
) -> gpd.GeoDataFrame:
    """
    Connected pieces of held ground on one map.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre.
    at : str, date, datetime or Timestamp, optional
        A date without a time means the last map published before that day ends. By
        default the last map.
    tz : str, default "UTC"
        Zone in which the day ends.
    gap_km : float, default 0
        Pieces closer than this count as one; 0 joins those that touch. [km]
    min_area_km2 : float, default 0.05
        Smaller pieces are left out; ``attrs`` tell how many. [km²]
    area_method : {"geodesic", "spherical"}, default "geodesic"
        "spherical" shows the map as web maps do: one row a polygon, nothing joined.

    Returns
    -------
    GeoDataFrame, shape (n_sections,)
        Largest first, in EPSG:4326: ``section`` (1, 2, ...), ``area_km2`` (overlaps
        counted once), ``depth_km`` (nan without a border), ``error_m`` (bound of the
        depth), ``witness_lon`` and ``witness_lat`` (where it is reached, in degrees),
        ``border_point_lon`` and ``border_point_lat`` (the border nearest to that; all
        nan without a border), ``depth_censored`` (the depth is reached where the
        region ends, so that it is that "or more"), ``n_polygons`` and ``geometry``.
        ``attrs`` tell the snapshot, its staleness, the source and the definitions.
        Empty when nothing is held.

    Raises
    ------
    TheatreError
        If no theatre has been selected.
    DateNotFoundError
        If no map had been published by then.
    OptionError
        If an option is outside its allowed values.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.sample_history().select(kg.theatre("kursk"))
    >>> len(kg.sections(kursk, at="2025-04-15"))
    3
    >>> kg.sections(kursk, at="2024-08-01").empty
    True
    """
    check_number("min_area_km2", min_area_km2, AN_AREA)
    ground = Ground(history, gap_km=gap_km)
    state = history.at(at, tz=tz)
    moment = pd.Timestamp(state.attrs["snapshot_utc"])
    groups = ground.components(ground.shown(moment)[0])
    if area_method == "spherical":
        groups = [(piece,) for piece in ground.features(moment)[0]]
    table = measured(ground, groups)
    table.insert(0, "area_km2", area_km2(table.geometry, area_method=area_method))
    kept = table["area_km2"] >= min_area_km2
    table = table[kept].sort_values("area_km2", ascending=False, ignore_index=True)
    table.insert(0, "section", np.arange(1, len(table) + 1))
    table.attrs = state.attrs | {
        "gap_km": gap_km,
        "min_area_km2": min_area_km2,
        "area_method": area_method,
        "clipped": history.clipped,
        "n_smaller": int((~kept).sum()),
    }
    return table


def measured(ground: Ground, groups: Sequence[Pieces]) -> gpd.GeoDataFrame:
    """Depth and geometry of some sets of polygons, a row each."""
    depths = ground.depths(groups)
    witness = as_array(depth.witness for depth in depths)
    foot = as_array(depth.border_point for depth in depths)
    return gpd.GeoDataFrame(
        {
            "depth_km": np.array([depth.depth_km for depth in depths]),
            "error_m": np.array([depth.error_m for depth in depths]),
            "witness_lon": shapely.get_x(witness),
            "witness_lat": shapely.get_y(witness),
            "border_point_lon": shapely.get_x(foot),
            "border_point_lat": shapely.get_y(foot),
            "depth_censored": np.array(list(map(ground.is_censored, depths)), bool),
            "n_polygons": np.array(list(map(len, groups)), dtype=int),
        },
        geometry=as_array(map(ground.union, groups)),
        crs=WGS84,
    )
