"""A change by the day since when it is counted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Any

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from numpy.typing import NDArray

from kursk_geo.claims import Claim, Verdict, axes, check
from kursk_geo.errors import OptionError
from kursk_geo.history import ControlHistory
from kursk_geo.measure import measure
from kursk_geo.multiverse.quantity import CHANGES
from kursk_geo.plot.choices import USUAL
from kursk_geo.plot.marks import LABEL_PT, Mark, draw_mark, placed_marks
from kursk_geo.plot.page import (
    caption,
    check_width,
    dress_chart,
    fit_height,
    heading,
    new_figure,
    page_in,
    slot_width_pt,
    warn_empty,
)
from kursk_geo.plot.says import draw_interval, name_values, says_patch
from kursk_geo.plot.style import (
    FAINT,
    PRINT_WIDTH_IN,
    TEXT_PT,
    day_words,
    moment_words,
    plain,
    text_style,
)

GROUNDS = (("Held", "#0b4f8a"), ("With contested", "#b0762f"))
"""Words and colour of what is counted."""
DASHES = ("-", (0, (3.5, 1.4)), (0, (1, 1)), (0, (5, 1.2, 1, 1.2)))
"""Dash of the first end map, the second, and so on."""
FRAME_PT = 210.0
"""Height of the frame on a figure of its own, below the labels. [pt]"""
AIR = 0.06
"""Room above and below the values, as a share of their range."""
FAR = 0.5
"""Values this far above the usual ones, as a share of their range, are left out."""


def plot_baselines(
    claim: Claim | Verdict,
    history: ControlHistory,
    *,
    ax: Axes | None = None,
    width_in: float = PRINT_WIDTH_IN,
) -> Axes:
    """
    Change that a sentence tells of, by the moment since when it is counted.

    Parameters
    ----------
    claim : Claim or Verdict
        Of a ``relative_change`` or ``area_change``.
    history : ControlHistory
        As read; with a verdict it may also be selected for the claim's theatre.
    ax : Axes, optional
        Where to draw; by default on a new figure.
    width_in : float, default 7
        Width of the new figure; 4 suits a phone. [in]

    Returns
    -------
    Axes
        One line for each map at the end that the sentence can mean, of held ground and
        of held and contested ground. A point of a line is the change from the map that
        stood at that moment; it is a step, and thick where the sentence holds. The
        usual baselines are marked, with the figures of held ground.

    Raises
    ------
    OptionError
        If the claim tells of no change, or the width is not between 2 and 30 inches.
    TheatreError
        If a claim is given with a history that is cut to a theatre.

    Warns
    -----
    EmptyPlotWarning
        If the maps do not reach the end of the claim, or nothing was held before.

    Notes
    -----
    Ground is cut at the border and measured on the ellipsoid, all sections together;
    `plot_multiverse` shows what other definitions change. Values that lie far above
    what the sentence and the usual baselines give are left out: from the first days
    of an advance any change is large.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> history = kg.read_history("sample_data/deepstate")
    >>> [claim] = kg.load_claims("bloomberg-2025-04-26-shrunk")
    >>> ax = kg.plot_baselines(claim, history)
    >>> ax.get_ylabel()
    'Change of area [%]'
    """
    check_width(width_in)
    verdict = _verdict(claim, history)
    lines = _lines(verdict, history)
    own = ax is None
    ax = ax or new_figure(width_in, (FRAME_PT + 170.0) / 72)[1]
    width_pt = 72 * width_in - 60.0 if own else slot_width_pt(ax) - 10.0
    frame_pt = FRAME_PT if own else max(0.6 * 72 * page_in(ax)[1], 120.0)
    dress_chart(ax, "")
    name_values(ax, verdict.claim)
    marks: list[Mark] = []
    levels = 0
    if lines:
        ax.set_xlim(lines[0].x[0], max(line.x[-1] for line in lines))
        marks = placed_marks(_marks(verdict, lines), ax.get_xlim(), width_pt)
        levels = 1 + max((mark.level for mark in marks), default=-1)
        frame_pt += levels * LABEL_PT if own else 0.0
        _scale(ax, verdict, lines, marks, share=levels * LABEL_PT / frame_pt)
    draw_interval(ax, verdict.claim.quantity.says)
    handles = _draw_lines(ax, lines)
    handles.insert(len(handles) // 2, says_patch())
    for mark in marks:
        draw_mark(ax, mark, levels)
    _write(ax, verdict, lines, handles)
    if own:
        fit_height(ax, width_pt / frame_pt)
    if not lines:
        warn_empty("the maps do not show the change that the claim tells of")
    return ax


# What is drawn


@dataclass(frozen=True)
class Line:
    """Change of one kind of ground to one map, by the moment since when."""

    ground: str
    colour: str
    end: pd.Timestamp
    dash: Any
    x: NDArray[np.float64]
    change: NDArray[np.float64]
    holds: NDArray[np.bool_]

    def at(self, x: float) -> tuple[float, bool]:
        """Change from a moment, and whether the sentence holds."""
        position = max(int(np.searchsorted(self.x, x, side="right")) - 1, 0)
        return float(self.change[position]), bool(self.holds[position])


def _verdict(claim: Claim | Verdict, history: ControlHistory) -> Verdict:
    """The verdict given; else that of a claim under its usual baselines and ends."""
    asked = claim.claim if isinstance(claim, Verdict) else claim
    if asked.quantity.measure not in CHANGES:
        msg = (
            f"Claim {asked.id!r} is about {asked.quantity.measure}, which has no "
            f"baseline. Expected one about {' or '.join(CHANGES)}: for others there is "
            "plot_multiverse."
        )
        raise OptionError(msg)
    if isinstance(claim, Verdict):
        return claim
    grid = axes(claim, histories=history)
    for axis in grid.axes:
        kept = [option.name for option in axis.options[:1]]
        if axis.name == "end":
            kept = [o.name for o in axis.options if o.tier in USUAL] or kept
        elif axis.name == "baseline":
            kept = [o.name for o in axis.options if o.tier != "stress"] or kept
        grid = grid.only(axis.name, *kept)
    return check(claim, history, grid=grid)[0]


def _first_of_each(verdict: Verdict, *free: str) -> pd.DataFrame:
    """Specifications with the first option of all axes but some."""
    table = verdict.table
    chosen = pd.Series(data=True, index=table.index)
    for axis in verdict.grid.axes:
        if axis.name not in free:
            chosen &= table[axis.name] == axis.options[0].name
    return table[chosen]


def _ends(verdict: Verdict) -> list[pd.Timestamp]:
    """The maps at the end that the sentence can mean, each once."""
    options = verdict.grid.axis("end").options
    usual = [o.name for o in options if o.tier in USUAL] or [options[0].name]
    rows = _first_of_each(verdict, "end", "baseline")
    moments = rows.loc[rows["end"].isin(usual), "end_utc"].dropna()
    return sorted(moments.unique())


def _lines(verdict: Verdict, history: ControlHistory) -> list[Line]:
    """One line an end and kind of ground; none where there is nothing to compare."""
    quantity = verdict.claim.quantity
    if history.theatre is None:
        history = history.select(quantity.theatre)
    if history.theatre is not None:
        # Without a border no depths are measured, which nobody asks for here.
        history = replace(history, theatre=replace(history.theatre, border=None))
    table = measure(history, every="change")
    held = table["area_km2"]
    both = held + table["contested_km2"]
    if not (held > 0).any():
        return []
    first = held.index[int(np.argmax(held > 0))]
    return [
        _line(verdict, area[first:end], look, (end, dash))
        for area, look in zip((held, both), GROUNDS, strict=True)
        for end, dash in zip(_ends(verdict), cycle(DASHES), strict=False)
        if end > first
    ]


def _line(
    verdict: Verdict,
    area_km2: pd.Series,
    look: tuple[str, str],
    end: tuple[pd.Timestamp, Any],
) -> Line:
    says = verdict.claim.quantity.says
    before, after = area_km2.to_numpy(dtype=float), float(area_km2.iloc[-1])
    change = after - before
    if verdict.claim.quantity.measure == "relative_change":
        empty = np.full(len(before), np.nan)
        change = np.divide(change, before, out=empty, where=before > 0)
    rounded = any(
        bool(axis.options[0].value)
        for axis in verdict.grid.axes
        if axis.name == "rounding"
    )
    holds = [says.contains(float(value), rounded=rounded) for value in change]
    x = np.append(_days(area_km2.index), _days(pd.DatetimeIndex([end[0]])))
    return Line(
        *look, *end, x, np.append(change, change[-1]), np.append(holds, holds[-1])
    )


def _days(moments: pd.Index) -> NDArray[np.float64]:
    """Instants in matplotlib's days."""
    naive = pd.DatetimeIndex(moments).tz_localize(None).to_numpy()
    days: NDArray[np.float64] = mdates.date2num(naive)  # type: ignore[no-untyped-call]  # has no types
    return days


