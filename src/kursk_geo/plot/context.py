"""What the reader knows the ground by: places, roads, waters, tiles."""

from collections.abc import Iterable
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch

from kursk_geo.errors import MissingExtraError, OptionError
from kursk_geo.geometry import WGS84
from kursk_geo.plot.base import View, outline
from kursk_geo.plot.labels import HALO, Board, size_pt
from kursk_geo.plot.style import INK, SMALL_PT, plain, text_style

ROAD, WATER = "#9a948a", "#cfdde6"
"""Colours of lines and of areas of the context."""
MOST_PLACES = 25
"""More names than this are not written, whatever room there is."""
SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1))
"""Where the name of a place may stand, best first."""

Context: TypeAlias = gpd.GeoDataFrame | Iterable[gpd.GeoDataFrame] | None


def fetch_tiles(ax: Axes, *, source: str | None = None) -> Axes:
    """
    Lay map tiles from the network under a map that has been drawn.

    Parameters
    ----------
    ax : Axes
        As `plot_map` returns it.
    source : str, optional
        Address of the tiles with ``{z}``, ``{x}`` and ``{y}``, or a file that rasterio
        reads; by default OpenStreetMap's humanitarian style.

    Returns
    -------
    Axes
        The same. The terms of the tiles are written in its corner.

    Raises
    ------
    MissingExtraError
        If contextily is not installed.
    """
    try:
        import contextily  # noqa: PLC0415  (an extra)
    except ImportError as error:
        msg = (
            "Tiles need contextily, which is not installed. Expected the extra: "
            "pip install 'kursk-geo[tiles]'."
        )
        raise MissingExtraError(msg) from error
    for artist in ax.patches:
        if artist.get_gid() in {"ukraine", "region"}:
            artist.set_facecolor("none")
    limits = ax.get_xlim(), ax.get_ylim()
    contextily.add_basemap(
        ax, crs=WGS84, source=source, attribution_size=5, zorder=0.5, reset_extent=True
    )
    ax.set(xlim=limits[0], ylim=limits[1])
    return ax


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
                patch = PathPatch(outline(area), color=WATER, lw=0.0, zorder=1.2)
                ax.add_patch(patch).set_gid("water")
        lines = shapely.intersection(shapes[dimension == 1], around)
        for part in shapely.get_parts(lines):
            xy = shapely.get_coordinates(part)
            # Over the ground, where roads are what was fought for.
            ax.plot(*xy.T, color=ROAD, lw=0.7, alpha=0.8, zorder=3.5, gid="road")


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
            color=INK,
            markeredgecolor="white",
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
            path_effects=HALO,
            zorder=8.5,
            gid="place",
            parse_math=False,
            **text_style(SMALL_PT, INK),
        ).set_in_layout(False)
        return True
    return False
