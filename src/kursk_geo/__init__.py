"""
Measure who holds which ground, and tell whether a published sentence holds.

    >>> import kursk_geo as kg
    >>> history = kg.read_history("sample_data/deepstate")
    >>> kursk = history.select(kg.theatre("kursk"))
    >>> len(kg.sections(kursk, at="2025-04-15"))
    3

Public names are loaded when first used: importing the package costs little more than
importing geopandas.
"""

import sys
from importlib import import_module
from importlib.metadata import version
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kursk_geo.area import area_km2
    from kursk_geo.change import change_between, change_over_time, transitions
    from kursk_geo.claims import (
        Claim,
        Verdict,
        Verdicts,
        axes,
        check,
        list_claims,
        load_claims,
    )
    from kursk_geo.compare import compare, complement, disagreement
    from kursk_geo.depth import Depth, depth_km
    from kursk_geo.errors import KurskGeoError, KurskGeoWarning
    from kursk_geo.events import events, section_history
    from kursk_geo.fetch import (
        deepstate_areas,
        fetch_border,
        fetch_history,
        fetch_places,
        fetch_region,
        verify_areas,
    )
    from kursk_geo.front import front_line
    from kursk_geo.history import ControlHistory
    from kursk_geo.measure import area_change, measure, relative_change, step_value
    from kursk_geo.multiverse import Axis, Grid, Option
    from kursk_geo.plot import (
        animate,
        explore,
        plot_area,
        plot_baselines,
        plot_change,
        plot_depth,
        plot_map,
        plot_multiverse,
        plot_profile,
        plot_small_multiples,
        plot_sources,
        plot_timeline,
    )
    from kursk_geo.profile import depth_profile
    from kursk_geo.reference import border, read_border, read_region, sides
    from kursk_geo.report import write_verdict
    from kursk_geo.report.page import write_report
    from kursk_geo.sections import sections
    from kursk_geo.settlements import read_places, settlements
    from kursk_geo.sources.contract import Source
    from kursk_geo.sources.polygons import read_plain
    from kursk_geo.sources.reading import list_sources, read_history
    from kursk_geo.status import Status
    from kursk_geo.store import open_store, write_store
    from kursk_geo.theatre import Theatre, list_theatres, theatre
    from kursk_geo.uncertainty import area_samples, change_bounds, p_change, uncertainty

_HOMES = {
    "Axis": "multiverse",
    "Claim": "claims",
    "ControlHistory": "history",
    "Depth": "depth",
    "Grid": "multiverse",
    "KurskGeoError": "errors",
    "KurskGeoWarning": "errors",
    "Option": "multiverse",
    "Source": "sources.contract",
    "Status": "status",
    "Theatre": "theatre",
    "Verdict": "claims",
    "Verdicts": "claims",
    "animate": "plot",
    "area_change": "measure",
    "area_km2": "area",
    "area_samples": "uncertainty",
    "axes": "claims",
    "border": "reference",
    "change_between": "change",
    "change_bounds": "uncertainty",
    "change_over_time": "change",
    "check": "claims",
    "compare": "compare",
    "complement": "compare",
    "deepstate_areas": "fetch",
    "depth_km": "depth",
    "depth_profile": "profile",
    "disagreement": "compare",
    "events": "events",
    "explore": "plot",
    "fetch_border": "fetch",
    "fetch_history": "fetch",
    "fetch_places": "fetch",
    "fetch_region": "fetch",
    "front_line": "front",
    "list_claims": "claims",
    "list_sources": "sources.reading",
    "list_theatres": "theatre",
    "load_claims": "claims",
    "measure": "measure",
    "open_store": "store",
    "p_change": "uncertainty",
    "plot_area": "plot",
    "plot_baselines": "plot",
    "plot_change": "plot",
    "plot_depth": "plot",
    "plot_map": "plot",
    "plot_multiverse": "plot",
    "plot_profile": "plot",
    "plot_small_multiples": "plot",
    "plot_sources": "plot",
    "plot_timeline": "plot",
    "read_border": "reference",
    "read_history": "sources.reading",
    "read_places": "settlements",
    "read_plain": "sources.polygons",
    "read_region": "reference",
    "relative_change": "measure",
    "section_history": "events",
    "sections": "sections",
    "settlements": "settlements",
    "sides": "reference",
    "step_value": "measure",
    "theatre": "theatre",
    "transitions": "change",
    "uncertainty": "uncertainty",
    "verify_areas": "fetch",
    "write_report": "report.page",
    "write_store": "store",
    "write_verdict": "report",
}
"""Public names and the modules that define them."""

__version__ = version("kursk-geo")

__all__ = [
    "Axis",
    "Claim",
    "ControlHistory",
    "Depth",
    "Grid",
    "KurskGeoError",
    "KurskGeoWarning",
    "Option",
    "Source",
    "Status",
    "Theatre",
    "Verdict",
    "Verdicts",
    "animate",
    "area_change",
    "area_km2",
    "area_samples",
    "axes",
    "border",
    "change_between",
    "change_bounds",
    "change_over_time",
    "check",
    "compare",
    "complement",
    "deepstate_areas",
    "depth_km",
    "depth_profile",
    "disagreement",
    "events",
    "explore",
    "fetch_border",
    "fetch_history",
    "fetch_places",
    "fetch_region",
    "front_line",
    "list_claims",
    "list_sources",
    "list_theatres",
    "load_claims",
    "measure",
    "open_store",
    "p_change",
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
    "read_border",
    "read_history",
    "read_places",
    "read_plain",
    "read_region",
    "relative_change",
    "section_history",
    "sections",
    "settlements",
    "sides",
    "step_value",
    "theatre",
    "transitions",
    "uncertainty",
    "verify_areas",
    "write_report",
    "write_store",
    "write_verdict",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """Keeps ``kursk_geo.measure`` the function when the module of that name loads."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (isinstance(value, ModuleType) and name in _HOMES):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
