"""The commands."""

import json
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias, TypedDict

import typer

from kursk_geo.cli.options import (
    At,
    Every,
    FigureOptions,
    GapKm,
    GroundOptions,
    MapOptions,
    MapPath,
    MinAreaKm2,
    OnError,
    OnErrorOption,
    SpanOptions,
    Zone,
    check_date,
    definition_notes,
    many,
    notes,
    source_facts,
    warnings,
)
from kursk_geo.cli.output import (
    Answer,
    Column,
    Format,
    Output,
    OutputOptions,
    deliver,
    fixed,
    formatted,
    instant_text,
    listed,
    object_text,
    percent,
    plain_records,
    say,
    utc_minute,
    write_bytes,
    write_file,
)
from kursk_geo.errors import ClaimError, LicenceError, OptionError

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from shapely.geometry.base import BaseGeometry

    from kursk_geo.claims import Claim, Verdict
    from kursk_geo.history import ControlHistory

__all__ = [
    "ShapeOutputOptions",
    "Shapes",
    "animate",
    "change",
    "check",
    "claims",
    "clear",
    "compare",
    "events",
    "fetch",
    "info",
    "listing",
    "measure",
    "named_paths",
    "plot",
    "read_named",
    "report",
    "sections",
    "settlements",
    "store",
    "verify",
]


Shapes: TypeAlias = "Callable[[], Iterable[BaseGeometry]]"
"""Makes the shapes of an answer, one a row, in EPSG:4326; called only if needed."""


@dataclass(frozen=True)
class ShapeOutputOptions:
    """Where an answer goes, and how it is written; its shapes too if asked for."""

    format: Annotated[
        Literal["table", "csv", "json", "geojson"] | None,
        typer.Option(
            help="How figures are written; geojson has the shapes too. By default as "
            "a table, or as the ending of --output says.",
            show_default=False,
        ),
    ] = None
    with_geometry: Annotated[
        bool,
        typer.Option(
            "--with-geometry",
            help="Write GeoJSON also where the licence of the source does not allow "
            "passing its shapes on: for your own use alone.",
        ),
    ] = False
    output: Output = None

    @property
    def shapes_wanted(self) -> bool:
        """Whether the answer is to be GeoJSON."""
        ending = "" if self.output is None else self.output.suffix.lower()
        return self.format == "geojson" or (
            self.format is None and ending == ".geojson"
        )

    def check(self) -> None:
        """Refuse --with-geometry where there is none to write, before maps are read."""
        if self.with_geometry and not self.shapes_wanted:
            msg = "--with-geometry goes with --format geojson: add it, or leave it out."
            raise typer.BadParameter(msg)

    def check_licences(self, *histories: "ControlHistory") -> None:
        """
        Refuse to write shapes that may not be passed on, before anything is measured.

        Raises
        ------
        LicenceError
            If they may not, and --with-geometry was not given.
        """
        closed = self._closed(*histories)
        if self.shapes_wanted and closed and not self.with_geometry:
            msg = (
                f"The shapes of {closed[0].source!r} may not be passed on. "
                f"{closed[0].licence} Expected --format table, csv or json, whose "
                "figures may be published; or, for your own use alone, "
                "--with-geometry beside --format geojson."
            )
            raise LicenceError(msg)

    def write(
        self, answer: Answer, shapes: Shapes, *histories: "ControlHistory"
    ) -> None:
        """
        Print an answer, or put it in the file.

        Raises
        ------
        OptionError
            If the file, or standard output, cannot be written.
        """
        if not self.shapes_wanted:
            text = formatted(answer, self._plain_format, screen=self.output is None)
        else:
            text = geojson_text(answer, shapes())
            for warning in answer.warnings:
                say(f"Warning: {warning}")
        deliver(text, self.output, len(answer.rows))
        if self.shapes_wanted:
            for history in self._closed(*histories):
                say(
                    f"The shapes of {history.source!r} are for your own use alone. "
                    f"{history.licence}"
                )

    @property
    def _plain_format(self) -> Format:
        asked = None if self.format == "geojson" else self.format
        return OutputOptions(format=asked, output=self.output).chosen

    def _closed(self, *histories: "ControlHistory") -> list["ControlHistory"]:
        """One history of each source whose shapes may not be passed on."""
        from kursk_geo.sources.files import may_pass_geometry_on

        by_source = {history.source: history for history in histories}
        return [
            one for one in by_source.values() if not may_pass_geometry_on(one.source)
        ]


def geojson_text(answer: Answer, shapes: "Iterable[BaseGeometry]") -> str:
    """
    A FeatureCollection as RFC 7946 says, a feature a line.

    What stands beside the rows in JSON stands beside the features.
    """
    import shapely

    from kursk_geo.geometry import as_array, orient

    texts = shapely.to_geojson(orient(as_array(shapes)))
    features = [
        {
            "type": "Feature",
            "properties": properties,
            "geometry": json.loads(text),
        }
        for properties, text in zip(plain_records(answer.rows), texts, strict=True)
    ]
    return object_text(
        {"type": "FeatureCollection", **answer.facts}, "features", features
    )


KM2, KM, M, DAYS, DEGREES = fixed(2), fixed(2), fixed(1), fixed(2), fixed(4)


def _day(moment: "pd.Timestamp") -> str:
    return f"{moment:%Y-%m-%d}"


FIGURES = (
    Column("date", "Day", _day, left=True),
    Column("snapshot_utc", "Snapshot\n[UTC]", utc_minute, left=True),
    Column("area_km2", "Held\n[km²]", KM2),
    Column("area_low_km2", "Low\n[km²]", KM2),
    Column("area_high_km2", "High\n[km²]", KM2),
    Column("contested_km2", "Contested\n[km²]", KM2),
    Column("sections", "Sections"),
    Column("depth_km", "Depth\n[km]", KM),
    Column("depth_low_km", "Low\n[km]", KM),
    Column("depth_high_km", "High\n[km]", KM),
    Column("depth_with_contested_km", "Depth with\ncontested\n[km]", KM, spare=1),
    Column("staleness_days", "Age\n[days]", DAYS, spare=3),
    Column("snapshot_id", "Snapshot id", left=True, spare=2),
)


def measure(
    path: MapPath,
    ground: GroundOptions,
    span: SpanOptions,
    *,
    at: At = None,
    every: Annotated[
        Every | None,
        typer.Option(
            help="One row a map, one a map on which the theatre changed, or one a "
            "calendar period. By default one a map.",
            show_default=False,
        ),
    ] = None,
    with_bounds: Annotated[
        bool,
        typer.Option(
            "--with-bounds",
            help="Add how low and how high area and depth could be: contested ground, "
            "and the error of the lines that were drawn.",
        ),
    ] = False,
    figures: FigureOptions,
    maps: MapOptions,
    out: OutputOptions,
) -> None:
    """
    Area, sections and depth of every map.

    For example:

      $ kursk-geo measure maps/ --theatre kursk
      $ kursk-geo measure maps/ --from 2025-01-01 --to 2025-03-01 --every day
      $ kursk-geo measure maps/ --at 2025-04-15 --tz Europe/Kyiv
      $ kursk-geo measure maps/ --contested include --output figures.csv
      $ kursk-geo measure maps/ --every change --with-bounds
    """
    if at is not None and (span.start or span.end or every):
        msg = "--at asks for one map: leave out --from, --to and --every."
        raise typer.BadParameter(msg)
    if with_bounds and figures.area_method != "geodesic":
        msg = "--with-bounds tells of areas on the ellipsoid: leave out --area-method."
        raise typer.BadParameter(msg)
    span.check()
    check_date(at, span.tz)
    theatre = ground.build()
    history = maps.read(path)
    if at is not None:
        snapshot = history.snapshot_at(at, tz=span.tz)
        cut = history.between(snapshot["snapshot_utc"], snapshot["snapshot_utc"])
    elif every not in (None, "map", "change"):
        cut = span.cut_with_neighbours(history)
    else:
        cut = span.cut(history)
    selected = cut.select(theatre, clip=ground.clip)
    table = _figures(selected, figures, every or "map", span.tz)
    definitions = ground.facts(theatre) | figures.facts() | {"tz": span.tz}
    if with_bounds:
        definitions |= _add_bounds(table, selected, every or "map", span.tz)
    if at is not None:
        table["staleness_days"] = snapshot["staleness_days"]
    rows = table.reset_index()
    if "date" in rows:
        rows = span.days(rows, history).reset_index(drop=True)
    if at is None:
        definitions["every"] = every or "map"
    out.write(_figures_answer(rows, selected, definitions))


def _figures(
    selected: "ControlHistory",
    figures: FigureOptions,
    every: Every,
    tz: str,
) -> "pd.DataFrame":
    from kursk_geo.measure import measure as measured

    return measured(
        selected,
        every=every,
        tz=tz,
        area_method=figures.area_method,
        gap_km=figures.gap_km,
        min_area_km2=figures.min_area_km2,
    )


def _add_bounds(
    table: "pd.DataFrame",
    history: "ControlHistory",
    every: Every,
    tz: str,
) -> dict[str, object]:
    """Put bounds beside figures of the same maps; the assumptions behind them."""
    from kursk_geo.uncertainty import uncertainty

    bounds = uncertainty(history, every=every, tz=tz)
    for name in bounds.columns.difference(table.columns, sort=False):
        table[name] = bounds[name].to_numpy()
    known = ("sigma_m", "correlation_km", "border_m", "coverage")
    return {name: bounds.attrs[name] for name in known}


