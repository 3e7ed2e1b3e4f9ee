"""Every specification of a grid, and what its outcomes hang on."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from itertools import islice

import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

from kursk_geo.errors import KurskGeoError
from kursk_geo.history import ControlHistory
from kursk_geo.multiverse.engine import Engine
from kursk_geo.multiverse.grid import TIERS, Axis, Grid, Specification
from kursk_geo.multiverse.quantity import Quantity

__all__ = ["run", "support_by_tier", "variance_shares"]

CHUNK = 1024
"""Specifications handed to an executor at once."""


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
        If the grid is empty of axes that the quantity needs.

    Notes
    -----
    A specification's row depends on that specification alone: adding others never
    changes it.
    """
    work = partial(_rows, quantity, dict(histories), dict(borders or {}))
    chunks = _chunks(grid.specifications())
    done = map(work, chunks) if executor is None else executor.map(work, chunks)
    table = pd.DataFrame([row for rows in done for row in rows])
    for column in ("end_utc", "baseline_utc"):
        table[column] = pd.to_datetime(table[column], utc=True).dt.as_unit("us")
    types = {"tier": "str", "outcome": float, "holds": "boolean", "reason": "str"}
    return table.astype(types)


def _chunks(specs: Iterator[Specification]) -> Iterator[list[Specification]]:
    while chunk := list(islice(specs, CHUNK)):
        yield chunk


def _rows(
    quantity: Quantity,
    histories: Mapping[str, ControlHistory],
    borders: Mapping[str, BaseGeometry],
    specs: Sequence[Specification],
) -> list[dict[str, object]]:
    engine = Engine(quantity, histories, borders)
    return [_row(engine, spec) for spec in specs]


def _row(engine: Engine, spec: Specification) -> dict[str, object]:
    row: dict[str, object] = {name: option.name for name, option in spec.items()}
    row["tier"] = TIERS[max(TIERS.index(option.tier) for option in spec.values())]
    row |= {"outcome": np.nan, "holds": pd.NA, "reason": ""}
    row |= {"end_utc": pd.NaT, "baseline_utc": pd.NaT}
    try:
        row["end_utc"], baseline = engine.moments(spec)
        row["baseline_utc"] = pd.NaT if baseline is None else baseline
        outcome = engine.outcome(spec)
    except KurskGeoError as error:
        row["reason"] = str(error)
        return row
    row["outcome"] = outcome
    rounded = bool(spec["rounding"].value)
    row["holds"] = engine.quantity.says.contains(outcome, rounded=rounded)
    return row


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
        each combination of options was computed equally often: only then do the
        shares, with those of interactions, add up to 1.

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
    result.attrs["balanced"] = len(computed) == len(table)
    return result


def _between(values: pd.Series, groups: pd.Series) -> float:
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
