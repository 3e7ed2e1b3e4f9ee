"""Which axes a measure has, and which values their options may take."""

from collections.abc import Callable

from kursk_geo.errors import OptionError
from kursk_geo.multiverse.grid import Grid
from kursk_geo.multiverse.options import Axis, Value
from kursk_geo.multiverse.quantity import GROUNDS, Measure, Quantity
from kursk_geo.periods import instant

__all__ = ["AXES_OF", "check_grid"]

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
