"""
Run the code that Markdown files show.

Usage: ``check_docs.py FILE_OR_FOLDER...``

All ``python`` blocks of a file share one session: a block with ``>>>`` is a doctest,
any other is run as it stands. Of a ``console`` block, the lines that begin with
``$ kursk-geo`` are run. A block is left out when the line before it is
``<!-- not run: REASON -->``. The code runs in a scratch folder that holds links to
``sample_data`` and ``docs``, so nothing is written into the checkout.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LINKED = ("sample_data", "docs")
FENCE = re.compile(
    r"(?P<skip><!-- not run: (?P<reason>.+?) -->\n)?"
    r"^(?P<indent> *)(?P<ticks>`{3,})(?P<language>\w*)[^\n]*\n"
    r"(?P<code>.*?)"
    r"^(?P=indent)(?P=ticks) *$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """One fenced block of a Markdown file."""

    line: int
    language: str
    code: str
    reason: str | None


def blocks(text: str) -> list[Block]:
    return [
        Block(
            line=text.count("\n", 0, match.start("code")),
            language=match["language"],
            code=re.sub(rf"^{match['indent']}", "", match["code"], flags=re.MULTILINE),
            reason=match["reason"],
        )
        for match in FENCE.finditer(text)
    ]


def run_doctest(block: Block, name: str, session: dict[str, object]) -> None:
    parsed = doctest.DocTestParser().get_doctest(
        block.code, session, name, name, block.line
    )
    runner = doctest.DocTestRunner(
        optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    )
    if runner.run(parsed, clear_globs=False).failed:
        msg = "an example printed something else"
        raise AssertionError(msg)
    # A doctest runs in a copy of the session: hand its names back.
    session.update(parsed.globs)


def run_python(block: Block, name: str, session: dict[str, object]) -> None:
    if re.search(r"^ *>>>", block.code, re.MULTILINE):
        run_doctest(block, name, session)
        return
    # Blank lines in front keep the line numbers of tracebacks right.
    code = compile("\n" * block.line + block.code, name, "exec")
    exec(code, session)  # noqa: S102 - running the documentation's code is the point


def run_console(block: Block) -> None:
    for line in re.sub(r"\\\n", " ", block.code).splitlines():
        if line.startswith("$ kursk-geo"):
            command = shlex.split(line.removeprefix("$ kursk-geo"))
            subprocess.run(
                [sys.executable, "-m", "kursk_geo", *command],
                check=True,
                stdout=subprocess.DEVNULL,
            )


def check(path: Path) -> tuple[int, int, int]:
    """Run one file; return how many blocks ran, were left out, and failed."""
    name = str(path.relative_to(ROOT))
    session: dict[str, object] = {"__name__": "__main__"}
    run = left_out = failed = 0
    for block in blocks(path.read_text(encoding="utf-8")):
        if block.language not in {"python", "console"}:
            continue
        if block.reason is not None:
            left_out += 1
            continue
        run += 1
        try:
            if block.language == "python":
                run_python(block, name, session)
            else:
                run_console(block)
        except Exception:  # noqa: BLE001 - whatever the block raises is reported
            failed += 1
            print(f"{name}:{block.line}: this block fails", flush=True)
            traceback.print_exc(limit=-4, file=sys.stdout)
    return run, left_out, failed


def main(arguments: list[str]) -> int:
    paths = [ROOT / argument for argument in arguments]
    files = sorted(
        file
        for path in paths
        for file in (path.rglob("*.md") if path.is_dir() else [path])
        if file.exists()
    )
    failures = 0
    for file in files:
        with tempfile.TemporaryDirectory() as scratch:
            for link in LINKED:
                (Path(scratch) / link).symlink_to(ROOT / link)
            os.chdir(scratch)
            run, left_out, failed = check(file)
            os.chdir(ROOT)
        failures += failed
        print(
            f"{file.relative_to(ROOT)}: {run} blocks run, {failed} failed, "
            f"{left_out} left out"
        )
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