def _bounds_words(definitions: dict[str, object]) -> list[str]:
    if "coverage" not in definitions:
        return []
    words = (
        "Bounds: from held ground less the error of its lines to held and contested "
        f"ground with that error; they hold {definitions['coverage']:.0%} of it, with "
        f"fronts off by {definitions['sigma_m']:g} m and the border by "
        f"{definitions['border_m']:g} m."
    )
    return [words]


def _figures_answer(
    rows: "pd.DataFrame", history: "ControlHistory", definitions: dict[str, object]
) -> Answer:
    moment, number = rows["snapshot_utc"].iloc[-1], rows["snapshot_id"].iloc[-1]
    first = rows["snapshot_utc"].iloc[0]
    known = [column for column in FIGURES if column.name in rows]
    if (rows["staleness_days"] == 0.0).all():
        # Each row is told at the instant of its own snapshot: there is no age to show.
        known = [column for column in known if column.name != "staleness_days"]
    span = utc_minute(first)
    if moment != first:
        span += f" to {utc_minute(moment)}"
    count = rows["snapshot_utc"].nunique()
    return Answer(
        rows=rows,
        columns=known,
        facts=source_facts(history, number, moment) | definitions,
        title=f"Theatre {definitions['theatre']}: {many(count, 'snapshot')}, "
        f"{span} UTC",
        notes=[
            *_bounds_words(definitions),
            *notes(history, f"last snapshot {number}", definitions),
        ],
        warnings=warnings(history),
    )


SECTIONS = (
    Column("section", "Section"),
    Column("area_km2", "Area\n[km²]", fixed(3)),
    Column("depth_km", "Depth\n[km]", fixed(3)),
    Column("error_m", "±\n[m]", M, spare=2),
    Column("witness_lon", "Deepest\npoint [°E]", DEGREES, spare=1),
    Column("witness_lat", "\n[°N]", DEGREES, spare=1),
    Column("border_point_lon", "Border\npoint [°E]", DEGREES, spare=3),
    Column("border_point_lat", "\n[°N]", DEGREES, spare=3),
    Column("n_polygons", "Polygons", spare=4),
)


def sections(
    path: MapPath,
    ground: GroundOptions,
    at: At = None,
    tz: Zone = "UTC",
    *,
    figures: FigureOptions,
    maps: MapOptions,
    out: ShapeOutputOptions,
) -> None:
    """
    Connected pieces of held ground on one map.

    Without --at it is the last map.

    With --no-clip --area-method spherical there is one row a polygon that meets the
    region, whole, as the web map shows it.

    For example:

      $ kursk-geo sections maps/ --at 2025-04-15
      $ kursk-geo sections maps/ --theatre belgorod --status contested --format csv
      $ kursk-geo sections maps/ --no-clip --area-method spherical
      $ kursk-geo sections maps/ --format geojson --with-geometry
    """
    from kursk_geo.sections import sections as measured

    out.check()
    check_date(at, tz)
    theatre = ground.build()
    history = maps.read(path)
    out.check_licences(history)
    last = SpanOptions(tz=tz).cut(history).snapshots["snapshot_utc"].iloc[-1]
    snapshot = history.snapshot_at(last if at is None else at, tz=tz)
    moment = snapshot["snapshot_utc"]
    selected = history.between(moment, moment).select(theatre, clip=ground.clip)
    table = measured(
        selected,
        gap_km=figures.gap_km,
        min_area_km2=figures.min_area_km2,
        area_method=figures.area_method,
    )
    definitions = ground.facts(theatre) | figures.facts() | {"tz": tz}
    answer = _sections_answer(table, selected, snapshot, definitions)
    out.write(answer, lambda: table.geometry, history)


def _sections_answer(
    table: "gpd.GeoDataFrame",
    history: "ControlHistory",
    snapshot: "pd.Series",
    definitions: dict[str, object],
) -> Answer:
    moment, number = snapshot["snapshot_utc"], snapshot["snapshot_id"]
    age, smaller = float(snapshot["staleness_days"]), int(table.attrs["n_smaller"])
    rows = table.drop(columns="geometry")
    rows.insert(0, "snapshot_utc", moment)
    rows["snapshot_id"] = number
    pieces = "polygon" if definitions["area_method"] == "spherical" else "section"
    total = f"{many(len(rows), pieces)}, {rows['area_km2'].sum():.3f} km² in all"
    words = [total if len(rows) else "nothing held"]
    if smaller:
        words.append(f"{smaller} smaller than {definitions['min_area_km2']:g} km²")
    which = f"snapshot {number}" + (f", {age:.2f} days old" if age else "")
    facts = source_facts(history, number, moment) | definitions
    return Answer(
        rows=rows,
        columns=SECTIONS,
        facts=facts | {"staleness_days": round(age, 4), "n_smaller": smaller},
        title=f"Theatre {definitions['theatre']}, {utc_minute(moment)} UTC: "
        f"{'; '.join(words)}",
        notes=notes(history, which, definitions),
        warnings=warnings(history),
    )


KM2_CHANGE, DEGREES_CHANGE = fixed(2), fixed(4)
LEAST_KM2 = 1e-4
"""Slivers of less have no note; their row and their total stay."""
KINDS = ("gained", "lost", "kept")
GREY_KINDS = ("to_contested", "from_contested")


@dataclass(frozen=True)
class PairOptions:
    """Which two maps, and what is told of the ground between them."""

    start: Annotated[
        str | None,
        typer.Argument(
            metavar="[START]",
            help="Day at whose end the first map stood. By default the first map.",
            show_default=False,
        ),
    ] = None
    end: Annotated[
        str | None,
        typer.Argument(
            metavar="[END]",
            help="Day at whose end the second map stood. By default the last map.",
            show_default=False,
        ),
    ] = None
    tz: Zone = "UTC"
    min_width_m: Annotated[
        float,
        typer.Option(
            metavar="M", help="Parts narrower than this are told apart, as slivers."
        ),
    ] = 30.0

    def check(self) -> None:
        """Refuse dates that cannot be read, before maps are."""
        for when in (None, self.start, self.end):
            check_date(when, self.tz)

    def maps(self, history: "ControlHistory") -> tuple["pd.Series", "pd.Series"]:
        """
        The two maps.

        Raises
        ------
        OptionError
            If the second was published before the first.
        DateNotFoundError
            If none had been published by one of the dates.
        """
        published = SpanOptions(tz=self.tz).cut(history).snapshots["snapshot_utc"]
        whens = (self.start or published.iloc[0], self.end or published.iloc[-1])
        first, last = (history.snapshot_at(when, tz=self.tz) for when in whens)
        if last["snapshot_utc"] < first["snapshot_utc"]:
            msg = (
                f"{self.start} lies after {self.end or 'the last map'}. Expected the "
                "earlier date first: change their order."
            )
            raise OptionError(msg)
        return first, last


def _part_km2(area_km2: float) -> str:
    """The area of a part; that of the thinnest slivers is not nothing."""
    return KM2_CHANGE(area_km2) if area_km2 >= 0.005 else "< 0.01"


PARTS = (
    Column("change", "Ground", lambda kind: kind.replace("_", " "), left=True),
    Column("area_km2", "Area\n[km²]", _part_km2),
    Column("lon", "Point in it\n[°E]", DEGREES_CHANGE),
    Column("lat", "\n[°N]", DEGREES_CHANGE),
    Column("n_parts", "Parts", spare=2),
    Column("sliver", "", lambda thin: "slivers" if thin else "", left=True, spare=1),
)

PERIODS = (
    Column("start_utc", "From\n[UTC]", utc_minute, left=True),
    Column("end_utc", "To\n[UTC]", utc_minute, left=True),
    Column("gained_km2", "Gained\n[km²]", KM2_CHANGE),
    Column("lost_km2", "Lost\n[km²]", KM2_CHANGE),
    Column("net_km2", "Net\n[km²]", KM2_CHANGE),
    Column("rate_km2_per_day", "Net a day\n[km²]", KM2_CHANGE),
    Column("gross_km2", "Gross\n[km²]", KM2_CHANGE, spare=1),
    Column("sliver_km2", "Slivers\n[km²]", fixed(4), spare=2),
    Column("days", "Days", fixed(1), spare=3),
)


def change(
    path: MapPath,
    pair: PairOptions,
    ground: GroundOptions,
    *,
    every: Annotated[
        Every | None,
        typer.Option(
            help="One row a period between the two maps, instead of one a piece of "
            "ground.",
            show_default=False,
        ),
    ] = None,
    with_contested: Annotated[
        bool,
        typer.Option(
            "--with-contested",
            help="Also tell which of the lost ground is contested at the end, and "
            "which of the gained was at the start.",
        ),
    ] = False,
    with_bounds: Annotated[
        bool,
        typer.Option(
            "--with-bounds",
            help="Also tell how far the maps' own errors could make the difference.",
        ),
    ] = False,
    maps: MapOptions,
    out: ShapeOutputOptions,
) -> None:
    """
    Ground gained, lost and kept between two maps.

    For example:

      $ kursk-geo change maps/ --theatre kursk 2025-02-28 2025-03-31
      $ kursk-geo change maps/ 2025-01-01 2025-03-31 --every week
      $ kursk-geo change maps/ 2025-02-28 2025-03-31 --with-bounds --format json
      $ kursk-geo change maps/ 2025-02-28 2025-03-31 --output change.geojson
    """
    out.check()
    if every and (out.shapes_wanted or with_contested or with_bounds):
        msg = (
            "--every tells figures of periods: leave out --format geojson, "
            "--with-contested and --with-bounds."
        )
        raise typer.BadParameter(msg)
    pair.check()
    theatre = ground.build()
    history = maps.read(path)
    out.check_licences(history)
    first, last = pair.maps(history)
    cut = history.between(first["snapshot_utc"], last["snapshot_utc"])
    selected = cut.select(theatre, clip=ground.clip)
    definitions = ground.facts(theatre) | {
        "area_method": "geodesic",
        "tz": pair.tz,
        "min_width_m": pair.min_width_m,
    }
    if every:
        out.write(_periods_answer(selected, every, definitions), list)
        return
    table = _parts(selected, pair, with_contested=with_contested)
    bounds = _bounds(selected, first, last) if with_bounds else None
    answer = _parts_answer(table, selected, definitions, bounds)
    out.write(answer, lambda: table.geometry, history)


