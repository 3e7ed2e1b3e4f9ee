"""What a small file may cost: each case in a process with bounds on time and memory."""

import json
import math
import os
import random
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="limits of a process")

CHILD = """
import resource, sys, warnings
import kursk_geo as kg
warnings.simplefilter("ignore")
path, what = sys.argv[1:3]
pages = int(open("/proc/self/statm").read().split()[0])
bound = pages * resource.getpagesize() + (3 << 29)
resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
resource.setrlimit(resource.RLIMIT_CPU, (90, 90))
history = kg.read_history(path, on_error="skip")
kursk = history.select(kg.theatre("kursk"))
table = kg.measure(kursk)
pieces = kg.sections(kursk, at="2025-04-15")
if what == "plot":
    import matplotlib
    matplotlib.use("Agg")
    kg.plot_map(kursk, at="2025-04-15").figure.savefig(path + ".png")
print(len(history.shapes), len(history.rejected), len(pieces))
"""
"""A run takes ten seconds; what once took minutes to hours is ended by the system."""

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


@pytest.mark.parametrize(
    ("drawn", "n", "what", "shapes"),
    [
        (star, 2500, "measure", 0),
        (star, 40_000, "measure", 0),
        (spiral, 10_000, "plot", 1),
        (partial(spiral, turns=500), 10_000, "plot", 1),
        (pieces, 2000, "plot", 2000),
        (pieces, 20_000, "measure", 20_000),
    ],
)
def test_a_small_file_costs_little(  # noqa: PLR0917
    drawn: Callable[[int], list[Ring]], n: int, what: str, shapes: int, tmp_path: Path
) -> None:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [ring]},
            "properties": {"name": "", "fill": "#01579b"},
        }
        for ring in drawn(n)
    ]
    whole = {"type": "FeatureCollection", "features": features}
    near = [{**features[0], "geometry": NEAR}]
    whole["features"] = [*features, *near]
    path = tmp_path / "1740830400.geojson"
    path.write_text(json.dumps(whole, separators=(",", ":")))
    run = subprocess.run(
        [sys.executable, "-c", CHILD, path, what], capture_output=True, text=True,
        check=False, timeout=200,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-2000:]
    n_shapes, n_rejected, _ = run.stdout.split()
    assert int(n_shapes) == shapes + 1
    assert int(n_rejected) == (shapes == 0)


NEAR = {
    "type": "Polygon",
    "coordinates": [[[36.3, 51.6], [36.4, 51.6], [36.4, 51.7], [36.3, 51.6]]],
}
"""Ground beside, so that the map holds some that can be read."""
