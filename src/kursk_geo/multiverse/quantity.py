"""What a sentence asks of the maps."""

from dataclasses import dataclass
from typing import Literal

from kursk_geo.theatre import Theatre
from kursk_geo.wording import DateWindow, Interval

__all__ = ["GROUNDS", "MEASURES", "Measure", "Place", "Quantity"]

Measure = Literal[
    "area",
    "contested_area",
    "relative_change",
    "area_change",
    "sections",
    "depth",
    "present",
    "days_held",
]
MEASURES: tuple[Measure, ...] = (
    "area",
    "contested_area",
    "relative_change",
    "area_change",
    "sections",
    "depth",
    "present",
    "days_held",
)
CHANGES = ("relative_change", "area_change")
"""Measures that need a baseline."""

GROUNDS = ("held", "held or contested")


@dataclass(frozen=True)
class Place:
    """
    A named point, for ground that is told by a place within it.

    Parameters
    ----------
    name : str
    lon, lat : float
        In EPSG:4326. [degrees]
    """

    name: str
    lon: float
    lat: float


@dataclass(frozen=True)
class Quantity:
    """
    What a sentence asks of the maps.

    Parameters
    ----------
    measure : str
        One of `MEASURES`.
    theatre : Theatre
    at : DateWindow
        When, as the sentence words it.
    says : Interval
        What the sentence says of it, as an interval.
    baseline : DateWindow, optional
        Since when, for a change; None where the sentence does not say.
    ground : {"held", "held or contested"}, optional
        Which ground, where the sentence says; None where it does not.
    place : Place, optional
        A point by which the sentence tells the ground it means.
    """

    measure: Measure
    theatre: Theatre
    at: DateWindow
    says: Interval
    baseline: DateWindow | None = None
    ground: str | None = None
    place: Place | None = None
