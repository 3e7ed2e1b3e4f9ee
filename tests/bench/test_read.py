"""
Reading and measuring against the loop that anybody would write first.

The loop reads each file with geopandas, drops the points, cuts what is left to the
region, projects it and measures it by colour. It is timed on one map in ten, and its
time is scaled to all of them; both ways begin at files that lie unpacked.
"""

import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest

import kursk_geo as kg

pytestmark = pytest.mark.bench
STEP = 10


def plain_loop(paths: list[Path], theatre: kg.Theatre) -> list[float]:
    areas_km2 = []
    for path in paths:
        table = gpd.read_file(path)
        table = table[table.geom_type != "Point"]
        table["geometry"] = table.make_valid()
        cut = gpd.clip(table, theatre.region).to_crs(theatre.crs)
        by_colour = (cut.area / 1e6).groupby(cut["fill"]).sum()
        areas_km2.append(float(by_colour.get("#01579b", 0.0)))
    return areas_km2


@pytest.fixture(scope="module")
def folder(window_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All maps, unpacked as the loop needs them."""
    unpacked = tmp_path_factory.mktemp("maps")
    with tarfile.open(window_path) as archive:
        archive.extractall(unpacked, filter="data")
    return unpacked


@pytest.fixture(scope="module")
def sample(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.geojson"))[::STEP]


@pytest.fixture(scope="module")
def loop_s(sample: list[Path]) -> float:
    """How long the loop would take for all maps."""
    start = time.perf_counter()
    plain_loop(sample, kg.theatre("kursk"))
    return (time.perf_counter() - start) * 293 / len(sample)


@pytest.fixture
def told(
    benchmark: Any, loop_s: float, capsys: pytest.CaptureFixture[str]
) -> Callable[[str, Callable[[], Any]], Any]:
    """Time something, and print how many times faster than the loop it was."""

    def timed(what: str, action: Callable[[], Any]) -> Any:
        result = benchmark.pedantic(action, rounds=5)
        best_s = benchmark.stats.stats.min
        benchmark.extra_info["times_faster_than_loop"] = loop_s / best_s
        with capsys.disabled():
            print(  # noqa: T201  (a benchmark tells)
                f"\n{what}: {best_s:.2f} s, the plain loop {loop_s:.0f} s: "
                f"{loop_s / best_s:.0f} times faster"
            )
        return result

    return timed


def test_both_ways_agree(window_path: Path, sample: list[Path]) -> None:
    """Or else their times would say nothing."""
    theatre = kg.theatre("kursk")
    table = kg.measure(kg.read_history(window_path).select(theatre))
    by_id = table.set_index("snapshot_id")["area_km2"]
    ours = [by_id[path.stem] for path in sample]
    assert plain_loop(sample, theatre) == pytest.approx(ours, rel=1e-4)


def test_cold_read(told: Callable[..., Any], folder: Path) -> None:
    history = told("cold read", lambda: kg.read_history(folder))
    assert len(history.snapshots) == 293


def test_cold_read_of_the_archive(told: Callable[..., Any], window_path: Path) -> None:
    """Unpacking xz alone takes half a second, which the loop is spared."""
    history = told("cold read of the archive", lambda: kg.read_history(window_path))
    assert len(history.snapshots) == 293


def test_read_select_and_measure(told: Callable[..., Any], folder: Path) -> None:
    def whole_way() -> Any:
        history = kg.read_history(folder)
        return kg.measure(history.select(kg.theatre("kursk")))

    assert len(told("read, select and measure", whole_way)) == 293


def test_measure(told: Callable[..., Any], window_path: Path) -> None:
    kursk = kg.read_history(window_path).select(kg.theatre("kursk"))
    assert len(told("measure alone", lambda: kg.measure(kursk))) == 293


def test_store(told: Callable[..., Any], window_path: Path, tmp_path: Path) -> None:
    path = kg.write_store(kg.read_history(window_path), tmp_path / "window.parquet")
    assert len(told("open a store", lambda: kg.open_store(path)).snapshots) == 293


def test_import(capsys: pytest.CaptureFixture[str]) -> None:
    """Of the package, beside geopandas, each in a process of its own."""

    def best_s(module: str) -> float:
        script = (
            f"import time; start = time.perf_counter(); import {module}; "
            "print(time.perf_counter() - start)"
        )
        runs = [
            subprocess.run(
                [sys.executable, "-c", script],
                capture_output=True,
                text=True,
                check=True,
            )
            for _ in range(5)
        ]
        return min(float(run.stdout) for run in runs)

    ours_s, theirs_s = best_s("kursk_geo"), best_s("geopandas")
    with capsys.disabled():
        print(  # noqa: T201  (a benchmark tells)
            f"\nimport kursk_geo: {ours_s:.2f} s, geopandas {theirs_s:.2f} s: "
            f"{ours_s / theirs_s:.2f} times as long"
        )
