"""What commands print, and how they end."""

import inspect
import io
import json
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, is_dataclass
from functools import wraps
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TextIO

import typer

from kursk_geo.errors import KurskGeoError, KurskGeoWarning, OptionError

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console
    from rich.table import Table

__all__ = [
    "Answer",
    "Column",
    "Output",
    "OutputOptions",
    "abandon_output",
    "command",
    "deliver",
    "fixed",
    "formatted",
    "instant_text",
    "listed",
    "object_text",
    "percent",
    "plain_records",
    "say",
    "utc_minute",
    "write_bytes",
    "write_file",
]


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
    run.__doc__ = _with_examples(inspect.getdoc(function) or "")
    return run


def _with_examples(text: str) -> str:
    """Mark paragraphs that show commands, so that their lines are not joined."""
    paragraphs = text.split("\n\n")
    return "\n\n".join(
        f"\b\n{paragraph}"
        if re.search(r"^ *\$ ", paragraph, re.MULTILINE)
        else paragraph
        for paragraph in paragraphs
    )


def say(words: str) -> None:
    """Tell the user something: one line on standard error."""
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
        try:
            yield
            sys.stdout.flush()
        except KurskGeoError as error:
            say(f"Error: {error}")
            raise typer.Exit(1) from error
        except BrokenPipeError as error:
            # The reader has seen enough: `| head`.
            abandon_output()
            raise typer.Exit(0) from error


