import math
from dataclasses import FrozenInstanceError, replace
from typing import Any

import geopandas as gpd
import pyproj
import pytest
import shapely

from kursk_geo import reference
from kursk_geo.errors import OptionError, ReferenceDataError, TheatreError
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
        side = "held_in_russia" if name in ("kursk", "belgorod") else "occupied"
        assert preset.name == name
        assert preset.held == {side}
        assert preset.contested == grey


def test_ukraine_is_everything_without_a_border() -> None:
    everything = theatre("ukraine")
    assert everything.region is None
    assert everything.border is None
    assert everything.crs is None


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


def test_names_are_listed_where_one_is_not_known() -> None:
    with pytest.raises(
        TheatreError, match=r"No theatre 'Kursk'.*belgorod, kharkiv, kursk"
    ):
        theatre("Kursk")
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
