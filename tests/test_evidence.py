"""The folder that shows what a verdict rests on."""

import json
from pathlib import Path

import matplotlib as mpl
import pytest

import kursk_geo as kg
from claim_files import SHRUNK, area_claim, write_claim, write_maps
from kursk_geo.errors import OptionError
from kursk_geo.report import write_verdict

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
        *["claim_review.json", "map.svg", "methods.md", "since.csv", "since.svg"],
        "verdict.json",
    ]
    record = json.loads((folder / "verdict.json").read_text("utf-8"))
    told = verdicts["shrunk"].row()
    maps = history.snapshots.set_index("snapshot_id")
    for one in record["maps"]:
        digest = maps.loc[one["snapshot_id"], "sha256"]
        assert one.pop("sha256") == digest
        assert one.pop("origin")
    assert told.items() <= record.items()
    assert record["verdict"] == "depends"
    assert "write_verdict" in record["command"]
    said = (folder / "methods.md").read_text(encoding="utf-8")
    assert "since when is not said" in said
    assert '"coordinates"' not in json.dumps(record)
    write_verdict(verdicts["area"], history, folder)
    assert not (folder / "since.svg").exists(), "pictures of before are gone"


def test_same_bytes_twice(
    verdicts: dict[str, kg.Verdict],
    history: kg.ControlHistory,
    tmp_path: Path,
) -> None:
    one, other = (
        write_verdict(verdicts["shrunk"], history, tmp_path / name)
        for name in ("one", "other")
    )
    for path in one.iterdir():
        assert path.read_bytes() == (other / path.name).read_bytes()


def test_a_folder_of_something_else_is_left_alone(
    verdicts: dict[str, kg.Verdict], history: kg.ControlHistory, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OptionError):
        write_verdict(verdicts["area"], history, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
