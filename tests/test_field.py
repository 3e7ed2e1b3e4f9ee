"""
Files as people have them: each kind with its neighbours.

The box has 77.5093 km², wherever it is said to be held or contested.
"""

import bz2
import contextlib
import gzip
import io
import json
import lzma
import sqlite3
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import mapping

import kursk_geo as kg
from kursk_geo.errors import SnapshotError, SourceError
from kursk_geo.sources.plain import Plain

BOX = shapely.box(35.2, 51.3, 35.3, 51.4)
NEXT = shapely.box(35.4, 51.3, 35.5, 51.4)
KM2 = 77.5093
SIDES = {"blue": "held_in_russia", "grey": "contested_in_russia"}


def told(shape: Any, **properties: object) -> dict[str, Any]:
    geometry = shape if shape is None or isinstance(shape, dict) else mapping(shape)
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def geojson(*features: dict[str, Any], **head: object) -> bytes:
    document = {"type": "FeatureCollection", **head, "features": list(features)}
    return json.dumps(document).encode()


def put(folder: Path, name: str, raw: bytes | str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw.encode() if isinstance(raw, str) else raw)
    return path


def plain(path: Any, **options: Any) -> kg.ControlHistory:
    given = {"statuses": SIDES, "status_column": "side", **options}
    return kg.read_plain(path, **given)


def held_km2(history: kg.ControlHistory, at: str = "2024-09-01") -> float:
    shapes = history.at(at)
    held = shapes[shapes.status.isin(["held_in_russia", "occupied", "unknown"])]
    return float(kg.area_km2(np.array([shapely.union_all(held.geometry)]))[0])


# A stranger taken for a source


@pytest.mark.parametrize(
    ("name", "properties"),
    [
        ("1700000000.geojson", {"fill": "#a52714", "name": "army"}),
        ("1700000000.geojson", {"styleUrl": "#poly-A52714-1-77-nodesc", "name": "x"}),
        ("1700000000.geojson", {"name": "a /// b /// geoJSON.status.occupied"}),
        ("2024-05-01.geojson", {"fill": "#ff0000"}),
        ("2024-05-01.geojson", {"layer": "Assessed Russian control", "OBJECTID": 1}),
        ("deepstatemap_data_20240501.geojson", {}),
        ("2024-05-01.json", {"type": "gains", "date": "2024-05-01", "_dateto": "x"}),
    ],
)
def test_what_lies_elsewhere_is_of_no_source(
    name: str, properties: dict[str, str], tmp_path: Path
) -> None:
    raw = geojson(told(shapely.box(96, 20, 97, 21), **properties))
    path = put(
        tmp_path, name, b'{"value":%s}' % raw if "_dateto" in properties else raw
    )
    with pytest.raises(SnapshotError, match="not a map of any source"):
        kg.read_history(path)


# Several parts of a container


def kml(*placemarks: str, folder: str = "Blue") -> str:
    return (
        f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><name>{folder}'
        f"</name>{''.join(placemarks)}</Folder></Document></kml>"
    )


def placemark(shape: shapely.Polygon, style: str = "#blue", name: str = "Area") -> str:
    ring = " ".join(f"{x},{y},0" for x, y in shape.exterior.coords)
    return (
        f"<Placemark><name>{name}</name><styleUrl>{style}</styleUrl><Polygon>"
        f"<outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing>"
        "</outerBoundaryIs></Polygon></Placemark>"
    )


def link(href: str) -> str:
    return f"<NetworkLink><Link><href>{href}</href></Link></NetworkLink>"


