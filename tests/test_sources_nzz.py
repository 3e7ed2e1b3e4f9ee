import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import ClassVar

import pytest
import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from contract import SourceContract
from kursk_geo.errors import SnapshotError, UnknownStatusWarning
from kursk_geo.snapshots import MapFeature
from kursk_geo.sources import nzz
from kursk_geo.sources.base import Source
from kursk_geo.sources.files import read_history

# South of Kyiv, and either side of the border south of Sudzha.
IN_UKRAINE = shapely.box(34.6, 50.4, 34.9, 50.6)
IN_RUSSIA = shapely.box(35.2, 51.3, 35.5, 51.5)
ACROSS = shapely.box(35.1, 50.9, 35.5, 51.3)
"""Two thirds of it lie in Russia."""


def nzz_file(
    shapes: Iterable[tuple[str | None, BaseGeometry | None]],
    *,
    day: str | None = "2024-08-15",
) -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": {
                "type": kind,
                "date": day,
                "_datefrom": day,
                "_dateto": day,
                "view": "daily",
            },
            "geometry": None if shape is None else mapping(shape),
        }
        for kind, shape in shapes
    ]
    collection = {"type": "FeatureCollection", "features": features}
    return json.dumps({"value": collection}, indent=2).encode()


def areas(raw: bytes, name: str = "2024-08-16.json") -> list[tuple[str, str]]:
    (parsed,) = nzz.parse(raw, name)
    assert not isinstance(parsed, SnapshotError)
    return [
        (one.status, one.label)
        for one in getattr(parsed, "features", [])
        if isinstance(one, MapFeature)
    ]


TWO_DAYS = nzz_file([("gains", IN_UKRAINE)]).replace(
    b'"features": [',
    b'"features": [{"type": "Feature", "properties": {"date": "2024-08-16"}},',
)


class TestContract(SourceContract):
    source: ClassVar[Source] = nzz
    files: ClassVar[Mapping[str, bytes]] = {
        "2024-08-07.json": nzz_file(
            [("nochange", IN_UKRAINE), ("gains", IN_UKRAINE.buffer(0.1))],
            day="2024-08-06",
        ),
        "2024-08-16.json": nzz_file(
            [("nochange", IN_UKRAINE), ("losses", IN_RUSSIA)], day="2024-08-15"
        ),
        "2024-08-17.json": nzz_file(
            [("nochange", IN_UKRAINE), ("losses", IN_RUSSIA)], day="2024-08-15"
        ),
    }


def test_held_by_russia_is_what_stayed_and_what_was_gained() -> None:
    raw = nzz_file([("nochange", IN_UKRAINE), ("gains", ACROSS)])
    assert areas(raw) == [("occupied", "nochange"), ("occupied", "gains")]


@pytest.mark.parametrize(
    ("shape", "day", "status"),
    [
        (IN_UKRAINE, "2024-08-05", "liberated"),
        (IN_UKRAINE, "2024-08-06", "liberated"),
        (IN_RUSSIA, "2024-08-05", "liberated"),
        (IN_RUSSIA, "2024-08-06", "held_in_russia"),
        (ACROSS, "2024-08-06", "held_in_russia"),
    ],
)
def test_what_russia_lost_in_russia_is_held_by_ukraine(
    shape: BaseGeometry, day: str, status: str
) -> None:
    assert areas(nzz_file([("losses", shape)], day=day)) == [(status, "losses")]


def test_lost_ground_is_told_apart_polygon_by_polygon() -> None:
    both = shapely.MultiPolygon([IN_UKRAINE, IN_RUSSIA])
    assert areas(nzz_file([("losses", both)])) == [
        ("liberated", "losses"),
        ("held_in_russia", "losses"),
    ]


def test_lost_ground_that_crosses_itself_is_told_apart_too() -> None:
    bow_tie = shapely.Polygon([(35.2, 51.3), (35.4, 51.5), (35.4, 51.3), (35.2, 51.5)])
    assert areas(nzz_file([("losses", bow_tie)])) == [("held_in_russia", "losses")]


def test_a_map_is_of_the_day_in_it_and_found_on_that_day(tmp_path: Path) -> None:
    path = tmp_path / "2024-08-20.json"
    path.write_bytes(nzz_file([("losses", IN_RUSSIA)], day="2024-08-15"))
    history = read_history(path)
    assert history.at(date(2024, 8, 15)).attrs["staleness_days"] < 0.001
    assert len(history.snapshots) == 1


def test_the_name_tells_the_day_where_the_file_does_not() -> None:
    raw = nzz_file([("gains", IN_UKRAINE)], day=None)
    (parsed,) = nzz.parse(raw, "nzz/2023-01-02.json")
    assert getattr(parsed, "snapshot_id", "") == "2023-01-02"
    with pytest.raises(SnapshotError, match=r"latest\.json: nothing in 'date'"):
        nzz.parse(raw, "latest.json")


def test_what_is_not_known_is_kept_and_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "map.json"
    path.write_bytes(
        nzz_file([("nochange", IN_UKRAINE), ("annexed", IN_RUSSIA), (None, IN_RUSSIA)])
    )
    with pytest.warns(UnknownStatusWarning, match="'annexed' on 1 map; 'no type'"):
        history = read_history(path)
    assert sorted(history.shapes.status) == ["occupied", "unknown", "unknown"]


def test_areas_without_geometry_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "map.json"
    path.write_bytes(nzz_file([("nochange", IN_UKRAINE), ("gains", None)]))
    assert list(read_history(path).rejected.reason) == ["no geometry"]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b'{"value": {"features": [{', "not a whole NZZ map"),
        (b'{"value": 3, "type": "", "_dateto": ""}', "not a whole NZZ map"),
        (nzz_file([("gains", IN_UKRAINE)], day="2204-08-15"), "dated '2204-08-15'"),
        (nzz_file([("gains", IN_UKRAINE)], day="15 August"), "dated '15 August'"),
        (TWO_DAYS, "several days"),
    ],
)
def test_what_is_no_map_is_refused_by_name(raw: bytes, message: str) -> None:
    with pytest.raises(SnapshotError, match=rf"2024-08-16\.json: .*{message}"):
        nzz.parse(raw, "2024-08-16.json")
