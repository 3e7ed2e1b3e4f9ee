"""Ground gained and lost between two states and from map to map, and the front."""

from functools import cache, cached_property
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kursk_geo.area import area_km2
from kursk_geo.errors import check_number, check_word
from kursk_geo.geometry import (
    GEOD,
    HALF_TURN,
    TURN,
    WGS84,
    Geometries,
    as_array,
    draw_plane,
    explode,
    only_polygons,
    orient,
    project,
    unproject,
    unwound,
)
from kursk_geo.ground import Ground, Pieces
from kursk_geo.history import ControlHistory, map_facts, selected_theatre
from kursk_geo.periods import (
    CALENDAR,
    DAY,
    EVERY,
    TEXT,
    Every,
    When,
    check_zone,
    day_edges,
    period_starts,
)
from kursk_geo.reference import oblasts
from kursk_geo.status import Status

MIN_WIDTH_M = 30.0
"""Narrower changes are redrawn edges: maps are drawn to some ten metres. [m]"""

EDGE_STEP_M = 100.0
"""
Edges are drawn out in steps of this length before maps are overlaid. [m]

Areas take an edge for a geodesic, an overlay takes it for a straight line in longitude
and latitude. Where an overlay cuts an edge of length L in two, the area of the parts
differs from that of the whole by up to L³ tan(latitude) / 12 R: 16 m² for 1 km, which
added up to 0.0014 km² between two real maps. Cut steps of 100 m add up to 3e-8 km².
"""

FAR_FROM_FRONT_KM = 15.0
OUTLINE_KM = 3.0
"""Of the bundled outlines and of what maps draw along them."""
EDGE_DEGREES = 1e-4
"""Ground is cut this far beyond what changed, about 10 m."""

BORDER_WIDTH_M = 200.0
"""
Edges nearer to the border than this run along it. [m]

Where DeepState's edges follow the border, they keep within about 100 m of it: the
front of 15 April 2025 is 48 km long at 1 m, 26.9 at 100, 25.5 at 200, 24.9 at 300.
"""


