from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given, settings
from hypothesis import strategies as st

import kursk_geo as kg
from builders import (
    DAY_S,
    GREY,
    LIBERATED,
    NOON,
    STRIP,
    Feature,
    days,
    feature,
    make_history,
    tile,
)
from kursk_geo.errors import (
    DateNotFoundError,
    OptionError,
    ReferenceDataError,
    SourceError,
    SourceWarning,
    TheatreError,
)
from kursk_geo.history import ControlHistory
from kursk_geo.snapshots import MapFeature, ParsedMap, UnreadableFile, join_maps
from kursk_geo.status import Status
from kursk_geo.theatre import Theatre, theatre
from strategies import dates, maps, tiles
from test_snapshots import assert_same

# Maps are drawn anywhere, also where no theatre is, and of any side.
pytestmark = pytest.mark.filterwarnings("ignore:(None of these|These) maps")

KYIV = ZoneInfo("Europe/Kyiv")
OLD = "#880e4f"
EMPTY = join_maps([], source="deepstate")


def at_times(*times: str) -> ControlHistory:
    """Histories of maps that each show a tile of their own."""
    return make_history(
        {
            int(pd.Timestamp(time, tz="UTC").timestamp()): [feature(tile(4 * i, 0))]
            for i, time in enumerate(times)
        }
    )


def parsed(
    shape: shapely.Polygon, status: Status = Status.HELD_IN_RUSSIA, day: int = 1
) -> ParsedMap:
    """A map of one shape, as a parser hands it on."""
    when = pd.Timestamp(f"2025-03-{day:02}T12:00Z").as_unit("us")
    return ParsedMap(when, str(day), [MapFeature(status, "held", shape)])


def shown_at(history: ControlHistory, when: object, tz: str = "UTC") -> str:
    """The instant of the map that stood, without seconds."""
    return history.snapshot_at(when, tz=tz)["snapshot_utc"].strftime("%m-%d %H:%M")


# Which map stood


def test_a_date_means_the_last_map_before_that_day_ends() -> None:
    history = at_times("2025-02-28T00:20", "2025-03-01T08:29", "2025-03-01T21:00")
    assert shown_at(history, "2025-02-28") == "02-28 00:20"
    assert shown_at(history, "2025-03-01") == "03-01 21:00"
    assert shown_at(history, date(2025, 3, 5)) == "03-01 21:00"
    assert shown_at(history, "2025-03-01T08:28Z") == "02-28 00:20"
    assert shown_at(history, "2025-03-01T08:29Z") == "03-01 08:29"


def test_a_map_of_midnight_belongs_to_the_new_day() -> None:
    history = at_times("2025-03-01T12:00", "2025-03-02T00:00")
    assert shown_at(history, "2025-03-01") == "03-01 12:00"
    assert shown_at(history, "2025-03-02T00:00Z") == "03-02 00:00"
    assert shown_at(history, "2025-03-02") == "03-02 00:00"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        # 30 March 2025: the clocks of Kyiv go forward, and the day ends at 21:00 UTC.
        ("2025-03-29", "03-29 21:59"),
        ("2025-03-30", "03-30 20:59"),
        ("2025-03-31", "03-30 21:01"),
    ],
)
def test_days_in_kyiv_when_clocks_go_forward(day: str, expected: str) -> None:
    history = at_times(
        "2025-03-29T21:59", "2025-03-29T22:00", "2025-03-30T20:59", "2025-03-30T21:01"
    )
    assert shown_at(history, day, "Europe/Kyiv") == expected


def test_days_in_kyiv_when_clocks_go_back() -> None:
    history = at_times("2024-10-26T20:59", "2024-10-27T21:59", "2024-10-27T22:00")
    assert shown_at(history, "2024-10-26", "Europe/Kyiv") == "10-26 20:59"
    assert shown_at(history, "2024-10-27", "Europe/Kyiv") == "10-27 21:59"
    assert (
        len(history.between("2024-10-27", "2024-10-27", tz="Europe/Kyiv").snapshots)
        == 1
    )
    assert len(history.between("2024-10-27", "2024-10-27").snapshots) == 2


def test_staleness_counts_to_the_instant_asked_for() -> None:
    history = at_times("2025-03-01T12:00")
    assert history.snapshot_at("2025-03-01").staleness_days == 0.5
    assert history.snapshot_at("2025-03-04").staleness_days == 3.5
    assert history.snapshot_at("2025-03-01T18:00Z").staleness_days == 0.25
    kyiv = history.snapshot_at("2025-03-01", tz="Europe/Kyiv")
    assert kyiv.staleness_days == pytest.approx(10 / 24)


