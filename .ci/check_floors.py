"""
Run the tests with the oldest versions that pyproject.toml allows.

Every ``>=`` of the dependencies becomes ``==`` in an environment of its own. Run it
with the oldest Python, 3.11: newer ones have no old wheels. What old versions warn of
beside new ones is shown, and is no error. It ends after 25 minutes at the latest.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MOST_S = 1500.0
LEFT_OUT = ("tests/real", "tests/test_report_browser.py", "tests/test_notebooks.py")
"""Real maps, a browser and stored notebooks say nothing of old versions."""
AS_PRINTED = (
    "tests/test_cli_matrix.py::test_every_command_and_option_stands_in_the_docs",
    "tests/test_cli.py::test_the_docs_show_what_is_printed",
)
"""The docs are printed with the newest typer and rich, which part columns otherwise."""


def main() -> int:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    pyproject = tomllib.loads(text)
    project = pyproject["project"]
    floors = [line.replace(">=", "==") for line in project["dependencies"]]
    extras = project["optional-dependencies"]
    tests = [*pyproject["dependency-groups"]["test"], *extras["explore"]]
    print("On Python", sys.version.split()[0], "with", *floors, sep="\n  ")
    with tempfile.TemporaryDirectory() as scratch:
        python = Path(scratch) / "bin" / "python"
        subprocess.run([sys.executable, "-m", "venv", scratch], check=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", *floors, *tests, ROOT],
            check=True,
        )
        options = ["-q", "-n", "2", "--dist", "loadfile", "-W", "default"]
        left_out = [f"--ignore={path}" for path in LEFT_OUT]
        left_out += [f"--deselect={test}" for test in AS_PRINTED]
        run = subprocess.run(
            [python, "-m", "pytest", *options, *left_out],
            cwd=ROOT,
            check=False,
            timeout=MOST_S,
        )
    return run.returncode


if __name__ == "__main__":
    sys.exit(main())
