"""Commands that print figures and verdicts: each asks the library, and tells of it."""

import shlex
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import typer

import kursk_geo as kg
from kursk_geo._text import figure, instant_text, many, records, utc_minute
from kursk_geo.cli.options import Asked, command
from kursk_geo.cli.output import (
    Answer,
    about,
    definition_notes,
    refuse,
    say,
    span_of,
    unread,
)
from kursk_geo.errors import ClaimError, KurskGeoError, check_word
from kursk_geo.periods import DAY


@command(
    "path GROUND SPAN at every depth_shares with_bounds MEASURE MAPS stale_days TABLE"
)
def measure(asked: Asked) -> None:
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
    asked.alone("at depth_shares", "asks for one map", "start end every")
    areas = "tells of areas on the ellipsoid"
    asked.alone("with_bounds", areas, "area_method depth_shares")
    history, tz, rows = asked.read(), asked.tz, asked.every or "map"
    # A calendar period shows the map that stood, be it published before.
    cut = asked.cut(history) if rows in {"map", "change"} else history
    if asked.given("at depth_shares"):
        cut = asked.one_map(history)
    selected = asked.select(cut)
    if asked.depth_shares is not None:
        table = kg.depth_shares(selected, step_km=asked.depth_shares)
        words = (
            "{area_km2:,.2f} km² held, half of it no deeper than {median_km:.2f} km, "
            "95 % no deeper than {p95_km:.2f} km"
        )
        words = words.format_map(table.attrs) if len(table) else "nothing held"
        asked.tell(selected, table, words)
        return
    table = kg.measure(selected, every=rows, tz=tz, **asked.options("MEASURE"))
    if asked.with_bounds:
        bounds = kg.uncertainty(selected, every=rows, tz=tz)
        table = table.join(bounds[bounds.columns.difference(table.columns, sort=False)])
        table.attrs = dict(bounds.attrs)
    if asked.at is not None:
        table["staleness_days"] = history.snapshot_at(asked.at, tz=tz)["staleness_days"]
    table = table.reset_index()
    if "date" in table:
        table = asked.within(table, history)
        selected = selected.between(*table["snapshot_utc"].iloc[[0, -1]])
    count = many(table["snapshot_utc"].nunique(), "snapshot")
    asked.tell(selected, table, count)


