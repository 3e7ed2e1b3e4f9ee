from datetime import date
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import shape as shape_of

from builders import (
    DAY_S,
    GREY,
    GREY_AT_HOME,
    HELD,
    NOON,
    STRIP,
    Feature,
    days,
    feature,
    make_history,
    tile,
)
from gallery import TO_DEGREES
from kursk_geo.errors import DateNotFoundError, OptionError, TheatreError
from kursk_geo.history import ControlHistory
from kursk_geo.measure import area_change, measure, relative_change, step_value
from kursk_geo.periods import EVERY, TEXT
from kursk_geo.snapshots import join_maps
from kursk_geo.theatre import Theatre
from plain_maps import ellipsoid_km2
from strategies import dates, maps

# Maps are drawn anywhere, also where no theatre is, and of any side.
pytestmark = pytest.mark.filterwarnings("ignore:(None of these|These) maps")

FIGURES = [
    "area_km2",
    "contested_km2",
    "sections",
    "depth_km",
    "depth_with_contested_km",
    "depth_censored",
    "outlier",
    "staleness_days",
    "snapshot_id",
]
GREYS = {GREY, GREY_AT_HOME}


# Known answers


def test_five_days(strip: ControlHistory) -> None:
    table = measure(strip)
    assert table.columns.tolist() == FIGURES
    assert table.index.name == "snapshot_utc"
    assert table["area_km2"].tolist() == pytest.approx([0, 16, 16, 24, 20], rel=1e-3)
    assert table["contested_km2"].tolist() == pytest.approx([0, 0, 6, 6, 6], rel=1e-3)
    assert table["sections"].tolist() == [0, 2, 2, 2, 1]
    assert table["depth_km"].tolist() == pytest.approx(
        [np.nan, 3, 3, 5, 5], abs=0.005, nan_ok=True
    )
    assert table["staleness_days"].tolist() == [0] * 5
    assert table["snapshot_id"].tolist() == [str(NOON + i * DAY_S) for i in range(5)]


def test_grey_reaches_farther_and_never_counts_held_ground() -> None:
    shown = [feature(tile(0, 0, 4, 2)), feature(tile(0, 1, 4, 3), fill=GREY)]
    table = measure(days(shown).select(STRIP))
    row = table.iloc[0]
    assert row["area_km2"] == pytest.approx(8, rel=1e-3)
    assert row["contested_km2"] == pytest.approx(8, rel=1e-3)
    assert row["depth_km"] == pytest.approx(2, abs=0.005)
    assert row["depth_with_contested_km"] == pytest.approx(4, abs=0.005)


def test_the_sphere_counts_overlaps_twice_as_web_maps_do() -> None:
    shown = [feature(tile(0, 0)), feature(tile(0, 0)), feature(tile(0, 0), fill=GREY)]
    history = days(shown).select(STRIP)
    assert measure(history)["area_km2"].iloc[0] == pytest.approx(4, rel=1e-3)
    assert measure(history)["contested_km2"].iloc[0] == 0
    web = measure(history, area_method="spherical").iloc[0]
    assert web["area_km2"] == pytest.approx(8, rel=4e-3)
    assert web["contested_km2"] == pytest.approx(4, rel=4e-3)
    assert web["sections"] == 1


def test_small_pieces_count_as_area_and_not_as_sections() -> None:
    history = days([feature(tile(0, 0)), feature(tile(9, 0, 0.2, 0.2))]).select(STRIP)
    assert measure(history)["sections"].tolist() == [1]
    assert measure(history)["area_km2"].iloc[0] == pytest.approx(4.04, rel=1e-3)
    assert measure(history, min_area_km2=0.03)["sections"].tolist() == [2]
    assert measure(history, min_area_km2=0.03, gap_km=8)["sections"].tolist() == [1]


def test_without_a_border_there_is_no_depth() -> None:
    history = days([feature(tile(0, 0))]).select(Theatre("apart", held=STRIP.held))
    table = measure(history)
    assert table["depth_km"].isna().all()
    assert table["depth_with_contested_km"].isna().all()
    assert table["sections"].tolist() == [1]


# Which rows


def test_every_day_has_its_row_also_without_a_map() -> None:
    first, third = [feature(tile(0, 0))], [feature(tile(0, 0, 4, 4))]
    history = make_history(
        {NOON: first, NOON + 3 * DAY_S: third, NOON + 3 * DAY_S + 60: first}
    )
    table = measure(history.select(STRIP), every="day")
    assert table.columns.tolist() == ["snapshot_utc", *FIGURES]
    assert table.index.name == "date"
    assert table.index.strftime("%m-%d").tolist() == [
        "03-01",
        "03-02",
        "03-03",
        "03-04",
    ]
    assert table["area_km2"].tolist() == pytest.approx([4, 4, 4, 4], rel=1e-3)
    assert table["staleness_days"].round(3).tolist() == [0.5, 1.5, 2.5, 0.499]
    assert table["snapshot_id"].tolist()[-1] == str(NOON + 3 * DAY_S + 60)


