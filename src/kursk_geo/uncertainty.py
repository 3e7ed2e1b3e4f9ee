"""How sure a figure is: bounds beside area and depth, and whether a change is real."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from math import isfinite, sqrt
from statistics import NormalDist
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from kursk_geo.area import area_km2
from kursk_geo.errors import OptionError
from kursk_geo.front import BORDER_WIDTH_M
from kursk_geo.geometry import Geometries, as_array, explode, measuring_crs, project
from kursk_geo.ground import Ground, Pieces
from kursk_geo.history import ControlHistory
from kursk_geo.measure import measure
from kursk_geo.periods import Every, When
from kursk_geo.theatre import Theatre

__all__ = []


SOURCE_SIGMA_M: Mapping[str, float] = MappingProxyType(
    {
        # None of these says how exact its line is. Where DeepState and NZZ draw the
        # same front (nine dates, August 2024 to March 2025), NZZ's line stands 350 to
        # 1,370 m from the nearer of DeepState's two (medians); two independent errors
        # of 500 m would give 480 m, so the rest is lag and definition.
        "deepstate": 500.0,
        "isw": 500.0,
        "nzz": 500.0,
        # Cells about villages: 33,141 on 603,000 km² are 4.3 km apart, and the true
        # line lies anywhere between two of them: 4.3 km / sqrt(12).
        "viina": 1_200.0,
    }
)
"""Standard error of a front across its direction, by source. [m]"""

OTHER_SIGMA_M = 500.0
"""The same for a source that is not in the table. [m]"""

CORRELATION_KM = 4.0
"""
Distance along the front over which errors fade to 1/e. [km]

