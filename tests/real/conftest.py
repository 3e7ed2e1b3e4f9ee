"""Fixtures of the real maps; where they are looked for stands in real_maps.py."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import kursk_geo as kg
from real_maps import ADVANCES, ERAS, NZZ, WINDOW, history_of, path_of


@pytest.fixture(scope="session")
def real() -> Callable[[str], Path]:
    """Where one of the real files lies."""
    return path_of


@pytest.fixture(scope="session")
def window_path() -> Path:
    return path_of(WINDOW)


@pytest.fixture(scope="session")
def eras_path() -> Path:
    return path_of(ERAS)


@pytest.fixture(scope="session")
def window() -> kg.ControlHistory:
    """293 maps of 26 July 2024 to 16 May 2025."""
    return history_of(WINDOW)


@pytest.fixture(scope="session")
def eras() -> kg.ControlHistory:
    """Eight maps, one of each era of the format."""
    return history_of(ERAS)


@pytest.fixture(scope="session")
def nzz() -> kg.ControlHistory:
    """The maps of another newsroom, a file a day."""
    return history_of(NZZ)


@pytest.fixture(scope="session")
def advances() -> kg.ControlHistory:
    """ISW's layers of Russian advances in Kursk, one a day."""
    return history_of(ADVANCES)


@pytest.fixture(scope="session")
def truth() -> pd.DataFrame:
    """Figures of an independent script, one row a day; index ``date``."""
    path = path_of("truth/kursk_daily.csv")
    return pd.read_csv(path, index_col="date", parse_dates=["date"])


@pytest.fixture(scope="session")
def oblasts_path() -> Path:
    """Eight oblasts along the border, exactly."""
    return path_of("regions/oblasts_osm.geojson")
