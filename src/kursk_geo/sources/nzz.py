"""NZZ's daily maps: Russian-held ground, and what Russia lost, on either side."""

from datetime import date
from typing import Any

import msgspec
import shapely
from shapely.geometry.base import BaseGeometry

from kursk_geo.errors import SnapshotError
from kursk_geo.formats import features_of_json
from kursk_geo.geometry import clean
from kursk_geo.polygons import read_polygons
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


class _File(msgspec.Struct):
    value: msgspec.Raw


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
        value = msgspec.json.decode(raw, type=_File).value
    except (ValueError, RecursionError) as error:
        msg = (
            f"{name}: not a whole NZZ map: {error}. Expected a FeatureCollection in "
            "'value'; the file may be cut short: download it again."
        )
        raise SnapshotError(msg) from error
    features = features_of_json(bytes(value), name, of="NZZ map")[1]
    day = _day(features, name)
    known = {} if memo is None else memo
    areas = [area for one in features for area in _areas(one, day, known)]
    return [ParsedMap(end_of_day(day), day.isoformat(), areas)]


def _day(features: list[dict[str, Any] | str], name: str) -> date:
    told = [one["properties"] for one in features if not isinstance(one, str)]
    texts = [one.get("date") or one.get("_dateto") for one in told]
    days = {read_day(text, name) for text in texts if text is not None}
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


def _areas(
    feature: dict[str, Any] | str, day: date, known: Memo
) -> list[MapFeature | str | None]:
    if isinstance(feature, str):
        return [feature]
    label = str(feature["properties"].get("type") or "no type")
    status = TYPES.get(label, Status.UNKNOWN)
    geometry: bytes = feature["geometry"]
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
    polygons, _, reasons = read_polygons([geometry])
    if reasons:
        return [reasons[0]]
    _, russia = ukraine_and_russia()
    whole, _ = clean(polygons)
    inside = shapely.area(shapely.intersection(whole, russia))
    in_russia = inside > shapely.area(whole) / 2
    return [
        _lost(polygon, label, held=held)
        for polygon, held in zip(polygons, in_russia, strict=True)
    ]


def _lost(polygon: BaseGeometry, label: str, *, held: bool) -> MapFeature:
    status = Status.HELD_IN_RUSSIA if held else Status.LIBERATED
    return MapFeature(status, label, polygon)
