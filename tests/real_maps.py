"""
The real maps, where they are at hand.

They may not be passed on, so they are no part of the repository: they are looked for in
the folder that KURSK_GEO_DATA names, then beside the checkout.
"""

import os
from functools import cache
from pathlib import Path

import pytest

import kursk_geo as kg

BESIDE = Path(__file__).parents[2] / "shared" / "data"
DATA = Path(os.environ.get("KURSK_GEO_DATA") or BESIDE)
WINDOW = "deepstate/history-2024-07_2025-05.tar.xz"
"""293 maps of 26 July 2024 to 16 May 2025."""
ERAS = "deepstate/eras-2022_2024.tar.xz"
"""Eight maps, one of each era of the format."""
NZZ = "nzz/nzz-2024-08_2025-05.tar.xz"
"""The maps of another newsroom, a file a day."""
ADVANCES = "isw/kursk-russian-advances-2024-09_2025-05.tar.xz"
"""ISW's layers of Russian advances in Kursk, one a day."""


def path_of(name: str) -> Path:
    """Where one of the real files lies; the test is skipped where it does not."""
    path = DATA / name
    if not path.exists():
        pytest.skip(
            f"the real maps may not be passed on, and {path} is not there: set "
            "KURSK_GEO_DATA to a folder that holds them"
        )
    return path


@cache
def history_of(name: str) -> kg.ControlHistory:
    """The maps of a file, read once for all tests of a process."""
    return kg.read_history(path_of(name))
