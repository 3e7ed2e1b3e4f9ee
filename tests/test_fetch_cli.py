"""The command line that fetches, from a cache that has what it asks for."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import kursk_geo as kg
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
