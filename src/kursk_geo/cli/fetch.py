"""``kursk-geo fetch``, ``kursk-geo verify`` and ``kursk-geo cache``."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kursk_geo.cli.captions import many, warnings
from kursk_geo.cli.command import say
from kursk_geo.cli.options import At, SpanOptions, Zone
from kursk_geo.cli.output import (
    Answer,
    Column,
    OutputOptions,
    fixed,
    instant_text,
    utc_minute,
)

if TYPE_CHECKING:
    from kursk_geo.history import ControlHistory

__all__ = ["clear", "fetch", "listing", "verify"]

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
    from kursk_geo.sources.reading import read_history

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
