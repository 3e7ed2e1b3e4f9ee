import random
import warnings
from collections import Counter
from typing import Any

import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import mapping

from builders import (
    DAY_S,
    GREY,
    HELD,
    NOON,
    OCCUPIED,
    Feature,
    collection,
    days,
    feature,
    make_history,
    tile,
)
from kursk_geo import snapshots
from kursk_geo.errors import SnapshotError, SourceWarning, UnknownStatusWarning
from kursk_geo.history import ControlHistory
from kursk_geo.snapshots import MapFeature, ParsedMap, UnreadableFile, join_maps
from kursk_geo.status import Status
from strategies import maps

A, B, C = tile(0, 0), tile(4, 0), tile(8, 0)


def assert_same(one: ControlHistory, other: ControlHistory) -> None:
    """Bit for bit, snapshots' origins apart."""
    for name in ("snapshots", "rejected"):
        ours, theirs = getattr(one, name), getattr(other, name)
        pd.testing.assert_frame_equal(ours, theirs)
    columns = one.shapes.columns.drop("geometry")
    pd.testing.assert_frame_equal(one.shapes[columns], other.shapes[columns])
    assert one.shapes.geometry.to_wkb().equals(other.shapes.geometry.to_wkb())


def parsed(
    when: str, *features: MapFeature | str | None, origin: str = ""
) -> ParsedMap:
    moment = pd.Timestamp(when, tz="UTC").as_unit("us")
    return ParsedMap(moment, when, features, origin or when, sha256=repr(features))


def held(shape: shapely.Polygon, label: str = "") -> MapFeature:
    return MapFeature(Status.HELD_IN_RUSSIA, label, shape)


# Periods


def test_a_shape_has_one_row_for_as_long_as_it_is_shown() -> None:
    history = days([feature(A)], [feature(A), feature(B)], [feature(A)], [feature(B)])
    start = history.snapshots["snapshot_utc"]
    rows = history.shapes.set_index(["valid_from", "valid_to"]).geometry
    assert len(rows) == 3
    assert rows[start[0], start[3]].equals(A)
    assert rows[start[1], start[2]].equals(B)
    assert history.shapes.set_index("valid_from")["valid_to"].isna()[start[3]]


def test_another_colour_is_another_row() -> None:
    history = days([feature(A)], [feature(A, fill=GREY)])
    assert list(history.shapes["status"]) == ["held_in_russia", "contested_in_russia"]
    assert len(set(history.shapes["shape_id"])) == 1


def test_a_shape_that_stands_twice_on_a_map_has_two_rows() -> None:
    history = days([feature(A), feature(A)], [feature(A)])
    assert len(history.at("2025-03-01")) == 2
    assert len(history.at("2025-03-02")) == 1


def test_one_map_is_a_history() -> None:
    history = days([feature(A)])
    assert len(history.snapshots) == 1
    assert history.shapes["valid_to"].isna().all()


def test_a_map_without_ground_is_a_snapshot() -> None:
    history = days([feature(A)], [], [feature(A)])
    assert len(history.snapshots) == 3
    assert history.at("2025-03-02").empty
    assert len(history.shapes) == 2


def test_no_maps_at_all() -> None:
    history = join_maps([], source="drawn")
    assert history.snapshots.empty
    assert history.shapes.empty
    assert history.shapes.crs.to_epsg() == 4326
    assert history.states().empty


@given(maps())
def test_each_map_shows_what_its_file_holds(files: dict[int, list[Feature]]) -> None:
    history = make_history(files)
    for unix, features in files.items():
        shown = history.at(pd.Timestamp(unix, unit="s", tz="UTC"))
        expected = Counter(
            shapely.geometry.shape(f["geometry"]).bounds for f in features
        )
        assert Counter(shape.bounds for shape in shown.geometry) == expected
        fills = Counter(f["properties"]["fill"] for f in features)
        statuses = Counter(shown["status"])
        assert statuses["held_in_russia"] == fills[HELD]
        assert statuses["contested_in_russia"] == fills[GREY]
        assert statuses["occupied"] == fills[OCCUPIED]


@given(maps(), st.randoms(use_true_random=False))
def test_the_order_of_files_does_not_matter(
    files: dict[int, list[Feature]], order: random.Random
) -> None:
    shuffled = list(files.items())
    order.shuffle(shuffled)
    assert_same(make_history(dict(shuffled)), make_history(files))


