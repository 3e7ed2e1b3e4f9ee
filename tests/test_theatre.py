import math
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyproj
import pytest
import shapely

from kursk_geo import reference
from kursk_geo.errors import (
    KurskGeoError,
    OptionError,
    ReferenceDataError,
    TheatreError,
)
from kursk_geo.status import Status
from kursk_geo.theatre import Theatre, list_theatres, theatre

SUDZHA = shapely.Point(35.27, 51.19)
TETKINO = shapely.Point(34.285, 51.277)
KURSK = shapely.Point(36.19, 51.73)
BELGOROD = shapely.Point(36.59, 50.60)
GRAYVORON = shapely.Point(35.67, 50.48)
SUMY = shapely.Point(34.80, 50.91)
YUNAKIVKA = shapely.Point(35.05, 51.11)
VOVCHANSK = shapely.Point(36.94, 50.29)
KHARKIV = shapely.Point(36.23, 49.99)
KYIV = shapely.Point(30.52, 50.45)

RUSSIAN = ["Belgorod Oblast", "Bryansk Oblast", "Kursk Oblast", "Voronezh Oblast"]
PLACES = {
    "kursk": ([SUDZHA, TETKINO, KURSK], [BELGOROD, SUMY, YUNAKIVKA, GRAYVORON]),
    "belgorod": ([BELGOROD, GRAYVORON], [SUDZHA, KURSK, VOVCHANSK, KHARKIV]),
    "sumy": ([YUNAKIVKA, SUMY], [SUDZHA, TETKINO, KYIV, VOVCHANSK]),
    "kharkiv": ([VOVCHANSK, KHARKIV], [BELGOROD, YUNAKIVKA, KYIV]),
}


@pytest.mark.parametrize("name", PLACES)
def test_places_lie_in_their_theatre_and_in_no_other(name: str) -> None:
    inside, outside = PLACES[name]
    region = theatre(name).region
    assert region is not None
    assert all(region.contains(place) for place in inside)
    assert not any(region.intersects(place) for place in outside)


def test_who_holds_whose_land() -> None:
    grey = {Status.CONTESTED, Status.CONTESTED_IN_RUSSIA}
    for name in list_theatres():
        preset = theatre(name)
        of_russia = name in ("kursk", "belgorod") or name in RUSSIAN
        side = "held_in_russia" if of_russia else "occupied"
        same = {"Kursk Oblast": "kursk", "Belgorod Oblast": "belgorod"}
        assert preset.name == same.get(name, name)
        assert preset.held == {side}
        assert preset.contested == grey


def test_everywhere_has_no_region_no_border_and_no_side() -> None:
    everything = theatre("everywhere")
    assert everything.region is None
    assert everything.border is None
    assert everything.crs is None
    assert (everything.holder, everything.owner, everything.note) == ("", "", "")


def test_ukraine_is_the_country_and_30_km_of_sea() -> None:
    ukraine = theatre("ukraine")
    region = ukraine.region
    assert ukraine.border is None
    assert region is not None
    assert region.is_valid
    for place in (KYIV, KHARKIV, SUMY, shapely.Point(34.1, 44.9)):
        assert region.contains(place)
    country = reference.oblasts().query("country == 'UA'").geometry
    assert shapely.covers(region, country.to_numpy()).all()
    sea = shapely.Point(33.7, 44.2)  # 20 km off Crimea
    assert region.contains(sea)
    for far in ((33.3, 43.9), (62.0, 18.0), (36.19, 51.73), (36.59, 50.60)):
        assert not region.intersects(shapely.Point(far))
    # Maps whose line is not quite the bundled one lose nothing; a kilometre is all.
    _, russia = reference.ukraine_and_russia()
    beyond = shapely.intersection(region, russia)
    corners = shapely.points(shapely.get_coordinates(beyond))
    assert shapely.distance(corners, reference.border()).max() < 0.45


