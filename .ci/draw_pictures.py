"""
Draw the pictures of the README and the docs from real maps.

Usage: ``draw_pictures.py MAPS``, a folder or archive of DeepState's maps from August
2024 to May 2025, as ``kursk-geo fetch deepstate`` gets them. Pictures may be published
with reference and link; the maps themselves stay where they are.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import matplotlib as mpl

import kursk_geo as kg
from kursk_geo.plot.canvas import picture_bytes

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "images"


def main(maps: str) -> None:
    """Draw them all."""
    mpl.use("agg")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kg.KurskGeoWarning)
        history = kg.read_history(maps)
    kursk = history.select(kg.theatre("kursk"))
    [shrunk] = kg.check("bloomberg-2025-04-26-shrunk", history)
    ground = kg.change_between(kursk, "2025-02-28", "2025-03-31")
    dates = ["2024-08-12", "2024-09-06", "2025-02-28", "2025-04-15"]
    with kg.style():
        pictures = {
            "hero.png": kg.plot_since(shrunk, history, width_in=9.2),
            "map.png": kg.plot_map(kursk, at="2025-04-15"),
            "states.png": kg.plot_small_multiples(kursk, dates, columns=2)[0],
            "area.png": kg.plot_area(kg.measure(kursk)),
            "change.png": kg.plot_change(ground, theatre=kg.theatre("kursk")),
            "timeline.png": kg.plot_timeline(
                kg.section_history(kursk), happened=kg.events(kursk)
            ),
        }
        FOLDER.mkdir(exist_ok=True)
        for name, ax in pictures.items():
            raw = picture_bytes(ax, ending=".png", dpi=130)
            (FOLDER / name).write_bytes(raw)


if __name__ == "__main__":
    main(sys.argv[1])
