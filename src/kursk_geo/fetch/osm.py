"""Lines and areas of OpenStreetMap, by way of Overpass and Nominatim."""

import json
from pathlib import Path
from urllib.parse import urlencode

import msgspec
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from kursk_geo.download import Resource
from kursk_geo.errors import ReferenceDataError
from kursk_geo.fetch.endpoints import Access

__all__ = ["ATTRIBUTION", "LICENCE", "border_lines", "looked_up_area", "relation_area"]

LICENCE = "ODbL 1.0, https://opendatacommons.org/licenses/odbl/"
ATTRIBUTION = "© OpenStreetMap contributors"

COUNTRY = 'relation["ISO3166-1"="{}"]["admin_level"="2"]["boundary"="administrative"]'
SHARED_WAYS = (
    f"[out:json][timeout:180];{COUNTRY.format('UA')};way(r)->.ukraine;"
    f"{COUNTRY.format('RU')};way(r)->.russia;"
    'way.ukraine.russia["maritime"!="yes"];out geom;'
)
"""Ways that bound both countries, but for those at sea."""


class _Point(msgspec.Struct):
    lat: float
    lon: float


_Points = list[_Point | None]


class _Member(msgspec.Struct):
    type: str
    role: str = ""
    geometry: _Points | None = None


class _Element(msgspec.Struct):
    type: str
    id: int
    tags: dict[str, str] = {}
    members: list[_Member] = []
    geometry: _Points | None = None


class _Answer(msgspec.Struct):
    elements: list[_Element]


class _Place(msgspec.Struct):
    display_name: str = ""
    geojson: msgspec.Raw = msgspec.Raw(b"null")


def _meant_status(path: Path) -> int:
    """Status that an answer means: a query that ran out of time comes with 200."""
    document = json.loads(path.read_bytes())
    remark = document.get("remark", "") if isinstance(document, dict) else ""
    return 504 if "error" in str(remark).lower() else 200


OVERPASS = Resource(expect="json", licence=LICENCE, body_status=_meant_status)
NOMINATIM = Resource(expect="json", licence=LICENCE)


def border_lines(access: Access) -> BaseGeometry:
    """
    The land border of Ukraine and Russia: the ways that both have.

    Raises
    ------
    ReferenceDataError
        If there is none.
    """
    ways = [_line(way.geometry) for way in _ask(access, SHARED_WAYS)]
    lines = [line for line in ways if line is not None]
    if not lines:
        msg = (
            "OpenStreetMap has no way that bounds both Ukraine and Russia. Expected "
            "some; the relations may be under repair. Try again tomorrow, or use "
            "kursk_geo.border()."
        )
        raise ReferenceDataError(msg)
    return shapely.line_merge(shapely.union_all(lines))


def relation_area(access: Access, iso: str) -> tuple[str, BaseGeometry]:
    """
    Name and area of the region with an ISO 3166-2 code, stitched from its ways.

    Raises
    ------
    ReferenceDataError
        If there is none, or its outline does not close.
    """
    query = f'[out:json][timeout:180];relation["ISO3166-2"="{iso}"]'
    found = [
        one
        for one in _ask(access, f'{query}["admin_level"="4"];out geom;')
        if one.type == "relation"
    ]
    if len(found) != 1:
        msg = (
            f"OpenStreetMap has {len(found)} regions with the code {iso}. Expected "
            "one. Check the code, such as RU-KRS or UA-59."
        )
        raise ReferenceDataError(msg)
    (relation,) = found
    name = relation.tags.get("name:en") or relation.tags.get("name") or iso
    outer = _rings(relation, {"outer", ""}, iso)
    if outer.is_empty:
        msg = (
            f"The region {iso} of OpenStreetMap has no outline. Expected ways with "
            "the role 'outer'. Try source='nominatim' or 'geoboundaries'."
        )
        raise ReferenceDataError(msg)
    return name, shapely.difference(outer, _rings(relation, {"inner"}, iso))


def looked_up_area(access: Access, relation: int) -> tuple[str, BaseGeometry]:
    """
    Name and area of a relation, as Nominatim has put it together.

    Raises
    ------
    ReferenceDataError
        If it is no area.
    """
    asked = {"osm_ids": f"R{relation}", "polygon_geojson": "1", "format": "jsonv2"}
    url = f"{access.endpoints.nominatim}/lookup?{urlencode(asked)}"
    raw = access.content(url, NOMINATIM)
    try:
        (place,) = msgspec.json.decode(raw, type=list[_Place])
        area = shapely.from_geojson(bytes(place.geojson))
    except (msgspec.DecodeError, ValueError, shapely.GEOSException) as error:
        msg = (
            f"Nominatim knows no area for relation {relation}: {error}. Expected one. "
            "Check the number at https://www.openstreetmap.org/relation/"
            f"{relation}."
        )
        raise ReferenceDataError(msg) from error
    return place.display_name.partition(",")[0], area


def _ask(access: Access, query: str) -> list[_Element]:
    url = f"{access.endpoints.overpass}?{urlencode({'data': query})}"
    raw = access.content(url, OVERPASS)
    try:
        return msgspec.json.decode(raw, type=_Answer).elements
    except msgspec.DecodeError as error:
        msg = (
            f"Overpass did not answer with elements: {error}. Expected JSON. Try "
            "again later."
        )
        raise ReferenceDataError(msg) from error


def _line(points: _Points | None) -> BaseGeometry | None:
    known = [(point.lon, point.lat) for point in points or [] if point is not None]
    return shapely.LineString(known) if len(known) > 1 else None


def _rings(relation: _Element, roles: set[str], iso: str) -> BaseGeometry:
    """Area within the ways of some roles; they come in any order and direction."""
    ways = [
        _line(member.geometry)
        for member in relation.members
        if member.type == "way" and member.role in roles
    ]
    lines = np.array([line for line in ways if line is not None], dtype=object)
    faces, cuts, dangles, broken = shapely.polygonize_full([shapely.union_all(lines)])
    loose = shapely.union_all([cuts, dangles, broken])
    if not loose.is_empty:
        lon, lat = shapely.get_coordinates(loose)[0]
        msg = (
            f"The outline of {iso} in OpenStreetMap does not close near {lon:.4f} E "
            f"{lat:.4f} N. Expected a ring; somebody may be editing it. Try again "
            "tomorrow, or source='geoboundaries'."
        )
        raise ReferenceDataError(msg)
    return shapely.union_all(shapely.get_parts(faces))
