"""Places that changed hands, and tables of places."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import GREY, NOON, STRIP, Feature, days, feature, make_history, tile
from gallery import to_degrees
from kursk_geo.errors import OptionError, ReferenceDataError, TheatreError
from kursk_geo.history import ControlHistory
from kursk_geo.settlements import read_places, settlements
from strategies import maps

# Maps are drawn anywhere, also where no theatre is, and of any side.
pytestmark = pytest.mark.filterwarnings("ignore:(None of these|These) maps")

SAMPLE = Path(__file__).parents[1] / "sample_data" / "places" / "places.csv"
START = pd.Timestamp(NOON, unit="s", tz="UTC")
MIDDLE = (1.0, 1.0)
"""Of the ground that the maps below show. [km]"""
HELD = feature(tile(0, 0))
GREY_ZONE = feature(tile(0, 0), fill=GREY)


def points(**places_km: tuple[float, float]) -> gpd.GeoDataFrame:
    """Draw places by name, in km of the plane."""
    shapes = [to_degrees(shapely.Point(xy)) for xy in places_km.values()]
    return gpd.GeoDataFrame({"name": list(places_km)}, geometry=shapes, crs="EPSG:4326")


def shown(*letters: str) -> ControlHistory:
    """One map a day that shows the ground as held, grey or not at all."""
    drawn: dict[str, list[Feature]] = {"h": [HELD], "g": [GREY_ZONE], ".": []}
    return days(*(drawn[letter] for letter in "".join(letters))).select(STRIP)


def periods(history: ControlHistory, *, agree: int = 2) -> list[tuple[object, ...]]:
    """Status and the days of its four dates, from the first map."""
    table = settlements(history, points(A=MIDDLE), agree=agree)
    dates = ["since_utc", "since_confirmed_utc", "until_utc", "until_confirmed_utc"]
    return [
        (row.status, *(day_of(getattr(row, name)) for name in dates))
        for row in table.itertuples()
    ]


def day_of(moment: Any) -> int | None:
    return None if pd.isna(moment) else (moment - START) // timedelta(days=1)


# --- known answers


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        (".hhh..", [("held", 1, 2, 4, 5)]),
        (".hhh", [("held", 1, 2, None, None)]),
        ("hh.", [("held", 0, 1, None, None)]),
        (".h.", []),
        (".h.hh", [("held", 3, 4, None, None)]),
        ("hh.hh", [("held", 0, 1, None, None)]),
        ("hhgghh", [("held", 0, 1, 2, 3), ("contested", 2, 3, 4, 5),
                    ("held", 4, 5, None, None)]),
        ("hhg..", [("held", 0, 1, 3, 4)]),
        ("hghghg", []),
        ("", []),
        ("......", []),
    ],
)  # fmt: skip
def test_a_change_counts_when_two_maps_agree(
    letters: str, expected: list[tuple[object, ...]]
) -> None:
    assert periods(shown(letters)) == expected


def test_how_many_maps_must_agree_is_asked_for() -> None:
    assert periods(shown(".h.hhh"), agree=1) == [
        ("held", 1, 1, 2, 2),
        ("held", 3, 3, None, None),
    ]
    assert periods(shown(".h.hhh"), agree=3) == [("held", 3, 5, None, None)]
    assert periods(shown(".h.hhh"), agree=4) == []


def test_days_are_counted_to_the_end_or_to_the_last_map() -> None:
    table = settlements(shown("hh..hhh"), points(A=MIDDLE))
    assert table.days.tolist() == [2.0, 2.0]
    assert table.attrs["agree"] == 2
    assert table.attrs["theatre"] == "strip"
    assert str(table.since_utc.dtype) == "datetime64[us, UTC]"


def test_ground_that_is_both_is_held() -> None:
    history = days([HELD, GREY_ZONE], [GREY_ZONE, HELD], [GREY_ZONE], [GREY_ZONE])
    assert periods(history.select(STRIP)) == [
        ("held", 0, 1, 2, 3),
        ("contested", 2, 3, None, None),
    ]


def test_a_redrawn_polygon_does_not_end_a_period() -> None:
    larger, split = feature(tile(0, 0, 3, 3)), [feature(tile(0, 0, 1.5)), HELD]
    history = days([HELD], [larger], split, [larger]).select(STRIP)
    assert periods(history) == [("held", 0, 1, None, None)]


def test_the_edge_and_the_hole() -> None:
    ring = shapely.difference(tile(0, 0, 6, 6), tile(2, 2, 2, 2))
    history = days([feature(ring)], [feature(ring)]).select(STRIP)
    inside = points(edge=(0.0, 3.0), hole=(3.0, 3.0), ring=(1.0, 1.0), away=(9.0, 9.0))
    on_edge = shapely.Point(shapely.get_coordinates(ring)[0])
    inside.loc[0, "geometry"] = on_edge
    assert set(settlements(history, inside).name) == {"edge", "ring"}


def test_places_are_told_apart_by_their_point_not_their_name() -> None:
    twins = points(A=MIDDLE, B=(30.0, 30.0)).assign(name="Ivanovka")
    table = settlements(shown("hhh"), twins)
    assert table.place_id.tolist() == ["0"]
    assert table.name.tolist() == ["Ivanovka"]
    assert (table.lon[0], table.lat[0]) == twins.geometry[0].coords[0]


def test_places_in_another_system_and_without_name_or_point() -> None:
    places = points(A=MIDDLE, B=(50.0, 50.0)).to_crs("EPSG:3857")[["geometry"]]
    places.loc[1, "geometry"] = None
    table = settlements(shown("hhh"), places)
    assert table.name.tolist() == [""]
    assert table.lon[0] == pytest.approx(35.2143, abs=1e-3)


def test_no_places_and_no_maps() -> None:
    assert settlements(shown("hh"), points()).empty
    nobody = settlements(days([HELD]).between("2020-01-01", "2020-01-02").select(STRIP),
                         points(A=MIDDLE))  # fmt: skip
    assert nobody.empty
    assert list(nobody.columns) == list(
        settlements(shown("hh"), points(A=MIDDLE)).columns
    )


# --- properties


def plain_periods(
    history: ControlHistory, point: shapely.Point, agree: int
) -> list[tuple[object, ...]]:
    """The same by a loop over maps, one at a time."""
    seen = []
    for moment in history.snapshots["snapshot_utc"]:
        state = history.at(moment)
        state = state[state.intersects(point)]
        held = state.status.isin(STRIP.held).any()
        seen.append("held" if held else "contested" if len(state) else "")
    times = [*history.snapshots["snapshot_utc"], None]
    found: list[list[object]] = []
    now = ""
    for i, status in enumerate(seen):
        agreed = seen[i : i + agree] == [status] * agree
        if status == now or not agreed:
            continue
        if now:
            found[-1][3:] = [times[i], times[i + agree - 1]]
        if status:
            found.append([status, times[i], times[i + agree - 1], None, None])
        now = status
    return [tuple(one) for one in found]


@settings(max_examples=15, deadline=None)
@given(maps(), st.integers(1, 3), st.tuples(st.floats(-6, 6), st.floats(0, 8)))
def test_the_same_as_map_by_map(
    drawn: dict[int, list[Feature]], agree: int, where: tuple[float, float]
) -> None:
    history = make_history(drawn).select(STRIP)
    place = points(A=where)
    table = settlements(history, place, agree=agree)
    found = [
        (row.status, *(None if pd.isna(one) else one for one in dates))
        for row, dates in zip(
            table.itertuples(),
            table[[c for c in table if c.endswith("_utc")]].itertuples(index=False),
            strict=True,
        )
    ]
    assert found == plain_periods(history, place.geometry[0], agree)


@settings(max_examples=8, deadline=None)
@given(maps(), st.permutations(range(6)))
def test_order_of_places_and_rows_does_not_matter(
    drawn: dict[int, list[Feature]], order: list[int]
) -> None:
    history = make_history(drawn).select(STRIP)
    places = points(**{f"P{i}": (2.0 * i - 5.3, 1.1 * i + 0.4) for i in range(6)})
    places["place_id"] = places["name"]
    table = settlements(history, places)
    shuffled = settlements(history, places.iloc[order])
    pd.testing.assert_frame_equal(
        pd.DataFrame(table.drop(columns="geometry")),
        pd.DataFrame(shuffled.drop(columns="geometry")),
    )
    for place in table.place_id.unique():
        mine = table[table.place_id == place]
        ends = mine.until_utc.iloc[:-1].reset_index(drop=True)
        assert (mine.since_utc.iloc[1:].reset_index(drop=True) >= ends).all()
        assert (mine.since_confirmed_utc >= mine.since_utc).all()


# --- tables of places

GEONAMES_ROWS = [
    ["1", "NA", "NA", "", "51.3", "35.2", "P", "PPL", "RU", "", "41", *[""] * 3,
     "0", "", "150", "Europe/Moscow", "2020-01-01"],
    ["2", 'Selo "Novoye', "Selo", "", "51.4", "35.3", "P", "PPL", "RU", "", "41",
     *[""] * 3, "0", "", "150", "Europe/Moscow", "2020-01-01"],
    ["3", "Seym", "Seym", "", "51.5", "34.3", "H", "STM", "RU", "", "41",
     *[""] * 3, "0", "", "150", "Europe/Moscow", "2020-01-01"],
]  # fmt: skip
GEONAMES_TEXT = "".join("\t".join(row) + "\n" for row in GEONAMES_ROWS)


def test_sample_places() -> None:
    places = read_places(SAMPLE)
    assert places.columns.tolist() == ["place_id", "name", "lon", "lat", "geometry"]
    assert places.crs == "EPSG:4326"
    sudzha = places.set_index("name").loc["Sudzha"]
    assert (sudzha.place_id, sudzha.geometry.x) == ("486816", sudzha.lon)
    assert places.lon.between(34, 36).all()
    assert places.lat.between(51, 52).all()


def test_geonames_dump(tmp_path: Path) -> None:
    path = tmp_path / "RU.txt"
    path.write_text(GEONAMES_TEXT, encoding="utf-8")
    places = read_places(path)
    assert places.name.tolist() == ["NA", 'Selo "Novoye']
    assert places.place_id.tolist() == ["1", "2"]
    assert places.geometry[1].coords[0] == (35.3, 51.4)
    everything = read_places(path, feature_class=None)
    assert everything.name.tolist() == ["NA", 'Selo "Novoye', "Seym"]
    zipped = tmp_path / "RU.zip"
    with ZipFile(zipped, "w") as archive:
        archive.writestr("readme.txt", "about\tall\tthis")
        archive.write(path, "RU.txt")
    pd.testing.assert_frame_equal(
        pd.DataFrame(read_places(zipped)), pd.DataFrame(places)
    )


@pytest.mark.parametrize(
    "text",
    [
        "name,lon,lat\nNA,35.2,51.3\n",
        "\ufeffName;Longitude;Latitude\r\nNA;35.2;51.3\r\n",
        "@id\t@lat\t@lon\tname\n7\t51.3\t35.2\tNA\n",
        'lat,lng,"place"\n51.3,35.2,"NA"\n',
        "asciiname,name,y,x\nother,NA,51.3,35.2",
    ],
    ids=["comma", "semicolon and mark", "tabs", "quotes", "two names"],
)
def test_tables_with_a_header(text: str, tmp_path: Path) -> None:
    path = tmp_path / "places.csv"
    path.write_bytes(text.encode())
    (row,) = read_places(path).itertuples()
    assert (row.name, row.lon, row.lat) == ("NA", 35.2, 51.3)


def test_points_of_a_geojson(tmp_path: Path) -> None:
    path = tmp_path / "places.geojson"
    shape = {"type": "Point", "coordinates": [35.2, 51.3]}
    features = [
        {"type": "Feature", "properties": {"name": name, "lon": 0}, "geometry": shape}
        for name in ("NA", "B")
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    places = read_places(path)
    assert places.name.tolist() == ["NA", "B"]
    assert places.place_id.tolist() == ["0", "1"]
    assert places.lon.tolist() == [35.2, 35.2]


# --- errors


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("a.csv", b"name,lon\nA,35\n", "no column for lat, but name, lon"),
        ("a.csv", b"", "as a table: No columns to parse"),
        ("a.csv", b"name,lon,lat\nA,35.2,\n", r"'A' lies at lon '35.2', lat ''"),
        ("a.csv", b"name,lon,lat\nA,35,99\nB,1,1\n", r"such rows \(1 of 2\)"),
        ("a.csv", b"name;lon;lat\nA;35,2;51,3\n", "degrees with a decimal point"),
        ("a.csv", b"name,lon,lat\n\xff\xfe,1,2\n", "Expected UTF-8 text"),
        ("a.zip", b"PK no", "cut short or locked"),
        ("a.geojson", b"{}", "Cannot read .*a.geojson"),
    ],
)
def test_tables_that_cannot_be_read(
    name: str, content: bytes, match: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ReferenceDataError, match=match):
        read_places(path)


def test_no_file_and_several_files(tmp_path: Path) -> None:
    with pytest.raises(ReferenceDataError, match="is a folder\\. Expected a table"):
        read_places(tmp_path)
    with pytest.raises(ReferenceDataError, match=r"There is no .*nowhere\.csv"):
        read_places(tmp_path / "nowhere.csv")
    zipped = tmp_path / "two.zip"
    with ZipFile(zipped, "w") as archive:
        archive.writestr("a.txt", "")
        archive.writestr("b.txt", "")
    with pytest.raises(ReferenceDataError, match="holds 2 tables"):
        read_places(zipped)


def test_areas_are_no_places(tmp_path: Path) -> None:
    path = tmp_path / "areas.geojson"
    areas = gpd.GeoDataFrame({"name": ["A"]}, geometry=[tile(0, 0)], crs="EPSG:4326")
    areas.to_file(path)
    with pytest.raises(
        ReferenceDataError, match=r"there are Polygon\. Expected points"
    ):
        read_places(path)
    with pytest.raises(ReferenceDataError, match=r"there are Polygon\. "):
        settlements(shown("hh"), areas)


def test_wrong_options() -> None:
    with pytest.raises(TheatreError, match="has no theatre"):
        settlements(days([HELD]), points(A=MIDDLE))
    with pytest.raises(OptionError, match="agree=0 is not a number of maps"):
        settlements(shown("hh"), points(A=MIDDLE), agree=0)
    nowhere = points(A=MIDDLE).set_crs(None, allow_override=True)
    with pytest.raises(OptionError, match="no coordinate reference system"):
        settlements(shown("hh"), nowhere)
    with pytest.raises(OptionError, match=r"not a table of places.*read_places"):
        settlements(shown("hh"), "places.csv")  # type: ignore[arg-type]  # on purpose


def test_a_table_with_longitude_and_latitude_is_enough() -> None:
    places = points(A=MIDDLE, B=(50.0, 50.0))
    at = {"lon": places.geometry.x, "lat": places.geometry.y}
    table = pd.DataFrame({"name": places["name"], **at})
    pd.testing.assert_frame_equal(
        settlements(shown("hhh"), table), settlements(shown("hhh"), places)
    )
    with pytest.raises(ReferenceDataError, match="no column for lat"):
        settlements(shown("hh"), table.drop(columns="lat"))
