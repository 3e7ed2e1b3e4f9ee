"""Charts of steps, as paths on a field that stretches with the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, isfinite, log10

import numpy as np
import pandas as pd

from kursk_geo.periods import DAY
from kursk_geo.plot.style import MONTHS

__all__ = ["Chart", "Layer", "Tick", "area_chart", "depth_chart", "time_share"]

WIDE, HIGH = 4000, 1000
"""Units of the field."""
TOP_PX, FIELD_PX = 10, 210
"""Where the field begins, and how high it is on the page."""
MOST_TICKS = 8
STALE_DAYS = 3.0
"""Longer stretches without a new map are shaded. [days]"""
MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120)
DAY_STEPS = (1, 2, 5, 10)


@dataclass(frozen=True)
class Layer:
    """A path of the field; its class tells how it is drawn."""

    path: str
    style: str


@dataclass(frozen=True)
class Tick:
    """A word on an axis: across in per cent, up in pixels."""

    at: str
    words: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Chart:
    """What the template needs to draw a chart."""

    name: str
    title: str
    description: str
    layers: tuple[Layer, ...]
    legend: tuple[tuple[str, str], ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    grid: str
    """Path of the lines at the ticks."""


def area_chart(table: pd.DataFrame, description: str) -> Chart:
    """Held area with contested upon it, and the bounds of both."""
    held, both = table["area_km2"], table["area_km2"] + table["contested_km2"]
    field = _Field(table.index, table["area_high_km2"].max())
    return Chart(
        name="area",
        title="Area [km²]",
        description=description,
        layers=(
            *field.stale(),
            Layer(field.between(held, both), "contested"),
            Layer(field.between(held * 0.0, held), "held"),
            Layer(field.line(table["area_low_km2"]), "bound-halo"),
            Layer(field.line(table["area_low_km2"]), "bound"),
            Layer(field.line(table["area_high_km2"]), "bound"),
        ),
        legend=(
            ("contested", "contested"),
            ("held", "held"),
            ("bound", "lower bound of held, upper bound of held and contested"),
        ),
        across=field.across(),
        up=field.up(),
        grid=field.grid(),
    )


def depth_chart(table: pd.DataFrame, description: str) -> Chart | None:
    """Depth of held ground, and with contested; None where there is no border."""
    if table["depth_km"].isna().all():
        return None
    field = _Field(table.index, table["depth_high_km"].max())
    return Chart(
        name="depth",
        title="Depth from the border [km]",
        description=description,
        layers=(
            *field.stale(),
            Layer(field.between(table["depth_low_km"], table["depth_high_km"]), "band"),
            Layer(field.line(table["depth_with_contested_km"]), "outer"),
            Layer(field.line(table["depth_km"]), "deep"),
        ),
        legend=(
            ("deep", "of held ground"),
            ("outer", "with contested ground"),
            ("band", "bounds"),
        ),
        across=field.across(),
        up=field.up(),
        grid=field.grid(),
    )


class _Field:
    """Time across, a figure up."""

    def __init__(self, moments: pd.Index, highest: float) -> None:
        self.moments = pd.DatetimeIndex(moments)
        there = isfinite(highest) and highest > 0.0
        self.step = _nice(highest / 4) if there else 1.0
        self.top = float(self.step * np.ceil(highest / self.step)) if there else 1.0
        shares = time_share(self.moments, self.moments)
        self.x = np.round(shares * WIDE).astype(int).tolist()

    def _y(self, values: pd.Series) -> list[int]:
        shares = values.fillna(0.0).to_numpy() / self.top
        levels: list[int] = np.round(HIGH * (1.0 - shares)).astype(int).tolist()
        return levels

    def _steps(self, levels: Sequence[int]) -> list[str]:
        """Moves along the steps: across to where a level ends, then up or down."""
        moves = []
        level = levels[0]
        for x, new in zip(self.x[1:], levels[1:], strict=True):
            if new != level:
                moves.append(f"H{x}V{new}")
                level = new
        return [*moves, f"H{self.x[-1]}"]

    def line(self, values: pd.Series) -> str:
        levels = self._y(values)
        return f"M{self.x[0]} {levels[0]}" + "".join(self._steps(levels))

    def between(self, low: pd.Series, high: pd.Series) -> str:
        """The ground between two lines of steps."""
        under = self._y(low)
        back = []
        level = under[-1]
        for x, before in zip(self.x[:0:-1], under[-2::-1], strict=True):
            if before != level:
                back.append(f"H{x}V{before}")
                level = before
        return f"{self.line(high)}V{under[-1]}{''.join(back)}H{self.x[0]}z"

    def stale(self) -> list[Layer]:
        gaps = np.diff(self.moments) / DAY > STALE_DAYS
        spans = zip(self.x, self.x[1:], strict=False)
        path = "".join(
            f"M{low} 0H{high}V{HIGH}H{low}z"
            for (low, high), stale in zip(spans, gaps, strict=True)
            if stale
        )
        return [Layer(path, "stale")] if path else []

    def up(self) -> tuple[Tick, ...]:
        values = np.arange(0.0, self.top * 1.0001, self.step)
        return tuple(
            Tick(f"{TOP_PX + FIELD_PX * (1 - value / self.top):.1f}", f"{value:,.10g}")
            for value in values
        )

    def grid(self) -> str:
        values = pd.Series(np.arange(0.0, self.top * 1.0001, self.step))
        return "".join(f"M0 {level}H{WIDE}" for level in self._y(values))

    def across(self) -> tuple[Tick, ...]:
        first, last = self.moments[0], self.moments[-1]
        shares = [
            (float(time_share(pd.DatetimeIndex([day]), self.moments)[0]), words)
            for day, words in _days(first, last)
        ]
        return tuple(
            Tick(f"{100 * share:.2f}", words, _anchor(share)) for share, words in shares
        )


def time_share(moments: pd.DatetimeIndex, span: pd.DatetimeIndex) -> np.ndarray:
    """Where instants stand between the first and the last of a span, 0 to 1."""
    length = (span[-1] - span[0]) / DAY
    return np.asarray((moments - span[0]) / DAY / (length or 1.0), dtype=float)


def _days(first: pd.Timestamp, last: pd.Timestamp) -> list[tuple[pd.Timestamp, str]]:
    """Days with a tick, and what stands there; a year at its first."""
    months = list(pd.date_range(first, last, freq="MS", normalize=True))
    months = [day for day in months if first <= day <= last]
    if len(months) < 3:
        days = [
            day for day in pd.date_range(first, last, normalize=True) if day >= first
        ]
        step = next((s for s in DAY_STEPS if len(days) / s <= MOST_TICKS), 14)
        return [(day, f"{day.day} {MONTHS[day.month - 1]}") for day in days[::step]]
    step = next((s for s in MONTH_STEPS if len(months) / s <= MOST_TICKS), 120)
    chosen = [
        day for day in months if (day.year * 12 + day.month - 1) % step == 0
    ] or months[:1]
    words, seen = [], None
    for day in chosen:
        year = f" {day.year}" if day.year != seen and step < 12 else ""
        seen = day.year
        name = str(day.year) if step >= 12 else MONTHS[day.month - 1]
        words.append((day, name + year))
    return words


def _anchor(share: float) -> str:
    return "start" if share < 0.05 else "end" if share > 0.95 else "middle"


def _nice(least: float) -> float:
    """1, 2, 2.5 or 5 times a power of ten, at least so much."""
    power = 10.0 ** floor(log10(least))
    return float(
        next(s * power for s in (1, 2, 2.5, 5, 10) if s * power >= least * 0.999)
    )
