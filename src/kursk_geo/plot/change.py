"""What changed, on a map; and how far held ground reaches, along the border."""

import geopandas as gpd
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.patches import Patch, PathPatch

from kursk_geo import reference
from kursk_geo.errors import OptionError
from kursk_geo.plot.base import RATIOS, View, border_in, draw_base, outline, view_of
from kursk_geo.plot.page import (
    caption,
    fit_height,
    heading,
    new_figure,
    warn_empty,
)
from kursk_geo.plot.state import annotate_map
from kursk_geo.plot.style import (
    PRINT_WIDTH_IN,
    day_words,
    km2_words,
    moment_words,
)
from kursk_geo.theatre import Theatre

KINDS = {
    "kept": ("#d6d6d6", "Kept"),
    "lost": ("#c4601d", "Lost"),
    "gained": ("#0b3c6e", "Gained"),
}
"""Fill and word, light to dark: told apart in grey print, and if colour-blind."""

LABELLED_SHARE, MOST_LABELS = 0.02, 8
"""Parts of this share of all change have their area written, at most so many."""

ENDS = ("start", "end")


def plot_change(
    ground: gpd.GeoDataFrame,
    *,
    theatre: Theatre | None = None,
    ax: Axes | None = None,
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
    >>> kursk = kg.read_history("sample_data/deepstate").select(kg.theatre("kursk"))
    >>> ground = kg.change_between(kursk, "2025-02-28", "2025-03-31")
    >>> kg.plot_change(ground).get_title(loc="left")
    '28 Feb to 28 Mar 2025'
    """
    if "change" not in ground.columns or "gained_km2" not in ground.attrs:
        msg = (
            "The table lacks change. Expected what kursk_geo.change_between(history, "
            "start, end) gives, with its attrs."
        )
        raise OptionError(msg)
    theatre = theatre or Theatre(name=str(ground.attrs.get("theatre") or ""))
    shown = View(*view) if view else view_of(list(ground.geometry), theatre)
    own = ax is None
    if view is None:
        shown = shown.shaped(*RATIOS)
    ax = ax or new_figure(width_in, width_in / shown.ratio + 1.0)[1]
    draw_base(ax, shown, theatre)
    handles = _draw_kinds(ax, ground)
    heading(
        ax,
        _span(ground.attrs),
        subtitle=_figures(ground.attrs),
        handles=handles,
    )
    caption(ax, *_sentences(ground.attrs, theatre, shown), below_pt=20.0)
    if own:
        fit_height(ax, shown.ratio)
    annotate_map(ax, shown, theatre, ground, pieces=_largest(ground))
    if ground.empty:
        warn_empty("nothing was held on either map")
    return ax


def _draw_kinds(ax: Axes, ground: gpd.GeoDataFrame) -> list[Patch]:
    """Draw each kind; the legend's entries of those that are more than slivers."""
    seen = []
    for level, (kind, (fill, word)) in enumerate(KINDS.items()):
        own = ground[ground["change"] == kind]
        if own.empty:
            continue
        shapes = shapely.geometrycollections(own.geometry.to_numpy())
        ax.add_patch(
            PathPatch(
                outline(shapes),
                facecolor=fill,
                edgecolor=fill,
                linewidth=0.4,
                zorder=2 + level / 10,
                gid=f"change-{kind}",
            )
        )
        if not own["sliver"].all():
            seen.append(Patch(facecolor=fill, linewidth=0.0, label=word))
    return seen[::-1]


def _span(attrs: dict[object, object]) -> str:
    start, end = (pd.Timestamp(str(attrs[f"{at}_snapshot_utc"])) for at in ENDS)
    words = day_words(start)
    if start.year == end.year:
        words = words.removesuffix(f" {start.year}")
    return f"{words} to {day_words(end)}"


def _figures(attrs: dict[object, float]) -> str:
    """Gained, lost and net area, in words."""
    gained, lost = (
        km2_words(attrs[f"{kind}_km2"]) if attrs[f"{kind}_km2"] >= 0.005 else "nothing"
        for kind in ("gained", "lost")
    )
    net = attrs["gained_km2"] - attrs["lost_km2"]
    sign = "+" if net > 0 else "−"
    held = km2_words(attrs["end_km2"]) if attrs["end_km2"] > 0 else "nothing"
    return (
        f"Gained {gained}, lost {lost} (net {sign}{km2_words(abs(net))}); {held} held "
        "at the end"
    )


def _sentences(attrs: dict[object, object], theatre: Theatre, view: View) -> list[str]:
    instants = [pd.Timestamp(str(attrs[f"{at}_snapshot_utc"])) for at in ENDS]
    maps = " and ".join(moment_words(instant) for instant in instants)
    sentences = [
        f"Maps of {maps}",
        f"Source: {attrs.get('attribution') or attrs.get('source')}",
        f"Theatre {theatre.name}" if theatre.name else "",
    ]
    bundled = theatre.border is None or theatre.border.equals(reference.border())
    if bundled and not border_in(view, theatre).is_empty:
        sentences.append("Border © OpenStreetMap contributors")
    return sentences


def _largest(ground: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The parts whose area is written on the map, as sections without a depth."""
    changed = ground["change"].isin(["gained", "lost"]) & ~ground["sliver"]
    parts = ground[changed]
    least_km2 = LABELLED_SHARE * parts["area_km2"].sum()
    parts = parts[parts["area_km2"] >= least_km2].nlargest(MOST_LABELS, "area_km2")
    return parts.assign(witness=None, border_point=None)