class Overlay:
    """
    The ground of single maps, drawn out and laid over one another.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre.
    min_width_m : float, default 30
        Parts narrower than this everywhere are slivers. [m]

    Raises
    ------
    TheatreError
        If no theatre has been selected.
    OptionError
        If the width is negative.
    """

    def __init__(
        self, history: ControlHistory, *, min_width_m: float = MIN_WIDTH_M
    ) -> None:
        check_number("min_width_m", min_width_m, "a width. Expected metres, 0 up.")
        self.ground = Ground(history)
        self.min_width_m = min_width_m
        # Of this overlay: a cache of the class would keep each that there ever was.
        self.drawn = cache(lambda pieces: self.draw_out(self.ground.union(pieces)))

    def draw_out(self, ground: BaseGeometry) -> BaseGeometry:
        """Put vertices along the geodesics of long edges; the area stays the same."""
        if ground.is_empty:
            return shapely.Polygon()
        plane = shapely.segmentize(project(ground, self._gnomonic), EDGE_STEP_M)
        drawn: BaseGeometry = unproject(plane, self._gnomonic)
        # Longitudes about the middle of the ground, which may go on beyond 180.
        middle = unproject(shapely.Point(0.0, 0.0), self._gnomonic).x
        drawn = shapely.transform(
            drawn, lambda xy: xy - (TURN, 0.0) * np.round((xy - middle) / TURN)
        )
        # Of ground round a pole, which longitudes go round as well, little is left.
        if not 0.5 < drawn.area / ground.area < 2.0:
            return ground
        # Where a vertex touches the middle of a long edge, bowing it may cross them.
        if not shapely.is_valid(drawn):
            drawn = shapely.make_valid(drawn, method="structure")
        return drawn

    @cached_property
    def _gnomonic(self) -> pyproj.CRS:
        """The plane in which geodesics are straight."""
        about = self.ground.own_crs.srs
        return pyproj.CRS.from_proj4(about.replace("+proj=laea", "+proj=gnom"))

    def between(self, before: Pieces, after: Pieces) -> dict[str, BaseGeometry]:
        """Ground that was gained and lost between two sets of polygons."""
        was, becomes = self.drawn(before), self.drawn(after)
        # All change lies within the bounds of the edges that one of them alone draws:
        # a third of the time of overlaying the whole. A cut may be unclean.
        edges = edges_of(was) ^ edges_of(becomes)
        if edges:
            corners = np.frombuffer(b"".join(edges)).reshape(-1, 2)
            west, south = corners.min(axis=0) - EDGE_DEGREES
            east, north = corners.max(axis=0) + EDGE_DEGREES
            cut = shapely.clip_by_rect([was, becomes], west, south, east, north)
            was, becomes = cut if shapely.is_valid(cut).all() else (was, becomes)
        gained, lost = shapely.difference([becomes, was], [was, becomes])
        return {"gained": gained, "lost": lost}

    def figures(self, before: Pieces, after: Pieces) -> tuple[float, float, float]:
        """Gained and lost area, and how much of both are slivers, all in km²."""
        if before == after:
            return 0.0, 0.0, 0.0
        kinds = self.between(before, after)
        _, gained, thin_gain = self.parts(kinds["gained"])
        _, lost, thin_loss = self.parts(kinds["lost"])
        slivers_km2 = gained[thin_gain].sum() + lost[thin_loss].sum()
        return float(gained.sum()), float(lost.sum()), float(slivers_km2)

    def parts(
        self, ground: BaseGeometry
    ) -> tuple[Geometries, NDArray[np.float64], NDArray[np.bool_]]:
        """Connected parts, largest first; their areas; and which are slivers."""
        polygons = explode(as_array([ground]))[0]
        if not len(polygons):
            return polygons, np.zeros(0), np.zeros(0, dtype=bool)
        areas = area_km2(polygons)
        west, south, _, _ = shapely.bounds(polygons).T
        order = np.lexsort((south, west, -areas))
        plane = project(polygons[order], self.ground.crs)
        thin = shapely.is_empty(shapely.buffer(plane, -self.min_width_m / 2))
        return polygons[order], areas[order], thin


def edges_of(ground: BaseGeometry) -> set[bytes]:
    """Edges of some ground, which lies to the left: numpy takes four times as long."""
    rings = shapely.get_rings(orient(explode(as_array([ground]))[0]))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    edges = np.hstack([xy[:-1], xy[1:]])[ring[1:] == ring[:-1]]
    return set(np.ascontiguousarray(edges).view("V32").ravel().tolist())


