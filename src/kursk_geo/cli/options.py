"""What commands take: options told by a table, in groups that commands share."""

import inspect
import re
import tomllib
from collections.abc import Callable
from dataclasses import asdict, dataclass, is_dataclass, replace
from functools import cached_property, wraps
from importlib.resources import files
from math import isinf, isnan
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import pandas as pd
import typer

from kursk_geo._text import utc_minute
from kursk_geo.cli.output import Answer, Format, deliver, plain_words, say
from kursk_geo.errors import DateNotFoundError, LicenceError, OptionError
from kursk_geo.history import ControlHistory
from kursk_geo.periods import instant, span
from kursk_geo.theatre import Theatre

FLAGS = {
    "start": ["--from"],
    "end": ["--to"],
    "out": ["--out", "--output"],
    "clip": ["--clip/--no-clip"],
}
"""How options are spelled whose names say it differently."""
LEAST = {"dpi": 10, "stale_days": 0}
"""Least values, where the library has no say."""


def _told() -> dict[tuple[str, str], Callable[..., Any]]:
    """What makes each argument and option, by its name and the command that differs."""
    text = files(__package__).joinpath("options.toml").read_text("utf-8")
    told: dict[tuple[str, str], Any] = {}
    for kind, entries in tomllib.loads(text).items():
        for key, (metavar, words) in entries.items():
            name, _, commands = key.partition(" of ")
            shown: dict[str, Any] = {"metavar": metavar or None, "help": words}
            made = typer.Argument(**shown, show_default=False)
            if kind == "options":
                flags = FLAGS.get(name, [f"--{name.replace('_', '-')}"])
                made = typer.Option(*flags, **shown, min=LEAST.get(name))
            told |= dict.fromkeys(((name, one) for one in commands.split(", ")), made)
    return told


TOLD = _told()


def command(function: Callable[..., None]) -> Callable[..., None]:
    """
    Make a command of a function whose parameters may be groups of options.

    A parameter whose type is a `Group` stands for one option a field. What each option
    is for stands in options.toml. In the help, paragraphs with lines that begin with
    ``$`` keep their lines.
    """
    name = function.__name__
    parameters: list[inspect.Parameter] = []
    groups: dict[str, tuple[Any, list[str]]] = {}
    for key, parameter in inspect.signature(function).parameters.items():
        kind, own = parameter.annotation, [parameter]
        if is_dataclass(kind) and isinstance(kind, type):
            own = list(inspect.signature(kind).parameters.values())
            groups[key] = (kind, [one.name for one in own])
        for one in own:
            told = TOLD.get((one.name, name)) or TOLD[one.name, ""]
            parameters.append(
                one.replace(
                    kind=inspect.Parameter.KEYWORD_ONLY,
                    annotation=Annotated[one.annotation, told],
                )
            )

    @wraps(function)
    def run(**values: object) -> None:
        with plain_words():
            for key, value in values.items():
                # What is no number the library refuses, but for an age.
                if isinstance(value, float) and (
                    isinf(value) or (key == "stale_days" and isnan(value))
                ):
                    msg = (
                        f"--{key.replace('_', '-')} {value} has no end. Expected a "
                        "number, such as 2.5."
                    )
                    raise OptionError(msg)
            for key, (kind, fields) in groups.items():
                group = kind(**{field: values.pop(field) for field in fields})
                group.check()
                values[key] = group
            function(**values)

    vars(run)["__signature__"] = inspect.Signature(parameters)
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    paragraphs = (inspect.getdoc(function) or "").split("\n\n")
    run.__doc__ = "\n\n".join(
        f"\b\n{one}" if re.search(r"^ *\$ ", one, re.MULTILINE) else one
        for one in paragraphs
    )
    return run


class Group:
    """Options that several commands share."""

    def check(self) -> None:
        """Refuse what cannot be, before maps are read."""


@dataclass(frozen=True)
class MapOptions(Group):
    """How maps are read."""

    source: str | None = None
    on_error: Literal["raise", "skip"] = "raise"
    stale_days: float | None = None

    def check(self) -> None:
        """Refuse a source that cannot be."""
        from kursk_geo.sources.files import as_source

        if self.source is not None:
            as_source(self.source)

    def read(self, path: Path) -> ControlHistory:
        """Read maps, or take those that come with the package."""
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
        for when in [one for one in whens if one is not None]:
            snapshot = history.snapshot_at(when, tz=tz)
            if snapshot["staleness_days"] > most:
                say(
                    f"Warning: The map that stood at {when} is of "
                    f"{utc_minute(snapshot['snapshot_utc'])} UTC, "
                    f"{snapshot['staleness_days']:,.0f} days older. Read later maps, "
                    "or say with --stale-days what is old."
                )


