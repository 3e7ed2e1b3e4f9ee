"""Benchmarks: they print ratios against the plain way, and assert no time."""

from pathlib import Path

import pytest

from real_maps import WINDOW, path_of


@pytest.fixture(scope="session")
def window_path() -> Path:
    """293 real maps."""
    return path_of(WINDOW)
