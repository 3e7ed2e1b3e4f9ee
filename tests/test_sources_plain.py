import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import shapely.affinity

from contract import SourceContract
from kursk_geo import measure, sections
from kursk_geo.errors import (
    OptionError,
    SnapshotError,
    SourceError,
    UnknownStatusWarning,
)
from kursk_geo.sources.base import Source
from kursk_geo.sources.files import read_history, read_plain
from kursk_geo.sources.plain import Plain, read_mapping
from kursk_geo.status import Status
from kursk_geo.theatre import Theatre

# A war that never was, on an island near 0 N 0 E, drawn in degrees.
NORTH = shapely.box(10.0, 0.5, 11.0, 1.0)
SOUTH = shapely.box(10.0, 0.0, 11.0, 0.5)
BRIDGEHEAD = shapely.box(10.4, 0.5, 10.5, 0.6)
ARMIES = {"red": "occupied", "blue": "none", "both": "contested"}


def table(
    rows: Iterable[tuple[Any, shapely.Geometry | None]],
    *,
    crs: str | None = "EPSG:4326",
    **columns: Any,
) -> gpd.GeoDataFrame:
    armies, shapes = zip(*rows, strict=True)
    return gpd.GeoDataFrame({"army": armies, **columns}, geometry=list(shapes), crs=crs)


def geojson(
    rows: Iterable[tuple[Any, shapely.Geometry | None]], **columns: Any
) -> bytes:
    text: str = table(rows, **columns).to_json(drop_id=True)
    return text.encode()


WAR = [("red", BRIDGEHEAD), ("blue", NORTH.difference(BRIDGEHEAD)), ("both", SOUTH)]
LATER = [("red", shapely.union(BRIDGEHEAD, SOUTH)), ("blue", NORTH)]


def gpkg(path: Path) -> bytes:
    table(WAR).to_file(path)
    return path.read_bytes()


class TestContract(SourceContract):
    source: ClassVar[Source] = Plain(status_column="army", statuses=ARMIES)
    files: ClassVar[Mapping[str, bytes]] = {
        "1864-04-18.geojson": geojson(WAR),
        "maps/islands-18640629.geojson": geojson(LATER),
    }
    told_by_content = False


class TestContractWithDates(SourceContract):
    source: ClassVar[Source] = Plain(
        status_column="army", statuses=ARMIES, date_column="day"
    )
    files: ClassVar[Mapping[str, bytes]] = {
        "war.geojson": geojson(
            [*WAR, *LATER], day=["1864-04-18"] * 3 + ["1864-06-29"] * 2
        )
    }
    told_by_content = False


