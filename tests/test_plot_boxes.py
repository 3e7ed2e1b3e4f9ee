"""Texts of pictures: none covers another, and none leaves its picture, at any width."""

from collections.abc import Callable
from itertools import combinations

import matplotlib.pyplot as plt
import pytest
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

import kursk_geo as kg
from kursk_geo import reference
from kursk_geo.plot.basemap import View, country_sides, surroundings_in
from kursk_geo.plot.canvas import root_figure

Draw = Callable[..., Axes]

WIDTHS_IN = {"85 mm": 85 / 25.4, "180 mm": 180 / 25.4, "default": None}
WITHIN = {
    *("section-label", "place", "country", "scale-bar-label", "sample"),
    *("value", "baseline", "end-label"),
}
"""Texts that stand in the Axes, not around them."""


@pytest.fixture(scope="module")
def pictures() -> dict[str, Draw]:
    """Every plot of one Axes, of the sample maps, as it is called."""
    sample = kg.sample_history()
    kursk = sample.select("kursk")
    table = kg.measure(kursk)
    pieces, happened = kg.section_history(kursk), kg.events(kursk)
    ground = kg.change_between(kursk, "2024-10-14", "2025-03-31")
    apart = kg.compare({"all maps": kursk, "2024": kursk.between(None, "2024-12-31")})
    [verdict] = kg.check("bloomberg-2025-04-26-shrunk", sample)
    return {
        "area": lambda **how: kg.plot_area(table, **how),
        "depth": lambda **how: kg.plot_depth(table, **how),
        "map": lambda **how: kg.plot_map(kursk, at="2024-10-14", **how),
        "last map": lambda **how: kg.plot_map(kursk, **how),
        "change": lambda **how: kg.plot_change(
            ground, theatre=kg.theatre("kursk"), **how
        ),
        "timeline": lambda **how: kg.plot_timeline(pieces, happened=happened, **how),
        "sources": lambda **how: kg.plot_sources(apart, **how),
        "since": lambda **how: kg.plot_since(verdict, kursk, **how),
    }


NAMES = (
    *("area", "depth", "map", "last map", "change", "timeline", "sources", "since"),
)


def faults(figure: Figure) -> list[str]:
    """Texts that cover each other, and those that leave their picture."""
    figure.canvas.draw()
    boxes = []
    beyond = set()
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            # Ticks beyond the scale are made, and not drawn.
            beyond |= {
                one.label1
                for one in axis.get_major_ticks()
                if not low <= one.get_loc() <= high
            }
    for text in figure.findobj(Text):
        shown = text.get_visible() and text.get_text().strip() and text not in beyond
        if shown and (text.axes is None or text.axes.axison):
            # Of an annotation, without its leader.
            boxes.append((text, Text.get_window_extent(text)))
    found = []
    for text, box in boxes:
        frame = figure.bbox
        if text.get_gid() in WITHIN and text.axes is not None:
            frame = text.axes.get_window_extent()
        if (
            min(box.x0 - frame.x0, box.y0 - frame.y0) < -1
            or max(box.x1 - frame.x1, box.y1 - frame.y1) > 1
        ):
            found.append(f"{text.get_text()!r} leaves its picture")
    for (one, a), (other, b) in combinations(boxes, 2):
        deep = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        if min(deep) > 1:
            found.append(f"{one.get_text()!r} covers {other.get_text()!r}")
    return found


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", WIDTHS_IN)
def test_no_text_covers_another(
    pictures: dict[str, Draw], name: str, width: str
) -> None:
    asked = WIDTHS_IN[width]
    how = {} if asked is None else {"width_in": asked}
    with kg.style(dark=width == "default"):
        assert not faults(root_figure(pictures[name](**how)))


def test_small_multiples_keep_their_texts_apart() -> None:
    kursk = kg.sample_history().select("kursk")
    days = ["2024-08-20", "2024-10-14", "2025-03-31", "2025-04-26"]
    for width in (85 / 25.4, 180 / 25.4):
        columns = 2 if width < 5 else 4
        axes = kg.plot_small_multiples(kursk, days, columns=columns, width_in=width)
        assert not faults(root_figure(axes[0]))


@pytest.mark.parametrize("layout", ["none", "constrained", "tight"])
def test_four_pictures_in_a_grid(pictures: dict[str, Draw], layout: str) -> None:
    figure, axes = plt.subplots(2, 2, figsize=(12, 10), layout=layout)
    for ax, name in zip(axes.flat, ("area", "map", "change", "timeline"), strict=True):
        assert pictures[name](ax=ax) is ax
    assert not faults(figure)
    plt.close(figure)


def test_a_country_stands_by_the_sea_among_its_neighbours() -> None:
    """Each name within its own land; ground that is not counted is pale."""
    sample = kg.sample_history()
    ukraine = sample.select("ukraine")
    ax = kg.plot_map(ukraine, view=(23.0, 44.5, 40.5, 52.5))
    drawn = {str(one.get_gid()): one for one in [*ax.patches, *ax.lines]}
    assert {"sea", "coast", "river-far", "border-far", "ukraine"} <= drawn.keys()
    lands = country_sides(View(23.0, 44.5, 40.5, 52.5), ukraine.theatre)
    names = [one for one in ax.texts if one.get_gid() == "country"]
    assert {"UKRAINE", "RUSSIA", "BELARUS"} <= {one.get_text() for one in names}
    for one in names:
        spot = shapely.Point(one.xy)  # type: ignore[attr-defined]  # an annotation
        assert lands[one.get_text().title()].contains(spot)
    sea = reference.surroundings().query("kind == 'water'").geometry.item()
    assert not any(land.contains(shapely.Point(34.0, 43.5)) for land in lands.values())
    assert sea.contains(shapely.Point(34.0, 43.5))
    assert reference.ukraine().contains(shapely.Point(34.1, 44.95)), "Crimea"
    near = kg.plot_map(sample.select("kursk"))
    assert not [one for one in near.patches if one.get_gid() == "sea"]


def test_no_sea_of_this_war_on_a_map_of_another() -> None:
    far = View(96.0, 20.0, 99.0, 23.0)
    assert surroundings_in(far).empty
    assert not country_sides(far, kg.Theatre(name="elsewhere", holder="A", owner="B"))
