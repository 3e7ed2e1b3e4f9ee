"""Bytes become features here, one place a format, through one gate."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypeAlias
from warnings import warn
from xml.etree.ElementTree import Element, ParseError

import geopandas as gpd
import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kursk_geo.errors import SnapshotError, SourceWarning
from kursk_geo.geometry import (
    WGS84,
    Geometries,
    as_array,
    explode,
    faults,
    unwound,
)

__all__ = [
    "LINE",
    "MAX_BYTES",
    "SHAPEFILE",
    "Features",
    "Shape",
    "check_unpacked",
    "features_of_json",
    "has_kml",
    "read_features",
    "read_polygons",
    "unzip",
    "without_nan",
    "zip_shapefile",
]

Ring: TypeAlias = list[list[float]]
Shape: TypeAlias = bytes | BaseGeometry | str | None
"""
GeoJSON text of a geometry, the geometry itself, why it cannot be read, or None where
there is none.
"""


LINE, POINT = b'{"type":"LineString"}', b'{"type":"Point"}'
"""What holds no ground."""


@dataclass(frozen=True)
class Features:
    """
    What a file holds.

    Parameters
    ----------
    rows : list of dict
        What the file says of each feature.
    shapes : list
        A `Shape` for each of them.
    crs : str or None
        Coordinate reference system; None where the file names none.
    left_out : list of str
        Why parts of the file are not there.
    """

    rows: list[dict[str, Any]]
    shapes: list[Shape]
    crs: Any = WGS84
    left_out: list[str] = field(default_factory=list)


MAX_BYTES = 1 << 30
"""
What unpacks to more than 1 GiB is no map, but may be a bomb. The largest files that
are known, VIINA's tables of a year, take about 600 MiB. [bytes]
"""
MAX_RATIO, SMALL_BYTES = 100, 64 << 20
"""GeoJSON packs about 8 to 1, VIINA's tables 50 to 1; deflate can reach 1,032 to 1."""

ZIP, SQLITE, FLATGEOBUF, PARQUET = (
    b"PK\x03\x04",
    b"SQLite format 3\0",
    b"fgb\x03",
    b"PAR1",
)
# GDAL would take a ring that does not close, and say so on standard error.
pyogrio.set_gdal_config_options({"OGR_GEOMETRY_ACCEPT_UNCLOSED_RING": "NO"})

SHP = b"\0\0\x27\x0a"
"""First bytes: GDAL is asked for nothing but these, and so follows no reference."""
SHAPEFILE = (".shp", ".shx", ".dbf", ".prj", ".cpg")
"""The parts of a shapefile; the first three it cannot do without."""
BROKEN_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)
"""What zipfile raises; RuntimeError where a password is asked for."""


def read_features(raw: bytes, name: str, *, layer: str | None = None) -> Features:
    """
    The features of a file, whatever its format, told by its first bytes.

    Parameters
    ----------
    raw : bytes
        GeoJSON, TopoJSON, KML, KMZ, GeoPackage, FlatGeobuf, GeoParquet, a shapefile's
        parts as a ZIP archive, or CSV with a column of WKT.
    name : str
        Of the file.
    layer : str, optional
        Of a GeoPackage with several layers.

    Raises
    ------
    SnapshotError
        If the file cannot be read, or holds no feature.
    """
    start = raw[:4000].lstrip(b"\xef\xbb\xbf \t\r\n\x1e")
    if raw.startswith(PARQUET):
        found = _read_parquet(raw, name)
    elif raw.startswith((SQLITE, FLATGEOBUF)):
        found = _read_gdal(raw, name, layer)
    elif raw.startswith(ZIP):
        with_kml = name.lower().endswith(".kmz") or has_kml(raw)
        found = _read_kmz(raw, name) if with_kml else _read_gdal(raw, name, layer)
    elif start.startswith((b"{", b"[")):
        found = _read_json(raw, name)
    elif start.startswith(b"<"):
        found = _read_kml({name: raw}, name)
    elif name.lower().endswith((".csv", ".tsv", ".txt")):
        found = _read_wkt(raw, name)
    else:
        msg = (
            f"{name}: of no format that is known here. Expected GeoJSON, TopoJSON, "
            "KML, KMZ, GeoPackage, FlatGeobuf, GeoParquet, a shapefile, or CSV with a "
            "column of WKT: convert it, or download it again."
        )
        raise SnapshotError(msg)
    if not found.rows and not found.left_out:
        msg = (
            f"{name}: holds no feature at all. Expected a map with shapes: download it "
            "again, or leave it out."
        )
        raise SnapshotError(msg)
    return found


