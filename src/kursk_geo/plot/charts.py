"""Tables over time."""

from collections.abc import Sequence
from itertools import cycle, groupby, pairwise
from typing import Any

import geopandas as gpd
import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from matplotlib.ticker import (
    FixedFormatter,
    FixedLocator,
    NullFormatter,
    NullLocator,
)
from numpy.typing import NDArray

from kursk_geo._text import (
    count,
    day_words,
    km,
    km2,
    moment_words,
    percent,
    t,
    upper,
)
from kursk_geo.errors import OptionError
from kursk_geo.history import require_table
from kursk_geo.plot.basemap import town_near
from kursk_geo.plot.canvas import (
    caption,
    chart_height,
    credit,
    dress_chart,
    heading,
    new_figure,
    slot_width_pt,
    warn_empty,
)
from kursk_geo.plot.style import (
    GREY,
    HATCHES,
    HELD,
    PRINT_WIDTH_IN,
    SMALL_PT,
    TEXT_PT,
    colour,
    halo,
    plain,
    role,
    text_style,
)
from kursk_geo.status import Status

__all__ = []


STALE_DAYS = 3.0
"""DeepState's longest gap between two maps of ordinary times. [days]"""


def plot_area(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    headline: str | None = None,
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
    headline : str, optional
        Title in place of the finding.
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
    >>> kursk = kg.sample_history().select(kg.theatre("kursk"))
    >>> ax = kg.plot_area(kg.measure(kursk))
    >>> ax.get_ylabel()
    'Area [km²]'
    """
    _check(table, ("area_km2", "contested_km2"), stale_days)
    ax = ax or new_figure(width_in, chart_height(width_in))[1]
    handles = draw_area(ax, table)
    shaded = _stale(ax, table, stale_days)
    heading(
        ax,
        headline or _finding(table, "area_km2", t("plot.area_title")),
        subtitle=t("plot.area_subtitle"),
        handles=handles,
    )
    method = table.attrs.get("area_method", "")
    _finish(ax, table, t(f"plot.{method}") if method else "", shaded)
    if table.empty:
        warn_empty("the table of figures has no rows")
    return ax


def draw_area(ax: Axes, table: pd.DataFrame) -> list[Artist]:
    """Held area with contested upon it, in steps; the entries of a legend."""
    held, grey = _statuses(table)
    times = _times(table)
    area, top = table["area_km2"], table["area_km2"] + table["contested_km2"]
    band = ax.fill_between(
        times,
        area,
        top,
        step="post",
        facecolor=colour(grey),
        edgecolor=role("hatch"),
        hatch=HATCHES[grey],
        linewidth=0.0,
        label=t("plot.contested_on_top"),
        gid="contested",
    )
    filled = ax.fill_between(
        times, area, step="post", color=colour(held), linewidth=0.0, gid="held-fill"
    )
    filled.set_label(t("plot.held"))
    for values, line_colour, name in (
        (top, role("hatch"), "total"),
        (area, colour(held), "held"),
    ):
        ax.plot(
            times, values, drawstyle="steps-post", color=line_colour, lw=1.2, gid=name
        )
    dress_chart(ax, t("plot.area_axis"))
    strange = table.get("outlier", pd.Series(data=False, index=table.index)).to_numpy()
    for at in np.flatnonzero(strange & ~np.append(False, strange[:-1])).tolist():
        words = t("plot.outlier", day=day_words(_instants(table)[at]))
        where = times[at], area.iloc[at]
        ax.plot(*where, "o", mfc="none", color=role("ink"), ms=7, gid="outlier")
        _tell_outlier(ax, f"{words}: {km2(area.iloc[at])}", where, times)
    return [filled, band]


def _tell_outlier(
    ax: Axes,
    words: str,
    where: tuple[float, float],
    times: NDArray[np.float64],
    *,
    up_pt: int = 7,
) -> None:
    """Label a mark on the side where there is more room."""
    early = where[0] < (times.min() + times.max()) / 2
    ax.annotate(
        words, where, xytext=(7 if early else -7, up_pt), textcoords="offset points",
        ha="left" if early else "right", zorder=6, path_effects=halo(),
        gid="outlier-label", **text_style(SMALL_PT),
    )  # fmt: skip


def plot_depth(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    headline: str | None = None,
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
    headline : str, optional
        Title in place of the finding.
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
    >>> kursk = kg.sample_history().select(kg.theatre("kursk"))
    >>> ax = kg.plot_depth(kg.measure(kursk))
    >>> ax.get_ylabel()
    'Depth [km]'
    """
    _check(table, ("depth_km", "depth_with_contested_km"), stale_days)
    ax = ax or new_figure(width_in, chart_height(width_in))[1]
    handles = draw_depth(ax, table)
    shaded = _stale(ax, table, stale_days)
    heading(
        ax,
        headline or _finding(table, "depth_km", t("plot.depth_title")),
        subtitle=t("plot.depth_subtitle"),
        handles=handles,
    )
    _finish(ax, table, t("plot.depth_method"), shaded)
    if table["depth_km"].isna().all():
        warn_empty(
            "the table of figures has no rows"
            if table.empty
            else "the theatre has no border, or nothing is held: there is no depth"
        )
    return ax


def draw_depth(ax: Axes, table: pd.DataFrame) -> list[Artist]:
    """Depth of held ground, and with contested; the entries of a legend."""
    held, _ = _statuses(table)
    times = _times(table)
    (wide,) = ax.plot(
        times,
        table["depth_with_contested_km"],
        drawstyle="steps-post",
        color=role("hatch"),
        linestyle=(0, (3, 1.2)),
        linewidth=1.2,
        label=t("plot.held_or_contested"),
        gid="depth-with-contested",
    )
    (deep,) = ax.plot(
        times,
        table["depth_km"],
        drawstyle="steps-post",
        color=colour(held),
        linewidth=1.8,
        label=t("plot.held"),
        gid="depth",
    )
    dress_chart(ax, t("plot.depth_axis"))
    return [deep, wide]


def _check(table: pd.DataFrame, columns: tuple[str, ...], stale_days: float) -> None:
    require_table(table, "measure(history)", columns=columns)
    if not isinstance(table.index, pd.DatetimeIndex):
        msg = "The table is not indexed by instants. Expected what kg.measure gives."
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
    index = pd.DatetimeIndex(table.get("snapshot_utc", table.index))
    return index.tz_localize("UTC") if index.tz is None else index.tz_convert("UTC")


def _times(table: pd.DataFrame) -> NDArray[np.float64]:
    """Instants in matplotlib's days."""
    naive = _instants(table).tz_localize(None).to_numpy()
    days: NDArray[np.float64] = mdates.date2num(naive)  # type: ignore[no-untyped-call]  # has no types
    return days


def _stale(ax: Axes, table: pd.DataFrame, stale_days: float) -> str:
    """Shade the stretches without a new map; a sentence that says so, if there are."""
    if table.attrs.get("every") == "change":
        # A row a change: the maps between changes are left out, not missing.
        return ""
    times = np.unique(_times(table))
    gaps = [(start, end) for start, end in pairwise(times) if end - start > stale_days]
    for start, end in gaps:
        ax.axvspan(start, end, facecolor=role("stale"), lw=0.0, zorder=0.5, gid="stale")
    return t("plot.stale", days=f"{stale_days:g}") if gaps else ""


def _finding(table: pd.DataFrame, column: str, empty: str) -> str:
    """The last value and the largest, as a title says them."""
    values = table[column].dropna()
    if values.empty:
        return empty
    words = km2 if column.endswith("km2") else km
    peak, last = values.index[int(np.argmax(values))], values.index[-1]
    facts = {"now": words(values.iloc[-1]), "peak": words(values.max())}
    if column == "depth_km" and "depth_censored" in table:
        # Reached where the region ends: that or more.
        more = table.loc[values.index, "depth_censored"].to_numpy(dtype=bool)
        ends = {"now": len(values) - 1, "peak": int(np.argmax(values))}
        for name, at in ends.items():
            facts[name] = km(values.iloc[at], censored=bool(more[at]))
    facts |= {
        "day": day_words(last),
        "peak_day": day_words(peak),
    }
    kind = "area" if column.endswith("km2") else "depth"
    if not values.max() > 0:
        return t("plot.nothing_held")
    if peak == last or values.iloc[-1] == values.max():
        return t(f"plot.{kind}_at_peak", **facts)
    share = percent(values.iloc[-1] / values.max())
    return t(f"plot.{kind}_finding", share=share, **facts)


def _finish(ax: Axes, table: pd.DataFrame, method: str, shaded: str) -> None:
    """Caption: source, theatre, method, last snapshot; a note where all is empty."""
    attrs = table.attrs
    last = t("plot.no_maps")
    if table.empty:
        _say_empty(ax)
    else:
        last = t("plot.last_map", moment=moment_words(_instants(table)[-1]))
        if "snapshot_id" in table.columns:
            last += f" ({t('plot.snapshot', id=table['snapshot_id'].iloc[-1])})"
    theatre = t("plot.theatre", name=attrs["theatre"]) if attrs.get("theatre") else ""
    words = "; ".join(part for part in (theatre, method) if part)
    caption(ax, credit(attrs), words, last, shaded)


def _say_empty(ax: Axes) -> None:
    # Without data matplotlib would write the hours around New Year of 1970.
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(NullLocator())
        axis.set_major_formatter(NullFormatter())
    words = {"ha": "center", "va": "center", **text_style(TEXT_PT, "faint")}
    ax.text(0.5, 0.5, t("plot.no_maps_in_span"), transform=ax.transAxes, **words)


MARKS = {
    "generation": "o",
    "disappearance": "X",
    "union": "^",
    "division": "v",
    "displacement": "D",
}
"""Marker of each event; growing and shrinking show in the bars."""

THICKEST, THINNEST = 0.8, 0.06
"""Thickness of a bar, in rows: its square stands for the area."""


def plot_timeline(
    pieces: gpd.GeoDataFrame,
    *,
    happened: pd.DataFrame | None = None,
    ax: Axes | None = None,
    headline: str | None = None,
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
    headline : str, optional
        Title in place of the finding.
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
    >>> kursk = kg.sample_history().select(kg.theatre("kursk"))
    >>> ax = kg.plot_timeline(kg.section_history(kursk), happened=kg.events(kursk))
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['1 Sverdlikovo', '2 Sudzha', '3 Tetkino', '4 Bilovody', '5 Oleshnya']
    """
    columns = ("section", "valid_from", "valid_to")
    maker = "section_history(history)"
    require_table(pieces, maker, columns=columns, attrs=["theatre"])
    if happened is not None:
        columns = ("kind", "before", "after")
        require_table(happened, "events(history)", columns=columns, attrs=["theatre"])
    n_rows = max(pieces["section"].nunique(), 2)
    ax = ax or new_figure(width_in, 1.2 + 3.0 / width_in + 0.35 * n_rows)[1]
    rows = draw_pieces(ax, pieces)
    handles = [] if happened is None else _mark(ax, happened, rows)
    for number, moment in enumerate(pieces.attrs.get("outliers", [])):
        (when,) = _times_timeline(pd.Series([pd.Timestamp(moment)]))
        ax.axvline(when, color=role("ink"), lw=0.9, ls=":", gid="outlier")
        words = t("plot.outlier", day=day_words(pd.Timestamp(moment)))
        where = when, ax.get_ylim()[0]
        _tell_outlier(
            ax, words, where, np.array(ax.get_xlim()), up_pt=4 + 11 * (number % 3)
        )
    title = t("plot.pieces_title") if pieces.empty else _largest(pieces)
    heading(ax, headline or title, subtitle=t("plot.pieces_subtitle"), handles=handles)
    last = pieces.attrs.get("last_snapshot_utc")
    caption(
        ax,
        credit(pieces.attrs),
        t("plot.theatre", name=pieces.attrs["theatre"]),
        t("plot.last_map", moment=moment_words(pd.Timestamp(last)))
        if last
        else t("plot.no_maps"),
    )
    if pieces.empty:
        warn_empty("there was no section")
    return ax


def draw_pieces(ax: Axes, pieces: gpd.GeoDataFrame) -> dict[int, int]:
    """Sections as bars through time, named by the nearest town; the row of each."""
    ids = sorted(pieces["section"].unique())
    rows = {key: len(ids) - 1 - row for row, key in enumerate(ids)}
    _draw_bars(ax, pieces, rows)
    dress_chart(ax, "")
    ax.grid(visible=False, axis="y")
    names = _names(pieces, ids)
    ax.set_yticks([rows[key] for key in ids], names, **text_style(TEXT_PT))
    ax.set_ylim(-0.6, max(len(ids), 1) - 0.4)
    return rows


def draw_periods(ax: Axes, periods: Sequence[Any]) -> None:
    """
    Gains up and losses down for each period, the net as a dot with its error.

    `periods` have ``words``, ``gained_km2``, ``lost_km2``, ``net_km2``, ``error_km2``.
    """
    x = np.arange(len(periods))
    gained = np.array([one.gained_km2 for one in periods])
    lost = np.array([one.lost_km2 for one in periods])
    net = np.array([one.net_km2 for one in periods])
    error = np.array([one.error_km2 for one in periods])
    ax.bar(x, gained, width=0.62, color=role("gained"), lw=0.0, gid="gained")
    ax.bar(x, -lost, width=0.62, color=role("lost"), lw=0.0, gid="lost")
    ax.errorbar(
        x, net, yerr=error, fmt="o", ms=3.5, lw=1.1, color=role("ink"), zorder=4,
        gid="net",
    )  # fmt: skip
    dress_chart(ax, t("plot.area_axis"))
    ax.axhline(0.0, color=role("ink"), lw=0.9, zorder=3)
    reach = max(float(np.max(gained + error)), float(np.max(lost + error)), 1.0)
    low = min(0.0, float(np.min(np.minimum(-lost, net - error))))
    high = max(0.0, float(np.max(np.maximum(gained, net + error))))
    ax.set_ylim(low - 0.12 * reach, high + 0.12 * reach)
    step = max(1, -(-len(periods) * 44 // int(slot_width_pt(ax))))
    shown = x[::step]
    ax.xaxis.set_major_locator(FixedLocator(list(shown)))
    ax.xaxis.set_major_formatter(FixedFormatter([periods[i].words for i in shown]))
    for at, up, down in zip(x, gained, lost, strict=True):
        for value, sign, va in ((up, 1, "bottom"), (down, -1, "top")):
            if value >= 0.03 * reach and len(periods) * 30 < slot_width_pt(ax):
                ax.annotate(
                    km2(sign * value, unit=False), xy=(at, sign * value),
                    xytext=(0, 2 * sign), textcoords="offset points", ha="center",
                    va=va, gid="value", zorder=5,
                    **text_style(SMALL_PT),
                )  # fmt: skip


def _names(pieces: gpd.GeoDataFrame, ids: list[int]) -> list[str]:
    """Each section by the nearest town to its largest outline, or its number."""
    names = []
    for key in ids:
        own = pieces[pieces["section"] == key]
        largest = own.loc[own["area_km2"].idxmax(), "geometry"]
        town = town_near(largest)
        names.append(f"{key} {town}" if town else str(key))
    return names


def _times_timeline(instants: pd.Series) -> NDArray[np.float64]:
    """Instants in matplotlib's days."""
    naive = instants.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
    days: NDArray[np.float64] = mdates.date2num(naive)  # type: ignore[no-untyped-call]  # has no types
    return days


def _draw_bars(ax: Axes, pieces: gpd.GeoDataFrame, rows: dict[int, int]) -> None:
    """A box for each section and state."""
    if pieces.empty:
        return
    last = pd.Timestamp(pieces.attrs["last_snapshot_utc"])
    start, end = (
        _times_timeline(pieces["valid_from"]),
        _times_timeline(pieces["valid_to"].fillna(last)),
    )
    area_km2 = pieces["area_km2"].to_numpy()
    half = np.maximum(THICKEST * np.sqrt(area_km2 / area_km2.max()), THINNEST) / 2
    y = pieces["section"].map(rows).to_numpy(dtype=float)
    low, high = y - half, y + half
    corners = [[start, low], [end, low], [end, high], [start, high]]
    boxes = np.array(corners).transpose(2, 0, 1)
    fill = colour(HELD)
    bars = PolyCollection(
        list(boxes), facecolor=fill, edgecolor=fill, linewidth=0.3, gid="sections"
    )
    ax.add_collection(bars)
    ax.autoscale_view()


def _mark(ax: Axes, happened: pd.DataFrame, rows: dict[int, int]) -> list[Artist]:
    """Mark events, and join the rows of unions and divisions; the legend's entries."""
    marked = happened[happened["kind"].isin(list(MARKS))]
    times = _times_timeline(marked["snapshot_utc"])
    seen: dict[str, Artist] = {}
    columns = (marked[name] for name in ("kind", "before", "after"))
    for when, kind, before, after in zip(times, *columns, strict=True):
        levels = [rows[key] for key in before + after]
        (line,) = ax.plot(
            [when] * len(levels),
            levels,
            color=role("ink"),
            linewidth=1.0 if len(set(levels)) > 1 else 0.0,
            marker=MARKS[kind],
            markersize=5.0,
            markerfacecolor=role("paper"),
            markeredgecolor=role("ink"),
            zorder=5,
            label=upper(t(f"event.{kind}")),
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
    return count(
        "pieces_finding",
        int(pieces["valid_to"].isna().sum()),
        largest=km2(peak.area_km2),
        day=day_words(peak.valid_from),
    )


STILL_DAYS = 14.0
"""Most changes of DeepState's Kursk are closer to each other than this. [days]"""

LOOKS = (
    ("#0b4f8a", "-"),
    ("#d1601f", (0, (5, 1.2))),
    ("#2b8a6b", (0, (1, 1))),
    ("#8a4f9e", (0, (6, 1.2, 1, 1.2))),
    ("#4a4a4a", (0, (3, 1.2, 1, 1.2, 1, 1.2))),
)
"""Colour and dash of the first source by name, the second, and so on."""

COLUMNS = (
    "date",
    "source",
    "area_km2",
    "contested_km2",
    "unchanged_days",
    "n_sources",
    "median_km2",
    "low_km2",
    "high_km2",
)


def plot_sources(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    headline: str | None = None,
    still_days: float = STILL_DAYS,
    width_in: float = PRINT_WIDTH_IN,
) -> Axes:
    """
    Held area of several sources by day, with the band between them.

    Parameters
    ----------
    table : DataFrame, shape (n,)
        As `compare` gives it.
    ax : Axes, optional
        Where to draw; by default on a new figure.
    headline : str, optional
        Title in place of the finding.
    still_days : float, default 14
        Where a source has not redrawn its held ground for longer, its line is
        underlaid. [days]
    width_in : float, default 7
        Width of the new figure; 4 suits a phone. [in]

    Returns
    -------
    Axes
        One line a source, level over each day; a thin one above it is held and
        contested ground, of a source that shows any. The median is drawn for three
        sources or more.

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
    >>> kursk = kg.sample_history().select(kg.theatre("kursk"))
    >>> april = kursk.between("2025-04-01", "2025-04-30")
    >>> ax = kg.plot_sources(kg.compare({"all": kursk, "April": april}))
    >>> [text.get_text() for text in ax.get_legend().get_texts()][:2]
    ['April', 'all']
    """
    require_table(table, "compare({'a': history, 'b': ...})", columns=COLUMNS)
    if not still_days > 0:
        msg = f"still_days={still_days} is no length of time. Expected days, over 0."
        raise OptionError(msg)
    ax = ax or new_figure(width_in, chart_height(width_in))[1]
    handles = _lines(ax, table, still_days)
    handles += _between(ax, table)
    dress_chart(ax, t("plot.area_axis"))
    heading(
        ax,
        headline or _now_source(table) or t("plot.sources_title"),
        subtitle=t("plot.sources_subtitle"),
        handles=handles,
    )
    _caption(ax, table)
    if table.empty:
        warn_empty("the table of sources has no rows")
    return ax


def _lines(ax: Axes, table: pd.DataFrame, still_days: float) -> list[Artist]:
    """One line a source, and what marks it; the entries of the legend."""
    handles: list[Artist] = []
    still, contested = False, False
    names = sorted(table["source"].unique())
    looks = cycle(LOOKS)
    for name, (line_colour, dash) in zip(names, looks, strict=False):
        mine = table[table["source"] == name]
        days, area = _steps(mine, "area_km2")
        (line,) = ax.plot(
            days, area, drawstyle="steps-post", color=line_colour, linestyle=dash,
            lw=1.8, label=plain(name), gid=f"source-{name}",
        )  # fmt: skip
        handles.append(line)
        if (mine["contested_km2"] > 0).any():
            contested = True
            total = mine.assign(area_km2=mine["area_km2"] + mine["contested_km2"])
            ax.plot(
                *_steps(total, "area_km2"), drawstyle="steps-post", color=line_colour,
                lw=0.8, gid=f"total-{name}",
            )  # fmt: skip
        for stretch in _stretches(mine, _stood_still(mine, still_days)):
            still = True
            ax.plot(
                *_steps(stretch, "area_km2"), drawstyle="steps-post", color=line_colour,
                alpha=0.25, lw=7.0, zorder=1.5, solid_capstyle="butt",
                gid=f"still-{name}",
            )  # fmt: skip
    if contested:
        label = t("plot.with_contested")
        handles.append(Line2D([], [], color=role("faint"), lw=0.8, label=label))
    if still:
        label = t("plot.still", days=f"{still_days:g}")
        handles.append(
            Line2D([], [], color=role("faint"), lw=7.0, alpha=0.3, label=label)
        )
    return handles


def _stood_still(mine: pd.DataFrame, still_days: float) -> "pd.Series[bool]":
    """Days of the drawings that one source left standing for long, from the first."""
    drawn = mine["date"] - pd.to_timedelta(mine["unchanged_days"], unit="D")
    longest = mine.groupby(drawn.dt.round("min"))["unchanged_days"].transform("max")
    return longest > still_days


def _between(ax: Axes, table: pd.DataFrame) -> list[Artist]:
    """Band from the lowest to the highest source, and the median of three or more."""
    by_day = table.drop_duplicates("date").sort_values("date")
    several = by_day["n_sources"] > 1
    handles: list[Artist] = []
    for stretch in _stretches(by_day, several):
        days, low = _steps(stretch, "low_km2")
        high = _steps(stretch, "high_km2")[1]
        band = ax.fill_between(
            days, low, high, step="post", color=role("rule"), alpha=0.6, linewidth=0.0,
            zorder=0.8, label=t("plot.between_sources"), gid="band",
        )  # fmt: skip
        handles = [band]
    for stretch in _stretches(by_day, by_day["n_sources"] > 2):
        (median,) = ax.plot(
            *_steps(stretch, "median_km2"), drawstyle="steps-post", color=role("ink"),
            lw=1.0, label=t("plot.median"), gid="median",
        )  # fmt: skip
        handles = [*handles[:1], median]
    return handles


def _steps(
    rows: pd.DataFrame, column: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Days and values, each value level until the next; a gap where days miss."""
    days: NDArray[np.float64] = mdates.date2num(rows["date"].to_numpy())  # type: ignore[no-untyped-call]  # has no types
    values = rows[column].to_numpy(dtype=float)
    if not len(days):
        return days, values
    return np.append(days, days[-1] + 1.0), np.append(values, values[-1])


def _stretches(rows: pd.DataFrame, chosen: "pd.Series[bool]") -> list[pd.DataFrame]:
    """Unbroken stretches of the rows that are chosen."""
    flags = enumerate(chosen.to_list())
    groups = [
        [i for i, _ in members]
        for picked, members in groupby(flags, key=lambda pair: pair[1])
        if picked
    ]
    return [rows.iloc[group] for group in groups]


def _now_source(table: pd.DataFrame) -> str:
    """How far the sources were apart at most, in words."""
    several = table[table["n_sources"] > 1]
    if several.empty:
        return ""
    apart = several["high_km2"] - several["low_km2"]
    widest = int(np.argmax(apart))
    low, high = (float(several[name].iloc[widest]) for name in ("low_km2", "high_km2"))
    return t(
        "plot.sources_finding",
        day=day_words(several["date"].iloc[widest]),
        low=km2(low),
        high=km2(high),
    )


def _caption(ax: Axes, table: pd.DataFrame) -> None:
    attrs = table.attrs
    if table.empty:
        _say_empty(ax)
    rule = t("plot.day_rule", tz=attrs.get("tz", "UTC"))
    named = t("plot.theatre", name=attrs["theatre"]) if attrs.get("theatre") else ""
    last = "" if table.empty else t("plot.last_day", day=day_words(table["date"].max()))
    caption(ax, credit(attrs), named, rule, last)
