"""
Ground and borders whose area, sections and depth are known in closed form.

Drawn in kilometres in an equal-area plane near the border, then brought to longitude
and latitude. Edges are straight in the plane: they are cut into short ones, which stay
straight to a millimetre in degrees too, so that both views are the same shape.
"""

from dataclasses import dataclass
from math import cos, hypot, pi, sqrt

import numpy as np
import pyproj
import shapely
from shapely import LineString, MultiLineString, MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry

PLANE = pyproj.CRS.from_proj4("+proj=laea +lat_0=51.3 +lon_0=35.2 +datum=WGS84")
TO_DEGREES = pyproj.Transformer.from_crs(PLANE, "EPSG:4326", always_xy=True)
STEP_KM = 0.3


def to_degrees(shape_km: BaseGeometry) -> BaseGeometry:
    """Bring a shape of the plane, in km, to EPSG:4326."""
    short = shapely.segmentize(shape_km, STEP_KM)
    return shapely.transform(
        short, lambda xy: np.column_stack(TO_DEGREES.transform(*xy.T * 1e3))
    )


@dataclass(frozen=True)
class Drawing:
    """
    Ground and a border in the plane, in km, with what is known of them.

    `reached` tells what it takes to find the depth: to look at each "vertex", along
    each "edge", or "inside". `sections` counts the pieces that do not touch; those of
    a drawing with several are `gap_km` apart.
    """

    name: str
    ground_km: BaseGeometry
    border_km: BaseGeometry
    depth_km: float
    area_km2: float
    reached: str
    sections: int = 1
    gap_km: float | None = None

    @property
    def ground(self) -> BaseGeometry:
        """The ground in EPSG:4326."""
        return to_degrees(self.ground_km)

    @property
    def border(self) -> BaseGeometry:
        """The border in EPSG:4326."""
        return to_degrees(self.border_km)


def polygon_of(sides: int, *, circumradius: float) -> Polygon:
    """Draw a regular polygon about the origin."""
    angles = np.arange(sides) * 2 * pi / sides
    return Polygon(circumradius * np.column_stack([np.cos(angles), np.sin(angles)]))


STRAIGHT = LineString([(-40, 0), (40, 0)])
# Two sides of a right angle that opens northwards, and its mirror image.
VALLEY = LineString([(-30.2, 30), (-0.2, 0), (29.8, 30)])
CAPE = LineString([(-30, -30), (0, 0), (30, -30)])
CHANNEL = LineString([(-4, 20), (-4, 0), (4, 0), (4, 20)])
JAR = LineString(
    [(-9, 8.5), (-1, 8.5), (-1, 8), (-4, 8), (-4, 0), (4, 0), (4, 8), (1, 8), (9, 8.5)]
)
TRIANGLE = Polygon([(0, 0), (12, 0), (0, 9)])
ROUND = polygon_of(64, circumradius=8)

GALLERY = [
    Drawing("rectangle", box(-5, 0, 5, 6), STRAIGHT, 6, 60, "vertex"),
    Drawing(
        "tongue",
        Polygon([(-1, 0), (1, 0), (1, 10), (0.1, 12), (-1, 10)]),
        STRAIGHT,
        12,
        22,
        "vertex",
    ),
    Drawing("triangle", Polygon([(-4, 0), (4, 0), (1, 7)]), STRAIGHT, 7, 28, "vertex"),
    Drawing(
        "island", Polygon([(2, 5), (3, 4), (5, 6), (3, 8)]), STRAIGHT, 8, 6, "vertex"
    ),
    Drawing(
        "ring",
        Polygon(box(-5, 1, 5, 9).exterior, [box(-3, 3, 3, 7).exterior.coords]),
        STRAIGHT,
        9,
        56,
        "vertex",
    ),
    Drawing(
        "split",
        MultiPolygon([box(-8, 0, -3, 4), box(-1, 0, 2, 7)]),
        STRAIGHT,
        7,
        41,
        "vertex",
        sections=2,
        gap_km=2,
    ),
    Drawing(
        "three sections",
        MultiPolygon([box(-9, 0, -6, 2), box(-3, 1, 0, 2.5), box(3, 0, 5, 1)]),
        STRAIGHT,
        2.5,
        12.5,
        "vertex",
        sections=3,
        gap_km=3,
    ),
    Drawing(
        "touching along an edge",
        MultiPolygon([box(-4, 0, 0, 3), box(0, 1, 3, 5)]),
        STRAIGHT,
        5,
        24,
        "vertex",
    ),
    Drawing(
        "valley: the middle of an edge, and vertices on the border",
        Polygon([(-6.2, 6), (-0.2, 0), (5.8, 6)]),
        VALLEY,
        6 / sqrt(2),
        36,
        "edge",
    ),
    Drawing("cape", box(-2, 3, 2, 5), CAPE, hypot(2, 5), 8, "vertex"),
    Drawing("channel", box(-4, 0, 4, 20), CHANNEL, 4, 160, "edge"),
    Drawing("jar", box(-4, 0, 4, 8), JAR, 4, 64, "inside"),
    Drawing("enclave", TRIANGLE, TRIANGLE.exterior, 3, 54, "inside"),
    Drawing(
        "round enclave",
        ROUND,
        ROUND.exterior,
        8 * cos(pi / 64),
        ROUND.area,
        "inside",
    ),
    Drawing(
        "enclave without its middle",
        Polygon(box(-6, -6, 6, 6).exterior, [box(-2, -2, 2, 2).exterior.coords]),
        box(-6, -6, 6, 6).exterior,
        4,
        128,
        "vertex",
    ),
    Drawing(
        "between two borders",
        box(-5, 1, 5, 9),
        MultiLineString([[(-40, 0), (40, 0)], [(-40, 10), (40, 10)]]),
        5,
        80,
        "edge",
    ),
]
