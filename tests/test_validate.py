"""What is known by other means is measured, and a miss is seen."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kursk_geo as kg
from commands import done, run
from kursk_geo import validate as checks

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample_data" / "deepstate"


def test_closed_forms_hold_without_any_map() -> None:
    table = checks.validate()
    assert table["holds"].all(), table[~table["holds"]].to_string()
    assert {"area", "depth"} == set(table["measured"].str.split().str[0])


@pytest.fixture(scope="module")
def of_sample() -> pd.DataFrame:
    return checks.validate(kg.read_history(SAMPLE))


def test_sample_maps_pass_every_check(of_sample: pd.DataFrame) -> None:
    assert of_sample["holds"].all(), of_sample[~of_sample["holds"]].to_string()
    assert "brute force on the ellipsoid" in set(of_sample["by"])


def test_each_way_that_must_not_matter_is_tried(of_sample: pd.DataFrame) -> None:
    times = of_sample["by"].value_counts()
    assert set(times[list(checks._WAYS)]) == {4}


@pytest.mark.parametrize("factor", [1 + 1e-6, 1 - 1e-4])
def test_a_wrong_formula_is_a_miss(
    factor: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = checks.area_km2
    monkeypatch.setattr(
        checks, "area_km2", lambda *given, **more: factor * right(*given, **more)
    )
    table = checks.validate()
    assert not table[table["unit"] == "km²"]["holds"].any()


def test_a_miss_ends_the_command_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "none missed" in done("validate")
    missing = ("x", "y", 1.0, np.nan, 9.0, "km")
    monkeypatch.setattr(checks, "_depths", lambda: [missing])
    result = run("validate")
    assert result.exit_code == 1
    assert "1 check missed" in result.stderr
