"""How sure a figure is: bounds beside area and depth, and whether a change is real."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from math import sqrt
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
from kursk_geo.change import BORDER_WIDTH_M, fixed_parts
from kursk_geo.depth import segments_of
from kursk_geo.errors import ABOVE_0, check_number
from kursk_geo.geometry import Geometries, as_array, draw_plane, explode, project
from kursk_geo.ground import Ground, Pieces
from kursk_geo.history import ControlHistory
from kursk_geo.measure import measure
from kursk_geo.periods import Every, When

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Ints: TypeAlias = NDArray[np.intp]

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


def standard_score(coverage: float) -> float:
    """How many standard errors to either side hold that share of a Gaussian."""
    told = "a share. Expected more than 0 and less than 1, such as 0.95."
    check_number("coverage", coverage, told, least=ABOVE_0, below=1.0)
    return NormalDist().inv_cdf((1.0 + coverage) / 2.0)


def variances_m4(
    length_m: ArrayLike, model: ErrorModel, *, closed: ArrayLike
) -> Floats:
    """
    Variance of the area that each stretch of front sweeps, in m⁴.

    The double integral of ``sigma² exp(-|s - t| / c)`` over a stretch with two ends; on
    a closed one, of length L, of ``cosh((L/2 - d) / c) / cosh(L / 2c)``: the
    exponential, carried on round the ring.
    """
    length, reach = np.asarray(length_m, dtype=float), model.correlation_m
    around = length * np.tanh(length / (2.0 * reach))
    along = np.maximum(length + reach * np.expm1(-length / reach), 0.0)
    return 2.0 * model.sigma_m**2 * reach * np.where(closed, around, along)


def correct_side(change_km2: float, sd_km2: float) -> float:
    """Probability that the true change has the sign of the drawn one."""
    if change_km2 == 0.0:
        return 0.0
    if sd_km2 == 0.0:
        return 1.0
    return NormalDist().cdf(abs(change_km2) / sd_km2)


STEP_M = 250.0
"""Longest edge of an outline that is to be told apart or moved. [m]"""
DRAWN_STEP_M = float("inf")
"""Leaves an outline with the vertices it was drawn with. [m]"""
SAME_M = 1.0
"""Edges of two maps nearer than this are the same edge, not drawn again. [m]"""


@dataclass(frozen=True, eq=False)
class Outline:
    """
    Rings of some ground in the plane, one row an edge.

    Attributes
    ----------
    start, end : ndarray, shape (n, 2)
        Where each edge starts and ends. [m]
    ring : ndarray of int, shape (n,)
        The ring that each edge belongs to; edges of a ring stand in order.
    """

    start: Floats
    end: Floats
    ring: Ints

    @property
    def edge_m(self) -> Floats:
        """Length of each edge, in metres."""
        return np.asarray(np.hypot(*(self.end - self.start).T))

    @property
    def middles(self) -> Geometries:
        """Middle of each edge, as points."""
        return np.asarray(shapely.points((self.start + self.end) / 2.0))

    @property
    def ends(self) -> tuple[Ints, Ints]:
        """The first and the last edge of each ring."""
        first = np.flatnonzero(np.diff(self.ring, prepend=-1))
        return first, np.append(first[1:], len(self.ring)) - 1

    def variance_m4(self, chosen: Bools, model: ErrorModel) -> Floats:
        """
        Variance of the area that edges sweep, in m⁴.

        A figure a row of `chosen`: of unbroken stretches, each by itself.
        """
        if not len(self.ring):
            return np.zeros(len(chosen))
        first, last = self.ends
        whole = np.logical_and.reduceat(chosen, first, axis=1)
        begins = chosen & ~np.roll(chosen, 1, axis=1)
        begins[:, first] = chosen[:, first]
        begins[:, 0] = True  # each row begins a stretch, maybe of nothing
        lengths_m = np.add.reduceat(
            np.where(chosen, self.edge_m, 0.0).ravel(), np.flatnonzero(begins)
        )
        # A stretch goes on from the last edge of a ring to its first.
        run = (np.cumsum(begins.ravel()) - 1).reshape(begins.shape)
        on = chosen[:, first] & chosen[:, last] & ~whole
        lengths_m[run[:, first][on]] += lengths_m[run[:, last][on]]
        lengths_m[run[:, last][on]] = 0.0
        closed = whole[:, self.ring][begins]
        swept_m4 = variances_m4(lengths_m, model, closed=closed)
        row = np.nonzero(begins)[0]
        return np.bincount(row, swept_m4, len(chosen)).astype(float)

    def vertex_variance_m4(self, chosen: Bools, sigma_m: float) -> float:
        """Variance of the area if each vertex of these edges errs alone, in m⁴."""
        first, last = self.ends
        preceding = np.arange(len(self.ring)) - 1
        preceding[first] = last
        moving = chosen | chosen[preceding]
        chords = self.end - self.start[preceding]
        return float(sigma_m**2 / 4.0 * (chords[moving] ** 2).sum())


def outline(
    ground: BaseGeometry, crs: pyproj.CRS, *, step_m: float = STEP_M
) -> Outline:
    """The outline of ground in EPSG:4326, its edges cut to `step_m`."""
    rings = shapely.get_rings(explode(as_array([ground]))[0])
    if np.isfinite(step_m):
        rings = shapely.segmentize(draw_plane(rings, crs), step_m)
    else:
        rings = project(rings, crs)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    edge = ring[1:] == ring[:-1]
    return Outline(xy[:-1][edge], xy[1:][edge], ring[1:][edge])


def lie_near(points: Geometries, lines: shapely.STRtree, distance_m: float) -> Bools:
    """Whether each point lies that near to one of some lines."""
    found = np.zeros(len(points), dtype=bool)
    found[lines.query(points, "dwithin", distance=distance_m)[0]] = True
    return found


class Fronts:
    """
    What is drawn of a theatre's ground on each map, and how much that errs.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre.
    sigma_m : float, optional
        Standard error of the front; by default that of the source. [m]
    correlation_km : float, default 4
        Distance along the front over which errors fade to 1/e. [km]

    Raises
    ------
    TheatreError
        If no theatre has been selected.
    OptionError
        If an option is outside its allowed values.
    """

    def __init__(
        self,
        history: ControlHistory,
        *,
        sigma_m: float | None = None,
        correlation_km: float = CORRELATION_KM,
    ) -> None:
        self.ground = Ground(history)
        if sigma_m is None:
            sigma_m = SOURCE_SIGMA_M.get(history.source, OTHER_SIGMA_M)
        told = "Expected metres, 0 or more. Leave it out for the default of the source."
        check_number("sigma_m", sigma_m, f"a standard error. {told}")
        told = "a distance along the front. Expected kilometres above 0. Leave it out "
        told += (
            f"for {CORRELATION_KM:g} km; the two extremes stand in the table anyway."
        )
        check_number("correlation_km", correlation_km, told, least=ABOVE_0)
        self.model = ErrorModel(float(sigma_m), correlation_km * 1e3)
        lines = draw_plane(as_array(fixed_parts(history)), self.ground.crs)
        # A seventh of what GEOS takes for whole lines.
        self.fixed = shapely.STRtree(segments_of(shapely.get_parts(lines)))

    def drawn(self, pieces: Pieces, *, step_m: float = STEP_M) -> tuple[Outline, Bools]:
        """The outline of some polygons, and which of its edges are front."""
        line = outline(self.ground.union(pieces), self.ground.crs, step_m=step_m)
        return line, ~lie_near(line.middles, self.fixed, BORDER_WIDTH_M)

    def redrawn(
        self, moments: Iterable[pd.Timestamp]
    ) -> Iterator[tuple[Outline, Bools]]:
        """
        The outlines of held ground on some maps, with what others do not draw.

        A row a map, a column an edge: no map draws the border.
        """
        held = [self.ground.shown(moment)[0] for moment in moments]
        lines = [outline(self.ground.union(one), self.ground.crs) for one in held]
        edges = [np.hstack([line.start, line.end]) for line in lines]
        # Most edges stand on many maps: each is looked at once.
        ends, number = np.unique(
            np.concatenate(edges).round(1), axis=0, return_inverse=True
        )
        numbers = np.split(number.ravel(), np.cumsum([len(one) for one in edges])[:-1])
        each = np.asarray(shapely.linestrings(ends.reshape(-1, 2, 2)))
        spots = np.asarray(shapely.line_interpolate_point(each, 0.5, normalized=True))
        # A map draws the edges whose middle lies on one of its own.
        own, on = shapely.STRtree(spots).query(each, "dwithin", distance=SAME_M)
        still = np.tile(lie_near(spots, self.fixed, BORDER_WIDTH_M), (len(lines), 1))
        for has, edge in zip(still, numbers, strict=True):
            mine = np.zeros(len(each), dtype=bool)
            mine[edge] = True
            has[edge] = has[on[mine[own]]] = True
        for line, edge in zip(lines, numbers, strict=True):
            yield line, ~still[:, edge]

    def redrawn_sd_km2(self, moments: Iterable[pd.Timestamp]) -> Floats:
        """Standard errors of the net between any two maps, as `change_bounds` has."""
        drawn = self.redrawn(moments)
        variance_m4 = [line.variance_m4(new, self.model) for line, new in drawn]
        return np.sqrt(np.array(variance_m4) + np.transpose(variance_m4)) / 1e6


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
        (likewise; nan without a border or ground, and where the depth is censored).
        Staleness is measured and enters no bound. ``attrs`` tell the definitions.

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
    the depth by no more than their sum, z being 1.96 for a coverage of 0.95. That is
    the coverage of the deepest point, not of all points at once: of a front that runs
    level with the border for 20 km, some point lies beyond the upper bound in one case
    of three.

    References
    ----------
    Chrisman, N. R., Yandell, B. S. (1988). Effects of point error on area
    calculations: a statistical model. Surveying and Mapping 48, 241-246.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.sample_history().select(kg.theatre("kursk"))
    >>> row = kg.uncertainty(kursk).loc["2025-04-15"].iloc[-1]
    >>> bool(row.area_low_km2 < row.area_km2 < row.area_high_km2)
    True
    >>> kg.uncertainty(kursk.between("2020-01-01", "2020-01-02")).empty
    True
    """
    fronts = Fronts(history, sigma_m=sigma_m, correlation_km=correlation_km)
    standard_score(coverage)
    told = "an accuracy. Expected metres, 0 or more. Leave it out for "
    check_number(
        "border_m", border_m, f"{told}{BORDER_M:g} m, that of the bundled border."
    )
    table = measure(history, every=every, tz=tz)
    rows = table.index
    return bounded(table, fronts, rows, border_m=border_m, coverage=coverage)


