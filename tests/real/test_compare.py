"""DeepState, NZZ and ISW on Kursk, side by side."""

from pathlib import Path

import pandas as pd
import pytest
import shapely

import kursk_geo as kg


@pytest.fixture(scope="module")
def deepstate(window: kg.ControlHistory) -> kg.ControlHistory:
    return window.select(kg.theatre("kursk"))


@pytest.fixture(scope="module")
def both(
    deepstate: kg.ControlHistory, nzz: kg.ControlHistory
) -> dict[str, kg.ControlHistory]:
    return {"deepstate": deepstate, "nzz": nzz.select(kg.theatre("kursk"))}


@pytest.fixture(scope="module")
def table(both: dict[str, kg.ControlHistory]) -> pd.DataFrame:
    return kg.compare(both)


def test_the_two_peaks(table: pd.DataFrame) -> None:
    """909 km² held and 1,253 with grey; 1,267: not clipped, so a little less here."""
    peaks = table.groupby("source").area_km2.max()
    assert peaks["deepstate"] == pytest.approx(906.6, abs=0.5)
    assert peaks["nzz"] == pytest.approx(1264.3, abs=0.5)
    with_grey = table.area_km2 + table.contested_km2
    assert with_grey[table.source == "deepstate"].max() == pytest.approx(1253, rel=0.01)
    # The same front, to one part in a hundred, if grey counts in one of them.
    highest = with_grey.groupby(table.source).max()
    assert highest["nzz"] / highest["deepstate"] == pytest.approx(1.0, abs=0.01)


def test_the_stale_weeks_of_nzz(table: pd.DataFrame) -> None:
    nzz = table[table.source == "nzz"].set_index("date")
    standing = nzz.loc["2024-11-13":"2024-12-09"]
    assert standing.area_km2.max() == standing.area_km2.min()
    # Published all along: the age of the map alone does not tell.
    assert standing.staleness_days.max() < 5
    assert standing.unchanged_days.max() == pytest.approx(26, abs=0.1)
    deepstate = table[table.source == "deepstate"].set_index("date")
    meanwhile = deepstate.loc[standing.index].area_km2
    assert meanwhile.iloc[0] - meanwhile.iloc[-1] > 60


def test_overlap_falls_from_a_half_to_a_tenth(table: pd.DataFrame) -> None:
    share = table.drop_duplicates("date").set_index("date").intersection_over_union
    assert share["2024-09-06"] == pytest.approx(0.70, abs=0.01)
    assert share["2025-04-26"] == pytest.approx(0.09, abs=0.01)
    assert share.max() < 0.9


def test_most_of_the_dispute_is_grey_in_deepstate(
    both: dict[str, kg.ControlHistory],
) -> None:
    apart = kg.disagreement(both, at="2024-09-06")
    only_nzz = apart.set_index("held_by").loc["nzz"]
    assert only_nzz.area_km2 == pytest.approx(372, abs=1)
    assert only_nzz.contested_km2 / only_nzz.area_km2 == pytest.approx(0.67, abs=0.01)


def test_russian_advances_are_the_complement(
    deepstate: kg.ControlHistory, advances: kg.ControlHistory
) -> None:
    kursk = kg.theatre("kursk")
    reach = shapely.union_all(deepstate.shapes.geometry.to_numpy())
    rest = kg.complement(advances, reach).select(kursk)
    area = kg.measure(rest).area_km2
    # What Russia took back only grows, but for redrawing: the rest shrinks.
    assert area.iloc[0] == pytest.approx(1336, abs=10)
    assert area.iloc[-1] < 320
    assert area.diff().max() < 30
    # Early on it is DeepState's held and contested ground; later the extent, which
    # was never Ukrainian-held at its edges, has nothing left to be taken back.
    both = deepstate.select(
        kursk, status=[str(s) for s in kursk.held | kursk.contested]
    )
    share = (
        kg.compare({"deepstate": both, "isw": rest.select(kursk)})
        .query("n_sources == 2")
        .drop_duplicates("date")
        .set_index("date")
        .intersection_over_union
    )
    assert share["2024-09-11"] == pytest.approx(0.86, abs=0.01)
    assert share["2025-04-26"] < 0.2


def test_sudzha_changed_hands(deepstate: kg.ControlHistory) -> None:
    places = kg.read_places(
        Path(__file__).parents[2] / "sample_data" / "places" / "places.csv"
    )
    table = kg.settlements(deepstate, places).set_index("name")
    sudzha = table.loc["Sudzha"]
    assert sudzha.status == "held"
    assert str(sudzha.since_utc.date()) == "2024-08-14"
    assert str(sudzha.until_utc.date()) == "2025-03-12"
    assert str(sudzha.until_confirmed_utc.date()) == "2025-03-13"
    assert sudzha.days == pytest.approx(210, abs=0.1)
    assert table.loc["Guyevo"].status.tolist() == ["contested", "held", "contested"]
    assert not {"Rylsk", "Bolshoye Soldatskoye", "Korenevo"} & set(table.index)


def test_bounds_on_the_real_window(deepstate: kg.ControlHistory) -> None:
    table = kg.uncertainty(deepstate, every="change")
    assert (table.area_low_km2 <= table.area_km2).all()
    assert (table.area_high_km2 >= table.area_km2 + table.contested_km2).all()
    # "No more than 2 km": 2.25 drawn, and 1.3 to 4.6 within the bounds.
    april = kg.uncertainty(deepstate.between("2025-04-15", "2025-04-15")).iloc[-1]
    assert april.depth_low_km < 2.0 < april.depth_high_km


def test_small_steps_are_no_news(deepstate: kg.ControlHistory) -> None:
    assert kg.p_change(deepstate, "2024-09-01", "2024-09-06") < 0.6  # 0.1 km²
    assert kg.p_change(deepstate, "2025-02-28", "2025-03-31") > 0.999  # 342 km²
    states = deepstate.states().valid_from
    first, second = states.iloc[-2:]
    same = kg.change_bounds(deepstate, second, second)
    assert (same == 0.0).all(axis=None)
    table = kg.change_bounds(deepstate, first, second)
    area = kg.measure(deepstate).area_km2
    change = area.loc[second] - area.loc[first]
    assert table.loc["net", "change_km2"] == pytest.approx(change, abs=2e-3)
