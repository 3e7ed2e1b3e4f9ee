"""Bytes become features here, one place a format, through one gate."""

import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from csv import QUOTE_NONE
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any
from warnings import catch_warnings, simplefilter
from xml.etree.ElementTree import Element

import geopandas as gpd
import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyproj
import shapely
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from shapely.geometry.base import BaseGeometry

from kursk_geo._files import (
    BOM,
    BROKEN,
    SHAPEFILE,
    check_unpacked,
    is_json,
    start_of,
    zipped,
)
from kursk_geo._files import (
    WHOLE as INTACT,
)
from kursk_geo.errors import SnapshotError, refused
from kursk_geo.geometry import (
    KINDS,
    NO_NUMBERS,
    NO_POINTS,
    WGS84,
    Geometries,
    Ring,
    Shape,
    drawn,
    unwound,
    why,
)

POINT = b'{"type":"Point"}'
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
    head : dict
        What stands beside the features.
    areal : bool
        Whether it may hold ground: a layer of points or lines does not.
    """

    rows: list[dict[str, Any]]
    shapes: list[Shape]
    crs: Any = WGS84
    left_out: list[str] = field(default_factory=list)
    head: dict[str, Any] = field(default_factory=dict)
    areal: bool = True


ZIP, SQLITE, FLATGEOBUF, PARQUET = (
    b"PK\x03\x04",
    b"SQLite format 3\0",
    b"fgb\x03",
    b"PAR1",
)
SHP = b"\0\0\x27\x0a"
"""First bytes: GDAL is asked for nothing but these, and so follows no reference."""
SUFFIXES = (
    *(".geojson", ".json", ".topojson", ".geojsonl", ".csv", ".tsv", ".kml", ".kmz"),
    *(".gpkg", ".fgb", ".parquet", ".geoparquet", *SHAPEFILE),
)
"""How the names of such files end."""


def read_features(
    raw: bytes,
    name: str,
    *,
    layer: str | None = None,
    is_map: Callable[[str], bool] = lambda _: False,
) -> dict[str, Features]:
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
        Of a file with several layers that may hold ground.
    is_map : callable, optional
        Whether a layer, by its name, is a map by itself.

    Returns
    -------
    dict
        By name of the file, or of each layer, as if the file were a folder of them.

    Raises
    ------
    SnapshotError
        If the file cannot be read, or holds no feature.
    """
    layers = _layers(raw, name)
    ground = {one: told for one, told in layers.items() if told.areal} or layers
    if layer in layers and len(layers) > 1:
        ground = {layer: layers[layer]}
    if len(ground) > 1 and not all(map(is_map, ground)):
        given = f"holds {len(ground)} layers: {', '.join(ground)}"
        expected = "one, or a day in the name of each: name it with layer="
        raise refused(name, given, expected)
    if not any(one.rows or one.left_out for one in ground.values()):
        raise no_feature(name)
    several = len(ground) > 1
    return {f"{name}/{one}" if several else name: ground[one] for one in ground}


def no_feature(name: str) -> SnapshotError:
    """The error for a map that is empty."""
    expected = "a map with shapes: download it again, or leave it out"
    return refused(name, "holds no feature at all", expected)


def read_geometries(raw: bytes, name: str) -> gpd.GeoDataFrame:
    """
    The shapes of all layers of a file, lines and points as well, with their rows.

    Returns
    -------
    GeoDataFrame
        In EPSG:4326, without what is empty.

    Raises
    ------
    SnapshotError
        If the file, or one of its shapes, cannot be read.
    """
    tables = []
    for found in _layers(raw, name).values():
        told = [drawn(shape) for shape in in_degrees(found, name)]
        for row, shape in enumerate(told):
            if isinstance(shape, str) and shape != NO_POINTS:
                given = f"cannot be read: shape {row}: {shape}"
                raise refused(name, given, "degrees: correct it")
        shapes = [None if isinstance(shape, str) else shape for shape in told]
        tables.append(gpd.GeoDataFrame(found.rows, geometry=shapes, crs=WGS84))
    table = pd.concat(tables, ignore_index=True).explode(ignore_index=True)
    table = table[~(table.geometry.isna() | table.geometry.is_empty)]
    is_point = table.geom_type.to_numpy() == "Point"  # is never wound
    lines: Geometries = table.geometry.where(~is_point).to_numpy()
    home, away = unwound(lines)
    if any(away):
        raise refused(
            name,
            f"cannot be read: {next(filter(None, away))}",
            "degrees: name the coordinate reference system that it is really in, or "
            "put vertices between",
        )
    return table.set_geometry(np.where(is_point, table.geometry, home), crs=WGS84)


