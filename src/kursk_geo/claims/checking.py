"""Check claims against maps: every definition tried, and a verdict."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor

from shapely.geometry.base import BaseGeometry

from kursk_geo.claims.claim import Claim, refuse_strange_claim
from kursk_geo.claims.definitions import Histories, axes, by_name
from kursk_geo.claims.judge import judge
from kursk_geo.claims.verdict import Verdict
from kursk_geo.claims.verdicts import Verdicts
from kursk_geo.errors import ClaimError, TheatreError
from kursk_geo.history import ControlHistory
from kursk_geo.multiverse import Grid
from kursk_geo.multiverse.running import outcomes

__all__ = ["check"]


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
        Definitions to try instead of ``axes(claim, histories=histories)``, for
        instance a frozen grid.
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
        If something else than a claim is given, a claim names an axis or option that
        there is not, or none of the maps is of its source.
    OptionError
        If a grid lacks an axis that a claim hangs on, or has another.
    TheatreError
        If a history has been cut to a theatre.

    Notes
    -----
    What cannot be computed is no error: maps that do not reach a date make rows with
    their reason, and a verdict of ``"not computable"`` where no stated or conventional
    specification is left.

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
    given = by_name(histories)
    asked = [claims] if isinstance(claims, Claim | str) else list(claims)
    for one in asked:
        refuse_strange_claim(one)
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
    chosen = grid
    if chosen is None:
        chosen = axes(claim, histories=histories, borders=borders)
    tried = outcomes(
        chosen, claim.quantity, histories, borders=borders, executor=executor
    )
    return judge(claim, chosen, tried, histories)
