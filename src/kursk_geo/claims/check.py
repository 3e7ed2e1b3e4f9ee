"""Check claims against maps: every definition tried, and a verdict."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace

from shapely.geometry.base import BaseGeometry

from kursk_geo.claims.claim import Claim
from kursk_geo.claims.verdict import Verdict, Verdicts, judge
from kursk_geo.errors import ClaimError, TheatreError
from kursk_geo.history import ControlHistory
from kursk_geo.multiverse import Grid, default_grid, run
from kursk_geo.multiverse.grid import Axis

__all__ = ["axes", "check"]

Histories = ControlHistory | Mapping[str, ControlHistory]


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
        several sources become an axis.
    borders : mapping of str to LineString, optional
        Borders to try beside the theatre's own, by name.

    Returns
    -------
    Grid
        With what the claim's file states, adds, replaces and drops. Change it with
        ``grid.with_axis(...)`` and ``grid.only(...)`` and hand it to `check`.

    Raises
    ------
    ClaimError
        If the file names an axis or option that there is not.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> [claim] = kg.load_claims("bloomberg-2025-04-26-shrunk")
    >>> [axis.name for axis in kg.axes(claim).axes][:3]
    ['source', 'end', 'baseline']
    """
    given = {} if histories is None else _by_name(histories)
    grid = default_grid(claim.quantity, histories=given, borders=borders)
    try:
        for axis in claim.axes:
            grid = grid.with_axis(axis)
        for name, option in claim.stated.items():
            grid = grid.with_axis(grid.axis(name).stating(option))
        for name in claim.drop:
            first = grid.axis(name).options[0]
            grid = grid.with_axis(Axis(name, (first,)))
    except ValueError as error:
        msg = f"Claim {claim.id!r}: {error}"
        raise ClaimError(msg) from error
    return grid


def check(
    claims: Claim | Sequence[Claim],
    histories: Histories,
    *,
    grid: Grid | None = None,
    borders: Mapping[str, BaseGeometry] | None = None,
    executor: Executor | None = None,
) -> Verdicts:
    """
    Tell whether published sentences hold, under which definitions, and why.

    Parameters
    ----------
    claims : Claim or sequence of Claim
        As `load_claims` gives them.
    histories : ControlHistory or mapping of str to ControlHistory
        As read, not selected; several by the name of their source.
    grid : Grid, optional
        Definitions to try instead of ``axes(claim)``, for instance a frozen grid.
    borders : mapping of str to LineString, optional
        Borders to try beside the theatre's own, by name.
    executor : concurrent.futures.Executor, optional
        Takes chunks of the specifications.

    Returns
    -------
    Verdicts
        A sequence with one `Verdict` a claim.

    Raises
    ------
    ClaimError
        If a claim's file names an axis or option that there is not, or the maps are
        of another source.
    TheatreError
        If a history has been cut to a theatre.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> history = kg.read_history("sample_data/deepstate")
    >>> [verdict] = kg.check(kg.load_claims("bloomberg-2025-04-26-sections"), history)
    >>> verdict.verdict
    'supported'
    >>> len(kg.check([], history))
    0
    """
    given = _by_name(histories)
    asked = [claims] if isinstance(claims, Claim) else list(claims)
    return Verdicts(
        tuple(
            _check_one(
                claim, given, grid=grid, borders=borders or {}, executor=executor
            )
            for claim in asked
        )
    )


def _check_one(
    claim: Claim,
    histories: Mapping[str, ControlHistory],
    *,
    grid: Grid | None,
    borders: Mapping[str, BaseGeometry],
    executor: Executor | None,
) -> Verdict:
    cut = [name for name, history in histories.items() if history.theatre is not None]
    if cut:
        msg = (
            f"The maps of {', '.join(cut)} have been cut to a theatre. Expected whole "
            "histories, as read_history() gives them: each claim names its theatre."
        )
        raise TheatreError(msg)
    if claim.source not in {history.source for history in histories.values()}:
        given = ", ".join(sorted({history.source for history in histories.values()}))
        msg = (
            f"Claim {claim.id!r} was drawn from {claim.source} maps, and these are of "
            f"{given or 'no source'}. Expected {claim.source} maps among them: read "
            "those, or check a copy of the claim with another source."
        )
        raise ClaimError(msg)
    chosen = grid or axes(claim, histories=histories, borders=borders)
    table = run(chosen, claim.quantity, histories, borders=borders, executor=executor)
    return judge(claim, chosen, table, histories)


def _by_name(histories: Histories) -> dict[str, ControlHistory]:
    if isinstance(histories, ControlHistory):
        return {histories.source: histories}
    return dict(histories)
