"""Answers as a table to read, as CSV, or as JSON; on standard output or in a file."""

import io
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from kursk_geo.cli.command import say
from kursk_geo.cli.files import deliver
from kursk_geo.errors import OptionError

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console
    from rich.table import Table

__all__ = [
    "Answer",
    "Column",
    "Output",
    "OutputOptions",
    "fixed",
    "formatted",
    "instant_text",
    "listed",
    "object_text",
    "percent",
    "plain_records",
    "utc_minute",
]

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