DeepState against NZZ: the signed distance of the lines correlates by 0.83 at 1 km,
0.64 at 2 km, 0.31 at 4 km and 0.14 at 6 km.
"""

BORDER_M = 10.0
"""Accuracy of the bundled border line. [m]"""


@dataclass(frozen=True)
class ErrorModel:
    """A random shift across the front, Gaussian, fading along it; in metres."""

    sigma_m: float
    correlation_m: float


def error_model(
    source: str, *, sigma_m: float | None, correlation_km: float
) -> ErrorModel:
    """The error model of a source, or as the caller knows better."""
    if sigma_m is None:
        sigma_m = SOURCE_SIGMA_M.get(source, OTHER_SIGMA_M)
    if not 0.0 <= sigma_m < float("inf"):
        msg = (
            f"sigma_m={sigma_m} is not a standard error. Expected metres, 0 or more. "
            "Leave it out for the default of the source."
        )
        raise OptionError(msg)
    if not (correlation_km > 0.0 and isfinite(correlation_km)):
        msg = (
            f"correlation_km={correlation_km} is not a distance along the front. "
            "Expected kilometres above 0. Leave it out for "
            f"{CORRELATION_KM:g} km; the two extremes stand in the table anyway."
        )
        raise OptionError(msg)
    return ErrorModel(float(sigma_m), correlation_km * 1e3)


def standard_score(coverage: float) -> float:
    """How many standard errors to either side hold that share of a Gaussian."""
    if not 0.0 < coverage < 1.0:
        msg = (
            f"coverage={coverage} is not a share. Expected more than 0 and less than "
            "1, such as 0.95."
        )
        raise OptionError(msg)
    return NormalDist().inv_cdf((1.0 + coverage) / 2.0)


def open_variance_m4(length_m: ArrayLike, model: ErrorModel) -> float:
    """
    Variance of the area swept by stretches of front with two ends, summed, in m⁴.

    The double integral of ``sigma² exp(-|s - t| / c)`` over a stretch.
    """
    length = np.asarray(length_m, dtype=float)
    reach = model.correlation_m
    faded = length + reach * np.expm1(-length / reach)
    return float(2.0 * model.sigma_m**2 * reach * np.maximum(faded, 0.0).sum())


def closed_variance_m4(length_m: ArrayLike, model: ErrorModel) -> float:
    """
    Variance of the area swept by closed fronts, summed, in m⁴.

    On a ring of length L the correlation is ``cosh((L/2 - d) / c) / cosh(L / 2c)``:
    the exponential, carried on round the ring.
    """
    length = np.asarray(length_m, dtype=float)
    reach = model.correlation_m
    swept = 2.0 * reach * length * np.tanh(length / (2.0 * reach))
    return float(model.sigma_m**2 * swept.sum())


def correct_side(change_km2: float, sd_km2: float) -> float:
    """Probability that the true change has the sign of the drawn one."""
    if change_km2 == 0.0:
        return 0.0
    if sd_km2 == 0.0:
        return 1.0
    return NormalDist().cdf(abs(change_km2) / sd_km2)


def km2(variance_m4: float) -> float:
    """Standard error in km² of a variance in m⁴."""
    return sqrt(variance_m4) / 1e6


Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Ints: TypeAlias = NDArray[np.intp]

STEP_M = 250.0
"""Longest edge of an outline that is to be told apart or moved. [m]"""
EDGE_STEP = 0.005
"""Edges are cut at this step before they are projected: they bow by 3 mm. [degrees]"""
DRAWN_STEP_M = float("inf")
"""Leaves an outline with the vertices it was drawn with. [m]"""


@dataclass(frozen=True, eq=False)
class Outline:
    """
    Rings of some ground in the plane, one row an edge.

    Attributes
    ----------
    xy : ndarray, shape (n, 2)
        Where each edge starts. [m]
    ring : ndarray of int, shape (n,)
        The ring that each edge belongs to; edges of a ring stand in order.
    polygon : ndarray of int, shape (n_rings,)
        The polygon that each ring belongs to, its shell first.
    """

    xy: Floats
    ring: Ints
    polygon: Ints

    @property
    def following(self) -> Ints:
        """The next edge round the ring."""
        after = np.arange(1, len(self.ring) + 1)
        rings = np.arange(len(self.polygon))
        last = np.searchsorted(self.ring, rings, side="right") - 1
        after[last] = np.searchsorted(self.ring, rings)
        return after

    @property
    def preceding(self) -> Ints:
        """The edge before, round the ring."""
        before = np.empty_like(self.following)
        before[self.following] = np.arange(len(before))
        return before

    @property
    def edge_m(self) -> Floats:
        """Length of each edge, in metres."""
        steps = self.xy[self.following] - self.xy
        return np.asarray(np.hypot(*steps.T))

    @property
    def middles(self) -> NDArray[np.object_]:
        """Middle of each edge, as points."""
        points = shapely.points((self.xy + self.xy[self.following]) / 2.0)
        return np.atleast_1d(np.asarray(points, dtype=object))

    @property
    def chords(self) -> Floats:
        """From the vertex before to the vertex after each vertex, in metres."""
        chords: Floats = self.xy[self.following] - self.xy[self.preceding]
        return chords

    def near(self, line: BaseGeometry, distance_m: float) -> Bools:
        """Whether the middle of each edge lies that near to a line."""
        if not len(self.ring) or line.is_empty:
            return np.zeros(len(self.ring), dtype=bool)
        shapely.prepare(line)
        return np.asarray(shapely.dwithin(line, self.middles, distance_m))

    def chains(self, chosen: Bools) -> Iterator[tuple[Ints, bool]]:
        """Unbroken stretches of chosen edges, and whether each closes a ring."""
        for ring in range(len(self.polygon)):
            edges = np.flatnonzero(self.ring == ring)
            picked = chosen[edges]
            if picked.all():
                yield edges, True
                continue
            # Begin after an edge that is not chosen: no stretch crosses the seam.
            turn = -int(np.flatnonzero(~picked)[0])
            edges, picked = np.roll(edges, turn), np.roll(picked, turn)
            steps = np.flatnonzero(np.diff(picked)) + 1
            for stretch in np.split(np.arange(len(edges)), steps):
                if picked[stretch[0]]:
                    yield edges[stretch], False

    def variance_m4(self, chosen: Bools, model: ErrorModel) -> float:
        """Variance of the area that the chosen edges sweep, in m⁴."""
        edge_m = self.edge_m
        lengths = [(edge_m[e].sum(), closed) for e, closed in self.chains(chosen)]
        return open_variance_m4(
            [length for length, closed in lengths if not closed], model
        ) + closed_variance_m4([length for length, closed in lengths if closed], model)

    def vertex_variance_m4(self, chosen: Bools, sigma_m: float) -> float:
        """Variance of the area if each vertex of these edges errs alone, in m⁴."""
        moving = chosen | chosen[self.preceding]
        return float(sigma_m**2 / 4.0 * (self.chords[moving] ** 2).sum())


def drawn_out(shapes: Geometries, crs: pyproj.CRS) -> Geometries:
    """Shapes in the plane, with edges straight in longitude and latitude."""
    plane: Geometries = project(shapely.segmentize(shapes, EDGE_STEP), crs)
    return plane


def outline(
    ground: BaseGeometry, crs: pyproj.CRS, *, step_m: float = STEP_M
) -> Outline:
    """The outline of ground in EPSG:4326, its edges cut to `step_m`."""
    polygons = explode(as_array([ground]))[0]
    if np.isfinite(step_m):
        polygons = shapely.segmentize(drawn_out(polygons, crs), step_m)
    else:
        polygons = project(polygons, crs)
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    # A ring repeats its first vertex; each vertex stands for the edge it starts.
    closing = np.append(ring[1:] != ring[:-1], True)[: len(ring)]
    return Outline(xy[~closing], ring[~closing], polygon)


def fixed_line(theatre: Theatre, crs: pyproj.CRS, *, clipped: bool) -> BaseGeometry:
    """What the drawing of a front does not decide: the border and the region's edge."""
    parts = [] if theatre.border is None else [theatre.border]
    if theatre.region is not None and clipped:
        parts.append(theatre.region.boundary)
    lines = shapely.get_parts(drawn_out(as_array(parts), crs))
    return shapely.MultiLineString(list(lines))


