"""Whether a sentence holds, under which definitions, and why."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from html import escape
from importlib.metadata import version
from math import isfinite, isnan
from typing import Any, Literal, overload

import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

from kursk_geo.claims.claim import Claim, Histories, axes, by_name, refuse_strange_claim
from kursk_geo.claims.engine import Outcomes, outcomes, support_by_tier, variance_shares
from kursk_geo.claims.grid import Axis, Grid, spell
from kursk_geo.errors import ClaimError, TheatreError
from kursk_geo.history import ControlHistory

__all__ = [
    "Verdict",
    "Verdicts",
    "Word",
    "check",
    "decision",
    "fragment",
    "judge",
    "label",
    "paragraph",
    "row",
    "show",
    "some",
]


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

WHOLE_KM2 = 100.0
"""Above this a second decimal says nothing. [km²]"""


def show(value: float, unit: str) -> str:
    """
    A figure with its unit, to the digits that these maps bear.

    Parameters
    ----------
    value : float
        In `unit`.
    unit : {"km2", "km", "share", "count", "days"}

    Returns
    -------
    str
        ``"not computable"`` for nan.

    Raises
    ------
    Nothing
        Another unit is shown as a count.

    Examples
    --------
    >>> show(-0.1441, "share"), show(float("nan"), "km2")
    ('-14.4 %', 'not computable')
    """
    if isnan(value):
        return "not computable"
    match unit:
        case "share":
            return f"{100 * value:+.1f} %"
        case "km2":
            digits = 1 if abs(value) >= WHOLE_KM2 else 2
            return f"{value:,.{digits}f} km²"
        case "km":
            return f"{value:.2f} km"
        case "days":
            return f"{value:.0f} days"
    return f"{value:.0f}"


def label(axis: str) -> str:
    """What an axis is called in a sentence."""
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
    usual = table[table["holds"].notna() & table["tier"].ne("stress")]
    plane = _at(usual, {name: o for name, o in base.items() if name not in free})
    if second is not None:
        near = [o.name for o in second.options if o.tier in ("stated", "conventional")]
        plane = plane[plane[second.name].isin(near)]
    parts = _along(plane, first, second)
    for axis in grid.axes:
        if axis.name not in free:
            parts += _flips(usual, base, free, axis)
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
            always.append(f"“{option.name}”")
        elif not rows["holds"].any():
            never.append(f"“{option.name}”")
        elif second is not None:
            beside = _distinct(rows[rows["holds"].astype(bool)], second)
            only = some(f"“{name}”" for name in beside)
            sometimes.append(f"“{option.name}” (only with {label(second.name)} {only})")
    name = label(first.name)
    parts = []
    if always or sometimes:
        parts.append(f"holds with {name} {some([*always, *sometimes])}")
    if never:
        parts.append(f"fails with {name} {some(never)}")
    return parts


def _flips(
    usual: pd.DataFrame, base: dict[str, str], free: set[str], axis: Axis
) -> list[str]:
    parts = []
    for option in axis.options[1:]:
        fixed = {n: o for n, o in base.items() if n not in free}
        rows = _at(usual, fixed | {axis.name: option.name})
        if rows.empty:
            continue
        if not rows["holds"].any():
            parts.append(f"never holds with {label(axis.name)} “{option.name}”")
        elif rows["holds"].all():
            parts.append(f"always holds with {label(axis.name)} “{option.name}”")
    return parts


def _distinct(rows: pd.DataFrame, axis: Axis) -> list[str]:
    """Options of an axis in some rows, one for each outcome."""
    names: list[str] = rows.drop_duplicates(["outcome", "end_utc"])[axis.name].tolist()
    return names


FEW_EXPLAIN = 4
"""Longer lists are cut short in a sentence; the table has them all."""


def some(names: Iterable[str], *, most: int = FEW_EXPLAIN, last: str = "or") -> str:
    """A list in words, cut short: ``a, b, c, d or 3 more``."""
    every = list(names)
    shown = every[:most]
    if len(every) > most:
        shown.append(f"{len(every) - most} more")
    return f" {last} ".join([", ".join(shown[:-1]), shown[-1]] if shown[1:] else shown)


WIDTH, HEIGHT, MARGIN = 480.0, 120.0, 8.0
"""Of the curve, and of what is left free around it. [px]"""

MOST_POINTS = 300
"""More specifications than these are drawn by their quantiles."""


def fragment(verdict: "Verdict") -> str:
    """Sentence, reading, verdict, figure and curve; all text is escaped."""
    claim = verdict.claim
    rows = {
        "read as": claim.reading,
        "verdict": verdict.word,
        "figure": verdict.figures(),
        "because": verdict.reason,
        "support": verdict.tiers(),
        "credit": f"{verdict.attribution}; kursk_geo {verdict.version}",
    }
    cells = "".join(
        f"<tr><th style='text-align:left'>{escape(key)}</th>"
        f"<td style='text-align:left'>{escape(value)}</td></tr>"
        for key, value in rows.items()
        if value
    )
    source = f"{claim.outlet}, {spell(claim.published)}"
    return (
        f"<figure><blockquote>“{escape(claim.text)}”"
        f"<footer>{escape(source)}</footer></blockquote>"
        f"<table>{cells}</table>{_curve(verdict)}</figure>"
    )


def _curve(verdict: "Verdict") -> str:
    """
    Outcomes in order, the claimed interval as a band, the figure as a ring.

    The colour is the reader's own text colour, so that it shows on any background.
    """
    outcomes = np.sort(verdict.table["outcome"].dropna().to_numpy(dtype=float))
    if not len(outcomes):
        return ""
    says = verdict.claim.quantity.says
    ends = [end for end in (says.low, says.high) if isfinite(end)]
    low, high = min([outcomes[0], *ends]), max([outcomes[-1], *ends])
    tall = HEIGHT - 2.0 * MARGIN

    def y(value: float) -> float:
        share = 0.5 if high == low else (value - low) / (high - low)
        return float(MARGIN + tall * (1.0 - min(max(share, 0.0), 1.0)))

    def x(share: float) -> float:
        return MARGIN + (WIDTH - 2.0 * MARGIN) * share

    shares = np.linspace(0.0, 1.0, min(len(outcomes), MOST_POINTS))
    picked = outcomes[np.rint(shares * (len(outcomes) - 1)).astype(int)]
    points = " ".join(
        f"{x(share):.1f},{y(value):.1f}"
        for share, value in zip(shares, picked, strict=True)
    )
    top, bottom = y(says.high), y(says.low)
    what = (
        f"{len(outcomes):,} specifications in order of outcome, from "
        f"{verdict.shown(outcomes[0])} to {verdict.shown(outcomes[-1])}; band: "
        f"{says.extent}"
    )
    mark = ""
    if isfinite(verdict.figure):
        place = float(np.searchsorted(outcomes, verdict.figure))
        at = x(place / max(len(outcomes) - 1, 1))
        mark = (
            f"<circle cx='{at:.1f}' cy='{y(verdict.figure):.1f}' r='4' fill='none' "
            "stroke='currentColor' stroke-width='1.5'/>"
        )
    line = (
        f"<polyline points='{points}' fill='none' stroke='currentColor' "
        "stroke-width='1.5'/>"
        if len(outcomes) > 1
        else ""
    )
    return (
        f"<svg role='img' viewBox='0 0 {WIDTH:g} {HEIGHT:g}' width='{WIDTH:g}' "
        f"style='max-width:100%'><title>{escape(what)}</title>"
        f"<rect x='{MARGIN:g}' width='{WIDTH - 2.0 * MARGIN:g}' y='{top:.1f}' "
        f"height='{max(bottom - top, 1.0):.1f}' fill='currentColor' opacity='0.15'/>"
        f"{line}{mark}</svg><figcaption>{escape(what)}; ring: the figure; grid "
        f"{verdict.grid.hash}</figcaption>"
    )


QUANTITIES = {
    "area": "the area",
    "contested_area": "the contested area",
    "relative_change": "the relative change of the area",
    "area_change": "the change of the area",
    "sections": "the number of sections",
    "depth": "the depth from the border",
    "present": "whether ground was shown at all",
    "days_held": "for how long ground was held",
}
MANY = 6
"""Options of an axis that a paragraph lists; the grid's hash names them all."""


