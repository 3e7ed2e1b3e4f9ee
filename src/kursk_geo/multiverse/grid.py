"""Axes of definitions, their options, and the grid of all choices."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import product
from math import prod
from typing import Literal

from kursk_geo.errors import OptionError

__all__ = ["TIERS", "Axis", "Grid", "Option", "Specification", "Tier", "Value"]

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
        """Every combination; the first has the first option of each axis."""
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
