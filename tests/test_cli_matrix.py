"""The same words everywhere: one matrix of commands and options, in docs too."""

import importlib.util
import inspect
import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any, get_args

import pytest
import typer.main

import kursk_geo as kg
from commands import run
from kursk_geo.cli import app

ROOT = Path(__file__).parents[1]
SHARED = {
    "--from", "--to", "--at", "--tz", "--out", "--theatre", "--border", "--region",
    "--places", "--source", "--on-error", "--stale-days", "--format",
}  # fmt: skip
GROUND = {"--theatre", "--border", "--region"}
MAPS = {"--source", "--on-error", "--stale-days"}
SPAN = {"--from", "--to", "--tz"}
MATRIX = {
    "measure": GROUND | MAPS | SPAN | {"--at", "--out", "--format"},
    "sections": GROUND | MAPS | {"--at", "--tz", "--out", "--format"},
    "change": GROUND | MAPS | SPAN | {"--out", "--format"},
    "events": GROUND | MAPS | SPAN | {"--out", "--format"},
    "settlements": GROUND | MAPS | SPAN | {"--places", "--out", "--format"},
    "compare": GROUND | SPAN | {"--at", "--on-error", "--out", "--format"},
    "plot": GROUND | MAPS | SPAN | {"--at", "--places", "--out"},
    "animate": GROUND | MAPS | SPAN,
    "report": GROUND | MAPS | SPAN | {"--places", "--out"},
    "export": GROUND | MAPS | SPAN | {"--at", "--out"},
    "info": MAPS | SPAN | {"--out", "--format"},
    "store": MAPS | SPAN,
    "update": GROUND | {"--source"},
    "watch": GROUND | {"--source", "--places"},
    "fetch": SPAN,
    "demo": {"--out"},
}
"""Which of the options that mean the same everywhere each command takes."""


def commands() -> dict[str, Any]:
    group: Any = typer.main.get_command(app)
    return dict(group.commands)


def options(command: Any) -> dict[str, Any]:
    return {
        flag: one
        for one in command.params
        if one.param_type_name == "option"
        for flag in one.opts
    }


@pytest.mark.parametrize("name", MATRIX)
def test_each_command_takes_its_options(name: str) -> None:
    assert set(options(commands()[name])) & SHARED == MATRIX[name]


def test_an_option_is_of_one_kind_everywhere() -> None:
    kinds: dict[str, set[str]] = defaultdict(set)
    for command in commands().values():
        for flag, option in options(command).items():
            parameter = inspect.signature(command.callback).parameters[option.name]
            kind = str(get_args(parameter.annotation)[0])
            words = re.findall(r"\w+", kind.removesuffix(" | None"))
            kinds[flag].add(" ".join(w for w in words if w not in {"class", "pathlib"}))
    # A picture of several days, and a column of borders, may be repeated.
    assert {flag for flag, kind in kinds.items() if len(kind) > 1} <= {
        "--at", "--every", "--border", "--theatre", "--area-method"
    }  # fmt: skip


def test_every_command_and_option_stands_in_the_docs() -> None:
    spec = importlib.util.spec_from_file_location(
        "list_options", ROOT / ".ci" / "list_options.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    text = (ROOT / "docs" / "cli.md").read_text("utf-8")
    # Written anew with `python .ci/list_options.py`.
    assert module.listed() in text
    for name in commands():
        assert re.search(rf"^\| `kursk-geo {name}\b", text, re.MULTILINE), name


@pytest.mark.parametrize("name", sorted(commands()))
def test_no_word_of_python_in_what_a_wrong_call_says(name: str) -> None:
    said = run(name, "--every", "hour", "--gap-km", "wide", "--nonsense").output
    assert "Traceback" not in said
    for word in ("Value error", "ValueError", "None", "Literal", "<class"):
        assert word not in said


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("measure sample --every hour", "'hour' is not one of 'change', 'map', 'day'"),
        ("measure sample --gap-km wide", "Expected a number, such as 2.5."),
        ("settlements sample --agree x", "Expected a whole number, such as 2."),
        ("plot map sample --out a.png --dpi 3", "Expected 10 or more."),
    ],
)
def test_a_value_that_cannot_be_is_told_of_in_plain_words(call: str, told: str) -> None:
    ended = run(*call.split())
    assert ended.exit_code == 2
    said = " ".join(ended.output.split())
    assert told in said
    assert "Value error" not in said
    assert "Input should" not in said


@pytest.mark.parametrize(
    "call",
    ["measure sample", "sections sample", "change sample", "events sample",
     "settlements sample", "compare a=sample b=sample", "claims", "info sample",
     "check sample bloomberg-2025-04-26"],
)  # fmt: skip
def test_json_says_its_schema_and_the_version(call: str) -> None:
    if "=sample" in call:
        maps = str(ROOT / "sample_data" / "deepstate")
        call = call.replace("sample", maps)
    told = json.loads(run(*call.split(), "--format", "json").stdout)
    assert told["schema"] == 1
    assert told["version"] == kg.__version__


def test_a_sentence_without_territory_is_answered_in_one_line() -> None:
    ended = run("check", "sample", "hello world", "--published", "2025-04-26")
    assert ended.stdout == "Not read: “hello world”: it says nothing of territory.\n"