def test_before_the_first_map_there_is_none() -> None:
    history = at_times("2025-03-01T12:00")
    with pytest.raises(
        DateNotFoundError,
        match=r"by 2025-02-28 \(UTC\): the first map is of 2025-03-01",
    ):
        history.at("2025-02-28")
    with pytest.raises(LookupError, match="the history is empty"):
        EMPTY.at("2025-03-01")


def test_a_state_tells_where_it_comes_from(strip: ControlHistory) -> None:
    state = strip.at("2025-03-02", tz="Europe/Kyiv")
    assert state.attrs == {
        "snapshot_id": str(NOON + DAY_S),
        "snapshot_utc": "2025-03-02T12:00:00+00:00",
        "staleness_days": 0.4167,
        "source": "deepstate",
        "attribution": "DeepStateMap.Live, https://deepstatemap.live",
        "theatre": "strip",
    }
    assert state.index.tolist() == [0, 1]


@given(maps(), dates(), st.sampled_from(["UTC", "Europe/Kyiv"]))
def test_a_day_shows_the_last_file_before_its_midnight(
    files: dict[int, list[Feature]], day: date, tz: str
) -> None:
    midnight = datetime.combine(
        day + timedelta(days=1), datetime.min.time(), tzinfo=ZoneInfo(tz)
    )
    before = [unix for unix in files if unix < midnight.timestamp()]
    history = make_history(files)
    if before:
        state = history.at(day, tz=tz)
        assert state.attrs["snapshot_id"] == str(max(before))
        assert len(state) == len(files[max(before)])
    else:
        with pytest.raises(DateNotFoundError):
            history.at(day, tz=tz)


# Parts in time


@given(maps(), dates(), dates(), st.sampled_from(["UTC", "Europe/Kyiv"]))
def test_a_part_is_what_those_files_alone_give(
    files: dict[int, list[Feature]], start: date, end: date, tz: str
) -> None:
    zone = ZoneInfo(tz)
    kept = {
        unix: features
        for unix, features in files.items()
        if start <= datetime.fromtimestamp(unix, zone).date() <= end
    }
    part = make_history(files).between(start, end, tz=tz)
    if kept:
        assert_same(part, make_history(kept))
    else:
        assert part.snapshots.empty
        assert part.shapes.empty


@settings(max_examples=10)
@given(maps(), st.integers(0, 7))
def test_appending_is_reading_at_once(
    files: dict[int, list[Feature]], cut: int
) -> None:
    early = dict(list(files.items())[:cut])
    late = dict(list(files.items())[cut:])
    joined = make_history(early).append(make_history(late))
    assert_same(joined, make_history(files))


def test_appending_what_is_not_later_is_refused(history: ControlHistory) -> None:
    with pytest.raises(OptionError, match=r"later\.between\(\.\.\.\) cuts the overlap"):
        history.append(history)
    early, late = (
        history.between(None, "2025-03-02"),
        history.between("2025-03-03", None),
    )
    with pytest.raises(OptionError, match="Expected the same source and theatre"):
        late.append(early)
    with pytest.raises(OptionError, match="Cannot append nzz maps"):
        early.append(replace(late, source="nzz"))
    with pytest.raises(OptionError, match="Cannot append"):
        early.select(STRIP).append(late)


def test_appending_nothing_and_to_nothing_keeps_what_was_rejected(
    history: ControlHistory,
) -> None:
    unread = join_maps(
        [UnreadableFile("cut.geojson", "breaks off")], source="deepstate"
    )
    for joined in (history.append(unread), replace(unread).append(history)):
        pd.testing.assert_frame_equal(joined.shapes, history.shapes)
        pd.testing.assert_frame_equal(joined.snapshots, history.snapshots)
        assert joined.rejected["origin"].tolist() == ["cut.geojson"]
    assert_same(EMPTY.append(history), history)
    assert_same(history.append(EMPTY), history)
    assert_same(EMPTY.append(EMPTY), EMPTY)
    with pytest.raises(OptionError, match="Expected the same source"):
        history.append(replace(EMPTY, source="nzz"))


def test_shapes_kept_whole_and_shapes_cut_do_not_mix(history: ControlHistory) -> None:
    early, late = (
        history.between(None, "2025-03-02"),
        history.between("2025-03-03", None),
    )
    with pytest.raises(OptionError, match="Cannot append"):
        early.select(STRIP).append(late.select(STRIP, clip=False))


