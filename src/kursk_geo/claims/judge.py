"""The verdict that the specifications of a claim come to."""

from collections.abc import Mapping

import pandas as pd

from kursk_geo.claims.claim import Claim
from kursk_geo.claims.explain import decision, label
from kursk_geo.claims.verdict import Verdict, Word
from kursk_geo.history import ControlHistory
from kursk_geo.multiverse import Grid, support_by_tier, variance_shares
from kursk_geo.multiverse.running import Outcomes

__all__ = ["judge"]

DECIDING = ("stated", "conventional")
"""Tiers that a verdict is found from."""


def judge(
    claim: Claim,
    grid: Grid,
    tried: Outcomes,
    histories: Mapping[str, ControlHistory],
) -> Verdict:
    """
    The verdict that specifications come to.

    Parameters
    ----------
    claim : Claim
    grid : Grid
    tried : Outcomes
        Every specification, and the maps that were looked at.
    histories : mapping of str to ControlHistory
        That they were computed from.

    Returns
    -------
    Verdict

    Raises
    ------
    KeyError
        If an axis is not in the table.
    """
    table = tried.table
    variance = variance_shares(table, grid.axes)
    word, decides, reason = _word(table, grid, variance)
    sources = set(table.loc[table["outcome"].notna(), "source"])
    named = [h.attribution for name, h in histories.items() if name in sources]
    return Verdict(
        claim=claim,
        verdict=word,
        figure=float(table["outcome"].iloc[0]),
        unit=claim.quantity.says.unit,
        low=float(table["outcome"].min()),
        high=float(table["outcome"].max()),
        decides=decides,
        reason=reason,
        table=table,
        grid=grid,
        variance=variance,
        support=support_by_tier(table),
        snapshots=_maps(tried, histories),
        attribution="; ".join(dict.fromkeys(credit for credit in named if credit)),
    )


def _word(
    table: pd.DataFrame, grid: Grid, variance: pd.Series
) -> tuple[Word, str, str]:
    usual = table[table["tier"].isin(DECIDING)]
    closest = usual[usual["holds"].notna()]
    if closest.empty:
        reasons = [reason for reason in [*usual["reason"], *table["reason"]] if reason]
        none = "the grid has no specification that is stated or conventional"
        return "not computable", "", reasons[0] if reasons else none
    missing = _missing(usual)
    if closest["holds"].all():
        return "supported", "", missing
    if not closest["holds"].any():
        return "contradicted", "", _joined(_beyond(table, grid), missing)
    ranked = _ranked(closest, grid, variance)
    return "depends", ranked[0], _joined(decision(table, grid, ranked), missing)


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _missing(usual: pd.DataFrame) -> str:
    """What a verdict was found without."""
    failed = usual.loc[usual["holds"].isna(), "reason"]
    if failed.empty:
        return ""
    return (
        f"found without {len(failed):,} of {len(usual):,} usual specifications: "
        f"{failed.iloc[0].rstrip('.')}"
    )


def _ranked(closest: pd.DataFrame, grid: Grid, variance: pd.Series) -> list[str]:
    """Axes by how far they decide; where that is equal, by how far they move."""
    deciding = variance_shares(closest, grid.axes, of="holds").round(6)
    return sorted(
        (str(name) for name in deciding.index),
        key=lambda name: (-deciding[name], -variance[name], name),
    )


def _beyond(table: pd.DataFrame, grid: Grid) -> str:
    """Where a contradicted sentence would hold after all."""
    holds = table[table["holds"].fillna(value=False)]
    if holds.empty:
        return "no definition that was tried supports it"
    chosen = {axis.name: holds[axis.name].unique().tolist() for axis in grid.axes}
    needed = [
        f"{label(axis.name)} “{chosen[axis.name][0]}”"
        for axis in grid.axes
        if len(axis.options) > 1
        and len(chosen[axis.name]) == 1
        and chosen[axis.name][0] != axis.options[0].name
    ]
    only = f", all with {', '.join(needed)}" if needed else ""
    return f"{len(holds):,} less usual specifications would support it{only}"


MAP_COLUMNS = ["snapshot_utc", "source", "snapshot_id", "sha256", "origin"]


def _maps(tried: Outcomes, histories: Mapping[str, ControlHistory]) -> pd.DataFrame:
    """The maps compared, then those looked at on the way, each once."""
    table = tried.table
    used = []
    for name, history in histories.items():
        rows = table[table["source"] == name]
        compared = pd.concat([rows["end_utc"], rows["baseline_utc"]]).dropna()
        looked = [moment for source, moment in tried.looked if source == name]
        published = history.snapshots["snapshot_utc"]
        both = published.isin(compared), published.isin(looked)
        for role, found in zip(("compared", "looked at"), both, strict=True):
            chosen = history.snapshots.loc[found, MAP_COLUMNS]
            used.append(chosen.assign(role=role))
    maps = pd.concat(used, ignore_index=True)
    maps = maps.drop_duplicates(["snapshot_utc", "source", "sha256"])
    return maps.sort_values(["role", "snapshot_utc"], ignore_index=True)