def _layers(raw: bytes, name: str) -> dict[str, Features]:
    """The layers of a file by name; of a format that has none, one without a name."""
    start = start_of(raw)
    lower = re.sub(r"\.(gz|bz2|xz)$", "", name.lower())
    if raw.startswith(ZIP):
        return _layers_of_zip(raw, name)
    if raw.startswith((SQLITE, FLATGEOBUF)):
        # In an archive it has a name, by whose ending GDAL knows it without a warning.
        suffix = ".gpkg" if raw.startswith(SQLITE) else ".fgb"
        return _read_gdal(zipped({suffix: raw}), name)
    if raw.startswith(PARQUET):
        return {"": _read_parquet(raw, name)}
    if is_json(raw):
        return {"": _read_json(raw, name)}
    if start.startswith(b"<"):
        return {"": _read_kml({name: raw}, name)}
    if lower.endswith((".csv", ".tsv", ".txt")) and start:
        return {"": _read_csv(raw, name)}
    raise refused(
        name,
        "of no format that is known here",
        "GeoJSON, TopoJSON, KML, KMZ, GeoPackage, FlatGeobuf, GeoParquet, a "
        "shapefile, or CSV with a column of WKT: convert it, or download it again",
    )


@contextmanager
def reading(
    name: str, expected: str, *, text: bytes = b"", of: str = ""
) -> Iterator[None]:
    """
    Turn whatever a library raises of a file into the error for it.

    Parameters
    ----------
    name, expected : str
        As in `refused`.
    text : bytes, optional
        Of a file that is a text: whether it is UTF-8 is told first.
    of : str, optional
        What a text should be that may have been cut short.

    Raises
    ------
    SnapshotError
    """
    try:
        yield
    except SnapshotError:
        raise
    except RAISED as error:
        given = "cannot be read"
        if of:
            given = f"not a whole {of}"
            expected += "; the file may be cut short: download it again"
        reason = why(error, text)
        if "/vsi" in reason:  # GDAL's own path to it, and advice for its callers
            reason = "its content is of none of the formats below"
        raise refused(name, f"{given}: {reason}", expected) from error


RAISED = (
    *(*BROKEN, LookupError, TypeError, AttributeError, RecursionError, SyntaxError),
    *(shapely.GEOSException, pa.ArrowException, pd.errors.ParserWarning),
)
"""What libraries raise of what they cannot read; those of pyogrio are RuntimeErrors."""
WHOLE = "{}, whole: download it again"


# JSON


def features_of_json(raw: bytes, name: str, *, of: str) -> Features:
    """
    The features of a FeatureCollection, and its head.

    Parameters
    ----------
    raw : bytes
    name : str
        Of the file.
    of : str
        What it should be, for the error.

    Raises
    ------
    SnapshotError
        If it is no whole collection.
    """
    with reading(name, "a FeatureCollection", text=raw, of=of):
        told, texts = decode_collection(raw)
        head = {key: msgspec.json.decode(text) for key, text in told.items()}
    found = Features([], [], head=head)
    for text in texts:
        row: dict[str, Any] = {}
        try:
            str(text, "utf-8")  # also what the decoder passes over
            feature = _decode_feature(text)
            row, geometry = feature.properties or {}, bytes(feature.geometry)
            shape: Shape = None if geometry == b"null" else geometry
        except (ValueError, RecursionError) as error:
            shape = f"no feature: {why(error, bytes(text))}"
        found.rows.append(row)
        found.shapes.append(shape)
    return found


_NAN = re.compile(rb'"(?:[^"\\]|\\.)*"|-?(?:NaN|Infinity)')


def without_nan(raw: bytes) -> bytes:
    """JSON as many programs write it, with null for what is no number."""
    if b"NaN" not in raw and b"Infinity" not in raw:
        return raw
    return _NAN.sub(lambda one: one[0] if one[0][:1] == b'"' else b"null", raw)


