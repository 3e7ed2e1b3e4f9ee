"""The interval that a phrase is read as."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from kursk_geo.errors import ClaimError
from kursk_geo.wording.words import Unit

__all__ = ["Interval"]

_SYMBOL: Final = {
    "km2": " km²",
    "km": " km",
    "share": " %",
    "count": "",
    "days": " days",
}


@dataclass(frozen=True)
class Interval:
    """
    What a phrase is read as: all values from `low` to `high`.

    Parameters
    ----------
    low, high : float
        In `unit`; may be infinite.
    closed_low, closed_high : bool
        Whether the end itself belongs to the interval ("more than 40" is open).
    unit : {"km2", "km", "share", "count", "days"}
        A share is 0 to 1; a fall is negative.
    value : float or None
        The written value in `unit`; None for a range.
    precision : float
        Step of the last written digit in `unit`: 1 for "2 kilometers".
    text, reading : str
        The words, and the words with what they are read as.

    Raises
    ------
    ClaimError
        If `low` lies above `high`, or one of them is not a number.

    Examples
    --------
    >>> over = Interval(420.0, math.inf, False, True, "km2", 420.0, 10.0, "over 420")
    >>> over.reading
    'over 420, read as more than 420 km²'
    >>> over.contains(421.0), over.contains(420.0), over.contains(float("nan"))
    (True, False, False)
    """

    low: float
    high: float
    closed_low: bool
    closed_high: bool
    unit: Unit
    value: float | None
    precision: float
    text: str
    reading: str = ""

    def __post_init__(self) -> None:
        """Refuse ends in the wrong order; write the reading if none is given."""
        if not self.low <= self.high:
            msg = (
                f"{self.text!r} gives a range from {self.low:g} to {self.high:g}; "
                "expected its lower end first; write between = [low, high] (a fall "
                "is negative: [-0.20, -0.16])"
            )
            raise ClaimError(msg)
        if not self.reading:
            reading = f"{self.text}, read as {self.extent}"
            object.__setattr__(self, "reading", reading)

    def contains(self, x: float, *, rounded: bool = False) -> bool:
        """
        Tell whether a figure lies in the interval.

        Parameters
        ----------
        x : float
            In `unit`. A missing value (nan) is never contained.
        rounded : bool, default False
            Round `x` to `precision` first, halves upward.

        Returns
        -------
        bool

        Raises
        ------
        TypeError
            If `x` is no number.
        """
        if rounded and self.precision and math.isfinite(x):
            step = Fraction(str(self.precision))
            x = float(math.floor(Fraction(float(x)) / step + Fraction(1, 2)) * step)
        above = x >= self.low if self.closed_low else x > self.low
        below = x <= self.high if self.closed_high else x < self.high
        return bool(above and below)

    def within(self, other: Interval) -> bool:
        """
        Tell whether every value of this interval lies in the other one.

        Parameters
        ----------
        other : Interval
            In the same unit.

        Returns
        -------
        bool

        Raises
        ------
        Nothing
        """
        above = self.low > other.low or (
            self.low == other.low and other.closed_low >= self.closed_low
        )
        below = self.high < other.high or (
            self.high == other.high and other.closed_high >= self.closed_high
        )
        return above and below

    @property
    def extent(self) -> str:
        """The interval in words, such as "-20 % to -16 %"."""
        low, high = (figure(x, self.unit) for x in (self.low, self.high))
        if math.isinf(self.low) and math.isinf(self.high):
            return "any value"
        if math.isinf(self.high):
            return f"{'at least' if self.closed_low else 'more than'} {low}"
        if math.isinf(self.low):
            return f"{'at most' if self.closed_high else 'less than'} {high}"
        if self.low == self.high:
            return low
        ends = ((low, self.closed_low), (high, self.closed_high))
        left_out = " or ".join(end for end, closed in ends if not closed)
        return f"{low} to {high}" + (f" (not {left_out})" if left_out else "")


def figure(x: float, unit: Unit) -> str:
    """Return a figure with its unit, as readings show it."""
    shown = 100 * x if unit == "share" else x
    if unit == "days" and abs(shown) >= 10:
        shown = round(shown, 1)  # a month is 30.4375 days, which nobody means
    digits = f"{shown:.6g}" if abs(shown) < 1e6 else f"{shown:,.0f}"
    return f"{digits}{_SYMBOL[unit]}"
