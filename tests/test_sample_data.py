"""The sample maps: drawn again they are the same, and every trap is in them."""

import importlib
import io
import json
import re
import sys
from collections.abc import Iterator
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest
import shapely

import kursk_geo as kg
from kursk_geo.errors import UnknownStatusWarning
from kursk_geo.sources.deepstate import COLOURS
from kursk_geo.status import Status

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample_data"
MAPS = sorted((SAMPLE / "deepstate").glob("*.geojson"))
STRANGER = "#ce93d8"
FIGURES = ["area_km2", "contested_km2", "depth_km", "depth_with_contested_km"]
PUBLISHED = re.compile(r"^\| \d{4}-.*\|$", re.MULTILINE)


@pytest.fixture(scope="module")
def draw() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SAMPLE))
        yield importlib.import_module("draw")
    for name in [n for n in sys.modules if n.split(".")[0] in ("draw", "drawing")]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def maps() -> dict[str, list[dict[str, Any]]]:
    """Features by the file's number."""
    return {p.stem: json.loads(p.read_bytes())["features"] for p in MAPS}


@pytest.fixture(scope="module")
def areas(maps: dict[str, list[dict[str, Any]]]) -> pd.DataFrame:
    """One row a polygon of any map, read by plain code."""
    rows = [
        (number, position, feature["properties"], part)
        for number, features in maps.items()
        for position, feature in enumerate(features)
        if feature["geometry"]["type"] != "Point"
        for part in shapely.get_parts(shapely.geometry.shape(feature["geometry"]))
    ]
    table = pd.DataFrame(rows, columns=["number", "feature", "properties", "polygon"])
    return table.assign(
        fill=[row["fill"] for row in table.properties],
        name=[row["name"] for row in table.properties],
    )


@pytest.fixture(scope="module")
def history() -> kg.ControlHistory:
    with pytest.warns(UnknownStatusWarning):
        return kg.read_history(SAMPLE / "deepstate")


@pytest.fixture(scope="module")
def drawn(history: kg.ControlHistory) -> pd.DataFrame:
    table = kg.measure(history.select(kg.theatre("kursk"))).reset_index()
    return table.set_index("snapshot_id")


@pytest.fixture(scope="module")
def real() -> pd.DataFrame:
    """Figures of the real maps, by map."""
    table = pd.read_csv(
        SAMPLE / "figures" / "kursk_daily.csv", dtype={"snapshot_id": str}
    )
    return table.drop_duplicates("snapshot_id", keep="last").set_index("snapshot_id")


def test_drawing_again_gives_the_same_bytes(draw: ModuleType) -> None:
    again = {str(number): content for number, content in draw.draw().items()}
    assert again == {path.stem: path.read_bytes() for path in MAPS}


def test_writing_takes_away_maps_no_longer_drawn(
    draw: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draw, "draw", lambda: {1723059640: b"new"})
    (tmp_path / "1600000000.geojson").write_bytes(b"old")
    draw.write(tmp_path)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {
        "1723059640.geojson": b"new"
    }


def test_impossible_ground_is_refused(draw: ModuleType) -> None:
    outlines = importlib.import_module("drawing.outlines")
    place = outlines.Place(35.145, 51.16, 46.0)
    with pytest.raises(outlines.OutlineError, match=r"4 km² and a depth of 50 km"):
        outlines.ground(place, 4, 50)
    with pytest.raises(outlines.OutlineError, match="'ukraine' has no border"):
        outlines.ground(outlines.Place(35.1, 51.2, 0.0, "ukraine"), 10.0, 2.0)
    assert draw.SNAPSHOTS


def test_figures_are_those_of_the_real_maps(
    drawn: pd.DataFrame, real: pd.DataFrame
) -> None:
    since = drawn.loc["1723059640":]
    assert len(since) == 22
    expected = real.loc[since.index]
    assert since.sections.tolist() == expected.sections.tolist()
    for figure in FIGURES:
        np.testing.assert_allclose(since[figure], expected[figure], rtol=1e-3)


