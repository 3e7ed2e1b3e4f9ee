"""
The command line: parse, call, print.

Nothing heavy is loaded before a command runs, so that ``kursk-geo --help`` is quick.
"""

import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from kursk_geo.cli import figures, pictures

__all__ = ["app", "main"]


UsageError: Any = typer.BadParameter.__base__
"""Of click, which newer versions of typer have a copy of."""


class Commands(TyperGroup):
    """Commands that are told in one line where they were called wrongly."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401
        """Read what stands before the command; where nothing does, help is shown."""
        with _in_one_line(ctx) if args else nullcontext():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401
        """Run the command that was named."""
        with _in_one_line(ctx):
            return super().invoke(ctx)


@contextmanager
def _in_one_line(ctx: Any) -> Iterator[None]:  # noqa: ANN401
    try:
        yield
    except UsageError as error:
        words, where = error.format_message(), error.ctx or ctx
        words = re.sub("Value error, |, unable to parse.*", "", words)
        option = getattr(error, "option_name", "")
        # Of a parameter that is missing; older versions keep no help of arguments.
        missing = hasattr(error, "param_type") and getattr(error.param, "help", None)
        if option in OTHERWISE:
            words = f"No such option: {option}. Did you mean {OTHERWISE[option]}?"
        elif missing:
            words = f"{words.rstrip('.')}. Expected: {missing}"
        elif "extra argument" in words:
            quoted = 'Expected names with spaces in quotation marks ("my maps/")'
            words += f". {quoted}, and values behind their options (--at 2025-04-15)."
        end = "" if words.endswith((".", "?")) else "."
        told = f"{words}{end} See: {where.command_path} --help"
        raise UsageError(" ".join(told.split())) from error


OTHERWISE = {"--json": "--format json", "--date": "--at", "--start": "--from"}
"""Options as other programs call them, that no likeness of letters leads to ours."""


class Command(TyperCommand):
    """A command whose help speaks of no type of Python."""

    def get_help(self, ctx: Any) -> str:  # noqa: ANN401
        """The help, with room where a type stood."""
        types = re.compile(r" <(str|path|list\[\w+\])>")
        text = super().get_help(ctx).replace("{", "").replace("}", "")
        return types.sub(lambda found: " " * len(found[0]), text)


app = typer.Typer(
    name="kursk-geo",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(asked: bool) -> None:
    if asked:
        print(f"kursk-geo {version('kursk-geo')}")
        raise typer.Exit


@app.callback()
def _kursk_geo(
    _: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_show_version,
            is_eager=True,
            help="Show the version and exit.",
        ),
    ] = False,
) -> None:
    """
    Area, sections and depth of held ground, from published control maps.

    PATH is a folder of maps, one map, an archive (.zip, .tar.xz ...), a store that
    "kursk-geo store" wrote, or the word sample: maps that come along. Figures go to
    standard output; errors and warnings, a line each, to standard error.

    To begin: kursk-geo measure sample. What a command takes: kursk-geo measure --help.
    """


for function in (
    figures.measure, figures.sections, figures.change, figures.events,
    figures.settlements, figures.compare, figures.check, figures.annotate,
    figures.claims, pictures.plot, pictures.animate, pictures.report, figures.info,
    figures.theatres, figures.sources, figures.validate, pictures.store,
    pictures.export, pictures.update, pictures.watch, pictures.fetch, pictures.demo,
):  # fmt: skip
    app.command(cls=Command)(function)


def main() -> None:
    """
    Run the command line.

    Exits with 0 when done, 1 with one line on standard error when something could not
    be done, and 2 when it was called wrongly.
    """
    for name in ("stdout", "stderr"):
        # One that was closed before Python began refuses, as a file to read does.
        stream = getattr(sys, name) or Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115
        setattr(sys, name, stream)
        # km² has to come out the same in every locale, and CSV on every system.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(
                encoding="utf-8", errors="backslashreplace", newline="\n"
            )
    # A window would need a screen, and what is named there may be no backend.
    os.environ["MPLBACKEND"] = "agg"
    app(prog_name="kursk-geo")
