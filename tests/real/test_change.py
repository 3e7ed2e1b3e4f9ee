"""Change, sections through time, front and depth on the real maps."""

from itertools import pairwise

import pandas as pd
import pytest

import kursk_geo as kg


@pytest.fixture(scope="module")
def kursk(window: kg.ControlHistory) -> kg.ControlHistory:
    return window.select(kg.theatre("kursk"))


@pytest.fixture(scope="module")
def area_km2(kursk: kg.ControlHistory) -> pd.Series:
    return kg.measure(kursk).area_km2


@pytest.fixture(scope="module")
def happened(kursk: kg.ControlHistory) -> pd.DataFrame:
    table = kg.events(kursk)
    return table.assign(when=table.snapshot_utc.dt.strftime("%Y-%m-%d %H:%M"))


# --- change


def test_gained_less_lost_is_the_change_of_area_on_every_pair(
    kursk: kg.ControlHistory, area_km2: pd.Series
) -> None:
    table = kg.change_over_time(kursk, every="change")
    assert len(table) == 84
    change_km2 = area_km2[table.end].to_numpy() - area_km2[table.index].to_numpy()
    assert table.net_km2.to_numpy() == pytest.approx(change_km2, abs=1e-6)
    assert table.end.to_list()[:-1] == table.index.to_list()[1:]


def test_the_identity_holds_over_months_too(
    kursk: kg.ControlHistory, area_km2: pd.Series
) -> None:
    dates = ["2024-08-06", "2024-09-06", "2024-12-15", "2025-02-28", "2025-04-15"]
    for start, end in pairwise(dates):
        attrs = kg.change_between(kursk, start, end).attrs
        change = kg.area_change(area_km2, start, end)
        net_km2 = attrs["gained_km2"] - attrs["lost_km2"]
        assert net_km2 == pytest.approx(change, abs=1e-6)
        assert attrs["end_km2"] - attrs["start_km2"] == pytest.approx(change)


def test_nets_of_weeks_add_up(kursk: kg.ControlHistory, area_km2: pd.Series) -> None:
    table = kg.change_over_time(kursk, every="week", tz="Europe/Kyiv")
    whole = area_km2.iloc[-1] - area_km2.iloc[0]
    assert table.net_km2.sum() == pytest.approx(whole, abs=1e-5)
    # Sudzha was lost in the week of 10 March 2025.
    assert str(table.net_km2.idxmin()).startswith("2025-03-10")


def test_most_redrawn_edges_are_slivers(kursk: kg.ControlHistory) -> None:
    table = kg.change_over_time(kursk, every="change")
    redrawn = table[table.gross_km2 < 0.01]
    assert (redrawn.sliver_km2 > 0.5 * redrawn.gross_km2).all()
    # Of 1,962 km² gained and lost, 0.1 lies in strips narrower than 30 m.
    assert table.gross_km2.sum() == pytest.approx(1962, abs=1)
    assert table.sliver_km2.sum() == pytest.approx(0.1, abs=0.02)


def test_statuses_add_up(kursk: kg.ControlHistory, area_km2: pd.Series) -> None:
    matrix = kg.transitions(kursk, "2024-10-01", "2025-04-01")
    for figure, when in (
        (matrix.loc["held_in_russia"].sum(), "2024-10-01"),
        (matrix["held_in_russia"].sum(), "2025-04-01"),
    ):
        assert figure == pytest.approx(kg.step_value(area_km2, at=when), abs=1e-6)


# --- sections through time


def test_the_split_of_february_lasts_a_day(happened: pd.DataFrame) -> None:
    split = happened[happened.when == "2025-02-28 00:20"].iloc[0]
    assert (split.kind, split.before, split.after) == ("division", (1,), (1, 4))
    gone = happened[happened.when == "2025-03-01 08:29"].iloc[0]
    assert (gone.kind, gone.before) == ("disappearance", (4,))
    assert gone.area_before_km2 == pytest.approx(14.82, abs=0.01)


def test_three_sections_from_the_evening_of_12_april(
    kursk: kg.ControlHistory, happened: pd.DataFrame
) -> None:
    split = happened[happened.when == "2025-04-12 20:36"].iloc[0]
    assert (split.kind, split.before, split.after) == ("division", (1,), (1, 5))
    table = kg.section_history(kursk)
    since = pd.Timestamp("2025-04-12T20:36:09Z")
    assert (table[table.valid_from >= since].groupby("valid_from").size() == 3).all()
    before = table[table.valid_from < since]
    assert before[before.valid_from == before.valid_from.max()].section.size == 2
    # Tetkino: 11.25 km², held from 17 August 2024 to the end.
    tetkino = table[table.section == 3].iloc[-1]
    assert tetkino.area_km2 == pytest.approx(11.25, abs=0.01)
    assert str(tetkino.since.date()) == "2024-08-17"
    assert pd.isna(tetkino.valid_to)


def test_nothing_else_came_met_or_parted(happened: pd.DataFrame) -> None:
    told = happened[~happened.kind.isin(["expansion", "contraction"])]
    assert told[["when", "kind"]].to_numpy().tolist() == [
        ["2024-08-08 20:52", "generation"],
        ["2024-08-08 20:52", "generation"],
        ["2024-08-12 19:56", "union"],
        ["2024-08-17 18:34", "generation"],
        ["2025-02-28 00:20", "division"],
        ["2025-03-01 08:29", "disappearance"],
        ["2025-04-12 20:36", "division"],
    ]


# --- front and depth


def test_front_and_border_make_up_the_edge(kursk: kg.ControlHistory) -> None:
    front = kg.front_line(kursk, at="2025-04-15")
    assert front.attrs["length_km"] == pytest.approx(25.5, abs=0.2)
    assert 0 < front.attrs["moved_km"] < front.attrs["length_km"]
    assert front.attrs["before_utc"].startswith("2025-04-13")


@pytest.mark.parametrize(
    "day", ["2024-08-08", "2024-09-06", "2025-02-28", "2025-04-15"]
)
def test_no_ground_is_deeper_than_the_depth(kursk: kg.ControlHistory, day: str) -> None:
    table = kg.depth_shares(kursk, at=day, step_km=0.1)
    depth = kg.sections(kursk, at=day).depth_km.max()
    assert depth - 0.3 < table.deeper_than_km.iloc[-1] <= depth * 1.0002
    assert table.attrs["median_km"] < table.attrs["p95_km"] < depth
