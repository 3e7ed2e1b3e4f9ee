"""A map of one state."""

import geopandas as gpd
from matplotlib.axes import Axes

from kursk_geo.ground import Ground
from kursk_geo.history import ControlHistory
from kursk_geo.periods import When
from kursk_geo.plot.base import (
    RATIOS,
    View,
    draw_base,
    view_of,
)
from kursk_geo.plot.context import Context, draw_context, read_context
from kursk_geo.plot.page import (
    caption,
    fit_height,
    heading,
    new_figure,
    page_in,
    root_figure,
    warn_empty,
)
from kursk_geo.plot.state import (
    annotate_map,
    day_asked,
    draw_state,
    map_figures,
    map_sentences,
    state_at,
)
from kursk_geo.plot.style import (
    PRINT_WIDTH_IN,
    status_patch,
)
from kursk_geo.sections import sections
from kursk_geo.theatre import Theatre


def plot_map(
    history: ControlHistory,
    *,
    at: When | None = None,
    tz: str = "UTC",
    ax: Axes | None = None,
    pieces: gpd.GeoDataFrame | None = None,
    context: Context = None,
    view: tuple[float, float, float, float] | None = None,
    width_in: float = PRINT_WIDTH_IN,
) -> Axes:
    """
    Held and contested ground on one map, with the area and depth of each section.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre.
    at : str, date, datetime or Timestamp, optional
        A date without a time means the last map published before that day ends. By
        default the last map.
    tz : str, default "UTC"
        Zone in which the day ends.
    ax : Axes, optional
        Where to draw; by default on a new figure.
    pieces : GeoDataFrame, optional
        Sections to label, as `sections` gives them for the same map; by default with
        its default options.
    context : GeoDataFrame or list of GeoDataFrame, optional
        What the reader knows the ground by: places (points, with their ``name``),
        roads (lines) and waters (areas). Names are written where there is room, those
        that come first in the table first.
    view : tuple of float, optional
        ``(west, south, east, north)`` in EPSG:4326; by default the ground with a
        margin, or the region where nothing is held or contested. [degrees]
    width_in : float, default 7
        Width of the new figure; 4 suits a phone. [in]

    Returns
    -------
    Axes
        Longitude and latitude, stretched so that a kilometre is as long to the north
        as to the east. Contested ground that is also held is drawn as held.

    Raises
    ------
    TheatreError
        If no theatre has been selected.
    DateNotFoundError
        If no map had been published by then.
    OptionError
        If an option is outside its allowed values.

    Warns
    -----
    EmptyPlotWarning
        If nothing is held or contested on that map, or there are no maps.

    Notes
    -----
    The line with a dot runs from the border to the *witness*: the point of the
    section that is farthest from it. The scale bar is measured on the ellipsoid at
    the middle of the map.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.read_history("sample_data/deepstate").select(kg.theatre("kursk"))
    >>> ax = kg.plot_map(kursk, at="2025-04-15")
    >>> ax.get_title(loc="left")
    '15 Apr 2025'
    """
    theatre = Ground(history).theatre
    state = state_at(history, at, tz)
    if pieces is None and not history.snapshots.empty:
        pieces = sections(history, at=at or history.snapshots.snapshot_utc.max(), tz=tz)
    shown = View(*view) if view else _view(ax, state, theatre)
    own = ax is None
    ax = ax or new_figure(width_in, width_in / shown.ratio + 1.0)[1]
    tables = read_context(context)
    draw_base(ax, shown, theatre)
    draw_context(ax, tables, shown)
    statuses = draw_state(ax, state, theatre)
    heading(
        ax,
        day_asked(state, at),
        subtitle=map_figures(history, state, pieces),
        handles=[status_patch(status) for status in statuses],
    )
    caption(ax, *map_sentences(state, theatre, shown), below_pt=20.0)
    if own:
        fit_height(ax, shown.ratio)
    annotate_map(ax, shown, theatre, state, pieces=pieces, context=tables)
    if state.empty:
        warn_empty("nothing is held or contested on this map")
    return ax


def _view(ax: Axes | None, state: gpd.GeoDataFrame, theatre: Theatre) -> View:
    view = view_of(list(state.geometry), theatre)
    if ax is None:
        return view.shaped(*RATIOS)
    box = ax.get_position()
    width, height = page_in(ax)
    high_in = box.height * height
    if root_figure(ax).get_layout_engine() is not None:
        # The layout will take the room for title, legend and caption from the map.
        high_in = max(high_in - 0.9, high_in / 2)
    slot = float(box.width * width / high_in)
    return view.shaped(slot, slot)
