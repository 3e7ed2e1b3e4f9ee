"""Sections through time: which is which, and what became of them."""

from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from kursk_geo.geometry import WGS84
from kursk_geo.history import ControlHistory
from kursk_geo.sections import MIN_AREA_KM2
from kursk_geo.trace import ROUNDING_KM2, Link, Step, Trace, groups

__all__ = ["EVENT_KINDS", "events", "section_history"]

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


UTC = "datetime64[us, UTC]"
SECTION_COLUMNS: dict[str, Any] = {
    "valid_from": UTC,
    "valid_to": UTC,
    "section": int,
    "since": UTC,
    "area_km2": float,
    "depth_km": float,
    "n_polygons": int,
}
EVENT_COLUMNS: dict[str, Any] = {
    "snapshot_utc": UTC,
    "kind": "str",
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
        ``area_km2``, ``depth_km`` (nan without a border), ``n_polygons`` and
        ``geometry``. ``attrs`` tell source, theatre, last map and definitions.

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
    >>> kursk = kg.read_history("sample_data/deepstate").select(kg.theatre("kursk"))
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
        for key, section in sorted(
            zip(step.ids, step.sections, strict=True), key=lambda pair: pair[0]
        ):
            depth = trace.ground.depth(section.pieces)
            rows.append(
                {
                    "valid_from": step.valid_from,
                    "valid_to": step.valid_to,
                    "section": key,
                    "since": since.setdefault(key, step.valid_from),
                    "area_km2": section.area_km2,
                    "depth_km": np.nan if depth is None else depth.depth_km,
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
    >>> kursk = kg.read_history("sample_data/deepstate").select(kg.theatre("kursk"))
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
    rows = [
        row
        for before, after in pairwise(trace.steps)
        for row in _events(before, after, least_km2=min_area_km2)
    ]
    if not with_stable:
        rows = [row for row in rows if row["kind"] != "stable"]
    table = pd.DataFrame(rows, columns=list(EVENT_COLUMNS))
    table["group"] = pd.factorize(table["group"])[0] + 1
    table = table.astype(EVENT_COLUMNS)
    table.attrs = trace.definitions
    return table


def _events(before: Step, after: Step, *, least_km2: float) -> list[dict[str, object]]:
    """Events from one state to the next, group by group."""
    rows = []
    found = groups(len(before.sections), len(after.sections), after.links)
    for number, (old, new) in enumerate(found):
        links = [link for link in after.links if link.before in old]
        for told, i, j in _kinds(old, new, links):
            was_km2 = sum(before.sections[at].area_km2 for at in i)
            becomes_km2 = sum(after.sections[at].area_km2 for at in j)
            both = [link for link in links if link.before in i and link.after in j]
            shared_km2 = sum(link.shared_km2 for link in both)
            # Overlays round: what was only lost must not gain 1e-12 km².
            gained_km2 = max(becomes_km2 - shared_km2, 0.0)
            lost_km2 = max(was_km2 - shared_km2, 0.0)
            rows.append(
                {
                    "snapshot_utc": after.valid_from,
                    "kind": told or _change(gained_km2, lost_km2, least_km2),
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
    return rows


def _change(gained_km2: float, lost_km2: float, least_km2: float) -> str:
    """What one section became that shares ground with one alone."""
    if max(gained_km2, lost_km2) <= max(least_km2, ROUNDING_KM2):
        return "stable"
    return "expansion" if gained_km2 > lost_km2 else "contraction"


def _kinds(
    old: list[int], new: list[int], links: list[Link]
) -> list[tuple[str, list[int], list[int]]]:
    """Events of a group, each with its sections; of one to one, the figures decide."""
    if not (old and new):
        return [("disappearance" if old else "generation", old, new)]
    if len(old) == len(new) == 1:
        return [("displacement" if links[0].displaced else "", old, new)]
    into = {j: sorted(link.before for link in links if link.after == j) for j in new}
    out_of = {i: sorted(link.after for link in links if link.before == i) for i in old}
    unions = [("union", several, [j]) for j, several in into.items()]
    divisions = [("division", [i], several) for i, several in out_of.items()]
    return [
        (kind, i, j) for kind, i, j in unions + divisions if len(i) > 1 or len(j) > 1
    ]
