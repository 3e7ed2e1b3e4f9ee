"""The table of figures: area, contested area, sections and depth of every map."""

from math import fsum

import numpy as np
import pandas as pd
import shapely

from kursk_geo.area import AREA_METHODS, AreaMethod
from kursk_geo.errors import (
    ABOVE_0,
    DateNotFoundError,
    OptionError,
    TheatreError,
    check_number,
    check_word,
    mistaken,
)
from kursk_geo.geometry import draw_plane
from kursk_geo.ground import Ground
from kursk_geo.history import ControlHistory
from kursk_geo.periods import (
    CALENDAR,
    DAY,
    EVERY,
    MICROSECOND,
    Every,
    When,
    check_zone,
    day_edges,
    instant,
    period_starts,
)
from kursk_geo.sections import AN_AREA, MIN_AREA_KM2


def measure(
    history: ControlHistory,
    *,
    every: Every = "map",
    tz: str = "UTC",
    area_method: AreaMethod = "geodesic",
    gap_km: float = 0.0,
    min_area_km2: float = MIN_AREA_KM2,
) -> pd.DataFrame:
    """
    Measure a theatre on every map.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre.
    every : {"map", "change", "day", "week", "month", "year"}, default "map"
        One row a published map, one a map on which the theatre changed, or one a
        calendar period (the last map before it ends; weeks end on Sunday).
    tz : str, default "UTC"
        Zone in which days end.
    area_method : {"geodesic", "spherical"}, default "geodesic"
        "spherical" sums polygons each by itself, as web maps do: overlaps count twice.
    gap_km : float, default 0
        Pieces of held ground closer than this count as one section. [km]
    min_area_km2 : float, default 0.05
        Smaller pieces are no sections; they do count in the area. [km²]

    Returns
    -------
    DataFrame, shape (n,)
        Index ``snapshot_utc``: when the map was published; of calendar periods
        ``date``, their last day, with ``snapshot_utc`` as the first column. Columns
        ``area_km2`` (held), ``contested_km2`` (contested and not held), ``sections``,
        ``depth_km`` (of held ground; nan where nothing is held, and without a border),
        ``depth_with_contested_km``, ``depth_censored`` (the depth is reached where the
        region ends, so that it is that "or more"), ``outlier`` (the map holds ten
        times, or a tenth, of what the maps before and after hold, see
        `ControlHistory.outliers`), ``staleness_days`` (age of the map at the row's
        instant or day's end) and ``snapshot_id``. ``attrs`` tell source, theatre and
        definitions.

    Raises
    ------
    TheatreError
        If no theatre has been selected.
    OptionError
        If an option is outside its allowed values.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.sample_history().select(kg.theatre("kursk"))
    >>> table = kg.measure(kursk)
    >>> bool((table.loc["2025-04-15"].sections == 3).all())
    True
    >>> kg.measure(kursk.between("2020-01-01", "2020-01-02")).empty
    True
    """
    check_word("every", every, EVERY)
    check_word("area_method", area_method, AREA_METHODS)
    check_number("min_area_km2", min_area_km2, AN_AREA)
    check_zone(tz)  # before any work
    ground = Ground(history, gap_km=gap_km)
    # Which map each row is about, and how old it was.
    rows = history.snapshots.assign(staleness_days=0.0)
    published, begun = rows["snapshot_utc"], history.states()["valid_from"]
    if every == "change":
        rows = rows[published.isin(begun)]
    elif every in CALENDAR and published.empty:
        rows["date"] = pd.DatetimeIndex([])
    elif every in CALENDAR:
        closing = published.iloc[-1].tz_convert(tz).tz_localize(None).normalize()
        days = pd.DatetimeIndex(
            [*(period_starts(published, every, tz=tz) - DAY), closing]
        )
        ended = day_edges(days + DAY, tz=tz)
        rows = rows.iloc[published.searchsorted(ended) - 1]
        age = ended - pd.DatetimeIndex(rows["snapshot_utc"])
        rows = rows.assign(staleness_days=age / DAY, date=days)
    # A state is measured once, however many maps show it.
    state = begun.searchsorted(rows["snapshot_utc"], side="right") - 1
    asked = np.unique(state)
    shown = [ground.shown(moment) for moment in begun[asked]]
    # All at once they take half of what they take map by map.
    ground.own_km2(set().union(*(held + contested for held, contested in shown)))
    figures = []
    for moment, (held, contested) in zip(begun[asked], shown, strict=True):
        ground.link({*held, *contested})
        if area_method == "spherical":
            features = ground.features(moment)
            areas_km2 = [fsum(ground.web_map_km2[one]) for one in features]
        else:
            grey_km2 = ground.area_km2(contested, without=held)
            areas_km2 = [ground.area_km2(held), grey_km2]
        pieces = map(ground.area_km2, ground.components(held))
        n_sections = sum(piece_km2 >= min_area_km2 for piece_km2 in pieces)
        figures.append((*areas_km2, n_sections))
    grounds = [held for held, _ in shown]
    depths = ground.depths(grounds + [held + grey for held, grey in shown])
    depths, deepest = depths[: len(shown)], depths[len(shown) :]
    measured = pd.DataFrame(figures, columns=list(FIGURES)[:3], index=asked)
    measured["depth_km"] = [one.depth_km for one in depths]
    measured["depth_with_contested_km"] = [one.depth_km for one in deepest]
    measured["depth_censored"] = [ground.is_censored(one) for one in depths]
    measured["outlier"] = begun[asked].isin(history.outliers()["snapshot_utc"])
    measured = measured.astype(FIGURES)
    index = "date" if every in CALENDAR else "snapshot_utc"
    columns = ["snapshot_utc", *measured, "staleness_days", "snapshot_id"]
    table = rows.assign(state=state).join(measured, on="state").set_index(index)
    table = table[[name for name in columns if name != index]]
    table.attrs = {
        **history.about,
        "held": sorted(map(str, ground.theatre.held)),
        "contested": sorted(map(str, ground.theatre.contested)),
        "area_method": area_method,
        "clipped": history.clipped,
        "gap_km": gap_km,
        "min_area_km2": min_area_km2,
        "tz": tz,
        "every": every,
    }
    return table


