"""Labels on leaders above the points of a line, clear of each other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from matplotlib.axes import Axes
from matplotlib.transforms import ScaledTranslation

from kursk_geo.plot.choices import HOLDS
from kursk_geo.plot.labels import HALO
from kursk_geo.plot.page import root_figure
from kursk_geo.plot.style import FAINT, INK, SMALL_PT, text_style, text_width_pt

LABEL_PT = 19.0
"""Height of one level of labels. [pt]"""
LEADER = {
    "arrowstyle": "-",
    "color": FAINT,
    "linewidth": 0.6,
    "shrinkA": 0.0,
    "shrinkB": 0.0,
}


@dataclass(frozen=True)
class Mark:
    """A usual baseline, with what comes out to each of the end maps."""

    name: str
    day: str
    x: float
    outcomes: tuple[tuple[float, bool], ...]
    words: str
    level: int = 0
    leftward: bool = False
    dated: bool = True

    @property
    def title(self) -> str:
        """Name of the baseline, with its day where that is not its name."""
        return f"{self.name}, {self.day}" if self.dated and self.day else self.name

    @property
    def width_pt(self) -> float:
        """Width of the label."""
        lines = (self.title, self.words)
        return max(text_width_pt(line, SMALL_PT, bold=True) for line in lines) + 6.0

    def span(self, at_pt: float) -> tuple[float, float]:
        """From where to where the label stands, its leader being at one end."""
        if self.leftward:
            return at_pt - self.width_pt, at_pt
        return at_pt, at_pt + self.width_pt


def placed_marks(
    marks: Sequence[Mark], limits: tuple[float, float], width_pt: float
) -> list[Mark]:
    """Labels in levels, so that none covers another one or its leader."""
    scale = width_pt / (limits[1] - limits[0])
    by_day = sorted(marks, key=lambda mark: mark.x)
    at_pt = {mark.x: (mark.x - limits[0]) * scale for mark in by_day}
    # In the left half labels stand right of their leaders, and the rightmost lowest.
    left = [mark for mark in by_day if at_pt[mark.x] <= width_pt / 2]
    right = [mark for mark in by_day if at_pt[mark.x] > width_pt / 2]
    order = [*left[::-1], *(replace(mark, leftward=True) for mark in right)]
    for dated in (True, False):
        placed: list[Mark] = []
        for mark in (replace(one, dated=dated) for one in order):
            levels = (replace(mark, level=level) for level in range(len(order)))
            free = (one for one in levels if not _blocked(one, placed, at_pt))
            if (found := next(free, None)) is not None:
                placed.append(found)
        if len(placed) == len(order):
            return placed
    # No room: a level each, over the leaders of others.
    return [replace(m, dated=False, level=i) for i, m in enumerate(order)]


def _blocked(mark: Mark, placed: list[Mark], at_pt: dict[float, float]) -> bool:
    """Whether a label would cover another one, or one of them the other's leader."""
    mine, my_leader = mark.span(at_pt[mark.x]), at_pt[mark.x]
    for other in placed:
        theirs, leader = other.span(at_pt[other.x]), at_pt[other.x]
        if mark.level == other.level and _overlap(mine, theirs):
            return True
        if mark.level < other.level and mine[0] < leader < mine[1]:
            return True
        if mark.level > other.level and theirs[0] < my_leader < theirs[1]:
            return True
    return False


def _overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def draw_mark(ax: Axes, mark: Mark, levels: int) -> None:
    """A dot on each line, and a leader up to the label."""
    top, inches = ax.get_xaxis_transform(), root_figure(ax).dpi_scale_trans
    label_pt = LABEL_PT * (levels - 1 - mark.level)
    ax.annotate(
        "", xy=(mark.x, min(value for value, _ in mark.outcomes)), xycoords="data",
        xytext=(mark.x, 1.0),
        textcoords=top + ScaledTranslation(0.0, -label_pt / 72, inches),
        arrowprops=LEADER, zorder=2.0, gid="leader",
    )  # fmt: skip
    for value, holds in mark.outcomes:
        ax.plot(
            mark.x, value, marker="o", ms=5.0, mew=1.2, mec=HOLDS,
            mfc=HOLDS if holds else "white", linestyle="none", zorder=3.0, gid="mark",
        )  # fmt: skip
    for text, down_pt, weight in (
        (mark.title, 0.0, "normal"),
        (mark.words, 8.0, "bold"),
    ):
        ax.annotate(
            text, xy=(mark.x, 1.0), xycoords=top,
            xytext=(-3.0 if mark.leftward else 3.0, -label_pt - down_pt),
            textcoords="offset points", ha="right" if mark.leftward else "left",
            va="top", weight=weight, parse_math=False, path_effects=HALO, zorder=5.0,
            gid="baseline", **text_style(SMALL_PT, INK),
        )  # fmt: skip
