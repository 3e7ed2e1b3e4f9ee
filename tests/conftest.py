"""Fixtures of all tests; what draws the maps is in builders.py."""

import gc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

from builders import (
    DAY_S,
    ELSEWHERE,
    GREY,
    NOON,
    OCCUPIED,
    STRIP,
    Feature,
    feature,
    tile,
    write_map,
)
from kursk_geo.history import ControlHistory
from kursk_geo.sources.files import read_history

# A tenth of the tests' time went to looking for rubbish among what has been imported.
gc.freeze()
gc.set_threshold(50_000, 20, 20)

# No test may fail for being slow, and what is shrunk need not be explained as well.
settings.register_profile(
    "kursk_geo",
    max_examples=30,
    deadline=None,
    phases=set(Phase) - {Phase.explain},
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("kursk_geo")


def five_days() -> list[list[Feature]]:
    """Two pieces of held ground, one growing and one going; grey beside them."""
    small, grown = feature(tile(0, 0, 4, 3)), feature(tile(0, 0, 4, 5))
    far = feature(tile(10, 0, 2, 2))
    grey = feature(tile(4, 0, 2, 3), fill=GREY)
    elsewhere = feature(tile(0, 900, 5, 5), fill=ELSEWHERE, name="Карелія")
    behind = feature(tile(-6, -6, 12, 5), fill=OCCUPIED, name="Окуповано")
    always = [elsewhere, behind]
    return [
        always,
        [*always, small, far],
        [*always, small, far, grey],
        [*always, grown, far, grey],
        [*always, grown, grey],
    ]


@pytest.fixture(scope="session")
def maps_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five maps of successive days, as files; not to be changed."""
    folder = tmp_path_factory.mktemp("maps") / "drawn"
    for i, shown in enumerate(five_days()):
        write_map(folder, NOON + i * DAY_S, shown)
    return folder


@pytest.fixture(scope="session")
def history(maps_folder: Path) -> ControlHistory:
    """The history of these five maps."""
    return read_history(maps_folder)


@pytest.fixture(scope="session")
def strip(history: ControlHistory) -> ControlHistory:
    """The same, selected for the drawn theatre."""
    return history.select(STRIP)
