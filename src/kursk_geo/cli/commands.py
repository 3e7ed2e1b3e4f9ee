"""The commands: each asks the library, and hands a table to be written."""

import json
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from textwrap import fill
from typing import Annotated, Any, Literal

import pandas as pd
import typer
from shapely.geometry.base import BaseGeometry

import kursk_geo as kg
from kursk_geo.cli.options import (
    At,
    FigureOptions,
    GapKm,
    GroundOptions,
    MapOptions,
    MapPath,
    MinAreaKm2,
    OnError,
    OutputOptions,
    PlacesFile,
    SpanOptions,
    WidthIn,
    WithGeometry,
    Zone,
    argument,
    check_date,
    definition_notes,
    facts,
    flag,
    many,
    option,
    told,
    warnings,
)
from kursk_geo.cli.output import (
    Answer,
    deliver,
    instant_text,
    json_text,
    say,
    signed,
    utc_minute,
    write_file,
)
from kursk_geo.errors import ClaimError, KurskGeoError, OptionError, did_you_mean
from kursk_geo.periods import Every
from kursk_geo.periods import span as days

Picture = Literal[
    "area", "depth", "map", "change", "timeline", "multiples", "sources",
    "since",
]  # fmt: skip


def measure(
    path: MapPath,
    ground: GroundOptions,
    span: SpanOptions,
    *,
    at: At = None,
    every: Annotated[Every | None, option("every")] = None,
    with_bounds: Annotated[bool, flag("with_bounds")] = False,
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
      $ kursk-geo measure maps/ --contested include --out figures.csv
      $ kursk-geo measure maps/ --every change --with-bounds
    """
    if at is not None and (span.start or span.end or every):
        msg = "--at asks for one map: leave out --from, --to and --every."
        raise typer.BadParameter(msg)
    if with_bounds and figures.area_method != "geodesic":
        msg = "--with-bounds tells of areas on the ellipsoid: leave out --area-method."
        raise typer.BadParameter(msg)
    out.check(shapes=False)
    span.check()
    check_date(at, span.tz)
    theatre = ground.build()
    history = maps.read(path)
    if at is not None:
        snapshot = history.snapshot_at(at, tz=span.tz)
        maps.warn_of_age(history, at, tz=span.tz)
        cut = history.between(snapshot["snapshot_utc"], snapshot["snapshot_utc"])
    else:
        # A calendar period shows the map that stood, be it published before.
        cut = span.cut(history) if every in {None, "map", "change"} else history
    selected = cut.select(theatre, clip=ground.clip)
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
    known = facts(selected, ground.facts(theatre), table)
    spare = ["staleness_days", "snapshot_id", "depth_with_contested_km"]
    hidden = ["front_km", *table.filter(like="area_sd").columns]
    if (table["staleness_days"] == 0.0).all():
        hidden.append("staleness_days")  # each row is told at its own instant
    if not table["depth_censored"].any():
        hidden.append("depth_censored")
    answer = told(
        selected, known, table, count, notes=lines, spare=spare, hidden=hidden
    )
    out.write(answer)


def sections(
    path: MapPath,
    ground: GroundOptions,
    at: At = None,
    tz: Zone = "UTC",
    *,
    figures: FigureOptions,
    maps: MapOptions,
    out: OutputOptions,
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
    out.check()
    check_date(at, tz)
    theatre = ground.build()
    history = maps.read(path)
    out.check_licences(history)
    last = SpanOptions(tz=tz).cut(history).snapshots["snapshot_utc"].iloc[-1]
    snapshot = history.snapshot_at(last if at is None else at, tz=tz)
    maps.warn_of_age(history, at, tz=tz)
    moment = snapshot["snapshot_utc"]
    selected = history.between(moment, moment).select(theatre, clip=ground.clip)
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
    known = facts(selected, ground.facts(theatre), table)
    table.insert(0, "snapshot_utc", moment)
    table["snapshot_id"] = snapshot["snapshot_id"]
    lines = [f"The map is {age_days:.2f} days old."] if age_days else []
    hidden = ["snapshot_id", "snapshot_utc"]
    if not table["depth_censored"].any():
        hidden.append("depth_censored")
    answer = told(
        selected,
        known,
        table,
        words,
        notes=lines,
        spare=["n_polygons", "border_point_lon", "border_point_lat", "error_m",
               "witness_lon", "witness_lat"],
        hidden=hidden,
        digits=3,
    )  # fmt: skip
    out.write(answer, history)


def change(
    path: MapPath,
    first: Annotated[str | None, argument("START")] = None,
    last: Annotated[str | None, argument("END")] = None,
    *,
    span: SpanOptions,
    ground: GroundOptions,
    every: Annotated[
        Literal["week", "day", "month", "change"] | None, option("every of change")
    ] = None,
    min_width_m: Annotated[float, option("min_width_m")] = 30.0,
    with_contested: Annotated[bool, flag("with_contested")] = False,
    with_bounds: Annotated[
        bool, option("with_bounds of change", "--with-bounds")
    ] = False,
    maps: MapOptions,
    out: OutputOptions,
) -> None:
    """
    Ground gained, lost and kept between two maps.

    The maps are the last of the first and of the second day; without dates the first
    and the last map of all.

    For example:

      $ kursk-geo change maps/ --theatre kursk --from 2025-02-28 --to 2025-03-31
      $ kursk-geo change maps/ --from 2025-01-01 --to 2025-03-31 --every week
      $ kursk-geo change maps/ --from 2025-02-28 --with-bounds --format json
      $ kursk-geo change maps/ --from 2025-02-28 --out change.geojson
    """
    if (first and span.start) or (last and span.end):
        msg = "A date was given twice: leave out --from and --to, or those after PATH."
        raise typer.BadParameter(msg)
    out.check()
    if every and (out.chosen == "geojson" or with_contested or with_bounds):
        msg = (
            "--every tells figures of periods: leave out --format geojson, "
            "--with-contested and --with-bounds."
        )
        raise typer.BadParameter(msg)
    span = SpanOptions(first or span.start, last or span.end, span.tz)
    span.check()
    theatre = ground.build()
    history = maps.read(path)
    out.check_licences(history)
    ends = span.ends(history)
    maps.warn_of_age(history, span.start, span.end, tz=span.tz)
    moments = [history.snapshot_at(w, tz=span.tz)["snapshot_utc"] for w in ends]
    cut = history.between(*moments)
    selected = cut.select(theatre, clip=ground.clip)
    options: dict[str, Any] = {"tz": span.tz, "min_width_m": min_width_m}
    lines: list[str] = []
    if every:
        table = kg.change_over_time(selected, every=every, **options)
        attrs = table.attrs | {"net_km2": float(table["net_km2"].sum())}
        table = table.reset_index()
        for name in ("start", "end"):
            table[name] = table[name].dt.tz_convert("UTC")
        table = table.rename(columns={"start": "start_utc", "end": "end_utc"})
        words = f"{many(len(table), 'period')}, net {attrs['net_km2']:.2f} km²"
        spare = ["days", "sliver_km2", "gross_km2"]
    else:
        table = kg.change_between(
            selected, *ends, to_and_from_contested=with_contested, **options
        )
        attrs = table.attrs
        gained, lost = (attrs[f"{kind}_sliver_km2"] for kind in ("gained", "lost"))
        attrs |= {"net_km2": attrs["gained_km2"] - attrs["lost_km2"], "tz": span.tz}
        points = table.geometry.representative_point()
        table = table.assign(
            change=table["change"].str.replace("_", " "), lon=points.x, lat=points.y
        )
        words = (
            "gained {gained_km2:.2f} km², lost {lost_km2:.2f} km², kept "
            "{kept_km2:.2f} km²; held {start_km2:.2f} km² at the start, "
            "{end_km2:.2f} km² at the end"
        ).format_map(attrs)
        if max(gained, lost) >= 1e-4:
            slivers = (
                f"Slivers, less than {min_width_m:g} m wide, are counted: "
                f"{gained:.4f} km² of the gained ground, {lost:.4f} km² of the lost."
            )
            lines = [slivers]
        spare = ["sliver", "n_parts"]
    table.attrs = attrs
    known = facts(selected, ground.facts(theatre), table)
    if with_bounds:
        bounds = kg.change_bounds(selected, *moments)
        assumed = {
            k: bounds.attrs[k] for k in ("sigma_m", "correlation_km", "coverage")
        }
        known["bounds"] = bounds.to_dict("index") | assumed
        net = bounds.loc["net"]
        lines.insert(
            0,
            f"Bounds: net {net['low_km2']:.2f} to {net['high_km2']:.2f} km² holds "
            f"{assumed['coverage']:.0%} of positional error (fronts off by "
            f"{assumed['sigma_m']:g} m, one standard error); the probability that "
            f"ground was {'gained' if net['change_km2'] > 0 else 'lost'} on balance "
            f"is {net['p']:.3f}.",
        )
    out.write(told(selected, known, table, words, notes=lines, spare=spare), history)


def events(
    path: MapPath,
    ground: GroundOptions,
    span: SpanOptions,
    *,
    kind: Annotated[list[str] | None, option("kind")] = None,
    gap_km: GapKm = 0.0,
    min_area_km2: MinAreaKm2 = 0.05,
    displacement_km: Annotated[float, option("displacement_km")] = 1.0,
    maps: MapOptions,
    out: OutputOptions,
) -> None:
    """
    What became of the sections: when they came, went, grew, shrank, met and parted.

    Sections have numbers from the first map on, whatever --from is.

    For example:

      $ kursk-geo events maps/ --theatre kursk
      $ kursk-geo events maps/ --from 2025-02-27 --to 2025-03-01
      $ kursk-geo events maps/ --kind union --kind division --format csv
    """
    from kursk_geo.events import EVENT_KINDS

    out.check()
    span.check()
    for name in sorted(set(kind or []) - set(EVENT_KINDS)):
        known_kinds = ", ".join(EVENT_KINDS)
        msg = (
            f"Kind {name!r} is not known. Expected one of: {known_kinds}."
            f"{did_you_mean(name, EVENT_KINDS)}"
        )
        raise OptionError(msg)
    theatre = ground.build()
    history = maps.read(path)
    out.check_licences(history)
    within = span.cut(history)
    first, last = within.snapshots["snapshot_utc"].iloc[[0, -1]]
    selected = history.between(None, last).select(theatre, clip=ground.clip)
    options: dict[str, float] = {
        "gap_km": gap_km,
        "min_area_km2": min_area_km2,
        "displacement_km": displacement_km,
    }
    table = kg.events(selected, with_stable="stable" in (kind or ()), **options)
    attrs = table.attrs | {"tz": span.tz}
    table = table[table["snapshot_utc"] >= first]
    if kind:
        table = table[table["kind"].isin(kind)]
    table.attrs = attrs
    if out.chosen == "geojson":
        pieces = kg.section_history(selected, **options)
        table = table.assign(geometry=_left(table, pieces))
    known = facts(within, ground.facts(theatre), table)
    spare = ["group", "gained_km2", "lost_km2", "relative_change", "area_before_km2"]
    words = many(len(table), "event")
    out.write(told(within, known, table, words, spare=spare), history)


def _left(events: pd.DataFrame, pieces: pd.DataFrame) -> list[BaseGeometry]:
    """Of each event the sections that it left; where nothing is left, those before."""
    import shapely

    shapes = {
        (end, section, moment): shape
        for end in ("valid_from", "valid_to")
        for section, moment, shape in zip(
            pieces["section"], pieces[end], pieces["geometry"], strict=True
        )
    }
    return [
        shapely.union_all(
            [shapes["valid_from", section, moment] for section in after]
            or [shapes["valid_to", section, moment] for section in before]
        )
        for moment, before, after in zip(
            *(events[name] for name in ("snapshot_utc", "before", "after")), strict=True
        )
    ]


def settlements(
    path: MapPath,
    table_of_places: Annotated[Path | None, argument("PLACES")] = None,
    *,
    places: PlacesFile = None,
    ground: GroundOptions,
    span: SpanOptions,
    agree: Annotated[int, option("agree")] = 2,
    maps: MapOptions,
    out: OutputOptions,
) -> None:
    """
    Places inside held or contested ground, since when and until when.

    A place without an end was still inside on the last map. Places that never were
    inside are not listed. Without a table they are the towns and villages that come
    along.

    For example:

      $ kursk-geo settlements maps/ --theatre kursk
      $ kursk-geo settlements maps/ --places RU.zip --agree 1 --format csv
      $ kursk-geo settlements maps/ --places places.csv --out places.geojson
    """
    from kursk_geo import reference

    out.check()
    span.check()
    theatre = ground.build()
    file = places or table_of_places
    points = reference.places() if file is None else kg.read_places(file)
    history = span.cut(maps.read(path))
    table = kg.settlements(
        history.select(theatre, clip=ground.clip), points, agree=agree
    )
    inside = table["place_id"].nunique()
    table.attrs |= {"n_places": len(points), "n_inside": inside, "tz": span.tz}
    words = (
        f"{inside:,} of {many(len(points), 'place')} inside held or contested ground"
    )
    counts = f"a change counts when {agree} maps in a row show it"
    believed = "each map is believed" if agree == 1 else counts
    lines = [f"A place is a point, and maps are redrawn: {believed}."]
    known = facts(history, ground.facts(theatre), table)
    spare = ["place_id", "lon", "lat", "since_confirmed_utc", "until_confirmed_utc"]
    # The shapes are points of the table of places, not of the map.
    out.write(told(history, known, table, words, notes=lines, spare=spare))


def compare(
    sources: Annotated[list[str], argument("PATHS")],
    ground: GroundOptions,
    span: SpanOptions,
    *,
    at: At = None,
    on_error: OnError = "raise",
    out: OutputOptions,
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
    if at is None and out.chosen == "geojson":
        msg = "--format geojson shows where sources disagree on one day: add --at."
        raise typer.BadParameter(msg)
    paths = _named_paths(sources)
    span.check()
    check_date(at, span.tz)
    theatre = ground.build()
    histories = _read_named(paths, on_error)
    out.check_licences(*histories.values())
    selected = {
        name: history.select(theatre, clip=ground.clip)
        for name, history in histories.items()
    }
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
        spare = []
    else:
        whole = kg.compare(selected, tz=span.tz)
        table = span.days(whole, next(iter(histories.values())))
        attrs = whole.attrs
        when = table.groupby("source")["snapshot_utc"].max().to_dict()
        words = (
            f"{many(len(when), 'source')}, {table['date'].iloc[0]:%Y-%m-%d} to "
            f"{table['date'].iloc[-1]:%Y-%m-%d}"
        )
        spare = ["snapshot_utc", "contested_km2", "staleness_days", "unchanged_days"]
    known = attrs | ground.facts(theatre) | {"tz": span.tz}
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
        title=f"Theatre {theatre.name}: {words}",
        facts=known,
        notes=[*lines, *definition_notes(known)],
        warnings=[
            f"{name}: {words}"
            for name, history in histories.items()
            for words in warnings(history)
        ],
        spare=spare,
        hidden=["n_sources", "median_km2", "low_km2", "high_km2"],
    )
    out.write(answer, *histories.values())


def _named_paths(texts: list[str]) -> list[tuple[str, Path]]:
    """Paths with the names that stand before them, "" for none."""
    named: list[tuple[str, Path]] = []
    for text in texts:
        name, equals, path = text.partition("=")
        if equals and not (name and path):
            msg = f"{text!r} is no NAME=PATH. Give the source a name: nzz=nzz.tar.xz."
            raise typer.BadParameter(msg)
        named.append((name, Path(path)) if equals else ("", Path(text)))
    if len(named) < 2:
        msg = f"{texts[0]!r} is one source. Name two or more to compare them."
        raise typer.BadParameter(msg)
    _refuse_twice([name for name, _ in named if name])
    return named


def _refuse_twice(names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            msg = (
                f"Two sources are named {name!r}. Give each a name of its own: "
                "first=PATH second=PATH."
            )
            raise typer.BadParameter(msg)


def _read_named(
    named: list[tuple[str, Path]], on_error: Literal["raise", "skip"]
) -> dict[str, kg.ControlHistory]:
    """Histories by their names, or those of the sources that they were taken for."""
    histories = [kg.read_history(path, on_error=on_error) for _, path in named]
    names = [
        name or one.source for (name, _), one in zip(named, histories, strict=True)
    ]
    _refuse_twice(names)
    return dict(zip(names, histories, strict=True))


FAILS = 3
"""How ``check --strict`` ends when a sentence does not hold."""


def check(
    path: MapPath,
    which: Annotated[list[str] | None, argument("CLAIM")] = None,
    *,
    published: Annotated[str | None, option("published")] = None,
    theatre: Annotated[str | None, option("theatre of check")] = None,
    outlet: Annotated[str, option("outlet")] = "",
    since: Annotated[str | None, option("since")] = None,
    since_2014: Annotated[bool, flag("since_2014")] = False,
    save: Annotated[Path | None, option("save")] = None,
    evidence: Annotated[Path | None, option("evidence")] = None,
    strict: Annotated[bool, flag("strict")] = False,
    maps: MapOptions,
    out: OutputOptions,
) -> None:
    """
    Whether a published sentence holds on the maps, and what does.

    A sentence in quotation marks is read: figure, region, days. Packaged claims go by
    their ids, your own by their files. Without any, all packaged ones are checked.

    For example:

      $ kursk-geo check maps/ "three small sections in Kursk" --published 2025-04-26
      $ kursk-geo check maps/ "140 square kilometers" --published 2025-03-13
        --theatre kursk --save claim.toml
      $ kursk-geo check maps/ bloomberg-2025-04-26 --format json
      $ kursk-geo check maps/ my_claims/ --strict --evidence evidence/
    """
    from kursk_geo.claims import Claim, save_claim

    out.check(shapes=False)
    history = maps.read(path)
    verdicts = kg.check(
        which or kg.list_claims(), history, published=published, theatre=theatre,
        outlet=outlet, since=since, since_2014=since_2014,
    )  # fmt: skip
    if save is not None:
        read = [one.claim for one in verdicts if isinstance(one.claim, Claim)]
        if len(read) != 1:
            msg = (
                f"--save {save}: {many(len(read), 'statement')} would be written. "
                "Expected one: check a part of the sentence."
            )
            raise ClaimError(msg)
        save_claim(read[0], save)
        say(f"Wrote {save}.")
    for verdict in verdicts if evidence is not None else ():
        _write_evidence(verdict, history, Path(evidence or ""))
    unread = all(one.verdict == "not_read" for one in verdicts)
    if unread and out.out is None and out.chosen == "table":
        print(*(line for one in verdicts for line in _told(one)), sep="\n")
        return
    published_utc = history.snapshots["snapshot_utc"]
    first, last = published_utc.iloc[0], published_utc.iloc[-1]
    shown = pd.DataFrame(
        {
            "sentence": _folded(one.quoted, 26),
            "printed": _folded(one.printed, 16),
            "maps": one.shown(one.figure),
            "verdict": _folded(one.word, 20),
        }
        for one in verdicts
    )
    answer = Answer(
        verdicts.table,
        title=f"{many(len(verdicts), 'statement')} on "
        f"{many(len(published_utc), 'snapshot')} of {history.source}, "
        f"{utc_minute(first)} to {utc_minute(last)} UTC",
        facts={
            "source": history.source,
            "first_snapshot_utc": first,
            "last_snapshot_utc": last,
            "attribution": history.attribution,
            "licence": history.licence,
            "n_rejected": len(history.rejected),
        },
        notes=[
            *(line for one in verdicts for line in _told(one)),
            f"Source: {history.attribution}",
        ],
        warnings=warnings(history),
        spare=["printed"],
        shown=_parted(shown) if len(shown) else shown,
    )
    out.write(answer)
    if strict and any(verdict.verdict == "fails" for verdict in verdicts):
        raise typer.Exit(FAILS)


def _told(verdict: kg.Verdict) -> list[str]:
    """Why, and what is right, below the table."""
    row = verdict.row()
    if not isinstance(verdict.claim, kg.Claim):
        return [f"Not read: “{verdict.claim.phrase}”: {verdict.claim.reason}."]
    lines = [f"{row['id'] or 'This'}: {verdict.why}"]
    if verdict.correction:
        lines.append(f"  Correction: {verdict.correction}")
    return [*lines, f"  Read as: {row['reading']}."] if row["reading"] else lines


def _write_evidence(
    verdict: kg.Verdict, history: kg.ControlHistory, evidence: Path
) -> None:
    """Write the folder of a claim, and say what changed."""
    from kursk_geo.report.provenance import (
        read_verdict,
        verdict_changes,
        verdict_record,
        write_verdict,
    )

    name = verdict.row()["id"]
    folder = evidence / (name or "sentence")
    before = read_verdict(folder)
    write_verdict(verdict, history, folder, command=_called())
    say(f"Wrote {folder}.")
    if before is not None:
        changes = verdict_changes(before, verdict_record(verdict))
        for one in changes or ["nothing changed"]:
            say(f"{name}: {one}")


def _called() -> str:
    return shlex.join(["kursk-geo", *sys.argv[1:]])


def _folded(text: str, width: int) -> str:
    return fill(text, width, break_long_words=False, break_on_hyphens=False)


def _parted(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of several lines, with a blank one between them."""
    heights = [max(str(cell).count("\n") for cell in row) for row in rows.to_numpy()]
    air = [
        "\n" * (height + 1 - text.count("\n"))
        for height, text in zip(heights, rows["sentence"], strict=True)
    ]
    air[-1:] = [""]
    return rows.assign(sentence=rows["sentence"] + air)


def annotate(
    article: Annotated[str, argument("ARTICLE")],
    path: MapPath,
    *,
    published: Annotated[str | None, option("published")] = None,
    theatre: Annotated[str | None, option("theatre of check")] = None,
    outlet: Annotated[str, option("outlet")] = "",
    out: Annotated[Path | None, option("out of annotate")] = None,
    maps: MapOptions,
) -> None:
    """
    Give an article back with a footnote to each sentence about territory.

    The article is a text or HTML file, or one that comes with kursk-geo.

    For example:

      $ kursk-geo annotate article.html maps/ --published 2025-04-26 --out checked.html
      $ kursk-geo annotate bloomberg-2025-04-26 maps/ --out checked.md
    """
    from kursk_geo.claims.check import read_text

    text, day, packaged = read_text(article)
    if published is None and day is None:
        msg = "--published is missing. Expected the day of the article: 2025-04-26."
        raise typer.BadParameter(msg)
    history = maps.read(path)
    found = kg.annotate(
        text,
        history,
        published=published or day,
        theatre=theatre,
        outlet=outlet or packaged,
    )
    if out is None:
        say(repr(found))
        return
    found.write(out)
    say(
        f"Wrote {out} ({many(len(found.claims), 'statement')} checked, "
        f"{len(found.unread)} not read)."
    )


def claims(out: OutputOptions) -> None:
    """
    The claims that come with kursk-geo.

    For example:

      $ kursk-geo claims
      $ kursk-geo claims --format csv
    """
    out.check(shapes=False)
    rows = pd.DataFrame(
        {
            "id": claim.id,
            "published": claim.published.isoformat(),
            "outlet": claim.outlet,
            "source": claim.source,
            "theatre": claim.theatre,
            "text": claim.text,
            "reading": claim.reading,
        }
        for claim in kg.load_claims(kg.list_claims())
    )
    shown = rows[["id", "published"]].assign(
        outlet=[fill(outlet, 26) for outlet in rows["outlet"]],
        sentence=[_folded(f"“{text}”", 50) for text in rows["text"]],
    )
    answer = Answer(
        rows,
        title=many(len(rows), "claim"),
        facts={"n_claims": len(rows)},
        notes=["Check them with: kursk-geo check PATH CLAIM"],
        spare=["outlet"],
        shown=_parted(shown),
    )
    out.write(answer)


PICTURES: dict[str, tuple[str, ...]] = {
    "area": ("--from, --to", "--every", "--stale-days"),
    "depth": ("--from, --to", "--every", "--stale-days"),
    "map": ("--at", "--places"),
    "change": ("--from, --to",),
    "timeline": ("--from, --to",),
    "multiples": ("--at",),
    "sources": ("--from, --to",),
    "since": ("--claim",),
}
"""Which of the options that choose maps and words a picture has a use for."""
DATED = ("map", "change", "multiples")
"""Pictures of days that are asked for, whose maps may be old."""
ENDINGS = (".png", ".svg", ".pdf")


def plot(
    name: Annotated[
        Literal[
            "area",
            "depth",
            "map",
            "change",
            "timeline",
            "multiples",
            "sources",
            "since",
        ],
        argument("NAME"),
    ],
    paths: Annotated[list[str], argument("PATH of plot")],
    out: Annotated[Path, option("out of plot")],
    *,
    ground: GroundOptions,
    span: SpanOptions,
    at: Annotated[list[str] | None, option("at of plot")] = None,
    every: Annotated[Every | None, option("every of plot")] = None,
    places: PlacesFile = None,
    claim: Annotated[str | None, option("claim")] = None,
    width_in: WidthIn = 7.0,
    dpi: Annotated[int, option("dpi", min=10)] = 200,
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
    given = {
        "--from, --to": span.start or span.end,
        "--at": at,
        "--every": every,
        "--stale-days": name not in DATED and maps.stale_days is not None,
        "--places": places,
        "--claim": claim,
    }
    for words, asked in given.items():
        if asked and words not in PICTURES[name]:
            msg = f"plot {name} takes no {words}: it takes {_either(PICTURES[name])}."
            raise typer.BadParameter(msg)
    if "--claim" in PICTURES[name] and not claim:
        msg = f"plot {name} is of a published sentence: give its id to --claim."
        raise typer.BadParameter(msg)
    if name == "multiples" and not at:
        msg = "plot multiples shows maps of several days: give --at for each."
        raise typer.BadParameter(msg)
    if name != "multiples" and len(at or []) > 1:
        msg = f"plot {name} shows one map: give --at once. Several: plot multiples."
        raise typer.BadParameter(msg)
    if name != "sources" and len(paths) > 1:
        msg = f"plot {name} is of one PATH; plot sources is of several."
        raise typer.BadParameter(msg)
    span.check()
    for when in at or []:
        check_date(when, span.tz)
    if out.suffix.lower() not in ENDINGS:
        msg = f"Cannot write {out} as a picture. Expected a name in {_either(ENDINGS)}."
        raise OptionError(msg)
    if not out.absolute().parent.is_dir():
        msg = (
            f"There is no folder {out.absolute().parent}. Expected one: make it first."
        )
        raise OptionError(msg)
    theatre = ground.build()
    if name == "sources":
        histories = _read_named(_named_paths(paths), maps.on_error)
    else:
        histories = {name: maps.read(Path(paths[0]))}
    shown = histories
    if claim is None:
        shown = {
            key: history.select(theatre, clip=ground.clip)
            for key, history in histories.items()
        }
    os.environ.setdefault("MPLBACKEND", "agg")  # a window would need a screen
    from kursk_geo.plot.canvas import picture_bytes

    history, tz = next(iter(shown.values())), span.tz
    gaps: dict[str, Any] = {
        "gap_km": figures.gap_km,
        "min_area_km2": figures.min_area_km2,
    }
    ax: Any
    if name in {"area", "depth"}:
        table = kg.measure(
            span.cut(history), every=every or "map", tz=tz, **figures.asked
        )
        drawn = kg.plot_area if name == "area" else kg.plot_depth
        stale: dict[str, Any] = {}
        if maps.stale_days is not None:
            stale["stale_days"] = maps.stale_days
        ax = drawn(table, width_in=width_in, **stale)
    elif name == "map":
        last = SpanOptions(tz=tz).cut(history).snapshots["snapshot_utc"].iloc[-1]
        day = at[0] if at else last
        maps.warn_of_age(history, *(at or ()), tz=tz)
        ax = kg.plot_map(
            history,
            at=day,
            tz=tz,
            pieces=kg.sections(history, at=day, tz=tz, **figures.asked),
            context=None if places is None else kg.read_places(places),
            width_in=width_in,
        )
    elif name == "change":
        maps.warn_of_age(history, span.start, span.end, tz=tz)
        ground_changed = kg.change_between(history, *span.ends(history), tz=tz)
        ax = kg.plot_change(ground_changed, theatre=history.theatre, width_in=width_in)
    elif name == "timeline":
        ax = _timeline(history, span, gaps, width_in)
    elif name == "multiples":
        maps.warn_of_age(history, *(at or ()), tz=tz)
        axes = kg.plot_small_multiples(
            history, list(at or ()), tz=tz, width_in=width_in
        )
        ax = axes[0]
    elif name == "sources":
        within = span.days(kg.compare(shown, tz=tz), history)
        ax = kg.plot_sources(within, width_in=width_in)
    else:
        found = kg.load_claims(claim or "")
        if len(found) != 1:
            ids = ", ".join(one.id for one in found)
            msg = f"{claim!r} means {len(found)} claims: {ids}. Name one of them."
            raise ClaimError(msg)
        verdict = kg.check(found, history)[0]
        ax = kg.plot_since(verdict, width_in=width_in)
    raw = picture_bytes(ax, ending=out.suffix.lower(), dpi=dpi)
    for one in histories.values():
        _say_warnings(one)
    write_file(out, raw)
    say(f"Wrote {out}.")


def _timeline(
    history: kg.ControlHistory,
    span: SpanOptions,
    gaps: Mapping[str, Any],
    width_in: float,
) -> Any:  # noqa: ANN401
    """Numbers of sections are those of all maps, whatever the span."""
    first, last = span.cut(history).snapshots["snapshot_utc"].iloc[[0, -1]]
    known = history.between(None, last)
    pieces, happened = kg.section_history(known, **gaps), kg.events(known, **gaps)
    attrs = pieces.attrs
    pieces = pieces[~(pieces["valid_to"] <= first)]
    pieces = pieces.assign(valid_from=pieces["valid_from"].clip(lower=first))
    pieces.attrs = attrs
    shown = set(pieces["section"])
    happened = happened[happened["snapshot_utc"] >= first]
    concerned = zip(happened["before"], happened["after"], strict=True)
    happened = happened[[shown.issuperset((*i, *j)) for i, j in concerned]]
    return kg.plot_timeline(pieces, happened=happened, width_in=width_in)


def _either(words: Sequence[str]) -> str:
    return " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def _say_warnings(history: kg.ControlHistory) -> None:
    for warning in warnings(history):
        say(f"Warning: {warning}")


def animate(
    path: MapPath,
    target: Annotated[Path, argument("FILM")],
    ground: GroundOptions,
    span: SpanOptions,
    *,
    every: Annotated[Every, option("every of animate")] = "change",
    fps: Annotated[float, option("fps")] = 4.0,
    width_in: WidthIn = 7.0,
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
    selected = history.select(theatre, clip=ground.clip)
    kg.animate(selected, target, every=every, fps=fps, tz=span.tz, width_in=width_in)
    _say_warnings(history)
    say(f"Wrote {target}.")


def report(
    path: MapPath,
    ground: GroundOptions,
    span: SpanOptions,
    *,
    claims: Annotated[list[str] | None, option("claims")] = None,
    places: PlacesFile = None,
    title: Annotated[str, option("title")] = "",
    lang: Annotated[str, option("lang")] = "en",
    url: Annotated[str, option("url")] = "",
    with_geometry: WithGeometry = False,
    out: Annotated[Path, option("out of report")] = Path("report"),
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
    span.check()
    theatre = ground.build()
    known = None if places is None else kg.read_places(places)
    history = maps.read(path)
    span.cut(history)
    first, last = days(span.start, span.end, tz=span.tz)
    asked = _asked(claims or [])
    folder = kg.write_report(
        history.select(theatre, clip=ground.clip),
        out,
        claims=kg.check(asked, history),
        places=known,
        start=first,
        end=last,
        title=title,
        lang=lang,
        url=url,
        with_geometry=with_geometry,
        command=_called(),
    )
    count = many(len(list(folder.iterdir())), "file")
    say(f"Wrote {count}. Open {folder / 'index.html'}")
    if with_geometry and (folder / "states.geojson").is_file():
        say(f"Warning: states.geojson is for your own use. {history.licence}")
    _say_warnings(history)


def _asked(named: Sequence[str]) -> list[kg.Claim]:
    """The claims asked for, each once; "all" for the packaged ones."""
    given = [one for one in named if one != "all"]
    asked = kg.load_claims(given) if given else []
    if "all" in named:
        asked += kg.load_claims(kg.list_claims())
    return list({one.id: one for one in asked}.values())


LISTED = 20
"""So many rejected rows and gaps a table lists; JSON has them all."""


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
    out.check(shapes=False)
    span.check()
    history = span.cut(maps.read(path))
    published, shapes = history.snapshots["snapshot_utc"], history.shapes
    different = shapes.drop_duplicates("shape_id")
    repaired = different[different["repair_km2"] != 0.0]
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
    facts_known = {
        "source": history.source,
        "snapshot_id": history.snapshots["snapshot_id"].iloc[-1],
        "snapshot_utc": published.iloc[-1],
        "attribution": history.attribution,
        "licence": history.licence,
        "n_rejected": len(rejected),
        "first_snapshot_utc": published.iloc[0],
        "n_snapshots": len(published),
        "n_days": days.nunique(),
        "n_shapes": len(shapes),
        "n_different": len(different),
        "n_repaired": len(repaired),
        "tz": span.tz,
        "days_without_map": gaps,
        "rejected": rejected.astype(object).to_dict("records"),
    }
    words = (
        f"Shapes: {len(shapes):,} with their periods, {len(different):,} "
        f"different, {len(repaired):,} of them repaired"
    )
    if len(repaired):
        most_km2 = repaired["repair_km2"].abs().max()
        size = "less than 0.01" if most_km2 < 0.01 else f"up to {most_km2:.2f}"
        words += f", by {size} km²"
    missing = _some(
        [
            one["first"] if one["n_days"] == 1 else f"{one['first']} to {one['last']}"
            for one in gaps
        ],
        ", ",
    )
    reasons = _some(
        [
            f"{origin}{'' if pd.isna(feature) else f' feature {feature}'}: {reason}"
            for _, origin, feature, reason in rejected.itertuples(index=False)
        ],
        "\n  ",
    )
    count = sum(one["n_days"] for one in gaps)
    answer = Answer(
        table.reset_index(),
        title=f"{history.source}: {many(len(published), 'snapshot')} on "
        f"{many(days.nunique(), 'day')}, {utc_minute(published.iloc[0])} to "
        f"{utc_minute(published.iloc[-1])} UTC",
        facts=facts_known,
        notes=[
            words,
            f"Days without a map: {count}{f' ({missing})' if missing else ''}",
            f"Rejected: {len(rejected):,}" + (reasons and f"\n  {reasons}"),
            f"Credit: {history.attribution}",
            f"Licence: {history.licence}",
        ],
        spare=["n_different"],
    )
    out.write(answer)


def _some(words: list[str], separator: str) -> str:
    more = len(words) - LISTED
    shown = words[:LISTED] + ([f"and {more:,} more: --format json"] if more > 0 else [])
    return separator.join(shown)


def validate(
    path: Annotated[Path | None, argument("PATH of validate")] = None,
    *,
    maps: MapOptions,
    out: OutputOptions,
) -> None:
    """
    Measure what is known by other means, and say where it differs.

    Closed forms on the ellipsoid; and of PATH, brute force, other projections, changes
    that must not matter, and figures that were published. Ends with 1 where one of
    them is missed.

    For example:

      $ kursk-geo validate
      $ kursk-geo validate maps/ --format csv --out checks.csv
    """
    from kursk_geo.validate import validate as checks

    out.check(shapes=False)
    history = None if path is None else maps.read(path)
    table = checks(history)
    missed = int((~table["holds"]).sum())
    title = f"{many(len(table), 'check')}, {missed or 'none'} missed"
    out.write(Answer(table, title, {"n_missed": missed}, digits=6))
    if missed:
        msg = (
            f"{many(missed, 'check')} missed. Expected each within its tolerance: "
            "please report the table, with the versions of kursk-geo, PROJ and GEOS."
        )
        raise KurskGeoError(msg)


def store(
    path: MapPath,
    target: Annotated[Path, argument("STORE")],
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
    span.check()
    history = span.cut(maps.read(path))
    folder = kg.write_store(history, target)
    size = sum(file.stat().st_size for file in folder.iterdir())
    say(
        f"Wrote {folder}: {many(len(history.snapshots), 'snapshot')}, "
        f"{many(len(history.shapes), 'shape')}, {size / 1e6:.1f} MB."
    )
    _say_warnings(history)


def export(
    path: MapPath,
    out: Annotated[Path, option("out of export")],
    *,
    layer: Annotated[list[str] | None, option("layer")] = None,
    ground: GroundOptions,
    span: SpanOptions,
    at: Annotated[str | None, option("at of export", "--at")] = None,
    with_geometry: WithGeometry = False,
    maps: MapOptions,
) -> None:
    """
    Write shapes and figures for other tools: GIS, spreadsheets, databases.

    For example:

      $ kursk-geo export sample --out kursk.gpkg
      $ kursk-geo export maps/ --out kursk.gpkg --with-geometry
      $ kursk-geo export maps/ --from 2025-01-01 --out figures.xlsx
      $ kursk-geo export maps/ --layer sections --out sections.csv
    """
    span.check()
    check_date(at, span.tz)
    theatre = ground.build()
    history = maps.read(path)
    selected = span.cut(history).select(theatre, clip=ground.clip)
    maps.warn_of_age(selected, at, tz=span.tz)
    written = kg.export(
        selected,
        out,
        layers=layer or (),
        at=at,
        tz=span.tz,
        with_geometry=with_geometry,
    )
    say(f"Wrote {written}.")
    if with_geometry and written.suffix not in {".csv", ".xlsx"}:
        say(f"The shapes of {history.source!r} are for your own use. {history.licence}")
    _say_warnings(history)


CHANGED = 10
"""How ``watch`` ends when a verdict changed."""


def update(
    store: Annotated[Path, argument("KEPT")],
    maps: Annotated[Path, argument("MAPS")],
    *,
    ground: GroundOptions,
    source: Annotated[str | None, option("source")] = None,
    quiet: Annotated[bool, flag("quiet")] = False,
) -> None:
    """
    Put new maps into a store, and say in one line what changed.

    Files that are in the store already are not read again. Two that update one store
    wait for one another, and none of their maps is lost. A late map is put in its
    place; one that cannot be read, or whose instant another map has, is named, and the
    rest goes on.

    For example:

      $ kursk-geo update history.parquet maps/
      $ kursk-geo update history.parquet maps/ --theatre kharkiv --quiet
    """
    _updated(store, maps, ground, source=source, quiet=quiet)


def _updated(
    store: Path,
    maps: Path,
    ground: GroundOptions,
    *,
    source: str | None,
    quiet: bool,
) -> tuple[kg.ControlHistory, int]:
    """The history of a store with the new maps, and how many there are."""
    from kursk_geo.sources.update import update_store

    theatre = ground.build()
    before, new = update_store(store, maps, source=source)
    for reason in new.refused:
        say(f"Warning: {reason}")
    if not quiet:
        last = new.history.snapshots["snapshot_utc"].max()
        words = f"Nothing new since {utc_minute(last)} UTC."
        if new.added:
            late = f" ({len(new.late):,} late)" if new.late else ""
            now = _held(new.history, theatre, ground)
            was = _held(before, theatre, ground)
            words = (
                f"Added {many(len(new.added), 'map')}{late}, up to "
                f"{utc_minute(last)} UTC. Held in {theatre.name}: {now}"
                f"{was and f', was {was}'}."
            )
        print(words)
    return new.history, len(new.added)


def _held(
    history: kg.ControlHistory, theatre: kg.Theatre, ground: GroundOptions
) -> str:
    """Held ground of the last map, nothing where there is no map."""
    if history.snapshots.empty:
        return ""
    last = history.snapshots["snapshot_utc"].iloc[-1]
    one = history.between(last, last).select(theatre, clip=ground.clip)
    return f"{kg.measure(one)['area_km2'].iloc[0]:.2f} km²"


def watch(
    store: Annotated[Path, argument("KEPT")],
    maps: Annotated[Path, argument("MAPS")],
    *,
    claims: Annotated[list[str], option("claims of watch")],
    report: Annotated[Path | None, option("report")] = None,
    ground: GroundOptions,
    places: PlacesFile = None,
    source: Annotated[str | None, option("source")] = None,
    notify: Annotated[bool, flag("notify")] = False,
    quiet: Annotated[bool, flag("quiet")] = False,
) -> None:
    """
    Update a store, check claims on it, write the report: a run for every morning.

    Ends with 0 when no verdict changed since the last run, and with 10 when one did,
    with a line for each. The verdicts of the last run lie beside the store.

    For example:

      $ kursk-geo watch history.parquet maps/ --claims claims/ --report report/
      $ kursk-geo watch history.parquet maps/ --claims claims/ --notify --quiet
    """
    kept = store.with_name(f"{store.name}.verdicts.json")
    asked = _asked(claims)
    history, n_added = _updated(
        store, maps, ground, source=source, quiet=quiet or notify
    )
    verdicts = kg.check(asked, history)
    rows = {row["id"]: row for row in verdicts.rows()}
    before = _kept_verdicts(kept)
    changes = [
        {
            "id": name,
            "text": row["text"],
            "before": before[name]["verdict"] if name in before else None,
            "after": row["verdict"],
            "figure_before": before.get(name, {}).get("figure"),
            "figure_after": row["figure"],
            "unit": row["unit"],
            "why": row["why"],
        }
        for name, row in rows.items()
        if before and before.get(name, {}).get("verdict") != row["verdict"]
    ]
    if report is not None:
        known = None if places is None else kg.read_places(places)
        page = kg.write_report(
            history.select(ground.build(), clip=ground.clip),
            report,
            claims=verdicts,
            places=known,
            command=_called(),
        )
        if not quiet:
            say(f"Wrote {page / 'index.html'}.")
    last = history.snapshots["snapshot_utc"].iloc[-1]
    if notify:
        told_now = {"n_added": n_added, "snapshot_utc": last, "changed": changes}
        print(json_text(signed(told_now)), end="")
    else:
        for change in changes:
            was = change["before"] or "new"
            print(
                f"{change['id']}: {was}, now {change['after']}. {change['why']}".strip()
            )
    _say_warnings(history)
    # Last, so that a run that failed is told of again by the next.
    found = {"snapshot_utc": last, "rows": list(rows.values())}
    write_file(kept, json_text(signed(found)))
    if changes:
        raise typer.Exit(CHANGED)


def _kept_verdicts(path: Path) -> dict[str, dict[str, Any]]:
    """
    Verdicts of the last run by their ids; none before the first.

    Raises
    ------
    OptionError
        If the file is no such record.
    """
    if not path.exists():
        return {}
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
        return {row["id"]: {"verdict": row["verdict"], **row} for row in rows}
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = (
            f"{path} does not hold the verdicts of a run of watch. Expected what it "
            "wrote itself: remove the file to begin anew."
        )
        raise OptionError(msg) from error


def fetch(
    source: Annotated[str, argument("SOURCE")],
    span: SpanOptions,
    *,
    into: Annotated[Path | None, option("into")] = None,
    offline: Annotated[bool, flag("offline")] = False,
    accept_terms: Annotated[bool, flag("accept_terms")] = False,
) -> None:
    """
    Fetch published maps.

    Interrupted at any point, the same command fetches only the rest.

    For example:

      $ kursk-geo fetch deepstate --from 2024-08-01 --to 2025-05-01 --into maps/
      $ kursk-geo measure maps/
    """
    span.check()
    history = kg.fetch_history(
        source,
        start=span.start,
        end=span.end,
        tz=span.tz,
        into=into,
        offline=offline,
        accept_terms=accept_terms,
    )
    published = history.snapshots["snapshot_utc"]
    where = f" Read them with: kursk-geo info {into}" if into is not None else ""
    say(
        f"Fetched {many(len(published), 'map')} of {history.source}, "
        f"{utc_minute(published.iloc[0])} to {utc_minute(published.iloc[-1])} "
        f"UTC.{where}"
    )
    for words in (history.attribution, history.licence):
        say(words)
    _say_warnings(history)


def demo(
    out: Annotated[Path, option("out of demo")] = Path("kursk-geo-demo"),
) -> None:
    """
    Measure the maps that come along, draw them and write a report.

    The maps are drawn by kursk-geo and not DeepState's; every command takes the word
    "sample" for them, and the path of your own maps instead.

    For example:

      $ kursk-geo demo
      $ kursk-geo sections sample --at 2025-04-15
    """
    os.environ.setdefault("MPLBACKEND", "agg")
    from kursk_geo.plot.canvas import picture_bytes

    history = kg.sample_history()
    kursk = history.select("kursk")
    table = kg.measure(kursk)
    ground = GroundOptions()
    known = facts(kursk, ground.facts(ground.build()), table)
    count = many(len(table), "map")
    hidden = ["staleness_days", "snapshot_id"]
    deliver(
        told(kursk, known, table.reset_index(), count, hidden=hidden), "table", None
    )
    out.mkdir(parents=True, exist_ok=True)
    pictures = {
        "area.png": kg.plot_area(table),
        "map.png": kg.plot_map(kursk, at="2025-04-15"),
    }
    for name, ax in pictures.items():
        write_file(out / name, picture_bytes(ax, ending=".png"))
        say(f"Wrote {out / name}.")
    report = kg.write_report(
        history,
        out / "report",
        theatre="kursk",
        start="2024-08-01",
        title="Kursk on drawn sample maps: not the real ones",
        command=_called(),
    )
    say(f"Wrote {report}. Open {report / 'index.html'}")
    say("With maps of your own: kursk-geo measure PATH --theatre kursk")
