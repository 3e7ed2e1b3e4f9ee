"""
Every figure as it was: one digest a column of each table that the library tells.

``golden.json`` holds them, for the sample maps and for the real ones where they are at
hand; of real maps digests and sums alone, never a shape. A change that is meant is
written down anew with ``python tests/test_golden.py --write``, and its diff is read.
"""

import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import kursk_geo as kg
from real_maps import ADVANCES, DATA, NZZ, WINDOW, history_of

ROOT = Path(__file__).parents[1]
STORED = Path(__file__).with_name("golden.json")
SAMPLE = ROOT / "sample_data"

DIGITS, DECIMALS = 9, 9
"""Figures are rounded to both: the rest is noise of the order of summation."""
GRID_DEGREES = 1e-9
MISSING = "none"


@dataclass(frozen=True, eq=False)
class Maps:
    """Histories that figures are taken of."""

    history: kg.ControlHistory
    nzz: kg.ControlHistory | None = None
    advances: kg.ControlHistory | None = None

    @cache  # noqa: B019 - there are two of them
    def on(self, name: str, *, clip: bool = True) -> kg.ControlHistory:
        return self.history.select(kg.theatre(name), clip=clip)

    @property
    def kursk(self) -> kg.ControlHistory:
        return self.on("kursk")

    @property
    def lately(self) -> kg.ControlHistory:
        """Without the early maps of the sample: a row a day of years is slow."""
        return self.kursk.between("2024-08-01", None)

    @cached_property
    def grey(self) -> kg.ControlHistory:
        """Held and contested ground, all of it as held."""
        kursk = kg.theatre("kursk")
        return self.history.select(kursk, status=[*kursk.held, *kursk.contested])

    @cached_property
    def pair(self) -> dict[str, kg.ControlHistory]:
        """NZZ beside it; the sample has one source, which counts as two."""
        if self.nzz is None:
            grey = self.grey.between("2024-08-01", None)
            return {"held": self.lately, "with grey": grey}
        return {"deepstate": self.kursk, "nzz": self.nzz.select(kg.theatre("kursk"))}

    @cached_property
    def rest(self) -> kg.ControlHistory:
        """What is left of the reach of these maps."""
        reach = shapely.union_all(self.kursk.shapes.geometry.to_numpy())
        taken = self.advances or self.kursk.select(status="held_in_russia")
        return kg.complement(taken, reach).select(kg.theatre("kursk"))

    @cached_property
    def places(self) -> gpd.GeoDataFrame:
        return kg.read_places(SAMPLE / "places" / "places.csv")


@cache
def sample() -> Maps:
    return Maps(kg.read_history(SAMPLE / "deepstate"))


@cache
def real() -> Maps:
    return Maps(*map(history_of, (WINDOW, NZZ, ADVANCES)))


def sections(history: kg.ControlHistory, **options: Any) -> pd.DataFrame:
    """With the ends of each depth as points again."""
    table = kg.sections(history, **options)
    for name in ("witness", "border_point"):
        ends = shapely.points(table[[f"{name}_lon", f"{name}_lat"]].to_numpy())
        table[name] = [end if end.x == end.x else None for end in ends]
    return table


def spread(matrix: pd.DataFrame) -> pd.DataFrame:
    """A matrix, a row a cell."""
    table = matrix.rename_axis(index="start").reset_index()
    return table.melt("start", var_name="end", value_name="area_km2")