def test_selected_parts_append_too(
    history: ControlHistory, strip: ControlHistory
) -> None:
    early, late = (
        history.between(None, "2025-03-02"),
        history.between("2025-03-03", None),
    )
    assert_same(early.select(STRIP).append(late.select(STRIP)), strip)


def test_a_part_without_end_points_is_the_whole(history: ControlHistory) -> None:
    assert_same(history.between(None, None), history)
    assert_same(history.between("2025-03-01", "2025-03-05"), history)
    assert history.between("2025-03-04", "2025-03-02").snapshots.empty


# States


@given(maps())
def test_states_change_where_the_ground_does(files: dict[int, list[Feature]]) -> None:
    history = make_history(files)
    states = history.states()
    assert states["n_snapshots"].sum() == len(history.snapshots)
    assert (states["n_snapshots"] > 0).all()
    assert states["valid_from"].is_monotonic_increasing
    assert (
        states["valid_to"]
        .iloc[:-1]
        .equals(states["valid_from"].iloc[1:].reset_index(drop=True))
    )
    assert pd.isna(states["valid_to"].iloc[-1])

    def content(unix: int) -> list[str]:
        return sorted(repr(feature) for feature in files[unix])

    instants = sorted(files)
    changes = [
        unix
        for position, unix in enumerate(instants)
        if not position or content(unix) != content(instants[position - 1])
    ]
    starts = [int(when.timestamp()) for when in states["valid_from"]]
    assert starts == changes
    assert states["n_shapes"].tolist() == [len(files[unix]) for unix in changes]


def test_states_of_no_maps() -> None:
    states = EMPTY.states()
    assert states.columns.tolist() == [
        "valid_from",
        "valid_to",
        "n_snapshots",
        "n_shapes",
    ]
    assert states.empty


def test_an_empty_map_between_two_is_a_state() -> None:
    states = days([feature(tile(0, 0))], [], [], [feature(tile(0, 0))]).states()
    assert states["n_shapes"].tolist() == [1, 0, 1]
    assert states["n_snapshots"].tolist() == [1, 2, 1]


# Parts in space


def test_a_theatre_keeps_its_statuses_cut_to_its_region() -> None:
    across = tile(0, -2, 2, 6)
    history = days(
        [
            feature(across),
            feature(tile(10, -6)),
            feature(tile(4, 0), fill=LIBERATED),
            feature(tile(8, 0), fill=GREY),
        ]
    )
    strip = history.select(STRIP)
    assert list(strip.shapes["status"]) == ["contested_in_russia", "held_in_russia"]
    (held,) = strip.shapes.geometry[strip.shapes["status"] == "held_in_russia"]
    assert held.area == pytest.approx(across.area * 4 / 6, rel=1e-3)
    whole = history.select(STRIP, clip=False)
    (held,) = whole.shapes.geometry[whole.shapes["status"] == "held_in_russia"]
    assert held.equals(across)
    assert not whole.clipped


def test_statuses_and_regions_take_the_place_of_the_theatres() -> None:
    history = days([feature(tile(0, 0)), feature(tile(4, 0), fill=GREY)])
    swapped = history.select(STRIP, status="contested_in_russia")
    assert swapped.theatre is not None
    assert swapped.theatre.held == {"contested_in_russia"}
    assert "contested_in_russia" not in swapped.theatre.contested
    with pytest.warns(SourceWarning, match="lies in theatre strip"):
        nowhere = history.select(STRIP, region=shapely.box(36, 52, 37, 53))
    assert nowhere.shapes.empty
    assert len(nowhere.snapshots) == 1
    assert history.select(status=[]).shapes.empty


def test_what_is_drawn_paler_is_kept_and_not_held() -> None:
    maps = days([feature(tile(0, 0), fill=OLD), feature(tile(4, 0))])
    paler = replace(STRIP, paler=frozenset({Status.OCCUPIED_BEFORE_2022}))
    strip = maps.select(paler)
    assert sorted(strip.shapes["status"]) == ["held_in_russia", "occupied_before_2022"]
    assert list(maps.select(STRIP).shapes["status"]) == ["held_in_russia"]
    chosen = maps.select(paler, status="held_in_russia")
    assert list(chosen.shapes["status"]) == ["held_in_russia"]


