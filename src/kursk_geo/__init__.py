"""
Measure who holds which ground, and tell whether a published sentence holds.

    >>> import kursk_geo as kg
    >>> history = kg.sample_history()
    >>> kursk = history.select(kg.theatre("kursk"))
    >>> len(kg.sections(kursk, at="2025-04-15"))
    3

What draws, checks or fetches is loaded when first used: importing the package costs
little more than importing geopandas.
"""

import sys as _sys
from importlib import import_module as _import_module
from importlib.metadata import version as _version
from typing import TYPE_CHECKING as _TYPE_CHECKING

if _sys.argv[:1] == ["-m"]:  # `python -m kursk_geo` loads this before `__main__`
    from kursk_geo_cli import stop_at_once as _stop_at_once

    _stop_at_once()

from kursk_geo.area import area_km2
from kursk_geo.change import (
    change_between,
    change_over_time,
    front_line,
    transitions,
)
from kursk_geo.compare import compare, complement, disagreement
from kursk_geo.depth import Depth, depth_km
from kursk_geo.errors import KurskGeoError, KurskGeoWarning
from kursk_geo.events import events, section_history
from kursk_geo.history import ControlHistory
from kursk_geo.measure import (
    area_change,
    depth_shares,
    measure,
    relative_change,
    step_value,
)
from kursk_geo.reference import border, read_border, read_region
from kursk_geo.sections import sections
from kursk_geo.settlements import read_places, settlements
from kursk_geo.sources.base import Source
from kursk_geo.sources.files import (
    fetch_history,
    list_sources,
    read_history,
    read_plain,
    sample_history,
)
from kursk_geo.status import Status
from kursk_geo.store import open_store, write_store
from kursk_geo.theatre import Theatre, list_theatres, theatre
from kursk_geo.uncertainty import change_bounds, p_change, uncertainty

if _TYPE_CHECKING:
    from kursk_geo.claims import (
        Claim,
        Verdict,
        Verdicts,
        annotate,
        check,
        list_claims,
        load_claims,
    )
    from kursk_geo.exports import export
    from kursk_geo.plot.canvas import style
    from kursk_geo.plot.charts import plot_area, plot_depth, plot_sources, plot_timeline
    from kursk_geo.plot.maps import (
        animate,
        explore,
        plot_change,
        plot_map,
        plot_small_multiples,
    )
    from kursk_geo.plot.verdicts import plot_since
    from kursk_geo.report import write_verdict
    from kursk_geo.report.page import write_report

__version__ = _version("kursk-geo")

__all__ = [
    "Claim", "ControlHistory", "Depth", "KurskGeoError", "KurskGeoWarning",
    "Source", "Status", "Theatre", "Verdict", "Verdicts", "animate", "annotate",
    "area_change", "area_km2", "border", "change_between", "change_bounds",
    "change_over_time", "check", "compare", "complement", "depth_km",
    "depth_shares", "disagreement", "events", "explore", "export", "fetch_history",
    "front_line", "list_claims", "list_sources", "list_theatres", "load_claims",
    "measure", "open_store", "p_change", "plot_area", "plot_change", "plot_depth",
    "plot_map", "plot_since", "plot_small_multiples", "plot_sources",
    "plot_timeline", "read_border", "read_history", "read_places", "read_plain",
    "read_region", "relative_change", "sample_history", "section_history",
    "sections", "settlements", "step_value", "style", "theatre",
    "transitions", "uncertainty", "write_report", "write_store", "write_verdict",
]  # fmt: skip

_LAZY = {
    "claims": "Claim Verdict Verdicts annotate check list_claims load_claims",
    "plot.canvas": "style",
    "plot.charts": "plot_area plot_depth plot_sources plot_timeline",
    "plot.maps": "animate explore plot_change plot_map plot_small_multiples",
    "plot.verdicts": "plot_since",
    "exports": "export",
    "report.page": "write_report",
    "report": "write_verdict",
}
"""By module the names that are loaded when they are first asked for."""


def __getattr__(name: str) -> object:
    for module, names in _LAZY.items():
        if name in names.split():
            loaded = _import_module(f"{__name__}.{module}")
            globals().update({one: getattr(loaded, one) for one in names.split()})
            return globals()[name]
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
