"""Axes, the grid, every specification, and the shares of variance."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from functools import partial
from hashlib import sha256
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

import kursk_geo as kg
from builders import (
    DAY_S,
    GREY,
    NOON,
    STRIP,
    Feature,
    days,
    feature,
    make_history,
    tile,
)
from gallery import to_degrees
from kursk_geo.claims.engine import run, support_by_tier, variance_shares
from kursk_geo.claims.grid import (
    AXES_OF,
    MEASURES,
    TIERS,
    Axis,
    Grid,
    Measure,
    Option,
    Place,
    Quantity,
    border_key,
    check_grid,
    default_grid,
    spell,
)
from kursk_geo.claims.wording import Interval, read_date
from kursk_geo.errors import OptionError
from kursk_geo.history import ControlHistory
from kursk_geo.theatre import Theatre
from strategies import maps

CLOSE = 0.002
"""The gallery's plane is equal-area, but edges of tiles are straight in degrees."""

UNITS = {
    "relative_change": "share",
    "sections": "count",
    "present": "count",
    "depth": "km",
    "days_held": "days",
}


def interval(
    low: float,
    high: float,
    value: float | None = None,
    *,
    step: float = 0.0,
    unit: str = "km",
) -> Interval:
    return Interval(
        low=low,
        high=high,
        closed_low=True,
        closed_high=True,
        unit=unit,  # type: ignore[arg-type]  # one of five words
        value=value,
        precision=step,
        text="some",
    )


def saying(measure: str) -> Interval:
    """Whatever it comes to holds."""
    return interval(-1e9, 1e9, unit=UNITS.get(measure, "km2"))


def asking(
    measure: Measure = "area",
    at: str = "5 March 2025",
    *,
    baseline: str | None = None,
    ground: str | None = None,
    place: Place | None = None,
    theatre: Theatre = STRIP,
    says: Interval | None = None,
) -> Quantity:
    return Quantity(
        measure,
        theatre,
        read_date(at),
        says or saying(measure),
        baseline=None if baseline is None else read_date(baseline),
        ground=ground,
        place=place,
    )


def axis(name: str, *rows: tuple[str, object]) -> Axis:
    options = (Option(option, value, "reasonable") for option, value in rows)  # type: ignore[arg-type]  # plain values
    return Axis(name, tuple(options))


def first_only(grid: Grid) -> Grid:
    for one in grid.axes:
        grid = grid.with_axis(Axis(one.name, one.options[:1]))
    return grid


def under(
    quantity: Quantity, history: ControlHistory, *axes: Axis, **options: object
) -> pd.DataFrame:
    """Rows of the first option of every axis but for those given."""
    grid = first_only(default_grid(quantity, source=history.source))
    for one in axes:
        grid = grid.with_axis(one)
    return run(grid, quantity, {history.source: history}, **options)  # type: ignore[arg-type]  # run's own options


# The grid


@pytest.mark.parametrize("measure", MEASURES)
def test_the_default_grid_says_every_definition(
    measure: Measure, history: ControlHistory
) -> None:
    quantity = asking(measure)
    grid = default_grid(quantity, histories={"deepstate": history})
    assert sorted(one.name for one in grid.axes) == sorted(AXES_OF[measure])
    check_grid(grid, quantity)
    table = run(grid, quantity, {"deepstate": history})
    assert len(table) == len(grid)
    assert set(AXES_OF[measure]) <= set(table.columns)
    for one in grid.axes:
        assert table[one.name].iloc[0] == one.options[0].name
        assert set(table[one.name]) == {option.name for option in one.options}


def test_a_row_is_as_weak_as_its_weakest_option(history: ControlHistory) -> None:
    quantity = asking("sections")
    grid = default_grid(quantity, histories={"deepstate": history})
    table = run(grid, quantity, {"deepstate": history})
    tiers = {
        (a.name, o.name): TIERS.index(o.tier) for a in grid.axes for o in a.options
    }
    for _, row in table.iterrows():
        weakest = max(tiers[a.name, row[a.name]] for a in grid.axes)
        assert row["tier"] == TIERS[weakest]


