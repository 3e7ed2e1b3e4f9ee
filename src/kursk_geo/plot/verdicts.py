"""Since when a sentence is true: one ribbon of days."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.transforms import ScaledTranslation

from kursk_geo import _text
from kursk_geo._text import day_words, km2, quoted, t
from kursk_geo.errors import OptionError, mistaken
from kursk_geo.history import ControlHistory, require_history, selected_theatre
from kursk_geo.measure import measure
from kursk_geo.periods import DAY
from kursk_geo.plot import basemap, canvas
from kursk_geo.plot.basemap import Board, View
from kursk_geo.plot.canvas import PRINT_WIDTH_IN, SMALL_PT, Look, days_of, role
from kursk_geo.plot.maps import draw_state
from kursk_geo.theatre import theatre as theatre_of

if TYPE_CHECKING:
    from kursk_geo.claims import Verdict

__all__ = ["Stretch", "ribbon"]

RIBBON = {"true": "holds", "larger": "larger", "smaller": "smaller"}
"""Role of the colour of each kind of stretch."""
FAR_DAYS = 7.0
"""A map this much older than a day does not stand for it. [days]"""
NEAR_DAYS = 25.0
"""Days that are nearer to each other tell the same change. [days]"""


@dataclass(frozen=True)
class Stretch:
    """Days from which a change counts as told: ``true``, ``larger`` or ``smaller``."""

    start: pd.Timestamp
    end: pd.Timestamp
    kind: str


def ribbon(verdict: "Verdict") -> list[Stretch]:
    """
    The days since when a change can be counted, in stretches of one answer.

    Parameters
    ----------
    verdict : Verdict
        Of a sentence that does not say since when; of others there is no stretch.

    Returns
    -------
    list of Stretch
        In order; a stretch ends where the next begins, or a day after its last.

    Raises
    ------
    Nothing
        Days without a figure belong to no stretch.
    """
    rows = verdict.since
    says = getattr(verdict.claim, "says", None)
    if says is None or rows.empty:
        return []
    rows = rows.dropna(subset=["figure"])
    fall = sum(end for end in (says.low, says.high) if np.isfinite(end)) < 0
    beyond = rows["figure"] < says.low if fall else rows["figure"] > says.high
    kinds = np.select(
        [rows["holds"].astype(bool), beyond], ["true", "larger"], "smaller"
    )
    rows = rows.assign(kind=kinds)
    new = (rows["kind"] != rows["kind"].shift()) | (rows["day"].diff() != DAY)
    return [
        Stretch(part["day"].iloc[0], part["day"].iloc[-1] + DAY, part["kind"].iloc[0])
        for _, part in rows.groupby(new.cumsum())
    ]


def plot_since(
    verdict: "Verdict",
    history: ControlHistory,
    *,
    ax: Axes | None = None,
    headline: str | None = None,
    width_in: float = PRINT_WIDTH_IN,
) -> Axes:
    """
    Since when a change has to be counted for a sentence to be true.

    Parameters
    ----------
    verdict : Verdict
        Of a sentence about a change that does not say since when, as `check` gives it.
    history : ControlHistory
        That it was checked on, as read or selected for the claim's theatre.
    ax : Axes, optional
        Where to draw the line and the ribbon; by default on a new figure, with maps of
        the days that matter.
    headline : str, optional
        Title in place of the finding.
    width_in : float, default 7
        Width of the new figure; 4 suits a phone. [in]

    Returns
    -------
    Axes
        Held ground over time; the days from which the sentence is true are shaded,
        and below them one ribbon of days tells where it is true, and where the change
        was larger or smaller.

    Raises
    ------
    OptionError
        If the sentence says since when, tells of no change, or of one that can be
        computed from no day; or the width is not between 2 and 30 inches.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> history = kg.sample_history()
    >>> [one] = kg.check("bloomberg-2025-04-26-shrunk", history)
    >>> ax = kg.plot_since(one, history)
    >>> ax.get_ylabel()
    'Area [km²]'
    """
    canvas.check_width(width_in)
    if not hasattr(verdict, "claim"):
        expected = "one: kg.check('a sentence', kg.read_history({path}))[0]"
        raise OptionError(mistaken(verdict, "a verdict", expected))
    require_history(history)
    claim: Any = verdict.claim
    stretches = ribbon(verdict)
    if not stretches:
        msg = (
            "This sentence says since when, tells of no change, or of one that can be "
            "computed from no day. Expected a verdict whose `since` has figures."
        )
        raise OptionError(msg)
    cut = history if history.theatre else history.select(theatre_of(claim.theatre))
    theatre = selected_theatre(cut)
    reading = _text.upper(canvas.plain(claim.says.reading))
    whose = {"attribution": verdict.attribution or cut.attribution}
    facts = [reading, canvas.credit(whose)]
    facts += [t("plot.border")] if basemap.is_bundled(theatre.border) else []
    area = measure(cut, every="change")["area_km2"]
    told = {one["role"]: pd.Timestamp(one["snapshot_utc"]) for one in verdict.maps}
    # Without a map to which it is counted: the last of the ribbon.
    ends = [told[name] for name in ("at", "next") if name in told]
    ends = ends or [stretches[-1].end]
    usual = _usual_days(cut, area, stretches[0].start, ends[0])
    phrase, days = quoted(_text.upper(claim.says.text)), true_words(stretches)
    title = f"{phrase}? {t('since.only', days=days) if days else t('since.never')}"
    said = [claim.outlet, day_words(pd.Timestamp(claim.published))]
    sentence = quoted(canvas.plain(claim.text).removesuffix("."))
    subtitle = f"{', '.join(filter(None, said))}: {sentence}. {t('since.not_said')}"
    title = headline or title
    panels: list[tuple[Axes, View, gpd.GeoDataFrame]] = []
    if ax is None:
        true = [one for one in stretches if one.kind == "true"]
        longest = sorted(true, key=lambda one: one.start - one.end)[:1]
        middle = [(one.start + (one.end - one.start) / 2, "") for one in longest]
        days_shown = sorted([*middle, *((day, words) for day, words, _ in usual)])
        days_shown.append((ends[0], ""))
        ax, panels = _sheet(title, cut, area, days_shown, width_in=width_in)
        title = ""
    _draw_area(ax, area, stretches, ends)
    canvas.heading(ax, title, *facts, subtitle=subtitle, below_pt=58.0)
    # The town that was fought for, on each map, before the largest around.
    fought = shapely.union_all([state.geometry.union_all() for *_, state in panels])
    for panel, view, state in panels:
        board = Board(panel)
        board.busy.append(board.on_paper(state.geometry.union_all()))
        towns = basemap.nearby_places(view, most=1, within=fought)
        places = [towns, basemap.nearby_places(view, most=3)]
        basemap.draw_places(board, basemap.find_places(board, places))
    _mark_usual(ax, area, usual, ends)
    return ax


def _usual_days(
    cut: ControlHistory, area: pd.Series, first: pd.Timestamp, end: pd.Timestamp
) -> list[tuple[pd.Timestamp, str, str]]:
    """
    The peak before a day, and three months before that day where they lie apart.

    With what a map of that day is called, and what a change since then.
    """
    begin = max(int(area.index.searchsorted(first, side="right")) - 1, 0)
    before = area.iloc[begin : int(area.index.searchsorted(end, side="right"))]
    peak = pd.Timestamp(str(before.idxmax()))
    days = [(peak, t("since.peak"), t("since.from_peak"))]
    earlier = end - pd.DateOffset(months=3)
    if earlier > area.index[0] and abs(earlier - peak) > NEAR_DAYS * DAY:
        map_utc = cut.snapshot_at(earlier)["snapshot_utc"]
        # A label never stands over a map that is more than a week off.
        if (earlier - map_utc) / DAY <= FAR_DAYS:
            words = day_words(earlier, year=False)
            days.append((earlier, t("since.three_months"), words))
    return days


def _sheet(
    title: str,
    cut: ControlHistory,
    area: pd.Series,
    days: list[tuple[pd.Timestamp, str]],
    *,
    width_in: float,
) -> tuple[Axes, list[tuple[Axes, View, gpd.GeoDataFrame]]]:
    """The Axes of the area below maps of the days that matter, not yet labelled."""
    columns = min(len(days), 4 if width_in > 5 else 2)
    days = days[:1] + days[-(columns - 1) :]
    heights = [width_in / columns * 0.72 + 0.4, 0.4 * width_in + 0.9 + 5.0 / width_in]
    whole = canvas.blank(width_in, sum(heights) + 0.75)
    grid = whole.add_gridspec(2, columns, height_ratios=heights)
    theatre, states = selected_theatre(cut), [cut.at(day) for day, _ in days]
    shapes = [shape for state in states for shape in state.geometry]
    view = basemap.view_of(shapes, theatre).shaped(1.25, 1.25)
    panels = []
    for column, (state, (day, words)) in enumerate(zip(states, days, strict=True)):
        panel = whole.add_subplot(grid[0, column])
        basemap.draw_base(panel, view, theatre)
        draw_state(panel, state, theatre)
        held = km2(_at(area, pd.Timestamp(state.attrs["snapshot_utc"])))
        figures = t("plot.area_held", area=held)
        canvas.heading(panel, f"{day_words(day)}{words}", subtitle=figures, small=True)
        panels.append((panel, view, state))
    # The finding over the whole figure, and where it is. Small pictures have wider
    # letters: room is kept before the locator.
    lines = canvas.wrap(title, 0.8 * width_in * 72, canvas.TITLE_PT, bold=True)
    look: Look = {"weight": "bold", "gid": "headline", "ha": "left"}
    whole.suptitle(lines, x=0.012, **look, **canvas.text_style(canvas.TITLE_PT))
    height_in = whole.get_figheight()
    corner = whole.add_axes((0.87, 1 - 0.78 / height_in, 0.12, 0.76 / height_in))
    corner.set(in_layout=False, gid="locator")
    basemap.draw_locator(corner, view)
    return whole.add_subplot(grid[1, :]), panels


def _x(moment: pd.Timestamp) -> float:
    return float(days_of([moment])[0])


def _at(table: pd.Series, moment: pd.Timestamp) -> float:
    return float(table[table.index <= moment].iloc[-1])


def _draw_area(
    ax: Axes, table: pd.Series, stretches: list[Stretch], ends: list[pd.Timestamp]
) -> None:
    """
    Held ground in steps; true days shaded, and the line thick on them.

    Below the axis one bar a stretch, with its word where it has room.
    """
    first, last = stretches[0].start, ends[-1]
    shown = table[table.index < last + 14 * DAY]
    x, y = days_of(shown.index), shown.to_numpy(dtype=float)
    steps: Look = {"drawstyle": "steps-post", "solid_capstyle": "butt"}
    ax.plot(x, y, color=role("held"), lw=1.6, zorder=3, gid="held", **steps)
    for end in ends:
        level, ink = _at(table, end), role("ink")
        ax.hlines(level, _x(first), _x(end), ink, (0, (1.5, 1.5)), lw=0.9, zorder=2)
        ax.plot(_x(end), level, "o", ms=5, color=ink, zorder=5, gid="end")
    canvas.dress_chart(ax, t("plot.area_axis"))
    low, high = _x(max(first, table.index[0])) - 3, _x(last) + 12
    most = 1.12 * (float(np.nanmax(y)) if len(y) else 1.0) or 1.0
    ax.set(xlim=(low, high), ylim=(0.0, most))
    across, inches = ax.get_xaxis_transform(), canvas.root_figure(ax).dpi_scale_trans
    below = across + ScaledTranslation(0.0, -38 / 72, inches)
    width_pt, height_pt = np.array(canvas.page_in(ax)) * ax.get_position().size * 72
    height = 13.0 / max(height_pt, 60.0)
    for one in stretches:
        begin, until, true = _x(one.start), _x(one.end), one.kind == "true"
        if true:
            pale: Look = {"color": role("holds_pale"), "lw": 0.0, "zorder": 0.5}
            days = ax.axvspan(begin, until, gid="true", **pale)
            thick: Look = {"lw": 3.4, "zorder": 4, "gid": "holds"} | steps
            [line] = ax.plot(x, y, color=role("holds"), **thick)
            line.set_clip_path(days)
        left, right = max(begin, low), min(until, high)
        if right <= left:
            continue
        bar: Look = {"transform": below, "clip_on": False, "lw": 0.0}
        bar |= {"facecolor": role(RIBBON[one.kind]), "gid": f"ribbon-{one.kind}"}
        ax.add_patch(Rectangle((left, 0.0), right - left, height, **bar))
        room_pt = width_pt * (right - left) / (high - low)
        for words in (t(f"since.{one.kind}_long"), t(f"since.{one.kind}")):
            if canvas.text_width_pt(words, SMALL_PT, bold=true) + 4 < room_pt:
                look: Look = {"ink": "paper", "weight": "bold"} if true else {}
                look |= {"ha": "center", "va": "center_baseline", "gid": "ribbon"}
                middle = (left + right) / 2, height / 2
                canvas.write(ax, words, middle, (0.0, -38.0), xycoords=across, **look)
                break


def _mark_usual(
    ax: Axes,
    table: pd.Series,
    usual: list[tuple[pd.Timestamp, str, str]],
    ends: list[pd.Timestamp],
) -> None:
    """Change from the peak and from three months before, and the area at the end."""
    board, last = Board(ax), ends[0]
    steps = np.repeat(days_of(table.index), 2)[1:], np.repeat(table.to_numpy(), 2)[:-1]
    lines, level = [np.column_stack(steps)], _at(table, last)
    areas = {end: _at(table, end) for end in ends}
    left = ax.get_xlim()[0]
    lines += [np.array([(left, y), (_x(end), y)]) for end, y in areas.items()]
    told = (f"{day_words(end, year=False)}: {km2(y)}" for end, y in areas.items())
    labels = [(", ".join(told), _x(last), min(areas.values()), "end-label")]
    for number, (moment, _, words) in enumerate(usual):
        # That from the peak stands clear of the step up to it.
        value, x = _at(table, moment), _x(moment) + 2.0 * (number == 0)
        if value <= 0 or value == level:
            continue
        arrow = {"arrowstyle": "-|>", "color": role("faint"), "shrinkA": 0.0}
        ax.annotate("", (x, level), (x, value), arrowprops=arrow, gid="arrow", zorder=4)
        lines.append(np.array([(x, level), (x, value)]))
        share = _text.figure(100 * (level - value) / value, 0, "%", sign=True)
        labels.append((f"{words}: {share}", x, (value + level) / 2, "baseline"))
    board.lines += [board.on_paper(shapely.LineString(line)) for line in lines]
    for words, x, y, gid in labels:
        label = basemap.label(board, board.spot(x, y), words, gid, type_pt=SMALL_PT)
        if label and gid == "end-label":
            label.set(fontweight="bold")


def true_words(stretches: list[Stretch]) -> str:
    """Between which days a sentence is true, in words."""
    spans = [
        canvas.span_words(one.start, one.end - DAY, key="since.span")
        for one in sorted(stretches, key=lambda one: one.start - one.end)
        if one.kind == "true" and (one.end - one.start) / DAY >= 2
    ]
    return _text.and_words(spans[:2])
