"""States and changes on a map, still and moving."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray
from PIL import Image
from shapely.geometry.base import BaseGeometry

from kursk_geo import _text
from kursk_geo._files import make_folder, track, writing
from kursk_geo._text import day_words, km, km2, moment_words, t, upper
from kursk_geo.area import area_km2
from kursk_geo.errors import MissingExtraError, OptionError, check_number, mistaken
from kursk_geo.geometry import WGS84, as_array
from kursk_geo.ground import Ground
from kursk_geo.history import ControlHistory, require_table
from kursk_geo.measure import measure
from kursk_geo.periods import Every, When, instant
from kursk_geo.plot import basemap, canvas
from kursk_geo.plot.basemap import RATIOS, Board, View
from kursk_geo.plot.canvas import COLOURS, PRINT_WIDTH_IN, Look, heading, role
from kursk_geo.sections import MIN_AREA_KM2, sections
from kursk_geo.status import Status
from kursk_geo.theatre import Theatre

if TYPE_CHECKING:
    from folium import Map

__all__ = []


MANY_VERTICES, FINEST_PARTS = 5_000, 4_000
"""Outlines of more vertices are thinned to this part of their extent for drawing."""
MOST_PIECES = 20
"""So many sections, the largest, have their depth drawn and their figures written."""
OLD_DAYS = 1.0
"""A map older than this at the date asked for is called old. [days]"""


# The state


def state_at(history: ControlHistory, when: When | None, tz: str) -> gpd.GeoDataFrame:
    """The shapes of a map; by default the last; of an empty history none."""
    if when is None and history.snapshots.empty:
        state = history.shapes.iloc[:0].copy()
        state.attrs = {"source": history.source, "attribution": history.attribution}
        return state
    return history.at(when, tz=tz)


def draw_state(ax: Axes, state: gpd.GeoDataFrame, theatre: Theatre) -> set[Status]:
    """Draw the ground of each status; those of them that are to be seen."""
    seen: set[Status] = set()
    # Held ground comes last, on top: contested ground never counts what is also held.
    for level, status in enumerate(sorted(COLOURS, key=theatre.held.__contains__)):
        shapes = state.geometry[state["status"] == status].to_numpy()
        ground = drawable(shapes)
        if area_km2(as_array([ground]))[0] >= MIN_AREA_KM2:
            seen.add(status)
        look = canvas.status_look(status, theatre)
        level_at: Look = {"lw": 0.4, "zorder": 2 + level / 10}
        basemap.fill(ax, ground, f"status-{status}", **level_at, **look)
    return seen


def drawable(shapes: NDArray[np.object_]) -> BaseGeometry:
    """
    Some ground for drawing: outlines finer than a picture shows are thinned.

    A spiral of 20,000 vertices takes minutes to join and to fill otherwise.
    """
    thin = shapely.get_num_coordinates(shapes) > MANY_VERTICES
    if thin.any():
        bounds = shapely.bounds(shapes[thin])
        span = np.maximum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1])
        shapes = shapes.copy()
        shapes[thin] = shapely.simplify(shapes[thin], span / FINEST_PARTS)
    return shapely.disjoint_subset_union_all(shapely.make_valid(shapes))


def day_asked(state: gpd.GeoDataFrame, when: When | None) -> str:
    """The title: the day asked for, or the instant of the map."""
    if "snapshot_utc" not in state.attrs:
        return t("plot.no_maps")
    if when is not None and ":" not in str(when):
        return day_words(instant(when))
    return moment_words(pd.Timestamp(state.attrs["snapshot_utc"]))


def ground_words(
    area_km2: float,
    depth_km: float,
    *,
    pieces: int | None = None,
    contested_km2: float = 0.0,
) -> list[str]:
    """Area, sections, depth and contested area of a map, in words."""
    words = [upper(t("plot.nothing_held"))]
    if area_km2 > 0:
        area = km2(area_km2)
        words = [t("plot.area_held", area=area)]
        if pieces is not None:
            words = [_text.count("held_in_pieces", pieces, area=area)]
        if np.isfinite(depth_km):
            key = "plot.deep" if pieces is None else "plot.at_most_deep"
            words.append(t(key, depth=km(depth_km)))
    if contested_km2 > 0:
        words.append(t("plot.area_contested", area=km2(contested_km2)))
    return words


def map_sentences(attrs: Mapping[Any, Any], theatre: Theatre, view: View) -> list[str]:
    """What the caption says: snapshot, source, theatre, border."""
    sentences = []
    if "snapshot_utc" in attrs:
        moment = pd.Timestamp(attrs["snapshot_utc"])
        age = attrs.get("staleness_days", 0.0)
        words = {"moment": moment_words(moment), "id": attrs["snapshot_id"]}
        sentences.append(t("plot.map_of", **words))
        if age > OLD_DAYS:
            sentences.append(t("plot.map_is_old", days=f"{age:.1f}"))
    named_theatre = t("plot.theatre", name=theatre.name) if theatre.name else ""
    sentences += [canvas.credit(attrs), named_theatre, theatre.note]
    bundled = theatre.border is None or basemap.is_bundled(theatre.border)
    if bundled and not basemap.border_in(view, theatre).is_empty:
        sentences.append(t("plot.border"))
    return sentences


# What is written on it


def annotate_map(
    ax: Axes,
    view: View,
    theatre: Theatre,
    state: gpd.GeoDataFrame,
    *,
    pieces: gpd.GeoDataFrame | None,
    context: Sequence[gpd.GeoDataFrame] = (),
    taken: Sequence[BaseGeometry] = (),
) -> Board:
    """Scale bar, depth lines, section labels and names of countries, clear of all."""
    board = Board(ax)
    board.taken.extend(taken)
    if not state.empty:
        # On paper first, where outlines have few vertices.
        board.busy.append(drawable(board.on_paper(state.geometry.to_numpy())))
    line = basemap.border_in(view, theatre)
    if not line.is_empty:
        board.lines.append(board.on_paper(line))
    basemap.draw_scale_bar(board, view)
    marked = basemap.find_places(board, context)
    if pieces is not None:
        pieces = pieces.nlargest(MOST_PIECES, "area_km2")
        for piece in pieces.itertuples():
            if piece.error_m >= 0.0:
                start = piece.border_point_lon, piece.border_point_lat
                witness = piece.witness_lon, piece.witness_lat
                reach = shapely.LineString([start, witness])
                look: Look = {"color": role("ink"), "mfc": role("paper"), "lw": 1.1}
                look |= {"marker": "o", "markevery": [1], "ms": 3.5, "mew": 0.9}
                look |= {"path_effects": canvas.halo(2.4), "zorder": 7}
                basemap.trace(ax, reach, "depth", **look)
                board.lines.append(board.on_paper(reach).buffer(3.0))
        grounds = [board.on_paper(ground) for ground in pieces.geometry]
        for row, piece in reversed([*enumerate(pieces.itertuples())]):
            text = km2(piece.area_km2)
            if piece.error_m >= 0.0:
                text += f"\n{t('plot.deep', depth=km(piece.depth_km))}"
            rivals = shapely.geometrycollections(grounds[:row] + grounds[row + 1 :])
            where: Look = {"rivals": rivals, "distances_pt": basemap.FAR_PT}
            basemap.label(board, grounds[row], text, "section-label", **where)
    basemap.draw_places(board, marked)
    for name, side in basemap.country_sides(view, theatre).items():
        words = _text.named("side", name.lower(), name).upper()
        size_pt = canvas.SMALL_PT if pieces is None else canvas.TEXT_PT
        basemap.label_side(board, side, words, size_pt)
    return board


def plot_map(
    history: ControlHistory,
    *,
    at: When | None = None,
    tz: str = "UTC",
    ax: Axes | None = None,
    pieces: gpd.GeoDataFrame | None = None,
    places: gpd.GeoDataFrame | None = None,
    view: tuple[float, float, float, float] | None = None,
    headline: str | None = None,
    width_in: float = PRINT_WIDTH_IN,
) -> Axes:
    """
    Held and contested ground on one map, with the area and depth of each section.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre.
    at : str, date, datetime or Timestamp, optional
        A date without a time means the last map published before that day ends. By
        default the last map.
    tz : str, default "UTC"
        Zone in which the day ends.
    ax : Axes, optional
        Where to draw; by default on a new figure.
    pieces : GeoDataFrame, optional
        Sections to label, as `sections` gives them for the same map; by default with
        its default options. The largest 20 are labelled.
    places : GeoDataFrame, optional
        Points with their ``name``, as `read_places` gives them; by default known towns.
        Names are written where there is room, those that come first in the table first.
    view : tuple of float, optional
        ``(west, south, east, north)`` in EPSG:4326; by default the ground with a
        margin, or the region where nothing is held or contested. [degrees]
    headline : str, optional
        Title in place of the day.
    width_in : float, default 7
        Width of the new figure; 4 suits a phone. [in]

    Returns
    -------
    Axes
        Longitude and latitude, stretched so that a kilometre is as long to the north
        as to the east. Contested ground that is also held is drawn as held.

    Raises
    ------
    TheatreError
        If no theatre has been selected.
    DateNotFoundError
        If no map had been published by then.
    OptionError
        If an option is outside its allowed values.

    Warns
    -----
    EmptyPlotWarning
        If nothing is held or contested on that map, or there are no maps.

    Notes
    -----
    The line with a dot runs from the border to the *witness*: the point of the
    section that is farthest from it. The scale bar is measured on the ellipsoid at
    the middle of the map.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.sample_history().select(kg.theatre("kursk"))
    >>> ax = kg.plot_map(kursk, at="2025-04-15")
    >>> ax.get_title(loc="left")
    '15 Apr 2025'
    """
    if places is not None and not isinstance(places, gpd.GeoDataFrame):
        expected = "points with their names: kg.read_places({path})"
        raise OptionError(mistaken(places, "a table of places", expected))
    ground, state = Ground(history), state_at(history, at, tz)
    theatre = ground.theatre
    if pieces is None and not history.snapshots.empty:
        pieces = sections(history, at=at, tz=tz)
    own = ax is None
    ax, shown = _base(ax, state.geometry, theatre, view=view, width_in=width_in)
    state = basemap.onwards(state, shown)
    if places is None:
        towns = basemap.nearby_places(shown)
    else:
        towns = (places if places.crs else places.set_crs(WGS84)).to_crs(WGS84)
    statuses = draw_state(ax, state, theatre)
    figures = ""
    if pieces is not None and "snapshot_utc" in state.attrs:
        held, grey = ground.shown(pd.Timestamp(state.attrs["snapshot_utc"]))
        areas = ground.area_km2(held), pieces["depth_km"].max()
        contested_km2 = ground.area_km2(grey, without=held)
        counted: Look = {"pieces": len(pieces), "contested_km2": contested_km2}
        figures = "; ".join(ground_words(*areas, **counted))
        pieces = basemap.onwards(pieces, shown)
    title = headline or day_asked(state, at)
    facts = map_sentences(state.attrs, theatre, shown)
    handles = canvas.legend_of(statuses, theatre)
    heading(ax, title, *facts, subtitle=figures, handles=handles)
    if own:
        canvas.fit_height(ax, shown.ratio)
    annotate_map(ax, shown, theatre, state, pieces=pieces, context=[towns])
    if state.empty:
        canvas.warn_empty("nothing is held or contested on this map")
    return ax


def _base(
    ax: Axes | None,
    shapes: Iterable[BaseGeometry],
    theatre: Theatre,
    *,
    view: tuple[float, float, float, float] | None,
    width_in: float,
) -> tuple[Axes, View]:
    """The land around some ground, on Axes of its own or in the shape of others."""
    near = basemap.view_of(shapes, theatre)
    shown = View(*view) if view else near.shaped(*RATIOS)
    if ax is None:
        ax = canvas.new_axes(width_in, width_in / shown.ratio + 1.0)
    elif view is None:
        box, (width, height) = ax.get_position(), canvas.page_in(ax)
        high_in = box.height * height
        if canvas.root_figure(ax).get_layout_engine() is not None:
            # The layout will take the room for title, legend and caption from the map.
            high_in = max(high_in - 0.9, high_in / 2)
        slot = float(box.width * width / high_in)
        shown = near.shaped(slot, slot)
    basemap.draw_base(ax, shown, theatre)
    return ax, shown


def plot_small_multiples(
    history: ControlHistory,
    dates: Sequence[When],
    *,
    columns: int = 3,
    tz: str = "UTC",
    width_in: float = PRINT_WIDTH_IN,
) -> NDArray[np.object_]:
    """
    Maps of several dates side by side, on one scale.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre.
    dates : sequence of str, date, datetime or Timestamp
        A date without a time means the last map published before that day ends.
    columns : int, default 3
        Maps in a row; 2 suit a phone.
    tz : str, default "UTC"
        Zone in which days end.
    width_in : float, default 7
        Width of the figure. [in]

    Returns
    -------
    ndarray of Axes, shape (n_dates,)
        On a new figure, in the order of `dates`; ``axes[0].figure`` is that figure.

    Raises
    ------
    TheatreError
        If no theatre has been selected.
    DateNotFoundError
        If no map had been published by one of the dates.
    OptionError
        If there are no dates, or an option is outside its allowed values.

    Warns
    -----
    EmptyPlotWarning
        If nothing is held or contested on any of the dates.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.sample_history().select(kg.theatre("kursk"))
    >>> axes = kg.plot_small_multiples(kursk, ["2024-09-06", "2025-04-15"])
    >>> [ax.get_title(loc="left") for ax in axes]
    ['6 Sep 2024', '15 Apr 2025']
    """
    if isinstance(dates, str) or not len(dates) or columns < 1:
        msg = (
            f"Cannot draw {dates!r} in {columns} columns. Expected a list of dates and "
            "1 column or more: plot_small_multiples(history, ['2025-04-15'])."
        )
        raise OptionError(msg)
    canvas.check_width(width_in)
    ground = Ground(history)
    states = [history.at(when, tz=tz) for when in dates]
    shapes = [shape for state in states for shape in state.geometry]
    shown = basemap.view_of(shapes, ground.theatre).shaped(*RATIOS)
    states = [basemap.onwards(state, shown) for state in states]
    columns = min(columns, len(states))
    rows = -(-len(states) // columns)
    height_in = rows * (0.95 * width_in / columns / shown.ratio + 0.45) + 0.8
    grid = canvas.blank(width_in, height_in).subplots(rows, columns, squeeze=False)
    axes: NDArray[np.object_] = grid.ravel()
    found: set[Status] = set()
    for ax, state, when in zip(axes, states, dates, strict=False):
        basemap.draw_base(ax, shown, ground.theatre)
        found.update(draw_state(ax, state, ground.theatre))
        moment = pd.Timestamp(state.attrs["snapshot_utc"])
        held, _ = ground.shown(moment)
        (depth,) = ground.depths([held])
        subtitle = ", ".join(ground_words(ground.area_km2(held), depth.depth_km))
        heading(ax, day_asked(state, when), subtitle=subtitle, small=True)
    for ax in axes[len(states) :]:
        ax.set_axis_off()
    room_pt = width_in * 72 - 20
    whole = canvas.root_figure(axes[0])
    if found:
        handles = canvas.legend_of(found, ground.theatre)
        look = canvas.legend_look(handles, room_pt)
        whole.legend(loc="outside upper left", **look)
    moments = [pd.Timestamp(state.attrs["snapshot_utc"]) for state in states]
    maps = dict.fromkeys(map(moment_words, moments))
    sentences = map_sentences(states[0].attrs, ground.theatre, shown)[1:]
    said = canvas.caption_text(t("plot.maps_of", moments="; ".join(maps)), *sentences)
    words = canvas.wrap(said, room_pt, canvas.SMALL_PT)
    look = canvas.text_style(canvas.SMALL_PT, "faint") | {"gid": "caption"}
    whole.supxlabel(words, x=0.01, ha="left", **look)
    canvas.fit_height(axes[0], shown.ratio, rows=rows)
    annotate_map(axes[0], shown, ground.theatre, states[0], pieces=None)
    if not shapes:
        canvas.warn_empty("nothing is held or contested on these dates")
    return axes[: len(states)]


KINDS = ("kept", "lost", "gained")

LABELLED_SHARE, MOST_LABELS = 0.02, 8
"""Parts of this share of all change have their area written, at most so many."""


def plot_change(
    ground: gpd.GeoDataFrame,
    *,
    theatre: Theatre | None = None,
    ax: Axes | None = None,
    headline: str | None = None,
    view: tuple[float, float, float, float] | None = None,
    width_in: float = PRINT_WIDTH_IN,
) -> Axes:
    """
    Ground that was gained, lost and kept, on a map.

    Parameters
    ----------
    ground : GeoDataFrame
        As `change_between` gives it.
    theatre : Theatre, optional
        Whose region and border are drawn; by default the bundled border alone.
    ax : Axes, optional
        Where to draw; by default on a new figure.
    headline : str, optional
        Title in place of the dates.
    view : tuple of float, optional
        ``(west, south, east, north)`` in EPSG:4326; by default the ground with a
        margin. [degrees]
    width_in : float, default 7
        Width of the new figure; 4 suits a phone. [in]

    Returns
    -------
    Axes
        Slivers are drawn with their kind; ground that passed to or from contested is
        part of what was lost and gained.

    Raises
    ------
    OptionError
        If the table is not one of change, or an option is outside its allowed values.

    Warns
    -----
    EmptyPlotWarning
        If nothing was held on either map.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.sample_history().select(kg.theatre("kursk"))
    >>> ground = kg.change_between(kursk, "2025-02-28", "2025-03-31")
    >>> kg.plot_change(ground).get_title(loc="left")
    '28 Feb to 28 Mar 2025'
    """
    maker = "change_between(history, start, end)"
    require_table(ground, maker, columns=["change"], attrs=["gained_km2"])
    theatre = theatre or Theatre(name=str(ground.attrs.get("theatre") or ""))
    own = ax is None
    ax, shown = _base(ax, ground.geometry, theatre, view=view, width_in=width_in)
    ground = basemap.onwards(ground, shown)
    handles: list[Patch] = []
    paint = {kind: role(kind) for kind in KINDS[1:]}
    paint["kept"] = canvas.held_colour({"held": theatre.held})
    for level, kind in enumerate(KINDS):
        own_kind = ground[ground["change"] == kind]
        shapes = shapely.geometrycollections(own_kind.geometry.to_numpy())
        look: Look = {"color": paint[kind], "lw": 0.4, "zorder": 2 + level / 10}
        basemap.fill(ax, shapes, f"change-{kind}", **look)
        if not own_kind["sliver"].all():
            label = upper(t(f"change.{kind}"))
            handles.insert(0, Patch(fc=paint[kind], lw=0.0, label=label))
    attrs = ground.attrs
    start, end = (pd.Timestamp(attrs[f"{at}_snapshot_utc"]) for at in ("start", "end"))
    areas = {kind: attrs[f"{kind}_km2"] for kind in ("gained", "lost")}
    areas["held"], nothing = attrs["end_km2"], t("format.nothing")
    # Less than the last digit shown is nothing.
    words = {kind: km2(one) if one >= 0.05 else nothing for kind, one in areas.items()}
    words["net"] = km2(attrs["gained_km2"] - attrs["lost_km2"], sign=True)
    title = headline or canvas.span_words(start, end)
    maps = "; ".join(dict.fromkeys(map(moment_words, (start, end))))
    facts = [t("plot.maps_of", moments=maps), *map_sentences(attrs, theatre, shown)]
    figures = t("plot.change_figures", **words)
    heading(ax, title, *facts, subtitle=figures, handles=handles)
    if own:
        canvas.fit_height(ax, shown.ratio)
    places = [basemap.nearby_places(shown)]
    # The parts whose area is written on the map, as sections without a depth.
    parts = ground[ground["change"].isin(KINDS[1:]) & ~ground["sliver"]]
    least_km2 = LABELLED_SHARE * parts["area_km2"].sum()
    parts = parts[parts["area_km2"] >= least_km2].nlargest(MOST_LABELS, "area_km2")
    parts = parts.assign(error_m=np.nan)
    annotate_map(ax, shown, theatre, ground, pieces=parts, context=places)
    if ground.empty:
        canvas.warn_empty("nothing was held on either map")
    return ax


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
    >>> kursk = kg.sample_history().select(kg.theatre("kursk"))
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
    view = basemap.view_of(state.geometry, theatre)
    state = basemap.onwards(state, view)
    page = folium.Map(tiles="OpenStreetMap", control_scale=True)
    around = view.grown(50.0)
    line = basemap.border_in(around, theatre)
    if not line.is_empty:
        border = gpd.GeoDataFrame({"name": ["Border"]}, geometry=[line], crs=WGS84)
        border.explore(m=page, color="black", name="Border", tooltip=False)
    for status in (s for s in COLOURS if s in set(state["status"])):
        word, shapes = (
            canvas.legend_word(status, theatre),
            state[state["status"] == status],
        )
        columns = {
            "Status": word,
            "Label": [escape(canvas.plain(label)) for label in shapes["label"]],
            "Since": [moment_words(when) for when in shapes["valid_from"]],
        }
        told = gpd.GeoDataFrame(columns, geometry=shapes.geometry.array, crs=WGS84)
        look = {"fillOpacity": 0.6, "weight": 1}
        told.explore(m=page, color=canvas.colour(status), name=word, style_kwds=look)
    folium.LayerControl().add_to(page)
    west, south, east, north = view.bounds
    page.fit_bounds([[south, west], [north, east]])
    credit = canvas.caption_text(*map_sentences(state.attrs, theatre, around))
    note = f"<p style='font:11px sans-serif;margin:4px'>{escape(credit)}</p>"
    root: Any = page.get_root()
    root.html.add_child(folium.Element(note))
    if state.empty:
        canvas.warn_empty("nothing is held or contested on this map")
    return page


DPI = 120
"""Pixels by inch of an animation: 840 wide at 7 inches, 480 at 4."""
HOLD_S = 2.0
"""How long the last frame stands at least. [s]"""
FEWEST_FPS, MOST_FPS = 0.1, 50.0
"""Frames in a second that players show as they are told. [1/s]"""


def animate(
    history: ControlHistory,
    path: str | Path,
    *,
    every: Every = "change",
    fps: float = 4.0,
    tz: str = "UTC",
    width_in: float = PRINT_WIDTH_IN,
) -> Path:
    """
    Write the history as a moving map.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre.
    path : str or Path
        GIF to write, or to write anew.
    every : {"change", "map", "day", "week", "month", "year"}, default "change"
        One frame a map on which the theatre changed, one a published map, or one a
        calendar period. Only with periods does time run evenly.
    fps : float, default 4
        Frames in a second. [1/s]
    tz : str, default "UTC"
        Zone in which days end.
    width_in : float, default 7
        Width at 120 pixels an inch; 4 suits a phone. [in]

    Returns
    -------
    Path
        The file, written whole or not at all.

    Raises
    ------
    TheatreError
        If no theatre has been selected.
    OptionError
        If the ending is not ``.gif``, or an option is outside
        its allowed values.

    Warns
    -----
    EmptyPlotWarning
        If nothing is held or contested on any map.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.sample_history().select(kg.theatre("kursk"))
    >>> kg.animate(kursk, "kursk.avi")
    Traceback (most recent call last):
        ...
    kursk_geo.errors.OptionError: Cannot write kursk.avi as a moving map. Expected ...
    """
    path = Path(path)
    if path.suffix.lower() != ".gif":
        given = f"Cannot write {path} as a moving map."
        msg = f"{given} Expected a name that ends in .gif."
        raise OptionError(msg)
    pace = f"a pace. Expected {FEWEST_FPS:g} to {MOST_FPS:g} frames in a second."
    check_number("fps", fps, pace, least=FEWEST_FPS, below=MOST_FPS + 0.01)
    canvas.check_width(width_in)
    table, theatre = measure(history, every=every, tz=tz), Ground(history).theatre
    ever = history.shapes.drop_duplicates("shape_id")
    shown = basemap.view_of(ever.geometry, theatre).shaped(*RATIOS)
    ever = basemap.onwards(ever, shown)
    # All that stays the same from frame to frame, and room for what does not.
    size = width_in, width_in / shown.ratio + 1.0
    figure = Figure(figsize=size, dpi=DPI, layout="constrained")
    agg, ax = FigureCanvasAgg(figure), figure.subplots()
    basemap.draw_base(ax, shown, theatre)
    handles = canvas.legend_of(set(ever["status"]), theatre)
    longest = "; ".join(ground_words(88_888.0, 88.8, contested_km2=88_888.0))
    span = t("plot.no_maps")
    if not table.empty:
        first, *_, last = history.snapshots["snapshot_utc"].iloc[[0, -1]]
        span = t("plot.maps_from", first=moment_words(first), last=moment_words(last))
    facts = [span, *map_sentences(history.about, theatre, shown)]
    widest = "88 May 8888, 88:88 UTC"
    title = heading(ax, widest, *facts, subtitle=longest, handles=handles)
    canvas.fit_height(ax, shown.ratio)
    annotate_map(ax, shown, theatre, ever, pieces=None)
    figure.set_layout_engine("none")
    title.set_text(t("plot.no_maps"))
    (subtitle,) = (text for text in ax.texts if text.get_gid() == "subtitle")
    subtitle.set_text("")

    def image(position: int) -> Image.Image:
        """The frame of a row as pixels, in place of the one before."""
        for patch in list(ax.patches):
            if str(patch.get_gid()).startswith("status-"):
                patch.remove()
        if not table.empty:
            row, when = table.iloc[position], table.index[position]
            moment = row.get("snapshot_utc", when)
            draw_state(ax, basemap.onwards(history.at(moment), shown), theatre)
            title.set_text(moment_words(when) if when is moment else day_words(when))
            figures = row["area_km2"], row["depth_km"]
            words = ground_words(*figures, contested_km2=row["contested_km2"])
            subtitle.set_text("; ".join(words))
        agg.draw()  # type: ignore[no-untyped-call]  # has no types
        pixels = agg.buffer_rgba()  # type: ignore[no-untyped-call]  # nor this
        return Image.fromarray(np.asarray(pixels)).convert("RGB")

    frames = range(max(len(table), 1))
    still = [frames[-1]] * (int(np.ceil(HOLD_S * fps)) - 1)
    positions = track([*frames, *still], description=t("plot.drawing"))
    make_folder(path.parent)
    with writing(path) as beside:
        # One by one: matplotlib's own writer of GIF keeps all frames in full.
        images = map(image, positions)
        step_ms = 10 * round(100.0 / fps)  # told in hundredths of a second
        how: Look = {"save_all": True, "append_images": images, "loop": 0}
        next(images).save(beside, format="GIF", duration=step_ms, **how)
    if history.shapes.empty:
        canvas.warn_empty("nothing is held or contested on these maps")
    return path
