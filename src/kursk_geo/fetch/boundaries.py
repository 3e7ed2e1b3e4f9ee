"""Borders and regions from where they are published, with licence and accuracy."""

import os
import re
from dataclasses import dataclass
from typing import Literal, get_args
from warnings import warn

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from kursk_geo.errors import CoarseBorderWarning, OptionError, ReferenceDataError
from kursk_geo.fetch import osm
from kursk_geo.fetch.endpoints import PUBLISHED, Access, Endpoints, open_access
from kursk_geo.fetch.geoboundaries import fetch_boundaries, named_area, read_area
from kursk_geo.geometry import (
    GEOD,
    WGS84,
    as_array,
    explode,
    measuring_crs,
    only_polygons,
    project,
)
from kursk_geo.reference import COARSE_M, border

__all__ = ["fetch_border", "fetch_region"]

BorderSource = Literal["osm", "geoboundaries"]
RegionSource = Literal["osm", "nominatim", "geoboundaries"]
FAR_KM = 20.0
"""A line that lies farther off the bundled border on average is another one."""


@dataclass(frozen=True)
class _Region:
    """A region by its names in each source."""

    iso: str
    country: str
    relation: int | None = None


REGIONS = {
    "Belgorod Oblast": _Region("RU-BEL", "RUS", 83184),
    "Bryansk Oblast": _Region("RU-BRY", "RUS", 81997),
    "Chernihiv Oblast": _Region("UA-74", "UKR"),
    "Kharkiv Oblast": _Region("UA-63", "UKR"),
    "Kursk Oblast": _Region("RU-KRS", "RUS", 72223),
    "Sumy Oblast": _Region("UA-59", "UKR"),
}
"""Those along the border; any other is asked for by its ISO 3166-2 code."""

_ISO = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")


def fetch_border(
    *,
    source: BorderSource = "osm",
    cache_dir: str | os.PathLike[str] | None = None,
    offline: bool = False,
    endpoints: Endpoints = PUBLISHED,
) -> gpd.GeoDataFrame:
    """
    Fetch the land border of Ukraine and Russia.

    The bundled `border` is of 2017; this is the line of today, or of somebody else.

    Parameters
    ----------
    source : {"osm", "geoboundaries"}, default "osm"
        The ways of OpenStreetMap that bound both countries; or the outline of Ukraine
        of geoBoundaries, between the ends of the bundled border.
    cache_dir : path-like, optional
        Default: ``KURSK_GEO_CACHE``, or the platform's cache folder.
    offline : bool, default False
        Never touch the network.
    endpoints : Endpoints
        Where the services are.

    Returns
    -------
    GeoDataFrame, shape (1,)
        ``name``, ``source`` and ``geometry``, a LineString or MultiLineString in
        EPSG:4326. ``attrs`` tell ``licence``, ``attribution``, ``url`` and
        ``accuracy``: how far its vertices stand apart, and how far off the bundled
        border they lie.

    Raises
    ------
    OptionError
        If `source` is not known.
    ReferenceDataError
        If there is no such line, or it is not that border.
    OfflineError, DownloadError
        As `fetch_history`.

    Warns
    -----
    CoarseBorderWarning
        If its vertices stand more than 500 m apart (median).

    Examples
    --------
    >>> fetch_border(source="gadm")
    Traceback (most recent call last):
        ...
    kursk_geo.errors.OptionError: source='gadm' is not known. Expected osm, ...
    """
    _check(source, get_args(BorderSource))
    with open_access(endpoints, cache_dir=cache_dir, offline=offline) as access:
        if source == "osm":
            line = osm.border_lines(access)
            told = (osm.LICENCE, osm.ATTRIBUTION, access.endpoints.overpass)
        else:
            ukraine = fetch_boundaries(access, "UKR", "ADM0")
            areas = [read_area(raw, name) for name, raw in ukraine.areas]
            line = _along_the_border(shapely.union_all(areas))
            told = (ukraine.licence, ukraine.attribution, ukraine.url)
    off_km = _off_km(line)
    if off_km.mean() > FAR_KM:
        msg = (
            f"The line of {source} lies {off_km.mean():,.0f} km off the bundled border "
            f"on average. Expected less than {FAR_KM:.0f}: it is another one. Use "
            "kursk_geo.border()."
        )
        raise ReferenceDataError(msg)
    spacing_m = _spacing_m(line)
    accuracy = (
        f"vertices {spacing_m:,.0f} m apart (median); off the bundled border by "
        f"{off_km.mean() * 1e3:,.0f} m on average and "
        f"{np.quantile(off_km, 0.95) * 1e3:,.0f} m at the 95th percentile"
    )
    if spacing_m > COARSE_M:
        msg = (
            f"The border of {source} is coarse: {accuracy}. Expect depths to be wrong "
            "by as much. Use kursk_geo.border() or source='osm'."
        )
        warn(msg, CoarseBorderWarning, stacklevel=2)
    return _frame("Ukraine-Russia", line, source, told=told, accuracy=accuracy)


