"""
Draw the sample maps: schematic ground with the figures of the real maps.

    python sample_data/draw.py [FOLDER]

Writes one file a snapshot in DeepState's format (by default into
``sample_data/deepstate``), then measures what it wrote. No map of the war is read: the
outlines are solved for the figures in `SNAPSHOTS`.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import elsewhere
import shapely
from features import LIBERATED, UNKNOWN, Feature, area, areas, dump
from outlines import Place, disc, ground
from shapely.geometry.base import BaseGeometry

HERE = Path(__file__).parent
SUDZHA = Place(35.12, 51.22, 32.0)
GUEVO = Place(35.28, 51.06, 10.0)
OLESHNIA = Place(35.145, 51.15, 70.0)
SVERDLIKOVO = Place(34.88, 51.19, 0.0)
TETKINO = Place(34.29, 51.26, 20.0)
BELGOROD = Place(35.42, 50.87, 90.0, "belgorod")
SUMY = Place(34.8, 51.2, 200.0, "sumy", spill_m=-120.0)
SUMY_TAKEN = Place(34.95, 51.23, 180.0, "sumy", spill_m=-120.0)
LYPTSI = Place(36.42, 50.29, 190.0, "kharkiv", spill_m=-120.0)
VOVCHANSK = Place(36.95, 50.35, 180.0, "kharkiv", spill_m=-120.0)
SOTNYTSKYI = Place(36.1, 50.44, 180.0, "kharkiv", spill_m=-120.0)
BUDARKY = Place(37.2, 50.38, 180.0, "kharkiv", spill_m=-120.0)

Lobe = tuple[Place, float, float]
"""Where, its area [km²] and its depth [km]."""

TETKINO_HELD: Lobe = (TETKINO, 11.249, 1.410)
MID_APRIL: tuple[Lobe, ...] = (
    (GUEVO, 20.84, 2.247), (OLESHNIA, 9.87, 2.154), TETKINO_HELD
)  # fmt: skip
LATE_APRIL: tuple[Lobe, ...] = (
    (GUEVO, 12.42, 1.36), (OLESHNIA, 4.90, 1.22), TETKINO_HELD
)  # fmt: skip
POCKET = disc(35.16, 51.27, 0.8)
"""A grey pocket inside the held ground: a hole that winds like its shell."""


@dataclass(frozen=True)
class Snapshot:
    """
    The figures of one real map, by which ground is drawn.

    Parameters
    ----------
    number : int
        When the map was published, in unix seconds.
    held : tuple of Lobe
        Sections in Kursk.
    grey : Lobe or None
        Area of the contested ground in Kursk, and depth of all ground with it.
    sumy : Lobe or None
        Contested ground in Sumy, from the end of 2024.
    belgorod : Lobe or None
        Contested ground in Belgorod, from 25 March 2025.
    pocket : bool
        Whether the held ground has a hole.
    parts : int
        Features that the first section is drawn as; they touch.
    """

    number: int
    held: tuple[Lobe, ...] = ()
    grey: Lobe | None = None
    sumy: Lobe | None = None
    belgorod: Lobe | None = None
    pocket: bool = False
    parts: int = 1


def _main(area_km2: float, depth_km: float) -> tuple[Lobe, ...]:
    return (SUDZHA, area_km2, depth_km), TETKINO_HELD


def _grey(area_km2: float, depth_km: float) -> Lobe:
    return SUDZHA, area_km2, depth_km


SUMY_APRIL: Lobe = (SUMY, 56.98, 3.67)
BELGOROD_GREY: Lobe = (BELGOROD, 13.118, 2.277)
SNAPSHOTS = (
    Snapshot(1723059640),  # 2024-08-07
    Snapshot(1723150336, ((SVERDLIKOVO, 72.55, 8.918), (GUEVO, 70.09, 6.69)),
             _grey(110.600, 10.095)),  # 2024-08-08
    Snapshot(1723492591, ((SUDZHA, 312.918, 19.149),), _grey(268.651, 21.745)),
    Snapshot(1724184993, _main(645.709, 19.208), _grey(598.929, 28.958)),  # 08-20
    Snapshot(1725654859, _main(895.378, 20.261), _grey(338.027, 27.287), pocket=True),
    Snapshot(1728251306, _main(757.657, 24.075), _grey(343.202, 27.287), pocket=True,
             parts=2),  # 2024-10-06
    Snapshot(1728853044, _main(650.160, 20.784), _grey(360.966, 27.287), pocket=True),
    Snapshot(1733001699, _main(536.549, 19.353), _grey(201.570, 21.908), pocket=True),
    Snapshot(1734130750, _main(511.189, 19.353), _grey(164.055, 21.908), pocket=True),
    Snapshot(1734386301, _main(494.716, 19.353), _grey(158.389, 21.908), pocket=True),
    Snapshot(1735678434, _main(481.822, 19.353), _grey(162.980, 21.908),
             (SUMY, 3.85, 1.62), pocket=True),  # 2024-12-31
    Snapshot(1738965514, _main(437.990, 19.353), _grey(180.913, 21.908),
             (SUMY, 3.85, 1.62), pocket=True),  # 2025-02-07
    Snapshot(1740702002, ((SUDZHA, 395.957, 19.353), (SVERDLIKOVO, 14.816, 2.34),
             TETKINO_HELD), _grey(160.241, 21.423), (SUMY, 5.92, 1.67)),
    Snapshot(1740817796, _main(395.957, 19.353), _grey(159.225, 21.423),
             (SUMY, 5.92, 1.67)),  # 2025-03-01
    Snapshot(1741781084, _main(139.645, 8.281), _grey(49.451, 9.001),
             (SUMY, 12.48, 2.15)),  # 2025-03-12
    Snapshot(1743198777, _main(69.051, 4.344), _grey(43.145, 5.159),
             (SUMY, 31.56, 3.51), BELGOROD_GREY),  # 2025-03-28
    Snapshot(1744490169, ((GUEVO, 26.01, 3.041), (OLESHNIA, 10.55, 2.18),
             TETKINO_HELD), _grey(42.776, 4.491), SUMY_APRIL, BELGOROD_GREY),
    Snapshot(1744661112, MID_APRIL, _grey(37.869, 3.589), SUMY_APRIL, BELGOROD_GREY),
    Snapshot(1744748582, MID_APRIL, _grey(37.869, 3.589), SUMY_APRIL, BELGOROD_GREY),
    Snapshot(1745677037, LATE_APRIL, _grey(27.709, 2.329), (SUMY, 86.94, 4.63),
             BELGOROD_GREY),  # 2025-04-26
    Snapshot(1745772313, LATE_APRIL, _grey(27.709, 2.329), (SUMY, 86.94, 4.63),
             BELGOROD_GREY),  # 2025-04-27
    Snapshot(1746051545, LATE_APRIL, _grey(27.773, 2.329), (SUMY, 86.94, 4.63),
             (BELGOROD, 9.53, 1.93)),  # 2025-04-30
)  # fmt: skip
"""Figures of the real maps, as ``figures/kursk_daily.csv`` has them."""


def draw() -> dict[int, bytes]:
    """Every map by its unix time."""
    maps = {
        1649581805: elsewhere.april_2022(),
        1687614876: elsewhere.june_2023(),
    }
    for snapshot in SNAPSHOTS:
        maps[snapshot.number] = [
            *elsewhere.since_2024(snapshot.number),
            *_kharkiv(),
            *_sumy(snapshot),
            *_kursk(snapshot),
        ]
    return {number: dump(features) for number, features in maps.items()}


def _kursk(snapshot: Snapshot) -> list[Feature]:
    lobes = [
        ground(*lobe, pocket=POCKET if snapshot.pocket and lobe[0] is SUDZHA else None)
        for lobe in snapshot.held
    ]
    near = [g for g, lobe in zip(lobes, snapshot.held, strict=True) if lobe[0] != TETKINO]
    features: list[Feature] = []
    for lobe in lobes:
        features += _held(lobe, parts=snapshot.parts if lobe is lobes[0] else 1)
    if snapshot.grey is not None:
        place, area_km2, depth_km = snapshot.grey
        held_km2 = sum(km2 for at, km2, _ in snapshot.held if at != TETKINO)
        grey = ground(
            place, held_km2 + area_km2, depth_km, within=shapely.union_all(near)
        )
        if snapshot.number < 1734739200:  # 2024-12-21: no collections after it
            features.append(area(UNKNOWN, "#bdbdbd", grey, collection=True))
        else:
            features += areas(UNKNOWN, "#bdbdbd", grey)
    if snapshot.belgorod is not None:
        features += areas(UNKNOWN, "#bcaaa4", ground(*snapshot.belgorod))
    return features


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


def _kharkiv() -> list[Feature]:
    lobes = ((LYPTSI, 104.0, 7.72), (VOVCHANSK, 75.0, 5.0), (SOTNYTSKYI, 7.0, 1.6),
             (BUDARKY, 3.45, 1.1))  # fmt: skip
    taken = [ground(*lobe) for lobe in lobes]
    grey = ground(LYPTSI, 104.0 + 52.2, 8.22, within=taken[0])
    return [
        *(f for shape in taken for f in areas(elsewhere.OCCUPIED, "#a52714", shape)),
        *areas(UNKNOWN, "#bcaaa4", grey),
    ]


def _sumy(snapshot: Snapshot) -> list[Feature]:
    if snapshot.sumy is None:
        return []
    taken = ground(SUMY_TAKEN, 0.67, 0.73)
    return [
        *areas(elsewhere.OCCUPIED, "#a52714", taken),
        *areas(UNKNOWN, "#bcaaa4", ground(*snapshot.sumy).difference(taken)),
    ]


def write(folder: Path) -> None:
    """Write every map; maps of an earlier drawing that are no more drawn stay."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, content in draw().items():
        (folder / f"{number}.geojson").write_bytes(content)


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "deepstate")