def change_between(
    history: ControlHistory,
    start: When,
    end: When,
    *,
    tz: str = "UTC",
    to_and_from_contested: bool = False,
    min_width_m: float = MIN_WIDTH_M,
) -> gpd.GeoDataFrame:
    """
    Ground that was gained, lost and kept between two dates.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre.
    start, end : str, date, datetime or Timestamp
        Each means the last map published by then; a date without a time, before that
        day ends. If `end` is the earlier one, what was gained is told as lost.
    tz : str, default "UTC"
        Zone in which days end.
    to_and_from_contested : bool, default False
        Add the lost ground that is contested at the end, and the gained ground that
        was contested at the start.
    min_width_m : float, default 30
        Parts narrower than this everywhere are slivers: an erosion by half of it
        leaves nothing of them. [m]

    Returns
    -------
    GeoDataFrame, shape (n,)
        One row a connected part, largest first, and one for all slivers of a kind, in
        EPSG:4326: ``change`` ("gained", "lost", "kept", "to_contested",
        "from_contested"), ``sliver``, ``area_km2``, ``n_parts`` and ``geometry``.
        Rows of "to_contested" repeat ground of "lost", those of "from_contested"
        ground of "gained". ``attrs`` tell both maps, the source, ``start_km2`` and
        ``end_km2`` (held), the total of each kind (``gained_km2`` ...) and what
        slivers add to it (``gained_sliver_km2`` ...). Empty when nothing was held.

    Raises
    ------
    TheatreError
        If no theatre has been selected.
    DateNotFoundError
        If no map had been published by one of the dates.
    OptionError
        If a date, the zone or the width cannot be used.

    Notes
    -----
    Gained less lost ground is the change of the area that `measure` tells, to
    1e-6 km²: edges are drawn out along their geodesics before maps are overlaid, so
    the geometry has more vertices than the map. Overlaps are counted once. (Polygons
    of one map that touch along long edges with different vertices overlap by a few
    square metres, which `measure` counts twice.)

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.sample_history().select(kg.theatre("kursk"))
    >>> ground = kg.change_between(kursk, "2025-02-28", "2025-03-31")
    >>> net_km2 = ground.attrs["gained_km2"] - ground.attrs["lost_km2"]
    >>> change_km2 = ground.attrs["end_km2"] - ground.attrs["start_km2"]
    >>> abs(net_km2 - change_km2) < 1e-6
    True
    >>> kg.change_between(kursk, "2024-08-01", "2024-08-01").empty
    True
    """
    overlay = Overlay(history, min_width_m=min_width_m)
    first, last = (history.snapshot_at(when, tz=tz) for when in (start, end))
    moments = first["snapshot_utc"], last["snapshot_utc"]
    held = [overlay.ground.shown(moment)[0] for moment in moments]
    kinds = overlay.between(held[0], held[1])
    kinds["kept"] = shapely.intersection(overlay.drawn(held[0]), overlay.drawn(held[1]))
    if to_and_from_contested:
        was, becomes = (
            shapely.difference(overlay.drawn(grey), overlay.drawn(own))
            for own, grey in map(overlay.ground.shown, moments)
        )
        kinds["to_contested"] = shapely.intersection(kinds["lost"], becomes)
        kinds["from_contested"] = shapely.intersection(kinds["gained"], was)
    rows: list[tuple[object, ...]] = []
    for kind, ground in kinds.items():
        parts, areas, thin = overlay.parts(ground)
        wide = zip(areas[~thin], parts[~thin], strict=True)
        rows += [(kind, False, area, 1, part) for area, part in wide]
        if thin.any():
            # That of next to nothing may come out a few square micrometres negative.
            sliver_km2 = max(float(areas[thin].sum()), 0.0)
            slivers = shapely.multipolygons(parts[thin])
            rows.append((kind, True, sliver_km2, int(thin.sum()), slivers))
    types = {"change": TEXT, "sliver": bool, "area_km2": float, "n_parts": int}
    plain = pd.DataFrame(rows, columns=[*types, "geometry"]).astype(types)
    home = unwound(plain.pop("geometry").to_numpy())[0]
    table = gpd.GeoDataFrame(plain, geometry=home, crs=WGS84)
    table.attrs = history.about | map_facts(first, "start_") | map_facts(last, "end_")
    table.attrs["min_width_m"] = min_width_m
    table.attrs["start_km2"] = overlay.ground.area_km2(held[0])
    table.attrs["end_km2"] = overlay.ground.area_km2(held[1])
    for kind in kinds:
        own = table[table["change"] == kind]
        table.attrs[f"{kind}_km2"] = float(own["area_km2"].sum())
        slivers_km2 = own.loc[own["sliver"], "area_km2"].sum()
        table.attrs[f"{kind}_sliver_km2"] = float(slivers_km2)
    return table