# JSON


def features_of_json(
    raw: bytes, name: str, *, of: str
) -> tuple[dict[str, Any], list[dict[str, Any] | str]]:
    """
    The head of a FeatureCollection, and its features.

    Parameters
    ----------
    raw : bytes
    name : str
        Of the file.
    of : str
        What it should be, for the error.

    Returns
    -------
    head : dict
        What stands beside the features.
    features : list of dict or str
        ``properties`` (a dictionary) and ``geometry`` (bytes) of each, or why it is
        none.

    Raises
    ------
    SnapshotError
        If it is no whole collection.
    """
    try:
        told = _decode_head(without_nan(raw.removeprefix(b"\xef\xbb\xbf")))
        texts = _decode_texts(told.pop("features", msgspec.Raw(b"null")))
        head = {key: msgspec.json.decode(text) for key, text in told.items()}
    except (ValueError, RecursionError) as error:
        msg = (
            f"{name}: not a whole {of}: {_why(error)}. Expected a FeatureCollection; "
            "the file may be cut short: download it again."
        )
        raise SnapshotError(msg) from error
    return head, [_feature(text) for text in texts]


_NAN = re.compile(rb'"(?:[^"\\]|\\.)*"|-?(?:NaN|Infinity)')


def without_nan(raw: bytes) -> bytes:
    """JSON as many programs write it, with null for what is no number."""
    if b"NaN" not in raw and b"Infinity" not in raw:
        return raw
    return _NAN.sub(lambda one: one[0] if one[0][:1] == b'"' else b"null", raw)


class _Feature(msgspec.Struct):
    properties: dict[str, Any] | None = None
    geometry: msgspec.Raw = msgspec.Raw(b"null")
    id: Any = None


_decode_head = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_texts = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_feature = msgspec.json.Decoder(_Feature).decode


def _feature(text: msgspec.Raw) -> dict[str, Any] | str:
    try:
        feature = _decode_feature(text)
    except (ValueError, RecursionError) as error:
        return f"no feature: {_why(error)}"
    return {
        "properties": feature.properties or {},
        "geometry": bytes(feature.geometry),
        "id": feature.id,
    }


def _read_json(raw: bytes, name: str) -> Features:
    body = without_nan(raw.removeprefix(b"\xef\xbb\xbf").strip())
    try:
        kind = msgspec.json.decode(body, type=_Typed)
    except (ValueError, RecursionError) as error:
        lines = [line.strip(b"\x1e\r ") for line in body.split(b"\n")]
        lines = [line for line in lines if line]
        if len(lines) < 2 or not all(one.startswith(b"{") for one in lines):
            msg = (
                f"{name}: cannot be read: {_why(error)}. Expected GeoJSON, whole: "
                "download it again."
            )
            raise SnapshotError(msg) from error
        body = b'{"features":[' + b",".join(lines) + b"]}"  # a feature a line
        kind = _Typed("FeatureCollection")
    if kind.type == "Topology":
        return _read_topology(body, name)
    if kind.type == "Feature":
        body = b'{"features":[' + body + b"]}"
    elif kind.type in GEOMETRIES:
        body = b'{"features":[{"geometry":' + body + b"}]}"
    elif kind.type != "FeatureCollection":
        msg = (
            f"{name}: cannot be read: JSON of type {kind.type!r}. Expected GeoJSON or "
            "TopoJSON: is this the file that you mean?"
        )
        raise SnapshotError(msg)
    head, features = features_of_json(body, name, of="GeoJSON file")
    rows: list[dict[str, Any]] = []
    shapes: list[Shape] = []
    for one in features:
        rows.append({} if isinstance(one, str) else one["properties"])
        told = one if isinstance(one, str) else one["geometry"]
        shapes.append(None if told == b"null" else told)
    crs = head.get("crs")
    named = crs.get("properties") if isinstance(crs, dict) else None
    of_file = named.get("name", WGS84) if isinstance(named, dict) else WGS84
    return Features(rows, shapes, of_file)


GEOMETRIES = ("Polygon", "MultiPolygon", "GeometryCollection")


