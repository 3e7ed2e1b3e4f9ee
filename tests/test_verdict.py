"""Verdicts on ground whose area, depth and days are known by heart."""

import json
import math
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import kursk_geo as kg
from builders import (
    DAY_S,
    GREY,
    HELD,
    NOON,
    STRIP,
    feature,
    make_history,
    tile,
)
from kursk_geo.claims.claim import Claim, DateWindow, Interval, Place, Unread
from kursk_geo.claims.judge import judge
from kursk_geo.claims.verdict import Verdict, Verdicts
from kursk_geo.errors import ClaimError
from kursk_geo.history import ControlHistory

BIG = tile(0, 0, 10, 10)
HALF = tile(0, 0, 10, 5)
SMALL = tile(20, 0, 2, 2)
ZONE = tile(0, 10, 10, 2)


def shown(*held: Any, grey: tuple[Any, ...] = ()) -> list[dict[str, Any]]:
    return [
        *(feature(shape, fill=HELD) for shape in held),
        *(feature(shape, fill=GREY) for shape in grey),
    ]


@pytest.fixture(scope="module")
def history() -> ControlHistory:
    """From noon on 1 March 2025: nothing, 100 km², 104 and 20 grey, 54 and 20 grey."""
    maps = [
        [],
        shown(BIG),
        shown(BIG, SMALL, grey=(ZONE,)),
        shown(HALF, SMALL, grey=(ZONE,)),
    ]
    return make_history({NOON + i * DAY_S: one for i, one in enumerate(maps)})


def interval(low: float, high: float, unit: Any = "km2", **more: Any) -> Interval:
    given = {"value": None, "precision": 1.0, "text": "so much"} | more
    closed = {"closed_low": True, "closed_high": True}
    return Interval(low, high, unit=unit, **(closed | given))


def claim(measure: Any, says: Interval, **more: Any) -> Claim:
    given: dict[str, Any] = {
        "id": "",
        "text": "a sentence",
        "published": date(2025, 3, 5),
        "theatre": "strip",
    }
    return Claim(measure=measure, says=says, **(given | more))


def on(day: int, month: int = 3) -> DateWindow:
    return DateWindow("on", date(2025, month, day))


def told(history: ControlHistory, *args: Any, **more: Any) -> Verdict:
    return judge(claim(*args, **more), history, theatre=STRIP)


# What a figure is read off


def test_the_map_of_the_morning_is_the_first_edition(history: ControlHistory) -> None:
    verdict = told(history, "area", interval(53, 55))
    assert verdict.verdict == "holds"
    assert verdict.figure == pytest.approx(54, rel=0.01)
    [used] = verdict.maps
    assert used["snapshot_utc"] == pd.Timestamp("2025-03-04 12:00", tz="UTC")
    # Published on the day of a map that came out at noon: the one before stood.
    early = told(history, "area", interval(103, 105), published=date(2025, 3, 4))
    assert early.verdict == "holds"
    instant = pd.Timestamp("2025-03-04 13:00", tz="UTC")
    late = told(history, "area", interval(53, 55), published=instant)
    assert late.verdict == "holds"


def test_another_edition_is_named(history: ControlHistory) -> None:
    verdict = told(history, "area", interval(53, 55), published=date(2025, 3, 4))
    assert verdict.word == "holds on the map of 4 Mar 2025, 12:00 UTC"
    assert verdict.first == pytest.approx(104, rel=0.01)


def test_an_official_speaks_of_the_day(history: ControlHistory) -> None:
    day = date(2025, 3, 4)
    verdict = told(
        history, "area", interval(53, 55), published=day, speaker="a minister"
    )
    assert verdict.verdict == "holds"


def test_a_piece_is_left_out_by_name(history: ControlHistory) -> None:
    verdict = told(history, "area", interval(49, 51))
    assert verdict.verdict == "holds_if"
    assert verdict.condition.startswith("without the piece near ")
    assert verdict.first == pytest.approx(54, rel=0.01)


def test_words_tell_which_piece_is_left_out_or_not(history: ControlHistory) -> None:
    corner = Place("Corner", *SMALL.representative_point().coords[0])
    rest = told(history, "area", interval(49, 51), pieces="others", place=corner)
    assert rest.verdict == "holds"
    assert "without the piece near Corner" in rest.why
    every = told(history, "area", interval(49, 51), pieces="every")
    assert every.verdict == "fails"
    assert not any(way.kind == "pieces" for way in every.departures)