class Fronts:
    """The ground of a selected history, and what of its outline is front."""

    def __init__(self, history: ControlHistory) -> None:
        self.history = history
        self.ground = Ground(history)
        self.theatre = self.ground.theatre
        self._errors: dict[tuple[Pieces, ErrorModel], tuple[float, ...]] = {}

    @cached_property
    def crs(self) -> pyproj.CRS:
        """The plane of the theatre, or one about the ground where it has none."""
        shapes = self.ground.polygons
        if self.theatre.crs is not None or not len(shapes):
            return self.theatre.crs or measuring_crs(shapely.Point(0.0, 0.0))
        return measuring_crs(shapely.GeometryCollection(list(shapes)))

    @cached_property
    def fixed(self) -> BaseGeometry:
        """The border and the region's edge, in the plane."""
        return fixed_line(self.theatre, self.crs, clipped=self.history.clipped)

    def at(self, when: When | None, tz: str) -> tuple[pd.Timestamp, Pieces, Pieces]:
        """Instant, held and contested polygons of the map of a date."""
        published = self.history.snapshots["snapshot_utc"]
        last = published.max() if when is None else when
        moment = self.history.snapshot_at(last, tz=tz)["snapshot_utc"]
        return moment, *self.ground.shown(moment)

    def union(self, pieces: Pieces) -> BaseGeometry:
        """The ground of some polygons, in EPSG:4326; empty for none."""
        return self.ground.union(pieces) if pieces else shapely.Polygon()

    def errors(self, pieces: Pieces, model: ErrorModel) -> tuple[float, ...]:
        """Length of front [km], and standard errors of the area [km²]: see below."""
        key = (pieces, model)
        if key not in self._errors:
            self._errors[key] = self._measured(self.union(pieces), model)
        return self._errors[key]

    def _measured(self, ground: BaseGeometry, model: ErrorModel) -> tuple[float, ...]:
        fine = outline(ground, self.crs)
        moving = ~fine.near(self.fixed, BORDER_WIDTH_M)
        drawn = outline(ground, self.crs, step_m=DRAWN_STEP_M)
        alone = ~drawn.near(self.fixed, BORDER_WIDTH_M)
        front_m = float(fine.edge_m[moving].sum())
        return (
            front_m / 1e3,
            km2(fine.variance_m4(moving, model)),
            km2(drawn.vertex_variance_m4(alone, model.sigma_m)),
            model.sigma_m * front_m / 1e6,
        )


ERRORS = [
    "front_km",
    "area_sd_km2",
    "area_sd_independent_km2",
    "area_sd_correlated_km2",
]
BOUNDS = ["area_low_km2", "area_high_km2", "depth_low_km", "depth_high_km"]


