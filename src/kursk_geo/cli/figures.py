"""Commands that print figures: each asks the library, and hands a table on."""

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import typer

import kursk_geo as kg
from kursk_geo._text import instant_text, many, utc_minute
from kursk_geo.cli.options import (
    FigureOptions,
    GroundOptions,
    MapOptions,
    ShapeOptions,
    SpanOptions,
    TableOptions,
    TraceOptions,
    check_dates,
)
from kursk_geo.cli.output import Answer, about, definition_notes, told, unread
from kursk_geo.errors import KurskGeoError, OptionError, did_you_mean
from kursk_geo.periods import Every


def measure(
    path: Path,
    ground: GroundOptions,
    span: SpanOptions,
    *,
    at: str | None = None,
    every: Every | None = None,
    depth_shares: float | None = None,
    with_bounds: bool = False,
    figures: FigureOptions,
    maps: MapOptions,
    out: TableOptions,
) -> None:
    """
    Area, sections and depth of every map.

    With --depth-shares, how much of the held ground of one map lies how deep.

    For example:

      $ kursk-geo measure maps/ --theatre kursk
      $ kursk-geo measure maps/ --from 2025-01-01 --to 2025-03-01 --every day
      $ kursk-geo measure maps/ --at 2025-04-15 --tz Europe/Kyiv
      $ kursk-geo measure maps/ --at 2024-09-06 --depth-shares 5
      $ kursk-geo measure maps/ --contested include --out figures.csv
      $ kursk-geo measure maps/ --every change --with-bounds
    """
    if (at or depth_shares) and (span.start or span.end or every):
        asked = "--at" if at else "--depth-shares"
        msg = f"{asked} asks for one map: leave out --from, --to and --every."
        raise typer.BadParameter(msg)
    if with_bounds and (depth_shares or figures.area_method != "geodesic"):
        asked = "--depth-shares" if depth_shares else "--area-method"
        msg = f"--with-bounds tells of areas on the ellipsoid: leave out {asked}."
        raise typer.BadParameter(msg)
    check_dates(span.tz, at)
    history = maps.read(path)
    # A calendar period shows the map that stood, be it published before.
    cut = span.cut(history) if every in {None, "map", "change"} else history
    if at or depth_shares is not None:
        snapshot = history.snapshot_at(at, tz=span.tz)
        maps.warn_of_age(history, at, tz=span.tz)
        cut = history.between(snapshot["snapshot_utc"], snapshot["snapshot_utc"])
    selected = ground.select(cut)
    if depth_shares is not None:
        table = kg.depth_shares(selected, step_km=depth_shares)
        words = "nothing held"
        if len(table):
            words = (
                "{area_km2:.2f} km² held, half of it no deeper than {median_km:.2f} "
                "km, 95 % no deeper than {p95_km:.2f} km"
            ).format_map(table.attrs)
        out.write(told(selected, ground.facts, table, words))
        return
    rows = every or "map"
    table = kg.measure(selected, every=rows, tz=span.tz, **figures.asked)
    lines = []
    if with_bounds:
        bounds = kg.uncertainty(selected, every=rows, tz=span.tz)
        for name in bounds.columns.difference(table.columns, sort=False):
            table[name] = bounds[name].to_numpy()
        table.attrs = dict(bounds.attrs)
        words = (
            "Bounds: from held ground less the error of its lines to held and "
            "contested ground with that error; they hold {coverage:.0%} of it, with "
            "fronts off by {sigma_m:g} m and the border by {border_m:g} m."
        )
        lines = [words.format_map(table.attrs)]
    if at is not None:
        table["staleness_days"] = snapshot["staleness_days"]
    table = table.reset_index()
    if "date" in table:
        table = span.days(table, history)
        selected = selected.between(*table["snapshot_utc"].iloc[[0, -1]])
    count = many(table["snapshot_utc"].nunique(), "snapshot")
    out.write(told(selected, ground.facts, table, count, notes=lines))


