"""``kursk-geo check`` on the real maps: the article this library starts from."""

import json
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest

from commands import answer, run

mpl.use("Agg")

ARTICLE = "bloomberg-2025-04-26"


@pytest.fixture(scope="module")
def store(window_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("check") / "window.parquet"
    result = run("store", window_path, path)
    assert result.exit_code == 0, result.stderr
    return path


@pytest.fixture(scope="module")
def written(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the folder of the first sentence was written."""
    out = tmp_path_factory.mktemp("evidence")
    result = run("check", store, f"{ARTICLE}-shrunk", "--evidence", out, "--strict")
    assert result.exit_code == 0, result.stderr
    return out / f"{ARTICLE}-shrunk"


@pytest.fixture(scope="module")
def rows(store: Path) -> dict[str, dict[str, Any]]:
    found = answer("check", store, ARTICLE)["rows"]
    return {row["id"].removeprefix(f"{ARTICLE}-"): row for row in found}


def test_one_fifth_depends_on_the_baseline(rows: dict[str, dict[str, Any]]) -> None:
    row = rows["shrunk"]
    assert (row["verdict"], row["decides"], row["unit"]) == (
        "depends",
        "baseline",
        "share",
    )
    assert row["figure"] == pytest.approx(-0.144, abs=0.001)
    assert row["low"] < -0.55
    assert "start of the year" in row["reason"]
    assert 0.0 < row["share_supporting"]["conventional"] < 0.5


def test_sections_and_depth_of_mid_april(rows: dict[str, dict[str, Any]]) -> None:
    assert (rows["sections"]["verdict"], rows["sections"]["figure"]) == (
        "supported",
        3.0,
    )
    depth = rows["depth"]
    assert (depth["verdict"], depth["decides"]) == ("depends", "rounding")
    assert depth["figure"] == pytest.approx(2.247, abs=0.005)


def test_the_other_sentences(rows: dict[str, dict[str, Any]]) -> None:
    verdicts = {name: (row["verdict"], row["decides"]) for name, row in rows.items()}
    assert verdicts["seven-months"] == ("depends", "ground")
    assert verdicts["still-held"] == ("supported", "")
    assert verdicts["belgorod"] == ("depends", "ground")


def test_the_folder_shows_what_the_verdict_rests_on(
    written: Path, rows: dict[str, dict[str, Any]]
) -> None:
    record = json.loads((written / "verdict.json").read_text("utf-8"))
    row = rows["shrunk"]
    assert {name: record[name] for name in row} == row
    pictures = {path.name for path in written.glob("*.svg")}
    assert pictures == {"baselines.svg", "curve.svg", "map.svg"}
    for name in pictures:
        assert "deepstatemap.live" in (written / name).read_text("utf-8")
    # 2,304 specifications stay a picture that a page can carry.
    assert (written / "curve.svg").stat().st_size < 1_000_000


def test_nothing_has_changed_when_it_is_written_again(
    store: Path, written: Path
) -> None:
    name = written.name
    again = run("check", store, name, "--evidence", written.parent)
    assert f"{name}: nothing changed" in again.stderr
