"""DeepState's own areas, and the same computed from its maps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

import kursk_geo as kg
from builders import (
    DAY_S,
    ELSEWHERE,
    GREY,
    HELD,
    LIBERATED,
    NOON,
    feature,
    make_history,
    tile,
)
from kursk_geo.errors import (
    DateNotFoundError,
    LicenceError,
    OfflineError,
    OptionError,
    SourceError,
)
from kursk_geo.fetch import Endpoints, deepstate_areas, verify_areas
from server import DeepState, File, LocalServer, Status
from services import endpoints, impatient

R_KM = 6378.137


def on_the_sphere_km2(shape: BaseGeometry) -> float:
    """Area by the excess of triangles with the pole: another formula than ours."""

    def ring(coords: np.ndarray[Any, Any]) -> float:
        lon, lat = np.radians(coords[:, 0]), np.radians(coords[:, 1])
        dlon = np.diff(lon)
        # Chamberlain and Duquette's trapezoid, edge by edge.
        return abs(float(np.sum(dlon * (2 + np.sin(lat[1:]) + np.sin(lat[:-1])))) / 2)

    assert isinstance(shape, shapely.Polygon)
    shell = ring(np.asarray(shape.exterior.coords))
    holes = sum(ring(np.asarray(one.coords)) for one in shape.interiors)
    return (shell - holes) * R_KM**2


@pytest.fixture
def drawn() -> dict[str, Any]:
    """A map of five shapes, one of them with a hole, one of them twice."""
    ring = tile(20, 0, 6, 6) - tile(22, 2, 2, 2)
    return {
        "held": tile(0, 0, 4, 3),
        "far": tile(10, 0, 2, 2),
        "ring": ring,
        "grey": tile(4, 0, 2, 3),
        "elsewhere": tile(0, -30, 5, 5),
    }


@pytest.fixture
def service(drawn: dict[str, Any]) -> DeepState:
    features = [
        feature(drawn["held"], fill=HELD),
        feature(drawn["far"], fill=HELD),
        feature(drawn["ring"], fill=LIBERATED),
        feature(drawn["held"], fill=LIBERATED),
        feature(drawn["grey"], fill=GREY),
        feature(drawn["elsewhere"], fill=ELSEWHERE),
    ]
    areas = {name: on_the_sphere_km2(shape) for name, shape in drawn.items()}
    rows = [
        ("liberated", areas["ring"] + areas["held"], "6.931", LIBERATED),
        ("other_territories", areas["held"] + areas["far"], "0.003", HELD.upper()),
        ("unspecified", areas["grey"] + 1.5, "0.001%", GREY),
        ("unspecified", 10.0, None, "#bcaaa4"),
    ]
    names = ("type", "area", "percent", "hash")
    document = {"type": "FeatureCollection", "features": features}
    return DeepState(
        {NOON: json.dumps(document).encode()},
        areas={NOON: [dict(zip(names, row, strict=True)) for row in rows]},
    )


@pytest.fixture
def there(service: DeepState, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """Options that lead to the service, and to a cache of the test's own."""
    with LocalServer() as server, impatient() as session:
        server.add("/deepstate/api/history/*", service)
        cache = tmp_path / "cache"
        yield {"cache_dir": cache, "endpoints": endpoints(server, session=session)}


def test_published_areas_are_a_table(there: dict[str, Any]) -> None:
    table = deepstate_areas(NOON, **there)
    assert list(table) == ["type", "status", "area_km2", "percent", "hash"]
    assert table.type.tolist() == [
        "liberated",
        "other_territories",
        "unspecified",
        "unspecified",
    ]
    assert table.status.tolist() == [
        "liberated",
        "held_in_russia",
        "contested_in_russia",
        "contested",
    ]
    assert table.percent.tolist()[:2] == [6.931, 0.003]
    assert table.percent.isna().tolist() == [False, False, True, True]
    assert table.attrs["snapshot_utc"] == "2025-03-01T12:00:00+00:00"
    assert table.dtypes.astype(str).to_dict()["area_km2"] == "float64"
    assert deepstate_areas(str(NOON), **there).equals(table)  # as histories have ids


def test_a_fetched_map_is_measured_as_it_was_drawn(there: dict[str, Any]) -> None:
    table = verify_areas(NOON, **there).set_index("status")
    assert list(table.index) == [
        "liberated",
        "held_in_russia",
        "contested",
        "contested_in_russia",
        "outside",
    ]
    difference = table.difference_km2
    assert difference[["liberated", "held_in_russia"]].abs().max() < 1e-9
    assert difference["contested_in_russia"] == pytest.approx(-1.5)
    assert difference["contested"] == -10.0
    assert table.n_shapes.to_dict()["contested"] == 0
    assert np.isnan(table.published_km2["outside"])
    assert np.isnan(table.relative_difference["outside"])
    assert table.computed_km2["outside"] > 24
    assert table.relative_difference["contested"] == -1.0
    assert table.n_shapes["liberated"] == 2


