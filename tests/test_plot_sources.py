"""Sources side by side as a picture, judged by what stands in it."""

from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.patches import StepPatch

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
from kursk_geo.compare import compare
from kursk_geo.errors import EmptyPlotWarning, OptionError
from kursk_geo.history import ControlHistory
from kursk_geo.plot.charts import plot_sources

mpl.use("Agg")

LEFT = feature(tile(0, 0, 10, 10))
SMALL = feature(tile(0, 0, 5, 10))
GREY_ZONE = feature(tile(12, 0, 5, 10), fill=GREY)


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    before = mpl.rcParams.copy()
    yield
    plt.close("all")
    assert mpl.rcParams == before


def of(*shown: list[Feature]) -> ControlHistory:
    return days(*shown).select(STRIP)


def line(ax: Axes, gid: str) -> StepPatch:
    (found,) = [one for one in ax.patches if one.get_gid() == gid]
    assert isinstance(found, StepPatch)
    return found


def gids(ax: Axes) -> set[str | None]:
    return {one.get_gid() for one in ax.patches}


def legend(ax: Axes) -> list[str]:
    shown = ax.get_legend()
    assert shown is not None
    return [text.get_text() for text in shown.get_texts()]


def test_each_day_is_level() -> None:
    ax = plot_sources(compare({"b": of([LEFT], [SMALL]), "a": of([SMALL], [SMALL])}))
    first = mdates.date2num(np.datetime64("2025-03-01"))  # type: ignore[no-untyped-call]  # has no types
    drawn = line(ax, "source-b")
    values, edges, _ = drawn.get_data()
    assert edges.tolist() == [first, first + 1, first + 2]
    assert values == pytest.approx([100, 50], rel=1e-3)
    assert legend(ax) == ["a", "b", "Between sources"]
    assert ax.get_ylabel() == "Area [km²]"
    assert line(ax, "source-a").get_edgecolor() != drawn.get_edgecolor()
    assert line(ax, "source-a").get_linestyle() != drawn.get_linestyle()


def test_contested_ground_and_the_median() -> None:
    grey = of([SMALL, GREY_ZONE])
    table = compare({"a": of([LEFT]), "b": grey, "c": of([SMALL])})
    ax = plot_sources(table)
    assert {"total-b", "median", "band"} <= gids(ax)
    assert not {"total-a", "total-c"} & gids(ax)
    assert line(ax, "total-b").get_data()[0][0] == pytest.approx(100, rel=1e-3)
    assert line(ax, "median").get_data()[0][0] == pytest.approx(50, rel=1e-3)
    expected = ["a", "b", "c", "With contested ground", "Between sources", "Median"]
    assert legend(ax) == expected


def test_one_after_the_other_has_no_band() -> None:
    late = make_history({NOON + 5 * DAY_S: [LEFT]}).select(STRIP)
    ax = plot_sources(compare({"a": of([LEFT]), "b": late}))
    assert "band" not in gids(ax)
    assert legend(ax) == ["a", "b"]


def test_on_axes_of_ones_own_with_a_caption() -> None:
    _, own = plt.subplots()
    table = compare({"a": of([LEFT]), "b": of([SMALL])}, tz="Europe/Kyiv")
    ax = plot_sources(table, ax=own)
    assert ax is own
    texts = " ".join(text.get_text() for text in ax.texts)
    for word in ("DeepState", "strip", "Europe/Kyiv", "1 Mar 2025"):
        assert word in " ".join(texts.split())
    assert "Ground: strip. Maps that stood" in " ".join(texts.split())
    assert "Farthest apart on" in ax.get_title(loc="left")
    same = plot_sources(compare({"a": of([LEFT]), "b": of([LEFT])}))
    assert same.get_title(loc="left") == "The sources show the same"


def test_nothing_to_draw() -> None:
    never = of([LEFT]).between("2020-01-01", "2020-01-02")
    table = compare({"a": never, "b": never})
    with pytest.warns(EmptyPlotWarning, match="the table of sources has no rows"):
        ax = plot_sources(table)
    assert ax.get_ylabel() == "Area [km²]"


def test_wrong_tables_and_options() -> None:
    table = compare({"a": of([LEFT]), "b": of([SMALL])})
    with pytest.raises(OptionError, match=r"lacks median_km2\. Expected what"):
        plot_sources(table.drop(columns="median_km2"))
    with pytest.raises(OptionError, match="width_in=90 is not a width"):
        plot_sources(table, width_in=90)
    assert isinstance(table, pd.DataFrame)