def sections(
    path: Path,
    ground: GroundOptions,
    at: str | None = None,
    tz: str = "UTC",
    *,
    history: bool = False,
    figures: FigureOptions,
    maps: MapOptions,
    out: ShapeOptions,
) -> None:
    """
    Connected pieces of held ground on one map.

    Without --at it is the last map. With --history, every section of all maps, from
    when until when it had which area and depth.

    With --no-clip --area-method spherical there is one row a polygon that meets the
    region, whole, as the web map shows it.

    For example:

      $ kursk-geo sections maps/ --at 2025-04-15
      $ kursk-geo sections maps/ --history --format csv
      $ kursk-geo sections maps/ --theatre belgorod --status contested --format csv
      $ kursk-geo sections maps/ --no-clip --area-method spherical
      $ kursk-geo sections maps/ --format geojson --with-geometry
    """
    check_dates(tz, at)
    if history and (at or figures.area_method != "geodesic"):
        msg = "--history tells of all maps: leave out --at and --area-method."
        raise typer.BadParameter(msg)
    read = maps.read(path)
    out.check_licences(read)
    if history:
        selected, asked = ground.select(SpanOptions().cut(read)), figures.asked
        del asked["area_method"]
        table = kg.section_history(selected, **asked)
        words = many(table["section"].nunique(), "section")
        out.write(told(selected, ground.facts, table, words), read)
        return
    snapshot = read.snapshot_at(at, tz=tz)
    maps.warn_of_age(read, at, tz=tz)
    moment = snapshot["snapshot_utc"]
    selected = ground.select(read.between(moment, moment))
    table = kg.sections(selected, **figures.asked)
    age_days, smaller = snapshot["staleness_days"], table.attrs["n_smaller"]
    table.attrs |= {"staleness_days": round(float(age_days), 4), "tz": tz}
    piece = "polygon" if figures.area_method == "spherical" else "section"
    words = "nothing held"
    if len(table):
        total_km2 = table["area_km2"].sum()
        words = f"{many(len(table), piece)}, {total_km2:.3f} km² in all"
    if smaller:
        words += f"; {smaller} smaller than {figures.min_area_km2:g} km²"
    lines = [f"The map is {age_days:.2f} days old."] if age_days else []
    shown = pd.DataFrame(table.drop(columns="geometry"))
    table.insert(0, "snapshot_utc", moment)
    table["snapshot_id"] = snapshot["snapshot_id"]
    facts = ground.facts
    out.write(
        told(selected, facts, table, words, notes=lines, shown=shown, digits=3), read
    )