def test_what_changed_may_be_the_depth(history: ControlHistory) -> None:
    more: dict[str, Any] = {"since": on(3), "of": "the depth"}
    half = told(history, "relative_change", interval(-0.51, -0.49, "share"), **more)
    assert half.verdict == "holds"
    assert "the depth of ground" in half.why
    assert "from 10.0 to 5.0 km." in half.why
    assert "change of the depth of held ground" in half.claim.reading  # type: ignore[union-attr]
    twice = told(history, "ratio", interval(-2.01, -1.99, "times"), **more)
    assert twice.verdict == "holds"
    assert "went from 10.0 to 5.0 km: 2.0" in twice.why
    by_km = told(history, "area_change", interval(-5.1, -4.9, "km"), **more)
    assert by_km.verdict == "holds"
    # of a map without any ground there is none
    before = told(
        history, "ratio", interval(1, 2, "times"), since=on(1), of="the depth"
    )
    assert before.verdict == "not_computable"


def test_a_figure_to_the_digit_may_be_of_one_polygon(history: ControlHistory) -> None:
    alone = told(history, "area", interval(1, 200), pieces="one").figure
    exact = interval(alone - 0.005, alone + 0.005, value=alone, precision=0.01)
    assert told(history, "area", exact).verdict == "holds"
    rounded = replace(exact, precision=1.0)
    assert told(history, "area", rounded).verdict == "holds_if"


def test_the_grey_zone_is_a_departure_unless_the_words_name_the_ground(
    history: ControlHistory,
) -> None:
    verdict = told(history, "area", interval(73, 75))
    assert verdict.word == "holds with the grey zone"
    named = told(history, "area", interval(73, 75), ground="held")
    assert named.verdict == "fails"
    grey = told(history, "area", interval(19, 21), ground="contested")
    assert grey.verdict == "holds"


def test_near_is_told_by_how_much(history: ControlHistory) -> None:
    verdict = told(history, "area", interval(55, 57, value=56))
    assert verdict.verdict == "off"
    assert verdict.word.startswith("off by 3.")
    assert verdict.distance.endswith("% less")
    far = told(history, "area", interval(64, 66, value=65))
    assert far.verdict == "fails"
    assert far.distance == "17 % less"


def test_what_another_map_or_an_official_says_differs(history: ControlHistory) -> None:
    far = interval(199, 201, value=200)
    assert told(history, "area", far).verdict == "fails"
    assert told(history, "area", far, speaker="a general").verdict == "differs"
    assert told(history, "area", far, source="isw").verdict == "differs"
    # One place on the map refutes a bound of depth, and that nothing is held.
    shallow = interval(0, 2, "km", value=2)
    assert told(history, "depth", shallow, speaker="a general").verdict == "fails"
    none = interval(0, 0, "count", value=0)
    assert told(history, "present", none, speaker="a general").verdict == "fails"


def test_a_bound_may_hold_after_rounding(history: ControlHistory) -> None:
    depth = told(history, "depth", interval(0, 100, "km")).figure
    assert depth == pytest.approx(5, abs=0.02)
    whole = interval(0, 4.8, "km", value=4.8, precision=1.0)
    assert told(history, "depth", whole).word == "holds after rounding"
    fine = replace(whole, precision=0.01)
    assert told(history, "depth", fine).verdict == "off"


# Changes


def test_a_change_has_two_maps_and_shows_both_levels(history: ControlHistory) -> None:
    says = interval(-51, -49, value=-50)
    verdict = told(history, "area_change", says, since=on(3))
    assert verdict.verdict == "holds"
    assert {one["role"] for one in verdict.maps} == {"at", "since"}
    assert "shrank by 49.9" in verdict.why
    assert "from 103.8 to 53.9 km²" in verdict.why
    start = DateWindow("start", date(2025, 3, 4))
    assert told(history, "area_change", says, since=start).figure == verdict.figure


def test_a_period_has_both_its_ends(history: ControlHistory) -> None:
    within = DateWindow("within", start=date(2025, 3, 2), end=date(2025, 3, 3))
    verdict = told(history, "area_change", interval(103, 105), at=within)
    assert verdict.verdict == "holds"
    rate = told(history, "rate", interval(51, 53, "km2/day"), at=within)
    assert rate.verdict == "holds"
    assert rate.figure == pytest.approx(52, rel=0.01)


def test_a_level_in_a_period_is_its_extreme(history: ControlHistory) -> None:
    within = DateWindow("within", start=date(2025, 3, 1), end=date(2025, 3, 31))
    most = told(history, "depth", interval(0, 9, "km", value=9), at=within)
    assert most.verdict == "fails"
    assert most.figure == pytest.approx(10, abs=0.02)


