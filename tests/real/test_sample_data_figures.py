"""sample_data/figures: what this library measures on the real maps."""

import importlib
from pathlib import Path

import pandas as pd
import pytest

import kursk_geo as kg

FIGURES = Path(__file__).parents[2] / "sample_data" / "figures"


def test_the_figures_are_what_the_library_measures(
    window: kg.ControlHistory, tmp_path: Path
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FIGURES))
        script = importlib.import_module("measure_daily")
    again = tmp_path / "kursk_daily.csv"
    script.write(script.daily(window), again)
    made, stored = (
        pd.read_csv(path, dtype={"snapshot_id": str})
        for path in (again, FIGURES / "kursk_daily.csv")
    )
    # Half a unit of the last decimal, where another PROJ rounds the other way.
    pd.testing.assert_frame_equal(made, stored, rtol=0.0, atol=1.1e-3)
