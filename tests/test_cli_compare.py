"""``kursk-geo compare``, ``settlements`` and ``measure --with-bounds``."""

from pathlib import Path
from typing import Literal

import pytest

import kursk_geo as kg
from builders import DAY_S, GREY, NOON, feature, tile, write_map
from commands import answer, column, done, refused, wrong
from kursk_geo.history import ControlHistory


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Maps of the same days that show 4 km² more to the east, and no grey."""
    folder = tmp_path_factory.mktemp("other") / "other"
    for i in range(1, 4):
        write_map(folder, NOON + i * DAY_S, [feature(tile(0, 0, 4, 4))])
    return folder


@pytest.fixture
def named(maps_folder: Path, other: Path) -> list[str]:
    return [f"ours={maps_folder}", f"theirs={other}"]


# --- compare


def test_compare_tells_days_and_sources(named: list[str]) -> None:
    found = answer("compare", *named)
    rows = [row for row in found["rows"] if row["date"] == "2025-03-02"]
    assert [row["source"] for row in rows] == ["ours", "theirs"]
    assert [row["area_km2"] for row in rows] == pytest.approx([16, 16], rel=1e-4)
    # 12 km² are held on both, of 12 + 4 + 4.
    shares = [row["intersection_over_union"] for row in rows]
    assert shares == pytest.approx([0.6, 0.6], rel=1e-4)
    assert len(found["rows"]) == 5 + 3
    assert found["rows"][0]["intersection_over_union"] is None
    assert found["sources"]["theirs"]["snapshot_utc"] == "2025-03-04T12:00:00Z"
    text = done("compare", *named)
    assert "2 sources, 2025-03-01 to 2025-03-05" in text
    assert "Source ours (deepstate), last map 2025-03-05 12:00 UTC." in text


def test_compare_takes_a_span(named: list[str]) -> None:
    span = ["--from", "2025-03-03", "--to", "2025-03-04"]
    rows = answer("compare", *named, *span)["rows"]
    assert {row["date"] for row in rows} == {"2025-03-03", "2025-03-04"}
    # Since when ground stands is told of all maps, not of the span.
    theirs = [row["unchanged_days"] for row in rows if row["source"] == "theirs"]
    assert theirs == [1.5, 2.5]
    assert "No map lies between" in refused("compare", *named, "--from", "2026-01-01")


def test_compare_at_a_day_tells_where(named: list[str]) -> None:
    found = answer("compare", *named, "--at", "2025-03-04")
    rows = {row["held_by"]: row for row in found["rows"]}
    # Ours: 4 by 5 and 2 by 2; theirs: 4 by 4.
    assert rows["ours"]["area_km2"] == pytest.approx(8, rel=1e-4)
    assert list(rows) == ["ours"]
    assert found["agreed_km2"] == pytest.approx(16, rel=1e-4)
    assert found["intersection_over_union"] == pytest.approx(16 / 24, rel=1e-4)
    assert "an overlap of 0.667" in done("compare", *named, "--at", "2025-03-04")


def test_compare_without_any_ground(named: list[str]) -> None:
    belgorod = [*named, "--theatre", "belgorod", "--at", "2025-03-04"]
    found = answer("compare", *belgorod)
    assert found["rows"] == []
    assert found["intersection_over_union"] is None
    assert "an overlap of –" in done("compare", *belgorod)


def test_what_is_contested_on_the_other_map(tmp_path: Path) -> None:
    write_map(tmp_path / "a", NOON, [feature(tile(0, 0, 4, 4))])
    both = [feature(tile(0, 0, 4, 2)), feature(tile(0, 2, 4, 1), fill=GREY)]
    write_map(tmp_path / "b", NOON, both)
    pair = [f"a={tmp_path / 'a'}", f"b={tmp_path / 'b'}"]
    (row,) = answer("compare", *pair, "--at", "2025-03-01")["rows"]
    assert (row["held_by"], row["not_held_by"]) == ("a", "b")
    figures = (row["area_km2"], row["contested_km2"])
    assert figures == pytest.approx((8, 4), rel=1e-4)


def test_a_source_without_a_name_has_that_of_its_source(
    named: list[str], maps_folder: Path
) -> None:
    rows = answer("compare", named[1], maps_folder)["rows"]
    assert {row["source"] for row in rows} == {named[1].split("=")[0], "deepstate"}


def test_what_compare_refuses(named: list[str], maps_folder: Path) -> None:
    assert "is no NAME=PATH" in wrong("compare", f"={maps_folder}", named[0])
    assert "named 'deepstate'" in wrong("compare", maps_folder, maps_folder)
    assert "Two sources are named 'ours'" in wrong("compare", named[0], named[0])
    assert "is one source" in wrong("compare", named[0])
    assert "asks for one day: leave out --to" in wrong(
        "compare", *named, "--at", "2025-03-04", "--to", "2025-03-04"
    )
    assert "There is no nowhere" in refused("compare", named[0], "b=nowhere")


# --- settlements


@pytest.fixture
def places(tmp_path: Path) -> Path:
    """A place in each piece of ground, and one far away."""
    spots = {
        "West": tile(1, 1, 1, 1),
        "North": tile(1, 4, 1, 0.5),
        "East": tile(10.5, 0.5, 1, 1),
        "Grey": tile(4.5, 1, 1, 1),
        "Away": tile(30, 30, 1, 1),
    }
    path = tmp_path / "places.csv"
    lines = [
        f"{name},{spot.centroid.x},{spot.centroid.y}\n" for name, spot in spots.items()
    ]
    path.write_text("name,lon,lat\n" + "".join(lines), "utf-8")
    return path


def test_settlements_tell_since_when_and_until(maps_folder: Path, places: Path) -> None:
    found = answer("settlements", maps_folder, "--places", places)
    rows = {row["name"]: row for row in found["rows"]}
    assert list(rows) == ["East", "West", "Grey", "North"]
    assert rows["West"]["since_utc"] == "2025-03-02T12:00:00Z"
    assert rows["West"]["since_confirmed_utc"] == "2025-03-03T12:00:00Z"
    assert rows["West"]["until_utc"] is None
    assert rows["Grey"]["status"] == "contested"
    # East is lost on the last map alone, so nothing has agreed yet.
    assert rows["East"]["until_utc"] is None
    assert (found["n_places"], found["n_inside"], found["agree"]) == (5, 4, 2)
    believing = answer("settlements", maps_folder, "--places", places, "--agree", "1")
    east = next(row for row in believing["rows"] if row["name"] == "East")
    assert east["until_utc"] == "2025-03-05T12:00:00Z"
    assert east["days"] == 3.0
    text = done("settlements", maps_folder, "--places", places)
    assert "4 of 5 places inside held or contested ground" in text
    assert "; agree = 2; " in text


def test_settlements_of_a_span(maps_folder: Path, places: Path) -> None:
    early = column(
        "name", "settlements", maps_folder, "--places", places, "--to", "2025-03-03"
    )
    assert early == ["East", "West"]


def test_what_settlements_refuse(maps_folder: Path, places: Path) -> None:
    assert "There is no nowhere.csv" in refused(
        "settlements", maps_folder, "--places", "nowhere.csv"
    )
    assert "Expected 1 or more" in refused(
        "settlements", maps_folder, "--places", places, "--agree", "0"
    )


# --- measure --with-bounds


@pytest.mark.parametrize("every", ["map", "day", "change"])
def test_bounds_stand_beside_figures(
    every: Literal["map", "day", "change"],
    maps_folder: Path,
    history: ControlHistory,
) -> None:
    arguments = ["measure", maps_folder, "--every", every]
    plain, found = answer(*arguments), answer(*arguments, "--with-bounds")
    for before, after in zip(plain["rows"], found["rows"], strict=True):
        assert before.items() <= after.items()
        assert after["area_low_km2"] <= after["area_km2"]
        assert after["area_high_km2"] >= after["area_km2"] + after["contested_km2"]
        if after["area_km2"] == 0.0:  # nothing held has no depth
            assert after["depth_low_km"] is after["depth_km"] is None
        else:
            assert after["depth_low_km"] <= after["depth_km"] <= after["depth_high_km"]
    expected = kg.uncertainty(history.select(kg.theatre("kursk")), every=every)
    lows = [row["area_low_km2"] for row in found["rows"]]
    assert lows == expected.area_low_km2.tolist()
    assert (found["sigma_m"], found["coverage"]) == (500.0, 0.95)
    assert "; border_m = 10; coverage = 0.95" in done(*arguments, "--with-bounds")


def test_bounds_follow_the_days_asked_for(maps_folder: Path) -> None:
    span = ["--every", "day", "--from", "2025-03-04", "--to", "2025-03-04"]
    one = answer("measure", maps_folder, *span, "--with-bounds")["rows"]
    at = answer("measure", maps_folder, "--at", "2025-03-04", "--with-bounds")["rows"]
    assert len(one) == len(at) == 1
    assert one[0]["area_low_km2"] == at[0]["area_low_km2"] < 24 < at[0]["area_high_km2"]


def test_bounds_are_of_geodesic_areas(maps_folder: Path) -> None:
    spherical = ["--area-method", "spherical", "--with-bounds"]
    assert "on the ellipsoid" in wrong("measure", maps_folder, *spherical)
