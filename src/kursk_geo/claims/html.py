"""A verdict as a fragment of HTML, with the curve of its specifications."""

from html import escape
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from kursk_geo.multiverse import spell

if TYPE_CHECKING:
    from kursk_geo.claims.verdict import Verdict

__all__ = ["fragment"]

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
