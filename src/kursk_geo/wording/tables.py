"""Every reading as Markdown, made by the readers themselves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from kursk_geo.wording.amounts import read_amount
from kursk_geo.wording.dates import read_date
from kursk_geo.wording.words import CHAINS, FRACTIONS, HEDGES, UNITS, VAGUE

__all__ = ["wording_tables"]

_PUBLISHED: Final = date(2025, 4, 26)
_PHRASES: Final = (
    ("relative_change", "shrunk by nearly one-fifth"),
    ("relative_change", "fell by a quarter"),
    ("relative_change", "lost more than 40 per cent"),
    ("relative_change", "halved"),
    ("relative_change", "grew by a third"),
    ("area", "560 km²"),
    ("area", "about 560 km2"),
    ("area", "77.43 sq km"),
    ("area", "1,263"),
    ("area", "77,43"),
    ("area", "500 sq mi"),
    ("area_change", "lost 100 km²"),
    ("sections", "three small sections"),
    ("sections", "several small areas"),
    ("sections", "about three sections"),
    ("depth", "no more than 2 kilometers (1 mile)"),
    ("depth", "28 to 35 km"),
    ("depth", "two and a half miles"),
    ("days_held", "seven months"),
    ("present", "still held"),
)
_DATES: Final = (
    "15 April 2025",
    "April 26",
    "14-20 April",
    "28 February to 1 March 2025",
    "start of February 2025",
    "early March",
    "by mid-April",
    "late March",
    "end of February 2025",
    "February 2025",
    "beginning of 2025",
    "early 2025",
    "mid-2024",
    "end of 2024",
    "2024",
    "the summer of 2024",
    "late summer 2024",
    "winter 2024",
    "yesterday",
    "last week",
    "last month",
    "a week earlier",
    "three months ago",
)


def wording_tables() -> dict[str, str]:
    """
    Return the tables of words, hedges, units and dates, each as Markdown.

    Returns
    -------
    dict of str
        Tables by name: hedges, nesting, units, fractions, amounts, dates.

    Raises
    ------
    Nothing

    Examples
    --------
    >>> print(wording_tables()["nesting"].splitlines()[-1])
    - well over < over < at least
    """
    return {
        "hedges": _table(
            ("words", "read as", '"... 40 km²"'),
            (
                (_words(h.words), _rule(name), _forty(name))
                for name, h in HEDGES.items()
            ),
        ),
        "nesting": "\n".join(f"- {' < '.join(chain)}" for chain in CHAINS),
        "units": _table(
            ("words", "become", "times"),
            ((_words(w), unit, f"{float(by):.9g}") for w, (unit, by) in UNITS.items()),
        ),
        "fractions": _table(
            ("words", "read as"),
            [(word, f"1/{number}") for word, number in FRACTIONS.items()]
            + [(word, f"{low} to {high}") for word, (low, high) in VAGUE.items()],
        ),
        "amounts": _table(
            ("measure", "words", "read as"),
            ((m, text, read_amount(text, measure=m).extent) for m, text in _PHRASES),
        ),
        "dates": _table(
            ("words", "points at", "first day", "last day"),
            (_date_row(text) for text in _DATES),
        ),
    }


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _words(words: tuple[str, ...]) -> str:
    return ", ".join(words) or "(no hedge)"


def _rule(name: str) -> str:
    hedge = HEDGES[name]
    low = "more than v" if not hedge.closed_low else _times(float(hedge.low))
    if hedge.high is None:
        return f"{low} and more" if hedge.closed_low else low
    high = "less than v" if not hedge.closed_high else _times(float(hedge.high))
    ends = "v" if hedge.low == hedge.high else f"{low} to {high}"
    rounding = {
        "none": "",
        "written": " ± half a unit of the last written digit",
        "usual": " ± half a unit of the last digit that is not zero, at most 5 %",
    }[hedge.rounding]
    return f"{ends}{rounding}" if ends == "v" else ends


def _times(factor: float) -> str:
    return "v" if factor == 1 else f"{factor:g} v" if factor else "0"


def _forty(name: str) -> str:
    word = next(iter(HEDGES[name].words), "")
    return read_amount(f"{word} 40 km²".strip(), measure="area").extent


def _date_row(text: str) -> tuple[str, ...]:
    window = read_date(text, published=_PUBLISHED)
    return (text, *(str(day) for day in (window.target, window.start, window.end)))
