"""
The command line: parse, call, print.

Nothing heavy is loaded before a command runs, so that ``kursk-geo --help`` is quick.
"""

import io
import re
import sys
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from kursk_geo.cli import figures, pictures, sentences
from kursk_geo.cli.options import command
from kursk_geo.cli.output import Closed

__all__ = ["app", "main"]


class Commands(TyperGroup):
    """The commands, whose values that cannot be are told of in plain words."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401  (of typer's click, or click's)
        """
        Run the command that was asked for.

        Raises
        ------
        BadParameter
            If a value cannot be.
        """
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            for words, plain in PLAIN.items():
                error.message = re.sub(words, plain, error.message)
            raise


class Command(TyperCommand):
    """A command whose help names no type of Python."""

    def get_help(self, ctx: Any) -> str:  # noqa: ANN401
        """The help, with room where a type stood."""
        types = re.compile(r" <(str|path|list\[\w+\])>")
        return types.sub(lambda found: " " * len(found[0]), super().get_help(ctx))


PLAIN = {
    r"^Value error, ": "",
    r".* (should be|is not) a valid int.*": "Expected a whole number such as 2.",
    r".* (should be|is not) a valid (float|number).*": "Expected a number such as 2.5.",
    r"^Input should be greater than or equal to (.*)": r"Expected \1 or more.",
    r"^Input should be less than or equal to (.*)": r"Expected \1 or less.",
    r".* is not in the range x>=([\d.]+?)\.?$": r"Expected \1 or more.",
    r".* is not in the range x<=([\d.]+?)\.?$": r"Expected \1 or less.",
    r".* is not in the range ([\d.]+)<=x<=([\d.]+?)\.?$": r"Expected \1 to \2.",
}
"""What the parser says, of today and of before, and what a reader is told."""

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

    PATH is a folder of maps, one map, an archive (.zip, .tar.xz ...) or a store that
    "kursk-geo store" wrote. Figures go to standard output; errors and warnings, a line
    each, to standard error.
    """


for function in (
    figures.measure,
    figures.sections,
    figures.change,
    figures.events,
    figures.settlements,
    figures.compare,
    sentences.check,
    sentences.annotate,
    figures.claims,
    pictures.plot,
    pictures.animate,
    pictures.report,
    figures.info,
    figures.theatres,
    figures.sources,
    figures.validate,
    pictures.store,
    pictures.export,
    sentences.update,
    sentences.watch,
    pictures.fetch,
    pictures.demo,
):
    app.command(cls=Command)(command(function))


def main() -> None:
    """
    Run the command line.

    Exits with 0 when done, 1 with one line on standard error when something could not
    be done, and 2 when it was called wrongly.
    """
    sys.stdout = sys.stdout or Closed()
    sys.stderr = sys.stderr or Closed()
    for stream in (sys.stdout, sys.stderr):
        # km² has to come out the same in every locale, and CSV on every system.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(
                encoding="utf-8", errors="backslashreplace", newline="\n"
            )
    app(prog_name="kursk-geo")
