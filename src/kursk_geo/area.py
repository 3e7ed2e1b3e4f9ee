"""Area on the ellipsoid, and area as web maps compute it."""

from itertools import pairwise
from typing import Literal

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from kursk_geo.errors import GeometryError, check_word, mistaken
from kursk_geo.geometry import GEOD, Geometries, explode

AreaMethod = Literal["geodesic", "spherical"]
AREA_METHODS: tuple[AreaMethod, ...] = ("geodesic", "spherical")

WEB_MAP_RADIUS_M = 6_378_137.0
"""Equatorial radius of WGS 84, which web maps take for the radius of a sphere. [m]"""


def area_km2(
    geometries: Geometries | gpd.GeoSeries, *, area_method: AreaMethod = "geodesic"
) -> NDArray[np.float64]:
    """
    Area of each geometry by itself.

    Parameters
    ----------
    geometries : ndarray of Polygon or MultiPolygon, or GeoSeries, shape (n,)
        In EPSG:4326, wound in any direction; what is no polygon has no area.
    area_method : {"geodesic", "spherical"}, default "geodesic"
        On the WGS 84 ellipsoid with geodesics for edges, or on a sphere of radius
        6,378,137 m as web maps compute it.

    Returns
    -------
    ndarray of float, shape (n,)
        Not negative; 0 for an empty or missing geometry. Overlaps between geometries
        are counted in each. [km²]

    Raises
    ------
    OptionError
        If `area_method` is not known.
    GeometryError
        If what was given holds something else than geometry.

    Notes
    -----
    The sphere takes ``|sum (lon[i+1] - lon[i-1]) sin lat[i]| R² / 2`` of each ring,
    shell minus holes. DeepState publishes such figures, to the last decimal.

    References
    ----------
    Karney, C. F. F. (2013). Algorithms for geodesics. Journal of Geodesy 87, 43-55.
    Chamberlain, R. G., Duquette, W. H. (2007). Some algorithms for polygons on a
    sphere. JPL Publication 07-03, section 4.

    Examples
    --------
    >>> cell = np.array([shapely.box(35.0, 51.0, 35.1, 51.1)])
    >>> area_km2(cell).round(3).tolist()
    [78.01]
    >>> area_km2(cell, area_method="spherical").round(3).tolist()
    [77.901]
    >>> area_km2(np.array([shapely.Polygon()])).tolist()
    [0.0]
    """
    check_word("area_method", area_method, AREA_METHODS)
    shapes = np.asarray(geometries, dtype=object)
    if not (shapely.is_geometry(shapes) | shapely.is_missing(shapes)).all():
        expected = "polygons: kg.read_history({path}).shapes.geometry, for example"
        raise GeometryError(mistaken(geometries, "geometry", expected))
    polygons, position = explode(shapes)
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    if area_method == "geodesic":
        lon, lat = np.ascontiguousarray(xy.T)
        edges = np.append(np.flatnonzero(np.diff(ring, prepend=-1)), len(ring))
        wound_m2 = [
            GEOD.polygon_area_perimeter(lon[start:end], lat[start:end])[0]
            for start, end in pairwise(edges)
        ]
        ring_m2 = np.where(shapely.is_ccw(rings), 1.0, -1.0) * np.array(wound_m2)
    else:
        lon, lat = np.radians(xy).T
        # A ring repeats its first vertex, so each edge stands once between neighbours:
        # sum of (lon[i+1] - lon[i-1]) sin lat[i] = sum over edges of
        # (lon[i] - lon[i+1]) (sin lat[i+1] + sin lat[i]), up to sign.
        inside = ring[1:] == ring[:-1]
        swept = (lon[1:] - lon[:-1]) * (np.sin(lat[1:]) + np.sin(lat[:-1]))
        sums = np.bincount(ring[1:][inside], swept[inside], minlength=len(rings))
        ring_m2 = np.abs(sums * WEB_MAP_RADIUS_M**2 / 2.0)
    # However it winds: in DeepState's archive holes wind like the shell.
    is_hole = np.append(False, polygon[1:] == polygon[:-1])[: len(rings)]
    signed = np.where(is_hole, -ring_m2, ring_m2)
    total = np.bincount(position[polygon], weights=signed, minlength=len(shapes))
    # That of next to nothing may come out below 0 by rounding.
    return np.maximum(total, 0.0) / 1e6