def test_the_peak_is_a_date_and_a_baseline(history: ControlHistory) -> None:
    peak = DateWindow("peak")
    assert told(history, "area", interval(103, 105), at=peak).verdict == "holds"
    half = interval(-0.5, -0.46, "share", value=-0.5, precision=0.01)
    verdict = told(history, "relative_change", half, since=peak)
    assert verdict.verdict == "holds"
    assert verdict.figure == pytest.approx(54 / 104 - 1, abs=0.002)
    share = interval(0.5, 0.54, "share", value=0.52, precision=0.01)
    assert told(history, "share", share, of="the peak").verdict == "holds"


def test_a_share_near_all_is_judged_by_what_is_left() -> None:
    left = tile(0, 0, 10, 0.4)
    history = make_history({
        NOON: [], NOON + DAY_S: shown(BIG), NOON + 2 * DAY_S: shown(left),
    })  # fmt: skip
    says = interval(-0.996, -0.994, "share", value=-0.995, precision=0.001)
    peak, day = DateWindow("peak"), date(2025, 3, 4)
    verdict = told(history, "relative_change", says, since=peak, published=day)
    assert verdict.figure == pytest.approx(-0.96, abs=0.001)
    assert verdict.verdict == "fails"


def test_since_when_is_told_where_it_is_open() -> None:
    less = tile(0, 0, 10, 8)
    shrinking = [[], shown(BIG), shown(BIG, SMALL), shown(less), shown(HALF, SMALL)]
    history = make_history({NOON + i * DAY_S: m for i, m in enumerate(shrinking)})
    half = interval(-0.5, -0.46, "share", value=-0.5, precision=0.01)
    verdict = told(history, "relative_change", half, published=date(2025, 3, 6))
    assert verdict.word == "depends on since when"
    assert list(verdict.since) == ["day", "figure", "holds"]
    assert verdict.since["holds"].tolist() == [True, False]
    assert "since the peak" in verdict.correction
    near = interval(-0.52, -0.51, "share", value=-0.51, precision=0.01)
    off = told(history, "relative_change", near, published=date(2025, 3, 6))
    assert off.verdict == "off"
    assert off.figure == pytest.approx(54 / 104 - 1, abs=0.002)
    nowhere = interval(-0.95, -0.9, "share", value=-0.9, precision=0.01)
    assert told(history, "relative_change", nowhere).verdict == "fails"


def test_a_rise_since_no_day_of_its_own_is_corrected_with_a_day() -> None:
    """A month before is the only day there is that people count from."""
    maps = {NOON: shown(BIG), NOON + 10 * DAY_S: shown(HALF)}
    maps |= {NOON + day * DAY_S: shown(HALF, SMALL) for day in range(12, 46)}
    grown = interval(0.07, 0.09, "share", value=0.08, precision=0.01)
    history, day = make_history(maps), date(2025, 4, 12)
    verdict = told(history, "relative_change", grown, published=day)
    assert verdict.word == "depends on since when"
    assert verdict.correction.endswith("since 11 March 2025.")


def test_a_rate_since_nobody_knows_when_is_a_change_a_day() -> None:
    shrinking = [[], shown(BIG), shown(tile(0, 0, 10, 8)), shown(HALF), shown(HALF)]
    history = make_history({NOON + i * DAY_S: m for i, m in enumerate(shrinking)})
    says = interval(-18, -16, "km2/day", value=-17)
    verdict = told(history, "rate", says, published=date(2025, 3, 6))
    assert verdict.word == "depends on since when"
    changes = [-50 / 3, -30 / 2, 0]
    assert verdict.since["figure"].tolist() == pytest.approx(changes, rel=0.01)
    assert verdict.since["holds"].tolist() == [True, False, False]


def test_a_change_of_nothing_is_not_tried(history: ControlHistory) -> None:
    """The map that the change leads to is none that it may be counted from."""
    since = DateWindow("start", date(2025, 3, 4))
    verdict = told(history, "area_change", interval(-1, 1), since=since)
    assert verdict.verdict == "fails"
    assert all(one.since_utc < one.at_utc for one in verdict.departures)


def test_departures_are_one_at_a_time(history: ControlHistory) -> None:
    """54 and 20 grey on the next map: neither alone makes 74 of the 104."""
    verdict = told(history, "area", interval(73, 75), published=date(2025, 3, 4))
    assert verdict.verdict == "fails"