def fetch_region(
    name: str,
    *,
    source: RegionSource = "osm",
    country: str | None = None,
    relation: int | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
    offline: bool = False,
    endpoints: Endpoints = PUBLISHED,
) -> gpd.GeoDataFrame:
    """
    Fetch a region.

    Parameters
    ----------
    name : str
        ``"Kursk Oblast"`` and the others along the border, also without "Oblast";
        any other by its ISO 3166-2 code (``"UA-14"``), or by its name with
        ``source="geoboundaries"``.
    source : {"osm", "nominatim", "geoboundaries"}, default "osm"
        OpenStreetMap, stitched from the region's ways, which Overpass gives; the same,
        put together by Nominatim; or geoBoundaries, whose file of all regions of
        Russia is large.
    country : str, optional
        ISO 3166-1 code of three letters, for geoBoundaries; known for those along the
        border.
    relation : int, optional
        Number in OpenStreetMap, for Nominatim; known for those of Russia along the
        border.
    cache_dir : path-like, optional
        Default: ``KURSK_GEO_CACHE``, or the platform's cache folder.
    offline : bool, default False
        Never touch the network.
    endpoints : Endpoints
        Where the services are.

    Returns
    -------
    GeoDataFrame, shape (1,)
        ``name``, ``source`` and ``geometry``, a Polygon or MultiPolygon in EPSG:4326.
        ``attrs`` tell ``licence``, ``attribution``, ``url`` and ``accuracy``.

    Raises
    ------
    OptionError
        If `source` is not known, or the name is not enough for it.
    ReferenceDataError
        If there is no such region, or its outline does not close.
    OfflineError, DownloadError
        As `fetch_history`.

    Examples
    --------
    >>> fetch_region("Kursk Oblast", offline=True)
    Traceback (most recent call last):
        ...
    kursk_geo.errors.OfflineError: 1 of 1 files are not in the cache ...
    >>> fetch_region("Atlantis")
    Traceback (most recent call last):
        ...
    kursk_geo.errors.OptionError: The region 'Atlantis' is not known to osm. ...
    """
    _check(source, get_args(RegionSource))
    known = _known(name)
    with open_access(endpoints, cache_dir=cache_dir, offline=offline) as access:
        if source == "geoboundaries":
            country = country or (known.country if known else None)
            title, area, told = _of_geoboundaries(access, name, country)
        else:
            iso = known.iso if known else name
            relation = relation or (known.relation if known else None)
            title, area, told = _of_osm(access, source, iso, relation)
    area = shapely.union_all(only_polygons(shapely.make_valid(_polygons(area, title))))
    accuracy = f"vertices {_spacing_m(area.boundary):,.0f} m apart (median)"
    return _frame(title, area, source, told=told, accuracy=accuracy)