def abandon_output() -> None:
    """Let what is still buffered go nowhere, or Python complains when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def deliver(text: str, output: Path | None, n_rows: int) -> None:
    """Print a text, or write it to a file and say so."""
    if output is None:
        _print(text)
        return
    write_file(output, text)
    say(f"Wrote {output} ({n_rows:,} rows).")


def _print(text: str) -> None:
    try:
        print(text, end="", flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        abandon_output()
        msg = (
            f"Cannot write to standard output: {error.strerror or error}. Make room, "
            "or name a file with --output."
        )
        raise OptionError(msg) from error


def write_file(path: Path, text: str) -> None:
    """
    Write a file whole, or leave what was there.

    Raises
    ------
    OptionError
        If it cannot be written.
    """
    write_bytes(path, text.encode("utf-8", errors="backslashreplace"))


def write_bytes(path: Path, raw: bytes) -> None:
    """
    Write a file whole, or leave what was there.

    Raises
    ------
    OptionError
        If it cannot be written.
    """
    path = path.resolve()
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(raw)  # /dev/stdout, a named pipe
            return
        try:
            draft.write_bytes(raw)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        msg = (
            f"Cannot write {path}: {error.strerror or error}. Name a file in a folder "
            "that is there and that you may write to."
        )
        raise OptionError(msg) from error


Format = Literal["table", "csv", "json"]
ENDINGS: dict[str, Format] = {
    "": "table",
    ".txt": "table",
    ".csv": "csv",
    ".json": "json",
}
NOTHING = "–"
"""Stands in a table where there is no figure."""


@dataclass(frozen=True)
class Column:
    """
    One column of a table to read.

    Parameters
    ----------
    name : str
        In the rows.
    title : str
        With its unit.
    text : callable
        A value as text.
    left : bool
        Words stand left, numbers right.
    spare : int
        On a terminal that is too narrow the highest go first; 0 always stays.
    """

    name: str
    title: str
    text: Callable[[Any], str] = str
    left: bool = False
    spare: int = 0


@dataclass(frozen=True)
class Answer:
    """
    What a command found out.

    Parameters
    ----------
    rows : DataFrame
        Plain columns: numbers, words, instants.
    columns : sequence of Column
        Those that a table to read shows.
    facts : mapping
        What stands beside the rows in JSON.
    title : str
        Stands above the table.
    notes : sequence of str
        Stand below it, a paragraph each.
    warnings : sequence of str
        As well; CSV has no place for them, so there they go to standard error.
    """

    rows: "pd.DataFrame"
    columns: Sequence[Column]
    facts: Mapping[str, object]
    title: str
    notes: Sequence[str] = ()
    warnings: Sequence[str] = ()


Output = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write to this file instead of the screen."),
]


@dataclass(frozen=True)
class OutputOptions:
    """Where an answer goes, and how it is written."""

    format: Annotated[
        Format | None,
        typer.Option(
            help="How figures are written. By default as a table, or as the ending of "
            "--output says.",
            show_default=False,
        ),
    ] = None
    output: Output = None

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
        ending = "" if self.output is None else self.output.suffix.lower()
        if ending not in ENDINGS:
            msg = (
                f"Figures are not written as {ending} ({self.output}). Expected a file "
                "that ends in .csv, .json or .txt, or --format."
            )
            raise OptionError(msg)
        return ENDINGS[ending]

    def write(self, answer: Answer) -> None:
        """
        Print an answer, or put it in the file.

        Raises
        ------
        OptionError
            If the file, or standard output, cannot be written.
        """
        screen = self.output is None
        text = formatted(answer, self.chosen, screen=screen)
        deliver(text, self.output, len(answer.rows))


def formatted(answer: Answer, chosen: Format, *, screen: bool) -> str:
    """An answer as text; warnings for which there is no place are said."""
    if chosen == "csv":
        for warning in answer.warnings:
            say(f"Warning: {warning}")
        return csv_text(answer.rows)
    if chosen == "json":
        return json_text(answer)
    return table_text(answer, screen=screen)


# Words and numbers


def fixed(digits: int) -> Callable[[float], str]:
    """A function that writes a number with so many decimals."""

    def text(value: float) -> str:
        return NOTHING if isnan(value) else f"{value:.{digits}f}"

    return text


def utc_minute(moment: "pd.Timestamp | None") -> str:
    """An instant to read, in UTC; nothing where there is none."""
    import pandas as pd

    return NOTHING if pd.isna(moment) else f"{moment:%Y-%m-%d %H:%M}"


def instant_text(moment: "pd.Timestamp | None") -> str | None:
    """ISO 8601 with Z, and a day by itself where there is no zone."""
    import pandas as pd

    if pd.isna(moment):
        return None
    if moment.tz is None:
        return f"{moment:%Y-%m-%d}"
    return moment.tz_convert("UTC").isoformat().replace("+00:00", "Z")


def percent(share: float) -> str:
    """A share as a percentage, with its sign."""
    return NOTHING if isnan(share) else f"{share:+.1%}".removesuffix("%")


def listed(values: Sequence[object]) -> str:
    """Several values in one cell: 1, 4."""
    return ", ".join(str(value) for value in values) or NOTHING


# Three ways to write


def csv_text(rows: "pd.DataFrame") -> str:
    """The rows as RFC 4180 says, with a header line; several values part by spaces."""
    table = _plain(rows)
    for name in table:
        if isinstance(next(iter(table[name]), None), tuple):
            table[name] = [" ".join(map(str, values)) for values in table[name]]
    return str(table.to_csv(index=False, lineterminator="\n"))


def json_text(answer: Answer) -> str:
    """One object; each row on a line of its own."""
    return object_text(answer.facts, "rows", plain_records(answer.rows))


def object_text(
    facts: Mapping[str, object], name: str, records: Sequence[object]
) -> str:
    """Facts, and a list with each record on a line of its own."""
    head = json.dumps(
        dict(facts), ensure_ascii=False, indent=2, allow_nan=False
    ).removesuffix("\n}")
    lines = ",\n".join(
        "    " + json.dumps(record, ensure_ascii=False, allow_nan=False)
        for record in records
    )
    body = f"\n{lines}\n  " if lines else ""
    return f'{head},\n  "{name}": [{body}]\n}}\n'


def plain_records(rows: "pd.DataFrame") -> list[dict[str, object]]:
    """The rows as JSON has them: instants as text, null where there is no figure."""
    return [
        {str(name): None if value != value else value for name, value in row.items()}  # noqa: PLR0124
        for row in _plain(rows).to_dict("records")
    ]


def _plain(rows: "pd.DataFrame") -> "pd.DataFrame":
    """Instants as text; the rest as it is."""
    times = rows.select_dtypes(["datetime", "datetimetz"]).columns
    texts = {name: rows[name].map(instant_text).astype(object) for name in times}
    return rows.assign(**texts)


def table_text(answer: Answer, *, screen: bool) -> str:
    """
    The rows as a table to read.

    On a terminal, columns that can be spared are left out until it fits, and notes say
    which; anywhere else nothing is cut, wrapped or coloured.
    """
    from shutil import get_terminal_size

    from rich.console import Console

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
    columns, left_out = _that_fit(answer, console, room)
    table = _table(answer, columns)
    width = max(room, console.measure(table, options=_wide(console)).maximum)
    notes = [*answer.notes, *answer.warnings]
    if left_out:
        names = ", ".join(column.name for column in left_out)
        notes.append(f"Left out for want of room: {names}. --format csv has all.")
    parts: list[Table | str] = [answer.title, *([table] if len(answer.rows) else [])]
    for part in [*parts, *notes]:
        whole = not terminal or not isinstance(part, str)
        console.width = width if whole else room
        console.print(part, soft_wrap=whole and isinstance(part, str))
    lines = written.getvalue().splitlines()
    return "".join(f"{line.rstrip()}\n" for line in lines)


WIDE = 10_000


def _wide(console: "Console") -> Any:  # noqa: ANN401
    return console.options.update(width=WIDE)


def _that_fit(
    answer: Answer, console: "Console", room: int
) -> tuple[list[Column], list[Column]]:
    """Columns that fit into the room, and those that were left out."""
    columns = list(answer.columns)
    for level in sorted({column.spare for column in columns} - {0}, reverse=True):
        table = _table(answer, columns)
        if console.measure(table, options=_wide(console)).maximum <= room:
            break
        columns = [column for column in columns if column.spare != level]
    return columns, [column for column in answer.columns if column not in columns]


def _table(answer: Answer, columns: Sequence[Column]) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for column in columns:
        justify: Literal["left", "right"] = "left" if column.left else "right"
        table.add_column(column.title, justify=justify, no_wrap=True)
    cells = [[column.text(v) for v in answer.rows[column.name]] for column in columns]
    for row in zip(*cells, strict=True):
        table.add_row(*row)
    return table
