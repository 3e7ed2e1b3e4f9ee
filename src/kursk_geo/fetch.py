"""Maps, borders and places from where they are published."""

import difflib
import json
import os
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any, Literal, get_args
from urllib.parse import urlencode
from warnings import warn

import geopandas as gpd
import msgspec
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from kursk_geo.area import area_km2
from kursk_geo.download import (
    Fetched,
    NotPublishedError,
    Resource,
    Session,
    cache_folder,
    fetch_file,
    fetch_files,
)
from kursk_geo.errors import (
    CoarseBorderWarning,
    DateNotFoundError,
    DownloadError,
    LicenceError,
    OfflineError,
    OptionError,
    ReferenceDataError,
    SourceError,
    SourceWarning,
)
from kursk_geo.geometry import (
    GEOD,
    WGS84,
    as_array,
    explode,
    measuring_crs,
    only_polygons,
    project,
)
from kursk_geo.history import ControlHistory
from kursk_geo.periods import When, span
from kursk_geo.reference import COARSE_M, border
from kursk_geo.settlements import read_places
from kursk_geo.snapshots import MapFeature, ParsedMap, UnreadableFile, join_maps
from kursk_geo.sources import deepstate, isw
from kursk_geo.sources.base import RawFile, Source, raw_files
from kursk_geo.sources.deepstate import status_of
from kursk_geo.sources.files import find_source, parse_files
from kursk_geo.sources.viina import Viina
from kursk_geo.status import Status

__all__ = [
    "ATTRIBUTION_PLACE",
    "COMMIT",
    "FETCHABLE",
    "FIRST_CYTERAT",
    "LAST_ISW",
    "LICENCE_PLACE",
    "Access",
    "Boundaries",
    "Endpoints",
    "Layer",
    "LayerPage",
    "Parcel",
    "Window",
    "archive_parcels",
    "border_lines",
    "check_terms",
    "deepstate_areas",
    "describe_layer",
    "document",
    "fetch_border",
    "fetch_boundaries",
    "fetch_history",
    "fetch_map",
    "fetch_places",
    "fetch_region",
    "layer_pages",
    "layer_parcels",
    "looked_up_area",
    "map_parcels",
    "mirror_parcels",
    "named_area",
    "open_access",
    "put_into",
    "relation_area",
    "table_parcels",
    "timelapse_parcels",
    "titled_layers",
    "verify_areas",
]


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """
    Base addresses of the services, for a mirror or a proxy of your own.

    Parameters
    ----------
    deepstate, github, github_api, github_raw, github_media : str
        DeepStateMap, and the four hosts of GitHub: pages and archives, interface,
        plain files, and files of Git LFS.
    arcgis, arcgis_services : str
        Where ISW's web map is described, and where its layers are.
    overpass, nominatim, geoboundaries, geonames : str
        Borders, regions and places.
    session : Session, optional
        To share pauses and connections among calls. By default each call has one of
        its own.

    Raises
    ------
    Nothing
        An address is checked when it is used.

    Examples
    --------
    >>> Endpoints().deepstate
    'https://deepstatemap.live'
    """

    deepstate: str = "https://deepstatemap.live"
    github: str = "https://github.com"
    github_api: str = "https://api.github.com"
    github_raw: str = "https://raw.githubusercontent.com"
    github_media: str = "https://media.githubusercontent.com/media"
    arcgis: str = "https://www.arcgis.com/sharing/rest"
    arcgis_services: str = (
        "https://services5.arcgis.com/SaBe5HMtmnbqSWlu/arcgis/rest/services"
    )
    overpass: str = "https://overpass-api.de/api/interpreter"
    nominatim: str = "https://nominatim.openstreetmap.org"
    geoboundaries: str = "https://www.geoboundaries.org/api/current"
    geonames: str = "https://download.geonames.org/export/dump"
    session: Session | None = None


PUBLISHED = Endpoints()
"""Where everything is published."""


@dataclass(frozen=True)
class Access:
    """How one call asks: where, through which session, into which cache."""

    endpoints: Endpoints
    session: Session
    cache_dir: str | os.PathLike[str] | None
    offline: bool

    def file(self, url: str, resource: Resource) -> Fetched:
        """One file, from the network or the cache."""
        return fetch_file(
            url,
            resource=resource,
            cache_dir=self.cache_dir,
            offline=self.offline,
            session=self.session,
        )

    def files(
        self,
        urls: Iterable[str],
        resource: Resource,
        *,
        missing: Literal["raise", "skip"] = "raise",
    ) -> list[Fetched]:
        """Several files of one kind."""
        return fetch_files(
            urls,
            resource=resource,
            cache_dir=self.cache_dir,
            offline=self.offline,
            missing=missing,
            session=self.session,
        )

    def content(self, url: str, resource: Resource) -> bytes:
        """The bytes of one small file."""
        path: Path = self.file(url, resource).path
        return path.read_bytes()


@contextmanager
def open_access(
    endpoints: Endpoints,
    *,
    cache_dir: str | os.PathLike[str] | None,
    offline: bool,
    retries: int = 4,
) -> Iterator[Access]:
    """Share one session, and so its pauses, among the requests of a call."""
    if endpoints.session is not None:
        yield Access(endpoints, endpoints.session, cache_dir, offline)
        return
    with Session(retries=retries) as session:
        yield Access(endpoints, session, cache_dir, offline)


@dataclass(frozen=True)
class Window:
    """First and last day, both included, as they were asked for and in UTC."""

    start: When | None
    end: When | None
    tz: str
    first: pd.Timestamp | None
    last: pd.Timestamp | None

    @classmethod
    def of(cls, start: When | None, end: When | None, tz: str) -> "Window":
        """
        Read a window.

        Raises
        ------
        OptionError
            If a date or the zone cannot be read, or the end is before the start.
        """
        first, last = span(start, end, tz=tz)
        found = cls(start, end, tz, first, last)
        if first is not None and last is not None and not found.holds(first):
            msg = (
                f"start={start!r}, end={end!r} was given. Expected the end on the day "
                "of the start or later: swap them."
            )
            raise OptionError(msg)
        return found

    def holds(self, when: pd.Timestamp) -> bool:
        """Whether an instant lies within."""
        after = self.first is None or when >= self.first
        return after and (self.last is None or when <= self.last)

    def holds_unix(self, number: int) -> bool:
        """Whether an instant in unix seconds lies within."""
        return self.holds(pd.Timestamp(number, unit="s", tz="UTC"))

    def days(self, earliest: date, latest: date | None = None) -> Iterator[date]:
        """UTC days that it touches, none before `earliest` or after `latest`."""
        today = datetime.now(UTC).date()
        latest = today if latest is None else min(latest, today)
        if self.first is not None:
            earliest = max(earliest, self.first.date())
        if self.last is not None:
            latest = min(latest, self.last.date())
        for offset in range((latest - earliest).days + 1):
            yield earliest + timedelta(days=offset)

    def cut(self, history: ControlHistory) -> ControlHistory:
        """
        The maps published within.

        Raises
        ------
        DateNotFoundError
            If there is none.
        """
        within = history.between(self.start, self.end, tz=self.tz)
        if within.snapshots.empty:
            raise self.empty(history.source)
        return within

    def empty(self, source: str, reach: str = "") -> DateNotFoundError:
        """The error for a window without maps."""
        msg = (
            f"No map of {source} was published from {self.start or 'the beginning'} "
            f"to {self.end or 'today'} ({self.tz}). Expected at least one: ask for "
            f"other days.{' ' + reach if reach else ''}"
        )
        return DateNotFoundError(msg)


FOLDER = "terms"


class _Accepted(msgspec.Struct):
    terms: str
    accepted_utc: datetime


