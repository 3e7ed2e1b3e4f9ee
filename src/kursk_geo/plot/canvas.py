"""Axes, scales, marks and surroundings that pictures share."""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeAlias
from warnings import warn

import geopandas as gpd
import matplotlib as mpl
import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import shapely
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from matplotlib.text import Text
from matplotlib.ticker import Formatter, FuncFormatter, MaxNLocator
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kursk_geo import reference
from kursk_geo._text import (
    day_words,
    month_words,
    named,
    t,
    words_of,
)
from kursk_geo._text import figure as number
from kursk_geo.area import area_km2
from kursk_geo.errors import EmptyPlotWarning, OptionError
from kursk_geo.geometry import GEOD, WGS84, as_array, explode, extent, orient
from kursk_geo.plot.style import (
    FONT,
    LEADING,
    SMALL_PT,
    TEXT_PT,
    TITLE_PT,
    caption_text,
    halo,
    legend_style,
    plain,
    role,
    text_style,
    text_width_pt,
    wrap,
)
from kursk_geo.sections import MIN_AREA_KM2
from kursk_geo.theatre import Theatre

__all__ = ["PICTURE_ENDINGS", "picture_bytes"]


ANGLES = np.radians(np.arange(90, 450, 15))
DISTANCES_PT = (7.0, 14.0, 24.0, 38.0, 56.0, 80.0, 110.0)
"""Where a label may stand, seen from its anchor."""
SHORT_PT = 2.0
"""A label nearer than this to its ground needs no leader. [pt]"""
RIVAL_PT = 8.0
"""How much nearer a label must stand to its own ground than to other. [pt]"""


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
        figure = root_figure(self.ax)
        figure.draw_without_rendering()
        self._pt = 72.0 / figure.dpi
        frame = self.ax.get_window_extent()
        self._corner = np.array([frame.x0, frame.y0])
        self.paper = shapely.box(0, 0, frame.width * self._pt, frame.height * self._pt)

    def on_paper(self, geometry: BaseGeometry) -> BaseGeometry:
        """Bring a geometry from EPSG:4326 to points, without detail finer than one."""
        to_pixels = self.ax.transData.transform
        placed = shapely.transform(
            geometry, lambda xy: (to_pixels(xy) - self._corner) * self._pt
        )
        return shapely.simplify(placed, 0.5)

    def in_degrees(self, x: float, y: float) -> tuple[float, float]:
        """Bring a point of the paper back to EPSG:4326."""
        pixels = np.array([x, y]) / self._pt + self._corner
        lon, lat = self.ax.transData.inverted().transform(pixels)
        return float(lon), float(lat)

    def keep_clear(self, geometry: BaseGeometry) -> None:
        """Ground in EPSG:4326 that labels should not cover."""
        self.busy.append(self.on_paper(geometry))


@dataclass(frozen=True)
class Spot:
    """A place for a label: centre of its box, and what it costs to stand there."""

    x: float
    y: float
    box: shapely.Polygon
    cost: float


def size_pt(text: str, size: float = TEXT_PT) -> tuple[float, float]:
    """Width and height of a block of text, with a little air, in points."""
    lines = text.split("\n")
    width = max(text_width_pt(line, size) for line in lines)
    return width + 3.0, len(lines) * size * LEADING + 2.0


def _box(x: float, y: float, width: float, height: float) -> shapely.Polygon:
    return shapely.box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def label_ground(
    board: Board, ground: BaseGeometry, text: str, *, rivals: BaseGeometry
) -> None:
    """
    Write a label on its ground where it fits, else beside it with a leader.

    `rivals` is other ground with a label, which this one must not seem to belong to;
    both as they are on paper.
    """
    shape = shapely.intersection(ground, board.paper)
    if shape.is_empty:
        return
    width, height = size_pt(text)
    inside = _inside(board, shape, width, height)
    spot = inside or _beside(board, shape, (width, height), rivals)
    board.taken.append(spot.box)
    leader = shapely.shortest_line(shape, spot.box)
    # Beside its ground a label points at the nearest spot of it.
    target = shapely.Point(spot.x, spot.y) if inside else leader.interpolate(0)
    board.ax.annotate(
        text,
        xy=board.in_degrees(target.x, target.y),
        xytext=(spot.x - target.x, spot.y - target.y),
        textcoords="offset points",
        ha="center",
        va="center",
        arrowprops={
            "arrowstyle": "-",
            "color": role("ink"),
            "linewidth": 0.7,
            "shrinkA": 0.0,
            "shrinkB": 0.0,
        }
        if leader.length > SHORT_PT
        else None,
        bbox={"facecolor": "none", "edgecolor": "none", "pad": 0.0},
        path_effects=None if inside else halo(),
        zorder=9,
        gid="section-label",
        **text_style(TEXT_PT, "paper" if inside else "ink"),
    ).set_in_layout(False)


