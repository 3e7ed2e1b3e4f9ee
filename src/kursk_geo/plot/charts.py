"""Tables over time."""

from functools import partial
from itertools import cycle, pairwise
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from kursk_geo import _text
from kursk_geo._text import day_words, km, km2, moment_words, t, upper
from kursk_geo.errors import ABOVE_0, OptionError, check_number
from kursk_geo.history import require_table
from kursk_geo.plot import canvas
from kursk_geo.plot.basemap import records, towns_of
from kursk_geo.plot.canvas import PRINT_WIDTH_IN, Look, days_of, role

__all__ = []


Floats: TypeAlias = NDArray[np.float64]
A_TIME = "a length of time. Expected days, over 0."
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
    options: Look = {"ax": ax, "headline": headline, "width_in": width_in}
    return _over_time(table, "area", stale_days, **options)


def draw_area(ax: Axes, table: pd.DataFrame) -> list[Artist]:
    """Held area with contested upon it, in steps; the entries of a legend."""
    held = canvas.held_colour(table.attrs)
    grey = canvas.status_of(table.attrs.get("contested", ()), canvas.GREY)
    times, table = _steps(table)
    area, top = table["area_km2"], table["area_km2"] + table["contested_km2"]
    look: Look = {"step": "post", "linewidth": 0.0}
    hatched: Look = {"fc": canvas.colour(grey), "hatch": canvas.HATCHES[grey]} | look
    hatched |= {"label": t("plot.contested_on_top"), "ec": role("hatch")}
    band = ax.fill_between(times, area, top, gid="contested", **hatched)
    plain_fill: Look = {"color": held, "label": t("plot.held")} | look
    filled = ax.fill_between(times, area, gid="held-fill", **plain_fill)
    line: Look = {"drawstyle": "steps-post", "lw": 1.2}
    ax.plot(times, top, color=role("hatch"), gid="total", **line)
    ax.plot(times, area, color=held, gid="held", **line)
    canvas.dress_chart(ax, t("plot.area_axis"))
    strange = table.get("outlier", pd.Series(data=False, index=table.index)).to_numpy()
    for at in np.flatnonzero(strange & ~np.append(False, strange[:-1])).tolist():
        words = t("plot.outlier", day=day_words(table.index[at]))
        where = times[at], area.iloc[at]
        ax.plot(*where, "o", mfc="none", color=role("ink"), ms=7, gid="outlier")
        _tell_outlier(ax, f"{words}: {km2(area.iloc[at])}", where)
    return [filled, band]


def _tell_outlier(
    ax: Axes, words: str, where: tuple[float, float], *, up_pt: int = 7
) -> None:
    """Label a mark on the side where there is more room."""
    early = where[0] < sum(ax.get_xlim()) / 2
    look: Look = {"ha": "left" if early else "right", "path_effects": canvas.halo()}
    look |= {"zorder": 6, "gid": "outlier-label"}
    canvas.write(ax, words, where, (7 if early else -7, up_pt), **look)


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
    options: Look = {"ax": ax, "headline": headline, "width_in": width_in}
    return _over_time(table, "depth", stale_days, **options)


def draw_depth(ax: Axes, table: pd.DataFrame) -> list[Artist]:
    """Depth of held ground, and with contested; the entries of a legend."""
    held = canvas.held_colour(table.attrs)
    times, table = _steps(table)
    look: Look = {"drawstyle": "steps-post"}
    wide, deep = (table[name] for name in ("depth_with_contested_km", "depth_km"))
    dashed: Look = {"ls": (0, (3, 1.2)), "lw": 1.2, "color": role("hatch")} | look
    words = t("plot.held_or_contested"), t("plot.held")
    below = ax.plot(times, wide, gid="depth-with-contested", label=words[0], **dashed)
    solid: Look = {"lw": 1.8, "color": held} | look
    above = ax.plot(times, deep, gid="depth", label=words[1], **solid)
    canvas.dress_chart(ax, t("plot.depth_axis"))
    return [*above, *below]