def _parts(
    history: "ControlHistory", pair: PairOptions, *, with_contested: bool
) -> "gpd.GeoDataFrame":
    from kursk_geo.change import change_between

    published = history.snapshots["snapshot_utc"]
    return change_between(
        history,
        pair.start or published.iloc[0],
        pair.end or published.iloc[-1],
        tz=pair.tz,
        to_and_from_contested=with_contested,
        min_width_m=pair.min_width_m,
    )


def _bounds(
    history: "ControlHistory", first: "pd.Series", last: "pd.Series"
) -> "pd.DataFrame":
    from kursk_geo.uncertainty import change_bounds

    return change_bounds(history, first["snapshot_utc"], last["snapshot_utc"])


def _parts_answer(
    table: "gpd.GeoDataFrame",
    history: "ControlHistory",
    definitions: dict[str, object],
    bounds: "pd.DataFrame | None",
) -> Answer:
    import pandas as pd

    attrs = {str(name): value for name, value in table.attrs.items()}
    points = table.geometry.representative_point()
    rows = pd.DataFrame(table.drop(columns="geometry"))
    rows = rows.assign(lon=points.x, lat=points.y)
    rows = rows[["change", "area_km2", "lon", "lat", "sliver", "n_parts"]]
    number, moment = attrs["end_snapshot_id"], pd.Timestamp(attrs["end_snapshot_utc"])
    start = pd.Timestamp(attrs["start_snapshot_utc"])
    kinds = [kind for kind in (*KINDS, *GREY_KINDS) if f"{kind}_km2" in attrs]
    facts = source_facts(history, str(number), moment) | {
        "start_snapshot_id": attrs["start_snapshot_id"],
        "start_snapshot_utc": instant_text(start),
        "start_staleness_days": attrs["start_staleness_days"],
        "staleness_days": attrs["end_staleness_days"],
        "start_km2": attrs["start_km2"],
        "end_km2": attrs["end_km2"],
        "net_km2": attrs["gained_km2"] - attrs["lost_km2"],
        **{f"{kind}_km2": attrs[f"{kind}_km2"] for kind in kinds},
        **{f"{kind}_sliver_km2": attrs[f"{kind}_sliver_km2"] for kind in kinds},
    }
    lines = notes(
        history,
        f"snapshots {attrs['start_snapshot_id']} and {number}",
        definitions,
        with_depth=False,
    )
    lines = [*_slivers(attrs, definitions), *lines]
    if bounds is not None:
        facts["bounds"] = _bounds_facts(bounds)
        lines = [_bounds_words_change(bounds), *lines]
    return Answer(
        rows=rows,
        columns=PARTS,
        facts=facts | definitions,
        title=_title(attrs, start, moment),
        notes=lines,
        warnings=warnings(history),
    )


def _title(attrs: dict[str, object], start: "pd.Timestamp", end: "pd.Timestamp") -> str:
    gained, lost, kept, before, after = (
        float(str(attrs[f"{name}_km2"])) for name in (*KINDS, "start", "end")
    )
    return (
        f"Theatre {attrs['theatre']}, {utc_minute(start)} to {utc_minute(end)} UTC: "
        f"gained {gained:.2f} km², lost {lost:.2f} km², kept {kept:.2f} km²; held "
        f"{before:.2f} km² at the start, {after:.2f} km² at the end"
    )


def _slivers(attrs: dict[str, object], definitions: dict[str, object]) -> list[str]:
    """How much of the change is in edges drawn anew; nothing if next to nothing."""
    gained, lost = (
        float(str(attrs[f"{kind}_sliver_km2"])) for kind in ("gained", "lost")
    )
    if max(gained, lost) < LEAST_KM2:
        return []
    words = (
        f"Slivers, less than {definitions['min_width_m']:g} m wide, are counted: "
        f"{gained:.4f} km² of the gained ground, {lost:.4f} km² of the lost."
    )
    return [words]


def _bounds_facts(bounds: "pd.DataFrame") -> dict[str, object]:
    """Bounds by kind, with the assumptions behind them."""
    known = ("sigma_m", "correlation_km", "coverage")
    figures: dict[str, object] = {
        str(kind): {str(name): float(value) for name, value in row.items()}
        for kind, row in bounds.iterrows()
    }
    return figures | {name: bounds.attrs[name] for name in known}


def _bounds_words_change(bounds: "pd.DataFrame") -> str:
    net, attrs = bounds.loc["net"], bounds.attrs
    return (
        f"Bounds: net {net['low_km2']:.2f} to {net['high_km2']:.2f} km² holds "
        f"{attrs['coverage']:.0%} of positional error (fronts off by "
        f"{attrs['sigma_m']:g} m, one standard error); the probability that ground "
        f"was {'gained' if net['change_km2'] > 0 else 'lost'} on balance is "
        f"{net['p']:.3f}."
    )


def _periods_answer(
    history: "ControlHistory", every: Every, definitions: dict[str, object]
) -> Answer:
    from kursk_geo.change import change_over_time

    tz, min_width_m = str(definitions["tz"]), float(str(definitions["min_width_m"]))
    table = change_over_time(history, every=every, tz=tz, min_width_m=min_width_m)
    rows = table.reset_index()
    rows = rows.rename(columns={"start": "start_utc", "end": "end_utc"})
    for name in ("start_utc", "end_utc"):
        rows[name] = rows[name].dt.tz_convert("UTC")
    maps = history.snapshots
    number, moment = maps["snapshot_id"].iloc[-1], maps["snapshot_utc"].iloc[-1]
    first = utc_minute(maps["snapshot_utc"].iloc[0])
    facts = source_facts(history, number, moment) | definitions | {"every": every}
    net_km2 = float(rows["net_km2"].sum())
    return Answer(
        rows=rows,
        columns=PERIODS,
        facts=facts | {"net_km2": net_km2},
        title=f"Theatre {definitions['theatre']}, {first} to {utc_minute(moment)} UTC: "
        f"{many(len(rows), 'period')}, net "
        f"{net_km2:.2f} km²",
        notes=notes(history, f"last snapshot {number}", definitions, with_depth=False),
        warnings=warnings(history),
    )


KM2_EVENT = fixed(2)

EVENTS = (
    Column("snapshot_utc", "First shown\n[UTC]", utc_minute, left=True),
    Column("kind", "Event", left=True),
    Column("before", "Sections\nbefore", listed, left=True),
    Column("after", "Sections\nafter", listed, left=True),
    Column("area_before_km2", "Area before\n[km²]", KM2_EVENT, spare=1),
    Column("area_after_km2", "Area after\n[km²]", KM2_EVENT),
    Column("gained_km2", "Gained\n[km²]", KM2_EVENT, spare=3),
    Column("lost_km2", "Lost\n[km²]", KM2_EVENT, spare=3),
    Column("relative_change", "Change\n[%]", percent, spare=2),
    Column("group", "Group", spare=4),
)


class _Definitions(TypedDict):
    gap_km: float
    min_area_km2: float
    displacement_km: float


def events(
    path: MapPath,
    ground: GroundOptions,
    span: SpanOptions,
    *,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="Tell only events of this kind; may be repeated: generation, "
            "disappearance, expansion, contraction, union, division, displacement, "
            "stable. By default all but the last.",
            show_default=False,
        ),
    ] = None,
    gap_km: GapKm = 0.0,
    min_area_km2: MinAreaKm2 = 0.05,
    displacement_km: Annotated[
        float,
        typer.Option(
            metavar="KM",
            help="A section that appears this near to one that vanishes has moved.",
        ),
    ] = 1.0,
    maps: MapOptions,
    out: ShapeOutputOptions,
) -> None:
    """
    What became of the sections: when they came, went, grew, shrank, met and parted.

    Sections have numbers from the first map on, whatever --from is.

    For example:

      $ kursk-geo events maps/ --theatre kursk
      $ kursk-geo events maps/ --from 2025-02-27 --to 2025-03-01
      $ kursk-geo events maps/ --kind union --kind division --format csv
    """
    from kursk_geo.events import events as told

    out.check()
    span.check()
    _check(kind or [])
    theatre = ground.build()
    history = maps.read(path)
    out.check_licences(history)
    within = span.cut(history)
    known = history.between(None, within.snapshots["snapshot_utc"].iloc[-1])
    selected = known.select(theatre, clip=ground.clip)
    own: _Definitions = {
        "gap_km": gap_km,
        "min_area_km2": min_area_km2,
        "displacement_km": displacement_km,
    }
    table = told(selected, with_stable="stable" in (kind or ()), **own)
    first = within.snapshots["snapshot_utc"].iloc[0]
    table = table[table["snapshot_utc"] >= first].reset_index(drop=True)
    if kind:
        table = table[table["kind"].isin(kind)].reset_index(drop=True)
    definitions = (
        ground.facts(theatre) | own | {"area_method": "geodesic", "tz": span.tz}
    )
    answer = _answer(table, within, definitions)
    out.write(answer, lambda: _shapes(table, selected, own), history)


