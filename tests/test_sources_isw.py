import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest
import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from contract import SourceContract
from kursk_geo.errors import SnapshotError, UnknownStatusWarning
from kursk_geo.sources import isw
from kursk_geo.sources.base import Source
from kursk_geo.sources.files import read_history
from kursk_geo.status import Status

DONBAS = shapely.box(37.0, 47.5, 38.0, 48.5)
FRONT = shapely.box(36.8, 47.5, 37.0, 48.5)
KURSK = shapely.box(35.0, 51.2, 35.4, 51.4)
SUDZHA = shapely.box(35.2, 51.2, 35.4, 51.4)
"""The eastern half of it."""

Row = tuple[Mapping[str, Any], BaseGeometry | None]


def page(rows: Iterable[Row], **beside: Any) -> bytes:
    features = [
        {
            "type": "Feature",
            "id": number,
            "properties": properties,
            "geometry": None if shape is None else mapping(shape),
        }
        for number, (properties, shape) in enumerate(rows, start=1)
    ]
    collection = {"type": "FeatureCollection", **beside, "features": features}
    return json.dumps(collection, ensure_ascii=False).encode()


def in_3d(shape: BaseGeometry) -> BaseGeometry:
    return shapely.force_3d(shape, 0.0)


NIKKEI = page(
    [
        ({"layer": "ロシア軍支配エリア"}, DONBAS),
        ({"layer": "ロシア軍侵攻エリア"}, FRONT),
        ({"layer": "ウクライナ軍反撃エリア"}, SUDZHA),
        ({"layer": "ロシア軍侵攻エリア"}, None),
    ],
    crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}},
)
OLDER = page(
    [
        ({"OBJECTID": 1, "layer": "VIEW_RussiaCoTinUkraine_V3"}, DONBAS),
        ({"OBJECTID": 1, "layer": "MDS_AssessedRussianAdvanceInUkraine_view"}, FRONT),
    ]
)


def advances(day: str) -> bytes:
    told = {"date": day, "area_km2": 2.65, "layer_type": "kursk_russian_advances"}
    return page([(told, in_3d(SUDZHA)), (told, None)])


TIMELAPSE = "UkrainianCoTTimelapse_FEB_2022_to_DEC_2024_view.geojson"


def timelapse(days: Iterable[tuple[Any, BaseGeometry]], **beside: Any) -> bytes:
    return page([({"FID": 1, "datetime": day}, shape) for day, shape in days], **beside)


class TestNewsroomCopies(SourceContract):
    source: ClassVar[Source] = isw
    files: ClassVar[Mapping[str, bytes]] = {
        "20230501.geojson": OLDER,
        "20230515.geojson": NIKKEI,
        "kursk/2025-03-12.geojson": advances("2025-03-12"),
    }


class TestPages(SourceContract):
    source: ClassVar[Source] = isw
    files: ClassVar[Mapping[str, bytes]] = {
        TIMELAPSE: timelapse([(1646092800000, DONBAS), (1646179200000, FRONT)]),
        "2025-04-15/VIEW_RussiaCoTinUkraine_V3_20250415.geojson": page(
            [({"OBJECTID": 1}, DONBAS)]
        ),
        "2025-04-15/AssessedRussianAdvanceInUkraine_V2_view_20250415.geojson": page(
            [({"OBJECTID": 1}, FRONT)]
        ),
    }


def history_of(files: Mapping[str, bytes], folder: Path, **options: Any) -> Any:
    for name, raw in files.items():
        (folder / name).write_bytes(raw)
    return read_history(folder, **options)


@pytest.mark.parametrize(
    ("title", "status"),
    [
        ("Assess Russian Control", Status.OCCUPIED),
        ("Assessed Russian Control", Status.OCCUPIED),
        ("ロシア軍支配エリア", Status.OCCUPIED),
        ("Russian_CoT_in_Ukraine_Shapefiles", Status.OCCUPIED),
        ("Ukraine_COT_Timelapse_April_2025", Status.OCCUPIED),
        ("Assessed Russian Advance", Status.CONTESTED),
        ("Claimed Russian Territory in Ukraine", Status.CONTESTED),
        ("ロシア軍侵攻エリア", Status.CONTESTED),
        ("View_AssessedRussianInfiltrationAreasinUkraine_V4", Status.CONTESTED),
        ("Claimed Ukrainian Counteroffensives", Status.LIBERATED),
        ("ウクライナ軍反撃エリア", Status.LIBERATED),
        (
            "Russian-controlled before February 24, 2022",
            Status.OCCUPIED_BEFORE_2022,
        ),
        (
            "VIEW_Russian_controlled_Ukrainian_Territory_before_February_24_2022",
            Status.OCCUPIED_BEFORE_2022,
        ),
        ("Ukrainian Advances in Russia", Status.HELD_IN_RUSSIA),
        ("Claimed Russian Advances in Russia", Status.CONTESTED_IN_RUSSIA),
        ("Russian Advances in Russia", Status.OUTSIDE),
        ("kursk_russian_advances", Status.OUTSIDE),
        ("Reported Ukrainian Partisan Warfare", None),
        ("Main supply routes", Status.UNKNOWN),
    ],
)
def test_every_layer_has_its_status(title: str, status: Status | None) -> None:
    assert isw.status_of(title) is status


