"""Options that commands share, and the words that name them below figures."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
import typer

from kursk_geo.cli.output import (
    Answer,
    Format,
    deliver,
    instant_text,
    say,
    utc_minute,
)
from kursk_geo.errors import DateNotFoundError, LicenceError, OptionError
from kursk_geo.history import ControlHistory
from kursk_geo.periods import instant, span
from kursk_geo.theatre import Theatre

TEXTS: dict[str, list[str]] = tomllib.loads(
    files(__package__).joinpath("options.toml").read_text("utf-8")
)


def option(name: str, *flags: str, **more: Any) -> Any:  # noqa: ANN401
    """An option as ``options.toml`` describes it."""
    metavar, words = TEXTS[name]
    return typer.Option(*flags, metavar=metavar or None, help=words, **more)


def flag(name: str, text: str | None = None) -> Any:  # noqa: ANN401
    """An option that is there or not, without its opposite."""
    return option(text or name, f"--{name.replace('_', '-')}")


def argument(name: str) -> Any:  # noqa: ANN401
    """An argument as ``options.toml`` describes it."""
    metavar, words = TEXTS[name]
    return typer.Argument(metavar=metavar, help=words, show_default=False)


AreaMethod = Literal["geodesic", "spherical"]
MapPath = Annotated[Path, argument("PATH")]
At = Annotated[str | None, option("at", "--at")]
Zone = Annotated[str, option("tz", "--tz")]
OnError = Annotated[Literal["raise", "skip"], option("on_error")]
PlacesFile = Annotated[Path | None, option("places")]
GapKm = Annotated[float, option("gap_km")]
MinAreaKm2 = Annotated[float, option("min_area_km2")]
WidthIn = Annotated[float, option("width_in")]
WithGeometry = Annotated[bool, flag("with_geometry")]


@dataclass(frozen=True)
class MapOptions:
    """How maps are read."""

    source: Annotated[str | None, option("source")] = None
    on_error: OnError = "raise"
    stale_days: Annotated[float | None, option("stale_days")] = None

    def read(self, path: Path) -> ControlHistory:
        """Read maps, and say how many of their features could not be read."""
        from kursk_geo.sources.files import SAMPLE, read_history
        from kursk_geo.sources.sample import sample_history

        if str(path) == SAMPLE and not path.exists():
            return sample_history()
        return read_history(path, source=self.source, on_error=self.on_error)

    def warn_of_age(
        self, history: ControlHistory, *whens: str | pd.Timestamp | None, tz: str
    ) -> None:
        """Say where the map that stood at a date was old by then."""
        most = STALE_DAYS if self.stale_days is None else self.stale_days
        for when in whens:
            if when is None:
                continue
            snapshot = history.snapshot_at(when, tz=tz)
            if snapshot["staleness_days"] > most:
                age_days = snapshot["staleness_days"]
                say(
                    f"Warning: The map that stood at {when} is of "
                    f"{utc_minute(snapshot['snapshot_utc'])} UTC, {age_days:,.0f} days "
                    "older. Read later maps, or say with --stale-days what is old."
                )


STALE_DAYS = 14.0


@dataclass(frozen=True)
class SpanOptions:
    """From when to when."""

    start: Annotated[str | None, option("from", "--from")] = None
    end: Annotated[str | None, option("to", "--to")] = None
    tz: Zone = "UTC"

    def check(self) -> None:
        """Refuse a date or a zone that cannot be read, before maps are."""
        for when in (None, self.start, self.end):
            check_date(when, self.tz)
        first, last = span(self.start, self.end, tz=self.tz)
        if first is not None and last is not None and last < first:
            msg = (
                f"--from {self.start} lies after --to {self.end}. Expected the earlier "
                "date first: change their order."
            )
            raise OptionError(msg)

    def cut(self, history: ControlHistory) -> ControlHistory:
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

    def ends(
        self, history: ControlHistory
    ) -> tuple[str | pd.Timestamp, str | pd.Timestamp]:
        """
        The two dates, by default those of the first and the last map.

        Raises
        ------
        OptionError
            If the map of the second was published before that of the first.
        DateNotFoundError
            If none had been published by one of them.
        """
        published = SpanOptions(tz=self.tz).cut(history).snapshots["snapshot_utc"]
        ends = (self.start or published.iloc[0], self.end or published.iloc[-1])
        first, last = (history.snapshot_at(when, tz=self.tz) for when in ends)
        if last["snapshot_utc"] < first["snapshot_utc"]:
            msg = (
                f"--from {self.start} lies after --to {self.end or 'the last map'}. "
                "Expected the earlier date first: change their order."
            )
            raise OptionError(msg)
        return ends

    def days(self, table: pd.DataFrame, history: ControlHistory) -> pd.DataFrame:
        """
        Rows whose ``date`` lies within the span.

        Raises
        ------
        DateNotFoundError
            If there is none.
        """
        kept = table
        if self.start is not None:
            kept = kept[kept["date"] >= _local_day(self.start, self.tz)]
        if self.end is not None:
            kept = kept[kept["date"] <= _local_day(self.end, self.tz)]
        if kept.empty:
            raise self.nothing_in(history)
        return kept

    def nothing_in(self, history: ControlHistory) -> DateNotFoundError:
        """The error that says where the maps lie instead."""
        published = history.snapshots["snapshot_utc"]
        if published.empty:
            msg = "There is no map in this history. Expected one or more: read others."
        else:
            msg = (
                f"No map lies between {self.start or 'the beginning'} and "
                f"{self.end or 'the end'} ({self.tz}). The maps run from "
                f"{utc_minute(published.iloc[0])} to "
                f"{utc_minute(published.iloc[-1])} UTC: choose --from and --to within."
            )
        return DateNotFoundError(msg)


def check_date(when: str | None, tz: str) -> None:
    """
    Refuse a date or a zone that cannot be read, before the maps are.

    Raises
    ------
    OptionError
        If one cannot.
    """
    try:
        instant("2025-01-01" if when is None else when, tz=tz)
    except OptionError as error:
        if when is not None:
            raise
        msg = f"Zone {tz!r} is not known. Expected one such as UTC or Europe/Kyiv."
        raise OptionError(msg) from error


def _local_day(when: str, tz: str) -> pd.Timestamp:
    return instant(when, tz=tz).tz_convert(tz).tz_localize(None).normalize()


@dataclass(frozen=True)
class GroundOptions:
    """Which ground counts."""

    theatre: Annotated[str, option("theatre")] = "kursk"
    since_2014: Annotated[bool, flag("since_2014")] = False
    status: Annotated[list[str] | None, option("status")] = None
    contested: Annotated[Literal["include", "exclude"], option("contested")] = "exclude"
    clip: Annotated[bool, option("clip", "--clip/--no-clip")] = True
    border: Annotated[Path | None, option("border")] = None
    region: Annotated[Path | None, option("region")] = None

    def build(self) -> Theatre:
        """The theatre, with what was asked for in its place."""
        from kursk_geo.reference import read_border, read_region
        from kursk_geo.theatre import theatre

        base = theatre(
            self.theatre,
            region=None if self.region is None else read_region(self.region),
            border=None if self.border is None else read_border(self.border),
            held=self.status or None,
            since_2014=self.since_2014,
        )
        held = base.held
        if self.contested == "include":
            held |= base.contested
        return replace(base, held=held, contested=base.contested - held)

    def facts(self, theatre: Theatre) -> dict[str, object]:
        """Which ground counts, as it stands beside figures."""
        border = self.border or "© OpenStreetMap contributors, ODbL 1.0"
        return {
            "theatre": theatre.name,
            "note": theatre.note,
            "held": sorted(theatre.held),
            "contested": sorted(theatre.contested),
            "region": None if theatre.region is None else str(self.region or "preset"),
            "border": None if theatre.border is None else str(border),
            "clipped": self.clip,
        }


@dataclass(frozen=True)
class FigureOptions:
    """How ground is measured."""

    area_method: Annotated[Literal["geodesic", "spherical"], option("area_method")] = (
        "geodesic"
    )
    gap_km: GapKm = 0.0
    min_area_km2: MinAreaKm2 = 0.05

    @property
    def asked(self) -> dict[str, Any]:
        """The options, as the library's functions take them."""
        return asdict(self)


