"""How far a drawn line may stand from the true one, and what that does to an area."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, sqrt
from statistics import NormalDist
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from kursk_geo.errors import OptionError

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