def test_days_end_in_the_zone_asked_for() -> None:
    late = int(pd.Timestamp("2025-03-01T22:30Z").timestamp())  # 00:30 in Kyiv
    history = make_history({NOON: [], late: [feature(tile(0, 0))]}).select(STRIP)
    utc = measure(history, every="day")
    kyiv = measure(history, every="day", tz="Europe/Kyiv")
    assert utc["sections"].tolist() == [1]
    assert kyiv["sections"].tolist() == [0, 1]
    assert kyiv.index.strftime("%m-%d").tolist() == ["03-01", "03-02"]


def test_days_of_23_and_25_hours() -> None:
    first = int(pd.Timestamp("2025-03-29T12:00Z").timestamp())
    history = make_history({first: [], first + 3 * DAY_S: []}).select(STRIP)
    table = measure(history, every="day", tz="Europe/Kyiv")
    assert table["staleness_days"].iloc[:3].round(4).tolist() == [0.4167, 1.375, 2.375]


def test_every_change_leaves_out_what_only_repeats() -> None:
    one, two = [feature(tile(0, 0))], [feature(tile(0, 0)), feature(tile(9, 0))]
    history = days(one, one, two, two, one).select(STRIP)
    table = measure(history, every="change")
    assert table["sections"].tolist() == [1, 2, 1]
    assert table.index.strftime("%m-%d").tolist() == ["03-01", "03-03", "03-05"]


def test_a_change_elsewhere_is_no_change_here() -> None:
    here = feature(tile(0, 0))
    history = days([here], [here, feature(tile(0, -20))], [here]).select(STRIP)
    assert len(measure(history, every="change")) == 1


@settings(max_examples=8)
@given(maps(), dates(), st.sampled_from(["UTC", "Europe/Kyiv"]))
def test_the_row_of_a_day_is_that_of_the_map_that_stood(
    files: dict[int, list[Feature]], day: date, tz: str
) -> None:
    history = make_history(files).select(STRIP)
    daily = measure(history, every="day", tz=tz)
    maps_ = measure(history)
    stamp = pd.Timestamp(day)
    if stamp in daily.index:
        row = daily.loc[stamp]
        snapshot = history.snapshot_at(day, tz=tz)
        assert row["snapshot_id"] == snapshot["snapshot_id"]
        assert row["staleness_days"] == pytest.approx(snapshot["staleness_days"])
        assert row["area_km2"] == maps_.loc[snapshot["snapshot_utc"], "area_km2"]


# Against the plain way


@settings(max_examples=10)
@given(maps())
def test_each_map_measured_anew_the_plain_way(files: dict[int, list[Feature]]) -> None:
    table = measure(make_history(files).select(STRIP), min_area_km2=0)
    for (unix, features), row in zip(
        sorted(files.items()), table.itertuples(), strict=True
    ):
        held, grey = (
            shapely.intersection(
                shapely.union_all(
                    [
                        shapely.force_2d(shape_of(f["geometry"]))
                        for f in features
                        if f["properties"]["fill"] in fills
                    ]
                ),
                STRIP.region,
            )
            for fills in ({HELD}, GREYS)
        )
        assert row.snapshot_id == str(unix)
        # To what a geodesic of 12 km bows between two vertices.
        near = {"rel": 3e-4, "abs": 0.01}
        assert row.area_km2 == pytest.approx(ellipsoid_km2(held), **near)
        assert row.contested_km2 == pytest.approx(
            ellipsoid_km2(grey.difference(held)), **near
        )
        parts = shapely.get_parts(held.buffer(1e-9) if row.area_km2 else held)
        assert row.sections == len(parts[~shapely.is_empty(parts)])
        for depth_km, ground in [
            (row.depth_km, held),
            (row.depth_with_contested_km, shapely.union(held, grey)),
        ]:
            assert depth_km == pytest.approx(top_km(ground), abs=0.01, nan_ok=True)


def top_km(ground: shapely.Geometry) -> float:
    """How far north of the straight border the ground reaches, in the plane."""
    if ground.area == 0:
        return np.nan
    corners = shapely.get_coordinates(ground)
    _, y = TO_DEGREES.transform(*corners.T, direction="INVERSE")
    return float(np.max(y)) / 1e3


