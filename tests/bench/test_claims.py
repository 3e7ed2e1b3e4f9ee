"""5,000 specifications of one claim, against one computed by itself at a time."""

import time
from pathlib import Path

import pytest

import kursk_geo as kg
from kursk_geo.claims.engine import Engine
from kursk_geo.claims.grid import Axis, Grid, Option

pytestmark = pytest.mark.bench
STEP = 100


def of_5000(claim: kg.Claim, history: kg.ControlHistory) -> Grid:
    """The usual grid, with gaps until there are 5,000."""
    grid = kg.axes(claim, histories=history)
    gaps = (Option(f"{i / 2} km", i / 2, "stress") for i in range(1, 3))
    joined = Axis("gap_km", (*grid.axis("gap_km").options, *gaps))
    return grid.with_axis(joined)


def test_specifications(window_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history = kg.read_history(window_path)
    [claim] = kg.load_claims("bloomberg-2025-04-26-shrunk")
    grid = of_5000(claim, history)
    assert len(grid) > 5_000
    start = time.perf_counter()
    [verdict] = kg.check(claim, history, grid=grid)
    ours_s = time.perf_counter() - start

    histories = {history.source: history}
    start = time.perf_counter()
    for spec in list(grid.specifications())[::STEP]:
        alone = Engine(claim.quantity, histories, {})
        try:
            alone.outcome(spec)
        except kg.KurskGeoError:
            continue
    plain_s = (time.perf_counter() - start) * STEP
    with capsys.disabled():
        print(  # noqa: T201  (a benchmark reports by printing)
            f"\n{len(verdict.table):,} specifications: {ours_s:.1f} s, by themselves "
            f"{plain_s:.0f} s: {plain_s / ours_s:.0f} times as fast"
        )
