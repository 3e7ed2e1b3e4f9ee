"""``kursk-geo settlements``: places inside held or contested ground."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kursk_geo.cli.captions import many, notes, source_facts, warnings
from kursk_geo.cli.options import GroundOptions, MapOptions, MapPath, SpanOptions
from kursk_geo.cli.output import Answer, Column, fixed, utc_minute
from kursk_geo.cli.shapes import ShapeOutputOptions

if TYPE_CHECKING:
    import pandas as pd

    from kursk_geo.history import ControlHistory

__all__ = ["settlements"]

DEGREES = fixed(4)

PERIODS = (
    Column("name", "Place", left=True),
    Column("status", "Status", left=True),
    Column("since_utc", "Since\n[UTC]", utc_minute, left=True),
    Column("since_confirmed_utc", "Confirmed\n[UTC]", utc_minute, left=True, spare=1),
    Column("until_utc", "Until\n[UTC]", utc_minute, left=True),
    Column("until_confirmed_utc", "Confirmed\n[UTC]", utc_minute, left=True, spare=1),
    Column("days", "Days", fixed(1)),
    Column("lon", "At\n[°E]", DEGREES, spare=2),
    Column("lat", "\n[°N]", DEGREES, spare=2),
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
    answer = _answer(rows, len(points), history, definitions)
    # The shapes are points of the table of places, not of the map.
    out.write(answer, lambda: table.geometry)


def _answer(
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
        columns=PERIODS,
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
