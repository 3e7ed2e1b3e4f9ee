"""Verdicts: whether a sentence holds, under which definitions, and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib.metadata import version
from typing import Any, Literal, overload

import pandas as pd

from kursk_geo.claims.claim import Claim
from kursk_geo.claims.explain import decision, label, show
from kursk_geo.history import ControlHistory
from kursk_geo.multiverse import Grid, support_by_tier, variance_shares

__all__ = ["Verdict", "Verdicts", "Word", "judge"]

Word = Literal["supported", "contradicted", "depends", "not computable"]


@dataclass(frozen=True, repr=False, eq=False)
class Verdict:
    """
    What the maps say of a sentence.

    Parameters
    ----------
    claim : Claim
    verdict : {"supported", "contradicted", "depends", "not computable"}
        Whether all stated and conventional specifications agree with the sentence,
        none does, or it depends on a definition.
    figure : float
        Under the first option of each axis, in `unit`; nan if not computable.
    unit : {"km2", "km", "share", "count", "days"}
    low, high : float
        Range over all specifications that could be computed.
    decides : str
        The axis that decides; empty unless it depends.
    reason : str
        Which options hold and which fail; or why nothing could be computed.
    table : DataFrame, shape (n_specifications,)
        Every specification with its outcome, as `multiverse.run` gives it.
    grid : Grid
        The definitions that were tried; ``grid.hash`` names them.
    variance : Series, shape (n_axes,)
        Share of the outcome's variance that each axis explains by itself.
    support : DataFrame, shape (n_tiers,)
        ``n_specifications``, ``n_computed`` and ``share_supporting`` by tier.
    snapshots : DataFrame
        The maps that were used: ``snapshot_utc, source, snapshot_id, sha256, origin``.
    attribution : str
        What must be said when a figure is passed on.
    version : str
        Of this library.
    """

    claim: Claim
    verdict: Word
    figure: float
    unit: str
    low: float
    high: float
    decides: str
    reason: str
    table: pd.DataFrame
    grid: Grid
    variance: pd.Series
    support: pd.DataFrame
    snapshots: pd.DataFrame
    attribution: str
    version: str = field(default_factory=lambda: version("kursk-geo"))

    @property
    def share_supporting(self) -> dict[str, float]:
        """Share of the computed specifications that support the sentence, by tier."""
        shares: dict[str, float] = self.support["share_supporting"].to_dict()
        return shares

    @property
    def word(self) -> str:
        """The verdict as a phrase: ``depends on the baseline``."""
        if self.verdict == "depends":
            return f"depends on the {label(self.decides)}"
        return self.verdict

    def shown(self, value: float) -> str:
        """A value of this quantity in words, with its unit."""
        if self.claim.quantity.measure == "present" and not pd.isna(value):
            return "present" if value else "absent"
        return show(value, self.unit)

    def methods(self) -> str:
        """
        The paragraph that a paper can carry.

        Returns
        -------
        str
            Markdown: sentence, reading, axes, counts, figures, grid hash, maps used.

        Raises
        ------
        Nothing
            A verdict always tells how it came about.

        Examples
        --------
        >>> import kursk_geo as kg
        >>> history = kg.read_history("sample_data/deepstate")
        >>> [one] = kg.check(kg.load_claims("bloomberg-2025-04-26-sections"), history)
        >>> one.grid.hash in one.methods()
        True
        """
        claim, grid = self.claim, self.grid
        axes = "; ".join(
            f"{label(axis.name)} ({', '.join(option.name for option in axis.options)})"
            for axis in grid.axes
            if len(axis.options) > 1
        )
        support = ", ".join(
            f"{share:.0%} of {n:,} {tier}"
            for tier, n, share in zip(
                self.support.index,
                self.support["n_computed"],
                self.support["share_supporting"],
                strict=True,
            )
            if n
        )
        maps = self.snapshots
        span = (
            f"{len(maps)} maps published {maps['snapshot_utc'].min():%Y-%m-%d %H:%M} to "
            f"{maps['snapshot_utc'].max():%Y-%m-%d %H:%M} UTC"
            if len(maps)
            else "no map"
        )
        return (
            f"We checked the sentence “{claim.text}” ({claim.outlet}, "
            f"{claim.published:%-d %B %Y}), read as: {claim.reading}. The quantity was "
            f"computed under {len(grid):,} specifications (grid {grid.hash}) that combine "
            f"these definitions: {axes}. {self._figures()} The sentence holds in "
            f"{support or 'none'} specifications. Verdict: {self.word}"
            f"{': ' + self.reason if self.reason else ''}. These shares count choices of "
            "definition; they are not probabilities. Areas and lengths were measured "
            f"with kursk_geo {self.version} on {span} ({self.attribution}); the border "
            "is © OpenStreetMap contributors (ODbL)."
        )

    def _figures(self) -> str:
        if pd.isna(self.figure) and pd.isna(self.low):
            return "No specification could be computed."
        n_failed = int(self.table["outcome"].isna().sum())
        left_out = f" {n_failed:,} could not be computed." if n_failed else ""
        return (
            f"The first option of each gives {self.shown(self.figure)}; all "
            f"together range from {self.shown(self.low)} to "
            f"{self.shown(self.high)}.{left_out}"
        )

    def __repr__(self) -> str:
        claim = self.claim
        lines = [
            f"“{claim.text}”",
            f"  {claim.outlet}, {claim.published:%-d %B %Y} ({claim.id})",
            f"  read as   {claim.reading}",
            f"  verdict   {self.word}",
            f"  figure    {self._figure_line()}",
        ]
        if self.reason:
            lines.append(f"  because   {self.reason}")
        tiers = ", ".join(f"{k} {v:.0%}" for k, v in self.share_supporting.items())
        lines += [
            f"  support   {tiers} of {len(self.table):,} specifications, "
            f"grid {self.grid.hash}",
            f"  maps      {', '.join(self._map_names())}",
            f"  credit    {self.attribution}; kursk_geo {self.version}",
        ]
        return "\n".join(lines)

    def _figure_line(self) -> str:
        if pd.isna(self.low):
            return "not computable"
        return (
            f"{self.shown(self.figure)} (all definitions: "
            f"{self.shown(self.low)} to {self.shown(self.high)})"
        )

    def _map_names(self) -> list[str]:
        ids = self.snapshots["snapshot_id"].tolist()
        return ids if len(ids) <= 3 else [*ids[:3], f"{len(ids) - 3} more"]  # noqa: PLR2004  (a line)

    def _repr_html_(self) -> str:
        rows = {
            "read as": self.claim.reading,
            "verdict": self.word,
            "figure": self._figure_line(),
            "because": self.reason,
            "specifications": f"{len(self.table):,}, grid {self.grid.hash}",
            "credit": f"{self.attribution}; kursk_geo {self.version}",
        }
        cells = "".join(
            f"<tr><th style='text-align:left'>{escape(key)}</th>"
            f"<td style='text-align:left'>{escape(value)}</td></tr>"
            for key, value in rows.items()
            if value
        )
        source = f"{self.claim.outlet}, {self.claim.published:%-d %B %Y}"
        return (
            f"<figure><blockquote>“{escape(self.claim.text)}”"
            f"<footer>{escape(source)}</footer></blockquote>"
            f"<table>{cells}</table></figure>"
        )


@dataclass(frozen=True, repr=False, eq=False)
class Verdicts(Sequence[Verdict]):
    """
    Verdicts of several claims, in their order.

    Parameters
    ----------
    verdicts : tuple of Verdict
    """

    verdicts: tuple[Verdict, ...]

    def __len__(self) -> int:
        return len(self.verdicts)

    @overload
    def __getitem__(self, position: int) -> Verdict: ...
    @overload
    def __getitem__(self, position: slice) -> Sequence[Verdict]: ...
    def __getitem__(self, position: int | slice) -> Verdict | Sequence[Verdict]:
        return self.verdicts[position]

    def __iter__(self) -> Iterator[Verdict]:
        return iter(self.verdicts)

    @property
    def table(self) -> pd.DataFrame:
        """One row a claim: id, reading, verdict, figure, unit, range, what decides."""
        return pd.DataFrame([row(verdict) for verdict in self], columns=COLUMNS)

    def __repr__(self) -> str:
        return "\n\n".join(repr(verdict) for verdict in self) or "no claims"

    def _repr_html_(self) -> str:
        return "".join(verdict._repr_html_() for verdict in self)


COLUMNS = [
    "id",
    "text",
    "reading",
    "verdict",
    "figure",
    "unit",
    "low",
    "high",
    "decides",
    "reason",
    "share_supporting",
    "n_specifications",
    "grid_hash",
    "snapshots",
]


def row(verdict: Verdict) -> dict[str, Any]:
    """A verdict as one row of plain values."""
    return {
        "id": verdict.claim.id,
        "text": verdict.claim.text,
        "reading": verdict.claim.reading,
        "verdict": verdict.verdict,
        "figure": verdict.figure,
        "unit": verdict.unit,
        "low": verdict.low,
        "high": verdict.high,
        "decides": verdict.decides,
        "reason": verdict.reason,
        "share_supporting": verdict.share_supporting,
        "n_specifications": len(verdict.table),
        "grid_hash": verdict.grid.hash,
        "snapshots": verdict.snapshots["snapshot_id"].tolist(),
    }


DECIDING = ("stated", "conventional")


def judge(
    claim: Claim,
    grid: Grid,
    table: pd.DataFrame,
    histories: Mapping[str, ControlHistory],
) -> Verdict:
    """
    The verdict that specifications come to.

    Parameters
    ----------
    claim : Claim
    grid : Grid
    table : DataFrame
        As `multiverse.run` gives it.
    histories : mapping of str to ControlHistory
        That the table was computed from.

    Returns
    -------
    Verdict

    Raises
    ------
    KeyError
        If an axis is not in the table.
    """
    variance = variance_shares(table, grid.axes)
    closest = table[table["tier"].isin(DECIDING) & table["holds"].notna()]
    word, decides, reason = _word(table, closest, grid, variance)
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
        snapshots=_used(table, histories),
        attribution="; ".join(
            dict.fromkeys(h.attribution for h in histories.values() if h.attribution)
        ),
    )


def _word(
    table: pd.DataFrame, closest: pd.DataFrame, grid: Grid, variance: pd.Series
) -> tuple[Word, str, str]:
    if closest.empty:
        reasons = table.loc[table["reason"] != "", "reason"]
        return "not computable", "", str(reasons.iloc[0]) if len(reasons) else ""
    if closest["holds"].all():
        return "supported", "", ""
    if not closest["holds"].any():
        return "contradicted", "", _beyond(table, grid, variance)
    ranked = _ranked(closest, grid, variance)
    return "depends", ranked[0], decision(table, grid, ranked)


def _ranked(closest: pd.DataFrame, grid: Grid, variance: pd.Series) -> list[str]:
    """Axes by how far they decide; where that is equal, by how far they move."""
    deciding = variance_shares(closest, grid.axes, of="holds").round(6)
    return sorted(
        deciding.index, key=lambda name: (-deciding[name], -variance[name], name)
    )


def _beyond(table: pd.DataFrame, grid: Grid, variance: pd.Series) -> str:
    """Where a contradicted sentence would hold after all."""
    if not table["holds"].any():
        return "no definition that was tried supports it"
    holds = table[table["holds"].fillna(value=False)]
    few = [
        f"{label(axis.name)} “{holds[axis.name].iloc[0]}”"
        for axis in grid.axes
        if holds[axis.name].nunique() == 1
        and len(axis.options) > 1
        and holds[axis.name].iloc[0] != axis.options[0].name
    ]
    only = f", all with {', '.join(few)}" if few else ""
    return f"{len(holds):,} less usual definitions would support it{only}"


def _used(table: pd.DataFrame, histories: Mapping[str, ControlHistory]) -> pd.DataFrame:
    columns = ["snapshot_utc", "source", "snapshot_id", "sha256", "origin"]
    moments = pd.concat([table["end_utc"], table["baseline_utc"]]).dropna().unique()
    used = [
        history.snapshots.loc[history.snapshots["snapshot_utc"].isin(moments), columns]
        for history in histories.values()
    ]
    return pd.concat(used, ignore_index=True) if used else pd.DataFrame(columns=columns)