@settings(max_examples=8)
@given(maps())
def test_repeating_every_map_repeats_every_row(files: dict[int, list[Feature]]) -> None:
    again = {unix + 60: shown for unix, shown in files.items()} | files
    # A single map may be an outlier, two of them that stand for days are none.
    numbers = [name for name in FIGURES[:-1] if name != "outlier"]
    once = measure(make_history(files).select(STRIP))[numbers]
    twice = measure(make_history(again).select(STRIP))[numbers]
    if len(again) == 2 * len(files):
        pd.testing.assert_frame_equal(
            twice.iloc[::2].reset_index(drop=True), once.reset_index(drop=True)
        )


# What it tells, and when it cannot


def test_attributes_tell_source_and_definitions(strip: ControlHistory) -> None:
    attrs = measure(strip, gap_km=0.5, every="day", tz="Europe/Kyiv").attrs
    assert attrs["source"] == "deepstate"
    assert attrs["attribution"].startswith("DeepStateMap.Live")
    assert attrs["theatre"] == "strip"
    assert attrs["area_method"] == "geodesic"
    assert (attrs["gap_km"], attrs["min_area_km2"]) == (0.5, 0.05)
    assert (attrs["every"], attrs["tz"]) == ("day", "Europe/Kyiv")
    assert attrs["clipped"]


@pytest.mark.parametrize("every", EVERY)
def test_no_maps_no_rows(every: str) -> None:
    table = measure(join_maps([], source="drawn").select(STRIP), every=every)  # type: ignore[arg-type]
    assert table.empty
    assert table.columns.tolist()[-len(FIGURES) :] == FIGURES
    assert table["area_km2"].dtype == np.float64
    assert table["sections"].dtype == np.int64


def test_types_of_columns(strip: ControlHistory) -> None:
    for every in EVERY:
        table = measure(strip, every=every)  # type: ignore[arg-type]
        assert table["sections"].dtype == np.int64
        assert table["staleness_days"].dtype == np.float64
        published = table.get("snapshot_utc", table.index.to_series())
        assert published.dt.tz is not None
        assert table["snapshot_id"].dtype == TEXT


def test_what_cannot_be_measured(
    history: ControlHistory, strip: ControlHistory
) -> None:
    with pytest.raises(TheatreError, match="has no theatre"):
        measure(history)
    with pytest.raises(OptionError, match=r"every='hour' is not known.*map, day"):
        measure(strip, every="hour")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="area_method='flat' is not known"):
        measure(strip, area_method="flat")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="is not a distance"):
        measure(strip, gap_km=-1)
    with pytest.raises(OptionError, match="is not an area"):
        measure(strip, min_area_km2=-1)


@pytest.mark.parametrize("every", EVERY)
def test_an_unknown_zone_is_refused(strip: ControlHistory, every: str) -> None:
    with pytest.raises(OptionError, match="'Europe/Kiew'"):
        measure(strip, every=every, tz="Europe/Kiew")  # type: ignore[arg-type]


# Steps


def series(*values: float) -> pd.Series:
    times = pd.date_range("2025-03-01T12:00Z", periods=len(values), freq="D")
    return pd.Series(values, index=times)


def test_values_are_steps() -> None:
    values = series(10, 8, 4)
    assert step_value(values, at="2025-03-01") == 10
    assert step_value(values, at="2025-03-02T11:59Z") == 10
    assert step_value(values, at="2025-03-02T12:00Z") == 8
    assert step_value(values, at=date(2025, 3, 9)) == 4
    assert area_change(values, "2025-03-01", "2025-03-03") == -6
    assert relative_change(values, "2025-03-01", "2025-03-03") == pytest.approx(-0.6)
    assert relative_change(values, "2025-03-01", "2025-03-01") == 0


def test_a_share_of_nothing_is_no_number() -> None:
    assert np.isnan(relative_change(series(0, 4), "2025-03-01", "2025-03-02"))


def test_steps_end_in_the_zone_asked_for() -> None:
    values = pd.Series(
        [10.0, 8.0], index=pd.to_datetime(["2025-03-01T12:00Z", "2025-03-01T22:30Z"])
    )
    assert step_value(values, at="2025-03-01") == 8
    assert step_value(values, at="2025-03-01", tz="Europe/Kyiv") == 10


def test_tables_of_days_can_be_asked_too(strip: ControlHistory) -> None:
    table = measure(strip, every="day")
    assert step_value(table["sections"], at="2025-03-05") == 1
    change_km2 = area_change(table["area_km2"], "2025-03-02", "2025-03-04")
    assert change_km2 == pytest.approx(8, rel=1e-3)


