"""
Build the distributions, and use the wheel as a stranger would.

The wheel is built from the sdist, installed with nothing but what it declares, and
every module of it is imported outside the checkout, with warnings as errors.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "kursk_geo"
CACHES = ("__pycache__", ".ipynb_checkpoints")
USE = """
import importlib, pathlib, pkgutil, sys
import kursk_geo

home = pathlib.Path(kursk_geo.__file__).parent
assert home.is_relative_to(sys.prefix), f"imported from {home}"
for name in kursk_geo.__all__:
    getattr(kursk_geo, name)
modules = [
    module.name
    for module in pkgutil.walk_packages(kursk_geo.__path__, "kursk_geo.")
    if not module.name.endswith("__main__")
]
for module in modules:
    importlib.import_module(module)

import shapely
from kursk_geo.reference import border

vertices = shapely.get_num_coordinates(border())
assert vertices > 1000, f"the bundled border has {vertices} vertices"
print(
    f"kursk_geo {kursk_geo.__version__}: {len(modules)} modules, "
    f"{len(kursk_geo.__all__)} public names, {vertices} border vertices"
)
"""


def run(*command: str | Path, cwd: Path) -> None:
    subprocess.run([str(part) for part in command], cwd=cwd, check=True)


def missing_from(wheel: Path) -> list[str]:
    """Files of the package that the wheel lacks, and files it should not have."""
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    expected = {
        str(path.relative_to(PACKAGE.parent))
        for path in PACKAGE.rglob("*")
        if path.is_file() and not set(path.parts) & set(CACHES)
    }
    return sorted(packed ^ expected)


def main() -> int:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        run(sys.executable, "-m", "build", "--outdir", folder, ROOT, cwd=folder)
        (wheel,) = folder.glob("*.whl")
        differing = missing_from(wheel)
        if differing:
            print("The wheel and src/kursk_geo differ in:", *differing, sep="\n  ")
            return 1
        venv = folder / "venv"
        python = venv / "bin" / "python"
        run(sys.executable, "-m", "venv", venv, cwd=folder)
        run(
            python,
            *("-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            wheel,
            cwd=folder,
        )
        run(python, "-m", "pip", "check", cwd=folder)
        # -I: neither the checkout nor the user's own packages can be imported.
        use = folder / "use.py"
        use.write_text(USE, encoding="utf-8")
        run(python, "-I", "-W", "error", use, cwd=folder)
        run(venv / "bin" / "kursk-geo", "--help", cwd=folder)
        run(python, "-I", "-m", "kursk_geo", "--help", cwd=folder)
    print("The wheel installs, imports and runs.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
