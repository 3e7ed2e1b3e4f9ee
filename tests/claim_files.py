"""Drawn maps around New Year and the end of February, and claims about them."""

from pathlib import Path

import pandas as pd

from builders import GREY, Feature, feature, tile, write_map

MAPS = {
    "2024-12-30T20:00Z": (10.0, 10.0, 0.0),
    "2025-01-20T20:00Z": (10.0, 9.0, 2.0),
    "2025-02-27T20:00Z": (8.2, 10.0, 2.0),
    "2025-03-01T08:00Z": (7.0, 10.0, 3.0),
}
"""Width and height of the held tile, width of the grey one beside it. [km]"""

SHRUNK = """
id = "shrunk"
text = "by the end of February 2025 ground in Kursk had shrunk by nearly one-fifth"
published = 2025-03-05
outlet = "The Drawn Times"
theatre = "kursk"
source = "deepstate"
"""

AREA = """
id = "{id}"
text = "Ukraine held about {area} square kilometers of Kursk on {at}"
published = 2025-03-05
outlet = "The Drawn Times"
theatre = "kursk"
source = "deepstate"
"""


def drawn_features(width_km: float, height_km: float, grey_km: float) -> list[Feature]:
    """Held ground by Sudzha, and contested ground to its east."""
    drawn = [feature(tile(0, 4, width_km, height_km))]
    if grey_km:
        drawn.append(feature(tile(width_km, 4, grey_km, height_km), fill=GREY))
    return drawn


def write_maps(folder: Path) -> Path:
    """Write the drawn maps into a folder."""
    for moment, sizes in MAPS.items():
        unix = int(pd.Timestamp(moment).timestamp())
        write_map(folder, unix, drawn_features(*sizes))
    return folder


def write_claim(folder: Path, name: str, text: str) -> Path:
    """Write a claim's file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def area_claim(name: str, area: str, at: str) -> str:
    """A claim about held area on a day."""
    return AREA.format(id=name, area=area, at=at)
