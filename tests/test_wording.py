from __future__ import annotations

import math
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kursk_geo.claims.wording import (
    CHAINS,
    HEDGES,
    NUMBERS,
    SAYS_KEYS,
    UNIT_OF,
    UNITS,
    DateWindow,
    Direction,
    Interval,
    parse,
    read_amount,
    read_date,
    read_direction,
    read_duration,
    read_says,
    wording_tables,
)
from kursk_geo.errors import ClaimError

DOCS = Path(__file__).parents[1] / "docs" / "wording.md"
PUBLISHED = date(2025, 4, 26)
INF = math.inf

# --- known answers: amounts

CHANGES: list[tuple[str, Direction | None, float, float]] = [
    ("nearly one-fifth", "fell", -0.20, -0.16),
    ("Nearly one\N{NON-BREAKING HYPHEN}fifth.", "fell", -0.20, -0.16),
    ("had shrunk by nearly one-fifth", None, -0.20, -0.16),
    ("nearly one-fifth", "rose", 0.16, 0.20),
    ("a quarter", "fell", -0.2625, -0.2375),
    ("1/4", "fell", -0.2625, -0.2375),
    ("half", "fell", -0.525, -0.475),
    ("two thirds", "fell", -0.7, -1.9 / 3),
    ("three-quarters", "rose", 0.7125, 0.7875),
    ("more than 40 per cent", "fell", -INF, -0.40),
    ("40 per cent or more", "fell", -INF, -0.40),
    ("up to 20%", "fell", -0.20, 0.0),
    ("16 to 20 per cent", "fell", -0.20, -0.16),
    ("between 16% and 20%", "fell", -0.20, -0.16),
    ("-20 % to -16 %", None, -0.20, -0.16),
    ("\N{MINUS SIGN}20 %\N{EN DASH}\N{MINUS SIGN}16 %", None, -0.20, -0.16),
    ("-20 to -16 %", "rose", -0.20, -0.16),
    ("-5 to +3 per cent", None, -0.05, 0.03),
    ("-19 per cent", None, -0.195, -0.185),
    ("minus 19 per cent", None, -0.195, -0.185),
    ("+19.3 percent", None, 0.1925, 0.1935),
    ("grew by about 10 pct", None, 0.09, 0.11),
    ("halved", None, -0.525, -0.475),
    ("nearly doubled", None, 0.8, 1.0),
    ("0.2", "fell", -0.205, -0.195),
    ("exactly one-fifth", "fell", -0.205, -0.195),
]
AMOUNTS: list[tuple[str, str, float, float]] = [
    ("area", "about 660 km²", 594, 726),
    ("area", "660 km²", 655, 665),
    ("area", "exactly 660 km²", 659.5, 660.5),
    ("area", "over 420 km²", 420, INF),
    ("area", "nearly 450 square kilometres", 360, 450),
    ("area", "about 560 km2", 504, 616),
    ("contested_area", "nearly 200 square kilometers", 160, 200),
    ("area", "77.43 sq km", 77.425, 77.435),
    ("area", "77.43", 77.425, 77.435),
    ("area", "77,43 km²", 77.425, 77.435),
    ("area", "29.02 sq. km.", 29.015, 29.025),
    ("area", "almost 18", 14.4, 18),
    ("area", "1,263", 1262.5, 1263.5),
    ("area", "1\N{NARROW NO-BREAK SPACE}263 km²", 1262.5, 1263.5),
    ("area", "1 263 KM²", 1262.5, 1263.5),
    ("area", "1.263,5 km²", 1263.45, 1263.55),
    ("area", "0,123 km²", 0.1225, 0.1235),
    ("area", "1,000 km²", 950, 1050),
    ("area", "0.69 km2", 0.685, 0.695),
    ("area", "500 sq mi", 475 * 1.609344**2, 525 * 1.609344**2),
    ("area", "more than 100 square miles (260 sq km)", 100 * 1.609344**2, INF),
    ("area", "1.2 million hectares", 11_500, 12_500),
    ("area", "two hundred and fifty square km", 245, 255),
    ("area", "between two hundred and three hundred km²", 200, 300),
    ("area", "between two hundred and one thousand km²", 200, 1_000),
    ("area", "one hundred and one thousand km²", 100_500, 101_500),
    ("area", "two thousand three hundred and fifty-six km2", 2355.5, 2356.5),
    ("area", "just over 480 square kilometres", 480, 528),
    ("area", "just under 480 square kilometres", 432, 480),
    ("area", "well under 480 km²", 0, 432),
    ("area_change", "lost 100 km²", -105, -95),
    ("sections", "three", 3, 3),
    ("sections", "three small sections", 3, 3),
    ("sections", "3", 3, 3),
    ("sections", "exactly three sections", 3, 3),
    ("sections", "about three sections", 2, 4),
    ("sections", "several small areas", 3, 9),
    ("sections", "at least two dozen pockets", 24, INF),
    ("sections", "a dozen", 12, 12),
    ("sections", "no sections", 0, 0),
    ("sections", "three or fewer", 0, 3),
    ("sections", "fewer than four", 0, 4),
    ("sections", "some twenty around Tetkino", 18, 22),
    ("depth", "no more than 2 kilometers (1 mile)", 0, 2),
    ("depth", "2 km at most", 0, 2),
    ("depth", "28 to 35 km", 28, 35),
    ("depth", "28\N{EN DASH}35 km", 28, 35),
    ("depth", "28 - 35km", 28, 35),
    ("depth", "28 km to 35 km", 28, 35),
    ("depth", "from 28 to 35 kilometres", 28, 35),
    ("depth", "about 28 to 35 km", 25.2, 38.5),
    ("depth", "2-km-deep", 1.5, 2.5),
    ("depth", "about 2 km", 1.5, 2.5),
    ("depth", "~2 km", 1.5, 2.5),
    ("depth", "\N{GREATER-THAN OR EQUAL TO}2 km", 2, INF),
    ("depth", "up to a mile deep", 0, 1.609344),
    ("depth", "half a kilometre", 0.475, 0.525),
    ("depth", "2½ miles", 2.25 * 1.609344, 2.75 * 1.609344),
    ("depth", "two and a half miles", 2.25 * 1.609344, 2.75 * 1.609344),
    ("depth", "500 metres", 0.475, 0.525),
    ("days_held", "seven months", 6.5 * 30.4375, 7.5 * 30.4375),
    ("days_held", "after seven months of holding ground", 197.84375, 228.28125),
    ("days_held", "more than a year", 365.25, INF),
    ("days_held", "ten days", 9.5, 10.5),
    ("days_held", "three weeks", 17.5, 24.5),
    ("present", "still held", 1, 1),
    ("present", "absent", 0, 0),
]