def uncertainty(
    history: ControlHistory,
    *,
    every: Every = "map",
    tz: str = "UTC",
    sigma_m: float | None = None,
    correlation_km: float = CORRELATION_KM,
    border_m: float = BORDER_M,
    coverage: float = 0.95,
) -> pd.DataFrame:
    """
    Bounds of area and depth on every map, beside the figures.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre.
    every : {"map", "change", "day", "week", "month", "year"}, default "map"
        Which rows, as in `measure`.
    tz : str, default "UTC"
        Zone in which days end.
    sigma_m : float, optional
        Standard error of the front across its direction. By default that of the
        source in `SOURCE_SIGMA_M`, 500 m for a source that is not there. [m]
    correlation_km : float, default 4
        Distance along the front over which errors fade to 1/e. [km]
    border_m : float, default 10
        Accuracy of the border line; 10 m is that of the bundled one. [m]
    coverage : float, default 0.95
        Share of the positional error that the bounds hold.

    Returns
    -------
    DataFrame, shape (n,)
        The table of `measure`, its figures untouched, and: ``front_km`` (outline of
        held ground that is not the border), ``area_sd_km2`` (standard error of the
        held area), ``area_sd_independent_km2`` and ``area_sd_correlated_km2`` (the
        same if each drawn vertex erred alone, and if the whole front erred as one),
        ``area_low_km2`` (held, less the error), ``area_high_km2`` (held and contested,
        plus the error of that outline), ``depth_low_km`` and ``depth_high_km``
        (likewise; nan without a border). Staleness is measured and enters no bound.
        ``attrs`` tell the definitions.

    Raises
    ------
    TheatreError
        If no theatre has been selected.
    OptionError
        If an option is outside its allowed values.

    Notes
    -----
    A front that shifts outwards by u(s) sweeps the area ``∫ u ds``. With standard
    error σ and correlation ``exp(-d / c)`` a stretch of length L gives the variance
    ``2 σ² c (L - c (1 - exp(-L / c)))``, and a closed front ``2 σ² c L tanh(L / 2c)``;
    stretches err independently. Vertices that err alone give
    ``σ²/4 Σ |p[i+1] - p[i-1]|²``, which shrinks with every vertex that is drawn; a
    front that errs as one gives ``(σ L)²``.

    Distance is 1-Lipschitz: a border off by `border_m` and ground off by ``z σ`` move
    the depth by no more than their sum, z being 1.96 for a coverage of 0.95.

    References
    ----------
    Chrisman, N. R., Yandell, B. S. (1988). Effects of point error on area
    calculations: a statistical model. Surveying and Mapping 48, 241-246.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.read_history("sample_data/deepstate").select(kg.theatre("kursk"))
    >>> row = kg.uncertainty(kursk).loc["2025-04-15"].iloc[-1]
    >>> bool(row.area_low_km2 < row.area_km2 < row.area_high_km2)
    True
    >>> kg.uncertainty(kursk.between("2020-01-01", "2020-01-02")).empty
    True
    """
    model = error_model(history.source, sigma_m=sigma_m, correlation_km=correlation_km)
    score = standard_score(coverage)
    if not 0.0 <= border_m < float("inf"):
        msg = (
            f"border_m={border_m} is not an accuracy. Expected metres, 0 or more. "
            f"Leave it out for {BORDER_M:g} m, that of the bundled border."
        )
        raise OptionError(msg)
    table = measure(history, every=every, tz=tz)
    definitions = {
        "sigma_m": model.sigma_m,
        "correlation_km": correlation_km,
        "border_m": border_m,
        "coverage": coverage,
    }
    attrs = table.attrs | definitions
    moments = table.get("snapshot_utc", table.index.to_series())
    errors = _errors(Fronts(history), pd.DatetimeIndex(moments.unique()), model)
    table = table.join(errors.loc[moments].set_index(table.index))
    table["area_low_km2"] = table["area_km2"] - score * table["area_sd_km2"]
    table["area_low_km2"] = table["area_low_km2"].clip(lower=0.0)
    outer_km2 = table["area_km2"] + table["contested_km2"]
    table["area_high_km2"] = outer_km2 + score * table.pop("outer_sd_km2")
    reach_km = (border_m + score * model.sigma_m) / 1e3
    table["depth_low_km"] = (table["depth_km"] - reach_km).clip(lower=0.0)
    # Ground that nobody drew has no depth, however wide the error.
    deepest = table["depth_with_contested_km"]
    table["depth_high_km"] = deepest + reach_km * (outer_km2 > 0.0)
    table = table[[*table.columns.drop([*ERRORS, *BOUNDS]), *ERRORS, *BOUNDS]]
    table.attrs = attrs
    return table


