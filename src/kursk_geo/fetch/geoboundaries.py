"""Countries and regions of geoBoundaries, each under a licence of its own."""

import difflib
import re
from dataclasses import dataclass

import msgspec
import shapely
from shapely.geometry.base import BaseGeometry

from kursk_geo.download import Resource
from kursk_geo.errors import ReferenceDataError
from kursk_geo.fetch.endpoints import Access

__all__ = ["Boundaries", "fetch_boundaries", "named_area"]

MAX_BYTES = 1 << 29
"""All regions of Russia, in full, are among the largest files there."""


class _Facts(msgspec.Struct):
    url: str = msgspec.field(default="", name="gjDownloadURL")
    licence: str = msgspec.field(default="", name="boundaryLicense")
    origin: str = msgspec.field(default="", name="boundarySource")
    year: str = msgspec.field(default="", name="boundaryYearRepresented")


class _Named(msgspec.Struct):
    name: str = msgspec.field(default="", name="shapeName")


class _Feature(msgspec.Struct):
    properties: _Named = msgspec.field(default_factory=_Named)
    geometry: msgspec.Raw = msgspec.Raw(b"null")


class _Collection(msgspec.Struct):
    features: list[_Feature]


@dataclass(frozen=True)
class Boundaries:
    """The areas of one country at one level, by name, and what is said of them."""

    areas: list[tuple[str, bytes]]
    url: str
    licence: str
    attribution: str
    year: str


def fetch_boundaries(access: Access, country: str, level: str) -> Boundaries:
    """
    The areas of a country at a level, with the licence that is stated for them.

    Raises
    ------
    ReferenceDataError
        If they are not described, or their file is no map.
    """
    about = f"{access.endpoints.geoboundaries}/gbOpen/{country}/{level}/"
    raw = access.content(about, Resource(expect="json"))
    try:
        facts = msgspec.json.decode(raw, type=_Facts)
    except msgspec.DecodeError as error:
        msg = (
            f"{about} does not describe a boundary: {error}. Expected gjDownloadURL "
            "and boundaryLicense. Try source='osm'."
        )
        raise ReferenceDataError(msg) from error
    if not facts.url or not facts.licence:
        lacking = "an address" if not facts.url else "a licence"
        msg = (
            f"{about} states no {lacking.partition(' ')[2]}. Expected {lacking}, "
            "without which the file is not to be used. Try source='osm'."
        )
        raise ReferenceDataError(msg)
    resource = Resource(expect="json", licence=facts.licence, max_bytes=MAX_BYTES)
    body = access.content(facts.url, resource)
    try:
        features = msgspec.json.decode(body, type=_Collection).features
    except msgspec.DecodeError as error:
        msg = (
            f"{facts.url} is no map of areas: {error}. Expected a FeatureCollection. "
            "Try source='osm'."
        )
        raise ReferenceDataError(msg) from error
    return Boundaries(
        areas=[(one.properties.name, bytes(one.geometry)) for one in features],
        url=facts.url,
        licence=facts.licence,
        attribution=f"geoBoundaries, https://www.geoboundaries.org; {facts.origin}",
        year=facts.year,
    )


def named_area(boundaries: Boundaries, name: str) -> BaseGeometry:
    """
    The area of a name; "Oblast" and the like may be left out.

    Raises
    ------
    ReferenceDataError
        If there is none, or several.
    """
    found = [raw for title, raw in boundaries.areas if _key(title) == _key(name)]
    if len(found) != 1:
        titles = [title for title, _ in boundaries.areas]
        near = difflib.get_close_matches(name, titles, n=3, cutoff=0.3)
        msg = (
            f"geoBoundaries has {len(found)} areas named {name!r} among {len(titles)}. "
            f"Expected one. Closest: {', '.join(near) or 'none'}."
        )
        raise ReferenceDataError(msg)
    return read_area(found[0], name)


def read_area(raw: bytes, name: str) -> BaseGeometry:
    """
    An area from GeoJSON.

    Raises
    ------
    ReferenceDataError
        If it is none.
    """
    try:
        area = shapely.from_geojson(raw)
    except (ValueError, shapely.GEOSException) as error:
        msg = f"{name} cannot be read: {error}. Expected a GeoJSON area. Try again."
        raise ReferenceDataError(msg) from error
    if shapely.is_missing(area) or area.is_empty:
        msg = f"{name} has no area. Expected one. Try source='osm'."
        raise ReferenceDataError(msg)
    return area


def _key(name: str) -> str:
    plain = re.sub(r"\b(oblast|region|of|republic)\b", " ", name.casefold())
    return "".join(letter for letter in plain if letter.isalnum())
