"""A history: a table of shapes, each with the period during which a map showed it."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar
from warnings import warn

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kursk_geo._text import facts_html, facts_text, utc_minute
from kursk_geo.errors import (
    DateNotFoundError,
    OptionError,
    SourceError,
    SourceWarning,
    TheatreError,
    mistaken,
)
from kursk_geo.geometry import GEOD, WGS84, geometry_ids, orient
from kursk_geo.geometry import clip as cut_to
from kursk_geo.periods import (
    DAY,
    TEXT,
    UTC,
    When,
    change_points,
    instant,
    merge_periods,
    restrict_periods,
    span,
)
from kursk_geo.status import Status, read_statuses
from kursk_geo.theatre import Theatre
from kursk_geo.theatre import theatre as named_theatre

COPY_ON_WRITE = int(pd.__version__.partition(".")[0]) >= 3
SNAPSHOTS = {
    "snapshot_utc": UTC,
    "source": TEXT,
    "snapshot_id": TEXT,
    "origin": TEXT,
    "sha256": TEXT,
    "n_features": "int64",
    "n_rejected": "int64",
}
SHAPES = {
    "status": TEXT,
    "label": TEXT,
    "valid_from": UTC,
    "valid_to": UTC,
    "shape_id": TEXT,
    "repair_km2": "float64",
}
REJECTED = {
    "snapshot_utc": UTC,
    "origin": TEXT,
    "feature": "Int64",
    "reason": TEXT,
}
"""Columns of the three tables, with their types."""

TABLES = frozenset({"snapshots", "shapes", "rejected"})
Table = TypeVar("Table", bound=pd.DataFrame)
Floats: TypeAlias = NDArray[np.float64]


def _copied(table: Table) -> Table:
    """A table whose changes stay its own; pandas 3 copies columns when written to."""
    return table.copy(deep=not COPY_ON_WRITE)


def typed_table(table: pd.DataFrame, columns: dict[str, Any]) -> pd.DataFrame:
    """Columns in order and type."""
    typed = {}
    for name, kind in columns.items():
        values = (
            table[name] if name in table else pd.Series(np.nan, table.index, object)
        )
        # A column of nothing but NaT has no zone yet, and astype would not give it one.
        values = pd.to_datetime(values, utc=True) if kind is UTC else values
        typed[name] = values.astype(kind)
    return pd.DataFrame(typed).reset_index(drop=True)


def snapshots_table(table: pd.DataFrame) -> pd.DataFrame:
    """
    Snapshots with their columns in order and type.

    Parameters
    ----------
    table : DataFrame, shape (n,)
        With some of the columns, or none.

    Returns
    -------
    DataFrame, shape (n,)
        Sorted by instant.

    Raises
    ------
    ValueError
        If a column cannot take its type.

    Examples
    --------
    >>> len(snapshots_table(pd.DataFrame()))
    0
    """
    return typed_table(table, SNAPSHOTS).sort_values("snapshot_utc", ignore_index=True)


def rejected_table(table: pd.DataFrame) -> pd.DataFrame:
    """
    Rejected rows with their columns in order and type.

    Parameters
    ----------
    table : DataFrame, shape (n,)
        With some of the columns, or none.

    Returns
    -------
    DataFrame, shape (n,)
        Sorted by instant, file and place.

    Raises
    ------
    ValueError
        If a column cannot take its type.

    Examples
    --------
    >>> len(rejected_table(pd.DataFrame()))
    0
    """
    order = ["snapshot_utc", "origin", "feature"]
    return typed_table(table, REJECTED).sort_values(order, ignore_index=True)


def shapes_table(table: pd.DataFrame) -> gpd.GeoDataFrame:
    """
    Shapes with their columns in order and type.

    Parameters
    ----------
    table : DataFrame, shape (n,)
        With some of the columns, or none.

    Returns
    -------
    GeoDataFrame, shape (n,)
        In the order given.

    Raises
    ------
    ValueError
        If a column cannot take its type.

    Examples
    --------
    >>> len(shapes_table(pd.DataFrame()))
    0
    """
    columns = typed_table(table, SHAPES)
    geometry = table["geometry"] if "geometry" in table else pd.Series(dtype=object)
    return gpd.GeoDataFrame(columns, geometry=geometry.to_numpy(), crs=WGS84)


def require_history(given: object) -> None:
    """
    Refuse what is no history, such as the path of one.

    Raises
    ------
    OptionError
        If it is none.
    """
    if not isinstance(given, ControlHistory):
        expected = "maps as read: history = kg.read_history({path})"
        raise OptionError(mistaken(given, "a history of maps", expected))


def require_table(
    given: object, maker: str, *, columns: Iterable[str] = (), attrs: Iterable[str] = ()
) -> None:
    """
    Refuse what is no table, or not the one that a function makes.

    Raises
    ------
    OptionError
        If it is none, or lacks a column or an attribute.
    """
    if not isinstance(given, pd.DataFrame):
        expected = f"what kg.{maker} gives, of history = kg.read_history({{path}})"
        raise OptionError(mistaken(given, "a table", expected))
    missing = [name for name in columns if name not in given.columns]
    missing += [f"attrs[{name!r}]" for name in attrs if name not in given.attrs]
    if missing:
        msg = (
            f"The table lacks {', '.join(missing)}. Expected what kg.{maker} gives, "
            "with its attrs."
        )
        raise OptionError(msg)


def selected_theatre(history: "ControlHistory", name: str = "This history") -> Theatre:
    """
    The theatre that a history was selected for.

    Parameters
    ----------
    history : ControlHistory
    name : str, default "This history"
        How the message calls it.

    Returns
    -------
    Theatre

    Raises
    ------
    OptionError
        If it is no history, but a path for example.
    TheatreError
        If there is none.
    """
    require_history(history)
    if history.theatre is None:
        msg = (
            f"{name} has no theatre, so nothing tells what counts as held. Expected "
            "history.select(kursk_geo.theatre('kursk')) first."
        )
        raise TheatreError(msg)
    return history.theatre


OUTLIER, LEAST_KM2, SHORT = 9.99, 1.0, 1.5 * DAY
"""Ten times, to the digits that are told; of how much at least; for how long."""


def outlying(area_km2: Floats, states: pd.DataFrame) -> NDArray[np.bool_]:
    """
    Which states hold ten times, or a tenth, of what stood before and comes after.

    Parameters
    ----------
    area_km2 : ndarray of float, shape (n_states,)
        nan where it is not known. [km²]
    states : DataFrame, shape (n_states,)
        As `ControlHistory.states` gives them.

    Returns
    -------
    ndarray of bool, shape (n_states,)
        True within runs of one map, or of less than a day and a half, that are all
        that far from the state before and the state after; areas below 1 km² count
        as 1. The first and the last state have nothing to be compared with.

    Raises
    ------
    ValueError
        If there are not as many areas as states.
    """
    area, begun = np.maximum(area_km2, LEAST_KM2), states["valid_from"].array
    found = np.zeros(len(area), dtype=bool)
    jumps = abs(np.diff(np.log(area))) > np.log(OUTLIER)
    for first in (np.flatnonzero(jumps) + 1).tolist():
        for after in range(first + 1, len(area)):
            single = states["n_snapshots"].iloc[first:after].sum() == 1
            if not single and begun[after] - begun[first] >= SHORT:
                break
            run, sides = area[first:after], area.take([first - 1, after])
            if run.min() >= OUTLIER * sides.max() or run.max() <= sides.min() / OUTLIER:
                found[first:after] = True
                break
    return found


EVER_HELD = (Status.OCCUPIED, Status.OCCUPIED_BEFORE_2022, Status.HELD_IN_RUSSIA)

MOST_OVER = 0.5
"""Of a shape, how much may reach into a region that it does not belong to."""
FAR_KM = 100.0
"""Shapes farther than this from a region are not of it, whatever their status. [km]"""
ASTRAY_KM = 500.0
"""Shapes farther than this are not where they were meant to be. [km]"""


def far_away(shapes: gpd.GeoDataFrame, theatre: Theatre) -> str:
    """Where shapes lie, if none lies within a theatre's region; else nothing."""
    if theatre.region is None or shapes.empty:
        return ""
    ground = shapes.geometry.to_numpy()
    # A copy of its own, as in `clip`: threads share the region of a theatre.
    region = shapely.force_2d(theatre.region)
    shapely.prepare(region)
    if any(shapely.intersects(region, shape) for shape in ground):
        return ""
    nearest = ground[shapely.distance(region, ground).argmin()]
    distance_km = GEOD.geometry_length(shapely.shortest_line(region, nearest)) / 1e3
    lon, lat = nearest.centroid.coords[0]
    east, north = "E" if lon >= 0 else "W", "N" if lat >= 0 else "S"
    where = f"{abs(lon):.0f} {east} {abs(lat):.0f} {north}"
    doubt = "."
    if distance_km > ASTRAY_KM:
        doubt = ": is the coordinate system right, and longitude first?"
    within = f"within {FAR_KM:.0f} km of" if distance_km > FAR_KM else "in"
    apart = f"{distance_km:,.0f} km" if distance_km >= 1.0 else "less than 1 km"
    return (
        f"None of these maps' shapes lies {within} theatre {theatre.name} (they lie "
        f"at {where}, {apart} away){doubt}"
    )