STALE_DAYS = 14.0


@dataclass(frozen=True)
class SpanOptions(Group):
    """From when to when."""

    start: str | None = None
    end: str | None = None
    tz: str = "UTC"

    def check(self) -> None:
        """Refuse a date or a zone that cannot be read, and swapped dates."""
        check_dates(self.tz, self.start, self.end)
        first, last = span(self.start, self.end, tz=self.tz)
        if first is not None and last is not None and last < first:
            raise self._swapped()

    def _swapped(self) -> OptionError:
        return OptionError(
            f"--from {self.start} lies after --to {self.end or 'the last map'}. "
            "Expected the earlier date first: change their order."
        )

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
            raise self._nothing_in(history)
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
            raise self._swapped()
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
        for when, reaches in ((self.start, pd.Series.ge), (self.end, pd.Series.le)):
            if when is not None:
                local = instant(when, tz=self.tz).tz_convert(self.tz)
                day = local.tz_localize(None).normalize()
                kept = kept[reaches(kept["date"], day)]
        if kept.empty:
            raise self._nothing_in(history)
        return kept

    def _nothing_in(self, history: ControlHistory) -> DateNotFoundError:
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


def check_dates(tz: str, *whens: str | None) -> None:
    """
    Refuse a date or a zone that cannot be read.

    Raises
    ------
    OptionError
        If one cannot.
    """
    try:
        instant("2025-01-01", tz=tz)
    except OptionError as error:
        msg = f"Zone {tz!r} is not known. Expected one such as UTC or Europe/Kyiv."
        raise OptionError(msg) from error
    for when in whens:
        if when is not None:
            instant(when, tz=tz)


@dataclass(frozen=True)
class GroundOptions(Group):
    """Which ground counts."""

    theatre: str = "kursk"
    since_2014: bool = False
    status: list[str] | None = None
    contested: Literal["include", "exclude"] = "exclude"
    clip: bool = True
    border: Path | None = None
    region: Path | None = None

    def check(self) -> None:
        """Refuse a theatre that cannot be."""
        _ = self.counted

    @cached_property
    def counted(self) -> Theatre:
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

    def select(self, history: ControlHistory) -> ControlHistory:
        """Of maps what counts."""
        return history.select(self.counted, clip=self.clip)

    @property
    def facts(self) -> dict[str, Any]:
        """Which ground counts, as it stands beside figures."""
        theatre = self.counted
        border = self.border or theatre.attribution or "of the theatre's file"
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
class SectionOptions(Group):
    """What is one section."""

    gap_km: float = 0.0
    min_area_km2: float = 0.05

    @property
    def asked(self) -> dict[str, Any]:
        """The options, as the library's functions take them."""
        return asdict(self)


@dataclass(frozen=True)
class FigureOptions(SectionOptions):
    """How ground is measured."""

    area_method: Literal["geodesic", "spherical"] = "geodesic"


@dataclass(frozen=True)
class TraceOptions(SectionOptions):
    """How a section is known again."""

    displacement_km: float = 1.0


ENDINGS: dict[str, Format] = {
    "": "table",
    ".txt": "table",
    ".csv": "csv",
    ".json": "json",
    ".geojson": "geojson",
}


@dataclass(frozen=True)
class ShapeOptions(Group):
    """Where an answer goes, and how it is written."""

    format: Format | None = None
    with_geometry: bool = False
    out: Path | None = None
    has_shapes: ClassVar[bool] = True

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

    def check(self) -> None:
        """Refuse shapes that are not wanted, or not there."""
        if self.with_geometry and self.chosen != "geojson":
            msg = "--with-geometry goes with --format geojson: add it, or leave it out."
            raise typer.BadParameter(msg)
        if self.chosen == "geojson" and not self.has_shapes:
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
        closed = self._closed(histories)
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
        for history in self._closed(histories):
            say(
                f"The shapes of {history.source!r} are for your own use alone. "
                f"{history.licence}"
            )

    def _closed(self, histories: tuple[ControlHistory, ...]) -> list[ControlHistory]:
        """One history of each source whose shapes are asked for and not to be had."""
        from kursk_geo.sources.files import may_pass_geometry_on

        by_source = {one.source: one for one in histories if self.chosen == "geojson"}
        return [x for x in by_source.values() if not may_pass_geometry_on(x.source)]


class TableOptions(ShapeOptions):
    """The same for figures that have no shapes."""

    has_shapes = False