def test_before_the_incursion_nothing_is_held(drawn: pd.DataFrame) -> None:
    before = drawn.loc[:"1723059640"]
    assert (before[["area_km2", "contested_km2", "sections"]] == 0.0).all(axis=None)
    assert before[["depth_km", "depth_with_contested_km"]].isna().all(axis=None)


@pytest.mark.parametrize("baseline", ["2025-01-01", "2024-12-16", "2024-12-13"])
@pytest.mark.parametrize("end", ["2025-02-28", "2025-03-01"])
def test_relative_changes_are_those_of_the_real_maps(
    drawn: pd.DataFrame, real: pd.DataFrame, baseline: str, end: str
) -> None:
    changes = [
        kg.relative_change(
            table.set_index(pd.to_datetime(table.snapshot_utc)).area_km2, baseline, end
        )
        for table in (drawn, real)
    ]
    assert changes[0] == pytest.approx(changes[1], abs=5e-4)


def test_three_sections_in_mid_april(history: kg.ControlHistory) -> None:
    kursk = history.select(kg.theatre("kursk"))
    table = kg.sections(kursk, at="2025-04-15")
    np.testing.assert_allclose(table.area_km2, [20.84, 11.25, 9.87], rtol=2e-3)
    np.testing.assert_allclose(table.depth_km, [2.247, 1.410, 2.154], rtol=2e-3)


def test_belgorod_is_only_contested(history: kg.ControlHistory) -> None:
    table = kg.measure(history.select(kg.theatre("belgorod")))
    assert (table.area_km2 == 0.0).all()
    last = table.loc["2025-04-26"].iloc[-1]
    assert last.contested_km2 == pytest.approx(13.118, rel=1e-3)
    assert last.depth_with_contested_km == pytest.approx(2.277, rel=1e-3)
    assert (table.loc[:"2025-03-12", "contested_km2"] == 0.0).all()


@pytest.mark.parametrize("name", ["sumy", "kharkiv", "ukraine"])
def test_other_theatres_show_something(history: kg.ControlHistory, name: str) -> None:
    last = kg.measure(history.select(kg.theatre(name))).iloc[-1]
    assert last.area_km2 > 0.5
    assert last.contested_km2 > 10.0


def test_ground_shrinks_towards_where_it_is_held_last(
    history: kg.ControlHistory,
) -> None:
    kursk = history.select(kg.theatre("kursk"), status="held_in_russia")
    days = ["2024-09-06", "2024-12-31", "2025-03-01", "2025-03-28", "2025-04-27"]
    states = [shapely.union_all(kursk.at(day).geometry.to_numpy()) for day in days]
    for before, after in pairwise(states):
        gained = kg.area_km2(np.array([shapely.difference(after, before)]))[0]
        assert gained < 0.1 * kg.area_km2(np.array([after]))[0]


def test_the_readme_tells_what_is_measured(drawn: pd.DataFrame) -> None:
    told = PUBLISHED.findall((SAMPLE / "README.md").read_text(encoding="utf-8"))
    assert told == [
        f"| {row.snapshot_utc:%Y-%m-%d %H:%M} | {number} | {row.area_km2:.1f} "
        f"| {row.contested_km2:.1f} | {row.sections} | {row.depth_km:.2f} "
        f"| {row.depth_with_contested_km:.2f} |".replace("nan", "–")
        for number, row in drawn.iterrows()
    ]


def test_the_daily_figures_can_be_made_of_any_maps(
    history: kg.ControlHistory, real: pd.DataFrame, tmp_path: Path
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SAMPLE / "figures"))
        script = importlib.import_module("measure_daily")
    out = tmp_path / "daily.csv"
    script.write(script.daily(history.between("2025-04-12", "2025-04-20")), out)
    table = pd.read_csv(out, dtype={"snapshot_id": str})
    assert table.columns.tolist() == ["date", *_without_date(real)]
    assert table.date.tolist()[:3] == ["2025-04-12", "2025-04-13", "2025-04-14"]
    assert table.snapshot_id.tolist()[:2] == ["1744490169", "1744490169"]
    assert table.staleness_days[1] - table.staleness_days[0] == pytest.approx(1.0)
    assert b"\r" not in out.read_bytes()


