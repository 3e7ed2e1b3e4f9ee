"""
Measure the Kursk theatre day by day on real maps.

    python sample_data/figures/measure_daily.py PATH [OUT]

PATH holds DeepState's maps, as ``kursk_geo.read_history`` takes them; OUT is
``kursk_daily.csv`` beside this script by default.
"""

import sys
from pathlib import Path

import pandas as pd

import kursk_geo as kg

OUT = Path(__file__).with_name("kursk_daily.csv")
DECIMALS = {
    "area_km2": 3,
    "contested_km2": 3,
    "depth_km": 3,
    "depth_with_contested_km": 3,
    "staleness_days": 4,
}
"""A metre, a thousandth of a km² and nine seconds: finer than what they measure."""
COLUMNS = [
    "date",
    "snapshot_utc",
    "snapshot_id",
    "sha256",
    "area_km2",
    "contested_km2",
    "sections",
    "depth_km",
    "depth_with_contested_km",
    "staleness_days",
]


def daily(history: kg.ControlHistory) -> pd.DataFrame:
    """One row a day (UTC), each with the map that it was measured on."""
    table = kg.measure(history.select(kg.theatre("kursk")), every="day").reset_index()
    table["date"] = table["date"].dt.strftime("%Y-%m-%d")
    files = history.snapshots[["snapshot_utc", "sha256"]]
    return table.merge(files, on="snapshot_utc").round(DECIMALS)[COLUMNS]


def write(table: pd.DataFrame, path: Path) -> None:
    """Write the figures, with instants as UTC in ISO 8601."""
    text = table.to_csv(
        index=False, date_format="%Y-%m-%dT%H:%M:%SZ", lineterminator="\n"
    )
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    out = Path(sys.argv[2]) if len(sys.argv) == 3 else OUT
    figures = daily(kg.read_history(sys.argv[1]))
    write(figures, out)
    print(f"{len(figures)} days written to {out}")
