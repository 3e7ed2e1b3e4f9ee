"""What commands print, and how they end."""

import os
import re
import signal
import sys
import warnings
from _thread import interrupt_main
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path
from shutil import get_terminal_size
from textwrap import fill, wrap
from threading import Timer
from types import FrameType
from typing import Any, Literal

import pandas as pd
import typer

from kursk_geo import errors
from kursk_geo._files import signed, write_whole
from kursk_geo._text import NOTHING, csv_text, json_text, many, records, utc_minute
from kursk_geo.history import ControlHistory


def say(words: str) -> None:
    """Tell the user something: one line on standard error."""
    with suppress(OSError):  # nobody listens, which is no reason to fail
        print(" ".join(words.split()), file=sys.stderr)


def refuse(wrong: object, words: str) -> None:
    """
    Refuse a call that is wrong.

    Raises
    ------
    OptionError
        If it is.
    """
    if wrong:
        raise errors.OptionError(words)


@contextmanager
def plain_words() -> Iterator[None]:
    """Errors and warnings of the library as one line each."""
    told: set[str] = set()
    with warnings.catch_warnings():
        usual = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *where: Any) -> None:  # noqa: ANN401
            if not issubclass(category, errors.KurskGeoWarning):
                usual(message, category, *where)
            elif str(message) not in told:
                told.add(str(message))
                say(f"Warning: {message}")

        warnings.simplefilter("always", errors.KurskGeoWarning)
        warnings.showwarning = show  # type: ignore[assignment]
        at_start = signal.getsignal(signal.SIGINT)
        try:
            signal.signal(signal.SIGINT, _interrupt)
            yield
            sys.stdout.flush()
        except BrokenPipeError as error:
            # The reader has seen enough: `| head`.
            abandon_output()
            raise typer.Exit(0) from error
        except KeyboardInterrupt as error:
            say("Stopped: what was there before is still there.")
            raise typer.Exit(130) from error
        except errors.KurskGeoError as error:
            # A value that cannot be is a wrong call; a place to write to may be mended.
            # So may a file that holds a faulty claim: its fault is the cause.
            cause, kinds = error.__cause__, (errors.OptionError, errors.TheatreError)
            wrong = isinstance(error, kinds) and not isinstance(cause, OSError)
            wrong |= isinstance(error, errors.ClaimError) and cause is None
            raise _failed(str(error), 2 if wrong else 1) from error
        except OSError as error:
            abandon_output()
            # The library tells its files; what has no name was printed.
            place = error.filename or "standard output"
            words = (
                f"{place}: {error.strerror or error}. Expected what can be read and a "
                "place that can be written: look at its rights and room."
            )
            raise _failed(words) from error
        except MemoryError as error:
            words = (
                "there is too little memory. Expected room for all that the maps hold: "
                "read fewer of them, or write them as a store first."
            )
            raise _failed(words) from error
        finally:
            signal.signal(signal.SIGINT, at_start)


def _failed(words: str, code: int = 1) -> typer.Exit:
    say(f"Error: {words}")
    return typer.Exit(code)


def _interrupt(signum: int, frame: FrameType | None) -> None:
    """Interrupt what runs, a module that loads when it is there: it may lose errors."""
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            wakes = os.name == "posix"  # a call that waits, as interrupt_main does not
            again = partial(os.kill, os.getpid(), signum) if wakes else interrupt_main
            Timer(0.02, again).start()
            return
        frame = frame.f_back
    raise KeyboardInterrupt


def abandon_output() -> None:
    """Let what is still buffered go nowhere, or Python complains when it ends."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
    shown : DataFrame, optional
        What a reader sees in the place of `table`.
    digits : int
        Decimals of areas and lengths that a reader sees.
    below : sequence of Answer
        Lists that a reader sees below all this.
    """

    table: pd.DataFrame
    title: str
    facts: Mapping[Any, object]
    notes: Sequence[str] = ()
    warnings: Sequence[str] = ()
    shown: pd.DataFrame | None = None
    digits: int = 2
    below: "Sequence[Answer]" = ()


def about(history: ControlHistory) -> dict[Any, Any]:
    """Where figures come from, for JSON."""
    last = history.snapshots.iloc[-1]
    return {
        "source": history.source,
        "snapshot_id": last["snapshot_id"],
        "snapshot_utc": last["snapshot_utc"],
        "attribution": history.attribution,
        "licence": history.licence,
        "n_rejected": len(history.rejected),
    }


