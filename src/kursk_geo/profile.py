"""Profile: how far held ground reaches behind each stretch of the border."""

from collections.abc import Hashable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kursk_geo.depth import PreparedBorder, prepare_border
from kursk_geo.errors import OptionError, TheatreError
from kursk_geo.geometry import WGS84, Geometries, as_array, explode, project, unproject
from kursk_geo.ground import Ground
from kursk_geo.history import ControlHistory
from kursk_geo.periods import When

__all__ = ["depth_profile"]

EDGE_STEP = 0.005
"""Edges are cut at this step before they are projected: they bow by 3 mm. [degrees]"""

LEAST_KM = 0.001
"""Ground that reaches less far only touches the border there. [km]"""

MOST_POINTS = 10_000_000
"""Most points of the grid over the bounds of its polygons: about 1 GB."""


def depth_profile(
    history: ControlHistory,
    at: When,
    *,
    tz: str = "UTC",
    step_km: float = 0.25,
    grid_m: float = 100.0,
) -> gpd.GeoDataFrame:
    """
    How far held ground reaches behind each stretch of the border.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre with a border.
    at : str, date, datetime or Timestamp
        A date without a time means the last map published before that day ends.
    tz : str, default "UTC"
        Zone in which the day ends.
    step_km : float, default 0.25
        Length of a stretch. [km]
    grid_m : float, default 100
        Distance of the points by which ground is measured. [m]

    Returns
    -------
    GeoDataFrame, shape (n_stretches,)
        Stretches from the first to the last that has ground behind it, in EPSG:4326:
        ``border_km`` (middle of the stretch, along the border from its first vertex),
        ``reach_km`` (0 where no ground is held), ``area_km2`` (of the ground behind
        it, by points of the grid) and ``geometry`` (that middle, a Point).

        ``attrs`` tell the snapshot, the source, ``mean_distance_km`` (of the ground
        from the border, each km² alike) and, of the stretches with ground behind
        them, ``held_border_km`` (their length, in whole stretches), ``mean_km``,
        ``p95_km`` (95th percentile) and ``max_km`` of the reach, and
        ``box_advance_km`` (area over that length). Empty when nothing is held:
        reaches are then nan.

    Raises
    ------
    TheatreError
        If no theatre has been selected, or it has no border.
    DateNotFoundError
        If no map had been published by then.
    OptionError
        If the date, the zone or a step cannot be used.

    Notes
    -----
    Every point of the ground is assigned to the point of the border nearest to it, as
    in `depth_km`. Transects cast from the border at a right angle run on through
    bends: here they gave 34 to 40 km where 20 is true.

    Ground is measured at the points of a square grid and along its edges, so that no
    point of it is farther than `grid_m` from one of these: `max_km` falls short of the
    depth that `depth_km` certifies by `grid_m` at most. Lengths are taken in the
    measuring plane, to 0.02 %. The parts of a border in several parts follow one
    another without gap.

    Where the border bends, all ground in the fan outside the bend is nearest to the
    bend itself, and stretches inside a bay have little behind them. So ``mean_km``
    falls with shorter stretches: behind the winding border of Kursk, on 30 August
    2024, 8.9 km for stretches of 5 km and 2.2 km for 0.25 km. ``box_advance_km``
    (7.5 and 8.9) depends on them little, ``mean_distance_km`` (7.5) not at all.

    References
    ----------
    Moon, T., Joughin, I. (2008). Changes in ice front position on Greenland's outlet
    glaciers from 1992 to 2007. Journal of Geophysical Research 113, F02022 (the box
    method, which divides an area by a width).

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.read_history("sample_data/deepstate").select(kg.theatre("kursk"))
    >>> profile = kg.depth_profile(kursk, "2025-04-15")
    >>> deepest_km = kg.sections(kursk, at="2025-04-15").depth_km.max()
    >>> bool(abs(deepest_km - profile.attrs["max_km"]) < 0.1)
    True
    >>> kg.depth_profile(kursk, "2024-08-01").empty
    True
    """
    if not 0.0 < grid_m <= step_km * 1e3 < np.inf:
        msg = (
            f"grid_m={grid_m} and step_km={step_km} do not fit. Expected more than 0, "
            "and the grid no wider than a stretch: leave them out for 100 m and 250 m."
        )
        raise OptionError(msg)
    ground = Ground(history)
    theatre = ground.theatre
    if theatre.border is None or theatre.crs is None:
        msg = (
            f"Theatre {theatre.name!r} has no border, so nothing can be measured from "
            "it. Expected one: kursk_geo.theatre(..., border=kursk_geo.border())."
        )
        raise TheatreError(msg)
    state = history.at(at, tz=tz)
    held, _ = ground.shown(pd.Timestamp(state.attrs["snapshot_utc"]))
    border = prepare_border(theatre.border, theatre.crs)
    measured = _measured(ground.union(held), border, grid_m)
    table = _stretches(measured, border, step_km)
    table.attrs = state.attrs | {"step_km": step_km, "grid_m": grid_m}
    table.attrs |= _totals(table, ground.area_km2(held), step_km)
    away_m = measured.away_m[measured.area_km2 > 0]
    table.attrs["mean_distance_km"] = (
        float(away_m.mean() / 1e3) if len(away_m) else np.nan
    )
    return table


