"""The definitions that a sentence leaves open, and all their combinations."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from hashlib import sha256
from itertools import product
from math import isfinite, prod
from typing import Literal

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kursk_geo.area import area_km2
from kursk_geo.claims.wording import DateWindow, Interval
from kursk_geo.errors import DateNotFoundError, OptionError
from kursk_geo.ground import Ground, Pieces
from kursk_geo.history import ControlHistory
from kursk_geo.periods import DAY, instant, span
from kursk_geo.theatre import Theatre

__all__ = [
    "AXES_OF",
    "CHANGES",
    "FROZEN_DAYS",
    "GROUNDS",
    "MEASURES",
    "MONTHS",
    "TIERS",
    "Axis",
    "Dates",
    "Grid",
    "Meant",
    "Measure",
    "Option",
    "Place",
    "Quantity",
    "Specification",
    "Tier",
    "Value",
    "border_key",
    "check_grid",
    "default_grid",
    "spell",
]


MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August",
    "September", "October", "November", "December",
)  # fmt: skip


def spell(day: date) -> str:
    """
    A day in words; strftime would ask the locale and the platform.

    Parameters
    ----------
    day : date

    Returns
    -------
    str

    Raises
    ------
    Nothing
        Every date has its words.

    Examples
    --------
    >>> spell(date(2025, 2, 28))
    '28 February 2025'
    """
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


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


Tier = Literal["stated", "conventional", "reasonable", "stress"]
TIERS: tuple[Tier, ...] = ("stated", "conventional", "reasonable", "stress")
"""From what the sentence says to what only tests how far it bends."""

Value = str | float | int | bool | None


@dataclass(frozen=True)
class Option:
    """
    One way of choosing on an axis.

    Parameters
    ----------
    name : str
        As it stands in tables.
    value : str, float, int, bool or None
        What is computed with.
    tier : {"stated", "conventional", "reasonable", "stress"}
        How close to the sentence and to custom.

    Raises
    ------
    OptionError
        If the tier is not known.

    Examples
    --------
    >>> Option("touching", 0.0, "conventional").tier
    'conventional'
    """

    name: str
    value: Value
    tier: Tier

    def __post_init__(self) -> None:
        if self.tier not in TIERS:
            msg = (
                f"Tier {self.tier!r} of option {self.name!r} is not known. Expected "
                f"one of: {', '.join(TIERS)}."
            )
            raise OptionError(msg)


Specification = Mapping[str, Option]
"""One full choice: an option of each axis, by the axis' name."""


@dataclass(frozen=True)
class Axis:
    """
    A definition that can be chosen in several ways.

    Parameters
    ----------
    name : str
    options : tuple of Option
        The first is the one that the figure of a verdict is computed with.

    Raises
    ------
    OptionError
        If there is no option, or two have one name.

    Examples
    --------
    >>> axis = Axis("gap_km", (Option("touching", 0.0, "conventional"),))
    >>> [option.name for option in axis.options]
    ['touching']
    """

    name: str
    options: tuple[Option, ...]

    def __post_init__(self) -> None:
        names = [option.name for option in self.options]
        if not names or len(set(names)) < len(names):
            msg = (
                f"Axis {self.name!r} has the options {names}. Expected at least one, "
                "each with a name of its own."
            )
            raise OptionError(msg)

    def option(self, name: str) -> Option:
        """
        The option of a name.

        Parameters
        ----------
        name : str

        Returns
        -------
        Option

        Raises
        ------
        OptionError
            If the axis has no such option.

        Examples
        --------
        >>> axis = Axis("gap_km", (Option("touching", 0.0, "conventional"),))
        >>> axis.option("touching").value
        0.0
        """
        for option in self.options:
            if option.name == name:
                return option
        known = "; ".join(repr(option.name) for option in self.options)
        msg = f"Axis {self.name!r} has no option {name!r}. Expected one of: {known}."
        raise OptionError(msg)

    def without(self, name: str) -> "Axis":
        """
        The axis less one option.

        Parameters
        ----------
        name : str

        Returns
        -------
        Axis

        Raises
        ------
        OptionError
            If the axis has no such option, or no other.

        Examples
        --------
        >>> near = Option("within 1 km", 1.0, "stress")
        >>> axis = Axis("gap_km", (Option("touching", 0.0, "conventional"), near))
        >>> len(axis.without("within 1 km").options)
        1
        """
        dropped = self.option(name)
        return replace(self, options=tuple(o for o in self.options if o is not dropped))

    def stating(self, name: str) -> "Axis":
        """
        The axis with one option as what the sentence says.

        Parameters
        ----------
        name : str

        Returns
        -------
        Axis
            That option first and stated; conventional others become reasonable.

        Raises
        ------
        OptionError
            If the axis has no such option.

        Examples
        --------
        >>> near = Option("within 1 km", 1.0, "stress")
        >>> axis = Axis("gap_km", (Option("touching", 0.0, "conventional"), near))
        >>> [option.tier for option in axis.stating("within 1 km").options]
        ['stated', 'reasonable']
        """
        chosen = self.option(name)
        others = (
            replace(o, tier="reasonable") if o.tier == "conventional" else o
            for o in self.options
            if o is not chosen
        )
        return replace(self, options=(replace(chosen, tier="stated"), *others))


