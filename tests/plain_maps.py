"""Maps once more, by the plainest means: json, shapely, pyproj."""

import json
import math
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyproj
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

GEOD = pyproj.Geod(ellps="WGS84")
Map = list[dict[str, Any]]


def raw_maps(path: Path, *, step: int = 1) -> Iterator[tuple[str, Map]]:
    """Unix time and features of every so many maps of an archive."""
    with tarfile.open(path) as archive:
        for position, member in enumerate(archive.getmembers()):
            stream = archive.extractfile(member)
            if stream is not None and position % step == 0:
                yield Path(member.name).stem, json.load(stream)["features"]


def raw_polygons(feature: dict[str, Any]) -> list[dict[str, Any]]:
    """Polygons of a feature, out of whatever they stand in."""
    found, waiting = [], [feature["geometry"]]
    while waiting:
        geometry = waiting.pop()
        if geometry["type"] == "GeometryCollection":
            waiting += geometry["geometries"]
        elif geometry["type"] == "Polygon":
            found.append(geometry)
        else:
            assert geometry["type"] == "Point"
    return found


def web_map_km2(polygon: dict[str, Any]) -> float:
    """Area as a web map computes it: shell minus holes, on a sphere."""

    def ring(points: list[list[float]]) -> float:
        lon = [math.radians(point[0]) for point in points[:-1]]
        sines = [math.sin(math.radians(point[1])) for point in points[:-1]]
        n = len(lon)
        terms = ((lon[(i + 1) % n] - lon[i - 1]) * sines[i] for i in range(n))
        return abs(math.fsum(terms)) * 6_378_137.0**2 / 2e6

    shell, *holes = polygon["coordinates"]
    return ring(shell) - math.fsum(ring(hole) for hole in holes)


def on_ground(features: Map, fills: set[str], region: BaseGeometry) -> BaseGeometry:
    """Union of all polygons of some colours, cut to a region."""
    shapes = [
        shapely.make_valid(shape(polygon))
        for feature in features
        if feature["properties"].get("fill") in fills
        for polygon in raw_polygons(feature)
    ]
    ground: BaseGeometry = shapely.intersection(shapely.union_all(shapes), region)
    return ground


def ellipsoid_km2(ground: BaseGeometry) -> float:
    """Geodesic area, ring by ring."""
    rings = [
        (sign, ring)
        for part in shapely.get_parts(ground)
        if part.geom_type == "Polygon"
        for sign, ring in [(1, part.exterior), *((-1, h) for h in part.interiors)]
    ]
    areas = (
        sign * abs(GEOD.polygon_area_perimeter(*shapely.get_coordinates(ring).T)[0])
        for sign, ring in rings
    )
    return math.fsum(areas) / 1e6
