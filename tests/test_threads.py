"""Several threads at once: what they share is never changed in place."""

import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import shapely

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


@pytest.mark.parametrize("name", ["kursk", "Kharkiv Oblast", "Odesa Oblast"])
def test_the_region_of_a_theatre_is_never_prepared_in_place(
    whole: kg.ControlHistory, name: str
) -> None:
    theatre = kg.theatre(name)
    kursk_alone = replace(whole.select("kursk"), theatre=None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kg.KurskGeoWarning)
        for history in (whole, kursk_alone):
            history.select(theatre)
            kg.check("ukraine holds 10 km2 of Kursk", history, published="2025-04-26")
    assert not shapely.is_prepared(theatre.region)
