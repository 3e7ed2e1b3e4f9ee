"""Theatres on the real maps: oblasts, the country, and ground held since 2014."""

import numpy as np
import pytest
from numpy.typing import NDArray

import kursk_geo as kg
from kursk_geo.reference import oblasts


def held(
    history: kg.ControlHistory, name: str, *, since_2014: bool = False
) -> NDArray[np.float64]:
    table = kg.measure(history.select(kg.theatre(name, since_2014=since_2014)))
    return table["area_km2"].to_numpy()


def test_the_country_loses_nothing_that_the_maps_hold(eras: kg.ControlHistory) -> None:
    # Those of April and May 2022 leave the border by more than a kilometre.
    lost = held(eras, "everywhere") - held(eras, "ukraine")
    assert lost[0] == pytest.approx(17.7, abs=0.1)
    assert lost[1] == pytest.approx(4.6, abs=0.1)
    assert lost[2:].max() < 0.05


def test_ground_held_since_2014_is_counted_when_asked_for(
    eras: kg.ControlHistory,
) -> None:
    ukraine = kg.theatre("ukraine", since_2014=True)
    table = kg.measure(eras.select(ukraine), area_method="spherical")
    midsummer = table["area_km2"].iloc[5]
    assert midsummer == pytest.approx(108_955.3, abs=0.1)
    assert ukraine.official_area_km2 is not None
    assert midsummer / ukraine.official_area_km2 == pytest.approx(0.1805, abs=1e-4)
    assert held(eras, "ukraine")[5] == pytest.approx(65_022.6, abs=0.1)
    # A tongue of Kherson's ground reaches over the rounded outline.
    assert held(eras, "Crimea").max() < 100
    assert held(eras, "Crimea", since_2014=True)[5] == pytest.approx(27_000, rel=0.01)


def test_ground_that_is_not_counted_can_be_drawn(eras: kg.ControlHistory) -> None:
    shown = eras.select("ukraine").at("2023-06-25")
    old = shown[shown["status"] == "occupied_before_2022"]
    assert len(old) > 0
    assert eras.select("kursk").at("2023-06-25").empty


def test_the_liberation_of_kharkiv_oblast(eras: kg.ControlHistory) -> None:
    table = kg.measure(eras.select("Kharkiv Oblast"), every="map")
    summer, september, december = table["area_km2"].iloc[[2, 3, 4]]
    assert summer == pytest.approx(10_316, abs=1)
    assert september == pytest.approx(1_867, abs=1)
    assert december == pytest.approx(541, abs=1)


@pytest.mark.filterwarnings("ignore:None of these maps")  # nothing in the west
def test_oblasts_add_up_to_the_country(eras: kg.ControlHistory) -> None:
    names = oblasts().query("country == 'UA'")["iso"]
    parts = sum(held(eras, name)[[2, 5]] for name in names)
    whole = held(eras, "ukraine")[[2, 5]]
    # Bays, lagoons and rounded outlines: what is held of them lies in no oblast.
    assert (parts / whole > 0.985).all()
    assert (parts < whole).all()


def test_a_strip_s_edge_is_reached_where_the_oblast_is_held(
    eras: kg.ControlHistory,
) -> None:
    july = eras.between("2022-07-03", "2022-07-03")
    strip, oblast = kg.theatre("kharkiv"), kg.theatre("Kharkiv Oblast")
    figures = kg.measure(july.select(strip))
    assert figures["depth_censored"].item()
    cut = figures["depth_km"].item()
    whole = kg.measure(july.select(oblast))["depth_km"].item()
    assert cut == pytest.approx(40, abs=0.1)
    assert whole > 100
