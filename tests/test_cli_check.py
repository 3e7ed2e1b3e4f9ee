"""``kursk-geo check``, ``annotate`` and ``claims``."""

import json
from pathlib import Path

import matplotlib as mpl
import pytest

import kursk_geo as kg
from claim_files import SHRUNK, area_claim, write_claim, write_maps
from commands import answer, column, done, refused, run, wrong

mpl.use("Agg")
SENTENCE = "Ukraine held about 70 square kilometers of the Kursk region"
WHEN = ("--published", "2025-03-05")


@pytest.fixture(scope="module")
def maps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Not to be changed."""
    return write_maps(tmp_path_factory.mktemp("maps") / "drawn")


@pytest.fixture(scope="module")
def claims(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three claims: one depends, one holds, one does not."""
    folder = tmp_path_factory.mktemp("claims")
    write_claim(folder, "shrunk", SHRUNK)
    write_claim(folder, "true", area_claim("true", "82", "27 February 2025"))
    write_claim(folder, "wrong", area_claim("wrong", "500", "27 February 2025"))
    return folder


def test_json_is_what_python_gives(maps: Path, claims: Path) -> None:
    found = answer("check", maps, claims)
    verdicts = kg.check(claims, kg.read_history(maps))
    assert found["rows"] == json.loads(json.dumps(verdicts.rows()))
    assert [row["verdict"] for row in found["rows"]] == ["depends", "holds", "fails"]
    assert found["source"] == "deepstate"
    assert found["last_snapshot_utc"] == "2025-03-01T08:00:00Z"


def test_a_table_tells_the_sentence_both_figures_and_why(
    maps: Path, claims: Path
) -> None:
    said = " ".join(done("check", maps, claims).split())
    assert "3 statements on 4 snapshots of deepstate, 2024-12-30 20:00 to" in said
    for words in ("Sentence", "Printed", "Maps", "Verdict", "does not hold"):
        assert words in said
    assert "wrong: On the map of 27 Feb 2025" in said
    assert "Correction: On DeepStateMap.Live" in said
    assert "Source: DeepStateMap.Live, https://deepstatemap.live" in said


def test_a_sentence_is_checked_and_kept(maps: Path, tmp_path: Path) -> None:
    kept = tmp_path / "claim.toml"
    [row] = answer("check", maps, SENTENCE, *WHEN, "--save", kept)["rows"]
    assert row["verdict"] == "holds"
    assert answer("check", maps, kept)["rows"] == [row]
    assert "--published" in refused("check", maps, SENTENCE)
    both = "Ukraine held 70 km2 of Kursk, with 30 km2 in the grey zone"
    assert "--save" in refused("check", maps, both, *WHEN, "--save", kept)


def test_without_a_sentence_all_packaged_ones(maps: Path) -> None:
    assert column("id", "check", maps) == kg.list_claims()


def test_strict_exits_with_3_when_a_sentence_does_not_hold(
    maps: Path, claims: Path
) -> None:
    assert run("check", maps, claims / "wrong.toml", "--strict").exit_code == 3
    assert run("check", maps, claims / "true.toml", "--strict").exit_code == 0


def test_folders_of_evidence_are_written(
    maps: Path, claims: Path, tmp_path: Path
) -> None:
    command = ("check", maps, claims / "true.toml", "--evidence", tmp_path)
    assert run(*command).stderr == f"Wrote {tmp_path / 'true'}.\n"
    assert (tmp_path / "true" / "verdict.json").is_file()


def test_an_article_is_annotated(maps: Path, tmp_path: Path) -> None:
    article = tmp_path / "article.txt"
    article.write_text(f"Rain fell. {SENTENCE}.", encoding="utf-8")
    out = tmp_path / "checked.json"
    said = run("annotate", article, maps, *WHEN, "--out", out).stderr
    assert "1 statement checked, 0 not read" in said
    assert [row["verdict"] for row in json.loads(out.read_text())["claims"]] == [
        "holds"
    ]
    assert "--published" in wrong("annotate", article, maps)
    packaged = run("annotate", "bloomberg-2025-04-26", maps)
    lines = packaged.stdout.splitlines()
    assert "statements about territory" in lines[0]
    assert any(line.startswith("“Russia claims full control") for line in lines)


def test_since_is_drawn(maps: Path, claims: Path, tmp_path: Path) -> None:
    out = tmp_path / "since.svg"
    claim = ("--claim", claims / "shrunk.toml", "--out", out)
    assert run("plot", "since", maps, *claim).exit_code == 0
    assert "Since when?" in out.read_text(encoding="utf-8") or out.stat().st_size


def test_claims_lists_those_that_come_with_the_package() -> None:
    assert column("id", "claims") == kg.list_claims()
    assert "bloomberg-2025-04-26-shrunk" in done("claims")
