"""ArcGIS: layers found by their titles, and read page by page."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec

from kursk_geo.download import Fetched, Resource
from kursk_geo.errors import SourceError
from kursk_geo.fetch.endpoints import Access

__all__ = ["Layer", "LayerPage", "describe_layer", "layer_pages", "titled_layers"]

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
