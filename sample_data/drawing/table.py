"""
What each map shows of the theatres: figures of the real maps, and where to draw them.

The figures are those of ``figures/kursk_daily.csv``, split into sections. Places are
points that we chose along the border; they only say where an outline is centred.
"""

from dataclasses import dataclass
from datetime import datetime

from drawing.outlines import Place, disc

SUDZHA = Place(35.145, 51.16, 46.0)
RETREAT = Place(35.19, 51.08, 55.0)
SNAGOST = Place(35.06, 51.23, 5.0)
PLEKHOVO = Place(35.16, 51.10, 72.0)
SVERDLIKOVO = Place(34.88, 51.19, 0.0)
GUEVO = Place(35.24, 51.06, 10.0)
OLESHNIA = Place(35.145, 51.17, 70.0)
TETKINO = Place(34.29, 51.26, 20.0)
BELGOROD = Place(35.42, 50.87, 90.0, "belgorod")
SUMY = Place(34.8, 51.2, 200.0, "sumy", spill_m=-300.0)
SUMY_TAKEN = Place(35.03, 51.23, 180.0, "sumy", spill_m=-100.0)
LYPTSI = Place(36.42, 50.29, 190.0, "kharkiv", spill_m=-300.0)
VOVCHANSK = Place(36.95, 50.35, 180.0, "kharkiv", spill_m=-300.0)

Lobe = tuple[Place, float, float]
"""Where, its area [km²] and its depth [km]."""

POCKET = disc(35.25, 51.2, 0.8)
"""A grey pocket inside the held ground: a hole that winds like its shell."""


@dataclass(frozen=True)
class Snapshot:
    """
    The figures of one real map.

    Parameters
    ----------
    published : str
        When the real map was published, UTC.
    held : tuple of Lobe
        Sections in Kursk.
    grey : Lobe or None
        Area of the contested ground in Kursk, and depth of all ground with it.
    sumy, belgorod : Lobe or None
        Contested ground there.
    pocket : bool
        Whether the first section has a hole.
    parts : int
        Features that the first section is drawn as; they touch.
    broken : bool
        Whether the map has a polygon that is not valid.
    """

    published: str
    held: tuple[Lobe, ...] = ()
    grey: Lobe | None = None
    sumy: Lobe | None = None
    belgorod: Lobe | None = None
    pocket: bool = False
    parts: int = 1
    broken: bool = False

    @property
    def number(self) -> int:
        """The instant in unix seconds, which names the file."""
        return int(datetime.fromisoformat(self.published).timestamp())


TETKINO_HELD: Lobe = (TETKINO, 11.249, 1.410)
"""Did not change from 18 August 2024 on."""


def _main(area_km2: float, depth_km: float) -> tuple[Lobe, ...]:
    return (SUDZHA, area_km2, depth_km), TETKINO_HELD


def _retreat(area_km2: float, depth_km: float) -> tuple[Lobe, ...]:
    return (RETREAT, area_km2, depth_km), TETKINO_HELD


def _three(*lobes: Lobe) -> tuple[Lobe, ...]:
    return (*lobes, TETKINO_HELD)


MID_APRIL = _three((GUEVO, 20.84, 2.247), (OLESHNIA, 9.87, 2.154))
LATE_APRIL = _three((GUEVO, 12.42, 1.36), (OLESHNIA, 4.90, 1.22))
SUMY_MID: Lobe = (SUMY, 56.98, 3.67)
SUMY_LATE: Lobe = (SUMY, 86.94, 4.63)
BELGOROD_GREY: Lobe = (BELGOROD, 13.118, 2.277)

SNAPSHOTS = (
    Snapshot("2024-08-07T19:40:40Z"),
    Snapshot("2024-08-08T20:52:16Z",
             ((SNAGOST, 72.55, 8.918), (PLEKHOVO, 70.09, 6.69)),
             (SUDZHA, 110.600, 10.095)),
    Snapshot("2024-08-12T19:56:31Z", ((SUDZHA, 312.918, 19.149),),
             (SUDZHA, 268.651, 21.745)),
    Snapshot("2024-08-20T20:16:33Z", _main(645.709, 19.208),
             (SUDZHA, 598.929, 28.958), broken=True),
    Snapshot("2024-09-06T20:34:19Z", _main(895.378, 20.261),
             (SUDZHA, 338.027, 27.287), pocket=True, broken=True),
    Snapshot("2024-10-06T21:48:26Z", _main(757.657, 24.075),
             (SUDZHA, 343.202, 27.287), pocket=True, parts=2),
    Snapshot("2024-10-13T20:57:24Z", _main(650.160, 20.784),
             (SUDZHA, 360.966, 27.287), pocket=True),
    Snapshot("2024-11-30T21:21:39Z", _main(536.549, 19.353),
             (SUDZHA, 201.570, 21.908), pocket=True),
    Snapshot("2024-12-13T22:59:10Z", _main(511.189, 19.353),
             (SUDZHA, 164.055, 21.908), pocket=True),
    Snapshot("2024-12-16T21:58:21Z", _main(494.716, 19.353),
             (SUDZHA, 158.389, 21.908), pocket=True),
    Snapshot("2024-12-31T20:53:54Z", _main(481.822, 19.353),
             (SUDZHA, 162.980, 21.908), (SUMY, 3.85, 1.62), pocket=True),
    Snapshot("2025-02-07T21:58:34Z", _main(437.990, 19.353),
             (SUDZHA, 180.913, 21.908), (SUMY, 3.85, 1.62), pocket=True),
    Snapshot("2025-02-28T00:20:02Z",
             _three((SUDZHA, 395.957, 19.353), (SVERDLIKOVO, 14.816, 2.34)),
             (SUDZHA, 160.241, 21.423), (SUMY, 5.92, 1.67)),
    Snapshot("2025-03-01T08:29:56Z", _main(395.957, 19.353),
             (SUDZHA, 159.225, 21.423), (SUMY, 5.92, 1.67)),
    Snapshot("2025-03-12T12:04:44Z", _retreat(139.645, 8.281),
             (RETREAT, 49.451, 9.001), (SUMY, 12.48, 2.15)),
    Snapshot("2025-03-28T21:52:57Z", _retreat(69.051, 4.344),
             (RETREAT, 43.145, 5.159), (SUMY, 31.56, 3.51), BELGOROD_GREY),
    Snapshot("2025-04-12T20:36:09Z",
             _three((GUEVO, 26.01, 3.041), (OLESHNIA, 10.55, 2.18)),
             (RETREAT, 42.776, 4.491), SUMY_MID, BELGOROD_GREY),
    Snapshot("2025-04-14T20:05:12Z", MID_APRIL,
             (RETREAT, 37.869, 3.589), SUMY_MID, BELGOROD_GREY),
    Snapshot("2025-04-15T20:23:02Z", MID_APRIL,
             (RETREAT, 37.869, 3.589), SUMY_MID, BELGOROD_GREY),
    Snapshot("2025-04-16T20:09:41Z", MID_APRIL,
             (RETREAT, 37.869, 3.589), SUMY_MID, BELGOROD_GREY),
    Snapshot("2025-04-26T14:17:17Z", LATE_APRIL,
             (RETREAT, 27.709, 2.329), SUMY_LATE, BELGOROD_GREY),
    Snapshot("2025-04-30T22:19:05Z", LATE_APRIL,
             (RETREAT, 27.773, 2.329), SUMY_LATE, (BELGOROD, 9.53, 1.93)),
)  # fmt: skip
