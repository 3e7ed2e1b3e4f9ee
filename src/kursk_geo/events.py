"""Sections through time: they come, grow, split, merge and go."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from operator import itemgetter
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kursk_geo.area import area_km2
from kursk_geo.errors import check_number
from kursk_geo.geometry import WGS84, as_array, project
from kursk_geo.ground import Ground, Pieces
from kursk_geo.history import ControlHistory
from kursk_geo.periods import TEXT, UTC
from kursk_geo.sections import MIN_AREA_KM2

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
        check_number("min_area_km2", min_area_km2, "an area. Expected km², 0 up.")
        told = "a distance. Expected kilometres; 0 leaves only sections that touch."
        check_number("displacement_km", displacement_km, told)
        self.ground = Ground(history, gap_km=gap_km)
        self.min_area_km2 = min_area_km2
        self._reach_m = displacement_km * 1e3
        self._states = history.states()
        self._shared: dict[tuple[Pieces, Pieces], float] = {}
        last = history.snapshots["snapshot_utc"].max()
        self.definitions: dict[Hashable | None, object] = {
            **history.about,
            "last_snapshot_utc": None if last is pd.NaT else last.isoformat(),
            "outliers": [
                moment.isoformat() for moment in history.outliers()["snapshot_utc"]
            ],
            "gap_km": gap_km,
            "min_area_km2": min_area_km2,
            "displacement_km": displacement_km,
        }

    @cached_property
    def steps(self) -> list[Step]:
        """One entry a state of held ground, in order of time."""
        periods: list[tuple[pd.Timestamp, pd.Timestamp, Pieces]] = []
        ends = self._states["valid_from"], self._states["valid_to"]
        for start, end in zip(*ends, strict=True):
            held, _ = self.ground.shown(start)
            same = bool(periods) and periods[-1][2] == held
            since = periods.pop()[0] if same else start
            periods.append((since, end, held))
        steps: list[Step] = []
        newest = 0
        for start, end, held in periods:
            sections = []
            for pieces in self.ground.components(held):
                area = self.ground.area_km2(pieces)
                shapes = self.ground.polygons[list(pieces)]
                west, south, _, _ = shapely.total_bounds(shapes)
                if area >= self.min_area_km2:
                    corner = float(west), float(south)
                    sections.append(Section(pieces, area, corner))
            # Largest first, whatever their order.
            sections.sort(key=lambda one: (-round(one.area_km2, 6), one.corner))
            links = self._links(steps[-1], sections) if steps else []
            # By most shared ground, ties to the older one; each id is carried on once.
            ids: dict[int, int] = {}
            shared = [(one, steps[-1].ids[one.before]) for one in links]
            shared.sort(key=lambda pair: (-round(pair[0].shared_km2, 6), pair[1]))
            for link, key in shared:
                position = link.after
                if position not in ids and key not in ids.values():
                    ids[position] = key
            for position in range(len(sections)):
                if position not in ids:
                    newest += 1
                    ids[position] = newest
            row = [ids[position] for position in range(len(sections))]
            steps.append(Step(start, end, sections, row, links))
        return steps

    def _links(self, before: Step, sections: list[Section]) -> list[Link]:
        """Which sections share ground, and which have moved."""
        links = []
        for i, old in enumerate(before.sections):
            for j, new in enumerate(sections):
                key = old.pieces, new.pieces
                if old.pieces == new.pieces:
                    self._shared[key] = old.area_km2
                elif key not in self._shared:
                    both = shapely.intersection(
                        self.ground.union(key[0]), self.ground.union(key[1])
                    )
                    self._shared[key] = float(area_km2(as_array([both]))[0])
                least = LINK_SHARE * min(old.area_km2, new.area_km2)
                if self._shared[key] > max(least, ROUNDING_KM2):
                    links.append(Link(i, j, self._shared[key]))
        # Of those that vanished and those that came, the nearest pairs first.
        gone = set(range(len(before.sections))) - {link.before for link in links}
        come = set(range(len(sections))) - {link.after for link in links}
        pairs = []
        for i in sorted(gone):
            for j in sorted(come):
                ends = before.sections[i].pieces, sections[j].pieces
                shapes = as_array(map(self.ground.union, ends))
                apart_m = float(shapely.distance(*project(shapes, self.ground.crs)))
                if apart_m <= self._reach_m:
                    pairs.append((round(apart_m, 3), before.ids[i], i, j))
        for _, _, i, j in sorted(pairs):
            if i in gone and j in come:
                links.append(Link(i, j, 0.0, displaced=True))
                gone.remove(i)
                come.remove(j)
        return links


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


EVENT_KINDS = (
    "generation",
    "disappearance",
    "expansion",
    "contraction",
    "union",
    "division",
    "displacement",
    "stable",
)
"""What can become of sections from one map to the next."""

DISPLACEMENT_KM = 1.0
"""A section that vanishes and one that appears this near are the same, moved. [km]"""

SECTION_COLUMNS: dict[str, Any] = {
    "valid_from": UTC,
    "valid_to": UTC,
    "section": int,
    "since": UTC,
    "area_km2": float,
    "depth_km": float,
    "depth_censored": bool,
    "n_polygons": int,
}
EVENT_COLUMNS: dict[str, Any] = {
    "snapshot_utc": UTC,
    "kind": TEXT,
    "before": object,
    "after": object,
    "area_before_km2": float,
    "area_after_km2": float,
    "gained_km2": float,
    "lost_km2": float,
    "relative_change": float,
    "group": int,
}


def section_history(
    history: ControlHistory,
    *,
    gap_km: float = 0.0,
    min_area_km2: float = MIN_AREA_KM2,
    displacement_km: float = DISPLACEMENT_KM,
) -> gpd.GeoDataFrame:
    """
    Sections of every state of held ground, each known again from one to the next.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre.
    gap_km : float, default 0
        Pieces closer than this count as one section; 0 joins those that touch. [km]
    min_area_km2 : float, default 0.05
        Smaller pieces are no sections. [km²]
    displacement_km : float, default 1
        A section that appears within this distance of one that vanishes at the same
        time carries its id on. [km]

    Returns
    -------
    GeoDataFrame, shape (n,)
        One row a section and state of held ground, in EPSG:4326: ``valid_from``,
        ``valid_to`` (half-open; NaT: still shown), ``section`` (its id, 1 up, in
        order of appearance, larger ones first), ``since`` (when it appeared),
        ``area_km2``, ``depth_km`` (nan without a border), ``depth_censored`` (reached
        where the region ends: that or more), ``n_polygons`` and ``geometry``.
        ``attrs`` tell source, theatre, last map, outliers (instants of maps, see
        `ControlHistory.outliers`) and definitions.

    Raises
    ------
    TheatreError
        If no theatre has been selected.
    OptionError
        If an option is outside its allowed values.

    Notes
    -----
    A section carries on the id of the one before with which it shares most ground;
    each id is carried on once, and where two share the same, the older one goes
    first. A section that comes back after it was gone has a new id.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.sample_history().select(kg.theatre("kursk"))
    >>> table = kg.section_history(kursk)
    >>> table[table.valid_to.isna()].section.nunique()
    3
    >>> kg.section_history(kursk.between("2020-01-01", "2020-01-02")).empty
    True
    """
    trace = Trace(
        history,
        gap_km=gap_km,
        min_area_km2=min_area_km2,
        displacement_km=displacement_km,
    )
    since: dict[int, pd.Timestamp] = {}
    rows = []
    for step in trace.steps:
        of_step = sorted(zip(step.ids, step.sections, strict=True), key=itemgetter(0))
        depths = trace.ground.depths([section.pieces for _, section in of_step])
        for (key, section), depth in zip(of_step, depths, strict=True):
            rows.append(
                {
                    "valid_from": step.valid_from,
                    "valid_to": step.valid_to,
                    "section": key,
                    "since": since.setdefault(key, step.valid_from),
                    "area_km2": section.area_km2,
                    "depth_km": depth.depth_km,
                    "depth_censored": trace.ground.is_censored(depth),
                    "n_polygons": len(section.pieces),
                    "geometry": trace.ground.union(section.pieces),
                }
            )
    table = pd.DataFrame(rows, columns=[*SECTION_COLUMNS, "geometry"])
    # A column of NaT alone has no zone yet, and astype would refuse it.
    table["valid_to"] = pd.to_datetime(table["valid_to"], utc=True)
    table = table.astype(SECTION_COLUMNS)
    result = gpd.GeoDataFrame(table, geometry="geometry", crs=WGS84)
    result.attrs = trace.definitions
    return result


def events(
    history: ControlHistory,
    *,
    gap_km: float = 0.0,
    min_area_km2: float = MIN_AREA_KM2,
    displacement_km: float = DISPLACEMENT_KM,
    with_stable: bool = False,
) -> pd.DataFrame:
    """
    What became of the sections: when they came, went, grew, shrank, met and parted.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre.
    gap_km : float, default 0
        Pieces closer than this count as one section; 0 joins those that touch. [km]
    min_area_km2 : float, default 0.05
        Smaller pieces are no sections, and smaller changes no events. [km²]
    displacement_km : float, default 1
        The farthest that a section can move from one map to the next. [km]
    with_stable : bool, default False
        Also tell, for each map on which held ground changed, which sections did not.

    Returns
    -------
    DataFrame, shape (n_events,)
        One row an event, by time: ``snapshot_utc`` (the first map that shows it),
        ``kind``, ``before`` and ``after`` (ids as `section_history` has them, tuples
        of int), ``area_before_km2`` and ``area_after_km2`` (of these sections),
        ``gained_km2``, ``lost_km2``, ``relative_change`` (of the area; nan where
        nothing was before) and ``group``: events of one map that hang together by
        shared ground have one number. ``attrs`` tell source, theatre and definitions.

    Raises
    ------
    TheatreError
        If no theatre has been selected.
    OptionError
        If an option is outside its allowed values.

    Notes
    -----
    Sections of two maps that follow one another hang together if they share ground
    (at least 1 % of the smaller one). What hangs together, directly or through
    others, is a group:

    - nothing before: *generation*; nothing after: *disappearance*; both, within
      `displacement_km` of one another: *displacement*;
    - one before and one after: *expansion*, *contraction*, or *stable* if less than
      `min_area_km2` was gained and lost;
    - several: a *union* for each section that shares ground with several before, and
      a *division* for each that shares ground with several after.

    The sections on the first map are where the account begins: they are no events.

    References
    ----------
    Robertson, C., Nelson, T. A., Boots, B., Wulder, M. A. (2007). STAMP:
    spatial-temporal analysis of moving polygons. Journal of Geographical Systems 9,
    207-227.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.sample_history().select(kg.theatre("kursk"))
    >>> kg.events(kursk).query("kind == 'division'").snapshot_utc.dt.date.tolist()
    [datetime.date(2025, 4, 12)]
    >>> kg.events(kursk.between("2020-01-01", "2020-01-02")).empty
    True
    """
    trace = Trace(
        history,
        gap_km=gap_km,
        min_area_km2=min_area_km2,
        displacement_km=displacement_km,
    )
    rows: list[dict[str, object]] = []
    for before, after in pairwise(trace.steps):
        found = groups(len(before.sections), len(after.sections), after.links)
        for number, (old, new) in enumerate(found):
            links = [link for link in after.links if link.before in old]
            kinds = [
                ("union", [one.before for one in links if one.after == j], [j])
                for j in new
            ]
            kinds += [
                ("division", [i], [one.after for one in links if one.before == i])
                for i in old
            ]
            kinds = [(k, sorted(i), sorted(j)) for k, i, j in kinds if len(i + j) > 2]
            if not (old and new):
                kinds = [("disappearance" if old else "generation", old, new)]
            elif len(old) == len(new) == 1:  # the figures decide
                kinds = [("displacement" if links[0].displaced else "", old, new)]
            for kind, i, j in kinds:
                was_km2 = sum(before.sections[at].area_km2 for at in i)
                becomes_km2 = sum(after.sections[at].area_km2 for at in j)
                both = [link for link in links if link.before in i and link.after in j]
                shared_km2 = sum(link.shared_km2 for link in both)
                # Overlays round: what was only lost must not gain 1e-12 km².
                gained_km2 = max(becomes_km2 - shared_km2, 0.0)
                lost_km2 = max(was_km2 - shared_km2, 0.0)
                told = kind or ("expansion" if gained_km2 > lost_km2 else "contraction")
                most_km2 = max(gained_km2, lost_km2)
                if not kind and most_km2 <= max(min_area_km2, ROUNDING_KM2):
                    told = "stable"
                rows.append(
                    {
                        "snapshot_utc": after.valid_from,
                        "kind": told,
                        "before": tuple(sorted(before.ids[at] for at in i)),
                        "after": tuple(sorted(after.ids[at] for at in j)),
                        "area_before_km2": was_km2,
                        "area_after_km2": becomes_km2,
                        "gained_km2": gained_km2,
                        "lost_km2": lost_km2,
                        "relative_change": becomes_km2 / was_km2 - 1 if i else np.nan,
                        "group": f"{after.valid_from} {number}",
                    }
                )
    if not with_stable:
        rows = [row for row in rows if row["kind"] != "stable"]
    table = pd.DataFrame(rows, columns=list(EVENT_COLUMNS))
    table["group"] = pd.factorize(table["group"])[0] + 1
    table = table.astype(EVENT_COLUMNS)
    table.attrs = trace.definitions
    return table
