"""Amounts in words as intervals: ``read_amount``, ``read_duration``."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from fractions import Fraction
from typing import Literal

from kursk_geo.errors import ClaimError
from kursk_geo.wording.grammar import Phrase, parse
from kursk_geo.wording.interval import Interval
from kursk_geo.wording.text import Number, normalise, unreadable
from kursk_geo.wording.words import (
    FALL,
    HEDGES,
    PRESENCE,
    RISE,
    SIGNED,
    UNIT_OF,
    UNITS,
    Hedge,
    Unit,
)

__all__ = ["Direction", "read_amount", "read_direction", "read_duration"]

Direction = Literal["fell", "rose"]
_End = Fraction | float


def read_direction(text: str) -> Direction | None:
    """
    Return which way a sentence says that an area went.

    Parameters
    ----------
    text : str
        Any length.

    Returns
    -------
    "fell", "rose" or None
        None when no verb tells, or when verbs contradict each other.

    Raises
    ------
    AttributeError
        If `text` is no text.

    Examples
    --------
    >>> read_direction("the area had shrunk by nearly one-fifth")
    'fell'
    >>> read_direction("") is None
    True
    """
    words = frozenset(re.findall(r"[a-z]+", text.lower()))
    fell, rose = bool(words & FALL), bool(words & RISE)
    if fell == rose:
        return None
    return "fell" if fell else "rose"


def read_amount(
    text: str, *, measure: str, direction: Direction | None = None
) -> Interval:
    """
    Read an amount in words as an interval.

    Parameters
    ----------
    text : str
        Such as "nearly one-fifth", "no more than 2 kilometers (1 mile)".
    measure : str
        One of area, contested_area, relative_change, area_change, sections,
        depth, present, days_held: decides the unit that is expected.
    direction : {"fell", "rose"}, optional
        Sign of a change; by default what the verbs of `text` say. A written
        sign comes first.

    Returns
    -------
    Interval
        In km2, km, share, count or days. The tables are in docs/wording.md.

    Raises
    ------
    ClaimError
        If the words cannot be read, the unit does not fit the measure, a change
        has no sign, or there is no such measure.

    Examples
    --------
    >>> nearly = read_amount("shrunk by nearly one-fifth", measure="relative_change")
    >>> nearly.low, nearly.high
    (-0.2, -0.16)
    >>> nearly.reading
    'shrunk by nearly one-fifth, read as -20 % to -16 %'
    >>> read_amount("", measure="area")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    kursk_geo.errors.ClaimError: given '' as the amount of a claim; ...
    """
    return read_words(text, measure=measure, direction=direction, default="bare")


def read_duration(text: str) -> Interval:
    """
    Read a duration in words as an interval of days.

    Parameters
    ----------
    text : str
        Such as "seven months"; a month has 30.4375 days.

    Returns
    -------
    Interval
        In days.

    Raises
    ------
    ClaimError
        If the words cannot be read.

    Examples
    --------
    >>> read_duration("seven months").extent
    '197.8 days to 228.3 days'
    """
    return read_amount(text, measure="days_held")


def unit_of(measure: str) -> Unit:
    """Return the unit of a measure."""
    if measure not in UNIT_OF:
        msg = (
            f"given the measure {measure!r}; expected one of {', '.join(UNIT_OF)}; "
            'write for example measure = "area"'
        )
        raise ClaimError(msg)
    return UNIT_OF[measure]


def read_words(
    text: str, *, measure: str, direction: Direction | None, default: str
) -> Interval:
    """Read words whose hedge, when they have none, is `default`."""
    unit = unit_of(measure)
    if measure == "present":
        return presence(normalise(text), text)
    phrase = parse(text)
    if unit == "share" and phrase.unit is None:
        phrase = replace(phrase, numbers=tuple(map(as_share, phrase.numbers)))
    factor = _factor(text, phrase, unit)
    if len(phrase.numbers) == 2 and any(number.sign for number in phrase.numbers):
        low, high = phrase.numbers
        ends = tuple((x.sign or 1) * x.value * factor for x in (low, high))
        return Interval(
            low=float(ends[0]),
            high=float(ends[1]),
            closed_low=True,
            closed_high=True,
            unit=unit,
            value=None,
            precision=float(max(low.step, high.step) * factor),
            text=text,
        )
    return make_interval(
        _hedge_of(text, phrase, default),
        phrase.numbers,
        measure=measure,
        sign=_sign(text, measure, phrase.numbers[0], direction),
        factor=factor,
        text=text,
    )


def as_share(number: Number) -> Number:
    """Return a share as precise as 1 %: 0.2 is as good as 0.20."""
    step = min(number.step, Fraction(1, 100))
    return number if number.is_fraction else replace(number, step=step, round_step=step)


def make_interval(
    hedge: Hedge | None,
    numbers: tuple[Number, ...],
    *,
    measure: str,
    sign: int,
    factor: Fraction,
    text: str,
) -> Interval:
    """Apply a hedge to one number, or to the two ends of a range (None: as is)."""
    unit = unit_of(measure)
    first, last = numbers[0], numbers[-1]
    low = _ends(hedge, first, counting=unit == "count")[0] if hedge else first.value
    high = _ends(hedge, last, counting=unit == "count")[1] if hedge else last.value
    if measure not in SIGNED:
        low = max(low, 0)
    ends = (float(low * factor), float(high * factor))
    closed = (hedge.closed_low, hedge.closed_high) if hedge else (True, True)
    if sign < 0 and ends[0] <= ends[1]:  # in the wrong order they stay so, to be told
        # 0.0 - x, for -0.0 would be shown
        ends, closed = (0.0 - ends[1], 0.0 - ends[0]), (closed[1], closed[0])
    return Interval(
        low=ends[0],
        high=ends[1],
        closed_low=closed[0],
        closed_high=closed[1],
        unit=unit,
        value=float(sign * first.value * factor) if len(numbers) == 1 else None,
        precision=float(max(number.step for number in numbers) * factor),
        text=text,
    )


def _factor(text: str, phrase: Phrase, unit: Unit) -> Fraction:
    """Return the factor to the unit of the measure; refuse any other unit."""
    number = phrase.numbers[-1]
    found = phrase.unit or ("share" if number.is_fraction else None)
    units = ", ".join(words[0] for words, (to, _) in UNITS.items() if to == unit)
    problem = ""
    if found and found != unit:
        problem = f"its unit is {found}, and the measure is in {unit}"
    elif found is None and unit == "share" and number.value > 1:
        problem = "a share needs its unit"
    elif found is None and unit != "count" and phrase.after:
        problem = f"{phrase.after!r} is no unit"
    if problem:
        raise unreadable(
            text,
            problem,
            known=units or "no unit, for a count",
            remedy="or choose another measure, or state the range in the claim file: "
            "between = [low, high]",
        )
    return phrase.factor


def _sign(
    text: str, measure: str, number: Number, direction: Direction | None
) -> Literal[-1, 1]:
    if measure not in SIGNED:
        if number.sign < 0:
            msg = (
                f"given {text!r} for {measure}; expected an amount of 0 or more; for a "
                "change use the measure area_change or relative_change"
            )
            raise ClaimError(msg)
        return 1
    if number.sign:
        return -1 if number.sign < 0 else 1
    way = direction or read_direction(text)
    if way not in {"fell", "rose"}:
        msg = (
            f"given {text!r} for {measure} without a sign; expected a verb that tells "
            'the direction (fell, shrunk; grew, gained); write direction = "fell" '
            'or "rose", or state the range: between = [-0.20, -0.16]'
        )
        raise ClaimError(msg)
    return -1 if way == "fell" else 1


def _hedge_of(text: str, phrase: Phrase, default: str) -> Hedge | None:
    """Return the hedge of the words, else the default; a range needs none."""
    if len(phrase.numbers) == 1:
        return HEDGES[phrase.hedge or default]
    if default in {"at least", "at most"}:
        msg = (
            f"given the range {text!r} as a bound; expected one amount; write it as "
            'about = "...", or as between = [low, high]'
        )
        raise ClaimError(msg)
    return HEDGES[phrase.hedge] if phrase.hedge else None


def _ends(hedge: Hedge, number: Number, *, counting: bool) -> tuple[_End, _End]:
    """Return both ends for a magnitude, at least as wide as its rounding."""
    low: _End = hedge.low * number.value
    high: _End = math.inf if hedge.high is None else hedge.high * number.value
    if hedge.rounding == "none":
        return low, high
    half = number.step / 2 if hedge.rounding == "written" else number.usual_half
    if counting:  # a count is exact, and "about three" allows one more or less
        half = Fraction(hedge.low < 1)
    return min(low, number.value - half), max(high, number.value + half)


def presence(words: str, text: str) -> Interval:
    """Read whether ground was held: a count of 1 or 0."""
    if words not in PRESENCE:
        raise unreadable(
            text,
            "it does not say whether ground was held",
            known=", ".join(PRESENCE),
            remedy="or write equals = true, or equals = false",
        )
    count = float(PRESENCE[words])
    shown = "held ground" if count else "no held ground"
    return Interval(
        low=count,
        high=count,
        closed_low=True,
        closed_high=True,
        unit="count",
        value=count,
        precision=1.0,
        text=text,
        reading=f"{text}, read as {shown}",
    )
