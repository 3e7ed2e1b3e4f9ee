from datetime import UTC as UTC_ZONE
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kursk_geo.errors import OptionError
from kursk_geo.history import rejected_table, shapes_table, snapshots_table
from kursk_geo.periods import (
    MICROSECOND,
    day_edges,
    instant,
    merge_periods,
    period_starts,
    restrict_periods,
    span,
)
from strategies import dates

UTC = "datetime64[us, UTC]"


def utc(text: str) -> pd.Timestamp:
    return pd.Timestamp(text, tz="UTC")


# Instants


@pytest.mark.parametrize(
    ("when", "tz", "expected"),
    [
        ("2025-02-28", "UTC", "2025-03-01T00:00"),
        (date(2025, 2, 28), "UTC", "2025-03-01T00:00"),
        ("20250228", "UTC", "2025-03-01T00:00"),
        ("28 February 2025", "UTC", "2025-03-01T00:00"),
        ("2025-02-28", "Europe/Kyiv", "2025-02-28T22:00"),
        ("2024-12-31", "Europe/Kyiv", "2024-12-31T22:00"),
        # Clocks go forward on 30 March 2025 and back on 26 October: such days end
        # at 21 and 22 hours UTC, and last 23 and 25 hours.
        ("2025-03-29", "Europe/Kyiv", "2025-03-29T22:00"),
        ("2025-03-30", "Europe/Kyiv", "2025-03-30T21:00"),
        ("2025-10-25", "Europe/Kyiv", "2025-10-25T21:00"),
        ("2025-10-26", "Europe/Kyiv", "2025-10-26T22:00"),
    ],
)
def test_a_date_means_the_end_of_its_day(
    when: str | date, tz: str, expected: str
) -> None:
    assert instant(when, tz=tz) == utc(expected) - MICROSECOND


@pytest.mark.parametrize(
    ("when", "tz", "expected"),
    [
        ("2025-02-28T18:30Z", "Europe/Kyiv", "2025-02-28T18:30"),
        ("2025-02-28 18:30", "UTC", "2025-02-28T18:30"),
        ("2025-02-28T18Z", "Europe/Kyiv", "2025-02-28T18:00"),
        ("20250228T1830Z", "Europe/Kyiv", "2025-02-28T18:30"),
        ("2025-02-28 18:30", "Europe/Kyiv", "2025-02-28T16:30"),
        ("2025-07-01 18:30", "Europe/Kyiv", "2025-07-01T15:30"),
        ("2025-02-28T18:30+05:00", "Europe/Kyiv", "2025-02-28T13:30"),
        (datetime(2025, 2, 28, tzinfo=UTC_ZONE), "Europe/Kyiv", "2025-02-28T00:00"),
        (pd.Timestamp("2025-02-28"), "UTC", "2025-02-28T00:00"),
    ],
)
def test_a_time_means_that_instant(
    when: str | datetime | pd.Timestamp, tz: str, expected: str
) -> None:
    assert instant(when, tz=tz) == utc(expected)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("01.02.2025", "2025-02-01"),
        ("1. 2. 2025", "2025-02-01"),
        ("mid-February 2025", "2025-02-15"),
        ("the middle of Feb 2024", "2024-02-15"),
        ("end of February 2024", "2024-02-29"),
        ("Beginning of March 2025", "2025-03-01"),
        ("start of March, 2025", "2025-03-01"),
    ],
)
def test_dates_as_people_say_them(said: str, day: str) -> None:
    assert instant(said, tz="Europe/Kyiv") == instant(day, tz="Europe/Kyiv")


def test_days_before_today() -> None:
    today, yesterday = instant("today", tz="UTC"), instant("yesterday", tz="UTC")
    assert today - yesterday == pd.Timedelta(days=1)
    assert today >= pd.Timestamp.now(tz="UTC")


@pytest.mark.parametrize(
    "when",
    [
        "",
        "NaT",
        None,
        pd.NaT,
        "yesterday-ish",
        "2025",
        "2025-02",
        "Feb 2025",
        "2025-02-30",
        "9999-99-99",
        "28.02.2025 25:00",
        "02/03/2025",
        "15 April",
        "tomorrow",
        "31.02.2025",
        "mid-Smarch 2025",
        "late May 2025",
        1740702002,
    ],
)
def test_what_is_no_plain_date_is_said_so(when: Any) -> None:
    with pytest.raises(OptionError, match=r"Cannot read .* as a date\. Expected"):
        instant(when)


@pytest.mark.parametrize("tz", ["Kyiv", "Europe/Kiew", "", "../etc"])
def test_what_is_no_zone_is_said_so(tz: str) -> None:
    with pytest.raises(OptionError, match="and a zone such"):
        instant("2025-02-28", tz=tz)


@pytest.mark.parametrize("when", ["2025-03-30 03:30", "2025-10-26 03:30"])
def test_a_time_that_clocks_skip_or_repeat_is_refused(when: str) -> None:
    with pytest.raises(OptionError, match="Cannot read"):
        instant(when, tz="Europe/Kyiv")


@given(dates(), st.sampled_from(["UTC", "Europe/Kyiv", "Asia/Kamchatka"]))
def test_days_follow_one_another_without_gap_or_overlap(day: date, tz: str) -> None:
    start = datetime.combine(day, datetime.min.time(), tzinfo=ZoneInfo(tz))
    first, last = span(day, day, tz=tz)
    assert first == start
    assert last == instant(day, tz=tz) == instant(day.isoformat(), tz=tz)
    following, _ = span(day + timedelta(days=1), None, tz=tz)
    assert following == last + MICROSECOND