def change(
    path: Path,
    first: str | None = None,
    last: str | None = None,
    *,
    span: SpanOptions,
    ground: GroundOptions,
    every: Literal["week", "day", "month", "change"] | None = None,
    transitions: bool = False,
    min_width_m: float = 30.0,
    with_contested: bool = False,
    with_bounds: bool = False,
    maps: MapOptions,
    out: ShapeOptions,
) -> None:
    """
    Ground gained, lost and kept between two maps.

    The maps are the last of the first and of the second day; without dates the first
    and the last map of all.

    For example:

      $ kursk-geo change maps/ --theatre kursk --from 2025-02-28 --to 2025-03-31
      $ kursk-geo change maps/ --from 2025-01-01 --to 2025-03-31 --every week
      $ kursk-geo change maps/ --from 2025-02-28 --with-bounds --format json
      $ kursk-geo change maps/ --from 2025-02-28 --transitions
      $ kursk-geo change maps/ --from 2025-02-28 --out change.geojson
    """
    if (first and span.start) or (last and span.end):
        msg = "A date was given twice: leave out --from and --to, or those after PATH."
        raise typer.BadParameter(msg)
    alone = {"--every": every, "--transitions": transitions}
    for name in [name for name, asked in alone.items() if asked]:
        shaped = out.chosen == "geojson" or with_contested or with_bounds
        if shaped or all(alone.values()):
            msg = (
                f"{name} tells figures of {'periods' if every else 'statuses'}: leave "
                "out --format geojson, --with-contested and --with-bounds, and "
                "--every beside --transitions."
            )
            raise typer.BadParameter(msg)
    span = SpanOptions(first or span.start, last or span.end, span.tz)
    span.check()
    history = maps.read(path)
    out.check_licences(history)
    ends = span.ends(history)
    maps.warn_of_age(history, span.start, span.end, tz=span.tz)
    moments = [history.snapshot_at(w, tz=span.tz)["snapshot_utc"] for w in ends]
    selected = ground.select(history.between(*moments))
    options: dict[str, Any] = {"tz": span.tz, "min_width_m": min_width_m}
    lines: list[str] = []
    more: dict[str, Any] = {"tz": span.tz}
    if transitions:
        matrix = kg.transitions(selected, *ends, tz=span.tz)
        table = matrix.add_suffix("_km2").rename_axis("from").reset_index()
        table.attrs = matrix.attrs
        words = "ground by its status at the start (rows) and at the end (columns)"
    elif every:
        table = kg.change_over_time(selected, every=every, **options).reset_index()
        more["net_km2"] = float(table["net_km2"].sum())
        for name in ("start", "end"):
            table[name] = table[name].dt.tz_convert("UTC")
        table = table.rename(columns={"start": "start_utc", "end": "end_utc"})
        words = f"{many(len(table), 'period')}, net {more['net_km2']:.2f} km²"
    else:
        table = kg.change_between(
            selected, *ends, to_and_from_contested=with_contested, **options
        )
        attrs = table.attrs
        more["net_km2"] = attrs["gained_km2"] - attrs["lost_km2"]
        points = table.geometry.representative_point()
        table = table.assign(
            change=table["change"].str.replace("_", " "), lon=points.x, lat=points.y
        )
        words = (
            "gained {gained_km2:.2f} km², lost {lost_km2:.2f} km², kept "
            "{kept_km2:.2f} km²; held {start_km2:.2f} km² at the start, "
            "{end_km2:.2f} km² at the end"
        ).format_map(attrs)
        gained, lost = (attrs[f"{kind}_sliver_km2"] for kind in ("gained", "lost"))
        if max(gained, lost) >= 1e-4:
            slivers = (
                f"Slivers, less than {min_width_m:g} m wide, are counted: "
                f"{gained:.4f} km² of the gained ground, {lost:.4f} km² of the lost."
            )
            lines = [slivers]
    if with_bounds:
        bounds = kg.change_bounds(selected, *moments)
        assumed = {
            k: bounds.attrs[k] for k in ("sigma_m", "correlation_km", "coverage")
        }
        more["bounds"] = bounds.to_dict("index") | assumed
        net = bounds.loc["net"]
        lines.insert(
            0,
            f"Bounds: net {net['low_km2']:.2f} to {net['high_km2']:.2f} km² holds "
            f"{assumed['coverage']:.0%} of positional error (fronts off by "
            f"{assumed['sigma_m']:g} m, one standard error); the probability that "
            f"ground was {'gained' if net['change_km2'] > 0 else 'lost'} on balance "
            f"is {net['p']:.3f}.",
        )
    facts = ground.facts
    out.write(told(selected, facts, table, words, notes=lines, more=more), history)


def events(
    path: Path,
    ground: GroundOptions,
    span: SpanOptions,
    *,
    kind: list[str] | None = None,
    trace: TraceOptions,
    maps: MapOptions,
    out: ShapeOptions,
) -> None:
    """
    What became of the sections: came, went, grew, met, parted.

    Sections have numbers from the first map on, whatever --from is.

    For example:

      $ kursk-geo events maps/ --theatre kursk
      $ kursk-geo events maps/ --from 2025-02-27 --to 2025-03-01
      $ kursk-geo events maps/ --kind union --kind division --format csv
    """
    from kursk_geo.events import EVENT_KINDS

    for name in sorted(set(kind or []) - set(EVENT_KINDS)):
        msg = (
            f"Kind {name!r} is not known. Expected one of: {', '.join(EVENT_KINDS)}."
            f"{did_you_mean(name, EVENT_KINDS)}"
        )
        raise OptionError(msg)
    history = maps.read(path)
    out.check_licences(history)
    within = span.cut(history)
    first, last = within.snapshots["snapshot_utc"].iloc[[0, -1]]
    selected = ground.select(history.between(None, last))
    table = kg.events(selected, with_stable="stable" in (kind or ()), **trace.asked)
    attrs = table.attrs
    table = table[table["snapshot_utc"] >= first]
    if kind:
        table = table[table["kind"].isin(kind)]
    if out.chosen == "geojson":
        import shapely

        # Of each event the sections that it left; where nothing is left, those before.
        pieces = kg.section_history(selected, **trace.asked)
        left, gone = (pieces.set_index([end, "section"])["geometry"].to_dict()
                      for end in ("valid_from", "valid_to"))  # fmt: skip
        shapes = [
            shapely.union_all(
                [left[when, one] for one in after]
                or [gone[when, one] for one in before]
            )
            for when, before, after in zip(
                table["snapshot_utc"], table["before"], table["after"], strict=True
            )
        ]
        table = table.assign(geometry=shapes)
    table.attrs = attrs | {"tz": span.tz}
    out.write(told(within, ground.facts, table, many(len(table), "event")), history)