def bounded(
    table: pd.DataFrame,
    fronts: Fronts,
    rows: pd.Index,
    *,
    border_m: float = BORDER_M,
    coverage: float = 0.95,
) -> pd.DataFrame:
    """
    A table of `measure` with the bounds of `uncertainty`.

    Fronts are looked at on some of its `rows`; the others take the nearest of these.
    """
    score, model, ground = standard_score(coverage), fronts.model, fronts.ground

    @cache
    def swept(pieces: Pieces) -> tuple[float, float]:
        """Length of the front of some ground and the error of its area, in m and m²."""
        line, moving = fronts.drawn(pieces)
        variance_m4 = line.variance_m4(moving[None], model)
        return float(line.edge_m[moving].sum()), sqrt(variance_m4[0])

    @cache
    def alone_m2(pieces: Pieces) -> float:
        """The error of the area where each vertex that was drawn errs alone."""
        line, moving = fronts.drawn(pieces, step_m=DRAWN_STEP_M)
        return sqrt(line.vertex_variance_m4(moving, model.sigma_m))

    errors = []
    for moment in table.get("snapshot_utc", table.index.to_series())[rows]:
        held, contested = ground.shown(moment)
        front_m, sd_m2 = swept(held)
        _, outer_m2 = swept(tuple(sorted({*held, *contested})))
        errors_m2 = sd_m2, alone_m2(held), model.sigma_m * front_m, outer_m2
        errors.append((front_m / 1e3, *(error / 1e6 for error in errors_m2)))
    names = ["front_km", "area_sd_km2", "area_sd_independent_km2"]
    names += ["area_sd_correlated_km2", "outer_sd_km2"]
    known = pd.DataFrame(errors, rows, names, dtype=float)
    sure = table.join(known.reindex(table.index, method="nearest"))
    outer_sd_km2 = sure.pop("outer_sd_km2")
    reach_km = (border_m + score * model.sigma_m) / 1e3
    lowest, deepest = sure["depth_km"] - reach_km, sure["depth_with_contested_km"]
    # A depth that ends where the region does has no bounds.
    bounded = ~sure["depth_censored"]
    least_km2 = sure["area_km2"] - score * sure["area_sd_km2"]
    sure["area_low_km2"] = least_km2.clip(lower=0.0)
    outer_km2 = sure["area_km2"] + sure["contested_km2"]
    sure["area_high_km2"] = outer_km2 + score * outer_sd_km2
    sure["depth_low_km"] = lowest.clip(lower=0.0).where(bounded)
    sure["depth_high_km"] = (deepest + reach_km).where(bounded)
    sure.attrs = table.attrs | {
        "sigma_m": model.sigma_m,
        "correlation_km": model.correlation_m / 1e3,
        "border_m": border_m,
        "coverage": coverage,
    }
    return sure


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
    >>> kursk = kg.sample_history().select(kg.theatre("kursk"))
    >>> table = kg.change_bounds(kursk, "2025-02-28", "2025-03-31")
    >>> bool(table.loc["lost", "p"] > 0.95)
    True
    >>> kg.change_bounds(kursk, "2024-08-01", "2024-08-01").change_km2.tolist()
    [0.0, 0.0, 0.0]
    """
    fronts = Fronts(history, sigma_m=sigma_m, correlation_km=correlation_km)
    ground, score = fronts.ground, standard_score(coverage)
    maps = [history.snapshot_at(when, tz=tz)["snapshot_utc"] for when in (start, end)]
    grounds = [ground.union(ground.shown(moment)[0]) for moment in maps]
    changed = shapely.difference(as_array(grounds[::-1]), as_array(grounds))
    change_km2 = np.append(area_km2(changed), 0.0)
    change_km2[2] = change_km2[0] - change_km2[1]
    # The edges of both outlines that only one of the maps draws there, and of what:
    # gained ground is bounded by old edges inside the new and new ones outside the old.
    planes = draw_plane(as_array(grounds[::-1]), ground.crs)
    shapely.prepare(planes)
    variance_m4, redrawn_m = np.zeros(3), np.zeros(3)
    for one, (line, drawn) in enumerate(fronts.redrawn(maps)):
        inside = np.asarray(shapely.contains(planes[one], line.middles), dtype=bool)
        gained = inside if one == 0 else ~inside
        kinds = drawn[1 - one] & np.stack([gained, ~gained, np.ones_like(gained)])
        variance_m4 += line.variance_m4(kinds, fronts.model)
        redrawn_m += (kinds * line.edge_m).sum(axis=1)
    sd_km2 = np.sqrt(variance_m4) / 1e6
    low_km2 = change_km2 - score * sd_km2
    low_km2[:2] = np.maximum(low_km2[:2], 0.0)
    table = pd.DataFrame(
        {
            "change_km2": change_km2,
            "redrawn_km": redrawn_m / 1e3,
            "sd_km2": sd_km2,
            "low_km2": low_km2,
            "high_km2": change_km2 + score * sd_km2,
            # Slivers along the border, or narrower than SAME_M, move no front.
            "p": np.where(redrawn_m, list(map(correct_side, change_km2, sd_km2)), 0.0),
        },
        index=pd.Index(["gained", "lost", "net"], name="change"),
    )
    table.attrs = {
        **history.about,
        "start_utc": maps[0].isoformat(),
        "end_utc": maps[1].isoformat(),
        "sigma_m": fronts.model.sigma_m,
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
    >>> kursk = kg.sample_history().select(kg.theatre("kursk"))
    >>> kg.p_change(kursk, "2025-02-28", "2025-03-31") > 0.95
    True
    >>> kg.p_change(kursk, "2025-04-15", "2025-04-15")
    0.0
    """
    table = change_bounds(
        history, start, end, tz=tz, sigma_m=sigma_m, correlation_km=correlation_km
    )
    return float(table["p"].loc["net"])