def _over_time(
    table: pd.DataFrame,
    kind: str,
    stale_days: float,
    *,
    ax: Axes | None,
    headline: str | None,
    width_in: float,
) -> Axes:
    """Draw a table of figures, with its finding, what is missing and whose it is."""
    draw, columns = {
        "area": (draw_area, ("area_km2", "contested_km2")),
        "depth": (draw_depth, ("depth_km", "depth_with_contested_km")),
    }[kind]
    require_table(table, "measure(history)", columns=columns)
    if not isinstance(table.index, pd.DatetimeIndex):
        msg = "The table is not indexed by instants. Expected what kg.measure gives."
        raise OptionError(msg)
    check_number("stale_days", stale_days, A_TIME, least=ABOVE_0)
    ax = ax or canvas.new_axes(width_in, canvas.chart_height(width_in))
    handles, gaps = draw(ax, table), []
    times = days_of(table.get("snapshot_utc", table.index))
    _fit_scales(ax, times, table[[*columns]])
    # Where the last map alone changed, its step would be no wider than a line.
    dot: Look = {"color": canvas.held_colour(table.attrs), "ms": 4.0}
    ax.plot(times[-1:], table[columns[0]].iloc[-1:], "o", gid="last", **dot)
    if table.attrs.get("every") != "change":
        # With a row a change, the maps between changes are left out, not missing.
        whole = pairwise(np.unique(times))
        gaps = [(a, b) for a, b in whole if b - a > stale_days]
    for start, end in gaps:
        ax.axvspan(start, end, facecolor=role("stale"), lw=0.0, zorder=0.5, gid="stale")
    title = headline or _finding(table, columns[0], kind)
    method = table.attrs.get("area_method", "") if kind == "area" else "depth_method"
    moments = table.get("snapshot_utc", table.index.to_series())
    words = [_last_map(None if table.empty else moments.iloc[-1])]
    if "snapshot_id" in table and not table.empty:
        words[0] += f" ({t('plot.snapshot', id=table['snapshot_id'].iloc[-1])})"
    if gaps:
        words.append(t("plot.stale", days=f"{stale_days:g}"))
    facts = _sources(table, t(f"plot.{method}") if method else "")
    subtitle = t(f"plot.{kind}_subtitle")
    canvas.heading(ax, title, *facts, *words, subtitle=subtitle, handles=handles)
    if table.empty:
        canvas.warn_empty("the table of figures has no rows", stacklevel=4)
    elif table[columns[0]].isna().all():
        lacks = "the theatre has no border, or nothing is held: there is no depth"
        canvas.warn_empty(lacks, stacklevel=4)
    return ax


def _sources(table: pd.DataFrame, method: str = "") -> list[str]:
    """What each caption says first: source, theatre, and how it was measured."""
    attrs = table.attrs
    theatre = t("plot.theatre", name=attrs["theatre"]) if attrs.get("theatre") else ""
    return [canvas.credit(attrs), "; ".join(filter(None, (theatre, method)))]


def _last_map(moment: Any) -> str:  # noqa: ANN401  (as tables tell it)
    if not moment:
        return t("plot.no_maps")
    return t("plot.last_map", moment=moment_words(pd.Timestamp(moment)))


def _fit_scales(ax: Axes, times: Floats, values: pd.DataFrame) -> None:
    """Show all days of a table, and no more of a scale than it has a use for."""
    if not len(times):  # matplotlib would write the hours around New Year of 1970
        ax.set(xticks=[], yticks=[])
        return
    ax.update_datalim([(np.floor(times[0]), 0.0), (times[-1], 0.0)])
    ax.autoscale_view(scaley=False)
    if not (values > 0.0).any(axis=None):
        ax.set_yticks([0.0])


