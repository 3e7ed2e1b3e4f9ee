"""
Tables and states onto matplotlib Axes.

Every function takes a finished table or history, draws on `ax` or on a figure of its
own, and returns the Axes. Nothing is shown, saved or closed, and matplotlib's settings
stay as they are.
"""

from kursk_geo.plot.baselines import plot_baselines
from kursk_geo.plot.change import plot_change
from kursk_geo.plot.context import fetch_tiles
from kursk_geo.plot.exploring import explore
from kursk_geo.plot.maps import plot_map
from kursk_geo.plot.moving import animate
from kursk_geo.plot.multiples import plot_small_multiples
from kursk_geo.plot.multiverse import plot_multiverse
from kursk_geo.plot.profile import plot_profile
from kursk_geo.plot.series import plot_area, plot_depth
from kursk_geo.plot.sources import plot_sources
from kursk_geo.plot.timeline import plot_timeline

__all__ = [
    "animate",
    "explore",
    "fetch_tiles",
    "plot_area",
    "plot_baselines",
    "plot_change",
    "plot_depth",
    "plot_map",
    "plot_multiverse",
    "plot_profile",
    "plot_small_multiples",
    "plot_sources",
    "plot_timeline",
]
