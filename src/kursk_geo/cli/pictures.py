"""Commands that write pictures, pages and files for other tools."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import typer

import kursk_geo as kg
from kursk_geo._text import many, utc_minute
from kursk_geo.cli.figures import read_named
from kursk_geo.cli.options import (
    FigureOptions,
    GroundOptions,
    MapOptions,
    SpanOptions,
    check_dates,
)
from kursk_geo.cli.output import deliver, say, told, unread, write_file
from kursk_geo.cli.sentences import asked_claims, called
from kursk_geo.errors import ClaimError, OptionError
from kursk_geo.periods import Every
from kursk_geo.periods import span as days

Picture = Literal[
    "area", "depth", "map", "change", "timeline", "multiples", "sources",
    "since",
]  # fmt: skip
PICTURES: dict[Picture, tuple[str, ...]] = {
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
    name: Picture,
    paths: list[str],
    out: Path,
    *,
    ground: GroundOptions,
    span: SpanOptions,
    at: list[str] | None = None,
    every: Every | None = None,
    places: Path | None = None,
    claim: str | None = None,
    width_in: float = 7.0,
    dpi: int = 200,
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
    at, tz = at or [], span.tz
    given = {
        "--from, --to": span.start or span.end,
        "--at": at,
        "--every": every,
        "--stale-days": name not in DATED and maps.stale_days is not None,
        "--places": places,
        "--claim": claim,
    }
    unused = [words for words in given if given[words] and words not in PICTURES[name]]
    wrong = {
        f"takes no {''.join(unused[:1])}: it takes {_either(PICTURES[name])}.": unused,
        "is of a published sentence: give its id to --claim.": name == "since"
        and not claim,
        "shows maps of several days: give --at for each.": name == "multiples"
        and not at,
        "shows one map: give --at once. Several: plot multiples.": name != "multiples"
        and len(at) > 1,
        "is of one PATH; plot sources is of several.": name != "sources"
        and len(paths) > 1,
    }
    for words in [words for words, is_so in wrong.items() if is_so]:
        msg = f"plot {name} {words}"
        raise typer.BadParameter(msg)
    check_dates(tz, *at)
    if out.suffix.lower() not in ENDINGS:
        msg = f"Cannot write {out} as a picture. Expected a name in {_either(ENDINGS)}."
        raise OptionError(msg)
    if not out.absolute().parent.is_dir():
        msg = (
            f"There is no folder {out.absolute().parent}. Expected one: make it first."
        )
        raise OptionError(msg)
    if name == "sources":
        histories = read_named(paths, maps.on_error)
    else:
        histories = {name: maps.read(Path(paths[0]))}
    shown = histories
    if name != "since":
        shown = {key: ground.select(one) for key, one in histories.items()}
    os.environ.setdefault("MPLBACKEND", "agg")  # a window would need a screen
    from kursk_geo.plot.canvas import picture_bytes

    history = next(iter(shown.values()))
    dates = [*at, span.start, span.end] if name in DATED else []
    maps.warn_of_age(history, *dates, tz=tz)
    gaps: dict[str, Any] = {
        "gap_km": figures.gap_km,
        "min_area_km2": figures.min_area_km2,
    }
    more: dict[str, Any] = {"width_in": width_in}
    ax: Any
    if name in {"area", "depth"}:
        table = kg.measure(
            span.cut(history), every=every or "map", tz=tz, **figures.asked
        )
        if maps.stale_days is not None:
            more["stale_days"] = maps.stale_days
        ax = (kg.plot_area if name == "area" else kg.plot_depth)(table, **more)
    elif name == "map":
        last = SpanOptions(tz=tz).cut(history).snapshots["snapshot_utc"].iloc[-1]
        day = at[0] if at else last
        pieces = kg.sections(history, at=day, tz=tz, **figures.asked)
        context = None if places is None else kg.read_places(places)
        ax = kg.plot_map(history, at=day, tz=tz, pieces=pieces, context=context, **more)
    elif name == "change":
        changed = kg.change_between(history, *span.ends(history), tz=tz)
        ax = kg.plot_change(changed, theatre=history.theatre, **more)
    elif name == "timeline":
        # Numbers of sections are those of all maps, whatever the span.
        first, last = span.cut(history).snapshots["snapshot_utc"].iloc[[0, -1]]
        known = history.between(None, last)
        every_piece, happened = (
            kg.section_history(known, **gaps),
            kg.events(known, **gaps),
        )
        pieces = every_piece[~(every_piece["valid_to"] <= first)]
        pieces = pieces.assign(valid_from=pieces["valid_from"].clip(lower=first))
        pieces.attrs = every_piece.attrs
        drawn = set(pieces["section"])
        happened = happened[happened["snapshot_utc"] >= first]
        concerned = zip(happened["before"], happened["after"], strict=True)
        happened = happened[[drawn.issuperset((*i, *j)) for i, j in concerned]]
        ax = kg.plot_timeline(pieces, happened=happened, **more)
    elif name == "multiples":
        ax = kg.plot_small_multiples(history, at, tz=tz, **more)[0]
    elif name == "sources":
        ax = kg.plot_sources(span.days(kg.compare(shown, tz=tz), history), **more)
    else:
        found = kg.load_claims(claim or "")
        if len(found) != 1:
            ids = ", ".join(one.id for one in found)
            msg = f"{claim!r} means {len(found)} claims: {ids}. Name one of them."
            raise ClaimError(msg)
        ax = kg.plot_since(kg.check(found, history)[0], **more)
    raw = picture_bytes(ax, ending=out.suffix.lower(), dpi=dpi)
    write_file(out, raw)
    _wrote(f"{out}.", *histories.values())


def _either(words: Sequence[str]) -> str:
    return " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def _wrote(words: str, *histories: kg.ControlHistory) -> None:
    """Say what was written, after what could not be read."""
    for history in histories:
        for warning in unread(history):
            say(f"Warning: {warning}")
    say(f"Wrote {words}")


def animate(
    path: Path,
    target: Path,
    ground: GroundOptions,
    span: SpanOptions,
    *,
    every: Every = "change",
    fps: float = 4.0,
    width_in: float = 7.0,
    maps: MapOptions,
) -> None:
    """
    Write a moving map.

    For example:

      $ kursk-geo animate maps/ kursk.gif --theatre kursk
      $ kursk-geo animate maps/ kursk.mp4 --every day --fps 12 --from 2025-01-01
    """
    history = span.cut(maps.read(path))
    selected = ground.select(history)
    kg.animate(selected, target, every=every, fps=fps, tz=span.tz, width_in=width_in)
    _wrote(f"{target}.", history)


def report(
    path: Path,
    ground: GroundOptions,
    span: SpanOptions,
    *,
    claims: list[str] | None = None,
    places: Path | None = None,
    title: str = "",
    lang: str = "en",
    url: str = "",
    with_geometry: bool = False,
    out: Path = Path("report"),
    maps: MapOptions,
) -> None:
    """
    One page with figures, charts and a moving map.

    The page needs no network and no other file. Tables, Markdown and provenance lie
    beside it. Claims are checked on all maps, whatever the span.

    For example:

      $ kursk-geo report maps/ --theatre kursk --out report/
      $ kursk-geo report maps/ --claims bloomberg-2025-04-26 --places RU.zip
      $ kursk-geo report maps/ --from 2025-03-01 --to 2025-03-31 --title "March"
    """
    known = None if places is None else kg.read_places(places)
    history = maps.read(path)
    span.cut(history)
    first, last = days(span.start, span.end, tz=span.tz)
    folder = kg.write_report(
        ground.select(history),
        out,
        claims=kg.check(asked_claims(claims or []), history),
        places=known,
        start=first,
        end=last,
        title=title,
        lang=lang,
        url=url,
        with_geometry=with_geometry,
        command=called(),
    )
    if with_geometry and (folder / "states.geojson").is_file():
        say(f"Warning: states.geojson is for your own use. {history.licence}")
    count = many(len(list(folder.iterdir())), "file")
    _wrote(f"{count}. Open {folder / 'index.html'}", history)


def store(path: Path, target: Path, span: SpanOptions, maps: MapOptions) -> None:
    """
    Write maps as a store, which opens in a moment.

    It is a folder of GeoParquet tables. Every command reads a store as it reads maps,
    and so does any tool that reads GeoParquet.

    For example:

      $ kursk-geo store maps.tar.xz history.parquet
      $ kursk-geo measure history.parquet
    """
    history = span.cut(maps.read(path))
    folder = kg.write_store(history, target)
    size = sum(file.stat().st_size for file in folder.iterdir())
    count = many(len(history.snapshots), "snapshot")
    shapes = many(len(history.shapes), "shape")
    _wrote(f"{folder}: {count}, {shapes}, {size / 1e6:.1f} MB.", history)


def export(
    path: Path,
    out: Path,
    *,
    layer: list[str] | None = None,
    ground: GroundOptions,
    span: SpanOptions,
    at: str | None = None,
    with_geometry: bool = False,
    maps: MapOptions,
) -> None:
    """
    Write files for other tools: GIS, spreadsheets, databases.

    For example:

      $ kursk-geo export sample --out kursk.gpkg
      $ kursk-geo export maps/ --out kursk.gpkg --with-geometry
      $ kursk-geo export maps/ --from 2025-01-01 --out figures.xlsx
      $ kursk-geo export maps/ --layer sections --out sections.csv
      $ kursk-geo export maps/ --layer front --at 2025-04-15 --out front.csv
    """
    check_dates(span.tz, at)
    history = maps.read(path)
    selected = ground.select(span.cut(history))
    maps.warn_of_age(selected, at, tz=span.tz)
    layers, tz = layer or (), span.tz
    written = kg.export(
        selected, out, layers=layers, at=at, tz=tz, with_geometry=with_geometry
    )
    if with_geometry and written.suffix not in {".csv", ".xlsx"}:
        say(f"The shapes of {history.source!r} are for your own use. {history.licence}")
    _wrote(f"{written}.", history)


def fetch(
    source: str,
    span: SpanOptions,
    *,
    into: Path | None = None,
    offline: bool = False,
    accept_terms: bool = False,
) -> None:
    """
    Fetch published maps.

    Interrupted at any point, the same command fetches only the rest.

    For example:

      $ kursk-geo fetch deepstate --from 2024-08-01 --to 2025-05-01 --into maps/
      $ kursk-geo measure maps/
    """
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
    for words in (
        history.attribution,
        history.licence,
        *(f"Warning: {one}" for one in unread(history)),
    ):
        say(words)


def demo(out: Path = Path("kursk-geo-demo")) -> None:
    """
    Measure, draw and report the maps that come along.

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
    shown = table.reset_index().drop(columns="snapshot_id")
    count = many(len(table), "map")
    deliver(told(kursk, GroundOptions().facts, shown, count), "table", None)
    out.mkdir(parents=True, exist_ok=True)
    pictures = {
        "area.png": kg.plot_area(table),
        "map.png": kg.plot_map(kursk, at="2025-04-15"),
    }
    for name, ax in pictures.items():
        write_file(out / name, picture_bytes(ax, ending=".png"))
        say(f"Wrote {out / name}.")
    page = kg.write_report(
        history,
        out / "report",
        theatre="kursk",
        start="2024-08-01",
        title="Kursk on drawn sample maps: not the real ones",
        command=called(),
    )
    say(f"Wrote {page}. Open {page / 'index.html'}")
    say("With maps of your own: kursk-geo measure PATH --theatre kursk")