def settlements(
    path: Path,
    table_of_places: Path | None = None,
    *,
    places: Path | None = None,
    ground: GroundOptions,
    span: SpanOptions,
    agree: int = 2,
    maps: MapOptions,
    out: ShapeOptions,
) -> None:
    """
    Places inside held or contested ground, since and until when.

    A place without an end was still inside on the last map. Places that never were
    inside are not listed. Without a table they are the towns and villages that come
    along.

    For example:

      $ kursk-geo settlements maps/ --theatre kursk
      $ kursk-geo settlements maps/ --places RU.zip --agree 1 --format csv
      $ kursk-geo settlements maps/ --places places.csv --out places.geojson
    """
    from kursk_geo import reference

    file = places or table_of_places
    points = reference.places() if file is None else kg.read_places(file)
    history = span.cut(maps.read(path))
    table = kg.settlements(ground.select(history), points, agree=agree)
    inside = table["place_id"].nunique()
    table.attrs |= {"n_places": len(points), "n_inside": inside, "tz": span.tz}
    words = (
        f"{inside:,} of {many(len(points), 'place')} inside held or contested ground"
    )
    counts = f"a change counts when {agree} maps in a row show it"
    believed = "each map is believed" if agree == 1 else counts
    lines = [f"A place is a point, and maps are redrawn: {believed}."]
    # The shapes are points of the table of places, not of the map.
    out.write(told(history, ground.facts, table, words, notes=lines))


def compare(
    paths: list[str],
    ground: GroundOptions,
    span: SpanOptions,
    *,
    at: str | None = None,
    on_error: Literal["raise", "skip"] = "raise",
    out: ShapeOptions,
) -> None:
    """
    Held ground by day and source, and how far the sources agree.

    With --at, where they disagree at the end of that day: with --format geojson as
    polygons.

    For example:

      $ kursk-geo compare maps/ nzz.tar.xz --theatre kursk
      $ kursk-geo compare ours=maps/ theirs=nzz.tar.xz --at 2024-09-06
    """
    if at is not None and (span.start or span.end):
        msg = "--at asks for one day: leave out --from and --to."
        raise typer.BadParameter(msg)
    if at is None and out.chosen == "geojson":
        msg = "--format geojson shows where sources disagree on one day: add --at."
        raise typer.BadParameter(msg)
    check_dates(span.tz, at)
    histories = read_named(paths, on_error)
    out.check_licences(*histories.values())
    selected = {name: ground.select(one) for name, one in histories.items()}
    when: dict[str, Any]
    if at is not None:
        table = kg.disagreement(selected, at=at, tz=span.tz)
        attrs = table.attrs
        when = {name: pd.Timestamp(one) for name, one in attrs["snapshots"].items()}
        overlap = attrs["intersection_over_union"]
        words = (
            f"{attrs['agreed_km2']:.2f} km² held on all maps, "
            f"{attrs['union_km2']:.2f} km² on any: an overlap of "
            f"{'–' if pd.isna(overlap) else f'{overlap:.3f}'}"
        )
    else:
        whole = kg.compare(selected, tz=span.tz)
        table, attrs = span.days(whole, next(iter(histories.values()))), whole.attrs
        when = dict(table.groupby("source")["snapshot_utc"].max())
        words = (
            f"{many(len(when), 'source')}, {table['date'].iloc[0]:%Y-%m-%d} to "
            f"{table['date'].iloc[-1]:%Y-%m-%d}"
        )
    known = attrs | ground.facts | {"tz": span.tz}
    known["sources"] = {
        name: {
            "source": histories[name].source,
            "snapshot_utc": instant_text(moment),
            "attribution": histories[name].attribution,
            "licence": histories[name].licence,
            "n_rejected": len(histories[name].rejected),
        }
        for name, moment in when.items()
    }
    lines = [
        f"Source {name}{'' if name == one.source else f' ({one.source})'}, last map "
        f"{utc_minute(when[name])} UTC. {one.attribution}"
        for name, one in histories.items()
        if name in when
    ]
    answer = Answer(
        table,
        title=f"Theatre {known['theatre']}: {words}",
        facts=known,
        notes=[*lines, *definition_notes(known)],
        warnings=[
            f"{name}: {words}"
            for name, history in histories.items()
            for words in unread(history)
        ],
    )
    out.write(answer, *histories.values())