def span_of(history: ControlHistory) -> str:
    """When its first and its last map were published; of one map, once."""
    published = history.snapshots["snapshot_utc"].iloc[[0, -1]]
    return " to ".join(dict.fromkeys(map(utc_minute, published))) + " UTC"


DEFINING = (
    "held", "contested", "region", "clipped", "area_method", "gap_km", "min_area_km2",
    "displacement_km", "min_width_m", "agree", "step_km", "sigma_m", "correlation_km",
    "border_m", "coverage", "tz",
)  # fmt: skip
"""Attributes that say how figures came about, in the order in which they are told."""


def definition_notes(known: Mapping[Any, Any]) -> list[str]:
    """Definitions and border; for a reader, in the words of options and JSON."""
    known = {"area_method": "geodesic"} | {**known}
    words = [str(known["note"])] if known.get("note") else []
    for name in DEFINING:
        if name in known:
            value = known[name]
            text = f"{value:g}" if isinstance(value, float) else _cell(name, value, 0)
            words.append(f"{name} = {text}")
    border = known["border"] or "none, so there is no depth."
    return [f"Definitions: {'; '.join(words)}.", f"Border: {border}"]


def unread(history: ControlHistory) -> list[str]:
    """That something could not be read, where that is so."""
    count = many(len(history.rejected), "feature or file")
    told = f"{count} could not be read; kursk-geo info lists them."
    return [told] if len(history.rejected) else []


Format = Literal["table", "csv", "json"]


def deliver(answer: Answer, chosen: Format, target: Path | None) -> None:
    """
    Print an answer, or put it in a file.

    Raises
    ------
    OptionError
        If the file cannot be written.
    """
    if chosen == "csv":
        for warning in answer.warnings:
            say(f"Warning: {warning}")
        text = csv_text(answer.table)
    elif chosen == "json":
        text = json_text(signed(answer.facts), rows=records(answer.table))
    else:
        text = table_text(answer, screen=target is None)
    if target is not None:
        write_whole(target, text.encode())
        beside = ""
        if chosen == "csv":  # which has no place for where its figures come from
            about_it = target.with_name(f"{target.name}.json")
            write_whole(about_it, json_text(signed(answer.facts)).encode())
            beside = f", and beside it {about_it.name}: where they come from"
        say(f"Wrote {target} ({len(answer.table):,} rows){beside}.")
        return
    print(text, end="", flush=True)


# A table to read

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
    "share": ("%", 1),
    "intersection_over_union": ("", 3),
}
"""By the end of a column's name: its unit, and how many decimals a reader needs."""
TITLES = {
    "area_km2": "Held",
    "staleness_days": "Age",
    "witness_lon": "Deepest point",
    "witness_lat": "",
    "border_point_lon": "Border point",
    "border_point_lat": "",
    "lon": "At",
    "lat": "",
    "depth_censored": "Or more",
    "error_m": "±",
    "rate_km2_per_day": "Net",
    "difference_km2": "From the median",
    "intersection_over_union": "Overlap of all",
}
"""Headings that are shorter, or say more, than the name of the column."""


def _unit(name: str) -> tuple[str, int | None]:
    return next((UNITS[end] for end in UNITS if name.endswith(end)), ("", None))


def _heading(name: str) -> str:
    unit, _ = _unit(name)
    words = re.sub(r"^n_|_(km2_per_day|km2|km|m|utc|days|mb)$", "", name)
    words = words.replace("_", " ")
    words = TITLES.get(name, words[:1].upper() + words[1:])
    return "\n".join(part for part in (fill(words, 12), unit and f"[{unit}]") if part)


def _cell(name: str, value: Any, digits: int) -> str:  # noqa: ANN401
    """One value as a reader sees it; with a minus that `awk` reads as one too."""
    if isinstance(value, (tuple, list)):
        return ", ".join(map(str, value)) or NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if pd.isna(value):
        return NOTHING
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}" if value.tz is None else utc_minute(value)
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) else str(value)
    _, own = _unit(name)
    digits = digits if own is None else own
    if name == "relative_change":
        return f"{100 * value:+.{digits}f}"
    value *= 100 if name == "share" else 1
    least = 10.0**-digits
    # The thinnest sliver is not nothing.
    return f"< {least:g}" if 0 < value < least / 2 else f"{value:,.{digits}f}"