@given(maps(), st.integers(1, 3000))
def test_the_same_map_again_changes_no_shape(
    files: dict[int, list[Feature]], later_s: int
) -> None:
    unix, shown = next(iter(files.items()))
    again = {unix + later_s: shown} | files
    history, repeated = make_history(files), make_history(again)
    assert repeated.shapes.drop(columns="geometry").equals(
        history.shapes.drop(columns="geometry")
    )
    assert repeated.shapes.geometry.to_wkb().equals(history.shapes.geometry.to_wkb())


# Several maps of one instant


def test_two_files_of_the_same_map_count_once() -> None:
    one = parsed("2025-03-01T12:00", held(A), origin="a/1.geojson")
    other = parsed("2025-03-01T12:00", held(A), origin="b/1.geojson")
    for order in ([one, other], [other, one]):
        history = join_maps(order, source="drawn")
        assert history.snapshots["origin"].tolist() == ["b/1.geojson"]
        assert history.rejected.empty


def test_two_different_maps_of_one_instant_are_told_of() -> None:
    one = parsed("2025-03-01T12:00", held(A), origin="a/1.geojson")
    other = parsed("2025-03-01T12:00", held(B), origin="b/1.geojson")
    for order in ([one, other], [other, one]):
        with pytest.warns(
            SourceWarning, match=r"a/1\.geojson and b/1\.geojson"
        ) as caught:
            history = join_maps(order, source="drawn")
        assert len(caught) == 1
        assert history.shapes.geometry[0].equals(B)
        assert history.rejected["origin"].tolist() == ["a/1.geojson"]
        assert "b/1.geojson" in history.rejected["reason"][0]


def test_several_maps_a_day_all_count() -> None:
    times = ["2025-03-01T08:00", "2025-03-01T20:00", "2025-03-01T23:59:59"]
    history = join_maps([parsed(t, held(A)) for t in times], source="drawn")
    assert len(history.snapshots) == 3
    assert history.snapshot_at("2025-03-01").snapshot_id == times[-1]


# What cannot be read


def test_features_are_rejected_one_by_one_with_their_place_and_reason() -> None:
    far = shapely.box(3.9e6, 6.6e6, 3.91e6, 6.61e6)
    history = join_maps(
        [parsed("2025-03-01", held(A), None, "no geometry", held(far), held(B))],
        source="drawn",
    )
    assert history.rejected["feature"].tolist() == [2, 3]
    assert history.rejected["reason"][0] == "no geometry"
    assert "longitude ±180" in history.rejected["reason"][1]
    row = history.snapshots.iloc[0]
    assert (row["n_features"], row["n_rejected"]) == (2, 2)


@pytest.mark.parametrize("turns", [-2, 1])
def test_longitudes_past_180_come_home_with_a_word(turns: int) -> None:
    wound = shapely.transform(A, lambda xy: xy + (360.0 * turns, 0.0))
    with pytest.warns(SourceWarning, match="pass ±180 in 1 of 2 shapes"):
        history = join_maps(
            [parsed("2025-03-01", held(wound), held(B))], source="drawn"
        )
    home = shapely.union_all(history.shapes.geometry.to_numpy())
    assert shapely.hausdorff_distance(home, shapely.union(A, B)) < 1e-8


def test_ground_across_180_degrees_is_cut_there_and_never_negative() -> None:
    across = shapely.Polygon([(179, -17), (-179, -17), (-179, -16), (179, -16)])
    with pytest.warns(SourceWarning, match="pass ±180"):
        history = join_maps([parsed("2025-03-01", held(across))], source="drawn")
    shapes = history.shapes.geometry.to_numpy()
    assert shapely.area(shapes).sum() == pytest.approx(2.0)
    row = history.snapshots.iloc[0]
    assert (row["n_features"], row["n_rejected"]) == (1, 0)


def test_what_may_go_either_way_round_the_globe_is_rejected() -> None:
    wide = shapely.box(-100, 0, 100, 10)
    history = join_maps([parsed("2025-03-01", held(A), held(wide))], source="drawn")
    assert history.rejected["feature"].tolist() == [1]
    assert "either way" in history.rejected["reason"][0]