def change_over_time(
    history: ControlHistory,
    *,
    every: Every = "week",
    tz: str = "UTC",
    min_width_m: float = MIN_WIDTH_M,
) -> pd.DataFrame:
    """
    Ground gained and lost in each period.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre.
    every : {"week", "day", "month", "year", "change", "map"}, default "week"
        Calendar weeks (from Monday), days, months or years; or one row for each map
        on which held ground changed, or for each map. The first and last period are
        cut to the maps.
    tz : str, default "UTC"
        Zone in which days begin.
    min_width_m : float, default 30
        Parts narrower than this everywhere count as slivers. [m]

    Returns
    -------
    DataFrame, shape (n_periods,)
        Index ``start``: when the period begins, in `tz`. Columns ``end``, ``days``
        (its length), ``gained_km2``, ``lost_km2``, ``net_km2`` (gained less lost),
        ``gross_km2`` (gained and lost), ``sliver_km2`` (the part of the gross that
        lies in slivers) and ``rate_km2_per_day`` (net over days). Empty for fewer
        than two maps.

    Raises
    ------
    TheatreError
        If no theatre has been selected.
    OptionError
        If an option is outside its allowed values.

    Notes
    -----
    A period compares the map that stood when it began with the one that stood when it
    ended: ground lost and won back in between does not show. Nets add up to the change
    from the first map to the last.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.sample_history().select(kg.theatre("kursk"))
    >>> table = kg.change_over_time(kursk, every="month")
    >>> area = kg.measure(kursk).area_km2
    >>> bool(abs(table.net_km2.sum() - (area.iloc[-1] - area.iloc[0])) < 1e-6)
    True
    >>> kg.change_over_time(kursk.between("2020-01-01", "2020-01-02")).empty
    True
    """
    overlay = Overlay(history, min_width_m=min_width_m)
    check_word("every", every, EVERY)
    check_zone(tz)
    published = history.snapshots["snapshot_utc"]
    # The edges of the periods, and the maps that stood at them.
    maps = published if len(published) > 1 else published.iloc[:0]
    if every == "change":
        shown = [(), *(overlay.ground.shown(moment)[0] for moment in maps)]
        new = [at == 0 or was != now for at, (was, now) in enumerate(pairwise(shown))]
        maps = maps[new]
    edges = pd.DatetimeIndex(maps)
    if len(maps) and every in CALENDAR:
        days = day_edges(period_starts(maps, every, tz=tz), tz=tz)
        days = days[days < edges[-1]]
        # A map published at midnight belongs to the day that begins then.
        maps = maps.iloc[[0, *(maps.searchsorted(days) - 1), len(maps) - 1]]
        edges = pd.DatetimeIndex([edges[0], *days, edges[-1]])
    edges = edges.tz_convert(tz)
    held = [overlay.ground.shown(moment)[0] for moment in maps]
    figures = [overlay.figures(*pair) for pair in pairwise(held)]
    columns = ["gained_km2", "lost_km2", "sliver_km2"]
    table = pd.DataFrame(figures, columns=columns, dtype=float)
    table.index = edges[:-1].rename("start")
    table.insert(0, "end", edges[1:])
    table.insert(1, "days", (edges[1:] - edges[:-1]) / DAY)
    table.insert(4, "net_km2", table["gained_km2"] - table["lost_km2"])
    table.insert(5, "gross_km2", table["gained_km2"] + table["lost_km2"])
    table["rate_km2_per_day"] = table["net_km2"] / table["days"]
    table.attrs = {
        **history.about,
        "every": every,
        "tz": tz,
        "min_width_m": min_width_m,
    }
    return table


