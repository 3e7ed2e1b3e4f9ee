"""Theatres: who holds whose land, and the border that depth is measured from."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from types import UnionType

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from kursk_geo import reference
from kursk_geo.errors import ReferenceDataError, TheatreError
from kursk_geo.geometry import (
    WGS84,
    Geometries,
    measuring_crs,
    only_polygons,
    project,
    unproject,
)
from kursk_geo.status import Status, read_statuses

__all__ = ["Theatre", "list_theatres", "theatre"]


@dataclass(frozen=True)
class Theatre:
    """
    A region, the border that depth is measured from, and what counts as held.

    Parameters
    ----------
    name : str
        As it stands in tables and captions.
    region : Polygon, MultiPolygon or None, default None
        Where ground counts, in EPSG:4326. None means everywhere.
    border : LineString, MultiLineString or None, default None
        What depth is measured from, in EPSG:4326. None means that there is no depth.
    held, contested : frozenset of Status
        The statuses that count as held and as contested ground. A word or another
        iterable of words is read as these.

    Raises
    ------
    ReferenceDataError
        If the region is not an area or the border not a line.
    OptionError
        If a status is not known.

    Examples
    --------
    A theatre of any other war is plain data:

    >>> strip = Theatre(
    ...     name="strip",
    ...     region=shapely.box(35.0, 51.0, 36.0, 52.0),
    ...     border=shapely.LineString([(35.0, 51.0), (36.0, 51.0)]),
    ...     held=frozenset({Status.OCCUPIED}),
    ... )
    >>> strip.contested
    frozenset()
    """

    name: str
    region: BaseGeometry | None = None
    border: BaseGeometry | None = None
    held: frozenset[Status] = frozenset()
    contested: frozenset[Status] = frozenset()

    def __post_init__(self) -> None:
        for name in ("held", "contested"):
            object.__setattr__(self, name, read_statuses(getattr(self, name)))
        wrong = _fault(self.region, shapely.Polygon | shapely.MultiPolygon)
        if wrong:
            msg = (
                f"The region of theatre {self.name!r} {wrong}. Expected a Polygon or "
                "MultiPolygon, valid and in EPSG:4326; kursk_geo.read_region() reads "
                "one from a file, table.union_all() makes one of a table."
            )
            raise ReferenceDataError(msg)
        wrong = _fault(self.border, shapely.LineString | shapely.MultiLineString)
        if wrong:
            msg = (
                f"The border of theatre {self.name!r} {wrong}. "
                "Expected a LineString or MultiLineString in EPSG:4326; "
                "kursk_geo.read_border() reads one from a file."
            )
            raise ReferenceDataError(msg)
        if self.region is not None and self.border is not None:
            gap = shapely.distance(self.region, self.border)
            if gap > FAR_DEGREES:
                msg = (
                    f"The border of theatre {self.name!r} lies {gap:.1f} degrees from "
                    "its region. Expected the border of that region, in EPSG:4326 "
                    "(longitude first)."
                )
                raise ReferenceDataError(msg)

    def lies_within(self, other: "Theatre") -> bool:
        """
        Whether a selection for another theatre leaves all that this one needs.

        Parameters
        ----------
        other : Theatre
            The one that shapes have been cut to.

        Returns
        -------
        bool

        Raises
        ------
        Nothing
            Any two theatres can be compared.

        Examples
        --------
        >>> kursk = theatre("kursk")
        >>> theatre("kursk", contested=[]).lies_within(kursk)
        True
        >>> theatre("sumy").lies_within(kursk)
        False
        """
        statuses = self.held | self.contested
        everywhere = other.region is None or self.region == other.region
        return everywhere and statuses <= other.held | other.contested

    @cached_property
    def crs(self) -> pyproj.CRS | None:
        """The fixed plane in which this theatre is measured; None without a border."""
        anchor = self.border if self.region is None else self.region
        return None if anchor is None else measuring_crs(anchor)


def refuse_strange_theatre(given: object) -> None:
    """
    Refuse what stands in the place of a theatre and is none, such as its name.

    Raises
    ------
    TheatreError
        If it is neither a theatre nor None.
    """
    if not isinstance(given, Theatre | None):
        msg = (
            f"{given!r} is no theatre. Expected one such as kursk_geo.theatre('kursk')."
        )
        raise TheatreError(msg)


def _fault(shape: object, kind: type | UnionType) -> str:
    """What is wrong with a region or border; nothing if there is none."""
    if shape is None:
        return ""
    if not isinstance(shape, BaseGeometry) or not isinstance(shape, kind):
        return f"is a {type(shape).__name__}"
    if shape.is_empty:
        return "is empty"
    if not shape.is_valid:
        return f"is invalid ({shapely.is_valid_reason(shape)})"
    west, south, east, north = shape.bounds
    if west < -180 or south < -90 or east > 180 or north > 90:
        return "leaves longitude ±180 or latitude ±90"
    return ""


HELD_IN_UKRAINE = frozenset({Status.OCCUPIED})
HELD_IN_RUSSIA = frozenset({Status.HELD_IN_RUSSIA})
FAR_DEGREES = 1.0
"""A border farther than this from the region is not its border. [degrees]"""

GREY = frozenset({Status.CONTESTED, Status.CONTESTED_IN_RUSSIA})

# Oblast lines inland, by a few vertices on a grid of 0.05 degrees; the oblasts meet the
# border at 34.386 E 51.843 N (Bryansk, Kursk) and 35.351 E 50.975 N (Kursk, Belgorod).
# On the Ukrainian side the outlines are wide: the border cuts them.
KURSK_BELGOROD = (
    (35.351, 50.975), (35.60, 50.90), (35.75, 50.95), (35.90, 50.95), (36.00, 51.05),
    (36.05, 51.15), (36.50, 51.10), (36.75, 51.10), (36.90, 51.20), (37.10, 51.25),
    (37.20, 51.35), (37.40, 51.40), (37.90, 51.40), (38.30, 51.30),
)  # fmt: skip
KURSK = (
    (34.386, 51.843), (34.35, 51.90), (34.45, 51.95), (34.50, 52.05), (34.70, 52.10),
    (34.70, 52.20), (34.80, 52.20), (34.95, 52.35), (35.45, 52.40), (35.60, 52.45),
    (35.70, 52.25), (36.30, 52.35), (36.40, 52.35), (36.50, 52.20), (37.10, 52.10),
    (37.35, 51.95), (37.70, 52.00), (38.05, 51.90), (38.25, 51.95), (38.45, 51.95),
    (38.50, 51.75), (38.15, 51.65), (38.25, 51.50), (38.40, 51.40), (38.35, 51.30),
    *reversed(KURSK_BELGOROD), (35.00, 50.80), (33.80, 50.80), (33.80, 51.843),
)  # fmt: skip
BELGOROD = (
    *KURSK_BELGOROD, (38.45, 51.30), (38.40, 51.10), (38.60, 51.05), (38.80, 51.10),
    (38.85, 50.95), (38.70, 50.90), (38.85, 50.80), (38.90, 50.70), (39.10, 50.60),
    (39.05, 50.45), (39.10, 50.30), (39.15, 50.20), (39.25, 50.00), (39.20, 49.85),
    (39.20, 49.40), (35.00, 49.40), (35.00, 50.975),
)  # fmt: skip
STRIP_KM = 40.0
"""How far the strips of 2024 and 2025 reach into Ukraine. [km]"""
KHARKIV_E = (35.9, 37.4)
SUMY_E = (33.4, 35.4)
"""Longitudes between which the strips lie. [degrees]"""


def _russian_side(outline: tuple[tuple[float, float], ...]) -> BaseGeometry:
    _, russia = reference.ukraine_and_russia()
    return shapely.intersection(shapely.Polygon(outline), russia)


def _ukrainian_strip(lon: tuple[float, float]) -> BaseGeometry:
    ukraine, _ = reference.ukraine_and_russia()
    band = shapely.box(lon[0], 44.0, lon[1], 54.0)
    line = shapely.intersection(reference.border(), band)
    crs = measuring_crs(line)
    near = unproject(project(line, crs).buffer(STRIP_KM * 1e3), crs)
    return shapely.intersection_all([near, ukraine, band])


@lru_cache(maxsize=8)
def _preset(name: str) -> Theatre:
    """One of the presets; a pure function of its name, so it is worth keeping."""
    line = reference.border()
    match name:
        case "kursk":
            region = _russian_side(KURSK)
            return Theatre(name, region, line, HELD_IN_RUSSIA, GREY)
        case "belgorod":
            region = _russian_side(BELGOROD)
            return Theatre(name, region, line, HELD_IN_RUSSIA, GREY)
        case "sumy":
            return Theatre(name, _ukrainian_strip(SUMY_E), line, HELD_IN_UKRAINE, GREY)
        case "kharkiv":
            region = _ukrainian_strip(KHARKIV_E)
            return Theatre(name, region, line, HELD_IN_UKRAINE, GREY)
        case "ukraine":
            return Theatre(name, None, None, HELD_IN_UKRAINE, GREY)
    msg = f"No theatre {name!r}. Expected one of: {', '.join(list_theatres())}."
    raise TheatreError(msg)


def list_theatres() -> list[str]:
    """
    Names of the preset theatres.

    Returns
    -------
    list of str
        Sorted.

    Raises
    ------
    Nothing
        The list is fixed.

    Examples
    --------
    >>> list_theatres()
    ['belgorod', 'kharkiv', 'kursk', 'sumy', 'ukraine']
    """
    return ["belgorod", "kharkiv", "kursk", "sumy", "ukraine"]


def theatre(
    name: str,
    *,
    region: BaseGeometry | gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    border: BaseGeometry | gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    held: str | Iterable[str] | None = None,
    contested: str | Iterable[str] | None = None,
) -> Theatre:
    """
    A preset theatre, with what you know better put in its place.

    Parameters
    ----------
    name : str
        ``"kursk"`` or ``"belgorod"`` (the Russian side of the border, held is
        ``held_in_russia``), ``"sumy"`` (33.4 to 35.4 E) or ``"kharkiv"`` (35.9 to
        37.4 E; both the Ukrainian side within 40 km of the border, held is
        ``occupied``), or ``"ukraine"`` (everything, no border, held is
        ``occupied``).
    region : Polygon, MultiPolygon, GeoDataFrame or GeoSeries, optional
        Exact region instead of the preset's. Shapes without a reference system are
        taken as EPSG:4326.
    border : LineString, MultiLineString, GeoDataFrame or GeoSeries, optional
        Border instead of the bundled one, as `read_border` gives it.
    held, contested : str or iterable of str, optional
        Statuses instead of the preset's.

    Returns
    -------
    Theatre

    Raises
    ------
    TheatreError
        If there is no preset of that name.
    ReferenceDataError
        If the region is no area, the border no line, or they lie far apart.
    OptionError
        If a status is not known.

    Notes
    -----
    The inland oblast lines of ``kursk`` and ``belgorod`` are approximate, to about
    0.05 degrees (5 km). No ground was ever held near them; pass ``region=`` where it
    matters.

    Examples
    --------
    >>> sorted(theatre("kursk").held)
    [<Status.HELD_IN_RUSSIA: 'held_in_russia'>]
    >>> theatre("ukraine").border is None
    True
    """
    preset = _preset(name)
    return replace(
        preset,
        region=preset.region if region is None else _area(region),
        border=preset.border if border is None else _line(border),
        held=preset.held if held is None else read_statuses(held),
        contested=preset.contested if contested is None else read_statuses(contested),
    )


def _one_geometry(shapes: object) -> Geometries:
    if isinstance(shapes, BaseGeometry):
        return np.array([shapes], dtype=object)
    if isinstance(shapes, gpd.GeoDataFrame | gpd.GeoSeries):
        geometry = shapes.geometry
        geometry = geometry if shapes.crs is None else geometry.to_crs(WGS84)
        values: Geometries = geometry.to_numpy()
        return values
    msg = (
        f"Cannot take {shapes!r} as a region or border. Expected a shapely geometry or "
        "a GeoDataFrame; kursk_geo.read_region() and read_border() read files."
    )
    raise ReferenceDataError(msg)


def _area(shapes: BaseGeometry | gpd.GeoDataFrame | gpd.GeoSeries) -> BaseGeometry:
    return shapely.union_all(only_polygons(_one_geometry(shapes)))


def _line(shapes: BaseGeometry | gpd.GeoDataFrame | gpd.GeoSeries) -> BaseGeometry:
    lines = shapely.union_all(_one_geometry(shapes))
    # Merging would turn an area into its outline: coasts and lakes are no border.
    return shapely.line_merge(lines) if "Line" in lines.geom_type else lines
