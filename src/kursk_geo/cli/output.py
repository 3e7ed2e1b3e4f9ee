"""What commands print, and how they end."""

import errno
import inspect
import io
import json
import os
import re
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, is_dataclass
from functools import wraps
from importlib.metadata import version
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any, Literal, TextIO

import pandas as pd
import shapely
import typer

from kursk_geo._files import writing
from kursk_geo.errors import KurskGeoError, KurskGeoWarning, OptionError, TheatreError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def command(function: Callable[..., None]) -> Callable[..., None]:
    """
    Make a command of a function whose parameters may be groups of options.

    A parameter whose type is a dataclass stands for one option a field. In the help,
    paragraphs with lines that begin with ``$`` keep their lines.
    """
    parameters: list[inspect.Parameter] = []
    groups: dict[str, tuple[Callable[..., object], list[str]]] = {}
    for name, parameter in inspect.signature(
        function, eval_str=True
    ).parameters.items():
        kind = parameter.annotation
        if is_dataclass(kind) and isinstance(kind, type):
            fields = inspect.signature(kind, eval_str=True).parameters
            groups[name] = (kind, list(fields))
            parameters += fields.values()
        else:
            parameters.append(parameter)

    @wraps(function)
    def run(**values: object) -> None:
        for name, (kind, fields) in groups.items():
            values[name] = kind(**{field: values.pop(field) for field in fields})
        with _plain_words():
            function(**values)

    only_named = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in parameters]
    vars(run)["__signature__"] = inspect.Signature(only_named)
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    paragraphs = (inspect.getdoc(function) or "").split("\n\n")
    run.__doc__ = "\n\n".join(
        f"\b\n{one}" if re.search(r"^ *\$ ", one, re.MULTILINE) else one
        for one in paragraphs
    )
    return run


def say(words: str) -> None:
    """Tell the user something: one line on standard error."""
    with suppress(OSError):  # nobody listens, which is no reason to fail
        print(" ".join(words.split()), file=sys.stderr)