@pytest.mark.parametrize(("text", "direction", "low", "high"), CHANGES)
def test_changes_in_words(
    text: str, direction: Direction | None, low: float, high: float
) -> None:
    read = read_amount(text, measure="relative_change", direction=direction)
    assert [read.low, read.high] == pytest.approx([low, high])
    assert read.unit == "share"


@pytest.mark.parametrize(("measure", "text", "low", "high"), AMOUNTS)
def test_amounts_in_words(measure: str, text: str, low: float, high: float) -> None:
    read = read_amount(text, measure=measure)
    assert [read.low, read.high] == pytest.approx([low, high])
    assert read.unit == UNIT_OF[measure]
    assert read.text == text


def test_nearly_one_fifth_is_exact_and_shows_its_reading() -> None:
    read = read_amount("nearly one-fifth", measure="relative_change", direction="fell")
    assert (read.low, read.high, read.value) == (-0.20, -0.16, -0.20)
    assert (read.closed_low, read.closed_high) == (True, True)
    assert read.reading == "nearly one-fifth, read as -20 % to -16 %"


@pytest.mark.parametrize(
    ("text", "direction", "inside", "outside"),
    [
        ("more than 40 per cent", "fell", -0.41, -0.40),
        ("more than 40 per cent", "rose", 0.41, 0.40),
        ("at least 40 per cent", "fell", -0.40, -0.39),
        ("less than 40 per cent", "fell", -0.39, -0.40),
        ("just over 40 per cent", "fell", -0.44, -0.40),
        ("just under 40 per cent", "rose", 0.36, 0.40),
        ("no more than 40 per cent", "fell", 0.0, -0.41),
        ("nearly 40 per cent", "fell", -0.32, -0.31),
    ],
)
def test_ends_are_open_where_the_words_are(
    text: str, direction: Direction, inside: float, outside: float
) -> None:
    read = read_amount(text, measure="relative_change", direction=direction)
    assert read.contains(inside)
    assert not read.contains(outside)


@pytest.mark.parametrize(
    ("text", "value", "precision"),
    [
        ("no more than 2 kilometers (1 mile)", 2.0, 1.0),
        ("2.0 km", 2.0, 0.1),
        ("20 km", 20.0, 1.0),
        ("a mile", 1.609344, 1.609344),
        ("28 to 35 km", None, 1.0),
        ("1.5 to 2 km", None, 1.0),
    ],
)
def test_value_and_precision(text: str, value: float | None, precision: float) -> None:
    read = read_amount(text, measure="depth")
    assert (read.value, read.precision) == (value, precision)


def test_a_bound_holds_rounded_that_fails_as_it_stands() -> None:
    read = read_amount("no more than 2 kilometers (1 mile)", measure="depth")
    assert not read.contains(2.25)
    assert read.contains(2.25, rounded=True)
    assert not read.contains(2.5, rounded=True)  # halves go up
    nearly = read_amount(
        "nearly one-fifth", measure="relative_change", direction="fell"
    )
    assert not nearly.contains(-0.2009)
    assert nearly.contains(-0.2009, rounded=True)


