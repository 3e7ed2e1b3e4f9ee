"""Tables over time."""

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
from matplotlib.patches import Patch
from matplotlib.ticker import NullFormatter, NullLocator
from numpy.typing import NDArray

from kursk_geo._text import day_words, km2_words, km_words, moment_words
from kursk_geo.errors import OptionError
from kursk_geo.plot.canvas import (
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
    INK,
    PRINT_WIDTH_IN,
    RULE,
    TEXT_PT,
    plain,
    text_style,
)
from kursk_geo.status import Status

__all__ = []


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
    handles = [*draw_area(ax, table), *_stale(ax, table, stale_days)]
    heading(
        ax, "Area of held ground", subtitle=_now(table, "area_km2"), handles=handles
    )
    method = METHODS.get(table.attrs.get("area_method", ""), "")
    _finish(ax, table, method)
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
    return [filled, band]


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
    handles = [*draw_depth(ax, table), *_stale(ax, table, stale_days)]
    heading(
        ax, "Depth of held ground", subtitle=_now(table, "depth_km"), handles=handles
    )
    _finish(ax, table, "depth is the largest distance from the border")
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
    return [deep, wide]


def _check(table: pd.DataFrame, columns: tuple[str, ...], stale_days: float) -> None:
    stranger: object = table
    if not isinstance(stranger, pd.DataFrame):
        msg = (
            f"A {type(stranger).__name__} is no table. Expected what "
            "kursk_geo.measure(history) gives."
        )
        raise OptionError(msg)
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
    index = pd.DatetimeIndex(table.get("snapshot_utc", table.index))
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
    _check_timeline(pieces, "section_history", ("section", "valid_from", "valid_to"))
    if happened is not None:
        _check_timeline(happened, "events", ("kind", "before", "after"))
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


def _check_timeline(table: pd.DataFrame, maker: str, columns: tuple[str, ...]) -> None:
    missing = [name for name in columns if name not in table.columns]
    if missing or "theatre" not in table.attrs:
        msg = (
            f"The table lacks {', '.join(missing) or 'its attrs'}. Expected what "
            f"kursk_geo.{maker}(history) gives."
        )
        raise OptionError(msg)


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
    colour = COLOURS[HELD]
    bars = PolyCollection(
        list(boxes), facecolor=colour, edgecolor=colour, linewidth=0.3, gid="sections"
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
    >>> kursk = kg.read_history("sample_data/deepstate").select(kg.theatre("kursk"))
    >>> april = kursk.between("2025-04-01", "2025-04-30")
    >>> ax = kg.plot_sources(kg.compare({"all": kursk, "April": april}))
    >>> [text.get_text() for text in ax.get_legend().get_texts()][:2]
    ['April', 'all']
    """
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        msg = (
            f"The table lacks {', '.join(missing)}. Expected what "
            "kursk_geo.compare({'a': ..., 'b': ...}) gives."
        )
        raise OptionError(msg)
    if not still_days > 0:
        msg = f"still_days={still_days} is no length of time. Expected days, over 0."
        raise OptionError(msg)
    ax = ax or new_figure(width_in, 2.2 + 0.36 * width_in)[1]
    handles = _lines(ax, table, still_days)
    handles += _between(ax, table)
    dress_chart(ax, "Area [km²]")
    heading(ax, "Held ground by source", subtitle=_now_source(table), handles=handles)
    _caption(ax, table)
    if table.empty:
        warn_empty("the table of sources has no rows")
    return ax


def _lines(ax: Axes, table: pd.DataFrame, still_days: float) -> list[Artist]:
    """One line a source, and what marks it; the entries of the legend."""
    handles: list[Artist] = []
    still, contested = False, False
    names = sorted(table["source"].unique())
    for name, (colour, dash) in zip(names, cycle(LOOKS), strict=False):
        mine = table[table["source"] == name]
        days, area = _steps(mine, "area_km2")
        (line,) = ax.plot(
            days, area, drawstyle="steps-post", color=colour, linestyle=dash, lw=1.8,
            label=plain(name), gid=f"source-{name}",
        )  # fmt: skip
        handles.append(line)
        if (mine["contested_km2"] > 0).any():
            contested = True
            total = mine.assign(area_km2=mine["area_km2"] + mine["contested_km2"])
            ax.plot(
                *_steps(total, "area_km2"), drawstyle="steps-post", color=colour,
                lw=0.8, gid=f"total-{name}",
            )  # fmt: skip
        for stretch in _stretches(mine, _stood_still(mine, still_days)):
            still = True
            ax.plot(
                *_steps(stretch, "area_km2"), drawstyle="steps-post", color=colour,
                alpha=0.25, lw=7.0, zorder=1.5, solid_capstyle="butt",
                gid=f"still-{name}",
            )  # fmt: skip
    if contested:
        label = "With contested ground"
        handles.append(Line2D([], [], color=FAINT, lw=0.8, label=label))
    if still:
        label = f"Not redrawn for over {still_days:g} days"
        handles.append(Line2D([], [], color=FAINT, lw=7.0, alpha=0.3, label=label))
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
        band = ax.fill_between(
            days, low, _steps(stretch, "high_km2")[1], step="post", color=RULE,
            alpha=0.6, linewidth=0.0, zorder=0.8, label="Between sources", gid="band",
        )  # fmt: skip
        handles = [band]
    for stretch in _stretches(by_day, by_day["n_sources"] > 2):
        (median,) = ax.plot(
            *_steps(stretch, "median_km2"), drawstyle="steps-post", color=INK, lw=1.0,
            label="Median", gid="median",
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
    return (
        f"Farthest apart on {day_words(several['date'].iloc[widest])}: "
        f"{km2_words(low)} and {km2_words(high)}"
    )


def _caption(ax: Axes, table: pd.DataFrame) -> None:
    attrs = table.attrs
    if table.empty:
        ax.text(
            0.5, 0.5, "No maps in this span", transform=ax.transAxes, ha="center",
            va="center", **text_style(TEXT_PT, FAINT),
        )  # fmt: skip
    rule = f"maps that stood at the end of each day ({attrs.get('tz', 'UTC')})"
    named = f"Theatre {attrs['theatre']}; {rule}" if attrs.get("theatre") else rule
    last = "" if table.empty else f"Last day: {day_words(table['date'].max())}"
    source = attrs.get("attribution", "")
    caption(
        ax,
        f"Source: {source}" if source else "",
        f"{named[0].upper()}{named[1:]}",
        last,
    )
