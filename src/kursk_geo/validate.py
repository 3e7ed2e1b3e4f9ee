"""Figures against what is known by other means: closed forms, brute force, symmetry."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import cos, pi, radians, sin, sqrt
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

from kursk_geo.area import AREA_METHODS, WEB_MAP_RADIUS_M, AreaMethod, area_km2
from kursk_geo.depth import PreparedBorder, depth_km, prepare_border
from kursk_geo.geometry import GEOD, as_array
from kursk_geo.ground import Ground
from kursk_geo.history import ControlHistory
from kursk_geo.measure import measure
from kursk_geo.periods import DAY
from kursk_geo.sections import sections
from kursk_geo.snapshots import MapFeature, ParsedMap, join_maps
from kursk_geo.status import Status
from kursk_geo.theatre import Theatre, theatre

__all__ = ["validate"]

Row: TypeAlias = tuple[str, str, float, float, float, str]
"""What is measured, by which check, expected, found, tolerance, unit."""
Ways: TypeAlias = Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]

OTHER_PLANES = ((32636, "UTM 36N"), (32637, "UTM 37N"), (3034, "LCC Europe"))
"""Conformal ones: where a plane shears, another point of the border seems nearest."""
NEAR_KURSK = (35.2, 51.3)
CELLS = {
    "cell of 0.1 degrees": (35.0, 51.0, 35.1, 51.1),
    "cell as large as Ukraine": (22.0, 44.0, 40.0, 52.0),
    "cell across the equator": (-3.0, -4.0, 5.0, 2.0),
}
"""West, south, east and north. [degrees]"""
PUBLISHED_AT = pd.Timestamp("2025-03-28T12:00Z")
PUBLISHED = (
    ("kursk", "held_in_russia", 77.43),
    ("kursk", "contested_in_russia", 64.49),
    ("belgorod", "contested", 13.08),
    ("sumy", "occupied", 0.69),
)
"""Theatre, status, and area of one polygon as DeepState's site showed it then, printed
by Interfax-Ukraine. [km²]"""


def validate(history: ControlHistory | None = None) -> pd.DataFrame:
    """
    Measure what is known by other means.

    Parameters
    ----------
    history : ControlHistory, optional
        Whole, as `read_history` gives it. Its map with the most held ground in Kursk
        Oblast is measured anew by brute force, in other projections, and after changes
        that must not matter; and figures that DeepState has published are looked for
        where its maps of those days are there.

    Returns
    -------
    DataFrame
        One row a check: ``measured``, ``by``, ``expected``, ``found``, ``tolerance``
        (of the difference, in the same unit), ``unit`` and ``holds``.

    Raises
    ------
    OptionError
        If the history has been cut to a theatre.

    Notes
    -----
    A cell between two meridians and two parallels has the area
    ``b² Δlon / 2 [sin φ / (1 - e² sin² φ) + atanh(e sin φ) / e]`` between its parallels
    (Snyder 1987, equation 3-12). A geodesic circle has ``2 π (1 - cos(r √K)) / K`` with
    the Gaussian curvature K at its centre, to less than 1e-7 of it at 20 km. Along a
    meridian distance is the integral of the radius of curvature, taken here by
    Gauss-Legendre quadrature.

    References
    ----------
    Snyder, J. P. (1987). Map projections: a working manual. USGS Paper 1395.

    Examples
    --------
    >>> bool(validate().holds.all())
    True
    """
    rows = [*_areas(), *_depths()]
    if history is not None:
        rows += [*_maps(history), *_published(history)]
    names = ["measured", "by", "expected", "found", "tolerance", "unit"]
    table = pd.DataFrame(rows, columns=names)
    off = (table["found"] - table["expected"]).abs()
    return table.assign(holds=off <= table["tolerance"])


def _areas() -> Iterator[Row]:
    """Areas with a closed form, on the ellipsoid and on the sphere of web maps."""
    for name, (west, south, east, north) in CELLS.items():
        # Its edges are parallels, a geodesic is not: 0.002 degrees apart by 2e-9.
        shape = shapely.segmentize(shapely.box(west, south, east, north), 0.002)
        sines, e = np.sin(np.radians([south, north])), sqrt(GEOD.es)
        # From the equator to each parallel, a radian wide.
        whole = sines / (1 - GEOD.es * sines**2) + np.arctanh(e * sines) / e
        zones_m2 = GEOD.b**2 / 2 * whole, WEB_MAP_RADIUS_M**2 * sines
        for area_method, (low_m2, high_m2) in zip(AREA_METHODS, zones_m2, strict=True):
            exact_m2 = radians(east - west) * (high_m2 - low_m2)
            yield _area(name, exact_m2, shape, area_method)
    flat = 1 - GEOD.es * sin(radians(NEAR_KURSK[1])) ** 2
    curvature = (flat / (GEOD.a * sqrt(1 - GEOD.es))) ** 2
    n = 3600
    for radius_km in (1.0, 20.0):
        cap = (1 - cos(radius_km * 1e3 * sqrt(curvature))) / curvature
        disc, name = _disc(radius_km, n), f"circle of {radius_km:g} km"
        yield _area(name, n * sin(2 * pi / n) * cap, disc, "geodesic")


def _area(name: str, exact_m2: float, shape: BaseGeometry, method: AreaMethod) -> Row:
    found_km2 = float(area_km2(as_array([shape]), area_method=method)[0])
    by = f"closed form on the {'ellipsoid' if method == 'geodesic' else 'sphere'}"
    exact_km2 = exact_m2 / 1e6
    return f"area of a {name}", by, exact_km2, found_km2, 2e-7 * exact_km2, "km²"


def _disc(radius_km: float, n: int) -> shapely.Polygon:
    """A polygon whose corners are equally far from its middle."""
    lon, lat = np.full((n, 2), NEAR_KURSK).T
    azimuths, radius_m = np.arange(n) * 360.0 / n, np.full(n, radius_km * 1e3)
    return shapely.Polygon(np.column_stack(GEOD.fwd(lon, lat, azimuths, radius_m)[:2]))


def _depths() -> Iterator[Row]:
    """Depths with a closed form: the answer is a geodesic known beforehand."""
    parallel = shapely.segmentize(
        shapely.LineString([(34.0, 51.0), (37.0, 51.0)]), 0.01
    )
    nodes, weights = np.polynomial.legendre.leggauss(20)
    middle, half = radians(51.15), radians(0.15)
    curve = (1 - GEOD.es * np.sin(middle + half * nodes) ** 2) ** -1.5
    arc_km = GEOD.a * (1 - GEOD.es) * half * (weights * curve).sum() / 1e3
    box = shapely.box(35.4, 51.0, 35.6, 51.3)
    yield _depth("a box on a parallel", arc_km, box, parallel)
    tiny = shapely.LineString(_disc(1e-3, 4).exterior.coords[::2])
    for radius_km in (2.0, 20.0, 60.0):
        name = f"a disc of {radius_km:g} km around a border of 2 m"
        yield _depth(name, radius_km, _disc(radius_km, 720), tiny)
    disc, inscribed_km = _disc(20.0, 720), 20.0 * cos(pi / 720)
    yield _depth("a disc within its own border", inscribed_km, disc, disc.exterior)


def _depth(
    name: str,
    exact_km: float,
    ground: BaseGeometry,
    border: BaseGeometry | PreparedBorder,
    *,
    by: str = "closed form",
) -> Row:
    found_km = depth_km(ground, border).depth_km
    return f"depth of {name}", by, exact_km, found_km, 0.003, "km"


def _maps(history: ControlHistory) -> Iterator[Row]:
    """One map of the user's, measured in other ways and after changes."""
    kursk = theatre("kursk")
    selected = history.select(kursk)
    table = measure(selected)
    if table.empty or not table["area_km2"].max() > 0:
        return
    when = pd.Timestamp(table.index[int(table["area_km2"].argmax())])
    drawn = Ground(selected)
    ground = drawn.union(drawn.shown(when)[0])
    told = f"the held ground of {when:%d %b %Y}"
    border, region = kursk.border, kursk.region
    assert border is not None and region is not None  # noqa: S101, PT018 - a preset's
    deep = depth_km(ground, border)
    brute_km = _brute_force_km(ground, border, deep.witness)
    yield _depth(told, brute_km, ground, border, by="brute force on the ellipsoid")
    for code, name in OTHER_PLANES:
        there = prepare_border(border, pyproj.CRS.from_epsg(code))
        yield _depth(told, deep.depth_km, ground, there, by=name)
    parts = as_array([ground])
    geodesic = float(area_km2(parts)[0])
    fine = gpd.GeoSeries(shapely.segmentize(parts, 0.001), crs=4326)
    for code, name in ((6933, "equal-area cylinder"), (3035, "equal-area azimuth")):
        flat = float(fine.to_crs(code).area.sum()) / 1e6
        yield f"area of {told}", name, flat, geodesic, 2e-5 * flat, "km²"
    features = history.at(when)
    base = _again(features, kursk)
    away = (translate(region, SHIFT), translate(border, SHIFT))
    moved = replace(kursk, name="moved", region=away[0], border=away[1])
    for name, change in _WAYS.items():
        over = moved if name == "moved in longitude" else kursk
        found = _again(change(features), over)
        for column, (unit, share, least) in WITHIN.items():
            what = f"{column.rpartition('_')[0] or column} on {when:%d %b %Y}"
            tolerance = share * base[column] + least
            yield what, name, base[column], found[column], tolerance, unit