@pytest.mark.parametrize("rounded", [False, True])
def test_a_missing_value_is_never_contained(*, rounded: bool) -> None:
    every = read_says({"low": -INF, "high": INF}, measure="area_change")
    assert every.contains(INF, rounded=rounded)
    assert not every.contains(math.nan, rounded=rounded)
    assert every.extent == "any value"


@pytest.mark.parametrize(
    ("text", "measure", "extent"),
    [
        ("over 420 km²", "area", "more than 420 km²"),
        ("at least 420 km²", "area", "at least 420 km²"),
        ("under 2 km", "depth", "0 km to 2 km (not 2 km)"),
        ("three sections", "sections", "3"),
        ("lost more than 40 %", "relative_change", "less than -40 %"),
        ("lost at least 40 %", "relative_change", "at most -40 %"),
        ("seven months", "days_held", "197.8 days to 228.3 days"),
        ("3 million km²", "area", "2,500,000 km² to 3,500,000 km²"),
    ],
)
def test_readings_are_short(text: str, measure: str, extent: str) -> None:
    read = read_amount(text, measure=measure)
    assert read.reading == f"{text}, read as {extent}"


def test_presence_reads_as_held_ground() -> None:
    held = read_amount("still held", measure="present")
    assert held.reading == "still held, read as held ground"


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("the area under Ukrainian control had shrunk by nearly one-fifth", "fell"),
        ("Kyiv LOST 100 km² in a week", "fell"),
        ("the pocket grew", "rose"),
        ("it gained ground before it lost it", None),
        ("three small sections", None),
        ("up to a fifth", None),
        ("", None),
    ],
)
def test_direction_comes_from_the_verbs(text: str, direction: str | None) -> None:
    assert read_direction(text) == direction


def test_a_duration_is_an_amount_of_days() -> None:
    assert read_duration("seven months") == read_amount(
        "seven months", measure="days_held"
    )
    maps = (date(2025, 3, 13) - date(2024, 8, 8)).days  # Sudzha left the maps then
    assert read_duration("seven months").contains(maps)


#: figures that maps gave for published sentences
@pytest.mark.parametrize(
    ("measure", "text", "direction", "figure", "holds"),
    [
        ("relative_change", "nearly one-fifth", "fell", -0.193, True),
        ("relative_change", "nearly one-fifth", "fell", -0.175, True),
        ("relative_change", "nearly one-fifth", "fell", -0.144, False),
        ("relative_change", "nearly one-fifth", "fell", -0.221, False),
        ("sections", "three small sections", None, 3, True),
        ("area", "about 660 km²", None, 662.7, True),
        ("area", "about 560 km²", None, 559.8, True),
        ("contested_area", "nearly 200 km²", None, 198.4, True),
        ("area", "over 420 km²", None, 421.0, True),
        ("area", "nearly 450 km²", None, 449.5, True),
        ("area", "77.43 km²", None, 77.427, True),
        ("area", "77.43 km²", None, 77.54, False),
        ("contested_area", "64.49", None, 64.487, True),
        ("contested_area", "13.08", None, 13.084, True),
        ("area", "almost 18", None, 17.67, True),
        ("area", "480 km²", None, 478.6, True),
        ("area", "1,263 km²", None, 1241.0, False),
        ("depth", "28 to 35 km", None, 19.2, False),
        ("depth", "28 to 35 km", None, 28.96, True),
    ],
)
def test_figures_of_published_sentences(
    measure: str, text: str, direction: Direction | None, figure: float, *, holds: bool
) -> None:
    read = read_amount(text, measure=measure, direction=direction)
    assert read.contains(figure) is holds


# --- known answers: what a claim file says


