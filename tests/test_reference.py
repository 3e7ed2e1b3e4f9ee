import json
import re
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from shapely import LineString, Point, Polygon, box

from kursk_geo.errors import CoarseBorderWarning, ReferenceDataError
from kursk_geo.reference import (
    border,
    find_place,
    namesakes,
    nearest_place,
    oblasts,
    places,
    read_border,
    read_region,
)

GEOD = pyproj.Geod(ellps="WGS84")
FINE = LineString(np.column_stack([np.linspace(35, 35.5, 200), np.full(200, 51.0)]))


def written(path: Path, *shapes: shapely.Geometry | None, crs: object = 4326) -> Path:
    gpd.GeoDataFrame(geometry=list(shapes), crs=crs).to_file(path)
    return path


# The bundled line


def test_the_bundled_line_runs_from_belarus_to_the_sea() -> None:
    line = border()
    assert line.geom_type == "LineString"
    assert len(line.coords) == 5705
    assert line.is_simple
    assert line.coords[0][1] > 52
    assert line.coords[-1][1] < 47.5
    assert GEOD.geometry_length(line) / 1e3 == pytest.approx(1992, abs=1)
    assert border() is line


@pytest.mark.parametrize(("lon", "lat"), [(35.351, 50.975), (34.386, 51.843)])
def test_it_passes_where_oblasts_meet_it(lon: float, lat: float) -> None:
    assert border().distance(Point(lon, lat)) < 0.005


# A line of one's own


@pytest.mark.parametrize("name", ["line.geojson", "line.gpkg", "line.shp", "line.fgb"])
def test_a_line_from_any_format(name: str, tmp_path: Path) -> None:
    read = read_border(written(tmp_path / name, FINE))
    assert shapely.equals_exact(read, FINE, tolerance=1e-9)


def test_parts_are_joined_and_projections_undone(tmp_path: Path) -> None:
    half = len(FINE.coords) // 2
    parts = [LineString(FINE.coords[: half + 1]), LineString(FINE.coords[half:])]
    projected = gpd.GeoSeries(parts, crs=4326).to_crs(32636)
    path = written(tmp_path / "line.gpkg", *projected, crs=32636)
    read = read_border(path)
    assert read.geom_type == "LineString"
    assert shapely.equals_exact(read, FINE, tolerance=1e-7)


def test_a_coarse_line_is_taken_with_a_warning_of_what_it_does(tmp_path: Path) -> None:
    """Every fiftieth vertex of the bundled line, and the truth about it."""
    line = LineString(list(border().coords)[1500:3500:50])
    path = written(tmp_path / "coarse.geojson", line)
    with pytest.warns(
        CoarseBorderWarning, match=r"coarse: its vertices stand [\d,]+ m apart"
    ) as caught:
        read = read_border(path)
    assert len(read.coords) == len(line.coords)
    assert caught[0].filename == __file__
    message = str(caught[0].message)
    near = shapely.intersection(border(), box(*line.bounds).buffer(0.1))
    points = shapely.points(shapely.get_coordinates(near))
    feet = shapely.get_coordinates(shapely.shortest_line(points, line)).reshape(-1, 4)
    off_km = GEOD.inv(*feet.T)[2] / 1e3
    told = re.search(r"wrong by up to about ([\d.]+) km", message)
    assert told is not None
    assert np.quantile(off_km, 0.95) < float(told[1])


def test_a_coarse_line_elsewhere_says_so_by_its_spacing(tmp_path: Path) -> None:
    line = LineString([(100, 10), (100.02, 10), (100.04, 10)])
    with pytest.warns(CoarseBorderWarning, match=r"wrong by up to about 2\.2 km"):
        read_border(written(tmp_path / "elsewhere.geojson", line))


