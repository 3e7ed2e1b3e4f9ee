"""Which of the polygons that a map shows a specification means."""

from functools import cached_property

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from kursk_geo.area import area_km2
from kursk_geo.ground import Ground, Pieces

__all__ = ["FROZEN_DAYS", "Meant"]

FROZEN_DAYS = 90
FROZEN_OVERLAP = 0.95
"""A small section is frozen that covers, 90 days earlier, 95 % of the same ground."""

Frozen = tuple[Pieces, ...]
"""Sections that have not moved, each as its polygons."""


class Meant:
    """
    The polygons of one source, cut in one way and joined within one gap.

    Parameters
    ----------
    measured : Ground
        Measures; polygons joined where they touch.
    joined : Ground
        The same polygons, joined within the gap.
    """

    def __init__(self, measured: Ground, joined: Ground) -> None:
        self.measured = measured
        self.joined = joined
        self._pieces: dict[tuple[pd.Timestamp, str], Pieces] = {}
        self._inside: dict[int, bool] = {}
        self._same: dict[tuple[Pieces, Pieces], bool] = {}

    def pieces(self, moment: pd.Timestamp, ground: str, *, clip: bool) -> Pieces:
        """The polygons of one kind of ground: held, contested, or either."""
        key = (moment, ground)
        if key not in self._pieces:
            held, contested = self.measured.shown(moment)
            found = {"held": held, "contested": contested}.get(
                ground, tuple(sorted({*held, *contested}))
            )
            self._pieces[key] = tuple(
                piece for piece in found if clip or self._mostly_inside(piece)
            )
        return self._pieces[key]

    def _mostly_inside(self, piece: int) -> bool:
        """A whole polygon counts where the larger part of it lies."""
        region = self.measured.theatre.region
        if region is None:
            return True
        if piece not in self._inside:
            shape = self.measured.polygons[piece]
            inside = shapely.intersection(shape, region).area
            self._inside[piece] = bool(inside >= shape.area / 2)
        return self._inside[piece]

    def sections(self, pieces: Pieces, least_km2: float) -> list[Pieces]:
        """Connected components of at least some area."""
        return [
            component
            for component in self.joined.components(pieces)
            if self.measured.area_km2(component) >= least_km2
        ]

    def largest(self, pieces: Pieces) -> Pieces:
        """The component with the largest area; none of no polygons."""
        components = self.joined.components(pieces)
        return max(components, key=self.measured.area_km2, default=())

    def frozen(self, now: Pieces, then: Pieces) -> Frozen:
        """Components, but for the largest, that covered the same ground before."""
        earlier = self.joined.components(then)
        components = sorted(
            self.joined.components(now), key=self.measured.area_km2, reverse=True
        )
        return tuple(
            component
            for component in components[1:]
            if any(self._are_same(component, old) for old in earlier)
        )

    def without(self, pieces: Pieces, frozen: Frozen) -> Pieces:
        """The polygons less the components that cover the ground of a frozen one."""
        kept = (
            component
            for component in self.joined.components(pieces)
            if not any(self._are_same(component, other) for other in frozen)
        )
        return tuple(sorted(piece for component in kept for piece in component))

    def _are_same(self, one: Pieces, other: Pieces) -> bool:
        """Whether two sections cover the same ground but for redrawn edges."""
        key = (one, other)
        if key not in self._same:
            first, second = self.measured.union(one), self.measured.union(other)
            shared = shapely.intersection(first, second).area
            covered = first.area + second.area - shared
            self._same[key] = bool(0.0 < shared >= FROZEN_OVERLAP * covered)
        return self._same[key]

    def web_map_km2(self, pieces: Pieces) -> float:
        """The sum over polygons on the sphere, each by itself, in km²."""
        return float(self._spherical_km2[list(pieces)].sum())

    @cached_property
    def _spherical_km2(self) -> NDArray[np.float64]:
        areas = area_km2(self.measured.polygons, method="spherical")
        return np.asarray(areas, dtype=np.float64)
