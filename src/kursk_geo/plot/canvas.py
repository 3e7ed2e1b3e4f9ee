"""Axes, scales, marks and surroundings that pictures share."""

import io
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from warnings import warn

import matplotlib as mpl
import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import Formatter, FuncFormatter
from numpy.typing import NDArray

from kursk_geo._text import (
    day_words,
    month_words,
    t,
)
from kursk_geo._text import figure as number
from kursk_geo.errors import EmptyPlotWarning, OptionError, check_number, check_word
from kursk_geo.plot.style import (
    FONT,
    SMALL_PT,
    TEXT_PT,
    TITLE_PT,
    caption_text,
    halo,
    legend_style,
    plain,
    role,
    text_style,
    text_width_pt,
    wrap,
)

__all__ = ["PICTURE_ENDINGS", "picture_bytes"]


def new_axes(width_in: float, height_in: float) -> Axes:
    """Axes of a figure of their own, in inches, laid out when it is drawn."""
    check_width(width_in)
    return blank(width_in, height_in).subplots()


NOWHERE = {"agg", "cairo", "pdf", "pgf", "ps", "svg", "template"}
"""Backends without a window: what they draw is seen in files alone."""


def blank(width_in: float, height_in: float) -> Figure:
    """A figure, which pyplot keeps only where it could show it: scripts draw many."""
    size: dict[str, Any] = {
        "figsize": (width_in, height_in),
        "layout": "constrained",
    }
    if plt.get_backend().lower() not in NOWHERE:
        return plt.figure(**size)
    figure = Figure(**size)
    FigureCanvasAgg(figure)
    return figure


def chart_height(width_in: float) -> float:
    """Height of a chart in inches: words take more where it is narrow."""
    return 1.7 + 0.36 * width_in + 3.5 / width_in


def fit_height(ax: Axes, ratio: float, *, rows: int = 1) -> None:
    """Make a figure as high as its maps of that width by height ask for."""
    figure = root_figure(ax)
    for _ in range(FITTINGS):
        figure.draw_without_rendering()
        slot = ax.get_position(original=True)
        width_in, height_in = (float(size) for size in figure.get_size_inches())
        missing_in = slot.width * width_in / ratio - slot.height * height_in
        if abs(missing_in) < 0.04:
            return
        figure.set_size_inches(width_in, height_in + rows * missing_in)


FITTINGS = 4
"""A layout may change the width when the height changes; after this it has settled."""


def check_width(width_in: float) -> None:
    """Refuse a width at which nothing could be read, or drawn."""
    told = "a width for a picture. Expected 2 to 30 inches: 7 for print, 4 for a phone."
    check_number("width_in", width_in, told, least=2.0, below=30.01)


def root_figure(ax: Axes) -> Figure:
    """The whole figure that an Axes stands in, also within a subfigure."""
    whole = getattr(ax.figure, "figure", None)  # of a subfigure that of its parent
    if not isinstance(whole, Figure):
        msg = "The Axes belongs to no figure any more. Expected one of plt.subplots()."
        raise OptionError(msg)
    return whole


def warn_empty(what: str, *, stacklevel: int = 3) -> None:
    """Warn, on behalf of a public function, that its picture shows nothing."""
    warn(f"Nothing to draw: {what}.", EmptyPlotWarning, stacklevel=stacklevel)


# Text around the Axes


BESIDE_PT, TICK_PT = 52.0, 12.0
"""What labels take at least on the left; a tick, or a frame, with its air. [pt]"""


def slot_width_pt(ax: Axes) -> float:
    """Width that text above and below an Axes may take, in points."""
    spec = ax.get_subplotspec()
    share = 1.0 if spec is None else len(spec.colspan) / spec.get_gridspec().ncols
    # The Axes of a column begin together, right of the longest label of them all.
    shown = [other for other in ax.figure.axes if other.axison]
    ticks = [one for other in shown for one in other.get_yticklabels()]
    named = [text_width_pt(one.get_text(), TEXT_PT) for one in ticks]
    beside_pt = max(BESIDE_PT, TICK_PT + max(named)) if named else TICK_PT
    return max(share * page_in(ax)[0] * 72 - beside_pt, 60.0)


def page_in(ax: Axes) -> tuple[float, float]:
    """Width and height of the figure or subfigure that an Axes stands in, in inches."""
    box, dpi = ax.figure.bbox, root_figure(ax).dpi
    return float(box.width) / dpi, float(box.height) / dpi


