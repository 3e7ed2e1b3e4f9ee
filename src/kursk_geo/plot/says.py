"""What a sentence says, on the axis of its quantity."""

import math

from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from kursk_geo.claims import Claim
from kursk_geo.plot.style import TEXT_PT, text_style
from kursk_geo.wording import Interval

BAND, BAND_EDGE = "#dbe6f0", "#7f9bb5"
"""Colours of the interval that the sentence gives."""
QUANTITIES = {
    "area": "Area",
    "contested_area": "Contested area",
    "relative_change": "Change of area",
    "area_change": "Change of area",
    "sections": "Sections",
    "depth": "Depth",
    "present": "Held ground",
    "days_held": "Days held",
}
SYMBOLS = {"km2": " [km²]", "km": " [km]", "share": " [%]", "days": "", "count": ""}


def name_values(ax: Axes, claim: Claim) -> None:
    """Label of the vertical axis, and ticks in the unit of a claim."""
    quantity = claim.quantity
    unit = quantity.says.unit
    words = QUANTITIES[quantity.measure] + SYMBOLS[unit]
    ax.set_ylabel(words, **text_style(TEXT_PT))
    if quantity.measure == "present":
        ax.set_yticks([0.0, 1.0], ["absent", "present"])
        return
    ax.yaxis.set_major_locator(MaxNLocator(5, integer=unit in ("count", "days")))
    factor = 100.0 if unit == "share" else 1.0
    ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{factor * v:,.10g}"))


def draw_interval(ax: Axes, says: Interval) -> None:
    """The claimed interval as a band; an end that is open to infinity has no edge."""
    low, high = ax.get_ylim()
    ax.axhspan(
        max(says.low, low), min(says.high, high), color=BAND, lw=0.0, zorder=0.4,
        gid="says",
    )  # fmt: skip
    for end in {says.low, says.high}:
        if math.isfinite(end):
            ax.axhline(end, color=BAND_EDGE, lw=0.8, zorder=0.45, gid="says-end")


def says_patch() -> Patch:
    """The legend's entry for the claimed interval."""
    return Patch(
        facecolor=BAND, edgecolor=BAND_EDGE, linewidth=0.8, label="What it says"
    )
