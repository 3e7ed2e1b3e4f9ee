"""Features as DeepState writes them: names of three eras, colours, points."""

import json
from typing import Any
from zlib import crc32

import shapely
from shapely.geometry.base import BaseGeometry

OCCUPIED = "Окуповано /// Occupied /// geoJSON.status.occupied"
UNKNOWN = "Статус невідомий /// Unknown status /// geoJSON.status.unknown\n"
LIBERATED = "Звільнено /// Liberated /// geoJSON.status.dismissed\n"

Feature = dict[str, Any]
Rings = list[list[tuple[float, float]]]


def area(
    name: str,
    fill: str,
    shape: BaseGeometry | Rings,
    *,
    width: float = 1.2,
    description: str | None = None,
    collection: bool = False,
) -> Feature:
    """One area: a Polygon, or a GeometryCollection of Polygons."""
    style = f"#poly-{fill[1:].upper()}-{int(width * 1000)}-77"
    style += "" if description else "-nodesc"
    properties: dict[str, Any] = {
        "name": name,
        "styleUrl": style,
        "styleHash": f"{crc32(style.encode()):x}",
        "styleMapHash": {
            "normal": f"{style}-normal",
            "highlight": f"{style}-highlight",
        },
    }
    if description:
        properties["description"] = description
    properties |= {
        "stroke-opacity": 1,
        "stroke": fill,
        "stroke-width": width,
        "fill-opacity": 0.30196078431372547,
        "fill": fill,
    }
    return {
        "type": "Feature",
        "geometry": _geometry(shape, collection=collection),
        "properties": properties,
    }


def areas(name: str, fill: str, shape: BaseGeometry) -> list[Feature]:
    """Each polygon of a shape as a feature of its own."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return [area(name, fill, part) for part in parts]


def point(name: str, lon: float, lat: float, *, icon: str = "icon-ci-1") -> Feature:
    """A unit, an arrow or an airfield."""
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, lat, 0]},
        "properties": {
            "name": name,
            "styleUrl": f"#{icon}",
            "styleHash": f"{crc32(icon.encode()):x}",
            "styleMapHash": {
                "normal": f"#{icon}-normal",
                "highlight": f"#{icon}-highlight",
            },
            "icon-scale": 1.1,
            "icon": "images/icon-1.png",
            "label-scale": 0,
        },
    }


def dump(features: list[Feature]) -> bytes:
    """A map as DeepState publishes it: nothing beside type and features."""
    whole = {"type": "FeatureCollection", "features": features}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def _states(style: str) -> dict[str, str]:
    return {"normal": f"{style}-normal", "highlight": f"{style}-highlight"}


def _geometry(shape: BaseGeometry | Rings, *, collection: bool) -> dict[str, Any]:
    if isinstance(shape, list):
        return {"type": "Polygon", "coordinates": [_ring(ring) for ring in shape]}
    polygons = [
        {"type": "Polygon", "coordinates": [_ring(ring) for ring in _rings(part)]}
        for part in shapely.get_parts(shape)
        if part.geom_type == "Polygon"
    ]
    if collection:
        return {"type": "GeometryCollection", "geometries": polygons}
    (polygon,) = polygons
    return polygon


def _rings(polygon: shapely.Polygon) -> Rings:
    """Holes wind like the shell, as in nearly all of DeepState's polygons."""
    rings = [polygon.exterior, *polygon.interiors]
    return [
        list(ring.coords) if ring.is_ccw else list(ring.coords)[::-1] for ring in rings
    ]


def _ring(points: list[tuple[float, float]]) -> list[list[float]]:
    closed = points if points[0] == points[-1] else [*points, points[0]]
    return [[round(x, 7), round(y, 7), 0] for x, y in closed]
