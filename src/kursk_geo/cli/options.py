"""What commands take: each option once, its kind, its default and its meaning."""

import inspect
import re
import tomllib
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, wraps
from importlib.resources import files
from math import inf
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import geopandas as gpd
import pandas as pd
import typer

from kursk_geo._text import utc_minute
from kursk_geo.cli import output
from kursk_geo.errors import DateNotFoundError, OptionError
from kursk_geo.history import ControlHistory
from kursk_geo.periods import Every, check_zone, instant, span
from kursk_geo.status import Status
from kursk_geo.theatre import Theatre, theatre

REQUIRED: Any = inspect.Parameter.empty
GROUPS = {
    "GROUND": "theatre since_2014 status contested clip border region",
    "SPAN": "start end tz",
    "SECTION": "gap_km min_area_km2",
    "TRACE": "gap_km min_area_km2 displacement_km",
    "MEASURE": "gap_km min_area_km2 area_method",
    "MAPS": "source on_error",
    "TABLE": "format out",
}
"""Options that several commands share."""
FLAGS = {
    "start": "--from",
    "end": "--to",
    "days": "--at",
    "where": "--theatre",
    "clip": "--clip/--no-clip",
    "out": "--out --output",
    "file": "--out --output",
    "folder": "--out --output",
}
"""How options are spelled whose names say it differently."""
LEAST = {"dpi": 10, "stale_days": 0, "depth_shares": 0.1}
"""Least values, told before maps are read."""
STALE_DAYS = 14.0
ENDINGS: dict[str, output.Format] = {
    "": "table",
    ".txt": "table",
    ".csv": "csv",
    ".json": "json",
}
When: TypeAlias = str | pd.Timestamp


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a command was asked: of all that can be asked its own, and the defaults."""

    # What is read and written
    path: Path | None = REQUIRED
    paths: list[str] = REQUIRED
    source: str | None = None
    on_error: Literal["raise", "skip"] = "raise"
    name: str = REQUIRED
    article: str = REQUIRED
    store: Path = REQUIRED
    maps: Path = REQUIRED
    target: Path = REQUIRED
    supplier: str = REQUIRED
    format: output.Format | None = None
    with_geometry: bool = False
    out: Path | None = None
    file: Path = REQUIRED
    folder: Path = Path("report")

    # Which maps
    start: str | None = None
    end: str | None = None
    tz: str = "UTC"
    at: str | None = None
    days: list[str] | None = None
    every: Every | None = None
    stale_days: float | None = None

    # Which ground
    theatre: str = "kursk"
    since_2014: bool = False
    status: list[str] | None = None
    contested: Literal["include", "exclude"] = "exclude"
    clip: bool = True
    border: Path | None = None
    region: Path | None = None

    # How it is measured
    area_method: Literal["geodesic", "spherical"] = "geodesic"
    gap_km: float = 0.0
    min_area_km2: float = 0.05
    min_width_m: float = 30.0
    displacement_km: float = 1.0
    agree: int = 2
    kind: list[str] | None = None
    depth_shares: float | None = None
    history: bool = False
    transitions: bool = False
    with_bounds: bool = False
    with_contested: bool = False

    # Places and claims
    places: Path | None = None
    which: list[str] | None = None
    claims: list[str] | None = None
    claim: str | None = None
    published: str | None = None
    where: str | None = None
    outlet: str = ""
    since: str | None = None
    save: Path | None = None
    evidence: Path | None = None
    strict: bool = False

    # Pictures, pages, and what else is written or fetched
    layer: list[str] | None = None
    title: str = ""
    lang: str = "en"
    url: str = ""
    width_in: float = 7.0
    dpi: int = 200
    fps: float = 4.0
    report: Path | None = None
    notify: bool = False
    quiet: bool = False
    into: Path | None = None
    offline: bool = False
    accept_terms: bool = False

    def check(self, given: Collection[str]) -> None:
        """
        Refuse what cannot be, before maps are read.

        Parameters
        ----------
        given : collection of str
            Names of the fields that the command takes.

        Raises
        ------
        OptionError
            If a date, the zone or the source is none, or dates are swapped.
        """
        from kursk_geo.sources.files import SAMPLE, as_source

        msg = f"{SAMPLE} is the word for our own maps. Expected another name to write."
        output.refuse(SAMPLE in (str(self.store), str(self.target)), msg)
        check_zone(self.tz)
        for when in (self.at, self.published, *(self.days or ())):
            if when is not None:
                instant(when, tz=self.tz)
        first, last = span(self.start, self.end, tz=self.tz)
        msg = (
            f"--from {self.start} lies after --to {self.end}. Expected the earlier "
            "date first: change their order."
        )
        output.refuse(first is not None and last is not None and last < first, msg)
        if self.source is not None:  # which the sample, for one, does not ask about
            as_source(self.source)
        if self.where is not None:
            theatre(self.where)
        if "theatre" in given:
            _ = self.counted
        if "format" in given:
            _ = self.chosen

    def alone(self, names: str, why: str, others: str) -> None:
        """
        Refuse an option beside others that make no sense with it.

        Parameters
        ----------
        names : str
            Names of fields.
        why : str
            What each of them does that the others contradict.
        others : str
            Names of the fields to leave out.

        Raises
        ------
        OptionError
            If one of the first and one of the others were given.
        """
        beside = " and ".join(map(flag, self.given(others)))
        for name in self.given(names) if beside else ():
            msg = f"{flag(name)} {why}: leave out {beside}."
            raise OptionError(msg)

    def given(self, names: str) -> list[str]:
        """Which fields are not as they are by default."""
        return [one for one in _names(names) if getattr(self, one) != DEFAULTS[one]]

    # Maps

    def read(self, path: Path | None = None) -> ControlHistory:
        """Read maps, or take those that come with the package."""
        from kursk_geo.sources.files import SAMPLE, read_history, sample_history

        path = path or self.path or Path()
        msg = f"{str(path)!r} is no path. Expected the maps first, then the sentence."
        output.refuse(self.which and " " in str(path) and not path.exists(), msg)
        if str(path) == SAMPLE and not path.exists():
            return sample_history()
        return read_history(path, source=self.source, on_error=self.on_error)

    def one_map(self, history: ControlHistory) -> ControlHistory:
        """The map that stood at the date, alone; by default the last."""
        self.warn_of_age(history, self.at)
        moment = history.snapshot_at(self.at, tz=self.tz)["snapshot_utc"]
        return history.between(moment, moment)

    def cut(self, history: ControlHistory) -> ControlHistory:
        """
        The maps published within the span.

        Raises
        ------
        DateNotFoundError
            If there is none.
        """
        within = history.between(self.start, self.end, tz=self.tz)
        self._expect(within.snapshots, history)
        return within

    def ends(self, history: ControlHistory) -> list[When]:
        """The two dates, by default those of the first and the last map."""
        self.warn_of_age(history, self.start, self.end)
        published = history.snapshots["snapshot_utc"]
        return [self.start or published.min(), self.end or published.max()]

    def within(self, table: pd.DataFrame, history: ControlHistory) -> pd.DataFrame:
        """
        Rows whose ``date`` lies within the span.

        Raises
        ------
        DateNotFoundError
            If there is none.
        """
        first, last = (
            when and when.tz_convert(self.tz).tz_localize(None).normalize()
            for when in span(self.start, self.end, tz=self.tz)
        )
        table = table.set_index("date").loc[first:last].reset_index()
        self._expect(table, history)
        return table

    def _expect(self, rows: pd.DataFrame, history: ControlHistory) -> None:
        if rows.empty:
            maps = f"run from {output.span_of(history)}" if len(history) else "are none"
            msg = (
                f"No map lies between {self.start or 'the beginning'} and "
                f"{self.end or 'the end'} ({self.tz}). The maps {maps}: choose --from "
                "and --to within, or read others."
            )
            raise DateNotFoundError(msg)

    def warn_of_age(self, history: ControlHistory, *whens: When | None) -> None:
        """Say where the map that stood at a date was old by then."""
        most = STALE_DAYS if self.stale_days is None else self.stale_days
        for when in [one for one in whens if one is not None]:
            snapshot = history.snapshot_at(when, tz=self.tz)
            if snapshot["staleness_days"] > most:
                output.say(
                    f"Warning: The map that stood at {when} is of "
                    f"{utc_minute(snapshot['snapshot_utc'])} UTC, "
                    f"{snapshot['staleness_days']:,.0f} days older. Read later maps, "
                    "or say with --stale-days what is old."
                )

    # Ground

    @cached_property
    def counted(self) -> Theatre:
        """The theatre, with what was asked for in its place."""
        from kursk_geo.reference import read_border, read_region

        base = theatre(
            self.theatre,
            region=None if self.region is None else read_region(self.region),
            border=None if self.border is None else read_border(self.border),
            held=self.status or None,
            since_2014=self.since_2014,
        )
        include = self.contested == "include"
        return replace(base, held=base.held | base.contested) if include else base

    def select(self, history: ControlHistory) -> ControlHistory:
        """Of maps what counts."""
        return history.select(self.counted, clip=self.clip)

    def ground(self, *histories: ControlHistory) -> dict[str, Any]:
        """Which ground counts, as it stands beside figures of histories."""
        theatre, contested = self.counted, self.counted.contested
        if not theatre.owner:  # no word of this war on a map of another
            shown = (one.shapes["status"] for one in histories)
            contested -= {Status.CONTESTED_IN_RUSSIA}.difference(*shown)
        border = self.border or theatre.attribution or "of the theatre's file"
        return {
            "theatre": theatre.name,
            "note": theatre.note,
            "held": sorted(theatre.held),
            "contested": sorted(contested),
            "region": None if theatre.region is None else str(self.region or "preset"),
            "border": None if theatre.border is None else str(border),
            "clipped": self.clip,
        }

    # Answers

    def options(self, names: str) -> dict[str, Any]:
        """Some of the options, as the library's functions take them."""
        return {name: getattr(self, name) for name in _names(names)}

    @property
    def known_places(self) -> gpd.GeoDataFrame | None:
        """The table of places that was given."""
        from kursk_geo.settlements import read_places

        return None if self.places is None else read_places(self.places)

    @property
    def chosen(self) -> output.Format:
        """
        The format asked for, or told by the ending of the file.

        Raises
        ------
        OptionError
            If the ending is that of another format.
        """
        ending = "" if self.out is None else self.out.suffix.lower()
        if self.format is None and ending not in ENDINGS:
            msg = (
                f"Figures are not written as {ending} ({self.out}). Expected a file "
                "that ends in .csv, .json or .txt, or --format; "
                "kursk-geo export writes shapes and workbooks (.xlsx)."
            )
            raise OptionError(msg)
        return self.format or ENDINGS[ending]

    def tell(
        self,
        history: ControlHistory,
        table: pd.DataFrame,
        words: str,
        *,
        notes: Sequence[str] = (),
        **looks: Any,  # noqa: ANN401  (shown and digits of `Answer`)
    ) -> None:
        """Write what was found out of one theatre: with title, source, definitions."""
        attrs = {
            name: pd.Timestamp(value) if str(name).endswith("_utc") else value
            for name, value in table.attrs.items()
        }
        known = output.about(history) | attrs | self.ground(history)
        which = "snapshot" if len(history) == 1 else "last snapshot"
        source = f"Source: {history.source}, {which} {known['snapshot_id']}."
        source = f"{source} {history.attribution}".strip()
        title = f"Theatre {known['theatre']}: {words}, {output.span_of(history)}"
        notes = [*notes, source, *output.definition_notes(known)]
        self.write(
            output.Answer(table, title, known, notes, output.unread(history), **looks)
        )

    def write(self, answer: output.Answer) -> None:
        """
        Print an answer, or put it in the file.

        Raises
        ------
        OptionError
            If the file cannot be written.
        """
        output.deliver(answer, self.chosen, self.out)