ENDINGS: dict[str, Format] = {
    "": "table",
    ".txt": "table",
    ".csv": "csv",
    ".json": "json",
    ".geojson": "geojson",
}


@dataclass(frozen=True)
class OutputOptions:
    """Where an answer goes, and how it is written."""

    format: Annotated[Format | None, option("format")] = None
    with_geometry: WithGeometry = False
    out: Annotated[Path | None, option("out", "--out", "--output")] = None

    @property
    def chosen(self) -> Format:
        """
        The format asked for, or told by the ending of the file.

        Raises
        ------
        OptionError
            If the ending is that of another format.
        """
        if self.format is not None:
            return self.format
        ending = "" if self.out is None else self.out.suffix.lower()
        if ending not in ENDINGS:
            msg = (
                f"Figures are not written as {ending} ({self.out}). Expected a file "
                "that ends in .csv, .json or .txt, or --format."
            )
            raise OptionError(msg)
        return ENDINGS[ending]

    def check(self, *, shapes: bool = True) -> None:
        """Refuse shapes that are not wanted, or not there, before maps are read."""
        if self.with_geometry and self.chosen != "geojson":
            msg = "--with-geometry goes with --format geojson: add it, or leave it out."
            raise typer.BadParameter(msg)
        if self.chosen == "geojson" and not shapes:
            msg = "These figures have no shapes: leave out --format geojson."
            raise typer.BadParameter(msg)

    def check_licences(self, *histories: ControlHistory) -> None:
        """
        Refuse to write shapes that may not be passed on, before anything is measured.

        Raises
        ------
        LicenceError
            If they may not, and --with-geometry was not given.
        """
        closed = _closed(histories) if self.chosen == "geojson" else []
        if closed and not self.with_geometry:
            msg = (
                f"The shapes of {closed[0].source!r} may not be passed on. "
                f"{closed[0].licence} Expected --format table, csv or json, whose "
                "figures may be published; or, for your own use alone, "
                "--with-geometry beside --format geojson."
            )
            raise LicenceError(msg)

    def write(self, answer: Answer, *histories: ControlHistory) -> None:
        """
        Print an answer, or put it in the file.

        Raises
        ------
        OptionError
            If the file, or standard output, cannot be written.
        """
        deliver(answer, self.chosen, self.out)
        for history in _closed(histories) if self.chosen == "geojson" else []:
            say(
                f"The shapes of {history.source!r} are for your own use alone. "
                f"{history.licence}"
            )


