"""
Draw the pictures of the README from the sample maps.

Usage: ``draw_pictures.py``; ``make pictures`` runs it.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import matplotlib as mpl

import kursk_geo as kg

ROOT = Path(__file__).resolve().parents[1]
MAPS = ROOT / "sample_data" / "deepstate"
FOLDER = ROOT / "docs" / "images"


def main() -> None:
    """Draw them all."""
    mpl.use("agg")
    with warnings.catch_warnings():
        # One sample map has a colour that means nothing here, on purpose.
        warnings.simplefilter("ignore", kg.KurskGeoWarning)
        history = kg.read_history(MAPS)
    kursk = history.select(kg.theatre("kursk")).between("2024-08-01", "2025-04-30")
    [claim] = kg.load_claims("bloomberg-2025-04-26-shrunk")
    ground = kg.change_between(kursk, "2025-02-28", "2025-03-31")
    dates = ["2024-08-12", "2024-09-06", "2025-02-28", "2025-04-15"]
    pictures = {
        "baselines.png": kg.plot_since(kg.check(claim, history)[0]),
        "map.png": kg.plot_map(kursk, at="2025-04-15"),
        "states.png": kg.plot_small_multiples(kursk, dates, columns=2)[0],
        "area.png": kg.plot_area(kg.measure(kursk), stale_days=60),
        "change.png": kg.plot_change(ground, theatre=kg.theatre("kursk")),
        "timeline.png": kg.plot_timeline(
            kg.section_history(kursk), happened=kg.events(kursk)
        ),
    }
    for name, ax in pictures.items():
        ax.figure.savefig(FOLDER / name, dpi=130, metadata={"Software": None})


if __name__ == "__main__":
    main()