@pytest.mark.parametrize(
    ("shape", "where"),
    [
        (shapely.box(51.2, 35.2, 51.3, 35.3), "51 E 35 N"),
        (shapely.box(-0.1, -0.2, 0.1, 0.2), "0 E 0 N"),
        (shapely.box(-71, -34, -70, -33), "70 W 34 S"),
        (shapely.box(35.2, 54.0, 35.3, 54.1), "35 E 54 N"),
        (shapely.box(40.5, 51.3, 40.6, 51.4), "41 E 51 N"),
    ],
)
def test_where_shapes_lie_is_said_if_none_is_near(
    shape: shapely.Polygon, where: str
) -> None:
    maps = join_maps([parsed(shape)], source="plain")
    with pytest.warns(SourceWarning, match=f"within 100 km of theatre kursk.*{where}"):
        assert maps.select("kursk").shapes.empty


def test_shapes_that_lie_beside_a_region_are_said_to() -> None:
    for shape in (shapely.box(33.0, 51.2, 33.1, 51.3), shapely.box(36, 52.8, 36.1, 53)):
        maps = join_maps([parsed(shape)], source="plain")
        words = r"lies in theatre kursk \(they lie at 3\d E 5\d N, \d+ km away\)\.$"
        with pytest.warns(SourceWarning, match=words):
            assert maps.select("kursk").shapes.empty
    with_one_inside = [
        parsed(shape),
        parsed(shapely.box(35.2, 51.3, 35.3, 51.4), day=2),
    ]
    join_maps(with_one_inside, source="plain").select("kursk")
    assert EMPTY.select("kursk").shapes.empty


def test_maps_of_another_war_are_not_cut_to_ukraine() -> None:
    island = shapely.box(9.7, 54.8, 10.1, 55.1)
    maps = join_maps([parsed(island, Status.OCCUPIED)], source="plain")
    with pytest.warns(SourceWarning, match="measured as theatre 'everywhere'"):
        found = maps.select("ukraine")
    assert found.shapes.geometry.item().equals(island)
    assert found.theatre is not None
    assert found.theatre.held_words == "held"
    near = join_maps([parsed(shapely.box(62, 18, 63, 19), Status.OCCUPIED),
                      parsed(shapely.box(36, 49, 37, 50), Status.OCCUPIED, day=2)],
                     source="plain")  # fmt: skip
    assert len(near.select("ukraine").shapes) == 1


def test_what_only_touches_the_region_is_not_in_it() -> None:
    west, east = shapely.box(35, 51, 35.5, 51.5), shapely.box(35.5, 51, 36, 51.5)
    history = days([feature(west), feature(east)])
    for clip in (True, False):
        assert (
            len(history.select(status="held_in_russia", region=west, clip=clip).shapes)
            == 1
        )


def test_pieces_that_are_alike_once_cut_are_one() -> None:
    """The map was redrawn far from the region: nothing changed within it."""
    region = shapely.box(35, 51, 35.5, 51.5)
    before, after = (
        shapely.box(35.1, 51.1, 35.9, 51.2),
        shapely.box(35.1, 51.1, 35.8, 51.2),
    )
    history = days([feature(before)], [feature(after)])
    assert len(history.shapes) == 2
    cut = history.select(status="held_in_russia", region=region)
    assert len(cut.shapes) == 1
    assert len(cut.states()) == 1


@settings(max_examples=8)
@given(maps(), tiles(), tiles())
def test_cutting_never_grows_and_keeps_every_map(
    files: dict[int, list[Feature]], region: shapely.Polygon, other: shapely.Polygon
) -> None:
    history = make_history(files)
    one = history.select(
        Theatre("one", region, held=STRIP.held, contested=STRIP.contested)
    )
    assert len(one.snapshots) == len(history.snapshots)
    union = shapely.union(region, other)
    both = history.select(replace(one.theatre, region=union))
    for when in history.snapshots["snapshot_utc"]:
        whole, more, less = (
            shapely.area(h.at(when).geometry.to_numpy()).sum()
            for h in (history, both, one)
        )
        assert less <= more * (1 + 1e-9)
        assert more <= whole * (1 + 1e-9)
    assert one.shapes.geometry.is_valid.all()


@settings(max_examples=8)
@given(maps(), dates(), dates())
def test_time_and_space_can_be_cut_in_either_order(
    files: dict[int, list[Feature]], start: date, end: date
) -> None:
    history = make_history(files)
    # Wide enough that no two features are cut into the same shape.
    region = shapely.box(30, 50, 40, 52)
    theatre = replace(STRIP, region=region, border=None)
    assert_same(
        history.select(theatre).between(start, end),
        history.between(start, end).select(theatre),
    )


