"""Every real file, read in one call each, against plain code on the raw bytes."""

import json
import tarfile
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

import kursk_geo as kg
from kursk_geo.errors import SourceWarning
from kursk_geo.sources.files import SOURCES
from real_maps import ADVANCES, NZZ, path_of

GEOD = pyproj.Geod(ellps="WGS84")


def raw_files(path: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(path) as archive:
        for member in archive:
            stream = archive.extractfile(member)
            if stream is not None:
                yield member.name, stream.read()


def km2(geometry: Any) -> float:
    """Area on the ellipsoid of valid polygons, each ring turned the right way."""
    area_m2, _ = GEOD.geometry_area_perimeter(shapely.orient_polygons(geometry))
    return float(abs(area_m2) / 1e6)


@pytest.fixture(scope="module")
def nikkei_path(real: Callable[[str], Path]) -> Path:
    return real("isw/nikkei-isw-2023-05.tar.xz")


@pytest.fixture(scope="module")
def nikkei(nikkei_path: Path) -> kg.ControlHistory:
    return kg.read_history(nikkei_path)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("deepstate/history-2024-07_2025-05.tar.xz", "deepstate"),
        ("deepstate/eras-2022_2024.tar.xz", "deepstate"),
        ("nzz/nzz-2024-08_2025-05.tar.xz", "nzz"),
        ("isw/kursk-russian-advances-2024-09_2025-05.tar.xz", "isw"),
        ("isw/nikkei-isw-2023-05.tar.xz", "isw"),
    ],
)
def test_every_file_is_told_by_its_content(
    path: str, source: str, real: Callable[[str], Path]
) -> None:
    for _, raw in raw_files(real(path)):
        takers = [one.NAME for one in SOURCES.values() if one.recognises(raw, "x")]
        assert takers == [source]


# NZZ


def test_nzz_files_of_a_map_that_stands_are_one_map(nzz: kg.ControlHistory) -> None:
    assert nzz.source == "nzz"
    assert len(nzz.snapshots) == 182
    assert nzz.rejected.empty
    assert (nzz.snapshots.snapshot_utc.dt.strftime("%H:%M:%S") == "23:59:59").all()


def test_nzz_losses_in_kursk_are_not_russian_held(nzz: kg.ControlHistory) -> None:
    assert set(nzz.shapes.status) == {"occupied", "liberated", "held_in_russia"}
    labels = nzz.shapes.groupby("status").label.unique().map(sorted).to_dict()
    assert labels == {
        "occupied": ["gains", "nochange"],
        "liberated": ["losses"],
        "held_in_russia": ["losses"],
    }
    held = nzz.shapes[nzz.shapes.status == "held_in_russia"]
    assert held.valid_from.min() >= pd.Timestamp("2024-08-06T00:00Z")


def test_nzz_peak_is_1267_km2(nzz: kg.ControlHistory) -> None:
    kursk = nzz.select(kg.theatre("kursk"), clip=False)
    table = kg.measure(kursk)
    assert table.area_km2.max() == pytest.approx(1267, abs=0.5)
    assert table.area_km2.idxmax() == pd.Timestamp("2024-09-03T23:59:59Z")


def test_nzz_areas_are_those_of_the_raw_files(nzz: kg.ControlHistory) -> None:
    """Nothing is lost and nothing added when lost ground is told apart by side."""
    days = set(nzz.snapshots.snapshot_id[::45])
    compared: set[str] = set()
    for _, raw in raw_files(path_of(NZZ)):
        if not any(f'"date": "{day}"'.encode() in raw[:600] for day in days - compared):
            continue
        features = json.loads(raw)["value"]["features"]
        day = features[0]["properties"]["date"]
        plain: dict[str, float] = defaultdict(float)
        for feature in features:
            shape = shapely.make_valid(
                shapely.from_geojson(json.dumps(feature["geometry"]))
            )
            plain[feature["properties"]["type"]] += km2(shape)
        state = nzz.at(day)
        for label, area_km2 in plain.items():
            shown = state[state.label == label]
            assert sum(map(km2, shown.geometry)) == pytest.approx(
                area_km2, rel=1e-6, abs=1e-3
            )
        compared.add(day)
    assert compared == days