def _errors(
    fronts: Fronts, moments: pd.DatetimeIndex, model: ErrorModel
) -> pd.DataFrame:
    """Standard errors of each map; those of a state are computed once."""
    rows = []
    for moment in moments:
        held, contested = fronts.ground.shown(moment)
        outer = tuple(sorted({*held, *contested}))
        outer_sd_km2 = fronts.errors(outer, model)[1]
        rows.append((*fronts.errors(held, model), outer_sd_km2))
    return pd.DataFrame(
        rows, columns=[*ERRORS, "outer_sd_km2"], index=moments, dtype=float
    )


def area_samples(
    history: ControlHistory,
    *,
    at: When | None = None,
    tz: str = "UTC",
    sigma_m: float | None = None,
    correlation_km: float = CORRELATION_KM,
    draws: int = 1000,
    seed: int | np.random.Generator = 0,
    executor: Executor | None = None,
) -> pd.Series:
    """
    Areas that the held ground of one map may have, by redrawing its front at random.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre.
    at : str, date, datetime or Timestamp, optional
        A date without a time means the last map published before that day ends. By
        default the last map.
    tz : str, default "UTC"
        Zone in which the day ends.
    sigma_m : float, optional
        Standard error of the front, as in `uncertainty`. [m]
    correlation_km : float, default 4
        Distance along the front over which errors fade to 1/e. [km]
    draws : int, default 1000
        Fronts to draw.
    seed : int or numpy.random.Generator, default 0
        The same seed gives the same areas, with and without an executor.
    executor : concurrent.futures.Executor, optional
        Draws in parallel: a process pool, or ``client.get_executor()`` of dask.

    Returns
    -------
    Series, shape (draws,)
        ``area_km2``: one area a draw. [km²] ``attrs`` tell the snapshot and the
        definitions. All 0 where nothing is held.

    Raises
    ------
    TheatreError
        If no theatre has been selected.
    DateNotFoundError
        If no map had been published by then.
    OptionError
        If an option is outside its allowed values.

    Notes
    -----
    The front shifts across its direction by a stationary Gaussian field with
    correlation ``exp(-d / c)`` along it; the border stays. Outlines that cross
    themselves are repaired, so that pieces may split and join: unlike the closed form
    of `uncertainty`, this sees what a shift does to ground as narrow as the error.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.read_history("sample_data/deepstate").select(kg.theatre("kursk"))
    >>> areas = kg.area_samples(kursk, at="2025-04-15", draws=20)
    >>> len(areas), bool(areas.std() > 0)
    (20, True)
    >>> float(kg.area_samples(kursk, at="2024-08-01", draws=20).max())
    0.0
    """
    model = error_model(history.source, sigma_m=sigma_m, correlation_km=correlation_km)
    fronts = Fronts(history)
    moment, held, _ = fronts.at(at, tz)
    fine = outline(fronts.union(held), fronts.crs)
    moving = ~fine.near(fronts.fixed, BORDER_WIDTH_M)
    still = Jitter(fine, np.zeros_like(moving), model)
    moved = Jitter(fine, moving, model)
    drawn_m2 = sampled_areas_m2([still], draws=1, seed=0, executor=None)[0, 0]
    shifted_m2 = sampled_areas_m2([moved], draws=draws, seed=seed, executor=executor)[0]
    # The plane only tells the difference: the area itself is geodesic.
    areas_km2 = fronts.ground.area_km2(held) + (shifted_m2 - drawn_m2) / 1e6
    areas = pd.Series(np.maximum(areas_km2, 0.0), name="area_km2")
    areas.attrs = {
        "source": history.source,
        "attribution": history.attribution,
        "theatre": fronts.theatre.name,
        "snapshot_utc": moment.isoformat(),
        "sigma_m": model.sigma_m,
        "correlation_km": correlation_km,
        "draws": draws,
    }
    return areas


CHUNK = 50
"""Outlines that are drawn and measured at once, in one process."""