def kmz(**files: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.kml", text)
    return target.getvalue()


@pytest.mark.filterwarnings("ignore:Not in this source:UserWarning")
@pytest.mark.parametrize(
    "raw",
    [
        kmz(north=kml(placemark(BOX)), south=kml(placemark(NEXT))),
        kmz(
            doc=kml(link("n.kml"), link("s.kml")),
            n=kml(placemark(BOX)),
            s=kml(placemark(NEXT)),
        ),
        kmz(doc=kml(placemark(BOX), placemark(NEXT))),
    ],
)
def test_all_kml_of_an_archive_counts(raw: bytes, tmp_path: Path) -> None:
    history = kg.read_history(put(tmp_path, "m-2024-09-01.kmz", raw))
    assert held_km2(history) == pytest.approx(2 * KM2, abs=1e-3)
    assert history.rejected.empty


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (kml(link("https://example.org/kml")), "only a network link to https://ex"),
        ("<gpx><trk/></gpx>", "holds no placemark"),
        (kml(), "holds no placemark"),
        ("<a>" * 10_000 + "</a>" * 10_000, "holds no placemark"),
        ('<?xml version="1.0" encoding="klingon"?><kml/>', "not a whole KML file"),
        ("<kml>\ud800</kml>".encode("utf-8", "surrogatepass"), "not a whole KML"),
    ],
)
def test_kml_without_ground_is_refused(
    text: str | bytes, words: str, tmp_path: Path
) -> None:
    path = put(tmp_path, "m-2024-09-01.kml", text)
    with pytest.raises(SnapshotError, match=words):
        kg.read_history(path, source="kml")


@pytest.mark.filterwarnings("ignore:Not in this source:UserWarning")
def test_a_network_link_beside_ground_is_listed(tmp_path: Path) -> None:
    text = kml(placemark(BOX), link("https://example.org/kml"))
    history = kg.read_history(put(tmp_path, "m-2024-09-01.kml", text))
    assert held_km2(history) == pytest.approx(KM2, abs=1e-3)
    assert "https://example.org/kml" in history.rejected.reason[0]


def test_a_folder_may_be_the_root(tmp_path: Path) -> None:
    text = f"<Folder><name>Blue</name>{placemark(BOX)}</Folder>"
    path = put(tmp_path, "m-2024-09-01.kml", text)
    history = kg.read_plain(path, statuses={"Blue": "occupied"}, status_column="folder")
    assert held_km2(history) == pytest.approx(KM2, abs=1e-3)


def frame(*shapes: shapely.Polygon, side: str = "blue") -> gpd.GeoDataFrame:
    sides = [side] * len(shapes)
    return gpd.GeoDataFrame({"side": sides}, geometry=list(shapes), crs="EPSG:4326")


def test_a_file_with_two_layers_is_refused_by_their_names(tmp_path: Path) -> None:
    path = tmp_path / "m-2024-09-01.gpkg"
    frame(BOX).to_file(path, layer="north")
    frame(NEXT).to_file(path, layer="south")
    with pytest.raises(SnapshotError, match=r"2 layers: north, south.*layer="):
        plain(path)
    described = put(
        tmp_path,
        "s.toml",
        'status_column = "side"\nlayer = "south"\n[statuses]\nblue = "occupied"\n',
    )
    history = kg.read_history(path, source=str(described))
    assert held_km2(history) == pytest.approx(KM2, abs=1e-3)


def test_a_table_without_geometry_is_no_layer(tmp_path: Path) -> None:
    path = tmp_path / "m-2024-09-01.gpkg"
    frame(BOX).to_file(path, layer="north")
    with sqlite3.connect(path) as database:
        database.execute("create table layer_styles (id integer, style text)")
        database.execute(
            "insert into gpkg_contents (table_name, data_type, identifier) "
            "values ('layer_styles', 'attributes', 'layer_styles')"
        )
    assert held_km2(plain(path)) == pytest.approx(KM2, abs=1e-3)


def test_a_layer_of_points_or_lines_is_no_second_map(tmp_path: Path) -> None:
    for other in (shapely.Point(35, 51), shapely.LineString([(35, 51), (36, 52)])):
        path = tmp_path / f"{other.geom_type}-2024-09-01.gpkg"
        frame(BOX).to_file(path, layer="area")
        frame(other).to_file(path, layer="towns")
        assert held_km2(plain(path)) == pytest.approx(KM2, abs=1e-3)


