"""Sections through time: they come, grow, split, merge and go."""

from collections import defaultdict
from collections.abc import Hashable, Iterator
from functools import cache
from itertools import count, groupby, product
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kursk_geo.area import area_km2
from kursk_geo.errors import check_number
from kursk_geo.geometry import as_array, project
from kursk_geo.ground import Ground, Pieces, connected, joined
from kursk_geo.history import ControlHistory, typed_table
from kursk_geo.periods import TEXT, UTC
from kursk_geo.sections import AN_AREA, MIN_AREA_KM2, measured

LINK_SHARE = 0.01
"""Sections that share less than this of the smaller one are neighbours, redrawn."""

ROUNDING_KM2 = 1e-6
"""Smaller differences are rounding of the overlay. [km²]"""

DISPLACEMENT_KM = 1.0
"""A section that vanishes and one that appears this near are the same, moved. [km]"""


def followed(
    history: ControlHistory,
    *,
    gap_km: float = 0.0,
    min_area_km2: float = MIN_AREA_KM2,
    displacement_km: float = DISPLACEMENT_KM,
    with_stable: bool = False,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """
    Follow the sections of a history, state by state.

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
    with_stable : bool
        Also tell which sections did not change.

    Returns
    -------
    tuple of GeoDataFrame and DataFrame
        As `section_history` and `events` have them.

    Raises
    ------
    TheatreError
        If no theatre has been selected.
    OptionError
        If an option is negative.
    """
    check_number("min_area_km2", min_area_km2, AN_AREA)
    told = "a distance. Expected kilometres; 0 leaves only sections that touch."
    check_number("displacement_km", displacement_km, told)
    ground = Ground(history, gap_km=gap_km)

    @cache
    def shared_km2(old: Pieces, new: Pieces) -> float:
        if old == new:
            return ground.area_km2(old)
        both = shapely.intersection(ground.union(old), ground.union(new))
        return float(area_km2(as_array([both]))[0])

    def largest_first(section: Pieces) -> tuple[float, ...]:
        west, south, _, _ = shapely.total_bounds(ground.polygons[list(section)])
        return -round(ground.area_km2(section), 6), float(west), float(south)

    rows: list[tuple[pd.Timestamp, pd.Timestamp, int]] = []
    grounds: list[Pieces] = []
    happened: list[tuple[object, ...]] = []
    before: dict[int, Pieces] | None = None
    newest = count(1)
    states = history.states()
    periods = zip(states["valid_from"], states["valid_to"], strict=True)
    for held, alike in groupby(periods, lambda period: ground.shown(period[0])[0]):
        starts, ends = zip(*alike, strict=True)
        components = ground.components(held)
        sections = [one for one in components if ground.area_km2(one) >= min_area_km2]
        sections.sort(key=largest_first)
        was = before or {}
        links: dict[tuple[int, int], float] = {}
        for (key, old), (j, new) in product(was.items(), enumerate(sections)):
            least = LINK_SHARE * min(ground.area_km2(old), ground.area_km2(new))
            if shared_km2(old, new) > max(least, ROUNDING_KM2):
                links[key, j] = shared_km2(old, new)
        # Of those that vanished and those that came, the nearest pairs first.
        gone = was.keys() - {key for key, _ in links}
        come = set(range(len(sections))) - {j for _, j in links}
        pairs = []
        for key, j in product(gone, come):
            shapes = as_array(map(ground.union, (was[key], sections[j])))
            apart_m = float(shapely.distance(*project(shapes, ground.crs)))
            if apart_m <= displacement_km * 1e3:
                pairs.append((round(apart_m, 3), key, j))
        for _, key, j in sorted(pairs):
            if key in gone and j in come:
                links[key, j] = 0.0
                gone.remove(key)
                come.remove(j)
        # By most shared ground, ties to the older one; each id is carried on once.
        ids: dict[int, int] = {}
        for _, key, j in sorted((-round(links[one], 6), *one) for one in links):
            if j not in ids and key not in ids.values():
                ids[j] = key
        ids |= {j: next(newest) for j in range(len(sections)) if j not in ids}
        named = {ids[j]: section for j, section in enumerate(sections)}
        links = {(key, ids[j]): shared for (key, j), shared in links.items()}
        if before is not None:
            became = _became(ground, (before, named), links, min_area_km2)
            kept = (one for one in became if with_stable or one[0] != "stable")
            happened += [(starts[0], *one) for one in kept]
        rows += [(starts[0], ends[-1], key) for key in sorted(named)]
        grounds += [named[key] for key in sorted(named)]
        before = named
    last = history.snapshots["snapshot_utc"].max()
    outliers = history.outliers()["snapshot_utc"]
    definitions: dict[Hashable | None, Any] = {
        **history.about,
        "last_snapshot_utc": None if last is pd.NaT else last.isoformat(),
        "outliers": [moment.isoformat() for moment in outliers],
        "gap_km": gap_km,
        "min_area_km2": min_area_km2,
        "displacement_km": displacement_km,
        "held": sorted(map(str, ground.theatre.held)),
    }
    types = {"valid_from": UTC, "valid_to": UTC, "section": int}
    when = typed_table(pd.DataFrame(rows, columns=list(types)), types)
    when["since"] = when.groupby("section")["valid_from"].transform("min")
    when["area_km2"] = np.array(list(map(ground.area_km2, grounds)), float)
    pieces = measured(ground, grounds)[SECTION_FIGURES]
    pieces = pieces.join(when)[[*when, *SECTION_FIGURES]]
    events = pd.DataFrame(happened, columns=list(EVENT_COLUMNS))
    maps = events["snapshot_utc"].astype(str)
    events["group"] = pd.factorize(maps + events["group"].astype(str))[0] + 1
    events = events.astype(EVENT_COLUMNS)
    pieces.attrs, events.attrs = definitions, dict(definitions)
    return pieces, events


def _became(
    ground: Ground,
    maps: tuple[dict[int, Pieces], dict[int, Pieces]],
    links: dict[tuple[int, int], float],
    min_area_km2: float,
) -> Iterator[tuple[object, ...]]:
    """
    What became of the sections of one of two maps on the other, as `events` tells it.

    Links are the id of a section before and of one after that it became, with the
    ground they share: none where one was displaced. [km²]
    """
    before, after = maps
    # What hangs together: sections before, and after them, negative, those after.
    order = [*before, *(-key for key in after)]
    near: dict[int, set[int]] = defaultdict(set)
    joined(near, np.array([(i, -j) for i, j in links], dtype=int).reshape(-1, 2).T)
    found = connected(set(order), near)
    groups = sorted(found, key=lambda members: min(map(order.index, members)))
    for number, members in enumerate(groups):
        old = [key for key in before if key in members]
        new = [key for key in after if -key in members]
        own = {link: km2 for link, km2 in links.items() if link[0] in old}
        kinds = [("union", [i for i, to in own if to == j], [j]) for j in new]
        kinds += [("division", [i], [j for of, j in own if of == i]) for i in old]
        kinds = [one for one in kinds if len(one[1] + one[2]) > 2]
        if not (old and new):
            kinds = [("disappearance" if old else "generation", old, new)]
        elif len(old) == len(new) == 1:  # the figures decide
            displaced = own[old[0], new[0]] == 0.0
            kinds = [("displacement" if displaced else "", old, new)]
        for kind, was, becomes in kinds:
            was_km2 = sum(ground.area_km2(before[i]) for i in was)
            becomes_km2 = sum(ground.area_km2(after[j]) for j in becomes)
            shared_km2 = sum(own.get(link, 0.0) for link in product(was, becomes))
            # Overlays round: what was only lost must not gain 1e-12 km².
            gained_km2 = max(becomes_km2 - shared_km2, 0.0)
            lost_km2 = max(was_km2 - shared_km2, 0.0)
            told = kind or ("expansion" if gained_km2 > lost_km2 else "contraction")
            most_km2 = max(gained_km2, lost_km2)
            if not kind and most_km2 <= max(min_area_km2, ROUNDING_KM2):
                told = "stable"
            ids = tuple(sorted(was)), tuple(sorted(becomes))
            change = becomes_km2 / was_km2 - 1 if was else np.nan
            areas = was_km2, becomes_km2, gained_km2, lost_km2
            yield told, *ids, *areas, change, number


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

SECTION_FIGURES = ["depth_km", "depth_censored", "n_polygons", "geometry"]
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
    options: dict[str, Any] = {"gap_km": gap_km, "min_area_km2": min_area_km2}
    options |= {"displacement_km": displacement_km}
    return followed(history, **options)[0]


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
    options: dict[str, Any] = {"gap_km": gap_km, "min_area_km2": min_area_km2}
    options |= {"displacement_km": displacement_km, "with_stable": with_stable}
    return followed(history, **options)[1]