def test_a_day_of_a_span_has_as_many_hours_as_the_clocks_say() -> None:
    def hours(day: str) -> float:
        first, last = span(day, day, tz="Europe/Kyiv")
        assert first is not None
        assert last is not None
        return (last + MICROSECOND - first) / pd.Timedelta(hours=1)

    assert [hours(d) for d in ("2025-03-29", "2025-03-30", "2025-10-26")] == [
        24,
        23,
        25,
    ]


def test_open_ends() -> None:
    assert span(None, None) == (None, None)
    assert span("2025-03-01T10:00Z", None)[0] == utc("2025-03-01T10:00")
    assert span(None, "2025-03-01T10:00Z") == (None, utc("2025-03-01T10:00"))


# Tables


def test_empty_tables_have_their_columns_and_types() -> None:
    snapshots = snapshots_table(pd.DataFrame())
    assert snapshots.dtypes["snapshot_utc"] == UTC
    assert snapshots.dtypes["n_features"] == np.int64
    shapes = shapes_table(pd.DataFrame())
    assert shapes.dtypes["valid_to"] == UTC
    assert shapes.crs.to_epsg() == 4326
    assert rejected_table(pd.DataFrame()).dtypes["feature"] == "Int64"


def test_a_period_column_without_any_end_keeps_its_type() -> None:
    """All shapes still shown: the one map of a first day."""
    rows = pd.DataFrame({"status": ["occupied"], "valid_from": [utc("2025-03-01")]})
    for end in (pd.NaT, None):
        table = shapes_table(rows.assign(valid_to=end, geometry=None))
        assert table.dtypes["valid_to"] == UTC
        assert table["valid_to"].isna().all()
    listed = rejected_table(pd.DataFrame([{"snapshot_utc": pd.NaT, "reason": "cut"}]))
    assert listed.dtypes["snapshot_utc"] == UTC


def periods(*rows: tuple[str, int, int | None]) -> pd.DataFrame:
    """Rows of a shape's name, first and last day of March."""
    table = pd.DataFrame(rows, columns=["shape_id", "first", "last"])
    day = pd.Timedelta(days=1)
    return shapes_table(
        pd.DataFrame(
            {
                "status": "occupied",
                "label": "",
                "shape_id": table["shape_id"],
                "valid_from": utc("2025-03-01") + table["first"] * day,
                "valid_to": utc("2025-03-01") + table["last"].astype("Float64") * day,
                "repair_km2": 0.0,
                "geometry": None,
            }
        )
    )


def read(table: pd.DataFrame) -> list[tuple[str, int, int | None]]:
    day = pd.Timedelta(days=1)
    start = utc("2025-03-01")
    return [
        (
            str(row.shape_id),
            (row.valid_from - start) // day,
            None if row.valid_to is pd.NaT else (row.valid_to - start) // day,
        )
        for row in table.itertuples()
    ]


def test_periods_that_follow_one_another_join() -> None:
    merged = merge_periods(
        periods(("b", 4, None), ("a", 0, 2), ("b", 1, 3), ("a", 2, 5))
    )
    assert read(merged) == [("a", 0, 5), ("b", 1, 3), ("b", 4, None)]


def test_copies_of_a_shape_on_one_map_are_told_apart_the_same_way_always() -> None:
    """Two copies, one of which was gone for a day: once joined, once cut."""
    whole = merge_periods(periods(("a", 0, None), ("a", 0, 1), ("a", 2, 4)))
    assert read(whole) == [("a", 0, 1), ("a", 0, 4), ("a", 2, None)]
    parts = periods(("a", 0, 1), ("a", 0, 2), ("a", 2, None), ("a", 2, 4))
    assert read(merge_periods(parts)) == read(whole)
    times = pd.Series([utc("2025-03-01"), utc("2025-03-03")]).astype(UTC)
    assert read(restrict_periods(whole, times)) == [("a", 0, None), ("a", 0, None)]


def test_another_status_or_label_is_another_row() -> None:
    table = periods(("a", 0, 2), ("a", 2, 5))
    table["label"] = ["before", "after"]
    assert len(merge_periods(table)) == 2


def test_restricting_snaps_periods_to_the_maps_that_are_left() -> None:
    table = periods(("a", 0, 2), ("a", 3, 5), ("b", 1, None), ("c", 1, 2))
    times = pd.Series([utc("2025-03-01"), utc("2025-03-04"), utc("2025-03-06")])
    kept = restrict_periods(table, times.astype(UTC))
    assert read(kept) == [("a", 0, 5), ("b", 3, None)]


def test_a_day_that_was_skipped_whole_has_no_length() -> None:
    """Apia went from 29 to 31 December 2011, past the date line."""
    days = pd.date_range("2011-12-29", "2011-12-31")
    began = day_edges(days, tz="Pacific/Apia")
    midnights = ["2011-12-29T10:00", *2 * ["2011-12-30T10:00"]]
    assert began.tolist() == list(map(utc, midnights))
    published = pd.Series([utc("2011-12-29T00:00"), utc("2012-01-01T12:00")])
    starts = period_starts(published, "day", tz="Pacific/Apia")
    assert starts.day.tolist() == [29, 30, 1, 2]