@dataclass(frozen=True)
class Grid:
    """
    All combinations of the options of some axes.

    Parameters
    ----------
    axes : tuple of Axis

    Raises
    ------
    OptionError
        If two axes have one name.

    Examples
    --------
    >>> from kursk_geo.claims.grid import Option
    >>> gap = Axis("gap_km", (Option("touching", 0.0, "conventional"),))
    >>> len(Grid((gap,)))
    1
    >>> len(Grid(()))
    1
    """

    axes: tuple[Axis, ...]

    def __post_init__(self) -> None:
        names = [axis.name for axis in self.axes]
        if len(set(names)) < len(names):
            msg = f"The axes are {names}. Expected each name once."
            raise OptionError(msg)

    def __len__(self) -> int:
        return prod(len(axis.options) for axis in self.axes)

    def specifications(self) -> Iterator[Specification]:
        """
        Every combination; the first has the first option of each axis.

        Returns
        -------
        iterator of mapping of str to Option
            Options by the name of their axis; the last axis changes fastest.

        Raises
        ------
        Nothing
            A grid without axes has one specification.

        Examples
        --------
        >>> list(Grid(()).specifications())
        [{}]
        """
        names = [axis.name for axis in self.axes]
        for options in product(*(axis.options for axis in self.axes)):
            yield dict(zip(names, options, strict=True))

    def with_axis(self, axis: Axis) -> "Grid":
        """
        Add an axis, or put one in the place of the axis of that name.

        Parameters
        ----------
        axis : Axis

        Returns
        -------
        Grid

        Raises
        ------
        Nothing
            Any axis can be added.

        Examples
        --------
        >>> from kursk_geo.claims.grid import Option
        >>> gap = Axis("gap_km", (Option("touching", 0.0, "conventional"),))
        >>> Grid(()).with_axis(gap).with_axis(gap) == Grid((gap,))
        True
        """
        if axis.name in (known.name for known in self.axes):
            swapped = (axis if one.name == axis.name else one for one in self.axes)
            return replace(self, axes=tuple(swapped))
        return replace(self, axes=(*self.axes, axis))

    def only(self, name: str, *options: str) -> "Grid":
        """
        Keep some options of an axis.

        Parameters
        ----------
        name : str
            Of the axis.
        *options : str
            Names of the options to keep, in their new order.

        Returns
        -------
        Grid

        Raises
        ------
        OptionError
            If there is no such axis or option.

        Examples
        --------
        >>> from kursk_geo.claims.grid import Option
        >>> near = Option("within 1 km", 1.0, "stress")
        >>> gap = Axis("gap_km", (Option("touching", 0.0, "conventional"), near))
        >>> len(Grid((gap,)).only("gap_km", "touching"))
        1
        """
        axis = self.axis(name)
        kept = tuple(axis.option(option) for option in options)
        return self.with_axis(Axis(name, kept))

    def axis(self, name: str) -> Axis:
        """
        The axis of a name.

        Parameters
        ----------
        name : str

        Returns
        -------
        Axis

        Raises
        ------
        OptionError
            If there is no such axis.

        Examples
        --------
        >>> from kursk_geo.claims.grid import Option
        >>> gap = Axis("gap_km", (Option("touching", 0.0, "conventional"),))
        >>> Grid((gap,)).axis("gap_km") is gap
        True
        """
        for axis in self.axes:
            if axis.name == name:
                return axis
        known = ", ".join(axis.name for axis in self.axes)
        msg = f"There is no axis {name!r}. Expected one of: {known}."
        raise OptionError(msg)

    @property
    def hash(self) -> str:
        """
        Digest of what was tried, to cite with a figure.

        Sixteen hexadecimal digits of the SHA-256 of the canonical JSON of all axes:
        the name, value and tier of each option, and which option comes first, for the
        figure is computed with that. Neither the order of the axes nor that of the
        other options counts. The reading of the sentence is no part of it.

        Examples
        --------
        >>> Grid(()).hash
        '44136fa355b3678a'
        """
        axes = {axis.name: _canonical_axis(axis) for axis in self.axes}
        text = json.dumps(
            axes, sort_keys=True, ensure_ascii=True, separators=(",", ":")
        )
        return sha256(text.encode("ascii")).hexdigest()[:16]


