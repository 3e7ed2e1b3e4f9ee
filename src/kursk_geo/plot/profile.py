"""How far held ground reaches, along the border."""

import geopandas as gpd
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from kursk_geo.errors import OptionError
from kursk_geo.plot.page import caption, dress, heading, new_figure, warn_empty
from kursk_geo.plot.style import (
    COLOURS,
    HELD,
    INK,
    PRINT_WIDTH_IN,
    RULE,
    TEXT_PT,
    day_words,
    km_words,
    moment_words,
    text_style,
)

LINES = {
    "max_km": ("-", "Farthest"),
    "p95_km": ((0, (5, 2)), "95 of 100 stretches reach less"),
    "box_advance_km": ((0, (1, 1.5)), "Area over length of border"),
}
"""Dash and word of each figure that is drawn across."""


def plot_profile(
    profile: gpd.GeoDataFrame,
    *,
    ax: Axes | None = None,
    width_in: float = PRINT_WIDTH_IN,
) -> Axes:
    """
    How far held ground reaches behind each stretch of the border.

    Parameters
    ----------
    profile : GeoDataFrame
        As `depth_profile` gives it.
    ax : Axes, optional
        Where to draw; by default on a new figure.
    width_in : float, default 7
        Width of the new figure; 4 suits a phone. [in]

    Returns
    -------
    Axes
        Kilometres along the border from the first stretch with ground behind it, to
        the right; reach upwards. Each stretch is a step.

    Raises
    ------
    OptionError
        If the table is no profile, or the width is not between 2 and 30 inches.

    Warns
    -----
    EmptyPlotWarning
        If nothing was held.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.read_history("sample_data/deepstate").select(kg.theatre("kursk"))
    >>> ax = kg.plot_profile(kg.depth_profile(kursk, "2025-04-15"))
    >>> ax.get_ylabel()
    'Reach [km]'
    """
    if "reach_km" not in profile.columns or "step_km" not in profile.attrs:
        msg = (
            "The table is no profile. Expected what kursk_geo.depth_profile(history, "
            "at) gives, with its attrs."
        )
        raise OptionError(msg)
    ax = ax or new_figure(width_in, 1.8 + 0.28 * width_in)[1]
    attrs, step_km = profile.attrs, float(profile.attrs["step_km"])
    edges_km = np.arange(len(profile) + 1) * step_km
    reach_km = profile["reach_km"].to_numpy()
    handles: list[Line2D] = []
    if len(profile):
        ax.stairs(reach_km, edges_km, fill=True, color=COLOURS[HELD], gid="reach")
        handles = [_across(ax, attrs, name) for name in LINES]
    dress(ax)
    ax.set_axisbelow(True)
    ax.grid(visible=True, axis="y", color=RULE, linewidth=0.6, linestyle="-")
    ax.set_xlim(0.0, max(float(edges_km[-1]), step_km))
    ax.set_ylim(0.0, max(float(reach_km.max(initial=0.0)) * 1.08, 0.1))
    ax.set_ylabel("Reach [km]", **text_style(TEXT_PT))
    ax.set_xlabel(f"Along the border [km]{_start(profile)}", **text_style(TEXT_PT))
    moment = pd.Timestamp(attrs["snapshot_utc"])
    heading(
        ax,
        f"Reach of held ground, {day_words(moment)}",
        subtitle=_figures(attrs) if len(profile) else "Nothing held",
        handles=handles,
    )
    caption(
        ax,
        f"Map of {moment_words(moment)} (snapshot {attrs['snapshot_id']})",
        f"Source: {attrs.get('attribution') or attrs.get('source')}",
        f"Theatre {attrs['theatre']}; every point of the ground belongs to the nearest "
        f"point of the border, stretches of {step_km:g} km",
        below_pt=38.0,
    )
    if profile.empty:
        warn_empty("nothing was held on this map")
    return ax


def _across(ax: Axes, attrs: dict[str, float], name: str) -> Line2D:
    """A line across at one of the figures, and its entry in the legend."""
    dash, word = LINES[name]
    line = ax.axhline(attrs[name], color=INK, linewidth=1.0, linestyle=dash, gid=name)
    line.set_label(f"{word}: {km_words(attrs[name])}")
    return line


def _start(profile: gpd.GeoDataFrame) -> str:
    """Where the axis begins."""
    if profile.empty:
        return ""
    point = profile.geometry.iloc[0]
    lon, lat = f"{abs(point.x):.2f}°", f"{abs(point.y):.2f}°"
    east, north = "EW"[int(point.x < 0)], "NS"[int(point.y < 0)]
    return f", from {lon}{east} {lat}{north}"


def _figures(attrs: dict[str, float]) -> str:
    return (
        f"Behind {attrs['held_border_km']:.0f} km of border; the ground lies "
        f"{km_words(attrs['mean_distance_km'])} from it on average"
    )