def read_named(
    texts: list[str], on_error: Literal["raise", "skip"]
) -> dict[str, kg.ControlHistory]:
    """Histories by the names before their paths, or those of their sources."""
    named = [one.partition("=") if "=" in one else ("", "", one) for one in texts]
    for text, (name, equals, path) in zip(texts, named, strict=True):
        if equals and not (name and path):
            msg = f"{text!r} is no NAME=PATH. Give the source a name: nzz=nzz.tar.xz."
            raise typer.BadParameter(msg)
    if len(named) < 2:
        msg = f"{texts[0]!r} is one source. Name two or more to compare them."
        raise typer.BadParameter(msg)
    read = [kg.read_history(path, on_error=on_error) for _, _, path in named]
    names = [name or one.source for (name, _, _), one in zip(named, read, strict=True)]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        msg = (
            f"Two sources are named {twice[0]!r}. Give each a name of its own: "
            "first=PATH second=PATH."
        )
        raise typer.BadParameter(msg)
    return dict(zip(names, read, strict=True))


def info(path: Path, span: SpanOptions, maps: MapOptions, out: TableOptions) -> None:
    """
    What maps hold, and what could not be read.

    For example:

      $ kursk-geo info maps/
      $ kursk-geo info maps.tar.xz --on-error skip --format json
    """
    history = span.cut(maps.read(path))
    published, shapes = history.snapshots["snapshot_utc"], history.shapes
    different = shapes.drop_duplicates("shape_id")
    repaired_km2 = different["repair_km2"].abs()[different["repair_km2"] != 0.0]
    days = published.dt.tz_convert(span.tz).dt.tz_localize(None).dt.normalize()
    gaps = [
        {
            "first": f"{before + pd.Timedelta(days=1):%Y-%m-%d}",
            "last": f"{after - pd.Timedelta(days=1):%Y-%m-%d}",
            "n_days": (after - before).days - 1,
        }
        for before, after in pairwise(days.drop_duplicates())
        if (after - before).days > 1
    ]
    # A shape was last shown on the map before the one that no longer shows it.
    after = published.iloc[-1] + pd.Timedelta(days=1)
    ends = shapes.assign(valid_to=shapes["valid_to"].fillna(after))
    table = ends.groupby("status", sort=True).agg(
        n_shapes=("shape_id", "size"),
        n_different=("shape_id", "nunique"),
        first_utc=("valid_from", "min"),
        last_utc=("valid_to", "max"),
    )
    last = published.searchsorted(table["last_utc"]) - 1
    table["last_utc"] = published.array[last]
    rejected = history.rejected[["snapshot_utc", "origin", "feature", "reason"]]
    outliers = history.outliers()
    far = _some(
        "\n  ",
        (
            f"{utc_minute(when)} UTC: {status.replace('_', ' ')} {area_km2:,.0f} km², "
            f"{before_km2:,.0f} before"
            for _, when, status, area_km2, before_km2 in outliers.itertuples()
        ),
    )
    words = (
        f"Shapes: {len(shapes):,} with their periods, {len(different):,} "
        f"different, {len(repaired_km2):,} of them repaired"
    )
    if len(repaired_km2):
        most = repaired_km2.max()
        words += f", by {'less than 0.01' if most < 0.01 else f'up to {most:.2f}'} km²"
    lacking = sum(one["n_days"] for one in gaps)
    missing = _some(
        ", ",
        (
            x["first"] if x["n_days"] == 1 else f"{x['first']} to {x['last']}"
            for x in gaps
        ),
    )
    reasons = _some(
        "\n  ",
        (
            f"{origin}{'' if pd.isna(feature) else f' feature {feature}'}: {reason}"
            for _, origin, feature, reason in rejected.itertuples(index=False)
        ),
    )
    answer = Answer(
        table.reset_index(),
        title=f"{history.source}: {many(len(published), 'snapshot')} on "
        f"{many(days.nunique(), 'day')}, {utc_minute(published.iloc[0])} to "
        f"{utc_minute(published.iloc[-1])} UTC",
        facts={
            **about(history),
            "first_snapshot_utc": published.iloc[0],
            "n_snapshots": len(published),
            "n_days": days.nunique(),
            "n_shapes": len(shapes),
            "n_different": len(different),
            "n_repaired": len(repaired_km2),
            "tz": span.tz,
            "days_without_map": gaps,
            "outliers": outliers.to_dict("records"),
            "rejected": rejected.astype(object).to_dict("records"),
        },
        notes=[
            words,
            f"Days without a map: {lacking}{missing and f' ({missing})'}",
            f"Outliers: {len(outliers):,}" + (far and f"\n  {far}"),
            f"Rejected: {len(rejected):,}" + (reasons and f"\n  {reasons}"),
            f"Credit: {history.attribution}",
            f"Licence: {history.licence}",
        ],
    )
    out.write(answer)