def _steps(table: pd.DataFrame) -> tuple[Floats, pd.DataFrame]:
    """When each map was published, in matplotlib's days; the only one stands a day."""
    times = days_of(table.get("snapshot_utc", table.index))
    if len(times) and times[-1] - times[0] < 1.0:
        times, last = np.append(times, times[0] + 1.0), table.iloc[-1:]
        table = pd.concat([table, last])
    return times, table


def _finding(table: pd.DataFrame, column: str, kind: str) -> str:
    """The last value and the largest, as a title says them."""
    values = table[column].dropna()
    if table.empty:
        return t("plot.no_maps_in_span")
    if not table.get("area_km2", values).max() > 0:
        return upper(t("plot.nothing_held"))
    if values.empty:
        return t(f"plot.{kind}_title")
    # Reached where the region ends: that or more.
    more = table.get("depth_censored", pd.Series(data=False, index=table.index))
    facts: dict[str, str] = {}
    peak = int(np.argmax(values))
    for name, day, at in (("now", "day", -1), ("peak", "peak_day", peak)):
        value, when = values.iloc[at], values.index[at]
        deep = km(value, censored=bool(more[when])) if kind == "depth" else ""
        facts |= {name: deep or km2(value), day: day_words(when)}
    if values.iloc[-1] == values.max():
        return t(f"plot.{kind}_at_peak", **facts)
    share = _text.percent(values.iloc[-1] / values.max())
    return t(f"plot.{kind}_finding", share=share, **facts)


MARKS = {
    "generation": "o",
    "disappearance": "X",
    "union": "^",
    "division": "v",
    "displacement": "D",
}
"""Marker of each event; growing and shrinking show in the bars."""

MOST_ROWS = 40
"""So many sections, the largest, are drawn through time."""
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
        One row a section, the first at the top, of the 40 largest; the square of a
        bar's thickness stands for the area. Unions and divisions join the rows they
        concern.

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
    shown = largest(pieces, MOST_ROWS)
    n_rows, n_pieces = (one["section"].nunique() for one in (shown, pieces))
    height_in = 1.2 + 3.0 / width_in + 0.35 * max(n_rows, 2)
    ax = ax or canvas.new_axes(width_in, height_in)
    rows = draw_pieces(ax, shown)
    handles = list[Artist]()
    if happened is not None:  # unions and divisions join the rows of their pieces
        marked = happened[happened["kind"].isin(list(MARKS))]
        look: Look = {"color": role("ink"), "mfc": role("paper"), "ms": 5.0}
        whens = days_of(marked["snapshot_utc"])
        for when, row in zip(whens, records(marked), strict=True):
            levels = [rows[key] for key in row.before + row.after if key in rows]
            width = 1.0 if len(set(levels)) > 1 else 0.0
            kind: Look = {"marker": MARKS[row.kind], "gid": f"event-{row.kind}"}
            ax.plot([when] * len(levels), levels, lw=width, zorder=5, **kind, **look)
        handles += [
            Line2D([], [], lw=0.0, marker=mark, label=upper(t(f"event.{name}")), **look)
            for name, mark in MARKS.items()
            if name in set(marked["kind"])
        ]
    outliers = [pd.Timestamp(one) for one in pieces.attrs.get("outliers", [])]
    for number, moment in enumerate(outliers):
        [when] = days_of([moment])
        ax.axvline(when, color=role("ink"), lw=0.9, ls=":", gid="outlier")
        words = t("plot.outlier", day=day_words(moment))
        _tell_outlier(ax, words, (when, ax.get_ylim()[0]), up_pt=4 + 11 * (number % 3))
    title = upper(t("plot.nothing_held"))
    if not pieces.empty:
        peak = pieces.loc[pieces["area_km2"].idxmax()]
        most = {"largest": km2(peak.area_km2), "day": day_words(peak.valid_from)}
        left = int(pieces["valid_to"].isna().sum())
        title = _text.count("pieces_finding", left, **most)
    facts = [*_sources(pieces), _last_map(pieces.attrs.get("last_snapshot_utc"))]
    if n_rows < n_pieces:
        facts.append(t("plot.pieces_largest", shown=n_rows, all=n_pieces))
    title, subtitle = headline or title, t("plot.pieces_subtitle")
    canvas.heading(ax, title, *facts, subtitle=subtitle, handles=handles)
    if pieces.empty:
        canvas.warn_empty("there was no section")
    return ax


