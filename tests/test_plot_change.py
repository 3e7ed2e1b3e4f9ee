"""Pictures of change, reach and sections, judged by what stands in them."""

from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.text import Text

import kursk_geo as kg
from builders import OCCUPIED, STRIP, days, feature, tile
from kursk_geo.errors import EmptyPlotWarning
from kursk_geo.plot.canvas import COLOURS
from kursk_geo.status import Status
from kursk_geo.theatre import Theatre

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    """Leave matplotlib as it was: no figures, no changed settings."""
    before = mpl.rcParams.copy()
    yield
    plt.close("all")
    assert mpl.rcParams == before


@pytest.fixture(scope="module")
def drawn() -> kg.ControlHistory:
    """One section of 8 km² that parts into 4 and 2 while 3 come elsewhere."""
    return days(
        [],
        [feature(tile(0, 0, 4, 2))],
        [
            feature(tile(0, 0, 2, 2)),
            feature(tile(3, 0, 1, 2)),
            feature(tile(9, 0, 3, 1)),
        ],
    ).select(STRIP)


def named(ax: Axes, gid: str) -> list[object]:
    return [child for child in ax.get_children() if child.get_gid() == gid]


def words(ax: Axes, gid: str) -> str:
    texts = [one.get_text() for one in named(ax, gid) if isinstance(one, Text)]
    return " ".join(" ".join(texts).split())


def legend(ax: Axes) -> list[str]:
    shown = ax.get_legend()
    texts = [] if shown is None else shown.get_texts()
    return [text.get_text().replace("\xa0", " ") for text in texts]


# --- change


def test_each_kind_is_drawn_where_it_is(drawn: kg.ControlHistory) -> None:
    ground = kg.change_between(drawn, "2025-03-02", "2025-03-03")
    ax = kg.plot_change(ground, theatre=STRIP)
    for kind in ("gained", "lost", "kept"):
        (patch,) = named(ax, f"change-{kind}")
        assert isinstance(patch, PathPatch)
        drawn_box = patch.get_path().get_extents().extents
        own = ground[ground.change == kind].total_bounds
        assert drawn_box == pytest.approx(own)
    assert legend(ax) == ["Gained", "Lost", "Held on both days"]
    assert ax.get_title(loc="left") == "2 Mar to 3 Mar 2025"
    assert words(ax, "subtitle") == (
        "Gained 3.0 km², lost 2.0 km² (net +1.0 km²); 9.0 km² held at the end"
    )
    assert words(ax, "section-label") == "2.0 km² 3.0 km²"
    assert "Maps of 2 Mar 2025, 12:00 UTC; 3 Mar 2025" in words(ax, "caption")
    assert ax.get_aspect() == pytest.approx(1 / np.cos(np.radians(51.3)), rel=0.01)


def test_slivers_are_drawn_but_are_no_kind_of_their_own() -> None:
    thin = shapely.box(35.0, 51.32, 35.1, 51.3201)
    history = days([feature(tile(0, 0))], [feature(tile(0, 0)), feature(thin)])
    ground = kg.change_between(history.select(STRIP), "2025-03-01", "2025-03-02")
    ax = kg.plot_change(ground)
    assert named(ax, "change-gained")
    assert legend(ax) == ["Held on both days"]
    assert "lost nothing" in words(ax, "subtitle")


def test_change_draws_on_the_axes_that_it_is_given(drawn: kg.ControlHistory) -> None:
    figure, axes = plt.subplots(1, 2, figsize=(10, 4))
    ground = kg.change_between(drawn, "2025-03-02", "2025-03-03")
    view = (35.0, 51.2, 35.6, 51.5)
    assert kg.plot_change(ground, ax=axes[1], view=view) is axes[1]
    assert axes[1].get_xlim() == (35.0, 35.6)
    assert axes[0].get_title(loc="left") == ""
    assert figure.get_size_inches().tolist() == [10, 4]


def test_no_change_warns(drawn: kg.ControlHistory) -> None:
    ground = kg.change_between(drawn, "2025-03-01", "2025-03-01")
    with pytest.warns(EmptyPlotWarning, match="nothing was held on either map"):
        ax = kg.plot_change(ground, theatre=STRIP)
    assert "nothing held at the end" in words(ax, "subtitle")


# --- timeline