def test_maps_of_the_window_become_options() -> None:
    half_past = NOON + DAY_S // 2 - 1_800  # 23:30 UTC is the next day in Kyiv
    history = make_history({NOON: [], half_past: [], NOON + DAY_S: []})
    quantity = asking(at="1 March 2025")
    grid = default_grid(quantity, histories={"deepstate": history})
    table = under(quantity, history, grid.axis("end"))
    found = dict(
        zip(table["end"], table["end_utc"].dt.strftime("%d %H:%M"), strict=True)
    )
    assert found == {
        "last map of 1 March 2025, UTC": "01 23:30",
        "last map of 1 March 2025, Kyiv": "01 12:00",
        "first map after 1 March 2025": "02 12:00",
        "map of 2025-03-01 12:00 UTC": "01 12:00",
        "map of 2025-03-01 23:30 UTC": "01 23:30",
    }


def test_two_maps_of_one_minute_keep_their_names() -> None:
    history = make_history({NOON: [], NOON + 20: []})
    end = default_grid(asking(at="1 March 2025"), histories={"x": history}).axis("end")
    assert [option.name for option in end.options[3:]] == [
        "map of 2025-03-01 12:00:00 UTC",
        "map of 2025-03-01 12:00:20 UTC",
    ]


def test_a_baseline_that_two_names_mean_is_tried_once() -> None:
    grid = default_grid(asking("relative_change", "1 April 2025"))
    values = [option.value for option in grid.axis("baseline").options]
    assert len(set(values)) == len(values)
    assert "start of the year" in {o.name for o in grid.axis("baseline").options}
    assert "3 months before" not in {o.name for o in grid.axis("baseline").options}


def test_the_sentence_s_own_source_is_stated_and_first(history: ControlHistory) -> None:
    other = replace(history, source="nzz")
    grid = default_grid(
        asking(), source="deepstate", histories={"nzz": other, "mine": history}
    )
    assert [(o.name, o.tier) for o in grid.axis("source").options] == [
        ("mine", "stated"),
        ("nzz", "reasonable"),
    ]


def test_axes_are_added_replaced_and_thinned() -> None:
    grid = default_grid(asking())
    wide = grid.with_axis(axis("gap_km", ("touching", 0.0), ("within 9 km", 9.0)))
    assert len(wide) == 2 * len(grid)
    assert wide.only("gap_km", "within 9 km").axis("gap_km").options[0].value == 9.0
    assert len(wide.with_axis(grid.axis("gap_km"))) == len(grid)
    with pytest.raises(OptionError, match=r"no option 'far'\. Expected one of: 'touch"):
        wide.only("gap_km", "far")
    with pytest.raises(OptionError, match="There is no axis 'colour'"):
        wide.only("colour", "far")
    with pytest.raises(OptionError, match="Expected each name once"):
        Grid((grid.axes[0], grid.axes[0]))
    with pytest.raises(OptionError, match=r"Expected at least one"):
        Axis("gap_km", ())
    with pytest.raises(OptionError, match=r"Tier 'usual' .* Expected one of: stated"):
        Option("touching", 0.0, "usual")  # type: ignore[arg-type]  # what is tested


