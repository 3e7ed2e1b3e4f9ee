"""
Hold the shape of the house, one test a rule: floors, public names, docstrings, options.

The source is read as text, so a module need not be importable to be judged.
"""

import ast
import inspect
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TypeAlias

import kursk_geo

PACKAGE = Path(__file__).parents[1] / "src" / "kursk_geo"

# A module imports from its own floor and from those below it, never in a circle. A
# folder of modules is one room, and its modules may import each other.
FLOORS = [
    "errors status",
    "geometry periods formats _text _files",
    "theatre reference",
    "history store snapshots",
    "sources area depth sections ground",
    "change events measure",
    "claims uncertainty compare settlements",
    "cli report plot validate exports",
]
# The package itself, which loads most of it lazily, and the door to cli; the command
# line asks the library as any user does, by `import kursk_geo`.
ENTRANCES = {"__init__", "__main__"}

# What takes long to import, and the rooms that may: inside functions too.
HEAVY = {
    "jinja2": {"report", "claims", "exports"},
    "matplotlib": {"plot", "report"},
    "pyarrow": {"formats", "sources", "store"},
    "requests": {"sources"},
    "typer": {"cli"},
}

MODULE_LINES = 600
"""Of code: neither blank, nor comment, nor docstring."""

POSITIONAL = 3
"""Data come first and are positional; the rest are options, keyword-only."""
PASSING_ON = {
    f"history.ControlHistory.{name}" for name in ("measure", "plot", "explore")
}
"""Methods that hand their options to the function of their name."""
OPTIONAL_DATA = {
    "at": ["when"],
    "select": ["theatre"],
    "snapshot_at": ["when"],
}

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def trees() -> dict[str, ast.Module]:
    """Each module, dotted below the package (``sources.deepstate``), as a tree."""
    return {
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts): ast.parse(
            path.read_text(encoding="utf-8")
        )
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def room(module: str) -> str:
    return module.partition(".")[0]


def imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and dotted name of each import, wherever it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def own_rooms(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and room of each import from the package."""
    for line, name in imported(tree):
        top, _, below = name.partition(".")
        if top == "kursk_geo" and name != "kursk_geo":
            yield line, room(below)


@cache
def public() -> list[tuple[str, ast.AST]]:
    """Public functions, classes and methods: what ``kursk_geo.__all__`` names."""
    found: list[tuple[str, ast.AST]] = []
    for module, tree in trees().items():
        for node in tree.body:
            if (
                isinstance(node, (ast.FunctionDef, ast.ClassDef))
                and node.name in kursk_geo.__all__
                and room(module) != "cli"
            ):
                found.append((f"{module}.{node.name}", node))
                if isinstance(node, ast.ClassDef):
                    found += [
                        (f"{module}.{node.name}.{method.name}", method)
                        for method in node.body
                        if isinstance(method, ast.FunctionDef) and method.name[0] != "_"
                    ]
    return found


def functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Public functions and methods; not properties, which are read like fields."""
    for name, node in public():
        if isinstance(node, ast.FunctionDef) and not {
            ast.unparse(decorator).rpartition(".")[2]
            for decorator in node.decorator_list
        } & {"property", "cached_property", "overload"}:
            yield name, node


def positional(node: ast.FunctionDef) -> list[str]:
    names = [argument.arg for argument in [*node.args.posonlyargs, *node.args.args]]
    return [name for name in names if name not in {"self", "cls"}]


def sections(node: ast.AST) -> dict[str, str]:
    """The numpydoc sections of a docstring, each with its text."""
    assert isinstance(node, (ast.FunctionDef, ast.ClassDef))
    text = inspect.cleandoc(ast.get_docstring(node, clean=False) or "")
    parts = re.split(r"^(\w[\w ]*)\n-{3,}\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def in_python(code: str) -> object:
    """Run code that prints JSON in a Python of its own."""
    run = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(run.stdout)


def test_imports_go_down_the_floors() -> None:
    floors = {name: n for n, names in enumerate(FLOORS) for name in names.split()}
    rooms = {room(module) for module in trees()} - ENTRANCES
    assert rooms == floors.keys()
    wrong = [
        f"{module}, line {line}: {below}"
        for module, tree in trees().items()
        if room(module) not in ENTRANCES
        for line, below in own_rooms(tree)
        if floors.get(below, len(FLOORS)) > floors[room(module)]
    ]
    asks_the_package = {
        room(module)
        for module, tree in trees().items()
        if "kursk_geo" in {name for _, name in imported(tree)}
    }
    assert wrong == []
    assert asks_the_package <= {"cli", "history"}


def test_no_rooms_import_each_other_in_a_circle() -> None:
    graph: dict[str, set[str]] = {}
    for module, tree in trees().items():
        if room(module) not in ENTRANCES:
            below = {name for _, name in own_rooms(tree)} - {room(module)}
            graph.setdefault(room(module), set()).update(below)
    assert list(TopologicalSorter(graph).static_order())


def test_no_two_modules_have_one_name() -> None:
    names = [module.rpartition(".")[2] for module in trees()]
    twice = {name for name in names if names.count(name) > 1} - {"__init__"}
    assert twice == set()


def test_the_tree_of_the_design_names_every_module() -> None:
    design = (PACKAGE.parents[1] / "docs" / "design.md").read_text("utf-8")
    tree = design.partition("```text\n")[2].partition("```")[0]
    told = set(re.findall(r"\w+", tree))
    names = {module.rpartition(".")[2] for module in trees()}
    assert names - told == {"__main__"}


def test_heavy_packages_stay_in_their_rooms() -> None:
    wrong = [
        f"{module}, line {line}: {name}"
        for module, tree in trees().items()
        for line, name in imported(tree)
        if room(name) in HEAVY and room(module) not in HEAVY[room(name)]
    ]
    assert wrong == []


def test_importing_the_package_loads_nothing_heavy() -> None:
    # pandas loads pyarrow by itself, so `import geopandas` is what counts.
    loaded = "import json, sys, {}; print(json.dumps(sorted(sys.modules)))"
    ours = in_python(loaded.format("kursk_geo"))
    theirs = in_python(loaded.format("geopandas"))
    assert isinstance(ours, list)
    assert isinstance(theirs, list)
    assert not HEAVY.keys() & (set(ours) - set(theirs))


def test_modules_are_a_subject_of_a_readable_size() -> None:
    long = {}
    for module, tree in trees().items():
        path = PACKAGE.joinpath(*module.split(".")).with_suffix(".py")
        text = path.read_text(encoding="utf-8")
        told = {
            line
            for node in ast.walk(tree)
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
            and ast.get_docstring(node) is not None
            for line in range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)
        }
        lines = sum(
            bool(line.strip()) and not line.lstrip().startswith("#") and n not in told
            for n, line in enumerate(text.splitlines(), 1)
        )
        if lines > MODULE_LINES:
            long[module] = lines
    assert long == {}


def test_public_names_are_sorted_few_and_to_be_had() -> None:
    """
    Loading a module binds its name in the package.

    ``kg.measure`` must be the function all the same, and not ``measure.py``.
    """
    names = kursk_geo.__all__
    assert names == sorted(set(names))
    hidden = in_python(
        "import importlib, json, pkgutil, types, kursk_geo\n"
        "for found in pkgutil.walk_packages(kursk_geo.__path__, 'kursk_geo.'):\n"
        "    if not found.name.endswith('__main__'):\n"
        "        importlib.import_module(found.name)\n"
        "print(json.dumps([name for name in kursk_geo.__all__\n"
        "    if isinstance(getattr(kursk_geo, name), types.ModuleType)]))"
    )
    assert hidden == []


def test_dir_tells_the_public_names_alone() -> None:
    listed = in_python("import json, kursk_geo; print(json.dumps(dir(kursk_geo)))")
    assert isinstance(listed, list)
    assert {name for name in listed if name[0] != "_"} == set(kursk_geo.__all__)


def test_docstrings_of_public_functions_are_complete() -> None:
    lacking = []
    for name, node in functions():
        told = sections(node)
        arguments = [*positional(node), *(a.arg for a in node.args.kwonlyargs)]
        described = re.findall(
            r"^(\S.*?)(?: : |$)", told.get("Parameters", ""), re.MULTILINE
        )
        words = {word.strip(" *") for line in described for word in line.split(",")}
        lacking += [f"{name}: {a}" for a in arguments if a not in words]
        returns = node.returns and ast.unparse(node.returns)
        if returns not in {"None", "NoReturn"} and not told.keys() & {
            "Returns",
            "Yields",
        }:
            lacking.append(f"{name}: Returns")
    assert lacking == []


def test_public_names_have_examples() -> None:
    lacking = [
        name
        for name, node in public()
        if name.rpartition(".")[2] in kursk_geo.__all__
        and room(name) != "errors"
        and ">>>" not in sections(node).get("Examples", "")
    ]
    assert lacking == []


def test_options_are_keyword_only() -> None:
    """What has a default is an option; what has none is data, at most three."""
    wrong = []
    for name, node in functions():
        data = positional(node)
        options = data[len(data) - len(node.args.defaults) :]
        allowed = OPTIONAL_DATA.get(node.name, [])
        passes_on = name in PASSING_ON
        if (
            options != allowed
            or len(data) > POSITIONAL
            or (node.args.kwarg and not passes_on)
        ):
            wrong.append(f"{name}{data}")
    assert wrong == []


def test_only_the_command_line_prints() -> None:
    wrong = [
        f"{module}, line {node.lineno}"
        for module, tree in trees().items()
        if room(module) != "cli"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"print", "sys.stdout.write", "sys.stderr.write"}
    ]
    assert wrong == []