def _of_geoboundaries(
    access: Access, name: str, country: str | None
) -> tuple[str, BaseGeometry, tuple[str, str, str]]:
    if country is None or not re.fullmatch(r"[A-Z]{3}", country):
        msg = (
            f"country={country!r} was given for {name!r}. Expected the three letters "
            "of ISO 3166-1: country='UKR'."
        )
        raise OptionError(msg)
    found = fetch_boundaries(access, country, "ADM1")
    told = (found.licence, found.attribution, found.url)
    return name, named_area(found, name), told


def _of_osm(
    access: Access, source: str, iso: str, relation: int | None
) -> tuple[str, BaseGeometry, tuple[str, str, str]]:
    if source == "nominatim" and relation is not None:
        name, area = osm.looked_up_area(access, relation)
        url = access.endpoints.nominatim
    elif source == "osm" and _ISO.fullmatch(iso):
        name, area = osm.relation_area(access, iso)
        url = access.endpoints.overpass
    else:
        needed = "its ISO 3166-2 code, such as 'UA-14'"
        if source == "nominatim":
            needed = "relation=, its number in OpenStreetMap"
        msg = (
            f"The region {iso!r} is not known to {source}. Expected one of "
            f"{', '.join(REGIONS)}; or {needed}."
        )
        raise OptionError(msg)
    return name, area, (osm.LICENCE, osm.ATTRIBUTION, url)


def _known(name: str) -> _Region | None:
    asked = name.casefold().removesuffix("oblast").strip()
    for title, region in REGIONS.items():
        if asked in {title.casefold().removesuffix("oblast").strip(), region.iso}:
            return region
    return None


def _check(source: str, known: tuple[str, ...]) -> None:
    if source not in known:
        msg = (
            f"source={source!r} is not known. Expected {', '.join(known)}. Leave it "
            "out for OpenStreetMap."
        )
        raise OptionError(msg)


def _polygons(
    area: BaseGeometry, name: str
) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    polygons = explode(as_array([area]))[0]
    if not len(polygons):
        msg = (
            f"{name} is a {area.geom_type}. Expected an area. Try another source, or "
            "read_region(path)."
        )
        raise ReferenceDataError(msg)
    return polygons


def _along_the_border(area: BaseGeometry) -> BaseGeometry:
    """The stretch of an outline between the ends of the bundled border."""
    polygons = _polygons(area, "Ukraine")
    outline = shapely.get_exterior_ring(polygons[np.argmax(shapely.area(polygons))])
    ends = shapely.points(shapely.get_coordinates(border())[[0, -1]])
    first, last = sorted(shapely.line_locate_point(outline, ends).tolist())
    inner = substring(outline, first, last)
    outer = shapely.line_merge(
        shapely.union_all(
            [substring(outline, last, outline.length), substring(outline, 0.0, first)]
        )
    )
    # A ring has two ways from one point to another.
    return min((inner, outer), key=lambda line: float(_off_km(line).mean()))


def _off_km(line: BaseGeometry) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """How far vertices lie off the bundled border, in kilometres."""
    known = border()
    crs = measuring_crs(known)
    vertices = shapely.points(shapely.get_coordinates(line))
    off_m = shapely.distance(project(vertices, crs), project(known, crs))
    return np.asarray(off_m, dtype=float) / 1e3


def _spacing_m(line: BaseGeometry) -> float:
    """Median distance of neighbouring vertices, on the ellipsoid."""
    parts = shapely.get_parts(shapely.get_parts(line))
    steps = [GEOD.line_lengths(*shapely.get_coordinates(part).T) for part in parts]
    return float(np.median(np.concatenate(steps)))


def _frame(
    name: str,
    geometry: BaseGeometry,
    source: str,
    *,
    told: tuple[str, str, str],
    accuracy: str,
) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(
        {"name": [name], "source": [source]}, geometry=[geometry], crs=WGS84
    )
    licence, attribution, url = told
    frame.attrs = {
        "licence": licence,
        "attribution": attribution,
        "url": url,
        "accuracy": accuracy,
    }
    return frame
