"""Held area over time, several sources side by side."""

from itertools import cycle, groupby

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from kursk_geo.errors import OptionError
from kursk_geo.plot.page import caption, dress_chart, heading, new_figure, warn_empty
from kursk_geo.plot.style import (
    FAINT,
    INK,
    PRINT_WIDTH_IN,
    RULE,
    TEXT_PT,
    day_words,
    km2_words,
    plain,
    text_style,
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
    heading(ax, "Held ground by source", subtitle=_now(table), handles=handles)
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


def _now(table: pd.DataFrame) -> str:
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