def test_errors_are_caught_by_name() -> None:
    wrong = [
        f"{module}, line {node.lineno}"
        for module, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (
            node.type is None
            or re.search(r"\b(Base)?Exception\b", ast.unparse(node.type))
        )
    ]
    assert wrong == []


def test_words_and_those_who_say_them_agree() -> None:
    """Each key that code or a template asks for has words; no words wait for nobody."""
    words = tomllib.loads((PACKAGE / "data/words/en.toml").read_text(encoding="utf-8"))
    there = {f"{section}.{key}" for section in words for key in words[section]}
    # What is looked up by a name in data: `named`, `words_of`, and the page's script.
    by_name = {"counts", "format", "js", "figures", "units", "side", "by", "neutral"}
    by_name |= {"holder", "source", "ground", "oblasts", "places", "since"}
    texts = [p.read_text(encoding="utf-8") for p in PACKAGE.rglob("*.j2")]
    texts += [p.read_text(encoding="utf-8") for p in PACKAGE.rglob("*.py")]
    source = "\n".join(texts)
    asked = set(re.findall(r"""\bt\(\s*["']([\w.-]+)["']""", source))
    asked |= {
        f"counts.{k}"
        for k in re.findall(r"""(?<!\.)\bcount\(\s*["'](\w+)["']""", source)
    }
    asked |= {f"format.{k}" for k in re.findall(r"""\bform\[["'](\w+)["']\]""", source)}
    assert asked - there == set()
    made = re.findall(r"""\bt\(\s*f["']([^"']+)["']""", source)
    patterns = [re.sub(r"\\\{.*?\\\}", r"[\\w-]+", re.escape(key)) for key in made]
    unsaid = {
        key
        for key in there - asked
        if key.partition(".")[0] not in by_name
        and not any(re.fullmatch(pattern, key) for pattern in patterns)
    }
    assert unsaid == set()
