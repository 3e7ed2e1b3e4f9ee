"""Borders, regions and places from servers on this machine."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from builders import tile
from kursk_geo.download import PAUSES_S, cache_entries
from kursk_geo.errors import (
    CoarseBorderWarning,
    DownloadError,
    OfflineError,
    OptionError,
    ReferenceDataError,
)
from kursk_geo.fetch import Endpoints, fetch_border, fetch_places, fetch_region
from kursk_geo.reference import border, ukraine_and_russia
from server import File, LocalServer, RawFiles, lfs_pointer, redirect, web_page
from services import Overpass, endpoints, impatient, points, relation_of, ways

KURSK = tile(0, 0, 40, 30) - tile(10, 10, 4, 4)
"""A drawn region with a hole; nothing like the real one."""


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with LocalServer() as running:
        yield running


@pytest.fixture
def there(server: LocalServer, tmp_path: Path) -> Iterator[dict[str, Any]]:
    with impatient() as session:
        cache = tmp_path / "cache"
        yield {"cache_dir": cache, "endpoints": endpoints(server, session=session)}


def overpass(server: LocalServer, **answers: Sequence[Any]) -> Overpass:
    route = Overpass(answers)
    server.add("/overpass/interpreter", route)
    return route


# --- regions


def test_a_region_is_stitched_from_its_ways(
    server: LocalServer, there: dict[str, Any]
) -> None:
    server.add("/overpass/interpreter", Overpass({'"RU-KRS"': [relation_of(KURSK)]}))
    for name in ("Kursk Oblast", "kursk", "RU-KRS"):
        region = fetch_region(name, **there)
        assert region.name.tolist() == ["Kursk Oblast"]
        assert region.geometry[0].equals(KURSK)
    assert region.crs == "EPSG:4326"
    assert region.attrs["attribution"] == "© OpenStreetMap contributors"
    assert "ODbL" in region.attrs["licence"]
    assert region.attrs["accuracy"].startswith("vertices ")
    query = server.seen[0].query["data"]
    assert '["ISO3166-2"="RU-KRS"]["admin_level"="4"];out geom;' in query
    entries = cache_entries(cache_dir=there["cache_dir"])
    assert entries.licence.str.contains("ODbL").all()
    server.seen.clear()
    assert fetch_region("kursk", offline=True, **there).geometry[0].equals(KURSK)
    assert server.seen == []


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(n_ways=st.integers(1, 4), seed=st.integers(0, 99), apart=st.booleans())
def test_order_and_direction_of_ways_do_not_matter(
    *, server: LocalServer, tmp_path: Path, n_ways: int, seed: int, apart: bool
) -> None:
    area = shapely.union_all([KURSK, tile(60, 0)]) if apart else KURSK
    found = [relation_of(area, n_ways=n_ways, seed=seed)]
    server.add("/overpass/interpreter", Overpass({"RU-KRS": found}))
    region = fetch_region("kursk", cache_dir=tmp_path, endpoints=endpoints(server))
    assert region.geometry[0].equals(area)


def test_an_outline_that_does_not_close(
    server: LocalServer, there: dict[str, Any]
) -> None:
    broken = relation_of(KURSK)
    broken["members"] = broken["members"][:-4]
    server.add("/overpass/interpreter", Overpass({"RU-KRS": [broken]}))
    with pytest.raises(ReferenceDataError, match=r"does not close near 3\d\.\d+ E"):
        fetch_region("Kursk", **there)
    broken["members"] = []
    with pytest.raises(ReferenceDataError, match="has no outline"):
        fetch_region("Kursk", **there)
    server.add("/overpass/interpreter", Overpass({}))
    with pytest.raises(ReferenceDataError, match="0 regions with the code RU-KRS"):
        fetch_region("Kursk", **there)


def test_a_query_that_ran_out_of_time_comes_with_200(
    server: LocalServer, there: dict[str, Any]
) -> None:
    remark = 'runtime error: Query timed out in "query" at line 1 after 181 seconds.'
    server.add("/overpass/interpreter", Overpass({}, remark=remark))
    with pytest.raises(DownloadError, match="status 504"):
        fetch_region("Kursk", **there)
    server.add("/overpass/interpreter", web_page())
    with pytest.raises(DownloadError, match="a web page"):
        fetch_border(**there)
    assert cache_entries(cache_dir=there["cache_dir"]).empty


def test_nominatim_gives_an_area_by_number(
    server: LocalServer, there: dict[str, Any]
) -> None:
    place = {
        "osm_type": "relation",
        "display_name": "Kursk Oblast, Central Federal District, Russia",
        "geojson": mapping(KURSK),
    }
    server.add("/nominatim/lookup", File(json.dumps([place]).encode()))
    region = fetch_region("Kursk Oblast", source="nominatim", **there)
    assert region.geometry[0].equals(KURSK)
    assert region.name.tolist() == ["Kursk Oblast"]
    assert server.seen[0].query == {
        "osm_ids": "R72223",
        "polygon_geojson": "1",
        "format": "jsonv2",
    }
    assert "kursk-geo" in server.seen[0].headers["User-Agent"]
    with pytest.raises(OptionError, match="relation=, its number"):
        fetch_region("Sumy Oblast", source="nominatim", **there)
    for body in (b"[]", b"{}", json.dumps([{**place, "geojson": 1}]).encode()):
        server.add("/nominatim/lookup", File(body))
        with pytest.raises(ReferenceDataError, match="no area for relation 5"):
            fetch_region("Sumy", source="nominatim", relation=5, **there)
    point = json.dumps([{**place, "geojson": mapping(shapely.Point(1, 2))}])
    server.add("/nominatim/lookup", File(point.encode()))
    with pytest.raises(ReferenceDataError, match="is a Point"):
        fetch_region("Sumy", source="nominatim", relation=6, **there)


def test_nominatim_is_asked_once_a_second() -> None:
    host = urlsplit(Endpoints().nominatim).hostname
    assert PAUSES_S[str(host)] >= 1.0


def boundary(server: LocalServer, where: str, areas: dict[str, BaseGeometry]) -> str:
    """geoBoundaries: facts, and a file behind the redirect of Git LFS."""
    features = [
        {
            "type": "Feature",
            "properties": {"shapeName": name, "shapeISO": "", "shapeGroup": "RUS"},
            "geometry": mapping(area),
        }
        for name, area in areas.items()
    ]
    body = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    large = server.add(f"/media/geoBoundaries/{where}.geojson", File(body))
    url = server.add(f"/github/geoBoundaries/raw/{where}.geojson", redirect(large))
    facts = {
        "boundaryName": "Russia",
        "boundaryLicense": "Open Data Commons Open Database License 1.0",
        "boundarySource": "OpenStreetMap, Wambacher",
        "boundaryYearRepresented": "2017",
        "gjDownloadURL": url,
    }
    server.add(f"/geoboundaries/gbOpen/{where}/", File(json.dumps(facts).encode()))
    return url


def test_a_region_of_geoboundaries_with_its_licence(
    server: LocalServer, there: dict[str, Any]
) -> None:
    areas = {"Kursk Oblast": KURSK, "Belgorod Oblast": tile(0, -40, 20, 20)}
    url = boundary(server, "RUS/ADM1", areas)
    region = fetch_region("Kursk", source="geoboundaries", **there)
    assert region.geometry[0].equals(KURSK)
    assert region.attrs["licence"] == "Open Data Commons Open Database License 1.0"
    assert region.attrs["attribution"].endswith("OpenStreetMap, Wambacher")
    assert region.attrs["url"] == url
    entries = cache_entries(cache_dir=there["cache_dir"]).set_index("url")
    assert "Open Database" in entries.licence[url]
    with pytest.raises(
        ReferenceDataError, match=r"0 areas named 'Kursq'.*Kursk Oblast"
    ):
        fetch_region("Kursq", source="geoboundaries", country="RUS", **there)
    with pytest.raises(OptionError, match="three letters"):
        fetch_region("Volyn Oblast", source="geoboundaries", **there)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"gjDownloadURL": "https://x"}, "states no licence"),
        ({"boundaryLicense": "CC"}, "states no address"),
        ([], "does not describe"),
    ],
)
def test_a_boundary_without_a_licence_is_not_used(
    server: LocalServer, there: dict[str, Any], facts: Any, words: str
) -> None:
    server.add("/geoboundaries/gbOpen/RUS/ADM1/", File(json.dumps(facts).encode()))
    with pytest.raises(ReferenceDataError, match=words):
        fetch_region("Kursk", source="geoboundaries", **there)
    assert len(server.seen) == 1


def test_a_pointer_in_place_of_a_boundary(
    server: LocalServer, there: dict[str, Any]
) -> None:
    boundary(server, "RUS/ADM1", {})
    server.add("/media/geoBoundaries/*", lfs_pointer(b"areas"))
    server.add("/media/geoBoundaries/RUS/ADM1.geojson", lfs_pointer(b"areas"))
    with pytest.raises(DownloadError, match="Git LFS pointer"):
        fetch_region("Kursk", source="geoboundaries", **there)


@pytest.mark.parametrize("name", ["Atlantis", "RU-", 'RU-K"];out', ""])
def test_a_region_that_is_not_known(there: dict[str, Any], name: str) -> None:
    with pytest.raises(OptionError, match="is not known to osm"):
        fetch_region(name, **there)
    with pytest.raises(OptionError, match="Expected osm, nominatim, geoboundaries"):
        fetch_region(name, source="gadm", **there)  # type: ignore[arg-type]  # wrong


# --- the border


def test_the_border_is_the_ways_that_both_countries_have(
    server: LocalServer, there: dict[str, Any]
) -> None:
    elements = [
        {"type": "way", "id": number, "geometry": points(piece)}
        for number, piece in enumerate(ways(border(), 300))
    ]
    server.add("/overpass/interpreter", Overpass({"out geom": elements}))
    table = fetch_border(**there)
    line = table.geometry[0]
    assert line.geom_type == "LineString"
    assert line.equals(border())
    assert table.attrs["accuracy"].endswith(
        "by 0 m on average and 0 m at the 95th percentile"
    )
    query = server.seen[0].query["data"]
    assert '"ISO3166-1"="UA"' in query
    assert '"ISO3166-1"="RU"' in query
    assert '["maritime"!="yes"]' in query


def test_the_border_is_a_stretch_of_an_outline(
    server: LocalServer, there: dict[str, Any]
) -> None:
    ukraine, _ = ukraine_and_russia()
    island = tile(-100, -900, 3, 3)
    boundary(server, "UKR/ADM0", {"Ukraine": shapely.union_all([ukraine, island])})
    table = fetch_border(source="geoboundaries", **there)
    line = table.geometry[0]
    assert line.hausdorff_distance(border()) < 1e-9
    assert table.attrs["licence"].startswith("Open Data Commons")
    assert table.source.tolist() == ["geoboundaries"]


def test_a_coarse_border_is_told(server: LocalServer, there: dict[str, Any]) -> None:
    coarse = shapely.simplify(border(), 0.02)
    way = {"type": "way", "id": 1, "geometry": points(shapely.get_coordinates(coarse))}
    server.add("/overpass/interpreter", Overpass({"out geom": [way]}))
    with pytest.warns(CoarseBorderWarning, match=r"vertices \d,?\d+ m apart"):
        table = fetch_border(**there)
    assert "off the bundled border by" in table.attrs["accuracy"]


def test_another_border_is_refused(server: LocalServer, there: dict[str, Any]) -> None:
    away = shapely.LineString([(10, 50), (12, 52)])
    way = {"type": "way", "id": 1, "geometry": points(shapely.get_coordinates(away))}
    server.add("/overpass/interpreter", Overpass({"out geom": [way]}))
    with pytest.raises(ReferenceDataError, match="it is another one"):
        fetch_border(**there)
    server.add("/overpass/interpreter", Overpass({}))
    with pytest.raises(ReferenceDataError, match="no way that bounds both"):
        fetch_border(**there)
    with pytest.raises(OfflineError, match="geoboundaries"):
        fetch_border(source="geoboundaries", offline=True, **there)


# --- places


def dump(*rows: tuple[str, str, float, float]) -> bytes:
    """GeoNames' archive of a country."""
    lines = [
        "\t".join(
            [
                str(number),
                name,
                name,
                "",
                str(lat),
                str(lon),
                kind,
                "PPL",
                "RU",
                "",
                "38",
                "",
                "",
                "",
                "5000",
                "",
                "150",
                "Europe/Moscow",
                "2024-01-01",
            ]
        )
        for number, (name, kind, lon, lat) in enumerate(rows)
    ]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("readme.txt", "CC BY")
        archive.writestr("RU.txt", "\n".join(lines) + "\n")
    return packed.getvalue()


