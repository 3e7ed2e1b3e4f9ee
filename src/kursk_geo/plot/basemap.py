"""What pictures of ground stand on: a part of the world, its lines and its names."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from matplotlib.text import Annotation
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kursk_geo import reference
from kursk_geo._text import named, t, words_of
from kursk_geo.area import area_km2
from kursk_geo.errors import OptionError
from kursk_geo.geometry import GEOD, as_array, explode, orient
from kursk_geo.plot import canvas
from kursk_geo.plot.canvas import SMALL_PT, TEXT_PT, role
from kursk_geo.sections import MIN_AREA_KM2
from kursk_geo.theatre import Theatre

__all__ = ["Board", "View"]

MARGIN_SHARE, MARGIN_KM = 0.08, 3.0
"""Room around the ground: a share of its longer side, at least so much. [km]"""
TINY = 1e-6
RATIOS = (1.05, 1.75)
"""Width by height that a map of its own figure may have."""
NEAR_DEGREES = 0.05
"""Neighbours end this near to where Ukraine and Russia do: they are known coarsely."""
COARSE_KM = 150.0
"""Sea, rivers and neighbours are known to a kilometre: wider views alone show them."""
BAR_SHARE = 0.27
"""The scale bar takes at most this share of the width."""


@dataclass(frozen=True)
class View:
    """
    The part of the world that a map shows, in EPSG:4326.

    Across 180 degrees longitudes go on: 181 is 179 W.
    """

    west: float
    south: float
    east: float
    north: float

    def __post_init__(self) -> None:
        lon = -180 <= self.west <= 180 and self.west < self.east <= self.west + 360
        if not (lon and -90 < self.south < self.north < 90):
            msg = (
                f"The view {self.bounds} is no part of the world. Expected degrees: "
                "(west, south, east, north)."
            )
            raise OptionError(msg)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north."""
        return self.west, self.south, self.east, self.north

    @property
    def centre(self) -> tuple[float, float]:
        """Longitude and latitude."""
        return (self.west + self.east) / 2, (self.south + self.north) / 2

    @property
    def box(self) -> shapely.Polygon:
        """As a polygon."""
        return shapely.box(*self.bounds)

    @property
    def degree_km(self) -> tuple[float, float]:
        """Length of a degree eastwards and northwards, in kilometres."""
        lon, lat = self.centre
        ends = [lon + 0.01, lon], [lat, lat + 0.01]
        _, _, (east_m, north_m) = GEOD.inv([lon, lon], [lat, lat], *ends)
        return east_m / 10.0, north_m / 10.0

    @property
    def size_km(self) -> tuple[float, float]:
        """Width and height, in kilometres."""
        east_km, north_km = self.degree_km
        return (self.east - self.west) * east_km, (self.north - self.south) * north_km

    @property
    def ratio(self) -> float:
        """Width by height on paper."""
        width_km, height_km = self.size_km
        return width_km / height_km

    def grown(self, margin_km: float) -> "View":
        """The view with a margin all round."""
        (width_km, height_km), more_km = self.size_km, 2 * margin_km
        return self._scaled(1 + more_km / width_km, 1 + more_km / height_km)

    def shaped(self, lowest: float, highest: float) -> "View":
        """The view, widened or heightened until its ratio is allowed."""
        ratio = self.ratio
        return self._scaled(max(lowest / ratio, 1.0), max(ratio / highest, 1.0))

    def _scaled(self, wider: float, higher: float) -> "View":
        """So many times as wide and high about the same centre, within the world."""
        lon, lat = self.centre
        width, height = self.east - self.west, self.north - self.south
        # Longitudes end at 180, or a turn on from the west of a view across it.
        last = 180.0 if self.east <= 180 else self.west + 360.0
        return View(
            max(lon - wider * width / 2, -180),
            max(lat - higher * height / 2, -89),
            min(lon + wider * width / 2, last),
            min(lat + higher * height / 2, 89),
        )