def test_japanese_labels_are_known_and_kept(tmp_path: Path) -> None:
    history = history_of({"20230515.geojson": NIKKEI}, tmp_path)
    labels = dict(zip(history.shapes.label, history.shapes.status, strict=True))
    assert labels == {
        "ロシア軍支配エリア": "occupied",
        "ロシア軍侵攻エリア": "contested",
        "ウクライナ軍反撃エリア": "liberated",
    }
    assert list(history.rejected.reason) == ["no geometry"]
    assert history.at("2023-05-15").attrs["snapshot_id"] == "2023-05-15"


def test_labels_may_be_escaped(tmp_path: Path) -> None:
    raw = json.dumps(json.loads(NIKKEI)).encode()
    assert b"\\u30ed" in raw
    assert isw.recognises(raw, "20230515.geojson")
    assert set(history_of({"20230515.geojson": raw}, tmp_path).shapes.status) == {
        "occupied",
        "contested",
        "liberated",
    }


def test_ground_that_russia_regained_in_russia_is_held_by_no_theatre(
    tmp_path: Path,
) -> None:
    history = history_of({"2025-03-12.geojson": advances("2025-03-12")}, tmp_path)
    assert set(history.shapes.status) == {"outside"}
    assert set(history.shapes.label) == {"kursk_russian_advances"}
    assert not shapely.has_z(history.shapes.geometry.array).any()


def test_the_year_2202_is_refused_and_its_file_named(tmp_path: Path) -> None:
    files = {
        "2025-03-12.geojson": advances("2025-03-12"),
        "2202-09-11.geojson": advances("2202-09-11"),
    }
    with pytest.raises(SnapshotError, match=r"2202-09-11\.geojson: dated '2202-09-11'"):
        history_of(files, tmp_path)
    history = history_of(files, tmp_path, on_error="skip")
    assert len(history.snapshots) == 1
    refused = history.rejected[history.rejected.feature.isna()]
    assert list(refused.origin) == [f"{tmp_path.name}/2202-09-11.geojson"]


def test_held_is_the_widest_extent_less_what_russia_regained(tmp_path: Path) -> None:
    rows: list[Row] = [
        ({"layer": "Ukrainian Advances in Russia"}, KURSK),
        ({"layer": "Russian Advances in Russia"}, SUDZHA),
    ]
    one_file = history_of({"20241001.geojson": page(rows)}, tmp_path)
    folder = tmp_path / "apart"
    folder.mkdir()
    two_files = history_of(
        {
            "extent-20241001.geojson": page(rows[:1]),
            "regained-20241001.geojson": page(rows[1:]),
        },
        folder,
    )
    for history in (one_file, two_files):
        shapes = history.shapes.set_index("status").geometry
        assert shapely.equals(shapes["held_in_russia"], KURSK.difference(SUDZHA))
        assert shapely.equals(shapes["outside"], SUDZHA)


def test_an_extent_that_was_regained_whole_is_held_no_more(tmp_path: Path) -> None:
    rows: list[Row] = [
        ({"layer": "Ukrainian Advances in Russia"}, SUDZHA),
        ({"layer": "Russian Advances in Russia"}, KURSK),
    ]
    history = history_of({"20250601.geojson": page(rows)}, tmp_path)
    assert set(history.shapes.status) == {"outside"}


# Pages


@pytest.mark.parametrize(
    "day", [1646092800000, "2022-03-01", "2022-03-01T00:00:00Z", "20220301"]
)
def test_a_time_lapse_holds_many_maps(day: object, tmp_path: Path) -> None:
    raw = timelapse([(day, DONBAS), ("2022-03-02", FRONT), ("2022-03-02", SUDZHA)])
    history = history_of({TIMELAPSE: raw}, tmp_path)
    assert list(history.snapshots.snapshot_id) == ["2022-03-01", "2022-03-02"]
    assert list(history.snapshots.n_features) == [1, 2]
    assert set(history.shapes.status) == {"occupied"}


