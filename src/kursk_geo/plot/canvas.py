"""What all pictures share: colours, type, Axes, scales and the words around them."""

import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.resources import as_file, files
from typing import Any, TypeAlias
from warnings import warn

import matplotlib as mpl
import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.patches import Patch
from matplotlib.patheffects import AbstractPathEffect, withStroke
from matplotlib.text import Annotation, Text
from matplotlib.textpath import TextToPath
from matplotlib.ticker import Formatter, FuncFormatter
from numpy.typing import NDArray

from kursk_geo import _text
from kursk_geo._text import day_words, language, month_words, named, t
from kursk_geo.errors import EmptyPlotWarning, OptionError, check_number, check_word
from kursk_geo.status import Status
from kursk_geo.theatre import Theatre, bundled

__all__ = ["PICTURE_ENDINGS", "picture_bytes", "style"]

Look: TypeAlias = dict[str, Any]
"""Options of an artist."""

PALETTE = {
    "paper": ("#ffffff", "#15161a"),
    "ink": ("#1a1a1a", "#f2f2f0"),
    "faint": ("#5c5c5c", "#a8a8a8"),
    "rule": ("#d8d8d8", "#3b3d42"),
    "stale": ("#ececec", "#222429"),
    "hatch": ("#7a6a4c", "#d9c79a"),
    "land": ("#f5f3ee", "#22252a"),
    "side": ("#e5dfd3", "#33353c"),
    "water": ("#cfdde6", "#2a3a45"),
    "road": ("#9a948a", "#7d786f"),
    "held": ("#0b4f8a", "#4f9ee8"),
    "held_red": ("#b23a26", "#e0654f"),
    "contested": ("#ecca80", "#a98245"),
    "gained": ("#1f97a3", "#3cc3cf"),
    "lost": ("#d2671e", "#f08a44"),
    "holds": ("#1e7b3c", "#55c07a"),
    "holds_pale": ("#dcefe2", "#1d3a28"),
    "depends": ("#8a5300", "#dfa73a"),
    "fails": ("#9c1c13", "#f0766b"),
    "larger": ("#b5afa3", "#6b675f"),
    "smaller": ("#dedad0", "#45433e"),
    "since_2014": ("#4a0d22", "#a34a68"),
    "regained_far": ("#760c13", "#c9555c"),
    "unknown": ("#8a66b8", "#8a66b8"),
    "regained": ("#2ba0a8", "#2ba0a8"),
    "outside": ("#e9e4ee", "#4a4652"),
    "contested_plain": ("#c4a57c", "#8d7550"),
}
"""
Colours on white and on dark paper by their role: a side, contested, gained and lost
whoever gains, verdicts.

Fills of ground stand 7 or more steps of CIE lightness apart in grey print, and are told
apart with each of the three kinds of colour blindness.
"""
LIGHT, DARK = ({role: pair[at] for role, pair in PALETTE.items()} for at in (0, 1))
PAINT: dict[Status, tuple[str, str]] = {
    Status.OCCUPIED_BEFORE_2022: ("since_2014", ""),
    Status.REGAINED_IN_RUSSIA: ("regained_far", "oo"),
    Status.HELD_IN_RUSSIA: ("held", ""),
    Status.OCCUPIED: ("held_red", ""),
    Status.UNKNOWN: ("unknown", "xxxx"),
    Status.LIBERATED: ("regained", "...."),
    Status.CONTESTED: ("contested_plain", "\\\\\\\\"),
    Status.CONTESTED_IN_RUSSIA: ("contested", "////"),
    Status.OUTSIDE: ("outside", "----"),
}
"""
Role and hatch by status, dark to light; what stands later is drawn over what stands
before. What is not firmly held by a side to this war is hatched.
"""
ROLES = {status: role for status, (role, _) in PAINT.items()}
HATCHES = {status: hatch for status, (_, hatch) in PAINT.items()}
COLOURS: dict[Status, str] = {status: LIGHT[name] for status, name in ROLES.items()}
"""Fill by status on white paper."""

PALER = 0.4
"""Opacity of ground that is drawn and not counted: what was held since 2014."""

