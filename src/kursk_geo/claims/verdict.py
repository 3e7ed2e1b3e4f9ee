"""Verdicts: whether a sentence holds, under which definitions, and why."""

from dataclasses import dataclass, field
from importlib.metadata import version
from math import isnan
from typing import Literal

import pandas as pd

from kursk_geo.claims.claim import Claim
from kursk_geo.claims.explain import label, show
from kursk_geo.claims.html import fragment
from kursk_geo.claims.methods import paragraph
from kursk_geo.multiverse import Grid, spell

__all__ = ["Verdict", "Word"]

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
        The maps that were used: ``snapshot_utc, source, snapshot_id, sha256, origin``
        and ``role``: ``"compared"``, or ``"looked at"`` for a peak, a duration or
        sections that have not moved.
    attribution : str
        What must be said when a figure is passed on.
    version : str
        Of this library.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> history = kg.read_history("sample_data/deepstate")
    >>> [one] = kg.check(kg.load_claims("bloomberg-2025-04-26-shrunk"), history)
    >>> one.word, one.shown(one.figure)
    ('depends on the baseline', '-14.4 %')
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
        shares = self.support["share_supporting"]
        return {str(tier): float(share) for tier, share in shares.items()}

    @property
    def word(self) -> str:
        """The verdict as a phrase: ``depends on the baseline``."""
        if self.verdict == "depends":
            return f"depends on the {label(self.decides)}"
        return self.verdict

    def shown(self, value: float) -> str:
        """
        A value of this quantity in words, with its unit.

        Parameters
        ----------
        value : float
            In `unit`.

        Returns
        -------
        str

        Raises
        ------
        Nothing
            What is nan was not computable.

        Examples
        --------
        >>> import kursk_geo as kg
        >>> history = kg.read_history("sample_data/deepstate")
        >>> [one] = kg.check(kg.load_claims("bloomberg-2025-04-26-sections"), history)
        >>> one.shown(one.figure)
        '3'
        """
        if self.claim.quantity.measure == "present" and not isnan(value):
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
        return paragraph(self)

    def figures(self) -> str:
        """
        The figure beside the range over all definitions.

        Returns
        -------
        str

        Raises
        ------
        Nothing
            What cannot be computed is said to be so.

        Examples
        --------
        >>> import kursk_geo as kg
        >>> history = kg.read_history("sample_data/deepstate")
        >>> [one] = kg.check(kg.load_claims("bloomberg-2025-04-26-belgorod"), history)
        >>> one.figures()
        'absent (all definitions: absent to present)'
        """
        if isnan(self.low):
            return "not computable"
        return (
            f"{self.shown(self.figure)} (all definitions: "
            f"{self.shown(self.low)} to {self.shown(self.high)})"
        )

    def tiers(self) -> str:
        """
        How far the specifications of each tier support the sentence.

        Returns
        -------
        str

        Raises
        ------
        Nothing
            Tiers of which nothing could be computed are left out.

        Examples
        --------
        >>> import kursk_geo as kg
        >>> history = kg.read_history("sample_data/deepstate")
        >>> [one] = kg.check(kg.load_claims("bloomberg-2025-04-26-belgorod"), history)
        >>> one.tiers().partition(",")[0]
        'conventional 50 %'
        """
        shares = ", ".join(
            f"{tier} {100 * share:.0f} %"
            for tier, share in self.share_supporting.items()
            if not isnan(share)
        )
        count = f"{len(self.table):,} specifications"
        return f"{shares or 'none'} of {count}, grid {self.grid.hash}"

    def __repr__(self) -> str:
        claim = self.claim
        rows = {
            "read as": claim.reading,
            "verdict": self.word,
            "figure": self.figures(),
            "because": self.reason,
            "support": self.tiers(),
            "maps": ", ".join(self._map_names()),
            "credit": "; ".join(
                part for part in (self.attribution, f"kursk_geo {self.version}") if part
            ),
        }
        source = f"{claim.outlet}, {spell(claim.published)} ({claim.id})"
        lines = [f"{key:<10}{value}" for key, value in rows.items() if value]
        return "\n  ".join([f"“{claim.text}”", source, *lines])

    def _map_names(self) -> list[str]:
        """Those of the figure first."""
        first = self.table.iloc[0]
        shown = self.snapshots["snapshot_utc"].isin(
            [first["end_utc"], first["baseline_utc"]]
        )
        of_figure = set(self.snapshots.loc[shown, "snapshot_id"])
        ids = sorted(self.map_ids, key=lambda name: name not in of_figure)
        return ids if len(ids) <= FEW else [*ids[:FEW], f"{len(ids) - FEW} more"]

    @property
    def map_ids(self) -> list[str]:
        """Ids of the maps that were compared."""
        compared = self.snapshots["role"] == "compared"
        return [str(name) for name in self.snapshots.loc[compared, "snapshot_id"]]

    def _repr_html_(self) -> str:
        return fragment(self)


FEW = 3
"""Maps that a footnote names."""