@pytest.mark.parametrize(
    ("says", "measure", "low", "high"),
    [
        ({"about": "nearly one-fifth"}, "relative_change", -0.20, -0.16),
        ({"about": "one-fifth"}, "relative_change", -0.22, -0.18),
        ({"about": "16 to 20 per cent"}, "relative_change", -0.20, -0.16),
        ({"about": -0.2}, "relative_change", -0.22, -0.18),
        ({"equals": -0.19}, "relative_change", -0.195, -0.185),
        ({"equals": "19 per cent"}, "relative_change", -0.195, -0.185),
        ({"at_least": "40 per cent"}, "relative_change", -INF, -0.40),
        ({"at_most": "20 per cent"}, "relative_change", -0.20, 0.0),
        ({"at_least": -0.4}, "relative_change", -0.4, INF),
        ({"at_most": -0.16}, "relative_change", -INF, -0.16),
        (
            {"at_least": "16 per cent", "at_most": "20 per cent"},
            "relative_change",
            -0.20,
            -0.16,
        ),
        ({"between": [-0.20, -0.16]}, "relative_change", -0.20, -0.16),
        ({"between": ["16 per cent", "20 per cent"]}, "relative_change", -0.2, -0.16),
        ({"low": "16 per cent", "high": "20 per cent"}, "relative_change", -0.2, -0.16),
        ({"low": -0.2}, "relative_change", -0.2, INF),
        ({"about": "a third", "direction": "rose"}, "relative_change", 0.3, 1.1 / 3),
        ({"equals": 3}, "sections", 3, 3),
        ({"equals": "three"}, "sections", 3, 3),
        ({"equals": "three small sections"}, "sections", 3, 3),
        ({"about": 3}, "sections", 2, 4),
        ({"at_most": "2 km"}, "depth", 0, 2),
        ({"at_most": "no more than 2 km"}, "depth", 0, 2),
        ({"at_most": "less than 2 km"}, "depth", 0, 2),
        ({"at_most": 2}, "depth", 0, 2),
        ({"between": [28, 35]}, "depth", 28, 35),
        ({"equals": "28 to 35 km"}, "depth", 28, 35),
        ({"equals": 77.43}, "area", 77.425, 77.435),
        ({"equals": 660}, "area", 659.5, 660.5),
        ({"about": 560}, "area", 504, 616),
        ({"at_least": 420.0}, "area", 420, INF),
        ({"high": 420}, "area", -INF, 420),
        ({"about": "seven months"}, "days_held", 191.75625, 234.36875),
        ({"equals": True}, "present", 1, 1),
        ({"equals": False}, "present", 0, 0),
        ({"equals": "still held"}, "present", 1, 1),
    ],
)
def test_what_a_claim_file_says(
    says: Mapping[str, object], measure: str, low: float, high: float
) -> None:
    read = read_says(says, measure=measure, direction="fell")
    assert [read.low, read.high] == pytest.approx([low, high])


def test_a_stated_range_wins_over_words() -> None:
    says = {"about": "nearly one-fifth", "between": [-0.21, -0.15]}
    read = read_says(says, measure="relative_change", direction="fell")
    assert (read.low, read.high) == (-0.21, -0.15)
    assert read.reading == "nearly one-fifth, stated as -21 % to -15 %"
    assert read_says({"between": [28, 35]}, measure="depth").reading == (
        "stated as 28 km to 35 km"
    )


def test_the_comparator_shows_in_the_reading() -> None:
    words = read_says({"at_most": "2 km"}, measure="depth")
    number = read_says({"at_most": 2}, measure="depth")
    assert words.reading == "at most 2 km, read as 0 km to 2 km"
    assert number == words


def test_both_bounds_leave_what_lies_between() -> None:
    says = {"at_least": "more than 16 km", "at_most": "20 km"}
    read = read_says(says, measure="depth")
    assert (read.low, read.high) == (16.0, 20.0)
    assert (read.closed_low, read.closed_high) == (False, True)
    assert read.reading == (
        "more than 16 km and at most 20 km, read as 16 km to 20 km (not 16 km)"
    )


# --- known answers: dates

