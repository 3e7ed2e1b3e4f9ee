"""The paragraph that a paper can carry."""

from math import isnan
from typing import TYPE_CHECKING

from kursk_geo.claims.explain import label, some
from kursk_geo.multiverse import Axis, spell

if TYPE_CHECKING:
    from kursk_geo.claims.verdict import Verdict

__all__ = ["paragraph"]

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