@contextmanager
def _plain_words() -> Iterator[None]:
    """Errors and warnings of the library as one line each."""
    told: set[str] = set()
    with warnings.catch_warnings():
        usual = warnings.showwarning

        def show(  # noqa: PLR0917  (as warnings.showwarning is called)
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if not issubclass(category, KurskGeoWarning):
                usual(message, category, filename, lineno, file, line)
            elif str(message) not in told:
                told.add(str(message))
                say(f"Warning: {message}")

        warnings.simplefilter("always", KurskGeoWarning)
        warnings.showwarning = show
        at_start = signal.getsignal(signal.SIGINT)
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            yield
            sys.stdout.flush()
        except KeyboardInterrupt as error:
            say("Stopped: what was there before is still there.")
            raise typer.Exit(130) from error
        except KurskGeoError as error:
            say(f"Error: {error}")
            # A value that cannot be is a wrong call; a place to write to may be mended.
            wrong = isinstance(error, (OptionError, TheatreError))
            mendable = isinstance(error.__cause__, OSError)
            raise typer.Exit(2 if wrong and not mendable else 1) from error
        except BrokenPipeError as error:
            # The reader has seen enough: `| head`.
            abandon_output()
            raise typer.Exit(0) from error
        except OSError as error:
            place = "" if error.filename is None else f"{error.filename}: "
            say(
                f"Error: {place}{error.strerror or error}. Expected what can be read "
                "and a place that can be written: look at its rights and room."
            )
            raise typer.Exit(1) from error
        except MemoryError as error:
            say(
                "Error: there is too little memory. Expected room for all that the "
                "maps hold: read fewer of them, or write them as a store first."
            )
            raise typer.Exit(1) from error
        finally:
            signal.signal(signal.SIGINT, at_start)


def abandon_output() -> None:
    """Let what is still buffered go nowhere, or Python complains when it ends."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Closed(io.TextIOBase):
    """Stands for a stream that was closed before Python began."""

    def write(self, text: str) -> int:  # noqa: ARG002  (as every stream is asked)
        """
        Refuse.

        Raises
        ------
        OSError
            Always, as the system does for a closed stream.
        """
        raise OSError(errno.EBADF, "it is closed")


def write_file(path: Path, content: str | bytes) -> None:
    """
    Write a file whole, or leave what was there.

    Raises
    ------
    OptionError
        If it cannot be written.
    """
    raw = content.encode() if isinstance(content, str) else content
    with writing(path.resolve()) as draft:
        draft.write_bytes(raw)


# From a table to what is written


@dataclass(frozen=True)
class Answer:
    """
    What a command found out.

    Parameters
    ----------
    table : DataFrame
        As the library gives it; a geometry is its rows' shape.
    title : str
        Stands above the table.
    facts : mapping
        What stands beside the rows in JSON: the table's attributes, and more.
    notes, warnings : sequence of str
        Stand below the table, a paragraph each. CSV has no place for warnings, so
        there they go to standard error.
    spare : sequence of str
        Columns that a narrow terminal goes without, the first of them first.
    hidden : sequence of str
        Columns that a reader can do without.
    shown : DataFrame, optional
        What a reader sees in the place of `table`.
    digits : int
        Decimals of areas and lengths that a reader sees.
    """

    table: pd.DataFrame
    title: str
    facts: Mapping[str, object]
    notes: Sequence[str] = ()
    warnings: Sequence[str] = ()
    spare: Sequence[str] = ()
    hidden: Sequence[str] = ()
    shown: pd.DataFrame | None = None
    digits: int = 2

    @property
    def rows(self) -> pd.DataFrame:
        """Figures and words alone; a point is its longitude and latitude."""
        table = pd.DataFrame(self.table.drop(columns="geometry", errors="ignore"))
        for place, name in reversed(list(enumerate(table.columns))):
            if str(table[name].dtype) == "geometry":
                points = table.pop(name).to_numpy()
                table.insert(place, f"{name}_lat", shapely.get_y(points))
                table.insert(place, f"{name}_lon", shapely.get_x(points))
        return table


Format = Literal["table", "csv", "json", "geojson"]


def deliver(answer: Answer, chosen: Format, target: Path | None) -> None:
    """
    Print an answer, or put it in a file.

    Raises
    ------
    OptionError
        If the file, or standard output, cannot be written.
    """
    if chosen in {"csv", "geojson"}:
        for warning in answer.warnings:
            say(f"Warning: {warning}")
    if chosen == "csv":
        text = csv_text(answer.rows)
    elif chosen == "json":
        text = _object_text(signed(answer.facts), "rows", _records(answer.rows))
    elif chosen == "geojson":
        text = _geojson_text(answer)
    else:
        text = table_text(answer, screen=target is None)
    if target is not None:
        write_file(target, text)
        say(f"Wrote {target} ({len(answer.table):,} rows).")
        return
    try:
        print(text, end="", flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        abandon_output()
        msg = (
            f"Cannot write to standard output: {error.strerror or error}. Make room, "
            "or name a file with --out."
        )
        raise OptionError(msg) from error


def csv_text(rows: pd.DataFrame) -> str:
    """The rows as RFC 4180 says, with a header line; several values part by spaces."""
    columns: dict[str, list[Any]] = {}
    for name, values in _plain(rows).items():
        first = next(iter(values), None)
        if isinstance(first, dict):
            for key in dict.fromkeys(key for value in values for key in value):
                columns[f"{name}_{key}"] = [value.get(key) for value in values]
        elif isinstance(first, (tuple, list)):
            columns[str(name)] = [" ".join(map(str, value)) for value in values]
        else:
            columns[str(name)] = list(values)
    table = pd.DataFrame(columns)
    return str(table.to_csv(index=False, lineterminator="\n"))


SCHEMA = 1
"""Goes up when a key of JSON is renamed, dropped or means something else."""


def signed(facts: Mapping[str, object]) -> dict[str, object]:
    """Facts with the number of the schema, and the version that found them."""
    return {"schema": SCHEMA, "version": version("kursk-geo"), **facts}


def json_text(value: object) -> str:
    """A value as JSON, with a line for each of its parts."""
    text = json.dumps(_null(value), ensure_ascii=False, indent=2, allow_nan=False)
    return f"{text}\n"


def _object_text(
    facts: Mapping[str, object], name: str, records: Sequence[object]
) -> str:
    """Facts, and a list with each record on a line of its own."""
    plain = _null(dict(facts))
    head = json.dumps(plain, ensure_ascii=False, indent=2, allow_nan=False)
    lines = ",\n".join(
        "    " + json.dumps(record, ensure_ascii=False, allow_nan=False)
        for record in records
    )
    body = f"\n{lines}\n  " if lines else ""
    return head.removesuffix("\n}") + f',\n  "{name}": [{body}]\n}}\n'


def _null(value: Any) -> Any:  # noqa: ANN401
    """A value as JSON has it: null where there is no figure, instants as text."""
    if isinstance(value, dict):
        return {str(name): _null(one) for name, one in value.items()}
    if isinstance(value, (list, tuple, frozenset)):
        return [_null(one) for one in value]
    if isinstance(value, pd.Timestamp):
        return instant_text(value)
    if hasattr(value, "item"):
        value = value.item()
    return None if value is pd.NA or value != value else value  # noqa: PLR0124


def _records(rows: pd.DataFrame) -> list[dict[str, object]]:
    return [_null(row) for row in _plain(rows).to_dict("records")]


def _geojson_text(answer: Answer) -> str:
    """
    A FeatureCollection as RFC 7946 says, a feature a line.

    What stands beside the rows in JSON stands beside the features.
    """
    from kursk_geo.geometry import as_array, orient

    texts = shapely.to_geojson(orient(as_array(answer.table["geometry"])))
    features = [
        {"type": "Feature", "properties": properties, "geometry": json.loads(text)}
        for properties, text in zip(_records(answer.rows), texts, strict=True)
    ]
    facts = {"type": "FeatureCollection", **signed(answer.facts)}
    return _object_text(facts, "features", features)


def _plain(rows: pd.DataFrame) -> pd.DataFrame:
    """Instants as text; the rest as it is."""
    texts = {
        str(name): values.map(instant_text).astype(object)
        for name, values in rows.items()
        if pd.api.types.is_datetime64_any_dtype(values.dtype)
    }
    return rows.assign(**texts)


def instant_text(moment: "pd.Timestamp | None") -> str | None:
    """ISO 8601 with Z, and a day by itself where there is no zone."""
    if pd.isna(moment):
        return None
    if moment.tz is None:
        return f"{moment:%Y-%m-%d}"
    return moment.tz_convert("UTC").isoformat().replace("+00:00", "Z")


# A table to read

NOTHING = "–"
"""Stands in a table where there is no figure."""
UNITS: dict[str, tuple[str, int | None]] = {
    "_km2_per_day": ("km²/day", None),
    "_km2": ("km²", None),
    "_km": ("km", None),
    "_m": ("m", 1),
    "_mb": ("MB", 2),
    "_utc": ("UTC", 0),
    "_days": ("days", 2),
    "days": ("", 1),
    "lon": ("°E", 4),
    "lat": ("°N", 4),
    "relative_change": ("%", 1),
    "intersection_over_union": ("", 3),
}
"""By the end of a column's name: its unit, and how many decimals a reader needs."""
TITLES = {
    "area_km2": "Held",
    "n_polygons": "Polygons",
    "n_parts": "Parts",
    "n_shapes": "Shapes",
    "n_different": "Different",
    "staleness_days": "Age",
    "witness_lon": "Deepest point",
    "witness_lat": "",
    "border_point_lon": "Border point",
    "border_point_lat": "",
    "lon": "At",
    "lat": "",
    "error_m": "±",
    "rate_km2_per_day": "Net",
    "difference_km2": "From the median",
    "intersection_over_union": "Overlap of all",
    "contested_km2": "Contested",
}
"""Headings that are shorter, or say more, than the name of the column."""


def _unit(name: str) -> tuple[str, int | None]:
    return next((UNITS[end] for end in UNITS if name.endswith(end)), ("", None))


def _heading(name: str) -> str:
    unit, _ = _unit(name)
    words = re.sub(r"_(km2_per_day|km2|km|m|utc|days|mb)$", "", name).replace("_", " ")
    words = TITLES.get(name, words[:1].upper() + words[1:])
    return "\n".join(part for part in (fill(words, 12), unit and f"[{unit}]") if part)


def _cell(name: str, value: Any, digits: int) -> str:  # noqa: ANN401
    """One value as a reader sees it."""
    if isinstance(value, (tuple, list)):
        return ", ".join(map(str, value)) or NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if pd.isna(value):
        return NOTHING
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}" if value.tz is None else utc_minute(value)
    if isinstance(value, float):
        _, own = _unit(name)
        digits = digits if own is None else own
        if name == "relative_change":
            return f"{100 * value:+.{digits}f}"
        least = 10.0**-digits
        # The thinnest sliver is not nothing.
        return f"< {least:g}" if 0 < value < least / 2 else f"{value:.{digits}f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def utc_minute(moment: "pd.Timestamp") -> str:
    """An instant to read, in UTC."""
    return f"{moment.tz_convert('UTC'):%Y-%m-%d %H:%M}"


