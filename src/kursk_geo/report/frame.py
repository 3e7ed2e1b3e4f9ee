"""Ground as paths of an SVG: projected, simplified, rounded to what a screen shows."""

from dataclasses import dataclass

import numpy as np
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from kursk_geo.geometry import as_array, measuring_crs, project
from kursk_geo.plot.base import (
    RATIOS,
    View,
    bar_length_km,
    border_in,
    country_sides,
    view_of,
)
from kursk_geo.theatre import Theatre

__all__ = ["SHEET", "Base", "Frame", "base_of", "frame_of"]

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
