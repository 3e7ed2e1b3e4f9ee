"""
Change one thing at a time in the measuring modules, and see whether a test notices.

Usage: ``mutants.py [MODULE...] [--n 20] [--seed 1]``

Of each module so many changes are drawn: a comparison turned or made strict, a sum made
a difference, a number moved by one, a condition negated, ``and`` made ``or``, a result
dropped, an argument by name left out. The tests of that module run against a copy of
the package with the change; one that passes them all is a survivor and is printed, to
be killed by a test or explained in docs/validation.md.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "kursk_geo"

VERDICTS = [
    *("test_verdict.py", "test_evidence.py", "test_check.py"),
    *("real/test_claims.py", "real/test_sentences.py"),
]
TESTS = {
    "area": ["test_area.py", "test_validate.py"],
    "depth": ["test_depth.py", "test_depth_shares.py", "test_validate.py"],
    "sections": ["test_sections.py"],
    "measure": ["test_measure.py", "test_depth_shares.py"],
    "change": ["test_change.py"],
    "events": ["test_events.py"],
    "store": ["test_store.py"],
    "periods": ["test_periods.py", "test_history.py", "test_sources_plain.py"],
    "claims/judge": VERDICTS,
    "claims/engine": VERDICTS,
    "claims/claim": ["test_claim_files.py", "test_wording.py"],
}
"""The tests of a module, quickest first."""
PATIENCE_S = 300

COMPARE = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
ARITHMETIC = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip


def changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Each way to change a node, with words for it."""
    new: ast.AST
    match node:
        case ast.Compare(ops=[one]) if type(one) in COMPARE:
            new = copy.deepcopy(node)
            new.ops = [COMPARE[type(one)]()]
            yield f"{type(one).__name__} -> {type(new.ops[0]).__name__}", new
        case ast.BinOp(op=one) if type(one) in ARITHMETIC:
            new = copy.deepcopy(node)
            new.op = ARITHMETIC[type(one)]()
            yield f"{type(one).__name__} -> {type(new.op).__name__}", new
        case ast.BoolOp(op=one):
            new = copy.deepcopy(node)
            new.op = ast.Or() if isinstance(one, ast.And) else ast.And()
            yield f"{type(one).__name__} -> {type(new.op).__name__}", new
        case ast.UnaryOp(op=ast.Not() | ast.Invert() | ast.USub(), operand=inner):
            yield "sign or negation left out", inner
        case ast.Constant(value=bool() as value):
            yield f"{value} -> {not value}", ast.Constant(not value)
        case ast.Constant(value=(int() | float()) as value):
            yield f"{value} -> {value + 1}", ast.Constant(value + 1)
        case ast.IfExp(test=test) | ast.If(test=test):
            new = copy.deepcopy(node)
            new.test = ast.UnaryOp(ast.Not(), test)
            yield "condition negated", new
        case ast.Return(value=value) if value is not None:
            yield "result dropped", ast.Return(ast.Constant(None))
        case ast.Call(keywords=[*_, ast.keyword(arg=name)]) if name != "strict":
            new = copy.deepcopy(node)
            left_out = new.keywords.pop()
            yield f"{left_out.arg}= left out", new


class Swap(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        """Replace the node, or go on below it."""
        if node is self.old:
            return ast.copy_location(self.new, node)
        return self.generic_visit(node)


def mutants(path: Path) -> Iterator[tuple[str, str]]:
    """Every change of a module: where and what, and the text with it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped: set[int] = set()
    for node in ast.walk(tree):  # messages, types and defaults of signatures
        if isinstance(node, (ast.JoinedStr, ast.arguments, ast.AnnAssign, ast.Raise)):
            skipped |= {id(inner) for inner in ast.walk(node)}
    places = [node for node in ast.walk(tree) if id(node) not in skipped]
    for node in places:
        for words, new in changes(node):
            changed = Swap(node, new).visit(tree)
            text = ast.unparse(ast.fix_missing_locations(changed))
            yield f"line {getattr(node, 'lineno', 0)}: {words}", text
            Swap(new, node).visit(tree)


def survives(module: str, text: str) -> bool:
    """Whether all tests of a module pass with its text changed."""
    with tempfile.TemporaryDirectory(prefix="kursk-geo-mutant-") as name:
        package = Path(name) / "kursk_geo"
        shutil.copytree(SOURCE, package, ignore=shutil.ignore_patterns("__pycache__"))
        (package / f"{module}.py").write_text(text, encoding="utf-8")
        tests = [str(ROOT / "tests" / test) for test in TESTS[module]]
        words = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([name, str(SOURCE.parent)]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "HYPOTHESIS_STORAGE_DIRECTORY": str(Path(name) / "hypothesis"),
        }
        try:
            run = subprocess.run(
                [*words, *tests], cwd=ROOT, env=environment, capture_output=True,
                check=False, timeout=PATIENCE_S,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return False
        return run.returncode == 0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("modules", nargs="*", default=list(TESTS))
    parser.add_argument("--n", type=int, default=20, help="changes of each module")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1e9, help="stop after so long")
    told = parser.parse_args(arguments)
    until = time.monotonic() + told.seconds
    survivors = tried = 0
    for module in told.modules:
        if not survives(module, (SOURCE / f"{module}.py").read_text("utf-8")):
            print(f"{module}: its tests fail without a change")
            return 1
        found = list(mutants(SOURCE / f"{module}.py"))
        chosen = random.Random(told.seed).sample(found, min(told.n, len(found)))  # noqa: S311
        lived = done = 0
        for words, text in chosen:
            if time.monotonic() > until:
                break
            done += 1
            if survives(module, text):
                lived += 1
                print(f"  survives  {module}, {words}", flush=True)
        print(f"{module}: {done} of {len(found)} changes, {lived} survive", flush=True)
        survivors, tried = survivors + lived, tried + done
    print(f"{tried} changes, {survivors} survive")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
