"""The map of any day with its slider, and the curves."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from matplotlib.axes import Axes
from shapely.geometry.base import BaseGeometry

from kursk_geo._text import MONTHS, day_words
from kursk_geo.change import change_between
from kursk_geo.geometry import as_array, measuring_crs, project
from kursk_geo.ground import Ground
from kursk_geo.history import ControlHistory
from kursk_geo.periods import DAY
from kursk_geo.plot.canvas import (
    RATIOS,
    Inline,
    View,
    bar_length_km,
    border_in,
    country_sides,
    inline_svg,
    new_figure,
    view_of,
)
from kursk_geo.plot.charts import draw_area, draw_depth
from kursk_geo.theatre import Theatre
from kursk_geo.uncertainty import change_bounds

__all__ = [
    "SHEET",
    "Base",
    "Chart",
    "Frame",
    "Period",
    "Place",
    "Shape",
    "SlidingMap",
    "area_chart",
    "base_of",
    "depth_chart",
    "frame_of",
    "periods_of",
    "sliding_map",
    "time_share",
]


WIDE = 1600
"""Steps from left to right, at most: two a pixel on a large screen."""
SHEET = 1000
"""Width of the SVG, to which units are scaled."""
FINEST_M = 50.0
"""Smallest step. What is drawn is a picture, not the data of its source. [m]"""
ROUND_M = (50, 100, 150, 200, 250, 300, 400, 500, 600, 750, 1000, 1500, 2000)


@dataclass(frozen=True)
class Frame:
    """
    A map's paper.

    Parameters
    ----------
    view : View
        What it shows, in EPSG:4326.
    crs : CRS
        The plane in which it is drawn.
    west_m, north_m : float
        Its upper left corner there. [m]
    step_m : float
        What one unit of the SVG is, and what all is rounded to. [m]
    width, height : int
        In units.
    """

    view: View
    crs: pyproj.CRS
    west_m: float
    north_m: float
    step_m: float
    width: int
    height: int

    def path(self, geometry: BaseGeometry) -> str:
        """Polygons or lines in EPSG:4326 as the data of an SVG path; "" for nothing."""
        if geometry.is_empty:
            return ""
        plane = project(as_array([geometry]), self.crs)[0]
        plane = shapely.simplify(plane, self.step_m)
        closed = plane.geom_type in ("Polygon", "MultiPolygon")
        lines = shapely.get_parts(plane)
        if closed:
            lines = shapely.get_rings(lines)
        parts = (self._part(shapely.get_coordinates(line), closed) for line in lines)
        return "".join(parts)

    @property
    def scale(self) -> float:
        """From units to the SVG, in which words keep their size."""
        return SHEET / self.width

    def spot(self, lon: float, lat: float) -> tuple[int, int]:
        """Where a word stands on the SVG."""
        x, y = self.point(lon, lat)
        return round(x * self.scale), round(y * self.scale)

    def point(self, lon: float, lat: float) -> tuple[int, int]:
        """Where a place stands on the paper, in units."""
        plane = project(as_array([shapely.Point(lon, lat)]), self.crs)
        x, y = self._units(shapely.get_coordinates(plane))[0]
        return int(x), int(y)

    def _units(self, xy_m: np.ndarray) -> np.ndarray:
        corner = np.array([self.west_m, self.north_m])
        flipped = (xy_m - corner) * (1.0, -1.0) / self.step_m
        return np.asarray(np.round(flipped), dtype=int)

    def _part(self, xy_m: np.ndarray, closed: bool) -> str:  # noqa: FBT001
        xy = self._units(xy_m)
        moved = np.r_[True, (np.diff(xy, axis=0) != 0).any(axis=1)]
        xy = xy[moved]
        if closed and len(xy) > 1 and (xy[0] == xy[-1]).all():
            xy = xy[:-1]
        if len(xy) < (3 if closed else 2):
            return ""
        steps = np.diff(xy, axis=0)
        pairs = " ".join(f"{x} {y}" for x, y in steps.tolist())
        start = f"M{xy[0][0]} {xy[0][1]}"
        return f"{start}l{pairs.replace(' -', '-')}" + ("z" if closed else "")


def frame_of(shapes: list[BaseGeometry], theatre: Theatre) -> Frame:
    """Paper for some ground, with a margin."""
    view = view_of(shapes, theatre).shaped(*RATIOS)
    crs = theatre.crs or measuring_crs(view.box)
    box = project(as_array([shapely.segmentize(view.box, 0.1)]), crs)
    west, south, east, north = shapely.total_bounds(box)
    step_m = _round_step((east - west) / WIDE)
    return Frame(
        view=view,
        crs=crs,
        west_m=float(west),
        north_m=float(north),
        step_m=step_m,
        width=int(np.ceil((east - west) / step_m)),
        height=int(np.ceil((north - south) / step_m)),
    )


def _round_step(least_m: float) -> float:
    wanted = max(least_m, FINEST_M)
    return float(next((step for step in ROUND_M if step >= wanted), wanted))


@dataclass(frozen=True)
class Base:
    """What lies under the ground, as paths; and where words stand."""

    ukraine: str
    region: str
    border: str
    countries: tuple[tuple[str, int, int], ...]
    bar: int
    bar_words: str


def base_of(frame: Frame, theatre: Theatre, ground: BaseGeometry) -> Base:
    """Sides, region, border, names of the countries and a scale bar."""
    around = frame.view.grown(max(frame.view.size_km) * 0.1)
    sides = country_sides(around, theatre)
    region = theatre.region
    inside = None if region is None else shapely.intersection(region, around.box)
    length_km = bar_length_km(frame.view)
    return Base(
        ukraine=frame.path(sides.get("UKRAINE", shapely.Polygon())),
        region="" if inside is None else frame.path(shapely.boundary(inside)),
        border=frame.path(border_in(around, theatre)),
        countries=tuple(_names(frame, sides, ground)),
        bar=round(length_km * 1e3 / frame.step_m * frame.scale),
        bar_words=f"{length_km:g} km",
    )


def _names(
    frame: Frame, sides: dict[str, BaseGeometry], ground: BaseGeometry
) -> list[tuple[str, int, int]]:
    """Each country's name, as far from its edges and the ground as can be."""
    names = []
    for name, side in sides.items():
        free = shapely.intersection(side, frame.view.box)
        free = shapely.difference(free, shapely.simplify(ground, 0.005))
        if free.is_empty:
            continue
        parts = shapely.get_parts(free)
        largest = parts[int(np.argmax(shapely.area(parts)))]
        centre = shapely.maximum_inscribed_circle(largest, tolerance=0.01)
        lon, lat = shapely.get_coordinates(centre)[0]
        names.append((name, *frame.spot(float(lon), float(lat))))
    return names


