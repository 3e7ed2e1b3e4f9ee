import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import geopandas as gpd
import pytest
import shapely
from shapely.geometry import mapping

import kursk_geo as kg
from contract import SourceContract
from kursk_geo.errors import SnapshotError, SourceWarning
from kursk_geo.sources import cyterat
from kursk_geo.sources.base import Source

OCCUPIED = shapely.MultiPolygon(
    [shapely.box(37.0, 47.5, 38.0, 48.5), shapely.box(34.0, 45.0, 35.0, 46.0)]
)
LESS = shapely.MultiPolygon([shapely.box(37.0, 47.5, 38.0, 48.4)])


def one_day(shape: shapely.MultiPolygon = OCCUPIED, *, title: str = "") -> bytes:
    beside = {"name": title} if title else {}
    feature = {"type": "Feature", "properties": {}, "geometry": mapping(shape)}
    return json.dumps(
        {"type": "FeatureCollection", **beside, "features": [feature]}
    ).encode()


def all_days(rows: list[tuple[str | None, shapely.MultiPolygon]]) -> bytes:
    days, shapes = zip(*rows, strict=True)
    frame = gpd.GeoDataFrame({"date": days}, geometry=list(shapes), crs="EPSG:4326")
    text: str = frame.to_json()
    return text.encode()


class TestContract(SourceContract):
    source: ClassVar[Source] = cyterat
    files: ClassVar[Mapping[str, bytes]] = {
        "deepstatemap_data_20240708.geojson": one_day(),
        "deepstatemap_data_20240709.geojson": one_day(),
        "data/deepstatemap_data_20240711.geojson": one_day(LESS),
    }


class TestContractOfAllDays(SourceContract):
    source: ClassVar[Source] = cyterat
    files: ClassVar[Mapping[str, bytes]] = {
        "deepstate-map-data.geojson": all_days(
            [(None, LESS), ("2024-07-08", OCCUPIED), ("2024-07-09", LESS)]
        )
    }


def read(path: Path, **options: Any) -> kg.ControlHistory:
    with pytest.warns(SourceWarning, match="neither the grey zone nor any ground in"):
        return kg.read_history(path, **options)


def test_a_file_shows_the_day_before(tmp_path: Path) -> None:
    (tmp_path / "deepstatemap_data_20240708.geojson").write_bytes(one_day())
    history = read(tmp_path)
    assert history.source == "cyterat"
    assert str(history.snapshots.snapshot_utc[0]) == "2024-07-07 23:59:59+00:00"
    assert set(history.shapes.status) == {"occupied"}


def test_days_that_repeat_are_one_state(tmp_path: Path) -> None:
    for day in (8, 9, 11):
        (tmp_path / f"deepstatemap_data_202407{day:02}.geojson").write_bytes(one_day())
    history = read(tmp_path)
    assert len(history.snapshots) == 3
    assert len(history.states()) == 1


def test_all_days_in_one_file(tmp_path: Path) -> None:
    path = tmp_path / "deepstate-map-data.geojson.gz"
    rows = [(None, LESS), (None, OCCUPIED), ("2024-07-08", OCCUPIED)]
    path.write_bytes(gzip.compress(all_days([*rows, ("2024-07-09", LESS)])))
    history = read(path)
    days = history.snapshots.snapshot_utc.dt.strftime("%Y-%m-%d")
    assert list(days) == ["2024-07-07", "2024-07-08"]
    (reason,) = history.rejected.reason
    assert reason.startswith("2 rows carry no date (rows 0 to 1)")


def test_the_day_may_stand_in_the_title(tmp_path: Path) -> None:
    raw = one_day(title="deepstatemap_data_20240708")
    path = tmp_path / "copy.geojson"
    path.write_bytes(raw)
    assert list(read(path).snapshots.snapshot_id) == ["20240708"]


def test_areas_without_a_day_or_a_name_are_not_taken_for_it() -> None:
    assert not cyterat.recognises(one_day(), "area.geojson")
    assert cyterat.recognises(one_day(), "deepstatemap_data_20240708.geojson")
    with pytest.raises(SnapshotError, match=r"area\.geojson: nothing tells the day"):
        cyterat.parse(one_day(), "area.geojson")


def test_kursk_is_empty_in_it_and_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "deepstatemap_data_20240901.geojson").write_bytes(one_day())
    whole = read(tmp_path)
    with pytest.warns(SourceWarning, match="within 100 km of theatre kursk"):
        kursk = whole.select(kg.theatre("kursk"))
    assert kursk.at("2024-09-01").empty
    assert kursk.source == "cyterat"