def view_of(shapes: Iterable[BaseGeometry], theatre: Theatre) -> View:
    """The ground with a margin; where there is none, the region or the border."""
    polygons = explode(as_array(list(shapes)))[0]
    # Slivers of redrawn edges would pull the view along the whole border.
    drawn = polygons[area_km2(polygons) >= MIN_AREA_KM2]
    if not len(drawn):
        fallback = [theatre.region, theatre.border, reference.border()]
        drawn = as_array([next(shape for shape in fallback if shape is not None)])
    bounds = shapely.bounds(drawn)
    left = bounds[:, 2] < 0
    if left.any() and not left.all() and not (bounds[~left, 0] < 0).any():
        # To both sides of 180 degrees: side by side, where that is narrower.
        moved = bounds + 360.0 * np.outer(left, [1, 0, 1, 0])
        bounds = min(bounds, moved, key=lambda one: np.ptp(one[:, [0, 2]]))
    last = 180.0 if bounds[:, 2].max() <= 180.0 else 540.0
    # A point or a level line has a centre but no size.
    west, south = (bounds[:, :2].min(axis=0) - TINY).clip((-180.0, -89.0))
    east, north = (bounds[:, 2:].max(axis=0) + TINY).clip(max=(last, 89.0))
    view = View(west, south, east, north)
    return view.grown(max(MARGIN_SHARE * max(view.size_km), MARGIN_KM))


def onwards(table: gpd.GeoDataFrame, view: View) -> gpd.GeoDataFrame:
    """The table with the longitudes of a view: those across 180 degrees go on."""
    if view.east <= 180:
        return table
    table = table.set_geometry(table.geometry.transform(_onwards))
    columns = table.columns.intersection(["border_point_lon", "witness_lon"])
    return table.assign(**{name: table[name] % 360.0 for name in columns})