@command("path GROUND at tz history MEASURE MAPS stale_days TABLE")
def sections(asked: Asked) -> None:
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
    """
    spherical = asked.area_method != "geodesic"
    asked.alone("history", "tells of all maps", "at area_method")
    history = asked.read()
    if asked.history:
        selected = asked.select(asked.cut(history))
        table = kg.section_history(selected, **asked.options("SECTION"))
        words = many(table["section"].nunique(), "section")
        asked.tell(selected, table, words)
        return
    selected = asked.select(asked.one_map(history))
    table = kg.sections(selected, **asked.options("at tz MEASURE"))
    table.attrs["tz"], age_days = asked.tz, table.attrs["staleness_days"]
    words = "nothing held"
    if len(table):
        count = many(len(table), "polygon" if spherical else "section")
        words = f"{count}, {table['area_km2'].sum():,.3f} km² in all"
    if smaller := table.attrs["n_smaller"]:
        words += f"; {smaller} smaller than {asked.min_area_km2:g} km²"
    notes = [f"The map is {age_days:.2f} days old."] if age_days else []
    shown = table.copy()
    table.insert(0, "snapshot_utc", pd.Timestamp(table.attrs["snapshot_utc"]))
    table["snapshot_id"] = table.attrs["snapshot_id"]
    asked.tell(selected, table, words, notes=notes, shown=shown, digits=3)


@command(
    "path SPAN GROUND every transitions min_width_m with_contested "
    "with_bounds MAPS stale_days TABLE"
)
def change(asked: Asked) -> None:
    """
    Ground gained, lost and kept between two maps.

    The maps are the last of the first and of the second day; without dates the first
    and the last map of all.

    For example:

      $ kursk-geo change maps/ --theatre kursk --from 2025-02-28 --to 2025-03-31
      $ kursk-geo change maps/ --from 2025-01-01 --to 2025-03-31 --every week
      $ kursk-geo change maps/ --from 2025-02-28 --with-bounds --format json
      $ kursk-geo change maps/ --from 2025-02-28 --transitions
    """
    every, tz = asked.every, asked.tz
    others = "with_contested with_bounds"
    asked.alone("every", "tells figures of periods", f"transitions {others}")
    asked.alone("transitions", "tells figures of statuses", others)
    history = asked.read()
    ends = asked.ends(history)
    moments = [history.snapshot_at(when, tz=tz)["snapshot_utc"] for when in ends]
    selected = asked.select(history.between(*moments))
    options = asked.options("tz min_width_m")
    notes: list[str] = []
    if asked.transitions:
        matrix = kg.transitions(selected, *ends, tz=tz)
        table = matrix.add_suffix("_km2").rename_axis("from").reset_index()
        table.attrs = matrix.attrs
        words = "ground by its status at the start (rows) and at the end (columns)"
    elif every:
        table = kg.change_over_time(selected, every=every, **options).reset_index()
        net_km2 = table.attrs["net_km2"] = float(table["net_km2"].sum())
        for name in ("start", "end"):
            table[name] = table[name].dt.tz_convert("UTC")
        table = table.rename(columns={"start": "start_utc", "end": "end_utc"})
        words = f"{many(len(table), 'period')}, net {figure(net_km2, 2)} km²"
    else:
        table = kg.change_between(
            selected, *ends, to_and_from_contested=asked.with_contested, **options
        )
        attrs = table.attrs
        attrs["net_km2"] = attrs["gained_km2"] - attrs["lost_km2"]
        points = table.geometry.representative_point()
        table = table.assign(
            change=table["change"].str.replace("_", " "), lon=points.x, lat=points.y
        )
        words = (
            "gained {gained_km2:,.2f} km², lost {lost_km2:,.2f} km², kept "
            "{kept_km2:,.2f} km²; held {start_km2:,.2f} km² at the start, "
            "{end_km2:,.2f} km² at the end"
        ).format_map(attrs)
    if asked.with_bounds:
        bounds = kg.change_bounds(selected, *moments)
        names = ("sigma_m", "correlation_km", "coverage")
        known = {name: bounds.attrs[name] for name in names}
        table.attrs |= known | {"bounds": bounds.to_dict("index") | known}
        shown = bounds.to_string(float_format="{:,.3f}".format)
        notes.append(f"Bounds of what positional error allows:\n{shown}")
    table.attrs["tz"] = tz
    asked.tell(selected, table, words, notes=notes)


@command("path GROUND SPAN kind TRACE MAPS TABLE")
def events(asked: Asked) -> None:
    """
    What became of the sections: came, went, grew, met, parted.

    Sections have numbers from the first map on, whatever --from is.

    For example:

      $ kursk-geo events maps/ --theatre kursk
      $ kursk-geo events maps/ --from 2025-02-27 --to 2025-03-01
      $ kursk-geo events maps/ --kind union --kind division --format csv
    """
    from kursk_geo.events import EVENT_KINDS

    for name in asked.kind or ():
        check_word("kind", name, EVENT_KINDS)
    history = asked.read()
    within = asked.cut(history)
    first, last = within.snapshots["snapshot_utc"].iloc[[0, -1]]
    table = kg.events(
        asked.select(history.between(None, last)),
        with_stable="stable" in (asked.kind or ()),
        **asked.options("TRACE"),
    )
    attrs = table.attrs | {"tz": asked.tz}
    table = table[table["snapshot_utc"] >= first]
    if asked.kind:
        table = table[table["kind"].isin(asked.kind)]
    table.attrs = attrs
    asked.tell(within, table, many(len(table), "event"))


@command("path places GROUND SPAN agree MAPS TABLE")
def settlements(asked: Asked) -> None:
    """
    Places inside held or contested ground, since and until when.

    A place without an end was still inside on the last map. Places that never were
    inside are not listed. Without a table they are the towns and villages that come
    along.

    For example:

      $ kursk-geo settlements maps/ --theatre kursk
      $ kursk-geo settlements maps/ --places RU.zip --agree 1 --format csv
    """
    from kursk_geo import reference

    given = asked.known_places
    points = reference.places() if given is None else given
    history = asked.cut(asked.read())
    table = kg.settlements(asked.select(history), points, agree=asked.agree)
    inside = table["place_id"].nunique()
    table.attrs |= {"n_places": len(points), "n_inside": inside, "tz": asked.tz}
    words = (
        f"{inside:,} of {many(len(points), 'place')} inside held or contested ground"
    )
    asked.tell(history, table, words)


@command("paths GROUND SPAN at on_error TABLE")
def compare(asked: Asked) -> None:
    """
    Held ground by day and source, and how far the sources agree.

    With --at, where they disagree at the end of that day.

    For example:

      $ kursk-geo compare maps/ nzz.tar.xz --theatre kursk
      $ kursk-geo compare ours=maps/ theirs=nzz.tar.xz --at 2024-09-06
    """
    asked.alone("at", "asks for one day", "start end")
    histories = read_named(asked)
    selected = {name: asked.select(one) for name, one in histories.items()}
    when: dict[str, Any]
    if asked.at is not None:
        table = kg.disagreement(selected, at=asked.at, tz=asked.tz)
        attrs = table.attrs
        when = {name: pd.Timestamp(one) for name, one in attrs["snapshots"].items()}
        words = (
            f"{attrs['agreed_km2']:,.2f} km² held on all maps, "
            f"{attrs['union_km2']:,.2f} km² on any: an overlap of "
            f"{figure(attrs['intersection_over_union'], 3)}"
        )
    else:
        whole = kg.compare(selected, tz=asked.tz)
        table, attrs = asked.within(whole, next(iter(histories.values()))), whole.attrs
        when = dict(table.groupby("source")["snapshot_utc"].max())
        first, last = table["date"].iloc[[0, -1]]
        words = f"{many(len(when), 'source')}, {first:%Y-%m-%d} to {last:%Y-%m-%d}"
    known = attrs | asked.ground(*histories.values()) | {"tz": asked.tz, "sources": {}}
    notes, warnings = [], []
    for name, history in histories.items():
        warnings += [f"{name}: {one}" for one in unread(history)]
        if name in when:
            facts = about(history) | {"snapshot_utc": instant_text(when[name])}
            del facts["snapshot_id"]
            known["sources"][name] = facts
            source = "" if name == history.source else f" ({history.source})"
            notes.append(
                f"Source {name}{source}, last map {utc_minute(when[name])} UTC. "
                f"{history.attribution}"
            )
    notes += definition_notes(known)
    title = f"Theatre {known['theatre']}: {words}"
    asked.write(Answer(table, title, known, notes, warnings))


def read_named(asked: Asked) -> dict[str, kg.ControlHistory]:
    """Histories by the names before their paths, or those of their sources."""
    msg = f"{asked.paths[0]!r} is one source. Name two or more to compare them."
    refuse(len(asked.paths) < 2, msg)
    found: dict[str, kg.ControlHistory] = {}
    for text in asked.paths:
        given, equals, path = text.partition("=") if "=" in text else ("", "", text)
        msg = f"{text!r} is no NAME=PATH. Give the source a name: nzz=nzz.tar.xz."
        refuse(equals and not (given and path), msg)
        history = asked.read(Path(path))
        name = given or history.source
        msg = (
            f"Two sources are named {name!r}. Give each a name of its own: first=PATH "
            "second=PATH."
        )
        refuse(name in found, msg)
        found[name] = history
    return found


@command("path SPAN MAPS TABLE")
def info(asked: Asked) -> None:
    """
    What maps hold, and what could not be read.

    For example:

      $ kursk-geo info maps/
      $ kursk-geo info maps.tar.xz --on-error skip --format json
    """
    history = asked.cut(asked.read())
    published, shapes = history.snapshots["snapshot_utc"], history.shapes
    first, last = published.iloc[[0, -1]]
    different = shapes.drop_duplicates("shape_id")
    n_repaired = int((different["repair_km2"] != 0.0).sum())
    days = published.dt.tz_convert(asked.tz).dt.tz_localize(None).dt.normalize()
    days = days.drop_duplicates()
    gaps = pd.DataFrame({"first": days.shift() + DAY, "last": days - DAY}).dropna()
    gaps["n_days"] = (gaps["last"] - gaps["first"]).dt.days + 1
    gaps = gaps[gaps["n_days"] > 0]
    # A shape was last shown on the map before the one that no longer shows it.
    ends = shapes.assign(valid_to=shapes["valid_to"].fillna(last + DAY))
    table = ends.groupby("status", sort=True).agg(
        n_shapes=("shape_id", "size"),
        n_different=("shape_id", "nunique"),
        first_utc=("valid_from", "min"),
        last_utc=("valid_to", "max"),
    )
    before = published.searchsorted(table["last_utc"]) - 1
    table["last_utc"] = published.array[before]
    rejected = history.rejected[["snapshot_utc", "origin", "feature", "reason"]]
    outliers = history.outliers()
    title = (
        f"{history.source}: {many(len(published), 'snapshot')} on "
        f"{many(len(days), 'day')}, {span_of(history)}"
    )
    facts = about(history) | {
        "first_snapshot_utc": first,
        "n_snapshots": len(published),
        "n_days": len(days),
        "n_shapes": len(shapes),
        "n_different": len(different),
        "n_repaired": n_repaired,
        "tz": asked.tz,
        "days_without_map": records(gaps),
        "outliers": records(outliers),
        "rejected": records(rejected),
    }
    notes = [
        f"Shapes: {len(shapes):,}; different {len(different):,}, mended {n_repaired:,}",
        *([f"Credit: {history.attribution}"] if history.attribution else []),
        *([f"Licence: {history.licence}"] if history.licence else []),
    ]
    lists = {
        f"Days without a map: {gaps['n_days'].sum():,}": gaps,
        f"Outliers: {len(outliers):,}": outliers,
        f"Rejected: {len(rejected):,}": rejected,
    }
    below = [Answer(rows.head(LISTED), told, {}) for told, rows in lists.items()]
    asked.write(Answer(table.reset_index(), title, facts, notes, below=below))


LISTED = 20
"""So many rejected rows and gaps a table lists; JSON has them all."""


@command("path MAPS TABLE", path=None)
def validate(asked: Asked) -> None:
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

    table = checks(None if asked.path is None else asked.read())
    missed = int((~table["holds"]).sum())
    title = f"{many(len(table), 'check')}, {missed or 'none'} missed"
    asked.write(Answer(table, title, {"n_missed": missed}, digits=6))
    if missed:
        msg = (
            f"{many(missed, 'check')} missed. Expected each within its tolerance: "
            "please report the table, with the versions of kursk-geo, PROJ and GEOS."
        )
        raise KurskGeoError(msg)


FAILS = 3
"""How ``check --strict`` ends when a sentence does not hold."""


@command(
    "path which published where outlet since since_2014 save evidence strict MAPS TABLE"
)
def check(asked: Asked) -> None:
    """
    Whether a published sentence holds, and what does.

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
    from kursk_geo.report.provenance import write_verdict

    history = asked.read()
    verdicts = kg.check(
        asked.which or kg.list_claims(),
        history,
        theatre=asked.where,
        **asked.options("published outlet since since_2014"),
    )
    if asked.save is not None:
        read = [one.claim for one in verdicts if isinstance(one.claim, Claim)]
        if len(read) != 1:
            msg = (
                f"--save {asked.save}: {many(len(read), 'statement')} would be "
                "written. Expected one: check a part of the sentence."
            )
            raise ClaimError(msg)
        save_claim(read[0], asked.save)
        say(f"Wrote {asked.save}.")
    notes: list[str] = []
    for verdict, row in zip(verdicts, verdicts.rows(), strict=True):
        if asked.evidence is not None:
            folder = asked.evidence / (row["id"] or "sentence")
            write_verdict(verdict, history, folder, command=called())
            say(f"Wrote {folder}.")
        if not isinstance(verdict.claim, Claim):
            notes.append(f"Not read: {verdict.quoted}: {verdict.claim.reason}.")
            continue
        notes.append(f"{row['id'] or 'This'}: {verdict.why}")
        if verdict.correction:
            notes.append(f"  Correction: {verdict.correction}")
        notes.append(f"  Read as: {row['reading']}.")
    if asked.chosen == "table" and {one.verdict for one in verdicts} == {"not_read"}:
        print(*notes, sep="\n")
        return
    count = f"{many(len(verdicts), 'statement')} on "
    count += f"{many(len(history), 'snapshot')} of {history.source}"
    facts = about(history)
    facts |= {
        "first_snapshot_utc": history.snapshots["snapshot_utc"].iloc[0],
        "last_snapshot_utc": facts["snapshot_utc"],
    }
    shown = pd.DataFrame(
        {
            "sentence": one.quoted,
            "printed": one.printed,
            "maps": one.shown(one.figure),
            "verdict": one.word,
        }
        for one in verdicts
    )
    title = f"{count}, {span_of(history)}"
    notes.append(f"Source: {history.attribution or history.source}")
    warnings = unread(history)
    asked.write(Answer(verdicts.table, title, facts, notes, warnings, shown=shown))
    if asked.strict and any(verdict.verdict == "fails" for verdict in verdicts):
        raise typer.Exit(FAILS)


