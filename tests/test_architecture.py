"""
Hold the shape of the house: floors, public names, docstrings, options, sizes.

The source is read as text, so a module need not be importable to be judged.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import kursk_geo

PACKAGE = Path(__file__).parents[1] / "src" / "kursk_geo"

# A module imports only from lower floors. A folder of modules has one floor, and its
# modules may import each other.
FLOORS = {
    name: floor
    for floor, names in enumerate(
        [
            "errors",
            "status",
            "plane download progress wording",
            "geometry",
            "geojson parsed reference tables",
            "periods",
            "theatre",
            "selection",
            "history",
            "snapshots",
            "store",
            "sources",
            "testing",
            "area depth",
            "ground",
            "overlay trace",
            "sections change front profile",
            "measure events",
            "multiverse uncertainty compare settlements",
            "claims fetch",
            "plot",
            "report",
            "cli",
        ]
    )
    for name in names.split()
}
# The package itself, which loads everything lazily, and the door to cli.
ENTRANCES = {"__init__", "__main__"}

# What takes long to import, and the rooms that may: inside functions too.
HEAVY = {
    "jinja2": {"report"},
    "matplotlib": {"plot", "report"},
    "pyarrow": {"geojson", "sources", "store"},
    "requests": {"download"},
    "typer": {"cli"},
}

# About 350 and 40 are aimed at; past these a room is missing.
MODULE_LINES = 400
BODY_LINES = 50
# Data come first and are positional; the rest are options. Here data may be left out.
POSITIONAL = 3
OPTIONAL_DATA = {
    "fetch.history.fetch_history": ["start", "end"],
    "history.ControlHistory.select": ["theatre"],  # select(theatre), select(status=...)
}


@dataclass(frozen=True)
class Module:
    """One source file, as text and as a tree."""

    path: Path

    @property
    def name(self) -> str:
        """Dotted, below the package: ``sources.deepstate``."""
        return ".".join(self.path.relative_to(PACKAGE).with_suffix("").parts)

    @property
    def room(self) -> str:
        return self.name.partition(".")[0]

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))

    @property
    def opens_a_room(self) -> bool:
        """Whether it is a module by itself or the ``__init__`` of a folder."""
        return self.name in {self.room, f"{self.room}.__init__"}

    def public(self) -> set[str]:
        """Names of the module's own ``__all__``."""
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and any(
                isinstance(target, ast.Name) and target.id == "__all__"
                for target in node.targets
            ):
                return set(ast.literal_eval(node.value))
        return set()


@dataclass(frozen=True)
class Definition:
    """One public function, method or class."""

    module: Module
    name: str
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    owner: ast.ClassDef | None

    def __str__(self) -> str:
        return f"{self.module.name}.{self.name}"

    @property
    def sections(self) -> dict[str, str]:
        """The numpydoc sections of its docstring, each with its text."""
        text = inspect.cleandoc(ast.get_docstring(self.node, clean=False) or "")
        parts = re.split(r"^(\w[\w ]*)\n-{3,}\n", text, flags=re.MULTILINE)
        return dict(zip(parts[1::2], parts[2::2], strict=True))

    @property
    def decorators(self) -> set[str]:
        return {
            ast.unparse(node.func if isinstance(node, ast.Call) else node)
            for node in self.node.decorator_list
        }

    @property
    def arguments(self) -> ast.arguments:
        assert not isinstance(self.node, ast.ClassDef)
        return self.node.args

    @property
    def positional(self) -> list[ast.arg]:
        """What can be passed by position, without ``self`` and ``cls``."""
        names = [*self.arguments.posonlyargs, *self.arguments.args]
        bound = self.owner is not None and "staticmethod" not in self.decorators
        return names[1:] if bound else names


def public_names() -> list[str]:
    return list(getattr(kursk_geo, "__all__", []))


@cache
def modules() -> list[Module]:
    return [Module(path) for path in sorted(PACKAGE.rglob("*.py"))]


def definitions() -> Iterator[Definition]:
    """
    Every public function, method and class, commands apart.

    Public is what the package's ``__all__`` names, and the ``__all__`` of each room:
    of a module, or of the ``__init__`` of a folder. Methods count where the class is
    public in the package. A docstring of ``cli`` is the help of a command.
    """
    of_rooms = {
        module.room: module.public() for module in modules() if module.opens_a_room
    }
    for module in modules():
        if module.room in {*ENTRANCES, "cli"}:
            continue
        public = of_rooms.get(module.room, set()) | set(public_names())
        for node in module.tree.body:
            if (
                isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
                and node.name in public
            ):
                yield Definition(module, node.name, node, None)
                if isinstance(node, ast.ClassDef) and node.name in public_names():
                    yield from methods(module, node)


