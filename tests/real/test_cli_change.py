"""Events, change, places and sources of the real maps, on the command line."""

import re
from pathlib import Path

import pytest

import kursk_geo as kg
from commands import answer, done

PLACES = Path(__file__).parents[2] / "sample_data" / "places" / "places.csv"


@pytest.fixture(scope="module")
def store(window: kg.ControlHistory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return kg.write_store(window, tmp_path_factory.mktemp("cli") / "window.parquet")


def test_the_split_of_february_and_its_end(store: Path) -> None:
    """One section becomes two in the night to 28 February 2025, for a day."""
    span = ["--from", "2025-02-27", "--to", "2025-03-01"]
    rows = answer("events", store, *span)["rows"]
    assert [(row["snapshot_utc"], row["kind"]) for row in rows] == [
        ("2025-02-28T00:20:02Z", "division"),
        ("2025-03-01T08:29:56Z", "disappearance"),
    ]
    split, gone = rows
    assert (split["before"], split["after"]) == ([1], [1, 4])
    assert (gone["before"], gone["after"]) == ([4], [])
    assert gone["lost_km2"] == pytest.approx(14.82, abs=0.01)
    text = done("events", store, *span)
    assert re.search(r"2025-02-28 00:20 +division +1 +1, 4 ", text)


def test_the_split_is_of_the_27th_in_honolulu(store: Path) -> None:
    """00:20 UTC on the 28th is 02:20 in Kyiv, the same day, and 14:20 before there."""
    day = ["--from", "2025-02-27", "--to", "2025-02-27", "--kind", "division"]
    assert answer("events", store, *day)["rows"] == []
    assert answer("events", store, *day, "--tz", "Europe/Kyiv")["rows"] == []
    assert len(answer("events", store, *day, "--tz", "Pacific/Honolulu")["rows"]) == 1


def test_three_sections_from_12_april(store: Path) -> None:
    april = ["--from", "2025-04-01", "--to", "2025-04-30", "--kind", "division"]
    (split,) = answer("events", store, *april)["rows"]
    assert split["snapshot_utc"] == "2025-04-12T20:36:09Z"
    assert (split["before"], split["after"]) == ([1], [1, 5])
    assert len(answer("sections", store, "--at", "2025-04-11")["rows"]) == 2
    assert len(answer("sections", store, "--at", "2025-04-12")["rows"]) == 3


def test_what_march_took(store: Path) -> None:
    march = ["change", store, "--from", "2025-02-28", "--to", "2025-03-31"]
    found = answer(*march, "--with-contested", "--with-bounds")
    assert found["start_km2"] == pytest.approx(422.02, abs=0.01)
    assert found["end_km2"] == pytest.approx(80.30, abs=0.01)
    assert found["lost_km2"] == pytest.approx(341.72, abs=0.01)
    assert found["gained_km2"] < 1e-6
    assert found["to_contested_km2"] == pytest.approx(27.92, abs=0.01)
    low, high = (found["bounds"]["net"][f"{end}_km2"] for end in ("low", "high"))
    assert low < -341.72 < high < 0
    weeks = answer(*march, "--every", "week")
    assert weeks["net_km2"] == pytest.approx(found["net_km2"], abs=1e-6)


def test_sudzha(store: Path) -> None:
    rows = {
        (row["name"], row["status"]): row
        for row in answer("settlements", store, "--places", PLACES)["rows"]
    }
    sudzha = rows["Sudzha", "held"]
    assert sudzha["since_utc"][:10] == "2024-08-14"
    assert sudzha["until_utc"][:10] == "2025-03-12"
    assert sudzha["days"] == pytest.approx(210, abs=0.1)


def test_deepstate_against_nzz(
    store: Path, nzz: kg.ControlHistory, tmp_path: Path
) -> None:
    """What test_compare.py finds in Python; nothing is lost on the way to the desk."""
    other = kg.write_store(nzz, tmp_path / "nzz.parquet")
    pair = [f"deepstate={store}", f"nzz={other}"]
    found = answer("compare", *pair, "--at", "2024-09-06")
    only = {row["held_by"]: row for row in found["rows"]}
    assert only["nzz"]["area_km2"] == pytest.approx(371.92, abs=0.5)
    assert only["nzz"]["contested_km2"] == pytest.approx(249.09, abs=0.5)
    assert found["intersection_over_union"] == pytest.approx(0.698, abs=0.001)
    span = ["--from", "2024-09-01", "--to", "2024-09-30"]
    rows = answer("compare", *pair, *span)["rows"]
    held = {name: [] for name in ("deepstate", "nzz")}
    for row in rows:
        held[row["source"]].append(row["area_km2"])
    peaks = {name: max(areas) for name, areas in held.items()}
    assert peaks == pytest.approx({"deepstate": 906.6, "nzz": 1264.3}, abs=0.1)