def test_places_of_a_country(server: LocalServer, there: dict[str, Any]) -> None:
    body = dump(("Sudzha", "P", 35.27, 51.19), ("Psel", "H", 35.2, 51.2))
    server.add("/geonames/*", RawFiles({"RU.zip": body}))
    places = fetch_places("RU", **there)
    assert places["name"].tolist() == ["Sudzha"]
    assert (places.lon[0], places.lat[0]) == (35.27, 51.19)
    assert len(fetch_places("RU", feature_class=None, **there)) == 2
    assert places.attrs["licence"].startswith("CC BY 4.0")
    assert "1 km" in places.attrs["accuracy"]
    assert [seen.status for seen in server.seen] == [200, 304]
    with pytest.raises(OptionError, match="two letters"):
        fetch_places("RUS", **there)
    with pytest.raises(OfflineError, match=r"UA\.zip"):
        fetch_places("UA", offline=True, **there)


def test_spacing_is_on_the_ellipsoid(
    server: LocalServer, there: dict[str, Any]
) -> None:
    # A degree of longitude on the equator is 111,319.5 m, and so is each edge here.
    coords = np.array([(0, 0), (1, 0), (2, 0), (2, -0.001), (0, -0.001), (0, 0)])
    area = shapely.Polygon(coords)
    server.add("/overpass/interpreter", Overpass({"RU-KRS": [relation_of(area)]}))
    region = fetch_region("kursk", **there)
    assert region.attrs["accuracy"] == "vertices 111,319 m apart (median)"