class _Feature(msgspec.Struct):
    properties: dict[str, Any] | None = None
    geometry: msgspec.Raw = msgspec.Raw(b"null")


def decode_collection(
    raw: bytes,
) -> tuple[dict[str, msgspec.Raw], list[msgspec.Raw]]:
    """Texts of what stands beside the features, and of each of these."""
    told = decode_head(raw)
    return told, _decode_texts(told.pop("features", msgspec.Raw(b"null")))


def decode_head(raw: bytes) -> dict[str, msgspec.Raw]:
    """Texts of the values of an object, by key."""
    return _decode_values(without_nan(raw.removeprefix(BOM)))


_decode_values = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_texts = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_feature = msgspec.json.Decoder(_Feature).decode


def _read_json(raw: bytes, name: str) -> Features:
    body = without_nan(raw.removeprefix(BOM).strip())
    if body.startswith(b"["):
        body = b'{"type":"FeatureCollection","features":' + body + b"}"
    try:
        kind = msgspec.json.decode(body, type=_Typed).type
    except (ValueError, RecursionError) as error:
        lines = [line.strip(b"\x1e\r ") for line in body.split(b"\n")]
        lines = [line for line in lines if line]
        if len(lines) < 2 or not all(one.startswith(b"{") for one in lines):
            given = f"cannot be read: {why(error, raw)}"
            raise refused(name, given, WHOLE.format("GeoJSON")) from error
        body = b'{"features":[' + b",".join(lines) + b"]}"  # a feature a line
        kind = "FeatureCollection"
    if kind == "Topology" or (kind is None and b'"rings"' in body):
        return _read_others_json(body, name, None if kind is None else WGS84)
    if kind == "Feature":
        body = b'{"features":[' + body + b"]}"
    elif isinstance(kind, str) and kind in KINDS:
        body = b'{"features":[{"geometry":' + body + b"}]}"
    elif kind != "FeatureCollection":
        given = "JSON without a type" if kind is None else f"JSON of type {kind!r}"
        raise refused(
            name,
            f"cannot be read: {why(given, raw)}",
            "GeoJSON or TopoJSON: name another file, or pass over this one with "
            "on_error='skip'",
        )
    found = features_of_json(body, name, of="GeoJSON file")
    with suppress(LookupError, TypeError):
        return replace(found, crs=found.head["crs"]["properties"]["name"])
    return found


class _Typed(msgspec.Struct):
    type: Any = None


def _read_others_json(raw: bytes, name: str, crs: str | None) -> Features:
    """TopoJSON, whose rings are joined from arcs, or Esri's: all layers, by GDAL."""
    with reading(name, GDAL_FILE, text=raw):
        str(raw, "utf-8")  # also what the decoder passes over
        # Each key once: of two types, GDAL might see another one than we did.
        alone = zipped({".json": msgspec.json.encode(decode_head(raw))})
        found = list(_read_gdal(alone, name).values())
    return Features(
        [row for one in found for row in one.rows],
        [shape for one in found for shape in one.shapes],
        crs or found[0].crs,
    )


def _told_as(kind: str, coordinates: object) -> bytes:
    return msgspec.json.encode({"type": kind, "coordinates": coordinates})


# Tables


def _read_gdal(raw: bytes, name: str) -> dict[str, Features]:
    """The layers with shapes of GeoPackage, FlatGeobuf and others, from memory."""
    import pyogrio  # noqa: PLC0415  (30 ms, seldom needed)

    found = {}
    with reading(name, GDAL_FILE), catch_warnings():
        simplefilter("ignore")  # of rings that do not close: they are closed later
        layers = pyogrio.list_layers(raw)
        for layer, kind in layers:
            if kind is None:
                continue
            # One layer may be called after a file that is there once alone.
            asked = str(layer) if len(layers) > 1 else None
            try:
                meta, _, wkb, columns = pyogrio.raw.read(
                    raw, layer=asked, datetime_as_string=True
                )
            except UnboundLocalError as error:  # pyogrio's own slip over such a file
                msg = "its coordinate system is no UTF-8 text"
                raise ValueError(msg) from error
            if wkb is None:
                raise _without_geometry(name)
            table = dict(zip(meta["fields"].tolist(), columns, strict=True))
            found[str(layer)] = Features(
                _rows(table, len(wkb)),
                _parsed(shapely.from_wkb, wkb),
                meta["crs"],
                areal=not re.search("Point|Line", str(kind)),
            )
    if not found:
        raise _without_geometry(name)
    return found