def test_what_is_held_since_2014_is_one_switch() -> None:
    old = Status.OCCUPIED_BEFORE_2022
    for name in ("ukraine", "Crimea", "Donetsk Oblast", "Donbas"):
        without, counted = theatre(name), theatre(name, since_2014=True)
        assert without.paler == {old}
        assert without.held == {Status.OCCUPIED}
        assert without.note == "Ground held since 2014 is shown and not counted"
        assert counted.paler == frozenset()
        assert counted.held == {Status.OCCUPIED, old}
        assert counted.note == "Ground held since 2014 is counted"
        assert counted.held_words == "held by Russia"
        assert counted.label(old) == "Held by Russia since 2014"
    assert theatre("ukraine").official_area_km2 == 603_628
    for name in ("kursk", "everywhere", "Bryansk Oblast"):
        with pytest.raises(OptionError, match="has been held since 2014"):
            theatre(name, since_2014=True)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Kharkiv Oblast", "Kharkiv Oblast"),
        ("kharkiv oblast", "Kharkiv Oblast"),
        ("  the Kharkov   region ", "Kharkiv Oblast"),
        ("UA-63", "Kharkiv Oblast"),
        ("ua-63", "Kharkiv Oblast"),
        ("Харківська область", "Kharkiv Oblast"),
        ("Харківська обл.", "Kharkiv Oblast"),
        ("Харьковская область", "Kharkiv Oblast"),
        ("Харківщина", "Kharkiv Oblast"),
        ("Kharkivska oblast", "Kharkiv Oblast"),
        ("Kharkivs'ka obl.", "Kharkiv Oblast"),
        ("Oblast of Kharkiv", "Kharkiv Oblast"),
        ("Donetskaya oblast", "Donetsk Oblast"),
        ("Kyivska oblast", "Kyiv Oblast"),
        ("Суми", "Sumy Oblast"),
        ("Republic of Crimea", "Crimea"),
        ("Belgorodskaya oblast", "belgorod"),
        ("Донбас", "Donetsk and Luhansk"),
        ("Zaporizka oblast", "Zaporizhia Oblast"),
        ("Zaporozhe", "Zaporizhia Oblast"),
        ("Zaporizhzhia", "Zaporizhia Oblast"),
        ("Zaporizhzhia region", "Zaporizhia Oblast"),
        ("Одесса", "Odesa Oblast"),
        ("Odessa province", "Odesa Oblast"),
        ("Ivano-Frankivsk", "Ivano-Frankivsk Oblast"),
        ("Crimea", "Crimea"),
        ("Автономна Республіка Крим", "Crimea"),
        ("bryansk", "Bryansk Oblast"),
        ("Kursk", "kursk"),
        ("Kursk Oblast", "kursk"),
        ("Курская область", "kursk"),
        ("RU-BEL", "belgorod"),
        ("Україна", "ukraine"),
        ("Kherson and Mykolaiv", "Kherson and Mykolaiv"),
        ("Kherson and Mykolaiv oblasts", "Kherson and Mykolaiv"),
        ("Херсонська та Миколаївська області", "Kherson and Mykolaiv"),
        ("Kherson, Mykolaiv and Odesa", "Kherson, Mykolaiv and Odesa"),
        ("Luhansk, Donetsk, and Luhansk", "Luhansk and Donetsk"),
        ("Donbas", "Donetsk and Luhansk"),
        ("Kursk and Belgorod", "Kursk and Belgorod"),
    ],
)
def test_an_oblast_by_each_of_its_names(name: str, meant: str) -> None:
    assert theatre(name).name == meant
    assert theatre(meant) == theatre(name)


def test_every_oblast_is_a_theatre_with_its_own_outline() -> None:
    for row in reference.oblasts().itertuples():
        mine = theatre(row.iso)
        assert theatre(row.name) == theatre(row.name_local) == mine
        assert mine.official_area_km2 == row.official_area_km2
        assert mine.region is not None
        if row.iso not in ("RU-KRS", "RU-BEL"):
            assert mine.region.equals(row.geometry)
        gap = row.geometry.distance(reference.border())
        assert (mine.border is not None) == (gap < 1e-4)
        assert mine.holder == ("Ukraine" if row.country == "RU" else "Russia")


def test_several_oblasts_are_their_union() -> None:
    south = theatre("Kherson and Mykolaiv")
    parts = [theatre("Kherson Oblast"), theatre("Mykolaiv Oblast")]
    assert south.region is not None
    assert south.region.area == pytest.approx(sum(p.region.area for p in parts))
    assert south.official_area_km2 == 28_461 + 24_598


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Kharkv Oblast", "Did you mean 'Kharkiv Oblast'"),
        ("kursc", "Did you mean 'kursk'"),
        ("Kyiv Oblst", "Did you mean 'Kyiv Oblast'"),
        ("Lviv and Atlantis", "'Atlantis' is not known"),
        ("Kursk and Sumy", "lie on both sides of the border"),
        ("", "No theatre ''"),
        ("and", "No theatre 'and'"),
        ("oblast", "No theatre 'oblast'"),
        ("область", "No theatre"),
    ],
)
def test_what_is_no_theatre_says_what_is_like_it(name: str, message: str) -> None:
    with pytest.raises(TheatreError, match=message):
        theatre(name)


