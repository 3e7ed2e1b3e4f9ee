"""Area and depth over time, as the steps they are."""

from itertools import pairwise
from typing import Any

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import NullFormatter, NullLocator
from numpy.typing import NDArray

from kursk_geo.errors import OptionError
from kursk_geo.plot.page import (
    caption,
    dress_chart,
    heading,
    new_figure,
    warn_empty,
)
from kursk_geo.plot.style import (
    COLOURS,
    FAINT,
    GREY,
    HATCH_INK,
    HATCHES,
    HELD,
    PRINT_WIDTH_IN,
    TEXT_PT,
    day_words,
    km2_words,
    km_words,
    moment_words,
    text_style,
)
from kursk_geo.status import Status

STALE_DAYS = 3.0
"""DeepState's longest gap between two maps of ordinary times. [days]"""

STALE = "#ececec"
"""Colour of stretches without a new map."""

METHODS = {
    "geodesic": "area on the WGS 84 ellipsoid",
    "spherical": "area on a sphere, as web maps compute it",
}


def plot_area(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    stale_days: float = STALE_DAYS,
    width_in: float = PRINT_WIDTH_IN,
) -> Axes:
    """
    Held area over time, and contested area stacked upon it.

    Parameters
    ----------
    table : DataFrame, shape (n_snapshots,)
        As `measure` gives it: ``area_km2`` and ``contested_km2`` by snapshot instant.
    ax : Axes, optional
        Where to draw; by default on a new figure.
    stale_days : float, default 3
        Stretches longer than this without a new map are shaded. [days]
    width_in : float, default 7
        Width of the new figure; 4 suits a phone. [in]

    Returns
    -------
    Axes
        A map stands until the next, so lines are steps.

    Raises
    ------
    OptionError
        If the table lacks a column, or an option is outside its allowed values.

    Warns
    -----
    EmptyPlotWarning
        If the table has no rows.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.read_history("sample_data/deepstate").select(kg.theatre("kursk"))
    >>> ax = kg.plot_area(kg.measure(kursk))
    >>> ax.get_ylabel()
    'Area [km²]'
    """
    _check(table, ("area_km2", "contested_km2"), stale_days)
    ax = ax or new_figure(width_in, 2.2 + 0.36 * width_in)[1]
    held, grey = _statuses(table)
    times = _times(table)
    area, top = table["area_km2"], table["area_km2"] + table["contested_km2"]
    band = ax.fill_between(
        times,
        area,
        top,
        step="post",
        facecolor=COLOURS[grey],
        edgecolor=HATCH_INK,
        hatch=HATCHES[grey],
        linewidth=0.0,
        label="Contested, on top",
        gid="contested",
    )
    filled = ax.fill_between(
        times, area, step="post", color=COLOURS[held], linewidth=0.0, gid="held-fill"
    )
    filled.set_label("Held")
    for values, colour, name in (
        (top, HATCH_INK, "total"),
        (area, COLOURS[held], "held"),
    ):
        ax.plot(times, values, drawstyle="steps-post", color=colour, lw=1.2, gid=name)
    dress_chart(ax, "Area [km²]")
    handles = [filled, band, *_stale(ax, table, stale_days)]
    heading(
        ax, "Area of held ground", subtitle=_now(table, "area_km2"), handles=handles
    )
    method = METHODS.get(table.attrs.get("area_method", ""), "")
    _finish(ax, table, method)
    if table.empty:
        warn_empty("the table of figures has no rows")
    return ax


def plot_depth(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    stale_days: float = STALE_DAYS,
    width_in: float = PRINT_WIDTH_IN,
) -> Axes:
    """
    Depth of held ground over time, and depth with contested ground.

    Parameters
    ----------
    table : DataFrame, shape (n_snapshots,)
        As `measure` gives it: ``depth_km`` and ``depth_with_contested_km`` by snapshot
        instant.
    ax : Axes, optional
        Where to draw; by default on a new figure.
    stale_days : float, default 3
        Stretches longer than this without a new map are shaded. [days]
    width_in : float, default 7
        Width of the new figure; 4 suits a phone. [in]

    Returns
    -------
    Axes
        A map stands until the next, so lines are steps.

    Raises
    ------
    OptionError
        If the table lacks a column, or an option is outside its allowed values.

    Warns
    -----
    EmptyPlotWarning
        If the table has no rows, or was measured without a border.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.read_history("sample_data/deepstate").select(kg.theatre("kursk"))
    >>> ax = kg.plot_depth(kg.measure(kursk))
    >>> ax.get_ylabel()
    'Depth [km]'
    """
    _check(table, ("depth_km", "depth_with_contested_km"), stale_days)
    ax = ax or new_figure(width_in, 2.2 + 0.3 * width_in)[1]
    held, _ = _statuses(table)
    times = _times(table)
    (wide,) = ax.plot(
        times,
        table["depth_with_contested_km"],
        drawstyle="steps-post",
        color=HATCH_INK,
        linestyle=(0, (3, 1.2)),
        linewidth=1.2,
        label="Held or contested",
        gid="depth-with-contested",
    )
    (deep,) = ax.plot(
        times,
        table["depth_km"],
        drawstyle="steps-post",
        color=COLOURS[held],
        linewidth=1.8,
        label="Held",
        gid="depth",
    )
    dress_chart(ax, "Depth [km]")
    handles = [deep, wide, *_stale(ax, table, stale_days)]
    heading(
        ax, "Depth of held ground", subtitle=_now(table, "depth_km"), handles=handles
    )
    _finish(ax, table, "depth is the largest distance from the border")
    if table["depth_km"].isna().all():
        warn_empty(
            "the table of figures has no rows"
            if table.empty
            else "the theatre has no border, so there is no depth"
        )
    return ax