@dataclass(frozen=True, eq=False)
class Jitter:
    """An outline, the edges that may shift, and by how much."""

    outline: Outline
    moving: Bools
    model: ErrorModel

    def shifts_m(self, random: np.random.Generator, draws: int) -> Floats:
        """Random shift of each vertex across the front, shape (draws, n), in m."""
        shift = np.zeros((len(self.outline.ring), draws))
        edge_m, following = self.outline.edge_m, self.outline.following
        for edges, closed in self.outline.chains(self.moving):
            fade = np.exp(-edge_m[edges] / self.model.correlation_m)
            noise = random.standard_normal((len(edges) + 1, draws))
            field = _round(fade, noise) if closed else _along(fade, noise)
            vertices = edges if closed else np.append(edges, following[edges[-1]])
            shift[vertices] = field
        return self.model.sigma_m * shift.T

    def areas_m2(self, random: np.random.Generator, draws: int) -> Floats:
        """Area of the ground for each of some random fronts, shape (draws,), in m²."""
        chords = self.outline.chords
        length = np.hypot(*chords.T)
        turned = np.column_stack([chords[:, 1], -chords[:, 0]])
        across = turned / np.where(length > 0.0, length, 1.0)[:, None]
        shifts = self.shifts_m(random, draws)
        return _areas_m2(self.outline, self.outline.xy + shifts[..., None] * across)


def _along(fade: Floats, noise: Floats) -> Floats:
    """
    A stationary Gaussian field on the vertices of an open stretch, variance 1.

    Exact for the exponential correlation: each value is the faded one before it plus
    independent noise. The loop is over vertices; all draws go at once.
    """
    field = noise.copy()
    fresh = np.sqrt(1.0 - fade**2)
    for vertex in range(1, len(field)):
        field[vertex] = fade[vertex - 1] * field[vertex - 1]
        field[vertex] += fresh[vertex - 1] * noise[vertex]
    return field


def _round(fade: Floats, noise: Floats) -> Floats:
    """The same on a ring: the one start that the recursion comes back to."""
    field = noise.copy()
    field[0] = 0.0
    fresh = np.sqrt(1.0 - fade**2)
    for vertex in range(1, len(field)):
        field[vertex] = fade[vertex - 1] * field[vertex - 1]
        field[vertex] += fresh[vertex - 1] * noise[vertex]
    faded = np.append(1.0, np.cumprod(fade))
    start = field[-1] / (1.0 - faded[-1])
    whole = field + faded[:, None] * start
    # The periodic process has variance coth(L / 2c); brought back to 1.
    around = float(-np.log(fade).sum())
    unit: Floats = whole[:-1] * np.sqrt(np.tanh(around / 2.0))
    return unit


def _areas_m2(outline: Outline, xy: Floats) -> Floats:
    """Area of each of some drawings of one outline, xy of shape (draws, n, 2)."""
    draws, n_rings = len(xy), len(outline.polygon)
    if not n_rings:
        return np.zeros(draws)
    ends = np.append(outline.ring[1:] != outline.ring[:-1], True)
    first = np.append(0, np.flatnonzero(ends)[:-1] + 1)
    order = np.insert(
        np.arange(len(outline.ring)), np.flatnonzero(ends) + 1, first
    )  # close each ring
    ring = np.add.outer(np.arange(draws) * n_rings, outline.ring[order])
    n_polygons = int(outline.polygon[-1]) + 1
    polygon = np.add.outer(np.arange(draws) * n_polygons, outline.polygon)
    rings = np.asarray(
        shapely.linearrings(xy[:, order].reshape(-1, 2), indices=ring.ravel())
    )
    polygons = np.asarray(shapely.polygons(rings, indices=polygon.ravel()))
    owner = np.repeat(np.arange(draws), n_polygons)
    ground = np.asarray(shapely.multipolygons(polygons, indices=owner))
    # Fronts that met: what both cover counts once, what neither covers falls out.
    broken = ~shapely.is_valid(ground)
    ground[broken] = shapely.make_valid(
        ground[broken], method="structure", keep_collapsed=False
    )
    return np.asarray(shapely.area(ground))


def sampled_areas_m2(
    jitters: Sequence[Jitter],
    *,
    draws: int,
    seed: int | np.random.Generator,
    executor: Executor | None,
) -> NDArray[np.float64]:
    """
    Areas of several outlines, each shifted by itself, shape (n, draws), in m².

    Every chunk has a random stream of its own, so that the figures are the same in
    one process and in many.
    """
    if draws < 1:
        msg = f"draws={draws} is not a number of draws. Expected 1 or more."
        raise OptionError(msg)
    sizes = [min(CHUNK, draws - done) for done in range(0, draws, CHUNK)]
    streams = np.random.default_rng(seed).spawn(len(sizes))
    run = map if executor is None else executor.map
    chunks = list(run(_chunk, repeat(tuple(jitters)), streams, sizes))
    return np.concatenate(chunks, axis=1)


