"""
Execute the notebooks of a folder and fail on the first error of each.

Usage: ``check_notebooks.py FOLDER``

They run in a scratch folder laid out like the checkout (``../sample_data`` is there),
so that what they write stays out of it. Outputs are not compared.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

ROOT = Path(__file__).resolve().parents[1]
LINKED = ("sample_data", "docs")
TIMEOUT_S = 600


def execute(path: Path, folder: Path) -> None:
    text = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]  # nbformat leaves it untyped
    nbformat.validate(notebook)
    client = NotebookClient(
        notebook,
        timeout=TIMEOUT_S,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()


def main(arguments: list[str]) -> int:
    (argument,) = arguments
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        for link in LINKED:
            (Path(scratch) / link).symlink_to(ROOT / link)
        folder = Path(scratch) / "notebooks"
        folder.mkdir()
        for path in sorted((ROOT / argument).glob("*.ipynb")):
            began = time.monotonic()
            try:
                execute(path, folder)
            except (CellExecutionError, DeadKernelError, TimeoutError) as error:
                failed += 1
                print(f"{path.relative_to(ROOT)}: fails\n{error}")
            else:
                took = time.monotonic() - began
                print(f"{path.relative_to(ROOT)}: executed in {took:.0f} s")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
