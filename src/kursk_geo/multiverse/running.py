"""Every specification of a grid, and what its outcomes hang on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from itertools import islice

import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

from kursk_geo.errors import KurskGeoError
from kursk_geo.history import ControlHistory
from kursk_geo.multiverse.engine import Engine
from kursk_geo.multiverse.grid import Grid
from kursk_geo.multiverse.options import TIERS, Axis, Specification
from kursk_geo.multiverse.quantity import Quantity
from kursk_geo.multiverse.schema import check_grid

__all__ = ["Outcomes", "outcomes", "run", "support_by_tier", "variance_shares"]

CHUNK = 1024
"""Specifications handed to an executor at once."""


@dataclass(frozen=True)
class Outcomes:
    """
    Every specification of a grid, and what was looked at on the way.

    Parameters
    ----------
    table : DataFrame
        As `run` gives it.
    looked : frozenset of (str, Timestamp)
        Source and instant of the maps that a peak, a duration, or sections that have
        not moved were looked up in.
    """

    table: pd.DataFrame
    looked: frozenset[tuple[str, pd.Timestamp]]


def run(
    grid: Grid,
    quantity: Quantity,
    histories: Mapping[str, ControlHistory],
    *,
    borders: Mapping[str, BaseGeometry] | None = None,
    executor: Executor | None = None,
) -> pd.DataFrame:
    """
    Compute every specification of a grid.

    Parameters
    ----------
    grid : Grid
    quantity : Quantity
    histories : mapping of str to ControlHistory
        As read, by the name of their source.
    borders : mapping of str to LineString, optional
        Borders beside the theatre's own, by the names that the grid uses.
    executor : concurrent.futures.Executor, optional
        Takes chunks of the grid; by default one after another.

    Returns
    -------
    DataFrame, shape (n_specifications,)
        In the grid's order: a column per axis (the option's name), ``tier`` (the
        weakest of its options), ``outcome`` (in the quantity's unit; nan where it
        cannot be computed), ``holds`` (missing likewise), ``reason`` (why not),
        ``end_utc`` and ``baseline_utc`` (the maps compared).

    Raises
    ------
    OptionError
        If the grid lacks an axis that the measure hangs on, has one that it does not,
        or an option has a value that its axis cannot take.

    Notes
    -----
    A specification's row depends on that specification alone: adding others never
    changes it, nor does an executor.
    """
    return outcomes(
        grid, quantity, histories, borders=borders or {}, executor=executor
    ).table


def outcomes(
    grid: Grid,
    quantity: Quantity,
    histories: Mapping[str, ControlHistory],
    *,
    borders: Mapping[str, BaseGeometry],
    executor: Executor | None,
) -> Outcomes:
    """
    As `run`, with the maps that were looked at on the way.

    Raises
    ------
    OptionError
        As `run` does.
    """
    check_grid(grid, quantity)
    work = partial(_rows, Engine(quantity, dict(histories), dict(borders)))
    specs = grid.specifications()
    done = (
        [work(list(specs))] if executor is None else executor.map(work, _chunks(specs))
    )
    parts = list(done)
    rows = [row for part in parts for row in part.rows]
    looked = frozenset(seen for part in parts for seen in part.looked)
    return Outcomes(_table(rows, [axis.name for axis in grid.axes]), looked)


def _chunks(specs: Iterator[Specification]) -> Iterator[list[Specification]]:
    while chunk := list(islice(specs, CHUNK)):
        yield chunk


Row = tuple[object, ...]
COLUMNS = ("tier", "outcome", "holds", "reason", "end_utc", "baseline_utc")


@dataclass(frozen=True)
class _Part:
    """Rows of some specifications, and the maps looked at on the way."""

    rows: list[Row]
    looked: frozenset[tuple[str, pd.Timestamp]]


def _rows(engine: Engine, specs: Sequence[Specification]) -> _Part:
    rows = [_row(engine, spec) for spec in specs]
    return _Part(rows, frozenset(engine.dates.looked))


def _row(engine: Engine, spec: Specification) -> Row:
    names = tuple(option.name for option in spec.values())
    tier = TIERS[max(TIERS.index(option.tier) for option in spec.values())]
    end: pd.Timestamp | None = None
    baseline: pd.Timestamp | None = None
    try:
        end, baseline = engine.moments(spec)
        outcome = engine.outcome(spec)
    except KurskGeoError as error:
        return (*names, tier, np.nan, pd.NA, str(error), end, baseline)
    rounded = bool(spec["rounding"].value)
    holds = engine.quantity.says.contains(outcome, rounded=rounded)
    return (*names, tier, outcome, holds, "", end, baseline)


def _table(rows: Sequence[Row], axes: Sequence[str]) -> pd.DataFrame:
    types: dict[str, Callable[[Row], pd.Series]] = {
        "outcome": lambda values: pd.Series(values, dtype="float64"),
        "holds": lambda values: pd.Series(values, dtype="boolean"),
        "end_utc": _instants,
        "baseline_utc": _instants,
    }
    return pd.DataFrame(
        {
            name: types.get(name, _words)(values)
            for name, values in zip(
                (*axes, *COLUMNS), zip(*rows, strict=True), strict=True
            )
        }
    )


def _words(values: Row) -> pd.Series:
    return pd.Series(values, dtype="str")


def _instants(values: Row) -> pd.Series:
    return pd.to_datetime(pd.Series(values), utc=True).dt.as_unit("us")


def variance_shares(
    table: pd.DataFrame, axes: Sequence[Axis], *, of: str = "outcome"
) -> pd.Series:
    """
    Share of the variance of an outcome that each axis explains by itself.

    Parameters
    ----------
    table : DataFrame
        As `run` gives it; rows that could not be computed are left out.
    axes : sequence of Axis
    of : {"outcome", "holds"}, default "outcome"

    Returns
    -------
    Series, shape (n_axes,)
        Eta squared, the variance of group means over the whole variance, by axis,
        largest first; 0 where nothing varies. ``attrs["balanced"]`` tells whether
        every combination of the options that were computed was computed: only then do
        the shares, with those of interactions, add up to 1.

    Raises
    ------
    KeyError
        If an axis is not in the table.

    Notes
    -----
    Choices are not samples from a population, so there are no p-values.
    """
    names = [axis.name for axis in axes]
    computed = table[table["outcome"].notna()]
    values = computed[of].astype(float)
    total = float(((values - values.mean()) ** 2).sum())
    shares = {
        name: _between(values, computed[name]) / total if total > 0.0 else 0.0
        for name in names
    }
    result = pd.Series(shares, name="share", dtype=float)
    result = result.sort_values(ascending=False, kind="stable")
    combinations = int(np.prod([computed[name].nunique() for name in names]))
    result.attrs["balanced"] = len(computed) == combinations
    return result


def _between(values: pd.Series, groups: pd.Series) -> float:
    if groups.nunique() < 2:
        return 0.0  # and not what rounding leaves of it
    means = values.groupby(groups).transform("mean")
    return float(((means - values.mean()) ** 2).sum())


def support_by_tier(table: pd.DataFrame) -> pd.DataFrame:
    """
    Share of specifications under which the sentence holds, by tier.

    Parameters
    ----------
    table : DataFrame
        As `run` gives it.

    Returns
    -------
    DataFrame, shape (n_tiers,)
        Index ``tier`` (those that occur, in order); ``n_specifications``,
        ``n_computed`` and ``share_supporting`` (of those computed; nan if none).

    Raises
    ------
    KeyError
        If a column is missing.
    """
    groups = table.groupby("tier")
    result = pd.DataFrame(
        {
            "n_specifications": groups.size(),
            "n_computed": groups["outcome"].count(),
            "share_supporting": groups["holds"].mean().astype(float),
        }
    )
    return result.reindex([tier for tier in TIERS if tier in result.index])
