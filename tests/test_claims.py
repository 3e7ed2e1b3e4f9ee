"""Claims made in code, checked on drawn maps; verdicts and what they look like."""

import pickle
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from itertools import pairwise
from math import floor, isnan
from typing import Any
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import kursk_geo as kg
from builders import (
    DAY_S,
    GREY,
    NOON,
    STRIP,
    Feature,
    days,
    feature,
    make_history,
    tile,
)
from kursk_geo.claims.engine import Outcomes
from kursk_geo.claims.grid import Axis, Grid, Measure, Option, Quantity, default_grid
from kursk_geo.claims.verdict import judge
from kursk_geo.claims.wording import read_date, read_says
from kursk_geo.errors import ClaimError, OptionError, TheatreError
from kursk_geo.history import ControlHistory
from strategies import maps


def claiming(
    says: Mapping[str, object],
    measure: Measure = "area",
    at: str = "5 March 2025",
    **changes: object,
) -> kg.Claim:
    """A claim on the drawn strip; `changes` are fields of the claim."""
    words = read_says(says, measure=measure, direction="fell")
    claim = kg.Claim(
        id="drawn",
        text="the area had shrunk",
        published=date(2025, 3, 6),
        outlet="The Gazette",
        source="deepstate",
        quantity=Quantity(measure, STRIP, read_date(at), words),
    )
    return replace(claim, **changes)  # type: ignore[arg-type]  # fields of the claim


def only_first(grid: Grid) -> Grid:
    for axis in grid.axes:
        grid = grid.with_axis(Axis(axis.name, axis.options[:1]))
    return grid


def the_one(
    claim: kg.Claim,
    histories: ControlHistory | Mapping[str, ControlHistory],
    **options: object,
) -> kg.Verdict:
    [verdict] = kg.check(claim, histories, **options)  # type: ignore[arg-type]  # check's own
    return verdict


@pytest.fixture(scope="module")
def depends(history: ControlHistory) -> kg.Verdict:
    """Grey counts or not: 20 or 26 km²."""
    ground = Axis(
        "ground",
        (
            Option("held", "held", "conventional"),
            Option("held or contested", "held or contested", "conventional"),
        ),
    )
    says = {"about": "about 20 km²"}
    return the_one(claiming(says, axes=(ground,), unstated=("grey",)), history)


# Verdicts


def test_a_verdict_of_known_ground(history: ControlHistory) -> None:
    verdict = the_one(claiming({"about": "about 20 km²"}), history)
    assert verdict.verdict == verdict.word == "supported"
    assert verdict.figure == pytest.approx(20, rel=0.002)
    assert verdict.unit == "km2"
    assert (verdict.decides, verdict.reason) == ("", "")
    assert verdict.low == verdict.table["outcome"].min()
    assert verdict.high == verdict.table["outcome"].max()
    assert verdict.high == pytest.approx(26, rel=0.002)
    assert verdict.share_supporting["conventional"] == 1
    assert 0 < verdict.share_supporting["reasonable"] < 1
    assert verdict.version == kg.__version__
    assert verdict.attribution == history.attribution


def test_a_verdict_tells_the_maps_it_rests_on(history: ControlHistory) -> None:
    verdict = the_one(claiming({"about": "about 20 km²"}, at="4 March 2025"), history)
    maps = verdict.snapshots
    assert list(maps.columns[:5]) == [
        "snapshot_utc",
        "source",
        "snapshot_id",
        "sha256",
        "origin",
    ]
    compared = maps[maps["role"] == "compared"]
    assert verdict.map_ids == [f"{NOON + day * DAY_S}" for day in (3, 4)]
    published = history.snapshots.set_index("snapshot_id")
    for _, row in compared.iterrows():
        assert row["sha256"] == published.loc[row["snapshot_id"], "sha256"]
        assert len(row["sha256"]) == 64
    # Sections that have not moved would be looked up 90 days earlier: no map then.
    assert (maps["role"] == "compared").all()