@pytest.mark.parametrize("name", ["a.gpkg", "a.fgb", "a.parquet", "a.geojson", "a.shp"])
def test_every_format_gives_the_same_shapes(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "maps"
    folder.mkdir()
    path = folder / f"1864-04-18{name[1:]}"
    frame = table(WAR)
    if name.endswith("parquet"):
        frame.to_parquet(path)
    else:
        frame.to_file(path)
    history = read_plain(folder, status_column="army", statuses=ARMIES)
    assert list(history.shapes.status) == ["contested", "occupied"]
    red = history.shapes.set_index("status").geometry["occupied"]
    assert shapely.equals(red, BRIDGEHEAD)
    assert list(history.snapshots.snapshot_utc) == [
        pd.Timestamp("1864-04-18T23:59:59Z")
    ]
    assert len(history.snapshots.sha256[0]) == 64


def test_a_shapefile_in_a_zip_and_one_that_lacks_a_part(tmp_path: Path) -> None:
    table(WAR).to_file(tmp_path / "1864-04-18.shp")
    parts = sorted(tmp_path.glob("1864-04-18.*"))
    for kept in (parts, [part for part in parts if part.suffix != ".dbf"]):
        path = tmp_path / f"{len(kept)}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for part in kept:
                archive.write(part, f"shapes/{part.name}")
        if kept is parts:
            history = read_plain(path, status_column="army", statuses=ARMIES)
            assert list(history.snapshots.origin) == [
                f"{path.name}/shapes/1864-04-18.shp"
            ]
        else:
            with pytest.raises(SnapshotError, match=r"parts \.dbf are missing"):
                read_plain(path, status_column="army", statuses=ARMIES)


def test_a_shapefile_is_named_by_its_shp(tmp_path: Path) -> None:
    path = tmp_path / "1864-04-18 [1].shp"
    table(WAR).to_file(path)
    (tmp_path / "1864-04-18 [1].shp.xml").write_text("<metadata/>")
    (tmp_path / "1864-04-18 [1].geojson").write_text("another map")
    history = read_plain(path, status_column="army", statuses=ARMIES)
    assert list(history.snapshots.origin) == [path.name]
    folder = tmp_path / "folder"
    folder.mkdir()
    table(WAR).to_file(folder / path.name)
    same = read_plain(folder, status_column="army", statuses=ARMIES)
    assert same.shapes.equals(history.shapes)
    path.with_suffix(".dbf").unlink()
    with pytest.raises(SnapshotError, match=r"parts \.dbf are missing"):
        read_plain(path, status_column="army", statuses=ARMIES)


def test_a_coordinate_system_that_is_no_utf_8_is_told(tmp_path: Path) -> None:
    path = tmp_path / "1864-04-18.shp"
    table(WAR).to_file(path)
    system = path.with_suffix(".prj")
    system.write_bytes(system.read_bytes().replace(b"WGS", b"Syst\xe8me", 1))
    with pytest.raises(SnapshotError, match="coordinate system is no UTF-8 text"):
        read_plain(path, status_column="army", statuses=ARMIES)


def test_a_part_of_a_shapefile_alone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "islands.shp"
    path.write_bytes(b"\0\0\x27\x0a")
    with pytest.raises(SnapshotError, match=r"parts \.shx, \.dbf are missing"):
        read_plain(path, status_column="army", statuses=ARMIES)


def test_other_wars_are_measured_like_this_one(tmp_path: Path) -> None:
    path = tmp_path / "war.geojson"
    path.write_bytes(
        geojson([*WAR, *LATER], day=["1864-04-18"] * 3 + ["1864-06-29"] * 2)
    )
    history = read_plain(
        path,
        status_column="army",
        statuses=ARMIES,
        date_column="day",
        source="islands",
        licence="CC0",
        attribution="drawn for this test",
    )
    islands = Theatre(
        name="islands",
        region=NORTH,
        border=shapely.LineString([(10, 0.5), (11, 0.5)]),
        held=frozenset({Status.OCCUPIED}),
        contested=frozenset({Status.CONTESTED}),
    )
    war = history.select(islands)
    assert (war.source, war.licence) == ("islands", "CC0")
    # 0.1 x 0.1 degrees at the equator: 11.132 km x 11.057 km.
    assert measure(war).area_km2.round(1).tolist() == [123.1, 123.1]
    assert len(sections(war, at="1864-04-18")) == 1
    assert measure(war).depth_km.tolist() == pytest.approx([11.057] * 2, abs=0.01)


@pytest.mark.parametrize(
    ("values", "instants"),
    [
        (["2025-04-15"], ["2025-04-15T23:59:59Z"]),
        (["2025-04-15T18:30:00Z"], ["2025-04-15T18:30:00Z"]),
        (["2025-04-15T18:30:00+03:00"], ["2025-04-15T15:30:00Z"]),
        (["2025-04-15T00:00:00", "2025-04-16T12:00:00"],
         ["2025-04-15T00:00:00Z", "2025-04-16T12:00:00Z"]),
        ([20250415], ["2025-04-15T23:59:59Z"]),
        ([1744741800000], ["2025-04-15T18:30:00Z"]),
        (["15 April 2025"], ["2025-04-15T23:59:59Z"]),
    ],
)  # fmt: skip
def test_columns_of_dates_and_times(
    values: list[Any], instants: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "war.geojson"
    path.write_bytes(geojson([("red", NORTH)] * len(values), day=values))
    history = read_plain(path, status_column="army", statuses=ARMIES, date_column="day")
    assert list(history.snapshots.snapshot_utc) == [pd.Timestamp(i) for i in instants]


def test_rows_without_a_date_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "war.geojson"
    path.write_bytes(geojson([("red", NORTH)] * 2, day=["2025-04-15", None]))
    history = read_plain(path, status_column="army", statuses=ARMIES, date_column="day")
    assert list(history.rejected.reason) == ["no date in column 'day'"]


@pytest.mark.parametrize(
    ("name", "pattern", "tz", "instant"),
    [
        ("front_150425.geojson", "front_%d%m%y", "UTC", "2025-04-15T23:59:59Z"),
        ("15 April 2025.geojson", "%d %B %Y", "UTC", "2025-04-15T23:59:59Z"),
        ("2025.105.geojson", "%Y.%j", "UTC", "2025-04-15T23:59:59Z"),
        ("250415_1830.geojson", "%y%m%d_%H%M", "UTC", "2025-04-15T18:30:00Z"),
        ("250415_1830.geojson", "%y%m%d_%H%M", "Europe/Kyiv", "2025-04-15T15:30:00Z"),
        ("2025-04-15.geojson", None, "Europe/Kyiv", "2025-04-15T20:59:59Z"),
        ("Apr-1-2025.geojson", "%b-%d-%Y", "UTC", "2025-04-01T23:59:59Z"),
        ("front 1.4.2025 v2.geojson", "%d.%m.%Y", "UTC", "2025-04-01T23:59:59Z"),
        ("week 14 2025.geojson", "week %V %G", "UTC", "2025-04-06T23:59:59Z"),
        ("2024-02.geojson", "%Y-%m", "UTC", "2024-02-29T23:59:59Z"),
    ],
)
def test_dates_in_names(name: str, pattern: str | None, tz: str, instant: str) -> None:
    plain = Plain(statuses={"*": "occupied"}, date_pattern=pattern, tz=tz)
    (parsed,) = plain.parse(geojson([("red", NORTH)]), f"maps/{name}")
    assert getattr(parsed, "snapshot_utc", None) == pd.Timestamp(instant)


def test_other_projections_are_brought_home(tmp_path: Path) -> None:
    path = tmp_path / "1864-04-18.gpkg"
    table([("red", NORTH)]).to_crs("EPSG:3857").to_file(path)
    history = read_plain(path, statuses={"*": "occupied"})
    assert shapely.equals_exact(
        history.shapes.geometry[0].normalize(), NORTH.normalize(), tolerance=1e-9
    )


def test_a_projection_that_a_file_hides_can_be_told(tmp_path: Path) -> None:
    path = tmp_path / "1864-04-18.parquet"
    hidden = (
        table([("red", NORTH)]).to_crs("EPSG:3857").set_crs(None, allow_override=True)
    )
    hidden.to_parquet(path)
    with pytest.raises(SnapshotError, match="names no coordinate reference system"):
        read_plain(path, statuses={"*": "occupied"})
    history = read_plain(path, statuses={"*": "occupied"}, crs="EPSG:3857")
    assert history.shapes.total_bounds == pytest.approx(NORTH.bounds)


def test_values_that_are_not_named_are_kept_and_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "1864-04-18.geojson"
    path.write_bytes(geojson([("red", NORTH), ("green", SOUTH), (None, BRIDGEHEAD)]))
    with pytest.warns(UnknownStatusWarning, match="'' on 1 map; 'green' on 1 map"):
        history = read_plain(path, status_column="army", statuses=ARMIES)
    assert sorted(history.shapes.status) == ["occupied", "unknown", "unknown"]
    rest = read_plain(
        path, status_column="army", statuses={"red": "occupied", "*": "liberated"}
    )
    assert sorted(rest.shapes.status) == ["liberated", "liberated", "occupied"]


def test_numbers_are_named_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "1864-04-18.geojson"
    path.write_bytes(geojson([(1, NORTH), (None, SOUTH)]))
    history = read_plain(
        path, status_column="army", statuses={"1": "occupied", "*": "none"}
    )
    assert list(history.shapes.label) == ["1"]


def test_points_are_left_out_and_missing_shapes_listed(tmp_path: Path) -> None:
    path = tmp_path / "1864-04-18.geojson"
    path.write_bytes(
        geojson([("red", NORTH), ("red", shapely.Point(10, 0.5)), ("red", None)])
    )
    history = read_plain(path, status_column="army", statuses=ARMIES)
    assert history.snapshots.n_features.tolist() == [1]
    assert list(history.rejected.reason) == ["no geometry"]


# TOML

TOML = """
source = "islands"
licence = "CC0"
attribution = "drawn for this test"
status_column = "army"
date_pattern = "%d-%m-%Y"

[statuses]
red = "occupied"
both = "contested"
blue = "none"
"""


def test_ten_lines_of_toml_bring_a_source(tmp_path: Path) -> None:
    described = tmp_path / "islands.toml"
    described.write_text(TOML, encoding="utf-8")
    path = tmp_path / "18-04-1864.geojson"
    path.write_bytes(geojson(WAR))
    history = read_history(path, source=str(described))
    assert history.source == "islands"
    assert history.attribution == "drawn for this test"
    assert sorted(history.shapes.status) == ["contested", "occupied"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[statuses", "is no TOML"),
        ("source = 'islands'", "statuses is not known, missing or no text"),
        ("statuses = 'occupied'", "statuses is not known, missing or no text"),
        ("colour = 'red'\n[statuses]\n'*' = 'occupied'", "colour is not known"),
        ("source = 3\n[statuses]\n'*' = 'occupied'", "source is not known"),
        ("[statuses]\n'*' = 'taken'", "Status 'taken' is not known"),
    ],
)
def test_toml_that_describes_nothing_is_refused(
    text: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "war.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(OptionError, match=message):
        read_mapping(path)


def test_toml_that_is_not_there_is_refused() -> None:
    with pytest.raises(OptionError, match=r"no/war\.toml: cannot be opened"):
        read_history(".", source="no/war.toml")


# Errors


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"statuses": {"red": "occupied"}}, "without status_column"),
        ({"statuses": {"*": "taken"}}, "Status 'taken' is not known"),
        (
            {"statuses": {"*": "occupied"}, "date_column": "a", "from_column": "b"},
            "beside date_column",
        ),
        ({"statuses": {"*": "occupied"}, "date_pattern": "%Y"}, "tells no day"),
        ({"statuses": {"*": "occupied"}, "date_pattern": "%Y-%m-%Q"}, "tells no day"),
        ({"statuses": {"*": "occupied"}, "tz": "Mars/Base"}, "Zone 'Mars/Base'"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(OptionError, match=message):
        Plain(**options)


@pytest.mark.parametrize(
    ("name", "raw", "options", "message"),
    [
        ("a.geojson", geojson(WAR), {}, "nothing tells when"),
        (
            "1864-04-18.geojson",
            geojson(WAR),
            {"date_pattern": "%y%m%d"},
            "Expected a name that matches '%y%m%d'",
        ),
        ("998899.geojson", geojson(WAR), {"date_pattern": "%y%m%d"}, "nothing tells"),
        ("2025111.geojson", geojson(WAR), {"date_pattern": "%Y%m%d"}, "nothing tells"),
        ("a.geojson", geojson(WAR), {"date_column": "day"}, "no column 'day'"),
        (
            "a.geojson",
            geojson(WAR, day=["spring"] * 3),
            {"date_column": "day"},
            "dated 'spring'",
        ),
        ("1864-04-18.gpkg", b"SQLite format 3\0", {}, "cannot be read: its content"),
        ("1864-04-18.json", b'{"rings": 1}', {}, "cannot be read: its content"),
        ("1864-04-18.parquet", b"PAR1", {}, "cannot be read"),
        ("1864-04-18.geojson", b'{"a": 1}', {}, "cannot be read"),
    ],
)
def test_files_that_do_not_fit_are_refused_by_name(  # noqa: PLR0917
    name: str, raw: bytes, options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(raw)
    with pytest.raises(SnapshotError, match=rf"{name}: .*{message}"):
        read_plain(path, status_column="army", statuses=ARMIES, **options)


def test_a_table_without_geometry_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "1864-04-18.parquet"
    pd.DataFrame({"army": ["red"]}).to_parquet(path)
    with pytest.raises(SnapshotError, match=r"1864-04-18\.parquet: "):
        read_plain(path, statuses={"*": "occupied"})


def test_layers_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "1864-04-18.gpkg"
    table(WAR).to_file(path, layer="front")
    table([("red", SOUTH)]).to_file(path, layer="rear")
    plain = Plain(statuses={"*": "occupied"}, layer="rear")
    assert len(read_history(path, source=plain).shapes) == 1
    wrong = Plain(statuses={"*": "occupied"}, layer="left")
    with pytest.raises(
        SnapshotError, match=r"2 layers: front, rear.*name it with layer="
    ):
        read_history(path, source=wrong)


def test_layers_with_days_in_their_names_are_maps(tmp_path: Path) -> None:
    path = tmp_path / "war.gpkg"
    table(WAR).to_file(path, layer="front 1864-04-18")
    table(LATER).to_file(path, layer="front 1864-06-29")
    table([("red", shapely.Point(10, 1))]).to_file(path, layer="towns")
    history = read_plain(path, status_column="army", statuses=ARMIES)
    assert list(history.snapshots.origin) == [
        "war.gpkg/front 1864-04-18",
        "war.gpkg/front 1864-06-29",
    ]
    assert history.snapshots.sha256.is_unique
    both = read_plain(path, statuses={"*": "occupied"}, date_column=None)
    assert both.snapshots.n_features.tolist() == [3, 2]
    rows = tmp_path / "rows.gpkg"
    for layer, shape in (("left", NORTH), ("right", SOUTH)):
        table([("red", shape)], day=["1864-04-18"]).to_file(rows, layer=layer)
    one = read_plain(rows, statuses={"*": "occupied"}, date_column="day")
    assert one.snapshots.n_features.tolist() == [2]


def test_json_of_esri_s_is_read_and_a_page_tells_of_the_next(tmp_path: Path) -> None:
    ring = [list(point) for point in NORTH.exterior.coords]
    hole = [
        list(point)
        for point in shapely.affinity.translate(BRIDGEHEAD, 0, 0.1).exterior.coords
    ]
    page = {
        "geometryType": "esriGeometryPolygon",
        "spatialReference": {"wkid": 4326},
        "exceededTransferLimit": True,
        "fields": [{"name": "army", "type": "esriFieldTypeString", "alias": "army"}],
        "features": [
            {"attributes": {"army": "red"}, "geometry": {"rings": [ring[::-1], hole]}}
        ],
    }
    path = tmp_path / "1864-04-18.json"
    path.write_text(json.dumps(page))
    history = read_plain(path, status_column="army", statuses=ARMIES)
    assert history.shapes.geometry[0].area == pytest.approx(0.49)
    (reason,) = history.rejected.reason
    assert "more follows on another page" in reason


# Rows that stand for a period


@pytest.mark.parametrize(
    ("rows", "days", "n_features"),
    [
        # The first day on which a row is not shown, ...
        ([("04-01", "04-08"), ("04-08", None)], ["04-01", "04-08"], [1, 1]),
        # ... or the last day on which it is, as other rows tell; clocks change between.
        ([("03-01", "03-29"), ("03-30", "03-30"), ("03-31", None)],
         ["03-01", "03-30", "03-31"], [1, 1, 1]),
        ([("04-01", None), ("04-05", "04-09")], ["04-01", "04-05", "04-09"], [1, 2, 1]),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:Column 'to'")
def test_rows_with_a_period(
    rows: list[tuple[str, str | None]],
    days: list[str],
    n_features: list[int],
    tmp_path: Path,
) -> None:
    plain = Plain(
        statuses={"*": "occupied"},
        from_column="from",
        to_column="to",
        tz="Europe/Kyiv",
    )
    for number, (begin, end) in enumerate(rows):  # in one file or in several
        told = {"from": [f"2025-{begin}"], "to": [end and f"2025-{end}"]}
        shape = shapely.box(number, 0, number + 1, 1)
        (tmp_path / f"{number}.geojson").write_bytes(geojson([("red", shape)], **told))
    history = read_history(tmp_path, source=plain)
    local = history.snapshots.snapshot_utc.dt.tz_convert("Europe/Kyiv")
    assert local.dt.strftime("%m-%d %H:%M").tolist() == [f"{day} 23:59" for day in days]
    assert history.snapshots.n_features.tolist() == n_features


def test_ends_for_ever_ends_that_are_none_and_those_before_the_beginning(
    tmp_path: Path,
) -> None:
    path = tmp_path / "war.geojson"
    told = {
        "from": ["2025-04-01", "2025-04-01", "2025-04-03"],
        "to": ["9999-12-31", "soon", "2025-04-02"],
    }
    path.write_bytes(geojson([("red", NORTH)] * 3, **told))
    plain = Plain(statuses={"*": "occupied"}, from_column="from", to_column="to")
    history = read_history(path, source=plain)
    assert history.snapshots.snapshot_utc.dt.year.max() == 2025
    assert sorted(history.rejected.reason) == [
        "dated 'soon' in column 'to'",
        "ends as it begins, or before",
    ]


@pytest.mark.parametrize(
    "name", ["sep=;\narmy;wkt\nred;{}\n", "\ufeffarmy;wkt\nred;{}"]
)
def test_tables_as_spreadsheets_write_them(name: str, tmp_path: Path) -> None:
    path = tmp_path / "1864-04-18.csv"
    path.write_text(name.format(NORTH.wkt), encoding="utf-8")
    history = read_plain(path, status_column="army", statuses=ARMIES)
    assert history.shapes.geometry[0].equals(NORTH)
    path.write_text("army,wkt\nred,POLYGON((0 0,1 1,1 0,0 0))\n", encoding="utf-8")
    with pytest.raises(SnapshotError, match="more cells than the first one"):
        read_plain(path, status_column="army", statuses=ARMIES)
    path.write_bytes("army;wkt\nкрасные;{NORTH.wkt}".encode("cp1251"))
    with pytest.raises(SnapshotError, match=r"not UTF-8 at byte 9.*save it as UTF-8"):
        read_plain(path, status_column="army", statuses=ARMIES)


def test_an_unknown_file_leads_to_read_plain(tmp_path: Path) -> None:
    path = tmp_path / "1864-04-18.geojson"
    path.write_bytes(geojson(WAR))
    with pytest.raises(SnapshotError, match=r"kursk_geo\.read_plain\(\)"):
        read_history(path)
    with pytest.raises(SourceError, match="There is no"):
        read_plain(tmp_path / "nowhere", statuses={"*": "occupied"})


def test_columns_of_parquet_keep_their_types(tmp_path: Path) -> None:
    raw = io.BytesIO()
    days = pd.to_datetime(["2025-04-15T10:00Z", "2025-04-16T00:00Z"])
    table([("red", NORTH)] * 2, day=days).to_parquet(raw)
    plain = Plain(statuses={"*": "occupied"}, date_column="day")
    parsed = plain.parse(raw.getvalue(), "war.parquet")
    assert [getattr(one, "snapshot_utc", None) for one in parsed] == list(days)
    assert json.loads(geojson(WAR))["type"] == "FeatureCollection"