def largest(pieces: gpd.GeoDataFrame, most: int) -> gpd.GeoDataFrame:
    """The sections that were the largest at their time: thousands are no picture."""
    ids = pieces.groupby("section")["area_km2"].max().nlargest(most).index
    shown = pieces[pieces["section"].isin(ids)]
    shown.attrs = pieces.attrs
    return shown


def draw_pieces(
    ax: Axes, pieces: gpd.GeoDataFrame, *, thickest: float = THICKEST
) -> dict[int, int]:
    """Sections as bars through time, named by the nearest town; the row of each."""
    ids = sorted(pieces["section"].unique())
    rows = {key: len(ids) - 1 - row for row, key in enumerate(ids)}
    if ids:
        last = pd.Timestamp(pieces.attrs["last_snapshot_utc"])
        start = days_of(pieces["valid_from"])
        end = days_of(pieces["valid_to"].fillna(last))
        end = np.maximum(end, start + (1.0 if end.max() - start.min() < 1.0 else 0.0))
        share = np.sqrt(pieces["area_km2"] / pieces["area_km2"].max()).to_numpy()
        half = np.maximum(thickest * share, THINNEST) / 2
        y = pieces["section"].map(rows).to_numpy(dtype=float)
        low, high = y - half, y + half
        corners = np.array([[start, low], [end, low], [end, high], [start, high]])
        held = canvas.held_colour(pieces.attrs)
        look: Look = {"color": held, "linewidth": 0.3, "gid": "sections"}
        ax.add_collection(PolyCollection(list(corners.transpose(2, 0, 1)), **look))
        ax.autoscale_view()
    canvas.dress_chart(ax, "")
    ax.grid(visible=False, axis="y")
    if not ids:
        ax.set_xticks([])
    towns = towns_of(pieces)
    names = [f"{key} {towns[key]}".rstrip() for key in ids]
    type_look = canvas.text_style(canvas.TEXT_PT)
    ax.set_yticks([rows[key] for key in ids], names, **type_look)
    ax.set_ylim(-0.6, max(len(ids), 1) - 0.4)
    return rows


