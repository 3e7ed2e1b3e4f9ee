"""Hypothesis strategies: polygons, maps, histories, days."""

from datetime import date, timedelta
from math import cos, pi, sin

import shapely
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from builders import (
    GREY,
    GREY_AT_HOME,
    HELD,
    LIBERATED,
    NOON,
    OCCUPIED,
    Feature,
    feature,
    polygon,
    tile,
)

FILLS = [HELD, GREY, GREY_AT_HOME, OCCUPIED, LIBERATED]


@st.composite
def stars(draw: st.DrawFn, *, size_km: float = 8.0) -> BaseGeometry:
    """
    Star-shaped polygons in degrees, wound either way, with or without a hole.

    A hole winds like the shell or against it.
    """
    n = draw(st.integers(3, 12))
    radii = draw(st.lists(st.floats(0.3, 1.0), min_size=n, max_size=n))
    x, y = draw(st.tuples(st.floats(-25, 25), st.floats(-10, 40)))
    shell = [
        (x + size_km * r * cos(2 * pi * i / n), y + size_km * r * sin(2 * pi * i / n))
        for i, r in enumerate(radii)
    ]
    holes = []
    if draw(st.booleans()):
        # Within the circle that every star holds: 0.3 of its size, times cos 60°.
        side = size_km * draw(st.floats(0.02, 0.09))
        holes.append(
            list(shapely.box(x - side, y - side, x + side, y + side).exterior.coords)
        )
        if draw(st.booleans()):
            holes[0].reverse()
    if draw(st.booleans()):
        shell.reverse()
    return polygon(shapely.Polygon(shell, holes))


@st.composite
def tiles(draw: st.DrawFn) -> BaseGeometry:
    """Rectangles on a coarse grid: they repeat, touch and overlap often."""
    x, y = draw(st.tuples(st.integers(-3, 3), st.integers(-2, 3)))
    width, height = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    return tile(2.0 * x, 2.0 * y, 2.0 * width, 2.0 * height)


def features() -> st.SearchStrategy[Feature]:
    """Features on tiles, of any status."""
    return st.builds(
        lambda shape, fill: feature(shape, fill=fill), tiles(), st.sampled_from(FILLS)
    )


@st.composite
def maps(draw: st.DrawFn, *, most: int = 7) -> dict[int, list[Feature]]:
    """
    Maps by the unix time of each: days missing, several a day, features that repeat.

    A feature may stand on a map twice; a map may hold none.
    """
    pool = draw(st.lists(features(), min_size=1, max_size=6))
    hours = draw(
        st.lists(st.integers(0, 20 * 24), min_size=1, max_size=most, unique=True)
    )
    shown = st.lists(st.sampled_from(pool), max_size=6)
    return {NOON + hour * 3600: draw(shown) for hour in sorted(hours)}


def dates() -> st.SearchStrategy[date]:
    """Days around those of `maps`."""
    first = date(2025, 2, 27)
    return st.integers(0, 26).map(lambda days: first + timedelta(days=days))


__all__ = ["FILLS", "dates", "features", "maps", "stars", "tiles"]