MOST = 12
LENGTHS = (1, 3, 12, 60)
"""Lengths of a period that a reader knows. [months]"""
KINDS = ("kept", "lost", "gained")
TICK = pd.Timedelta(microseconds=1)


@dataclass(frozen=True)
class Period:
    """
    A calendar month, quarter or year, cut to the maps.

    Parameters
    ----------
    words : str
        ``"Mar 2025"`` in short, or what of it lies within the maps.
    gained_km2, lost_km2, net_km2, low_km2, high_km2 : float
        The last two are the bounds of the net. [km²]
    p : float
        Probability of the direction of the net; 0 where nothing changed.
    end_km2 : float
        Held at the end. [km²]
    paths : dict
        Outlines of what was kept, lost and gained.
    """

    words: str
    gained_km2: float
    lost_km2: float
    net_km2: float
    low_km2: float
    high_km2: float
    p: float
    end_km2: float
    paths: dict[str, str]

    @property
    def changed(self) -> bool:
        """Whether there is anything to draw."""
        return bool(self.paths["gained"] or self.paths["lost"])


def periods_of(history: ControlHistory, frame: Frame) -> list[Period]:
    """Periods of the maps of a selected history, at most a dozen or so."""
    published = history.snapshots["snapshot_utc"]
    first, last = published.iloc[0], published.iloc[-1]
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    length = next((n for n in LENGTHS if months / n <= MOST), LENGTHS[-1])
    edges = [first, *_edges(first, last, length), last]
    return [
        _period(history, frame, (start, end), length)
        for start, end in pairwise(edges)
        if start < end
    ]