def _without_date(real: pd.DataFrame) -> list[str]:
    columns = real.columns.drop("date").tolist()
    return [*columns[:1], "snapshot_id", *columns[1:]]


def test_reading_warns_once_and_of_one_colour() -> None:
    with pytest.warns(UnknownStatusWarning) as caught:
        kg.read_history(SAMPLE / "deepstate")
    assert len(caught) == 1
    message = str(caught[0].message)
    assert STRANGER in message
    assert message.count("#") == 1


def test_no_polygon_is_lost(history: kg.ControlHistory, areas: pd.DataFrame) -> None:
    assert history.rejected.empty
    for number, polygons in areas.groupby("number"):
        state = history.at(pd.Timestamp(int(number), unit="s", tz="UTC"))
        colours = [
            Status.OUTSIDE if "ридністров" in name else COLOURS.get(fill, "unknown")
            for name, fill in zip(polygons.name, polygons.fill.str.lower(), strict=True)
        ]
        if number == "1649581805":  # any grey zone, before there was one in Russia
            colours = ["contested" if "contested" in c else c for c in colours]
        assert sorted(state.status) == sorted(colours), number


def test_all_colours_are_there_in_both_cases(areas: pd.DataFrame) -> None:
    assert set(areas.fill.str.lower()) == {*COLOURS, STRANGER}
    assert set(areas.fill) > set(areas.fill.str.lower())
    assert areas[areas.fill == STRANGER].number.unique().tolist() == ["1687614876"]


def test_the_top_level_holds_nothing_else() -> None:
    for path in MAPS:
        raw = path.read_bytes()
        assert raw.startswith(b'{"type":"FeatureCollection","features":[{"type":"Fea')
        assert list(json.loads(raw)) == ["type", "features"]


def test_names_of_three_eras(areas: pd.DataFrame) -> None:
    def names(*, start: str, end: str) -> "pd.Series[str]":
        return areas.name[areas.number.between(start, end)]

    first = names(start="1649581805", end="1649581805")
    second = names(start="1687614876", end="1687614876")
    third = names(start="1723059640", end="9")
    assert not first.str.contains("//").any()
    assert second.str.contains("//").all()
    assert not second.str.contains("geoJSON").any()
    assert third.str.contains("geoJSON.status.occupied", regex=False).any()
    assert third.str.contains("{{at:25.03}}", regex=False).any()
    assert not third.str.contains("geoJSON").all()


@pytest.mark.parametrize("blemish", ["\xa0", "\ufffd", r"\n$", "[^ ]///", "[^/]//[^/]"])
def test_names_have_the_blemishes_of_the_real_ones(
    areas: pd.DataFrame, blemish: str
) -> None:
    assert areas.name.str.contains(blemish, regex=True).any()


def test_collections_until_the_end_of_2024(
    maps: dict[str, list[dict[str, Any]]],
) -> None:
    kinds = {
        number: {feature["geometry"]["type"] for feature in features}
        for number, features in maps.items()
    }
    assert set.union(*kinds.values()) == {"Point", "Polygon", "GeometryCollection"}
    last = max(n for n, found in kinds.items() if "GeometryCollection" in found)
    assert last == "1734386301"
    pieces = {
        len(feature["geometry"]["geometries"])
        for features in maps.values()
        for feature in features
        if feature["geometry"]["type"] == "GeometryCollection"
    }
    assert max(pieces) > 1
    assert all("Point" in found for found in kinds.values())


def test_coordinates_are_flat_and_three_dimensional(areas: pd.DataFrame) -> None:
    polygons = areas.polygon.to_numpy()
    assert shapely.has_z(polygons).all()
    assert (shapely.get_coordinates(polygons, include_z=True)[:, 2] == 0.0).all()


