"""The command line on the real maps: figures that were published elsewhere."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from kursk_geo.cli import app

WEB_MAP = ("--no-clip", "--area-method", "spherical", "--format", "json")


@pytest.fixture(scope="module")
def store(window_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "window.parquet"
    result = CliRunner().invoke(app, ["store", str(window_path), str(path)])
    assert result.exit_code == 0, result.stderr
    assert "293 snapshots" in result.stderr
    return path


def sections(store: Path, *arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["sections", str(store), *arguments])
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def areas(store: Path, *arguments: str) -> list[float]:
    found = sections(store, *arguments, *WEB_MAP)
    return [row["area_km2"] for row in found["rows"]]


@pytest.mark.parametrize(
    ("published_km2", "arguments"),
    [
        (77.427, ()),
        (64.487, ("--status", "contested_in_russia")),
        (13.084, ("--theatre", "belgorod", "--status", "contested")),
        (0.692, ("--theatre", "sumy")),
    ],
)
def test_interfax_28_march(
    store: Path, published_km2: float, arguments: tuple[str, ...]
) -> None:
    """Interfax-Ukraine, 28 March 2025: one polygon of the map each."""
    found = areas(store, "--at", "2025-03-27", *arguments)
    assert min(abs(area - published_km2) for area in found) < 0.0005


def test_euromaidan_press_27_april(store: Path) -> None:
    """Euromaidan Press, 27 April 2025: the sum of all polygons."""
    total = sum(areas(store, "--at", "2025-04-27"))
    assert total == pytest.approx(29.02, abs=0.005)


def test_three_sections_in_mid_april(store: Path) -> None:
    found = sections(store, "--at", "2025-04-15", "--format", "json")
    figures = [(row["area_km2"], row["depth_km"]) for row in found["rows"]]
    assert figures == [
        (pytest.approx(20.84, abs=0.01), pytest.approx(2.247, abs=0.005)),
        (pytest.approx(11.25, abs=0.01), pytest.approx(1.408, abs=0.005)),
        (pytest.approx(9.87, abs=0.01), pytest.approx(2.154, abs=0.005)),
    ]
    assert found["snapshot_id"] == "1744748582"
    assert found["n_smaller"] == 0
