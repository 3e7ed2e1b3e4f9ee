"""Inputs that once got through do not; and the harness itself sees what it should."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fuzzing.cases import Case, bounds, cell, collection
from fuzzing.judge import run

ROOT = Path(__file__).parents[1]
KEPT = sorted((ROOT / "tests" / "fuzzing" / "kept").glob("*.json"))
"""The smallest input of each kind of finding; those that ended the process too."""


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_what_once_got_through_does_not(path: Path, tmp_path: Path) -> None:
    outcome = run(Case.from_json(path.read_text()), tmp_path / "files")
    assert outcome.word in {"result", "refused"}, outcome.detail


def test_a_case_comes_back_from_its_file() -> None:
    case = Case(
        "plain", {"a/b.json": b"\xff\x00"}, {"crs": "EPSG:4326"}, [[1, 2, 3, 4]]
    )
    assert Case.from_json(case.to_json()) == case


def test_a_lost_feature_is_a_finding(tmp_path: Path) -> None:
    shown, lost = cell(0), cell(1)
    properties = {"fill": "#01579b", "name": ""}
    one = {"type": "Feature", "geometry": shown, "properties": properties}
    raw = json.dumps(collection([one])).encode()
    files = {"1740830400.geojson": raw}
    for sound, word in [(shown, "result"), (lost, "finding")]:
        case = Case("history", files, {"source": "deepstate"}, [bounds(sound)])
        assert run(case, tmp_path / "files").word == word


@pytest.mark.skipif(sys.platform != "linux", reason="limits of a process on Linux")
def test_a_signal_and_a_hang_are_findings(tmp_path: Path) -> None:
    probe = (
        "import sys; sys.path.insert(0, '.ci'); import fuzz, subprocess as s;"
        "p = s.Popen([sys.executable, '-c', 'import os; os.abort()'],"
        " stdout=s.PIPE, text=True);"
        "list(fuzz.watched(p)); p.wait(); print(fuzz.end_of(p, ''))"
    )
    run_ = subprocess.run(
        [sys.executable, "-c", probe],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run_.stdout.strip() == "ends with SIGABRT"