class _Typed(msgspec.Struct):
    type: Any = None


class _Object(msgspec.Struct):
    type: str | None = None
    arcs: Any = None
    properties: dict[str, Any] | None = None
    geometries: list["_Object"] | None = None
    id: Any = None


class _Transform(msgspec.Struct):
    scale: tuple[float, float]
    translate: tuple[float, float]


class _Topology(msgspec.Struct):
    arcs: list[list[list[float]]]
    objects: dict[str, _Object]
    transform: _Transform | None = None


def _read_topology(raw: bytes, name: str) -> Features:
    """TopoJSON 1.0: rings are joined from arcs, which neighbours share."""
    try:
        told = msgspec.json.decode(raw, type=_Topology)
        arcs = [np.array([point[:2] for point in arc], float) for arc in told.arcs]
    except (ValueError, RecursionError) as error:
        msg = (
            f"{name}: cannot be read: {_why(error)}. Expected TopoJSON, whole: "
            "download it again."
        )
        raise SnapshotError(msg) from error
    if told.transform is not None:
        scale, shift = told.transform.scale, told.transform.translate
        arcs = [np.cumsum(arc, axis=0) * scale + shift for arc in arcs]

    def ring(numbers: list[int]) -> Ring:
        joined: Ring = []
        for number in numbers:
            arc = arcs[number] if number >= 0 else arcs[~number][::-1]
            joined += arc[len(joined) > 0 :].tolist()
        return joined

    rows: list[dict[str, Any]] = []
    shapes: list[Shape] = []
    waiting = list(told.objects.values())
    while waiting:
        one = waiting.pop(0)
        if one.geometries is not None:
            waiting = [*one.geometries, *waiting]
            continue
        rows.append(one.properties or {})
        try:
            polygons = {"Polygon": [one.arcs], "MultiPolygon": one.arcs}[one.type or ""]
            coordinates = [[ring(part) for part in polygon] for polygon in polygons]
        except KeyError:
            shapes.append(POINT if one.type else None)
        except (TypeError, IndexError) as error:
            shapes.append(f"arcs that are not there: {error}")
        else:
            told_as = {"type": "MultiPolygon", "coordinates": coordinates}
            shapes.append(msgspec.json.encode(told_as))
    return Features(rows, shapes)


# Tables


def _read_gdal(raw: bytes, name: str, layer: str | None) -> Features:
    """GeoPackage, FlatGeobuf and shapefiles, from memory."""
    if not raw.startswith(ZIP):
        # In an archive it has a name, by whose ending GDAL knows it without a warning.
        suffix = ".gpkg" if raw.startswith(SQLITE) else ".fgb"
        raw = _zipped({suffix: raw})
    else:
        parts = unzip(raw, name, suffixes=SHAPEFILE)
        by_suffix = {f".{one.rpartition('.')[2].lower()}": parts[one] for one in parts}
        raw = zip_shapefile(by_suffix, name)
    try:
        layers = pyogrio.list_layers(raw)
        named = [str(one) for one, kind in layers if kind is not None]
        if layer is None and len(named) > 1:
            msg = (
                f"{name}: holds {len(named)} layers: {', '.join(named)}. Expected one: "
                "name it with layer=."
            )
            raise SnapshotError(msg)
        if layer is None and not named:
            raise SnapshotError(_without_geometry(name))
        meta, _, wkb, columns = pyogrio.raw.read(
            raw, layer=layer or named[0], datetime_as_string=True
        )
        if wkb is None:
            raise SnapshotError(_without_geometry(name))
    # What GDAL raises; pyogrio's errors are RuntimeErrors.
    except (RuntimeError, ValueError, OSError, KeyError, TypeError) as error:
        if isinstance(error, SnapshotError):
            raise
        msg = (
            f"{name}: cannot be read: {error}. Expected a GeoPackage, FlatGeobuf or "
            "shapefile, whole: download it again, or name one of its layers with "
            "layer=."
        )
        raise SnapshotError(msg) from error
    table = dict(zip(meta["fields"].tolist(), columns, strict=True))
    return Features(_rows(table, len(wkb)), _from_wkb(wkb), meta["crs"])