WIDE = 10_000
SPARE = (
    "staleness_days", "snapshot_id", "n_polygons", "border_point_lon", "error_m",
    "witness_lon", "group", "place_id", "sliver", "n_parts", "lon",
    "since_confirmed_utc", "until_confirmed_utc",
    "n_different", "outlet", "printed", "tolerance", "expected",
    "depth_with_contested_km", "unchanged_days", "contested_km2", "sliver_km2",
    "gross_km2", "gained_km2", "lost_km2", "days", "relative_change",
    "area_before_km2", "sections", "statuses", "snapshot_utc",
)  # fmt: skip
"""Columns that a narrow terminal goes without, the first first; with a lon its lat."""
HIDDEN = re.compile(r"geometry|front_km|area_sd.*|n_sources|median_km2|(low|high)_km2")
"""Columns that a reader can do without."""
DULL = {"staleness_days": 0.0, "depth_censored": False, "outlier": False}
"""Columns that a reader can do without where all their rows are so."""
FOLDED, LONGEST = 20, 50
"""Words are folded to a column of this at least, and at most. [characters]"""


def table_text(answer: Answer, *, screen: bool) -> str:
    """
    The rows as a table to read.

    On a terminal long words are folded, and columns that can be spared are left out,
    until it fits; a note says which. Anywhere else they are folded at `LONGEST`.
    """
    rows = pd.DataFrame(answer.table if answer.shown is None else answer.shown)
    dull = [name for name in DULL if name in rows and (rows[name] == DULL[name]).all()]
    rows = rows.drop(columns=[*dull, *filter(HIDDEN.fullmatch, map(str, rows))])
    terminal = screen and on_terminal()
    room = get_terminal_size().columns if terminal else WIDE
    texts = {}
    for name in map(str, rows):
        cells = [_cell(name, value, answer.digits) for value in rows[name].tolist()]
        texts[name] = [_heading(name), *cells]
    widths = {name: _width(cells, FOLDED) for name, cells in texts.items()}
    key = {"snapshot_utc"} & {*rows.columns[:1]}  # what a row is about
    spare = [name for name in SPARE if name in rows and name not in key]
    left_out: list[str] = []
    while (free := room - sum(widths.values()) - 2 * len(widths)) < 0 and spare:
        first = spare.pop(0)
        for name in dict.fromkeys((first, re.sub("lon$", "lat", first))):
            left_out.append(name)
            del widths[name]
    for name, width in widths.items():
        widths[name] = max(width, min(width + free, _width(texts[name], LONGEST)))
        free -= widths[name] - width
    notes = [*answer.notes, *answer.warnings]
    if left_out and len(rows):
        names = ", ".join(left_out)
        notes.append(f"Left out for want of room: {names}. --format csv has all.")
    words = [answer.title, *notes]
    if terminal:
        lines = [line for one in words for line in one.split("\n")]
        words = [fill(line, room, break_on_hyphens=False) for line in lines]
    table = []
    if len(rows):
        right = {name for name in widths if rows[name].dtype.kind in "iuf"}
        loose = any(len(one) > LONGEST for name in widths for one in texts[name][1:])
        table = ["", *_lines(texts, widths, right, loose=loose), ""]
    lines = "\n".join([words[0], *table, *words[1:]]).split("\n")
    text = "".join(f"{line.rstrip()}\n" for line in lines)
    return text + "".join(table_text(one, screen=screen) for one in answer.below)


def _width(cells: list[str], most: int) -> int:
    """Of a column: that of its longest word or cell; words are folded at the most."""
    folds = any(" " in cell for cell in cells[1:])
    widest = max(map(len, cells[1:]), default=0)
    words = max(len(line) for line in cells[0].split("\n"))
    return max(words, min(widest, most) if folds else widest)


def on_terminal() -> bool:
    """Whether somebody looks at what is printed."""
    return sys.stdout.isatty()


def _lines(
    texts: Mapping[str, list[str]],
    widths: Mapping[str, int],
    right: Collection[str],
    *,
    loose: bool,
) -> Iterator[str]:
    """Columns beside one another: a row of headings, a rule, and the rows of cells."""
    for row in range(len(next(iter(texts.values())))):
        folded = [
            [line for part in texts[name][row].split("\n")
             for line in wrap(part, width, break_on_hyphens=False) or [""]]
            for name, width in widths.items()
        ]  # fmt: skip
        # Cells begin at the top, headings end at the bottom.
        order = slice(None, None, 1 if row else -1)
        lines = [*zip_longest(*(cells[order] for cells in folded), fillvalue="")]
        for line in lines[order]:
            yield " " + "  ".join(
                text.rjust(width) if name in right else text.ljust(width)
                for text, (name, width) in zip(line, widths.items(), strict=True)
            )
        if not row:
            yield " " + "─" * (sum(widths.values()) + 2 * len(widths) - 2)
        elif loose:
            yield ""
