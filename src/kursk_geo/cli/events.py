"""``kursk-geo events``: what became of the sections."""

from typing import TYPE_CHECKING, Annotated, TypedDict

import typer

from kursk_geo.cli.captions import many, notes, source_facts, warnings
from kursk_geo.cli.options import (
    GapKm,
    GroundOptions,
    MapOptions,
    MapPath,
    MinAreaKm2,
    SpanOptions,
)
from kursk_geo.cli.output import (
    Answer,
    Column,
    fixed,
    listed,
    percent,
    utc_minute,
)
from kursk_geo.cli.shapes import ShapeOutputOptions
from kursk_geo.errors import OptionError

if TYPE_CHECKING:
    import pandas as pd
    from shapely.geometry.base import BaseGeometry

    from kursk_geo.history import ControlHistory

__all__ = ["events"]

KM2 = fixed(2)

EVENTS = (
    Column("snapshot_utc", "First shown\n[UTC]", utc_minute, left=True),
    Column("kind", "Event", left=True),
    Column("before", "Sections\nbefore", listed, left=True),
    Column("after", "Sections\nafter", listed, left=True),
    Column("area_before_km2", "Area before\n[km²]", KM2, spare=1),
    Column("area_after_km2", "Area after\n[km²]", KM2),
    Column("gained_km2", "Gained\n[km²]", KM2, spare=3),
    Column("lost_km2", "Lost\n[km²]", KM2, spare=3),
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
    definitions = ground.facts(theatre) | own | {"method": "geodesic", "tz": span.tz}
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