def check_terms(
    source: str,
    *,
    terms: str,
    url: str,
    accept_terms: bool,
    cache_dir: str | os.PathLike[str] | None,
) -> None:
    """
    Go on only if the terms were confirmed, now or in an earlier call.

    Raises
    ------
    LicenceError
        If they were not.
    DownloadError
        If that they were cannot be written down.
    """
    path = cache_folder(cache_dir=cache_dir) / FOLDER / f"{source}.json"
    if accept_terms:
        _remember(path, terms)
    elif not _remembered(path, terms):
        msg = (
            f"The maps of {source} are not free: {terms} Expected that you have read "
            f"{url} and may use them. Confirm it once: accept_terms=True, or "
            "--accept-terms on the command line. They are kept on this machine, and "
            "no file of theirs may be passed on."
        )
        raise LicenceError(msg)


def _remembered(path: Path, terms: str) -> bool:
    try:
        accepted = msgspec.json.decode(path.read_bytes(), type=_Accepted)
    except (OSError, msgspec.DecodeError):
        return False
    return accepted.terms == terms  # other terms are asked for again


def _remember(path: Path, terms: str) -> None:
    accepted = _Accepted(terms=terms, accepted_utc=datetime.now(UTC))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.format(msgspec.json.encode(accepted)))
    except OSError as error:
        msg = (
            f"{path} cannot be written ({error.strerror}). Expected a cache folder "
            "with permission. Set KURSK_GEO_CACHE to another folder."
        )
        raise DownloadError(msg) from error