def _edges(first: pd.Timestamp, last: pd.Timestamp, length: int) -> list[pd.Timestamp]:
    months = pd.date_range(first, last, freq="MS", normalize=True)
    return [
        day.as_unit("us")
        for day in months
        if first < day < last and (12 * day.year + day.month - 1) % length == 0
    ]


def _period(
    history: ControlHistory,
    frame: Frame,
    ends: tuple[pd.Timestamp, pd.Timestamp],
    length: int,
) -> Period:
    """A map published at midnight belongs to the day that begins then."""
    start, end = ends
    published = history.snapshots["snapshot_utc"]
    moments = (
        start if start == published.iloc[0] else start - TICK,
        end if end == published.iloc[-1] else end - TICK,
    )
    ground = change_between(history, *moments)
    net = change_bounds(history, *moments).to_dict("index")["net"]
    shapes = {
        kind: ground.loc[ground["change"] == kind].geometry.to_numpy() for kind in KINDS
    }
    return Period(
        words=_words(start, end, length),
        gained_km2=float(ground.attrs["gained_km2"]),
        lost_km2=float(ground.attrs["lost_km2"]),
        net_km2=net["change_km2"],
        low_km2=net["low_km2"],
        high_km2=net["high_km2"],
        p=net["p"],
        end_km2=float(ground.attrs["end_km2"]),
        paths={k: frame.path(shapely.union_all(parts)) for k, parts in shapes.items()},
    )


def _words(start: pd.Timestamp, end: pd.Timestamp, length: int) -> str:
    last = end - TICK
    whole = start == start.normalize() and end == end.normalize()
    if whole and length == 1:
        return f"{MONTHS[start.month - 1]} {start.year}"
    begins = day_words(start)
    if (start.year, start.month) == (last.year, last.month):
        begins = str(start.day)
    elif start.year == last.year:
        begins = f"{start.day} {MONTHS[start.month - 1]}"
    return f"{begins} to {day_words(last)}"


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


SIZES_IN = {"wide": (9.6, 2.9), "narrow": (4.0, 2.6)}
"""Width and height of a chart on a desk and on a phone. [in]"""


@dataclass(frozen=True)
class Chart:
    """A chart as the plots draw it, for a desk and for a phone."""

    name: str
    title: str
    description: str
    legend: tuple[tuple[str, str], ...]
    drawn: dict[str, Inline]


def area_chart(table: pd.DataFrame, description: str) -> Chart:
    """Held area with contested upon it."""
    legend = (("held", "held"), ("contested", "contested, on top"))
    drawn = _drawn("area", draw_area, table)
    return Chart("area", "Area [km²]", description, legend, drawn)


def depth_chart(table: pd.DataFrame, description: str) -> Chart | None:
    """Depth of held ground, and with contested; None where there is no border."""
    if table["depth_km"].isna().all():
        return None
    legend = (("deep", "of held ground"), ("outer", "with contested ground"))
    drawn = _drawn("depth", draw_depth, table)
    return Chart("depth", "Depth from the border [km]", description, legend, drawn)


def _drawn(
    name: str, draw: Callable[[Axes, pd.DataFrame], object], table: pd.DataFrame
) -> dict[str, Inline]:
    pictures = {}
    for size, inches in SIZES_IN.items():
        ax = new_figure(*inches)[1]
        draw(ax, table)
        ax.set_ylabel("")
        ax.margins(x=0.0)
        pictures[size] = inline_svg(ax, f"{name}-{size}")
    return pictures


def time_share(moments: pd.DatetimeIndex, span: pd.DatetimeIndex) -> np.ndarray:
    """Where instants stand between the first and the last of a span, 0 to 1."""
    length = (span[-1] - span[0]) / DAY
    return np.asarray((moments - span[0]) / DAY / (length or 1.0), dtype=float)