def _inside(
    board: Board, shape: BaseGeometry, width: float, height: float
) -> Spot | None:
    """The place on the ground farthest from its edge and lines, if there is one."""
    west, south, east, north = shape.bounds
    if east - west < width or north - south < height:
        return None
    x, y = np.meshgrid(np.linspace(west, east, 32), np.linspace(south, north, 32))
    boxes = shapely.box(
        x - width / 2, y - height / 2, x + width / 2, y + height / 2
    ).ravel()
    shape = shapely.force_2d(shape)  # a copy: threads may share what is prepared
    shapely.prepare(shape)
    boxes = boxes[shapely.covers(shape, boxes)]
    avoided = [shape.boundary, *board.lines, *board.taken]
    room = np.array([shapely.distance(boxes, other) for other in avoided]).min(axis=0)
    if not (room > 0).any():
        return None
    best = boxes[int(np.argmax(room))]
    return Spot(best.centroid.x, best.centroid.y, best, 0.0)


def _beside(
    board: Board,
    shape: BaseGeometry,
    size: tuple[float, float],
    rivals: BaseGeometry,
) -> Spot:
    """The cheapest place around a piece of ground."""
    anchor = shapely.point_on_surface(shape)
    distance, angle = (
        g.ravel() for g in np.meshgrid(DISTANCES_PT, ANGLES, indexing="ij")
    )
    away = np.array([np.cos(angle), np.sin(angle)])
    # The near edge of the box stands at the distance, not its centre.
    half = np.array(size)[:, None] / 2
    reach = distance + (half / np.maximum(abs(away), 1e-9)).min(axis=0)
    x, y = np.array([[anchor.x], [anchor.y]]) + reach * away
    boxes = shapely.box(x - half[0], y - half[1], x + half[0], y + half[1])
    cost = distance / 2 + _costs(board, boxes, shape)
    cost += 60.0 * (
        shapely.distance(rivals, boxes) < shapely.distance(shape, boxes) + RIVAL_PT
    )
    best = int(np.argmin(cost))
    return Spot(x[best], y[best], boxes[best], cost[best])


def _costs(
    board: Board, boxes: NDArray[np.object_], shape: BaseGeometry
) -> NDArray[np.float64]:
    """What it costs a label of that ground to stand in each of the boxes."""
    leaders = shapely.shortest_line(shape, boxes)
    costs = 1e4 * ~shapely.covers(board.paper, boxes) + shapely.length(leaders)
    for other in board.taken:
        costs += 1e3 * shapely.intersects(boxes, other)
        costs += 200 * shapely.intersects(leaders, other)
    around = shapely.total_bounds(boxes)
    for ground in board.busy:
        near = shapely.clip_by_rect(ground, *around)
        costs += 200 * shapely.area(shapely.intersection(boxes, near)) / boxes[0].area
    for line in board.lines:
        costs += shapely.length(shapely.intersection(boxes, line))
    return costs


def label_side(board: Board, side: BaseGeometry, text: str, size: float) -> None:
    """Write the name of a country on its side, near the border and clear of all."""
    area = board.on_paper(side)
    width, height = size_pt(text, size)
    west, south, east, north = board.paper.bounds
    full = [*board.taken, *board.busy, *board.lines]
    middle = shapely.Point((west + east) / 2, (south + north) / 2)
    spots = []
    for x in np.linspace(west + width / 2 + 4, east - width / 2 - 4, 24):
        for y in np.linspace(south + height / 2 + 4, north - height / 2 - 4, 24):
            box = _box(x, y, width + 6, height + 6)
            if not shapely.covers(area, box):
                continue
            if any(shapely.intersects(box, b) for b in full):
                continue
            spots.append(Spot(x, y, box, shapely.distance(middle, box)))
    if not spots:
        return
    spot = min(spots, key=lambda s: s.cost)
    board.taken.append(spot.box)
    board.ax.text(
        spot.x / east,
        spot.y / north,
        text,
        transform=board.ax.transAxes,
        ha="center",
        va="center",
        zorder=3,
        gid="country",
        alpha=0.75,
        **text_style(size, "faint"),
    ).set_in_layout(False)