def test_holes_wind_like_their_shell(areas: pd.DataFrame) -> None:
    holed = [polygon for polygon in areas.polygon if polygon.interiors]
    assert {areas.fill[i] for i, p in enumerate(areas.polygon) if p.interiors} >= {
        "#01579b",
        "#a52714",
        "#0f9d58",
    }
    for polygon in holed:
        assert all(hole.is_ccw == polygon.exterior.is_ccw for hole in polygon.interiors)


def test_one_polygon_is_not_valid(
    areas: pd.DataFrame, history: kg.ControlHistory
) -> None:
    polygons = areas.polygon.to_numpy()
    broken = polygons[~shapely.is_valid(polygons)]
    assert len({polygon.wkb for polygon in broken}) == 1
    assert "Hole lies outside shell" in shapely.is_valid_reason(broken[0])
    assert shapely.is_valid(history.shapes.geometry.to_numpy()).all()


def test_only_colour_tells_held_from_liberated(areas: pd.DataFrame) -> None:
    held = set(areas.name[areas.fill == "#01579b"])
    assert held == {"Звільнено /// Liberated /// geoJSON.status.dismissed\n"}
    assert "#bcaaa4" in set(areas.fill[areas.name.isin(held)])


def test_colours_changed_their_meaning(areas: pd.DataFrame) -> None:
    first = areas[areas.number == "1649581805"].set_index("name").fill
    assert first["Крим"] == "#000000"
    assert first["Придністров'я"] == "#880e4f"
    assert first["Сіра зона"] == "#bdbdbd"


def test_one_section_in_two_features(history: kg.ControlHistory) -> None:
    state = history.at("2024-10-06")
    held = state[state.status == "held_in_russia"].geometry
    first, second, third = sorted(held, key=lambda shape: -shape.area)
    assert shapely.touches(first, second)
    assert shapely.disjoint(third, shapely.union(first, second))
    assert len(kg.sections(history.select(kg.theatre("kursk")), at="2024-10-06")) == 2


def test_held_ground_spills_a_little_over_the_border(
    history: kg.ControlHistory,
) -> None:
    theatre = kg.theatre("kursk")
    clipped, whole = (
        kg.measure(history.select(theatre, clip=clip)).area_km2
        for clip in (True, False)
    )
    spill = (whole - clipped).loc["2024-08-08":]
    assert (spill > 0.05).all()
    assert (spill < 6.0).all()


def test_claims_elsewhere_are_never_occupied(history: kg.ControlHistory) -> None:
    shapes = history.shapes
    far = shapes.label.str.contains("Karelia|Kuril|Abkhazia|ридністров")
    assert set(shapes.status[far]) == {"outside"}
    occupied = shapes[shapes.status.str.startswith("occupied")]
    west, south, east, north = occupied.total_bounds
    assert west > 30.0
    assert south > 44.0
    assert east < 41.0
    assert north < 53.0


def test_most_features_repeat_byte_for_byte(
    maps: dict[str, list[dict[str, Any]]],
) -> None:
    texts = [json.dumps(f) for features in maps.values() for f in features]
    assert len(set(texts)) < 0.2 * len(texts)


def test_the_maps_are_small() -> None:
    assert len(MAPS) == 24
    assert sum(path.stat().st_size for path in MAPS) < 600_000


# What comes with the package


def test_the_packed_maps_are_these() -> None:
    packed = files("kursk_geo.data").joinpath("sample.zip").read_bytes()
    with ZipFile(io.BytesIO(packed)) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    assert held == {path.name: path.read_bytes() for path in MAPS}


def test_packed_maps_are_signed_as_drawn_by_us() -> None:
    history = kg.sample_history()
    read = kg.read_history(SAMPLE / "deepstate")
    assert history.shapes.equals(read.shapes)
    assert history.source == "sample"
    assert set(history.snapshots["source"]) == {"sample"}
    assert "not real outlines" in history.attribution
    assert kg.measure(history.select("kursk")).attrs["source"] == "sample"