@dataclass(frozen=True)
class _Measured:
    """Points of the ground: where along the border, how far from it, for what area."""

    along_m: NDArray[np.float64]
    away_m: NDArray[np.float64]
    area_km2: NDArray[np.float64]


def _measured(ground: BaseGeometry, border: PreparedBorder, grid_m: float) -> _Measured:
    plane = project(shapely.segmentize(ground, EDGE_STEP), border.crs)
    inside = _grid(plane, grid_m)
    edge = shapely.get_coordinates(
        shapely.segmentize(shapely.boundary(plane), grid_m / 2)
    )
    points = np.asarray(shapely.points(np.concatenate([inside, edge])))
    nearest = border.index.query_nearest(points, all_matches=False)[1]
    segments = border.segments[nearest]
    area = np.zeros(len(points))
    area[: len(inside)] = grid_m**2 / 1e6
    return _Measured(
        along_m=_start_m(border)[nearest] + shapely.line_locate_point(segments, points),
        away_m=shapely.distance(points, segments),
        area_km2=area,
    )


def _grid(plane: BaseGeometry, grid_m: float) -> NDArray[np.float64]:
    """Points of a square grid that lie inside, shape (n, 2). [m]."""
    polygons = explode(as_array([plane]))[0]
    bounds = np.asarray(shapely.bounds(polygons)).reshape(-1, 4)
    count = ((bounds[:, 2:] - bounds[:, :2]) / grid_m).prod(axis=1).sum()
    if count > MOST_POINTS:
        msg = (
            f"grid_m={grid_m} makes {count:,.0f} points over this ground. Expected at "
            f"most {MOST_POINTS:,}: leave it out for 100 m."
        )
        raise OptionError(msg)
    inside = [np.empty((0, 2))]
    # Polygon by polygon: between sections that lie far apart most points are outside.
    for polygon, (west, south, east, north) in zip(polygons, bounds, strict=True):
        x = np.arange(np.ceil(west / grid_m), east / grid_m) * grid_m
        y = np.arange(np.ceil(south / grid_m), north / grid_m) * grid_m
        points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        shapely.prepare(polygon)
        inside.append(points[shapely.contains_xy(polygon, points)])
    return np.concatenate(inside)


def _stretches(
    measured: _Measured, border: PreparedBorder, step_km: float
) -> gpd.GeoDataFrame:
    """Gather points by stretch, from the first that has ground to the last."""
    stretch = np.floor(measured.along_m / (step_km * 1e3)).astype(int)
    first, last = (stretch.min(), stretch.max()) if len(stretch) else (0, -1)
    reach_m = np.zeros(last - first + 1)
    np.maximum.at(reach_m, stretch - first, measured.away_m)
    area = np.bincount(stretch - first, measured.area_km2, minlength=len(reach_m))
    border_km = (np.arange(first, last + 1) + 0.5) * step_km
    middle = _along(border, border_km * 1e3)
    return gpd.GeoDataFrame(
        {"border_km": border_km, "reach_km": reach_m / 1e3, "area_km2": area},
        geometry=unproject(middle, border.crs),
        crs=WGS84,
    )


def _along(border: PreparedBorder, along_m: NDArray[np.float64]) -> Geometries:
    """Points of the border by their distance from its first vertex."""
    start_m = _start_m(border)
    segment = np.searchsorted(start_m, along_m, side="right") - 1
    points: Geometries = shapely.line_interpolate_point(
        border.segments[segment], along_m - start_m[segment]
    )
    return points


def _start_m(border: PreparedBorder) -> NDArray[np.float64]:
    """Where each segment begins, along the border."""
    length_m = shapely.length(border.segments)
    return np.concatenate([[0.0], np.cumsum(length_m)[:-1]])


def _totals(
    table: gpd.GeoDataFrame, area_km2: float, step_km: float
) -> dict[Hashable | None, object]:
    """Figures of the stretches with ground behind them."""
    reach_km = table.loc[table["reach_km"] > LEAST_KM, "reach_km"].to_numpy()
    length_km = len(reach_km) * step_km
    held = len(reach_km) > 0
    return {
        "held_border_km": length_km,
        "mean_km": float(reach_km.mean()) if held else np.nan,
        "p95_km": float(np.percentile(reach_km, 95)) if held else np.nan,
        "max_km": float(reach_km.max()) if held else np.nan,
        "box_advance_km": area_km2 / length_km if held else np.nan,
    }