def _chunk(
    jitters: tuple[Jitter, ...], random: np.random.Generator, draws: int
) -> Floats:
    return np.array([jitter.areas_m2(random, draws) for jitter in jitters])


SAME_M = 1.0
"""Edges of two maps nearer than this are the same edge, not drawn again. [m]"""

ROWS = ["gained", "lost", "net"]


@dataclass(frozen=True, eq=False)
class Redrawn:
    """One map's outline, and which of its edges the other map draws elsewhere."""

    outline: Outline
    moved: Bools
    gained: Bools
    """Of the moved edges, those on ground that was gained; the rest bounds a loss."""

    def chosen(self, row: str) -> Bools:
        """Edges whose error enters a row of the table."""
        if row == "net":
            return self.moved
        return self.moved & (self.gained if row == "gained" else ~self.gained)


def change_bounds(
    history: ControlHistory,
    start: When,
    end: When,
    *,
    tz: str = "UTC",
    sigma_m: float | None = None,
    correlation_km: float = CORRELATION_KM,
    coverage: float = 0.95,
) -> pd.DataFrame:
    """
    What was gained and lost between two maps, with the error of drawing both.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre.
    start, end : str, date, datetime or Timestamp
        A date without a time means the last map published before that day ends.
    tz : str, default "UTC"
        Zone in which a day ends.
    sigma_m : float, optional
        Standard error of the front, as in `uncertainty`. [m]
    correlation_km : float, default 4
        Distance along the front over which errors fade to 1/e. [km]
    coverage : float, default 0.95
        Share of the error that the bounds hold.

    Returns
    -------
    DataFrame, shape (3,)
        Index ``gained``, ``lost`` and ``net``; ``change_km2`` (not negative but for
        net), ``redrawn_km`` (length of front that one map draws and the other does
        not), ``sd_km2``, ``low_km2``, ``high_km2`` and ``p`` (as in `p_change`).
        Held ground only. ``attrs`` tell both snapshots and the definitions.

    Raises
    ------
    TheatreError
        If no theatre has been selected.
    DateNotFoundError
        If no map had been published by one of the dates.
    OptionError
        If an option is outside its allowed values.

    Notes
    -----
    Only the parts of the front that moved count. An edge that stands in both maps was
    not drawn again: whatever its error, it is the same twice and leaves no trace in
    the difference. The old and the new edge of a redrawn stretch err independently,
    each as in `uncertainty`; gained ground is bounded by the old edges inside the new
    ground and the new edges outside the old, lost ground by the others.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.read_history("sample_data/deepstate").select(kg.theatre("kursk"))
    >>> table = kg.change_bounds(kursk, "2025-02-28", "2025-03-31")
    >>> bool(table.loc["lost", "p"] > 0.95)
    True
    >>> kg.change_bounds(kursk, "2024-08-01", "2024-08-01").change_km2.tolist()
    [0.0, 0.0, 0.0]
    """
    model = error_model(history.source, sigma_m=sigma_m, correlation_km=correlation_km)
    score = standard_score(coverage)
    fronts = Fronts(history)
    moments, grounds = _two_maps(fronts, start, end, tz)
    both = _redrawn(fronts, *grounds)
    changes = _changes_km2(*grounds)
    rows = []
    for row, change in changes.items():
        chosen = [one.chosen(row) for one in both]
        pairs = list(zip(both, chosen, strict=True))
        redrawn_m = sum(one.outline.edge_m[edges].sum() for one, edges in pairs)
        variance = sum(one.outline.variance_m4(edges, model) for one, edges in pairs)
        sd = km2(variance)
        low, high = change - score * sd, change + score * sd
        low = low if row == "net" else max(low, 0.0)
        # Slivers along the border, or narrower than SAME_M, are no change of a front.
        p = correct_side(change, sd) if redrawn_m else 0.0
        rows.append((change, redrawn_m / 1e3, sd, low, high, p))
    table = pd.DataFrame(
        rows,
        index=pd.Index(changes, name="change"),
        columns=["change_km2", "redrawn_km", "sd_km2", "low_km2", "high_km2", "p"],
    )
    table.attrs = {
        "source": history.source,
        "attribution": history.attribution,
        "theatre": fronts.theatre.name,
        "start_utc": moments[0].isoformat(),
        "end_utc": moments[1].isoformat(),
        "sigma_m": model.sigma_m,
        "correlation_km": correlation_km,
        "coverage": coverage,
    }
    return table


