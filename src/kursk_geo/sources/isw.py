"""ISW: its layers, its days."""

import re
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any, TypeAlias

import msgspec
import shapely
from shapely.geometry.base import BaseGeometry

from kursk_geo.errors import SnapshotError
from kursk_geo.geometry import as_array, explode, only_polygons
from kursk_geo.snapshots import MapFeature, ParsedMap
from kursk_geo.sources.base import Memo, Parsed, day_in_name, end_of_day, read_day
from kursk_geo.status import Status

__all__ = [
    "ATTRIBUTION",
    "CAVEAT",
    "DAY",
    "HOME",
    "LICENCE",
    "NAME",
    "PAGES",
    "SUFFIXES",
    "Features",
    "join",
    "parse",
    "recognises",
    "status_of",
]


DAY, PAGES = "isw day", "isw pages"
"""First words of the keys in the memo: ``(DAY, day)``, ``(PAGES, *query)``."""

Features: TypeAlias = list[MapFeature | str | None]


def join(memo: Memo) -> Parsed:
    """
    Maps of the days that `parse` has met, each from all its files.

    Parameters
    ----------
    memo : mutable mapping
        What `parse` collected.

    Returns
    -------
    list of ParsedMap or SnapshotError
        One a day, in the order of time; an error where pages are missing.

    Raises
    ------
    Nothing
        Errors are among the entries.
    """
    lacking = _files_that_lack_pages(memo)
    days = sorted(key[1] for key in memo if key[0] == DAY)
    maps: list[ParsedMap | SnapshotError] = []
    for day in days:
        files = memo[DAY, day]
        names = sorted(files)
        cut = [name for name in names if name in lacking]
        if cut:
            msg = (
                f"{cut[-1]}: the server had more features than these pages hold "
                "(exceededTransferLimit). Expected a last page without that mark: "
                "fetch the next ones with resultOffset."
            )
            maps.append(SnapshotError(msg))
            continue
        digests = "".join(files[name][0] for name in names)
        rest = f" and {len(names) - 1} more" if len(names) > 1 else ""
        maps.append(
            ParsedMap(
                end_of_day(day),
                day.isoformat(),
                _held(_once([files[name][1] for name in names])),
                origin=f"{names[0]}{rest}",
                sha256=sha256(digests.encode()).hexdigest() if rest else digests,
            )
        )
    return maps


def _files_that_lack_pages(memo: Memo) -> set[str]:
    """Files of a query of which every page says that there is another."""
    groups = [pages for key, pages in memo.items() if key[0] == PAGES]
    return {name for pages in groups if all(pages.values()) for name in pages}


def _once(files: list[Features]) -> Features:
    """Features of all files; what pages repeat, once."""
    found: Features = []
    seen: set[MapFeature] = set()
    for features in files:
        found += [
            one for one in features if not (isinstance(one, MapFeature) and one in seen)
        ]
        seen.update(one for one in features if isinstance(one, MapFeature))
    return found


def _held(features: Features) -> Features:
    """Where a map has both, Ukrainian advances in Russia less the Russian ones."""
    areas = [one for one in features if isinstance(one, MapFeature)]
    regained = [one for one in areas if one.status is Status.OUTSIDE]
    if not regained:
        return features
    taken = shapely.union_all([_ground(one) for one in regained])
    return [
        replace(one, geometry=only_polygons(as_array([_ground(one) - taken]))[0])
        if isinstance(one, MapFeature) and one.status is Status.HELD_IN_RUSSIA
        else one
        for one in features
    ]


def _ground(feature: MapFeature) -> BaseGeometry:
    geometry = feature.geometry
    if isinstance(geometry, bytes):
        geometry = shapely.from_geojson(geometry)
    return shapely.union_all(shapely.make_valid(explode(as_array([geometry]))[0]))


NAME = "isw"
LICENCE = (
    "ISW's terms: written consent is needed before the map data are passed on; figures "
    "and pictures with attribution."
)
ATTRIBUTION = (
    "Institute for the Study of War and AEI's Critical Threats Project, "
    "https://understandingwar.org"
)
CAVEAT = ""
HOME = (22.0, 44.0, 41.0, 53.0)
"""Ukraine and the oblasts along its border. [degrees]"""
SUFFIXES = (".geojson", ".json", ".geojson.gz", ".json.gz")

WORDS: tuple[tuple[str, Status | None], ...] = (
    ("partisan", None),
    ("beforefebruary", Status.OCCUPIED_BEFORE_2022),
    ("infiltration", Status.CONTESTED),
    ("claimedukrainiancounteroffensive", Status.LIBERATED),
    ("ウクライナ軍反撃エリア", Status.LIBERATED),
    ("claimedrussianadvancesinrussia", Status.CONTESTED_IN_RUSSIA),
    ("ukrainianadvancesinrussia", Status.HELD_IN_RUSSIA),
    ("russianadvancesinrussia", Status.OUTSIDE),
    ("kurskrussianadvances", Status.OUTSIDE),
    ("claimedrussian", Status.CONTESTED),
    ("russianclaimed", Status.CONTESTED),
    ("ロシア軍侵攻エリア", Status.CONTESTED),
    ("russianadvance", Status.CONTESTED),
    ("ロシア軍支配エリア", Status.OCCUPIED),
    ("assessrussiancontrol", Status.OCCUPIED),
    ("assessedrussiancontrol", Status.OCCUPIED),
    ("russiacotinukraine", Status.OCCUPIED),
    ("russiancotinukraine", Status.OCCUPIED),
    ("cottimelapse", Status.OCCUPIED),
    ("ukrainecontrolmap", Status.OCCUPIED),
)
"""
What a layer's title holds, small letters and digits only; the first word decides.

Areas of partisan warfare are no ground that anybody holds: left out. Advances that ISW
assesses without control, and control that only Russia claims, are contested. Russian
advances within Russia are ground that has left Ukrainian hands: ``outside``, which no
theatre counts.
"""