def nothing_counts(shapes: gpd.GeoDataFrame, theatre: Theatre) -> str:
    """Why nothing counts in a theatre, if maps show something; else nothing."""
    told = far_away(shapes, theatre)
    if told or theatre.region is None:
        return told
    # Ground that was taken back, or is drawn paler, counts as neither, rightly so.
    silent = [Status.LIBERATED, *theatre.paler]
    others = shapes[~shapes["status"].isin([str(status) for status in silent])]
    # A neighbour's edge that reaches over a rounded outline is no ground there.
    whole = others.geometry.to_numpy()
    share = shapely.area(cut_to(whole, theatre.region))
    inside = others[share > MOST_OVER * shapely.area(whole)]
    if inside.empty:
        return ""
    pairs = zip(inside["label"], inside["status"], strict=True)
    labels = sorted({f"{label!r} ({status})" for label, status in pairs})
    return (
        f"These maps show nothing held or contested in {theatre.name}, but ground that "
        f"counts as neither: {', '.join(labels[:3])}. Figures of 0 may be wrong: count "
        "it with status=, or, if it is ground taken back, see kursk_geo.complement()."
    )


def cut_shapes(
    shapes: gpd.GeoDataFrame, region: BaseGeometry, *, whole: bool
) -> gpd.GeoDataFrame:
    """
    Shapes within a region; each distinct shape is cut once.

    Parameters
    ----------
    shapes : GeoDataFrame, shape (n,)
        Rows of `ControlHistory.shapes`.
    region : Polygon or MultiPolygon
        In EPSG:4326.
    whole : bool
        Keep shapes that reach into the region as they are.

    Returns
    -------
    GeoDataFrame, shape (m,)
        Shapes that were cut have another ``shape_id``.

    Raises
    ------
    KeyError
        If a column is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> none = shapes_table(pd.DataFrame())
    >>> cut_shapes(none, shapely.box(0, 0, 1, 1), whole=False).empty
    True
    """
    first = ~shapes["shape_id"].duplicated()
    ids, original = shapes.loc[first, "shape_id"], shapes.loc[first].geometry.to_numpy()
    cut = cut_to(original, region)
    kept = dict(zip(ids, original if whole else cut, strict=True))
    names = dict(zip(ids, ids if whole else geometry_ids(cut), strict=True))
    inside = set(ids[shapely.area(cut) > 0])
    rows = shapes[shapes["shape_id"].isin(inside)].copy()
    rows["geometry"] = np.array([kept[key] for key in rows["shape_id"]], dtype=object)
    rows["shape_id"] = [names[key] for key in rows["shape_id"]]
    return shapes_table(rows)  # which types the columns of no rows too