def test_a_fine_line_is_taken_without_a_word(tmp_path: Path) -> None:
    read_border(written(tmp_path / "fine.geojson", FINE))


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ([box(35, 51, 36, 52)], "holds Polygon. Expected one line"),
        ([FINE, box(35, 51, 36, 52)], "LineString, Polygon. Expected one line"),
        ([Point(35, 51)], "holds Point"),
        ([None], "holds nothing"),
        ([LineString([(3.9e6, 6.6e6), (4e6, 6.7e6)])], "leaves longitude ±180"),
    ],
)
def test_what_is_no_line_is_refused(
    shapes: list[shapely.Geometry | None], message: str, tmp_path: Path
) -> None:
    path = written(tmp_path / "shapes.geojson", *shapes)
    with pytest.raises(ReferenceDataError, match=message):
        read_border(path)


def test_a_line_without_a_reference_system_is_refused(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        path = written(tmp_path / "line.shp", FINE, crs=None)
    for read in (read_border, read_region):
        with pytest.raises(
            ReferenceDataError, match="names no coordinate reference sys"
        ):
            read(path)


@pytest.mark.parametrize("raw", [b"", b"text", b"{", b'{"type":"FeatureCollection"}'])
def test_files_that_are_no_maps_are_refused(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file.geojson"
    path.write_bytes(raw)
    for read in (read_border, read_region):
        with pytest.raises(ReferenceDataError, match=r"file\.geojson"):
            read(path)


def test_tables_without_shapes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2\n")
    for read in (read_border, read_region):
        with pytest.raises(ReferenceDataError, match=r"table\.csv"):
            read(path)


# A region of one's own


def test_a_region_is_the_union_of_all_areas(tmp_path: Path) -> None:
    path = written(
        tmp_path / "region.gpkg", box(35, 51, 35.6, 52), box(35.5, 51, 36, 52), None
    )
    assert read_region(path).equals(box(35, 51, 36, 52))


def test_an_invalid_region_is_repaired(tmp_path: Path) -> None:
    ring = [[35, 51], [36, 52], [36, 51], [35, 52], [35, 51]]
    path = tmp_path / "region.geojson"
    path.write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))
    region = read_region(path)
    assert region.is_valid
    assert region.area == pytest.approx(0.5)


def test_a_line_is_no_region(tmp_path: Path) -> None:
    path = written(tmp_path / "line.geojson", FINE)
    with pytest.raises(ReferenceDataError, match="holds no area"):
        read_region(path)


SQUARE = box(35, 51, 36, 52)
RING = [[35, 51], [36, 51], [36, 52], [35, 51]]


@pytest.mark.parametrize(
    ("coordinates", "meant"),
    [
        ([[[395, 51], [396, 51], [396, 52], [395, 52], [395, 51]]], SQUARE),
        ([[[-325, 51], [-324, 51], [-324, 52], [-325, 52]]], SQUARE),
        ([[[755, 51], [756, 51], [756, 52], [755, 52]]], SQUARE),
        ([[[35, 51], [36, 51], [36, 52], [35, 52]]], SQUARE),
        ([[[35, 51, 9], [36, 51, 9], [36, 52, 9], [35, 52, 9]]], SQUARE),
        ([[[35, 51], [36, 51], [36, 52], [35, 52], [35, 51 + 1e-9]]], SQUARE),
    ],
)
def test_outlines_as_public_files_have_them(
    coordinates: list[object], meant: Polygon, tmp_path: Path
) -> None:
    for kind in ("Polygon", "MultiPolygon"):
        given = coordinates if kind == "Polygon" else [coordinates]
        shape = {"type": kind, "coordinates": given}
        feature = {"type": "Feature", "properties": {}, "geometry": shape}
        nothing = {"type": "Feature", "properties": {}, "geometry": None}
        for document in (
            shape,
            feature,
            {"type": "FeatureCollection", "features": [nothing, feature]},
            {"type": "GeometryCollection", "geometries": [shape]},
        ):
            path = tmp_path / "region.geojson"
            path.write_text("\ufeff" + json.dumps(document))
            assert read_region(path).symmetric_difference(meant).area < 1e-8


def test_a_region_across_180_degrees_is_cut_there(tmp_path: Path) -> None:
    for east in (181, -179):
        ring = [[179, -17], [east, -17], [east, -16], [179, -16], [179, -17]]
        path = tmp_path / "fiji.geojson"
        path.write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))
        region = read_region(path)
        assert region.bounds == (-180, -17, 180, -16)
        assert region.area == pytest.approx(2)