GDAL_FILE = (
    "a GeoPackage, FlatGeobuf, shapefile, TopoJSON or Esri's JSON, whole: download it "
    "again, or name one of its layers with layer="
)


def _read_parquet(raw: bytes, name: str) -> Features:
    from pyarrow import parquet  # noqa: PLC0415  (loads slowly, seldom needed)

    with reading(name, WHOLE.format("GeoParquet")):
        table = parquet.read_table(io.BytesIO(raw))
        told = (table.schema.metadata or {}).get(b"geo", b"{}")
        geo = msgspec.json.decode(told, type=dict[str, Any])
        column = str(geo.get("primary_column"))
        facts = geo.get("columns", {}).get(column)
        if facts is None or column not in table.column_names:
            raise _without_geometry(name)
        if str(facts.get("encoding")).upper() == "WKB":
            # One by one: geopandas would give up all of them for one that is none.
            shapes = _parsed(shapely.from_wkb, table[column].to_pylist())
        else:
            shapes = list(gpd.read_parquet(io.BytesIO(raw)).geometry)
        rows = table.drop([column]).to_pylist()
    return Features(rows, shapes, facts.get("crs", WGS84))


_WKT = re.compile(
    r"\s*(?:SRID=\d+;)?\s*(?:MULTI)?"
    r"(?:POLYGON|LINESTRING|POINT|GEOMETRYCOLLECTION|CURVEPOLYGON|SURFACE)",
    re.IGNORECASE,
)
_WKB = re.compile(
    r"(?:00[0-9a-f]{6}|01[0-9a-f]{2}0000[02]0)[0-9a-f]{16,}", re.IGNORECASE
)
"""In hexadecimal digits, as databases hand it out."""


def read_table(raw: bytes, names: Sequence[str] | None = None) -> pd.DataFrame:
    """
    Texts by column, whatever sign separates them; names for tables without a header.

    Raises
    ------
    ValueError
        If it is no table.
    """
    raw = re.sub(rb"\Asep=.\r?\n", b"", raw.removeprefix(BOM))  # a word to Excel
    head = raw.partition(b"\n")[0]
    options: dict[str, Any] = {}
    if names:  # a quotation mark stands for itself, as in GeoNames
        options = {"header": None, "names": names, "quoting": QUOTE_NONE}
    try:
        with catch_warnings():
            simplefilter("error", pd.errors.ParserWarning)  # of rows that are too long
            table: pd.DataFrame = pd.read_csv(
                io.BytesIO(raw),
                sep=max(",;\t", key=lambda sign: head.count(sign.encode())),
                **options,
                dtype=str,
                keep_default_na=False,
                index_col=False,
            )
    except pd.errors.ParserWarning as error:
        msg = "a row has more cells than the first one"
        raise ValueError(msg) from error
    except (OSError, pd.errors.ParserError) as error:
        raise ValueError(str(error)) from error
    return table


def _read_csv(raw: bytes, name: str) -> Features:
    with reading(name, WHOLE.format("CSV"), text=raw):
        table = read_table(raw)
    shown = [
        (column, read)
        for looks, read in ((_WKT, shapely.from_wkt), (_WKB, shapely.from_wkb))
        for column in table.columns
        if table[column].str.match(looks).any()
    ]
    if not shown:
        raise _without_geometry(name)
    column, read = shown[0]
    parts = table.pop(column).str.extract(r"(?s)^\s*(?:SRID=(\d+);)?\s*(.*?)\s*$")
    shapes = _parsed(read, [text or None for text in parts[1]])
    srids = set(parts[0].dropna().astype(int)) | {
        srid
        for one in shapes
        if isinstance(one, BaseGeometry) and (srid := shapely.get_srid(one))
    }
    if len(srids) > 1:
        given = f"SRIDs {', '.join(map(str, sorted(srids)))} in one column"
        raise refused(name, given, "one of them: write a file for each")
    return Features(
        _rows(dict(table.items()), len(table)),
        shapes,
        f"EPSG:{srids.pop()}" if srids else WGS84,
    )


