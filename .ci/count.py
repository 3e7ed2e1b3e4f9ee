"""
Count the house: modules, lines of code, helpers called once, files a call goes through.

Lines of code are neither blank, nor comment, nor docstring. A helper is a private
function of a module; it is called once if its name is used at one place besides its own
definition. The files that a call goes through are those of the package in which a
function was entered while it ran.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import kursk_geo as kg

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "kursk_geo"
MAPS = ROOT / "sample_data" / "deepstate"
CLAIM = "bloomberg-2025-04-26-sections"
AIMS = {
    "modules": 65,
    "lines of code": 12_000,
    "private helpers called once [%]": 40,
    "files of read_history": 8,
    "files of check": 12,
}


def lines_of_code(text: str, tree: ast.Module) -> int:
    told = {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and ast.get_docstring(node, clean=False) is not None
        for line in range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)
    }
    return sum(
        bool(line.strip()) and not line.lstrip().startswith("#") and n not in told
        for n, line in enumerate(text.splitlines(), 1)
    )


def helpers(tree: ast.Module) -> tuple[int, int]:
    """Private functions of a module, and how many of them are used at one place."""
    private = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and re.match(r"_(?!_)", node.name)
    }
    used = Counter(
        node.id if isinstance(node, ast.Name) else node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute)
    )
    return len(private), sum(used[name] == 1 for name in private)


def files_of(call: Callable[[], object]) -> int:
    seen: set[str] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_name != "<module>":
            seen.add(frame.f_code.co_filename)

    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
    return sum(Path(name).is_relative_to(PACKAGE) for name in seen)


def main() -> None:
    texts = [path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")]
    trees = [ast.parse(text) for text in texts]
    private, once = map(sum, zip(*map(helpers, trees), strict=True))
    with warnings.catch_warnings():
        # One sample map has a colour that means nothing here, on purpose.
        warnings.simplefilter("ignore", kg.KurskGeoWarning)
        history = kg.read_history(MAPS)
        claims = kg.load_claims(CLAIM)
        found = {
            "modules": len(texts),
            "lines of code": sum(map(lines_of_code, texts, trees)),
            "private helpers called once [%]": round(100 * once / private),
            "files of read_history": files_of(lambda: kg.read_history(MAPS)),
            "files of check": files_of(lambda: kg.check(claims, history)),
        }
    for name, count in found.items():
        print(f"{name:32}{count:8,}   aim {AIMS[name]:,}")


if __name__ == "__main__":
    main()