CHUKOTKA = [
    [170, 65],
    [180, 65],
    [-180, 65],
    [-170, 66],
    [-180, 68],
    [179.9, 68],
    [170, 68],
]
ROUND = [[-180, -70], [-90, -75], [0, -70], [90, -66], [180, -70]]


@pytest.mark.parametrize(
    ("rings", "area"),
    [
        ([[*CHUKOTKA, CHUKOTKA[0]]], 45.15),
        ([[[x + 360, y] for x, y in CHUKOTKA]], 45.15),
        ([[*ROUND, ROUND[0]]], 7110.0),
        ([[*ROUND[1:], ROUND[0], ROUND[1]]], 7110.0),
        ([[*ROUND, [180, -90], [-180, -90], ROUND[0]]], 7110.0),
    ],
)
def test_countries_at_180_degrees_and_round_a_pole(
    rings: list[object], area: float, tmp_path: Path
) -> None:
    path = tmp_path / "country.geojson"
    path.write_text(json.dumps({"type": "Polygon", "coordinates": rings}))
    region = read_region(path)
    assert region.is_valid
    assert region.area == pytest.approx(area, abs=0.2)


def test_an_islet_of_topojson_costs_nothing(tmp_path: Path) -> None:
    topology = {
        "type": "Topology",
        "transform": {"scale": [1, 1], "translate": [35, 51]},
        "arcs": [[[0, 0], [1, 0], [0, 1], [-1, 0], [0, -1]], [[3, 3], [1, 0], [-1, 0]]],
        "objects": {"a": {"type": "MultiPolygon", "arcs": [[[0]], [[1]]]}},
    }
    path = tmp_path / "countries.json"
    path.write_text(json.dumps(topology))
    assert read_region(path).equals(SQUARE)


def test_all_layers_of_a_file_are_the_region(tmp_path: Path) -> None:
    path = tmp_path / "layers.gpkg"
    for name, shape in (("a", box(35, 51, 36, 52)), ("b", box(36, 51, 37, 52))):
        table = gpd.GeoDataFrame(geometry=[shape], crs=4326)
        table.to_file(path, layer=name)
    assert read_region(path).equals(box(35, 51, 37, 52))


KML = """<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<Placemark><Polygon><outerBoundaryIs><LinearRing><coordinates>{}</coordinates>
</LinearRing></outerBoundaryIs></Polygon></Placemark></Document></kml>"""


