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
from kursk_geo.claims.sentence import NOTHING
from kursk_geo.cli import app

ROOT = Path(__file__).parents[1]
SHARED = {
    "--from", "--to", "--at", "--tz", "--out", "--theatre", "--border", "--region",
    "--places", "--source", "--on-error", "--stale-days", "--format",
}  # fmt: skip
GROUND = {"--theatre", "--border", "--region"}
MAPS = {"--source", "--on-error"}
OLD = {"--at", "--stale-days"}
SPAN = {"--from", "--to", "--tz"}
MATRIX = {
    "measure": GROUND | MAPS | SPAN | OLD | {"--out", "--format"},
    "sections": GROUND | MAPS | OLD | {"--tz", "--out", "--format"},
    "change": GROUND | MAPS | SPAN | {"--stale-days", "--out", "--format"},
    "events": GROUND | MAPS | SPAN | {"--out", "--format"},
    "settlements": GROUND | MAPS | SPAN | {"--places", "--out", "--format"},
    "compare": GROUND | SPAN | {"--at", "--on-error", "--out", "--format"},
    "plot": GROUND | MAPS | SPAN | OLD | {"--places", "--out"},
    "animate": GROUND | MAPS | SPAN,
    "report": GROUND | MAPS | SPAN | {"--places", "--out"},
    "export": GROUND | MAPS | SPAN | OLD | {"--out"},
    "info": MAPS | SPAN | {"--out", "--format"},
    "store": MAPS | SPAN,
    "update": GROUND | {"--source"},
    "watch": GROUND | {"--source", "--places"},
    "validate": MAPS | {"--out", "--format"},
    "check": MAPS | {"--theatre", "--out", "--format"},
    "annotate": MAPS | {"--theatre", "--out"},
    "claims": {"--out", "--format"},
    "theatres": {"--out", "--format"},
    "sources": {"--out", "--format"},
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


def test_the_matrix_has_every_command() -> None:
    assert set(MATRIX) == set(commands())


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
    # A picture may be of several days.
    assert {flag for flag, kind in kinds.items() if len(kind) > 1} == {"--at"}


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
        ("--nonsense", "--nonsense"),  # in words of typer, which differ by its version
        ("measure sample --gap-km wide", "Expected a number such as 2.5."),
        ("settlements sample --agree x", "Expected a whole number such as 2."),
        ("settlements my maps", "Expected names with spaces in quotation marks"),
        ("export sample", "Expected: File to write"),
        ("measure sample --json", "Did you mean --format json?"),
        (
            "plot map sample --out a.png --dpi 3",
            "Expected 10 or more.",
        ),
    ],
)
def test_a_value_that_cannot_be_is_told_of_in_plain_words(call: str, told: str) -> None:
    ended = run(*call.split())
    assert ended.exit_code == 2
    said = " ".join(ended.output.split())
    assert told in said
    assert "Value error" not in said
    where = "" if call.startswith("-") else f"{call.split(maxsplit=1)[0]} "
    assert said.endswith(f"See: kursk-geo {where}--help")
    assert ended.output.count("\n") == 1


WRONG = """
measure sample --theatre kursck
measure sample --source deepstat
measure sample --status ocupied
measure sample --tz Kyiv
measure sample --from soon
measure sample --from 2025-03-01 --to 2025-02-01
measure sample --at 2025-13-01
measure sample --stale-days -3
measure sample --stale-days nan
measure sample --gap-km -1
measure sample --gap-km inf
measure sample --min-area-km2 nan
measure sample --depth-shares 0
measure sample --depth-shares 1 --every day
sections sample --history --at 2025-04-15
change sample --min-width-m -1
change sample --transitions --every week
events sample --kind unio
events sample --displacement-km -1
settlements sample --agree 0
check sample bloomberg-2025-04-27
check SENTENCE sample --published 2025-04-26
check sample bloomberg-2025-04-26 --published soon
check sample bloomberg-2025-04-26 --theatre kursck
check sample SENTENCE --published 2025-04-26 --since 2025-13-01
annotate bloomberg-2025-04-26 sample --published 2025-02-30
plot map sample --out map.png --width-in 0
plot map sample --out map.jpg
plot area sample --out area.png --dpi 0
plot since sample --out since.png --claim nonsense
animate sample film.gif --fps 0
report sample --lang xx --out report
report sample --out index.html
store sample sample
update sample sample
plot mapp sample --out map.png
export sample --out figures.doc
export sample --layer fronts --out figures.csv
fetch deepstat --offline
"""


@pytest.mark.parametrize("call", WRONG.strip().splitlines())
def test_a_value_that_cannot_be_ends_with_2(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    sentence = "the area in Kursk had shrunk by one-fifth by the end of February"
    ended = run(*(sentence if w == "SENTENCE" else w for w in call.split()))
    assert ended.exit_code == 2, ended.output
    assert ended.stdout == ""
    assert list(tmp_path.iterdir()) == []
    said = ended.stderr
    near = {"kursck": "kursk", "deepstat": "deepstate", "ocupied": "occupied",
            "unio": "union", "fronts": "front", "mapp": "map"}  # fmt: skip
    for wrong, right in near.items():
        if wrong in call.split():
            assert f"Did you mean '{right}'" in said


JSON = [
    "measure sample", "measure sample --depth-shares 5", "sections sample",
    "sections sample --history", "change sample", "change sample --every month",
    "change sample --transitions", "events sample", "settlements sample",
    "compare a=MAPS b=MAPS", "claims", "info sample", "theatres", "sources", "validate",
    "check sample bloomberg-2025-04-26",
    "annotate bloomberg-2025-04-26 sample --out FILE.json",
    "export sample --out FILE.csv", "watch STORE MAPS --claims all --notify --quiet",
]  # fmt: skip


@pytest.mark.parametrize("call", JSON)
def test_json_says_its_schema_and_the_version(call: str, tmp_path: Path) -> None:
    maps, file = ROOT / "sample_data" / "deepstate", tmp_path / "file"
    call = call.replace("MAPS", str(maps)).replace("FILE", str(file))
    call = call.replace("STORE", str(tmp_path / "store"))
    asked = [] if {"annotate", "export", "watch"} & {*call.split()} else ["--format"]
    ended = run(*call.split(), *asked, *(["json"] if asked else []))
    assert ended.exit_code == 0, ended.output
    beside = [*tmp_path.glob("*.json")]
    told = json.loads(beside[0].read_text("utf-8") if beside else ended.stdout)
    assert int(told["schema"]) == 1
    assert told["version"] == kg.__version__


def test_every_command_that_takes_a_format_is_asked_for_json() -> None:
    asked = {call.split()[0] for call in JSON}
    taking = {name for name in commands() if "--format" in options(commands()[name])}
    assert taking <= asked


def test_a_sentence_without_territory_is_answered_in_one_line() -> None:
    ended = run("check", "sample", "hello world", "--published", "2025-04-26")
    assert ended.stdout == f"Not read: “hello world”: {NOTHING}.\n"
