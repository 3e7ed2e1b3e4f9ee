"""One state on a map: its ground, what is written on it, and what is said of it."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch

from kursk_geo import reference
from kursk_geo.area import area_km2
from kursk_geo.geometry import as_array
from kursk_geo.ground import Ground
from kursk_geo.history import ControlHistory
from kursk_geo.periods import When
from kursk_geo.plot.base import (
    View,
    bar_length_km,
    border_in,
    country_sides,
    draw_scale_bar,
    outline,
)
from kursk_geo.plot.context import mark_places, name_places
from kursk_geo.plot.labels import Board, label_ground, label_side, size_pt
from kursk_geo.plot.style import (
    COLOURS,
    HATCH_INK,
    HATCHES,
    INK,
    SMALL_PT,
    TEXT_PT,
    day_words,
    km2_words,
    km_words,
    moment_words,
)
from kursk_geo.sections import MIN_AREA_KM2
from kursk_geo.status import Status
from kursk_geo.theatre import Theatre

CORNERS = ((0.03, 0.045), (0.97, 0.045), (0.97, 0.91), (0.03, 0.91))
"""Where the scale bar may stand: the first corner that is free of ground."""
OLD_DAYS = 1.0
"""A map older than this at the date asked for is called old. [days]"""


# The state


def state_at(history: ControlHistory, when: When | None, tz: str) -> gpd.GeoDataFrame:
    """The shapes of a map; by default the last; of an empty history none."""
    if when is None and history.snapshots.empty:
        state = history.shapes.iloc[:0].copy()
        state.attrs = {"source": history.source, "attribution": history.attribution}
        return state
    last = history.snapshots["snapshot_utc"].max()
    return history.at(last if when is None else when, tz=tz)


def draw_state(ax: Axes, state: gpd.GeoDataFrame, theatre: Theatre) -> list[Status]:
    """Draw the ground of each status; those to be seen, dark to light."""
    present, seen = set(state["status"]), set()
    # Held ground comes last, on top: contested ground never counts what is also held.
    order = [s for s in COLOURS if s not in theatre.held]
    order += [s for s in COLOURS if s in theatre.held]
    for level, status in enumerate(order):
        if status not in present:
            continue
        ground = shapely.union_all(state.geometry[state["status"] == status].to_numpy())
        if area_km2(as_array([ground]))[0] >= MIN_AREA_KM2:
            seen.add(status)
        ax.add_patch(
            PathPatch(
                outline(ground),
                facecolor=COLOURS[status],
                edgecolor=HATCH_INK if HATCHES[status] else COLOURS[status],
                hatch=HATCHES[status],
                linewidth=0.5,
                zorder=2 + level / 10,
                gid=f"status-{status}",
            )
        )
    return [status for status in COLOURS if status in seen]


def day_asked(state: gpd.GeoDataFrame, when: When | None) -> str:
    """The title: the day asked for, or the instant of the map."""
    if "snapshot_utc" not in state.attrs:
        return "No maps"
    if when is not None and ":" not in str(when):
        return day_words(pd.Timestamp(when))
    return moment_words(pd.Timestamp(state.attrs["snapshot_utc"]))


def panel_figures(ground: Ground, moment: pd.Timestamp) -> str:
    """Held area and depth of a map, in words."""
    held, _ = ground.shown(moment)
    if not held:
        return "nothing held"
    words = [km2_words(ground.area_km2(held))]
    depth = ground.depth(held)
    if depth is not None:
        words.append(f"{km_words(depth.depth_km)} deep")
    return ", ".join(words)


def map_figures(
    history: ControlHistory, state: gpd.GeoDataFrame, pieces: gpd.GeoDataFrame | None
) -> str:
    """Area, sections, depth and contested area of a map, in words."""
    if pieces is None or "snapshot_utc" not in state.attrs:
        return ""
    moment = pd.Timestamp(state.attrs["snapshot_utc"])
    ground = Ground(history)
    held, contested = ground.shown(moment)
    words = ["Nothing held"]
    if held:
        n = len(pieces)
        count = f"{n} section{'s' if n != 1 else ''}"
        words = [f"{km2_words(ground.area_km2(held))} held in {count}"]
        if pieces["depth_km"].notna().any():
            words.append(f"at most {km_words(pieces['depth_km'].max())} deep")
    if contested:
        grey_km2 = ground.area_km2(contested, without=held)
        words.append(f"{km2_words(grey_km2)} contested")
    return "; ".join(words)


def map_sentences(state: gpd.GeoDataFrame, theatre: Theatre, view: View) -> list[str]:
    """What the caption says: snapshot, source, theatre, border."""
    attrs = state.attrs
    sentences = []
    if "snapshot_utc" in attrs:
        moment = pd.Timestamp(attrs["snapshot_utc"])
        age = attrs.get("staleness_days", 0.0)
        old = f", {age:.1f} days before the end of that day" if age > OLD_DAYS else ""
        sentences.append(
            f"Map of {moment_words(moment)} (snapshot {attrs['snapshot_id']}){old}"
        )
    sentences.append(f"Source: {attrs.get('attribution') or attrs.get('source')}")
    sentences.append(f"Theatre {theatre.name}")
    bundled = theatre.border is None or theatre.border.equals(reference.border())
    if bundled and not border_in(view, theatre).is_empty:
        sentences.append("Border © OpenStreetMap contributors")
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
) -> None:
    """Scale bar, depth lines, section labels and names of countries, clear of all."""
    board = Board(ax)
    if not state.empty:
        board.keep_clear(shapely.union_all(state.geometry.to_numpy()))
    line = border_in(view, theatre)
    if not line.is_empty:
        board.lines.append(board.on_paper(line))
    _place_scale_bar(board, view)
    marked = mark_places(board, list(context))
    if pieces is not None:
        for piece in pieces.itertuples():
            if piece.witness is not None:
                _draw_depth(ax, piece.border_point, piece.witness)
                reach = shapely.LineString([piece.border_point, piece.witness])
                board.lines.append(board.on_paper(reach).buffer(3.0))
        for piece in pieces.iloc[::-1].itertuples():
            text = km2_words(piece.area_km2)
            if piece.witness is not None:
                text += f"\n{km_words(piece.depth_km)} deep"
            rivals = pieces.geometry[pieces.index != piece.Index].union_all()
            label_ground(board, piece.geometry, text, rivals=rivals)
    name_places(board, marked)
    for name, side in country_sides(view, theatre).items():
        label_side(board, side, name, SMALL_PT if pieces is None else TEXT_PT)


def _place_scale_bar(board: Board, view: View) -> None:
    """In the first corner that is free of ground."""
    width, height = board.paper.bounds[2:]
    words = size_pt("500 km   N ↑", SMALL_PT)
    bar = max(width * bar_length_km(view) / view.size_km[0], words[0])
    boxes = []
    for x, y in CORNERS:
        left, foot = x * (width - bar), y * height
        boxes.append(shapely.box(left - 4, foot - 4, left + bar + 4, foot + 16))
    covered = [sum(b.intersection(g).area for g in board.busy) for b in boxes]
    best = int(np.argmin(covered))
    board.taken.append(boxes[best])
    draw_scale_bar(board.ax, view, CORNERS[best])


def _draw_depth(ax: Axes, start: shapely.Point, witness: shapely.Point) -> None:
    xs, ys = (start.x, witness.x), (start.y, witness.y)
    ax.plot(xs, ys, color="white", lw=2.4, zorder=6, gid="depth-casing")
    ax.plot(
        xs,
        ys,
        color=INK,
        lw=1.1,
        marker="o",
        markevery=[1],
        markersize=3.5,
        markerfacecolor="white",
        markeredgecolor=INK,
        markeredgewidth=0.9,
        zorder=7,
        gid="depth",
    )