def _check(kinds: list[str]) -> None:
    from kursk_geo.events import EVENT_KINDS

    unknown = sorted(set(kinds) - set(EVENT_KINDS))
    if unknown:
        known = ", ".join(EVENT_KINDS)
        msg = f"Kind {unknown[0]!r} is not known. Expected one of: {known}."
        raise OptionError(msg)


def _answer(
    table: "pd.DataFrame", history: "ControlHistory", definitions: dict[str, object]
) -> Answer:
    maps = history.snapshots
    number, moment = maps["snapshot_id"].iloc[-1], maps["snapshot_utc"].iloc[-1]
    first = maps["snapshot_utc"].iloc[0]
    return Answer(
        rows=table,
        columns=EVENTS,
        facts=source_facts(history, number, moment) | definitions,
        title=f"Theatre {definitions['theatre']}, {utc_minute(first)} to "
        f"{utc_minute(moment)} UTC: {many(len(table), 'event')}",
        notes=notes(history, f"last snapshot {number}", definitions, with_depth=False),
        warnings=warnings(history),
    )


def _shapes(
    table: "pd.DataFrame", history: "ControlHistory", definitions: _Definitions
) -> "list[BaseGeometry]":
    """Of each event the sections that it left; where nothing is left, those before."""
    import shapely

    from kursk_geo.events import section_history

    pieces = section_history(history, **definitions)
    shapes = {
        (end, section, moment): shape
        for end in ("valid_from", "valid_to")
        for section, moment, shape in zip(
            pieces["section"], pieces[end], pieces.geometry, strict=True
        )
    }
    columns = (table[name] for name in ("snapshot_utc", "before", "after"))
    return [
        shapely.union_all(
            [shapes["valid_from", section, moment] for section in after]
            or [shapes["valid_to", section, moment] for section in before]
        )
        for moment, before, after in zip(*columns, strict=True)
    ]


DEGREES_SETTLEMENT = fixed(4)

PERIODS_SETTLEMENT = (
    Column("name", "Place", left=True),
    Column("status", "Status", left=True),
    Column("since_utc", "Since\n[UTC]", utc_minute, left=True),
    Column("since_confirmed_utc", "Confirmed\n[UTC]", utc_minute, left=True, spare=1),
    Column("until_utc", "Until\n[UTC]", utc_minute, left=True),
    Column("until_confirmed_utc", "Confirmed\n[UTC]", utc_minute, left=True, spare=1),
    Column("days", "Days", fixed(1)),
    Column("lon", "At\n[°E]", DEGREES_SETTLEMENT, spare=2),
    Column("lat", "\n[°N]", DEGREES_SETTLEMENT, spare=2),
    Column("place_id", "Place id", left=True, spare=3),
)


def settlements(
    path: MapPath,
    places: Annotated[
        Path,
        typer.Argument(
            metavar="PLACES",
            help="Table of places: a GeoNames dump (RU.txt, RU.zip), a CSV with name, "
            "lon and lat, or points as GeoJSON.",
            show_default=False,
        ),
    ],
    ground: GroundOptions,
    span: SpanOptions,
    *,
    agree: Annotated[
        int,
        typer.Option(
            metavar="N", help="Maps in a row that must agree before a change counts."
        ),
    ] = 2,
    maps: MapOptions,
    out: ShapeOutputOptions,
) -> None:
    """
    Places inside held or contested ground, since when and until when.

    A place without an end was still inside on the last map. Places that never were
    inside are not listed.

    For example:

      $ kursk-geo settlements maps/ RU.zip --theatre kursk
      $ kursk-geo settlements maps/ places.csv --agree 1 --format csv
      $ kursk-geo settlements maps/ places.csv --output places.geojson
    """
    from kursk_geo.settlements import read_places
    from kursk_geo.settlements import settlements as told

    out.check()
    span.check()
    theatre = ground.build()
    points = read_places(places)
    history = span.cut(maps.read(path))
    table = told(history.select(theatre, clip=ground.clip), points, agree=agree)
    definitions = ground.facts(theatre) | {"agree": agree, "tz": span.tz}
    rows = table.drop(columns="geometry")
    answer = _answer_settlement(rows, len(points), history, definitions)
    # The shapes are points of the table of places, not of the map.
    out.write(answer, lambda: table.geometry)


def _answer_settlement(
    rows: "pd.DataFrame",
    n_places: int,
    history: "ControlHistory",
    definitions: dict[str, object],
) -> Answer:
    maps = history.snapshots
    number, moment = maps["snapshot_id"].iloc[-1], maps["snapshot_utc"].iloc[-1]
    first = maps["snapshot_utc"].iloc[0]
    inside = rows["place_id"].nunique()
    facts = source_facts(history, number, moment) | definitions
    agree = definitions["agree"]
    return Answer(
        rows=rows,
        columns=PERIODS_SETTLEMENT,
        facts=facts | {"n_places": n_places, "n_inside": inside},
        title=f"Theatre {definitions['theatre']}, {utc_minute(first)} to "
        f"{utc_minute(moment)} UTC: {inside:,} of {many(n_places, 'place')} inside "
        "held or contested ground",
        notes=[
            "A place is a point, and maps are redrawn: "
            + (
                "each map is believed."
                if agree == 1
                else f"a change counts when {agree} maps in a row show it."
            ),
            *notes(history, f"last snapshot {number}", definitions, with_depth=False),
        ],
        warnings=warnings(history),
    )


KM2_COMPARE, DAYS_COMPARE, SHARE = fixed(2), fixed(1), fixed(3)

NamedPaths = Annotated[
    list[str],
    typer.Argument(
        metavar="[NAME=]PATH [NAME=]PATH",
        help="Two or more sources, each with the name it is to have, by default that "
        "of the source. One whose columns have to be described is best made a store "
        "first.",
        show_default=False,
    ),
]

DAILY = (
    Column("date", "Day", "{:%Y-%m-%d}".format, left=True),
    Column("source", "Source", left=True),
    Column("area_km2", "Held\n[km²]", KM2_COMPARE),
    Column("contested_km2", "Contested\n[km²]", KM2_COMPARE, spare=3),
    Column("difference_km2", "From the\nmedian [km²]", KM2_COMPARE),
    Column("intersection_over_union", "Overlap\nof all", SHARE),
    Column("unchanged_days", "Unchanged\n[days]", DAYS_COMPARE, spare=1),
    Column("staleness_days", "Age\n[days]", DAYS_COMPARE, spare=2),
    Column("snapshot_utc", "Snapshot\n[UTC]", utc_minute, left=True, spare=4),
)

APART = (
    Column("held_by", "Held on the map of", left=True),
    Column("not_held_by", "Not held on that of", left=True),
    Column("area_km2", "Area\n[km²]", KM2_COMPARE),
    Column("contested_km2", "Of it contested\nthere [km²]", KM2_COMPARE),
)


def compare(
    sources: NamedPaths,
    ground: GroundOptions,
    span: SpanOptions,
    *,
    at: At = None,
    on_error: OnErrorOption = "raise",
    out: ShapeOutputOptions,
) -> None:
    """
    Held ground by day and source, and how far the sources agree.

    With --at, where they disagree at the end of that day: with --format geojson as
    polygons.

    For example:

      $ kursk-geo compare maps/ nzz.tar.xz --theatre kursk
      $ kursk-geo compare ours=maps/ theirs=nzz.tar.xz --at 2024-09-06
    """
    out.check()
    if at is not None and (span.start or span.end):
        msg = "--at asks for one day: leave out --from and --to."
        raise typer.BadParameter(msg)
    if at is None and out.shapes_wanted:
        msg = "--format geojson shows where sources disagree on one day: add --at."
        raise typer.BadParameter(msg)
    paths = named_paths(sources)
    span.check()
    check_date(at, span.tz)
    theatre = ground.build()
    histories = read_named(paths, on_error)
    out.check_licences(*histories.values())
    definitions = ground.facts(theatre) | {"area_method": "geodesic", "tz": span.tz}
    selected = {
        name: history.select(theatre, clip=ground.clip)
        for name, history in histories.items()
    }
    if at is not None:
        apart = _apart(selected, at, span.tz)
        answer = _apart_answer(apart, selected, definitions)
        out.write(answer, lambda: apart.geometry, *histories.values())
    else:
        out.write(_daily_answer(selected, span, definitions), list)


def named_paths(texts: list[str]) -> list[tuple[str, Path]]:
    """Paths with the names that stand before them, "" for none."""
    named: list[tuple[str, Path]] = []
    for text in texts:
        name, equals, path = text.partition("=")
        if equals and not (name and path):
            msg = f"{text!r} is no NAME=PATH. Give the source a name: nzz=nzz.tar.xz."
            raise typer.BadParameter(msg)
        named.append((name, Path(path)) if equals else ("", Path(text)))
    names = [name for name, _ in named if name]
    for name in names:
        if names.count(name) > 1:
            raise _twice(name)
    if len(named) < 2:
        msg = f"{texts[0]!r} is one source. Name two or more to compare them."
        raise typer.BadParameter(msg)
    return named


