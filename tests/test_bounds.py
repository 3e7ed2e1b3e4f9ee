"""What a small file may cost: each case in a process with bounds on time and memory."""

import json
import math
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="limits of a process")

CHILD = """
import resource, sys, time, warnings
import kursk_geo as kg
import matplotlib
matplotlib.use("Agg")
warnings.simplefilter("ignore")
pages = int(open("/proc/self/statm").read().split()[0])
bound = pages * resource.getpagesize() + (3 << 29)
resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
for path, what in zip(sys.argv[1::2], sys.argv[2::2]):
    until = int(time.process_time()) + 90
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))
    history = kg.read_history(path, on_error="skip")
    kursk = history.select(kg.theatre("kursk"))
    table = kg.measure(kursk)
    pieces = kg.sections(kursk, at="2025-04-15")
    if what == "plot":
        kg.plot_map(kursk, at="2025-04-15").figure.savefig(path + ".png")
    print(len(history.shapes), len(history.rejected), flush=True)
"""
"""A map takes ten seconds; what once took minutes to hours is ended by the system."""

Ring = list[list[float]]


def star(n: int) -> list[Ring]:
    """Corners at random: the outline crosses itself about n² / 9 times."""
    chance = random.Random(1)
    points = [
        [round(35.2 + 0.3 * chance.random(), 6), round(51.2 + 0.2 * chance.random(), 6)]
        for _ in range(n)
    ]
    return [[*points, points[0]]]


def pieces(n: int) -> list[Ring]:
    """Squares that do not touch, too far apart for one section."""
    wide = math.ceil(n**0.5)
    found = []
    for i in range(n):
        x, y = 34.6 + 1.4 * (i % wide) / wide, 51.35 + 0.7 * (i // wide) / wide
        side = 0.24 / wide
        found.append(
            [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
        )
    return found


def spiral(n: int, *, turns: int = 30) -> list[Ring]:
    """A band that winds about itself."""
    whole = 2 * math.pi * turns
    angles = [whole * i / n for i in range(n)]

    def arm(width: float, angles: list[float]) -> Ring:
        return [
            [35.3 + 0.2 * r * math.cos(a), 51.4 + 0.12 * r * math.sin(a)]
            for a in angles
            for r in [a / whole + width]
        ]

    out, back = arm(0.6 / turns, angles), arm(0.3 / turns, angles[::-1])
    return [[*out, *back, out[0]]]


def map_of(rings: list[list[Ring]]) -> str:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": polygon},
            "properties": {"name": "", "fill": "#01579b"},
        }
        for polygon in [*rings, NEAR]
    ]
    whole = {"type": "FeatureCollection", "features": features}
    return json.dumps(whole, separators=(",", ":"))


def test_a_small_file_costs_little(tmp_path: Path) -> None:
    cases: list[tuple[list[Ring], str, int]] = [
        (star(2500), "measure", 0),
        (star(10_000), "measure", 0),
        (spiral(10_000), "measure", 1),
        (spiral(5_000, turns=250), "plot", 1),
        (pieces(1000), "plot", 1000),
        (pieces(10_000), "measure", 10_000),
    ]
    asked = []
    for number, (drawn, what, _) in enumerate(cases):
        path = tmp_path / str(number) / "1740830400.geojson"
        path.parent.mkdir()
        path.write_text(map_of([[ring] for ring in drawn]))
        asked += [str(path), what]
    run = subprocess.run(
        [sys.executable, "-c", CHILD, *asked], capture_output=True, text=True,
        check=False, timeout=400,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr[-2000:]
    told = [tuple(map(int, line.split())) for line in run.stdout.splitlines()]
    assert told == [(shapes + 1, int(shapes == 0)) for _, _, shapes in cases]


NEAR = [[[36.3, 51.6], [36.4, 51.6], [36.4, 51.7], [36.3, 51.6]]]
"""Ground beside, so that the map holds some that can be read."""