MARGIN_SHARE, MARGIN_KM = 0.08, 3.0
"""Room around the ground: a share of its longer side, at least so much. [km]"""
RATIOS = (1.05, 1.75)
"""Width by height that a map of its own figure may have."""
NEAR_DEGREES = 0.1
"""A border that stays this near the bundled one has Ukraine and Russia at its sides."""
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
        if not (
            -180 <= self.west < self.east <= self._last
            and self.west <= 180
            and -90 < self.south < self.north < 90
        ):
            msg = (
                f"The view {self.bounds} is no part of the world. Expected degrees: "
                "(west, south, east, north)."
            )
            raise OptionError(msg)

    @property
    def _last(self) -> float:
        """Where longitudes end: at 180, or a turn on from the west of a view across."""
        return 180.0 if self.east <= 180 else self.west + 360.0

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
        step = 0.01
        ends = ([lon + step / 2, lon], [lat, lat + step / 2])
        starts = ([lon - step / 2, lon], [lat, lat - step / 2])
        east_m, north_m = GEOD.inv(*starts, *ends)[2]
        return east_m / step / 1e3, north_m / step / 1e3

    @property
    def stretch(self) -> float:
        """Aspect of the Axes: about 1 / cos(latitude)."""
        east_km, north_km = self.degree_km
        return north_km / east_km

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
        east_km, north_km = self.degree_km
        x, y = margin_km / east_km, margin_km / north_km
        return View(
            max(self.west - x, -180),
            max(self.south - y, -89),
            min(self.east + x, self._last),
            min(self.north + y, 89),
        )

    def shaped(self, lowest: float, highest: float) -> "View":
        """The view, widened or heightened until its ratio is allowed."""
        width, height = self.east - self.west, self.north - self.south
        lon, lat = self.centre
        if self.ratio < lowest:
            width *= lowest / self.ratio
        elif self.ratio > highest:
            height *= self.ratio / highest
        return View(
            max(lon - width / 2, -180),
            max(lat - height / 2, -89),
            min(lon + width / 2, self._last),
            min(lat + height / 2, 89),
        )


def view_of(shapes: list[BaseGeometry], theatre: Theatre) -> View:
    """The ground with a margin; where there is none, the region or the border."""
    polygons = explode(as_array(shapes))[0]
    # Slivers of redrawn edges would pull the view along the whole border.
    drawn = list(polygons[area_km2(polygons) >= MIN_AREA_KM2])
    if not drawn:
        fallback = [theatre.region, theatre.border, reference.border()]
        drawn = [next(shape for shape in fallback if shape is not None)]
    west, south, east, north = extent(as_array(drawn))
    # A point or a level line has a centre but no size.
    tiny = 1e-6
    view = View(
        max(west - tiny, -180.0),
        max(south - tiny, -89.0),
        min(east + tiny, 180.0) if east <= 180.0 else east + tiny,
        min(north + tiny, 89.0),
    )
    return view.grown(max(MARGIN_SHARE * max(view.size_km), MARGIN_KM))


def across_180(
    shapes: Iterable[BaseGeometry], view: tuple[float, float, float, float] | None
) -> bool:
    """Whether a map shows its ground to both sides of 180 degrees, side by side."""
    if view is not None:
        return view[2] > 180
    parts = explode(as_array(list(shapes)))[0]
    west, _, east, _ = shapely.bounds(parts).reshape(-1, 4).T
    left = east < 0
    if ((west < 0) & ~left).any() or not left.any() or left.all():
        return False
    span = east[left].max() + 360.0 - west[~left].min()
    return bool(span < east.max() - west.min())


