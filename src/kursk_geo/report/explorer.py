"""What the two handles of the page move: pictures, the map of any two days, errors."""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Affine2D
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kursk_geo._text import day_words, named, t, visible, words_of
from kursk_geo.area import area_km2
from kursk_geo.geometry import as_array, explode, orient
from kursk_geo.periods import DAY
from kursk_geo.plot import basemap, charts
from kursk_geo.plot.basemap import View, records, view_of
from kursk_geo.plot.canvas import LIGHT, SMALL_PT, days_of, plain_number, root_figure
from kursk_geo.plot.maps import annotate_map
from kursk_geo.report.tables import NOTABLE, SCORE_95, Account, per_cent
from kursk_geo.status import Status
from kursk_geo.theatre import Theatre

__all__ = ["Chart", "atlas_of", "charts_of", "data_of", "marks_of", "presets"]

WIDTH, FINE = 720, 2
"""Width of a chart in pixels, as it is drawn, and the steps of its lines in one."""
NAMES = {colour: name.replace("_", "-") for name, colour in reversed(LIGHT.items())}
"""Role by colour: the page has each role as a variable, light and dark."""
TYPE = 13.0
"""Size of words on the page. [px]"""
PHONE_DAYS = 5
"""Days that have room below a chart on a phone."""
THICKEST = 0.55
"""Thickness of the thickest piece, in rows: its name stands above it."""
MOST_ROWS = 14
"""Pieces that are drawn, the largest."""


def path_data(lines: Iterable[NDArray[np.float64]], *, closed: bool) -> str:
    """Lines as the data of an SVG path, in whole steps from point to point."""
    parts = []
    for line in lines:
        xy = np.round(line).astype(int)
        xy = xy[np.r_[True, (np.diff(xy, axis=0) != 0).any(axis=1)]]
        if closed and len(xy) > 1 and (xy[0] == xy[-1]).all():
            xy = xy[:-1]
        if len(xy) >= (3 if closed else 2):
            pairs = " ".join(f"{x} {y}" for x, y in np.diff(xy, axis=0).tolist())
            start = f"M{xy[0][0]} {xy[0][1]}l{pairs.replace(' -', '-')}"
            parts.append(start + ("z" if closed else ""))
    return "".join(parts)


