"""ISW: its layers, its days."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode
from warnings import warn

import msgspec
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from kursk_geo._files import SHAPEFILE, RawFile, is_json
from kursk_geo.errors import SnapshotError, SourceError, SourceWarning, refused
from kursk_geo.formats import ZIP, features_of_json, in_degrees, read_features
from kursk_geo.geometry import as_array, clean, only_polygons, read_polygons
from kursk_geo.periods import day_in_name, end_of_day, no_day, read_day
from kursk_geo.snapshots import MapFeature, ParsedMap
from kursk_geo.sources.base import (
    UKRAINE,
    Item,
    Memo,
    Parsed,
    Window,
    joined,
    map_feature,
)
from kursk_geo.status import Status

if TYPE_CHECKING:
    from kursk_geo.sources.http import Web

DAY, PAGES = "isw day", "isw pages"
"""First words of the keys in the memo: ``(DAY, day)``, ``(PAGES, *query)``."""

Told = TypeVar("Told")


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
    maps: list[ParsedMap | SnapshotError] = []
    # Files of a query of which every page says that there is another.
    groups = [pages for key, pages in memo.items() if key[0] == PAGES]
    lacking = {name for pages in groups if all(pages.values()) for name in pages}
    days = sorted(key[1] for key in memo if key[0] == DAY)
    for day in days:
        files = memo[DAY, day]
        names = sorted(files)
        cut = [name for name in names if name in lacking]
        if cut:
            given = (
                "the server had more features than its pages (exceededTransferLimit)"
            )
            expected = "a last page without that mark: fetch on with resultOffset"
            maps.append(refused(cut[-1], given, expected))
            continue
        whole = joined(files, end_of_day(day), day.isoformat())
        # What pages repeat counts once.
        once: list[Item] = []
        for name in names:
            seen = set(once) - {None}
            page = files[name][1]
            once += [one for one in page if isinstance(one, str) or one not in seen]
        # Where a map has both, Ukrainian advances in Russia less the Russian ones.
        areas = [one for one in once if isinstance(one, MapFeature)]
        regained = [one for one in areas if one.status is Status.OUTSIDE]
        held = [one for one in areas if one.status is Status.HELD_IN_RUSSIA]
        taken = _ground(regained)
        for one in held if regained else ():
            if not read_polygons([one.geometry])[2]:
                left = only_polygons(as_array([_ground([one]) - taken]))[0]
                once[once.index(one)] = one._replace(geometry=left)
        maps.append(replace(whole, features=once or [None]))  # layers may be empty
    return maps


def _ground(features: list[MapFeature]) -> BaseGeometry:
    """The union of what can be read of them."""
    polygons, owner, reasons = read_polygons([one.geometry for one in features])
    whole = polygons[~np.isin(owner, list(reasons))]
    return shapely.union_all(clean(whole)[0])


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
HOME = UKRAINE
SUFFIXES = (".geojson", ".json", *SHAPEFILE)

WORDS: tuple[tuple[str, Status | None], ...] = (
    ("partisan", None),
    ("beforefebruary", Status.OCCUPIED_BEFORE_2022),
    ("infiltration", Status.CONTESTED),
    ("claimedukrainiancounteroffensive", Status.LIBERATED),
    ("ウクライナ軍反撃エリア", Status.LIBERATED),
    ("claimedrussianadvancesinrussia", Status.CONTESTED_IN_RUSSIA),
    ("russianclaimsinrussia", Status.CONTESTED_IN_RUSSIA),
    ("claimedlimitofukrainianadvance", Status.HELD_IN_RUSSIA),
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


WEB_MAP = (
    "https://www.arcgis.com/sharing/rest/content/items/"
    "9f04944a2fe84edab9da31750c2b15eb/data?f=json"
)
"""Services are renamed without notice, the titles in their web map stay."""
TIMELAPSE = (
    "https://services5.arcgis.com/SaBe5HMtmnbqSWlu/arcgis/rest/services/"
    "UkrainianCoTTimelapse_FEB_2022_to_DEC_2024_view/FeatureServer/0"
)
TERMS_URL = "https://www.understandingwar.org/fair-use-and-attribution-policy/"
FIRST, LAST = date(2022, 2, 24), date(2024, 12, 31)
MAX_PAGES = 10_000


class _Titled(msgspec.Struct):
    title: str = ""
    url: str = ""
    layers: list["_Titled"] = []


class _WebMap(msgspec.Struct):
    operational: list[_Titled] = msgspec.field(name="operationalLayers")


class _Layer(msgspec.Struct):
    id_field: str = msgspec.field(default="OBJECTID", name="objectIdField")
    edited: dict[str, Any] = msgspec.field(default_factory=dict, name="editingInfo")


def fetch(web: "Web", window: Window) -> Iterator[RawFile]:
    """
    The layers as they stand, as one map of the day of their last edit.

    Raises
    ------
    SourceError
        If the web map lacks the layer of Russian control.
    DateNotFoundError
        If that day is not in the window.
    """
    titled = list(_flat(_ask(web, WEB_MAP, _WebMap).operational))
    statuses = {title: status_of(title) for title, _ in titled}
    if Status.OCCUPIED not in statuses.values():
        msg = (
            f"ISW's web map has the layers {', '.join(map(repr, statuses)) or 'none'}. "
            "Expected one of assessed Russian control; it may have been renamed: "
            "update kursk-geo, or read a copy with read_history(path)."
        )
        raise SourceError(msg)
    strangers = [repr(one) for one in statuses if statuses[one] is Status.UNKNOWN]
    if strangers:
        msg = (
            "Layers of ISW's web map that are left out, since their titles are not "
            f"those of ground that is held or claimed: {', '.join(strangers)}."
        )
        warn(msg, SourceWarning, stacklevel=2)
    layers = [
        (title, url, _ask(web, f"{url}?f=json", _Layer))
        for title, url in titled
        if statuses[title] not in (None, Status.UNKNOWN)
    ]
    keys = ("dataLastEditDate", "lastEditDate")
    edits = [_first(told.edited, keys) for _, _, told in layers]
    edited = max((one for one in edits if isinstance(one, int)), default=None)
    day = datetime.now(UTC).date() if edited is None else read_day(edited, WEB_MAP)
    if day not in window.days(day, day):
        reach = (
            f"Its layers show {day} alone; fetch_history('isw-timelapse') has {FIRST} "
            f"to {LAST}."
        )
        raise window.empty(NAME, reach)
    for position, (title, url, layer) in enumerate(layers):
        stem = "".join(letter for letter in title.title() if letter.isalnum())
        for number, raw in enumerate(_pages(web, url, layer)):
            yield RawFile(f"{stem}_{position}_{day:%Y%m%d}.{number}.geojson", raw)


def fetch_timelapse(web: "Web", window: Window) -> Iterator[RawFile]:
    """
    Russian-held ground of every day of 2022 to 2024, month by month.

    Raises
    ------
    DateNotFoundError
        If the window lies outside.
    """
    days = window.days(FIRST, LAST)
    if not days:
        raise window.empty(NAME, f"Its time lapse shows {FIRST} to {LAST}.")
    layer = _ask(web, f"{TIMELAPSE}?f=json", _Layer)
    for month in sorted({day.replace(day=1) for day in days}):
        # Whole months, so that another window finds them in the cache.
        following = (month + timedelta(days=31)).replace(day=1)
        where = f"datetime >= DATE '{month}' AND datetime < DATE '{following}'"
        pages = _pages(web, TIMELAPSE, layer, where=where, immutable=True)
        for number, raw in enumerate(pages):
            yield RawFile(f"UkrainianCoTTimelapse_{month:%Y-%m}.{number}.geojson", raw)


def _flat(layers: list[_Titled]) -> Iterator[tuple[str, str]]:
    for layer in layers:
        url = layer.url.rstrip("/")
        if url:
            number = url.rpartition("/")[2]
            yield layer.title, url if number.isdecimal() else f"{url}/0"
        yield from _flat(layer.layers)


def _ask(web: "Web", url: str, kind: type[Told]) -> Told:
    raw = web.find(url)
    try:
        return msgspec.json.decode(raw or b"", type=kind)
    except (ValueError, RecursionError) as error:
        msg = (
            f"{url} is not there, or not what it was: {error}. ISW's services are "
            "renamed without notice: try again tomorrow, update kursk-geo, or read a "
            "copy with read_history(path)."
        )
        raise SourceError(msg) from error


def _pages(
    web: "Web", url: str, layer: _Layer, *, where: str = "1=1", immutable: bool = False
) -> Iterator[bytes]:
    """All features of a layer, as pages of GeoJSON in longitude and latitude."""
    seen: set[int] = set()
    n_features = 0
    for _ in range(MAX_PAGES):
        asked = {
            "where": where,
            "outFields": "*",
            "returnGeometry": "true",
            "outSR": "4326",  # the service's own are web mercator
            "orderByFields": layer.id_field,  # without an order, pages may overlap
            "resultOffset": str(n_features),
            "f": "geojson",
        }
        address = f"{url}/query?{urlencode(asked)}"
        raw = web.read(address, immutable=immutable)
        try:
            found = features_of_json(raw, address, of="page of features")
        except SnapshotError as error:
            msg = f"{error} The service may be busy: try again later."
            raise SourceError(msg) from error
        more = _has_more(found.head)
        if hash(raw) in seen or (more and not found.rows):
            break
        if found.rows:
            yield raw
        seen.add(hash(raw))
        n_features += len(found.rows)
        if not more:
            return
    msg = (
        f"{url} repeats its features instead of going on after {n_features:,}. "
        "Expected the next page: try again later, the service may be broken."
    )
    raise SourceError(msg)


def recognises(raw: bytes, name: str) -> bool:
    """Whether a file holds layers of ISW's: by their titles, or as ArcGIS pages."""
    if name.lower().endswith(".shp") and raw.startswith(ZIP):
        return status_of(name) is not Status.UNKNOWN
    if not is_json(raw) or b'"features"' not in raw:
        return False
    match = _LAYER.search(raw)
    if match is not None:
        try:
            return status_of(msgspec.json.decode(match[1])) is not Status.UNKNOWN
        except ValueError:
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
    known: Memo = {} if memo is None else memo
    if raw.startswith(ZIP):
        (found,) = read_features(raw, name).values()
    else:
        found = features_of_json(raw, name, of="map of ISW's")
    head, digest = found.head, sha256(raw).hexdigest()
    titles = [str(head[key]) for key in ("layer", "title", "name") if head.get(key)]
    file_title = titles[0] if titles else ""
    if status_of(file_title) is Status.UNKNOWN:
        file_title = _NUMBERS.sub("", PurePosixPath(name).name.partition(".")[0])
    by_when: dict[object, list[Item]] = {}
    for row, shape in zip(found.rows, in_degrees(found, name), strict=True):
        when = _first(row, _DATE) or head.get("date")
        when = when if isinstance(when, (str, int, float)) else str(when or "") or None
        title = str(_first(row, _TITLE) or file_title)
        one = map_feature(status_of(title), title, shape)
        by_when.setdefault(when, []).append(one)
    by_day: dict[date, list[Item]] = {}
    for when, items in by_when.items() or [(head.get("date"), [])]:
        day = day_in_name(name) if when is None else read_day(when, name)
        if day is None:
            raise no_day(
                name,
                ". Expected 'date' or 'datetime' with its features, or YYYYMMDD in "
                "the file's name: rename the file",
            )
        by_day.setdefault(day, []).extend(items)
    for day, items in by_day.items():
        known.setdefault((DAY, day), {})[name] = (digest, items)
    query = (name.rpartition("/")[0], file_title, day_in_name(name))
    known.setdefault((PAGES, *query), {})[name] = _has_more(head)
    return join(known) if memo is None else []


def _has_more(head: dict[str, Any]) -> bool:
    """Whether the server had more, as it says in either of two places."""
    nested = head.get("properties")
    told = nested if isinstance(nested, dict) else {}
    return bool(head.get("exceededTransferLimit") or told.get("exceededTransferLimit"))


def _first(told: dict[str, Any], keys: tuple[str, ...]) -> object:
    return next((told[key] for key in keys if told.get(key) not in (None, "")), None)
