"""
Draw the sample maps: schematic ground with the figures of the real maps.

    python sample_data/draw.py [FOLDER]

Writes one file a snapshot in DeepState's format, by default into
``sample_data/deepstate`` and, packed, into the package. No map of the war is read:
outlines are solved for the figures in ``drawing/table.py``.
"""

import sys
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import shapely
from drawing import elsewhere
from drawing.features import LIBERATED, OCCUPIED, UNKNOWN, Feature, area, areas, dump
from drawing.outlines import ground
from drawing.table import (
    LYPTSI,
    POCKET,
    SNAPSHOTS,
    SUMY_TAKEN,
    TETKINO_HELD,
    VOVCHANSK,
    Snapshot,
)
from shapely.geometry.base import BaseGeometry

HERE = Path(__file__).parent
LAST_COLLECTION = "2024-12-21"
"""After it no real map holds a GeometryCollection."""


def draw() -> dict[int, bytes]:
    """Every map by its unix time."""
    maps = {
        elsewhere.APRIL_2022: elsewhere.april_2022(),
        elsewhere.JUNE_2023: elsewhere.june_2023(),
    }
    for snapshot in SNAPSHOTS:
        maps[snapshot.number] = [
            *elsewhere.since_2024(snapshot.published),
            *([elsewhere.broken()] if snapshot.broken else []),
            *_kharkiv(),
            *_sumy(snapshot),
            *_kursk(snapshot),
            *_belgorod(snapshot),
        ]
    return {number: dump(features) for number, features in maps.items()}


def _kursk(snapshot: Snapshot) -> list[Feature]:
    features: list[Feature] = []
    near: list[BaseGeometry] = []
    for first, lobe in enumerate(snapshot.held):
        pocket = POCKET if snapshot.pocket and first == 0 else None
        shape = ground(*lobe, pocket=pocket)
        features += _held(shape, parts=snapshot.parts if first == 0 else 1)
        if lobe != TETKINO_HELD:
            near.append(shape)
    return features + _grey(snapshot, near)


def _held(shape: BaseGeometry, *, parts: int) -> list[Feature]:
    """Held ground: only its colour tells it from liberated ground."""
    if parts == 1:
        return areas(LIBERATED, "#01579b", shape)
    west, south, east, north = shape.bounds
    middle = round((west + east) / 2, 2)
    halves = (
        shape.intersection(shapely.box(west, south, middle, north)),
        shape.intersection(shapely.box(middle, south, east, north)),
    )
    return [feature for half in halves for feature in areas(LIBERATED, "#01579b", half)]


def _grey(snapshot: Snapshot, near: list[BaseGeometry]) -> list[Feature]:
    """Contested ground round the held ground near it."""
    if snapshot.grey is None:
        return []
    place, area_km2, depth_km = snapshot.grey
    held_km2 = sum(lobe[1] for lobe in snapshot.held if lobe != TETKINO_HELD)
    shape = ground(place, held_km2 + area_km2, depth_km, within=shapely.union_all(near))
    if snapshot.published < LAST_COLLECTION:
        return [area(UNKNOWN, "#bdbdbd", shape, collection=True)]
    return areas(UNKNOWN, "#bdbdbd", shape)


def _belgorod(snapshot: Snapshot) -> list[Feature]:
    if snapshot.belgorod is None:
        return []
    return areas(UNKNOWN, "#bcaaa4", ground(*snapshot.belgorod))


def _sumy(snapshot: Snapshot) -> list[Feature]:
    if snapshot.sumy is None:
        return []
    return [
        *areas(OCCUPIED, "#a52714", ground(SUMY_TAKEN, 0.67, 0.73)),
        *areas(UNKNOWN, "#bcaaa4", ground(*snapshot.sumy)),
    ]


def _kharkiv() -> list[Feature]:
    """The strips entered in May 2024; they do not change."""
    lyptsi = ground(LYPTSI, 110.0, 7.72)
    return [
        *areas(OCCUPIED, "#a52714", lyptsi),
        *areas(OCCUPIED, "#a52714", ground(VOVCHANSK, 79.45, 5.0)),
        *areas(UNKNOWN, "#bcaaa4", ground(LYPTSI, 162.2, 8.22, within=lyptsi)),
    ]


def write(folder: Path) -> None:
    """Write every map, and take away what is no longer drawn."""
    folder.mkdir(parents=True, exist_ok=True)
    maps = {f"{number}.geojson": content for number, content in draw().items()}
    for name, content in maps.items():
        (folder / name).write_bytes(content)
    for old in folder.glob("*.geojson"):
        if old.name not in maps:
            old.unlink()
    print(f"{len(maps)} maps drawn into {folder}")


def pack(folder: Path, target: Path) -> None:
    """Pack the maps for `kursk_geo.sample_history`; the same bytes each time."""
    with ZipFile(target, "w", ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(folder.glob("*.geojson")):
            archive.writestr(ZipInfo(path.name), path.read_bytes(), ZIP_DEFLATED, 9)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        write(Path(sys.argv[1]))
    else:
        write(HERE / "deepstate")
        pack(HERE / "deepstate", HERE.parent / "src/kursk_geo/data/sample.zip")