def test_a_kmz_in_a_kmz_and_shapefiles_in_a_zip(tmp_path: Path) -> None:
    inner = kmz(doc=kml(placemark(BOX)))
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("doc.kml", kml(link("files/inner.kmz")))
        archive.writestr("files/inner.kmz", inner)
    options = {"status_column": "folder", "statuses": {"Blue": "occupied"}}
    history = plain(put(tmp_path, "2024-09-01.kmz", outer.getvalue()), **options)
    assert held_km2(history) == pytest.approx(KM2, abs=1e-3)
    assert history.rejected.empty
    for side, shape in (("blue", BOX), ("grey", NEXT)):
        frame(shape, side=side).to_file(tmp_path / f"{side}.shp")
    with zipfile.ZipFile(tmp_path / "2024-09-01.zip", "w") as archive:
        for part in sorted(tmp_path.glob("*.*")):
            if part.stem in SIDES:
                archive.write(part, part.name.upper())
    history = plain(tmp_path / "2024-09-01.zip")
    assert sorted(history.shapes.status) == ["contested_in_russia", "held_in_russia"]
    region = kg.read_region(tmp_path / "2024-09-01.zip")
    assert region.equals(shapely.MultiPolygon([BOX, NEXT]))


# Bad rings and numbers, one rule for all formats

NAN = shapely.set_coordinates(
    shapely.box(35.6, 51.3, 35.7, 51.4),
    [(35.7, 51.3), (35.7, np.nan), (35.6, 51.4), (35.6, 51.3), (35.7, 51.3)],
)
CLICK = {"type": "Polygon", "coordinates": [[[35.0, 51.2]]]}
HOLE = {**mapping(BOX), "coordinates": [*mapping(BOX)["coordinates"], []]}


@pytest.mark.parametrize("shape", [NAN, CLICK, HOLE, {"type": "Polygon"}, 7])
def test_one_bad_shape_costs_itself_alone(shape: Any, tmp_path: Path) -> None:
    bad = told(shape, side="blue") if shape != 7 else {"geometry": 7, "properties": {}}
    raw = geojson(told(BOX, side="blue"), bad)
    history = plain(put(tmp_path, "2024-09-01.geojson", raw))
    assert held_km2(history) == pytest.approx(KM2, abs=1e-3)
    assert history.rejected.feature.tolist() == [1]


RING = [list(point) for point in BOX.exterior.coords]


@pytest.mark.parametrize(
    "ring",
    [
        RING[:-1],
        [*RING[:-1], [RING[0][0] + 1e-9, RING[0][1]]],
        [[*point, 100.0] for point in RING],
        [[*point, 100.0, 1.0] for point in RING],
        [[*point, float(height)] for height, point in enumerate(RING)],
        [[*RING[0], 5.0], *RING[1:]],
    ],
)
def test_rings_as_people_draw_them(ring: list[list[float]], tmp_path: Path) -> None:
    shape = {"type": "Polygon", "coordinates": [ring]}
    history = plain(
        put(tmp_path, "2024-09-01.geojson", geojson(told(shape, side="blue")))
    )
    assert held_km2(history) == pytest.approx(KM2, abs=1e-3)
    path = put(tmp_path, "region.geojson", json.dumps(shape))
    assert kg.read_region(path).symmetric_difference(BOX).area < 1e-8


def test_open_rings_of_kml_and_wkt_are_closed(tmp_path: Path) -> None:
    corners = [f"{x},{y}" for x, y in RING]
    text = kml(placemark(BOX)).replace(
        " ".join(f"{one},0" for one in corners), " ".join(corners[:-1])
    )
    options = {"status_column": "folder", "statuses": {"Blue": "occupied"}}
    history = plain(put(tmp_path, "2024-09-01.kml", text), **options)
    assert held_km2(history) == pytest.approx(KM2, abs=1e-3)
    wkt = "POLYGON ((35.2 51.3, 35.3 51.3, 35.3 51.4, 35.2 51.4))"
    history = plain(put(tmp_path, "2024-09-01.csv", f'side,wkt\nblue,"{wkt}"\n'))
    assert held_km2(history) == pytest.approx(KM2, abs=1e-3)


@pytest.mark.parametrize("suffix", ["gpkg", "fgb", "parquet"])
def test_a_bad_number_in_a_binary_file_costs_itself_alone(
    suffix: str, tmp_path: Path
) -> None:
    path = tmp_path / f"2024-09-01.{suffix}"
    table = frame(BOX, NAN)
    with np.errstate(invalid="ignore"):
        if suffix == "parquet":
            table.to_parquet(path)
        else:
            table.to_file(
                path,
                engine="pyogrio",
                **({"SPATIAL_INDEX": "NO"} if suffix == "fgb" else {}),
            )
    history = plain(path)
    assert held_km2(history) == pytest.approx(KM2, abs=1e-3)
    assert history.rejected.reason.tolist() == ["coordinates that are no numbers"]


