"""
Published sentences on the real maps.

``verdicts.csv`` holds what each packaged claim comes to, with the reason beside it; a
row that changes needs a reason too.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kursk_geo as kg
from kursk_geo.claims.wording import read_date

VERDICTS = pd.read_csv(
    Path(__file__).with_name("verdicts.csv"), index_col="id", keep_default_na=False
)
ARTICLE = "bloomberg-2025-04-26"


@pytest.fixture(scope="module")
def verdicts(window: kg.ControlHistory) -> dict[str, kg.Verdict]:
    found = kg.check(kg.load_claims(kg.list_claims()), window)
    return {verdict.claim.id: verdict for verdict in found}


@pytest.fixture(scope="module")
def shrunk(verdicts: dict[str, kg.Verdict]) -> kg.Verdict:
    return verdicts[f"{ARTICLE}-shrunk"]


def at(verdict: kg.Verdict, **options: str) -> pd.DataFrame:
    """Rows of the first option of every axis but for those given."""
    chosen = {axis.name: axis.options[0].name for axis in verdict.grid.axes} | options
    table = verdict.table
    kept = [table[name] == option for name, option in chosen.items()]
    return table[np.logical_and.reduce(kept)]


def dated(claim: kg.Claim, at: str) -> kg.Claim:
    return replace(claim, quantity=replace(claim.quantity, at=read_date(at)))


def test_every_packaged_claim_has_its_row() -> None:
    assert VERDICTS.index.tolist() == kg.list_claims()
    assert VERDICTS["why"].str.len().min() > 10


@pytest.mark.parametrize("name", kg.list_claims())
def test_verdicts_and_figures_are_those_written_down(
    name: str, verdicts: dict[str, kg.Verdict]
) -> None:
    verdict, row = verdicts[name], VERDICTS.loc[name]
    assert (verdict.verdict, verdict.decides) == (row["verdict"], row["decides"])
    assert verdict.unit == row["unit"]
    tolerance = float(str(row["tolerance"])) + 1e-9
    for ours, theirs in [
        (verdict.figure, row["figure"]),
        (verdict.low, row["low"]),
        (verdict.high, row["high"]),
    ]:
        assert ours == pytest.approx(float(str(theirs)), abs=tolerance)


# (a) "had shrunk by nearly one-fifth"


def test_nearly_one_fifth_hangs_on_the_baseline(shrunk: kg.Verdict) -> None:
    assert shrunk.word == "depends on the baseline"
    first, second = shrunk.variance.iloc[:2]
    assert shrunk.variance.index[0] == "baseline"
    assert first > 0.8
    assert second < first / 10
    assert 0.05 < shrunk.share_supporting["conventional"] < 0.5


@pytest.mark.parametrize(
    ("baseline", "percent"),
    [("start of the year", (-14.4, -17.5)), ("15 December 2024", (-19.3, -22.1))],
)
def test_nearly_one_fifth_from_new_year_and_from_mid_december(
    baseline: str, percent: tuple[float, float], shrunk: kg.Verdict
) -> None:
    ends = ["last map of 28 February 2025, UTC", "first map after 28 February 2025"]
    ids = ["1740702002", "1740817796"]
    for end, expected, snapshot in zip(ends, percent, ids, strict=True):
        rows = at(shrunk, baseline=baseline, end=end)
        assert len(rows) == 1
        assert 100 * rows["outcome"].iloc[0] == pytest.approx(expected, abs=0.1)
        published = pd.Timestamp(int(snapshot), unit="s", tz="UTC")
        assert rows["end_utc"].iloc[0] == published


def test_nearly_one_fifth_is_told_with_both_sides(shrunk: kg.Verdict) -> None:
    reason = shrunk.reason
    holds, _, fails = reason.partition("; fails with baseline ")
    assert holds.startswith("holds with baseline ")
    assert "“start of the year” (only with map “first map after 28 Feb" in holds
    assert "“15 December 2024” (only with map “last map of 28 February" in holds
    assert "“16 December 2024”" in holds
    assert "“the peak”" in fails


# (b) "three small sections, no more than 2 kilometers"


def test_three_sections_no_more_than_two_kilometers(
    verdicts: dict[str, kg.Verdict], window: kg.ControlHistory
) -> None:
    assert verdicts[f"{ARTICLE}-sections"].verdict == "supported"
    depth = verdicts[f"{ARTICLE}-depth"]
    assert depth.word == "depends on the rounding"
    ends = [o.name for o in depth.grid.axis("end").options if o.tier == "conventional"]
    for end in ends:
        assert at(depth, end=end, rounding="rounded as the sentence")["holds"].all()
        assert not at(depth, end=end, rounding="strict")["holds"].any()
    later = dated(depth.claim, "27 April 2025")
    [verdict] = kg.check(later, window)
    assert verdict.verdict == "supported"
    assert verdict.figure == pytest.approx(1.41, abs=0.01)
    assert at(verdict, rounding="strict")["holds"].all()


# (c) seven months, (d) several areas, (e) Belgorod


def test_seven_months_holds_for_the_main_bridgehead_only(
    verdicts: dict[str, kg.Verdict],
) -> None:
    verdict = verdicts[f"{ARTICLE}-seven-months"]
    assert verdict.word == "depends on the ground"
    main, whole = verdict.grid.axis("ground").options
    assert at(verdict, ground=main.name)["holds"].all()
    assert not at(verdict, ground=whole.name)["holds"].any()
    assert at(verdict, ground=whole.name)["outcome"].iloc[0] > 260


def test_several_areas_are_still_shown(verdicts: dict[str, kg.Verdict]) -> None:
    assert verdicts[f"{ARTICLE}-still-held"].verdict == "supported"
    assert verdicts[f"{ARTICLE}-still-held"].figure == 3


def test_belgorod_is_contested_and_not_held(verdicts: dict[str, kg.Verdict]) -> None:
    verdict = verdicts[f"{ARTICLE}-belgorod"]
    assert verdict.word == "depends on the ground"
    table = verdict.table.groupby("ground")["holds"].mean()
    assert table["held"] == 0
    assert table["held or contested"] == 1


# Maps, borders and dates beside the usual ones


def test_maps_that_are_not_there(window: kg.ControlHistory) -> None:
    [claim] = kg.load_claims(f"{ARTICLE}-sections")
    [late] = kg.check(dated(claim, "1 July 2025"), window)
    assert late.verdict == "not computable"
    assert "The maps end on 2025-05-1" in late.reason
    [early] = kg.check(dated(claim, "1 July 2024"), window)
    assert early.verdict == "not computable"
    assert early.map_ids == []


def test_snapshots_are_those_of_the_archive(
    shrunk: kg.Verdict, window: kg.ControlHistory
) -> None:
    maps = shrunk.snapshots
    known = window.snapshots.set_index("snapshot_id")["sha256"]
    assert (maps["sha256"] == known[maps["snapshot_id"]].to_numpy()).all()
    # All changes up to the end were looked at for the peak.
    assert "1725654859" in maps["snapshot_id"].tolist()
    assert maps["snapshot_utc"].max() == pd.Timestamp("2025-03-01T08:29:56Z")


def test_grids_do_not_hang_on_the_maps_outside_the_window(
    shrunk: kg.Verdict, window: kg.ControlHistory
) -> None:
    shorter = window.between("2024-08-01", "2025-03-05")
    assert kg.axes(shrunk.claim, histories=shorter).hash == shrunk.grid.hash
