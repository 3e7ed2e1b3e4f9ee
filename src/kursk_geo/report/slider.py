"""The map with a time slider: each outline once, with the states that show it."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kursk_geo.geometry import as_array
from kursk_geo.ground import Ground
from kursk_geo.history import ControlHistory
from kursk_geo.report.frame import SHEET, Base, Frame, base_of, frame_of
from kursk_geo.theatre import Theatre

__all__ = ["Place", "Shape", "SlidingMap", "sliding_map"]

MOST_PLACES = 60
"""More names than that hide the map."""
APART = (130, 24)
"""How far apart names stand at least, across and down. [units of the SVG]"""
LETTER = 20
"""Width of a letter of a name on a phone, where type is largest. [units of the SVG]"""


@dataclass(frozen=True)
class Shape:
    """An outline, whether it is held, and when it is shown: ``"0-3 7-9"``."""

    path: str
    held: bool
    on: str
    last: bool
    """Whether the last state shows it."""


@dataclass(frozen=True)
class Place:
    """A place with its name; `minor` ones give way on a small screen."""

    name: str
    x: int
    y: int
    left: bool
    minor: bool


@dataclass(frozen=True)
class SlidingMap:
    """What the template needs to draw the map."""

    frame: Frame
    base: Base
    shapes: tuple[Shape, ...]
    deepest: tuple[str, ...]
    """The line of the depth in each state, as a path; "" where there is none."""
    places: tuple[Place, ...]


def sliding_map(
    history: ControlHistory, states: pd.DataFrame, places: gpd.GeoDataFrame | None
) -> SlidingMap:
    """The map of a selected history; `states` has one row a change point."""
    ground = Ground(history)
    shapes = history.shapes
    distinct = shapes.drop_duplicates("shape_id")
    frame = frame_of(list(distinct.geometry), ground.theatre)
    covered = shapely.union_all(shapely.make_valid(distinct.geometry.to_numpy()))
    return SlidingMap(
        frame=frame,
        base=base_of(frame, ground.theatre, covered),
        shapes=tuple(_shapes(frame, shapes, states.index, ground.theatre)),
        deepest=tuple(_deepest(frame, ground, moment) for moment in states.index),
        places=() if places is None else tuple(_places(frame, places)),
    )


def _shapes(
    frame: Frame,
    shapes: gpd.GeoDataFrame,
    moments: pd.Index,
    theatre: Theatre,
) -> list[Shape]:
    """Contested ground first: what is also held is drawn over it."""
    number = len(moments)
    first = moments.searchsorted(shapes["valid_from"])
    ends = shapes["valid_to"]
    after = np.where(
        ends.isna(), number, moments.searchsorted(ends.fillna(moments[-1]))
    )
    table = shapes.assign(first=first, after=after)
    table["held"] = table["status"].isin([str(s) for s in theatre.held])
    drawn = []
    for (held, _), rows in table.groupby(["held", "shape_id"], sort=True):
        path = frame.path(rows.geometry.iloc[0])
        if not path:
            continue
        spans = sorted(zip(rows["first"], rows["after"] - 1, strict=True))
        on = " ".join(f"{low}-{high}" for low, high in spans)
        last = any(high == number - 1 for _, high in spans)
        drawn.append(Shape(path, bool(held), on, last))
    return drawn


def _deepest(frame: Frame, ground: Ground, moment: pd.Timestamp) -> str:
    depth = ground.depth(ground.shown(moment)[0])
    if depth is None or depth.witness is None or depth.border_point is None:
        return ""
    ends = [(point.x, point.y) for point in (depth.border_point, depth.witness)]
    (x, y), (to_x, to_y) = (frame.point(*end) for end in ends)
    return f"M{x} {y}L{to_x} {to_y}"


def _places(frame: Frame, places: gpd.GeoDataFrame) -> list[Place]:
    """Names that have room; where two are near, the first in the table stands."""
    geometry = places.geometry.to_crs("EPSG:4326").to_numpy()
    inside = shapely.intersects(as_array([frame.view.box])[0], geometry)
    found: list[Place] = []
    for name, point in zip(places["name"][inside], geometry[inside], strict=True):
        x, y = frame.spot(point.x, point.y)
        near = [
            place
            for place in found
            if abs(place.x - x) < APART[0] and abs(place.y - y) < APART[1]
        ]
        if near or len(found) == MOST_PLACES:
            continue
        crowded = any(
            abs(place.x - x) < 2 * APART[0] and abs(place.y - y) < 2 * APART[1]
            for place in found
        )
        found.append(Place(name, x, y, _leads_left(name, x), crowded))
    return found


def _leads_left(name: str, x: int) -> bool:
    """Whether a name stands left of its place: right of it the sheet would cut it."""
    return x > SHEET / 2 and x + LETTER * (len(name) + 1) > SHEET
