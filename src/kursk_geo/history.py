"""A history: a table of shapes, each with the period during which a map showed it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import geopandas as gpd
import pandas as pd
from shapely.geometry.base import BaseGeometry

from kursk_geo.errors import (
    DateNotFoundError,
    OptionError,
    SourceError,
    TheatreError,
)
from kursk_geo.periods import (
    DAY,
    When,
    change_points,
    instant,
    merge_periods,
    restrict_periods,
    span,
)
from kursk_geo.selection import select_shapes
from kursk_geo.status import Status, read_statuses
from kursk_geo.tables import describe, facts_html, rejected_table, snapshots_table
from kursk_geo.theatre import Theatre, refuse_strange_theatre

__all__ = ["ControlHistory"]


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
    >>> history = kg.read_history("sample_data/deepstate")
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
        published = self.snapshots["snapshot_utc"]
        if not (published.is_monotonic_increasing and published.is_unique):
            msg = (
                "The snapshots are not sorted, or two share an instant. Expected one "
                "row a map; read_history() sorts and joins them."
            )
            raise SourceError(msg)

    def snapshot_at(self, when: When, *, tz: str = "UTC") -> pd.Series:
        """
        The map that stood at a date or an instant.

        Parameters
        ----------
        when : str, date, datetime or Timestamp
            A date without a time means the last map published before that day ends.
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
        >>> history = kg.read_history("sample_data/deepstate")
        >>> bool(history.snapshot_at("2025-04-15").staleness_days < 1)
        True
        """
        moment, inclusive = instant(when, tz=tz)
        published = self.snapshots["snapshot_utc"]
        before = (published <= moment) if inclusive else (published < moment)
        position = int(before.sum()) - 1
        if position < 0:
            span = (
                "the history is empty"
                if published.empty
                else (f"the first map is of {published.iloc[0]:%Y-%m-%d %H:%M} UTC")
            )
            msg = (
                f"No map had been published by {when} ({tz}): {span}. Ask for a later "
                "date, or read earlier maps."
            )
            raise DateNotFoundError(msg)
        row = self.snapshots.iloc[position].copy()
        row["staleness_days"] = (moment - row["snapshot_utc"]) / DAY
        return row

    def at(self, when: When, *, tz: str = "UTC") -> gpd.GeoDataFrame:
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
        >>> history = kg.read_history("sample_data/deepstate")
        >>> history.select(kg.theatre("kursk")).at("2024-08-01").empty
        True
        """
        snapshot = self.snapshot_at(when, tz=tz)
        moment = snapshot["snapshot_utc"]
        starts, ends = self.shapes["valid_from"], self.shapes["valid_to"]
        shown = self.shapes[(starts <= moment) & ~(ends <= moment)]
        state = shown.reset_index(drop=True)
        state.attrs = {
            "snapshot_id": snapshot["snapshot_id"],
            "snapshot_utc": moment.isoformat(),
            "staleness_days": round(float(snapshot["staleness_days"]), 4),
            "source": self.source,
            "attribution": self.attribution,
            "theatre": None if self.theatre is None else self.theatre.name,
        }
        return state

    def states(self) -> pd.DataFrame:
        """
        The change points: one row for each different set of shapes.

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

    def select(
        self,
        theatre: Theatre | None = None,
        *,
        status: str | Iterable[str] | None = None,
        region: BaseGeometry | None = None,
        clip: bool = True,
    ) -> "ControlHistory":
        """
        The shapes of one theatre, each cut to the region once.

        Parameters
        ----------
        theatre : Theatre, optional
            Keeps its held and contested shapes within its region.
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
            If something else than a theatre is given, or a theatre with less in it
            was selected before.
        ReferenceDataError
            If the region is no area.

        Warns
        -----
        SourceWarning
            If nothing there is held or contested, but ground is shown that is neither.

        Examples
        --------
        >>> import kursk_geo as kg
        >>> history = kg.read_history("sample_data/deepstate")
        >>> history.select(status="outside").theatre.name
        'selection'
        """
        if theatre is None and status is None and region is None:
            msg = (
                "Nothing to select. Expected a theatre, status= or region=: "
                "history.select(kg.theatre('kursk'))."
            )
            raise OptionError(msg)
        refuse_strange_theatre(theatre)
        if theatre and self.theatre and not theatre.lies_within(self.theatre):
            msg = (
                f"This history is cut to theatre {self.theatre.name!r}. Expected the "
                f"whole one for {theatre.name!r}: what was cut away is gone."
            )
            raise TheatreError(msg)
        everything = Theatre("selection", held=frozenset(Status))
        base = theatre or self.theatre or everything
        if status is not None:
            held = read_statuses(status)
            base = replace(base, held=held, contested=base.contested - held)
        if region is not None:
            base = replace(base, region=region)
        shapes = select_shapes(self.shapes, base, whole=not clip)
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
        >>> history = kg.read_history("sample_data/deepstate")
        >>> len(history.between("2023-01-01", "2023-01-02").snapshots)
        0
        """
        first, last, inclusive = span(start, end, tz=tz)
        published = self.snapshots["snapshot_utc"]
        kept = pd.Series(data=True, index=published.index)
        if first is not None:
            kept &= published >= first
        if last is not None:
            kept &= (published <= last) if inclusive else (published < last)
        snapshots = self.snapshots[kept].reset_index(drop=True)
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
        >>> history = kg.read_history("sample_data/deepstate")
        >>> early = history.between(None, "2024-12-31")
        >>> late = history.between("2025-01-01", None)
        >>> early.append(late).shapes.equals(history.shapes)
        True
        """
        first = later.snapshots["snapshot_utc"].min()  # NaT where there is no map
        last = self.snapshots["snapshot_utc"].max()
        same = all(
            getattr(self, name) == getattr(later, name)
            for name in ("source", "theatre", "clipped")
        )
        if first <= last or not same:
            msg = (
                f"Cannot append {later.source} maps from {first} to {self.source} maps "
                f"up to {last}. Expected the same source and theatre, and later maps: "
                "later.between(...) cuts the overlap off."
            )
            raise OptionError(msg)
        mine = self.shapes.assign(valid_to=self.shapes["valid_to"].fillna(first))
        tables = {
            name: pd.concat([getattr(self, name), getattr(later, name)])
            for name in ("snapshots", "rejected")
        }
        return replace(
            self,
            snapshots=snapshots_table(tables["snapshots"]),
            shapes=merge_periods(pd.concat([mine, later.shapes])),
            rejected=rejected_table(tables["rejected"]),
        )

    def __repr__(self) -> str:
        lines = [f"  {key:<10}{value}" for key, value in self._facts().items()]
        return "\n".join(["ControlHistory", *lines])

    def _repr_html_(self) -> str:
        return facts_html("ControlHistory", self._facts())

    def _facts(self) -> dict[str, str]:
        facts = {"source": self.source}
        if self.theatre is not None:
            whole = "" if self.clipped else ", shapes kept whole"
            facts["theatre"] = self.theatre.name + whole
        facts |= describe(self.snapshots, self.shapes)
        if len(self.rejected):
            facts["rejected"] = f"{len(self.rejected):,}, see .rejected"
        if self.attribution:
            facts["credit"] = self.attribution
        return facts