def test_a_peak_looks_at_every_map_before(history: ControlHistory) -> None:
    says = {"about": "about a fifth"}
    verdict = the_one(claiming(says, "relative_change"), history)
    looked = verdict.snapshots[verdict.snapshots["role"] == "looked at"]
    used = {*verdict.map_ids, *looked["snapshot_id"]}
    assert used == set(history.snapshots["snapshot_id"])


def test_a_sentence_that_depends(depends: kg.Verdict) -> None:
    assert depends.verdict == "depends"
    assert depends.decides == "ground"
    assert depends.word == "depends on the ground"
    assert depends.reason.startswith(
        "holds with ground “held”; fails with ground “held or contested”"
    )
    assert depends.share_supporting["conventional"] == 0.5
    assert depends.variance.index[0] == "ground"


def test_a_sentence_that_is_contradicted(history: ControlHistory) -> None:
    verdict = the_one(claiming({"equals": 26.0, "low": 25.9, "high": 26.1}), history)
    assert verdict.verdict == "contradicted"
    assert re.fullmatch(
        r"\d+ less usual specifications would support it, all with ground “held or "
        r"contested”",
        verdict.reason,
    )
    never = the_one(claiming({"equals": 1000}), history)
    assert never.reason == "no definition that was tried supports it"


def test_a_date_that_the_maps_do_not_cover(history: ControlHistory) -> None:
    early = the_one(claiming({"equals": 20}, at="1 May 2024"), history)
    assert early.verdict == "not computable"
    assert early.reason.startswith("No map had been published by 2024-05-01")
    assert isnan(early.figure)
    assert early.map_ids == []
    assert early.share_supporting["conventional"] != 0
    late = the_one(claiming({"equals": 20}, at="1 May 2025"), history)
    assert late.verdict == "not computable"
    assert "The maps end on 2025-03-05" in late.reason
    for text in (repr(late), late.methods(), late._repr_html_()):
        assert "not computable" in text
    assert "None of them could be computed." in late.methods()
    assert "nan" not in repr(late) + late.methods() + late._repr_html_()


def test_a_verdict_that_was_found_without_some_definitions(
    history: ControlHistory,
) -> None:
    """A window that ends with the maps: there is no first map after it."""
    says = {"about": "about 20 km²"}
    verdict = the_one(claiming(says, at="1 March 2025 to 5 March 2025"), history)
    assert verdict.verdict == "supported"
    assert verdict.reason.startswith(
        "found without 1 of 3 usual specifications: No map"
    )
    assert "Verdict: supported. Found without 1 of 3" in verdict.methods()


def test_a_grid_without_a_usual_specification(history: ControlHistory) -> None:
    claim = claiming({"equals": 20})
    grid = only_first(kg.axes(claim, histories=history))
    stress = Option("touching", 0.0, "stress")
    verdict = the_one(claim, history, grid=grid.with_axis(Axis("gap_km", (stress,))))
    assert verdict.verdict == "not computable"
    assert verdict.reason == (
        "the grid has no specification that is stated or conventional"
    )


@settings(max_examples=20)
@given(shown=maps(), off=st.sampled_from([0.0, 0.02, -0.02, 5.0]))
def test_a_claim_equal_to_the_computed_figure_is_supported(
    shown: dict[int, list[Feature]], off: float
) -> None:
    history = make_history(shown)
    last = f"{history.snapshots['snapshot_utc'].iloc[-1].date()}"
    anything = claiming({"at_least": 0}, at=last)
    grid = only_first(kg.axes(anything, histories=history))
    figure = the_one(anything, history, grid=grid).figure
    said = round(figure, 2) + off
    assume(said >= 0)
    verdict = the_one(claiming({"equals": float(said)}, at=last), history, grid=grid)
    # Two decimals are written, so half of the second one is the claim's own play.
    assert verdict.verdict == ("supported" if off == 0 else "contradicted")
    assert verdict.figure == figure


CHAINS = [
    ("exactly", "about", "very roughly"),
    ("just under", "nearly", "at most"),
    ("just over", "over", "at least"),
]