def _marks(verdict: Verdict, lines: list[Line]) -> list[Mark]:
    """The usual baselines, with figures of the ground that is counted first."""
    grid = verdict.grid
    with_contested = any(
        axis.name == "ground" and axis.options[0].value != "held" for axis in grid.axes
    )
    mine = [line for line in lines if line.ground == GROUNDS[with_contested][0]]
    rows = _first_of_each(verdict, "baseline").set_index("baseline")["baseline_utc"]
    marks = []
    for option in grid.axis("baseline").options:
        moment = rows.get(option.name)
        if option.tier == "stress" or pd.isna(moment):
            continue
        x = float(_days(pd.DatetimeIndex([moment]))[0])
        if x < lines[0].x[0]:
            continue
        values = tuple(line.at(x) for line in mine)
        shown = dict.fromkeys(verdict.shown(value) for value, _ in values)
        name, day = plain(option.name), day_words(moment)
        if str(moment.year) in name:
            day = ""
        marks.append(Mark(name, day, x, values, " / ".join(shown)))
    return marks


# How


def _scale(
    ax: Axes, verdict: Verdict, lines: list[Line], marks: list[Mark], *, share: float
) -> None:
    """From the lowest to the highest usual value, with room for labels on top."""
    says = verdict.claim.quantity.says
    values = [value for mark in marks for value, _ in mark.outcomes]
    values += [end for end in (says.low, says.high) if np.isfinite(end)]
    drawn = np.concatenate([line.change for line in lines])
    drawn = drawn[np.isfinite(drawn)]
    if len(drawn):
        values += list(np.quantile(drawn, [0.05, 0.9]))
    low, high = min([0.0, *values]), max([0.0, *values])
    # From the first days of an advance any change is many times the usual ones.
    high = float(drawn[drawn <= high + FAR * (high - low)].max(initial=high))
    margin = AIR * (high - low) or 1.0
    low, high = low - margin, high + margin
    for line in lines:
        line.change[line.change > high] = np.nan
    ticks = ax.yaxis.get_major_locator().tick_values(low, high)
    ax.set_ylim(low, low + (high - low) / (1.0 - min(share, 0.6)))
    # The labels above stand beside no value.
    ax.set_yticks([tick for tick in ticks if low <= tick <= high])
    ax.spines["left"].set_bounds(low, high)