def caption(ax: Axes, *sentences: str, below_pt: float = 26.0) -> None:
    """
    Write the caption below an Axes, wrapped to its width.

    Parameters
    ----------
    ax : Axes
    *sentences : str
        Without full stops; empty ones are left out.
    below_pt : float, default 26
        Distance from the frame, for the tick labels. [pt]

    Raises
    ------
    OptionError
        If the Axes belongs to no figure.
    """
    mark_sample(ax, *sentences)
    words = wrap(caption_text(*sentences), slot_width_pt(ax), SMALL_PT)
    _beside(ax, words, SMALL_PT, -below_pt, va="top", gid="caption")


def _beside(
    ax: Axes, words: str, size_pt: float, away_pt: float, *, va: str, gid: str
) -> Text:
    """Words flush left below an Axes, or above it."""
    place = {"xycoords": "axes fraction", "textcoords": "offset points", "ha": "left"}
    look = text_style(size_pt, "faint") | {"va": va, "gid": gid} | place
    xy, away = (0.0, float(va == "bottom")), (0.0, away_pt)
    return ax.annotate(words, xy, away, annotation_clip=False, **look)


def credit(attrs: Mapping[Any, Any]) -> str:
    """Whose maps these are; what is drawn by us says so and names nobody else."""
    source = attrs.get("attribution") or attrs.get("source") or ""
    return t("plot.source", source=plain(source)) if source else ""


SAMPLE = "Schematic sample maps of kursk_geo"
"""How the attribution of maps begins that are drawn by us."""


def mark_sample(ax: Axes, *sentences: str) -> None:
    """Mark a picture of ground that was drawn by us, and not by a source."""
    if any(SAMPLE in sentence for sentence in sentences):
        look = text_style(SMALL_PT, "fails") | {"weight": "bold", "gid": "sample"}
        look |= {"ha": "right", "va": "top", "transform": ax.transAxes}
        look |= {"zorder": 20, "path_effects": halo()}
        ax.text(0.99, 0.98, t("plot.sample"), **look).set_in_layout(False)


def heading(
    ax: Axes,
    title: str,
    *,
    subtitle: str = "",
    handles: Sequence[Artist] = (),
    small: bool = False,
) -> Text:
    """
    Write title, subtitle and legend above an Axes, flush left.

    Parameters
    ----------
    ax : Axes
    title, subtitle : str
    handles : sequence of Artist
        For the legend, with their labels.
    small : bool, default False
        For one map of many, which has no tick labels.

    Returns
    -------
    Text
        The title.

    Raises
    ------
    OptionError
        If the Axes belongs to no figure.
    """
    title_pt, text_pt = (TEXT_PT, SMALL_PT) if small else (TITLE_PT, TEXT_PT)
    width_pt = slot_width_pt(ax)
    above_pt, pt = 4.0, root_figure(ax).dpi / 72
    for one in handles:
        one.set_label(wrap(str(one.get_label()), width_pt - KEY_PT, TEXT_PT))
    if handles:
        legend = ax.legend(
            handles=list(handles),
            loc="lower left",
            bbox_to_anchor=(0.0, 1.0),
            ncols=legend_columns(handles, width_pt),
            **legend_style(),
        )
        above_pt += legend.get_window_extent().height / pt + 2.0
    if subtitle:
        words, place = wrap(subtitle, width_pt, text_pt), (text_pt, above_pt)
        note = _beside(ax, words, *place, va="bottom", gid="subtitle")
        above_pt += note.get_window_extent().height / pt + 0.45 * title_pt
    return ax.set_title(
        wrap(title, width_pt, title_pt, bold=True),
        loc="left",
        pad=above_pt,
        weight="bold",
        **text_style(title_pt),
    )


KEY_PT = 34.0
"""Width of a legend's key, with its air. [pt]"""


