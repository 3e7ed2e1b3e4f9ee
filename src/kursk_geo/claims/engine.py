"""Every specification of a grid, measured."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from kursk_geo.claims.grid import (
    FROZEN_DAYS,
    TIERS,
    Axis,
    Dates,
    Frozen,
    Grid,
    Meant,
    Quantity,
    Specification,
    border_key,
    check_grid,
)
from kursk_geo.errors import DateNotFoundError, KurskGeoError, OptionError
from kursk_geo.ground import Ground, Pieces
from kursk_geo.history import ControlHistory
from kursk_geo.periods import DAY

__all__ = [
    "Engine",
    "Outcomes",
    "outcomes",
    "run",
    "support_by_tier",
    "variance_shares",
]


Moments = tuple[pd.Timestamp, pd.Timestamp | None]
Key = tuple[object, ...]

NOT_OF_THE_GROUND = ("end", "baseline", "rounding")
"""Axes that a value of one map does not depend on."""


class Engine:
    """
    Computes specifications of one quantity.

    Parameters
    ----------
    quantity : Quantity
    histories : mapping of str to ControlHistory
        As read, by the name of their source; not selected.
    borders : mapping of str to LineString
        Borders beside the theatre's own, by name.
    """

    def __init__(
        self,
        quantity: Quantity,
        histories: Mapping[str, ControlHistory],
        borders: Mapping[str, BaseGeometry],
    ) -> None:
        self.quantity = quantity
        self.dates = Dates(histories)
        self.borders = borders
        self._selected: dict[Key, ControlHistory] = {}
        self._changes: dict[Key, list[pd.Timestamp]] = {}
        self._grounds: dict[Key, Ground] = {}
        self._meant: dict[Key, Meant] = {}
        self._peaks: dict[Key, pd.Timestamp] = {}
        self._frozen: dict[Key, Frozen] = {}
        self._values: dict[Key, float] = {}

    def outcome(self, spec: Specification) -> float:
        """
        The quantity under one specification.

        Raises
        ------
        KurskGeoError
            If it cannot be computed; says why.
        """
        end, baseline = self.moments(spec)
        value = self._value(spec, end, end)
        if baseline is None:
            return value
        before = self._value(spec, baseline, end)
        if self.quantity.measure == "area_change":
            return value - before
        if not before:
            msg = (
                f"Nothing was shown at the baseline, the map of {baseline:%Y-%m-%d}. "
                "Expected ground to compare with: choose a later baseline."
            )
            raise OptionError(msg)
        return value / before - 1.0

    # When

    def moments(self, spec: Specification) -> Moments:
        """
        Instants of the maps that a specification compares.

        Raises
        ------
        KurskGeoError
            If one of the maps is not there, or the baseline is not before the end.
        """
        end = self._end(spec)
        if "baseline" not in spec:
            return end, None
        since = str(spec["baseline"].value)
        if since == "peak":
            return end, self._peak(spec, end)
        baseline = self.dates.published(str(spec["source"].value), since, "UTC")
        if baseline >= end:
            msg = (
                f"The map of the baseline ({baseline:%Y-%m-%d %H:%M} UTC) is not older "
                f"than that of the end ({end:%Y-%m-%d %H:%M} UTC). Expected an older "
                "one: choose an earlier baseline."
            )
            raise DateNotFoundError(msg)
        return end, baseline

    def _end(self, spec: Specification) -> pd.Timestamp:
        source = str(spec["source"].value)
        when = str(spec["end"].value)
        day, _, rest = when.partition(" ")
        if rest == "next":
            return self.dates.first_after(source, day)
        return self.dates.published(source, day, rest or "UTC")

    def _peak(self, spec: Specification, end: pd.Timestamp) -> pd.Timestamp:
        """The map with the largest value of the same quantity up to the end."""
        key = (end, *_choice(spec))
        if key not in self._peaks:
            moments = self._changes_until(spec, end)
            values = [self._value(spec, moment, end) for moment in moments]
            self._peaks[key] = moments[int(np.argmax(values))]
        return self._peaks[key]

    def _changes_until(
        self, spec: Specification, end: pd.Timestamp
    ) -> list[pd.Timestamp]:
        """Maps that differ from the one before them, up to the end."""
        key = (spec["source"].value, spec["clip"].value)
        if key not in self._changes:
            self._changes[key] = list(self._selection(spec).states()["valid_from"])
        moments = [moment for moment in self._changes[key] if moment <= end]
        self.dates.looked.update((str(key[0]), moment) for moment in moments)
        return moments

    # Of what

    def _selection(self, spec: Specification) -> ControlHistory:
        key = (spec["source"].value, spec["clip"].value)
        if key not in self._selected:
            history = self.dates.history(str(key[0]))
            self._selected[key] = history.select(
                self.quantity.theatre, clip=bool(key[1])
            )
        return self._selected[key]

    def _ground(self, spec: Specification, *, gap_km: float, border: str) -> Ground:
        key = (spec["source"].value, spec["clip"].value, gap_km, border)
        if key not in self._grounds:
            history = self._selection(spec)
            if border and history.theatre is not None:
                other = replace(history.theatre, border=self.borders[border])
                history = replace(history, theatre=other)
            self._grounds[key] = Ground(history, gap_km=gap_km)
        return self._grounds[key]

    def _polygons(self, spec: Specification) -> Meant:
        gap_km = float(spec["gap_km"].value or 0.0) if "gap_km" in spec else 0.0
        border = self._border(spec) if "border" in spec else ""
        key = (spec["source"].value, spec["clip"].value, gap_km, border)
        if key not in self._meant:
            self._meant[key] = Meant(
                self._ground(spec, gap_km=0.0, border=border),
                self._ground(spec, gap_km=gap_km, border=""),
            )
        return self._meant[key]

    def _border(self, spec: Specification) -> str:
        """Name of the border to measure from; empty for the theatre's own."""
        name, value = spec["border"].name, spec["border"].value
        own = self.quantity.theatre.border
        if name not in self.borders and value == border_key(own):
            if own is not None:
                return ""
            msg = (
                f"Theatre {self.quantity.theatre.name!r} has no border to measure "
                "from. Expected one: pass borders={'name': line}."
            )
            raise OptionError(msg)
        if name not in self.borders or value not in (
            name,
            border_key(self.borders[name]),
        ):
            msg = (
                f"Border {name!r} of the grid ({value}) was not given. Expected that "
                f"very line: pass borders={{{name!r}: line}}."
            )
            raise OptionError(msg)
        return name

    def _meant_pieces(
        self, spec: Specification, moment: pd.Timestamp, frozen: Frozen
    ) -> tuple[Meant, Pieces]:
        polygons = self._polygons(spec)
        pieces = self._all_pieces(spec, polygons, moment)
        which = spec["which"].value if "which" in spec else "all"
        if which == "largest":
            pieces = polygons.largest(pieces)
        if which == "moving":
            pieces = polygons.without(pieces, frozen)
        return polygons, pieces

    def _all_pieces(
        self, spec: Specification, polygons: Meant, moment: pd.Timestamp
    ) -> Pieces:
        ground = str(spec["ground"].value) if "ground" in spec else "contested"
        return polygons.pieces(moment, ground, clip=bool(spec["clip"].value))

    def _frozen_at(self, spec: Specification, choice: Key, end: pd.Timestamp) -> Frozen:
        """Sections of the end that have not moved, where the choice leaves them out."""
        if "which" not in spec or spec["which"].value != "moving":
            return ()
        key = (end, choice)
        if key not in self._frozen:
            polygons = self._polygons(spec)
            before = end - FROZEN_DAYS * DAY
            self.dates.look(str(spec["source"].value), before)
            now, then = (
                self._all_pieces(spec, polygons, moment) for moment in (end, before)
            )
            self._frozen[key] = polygons.frozen(now, then)
        return self._frozen[key]

    # How much

    def _value(
        self, spec: Specification, moment: pd.Timestamp, end: pd.Timestamp
    ) -> float:
        """Of one map; the end tells only which sections have not moved."""
        choice = _choice(spec)
        frozen = self._frozen_at(spec, choice, end)
        key = (moment, frozen, choice)
        if key not in self._values:
            self._values[key] = self._measured(spec, moment, frozen)
        return self._values[key]

    def _measured(
        self, spec: Specification, moment: pd.Timestamp, frozen: Frozen
    ) -> float:
        if self.quantity.measure == "days_held":
            return self._days_held(spec, moment)
        polygons, pieces = self._meant_pieces(spec, moment, frozen)
        match self.quantity.measure:
            case "sections":
                return float(len(self._sections(spec, polygons, pieces)))
            case "present":
                return float(len(self._sections(spec, polygons, pieces)) > 0)
            case "depth":
                return self._depth(spec, polygons, pieces)
        if spec["area_method"].value == "spherical":
            return polygons.web_map_km2(pieces)
        ground = polygons.measured
        without = ground.shown(moment)[0] if "ground" not in spec else ()
        return float(ground.area_km2(pieces, without=without))

    def _sections(
        self, spec: Specification, polygons: Meant, pieces: Pieces
    ) -> list[Pieces]:
        return polygons.sections(pieces, float(spec["min_area_km2"].value or 0.0))

    def _depth(self, spec: Specification, polygons: Meant, pieces: Pieces) -> float:
        """Of nothing it is 0, as `measure` has it."""
        components = self._sections(spec, polygons, pieces)
        ground = polygons.measured
        depths = [ground.depth(component) for component in components]
        km = [depth.depth_km for depth in depths if depth is not None]
        if not km:
            return 0.0
        match spec["depth_of"].value:
            case "largest":
                areas = [ground.area_km2(component) for component in components]
                return km[int(np.argmax(areas))]
            case "mean":
                return float(np.mean(km))
            case "shallowest":
                return min(km)
        return max(km)

    def _days_held(self, spec: Specification, end: pd.Timestamp) -> float:
        """From the first map with held ground to the first that has none of it."""
        moments = self._changes_until(spec, end)
        polygons = self._polygons(spec)
        held = [self._held(spec, polygons, moment) for moment in moments]
        first = next((i for i, pieces in enumerate(held) if pieces), None)
        if first is None:
            return 0.0
        if first == 0:
            msg = (
                f"The first map, of {moments[0]:%Y-%m-%d}, already shows held ground, "
                "so nothing tells since when. Expected older maps: read those too."
            )
            raise DateNotFoundError(msg)
        over = [bool(self._over(spec, polygons, pieces)) for pieces in held]
        if not any(over):
            return 0.0
        last = len(over) - 1 - over[::-1].index(True)
        gone = moments[last + 1] if last + 1 < len(moments) else end
        return float((gone - moments[first]) / DAY)

    def _held(
        self, spec: Specification, polygons: Meant, moment: pd.Timestamp
    ) -> Pieces:
        return polygons.pieces(moment, "held", clip=bool(spec["clip"].value))

    def _over(self, spec: Specification, polygons: Meant, pieces: Pieces) -> Pieces:
        """The polygons that tell whether the ground meant is still held."""
        place = self.quantity.place
        if spec["ground"].value != "place" or place is None:
            return pieces
        shapes = polygons.measured.polygons[list(pieces)]
        inside = shapely.intersects_xy(shapes, place.lon, place.lat)
        return tuple(np.array(pieces, dtype=int)[inside].tolist())