def _draw_lines(ax: Axes, lines: list[Line]) -> list[Artist]:
    """The lines, thick where the sentence holds; entries of the legend."""
    handles: list[Artist] = []
    for line in lines:
        where = np.where(line.holds, line.change, np.nan)
        ax.plot(
            line.x, where, drawstyle="steps-post", color=line.colour, lw=5.5,
            alpha=0.45, solid_capstyle="butt", zorder=2.2, gid="holds",
        )  # fmt: skip
        (drawn,) = ax.plot(
            line.x, line.change, drawstyle="steps-post", color=line.colour, lw=1.4,
            linestyle=line.dash, zorder=2.4, gid="change",
            label=f"{line.ground}, to {moment_words(line.end)}",
        )  # fmt: skip
        handles.append(drawn)
    return handles


def _write(
    ax: Axes, verdict: Verdict, lines: list[Line], handles: Sequence[Artist]
) -> None:
    claim = verdict.claim
    heading(
        ax,
        f"“{claim.text}”",
        subtitle=f"Since when? Read as: {claim.quantity.says.reading}",
        handles=handles,
    )
    if not lines:
        ax.set_xticks([], [])
        ax.set_yticks([])
        ax.text(
            0.5, 0.5, "No change to show", transform=ax.transAxes, ha="center",
            va="center", **text_style(TEXT_PT, FAINT),
        )  # fmt: skip
    caption(
        ax,
        f"{claim.outlet}, {claim.published.day} {claim.published:%B %Y}",
        "Across: since when the change is counted; a map stands until the next one",
        "Lines are thick, and dots filled, where the sentence holds",
        f"Theatre {claim.quantity.theatre.name}; cut at the border, area on the WGS 84 "
        "ellipsoid, all sections",
        f"Source: {verdict.attribution}" if verdict.attribution else "",
    )
