"""
Draw the three pictures of the demo.

Usage: ``demo.py MAPS FOLDER``
"""

from __future__ import annotations

import sys
from pathlib import Path

import kursk_geo as kg


def main(maps: str, folder: str) -> None:
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    kursk = kg.read_history(maps).select(kg.theatre("kursk"))
    table = kg.measure(kursk)
    axes = {
        "area.png": kg.plot_area(table),
        "depth.png": kg.plot_depth(table),
        "map.png": kg.plot_map(kursk, at="2025-04-15"),
    }
    for name, ax in axes.items():
        ax.figure.savefig(out / name, dpi=150, bbox_inches="tight")
        print(f"Wrote {out / name}")


if __name__ == "__main__":
    main(*sys.argv[1:])