DATES: list[tuple[str, ...]] = [
    ("end of February 2025", "on", "2025-02-24", "2025-02-28", "2025-02-28"),
    ("by the end of February 2025", "by", "2025-02-24", "2025-02-28", "2025-02-28"),
    ("end of February 2024", "on", "2024-02-25", "2024-02-29", "2024-02-29"),
    ("end-February", "on", "2025-02-24", "2025-02-28", "2025-02-28"),
    ("mid-April", "on", "2025-04-11", "2025-04-20", "2025-04-15"),
    ("By mid\N{EN DASH}April", "by", "2025-04-11", "2025-04-20", "2025-04-15"),
    ("in the middle of May", "on", "2024-05-11", "2024-05-20", "2024-05-15"),
    ("early March", "on", "2025-03-01", "2025-03-10", "2025-03-05"),
    ("late March", "on", "2025-03-21", "2025-03-31", "2025-03-25"),
    ("start of April", "on", "2025-04-01", "2025-04-05", "2025-04-01"),
    ("beginning of 2025", "on", "2025-01-01", "2025-01-10", "2025-01-01"),
    ("the start of the year 2025", "on", "2025-01-01", "2025-01-10", "2025-01-01"),
    ("end of 2024", "on", "2024-12-22", "2024-12-31", "2024-12-31"),
    ("early 2025", "on", "2025-01-01", "2025-04-30", "2025-03-01"),
    ("mid-2024", "on", "2024-05-01", "2024-08-31", "2024-07-01"),
    ("in 2024", "on", "2024-01-01", "2024-12-31", "2024-12-31"),
    ("the summer of 2024", "on", "2024-06-01", "2024-08-31", "2024-08-31"),
    ("late summer 2024", "on", "2024-08-01", "2024-08-31", "2024-08-16"),
    ("winter 2024-25", "on", "2024-12-01", "2025-02-28", "2025-02-28"),
    ("winter", "on", "2024-12-01", "2025-02-28", "2025-02-28"),
    ("February 2025", "on", "2025-02-01", "2025-02-28", "2025-02-28"),
    ("December", "on", "2024-12-01", "2024-12-31", "2024-12-31"),
    ("by 1 March", "by", "2025-03-01", "2025-03-01", "2025-03-01"),
    ("on 26 April 2025", "on", "2025-04-26", "2025-04-26", "2025-04-26"),
    ("26 April", "on", "2025-04-26", "2025-04-26", "2025-04-26"),
    ("27 April", "on", "2024-04-27", "2024-04-27", "2024-04-27"),
    ("April 26, 2025", "on", "2025-04-26", "2025-04-26", "2025-04-26"),
    ("the 26th of April", "on", "2025-04-26", "2025-04-26", "2025-04-26"),
    ("Dec. 16", "on", "2024-12-16", "2024-12-16", "2024-12-16"),
    ("Sept 6, 2024", "on", "2024-09-06", "2024-09-06", "2024-09-06"),
    ("2025-04-15", "on", "2025-04-15", "2025-04-15", "2025-04-15"),
    ("14-20 April 2025", "on", "2025-04-14", "2025-04-20", "2025-04-20"),
    ("14 to 20 April", "on", "2025-04-14", "2025-04-20", "2025-04-20"),
    ("April 14\N{EN DASH}20, 2025", "on", "2025-04-14", "2025-04-20", "2025-04-20"),
    ("28 February to 1 March 2025", "on", "2025-02-28", "2025-03-01", "2025-03-01"),
    ("28 December to 3 January", "on", "2024-12-28", "2025-01-03", "2025-01-03"),
    ("between 12 and 15 March", "on", "2025-03-12", "2025-03-15", "2025-03-15"),
    ("mid to late April", "on", "2025-04-11", "2025-04-30", "2025-04-30"),
    ("2025-04-11 to 2025-04-20", "on", "2025-04-11", "2025-04-20", "2025-04-20"),
    ("last week", "on", "2025-04-14", "2025-04-20", "2025-04-20"),
    ("last month", "on", "2025-03-01", "2025-03-31", "2025-03-31"),
    ("last year", "on", "2024-01-01", "2024-12-31", "2024-12-31"),
    ("a week earlier", "on", "2025-04-19", "2025-04-19", "2025-04-19"),
    ("two weeks ago", "on", "2025-04-12", "2025-04-12", "2025-04-12"),
    ("3 months before", "on", "2025-01-26", "2025-01-26", "2025-01-26"),
    ("a year ago", "on", "2024-04-26", "2024-04-26", "2024-04-26"),
    ("yesterday", "on", "2025-04-25", "2025-04-25", "2025-04-25"),
    ("today", "on", "2025-04-26", "2025-04-26", "2025-04-26"),
]


@pytest.mark.parametrize("row", DATES, ids=" ".join)
def test_dates_in_words(row: tuple[str, ...]) -> None:
    text, kind, *days = row
    read = read_date(text, published=PUBLISHED)
    assert [str(day) for day in (read.start, read.end, read.target)] == days
    assert (read.kind, read.text) == (kind, text)


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("by 1 March", "read as by 1 March 2025"),
        ("mid-April", "read as 15 April 2025 (11 to 20 April 2025)"),
        ("winter", "read as 28 February 2025 (1 December 2024 to 28 February 2025)"),
        ("summer 2024", "read as 31 August 2024 (1 June to 31 August 2024)"),
    ],
)
def test_readings_of_dates(text: str, reading: str) -> None:
    read = read_date(text, published=PUBLISHED)
    assert read.reading == f"{text}, {reading}"


def test_a_date_of_the_file_is_itself() -> None:
    day = date(2025, 4, 15)
    assert read_date(day) == read_date("2025-04-15")
    assert read_date(day).target == day


def test_a_moment_of_publication_counts_by_its_day() -> None:
    moment = datetime(2025, 4, 26, 14, 17)  # noqa: DTZ001 - as a TOML file gives it
    assert read_date("yesterday", published=moment).target == date(2025, 4, 25)


def test_months_ago_stay_within_their_month() -> None:
    read = read_date("a month ago", published=date(2025, 3, 31))
    assert read.target == date(2025, 2, 28)


# --- properties

MAGNITUDES = st.decimals("0.01", "99999", places=2, allow_nan=False)


@st.composite
def written(draw: st.DrawFn) -> str:
    """A number as people write it: grouped or not, with decimals or without."""
    number = draw(st.integers(1, 2_000_000))
    places = draw(st.integers(0, 4))
    return draw(st.sampled_from([f"{number:,}", f"{number}", f"{number:,}.{places}"]))


@pytest.mark.parametrize("chain", CHAINS, ids="-".join)
@given(number=MAGNITUDES, measure=st.sampled_from(["area", "depth", "relative_change"]))
def test_readings_nest_as_hedges_weaken(
    chain: tuple[str, ...], number: object, measure: str
) -> None:
    unit = {"area": "km²", "depth": "miles", "relative_change": "%"}[measure]
    read = [
        read_amount(
            f"{'' if name == 'bare' else name} {number} {unit}",
            measure=measure,
            direction="fell",
        )
        for name in chain
    ]
    assert all(narrow.within(wide) for narrow, wide in pairwise(read))