class Chart(RendererBase):
    """
    A picture that is as wide as its room: widths in shares, heights in pixels.

    Parameters
    ----------
    ax : Axes
        Drawn here with all of its figure; they take the whole width.
    scale : tuple of float
        Steps of its paths in a pixel, across and down.
    """

    def __init__(self, ax: Axes, *, scale: tuple[float, float] = (FINE, 1)) -> None:
        super().__init__()
        figure = root_figure(ax)
        self.width, self.height = figure.bbox.width, figure.bbox.height
        self.scale, self.dpi, self.groups = scale, figure.dpi, [""]
        across, down = scale
        self.steps = Affine2D().scale(across, -down).translate(0, down * self.height)
        self.degrees = ax.transData + self.steps
        # Class and data of each path; class and place of the others; where words are
        # held, and what they say.
        self.paths: list[list[str]] = []
        self.dots: list[tuple[str, float, float]] = []
        self.words: list[tuple[str, float, float, str, str]] = []
        for one in figure.axes:
            one.patch.set_visible(False)
            one.draw(self)

    def outline(self, ground: BaseGeometry) -> str:
        """Polygons in the units of the Axes as the data of a path; "" for none."""
        placed = shapely.transform(ground, self.degrees.transform)
        # Alike oriented, shapes that overlap are filled once, and holes stay open.
        parts = orient(explode(as_array([shapely.simplify(placed, 1.0)]))[0])
        rings = map(shapely.get_coordinates, shapely.get_rings(parts))
        return path_data(rings, closed=True)

    def open_group(self, s: str, gid: str | None = None) -> None:
        """What is drawn next belongs to an artist."""
        # matplotlib tells its own names in `s`; those that we gave are gids.
        self.groups.append(gid or (s and self.groups[-1]))

    def close_group(self, s: str) -> None:
        """The artist has been drawn."""
        del s
        self.groups.pop()

    def get_canvas_width_height(self) -> tuple[float, float]:
        """Size of the picture, in pixels."""
        return self.width, self.height

    def points_to_pixels(self, points: Any) -> Any:  # noqa: ANN401  (of matplotlib)
        """Lengths in pixels."""
        return points * self.dpi / 72

    def draw_path(self, *drawn: Any, **_: Any) -> None:  # noqa: ANN401  (the same)
        """Keep a path with its colours by role."""
        how, path, transform, fill = (*drawn, None)[:4]
        kinds = [self.groups[-1]]
        if fill is not None:
            kinds.append("f-hatched" if how.get_hatch() else f"f-{_role(fill)}")
        if how.get_linewidth() > 0 and not how.get_hatch():
            kinds.append(f"s-{_role(how.get_rgb())}")
            if how.get_dashes()[1] is not None:
                kinds.append("dashed")
        known = path.cleaned(transform + self.steps, remove_nans=True)
        lines = known.to_polygons(closed_only=fill is not None)
        name = " ".join(filter(None, kinds))
        data = path_data(lines, closed=fill is not None)
        if self.paths and self.paths[-1][0] == name:
            self.paths[-1][1] += data
        elif data:
            self.paths.append([name, data])

    def draw_markers(self, *drawn: Any, **_: Any) -> None:  # noqa: ANN401  (the same)
        """Keep dots."""
        _, _, _, path, transform, fill = drawn
        # The ticks of an axis are markers too; only dots are meant.
        if self.groups[-1]:
            kind = "s-ink" if fill is None else f"f-{_role(fill)}"
            for x, y in transform.transform(path.vertices):
                self.dots.append((kind, *self._place(x, self.height - y)))

    def draw_text(self, *drawn: Any, **how: Any) -> None:  # noqa: ANN401  (the same)
        """Keep words where they stand."""
        mtext, left, anchor = how["mtext"], drawn[1], "start"
        if mtext is not None:  # words of one line
            left = mtext.get_transform().transform(mtext.get_position())[0]
            anchor = {"left": "start", "right": "end"}.get(mtext.get_ha(), "middle")
        # Below its place, type of the page needs more room than that of a plot.
        low = TYPE - mtext.get_fontsize() if mtext and mtext.get_va() == "top" else 0.0
        place = self._place(left, drawn[2] + low)
        self.words.append((self.groups[-1] or "word", *place, anchor, drawn[3]))

    def _place(self, x: float, y: float) -> tuple[float, float]:
        return round(100 * x / self.width, 2), round(y, 1)


def _role(colour: Any) -> str:  # noqa: ANN401  (whatever matplotlib takes)
    return NAMES.get(to_hex(colour), "ink")


# Charts


def _axes(height: float, *slots: tuple[float, float]) -> list[Axes]:
    """Axes across a figure of the page's width, by their feet and heights in pixels."""
    figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=72)
    return [
        figure.add_axes((0.0, foot / height, 1.0, high / height))
        for foot, high in slots
    ]


def _inside(ax: Axes, unit: str = "") -> None:
    """Write the words of a scale within the Axes, and leave room at both ends."""
    ax.set_ylabel("")
    for side in ("left", "right", "top"):
        ax.spines[side].set_visible(False)
    if unit:
        low, top = ax.get_ylim()
        values = MaxNLocator(3 if unit == "km²" else 2).tick_values(low, top)
        if not ax.dataLim.y1 > ax.dataLim.y0:  # nothing ever
            values = [0.0]
        ticks = [tick for tick in values if low <= tick <= 0.93 * top]
        words = [plain_number(tick + 0.0) for tick in ticks]
        words[-1] = f"{words[-1]} {named('units', unit, unit)}"
        ax.set_yticks(ticks, words, ha="left", va="bottom")
    ax.tick_params(axis="y", length=0, pad=-2)
    low, high = ax.get_xlim()
    edge = 0.03 * (high - low)
    shown = [x for x in ax.get_xticks() if low + edge < x < high - edge]
    ax.set_xticks(shown, ax.xaxis.get_major_formatter().format_ticks(shown))


