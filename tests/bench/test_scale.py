"""
How costs grow: with maps, shapes and places, at constant change and without.

CPU seconds, since machines are shared. The plain way joins the polygons of each map
anew, as one would with geopandas; it is timed on some maps and scaled to all.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from synthetic import cells, redrawn, write_maps, write_places

import kursk_geo as kg
from kursk_geo.store import replace_store
from real_maps import WINDOW, path_of

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


def appended_s(tmp_path: Path) -> float:
    """One map more in a store of 100,000, whose shapes have mostly ended."""
    history, path = redrawn(100_000), tmp_path / "drawn.parquet"
    *_, third, second, last = history.snapshots["snapshot_utc"]
    kg.write_store(history.between(None, third), path)
    replace_store(history.between(None, second), path, append=True)
    whole = history.between(None, last)
    return cpu_s(lambda: replace_store(whole, path, append=True))


def command_s(*words: object) -> float:
    """The CPU seconds of a whole command."""

    def used() -> float:
        told = resource.getrusage(resource.RUSAGE_CHILDREN)
        return told.ru_utime + told.ru_stime

    before = used()
    run = [sys.executable, "-m", "kursk_geo", *map(str, words)]
    subprocess.run(run, check=True, capture_output=True)
    return used() - before


def test_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the real window costs, row by row."""
    window_path = path_of(WINDOW)
    window = kg.read_history(window_path)
    store, claims = (
        kg.write_store(window, tmp_path / "window.parquet"),
        kg.load_claims(kg.list_claims()),
    )
    work: dict[str, Callable[[], float]] = {
        "open a store, select, measure: 293 maps, Kursk": lambda: cpu_s(
            lambda: kg.measure(kg.open_store(store, theatre="kursk"))
        ),
        "the whole country": lambda: cpu_s(
            lambda: kg.measure(window.select("ukraine"))
        ),
        "cold read of the archive, 293 maps": lambda: cpu_s(
            lambda: kg.read_history(window_path)
        ),
        "a map more in a store of 25,019 shapes": lambda: appended_s(tmp_path),
        f"{len(claims)} claims": lambda: cpu_s(lambda: kg.check(claims, window)),
        "`kursk-geo measure` of the store, whole command": lambda: command_s(
            "measure", store, "--theatre", "kursk"
        ),
        "report of Kursk with its claims": lambda: command_s(
            *("report", store, "--theatre", "kursk", "--claims", "all"),
            *("--out", tmp_path / "kursk"),
        ),
        "report of the whole country": lambda: command_s(
            "report", window_path, "--theatre", "ukraine", "--out", tmp_path / "ukraine"
        ),
    }
    for name, costs in work.items():
        with capsys.disabled():
            print(f"\n| {name} | {costs():.1f} s |", end="", flush=True)  # noqa: T201


ALONG: dict[str, tuple[list[int], Callable[[int], kg.ControlHistory]]] = {
    "maps, 500 changes in all": (
        [1_000, 4_000, 16_000, 64_000],
        lambda n: redrawn(n, step=n // 500),
    ),
    "shapes, one in four maps": ([300, 1_200, 4_800, 19_200], lambda n: redrawn(4 * n)),
    "vertices of a shape": (
        [50, 200, 800, 3_200],
        lambda n: redrawn(1_000, vertices=n),
    ),
}
"""What grows, and histories of such sizes."""


READ = """
import resource, sys, time
import kursk_geo as kg

def told(what, start):
    used = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{what} | {used:.1f} s | {peak:.2f} GB |")

maps, store, where = sys.argv[1:]
begin = start = time.process_time()
history = kg.read_history(maps)
told("read", start)
start = time.process_time()
kg.write_store(history, store)
told("write a store", start)
start = time.process_time()
kg.measure(history.select(kg.Theatre("all", held=kg.theatre(where).held)))
told("measure", start)
told("all", begin)
"""
"""From files to figures, in a process of its own: its memory is what it takes."""

FILES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "100,000 maps of 20 polygons": (lambda to: write_maps(to, 100_000), "kursk"),
    "33,124 places, 366 days": (lambda to: write_places(to, 182, 366), "ukraine"),
}


@pytest.mark.parametrize("name", FILES)
def test_files(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write, where = FILES[name]
    words = [write(tmp_path / "maps"), tmp_path / "store", where]
    run = [sys.executable, "-c", READ, *map(str, words)]
    printed = subprocess.run(run, check=True, capture_output=True, text=True).stdout
    with capsys.disabled():
        for line in printed.splitlines():
            print(f"\n| {name}: {line}", end="")  # noqa: T201


def test_growth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Draw time against maps, shapes and vertices into docs/images/growth.png."""
    figure, axes = plt.subplots(1, 3, figsize=(9, 3.2), layout="constrained")
    theatre = kg.Theatre("all", held=kg.theatre("kursk").held)
    for ax, (name, (sizes, make)) in zip(axes, ALONG.items(), strict=True):
        rows = []
        for size in sizes:
            history, path = make(size), tmp_path / f"{name} {size}"
            rows.append(
                {
                    "measure": cpu_s(lambda: kg.measure(history.select(theatre))),  # noqa: B023
                    "write a store": cpu_s(lambda: kg.write_store(history, path)),  # noqa: B023
                    "open a store": cpu_s(lambda: kg.open_store(path)),  # noqa: B023
                }
            )
        table = pd.DataFrame(rows, index=sizes)
        table.plot(ax=ax, loglog=True, marker="o", ms=4, legend=False)
        ax.set(xlabel=name, ylim=(0.005, 30))
        with capsys.disabled():
            print(f"\n{table.round(2).rename_axis(name)}")  # noqa: T201
    axes[0].set_ylabel("CPU seconds")
    axes[0].legend(frameon=False, fontsize=8)
    figure.savefig(
        Path(__file__).parents[2] / "docs" / "images" / "growth.png", dpi=110
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
