"""Commands that write: pictures, pages, stores and files for other tools."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

import kursk_geo as kg
from kursk_geo._files import signed, write_whole
from kursk_geo._text import json_text, many, utc_minute
from kursk_geo.cli.figures import called, read_named
from kursk_geo.cli.options import REQUIRED, Asked, command, flag
from kursk_geo.cli.output import refuse, say, span_of, unread
from kursk_geo.errors import ClaimError, OptionError, check_word
from kursk_geo.periods import span as days

PICTURES = {
    "area": "start end every stale_days",
    "depth": "start end every stale_days",
    "map": "days places stale_days",
    "change": "start end stale_days",
    "timeline": "start end",
    "multiples": "days stale_days",
    "sources": "start end",
    "since": "claim",
}
"""Which of the options that choose maps and words a picture has a use for."""
ENDINGS = (".png", ".svg", ".pdf")

CHANGED = 10
"""How ``watch`` ends when a verdict changed."""


@command(
    "name paths file GROUND SPAN days every places claim width_in dpi MEASURE "
    "MAPS stale_days"
)
def plot(asked: Asked) -> None:
    """
    Draw a picture.

    For example:

      $ kursk-geo plot area maps/ --out area.png
      $ kursk-geo plot map maps/ --at 2025-04-15 --out map.svg
      $ kursk-geo plot change maps/ --from 2025-02-28 --to 2025-03-31 --out lost.pdf
      $ kursk-geo plot multiples maps/ --at 2024-09-06 --at 2025-04-15 --out two.png
      $ kursk-geo plot sources deepstate=maps/ nzz=nzz.tar.xz --out sources.png
    """
    name, out, tz, at = asked.name, asked.file, asked.tz, asked.days or []
    ending = out.suffix.lower()
    check_word("plot", name, PICTURES)
    takes = PICTURES[name].split()
    for option in asked.given(" ".join(PICTURES.values())):
        expected = _either(list(map(flag, takes)))
        msg = f"plot {name} takes no {flag(option)}. Expected {expected}: leave it out."
        refuse(option not in takes, msg)
    msg = "plot since is of a published sentence: give its id to --claim."
    refuse(name == "since" and not asked.claim, msg)
    msg = "plot multiples shows maps of several days: give --at for each."
    refuse(name == "multiples" and not at, msg)
    msg = "plot map shows one map: give --at once. Several: plot multiples."
    refuse(name == "map" and len(at) > 1, msg)
    several, path = name == "sources", Path(asked.paths[0])
    msg = f"plot {name} is of one PATH; plot sources is of several."
    refuse(len(asked.paths) > 1 and not several, msg)
    names = f"Expected a name that ends in {_either(ENDINGS)}."
    refuse(ending not in ENDINGS, f"Cannot write {out} as a picture. {names}")
    histories = read_named(asked) if several else {"": asked.read(path)}
    shown = histories
    if name != "since":
        shown = {key: asked.select(one) for key, one in histories.items()}
    from kursk_geo.plot.canvas import picture_bytes

    history = next(iter(shown.values()))
    asked.warn_of_age(history, *at)
    more: dict[str, Any] = {"width_in": asked.width_in}
    ax: Any
    if name in {"area", "depth"}:
        cut = asked.cut(history)
        table = kg.measure(
            cut, every=asked.every or "map", tz=tz, **asked.options("MEASURE")
        )
        if asked.stale_days is not None:
            more["stale_days"] = asked.stale_days
        ax = getattr(kg, f"plot_{name}")(table, **more)
    elif name == "map":
        day = at[0] if at else None
        pieces = kg.sections(history, at=day, tz=tz, **asked.options("MEASURE"))
        more |= {"pieces": pieces, "places": asked.known_places}
        ax = kg.plot_map(history, at=day, tz=tz, **more)
    elif name == "change":
        changed = kg.change_between(history, *asked.ends(history), tz=tz)
        ax = kg.plot_change(changed, theatre=history.theatre, **more)
    elif name == "timeline":
        # Numbers of sections are those of all maps, whatever the span.
        first, last = asked.cut(history).snapshots["snapshot_utc"].iloc[[0, -1]]
        known = history.between(None, last)
        whole = kg.section_history(known, **asked.options("SECTION"))
        pieces = whole[~(whole["valid_to"] <= first)]
        pieces = pieces.assign(valid_from=pieces["valid_from"].clip(lower=first))
        pieces.attrs = whole.attrs
        happened = kg.events(known, **asked.options("SECTION"))
        happened = happened[happened["snapshot_utc"] >= first]
        ax = kg.plot_timeline(pieces, happened=happened, **more)
    elif name == "multiples":
        ax = kg.plot_small_multiples(history, at, tz=tz, **more)[0]
    elif name == "sources":
        ax = kg.plot_sources(asked.within(kg.compare(shown, tz=tz), history), **more)
    else:
        found = kg.load_claims(asked.claim or "")
        if len(found) != 1:
            ids = ", ".join(one.id for one in found)
            msg = f"{asked.claim!r} means {len(found)} claims: {ids}. Name one of them."
            raise ClaimError(msg)
        ax = kg.plot_since(kg.check(found, history)[0], history, **more)
    write_whole(out, picture_bytes(ax, ending=ending, dpi=asked.dpi))
    _wrote(f"{out}.", *histories.values())


def _either(words: Sequence[str]) -> str:
    return " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def _wrote(words: str, *histories: kg.ControlHistory) -> None:
    """Say what was written, after what could not be read."""
    for history in histories:
        for warning in unread(history):
            say(f"Warning: {warning}")
    say(f"Wrote {words}")


@command("path target GROUND SPAN every fps width_in MAPS", every="change")
def animate(asked: Asked) -> None:
    """
    Write a moving map.

    For example:

      $ kursk-geo animate maps/ kursk.gif --theatre kursk
      $ kursk-geo animate maps/ kursk.gif --every day --fps 12 --from 2025-01-01
    """
    history = asked.cut(asked.read())
    kg.animate(
        asked.select(history), asked.target, **asked.options("every fps tz width_in")
    )
    _wrote(f"{asked.target}.", history)


def asked_claims(named: Sequence[str]) -> "list[kg.Claim]":  # which takes a while
    """The claims asked for, each once; "all" for the packaged ones."""
    packaged = {"all": kg.list_claims()}
    return kg.load_claims([one for name in named for one in packaged.get(name, [name])])


@command("path GROUND SPAN claims places title lang url folder MAPS")
def report(asked: Asked) -> None:
    """
    One page with figures, charts and a moving map.

    The page needs no network and no other file. Tables and provenance lie beside
    it. Claims are checked on all maps, whatever the span.

    For example:

      $ kursk-geo report maps/ --theatre kursk --out report/
      $ kursk-geo report maps/ --claims bloomberg-2025-04-26 --places RU.zip
      $ kursk-geo report maps/ --from 2025-03-01 --to 2025-03-31 --title "March"
    """
    msg = f"{asked.folder} names a file. Expected a folder to write: --out report/."
    refuse(asked.folder.suffix.lower() in {".html", ".htm"}, msg)
    known, history = asked.known_places, asked.read()
    asked.cut(history)
    first, last = days(asked.start, asked.end, tz=asked.tz)
    folder = kg.write_report(
        asked.select(history),
        asked.folder,
        claims=kg.check(asked_claims(asked.claims or []), history),
        places=known,
        start=first,
        end=last,
        command=called(),
        **asked.options("title lang url"),
    )
    count = many(len(list(folder.iterdir())), "file")
    _wrote(f"{count}. Open {folder / 'index.html'}", history)


@command("path target SPAN MAPS")
def store(asked: Asked) -> None:
    """
    Write maps as a store, which opens in a moment.

    It is a folder of GeoParquet tables. Every command reads a store as it reads maps,
    and so does any tool that reads GeoParquet.

    For example:

      $ kursk-geo store maps.tar.xz history.parquet
      $ kursk-geo measure history.parquet
    """
    history = asked.cut(asked.read())
    folder = kg.write_store(history, asked.target)
    size = sum(file.stat().st_size for file in folder.iterdir())
    count = many(len(history.snapshots), "snapshot")
    shapes = many(len(history.shapes), "shape")
    _wrote(f"{folder}: {count}, {shapes}, {size / 1e6:.1f} MB.", history)


@command("path file layer GROUND SPAN at with_geometry MAPS stale_days")
def export(asked: Asked) -> None:
    """
    Write files for other tools: GIS, spreadsheets, databases.

    For example:

      $ kursk-geo export sample --out kursk.gpkg
      $ kursk-geo export maps/ --out kursk.gpkg --with-geometry
      $ kursk-geo export maps/ --from 2025-01-01 --out figures.xlsx
      $ kursk-geo export maps/ --layer sections --out sections.csv
      $ kursk-geo export maps/ --layer front --at 2025-04-15 --out front.csv
    """
    from kursk_geo.sources.files import kept_back

    history = asked.read()
    selected = asked.select(asked.cut(history))
    asked.warn_of_age(selected, asked.at)
    written = kg.export(
        selected,
        asked.file,
        layers=asked.layer or (),
        **asked.options("at tz with_geometry"),
    )
    shaped = written.suffix not in {".csv", ".xlsx"}
    if shaped and (told := kept_back(history)):
        say(f"Warning: What is written is for your own use alone. {told}")
    _wrote(f"{written}.", history)


@command("store maps GROUND source quiet")
def update(asked: Asked) -> None:
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
    _updated(asked, quiet=asked.quiet)


def _updated(asked: Asked, *, quiet: bool) -> tuple[kg.ControlHistory, int]:
    """The history of a store with the new maps, and how many there are."""
    from kursk_geo.sources.files import update_store

    before, after, refused = update_store(asked.store, asked.maps, source=asked.source)
    for reason in refused:
        say(f"Warning: {reason}")
    known, published = (one.snapshots["snapshot_utc"] for one in (before, after))
    added, last = published[~published.isin(known)], utc_minute(published.max())
    if added.empty and not quiet:
        print(f"Nothing new since {last} UTC.")
    elif not quiet:
        held = []
        for history in filter(len, (after, before)):
            moment = history.snapshots["snapshot_utc"].iloc[-1]
            figures = kg.measure(asked.select(history.between(moment, moment)))
            held.append(f"{figures['area_km2'].iloc[0]:,.2f} km²")
        n_late = int((added < known.max()).sum())
        late = f" ({n_late:,} late)" if n_late else ""
        print(
            f"Added {many(len(added), 'map')}{late}, up to {last} UTC. "
            f"Held in {asked.counted.name}: {', was '.join(held)}."
        )
    return after, len(added)


@command("store maps claims report GROUND places source notify quiet", claims=REQUIRED)
def watch(asked: Asked) -> None:
    """
    Every morning: update a store, check claims, report.

    Ends with 0 when no verdict changed since the last run, and with 10 when one did,
    with a line for each. The verdicts of the last run lie beside the store.

    For example:

      $ kursk-geo watch history.parquet maps/ --claims claims/ --report report/
      $ kursk-geo watch history.parquet maps/ --claims claims/ --notify --quiet
    """
    claims = asked_claims(asked.claims or [])
    history, n_added = _updated(asked, quiet=asked.quiet or asked.notify)
    verdicts = kg.check(claims, history)
    rows = verdicts.rows()
    kept = asked.store.with_name(f"{asked.store.name}.verdicts.json")
    before = {}
    if kept.exists():
        try:
            read = json.loads(kept.read_text(encoding="utf-8"))["rows"]
            before = {row["id"]: (row["verdict"], row.get("figure")) for row in read}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            msg = (
                f"{kept} does not hold the verdicts of a run of watch. Expected what "
                "it wrote itself: remove the file to begin anew."
            )
            raise OptionError(msg) from error
    changes = []
    for row in rows:
        verdict, figure = before.get(row["id"], (None, None))
        if before and verdict != row["verdict"]:
            change = {key: row[key] for key in ("id", "text", "unit", "why")}
            change |= {"before": verdict, "after": row["verdict"]}
            change |= {"figure_before": figure, "figure_after": row["figure"]}
            changes.append(change)
    if asked.report is not None:
        page = kg.write_report(
            asked.select(history),
            asked.report,
            claims=verdicts,
            places=asked.known_places,
            command=called(),
        )
        if not asked.quiet:
            say(f"Wrote {page / 'index.html'}.")
    last = history.snapshots["snapshot_utc"].iloc[-1]
    if asked.notify:
        now = {"n_added": n_added, "snapshot_utc": last, "changed": changes}
        print(json_text(signed(now)), end="")
    else:
        for one in changes:
            was = one["before"] or "new"
            print(f"{one['id']}: {was}, now {one['after']}. {one['why']}".strip())
    for warning in unread(history):
        say(f"Warning: {warning}")
    # Last, so that a run that failed is told of again by the next.
    found = {"snapshot_utc": last, "rows": rows}
    write_whole(kept, json_text(signed(found)).encode())
    if changes:
        raise typer.Exit(CHANGED)


@command("supplier SPAN into offline accept_terms")
def fetch(asked: Asked) -> None:
    """
    Fetch published maps.

    Interrupted at any point, the same command fetches only the rest.

    For example:

      $ kursk-geo fetch deepstate --from 2024-08-01 --to 2025-05-01 --into maps/
      $ kursk-geo measure maps/
    """
    options = asked.options("start end tz into offline accept_terms")
    history = kg.fetch_history(asked.supplier, **options)
    maps = f"{many(len(history), 'map')} of {history.source}, {span_of(history)}"
    into = asked.into and f" Read them with: kursk-geo info {asked.into}"
    say(f"Fetched {maps}.{into or ''}")
    say(history.attribution)
    say(history.licence)
    for words in unread(history):
        say(f"Warning: {words}")


@command("folder", folder=Path("kursk-geo-demo"))
def demo(asked: Asked) -> None:
    """
    Measure, draw and report the maps that come along.

    The maps are drawn by kursk-geo and not DeepState's; every command takes the word
    "sample" for them, and the path of your own maps instead.

    For example:

      $ kursk-geo demo
      $ kursk-geo sections sample --at 2025-04-15
    """
    kursk, out = kg.sample_history().select("kursk"), asked.folder
    table = kg.measure(kursk).reset_index().drop(columns="snapshot_id")
    asked.tell(kursk, table, many(len(table), "map"))
    for name in ("area", "depth"):
        plot(name=name, paths=["sample"], file=out / f"{name}.png")
    plot(name="map", paths=["sample"], file=out / "map.png", days=["2025-04-15"])
    report(
        path=Path("sample"),
        folder=out / "report",
        start="2024-08-01",
        claims=["bloomberg-2025-04-26"],
        title="Kursk on drawn sample maps: not the real ones",
    )
    say("With maps of your own: kursk-geo measure PATH --theatre kursk")
