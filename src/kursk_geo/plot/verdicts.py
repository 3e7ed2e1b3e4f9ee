"""What a sentence hangs on, drawn."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Any

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation
from numpy.typing import NDArray

from kursk_geo._text import day_words, moment_words
from kursk_geo.claims import Claim, Verdict, axes, check
from kursk_geo.claims.grid import CHANGES
from kursk_geo.claims.verdict import label
from kursk_geo.errors import OptionError
from kursk_geo.history import ControlHistory
from kursk_geo.measure import measure
from kursk_geo.plot.canvas import (
    FAILS,
    FEW,
    GAP_PT,
    HOLDS,
    LABEL_PT,
    SHARE_PT,
    USUAL,
    Mark,
    Panel,
    add_legend,
    caption,
    check_width,
    draw_interval,
    draw_mark,
    draw_panel,
    dress,
    dress_chart,
    fit_height,
    heading,
    legend_columns,
    name_values,
    new_figure,
    page_in,
    placed_marks,
    plan,
    root_figure,
    says_patch,
    slot_width_pt,
    warn_empty,
)
from kursk_geo.plot.style import (
    FAINT,
    INK,
    LEADING,
    PRINT_WIDTH_IN,
    RULE,
    SMALL_PT,
    TEXT_PT,
    TITLE_PT,
    caption_text,
    plain,
    text_style,
    wrap,
)

__all__ = []


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
        f"{claim.outlet}, {day_words(pd.Timestamp(claim.published))}",
        "Across: since when the change is counted; a map stands until the next one",
        "Lines are thick, and dots filled, where the sentence holds",
        f"Theatre {claim.quantity.theatre.name}; cut at the border, area on the WGS 84 "
        "ellipsoid, all sections",
        f"Source: {verdict.attribution}" if verdict.attribution else "",
    )


CURVE_PT = 150.0
"""Height of the curve on a figure of its own. [pt]"""
TEXT_LINES_PT = 150.0
"""About what title, legend and caption take. [pt]"""
BESIDE_PT = 40.0
"""Room for tick labels and the label of the axis where no labels stand beside. [pt]"""


@dataclass(frozen=True)
class Frame:
    """Sizes round the curve: the whole width, and what stands left of it and below."""

    width_pt: float
    left_pt: float
    below_pt: float

    @property
    def text_pt(self) -> float:
        """Width of a line of words."""
        return self.width_pt - 16.0


def plot_multiverse(
    verdict: Verdict, *, ax: Axes | None = None, width_in: float = PRINT_WIDTH_IN
) -> Axes:
    """
    Specification curve of a claim: every outcome, above the choices that lead to it.

    Parameters
    ----------
    verdict : Verdict
        As `check` gives it.
    ax : Axes, optional
        Where to draw curve and choices; by default on a new figure, which becomes as
        high as the choices need.
    width_in : float, default 7
        Width of the new figure; 4 suits a phone. [in]

    Returns
    -------
    Axes
        Of the curve: specifications from the lowest outcome to the highest, those that
        support the sentence blue, and what it says as a band. Its child Axes
        (``ax.child_axes[0]``) has a row an option: marks stand where a specification
        takes it, and beside them the share of those that support the sentence.
        Above 400 specifications the marks are shaded by how many there are.

    Raises
    ------
    OptionError
        If the width is not between 2 and 30 inches.

    Warns
    -----
    EmptyPlotWarning
        If no specification could be computed.

    Notes
    -----
    Specifications that could not be computed are not drawn; the caption counts them.

    References
    ----------
    Simonsohn, U., Simmons, J. P., Nelson, L. D. (2020). Specification curve analysis.
    Nature Human Behaviour 4, 1208-1214.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> history = kg.read_history("sample_data/deepstate")
    >>> [one] = kg.check(kg.load_claims("bloomberg-2025-04-26-shrunk"), history)
    >>> ax = kg.plot_multiverse(one)
    >>> ax.get_ylabel()
    'Change of area [%]'
    """
    check_width(width_in)
    ordered = in_order(verdict)
    width_pt = 72 * width_in if ax is None else slot_width_pt(ax) + BESIDE_PT
    panel = plan(verdict, ordered, width_pt)
    own = ax is None
    if ax is None:
        height_in = (CURVE_PT + panel.height_pt + TEXT_LINES_PT) / 72
        ax = new_figure(width_in, height_in)[1]
    else:
        panel = _fitted(panel, ax)
    _draw_curve(ax, verdict, ordered)
    draw_panel(ax, panel)
    left_pt = max(panel.gutter_pt, BESIDE_PT)
    frame = Frame(width_pt, left_pt, GAP_PT + panel.height_pt)
    _above(ax, verdict, frame)
    _below(ax, verdict, frame)
    if own:
        fit_height(ax, (width_pt - left_pt - SHARE_PT) / CURVE_PT)
    if ordered.empty:
        warn_empty("no specification could be computed")
    return ax


def in_order(verdict: Verdict) -> pd.DataFrame:
    """
    Computed specifications from the lowest outcome to the highest.

    Of one outcome those that hold come first; then options keep their order, of the
    axis that moves the outcome most first, so that ties do not scatter.
    """
    computed = verdict.table[verdict.table["outcome"].notna()]
    ranks = {
        name: computed[name].map(
            {option.name: i for i, option in enumerate(verdict.grid.axis(name).options)}
        )
        for name in verdict.variance.index
    }
    # What no reader could tell apart is a tie: a metre, a tenth of a per cent.
    fails = ~computed["holds"].fillna(value=False).astype(bool)
    keys = {"outcome": computed["outcome"].round(3), "fails": fails, **ranks}
    order = np.lexsort([key.to_numpy() for key in reversed(keys.values())])
    return computed.iloc[order]


def _fitted(panel: Panel, ax: Axes) -> Panel:
    """The panel, smaller where the slot has no room for it."""
    spec = ax.get_subplotspec()
    share = 1.0 if spec is None else len(spec.rowspan) / spec.get_gridspec().nrows
    room = 0.62 * max(share * page_in(ax)[1] * 72 - TEXT_LINES_PT, 60.0)
    scale = min(1.0, room / max(panel.height_pt, 1.0))
    return Panel(panel.rows, panel.holds, panel.beside, scale)


# The curve


def _draw_curve(ax: Axes, verdict: Verdict, ordered: pd.DataFrame) -> None:
    dress(ax)
    ax.set_axisbelow(True)
    ax.grid(visible=True, axis="y", color=RULE, linewidth=0.6, linestyle="-")
    ax.spines["bottom"].set_visible(False)
    n = len(ordered)
    ax.set(xlim=(-0.5, max(n, 1) - 0.5), xticks=[])
    _value_axis(ax, verdict, ordered["outcome"])
    draw_interval(ax, verdict.claim.quantity.says)
    at = np.arange(n)
    values = ordered["outcome"].to_numpy(dtype=float)
    holds = ordered["holds"].fillna(value=False).to_numpy(dtype=bool)
    usual = ordered["tier"].isin(USUAL).to_numpy(dtype=bool)
    size = 9.0 if n <= 60 else 5.0
    for chosen, colour, name in ((~holds, FAILS, "fails"), (holds, HOLDS, "holds")):
        ax.scatter(
            at[chosen], values[chosen], s=size, color=colour, linewidths=0.0,
            rasterized=n > FEW, zorder=2.5, gid=name,
        )  # fmt: skip
    many = usual.sum() > FEW
    for chosen, colour, name in ((~holds, FAILS, "fails"), (holds, HOLDS, "holds")):
        ax.scatter(
            at[chosen & usual], values[chosen & usual], s=8.0 if many else 22.0,
            facecolors=HOLDS if name == "holds" else "white", edgecolors=colour,
            linewidths=1.2, rasterized=many, zorder=3.0, gid=f"usual-{name}",
        )  # fmt: skip
    _mark_first(ax, verdict, ordered)


def _value_axis(ax: Axes, verdict: Verdict, outcome: pd.Series) -> None:
    says = verdict.claim.quantity.says
    ends = [end for end in (says.low, says.high) if math.isfinite(end)]
    values = [*ends, *([outcome.min(), outcome.max()] if len(outcome) else [])]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    margin = 0.07 * (high - low) or 0.05 * abs(high) or 1.0
    ax.set_ylim(low - margin, high + margin)
    name_values(ax, verdict.claim)


def _mark_first(ax: Axes, verdict: Verdict, ordered: pd.DataFrame) -> None:
    """Ring and figure of the specification with the first option of each axis."""
    first = verdict.table.index[0]
    if first not in ordered.index:
        return
    at, n = int(np.flatnonzero(ordered.index == first)[0]), len(ordered)
    left = at > 0.5 * n
    ax.plot(
        at, verdict.figure, marker="o", ms=9.0, mfc="none", mec=INK, mew=1.2,
        linestyle="none", zorder=4.0, gid="first", clip_on=False,
    )  # fmt: skip
    ax.annotate(
        verdict.shown(verdict.figure),
        xy=(at, verdict.figure),
        # Sorted outcomes leave the upper left and the lower right free.
        xytext=(-8.0, 5.0) if left else (8.0, -5.0),
        textcoords="offset points",
        ha="right" if left else "left",
        va="bottom" if left else "top",
        weight="bold",
        zorder=5.0,
        gid="first-figure",
        parse_math=False,
        **text_style(TEXT_PT),
    )


# Words round it


def _above(ax: Axes, verdict: Verdict, frame: Frame) -> None:
    """Legend above the curve; sentence and verdict above it, from the left margin."""
    handles = _handles()
    columns = legend_columns(handles, frame.width_pt - frame.left_pt)
    add_legend(ax, handles, columns)
    above_pt = 4.0 + -(-len(handles) // columns) * TEXT_PT * 1.45
    claim = verdict.claim
    words = f"{verdict.word.capitalize()}. Read as: {claim.reading}"
    lines = wrap(words, frame.text_pt, TEXT_PT)
    ax.annotate(
        lines, xy=(0.0, 1.0), xycoords="axes fraction",
        xytext=(-frame.left_pt, above_pt), textcoords="offset points",
        va="bottom", ha="left", gid="subtitle", annotation_clip=False,
        parse_math=False, **text_style(TEXT_PT, FAINT),
    )  # fmt: skip
    above_pt += (lines.count("\n") + 1) * TEXT_PT * LEADING + 2.0
    title = ax.set_title(
        wrap(f"“{claim.text}”", frame.text_pt, TITLE_PT, bold=True), loc="left",
        weight="bold", parse_math=False, **text_style(TITLE_PT),
    )  # fmt: skip
    inches = root_figure(ax).dpi_scale_trans
    moved = ScaledTranslation(-frame.left_pt / 72, above_pt / 72, inches)
    title.set_transform(ax.transAxes + moved)


def _handles() -> list[Artist]:
    entries = (
        ("Supports it", HOLDS, HOLDS, 5.0),
        ("Does not", FAILS, "white", 5.0),
        ("First of each", INK, "none", 8.0),
    )
    dots: list[Artist] = [
        Line2D(
            [],
            [],
            marker="o",
            linestyle="none",
            ms=size,
            mec=edge,
            mfc=fill,
            mew=1.2,
            label=text,
        )
        for text, edge, fill, size in entries
    ]
    return [says_patch(), *dots]


def _below(ax: Axes, verdict: Verdict, frame: Frame) -> None:
    text = wrap(caption_text(*_sentences(verdict)), frame.text_pt, SMALL_PT)
    ax.annotate(
        text, xy=(0.0, 0.0), xycoords="axes fraction",
        xytext=(-frame.left_pt, -frame.below_pt - 6.0), textcoords="offset points",
        va="top", ha="left", gid="caption", annotation_clip=False, parse_math=False,
        **text_style(SMALL_PT, FAINT),
    )  # fmt: skip


def _sentences(verdict: Verdict) -> list[str]:
    claim, table = verdict.claim, verdict.table
    n, failed = len(table), int(table["outcome"].isna().sum())
    fixed = [label(axis.name) for axis in verdict.grid.axes if len(axis.options) == 1]
    return [
        f"{claim.outlet}, {day_words(pd.Timestamp(claim.published))}",
        f"{n:,} specification{'s' if n != 1 else ''} from the lowest outcome to the "
        f"highest, grid {verdict.grid.hash}"
        + (f"; {failed:,} could not be computed and are not drawn" if failed else ""),
        "Circles: all options stated or conventional",
        "Rows: the specifications with that option"
        + (", shaded by how many" if n - failed > FEW else "")
        + ", and the share of them that supports the sentence; dark words are stated "
        "or conventional options, grey ones reasonable, italic ones stress",
        f"Not varied: {', '.join(fixed)}" if fixed else "",
        "Shares count choices of definition and are no probabilities",
        f"Source: {verdict.attribution}" if verdict.attribution else "",
    ]
