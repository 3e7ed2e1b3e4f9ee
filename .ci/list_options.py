"""
Write the list of commands and options in docs/cli.md anew.

Usage: ``list_options.py``; a test holds the two together.
"""

from __future__ import annotations

import inspect
import re
from collections import defaultdict
from pathlib import Path
from typing import Any, get_args

import typer.main

from kursk_geo.cli import app

PAGE = Path(__file__).resolve().parents[1] / "docs" / "cli.md"
BEGIN, END = "<!-- every option: begin -->\n", "<!-- every option: end -->\n"


def listed() -> str:
    """Every command with what it takes, and every option once with what it is for."""
    group: Any = typer.main.get_command(app)  # of click, which typer has its own of
    takes = ["| `kursk-geo` | takes |", "| --- | --- |"]
    meanings: Any = defaultdict(lambda: defaultdict(list))
    for name, command in group.commands.items():
        kinds = inspect.signature(command.callback).parameters
        own = []
        for parameter in command.params:
            spelled, value = [parameter.metavar], ""
            if parameter.param_type_name == "option":
                spelled = [*parameter.opts, *parameter.secondary_opts]
                kind = kinds[parameter.name].annotation
                value = "" if parameter.is_flag else f" {_value(parameter, kind)}"
            own.append(f"`{spelled[0]}`")
            words = " ".join(str(parameter.help or "").split())
            shown = ", ".join(f"`{one}`" for one in spelled)
            meanings[shown][value, words].append(name)
        takes.append(f"| `{name}` | {' '.join(own)} |")
    lines = []
    for shown, said in sorted(meanings.items(), key=lambda one: one[0].strip("`-[")):
        usual = max(said, key=lambda meaning: len(said[meaning]))
        lines.append(f"- {shown}{usual[0]}: {usual[1]}")
        for (value, words), names in said.items():
            if words != usual[1]:
                which = f"of `{'`, `'.join(names)}`{value if value != usual[0] else ''}"
                lines.append(f"  - {which}: {words}")
    return "\n".join([*takes, "", *lines]) + "\n"


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