def p_change(
    history: ControlHistory,
    start: When,
    end: When,
    *,
    tz: str = "UTC",
    sigma_m: float | None = None,
    correlation_km: float = CORRELATION_KM,
    draws: int = 0,
    seed: int | np.random.Generator = 0,
    executor: Executor | None = None,
) -> float:
    """
    Probability that the held area changed in the direction that two maps show.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre.
    start, end : str, date, datetime or Timestamp
        A date without a time means the last map published before that day ends.
    tz : str, default "UTC"
        Zone in which a day ends.
    sigma_m : float, optional
        Standard error of the front, as in `uncertainty`. [m]
    correlation_km : float, default 4
        Distance along the front over which errors fade to 1/e. [km]
    draws : int, default 0
        0 for the closed form; otherwise the share of so many random drawings of both
        fronts in which the sign holds.
    seed : int or numpy.random.Generator, default 0
        Of the drawings.
    executor : concurrent.futures.Executor, optional
        Draws in parallel.

    Returns
    -------
    float
        0.5 is a coin: the maps do not tell. 1 is certain. 0 if the maps draw the same
        front, since no direction was reported.

    Raises
    ------
    TheatreError
        If no theatre has been selected.
    DateNotFoundError
        If no map had been published by one of the dates.
    OptionError
        If an option is outside its allowed values.

    Notes
    -----
    ``Φ(|change| / sd)`` with both from the row ``net`` of `change_bounds`: the
    posterior probability of the sign when nothing else is known about the change.
    Ground gained here and lost there cancels in the net; `change_bounds` has a ``p``
    for each.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.read_history("sample_data/deepstate").select(kg.theatre("kursk"))
    >>> kg.p_change(kursk, "2025-02-28", "2025-03-31") > 0.95
    True
    >>> kg.p_change(kursk, "2025-04-15", "2025-04-15")
    0.0
    """
    if draws == 0:
        table = change_bounds(
            history, start, end, tz=tz, sigma_m=sigma_m, correlation_km=correlation_km
        )
        return float(table["p"].loc["net"])
    model = error_model(history.source, sigma_m=sigma_m, correlation_km=correlation_km)
    fronts = Fronts(history)
    _, grounds = _two_maps(fronts, start, end, tz)
    reported = _changes_km2(*grounds)["net"]
    jitters = [
        Jitter(one.outline, one.moved, model) for one in _redrawn(fronts, *grounds)
    ]
    before, after = sampled_areas_m2(jitters, draws=draws, seed=seed, executor=executor)
    return float((np.sign(after - before) == np.sign(reported)).mean() * bool(reported))


def _two_maps(
    fronts: Fronts, start: When, end: When, tz: str
) -> tuple[list[pd.Timestamp], list[BaseGeometry]]:
    """Instants and held ground of two maps."""
    maps = [fronts.at(when, tz) for when in (start, end)]
    return [one[0] for one in maps], [fronts.union(one[1]) for one in maps]


def _changes_km2(before: BaseGeometry, after: BaseGeometry) -> dict[str, float]:
    differences = [shapely.difference(after, before), shapely.difference(before, after)]
    gained, lost = area_km2(as_array(differences)).tolist()
    return dict(zip(ROWS, [gained, lost, gained - lost], strict=True))


def _redrawn(
    fronts: Fronts, before: BaseGeometry, after: BaseGeometry
) -> tuple[Redrawn, Redrawn]:
    """Both outlines, with the edges that only one of the maps draws there."""
    old, new = (outline(ground, fronts.crs) for ground in (before, after))
    planes = drawn_out(as_array([before, after]), fronts.crs)
    shapely.prepare(planes)
    inside_new = np.asarray(shapely.contains(planes[1], old.middles), dtype=bool)
    inside_old = np.asarray(shapely.contains(planes[0], new.middles), dtype=bool)
    moved = [
        ~(
            one.near(fronts.fixed, BORDER_WIDTH_M)
            | one.near(shapely.boundary(plane), SAME_M)
        )
        for one, plane in ((old, planes[1]), (new, planes[0]))
    ]
    return (
        Redrawn(old, moved[0], inside_new),
        Redrawn(new, moved[1], ~inside_old),
    )
