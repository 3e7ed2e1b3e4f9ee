"""Sections known again from one map to the next."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import pyproj
import shapely

from kursk_geo.area import area_km2
from kursk_geo.errors import OptionError
from kursk_geo.geometry import as_array, extent, measuring_crs, project
from kursk_geo.ground import Ground, Pieces
from kursk_geo.history import ControlHistory

__all__ = ["ROUNDING_KM2", "Link", "Section", "Step", "Trace", "groups"]

LINK_SHARE = 0.01
"""Sections that share less than this of the smaller one are neighbours, redrawn."""

ROUNDING_KM2 = 1e-6
"""Smaller differences are rounding of the overlay. [km²]"""


@dataclass(frozen=True, slots=True)
class Section:
    """A section on one map: its polygons, area and south-western corner."""

    pieces: Pieces
    area_km2: float
    corner: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Link:
    """Positions of a section on one map and of one on the next that it became."""

    before: int
    after: int
    shared_km2: float
    displaced: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A state of held ground: its sections, their ids, and the links from before."""

    valid_from: pd.Timestamp
    valid_to: pd.Timestamp
    sections: Sequence[Section]
    ids: Sequence[int]
    links: Sequence[Link]


class Trace:
    """
    The sections of a history, state by state.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre.
    gap_km : float
        Pieces closer than this count as one section. [km]
    min_area_km2 : float
        Smaller pieces are no sections. [km²]
    displacement_km : float
        The farthest that a section can move from one map to the next. [km]

    Raises
    ------
    TheatreError
        If no theatre has been selected.
    OptionError
        If an option is negative.
    """

    def __init__(
        self,
        history: ControlHistory,
        *,
        gap_km: float,
        min_area_km2: float,
        displacement_km: float,
    ) -> None:
        if not min_area_km2 >= 0.0:
            msg = f"min_area_km2={min_area_km2} is not an area. Expected km², 0 up."
            raise OptionError(msg)
        if not displacement_km >= 0.0:
            msg = (
                f"displacement_km={displacement_km} is not a distance. Expected "
                "kilometres; 0 leaves only sections that touch."
            )
            raise OptionError(msg)
        self.ground = Ground(history, gap_km=gap_km)
        self.min_area_km2 = min_area_km2
        self._reach_m = displacement_km * 1e3
        self._states = history.states()
        self._shared: dict[tuple[Pieces, Pieces], float] = {}
        last = history.snapshots["snapshot_utc"].max()
        self.definitions: dict[Hashable | None, object] = {
            "source": history.source,
            "attribution": history.attribution,
            "theatre": self.ground.theatre.name,
            "last_snapshot_utc": None if last is pd.NaT else last.isoformat(),
            "gap_km": gap_km,
            "min_area_km2": min_area_km2,
            "displacement_km": displacement_km,
        }

    @cached_property
    def steps(self) -> list[Step]:
        """One entry a state of held ground, in order of time."""
        steps: list[Step] = []
        newest = 0
        for start, end, held in self._held():
            sections = self._sections(held)
            links = self._links(steps[-1], sections) if steps else []
            ids = _carried(steps[-1].ids, links) if steps else {}
            for position in range(len(sections)):
                if position not in ids:
                    newest += 1
                    ids[position] = newest
            row = [ids[position] for position in range(len(sections))]
            steps.append(Step(start, end, sections, row, links))
        return steps

    def _held(self) -> list[tuple[pd.Timestamp, pd.Timestamp, Pieces]]:
        """Periods during which the same polygons were held."""
        periods: list[tuple[pd.Timestamp, pd.Timestamp, Pieces]] = []
        for start, end in zip(
            self._states["valid_from"], self._states["valid_to"], strict=True
        ):
            held, _ = self.ground.shown(start)
            same = bool(periods) and periods[-1][2] == held
            since = periods.pop()[0] if same else start
            periods.append((since, end, held))
        return periods

    def _sections(self, held: Pieces) -> list[Section]:
        """Sections of some polygons, largest first, whatever their order."""
        found = []
        for pieces in self.ground.components(held):
            area = self.ground.area_km2(pieces)
            west, south, _, _ = shapely.total_bounds(self.ground.polygons[list(pieces)])
            if area >= self.min_area_km2:
                found.append(Section(pieces, area, (float(west), float(south))))
        return sorted(found, key=lambda one: (-round(one.area_km2, 6), one.corner))

    def _links(self, before: Step, sections: list[Section]) -> list[Link]:
        """Which sections share ground, and which have moved."""
        links = []
        for i, old in enumerate(before.sections):
            for j, new in enumerate(sections):
                shared = self._shared_km2(old, new)
                least = LINK_SHARE * min(old.area_km2, new.area_km2)
                if shared > max(least, ROUNDING_KM2):
                    links.append(Link(i, j, shared))
        return links + self._displaced(before, sections, links)

    def _shared_km2(self, old: Section, new: Section) -> float:
        if old.pieces == new.pieces:
            return old.area_km2
        key = old.pieces, new.pieces
        if key not in self._shared:
            shapes = self.ground.union(old.pieces), self.ground.union(new.pieces)
            both = shapely.intersection(*shapes)
            self._shared[key] = float(area_km2(as_array([both]))[0])
        return self._shared[key]

    def _displaced(
        self, before: Step, sections: list[Section], links: list[Link]
    ) -> list[Link]:
        """Pairs of a section that vanished and one that came, the nearest first."""
        linked = {link.before for link in links}, {link.after for link in links}
        gone = [i for i in range(len(before.sections)) if i not in linked[0]]
        come = [j for j in range(len(sections)) if j not in linked[1]]
        pairs = []
        for i in gone:
            for j in come:
                apart_m = self._apart_m(before.sections[i], sections[j])
                if apart_m <= self._reach_m:
                    pairs.append((round(apart_m, 3), before.ids[i], i, j))
        moved: list[Link] = []
        for _, _, i, j in sorted(pairs):
            if all(link.before != i and link.after != j for link in moved):
                moved.append(Link(i, j, 0.0, displaced=True))
        return moved

    def _apart_m(self, old: Section, new: Section) -> float:
        shapes = [self.ground.union(one.pieces) for one in (old, new)]
        return float(shapely.distance(*project(as_array(shapes), self._crs)))

    @cached_property
    def _crs(self) -> pyproj.CRS:
        crs = self.ground.theatre.crs
        if crs is None:
            return measuring_crs(shapely.box(*extent(self.ground.polygons)))
        return crs


def _carried(before: Sequence[int], links: list[Link]) -> dict[int, int]:
    """Ids that sections carry on: by most shared ground, ties to the older one."""
    ids: dict[int, int] = {}
    for link in sorted(
        links, key=lambda link: (-round(link.shared_km2, 6), before[link.before])
    ):
        if link.after not in ids and before[link.before] not in ids.values():
            ids[link.after] = before[link.before]
    return ids


def groups(
    n_before: int, n_after: int, links: Sequence[Link]
) -> list[tuple[list[int], list[int]]]:
    """
    What hangs together: connected components of sections on two maps.

    Parameters
    ----------
    n_before, n_after : int
        How many sections there are on each map.
    links : sequence of Link
        In any order.

    Returns
    -------
    list of tuple
        Positions before and after of each group, sorted; every section is in one.

    Raises
    ------
    IndexError
        If a link points beyond the sections.
    """
    group = np.arange(n_before + n_after)
    for link in links:
        ends = group[[link.before, n_before + link.after]]
        group[np.isin(group, ends)] = ends.min()
    found = []
    for label in np.unique(group):
        members = np.flatnonzero(group == label)
        old, new = members[members < n_before], members[members >= n_before] - n_before
        found.append((old.tolist(), new.tolist()))
    return found
