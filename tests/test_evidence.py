"""The folder that shows what a verdict rests on."""

import json
from pathlib import Path

import matplotlib as mpl
import pytest

import kursk_geo as kg
from claim_files import SHRUNK, area_claim, write_claim, write_maps
from kursk_geo.errors import OptionError
from kursk_geo.report import write_verdict
from kursk_geo.report.provenance import verdict_record

mpl.use("Agg")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> kg.ControlHistory:
    return kg.read_history(write_maps(tmp_path_factory.mktemp("maps") / "drawn"))


@pytest.fixture(scope="module")
def verdicts(
    history: kg.ControlHistory, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, kg.Verdict]:
    folder = tmp_path_factory.mktemp("claims")
    write_claim(folder, "shrunk", SHRUNK)
    write_claim(folder, "area", area_claim("area", "82", "27 February 2025"))
    found = kg.check(folder / "area.toml", history)
    return {
        "area": found[0],
        "shrunk": kg.check(folder / "shrunk.toml", history)[0],
    }


def test_files(
    verdicts: dict[str, kg.Verdict], history: kg.ControlHistory, tmp_path: Path
) -> None:
    folder = write_verdict(verdicts["shrunk"], history, tmp_path / "shrunk")
    assert sorted(path.name for path in folder.iterdir()) == [
        *["claim_review.json", "map.svg", "methods.md", "ro-crate-metadata.json"],
        *["since.csv", "since.svg", "verdict.json"],
    ]
    record = json.loads((folder / "verdict.json").read_text("utf-8"))
    assert record == json.loads(json.dumps(verdict_record(verdicts["shrunk"])))
    assert record["verdict"] == "depends"
    said = (folder / "methods.md").read_text(encoding="utf-8")
    assert "since when is not said" in said
    crate = (folder / "ro-crate-metadata.json").read_text(encoding="utf-8")
    assert '"coordinates"' not in crate
    assert "write_verdict" in crate
    write_verdict(verdicts["area"], history, folder)
    assert not (folder / "since.svg").exists(), "pictures of before are gone"


def test_same_bytes_twice(
    verdicts: dict[str, kg.Verdict],
    history: kg.ControlHistory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1745712000")
    one, other = (
        write_verdict(verdicts["shrunk"], history, tmp_path / name)
        for name in ("one", "other")
    )
    for path in one.iterdir():
        assert path.read_bytes() == (other / path.name).read_bytes()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    with pytest.raises(OptionError, match="SOURCE_DATE_EPOCH"):
        write_verdict(verdicts["area"], history, tmp_path / "third")


def test_a_folder_of_something_else_is_left_alone(
    verdicts: dict[str, kg.Verdict], history: kg.ControlHistory, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OptionError):
        write_verdict(verdicts["area"], history, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