def _choice(spec: Specification) -> Key:
    """What a value depends on beside the map."""
    return tuple(o.name for n, o in spec.items() if n not in NOT_OF_THE_GROUND)


CHUNK = 1024
"""Specifications handed to an executor at once."""


@dataclass(frozen=True)
class Outcomes:
    """
    Every specification of a grid, and what was looked at on the way.

    Parameters
    ----------
    table : DataFrame
        As `run` gives it.
    looked : frozenset of (str, Timestamp)
        Source and instant of the maps that a peak, a duration, or sections that have
        not moved were looked up in.
    """

    table: pd.DataFrame
    looked: frozenset[tuple[str, pd.Timestamp]]


def run(
    grid: Grid,
    quantity: Quantity,
    histories: Mapping[str, ControlHistory],
    *,
    borders: Mapping[str, BaseGeometry] | None = None,
    executor: Executor | None = None,
) -> pd.DataFrame:
    """
    Compute every specification of a grid.

    Parameters
    ----------
    grid : Grid
    quantity : Quantity
    histories : mapping of str to ControlHistory
        As read, by the name of their source.
    borders : mapping of str to LineString, optional
        Borders beside the theatre's own, by the names that the grid uses.
    executor : concurrent.futures.Executor, optional
        Takes chunks of the grid; by default one after another.

    Returns
    -------
    DataFrame, shape (n_specifications,)
        In the grid's order: a column per axis (the option's name), ``tier`` (the
        weakest of its options), ``outcome`` (in the quantity's unit; nan where it
        cannot be computed), ``holds`` (missing likewise), ``reason`` (why not),
        ``end_utc`` and ``baseline_utc`` (the maps compared).

    Raises
    ------
    OptionError
        If the grid lacks an axis that the measure hangs on, has one that it does not,
        or an option has a value that its axis cannot take.

    Notes
    -----
    A specification's row depends on that specification alone: adding others never
    changes it, nor does an executor.
    """
    return outcomes(
        grid, quantity, histories, borders=borders or {}, executor=executor
    ).table