def charts_of(account: Account) -> dict[str, Chart | None]:
    """
    Area and depth over time for the two handles; months; pieces through time.

    None where nothing changed, or there was no piece.
    """
    span = days_of(account.span_utc)
    # Between changes there is nothing to draw; the last map ends the last step.
    drawn_utc = account.states.index.union([account.last_utc])
    table = account.figures.loc[drawn_utc]
    deep = table["depth_km"].max() > 0.0
    draws = [(charts.draw_area, "km²"), (charts.draw_depth, "km")][: 1 + deep]
    slots = ((102.0, 190.0), (26.0, 72.0)) if deep else ((22.0, 190.0),)
    axes = _axes(296.0 if deep else 216.0, *slots)
    for ax, (draw, unit) in zip(axes, draws, strict=True):
        draw(ax, table)
        ax.set_xlim(*span)
        _inside(ax, unit)
        ax.tick_params(axis="x", labelbottom=ax is axes[-1])
    drawn = {"time": Chart(axes[0])}
    periods = account.periods
    if periods[["gained_km2", "lost_km2"]].any(axis=None):
        [ax] = _axes(230.0, (22.0, 204.0))
        charts.draw_periods(ax, periods)
        _inside(ax, "km²")
        drawn["months"] = Chart(ax)
    # Of a country the pieces of the last map alone are known.
    if not account.events.empty and len(account.states) > 1:
        shown = charts.largest(account.pieces, MOST_ROWS)
        height = 44.0 * shown["section"].nunique() + 6.0
        [ax] = _axes(height + 22.0, (22.0, height))
        charts.draw_pieces(ax, shown, thickest=THICKEST)
        ax.set_xlim(*span)
        names = [label.get_text() for label in ax.get_yticklabels()]
        above = ax.get_yticks() + THICKEST / 2
        ax.set_yticks(above, names, ha="left", va="bottom")
        _inside(ax)
        drawn["pieces"] = Chart(ax)
    for chart in drawn.values():
        # On a phone every second or third day has room, and no value has.
        days = [w for w in chart.words if w[0] == "word" and w[3] == "middle"]
        kept = days[:: -math.ceil(len(days) / PHONE_DAYS) or None]
        for row, word in enumerate(chart.words):
            if word[0] == "value" or (word in days and word not in kept):
                chart.words[row] = (f"{word[0]} minor", *word[1:])
    return {"months": None, "pieces": None} | drawn


# The map of any two days


SHEET, DPI = 1000, 144
"""Width of the main view in units of the SVG, and how many of them are an inch."""
WIDE = 1400
"""Steps from left to right of the main view, at most: two a pixel on a screen."""
RATIO = 1.62
"""Width by height of the main view."""
ROUND_M = (50, 100, 150, 200, 250, 300, 400, 500, 600, 750, 1000, 1500, 2000)
"""Steps, the smallest first: what is drawn is a picture, not its source's data. [m]"""
LEAST_KM2 = 0.5
"""Smaller parts of pieces are not looked for. [km²]"""
FAR_SHARE = 0.28
"""A small piece farther off than this part of the main piece's length is inset."""
SMALL_SHARE = 0.2
"""A piece that never had more than this share of the largest is small."""
MOST_PLACES = 18
"""More names than that hide the map."""
REGION_SHARE = 0.03
"""An oblast that takes less than this of the view is not named."""
PHONE = 2.5
"""How much larger type is beside the map on a phone: fewer names have room."""
OVER = ("scale-bar", "locator")
"""What lies over the ground, and does not move with it."""