def test_where_nothing_is_held_only_the_grey_zone_can_be_meant() -> None:
    grey = make_history({NOON: [], NOON + DAY_S: shown(grey=(ZONE,))})
    day = {"published": date(2025, 3, 2)}
    meant = told(grey, "depth", interval(11, 13, "km"), **day)
    assert meant.condition == "with the grey zone on the map of 2 Mar 2025, 12:00 UTC"
    named = told(grey, "depth", interval(11, 13, "km"), ground="held", **day)
    assert named.verdict != "holds_if"


def test_ground_lost_is_told_from_ground_gained() -> None:
    """50 km² given up and 40 taken beside it: a change of -10."""
    moved = make_history(
        {
            NOON: shown(HALF),
            NOON + DAY_S: shown(tile(10, 0, 10, 4)),
        }
    )
    since = DateWindow("start", date(2025, 3, 2))
    lost = told(moved, "area_change", interval(-51, -49, value=-50), since=since)
    assert lost.condition == "for the ground lost, not the ground gained"
    gained = told(moved, "area_change", interval(39, 41, value=40), since=since)
    assert gained.condition == "for the ground gained, not the ground lost"


def test_ratios_of_levels_and_falls(history: ControlHistory) -> None:
    half = interval(-2.0, -1.8, "times", value=-2.0, precision=0.1)
    verdict = told(history, "ratio", half, since=on(3))
    assert verdict.figure == pytest.approx(-104 / 54, abs=0.01)
    assert verdict.verdict == "holds"


# Pieces, places and days


def test_the_map_that_would_make_it_true_is_named(history: ControlHistory) -> None:
    far = told(history, "area", interval(99.5, 100.5, value=100))
    assert far.verdict == "fails"
    assert far.why.endswith("It is true of the map of 2 Mar 2025, 12:00 UTC.")


def test_a_share_is_of_the_whole_oblast(history: ControlHistory) -> None:
    whole_km2 = kg.theatre("kursk").official_area_km2
    says = interval(0, 1, "share")
    share = told(history, "share", says, of="Kursk Oblast").figure
    assert whole_km2 is not None
    assert share == pytest.approx(54 / whole_km2, rel=0.01)


def test_pieces_are_named_without_a_region_too(history: ControlHistory) -> None:
    verdict = judge(
        claim("area", interval(49, 51)), history, theatre=replace(STRIP, region=None)
    )
    assert verdict.condition.startswith("without the piece near ")


def test_pieces_are_counted(history: ControlHistory) -> None:
    two = interval(2, 2, "count", value=2)
    assert told(history, "sections", two).verdict == "holds"
    three = interval(3, 3, "count", value=3)
    assert told(history, "sections", three).verdict == "fails"


def test_days_are_those_of_the_last_unbroken_time(history: ControlHistory) -> None:
    days = told(history, "days_held", interval(0, 99, "days"), at=on(4))
    assert days.figure == pytest.approx(2, abs=0.01)
    grey = told(
        history, "days_held", interval(0, 99, "days"), at=on(4), ground="contested"
    )
    assert grey.figure == pytest.approx(1, abs=0.01)


def test_a_place_is_held_or_is_not(history: ControlHistory) -> None:
    point = tile(4, 8, 0.1, 0.1).centroid
    place = Place("Upper Village", point.x, point.y)
    yes = interval(1, math.inf, "count", value=1)
    assert told(history, "present", yes, place=place, at=on(3)).verdict == "holds"
    assert told(history, "present", yes, place=place, at=on(4)).word == (
        "holds on the map of 3 Mar 2025, 12:00 UTC"
    )
    away = told(history, "distance", interval(2.9, 3.2, "km"), place=place)
    assert away.verdict == "holds"


@pytest.mark.parametrize(
    ("first", "verdict", "why"),
    [
        (2, "holds", "2 Mar 2025, 12:00 UTC Upper Village lies on ground held"),
        (3, "fails", "2 Mar 2025, 12:00 UTC Upper Village already lay on ground"),
    ],
)
def test_what_was_taken_in_a_time_was_not_held_as_it_began(
    history: ControlHistory, first: int, verdict: str, why: str
) -> None:
    point = tile(4, 8, 0.1, 0.1).centroid
    place = Place("Upper Village", point.x, point.y)
    yes = interval(1, math.inf, "count", value=1)
    start, end = date(2025, 3, first), date(2025, 3, 3)
    at = DateWindow("within", None, start, end)
    since = DateWindow("start", start, start, start)
    taken = told(history, "present", yes, place=place, at=at, since=since)
    assert taken.verdict == verdict
    assert why in taken.why