def outcomes(
    grid: Grid,
    quantity: Quantity,
    histories: Mapping[str, ControlHistory],
    *,
    borders: Mapping[str, BaseGeometry],
    executor: Executor | None,
) -> Outcomes:
    """
    As `run`, with the maps that were looked at on the way.

    Raises
    ------
    OptionError
        As `run` does.
    """
    check_grid(grid, quantity)
    work = partial(_rows, Engine(quantity, dict(histories), dict(borders)))
    specs = grid.specifications()
    done = (
        [work(list(specs))] if executor is None else executor.map(work, _chunks(specs))
    )
    parts = list(done)
    rows = [row for part in parts for row in part.rows]
    looked = frozenset(seen for part in parts for seen in part.looked)
    return Outcomes(_table(rows, [axis.name for axis in grid.axes]), looked)


def _chunks(specs: Iterator[Specification]) -> Iterator[list[Specification]]:
    while chunk := list(islice(specs, CHUNK)):
        yield chunk


Row = tuple[object, ...]
COLUMNS = ("tier", "outcome", "holds", "reason", "end_utc", "baseline_utc")


@dataclass(frozen=True)
class _Part:
    """Rows of some specifications, and the maps looked at on the way."""

    rows: list[Row]
    looked: frozenset[tuple[str, pd.Timestamp]]


