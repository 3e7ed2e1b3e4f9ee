"""All that a report tells, measured once."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd
import shapely

from kursk_geo.claims import Verdicts
from kursk_geo.events import events
from kursk_geo.history import ControlHistory
from kursk_geo.plot.style import day_words
from kursk_geo.reference import border
from kursk_geo.report.crate import moment_of_writing
from kursk_geo.report.slider import SlidingMap, sliding_map
from kursk_geo.report.spans import Period, periods_of
from kursk_geo.settlements import settlements
from kursk_geo.theatre import Theatre
from kursk_geo.uncertainty import change_bounds, uncertainty

__all__ = ["Account", "Recent", "account_of"]

RECENT_DAYS = 28
"""How far back the headline looks. [days]"""


@dataclass(frozen=True)
class Recent:
    """What became of the held ground in the last weeks, with its error."""

    since: pd.Timestamp
    net_km2: float
    low_km2: float
    high_km2: float
    p: float


@dataclass(frozen=True, eq=False)
class Account:
    """
    What a report tells.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre and cut to the span.
    title, command : str
    made_utc : Timestamp
    figures : DataFrame
        As `uncertainty` gives it: one row a map.
    states : DataFrame
        Those rows on which the theatre changed.
    events : DataFrame
    periods : list of Period
    map : SlidingMap
    settlements : GeoDataFrame or None
        None where no places were given.
    verdicts : Verdicts
    recent : Recent or None
        None where the maps do not reach back far enough.
    with_geometry : bool
        Whether the outlines are written as data.
    """

    history: ControlHistory
    title: str
    command: str
    made_utc: pd.Timestamp
    figures: pd.DataFrame
    states: pd.DataFrame
    events: pd.DataFrame
    periods: list[Period]
    map: SlidingMap
    settlements: gpd.GeoDataFrame | None
    verdicts: Verdicts
    recent: Recent | None
    with_geometry: bool = field(default=False)

    @property
    def theatre(self) -> Theatre:
        """Of the history."""
        return self.history.theatre or Theatre(name="")

    @property
    def border_credit(self) -> str:
        """Who drew the border; "" where there is none or the user gave another."""
        line = self.theatre.border
        own = line is None or not shapely.equals_exact(line, border())
        return "" if own else "Border © OpenStreetMap contributors."

    @property
    def now(self) -> pd.Series:
        """Figures of the last map."""
        return self.figures.iloc[-1]

    @property
    def last_utc(self) -> pd.Timestamp:
        """When the last map was published."""
        moment: pd.Timestamp = self.figures.index[-1]
        return moment

    @property
    def peak_utc(self) -> pd.Timestamp | None:
        """The first map with the largest held area; None where nothing was held."""
        area = self.figures["area_km2"]
        if not area.max() > 0.0:
            return None
        moment: pd.Timestamp = self.figures.index[int(area.to_numpy().argmax())]
        return moment


def account_of(
    history: ControlHistory,
    *,
    title: str,
    command: str,
    places: gpd.GeoDataFrame | None,
    verdicts: Verdicts,
    with_geometry: bool,
) -> Account:
    """Measure a selected history that has at least one map."""
    figures = uncertainty(history)
    changed = figures.index.isin(history.states()["valid_from"])
    shown = None if places is None else settlements(history, places)
    drawn = sliding_map(history, figures[changed], _named(places, shown))
    return Account(
        history=history,
        title=title or _title(history),
        command=command,
        made_utc=pd.Timestamp(moment_of_writing()),
        figures=figures,
        states=figures[changed],
        events=events(history),
        periods=periods_of(history, drawn.frame),
        map=drawn,
        settlements=shown,
        verdicts=verdicts,
        recent=_recent(history),
        with_geometry=with_geometry,
    )


def _title(history: ControlHistory) -> str:
    published = history.snapshots["snapshot_utc"]
    days = list(dict.fromkeys(day_words(day) for day in published.iloc[[0, -1]]))
    name = "" if history.theatre is None else history.theatre.name
    return f"{name[:1].upper()}{name[1:]}: who held what, {' to '.join(days)}"


def _named(
    places: gpd.GeoDataFrame | None, shown: gpd.GeoDataFrame | None
) -> gpd.GeoDataFrame | None:
    """Places to write on the map: those that were inside first, then the others."""
    if places is None or shown is None:
        return None
    columns: Sequence[str] = ["name", "geometry"]
    days = shown.groupby("name")["days"].sum().sort_values(ascending=False)
    inside = shown.drop_duplicates("name").set_index("name").loc[days.index]
    first = gpd.GeoDataFrame(inside.reset_index()[columns], crs=shown.crs)
    others = places[~places["name"].isin(first["name"])].to_crs(shown.crs)
    return gpd.GeoDataFrame(
        pd.concat([first, others[columns]], ignore_index=True), crs=shown.crs
    )


def _recent(history: ControlHistory) -> Recent | None:
    published = history.snapshots["snapshot_utc"]
    since = published.iloc[-1] - pd.Timedelta(days=RECENT_DAYS)
    if since < published.iloc[0]:
        return None
    bounds = change_bounds(history, since, published.iloc[-1])
    net = bounds.to_dict("index")["net"]
    return Recent(
        since=pd.Timestamp(bounds.attrs["start_utc"]),
        net_km2=net["change_km2"],
        low_km2=net["low_km2"],
        high_km2=net["high_km2"],
        p=net["p"],
    )
