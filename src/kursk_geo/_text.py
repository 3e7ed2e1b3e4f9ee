"""Numbers, dates and counts as people read them."""

import re
from collections.abc import Iterable, Iterator
from math import isnan

import pandas as pd
from markupsafe import Markup, escape

from kursk_geo.status import Status

__all__ = [
    "NOTHING",
    "and_words",
    "day_words",
    "km",
    "km2",
    "linked",
    "markdown",
    "minute_words",
    "moment_words",
    "percent",
    "probability",
    "range_words",
    "signed",
    "status_words",
    "visible",
]


WORDS: dict[Status, str] = {
    Status.OCCUPIED_BEFORE_2022: "Held by Russia since 2014",
    Status.HELD_IN_RUSSIA: "Held by Ukraine, in Russia",
    Status.OCCUPIED: "Held by Russia since 2022",
    Status.UNKNOWN: "Unknown",
    Status.LIBERATED: "Taken back by Ukraine",
    Status.REGAINED_IN_RUSSIA: "Taken back by Russia",
    Status.CONTESTED: "Contested",
    Status.CONTESTED_IN_RUSSIA: "Contested, in Russia",
    Status.OUTSIDE: "Claimed elsewhere",
}

"""What a legend says of a status."""

MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun",
    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip


def moment_words(moment: pd.Timestamp) -> str:
    """An instant in UTC, in words that no locale changes."""
    return f"{day_words(moment)}, {moment:%H:%M} UTC"


def day_words(moment: pd.Timestamp) -> str:
    """A day, in words that no locale changes."""
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"


def km2_words(area_km2: float) -> str:
    """An area to about three digits."""
    digits = 0 if area_km2 >= 100 else 1 if area_km2 >= 1 else 2
    return f"{area_km2:,.{digits}f} km²"


def km_words(length_km: float) -> str:
    """A length to about three digits."""
    return f"{length_km:.{1 if length_km >= 10 else 2}f} km"


NOTHING = "–"
"""Stands where there is no figure."""
MINUS = "\N{MINUS SIGN}"
EVENT_WORDS = {
    "generation": "appears",
    "disappearance": "vanishes",
    "expansion": "grows",
    "contraction": "shrinks",
    "union": "sections join",
    "division": "section parts",
    "displacement": "moves",
    "stable": "unchanged",
}
"""What an event is called."""

URL = re.compile(r"https?://[A-Za-z0-9][\w.~:/?#@!$&*+=%-]*[\w/#=&-]", re.ASCII)
MARKDOWN = re.compile(r"([\\`*_{}\[\]<>|~&$#])")


def visible(text: object) -> str:
    r"""
    Text from data on one line, with what has no shape spelled out.

    Control characters, and those that turn the direction of writing, become ``\x07``
    or ``\u202e``; white space of any kind becomes a space.
    """
    shown = (
        c if c.isprintable() else " " if c.isspace() else ascii(c)[1:-1]
        for c in str(text)
    )
    return " ".join("".join(shown).split())


def linked(text: object) -> Markup:
    """Text in HTML, with the web addresses in it as links."""
    link = Markup('<a href="{0}" rel="noreferrer">{0}</a>')
    return Markup("").join(
        link.format(part) if address else escape(part)
        for part, address in _parts(visible(text))
    )


def markdown(text: object) -> str:
    """Text in Markdown that means no more than itself, but for web addresses."""
    return "".join(
        f"<{part}>" if address else MARKDOWN.sub(r"\\\1", part)
        for part, address in _parts(visible(text))
    )


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """A text in pieces, each with whether it is a web address."""
    end = 0
    for match in URL.finditer(text):
        yield text[end : match.start()], False
        yield match[0], True
        end = match.end()
    yield text[end:], False


# Numbers


def km2(area_km2: float, *, unit: bool = True) -> str:
    """An area to the digits that maps bear."""
    return _figure(area_km2, 0 if abs(area_km2) >= 100 else 1, " km²" if unit else "")


def km(length_km: float, *, unit: bool = True) -> str:
    """A length to the digits that maps bear."""
    return _figure(length_km, 1 if abs(length_km) >= 10 else 2, " km" if unit else "")


def signed(area_km2: float, *, unit: bool = True) -> str:
    """A change of an area, with its sign."""
    words = km2(area_km2, unit=unit)
    return "+" + words if area_km2 > 0 and words[:1] != "0" else words


def percent(share: float) -> str:
    """A share in per cent, never rounded up to certainty or down to nothing."""
    if isnan(share):
        return NOTHING
    if 0.0 < share < 0.01:
        return "under 1 %"
    if 0.99 < share < 1.0:
        return "over 99 %"
    return f"{100 * share:.0f} %"


def probability(share: float) -> str:
    """A probability in per cent, which is never certain."""
    return percent(min(share, 0.999))


def range_words(low: str, high: str) -> str:
    """Two bounds in words."""
    return f"{low} to {high}"


def _figure(value: float, digits: int, unit: str) -> str:
    if isnan(value):
        return NOTHING
    text = f"{value:,.{digits}f}"
    # -0.0 and what rounds to it is no fall.
    text = text.lstrip("-") if not text.strip("-0.,") else text
    return text.replace("-", MINUS) + unit


# Words


def status_words(statuses: Iterable[Status]) -> str:
    """What some statuses mean, as a legend says it."""
    words = (WORDS[status].replace(",", "") for status in sorted(statuses))
    return and_words([word[0].lower() + word[1:] for word in words]) or "nothing"


def and_words(parts: list[str]) -> str:
    """Words as a list in a sentence."""
    if len(parts) < 2:
        return "".join(parts)
    return ", ".join(parts[:-1]) + " and " + parts[-1]


def minute_words(moment: pd.Timestamp) -> str:
    """An instant in UTC, where the heading says that it is."""
    return moment_words(moment).removesuffix(" UTC")