def onwards(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The table with longitudes that go on beyond 180 degrees: 181 for 179 W."""
    table = table.set_geometry(table.geometry.transform(_onwards))
    columns = table.columns.intersection(["border_point_lon", "witness_lon"])
    return table.assign(**{name: table[name] % 360.0 for name in columns})


def _onwards(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([xy[:, 0] % 360.0, xy[:, 1:]])


def outline(geometry: BaseGeometry) -> Outline:
    """Polygons as one path, holes cut out."""
    polygons = orient(explode(as_array([geometry]))[0])
    rings = shapely.get_rings(polygons)
    paths = [Outline(shapely.get_coordinates(ring), closed=True) for ring in rings]
    return Outline.make_compound_path(*paths)


def draw_base(ax: Axes, view: View, theatre: Theatre) -> None:
    """Land, region and border in their frame, north up, true in both directions."""
    dress(ax)
    ax.set_facecolor(role("land"))
    for spine in ax.spines.values():
        spine.set(visible=True, color=role("faint"), linewidth=0.6)
    ax.set(xlim=(view.west, view.east), ylim=(view.south, view.north))
    ax.set_aspect(view.stretch, adjustable="box", anchor="NW")
    around = view.grown(1.0).box
    ukraine = country_sides(view.grown(1.0), theatre).get("Ukraine")
    if shapely.intersects(reference.border().boundary, around):
        # The line ends here, and would be carried on through the sea.
        ukraine = None
    if ukraine is not None:
        ground = PathPatch(outline(ukraine), color=role("side"), lw=0.0, zorder=0.8)
        ax.add_patch(ground).set_gid("ukraine")
    if theatre.region is not None:
        region = shapely.intersection(theatre.region, around)
        if not region.is_empty:
            ax.add_patch(
                PathPatch(
                    outline(region),
                    facecolor="none",
                    edgecolor=role("faint"),
                    linewidth=0.5,
                    linestyle=(0, (1, 2)),
                    zorder=1,
                    gid="region",
                )
            )
    for row in records(oblasts_in(view)):
        for ring in shapely.get_parts(shapely.boundary(row.geometry)):
            xy = shapely.get_coordinates(ring)
            ax.plot(*xy.T, color=role("rule"), lw=0.5, zorder=1.1, gid="oblast")
    line = border_in(view.grown(1.0), theatre)
    parts = [part for part in shapely.get_parts(line) if not part.is_empty]
    for part in parts:
        xy = shapely.get_coordinates(part)
        # Below the ground: a halo upon it hid half a kilometre of strips.
        ax.plot(*xy.T, color=role("paper"), lw=2.6, zorder=1.5, gid="border-halo")
        ax.plot(*xy.T, color=role("ink"), lw=0.9, zorder=4, gid="border")
    _degrees(ax)


def _degrees(ax: Axes) -> None:
    ax.tick_params(labelsize=SMALL_PT, labelcolor=role("faint"), width=0.6, length=2.0)
    for axis, ends in ((ax.xaxis, "EW"), (ax.yaxis, "NS")):
        axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
        axis.set_major_formatter(FuncFormatter(_in_degrees(ends)))


def _in_degrees(ends: str) -> Callable[[float, object], str]:
    def words(value: float, _: object = None) -> str:
        if value > 180:
            value -= 360
        number = f"{abs(value):.3f}".rstrip("0").rstrip(".")
        return f"{number}°{ends[0] if value >= 0 else ends[1]}"

    return words


def bar_length_km(view: View) -> float:
    """A round length that suits the view: 1, 2 or 5 times a power of ten, in km."""
    most = view.size_km[0] * BAR_SHARE
    power = 10.0 ** np.floor(np.log10(most))
    return float(max(step * power for step in (1, 2, 5) if step * power <= most))


def draw_locator(ax: Axes, view: View) -> None:
    """Where in Ukraine a view lies, on small Axes of its own; nothing on other maps."""
    known = reference.oblasts()
    ax.set_axis_off()
    if not shapely.intersects(shapely.box(*known.total_bounds), view.box):
        return
    own = known[known["country"] == "UA"]
    country = shapely.simplify(shapely.union_all(own.geometry.to_numpy()), 0.02)
    patch = PathPatch(outline(country), fc=role("side"), ec=role("faint"), lw=0.5)
    ax.add_patch(patch).set_gid("locator")
    lon, lat = view.centre
    ax.plot([lon], [lat], marker="s", ms=5, color=role("held"), gid="locator-mark")
    west, south, east, north = country.bounds
    ax.set(xlim=(west - 0.5, east + 0.5), ylim=(south - 0.5, max(north, lat) + 0.5))
    ax.set_aspect(1.5)


def draw_scale_bar(ax: Axes, view: View, corner: tuple[float, float]) -> None:
    """A bar of a round length, measured on the ellipsoid at the middle of the map."""
    length_km = bar_length_km(view)
    lon, lat = view.centre
    half = length_km * 500.0
    west, east = GEOD.fwd([lon, lon], [lat, lat], [270.0, 90.0], [half, half])[0]
    width = (east - west) % 360.0
    left = view.west + corner[0] * (view.east - view.west - width)
    level = view.south + corner[1] * (view.north - view.south)
    ax.plot(
        [left, left + width],
        [level, level],
        color=role("ink"),
        lw=2.0,
        solid_capstyle="butt",
        zorder=8,
        gid="scale-bar",
    )
    ax.annotate(
        t("plot.scale", length=f"{length_km:g}"),
        (left, level),
        xytext=(0.0, 3.0),
        textcoords="offset points",
        ha="left",
        va="bottom",
        fontsize=SMALL_PT,
        color=role("ink"),
        family=FONT,
        zorder=8,
        gid="scale-bar-label",
    )


def records(table: pd.DataFrame) -> Iterator[Any]:
    """Rows whose columns are attributes."""
    return iter(table.itertuples())


def oblasts_in(view: View) -> gpd.GeoDataFrame:
    """The bundled oblasts that a view shows, cut to it; none on other maps."""
    known = reference.oblasts()
    if not known.sindex.query(view.box, predicate="intersects").size:
        return known.iloc[:0]
    around = view.grown(1.0).box
    seen = known[known.intersects(around)]
    cut = shapely.intersection(seen.geometry.to_numpy(), around)
    return seen.set_geometry(gpd.GeoSeries(cut, index=seen.index, crs=WGS84))


def border_in(view: View, theatre: Theatre) -> BaseGeometry:
    """The theatre's border in the view; the bundled one where it has none."""
    line = reference.border() if theatre.border is None else theatre.border
    return shapely.intersection(line, view.box)


def country_sides(view: View, theatre: Theatre) -> dict[str, BaseGeometry]:
    """The Ukrainian and the Russian side of the view, where the border parts them."""
    line = border_in(view, theatre)
    known = shapely.intersection(
        reference.border(), view.box.buffer(NEAR_DEGREES)
    ).buffer(NEAR_DEGREES)
    if line.is_empty or not shapely.covers(known, line):
        return {}
    ukraine, russia = reference.ukraine_and_russia()
    return {
        "Ukraine": shapely.intersection(ukraine, view.box),
        "Russia": shapely.intersection(russia, view.box),
    }


def new_figure(width_in: float, height_in: float) -> tuple[Figure, Axes]:
    """
    Make a figure with room for one picture, laid out when it is drawn.

    Parameters
    ----------
    width_in, height_in : float
        [in]

    Returns
    -------
    figure : Figure
    ax : Axes

    Raises
    ------
    OptionError
        If the width is not between 2 and 30 inches.
    """
    check_width(width_in)
    figure = blank(width_in, height_in)
    return figure, figure.subplots()


NOWHERE = {"agg", "cairo", "pdf", "pgf", "ps", "svg", "template"}
"""Backends without a window: what they draw is seen in files alone."""


def blank(width_in: float, height_in: float) -> Figure:
    """A figure, which pyplot keeps only where it could show it: scripts draw many."""
    size: dict[str, Any] = {
        "figsize": (width_in, height_in),
        "layout": "constrained",
    }
    if plt.get_backend().lower() not in NOWHERE:
        return plt.figure(**size)
    figure = Figure(**size)
    FigureCanvasAgg(figure)
    return figure


def fit_height(ax: Axes, ratio: float, *, rows: int = 1) -> None:
    """Make a figure as high as its maps of that width by height ask for."""
    figure = root_figure(ax)
    for _ in range(FITTINGS):
        figure.draw_without_rendering()
        slot = ax.get_position(original=True)
        width_in, height_in = (float(size) for size in figure.get_size_inches())
        missing_in = slot.width * width_in / ratio - slot.height * height_in
        if abs(missing_in) < 0.04:
            return
        figure.set_size_inches(width_in, height_in + rows * missing_in)


FITTINGS = 4
"""A layout may change the width when the height changes; after this it has settled."""


def check_width(width_in: float) -> None:
    """Refuse a width at which nothing could be read, or drawn."""
    if not 2.0 <= width_in <= 30.0:
        msg = (
            f"width_in={width_in} is no width for a picture. Expected 2 to 30 inches: "
            "7 for print, 4 for a phone."
        )
        raise OptionError(msg)


def root_figure(ax: Axes) -> Figure:
    """The whole figure that an Axes stands in, also within a subfigure."""
    figure: object = ax.figure
    while isinstance(figure, SubFigure):
        figure = figure.figure
    if not isinstance(figure, Figure):
        msg = "The Axes belongs to no figure any more. Expected one of plt.subplots()."
        raise OptionError(msg)
    return figure


def warn_empty(what: str) -> None:
    """Warn, on behalf of a public function, that its picture shows nothing."""
    warn(f"Nothing to draw: {what}.", EmptyPlotWarning, stacklevel=3)


# Text around the Axes


BESIDE_PT = 52.0
"""What tick labels and the label of the axis take on the left. [pt]"""


def slot_width_pt(ax: Axes) -> float:
    """Width that text above and below an Axes may take, in points."""
    spec = ax.get_subplotspec()
    share = 1.0 if spec is None else len(spec.colspan) / spec.get_gridspec().ncols
    return max(share * page_in(ax)[0] * 72 - BESIDE_PT, 60.0)


def page_in(ax: Axes) -> tuple[float, float]:
    """Width and height of the figure or subfigure that an Axes stands in, in inches."""
    box, dpi = ax.figure.bbox, root_figure(ax).dpi
    return float(box.width) / dpi, float(box.height) / dpi


def caption(ax: Axes, *sentences: str, below_pt: float = 26.0) -> None:
    """
    Write the caption below an Axes, wrapped to its width.

    Parameters
    ----------
    ax : Axes
    *sentences : str
        Without full stops; empty ones are left out.
    below_pt : float, default 26
        Distance from the frame, for the tick labels. [pt]

    Raises
    ------
    OptionError
        If the Axes belongs to no figure.
    """
    mark_sample(ax, *sentences)
    ax.annotate(
        wrap(caption_text(*sentences), slot_width_pt(ax), SMALL_PT),
        xy=(0.0, 0.0),
        xycoords="axes fraction",
        xytext=(0.0, -below_pt),
        textcoords="offset points",
        va="top",
        ha="left",
        gid="caption",
        annotation_clip=False,
        **text_style(SMALL_PT, "faint"),
    )


def credit(attrs: Mapping[Any, Any]) -> str:
    """Whose maps these are; what is drawn by us says so and names nobody else."""
    source = attrs.get("attribution") or attrs.get("source") or ""
    return t("plot.source", source=plain(source)) if source else ""


def town_near(ground: BaseGeometry, *, least: int = 0) -> str:
    """The bundled place nearest to the middle of some ground; "" on other maps."""
    spot = shapely.point_on_surface(ground)
    place = reference.nearest_place(spot.x, spot.y, min_population=least)
    return place_name(place.name) if place else ""


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


SAMPLE = "Schematic sample maps of kursk_geo"
"""How the attribution of maps begins that are drawn by us."""


def mark_sample(ax: Axes, *sentences: str) -> None:
    """Mark a picture of ground that was drawn by us, and not by a source."""
    if any(SAMPLE in sentence for sentence in sentences):
        ax.text(
            0.99,
            0.98,
            t("plot.sample"),
            transform=ax.transAxes,
            ha="right",
            va="top",
            weight="bold",
            zorder=20,
            gid="sample",
            path_effects=halo(),
            **text_style(SMALL_PT, "fails"),
        ).set_in_layout(False)


def heading(
    ax: Axes,
    title: str,
    *,
    subtitle: str = "",
    handles: Sequence[Artist] = (),
    small: bool = False,
) -> Text:
    """
    Write title, subtitle and legend above an Axes, flush left.

    Parameters
    ----------
    ax : Axes
    title, subtitle : str
    handles : sequence of Artist
        For the legend, with their labels.
    small : bool, default False
        For one map of many, which has no tick labels.

    Returns
    -------
    Text
        The title.

    Raises
    ------
    OptionError
        If the Axes belongs to no figure.
    """
    title_pt, text_pt = (TEXT_PT, SMALL_PT) if small else (TITLE_PT, TEXT_PT)
    width_pt = slot_width_pt(ax) + (BESIDE_PT - 10.0 if small else 0.0)
    above_pt = 4.0
    if handles:
        columns = legend_columns(handles, width_pt)
        add_legend(ax, handles, columns)
        rows = -(-len(handles) // columns)
        above_pt += rows * TEXT_PT * 1.45
    if subtitle:
        lines = wrap(subtitle, width_pt, text_pt)
        ax.annotate(
            lines,
            xy=(0.0, 1.0),
            xycoords="axes fraction",
            xytext=(0.0, above_pt),
            textcoords="offset points",
            va="bottom",
            ha="left",
            gid="subtitle",
            annotation_clip=False,
            **text_style(text_pt, "faint"),
        )
        above_pt += (lines.count("\n") + 1) * text_pt * LEADING + 5.0
    return ax.set_title(
        wrap(title, width_pt, title_pt, bold=True),
        loc="left",
        pad=above_pt,
        weight="bold",
        **text_style(title_pt),
    )


def legend_columns(handles: Sequence[Artist], width_pt: float) -> int:
    """How many entries of a legend stand side by side."""
    widest = max(text_width_pt(str(h.get_label()), TEXT_PT) for h in handles)
    return max(1, min(len(handles), int(width_pt // (widest + 34.0))))


def add_legend(ax: Axes, handles: Sequence[Artist], columns: int) -> None:
    """Legend between the frame and the subtitle."""
    ax.legend(
        handles=list(handles),
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=columns,
        **legend_style(),
    )


# The frame


def dress(ax: Axes) -> None:
    """Quiet frame and ticks, in our type."""
    ax.set_facecolor(role("paper"))
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set(color=role("faint"), linewidth=0.8)
    ax.tick_params(
        which="both",
        labelsize=TEXT_PT,
        labelcolor=role("ink"),
        color=role("faint"),
        labelfontfamily=FONT,
        width=0.8,
        length=3.0,
    )


def dress_chart(ax: Axes, label: str) -> None:
    """Frame of a chart over time: horizontal rules, dates in UTC, zero at the foot."""
    dress(ax)
    ax.set_axisbelow(True)
    ax.grid(visible=True, axis="y", color=role("rule"), linewidth=0.6, linestyle="-")
    ax.set_ylabel(label, **text_style(TEXT_PT))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: plain_number(value)))
    ax.set_ylim(bottom=0.0)
    ax.xaxis_date(tz="UTC")
    # A label of a date takes about 45 pt.
    most = max(3, min(10, int(slot_width_pt(ax) // 45)))
    locator = mdates.AutoDateLocator(  # type: ignore[no-untyped-call]  # has no types
        tz="UTC", minticks=3, maxticks=most
    )
    # With few ticks the longest interval of a kind is too short, which it warns of.
    for kind, whole in LONGEST.items():
        locator.intervald[kind] = [*locator.intervald[kind], whole]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(_Dates())


LONGEST = {
    mdates.MONTHLY: 12,
    mdates.DAILY: 31,
    mdates.HOURLY: 24,
    mdates.MINUTELY: 60,
    mdates.SECONDLY: 60,
}
"""A year, a month, a day, an hour and a minute, in the units of the ticks."""


def plain_number(value: float) -> str:
    """A tick of a scale, with the marks of the language."""
    digits = 0 if value == round(value) else 1 if value * 10 == round(value * 10) else 2
    return number(value, digits)


class _Dates(Formatter):
    """Years, months or days, in words that no locale changes; hours below a day."""

    def __call__(self, value: float, pos: int | None = None) -> str:
        del pos
        return self.format_ticks([value])[0]

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """Words of all ticks at once: a year where it begins, and at the first."""
        moments = [pd.Timestamp(mdates.num2date(value)) for value in values]  # type: ignore[no-untyped-call]  # has no types
        days = all(moment == moment.normalize() for moment in moments)
        months = days and all(moment.day == 1 for moment in moments)
        if months and all(moment.month == 1 for moment in moments) and len(moments) > 1:
            return [str(moment.year) for moment in moments]
        words = []
        for before, moment in zip([None, *moments], moments, strict=False):
            year = before is None or before.year != moment.year
            if months:
                words.append(month_words(moment, year=year))
            elif days:
                words.append(day_words(moment, year=year))
            else:
                new = before is None or before.date() != moment.date()
                day = f"\n{day_words(moment)}" if new else ""
                words.append(f"{moment:%H:%M}{day}")
        return words


MOST_PLACES = 25
"""More names than this are not written, whatever room there is."""
SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1))
"""Where the name of a place may stand, best first."""

Context: TypeAlias = gpd.GeoDataFrame | Iterable[gpd.GeoDataFrame] | None


RANKS = (100_000, 20_000, 0)
"""Inhabitants from which a place is of the first rank, and of the second."""
MOST_NEARBY = 14


def nearby_places(view: View, *, most: int = MOST_NEARBY) -> gpd.GeoDataFrame:
    """Bundled places in a view, the largest first, apart from each other; with rank."""
    known = reference.places()
    inside = known[known.within(view.box)]
    inside = inside.sort_values("population", ascending=False, kind="stable")
    east_km, north_km = view.degree_km
    apart_km = max(view.size_km) / 9.0
    kept: list[int] = []
    xy_km = np.column_stack([inside["lon"] * east_km, inside["lat"] * north_km])
    for row, spot in enumerate(xy_km):
        near = np.hypot(*(xy_km[kept] - spot).T) < apart_km if kept else []
        if not np.any(near):
            kept.append(row)
        if len(kept) == most:
            break
    chosen = inside.iloc[kept]
    people = chosen["population"].to_numpy()[:, None]
    ranks = np.argmax(people >= np.array(RANKS), axis=1)
    names = [place_name(name) for name in chosen["name"]]
    return chosen.assign(name=names, rank=ranks)


def read_context(context: Context) -> list[gpd.GeoDataFrame]:
    """The tables of a context, in EPSG:4326."""
    tables = [context] if isinstance(context, gpd.GeoDataFrame) else list(context or ())
    for table in tables:
        if not isinstance(table, gpd.GeoDataFrame):
            msg = (
                f"The context holds a {type(table).__name__}. Expected a GeoDataFrame "
                "of places (points with a column 'name'), roads (lines) or waters "
                "(areas), or a list of them."
            )
            raise OptionError(msg)
    return [
        table.set_crs(WGS84) if table.crs is None else table.to_crs(WGS84)
        for table in tables
    ]


def draw_context(ax: Axes, tables: list[gpd.GeoDataFrame], view: View) -> None:
    """Draw areas and lines under the ground; places come with their names."""
    around = view.grown(1.0).box
    for table in tables:
        shapes = table.geometry.to_numpy()
        shapes = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
        dimension = shapely.get_dimensions(shapes)
        if (dimension == 2).any():
            area = shapely.union_all(shapely.make_valid(shapes[dimension == 2]))
            area = shapely.intersection(area, around)
            if area.area > 0:
                patch = PathPatch(
                    outline(area), color=role("water"), lw=0.0, zorder=1.2
                )
                ax.add_patch(patch).set_gid("water")
        lines = shapely.intersection(shapes[dimension == 1], around)
        for part in shapely.get_parts(lines):
            xy = shapely.get_coordinates(part)
            # Over the ground, where roads are what was fought for.
            ax.plot(
                *xy.T, color=role("road"), lw=0.7, alpha=0.8, zorder=3.5, gid="road"
            )


def mark_places(
    board: Board, tables: list[gpd.GeoDataFrame]
) -> list[tuple[str, shapely.Point]]:
    """Mark places with a dot; their names and spots, in the tables' order."""
    marked = []
    for table in tables:
        places = table[(table.geom_type == "Point") & ~table.is_empty]
        for name, point in zip(_names(places), places.geometry, strict=True):
            spot = shapely.Point(shapely.get_coordinates(board.on_paper(point))[0])
            if shapely.covers(board.paper, spot):
                marked.append((name, spot))
    for _, spot in marked:
        board.taken.append(spot.buffer(2.0))
        lon, lat = board.in_degrees(spot.x, spot.y)
        board.ax.plot(
            [lon],
            [lat],
            marker="s",
            markersize=2.6,
            color=role("ink"),
            markeredgecolor=role("paper"),
            markeredgewidth=0.5,
            zorder=6.5,
            gid="place-dot",
        )
    return marked


def name_places(board: Board, marked: list[tuple[str, shapely.Point]]) -> None:
    """Name the places that have room for it, the first ones first."""
    written = 0
    for name, spot in marked:
        if name and written < MOST_PLACES:
            written += _write_name(board, spot, name)


def _names(places: gpd.GeoDataFrame) -> list[str]:
    if "name" not in places.columns:
        return [""] * len(places)
    return [plain(name) if isinstance(name, str) else "" for name in places["name"]]


def _write_name(board: Board, spot: shapely.Point, name: str) -> bool:
    """Write the name of a place beside its dot, if there is room."""
    width, height = size_pt(name, SMALL_PT)
    for dx, dy in SIDES:
        centre = np.array([spot.x, spot.y])
        centre += np.array([dx * (width / 2 + 3.0), dy * (height / 2 + 2.0)])
        low, high = centre - (width / 2, height / 2), centre + (width / 2, height / 2)
        box = shapely.box(*low, *high)
        full = any(shapely.intersects(box, other) for other in board.taken)
        if full or not shapely.covers(board.paper, box):
            continue
        board.taken.append(box)
        board.ax.annotate(
            name,
            xy=board.in_degrees(spot.x, spot.y),
            xytext=tuple(centre - (spot.x, spot.y)),
            textcoords="offset points",
            ha="center",
            va="center",
            path_effects=halo(),
            zorder=8.5,
            gid="place",
            **text_style(SMALL_PT, "ink"),
        ).set_in_layout(False)
        return True
    return False


PICTURE_ENDINGS = (".png", ".svg", ".pdf")
UNDATED: dict[str, dict[str, None]] = {
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}


def picture_bytes(ax: Axes, *, ending: str, dpi: int = 200) -> bytes:
    """
    The figure of an Axes as the bytes of a file; the figure is closed.

    Parameters
    ----------
    ax : Axes
        On the figure.
    ending : {".png", ".svg", ".pdf"}
        Of the file's name.
    dpi : int, default 200
        Pixels by inch of a PNG, and of what the others hold as pixels. [1/in]

    Returns
    -------
    bytes
        Without a date, so that two runs give the same.

    Raises
    ------
    OptionError
        If the ending is not known, or there are less than 10 pixels by inch.

    Examples
    --------
    >>> _, ax = plt.subplots()
    >>> picture_bytes(ax, ending=".png")[1:4]
    b'PNG'
    >>> picture_bytes(ax, ending=".doc")
    Traceback (most recent call last):
        ...
    kursk_geo.errors.OptionError: Pictures do not end in '.doc'. Expected one of: ...
    """
    if ending not in PICTURE_ENDINGS:
        known = ", ".join(PICTURE_ENDINGS)
        msg = f"Pictures do not end in {ending!r}. Expected one of: {known}."
        raise OptionError(msg)
    if dpi < 10:
        msg = f"dpi={dpi} leaves nothing to see. Expected 10 or more; 200 for print."
        raise OptionError(msg)
    figure = root_figure(ax)
    drawn = io.BytesIO()
    try:
        with mpl.rc_context({"svg.hashsalt": "kursk_geo"}):
            figure.savefig(
                drawn,
                format=ending.removeprefix("."),
                dpi=dpi,
                metadata=UNDATED.get(ending),
            )
    finally:
        plt.close(figure)
    return drawn.getvalue()
