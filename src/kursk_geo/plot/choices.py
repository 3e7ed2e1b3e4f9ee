"""The panel of choices below a specification curve: a row an option."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from kursk_geo.claims import Verdict
from kursk_geo.claims.explain import label
from kursk_geo.multiverse import Axis
from kursk_geo.plot.page import root_figure
from kursk_geo.plot.style import (
    FAINT,
    INK,
    RULE,
    SMALL_PT,
    plain,
    text_style,
    text_width_pt,
)

HOLDS, FAILS = "#0b4f8a", "#d98032"
"""Dark and light in grey print, and told apart with each kind of colour blindness."""

FEW = 400
"""Up to so many specifications each is drawn by itself; more are shaded by how many."""
MOST_OPTIONS = 24
"""Options of an axis beyond these share one row."""
ROW_PT, HEADER_PT, GAP_PT = 9.0, 13.0, 8.0
"""Height of a row and of an axis' name, and the gap below the curve. [pt]"""
STACKED_PT = 18.0
"""Height of a row whose label stands above its strip. [pt]"""
SHARE_PT = 30.0
"""Room on the right for the share of an option that supports the sentence. [pt]"""
LEAST_STRIP_PT = 230.0
"""Narrower strips have their labels above them instead of beside. [pt]"""
USUAL = ("stated", "conventional")


@dataclass(frozen=True)
class Row:
    """One line of the panel: the name of an axis, or an option with its strip."""

    text: str
    note: str
    tier: str
    members: "NDArray[np.bool_] | None" = None

    @property
    def is_header(self) -> bool:
        """Whether it names an axis."""
        return self.members is None


@dataclass(frozen=True)
class Panel:
    """Rows with their sizes, before there is anything to draw on."""

    rows: tuple[Row, ...]
    holds: "NDArray[np.bool_]"
    beside: bool
    scale: float = 1.0

    @property
    def gutter_pt(self) -> float:
        """Room on the left that labels take."""
        if not self.beside:
            return 0.0
        return max((_width(row) for row in self.rows), default=0.0) + 6.0

    def row_pt(self, row: Row) -> float:
        """Height of one row."""
        if row.is_header:
            return HEADER_PT * self.scale
        return (ROW_PT if self.beside else STACKED_PT) * self.scale

    @property
    def height_pt(self) -> float:
        """Height of all rows."""
        return sum(self.row_pt(row) for row in self.rows)


def _width(row: Row) -> float:
    return text_width_pt(row.text, SMALL_PT, bold=row.is_header)


def plan(verdict: Verdict, ordered: pd.DataFrame, width_pt: float) -> Panel:
    """
    Lay out the panel of the axes that leave a choice.

    The one that decides comes first, then those that move the outcome most.

    Parameters
    ----------
    verdict : Verdict
    ordered : DataFrame
        Its computed specifications in the order of the curve.
    width_pt : float
        Width of the whole picture. [pt]
    """
    holds = ordered["holds"].fillna(value=False).to_numpy(dtype=bool)
    first = verdict.decides
    rows = tuple(
        row
        for name in sorted(verdict.variance.index, key=lambda name: name != first)
        for row in _rows(verdict, verdict.grid.axis(name), ordered, holds)
    )
    widest = max((_width(row) for row in rows), default=0.0)
    beside = width_pt - widest - SHARE_PT >= LEAST_STRIP_PT
    return Panel(rows, holds, beside)


def _rows(
    verdict: Verdict,
    axis: Axis,
    ordered: pd.DataFrame,
    holds: "NDArray[np.bool_]",
) -> Iterator[Row]:
    if len(axis.options) < 2:
        return
    share = float(verdict.variance[axis.name])
    words = "under 1 %" if 0.0 < share < 0.01 else f"{share:.0%}".replace("%", " %")
    decides = "decides; " if axis.name == verdict.decides else ""
    name = plain(label(axis.name)).capitalize()
    yield Row(name, f"{decides}{words} of the variance", "")
    chosen = ordered[axis.name]
    listed = axis.options[:MOST_OPTIONS]
    for option in listed:
        members = (chosen == option.name).to_numpy(dtype=bool)
        yield Row(plain(option.name), _support(members, holds), option.tier, members)
    if more := len(axis.options) - len(listed):
        names = [option.name for option in listed]
        members = (~chosen.isin(names)).to_numpy(dtype=bool)
        yield Row(f"{more} more options", _support(members, holds), "stress", members)


def _support(members: "NDArray[np.bool_]", holds: "NDArray[np.bool_]") -> str:
    return f"{100 * holds[members].mean():.0f} %" if members.any() else "–"


