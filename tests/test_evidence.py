"""The folder of evidence: what stands in it, and how it lands."""

import json
import math
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kursk_geo as kg
from claim_files import SHRUNK, area_claim, write_claim, write_maps
from kursk_geo.errors import OptionError
from kursk_geo.report import provenance as evidence
from kursk_geo.report.provenance import read_verdict, verdict_changes

mpl.use("Agg")

PICTURES = {"baselines.svg", "curve.svg", "map.svg"}
ALWAYS = {
    "methods.md",
    "ro-crate-metadata.json",
    "specifications.csv",
    "verdict.json",
}
EPOCH = "1745712000"


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    """No figure stays open, and matplotlib's settings stay as they were."""
    before = mpl.rcParams.copy()
    yield
    assert plt.get_fignums() == []
    assert mpl.rcParams == before


@pytest.fixture(scope="module")
def maps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_maps(tmp_path_factory.mktemp("maps"))


@pytest.fixture(scope="module")
def history(maps: Path) -> kg.ControlHistory:
    return kg.read_history(maps)


@pytest.fixture(scope="module")
def verdict(
    history: kg.ControlHistory, tmp_path_factory: pytest.TempPathFactory
) -> kg.Verdict:
    path = write_claim(tmp_path_factory.mktemp("claims"), "shrunk", SHRUNK)
    return kg.check(kg.load_claims(path), history)[0]