def test_a_history_gives_the_same_as_its_maps(
    service: DeepState, there: dict[str, Any], tmp_path: Path
) -> None:
    for number, raw in service.maps.items():
        (tmp_path / f"{number}.geojson").write_bytes(raw)
    history = kg.read_history(tmp_path)
    table = verify_areas(history, **there)
    pd.testing.assert_frame_equal(table, verify_areas(NOON, **there))
    published = deepstate_areas(NOON, **there)
    # Nothing of the network is needed with the published figures at hand.
    nowhere = Endpoints(deepstate="https://example.invalid")
    offline = verify_areas(
        history, at="2025-03-01", published=published, endpoints=nowhere, offline=True
    )
    pd.testing.assert_frame_equal(offline, table)


def test_what_a_repair_added_is_told(tmp_path: Path) -> None:
    bow = shapely.Polygon([(35, 51), (35.1, 51.1), (35.1, 51), (35, 51.1)])
    features = [feature(bow, fill=HELD)]
    raw = json.dumps({"type": "FeatureCollection", "features": features})
    (tmp_path / f"{NOON}.geojson").write_text(raw)
    nothing = pd.DataFrame({"status": ["held_in_russia"], "area_km2": [0.0]})
    row = verify_areas(kg.read_history(tmp_path), published=nothing).iloc[0]
    assert row["repair_km2"] > 30
    assert row["computed_km2"] == pytest.approx(row["repair_km2"], rel=0.01)
    assert np.isnan(row["relative_difference"])


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.tuples(st.integers(-30, 30), st.integers(1, 9)), max_size=4))
def test_shapes_are_added_up_one_by_one(tiles: list[tuple[int, int]]) -> None:
    """Overlaps count in each: the sum is that of the shapes, in any order."""
    shapes = [tile(x_km, 0, width_km, 2) for x_km, width_km in tiles]
    total = float(sum(map(on_the_sphere_km2, shapes)))
    history = make_history({NOON: [feature(shape, fill=HELD) for shape in shapes]})
    published = pd.DataFrame({"status": ["held_in_russia"], "area_km2": [total]})
    row = verify_areas(history, published=published).iloc[0]
    assert row["difference_km2"] == pytest.approx(0.0, abs=1e-9)
    assert row["n_shapes"] == len(tiles)


# --- errors


@pytest.mark.parametrize("number", [0, -1, 20250415, True, "maps/", "20250415", 1.7e9])
def test_an_id_is_an_instant(number: Any) -> None:
    with pytest.raises(OptionError, match="unix seconds"):
        deepstate_areas(number)
    with pytest.raises(OptionError, match="unix seconds"):
        verify_areas(number)


def test_areas_that_are_not_there(
    there: dict[str, Any], service: DeepState, history: kg.ControlHistory
) -> None:
    service.status = 401
    with pytest.raises(LicenceError, match="deepstate-archive"):
        verify_areas(history, **there)
    with pytest.raises(OfflineError, match=f"{NOON}/areas"):
        deepstate_areas(NOON, offline=True, **there)


@pytest.mark.parametrize("body", [b'{"error": 1}', b"[3]", b'[{"area": "much"}]'])
def test_an_answer_that_is_no_list(tmp_path: Path, body: bytes) -> None:
    with LocalServer() as server:
        server.add(f"/deepstate/api/history/{NOON}/areas", File(body))
        with pytest.raises(SourceError, match="no list of areas"):
            deepstate_areas(NOON, cache_dir=tmp_path, endpoints=endpoints(server))


def test_only_whole_histories_of_deepstate(
    strip: kg.ControlHistory, history: kg.ControlHistory
) -> None:
    with pytest.raises(OptionError, match="cut to 'strip'"):
        verify_areas(strip)
    with pytest.raises(DateNotFoundError):
        verify_areas(history, at="2020-01-01")
    empty = history.between("2020-01-01", "2020-01-02")
    with pytest.raises(DateNotFoundError, match="empty"):
        verify_areas(empty)


def test_a_map_that_is_not_public(tmp_path: Path) -> None:
    with LocalServer() as server:
        server.add(f"/deepstate/api/history/{NOON + DAY_S}/areas", File(b"[]"))
        server.add("/deepstate/api/history/*", Status(403))
        with pytest.raises(LicenceError, match="answered 403"):
            verify_areas(NOON + DAY_S, cache_dir=tmp_path, endpoints=endpoints(server))