@pytest.mark.parametrize("suffix", ["gpkg", "fgb", "parquet", "kmz", "csv", "shp"])
@pytest.mark.parametrize("raw", [b"", b"\xff\xfe\x00", b"{", b"<VRT>", b"PK\x03\x04"])
def test_bytes_that_are_no_file_are_refused(
    raw: bytes, suffix: str, tmp_path: Path
) -> None:
    with pytest.raises(SourceError, match=r"2024-09-01"):
        plain(put(tmp_path, f"2024-09-01.{suffix}", raw))


def test_a_map_opens_no_other_file(tmp_path: Path) -> None:
    put(tmp_path, "hidden/target.geojson", geojson(told(BOX, side="blue")))
    vrt = (
        "<OGRVRTDataSource><OGRVRTLayer name='target'><SrcDataSource>"
        f"{tmp_path}/hidden/target.geojson</SrcDataSource></OGRVRTLayer>"
        "</OGRVRTDataSource>"
    )
    for name in ("2024-09-01.geojson", "2024-09-01.gpkg", "2024-09-01.csv"):
        path = put(tmp_path / "maps", name, vrt)
        with pytest.raises(SnapshotError, match="2024-09-01"):
            plain(path)


@pytest.mark.parametrize("suffix", ["gpkg", "fgb", "parquet"])
def test_bytes_that_were_changed_never_end_in_a_traceback(
    suffix: str, tmp_path: Path
) -> None:
    path = tmp_path / f"2024-09-01.{suffix}"
    table = frame(BOX, NEXT)
    table.to_parquet(path) if suffix == "parquet" else table.to_file(path)
    whole = bytearray(path.read_bytes())
    random = np.random.default_rng(5)
    for _ in range(25):
        raw = whole.copy()
        for at in random.integers(16, len(raw), 6):
            raw[at] = random.integers(256)
        path.write_bytes(raw)
        with contextlib.suppress(SourceError):
            kg.read_plain(path, statuses={"*": "occupied"})


# Dates


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1725220800, "2024-09-01 20:00:00"),
        (1725220800000, "2024-09-01 20:00:00"),
        (1725220800000000, "2024-09-01 20:00:00"),
        (1725220800000000000, "2024-09-01 20:00:00"),
        ("1725220800", "2024-09-01 20:00:00"),
        (20240901, "2024-09-01 23:59:59"),
        ("20240901", "2024-09-01 23:59:59"),
        (20240901.0, "2024-09-01 23:59:59"),
        ("2024-09-01T20:00:00Z", "2024-09-01 20:00:00"),
        ("2024/09/01", "2024-09-01 23:59:59"),
        (1914, None), (0, None), (-5, None), (1e300, None), (True, None),
        ("", None), ("  ", None), (None, None), ("0000/00/00", None),
        ("2024-02-30", None), ("n/a", None), ([1], None), ({"a": 1}, None),
        (20241301, None), ("1914", None),
    ],
)  # fmt: skip
def test_dates_of_a_column(value: Any, expected: str | None, tmp_path: Path) -> None:
    good = told(NEXT, side="blue", day="2024-08-01")
    raw = geojson(good, told(BOX, side="blue", day=value))
    history = plain(put(tmp_path, "front.geojson", raw), date_column="day")
    published = [f"{when:%Y-%m-%d %H:%M:%S}" for when in history.snapshots.snapshot_utc]
    assert published == ["2024-08-01 23:59:59", *([expected] if expected else [])]
    assert history.rejected.feature.tolist() == ([] if expected else [1])
    alone = put(tmp_path, "alone.geojson", geojson(told(BOX, side="blue", day=value)))
    if expected is None:
        with pytest.raises(SnapshotError, match=r"column 'day'.*date_pattern"):
            plain(alone, date_column="day")