def transitions(
    history: ControlHistory, start: When, end: When, *, tz: str = "UTC"
) -> pd.DataFrame:
    """
    Ground that passed from each status to each other between two dates.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre.
    start, end : str, date, datetime or Timestamp
        Each means the last map published by then.
    tz : str, default "UTC"
        Zone in which days end.

    Returns
    -------
    DataFrame, shape (n_statuses + 1, n_statuses + 1)
        Rows tell the status at the start, columns that at the end: the held and the
        contested statuses of the theatre, and "none" for ground that the map leaves
        blank. [km²] From "none" to "none" is nan: it has no bound.

    Raises
    ------
    TheatreError
        If no theatre has been selected.
    DateNotFoundError
        If no map had been published by one of the dates.
    OptionError
        If a date or the zone cannot be read.

    Notes
    -----
    Each piece of ground counts once. Where statuses overlap on one map, held goes
    before contested, and within each the order of `Status` decides. Rows add up to
    the area of a status at the start, columns to that at the end.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.sample_history().select(kg.theatre("kursk"))
    >>> passed = kg.transitions(kursk, "2024-08-01", "2025-04-15")
    >>> float(passed.loc["held_in_russia"].sum())
    0.0
    >>> float(passed["held_in_russia"].sum().round(1))
    42.0
    """
    overlay = Overlay(history, min_width_m=0.0)
    theatre = overlay.ground.theatre
    contested = theatre.contested - theatre.held
    order = [s for group in (theatre.held, contested) for s in Status if s in group]
    first, last = (history.snapshot_at(when, tz=tz) for when in (start, end))
    # Ground of each status, what lies under two to the first.
    both: list[Geometries] = []
    for row in (first, last):
        state = history.at(row["snapshot_utc"])
        shown = (state.geometry[state["status"] == status] for status in order)
        drawn = [overlay.draw_out(shapely.union_all(shapes)) for shapes in shown]
        under = [shapely.union_all(drawn[:above]) for above in range(len(drawn))]
        both.append(as_array(map(shapely.difference, drawn, under)))
    was, becomes = both
    passed_km2 = np.full((len(order) + 1,) * 2, np.nan)
    for number, ground in enumerate(was):
        passed_km2[number, :-1] = area_km2(shapely.intersection(ground, becomes))
    come = shapely.difference(becomes, shapely.union_all(was))
    gone = shapely.difference(was, shapely.union_all(becomes))
    passed_km2[-1, :-1], passed_km2[:-1, -1] = area_km2(come), area_km2(gone)
    names = [*(status.value for status in order), "none"]
    matrix = pd.DataFrame(
        passed_km2, pd.Index(names, name="start"), pd.Index(names, name="end")
    )
    matrix.attrs = history.about | map_facts(first, "start_") | map_facts(last, "end_")
    return matrix


def turnover(
    ground: Ground, since: pd.Timestamp, at: pd.Timestamp
) -> tuple[float, float, float]:
    """
    Ground gained and lost between two maps, in km², and the share of it redrawn.

    A change far from the front and on the outline of the country is a coast or a border
    drawn anew, not ground that changed hands. Where depth is measured from the border,
    that is the front.
    """
    before, now = (
        shapely.make_valid(project(ground.union(ground.shown(m)[0]), ground.crs))
        for m in (since, at)
    )
    gained, lost = (
        explode(only_polygons(as_array([one.difference(other)])))[0]
        for one, other in ((now, before), (before, now))
    )
    gained_km2, lost_km2 = (
        float(shapely.area(some).sum() / 1e6) for some in (gained, lost)
    )
    if ground.theatre.border is not None or not gained_km2 + lost_km2:
        return gained_km2, lost_km2, 0.0
    inland, parts = _inland(ground.crs), np.concatenate([gained, lost])
    front = shapely.intersection(shapely.boundary(before), inland)
    away = shapely.distance(parts, front) > FAR_FROM_FRONT_KM * 1e3
    redrawn = parts[away & ~shapely.within(parts, inland)]
    redrawn_km2 = float(shapely.area(redrawn).sum() / 1e6)
    return gained_km2, lost_km2, redrawn_km2 / (gained_km2 + lost_km2)


@cache
def _inland(plane: pyproj.CRS) -> BaseGeometry:
    """Land away from coasts and borders, in the plane."""
    regions = shapely.make_valid(project(oblasts().geometry.to_numpy(), plane))
    land = shapely.union_all(regions).simplify(500.0)
    return land.buffer(-OUTLINE_KM * 1e3, quad_segs=2)


# The line between held and other ground