@pytest.mark.parametrize("chain", CHAINS, ids="-".join)
@given(number=st.integers(1, 10_000))
def test_counts_nest_too(chain: tuple[str, ...], number: int) -> None:
    read = [
        read_amount(f"{'' if name == 'bare' else name} {number}", measure="sections")
        for name in chain
    ]
    assert all(narrow.within(wide) for narrow, wide in pairwise(read))


@given(
    narrow=st.sampled_from(sorted(HEDGES.keys() - {"bare"})),
    wide=st.sampled_from(sorted(HEDGES.keys() - {"bare"})),
    x=st.floats(0, 100),
    rounded=st.booleans(),
)
def test_within_agrees_with_contains(
    narrow: str, wide: str, x: float, *, rounded: bool
) -> None:
    inner, outer = (
        read_amount(f"{hedge} 40 km²", measure="area") for hedge in (narrow, wide)
    )
    if inner.within(outer) and inner.contains(x, rounded=rounded):
        assert outer.contains(x, rounded=rounded)


@given(text=written())
def test_a_written_number_is_in_its_own_reading(text: str) -> None:
    number = float(text.replace(",", ""))
    for hedge in ("", "exactly", "about", "at most", "at least", "nearly"):
        read = read_amount(f"{hedge} {text} km²", measure="area")
        assert read.contains(number)
        assert read.contains(number, rounded=True)
        assert read.value == number


@given(x=st.floats(-1e6, 1e6, allow_nan=False))
def test_a_computed_figure_equals_itself(x: float) -> None:
    for comparator in ("equals", "about", "at_least", "at_most"):
        read = read_says({comparator: x}, measure="area_change")
        assert read.contains(x)
        assert read_says({comparator: x / 1e6}, measure="relative_change").contains(
            x / 1e6
        )


@given(number=st.integers(1, 10**6), hedge=st.sampled_from(sorted(HEDGES)))
def test_units_only_scale(number: int, hedge: str) -> None:
    words = HEDGES[hedge].words[0] if HEDGES[hedge].words else ""
    for forms, (unit, factor) in UNITS.items():
        measure = {"km2": "area", "km": "depth", "days": "days_held"}.get(unit)
        if measure is None or words.startswith(("or ", "at ")):
            continue
        base = {"km2": "km2", "km": "km", "days": "days"}[unit]
        one = read_amount(f"{words} {number} {base}", measure=measure)
        for form in forms:
            for plural in ("", "s"):
                read = read_amount(f"{words} {number} {form}{plural}", measure=measure)
                scale = float(factor)
                assert read.low == pytest.approx(one.low * scale)
                assert read.high == pytest.approx(one.high * scale)
                assert read.precision == pytest.approx(one.precision * scale)


@given(
    text=st.sampled_from([text for text, way, _, _ in CHANGES if way == "fell"]),
    x=st.floats(-2, 2),
)
def test_a_fall_mirrors_a_rise(text: str, x: float) -> None:
    if "-" in text.partition(" ")[0] or "rose" in text:
        return
    fell = read_amount(text, measure="relative_change", direction="fell")
    rose = read_amount(text, measure="relative_change", direction="rose")
    if fell.low == -rose.high:
        assert fell.contains(x) == rose.contains(-x)


def spoken(number: int) -> str:
    """An integer below a million in English words."""
    words = {value: word for word, value in NUMBERS.items() if word != "no"}
    if number >= 1_000:
        rest = number % 1_000
        joint = " and " if 0 < rest < 100 else " "
        return f"{spoken(number // 1_000)} thousand" + (
            joint + spoken(rest) if rest else ""
        )
    if number >= 100:
        rest = number % 100
        return f"{words[number // 100]} hundred" + (
            f" and {spoken(rest)}" if rest else ""
        )
    if number in words:
        return words[number]
    return f"{words[number // 10 * 10]}-{words[number % 10]}"


@given(number=st.integers(1, 999_999))
def test_words_and_digits_read_the_same(number: int) -> None:
    in_words = read_amount(f"{spoken(number)} km²", measure="area")
    in_digits = read_amount(f"{number} km²", measure="area")
    assert (in_words.low, in_words.high) == (in_digits.low, in_digits.high)


@given(low=st.integers(1, 999_999), more=st.integers(0, 999_999))
def test_ranges_of_words_read_as_ranges_of_digits(low: int, more: int) -> None:
    high = low + more
    first, second = spoken(low), spoken(min(high, 999_999))
    read = read_amount(f"{first} to {second} km²", measure="area")
    assert (read.low, read.high) == (low, min(high, 999_999))


