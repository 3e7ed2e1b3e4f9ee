"""Whether a difference between two maps is more than the error of drawing them."""

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from kursk_geo.area import area_km2
from kursk_geo.front import BORDER_WIDTH_M
from kursk_geo.geometry import as_array
from kursk_geo.history import ControlHistory
from kursk_geo.periods import When
from kursk_geo.uncertainty.bounds import Fronts
from kursk_geo.uncertainty.jitter import Jitter, sampled_areas_m2
from kursk_geo.uncertainty.model import (
    CORRELATION_KM,
    correct_side,
    error_model,
    km2,
    standard_score,
)
from kursk_geo.uncertainty.outline import (
    Bools,
    Outline,
    drawn_out,
    outline,
)

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
