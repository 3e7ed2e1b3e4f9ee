"""
Inputs for every reader: what a case is, and hypothesis strategies that make them.

A case is a few files and the call that reads them; it goes into JSON and back, so that
whatever it finds can be kept and run again.
"""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import re
import tarfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from hypothesis import strategies as st
from shapely.geometry import mapping

NOON = 1_740_830_400
"""2025-03-01T12:00Z. [unix seconds]"""
HOME = (35.2, 51.2)
"""South-western corner of the cells that sound features are drawn on: Kursk Oblast."""


@dataclass(frozen=True)
class Case:
    """
    Files, and the call that reads them.

    ``sound`` lists west, south, east, north of polygons that no reader may lose, where
    the case promises some: the features are well formed, whatever stands beside them.
    """

    call: str
    files: Mapping[str, bytes]
    options: Mapping[str, Any] = field(default_factory=dict)
    sound: Sequence[Sequence[float]] = ()

    def to_json(self) -> str:
        packed = {
            name: base64.b64encode(raw).decode() for name, raw in self.files.items()
        }
        whole = {
            "call": self.call,
            "files": packed,
            "options": dict(self.options),
            "sound": [list(one) for one in self.sound],
        }
        return json.dumps(whole, ensure_ascii=True, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Case:
        told = json.loads(text)
        told["files"] = {
            name: base64.b64decode(raw) for name, raw in told["files"].items()
        }
        return cls(**told)

    @property
    def size(self) -> int:
        return sum(map(len, self.files.values()))


# --- values that parsers take on trust

ODD_NUMBERS = [
    0, -1, 1, 181, -91, 1e308, -1e308, 1e-320, 10**25, 2**53 + 1, 2**31, 2**63,
    float("nan"), float("inf"), -float("inf"), 0.1 + 0.2,
]  # fmt: skip
ODD_TEXTS = [
    "", " ", "null", "NaN", "\x00", "\x1b[31m", "\u202e", "\ud800", "é", "́",
    "</script>", "{{7*7}}", "=1+1", "a\nb", "9" * 400, "../../etc/passwd", "Infinity",
    "2025-02-30", "0001-01-01", "9999-12-31", "1e5", "２０２５", "#01579b", "POLYGON",
    "/vsicurl/http://127.0.0.1:9/x", "file:///etc/passwd",
]  # fmt: skip


def odd() -> st.SearchStrategy[Any]:
    """What JSON can hold where something else is expected."""
    leaf = st.one_of(
        st.none(),
        st.booleans(),
        st.sampled_from(ODD_NUMBERS),
        st.sampled_from(ODD_TEXTS),
        st.floats(),
        st.integers(),
        st.text(max_size=8),
    )
    nested = st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from(["type", "coordinates", "geometries", "", "id"]),
                inner,
                max_size=3,
            ),
        ),
        max_leaves=4,
    )
    return st.one_of(leaf, nested, st.just([]), st.just({}), st.sampled_from(DEEP))


DEEP = ["@deep 20@", "@deep 200@", "@deep 5000@"]
"""`as_text` writes so many brackets for it, which `json` would not."""


# --- geometries

LON, LAT = HOME