@given(
    day=st.dates(date(2022, 1, 1), date(2025, 12, 31)),
    later=st.integers(0, 364),
)
def test_a_day_without_its_year_is_the_latest(day: date, later: int) -> None:
    if (day.month, day.day) == (2, 29):
        return
    published = day + timedelta(days=later)
    for form in (f"{day:%d %B}", f"{day:%B} {day.day}", f"{day:%d %b.}"):
        assert read_date(form, published=published).target == day
    assert read_date(f"{day:%B %d, %Y}").target == day
    assert read_date(day.isoformat()).target == day


@given(
    part=st.sampled_from(["", "start of", "early", "mid", "late", "end of"]),
    month=st.dates(date(1900, 1, 1), date(2100, 12, 31)),
    whole=st.sampled_from(["{:%B %Y}", "{:%Y}", "summer {:%Y}", "winter of {:%Y}"]),
)
def test_a_window_holds_its_target_and_lies_in_its_period(
    part: str, month: date, whole: str
) -> None:
    period = read_date(whole.format(month))
    window = read_date(f"{part} {whole.format(month)}".strip())
    assert period.start <= window.start <= window.target <= window.end <= period.end


def read_or_refused(text: str) -> bool:
    """Nothing but an interval, a window, or the error that tells why not."""
    for measure in UNIT_OF:
        with suppress(ClaimError):
            assert isinstance(read_amount(text, measure=measure), Interval)
    with suppress(ClaimError):
        assert isinstance(read_date(text, published=PUBLISHED), DateWindow)
    return True


@given(text=st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert read_or_refused(text)


KNOWN = (
    "a and of half one two fifth third hundred thousand to between 2 3,5 1/2 - + % km "
    "km² nearly over at most or so several months april 2025 mid end by"
)


@given(words=st.lists(st.sampled_from(KNOWN.split()), max_size=8))
def test_any_order_of_known_words_is_read_or_refused(words: list[str]) -> None:
    assert read_or_refused(" ".join(words))


# --- errors


@pytest.mark.parametrize(
    ("measure", "text", "match"),
    [
        ("area", "", "given '' as the amount of a claim; expected a phrase"),
        ("area", "x" * 201, "1 to 200 characters; quote only the words"),
        ("area", "a lot of ground", "'lot' is not known here; known words: exactly"),
        ("area", "hardly 18 km²", "'hardly' is not known here"),
        ("area", "hardly 18 km²", r"state the range .* between = \[-0.20, -0.16\]"),
        ("area", "nearly", "no number is left"),
        ("area", "nearly about 18 km²", "'about' is a second hedge"),
        ("area", "over 18 km² at most", "'at most' is a second hedge"),
        ("area", "about 660 km², 360 grey", "'360' begins a second amount"),
        ("area", "nearly 450¹ km²", "'1' begins a second amount"),
        ("area", "1,26,3 km²", "'1,26,3' is no number"),
        ("area", "one-fifth", "its unit is share, and the measure is in km2"),
        ("area", "2 km", "its unit is km, .*known words: km2, sq mi, ha"),
        ("area", "18 undefined", "'undefined' is no unit"),
        ("area", "-5 km²", "an amount of 0 or more; .*area_change"),
        ("area", "35 to 28 km²", "from 35 to 28; expected its lower end first"),
        ("area", "between 28 km²", "ask for two numbers"),
        ("depth", "28 km to 35 miles", "different units"),
        ("depth", "2 km per day", "'day' begins a second amount"),
        ("depth", "2 nautical miles", "'nautical' is not known"),
        ("depth", "1/0 km", "a fraction over zero"),
        ("sections", "3 km", "the measure is in count; known words: no unit"),
        ("relative_change", "one-fifth", 'without a sign; .*direction = "fell"'),
        ("relative_change", "shrunk to one-fifth", "'to' tells what is left"),
        ("relative_change", "fell by 40", "a share needs its unit; .*per cent"),
        ("relative_change", "fell 20 percentage points", "a share needs its unit"),
        ("present", "maybe", "does not say whether ground was held; .*still held"),
        ("size", "3", "given the measure 'size'; expected one of area, contested"),
    ],
)
def test_amounts_that_cannot_be_read(measure: str, text: str, match: str) -> None:
    with pytest.raises(ClaimError, match=match):
        read_amount(text, measure=measure)


@pytest.mark.parametrize(
    ("measure", "says", "match"),
    [
        ("area", {}, r"\[says\] is empty; expected one of about, equals"),
        ("area", {"aboot": 3}, "has the key 'aboot'; expected one of about"),
        ("area", {"about": 3, "equals": 3}, "has about and equals; expected one"),
        ("area", {"direction": "fell"}, "has no comparator; expected one"),
        ("area", {"about": 3, "direction": "down"}, "expected 'fell' or 'rose'"),
        ("area", {"about": 3, "direction": []}, "expected 'fell' or 'rose'"),
        ("area", {"about": True}, "about = True; expected words or a number of 0"),
        ("area", {"about": [3]}, "expected words or a number"),
        ("area", {"equals": -3}, "a number of 0 or more for area"),
        ("area", {"equals": math.nan}, "equals = nan; expected"),
        ("area", {"equals": 10**400}, "expected words or a number"),
        ("area", {"equals": "about 40 km²"}, "narrower than 'exactly'; write about"),
        ("area", {"at_most": "over 3 km²"}, "narrower than 'at most'"),
        ("area", {"at_most": "3 to 4 km²"}, "as a bound; expected one amount"),
        ("area", {"at_least": 5, "at_most": 4}, "from 5 to 4; expected its lower"),
        ("area", {"between": [5, 4]}, "from 5 to 4; expected its lower end first"),
        ("area", {"between": [5]}, "expected two ends"),
        ("area", {"between": 5}, "expected two ends"),
        ("area", {"between": [4, 5], "low": 4}, "neither low nor high"),
        ("area", {"low": 5, "high": 4}, "from 5 to 4"),
        ("area", {"low": "about 4 km²"}, "an amount without a hedge"),
        ("area", {"low": "4 to 5 km²"}, "an amount without a hedge"),
        ("area", {"low": math.nan}, "low = nan; expected"),
        ("area", {"low": math.inf}, "low = inf; expected"),
        ("relative_change", {"equals": 0.2}, "0.2, and the .*write -0.2"),
        (
            "relative_change",
            {"between": ["20 per cent", "16 per cent"]},
            "from -0.16 to -0.2",
        ),
        ("present", {"about": True}, "expected equals with true or false"),
        ("present", {"equals": 2}, "expected equals with true or false"),
        ("present", {"equals": []}, "expected equals with true or false"),
        ("present", {"between": [0, 1]}, "expected equals with true or false"),
        ("size", {"equals": 2}, "given the measure 'size'"),
    ],
)
def test_claim_files_that_contradict_themselves(
    measure: str, says: Mapping[str, object], match: str
) -> None:
    with pytest.raises(ClaimError, match=match):
        read_says(says, measure=measure, direction="fell")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "given '' as the date of a claim"),
        ("unstated", "cannot read 'unstated': these words are not known"),
        ("15/04/2025", "write the day as 2025-04-15"),
        ("before 1 March", "known words: 15 April 2025"),
        ("by", "not known"),
        ("30 February 2025", "there is no such day"),
        ("2025-13-01", "there is no such day"),
        ("0000-01-01", "there is no such day"),
        ("20-14 April 2025", "from 20 April 2025 to 14 April 2025; expected"),
        ("20-14 April", "expected the earlier day first"),
    ],
)
def test_dates_that_cannot_be_read(text: str, match: str) -> None:
    with pytest.raises(ClaimError, match=match):
        read_date(text, published=PUBLISHED)


