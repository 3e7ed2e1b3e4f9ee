"""What the two handles of the page move: pictures, the map of any two days, errors."""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
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
from kursk_geo.front import BORDER_WIDTH_M
from kursk_geo.geometry import as_array, explode, orient
from kursk_geo.ground import Ground
from kursk_geo.periods import DAY
from kursk_geo.plot import basemap, charts
from kursk_geo.plot.basemap import View, records, view_of
from kursk_geo.plot.canvas import days_of, plain_number, root_figure
from kursk_geo.plot.maps import annotate_map
from kursk_geo.plot.style import LIGHT, SMALL_PT, text_width_pt
from kursk_geo.report.tables import NOTABLE, SCORE_95, Account
from kursk_geo.status import Status
from kursk_geo.theatre import Theatre
from kursk_geo.uncertainty import (
    CORRELATION_KM,
    SAME_M,
    change_bounds,
    error_model,
    fixed_lines,
    lie_near,
    outline,
)

__all__ = ["Chart", "Paper", "atlas_of", "charts_of", "data_of", "marks_of", "presets"]

WIDTH, FINE = 720, 2
"""Width of a chart in pixels, as it is drawn, and the steps of its lines in one."""
NAMES = {colour: name.replace("_", "-") for name, colour in reversed(LIGHT.items())}
"""Role by colour: the page has each role as a variable, light and dark."""
TYPE = 13.0
"""Size of words on the page. [px]"""
PHONE_WIDTH, GAP = 345, 6
"""Width of a chart on a phone, and room between words below it. [px]"""
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
    name, title, description : str
        Of the picture on the page.
    scale : tuple of float
        Steps of its paths in a pixel, across and down.
    """

    def __init__(
        self,
        ax: Axes,
        name: str,
        title: str = "",
        description: str = "",
        *,
        scale: tuple[float, float] = (FINE, 1),
    ) -> None:
        super().__init__()
        figure = root_figure(ax)
        self.name, self.title, self.description = name, title, description
        self.width, self.height = figure.bbox.width, figure.bbox.height
        self.scale, self.dpi, self.groups = scale, figure.dpi, [""]
        # Class and data of each path; class and place of the others; where words are
        # held, and what they say.
        self.paths: list[list[str]] = []
        self.dots: list[tuple[str, float, float]] = []
        self.words: list[tuple[str, float, float, str, str]] = []
        for one in figure.axes:
            one.patch.set_visible(False)
            one.draw(self)

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
        across, down = self.scale
        paper = Affine2D().scale(across, -down).translate(0, down * self.height)
        known = path.cleaned(transform + paper, remove_nans=True)
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


def charts_of(account: Account, description: str) -> dict[str, Chart | None]:
    """
    Area and depth over time for the two handles; months; pieces through time.

    None where nothing changed, or there was no piece.
    """
    span = days_of(account.span_utc)
    # Between changes there is nothing to draw; the last map ends the last step.
    last = account.figures.iloc[-1:]
    table = pd.concat([account.states, last])
    table = table[~table.index.duplicated(keep="last")]
    table.attrs = account.figures.attrs
    deep = table["depth_km"].max() > 0.0
    draws = [(charts.draw_area, "km²"), (charts.draw_depth, "km")][: 1 + deep]
    slots = ((102.0, 190.0), (26.0, 72.0)) if deep else ((22.0, 190.0),)
    axes = _axes(296.0 if deep else 216.0, *slots)
    for ax, (draw, unit) in zip(axes, draws, strict=True):
        draw(ax, table)
        ax.set_xlim(*span)
        _inside(ax, unit)
        ax.tick_params(axis="x", labelbottom=ax is axes[-1])
    drawn = {"time": Chart(axes[0], "time", t("page.time"), description)}
    periods = account.periods
    if periods[["gained_km2", "lost_km2"]].any(axis=None):
        [ax] = _axes(230.0, (22.0, 204.0))
        charts.draw_periods(ax, periods)
        _inside(ax, "km²")
        told = "months", t("months.title"), t("months.described")
        drawn["months"] = Chart(ax, *told)
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
        told = "pieces", t("pieces.title"), t("pieces.described")
        drawn["pieces"] = Chart(ax, *told)
    for chart in drawn.values():
        # On a phone every second or third day has room, and no value has.
        days = [w for w in chart.words if w[0] == "word" and w[3] == "middle"]
        widest = max((text_width_pt(day[4], TYPE) for day in days), default=0.0)
        step = math.ceil((widest + GAP) * len(days) / PHONE_WIDTH)
        kept = days[:: -max(step, 1)]
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
FINEST_M = 50.0
"""Smallest step. What is drawn is a picture, not the data of its source. [m]"""
ROUND_M = (50, 100, 150, 200, 250, 300, 400, 500, 600, 750, 1000, 1500, 2000)
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


@dataclass(frozen=True)
class Paper:
    """
    A map's paper.

    Parameters
    ----------
    view : View
        What its main view shows, in EPSG:4326.
    step_m : float
        What one unit of a path is, and what all is rounded to. [m]
    """

    view: View
    step_m: float

    @classmethod
    def of(cls, view: View) -> "Paper":
        """Paper whose main view is `view`, with a round step."""
        wanted = max(1e3 * view.size_km[0] / WIDE, FINEST_M)
        return cls(view, float(next((m for m in ROUND_M if m >= wanted), wanted)))

    @property
    def size(self) -> NDArray[np.float64]:
        """Width and height of the main view, in steps."""
        return np.array([1e3 * side / self.step_m for side in self.view.size_km])

    @property
    def scale(self) -> float:
        """From steps to the SVG, in which words keep their size."""
        return float(SHEET / self.size[0])

    def placed(self, geometry: BaseGeometry) -> BaseGeometry:
        """A geometry in EPSG:4326 in steps from the upper left corner."""
        west, south, east, north = self.view.bounds
        scale = self.size / (east - west, south - north)

        def place(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
            # Across 180 degrees longitudes go on.
            onwards = np.array([360.0 * (east > 180), 0.0]) * (lonlat < 0)
            moved: NDArray[np.float64] = (lonlat + onwards - (west, north)) * scale
            return moved

        placed: BaseGeometry = shapely.transform(geometry, place)
        return placed

    def path(self, geometry: BaseGeometry) -> str:
        """Polygons or lines in EPSG:4326 as the data of an SVG path; "" for nothing."""
        lines = shapely.get_parts(shapely.simplify(self.placed(geometry), 1.0))
        closed = shapely.get_dimensions(geometry) == 2
        if closed:
            # Alike oriented, shapes that overlap are filled once, and holes stay open.
            lines = shapely.get_rings(orient(explode(lines)[0]))
        return path_data(map(shapely.get_coordinates, lines), closed=bool(closed))

    def spot(self, lon: float, lat: float) -> tuple[int, int]:
        """Where a point stands on the SVG."""
        [[x, y]] = self.scale * shapely.get_coordinates(
            self.placed(shapely.Point(lon, lat))
        )
        return round(x), round(y)


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
    largest = np.array([areas[of == group].max() for group in range(len(groups))])
    main, *others = np.argsort(-largest)
    west, south, east, north = shapely.bounds(groups[main])
    apart = FAR_SHARE * max(east - west, north - south)
    far = shapely.distance(groups, groups[main]) > apart
    far &= largest < SMALL_SHARE * largest[main]
    inset = [group for group in others if far[group]][:2]
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
    paper = Paper.of(view)
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
    insets = _insets(paper, far)
    # Room for what the page writes over the map; the board's points run from below.
    pt = 72 / DPI
    written = [(one["left"], height - 200, one["left"] + 200, height) for one in insets]
    written += [(870, 0, SHEET, 90)] if corner.patches else []
    written += [(200, 0, 800, 50)] if account.is_sample else []  # as on a phone
    taken = [shapely.box(*(pt * np.array(one))) for one in written]
    # The reader's places that were fought for first, then known towns.
    tables = [basemap.nearby_places(view, most=MOST_PLACES)]
    if account.places is not None and account.settlements is not None:
        inside = account.settlements.groupby("name")["days"].sum()
        own = account.places.to_crs("EPSG:4326")
        own = own.assign(rank=1, days=own["name"].map(inside).fillna(-1.0))
        own = own.assign(name=own["name"].map(visible))
        tables.insert(0, own.sort_values("days", ascending=False))
    board = annotate_map(
        ax, view, theatre, drawn, pieces=None, context=tables, taken=taken
    )
    for row in records(basemap.oblasts_in(view)):
        if row.geometry.area > REGION_SHARE * view.box.area:
            name = named("oblasts", row.iso, visible(row.name))
            basemap.label_side(board, row.geometry, name, SMALL_PT, gid="oblast-name")
    # Marks and names of places are larger on a phone: the page draws them itself.
    ranks = {
        row.name: int(row.rank) for table in tables[::-1] for row in records(table)
    }
    places = []
    for one in [*ax.lines, *ax.texts]:
        is_place = str(one.get_gid()).startswith("place")
        if one.get_gid() in {"place", "country"} and isinstance(one, Annotation):
            spot, (right, up) = board.spot(*one.xy), np.sign(np.round(one.xyann))
            width, deep = (PHONE * x for x in basemap.size_pt(one.get_text(), SMALL_PT))
            x, y = spot.x + right * (width / 2 + 3), spot.y + up * (deep / 2 + 2)
            [box] = basemap.boxes_at(np.array([x]), np.array([y]), (width, deep))
            free = shapely.covers(board.paper.buffer(5.0), box)
            free = free and not shapely.intersects(taken, box).any()
            taken += [box] if free else []
            if not (is_place or free):
                one.set_gid("country minor")
            x, y = round(spot.x / pt), round(height - spot.y / pt)
            told = {"name": one.get_text(), "x": x, "y": y, "right": int(right)}
            told |= {"rank": ranks.get(one.get_text(), 1), "minor": not free}
            places += [told | {"up": int(up)}] if is_place else []
        if is_place:
            one.remove()
    pale = of(history.shapes[history.shapes["valid_to"].isna()], theatre.paler)
    # Contested ground and held; what is also held is drawn over it.
    moments, table = account.states.index, pd.DataFrame(history.shapes)
    ends = moments.searchsorted(table["valid_to"].fillna(moments[-1])) - 1
    ends = np.where(table["valid_to"].isna(), len(moments) - 1, ends)
    table = table.assign(first=moments.searchsorted(table["valid_from"]), last=ends)
    shapes: list[list[Any]] = []
    for held, chosen in ((1, theatre.held), (0, theatre.contested)):
        own = of(table, chosen).sort_values(["shape_id", "first"])
        times = defaultdict[str, list[int]](list)
        for row in records(own):
            times[row.shape_id] += [int(row.first), int(row.last)]
        shapes += [
            [path, held, *times[row.shape_id]]
            for row in records(own.drop_duplicates("shape_id"))
            if (path := paper.path(row.geometry))
        ]
    base = Chart(ax, "atlas", scale=(1 / paper.scale, 1 / paper.scale))
    paths = [(name.split()[0], name, path) for name, path in base.paths]
    # The region's edge is that of an oblast, where these are known.
    hidden = {"border", *OVER, "locator-mark"}
    hidden |= {"region"} if "oblast" in {kind for kind, *_ in paths} else set()
    return {
        "paper": paper,
        "base": base,
        "under": [one[1:] for one in paths if one[0] not in hidden],
        "border": [one[1:] for one in paths if one[0] == "border"],
        "over": [one[1:] for one in paths if one[0] in OVER],
        "pale": paper.path(shapely.union_all(pale.geometry.to_numpy())),
        "shapes": shapes,
        "places": places,
        "insets": insets,
    }


def outlines(shapes: list[list[Any]], state: int, *, held: bool) -> str:
    """All outlines of a state as one path."""
    return "".join(
        path
        for path, own, *ends in shapes
        if own == held
        and any(a <= state <= b for a, b in zip(ends[::2], ends[1::2], strict=True))
    )


def _insets(paper: Paper, views: list[View]) -> list[dict[str, Any]]:
    """Windows on other parts of the paper, in the upper corner towards the first."""
    east = bool(views) and views[0].centre[0] > paper.view.centre[0]
    first = SHEET - 214.0 * len(views) if east else 14.0
    found = []
    for number, view in enumerate(views):
        left, top = paper.spot(view.west, view.north)
        right, low = paper.spot(view.east, view.south)
        box = f"{left} {top} {right - left} {low - top}"
        told = {"box": box, "name": basemap.town_near(view.box, least=500)}
        found.append(told | {"left": first + 214.0 * number})
    return found


# What the script needs


MOST_PAIRED = 4e7
"""Vertices of all states times states, above which pairs are not told."""


def data_of(
    account: Account, atlas: dict[str, Any], offers: list[dict[str, Any]]
) -> dict[str, Any]:
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
        "errors": {f"{one['from']}-{one['to']}": one["error"] for one in offers},
        "pairs": pair_errors(account),
        "scale": round(atlas["paper"].scale, 5),
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
    """Pairs of days that the page offers, with their words and the error of the net."""
    first, last = account.first_utc.normalize(), account.last_utc
    start, end = default_days(account)
    words = t("presets.peak" if start == account.peak_utc else "presets.all")
    offers = [(words, start, end)]
    offers.append((t("presets.recent"), last - pd.Timedelta(days=28), last))
    moved = account.periods["lost_km2"] + account.periods["gained_km2"]
    most = account.periods.loc[moved[moved > 0].nlargest(1).index]
    offers += [(row.words, row.start, row.end) for row in records(most)]
    found = []
    for words, start, end in offers:
        if first <= start < end:
            net = change_bounds(account.history, start, end).to_dict("index")["net"]
            error = round((net["high_km2"] - net["low_km2"]) / 2, 2)
            found.append({"words": words, "error": error} | account.days(start, end))
    return found


def marks_of(
    account: Account, sentences: list[dict[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    """Events and sentences as marks on the axis of time, in per cent of its width."""
    first, last = account.first_utc, account.last_utc
    length = (last - first) / DAY or 1.0

    def at(moment: pd.Timestamp) -> float:
        return round(float(100 * ((moment - first) / DAY) / length), 2)

    own = account.events[account.events["kind"].isin(NOTABLE)]
    told = [
        {
            "x": at(row.snapshot_utc),
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
            x = at(min(max(end, first), last))
            mark = {"x": x, "level": seen[x], "row": row}
            said.append(mark | account.days(start, end))
            seen[x] += 1
    return {"events": told, "sentences": said}


def pair_errors(account: Account) -> list[float] | None:
    """
    Half-widths of the net between any two states, as `change_bounds` gives them.

    By the later state and then the earlier. None where there are too many: then the
    errors of both maps are taken as if apart.
    """
    if account.is_large:
        return None
    history, moments = account.history, account.states.index
    ground = Ground(history)
    shapes = [ground.union(ground.shown(moment)[0]) for moment in moments]
    size = int(shapely.get_num_coordinates(shapes).sum())
    if size * len(moments) > MOST_PAIRED:
        return None
    model = error_model(history.source, sigma_m=None, correlation_km=CORRELATION_KM)
    fixed = fixed_lines(history, ground.crs)
    lines = [outline(shape, ground.crs) for shape in shapes]
    edges = [np.stack([line.start, line.end], axis=1) for line in lines]
    ends = np.concatenate(edges)
    middles = ends.mean(axis=1)
    # Most edges stand on many maps: each is looked at once.
    _, once, number = np.unique(
        middles.round() @ [1, 1j], return_index=True, return_inverse=True
    )
    numbers = np.split(number, np.cumsum([len(one) for one in edges])[:-1])
    spots = np.asarray(shapely.points(middles[once]))
    near = lie_near(spots, fixed, BORDER_WIDTH_M)
    # A state draws the edges whose middle lies on one of its own.
    own, on = shapely.STRtree(spots).query(
        shapely.linestrings(ends[once]), predicate="dwithin", distance=SAME_M
    )
    drawn = np.zeros((len(lines), len(once)), dtype=bool)
    for has, edge in zip(drawn, numbers, strict=True):
        has[edge] = True
        has[on[has[own]]] = True
    variance_m4 = np.zeros((len(lines), len(lines)))
    for row, (line, edge) in enumerate(zip(lines, numbers, strict=True)):
        # A row a state: which edges it does not draw.
        variance_m4[row] = line.variance_m4(~drawn[:, edge] & ~near[edge], model)
    both = (variance_m4 + variance_m4.T)[np.tril_indices(len(lines), -1)]
    errors: list[float] = (SCORE_95 * np.sqrt(both) / 1e6).round(1).tolist()
    return errors
