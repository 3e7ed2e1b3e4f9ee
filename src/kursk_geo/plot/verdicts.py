"""Since when a sentence is true, drawn."""

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from kursk_geo._text import moment_words
from kursk_geo.errors import OptionError
from kursk_geo.plot.canvas import caption, dress_chart, heading, new_figure
from kursk_geo.plot.style import COLOURS, INK, PRINT_WIDTH_IN, RULE
from kursk_geo.status import Status

if TYPE_CHECKING:
    from kursk_geo.claims import Verdict

__all__ = []


def plot_since(
    verdict: "Verdict", *, ax: Axes | None = None, width_in: float = PRINT_WIDTH_IN
) -> Axes:
    """
    The change of a sentence, by the day since when it is counted.

    Parameters
    ----------
    verdict : Verdict
        Of a sentence that does not say since when, as `check` gives it.
    ax : Axes, optional
        Where to draw; by default on a new figure.
    width_in : float, default 7
        Width of the new figure; 4 suits a phone. [in]

    Returns
    -------
    Axes
        The figure of each day as steps, what the sentence says as a band, and the days
        since when it is true as a bar below.

    Raises
    ------
    OptionError
        If the sentence says since when, or tells of no change.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> history = kg.read_history("sample_data/deepstate")
    >>> [verdict] = kg.check("bloomberg-2025-04-26-shrunk", history)
    >>> ax = kg.plot_since(verdict)
    >>> ax.get_ylabel()
    'Change [%]'
    """
    days = verdict.since
    says = getattr(verdict.claim, "says", None)
    if days.empty or says is None:
        msg = (
            "This sentence leaves no day open since when it is counted. Expected the "
            "verdict of one that does, such as bloomberg-2025-04-26-shrunk."
        )
        raise OptionError(msg)
    ax = ax or new_figure(width_in, 2.2 + 0.36 * width_in)[1]
    dress_chart(ax, "Change [%]" if says.unit == "share" else "Change [km²]")
    times = days["day"].dt.tz_convert("UTC").dt.tz_localize(None)
    figures = days["figure"]
    low, high = min(figures.min(), 0.0), max(figures.max(), 0.0)
    ax.set_ylim(low - 0.08 * (high - low), high + 0.04 * (high - low))
    ends = [end for end in (says.low, says.high) if math.isfinite(end)]
    ax.axhspan(max(says.low, low), min(says.high, high), color=RULE, gid="says")
    for end in ends:
        ax.axhline(end, color=INK, lw=0.6, gid="says-end")
    ax.plot(times, figures, drawstyle="steps-post", color=INK, lw=1.2, gid="figure")
    true = np.where(days["holds"], ax.get_ylim()[0], np.nan)
    ax.plot(times, true, color=COLOURS[Status.LIBERATED], lw=7, gid="true")
    factor = 100.0 if says.unit == "share" else 1.0
    ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{factor * v:,.10g}"))
    heading(ax, "Since when?", subtitle=f"“{says.text}”: {verdict.word}")
    moments = [one["snapshot_utc"] for one in verdict.maps if one["role"] == "at"]
    until = f"Counted to the map of {moment_words(pd.Timestamp(moments[0]))}"
    caption(
        ax,
        until,
        "Band: what the sentence says. Bar: the days since when it is true",
        f"Source: {verdict.attribution}",
    )
    return ax
