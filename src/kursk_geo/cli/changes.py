"""``kursk-geo change``: what was gained and lost, at once or period by period."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kursk_geo.cli.captions import many, notes, source_facts, warnings
from kursk_geo.cli.options import (
    GroundOptions,
    MapOptions,
    MapPath,
    SpanOptions,
    Zone,
    check_date,
)
from kursk_geo.cli.output import Answer, Column, fixed, instant_text, utc_minute
from kursk_geo.cli.shapes import ShapeOutputOptions
from kursk_geo.errors import OptionError

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from kursk_geo.history import ControlHistory

__all__ = ["change"]

Every = Literal["week", "day", "month", "change"]

KM2, DEGREES = fixed(2), fixed(4)
LEAST_KM2 = 1e-4
"""Slivers of less have no note; their row and their total stay."""
KINDS = ("gained", "lost", "kept")
GREY_KINDS = ("to_contested", "from_contested")


@dataclass(frozen=True)
class PairOptions:
    """Which two maps, and what is told of the ground between them."""

    start: Annotated[
        str | None,
        typer.Argument(
            metavar="[START]",
            help="Day at whose end the first map stood. By default the first map.",
            show_default=False,
        ),
    ] = None
    end: Annotated[
        str | None,
        typer.Argument(
            metavar="[END]",
            help="Day at whose end the second map stood. By default the last map.",
            show_default=False,
        ),
    ] = None
    tz: Zone = "UTC"
    min_width_m: Annotated[
        float,
        typer.Option(
            metavar="M", help="Parts narrower than this are told apart, as slivers."
        ),
    ] = 30.0

    def check(self) -> None:
        """Refuse dates that cannot be read, before maps are."""
        for when in (None, self.start, self.end):
            check_date(when, self.tz)

    def maps(self, history: "ControlHistory") -> tuple["pd.Series", "pd.Series"]:
        """
        The two maps.

        Raises
        ------
        OptionError
            If the second was published before the first.
        DateNotFoundError
            If none had been published by one of the dates.
        """
        published = SpanOptions(tz=self.tz).cut(history).snapshots["snapshot_utc"]
        whens = (self.start or published.iloc[0], self.end or published.iloc[-1])
        first, last = (history.snapshot_at(when, tz=self.tz) for when in whens)
        if last["snapshot_utc"] < first["snapshot_utc"]:
            msg = (
                f"{self.start} lies after {self.end or 'the last map'}. Expected the "
                "earlier date first: change their order."
            )
            raise OptionError(msg)
        return first, last


def _part_km2(area_km2: float) -> str:
    """The area of a part; that of the thinnest slivers is not nothing."""
    return KM2(area_km2) if area_km2 >= 0.005 else "< 0.01"


PARTS = (
    Column("change", "Ground", lambda kind: kind.replace("_", " "), left=True),
    Column("area_km2", "Area\n[km²]", _part_km2),
    Column("lon", "Point in it\n[°E]", DEGREES),
    Column("lat", "\n[°N]", DEGREES),
    Column("n_parts", "Parts", spare=2),
    Column("sliver", "", lambda thin: "slivers" if thin else "", left=True, spare=1),
)

PERIODS = (
    Column("start_utc", "From\n[UTC]", utc_minute, left=True),
    Column("end_utc", "To\n[UTC]", utc_minute, left=True),
    Column("gained_km2", "Gained\n[km²]", KM2),
    Column("lost_km2", "Lost\n[km²]", KM2),
    Column("net_km2", "Net\n[km²]", KM2),
    Column("rate_km2_per_day", "Net a day\n[km²]", KM2),
    Column("gross_km2", "Gross\n[km²]", KM2, spare=1),
    Column("sliver_km2", "Slivers\n[km²]", fixed(4), spare=2),
    Column("days", "Days", fixed(1), spare=3),
)


def change(
    path: MapPath,
    pair: PairOptions,
    ground: GroundOptions,
    *,
    every: Annotated[
        Every | None,
        typer.Option(
            help="One row a period between the two maps, instead of one a piece of "
            "ground.",
            show_default=False,
        ),
    ] = None,
    with_contested: Annotated[
        bool,
        typer.Option(
            "--with-contested",
            help="Also tell which of the lost ground is contested at the end, and "
            "which of the gained was at the start.",
        ),
    ] = False,
    with_bounds: Annotated[
        bool,
        typer.Option(
            "--with-bounds",
            help="Also tell how far the maps' own errors could make the difference.",
        ),
    ] = False,
    maps: MapOptions,
    out: ShapeOutputOptions,
) -> None:
    """
    Ground gained, lost and kept between two maps.

    For example:

      $ kursk-geo change maps/ --theatre kursk 2025-02-28 2025-03-31
      $ kursk-geo change maps/ 2025-01-01 2025-03-31 --every week
      $ kursk-geo change maps/ 2025-02-28 2025-03-31 --with-bounds --format json
      $ kursk-geo change maps/ 2025-02-28 2025-03-31 --output change.geojson
    """
    out.check()
    if every and (out.shapes_wanted or with_contested or with_bounds):
        msg = (
            "--every tells figures of periods: leave out --format geojson, "
            "--with-contested and --with-bounds."
        )
        raise typer.BadParameter(msg)
    pair.check()
    theatre = ground.build()
    history = maps.read(path)
    out.check_licences(history)
    first, last = pair.maps(history)
    cut = history.between(first["snapshot_utc"], last["snapshot_utc"])
    selected = cut.select(theatre, clip=ground.clip)
    definitions = ground.facts(theatre) | {
        "method": "geodesic",
        "tz": pair.tz,
        "min_width_m": pair.min_width_m,
    }
    if every:
        out.write(_periods_answer(selected, every, definitions), list)
        return
    table = _parts(selected, pair, with_contested=with_contested)
    bounds = _bounds(selected, first, last) if with_bounds else None
    answer = _parts_answer(table, selected, definitions, bounds)
    out.write(answer, lambda: table.geometry, history)


def _parts(
    history: "ControlHistory", pair: PairOptions, *, with_contested: bool
) -> "gpd.GeoDataFrame":
    from kursk_geo.change import change_between

    published = history.snapshots["snapshot_utc"]
    return change_between(
        history,
        pair.start or published.iloc[0],
        pair.end or published.iloc[-1],
        tz=pair.tz,
        to_and_from_contested=with_contested,
        min_width_m=pair.min_width_m,
    )


def _bounds(
    history: "ControlHistory", first: "pd.Series", last: "pd.Series"
) -> "pd.DataFrame":
    from kursk_geo.uncertainty import change_bounds

    return change_bounds(history, first["snapshot_utc"], last["snapshot_utc"])


def _parts_answer(
    table: "gpd.GeoDataFrame",
    history: "ControlHistory",
    definitions: dict[str, object],
    bounds: "pd.DataFrame | None",
) -> Answer:
    import pandas as pd

    attrs = {str(name): value for name, value in table.attrs.items()}
    points = table.geometry.representative_point()
    rows = pd.DataFrame(table.drop(columns="geometry"))
    rows = rows.assign(lon=points.x, lat=points.y)
    rows = rows[["change", "area_km2", "lon", "lat", "sliver", "n_parts"]]
    number, moment = attrs["end_snapshot_id"], pd.Timestamp(attrs["end_snapshot_utc"])
    start = pd.Timestamp(attrs["start_snapshot_utc"])
    kinds = [kind for kind in (*KINDS, *GREY_KINDS) if f"{kind}_km2" in attrs]
    facts = source_facts(history, str(number), moment) | {
        "start_snapshot_id": attrs["start_snapshot_id"],
        "start_snapshot_utc": instant_text(start),
        "start_staleness_days": attrs["start_staleness_days"],
        "staleness_days": attrs["end_staleness_days"],
        "start_km2": attrs["start_km2"],
        "end_km2": attrs["end_km2"],
        "net_km2": attrs["gained_km2"] - attrs["lost_km2"],
        **{f"{kind}_km2": attrs[f"{kind}_km2"] for kind in kinds},
        **{f"{kind}_sliver_km2": attrs[f"{kind}_sliver_km2"] for kind in kinds},
    }
    lines = notes(
        history,
        f"snapshots {attrs['start_snapshot_id']} and {number}",
        definitions,
        with_depth=False,
    )
    lines = [*_slivers(attrs, definitions), *lines]
    if bounds is not None:
        facts["bounds"] = _bounds_facts(bounds)
        lines = [_bounds_words(bounds), *lines]
    return Answer(
        rows=rows,
        columns=PARTS,
        facts=facts | definitions,
        title=_title(attrs, start, moment),
        notes=lines,
        warnings=warnings(history),
    )


def _title(attrs: dict[str, object], start: "pd.Timestamp", end: "pd.Timestamp") -> str:
    gained, lost, kept, before, after = (
        float(str(attrs[f"{name}_km2"])) for name in (*KINDS, "start", "end")
    )
    return (
        f"Theatre {attrs['theatre']}, {utc_minute(start)} to {utc_minute(end)} UTC: "
        f"gained {gained:.2f} km², lost {lost:.2f} km², kept {kept:.2f} km²; held "
        f"{before:.2f} km² at the start, {after:.2f} km² at the end"
    )


def _slivers(attrs: dict[str, object], definitions: dict[str, object]) -> list[str]:
    """How much of the change is in edges drawn anew; nothing if next to nothing."""
    gained, lost = (
        float(str(attrs[f"{kind}_sliver_km2"])) for kind in ("gained", "lost")
    )
    if max(gained, lost) < LEAST_KM2:
        return []
    words = (
        f"Slivers, less than {definitions['min_width_m']:g} m wide, are counted: "
        f"{gained:.4f} km² of the gained ground, {lost:.4f} km² of the lost."
    )
    return [words]


def _bounds_facts(bounds: "pd.DataFrame") -> dict[str, object]:
    """Bounds by kind, with the assumptions behind them."""
    known = ("sigma_m", "correlation_km", "coverage")
    figures: dict[str, object] = {
        str(kind): {str(name): float(value) for name, value in row.items()}
        for kind, row in bounds.iterrows()
    }
    return figures | {name: bounds.attrs[name] for name in known}


def _bounds_words(bounds: "pd.DataFrame") -> str:
    net, attrs = bounds.loc["net"], bounds.attrs
    return (
        f"Bounds: net {net['low_km2']:.2f} to {net['high_km2']:.2f} km² holds "
        f"{attrs['coverage']:.0%} of positional error (fronts off by "
        f"{attrs['sigma_m']:g} m, one standard error); the probability that ground "
        f"was {'gained' if net['change_km2'] > 0 else 'lost'} on balance is "
        f"{net['p']:.3f}."
    )


def _periods_answer(
    history: "ControlHistory", every: Every, definitions: dict[str, object]
) -> Answer:
    from kursk_geo.change import change_over_time

    tz, min_width_m = str(definitions["tz"]), float(str(definitions["min_width_m"]))
    table = change_over_time(history, every=every, tz=tz, min_width_m=min_width_m)
    rows = table.reset_index()
    rows = rows.rename(columns={"start": "start_utc", "end": "end_utc"})
    for name in ("start_utc", "end_utc"):
        rows[name] = rows[name].dt.tz_convert("UTC")
    maps = history.snapshots
    number, moment = maps["snapshot_id"].iloc[-1], maps["snapshot_utc"].iloc[-1]
    first = utc_minute(maps["snapshot_utc"].iloc[0])
    facts = source_facts(history, number, moment) | definitions | {"every": every}
    net_km2 = float(rows["net_km2"].sum())
    return Answer(
        rows=rows,
        columns=PERIODS,
        facts=facts | {"net_km2": net_km2},
        title=f"Theatre {definitions['theatre']}, {first} to {utc_minute(moment)} UTC: "
        f"{many(len(rows), 'period')}, net "
        f"{net_km2:.2f} km²",
        notes=notes(history, f"last snapshot {number}", definitions, with_depth=False),
        warnings=warnings(history),
    )
