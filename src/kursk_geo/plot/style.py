"""Colours, type and words of every picture, light and dark."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.resources import as_file, files
from typing import Any, TypeAlias

import matplotlib as mpl
from matplotlib.colors import to_rgb
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.patches import Patch
from matplotlib.patheffects import AbstractPathEffect, withStroke
from matplotlib.textpath import TextToPath

from kursk_geo._text import language, named, status_word, t, upper
from kursk_geo.status import Status
from kursk_geo.theatre import Theatre, bundled

__all__ = ["style"]

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
    settings: dict[str, Any] = {
        "font.family": FONT,
        "figure.facecolor": colours["paper"],
        "axes.facecolor": colours["paper"],
        "savefig.facecolor": colours["paper"],
        "text.color": colours["ink"],
        "axes.labelcolor": colours["ink"],
        "axes.edgecolor": colours["faint"],
        "xtick.color": colours["faint"],
        "ytick.color": colours["faint"],
        "hatch.linewidth": 0.6,
    }
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
            return neutral if words in {"", "held"} else upper(words)
        return t("status.held_by", holder=named("by", theatre.holder, theatre.holder))
    if of_this_war(theatre):
        return status_word(status)
    if theatre.words[status] != bundled().words[status]:
        return upper(plain(theatre.words[status]))
    return named("neutral", str(status), t("status.contested"))


# Type


@lru_cache(maxsize=4096)
def text_width_pt(text: str, size_pt: float, *, bold: bool = False) -> float:
    """Width of one line of type, in points."""
    register_fonts()
    font = FontProperties(
        family=FONT, size=size_pt, weight="bold" if bold else "normal"
    )
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


def legend_style() -> dict[str, Any]:
    """Options of all legends."""
    register_fonts()
    return {
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


def status_patch(status: Status, theatre: Theatre) -> Patch:
    """The legend's entry for a status."""
    word, look = legend_word(status, theatre), status_look(status, theatre)
    return Patch(label=word, linewidth=0.0, **look)
