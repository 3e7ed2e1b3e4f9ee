"""The ground under a map: view, sides, border, frame and scale bar."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from matplotlib.ticker import FuncFormatter, MaxNLocator
from shapely.geometry.base import BaseGeometry

from kursk_geo import reference
from kursk_geo.area import area_km2
from kursk_geo.errors import OptionError
from kursk_geo.geometry import GEOD, as_array, explode, extent, orient
from kursk_geo.plot.page import dress
from kursk_geo.plot.style import FAINT, FONT, INK, SMALL_PT
from kursk_geo.sections import MIN_AREA_KM2
from kursk_geo.theatre import Theatre

LAND, REGION, UKRAINE = "#f6f4ef", "#fdfcfa", "#ebe7dd"
"""Fill of land, of the region of the theatre, and of Ukraine."""
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
    """The part of the world that a map shows, in EPSG:4326."""

    west: float
    south: float
    east: float
    north: float

    def __post_init__(self) -> None:
        if not (
            -180 <= self.west < self.east <= 180 and -90 < self.south < self.north < 90
        ):
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
            min(self.east + x, 180),
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
            min(lon + width / 2, 180),
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
    view = View(west - tiny, south - tiny, east + tiny, north + tiny)
    return view.grown(max(MARGIN_SHARE * max(view.size_km), MARGIN_KM))


def outline(geometry: BaseGeometry) -> Outline:
    """Polygons as one path, holes cut out."""
    polygons = orient(explode(as_array([geometry]))[0])
    rings = shapely.get_rings(polygons)
    paths = [Outline(shapely.get_coordinates(ring), closed=True) for ring in rings]
    return Outline.make_compound_path(*paths)


def draw_base(ax: Axes, view: View, theatre: Theatre) -> None:
    """Land, region and border in their frame, north up, true in both directions."""
    dress(ax)
    ax.set_facecolor(LAND)
    for spine in ax.spines.values():
        spine.set(visible=True, color=FAINT, linewidth=0.6)
    ax.set(xlim=(view.west, view.east), ylim=(view.south, view.north))
    ax.set_aspect(view.stretch, adjustable="box", anchor="NW")
    around = view.grown(1.0).box
    ukraine = country_sides(view.grown(1.0), theatre).get("UKRAINE")
    if shapely.intersects(reference.border().boundary, around):
        # The line ends here, and would be carried on through the sea.
        ukraine = None
    if ukraine is not None:
        ground = PathPatch(outline(ukraine), color=UKRAINE, lw=0.0, zorder=0.8)
        ax.add_patch(ground).set_gid("ukraine")
    if theatre.region is not None:
        region = shapely.intersection(theatre.region, around)
        if not region.is_empty:
            ax.add_patch(
                PathPatch(
                    outline(region),
                    facecolor=REGION if ukraine is None else "none",
                    edgecolor=FAINT,
                    linewidth=0.5,
                    linestyle=(0, (1, 2)),
                    zorder=1,
                    gid="region",
                )
            )
    line = border_in(view.grown(1.0), theatre)
    parts = [part for part in shapely.get_parts(line) if not part.is_empty]
    for width, colour in ((2.6, "white"), (1.1, INK)):
        for part in parts:
            xy = shapely.get_coordinates(part)
            ax.plot(*xy.T, color=colour, lw=width, zorder=4, gid="border")
    _degrees(ax)


def _degrees(ax: Axes) -> None:
    ax.tick_params(labelsize=SMALL_PT, labelcolor=FAINT, width=0.6, length=2.0)
    for axis, ends in ((ax.xaxis, "EW"), (ax.yaxis, "NS")):
        axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
        axis.set_major_formatter(FuncFormatter(_in_degrees(ends)))


def _in_degrees(ends: str) -> Callable[[float, object], str]:
    def words(value: float, _: object = None) -> str:
        number = f"{abs(value):.3f}".rstrip("0").rstrip(".")
        return f"{number}°{ends[0] if value >= 0 else ends[1]}"

    return words


def bar_length_km(view: View) -> float:
    """A round length that suits the view: 1, 2 or 5 times a power of ten, in km."""
    most = view.size_km[0] * BAR_SHARE
    power = 10.0 ** np.floor(np.log10(most))
    return float(max(step * power for step in (1, 2, 5) if step * power <= most))


def draw_scale_bar(ax: Axes, view: View, corner: tuple[float, float]) -> None:
    """A bar of a round length, measured on the ellipsoid at the middle of the map."""
    length_km = bar_length_km(view)
    lon, lat = view.centre
    half = length_km * 500.0
    west, east = GEOD.fwd([lon, lon], [lat, lat], [270.0, 90.0], [half, half])[0]
    width = east - west
    left = view.west + corner[0] * (view.east - view.west - width)
    level = view.south + corner[1] * (view.north - view.south)
    ax.plot(
        [left, left + width],
        [level, level],
        color=INK,
        lw=2.0,
        solid_capstyle="butt",
        zorder=8,
        gid="scale-bar",
    )
    ax.annotate(
        f"{length_km:g} km   N ↑",
        (left, level),
        xytext=(0.0, 3.0),
        textcoords="offset points",
        ha="left",
        va="bottom",
        fontsize=SMALL_PT,
        color=INK,
        family=FONT,
        zorder=8,
        gid="scale-bar-label",
    )


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
        "UKRAINE": shapely.intersection(ukraine, view.box),
        "RUSSIA": shapely.intersection(russia, view.box),
    }