def test_pages_of_a_day_are_one_map_and_repeated_features_count_once(
    tmp_path: Path,
) -> None:
    name = "VIEW_RussiaCoTinUkraine_V3-20250415-{}.geojson"
    history = history_of(
        {
            name.format(1): page(
                [({"OBJECTID": 1}, DONBAS), ({"OBJECTID": 2}, FRONT)],
                exceededTransferLimit=True,
            ),
            name.format(2): page(
                [({"OBJECTID": 2}, FRONT), ({"OBJECTID": 3}, SUDZHA)],
                properties={"exceededTransferLimit": False},
            ),
        },
        tmp_path,
    )
    assert len(history.shapes) == 3
    assert set(history.shapes.label) == {"VIEW_RussiaCoTinUkraine_V3"}
    assert history.snapshots.origin[0].endswith("-20250415-1.geojson and 1 more")


@pytest.mark.parametrize(
    "mark",
    [
        {"exceededTransferLimit": True},
        {"properties": {"exceededTransferLimit": True}},
    ],
)
def test_a_page_that_says_there_are_more_is_not_the_whole(
    mark: dict[str, Any], tmp_path: Path
) -> None:
    files = {
        "Assess Russian Control 20250415.geojson": page([({"FID": 1}, DONBAS)], **mark),
        "Assess Russian Control 20250416.geojson": page([({"FID": 1}, DONBAS)]),
    }
    with pytest.raises(SnapshotError, match=r"20250415\.geojson: .*resultOffset"):
        history_of(files, tmp_path)
    history = history_of(files, tmp_path, on_error="skip")
    assert list(history.snapshots.snapshot_id) == ["2025-04-16"]
    assert history.rejected.reason.str.contains("resultOffset").any()


def test_titles_in_names_are_the_same_every_day(tmp_path: Path) -> None:
    names = [
        "Russian-controlled before February 24, 2022 2025-04-15 page 1.geojson",
        "2025-04-16 Russian-controlled before February 24, 2022.geojson",
        "20250417_Russian-controlled before February_p.geojson",
    ]
    raw = page([({"OBJECTID": 1}, DONBAS)])
    history = history_of(dict.fromkeys(names, raw), tmp_path)
    assert set(history.shapes.status) == {"occupied_before_2022"}
    assert history.shapes.label.iloc[0] == "Russian-controlled before February"
    assert len(history.shapes) == 2


def test_an_error_that_was_saved_as_a_map_is_refused(tmp_path: Path) -> None:
    error = b'{"error": {"code": 429, "message": "Unable to perform query"}}'
    with pytest.raises(SnapshotError, match=r"an error message of the server.*429"):
        history_of({"Assess Russian Control 20250415.geojson": error}, tmp_path)


def test_layers_that_are_not_known_are_kept_and_warned_of(tmp_path: Path) -> None:
    raw = page(
        [
            ({"layer": "Assess Russian Control"}, DONBAS),
            ({"layer": "Russian rail lines"}, FRONT),
            ({"layer": "Reported Ukrainian Partisan Warfare"}, SUDZHA),
        ]
    )
    with pytest.warns(UnknownStatusWarning, match="'Russian rail lines' on 1 map"):
        history = history_of({"20230601.geojson": raw}, tmp_path)
    assert sorted(history.shapes.status) == ["occupied", "unknown"]


@pytest.mark.parametrize(
    ("name", "raw", "message"),
    [
        ("latest.geojson", NIKKEI, "nothing tells the day"),
        ("20230515.geojson", NIKKEI[:-9], "not a whole map of ISW's"),
        ("20230515.geojson", b'{"features": 3}', "not a whole map of ISW's"),
        (TIMELAPSE, timelapse([(9e18, DONBAS)]), "dated"),
        (TIMELAPSE, timelapse([(True, DONBAS)]), "dated True"),
        (TIMELAPSE, timelapse([("2024-02-30", DONBAS)]), "dated '2024-02-30'"),
    ],
)
def test_what_is_no_map_is_refused_by_name(name: str, raw: bytes, message: str) -> None:
    with pytest.raises(SnapshotError, match=f"{name}: .*{message}"):
        isw.parse(raw, name)


def test_a_map_without_features_is_a_map(tmp_path: Path) -> None:
    files = {
        "20250415 Assess Russian Control.geojson": page([({"OBJECTID": 1}, DONBAS)]),
        "20250416 Assess Russian Control.geojson": page([], name="x"),
    }
    history = history_of(files, tmp_path, source="isw")
    assert history.at("2025-04-16").empty