@pytest.mark.parametrize("suffix", ["gpkg", "fgb", "shp", "parquet", "kml", "geojson"])
def test_a_region_from_any_format(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"region.{suffix}"
    table = gpd.GeoDataFrame({"a": [1]}, geometry=[box(35, 51, 36, 52)], crs=4326)
    if suffix == "parquet":
        table.to_parquet(path)
    elif suffix == "kml":
        corners = " ".join(f"{lon},{lat},0" for lon, lat in SQUARE.exterior.coords)
        path.write_text(KML.format(corners))
    else:
        table.to_file(path)
    assert read_region(path).equals(box(35, 51, 36, 52))


def test_a_region_in_an_old_reference_system(tmp_path: Path) -> None:
    square = gpd.GeoSeries([box(35, 51, 36, 52)], crs=4326).to_crs(32636)
    path = tmp_path / "region.geojson"
    square.to_file(path)
    assert json.loads(path.read_text())["crs"]["properties"]["name"].endswith("32636")
    assert read_region(path).symmetric_difference(box(35, 51, 36, 52)).area < 1e-7


VRT = """<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>{}</SrcDataSource>
</OGRVRTLayer></OGRVRTDataSource>"""


def polygon(coordinates: str) -> str:
    return f'{{"type":"Polygon","coordinates":{coordinates}}}'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (VRT.format("/etc/passwd"), "holds no placemark"),
        (VRT.format("http://127.0.0.1:9/a.geojson"), "holds no placemark"),
        ('{"type":"gdal_streamed_alg","command_line":"x"}', "gdal_streamed_alg"),
        (polygon("[[[35,51],[36,NaN],[36,52]]]"), "Cannot read"),
        (polygon("[[[35,51],[36,1e999],[36,52]]]"), "no numbers|Cannot read"),
        (polygon('[["a","b"],["c","d"]]'), "Cannot read"),
        (polygon("[[35,51],[36,52]]"), "Cannot read"),
        (polygon("[[[35],[36],[37]]]"), "a position of 1 numbers"),
        (polygon("[[[35,51],[36,51]]]"), "a ring of 3 points"),
        (polygon("[]"), "holds no area"),
        (polygon("[[]]"), "a ring of 0 points"),
        (polygon('{"a":1}'), "Expected `array`"),
        ('{"type":"Polygon"}', "coordinates"),
        ('{"type":"MultiPolygon","coordinates":[3]}', "Expected `array`"),
        ('{"type":"FeatureCollection","features":{}}', "FeatureCollection"),
        (polygon("[[[-100,0],[100,0],[100,9],[-100,9]]]"), "longer than 180"),
        (polygon("[[[3e5,5e6],[4e5,5e6],[4e5,6e6]]]"), "leaves longitude"),
        (polygon("[[[35,51],[36,51],[36,92]]]"), "leaves longitude"),
        ('{"a":1}', "Expected GeoJSON"),
        ("[1,2]", "no feature"),
        ("<html>", "an HTML page"),
        ("<kml>", "not a whole KML"),
        ('{"type":"Point","crs":{"properties":{"name":"EPSG:0"}}}', "holds no area"),
    ],
)
def test_what_is_no_region_is_refused_in_one_line(
    text: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "region.geojson"
    path.write_text(text)
    with pytest.raises(ReferenceDataError, match=message) as caught:
        read_region(path)
    assert "\n" not in str(caught.value)
    assert "region.geojson" in str(caught.value)


def test_a_zip_that_holds_references_or_is_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "region.zip"
    with ZipFile(path, "w") as archive:
        archive.writestr("region.geojson", VRT.format("/etc/passwd"))
    with pytest.raises(ReferenceDataError, match="holds no placemark"):
        read_region(path)
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr("region.geojson", bytes(100 << 20))
    with pytest.raises(ReferenceDataError, match="unpacks to 100 MiB"):
        read_region(path)
    path.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(ReferenceDataError, match="Cannot read region"):
        read_region(path)


def test_a_zipped_shapefile_is_a_region(tmp_path: Path) -> None:
    written(tmp_path / "region.shp", box(35, 51, 36, 52))
    path = tmp_path / "zipped.zip"
    with ZipFile(path, "w") as archive:
        for part in tmp_path.glob("region.*"):
            archive.write(part, part.name)
    assert read_region(path).equals(box(35, 51, 36, 52))


def test_a_folder_or_nothing_is_no_region(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.geojson"):
        with pytest.raises(ReferenceDataError, match="Cannot read region"):
            read_region(path)


# Oblasts and places


def test_oblasts_are_those_of_ukraine_and_its_neighbours() -> None:
    table = oblasts()
    assert table["country"].value_counts().to_dict() == {"UA": 25, "RU": 4}
    assert table["iso"].is_unique
    assert table.geometry.is_valid.all()
    # Kyiv and Sevastopol are counted apart from the oblasts that surround them.
    of_ukraine = table.loc[table["country"] == "UA", "official_area_km2"].sum()
    assert of_ukraine + 839 + 864 == pytest.approx(603_628, abs=100)
    measured_km2 = [GEOD.geometry_area_perimeter(shape)[0] / 1e6 for shape in
                    shapely.orient_polygons(table.geometry.to_numpy())]  # fmt: skip
    off = np.abs(measured_km2 / table["official_area_km2"] - 1)
    # Bays and lagoons of Kherson and Mykolaiv are in the statistics, not on the map.
    assert off.median() < 0.01
    assert off.max() < 0.09


def test_oblasts_end_at_the_bundled_border() -> None:
    on_the_border = oblasts()[oblasts()["iso"].isin(["UA-59", "UA-63", "RU-KRS"])]
    for shape in on_the_border.geometry:
        near = shapely.intersection(border(), shape.buffer(1e-6))
        assert GEOD.geometry_length(near) > 200e3


def test_places_are_on_the_map_and_in_their_oblast() -> None:
    table = places()
    assert len(table) > 4000
    assert table["name"].str.fullmatch(r"[A-Za-z0-9 .()-]+").all()
    shapes = oblasts().set_index("iso").geometry
    there = table[table["oblast"] != ""]
    home = shapes.loc[there["oblast"]].to_numpy()
    assert shapely.distance(there.geometry.to_numpy(), home).max() < 0.03
    assert set(table.loc[table["oblast"].str.startswith("UA"), "country"]) == {"UA"}


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("Sudzha", "Sudzha"),
        ("суджа", "Sudzha"),
        ("Tyotkino", "Tetkino"),
        ("Тёткино", "Tetkino"),
        ("Ryl'sk", "Rylsk"),
        ("Hornal", "Gornal"),
        ("Gornal’", "Gornal"),
        ("Guevo", "Guyevo"),
        ("Basovka", "Basivka"),
        ("Kharkov", "Kharkiv"),
        ("Kupyansk", "Kupiansk"),
        ("Avdiyivka", "Avdiivka"),
        ("Krasnopillia", "Krasnopillia"),
        ("Artemivsk", "Bakhmut"),
        ("Zaporizhzhia", "Zaporizhzhia"),
    ],
)
def test_a_place_is_found_by_any_spelling(spelling: str, name: str) -> None:
    place = find_place(spelling)
    assert place is not None
    assert place.name == name
    assert place.population != 656  # the village of Zaporizhzhia