def cell(n: int) -> dict[str, Any]:
    """The n-th sound polygon: a square that touches no other."""
    x, y = LON + 0.03 * (n % 8), LAT + 0.03 * (n // 8)
    return dict(mapping(shapely.box(x, y, x + 0.01 + 0.001 * (n % 7), y + 0.01)))


def bounds(geometry: Mapping[str, Any]) -> list[float]:
    lon, lat = zip(*geometry["coordinates"][0], strict=True)
    return [min(lon), min(lat), max(lon), max(lat)]


@st.composite
def rings(draw: st.DrawFn) -> Any:
    """Rings as they should not be, and some as they should."""
    x, y = LON + draw(st.floats(0, 0.3)), LAT + draw(st.floats(0, 0.3))
    size = draw(st.sampled_from([0.01, 0.05, 1e-9, 1e-13, 5.0, 0.0]))
    ring: list[Any] = [
        [x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y],
    ]  # fmt: skip
    match draw(st.integers(0, 19)):
        case 0:
            return draw(odd())
        case 1:
            return []
        case 2:
            return ring[: draw(st.integers(1, 4))]
        case 3:
            ring[draw(st.integers(0, 4))] = draw(odd())
        case 4:
            ring[draw(st.integers(0, 4))][draw(st.integers(0, 1))] = draw(odd())
        case 5:  # a bow tie
            ring[1], ring[2] = ring[2], ring[1]
        case 6:
            ring = [ring[0]] * draw(st.integers(1, 6))
        case 7:  # a spike out and back
            ring.insert(2, [x + 3 * size, y])
        case 8:
            ring = [
                [*point, draw(st.sampled_from([0, None, "1", 1e400]))] for point in ring
            ]
        case 9:
            ring = [list(reversed(point)) for point in ring]
        case 10:
            ring = [[lon + 360, lat] for lon, lat in ring]
        case 11:
            ring = [[lon * 1e5, lat * 1e5] for lon, lat in ring]
        case 12:
            ring = ring[:-1] + [[x + size / 2, y + size / 2]] * 3 + [ring[-1]]
        case 13:
            ring = ring * draw(st.integers(2, 4))
        case 14:  # across 180 degrees
            ring = [
                [179.9, y],
                [-179.9, y],
                [-179.9, y + 0.1],
                [179.9, y + 0.1],
                [179.9, y],
            ]
        case 15:
            ring = [[*point, 1.0, 2.0] for point in ring]
        case 16:
            ring = draw(
                st.lists(
                    st.tuples(st.floats(35, 36), st.floats(51, 52)).map(list),
                    min_size=3,
                    max_size=9,
                )
            )
            ring.append(ring[0])
        case 17:
            ring[4] = [x + size * 1e-9, y]
    return ring


@st.composite
def geometries(draw: st.DrawFn, depth: int = 2) -> Any:
    """Geometries of every type, whole and broken."""
    kind = draw(st.integers(0, 12))
    holes: st.SearchStrategy[Any] = st.lists(
        st.one_of(rings(), st.just([])), max_size=2
    )
    if kind <= 4:
        return {"type": "Polygon", "coordinates": [draw(rings()), *draw(holes)]}
    if kind == 5:
        coordinates = draw(st.lists(st.lists(rings(), max_size=2), max_size=3))
        return {"type": "MultiPolygon", "coordinates": coordinates}
    if kind == 6 and depth:
        inner = draw(st.lists(geometries(depth=depth - 1), max_size=3))
        return {"type": "GeometryCollection", "geometries": inner}
    if kind == 7:
        return {
            "type": "Point",
            "coordinates": draw(st.one_of(odd(), st.just([LON, LAT]))),
        }
    if kind == 8:
        return {"type": "LineString", "coordinates": draw(rings())}
    if kind == 9:
        return {"type": "Polygon", "coordinates": draw(odd())}
    if kind == 10:
        return {
            "type": draw(st.sampled_from(ODD_TEXTS)),
            "coordinates": [draw(rings())],
        }
    if kind == 11:
        return {"type": "Polygon"}
    return draw(odd())


# --- documents, and what happens to them


def edited(document: Any, draw: st.DrawFn, *, most: int = 2) -> Any:
    """The document with a few of its nodes replaced, dropped or doubled."""
    whole: Any = {"": json.loads(json.dumps(document))}
    for _ in range(draw(st.integers(0, most))):
        holder: Any = whole
        key: Any = ""
        for _ in range(draw(st.integers(0, 7))):
            inside = holder[key]
            if isinstance(inside, dict) and inside:
                holder, key = inside, draw(st.sampled_from(sorted(inside)))
            elif isinstance(inside, list) and inside:
                holder, key = inside, draw(st.integers(0, min(len(inside), 9) - 1))
            else:
                break
        match draw(st.integers(0, 4)):
            case 0 if key != "":
                del holder[key]
                continue
            case 1 if isinstance(holder, list):
                holder.append(holder[key])
            case 2 if isinstance(holder, dict):
                holder[draw(st.sampled_from(ODD_TEXTS))] = holder[key]
            case _:
                holder[key] = draw(odd())
        if "" not in whole:
            whole[""] = None
    return whole[""]


def as_text(document: Any, draw: st.DrawFn) -> bytes:
    """JSON text: as DeepState writes it, with spaces, escaped, in other encodings."""
    separators = draw(st.sampled_from([(",", ":"), (",", ":"), (", ", ": ")]))
    indent = draw(st.sampled_from([None, None, None, 1]))
    text = json.dumps(
        document,
        ensure_ascii=draw(st.booleans()),
        separators=separators,
        indent=indent,
    )
    text = re.sub(
        '"@deep (\\d+)@"', lambda m: "[" * int(m[1]) + "1" + "]" * int(m[1]), text
    )
    encoding = draw(
        st.sampled_from(["utf-8"] * 12 + ["utf-8-sig", "utf-16", "latin-1", "cp1251"])
    )
    return text.encode(encoding, "surrogatepass" if "utf" in encoding else "replace")


@st.composite
def damaged(draw: st.DrawFn, raw: bytes) -> bytes:
    """Bytes cut, flipped, doubled, put in or taken out; sometimes left as they are."""
    for _ in range(draw(st.integers(0, 3))):
        if not raw:
            break
        at = draw(st.integers(0, len(raw) - 1))
        length = draw(st.sampled_from([1, 1, 2, 8, 64, 1000]))
        match draw(st.integers(0, 6)):
            case 0:
                raw = raw[:at]
            case 1:
                raw = (
                    raw[:at]
                    + bytes([raw[at] ^ (1 << draw(st.integers(0, 7)))])
                    + raw[at + 1 :]
                )
            case 2:
                raw = raw[:at] + draw(st.binary(min_size=1, max_size=8)) + raw[at:]
            case 3:
                raw = raw[:at] + raw[at + length :]
            case 4:
                raw = raw[: at + length] + raw[at:]
            case 5:
                other = draw(st.integers(0, len(raw) - 1))
                raw = raw[:at] + raw[other : other + length] + raw[at + length :]
            case 6:
                put = draw(st.sampled_from(TOKENS))
                raw = raw[:at] + put + raw[at + draw(st.sampled_from([0, len(put)])) :]
    return raw


TOKENS = [
    b'{"type":"Feature",', b"]}", b"[[[", b"]]]", b"[]", b"null", b'"', b"\\", b"NaN", b"\x00",
    b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"1e999", b"-", b",", b"}", b",,", b"<!DOCTYPE x>", b"&#0;",
    b"PK\x03\x04", b"\r", b"\n", b"\xef\xbb\xbf", b"<a>" * 500, b"\xff" * 8, b"\x7f\xff\xff\xff",
]  # fmt: skip


SQUEEZERS: dict[str, Callable[[bytes], bytes]] = {
    "tar": bytes,
    "tar.gz": gzip.compress,
    "tar.xz": lzma.compress,
    "tar.bz2": bz2.compress,
}


@st.composite
def packed(draw: st.DrawFn, files: dict[str, bytes]) -> dict[str, bytes]:
    """The files as they are, or in an archive of some kind, whole or damaged."""
    match draw(st.integers(0, 11)):
        case 0:
            return {f"{name}.gz": gzip.compress(raw) for name, raw in files.items()}
        case 1:
            return {"maps.zip": draw(damaged(zipped(files)))}
        case 2:
            mode = draw(st.sampled_from(sorted(SQUEEZERS)))
            squeeze = SQUEEZERS[mode]
            return {f"maps.{mode}": draw(damaged(squeeze(tarred(files, draw))))}
        case 3:
            return {f"a/b/{name}": raw for name, raw in files.items()}
    return files


def zipped(files: Mapping[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
    return held.getvalue()


def tarred(files: Mapping[str, bytes], draw: st.DrawFn) -> bytes:
    """A tar with, now and then, a member that is no file."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for name, raw in files.items():
            member = tarfile.TarInfo(draw(st.sampled_from([name, name, f"../{name}"])))
            member.size = len(raw)
            member.mtime = NOON
            archive.addfile(member, io.BytesIO(raw))
        for _ in range(draw(st.sampled_from([0, 0, 0, 1]))):
            odd_one = tarfile.TarInfo(f"{NOON + 99}.geojson")
            odd_one.type = draw(
                st.sampled_from(
                    [
                        tarfile.SYMTYPE,
                        tarfile.LNKTYPE,
                        tarfile.CHRTYPE,
                        tarfile.FIFOTYPE,
                        b"Z",
                    ]
                )
            )
            odd_one.linkname = draw(st.sampled_from([*files, "/etc/passwd", "gone"]))
            archive.addfile(odd_one)
    return held.getvalue()


# --- DeepState

FILLS = [
    "#01579b",
    "#bdbdbd",
    "#bcaaa4",
    "#a52714",
    "#0f9d58",
    "#ff5252",
    "#ce93d8",
    None,
]
NAMES = [
    "Звільнено /// Liberated /// geoJSON.status.dismissed",
    "Tetkino",
    "",
    'a\\b"c',
]


def properties(draw: st.DrawFn) -> dict[str, Any]:
    fill = draw(st.sampled_from(FILLS))
    return {
        "name": draw(st.sampled_from(NAMES)),
        "styleUrl": f"#poly-{(fill or '#01579b')[1:].upper()}-1200-77-nodesc",
        "fill": fill,
        "fill-opacity": 0.3019607843137255,
        "description": draw(st.sampled_from(["", "é", '{"type":"Feature",'])),
    }


@st.composite
def features(
    draw: st.DrawFn, tell: Callable[[st.DrawFn], Any]
) -> tuple[list[Any], list[Any]]:
    """Features of which some are sound and some are not; bounds of the sound ones."""
    found, sound = [], []
    for n in range(draw(st.integers(0, 5))):
        whole = draw(st.integers(0, 2)) > 0
        geometry = cell(n) if whole else draw(geometries())
        one: Any = {"type": "Feature", "geometry": geometry, "properties": tell(draw)}
        if whole:
            sound.append(bounds(geometry))
        elif draw(st.integers(0, 3)) == 0:
            one = edited(one, draw)
        found.append(one)
    return found, sound


def collection(found: list[Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": found}


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


@st.composite
def deepstate(draw: st.DrawFn) -> Case:
    files, sound = {}, []
    n_maps = draw(st.sampled_from([1, 1, 1, 2, 3]))
    for n in range(n_maps):
        found, whole = draw(features(properties))
        document: Any = collection(found)
        if draw(st.integers(0, 4)) == 0:
            document = {"id": NOON + n, "datetime": "2025-03-01", "map": document}
        if draw(st.integers(0, 4)) == 0:
            document, whole = edited(document, draw), []
        raw = as_text(document, draw)
        if draw(st.integers(0, 2)) == 0:
            raw, whole = draw(damaged(raw)), []
        if not _is_utf8(raw):
            whole = []
        stem = draw(
            st.sampled_from([str(NOON + 86_400 * n)] * 9 + ["9999999999", "map"])
        )
        files[f"{stem}.geojson"] = raw
        sound += whole if n == n_maps - 1 else []
    if len(files) < n_maps:
        sound = []
    held = draw(packed(files))
    options = {} if draw(st.booleans()) else {"source": "deepstate"}
    return Case("history", held, options, sound if held is files else ())


# --- other sources in GeoJSON


def _isw(draw: st.DrawFn) -> Any:
    titles = ["Assessed Russian Control", "Ukrainian Advances in Russia",
              "VIEW_RussiaCoTinUkraine_V3", "Reported Ukrainian Partisan Warfare", "?"]  # fmt: skip
    days: list[Any] = [
        "2025-03-01",
        1740787200000,
        "20250301",
        None,
        *ODD_TEXTS,
        *ODD_NUMBERS,
    ]
    key = draw(st.sampled_from(["layer", "layer_type", "title"]))
    return {
        key: draw(st.sampled_from(titles)),
        "date": draw(st.sampled_from([days[0]] * 200 + days)),
        "OBJECTID": draw(st.sampled_from([1, 2, 3])),
    }


def _nzz(draw: st.DrawFn) -> Any:
    return {
        "type": draw(st.sampled_from(["nochange", "gains", "losses", "?"])),
        "date": draw(st.sampled_from(["2025-03-01"] * 150 + ODD_TEXTS)),
        "_dateto": "2025-03-01",
    }


def _cyterat(draw: st.DrawFn) -> Any:
    return {
        "date": draw(
            st.sampled_from(["2025-03-01", "2025-03-02", None, *ODD_TEXTS[:4]])
        )
    }


def _plain(draw: st.DrawFn) -> Any:
    days: list[Any] = [
        "2025-03-01",
        "2025-03-02T10:00:00Z",
        None,
        *ODD_TEXTS,
        *ODD_NUMBERS,
    ]
    return {
        "side": draw(st.sampled_from(["north", "south", "", 1, 2.0, None])),
        "day": draw(st.sampled_from(["2025-03-01"] * 200 + days)),
    }


MAPPING = {"status_column": "side", "statuses": {"north": "occupied", "*": "contested"}}


@st.composite
def geojson(draw: st.DrawFn) -> Case:
    """ISW, NZZ, the cyterat mirror, and any polygons."""
    kind = draw(st.sampled_from(["isw", "nzz", "cyterat", "plain"]))
    tell = {"isw": _isw, "nzz": _nzz, "cyterat": _cyterat, "plain": _plain}[kind]
    document: Any = collection(draw(features(tell))[0])
    if kind == "isw" and draw(st.integers(0, 3)) == 0:
        document["exceededTransferLimit"] = draw(st.booleans())
    if kind == "nzz":
        document = {"value": document}
    if kind == "plain" and draw(st.integers(0, 3)) == 0:
        document["crs"] = {
            "type": "name",
            "properties": {
                "name": draw(
                    st.sampled_from(["EPSG:3857", "EPSG:4326"] * 9 + ODD_TEXTS)
                )
            },
        }
    if draw(st.integers(0, 4)) == 0:
        document = edited(document, draw)
    raw = as_text(document, draw)
    if draw(st.integers(0, 4)) == 0:
        raw = draw(damaged(raw))
    stem = {
        "isw": "20250301-assessed-russian-control",
        "nzz": "2025-03-01",
        "cyterat": "deepstatemap_data_20250301",
        "plain": "front-2025-03-01",
    }[kind]
    files = draw(packed({f"{stem}.geojson": raw}))
    if kind != "plain":
        given = draw(st.sampled_from([{}, {"source": kind}]))
        return Case("history", files, given)
    dated = draw(
        st.sampled_from([{}, {"date_column": "day"}] * 5 + [{"date_column": "gone"}])
    )
    return Case("plain", files, {**MAPPING, **dated})


# --- KML


@st.composite
def kml(draw: st.DrawFn) -> Case:
    """Placemarks of strings, so that what is no XML can stand in them too."""
    bits = []
    for n in range(draw(st.integers(0, 4))):
        shell = _kml_ring(cell(n)["coordinates"][0], draw)
        holes = "".join(
            f"<innerBoundaryIs><LinearRing><coordinates>{draw(KML_TEXT)}</coordinates>"
            "</LinearRing></innerBoundaryIs>"
            for _ in range(draw(st.sampled_from([0, 0, 1])))
        )
        polygon = (
            "<Polygon><outerBoundaryIs><LinearRing><coordinates>"
            f"{shell}</coordinates></LinearRing></outerBoundaryIs>{holes}</Polygon>"
        )
        shape = draw(
            st.sampled_from(
                [polygon] * 6
                + [f"<MultiGeometry>{polygon}{polygon}</MultiGeometry>", "<Polygon/>",
                   "<Point><coordinates>35,51</coordinates></Point>",
                   "<Polygon><outerBoundaryIs/></Polygon>",
                   "<LineString><coordinates>35,51 36,52</coordinates></LineString>"]
            )
        )  # fmt: skip
        name = draw(st.sampled_from(["Sudzha", "", "&lt;b&gt;", "<![CDATA[x]]>"]))
        bits.append(f"<Placemark><name>{name}</name>{shape}</Placemark>")
    folder = draw(st.sampled_from(["Ukrainian-held", "Russian-held", "Frontline", ""]))
    inside = f"<Folder><name>{folder}</name>{''.join(bits)}</Folder>"
    inside = draw(
        st.sampled_from(
            [inside] * 6
            + ["<NetworkLink><Link><href>http://127.0.0.1:9/</href></Link></NetworkLink>",
               "<Folder>" * 4000, ""]
        )
    )  # fmt: skip
    head = draw(
        st.sampled_from(
            ['<?xml version="1.0" encoding="UTF-8"?>'] * 6
            + ['<?xml version="1.0" encoding="x-none"?>', '<!DOCTYPE a [<!ENTITY b "c">]>',
               '<?xml version="1.0" encoding="utf-16"?>', ""]
        )
    )  # fmt: skip
    root = draw(
        st.sampled_from(
            [
                '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{}</Document></kml>'
            ]
            * 6
            + ["<kml>{}</kml>", "<Folder>{}</Folder>", "<html>{}</html>", "<kml/>"]
        )
    )
    raw = (head + root.replace("{}", inside)).encode()
    if draw(st.integers(0, 2)) == 0:
        raw = draw(damaged(raw))
    stem = draw(
        st.sampled_from(["250301_1200"] * 4 + ["2025-03-01", "999999_9999", "map"])
    )
    if draw(st.integers(0, 3)):
        return Case("history", draw(packed({f"{stem}.kml": raw})), {"source": "kml"})
    members = {
        draw(st.sampled_from(["doc.kml", "../doc.kml", "a/b.KML", "x.txt"])): raw
    }
    if draw(st.integers(0, 3)) == 0:
        members["other.kml"] = raw
    kmz = zipped(members)
    if draw(st.booleans()):
        kmz = draw(damaged(kmz))
    return Case(
        "history", {f"{stem}.kmz": kmz}, draw(st.sampled_from([{}, {"source": "kml"}]))
    )


KML_TEXT = st.sampled_from(
    ["", " ", "35.2,51.2", "35.2,51.2 35.21,51.2 35.2,51.2", "a,b", "nan,nan " * 4,
     "1e999,51 " * 4, "35,51,0 36,51,0 36,52,0 35,51,0", "35.2, 51.2", "35 51 36 51 36 52 35 51"]
)  # fmt: skip


def _kml_ring(ring: Sequence[Sequence[float]], draw: st.DrawFn) -> str:
    if draw(st.integers(0, 4)) == 0:
        return draw(KML_TEXT)
    return " ".join(f"{lon},{lat},0" for lon, lat in ring)


# --- formats that GDAL and Arrow read


@cache
def binaries() -> dict[str, dict[str, bytes]]:
    """Sound files of each format, made once."""
    table = gpd.GeoDataFrame(
        {"side": ["north", "south", "north"], "day": ["2025-03-01"] * 3},
        geometry=[shapely.from_geojson(json.dumps(cell(n))) for n in range(3)],
        crs="EPSG:4326",
    )
    from tempfile import TemporaryDirectory  # noqa: PLC0415

    found: dict[str, dict[str, bytes]] = {}
    with TemporaryDirectory() as folder:
        for suffix in ("fgb", "gpkg", "shp"):
            table.to_file(Path(folder) / f"front-2025-03-01.{suffix}")
        table.to_parquet(Path(folder) / "front-2025-03-01.parquet")
        for suffix in ("fgb", "gpkg", "parquet"):
            name = f"front-2025-03-01.{suffix}"
            found[suffix] = {name: (Path(folder) / name).read_bytes()}
        found["shp"] = {
            path.name: path.read_bytes()
            for path in sorted(Path(folder).iterdir())
            if path.suffix in (".shp", ".shx", ".dbf", ".prj", ".cpg")
        }
    return found


VRT = b"""<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>%s</SrcDataSource>
<SrcLayer>x</SrcLayer></OGRVRTLayer></OGRVRTDataSource>"""


@st.composite
def binary(draw: st.DrawFn) -> Case:
    """FlatGeobuf, GeoPackage, GeoParquet and Shapefile with their bytes changed."""
    kind = draw(st.sampled_from(["fgb", "gpkg", "parquet", "shp", "vrt"]))
    if kind == "vrt":
        target = draw(
            st.sampled_from([b"/etc/passwd", b"/vsicurl/http://127.0.0.1:9/x"])
        )
        suffix = draw(st.sampled_from(["geojson", "gpkg", "fgb", "json", "shp"]))
        return Case("plain", {f"front-2025-03-01.{suffix}": VRT % target}, MAPPING)
    files = dict(binaries()[kind])
    for name in sorted(files):
        if draw(st.integers(0, len(files) - 1)) == 0:
            files[name] = draw(damaged(files[name]))
    if kind == "shp" and draw(st.integers(0, 5)) == 0:
        del files[draw(st.sampled_from(sorted(files)))]
    dated = draw(st.sampled_from([{}, {"date_column": "day"}]))
    return Case(
        "plain", draw(packed(files)) if files else {"x": b""}, {**MAPPING, **dated}
    )


# --- VIINA


@st.composite
def viina(draw: st.DrawFn) -> Case:
    cells = collection(
        [
            {
                "type": "Feature",
                "geometry": cell(n) if draw(st.integers(0, 3)) else draw(geometries()),
                "properties": {
                    "geonameid": draw(
                        st.sampled_from([n] * 60 + [f"{n}.0", *ODD_TEXTS, *ODD_NUMBERS])
                    ),
                    "name": f"place {n}",
                    "ADM1_NAME": "x",
                },
            }
            for n in range(draw(st.integers(0, 3)))
        ]
    )
    day = st.sampled_from(
        [20250301, 20250302] * 40 + [*ODD_TEXTS[:12], 0, -5, 99999999, ""]
    )
    word = st.sampled_from(["RU", "UA", "CONTESTED", "", "?", "=1+1"])
    rows = ["geonameid,date,status,status_wiki"] + [
        f"{draw(st.sampled_from([0, 1, 2] * 12 + ['', 'x', 1e30]))},{draw(day)},{draw(word)},RU"
        for _ in range(draw(st.integers(0, 6)))
    ]
    table = "\n".join(rows).encode(errors="replace")
    text = as_text(edited(cells, draw) if draw(st.integers(0, 4)) == 0 else cells, draw)
    if draw(st.integers(0, 2)) == 0:
        table = draw(damaged(table))
    if draw(st.integers(0, 5)) == 0:
        text = draw(damaged(text))
    name = "control_latest_2025"
    files = {f"{name}.csv": table, "gn_UA_tess.geojson": text}
    if draw(st.integers(0, 2)) == 0:
        raw = zipped({f"{name}.csv": table})
        raw = draw(damaged(raw)) if draw(st.booleans()) else raw
        files = {f"{name}.zip": raw, "gn_UA_tess.geojson": text}
    return Case("history", files, draw(st.sampled_from([{}, {"source": "viina"}])))


# --- TOML: sources, claims, theatres


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value.encode("utf-8", "replace").decode())
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        pairs = (
            f"{json.dumps(k.encode('utf-8', 'replace').decode())} = {_toml(v)}"
            for k, v in value.items()
        )
        return f"{{{', '.join(pairs)}}}"
    return '""'


def write_toml(
    told: Mapping[str, Any], draw: st.DrawFn, *, dates: bool = False
) -> bytes:
    """Keys with values of every kind; dates bare where TOML has dates."""
    lines = []
    for key, value in told.items():
        if draw(st.integers(0, 19)) == 0:
            value = draw(odd())  # noqa: PLW2901
        if draw(st.integers(0, 29)) == 0:
            continue
        bare = dates and isinstance(value, str) and value[:3] in ("202", "000", "999")
        lines.append(f"{key} = {value if bare else _toml(value)}")
    return "\n".join(lines).encode("utf-8", "replace")


@st.composite
def toml_source(draw: st.DrawFn) -> Case:
    told = {
        "source": "drawn",
        "status_column": "side",
        "date_column": draw(st.sampled_from(["day"] * 5 + ["side", "gone"])),
        "date_pattern": draw(
            st.sampled_from(["front-%Y-%m-%d", "%d%m%y", "%", "%Q", ""])
        ),
        "tz": draw(
            st.sampled_from(["Europe/Kyiv"] * 5 + ["UTC", "../etc", "Mars", ""])
        ),
        "layer": draw(st.sampled_from(["x", "front-2025-03-01", "shape"])),
        "crs": draw(
            st.sampled_from(["EPSG:4326"] * 5 + ["EPSG:3857", "EPSG:999999", "x"])
        ),
        "licence": "ours",
        "attribution": draw(st.sampled_from(ODD_TEXTS)),
        "statuses": {
            "north": "occupied",
            "*": draw(st.sampled_from(["none", "unknown"] * 4 + ["?", ""])),
        },
    }
    needed = ("statuses", "status_column")
    kept = {
        k: v for k, v in told.items() if k in needed or draw(st.integers(0, 3)) == 0
    }
    raw = write_toml(kept, draw)
    if draw(st.integers(0, 5)) == 0:
        raw = draw(damaged(raw))
    found, _ = draw(features(_plain))
    files = {
        "war.toml": raw,
        "maps/front-2025-03-01.geojson": as_text(collection(found), draw),
    }
    return Case("toml", files)


@st.composite
def theatre_file(draw: st.DrawFn) -> Case:
    """A theatre as TOML, beside a region and a border, whole and broken."""
    line = {"type": "LineString", "coordinates": [[35.2, 51.1], [35.2, 51.4]]}
    shapes = {
        "region.geojson": dict(mapping(shapely.box(35, 51, 36, 52))),
        "border.geojson": line,
    }
    files = {}
    for name, shape in shapes.items():
        found = shape if draw(st.integers(0, 5)) else draw(geometries())
        one = {"type": "Feature", "geometry": found, "properties": {}}
        files[name] = as_text(
            edited(collection([one]), draw, most=found != shape), draw
        )
    known = ["occupied", "held_in_russia", "contested", "unknown"]
    statuses = st.lists(st.sampled_from([*known * 30, *ODD_TEXTS]), max_size=3)
    base = ["ukraine", "kursk", "Kharkiv Oblast"] * 9 + [*ODD_TEXTS, "theatre.toml"]
    told = {
        "name": draw(st.sampled_from(["als"] * 30 + ODD_TEXTS)),
        "region": draw(st.sampled_from(["region.geojson"] * 90 + [*ODD_TEXTS, "."])),
        "border": draw(st.sampled_from(["border.geojson"] * 90 + ODD_TEXTS)),
        "base": draw(st.sampled_from(base)),
        "contested": draw(statuses),
        "since_2014": draw(st.integers(0, 5)) == 0,
        "tz": draw(st.sampled_from(["Europe/Copenhagen"] * 50 + ODD_TEXTS)),
        "official_area_km2": draw(st.sampled_from([100.0] * 20 + ODD_NUMBERS)),
        "attribution": draw(st.sampled_from(ODD_TEXTS)),
        "words": {
            draw(st.sampled_from(["holder", "owner", "held", "region", "note"])): draw(
                st.sampled_from(ODD_TEXTS)
            ),
            "statuses": {draw(st.sampled_from([*known, "x"])): "ours"},
        },
    }
    kept = {key: one for key, one in told.items() if draw(st.integers(0, 2)) == 0}
    if draw(st.integers(0, 9)):
        kept["held"] = ["occupied", *draw(statuses)][: draw(st.integers(1, 3))]
    plain = "\n".join(f"{key} = {_toml(one)}" for key, one in kept.items())
    raw = plain.encode() if draw(st.booleans()) else write_toml(kept, draw)
    raw = draw(damaged(raw)) if draw(st.integers(0, 7)) == 0 else raw
    return Case("theatre", {"theatre.toml": raw, **files})


@st.composite
def claim_file(draw: st.DrawFn) -> Case:
    """Claims: those that come with the package, with their text changed."""
    raw = draw(st.sampled_from(_claims()))
    lines = raw.decode().splitlines()
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        key, sign, _ = lines[at].partition("=")
        match draw(st.integers(0, 4)):
            case 0:
                del lines[at]
            case 1:
                lines.insert(draw(st.integers(0, len(lines))), lines[at])
            case _ if sign:
                lines[at] = f"{key}= {_toml(draw(odd()))}"
        if not lines:
            break
    raw = "\n".join(lines).encode("utf-8", "replace")
    if draw(st.integers(0, 2)) == 0:
        raw = draw(damaged(raw))
    return Case("claims", {"claim.toml": raw})


@cache
def _claims() -> list[bytes]:
    import kursk_geo  # noqa: PLC0415

    folder = Path(str(kursk_geo.__file__)).parent / "data" / "claims"
    return [path.read_bytes() for path in sorted(folder.glob("*.toml"))]


# --- regions, borders, places


@st.composite
def reference(draw: st.DrawFn) -> Case:
    call = draw(st.sampled_from(["region", "border"]))
    kinds = [
        "fgb",
        "gpkg",
        "parquet",
        "shp",
        "vrt",
        "geojson",
        "geojson",
        "geojson",
        "kml",
    ]
    kind = draw(st.sampled_from(kinds))
    if kind == "geojson":
        found = draw(st.lists(geometries(), max_size=3))
        if call == "border":
            line = {"type": "LineString", "coordinates": draw(rings())}
            found = draw(st.sampled_from([[line], found, [line, line]]))
        document: Any = collection(
            [{"type": "Feature", "geometry": one, "properties": {}} for one in found]
        )
        raw = as_text(edited(document, draw, most=1), draw)
        raw = draw(damaged(raw)) if draw(st.integers(0, 3)) == 0 else raw
        return Case(call, {"shape.geojson": raw})
    if kind == "vrt":
        suffix = draw(st.sampled_from(["geojson", "gpkg", "fgb", "xml", "vrt"]))
        return Case(call, {f"shape.{suffix}": VRT % b"/etc/passwd"})
    if kind == "kml":
        return Case(
            call,
            {"shape.kml": draw(st.one_of(st.binary(max_size=40), st.just(b"<kml/>")))},
        )
    files = dict(binaries()[kind])
    name = next(one for one in files if one.endswith(kind))
    files[name] = draw(damaged(files[name]))
    renamed = {f"shape{Path(one).suffix}": raw for one, raw in files.items()}
    return Case(call, renamed)


@st.composite
def places(draw: st.DrawFn) -> Case:
    head = draw(
        st.sampled_from(
            ["name,lon,lat", "name;lat;lon;id", "title\tx\ty", "lon,lat", ""]
        )
    )
    comma = max(",;\t", key=head.count)
    value = st.sampled_from(
        ["Sudzha", "35.27", "51.19", "", "x", "1e999", "nan", "NA", '"', "=1+1", "a,b"]
    )
    rows = [
        comma.join(draw(st.lists(value, min_size=1, max_size=6)))
        for _ in range(draw(st.sampled_from([0, 0, 0, 1, 3])))
    ]
    good = comma.join(["Guyevo", "35.1", "51.2"])
    raw = "\n".join([head, good, *rows]).encode()
    if draw(st.integers(0, 3)) == 0:
        raw = draw(damaged(raw))
    kind = draw(
        st.sampled_from(["csv", "csv", "csv", "tsv", "txt", "zip", "geojson", "gpkg"])
    )
    if kind == "zip":
        raw = draw(damaged(zipped({"places.csv": raw})))
    elif kind == "geojson":
        raw = draw(damaged(as_text(collection(draw(features(_plain))[0]), draw)))
    elif kind == "gpkg":
        raw = draw(damaged(binaries()["gpkg"]["front-2025-03-01.gpkg"]))
    return Case("places", {f"places.{kind}": raw})


# --- stores


@cache
def store_files() -> dict[str, bytes]:
    """A sound store, made once."""
    from tempfile import TemporaryDirectory  # noqa: PLC0415

    import kursk_geo as kg  # noqa: PLC0415

    with TemporaryDirectory() as folder:
        for n in range(3):
            found = [
                {
                    "type": "Feature",
                    "geometry": cell(i + n),
                    "properties": {"fill": "#01579b", "name": "x"},
                }
                for i in range(4)
            ]
            path = Path(folder) / "maps" / f"{NOON + 86_400 * n}.geojson"
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(collection(found), separators=(",", ":")))
        store = kg.write_store(
            kg.read_history(Path(folder) / "maps"), Path(folder) / "s.parquet"
        )
        return {
            f"s.parquet/{path.relative_to(store).as_posix()}": path.read_bytes()
            for path in sorted(store.rglob("*"))
            if path.is_file()
        }


@st.composite
def store(draw: st.DrawFn) -> Case:
    """A store with bytes of its tables changed, a table missing or of another store."""
    files = dict(store_files())
    name = draw(st.sampled_from(sorted(files)))
    match draw(st.integers(0, 7)):
        case 0:
            del files[name]
        case 1 if name.endswith(".json"):
            files[name] = as_text(edited(json.loads(files[name]), draw), draw)
        case 2 if name.endswith(".parquet"):
            table = pd.DataFrame({"a": [1], "geometry": ["x"]})
            held = io.BytesIO()
            table.to_parquet(held)
            files[name] = held.getvalue()
        case _:
            files[name] = draw(damaged(files[name]))
    return Case("store", files)


# --- sentences and articles

WORDS = [
    "the",
    "area",
    "of",
    "held",
    "ground",
    "in",
    "Kursk",
    "Oblast",
    "had",
    "shrunk",
    "by",
    "nearly",
    "one-fifth",
    "about",
    "660",
    "km2",
    "square",
    "kilometres",
    "kilometers",
    "miles",
    "hectares",
    "three",
    "small",
    "sections",
    "no",
    "more",
    "than",
    "2",
    "km",
    "deep",
    "Sudzha",
    "Tetkino",
    "Ukraine",
    "Russia",
    "Russian",
    "forces",
    "captured",
    "lost",
    "retook",
    "occupied",
    "liberated",
    "controls",
    "half",
    "a",
    "third",
    "18",
    "%",
    "percent",
    "of",
    "Donetsk",
    "region",
    "since",
    "January",
    "by",
    "the",
    "end",
    "of",
    "February",
    "2025",
    "in",
    "October",
    "over",
    "the",
    "past",
    "week",
    "yesterday",
    "on",
    "31",
    "June",
    "doubled",
    "six",
    "times",
    "less",
    "not",
    "never",
    "almost",
    "between",
    "400",
    "and",
    "500",
    "to",
    "from",
    "1,250",
    "1.250",
    "12e9",
    "-5",
    "0",
    "½",
    "ten-and-a-half",
    "NaN",
    "infinity",
    "gray",
    "zone",
    "advanced",
    "9-15",
    "May",
    "the",
    "largest",
    "of",
    "2024",
]


@st.composite
def sentence(draw: st.DrawFn) -> Case:
    """Words of the grammar in no order, with what no sentence holds among them."""
    words = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=25))
    for _ in range(draw(st.integers(0, 2))):
        put = draw(st.one_of(st.sampled_from(ODD_TEXTS), st.text(max_size=6)))
        words.insert(draw(st.integers(0, len(words))), put)
    text = draw(st.sampled_from([" ", "  ", "\n", ", ", ". "])).join(words)
    text *= draw(st.sampled_from([1] * 8 + [40]))
    given = {
        "published": draw(st.sampled_from(["2025-04-26"] * 8 + ODD_TEXTS)),
        "outlet": draw(st.sampled_from(["", "", *ODD_TEXTS])),
        "article": draw(st.booleans()),
    }
    return Case("sentence", {"text": text.encode("utf-8", "surrogatepass")}, given)


# --- what servers answer


def _deepstate_answers(draw: st.DrawFn) -> dict[str, Any]:
    days = [NOON + 86_400 * n for n in range(draw(st.integers(0, 2)))]
    found, _ = draw(features(properties))
    rows = [{"id": day, "datetime": "23.08", "description": "x"} for day in days]
    return {"/api/history/public": rows, "/api/history/*": collection(found)}


def _isw_answers(draw: st.DrawFn) -> dict[str, Any]:
    found, _ = draw(features(_isw))
    title = "Assessed Russian Control in Ukraine"
    layers = [{"title": title, "url": "@BASE@/control/FeatureServer/49", "layers": []}]
    told = {
        "fields": [{"name": "OBJECTID", "type": "esriFieldTypeOID"},
                   {"name": "datetime", "type": "esriFieldTypeDate"}],
        "editingInfo": {"lastEditDate": NOON * 1000},
    }  # fmt: skip
    page = {**collection(found), "exceededTransferLimit": draw(st.booleans())}
    return {
        "/webmap": {"operationalLayers": layers},
        "/control/FeatureServer/49": told,
        "/control/*": page,
        "/lapse/FeatureServer/0": told,
        "/lapse/*": page,
    }


def _cyterat_answers(draw: st.DrawFn) -> dict[str, Any]:
    return {"/mirror/*": collection(draw(features(_cyterat))[0])}


ANSWERS = {
    "deepstate": _deepstate_answers,
    "isw": _isw_answers,
    "isw-timelapse": _isw_answers,
    "cyterat": _cyterat_answers,
}


@st.composite
def service(draw: st.DrawFn) -> Case:
    """Answers of the services that maps are fetched from, of shapes they never had."""
    source = draw(st.sampled_from(sorted(ANSWERS)))
    documents = ANSWERS[source](draw)
    bent = draw(st.sampled_from(sorted(documents)))
    documents[bent] = edited(documents[bent], draw)
    files = {path: json.dumps(one).encode() for path, one in documents.items()}
    files[bent] = as_text(documents[bent], draw)
    if draw(st.integers(0, 3)) == 0:
        files[bent] = draw(damaged(files[bent]))
    return Case("service", files, {"source": source})


STATUS_LINES = [
    b"HTTP/1.1 200 OK", b"HTTP/1.0 200 OK", b"HTTP/1.1 200", b"HTTP/1.1 204 No", b"ICY 200 OK",
    b"HTTP/1.1 304 x", b"HTTP/1.1 301 x", b"HTTP/1.1 302 x", b"HTTP/1.1 206 Partial", b"HTTP/1.1 999 x",
    b"HTTP/1.1 100 Continue", b"HTTP/1.1 -1 x", b"HTTP/9.9 200 OK", b"",
]  # fmt: skip
HEADERS = [
    b"Content-Length: 5", b"Content-Length: -1", b"Content-Length: 99999999999999", b"Content-Length: x",
    b"Transfer-Encoding: chunked", b"Content-Encoding: gzip", b"Content-Encoding: deflate",
    b"Content-Encoding: br", b"ETag: \xff\xfe", b"Location: file:///etc/passwd", b"Location: http://10.0.0.1/",
    b"Location: /again", b"Location: ", b"Location: http://[::1", b"Location: //user@127.0.0.1/x",
    b"Retry-After: 99999999999", b"Retry-After: Mon, 99 Foo", b"Set-Cookie: a=b", b"no colon here",
    b"X: " + b"y" * 70_000, b"\x00: \x00", b" folded",
]  # fmt: skip
BODIES = [
    b'{"a": 1}', b"{", b"", b"<html>busy", b"5\r\nabcde\r\n0\r\n\r\n", b"zz\r\n", b"-1\r\n", b"\x1f\x8b\x08",
    gzip.compress(b'{"a": 1}'), b"[" * 9000, b'{"error": {"code": "x"}}', b'{"error": {"code": 1e99}}',
    b'{"error": {"code": 400, "message": {}}}', b"version https://git-lfs", b"\xff\xfe\x00",
]  # fmt: skip


@st.composite
def http(draw: st.DrawFn) -> Case:
    """Bytes that no good server sends."""
    lines = [draw(st.sampled_from(STATUS_LINES[:1] * 10 + STATUS_LINES))]
    lines += draw(st.lists(st.sampled_from(HEADERS), max_size=3))
    raw = b"\r\n".join(lines) + b"\r\n\r\n" + draw(st.sampled_from(BODIES))
    if draw(st.integers(0, 3)) == 0:
        raw = draw(damaged(raw))
    return Case(
        "http",
        {"answer": raw},
        {"name": draw(st.sampled_from(["map.geojson", "a.zip"]))},
    )


STRATEGIES: dict[str, st.SearchStrategy[Case]] = {
    "deepstate": deepstate(),
    "geojson": geojson(),
    "kml": kml(),
    "binary": binary(),
    "viina": viina(),
    "toml": toml_source(),
    "claims": claim_file(),
    "theatre": theatre_file(),
    "reference": reference(),
    "places": places(),
    "store": store(),
    "sentence": sentence(),
    "service": service(),
    "http": http(),
}
"""By the name of the target; `run` knows how each case is called."""