@pytest.mark.parametrize(
    ("measure", "change", "message"),
    [
        (
            "area",
            lambda g: Grid(g.axes[1:]),
            r"needs the axis 'source', which the grid",
        ),
        (
            "area",
            lambda g: g.with_axis(axis("colour", ("blue", "blue"))),
            r"'area' has no axis 'colour'\. Expected each of: source, end",
        ),
        (
            "area",
            lambda g: g.with_axis(axis("depth_of", ("deepest", "deepest"))),
            r"'area' has no axis 'depth_of'",
        ),
        *(
            (
                measure,
                lambda g, name=name, value=value: g.with_axis(
                    axis(name, ("odd", value))
                ),
                rf"Option 'odd' of axis '{name}' has the .* Expected .*{expected}",
            )
            for measure, name, value, expected in [
                ("area", "gap_km", -1.0, "a number of km, 0 or more"),
                ("area", "gap_km", "wide", "a number of km"),
                ("area", "gap_km", True, "a number of km"),
                ("area", "gap_km", float("nan"), "a number of km"),
                ("area", "gap_km", 10**400, "a number of km"),
                ("sections", "min_area_km2", -0.1, "a number of km²"),
                ("area", "clip", "yes", "true or false"),
                ("area", "rounding", 1, "true or false"),
                ("area", "ground", "grey", "'held or contested'"),
                ("area", "area_method", "planar", "'geodesic', 'spherical'"),
                ("area", "which", "small", "'moving'"),
                ("area", "source", "", "a name"),
                ("area", "end", "soon", "'2025-02-28 next'"),
                ("area", "end", "today", "a day with its zone"),
                ("area", "end", "2025-02-28 Mars/Base", "a day with its zone"),
                ("area", "end", "2025-02-28T12:00 next", "a day with its zone"),
                ("area", "end", 5, "a day with its zone"),
                ("relative_change", "baseline", "now", "'peak'"),
                ("depth", "depth_of", "median", "'shallowest'"),
                ("days_held", "ground", "place", "one of: 'any'"),
            ]
        ),
    ],
)
def test_a_grid_that_says_nothing_or_nonsense_is_refused(
    measure: Measure, change: object, message: str
) -> None:
    quantity = asking(measure)
    grid = change(default_grid(quantity))  # type: ignore[operator]  # a lambda of the table
    with pytest.raises(OptionError, match=message):
        run(grid, quantity, {})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"measure": "size"}, r"measure = 'size' is not known\. Expected one of: area"),
        ({"ground": "grey"}, r"ground = 'grey'\. Expected one of: 'held'"),
        (
            {"baseline": read_date("1 March 2025")},
            r"baseline is given with measure = 'area'.* Expected it only with relative",
        ),
        (
            {"measure": "days_held", "ground": "held"},
            r"ground is given with measure = 'days_held'",
        ),
        ({"place": Place("x", 35.2, 51.4)}, r"place is given .* only with days_held"),
        (
            {"measure": "area_change", "baseline": read_date("6 March 2025")},
            r"baseline \(2025-03-06\) is not before quantity.at \(2025-03-05\).* swap",
        ),
        (
            {"measure": "days_held", "place": Place("Sudzha", 51.19, 35.27)},
            r"'Sudzha' \(lon = 51.19, lat = 35.27\) lies outside .* not swapped",
        ),
    ],
)
def test_a_quantity_that_makes_no_sense_is_refused(
    given: dict[str, object], message: str
) -> None:
    with pytest.raises(OptionError, match=message):
        replace(asking(), **given)  # type: ignore[arg-type]  # what is tested


def test_a_place_lies_on_earth() -> None:
    with pytest.raises(OptionError, match=r"'x' lies at .* Expected degrees"):
        Place("x", 351.9, 51.0)
    with pytest.raises(OptionError, match=r"'x' lies at .* Expected degrees"):
        Place("x", float("nan"), 51.0)


# The hash


GRID = Grid(
    (
        Axis(
            "gap_km",
            (
                Option("touching", 0.0, "conventional"),
                Option("within 2 km", 2.0, "stress"),
                Option("within 1 km", 1, "reasonable"),
            ),
        ),
        Axis("clip", (Option("cut “at” the border", value=True, tier="stated"),)),
    )
)
HASH = "ae636a3a084c2a30"


def test_the_hash_is_the_same_everywhere() -> None:
    assert GRID.hash == HASH
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); "
        "from test_multiverse import GRID; print(GRID.hash)"
    )
    for seed in ("0", "1"):
        told = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": "C"},
            check=True,
            capture_output=True,
            text=True,
        )
        assert told.stdout.strip() == HASH


def test_the_hash_is_that_of_its_canonical_json() -> None:
    text = (
        '{"clip":[["cut \\u201cat\\u201d the border","stated","true"]],'
        '"gap_km":[["touching","conventional","0.0"],'
        '["within 1 km","reasonable","1.0"],["within 2 km","stress","2.0"]]}'
    )
    assert sha256(text.encode()).hexdigest()[:16] == HASH