@settings(max_examples=10)
@given(shown=maps(), said=st.integers(1, 60), chain=st.sampled_from(CHAINS))
def test_weaker_hedges_are_supported_wherever_stronger_ones_are(
    shown: dict[int, list[Feature]], said: int, chain: tuple[str, ...]
) -> None:
    history = make_history(shown)
    last = f"{history.snapshots['snapshot_utc'].iloc[-1].date()}"
    claims = [claiming({"about": f"{hedge} {said} km²"}, at=last) for hedge in chain]
    grid = kg.axes(claims[0], histories=history)
    tables = [the_one(claim, history, grid=grid).table for claim in claims]
    for stronger, weaker in pairwise(tables):
        computed = stronger["holds"].notna()
        assert (~stronger["holds"] | weaker["holds"])[computed].all()


# Which definitions


def test_a_claim_changes_its_grid(history: ControlHistory) -> None:
    claim = claiming(
        {"equals": 20},
        stated={"clip": "whole polygons"},
        drop=("which",),
        axes=(Axis("gap_km", (Option("within 9 km", 9.0, "conventional"),)),),
    )
    grid = kg.axes(claim, histories=history)
    clip = [(o.name, o.tier) for o in grid.axis("clip").options]
    assert clip == [("whole polygons", "stated"), ("cut at the border", "reasonable")]
    assert [o.name for o in grid.axis("which").options] == ["all sections"]
    assert grid.axis("gap_km").options[0].value == 9.0
    assert the_one(claim, history).grid.hash == grid.hash


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"stated": {"colour": "blue"}}, r"'drawn': stated: There is no axis 'colour'"),
        ({"stated": {"clip": "both"}}, r"stated.clip: .* has no option 'both'"),
        ({"stated": {"end": "soon"}}, r"stated.end: .* has no option 'soon'"),
        ({"drop": ("colour",)}, r"drop: There is no axis 'colour'"),
        (
            {"axes": (Axis("colour", (Option("x", "x", "stress"),)),)},
            r"axes.colour: Measure 'area' has no axis 'colour'",
        ),
        (
            {"axes": (Axis("gap_km", (Option("x", "x", "stress"),)),)},
            r"axes.gap_km: Option 'x' of axis 'gap_km' has the value 'x'",
        ),
    ],
)
def test_a_claim_with_an_axis_that_there_is_not(
    changes: dict[str, object], message: str, history: ControlHistory
) -> None:
    with pytest.raises(ClaimError, match=message):
        kg.check(replace(claiming({"equals": 20}), **changes), history)  # type: ignore[arg-type]  # fields of the claim


def test_a_grid_of_one_s_own(history: ControlHistory) -> None:
    claim = claiming({"about": "about 26 km²"})
    grid = kg.axes(claim)  # without maps: the source's name stands for them
    grey = grid.only("ground", "held or contested")
    verdict = the_one(claim, history, grid=grey)
    assert verdict.figure == pytest.approx(26, rel=0.002)
    assert verdict.grid.hash == grey.hash
    with pytest.raises(OptionError, match="needs the axis 'source'"):
        kg.check(claim, history, grid=Grid(grid.axes[1:]))


def test_an_executor_is_used(history: ControlHistory) -> None:
    claim = claiming({"equals": 20})
    with ThreadPoolExecutor(2) as pool:
        pooled = the_one(claim, history, executor=pool)
    pd.testing.assert_frame_equal(pooled.table, the_one(claim, history).table)


# Which maps


def test_several_sources_are_an_axis(history: ControlHistory) -> None:
    """The sentence's own source gives the figure, in whatever order they are given."""
    other = replace(
        days(*([[feature(tile(0, 0, 4, 10))]] * 5)), source="nzz", attribution="NZZ"
    )
    verdict = the_one(claiming({"about": "20 km²"}), {"nzz": other, "ds": history})
    assert verdict.verdict == "supported"
    assert verdict.figure == pytest.approx(20, rel=0.002)
    assert verdict.high == pytest.approx(40, rel=0.002)
    assert [o.name for o in verdict.grid.axis("source").options] == ["ds", "nzz"]
    assert verdict.attribution == "NZZ; " + history.attribution
    by_source = verdict.table.groupby("source")["outcome"].max()
    assert by_source["ds"] == pytest.approx(26, rel=0.002)