def called() -> str:
    """The command as it was called, for the record."""
    return shlex.join(["kursk-geo", *sys.argv[1:]])


@command("article path published where outlet out MAPS")
def annotate(asked: Asked) -> None:
    """
    An article with a footnote to each sentence about territory.

    The article is a text or HTML file, or one that comes with kursk-geo. Without --out
    what was found is printed.

    For example:

      $ kursk-geo annotate article.html maps/ --published 2025-04-26 --out checked.html
      $ kursk-geo annotate bloomberg-2025-04-26 maps/ --out checked.md
    """
    from kursk_geo.claims.check import read_text

    text, day, packaged = read_text(asked.article)
    msg = "--published is missing. Expected the day of the article: 2025-04-26."
    refuse(asked.published is None and day is None, msg)
    found = kg.annotate(
        text,
        asked.read(),
        published=asked.published or day,
        theatre=asked.where,
        outlet=asked.outlet or packaged,
    )
    if asked.out is None:
        print(repr(found))
        return
    found.write(asked.out)
    checked, unread_ = many(len(found.claims), "statement"), len(found.unread)
    say(f"Wrote {asked.out} ({checked} checked, {unread_} not read).")


@command("TABLE")
def claims(asked: Asked) -> None:
    """
    The claims that come with kursk-geo.

    For example:

      $ kursk-geo claims
      $ kursk-geo claims --format csv
    """
    columns = ["id", "published", "outlet", "source", "theatre", "text", "reading"]
    there = kg.load_claims(kg.list_claims())
    rows = pd.DataFrame({key: [getattr(one, key) for one in there] for key in columns})
    rows["published"] = rows["published"].astype(str)
    shown = rows[columns[:3]].assign(sentence="“" + rows["text"] + "”")
    notes = ["Check them with: kursk-geo check PATH CLAIM"]
    facts = {"n_claims": len(rows)}
    asked.write(Answer(rows, many(len(rows), "claim"), facts, notes, shown=shown))


