"""Where words stand on a map: beside their ground, clear of each other."""

from dataclasses import dataclass, field

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from shapely.geometry.base import BaseGeometry

from kursk_geo.plot.page import root_figure
from kursk_geo.plot.style import (
    FAINT,
    INK,
    LEADING,
    TEXT_PT,
    text_style,
    text_width_pt,
)

ANGLES = np.radians(np.arange(90, 450, 15))
DISTANCES_PT = (7.0, 14.0, 24.0, 38.0, 56.0, 80.0, 110.0)
"""Where a label may stand, seen from its anchor."""
SHORT_PT = 2.0
"""A label nearer than this to its ground needs no leader. [pt]"""
RIVAL_PT = 8.0
"""How much nearer a label must stand to its own ground than to other. [pt]"""
LEADER = {
    "arrowstyle": "-",
    "color": INK,
    "linewidth": 0.7,
    "shrinkA": 0.0,
    "shrinkB": 0.0,
}
HALO = [withStroke(linewidth=2.2, foreground="white", alpha=0.9)]


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

    `rivals` is other ground with a label, which this one must not seem to belong to.
    """
    shape = shapely.intersection(board.on_paper(ground), board.paper)
    if shape.is_empty:
        return
    width, height = size_pt(text)
    inside = _inside(board, shape, width, height)
    others = board.on_paper(rivals)
    spot = inside or _beside(board, shape, (width, height), others)
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
        arrowprops=LEADER if leader.length > SHORT_PT else None,
        bbox={"facecolor": "none", "edgecolor": "none", "pad": 0.0},
        path_effects=None if inside else HALO,
        zorder=9,
        gid="section-label",
        parse_math=False,
        **text_style(TEXT_PT, "white" if inside else INK),
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
    width, height = size
    anchor = shapely.point_on_surface(shape)
    spots = []
    for distance in DISTANCES_PT:
        for angle in ANGLES:
            dx, dy = np.cos(angle), np.sin(angle)
            # The near edge of the box stands at the distance, not its centre.
            reach = distance + min(
                width / 2 / max(abs(dx), 1e-9), height / 2 / max(abs(dy), 1e-9)
            )
            x, y = anchor.x + reach * dx, anchor.y + reach * dy
            box = _box(x, y, width, height)
            cost = distance / 2 + _cost(board, box, shape)
            if rivals.distance(box) < shape.distance(box) + RIVAL_PT:
                cost += 60.0
            spots.append(Spot(x, y, box, cost))
    return min(spots, key=lambda spot: spot.cost)


def _cost(board: Board, box: shapely.Polygon, shape: BaseGeometry) -> float:
    out = 0.0 if shapely.covers(board.paper, box) else 1e4
    leader = shapely.shortest_line(shape, box)
    hidden = sum(shapely.intersects(box, other) for other in board.taken)
    crossed = sum(shapely.intersects(leader, other) for other in board.taken)
    covered = sum(shapely.area(shapely.intersection(box, b)) for b in board.busy)
    struck = sum(shapely.length(shapely.intersection(box, b)) for b in board.lines)
    far = shapely.length(leader)
    return out + 1e3 * hidden + 200 * crossed + 200 * covered / box.area + struck + far


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
        **text_style(size, FAINT),
    ).set_in_layout(False)
