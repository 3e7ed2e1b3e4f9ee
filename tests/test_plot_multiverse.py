"""Pictures of a claim, judged by what stands in them; their looks by eye."""

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from itertools import combinations, product
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox

import kursk_geo as kg
from claim_files import SHRUNK, area_claim, write_claim, write_maps
from kursk_geo.claims.engine import support_by_tier, variance_shares
from kursk_geo.claims.grid import Axis, Grid, Option, Tier
from kursk_geo.errors import EmptyPlotWarning, OptionError, TheatreError
from kursk_geo.plot.canvas import root_figure
from kursk_geo.plot.verdicts import in_order

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    """Leave matplotlib as it was: no figures, no changed settings."""
    before = mpl.rcParams.copy()
    yield
    plt.close("all")
    assert mpl.rcParams == before


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> kg.ControlHistory:
    return kg.read_history(write_maps(tmp_path_factory.mktemp("maps")))


@pytest.fixture(scope="module")
def claim(tmp_path_factory: pytest.TempPathFactory) -> kg.Claim:
    path = write_claim(tmp_path_factory.mktemp("claims"), "shrunk", SHRUNK)
    return kg.load_claims(path)[0]


@pytest.fixture(scope="module")
def verdict(claim: kg.Claim, history: kg.ControlHistory) -> kg.Verdict:
    return kg.check(claim, history)[0]


def many(verdict: kg.Verdict, sizes: tuple[int, ...]) -> kg.Verdict:
    """The same sentence under a grid of made-up axes and made-up outcomes."""
    tiers: tuple[Tier, ...] = ("conventional", "reasonable", "stress")
    axes = tuple(
        Axis(
            f"axis {i}",
            tuple(
                Option(f"option {j} of axis {i}", j, tiers[min(j, 2)]) for j in range(n)
            ),
        )
        for i, n in enumerate(sizes)
    )
    rng = np.random.default_rng(0)
    rows = list(product(*(axis.options for axis in axes)))
    table = pd.DataFrame(
        [[option.name for option in row] for row in rows],
        columns=[axis.name for axis in axes],
    )
    worst = [max(tiers.index(option.tier) for option in row) for row in rows]
    outcome = rng.normal(-0.2, 0.1, len(table))
    table = table.assign(
        tier=[tiers[i] for i in worst],
        outcome=outcome,
        holds=pd.array((outcome >= -0.2) & (outcome <= -0.16), dtype="boolean"),
        reason="",
    )
    return replace(
        verdict,
        figure=float(outcome[0]),
        decides="",
        table=table,
        grid=Grid(axes),
        variance=variance_shares(table, axes),
        support=support_by_tier(table),
    )


def named(ax: Axes, gid: str) -> list[Artist]:
    return ax.findobj(lambda artist: artist.get_gid() == gid)


def words(ax: Axes, gid: str) -> list[str]:
    return [str(text.get_text()) for text in named(ax, gid) if isinstance(text, Text)]


def dots(ax: Axes, gid: str) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    (found,) = named(ax, gid)
    assert isinstance(found, PathCollection)
    return np.asarray(found.get_offsets(), dtype=float)


def choices(ax: Axes) -> Axes:
    (below,) = ax.child_axes
    assert isinstance(below, Axes)
    return below


def boxes(ax: Axes, gid: str) -> list[Bbox]:
    root_figure(ax).draw_without_rendering()
    return [artist.get_window_extent() for artist in named(ax, gid)]


def apart(found: list[Bbox]) -> bool:
    """Whether no two boxes share more than a hair."""
    return not any(
        min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1
        for a, b in combinations(found, 2)
    )


# --- the curve


def test_every_outcome_is_drawn_in_order(verdict: kg.Verdict) -> None:
    ax = kg.plot_multiverse(verdict)
    drawn = np.concatenate([dots(ax, "holds"), dots(ax, "fails")])
    by_rank = drawn[np.argsort(drawn[:, 0])]
    expected = np.sort(verdict.table["outcome"].dropna().to_numpy())
    assert by_rank[:, 0].tolist() == list(range(len(expected)))
    # Ties to a tenth of a per cent are ordered by their options.
    np.testing.assert_allclose(by_rank[:, 1], expected, atol=1.1e-3)
    assert len(dots(ax, "holds")) == verdict.table["holds"].sum()


def test_sentence_and_first_specification_are_marked(verdict: kg.Verdict) -> None:
    ax = kg.plot_multiverse(verdict)
    (ring,) = named(ax, "first")
    assert isinstance(ring, Line2D)
    assert np.asarray(ring.get_ydata()).tolist() == [verdict.figure]
    assert words(ax, "first-figure") == [verdict.shown(verdict.figure)]
    ends = sorted(
        float(np.asarray(line.get_ydata())[0])
        for line in named(ax, "says-end")
        if isinstance(line, Line2D)
    )
    assert ends == [-0.2, -0.16]
    assert verdict.claim.text in ax.get_title(loc="left").replace("\n", " ")
    assert verdict.word.capitalize() in " ".join(words(ax, "subtitle"))


