"""Several threads at once: what they share is never changed in place."""

from concurrent.futures import ThreadPoolExecutor

import pytest

import kursk_geo as kg


@pytest.fixture(scope="module")
def whole() -> kg.ControlHistory:
    return kg.read_history("sample_data/deepstate")


def test_threads_may_select_and_measure_one_history(whole: kg.ControlHistory) -> None:
    names = ["kursk", "belgorod", "sumy", "kharkiv"] * 4

    def areas(name: str) -> list[float]:
        cut = whole.between("2025-02-20", "2025-04-15").select(name)
        return list(kg.measure(cut).area_km2)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(areas, names))
    assert found == [areas(name) for name in names[:4]] * 4