def _canonical_axis(axis: Axis) -> list[list[str]]:
    first, *others = ([o.name, o.tier, _canonical(o.value)] for o in axis.options)
    return [first, *sorted(others)]


def _canonical(value: Value) -> str:
    """The same text for 1 and 1.0 and for 0.0 and -0.0, on any machine."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return repr(float(value) + 0.0)
    return json.dumps(value)


_AREA = ("clip", "area_method", "which", "gap_km", "rounding")
_PIECES = ("clip", "which", "gap_km", "min_area_km2", "rounding")

AXES_OF: dict[Measure, tuple[str, ...]] = {
    "area": ("source", "end", "ground", *_AREA),
    "contested_area": ("source", "end", *_AREA),
    "relative_change": ("source", "end", "baseline", "ground", *_AREA),
    "area_change": ("source", "end", "baseline", "ground", *_AREA),
    "sections": ("source", "end", "ground", *_PIECES),
    "present": ("source", "end", "ground", *_PIECES),
    "depth": ("source", "end", "ground", "depth_of", "border", *_PIECES),
    "days_held": ("source", "end", "ground", "clip", "rounding"),
}
"""All axes that a measure hangs on: a grid must spell out every one of them."""

CHOICES = {
    "area_method": ("geodesic", "spherical"),
    "which": ("all", "moving", "largest"),
    "depth_of": ("deepest", "largest", "mean", "shallowest"),
}


def check_grid(grid: Grid, quantity: Quantity) -> None:
    """
    Refuse a grid that leaves a definition unsaid, or says one that has no effect.

    Parameters
    ----------
    grid : Grid
    quantity : Quantity

    Raises
    ------
    OptionError
        If an axis is missing or not known to the measure, or an option has a value
        that the axis cannot take.
    """
    known = AXES_OF[quantity.measure]
    given = [axis.name for axis in grid.axes]
    wrong = [name for name in given if name not in known]
    missing = [name for name in known if name not in given]
    if wrong or missing:
        fault = (
            f"has no axis {wrong[0]!r}"
            if wrong
            else f"needs the axis {missing[0]!r}, which the grid leaves out"
        )
        msg = (
            f"Measure {quantity.measure!r} {fault}. Expected each of: "
            f"{', '.join(known)}; an axis of one option says a definition without "
            "varying it."
        )
        raise OptionError(msg)
    for axis in grid.axes:
        _check_axis(axis, quantity)


def _check_axis(axis: Axis, quantity: Quantity) -> None:
    fits, allowed = _rule(axis.name, quantity)
    for option in axis.options:
        if not fits(option.value):
            msg = (
                f"Option {option.name!r} of axis {axis.name!r} has the value "
                f"{option.value!r}. Expected {allowed}."
            )
            raise OptionError(msg)


def _rule(name: str, quantity: Quantity) -> tuple[Callable[[Value], bool], str]:
    """What a value must be, as a test and in words."""
    choices = CHOICES.get(name, ())
    if name == "ground":
        choices = GROUNDS
        if quantity.measure == "days_held":
            choices = ("any", "place") if quantity.place else ("any",)
    if choices:
        return choices.__contains__, "one of: " + ", ".join(map(repr, choices))
    match name:
        case "clip" | "rounding":
            return lambda value: isinstance(value, bool), "true or false"
        case "gap_km" | "min_area_km2":
            unit = "km" if name == "gap_km" else "km²"
            return _is_size, f"a number of {unit}, 0 or more"
        case "end":
            return _is_end, (
                "a day with its zone ('2025-02-28 UTC', '2025-02-28 Europe/Kyiv'), "
                "'2025-02-28 next' for the first map after it, or an instant "
                "('2025-02-28T12:00Z')"
            )
        case "baseline":
            return _is_baseline, (
                "a day ('2025-01-01'), an instant ('2025-01-01T12:00Z') or 'peak'"
            )
    return lambda value: isinstance(value, str) and bool(value), "a name"


def _is_size(value: Value) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return bool(0 <= value <= 1e9)  # nan is not


def _is_end(value: Value) -> bool:
    if not isinstance(value, str):
        return False
    day, _, rest = value.partition(" ")
    if rest == "next":
        return _is_date(day) and ":" not in day
    return _is_date(day, tz=rest or "UTC")


def _is_baseline(value: Value) -> bool:
    return isinstance(value, str) and (value == "peak" or _is_date(value))


def _is_date(text: str, *, tz: str = "UTC") -> bool:
    if not text[:4].isdigit():  # pandas reads "now" and "today" too
        return False
    try:
        instant(text, tz=tz)
    except OptionError:
        return False
    return True


FROZEN_DAYS = 90
FROZEN_OVERLAP = 0.95
"""A small section is frozen that covers, 90 days earlier, 95 % of the same ground."""

Frozen = tuple[Pieces, ...]
"""Sections that have not moved, each as its polygons."""


class Meant:
    """
    The polygons of one source, cut in one way and joined within one gap.

    Parameters
    ----------
    measured : Ground
        Measures; polygons joined where they touch.
    joined : Ground
        The same polygons, joined within the gap.
    """

    def __init__(self, measured: Ground, joined: Ground) -> None:
        self.measured = measured
        self.joined = joined
        self._pieces: dict[tuple[pd.Timestamp, str], Pieces] = {}
        self._inside: dict[int, bool] = {}
        self._same: dict[tuple[Pieces, Pieces], bool] = {}

    def pieces(self, moment: pd.Timestamp, ground: str, *, clip: bool) -> Pieces:
        """The polygons of one kind of ground: held, contested, or either."""
        key = (moment, ground)
        if key not in self._pieces:
            held, contested = self.measured.shown(moment)
            found = {"held": held, "contested": contested}.get(
                ground, tuple(sorted({*held, *contested}))
            )
            self._pieces[key] = tuple(
                piece for piece in found if clip or self._mostly_inside(piece)
            )
        return self._pieces[key]

    def _mostly_inside(self, piece: int) -> bool:
        """A whole polygon counts where the larger part of it lies."""
        region = self.measured.theatre.region
        if region is None:
            return True
        if piece not in self._inside:
            shape = self.measured.polygons[piece]
            inside = shapely.intersection(shape, region).area
            self._inside[piece] = bool(inside >= shape.area / 2)
        return self._inside[piece]

    def sections(self, pieces: Pieces, least_km2: float) -> list[Pieces]:
        """Connected components of at least some area."""
        return [
            component
            for component in self.joined.components(pieces)
            if self.measured.area_km2(component) >= least_km2
        ]

    def largest(self, pieces: Pieces) -> Pieces:
        """The component with the largest area; none of no polygons."""
        components = self.joined.components(pieces)
        return max(components, key=self.measured.area_km2, default=())

    def frozen(self, now: Pieces, then: Pieces) -> Frozen:
        """Components, but for the largest, that covered the same ground before."""
        earlier = self.joined.components(then)
        components = sorted(
            self.joined.components(now), key=self.measured.area_km2, reverse=True
        )
        return tuple(
            component
            for component in components[1:]
            if any(self._are_same(component, old) for old in earlier)
        )

    def without(self, pieces: Pieces, frozen: Frozen) -> Pieces:
        """The polygons less the components that cover the ground of a frozen one."""
        kept = (
            component
            for component in self.joined.components(pieces)
            if not any(self._are_same(component, other) for other in frozen)
        )
        return tuple(sorted(piece for component in kept for piece in component))

    def _are_same(self, one: Pieces, other: Pieces) -> bool:
        """Whether two sections cover the same ground but for redrawn edges."""
        key = (one, other)
        if key not in self._same:
            first, second = self.measured.union(one), self.measured.union(other)
            shared = shapely.intersection(first, second).area
            covered = first.area + second.area - shared
            self._same[key] = bool(0.0 < shared >= FROZEN_OVERLAP * covered)
        return self._same[key]

    def web_map_km2(self, pieces: Pieces) -> float:
        """The sum over polygons on the sphere, each by itself, in km²."""
        return float(self._spherical_km2[list(pieces)].sum())

    @cached_property
    def _spherical_km2(self) -> NDArray[np.float64]:
        areas = area_km2(self.measured.polygons, area_method="spherical")
        return np.asarray(areas, dtype=np.float64)


PATIENCE_DAYS = 14
"""A map farther from a date than this, with none between, does not answer for it."""


class Dates:
    """
    Looks maps up by date and remembers what it found.

    Parameters
    ----------
    histories : mapping of str to ControlHistory
        By the name that an axis calls their source.
    """

    def __init__(self, histories: Mapping[str, ControlHistory]) -> None:
        self.histories = histories
        self.looked: set[tuple[str, pd.Timestamp]] = set()
        """Maps that were looked at on the way to a figure, by source."""
        self._found: dict[tuple[str, str, str], pd.Timestamp] = {}

    def history(self, source: str) -> ControlHistory:
        """The history of that name, or the reason why there is none."""
        if source not in self.histories:
            given = ", ".join(self.histories) or "none"
            msg = (
                f"No maps of source {source!r} were given. Expected one of those "
                f"given ({given}): read these maps too, or build the grid with "
                "axes(claim, histories=...)."
            )
            raise OptionError(msg)
        return self.histories[source]

    def published(self, source: str, when: str, tz: str) -> pd.Timestamp:
        """Instant of the map that stood at a date or an instant."""
        key = (source, when, tz)
        if key not in self._found:
            history = self.history(source)
            snapshot = history.snapshot_at(when, tz=tz)
            last = history.snapshots["snapshot_utc"].iloc[-1]
            if instant(when, tz=tz) - last > PATIENCE_DAYS * DAY:
                msg = (
                    f"The maps end on {last:%Y-%m-%d}, more than {PATIENCE_DAYS} days "
                    f"before {when}. Expected maps up to that date: read newer ones."
                )
                raise DateNotFoundError(msg)
            self._found[key] = snapshot["snapshot_utc"]
        return self._found[key]

    def first_after(self, source: str, day: str) -> pd.Timestamp:
        """Instant of the first map published after a day has ended in UTC."""
        key = (source, day, "next")
        if key not in self._found:
            published = self.history(source).snapshots["snapshot_utc"]
            over = instant(day)
            position = int(published.searchsorted(over, side="right"))
            if (
                position == len(published)
                or published.iloc[position] - over > PATIENCE_DAYS * DAY
            ):
                msg = (
                    f"No map was published within {PATIENCE_DAYS} days after {day}. "
                    "Expected one: read newer maps, or older ones."
                )
                raise DateNotFoundError(msg)
            self._found[key] = published.iloc[position]
        return self._found[key]

    def look(self, source: str, moment: pd.Timestamp) -> None:
        """Remember that the map that stood at an instant was looked at."""
        published = self.history(source).snapshots["snapshot_utc"]
        position = int(published.searchsorted(moment, side="right")) - 1
        if position >= 0:
            self.looked.add((source, published.iloc[position]))


KYIV = "Europe/Kyiv"

AREAS = ("area", "contested_area", "relative_change", "area_change")
PIECES = ("sections", "depth", "present")


def default_grid(
    quantity: Quantity,
    *,
    source: str | None = None,
    histories: Mapping[str, ControlHistory] | None = None,
    borders: Mapping[str, BaseGeometry] | None = None,
) -> Grid:
    """
    The usual definitions for a quantity.

    Parameters
    ----------
    quantity : Quantity
    source : str, optional
        Source that the sentence was drawn from: its maps come first and are stated,
        those of others are reasonable. By default all are stated.
    histories : mapping of str to ControlHistory, optional
        Histories by name; their maps within the stated window become options, and
        several of them an axis.
    borders : mapping of str to LineString, optional
        Borders beside the theatre's own, by name.

    Returns
    -------
    Grid
        All axes that the quantity hangs on, also those of one option; each begins
        with the option that is closest to the sentence.

    Raises
    ------
    OptionError
        If two options have one name.
    """
    measure = quantity.measure
    axes = [_source(source, histories or {}), _end(quantity, histories or {})]
    if measure in CHANGES:
        axes.append(_baseline(quantity))
    if measure == "days_held":
        axes.append(_bridgehead(quantity))
    elif measure != "contested_area":
        axes.append(_ground(quantity))
    axes.append(_clip())
    if measure in AREAS:
        touching = Axis("gap_km", _gap().options[:1])
        axes += [_area_method(), _which("all", "moving", "largest"), touching]
    if measure == "depth":
        axes += [_depth_of(), _border(quantity, borders or {})]
    if measure in PIECES:
        frozen = () if measure == "present" else ("moving",)
        axes += [_which("all", *frozen), _gap(), _min_area()]
    axes.append(_rounding(quantity))
    return Grid(tuple(axes))


Row = tuple[str, Value, Tier]


def _tiered(*rows: Row) -> tuple[Option, ...]:
    return tuple(Option(name, value, tier) for name, value, tier in rows)


def _source(source: str | None, histories: Mapping[str, ControlHistory]) -> Axis:
    """The sentence's own source first; without histories its name stands for them."""
    if not histories:
        name = source or "as given"
        return Axis("source", _tiered((name, name, "stated")))
    own = [n for n, history in histories.items() if source in (None, history.source)]
    others = [name for name in histories if name not in own]
    rows: list[Row] = [(name, name, "stated") for name in own]
    rows += [(name, name, "reasonable") for name in others]
    return Axis("source", _tiered(*rows))


