"""Options, from what a sentence says to what tests it, and axes of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from kursk_geo.errors import OptionError

__all__ = ["TIERS", "Axis", "Option", "Specification", "Tier", "Value"]

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