def _twice(name: str) -> typer.BadParameter:
    msg = (
        f"Two sources are named {name!r}. Give each a name of its own: "
        "first=PATH second=PATH."
    )
    return typer.BadParameter(msg)


def read_named(
    named: list[tuple[str, Path]], on_error: OnError
) -> dict[str, "ControlHistory"]:
    """Histories by their names, or those of the sources that they were taken for."""
    from kursk_geo.sources.files import read_history

    histories: dict[str, ControlHistory] = {}
    for name, path in named:
        history = read_history(path, on_error=on_error)
        told = name or history.source
        if told in histories:
            raise _twice(told)
        histories[told] = history
    return histories


def _apart(
    histories: "dict[str, ControlHistory]", at: str, tz: str
) -> "gpd.GeoDataFrame":
    from kursk_geo.compare import disagreement

    return disagreement(histories, at=at, tz=tz)


def _apart_answer(
    table: "gpd.GeoDataFrame",
    histories: "dict[str, ControlHistory]",
    definitions: dict[str, object],
) -> Answer:
    import pandas as pd

    attrs = {str(name): value for name, value in table.attrs.items()}
    moments = {name: pd.Timestamp(when) for name, when in attrs["snapshots"].items()}
    share = attrs["intersection_over_union"]
    facts = {
        "sources": _facts(histories, moments),
        "agreed_km2": attrs["agreed_km2"],
        "union_km2": attrs["union_km2"],
        "intersection_over_union": None if share != share else share,  # noqa: PLR0124
    }
    return Answer(
        rows=pd.DataFrame(table.drop(columns="geometry")),
        columns=APART,
        facts=facts | definitions,
        title=f"Theatre {definitions['theatre']}: {attrs['agreed_km2']:.2f} km² held "
        f"on all maps, {attrs['union_km2']:.2f} km² on any: an overlap of "
        f"{SHARE(share)}",
        notes=[*_notes(histories, moments), *definition_notes(definitions)],
        warnings=_warnings(histories),
    )


def _daily_answer(
    histories: "dict[str, ControlHistory]",
    span: SpanOptions,
    definitions: dict[str, object],
) -> Answer:
    from kursk_geo.compare import compare as compared

    whole = compared(histories, tz=span.tz)
    rows = span.days(whole, next(iter(histories.values()))).reset_index(drop=True)
    last_maps = rows.groupby("source")["snapshot_utc"].max()
    moments = {str(name): moment for name, moment in last_maps.items()}
    first, last = rows["date"].iloc[0], rows["date"].iloc[-1]
    return Answer(
        rows=rows,
        columns=DAILY,
        facts={"sources": _facts(histories, moments)} | definitions,
        title=f"Theatre {definitions['theatre']}: {many(len(moments), 'source')}, "
        f"{first:%Y-%m-%d} to {last:%Y-%m-%d}",
        notes=[*_notes(histories, moments), *definition_notes(definitions)],
        warnings=_warnings(histories),
    )


def _facts(
    histories: "dict[str, ControlHistory]", moments: "dict[str, pd.Timestamp]"
) -> dict[str, object]:
    """Where each figure comes from, by the names given."""
    return {
        name: {
            "source": histories[name].source,
            "snapshot_utc": instant_text(moment),
            "attribution": histories[name].attribution,
            "licence": histories[name].licence,
            "n_rejected": len(histories[name].rejected),
        }
        for name, moment in moments.items()
    }


def _notes(
    histories: "dict[str, ControlHistory]", moments: "dict[str, pd.Timestamp]"
) -> list[str]:
    lines = []
    for name, moment in moments.items():
        one = histories[name]
        told = name if name == one.source else f"{name} ({one.source})"
        lines.append(
            f"Source {told}, last map {utc_minute(moment)} UTC. {one.attribution}"
        )
    return lines


def _warnings(histories: "dict[str, ControlHistory]") -> list[str]:
    return [
        f"{name}: {words}"
        for name, history in histories.items()
        for words in warnings(history)
    ]


CONTRADICTED = 3
"""How ``--strict`` ends when a sentence is contradicted."""
SENTENCE, READING, VERDICT = 20, 18, 12
"""Widths of cells with words: a terminal of 80 has room for all but the id."""


VERDICTS = (
    Column("id", "Claim", left=True, spare=2),
    Column("sentence", "Sentence", left=True),
    Column("reading", "Reading", left=True, spare=1),
    Column("figure", "Figure"),
    Column("range", "Range"),
    Column("verdict", "Verdict", left=True),
)
CLAIMS = (
    Column("id", "Claim", left=True),
    Column("published", "Published", left=True),
    Column("outlet", "Outlet", left=True, spare=1),
    Column("sentence", "Sentence", left=True),
)


def check(
    path: MapPath,
    which: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CLAIM]...",
            help="Ids of packaged claims or their beginning, files, or folders of "
            "them. By default all packaged claims of that source.",
            show_default=False,
        ),
    ] = None,
    *,
    border: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FILE",
            help="Measure depth from this line as well. May be repeated.",
        ),
    ] = None,
    specs: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write every specification as CSV."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write a folder a claim: verdict, specifications, pictures, method "
            "and provenance; and say what changed since it was last written.",
        ),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help=f"Exit with {CONTRADICTED} when a claim is contradicted.",
        ),
    ] = False,
    maps: MapOptions,
    answer: OutputOptions,
) -> None:
    """
    Whether published sentences hold, and which definitions that depends on.

    A claim is tried under every combination of usual definitions. Its figure is that
    of the first option of each; the range is that of all. Claims about days that the
    maps do not reach are not computable.

    For example:

      $ kursk-geo check maps/
      $ kursk-geo check maps/ bloomberg-2025-04-26 --format json
      $ kursk-geo check maps/ my_claims/ --strict
      $ kursk-geo check maps/ claim.toml --out evidence/ --specs all.csv
      $ kursk-geo check maps/ bloomberg-2025-04-26-depth --border coarse=line.geojson
    """
    from kursk_geo.claims import load_claims

    borders = _borders(border or [])
    asked = load_claims(which) if which else None
    history = maps.read(path)
    verdicts = _checked(asked or _packaged(history.source), history, borders)
    if specs is not None:
        _write_specifications(verdicts, specs)
    if out is not None:
        _write_folders(verdicts, history, out)
    answer.write(_answer_check(verdicts, history, answer))
    if strict and any(verdict.verdict == "contradicted" for verdict in verdicts):
        raise typer.Exit(CONTRADICTED)


def _borders(given: Sequence[str]) -> "dict[str, BaseGeometry]":
    from kursk_geo.reference import read_border

    borders: dict[str, BaseGeometry] = {}
    for one in given:
        name, separator, file = one.partition("=")
        if not (name and separator and file) or name in borders:
            msg = (
                f"--border {one}: expected NAME=FILE, each name once, such as "
                "coarse=line.geojson."
            )
            raise typer.BadParameter(msg)
        borders[name] = read_border(Path(file))
    return borders


def _packaged(source: str) -> "list[Claim]":
    """
    The packaged claims that were drawn from maps of a source.

    Raises
    ------
    ClaimError
        If there is none.
    """
    from kursk_geo.claims import list_claims, load_claims

    found = [claim for claim in load_claims(list_claims()) if claim.source == source]
    if not found:
        msg = (
            f"No packaged claim was drawn from {source} maps. Expected claims of your "
            "own: name a .toml file or a folder of them."
        )
        raise ClaimError(msg)
    return found


def _checked(
    claims: "Sequence[Claim]",
    history: "ControlHistory",
    borders: "dict[str, BaseGeometry]",
) -> "list[Verdict]":
    from kursk_geo._files import track
    from kursk_geo.claims import check as checked

    told = track(claims, description="Checking claims", total=len(claims))
    return [checked(claim, history, borders=borders)[0] for claim in told]


def _write_specifications(verdicts: "Sequence[Verdict]", path: Path) -> None:
    import pandas as pd

    from kursk_geo.report.provenance import csv, specification_rows

    tables = [specification_rows(verdict) for verdict in verdicts]
    rows = pd.concat(tables, ignore_index=True)
    write_file(path, csv(rows))
    say(f"Wrote {path} ({many(len(rows), 'specification')}).")


def _write_folders(
    verdicts: "Sequence[Verdict]", history: "ControlHistory", out: Path
) -> None:
    """
    Write a folder a claim, and say what changed.

    Raises
    ------
    OptionError
        If an id cannot be the name of a folder, or one cannot be written.
    """
    from kursk_geo.report.provenance import (
        read_verdict,
        verdict_changes,
        verdict_record,
        write_verdict,
    )

    command = shlex.join(["kursk-geo", *sys.argv[1:]])
    for verdict in verdicts:
        name = verdict.claim.id
        if not re.fullmatch(r"\w[\w.-]*", name):
            msg = (
                f"Claim {name!r} cannot name a folder. Expected an id of letters, "
                "digits, hyphens and dots: change it in its file."
            )
            raise OptionError(msg)
        folder = out / name
        before = read_verdict(folder)
        write_verdict(verdict, history, folder, command=command)
        say(f"Wrote {folder}.")
        if before is None:
            continue
        changes = verdict_changes(before, verdict_record(verdict))
        for change in changes or ["nothing changed"]:
            say(f"{name}: {change}")


# Answers


def _cell(text: str, width: int) -> str:
    return fill(text, width, break_long_words=False, break_on_hyphens=False)