FIELDS = inspect.signature(Asked).parameters
DEFAULTS = {name: field.default for name, field in FIELDS.items()}
TOLD = {
    (key.partition(" of ")[0], command): (kind, metavar, words)
    for kind, entries in tomllib.loads(
        files(__package__).joinpath("options.toml").read_text("utf-8")
    ).items()
    for key, (metavar, words) in entries.items()
    for command in key.partition(" of ")[2].split(", ")
}
"""Kind, value and help of each field, by its name and the command that differs."""
Command: TypeAlias = Callable[[Asked], None]


def command(
    options: str,
    **defaults: Any,  # noqa: ANN401  (of any type)
) -> Callable[[Command], Callable[..., None]]:
    """
    Make a command of a function of what was asked.

    It takes the named fields of `Asked`, in this order; `defaults` differ from theirs.
    What each is for stands in options.toml. In the help, paragraphs with lines that
    begin with ``$`` keep their lines.
    """

    def decorate(function: Command) -> Callable[..., None]:
        parameters = []
        for name in _names(options):
            field = FIELDS[name]
            kind, metavar, words = TOLD.get((name, function.__name__)) or TOLD[name, ""]
            shown: dict[str, Any] = {"metavar": metavar or None, "help": words}
            if field.annotation in {int, float, float | None}:
                shown["parser"] = _number(field.annotation is int, LEAST.get(name))
            if kind == "options":
                made = typer.Option(*_flags(name), **shown)
            else:
                made = typer.Argument(**shown, show_default=False)
            parameters.append(
                field.replace(
                    annotation=Annotated[field.annotation, made],
                    default=defaults.get(name, field.default),
                )
            )

        @wraps(function)
        def run(**values: Any) -> None:  # noqa: ANN401  (of any type)
            with output.plain_words():
                asked = Asked(**values)
                asked.check(values)
                function(asked)

        vars(run)["__signature__"] = inspect.Signature(parameters)
        run.__annotations__ = {one.name: one.annotation for one in parameters}
        paragraphs = (inspect.getdoc(function) or "").split("\n\n")
        run.__doc__ = "\n\n".join(
            f"\b\n{one}" if re.search(r"^ *\$ ", one, re.MULTILINE) else one
            for one in paragraphs
        )
        return run

    return decorate


def flag(name: str) -> str:
    """How a field is asked for."""
    return _flags(name)[0]


def _flags(name: str) -> list[str]:
    return FLAGS.get(name, f"--{name.replace('_', '-')}").split()


def _names(words: str) -> list[str]:
    """Names of options, those of groups among them."""
    return " ".join(GROUPS.get(word, word) for word in words.split()).split()


def _number(whole: bool, least: float | None) -> Callable[[str], float]:
    """What reads a number, and says in words of its own what was expected."""
    kind: type[float] = int if whole else float
    example = "a whole number such as 2" if whole else "a number such as 2.5"

    def read(text: str) -> float:
        msg = f"Expected {example}."
        with suppress(ValueError):
            value = kind(text)
            if least is not None and not value >= least:
                msg = f"Expected {least} or more."
            elif value != inf:
                return value
        raise typer.BadParameter(msg)

    return read
