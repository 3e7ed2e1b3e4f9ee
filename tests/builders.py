"""
Maps in DeepState's format and histories of a few days, drawn in code.

Ground is drawn in kilometres east and north of 35.2 E 51.3 N, in the plane of the
gallery. A straight border runs along y = 0, and y > 0 is the region.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from gallery import TO_DEGREES, to_degrees
from kursk_geo.history import ControlHistory
from kursk_geo.snapshots import join_maps
from kursk_geo.sources import deepstate
from kursk_geo.status import Status
from kursk_geo.theatre import Theatre

NOON = 1_740_830_400
"""2025-03-01T12:00Z. [unix seconds]"""
DAY_S = 86_400

HELD = "#01579b"
GREY = "#bdbdbd"
GREY_AT_HOME = "#bcaaa4"
OCCUPIED = "#a52714"
LIBERATED = "#0f9d58"
ELSEWHERE = "#ff5252"

STRIP = Theatre(
    name="strip",
    region=to_degrees(shapely.box(-40, 0, 40, 60)),
    border=to_degrees(shapely.LineString([(-40, 0), (40, 0)])),
    held=frozenset({Status.HELD_IN_RUSSIA}),
    contested=frozenset({Status.CONTESTED, Status.CONTESTED_IN_RUSSIA}),
)

Feature = dict[str, Any]


def polygon(shape_km: BaseGeometry) -> BaseGeometry:
    """Bring a shape of the plane to degrees, vertex for vertex; to 10 decimals."""
    return shapely.transform(
        shape_km,
        lambda xy: np.round(np.column_stack(TO_DEGREES.transform(*xy.T * 1e3)), 10),
    )


def tile(
    x_km: float, y_km: float, width_km: float = 2.0, height_km: float = 2.0
) -> BaseGeometry:
    """Draw a rectangle by its south-western corner, in EPSG:4326."""
    return polygon(shapely.box(x_km, y_km, x_km + width_km, y_km + height_km))


def feature(
    geometry: BaseGeometry | Mapping[str, Any] | None,
    *,
    fill: str | None = HELD,
    name: str = "Звільнено /// Liberated /// geoJSON.status.dismissed",
) -> Feature:
    """Make a feature as DeepState writes it: three dimensions, its eight properties."""
    if isinstance(geometry, BaseGeometry):
        geometry = mapping(shapely.force_3d(geometry))
    properties = {
        "name": name,
        "styleUrl": f"#poly-{(fill or '#000000')[1:].upper()}-1200-77-nodesc",
        "styleHash": "-1234567",
        "styleMapHash": {"normal": "#n", "highlight": "#h"},
        "fill": fill,
        "fill-opacity": 0.3019607843137255,
        "stroke": fill,
        "stroke-opacity": 1,
        "stroke-width": 1.2,
    }
    if fill is None:
        del properties["fill"], properties["styleUrl"]
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def collection(features: Iterable[Any]) -> bytes:
    """Write a map byte for byte as DeepState does: no spaces, no escapes."""
    whole = {"type": "FeatureCollection", "features": list(features)}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def write_map(folder: Path, unix: int, features: Iterable[Any]) -> Path:
    """Write one map into a folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{unix}.geojson"
    path.write_bytes(collection(features))
    return path


def make_history(maps: Mapping[int, Iterable[Any]]) -> ControlHistory:
    """Read maps, by the unix time of each, without touching the disk."""
    memo: dict[Any, Any] = {}
    parsed = [
        one
        for unix, features in maps.items()
        for one in deepstate.parse(collection(features), f"{unix}.geojson", memo=memo)
    ]
    return join_maps(
        parsed,
        source=deepstate.NAME,
        licence=deepstate.LICENCE,
        attribution=deepstate.ATTRIBUTION,
        home=deepstate.HOME,
    )


def days(*maps: Iterable[Any]) -> ControlHistory:
    """Read maps of successive noons, from 1 March 2025 on."""
    return make_history({NOON + i * DAY_S: shown for i, shown in enumerate(maps)})