_LAYER = re.compile(rb'"layer(?:_type)?"\s*:\s*("(?:[^"\\]|\\.)*")')
_NUMBERS = re.compile(
    r"^\d[\d\W_]*[\W_]|(?:(?:[\W_]+(?:page|offset)?|page|offset)[\W_]*\d+)+$",
    re.IGNORECASE,
)
"""Days and page numbers at the ends of a file's name: no part of the layer's title."""
_TITLE = ("layer", "layer_type")
_DATE = ("datetime", "date", "Date", "DATE")
_PAGE = (b'"OBJECTID"', b'"FID"', b'"exceededTransferLimit"')


class _Feature(msgspec.Struct):
    geometry: msgspec.Raw = msgspec.Raw(b"null")
    properties: dict[str, Any] | None = None


class _Collection(msgspec.Struct):
    features: list[_Feature]
    exceeded: bool = msgspec.field(default=False, name="exceededTransferLimit")
    properties: dict[str, Any] | None = None
    layer: str | None = None
    title: str | None = None
    name: str | None = None
    date: str | int | None = None


_decode = msgspec.json.Decoder(_Collection).decode


def status_of(title: str) -> Status | None:
    """
    Status of a layer from its title, its service's name or its Japanese label.

    Parameters
    ----------
    title : str
        In any spelling: capitals, spaces and underscores do not matter.

    Returns
    -------
    Status or None
        None for layers that are left out on purpose.

    Raises
    ------
    Nothing
        What is not known is `Status.UNKNOWN`.

    Examples
    --------
    >>> status_of("VIEW_RussiaCoTinUkraine_V3")
    <Status.OCCUPIED: 'occupied'>
    >>> status_of("Reported Ukrainian Partisan Warfare") is None
    True
    >>> status_of("")
    <Status.UNKNOWN: 'unknown'>
    """
    letters = "".join(letter for letter in title.lower() if letter.isalnum())
    return next((found for word, found in WORDS if word in letters), Status.UNKNOWN)


def recognises(raw: bytes, name: str) -> bool:
    """Whether a file holds layers of ISW's: by their titles, or as ArcGIS pages."""
    if b'"features"' not in raw:
        return False
    match = _LAYER.search(raw)
    if match is not None:
        try:
            return status_of(msgspec.json.decode(match[1])) is not Status.UNKNOWN
        except msgspec.DecodeError:
            return False
    is_page = any(word in raw for word in _PAGE)
    return is_page and status_of(name) is not Status.UNKNOWN


def parse(raw: bytes, name: str, *, memo: Memo | None = None) -> Parsed:
    """
    Parse one file; what it holds is kept for `join`.

    Files of one day are the layers, or the pages, of one map. The day stands with each
    feature (``date``, or ``datetime`` of the time lapse), beside the features, or in
    the file's name; the map is of the end of that day, in UTC.

    Parameters
    ----------
    raw : bytes
        A FeatureCollection: a page of an ArcGIS query, or a copy with the property
        ``layer`` or ``layer_type``.
    name : str
        Of the file; tells layer and day where the features do not.
    memo : mutable mapping, optional
        Collects features by day.

    Returns
    -------
    list
        Empty, or the maps if there is no memo.

    Raises
    ------
    SnapshotError
        If the file is no such map, or one of its days cannot be told.
    """
    try:
        page = _decode(raw)
    except msgspec.DecodeError as error:
        msg = (
            f"{name}: not a whole map of ISW's: {error}. Expected a FeatureCollection; "
            "the file may be cut short: download it again."
        )
        raise SnapshotError(msg) from error
    file_title = page.layer or page.title or page.name or ""
    if status_of(file_title) is Status.UNKNOWN:
        file_title = _NUMBERS.sub("", PurePosixPath(name).name.partition(".")[0])
    digest = sha256(raw).hexdigest()
    days: dict[object, Features] = {}
    for feature in page.features:
        told = feature.properties or {}
        when = _first(told, _DATE) or page.date
        title = _first(told, _TITLE) or file_title
        days.setdefault(when, []).append(_read(str(title), bytes(feature.geometry)))
    by_day: dict[date, Features] = {}
    for when, features in days.items() or [(page.date, [])]:
        by_day.setdefault(_day(when, name), []).extend(features)
    known: Memo = {} if memo is None else memo
    for day, features in by_day.items():
        known.setdefault((DAY, day), {})[name] = (digest, features)
    query = (name.rpartition("/")[0], file_title, day_in_name(name))
    more = page.exceeded or bool((page.properties or {}).get("exceededTransferLimit"))
    known.setdefault((PAGES, *query), {})[name] = more
    return join(known) if memo is None else []


def _day(when: object, name: str) -> date:
    day = day_in_name(name) if when is None else read_day(when, name)
    if day is None:
        msg = (
            f"{name}: nothing tells the day of this map. Expected 'date' or 'datetime' "
            "with its features, or YYYYMMDD in the file's name: rename the file."
        )
        raise SnapshotError(msg)
    return day


def _first(told: dict[str, Any], keys: tuple[str, ...]) -> object:
    return next((told[key] for key in keys if told.get(key) not in (None, "")), None)


def _read(title: str, geometry: bytes) -> MapFeature | str | None:
    status = status_of(title)
    if status is None:
        return None
    return "no geometry" if geometry == b"null" else MapFeature(status, title, geometry)
