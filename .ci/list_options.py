"""
Write the list of commands and options in docs/cli.md anew.

Usage: ``list_options.py``; a test holds the two together.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any, get_args

import typer.main

from kursk_geo.cli import app

PAGE = Path(__file__).resolve().parents[1] / "docs" / "cli.md"
BEGIN, END = "<!-- every option: begin -->\n", "<!-- every option: end -->\n"


def listed() -> str:
    """Every command with its arguments and options, and what each is for."""
    group: Any = typer.main.get_command(app)  # of click, which typer has its own of
    parts = []
    for name, command in group.commands.items():
        lines = [f"### kursk-geo {name}\n"]
        kinds = inspect.signature(command.callback).parameters
        lines += [f"{(command.help or '').strip().splitlines()[0]}\n"]
        for parameter in command.params:
            words = " ".join(str(parameter.help or "").split())
            if parameter.param_type_name == "option":
                flags = [*parameter.opts, *parameter.secondary_opts]
                kind = kinds[parameter.name].annotation
                value = "" if parameter.is_flag else f" {_value(parameter, kind)}"
                shown = ", ".join(f"`{flag}`" for flag in flags) + value
            else:
                shown = f"`{parameter.metavar}`"
            lines.append(f"- {shown}: {words}")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _value(option: Any, kind: Any) -> str:  # noqa: ANN401
    """What stands for the value: a word, or all that it may be."""
    if option.metavar:
        return f"`{option.metavar}`"
    choices = [one for part in get_args(get_args(kind)[0]) for one in get_args(part)]
    choices = choices or [str(one) for one in get_args(get_args(kind)[0])]
    return " or ".join(f"`{choice}`" for choice in choices)


def main() -> None:
    text = PAGE.read_text(encoding="utf-8")
    block = f"{BEGIN}\n{listed()}\n{END}"
    pattern = re.escape(BEGIN) + ".*?" + re.escape(END)
    PAGE.write_text(re.sub(pattern, lambda _: block, text, flags=re.DOTALL), "utf-8")


if __name__ == "__main__":
    main()
