"""The report on the real window: whole, small, and the same as the figures."""

import csv
import json
import re
from pathlib import Path

import pandas as pd
import pytest
import shapely

import kursk_geo as kg

ROOT = Path(__file__).parents[2]
MEGABYTE = 1e6


@pytest.fixture(scope="module")
def folder(window: kg.ControlHistory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that a report can hold, on 293 maps."""
    return kg.write_report(
        window,
        tmp_path_factory.mktemp("reports") / "report",
        theatre="kursk",
        claims=kg.load_claims("bloomberg-2025-04-26"),
        places=kg.read_places(ROOT / "sample_data" / "places" / "places.csv"),
    )


def test_the_page_is_small_enough_to_mail(folder: Path) -> None:
    assert (folder / "index.html").stat().st_size < 0.45 * MEGABYTE


def test_figures_are_the_true_ones(folder: Path, truth: pd.DataFrame) -> None:
    with (folder / "figures.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 293
    last = {row["snapshot_utc"][:10]: row for row in rows}
    days = [day for day in truth.index.strftime("%Y-%m-%d") if day in last]
    assert len(days) > 200
    told = pd.DataFrame([last[day] for day in days]).astype(
        {"sections": int, "area_km2": float}
    )
    theirs = truth.loc[days]
    assert told["sections"].tolist() == theirs["n_sections"].tolist()
    # Where nothing is held there is no depth, which theirs writes as 0.
    held = told["area_km2"] > 0.0
    assert set(told["depth_km"][~held]) == {""}
    assert told["depth_km"][held].astype(float).tolist() == pytest.approx(
        theirs["max_depth_km"][held.to_numpy()].tolist(), abs=0.02
    )
    # Ponds are holes in theirs: tests/real/test_truth.py.
    assert told["area_km2"].tolist() == pytest.approx(
        theirs["area_held_km2"].tolist(), abs=9.3
    )


def test_the_page_says_what_the_last_map_shows(folder: Path) -> None:
    page = (folder / "index.html").read_text("utf-8").replace("\xa0", " ")
    assert "<h1>Ukraine holds 29 km² of Kursk, 3 % of its peak</h1>" in page
    assert (
        "The most was 907 km², on 6 Sep 2024. Three pieces are left, at most 1.4 km "
        "deep. The line was last redrawn on 29 Apr 2025."
    ) in page
    assert "29 km², give or take 11" in page
    assert "Another 28 km² is contested." in page
    assert "depends on since when" in page


def test_no_outline_of_the_provider_is_passed_on(
    folder: Path, window: kg.ControlHistory
) -> None:
    shapes = window.select(kg.theatre("kursk")).shapes.geometry
    lon, lat = shapely.get_coordinates(shapes.iloc[0])[5].tolist()
    for path in folder.iterdir():
        text = path.read_bytes().decode("utf-8", "replace")
        assert f"{lon:.6f}"[:-1] not in text or f"{lat:.6f}"[:-1] not in text, path.name


def test_outlines_in_the_page_are_whole_steps(folder: Path) -> None:
    page = (folder / "index.html").read_text("utf-8")
    found = re.search(r'id="data">(.*?)</script>', page, flags=re.DOTALL)
    assert found is not None
    paths = [shape[0] for shape in json.loads(found[1])["shapes"]]
    assert len(paths) > 150
    assert all(re.fullmatch(r"[-0-9Mlz ]+", path) for path in paths)
    step_m = int(re.search(r"Outlines are rounded to (\d+) m", page)[1])  # type: ignore[index]  # the page says so
    assert step_m >= 50


def test_every_map_is_named_with_its_hash(
    folder: Path, window: kg.ControlHistory
) -> None:
    listed = (folder / "maps.csv").read_text("utf-8")
    record = json.loads((folder / "ro-crate-metadata.json").read_text("utf-8"))
    hashes = {entity.get("sha256") for entity in record["@graph"]}
    for digest in window.snapshots["sha256"]:
        assert digest in listed
        assert digest in hashes