def step_of(view: View) -> float:
    """What a map is rounded to: a round number of metres."""
    wanted = 1e3 * view.size_km[0] / WIDE
    return float(next((m for m in ROUND_M if m >= wanted), wanted))


def views_of(
    shapes: Iterable[BaseGeometry], theatre: Theatre
) -> tuple[View, list[View]]:
    """The main view, and views of small pieces that lie far off, for insets."""
    polygons = explode(as_array(list(shapes)))[0]
    areas = area_km2(polygons)
    drawn, areas = polygons[areas >= LEAST_KM2], areas[areas >= LEAST_KM2]
    if not len(drawn):
        return view_of(polygons, theatre).shaped(RATIO, RATIO), []
    boxes = shapely.envelope(drawn)
    west, south, east, north = shapely.total_bounds(boxes)
    reach = 0.04 * np.hypot(east - west, north - south)
    near = shapely.union_all(shapely.buffer(boxes, reach, quad_segs=2))
    groups = shapely.get_parts(near)
    of = shapely.STRtree(groups).nearest(boxes)
    largest = pd.Series(areas).groupby(of).max().sort_values(ascending=False)
    groups, small = groups[largest.index], largest < SMALL_SHARE * largest.iloc[0]
    west, south, east, north = shapely.bounds(groups[0])
    apart = FAR_SHARE * max(east - west, north - south)
    far = shapely.distance(groups, groups[0]) > apart
    inset = largest.index[far & small][:2]
    view = view_of(drawn[~np.isin(of, inset)], theatre).shaped(RATIO, RATIO)
    views = [view_of(drawn[of == one], theatre).shaped(1.1, 1.1) for one in inset]
    return view, [
        one for one in views if not shapely.covers(view.box, one.box.buffer(-0.01))
    ]


