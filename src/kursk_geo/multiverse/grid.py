"""The grid of all choices of definitions."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import product
from math import prod

from kursk_geo.errors import OptionError
from kursk_geo.multiverse.options import Axis, Specification, Value

__all__ = ["Grid"]


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
    >>> from kursk_geo.multiverse import Option
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
        >>> from kursk_geo.multiverse import Option
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
        >>> from kursk_geo.multiverse import Option
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
        >>> from kursk_geo.multiverse import Option
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