def _onwards(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([xy[:, 0] % 360.0, xy[:, 1:]])


def records(table: pd.DataFrame) -> Iterator[Any]:
    """Rows whose columns are attributes."""
    return iter(table.itertuples())


def oblasts_in(view: View) -> gpd.GeoDataFrame:
    """The bundled oblasts that a view shows, cut to it; none on other maps."""
    return _cut(reference.oblasts(), view)


def surroundings_in(view: View) -> gpd.GeoDataFrame:
    """Sea, rivers, borders and neighbours that a view shows; none where it is near."""
    known = reference.surroundings()
    if max(view.size_km) < COARSE_KM or oblasts_in(view).empty:
        return known.iloc[:0]
    return _cut(known, view)


def _cut(known: gpd.GeoDataFrame, view: View) -> gpd.GeoDataFrame:
    return known.clip(view.grown(1.0).box, sort=True)


def border_in(view: View, theatre: Theatre) -> BaseGeometry:
    """The theatre's border in the view; the bundled one where it has none."""
    line = reference.border() if theatre.border is None else theatre.border
    return in_view(line, view)


def in_view(shape: BaseGeometry, view: View) -> BaseGeometry:
    """The part of a shape that lies in a view, also of one across 180 degrees."""
    shape = shape if view.east <= 180 else shapely.transform(shape, _onwards)
    return shapely.intersection(shape, view.box)


def is_bundled(line: BaseGeometry | None) -> bool:
    """Whether a border is the one that comes along, which is credited."""
    return line is not None and bool(shapely.equals_exact(line, reference.border()))


def has_sides(view: View, theatre: Theatre) -> bool:
    """Whether a view shows Ukraine on a map of this war, or of the bundled border."""
    own = (
        theatre.border is None
        or is_bundled(theatre.border)
        or canvas.of_this_war(theatre)
    )
    return own and bool(shapely.intersects(reference.ukraine(), view.box))


def country_sides(view: View, theatre: Theatre) -> dict[str, BaseGeometry]:
    """
    The land of each country in the view, where its sides are known.

    Ukraine is its oblasts; what is neither sea nor one of its neighbours is Russia.
    """
    if not has_sides(view, theatre):
        return {}
    ukraine = shapely.intersection(reference.ukraine(), view.box)
    around = _cut(reference.surroundings(), view)
    near = shapely.buffer(around.geometry.to_numpy(), NEAR_DEGREES, quad_segs=1)
    water = shapely.union_all(near[around["kind"] == "water"])
    taken = shapely.union(ukraine, water)
    sides = {"Ukraine": shapely.difference(ukraine, water)}
    for row in records(around[around["kind"] == "country"]):
        sides[row.name] = shapely.difference(row.geometry, taken)
    others = shapely.union_all(near[around["kind"] == "country"])
    sides["Russia"] = shapely.difference(view.box, shapely.union(taken, others))
    return {name: side for name, side in sides.items() if not side.is_empty}


# What is drawn


def fill(ax: Axes, ground: BaseGeometry, gid: str, **look: Any) -> None:  # noqa: ANN401
    """Polygons as one patch, holes cut out, where there are any."""
    if ground.area > 0:  # the view is known: no limits are looked for
        rings = shapely.get_rings(orient(explode(as_array([ground]))[0]))
        paths = [Outline(shapely.get_coordinates(one), closed=True) for one in rings]
        outline = Outline.make_compound_path(*paths)
        ax.add_artist(PathPatch(outline, **({"lw": 0.0} | look))).set_gid(gid)


def trace(ax: Axes, lines: BaseGeometry, gid: str, **look: Any) -> None:  # noqa: ANN401
    """Lines as one, with gaps; or the edges of polygons."""
    if shapely.get_dimensions(lines) == 2:
        lines = shapely.boundary(lines)
    parts = [shapely.get_coordinates(part) for part in shapely.get_parts(lines)]
    gap = np.full((1, 2), np.nan)
    xy = [row for part in parts if len(part) for row in (part, gap)]
    if xy:
        ax.plot(*np.concatenate(xy[:-1]).T, gid=gid, **look)


def draw_base(ax: Axes, view: View, theatre: Theatre) -> None:
    """Land, sea, region and border in their frame, north up, true both ways."""
    canvas.dress(ax)
    ax.set_facecolor(role("land"))
    ax.spines[:].set(visible=True, color=role("faint"), linewidth=0.6)
    # Degrees tell no reader where this is: towns, the border and the scale do.
    ax.set(xlim=(view.west, view.east), ylim=(view.south, view.north))
    ax.set(xticks=[], yticks=[])
    east_km, north_km = view.degree_km
    ax.set_aspect(north_km / east_km, adjustable="box", anchor="NW")
    around = view.grown(1.0)
    if has_sides(around, theatre):
        ukraine = shapely.intersection(reference.ukraine(), around.box)
        fill(ax, ukraine, "ukraine", color=role("side"), zorder=0.8)
    looks: dict[str, dict[str, Any]] = {
        "river": {"color": role("water"), "lw": 0.9, "zorder": 0.92},
        "border": {"color": role("faint"), "lw": 0.7, "zorder": 0.93},
    }
    for row in records(surroundings_in(view)):
        if row.kind == "water":
            fill(ax, row.geometry, "sea", color=role("water"), zorder=0.9)
            trace(ax, row.geometry, "coast", color=role("road"), lw=0.5, zorder=0.91)
        elif row.kind in looks:
            trace(ax, row.geometry, row.kind + "-far", **looks[row.kind])
    if theatre.region is not None:
        region = in_view(theatre.region, around)
        dots = {"edgecolor": role("faint"), "linestyle": (0, (1, 2)), "lw": 0.5}
        fill(ax, region, "region", facecolor="none", zorder=1, **dots)
    for row in records(oblasts_in(view)):
        trace(ax, row.geometry, "oblast", color=role("rule"), lw=0.5, zorder=1.1)
    line = border_in(around, theatre)
    # Below the ground: a halo upon it hid half a kilometre of strips.
    trace(ax, line, "border-halo", color=role("paper"), lw=2.6, zorder=1.5)
    trace(ax, line, "border", color=role("ink"), lw=0.9, zorder=4)


def draw_locator(ax: Axes, view: View) -> None:
    """Where in Ukraine a view lies, on small Axes of its own; nothing on other maps."""
    ax.set_axis_off()
    if oblasts_in(view).empty:
        return
    country = shapely.simplify(reference.ukraine(), 0.02)
    fill(ax, country, "locator", fc=role("side"), ec=role("faint"), lw=0.5)
    lon, lat = view.centre
    ax.plot([lon], [lat], marker="s", ms=5, color=role("held"), gid="locator-mark")
    west, south, east, north = country.bounds
    ax.set(xlim=(west - 0.5, east + 0.5), ylim=(south - 0.5, max(north, lat) + 0.5))
    ax.set_aspect(1.5)


CORNERS = ((0.03, 0.045), (0.97, 0.045), (0.97, 0.91), (0.03, 0.91))
"""Where the scale bar may stand: the first corner that is free of ground."""


def draw_scale_bar(board: "Board", view: View) -> None:
    """A bar of a round length, in the first corner that is free of ground."""
    most_km = view.size_km[0] * BAR_SHARE
    power_km = 10.0 ** np.floor(np.log10(most_km))
    length_km = power_km * max(step for step in (1, 2, 5) if step * power_km <= most_km)
    share = length_km / view.size_km[0]
    words = t("plot.scale", length=f"{length_km:g}")
    width, height = board.paper.bounds[2:]
    room = max(width * share, size_pt(words, SMALL_PT)[0])
    x, y = np.array(CORNERS).T * [[width - room], [height]] + [[room / 2], [6.0]]
    boxes = boxes_at(x, y, (room + 8.0, 20.0))
    best = boxes[int(np.argmin(board.cost(boxes)))]
    board.taken.append(best)
    left, foot = best.bounds[0] + 4, best.bounds[1] + 4
    xy = [board.in_degrees(left, foot), board.in_degrees(left + width * share, foot)]
    bar: dict[str, Any] = {"lw": 2.0, "solid_capstyle": "butt", "zorder": 8}
    board.ax.plot(*zip(*xy, strict=True), color=role("ink"), gid="scale-bar", **bar)
    look: dict[str, Any] = {"va": "bottom", "zorder": 8, "gid": "scale-bar-label"}
    canvas.write(board.ax, words, xy[0], (0.0, 3.0), ha="left", **look)


# Places and names


RANKS = (100_000, 20_000, 0)
"""Inhabitants from which a place is of the first rank, and of the second."""
MOST_NEARBY = 14
MOST_PLACES = 25
"""More names than this are not written, whatever room there is."""
SIDES = (
    *((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1)),
    *((1, 0.5), (-1, 0.5), (1, -0.5), (-1, -0.5)),
    *((0.5, 1), (-0.5, 1), (0.5, -1), (-0.5, -1)),
)
"""Where a label may stand beside what it names, best first."""


def nearby_places(
    view: View, *, most: int = MOST_NEARBY, within: BaseGeometry | None = None
) -> gpd.GeoDataFrame:
    """
    Bundled places in a view, the largest first, apart from each other; with rank.

    Or those of them that lie `within` some ground.
    """
    known = reference.places()
    inside = known[known.within(view.box)]
    if within is not None:
        inside = inside[inside.within(within)]
    inside = inside.sort_values("population", ascending=False, kind="stable")
    xy_km = np.column_stack([inside["lon"], inside["lat"]]) * view.degree_km
    apart_km = max(view.size_km) / 9.0
    kept: list[int] = []
    for row, spot in enumerate(xy_km):
        if len(kept) < most and (np.hypot(*(xy_km[kept] - spot).T) >= apart_km).all():
            kept.append(row)
    chosen = inside.iloc[kept]
    people = chosen["population"].to_numpy()[:, None]
    ranks = np.argmax(people >= np.array(RANKS), axis=1)
    names = [place_name(name) for name in chosen["name"]]
    return chosen.assign(name=names, rank=ranks)


def town_near(ground: BaseGeometry, *, least: int = 0) -> str:
    """The bundled place nearest to the middle of some ground; "" on other maps."""
    spot = shapely.point_on_surface(ground)
    place = reference.nearest_place(spot.x, spot.y, min_population=least)
    return place_name(place.name) if place else ""


def towns_of(pieces: gpd.GeoDataFrame) -> dict[int, str]:
    """The town nearest to the largest outline of each section, by its number."""
    largest = pieces.sort_values("area_km2").groupby("section").tail(1)
    return {row.section: town_near(row.geometry) for row in records(largest)}


def place_name(name: str) -> str:
    """A bundled place in the language in use, where its spelling is known."""
    letters = words_of("format")["letters"]
    return named("places", name, _spelled(letters).get(name, name) if letters else name)


@cache
def _spelled(letters: str) -> dict[str, str]:
    """Names of places by a spelling that has letters of the language's own."""
    known = reference.places()
    return {
        name: spelling
        for name, others in zip(known["name"], known["other_names"], strict=True)
        for spelling in reversed(others.split("|"))
        if set(spelling.lower()) & set(letters)
    }


COVERED = 1e3
"""What a label costs that covers another."""
NEAR_PT = (3.0,)
FAR_PT = (3.0, 7.0, 14.0, 24.0, 38.0, 56.0, 80.0, 110.0)
"""How far from the middle of its ground a label may stand. [pt]"""
SHORT_PT = 4.5
"""A label nearer than this to its ground needs no leader. [pt]"""
RIVAL_PT = 8.0
"""How much nearer a label must stand to its own ground than to other. [pt]"""
NOTHING = shapely.GeometryCollection()


@dataclass
class Board:
    """
    The Axes as a sheet of paper, in points from its lower left corner.

    Parameters
    ----------
    ax : Axes
        With its limits and aspect set; the figure is laid out once to know its size.
    """

    ax: Axes
    taken: list[BaseGeometry] = field(default_factory=list)
    """Boxes of labels, which nothing may cover."""
    busy: list[BaseGeometry] = field(default_factory=list)
    """Ground, which is better left free."""
    lines: list[BaseGeometry] = field(default_factory=list)
    """Borders and depths, which are better not crossed out."""

    def __post_init__(self) -> None:
        figure = canvas.root_figure(self.ax)
        figure.draw_without_rendering()
        self._pt = 72.0 / figure.dpi
        frame = self.ax.get_window_extent()
        self._corner = np.array([frame.x0, frame.y0])
        self.paper = shapely.box(0, 0, frame.width * self._pt, frame.height * self._pt)
        for text in self.ax.texts:
            if text.get_gid() == "sample":
                corners = text.get_window_extent().get_points() - self._corner
                self.taken.append(shapely.box(*(corners * self._pt).ravel()))

    def on_paper(self, geometry: Any) -> Any:  # noqa: ANN401  (one or an array)
        """Bring geometries from EPSG:4326 to points, without detail finer than one."""
        to_pixels = self.ax.transData.transform
        placed = shapely.transform(
            geometry, lambda xy: (to_pixels(xy) - self._corner) * self._pt
        )
        return shapely.simplify(placed, 0.5)

    def spot(self, lon: float, lat: float) -> shapely.Point:
        """Bring a point from EPSG:4326 to points."""
        point: shapely.Point = self.on_paper(shapely.Point(lon, lat))
        return point

    def in_degrees(self, x: float, y: float) -> tuple[float, float]:
        """Bring a point of the paper back to EPSG:4326."""
        pixels = np.array([x, y]) / self._pt + self._corner
        lon, lat = self.ax.transData.inverted().transform(pixels)
        return float(lon), float(lat)

    def cost(self, boxes: NDArray[np.object_]) -> NDArray[np.float64]:
        """What is lost by writing in each box; `COVERED` or more where none may."""
        cost = np.where(shapely.covers(self.paper, boxes), 0.0, 10 * COVERED)
        taken = as_array(self.taken)[:, None]
        cost += COVERED * shapely.intersects(boxes, taken).sum(axis=0)
        # Cut by rectangles: an overlay of a wound outline takes minutes.
        around, bounds = shapely.total_bounds(boxes), shapely.bounds(boxes)
        for busy in self.busy:
            part = shapely.clip_by_rect(busy, *around)
            under_pt2 = [shapely.clip_by_rect(part, *one).area for one in bounds]
            cost += 200 * np.array(under_pt2) / boxes[0].area
        for line in self.lines:
            across_pt = [shapely.clip_by_rect(line, *one).length for one in bounds]
            cost += 3 * np.array(across_pt)
        return cost

    def beside(
        self,
        shape: BaseGeometry,
        size: tuple[float, float],
        sides: Sequence[tuple[float, float]] = SIDES,
        *,
        rivals: BaseGeometry = NOTHING,
        distances_pt: Sequence[float] = NEAR_PT,
    ) -> BaseGeometry | None:
        """
        The best box beside a shape, the first of equals; none if none is free.

        `rivals` have labels of their own, and this one must not seem to be theirs.
        """
        spot = shapely.point_on_surface(shape)
        around = [(x, y, away) for away in distances_pt for x, y in sides]
        x, y, away = np.array(around).T
        reach_x, reach_y = x * (size[0] / 2 + away), y * (size[1] / 2 + away)
        boxes = boxes_at(spot.x + reach_x, spot.y + reach_y, size)
        leaders = shapely.shortest_line(shape, boxes)
        length = shapely.length(leaders)
        cost = self.cost(boxes) + length + 250.0 * (length > SHORT_PT)
        cost += 60.0 * (shapely.distance(rivals, boxes) < length + RIVAL_PT)
        crossed = shapely.intersects(leaders, as_array(self.taken)[:, None])
        cost += 200 * crossed.sum(axis=0)
        best = int(np.argmin(cost))
        return boxes[best] if cost[best] < COVERED else None

    def write(
        self,
        text: str,
        box: BaseGeometry,
        gid: str,
        *,
        of: shapely.Point | None = None,
        **look: Any,  # noqa: ANN401  (of the text)
    ) -> Annotation:
        """Write in a box of the paper, fixed to a point that it is `of`."""
        self.taken.append(box)
        target = of or box.centroid
        away = box.centroid.x - target.x, box.centroid.y - target.y
        xy = self.in_degrees(target.x, target.y)
        look |= {"ha": "center", "va": "center", "gid": gid}
        told = canvas.write(self.ax, text, xy, away, **look)
        told.set_in_layout(False)
        return told


def size_pt(text: str, size: float = TEXT_PT) -> tuple[float, float]:
    """Width and height of a block of text, with a little air, in points."""
    lines = text.split("\n")
    width = max(canvas.text_width_pt(line, size) for line in lines)
    return width + 3.0, len(lines) * size * canvas.LEADING + 2.0


def boxes_at(x: Any, y: Any, size: tuple[float, float]) -> NDArray[np.object_]:  # noqa: ANN401  (numbers or arrays)
    """Boxes of a size around points."""
    width, height = size
    low, high = (x - width / 2, y - height / 2), (x + width / 2, y + height / 2)
    boxes: NDArray[np.object_] = shapely.box(*low, *high)
    return boxes


def roomiest(
    shape: BaseGeometry, size: tuple[float, float], avoided: Sequence[BaseGeometry]
) -> BaseGeometry | None:
    """The box on a shape farthest from its edge and from other things, if any."""
    if shape.is_empty:
        return None
    west, south, east, north = shape.bounds
    x, y = np.meshgrid(np.linspace(west, east, 32), np.linspace(south, north, 32))
    boxes = boxes_at(x, y, size).ravel()
    shape = shapely.force_2d(shape)  # a copy: threads may share what is prepared
    shapely.prepare(shape)
    boxes = boxes[shapely.covers(shape, boxes)]
    walls = shapely.GeometryCollection([shape.boundary, *avoided])
    room = shapely.distance(walls, boxes)
    return boxes[int(np.argmax(room))] if (room > 0.0).any() else None


def label(
    board: Board,
    shape: BaseGeometry,
    text: str,
    gid: str,
    *,
    type_pt: float = TEXT_PT,
    **where: Any,  # noqa: ANN401  (of `Board.beside`)
) -> Annotation | None:
    """
    Write a label on its ground where it fits, else beside it, far off with a leader.

    Where it would cover another it is left out.
    """
    shape, size = shapely.intersection(shape, board.paper), size_pt(text, type_pt)
    if shape.is_empty:
        return None
    look: dict[str, Any] = {"zorder": 9, "size_pt": type_pt}
    inside = roomiest(shape, size, [*board.lines, *board.taken])
    if inside is not None:
        return board.write(text, inside, gid, ink="paper", **look)
    box = board.beside(shape, size, **where)
    if box is None:
        return None
    leader = shapely.shortest_line(shape, box)
    if leader.length > SHORT_PT:
        line = {"arrowstyle": "-", "color": role("ink"), "linewidth": 0.7}
        ends = {"shrinkA": 0.0, "shrinkB": 0.0}
        bbox = {"facecolor": "none", "edgecolor": "none", "pad": 0.0}
        look |= {"arrowprops": line | ends, "bbox": bbox}
    # Beside its ground a label points at the nearest spot of it.
    of, look["path_effects"] = leader.interpolate(0), canvas.halo()
    return board.write(text, box, gid, of=of, **look)


def label_side(
    board: Board, side: BaseGeometry, text: str, size: float, *, gid: str = "country"
) -> None:
    """Write the name of a land on its side, clear of all."""
    area = shapely.intersection(shapely.make_valid(board.on_paper(side)), board.paper)
    avoided = [*board.taken, *board.busy, *board.lines]
    box = roomiest(area, size_pt(text, size), avoided)
    if box is not None:
        look: dict[str, Any] = {"size_pt": size, "ink": "faint"}
        board.write(text, box, gid, alpha=0.75, zorder=3, **look)


SAME_PT = 4.0
"""A place that is nearer than this to one before it is the same. [pt]"""


class Mark(NamedTuple):
    """A place to mark on paper; a bundled one only where its name has room."""

    name: str
    spot: shapely.Point
    is_bundled: bool


def find_places(board: Board, tables: Sequence[gpd.GeoDataFrame]) -> list[Mark]:
    """The places that a map shows, in the tables' order, with their spots kept free."""
    found: list[Mark] = []
    for table in tables:
        for row in records(table[(table.geom_type == "Point") & ~table.is_empty]):
            spot = board.spot(row.geometry.x, row.geometry.y)
            name = getattr(row, "name", None)
            told = any(spot.distance(other.spot) < SAME_PT for other in found)
            if not told and shapely.covers(board.paper, spot):
                board.taken.append(spot.buffer(2.0))
                words = canvas.plain(name) if isinstance(name, str) else ""
                found.append(Mark(words, spot, "rank" in table))
    return found


def draw_places(board: Board, places: list[Mark]) -> None:
    """Mark places with a dot, and name those that have room, the first ones first."""
    dot: dict[str, Any] = {"marker": "s", "ms": 2.6, "color": role("ink"), "mew": 0.5}
    dot |= {"mec": role("paper"), "zorder": 6.5, "gid": "place-dot"}
    left = MOST_PLACES
    for name, spot, is_bundled in places:
        # What a reader asked for is named from farther off too, with a line to it.
        how: dict[str, Any] = {"distances_pt": NEAR_PT if is_bundled else FAR_PT}
        how |= {"type_pt": SMALL_PT}
        told = label(board, spot, name, "place", **how) if name and left else None
        left -= told is not None
        if told is not None or not is_bundled:
            board.ax.plot(*board.in_degrees(spot.x, spot.y), **dot)
