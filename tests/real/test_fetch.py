"""The real maps, served by this machine as they are served by their publisher."""

import tarfile
from pathlib import Path

import pandas as pd
import pytest

import kursk_geo as kg
from kursk_geo.sources import deepstate, http
from server import LocalServer
from server import deepstate as history_of

START, END = "2025-04-08", "2025-04-20"


def test_one_history_from_folder_and_live_server(
    window_path: Path,
    window: kg.ControlHistory,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    first, last = (pd.Timestamp(day, tz="UTC").timestamp() for day in (START, END))
    raw = {}
    with tarfile.open(window_path) as archive:
        for member in archive:
            stream = archive.extractfile(member)
            if stream is not None:
                raw[int(Path(member.name).stem)] = stream.read()
    expected = window.between(START, END)
    monkeypatch.setattr(http, "PAUSE_S", 0.0)
    monkeypatch.setenv("KURSK_GEO_CACHE", str(tmp_path / "cache"))
    with LocalServer() as server:
        server.add("/api/history/*", history_of(raw))
        monkeypatch.setattr(deepstate, "API", f"{server.base}/api/history")
        live = kg.fetch_history(
            "deepstate", start=START, end=END, into=tmp_path / "maps"
        )
        asked = server.paths("/geojson")
    assert len(asked) == sum(first <= number < last + 86_400 for number in raw)
    for found in (live, kg.read_history(tmp_path / "maps")):
        assert found.shapes.equals(expected.shapes)
        assert found.shapes.to_wkb().equals(expected.shapes.to_wkb())
