"""Figures and decisions in words."""

from collections.abc import Iterable, Sequence
from math import isnan

import pandas as pd

from kursk_geo.multiverse import Axis, Grid

__all__ = ["decision", "label", "show", "some"]

LABELS = {
    "source": "source",
    "end": "map",
    "baseline": "baseline",
    "ground": "ground",
    "clip": "polygons",
    "area_method": "area method",
    "which": "sections",
    "depth_of": "depth of",
    "border": "border",
    "gap_km": "gap",
    "min_area_km2": "least section",
    "rounding": "rounding",
}
"""What an axis is called in a sentence."""

WHOLE_KM2 = 100.0
"""Above this a second decimal says nothing. [km²]"""


def show(value: float, unit: str) -> str:
    """
    A figure with its unit, to the digits that these maps bear.

    Parameters
    ----------
    value : float
        In `unit`.
    unit : {"km2", "km", "share", "count", "days"}

    Returns
    -------
    str
        ``"not computable"`` for nan.

    Raises
    ------
    Nothing
        Another unit is shown as a count.

    Examples
    --------
    >>> show(-0.1441, "share"), show(float("nan"), "km2")
    ('-14.4 %', 'not computable')
    """
    if isnan(value):
        return "not computable"
    match unit:
        case "share":
            return f"{100 * value:+.1f} %"
        case "km2":
            digits = 1 if abs(value) >= WHOLE_KM2 else 2
            return f"{value:,.{digits}f} km²"
        case "km":
            return f"{value:.2f} km"
        case "days":
            return f"{value:.0f} days"
    return f"{value:.0f}"


def label(axis: str) -> str:
    """What an axis is called in a sentence."""
    return LABELS.get(axis, axis.replace("_", " "))


def decision(table: pd.DataFrame, grid: Grid, ranked: Sequence[str]) -> str:
    """
    Which options of the deciding axis hold, and with what beside them.

    Parameters
    ----------
    table : DataFrame
        Specifications as `multiverse.run` gives them.
    grid : Grid
    ranked : sequence of str
        Names of the axes, the one that decides first.

    Returns
    -------
    str
        The deciding axis against the next one, all other axes at their first option;
        then each single option beside those under which the sentence never holds, or
        always does. Stress options are left out.

    Raises
    ------
    KeyError
        If an axis is not in the table.
    """
    first = grid.axis(ranked[0])
    varying = [name for name in ranked[1:] if len(grid.axis(name).options) > 1]
    second = grid.axis(varying[0]) if varying else None
    base = {axis.name: axis.options[0].name for axis in grid.axes}
    free = {first.name} | ({second.name} if second else set())
    usual = table[table["holds"].notna() & table["tier"].ne("stress")]
    plane = _at(usual, {name: o for name, o in base.items() if name not in free})
    if second is not None:
        near = [o.name for o in second.options if o.tier in ("stated", "conventional")]
        plane = plane[plane[second.name].isin(near)]
    parts = _along(plane, first, second)
    for axis in grid.axes:
        if axis.name not in free:
            parts += _flips(usual, base, free, axis)
    return "; ".join(parts)


def _at(table: pd.DataFrame, choice: dict[str, str]) -> pd.DataFrame:
    chosen = pd.Series(data=True, index=table.index)
    for name, option in choice.items():
        chosen &= table[name] == option
    return table[chosen]


def _along(plane: pd.DataFrame, first: Axis, second: Axis | None) -> list[str]:
    """The options of the deciding axis, sorted by whether the sentence holds."""
    always, sometimes, never = [], [], []
    for option in first.options:
        rows = plane[plane[first.name] == option.name]
        if rows.empty:
            continue
        if rows["holds"].all():
            always.append(f"“{option.name}”")
        elif not rows["holds"].any():
            never.append(f"“{option.name}”")
        elif second is not None:
            beside = _distinct(rows[rows["holds"].astype(bool)], second)
            only = some(f"“{name}”" for name in beside)
            sometimes.append(f"“{option.name}” (only with {label(second.name)} {only})")
    name = label(first.name)
    parts = []
    if always or sometimes:
        parts.append(f"holds with {name} {some([*always, *sometimes])}")
    if never:
        parts.append(f"fails with {name} {some(never)}")
    return parts


def _flips(
    usual: pd.DataFrame, base: dict[str, str], free: set[str], axis: Axis
) -> list[str]:
    parts = []
    for option in axis.options[1:]:
        fixed = {n: o for n, o in base.items() if n not in free}
        rows = _at(usual, fixed | {axis.name: option.name})
        if rows.empty:
            continue
        if not rows["holds"].any():
            parts.append(f"never holds with {label(axis.name)} “{option.name}”")
        elif rows["holds"].all():
            parts.append(f"always holds with {label(axis.name)} “{option.name}”")
    return parts


def _distinct(rows: pd.DataFrame, axis: Axis) -> list[str]:
    """Options of an axis in some rows, one for each outcome."""
    names: list[str] = rows.drop_duplicates(["outcome", "end_utc"])[axis.name].tolist()
    return names


FEW = 4
"""Longer lists are cut short in a sentence; the table has them all."""


def some(names: Iterable[str], *, most: int = FEW, last: str = "or") -> str:
    """A list in words, cut short: ``a, b, c, d or 3 more``."""
    every = list(names)
    shown = every[:most]
    if len(every) > most:
        shown.append(f"{len(every) - most} more")
    return f" {last} ".join([", ".join(shown[:-1]), shown[-1]] if shown[1:] else shown)
