"""Specification curves: every outcome of a claim in order, and what the claim says."""

from dataclasses import dataclass
from math import isinf, isnan

import numpy as np
import pandas as pd

from kursk_geo.claims import Verdict
from kursk_geo.report.text import visible
from kursk_geo.wording import Interval

__all__ = ["Curve", "curve_of"]

WIDE, HIGH = 1000, 1000
ROOM = 0.08
"""Share of the height above and below the outcomes."""


@dataclass(frozen=True)
class Curve:
    """
    What the template needs to draw a curve.

    Parameters
    ----------
    holds, fails : str
        Paths of the outcomes that agree with the sentence, and that do not.
    claimed : str
        Path of the band that the sentence allows.
    top, bottom : str
        Figures at the upper and lower edge of the outcomes.
    at_top, at_bottom : str
        Where these stand. [per cent]
    first : str
        Where the first option of each axis comes out. [per cent]
    description : str
    """

    holds: str
    fails: str
    claimed: str
    top: str
    bottom: str
    at_top: str
    at_bottom: str
    first: str
    description: str


def curve_of(verdict: Verdict) -> Curve | None:
    """The curve of a verdict; None where nothing could be computed."""
    table = verdict.table
    computed = table[table["outcome"].notna()]
    if computed.empty:
        return None
    ordered = computed.sort_values(["outcome", "holds"], kind="stable")
    says = verdict.claim.quantity.says
    scale = _Scale(ordered["outcome"], says)
    low, high = float(ordered["outcome"].iloc[0]), float(ordered["outcome"].iloc[-1])
    agree = ordered["holds"].astype(bool)
    words = (
        f"{len(computed):,} specifications in order of their outcome, from "
        f"{verdict.shown(low)} to {verdict.shown(high)}; {int(agree.sum()):,} agree "
        f"with the sentence ({says.reading})."
    )
    first = verdict.figure
    return Curve(
        holds=scale.segments(ordered["outcome"], agree, chosen=True),
        fails=scale.segments(ordered["outcome"], agree, chosen=False),
        claimed=scale.band(says),
        top=verdict.shown(high),
        bottom=verdict.shown(low),
        at_top=_share(scale.y(high)),
        at_bottom=_share(scale.y(low)),
        first="" if isnan(first) else _share(scale.y(first)),
        description=visible(words),
    )


class _Scale:
    """Outcomes up, with the ends of what the sentence says where they are near."""

    def __init__(self, outcomes: pd.Series, says: Interval) -> None:
        low, high = float(outcomes.min()), float(outcomes.max())
        ends = [end for end in (says.low, says.high) if not isinf(end)]
        reach = max(high - low, abs(high) * 0.1, 1e-9)
        near = [end for end in ends if low - reach <= end <= high + reach]
        low, high = min([low, *near]), max([high, *near])
        room = max(high - low, abs(high) * 0.05, 1e-9) * ROOM
        self.low, self.high = low - room, high + room

    def y(self, value: float) -> int:
        share = (value - self.low) / (self.high - self.low)
        return int(np.clip(round(HIGH * (1.0 - share)), 0, HIGH))

    def band(self, says: Interval) -> str:
        """What the sentence allows; a single value is a thin band."""
        high, low = (
            self.y(np.clip(end, self.low, self.high)) for end in (says.high, says.low)
        )
        if low - high < 8:
            high, low = max(high - 4, 0), min(low + 4, HIGH)
        return f"M0 {high}H{WIDE}V{low}H0z"

    def segments(self, outcomes: pd.Series, agree: pd.Series, *, chosen: bool) -> str:
        """Level pieces of the curve of one kind; equal neighbours are one piece."""
        number = len(outcomes)
        levels = np.array([self.y(value) for value in outcomes])
        kind = agree.to_numpy()
        new = np.r_[True, (levels[1:] != levels[:-1]) | (kind[1:] != kind[:-1])]
        starts = np.flatnonzero(new)
        ends = np.r_[starts[1:], number]
        edge = np.round(np.arange(number + 1) / number * WIDE).astype(int)
        return "".join(
            f"M{edge[start]} {levels[start]}H{max(edge[end], edge[start] + 1)}"
            for start, end in zip(starts, ends, strict=True)
            if kind[start] == chosen
        )


def _share(y: int) -> str:
    return f"{100 * y / HIGH:.1f}"
