"""
The real maps, where they are at hand.

They may not be passed on, so they are no part of the repository: they are looked for in
the folder that KURSK_GEO_DATA names, then beside the checkout.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import kursk_geo as kg

ROOT = Path(__file__).parents[2]
BESIDE = ROOT.parent / "shared" / "data"


def _data(name: str) -> Path:
    folder = Path(os.environ.get("KURSK_GEO_DATA") or BESIDE)
    path = folder / name
    if not path.exists():
        pytest.skip(
            f"the real maps may not be passed on, and {path} is not there: set "
            "KURSK_GEO_DATA to a folder that holds them"
        )
    return path


@pytest.fixture(scope="session")
def real() -> Callable[[str], Path]:
    """Where one of the real files lies."""
    return _data


@pytest.fixture(scope="session")
def window_path() -> Path:
    """293 maps of 26 July 2024 to 16 May 2025."""
    return _data("deepstate/history-2024-07_2025-05.tar.xz")


@pytest.fixture(scope="session")
def eras_path() -> Path:
    """Eight maps, one of each era of the format."""
    return _data("deepstate/eras-2022_2024.tar.xz")


@pytest.fixture(scope="session")
def window(window_path: Path) -> kg.ControlHistory:
    return kg.read_history(window_path)


@pytest.fixture(scope="session")
def nzz_path() -> Path:
    """The maps of another newsroom, a file a day."""
    return _data("nzz/nzz-2024-08_2025-05.tar.xz")


@pytest.fixture(scope="session")
def nzz(nzz_path: Path) -> kg.ControlHistory:
    return kg.read_history(nzz_path)


@pytest.fixture(scope="session")
def advances_path() -> Path:
    """ISW's layers of Russian advances in Kursk, one a day."""
    return _data("isw/kursk-russian-advances-2024-09_2025-05.tar.xz")


@pytest.fixture(scope="session")
def advances(advances_path: Path) -> kg.ControlHistory:
    return kg.read_history(advances_path)


@pytest.fixture(scope="session")
def truth() -> pd.DataFrame:
    """Figures of an independent script, one row a day; index ``date``."""
    path = _data("truth/kursk_daily.csv")
    return pd.read_csv(path, index_col="date", parse_dates=["date"])


@pytest.fixture(scope="session")
def oblasts_path() -> Path:
    """Eight oblasts along the border, exactly."""
    return _data("regions/oblasts_osm.geojson")
