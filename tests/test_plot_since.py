"""Since when a sentence is true, drawn: by days, and over the ground that was held."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import kursk_geo as kg
from builders import GREY, STRIP, days, feature, tile
from claim_files import SHRUNK, area_claim, write_claim, write_maps
from kursk_geo.errors import OptionError
from kursk_geo.plot.canvas import days_of
from kursk_geo.plot.verdicts import ribbon

mpl.use("Agg")


def told(figures: list[float], low: float = -0.2, high: float = -0.16) -> Any:
    """A verdict with a figure for each day of January."""
    moments = pd.date_range("2025-01-01", periods=len(figures), tz="UTC")
    since = pd.DataFrame({"day": moments, "figure": figures})
    since["holds"] = since["figure"].between(low, high)
    says = SimpleNamespace(low=low, high=high, text="a fifth", reading="a fifth")
    return SimpleNamespace(since=since, claim=SimpleNamespace(says=says))


def test_the_ribbon_tells_true_larger_and_smaller() -> None:
    stretches = ribbon(told([-0.5, -0.5, -0.18, -0.17, -0.1, 0.2]))
    kinds = [(one.kind, (one.end - one.start).days) for one in stretches]
    # A gain is smaller than a loss that is told of.
    assert kinds == [("larger", 2), ("true", 2), ("smaller", 2)]
    assert stretches[0].end == stretches[1].start


def test_days_without_a_figure_part_the_ribbon() -> None:
    stretches = ribbon(told([-0.18, float("nan"), -0.18]))
    assert [(one.kind, one.start.day) for one in stretches] == [
        ("true", 1),
        ("true", 3),
    ]
    assert ribbon(SimpleNamespace(since=pd.DataFrame(), claim=None)) == []  # type: ignore[arg-type]  # a stand-in


def test_a_gain_is_read_the_other_way() -> None:
    stretches = ribbon(told([0.5, 0.18, 0.1], low=0.16, high=0.2))
    assert [one.kind for one in stretches] == ["larger", "true", "smaller"]


def test_days_band_and_bar(tmp_path: Path) -> None:
    history = kg.read_history(write_maps(tmp_path / "maps"))
    [verdict] = kg.check(write_claim(tmp_path, "shrunk", SHRUNK), history)
    ax = kg.plot_since(verdict, history)
    assert ax.get_ylabel() == "Area [km²]"
    bars = [one for one in ax.patches if str(one.get_gid()).startswith("ribbon-")]
    assert len(bars) == len(ribbon(verdict))
    area = write_claim(tmp_path, "area", area_claim("area", "70", "2 March 2025"))
    with pytest.raises(OptionError, match="since when"):
        kg.plot_since(kg.check(area, history)[0], history)
    plt.close("all")


def test_each_day_that_is_true_is_shaded_and_no_other() -> None:
    history = kg.sample_history()
    [verdict] = kg.check("bloomberg-2025-04-26-shrunk", history)
    ax = kg.plot_since(verdict, history)
    spans = [one.get_extents() for one in ax.patches if one.get_gid() == "true"]
    spans = [ax.transData.inverted().transform_bbox(one) for one in spans]
    days = days_of(verdict.since["day"])
    near = 0.01
    shaded = [(one.x0 - near < days) & (days < one.x1 - near) for one in spans]
    assert np.array(shaded).any(axis=0).tolist() == verdict.since["holds"].tolist()
    assert verdict.since["holds"].any()
    # Both of the maps that may be meant stand at the end.
    ends = [one for one in ax.get_lines() if one.get_gid() == "end"]
    assert len(ends) == len(verdict.maps) == 2
    plt.close("all")


def test_maps_stand_above_the_ground_that_was_held(tmp_path: Path) -> None:
    history = kg.read_history(write_maps(tmp_path / "maps"))
    [verdict] = kg.check(write_claim(tmp_path, "shrunk", SHRUNK), history)
    ax = kg.plot_since(verdict, history)
    assert ax.get_ylabel() == "Area [km²]"
    held = [one for one in ax.get_lines() if one.get_gid() == "held"]
    assert held
    panels = [one for one in ax.figure.axes if one is not ax]
    assert panels, "maps of the days that matter"
    headline = [
        one.get_text() for one in ax.figure.texts if one.get_gid() == "headline"
    ]
    assert len(headline) == 1
    assert "?" in headline[0]
    plt.close("all")


def test_pictures_are_right_on_dark_paper_and_in_a_grid() -> None:
    grey = feature(tile(10, 0, 4, 8), fill=GREY)
    history = days([feature(tile(0, 0, 4, 5))], [feature(tile(0, 0, 2, 2)), grey])
    selected = history.select(STRIP)
    table = kg.measure(selected)
    with plt.style.context("dark_background"):
        figure, axes = plt.subplots(2, 2, figsize=(9, 8), layout="constrained")
        kg.plot_area(table, ax=axes[0, 0])
        kg.plot_depth(table, ax=axes[0, 1])
        kg.plot_map(selected, ax=axes[1, 0])
        kg.plot_change(kg.change_between(selected, "2025-03-01", "2025-03-02"),
                       ax=axes[1, 1])  # fmt: skip
        figure.draw_without_rendering()
    for ax in axes.ravel():
        titles = [ax.title, ax._left_title, *ax.texts]
        for text in titles:
            if text.get_text() and text.get_gid() != "section-label":
                red, green, blue = mpl.colors.to_rgb(text.get_color())
                assert 0.299 * red + 0.587 * green + 0.114 * blue > 0.3, text
        box = ax._left_title.get_window_extent()
        assert box.x0 >= 0
        assert box.y1 <= figure.bbox.height + 1
    plt.close("all")


def test_the_style_leaves_settings_as_they_were() -> None:
    before = mpl.rcParams.copy()
    with kg.style(dark=True, lang="uk"):
        ax = kg.plot_area(kg.measure(days([feature(tile(0, 0))]).select(STRIP)))
        assert ax.get_ylabel() == "Площа [км²]".replace("км²", "км²")
    assert mpl.rcParams == before
    plt.close("all")