FIGURES: dict[str, type] = {
    "area_km2": float,
    "contested_km2": float,
    "sections": int,
    "depth_km": float,
    "depth_with_contested_km": float,
    "depth_censored": bool,
    "outlier": bool,
}


GRID_M = 100.0
"""Distance of the points by which ground is measured. [m]"""

MOST_POINTS = 10_000_000
"""Most points of a grid over the bounds of its polygons: about 1 GB."""


def depth_shares(
    history: ControlHistory,
    *,
    at: When | None = None,
    tz: str = "UTC",
    step_km: float = 1.0,
) -> pd.DataFrame:
    """
    How much of the held ground lies how deep.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre with a border.
    at : str, date, datetime or Timestamp, optional
        A date without a time means the last map published before that day ends. By
        default the last map.
    tz : str, default "UTC"
        Zone in which the day ends.
    step_km : float, default 1
        From one row to the next. [km]

    Returns
    -------
    DataFrame, shape (n,)
        ``deeper_than_km`` (0, one step, two steps ... up to the depth), ``share`` of
        the held ground that lies deeper, and its ``area_km2``. ``attrs`` tell the
        snapshot, the source, ``area_km2`` (held), ``median_km`` and ``p95_km``: half,
        and 95 %, of the ground lies no deeper. Empty where nothing is held: the
        median is then nan.

    Raises
    ------
    TheatreError
        If no theatre has been selected, or it has no border.
    DateNotFoundError
        If no map had been published by then.
    OptionError
        If the date, the zone or the step cannot be used.

    Notes
    -----
    Ground is measured at the points of a square grid of 100 m in an equal-area plane,
    each by its distance from the border as in `depth_km`.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.sample_history().select("kursk")
    >>> table = kg.depth_shares(kursk, at="2025-04-15")
    >>> float(table.share[0]), table.attrs["median_km"] < table.attrs["p95_km"]
    (1.0, True)
    >>> kg.depth_shares(kursk, at="2024-08-01").empty
    True
    """
    told = "a distance. Expected kilometres above 0."
    check_number("step_km", step_km, told, least=ABOVE_0)
    ground = Ground(history)
    border = ground.border
    if border is None:
        msg = (
            f"Theatre {ground.theatre.name!r} has no border to measure from. Expected "
            "one: kursk_geo.theatre(..., border=kursk_geo.border())."
        )
        raise TheatreError(msg)
    state = history.at(at, tz=tz)
    held, _ = ground.shown(pd.Timestamp(state.attrs["snapshot_utc"]))
    # Points of a square grid that lie inside, each once.
    plane = draw_plane(ground.polygons[list(held)], border.crs)
    bounds = np.asarray(shapely.bounds(plane)).reshape(-1, 4)
    count = ((bounds[:, 2:] - bounds[:, :2]) / GRID_M).prod(axis=1).sum()
    if count > MOST_POINTS:
        msg = (
            f"This ground takes {count:,.0f} points of a grid. Expected at most "
            f"{MOST_POINTS:,}: select a smaller theatre."
        )
        raise OptionError(msg)
    inside = [np.empty((0, 2))]
    # Polygon by polygon: between sections that lie far apart most points are outside.
    for polygon, (west, south, east, north) in zip(plane, bounds, strict=True):
        x = np.arange(np.ceil(west / GRID_M), east / GRID_M) * GRID_M
        y = np.arange(np.ceil(south / GRID_M), north / GRID_M) * GRID_M
        grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        shapely.prepare(polygon)
        inside.append(grid[shapely.contains_xy(polygon, grid)])
    points = np.asarray(shapely.points(np.unique(np.concatenate(inside), axis=0)))
    away_km = np.sort(shapely.distance(points, border.nearest(points))) / 1e3
    steps = np.arange(0.0, away_km.max(initial=-1.0), step_km)
    share = 1.0 - np.searchsorted(away_km, steps, side="right") / max(len(points), 1)
    area_km2 = ground.area_km2(held)
    table = pd.DataFrame(
        {"deeper_than_km": steps, "share": share, "area_km2": share * area_km2}
    )
    median_km, p95_km = (
        np.quantile(away_km, [0.5, 0.95]) if len(away_km) else (np.nan, np.nan)
    )
    table.attrs = state.attrs | {
        "area_km2": area_km2,
        "median_km": float(median_km),
        "p95_km": float(p95_km),
        "step_km": step_km,
    }
    return table