# Words


def test_words_are_those_of_the_side_that_holds() -> None:
    assert theatre("kursk").held_words == "held by Ukraine"
    assert theatre("kharkiv").held_words == "held by Russia"
    assert theatre("kursk").contested_words == "contested"
    grey = theatre("kursk", held="contested_in_russia", contested=[])
    assert grey.held_words == "contested"
    both = theatre("kursk", held=["held_in_russia", "contested_in_russia"])
    assert both.held_words == "contested or held by Ukraine"
    assert "not all of Kharkiv Oblast" in theatre("kharkiv").note
    assert theatre("Kharkiv Oblast").note == ""


def test_no_word_of_this_war_is_on_another() -> None:
    for mine in (Theatre("island", held=frozenset(Status)), theatre("everywhere")):
        said = " ".join(
            [mine.held_words, mine.contested_words, mine.ground_words, mine.note]
            + [mine.label(status) for status in Status]
        )
        for word in ("Russia", "Ukrain", "20"):
            assert word not in said
    assert theatre("everywhere").label("occupied") == "Held"


def test_words_of_one_s_own() -> None:
    mine = Theatre("Als", held="occupied", words={"occupied": "held by Prussia"})
    assert mine.held_words == "held by Prussia"
    assert mine.label(Status.OCCUPIED) == "Held by Prussia"
    assert mine.label("contested") == "Contested"
    assert mine.ground_words == "Als"
    with pytest.raises(OptionError, match="'ocupied' is not known"):
        Theatre("Als", words={"ocupied": "held"})
    with pytest.raises(OptionError, match="Mars"):
        Theatre("Als", tz="Mars/Base")


# A theatre from a file


ALS = """
name = "als"
region = "als.geojson"
border = "sound.geojson"
held = ["occupied"]
contested = ["contested"]
tz = "Europe/Copenhagen"
official_area_km2 = 321

[words]
holder = "Prussia"
owner = "Denmark"
held = "held by Prussia"
contested = "fought over"
region = "the island of Als"
note = "Drawn after the survey of 1864"
"""


@pytest.fixture
def als(tmp_path: Path) -> Path:
    island, sound = (
        shapely.box(9.7, 54.8, 10.1, 55.1),
        shapely.LineString([(9.75, 54.7), (9.75, 55.2)]),
    )
    for name, shape in (("als", island), ("sound", sound)):
        table = gpd.GeoDataFrame(geometry=[shapely.segmentize(shape, 0.004)], crs=4326)
        table.to_file(tmp_path / f"{name}.geojson")
    path = tmp_path / "als.toml"
    path.write_text(ALS, encoding="utf-8")
    return path


def test_a_theatre_is_a_file_too(als: Path) -> None:
    for mine in (theatre(als), theatre(str(als))):
        assert mine.name == "als"
        assert mine.region is not None
        assert mine.region.equals(shapely.box(9.7, 54.8, 10.1, 55.1))
        assert mine.border is not None
        assert mine.held == {Status.OCCUPIED}
        assert mine.contested == {Status.CONTESTED}
        assert (mine.holder, mine.owner) == ("Prussia", "Denmark")
        assert (mine.held_words, mine.contested_words) == (
            "held by Prussia",
            "fought over",
        )
        assert mine.ground_words == "the island of Als"
        assert mine.note == "Drawn after the survey of 1864"
        assert mine.tz == "Europe/Copenhagen"
        assert mine.official_area_km2 == 321