STATES = ["valid_from", "valid_to", "n_snapshots", "n_shapes"]
SNAPSHOTS = ["snapshot_utc", "snapshot_id", "sha256", "n_features", "n_rejected"]
SHAPES = [
    *["status", "label", "valid_from", "valid_to", "shape_id", "repair_km2"],
    "geometry",
]
MEASURE = [
    *["snapshot_utc", "area_km2", "contested_km2", "sections", "depth_km"],
    *["depth_with_contested_km", "outlier", "staleness_days", "snapshot_id"],
]
SECTIONS = [
    *["section", "area_km2", "depth_km", "error_m", "witness", "border_point"],
    *["n_polygons", "geometry"],
]
SECTION_HISTORY = [
    *["valid_from", "valid_to", "section", "since", "area_km2", "depth_km"],
    *["n_polygons", "geometry"],
]
EVENTS = [
    *["snapshot_utc", "kind", "before", "after", "area_before_km2", "area_after_km2"],
    *["gained_km2", "lost_km2", "relative_change", "group"],
]
CHANGE = ["change", "sliver", "area_km2", "n_parts", "geometry"]
CHANGE_OVER_TIME = [
    *["start", "end", "days", "gained_km2", "lost_km2", "net_km2", "gross_km2"],
    *["sliver_km2", "rate_km2_per_day"],
]
TRANSITIONS = ["start", "end", "area_km2"]
DEPTH_SHARES = ["deeper_than_km", "share", "area_km2"]
FRONT = ["moved", "length_km", "geometry"]
UNCERTAINTY = [
    *MEASURE,
    *["front_km", "area_sd_km2", "area_sd_independent_km2", "area_sd_correlated_km2"],
    *["area_low_km2", "area_high_km2", "depth_low_km", "depth_high_km"],
]
BOUNDS = ["change_km2", "redrawn_km", "sd_km2", "low_km2", "high_km2", "p"]
P_CHANGE = ["start", "end", "p"]
COMPARE = [
    *["date", "source", "snapshot_utc", "area_km2", "contested_km2", "staleness_days"],
    *["unchanged_days", "n_sources", "median_km2", "low_km2", "high_km2"],
    *["difference_km2", "intersection_over_union"],
]
DISAGREEMENT = ["held_by", "not_held_by", "area_km2", "contested_km2", "geometry"]
SETTLEMENTS = [
    *["place_id", "name", "lon", "lat", "status", "since_utc", "since_confirmed_utc"],
    *["until_utc", "until_confirmed_utc", "days", "geometry"],
]
ATTRS = [
    *["snapshot_id", "snapshot_utc", "staleness_days", "n_smaller", "before_utc"],
    *["start_snapshot_id", "end_snapshot_id", "start_km2", "end_km2", "gained_km2"],
    *["lost_km2", "kept_km2", "to_contested_km2", "from_contested_km2"],
    *["gained_sliver_km2", "lost_sliver_km2", "kept_sliver_km2", "length_km"],
    *["moved_km", "agreed_km2", "union_km2", "intersection_over_union"],
    *["median_km", "p95_km"],
    *kg.list_claims(),
]
"""What the ``attrs`` of a table tell that is a figure or names a map."""

DATES = ["2024-08-15", "2024-09-06", "2025-02-28", "2025-04-15"]
SPANS = [("2024-09-06", "2025-02-28"), ("2025-02-28", "2025-03-31")]
WHOLE_SPAN = ("2024-08-15", "2025-04-15")
THEATRES = ["belgorod", "kharkiv", "sumy", "ukraine"]

Call = Callable[[Maps], pd.DataFrame]

