"""``kursk-geo compare``: several sources side by side."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kursk_geo.cli.captions import definition_notes, many, warnings
from kursk_geo.cli.options import (
    At,
    GroundOptions,
    OnError,
    OnErrorOption,
    SpanOptions,
    check_date,
)
from kursk_geo.cli.output import Answer, Column, fixed, instant_text, utc_minute
from kursk_geo.cli.shapes import ShapeOutputOptions

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from kursk_geo.history import ControlHistory

__all__ = ["compare", "named_paths", "read_named"]

KM2, DAYS, SHARE = fixed(2), fixed(1), fixed(3)

NamedPaths = Annotated[
    list[str],
    typer.Argument(
        metavar="[NAME=]PATH [NAME=]PATH",
        help="Two or more sources, each with the name it is to have, by default that "
        "of the source. One whose columns have to be described is best made a store "
        "first.",
        show_default=False,
    ),
]

DAILY = (
    Column("date", "Day", "{:%Y-%m-%d}".format, left=True),
    Column("source", "Source", left=True),
    Column("area_km2", "Held\n[km²]", KM2),
    Column("contested_km2", "Contested\n[km²]", KM2, spare=3),
    Column("difference_km2", "From the\nmedian [km²]", KM2),
    Column("intersection_over_union", "Overlap\nof all", SHARE),
    Column("unchanged_days", "Unchanged\n[days]", DAYS, spare=1),
    Column("staleness_days", "Age\n[days]", DAYS, spare=2),
    Column("snapshot_utc", "Snapshot\n[UTC]", utc_minute, left=True, spare=4),
)

APART = (
    Column("held_by", "Held on the map of", left=True),
    Column("not_held_by", "Not held on that of", left=True),
    Column("area_km2", "Area\n[km²]", KM2),
    Column("contested_km2", "Of it contested\nthere [km²]", KM2),
)


def compare(
    sources: NamedPaths,
    ground: GroundOptions,
    span: SpanOptions,
    *,
    at: At = None,
    on_error: OnErrorOption = "raise",
    out: ShapeOutputOptions,
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
    if at is None and out.shapes_wanted:
        msg = "--format geojson shows where sources disagree on one day: add --at."
        raise typer.BadParameter(msg)
    paths = named_paths(sources)
    span.check()
    check_date(at, span.tz)
    theatre = ground.build()
    histories = read_named(paths, on_error)
    out.check_licences(*histories.values())
    definitions = ground.facts(theatre) | {"method": "geodesic", "tz": span.tz}
    selected = {
        name: history.select(theatre, clip=ground.clip)
        for name, history in histories.items()
    }
    if at is not None:
        apart = _apart(selected, at, span.tz)
        answer = _apart_answer(apart, selected, definitions)
        out.write(answer, lambda: apart.geometry, *histories.values())
    else:
        out.write(_daily_answer(selected, span, definitions), list)


def named_paths(texts: list[str]) -> list[tuple[str, Path]]:
    """Paths with the names that stand before them, "" for none."""
    named: list[tuple[str, Path]] = []
    for text in texts:
        name, equals, path = text.partition("=")
        if equals and not (name and path):
            msg = f"{text!r} is no NAME=PATH. Give the source a name: nzz=nzz.tar.xz."
            raise typer.BadParameter(msg)
        named.append((name, Path(path)) if equals else ("", Path(text)))
    names = [name for name, _ in named if name]
    for name in names:
        if names.count(name) > 1:
            raise _twice(name)
    if len(named) < 2:
        msg = f"{texts[0]!r} is one source. Name two or more to compare them."
        raise typer.BadParameter(msg)
    return named


def _twice(name: str) -> typer.BadParameter:
    msg = (
        f"Two sources are named {name!r}. Give each a name of its own: "
        "first=PATH second=PATH."
    )
    return typer.BadParameter(msg)


def read_named(
    named: list[tuple[str, Path]], on_error: OnError
) -> dict[str, "ControlHistory"]:
    """Histories by their names, or those of the sources that they were taken for."""
    from kursk_geo.sources.reading import read_history

    histories: dict[str, ControlHistory] = {}
    for name, path in named:
        history = read_history(path, on_error=on_error)
        told = name or history.source
        if told in histories:
            raise _twice(told)
        histories[told] = history
    return histories


def _apart(
    histories: "dict[str, ControlHistory]", at: str, tz: str
) -> "gpd.GeoDataFrame":
    from kursk_geo.compare import disagreement

    return disagreement(histories, at=at, tz=tz)


def _apart_answer(
    table: "gpd.GeoDataFrame",
    histories: "dict[str, ControlHistory]",
    definitions: dict[str, object],
) -> Answer:
    import pandas as pd

    attrs = {str(name): value for name, value in table.attrs.items()}
    moments = {name: pd.Timestamp(when) for name, when in attrs["snapshots"].items()}
    share = attrs["intersection_over_union"]
    facts = {
        "sources": _facts(histories, moments),
        "agreed_km2": attrs["agreed_km2"],
        "union_km2": attrs["union_km2"],
        "intersection_over_union": None if share != share else share,  # noqa: PLR0124
    }
    return Answer(
        rows=pd.DataFrame(table.drop(columns="geometry")),
        columns=APART,
        facts=facts | definitions,
        title=f"Theatre {definitions['theatre']}: {attrs['agreed_km2']:.2f} km² held "
        f"on all maps, {attrs['union_km2']:.2f} km² on any: an overlap of "
        f"{SHARE(share)}",
        notes=[*_notes(histories, moments), *definition_notes(definitions)],
        warnings=_warnings(histories),
    )


def _daily_answer(
    histories: "dict[str, ControlHistory]",
    span: SpanOptions,
    definitions: dict[str, object],
) -> Answer:
    from kursk_geo.compare import compare as compared

    whole = compared(histories, tz=span.tz)
    rows = span.days(whole, next(iter(histories.values()))).reset_index(drop=True)
    last_maps = rows.groupby("source")["snapshot_utc"].max()
    moments = {str(name): moment for name, moment in last_maps.items()}
    first, last = rows["date"].iloc[0], rows["date"].iloc[-1]
    return Answer(
        rows=rows,
        columns=DAILY,
        facts={"sources": _facts(histories, moments)} | definitions,
        title=f"Theatre {definitions['theatre']}: {many(len(moments), 'source')}, "
        f"{first:%Y-%m-%d} to {last:%Y-%m-%d}",
        notes=[*_notes(histories, moments), *definition_notes(definitions)],
        warnings=_warnings(histories),
    )


def _facts(
    histories: "dict[str, ControlHistory]", moments: "dict[str, pd.Timestamp]"
) -> dict[str, object]:
    """Where each figure comes from, by the names given."""
    return {
        name: {
            "source": histories[name].source,
            "snapshot_utc": instant_text(moment),
            "attribution": histories[name].attribution,
            "licence": histories[name].licence,
            "n_rejected": len(histories[name].rejected),
        }
        for name, moment in moments.items()
    }


def _notes(
    histories: "dict[str, ControlHistory]", moments: "dict[str, pd.Timestamp]"
) -> list[str]:
    lines = []
    for name, moment in moments.items():
        one = histories[name]
        told = name if name == one.source else f"{name} ({one.source})"
        lines.append(
            f"Source {told}, last map {utc_minute(moment)} UTC. {one.attribution}"
        )
    return lines


def _warnings(histories: "dict[str, ControlHistory]") -> list[str]:
    return [
        f"{name}: {words}"
        for name, history in histories.items()
        for words in warnings(history)
    ]