def _rows(columns: Mapping[Any, Any], n_rows: int) -> list[dict[str, Any]]:
    lists = {str(name): list(np.asarray(told)) for name, told in columns.items()}
    return [{name: lists[name][row] for name in lists} for row in range(n_rows)]


def _parsed(read: Callable[..., Any], texts: Iterable[Any]) -> list[Shape]:
    """Shapes of WKB or WKT, rings closed as in every format; or why there is none."""
    kind, shapes = read.__name__[5:].upper(), list[Shape]()
    for text in texts:
        try:
            with np.errstate(invalid="ignore"):  # numpy warns of what is no number
                shape = read(text, on_invalid="fix")
        except (NotImplementedError, TypeError):  # of GEOS, for a curve
            shape = None
        broken = shape is None and text is not None
        shapes.append(f"{kind} that cannot be read" if broken else shape)
    return shapes


def _without_geometry(name: str) -> SnapshotError:
    expected = (
        "shapes: name another layer with layer=, or join the table to its shapes first"
    )
    return refused(name, "a table without geometry", expected)


# Archives


def unzip(
    raw: bytes, name: str, *, suffixes: tuple[str, ...], limit: int = -1
) -> dict[str, bytes]:
    """
    Members of a ZIP archive, by name; the first bytes of each, if there is a limit.

    Raises
    ------
    SnapshotError
        If it is broken, locked or a bomb.
    """
    with reading(name, INTACT), zipfile.ZipFile(io.BytesIO(raw)) as archive:
        wanted = [
            one
            for one in archive.infolist()
            if one.filename.lower().endswith(suffixes)
            and not one.filename.startswith("__MACOSX/")
        ]
        check_unpacked(sum(one.file_size for one in wanted), len(raw), name)
        return {one.filename: archive.open(one).read(limit) for one in wanted}


def _layers_of_zip(raw: bytes, name: str) -> dict[str, Features]:
    """KML, of which all files are one map; or shapefiles, each a layer."""
    files = unzip(raw, name, suffixes=(".kml", ".kmz", *SHAPEFILE))
    kml = {one: text for one, text in files.items() if one.lower().endswith(".kml")}
    for one in [one for one in files if one.lower().endswith(".kmz")]:
        inner = unzip(files.pop(one), f"{name}/{one}", suffixes=(".kml",))
        kml |= {f"{one}/{file}": text for file, text in inner.items()}
    if kml:
        return {"": _read_kml(kml, name)}
    found: dict[str, Features] = {}
    shapefiles: dict[str, dict[str, bytes]] = defaultdict(dict)
    for one, text in files.items():
        stem, _, suffix = one.rpartition(".")
        shapefiles[stem][f".{suffix.lower()}"] = text
    for stem, parts in shapefiles.items():
        missing = [suffix for suffix in SHAPEFILE[:3] if suffix not in parts]
        if missing:
            given = f"its parts {', '.join(missing)} are missing"
            expected = "them beside the others: unpack or download them together"
            raise refused(name, given, expected)
        if not all(parts[suffix].startswith(SHP) for suffix in SHAPEFILE[:2]):
            raise refused(name, "no shapefile", WHOLE.format("one"))
        (found[stem],) = _read_gdal(zipped(parts), name).values()
    if not found:
        given = "an archive without KML or a shapefile"
        expected = "one: unpack it, or save a spreadsheet as CSV with a column of WKT"
        raise refused(name, given, expected)
    return found


# KML