def _end(quantity: Quantity, histories: Mapping[str, ControlHistory]) -> Axis:
    """
    Which map the date means; every map published in the window is an option.

    The map of the next morning shows what had happened by the end of a period; of a
    single day it is a later map.
    """
    window = quantity.at
    day = spell(window.target)
    after: Tier = "reasonable" if window.start == window.end else "conventional"
    rows: list[Row] = [
        (f"last map of {day}, UTC", f"{window.target} UTC", "conventional"),
        (f"last map of {day}, Kyiv", f"{window.target} {KYIV}", "conventional"),
        (f"first map after {day}", f"{window.target} next", after),
    ]
    moments = sorted(
        {
            moment
            for history in histories.values()
            for moment in _published_within(history, window)
        }
    )
    minutes = pd.Series([f"{moment:%Y-%m-%d %H:%M}" for moment in moments], dtype="str")
    names = [
        f"{minute}:{moment:%S}" if twice else minute
        for minute, moment, twice in zip(
            minutes, moments, minutes.duplicated(keep=False), strict=True
        )
    ]
    rows += [
        (f"map of {name} UTC", moment.isoformat(), "reasonable")
        for name, moment in zip(names, moments, strict=True)
    ]
    return Axis("end", _tiered(*rows))


def _published_within(
    history: ControlHistory, window: DateWindow
) -> Sequence[pd.Timestamp]:
    first, last = span(window.start, window.end)
    published = history.snapshots["snapshot_utc"]
    return list(published[(published >= first) & (published <= last)])