def test_a_map_of_which_no_area_can_be_read_is_refused() -> None:
    bad = parsed("2025-03-01", "no geometry", origin="1740830400.geojson")
    good = parsed("2025-03-02", held(A))
    with pytest.raises(
        SnapshotError, match=r"1740830400\.geojson: no area could be read"
    ):
        join_maps([bad, good], source="drawn")
    history = join_maps([bad, good], source="drawn", on_error="skip")
    assert len(history.snapshots) == 1
    assert history.rejected["origin"].tolist() == ["1740830400.geojson"]


def test_files_that_could_not_be_read_are_listed() -> None:
    history = join_maps(
        [UnreadableFile("cut.geojson", "breaks off"), parsed("2025-03-01", held(A))],
        source="drawn",
    )
    assert history.rejected["origin"].tolist() == ["cut.geojson"]
    assert history.rejected["reason"].tolist() == ["breaks off"]
    assert history.rejected["feature"].isna().all()


def test_swapped_coordinates_are_noticed() -> None:
    swapped = shapely.transform(A, lambda xy: xy[:, ::-1])
    home = (22.0, 44.0, 41.0, 53.0)
    with pytest.raises(
        SnapshotError, match=r"2025-03-01: latitude and longitude are swap"
    ):
        join_maps([parsed("2025-03-01", held(swapped))], source="drawn", home=home)
    # Elsewhere altogether, it is somebody else's war.
    elsewhere = join_maps(
        [parsed("2025-03-01", held(shapely.box(100, 10, 101, 11)))],
        source="drawn",
        home=home,
    )
    assert len(elsewhere.shapes) == 1


# Geometry


def test_collections_are_taken_apart_and_flattened() -> None:
    nested = shapely.GeometryCollection(
        [A, shapely.GeometryCollection([B, shapely.Point(35, 51)])]
    )
    history = days([feature(shapely.force_3d(nested))])
    assert len(history.shapes) == 2
    assert not history.shapes.has_z.any()
    assert history.snapshots["n_features"].tolist() == [1]


def test_holes_are_wound_against_their_shell() -> None:
    hole = shapely.box(35.1, 51.1, 35.2, 51.2, ccw=True).exterior
    ring = shapely.Polygon(shapely.box(35, 51, 36, 52, ccw=True).exterior, [hole])
    (shape,) = days([feature(ring)]).shapes.geometry
    assert shape.exterior.is_ccw
    assert not shape.interiors[0].is_ccw


def test_an_invalid_polygon_is_repaired_and_the_area_recorded() -> None:
    bowtie = shapely.Polygon([(35, 51), (35.2, 51.2), (35.2, 51), (35, 51.2)])
    history = days([feature(A), feature(bowtie)])
    assert history.shapes.is_valid.all()
    unchanged, repaired = sorted(history.shapes["repair_km2"])
    assert unchanged == 0
    assert repaired == pytest.approx(156, abs=1)


def test_identical_polygons_share_their_name_however_they_were_written() -> None:
    spaced = mapping(shapely.force_3d(A))
    flat = mapping(A)
    history = days(
        [feature(spaced)], [feature(flat)], [feature(shapely.force_3d(A, 7))]
    )
    assert len(history.shapes) == 1


# Words that are not known


def test_unknown_colours_are_warned_of_once_and_kept() -> None:
    odd = feature(A, fill="#ce93d8", name="Вагнер")
    with pytest.warns(
        UnknownStatusWarning, match="'#ce93d8 Вагнер' on 2 maps"
    ) as caught:
        history = days([odd, odd], [odd], [feature(A)])
    assert len(caught) == 1
    assert caught[0].filename == __file__.replace("test_snapshots", "builders")
    unknown = history.shapes[history.shapes["status"] == "unknown"]
    assert len(unknown) == 2
    assert set(unknown["label"]) == {"#ce93d8 Вагнер"}


def test_known_colours_are_not_warned_of() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        days([feature(A), feature(B, fill=GREY)])


def test_text_is_decoded_once_for_all_maps(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[Any] = []
    original = snapshots.read_polygons

    def counted(geometries: Any) -> Any:
        decoded.extend(geometries)
        return original(geometries)

    monkeypatch.setattr(snapshots, "read_polygons", counted)
    shown = [feature(A), feature(B, fill=GREY)]
    make_history({NOON + i * DAY_S: shown for i in range(5)})
    assert len(decoded) == 2
    assert len(collection(shown)) > 0