def methods(module: Module, owner: ast.ClassDef) -> Iterator[Definition]:
    for node in owner.body:
        if (
            isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            and node.name[0] != "_"
        ):
            yield Definition(module, f"{owner.name}.{node.name}", node, owner)


@cache
def functions() -> list[Definition]:
    """Public functions and methods; not properties, which are read like fields."""
    fields = {"property", "cached_property", "functools.cached_property"}
    overloads = {"overload", "typing.overload"}
    return [
        definition
        for definition in definitions()
        if not isinstance(definition.node, ast.ClassDef)
        and not definition.decorators & (fields | overloads)
    ]


def is_module(dotted: str) -> bool:
    path = PACKAGE.joinpath(*dotted.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def own_imports(module: Module) -> Iterator[tuple[int, str]]:
    """Line and name of each import from the package; "" is the package itself."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top, _, below = alias.name.partition(".")
                if top == "kursk_geo":
                    yield node.lineno, below
        elif isinstance(node, ast.ImportFrom):
            source = node.module or ""
            if node.level:
                # A relative import; ruff forbids them, this reads them all the same.
                package = ["kursk_geo", *module.name.split(".")][: -node.level]
                if module.name.endswith("__init__") and node.level > 1:
                    package.pop()
                source = ".".join([*package, source]).rstrip(".")
            top, _, below = source.partition(".")
            if top != "kursk_geo":
                continue
            for alias in node.names:
                deeper = f"{below}.{alias.name}".lstrip(".")
                yield node.lineno, deeper if is_module(deeper) else below


def third_party(module: Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.lineno, (node.module or "").partition(".")[0]


def in_python(code: str) -> object:
    """Run code that prints JSON in a Python of its own, warnings as errors."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(run.stdout)


def code_lines(module: Module, node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function's body: without docstring, comments and blank lines."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    if not body:
        return 0
    lines = module.text.splitlines()[body[0].lineno - 1 : node.end_lineno]
    return sum(
        1 for line in lines if line.strip() and not line.lstrip().startswith("#")
    )


# --- floors


def test_every_module_has_a_floor() -> None:
    rooms = {module.room for module in modules()} - ENTRANCES
    assert rooms <= FLOORS.keys(), (
        f"{sorted(rooms - FLOORS.keys())} stand on no floor: name them in FLOORS"
    )


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)
def test_modules_import_only_from_lower_floors(module: Module) -> None:
    if module.room in ENTRANCES:
        return
    own = FLOORS.get(module.room, -1)
    wrong = [
        f"line {line}: kursk_geo.{name}".rstrip(".")
        for line, name in own_imports(module)
        if name.partition(".")[0] != module.room
        and FLOORS.get(name.partition(".")[0], len(FLOORS)) >= own
    ]
    assert not wrong, f"{module.name} is on floor {own} and imports {wrong}"


def test_imports_are_read_wherever_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "__init__.py").touch()
    (tmp_path / "plot.py").touch()
    path = tmp_path / "sources" / "new.py"
    path.write_text(
        "from typing import TYPE_CHECKING\n"
        "import kursk_geo.cli\n"
        "from kursk_geo import plot, measure\n"
        "if TYPE_CHECKING:\n"
        "    from kursk_geo.sources.nzz import read\n"
        "def f():\n"
        "    from ..history import ControlHistory\n"
        "    from . import kml\n"
    )
    monkeypatch.setattr(sys.modules[__name__], "PACKAGE", tmp_path)
    assert sorted(own_imports(Module(path))) == [
        (2, "cli"),
        (3, ""),
        (3, "plot"),
        (5, "sources.nzz"),
        (7, "history"),
        (8, "sources"),
    ]


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)
def test_heavy_packages_stay_in_their_rooms(module: Module) -> None:
    wrong = [
        f"line {line}: {name}"
        for line, name in third_party(module)
        if name in HEAVY and module.room not in HEAVY[name]
    ]
    assert not wrong, f"{module.name} imports {wrong}"


