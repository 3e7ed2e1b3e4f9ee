"""What was gained and lost in each period, in figures and on a map."""

from dataclasses import dataclass
from itertools import pairwise

import pandas as pd
import shapely

from kursk_geo.change import change_between
from kursk_geo.history import ControlHistory
from kursk_geo.plot.style import MONTHS, day_words
from kursk_geo.report.frame import Frame
from kursk_geo.uncertainty import change_bounds

__all__ = ["Period", "periods_of"]

MOST = 12
LENGTHS = (1, 3, 12, 60)
"""Lengths of a period that a reader knows. [months]"""
KINDS = ("kept", "lost", "gained")
TICK = pd.Timedelta(microseconds=1)


@dataclass(frozen=True)
class Period:
    """
    A calendar month, quarter or year, cut to the maps.

    Parameters
    ----------
    words : str
        ``"Mar 2025"`` in short, or what of it lies within the maps.
    gained_km2, lost_km2, net_km2, low_km2, high_km2 : float
        The last two are the bounds of the net. [km²]
    p : float
        Probability of the direction of the net; 0 where nothing changed.
    end_km2 : float
        Held at the end. [km²]
    paths : dict
        Outlines of what was kept, lost and gained.
    """

    words: str
    gained_km2: float
    lost_km2: float
    net_km2: float
    low_km2: float
    high_km2: float
    p: float
    end_km2: float
    paths: dict[str, str]

    @property
    def changed(self) -> bool:
        """Whether there is anything to draw."""
        return bool(self.paths["gained"] or self.paths["lost"])


def periods_of(history: ControlHistory, frame: Frame) -> list[Period]:
    """Periods of the maps of a selected history, at most a dozen or so."""
    published = history.snapshots["snapshot_utc"]
    first, last = published.iloc[0], published.iloc[-1]
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    length = next((n for n in LENGTHS if months / n <= MOST), LENGTHS[-1])
    edges = [first, *_edges(first, last, length), last]
    return [
        _period(history, frame, (start, end), length)
        for start, end in pairwise(edges)
        if start < end
    ]


def _edges(first: pd.Timestamp, last: pd.Timestamp, length: int) -> list[pd.Timestamp]:
    months = pd.date_range(first, last, freq="MS", normalize=True)
    return [
        day.as_unit("us")
        for day in months
        if first < day < last and (12 * day.year + day.month - 1) % length == 0
    ]


def _period(
    history: ControlHistory,
    frame: Frame,
    ends: tuple[pd.Timestamp, pd.Timestamp],
    length: int,
) -> Period:
    """A map published at midnight belongs to the day that begins then."""
    start, end = ends
    published = history.snapshots["snapshot_utc"]
    moments = (
        start if start == published.iloc[0] else start - TICK,
        end if end == published.iloc[-1] else end - TICK,
    )
    ground = change_between(history, *moments)
    net = change_bounds(history, *moments).to_dict("index")["net"]
    shapes = {
        kind: ground.loc[ground["change"] == kind].geometry.to_numpy() for kind in KINDS
    }
    return Period(
        words=_words(start, end, length),
        gained_km2=float(ground.attrs["gained_km2"]),
        lost_km2=float(ground.attrs["lost_km2"]),
        net_km2=net["change_km2"],
        low_km2=net["low_km2"],
        high_km2=net["high_km2"],
        p=net["p"],
        end_km2=float(ground.attrs["end_km2"]),
        paths={k: frame.path(shapely.union_all(parts)) for k, parts in shapes.items()},
    )


def _words(start: pd.Timestamp, end: pd.Timestamp, length: int) -> str:
    last = end - TICK
    whole = start == start.normalize() and end == end.normalize()
    if whole and length == 1:
        return f"{MONTHS[start.month - 1]} {start.year}"
    begins = day_words(start)
    if (start.year, start.month) == (last.year, last.month):
        begins = str(start.day)
    elif start.year == last.year:
        begins = f"{start.day} {MONTHS[start.month - 1]}"
    return f"{begins} to {day_words(last)}"