def _read_parquet(raw: bytes, name: str) -> Features:
    try:
        # A geometry that is none stays bytes: geopandas would give up the whole.
        table = pd.read_parquet(io.BytesIO(raw))
        metadata = _parquet_metadata(raw)
        column = str(metadata["primary_column"])
        facts = metadata["columns"][column]
        if str(facts.get("encoding")).upper() == "WKB":
            shapes = _from_wkb(table.pop(column).to_numpy())
        else:
            whole = gpd.read_parquet(io.BytesIO(raw))
            shapes, table = list(whole.geometry), table.drop(columns=column)
        crs = facts.get("crs", WGS84)
    except KeyError as error:
        raise SnapshotError(_without_geometry(name)) from error
    except (
        ValueError,
        OSError,
        TypeError,
        AttributeError,
        NotImplementedError,
        RuntimeError,
        pa.ArrowException,
        shapely.GEOSException,
    ) as error:
        msg = (
            f"{name}: cannot be read: {error}. Expected GeoParquet, whole: download it "
            "again."
        )
        raise SnapshotError(msg) from error
    columns = {str(key): table[key].to_numpy() for key in table.columns}
    return Features(_rows(columns, len(table)), shapes, crs)


def _parquet_metadata(raw: bytes) -> dict[str, Any]:
    from pyarrow import parquet  # noqa: PLC0415  (loads slowly, seldom needed)

    told = parquet.read_schema(io.BytesIO(raw)).metadata or {}
    found: dict[str, Any] = msgspec.json.decode(told[b"geo"], type=dict[str, Any])
    return found


def _read_wkt(raw: bytes, name: str) -> Features:
    try:
        table = pd.read_csv(
            io.BytesIO(raw),
            sep="\t" if name.lower().endswith(".tsv") else ",",
            dtype=str,
            keep_default_na=False,
            encoding="utf-8-sig",
            index_col=False,
        )
    except (ValueError, OSError, pd.errors.ParserError) as error:
        msg = (
            f"{name}: cannot be read: {error}. Expected CSV, whole: download it again."
        )
        raise SnapshotError(msg) from error
    wkt = re.compile(
        r"\s*(?:SRID=\d+;)?\s*(?:MULTI)?(?:POLYGON|GEOMETRYCOLLECTION)", re.IGNORECASE
    )
    drawn = [column for column in table.columns if table[column].str.match(wkt).any()]
    if not drawn:
        raise SnapshotError(_without_geometry(name))
    texts = table.pop(drawn[0]).str.replace(r"^\s*SRID=\d+;", "", regex=True)
    with np.errstate(invalid="ignore"):  # numpy warns of what is no number
        shapes = shapely.from_wkt(texts.to_numpy(dtype=object), on_invalid="ignore")
    broken = "WKT that cannot be read"
    told = [
        (broken if text.strip() else None) if shape is None else shape
        for shape, text in zip(shapes, texts, strict=True)
    ]
    columns = {str(key): table[key].to_numpy() for key in table.columns}
    return Features(_rows(columns, len(table)), told)


def _rows(columns: Mapping[str, Any], n_rows: int) -> list[dict[str, Any]]:
    lists = {name: list(values) for name, values in columns.items()}
    return [{name: lists[name][row] for name in lists} for row in range(n_rows)]


def _from_wkb(wkb: Iterable[Any]) -> list[Shape]:
    texts = list(wkb)
    with np.errstate(invalid="ignore"):  # numpy warns of what is no number
        shapes = shapely.from_wkb(np.array([*texts, None], object), on_invalid="ignore")
    broken = "a shape that cannot be read, such as one with a ring that does not close"
    return [
        broken if shape is None and text is not None else shape
        for shape, text in zip(shapes[:-1], texts, strict=True)
    ]


def _without_geometry(name: str) -> str:
    return (
        f"{name}: a table without geometry. Expected polygons: name another layer with "
        "layer=, or join the table to its shapes first."
    )


def zip_shapefile(parts: Mapping[str, bytes], name: str) -> bytes:
    """
    The parts of a shapefile, by suffix, as the ZIP archive that GDAL reads.

    Raises
    ------
    SnapshotError
        If a part is missing, or is none.
    """
    missing = [suffix for suffix in SHAPEFILE[:3] if suffix not in parts]
    if missing:
        msg = (
            f"{name}: its parts {', '.join(missing)} are missing. Expected .shp, .shx "
            "and .dbf beside each other: unpack or download them together."
        )
        raise SnapshotError(msg)
    if not all(parts[suffix].startswith(SHP) for suffix in SHAPEFILE[:2]):
        msg = f"{name}: no shapefile. Expected one, whole: download it again."
        raise SnapshotError(msg)
    return _zipped(parts)


