"""The definitions that a claim hangs on: the usual ones, with what its file changes."""

from collections.abc import Mapping

from shapely.geometry.base import BaseGeometry

from kursk_geo.claims.claim import Claim, refuse_strange_claim
from kursk_geo.errors import ClaimError, OptionError
from kursk_geo.history import ControlHistory
from kursk_geo.multiverse import Axis, Grid, check_grid, default_grid

__all__ = ["Histories", "axes", "by_name", "grid_of"]

Histories = ControlHistory | Mapping[str, ControlHistory]

GIVEN_LATER = ("source", "end", "border")
"""Axes with options that only the maps and borders at hand tell."""


def axes(
    claim: Claim,
    *,
    histories: Histories | None = None,
    borders: Mapping[str, BaseGeometry] | None = None,
) -> Grid:
    """
    The definitions that a claim hangs on, with their usual options.

    Parameters
    ----------
    claim : Claim
    histories : ControlHistory or mapping of str to ControlHistory, optional
        As read, not selected. Their maps within the stated window become options;
        several sources become an axis, the claim's own first.
    borders : mapping of str to LineString, optional
        Borders to try beside the theatre's own, by name.

    Returns
    -------
    Grid
        With what the claim's file states, replaces and drops. Change it with
        ``grid.with_axis(...)`` and ``grid.only(...)`` and hand it to `check`.

    Raises
    ------
    ClaimError
        If something else than a claim is given, or the claim names an axis or option
        that there is not.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> [claim] = kg.load_claims("bloomberg-2025-04-26-shrunk")
    >>> [axis.name for axis in kg.axes(claim).axes][:3]
    ['source', 'end', 'baseline']
    """
    refuse_strange_claim(claim)
    given = {} if histories is None else by_name(histories)
    try:
        return grid_of(claim, histories=given, borders=borders or {})
    except OptionError as error:
        msg = f"Claim {claim.id!r}: {error}"
        raise ClaimError(msg) from error


def grid_of(
    claim: Claim,
    *,
    histories: Mapping[str, ControlHistory],
    borders: Mapping[str, BaseGeometry],
) -> Grid:
    """
    As `axes`; without histories, options that only they tell are passed over.

    Raises
    ------
    OptionError
        If the claim names an axis or option that there is not; names its key.
    """
    grid = default_grid(
        claim.quantity, source=claim.source, histories=histories, borders=borders
    )
    for axis in claim.axes:
        grid = _under(f"axes.{axis.name}", claim, grid.with_axis(axis))
    for name, option in claim.stated.items():
        axis = _axis_of(grid, "stated", name)
        known = option in (o.name for o in axis.options)
        if known or histories or name not in GIVEN_LATER:
            grid = grid.with_axis(_stating(axis, option))
    for name in claim.drop:
        axis = _axis_of(grid, "drop", name)
        grid = grid.with_axis(Axis(name, axis.options[:1]))
    return grid


def _under(key: str, claim: Claim, grid: Grid) -> Grid:
    try:
        check_grid(grid, claim.quantity)
    except OptionError as error:
        msg = f"{key}: {error}"
        raise OptionError(msg) from error
    return grid


def _axis_of(grid: Grid, key: str, name: str) -> Axis:
    try:
        return grid.axis(name)
    except OptionError as error:
        msg = f"{key}: {error}"
        raise OptionError(msg) from error


def _stating(axis: Axis, option: str) -> Axis:
    try:
        return axis.stating(option)
    except OptionError as error:
        msg = f"stated.{axis.name}: {error}"
        raise OptionError(msg) from error


def by_name(histories: Histories) -> dict[str, ControlHistory]:
    """Histories by the name of their source, or by the names that they were given."""
    if isinstance(histories, ControlHistory):
        return {histories.source: histories}
    return dict(histories)
