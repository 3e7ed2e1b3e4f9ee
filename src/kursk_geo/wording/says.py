"""What a claim file says of a figure: comparators, words, numbers and ranges."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Final

from kursk_geo.errors import ClaimError
from kursk_geo.wording.amounts import (
    Direction,
    as_share,
    make_interval,
    presence,
    read_words,
    unit_of,
)
from kursk_geo.wording.grammar import parse
from kursk_geo.wording.interval import Interval, figure
from kursk_geo.wording.text import Number
from kursk_geo.wording.words import HEDGES, SIGNED

__all__ = ["SAYS_KEYS", "read_says"]

#: comparator of a claim file -> the hedge that its words have when they have none
_COMPARATORS: Final = {
    "about": "about",
    "equals": "exactly",
    "at_least": "at least",
    "at_most": "at most",
}
SAYS_KEYS: Final = (*_COMPARATORS, "between", "low", "high", "direction")
_LARGEST: Final = 1e12


def read_says(
    says: Mapping[str, object], *, measure: str, direction: Direction | None = None
) -> Interval:
    """
    Read the ``[says]`` table of a claim file as an interval.

    Parameters
    ----------
    says : mapping
        One of about, equals, at_least, at_most (the last two also together), as
        words or as a number in the unit of the measure; or ``between = [low,
        high]``, or low and high, which win over words. A number is signed: a fall
        by 20 % is -0.20. ``direction`` ("fell", "rose") wins over the option.
    measure : str
        See `read_amount`.
    direction : {"fell", "rose"}, optional
        Sign of a change that is given in words, such as `read_direction` of the
        sentence.

    Returns
    -------
    Interval

    Raises
    ------
    ClaimError
        If a key is not known, none or too many are given, words cannot be read or
        are weaker than their comparator, or a range is contradictory.

    Examples
    --------
    >>> says = {"about": "nearly one-fifth"}
    >>> read_says(says, measure="relative_change", direction="fell").reading
    'nearly one-fifth, read as -20 % to -16 %'
    >>> says["between"] = [-0.21, -0.15]
    >>> read_says(says, measure="relative_change").reading
    'nearly one-fifth, stated as -21 % to -15 %'
    >>> read_says({}, measure="area")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    kursk_geo.errors.ClaimError: [says] is empty; ...
    """
    unit_of(measure)
    unknown = [key for key in says if key not in SAYS_KEYS]
    if unknown or not says:
        given = f"[says] has the key {unknown[0]!r}" if unknown else "[says] is empty"
        msg = (
            f"{given}; expected one of {', '.join(SAYS_KEYS)}; write for example "
            'about = "nearly one-fifth"'
        )
        raise ClaimError(msg)
    way = _direction(says.get("direction", direction))
    comparators = [key for key in _COMPARATORS if key in says]
    ranges = [key for key in ("between", "low", "high") if key in says]
    if ranges and measure == "present":
        return _shown(ranges[0], says[ranges[0]])
    if ranges:
        words = [says[key] for key in comparators if isinstance(says[key], str)]
        return _stated(says, measure=measure, direction=way, words=words)
    read = [
        _compared(key, says[key], measure=measure, direction=way) for key in comparators
    ]
    if comparators == ["at_least", "at_most"]:
        return _both(*read)
    if len(read) != 1:
        msg = (
            f"[says] has {' and '.join(comparators) or 'no comparator'}; expected one "
            "of about, equals, at_least, at_most, or at_least with at_most; remove "
            "the others, or write between = [low, high]"
        )
        raise ClaimError(msg)
    return read[0]


def _direction(given: object) -> Direction | None:
    if given not in (None, "fell", "rose"):
        msg = (
            f"given direction = {given!r}; expected 'fell' or 'rose'; write for "
            'example direction = "fell"'
        )
        raise ClaimError(msg)
    return given


def _compared(
    key: str, given: object, *, measure: str, direction: Direction | None
) -> Interval:
    """Read one comparator with its words or its number."""
    name = _COMPARATORS[key]
    if measure == "present":
        return _shown(key, given)
    if isinstance(given, str):
        return _worded(key, given, measure=measure, direction=direction)
    number = _number(key, given, measure=measure)
    x = float(number.sign * number.value)
    _check_sign(x, measure=measure, direction=direction)
    text = f"{name} {figure(x, unit_of(measure))}"
    interval = make_interval(
        HEDGES[name],
        (number,),
        measure=measure,
        sign=number.sign,
        factor=Fraction(1),
        text=text,
    )
    if measure in SIGNED and key in {"at_least", "at_most"}:
        # a number is a point on the signed line: at least -0.2 may also be +0.1
        low, high = (x, math.inf) if key == "at_least" else (-math.inf, x)
        interval = replace(
            interval, low=low, high=high, closed_low=True, closed_high=True, reading=""
        )
    return interval


def _worded(
    key: str, text: str, *, measure: str, direction: Direction | None
) -> Interval:
    """Read words; a hedge of their own may narrow their comparator, never widen it."""
    name = _COMPARATORS[key]
    read = read_words(text, measure=measure, direction=direction, default=name)
    phrase = parse(text)
    if phrase.hedge is None:
        if len(phrase.numbers) == 2 or key == "equals":
            return read
        return replace(read, text=f"{name} {text}", reading="")
    own, bound = (
        make_interval(
            HEDGES[hedge],
            phrase.numbers[:1],
            measure=measure,
            sign=1,
            factor=Fraction(1),
            text=text,
        )
        for hedge in (phrase.hedge, name)
    )
    # "about" is where words go as they stand, whatever their hedge
    if key != "about" and not own.within(bound):
        msg = (
            f"[says] has {key} = {text!r}; expected an amount without a hedge, or with "
            f'one that is narrower than {name!r}; write about = "{text}"'
        )
        raise ClaimError(msg)
    return read


def _number(key: str, given: object, *, measure: str) -> Number:
    """Return a number of the file with its sign; its decimals are its precision."""
    if (
        isinstance(given, bool)
        or not isinstance(given, int | float)
        or not abs(given) <= _LARGEST  # nan is not, and no int overflows a float
        or (measure not in SIGNED and given < 0)
    ):
        allowed = "a number" if measure in SIGNED else "a number of 0 or more"
        msg = (
            f"[says] has {key} = {given!r}; expected words or {allowed} for "
            f'{measure}; write for example {key} = "nearly 450 km²"'
        )
        raise ClaimError(msg)
    sign = -1 if given < 0 else 1
    if isinstance(given, int):
        number = Number.whole(abs(given))
    else:
        written = Decimal(repr(float(given)))
        step = Fraction(10) ** min(int(written.as_tuple().exponent), 0)
        number = Number(abs(Fraction(written)), step, step)
    if unit_of(measure) == "share":
        number = as_share(number)
    return replace(number, sign=sign)


def _check_sign(x: float, *, measure: str, direction: Direction | None) -> None:
    """Refuse 0.2 beside a sentence that says "fell": a slip that reverses a verdict."""
    if measure in SIGNED and x * {"fell": -1, "rose": 1, None: 0}[direction] < 0:
        msg = (
            f"[says] gives {x:g}, and the sentence says that the area {direction}; "
            f"expected the sign of the change; write {-x:g}, or state the direction: "
            f'direction = "{"rose" if direction == "fell" else "fell"}"'
        )
        raise ClaimError(msg)


def _shown(key: str, given: object) -> Interval:
    """Read whether ground was held: true, false, 1, 0 or a word."""
    if key != "equals" or not (given in (True, False) or isinstance(given, str)):
        msg = (
            f"[says] has {key} = {given!r}; expected equals with true or false for the "
            "measure present; write equals = true"
        )
        raise ClaimError(msg)
    words = given.lower() if isinstance(given, str) else str(bool(given)).lower()
    return presence(words, str(given))


def _stated(
    says: Mapping[str, object],
    *,
    measure: str,
    direction: Direction | None,
    words: list[object],
) -> Interval:
    """Read a range that the file gives; it wins over words."""
    ends: list[object] = [says.get("low"), says.get("high")]
    if "between" in says:
        between = says["between"]
        if (
            not isinstance(between, list | tuple)
            or len(between) != 2
            or any(end is not None for end in ends)
        ):
            msg = (
                f"[says] has between = {between!r}; expected two ends, and then "
                "neither low nor high; write for example between = [-0.20, -0.16]"
            )
            raise ClaimError(msg)
        ends = list(between)
    if (
        direction == "fell"
        and measure in SIGNED
        and all(isinstance(end, str) for end in ends)
    ):
        ends.reverse()  # "16 per cent" to "20 per cent", falling
    low, low_step = _end(
        "low", ends[0], missing=-math.inf, measure=measure, direction=direction
    )
    high, high_step = _end(
        "high", ends[1], missing=math.inf, measure=measure, direction=direction
    )
    unit = unit_of(measure)
    read = Interval(
        low=low,
        high=high,
        closed_low=True,
        closed_high=True,
        unit=unit,
        value=None,
        precision=max(low_step, high_step),
        text=str(words[0]) if words else f"{figure(low, unit)} to {figure(high, unit)}",
    )
    start = f"{read.text}, stated" if words else "stated"
    return replace(read, reading=f"{start} as {read.extent}")


def _end(
    key: str,
    given: object,
    *,
    missing: float,
    measure: str,
    direction: Direction | None,
) -> tuple[float, float]:
    """Return one end of a stated range, and its step."""
    if given is None or (isinstance(given, float) and given == missing):
        return missing, 0.0
    if isinstance(given, str):
        read = read_words(
            given, measure=measure, direction=direction, default="exactly"
        )
        if read.value is None or parse(given).hedge is not None:
            msg = (
                f"[says] has the end {given!r}; expected an amount without a hedge; "
                'write for example "16 per cent", or a number'
            )
            raise ClaimError(msg)
        return read.value, read.precision
    number = _number(key, given, measure=measure)
    return float(number.sign * number.value), float(number.step)


def _both(least: Interval, most: Interval) -> Interval:
    """Return what at_least and at_most leave between them."""
    low, open_low = max((x.low, not x.closed_low) for x in (least, most))
    high, closed_high = min((x.high, x.closed_high) for x in (least, most))
    return replace(
        least,
        low=low,
        high=high,
        closed_low=not open_low,
        closed_high=closed_high,
        value=None,
        precision=max(least.precision, most.precision),
        text=f"{least.text} and {most.text}",
        reading="",
    )
