"""The line between held and other ground."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from kursk_geo.change import MIN_WIDTH_M
from kursk_geo.errors import check_number
from kursk_geo.geometry import (
    GEOD,
    HALF_TURN,
    WGS84,
    as_array,
    draw_plane,
    unproject,
)
from kursk_geo.ground import Ground, Pieces
from kursk_geo.history import ControlHistory, selected_theatre
from kursk_geo.periods import When

BORDER_WIDTH_M = 200.0
"""
Edges nearer to the border than this run along it. [m]

Where DeepState's edges follow the border, they keep within about 100 m of it: the
front of 15 April 2025 is 48 km long at 1 m, 26.9 at 100, 25.5 at 200, 24.9 at 300.
"""


def front_line(
    history: ControlHistory,
    *,
    at: When,
    tz: str = "UTC",
    border_width_m: float = BORDER_WIDTH_M,
    min_move_m: float = MIN_WIDTH_M,
) -> gpd.GeoDataFrame:
    """
    The edge between held ground and the rest, without the border.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre.
    at : str, date, datetime or Timestamp
        A date without a time means the last map published before that day ends.
    tz : str, default "UTC"
        Zone in which the day ends.
    border_width_m : float, default 200
        Edges within this distance of the border, of the edge of the region, or of
        180 degrees where ground is cut in two, are not front. [m]
    min_move_m : float, default 30
        Front farther than this from the front before has moved. [m]

    Returns
    -------
    GeoDataFrame, shape (n,)
        One row a connected line, longest first, in EPSG:4326: ``moved``,
        ``length_km`` and ``geometry``. ``attrs`` tell the snapshot and the source,
        the totals ``length_km`` and ``moved_km``, and ``before_utc``: the last map on
        which held ground was another. If there is none, nothing has moved:
        ``before_utc`` is None and ``moved_km`` nan. Empty when nothing is held.

    Raises
    ------
    TheatreError
        If no theatre has been selected.
    DateNotFoundError
        If no map had been published by then.
    OptionError
        If the date, the zone or a distance cannot be used.

    Notes
    -----
    Edges towards contested ground are front; edges between two held shapes are not.
    Without a border in the theatre, only the edge of the region is left out. Front
    that vanished, because ground was lost down to the border, does not count as moved.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.sample_history().select(kg.theatre("kursk"))
    >>> front = kg.front_line(kursk, at="2025-04-15")
    >>> bool(front.length_km[front.moved].sum() == front.attrs["moved_km"])
    True
    >>> kg.front_line(kursk, at="2024-08-01").empty
    True
    """
    told = "a distance. Expected metres, 0 or more."
    check_number("border_width_m", border_width_m, told)
    check_number("min_move_m", min_move_m, told)
    ground = Ground(history)
    state = history.at(at, tz=tz)
    moment = pd.Timestamp(state.attrs["snapshot_utc"])
    held, _ = ground.shown(moment)
    published = history.snapshots["snapshot_utc"]
    earlier = published[published < moment][::-1]
    before_at = next((one for one in earlier if ground.shown(one)[0] != held), None)
    # Ground near what is no front.
    box = shapely.GeometryCollection(list(ground.polygons)).envelope
    close = draw_plane(box, ground.crs).buffer(2 * border_width_m + 1.0).envelope
    drawn = draw_plane(as_array(fixed_parts(history)), ground.crs)
    kept = shapely.union_all(shapely.intersection(drawn, close))
    along = shapely.buffer(kept, border_width_m)
    still = _front(ground, held, along)
    near = close  # where there is no map before, nothing has moved
    if before_at is not None:
        before = _front(ground, ground.shown(before_at)[0], along)
        near = shapely.buffer(before, min_move_m)
    moved, still = shapely.difference(still, near), shapely.intersection(still, near)
    parts = [shapely.get_parts(shapely.line_merge(edge)) for edge in (still, moved)]
    has_moved = np.repeat([False, True], list(map(len, parts)))
    long = shapely.length(np.concatenate(parts)) > 0
    shapes = unproject(np.concatenate(parts)[long], ground.crs)
    lengths = [GEOD.geometry_length(shape) / 1e3 for shape in shapes]
    table = gpd.GeoDataFrame(
        {"moved": has_moved[long], "length_km": np.array(lengths, dtype=float)},
        geometry=shapes,
        crs=WGS84,
    ).sort_values("length_km", ascending=False, ignore_index=True)
    moved_km = float(table.loc[table["moved"], "length_km"].sum())
    table.attrs = state.attrs | {
        "border_width_m": border_width_m,
        "min_move_m": min_move_m,
        "before_utc": None if before_at is None else before_at.isoformat(),
        "length_km": float(table["length_km"].sum()),
        "moved_km": float("nan") if before_at is None else moved_km,
    }
    return table


def fixed_parts(history: ControlHistory) -> list[BaseGeometry]:
    """What no drawing of a front decides: the border, and where ground was cut."""
    theatre = selected_theatre(history)
    parts = [] if theatre.border is None else [theatre.border]
    if theatre.region is not None and history.clipped:
        parts.append(theatre.region.boundary)
    west, south, east, north = history.shapes.total_bounds
    if (west, east) == (-HALF_TURN, HALF_TURN):  # where it goes on
        parts.append(shapely.LineString([(east, south), (east, north)]))
    return parts


def _front(ground: Ground, pieces: Pieces, along: BaseGeometry) -> BaseGeometry:
    """Edge of the union of some polygons that is not the border. [m]."""
    if not pieces:
        return shapely.LineString()
    edge = draw_plane(shapely.boundary(ground.union(pieces)), ground.crs)
    return shapely.difference(edge, along)
