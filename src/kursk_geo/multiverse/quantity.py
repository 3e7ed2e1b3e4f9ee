"""What a sentence asks of the maps."""

from dataclasses import dataclass
from math import isfinite
from typing import Literal

import shapely

from kursk_geo.errors import OptionError
from kursk_geo.theatre import Theatre
from kursk_geo.wording import DateWindow, Interval

__all__ = ["CHANGES", "GROUNDS", "MEASURES", "Measure", "Place", "Quantity"]

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

NO_GROUND = ("contested_area", "days_held")
"""Measures that say by themselves which ground they mean."""

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

    Raises
    ------
    OptionError
        If the coordinates are none.

    Examples
    --------
    >>> Place("Sudzha", 35.27, 51.19).name
    'Sudzha'
    """

    name: str
    lon: float
    lat: float

    def __post_init__(self) -> None:
        numbers = isfinite(self.lon) and isfinite(self.lat)
        if not numbers or abs(self.lon) > 180.0 or abs(self.lat) > 90.0:
            msg = (
                f"quantity.place {self.name!r} lies at lon = {self.lon}, lat = "
                f"{self.lat}. Expected degrees, such as lon = 35.27, lat = 51.19."
            )
            raise OptionError(msg)


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
        A point by which the sentence tells the ground it means, for ``days_held``.

    Raises
    ------
    OptionError
        If the measure is not known, or is given what it cannot use.
    """

    measure: Measure
    theatre: Theatre
    at: DateWindow
    says: Interval
    baseline: DateWindow | None = None
    ground: str | None = None
    place: Place | None = None

    def __post_init__(self) -> None:
        if self.measure not in MEASURES:
            msg = (
                f"quantity.measure = {self.measure!r} is not known. Expected one of: "
                f"{', '.join(MEASURES)}."
            )
            raise OptionError(msg)
        if self.ground not in (None, *GROUNDS):
            allowed = ", ".join(repr(ground) for ground in GROUNDS)
            msg = (
                f"quantity.ground = {self.ground!r}. Expected one of: {allowed}, or "
                "no such key where the sentence does not say."
            )
            raise OptionError(msg)
        self._refuse_unused()
        self._check_order()
        self._check_place()

    def _refuse_unused(self) -> None:
        """A key that would be passed over says that something else was meant."""
        unused = {
            "baseline": self.baseline is not None and self.measure not in CHANGES,
            "ground": self.ground is not None and self.measure in NO_GROUND,
            "place": self.place is not None and self.measure != "days_held",
        }
        for key in (key for key, wrong in unused.items() if wrong):
            users = {
                "baseline": CHANGES,
                "ground": tuple(m for m in MEASURES if m not in NO_GROUND),
                "place": ("days_held",),
            }[key]
            msg = (
                f"quantity.{key} is given with measure = {self.measure!r}, which has "
                f"no use for it. Expected it only with {', '.join(users)}: remove it, "
                "or change the measure."
            )
            raise OptionError(msg)

    def _check_order(self) -> None:
        since = self.baseline
        if since is not None and since.target >= self.at.target:
            msg = (
                f"quantity.baseline ({since.target}) is not before quantity.at "
                f"({self.at.target}). Expected an earlier date: swap them."
            )
            raise OptionError(msg)

    def _check_place(self) -> None:
        place, region = self.place, self.theatre.region
        if place is None or region is None:
            return
        if not shapely.intersects_xy(region, place.lon, place.lat):
            msg = (
                f"quantity.place {place.name!r} (lon = {place.lon}, lat = {place.lat}) "
                f"lies outside the theatre {self.theatre.name!r}. Expected a point of "
                "that region, longitude and latitude not swapped."
            )
            raise OptionError(msg)