def draw_panel(ax: Axes, panel: Panel) -> Axes:
    """Draw the panel below the Axes of the curve, as its child."""
    below = ax.inset_axes((0.0, -1.0, 1.0, 0.9), label="choices")
    below.set_axes_locator(_place(ax, panel.height_pt))
    below.set(
        xlim=ax.get_xlim(), ylim=(panel.height_pt, 0.0), xticks=[], yticks=[]
    )  # fmt: skip
    below.patch.set_visible(False)
    for spine in below.spines.values():
        spine.set_visible(False)
    top = 0.0
    for row in panel.rows:
        _draw_row(below, panel, row, top)
        top += panel.row_pt(row)
    return below


def _place(ax: Axes, height_pt: float) -> Callable[[object, object], Bbox]:
    """Tell matplotlib where the panel stands: as wide as the curve, so many points."""

    def place(_: object, __: object) -> Bbox:
        frame, pixels = ax.bbox, root_figure(ax).dpi / 72
        top = frame.y0 - GAP_PT * pixels
        foot = top - height_pt * pixels
        box = Bbox.from_extents(frame.x0, foot, frame.x1, top)
        return box.transformed(ax.figure.transSubfigure.inverted())

    return place


def _draw_row(below: Axes, panel: Panel, row: Row, top: float) -> None:
    """A line of words, and a strip where the row is an option."""
    height = panel.row_pt(row)
    middle = top + height - ROW_PT * panel.scale / 2
    if row.is_header:
        below.axhline(top + 1.5, color=RULE, lw=0.6, zorder=0.5)
    words = middle
    if not (panel.beside or row.is_header):
        words = top + 5.0 * panel.scale
    write = partial(_write, below, panel, row)
    if panel.beside:
        write(row.text, y=words, left=False, shift_pt=-4.0)
    else:
        write(row.text, y=words, left=True)
    if row.members is None:
        after = 0.0 if panel.beside else _width(row) + 6.0
        write(row.note, y=middle, left=True, shift_pt=after, note=True)
        if top == 0.0:
            write("support", y=middle, left=False, shift_pt=SHARE_PT, note=True)
        return
    write(row.note, y=middle, left=False, shift_pt=SHARE_PT, note=True)
    _strip(below, panel, row.members, middle)


def _write(
    below: Axes,
    panel: Panel,
    row: Row,
    text: str,
    *,
    y: float,
    left: bool,
    shift_pt: float = 0.0,
    note: bool = False,
) -> None:
    """Words at the left or, where they are labels or shares, right-aligned."""
    usual = row.tier in USUAL or (row.is_header and not note)
    shares = note and not left
    below.annotate(
        text,
        xy=(1.0 if shares else 0.0, y),
        xycoords=below.get_yaxis_transform(),
        xytext=(shift_pt, 0.0),
        textcoords="offset points",
        va="center_baseline",
        ha="left" if left else "right",
        annotation_clip=False,
        parse_math=False,
        weight="bold" if row.is_header and not note else "normal",
        style="italic" if row.tier == "stress" and not note else "normal",
        gid="note" if note else "axis" if row.is_header else "option",
        **text_style(SMALL_PT * max(panel.scale, 0.6), INK if usual else FAINT),
    )


def _strip(
    below: Axes, panel: Panel, members: "NDArray[np.bool_]", middle: float
) -> None:
    high = 0.36 * ROW_PT * panel.scale
    top, foot = middle - high, middle + high
    n = len(members)
    below.fill_between(
        (-0.5, n - 0.5), top, foot, color="#f4f4f4", linewidth=0.0, zorder=0.6
    )
    if n > FEW:
        image = _shades(members, panel.holds)
        below.imshow(
            image,
            extent=(-0.5, n - 0.5, foot, top),
            aspect="auto",
            interpolation="nearest",
            zorder=1.5,
            gid="strip",
        )
        return
    half = 0.5 if n > FEW / 3 else 0.42
    at = np.flatnonzero(members)
    boxes = [
        [(x - half, top), (x + half, top), (x + half, foot), (x - half, foot)]
        for x in at
    ]
    colours = [HOLDS if panel.holds[x] else FAILS for x in at]
    below.add_collection(
        PolyCollection(
            boxes, facecolors=colours, linewidths=0.0, zorder=1.5, gid="strip"
        ),
        autolim=False,
    )


def _shades(
    members: "NDArray[np.bool_]", holds: "NDArray[np.bool_]"
) -> "NDArray[np.float64]":
    """Columns of specifications, shaded by how many have an option and hold."""
    bins = np.arange(len(members)) * FEW // len(members)
    total = np.bincount(bins, minlength=FEW)
    chosen = np.bincount(bins, weights=members, minlength=FEW)
    good = np.bincount(bins, weights=members & holds, minlength=FEW)
    share = np.divide(good, chosen, out=np.zeros(FEW), where=chosen > 0)[:, None]
    colour = share * np.array(to_rgb(HOLDS)) + (1 - share) * np.array(to_rgb(FAILS))
    # The root lifts what few have: an eighth would hardly be seen.
    alpha = np.sqrt(chosen / total)[:, None]
    return np.concatenate([colour, alpha], axis=1)[None, :, :]