def step_value(values: pd.Series, *, at: When, tz: str = "UTC") -> float:
    """
    The value that stood at a date: a step, never a line between maps.

    Parameters
    ----------
    values : Series, shape (n_snapshots,)
        By snapshot instant, sorted; or by day, as `measure` has them for calendar
        periods: the value of a day is that at its end.
    at : str, date, datetime or Timestamp
        A date without a time means the last map published before that day ends.
    tz : str, default "UTC"
        Zone in which the day ends.

    Returns
    -------
    float
        In the unit of `values`.

    Raises
    ------
    DateNotFoundError
        If no map had been published by then.
    OptionError
        If the date or the zone cannot be read.

    Examples
    --------
    >>> days = pd.to_datetime(["2025-01-01T12:00Z", "2025-01-03T12:00Z"])
    >>> step_value(pd.Series([10.0, 8.0], index=days), at="2025-01-02")
    10.0
    """
    given: object = values
    if not isinstance(given, pd.Series):
        expected = "one such as kg.measure(history).area_km2, of "
        expected += "history = kg.read_history({path}).select('kursk')"
        raise OptionError(mistaken(given, "a column of figures", expected))
    moment = instant(at, tz=tz)
    index = pd.DatetimeIndex(values.index)
    if index.tz is None:
        index = day_edges(index + DAY, tz=tz) - MICROSECOND
    position = index.searchsorted(moment, side="right")
    if position == 0:
        span = f"begin on {values.index[0]:%Y-%m-%d}" if len(values) else "are empty"
        msg = (
            f"No map had been published by {at} ({tz}): the figures {span}. Ask for "
            "a later date, or read earlier maps."
        )
        raise DateNotFoundError(msg)
    return float(values.iloc[position - 1])


def area_change(
    area_km2: pd.Series, start: When, end: When, *, tz: str = "UTC"
) -> float:
    """
    Change of an area between two dates.

    Parameters
    ----------
    area_km2 : Series, shape (n_snapshots,)
        Area by snapshot instant, sorted. [km²]
    start, end : str, date, datetime or Timestamp
        Each means the last map published by then.
    tz : str, default "UTC"
        Zone in which a date without a time ends.

    Returns
    -------
    float
        Negative where ground was lost. [km²]

    Raises
    ------
    DateNotFoundError
        If no map had been published by one of the dates.
    OptionError
        If a date or the zone cannot be read.

    Examples
    --------
    >>> days = pd.to_datetime(["2025-01-01T12:00Z", "2025-01-03T12:00Z"])
    >>> area_change(pd.Series([10.0, 8.0], index=days), "2025-01-01", "2025-01-03")
    -2.0
    """
    return step_value(area_km2, at=end, tz=tz) - step_value(area_km2, at=start, tz=tz)


def relative_change(
    area_km2: pd.Series, start: When, end: When, *, tz: str = "UTC"
) -> float:
    """
    Change of an area between two dates, as a share of the first.

    Parameters
    ----------
    area_km2 : Series, shape (n_snapshots,)
        Area by snapshot instant, sorted. [km²]
    start, end : str, date, datetime or Timestamp
        Each means the last map published by then.
    tz : str, default "UTC"
        Zone in which a date without a time ends.

    Returns
    -------
    float
        ``-0.19`` means that the area shrank by 19 %. nan if nothing was held at the
        start: a share of nothing says nothing.

    Raises
    ------
    DateNotFoundError
        If no map had been published by one of the dates.
    OptionError
        If a date or the zone cannot be read.

    Examples
    --------
    >>> days = pd.to_datetime(["2025-01-01T12:00Z", "2025-01-03T12:00Z"])
    >>> area = pd.Series([10.0, 8.0], index=days)
    >>> round(relative_change(area, "2025-01-01", "2025-01-03"), 3)
    -0.2
    """
    before = step_value(area_km2, at=start, tz=tz)
    after = step_value(area_km2, at=end, tz=tz)
    return after / before - 1.0 if before else float("nan")
