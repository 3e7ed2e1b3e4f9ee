"""A map to move in, for a notebook or a browser."""

from html import escape
from typing import TYPE_CHECKING, Any

import geopandas as gpd

from kursk_geo.errors import MissingExtraError
from kursk_geo.geometry import WGS84
from kursk_geo.ground import Ground
from kursk_geo.history import ControlHistory
from kursk_geo.periods import When
from kursk_geo.plot.base import border_in, view_of
from kursk_geo.plot.page import warn_empty
from kursk_geo.plot.state import (
    map_sentences,
    state_at,
)
from kursk_geo.plot.style import (
    COLOURS,
    WORDS,
    moment_words,
    plain,
)
from kursk_geo.status import Status

if TYPE_CHECKING:
    from folium import Map


def explore(
    history: ControlHistory, *, at: When | None = None, tz: str = "UTC"
) -> "Map":
    """
    One state as a map to move in, for a notebook or a browser.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre.
    at : str, date, datetime or Timestamp, optional
        A date without a time means the last map published before that day ends. By
        default the last map.
    tz : str, default "UTC"
        Zone in which the day ends.

    Returns
    -------
    folium.Map
        With the border, and a layer for each status. Its page loads Leaflet and the
        tiles of OpenStreetMap from the network when it is opened.

    Raises
    ------
    MissingExtraError
        If folium or mapclassify is not installed.
    TheatreError
        If no theatre has been selected.
    DateNotFoundError
        If no map had been published by then.
    OptionError
        If the date or the zone cannot be read.

    Warns
    -----
    EmptyPlotWarning
        If nothing is held or contested on that map.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.read_history("sample_data/deepstate").select(kg.theatre("kursk"))
    >>> page = kg.explore(kursk, at="2025-04-15")
    >>> type(page).__name__
    'Map'
    """
    try:
        import folium  # noqa: PLC0415  (an extra)
        import mapclassify  # noqa: F401, PLC0415  (geopandas wants it)
    except ImportError as error:
        msg = (
            "explore() needs folium and mapclassify, which are not installed. Expected "
            "the extra: pip install 'kursk-geo[explore]'."
        )
        raise MissingExtraError(msg) from error
    theatre = Ground(history).theatre
    state = state_at(history, at, tz)
    view = view_of(list(state.geometry), theatre)
    page = folium.Map(tiles="OpenStreetMap", control_scale=True)
    around = view.grown(50.0)
    line = border_in(around, theatre)
    if not line.is_empty:
        border = gpd.GeoDataFrame({"name": ["Border"]}, geometry=[line], crs=WGS84)
        border.explore(m=page, color="black", name="Border", tooltip=False)
    for status in (s for s in COLOURS if s in set(state["status"])):
        _add_layer(page, state[state["status"] == status], status)
    folium.LayerControl().add_to(page)
    west, south, east, north = view.bounds
    page.fit_bounds([[south, west], [north, east]])
    credit = " ".join(f"{plain(s)}." for s in map_sentences(state, theatre, around))
    note = f"<p style='font:11px sans-serif;margin:4px'>{escape(credit)}</p>"
    root: Any = page.get_root()
    root.html.add_child(folium.Element(note))
    if state.empty:
        warn_empty("nothing is held or contested on this map")
    return page


def _add_layer(page: "Map", shapes: gpd.GeoDataFrame, status: Status) -> None:
    """Add the shapes of a status, with what the source says of them on hovering."""
    told = gpd.GeoDataFrame(
        {
            "Status": WORDS[status],
            "Label": [escape(plain(label)) for label in shapes["label"]],
            "Since": [moment_words(when) for when in shapes["valid_from"]],
        },
        geometry=shapes.geometry.to_numpy(),
        crs=WGS84,
    )
    told.explore(
        m=page,
        color=COLOURS[status],
        name=WORDS[status],
        style_kwds={"fillOpacity": 0.6, "weight": 1},
    )