def test_specifications_that_decide_are_circled(verdict: kg.Verdict) -> None:
    ax = kg.plot_multiverse(verdict)
    closest = verdict.table[verdict.table["tier"].isin(["stated", "conventional"])]
    closest = closest[closest["outcome"].notna()]
    assert len(dots(ax, "usual-holds")) == closest["holds"].sum()
    assert len(dots(ax, "usual-fails")) == (~closest["holds"].astype(bool)).sum()


def test_the_caption_counts_what_could_not_be_computed(verdict: kg.Verdict) -> None:
    failed = int(verdict.table["outcome"].isna().sum())
    assert failed > 0, "the maps begin too late for some baselines"
    (said,) = words(kg.plot_multiverse(verdict), "caption")
    said = " ".join(said.split())
    assert f"{failed:,} could not be computed" in said
    assert verdict.grid.hash in said
    assert verdict.attribution in said


# --- the choices


def test_every_option_has_a_row(verdict: kg.Verdict) -> None:
    below = choices(kg.plot_multiverse(verdict))
    expected = {
        option.name
        for axis in verdict.grid.axes
        if len(axis.options) > 1
        for option in axis.options
    }
    assert set(words(below, "option")) == expected
    assert words(below, "axis")[0].lower() == "map", "the axis that decides is first"


def test_marks_stand_below_the_specifications_of_their_option(
    verdict: kg.Verdict,
) -> None:
    few = many(verdict, (3, 4))
    below = choices(kg.plot_multiverse(few))
    ordered = in_order(few)
    strips = named(below, "strip")
    labels = words(below, "option")
    notes = [note for note in words(below, "note") if note.endswith(" %")]
    assert len(strips) == len(labels) == len(notes) == 7
    for strip, label, note in zip(strips, labels, notes, strict=True):
        assert isinstance(strip, PolyCollection)
        at = [
            float(np.mean(np.unique(np.asarray(path.vertices)[:, 0])))
            for path in strip.get_paths()
        ]
        axis = label.rpartition(" of ")[2]
        members = ordered[axis] == label
        assert at == np.flatnonzero(members).tolist()
        share = ordered.loc[members, "holds"].mean()
        assert note == f"{100 * share:.0f} %"


def test_thousands_are_shaded_and_stay_small(verdict: kg.Verdict) -> None:
    thousands = many(verdict, (12, 10, 7, 6))
    ax = kg.plot_multiverse(thousands)
    images = [one for one in named(choices(ax), "strip") if isinstance(one, AxesImage)]
    assert len(images) == 35
    # An axis' rows together shade every column.
    alphas = [np.asarray(image.get_array())[0, :, 3] ** 2 for image in images[:12]]
    np.testing.assert_allclose(np.sum(alphas, axis=0), 1.0)
    written = BytesIO()
    root_figure(ax).savefig(written, format="svg", dpi=200)
    assert len(written.getvalue()) < 1_000_000


def test_more_options_than_can_be_listed_share_a_row(verdict: kg.Verdict) -> None:
    below = choices(kg.plot_multiverse(many(verdict, (40, 2))))
    labels = words(below, "option")
    assert len(labels) == 24 + 1 + 2
    assert "16 more options" in labels


@pytest.mark.parametrize("width_in", [4.0, 7.0])
@pytest.mark.parametrize("sizes", [(5, 5, 2), (12, 10, 7, 6)], ids=["50", "5,040"])
def test_words_are_apart_and_on_the_page(
    verdict: kg.Verdict, sizes: tuple[int, ...], width_in: float
) -> None:
    ax = kg.plot_multiverse(many(verdict, sizes), width_in=width_in)
    page = root_figure(ax).bbox
    labels = [*boxes(ax, "option"), *boxes(ax, "axis")]
    assert apart(labels)
    assert apart(boxes(ax, "note"))
    around = [
        *labels,
        *boxes(ax, "note"),
        *boxes(ax, "caption"),
        *boxes(ax, "subtitle"),
    ]
    for box in [*around, ax.title.get_window_extent()]:
        assert box.x0 > page.x0 - 1
        assert box.x1 < page.x1 + 1
        assert box.y0 > page.y0 - 1
        assert box.y1 < page.y1 + 1
    curve, panel = ax.get_window_extent(), choices(ax).get_window_extent()
    assert panel.y1 <= curve.y0
    assert curve.height > 1.5 * root_figure(ax).dpi


def test_axes_that_are_passed_are_drawn_on(
    verdict: kg.Verdict, history: kg.ControlHistory
) -> None:
    figure, (left, right) = plt.subplots(1, 2, figsize=(14, 9), layout="constrained")
    assert kg.plot_multiverse(verdict, ax=left) is left
    assert kg.plot_baselines(verdict, history, ax=right) is right
    assert plt.get_fignums() == [figure.number]
    assert figure.get_size_inches().tolist() == [14, 9]
    figure.draw_without_rendering()
    panel = choices(left).get_window_extent()
    assert panel.y0 > 0
    assert panel.x1 < right.get_window_extent().x0