def test_maps_under_a_name_of_one_s_own(history: ControlHistory) -> None:
    """Keys name the options; what a history is of, it tells itself."""
    claim = claiming({"about": "20 km²"})
    verdict = the_one(claim, {"my copy": history})
    assert verdict.verdict == "supported"
    assert set(verdict.table["source"]) == {"my copy"}
    # A grid made without maps names the claim's source, and finds nothing so named.
    frozen = the_one(claim, {"my copy": history}, grid=kg.axes(claim))
    assert frozen.verdict == "not computable"
    assert "No maps of source 'deepstate' were given" in frozen.reason
    assert "(my copy)" in frozen.reason


def test_maps_of_another_source_are_refused(history: ControlHistory) -> None:
    claim = claiming({"equals": 20}, source="isw")
    message = r"'drawn' was drawn from isw maps, and these are of deepstate\. Expected"
    with pytest.raises(ClaimError, match=message):
        kg.check(claim, history)
    with pytest.raises(ClaimError, match="these are of no source"):
        kg.check(claim, {})


@pytest.mark.parametrize("given", ["bloomberg-2025-04-26", [None]])
def test_what_is_no_claim_is_refused(given: Any, history: ControlHistory) -> None:
    with pytest.raises(ClaimError, match=r"check ('bloom|None).* Expected claims"):
        kg.check(given, history)


def test_axes_are_those_of_one_claim() -> None:
    claims: Any = kg.load_claims("bloomberg-2025-04-26-shrunk")
    with pytest.raises(ClaimError, match=r"a list of 1\. .*load_claims\(\.\.\.\)\[0\]"):
        kg.axes(claims)


def test_maps_that_were_cut_are_refused(strip: ControlHistory) -> None:
    with pytest.raises(TheatreError, match=r"cut to a theatre\. Expected whole histor"):
        kg.check(claiming({"equals": 20}), strip)


@pytest.mark.parametrize("name", ["../x", "", "a b", ".x", "x/y", "x" * 101])
def test_an_id_names_a_file(name: str) -> None:
    with pytest.raises(ClaimError, match=r"cannot name a file\. Expected letters"):
        claiming({"equals": 20}, id=name)


# What a verdict looks like


def test_a_verdict_reads_like_a_footnote(history: ControlHistory) -> None:
    verdict = the_one(claiming({"about": "about 20 km²"}), history)
    figure = f"{verdict.figure:.2f}"
    low, high = verdict.shown(verdict.low), verdict.shown(verdict.high)
    share = 100 * verdict.share_supporting["reasonable"]
    tried = f"specifications, grid {verdict.grid.hash}"
    assert repr(verdict).splitlines() == [
        "“the area had shrunk”",
        "  The Gazette, 6 March 2025 (drawn)",
        "  read as   about 20 km², read as 18 km² to 22 km²; 5 March 2025",
        "  verdict   supported",
        f"  figure    {figure} km² (all definitions: {low} to {high})",
        f"  support   conventional 100 %, reasonable {share:.0f} % of 96 {tried}",
        f"  maps      {NOON + 4 * DAY_S}",
        f"  credit    {history.attribution}; kursk_geo {kg.__version__}",
    ]


def test_the_methods_read_aloud(depends: kg.Verdict) -> None:
    text = depends.methods()
    assert text.startswith(
        "We checked the sentence “the area had shrunk” (The Gazette, 6 March 2025), "
        "which we read as follows: about 20 km², read as 18 km² to 22 km²; 5 March "
        "2025. It leaves open grey. We computed the area under 96 specifications (grid "
        f"{depends.grid.hash}), which combine these definitions: map (last map of 5 "
        "March 2025, UTC / "
    )
    assert "The same in all: source (deepstate); gap (touching);" in text
    assert (
        "Verdict: depends on the ground. It holds with ground “held”; it fails" in text
    )
    assert "they are not probabilities, and there are no p-values." in text
    assert "© OpenStreetMap contributors (ODbL)." in text
    assert text.endswith(".")
    assert not re.search(r"\.\.|\s\s|\( | ,|;\.|%-d|\bnan\b", text)
    for sentence in re.split(r"(?<=[.])\s(?=[A-Z])", text):
        assert sentence[0].isupper()
        assert sentence.endswith(".")