def draw_periods(ax: Axes, table: pd.DataFrame) -> None:
    """
    Gains up and losses down for each period, the net as a dot with its error.

    A row has ``words``, ``gained_km2``, ``lost_km2``, ``net_km2``, ``error_km2``.
    """
    x, gained, lost = np.arange(len(table)), table["gained_km2"], -table["lost_km2"]
    net, error = table["net_km2"], table["error_km2"]
    low = min(0.0, float(np.minimum(lost, net - error).min()))
    high = max(0.0, float(np.maximum(gained, net + error).max()))
    reach, room = max(high, -low, 1.0), int(canvas.slot_width_pt(ax))
    for values, kind in ((gained, "gained"), (lost, "lost")):
        bars = ax.bar(x, values, width=0.62, color=role(kind), lw=0.0, gid=kind)
        if len(table) * 30 < room:
            told = [km2(one, unit=False) * (abs(one) >= 0.03 * reach) for one in values]
            small = canvas.text_style(canvas.SMALL_PT)
            ax.bar_label(bars, told, padding=5, gid="value", **small)
    look: Look = {"fmt": "o", "ms": 3.5, "lw": 1.1, "zorder": 4, "gid": "net"}
    ax.errorbar(x, net, yerr=error, color=role("ink"), **look)
    canvas.dress_chart(ax, t("plot.area_axis"))
    ax.axhline(0.0, color=role("ink"), lw=0.9, zorder=3)
    ax.set_ylim(low - 0.16 * reach, high + 0.16 * reach)
    shown = x[:: max(1, -(-len(table) * 44 // room))]
    ax.set_xticks(shown, table["words"].iloc[shown])


LOOKS = (
    ("#0b4f8a", "-"),
    ("#d1601f", (0, (5, 1.2))),
    ("#2b8a6b", (0, (1, 1))),
    ("#8a4f9e", (0, (6, 1.2, 1, 1.2))),
    ("#4a4a4a", (0, (3, 1.2, 1, 1.2, 1, 1.2))),
)
"""Colour and dash of the first source by name, the second, and so on."""

ENDS = ("low", "high")
COLUMNS = (
    *("date", "source", "area_km2", "contested_km2", "n_sources"),
    *("median_km2", "low_km2", "high_km2"),
)


def plot_sources(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    headline: str | None = None,
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
    ax = ax or canvas.new_axes(width_in, canvas.chart_height(width_in))
    handles = _levels(ax, table)
    canvas.dress_chart(ax, t("plot.area_axis"))
    areas = table[["area_km2", "contested_km2"]]
    _fit_scales(ax, days_of(table["date"].sort_values()), areas)
    title = t("plot.sources_title")
    several = table[table["n_sources"] > 1]
    if not several.empty:
        at = int(np.argmax(several["high_km2"] - several["low_km2"]))
        ends = {name: km2(several[f"{name}_km2"].iloc[at]) for name in ENDS}
        day = day_words(several["date"].iloc[at])
        key = "agree" if ends["low"] == ends["high"] else "finding"
        title = t(f"plot.sources_{key}", day=day, **ends)
    facts = [*_sources(table), t("plot.day_rule", tz=table.attrs.get("tz", "UTC"))]
    if not table.empty:
        facts.append(t("plot.last_day", day=day_words(table["date"].max())))
    title, subtitle = headline or title, t("plot.sources_subtitle")
    canvas.heading(ax, title, *facts, subtitle=subtitle, handles=handles)
    if table.empty:
        canvas.warn_empty("the table of sources has no rows")
    return ax


def _levels(ax: Axes, table: pd.DataFrame) -> list[Artist]:
    """One line a source, level over each day, and the band; the legend's entries."""
    if table.empty:
        return []
    by_day = table.drop_duplicates("date").set_index("date").sort_index().asfreq("D")
    days = days_of(by_day.index)
    level = partial(ax.stairs, edges=np.append(days, days[-1] + 1.0), baseline=None)
    handles: list[Artist] = []
    thin: list[Artist] = []
    for (name, rows), (shade, dash) in zip(table.groupby("source"), cycle(LOOKS)):
        mine = rows.set_index("date").reindex(by_day.index)
        label: Look = {"label": canvas.plain(name), "gid": f"source-{name}"}
        handles.append(level(mine["area_km2"], ls=dash, lw=1.8, color=shade, **label))
        if (mine["contested_km2"] > 0).any():
            total = mine["area_km2"] + mine["contested_km2"]
            level(total, lw=0.8, color=shade, gid=f"total-{name}")
            entry: Look = {"label": t("plot.with_contested"), "color": role("faint")}
            thin = [Line2D([], [], lw=0.8, **entry)]
    low, high = (by_day[f"{end}_km2"].where(by_day["n_sources"] > 1) for end in ENDS)
    if low.notna().any():
        pale: Look = {"color": role("rule"), "alpha": 0.6, "lw": 0.0, "zorder": 0.8}
        pale |= {"label": t("plot.between_sources"), "gid": "band", "fill": True}
        thin.append(level(high, **pale | {"baseline": low}))
    middle = by_day["median_km2"].where(by_day["n_sources"] > 2)
    if middle.notna().any():
        look: Look = {"color": role("ink"), "lw": 1.0, "gid": "median"}
        thin.append(level(middle, label=t("plot.median"), **look))
    return handles + thin
