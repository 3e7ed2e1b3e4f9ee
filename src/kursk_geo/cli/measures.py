"""``kursk-geo measure`` and ``kursk-geo sections``."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kursk_geo.cli.captions import many, notes, source_facts, warnings
from kursk_geo.cli.options import (
    At,
    FigureOptions,
    GroundOptions,
    MapOptions,
    MapPath,
    SpanOptions,
    Zone,
    check_date,
)
from kursk_geo.cli.output import (
    Answer,
    Column,
    OutputOptions,
    fixed,
    utc_minute,
)
from kursk_geo.cli.shapes import ShapeOutputOptions

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from kursk_geo.history import ControlHistory

__all__ = ["measure", "sections"]

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
        Literal["snapshot", "day", "change"] | None,
        typer.Option(
            help="One row a snapshot, one a calendar day, or one a snapshot on which "
            "the theatre changed. By default one a snapshot.",
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
    elif every == "day":
        cut = span.cut_with_neighbours(history)
    else:
        cut = span.cut(history)
    selected = cut.select(theatre, clip=ground.clip)
    table = _figures(selected, figures, every or "snapshot", span.tz)
    definitions = ground.facts(theatre) | figures.facts() | {"tz": span.tz}
    if with_bounds:
        definitions |= _add_bounds(table, selected, every or "snapshot", span.tz)
    if at is not None:
        table["staleness_days"] = snapshot["staleness_days"]
    elif every == "day":
        table = span.days(table, history)
    if at is None:
        definitions["every"] = every or "snapshot"
    out.write(_figures_answer(table.reset_index(), selected, definitions))


def _figures(
    selected: "ControlHistory",
    figures: FigureOptions,
    every: Literal["snapshot", "day", "change"],
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
    every: Literal["snapshot", "day", "change"],
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
    rows = _without_shapes(table)
    rows.insert(0, "snapshot_utc", moment)
    rows["snapshot_id"] = number
    pieces = "polygon" if definitions["method"] == "spherical" else "section"
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


def _without_shapes(table: "gpd.GeoDataFrame") -> "pd.DataFrame":
    """Figures only, with points as longitude and latitude."""
    import pandas as pd

    rows = pd.DataFrame(table[["section", "area_km2", "depth_km", "error_m"]])
    for name in ("witness", "border_point"):
        rows[f"{name}_lon"] = table[name].x
        rows[f"{name}_lat"] = table[name].y
    rows["n_polygons"] = table["n_polygons"]
    return rows
