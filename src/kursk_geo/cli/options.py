"""Options that commands share, and the captions that name them."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kursk_geo.cli.output import instant_text
from kursk_geo.errors import DateNotFoundError, OptionError

if TYPE_CHECKING:
    import pandas as pd

    from kursk_geo.history import ControlHistory
    from kursk_geo.theatre import Theatre

__all__ = [
    "BUNDLED_BORDER",
    "At",
    "FigureOptions",
    "GapKm",
    "GroundOptions",
    "MapOptions",
    "MapPath",
    "MinAreaKm2",
    "OnError",
    "OnErrorOption",
    "SpanOptions",
    "Zone",
    "check_date",
    "definition_notes",
    "many",
    "notes",
    "source_facts",
    "warnings",
]


BUNDLED_BORDER = "© OpenStreetMap contributors, ODbL 1.0"

MapPath = Annotated[
    Path,
    typer.Argument(
        metavar="PATH",
        help="Folder of maps, one map, an archive of maps, or a store.",
        show_default=False,
    ),
]
At = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="DATE",
        help="The map that stood at the end of this day (2025-04-15), or at this "
        "instant (2025-04-15T12:00Z).",
    ),
]
Zone = Annotated[
    str,
    typer.Option(
        "--tz", metavar="ZONE", help="Zone in which days begin and end: Europe/Kyiv."
    ),
]
OnError = Literal["raise", "skip"]
OnErrorOption = Annotated[
    OnError,
    typer.Option(
        help="What to do with a map that cannot be read: stop, or list it as "
        "rejected and read the rest."
    ),
]
GapKm = Annotated[
    float,
    typer.Option(metavar="KM", help="Pieces closer than this count as one section."),
]
MinAreaKm2 = Annotated[
    float, typer.Option(metavar="KM2", help="Smaller pieces are not sections.")
]


@dataclass(frozen=True)
class MapOptions:
    """How maps are read."""

    source: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Source of the maps, or a TOML file that describes the columns of any "
            "polygons. By default told from the content.",
        ),
    ] = None
    on_error: OnErrorOption = "raise"

    def read(self, path: Path) -> "ControlHistory":
        """Read maps, and say how many of their features could not be read."""
        from kursk_geo.sources.files import read_history

        return read_history(path, source=self.source, on_error=self.on_error)


Every = Literal["change", "map", "day", "week", "month", "year"]


@dataclass(frozen=True)
class SpanOptions:
    """From when to when."""

    start: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE", help="First day, included."),
    ] = None
    end: Annotated[
        str | None,
        typer.Option("--to", metavar="DATE", help="Last day, included."),
    ] = None
    tz: Zone = "UTC"

    def check(self) -> None:
        """Refuse a date or a zone that cannot be read, before maps are."""
        check_date(None, self.tz)
        for when in (self.start, self.end):
            check_date(when, self.tz)

    def cut(self, history: "ControlHistory") -> "ControlHistory":
        """
        The maps published within the span.

        Raises
        ------
        DateNotFoundError
            If there is none.
        """
        within = history.between(self.start, self.end, tz=self.tz)
        if within.snapshots.empty:
            raise self.nothing_in(history)
        return within

    def cut_with_neighbours(self, history: "ControlHistory") -> "ControlHistory":
        """The span, with the map that stood when it began and the first after it."""
        from kursk_geo.periods import span

        first, last = span(self.start, self.end, tz=self.tz)
        published = history.snapshots["snapshot_utc"]
        if published.empty:
            raise self.nothing_in(history)
        low, high = 0, len(published) - 1
        if first is not None:
            low = max(int(published.searchsorted(first, side="right")) - 1, 0)
        if last is not None:
            high = min(int(published.searchsorted(last, side="right")), high)
        return history.between(published.iloc[low], published.iloc[max(low, high)])

    def days(self, table: "pd.DataFrame", history: "ControlHistory") -> "pd.DataFrame":
        """
        Rows whose ``date`` lies within the span.

        Raises
        ------
        DateNotFoundError
            If there is none.
        """
        import pandas as pd

        kept = pd.Series(data=True, index=table.index)
        if self.start is not None:
            kept &= table["date"] >= _local_day(self.start, self.tz)
        if self.end is not None:
            kept &= table["date"] <= _local_day(self.end, self.tz)
        if not kept.any():
            raise self.nothing_in(history)
        return table[kept]

    def nothing_in(self, history: "ControlHistory") -> DateNotFoundError:
        """The error that says where the maps lie instead."""
        published = history.snapshots["snapshot_utc"]
        if published.empty:
            msg = "There is no map in this history. Expected one or more: read others."
        else:
            msg = (
                f"No map lies between {self.start or 'the beginning'} and "
                f"{self.end or 'the end'} ({self.tz}). The maps run from "
                f"{published.iloc[0]:%Y-%m-%d %H:%M} to "
                f"{published.iloc[-1]:%Y-%m-%d %H:%M} UTC: choose --from and --to "
                "within."
            )
        return DateNotFoundError(msg)


def check_date(when: str | None, tz: str) -> None:
    """
    Refuse a date or a zone that cannot be read, before the maps are.

    Raises
    ------
    OptionError
        If it cannot be read.
    """
    from kursk_geo.periods import instant

    try:
        instant("2025-01-01" if when is None else when, tz=tz)
    except OptionError as error:
        if when is not None:
            raise
        msg = f"Zone {tz!r} is not known. Expected one such as UTC or Europe/Kyiv."
        raise OptionError(msg) from error


def _local_day(when: str, tz: str) -> "pd.Timestamp":
    import pandas as pd

    stamp = pd.Timestamp(when)
    if stamp.tz is not None:
        stamp = stamp.tz_convert(tz).tz_localize(None)
    return stamp.normalize()


@dataclass(frozen=True)
class GroundOptions:
    """Which ground counts."""

    theatre: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Who holds whose land, and where: kursk, belgorod, sumy, kharkiv or "
            "ukraine.",
        ),
    ] = "kursk"
    status: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STATUS",
            help="Count this status as held, in the place of the theatre's own. May "
            "be repeated. Statuses: occupied, occupied_before_2022, liberated, "
            "held_in_russia, contested, contested_in_russia, outside, unknown.",
        ),
    ] = None
    contested: Annotated[
        Literal["include", "exclude"],
        typer.Option(help="Count contested ground as held, or by itself."),
    ] = "exclude"
    clip: Annotated[
        bool,
        typer.Option(
            "--clip/--no-clip",
            help="Cut shapes at the edge of the region, or keep whole those that "
            "reach into it.",
        ),
    ] = True
    border: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Measure depth from this line, instead of the bundled border.",
        ),
    ] = None
    region: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Count ground within this area, instead of the theatre's region.",
        ),
    ] = None

    def build(self) -> "Theatre":
        """The theatre, with what was asked for in its place."""
        from kursk_geo.reference import read_border, read_region
        from kursk_geo.theatre import theatre

        base = theatre(
            self.theatre,
            region=None if self.region is None else read_region(self.region),
            border=None if self.border is None else read_border(self.border),
            held=self.status or None,
        )
        held = base.held
        if self.contested == "include":
            held |= base.contested
        return replace(base, held=held, contested=base.contested - held)

    def facts(self, theatre: "Theatre") -> dict[str, object]:
        """The definitions, as they stand beside figures."""
        border = BUNDLED_BORDER if self.border is None else str(self.border)
        region = "preset" if self.region is None else str(self.region)
        return {
            "theatre": theatre.name,
            "held": sorted(theatre.held),
            "contested": sorted(theatre.contested),
            "region": None if theatre.region is None else region,
            "border": None if theatre.border is None else border,
            "clipped": self.clip,
        }


@dataclass(frozen=True)
class FigureOptions:
    """How ground is measured."""

    area_method: Annotated[
        Literal["geodesic", "spherical"],
        typer.Option(
            help="Area on the ellipsoid, overlaps counted once; or each polygon by "
            "itself on a sphere, as web maps do."
        ),
    ] = "geodesic"
    gap_km: GapKm = 0.0
    min_area_km2: MinAreaKm2 = 0.05

    def facts(self) -> dict[str, object]:
        """The definitions, as they stand beside figures."""
        return {
            "area_method": self.area_method,
            "gap_km": self.gap_km,
            "min_area_km2": self.min_area_km2,
        }


def source_facts(
    history: "ControlHistory", number: str, moment: "pd.Timestamp"
) -> dict[str, object]:
    """Where figures come from; for JSON."""
    return {
        "source": history.source,
        "snapshot_id": number,
        "snapshot_utc": instant_text(moment),
        "attribution": history.attribution,
        "licence": history.licence,
        "n_rejected": len(history.rejected),
    }


def notes(
    history: "ControlHistory",
    snapshot: str,
    definitions: dict[str, object],
    *,
    with_depth: bool = True,
) -> list[str]:
    """Source, definitions and border; for a reader."""
    return [
        f"Source: {history.source}, {snapshot}. {history.attribution}",
        *definition_notes(definitions, with_depth=with_depth),
    ]


def definition_notes(
    definitions: dict[str, object], *, with_depth: bool = False
) -> list[str]:
    """Definitions and border; for a reader."""
    border = definitions["border"]
    lines = [f"Definitions: {'; '.join(_words(definitions))}."]
    if border is not None:
        return [*lines, f"Border: {border}"]
    return [*lines, "Border: none, so there is no depth."] if with_depth else lines


def warnings(history: "ControlHistory") -> list[str]:
    """That something could not be read, where that is so."""
    if history.rejected.empty:
        return []
    count = many(len(history.rejected), "feature or file")
    return [f"{count} could not be read; kursk-geo info lists them."]


def _words(definitions: dict[str, object]) -> list[str]:
    groups = {name: definitions[name] for name in ("held", "contested")}
    return [
        *(
            f"{name} = {', '.join(statuses) or 'nothing'}"
            for name, statuses in groups.items()
            if isinstance(statuses, list)
        ),
        _where(definitions),
        *_measured(definitions),
        f"days end in {definitions['tz']}",
    ]


def _measured(definitions: dict[str, object]) -> list[str]:
    """How ground is measured, as far as that counts."""
    words = []
    if "area_method" in definitions:
        words.append(f"{definitions['area_method']} area")
    if "gap_km" in definitions:
        gap = definitions["gap_km"]
        words += [
            f"pieces within {gap:g} km joined" if gap else "touching pieces joined",
            f"sections of {definitions['min_area_km2']:g} km² or more",
        ]
    return words


def _where(definitions: dict[str, object]) -> str:
    region = definitions["region"]
    if region is None:
        return "everywhere"
    name = "the region" if region == "preset" else f"region {region}"
    if definitions["clipped"]:
        return f"cut at the edge of {name}"
    return f"shapes that reach into {name} kept whole"


def many(count: int, thing: str) -> str:
    """A count with its noun: 1 map, 2 maps."""
    if count == 1:
        return f"1 {thing}"
    return f"{count:,} " + " or ".join(f"{word}s" for word in thing.split(" or "))