def paragraph(verdict: "Verdict") -> str:
    """Sentence, reading, definitions, counts, figures, verdict, maps, credit."""
    sentences = [
        _asked(verdict),
        _tried(verdict),
        _figures(verdict),
        _support(verdict),
        _verdict(verdict),
        _variance(verdict),
        _measured(verdict),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _asked(verdict: "Verdict") -> str:
    claim = verdict.claim
    quoted = claim.text.strip().rstrip(".")
    said = (
        f"We checked the sentence “{quoted}” ({claim.outlet}, "
        f"{spell(claim.published)}), which we read as follows: {claim.reading}."
    )
    left = "; ".join(claim.unstated)
    return f"{said} It leaves open {left}." if left else said


def _tried(verdict: "Verdict") -> str:
    grid = verdict.grid
    varied = "; ".join(
        f"{label(axis.name)} ({_options(axis)})"
        for axis in grid.axes
        if len(axis.options) > 1
    )
    fixed = "; ".join(
        f"{label(axis.name)} ({axis.options[0].name})"
        for axis in grid.axes
        if len(axis.options) == 1
    )
    count = f"{len(grid):,} specifications" if len(grid) > 1 else "one specification"
    said = f"We computed {QUANTITIES[verdict.claim.quantity.measure]} under {count}"
    said += f" (grid {grid.hash})"
    if varied:
        said += f", which combine these definitions: {varied}"
    return f"{said}. The same in all: {fixed}." if fixed else f"{said}."


def _options(axis: Axis) -> str:
    """Names hold commas and "or" themselves."""
    names = [option.name for option in axis.options[:MANY]]
    more = len(axis.options) - MANY
    return " / ".join([*names, f"{more} more"] if more > 0 else names)


def _figures(verdict: "Verdict") -> str:
    failed = int(verdict.table["outcome"].isna().sum())
    if failed == len(verdict.table):
        return "None of them could be computed."
    said = (
        f"With the first option of each the figure is {verdict.shown(verdict.figure)}"
        f"; over all it ranges from {verdict.shown(verdict.low)} to "
        f"{verdict.shown(verdict.high)}."
    )
    return f"{said} {failed:,} could not be computed." if failed else said


def _support(verdict: "Verdict") -> str:
    counts = verdict.support["n_computed"]
    shares = [
        f"{100 * share:.0f} % of the {counts[tier]:,} {tier}"
        for tier, share in verdict.share_supporting.items()
        if not isnan(share)
    ]
    if not shares:
        return ""
    return f"The sentence holds in {some(shares, last='and')} specifications."


def _verdict(verdict: "Verdict") -> str:
    reason = verdict.reason.rstrip(".")
    said = f"Verdict: {verdict.word}."
    if not reason:
        return said
    if verdict.verdict == "depends":
        return f"{said} It {reason.replace('; ', '; it ')}."
    return f"{said} {reason[0].upper()}{reason[1:]}."


def _variance(verdict: "Verdict") -> str:
    caveat = (
        "These shares count choices of definition: they are not probabilities, and "
        "there are no p-values."
    )
    shares = verdict.variance[verdict.variance > 0.005]  # shown as 1 %
    if shares.empty:
        return caveat
    named = [
        f"{label(str(name))} {100 * share:.0f} %" for name, share in shares.items()
    ]
    design = "main effects"
    if not verdict.variance.attrs.get("balanced", True):
        design += "; unbalanced, since some specifications could not be computed"
    return (
        "Share of the variance of the outcome that a definition explains by itself "
        f"(eta squared, {design}): {some(named, last='and')}. {caveat}"
    )


def _measured(verdict: "Verdict") -> str:
    maps = verdict.snapshots
    if maps.empty:
        return f"No map could be used (kursk_geo {verdict.version})."
    compared = maps[maps["role"] == "compared"]
    looked = len(maps) - len(compared)
    first, last = (
        f"{moment:%Y-%m-%d %H:%M}"
        for moment in (maps["snapshot_utc"].min(), maps["snapshot_utc"].max())
    )
    count = f"{len(compared):,} maps" if len(compared) != 1 else "one map"
    also = f" and looked up {looked:,} others" if looked else ""
    credit = verdict.attribution.rstrip(".")
    credit = f" ({credit})" if credit else ""
    said = (
        f"We compared {count}{also}, published {first} to {last} UTC{credit}, with "
        f"kursk_geo {verdict.version}"
    )
    if verdict.claim.quantity.theatre.border is not None:
        return f"{said}; border © OpenStreetMap contributors (ODbL)."
    return f"{said}."


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
