"""Figures and decisions in words."""

from collections.abc import Sequence

import pandas as pd

from kursk_geo.multiverse import Axis, Grid

__all__ = ["decision", "show"]

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


def show(value: float, unit: str) -> str:
    """A figure with its unit, to the digits that these maps bear."""
    if pd.isna(value):
        return "not computable"
    match unit:
        case "share":
            return f"{100 * value:+.1f} %"
        case "km2":
            return f"{value:,.2f} km²" if abs(value) < 100 else f"{value:,.1f} km²"  # noqa: PLR2004  (digits)
        case "km":
            return f"{value:.2f} km"
        case "days":
            return f"{value:.0f} days"
    return f"{value:.0f}"


def label(axis: str) -> str:
    """What an axis is called in a sentence; one of a user's own by its name."""
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
    plane = _at(table, {name: o for name, o in base.items() if name not in free})
    plane = plane[plane["holds"].notna() & plane["tier"].ne("stress")]
    if second is not None:
        usual = [o.name for o in second.options if o.tier in ("stated", "conventional")]
        plane = plane[plane[second.name].isin(usual)]
    parts = _along(plane, first, second)
    for axis in grid.axes:
        if axis.name not in free:
            parts += _flips(table, base, free, axis)
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
            always.append(option.name)
        elif not rows["holds"].any():
            never.append(option.name)
        elif second is not None:
            with_it = _few(_distinct(rows[rows["holds"].astype(bool)], second))
            sometimes.append(
                f"{option.name} (only with {label(second.name)} {with_it})"
            )
    name = label(first.name)
    parts = []
    if always or sometimes:
        parts.append(f"holds with {name} {_few([*always, *sometimes])}")
    if never:
        parts.append(f"fails with {name} {_few(never)}")
    return parts


def _flips(
    table: pd.DataFrame, base: dict[str, str], free: set[str], axis: Axis
) -> list[str]:
    parts = []
    for option in axis.options[1:]:
        if option.tier == "stress":
            continue
        fixed = {n: o for n, o in base.items() if n not in free} | {
            axis.name: option.name
        }
        rows = _at(table, fixed)
        rows = rows[rows["tier"].ne("stress")]
        holds = rows["holds"].dropna()
        if len(holds) and not holds.any():
            parts.append(f"never holds with {label(axis.name)} {option.name}")
        elif len(holds) and holds.all():
            parts.append(f"always holds with {label(axis.name)} {option.name}")
    return parts


def _distinct(rows: pd.DataFrame, axis: Axis) -> list[str]:
    """Options of an axis in some rows, one for each outcome."""
    names: list[str] = rows.drop_duplicates(["outcome", "end_utc"])[axis.name].tolist()
    return names


FEW = 4
"""Longer lists are cut short in a sentence; the table has them all."""


def _few(names: Sequence[str]) -> str:
    shown = [f"“{name}”" for name in names[:FEW]]
    if len(names) > FEW:
        shown.append(f"{len(names) - FEW} more")
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + " or " + shown[-1]