@pytest.mark.parametrize(
    ("value", "pattern"),
    [("1.9.2024", "%d.%m.%Y"), ("01/09/2024", "%d/%m/%Y"), ("9/1/2024", "%m/%d/%Y"),
     ("1 Sep 2024", "%d %b %Y"), ("from 2024-09-01 on", "%Y-%m-%d")],
)  # fmt: skip
def test_dates_in_the_order_of_a_pattern(
    value: str, pattern: str, tmp_path: Path
) -> None:
    path = put(tmp_path, "front.geojson", geojson(told(BOX, side="blue", day=value)))
    history = plain(path, date_column="day", date_pattern=pattern)
    assert str(history.snapshots.snapshot_utc[0]) == "2024-09-01 23:59:59+00:00"


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("1759300000", "2025-10-01 06:26:40"),
        ("1759300000000", "2025-10-01 06:26:40"),
        ("2025-10-01", "2025-10-01 23:59:59"),
        ("deepstate_20251001", "2025-10-01 23:59:59"),
        ("2025_10_01", "2025-10-01 23:59:59"),
        ("2025-10-01T12:30:00+03:00", "2025-10-01 09:30:00"),
        ("2025-10-01T12_30_00Z", "2025-10-01 12:30:00"),
        ("20251001T1230", "2025-10-01 12:30:00"),
        ("20251001123000", "2025-10-01 12:30:00"),
        ("map 2025-10-01 2", "2025-10-01 23:59:59"),
        ("2025-10-01/map", "2025-10-01 23:59:59"),
        ("2025-10-01_2025-10-05", None),
        ("20251301", None),
        ("01.10.2025", None),
    ],
)
@pytest.mark.parametrize("pack", ["", ".gz", ".bz2", ".xz"])
def test_names_that_tell_an_instant(
    name: str, published: str | None, pack: str, tmp_path: Path
) -> None:
    document = geojson(told(BOX, fill="#01579b", name="Liberated"))
    packed = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}
    raw = packed.get(pack, bytes)(json.dumps(json.loads(document), indent=1).encode())
    put(tmp_path, f"maps/{name}.geojson{pack}", raw)
    if published is None:
        with pytest.raises(SnapshotError, match="nothing tells when"):
            kg.read_history(tmp_path / "maps")
        return
    history = kg.read_history(tmp_path / "maps")
    assert f"{history.snapshots.snapshot_utc[0]:%Y-%m-%d %H:%M:%S}" == published
    assert held_km2(history, "2025-10-02") == pytest.approx(KM2, abs=1e-3)


def test_years_alone_end_with_the_year(tmp_path: Path) -> None:
    raw = geojson(*(told(BOX, side="blue", year=year) for year in (1914, "1918")))
    path = put(tmp_path, "front.geojson", raw)
    history = plain(path, date_column="year", date_pattern="%Y")
    assert history.snapshots.snapshot_utc.dt.strftime("%Y-%m-%d").tolist() == [
        "1914-12-31",
        "1918-12-31",
    ]


def test_rows_that_stand_for_a_period(tmp_path: Path) -> None:
    rows = [
        told(BOX, side="blue", a="2024-09-01", b="2024-09-03"),
        told(NEXT, side="blue", a="2024-09-02", b=""),
        told(NEXT, side="blue", a="2024-09-02", b="never"),
    ]
    described = put(
        tmp_path,
        "s.toml",
        'status_column = "side"\nfrom_column = "a"\nto_column = "b"\n'
        '[statuses]\nblue = "occupied"\n',
    )
    path = put(tmp_path, "front.geojson", geojson(*rows))
    history = kg.read_history(path, source=str(described))
    held = [held_km2(history, day) / KM2 for day in ("2024-09-01", "2024-09-02",
                                                     "2024-09-03")]  # fmt: skip
    assert held == pytest.approx([1, 2, 1], abs=1e-4)
    assert history.rejected.feature.tolist() == [2]


# Formats