def front_line(
    history: ControlHistory,
    *,
    at: When,
    tz: str = "UTC",
    border_width_m: float = BORDER_WIDTH_M,
    min_move_m: float = MIN_WIDTH_M,
) -> gpd.GeoDataFrame:
    """
    The edge between held ground and the rest, without the border.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre.
    at : str, date, datetime or Timestamp
        A date without a time means the last map published before that day ends.
    tz : str, default "UTC"
        Zone in which the day ends.
    border_width_m : float, default 200
        Edges within this distance of the border, of the edge of the region, or of
        180 degrees where ground is cut in two, are not front. [m]
    min_move_m : float, default 30
        Front farther than this from the front before has moved. [m]

    Returns
    -------
    GeoDataFrame, shape (n,)
        One row a connected line, longest first, in EPSG:4326: ``moved``,
        ``length_km`` and ``geometry``. ``attrs`` tell the snapshot and the source,
        the totals ``length_km`` and ``moved_km``, and ``before_utc``: the last map on
        which held ground was another. If there is none, nothing has moved:
        ``before_utc`` is None and ``moved_km`` nan. Empty when nothing is held.

    Raises
    ------
    TheatreError
        If no theatre has been selected.
    DateNotFoundError
        If no map had been published by then.
    OptionError
        If the date, the zone or a distance cannot be used.

    Notes
    -----
    Edges towards contested ground are front; edges between two held shapes are not.
    Without a border in the theatre, only the edge of the region is left out. Front
    that vanished, because ground was lost down to the border, does not count as moved.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.sample_history().select(kg.theatre("kursk"))
    >>> front = kg.front_line(kursk, at="2025-04-15")
    >>> bool(front.length_km[front.moved].sum() == front.attrs["moved_km"])
    True
    >>> kg.front_line(kursk, at="2024-08-01").empty
    True
    """
    told = "a distance. Expected metres, 0 or more."
    check_number("border_width_m", border_width_m, told)
    check_number("min_move_m", min_move_m, told)
    ground = Ground(history)
    state = history.at(at, tz=tz)
    moment = pd.Timestamp(state.attrs["snapshot_utc"])
    held, _ = ground.shown(moment)
    published = history.snapshots["snapshot_utc"]
    earlier = published[published < moment][::-1]
    before_at = next((one for one in earlier if ground.shown(one)[0] != held), None)
    # Ground near what is no front.
    box = shapely.GeometryCollection(list(ground.polygons)).envelope
    close = draw_plane(box, ground.crs).buffer(2 * border_width_m + 1.0).envelope
    drawn = draw_plane(as_array(fixed_parts(history)), ground.crs)
    kept = shapely.union_all(shapely.intersection(drawn, close))
    along = shapely.buffer(kept, border_width_m)
    still = _front(ground, held, along)
    near = close  # where there is no map before, nothing has moved
    if before_at is not None:
        before = _front(ground, ground.shown(before_at)[0], along)
        near = shapely.buffer(before, min_move_m)
    moved, still = shapely.difference(still, near), shapely.intersection(still, near)
    lines = shapely.line_merge([still, moved])
    parts = gpd.GeoSeries(lines, index=[False, True]).explode()
    parts = parts[parts.length > 0.0]
    shapes = unproject(parts.to_numpy(), ground.crs)
    lengths = [GEOD.geometry_length(shape) / 1e3 for shape in shapes]
    table = gpd.GeoDataFrame(
        {"moved": parts.index.astype(bool), "length_km": np.array(lengths, float)},
        geometry=shapes,
        crs=WGS84,
    ).sort_values("length_km", ascending=False, ignore_index=True)
    moved_km = float(table.loc[table["moved"], "length_km"].sum())
    table.attrs = state.attrs | {
        "border_width_m": border_width_m,
        "min_move_m": min_move_m,
        "before_utc": None if before_at is None else before_at.isoformat(),
        "length_km": float(table["length_km"].sum()),
        "moved_km": float("nan") if before_at is None else moved_km,
    }
    return table


def fixed_parts(history: ControlHistory) -> list[BaseGeometry]:
    """What no drawing of a front decides: the border, and where ground was cut."""
    theatre = selected_theatre(history)
    parts = [] if theatre.border is None else [theatre.border]
    if theatre.region is not None and history.clipped:
        parts.append(theatre.region.boundary)
    west, south, east, north = history.shapes.total_bounds
    if (west, east) == (-HALF_TURN, HALF_TURN):  # where it goes on
        parts.append(shapely.LineString([(east, south), (east, north)]))
    return parts


def _front(ground: Ground, pieces: Pieces, along: BaseGeometry) -> BaseGeometry:
    """Edge of the union of some polygons that is not the border. [m]."""
    if not pieces:
        return shapely.LineString()
    edge = draw_plane(shapely.boundary(ground.union(pieces)), ground.crs)
    return shapely.difference(edge, along)