def _read_kml(files: Mapping[str, bytes], name: str) -> Features:
    """Placemarks of all files: ``folder``, ``folders``, ``name``, ``styleUrl`` ..."""
    rows: list[dict[str, Any]] = []
    shapes: list[Shape] = []
    links: list[str] = []
    for file in sorted(files):
        with reading(name, "KML, whole", text=files[file], of="KML file"):
            try:
                root: Element = fromstring(files[file], forbid_dtd=True)
            except DefusedXmlException as error:
                given = f"refers to entities or other files ({error})"
                expected = "KML without a DOCTYPE, which can make a reader open others"
                raise refused(name, given, expected) from error
        links += _texts(root, "NetworkLink//{*}href")
        waiting: list[tuple[tuple[str, ...], Element]] = [((), root)]
        while waiting:
            folders, element = waiting.pop()
            tag = str(element.tag).rpartition("}")[2]
            if tag == "Placemark":
                row: dict[str, Any] = {
                    column: told.strip()
                    for column in ("name", "styleUrl", "description")
                    if (told := element.findtext(f"{{*}}{column}")) is not None
                }
                for one in element.iterfind(".//{*}Data"):
                    row[one.get("name", "")] = (one.findtext("{*}value") or "").strip()
                for one in element.iterfind(".//{*}SimpleData"):
                    row[one.get("name", "")] = (one.text or "").strip()
                folder = folders[-1] if folders else ""
                rows.append(row | {"folders": folders, "folder": folder})
                shapes.append(_placemark(element))
            if tag == "Folder":
                folder = element.findtext("{*}name") or ""
                folders = (*folders, " ".join(folder.split()))
            if tag in ("kml", "Folder", "Document"):
                waiting += [(folders, one) for one in reversed(element)]
    inside = {part for file in files for part in file.split("/")}
    away = [one for one in links if one.rpartition("/")[2] not in inside]
    left_out = [f"a network link that is not followed: {one}" for one in away]
    if not rows:
        what = f"only a network link to {away[0]}" if away else "no placemark"
        expected = "KML with polygons: open it in Google Earth, and save what it shows"
        raise refused(name, f"holds {what}", expected)
    return Features(rows, shapes, left_out=left_out)


def _texts(within: Element, path: str) -> list[str]:
    """What stands in the elements at a path, in whatever namespace files spell it."""
    return [(one.text or "").strip() for one in within.iterfind(f".//{{*}}{path}")]


def _placemark(placemark: Element) -> Shape:
    """What it draws: its polygons, or where there is none its lines, or points."""

    def positions(within: Element, path: str = "coordinates") -> list[Ring]:
        """Longitude and latitude of each "lon,lat,alt lon,lat,alt ..."."""
        return [
            [
                [float(number) for number in triple.split(",")[:2]]
                for triple in text.split()
            ]
            for text in _texts(within, path)
        ]

    polygons = []
    try:
        for polygon in placemark.iterfind(".//{*}Polygon"):
            outer = positions(polygon, "outerBoundaryIs//{*}coordinates")
            if len(outer) != 1:
                return f"a polygon with {len(outer)} outer boundaries"
            inner = positions(polygon, "innerBoundaryIs//{*}coordinates")
            polygons.append(outer + inner)
        if polygons:
            # What is no number is written as null, and told at the gate.
            return _told_as("MultiPolygon", polygons)
        drawn_as = ("LineString", "LinearRing", "Track")
        if any(placemark.find(f".//{{*}}{kind}") is not None for kind in drawn_as):
            return _told_as("MultiLineString", positions(placemark))
        return _told_as("MultiPoint", list(chain(*positions(placemark))))
    except ValueError:
        return NO_NUMBERS


# Where they lie


def in_degrees(found: Features, name: str, *, crs: str | None = None) -> list[Shape]:
    """
    The shapes of a file in EPSG:4326.

    Raises
    ------
    SnapshotError
        If the file names no coordinate reference system, or one that is none.
    """
    crs = crs or found.crs
    if crs is None:
        expected = "one: tell it with crs='EPSG:4326', or whichever it is"
        raise refused(name, "names no coordinate reference system", expected)
    try:
        system = pyproj.CRS.from_user_input(crs)
        if system.equals(WGS84, ignore_axis_order=True):
            return found.shapes
        told = [drawn(shape) for shape in found.shapes]
        shapes = [one if isinstance(one, BaseGeometry) else None for one in told]
        moved = gpd.GeoSeries(shapes, crs=system).to_crs(WGS84)
    except (pyproj.exceptions.ProjError, TypeError, ValueError) as error:
        given = f"{crs!r} cannot be used as a coordinate reference system: {error}"
        expected = "one such as 'EPSG:32637': tell it with crs="
        raise refused(name, given, expected) from error
    pairs = zip(told, moved, strict=True)
    return [one if there is None else there for one, there in pairs]