def test_topojson(tmp_path: Path) -> None:
    topology = {
        "type": "Topology",
        "transform": {"scale": [0.1, 0.1], "translate": [35.2, 51.3]},
        "arcs": [[[1, 0], [0, 1]], [[1, 1], [-1, 0], [0, -1], [1, 0]],
                 [[1, 1], [1, 0], [0, -1], [-1, 0]]],
        "objects": {
            "front": {
                "type": "GeometryCollection",
                "geometries": [
                    {"type": "Polygon", "properties": {"side": "blue"},
                     "arcs": [[0, 1]]},
                    {"type": "MultiPolygon", "properties": {"side": "grey"},
                     "arcs": [[[2, 0]]]},
                    {"type": "Polygon", "properties": {"side": "blue"},
                     "arcs": [[9]]},
                ],
            }
        },
    }  # fmt: skip
    for name in ("2024-09-01.topojson", "2024-09-01.json"):
        history = plain(put(tmp_path, name, json.dumps(topology)))
        assert held_km2(history) == pytest.approx(KM2, abs=1e-3)
        assert sorted(history.shapes.status) == [
            "contested_in_russia",
            "held_in_russia",
        ]
        assert history.rejected.feature.tolist() == [2]


def test_csv_with_wkt(tmp_path: Path) -> None:
    text = (
        "side,wkt,day\n"
        f'blue,"{BOX.wkt}",2024-09-01\n'
        f'grey,"SRID=4326;{NEXT.wkt}",2024-09-01\n'
        'blue,"POLYGON ((1 1",2024-09-01\n'
    )
    history = plain(put(tmp_path, "front.csv", text), date_column="day")
    assert held_km2(history) == pytest.approx(KM2, abs=1e-3)
    assert len(history.shapes) == 2
    assert "WKT" in history.rejected.reason[0]
    with pytest.raises(SnapshotError, match="without geometry"):
        plain(put(tmp_path, "b-2024-09-01.csv", "side,x\nblue,3\n"))


CURVE = "CURVEPOLYGON (CIRCULARSTRING (0 0, 1 1, 2 0, 1 -1, 0 0))"


@pytest.mark.parametrize(
    "text",
    [
        f"side;geom\nblue;{BOX.wkt}\n",
        f"side\tgeom\nblue\t{BOX.wkt.lower()}\n",
        f'side,geom\nblue,"{shapely.force_3d(BOX).wkt}"\n',
        f"side,geom\nblue,{BOX.wkb_hex}\n",
        "side,geom\nblue,"
        + shapely.to_wkb(shapely.set_srid(BOX, 4326), hex=True, include_srid=True)
        + "\n",
        f'side,geom\nblue,"{BOX.wkt}"\nblue,"{CURVE}"\n',
        'side,geom\nblue,"SRID=3857;'
        + gpd.GeoSeries([BOX], crs=4326).to_crs(3857)[0].wkt
        + '"\n',
    ],
)
def test_tables_of_shapes_as_databases_write_them(text: str, tmp_path: Path) -> None:
    history = plain(put(tmp_path, "2024-09-01.csv", text))
    assert held_km2(history) == pytest.approx(KM2, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("2024-09-01.geojson", geojson(told(BOX, side="QQ"))),
        ("2024-09-01.geojson", geojson(told(BOX, side="blue"), title="QQ")),
        ("2024-09-01.geojson", geojson(told(BOX, side="blue"), QQ=1)),
        ("2024-09-01.topojson", b'{"type":"Topology","objects":{"QQ":{}},"arcs":[]}'),
        ("2024-09-01.csv", f'side,wkt\nQQ,"{BOX.wkt}"\n'.encode()),
        ("2024-09-01.kml", kml(placemark(BOX, name="QQ")).encode()),
        ("2024-09-01.json", b'{"value":' + geojson(told(BOX, type="QQ")) + b"}"),
        ("2024-09-01.geojson", geojson(told(BOX, layer="QQ"))),
        ("1725220800.json", b'{"id":"QQ","map":{"features":[]}}'),
    ],
)
def test_what_is_no_utf8_is_said_so(name: str, raw: bytes, tmp_path: Path) -> None:
    source = {"1725220800.json": "deepstate", "2024-09-01.json": "nzz"}.get(name)
    source = "isw" if b"layer" in raw else source
    bad = put(tmp_path, name, raw.replace(b"QQ", b"Q\xff"))
    wide = put(tmp_path / "wide", name, raw.decode().encode("utf-16"))
    for path, words in ((bad, r"not UTF-8 at byte \d"), (wide, "byte 0, but UTF-16")):
        with pytest.raises(SourceError, match=words):
            kg.read_history(path, source=source or Plain(statuses={"*": "occupied"}))