def test_the_hash_passes_over_order_but_for_the_first_option() -> None:
    gap, clip = GRID.axes
    first, second, third = gap.options
    assert Grid((clip, gap)).hash == HASH
    assert GRID.with_axis(Axis("gap_km", (first, third, second))).hash == HASH
    assert GRID.with_axis(Axis("gap_km", (second, first, third))).hash != HASH


@pytest.mark.parametrize(
    "option",
    [
        Option("touch", 0.0, "conventional"),
        Option("touching", 1e-9, "conventional"),
        Option("touching", "0.0", "conventional"),
        Option("touching", value=False, tier="conventional"),
        Option("touching", None, "conventional"),
        Option("touching", 0.0, "stated"),
    ],
)
def test_the_hash_tells_every_change_of_an_option(option: Option) -> None:
    gap = GRID.axis("gap_km")
    assert GRID.with_axis(replace(gap, options=(option, *gap.options[1:]))).hash != HASH


@pytest.mark.parametrize("same", [0, 0.0, -0.0])
def test_the_hash_takes_equal_numbers_as_equal(same: float) -> None:
    gap = GRID.axis("gap_km")
    first = Option("touching", same, "conventional")
    assert GRID.with_axis(replace(gap, options=(first, *gap.options[1:]))).hash == HASH


def test_the_hash_tells_axes_apart() -> None:
    assert Grid(GRID.axes[:1]).hash != HASH
    assert GRID.with_axis(axis("which", ("all sections", "all"))).hash != HASH
    hashes = {default_grid(asking(measure)).hash for measure in MEASURES}
    # An area and a contested one differ by their ground; both changes are one grid.
    assert len(hashes) == len(MEASURES) - 1


def test_days_are_spelled_in_english() -> None:
    assert spell(date(2025, 2, 28)) == "28 February 2025"
    assert spell(date(2024, 12, 1)) == "1 December 2024"


# What specifications come to: drawn ground of known size


def test_areas_of_the_drawn_maps(history: ControlHistory) -> None:
    ground = default_grid(asking()).axis("ground")
    ends = [axis("end", (f"{day}", f"2025-03-0{day} UTC")) for day in range(1, 6)]
    held, both = zip(
        *(under(asking(), history, ground, end)["outcome"] for end in ends),
        strict=True,
    )
    assert held == pytest.approx([0, 16, 16, 24, 20], rel=CLOSE)
    assert both == pytest.approx([0, 16, 22, 30, 26], rel=CLOSE)
    contested = asking("contested_area")
    grey = [under(contested, history, end)["outcome"].iloc[0] for end in ends]
    assert grey == pytest.approx([0, 0, 6, 6, 6], rel=CLOSE)


def test_changes_from_a_day_and_from_the_peak(history: ControlHistory) -> None:
    baseline = axis("baseline", ("2 March", "2025-03-02"), ("the peak", "peak"))
    ground = default_grid(asking()).axis("ground")
    shares = under(asking("relative_change"), history, baseline, ground)
    assert shares["outcome"].tolist() == pytest.approx(
        [20 / 16 - 1, 26 / 16 - 1, 20 / 24 - 1, 26 / 30 - 1], rel=CLOSE * 10
    )
    assert shares["baseline_utc"].dt.day.tolist() == [2, 2, 4, 4]
    areas = under(asking("area_change"), history, baseline)
    assert areas["outcome"].tolist() == pytest.approx([4, -4], rel=CLOSE * 10)


def test_the_figures_are_those_of_measure(strip: ControlHistory) -> None:
    history = replace(strip, theatre=None)
    table = kg.measure(strip).reset_index(drop=True)
    for measure, column in [
        ("area", "area_km2"),
        ("contested_area", "contested_km2"),
        ("sections", "sections"),
        ("depth", "depth_km"),
    ]:
        quantity = asking(measure)  # type: ignore[arg-type]  # of the list above
        ends = axis(
            "end",
            *(
                (str(i), str(m))
                for i, m in enumerate(
                    strip.snapshots["snapshot_utc"].map(pd.Timestamp.isoformat)
                )
            ),
        )
        ours = under(quantity, history, ends)["outcome"]
        np.testing.assert_allclose(ours, table[column].astype(float), rtol=1e-9)