@dataclass(frozen=True)
class Parcel:
    """
    One fetched file: a map, or an archive of which some members are wanted.

    Parameters
    ----------
    path : Path
        Where it lies in the cache.
    name : str
        The name by which it is read and put into a folder; what a server calls
        ``geojson`` is ``1744230000.geojson`` here.
    wanted : callable, optional
        Of an archive, which members to read, by name. It is put into a folder member
        by member.
    """

    path: Path
    name: str
    wanted: Callable[[str], bool] | None = None

    def read(self, suffixes: tuple[str, ...]) -> Iterator[RawFile]:
        """Its maps, one at a time; nothing is unpacked to disk."""
        if self.wanted is None:
            yield RawFile(self.name, self.path.read_bytes())
            return
        for file in raw_files(self.path, suffixes=suffixes):
            if file.error is not None or self.wanted(file.name):
                yield file

    def contents(self, suffixes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
        """Names and bytes as they are put into a folder."""
        if self.wanted is None:
            yield self.name, self.path.read_bytes()
            return
        for file in self.read(suffixes):
            if file.error is None:
                yield PurePosixPath(file.name).name, file.raw


def put_into(
    folder: str | os.PathLike[str],
    parcels: Iterable[Parcel],
    *,
    suffixes: tuple[str, ...],
    terms: str,
) -> Path:
    """
    Put fetched files into a folder, each whole or not at all, beside their terms.

    Raises
    ------
    DownloadError
        If the folder cannot be written.
    """
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
        _write(target / "SOURCE.txt", terms.encode())
        for parcel in parcels:
            for name, content in parcel.contents(suffixes):
                _write(target / name, content)
    except OSError as error:
        msg = (
            f"{target} cannot be written ({error.strerror}). Expected a folder with "
            "space and permission. Name another one with into=."
        )
        raise DownloadError(msg) from error
    return target


def _write(path: Path, content: bytes) -> None:
    if path.is_file() and path.read_bytes() == content:
        return
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


MAX_PAGES = 10_000
GONE = ("invalid url", "not found", "does not exist", "inaccessible")
"""What the message of an error 400 says of a service that was renamed."""
OID = "esriFieldTypeOID"
DATE_ONLY = "esriFieldTypeDateOnly"


class _Titled(msgspec.Struct):
    title: str = ""
    url: str = ""
    layers: list["_Titled"] = []


class _WebMap(msgspec.Struct):
    operational: list[_Titled] = msgspec.field(name="operationalLayers")


class _Field(msgspec.Struct):
    name: str
    type: str = ""


class _Edited(msgspec.Struct):
    data_ms: int | None = msgspec.field(default=None, name="dataLastEditDate")
    last_ms: int | None = msgspec.field(default=None, name="lastEditDate")


class _Described(msgspec.Struct):
    fields: list[_Field] | None = None
    id_field: str | None = msgspec.field(default=None, name="objectIdField")
    edited: _Edited | None = msgspec.field(default=None, name="editingInfo")


class _Page(msgspec.Struct):
    features: list[dict[str, Any]]
    exceeded: bool = msgspec.field(default=False, name="exceededTransferLimit")
    properties: dict[str, Any] | None = None

    @property
    def has_more(self) -> bool:
        """Whether the server had more, as it says in either of two places."""
        nested = (self.properties or {}).get("exceededTransferLimit")
        return self.exceeded or bool(nested)


@dataclass(frozen=True)
class LayerPage:
    """A page of a layer, in the cache."""

    path: Path
    n_features: int


@dataclass(frozen=True)
class Layer:
    """A layer, as its service describes it."""

    url: str
    id_field: str | None
    kinds: dict[str, str]
    edited: date | None

    def literal(self, field: str, day: date) -> str:
        """A day as a query on a field must write it; dates have two types."""
        if self.kinds.get(field) == DATE_ONLY:
            return f"DATE '{day}'"
        return f"TIMESTAMP '{day} 00:00:00'"


def meant_status(path: Path) -> int:
    """Status that an answer means: errors come with status 200."""
    document = json.loads(path.read_bytes())
    error = document.get("error") if isinstance(document, dict) else None
    if not isinstance(error, dict):
        return 200
    code, message = error.get("code"), str(error.get("message", "")).lower()
    if code in {498, 499}:  # a token is missing: not open to everybody
        return 401
    if code == 400 and any(words in message for words in GONE):
        return 404
    return code if isinstance(code, int) and 400 <= code < 600 else 500


def titled_layers(access: Access, item: str) -> list[tuple[str, str]]:
    """
    Titles and addresses of a web map's layers; services are renamed, titles stay.

    Raises
    ------
    SourceError
        If the item is no web map.
    """
    url = f"{access.endpoints.arcgis}/content/items/{item}/data?f=json"
    raw = access.content(url, _resource())
    try:
        found = msgspec.json.decode(raw, type=_WebMap).operational
    except msgspec.DecodeError as error:
        msg = (
            f"{url} is no web map: {error}. Expected operationalLayers. Update "
            "kursk-geo, or read a copy with read_history(path)."
        )
        raise SourceError(msg) from error
    return list(_flat(found))


def _flat(layers: list[_Titled]) -> Iterator[tuple[str, str]]:
    for layer in layers:
        if layer.url:
            last = layer.url.rstrip("/").rpartition("/")[2]
            url = layer.url.rstrip("/") if last.isdecimal() else f"{layer.url}/0"
            yield layer.title, url
        yield from _flat(layer.layers)


def describe_layer(access: Access, url: str, *, licence: str = "") -> Layer:
    """
    What a layer's service says of it: its id field, the types of its fields.

    Raises
    ------
    SourceError
        If it is no layer.
    """
    raw = access.content(f"{url}?f=json", _resource(licence=licence))
    try:
        told = msgspec.json.decode(raw, type=_Described)
    except msgspec.DecodeError as error:
        msg = (
            f"{url} is not described as a layer is: {error}. Expected its fields. "
            "Update kursk-geo, or read a copy with read_history(path)."
        )
        raise SourceError(msg) from error
    kinds = {field.name: field.type for field in told.fields or []}
    # OBJECTID in one service, FID in the next.
    ids = [name for name, kind in kinds.items() if kind == OID]
    edited = told.edited and (told.edited.data_ms or told.edited.last_ms)
    return Layer(
        url=url,
        id_field=told.id_field or (ids[0] if ids else None),
        kinds=kinds,
        edited=datetime.fromtimestamp(edited / 1000, UTC).date() if edited else None,
    )


def layer_pages(
    access: Access,
    layer: Layer,
    *,
    where: str = "1=1",
    immutable: bool = False,
    licence: str = "",
) -> list[LayerPage]:
    """
    All features of a layer, as pages of GeoJSON in longitude and latitude.

    Raises
    ------
    SourceError
        If the pages repeat themselves or never end.
    """
    pages: list[LayerPage] = []
    seen: set[object] = set()
    n_features = 0
    for _ in range(MAX_PAGES):
        url = _page_url(layer, where, n_features)
        fetched = access.file(url, _resource(immutable=immutable, licence=licence))
        page = _read_page(fetched)
        ids = {_id(feature, layer.id_field) for feature in page.features} - {None}
        if (ids & seen) or (page.has_more and not page.features):
            break
        pages.append(LayerPage(fetched.path, len(page.features)))
        seen |= ids
        n_features += len(page.features)
        if not page.has_more:
            return pages
    msg = (
        f"{layer.url} repeats its features instead of going on after {n_features:,}. "
        "Expected the next page. Try again later: the service may be broken."
    )
    raise SourceError(msg)


def _page_url(layer: Layer, where: str, offset: int) -> str:
    asked = {
        "where": where,
        "outFields": "*",
        "returnGeometry": "true",
        "outSR": "4326",  # the service's own are web mercator
        "resultOffset": str(offset),
        "f": "geojson",
    }
    if layer.id_field is not None:  # without an order, pages may overlap
        asked["orderByFields"] = layer.id_field
    return f"{layer.url}/query?{urlencode(asked)}"


def _read_page(fetched: Fetched) -> _Page:
    try:
        return msgspec.json.decode(fetched.path.read_bytes(), type=_Page)
    except msgspec.DecodeError as error:
        msg = (
            f"{fetched.url} is no page of features: {error}. Expected GeoJSON. Try "
            "again later: the service may be busy."
        )
        raise SourceError(msg) from error


def _id(feature: dict[str, Any], id_field: str | None) -> object:
    properties = feature.get("properties") or {}
    return feature.get("id", properties.get(id_field))


def _resource(*, immutable: bool = False, licence: str = "") -> Resource:
    return Resource(
        expect="json", immutable=immutable, licence=licence, body_status=meant_status
    )


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


BorderSource = Literal["osm", "geoboundaries"]
RegionSource = Literal["osm", "nominatim", "geoboundaries"]
FAR_KM = 20.0
"""A line that lies farther off the bundled border on average is another one."""


@dataclass(frozen=True)
class _Region:
    """A region by its names in each source."""

    iso: str
    country: str
    relation: int | None = None


REGIONS = {
    "Belgorod Oblast": _Region("RU-BEL", "RUS", 83184),
    "Bryansk Oblast": _Region("RU-BRY", "RUS", 81997),
    "Chernihiv Oblast": _Region("UA-74", "UKR"),
    "Kharkiv Oblast": _Region("UA-63", "UKR"),
    "Kursk Oblast": _Region("RU-KRS", "RUS", 72223),
    "Sumy Oblast": _Region("UA-59", "UKR"),
}
"""Those along the border; any other is asked for by its ISO 3166-2 code."""

_ISO = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")


def fetch_border(
    *,
    source: BorderSource = "osm",
    cache_dir: str | os.PathLike[str] | None = None,
    offline: bool = False,
    endpoints: Endpoints = PUBLISHED,
) -> gpd.GeoDataFrame:
    """
    Fetch the land border of Ukraine and Russia.

    The bundled `border` is of 2017; this is the line of today, or of somebody else.

    Parameters
    ----------
    source : {"osm", "geoboundaries"}, default "osm"
        The ways of OpenStreetMap that bound both countries; or the outline of Ukraine
        of geoBoundaries, between the ends of the bundled border.
    cache_dir : path-like, optional
        Default: ``KURSK_GEO_CACHE``, or the platform's cache folder.
    offline : bool, default False
        Never touch the network.
    endpoints : Endpoints
        Where the services are.

    Returns
    -------
    GeoDataFrame, shape (1,)
        ``name``, ``source`` and ``geometry``, a LineString or MultiLineString in
        EPSG:4326. ``attrs`` tell ``licence``, ``attribution``, ``url`` and
        ``accuracy``: how far its vertices stand apart, and how far off the bundled
        border they lie.

    Raises
    ------
    OptionError
        If `source` is not known.
    ReferenceDataError
        If there is no such line, or it is not that border.
    OfflineError, DownloadError
        As `fetch_history`.

    Warns
    -----
    CoarseBorderWarning
        If its vertices stand more than 500 m apart (median).

    Examples
    --------
    >>> fetch_border(source="gadm")
    Traceback (most recent call last):
        ...
    kursk_geo.errors.OptionError: source='gadm' is not known. Expected osm, ...
    """
    _check(source, get_args(BorderSource))
    with open_access(endpoints, cache_dir=cache_dir, offline=offline) as access:
        if source == "osm":
            line = border_lines(access)
            told = (LICENCE, ATTRIBUTION, access.endpoints.overpass)
        else:
            ukraine = fetch_boundaries(access, "UKR", "ADM0")
            areas = [read_area(raw, name) for name, raw in ukraine.areas]
            line = _along_the_border(shapely.union_all(areas))
            told = (ukraine.licence, ukraine.attribution, ukraine.url)
    off_km = _off_km(line)
    if off_km.mean() > FAR_KM:
        msg = (
            f"The line of {source} lies {off_km.mean():,.0f} km off the bundled border "
            f"on average. Expected less than {FAR_KM:.0f}: it is another one. Use "
            "kursk_geo.border()."
        )
        raise ReferenceDataError(msg)
    spacing_m = _spacing_m(line)
    accuracy = (
        f"vertices {spacing_m:,.0f} m apart (median); off the bundled border by "
        f"{off_km.mean() * 1e3:,.0f} m on average and "
        f"{np.quantile(off_km, 0.95) * 1e3:,.0f} m at the 95th percentile"
    )
    if spacing_m > COARSE_M:
        msg = (
            f"The border of {source} is coarse: {accuracy}. Expect depths to be wrong "
            "by as much. Use kursk_geo.border() or source='osm'."
        )
        warn(msg, CoarseBorderWarning, stacklevel=2)
    return _frame("Ukraine-Russia", line, source, told=told, accuracy=accuracy)


def fetch_region(
    name: str,
    *,
    source: RegionSource = "osm",
    country: str | None = None,
    relation: int | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
    offline: bool = False,
    endpoints: Endpoints = PUBLISHED,
) -> gpd.GeoDataFrame:
    """
    Fetch a region.

    Parameters
    ----------
    name : str
        ``"Kursk Oblast"`` and the others along the border, also without "Oblast";
        any other by its ISO 3166-2 code (``"UA-14"``), or by its name with
        ``source="geoboundaries"``.
    source : {"osm", "nominatim", "geoboundaries"}, default "osm"
        OpenStreetMap, stitched from the region's ways, which Overpass gives; the same,
        put together by Nominatim; or geoBoundaries, whose file of all regions of
        Russia is large.
    country : str, optional
        ISO 3166-1 code of three letters, for geoBoundaries; known for those along the
        border.
    relation : int, optional
        Number in OpenStreetMap, for Nominatim; known for those of Russia along the
        border.
    cache_dir : path-like, optional
        Default: ``KURSK_GEO_CACHE``, or the platform's cache folder.
    offline : bool, default False
        Never touch the network.
    endpoints : Endpoints
        Where the services are.

    Returns
    -------
    GeoDataFrame, shape (1,)
        ``name``, ``source`` and ``geometry``, a Polygon or MultiPolygon in EPSG:4326.
        ``attrs`` tell ``licence``, ``attribution``, ``url`` and ``accuracy``.

    Raises
    ------
    OptionError
        If `source` is not known, or the name is not enough for it.
    ReferenceDataError
        If there is no such region, or its outline does not close.
    OfflineError, DownloadError
        As `fetch_history`.

    Examples
    --------
    >>> fetch_region("Kursk Oblast", offline=True)
    Traceback (most recent call last):
        ...
    kursk_geo.errors.OfflineError: 1 of 1 files are not in the cache ...
    >>> fetch_region("Atlantis")
    Traceback (most recent call last):
        ...
    kursk_geo.errors.OptionError: The region 'Atlantis' is not known to osm. ...
    """
    _check(source, get_args(RegionSource))
    known = _known(name)
    with open_access(endpoints, cache_dir=cache_dir, offline=offline) as access:
        if source == "geoboundaries":
            country = country or (known.country if known else None)
            title, area, told = _of_geoboundaries(access, name, country)
        else:
            iso = known.iso if known else name
            relation = relation or (known.relation if known else None)
            title, area, told = _of_osm(access, source, iso, relation)
    area = shapely.union_all(only_polygons(shapely.make_valid(_polygons(area, title))))
    accuracy = f"vertices {_spacing_m(area.boundary):,.0f} m apart (median)"
    return _frame(title, area, source, told=told, accuracy=accuracy)


def _of_geoboundaries(
    access: Access, name: str, country: str | None
) -> tuple[str, BaseGeometry, tuple[str, str, str]]:
    if country is None or not re.fullmatch(r"[A-Z]{3}", country):
        msg = (
            f"country={country!r} was given for {name!r}. Expected the three letters "
            "of ISO 3166-1: country='UKR'."
        )
        raise OptionError(msg)
    found = fetch_boundaries(access, country, "ADM1")
    told = (found.licence, found.attribution, found.url)
    return name, named_area(found, name), told


def _of_osm(
    access: Access, source: str, iso: str, relation: int | None
) -> tuple[str, BaseGeometry, tuple[str, str, str]]:
    if source == "nominatim" and relation is not None:
        name, area = looked_up_area(access, relation)
        url = access.endpoints.nominatim
    elif source == "osm" and _ISO.fullmatch(iso):
        name, area = relation_area(access, iso)
        url = access.endpoints.overpass
    else:
        needed = "its ISO 3166-2 code, such as 'UA-14'"
        if source == "nominatim":
            needed = "relation=, its number in OpenStreetMap"
        msg = (
            f"The region {iso!r} is not known to {source}. Expected one of "
            f"{', '.join(REGIONS)}; or {needed}."
        )
        raise OptionError(msg)
    return name, area, (LICENCE, ATTRIBUTION, url)


def _known(name: str) -> _Region | None:
    asked = name.casefold().removesuffix("oblast").strip()
    for title, region in REGIONS.items():
        if asked in {title.casefold().removesuffix("oblast").strip(), region.iso}:
            return region
    return None


def _check(source: str, known: tuple[str, ...]) -> None:
    if source not in known:
        msg = (
            f"source={source!r} is not known. Expected {', '.join(known)}. Leave it "
            "out for OpenStreetMap."
        )
        raise OptionError(msg)


def _polygons(
    area: BaseGeometry, name: str
) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    polygons = explode(as_array([area]))[0]
    if not len(polygons):
        msg = (
            f"{name} is a {area.geom_type}. Expected an area. Try another source, or "
            "read_region(path)."
        )
        raise ReferenceDataError(msg)
    return polygons


def _along_the_border(area: BaseGeometry) -> BaseGeometry:
    """The stretch of an outline between the ends of the bundled border."""
    polygons = _polygons(area, "Ukraine")
    outline = shapely.get_exterior_ring(polygons[np.argmax(shapely.area(polygons))])
    ends = shapely.points(shapely.get_coordinates(border())[[0, -1]])
    first, last = sorted(shapely.line_locate_point(outline, ends).tolist())
    inner = substring(outline, first, last)
    outer = shapely.line_merge(
        shapely.union_all(
            [substring(outline, last, outline.length), substring(outline, 0.0, first)]
        )
    )
    # A ring has two ways from one point to another.
    return min((inner, outer), key=lambda line: float(_off_km(line).mean()))


def _off_km(line: BaseGeometry) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """How far vertices lie off the bundled border, in kilometres."""
    known = border()
    crs = measuring_crs(known)
    vertices = shapely.points(shapely.get_coordinates(line))
    off_m = shapely.distance(project(vertices, crs), project(known, crs))
    return np.asarray(off_m, dtype=float) / 1e3


def _spacing_m(line: BaseGeometry) -> float:
    """Median distance of neighbouring vertices, on the ellipsoid."""
    parts = shapely.get_parts(shapely.get_parts(line))
    steps = [GEOD.line_lengths(*shapely.get_coordinates(part).T) for part in parts]
    return float(np.median(np.concatenate(steps)))


def _frame(
    name: str,
    geometry: BaseGeometry,
    source: str,
    *,
    told: tuple[str, str, str],
    accuracy: str,
) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(
        {"name": [name], "source": [source]}, geometry=[geometry], crs=WGS84
    )
    licence, attribution, url = told
    frame.attrs = {
        "licence": licence,
        "attribution": attribution,
        "url": url,
        "accuracy": accuracy,
    }
    return frame


LICENCE_PLACE = "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/"
ATTRIBUTION_PLACE = "GeoNames, https://www.geonames.org"
ACCURACY = "points of villages can be 1 km off"
DUMP = Resource(expect="zip", resume=True, licence=LICENCE_PLACE)


def fetch_places(
    country: str,
    *,
    feature_class: str | None = "P",
    cache_dir: str | os.PathLike[str] | None = None,
    offline: bool = False,
    endpoints: Endpoints = PUBLISHED,
) -> gpd.GeoDataFrame:
    """
    Fetch the places of a country from GeoNames.

    Parameters
    ----------
    country : str
        ISO 3166-1 code of two letters: ``"RU"``, ``"UA"``.
    feature_class : str or None, default "P"
        The class to keep. P are populated places, None keeps all.
    cache_dir : path-like, optional
        Default: ``KURSK_GEO_CACHE``, or the platform's cache folder.
    offline : bool, default False
        Never touch the network.
    endpoints : Endpoints
        Where the services are.

    Returns
    -------
    GeoDataFrame, shape (n_places,)
        As `read_places` gives it: ``place_id``, ``name``, ``lon``, ``lat`` and
        ``geometry`` in EPSG:4326. ``attrs`` tell ``licence``, ``attribution``, ``url``
        and ``accuracy``.

    Raises
    ------
    OptionError
        If `country` is no such code.
    ReferenceDataError
        If the dump cannot be read.
    OfflineError, DownloadError
        As `fetch_history`.

    Examples
    --------
    >>> fetch_places("Russia")
    Traceback (most recent call last):
        ...
    kursk_geo.errors.OptionError: country='Russia' was given. Expected two letters ...
    """
    if not re.fullmatch(r"[A-Z]{2}", country):
        msg = (
            f"country={country!r} was given. Expected two letters of ISO 3166-1: "
            "fetch_places('RU')."
        )
        raise OptionError(msg)
    url = f"{endpoints.geonames}/{country}.zip"
    with open_access(endpoints, cache_dir=cache_dir, offline=offline) as access:
        dump = access.file(url, DUMP)
    places = read_places(dump.path, feature_class=feature_class)
    places.attrs = {
        "licence": LICENCE_PLACE,
        "attribution": ATTRIBUTION_PLACE,
        "url": url,
        "accuracy": ACCURACY,
    }
    return places


REPOSITORY = "DanielRose2310/deepstatemaps-history"
COMMIT = "6ff2a8caab82af5b1e011be75ef0656e5f9af028"
"""
The commit that is fetched by default: maps up to 2 August 2025 below ``geojsons/``.
An earlier one has them below ``deepstate/geojsons/``; any folder will do.
"""
FIRST, LAST = "2022-04-03", "2025-08-03"

ONE_MAP = re.compile(r"(?:^|/)(\d{10})\.geojson$")
TARBALL = Resource(
    expect="gzip",
    immutable=True,
    resume=True,
    max_bytes=1 << 30,
    licence=deepstate.LICENCE,
)
ONE = Resource(expect="json", immutable=True, licence=deepstate.LICENCE)
TREE = Resource(expect="json", immutable=True)


class _Entry(msgspec.Struct):
    path: str


class _Tree(msgspec.Struct):
    tree: list[_Entry]
    truncated: bool = False


def archive_parcels(
    access: Access, window: Window, *, commit: str | None
) -> list[Parcel]:
    """
    The maps of a window: one tarball, or file by file where it breaks off.

    GitHub packs a tarball while it sends it, without a length and without ranges, so
    one that broke off begins again. When it keeps breaking off, the maps are fetched
    one by one, and what has arrived stays.

    Raises
    ------
    OptionError
        If `commit` is no full commit.
    DateNotFoundError
        If the window lies outside of the archive.
    DownloadError
        If neither can be had.
    """
    commit = COMMIT if commit is None else commit
    if not re.fullmatch(r"[0-9a-f]{40}", commit):
        msg = (
            f"commit={commit!r} was given. Expected the 40 hexadecimal digits of a "
            f"commit of https://github.com/{REPOSITORY}, since a branch changes under "
            f"its name. Leave it out for {COMMIT}."
        )
        raise OptionError(msg)
    url = f"{access.endpoints.github}/{REPOSITORY}/archive/{commit}.tar.gz"
    try:
        fetched = access.file(url, TARBALL)
    except OfflineError as error:
        try:
            return _one_by_one(access, window, commit)
        except OfflineError:
            raise error from None  # names the tarball, which is what to fetch
    except (NotPublishedError, LicenceError):
        raise
    except DownloadError as error:
        msg = (
            f"{error} A tarball of GitHub cannot be continued, so the maps are now "
            "fetched one by one: what arrives is not fetched twice."
        )
        warn(msg, SourceWarning, stacklevel=4)
        return _one_by_one(access, window, commit)
    return [Parcel(fetched.path, f"{commit}.tar.gz", wanted_in(window))]


def wanted_in(window: Window) -> Callable[[str], bool]:
    """Whether a member of the archive is a map of the window, by its name."""

    def wanted(name: str) -> bool:
        number = ONE_MAP.search(name)
        return number is not None and window.holds_unix(int(number[1]))

    return wanted


def _one_by_one(access: Access, window: Window, commit: str) -> list[Parcel]:
    endpoints = access.endpoints
    listing = f"{endpoints.github_api}/repos/{REPOSITORY}/git/trees/{commit}"
    raw = access.content(f"{listing}?recursive=1", TREE)
    try:
        tree = msgspec.json.decode(raw, type=_Tree)
    except msgspec.DecodeError as error:
        msg = (
            f"{listing} is not a list of files: {error}. Expected GitHub's. Read a "
            "copy of the archive with read_history(path)."
        )
        raise SourceError(msg) from error
    if tree.truncated:
        msg = (
            f"{listing} lists only a part of the files. Expected all of them. Clone "
            f"https://github.com/{REPOSITORY} and use read_history(path)."
        )
        raise SourceError(msg)
    wanted = wanted_in(window)
    paths = [entry.path for entry in tree.tree if wanted(entry.path)]
    if not paths:
        reach = f"The archive reaches from {FIRST} to {LAST}."
        raise window.empty(deepstate.NAME, reach)
    base = f"{endpoints.github_raw}/{REPOSITORY}/{commit}"
    fetched = access.files([f"{base}/{path}" for path in paths], ONE)
    return [
        Parcel(one.path, PurePosixPath(path).name)
        for one, path in zip(fetched, paths, strict=True)
    ]


NAME = "cyterat"
REPOSITORY_CYTERAT = "cyterat/deepstate-map-data/main"
FIRST_CYTERAT = date(2024, 7, 7)
"""Day of publication of the first file, which is dated a day later."""
SETTLED = timedelta(days=3)
"""A file that is older is not written again: it is fetched once."""


def mirror_parcels(access: Access, window: Window) -> list[Parcel]:
    """
    Every day of a window; days without a file are walked over.

    Raises
    ------
    DateNotFoundError
        If no file was published in the window.
    DownloadError
        If one cannot be had whole.
    """
    base = f"{access.endpoints.github_raw}/{REPOSITORY_CYTERAT}/data"
    today = datetime.now(UTC).date()
    urls = {}
    for day in window.days(FIRST_CYTERAT):
        dated = day + timedelta(days=1)
        urls[f"{base}/deepstatemap_data_{dated:%Y%m%d}.geojson"] = dated
    settled = {url for url, dated in urls.items() if dated <= today - SETTLED}
    fetched = [
        *_files(access, sorted(settled), immutable=True),
        *_files(access, sorted(urls.keys() - settled), immutable=False),
    ]
    if not fetched:
        raise window.empty(NAME, f"Its first map was published on {FIRST_CYTERAT}.")
    missing = sorted(settled - {one.url for one in fetched})
    if missing and not access.offline:
        days = ", ".join(str(urls[url] - timedelta(days=1)) for url in missing[:8])
        msg = (
            f"The mirror has no file for {len(missing)} of {len(urls)} days: {days}"
            f"{', ...' if len(missing) > 8 else ''}. The map of the day before stands "
            "on."
        )
        warn(msg, SourceWarning, stacklevel=4)
    return [Parcel(one.path, one.path.name) for one in fetched]


def _files(access: Access, urls: list[str], *, immutable: bool) -> list[Fetched]:
    resource = Resource(expect="json", immutable=immutable, licence=deepstate.LICENCE)
    return access.files(urls, resource, missing="skip") if urls else []


REPOSITORY_VIINA = "zhukovyuri/VIINA/main/Data"
CELLS = "gn_UA_tess.geojson"
FIRST_VIINA = date(2022, 2, 24)

TABLE = Resource(expect="zip", resume=True, licence=Viina.LICENCE)
MAP = Resource(expect="json", licence=Viina.LICENCE)


def table_parcels(access: Access, window: Window) -> list[Parcel]:
    """
    The tables of the years that a window touches, and the cells.

    The tables are Git LFS objects: elsewhere than on GitHub's host for media there are
    pointers in their place.

    Raises
    ------
    DateNotFoundError
        If there is no table for the window.
    DownloadError
        If one cannot be had whole.
    """
    years = sorted({day.year for day in window.days(FIRST_VIINA)})
    base = f"{access.endpoints.github_media}/{REPOSITORY_VIINA}"
    urls = [f"{base}/control_latest_{year}.zip" for year in years]
    # The table of a new year comes some days late.
    tables = access.files(urls, TABLE, missing="skip") if urls else []
    if not tables:
        raise window.empty(Viina.NAME, f"Its tables begin on {FIRST_VIINA}.")
    cells = access.file(
        f"{access.endpoints.github_raw}/{REPOSITORY_VIINA}/{CELLS}", MAP
    )
    return [Parcel(one.path, one.path.name) for one in [*tables, cells]]


LIST = Resource(expect="json", licence=deepstate.LICENCE)
MAP_DEEPSTATE = Resource(expect="json", immutable=True, licence=deepstate.LICENCE)
"""The id is the instant of publication: what stands under it does not change."""


class _Row(msgspec.Struct):
    id: int


def map_parcels(access: Access, window: Window) -> list[Parcel]:
    """
    Every map that DeepState lists within a window.

    Raises
    ------
    LicenceError
        If DeepState does not hand its maps out (401, 403).
    SourceError
        If the list is not what it was.
    DateNotFoundError
        If none was published in the window.
    """
    listed = [row.id for row in _listed(access)]
    ids = sorted({number for number in listed if window.holds_unix(number)})
    if not ids:
        raise window.empty(deepstate.NAME, f"It lists {len(listed):,} maps in all.")
    urls = {_url(access, f"{number}/geojson"): number for number in ids}
    try:
        # A listed map that is not there is told, not passed over in silence.
        fetched = access.files(
            urls, MAP_DEEPSTATE, missing="raise" if access.offline else "skip"
        )
    except LicenceError as error:
        raise closed(error) from error
    absent = sorted({*ids} - {urls[one.url] for one in fetched})
    if absent:
        msg = (
            f"{len(absent)} of {len(ids)} maps that DeepState lists are not there: "
            f"{', '.join(map(str, absent[:5]))}{', ...' if len(absent) > 5 else ''}."
        )
        warn(msg, SourceWarning, stacklevel=4)
    if not fetched:
        raise window.empty(deepstate.NAME, "Those that it lists are not there.")
    return [Parcel(one.path, f"{urls[one.url]}.geojson") for one in fetched]


def fetch_map(access: Access, number: int) -> Parcel:
    """
    One map by its id.

    Raises
    ------
    LicenceError, DownloadError
        If it cannot be had.
    """
    try:
        fetched = access.file(_url(access, f"{number}/geojson"), MAP_DEEPSTATE)
    except LicenceError as error:
        raise closed(error) from error
    return Parcel(fetched.path, f"{number}.geojson")


def document(access: Access, what: str) -> bytes:
    """
    A small document of the interface.

    Raises
    ------
    LicenceError, DownloadError
        If it cannot be had.
    """
    try:
        return access.content(_url(access, what), LIST)
    except LicenceError as error:
        raise closed(error) from error


def closed(error: LicenceError) -> LicenceError:
    """What to do when DeepState does not hand its data out."""
    msg = (
        f"{error} DeepState's terms let volunteer, charitable and defence bodies use "
        "its data freely, and let nobody pass it on. What else there is: maps that "
        "you fetched before, with offline=True; a copy on this machine, with "
        "read_history(path); the public archive of 2022 to 2025, with "
        "fetch_history('deepstate-archive'); or a permission, asked for at "
        "https://deepstatemap.live."
    )
    return LicenceError(msg)


def _url(access: Access, what: str) -> str:
    return f"{access.endpoints.deepstate}/api/history/{what}"


def _listed(access: Access) -> list[_Row]:
    raw = document(access, "public")
    try:
        return msgspec.json.decode(raw, type=list[_Row])
    except msgspec.DecodeError as error:
        msg = (
            f"{_url(access, 'public')} is not the list that it was: {error}. Expected "
            "an array of objects with an id. Update kursk-geo, or read a copy with "
            "read_history(path)."
        )
        raise SourceError(msg) from error


WEB_MAP = "9f04944a2fe84edab9da31750c2b15eb"
TERMS_URL = "https://www.understandingwar.org/fair-use-and-attribution-policy/"
TIMELAPSE = "UkrainianCoTTimelapse_FEB_2022_to_DEC_2024_view/FeatureServer/0"
FIRST_ISW, LAST_ISW = date(2022, 2, 24), date(2024, 12, 31)
WHEN = "datetime"


def layer_parcels(
    access: Access, window: Window, *, accept_terms: bool
) -> list[Parcel]:
    """
    The layers as they stand, as one map of the day of their last edit.

    Raises
    ------
    LicenceError
        If the terms are not accepted.
    SourceError
        If the web map lacks the layer of Russian control.
    DateNotFoundError
        If that day is not in the window.
    """
    _check_terms(access, accept_terms=accept_terms)
    layers = _known_layers(titled_layers(access, WEB_MAP))
    described = [(title, _describe(access, title, url)) for title, url in layers]
    edited = [layer.edited for _, layer in described if layer.edited is not None]
    day = max(edited) if edited else datetime.now(UTC).date()
    if day not in window.days(day, day):
        reach = (
            f"Its layers show {day} alone; fetch_history('isw-timelapse') has "
            f"{FIRST_ISW} to {LAST_ISW}."
        )
        raise window.empty(isw.NAME, reach)
    return [
        Parcel(page.path, f"{_stem(title)}_{position}_{day:%Y%m%d}.{number}.geojson")
        for position, (title, layer) in enumerate(described)
        for number, page in enumerate(layer_pages(access, layer, licence=isw.LICENCE))
    ]


def timelapse_parcels(
    access: Access, window: Window, *, accept_terms: bool
) -> list[Parcel]:
    """
    Russian-held ground of every day of 2022 to 2024, month by month.

    Raises
    ------
    LicenceError
        If the terms are not accepted.
    SourceError
        If the service is no longer what it was.
    DateNotFoundError
        If the window lies outside.
    """
    _check_terms(access, accept_terms=accept_terms)
    days = list(window.days(FIRST_ISW, LAST_ISW))
    if not days:
        raise window.empty(isw.NAME, f"Its time lapse shows {FIRST_ISW} to {LAST_ISW}.")
    url = f"{access.endpoints.arcgis_services}/{TIMELAPSE}"
    layer = _describe(access, "time lapse", url)
    if WHEN not in layer.kinds:
        msg = (
            f"{url} has the fields {', '.join(layer.kinds) or 'none'}. Expected "
            f"{WHEN!r}. Update kursk-geo, or read a copy with read_history(path)."
        )
        raise SourceError(msg)
    parcels = []
    for month in sorted({day.replace(day=1) for day in days}):
        # Whole months, so that another window finds them in the cache.
        following = (month + timedelta(days=31)).replace(day=1)
        begin, stop = layer.literal(WHEN, month), layer.literal(WHEN, following)
        pages = layer_pages(
            access,
            layer,
            where=f"{WHEN} >= {begin} AND {WHEN} < {stop}",
            immutable=True,  # it ends in 2024
            licence=isw.LICENCE,
        )
        parcels += [
            Parcel(page.path, f"UkrainianCoTTimelapse_{month:%Y-%m}.{number}.geojson")
            for number, page in enumerate(pages)
            if page.n_features
        ]
    return parcels


def _check_terms(access: Access, *, accept_terms: bool) -> None:
    check_terms(
        isw.NAME,
        terms=isw.LICENCE,
        url=TERMS_URL,
        accept_terms=accept_terms,
        cache_dir=access.cache_dir,
    )


def _known_layers(titled: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Layers of ground that somebody holds or claims."""
    told = [(title, url, isw.status_of(title)) for title, url in titled]
    if all(status is not Status.OCCUPIED for _, _, status in told):
        titles = ", ".join(repr(title) for title, _ in titled) or "none"
        msg = (
            f"ISW's web map has the layers {titles}. Expected one of assessed Russian "
            "control; it may have been renamed. Update kursk-geo, or read a copy with "
            "read_history(path)."
        )
        raise SourceError(msg)
    left_out = [repr(title) for title, _, status in told if status is Status.UNKNOWN]
    if left_out:
        msg = (
            "Layers of ISW's web map that are left out, since their titles are not "
            f"those of ground that is held or claimed: {', '.join(left_out)}."
        )
        warn(msg, SourceWarning, stacklevel=5)
    passed_over = {None, Status.UNKNOWN}
    return [(title, url) for title, url, status in told if status not in passed_over]


def _describe(access: Access, title: str, url: str) -> Layer:
    try:
        return describe_layer(access, url, licence=isw.LICENCE)
    except NotPublishedError as error:
        msg = (
            f"{url}, ISW's layer {title!r}, is not there. Expected a feature service; "
            "they are renamed without notice. Try again tomorrow, update kursk-geo, or "
            "read a copy with read_history(path)."
        )
        raise SourceError(msg) from error


def _stem(title: str) -> str:
    """A title as the name of a file, from which the reader tells the layer."""
    return "".join(letter for letter in title.title() if letter.isalnum())


PUBLISHED_COLUMNS = {
    "type": "str",
    "status": "str",
    "area_km2": "float64",
    "percent": "float64",
    "hash": "str",
}


class _Area(msgspec.Struct):
    type: str = ""
    area: float | None = None
    percent: str | float | None = None
    hash: str = ""


def deepstate_areas(
    snapshot_id: int | str,
    *,
    cache_dir: str | os.PathLike[str] | None = None,
    offline: bool = False,
    endpoints: Endpoints = PUBLISHED,
) -> pd.DataFrame:
    """
    The areas that DeepState itself publishes with a map.

    Parameters
    ----------
    snapshot_id : int or str
        Of the map: its instant of publication in unix seconds, as
        ``history.snapshots`` has it.
    cache_dir : path-like, optional
        Default: ``KURSK_GEO_CACHE``, or the platform's cache folder.
    offline : bool, default False
        Never touch the network.
    endpoints : Endpoints
        Where the services are.

    Returns
    -------
    DataFrame, shape (n_areas,)
        As published, in its order: ``type`` (DeepState's word), ``status`` (ours, by
        the colour), ``area_km2`` [km²], ``percent`` (of Ukraine, 0 to 100; missing if
        it is no number) and ``hash`` (the fill colour).

    Raises
    ------
    OptionError
        If `snapshot_id` is no instant since 2022.
    LicenceError, OfflineError, DownloadError
        As `fetch_history`.
    SourceError
        If the answer is no list of areas.

    Examples
    --------
    >>> deepstate_areas(1744230000, offline=True)
    Traceback (most recent call last):
        ...
    kursk_geo.errors.OfflineError: 1 of 1 files are not in the cache ...
    >>> deepstate_areas(20250415)
    Traceback (most recent call last):
        ...
    kursk_geo.errors.OptionError: snapshot_id=20250415 was given. Expected ...
    """
    number = _checked(snapshot_id)
    with open_access(endpoints, cache_dir=cache_dir, offline=offline) as access:
        return _published(access, number)


def verify_areas(
    maps: ControlHistory | int | str,
    *,
    at: When | None = None,
    tz: str = "UTC",
    published: pd.DataFrame | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
    offline: bool = False,
    endpoints: Endpoints = PUBLISHED,
) -> pd.DataFrame:
    """
    Compute DeepState's areas again, and show the differences.

    An oracle for this library that anybody can run: area on the sphere, each feature
    by itself, nothing clipped or joined, which is how DeepState computes them.

    Parameters
    ----------
    maps : ControlHistory, int or str
        A whole history of DeepState's maps; or the id of a map, which is fetched.
    at : str, date, datetime or Timestamp, optional
        Of a history: the map that stood then. Default: the last one.
    tz : str, default "UTC"
        Zone in which a date without a time ends.
    published : DataFrame, optional
        What `deepstate_areas` gave, to stay off the network; fetched by default.
    cache_dir, offline, endpoints
        As for `deepstate_areas`.

    Returns
    -------
    DataFrame, shape (n_statuses,)
        ``status``, ``published_km2`` (missing: not published), ``computed_km2``,
        ``difference_km2`` (computed less published) [km²], ``relative_difference``
        (0.01 is 1 %), ``n_shapes``, and ``repair_km2``: area that repairs of invalid
        shapes added to a history; of a fetched map the drawn shapes are measured as
        they are. ``attrs`` tell ``snapshot_id``, ``snapshot_utc`` and ``method``.

    Raises
    ------
    OptionError
        If the history is of another source or cut to a theatre, or the id is none.
    DateNotFoundError
        If no map had been published by then.
    LicenceError, OfflineError, DownloadError, SourceError
        As `deepstate_areas`.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> history = kg.read_history("sample_data/deepstate")
    >>> row = {"type": "other_territories", "status": "held_in_russia", "area_km2": 9.0}
    >>> table = verify_areas(history, at="2024-08-01", published=pd.DataFrame([row]))
    >>> float(table.set_index("status").computed_km2["held_in_russia"])
    0.0
    """
    if isinstance(maps, ControlHistory):
        number, computed = _of_history(maps, at, tz)
    else:
        number, computed = _checked(maps), None
    with open_access(endpoints, cache_dir=cache_dir, offline=offline) as access:
        if published is None:
            published = _published(access, number)
        if computed is None:
            computed = _of_map(access, number)
    # Some statuses have several colours, each with an area of its own.
    stated = published.groupby("status")["area_km2"].sum().rename("published_km2")
    table = computed.merge(stated.reset_index(), on="status", how="outer")
    counts = {"computed_km2": 0.0, "n_shapes": 0, "repair_km2": 0.0}
    table = table.fillna(counts).astype({"n_shapes": "int64"})
    table["difference_km2"] = table["computed_km2"] - table["published_km2"]
    stated_km2 = table["published_km2"].replace(0.0, np.nan)
    table["relative_difference"] = table["difference_km2"] / stated_km2
    order = {str(status): position for position, status in enumerate(Status)}
    table = table.sort_values("status", key=lambda s: s.map(order), ignore_index=True)
    columns = ["status", "published_km2", "computed_km2", "difference_km2"]
    table = table[[*columns, "relative_difference", "n_shapes", "repair_km2"]]
    table.attrs = {
        "snapshot_id": str(number),
        "snapshot_utc": pd.Timestamp(number, unit="s", tz="UTC").isoformat(),
        "method": "spherical",
        "source": deepstate.NAME,
        "attribution": deepstate.ATTRIBUTION,
    }
    return table


def _checked(number: int | str) -> int:
    if isinstance(number, str) and number.isdecimal():
        number = int(number)
    if isinstance(number, bool) or not isinstance(number, (int, np.integer)):
        problem = True
    else:
        problem = not 1_640_000_000 <= number < 1 << 32
    if problem:
        msg = (
            f"snapshot_id={number!r} was given. Expected the instant of a map in unix "
            "seconds, such as 1744230000; history.snapshots.snapshot_id lists them."
        )
        raise OptionError(msg)
    return int(number)


def _published(access: Access, number: int) -> pd.DataFrame:
    raw = document(access, f"{number}/areas")
    try:
        rows = msgspec.json.decode(raw, type=list[_Area])
    except msgspec.DecodeError as error:
        msg = (
            f"The areas of map {number} are no list of areas: {error}. Expected "
            "objects with type, area, percent and hash. Update kursk-geo."
        )
        raise SourceError(msg) from error
    when = pd.Timestamp(number, unit="s", tz="UTC")
    era = (when >= deepstate.INCURSION_UTC, when >= deepstate.MAROON_IS_OURS_UTC)
    table = pd.DataFrame(
        [
            {
                "type": row.type,
                "status": str(status_of(row.hash, None, "", era=era)[0]),
                "area_km2": row.area,
                "percent": row.percent,
                "hash": row.hash,
            }
            for row in rows
        ],
        columns=list(PUBLISHED_COLUMNS),
    )
    table["percent"] = pd.to_numeric(table["percent"], errors="coerce")
    table = table.astype(PUBLISHED_COLUMNS)
    table.attrs = {
        "snapshot_id": str(number),
        "snapshot_utc": when.isoformat(),
        "source": deepstate.NAME,
        "attribution": deepstate.ATTRIBUTION,
    }
    return table


def _of_history(
    history: ControlHistory, at: When | None, tz: str
) -> tuple[int, pd.DataFrame]:
    """The map that stood at an instant: its id, and its areas by status."""
    if history.source != deepstate.NAME or history.theatre is not None:
        what = f"cut to {history.theatre.name!r}" if history.theatre else history.source
        msg = (
            f"A history of {what} was given. Expected a whole one of DeepState's maps: "
            "verify_areas(read_history(path))."
        )
        raise OptionError(msg)
    if at is None and not history.snapshots.empty:
        at = history.snapshots["snapshot_utc"].iloc[-1]
    snapshot = history.snapshot_at(pd.Timestamp.now("UTC") if at is None else at, tz=tz)
    shapes = history.at(snapshot["snapshot_utc"])
    table = pd.DataFrame(
        {
            "status": shapes["status"],
            "computed_km2": area_km2(shapes.geometry, area_method="spherical"),
            "repair_km2": shapes["repair_km2"],
        }
    )
    return int(snapshot["snapshot_id"]), _by_status(table)


def _of_map(access: Access, number: int) -> pd.DataFrame:
    """Areas by status of a map, as it was drawn: nothing is repaired."""
    parcel = fetch_map(access, number)
    (parsed,) = deepstate.parse(parcel.path.read_bytes(), parcel.name)
    areas = [one for one in parsed.features if isinstance(one, MapFeature)]
    shapes = as_array([_geometry(one) for one in areas])
    polygons, position = explode(shapes)
    table = pd.DataFrame(
        {
            "status": [str(areas[at].status) for at in position],
            "computed_km2": area_km2(polygons, area_method="spherical"),
            "repair_km2": 0.0,
        }
    )
    return _by_status(table)


def _geometry(feature: MapFeature) -> BaseGeometry:
    geometry = feature.geometry
    return shapely.from_geojson(geometry) if isinstance(geometry, bytes) else geometry


def _by_status(table: pd.DataFrame) -> pd.DataFrame:
    grouped = table.groupby("status", as_index=False)
    sums: pd.DataFrame = grouped[["computed_km2", "repair_km2"]].sum()
    return sums.merge(grouped.size().rename(columns={"size": "n_shapes"}), on="status")


ARCGIS_RETRIES = 7
"""Waits of about a minute in all: ArcGIS throttles by the minute."""


@dataclass(frozen=True)
class _Order:
    """What was asked for."""

    access: Access
    window: Window
    accept_terms: bool
    commit: str | None


@dataclass(frozen=True)
class _Offer:
    """What can be fetched: how its files are had, and which source reads them."""

    reader: str
    parcels: Callable[[_Order], list[Parcel]]
    retries: int = 4
    reach: str = ""


_OFFERS: Mapping[str, _Offer] = {
    "deepstate": _Offer(
        "deepstate", lambda order: map_parcels(order.access, order.window)
    ),
    "deepstate-archive": _Offer(
        "deepstate",
        lambda order: archive_parcels(order.access, order.window, commit=order.commit),
        reach=f"The archive reaches from {FIRST} to {LAST}.",
    ),
    "cyterat": _Offer(
        "cyterat", lambda order: mirror_parcels(order.access, order.window)
    ),
    "viina": _Offer("viina", lambda order: table_parcels(order.access, order.window)),
    "isw": _Offer(
        "isw",
        lambda order: layer_parcels(
            order.access, order.window, accept_terms=order.accept_terms
        ),
        retries=ARCGIS_RETRIES,
    ),
    "isw-timelapse": _Offer(
        "isw",
        lambda order: timelapse_parcels(
            order.access, order.window, accept_terms=order.accept_terms
        ),
        retries=ARCGIS_RETRIES,
    ),
}
FETCHABLE = tuple(sorted(_OFFERS))
"""Names for `fetch_history`."""

ELSEWHERE = {
    "nzz": (
        "NZZ publishes no address for its maps: save the files that its interactive "
        "map loads, one a day, as YYYY-MM-DD.json"
    ),
    "kml": (
        "KML maps have no common address: UAControlMap keeps its KMZ files at "
        "https://github.com/owlmaps/UAControlMapBackups"
    ),
    "plain": "a plain source is whatever you have: there is nothing to fetch",
}
"""Sources that can be read and not fetched, and where their files come from."""


def fetch_history(
    source: str,
    start: When | None = None,
    end: When | None = None,
    *,
    tz: str = "UTC",
    into: str | os.PathLike[str] | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
    offline: bool = False,
    accept_terms: bool = False,
    commit: str | None = None,
    endpoints: Endpoints = PUBLISHED,
) -> ControlHistory:
    """
    Fetch published maps into the cache, and read them into one history.

    Interrupted at any point, the same call fetches only the rest.

    Parameters
    ----------
    source : {"deepstate", "deepstate-archive", "cyterat", "isw", "isw-timelapse", \
"viina"}
        DeepState's own interface; the public archive of its raw maps, April 2022 to
        August 2025, as one tarball; a daily mirror of its Russian-held ground; ISW's
        layers of today; ISW's time lapse of 2022 to 2024; VIINA's tables by place.
    start, end : str, date, datetime or Timestamp, optional
        First and last day of publication, both included; left out, that end is open.
    tz : str, default "UTC"
        Zone in which days begin and end.
    into : path-like, optional
        Folder to put the fetched files into as well, beside their terms; with
        `read_history` it gives the same history.
    cache_dir : path-like, optional
        Default: ``KURSK_GEO_CACHE``, or the platform's cache folder.
    offline : bool, default False
        Never touch the network; what the cache lacks is an error that names it.
    accept_terms : bool, default False
        Confirm that you may use the maps of a source whose terms ask for consent
        (ISW). Kept in the cache folder, so once is enough.
    commit : str, optional
        Of the archive on GitHub, in full; the default is one that holds it all.
    endpoints : Endpoints
        Where the services are.

    Returns
    -------
    ControlHistory
        What `read_history` gives for the same files; only ``origin`` tells the
        container.

    Raises
    ------
    OptionError
        If the source, a date, the zone or the commit is not known.
    DateNotFoundError
        If no map was published in these days.
    LicenceError
        If the publisher does not hand its maps out, or its terms are not accepted.
    OfflineError
        If `offline` and the cache lacks some.
    DownloadError
        If something cannot be had whole, or `into` cannot be written.
    SourceError, SnapshotError
        If what was fetched cannot be read; names the file.

    Warns
    -----
    SourceWarning
        If the source is blind to something, or lacks days within the window.

    Examples
    --------
    >>> fetch_history("deepstate", start="2024-08-01", offline=True)
    Traceback (most recent call last):
        ...
    kursk_geo.errors.OfflineError: 1 of 1 files are not in the cache ...
    >>> fetch_history("nzz")
    Traceback (most recent call last):
        ...
    kursk_geo.errors.SourceError: source='nzz' cannot be fetched: ...
    """
    window = Window.of(start, end, tz)
    offer = _offer(source)
    reader = find_source(offer.reader)
    with open_access(
        endpoints, cache_dir=cache_dir, offline=offline, retries=offer.retries
    ) as access:
        parcels = offer.parcels(_Order(access, window, accept_terms, commit))
    if reader.CAVEAT:
        warn(reader.CAVEAT, SourceWarning, stacklevel=2)
    if into is not None:
        put_into(into, parcels, suffixes=reader.SUFFIXES, terms=_terms(reader))
    parsed = parse_files(_files_history(parcels, reader, window, offer.reach), reader)
    history = join_maps(
        _within(window, parsed),
        source=reader.NAME,
        licence=reader.LICENCE,
        attribution=reader.ATTRIBUTION,
        home=reader.HOME,
    )
    return window.cut(history)


def _offer(source: str) -> _Offer:
    if source in ELSEWHERE:
        msg = (
            f"source={source!r} cannot be fetched: {ELSEWHERE[source]}. Expected one "
            f"of {', '.join(FETCHABLE)}. Read the files that you have with "
            "read_history(path)."
        )
        raise SourceError(msg)
    if source not in _OFFERS:
        msg = (
            f"source={source!r} is not known here. Expected one of "
            f"{', '.join(FETCHABLE)}. Type fetch_history('deepstate-archive')."
        )
        raise OptionError(msg)
    return _OFFERS[source]


def _files_history(
    parcels: list[Parcel], reader: Source, window: Window, reach: str
) -> Iterator[RawFile]:
    found = False
    for parcel in parcels:
        for file in parcel.read(reader.SUFFIXES):
            found = True
            yield file
    if not found:
        raise window.empty(reader.NAME, reach)


def _within(
    window: Window, parsed: Iterable[ParsedMap | UnreadableFile]
) -> Iterator[ParsedMap | UnreadableFile]:
    """The maps of the window; a file may hold those of a month or a year."""
    for one in parsed:
        if isinstance(one, UnreadableFile) or window.holds(one.snapshot_utc):
            yield one


def _terms(reader: Source) -> str:
    return (
        f"Source: {reader.NAME}\nCredit: {reader.ATTRIBUTION}\n"
        f"Terms: {reader.LICENCE}\n"
    )
