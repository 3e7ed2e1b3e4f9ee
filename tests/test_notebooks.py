"""The notebooks as they are kept: run in order, without errors, with their pictures."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
DRAWS = re.compile(r"\bkg\.plot_\w+\(|\.plot\(")
PNG = b"\x89PNG\r\n\x1a\n"

Cell = dict[str, Any]


def code_cells(path: Path) -> list[Cell]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def pictures(cell: Cell) -> list[bytes]:
    """The PNG pictures among the outputs of a cell."""
    shown = [output.get("data", {}) for output in cell["outputs"]]
    return [base64.b64decode(d["image/png"]) for d in shown if "image/png" in d]


def test_there_are_notebooks() -> None:
    assert [path.name[:2] for path in NOTEBOOKS] == ["01", "02", "03", "04"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_cells_were_run_from_top_to_bottom(path: Path) -> None:
    cells = code_cells(path)
    counts = [cell["execution_count"] for cell in cells]
    assert counts == list(range(1, len(cells) + 1))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_output_is_an_error(path: Path) -> None:
    for cell in code_cells(path):
        for output in cell["outputs"]:
            assert output["output_type"] != "error"
            assert "Traceback" not in "".join(output.get("text", []))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_is_drawn_is_there(path: Path) -> None:
    drawing = [
        cell for cell in code_cells(path) if DRAWS.search("".join(cell["source"]))
    ]
    assert drawing
    for cell in drawing:
        [picture] = pictures(cell)
        assert picture.startswith(PNG)
        assert len(picture) > 5_000