def test_what_cannot_be_computed_is_drawn_empty_and_warned_of(
    history: kg.ControlHistory, tmp_path: Path
) -> None:
    late = area_claim("late", "82", "2025-11-05")
    [claim] = kg.load_claims(write_claim(tmp_path, "late", late))
    [verdict] = kg.check(claim, history)
    assert verdict.verdict == "not computable"
    with pytest.warns(EmptyPlotWarning, match="could be computed") as caught:
        ax = kg.plot_multiverse(verdict)
    assert caught[0].filename == __file__
    assert named(ax, "first") == []
    root_figure(ax).draw_without_rendering()


def test_widths_that_nothing_fits_are_refused(
    verdict: kg.Verdict, history: kg.ControlHistory
) -> None:
    with pytest.raises(OptionError, match=r"width_in=0\.5"):
        kg.plot_multiverse(verdict, width_in=0.5)
    with pytest.raises(OptionError, match="width_in=99"):
        kg.plot_baselines(verdict, history, width_in=99)


# --- baselines


def changes(ax: Axes) -> dict[str, Line2D]:
    return {
        str(line.get_label()): line
        for line in named(ax, "change")
        if isinstance(line, Line2D)
    }


def test_lines_are_the_change_since_each_map(
    claim: kg.Claim, history: kg.ControlHistory
) -> None:
    lines = changes(kg.plot_baselines(claim, history))
    assert list(lines) == [
        "Held, to 27 Feb 2025, 20:00 UTC",
        "Held, to 1 Mar 2025, 08:00 UTC",
        "With contested, to 27 Feb 2025, 20:00 UTC",
        "With contested, to 1 Mar 2025, 08:00 UTC",
    ]
    # Areas as drawn, in the plane: 100, 90, 82, 70; with contested 100, 108, 102, 100.
    expected = [
        [82 / 100 - 1, 82 / 90 - 1, 0.0],
        [70 / 100 - 1, 70 / 90 - 1, 70 / 82 - 1, 0.0],
        [102 / 100 - 1, 102 / 108 - 1, 0.0],
        [0.0, 100 / 108 - 1, 100 / 102 - 1, 0.0],
    ]
    for line, values in zip(lines.values(), expected, strict=True):
        drawn = np.asarray(line.get_ydata(), dtype=float)[:-1]
        assert drawn.tolist() == pytest.approx(values, abs=2e-3)
        assert line.get_drawstyle() == "steps-post"


def test_usual_baselines_are_marked_with_their_figures(
    claim: kg.Claim, history: kg.ControlHistory
) -> None:
    ax = kg.plot_baselines(claim, history)
    said = words(ax, "baseline")
    at = said.index("start of the year, 30 Dec 2024")
    assert said[at + 1] == "-18.0 % / -30.0 %"
    filled = [
        bool(dot.get_markerfacecolor() != "white")
        for dot in named(ax, "mark")
        if isinstance(dot, Line2D)
        and np.isclose(float(np.ravel(dot.get_ydata())[0]), -0.18, atol=1e-3)
    ]
    assert filled
    assert all(filled), "the sentence holds there"


def test_a_verdict_and_its_claim_give_the_same_picture(
    claim: kg.Claim, verdict: kg.Verdict, history: kg.ControlHistory
) -> None:
    selected = history.select(claim.quantity.theatre)
    first, *others = (
        changes(ax)
        for ax in (
            kg.plot_baselines(claim, history),
            kg.plot_baselines(verdict, history),
            kg.plot_baselines(verdict, selected),
        )
    )
    for other in others:
        assert list(other) == list(first)
        for name, line in first.items():
            np.testing.assert_array_equal(other[name].get_ydata(), line.get_ydata())
    with pytest.raises(TheatreError, match="cut to a theatre"):
        kg.plot_baselines(claim, selected)


@pytest.mark.parametrize("width_in", [4.0, 7.0])
def test_labels_of_baselines_are_apart(
    claim: kg.Claim, history: kg.ControlHistory, width_in: float
) -> None:
    ax = kg.plot_baselines(claim, history, width_in=width_in)
    found = boxes(ax, "baseline")
    pairs = [Bbox.union(found[i : i + 2]) for i in range(0, len(found), 2)]
    assert len(pairs) > 1
    assert apart(pairs)
    top = ax.get_window_extent()
    assert all(top.y0 < box.y0 < box.y1 < top.y1 + 2 for box in pairs)


def test_claims_without_a_baseline_are_refused(
    history: kg.ControlHistory, tmp_path: Path
) -> None:
    text = area_claim("area", "82", "2025-02-28")
    [claim] = kg.load_claims(write_claim(tmp_path, "area", text))
    with pytest.raises(OptionError, match=r"'area' is about area.*plot_multiverse"):
        kg.plot_baselines(claim, history)


def test_maps_that_end_too_early_are_drawn_empty_and_warned_of(
    claim: kg.Claim, history: kg.ControlHistory
) -> None:
    early = history.between("2024-12-01", "2025-01-31")
    with pytest.warns(EmptyPlotWarning, match="do not show the change"):
        ax = kg.plot_baselines(claim, early)
    assert changes(ax) == {}
    root_figure(ax).draw_without_rendering()