# The only place where the library is asked: a renamed argument is mended here.
CALLS: dict[str, tuple[list[str], Call]] = {
    "snapshots": (SNAPSHOTS, lambda m: m.history.snapshots),
    "shapes kursk": (SHAPES, lambda m: m.kursk.shapes),
    "shapes kursk, whole": (SHAPES, lambda m: m.on("kursk", clip=False).shapes),
    "states kursk": (STATES, lambda m: m.kursk.states()),
    "shapes kursk in winter": (
        SHAPES,
        lambda m: m.kursk.between("2024-12-01", "2025-02-28").shapes,
    ),
    "measure": (MEASURE, lambda m: kg.measure(m.kursk)),
    "measure by day": (["date", *MEASURE], lambda m: kg.measure(m.lately, every="day")),
    "measure by day in Kyiv": (
        ["date", *MEASURE],
        lambda m: kg.measure(m.lately, every="day", tz="Europe/Kyiv"),
    ),
    "measure by change": (MEASURE, lambda m: kg.measure(m.kursk, every="change")),
    "measure spherical": (
        MEASURE,
        lambda m: kg.measure(m.kursk, area_method="spherical"),
    ),
    "measure whole": (MEASURE, lambda m: kg.measure(m.on("kursk", clip=False))),
    "measure whole, spherical": (
        MEASURE,
        lambda m: kg.measure(m.on("kursk", clip=False), area_method="spherical"),
    ),
    "measure with gaps": (
        MEASURE,
        lambda m: kg.measure(m.kursk, gap_km=1.0, min_area_km2=1.0),
    ),
    "measure with grey": (MEASURE, lambda m: kg.measure(m.grey)),
    **{
        f"measure {name}": (
            MEASURE,
            lambda m, name=name: kg.measure(
                m.on(name).between("2025-03-01", "2025-04-15"), every="change"
            ),
        )
        for name in THEATRES
    },
    **{
        f"sections {at}": (SECTIONS, lambda m, at=at: sections(m.kursk, at=at))
        for at in DATES
    },
    "sections of the last map": (SECTIONS, lambda m: sections(m.kursk)),
    "sections with gaps": (
        SECTIONS,
        lambda m: sections(m.kursk, at=DATES[-1], gap_km=2.0, min_area_km2=0.0),
    ),
    "sections spherical": (
        SECTIONS,
        lambda m: sections(m.kursk, at=DATES[-1], area_method="spherical"),
    ),
    "events": (EVENTS, lambda m: kg.events(m.kursk)),
    "events with stable": (EVENTS, lambda m: kg.events(m.kursk, with_stable=True)),
    "events with gaps": (
        EVENTS,
        lambda m: kg.events(m.kursk, gap_km=1.0, displacement_km=3.0),
    ),
    "section_history": (SECTION_HISTORY, lambda m: kg.section_history(m.kursk)),
    **{
        f"change_between {start} {end}": (
            CHANGE,
            lambda m, span=(start, end): kg.change_between(m.kursk, *span),
        )
        for start, end in [*SPANS, WHOLE_SPAN]
    },
    "change_between with contested": (
        CHANGE,
        lambda m: kg.change_between(m.kursk, *SPANS[1], to_and_from_contested=True),
    ),
    "change_between without slivers": (
        CHANGE,
        lambda m: kg.change_between(m.kursk, *SPANS[1], min_width_m=0.0),
    ),
    **{
        f"change_over_time by {every}": (
            CHANGE_OVER_TIME,
            lambda m, every=every: kg.change_over_time(m.kursk, every=every),
        )
        for every in ("day", "week", "month", "change")
    },
    "change_over_time by month in Kyiv": (
        CHANGE_OVER_TIME,
        lambda m: kg.change_over_time(m.kursk, every="month", tz="Europe/Kyiv"),
    ),
    **{
        f"transitions {start} {end}": (
            TRANSITIONS,
            lambda m, span=(start, end): spread(kg.transitions(m.kursk, *span)),
        )
        for start, end in SPANS
    },
    **{
        f"front_line {at}": (FRONT, lambda m, at=at: kg.front_line(m.kursk, at=at))
        for at in DATES
    },
    **{
        f"depth_shares {at}": (
            DEPTH_SHARES,
            lambda m, at=at: kg.depth_shares(m.kursk, at=at),
        )
        for at in DATES[1:]
    },
    "front_line at other widths": (
        FRONT,
        lambda m: kg.front_line(
            m.kursk, at=DATES[-1], border_width_m=100.0, min_move_m=5.0
        ),
    ),
    "uncertainty": (UNCERTAINTY, lambda m: kg.uncertainty(m.kursk, every="change")),
    "uncertainty at other errors": (
        UNCERTAINTY,
        lambda m: kg.uncertainty(
            m.kursk.between("2025-02-28", "2025-04-15"),
            sigma_m=200.0,
            correlation_km=2.0,
            border_m=50.0,
            coverage=0.8,
        ),
    ),
    **{
        f"change_bounds {start} {end}": (
            BOUNDS,
            lambda m, span=(start, end): kg.change_bounds(m.kursk, *span),
        )
        for start, end in [*SPANS, WHOLE_SPAN]
    },
    "p_change": (
        P_CHANGE,
        lambda m: pd.DataFrame(
            [(*span, kg.p_change(m.kursk, *span)) for span in [*SPANS, WHOLE_SPAN]],
            columns=P_CHANGE,
        ),
    ),
    "compare": (COMPARE, lambda m: kg.compare(m.pair)),
    **{
        f"disagreement {at}": (
            DISAGREEMENT,
            lambda m, at=at: kg.disagreement(m.pair, at=at),
        )
        for at in DATES[1:]
    },
    "complement": (SHAPES, lambda m: m.rest.shapes),
    "complement, measured": (MEASURE, lambda m: kg.measure(m.rest, every="change")),
    "settlements": (SETTLEMENTS, lambda m: kg.settlements(m.kursk, m.places)),
    "settlements of one map": (
        SETTLEMENTS,
        lambda m: kg.settlements(m.kursk, m.places, agree=1),
    ),
}


