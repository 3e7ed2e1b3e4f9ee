"""The real maps, served by this machine as they are served by their publishers."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

import kursk_geo as kg
from kursk_geo.fetch import COMMIT, Endpoints
from server import DeepState, LocalServer
from services import Overpass, add_archive, endpoints, impatient, relation_of

START, END = "2025-02-15", "2025-04-30"


@pytest.fixture(scope="module")
def raw(window_path: Path) -> dict[int, bytes]:
    """The maps of the window, as their publisher serves them."""
    first, last = (pd.Timestamp(day, tz="UTC").timestamp() for day in (START, END))
    maps = {}
    with tarfile.open(window_path) as archive:
        for member in archive:
            number = int(Path(member.name).stem)
            stream = archive.extractfile(member)
            if stream is not None and first <= number < last + 86_400:
                maps[number] = stream.read()
    return maps


@pytest.fixture(scope="module")
def server(raw: dict[int, bytes]) -> Iterator[LocalServer]:
    with LocalServer() as running:
        running.add("/deepstate/api/history/*", DeepState(raw))
        yield running


@pytest.fixture(scope="module")
def there(server: LocalServer) -> Iterator[Endpoints]:
    with impatient() as session:
        yield endpoints(server, session=session)


def same(one: kg.ControlHistory, other: kg.ControlHistory) -> None:
    """Equal to the last bit; only ``origin`` tells the container."""
    assert one.shapes.equals(other.shapes)
    assert one.shapes.to_wkb().equals(other.shapes.to_wkb())
    left, right = (h.snapshots.drop(columns="origin") for h in (one, other))
    assert left.equals(right)
    assert one.rejected.equals(other.rejected)


def test_one_history_from_folder_tarball_store_and_live_server(
    *,
    server: LocalServer,
    there: Endpoints,
    raw: dict[int, bytes],
    window: kg.ControlHistory,
    tmp_path: Path,
) -> None:
    expected = window.between(START, END)
    options: dict[str, Any] = {"cache_dir": tmp_path / "cache", "endpoints": there}
    days: dict[str, Any] = {"start": START, "end": END}
    live = kg.fetch_history("deepstate", into=tmp_path / "maps", **days, **options)
    assert len(live.snapshots) == len(raw)
    same(live, expected)
    same(kg.read_history(tmp_path / "maps"), expected)
    few = dict(sorted(raw.items())[:12])
    add_archive(
        server,
        {f"geojsons/{i}.geojson": body for i, body in few.items()},
        commit=COMMIT,
    )
    last = pd.Timestamp(max(few), unit="s", tz="UTC")
    packed = kg.fetch_history("deepstate-archive", **days, **options)
    same(packed, window.between(START, last))
    same(kg.open_store(kg.write_store(live, tmp_path / "live.parquet")), expected)
    server.seen.clear()
    same(kg.fetch_history("deepstate", offline=True, **days, **options), expected)
    assert server.seen == []


COLUMNS = {
    "held_in_russia": "area_held_unclipped_sphere_km2",
    "contested_in_russia": "area_grey_bdbdbd_unclipped_sphere_km2",
}


def test_areas_as_published_come_out_again(
    server: LocalServer,
    there: Endpoints,
    truth: pd.DataFrame,
    tmp_path: Path,
) -> None:
    """An independent script's figures, in the place of DeepState's."""
    service = server.find("/deepstate/api/history/public")
    assert isinstance(service, DeepState)
    colours = {"held_in_russia": "#01579b", "contested_in_russia": "#bdbdbd"}
    days = truth.drop_duplicates("snapshot").set_index("snapshot")
    checked = [number for number in sorted(service.maps) if number in days.index][::8]
    assert len(checked) > 5
    for number in checked:
        areas = days.loc[number, list(COLUMNS.values())].astype(float).to_dict()
        service.areas = {
            number: [
                {
                    "type": "other_territories",
                    "area": areas[column],
                    "percent": "0.1",
                    "hash": colours[status],
                }
                for status, column in COLUMNS.items()
            ]
        }
        table = kg.verify_areas(number, cache_dir=tmp_path, endpoints=there)
        difference = table.set_index("status").difference_km2
        # The figures at hand have two decimals.
        assert difference[list(COLUMNS)].abs().max() < 0.0051, number
        assert table.computed_km2.min() > 0


def test_oblasts_are_stitched_from_their_ways(
    oblasts_path: Path, tmp_path: Path
) -> None:
    oblasts = gpd.read_file(oblasts_path)
    codes = {"Kursk Oblast": "RU-KRS", "Sumy Oblast": "UA-59"}
    column = next(name for name in oblasts if set(codes) <= set(oblasts[name]))
    with LocalServer() as server, impatient() as session:
        for name, code in codes.items():
            area = oblasts.set_index(column).geometry[name]
            relation = relation_of(area, name=name, n_ways=60)
            server.add("/overpass/interpreter", Overpass({code: [relation]}))
            region = kg.fetch_region(
                name, cache_dir=tmp_path, endpoints=endpoints(server, session=session)
            )
            assert shapely.equals(region.geometry[0], area)
            assert json.dumps(region.attrs)