def _baseline(quantity: Quantity) -> Axis:
    """Since when: as stated, or all the ways in which writers leave it unsaid."""
    if quantity.baseline is not None:
        window = quantity.baseline
        return Axis(
            "baseline",
            _tiered((spell(window.target), window.target.isoformat(), "stated")),
        )
    end = pd.Timestamp(quantity.at.target)
    year = end.year - 1
    rows: list[Row] = [
        ("start of the year", date(end.year, 1, 1).isoformat(), "conventional"),
        ("3 months before", _before(end, 3), "conventional"),
        ("the peak", "peak", "conventional"),
        ("6 months before", _before(end, 6), "reasonable"),
        (f"15 December {year}", date(year, 12, 15).isoformat(), "reasonable"),
        (f"16 December {year}", date(year, 12, 16).isoformat(), "reasonable"),
    ]
    rows += [
        (
            f"start of {MONTHS[month.month - 1]} {month.year}",
            month.isoformat(),
            "stress",
        )
        for month in pd.date_range(end=end, periods=7, freq="MS").date
        if month < end.date()
    ]
    # A day under two names would count twice; its first name is the more usual one.
    known = [row[1] for row in rows]
    rows = [row for i, row in enumerate(rows) if row[1] not in known[:i]]
    return Axis("baseline", _tiered(*rows))