def test_ground_across_the_border_is_cut_or_kept_whole() -> None:
    astride, beyond = tile(0, -1, 2, 3), tile(10, -3, 2, 4)
    history = days([feature(astride), feature(beyond)])
    quantity = asking(at="1 March 2025")
    clip = default_grid(quantity).axis("clip")
    method = default_grid(quantity).axis("area_method")
    areas = under(quantity, history, clip, method)["outcome"].tolist()
    sphere_km2 = kg.area_km2([astride], area_method="spherical")[0]
    # Whole, a polygon counts where the larger part of it lies: the second is beyond.
    assert areas[0] == pytest.approx(4 + 2, rel=CLOSE)
    assert areas[2] == pytest.approx(6, rel=CLOSE)
    assert areas[3] == pytest.approx(float(sphere_km2), rel=1e-12)
    assert areas[1] == pytest.approx(areas[0], rel=0.005)


def test_sections_by_gap_and_size() -> None:
    history = days(
        [feature(tile(x, 0, 1, 1)) for x in (0, 2, 5)] + [feature(tile(5, 3))]
    )
    quantity = asking("sections", "1 March 2025")
    gap = axis("gap_km", ("0", 0), ("1.1", 1.1), ("2.1", 2.1), ("9", 9))
    least = axis("min_area_km2", ("0.05", 0.05), ("3", 3.0))
    table = under(quantity, history, gap, least)
    assert table["outcome"].tolist() == [4, 1, 3, 1, 1, 1, 1, 1]
    shown = under(
        asking("present", "1 March 2025"), history, least, axis("gap_km", ("0", 0))
    )
    assert shown["outcome"].tolist() == [1, 1]
    none = under(asking("present", "1 March 2025"), days([]), least)
    assert none["outcome"].tolist() == [0, 0]


def test_small_sections_that_do_not_move_are_left_out() -> None:
    """One section stays as it is, one moves, and the largest stays too."""
    big, frozen = feature(tile(0, 0, 9, 9)), feature(tile(20, 0, 2, 2))
    early = [big, frozen, feature(tile(30, 0, 2, 2))]
    late = [big, frozen, feature(tile(30, 1, 2, 2))]
    history = make_history(
        {NOON - 91 * DAY_S: early, NOON: late, NOON + DAY_S: [frozen]}
    )
    quantity = asking(at="1 March 2025")
    which = default_grid(quantity).axis("which")
    table = under(quantity, history, which)
    assert table["outcome"].tolist() == pytest.approx([89, 85, 81], rel=CLOSE)
    # Earlier maps leave out the sections that stand still at the end.
    change = asking("area_change", "1 March 2025", baseline="1 December 2024")
    table = under(change, history, which)
    assert table["outcome"].tolist() == pytest.approx([0, 0, 0], abs=0.01)
    # What is the only ground is no small section of it, though it has not moved.
    alone = asking(at="2 March 2025")
    assert under(alone, history, which)["outcome"].tolist() == pytest.approx(
        [4, 4, 4], rel=CLOSE
    )


def test_depths_of_all_sections_and_from_another_border() -> None:
    ground = [feature(tile(0, 0, 4, 4)), feature(tile(10, 0, 1, 5))]
    history = days(ground)
    quantity = asking("depth", "1 March 2025")
    of = default_grid(quantity).axis("depth_of")
    depths = under(quantity, history, of)
    found = dict(zip(of.options, depths["outcome"], strict=True))
    assert {option.value: km for option, km in found.items()} == pytest.approx(
        {"deepest": 5, "largest": 4, "mean": 4.5, "shallowest": 4}, abs=0.01
    )
    lower = to_degrees(shapely.LineString([(-40, -1), (40, -1)]))
    grid = default_grid(quantity, borders={"lower": lower})
    table = under(quantity, history, grid.axis("border"), borders={"lower": lower})
    assert table["outcome"].tolist() == pytest.approx([5, 6], abs=0.01)
    nothing = under(quantity, days([]), of)
    assert nothing["outcome"].tolist() == [0, 0, 0, 0]