HELD, GREY = Status.HELD_IN_RUSSIA, Status.CONTESTED_IN_RUSSIA
"""Whose colours charts take when the table does not tell what was held."""
FAMILY = "Source Sans 3"
FONT = [FAMILY, "DejaVu Sans"]
"""The second ships with matplotlib and stands in for rare letters."""
TITLE_PT, TEXT_PT, SMALL_PT = 13.0, 9.0, 7.5
"""Sizes of type. [pt]"""
LEADING = 1.3
"""Height of a line, as a multiple of its type."""
HINTING = 1.03
"""How much wider small type is drawn on screen than its outlines are."""
KEY_PT = 34.0
"""Width of a legend's key, with its air. [pt]"""
PRINT_WIDTH_IN = 7.0
"""Two columns of a journal; a phone is about 4. [in]"""


@contextmanager
def style(*, dark: bool = False, lang: str = "en") -> Iterator[None]:
    """
    Draw within a `with` block in the library's type, light or dark, in a language.

    Parameters
    ----------
    dark : bool, default False
        Light lines and labels on dark paper.
    lang : {"en", "uk", "de"}, default "en"
        Language of titles, labels and captions; names from data stay as they are.

    Yields
    ------
    None
        Matplotlib's settings are as before once the block ends.

    Raises
    ------
    OptionError
        If the language is not known.

    Notes
    -----
    Plots draw rightly without it, too: they follow the background that matplotlib has
    been told of, ``plt.style.use("dark_background")`` for instance.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.sample_history().select(kg.theatre("kursk"))
    >>> with kg.style(lang="de"):
    ...     ax = kg.plot_area(kg.measure(kursk))
    >>> ax.get_ylabel()
    'Fläche [km²]'
    """
    colours = DARK if dark else LIGHT
    settings: dict[str, Any] = {"font.family": FONT, "hatch.linewidth": 0.6}
    for name, setting in {
        "paper": "figure.facecolor axes.facecolor savefig.facecolor",
        "ink": "text.color axes.labelcolor",
        "faint": "axes.edgecolor xtick.color ytick.color",
    }.items():
        settings |= dict.fromkeys(setting.split(), colours[name])
    register_fonts()
    with language(lang), mpl.rc_context(settings):  # type: ignore[arg-type]  # keys as text
        yield


@lru_cache(maxsize=1)
def register_fonts() -> None:
    """Tell matplotlib of the bundled fonts, once."""
    for weight in ("Regular", "Bold"):
        font = files("kursk_geo") / "data" / "fonts" / f"SourceSans3-{weight}.ttf"
        with as_file(font) as path:
            fontManager.addfont(path)


def is_dark() -> bool:
    """Whether figures are made on dark paper now."""
    face = mpl.rcParams["figure.facecolor"]
    red, green, blue = to_rgb("white" if face == "none" else face)
    return 0.299 * red + 0.587 * green + 0.114 * blue < 0.5


def role(name: str) -> str:
    """The colour of a role on the paper of now."""
    return (DARK if is_dark() else LIGHT)[name]


def colour(status: Status) -> str:
    """The fill of a status."""
    return role(ROLES[status])


def halo(width: float = 2.2) -> list[AbstractPathEffect]:
    """What parts type from the ground under it."""
    return [withStroke(linewidth=width, foreground=role("paper"), alpha=0.9)]


# Words


def plain(text: object) -> str:
    """Text from data on one line, without control characters."""
    shown = (c if c.isprintable() or c == "\xa0" else " " for c in str(text))
    return " ".join("".join(shown).replace("\xa0", "\0").split()).replace("\0", "\xa0")


def caption_text(*sentences: str) -> str:
    """Sentences with their full stops, those that are empty left out."""
    return " ".join(f"{plain(s).rstrip('.')}." for s in sentences if s)


def of_this_war(theatre: Theatre) -> bool:
    """Whether the words of this war belong on a map of that theatre."""
    return bool({theatre.holder, theatre.owner} & {"Ukraine", "Russia"})


def legend_word(status: Status, theatre: Theatre) -> str:
    """What a legend says of a status, in the words of the theatre."""
    if status in theatre.held:
        words = plain(theatre.held_words)
        neutral = t("status.held")
        if not of_this_war(theatre):
            return neutral if words in {"", "held"} else _text.upper(words)
        return t("status.held_by", holder=named("by", theatre.holder, theatre.holder))
    if of_this_war(theatre):
        return _text.status_word(status)
    if theatre.words[status] != bundled()["words"][status]:
        return _text.upper(plain(theatre.words[status]))
    return named("neutral", str(status), t("status.contested"))