def test_a_feature_a_line_a_feature_alone_and_a_bare_geometry(tmp_path: Path) -> None:
    one, two = (json.dumps(told(shape, side="blue")) for shape in (BOX, NEXT))
    lines = put(tmp_path, "2024-09-01.geojson", f"{one}\n\x1e{two}\n")
    assert held_km2(plain(lines)) == pytest.approx(2 * KM2, abs=1e-3)
    alone = put(tmp_path, "2024-09-01.geojson", one)
    assert held_km2(plain(alone)) == pytest.approx(KM2, abs=1e-3)
    bare = put(tmp_path, "2024-09-01.geojson", json.dumps(mapping(BOX)))
    history = kg.read_plain(bare, statuses={"*": "occupied"})
    assert held_km2(history) == pytest.approx(KM2, abs=1e-3)


@pytest.mark.parametrize("epsg", [3857, 32637])
def test_other_coordinates_are_told_by_the_file(epsg: int, tmp_path: Path) -> None:
    moved = gpd.GeoSeries([BOX], crs="EPSG:4326").to_crs(epsg)
    crs = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{epsg}"}}
    raw = geojson(told(moved[0], side="blue"), told(CLICK, side="blue"), crs=crs)
    history = plain(put(tmp_path, "2024-09-01.geojson", raw))
    assert held_km2(history) == pytest.approx(KM2, abs=1e-3)
    assert history.rejected.feature.tolist() == [1]
    wrong = {"type": "name", "properties": {"name": "EPSG:nowhere"}}
    path = put(
        tmp_path, "2024-09-01.geojson", geojson(told(BOX, side="blue"), crs=wrong)
    )
    with pytest.raises(SnapshotError, match="coordinate reference system"):
        plain(path)


@pytest.mark.parametrize(
    ("column", "words"),
    [("styleUrl", ("#blue", "#red")), ("name", ("Held", "Lost")),
     ("folder", ("Blue", "Red"))],
)  # fmt: skip
def test_a_toml_file_tells_the_sides_of_kml(
    column: str, words: tuple[str, str], tmp_path: Path
) -> None:
    text = (
        "<kml><Document><Folder><name>Blue</name>"
        f"{placemark(BOX, '#blue', 'Held')}</Folder><Folder><name>Red</name>"
        f"{placemark(NEXT, '#red', 'Lost')}</Folder></Document></kml>"
    )
    described = put(
        tmp_path,
        "sides.toml",
        f'date_pattern = "Control_%y_%m_%d"\nstatus_column = "{column}"\n[statuses]\n'
        f'"{words[0]}" = "held_in_russia"\n"{words[1]}" = "none"\n',
    )
    for name in ("Control_24_09_01.kml", "Control_24_09_01/doc.kml"):
        folder = tmp_path / column / name.replace("/", "_").replace(".", "")
        put(folder, name, text)
        history = kg.read_history(folder, source=str(described))
        assert held_km2(history) == pytest.approx(KM2, abs=1e-3)


def test_one_file_a_side_is_one_map(tmp_path: Path) -> None:
    put(tmp_path, "2024-09-01_blue.geojson", geojson(told(BOX, side="blue")))
    put(tmp_path, "2024-09-01_grey.geojson", geojson(told(NEXT, side="grey")))
    put(tmp_path, "copy/2024-09-01_grey.geojson", geojson(told(NEXT, side="grey")))
    history = plain(tmp_path)
    assert len(history.snapshots) == 1
    assert history.snapshots.n_features.tolist() == [2]
    assert held_km2(history) == pytest.approx(KM2, abs=1e-3)


# ISW


@pytest.mark.parametrize(
    ("title", "status"),
    [
        ("Kursk Incursion Claimed Limit of Ukrainian Advance August 25, 2024",
         "held_in_russia"),
        ("Claimed Limit of Ukrainian Advance 1 DEC 2024", "held_in_russia"),
        ("Ukrainian Advances in Russia", "held_in_russia"),
        ("Kursk Incursion Russian Claims in Russia August 25, 2024",
         "contested_in_russia"),
        ("Claimed Russian Advances in Russia", "contested_in_russia"),
    ],
)  # fmt: skip
def test_titles_that_isw_had(title: str, status: str, tmp_path: Path) -> None:
    path = put(tmp_path, "a-2024-08-25.geojson", geojson(told(BOX, layer=title)))
    history = kg.read_history(path)
    assert (history.source, list(history.shapes.status)) == ("isw", [status])