def _brute_force_km(
    ground: BaseGeometry, border: BaseGeometry, witness: BaseGeometry | None
) -> float:
    """
    Largest of the least chords from points of the ground to points of the border.

    Points of the ground stand on its edges 100 m apart, on a grid within it and at its
    `witness`, which one of them may outdo; those of the border 25 m apart. A chord of
    30 km is 3 cm shorter than its geodesic.
    """
    edges = shapely.get_coordinates(shapely.segmentize(ground.boundary, 0.001))
    west, south, east, north = ground.bounds
    lines = np.arange(west, east, 0.02), np.arange(south, north, 0.012)
    grid = np.stack(np.meshgrid(*lines), axis=-1).reshape(-1, 2)
    inside = grid[shapely.contains_xy(ground, *grid.T)]
    near = shapely.intersection(border, ground.envelope.buffer(0.7))
    line = shapely.get_coordinates(shapely.segmentize(near, 0.00025))
    all_points = np.vstack([edges, inside, shapely.get_coordinates(witness)])
    points, feet = _in_space(all_points), _in_space(line)
    # |p - f|² = |p|² + |f|² - 2 p·f, about a centre so that no digits are lost.
    centre = feet.mean(axis=0)
    points, feet = points - centre, feet - centre
    square = (feet**2).sum(axis=1)
    least_m2 = []
    for some in np.array_split(points, max(1, len(points) // 200)):
        nearest = (square[:, None] - 2 * feet @ some.T).min(axis=0)
        least_m2.append(((some**2).sum(axis=1) + nearest).max())
    return float(np.sqrt(max(least_m2)) / 1e3)


def _in_space(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres from the middle of the earth."""
    to_space = pyproj.Transformer.from_crs(4979, 4978, always_xy=True)
    lon, lat = xy.T
    return np.column_stack(to_space.transform(lon, lat, np.zeros(len(xy))))


def _again(features: gpd.GeoDataFrame, over: Theatre) -> pd.Series:
    """A map of these shapes, all the way from the features to its figures."""
    known = features[features["status"] != Status.UNKNOWN]
    rows = zip(known["status"], known["label"], known.geometry, strict=True)
    read = [
        MapFeature(Status(status), str(name), shape) for status, name, shape in rows
    ]
    when = pd.Timestamp("2025-01-01T00:00Z")
    history = join_maps([ParsedMap(when, "validate", read)], source="validate")
    row: pd.Series = measure(history.select(over)).iloc[-1]
    return row


WITHIN = {
    "area_km2": ("km²", 2e-5, 0.0),
    "contested_km2": ("km²", 2e-5, 1e-6),
    "depth_km": ("km", 0.0, 0.003),
    "sections": ("sections", 0.0, 0.0),
}
"""Unit of a figure, and how far it may be off: a share of it, and in its unit."""
SHIFT = 3.7
"""East or west makes no difference on an ellipsoid. [degrees]"""


def _with(features: gpd.GeoDataFrame, shapes: object) -> gpd.GeoDataFrame:
    return features.set_geometry(gpd.GeoSeries(shapes, index=features.index, crs=4326))


#: west and east of a meridian through the ground
_HALVES = (-180.0, -90.0, NEAR_KURSK[0], 90.0), (NEAR_KURSK[0], -90.0, 180.0, 90.0)
_WAYS: dict[str, Ways] = {
    "split": lambda some: pd.concat(
        [some.clip(half, keep_geom_type=True) for half in _HALVES]
    ),
    "merged by status": lambda some: some.dissolve("status", as_index=False),
    "rings reversed": lambda some: _with(some, shapely.reverse(some.geometry.array)),
    "vertices added": lambda some: _with(some, some.geometry.segmentize(0.002)),
    "shuffled": lambda some: some.sample(frac=1.0, random_state=1),
    "each twice": lambda some: pd.concat([some, some]),
    "moved in longitude": lambda some: _with(some, some.geometry.translate(SHIFT)),
}
"""What may be done to a map without a change of its figures."""


def _published(history: ControlHistory) -> Iterator[Row]:
    """Areas that DeepState's site shows, where its maps of those days are there."""
    if history.source != "deepstate":
        return
    # A map that is older by a day is not the one that the figures were read from.
    recent = history.between(PUBLISHED_AT - DAY, PUBLISHED_AT)
    for name, status, printed_km2 in PUBLISHED if len(recent) else ():
        shown = recent.select(theatre(name), status=status, clip=False)
        areas = sections(shown, area_method="spherical")["area_km2"].to_numpy()
        nearest = areas[np.abs(areas - printed_km2).argmin()] if len(areas) else np.nan
        what, by = (
            f"{status} piece in {name}, 2025-03-28",
            "printed by Interfax-Ukraine",
        )
        yield what, by, printed_km2, float(nearest), 0.00501, "km²"