@pytest.fixture(scope="module")
def folder(
    verdict: kg.Verdict,
    history: kg.ControlHistory,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Written once; not to be changed."""
    path = tmp_path_factory.mktemp("evidence") / "shrunk"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", EPOCH)
        return kg.write_verdict(verdict, history, path, command="kursk-geo check maps")


@pytest.fixture
def area(history: kg.ControlHistory, tmp_path: Path) -> kg.Verdict:
    text = area_claim("area", "82", "2025-02-27")
    return kg.check(kg.load_claims(write_claim(tmp_path, "area", text)), history)[0]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def loaded(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


# --- what stands in it


def test_files(folder: Path) -> None:
    assert names(folder) == PICTURES | ALWAYS
    assert folder.parent.exists()
    assert names(folder.parent) == {"shrunk"}, "no draft is left"


def test_verdict_json_holds_the_figures(folder: Path, verdict: kg.Verdict) -> None:
    record = loaded(folder / "verdict.json")
    assert record["id"] == "shrunk"
    assert record["verdict"] == "depends"
    assert record["decides"] == "end"
    assert record["unit"] == "share"
    assert record["figure"] == pytest.approx(82 / 100 - 1, abs=1e-3)
    assert (record["low"], record["high"]) == (verdict.low, verdict.high)
    assert record["share_supporting"] == verdict.share_supporting
    assert record["grid_hash"] == verdict.grid.hash
    assert record["says"]["low"] == -0.2
    sizes = math.prod(len(axis["options"]) for axis in record["axes"])
    assert sizes == record["n_specifications"] == len(verdict.table)
    assert [one["sha256"] for one in record["maps"]] == verdict.snapshots[
        "sha256"
    ].tolist()
    assert record["version"] == kg.__version__


def test_specifications_come_back_as_they_were(
    folder: Path, verdict: kg.Verdict
) -> None:
    rows = pd.read_csv(folder / "specifications.csv", keep_default_na=False)
    assert len(rows) == len(verdict.table)
    assert (rows["unit"] == "share").all()
    for axis in verdict.grid.axes:
        assert rows[axis.name].tolist() == verdict.table[axis.name].tolist()
    outcome = pd.to_numeric(rows["outcome"], errors="coerce")
    pd.testing.assert_series_equal(outcome, verdict.table["outcome"])
    missing = rows["outcome"] == ""
    assert (rows.loc[missing, "reason"] != "").all()
    assert rows.loc[0, "end_utc"] == "2025-02-27T20:00:00Z"


def test_methods_tell_definitions_and_maps(folder: Path, verdict: kg.Verdict) -> None:
    text = (folder / "methods.md").read_text(encoding="utf-8")
    assert verdict.methods() in text
    for axis in verdict.grid.axes:
        for option in axis.options:
            assert f"| {option.name} | {option.tier} |" in text
    for digest in verdict.snapshots["sha256"]:
        assert f"`{digest}`" in text
    assert verdict.attribution in text


def test_pictures_credit_their_source(folder: Path, verdict: kg.Verdict) -> None:
    for name in PICTURES:
        text = (folder / name).read_text(encoding="utf-8")
        assert text.startswith("<?xml")
        assert "<dc:title>" in text
        assert verdict.attribution in text


def test_no_map_data_are_passed_on(folder: Path) -> None:
    for name in ALWAYS:
        text = (folder / name).read_text(encoding="utf-8")
        assert "coordinates" not in text
        assert "((" not in text, "no well-known text"


def test_same_bytes_twice(
    folder: Path,
    verdict: kg.Verdict,
    history: kg.ControlHistory,
    tmp_path: Path,
) -> None:
    with pytest.MonkeyPatch.context() as patch, mpl.rc_context({"font.size": 30}):
        patch.setenv("SOURCE_DATE_EPOCH", EPOCH)
        again = kg.write_verdict(
            verdict, history, tmp_path / "again", command="kursk-geo check maps"
        )
    for name in PICTURES | ALWAYS:
        assert (again / name).read_bytes() == (folder / name).read_bytes(), name


def test_what_cannot_be_computed_has_no_pictures(
    history: kg.ControlHistory, tmp_path: Path
) -> None:
    text = area_claim("late", "82", "2025-11-05")
    [late] = kg.check(kg.load_claims(write_claim(tmp_path, "late", text)), history)
    folder = kg.write_verdict(late, history, tmp_path / "late")
    assert names(folder) == ALWAYS
    record = loaded(folder / "verdict.json")
    assert record["verdict"] == "not computable"
    assert record["figure"] is None
    assert record["reason"]


# --- provenance


def test_provenance_is_an_ro_crate(folder: Path) -> None:
    crate = loaded(folder / "ro-crate-metadata.json")
    assert crate["@context"][0] == "https://w3id.org/ro/crate/1.1/context"
    graph = {entity["@id"]: entity for entity in crate["@graph"]}
    assert len(graph) == len(crate["@graph"]), "each id once"
    descriptor = graph["ro-crate-metadata.json"]
    assert descriptor["@type"] == "CreativeWork"
    assert descriptor["about"] == {"@id": "./"}
    assert descriptor["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    root = graph["./"]
    assert root["@type"] == "Dataset"
    assert all(root[key] for key in ("name", "description", "license"))
    assert root["datePublished"] == "2025-04-27T00:00:00Z"
    web = ("http://", "https://")
    asked = {one for entity in graph.values() for one in references(entity)}
    assert {one for one in asked if not one.startswith(web)} <= set(graph)


def references(entity: dict[str, Any]) -> Iterator[str]:
    for value in entity.values():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                yield str(one["@id"])


def test_provenance_tells_inputs_software_and_command(
    folder: Path, verdict: kg.Verdict, history: kg.ControlHistory
) -> None:
    crate = loaded(folder / "ro-crate-metadata.json")
    graph = {entity["@id"]: entity for entity in crate["@graph"]}
    files = {one["@id"] for one in graph["./"]["hasPart"]}
    assert files == (PICTURES | ALWAYS) - {"ro-crate-metadata.json"}
    for name in files:
        raw = (folder / name).read_bytes()
        assert graph[name]["sha256"] == sha256(raw).hexdigest()
        assert graph[name]["contentSize"] == str(len(raw))
    action = graph["#check"]
    assert action["@type"] == "CreateAction"
    assert action["description"] == "kursk-geo check maps"
    assert {one["@id"] for one in action["result"]} == files
    inputs = {one["@id"] for one in action["object"]}
    maps = {f"#map-deepstate-{number}" for number in verdict.snapshots["snapshot_id"]}
    assert inputs == maps | {"#claim", "#border"}
    for row in history.snapshots.to_dict("records"):
        one = graph.get(f"#map-deepstate-{row['snapshot_id']}")
        if one is not None:
            assert one["sha256"] == row["sha256"]
            assert row["origin"] in one["description"]
    assert graph["#kursk_geo"]["softwareVersion"] == kg.__version__
    assert graph["#claim"]["text"] == verdict.claim.text
    assert history.licence in graph["#terms-deepstate"]["description"]


def test_a_moment_that_is_none_is_refused(
    area: kg.Verdict,
    history: kg.ControlHistory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(OptionError, match=r"SOURCE_DATE_EPOCH='yesterday'.*unset"):
        kg.write_verdict(area, history, tmp_path / "new")
    assert not (tmp_path / "new").exists()


# --- how it lands


def test_a_folder_of_something_else_is_left_alone(
    area: kg.Verdict, history: kg.ControlHistory, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    with pytest.raises(OptionError, match=r"holds no verdict\.json.*name another"):
        kg.write_verdict(area, history, other)
    assert names(other) == {"thesis.txt"}
    with pytest.raises(OptionError, match=r"holds no verdict\.json"):
        kg.write_verdict(area, history, other / "thesis.txt")


def test_written_again_others_files_stay_and_old_pictures_go(
    area: kg.Verdict, history: kg.ControlHistory, tmp_path: Path
) -> None:
    folder = tmp_path / "area"
    folder.mkdir()  # an empty one may be there
    kg.write_verdict(area, history, folder)
    (folder / "notes.txt").write_text("mine")
    (folder / "baselines.svg").write_text("of an older verdict")
    kg.write_verdict(area, history, str(folder))
    assert names(folder) == ALWAYS | {"curve.svg", "map.svg", "notes.txt"}
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_run_that_fails_leaves_what_was_there(
    area: kg.Verdict,
    history: kg.ControlHistory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = kg.write_verdict(area, history, tmp_path / "area")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def broken(*_: object, **__: object) -> None:
        msg = "no space left on device"
        raise OSError(msg)

    monkeypatch.setattr(evidence, "crate", broken)
    for target in (folder, tmp_path / "new"):
        with pytest.raises(OptionError, match=r"no space left.*where you may write"):
            kg.write_verdict(area, history, target)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert not (tmp_path / "new").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


# --- what changed


def test_nothing_changed(folder: Path, verdict: kg.Verdict) -> None:
    written = read_verdict(folder)
    assert written is not None
    assert verdict_changes(written, evidence.verdict_record(verdict)) == []


def test_each_change_is_a_line(folder: Path) -> None:
    old = loaded(folder / "verdict.json")
    new = json.loads(json.dumps(old))
    new |= {"verdict": "supported", "decides": "", "figure": -0.17, "grid_hash": "f00"}
    new["share_supporting"]["conventional"] = 1.0
    first, *rest = new["maps"]
    revised = rest[-1] | {"sha256": "0" * 64}
    added = first | {"snapshot_id": "99"}
    new["maps"] = [*rest[:-1], revised, added]
    hashes = f"grid {old['grid_hash']} ({old['n_specifications']} specifications)"
    share = 100 * old["share_supporting"]["conventional"]
    assert verdict_changes(old, new) == [
        "verdict: depends, now supported",
        "what decides: end, now nothing",
        "figure: -18.0 %, now -17.0 %",
        f"support, conventional: {share:.0f} %, now 100 %",
        f"definitions: {hashes}, now f00 ({old['n_specifications']} specifications)",
        f"maps no longer used: deepstate {first['snapshot_id']}",
        "maps newly used: deepstate 99",
        f"maps whose content is another: deepstate {revised['snapshot_id']}",
    ]


RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "verdict": st.sampled_from(["supported", "depends", "not computable"]),
        "figure": st.none() | st.floats(-1e6, 1e6),
        "unit": st.sampled_from(["km2", "share", "count"]),
        "share_supporting": st.dictionaries(
            st.sampled_from(["stated", "stress"]), st.none() | st.floats(0, 1)
        ),
        "maps": st.lists(
            st.fixed_dictionaries(
                {"snapshot_id": st.sampled_from("abc"), "sha256": st.sampled_from("xy")}
            ),
            unique_by=lambda one: str(one["snapshot_id"]),
        ),
    },
)


@given(RECORDS, RECORDS)
def test_changes_are_symmetric_in_number(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert verdict_changes(one, one) == []
    there, back = verdict_changes(one, other), verdict_changes(other, one)
    assert len(there) == len(back)


@pytest.mark.parametrize("text", ["{", "[1, 2]", "\x00"])
def test_a_verdict_that_cannot_be_read_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "verdict.json").write_text(text)
    with pytest.raises(OptionError, match=r"verdict\.json.*name another folder"):
        read_verdict(tmp_path)
