"""Hold together what is said about the project in more than one place."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

import kursk_geo
from real_maps import ADVANCES, NZZ, WINDOW, history_of

ROOT = Path(__file__).parents[1]
TOP_LEVEL = {
    ".ci",
    ".github",
    ".gitignore",
    ".pre-commit-config.yaml",
    ".zenodo.json",
    "CHANGELOG.md",
    "CITATION.cff",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "SECURITY.md",
    "docs",
    "notebooks",
    "pyproject.toml",
    "sample_data",
    "src",
    "tests",
}
# Where packages come from is the installer's setting, not the project's. Put together
# from parts, so that this file does not name them either.
HOSTS = re.compile(
    "|".join(
        re.escape(f"{name}.{end}")
        for name, end in [
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("npmjs", "org"),
            ("npmjs", "com"),
            ("yarnpkg", "com"),
            ("anaconda", "org"),
            ("crates", "io"),
            ("deb.debian", "org"),
        ]
    )
)
LOCKS = {"Pipfile.lock", "pdm.lock", "poetry.lock", "pylock.toml", "uv.lock"}
MOST_BYTES = 1_000_000


@cache
def files() -> list[Path]:
    """What is in the repository or about to be; of an sdist, everything."""
    if not (ROOT / ".git").exists():
        return [
            path
            for path in ROOT.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        ]
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - git is where it is
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    paths = {ROOT / name for name in listed.stdout.split("\0") if name}
    return sorted(path for path in paths if path.is_file())


@cache
def pyproject() -> dict[str, dict[str, Any]]:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def requirements() -> list[str]:
    """Of the package itself and of its extras."""
    project = pyproject()["project"]
    extras = project["optional-dependencies"].values()
    return [*project["dependencies"], *(line for extra in extras for line in extra)]


def groups() -> list[str]:
    """What developers need besides."""
    found = pyproject()["dependency-groups"].values()
    return [line for group in found for line in group if isinstance(line, str)]


def test_one_version_everywhere() -> None:
    version = pyproject()["project"]["version"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert importlib.metadata.version("kursk-geo") == version
    assert kursk_geo.__version__ == version
    assert re.findall(r"^version: (.+)$", citation, re.MULTILINE) == [version]
    assert re.search(rf"\b{re.escape(str(version))}\b", changes)
    assert "## [Unreleased]" in changes


def test_one_address_everywhere() -> None:
    """Of the repository: whoever installs by it gets what is documented here."""
    home = pyproject()["project"]["urls"]["Repository"]
    owner = home.rpartition("/")[0]
    others = []
    for path in files():
        if path.suffix in {".md", ".toml", ".cff", ".json", ".yml"}:
            text = path.read_text(encoding="utf-8")
            found = re.findall(rf"{re.escape(owner)}[/\w-]*", text)
            found += re.findall(r"kursk-geo @ git\+([^\s\"]+)", text)
            others += [(path.name, one) for one in found if not one.startswith(home)]
    assert others == []
    for name in ("README.md", "CITATION.cff", ".zenodo.json", "docs/quickstart.md"):
        assert home in (ROOT / name).read_text(encoding="utf-8"), name


def test_what_is_imported_is_declared() -> None:
    """Each package that the source imports, in dependencies or in an extra."""
    lines = [*requirements(), "pytest>=8.3"]  # kursk_geo.testing
    declared = {re.split(r"[^\w-]", line)[0] for line in lines}
    homes = importlib.metadata.packages_distributions()
    undeclared = {}
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            for name in (name.partition(".")[0] for name in names):
                known = name.startswith("kursk_geo") or name in sys.stdlib_module_names
                owners = {owner.lower() for owner in homes.get(name, [name])}
                if not known and not owners & declared:
                    undeclared[name] = path.name
    assert not undeclared


def test_dependencies_have_floors_and_no_caps() -> None:
    pattern = r"[\w\[\]-]+>=[\d.]+"
    lines = [*requirements(), *groups()]
    assert [line for line in lines if not re.fullmatch(pattern, line)] == []


def test_extras_are_for_users() -> None:
    extras = pyproject()["project"]["optional-dependencies"]
    assert set(extras) == {"dask", "explore", "notebook"}


def test_the_top_level_is_as_agreed() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in files()} <= TOP_LEVEL | {
        "PKG-INFO"
    }


def test_no_lock_file() -> None:
    assert [path.name for path in files() if path.name in LOCKS] == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("https://py" + "pi.org/simple", True),
        ("files.python" + "hosted.org", True),
        ("registry.npm" + "js.org", True),
        ("a package registry", False),
    ],
)
def test_registry_hosts_are_recognized(*, text: str, named: bool) -> None:
    assert bool(HOSTS.search(text)) == named


def test_no_file_names_a_registry_host_or_this_machine() -> None:
    wrong = []
    for path in files():
        text = path.read_bytes().decode("utf-8", errors="replace")
        if HOSTS.search(text) or str(ROOT) in text:
            wrong.append(str(path.relative_to(ROOT)))
    assert wrong == []


def heading_id(heading: str) -> str:
    """What a heading is called in a link, as GitHub and myst name it."""
    words = re.sub(r"[^\w\- ]", "", heading.replace("`", "").strip().lower())
    return words.replace(" ", "-")


def test_links_between_texts_lead_somewhere() -> None:
    wrong = []
    for path in files():
        if path.suffix != ".md":
            continue
        text = path.read_text(encoding="utf-8")
        for link in re.findall(r"\]\((?!https?:|mailto:)([^)\s]+)\)", text):
            name, _, part = link.partition("#")
            other = path.parent / name if name else path
            if not other.exists():
                wrong.append(f"{path.relative_to(ROOT)}: {link}")
            elif part and other.suffix == ".md":
                there = other.read_text(encoding="utf-8")
                headings = re.findall(r"^#+ (.+)$", there, re.MULTILINE)
                if part not in map(heading_id, headings):
                    wrong.append(f"{path.relative_to(ROOT)}: {link}")
    assert wrong == []


def test_no_file_is_large() -> None:
    sizes = {str(path.relative_to(ROOT)): path.stat().st_size for path in files()}
    assert {name: size for name, size in sizes.items() if size > MOST_BYTES} == {}


OWN_NOTICE = {"oblasts.geojson", "ua_ru_border.geojson"}
"""Lines of OpenStreetMap, along which maps of providers are drawn too."""
DECIMALS = re.compile(rb"-?\d{1,3}\.\d{4,}")


def positions(pairs: NDArray[np.float64]) -> NDArray[np.complex128]:
    """Longitudes and latitudes to 0.1 m, each once."""
    return np.unique(np.round(pairs, 6) @ np.array([1, 1j]))


@pytest.mark.parametrize("name", [WINDOW, NZZ, ADVANCES])
def test_no_file_holds_vertices_of_a_provider(name: str) -> None:
    shapes = history_of(name).shapes.geometry.to_numpy()
    theirs = positions(shapely.get_coordinates(shapes))
    wrong = {}
    for path in files():
        raw = path.read_bytes()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                raw = b" ".join(map(archive.read, archive.namelist()))
        numbers = np.array(DECIMALS.findall(raw), dtype=float)
        if path.name not in OWN_NOTICE and len(numbers) > 1:
            pairs = np.column_stack([numbers[:-1], numbers[1:]])
            wrong[path.name] = len(np.intersect1d(positions(pairs), theirs))
    assert {name: count for name, count in wrong.items() if count} == {}