def _check(table: pd.DataFrame, columns: tuple[str, ...], stale_days: float) -> None:
    missing = [name for name in columns if name not in table.columns]
    if missing or not isinstance(table.index, pd.DatetimeIndex):
        lacks = (
            f"lacks {', '.join(missing)}" if missing else "is not indexed by instants"
        )
        msg = f"The table {lacks}. Expected what kursk_geo.measure(history) gives."
        raise OptionError(msg)
    if not stale_days > 0:
        msg = f"stale_days={stale_days} is no length of time. Expected days, over 0."
        raise OptionError(msg)


def _statuses(table: pd.DataFrame) -> tuple[Status, Status]:
    """Whose colours the held and the contested area take."""
    held = [Status(status) for status in table.attrs.get("held", [])]
    grey = [Status(status) for status in table.attrs.get("contested", [])]
    return (
        HELD if HELD in held or not held else held[0],
        GREY if GREY in grey or not grey else grey[0],
    )


def _instants(table: pd.DataFrame) -> pd.DatetimeIndex:
    index = pd.DatetimeIndex(table.index)
    return index.tz_localize("UTC") if index.tz is None else index.tz_convert("UTC")


def _times(table: pd.DataFrame) -> NDArray[np.float64]:
    """Instants in matplotlib's days."""
    naive = _instants(table).tz_localize(None).to_numpy()
    days: NDArray[np.float64] = mdates.date2num(naive)  # type: ignore[no-untyped-call]  # has no types
    return days


def _stale(ax: Axes, table: pd.DataFrame, stale_days: float) -> list[Artist]:
    """Shade the stretches without a new map; the legend's entry, if there are any."""
    if table.attrs.get("every") == "change":
        # A row a change: the maps between changes are left out, not missing.
        return []
    times = np.unique(_times(table))
    gaps = [(start, end) for start, end in pairwise(times) if end - start > stale_days]
    style: dict[str, Any] = {"facecolor": STALE, "edgecolor": "none", "linewidth": 0.0}
    for start, end in gaps:
        ax.axvspan(start, end, zorder=0.5, gid="stale", **style)
    label = f"No new map for over {stale_days:g} days"
    return [Patch(**style, label=label)] if gaps else []


def _now(table: pd.DataFrame, column: str) -> str:
    """Largest and last value, in words."""
    values = table[column].dropna()
    if values.empty:
        return ""
    words = km2_words if column.endswith("km2") else km_words
    peak, last = values.index[int(np.argmax(values))], values.index[-1]
    return (
        f"Peak {words(values.max())} on {day_words(peak)}; "
        f"{words(values.iloc[-1])} on {day_words(last)}"
    )


def _finish(ax: Axes, table: pd.DataFrame, method: str) -> None:
    """Caption: source, theatre, method, last snapshot; a note where all is empty."""
    attrs = table.attrs
    if table.empty:
        last = "No maps"
        # Without data matplotlib would write the hours around New Year of 1970.
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(NullLocator())
            axis.set_major_formatter(NullFormatter())
        ax.text(
            0.5,
            0.5,
            "No maps in this span",
            transform=ax.transAxes,
            ha="center",
            va="center",
            **text_style(TEXT_PT, FAINT),
        )
    else:
        last = f"Last map of {moment_words(_instants(table)[-1])}"
        if "snapshot_id" in table.columns:
            last += f" (snapshot {table['snapshot_id'].iloc[-1]})"
    theatre = f"Theatre {attrs['theatre']}" if attrs.get("theatre") else ""
    source = attrs.get("attribution") or attrs.get("source") or ""
    caption(
        ax,
        f"Source: {source}" if source else "",
        "; ".join(part for part in (theatre, method) if part),
        last,
    )
