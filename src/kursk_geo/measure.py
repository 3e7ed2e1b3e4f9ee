"""The table of figures: area, contested area, sections and depth of every map."""

from typing import Literal

import pandas as pd

from kursk_geo.area import AREA_METHODS, AreaMethod
from kursk_geo.errors import DateNotFoundError, OptionError
from kursk_geo.ground import Ground
from kursk_geo.history import ControlHistory
from kursk_geo.periods import When, instant
from kursk_geo.sections import MIN_AREA_KM2, count_sections

__all__ = ["area_change", "measure", "relative_change", "step_value"]

Every = Literal["snapshot", "day", "change"]
EVERY: tuple[Every, ...] = ("snapshot", "day", "change")


def measure(
    history: ControlHistory,
    *,
    every: Every = "snapshot",
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
    every : {"snapshot", "day", "change"}, default "snapshot"
        One row a published map, one a calendar day (the last map before it ends), or
        one a map on which the theatre changed.
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
        Index ``snapshot_utc``: when the map was published. Columns ``date`` (only for
        ``every="day"``), ``area_km2`` (held), ``contested_km2`` (contested and not
        held), ``sections``, ``depth_km`` (of held ground; 0 where nothing is held,
        nan without a border), ``depth_with_contested_km``, ``staleness_days`` (age of
        the map at the row's instant or day's end) and ``snapshot_id``. ``attrs`` tell
        source, theatre and definitions.

    Raises
    ------
    TheatreError
        If no theatre has been selected.
    OptionError
        If an option is outside its allowed values.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.read_history("sample_data/deepstate").select(kg.theatre("kursk"))
    >>> table = kg.measure(kursk)
    >>> bool((table.loc["2025-04-15"].sections == 3).all())
    True
    >>> kg.measure(kursk.between("2020-01-01", "2020-01-02")).empty
    True
    """
    _check(every, area_method)
    instant("2000-01-01", tz=tz)  # an unknown zone is refused before any work
    ground = Ground(history, gap_km=gap_km)
    rows = _rows(history, every, tz)
    moments = rows["snapshot_utc"].drop_duplicates()
    states = pd.DataFrame(
        [_state(ground, moment, area_method, min_area_km2) for moment in moments],
        columns=FIGURES,
        index=pd.DatetimeIndex(moments, name="snapshot_utc"),
    ).astype({name: int if name == "sections" else float for name in FIGURES})
    table = rows.join(states, on="snapshot_utc").set_index("snapshot_utc")
    lead = ["date"] if every == "day" else []
    table = table[[*lead, *FIGURES, "staleness_days", "snapshot_id"]]
    table.attrs = {
        "source": history.source,
        "attribution": history.attribution,
        "theatre": ground.theatre.name,
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


FIGURES = [
    "area_km2",
    "contested_km2",
    "sections",
    "depth_km",
    "depth_with_contested_km",
]


def _state(
    ground: Ground, moment: pd.Timestamp, method: AreaMethod, min_area_km2: float
) -> tuple[float, float, int, float, float]:
    """Figures of one map; each group of polygons is measured once for all maps."""
    held, contested = ground.shown(moment)
    if method == "spherical":
        areas_km2 = [ground.web_map_km2(group) for group in ground.features(moment)]
    else:
        areas_km2 = [ground.area_km2(held), ground.area_km2(contested, without=held)]
    depth, with_contested = ground.depth(held), ground.depth(held + contested)
    return (
        areas_km2[0],
        areas_km2[1],
        count_sections(ground, held, min_area_km2=min_area_km2),
        float("nan") if depth is None else depth.depth_km,
        float("nan") if with_contested is None else with_contested.depth_km,
    )


def _rows(history: ControlHistory, every: Every, tz: str) -> pd.DataFrame:
    """Which map each row is about, and how old it was."""
    snapshots = history.snapshots
    published = snapshots["snapshot_utc"]
    if every == "day":
        local = published.dt.tz_convert(tz).dt.tz_localize(None).dt.normalize()
        days = pd.DatetimeIndex([])
        if len(local):
            days = pd.date_range(local.min(), local.max())
        found = [history.snapshot_at(day.date(), tz=tz) for day in days]
        rows = pd.DataFrame(found, columns=[*snapshots.columns, "staleness_days"])
        rows["date"] = days.to_numpy()
        return rows.astype({"snapshot_utc": published.dtype}).reset_index(drop=True)
    if every == "change":
        snapshots = snapshots[published.isin(history.states()["valid_from"])]
    return snapshots.assign(staleness_days=0.0).reset_index(drop=True)


def _check(every: str, area_method: str) -> None:
    if every not in EVERY:
        msg = f"every={every!r} is not known. Expected one of: {', '.join(EVERY)}."
        raise OptionError(msg)
    if area_method not in AREA_METHODS:
        known = ", ".join(AREA_METHODS)
        msg = f"area_method={area_method!r} is not known. Expected one of: {known}."
        raise OptionError(msg)


def step_value(values: pd.Series, when: When, *, tz: str = "UTC") -> float:
    """
    The value that stood at a date: a step, never a line between maps.

    Parameters
    ----------
    values : Series, shape (n_snapshots,)
        By snapshot instant, sorted.
    when : str, date, datetime or Timestamp
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
    >>> step_value(pd.Series([10.0, 8.0], index=days), "2025-01-02")
    10.0
    """
    moment, inclusive = instant(when, tz=tz)
    position = values.index.searchsorted(moment, side="right" if inclusive else "left")
    if position == 0:
        span = f"begin on {values.index[0]:%Y-%m-%d}" if len(values) else "are empty"
        msg = (
            f"No map had been published by {when} ({tz}): the figures {span}. Ask for "
            "a later date, or read earlier maps."
        )
        raise DateNotFoundError(msg)
    return float(values.iloc[position - 1])


def area_change(
    area_km2: pd.Series, baseline: When, end: When, *, tz: str = "UTC"
) -> float:
    """
    Change of an area between two dates.

    Parameters
    ----------
    area_km2 : Series, shape (n_snapshots,)
        Area by snapshot instant, sorted. [km²]
    baseline, end : str, date, datetime or Timestamp
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
    return step_value(area_km2, end, tz=tz) - step_value(area_km2, baseline, tz=tz)


def relative_change(
    area_km2: pd.Series, baseline: When, end: When, *, tz: str = "UTC"
) -> float:
    """
    Change of an area between two dates, as a share of the first.

    Parameters
    ----------
    area_km2 : Series, shape (n_snapshots,)
        Area by snapshot instant, sorted. [km²]
    baseline, end : str, date, datetime or Timestamp
        Each means the last map published by then.
    tz : str, default "UTC"
        Zone in which a date without a time ends.

    Returns
    -------
    float
        ``-0.19`` means that the area shrank by 19 %. nan if nothing was held at the
        baseline: a share of nothing says nothing.

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
    before = step_value(area_km2, baseline, tz=tz)
    after = step_value(area_km2, end, tz=tz)
    return after / before - 1.0 if before else float("nan")