def test_a_sentence_that_ends_in_a_full_stop_has_one(history: ControlHistory) -> None:
    claim = claiming({"equals": 20}, text="It shrank.")
    assert "“It shrank” (" in the_one(claim, history).methods()


NASTY = "<script>alert('x')</script> & \"so\""


def test_the_html_escapes_everything(history: ControlHistory) -> None:
    quantity = claiming({"equals": 20}).quantity
    says = replace(quantity.says, text=NASTY, reading=NASTY)
    nasty = Option(NASTY, "held", "conventional")
    both = Option(f"{NASTY} too", "held or contested", "conventional")
    claim = claiming(
        {"equals": 20},
        text=NASTY,
        outlet=NASTY,
        quantity=replace(quantity, says=says),
        axes=(Axis("ground", (nasty, both)),),
    )
    named = replace(history, attribution=NASTY)
    verdict = the_one(claim, named)
    assert NASTY in verdict.reason
    for html in (verdict._repr_html_(), kg.check([claim], named)._repr_html_()):
        assert "<script" not in html
        assert "alert(&#x27;x&#x27;)" in html
        # Well formed, so nothing was left open.
        ET.fromstring(f"<div>{html}</div>")  # noqa: S314  (our own text)


def test_the_html_shows_the_curve(depends: kg.Verdict) -> None:
    root = ET.fromstring(depends._repr_html_())  # noqa: S314  (our own text)
    text = "".join(root.itertext())
    for told in (
        depends.claim.text,
        depends.claim.reading,
        depends.word,
        depends.figures(),
        depends.grid.hash,
    ):
        assert told in text
    svg = root.find("svg")
    assert svg is not None
    line, band, ring = svg.find("polyline"), svg.find("rect"), svg.find("circle")
    assert line is not None
    assert band is not None
    assert ring is not None
    points = [point.split(",") for point in line.attrib["points"].split()]
    heights = [float(y) for _, y in points]
    assert len(points) == depends.table["outcome"].notna().sum()
    assert heights == sorted(heights, reverse=True)  # y points down
    top = float(band.attrib["y"])
    bottom = top + float(band.attrib["height"])
    within = depends.table["holds"].sum()
    assert sum(top - 0.1 <= y <= bottom + 0.1 for y in heights) == within
    assert top <= float(ring.attrib["cy"]) <= bottom


def test_a_curve_of_many_specifications_stays_small(history: ControlHistory) -> None:
    gaps = (Option(f"{gap} km", gap / 10, "stress") for gap in range(6))
    claim = claiming({"about": "about 20 km²"}, axes=(Axis("gap_km", tuple(gaps)),))
    verdict = the_one(claim, history)
    assert verdict.table["outcome"].notna().sum() > 400
    assert len(verdict._repr_html_()) < 9_000


def test_a_curve_of_one_specification(history: ControlHistory) -> None:
    claim = claiming({"at_least": 5})
    grid = only_first(default_grid(claim.quantity, source="deepstate"))
    html = the_one(claim, history, grid=grid)._repr_html_()
    assert "<circle" in html
    assert "<polyline" not in html
    assert "one specification" in the_one(claim, history, grid=grid).methods()


@pytest.mark.parametrize(
    ("measure", "says", "shown"),
    [
        ("present", {"equals": True}, "present"),
        ("sections", {"equals": "one section"}, "1"),
        ("depth", {"about": "5 km"}, "5.00 km"),
        ("relative_change", {"about": "a fifth"}, r"[+-]\d+\.\d %|not computable"),
        ("area", {"about": "20 km²"}, r"\d\d\.\d\d km²"),
        ("days_held", {"at_least": "2 days"}, "3 days"),
    ],
)
def test_figures_carry_their_unit(
    measure: Measure, says: dict[str, object], shown: str, history: ControlHistory
) -> None:
    verdict = the_one(claiming(says, measure), history)
    assert re.fullmatch(shown, verdict.shown(verdict.figure))


