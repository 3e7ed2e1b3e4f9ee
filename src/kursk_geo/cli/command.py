"""What all commands share: options in groups; errors and warnings a line each."""

import inspect
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import is_dataclass
from functools import wraps
from typing import TextIO

import typer

from kursk_geo.errors import KurskGeoError, KurskGeoWarning

__all__ = ["abandon_output", "command", "say"]


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
