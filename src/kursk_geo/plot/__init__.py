"""
Tables and states onto matplotlib Axes.

Every function takes a finished table or history, draws on `ax` or on a figure of its
own, and returns the Axes. Nothing is shown, saved or closed, and matplotlib's settings
stay as they are.
"""

from kursk_geo.plot.charts import plot_area, plot_depth, plot_sources, plot_timeline
from kursk_geo.plot.maps import (
    animate,
    explore,
    plot_change,
    plot_map,
    plot_small_multiples,
)
from kursk_geo.plot.style import style
from kursk_geo.plot.verdicts import plot_since

__all__ = [
    "animate",
    "explore",
    "plot_area",
    "plot_change",
    "plot_depth",
    "plot_map",
    "plot_since",
    "plot_small_multiples",
    "plot_sources",
    "plot_timeline",
    "style",
]
