"""Eight real maps, one of each era of the format, from April 2022 to March 2024."""

import tarfile
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

import kursk_geo as kg
from kursk_geo.errors import UnknownStatusWarning
from plain_maps import raw_maps, raw_polygons, web_map_km2

ALWAYS = {
    "#a52714": "occupied",
    "#000000": "occupied_before_2022",
    "#0f9d58": "liberated",
    "#0288d1": "liberated",
    "#bcaaa4": "contested",
    "#bdbdbd": "contested",  # in 2022; the same grey as the other
    "#ff5252": "outside",
    "#ce93d8": "unknown",
}


def expected_status(unix: str, fill: str) -> str:
    if fill == "#880e4f":
        # Transnistria, until black was given up for it on 5 June 2022.
        return "outside" if int(unix) < 1_654_387_200 else "occupied_before_2022"
    return ALWAYS[fill]


@pytest.fixture(scope="module")
def eras(eras_path: Path) -> kg.ControlHistory:
    with pytest.warns(UnknownStatusWarning) as caught:
        history = kg.read_history(eras_path)
    assert len(caught) == 1
    message = str(caught[0].message)
    assert "'#ce93d8" in message
    assert "on 1 map" in message
    return history


@pytest.fixture(scope="module")
def raw(eras_path: Path) -> dict[str, list[dict]]:
    return dict(raw_maps(eras_path))


def shown(eras: kg.ControlHistory, unix: str) -> pd.DataFrame:
    return eras.at(pd.Timestamp(int(unix), unit="s", tz="UTC"))


def test_all_eight_are_read(eras: kg.ControlHistory) -> None:
    assert len(eras.snapshots) == 8
    assert eras.rejected.empty
    assert eras.shapes.is_valid.all()
    assert not eras.shapes.has_z.any()
    assert set(eras.shapes.geom_type) <= {"Polygon", "MultiPolygon"}


def test_no_polygon_is_lost_and_each_has_its_status(
    eras: kg.ControlHistory, raw: dict[str, list[dict]]
) -> None:
    for unix, features in raw.items():
        expected: Counter[str] = Counter()
        for feature in features:
            polygons = raw_polygons(feature)
            if polygons:
                status = expected_status(unix, feature["properties"]["fill"])
                expected[status] += len(polygons)
        assert Counter(shown(eras, unix)["status"]) == expected


def test_no_ground_is_lost(eras: kg.ControlHistory, raw: dict[str, list[dict]]) -> None:
    for unix, features in raw.items():
        polygons = [p for feature in features for p in raw_polygons(feature)]
        expected_km2 = sum(web_map_km2(polygon) for polygon in polygons)
        area_km2 = kg.area_km2(
            shown(eras, unix).geometry, area_method="spherical"
        ).sum()
        assert area_km2 == pytest.approx(expected_km2, rel=1e-9)


def test_occupied_ground_lies_in_ukraine(eras: kg.ControlHistory) -> None:
    words = ["occupied", "occupied_before_2022", "liberated"]
    ours = eras.shapes[eras.shapes["status"].isin(words)].bounds
    assert ours["minx"].min() > 22
    assert ours["maxx"].max() < 41
    assert ours["miny"].min() > 44
    assert ours["maxy"].max() < 53


def test_territories_elsewhere_are_139_646_km2(eras: kg.ControlHistory) -> None:
    state = eras.at("2024-03-24")
    outside = state[state["status"] == "outside"]
    assert kg.area_km2(outside.geometry).sum() == pytest.approx(139_646, abs=1)
    assert outside.total_bounds[2] > 145  # the Kurils among them


def test_a_triangle_in_the_arabian_sea_is_in_the_source(
    eras: kg.ControlHistory,
) -> None:
    """The map of 24 June 2023 draws one, as contested; no other is so far away."""
    contested = eras.shapes[eras.shapes["status"] == "contested"]
    far = contested[contested.bounds["maxx"] > 41]
    assert len(far) == 1
    assert far.iloc[0]["valid_from"].date().isoformat() == "2023-06-24"
    assert kg.area_km2(far.geometry).sum() == pytest.approx(527, abs=1)


def test_the_mutiny_is_kept_as_unknown(eras: kg.ControlHistory) -> None:
    unknown = eras.shapes[eras.shapes["status"] == "unknown"]
    assert len(unknown) == 2
    assert unknown["label"].str.startswith("#ce93d8 ").all()
    ukraine = eras.select(kg.theatre("ukraine"))
    assert "unknown" not in set(ukraine.shapes["status"])


def test_transnistria_is_outside_in_every_era(eras: kg.ControlHistory) -> None:
    there = eras.shapes[eras.shapes["label"].str.contains("ридністров")]
    assert len(there) > 0
    assert set(there["status"]) == {"outside"}


def test_repairs_are_small_and_recorded(eras: kg.ControlHistory) -> None:
    repaired = eras.shapes[eras.shapes["repair_km2"] != 0]
    assert set(repaired["label"].str[:11]) == {"Придністров"}
    assert repaired["repair_km2"].abs().max() < 0.1


def test_any_part_of_the_archive_is_what_those_files_alone_give(
    eras: kg.ControlHistory, eras_path: Path, tmp_path: Path
) -> None:
    with tarfile.open(eras_path) as archive:
        names = sorted(archive.getnames())
        for name in names[2:5]:
            archive.extract(name, tmp_path, filter="data")
    alone = kg.read_history(tmp_path)
    start, end = (
        pd.Timestamp(int(Path(names[i]).stem), unit="s", tz="UTC") for i in (2, 4)
    )
    part = eras.between(start, end)
    columns = eras.shapes.columns.drop("geometry")
    pd.testing.assert_frame_equal(part.shapes[columns], alone.shapes[columns])
    assert (part.shapes.geometry.to_wkb() == alone.shapes.geometry.to_wkb()).all()
