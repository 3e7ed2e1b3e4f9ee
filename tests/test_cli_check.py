"""``kursk-geo check`` and ``kursk-geo claims``."""

import csv
import io
import json
import re
from pathlib import Path

import matplotlib as mpl
import pytest
import shapely

import kursk_geo as kg
from builders import write_map
from claim_files import SHRUNK, area_claim, drawn_features, write_claim, write_maps
from commands import answer, column, done, refused, run, wrong
from gallery import to_degrees

mpl.use("Agg")

KEYS = [
    "id",
    "text",
    "reading",
    "verdict",
    "figure",
    "unit",
    "low",
    "high",
    "decides",
    "share_supporting",
    "n_specifications",
    "grid_hash",
    "snapshots",
]


@pytest.fixture(scope="module")
def maps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Not to be changed."""
    return write_maps(tmp_path_factory.mktemp("maps") / "drawn")


@pytest.fixture(scope="module")
def claims(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three claims: one depends, one is supported, one contradicted."""
    folder = tmp_path_factory.mktemp("claims")
    write_claim(folder, "shrunk", SHRUNK)
    write_claim(folder, "true", area_claim("true", "82", "2025-02-27"))
    write_claim(folder, "wrong", area_claim("wrong", "500", "2025-02-27"))
    return folder


# --- what is printed


def test_json_holds_every_key(maps: Path, claims: Path) -> None:
    found = answer("check", maps, claims)
    assert [row["id"] for row in found["rows"]] == ["shrunk", "true", "wrong"]
    for row in found["rows"]:
        assert set(KEYS) <= set(row)
    verdicts = [row["verdict"] for row in found["rows"]]
    assert verdicts == ["depends", "supported", "contradicted"]
    first = found["rows"][0]
    # A tile of 100 km² became one of 82: a share, not a percentage.
    assert first["figure"] == pytest.approx(82 / 100 - 1, abs=1e-3)
    assert (first["unit"], first["decides"]) == ("share", "end")
    assert set(first["share_supporting"]) <= {
        "stated",
        "conventional",
        "reasonable",
        "stress",
    }
    assert found["source"] == "deepstate"
    assert found["last_snapshot_utc"] == "2025-03-01T08:00:00Z"
    assert found["attribution"] == "DeepStateMap.Live, https://deepstatemap.live"


def test_json_is_what_python_gives(maps: Path, claims: Path) -> None:
    verdicts = kg.check(kg.load_claims(claims), kg.read_history(maps))
    rows = answer("check", maps, claims)["rows"]
    for row, verdict in zip(rows, verdicts, strict=True):
        assert row["figure"] == verdict.figure
        assert row["grid_hash"] == verdict.grid.hash
        assert row["n_specifications"] == len(verdict.table)
        assert row["reading"] == verdict.claim.reading