def test_nothing_is_changed_in_place(history: ControlHistory) -> None:
    before = history.shapes.copy(deep=True)
    history.select(STRIP)
    history.between("2025-03-02", "2025-03-03")
    history.at("2025-03-02")["status"] = "changed"
    history.states()
    pd.testing.assert_frame_equal(history.shapes, before)


def test_asking_for_nothing_and_for_nonsense(history: ControlHistory) -> None:
    with pytest.raises(OptionError, match="Nothing to select"):
        history.select()
    with pytest.raises(OptionError, match="'ocupied' is not known"):
        history.select(status="ocupied")
    with pytest.raises(ReferenceDataError, match="is a LineString"):
        history.select(status="occupied", region=shapely.LineString([(0, 0), (1, 1)]))
    table = gpd.GeoDataFrame(geometry=[shapely.box(35, 51, 36, 52)], crs=4326)
    with pytest.raises(ReferenceDataError, match=r"is a GeoDataFrame.*union_all"):
        history.select(status="occupied", region=table)  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="Cannot read 'soon'"):
        history.at("soon")


def test_snapshots_must_be_sorted_and_unique(history: ControlHistory) -> None:
    turned = history.snapshots.iloc[::-1].reset_index(drop=True)
    doubled = pd.concat([history.snapshots, history.snapshots.tail(1)])
    for table in (turned, doubled):
        with pytest.raises(SourceError, match="not sorted, or two share an instant"):
            replace(history, snapshots=table)


# How it looks


def test_a_history_tells_what_it_is(
    history: ControlHistory, strip: ControlHistory
) -> None:
    text = repr(history)
    assert "2025-03-01 12:00 to 2025-03-05 12:00 UTC" in text
    assert "snapshots 5" in text
    assert "held_in_russia 3" in text
    assert "DeepStateMap.Live" in text
    assert "theatre   strip" in repr(strip)
    assert "kept whole" in repr(history.select(STRIP, clip=False))
    assert "no maps" in repr(EMPTY)


def test_markup_in_names_is_escaped() -> None:
    odd = replace(EMPTY, attribution="<script>alert('&')</script>")
    assert "<script>" not in odd._repr_html_()
    assert "&lt;script&gt;" in odd._repr_html_()


def test_types_of_an_empty_part_are_those_of_the_whole(history: ControlHistory) -> None:
    empty = history.between("2020-01-01", "2020-01-02")
    for name in ("snapshots", "shapes", "rejected"):
        ours, theirs = getattr(empty, name), getattr(history, name)
        assert ours.dtypes.equals(theirs.dtypes)
        assert len(ours) == 0
    assert np.issubdtype(empty.states()["n_snapshots"].dtype, np.integer)


def test_a_cut_history_can_be_narrowed_but_not_cut_to_another_theatre(
    history: ControlHistory,
) -> None:
    kursk = history.select(theatre("kursk"))
    held = kursk.select(status="held_in_russia")
    assert held.theatre is not None
    assert held.theatre.border is not None
    with pytest.raises(TheatreError, match=r"cut to theatre 'kursk'.*for 'sumy'"):
        kursk.select(theatre("sumy"))


def test_a_theatre_goes_by_its_name(history: ControlHistory) -> None:
    assert history.select("kursk").theatre == theatre("kursk")
    with pytest.raises(TheatreError, match="No theatre 'kusk'"):
        history.select("kusk")
    with pytest.raises(TheatreError, match=r"2 is no theatre\. Expected one"):
        history.select(2)  # type: ignore[arg-type]


def test_tables_cannot_be_changed_behind_a_history(history: ControlHistory) -> None:
    before = history.shapes
    given = history.snapshots
    own = replace(history, snapshots=given)
    mine = history.shapes
    mine.loc[0, "status"] = "unknown"
    mine["label"] = ""
    given.loc[0, "snapshot_id"] = "another"
    assert_geodataframe_equal(history.shapes, before)
    assert "another" not in set(own.snapshots["snapshot_id"])


# What a notebook asks of a history itself


def test_a_history_measures_and_draws_itself() -> None:
    kursk = kg.sample_history().select("kursk")
    assert kursk.measure(every="change").equals(kg.measure(kursk, every="change"))
    ax = kursk.plot(at="2025-04-15")
    assert ax.get_figure() is not None


def test_a_history_has_a_length_and_is_equal_to_the_same() -> None:
    first, second = kg.sample_history(), kg.sample_history()
    assert len(first) == 24
    assert first == second
    assert hash(first) == hash(second)
    assert first != first.between("2025-01-01", None)
    assert first != first.select("kursk")
    assert first != "sample"
    assert bool(first.between("1999-01-01", "1999-01-02"))