@pytest.mark.parametrize("text", ["mid-April", "yesterday", "14-20 April"])
def test_a_date_without_its_year_needs_the_day_of_publication(text: str) -> None:
    with pytest.raises(ClaimError, match="no year, and the day of publication"):
        read_date(text)


def test_an_instant_is_no_day() -> None:
    moment = datetime(2025, 4, 26, 14, 17)  # noqa: DTZ001 - as a TOML file gives it
    with pytest.raises(ClaimError, match="an instant is no day"):
        read_date(moment)


# --- the tables and the docs


def test_every_word_of_the_tables_is_read() -> None:
    for name, hedge in HEDGES.items():
        for words in hedge.words:
            after = words.startswith("or ")
            text = f"40 {words}" if after else f"{words} 40"
            assert parse(text).hedge == name
    phrases = [word for hedge in HEDGES.values() for word in hedge.words]
    assert len(phrases) == len(set(phrases))


def test_units_are_those_of_their_definitions() -> None:
    factors = {words[0]: factor for words, (_, factor) in UNITS.items()}
    assert factors["mi"] == Fraction(5280 * 12) * Fraction("0.0254") / 1000
    assert factors["sq mi"] == factors["mi"] ** 2
    assert factors["year"] == Fraction("365.25")


def documented() -> dict[str, str]:
    text = DOCS.read_text(encoding="utf-8")
    found = re.findall(
        r"<!-- table: (\w+) -->\n\n(.*?)\n\n<!-- end -->", text, re.DOTALL
    )
    return dict(found)


@pytest.mark.parametrize("name", sorted(wording_tables()))
def test_the_docs_show_what_the_code_reads(name: str) -> None:
    assert documented().get(name) == wording_tables()[name], (
        f"paste kursk_geo.claims.wording.wording_tables()[{name!r}] into {DOCS.name}"
    )


def test_the_docs_hold_no_other_table_and_every_key() -> None:
    assert documented().keys() == wording_tables().keys()
    text = DOCS.read_text(encoding="utf-8")
    assert all(f"`{key}`" in text for key in (*SAYS_KEYS, *UNIT_OF))