def test_sections_are_bars_and_events_stand_on_them(drawn: kg.ControlHistory) -> None:
    pieces, happened = kg.section_history(drawn), kg.events(drawn)
    ax = kg.plot_timeline(pieces, happened=happened)
    (bars,) = named(ax, "sections")
    assert isinstance(bars, PolyCollection)
    boxes = np.array([np.asarray(path.vertices)[:4] for path in bars.get_paths()])
    heights = np.ptp(boxes[:, :, 1], axis=1)
    areas = pieces.area_km2.to_numpy()
    assert heights**2 / heights.max() ** 2 == pytest.approx(areas / areas.max())
    epoch = pd.Timestamp("1970-01-01T00:00Z")
    days_since = (pieces.valid_from - epoch) / pd.Timedelta(days=1)
    assert boxes[:, 0, 0].tolist() == days_since.tolist()
    names = [label.get_text() for label in ax.get_yticklabels()]
    # Each by its number and the nearest town.
    assert [name.split()[0] for name in names] == ["1", "2", "3"]
    assert all(len(name.split()) > 1 for name in names)
    (division,) = named(ax, "event-division")
    assert isinstance(division, Line2D)
    assert np.unique(np.asarray(division.get_ydata())).tolist() == [0, 2]
    assert legend(ax) == ["Appears", "Piece parts"]
    assert ax.get_title(loc="left").startswith("3 pieces at the end")


def test_a_timeline_needs_no_events(drawn: kg.ControlHistory) -> None:
    ax = kg.plot_timeline(kg.section_history(drawn), width_in=4)
    assert legend(ax) == []
    assert "Last map of 3 Mar 2025, 12:00 UTC" in words(ax, "caption")


def test_an_empty_timeline_warns() -> None:
    nothing = days().select(STRIP)
    with pytest.warns(EmptyPlotWarning, match="there was no section"):
        ax = kg.plot_timeline(kg.section_history(nothing), happened=kg.events(nothing))
    assert "No maps" in words(ax, "caption")


def test_of_many_pieces_the_largest_are_drawn_and_counted() -> None:
    crowd = [feature(tile(3 * x, 3 * y)) for x in range(-6, 6) for y in range(1, 5)]
    history = days(crowd, crowd[:30]).select(STRIP)
    ax = kg.plot_timeline(kg.section_history(history), happened=kg.events(history))
    assert len(ax.get_yticklabels()) == 40
    assert "The 40 largest of 48 pieces." in words(ax, "caption")


def test_who_holds_has_its_colour_on_maps_of_change_and_of_pieces() -> None:
    theirs = days([feature(tile(0, 0), fill=OCCUPIED)]).select(
        Theatre(name="theirs", held=frozenset({Status.OCCUPIED}))
    )
    same = kg.change_between(theirs, "2025-03-01", "2025-03-01")
    (kept,) = named(kg.plot_change(same, theatre=theirs.theatre), "change-kept")
    (bars,) = named(kg.plot_timeline(kg.section_history(theirs)), "sections")
    for one in (kept, bars):
        [shade] = np.atleast_2d(one.get_facecolor())  # type: ignore[attr-defined]
        assert to_hex(shade) == COLOURS[Status.OCCUPIED]


# --- few maps, and nothing on them


def test_one_map_is_drawn_as_a_day() -> None:
    table = kg.measure(days([feature(tile(0, 0))]).select(STRIP))
    for plot in (kg.plot_area, kg.plot_depth):
        ax = plot(table)
        low, high = ax.get_xlim()
        assert 1.0 < high - low < 2.0
        ticks = [one.get_text() for one in ax.get_xticklabels()]
        assert ticks[0] == "1 Mar 2025"
        assert len(named(ax, "last")) == 1


def test_where_nothing_is_held_the_title_says_so() -> None:
    table = kg.measure(days([], []).select(STRIP))
    assert kg.plot_area(table).get_title(loc="left") == "Nothing held"
    assert kg.plot_area(table).get_yticks().tolist() == [0.0]
    with pytest.warns(EmptyPlotWarning):
        ax = kg.plot_depth(table)
    assert ax.get_title(loc="left") == "Nothing held"
    assert ax.get_xlim()[0] > 20_000, "days of 2025, not of 1970"


# --- errors


def test_other_tables_are_refused(drawn: kg.ControlHistory) -> None:
    pieces, ground = kg.section_history(drawn), kg.sections(drawn)
    with pytest.raises(ValueError, match="lacks change"):
        kg.plot_change(ground)
    with pytest.raises(ValueError, match=r"lacks valid_from, valid_to\. .*section_hi"):
        kg.plot_timeline(ground)
    with pytest.raises(ValueError, match=r"lacks kind, before, after\. .*events"):
        kg.plot_timeline(pieces, happened=pieces)
    with pytest.raises(ValueError, match="width_in=99"):
        kg.plot_timeline(pieces, width_in=99)