WIDE = 10_000


def table_text(answer: Answer, *, screen: bool) -> str:
    """
    The rows as a table to read.

    On a terminal, columns that can be spared are left out until it fits, and a note
    says which; anywhere else nothing is cut, wrapped or coloured.
    """
    from shutil import get_terminal_size

    from rich.console import Console

    rows = answer.rows if answer.shown is None else answer.shown
    rows = rows.drop(columns=list(answer.hidden), errors="ignore")
    terminal = screen and sys.stdout.isatty()
    room = get_terminal_size().columns if terminal else WIDE
    written = io.StringIO()
    console = Console(
        file=written,
        width=room,
        force_terminal=terminal,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    table, left_out = _table(rows, answer.digits), []
    for name in answer.spare:
        if name in rows and _width(console, table) > room:
            rows = rows.drop(columns=name)
            left_out.append(name)
            table = _table(rows, answer.digits)
    width = max(room, _width(console, table))
    notes = [*answer.notes, *answer.warnings]
    if left_out:
        names = ", ".join(left_out)
        notes.append(f"Left out for want of room: {names}. --format csv has all.")
    parts: list[Table | str] = [answer.title, *([table] if len(rows) else [])]
    for part in [*parts, *notes]:
        whole = not terminal or not isinstance(part, str)
        console.width = width if whole else room
        console.print(part, soft_wrap=whole and isinstance(part, str))
    lines = written.getvalue().splitlines()
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _width(console: "Console", table: "Table") -> int:
    wide = console.options.update(width=WIDE)
    return console.measure(table, options=wide).maximum


def _table(rows: pd.DataFrame, digits: int) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for name in rows:
        kind = rows[name].dtype
        number = pd.api.types.is_numeric_dtype(kind) and str(kind) != "bool"
        justify: Literal["left", "right"] = "right" if number else "left"
        table.add_column(_heading(str(name)), justify=justify, no_wrap=True)
    for row in zip(*(rows[name].tolist() for name in rows), strict=True):
        cells = zip(rows, row, strict=True)
        table.add_row(*(_cell(str(name), value, digits) for name, value in cells))
    return table