def test_the_least_that_a_file_must_tell(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('held = ["occupied"]')
    mine = theatre(path)
    assert (mine.name, mine.region, mine.border) == ("mine", None, None)
    assert mine.contested == {"contested"}
    assert mine.held_words == "held"


def test_a_file_may_begin_with_a_theatre_that_is_known(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('base = "ukraine"\nname = "all"\nsince_2014 = true\n')
    assert theatre(path) == replace(
        theatre("ukraine", since_2014=True), name="all", ground_words="Ukraine"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "held is missing"),
        ("held = 3", "Expected `array`.*held"),
        ('held = ["ocupied"]', "'ocupied' is not known"),
        ('held = ["occupied"]\nfrontier = "x"', "unknown field `frontier`"),
        ('held = ["occupied"]\nregion = "no.geojson"', "Cannot read region"),
        ('held = ["occupied"]\ntz = "Mars"', "Zone 'Mars' is not known"),
        ('held = ["occupied"]\n[words]\nhold = "x"', "unknown field `hold`"),
        ('held = ["occupied"]\n[words.statuses]\nred = "x"', "'red' is not known"),
        ('base = "atlantis"', "No theatre 'atlantis'"),
        ('base = "kursk"\nsince_2014 = true', "since 2014"),
        ("held = [", "is no TOML"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_is_wrong(
    text: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(KurskGeoError, match=message):
        theatre(path)


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(ReferenceDataError, match=r"no\.toml: cannot be opened"):
        theatre(tmp_path / "no.toml")
    path = tmp_path / "bytes.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ReferenceDataError, match="is no TOML"):
        theatre(path)


def test_oblasts_meet_at_the_border_where_osm_says() -> None:
    kursk, belgorod = theatre("kursk").region, theatre("belgorod").region
    assert kursk is not None
    assert belgorod is not None
    for lon, lat in [(34.386, 51.843), (35.351, 50.975)]:
        point = shapely.Point(lon, lat)
        assert kursk.boundary.distance(point) < 0.005
        assert reference.border().distance(point) < 0.005
    assert shapely.area(kursk.intersection(belgorod)) < 1e-9
    assert kursk.touches(belgorod) or kursk.distance(belgorod) < 1e-9


@pytest.mark.parametrize("name", ["kursk", "belgorod", "sumy", "kharkiv"])
def test_regions_are_valid_and_end_at_the_border(name: str) -> None:
    region = theatre(name).region
    assert region is not None
    assert region.is_valid
    assert region.geom_type in ("Polygon", "MultiPolygon")
    line = reference.border()
    assert line.intersection(region.buffer(-1e-7)).length < 1e-4
    # Along the border, not near it: no gap is left between the two sides.
    assert line.intersection(region.buffer(1e-7)).length > 1


@pytest.mark.parametrize("name", ["sumy", "kharkiv"])
def test_strips_are_40_km_deep(name: str) -> None:
    region = theatre(name).region
    assert region is not None
    # A degree of longitude made as long as one of latitude, near enough.
    lat = region.centroid.y
    squeezed = [
        shapely.transform(shape, lambda xy: xy * (math.cos(math.radians(lat)), 1))
        for shape in (region, reference.border())
    ]
    corners = shapely.points(shapely.get_coordinates(squeezed[0]))
    assert 111.25 * shapely.distance(corners, squeezed[1]).max() == pytest.approx(
        40, rel=0.02
    )


def test_the_two_sides_share_the_border_and_nothing_else() -> None:
    ukraine, russia = reference.ukraine_and_russia()
    assert shapely.area(ukraine.intersection(russia)) == 0
    assert ukraine.contains(SUMY)
    assert russia.contains(SUDZHA)
    assert not ukraine.interiors
    assert not russia.interiors


# One's own


def test_what_is_known_better_takes_the_preset_s_place() -> None:
    square = shapely.box(35, 51, 36, 52)
    for region in (square, gpd.GeoSeries([square]), gpd.GeoSeries([square], crs=4326),
                   gpd.GeoDataFrame(geometry=[square], crs=4326)):  # fmt: skip
        mine = theatre("kursk", region=region, held="occupied", contested=[])
        assert mine.region is not None
        assert mine.region.equals(square)
        assert mine.held == {Status.OCCUPIED}
        assert mine.contested == frozenset()
        assert mine.border == theatre("kursk").border


def test_tables_in_other_projections_are_brought_home() -> None:
    square = gpd.GeoSeries([shapely.box(35, 51, 36, 52)], crs=4326)
    for crs in (3857, 32636):
        region = theatre("kursk", region=square.to_crs(crs)).region
        assert region is not None
        assert region.symmetric_difference(square.iloc[0]).area < 1e-8
    line = gpd.GeoSeries([shapely.LineString([(35, 51), (36, 51)])], crs=4326)
    border = theatre("kursk", border=line.to_crs(3857)).border
    assert border is not None
    assert border.distance(shapely.Point(35.5, 51)) < 1e-8


def test_parts_of_a_region_are_united_and_lines_of_a_border_joined() -> None:
    halves = gpd.GeoSeries(
        [shapely.box(35, 51, 35.5, 52), shapely.box(35.5, 51, 36, 52)]
    )
    assert theatre("kursk", region=halves).region.geom_type == "Polygon"
    lines = gpd.GeoSeries(
        [
            shapely.LineString([(35, 51), (35.5, 51)]),
            shapely.LineString([(35.5, 51), (36, 51)]),
        ]
    )
    assert theatre("kursk", border=lines).border.geom_type == "LineString"


def test_the_plane_is_centred_on_the_region_or_else_on_the_border() -> None:
    line = shapely.LineString([(35, 51), (36, 51)])
    both = Theatre("both", shapely.box(35, 51, 36, 52), line)
    alone = Theatre("alone", border=line)
    for where, lat in [(both, 51.5), (alone, 51.0)]:
        assert where.crs is not None
        to_degrees = pyproj.Transformer.from_crs(where.crs, 4326, always_xy=True)
        assert to_degrees.transform(0, 0) == pytest.approx((35.5, lat))


def test_a_theatre_is_plain_data() -> None:
    one, other = theatre("kursk"), theatre("kursk")
    assert one == other
    assert hash(one) == hash(other)
    assert replace(one, name="other") != one
    with pytest.raises(FrozenInstanceError):
        one.name = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "meant"),
    [("Sevastopol", "Crimea"), ("Севастополь", "Crimea"), ("DNR", "Donetsk Oblast"),
     ("Kharkiv raion", "Kharkiv Oblast"), ("Zaporojie", "Zaporizhia Oblast")],
)  # fmt: skip
def test_what_is_no_oblast_is_asked_back(name: str, meant: str) -> None:
    with pytest.raises(TheatreError, match=f"Did you mean .*'{meant}'"):
        theatre(name)


def test_names_are_listed_where_one_is_not_known() -> None:
    with pytest.raises(
        TheatreError, match=r"No theatre 'Curland'.*belgorod, everywhere, kharkiv"
    ):
        theatre("Curland")
    with pytest.raises(OptionError, match="'ocupied' is not known"):
        theatre("kursk", held="ocupied")


@pytest.mark.parametrize(
    ("region", "message"),
    [
        (shapely.LineString([(35, 51), (36, 52)]), "Expected a Polygon"),
        (shapely.Point(35, 51), "Expected a Polygon"),
        (shapely.Polygon(), "Expected a Polygon"),
        (gpd.GeoSeries([], crs=4326), "Expected a Polygon"),
        (shapely.box(3.9e6, 6.6e6, 4e6, 6.7e6), "leaves longitude"),
        (shapely.box(51, 35, 52, 36), "degrees from its region"),
        ("oblasts.geojson", r"read_region\(\) and read_border\(\) read files"),
    ],
)
def test_what_is_no_region_here_is_refused(region: object, message: str) -> None:
    with pytest.raises(ReferenceDataError, match=message):
        theatre("kursk", region=region)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("border", "message"),
    [
        (shapely.box(35, 51, 36, 52), "Expected a LineString or Multi"),
        (shapely.LineString(), "Expected a LineString or Multi"),
        (shapely.LineString([(51, 35), (52, 36)]), "degrees from its region"),
        (shapely.LineString([(3.9e6, 6.6e6), (4e6, 6.7e6)]), "leaves longitude"),
    ],
)
def test_what_is_no_border_here_is_refused(border: object, message: str) -> None:
    with pytest.raises(ReferenceDataError, match=message):
        theatre("kursk", border=border)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("region", "message"),
    [
        (gpd.GeoSeries([shapely.box(35, 51, 36, 52)], crs=4326), "is a GeoSeries"),
        (shapely.Polygon([(35, 51), (36, 52), (36, 51), (35, 52)]), "is invalid"),
        (shapely.box(3.9e6, 6.6e6, 4e6, 6.7e6), "leaves longitude"),
        ("kursk", "is a str"),
    ],
)
def test_a_theatre_of_one_s_own_is_looked_at_too(region: object, message: str) -> None:
    with pytest.raises(ReferenceDataError, match=message):
        Theatre("mine", region=region)  # type: ignore[arg-type]


def test_statuses_of_a_theatre_may_be_words() -> None:
    words: Any = ("mine", None, None, ["occupied"], "contested")
    mine = Theatre(*words)
    assert (mine.held, mine.contested) == ({Status.OCCUPIED}, {Status.CONTESTED})
    strange: Any = {"held": "held"}
    with pytest.raises(OptionError, match="Status 'held' is not known"):
        Theatre("mine", **strange)


def test_a_closed_line_is_a_line() -> None:
    ring = shapely.box(35, 51, 36, 52).exterior
    assert Theatre("enclave", border=ring).crs is not None