def atlas_of(account: Account) -> dict[str, Any]:
    """
    The map of a report, as the template draws it.

    ``shapes`` has a row an outline: its path, whether it is held, and the first and the
    last state of each time. ``pale`` is ground that is shown and not counted; paths of
    the base lie under the ground, or over it.
    """
    history, theatre = account.history, account.theatre

    def of(table: Any, statuses: Collection[Status]) -> Any:  # noqa: ANN401
        return table[table["status"].isin([str(status) for status in statuses])]

    distinct = history.shapes.drop_duplicates("shape_id")
    counted = of(distinct, theatre.held)
    drawn = counted if len(counted) else distinct
    view, far = views_of(drawn.geometry, theatre)
    table = basemap.onwards(history.shapes, view)
    wide = view.grown(max(view.size_km) * 0.05)
    around = View(*shapely.total_bounds([wide.box, *(one.box for one in far)]))
    height = SHEET / view.ratio
    figure = Figure(figsize=(SHEET / DPI, height / DPI), dpi=DPI)
    ax = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    basemap.draw_base(ax, around, theatre)
    ax.set(xlim=(view.west, view.east), ylim=(view.south, view.north), aspect="auto")
    for spine in ax.spines.values():
        spine.set_visible(False)
    corner = figure.add_axes((0.885, 12 / height, 0.1, 80 / height))
    basemap.draw_locator(corner, view)
    # Windows on other parts of the paper, in the upper corner towards the first.
    east = bool(far) and far[0].centre[0] > sum(ax.get_xlim()) / 2
    first = SHEET - 214.0 * len(far) if east else 14.0
    insets, high = list[dict[str, Any]](), ax.get_window_extent().height
    for number, one in enumerate(far):
        corners = ax.transData.transform(np.reshape(one.bounds, (2, 2)))
        (left, low), (right, top) = corners.round().astype(int).tolist()
        box = f"{left} {round(high) - top} {right - left} {top - low}"
        told = {"box": box, "name": basemap.town_near(one.box, least=500)}
        insets.append(told | {"left": first + 214.0 * number})
    # Room for what the page writes over the map; the board's points run from below.
    pt = 72 / DPI
    written = [(one["left"], height - 200, one["left"] + 200, height) for one in insets]
    written += [(870, 0, SHEET, 90)] if corner.patches else []
    written += [(200, 0, 800, 50)] if account.is_sample else []  # as on a phone
    taken = [shapely.box(*(pt * np.array(one))) for one in written]
    # The reader's places that were fought for first, then known towns.
    known = [basemap.nearby_places(view, most=MOST_PLACES)]
    if account.places is not None and account.settlements is not None:
        days = account.settlements.groupby("name")["days"].sum()
        own = account.places.to_crs("EPSG:4326").set_index("name", drop=False)
        own = own.loc[days.sort_values(ascending=False).index]
        known.insert(0, own.assign(rank=1))
    board = annotate_map(
        ax, view, theatre, drawn, pieces=None, context=known, taken=taken
    )
    for row in records(basemap.oblasts_in(view)):
        if row.geometry.area > REGION_SHARE * view.box.area:
            name = named("oblasts", row.iso, visible(row.name))
            basemap.label_side(board, row.geometry, name, SMALL_PT, gid="oblast-name")
    ranks = pd.concat(known).drop_duplicates("name").set_index("name")["rank"]
    places = _places(board, taken, ranks)
    pale = of(table[table["valid_to"].isna()], theatre.paler)
    # Contested ground and held; what is also held is drawn over it.
    moments = account.states.index
    end = table["valid_to"].fillna(moments[-1] + DAY)
    table = table.assign(
        first=moments.searchsorted(table["valid_from"]),
        last=moments.searchsorted(end) - 1,
    )
    step_m = step_of(view)
    scale = SHEET * step_m / (1e3 * view.size_km[0])
    base = Chart(ax, scale=(1 / scale, 1 / scale))
    shapes: list[list[Any]] = []
    for held, chosen in ((1, theatre.held), (0, theatre.contested)):
        own = of(table, chosen).sort_values(["shape_id", "first"])
        for _, rows in own.groupby("shape_id", sort=False):
            if path := base.outline(rows.geometry.iloc[0]):
                times = rows[["first", "last"]].to_numpy().ravel().tolist()
                shapes.append([path, held, *times])
    paths = [(name.split()[0], name, path) for name, path in base.paths]
    # The region's edge is that of an oblast, where these are known.
    hidden = {"border", *OVER, "locator-mark"}
    hidden |= {"region"} if "oblast" in {kind for kind, *_ in paths} else set()
    return {
        "step_m": step_m,
        "scale": scale,  # from steps to the SVG, in which words keep their size
        "base": base,
        "under": [one[1:] for one in paths if one[0] not in hidden],
        "border": [one[1:] for one in paths if one[0] == "border"],
        "over": [one[1:] for one in paths if one[0] in OVER],
        "pale": base.outline(shapely.union_all(pale.geometry.to_numpy())),
        "shapes": shapes,
        "places": places,
        "insets": insets,
    }


def _places(
    board: basemap.Board, taken: Sequence[BaseGeometry], ranks: "pd.Series[int]"
) -> list[dict[str, Any]]:
    """
    Places off the map and onto the page, which draws them larger on a phone.

    What would there cover other names, those of lands too, is `minor`.
    """
    board.taken, board.paper = [*taken], board.paper.buffer(5.0)
    height = board.ax.get_window_extent().height
    places = []
    for one in [*board.ax.lines, *board.ax.texts]:
        kind = str(one.get_gid())
        if kind in {"place", "country"} and isinstance(one, Annotation):
            side, words = np.sign(np.round(one.xyann)), one.get_text()
            size = basemap.size_pt(words, PHONE * SMALL_PT)
            box = board.beside(board.spot(*one.xy), size, [side])
            board.taken += [box] if box else []
            x, y = board.ax.transData.transform(one.xy)
            told = {"name": words, "x": round(x), "y": round(height - y)}
            told |= {"right": int(side[0]), "up": int(side[1])}
            if kind == "place":
                told |= {"rank": int(ranks.get(words, 1)), "minor": box is None}
                places.append(told)
            elif box is None:
                one.set_gid("country minor")
        if kind.startswith("place"):
            one.remove()
    return places