def legend_columns(handles: Sequence[Artist], width_pt: float) -> int:
    """How many entries of a legend stand side by side."""
    lines = [line for one in handles for line in str(one.get_label()).split("\n")]
    widest = max(text_width_pt(line, TEXT_PT) for line in lines)
    return max(1, min(len(handles), int(width_pt // (widest + KEY_PT))))


# The frame


def dress(ax: Axes) -> None:
    """Quiet frame and ticks, in our type; in a grid, with room for what is written."""
    figure = root_figure(ax)
    if figure.get_layout_engine() is None and ax.get_subplotspec() is not None:
        figure.set_layout_engine("constrained")
    ax.set_facecolor(role("paper"))
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set(color=role("faint"), linewidth=0.8)
    ax.tick_params(
        which="both",
        labelsize=TEXT_PT,
        labelcolor=role("ink"),
        color=role("faint"),
        labelfontfamily=FONT,
        width=0.8,
        length=3.0,
    )


def dress_chart(ax: Axes, label: str) -> None:
    """Frame of a chart over time: horizontal rules, dates in UTC, zero at the foot."""
    dress(ax)
    ax.set_axisbelow(True)
    ax.grid(visible=True, axis="y", color=role("rule"), linewidth=0.6, linestyle="-")
    ax.set_ylabel(label, **text_style(TEXT_PT))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: plain_number(value)))
    top = float(ax.dataLim.y1)
    ax.set_ylim(0.0, 1.05 * top if 0.0 < top < np.inf else 1.0)
    ax.xaxis_date(tz="UTC")
    ax.tick_params(axis="x", pad=6.0)  # clear of the zero at the corner
    # A label of a date takes about 45 pt.
    most = max(3, min(10, int(slot_width_pt(ax) // 45)))
    locator = _Days(tz="UTC", minticks=3, maxticks=most)  # type: ignore[no-untyped-call]  # has no types
    # With few ticks the longest interval of a kind is too short, which it warns of.
    for kind, whole in LONGEST.items():
        locator.intervald[kind] = [*locator.intervald[kind], whole]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(_Dates())


LONGEST = {mdates.MONTHLY: 12, mdates.DAILY: 31}
"""A year and a month, in the units of the ticks."""


class _Days(mdates.AutoDateLocator):
    """Ticks on days, months or years: maps are of days, however few they are."""

    def get_locator(self, dmin: datetime, dmax: datetime) -> mdates.DateLocator:
        least = timedelta(days=self.minticks + 1)
        locator: mdates.DateLocator = super().get_locator(  # type: ignore[no-untyped-call]  # has no types
            dmin, max(dmax, dmin + least)
        )
        return locator


def days_of(instants: Any) -> NDArray[np.float64]:  # noqa: ANN401  (any of pandas)
    """Instants, UTC where they have no zone, in matplotlib's days."""
    index = pd.DatetimeIndex(instants)
    index = index.tz_convert("UTC").tz_localize(None) if index.tz else index
    days: NDArray[np.float64] = mdates.date2num(index.to_numpy())  # type: ignore[no-untyped-call]  # has no types
    return days


def plain_number(value: float) -> str:
    """A tick of a scale, with the marks of the language."""
    digits = 0 if value == round(value) else 1 if value * 10 == round(value * 10) else 2
    return number(value, digits)


def span_words(
    start: pd.Timestamp, end: pd.Timestamp, *, key: str = "plot.span"
) -> str:
    """From day to day, the year where it changes; or one day."""
    if start.date() == end.date():
        return day_words(end)
    first = day_words(start, year=start.year != end.year)
    return t(key, start=first, end=day_words(end))


class _Dates(Formatter):
    """Years, months or days, in words that no locale changes."""

    def __call__(self, value: float, pos: int | None = None) -> str:
        del pos
        return self.format_ticks([value])[0]

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """Words of all ticks at once: a year where it begins, and at the first."""
        moments = [pd.Timestamp(mdates.num2date(value)) for value in values]  # type: ignore[no-untyped-call]  # has no types
        months = all(moment.day == 1 for moment in moments)
        if months and all(moment.month == 1 for moment in moments) and len(moments) > 1:
            return [str(moment.year) for moment in moments]
        words = month_words if months else day_words
        years = [None, *(moment.year for moment in moments)]
        return [
            words(moment, year=moment.year != before)
            for before, moment in zip(years, moments, strict=False)
        ]


PICTURE_ENDINGS = (".png", ".svg", ".pdf")
UNDATED: dict[str, dict[str, None]] = {
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}


def picture_bytes(ax: Axes, *, ending: str, dpi: int = 200) -> bytes:
    """
    The figure of an Axes as the bytes of a file; the figure is closed.

    Parameters
    ----------
    ax : Axes
        On the figure.
    ending : {".png", ".svg", ".pdf"}
        Of the file's name.
    dpi : int, default 200
        Pixels by inch of a PNG, and of what the others hold as pixels. [1/in]

    Returns
    -------
    bytes
        Without a date, so that two runs give the same.

    Raises
    ------
    OptionError
        If the ending is not known, or there are less than 10 pixels by inch.

    Examples
    --------
    >>> _, ax = plt.subplots()
    >>> picture_bytes(ax, ending=".png")[1:4]
    b'PNG'
    >>> picture_bytes(ax, ending=".doc")
    Traceback (most recent call last):
        ...
    kursk_geo.errors.OptionError: ending='.doc' is not known. Expected one of: ...
    """
    check_word("ending", ending, PICTURE_ENDINGS)
    check_number(
        "dpi", dpi, "enough to see. Expected 10 or more; 200 for print.", least=10
    )
    figure = root_figure(ax)
    drawn = io.BytesIO()
    try:
        with mpl.rc_context({"svg.hashsalt": "kursk_geo"}):
            kind, undated = ending.removeprefix("."), UNDATED.get(ending)
            figure.savefig(drawn, format=kind, dpi=dpi, metadata=undated)
    finally:
        plt.close(figure)
    return drawn.getvalue()
