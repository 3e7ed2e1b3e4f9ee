"""Charts of the page: what the plots draw, as lines that stretch and words that not."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Affine2D

from kursk_geo._text import named, t
from kursk_geo.periods import DAY
from kursk_geo.plot.canvas import days_of, plain_number
from kursk_geo.plot.charts import draw_area, draw_depth, draw_periods, draw_pieces
from kursk_geo.plot.style import LIGHT
from kursk_geo.report.tables import Account, Period

__all__ = ["Chart", "months_chart", "pieces_chart", "time_chart"]

WIDTH, FINE = 720, 2
"""Width of a chart in pixels, as it is drawn, and the steps of its lines in one."""
NAMES = {colour: name.replace("_", "-") for name, colour in reversed(LIGHT.items())}
"""Role by colour: the page has each role as a variable, light and dark."""
TYPE = 13.0
"""Size of words on the page. [px]"""
FEW = 6
"""So many words fit under a chart on a phone."""
MOST_ROWS = 14
"""Pieces that are drawn, the largest: thousands of slivers are no picture."""


@dataclass(frozen=True)
class Chart:
    """A chart that is as wide as its room: widths in shares, heights in pixels."""

    name: str
    title: str
    description: str
    height: float
    paths: list[list[str]] = field(default_factory=list)
    """Class and data of each path, in a field of `span` by `height`."""
    dots: list[tuple[str, float, float]] = field(default_factory=list)
    words: list[tuple[str, float, float, str, str]] = field(default_factory=list)
    """Class, place, where they are held, and what they say."""
    span: int = WIDTH * FINE


class _Sheet(RendererBase):
    """What artists draw on, in place of pixels."""

    def __init__(self, chart: Chart) -> None:
        super().__init__()
        self.chart, self.groups = chart, [""]

    def open_group(self, s: str, gid: str | None = None) -> None:
        # matplotlib tells its own names in `s`; those that we gave are gids.
        self.groups.append(gid or (s and self.groups[-1]))

    def close_group(self, s: str) -> None:
        del s
        self.groups.pop()

    def get_canvas_width_height(self) -> tuple[float, float]:
        return float(WIDTH), float(self.chart.height)

    def draw_path(self, *drawn: Any, **_: Any) -> None:  # noqa: ANN401  (of matplotlib)
        how, path, transform, fill = (*drawn, None)[:4]
        kinds = [self.groups[-1]]
        if fill is not None:
            kinds.append("f-hatched" if how.get_hatch() else f"f-{_role(fill)}")
        if how.get_linewidth() > 0 and not how.get_hatch():
            kinds.append(f"s-{_role(how.get_rgb())}")
            if how.get_dashes()[1] is not None:
                kinds.append("dashed")
        paper = Affine2D().scale(FINE, -1).translate(0, self.chart.height)
        known = path.cleaned(transform + paper, remove_nans=True)
        parts = []
        for line in known.to_polygons(closed_only=fill is not None):
            xy = np.round(line).astype(int)
            kept = np.r_[True, (np.diff(xy, axis=0) != 0).any(axis=1)]
            parts.append("M" + "L".join(f"{x} {y}" for x, y in xy[kept].tolist()))
        name, data = " ".join(filter(None, kinds)), "".join(parts)
        if self.chart.paths and self.chart.paths[-1][0] == name:
            self.chart.paths[-1][1] += data
        elif data:
            self.chart.paths.append([name, data])

    def draw_markers(self, *drawn: Any, **_: Any) -> None:  # noqa: ANN401  (the same)
        _, _, _, path, transform, fill = drawn
        # The ticks of an axis are markers too; only dots are meant.
        if self.groups[-1]:
            for x, y in transform.transform(path.vertices):
                place = (round(100 * x / WIDTH, 2), round(self.chart.height - y, 1))
                kind = "s-ink" if fill is None else f"f-{_role(fill)}"
                self.chart.dots.append((kind, *place))

    def draw_text(self, *drawn: Any, **how: Any) -> None:  # noqa: ANN401  (the same)
        mtext, left, anchor = how["mtext"], drawn[1], "start"
        if mtext is not None:  # words of one line
            left = mtext.get_transform().transform(mtext.get_position())[0]
            anchor = {"left": "start", "right": "end"}.get(mtext.get_ha(), "middle")
        # Below its place, type of the page needs more room than that of a plot.
        low = TYPE - mtext.get_fontsize() if mtext and mtext.get_va() == "top" else 0.0
        place = (round(100 * left / WIDTH, 2), round(drawn[2] + low, 1))
        self.chart.words.append(("word", *place, anchor, drawn[3]))


def _role(colour: Any) -> str:  # noqa: ANN401  (whatever matplotlib takes)
    return NAMES.get(to_hex(colour), "ink")


def _drawn(figure: Figure, name: str, title: str, described: str) -> Chart:
    """The figure of 72 pixels an inch on a page; its Axes take the whole width."""
    chart = Chart(name, title, described, figure.bbox.height)
    sheet = _Sheet(chart)
    for ax in figure.axes:
        ax.patch.set_visible(False)
        ax.draw(sheet)
    # On a phone every other day has room for its name.
    days = [row for row, word in enumerate(chart.words) if word[3] == "middle"]
    if len(days) > FEW:
        for row in days[-2::-2]:
            chart.words[row] = (f"{chart.words[row][0]} minor", *chart.words[row][1:])
    return chart


def _axes(figure: Figure, foot: float, height: float) -> Axes:
    """Axes across the whole width, from pixels above the foot."""
    whole = figure.bbox.height
    return figure.add_axes((0.0, foot / whole, 1.0, height / whole))


def _figure(height: float) -> Figure:
    return Figure(figsize=(WIDTH / 72, height / 72), dpi=72)


def _inside(ax: Axes, unit: str = "") -> None:
    """Write the words of a scale within the Axes, and leave room at both ends."""
    ax.set_ylabel("")
    for side in ("left", "right", "top"):
        ax.spines[side].set_visible(False)
    if unit:
        if not ax.dataLim.y1 > ax.dataLim.y0:  # nothing ever
            ax.set_ylim(0.0, 0.5)
        low, top = ax.get_ylim()
        room = 0.93 * top
        ticks = [
            tick
            for tick in MaxNLocator(3 if unit == "km²" else 2).tick_values(low, top)
            if low <= tick <= room
        ]
        words = [plain_number(tick + 0.0) for tick in ticks]
        words[-1] = f"{words[-1]} {named('units', unit, unit)}"
        ax.set_yticks(ticks, words, ha="left", va="bottom")
    ax.tick_params(axis="y", length=0, pad=-2)
    low, high = ax.get_xlim()
    edge = 0.03 * (high - low)
    shown = [x for x in ax.get_xticks() if low + edge < x < high - edge]
    ax.set_xticks(shown, ax.xaxis.get_major_formatter().format_ticks(shown))


def time_chart(account: Account, description: str) -> Chart:
    """Area and depth over time across the whole width, for the two handles."""
    # Between changes there is nothing to draw; the last map ends the last step.
    last = account.figures.iloc[-1:]
    table = pd.concat([account.states, last, last.set_axis([_end(account)])])
    table = table[~table.index.duplicated(keep="last")]
    table.attrs = account.figures.attrs
    deep = table["depth_km"].max() > 0.0
    figure = _figure(296.0 if deep else 216.0)
    rows = [(draw_area, "km²", figure.bbox.height - 194.0, 190.0)]
    if deep:
        rows.append((draw_depth, "km", 26.0, 72.0))
    for draw, unit, foot, height in rows:
        ax = _axes(figure, foot, height)
        draw(ax, table)
        _through_time(ax, account)
        _inside(ax, unit)
        ax.tick_params(axis="x", labelbottom=draw is rows[-1][0])
    return _drawn(figure, "time", t("page.time"), description)


def _through_time(ax: Axes, account: Account) -> None:
    ax.set_xlim(*days_of([account.first_utc, _end(account)]))


def _end(account: Account) -> pd.Timestamp:
    """Where the axis of time ends: a day after the first map, where it is the last."""
    return max(account.last_utc, account.first_utc + DAY)


def months_chart(rows: list[Period]) -> Chart | None:
    """Gains up and losses down; None where nothing changed."""
    if not any(one.gained_km2 or one.lost_km2 for one in rows):
        return None
    figure = _figure(230.0)
    ax = _axes(figure, 22.0, 204.0)
    draw_periods(ax, rows)
    _inside(ax, "km²")
    return _drawn(figure, "months", t("months.title"), t("months.described"))


def pieces_chart(account: Account) -> Chart | None:
    """Pieces as bars through time; None where there was none."""
    pieces = account.pieces
    # Of a country the pieces of the last map alone are known.
    if account.events.empty or len(account.states) < 2:
        return None
    largest = pieces.groupby("section")["area_km2"].max().nlargest(MOST_ROWS).index
    shown = pieces[pieces["section"].isin(largest)]
    shown.attrs = pieces.attrs
    height = 44.0 * len(largest) + 6.0
    figure = _figure(height + 22.0)
    ax = _axes(figure, 22.0, height)
    draw_pieces(ax, shown)
    _through_time(ax, account)
    names = [label.get_text() for label in ax.get_yticklabels()]
    ax.set_yticks(ax.get_yticks() + 0.1, names, ha="left", va="bottom")
    _inside(ax)
    return _drawn(figure, "pieces", t("pieces.title"), t("pieces.described"))
