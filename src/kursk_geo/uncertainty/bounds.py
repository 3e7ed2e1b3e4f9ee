"""Bounds of area and depth, as columns beside the figures."""

from concurrent.futures import Executor
from functools import cached_property

import numpy as np
import pandas as pd
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from kursk_geo.errors import OptionError
from kursk_geo.front import BORDER_WIDTH_M
from kursk_geo.geometry import measuring_crs
from kursk_geo.ground import Ground, Pieces
from kursk_geo.history import ControlHistory
from kursk_geo.measure import Every, measure
from kursk_geo.periods import When
from kursk_geo.uncertainty.jitter import Jitter, sampled_areas_m2
from kursk_geo.uncertainty.model import (
    BORDER_M,
    CORRELATION_KM,
    ErrorModel,
    error_model,
    km2,
    standard_score,
)
from kursk_geo.uncertainty.outline import (
    DRAWN_STEP_M,
    fixed_line,
    outline,
)


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
    every: Every = "snapshot",
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
    every : {"snapshot", "day", "change"}, default "snapshot"
        Which maps, as in `measure`.
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
    table = table.join(_errors(Fronts(history), table.index, model))
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


def _errors(fronts: Fronts, index: pd.Index, model: ErrorModel) -> pd.DataFrame:
    """Standard errors of each map; those of a state are computed once."""
    moments = pd.DatetimeIndex(index).unique()
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
