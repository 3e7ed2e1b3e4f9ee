"""The specification curve: every outcome, above the choices that lead to it."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from kursk_geo.claims import Verdict
from kursk_geo.claims.explain import label
from kursk_geo.plot.choices import (
    FAILS,
    FEW,
    GAP_PT,
    HOLDS,
    SHARE_PT,
    USUAL,
    Panel,
    draw_panel,
    plan,
)
from kursk_geo.plot.page import (
    add_legend,
    check_width,
    dress,
    fit_height,
    legend_columns,
    new_figure,
    page_in,
    root_figure,
    slot_width_pt,
    warn_empty,
)
from kursk_geo.plot.says import draw_interval, name_values, says_patch
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
    text_style,
    wrap,
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
        f"{claim.outlet}, {claim.published.day} {claim.published:%B %Y}",
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