@command("TABLE")
def theatres(asked: Asked) -> None:
    """
    The theatres that have a name: what --theatre takes.

    For example:

      $ kursk-geo theatres
      $ kursk-geo theatres --format json
    """
    # Two presets are oblasts as well.
    there = dict.fromkeys(map(kg.theatre, kg.list_theatres()))
    names = ["theatre", "held", "owner", "statuses", "note"]
    rows = pd.DataFrame(
        [(one.name, one.held_words, one.owner, sorted(one.held), one.note)
         for one in there],
        columns=names,
    )  # fmt: skip
    notes = [
        "Several make one: --theatre 'Kherson and Mykolaiv'. A .toml file: another."
    ]
    facts = {"n_theatres": len(rows)}
    asked.write(Answer(rows, many(len(rows), "theatre"), facts, notes))


@command("TABLE")
def sources(asked: Asked) -> None:
    """
    Whose maps are read, and what their licences allow.

    For example:

      $ kursk-geo sources
      $ kursk-geo sources --format json
    """
    from kursk_geo.sources.files import SOURCES, may_pass_geometry_on

    names = ["source", "files", "shapes", "licence", "attribution", "caveat"]
    rows = pd.DataFrame(
        [(one.NAME, [*one.SUFFIXES], may_pass_geometry_on(one.NAME), one.LICENCE,
          one.ATTRIBUTION, one.CAVEAT) for one in SOURCES.values()],
        columns=names,
    )  # fmt: skip
    notes = ["Shapes: whether they may be passed on. Get maps with: kursk-geo fetch"]
    facts, shown = {"n_sources": len(rows)}, rows[names[:4]]
    asked.write(Answer(rows, many(len(rows), "source"), facts, notes, shown=shown))
