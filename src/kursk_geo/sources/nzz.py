"""NZZ's daily maps: Russian-held ground, and what Russia lost, on either side."""

from datetime import date

import msgspec
import shapely
from shapely.geometry.base import BaseGeometry

from kursk_geo.errors import SnapshotError
from kursk_geo.geometry import as_array, explode, only_polygons
from kursk_geo.reference import ukraine_and_russia
from kursk_geo.snapshots import MapFeature, ParsedMap
from kursk_geo.sources.base import Memo, Parsed, day_in_name, end_of_day, read_day
from kursk_geo.status import Status

__all__ = [
    "ATTRIBUTION",
    "CAVEAT",
    "HOME",
    "LICENCE",
    "NAME",
    "SUFFIXES",
    "parse",
    "recognises",
]

NAME = "nzz"
LICENCE = (
    "No licence is stated: figures and pictures with attribution; ask NZZ before the "
    "map data are passed on."
)
ATTRIBUTION = "NZZ, https://www.nzz.ch, after the Institute for the Study of War"
CAVEAT = ""
HOME = (22.0, 44.0, 41.0, 53.0)
"""Ukraine and the oblasts along its border. [degrees]"""
SUFFIXES = (".json", ".geojson", ".json.gz", ".geojson.gz")

TYPES = {
    "nochange": Status.OCCUPIED,
    "gains": Status.OCCUPIED,
    "losses": Status.LIBERATED,
}
"""``losses`` is ground that Russia lost: liberated, except on the Russian side."""

INCURSION = date(2024, 8, 6)
"""From this day on what Russia lost on its own side of the border is Ukrainian-held."""


class _Properties(msgspec.Struct):
    type: str | None = None
    date: str | None = None
    dateto: str | None = msgspec.field(default=None, name="_dateto")


class _Feature(msgspec.Struct):
    properties: _Properties
    geometry: msgspec.Raw = msgspec.Raw(b"null")


class _Collection(msgspec.Struct):
    features: list[_Feature]


class _File(msgspec.Struct):
    value: _Collection


_decode = msgspec.json.Decoder(_File).decode


def recognises(raw: bytes, name: str) -> bool:
    """Whether a file is NZZ's: a collection in ``value``, its features typed."""
    del name
    head = raw[:2000]
    return b'"value"' in head and b'"_dateto"' in head and b'"type"' in head


def parse(raw: bytes, name: str, *, memo: Memo | None = None) -> Parsed:
    """
    Parse one of NZZ's files.

    The map is of the day in its properties; the file's name tells the day on which it
    was fetched, and files of several days hold the same map when nothing was drawn.

    Parameters
    ----------
    raw : bytes
        ``{"value": FeatureCollection}``.
    name : str
        Of the file; tells the day where the properties do not.
    memo : mutable mapping, optional
        Remembers which side of the border lost ground lies on.

    Returns
    -------
    list of ParsedMap
        One.

    Raises
    ------
    SnapshotError
        If the file is no such map, or its day cannot be told.
    """
    try:
        features = _decode(raw).value.features
    except msgspec.DecodeError as error:
        msg = (
            f"{name}: not a whole NZZ map: {error}. Expected a FeatureCollection in "
            "'value'; the file may be cut short: download it again."
        )
        raise SnapshotError(msg) from error
    day = _day(features, name)
    known = {} if memo is None else memo
    areas = [area for one in features for area in _areas(one, day, known)]
    return [ParsedMap(end_of_day(day), day.isoformat(), areas)]


def _day(features: list[_Feature], name: str) -> date:
    told = {one.properties.date or one.properties.dateto for one in features}
    days = {read_day(text, name) for text in told if text is not None}
    by_name = day_in_name(name)
    if not days and by_name is not None:
        return by_name
    if len(days) != 1:
        msg = (
            f"{name}: {'several days' if days else 'nothing'} in 'date'. Expected the "
            "one day that the map is of: name the file YYYY-MM-DD.json, or download "
            "it again."
        )
        raise SnapshotError(msg)
    return days.pop()


def _areas(feature: _Feature, day: date, known: Memo) -> list[MapFeature | str | None]:
    label = feature.properties.type or "no type"
    status = TYPES.get(label, Status.UNKNOWN)
    geometry = bytes(feature.geometry)
    if geometry == b"null":
        return ["no geometry"]
    if label != "losses" or day < INCURSION:
        return [MapFeature(status, label, geometry)]
    key = (NAME, geometry)
    if key not in known:
        known[key] = _by_side(geometry, label)
    areas: list[MapFeature | str | None] = known[key]
    return areas


def _by_side(geometry: bytes, label: str) -> list[MapFeature | str | None]:
    """Lost ground, polygon by polygon: whose it was tells where most of it lies."""
    try:
        polygons = explode(as_array([shapely.from_geojson(geometry)]))[0]
    except (ValueError, shapely.GEOSException) as error:
        return [str(error)]
    _, russia = ukraine_and_russia()
    whole = only_polygons(shapely.make_valid(shapely.force_2d(polygons)))
    inside = shapely.area(shapely.intersection(whole, russia))
    in_russia = inside > shapely.area(whole) / 2
    return [
        _lost(polygon, label, held=held)
        for polygon, held in zip(polygons, in_russia, strict=True)
    ]


def _lost(polygon: BaseGeometry, label: str, *, held: bool) -> MapFeature:
    status = Status.HELD_IN_RUSSIA if held else Status.LIBERATED
    return MapFeature(status, label, polygon)