def test_a_border_of_the_grid_must_be_the_one_given() -> None:
    history = days([feature(tile(0, 0))])
    quantity = asking("depth", "1 March 2025")
    lower, other = (
        to_degrees(shapely.LineString([(-40, y), (40, y)])) for y in (-1, -2)
    )
    border = default_grid(quantity, borders={"lower": lower}).axis("border")
    for borders in ({}, {"lower": other}):
        table = under(quantity, history, border, borders=borders)
        assert table["outcome"].isna().tolist() == [False, True]
        assert "Border 'lower' of the grid" in table["reason"].iloc[1]
    bare = replace(quantity, theatre=replace(STRIP, border=None))
    table = under(bare, history)
    assert table["reason"].str.contains("has no border to measure from").all()


def test_a_border_is_told_by_its_vertices() -> None:
    line = shapely.LineString([(35, 51), (36, 51)])
    assert border_key(line) == border_key(
        shapely.LineString([(35, 51), (36, 51 + 1e-9)])
    )
    assert border_key(line) != border_key(shapely.LineString([(35, 51), (36, 51.001)]))
    assert border_key(line) != border_key(line.reverse())
    assert border_key(None) == "none"


def test_days_held_by_any_ground_and_by_a_place() -> None:
    home, far = feature(tile(0, 0)), feature(tile(10, 0))
    history = days([], [home, far], [home, far], [far], [far], [])
    lon, lat = tile(0, 0).centroid.coords[0]
    quantity = asking("days_held", "6 March 2025", place=Place("the town", lon, lat))
    table = under(quantity, history, default_grid(quantity).axis("ground"))
    assert table["outcome"].tolist() == [2, 4]
    early = replace(quantity, at=read_date("3 March 2025"))
    table = under(early, history, default_grid(quantity).axis("ground"))
    assert table["outcome"].tolist() == [1, 1]  # until the map that is asked for
    assert under(replace(quantity, at=read_date("1 March 2025")), history)[
        "outcome"
    ].tolist() == [0]
    elsewhere = replace(quantity, place=Place("a village", lon, lat + 0.3))
    assert under(elsewhere, history)["outcome"].tolist() == [0]


def test_days_held_need_a_map_from_before() -> None:
    table = under(asking("days_held", "2 March 2025"), days([feature(tile(0, 0))], []))
    assert table["outcome"].isna().all()
    assert "already shows held ground" in table["reason"].iloc[0]


# What cannot be computed


def test_what_cannot_be_computed_is_a_row_with_its_reason(
    history: ControlHistory,
) -> None:
    ends = axis(
        "end",
        ("before", "2025-02-01 UTC"),
        ("after", "2025-03-20 UTC"),
        ("next", "2025-03-05 next"),
        ("stale", "2025-03-18 UTC"),
    )
    table = under(asking(), history, ends)
    assert table["outcome"].isna().tolist() == [True, True, True, False]
    assert table["holds"].isna().tolist() == [True, True, True, False]
    reasons = table["reason"].tolist()
    assert "No map had been published by 2025-02-01" in reasons[0]
    assert "The maps end on 2025-03-05, more than 14 days before" in reasons[1]
    assert "No map was published within 14 days after 2025-03-05" in reasons[2]
    assert reasons[3] == ""


def test_a_baseline_that_is_no_baseline(history: ControlHistory) -> None:
    since = axis(
        "baseline",
        ("same map", "2025-03-05"),
        ("later", "2025-03-04T13:00Z"),
        ("nothing shown", "2025-03-01"),
        ("before all maps", "2025-02-01"),
    )
    quantity = asking("relative_change", at="4 March 2025")
    table = under(quantity, history, since)
    assert table["outcome"].isna().all()
    reasons = table["reason"].tolist()
    assert "is not older than that of the end" in reasons[0]
    assert "is not older than that of the end" in reasons[1]
    assert "Nothing was shown at the baseline, the map of 2025-03-01" in reasons[2]
    assert "No map had been published by 2025-02-01" in reasons[3]
    # A change in km² from nothing is a change all the same.
    table = under(replace(quantity, measure="area_change"), history, since)
    assert table["outcome"].notna().tolist() == [False, False, True, False]