def _rows(engine: Engine, specs: Sequence[Specification]) -> _Part:
    rows = [_row(engine, spec) for spec in specs]
    return _Part(rows, frozenset(engine.dates.looked))


def _row(engine: Engine, spec: Specification) -> Row:
    names = tuple(option.name for option in spec.values())
    tier = TIERS[max(TIERS.index(option.tier) for option in spec.values())]
    end: pd.Timestamp | None = None
    baseline: pd.Timestamp | None = None
    try:
        end, baseline = engine.moments(spec)
        outcome = engine.outcome(spec)
    except KurskGeoError as error:
        return (*names, tier, np.nan, pd.NA, str(error), end, baseline)
    rounded = bool(spec["rounding"].value)
    holds = engine.quantity.says.contains(outcome, rounded=rounded)
    return (*names, tier, outcome, holds, "", end, baseline)


def _table(rows: Sequence[Row], axes: Sequence[str]) -> pd.DataFrame:
    types: dict[str, Callable[[Row], pd.Series]] = {
        "outcome": lambda values: pd.Series(values, dtype="float64"),
        "holds": lambda values: pd.Series(values, dtype="boolean"),
        "end_utc": _instants,
        "baseline_utc": _instants,
    }
    return pd.DataFrame(
        {
            name: types.get(name, _words)(values)
            for name, values in zip(
                (*axes, *COLUMNS), zip(*rows, strict=True), strict=True
            )
        }
    )


def _words(values: Row) -> pd.Series:
    return pd.Series(values, dtype="str")


def _instants(values: Row) -> pd.Series:
    return pd.to_datetime(pd.Series(values), utc=True).dt.as_unit("us")


def variance_shares(
    table: pd.DataFrame, axes: Sequence[Axis], *, of: str = "outcome"
) -> pd.Series:
    """
    Share of the variance of an outcome that each axis explains by itself.

    Parameters
    ----------
    table : DataFrame
        As `run` gives it; rows that could not be computed are left out.
    axes : sequence of Axis
    of : {"outcome", "holds"}, default "outcome"

    Returns
    -------
    Series, shape (n_axes,)
        Eta squared, the variance of group means over the whole variance, by axis,
        largest first; 0 where nothing varies. ``attrs["balanced"]`` tells whether
        every combination of the options that were computed was computed: only then do
        the shares, with those of interactions, add up to 1.

    Raises
    ------
    KeyError
        If an axis is not in the table.

    Notes
    -----
    Choices are not samples from a population, so there are no p-values.
    """
    names = [axis.name for axis in axes]
    computed = table[table["outcome"].notna()]
    values = computed[of].astype(float)
    total = float(((values - values.mean()) ** 2).sum())
    shares = {
        name: _between(values, computed[name]) / total if total > 0.0 else 0.0
        for name in names
    }
    result = pd.Series(shares, name="share", dtype=float)
    result = result.sort_values(ascending=False, kind="stable")
    combinations = int(np.prod([computed[name].nunique() for name in names]))
    result.attrs["balanced"] = len(computed) == combinations
    return result


def _between(values: pd.Series, groups: pd.Series) -> float:
    if groups.nunique() < 2:
        return 0.0  # and not what rounding leaves of it
    means = values.groupby(groups).transform("mean")
    return float(((means - values.mean()) ** 2).sum())


def support_by_tier(table: pd.DataFrame) -> pd.DataFrame:
    """
    Share of specifications under which the sentence holds, by tier.

    Parameters
    ----------
    table : DataFrame
        As `run` gives it.

    Returns
    -------
    DataFrame, shape (n_tiers,)
        Index ``tier`` (those that occur, in order); ``n_specifications``,
        ``n_computed`` and ``share_supporting`` (of those computed; nan if none).

    Raises
    ------
    KeyError
        If a column is missing.
    """
    groups = table.groupby("tier")
    result = pd.DataFrame(
        {
            "n_specifications": groups.size(),
            "n_computed": groups["outcome"].count(),
            "share_supporting": groups["holds"].mean().astype(float),
        }
    )
    return result.reindex([tier for tier in TIERS if tier in result.index])
