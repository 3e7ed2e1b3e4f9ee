"""NZZ's daily maps: Russian-held ground, and what Russia lost, on either side."""

from datetime import date

import shapely

from kursk_geo.errors import refused
from kursk_geo.formats import decode_head, features_of_json, reading
from kursk_geo.geometry import clean, read_polygons
from kursk_geo.periods import day_in_name, end_of_day, read_day
from kursk_geo.reference import ukraine_and_russia
from kursk_geo.snapshots import MapFeature, ParsedMap
from kursk_geo.sources.base import UKRAINE, Item, Memo, Parsed, map_feature
from kursk_geo.status import Status

NAME = "nzz"
LICENCE = (
    "No licence is stated: figures and pictures with attribution; ask NZZ before the "
    "map data are passed on."
)
ATTRIBUTION = "NZZ, https://www.nzz.ch, after the Institute for the Study of War"
CAVEAT = ""
HOME = UKRAINE
SUFFIXES = (".json", ".geojson")

TYPES = {
    "nochange": Status.OCCUPIED,
    "gains": Status.OCCUPIED,
    "losses": Status.LIBERATED,
}
"""``losses`` is ground that Russia lost: liberated, except on the Russian side."""

INCURSION = date(2024, 8, 6)
"""From this day on what Russia lost on its own side of the border is Ukrainian-held."""
LOST = {True: Status.HELD_IN_RUSSIA, False: Status.LIBERATED}
"""Whose ground is that Russia lost, by whether it lies in Russia."""


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
    with reading(name, "a FeatureCollection in 'value'", text=raw, of="NZZ map"):
        value = decode_head(raw)["value"]
    found = features_of_json(bytes(value), name, of="NZZ map")
    texts = [row.get("date") or row.get("_dateto") for row in found.rows]
    days = {read_day(text, name) for text in texts if text is not None}
    if not days and (by_name := day_in_name(name)) is not None:
        days = {by_name}
    if len(days) != 1:
        raise refused(
            name,
            f"{'several days' if days else 'nothing'} in 'date'",
            "the one day that the map is of: name the file YYYY-MM-DD.json, or "
            "download it again",
        )
    (day,) = days
    known = {} if memo is None else memo
    areas: list[Item] = []
    _, russia = ukraine_and_russia()
    for row, shape in zip(found.rows, found.shapes, strict=True):
        label = str(row.get("type") or "no type")
        if isinstance(shape, bytes) and label == "losses" and day >= INCURSION:
            if (NAME, shape) not in known:
                # Polygon by polygon: whose it was tells where most of it lies.
                polygons, _, reasons = read_polygons([shape])
                whole, _ = clean(polygons)
                inside = shapely.area(shapely.intersection(whole, russia))
                held = inside > shapely.area(whole) / 2
                known[NAME, shape] = list(reasons.values()) or [
                    MapFeature(LOST[bool(abroad)], label, polygon)
                    for abroad, polygon in zip(held, polygons, strict=True)
                ]
            areas += known[NAME, shape]
        else:
            areas.append(map_feature(TYPES.get(label, Status.UNKNOWN), label, shape))
    return [ParsedMap(end_of_day(day), day.isoformat(), areas)]