def _parted(rows: "pd.DataFrame") -> "pd.DataFrame":
    """Rows of several lines, with a blank one between them."""
    heights = [max(str(cell).count("\n") for cell in row) for row in rows.to_numpy()]
    air = [
        "\n" * (height + 1 - text.count("\n"))
        for height, text in zip(heights, rows["sentence"], strict=True)
    ]
    air[-1:] = [""]
    return rows.assign(sentence=rows["sentence"] + air)


def _answer_check(
    verdicts: "Sequence[Verdict]", history: "ControlHistory", out: OutputOptions
) -> Answer:
    import pandas as pd

    from kursk_geo.claims import Verdicts

    table = Verdicts(tuple(verdicts)).summary
    table["snapshots"] = [tuple(ids) for ids in table["snapshots"]]
    if out.chosen == "table":
        rows = _parted(pd.DataFrame([_readable(verdict) for verdict in verdicts]))
    elif out.chosen == "csv":
        rows = _flat(table)
    else:
        rows = table.copy()
        rows["share_supporting"] = pd.Series(map(_shares, verdicts), dtype=object)
    published = history.snapshots["snapshot_utc"]
    first, last = published.iloc[0], published.iloc[-1]
    return Answer(
        rows=rows,
        columns=VERDICTS,
        facts={
            "source": history.source,
            "first_snapshot_utc": instant_text(first),
            "last_snapshot_utc": instant_text(last),
            "attribution": history.attribution,
            "licence": history.licence,
            "n_rejected": len(history.rejected),
        },
        title=f"{many(len(verdicts), 'claim')} on "
        f"{many(len(published), 'snapshot')} of {history.source}, "
        f"{utc_minute(first)} to {utc_minute(last)} UTC",
        notes=_notes_check(verdicts, history),
        warnings=warnings(history),
    )


def _readable(verdict: "Verdict") -> dict[str, str]:
    low, high = verdict.shown(verdict.low), verdict.shown(verdict.high)
    known = verdict.low == verdict.low
    figure = verdict.shown(verdict.figure)
    return {
        "id": verdict.claim.id,
        "sentence": _cell(f"“{verdict.claim.text}”", SENTENCE),
        "reading": _cell(verdict.claim.reading, READING),
        "figure": "–" if figure == "not computable" else figure,
        "range": f"{low}\nto {high}" if known else "–",
        "verdict": _cell(verdict.word, VERDICT),
    }


def _shares(verdict: "Verdict") -> dict[str, float | None]:
    return {
        tier: share if share == share else None  # noqa: PLR0124  (nan is not itself)
        for tier, share in verdict.share_supporting.items()
    }


def _flat(table: "pd.DataFrame") -> "pd.DataFrame":
    """One column a tier, as CSV has no objects."""
    from kursk_geo.claims.grid import TIERS

    place = list(table.columns).index("share_supporting")
    shares = table["share_supporting"].tolist()
    flat = table.drop(columns="share_supporting")
    for i, tier in enumerate(TIERS):
        values = [one.get(tier, float("nan")) for one in shares]
        flat.insert(place + i, f"share_supporting_{tier}", values)
    return flat


def _notes_check(verdicts: "Sequence[Verdict]", history: "ControlHistory") -> list[str]:
    because = {one.claim.id: one.reason.rstrip(".") for one in verdicts}
    reasons = [f"{name}: {reason}." for name, reason in because.items() if reason]
    tried = many(sum(len(verdict.table) for verdict in verdicts), "specification")
    grids = (f"{verdict.claim.id} {verdict.grid.hash}" for verdict in verdicts)
    return [
        *reasons,
        "Figure: under the first option of each definition. Range: under all.",
        f"Tried: {tried}. Shares of them count choices, and are no probabilities.",
        f"Grids: {'; '.join(grids)}.",
        f"Source: {history.attribution}",
    ]


def claims(out: OutputOptions) -> None:
    """
    The claims that come with kursk-geo.

    For example:

      $ kursk-geo claims
      $ kursk-geo claims --format csv
    """
    import pandas as pd

    from kursk_geo.claims import list_claims, load_claims

    table = out.chosen == "table"
    rows = pd.DataFrame(
        [
            {
                "id": claim.id,
                "published": claim.published.isoformat(),
                "outlet": fill(claim.outlet, 26) if table else claim.outlet,
                **(
                    {"sentence": _cell(f"“{claim.text}”", 50)}
                    if table
                    else {
                        "source": claim.source,
                        "theatre": claim.quantity.theatre.name,
                        "text": claim.text,
                        "reading": claim.reading,
                    }
                ),
            }
            for claim in load_claims(list_claims())
        ]
    )
    out.write(
        Answer(
            rows=_parted(rows) if table else rows,
            columns=CLAIMS,
            facts={"n_claims": len(rows)},
            title=many(len(rows), "claim"),
            notes=["Check them with: kursk-geo check PATH CLAIM"],
        )
    )


Name = Literal[
    "area",
    "depth",
    "map",
    "change",
    "timeline",
    "multiples",
    "sources",
    "baselines",
    "multiverse",
]

ENDINGS = (".png", ".svg", ".pdf")
SPAN, AT, EVERY, STALE, PLACES, CLAIM = (
    "--from, --to", "--at", "--every", "--stale-days", "--places", "--claim",
)  # fmt: skip
TAKES: dict[str, tuple[str, ...]] = {
    "area": (SPAN, EVERY, STALE),
    "depth": (SPAN, EVERY, STALE),
    "map": (AT, PLACES),
    "change": (SPAN,),
    "timeline": (SPAN,),
    "multiples": (AT,),
    "sources": (SPAN,),
    "baselines": (CLAIM,),
    "multiverse": (CLAIM,),
}
"""Which of the options that choose maps and words a picture has a use for."""


@dataclass(frozen=True)
class ChoiceOptions:
    """Which maps a picture shows, and what else."""

    at: Annotated[
        list[str] | None,
        typer.Option(
            "--at",
            metavar="DATE",
            help="Of map: the map that stood at the end of this day, by "
            "default the last. Of multiples: may be repeated, one map each.",
            show_default=False,
        ),
    ] = None
    every: Annotated[
        Every | None,
        typer.Option(
            help="Of area and depth: which maps. By default each.",
            show_default=False,
        ),
    ] = None
    stale_days: Annotated[
        float | None,
        typer.Option(
            metavar="DAYS",
            help="Of area and depth: longer stretches without a map are shaded. By "
            "default 3.",
            show_default=False,
        ),
    ] = None
    places: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Of map: table of places to name, as kursk-geo settlements reads it.",
            show_default=False,
        ),
    ] = None

    claim: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="Of baselines and multiverse: the sentence, by its id or as a TOML "
            "file. It says which theatre and dates.",
            show_default=False,
        ),
    ] = None

    def check(self, name: str, span: SpanOptions) -> None:
        """Refuse options that the picture has no use for, and dates not to be read."""
        given = {
            SPAN: span.start or span.end,
            AT: self.at,
            EVERY: self.every,
            STALE: self.stale_days is not None,
            PLACES: self.places,
            CLAIM: self.claim,
        }
        for option, asked in given.items():
            if asked and option not in TAKES[name]:
                msg = f"plot {name} takes no {option}: it takes {_either(TAKES[name])}."
                raise typer.BadParameter(msg)
        if CLAIM in TAKES[name] and not self.claim:
            msg = f"plot {name} is of a published sentence: give its id to --claim."
            raise typer.BadParameter(msg)
        if name == "multiples" and not self.at:
            msg = "plot multiples shows maps of several days: give --at for each."
            raise typer.BadParameter(msg)
        if name != "multiples" and len(self.at or []) > 1:
            msg = f"plot {name} shows one map: give --at once. Several: plot multiples."
            raise typer.BadParameter(msg)
        span.check()
        for when in self.at or []:
            check_date(when, span.tz)


@dataclass(frozen=True)
class PictureOptions:
    """Where a picture goes, and how large it is."""

    out: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="File to write: .png, .svg or .pdf.",
            show_default=False,
        ),
    ]
    width_in: Annotated[
        float,
        typer.Option(metavar="IN", help="Width in inches; 4 suits a phone."),
    ] = 7.0
    dpi: Annotated[
        int, typer.Option(metavar="DPI", help="Pixels by inch of a PNG.", min=10)
    ] = 200

    def check(self) -> None:
        """
        Refuse a file that could not be written, before maps are read.

        Raises
        ------
        OptionError
            If its ending is not known, or its folder is missing.
        """
        if self.out.suffix.lower() not in ENDINGS:
            msg = (
                f"Cannot write {self.out} as a picture. Expected a name in "
                f"{_either(ENDINGS)}."
            )
            raise OptionError(msg)
        if not self.out.absolute().parent.is_dir():
            msg = (
                f"There is no folder {self.out.absolute().parent}. Expected one: make "
                "it first."
            )
            raise OptionError(msg)


