"""The command line that fetches, from a cache that has what it asks for."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import kursk_geo as kg
from builders import NOON
from kursk_geo.cli import app
from kursk_geo.download import Sidecar, entry_path, write_sidecar

API = "https://deepstatemap.live/api/history"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def put(cache: Path, url: str, body: bytes) -> None:
    """A file as if it had been fetched."""
    path = entry_path(cache, url)
    path.parent.mkdir(parents=True)
    path.write_bytes(body)
    now = datetime(2025, 4, 1, tzinfo=UTC)
    sidecar = Sidecar(
        url=url,
        fetched_utc=now,
        checked_utc=now,
        etag=None,
        last_modified=None,
        sha256=sha256(body).hexdigest(),
        size_bytes=len(body),
        licence="",
        expect="json",
    )
    write_sidecar(path, sidecar)


@pytest.fixture
def cache(tmp_path: Path, maps_folder: Path) -> Path:
    """A cache that holds the drawn maps, as DeepState's."""
    folder = tmp_path / "cache"
    numbers = sorted(int(path.stem) for path in maps_folder.iterdir())
    listed = json.dumps([{"id": number} for number in numbers]).encode()
    put(folder, f"{API}/public", listed)
    for number in numbers:
        body = (maps_folder / f"{number}.geojson").read_bytes()
        put(folder, f"{API}/{number}/geojson", body)
    row = {"type": "other_territories", "area": 16.0, "percent": "1", "hash": "#01579b"}
    put(folder, f"{API}/{NOON + 86_400}/areas", json.dumps([row]).encode())
    return folder


def test_fetch_puts_maps_into_a_folder(
    cache: Path, tmp_path: Path, history: kg.ControlHistory
) -> None:
    into = tmp_path / "maps"
    options = ("--offline", "--cache-dir", cache, "--into", into)
    days = ("--from", "2025-03-02", "--to", "2025-03-03")
    result = run("fetch", "deepstate", *days, *options)
    assert result.exit_code == 0, result.stderr
    assert result.stdout == ""
    assert (
        "Fetched 2 maps of deepstate, 2025-03-02 12:00 to 2025-03-03" in result.stderr
    )
    assert "DeepStateMap.Live" in result.stderr
    expected = history.between("2025-03-02", "2025-03-03")
    assert kg.read_history(into).shapes.equals(expected.shapes)
    assert run("info", into).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["fetch", "isw"], "--accept-terms"),
        (["fetch", "nzz"], "cannot be fetched"),
        (["fetch", "deepstate", "--offline"], "not in the cache"),
        (["fetch", "deepstate", "--from", "2025-13-40"], "as a date"),
        (["verify", "17"], "unix seconds"),
        (["verify", "no/such/folder"], "There is no no/such/folder"),
        (["fetch", "deepstate-archive", "--commit", "main"], "40 hexadecimal"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    tmp_path: Path, arguments: list[str], words: str
) -> None:
    result = run(*arguments, "--cache-dir", tmp_path / "empty")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


def test_verify_tells_the_differences(cache: Path, maps_folder: Path) -> None:
    options = ("--offline", "--cache-dir", cache)
    number = NOON + 86_400
    by_id: dict[str, Any] = json.loads(
        run("verify", number, *options, "--format", "json").stdout
    )
    assert by_id["snapshot_id"] == str(number)
    assert by_id["method"] == "spherical"
    rows = {row["status"]: row for row in by_id["rows"]}
    # A tongue of 4 by 3 km and a square of 2 by 2 km, by the sphere 0.15 % less.
    held = rows["held_in_russia"]
    assert held["difference_km2"] == pytest.approx(0.0, abs=0.05)
    assert rows["outside"]["published_km2"] is None
    of_maps = run("verify", maps_folder, "--at", "2025-03-02", *options)
    assert "published and computed areas differ by 0.0" in of_maps.stdout
    assert "Published" in of_maps.stdout
    assert f"Map {number} of 2025-03-02T12:00:00" in of_maps.stdout


def test_the_cache_is_listed_and_cleared(cache: Path) -> None:
    (cache / "notes.txt").write_text("mine")
    listed = json.loads(
        run("cache", "list", "--cache-dir", cache, "--format", "json").stdout
    )
    assert len(listed["rows"]) == 7
    assert listed["rows"][0]["fetched_utc"] == "2025-04-01T00:00:00Z"
    assert listed["folder"] == str(cache)
    shown = run("cache", "list", "--cache-dir", cache).stdout
    assert "7 files" in shown
    assert f"{API}/public" in shown
    elsewhere = run("cache", "clear", "--cache-dir", cache, "--host", "github.com")
    assert "Removed 0 files" in elsewhere.stderr
    assert "Removed 7 files" in run("cache", "clear", "--cache-dir", cache).stderr
    empty = run("cache", "list", "--cache-dir", cache)
    assert "0 files, 0.0 MB" in empty.stdout
    assert (cache / "notes.txt").read_text() == "mine"