def test_shapefiles_of_isw(tmp_path: Path) -> None:
    stem = "Ukrainian_Advances_in_Russia_20250112"
    moved = gpd.GeoDataFrame({"FID": [1]}, geometry=[BOX], crs=4326).to_crs(3857)
    moved.to_file(tmp_path / f"{stem}.shp")
    with zipfile.ZipFile(tmp_path / "isw.zip", "w") as archive:
        for part in tmp_path.glob(f"{stem}.*"):
            archive.write(part, part.name)
    for path in (tmp_path / "isw.zip", tmp_path / f"{stem}.shp"):
        history = kg.read_history(path)
        assert list(history.shapes.status) == ["held_in_russia"]
        assert held_km2(history, "2025-01-12") == pytest.approx(KM2, abs=1e-3)


# Nothing in silence


@pytest.mark.parametrize("source", ["deepstate", None])
def test_a_map_without_a_feature_is_refused(source: str | None, tmp_path: Path) -> None:
    path = put(tmp_path, "1725220800_20240901.geojson", geojson())
    with pytest.raises(SourceError, match="20240901"):
        plain(path) if source is None else kg.read_history(path, source=source)


@pytest.mark.parametrize("pack", ["zip", "kmz", "gz"])
def test_what_is_made_to_fill_the_memory_is_refused(pack: str, tmp_path: Path) -> None:
    name = "2024-09-01.kml" if pack == "kmz" else "2024-09-01.geojson"
    path = (
        tmp_path / {"zip": "m.zip", "kmz": "2024-09-01.kmz", "gz": f"{name}.gz"}[pack]
    )
    if pack == "gz":
        path.write_bytes(gzip.compress(bytes(90 << 20), 9))
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, bytes(90 << 20))
    with pytest.raises(SourceError, match="unpacks to"):
        plain(path)


def test_frames_are_read_as_they_were(tmp_path: Path) -> None:
    shapes = frame(BOX).assign(day=pd.to_datetime(["2024-09-01"]))
    shapes.to_file(tmp_path / "a.gpkg")
    shapes.to_parquet(tmp_path / "a.parquet")
    for name in ("a.gpkg", "a.parquet"):
        history = plain(tmp_path / name, date_column="day")
        assert str(history.snapshots.snapshot_utc[0]) == "2024-09-01 23:59:59+00:00"


# A change of a label is no change of ground


@pytest.mark.parametrize(
    ("days", "rows"),
    [
        ([[("a", BOX)], [("a\ufffd", BOX)], [("a", BOX)]], 1),
        ([[("a", BOX)], [("b", BOX)], [("b", NEXT)]], 2),
        ([[("a", BOX), ("b", NEXT)], [("b", BOX), ("a", NEXT)]], 1),
        ([[("a", BOX), ("b", BOX)], [("a", BOX)]], 2),
        ([[("a", BOX)], [], [("b", BOX)]], 3),
        ([[("a", BOX)], [("b", BOX), ("b", NEXT)], [("c", BOX), ("a", NEXT)]], 2),
    ],
)
def test_a_change_of_a_label_is_no_change_of_ground(
    days: list[list[tuple[str, shapely.Polygon]]], rows: int, tmp_path: Path
) -> None:
    for day, shown in enumerate(days, start=1):
        others = [told(shapely.box(30, 50, 31, 51), side="x")]
        raw = geojson(*others, *(told(box, side=side) for side, box in shown))
        put(tmp_path, f"2024-09-0{day}.geojson", raw)
    statuses = {"x": "outside", "*": "held_in_russia"}
    kursk = plain(tmp_path, statuses=statuses).select("kursk")
    assert len(kg.measure(kursk, every="change")) == len(kursk.states()) == rows
    names = {(day, side) for day, shown in enumerate(days, 1) for side, _ in shown}
    for day, side in names:
        assert side in set(kursk.at(f"2024-09-0{day}").label)