def plot(
    name: Annotated[
        Name,
        typer.Argument(
            metavar="NAME",
            help="area, depth: over time. map: one day. change: ground gained and "
            "lost from --from to --to. timeline: sections and their events. "
            "multiples: maps of several days. sources: several sources side by side. "
            "baselines, multiverse: what a published sentence depends on.",
            show_default=False,
        ),
    ],
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH",
            help="Folder of maps, one map, an archive of maps, or a store; of "
            "sources, NAME=PATH for each.",
            show_default=False,
        ),
    ],
    picture: PictureOptions,
    ground: GroundOptions,
    *,
    span: SpanOptions,
    choice: ChoiceOptions,
    figures: FigureOptions,
    maps: MapOptions,
) -> None:
    """
    Draw a picture.

    For example:

      $ kursk-geo plot area maps/ --out area.png
      $ kursk-geo plot map maps/ --at 2025-04-15 --out map.svg
      $ kursk-geo plot change maps/ --from 2025-02-28 --to 2025-03-31 --out lost.pdf
      $ kursk-geo plot multiples maps/ --at 2024-09-06 --at 2025-04-15 --out two.png
      $ kursk-geo plot sources deepstate=maps/ nzz=nzz.tar.xz --out sources.png
    """
    choice.check(name, span)
    picture.check()
    theatre = ground.build()
    if name == "sources":
        histories = read_named(named_paths(paths), maps.on_error)
    elif len(paths) > 1:
        msg = f"plot {name} is of one PATH; plot sources is of several."
        raise typer.BadParameter(msg)
    else:
        histories = {name: maps.read(Path(paths[0]))}
    shown = histories
    if choice.claim is None:
        shown = {
            key: history.select(theatre, clip=ground.clip)
            for key, history in histories.items()
        }
    os.environ.setdefault("MPLBACKEND", "agg")  # a window would need a screen
    from kursk_geo.cli.drawing import Wish, draw

    wish = Wish(
        span=span,
        at=tuple(choice.at or ()),
        every=choice.every or "map",
        stale_days=choice.stale_days,
        places=choice.places,
        claim=choice.claim,
        figures=figures,
        width_in=picture.width_in,
        ending=picture.out.suffix.lower(),
        dpi=picture.dpi,
    )
    drawn = draw(name, shown, wish)
    for history in histories.values():
        for warning in warnings(history):
            say(f"Warning: {warning}")
    write_bytes(picture.out, drawn)
    say(f"Wrote {picture.out}.")


def animate(
    path: MapPath,
    target: Annotated[
        Path,
        typer.Argument(
            metavar="OUT",
            help="File to write: .gif, or .mp4 where ffmpeg is installed.",
            show_default=False,
        ),
    ],
    ground: GroundOptions,
    span: SpanOptions,
    *,
    every: Annotated[
        Every,
        typer.Option(
            help="One frame a map on which the theatre changed, one a map, or one a "
            "calendar period. Only with periods does time run evenly."
        ),
    ] = "change",
    fps: Annotated[
        float, typer.Option(metavar="FPS", help="Frames in a second.")
    ] = 4.0,
    width_in: Annotated[
        float,
        typer.Option(metavar="IN", help="Width, at 120 pixels an inch."),
    ] = 7.0,
    maps: MapOptions,
) -> None:
    """
    Write a moving map.

    For example:

      $ kursk-geo animate maps/ kursk.gif --theatre kursk
      $ kursk-geo animate maps/ kursk.mp4 --every day --fps 12 --from 2025-01-01
    """
    span.check()
    theatre = ground.build()
    history = span.cut(maps.read(path))
    from kursk_geo.plot import animate as animated

    selected = history.select(theatre, clip=ground.clip)
    animated(selected, target, every=every, fps=fps, tz=span.tz, width_in=width_in)
    for warning in warnings(history):
        say(f"Warning: {warning}")
    say(f"Wrote {target}.")


def _either(words: tuple[str, ...]) -> str:
    return " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


ALL = "all"


def report(
    path: MapPath,
    ground: GroundOptions,
    span: SpanOptions,
    *,
    claims: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CLAIM",
            help="Check these as well: a .toml file, a folder of them, the id of a "
            "packaged claim or its beginning, or all. May be repeated.",
        ),
    ] = None,
    places: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Table of places (GeoNames, CSV, points), to be named and told of.",
        ),
    ] = None,
    title: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help="Heading of the page. By default the theatre and the span.",
        ),
    ] = "",
    with_geometry: Annotated[
        bool,
        typer.Option(
            "--with-geometry",
            help="Write states.geojson although the source does not let its map data "
            "be passed on: for your own use.",
        ),
    ] = False,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write.")] = Path(
        "report"
    ),
    maps: MapOptions,
) -> None:
    """
    One page with figures, charts, a moving map, and where all of it comes from.

    The page needs no network and no other file. Tables, Markdown and provenance lie
    beside it. Claims are checked on all maps, whatever the span.

    For example:

      $ kursk-geo report maps/ --theatre kursk --out report/
      $ kursk-geo report maps/ --claims bloomberg-2025-04-26 --places RU.zip
      $ kursk-geo report maps/ --from 2025-03-01 --to 2025-03-31 --title "March"
    """
    from kursk_geo.claims import check
    from kursk_geo.periods import span as days
    from kursk_geo.report import write_report
    from kursk_geo.settlements import read_places

    span.check()
    theatre = ground.build()
    known = None if places is None else read_places(places)
    history = maps.read(path)
    span.cut(history)
    first, last = days(span.start, span.end, tz=span.tz)
    folder = write_report(
        history.select(theatre, clip=ground.clip),
        out,
        claims=check(_asked(claims or [], history), history),
        places=known,
        start=first,
        end=last,
        title=title,
        with_geometry=with_geometry,
        command=shlex.join(["kursk-geo", *sys.argv[1:]]),
    )
    page = folder / "index.html"
    say(f"Wrote {many(len(list(folder.iterdir())), 'file')}. Open {page}")
    if with_geometry and (folder / "states.geojson").is_file():
        say(f"Warning: states.geojson is for your own use. {history.licence}")
    for warning in warnings(history):
        say(f"Warning: {warning}")


def _asked(which: Sequence[str], history: "ControlHistory") -> "list[Claim]":
    """The claims asked for, each once; all packaged ones of these maps' source."""
    from kursk_geo.claims import list_claims, load_claims

    named = [one for one in which if one != ALL]
    found = load_claims(named) if named else []
    if ALL in which:
        packaged = load_claims(list_claims())
        found += [claim for claim in packaged if claim.source == history.source]
    return list({claim.id: claim for claim in found}.values())


LISTED = 20
"""So many rejected rows and gaps a table lists; JSON has them all."""

STATUSES = (
    Column("status", "Status", left=True),
    Column("n_shapes", "Shapes", "{:,}".format),
    Column("n_different", "Different", "{:,}".format, spare=1),
    Column("first_utc", "First shown\n[UTC]", utc_minute, left=True),
    Column("last_utc", "Last shown\n[UTC]", utc_minute, left=True),
)


def info(
    path: MapPath,
    span: SpanOptions,
    maps: MapOptions,
    out: OutputOptions,
) -> None:
    """
    What maps hold, and what could not be read.

    For example:

      $ kursk-geo info maps/
      $ kursk-geo info maps.tar.xz --on-error skip --format json
    """
    span.check()
    history = span.cut(maps.read(path))
    last = history.snapshots.iloc[-1]
    gaps = _gaps(history, span.tz)
    shapes = history.shapes
    different = shapes.drop_duplicates("shape_id")
    facts = source_facts(history, last["snapshot_id"], last["snapshot_utc"]) | {
        "first_snapshot_utc": instant_text(history.snapshots["snapshot_utc"].iloc[0]),
        "n_snapshots": len(history.snapshots),
        "n_days": _days(history, span.tz).nunique(),
        "n_shapes": len(shapes),
        "n_different": len(different),
        "n_repaired": int((different["repair_km2"] != 0.0).sum()),
        "tz": span.tz,
        "days_without_map": gaps,
        "rejected": _rejected(history),
    }
    out.write(
        Answer(
            rows=_statuses(history),
            columns=STATUSES,
            facts=facts,
            title=_title_map(history, span.tz),
            notes=_notes_map(history, gaps),
        )
    )


def _statuses(history: "ControlHistory") -> "pd.DataFrame":
    """One row a status: how many shapes, and when it was first and last shown."""
    import pandas as pd

    published = history.snapshots["snapshot_utc"]
    rows = []
    for status, shapes in history.shapes.groupby("status", sort=True):
        ends = shapes["valid_to"]
        last = (
            len(published) if ends.isna().any() else published.searchsorted(ends.max())
        )
        rows.append(
            {
                "status": status,
                "n_shapes": len(shapes),
                "n_different": shapes["shape_id"].nunique(),
                "first_utc": shapes["valid_from"].min(),
                "last_utc": published.iloc[int(last) - 1],
            }
        )
    return pd.DataFrame(rows, columns=[column.name for column in STATUSES])


def _days(history: "ControlHistory", tz: str) -> "pd.Series":
    published = history.snapshots["snapshot_utc"].dt.tz_convert(tz)
    days: pd.Series = published.dt.tz_localize(None).dt.normalize()
    return days


def _gaps(history: "ControlHistory", tz: str) -> list[dict[str, object]]:
    """Runs of days on which no map was published."""
    import pandas as pd

    days = _days(history, tz).drop_duplicates()
    one = pd.Timedelta(days=1)
    gaps = []
    for before, after in pairwise(days):
        missing = (after - before).days - 1
        if missing:
            first, last = before + one, after - one
            gaps.append(
                {"first": f"{first:%F}", "last": f"{last:%F}", "n_days": missing}
            )
    return gaps


def _rejected(history: "ControlHistory") -> list[dict[str, object]]:
    table = history.rejected
    features = [int(f) if seen else None for f, seen in _known(table["feature"])]
    columns = (table[name] for name in ("snapshot_utc", "origin", "reason"))
    return [
        {
            "snapshot_utc": instant_text(moment),
            "origin": origin,
            "feature": feature,
            "reason": reason,
        }
        for feature, moment, origin, reason in zip(features, *columns, strict=True)
    ]