def test_csv_has_a_column_a_tier(maps: Path, claims: Path) -> None:
    text = done("check", maps, claims / "true.toml", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["verdict"] == "supported"
    assert row["share_supporting_conventional"] == "1.0"
    assert set(row["snapshots"].split()) <= {
        path.stem for path in maps.glob("*.geojson")
    }


def test_table_tells_sentence_reading_figure_range_and_verdict(
    maps: Path, claims: Path
) -> None:
    text = done("check", maps, claims)
    said = " ".join(text.split())
    assert "3 claims on 4 snapshots of deepstate, 2024-12-30 20:00 to" in said
    for words in ("Sentence", "Reading", "Figure", "Range", "Verdict"):
        assert words in text.splitlines()[2]
    assert "-18.0 %" in text
    assert "contradicted" in text
    assert "shrunk: holds with" in said
    assert "no probabilities" in said
    assert "Source: DeepStateMap.Live, https://deepstatemap.live" in said
    table = text.split("\n\nshrunk:")[0].splitlines()[2:]
    without_ids = [line[len(" shrunk ") :] for line in table]
    assert max(map(len, without_ids)) <= 80, "a usual terminal has room for the words"


def test_output_goes_to_a_file(maps: Path, claims: Path, tmp_path: Path) -> None:
    target = tmp_path / "verdicts.json"
    assert done("check", maps, claims / "true.toml", "--output", target) == ""
    assert json.loads(target.read_text("utf-8"))["rows"][0]["id"] == "true"


def test_days_that_the_maps_do_not_reach_are_not_computable(
    maps: Path, tmp_path: Path
) -> None:
    late = write_claim(tmp_path, "late", area_claim("late", "82", "2025-11-05"))
    (row,) = answer("check", maps, late)["rows"]
    assert row["verdict"] == "not computable"
    assert row["figure"] is None
    assert row["share_supporting"] == dict.fromkeys(row["share_supporting"])
    text = done("check", maps, late)
    assert re.search(r"–\s+–\s+not$", text, re.MULTILINE), "broken after `not`"
    assert "late: The maps end on 2025-03-01" in " ".join(text.split())


# --- which claims


def test_by_default_all_packaged_claims_of_the_source(maps: Path) -> None:
    expected = [
        claim.id
        for claim in kg.load_claims(kg.list_claims())
        if claim.source == "deepstate"
    ]
    assert column("id", "check", maps) == expected


def test_sources_without_packaged_claims_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kursk_geo.list_claims", list)
    said = refused("check", write_maps(tmp_path))
    assert "No packaged claim was drawn from deepstate maps" in said
    assert "name a .toml file" in said


def test_claims_of_another_source_are_refused(maps: Path, tmp_path: Path) -> None:
    text = area_claim("other", "82", "2025-02-27").replace('"deepstate"', '"isw"')
    said = refused("check", maps, write_claim(tmp_path, "other", text))
    assert "'other' was drawn from isw maps, and these are of deepstate" in said


def test_unknown_and_repeated_claims_are_refused(
    maps: Path, claims: Path, tmp_path: Path
) -> None:
    assert "There is no claim 'nonsense'" in refused("check", maps, "nonsense")
    text = area_claim("true", "83", "2025-02-27")
    other = write_claim(tmp_path, "other", text)
    assert "true" in refused("check", maps, claims, other)


# --- options


def test_borders_become_options_of_the_depth(maps: Path, tmp_path: Path) -> None:
    text = (
        area_claim("deep", "2", "2025-02-27")
        .replace('measure = "area"', 'measure = "depth"')
        .replace("2 km²", "2 kilometers")
    )
    claim = write_claim(tmp_path, "deep", text)
    line = tmp_path / "line.geojson"
    near = to_degrees(shapely.LineString([(-40, 2), (0, 2.05), (40, 2)]))
    line.write_text(shapely.to_geojson(near))
    specs = tmp_path / "specs.csv"
    (plain,) = answer("check", maps, claim)["rows"]
    (row,) = answer("check", maps, claim, "--border", f"near={line}", "--specs", specs)[
        "rows"
    ]
    assert row["n_specifications"] == 2 * plain["n_specifications"]
    assert row["grid_hash"] != plain["grid_hash"]
    with specs.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {one["border"] for one in rows} == {"the theatre's own", "near"}


@pytest.mark.parametrize("given", ["line.geojson", "=line.geojson", "near="])
def test_borders_without_a_name_are_called_wrongly(
    maps: Path, claims: Path, given: str
) -> None:
    assert "expected NAME=FILE" in wrong("check", maps, claims, "--border", given)


def test_specifications_of_all_claims_in_one_file(
    maps: Path, claims: Path, tmp_path: Path
) -> None:
    path = tmp_path / "specs.csv"
    rows = answer("check", maps, claims, "--specs", path)["rows"]
    with path.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    for row in rows:
        mine = [one for one in found if one["id"] == row["id"]]
        assert len(mine) == row["n_specifications"]
        assert float(mine[0]["outcome"]) == pytest.approx(row["figure"])
        assert {one["unit"] for one in mine} == {row["unit"]}


def test_strict_exits_with_3_when_a_claim_is_contradicted(
    maps: Path, claims: Path
) -> None:
    strict = run("check", maps, claims, "--strict")
    assert strict.exit_code == 3
    assert strict.stdout == done("check", maps, claims)
    assert run("check", maps, claims / "true.toml", "--strict").exit_code == 0
    assert run("check", maps, claims / "shrunk.toml", "--strict").exit_code == 0


def test_folders_are_written_and_changes_told(claims: Path, tmp_path: Path) -> None:
    maps, out = write_maps(tmp_path / "maps"), tmp_path / "out"
    claim = claims / "shrunk.toml"
    first = run("check", maps, claim, "--evidence", out)
    assert first.exit_code == 0
    assert f"Wrote {out / 'shrunk'}." in first.stderr
    assert "now" not in first.stderr
    assert (out / "shrunk" / "map.svg").is_file()

    again = run("check", maps, claim, "--evidence", out)
    assert "shrunk: nothing changed" in again.stderr

    # A map is published that shows more loss before the end of February.
    write_map(maps, 1_740_776_400, drawn_features(7.5, 10.0, 2.0))  # 28 Feb, 21:00 UTC
    newer = run("check", maps, claim, "--evidence", out)
    assert newer.exit_code == 0
    said = newer.stderr
    assert "shrunk: figure: -18.0 %, now -25.0 %" in said
    assert "shrunk: maps newly used: deepstate 1740776400" in said
    assert newer.stdout == done("check", maps, claim), "changes go to standard error"


def test_ids_that_cannot_name_a_folder_are_refused(maps: Path, tmp_path: Path) -> None:
    text = area_claim("../../etc", "82", "2025-02-27")
    said = refused(
        "check",
        maps,
        write_claim(tmp_path, "bad", text),
        "--evidence",
        tmp_path / "out",
    )
    assert "../../etc" in said
    assert not (tmp_path / "out").exists()


def test_folders_of_others_are_left_alone(
    maps: Path, claims: Path, tmp_path: Path
) -> None:
    (tmp_path / "true").mkdir()
    (tmp_path / "true" / "mine.txt").touch()
    result = run("check", maps, claims / "true.toml", "--evidence", tmp_path)
    assert result.exit_code == 1
    assert "holds no verdict.json" in result.stderr
    assert result.stdout == ""


# --- kursk-geo claims


def test_claims_lists_those_that_come_with_the_package() -> None:
    assert column("id", "claims") == kg.list_claims()
    text = done("claims")
    assert "bloomberg-2025-04-26-shrunk" in text
    assert "Check them with: kursk-geo check PATH CLAIM" in text
    header = done("claims", "--format", "csv").splitlines()[0]
    assert header == "id,published,outlet,source,theatre,text,reading"


@pytest.mark.parametrize("command", ["check", "claims"])
def test_help_shows_how(command: str) -> None:
    assert f"$ kursk-geo {command}" in done(command, "--help")
