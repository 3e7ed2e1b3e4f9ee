"""Benchmarks: they print ratios against the plain way, and assert no time."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def window_path() -> Path:
    """293 real maps; they may not be passed on."""
    folder = Path(os.environ.get("KURSK_GEO_DATA") or ROOT.parent / "shared" / "data")
    path = folder / "deepstate" / "history-2024-07_2025-05.tar.xz"
    if not path.exists():
        pytest.skip(
            f"the real maps may not be passed on, and {path} is not there: set "
            "KURSK_GEO_DATA to a folder that holds them"
        )
    return path
