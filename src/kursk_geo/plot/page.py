"""What stands round a picture: figure, heading, legend, caption and frame."""

from collections.abc import Sequence
from warnings import warn

import matplotlib.dates as mdates
import matplotlib.pyplot as plt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.text import Text

from kursk_geo.errors import EmptyPlotWarning, OptionError
from kursk_geo.plot.style import (
    FAINT,
    FONT,
    INK,
    LEADING,
    LEGEND,
    RULE,
    SMALL_PT,
    TEXT_PT,
    TITLE_PT,
    caption_text,
    text_style,
    text_width_pt,
    wrap,
)


def new_figure(width_in: float, height_in: float) -> tuple[Figure, Axes]:
    """
    Make a figure with room for one picture, laid out when it is drawn.

    Parameters
    ----------
    width_in, height_in : float
        [in]

    Returns
    -------
    figure : Figure
    ax : Axes

    Raises
    ------
    OptionError
        If the width is not between 2 and 30 inches.
    """
    check_width(width_in)
    return plt.subplots(figsize=(width_in, height_in), layout="constrained")


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
    if not 2.0 <= width_in <= 30.0:
        msg = (
            f"width_in={width_in} is no width for a picture. Expected 2 to 30 inches: "
            "7 for print, 4 for a phone."
        )
        raise OptionError(msg)


def root_figure(ax: Axes) -> Figure:
    """The whole figure that an Axes stands in, also within a subfigure."""
    figure: object = ax.figure
    while isinstance(figure, SubFigure):
        figure = figure.figure
    if not isinstance(figure, Figure):
        msg = "The Axes belongs to no figure any more. Expected one of plt.subplots()."
        raise OptionError(msg)
    return figure


def warn_empty(what: str) -> None:
    """Warn, on behalf of a public function, that its picture shows nothing."""
    warn(f"Nothing to draw: {what}.", EmptyPlotWarning, stacklevel=3)


# Text around the Axes


BESIDE_PT = 52.0
"""What tick labels and the label of the axis take on the left. [pt]"""


def slot_width_pt(ax: Axes) -> float:
    """Width that text above and below an Axes may take, in points."""
    spec = ax.get_subplotspec()
    share = 1.0 if spec is None else len(spec.colspan) / spec.get_gridspec().ncols
    return max(share * page_in(ax)[0] * 72 - BESIDE_PT, 60.0)


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
    ax.annotate(
        wrap(caption_text(*sentences), slot_width_pt(ax), SMALL_PT),
        xy=(0.0, 0.0),
        xycoords="axes fraction",
        xytext=(0.0, -below_pt),
        textcoords="offset points",
        va="top",
        ha="left",
        gid="caption",
        annotation_clip=False,
        parse_math=False,
        **text_style(SMALL_PT, FAINT),
    )


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
    width_pt = slot_width_pt(ax) + (BESIDE_PT - 10.0 if small else 0.0)
    above_pt = 4.0
    if handles:
        columns = legend_columns(handles, width_pt)
        add_legend(ax, handles, columns)
        rows = -(-len(handles) // columns)
        above_pt += rows * TEXT_PT * 1.45
    if subtitle:
        lines = wrap(subtitle, width_pt, text_pt)
        ax.annotate(
            lines,
            xy=(0.0, 1.0),
            xycoords="axes fraction",
            xytext=(0.0, above_pt),
            textcoords="offset points",
            va="bottom",
            ha="left",
            gid="subtitle",
            annotation_clip=False,
            parse_math=False,
            **text_style(text_pt, FAINT),
        )
        above_pt += (lines.count("\n") + 1) * text_pt * LEADING + 2.0
    return ax.set_title(
        wrap(title, width_pt, title_pt, bold=True),
        loc="left",
        pad=above_pt,
        weight="bold",
        parse_math=False,
        **text_style(title_pt),
    )


def legend_columns(handles: Sequence[Artist], width_pt: float) -> int:
    """How many entries of a legend stand side by side."""
    widest = max(text_width_pt(str(h.get_label()), TEXT_PT) for h in handles)
    return max(1, min(len(handles), int(width_pt // (widest + 34.0))))


def add_legend(ax: Axes, handles: Sequence[Artist], columns: int) -> None:
    """Legend between the frame and the subtitle."""
    ax.legend(
        handles=list(handles),
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=columns,
        **LEGEND,
    )


# The frame


def dress(ax: Axes) -> None:
    """Quiet frame and ticks, in our type."""
    ax.set_facecolor("white")
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set(color=FAINT, linewidth=0.8)
    ax.tick_params(
        which="both",
        labelsize=TEXT_PT,
        labelcolor=INK,
        color=FAINT,
        labelfontfamily=FONT,
        width=0.8,
        length=3.0,
    )


def dress_chart(ax: Axes, label: str) -> None:
    """Frame of a chart over time: horizontal rules, dates in UTC, zero at the foot."""
    dress(ax)
    ax.set_axisbelow(True)
    ax.grid(visible=True, axis="y", color=RULE, linewidth=0.6, linestyle="-")
    ax.set_ylabel(label, **text_style(TEXT_PT))
    ax.set_ylim(bottom=0.0)
    ax.xaxis_date(tz="UTC")
    # A label of a date takes about 45 pt.
    most = max(3, min(10, int(slot_width_pt(ax) // 45)))
    locator = mdates.AutoDateLocator(  # type: ignore[no-untyped-call]  # has no types
        tz="UTC", minticks=3, maxticks=most
    )
    ax.xaxis.set_major_locator(locator)
    formatter = mdates.ConciseDateFormatter(  # type: ignore[no-untyped-call]  # nor this
        locator, tz="UTC"
    )
    ax.xaxis.set_major_formatter(formatter)
    ax.xaxis.get_offset_text().set(fontsize=TEXT_PT, color=FAINT, family=FONT)
