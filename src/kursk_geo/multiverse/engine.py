"""What one specification comes to; states and measures are looked up when repeated."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from kursk_geo.errors import DateNotFoundError, OptionError
from kursk_geo.ground import Ground, Pieces
from kursk_geo.history import ControlHistory
from kursk_geo.multiverse.grid import Specification
from kursk_geo.multiverse.quantity import Quantity
from kursk_geo.periods import DAY, instant

__all__ = ["Engine"]

FROZEN_DAYS = 90
FROZEN_OVERLAP = 0.95
"""A small section is frozen that covers, 90 days earlier, 95 % of the same ground."""

PATIENCE_DAYS = 14
"""A date farther beyond the last map is not answered: newer maps may say otherwise."""

Moments = tuple[pd.Timestamp, pd.Timestamp | None]


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
        self.histories = histories
        self.borders = borders
        self._selected: dict[tuple[str, bool], ControlHistory] = {}
        self._grounds: dict[tuple[object, ...], Ground] = {}
        self._values: dict[tuple[object, ...], float] = {}
        self._frozen: dict[tuple[object, ...], list[BaseGeometry]] = {}
        self._inside: dict[tuple[int, int], bool] = {}
        self._moments: dict[tuple[object, ...], pd.Timestamp] = {}

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
            msg = f"nothing was shown at the baseline ({baseline:%Y-%m-%d})"
            raise OptionError(msg)
        return value / before - 1.0

    # When

    def moments(self, spec: Specification) -> Moments:
        """Instants of the maps that a specification compares."""
        end = self._end(spec)
        if "baseline" not in spec:
            return end, None
        since = str(spec["baseline"].value)
        if since == "peak":
            return end, self._peak(spec, end)
        return end, self._published(spec, since, "UTC")

    def _end(self, spec: Specification) -> pd.Timestamp:
        when = str(spec["end"].value)
        day, _, rest = when.partition(" ")
        if not rest:
            return self._published(spec, when, "UTC")
        if rest != "next":
            return self._published(spec, day, rest)
        return self._first_after(spec, day)

    def _first_after(self, spec: Specification, day: str) -> pd.Timestamp:
        key = (spec["source"].value, day, "next")
        if key not in self._moments:
            published = self._history(spec).snapshots["snapshot_utc"]
            position = int(published.searchsorted(instant(day)[0]))
            if position == len(published):
                msg = f"no map was published after {day}"
                raise DateNotFoundError(msg)
            self._moments[key] = published.iloc[position]
        return self._moments[key]

    def _published(self, spec: Specification, when: str, tz: str) -> pd.Timestamp:
        key = (spec["source"].value, when, tz)
        if key not in self._moments:
            history = self._history(spec)
            snapshot = history.snapshot_at(when, tz=tz)
            last = history.snapshots["snapshot_utc"].iloc[-1]
            if instant(when, tz=tz)[0] - last > PATIENCE_DAYS * DAY:
                msg = f"the maps end on {last:%Y-%m-%d}, too long before {when}"
                raise DateNotFoundError(msg)
            self._moments[key] = snapshot["snapshot_utc"]
        return self._moments[key]

    def _peak(self, spec: Specification, end: pd.Timestamp) -> pd.Timestamp:
        """The map with the largest value of the same quantity up to the end."""
        key = ("peak", end, *self._choice(spec))
        if key not in self._moments:
            states = self._selection(spec).states()["valid_from"]
            moments = list(states[states <= end])
            values = [self._value(spec, moment, end) for moment in moments]
            self._moments[key] = moments[int(np.argmax(values))]
        return self._moments[key]

    # Of what

    def _history(self, spec: Specification) -> ControlHistory:
        source = str(spec["source"].value)
        if source not in self.histories:
            msg = f"no maps of source {source!r} were given"
            raise OptionError(msg)
        return self.histories[source]

    def _selection(self, spec: Specification) -> ControlHistory:
        key = (str(spec["source"].value), bool(spec["clip"].value))
        if key not in self._selected:
            theatre = self.quantity.theatre
            self._selected[key] = self._history(spec).select(theatre, clip=key[1])
        return self._selected[key]

    def _ground(self, spec: Specification) -> Ground:
        gap_km = float(spec["gap_km"].value or 0.0) if "gap_km" in spec else 0.0
        border = spec["border"].name if "border" in spec else None
        key = (spec["source"].value, spec["clip"].value, gap_km, border)
        if key not in self._grounds:
            history = self._selection(spec)
            if border in self.borders and history.theatre is not None:
                other = replace(history.theatre, border=self.borders[str(border)])
                history = replace(history, theatre=other)
            self._grounds[key] = Ground(history, gap_km=gap_km)
        return self._grounds[key]

    def _choice(self, spec: Specification) -> tuple[object, ...]:
        """What a value depends on beside the map."""
        passed = ("end", "baseline", "rounding")
        return tuple((n, o.name) for n, o in sorted(spec.items()) if n not in passed)

    def _pieces(
        self, spec: Specification, moment: pd.Timestamp, end: pd.Timestamp
    ) -> tuple[Ground, Pieces]:
        """The polygons meant; `end` is where sections must not have moved."""
        ground = self._ground(spec)
        pieces = self._all_pieces(spec, ground, moment)
        which = spec["which"].value if "which" in spec else "all"
        if which == "largest" and pieces:
            return ground, max(ground.components(pieces), key=ground.area_km2)
        if which == "moving":
            frozen = self._frozen_at(spec, ground, end)
            kept = (
                component
                for component in ground.components(pieces)
                if not any(_same(ground.union(component), shape) for shape in frozen)
            )
            pieces = tuple(sorted(piece for component in kept for piece in component))
        return ground, pieces

    def _all_pieces(
        self, spec: Specification, ground: Ground, moment: pd.Timestamp
    ) -> Pieces:
        held, contested = ground.shown(moment)
        if self.quantity.measure == "contested_area":
            pieces = contested
        elif spec["ground"].value == "held or contested":
            pieces = tuple(sorted({*held, *contested}))
        else:
            pieces = held
        if spec["clip"].value:
            return pieces
        return tuple(piece for piece in pieces if self._mostly_inside(ground, piece))

    def _mostly_inside(self, ground: Ground, piece: int) -> bool:
        """A whole polygon counts where the larger part of it lies."""
        region = self.quantity.theatre.region
        key = (id(ground), piece)
        if region is None:
            return True
        if key not in self._inside:
            shape = ground.polygons[piece]
            inside = shapely.intersection(shape, region).area
            self._inside[key] = bool(inside >= shape.area / 2)
        return self._inside[key]

    def _frozen_at(
        self, spec: Specification, ground: Ground, end: pd.Timestamp
    ) -> list[BaseGeometry]:
        """Sections of the end that have not moved, but for the largest."""
        key = (end, *self._choice(spec))
        if key not in self._frozen:
            now = self._all_pieces(spec, ground, end)
            then = self._all_pieces(spec, ground, end - FROZEN_DAYS * DAY)
            earlier = [ground.union(c) for c in ground.components(then)]
            components = sorted(ground.components(now), key=ground.area_km2)
            small = [ground.union(component) for component in components[:-1]]
            self._frozen[key] = [
                shape for shape in small if any(_same(shape, old) for old in earlier)
            ]
        return self._frozen[key]

    # How much

    def _value(
        self, spec: Specification, moment: pd.Timestamp, end: pd.Timestamp
    ) -> float:
        moving = "which" in spec and spec["which"].value == "moving"
        key = (moment, end if moving else None, *self._choice(spec))
        if key not in self._values:
            self._values[key] = self._measured(spec, moment, end)
        return self._values[key]

    def _measured(
        self, spec: Specification, moment: pd.Timestamp, end: pd.Timestamp
    ) -> float:
        match self.quantity.measure:
            case "area" | "relative_change" | "area_change" | "contested_area":
                return self._area(spec, moment, end)
            case "sections":
                return float(len(self._sections(spec, moment, end)[1]))
            case "present":
                return float(len(self._sections(spec, moment, end)[1]) > 0)
            case "depth":
                return self._depth(spec, moment, end)
            case "days_held":
                return self._days_held(spec, moment)

    def _area(
        self, spec: Specification, moment: pd.Timestamp, end: pd.Timestamp
    ) -> float:
        ground, pieces = self._pieces(spec, moment, end)
        if spec["area_method"].value == "spherical":
            return ground.web_map_km2(pieces)
        if self.quantity.measure == "contested_area":
            return ground.area_km2(pieces, without=ground.shown(moment)[0])
        return ground.area_km2(pieces)

    def _sections(
        self, spec: Specification, moment: pd.Timestamp, end: pd.Timestamp
    ) -> tuple[Ground, list[Pieces]]:
        ground, pieces = self._pieces(spec, moment, end)
        least = float(spec["min_area_km2"].value or 0.0)
        components = ground.components(pieces)
        return ground, [c for c in components if ground.area_km2(c) >= least]

    def _depth(
        self, spec: Specification, moment: pd.Timestamp, end: pd.Timestamp
    ) -> float:
        ground, components = self._sections(spec, moment, end)
        depths = [ground.depth(component) for component in components]
        if ground.theatre.border is None:
            msg = f"theatre {ground.theatre.name!r} has no border to measure from"
            raise OptionError(msg)
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
        """From the first map that shows held ground to the first that no longer does."""
        ground = self._ground(spec)
        changes = self._selection(spec).states()["valid_from"]
        moments = [moment for moment in changes if moment <= end]
        held = {moment: ground.shown(moment)[0] for moment in moments}
        first = next((moment for moment in moments if held[moment]), None)
        if first is None:
            return 0.0
        place = self.quantity.place
        if spec["ground"].value == "place" and place is not None:
            point = shapely.Point(place.lon, place.lat)
            over = {
                moment: bool(
                    shapely.intersects(ground.polygons[list(pieces)], point).any()
                )
                for moment, pieces in held.items()
            }
        else:
            over = {moment: bool(pieces) for moment, pieces in held.items()}
        last = max((m for m in moments if over[m]), default=None)
        if last is None:
            return 0.0
        gone = next((moment for moment in moments if moment > last), end)
        return float((gone - first) / DAY)


def _same(shape: BaseGeometry, other: BaseGeometry) -> bool:
    """Whether two sections cover the same ground but for redrawn edges."""
    if not shapely.intersects(shape, other):
        return False
    shared: float = shapely.intersection(shape, other).area
    return shared >= FROZEN_OVERLAP * (shape.area + other.area - shared)