def _zipped(parts: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for suffix, raw in parts.items():
            archive.writestr(f"shapes{suffix}", raw)
    return packed.getvalue()


# KML


def has_kml(raw: bytes) -> bool:
    """Whether bytes are a ZIP archive with KML in it."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return any(one.lower().endswith(".kml") for one in archive.namelist())
    except BROKEN_ZIP:
        return False


def unzip(raw: bytes, name: str, *, suffixes: tuple[str, ...]) -> dict[str, bytes]:
    """
    Members of a ZIP archive, by name.

    Raises
    ------
    SnapshotError
        If it is broken, locked or a bomb.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            wanted = [
                one
                for one in archive.infolist()
                if one.filename.lower().endswith(suffixes)
                and not one.filename.startswith("__MACOSX/")
            ]
            size = sum(one.file_size for one in wanted)
            check_unpacked(size, len(raw), name)
            return {one.filename: archive.read(one) for one in wanted}
    except BROKEN_ZIP as error:
        if isinstance(error, SnapshotError):
            raise
        msg = (
            f"{name}: not a whole archive: {error}. It may be cut short or locked: "
            "download it again."
        )
        raise SnapshotError(msg) from error


def check_unpacked(size: int, packed: int, name: str) -> None:
    """
    Refuse what is made to fill the memory.

    Raises
    ------
    SnapshotError
        If it unpacks to more than a map can be.
    """
    if size > MAX_BYTES or size > SMALL_BYTES + MAX_RATIO * packed:
        msg = (
            f"{name}: unpacks to {size >> 20:,} MiB or more from {packed:,} bytes. "
            "Expected a map of a few megabytes: the file is damaged, or made to fill "
            "the memory."
        )
        raise SnapshotError(msg)


def _read_kmz(raw: bytes, name: str) -> Features:
    files = unzip(raw, name, suffixes=(".kml",))
    if not files:
        msg = f"{name}: no .kml in the archive. Expected one: is this a KMZ?"
        raise SnapshotError(msg)
    return _read_kml(files, name)


def _read_kml(files: Mapping[str, bytes], name: str) -> Features:
    """Placemarks of all files: ``folder``, ``folders``, ``name``, ``styleUrl`` ..."""
    rows: list[dict[str, Any]] = []
    shapes: list[Shape] = []
    links: list[str] = []
    for file in sorted(files):
        root: tuple[tuple[str, ...], Element] = ((), _read_xml(files[file], name))
        waiting = [root]
        while waiting:
            folders, element = waiting.pop()
            tag = _tag(element)
            if tag == "Placemark":
                told = {_tag(one): (one.text or "").strip() for one in element}
                row: dict[str, Any] = {
                    key: told[key] for key in KML_COLUMNS if key in told
                }
                for one in element.iter():
                    if _tag(one) == "Data" and len(one):
                        row[one.get("name", "")] = (one[-1].text or "").strip()
                    elif _tag(one) == "SimpleData":
                        row[one.get("name", "")] = (one.text or "").strip()
                row["folders"] = folders
                row["folder"] = folders[-1] if folders else ""
                rows.append(row)
                shapes.append(_placemark(element))
                continue
            if tag == "NetworkLink":
                hrefs = [one.text for one in element.iter() if _tag(one) == "href"]
                links += [(one or "").strip() for one in hrefs]
            if tag == "Folder":
                folders = (*folders, _folder_name(element))
            if tag in ("kml", "Folder", "Document"):
                waiting += [(folders, one) for one in reversed(element)]
    inside = {file.rpartition("/")[2] for file in files}
    away = [one for one in links if one.rpartition("/")[2] not in inside]
    left_out = [f"a network link that is not followed: {one}" for one in away]
    if not rows:
        what = f"only a network link to {away[0]}" if away else "no placemark"
        msg = (
            f"{name}: holds {what}. Expected KML with polygons: open it in Google "
            "Earth, and save what it shows."
        )
        raise SnapshotError(msg)
    return Features(rows, shapes, left_out=left_out)


KML_COLUMNS = ("name", "styleUrl", "description")


def _read_xml(raw: bytes, name: str) -> Element:
    try:
        root: Element = fromstring(raw, forbid_dtd=True)
    except DefusedXmlException as error:
        msg = (
            f"{name}: refers to entities or other files ({error}). Expected KML "
            "without a DOCTYPE: such a file can make the reader open others, and is "
            "not read."
        )
        raise SnapshotError(msg) from error
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        msg = (
            f"{name}: not a whole KML file: {_why(error)}. It may be cut short: "
            "download it again."
        )
        raise SnapshotError(msg) from error
    return root


def _tag(element: Element) -> str:
    """Without the namespace, which files spell in several ways."""
    return str(element.tag).rpartition("}")[2]


def _folder_name(folder: Element) -> str:
    names = [one.text or "" for one in folder if _tag(one) == "name"]
    return " ".join(names[0].split()) if names else ""


def _placemark(placemark: Element) -> Shape:
    drawn = [one for one in placemark.iter() if _tag(one) == "Polygon"]
    if not drawn:
        kinds = {_tag(one) for one in placemark.iter()}
        line = kinds & {"LineString", "LinearRing", "Track"}
        return LINE if line else POINT
    polygons = []
    try:
        for polygon in drawn:
            rings: dict[str, list[Ring]] = {
                "outerBoundaryIs": [],
                "innerBoundaryIs": [],
            }
            for side in polygon:
                for one in side.iter():
                    if _tag(one) == "coordinates" and _tag(side) in rings:
                        rings[_tag(side)].append(_positions(one.text or ""))
            if len(rings["outerBoundaryIs"]) != 1:
                return (
                    f"a polygon with {len(rings['outerBoundaryIs'])} outer boundaries"
                )
            polygons.append(rings["outerBoundaryIs"] + rings["innerBoundaryIs"])
    except ValueError as error:
        return str(error)
    return msgspec.json.encode({"type": "MultiPolygon", "coordinates": polygons})


def _positions(text: str) -> Ring:
    """Longitude and latitude of "lon,lat,alt lon,lat,alt ..."."""
    points = []
    for triple in text.split():
        point = [float(number) for number in triple.split(",")[:2]]
        if not np.isfinite(point).all():
            reason = "coordinates that are no numbers"
            raise ValueError(reason)
        points.append(point)
    return points


# The gate


NO_POINTS = "no points"


class _Polygon(msgspec.Struct, tag_field="type", tag="Polygon"):
    coordinates: list[Ring]


class _MultiPolygon(msgspec.Struct, tag_field="type", tag="MultiPolygon"):
    coordinates: list[list[Ring]]


class _Collection(msgspec.Struct, tag_field="type", tag="GeometryCollection"):
    geometries: list["_Shape"]


class _Point(msgspec.Struct, tag_field="type", tag="Point"):
    pass


class _MultiPoint(msgspec.Struct, tag_field="type", tag="MultiPoint"):
    pass


class _Line(msgspec.Struct, tag_field="type", tag="LineString"):
    pass


class _MultiLine(msgspec.Struct, tag_field="type", tag="MultiLineString"):
    pass


_Shape = (
    _Polygon | _MultiPolygon | _Collection | _Point | _MultiPoint | _Line | _MultiLine
)
_decode = msgspec.json.Decoder(_Shape).decode


def read_polygons(
    geometries: Sequence[bytes | BaseGeometry], *, in_degrees: bool = True
) -> tuple[Geometries, NDArray[np.intp], dict[int, str]]:
    """
    Read the polygons of many geometries.

    Parameters
    ----------
    geometries : sequence of bytes or shapely geometry, length n
        GeoJSON text of a geometry, or the geometry itself.
    in_degrees : bool, default True
        Whether coordinates must lie within range; longitudes that go on beyond 180
        degrees are then unwound.

    Returns
    -------
    polygons : ndarray of Polygon, shape (m,)
        As they stand there, in two dimensions or three. Collections are taken apart;
        points and lines hold no ground and are left out.
    owner : ndarray of int, shape (m,)
        The geometry that each polygon comes from, sorted.
    reasons : dict of int to str
        Why a geometry could not be read.

    Raises
    ------
    TypeError
        If an entry is neither text nor geometry.

    Notes
    -----
    The one gate to GEOS: what comes out has rings of four points or more that close,
    finite degrees within range, and no part or hole without points. A geometry of
    which one polygon does not is not read at all.

    Examples
    --------
    >>> text = b'{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}'
    >>> polygons, owner, reasons = read_polygons([text, b"null"])
    >>> len(polygons), owner.tolist(), list(reasons)
    (1, [0], [1])
    """
    reasons: dict[int, str] = {}
    rings: list[NDArray[np.float64]] = []
    sizes: list[int] = []  # how many rings each polygon of the texts has
    owners: list[int] = []
    drawn, positions = [], []
    for position, geometry in enumerate(geometries):
        if not isinstance(geometry, bytes):
            drawn.append(geometry)
            positions.append(position)
            continue
        try:
            found = [[_ring(one) for one in polygon] for polygon in _told(geometry)]
        except (ValueError, RecursionError) as error:  # of msgspec, of UTF-8, our own
            reasons[position] = _why(error)
            continue
        rings += [ring for polygon in found for ring in polygon]
        sizes += map(len, found)
        owners += [position] * len(found)
    polygons, owner = explode(as_array(drawn))
    owner = np.array(positions, dtype=np.intp)[owner]
    wrong = faults(polygons)
    reasons |= {int(one): why for one, why in zip(owner, wrong, strict=True) if why}
    empty = shapely.is_empty(as_array(drawn))
    reasons |= dict.fromkeys(np.array(positions)[empty].tolist(), NO_POINTS)
    if rings:
        # All rings are made at once, eight times as fast as one by one.
        degrees = np.concatenate(rings)
        point_ring = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
        ring_polygon = np.repeat(np.arange(len(sizes)), sizes)
        closed = shapely.linearrings(degrees, indices=point_ring)
        told = np.asarray(shapely.polygons(closed, indices=ring_polygon))  # type: ignore[arg-type]
        polygons, owner = np.append(polygons, told), np.append(owner, owners)
        order = np.argsort(owner, kind="stable")
        polygons, owner = polygons[order], owner[order]
    good = ~np.isin(owner, list(reasons))
    polygons, owner = polygons[good], owner[good].astype(np.intp)
    if not in_degrees:
        return polygons, owner, reasons
    home, away = unwound(polygons)
    moved = sum(old is not new for old, new in zip(polygons, home, strict=True))
    if moved:
        msg = (
            f"Longitudes pass ±180 in {moved} of {len(polygons)} shapes: brought home "
            "by whole turns, and cut at 180."
        )
        warn(msg, SourceWarning, stacklevel=2)
    reasons |= {int(one): why for one, why in zip(owner, away, strict=True) if why}
    polygons, parts = explode(home)
    owner = owner[parts]
    good = ~np.isin(owner, list(reasons))
    return polygons[good], owner[good], reasons


def _why(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deep"
    told = str(error)
    return f"coordinates that are no numbers: {told}" if "`float`" in told else told


def _told(text: bytes) -> Iterator[list[Ring]]:
    """The polygons of the text of a geometry, rings of positions."""
    waiting: list[Any] = [_decode(text)]
    while waiting:
        shape = waiting.pop(0)
        if isinstance(shape, _Polygon):
            parts = [shape.coordinates]
        elif isinstance(shape, _MultiPolygon):
            parts = shape.coordinates
        elif isinstance(shape, _Collection):
            parts, waiting = [], [*shape.geometries, *waiting]
            if not waiting:
                raise ValueError(NO_POINTS)
            continue
        else:
            continue
        if not parts or not all(parts):
            raise ValueError(NO_POINTS)
        yield from parts


def _ring(told: Ring) -> NDArray[np.float64]:
    """A ring as degrees, without heights."""
    if len(told) < 4:  # the first one repeated (RFC 7946, section 3.1.6)
        reason = f"a ring of {len(told)} points. Expected four or more, closed"
        raise ValueError(reason)
    if told[0][:2] != told[-1][:2]:
        reason = "a ring that does not close: its last point is not its first"
        raise ValueError(reason)
    widths = set(map(len, told))
    if not widths <= {2, 3}:
        reason = f"a position of {min(widths - {2, 3})} numbers. Expected 2 or 3"
        raise ValueError(reason)
    if len(widths) > 1:
        return np.array([position[:2] for position in told])
    (width,) = widths
    flat = np.fromiter(chain.from_iterable(told), float, width * len(told))
    return flat.reshape(-1, width)[:, :2]