def test_adding_all_three_would_count_kursk_as_occupied(nzz: kg.ControlHistory) -> None:
    kursk = nzz.select(kg.theatre("kursk"))
    assert kg.measure(kursk).area_km2["2024-08-11"].iloc[0] == pytest.approx(627, abs=1)


# ISW


def test_34_change_points_of_what_russia_regained(advances: kg.ControlHistory) -> None:
    assert advances.source == "isw"
    assert len(advances.snapshots) == len(advances.states()) == 34
    assert set(advances.shapes.status) == {"outside"}
    assert set(advances.rejected.reason) == {"no geometry"}
    assert advances.snapshots.snapshot_id.iloc[[0, -1]].tolist() == [
        "2024-09-11",
        "2025-04-26",
    ]


def test_regained_areas_are_those_of_the_raw_files(
    advances: kg.ControlHistory,
) -> None:
    """The files tell areas of shapes that were simplified afterwards: near enough."""
    for _, raw in raw_files(path_of(ADVANCES)):
        features = json.loads(raw)["features"]
        areas = [one for one in features if one["geometry"] is not None]
        shapes = [shapely.from_geojson(json.dumps(one["geometry"])) for one in areas]
        plain = sum(km2(shapely.force_2d(shapely.make_valid(one))) for one in shapes)
        told = sum(one["properties"]["area_km2"] for one in areas)
        state = advances.at(features[0]["properties"]["date"])
        assert sum(map(km2, state.geometry)) == pytest.approx(plain, rel=1e-4)
        assert plain == pytest.approx(told, rel=0.05)


def test_no_theatre_counts_what_russia_regained(advances: kg.ControlHistory) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SourceWarning)
        for name in kg.list_theatres():
            assert advances.select(kg.theatre(name)).shapes.empty
    with pytest.warns(SourceWarning, match=r"nothing held.*in kursk.*complement\(\)"):
        assert advances.select(kg.theatre("kursk")).shapes.empty


def test_the_rest_of_an_extent_shrinks_to_nothing_much(
    advances: kg.ControlHistory,
) -> None:
    last = advances.at("2025-04-26")
    extent = shapely.union_all(last.geometry)
    rest = kg.complement(advances, extent)
    by_day = [km2(shapely.union_all(rest.at(day).geometry)) for day in
              ("2024-09-11", "2024-11-20", "2025-03-12", "2025-04-26")]  # fmt: skip
    assert by_day == sorted(by_day, reverse=True)
    assert by_day[0] == pytest.approx(1050, abs=10)
    assert by_day[-1] == 0.0


def test_japanese_labels_are_known(nikkei: kg.ControlHistory) -> None:
    assert nikkei.source == "isw"
    assert nikkei.snapshots.snapshot_id.tolist() == [
        "2023-05-01",
        "2023-05-02",
        "2023-05-15",
    ]
    statuses = nikkei.shapes.groupby("label").status.unique().map(list).to_dict()
    assert statuses == {
        "ロシア軍支配エリア": ["occupied"],
        "ロシア軍侵攻エリア": ["contested"],
        "ウクライナ軍反撃エリア": ["liberated"],
    }
    assert set(nikkei.rejected.reason) == {"no geometry"}


def test_features_of_the_newsroom_are_all_there(
    nikkei: kg.ControlHistory, nikkei_path: Path
) -> None:
    counts = []
    for _, raw in raw_files(nikkei_path):
        features = json.loads(raw)["features"]
        without = sum(1 for one in features if one["geometry"] is None)
        counts.append((len(features) - without, without))
    shown = nikkei.snapshots[["n_features", "n_rejected"]]
    assert [tuple(row) for row in shown.to_numpy().tolist()] == counts
    control = nikkei.at("2023-05-15")
    occupied = control[control.status == "occupied"]
    assert sum(map(km2, occupied.geometry)) == pytest.approx(105_000, rel=0.02)
    assert np.isfinite(occupied.total_bounds).all()


# DeepState, side by side with the others


def test_sources_agree_on_who_holds_sudzha(
    nzz: kg.ControlHistory, window: kg.ControlHistory
) -> None:
    sudzha = shapely.Point(35.272, 51.190)
    for history in (nzz, window):
        for day, held in (("2024-10-01", True), ("2025-05-01", False)):
            state = history.at(day)
            ground = state[state.status == "held_in_russia"]
            assert bool(ground.intersects(sudzha).any()) is held