def test_a_source_that_was_not_given_is_a_reason(history: ControlHistory) -> None:
    source = axis("source", ("deepstate", "deepstate"), ("nzz", "nzz"))
    table = under(asking(), history, source)
    assert table["outcome"].isna().tolist() == [False, True]
    assert "No maps of source 'nzz' were given" in table["reason"].iloc[1]
    assert "(deepstate)" in table["reason"].iloc[1]


def test_what_holds_is_told_by_the_sentence_and_its_rounding() -> None:
    history = days([feature(tile(0, 0, 2, 2.25))])
    says = interval(0.0, 2.0, 2.0, step=1.0)
    quantity = asking("depth", "1 March 2025", says=says)
    rounding = default_grid(quantity).axis("rounding")
    table = under(quantity, history, rounding)
    assert table["rounding"].tolist() == ["rounded as the sentence", "strict"]
    assert table["holds"].tolist() == [True, False]
    assert table["outcome"].tolist() == pytest.approx([2.25, 2.25], abs=0.01)


@pytest.mark.parametrize(
    ("says", "asked"),
    [
        (interval(0.0, 2.0, 2.0, step=1.0), True),
        (interval(28.0, np.inf, 28.0, step=1.0), True),
        (interval(1.6, 2.0, 2.0, step=1.0), False),
        (interval(1.0, 2.0, step=1.0), False),
        (interval(0.0, 2.0, 2.0), False),
    ],
)
def test_only_a_bound_asks_for_rounding(says: Interval, *, asked: bool) -> None:
    rounding = default_grid(asking("depth", says=says)).axis("rounding")
    assert len(rounding.options) == 1 + asked


# Executors, and independence of the specifications


@pytest.mark.parametrize(
    "pool",
    [partial(ThreadPoolExecutor, 2), partial(ProcessPoolExecutor, 2)],
    ids=["threads", "processes"],
)
def test_an_executor_gives_the_same_table(
    pool: Callable[[], Executor],
    history: ControlHistory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kursk_geo.claims.engine.CHUNK", 100)
    quantity = asking("relative_change")
    grid = default_grid(quantity, histories={"deepstate": history})
    histories = {"deepstate": history}
    alone = run(grid, quantity, histories)
    assert len(grid) > 300
    with pool() as executor:
        together = run(grid, quantity, histories, executor=executor)
    pd.testing.assert_frame_equal(alone, together)


@settings(max_examples=15)
@given(shown=maps(), data=st.data())
def test_adding_an_option_changes_no_other_row(
    shown: Mapping[int, list[Feature]], data: st.DataObject
) -> None:
    history = make_history(shown)
    last = history.snapshots["snapshot_utc"].iloc[-1].date()
    measure = data.draw(st.sampled_from(["relative_change", "sections", "depth"]))
    quantity = asking(measure, spell(last))  # type: ignore[arg-type]  # of the list above
    grid = default_grid(quantity, histories={"x": history})
    if measure == "depth":
        grid = grid.only("gap_km", "touching").only("ground", "held")
    varied = [one for one in grid.axes if len(one.options) > 1]
    thinned = data.draw(st.sampled_from(varied))
    dropped = data.draw(st.sampled_from(thinned.options))
    fewer = grid.with_axis(thinned.without(dropped.name))
    whole = run(grid, quantity, {"x": history})
    part = run(fewer, quantity, {"x": history})
    kept = whole[whole[thinned.name] != dropped.name].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, part)


# Shares


