"""
How costs grow: with maps, shapes and places, at constant change and without.

CPU seconds, since machines are shared. The plain way joins the polygons of each map
anew, as one would with geopandas; it is timed on some maps and scaled to all.
"""

import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pytest
from synthetic import cells, redrawn

import kursk_geo as kg

pytestmark = pytest.mark.bench
SOME = 20
"""Maps on which the plain way is timed."""


def cpu_s(action: Callable[[], object]) -> float:
    start = time.process_time()
    action()
    return time.process_time() - start


def plain_s(history: kg.ControlHistory) -> float:
    """What joining and measuring each map anew takes, for all maps."""
    theatre = history.theatre
    assert theatre is not None
    held = history.select(theatre, status=theatre.held)
    published = held.snapshots["snapshot_utc"]
    moments = published.iloc[:: max(len(published) // SOME, 1)]

    def loop() -> None:
        for moment in moments:
            ground = held.at(moment).geometry.union_all()
            gpd.GeoSeries([ground], crs="EPSG:4326").to_crs("EPSG:6933").explode().area  # noqa: B018

    return cpu_s(loop) / len(moments) * len(published)


CASES = {
    "10,000 maps of 20 polygons": (lambda: redrawn(10_000), "kursk"),
    "100,000 maps of 20 polygons": (lambda: redrawn(100_000), "kursk"),
    "29,929 places, 366 days": (lambda: cells(173, 366), "ukraine"),
}


@pytest.mark.parametrize("name", CASES)
def test_measure(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    make, where = CASES[name]
    theatre = kg.Theatre("all", border=kg.theatre(where).border,
                         held=kg.theatre(where).held)  # fmt: skip
    history = make().select(theatre)
    ours_s = cpu_s(lambda: kg.measure(history))
    plain = plain_s(history)
    with capsys.disabled():
        print(  # noqa: T201  (a benchmark tells)
            f"\n| {name} | {len(history.shapes):,} | {plain:,.0f} s | {ours_s:.1f} s | "
            f"{plain / ours_s:,.0f} |"
        )


def test_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history = redrawn(100_000)
    path = tmp_path / "drawn.parquet"
    write_s = cpu_s(lambda: kg.write_store(history, path))
    open_s = cpu_s(lambda: kg.open_store(path))
    month_s = cpu_s(lambda: kg.open_store(path, start="2023-03-01", end="2023-03-31"))
    with capsys.disabled():
        print(  # noqa: T201
            f"\nstore of 100,000 maps: written in {write_s:.1f} s, opened in "
            f"{open_s:.2f} s, a month of it in {month_s:.2f} s"
        )
