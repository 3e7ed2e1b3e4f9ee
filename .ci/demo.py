"""
Draw the pictures of the demo, and write its report.

Usage: ``demo.py MAPS PLACES FOLDER``
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import kursk_geo as kg
from kursk_geo.errors import UnknownStatusWarning
from kursk_geo.plot.canvas import root_figure

START = "2024-08-01"
CLAIMS = "bloomberg-2025-04-26"
TITLE = "Kursk on drawn sample maps: not the real ones"


def main(maps: str, places: str, folder: str) -> None:
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    # The sample holds one such colour on purpose, and the table before this said so.
    warnings.simplefilter("ignore", UnknownStatusWarning)
    history = kg.read_history(maps)
    kursk = history.select(kg.theatre("kursk"))
    table = kg.measure(kursk)
    axes = {
        "area.png": kg.plot_area(table),
        "depth.png": kg.plot_depth(table),
        "map.png": kg.plot_map(kursk, at="2025-04-15"),
    }
    for name, ax in axes.items():
        root_figure(ax).savefig(out / name, dpi=150, bbox_inches="tight")
        print(f"Wrote {out / name}")
    report = kg.write_report(
        history,
        out / "report",
        theatre="kursk",
        claims=kg.load_claims(CLAIMS),
        places=kg.read_places(places),
        start=START,
        title=TITLE,
        command="make demo",
    )
    print(f"Wrote {report}. Open {report / 'index.html'}")


if __name__ == "__main__":
    main(*sys.argv[1:])
