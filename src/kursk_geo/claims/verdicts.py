"""Verdicts of several claims, side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import pandas as pd

from kursk_geo.claims.verdict import Verdict

__all__ = ["Verdicts", "row"]


@dataclass(frozen=True, repr=False, eq=False)
class Verdicts(Sequence[Verdict]):
    """
    Verdicts of several claims, in their order.

    The verdict of a single claim can be asked directly: ``verdicts.figure`` is
    ``verdicts[0].figure``.

    Parameters
    ----------
    verdicts : tuple of Verdict

    Examples
    --------
    >>> import kursk_geo as kg
    >>> history = kg.read_history("sample_data/deepstate")
    >>> verdicts = kg.check(kg.load_claims("bloomberg-2025-04-26"), history)
    >>> verdicts.summary.verdict[0]
    'depends'
    >>> kg.check(kg.load_claims("bloomberg-2025-04-26-sections"), history).figure
    3.0
    >>> Verdicts(())
    no claims
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

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  (whatever a verdict has)
        verdicts = self.__dict__.get("verdicts", ())
        if len(verdicts) == 1 and not name.startswith("_"):
            return getattr(verdicts[0], name)
        msg = (
            f"These are {len(verdicts)} verdicts, and {name!r} is asked of one. Take "
            f"one of them: verdicts[0].{name}."
        )
        raise AttributeError(msg)

    @property
    def summary(self) -> pd.DataFrame:
        """One row a claim: id, reading, verdict, figure, unit, range, what decides."""
        return pd.DataFrame([row(verdict) for verdict in self], columns=COLUMNS)

    @property
    def table(self) -> pd.DataFrame:
        """Every specification of every claim, told apart by the column ``claim``."""
        tables = [
            verdict.table.assign(claim=verdict.claim.id) for verdict in self.verdicts
        ]
        if not tables:
            return pd.DataFrame(columns=["claim"])
        whole = pd.concat(tables, ignore_index=True)
        return whole[["claim", *whole.columns.drop("claim")]]

    def methods(self) -> str:
        """
        The paragraph of each verdict, with an empty line between them.

        Returns
        -------
        str
            Markdown.

        Raises
        ------
        Nothing
            A verdict always tells how it came about.

        Examples
        --------
        >>> Verdicts(()).methods()
        ''
        """
        return "\n\n".join(verdict.methods() for verdict in self)

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
        "snapshots": verdict.map_ids,
    }