# Type


@lru_cache(maxsize=4096)
def text_width_pt(text: str, size_pt: float, *, bold: bool = False) -> float:
    """Width of one line of type, in points."""
    register_fonts()
    weight = "bold" if bold else "normal"
    font = FontProperties(family=FONT, size=size_pt, weight=weight)
    measured = TextToPath().get_text_width_height_descent(text, font, ismath=False)
    return float(measured[0]) * HINTING


def wrap(text: str, width_pt: float, size_pt: float, *, bold: bool = False) -> str:
    """Break text into lines no wider than a width, between words."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width_pt(longer, size_pt, bold=bold) <= width_pt:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)


def text_style(size_pt: float, name: str = "ink") -> dict[str, Any]:
    """Options that all text shares, whatever the reader's rcParams are."""
    register_fonts()
    shared = {"family": FONT, "linespacing": 1.02, "parse_math": False}
    return shared | {"fontsize": size_pt, "color": role(name)}


def legend_look(handles: Sequence[Artist], width_pt: float) -> Look:
    """Options of all legends: as many entries side by side as a width has room for."""
    for one in handles:
        one.set_label(wrap(str(one.get_label()), width_pt - KEY_PT, TEXT_PT))
    lines = [line for one in handles for line in str(one.get_label()).split("\n")]
    widest_pt = max(text_width_pt(line, TEXT_PT) for line in lines)
    columns = int(width_pt // (widest_pt + KEY_PT))
    return {
        "handles": list(handles),
        "ncols": max(1, min(len(handles), columns)),
        "frameon": False,
        "borderaxespad": 0.2,
        "borderpad": 0.0,
        "labelspacing": 0.35,
        "columnspacing": 1.2,
        "handlelength": 1.8,
        "prop": {"family": FONT, "size": TEXT_PT},
        "labelcolor": role("ink"),
    }


def status_of(statuses: Collection[str], usual: Status = HELD) -> Status:
    """Whose colours ground takes that a theatre counts by several statuses."""
    return usual if usual in statuses or not statuses else Status(min(statuses))


def status_look(status: Status, theatre: Theatre) -> Look:
    """Fill, hatch and its lines; ground that is not counted is paler."""
    return {
        "facecolor": colour(status),
        "edgecolor": role("hatch") if HATCHES[status] else colour(status),
        "hatch": HATCHES[status],
        "alpha": PALER if status in theatre.paler else None,
    }


def legend_of(statuses: Collection[str], theatre: Theatre) -> list[Patch]:
    """The legend's entries for some statuses, dark to light."""
    return [
        Patch(label=legend_word(one, theatre), lw=0.0, **status_look(one, theatre))
        for one in COLOURS
        if one in statuses
    ]


def held_colour(attrs: Mapping[Any, Any]) -> str:
    """The colour of the side that a table is about."""
    return colour(status_of(attrs.get("held", ())))


# Axes


def new_axes(width_in: float, height_in: float) -> Axes:
    """Axes of a figure of their own, in inches, laid out when it is drawn."""
    check_width(width_in)
    return blank(width_in, height_in).subplots()


NOWHERE = {"agg", "cairo", "pdf", "pgf", "ps", "svg", "template"}
"""Backends without a window: what they draw is seen in files alone."""


def blank(width_in: float, height_in: float) -> Figure:
    """A figure, which pyplot keeps only where it could show it: scripts draw many."""
    size = width_in, height_in
    if plt.get_backend().lower() not in NOWHERE:
        return plt.figure(figsize=size, layout="constrained")
    figure = Figure(figsize=size, layout="constrained")
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


TICKS_PT, FRAME_PT = 26.0, 7.0
"""Where the caption begins below ticks, and below a frame that has none. [pt]"""


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


def write(
    ax: Axes,
    words: str,
    xy: tuple[float, float],
    away_pt: tuple[float, float] = (0.0, 0.0),
    *,
    size_pt: float = SMALL_PT,
    ink: str = "ink",
    **look: Any,  # noqa: ANN401  (of the text)
) -> Annotation:
    """Words on a picture in our type, so far away from a place."""
    look = text_style(size_pt, ink) | {"textcoords": "offset points"} | look
    return ax.annotate(words, xy, away_pt, **look)


def credit(attrs: Mapping[Any, Any]) -> str:
    """Whose maps these are; what is drawn by us says so and names nobody else."""
    source = attrs.get("attribution") or attrs.get("source") or ""
    return t("plot.source", source=plain(source)) if source else ""


SAMPLE = "Schematic sample maps of kursk_geo"
"""How the attribution of maps begins that are drawn by us."""


def heading(
    ax: Axes,
    title: str,
    *sentences: str,
    subtitle: str = "",
    handles: Sequence[Artist] = (),
    small: bool = False,
    below_pt: float | None = None,
) -> Text:
    """
    Write title, subtitle and legend above an Axes, flush left, and the caption below.

    Parameters
    ----------
    ax : Axes
    title : str
    *sentences : str
        Of the caption, without full stops; empty ones are left out.
    subtitle : str
    handles : sequence of Artist
        For the legend, with their labels.
    small : bool, default False
        For one map of many.
    below_pt : float, optional
        From the frame to the caption; by default it leaves room for ticks. [pt]

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
    width_pt, above_pt, pt = slot_width_pt(ax), 4.0, root_figure(ax).dpi / 72
    if handles:
        place: Look = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0)}
        legend = ax.legend(**place, **legend_look(handles, width_pt))
        above_pt += legend.get_window_extent().height / pt + 2.0
    look: Look = {"ink": "faint", "xycoords": "axes fraction", "ha": "left"}
    if subtitle:
        words = wrap(subtitle, width_pt, text_pt)
        higher: Look = {"size_pt": text_pt, "va": "bottom", "gid": "subtitle"}
        note = write(ax, words, (0.0, 1.0), (0.0, above_pt), **higher | look)
        above_pt += note.get_window_extent().height / pt + 0.45 * title_pt
    if sentences:
        words = wrap(caption_text(*sentences), width_pt, SMALL_PT)
        below_pt = below_pt or (TICKS_PT if len(ax.get_xticks()) else FRAME_PT)
        lower: Look = {"va": "top", "gid": "caption"} | look
        write(ax, words, (0.0, 0.0), (0.0, -below_pt), **lower)
    if any(SAMPLE in sentence for sentence in sentences):
        # Ground that was drawn by us, and not by a source.
        look |= {"ink": "fails", "weight": "bold", "ha": "right", "va": "top"}
        look |= {"gid": "sample", "zorder": 20, "path_effects": halo()}
        write(ax, t("plot.sample"), (0.99, 0.98), **look).set_in_layout(False)
    words, bold = wrap(title, width_pt, title_pt, bold=True), text_style(title_pt)
    return ax.set_title(words, loc="left", pad=above_pt, weight="bold", **bold)


# The frame


def dress(ax: Axes) -> None:
    """Quiet frame and ticks, in our type; in a grid, with room for what is written."""
    figure = root_figure(ax)
    if figure.get_layout_engine() is None and ax.get_subplotspec() is not None:
        figure.set_layout_engine("constrained")
    ax.set_facecolor(role("paper"))
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set(color=role("faint"), linewidth=0.8)
    ticks: Look = {"labelsize": TEXT_PT, "labelcolor": role("ink"), "length": 3.0}
    ticks |= {"labelfontfamily": FONT, "color": role("faint"), "width": 0.8}
    ax.tick_params(which="both", **ticks)


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
    return _text.figure(value, digits)


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
UNDATED: dict[str, Look] = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}


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
    enough = "enough to see. Expected 10 or more; 200 for print."
    check_number("dpi", dpi, enough, least=10)
    figure = root_figure(ax)
    drawn = io.BytesIO()
    try:
        with mpl.rc_context({"svg.hashsalt": "kursk_geo"}):
            kind, undated = ending.removeprefix("."), UNDATED.get(ending)
            figure.savefig(drawn, format=kind, dpi=dpi, metadata=undated)
    finally:
        plt.close(figure)
    return drawn.getvalue()
