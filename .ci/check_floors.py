"""
Run the tests with the oldest versions that pyproject.toml allows.

Every ``>=`` of the dependencies and of the test extra becomes ``==`` in an environment
of its own. Run it with the oldest Python, 3.11: newer ones have no old wheels. What
old versions warn of beside new ones is shown, and is no error.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    floors = [line.replace(">=", "==") for line in project["dependencies"]]
    extras = project["optional-dependencies"]
    tests = [*extras["test"], *extras["explore"]]
    print("On Python", sys.version.split()[0], "with", *floors, sep="\n  ")
    with tempfile.TemporaryDirectory() as scratch:
        python = Path(scratch) / "bin" / "python"
        subprocess.run([sys.executable, "-m", "venv", scratch], check=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", *floors, *tests, ROOT],
            check=True,
        )
        run = subprocess.run(
            [python, "-m", "pytest", "-n", "2", "--dist", "loadfile", "-W", "default"],
            cwd=ROOT,
            check=False,
        )
    return run.returncode


if __name__ == "__main__":
    sys.exit(main())
