"""Sections as bars through time, with what became of them."""

import geopandas as gpd
import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from kursk_geo.errors import OptionError
from kursk_geo.plot.page import caption, dress_chart, heading, new_figure, warn_empty
from kursk_geo.plot.style import (
    COLOURS,
    HELD,
    INK,
    PRINT_WIDTH_IN,
    day_words,
    km2_words,
    moment_words,
)

MARKS = {
    "generation": ("o", "Appears"),
    "disappearance": ("X", "Vanishes"),
    "union": ("^", "Union"),
    "division": ("v", "Division"),
    "displacement": ("D", "Moves"),
}
"""Marker and word of each event; growing and shrinking show in the bars."""

THICKEST, THINNEST = 0.8, 0.06
"""Thickness of a bar, in rows: its square stands for the area."""


def plot_timeline(
    pieces: gpd.GeoDataFrame,
    *,
    happened: pd.DataFrame | None = None,
    ax: Axes | None = None,
    width_in: float = PRINT_WIDTH_IN,
) -> Axes:
    """
    Sections as bars through time, with their events.

    Parameters
    ----------
    pieces : GeoDataFrame
        As `section_history` gives it.
    happened : DataFrame, optional
        Events to mark, as `events` gives them with the same options.
    ax : Axes, optional
        Where to draw; by default on a new figure.
    width_in : float, default 7
        Width of the new figure; 4 suits a phone. [in]

    Returns
    -------
    Axes
        One row a section, the first at the top; the square of a bar's thickness
        stands for the area. Unions and divisions join the rows they concern.

    Raises
    ------
    OptionError
        If a table is not of sections or events, or the width is not between 2 and 30
        inches.

    Warns
    -----
    EmptyPlotWarning
        If there was no section.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.read_history("sample_data/deepstate").select(kg.theatre("kursk"))
    >>> ax = kg.plot_timeline(kg.section_history(kursk), happened=kg.events(kursk))
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['1', '2', '3', '4', '5']
    """
    _check(pieces, "section_history", ("section", "valid_from", "valid_to"))
    if happened is not None:
        _check(happened, "events", ("kind", "before", "after"))
    ids = sorted(pieces["section"].unique())
    ax = ax or new_figure(width_in, 1.6 + 0.35 * max(len(ids), 2))[1]
    rows = {key: len(ids) - 1 - row for row, key in enumerate(ids)}
    _draw_bars(ax, pieces, rows)
    handles = [] if happened is None else _mark(ax, happened, rows)
    dress_chart(ax, "Section")
    ax.grid(visible=False, axis="y")
    ax.set_yticks([rows[key] for key in ids], [str(key) for key in ids])
    ax.set_ylim(-0.6, max(len(ids), 1) - 0.4)
    largest = "" if pieces.empty else _largest(pieces)
    heading(ax, "Sections of held ground", subtitle=largest, handles=handles)
    attrs = pieces.attrs
    last = attrs.get("last_snapshot_utc")
    caption(
        ax,
        f"Source: {attrs.get('attribution') or attrs.get('source')}",
        f"Theatre {attrs['theatre']}; the square of a bar's thickness stands for its "
        "area",
        f"Last map of {moment_words(pd.Timestamp(last))}" if last else "No maps",
    )
    if pieces.empty:
        warn_empty("there was no section")
    return ax


def _check(table: pd.DataFrame, maker: str, columns: tuple[str, ...]) -> None:
    missing = [name for name in columns if name not in table.columns]
    if missing or "theatre" not in table.attrs:
        msg = (
            f"The table lacks {', '.join(missing) or 'its attrs'}. Expected what "
            f"kursk_geo.{maker}(history) gives."
        )
        raise OptionError(msg)


def _times(instants: pd.Series) -> NDArray[np.float64]:
    """Instants in matplotlib's days."""
    naive = instants.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
    days: NDArray[np.float64] = mdates.date2num(naive)  # type: ignore[no-untyped-call]  # has no types
    return days


def _draw_bars(ax: Axes, pieces: gpd.GeoDataFrame, rows: dict[int, int]) -> None:
    """A box for each section and state."""
    if pieces.empty:
        return
    last = pd.Timestamp(pieces.attrs["last_snapshot_utc"])
    start, end = _times(pieces["valid_from"]), _times(pieces["valid_to"].fillna(last))
    area_km2 = pieces["area_km2"].to_numpy()
    half = np.maximum(THICKEST * np.sqrt(area_km2 / area_km2.max()), THINNEST) / 2
    y = pieces["section"].map(rows).to_numpy(dtype=float)
    low, high = y - half, y + half
    corners = [[start, low], [end, low], [end, high], [start, high]]
    boxes = np.array(corners).transpose(2, 0, 1)
    colour = COLOURS[HELD]
    bars = PolyCollection(
        list(boxes), facecolor=colour, edgecolor=colour, linewidth=0.3, gid="sections"
    )
    ax.add_collection(bars)
    ax.autoscale_view()


def _mark(ax: Axes, happened: pd.DataFrame, rows: dict[int, int]) -> list[Artist]:
    """Mark events, and join the rows of unions and divisions; the legend's entries."""
    marked = happened[happened["kind"].isin(list(MARKS))]
    times = _times(marked["snapshot_utc"])
    seen: dict[str, Artist] = {}
    columns = (marked[name] for name in ("kind", "before", "after"))
    for when, kind, before, after in zip(times, *columns, strict=True):
        marker, word = MARKS[kind]
        levels = [rows[key] for key in before + after]
        (line,) = ax.plot(
            [when] * len(levels),
            levels,
            color=INK,
            linewidth=1.0 if len(set(levels)) > 1 else 0.0,
            marker=marker,
            markersize=5.0,
            markerfacecolor="white",
            markeredgecolor=INK,
            zorder=5,
            label=word,
            gid=f"event-{kind}",
        )
        seen.setdefault(kind, _entry(line))
    return [seen[kind] for kind in MARKS if kind in seen]


def _entry(line: Line2D) -> Line2D:
    """The marker alone, for the legend."""
    entry = Line2D([], [], linewidth=0.0, label=str(line.get_label()))
    entry.update_from(line)
    entry.set(linewidth=0.0, label=line.get_label())
    return entry


def _largest(pieces: gpd.GeoDataFrame) -> str:
    """How many sections there were at the end, and how large the largest was."""
    peak = pieces.loc[pieces["area_km2"].idxmax()]
    now = int(pieces["valid_to"].isna().sum())
    return (
        f"Largest: {km2_words(peak.area_km2)} on {day_words(peak.valid_from)}; "
        f"{now} section{'s' if now != 1 else ''} at the end"
    )