def _before(end: pd.Timestamp, months: int) -> str:
    return (end - pd.DateOffset(months=months)).date().isoformat()


def _ground(quantity: Quantity) -> Axis:
    stated = quantity.ground
    if stated is None:
        held, both = GROUNDS
        return Axis(
            "ground",
            _tiered((held, held, "conventional"), (both, both, "reasonable")),
        )
    other = next(ground for ground in GROUNDS if ground != stated)
    return Axis(
        "ground", _tiered((stated, stated, "stated"), (other, other, "reasonable"))
    )


def _bridgehead(quantity: Quantity) -> Axis:
    rows: list[Row] = [("any held ground", "any", "conventional")]
    if quantity.place is not None:
        name = f"the main bridgehead (until {quantity.place.name} is off the map)"
        rows.insert(0, (name, "place", "conventional"))
    return Axis("ground", _tiered(*rows))


def _clip() -> Axis:
    return Axis(
        "clip",
        _tiered(
            ("cut at the border", True, "conventional"),
            ("whole polygons", False, "reasonable"),
        ),
    )


def _area_method() -> Axis:
    return Axis(
        "area_method",
        _tiered(
            ("geodesic", "geodesic", "conventional"),
            ("spherical", "spherical", "reasonable"),
        ),
    )


def _which(*kinds: str) -> Axis:
    rows: list[Row] = [
        ("all sections", "all", "conventional"),
        ("without small sections unchanged for 90 days", "moving", "reasonable"),
        ("the largest alone", "largest", "reasonable"),
    ]
    return Axis("which", _tiered(*(row for row in rows if row[1] in kinds)))