# What cannot be judged


@pytest.mark.parametrize("measure", ["depth", "distance"])
def test_nothing_held_is_not_computable(measure: str, history: ControlHistory) -> None:
    place = Place("Village", 35.2, 51.4) if measure == "distance" else None
    says = interval(0, 100, "km", value=100)
    verdict = told(history, measure, says, at=on(1), place=place)
    assert verdict.verdict == "not_computable"
    assert "othing is shown as held" in verdict.why


@pytest.mark.parametrize(
    ("day", "why"), [(date(2025, 2, 1), "begin on 1 Mar"), (date(2025, 4, 1), "end on")]
)
def test_days_without_maps_are_not_computable(
    day: date, why: str, history: ControlHistory
) -> None:
    verdict = told(history, "area", interval(0, 1e6), published=day)
    assert verdict.verdict == "not_computable"
    assert why in verdict.why


def test_a_region_is_asked_for_by_name(history: ControlHistory) -> None:
    verdict = judge(claim("area", interval(1, 2), theatre=""), history)
    assert verdict.verdict == "not_read"
    assert "--theatre" in verdict.why


# Rows


def test_rows_are_plain_values(history: ControlHistory, tmp_path: Path) -> None:
    verdicts = Verdicts(
        (
            told(history, "area", interval(49, 51), outlet="Gazette"),
            told(history, "relative_change", interval(-0.5, -0.4, "share")),
            Verdict(Unread("so many", "no unit"), "not_read", "No unit."),
        )
    )
    rows = verdicts.rows()
    assert json.loads(json.dumps(rows)) == rows
    assert list(rows[0]) == [
        *["id", "text", "outlet", "published", "reading", "printed", "figure", "unit"],
        *["distance", "verdict", "why", "correction", "departures", "maps"],
    ]
    assert [list(row) for row in rows] == [list(rows[0])] * 3
    assert rows[2]["figure"] is None
    assert list(verdicts.table["verdict"]) == ["holds_if", "holds", "not_read"]
    verdicts.to_json(tmp_path / "rows.json")
    written = json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))
    assert written["rows"] == rows
    assert written["schema"] == 1


def test_claim_review_says_it_in_our_words(history: ControlHistory) -> None:
    verdict = told(history, "area", interval(64, 66, value=65), outlet="Gazette")
    review = verdict.claim_review(url="https://example.org/review")
    assert review["@type"] == "ClaimReview"
    assert review["reviewRating"]["alternateName"] == "does not hold"
    assert review["itemReviewed"]["author"]["name"] == "Gazette"


def test_departures_have_figures_of_their_own(history: ControlHistory) -> None:
    verdict = told(history, "area", interval(199, 201, value=200))
    figures = [one.figure for one in verdict.departures]
    assert len(figures) == len({round(figure, 2) for figure in figures})
    assert all(abs(figure - verdict.first) > 0.01 for figure in figures)
    assert {one.kind for one in verdict.departures} <= {
        *["pieces", "edition", "cut", "grey"]
    }


def test_depth_asks_for_a_border(history: ControlHistory) -> None:
    says, inland = interval(4, 6, "km", value=5), replace(STRIP, border=None)
    verdict = judge(claim("depth", says), history, theatre=inland)
    assert verdict.verdict == "not_computable"
    assert "has none: name a region at it" in verdict.why


def test_a_distance_asks_for_a_place(history: ControlHistory) -> None:
    with pytest.raises(ClaimError, match="place is missing"):
        told(history, "distance", interval(4, 6, "km", value=5))


def test_ground_across_the_border_is_not_lost() -> None:
    across = tile(0, -6, 10, 11)  # most of it on the other side
    history = make_history({NOON: shown(across)})
    published = pd.Timestamp("2025-03-01 13:00", tz="UTC")
    verdict = judge(
        claim("area", interval(109, 111), published=published), history, theatre=STRIP
    )
    assert verdict.verdict == "holds"
    assert [one.name for one in verdict.departures] == ["cut at the border"]
    assert verdict.departures[0].figure == pytest.approx(50, rel=0.01)


def test_check_takes_claims_of_a_theatre_of_ones_own(history: ControlHistory) -> None:
    [verdict] = kg.check(claim("area", interval(53, 55)), history, theatre=STRIP)
    assert verdict.verdict == "holds"