def _known(values: "pd.Series") -> "zip[tuple[int, bool]]":
    return zip(values, values.notna(), strict=True)


def _title_map(history: "ControlHistory", tz: str) -> str:
    published = history.snapshots["snapshot_utc"]
    days = _days(history, tz).nunique()
    return (
        f"{history.source}: {many(len(published), 'snapshot')} on {many(days, 'day')}, "
        f"{utc_minute(published.iloc[0])} to {utc_minute(published.iloc[-1])} UTC"
    )


def _notes_map(history: "ControlHistory", gaps: list[dict[str, object]]) -> list[str]:
    """Repairs, gaps, what was rejected, and what must be said."""
    different = history.shapes.drop_duplicates("shape_id")
    repaired = different[different["repair_km2"] != 0.0]
    shapes = (
        f"Shapes: {len(history.shapes):,} with their periods, {len(different):,} "
        f"different, {len(repaired):,} of them repaired"
    )
    if len(repaired):
        most = repaired["repair_km2"].abs().max()
        shapes += f", by {'less than 0.01' if most < 0.01 else f'up to {most:.2f}'} km²"
    lines = [shapes]
    spans = [
        f"{gap['first']}" if gap["n_days"] == 1 else f"{gap['first']} to {gap['last']}"
        for gap in gaps
    ]
    missing = sum(int(str(gap["n_days"])) for gap in gaps)
    lines.append(
        f"Days without a map: {missing}" + (f" ({_some(spans, ', ')})" if spans else "")
    )
    reasons = [
        f"{row['origin']}"
        + ("" if row["feature"] is None else f" feature {row['feature']}")
        + f": {row['reason']}"
        for row in _rejected(history)
    ]
    lines.append(f"Rejected: {len(reasons):,}")
    if reasons:
        lines[-1] += "\n  " + _some(reasons, "\n  ")
    return [*lines, f"Credit: {history.attribution}", f"Licence: {history.licence}"]


def _some(words: list[str], separator: str) -> str:
    more = len(words) - LISTED
    shown = words[:LISTED] + ([f"and {more:,} more: --format json"] if more > 0 else [])
    return separator.join(shown)


def store(
    path: MapPath,
    target: Annotated[
        Path,
        typer.Argument(
            metavar="OUT",
            help="Folder to write, best named *.parquet. A store that is there is "
            "replaced.",
            show_default=False,
        ),
    ],
    span: SpanOptions,
    maps: MapOptions,
) -> None:
    """
    Write maps as a store: GeoParquet tables that open in a moment.

    Every command reads a store as it reads maps, and so does any tool that reads
    GeoParquet.

    For example:

      $ kursk-geo store maps.tar.xz history.parquet
      $ kursk-geo measure history.parquet
    """
    from kursk_geo.store import write_store

    span.check()
    history = span.cut(maps.read(path))
    folder = write_store(history, target)
    size = sum(file.stat().st_size for file in folder.iterdir())
    say(
        f"Wrote {folder}: {many(len(history.snapshots), 'snapshot')}, "
        f"{many(len(history.shapes), 'shape')}, {size / 1e6:.1f} MB."
    )
    for warning in warnings(history):
        say(f"Warning: {warning}")


MEGABYTE = 1e6

CacheFolder = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Folder of fetched files, instead of KURSK_GEO_CACHE or the platform's.",
        show_default=False,
    ),
]


@dataclass(frozen=True)
class NetworkOptions:
    """Whether and where fetched files are kept."""

    offline: Annotated[
        bool,
        typer.Option(
            "--offline", help="Never touch the network: use what was fetched before."
        ),
    ] = False
    cache_dir: CacheFolder = None


def fetch(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="deepstate, deepstate-archive, cyterat, isw, isw-timelapse or viina.",
            show_default=False,
        ),
    ],
    span: SpanOptions,
    network: NetworkOptions,
    *,
    into: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder to put the fetched files into. Without it they are kept in "
            "the cache alone.",
            show_default=False,
        ),
    ] = None,
    accept_terms: Annotated[
        bool,
        typer.Option(
            "--accept-terms",
            help="Confirm that you may use maps whose terms ask for consent (ISW). "
            "Once is enough.",
        ),
    ] = False,
    commit: Annotated[
        str | None,
        typer.Option(
            metavar="SHA",
            help="Commit of deepstate-archive, in full.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """
    Fetch published maps.

    Interrupted at any point, the same command fetches only the rest.

    For example:

      $ kursk-geo fetch deepstate --from 2024-08-01 --to 2025-05-01 --into maps/
      $ kursk-geo measure maps/
    """
    from kursk_geo.fetch import fetch_history

    span.check()
    history = fetch_history(
        source,
        start=span.start,
        end=span.end,
        tz=span.tz,
        into=into,
        cache_dir=network.cache_dir,
        offline=network.offline,
        accept_terms=accept_terms,
        commit=commit,
    )
    published = history.snapshots["snapshot_utc"]
    where = f" Read them with: kursk-geo info {into}" if into is not None else ""
    say(
        f"Fetched {many(len(published), 'map')} of {history.source}, "
        f"{published.iloc[0]:%Y-%m-%d %H:%M} to {published.iloc[-1]:%Y-%m-%d %H:%M} "
        f"UTC.{where}"
    )
    for words in (history.attribution, history.licence):
        say(words)
    for warning in warnings(history):
        say(f"Warning: {warning}")


AREAS = (
    Column("status", "Status", left=True),
    Column("published_km2", "Published\n[km²]", fixed(3)),
    Column("computed_km2", "Computed\n[km²]", fixed(3)),
    Column("difference_km2", "Difference\n[km²]", fixed(3)),
    Column("n_shapes", "Shapes", "{:,}".format, spare=1),
    Column("repair_km2", "Repairs\n[km²]", fixed(3), spare=1),
)


def verify(
    maps: Annotated[
        str,
        typer.Argument(
            metavar="PATH_OR_ID",
            help="DeepState's maps, or the id of one of them (its unix time), which "
            "is fetched.",
            show_default=False,
        ),
    ],
    network: NetworkOptions,
    out: OutputOptions,
    *,
    at: At = None,
    tz: Zone = "UTC",
) -> None:
    """
    Compute DeepState's own areas again, and show the differences.

    The areas that DeepState publishes with a map are fetched, and the same are
    computed from its shapes: on a sphere, each by itself, nothing cut or joined.

    For example:

      $ kursk-geo verify 1744748582
      $ kursk-geo verify maps/ --at 2025-04-15
    """
    from kursk_geo.fetch import verify_areas

    table = verify_areas(
        _maps(maps),
        at=at,
        tz=tz,
        cache_dir=network.cache_dir,
        offline=network.offline,
    )
    facts = {str(name): value for name, value in table.attrs.items()}
    largest = table["difference_km2"].abs().max()
    title = (
        f"Map {facts['snapshot_id']} of {facts['snapshot_utc']}: published and "
        f"computed areas differ by {fixed(3)(float(largest))} km² at most"
    )
    notes = [
        f"Source: deepstate. {facts['attribution']}",
        "Spherical area, R = 6,378,137 m; each shape by itself, nothing cut.",
    ]
    out.write(Answer(rows=table, columns=AREAS, facts=facts, title=title, notes=notes))


def _maps(path_or_id: str) -> "ControlHistory | int":
    """A history from a path, or an id, which is a number that is no path."""
    from kursk_geo.sources.files import read_history

    if path_or_id.isdecimal() and not Path(path_or_id).exists():
        return int(path_or_id)
    return read_history(path_or_id)


FILES = (
    Column("url", "Address", left=True),
    Column("size_mb", "Size\n[MB]", fixed(2)),
    Column("fetched_utc", "Fetched\n[UTC]", utc_minute, left=True),
    Column("checked_utc", "Confirmed\n[UTC]", utc_minute, left=True, spare=1),
    Column("whole", "Whole", lambda whole: "yes" if whole else "no", left=True),
)


def listing(out: OutputOptions, cache_dir: CacheFolder = None) -> None:
    """
    List fetched files.

    A file that is not whole is an interrupted transfer, which goes on when it is asked
    for again.
    """
    from kursk_geo.download import cache_entries, cache_folder

    entries = cache_entries(cache_dir=cache_dir)
    entries.insert(2, "size_mb", entries["size_bytes"] / MEGABYTE)
    folder = cache_folder(cache_dir=cache_dir)
    size_mb = float(entries["size_mb"].sum())
    count = many(len(entries), "file")
    oldest = instant_text(entries["fetched_utc"].min())
    out.write(
        Answer(
            rows=entries.fillna({"url": "unknown"}),
            columns=FILES,
            facts={"folder": str(folder), "size_mb": size_mb, "oldest_utc": oldest},
            title=f"{folder}: {count}, {size_mb:,.1f} MB",
        )
    )


def clear(
    cache_dir: CacheFolder = None,
    host: Annotated[
        str | None,
        typer.Option(
            metavar="HOST",
            help="Only what came from this host, such as deepstatemap.live.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Remove fetched files and interrupted transfers; nothing else is touched."""
    from kursk_geo.download import cache_folder, clear_cache

    removed = clear_cache(cache_dir=cache_dir, host=host)
    folder = cache_folder(cache_dir=cache_dir)
    say(f"Removed {many(removed, 'file')} from {folder}.")
