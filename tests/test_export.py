"""Files for other tools: opened by GDAL, geopandas, sqlite and zip."""

import io
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import pandas as pd
import pyogrio
import pyproj
import pytest

import kursk_geo as kg
from commands import run
from kursk_geo.errors import LicenceError, OptionError
from kursk_geo.exports import LAYERS

GEOD = pyproj.Geod(ellps="WGS84")


@pytest.fixture(scope="module")
def kursk() -> kg.ControlHistory:
    return kg.sample_history().select("kursk")


@pytest.fixture(scope="module")
def package(kursk: kg.ControlHistory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return kg.export(kursk, tmp_path_factory.mktemp("gis") / "kursk.gpkg")


def geodesic_km2(shapes: gpd.GeoSeries) -> list[float]:
    return [abs(GEOD.geometry_area_perimeter(one)[0]) / 1e6 for one in shapes]


def test_a_geopackage_holds_every_layer(package: Path) -> None:
    kinds = dict(pyogrio.list_layers(package))
    assert set(LAYERS) <= set(kinds)
    assert kinds["front"].endswith("LineString")
    assert all("Polygon" in kinds[n] for n in ("states", "sections", "change"))
    for name in LAYERS:
        assert gpd.read_file(package, layer=name).crs.to_epsg() == 4326


def test_areas_are_those_of_measure(package: Path, kursk: kg.ControlHistory) -> None:
    states = gpd.read_file(package, layer="states")
    table = kg.measure(kursk, every="change")
    assert states["area_km2"].tolist() == table["area_km2"].tolist()
    assert geodesic_km2(states.geometry) == pytest.approx(
        table["area_km2"].tolist(), rel=1e-9, abs=1e-9
    )
    assert pd.to_datetime(states["valid_from"], utc=True).tolist() == list(table.index)


def test_layers_have_styles_that_qgis_takes(package: Path) -> None:
    with closing(sqlite3.connect(package)) as open_package:
        rows = open_package.execute(
            "SELECT f_table_name, f_geometry_column, styleQML, useAsDefault "
            "FROM layer_styles"
        ).fetchall()
    assert {row[0] for row in rows} == set(LAYERS)
    for name, column, qml, default in rows:
        assert (column, default) == ("geom", 1)
        style = ET.fromstring(qml.partition(">")[2])  # noqa: S314 - our own
        renderer = style.find("renderer-v2")
        assert renderer is not None
        attribute = renderer.get("attr")
        assert attribute is None or attribute in gpd.read_file(package, layer=name)
        used = {one.get("symbol") for one in renderer.iter("category")} or {"0"}
        assert {one.get("name") for one in renderer.iter("symbol")} == used


def test_a_geopackage_says_where_it_comes_from(package: Path) -> None:
    facts = pyogrio.read_info(package, layer="states")["layer_metadata"]
    assert facts["source"] == "sample"
    assert "not real outlines" in facts["attribution"]
    assert facts["software"] == f"kursk_geo {kg.__version__}"
    assert facts["schema"] == "1"


@pytest.mark.parametrize("ending", ["fgb", "geojson", "parquet"])
def test_one_layer_in_other_files(
    ending: str, kursk: kg.ControlHistory, tmp_path: Path
) -> None:
    path = kg.export(kursk, tmp_path / f"states.{ending}")
    table = gpd.read_parquet(path) if ending == "parquet" else gpd.read_file(path)
    expected = kg.measure(kursk, every="change")["area_km2"]
    assert sorted(table["area_km2"]) == pytest.approx(sorted(expected))
    with pytest.raises(OptionError, match="holds one layer"):
        kg.export(kursk, path, layers=["states", "front"])


def test_figures_without_shapes_may_be_passed_on(
    kursk: kg.ControlHistory, tmp_path: Path
) -> None:
    closed = replace(kursk, source="deepstate", licence="not to be passed on.")
    for ending in ("gpkg", "fgb", "parquet", "geojson"):
        with pytest.raises(LicenceError, match="may not be passed on"):
            kg.export(closed, tmp_path / f"x.{ending}")
    assert list(tmp_path.iterdir()) == []
    own = kg.export(closed, tmp_path / "own.gpkg", with_geometry=True)
    assert own.is_file()
    path = kg.export(closed, tmp_path / "sections.csv", layers=["sections"])
    rows = pd.read_csv(path)
    assert "geometry" not in rows
    assert len(rows) == len(kg.section_history(closed))
    beside = json.loads((tmp_path / "sections.csv.json").read_text("utf-8"))
    assert (beside["source"], beside["theatre"]) == ("deepstate", "kursk")
    assert beside["area_method"] == "geodesic"


def test_a_workbook_has_a_sheet_a_layer(
    kursk: kg.ControlHistory, tmp_path: Path
) -> None:
    path = kg.export(kursk, tmp_path / "figures.xlsx")
    sheets = [name for name, _ in pyogrio.list_layers(path)]
    assert sheets == ["about", *LAYERS]
    states = pyogrio.read_dataframe(path, layer="states")
    assert states["area_km2"].max() == pytest.approx(
        kg.measure(kursk)["area_km2"].max()
    )


def test_names_that_spreadsheets_would_run(
    kursk: kg.ControlHistory, tmp_path: Path
) -> None:
    shapes = kursk.shapes.assign(label="=HYPERLINK(1)")
    path = kg.export(
        replace(kursk, shapes=shapes), tmp_path / "x.csv", layers=["shapes"]
    )
    assert set(pd.read_csv(path)["label"]) == {"'=HYPERLINK(1)"}


def test_figures_of_commands_are_no_formula_either(tmp_path: Path) -> None:
    places = tmp_path / "places.csv"
    places.write_text("name,lon,lat\n=1+1,35.271,51.191\n@here,35.2688,51.0918\n")
    said = run("settlements", "sample", "--places", places, "--format", "csv").stdout
    assert set(pd.read_csv(io.StringIO(said))["name"]) == {"'=1+1", "'@here"}


def test_what_cannot_be_exported(kursk: kg.ControlHistory, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"Did you mean '\.gpkg'"):
        kg.export(kursk, tmp_path / "x.gpgk")
    with pytest.raises(OptionError, match="Did you mean 'states'"):
        kg.export(kursk, tmp_path / "x.gpkg", layers=["state"])
    with pytest.raises(kg.KurskGeoError, match="has no theatre"):
        kg.export(kg.sample_history(), tmp_path / "x.gpkg")
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_what_python_does(tmp_path: Path) -> None:
    path = tmp_path / "lyptsi.gpkg"
    kharkiv = ["--theatre", "kharkiv", "--layer", "sections", "--layer", "front"]
    result = run("export", "sample", *kharkiv, "--out", path)
    assert result.exit_code == 0, result.stderr or repr(result.exception)
    assert result.stderr == f"Wrote {path}.\n"
    layers = {name for name, _ in pyogrio.list_layers(path)}
    assert layers == {"sections", "front", "layer_styles"}
    wrong = run("export", "sample", "--out", tmp_path / "x.shp")
    assert wrong.exit_code == 2


def test_shapes_that_may_be_passed_on_are_not_for_own_use_alone(tmp_path: Path) -> None:
    path = tmp_path / "open.gpkg"
    said = run("export", "sample", "--with-geometry", "--out", path).stderr
    assert said == f"Wrote {path}.\n"