def outlines(shapes: list[list[Any]], state: int, *, held: bool) -> str:
    """All outlines of a state as one path."""
    return "".join(
        path
        for path, own, *ends in shapes
        if own == held
        and any(a <= state <= b for a, b in zip(ends[::2], ends[1::2], strict=True))
    )


# What the script needs


def data_of(account: Account, atlas: dict[str, Any]) -> dict[str, Any]:
    """What the page's script needs, as short as can be."""
    states = account.states
    first, last = account.first_utc.normalize(), account.last_utc.normalize()
    depth = states["depth_km"].round(2)
    return account.days(*default_days(account)) | {
        "first": f"{first:%Y-%m-%d}",
        "days": max(int((last - first) / DAY), 0),
        # The state of a day is the last that began before it ended.
        "at": [account.days(first, moment)["to"] for moment in states.index],
        "held": states["area_km2"].round(2).tolist(),
        "error": (SCORE_95 * states["area_sd_km2"]).round(2).tolist(),
        "grey": states["contested_km2"].round(2).tolist(),
        "depth": depth.astype(object).where(depth.notna(), None).tolist(),
        # States whose depth is reached where the region ends.
        "more": np.flatnonzero(states["depth_censored"]).tolist(),
        "pieces": states["sections"].astype(int).tolist(),
        "shapes": atlas["shapes"],
        # By the later state and then the earlier; of a country both maps err apart.
        "pairs": None
        if account.is_large
        else account.errors[np.tril_indices(len(states), -1)].round(1).tolist(),
        "scale": round(atlas["scale"], 5),
        "words": words_of("js")
        | {"holder": account.holder, "unit": named("units", "km²", "km²")},
        "format": {
            key: words_of("format")[key]
            for key in ("decimal", "group", "day", "months_of", "or_more")
        },
    }


def default_days(account: Account) -> tuple[pd.Timestamp, pd.Timestamp]:
    """From the peak to the last map; from the first map where the last has the most."""
    last, peak = account.last_utc, account.peak_utc
    return (account.first_utc if peak is None or account.has_most else peak), last


def presets(account: Account) -> list[dict[str, Any]]:
    """Pairs of days that the page offers, with their words."""
    first, last = account.first_utc.normalize(), account.last_utc
    start, end = default_days(account)
    words = t("presets.peak" if start == account.peak_utc else "presets.all")
    offers = [(words, start, end)]
    offers.append((t("presets.recent"), last - pd.Timedelta(days=28), last))
    moved = account.periods["lost_km2"] + account.periods["gained_km2"]
    most = account.periods.loc[moved[moved > 0].nlargest(1).index]
    offers += [(row.words, row.start, row.end) for row in records(most)]
    return [
        {"words": words} | account.days(start, end)
        for words, start, end in offers
        if first <= start < end
    ]


def marks_of(
    account: Account, sentences: list[dict[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    """Events and sentences as marks on the axis of time, in per cent of its width."""
    first, last = account.first_utc, account.last_utc
    own = account.events[account.events["kind"].isin(NOTABLE)]
    told = [
        {
            "x": per_cent(row.snapshot_utc, account.span_utc),
            "day": account.days(first, row.snapshot_utc)["to"],
            "words": f"{day_words(row.snapshot_utc)}: {t(f'event.{row.kind}')}",
        }
        for row in records(own[own["snapshot_utc"] > first].tail(60))
    ]
    seen = Counter[float]()
    said = []
    for row in sentences:
        if row["days"] is not None:
            start, end = (pd.Timestamp(day, tz="UTC") for day in row["days"])
            x = per_cent(min(max(end, first), last), account.span_utc)
            mark = {"x": x, "level": seen[x], "row": row}
            said.append(mark | account.days(start, end))
            seen[x] += 1
    return {"events": told, "sentences": said}
