"""Maps of chosen dates side by side, on one scale."""

from collections.abc import Sequence

import geopandas as gpd
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from numpy.typing import NDArray

from kursk_geo.errors import OptionError
from kursk_geo.ground import Ground
from kursk_geo.history import ControlHistory
from kursk_geo.periods import When
from kursk_geo.plot.base import (
    RATIOS,
    View,
    draw_base,
    view_of,
)
from kursk_geo.plot.page import (
    check_width,
    fit_height,
    heading,
    legend_columns,
    page_in,
    root_figure,
    warn_empty,
)
from kursk_geo.plot.state import (
    annotate_map,
    day_asked,
    draw_state,
    map_sentences,
    panel_figures,
)
from kursk_geo.plot.style import (
    COLOURS,
    FAINT,
    LEGEND,
    PRINT_WIDTH_IN,
    SMALL_PT,
    caption_text,
    moment_words,
    status_patch,
    text_style,
    wrap,
)
from kursk_geo.status import Status
from kursk_geo.theatre import Theatre


def plot_small_multiples(
    history: ControlHistory,
    dates: Sequence[When],
    *,
    columns: int = 3,
    tz: str = "UTC",
    view: tuple[float, float, float, float] | None = None,
    width_in: float = PRINT_WIDTH_IN,
) -> NDArray[np.object_]:
    """
    Maps of several dates side by side, on one scale.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre.
    dates : sequence of str, date, datetime or Timestamp
        A date without a time means the last map published before that day ends.
    columns : int, default 3
        Maps in a row; 2 suit a phone.
    tz : str, default "UTC"
        Zone in which days end.
    view : tuple of float, optional
        ``(west, south, east, north)`` in EPSG:4326; by default all ground of these
        dates with a margin. [degrees]
    width_in : float, default 7
        Width of the figure. [in]

    Returns
    -------
    ndarray of Axes, shape (n_dates,)
        On a new figure, in the order of `dates`; ``axes[0].figure`` is that figure.

    Raises
    ------
    TheatreError
        If no theatre has been selected.
    DateNotFoundError
        If no map had been published by one of the dates.
    OptionError
        If there are no dates, or an option is outside its allowed values.

    Warns
    -----
    EmptyPlotWarning
        If nothing is held or contested on any of the dates.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.read_history("sample_data/deepstate").select(kg.theatre("kursk"))
    >>> axes = kg.plot_small_multiples(kursk, ["2024-09-06", "2025-04-15"])
    >>> [ax.get_title(loc="left") for ax in axes]
    ['6 Sep 2024', '15 Apr 2025']
    """
    if isinstance(dates, str) or not len(dates) or columns < 1:
        msg = (
            f"Cannot draw {dates!r} in {columns} columns. Expected a list of dates and "
            "1 column or more: plot_small_multiples(history, ['2025-04-15'])."
        )
        raise OptionError(msg)
    check_width(width_in)
    ground = Ground(history)
    states = [history.at(when, tz=tz) for when in dates]
    shapes = [shape for state in states for shape in state.geometry]
    shown = View(*view) if view else view_of(shapes, ground.theatre).shaped(*RATIOS)
    columns = min(columns, len(states))
    rows = -(-len(states) // columns)
    panel_in = width_in / columns
    _, grid = plt.subplots(
        rows,
        columns,
        figsize=(width_in, rows * (0.95 * panel_in / shown.ratio + 0.45) + 0.8),
        layout="constrained",
        squeeze=False,
    )
    axes: NDArray[np.object_] = grid.ravel()
    found: set[Status] = set()
    for ax, state, when in zip(axes, states, dates, strict=False):
        draw_base(ax, shown, ground.theatre)
        ax.tick_params(labelbottom=False, labelleft=False, length=0.0)
        found.update(draw_state(ax, state, ground.theatre))
        moment = pd.Timestamp(state.attrs["snapshot_utc"])
        words = panel_figures(ground, moment)
        heading(ax, day_asked(state, when), subtitle=words, small=True)
    for ax in axes[len(states) :]:
        ax.set_axis_off()
    _shared_legend(axes[0], [s for s in COLOURS if s in found])
    _shared_caption(axes[0], states, ground.theatre, shown)
    fit_height(axes[0], shown.ratio, rows=rows)
    annotate_map(axes[0], shown, ground.theatre, states[0], pieces=None)
    if not shapes:
        warn_empty("nothing is held or contested on these dates")
    return axes[: len(states)]


def _shared_legend(ax: Axes, statuses: list[Status]) -> None:
    if not statuses:
        return
    handles: list[Patch] = [status_patch(status) for status in statuses]
    columns = legend_columns(handles, page_in(ax)[0] * 72 - 20)
    root_figure(ax).legend(
        handles=handles, loc="outside upper left", ncols=columns, **LEGEND
    )


def _shared_caption(
    ax: Axes, states: list[gpd.GeoDataFrame], theatre: Theatre, view: View
) -> None:
    maps = [moment_words(pd.Timestamp(state.attrs["snapshot_utc"])) for state in states]
    sentences = [
        f"Maps of {'; '.join(maps)}",
        *map_sentences(states[0], theatre, view)[1:],
    ]
    text = wrap(caption_text(*sentences), page_in(ax)[0] * 72 - 20, SMALL_PT)
    root_figure(ax).supxlabel(
        text,
        x=0.01,
        ha="left",
        gid="caption",
        parse_math=False,
        **text_style(SMALL_PT, FAINT),
    )
