"""
Build the documentation as a site, with every warning as an error.

Usage: ``build_site.py [FOLDER]``, by default ``build/site``.

Sources are docs/ and the notebooks, copied into a scratch folder. The reference has a
page for every public name; the code of the gallery draws the pictures beside it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib as mpl

import kursk_geo as kg

ROOT = Path(__file__).resolve().parents[1]
FILES = "https://github.com/kursk-geo/kursk-geo/blob/main/"
BLOCK = re.compile(r"^```python\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
GROUPS = {
    "Read and keep": "read_ open_ write_store fetch_ sample_ list_so Source Status",
    "Theatres and borders": "theatre Theatre list_theatres border sides",
    "History": "ControlHistory",
    "Measure": "measure area depth Depth sections section_history step_value relative",
    "Change": "change events transitions front_line",
    "Compare": "compare complement disagreement settlements uncertainty p_change",
    "Claims": "check annotate Claim Verdict list_claims load_claims",
    "Pictures and pages": "plot_ animate explore style write_ export",
    "Errors": "KurskGeo",
}
"""Beginnings of names; a name stands in the first group that has it."""


def reference() -> str:
    """A page that lists every public name, each with a page of its own."""
    left = list(kg.__all__)
    parts = ["# Reference\n"]
    for title, beginnings in GROUPS.items():
        names = [name for name in left if name.startswith(tuple(beginnings.split()))]
        left = [name for name in left if name not in names]
        parts.append(listing(title, names))
    if left:
        parts.append(listing("Others", left))
    methods = [
        f"ControlHistory.{name}"
        for name in vars(kg.ControlHistory)
        if name[0] != "_" and callable(getattr(kg.ControlHistory, name))
    ]
    parts.append(listing("Of a history", methods))
    return "\n".join(parts)


def listing(title: str, names: list[str]) -> str:
    lines = "\n".join(f"   {name}" for name in names)
    return (
        f"## {title}\n\n```{{eval-rst}}\n.. currentmodule:: kursk_geo\n\n"
        f".. autosummary::\n   :toctree: api/\n   :nosignatures:\n\n{lines}\n```\n"
    )


def gallery(page: Path) -> None:
    """Draw what the blocks of the gallery draw, each picture below its block."""
    session: dict[str, object] = {}
    text, n_drawn = page.read_text(encoding="utf-8"), 0

    def draw(block: re.Match[str]) -> str:
        nonlocal n_drawn
        session.pop("ax", None)
        exec(compile(block[1], str(page), "exec"), session)  # noqa: S102 - our own
        ax = session.get("ax")
        if ax is None:
            return block[0]
        n_drawn += 1
        name = f"gallery-{n_drawn}.png"
        ax.figure.savefig(page.with_name(name), dpi=110)  # type: ignore[attr-defined]
        return f"{block[0]}\n![The picture that this draws]({name})\n"

    page.write_text(BLOCK.sub(draw, text), encoding="utf-8")


def notebooks(target: Path) -> None:
    """The notebooks, with a list of them by their titles."""
    target.mkdir()
    lines = ["# Notebooks", "", "```{toctree}", ":maxdepth: 1", ""]
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        shutil.copy(path, target)
        lines.append(path.stem)
        first = json.loads(path.read_text(encoding="utf-8"))["cells"][0]
        assert first["cell_type"] == "markdown", path  # noqa: S101 - a title
    (target / "index.md").write_text("\n".join([*lines, "```", ""]), encoding="utf-8")


def main(folder: str = "build/site") -> int:
    mpl.use("agg")
    out = ROOT / folder
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "docs"
        shutil.copytree(ROOT / "docs", source)
        changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
        changes = changes.replace("](docs/", "](").replace(
            "](SECURITY", f"]({FILES}SECURITY"
        )
        (source / "changelog.md").write_text(changes, encoding="utf-8")
        (source / "api.md").write_text(reference(), encoding="utf-8")
        gallery(source / "gallery.md")
        notebooks(source / "notebooks")
        for page in source.rglob("*.md"):
            text = page.read_text(encoding="utf-8")
            # Beside the site, as beside docs/ in the repository.
            page.write_text(text.replace("(../notebooks/", "(notebooks/"), "utf-8")
        run = subprocess.run(
            [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q",
             "-b", "html", source, out],
            check=False,
            env=os.environ | {"MPLBACKEND": "agg"},
        )  # fmt: skip
    if run.returncode:
        return run.returncode
    missing = [name for name in kg.__all__ if not list(out.glob(f"api/*.{name}.html"))]
    if missing:
        print("The site has no page for:", *missing)
        return 1
    pages = len(list(out.rglob("*.html")))
    print(f"The site has {pages} pages: {out / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