def balanced(*sizes: int, seed: int = 0) -> tuple[pd.DataFrame, list[Axis]]:
    """A full grid of random outcomes."""
    names = "abcdef"[: len(sizes)]
    axes = [
        axis(name, *((f"{name}{i}", i) for i in range(size)))
        for name, size in zip(names, sizes, strict=True)
    ]
    rows = list(product(*([o.name for o in one.options] for one in axes)))
    table = pd.DataFrame(rows, columns=list(names))
    rng = np.random.default_rng(seed)
    table["outcome"] = rng.normal(size=len(table))
    table["holds"] = table["outcome"] > 0
    return table, axes


@given(
    sizes=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    seed=st.integers(0, 1000),
)
def test_eta_squared_sums_to_at_most_one_on_balanced_grids(
    sizes: list[int], seed: int
) -> None:
    table, axes = balanced(*sizes, seed=seed)
    shares = variance_shares(table, axes)
    assert shares.attrs["balanced"]
    assert (shares >= 0).all()
    assert shares.sum() <= 1 + 1e-9


def test_eta_squared_and_interactions_sum_to_one() -> None:
    table, (a, b) = balanced(3, 4)
    shares = variance_shares(table, [a, b])
    # The interaction is what the cell means hold beyond both margins.
    y = table["outcome"].to_numpy().reshape(3, 4)
    rest = y - y.mean(0) - y.mean(1)[:, None] + y.mean()
    interaction = (rest**2).sum() / ((y - y.mean()) ** 2).sum()
    assert shares.sum() + interaction == pytest.approx(1)
    by_hand = 4 * ((y.mean(1) - y.mean()) ** 2).sum() / ((y - y.mean()) ** 2).sum()
    assert shares["a"] == pytest.approx(by_hand)


def test_eta_squared_of_known_outcomes() -> None:
    table, axes = balanced(2, 3)
    a = table["a"].str[1:].astype(float)
    b = table["b"].str[1:].astype(float)
    added = variance_shares(table.assign(outcome=3 * a + b), axes)
    assert added.to_dict() == pytest.approx({"a": 27 / 35, "b": 8 / 35})
    assert list(added.index) == ["a", "b"]
    crossed = variance_shares(table.assign(outcome=(a - 0.5) * (b - 1)), axes)
    assert crossed.to_list() == pytest.approx([0, 0])
    constant = variance_shares(table.assign(outcome=7.0), axes)
    assert constant.to_list() == [0, 0]
    held = variance_shares(table.assign(holds=a > 0), axes, of="holds")
    assert held.to_dict() == pytest.approx({"a": 1, "b": 0})


def test_a_grid_with_gaps_is_told() -> None:
    table, axes = balanced(2, 3)
    gap = table.copy()
    gap.loc[0, "outcome"] = np.nan
    assert not variance_shares(gap, axes).attrs["balanced"]
    # Without one whole option the rest is a full grid again.
    whole = table.copy()
    whole.loc[whole["b"] == "b1", "outcome"] = np.nan
    assert variance_shares(whole, axes).attrs["balanced"]
    none = variance_shares(table.assign(outcome=np.nan), axes)
    assert none.to_list() == [0, 0]


def test_support_by_tier() -> None:
    table = pd.DataFrame(
        {
            "tier": ["stress", "stated", "stated", "stress", "reasonable"],
            "outcome": [1.0, 2.0, 3.0, np.nan, np.nan],
            "holds": pd.array([False, True, False, pd.NA, pd.NA], dtype="boolean"),
        }
    )
    support = support_by_tier(table)
    assert support.index.tolist() == ["stated", "reasonable", "stress"]
    assert support["n_specifications"].tolist() == [2, 1, 2]
    assert support["n_computed"].tolist() == [2, 0, 1]
    assert support["share_supporting"].tolist() == pytest.approx(
        [0.5, np.nan, 0.0], nan_ok=True
    )


def test_contested_ground_beside_held_counts_once() -> None:
    """Grey under held ground is held."""
    history = days([feature(tile(0, 0, 2, 2)), feature(tile(1, 0, 2, 2), fill=GREY)])
    table = under(asking("contested_area", "1 March 2025"), history)
    assert table["outcome"].tolist() == pytest.approx([2], rel=CLOSE)