LISTED = 20
"""So many rejected rows and gaps a table lists; JSON has them all."""


def _some(separator: str, parts: Iterable[str]) -> str:
    words = list(parts)
    more = len(words) - LISTED
    shown = words[:LISTED] + ([f"and {more:,} more: --format json"] if more > 0 else [])
    return separator.join(shown)


def validate(
    path: Path | None = None,
    *,
    maps: MapOptions,
    out: TableOptions,
) -> None:
    """
    Compare figures with those known by other means.

    Closed forms on the ellipsoid; and of PATH, brute force, other projections, changes
    that must not matter, and figures that were published. Ends with 1 where one of
    them is missed.

    For example:

      $ kursk-geo validate
      $ kursk-geo validate maps/ --format csv --out checks.csv
    """
    from kursk_geo.validate import validate as checks

    table = checks(None if path is None else maps.read(path))
    missed = int((~table["holds"]).sum())
    title = f"{many(len(table), 'check')}, {missed or 'none'} missed"
    out.write(Answer(table, title, {"n_missed": missed}, digits=6))
    if missed:
        msg = (
            f"{many(missed, 'check')} missed. Expected each within its tolerance: "
            "please report the table, with the versions of kursk-geo, PROJ and GEOS."
        )
        raise KurskGeoError(msg)


def claims(out: TableOptions) -> None:
    """
    The claims that come with kursk-geo.

    For example:

      $ kursk-geo claims
      $ kursk-geo claims --format csv
    """
    columns = ["id", "published", "outlet", "source", "theatre", "text", "reading"]
    rows = pd.DataFrame(
        [{name: getattr(claim, name) for name in columns}
         for claim in kg.load_claims(kg.list_claims())]
    )  # fmt: skip
    rows["published"] = rows["published"].astype(str)
    shown = rows[columns[:3]].assign(sentence="“" + rows["text"] + "”")
    notes = ["Check them with: kursk-geo check PATH CLAIM"]
    title, facts = many(len(rows), "claim"), {"n_claims": len(rows)}
    out.write(Answer(rows, title, facts, notes, shown=shown))


def theatres(out: TableOptions) -> None:
    """
    The theatres that have a name: what --theatre takes.

    For example:

      $ kursk-geo theatres
      $ kursk-geo theatres --format json
    """
    known = [kg.theatre(name) for name in kg.list_theatres()]
    rows = pd.DataFrame(
        {
            "theatre": one.name,
            "held": one.held_words,
            "owner": one.owner,
            "statuses": sorted(map(str, one.held)),
            "note": one.note,
        }
        for one in known
    )
    notes = [
        "Several make one: --theatre 'Kherson and Mykolaiv'. A .toml file: another."
    ]
    out.write(
        Answer(rows, many(len(rows), "theatre"), {"n_theatres": len(rows)}, notes)
    )


def sources(out: TableOptions) -> None:
    """
    Whose maps are read, and what their licences allow.

    For example:

      $ kursk-geo sources
      $ kursk-geo sources --format json
    """
    from kursk_geo.sources.files import SOURCES, may_pass_geometry_on

    rows = pd.DataFrame(
        {
            "source": one.NAME,
            "files": [*one.SUFFIXES],
            "shapes": may_pass_geometry_on(one.NAME),
            "licence": one.LICENCE,
            "attribution": one.ATTRIBUTION,
            "caveat": one.CAVEAT,
        }
        for one in SOURCES.values()
    )
    notes = ["Shapes: whether they may be passed on. Get maps with: kursk-geo fetch"]
    shown = rows[["source", "files", "shapes", "licence"]]
    title, facts = many(len(rows), "source"), {"n_sources": len(rows)}
    out.write(Answer(rows, title, facts, notes, shown=shown))