def test_before_the_first_value_there_is_none() -> None:
    with pytest.raises(DateNotFoundError, match="figures begin on 2025-03-01"):
        step_value(series(1), at="2025-02-28")
    with pytest.raises(DateNotFoundError, match="the figures are empty"):
        relative_change(series(), "2025-02-28", "2025-03-01")
    with pytest.raises(OptionError, match="Cannot read 'soon'"):
        step_value(series(1), at="soon")


@given(maps(), dates(), dates())
def test_changes_add_up(
    files: dict[int, list[Feature]], one: date, other: date
) -> None:
    area_km2 = measure(make_history(files).select(STRIP))["area_km2"]
    first = area_km2.index[0]
    try:
        change = area_change(area_km2, one, other)
    except DateNotFoundError:
        assert min(one, other) < first.date()
        return
    from_first = [area_change(area_km2, first, day) for day in (one, other)]
    assert change == pytest.approx(from_first[1] - from_first[0], abs=1e-9)


# The same bits, whatever was read


@settings(max_examples=10)
@given(maps(), st.randoms(use_true_random=False))
def test_any_maps_in_any_order_give_the_same_bits(
    files: dict[int, list[Feature]], random: Random
) -> None:
    numbers = FIGURES[:5]
    whole = measure(make_history(files).select(STRIP))[numbers]
    some = random.sample(sorted(files), k=random.randint(1, len(files)))
    shown = {unix: random.sample(files[unix], k=len(files[unix])) for unix in some}
    part = measure(make_history(shown).select(STRIP))[numbers]
    pd.testing.assert_frame_equal(part, whole.loc[part.index], check_exact=True)


# Maps that are far from those about them


def squares(*sides_km: float) -> ControlHistory:
    maps = [[feature(tile(0, 0, side, side))] if side else [] for side in sides_km]
    return days(*maps).select(STRIP)


@pytest.mark.parametrize(
    ("sides_km", "strange"),
    [
        ((4, 4.1, 20, 4.2, 4.3), [2]),  # ten times as much
        ((4, 0.3, 4, 4), [1]),  # a tenth
        ((4, 0, 4, 4), [1]),  # nothing: below the floor of 1 km²
        ((2, 6.35, 2), [1]),
        ((2, 6.25, 2), []),  # not quite ten times
        ((0.1, 0.9, 0.1), []),  # both below the floor
        ((20, 4, 4), []),  # the first has nothing before it
        ((4, 4, 20), []),  # nor the last behind
        ((4, 20, 20.1, 4), []),  # two days are no slip
        ((4, 20, 20, 20), []),
        ((4, 20, 0.2, 4), [1, 2]),
        ((4, 20, 4, 0.2, 4), [1, 3]),
    ],
)
@pytest.mark.parametrize("area_method", ["geodesic", "spherical"])
def test_a_map_far_from_its_neighbours_is_marked(
    sides_km: tuple[float, ...], strange: list[int], area_method: Any
) -> None:
    history = squares(*sides_km)
    table = measure(history, area_method=area_method)
    assert np.flatnonzero(table["outlier"]).tolist() == strange
    told = history.outliers()
    assert told["snapshot_utc"].tolist() == table.index[strange].tolist()
    exact = measure(history).iloc[strange]["area_km2"]
    assert told["area_km2"].tolist() == pytest.approx(exact.tolist(), rel=1e-9)
    assert ("outliers" in repr(history)) is bool(strange)
    for every in ("day", "change"):
        assert measure(history, every=every)["outlier"].sum() == len(strange)
    # A period shows one map; what stood about it is not in the table.
    monthly = measure(history.between(None, "2025-03-31"), every="month")
    assert monthly["outlier"].tolist() == [False]


def test_a_run_of_maps_within_a_day_is_marked_whole() -> None:
    sides_km = {
        0: 4,
        24: 20,
        30: 20.1,
        40: 20.2,
        48: 4,
        60: 4,
        100: 20,
        136: 21,
        140: 4,
    }
    history = make_history(
        {NOON + 3600 * at: [feature(tile(0, 0, side, side))]
         for at, side in sides_km.items()}
    )  # fmt: skip
    marked = measure(history.select(STRIP))["outlier"]
    assert np.flatnonzero(marked).tolist() == [1, 2, 3]
    assert history.outliers()["status"].tolist() == ["held_in_russia"] * 3
    weekly = make_history(
        {NOON + 7 * DAY_S * at: [feature(tile(0, 0, side, side))]
         for at, side in enumerate([4, 20, 4])}
    )  # fmt: skip
    assert measure(weekly.select(STRIP))["outlier"].tolist() == [False, True, False]


def test_no_maps_have_no_outliers() -> None:
    assert days().outliers().empty
    assert days([]).outliers().empty
