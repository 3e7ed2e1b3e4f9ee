"""``kursk-geo report``."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kursk_geo.cli.captions import many, warnings
from kursk_geo.cli.command import say
from kursk_geo.cli.options import GroundOptions, MapOptions, MapPath, SpanOptions

if TYPE_CHECKING:
    import pandas as pd

    from kursk_geo.claims import Claim
    from kursk_geo.history import ControlHistory

__all__ = ["report"]

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
    from kursk_geo.report import write_report
    from kursk_geo.settlements import read_places

    span.check()
    theatre = ground.build()
    known = None if places is None else read_places(places)
    history = maps.read(path)
    span.cut(history)
    first, last = _ends(span)
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


def _ends(span: SpanOptions) -> "tuple[pd.Timestamp | None, pd.Timestamp | None]":
    """First and last instant of the span; a day's end belongs to the next."""
    import pandas as pd

    from kursk_geo.periods import span as told

    first, last, inclusive = told(span.start, span.end, tz=span.tz)
    if last is not None and not inclusive:
        last -= pd.Timedelta(microseconds=1)
    return first, last


def _asked(which: Sequence[str], history: "ControlHistory") -> "list[Claim]":
    """The claims asked for, each once; all packaged ones of these maps' source."""
    from kursk_geo.claims import list_claims, load_claims

    named = [one for one in which if one != ALL]
    found = load_claims(named) if named else []
    if ALL in which:
        packaged = load_claims(list_claims())
        found += [claim for claim in packaged if claim.source == history.source]
    return list({claim.id: claim for claim in found}.values())
