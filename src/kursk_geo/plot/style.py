"""Colours, type and labels of every picture."""

from functools import lru_cache
from typing import Any

from matplotlib.font_manager import FontProperties
from matplotlib.patches import Patch
from matplotlib.textpath import TextToPath

from kursk_geo._text import WORDS
from kursk_geo.status import Status

__all__ = []


COLOURS: dict[Status, str] = {
    Status.OCCUPIED_BEFORE_2022: "#4a0d22",
    Status.REGAINED_IN_RUSSIA: "#760c13",
    Status.HELD_IN_RUSSIA: "#0b4f8a",
    Status.OCCUPIED: "#b23a26",
    Status.UNKNOWN: "#8a66b8",
    Status.LIBERATED: "#2ba0a8",
    Status.CONTESTED: "#c4a57c",
    Status.CONTESTED_IN_RUSSIA: "#ecca80",
    Status.OUTSIDE: "#e9e4ee",
}
"""Fill by status, dark to light: 7 or more steps of CIE lightness apart in grey print,
and told apart with each of the three kinds of colour blindness."""

HATCHES: dict[Status, str] = {
    Status.OCCUPIED_BEFORE_2022: "",
    Status.HELD_IN_RUSSIA: "",
    Status.OCCUPIED: "",
    Status.UNKNOWN: "xxxx",
    Status.LIBERATED: "....",
    Status.REGAINED_IN_RUSSIA: "oo",
    Status.CONTESTED: "\\\\\\\\",
    Status.CONTESTED_IN_RUSSIA: "////",
    Status.OUTSIDE: "----",
}
"""Hatch by status: what is not firmly held by a side to this war is hatched."""


HELD, GREY = Status.HELD_IN_RUSSIA, Status.CONTESTED_IN_RUSSIA
"""Whose colours charts take when the table does not tell what was held."""

INK, FAINT, RULE = "#1a1a1a", "#5c5c5c", "#d8d8d8"
"""Colours of text, of lesser text, and of grid lines."""
HATCH_INK = "#7a6a4c"
"""Colour of hatches."""

FONT = "DejaVu Sans"
"""Ships with matplotlib, and knows Cyrillic."""
TITLE_PT, TEXT_PT, SMALL_PT = 10.5, 8.0, 6.5
"""Sizes of type. [pt]"""
LEADING = 1.3
"""Height of a line, as a multiple of its type."""
HINTING = 1.07
"""How much wider small type is drawn on screen than its outlines are."""

PRINT_WIDTH_IN = 7.0
"""Two columns of a journal; a phone is about 4. [in]"""


# Words and numbers


def plain(text: object) -> str:
    """Text from data on one line, without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())


def caption_text(*sentences: str) -> str:
    """Sentences with their full stops, those that are empty left out."""
    return " ".join(f"{plain(s).rstrip('.')}." for s in sentences if s)


# Type


@lru_cache(maxsize=4096)
def text_width_pt(text: str, size_pt: float, *, bold: bool = False) -> float:
    """Width of one line of type, in points."""
    font = FontProperties(
        family=FONT, size=size_pt, weight="bold" if bold else "normal"
    )
    measured = TextToPath().get_text_width_height_descent(text, font, ismath=False)
    return float(measured[0]) * HINTING


def wrap(text: str, width_pt: float, size_pt: float, *, bold: bool = False) -> str:
    """Break text into lines no wider than a width, between words."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width_pt(longer, size_pt, bold=bold) <= width_pt:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)


def text_style(size_pt: float, colour: str = INK) -> dict[str, Any]:
    """Options that all text shares, whatever the reader's rcParams are."""
    return {"fontsize": size_pt, "color": colour, "family": FONT, "linespacing": 1.25}


LEGEND: dict[str, Any] = {
    "frameon": False,
    "borderaxespad": 0.2,
    "borderpad": 0.0,
    "labelspacing": 0.35,
    "columnspacing": 1.2,
    "handlelength": 1.8,
    "prop": {"family": FONT, "size": TEXT_PT},
    "labelcolor": INK,
}


def status_patch(status: Status) -> Patch:
    """The legend's entry for a status."""
    return Patch(
        facecolor=COLOURS[status],
        edgecolor=HATCH_INK if HATCHES[status] else COLOURS[status],
        hatch=HATCHES[status],
        linewidth=0.0,
        label=WORDS[status],
    )
