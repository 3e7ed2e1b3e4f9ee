"""
Draw the three pictures of the demo.

Usage: ``demo.py MAPS FOLDER``
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib.pyplot as plt

import kursk_geo as kg


def main(maps: str, folder: str) -> None:
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    kursk = kg.read_history(maps).select(kg.theatre("kursk"))
    table = kg.measure(kursk)
    pictures = {
        "area.png": lambda ax: kg.plot_area(table, ax=ax),
        "depth.png": lambda ax: kg.plot_depth(table, ax=ax),
        "map.png": lambda ax: kg.plot_map(kursk, at="2025-04-15", ax=ax),
    }
    for name, draw in pictures.items():
        figure, ax = plt.subplots(figsize=(9, 6), layout="constrained")
        draw(ax)
        figure.savefig(out / name, dpi=150)
        plt.close(figure)
        print(f"Wrote {out / name}")


if __name__ == "__main__":
    main(*sys.argv[1:])