def test_importing_the_package_loads_nothing_heavy() -> None:
    # pandas 3 loads pyarrow by itself, so `import geopandas` is what counts.
    loaded = "import json, sys, {}; print(json.dumps(sorted(sys.modules)))"
    ours = in_python(loaded.format("kursk_geo"))
    theirs = in_python(loaded.format("geopandas"))
    assert isinstance(ours, list)
    assert isinstance(theirs, list)
    assert not HEAVY.keys() & (set(ours) - set(theirs))


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)
def test_modules_are_imported_by_name(module: Module) -> None:
    """Imports that cannot be read here are kept to the package's lazy loader."""
    if module.name == "__init__":
        return
    found = re.findall(r"\b(?:import_module|__import__)\b", module.text)
    assert not found, f"{module.name} imports by string"


# --- public names

PUBLIC = """
import importlib, json, pkgutil, types
import kursk_geo
for found in pkgutil.walk_packages(kursk_geo.__path__, "kursk_geo.") if {first} else ():
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
print(json.dumps({{
    name: isinstance(getattr(kursk_geo, name), types.ModuleType)
    for name in getattr(kursk_geo, "__all__", [])
}}))
"""


def test_public_names_are_sorted_and_unique() -> None:
    names = public_names()
    assert names == sorted(set(names))


@pytest.mark.parametrize("first", [False, True], ids=["alone", "all modules loaded"])
def test_public_names_can_be_had(*, first: bool) -> None:
    """
    Loading a module binds its name in the package.

    ``kg.measure`` must be the function all the same, and not ``measure.py``.
    """
    names = in_python(PUBLIC.format(first=first))
    assert isinstance(names, dict)
    assert [name for name, hidden in names.items() if hidden] == []


def test_dir_tells_the_public_names() -> None:
    listed = in_python("import json, kursk_geo; print(json.dumps(dir(kursk_geo)))")
    assert isinstance(listed, list)
    assert set(public_names()) <= set(listed)


# --- docstrings


@pytest.mark.parametrize("function", functions(), ids=str)
def test_docstrings_of_functions_are_complete(function: Definition) -> None:
    assert not isinstance(function.node, ast.ClassDef)
    arguments = [*function.positional, *function.arguments.kwonlyargs]
    returns = function.node.returns
    gives = returns is not None and ast.unparse(returns) not in {"None", "NoReturn"}
    sections = function.sections
    missing = [
        name
        for name, needed in {
            "Parameters": bool(arguments),
            "Returns": gives and "Yields" not in sections,
            "Raises": True,
        }.items()
        if needed and name not in sections
    ]
    assert not missing, f"{function} lacks {missing}"
    described = re.findall(
        r"^(\S.*?)(?: : |$)", sections.get("Parameters", ""), re.MULTILINE
    )
    names = {name.strip(" *") for line in described for name in line.split(",")}
    absent = [argument.arg for argument in arguments if argument.arg not in names]
    assert not absent, f"{function} does not describe {absent}"


def test_public_names_have_examples() -> None:
    public = set(public_names())
    errors = {"errors"}
    lacking = [
        str(definition)
        for definition in definitions()
        if definition.name in public
        and definition.module.room not in errors
        and ">>>" not in definition.sections.get("Examples", "")
    ]
    assert not lacking, f"no Examples that run: {lacking}"


# --- options


@pytest.mark.parametrize("function", functions(), ids=str)
def test_options_are_keyword_only(function: Definition) -> None:
    """What has a default is an option; what has none is data, at most three."""
    positional = function.positional
    defaults = function.arguments.defaults
    options = [a.arg for a in positional[len(positional) - len(defaults) :]]
    assert options == OPTIONAL_DATA.get(str(function), []), (
        f"{function}: {options} must be keyword-only"
    )
    assert len(positional) <= POSITIONAL, f"{function}: too many by position"
    assert function.arguments.kwarg is None, f"{function}: name the options"


# --- sizes, prints and catches


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)
def test_modules_and_functions_are_short(module: Module) -> None:
    lines = len(module.text.splitlines())
    assert lines <= MODULE_LINES, f"{module.name} has {lines} lines"
    long = {
        node.name: length
        for node in ast.walk(module.tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (length := code_lines(module, node)) > BODY_LINES
    }
    assert not long, f"{module.name}: lines of code by function {long}"


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)
def test_only_the_command_line_prints(module: Module) -> None:
    if module.room == "cli":
        return
    printing = [
        node.lineno
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"print", "sys.stdout.write", "sys.stderr.write"}
    ]
    assert not printing, f"{module.name} prints in lines {printing}"


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)
def test_errors_are_caught_by_name(module: Module) -> None:
    broad = [
        node.lineno
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler)
        and (
            node.type is None
            or re.search(r"\b(Base)?Exception\b", ast.unparse(node.type))
        )
    ]
    assert not broad, f"{module.name} catches everything in lines {broad}"
