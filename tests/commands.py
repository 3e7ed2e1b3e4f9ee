"""The command line as tests call it."""

import json
from typing import Any

from click.testing import CliRunner, Result
from typer.main import get_command

from kursk_geo.cli import app

COMMANDS = get_command(app)
"""Made once: typer's own runner makes all commands anew for each."""


def run(*arguments: object) -> Result:
    """Run a command."""
    return CliRunner().invoke(COMMANDS, [str(argument) for argument in arguments])


def done(*arguments: object) -> str:
    """Run a command that succeeds; what it prints."""
    result = run(*arguments)
    assert result.exit_code == 0, result.stderr or repr(result.exception)
    return result.stdout


def answer(*arguments: object) -> dict[str, Any]:
    """Run a command that succeeds; its JSON."""
    loaded: dict[str, Any] = json.loads(done(*arguments, "--format", "json"))
    return loaded


def column(name: str, *arguments: object) -> list[Any]:
    """Run a command that succeeds; one column of its rows."""
    return [row[name] for row in answer(*arguments)["rows"]]


def refused(*arguments: object) -> str:
    """Run a command that cannot be done; the one line that says why."""
    result = run(*arguments)
    assert result.exit_code in {1, 2}, result.stderr
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    return result.stderr


def wrong(*arguments: object) -> str:
    """Run a command that was called wrongly; what it says."""
    result = run(*arguments)
    assert result.exit_code == 2, result.stderr
    assert result.stdout == ""
    return " ".join(result.stderr.split())