def _closed(histories: Sequence[ControlHistory]) -> list[ControlHistory]:
    """One history of each source whose shapes may not be passed on."""
    from kursk_geo.sources.files import may_pass_geometry_on

    by_source = {history.source: history for history in histories}
    return [one for one in by_source.values() if not may_pass_geometry_on(one.source)]


def facts(
    history: ControlHistory, ground: Mapping[str, object], table: pd.DataFrame
) -> dict[str, object]:
    """Where figures come from and how they were measured, for JSON."""
    last = history.snapshots.iloc[-1]
    attrs = {
        name: instant_text(pd.Timestamp(value)) if name.endswith("_utc") else value
        for name, value in ((str(name), value) for name, value in table.attrs.items())
    }
    return {
        "source": history.source,
        "snapshot_id": last["snapshot_id"],
        "snapshot_utc": last["snapshot_utc"],
        "attribution": history.attribution,
        "licence": history.licence,
        "n_rejected": len(history.rejected),
        **attrs,
        **ground,
    }


def told(
    history: ControlHistory,
    known: Mapping[str, object],
    table: pd.DataFrame,
    words: str,
    *,
    notes: Sequence[str] = (),
    spare: Sequence[str] = (),
    hidden: Sequence[str] = (),
    digits: int = 2,
) -> Answer:
    """What was found out of one theatre, with title, source and definitions."""
    published = history.snapshots["snapshot_utc"]
    first, last = utc_minute(published.iloc[0]), utc_minute(published.iloc[-1])
    one = first == last
    which = f"{'' if one else 'last '}snapshot {known['snapshot_id']}"
    return Answer(
        table,
        title=f"Theatre {known['theatre']}: {words}, "
        f"{first if one else f'{first} to {last}'} UTC",
        facts=known,
        notes=[
            *notes,
            f"Source: {history.source}, {which}. {history.attribution}",
            *definition_notes(known),
        ],
        warnings=warnings(history),
        spare=spare,
        hidden=hidden,
        digits=digits,
    )


def definition_notes(known: Mapping[str, object]) -> list[str]:
    """Definitions and border; for a reader."""
    words = [str(known["note"])] if known.get("note") else []
    for name in ("held", "contested"):
        statuses = known[name]
        if isinstance(statuses, list):
            words.append(f"{name} = {', '.join(statuses) or 'nothing'}")
    region = known["region"]
    name = "the region" if region == "preset" else f"region {region}"
    if region is None:
        words.append("everywhere")
    elif known["clipped"]:
        words.append(f"cut at the edge of {name}")
    else:
        words.append(f"shapes that reach into {name} kept whole")
    words.append(f"{known.get('area_method', 'geodesic')} area")
    if "gap_km" in known:
        gap_km, least_km2 = known["gap_km"], known["min_area_km2"]
        joined = f"pieces within {gap_km:g} km" if gap_km else "touching pieces"
        words += [f"{joined} joined", f"sections of {least_km2:g} km² or more"]
    if "tz" in known:
        words.append(f"days end in {known['tz']}")
    lines = [f"Definitions: {'; '.join(words)}."]
    border = known["border"] or "none, so there is no depth."
    return [*lines, f"Border: {border}"]


def warnings(history: ControlHistory) -> list[str]:
    """That something could not be read, where that is so."""
    if history.rejected.empty:
        return []
    rejected = history.rejected
    count = many(len(rejected), "feature or file")
    files = list(dict.fromkeys(rejected.loc[rejected["feature"].isna(), "origin"]))
    more = f" and {len(files) - NAMED:,} more" if len(files) > NAMED else ""
    names = f" ({', '.join(files[:NAMED])}{more})" if files else ""
    return [f"{count} could not be read{names}; kursk-geo info lists them."]


NAMED = 5
"""So many files that could not be read are named below figures."""


def many(count: int, thing: str) -> str:
    """A count with its noun: 1 map, 2 maps."""
    if count == 1:
        return f"1 {thing}"
    return f"{count:,} " + " or ".join(f"{word}s" for word in thing.split(" or "))