@pytest.mark.parametrize("strange", ["", "-", "Atlantis", "the", "'"])
def test_what_is_no_place_is_none(strange: str) -> None:
    assert find_place(strange) is None


def test_of_namesakes_the_near_one_is_meant() -> None:
    sumy = box(34.0, 50.8, 35.5, 51.3)
    village = find_place("Andriivka", near=sumy)
    assert village is not None
    assert village.population == 0
    assert village.distance_km == 0
    assert find_place("Vovchansk", near=sumy) is None
    assert len(namesakes("Andriivka")) > 1
    assert [p.name for p in namesakes("Sudzha")] == ["Sudzha"]
    lyptsi = find_place("Lyptsi", near=sumy)
    assert lyptsi is not None
    assert lyptsi.distance_km == pytest.approx(92.5, abs=1)


def test_the_nearest_place_is_that_of_all_distances() -> None:
    table = places()
    for lon, lat, people in [(35.3, 51.2, 0), (34.0, 47.0, 5000), (33.5, 45.2, 20_000)]:
        place = nearest_place(lon, lat, min_population=people)
        known = table[table["population"] >= people]
        apart = [GEOD.inv(lon, lat, *xy)[2] / 1e3 for xy in
                 known[["lon", "lat"]].to_numpy()]  # fmt: skip
        assert place is not None
        assert place.distance_km == pytest.approx(min(apart))
        assert place.name == known["name"].iloc[int(np.argmin(apart))]


def test_a_nearest_place_says_where_one_stands() -> None:
    for lon, lat, towards in [
        (35.271, 51.25, "north"),
        (35.36, 51.191, "east"),
        (35.36, 51.25, "north-east"),
        (35.271, 51.17, "south"),
        (35.20, 51.191, "west"),
    ]:
        place = nearest_place(lon, lat, min_population=3000)
        assert place is not None
        assert (place.name, place.towards) == ("Sudzha", towards)


@pytest.mark.parametrize(
    ("lon", "lat", "name"),
    [(37.57, 47.1, "Mariupol"), (36.35, 50.02, "Kharkiv"), (34.81, 50.92, "Sumy")],
)
def test_a_quarter_is_no_place_of_its_own(lon: float, lat: float, name: str) -> None:
    place = nearest_place(lon, lat, min_population=100_000)
    assert place is not None
    assert place.name == name


def test_no_place_is_near_on_another_war_s_map() -> None:
    assert nearest_place(34.4, 31.4) is None
    assert nearest_place(179.9, -16.5) is None
    assert nearest_place(35.27, 51.25, within_km=1) is None