def map_facts(snapshot: pd.Series, prefix: str = "") -> dict[Hashable | None, Any]:
    """What tables tell of a map in ``attrs``, given a row of `snapshot_at`."""
    return {
        f"{prefix}snapshot_id": snapshot["snapshot_id"],
        f"{prefix}snapshot_utc": snapshot["snapshot_utc"].isoformat(),
        f"{prefix}staleness_days": round(float(snapshot["staleness_days"]), 4),
    }


@dataclass(frozen=True, eq=False)
class ControlHistory:
    """
    Maps of who held what, as shapes with the periods during which they were shown.

    Read one with `read_history`, `fetch_history` or `open_store`.

    Parameters
    ----------
    snapshots : DataFrame, shape (n_snapshots,)
        One row a published map, sorted: ``snapshot_utc`` (unique), ``source``,
        ``snapshot_id``, ``origin`` (file and archive), ``sha256`` of the file,
        ``n_features`` (areas read) and ``n_rejected``.
    shapes : GeoDataFrame, shape (n_shapes,)
        One row a shape and unbroken period, in EPSG:4326: ``status``, ``label`` (the
        source's own name), ``valid_from``, ``valid_to`` (half-open; NaT: still shown),
        ``shape_id`` (digest of the geometry), ``repair_km2`` (area that a repair
        added; 0 where the shape was valid) and ``geometry``.
    rejected : DataFrame, shape (n_rejected,)
        One row a feature or file that could not be read: ``snapshot_utc``, ``origin``,
        ``feature`` (position in the file; missing for a whole file) and ``reason``.
    source, licence, attribution : str
        Where the maps come from, and what must be said when a figure is passed on.
    theatre : Theatre, optional
        What `select` cut the shapes to.
    clipped : bool, default True
        Whether `select` cut shapes at the edge of the region or kept them whole.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> history = kg.sample_history()
    >>> kursk = history.select(kg.theatre("kursk"))
    >>> sorted(kursk.shapes.status.unique())
    ['contested_in_russia', 'held_in_russia']
    """

    snapshots: pd.DataFrame
    shapes: gpd.GeoDataFrame
    rejected: pd.DataFrame
    source: str
    licence: str = ""
    attribution: str = ""
    theatre: Theatre | None = None
    clipped: bool = True

    def __post_init__(self) -> None:
        for name in TABLES:
            object.__setattr__(self, name, _copied(getattr(self, name)))
        published = self.snapshots["snapshot_utc"]
        if not (published.is_monotonic_increasing and published.is_unique):
            msg = (
                "The snapshots are not sorted, or two share an instant. Expected one "
                "row a map; read_history() sorts and joins them."
            )
            raise SourceError(msg)

    if not TYPE_CHECKING:  # or any name would be one of a history

        def __getattribute__(self, name: str) -> object:
            value = object.__getattribute__(self, name)
            return _copied(value) if name in TABLES else value

    def snapshot_at(self, when: When | None = None, *, tz: str = "UTC") -> pd.Series:
        """
        The map that stood at a date or an instant.

        Parameters
        ----------
        when : str, date, datetime or Timestamp, optional
            A date without a time means the last map published before that day ends.
            By default the last map.
        tz : str, default "UTC"
            Zone in which the day ends.

        Returns
        -------
        Series
            A row of `snapshots`, with ``staleness_days``: how old the map was at the
            instant asked for. [days]

        Raises
        ------
        DateNotFoundError
            If no map had been published by then.
        OptionError
            If the date or the zone cannot be read.

        Examples
        --------
        >>> import kursk_geo as kg
        >>> history = kg.sample_history()
        >>> bool(history.snapshot_at("2025-04-15").staleness_days < 1)
        True
        """
        published = self.snapshots["snapshot_utc"]
        moment = published.max() if when is None else instant(when, tz=tz)
        position = int(published.searchsorted(moment, side="right")) - 1
        if position < 0:
            told = "the history is empty"
            if len(published):
                told = f"the first map is of {utc_minute(published.iloc[0])} UTC"
            msg = (
                f"No map had been published by {when or 'now'} ({tz}): {told}. Ask for "
                "a later date, or read earlier maps."
            )
            raise DateNotFoundError(msg)
        row = self.snapshots.iloc[position].copy()
        # A day is over a microsecond after its last instant.
        row["staleness_days"] = (moment - row["snapshot_utc"]).round("ms") / DAY
        return row

    def at(self, when: When | None = None, *, tz: str = "UTC") -> gpd.GeoDataFrame:
        """
        The shapes shown at a date or an instant.

        Parameters
        ----------
        when, tz
            As in `snapshot_at`.

        Returns
        -------
        GeoDataFrame, shape (n,)
            Rows of `shapes`. ``attrs`` tell ``snapshot_id``, ``snapshot_utc``,
            ``staleness_days``, ``source``, ``attribution`` and ``theatre``.

        Raises
        ------
        DateNotFoundError
            If no map had been published by then.
        OptionError
            If the date or the zone cannot be read.

        Examples
        --------
        >>> import kursk_geo as kg
        >>> history = kg.sample_history()
        >>> history.select(kg.theatre("kursk")).at("2024-08-01").empty
        True
        """
        snapshot = self.snapshot_at(when, tz=tz)
        moment = snapshot["snapshot_utc"]
        starts, ends = self.shapes["valid_from"], self.shapes["valid_to"]
        shown = self.shapes[(starts <= moment) & ~(ends <= moment)]
        state = shown.reset_index(drop=True)
        state.attrs = map_facts(snapshot) | self.about
        return state

    @property
    def about(self) -> dict[Hashable | None, Any]:
        """Source, attribution and theatre, as tables tell them in ``attrs``."""
        theatre = None if self.theatre is None else self.theatre.name
        return {
            "source": self.source,
            "attribution": self.attribution,
            "theatre": theatre,
        }

    def states(self) -> pd.DataFrame:
        """
        The change points: one row for each different set of shapes.

        A shape that goes on under another label is the same ground.

        Returns
        -------
        DataFrame, shape (n_states,)
            ``valid_from``, ``valid_to`` (half-open; NaT: still shown), ``n_snapshots``
            that showed it and ``n_shapes``.

        Raises
        ------
        Nothing
            A history without maps has no states.

        """
        return change_points(self.shapes, self.snapshots["snapshot_utc"])

    def outliers(self) -> pd.DataFrame:
        """
        Maps whose held ground is far from that of the maps before and after.

        They are told, never left out: a slip of the source, or news.

        Returns
        -------
        DataFrame, shape (n,)
            ``snapshot_utc``, ``status`` (of the ground; "held" within a theatre),
            ``area_km2`` (polygons added up) and ``before_km2``, that of the state
            before: ten times as much or as little, with nothing below 1 km², for one
            map or less than a day and a half.

        Raises
        ------
        Nothing
            A history without maps has none.

        Examples
        --------
        >>> import kursk_geo as kg
        >>> kg.read_history("sample_data/deepstate").outliers().empty
        True
        """
        held = {str(one): {str(one)} for one in EVER_HELD}
        if self.theatre is not None:
            held = {"held": set(map(str, self.theatre.held))}
        shapes, states = self.shapes, self.states()
        whole = shapes.geometry.to_numpy()
        _, south, _, north = shapely.bounds(whole).reshape(-1, 4).T
        # Enough to find them: a country of shapes is measured in 4 ms, to 1 %.
        degree_km = 111.2 * np.sqrt(np.cos(np.radians((south + north) / 2)))
        own_km2 = pd.Series(shapely.area(whole) * degree_km**2, dtype=float)
        rows = []
        for status, which in held.items():
            mine = shapes["status"].isin(which)
            begun, ended = (
                own_km2[mine].groupby(shapes.loc[mine, name]).sum()
                for name in ("valid_from", "valid_to")
            )
            change = begun.sub(ended, fill_value=0.0)
            area = change.reindex(states["valid_from"], fill_value=0.0).cumsum()
            for at in np.flatnonzero(outlying(area.to_numpy(), states)).tolist():
                moments = states["valid_from"].iloc[[at, at - 1]]
                shown = [self.at(moment) for moment in moments]
                drawn = [one.geometry[one["status"].isin(which)] for one in shown]
                areas_m2 = [
                    sum(GEOD.geometry_area_perimeter(shape)[0] for shape in orient(one))
                    for one in drawn
                ]
                rows.append((moments.iloc[0], status, *np.array(areas_m2) / 1e6))
        columns = ["snapshot_utc", "status", "area_km2", "before_km2"]
        found = pd.DataFrame(rows, columns=columns)
        found["snapshot_utc"] = pd.to_datetime(found["snapshot_utc"], utc=True)
        return found.sort_values(columns[:2], ignore_index=True)

    def select(
        self,
        theatre: str | Theatre | None = None,
        *,
        status: str | Iterable[str] | None = None,
        region: BaseGeometry | None = None,
        clip: bool = True,
    ) -> "ControlHistory":
        """
        The shapes of one theatre, each cut to the region once.

        Parameters
        ----------
        theatre : Theatre or str, optional
            Keeps its held and contested shapes within its region. A name is that of
            a theatre that `kursk_geo.theatre` knows.
        status : str or iterable of str, optional
            Statuses to keep; within a theatre they take the place of its held ones.
        region : Polygon or MultiPolygon, optional
            Region to keep, in EPSG:4326; takes the place of the theatre's.
        clip : bool, default True
            Cut shapes at the edge of the region. False keeps those that reach into
            it, whole.

        Returns
        -------
        ControlHistory
            With all its snapshots, also those that show nothing there.

        Raises
        ------
        OptionError
            If a status is not known, or nothing is asked for.
        TheatreError
            If something else than a theatre is given, or one of a name that is not
            known, or a theatre with less in it was selected before.
        ReferenceDataError
            If the region is no area.

        Warns
        -----
        SourceWarning
            If nothing there is held or contested, but ground is shown that is neither;
            or if all shapes lie far from the theatre.

        Examples
        --------
        >>> import kursk_geo as kg
        >>> history = kg.sample_history()
        >>> history.select(status="outside").theatre.name
        'selection'
        """
        if theatre is None and status is None and region is None:
            msg = (
                "Nothing to select. Expected a theatre, status= or region=: "
                "history.select(kg.theatre('kursk'))."
            )
            raise OptionError(msg)
        if isinstance(theatre, str):
            theatre = named_theatre(theatre)
        given: object = theatre
        if not isinstance(given, Theatre | None):
            msg = (
                f"{given!r} is no theatre. Expected one such as "
                "kursk_geo.theatre('kursk')."
            )
            raise TheatreError(msg)
        if theatre and self.theatre and not theatre.lies_within(self.theatre):
            msg = (
                f"This history is cut to theatre {self.theatre.name!r}. Expected the "
                f"whole one for {theatre.name!r}: what was cut away is gone."
            )
            raise TheatreError(msg)
        base = theatre or self.theatre or Theatre("selection", held=frozenset(Status))
        if status is not None:
            base = replace(base, held=read_statuses(status), paler=frozenset())
        if region is not None:
            base = replace(base, region=region)
        elif base.name == "ukraine" and "km of" in (
            told := far_away(self.shapes, base)
        ):
            # Until it had a region, "ukraine" was how maps of other wars were measured.
            warn(
                f"{told} They are measured as theatre 'everywhere': ask for that.",
                SourceWarning,
                stacklevel=2,
            )
            base = named_theatre("everywhere", held=base.held, contested=base.contested)
        counted = base.held | base.contested | base.paler
        shapes = self.shapes
        found = shapes[shapes["status"].isin([str(one) for one in counted])]
        if base.region is not None:
            found = cut_shapes(found, base.region, whole=not clip)
        told = nothing_counts(shapes, base) if found.empty else ""
        if told:
            warn(told, SourceWarning, stacklevel=2)
        shapes = merge_periods(found)
        return replace(self, shapes=shapes, theatre=base, clipped=clip)

    def between(
        self, start: When | None, end: When | None, *, tz: str = "UTC"
    ) -> "ControlHistory":
        """
        The history as if only the maps of a span had been read.

        Parameters
        ----------
        start, end : str, date, datetime, Timestamp or None
            First and last day, both included; None leaves that end open.
        tz : str, default "UTC"
            Zone in which days begin and end.

        Returns
        -------
        ControlHistory
            Empty when no map was published in the span.

        Raises
        ------
        OptionError
            If a date or the zone cannot be read.

        Examples
        --------
        >>> import kursk_geo as kg
        >>> history = kg.sample_history()
        >>> len(history.between("2023-01-01", "2023-01-02").snapshots)
        0
        """
        first, last = span(start, end, tz=tz)
        if first is None and last is None:
            return self
        published = self.snapshots["snapshot_utc"]
        begin = 0 if first is None else published.searchsorted(first)
        over = None if last is None else published.searchsorted(last, side="right")
        snapshots = self.snapshots.iloc[begin:over].reset_index(drop=True)
        times = snapshots["snapshot_utc"]
        seen = self.rejected["snapshot_utc"]
        inside = seen.isna() | seen.isin(times)
        return replace(
            self,
            snapshots=snapshots,
            shapes=restrict_periods(self.shapes, times),
            rejected=self.rejected[inside].reset_index(drop=True),
        )

    def append(self, later: "ControlHistory") -> "ControlHistory":
        """
        Add maps published after the last one.

        Parameters
        ----------
        later : ControlHistory
            Of the same source and selection; its first map is younger than the last
            one here.

        Returns
        -------
        ControlHistory
            The same as if all maps had been read at once.

        Raises
        ------
        OptionError
            If the two overlap in time, or differ in source or theatre.

        Examples
        --------
        >>> import kursk_geo as kg
        >>> history = kg.sample_history()
        >>> early = history.between(None, "2024-12-31")
        >>> late = history.between("2025-01-01", None)
        >>> early.append(late).shapes.equals(history.shapes)
        True
        """
        first = later.snapshots["snapshot_utc"].min()  # NaT where there is no map
        last = self.snapshots["snapshot_utc"].max()
        mine, theirs = ((one.source, one.theatre, one.clipped) for one in (self, later))
        if first <= last or mine != theirs:
            msg = (
                f"Cannot append {later.source} maps from {first} to {self.source} maps "
                f"up to {last}. Expected the same source and theatre, and later maps: "
                "later.between(...) cuts the overlap off."
            )
            raise OptionError(msg)
        shapes = self.shapes.assign(valid_to=self.shapes["valid_to"].fillna(first))
        return replace(
            self,
            snapshots=snapshots_table(pd.concat([self.snapshots, later.snapshots])),
            shapes=merge_periods(pd.concat([shapes, later.shapes])),
            rejected=rejected_table(pd.concat([self.rejected, later.rejected])),
        )

    def measure(self, **options: Any) -> pd.DataFrame:  # noqa: ANN401
        """
        Area, sections and depth of every map: `kursk_geo.measure` of this history.

        Parameters
        ----------
        **options
            Of `kursk_geo.measure`.

        Returns
        -------
        DataFrame
            One row a map.

        Examples
        --------
        >>> import kursk_geo as kg
        >>> kursk = kg.sample_history().select("kursk")
        >>> round(kursk.measure().area_km2.max())
        907
        """
        import kursk_geo  # noqa: PLC0415  (what is called lies above)

        return kursk_geo.measure(self, **options)

    def plot(self, **options: Any) -> Any:  # noqa: ANN401
        """
        The map of one day: `kursk_geo.plot_map` of this history.

        Parameters
        ----------
        **options
            Of `kursk_geo.plot_map`, `at` for example.

        Returns
        -------
        Axes

        Examples
        --------
        >>> import kursk_geo as kg
        >>> kursk = kg.sample_history().select("kursk")
        >>> ax = kursk.plot(at="2025-04-15")
        """
        import kursk_geo  # noqa: PLC0415

        return kursk_geo.plot_map(self, **options)

    def explore(self, **options: Any) -> Any:  # noqa: ANN401
        """
        A map to move in: `kursk_geo.explore` of this history.

        Parameters
        ----------
        **options
            Of `kursk_geo.explore`, `at` for example.

        Returns
        -------
        folium.Map

        Examples
        --------
        >>> import kursk_geo as kg
        >>> kursk = kg.sample_history().select("kursk")
        >>> kursk.explore(at="2025-04-15")  # doctest: +SKIP
        """
        import kursk_geo  # noqa: PLC0415

        return kursk_geo.explore(self, **options)

    def __len__(self) -> int:
        """Number of maps."""
        return len(self.snapshots)

    def __bool__(self) -> bool:
        """A history without maps is one too."""
        return True

    def __eq__(self, other: object) -> bool:
        """Whether the same maps showed the same shapes, of the same theatre."""
        if not isinstance(other, ControlHistory):
            return NotImplemented
        return self is other or (
            (self.source, self.clipped) == (other.source, other.clipped)
            and self.theatre == other.theatre
            and self.snapshots.equals(other.snapshots)
            and self.shapes.equals(other.shapes)
        )

    def __hash__(self) -> int:
        """By the bytes of its maps."""
        return hash((self.source, tuple(self.snapshots["sha256"])))

    def __repr__(self) -> str:
        return facts_text("ControlHistory", self._facts())

    def _repr_html_(self) -> str:
        return facts_html("ControlHistory", self._facts())

    def _facts(self) -> dict[str, str]:
        facts = {"source": self.source}
        if self.theatre is not None:
            whole = "" if self.clipped else ", shapes kept whole"
            facts["theatre"] = self.theatre.name + whole
        published, shapes = self.snapshots["snapshot_utc"], self.shapes
        ends = [utc_minute(when) for when in published.iloc[[0, -1][: len(self)]]]
        counts = shapes["status"].value_counts().sort_index()
        facts |= {
            "span": " to ".join(ends) + " UTC" if ends else "no maps",
            "snapshots": f"{len(self):,}",
            "shapes": f"{len(shapes):,} ({shapes['shape_id'].nunique():,} different)",
            "statuses": ", ".join(f"{key} {n:,}" for key, n in counts.items())
            or "none",
        }
        if len(strange := self.outliers()):
            facts["outliers"] = f"{len(strange):,}, see .outliers()"
        if len(self.rejected):
            facts["rejected"] = f"{len(self.rejected):,}, see .rejected"
        if self.attribution:
            facts["credit"] = self.attribution
        return facts