def number(value: float) -> str:
    return f"{round(float(f'{value:.{DIGITS}g}'), DECIMALS) + 0.0:.{DIGITS}g}"


def plain(value: object) -> str:
    """One cell as text that hangs on no type of pandas or numpy."""
    match value:
        case list() | tuple() | np.ndarray():
            text = "(" + ", ".join(map(plain, value)) + ")"
        case shapely.Geometry():
            snapped = shapely.set_precision(value, GRID_DEGREES, mode="pointwise")
            text = shapely.normalize(snapped).wkb_hex
        case _ if pd.isna(value):
            text = MISSING
        case pd.Timestamp():
            utc = value if value.tz is None else value.tz_convert("UTC")
            text = utc.tz_localize(None).isoformat(timespec="microseconds")
        case bool() | np.bool_():
            text = str(bool(value))
        case int() | float() | np.number():
            text = number(float(value))
        case _:
            text = str(value)
    return text


def line(cells: list[object]) -> str:
    """A column: what a person sees of it, and its digest."""
    texts = [plain(cell) for cell in cells]
    digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
    known = [cell for cell, text in zip(cells, texts, strict=True) if text != MISSING]
    kinds = {type(cell) for cell in known}
    if not known:
        said = "nothing"
    elif kinds == {pd.Timestamp}:
        said = f"{plain(min(known))[:16]} to {plain(max(known))[:16]}"
    elif all(issubclass(kind, shapely.Geometry) for kind in kinds):
        said = f"{shapely.get_num_coordinates(known).sum()} vertices"
    elif all(issubclass(kind, int | float | np.number) for kind in kinds):
        said = f"sum {number(float(np.sum(known)))}"
    else:
        said = f"{len(set(texts))} different"
    return f"{said}; {digest}"


def frozen(name: str, maps: Maps) -> dict[str, str]:
    """What is kept of a table: a line a column, and what its ``attrs`` tell."""
    columns, call = CALLS[name]
    table = call(maps)
    own = table if table.index.name is None else table.reset_index()
    kept = {"rows": str(len(own))}
    for column in columns:
        kept[column] = line(list(own[column])) if column in own else "not there"
    told = {
        f"attrs {key}": plain(table.attrs[key]) for key in ATTRS if key in table.attrs
    }
    return kept | told


def compared(part: str, name: str, maps: Maps) -> None:
    stored = json.loads(STORED.read_text(encoding="utf-8"))[part].get(name, {})
    now = frozen(name, maps)
    lines = [
        f"  {key}: {stored.get(key, 'nothing')}  ->  {now.get(key, 'nothing')}"
        for key in {**stored, **now}
        if stored.get(key) != now.get(key)
    ]
    if lines:
        pytest.fail("\n".join([f"{part} maps, {name!r}:", *lines]), pytrace=False)


@pytest.mark.parametrize("name", CALLS)
def test_figures_of_the_sample_maps_are_as_they_were(name: str) -> None:
    compared("sample", name, sample())


@pytest.mark.parametrize("name", CALLS)
def test_figures_of_the_real_maps_are_as_they_were(name: str) -> None:
    compared("real", name, real())


def test_no_table_is_stored_that_is_no_longer_asked_for() -> None:
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    assert {part: set(tables) - set(CALLS) for part, tables in stored.items()} == {
        "sample": set(),
        "real": set(),
    }


def write() -> None:
    """Both parts; that of the real maps stays where they are not at hand."""
    stored = json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else {}
    stored["sample"] = {name: frozen(name, sample()) for name in CALLS}
    if (DATA / WINDOW).exists():
        stored["real"] = {name: frozen(name, real()) for name in CALLS}
    text = json.dumps(stored, indent=1, ensure_ascii=False)
    STORED.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("Expected --write: pytest tests/test_golden.py compares.")
    write()
