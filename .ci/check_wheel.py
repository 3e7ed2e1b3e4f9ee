"""
Build the distributions, and use the wheel as a stranger would.

The wheel is built from the sdist, twice with the same bytes, and installed with nothing
but what it declares. Every module of it is imported outside the checkout, with warnings
as errors, and the first commands of the README are run. What was installed is listed as
an SBOM (CycloneDX) in build/, and asked after known vulnerabilities where pip-audit and
its service can be reached.
"""

from __future__ import annotations

import json
import shlex
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
        for path in PACKAGE.parent.rglob("*")
        if path.is_file() and not set(path.parts) & set(CACHES)
    }
    return sorted(packed ^ expected)


def first_commands() -> list[list[str]]:
    """The commands of the README's first screen."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = readme.partition("```console\n")[2].partition("```")[0]
    return [
        shlex.split(line.removeprefix("$ kursk-geo "))
        for line in block.splitlines()
        if line.startswith("$ kursk-geo ")
    ]


def write_sbom(python: Path, target: Path) -> None:
    """List what was installed, as CycloneDX."""
    listed = subprocess.run(
        [python, "-m", "pip", "list", "--format", "json"],
        check=True,
        capture_output=True,
        text=True,
    )
    components = [
        {
            "type": "library",
            "name": one["name"],
            "version": one["version"],
            "purl": f"pkg:pypi/{one['name'].lower()}@{one['version']}",
        }
        for one in sorted(json.loads(listed.stdout), key=lambda one: one["name"])
    ]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "components": components,
    }
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    print(f"{len(components)} packages listed in {target}")


def vulnerable(python: Path) -> list[str]:
    """Installed packages with a known vulnerability; none where nobody can be asked."""
    site = next(python.parents[1].glob("lib/python*/site-packages"))
    options = ("--path", site, "--format", "json", "--progress-spinner", "off")
    asked = subprocess.run(
        [sys.executable, "-m", "pip_audit", *options],
        check=False,
        capture_output=True,
        text=True,
    )
    try:
        found = json.loads(asked.stdout)["dependencies"]
    except ValueError:
        why = (asked.stderr.strip().splitlines() or ["it told nothing"])[-1]
        print(f"pip-audit could not ask: {why}")
        return []
    unknown = sum("skip_reason" in one for one in found)
    print(f"pip-audit: {len(found) - unknown} packages asked after, {unknown} unknown")
    return [
        f"{one['name']} {one['version']}: {fault['id']}"
        for one in found
        for fault in one.get("vulns", ())
    ]


def main() -> int:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        built = [folder / name for name in ("first", "second")]
        for target in built:
            run(sys.executable, "-m", "build", "--outdir", target, ROOT, cwd=folder)
        first, second = (
            {path.name: path.read_bytes() for path in target.iterdir()}
            for target in built
        )
        if first != second:
            print(
                "Two builds differ:", *(n for n in first if first[n] != second.get(n))
            )
            return 1
        (wheel,) = built[0].glob("*.whl")
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
        for line in first_commands():
            run(venv / "bin" / "kursk-geo", *line, cwd=folder)
        write_sbom(python, ROOT / "build" / "sbom.cdx.json")
        if faults := vulnerable(python):
            print("Known vulnerabilities:", *faults, sep="\n  ")
            return 1
        run(python, "-I", "-m", "kursk_geo", "--help", cwd=folder)
    print("The wheel installs, imports and runs.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