def test_verdicts_write_a_paragraph_each(history: ControlHistory) -> None:
    claims = [claiming({"equals": area}) for area in (20, 21)]
    both = kg.check(claims, history)
    assert both.methods().split("\n\n") == [one.methods() for one in both]


def test_verdicts_are_a_sequence_with_a_table(history: ControlHistory) -> None:
    first = claiming({"about": "20 km²"})
    second = claiming({"equals": 5}, id="second")
    verdicts = kg.check([first, second], history)
    assert len(verdicts) == 2
    assert [verdict.claim.id for verdict in verdicts[:]] == ["drawn", "second"]
    table = verdicts.summary
    assert table["id"].tolist() == ["drawn", "second"]
    assert table["verdict"].tolist() == ["supported", "contradicted"]
    row = table.iloc[0]
    assert row["figure"] == verdicts[0].figure
    assert row["share_supporting"] == verdicts[0].share_supporting
    assert row["n_specifications"] == len(verdicts[0].grid)
    assert row["grid_hash"] == verdicts[0].grid.hash
    assert row["snapshots"] == verdicts[0].map_ids
    assert repr(verdicts).count("“the area had shrunk”") == 2
    nothing = kg.check([], history)
    assert (len(nothing), repr(nothing), nothing._repr_html_()) == (0, "no claims", "")
    assert nothing.table.empty


def test_the_verdict_follows_the_usual_specifications_alone() -> None:
    """Rows made by hand, so that each tier can say another thing."""
    history = days([feature(tile(0, 0)), feature(tile(3, 0), fill=GREY)])
    claim = claiming({"equals": 4}, at="1 March 2025")
    tried_grid = kg.axes(claim, histories=history)
    grid = only_first(tried_grid).with_axis(tried_grid.axis("ground"))
    ran = kg.check(claim, history, grid=grid)[0].table

    def verdict_of(holds: list[bool | None]) -> str:
        table = ran.assign(holds=pd.array(holds, dtype="boolean"))
        tried = Outcomes(table, frozenset())
        return judge(claim, grid, tried, {"deepstate": history}).verdict

    assert ran["tier"].tolist() == ["conventional", "reasonable"]
    assert verdict_of([True, False]) == "supported"
    assert verdict_of([False, True]) == "contradicted"
    assert verdict_of([None, True]) == "not computable"
    usual = ran.assign(tier="conventional")
    tried = Outcomes(
        usual.assign(holds=pd.array([True, False], dtype="boolean")), frozenset()
    )
    assert judge(claim, grid, tried, {"deepstate": history}).word == (
        "depends on the ground"
    )


def test_floor_of_a_rounded_bound(history: ControlHistory) -> None:
    """ "No more than 4 km" of a depth of 5 km fails both rounded and strict."""
    verdict = the_one(claiming({"about": "no more than 4 km"}, "depth"), history)
    assert floor(verdict.figure + 0.5) == 5
    assert verdict.verdict == "contradicted"


def test_the_verdict_of_one_claim_can_be_asked_directly(
    history: ControlHistory,
) -> None:
    claim = claiming({"about": "about 20 km²"})
    one = kg.check(claim, history)
    assert one.verdict == one[0].verdict == "supported"
    assert one.grid.hash == one[0].grid.hash
    assert len(one.table) == len(one[0].table)
    several = kg.check([claim, claim], history)
    assert len(several.table) == 2 * len(one.table)
    assert several.table["claim"].unique().tolist() == [claim.id]
    with pytest.raises(AttributeError, match=r"2 verdicts.*verdicts\[0\]\.figure"):
        _ = several.figure


def test_verdicts_can_be_pickled(history: ControlHistory) -> None:
    verdicts = kg.check(claiming({"about": "about 20 km²"}), history)
    again = pickle.loads(pickle.dumps(verdicts))  # noqa: S301  (our own bytes)
    assert again.figure == verdicts.figure