def _depth_of() -> Axis:
    return Axis(
        "depth_of",
        _tiered(
            ("the deepest of all sections", "deepest", "conventional"),
            ("the largest section", "largest", "reasonable"),
            ("the mean of all sections", "mean", "reasonable"),
            ("the shallowest of all sections", "shallowest", "stress"),
        ),
    )


def _border(quantity: Quantity, borders: Mapping[str, BaseGeometry]) -> Axis:
    own = ("the theatre's own", border_key(quantity.theatre.border))
    named = [(name, border_key(line)) for name, line in borders.items()]
    rows: list[Row] = [(*own, "conventional")]
    rows += [(name, key, "reasonable") for name, key in named]
    return Axis("border", _tiered(*rows))


def border_key(line: BaseGeometry | None) -> str:
    """
    Content of a line, so that another line of the same name is another option.

    Vertices to 1e-7 degrees (1 cm), in their order.
    """
    if line is None:
        return "none"
    vertices, part = shapely.get_coordinates(shapely.get_parts(line), return_index=True)
    rounded = np.column_stack([np.rint(vertices * 1e7), part]).astype("<i8")
    return sha256(rounded.tobytes()).hexdigest()[:16]


def _gap() -> Axis:
    return Axis(
        "gap_km",
        _tiered(
            ("touching", 0.0, "conventional"),
            ("within 0.5 km", 0.5, "reasonable"),
            ("within 2 km", 2.0, "stress"),
        ),
    )


def _min_area() -> Axis:
    return Axis(
        "min_area_km2",
        _tiered(
            ("0.05 km² or more", 0.05, "conventional"),
            ("1 km² or more", 1.0, "reasonable"),
            ("any size", 0.0, "stress"),
        ),
    )


def _rounding(quantity: Quantity) -> Axis:
    """
    Whether a figure is rounded as the sentence rounds before it is compared.

    Only a bound ("no more than 2 km") asks: "nearly" and "about" have their own play.
    """
    says = quantity.says
    two_sided = isfinite(says.low) and isfinite(says.high) and says.low and says.high
    bound = says.value in (says.low, says.high) and not two_sided
    if not bound or not says.precision or says.unit == "count":
        return Axis("rounding", _tiered(("strict", False, "conventional")))
    return Axis(
        "rounding",
        _tiered(
            ("rounded as the sentence", True, "conventional"),
            ("strict", False, "conventional"),
        ),
    )
