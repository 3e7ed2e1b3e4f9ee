"""The map of any two days, the axis of time below it, and the charts of the page."""

import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from shapely.affinity import scale
from shapely.geometry.base import BaseGeometry

from kursk_geo import reference
from kursk_geo._text import day_words, figure, named, t, visible, words_of
from kursk_geo.area import area_km2
from kursk_geo.front import BORDER_WIDTH_M
from kursk_geo.geometry import (
    as_array,
    draw_plane,
    explode,
    measuring_crs,
    orient,
    project,
)
from kursk_geo.ground import Ground
from kursk_geo.periods import DAY
from kursk_geo.plot.basemap import (
    View,
    bar_length_km,
    border_in,
    country_sides,
    nearby_places,
    oblasts_in,
    place_name,
    records,
    roomiest,
    surroundings_in,
    view_of,
)
from kursk_geo.report.tables import (
    NOTABLE,
    SCORE_95,
    Account,
    exact_errors,
    periods,
    sentences,
)
from kursk_geo.theatre import Theatre
from kursk_geo.uncertainty import (
    CORRELATION_KM,
    SAME_M,
    error_model,
    fixed_lines,
    outline,
)

__all__ = ["Atlas", "Frame", "atlas_of", "data_of"]

WIDE = 1400
"""Steps from left to right of the main view, at most: two a pixel on a screen."""
SHEET = 1000
"""Width of the main view in units of the SVG."""
RATIO = 1.62
"""Width by height of the main view."""
FINEST_M = 50.0
"""Smallest step. What is drawn is a picture, not the data of its source. [m]"""
ROUND_M = (50, 100, 150, 200, 250, 300, 400, 500, 600, 750, 1000, 1500, 2000)
FAR_SHARE = 0.28
"""A small piece farther off than this part of the main piece's length is inset."""
SMALL_SHARE = 0.2
"""A piece that never had more than this share of the largest is small."""
MOST_PLACES = 18
"""More names than that hide the map."""
REGION_SHARE = 0.03
"""An oblast that takes less than this of the view is not named."""
LETTER = 9.5
"""Width of a letter of a name. [units of the SVG]"""


MOST_PAIRED = 4e7
"""Vertices of all states times states, above which pairs are not told."""
LETTERS = string.ascii_letters + string.digits + "-_"
PAIR_STEP = 0.1
"""How much less each letter before the last tells."""


@dataclass(frozen=True)
class Frame:
    """
    A map's paper.

    Parameters
    ----------
    view : View
        What its main view shows, in EPSG:4326.
    crs : CRS
        The plane in which it is drawn.
    west_m, north_m : float
        Upper left corner of the main view there. [m]
    step_m : float
        What one unit of a path is, and what all is rounded to. [m]
    width, height : int
        Of the main view, in units.
    """

    view: View
    crs: pyproj.CRS
    west_m: float
    north_m: float
    step_m: float
    width: int
    height: int

    @property
    def scale(self) -> float:
        """From units to the SVG, in which words keep their size."""
        return SHEET / self.width

    @property
    def sheet_height(self) -> int:
        """Height of the main view in the SVG."""
        return round(self.height * self.scale)

    def path(self, geometry: BaseGeometry) -> str:
        """Polygons or lines in EPSG:4326 as the data of an SVG path; "" for nothing."""
        if geometry.is_empty:
            return ""
        plane = project(as_array([geometry]), self.crs)[0]
        plane = shapely.simplify(plane, self.step_m)
        polygons = plane.geom_type in ("Polygon", "MultiPolygon")
        lines = shapely.get_parts(plane)
        if polygons:
            # Alike oriented, shapes that overlap are filled once, and holes stay open.
            lines = shapely.get_rings(orient(explode(as_array([plane]))[0]))
        parts = []
        corner = np.array([self.west_m, self.north_m])
        for line in lines:
            flipped = (shapely.get_coordinates(line) - corner) * (1.0, -1.0)
            xy = np.round(flipped / self.step_m).astype(int)
            xy = xy[np.r_[True, (np.diff(xy, axis=0) != 0).any(axis=1)]]
            if polygons and len(xy) > 1 and (xy[0] == xy[-1]).all():
                xy = xy[:-1]
            if len(xy) >= (3 if polygons else 2):
                pairs = " ".join(f"{x} {y}" for x, y in np.diff(xy, axis=0).tolist())
                start = f"M{xy[0][0]} {xy[0][1]}l{pairs.replace(' -', '-')}"
                parts.append(start + ("z" if polygons else ""))
        return "".join(parts)

    def on_sheet(self, geometry: BaseGeometry) -> BaseGeometry:
        """A geometry on the SVG, for words to keep clear of."""
        plane = project(as_array([geometry]), self.crs)[0]
        corner, scale = np.array([self.west_m, self.north_m]), self.scale / self.step_m
        flip = np.array([scale, -scale])
        placed = shapely.transform(plane, lambda xy: (xy - corner) * flip)
        made: BaseGeometry = shapely.make_valid(shapely.simplify(placed, 1.0))
        return made

    def spot(self, lon: float, lat: float) -> tuple[int, int]:
        """Where a word stands on the SVG."""
        placed = self.on_sheet(shapely.Point(lon, lat))
        return round(shapely.get_x(placed)), round(shapely.get_y(placed))


def frame_of(view: View, theatre: Theatre) -> Frame:
    """Paper whose main view is `view`."""
    crs = theatre.crs or measuring_crs(view.box)
    box = project(as_array([shapely.segmentize(view.box, 0.1)]), crs)
    west, south, east, north = shapely.total_bounds(box)
    wanted = max((east - west) / WIDE, FINEST_M)
    step_m = float(next((step for step in ROUND_M if step >= wanted), wanted))
    return Frame(
        view=view,
        crs=crs,
        west_m=float(west),
        north_m=float(north),
        step_m=step_m,
        width=int(np.ceil((east - west) / step_m)),
        height=int(np.ceil((north - south) / step_m)),
    )


def views_of(
    shapes: Sequence[BaseGeometry], theatre: Theatre
) -> tuple[View, list[View]]:
    """The main view, and views of small pieces that lie far off, for insets."""
    polygons = explode(as_array(list(shapes)))[0]
    areas = area_km2(polygons)
    kept = areas >= 0.5
    if not kept.any():
        return view_of(list(shapes), theatre).shaped(RATIO, RATIO), []
    polygons, areas = polygons[kept], areas[kept]
    boxes = shapely.envelope(polygons)
    reach = np.hypot(
        *np.ptp(np.array(shapely.total_bounds(boxes)).reshape(2, 2), axis=0)
    )
    groups = shapely.get_parts(
        shapely.union_all(shapely.buffer(boxes, 0.04 * reach, quad_segs=2))
    )
    of = np.array([int(np.argmax(shapely.intersects(groups, box))) for box in boxes])
    largest = np.array(
        [areas[of == group].max(initial=0.0) for group in range(len(groups))]
    )
    main = int(np.argmax(largest))
    near: list[int] = [main]
    far: list[int] = []
    whole = shapely.bounds(groups[main])
    length = max(whole[2] - whole[0], whole[3] - whole[1])
    for group in np.argsort(-largest):
        if group == main:
            continue
        distance = shapely.distance(groups[group], groups[main])
        small = largest[group] < SMALL_SHARE * largest[main]
        if small and distance > FAR_SHARE * length and len(far) < 2:
            far.append(int(group))
        else:
            near.append(int(group))
    inside = [list(polygons[np.isin(of, [group])]) for group in far]
    view = view_of(list(polygons[np.isin(of, near)]), theatre).shaped(RATIO, RATIO)
    insets = [view_of(pieces, theatre).shaped(1.1, 1.1) for pieces in inside]
    return view, [
        one for one in insets if not shapely.covers(view.box, one.box.buffer(-0.01))
    ]


@dataclass(frozen=True)
class Name:
    """
    A name on the map, with its rank.

    It stands `left` of its dot where the sheet would end; a `minor` one has no room on
    a phone.
    """

    name: str
    x: int
    y: int
    rank: int = 0
    left: bool = False
    minor: bool = False


@dataclass(frozen=True)
class Atlas:
    """What the template needs to draw the map."""

    frame: Frame
    shapes: list[list[Any]]
    """Path, whether it is held, and the first and last state of each time."""
    side: str
    scenery: list[tuple[str, str]]
    """Sea, rivers and far borders: what each is, and its path."""
    pale: str
    """Ground that is shown and not counted."""
    oblasts: str
    border: str
    countries: list[Name]
    regions: list[Name]
    places: list[Name]
    insets: tuple[dict[str, Any], ...]
    locator: dict[str, Any] | None
    bar: int
    bar_words: str

    def shown(self, state: int, *, held: bool) -> str:
        """All outlines of a state as one path."""
        return "".join(
            path
            for path, own, *ends in self.shapes
            if own == held
            and any(a <= state <= b for a, b in zip(ends[::2], ends[1::2], strict=True))
        )


def atlas_of(account: Account) -> Atlas:
    """The map of a report."""
    history, theatre = account.history, account.theatre
    distinct = history.shapes.drop_duplicates("shape_id")
    counted = distinct[distinct["status"].isin([str(s) for s in theatre.held])]
    drawn = counted if len(counted) else distinct
    view, far = views_of(list(drawn.geometry), theatre)
    frame = frame_of(view, theatre)
    wide = view.grown(max(view.size_km) * 0.05)
    around = View(*shapely.total_bounds([wide.box, *(one.box for one in far)]))
    of_this_war = not oblasts_in(view).empty
    length_km = bar_length_km(view)
    insets = _insets(frame, far, drawn)
    low = frame.sheet_height
    taken: list[BaseGeometry] = [
        shapely.box(one["left"], 0, one["left"] + 200, 200) for one in insets
    ]
    taken.append(shapely.box(0, low - 46, 320, low))
    if of_this_war:
        taken.append(shapely.box(870, low - 90, SHEET, low))
    if account.is_sample:
        taken.append(shapely.box(350, low - 30, 650, low))
    ground = shapely.union_all([frame.on_sheet(one) for one in drawn.geometry])
    countries, places, regions = _names(frame, account, ground, taken)
    scenery = surroundings_in(around)
    pale = history.shapes[
        history.shapes["valid_to"].isna()
        & history.shapes["status"].isin([str(status) for status in theatre.paler])
    ]
    side: BaseGeometry = shapely.Polygon()
    if country_sides(around, theatre):
        side = shapely.intersection(reference.ukraine(), around.box)
    # Lines of oblasts, or that of the region where none are known.
    edges = shapely.boundary(oblasts_in(around).geometry.to_numpy())
    lines: BaseGeometry = shapely.line_merge(shapely.union_all(edges))
    if not len(edges) and theatre.region is not None:
        lines = shapely.intersection(theatre.region.boundary, around.box)
    # Contested ground and held; what is also held is drawn over it.
    moments, table = account.states.index, history.shapes
    table = table.assign(
        first=moments.searchsorted(table["valid_from"]),
        last=moments.searchsorted(table["valid_to"].fillna(moments[-1])) - 1,
    )
    table.loc[table["valid_to"].isna(), "last"] = len(moments) - 1
    shapes = []
    for held, chosen in ((1, theatre.held), (0, theatre.contested)):
        own = table[table["status"].isin([str(status) for status in chosen])]
        for _, rows in own.groupby("shape_id", sort=True):
            if path := frame.path(rows.geometry.iloc[0]):
                spans = rows[["first", "last"]].sort_values("first").to_numpy()
                shapes.append([path, held, *spans.ravel().tolist()])
    return Atlas(
        frame=frame,
        shapes=shapes,
        side=frame.path(side),
        scenery=[
            (kind, frame.path(shapely.union_all(rows.geometry.to_numpy())))
            for kind, rows in scenery[scenery["kind"] != "country"].groupby("kind")
        ],
        pale=frame.path(shapely.union_all(pale.geometry.to_numpy())),
        oblasts=frame.path(lines),
        border=frame.path(border_in(around, theatre)),
        countries=countries,
        regions=regions,
        places=places,
        insets=tuple(insets),
        locator=_locator(view) if of_this_war else None,
        bar=round(length_km * 1e3 / frame.step_m * frame.scale),
        bar_words=figure(length_km, 0 if length_km >= 1 else 1, "km"),
    )


def _names(
    frame: Frame, account: Account, ground: BaseGeometry, taken: list[BaseGeometry]
) -> tuple[list[Name], list[Name], list[Name]]:
    """Names of countries, places and oblasts, each on its own and clear of others."""
    sheet = shapely.box(0, 0, SHEET, frame.sheet_height)

    def within(name: str, land: BaseGeometry) -> Iterator[Name]:
        free = shapely.intersection(frame.on_sheet(land), sheet)
        size = (LETTER * len(name) + 12.0, 26.0)
        box = roomiest(free, size, [ground, *taken])
        if box is not None:
            taken.append(box)
            x, y = shapely.get_coordinates(box.centroid)[0]
            yield Name(name, round(x), round(y) + 5)

    countries = [
        one
        for key, side in country_sides(frame.view, account.theatre).items()
        for one in within(named("side", key.lower(), key).upper(), side)
    ]
    # The reader's places that were fought for first, then known towns.
    tables = [nearby_places(frame.view, most=2 * MOST_PLACES)]
    if account.places is not None and account.settlements is not None:
        inside = account.settlements.groupby("name")["days"].sum()
        own = account.places.to_crs("EPSG:4326")
        own = own.assign(rank=1, days=own["name"].map(inside).fillna(-1.0))
        own = own[own.within(frame.view.box)].sort_values("days", ascending=False)
        tables.insert(0, own)
    # Type is 2.5 times as large beside the map on a phone: fewer names have room.
    boxes = {1.0: taken, 2.5: [*taken]}
    boxes[2.5] += [scale(one, 1.3, 1.7) for one in taken[-len(countries) :]]
    places: list[Name] = []
    for row in (row for table in tables for row in records(table)):
        name = visible(row.name)
        x, y = frame.spot(row.geometry.x, row.geometry.y)
        left = x + LETTER * len(name) + 12 > SHEET
        free = {}
        for size, full in boxes.items():
            end = x + size * (LETTER * len(name) + 10) * (-1 if left else 1)
            low, high = min(x, end) - 6, max(x, end) + 6
            box = shapely.box(low, y - 12 * size, high, y + 12 * size)
            free[size] = shapely.covers(sheet.buffer(10), box) and not any(
                shapely.intersects(full, box)
            )
            if free[size] and free[1.0]:
                full.append(box)
        if name and free[1.0] and len(places) < MOST_PLACES:
            rank = int(row.rank)
            places.append(Name(name, x, y, rank, left=left, minor=not free[2.5]))
    regions = [
        one
        for row in records(oblasts_in(frame.view))
        if row.geometry.area > REGION_SHARE * frame.view.box.area
        for one in within(named("oblasts", row.iso, visible(row.name)), row.geometry)
    ]
    return countries, places, regions


def _insets(
    frame: Frame, views: Sequence[View], drawn: gpd.GeoDataFrame
) -> list[dict[str, Any]]:
    """Windows on other parts of the paper, in the upper corner that is freer."""
    west, south, east, north = frame.view.bounds
    width, height = 0.23 * len(views) * (east - west), 0.33 * (north - south)
    corners = [
        shapely.box(west, north - height, west + width, north),
        shapely.box(east - width, north - height, east, north),
    ]
    bounds = shapely.make_valid(drawn.geometry.to_numpy())
    covered = [shapely.area(shapely.intersection(bounds, box)).sum() for box in corners]
    first = 14.0 if covered[0] <= covered[1] else SHEET - 214.0 * len(views)
    found = []
    for number, view in enumerate(views):
        corners_of = ((view.west, view.north), (view.east, view.south))
        (left, top), (right, bottom) = (frame.spot(*corner) for corner in corners_of)
        place = reference.nearest_place(*view.centre, min_population=500)
        found.append(
            {
                "box": f"{left} {top} {right - left} {bottom - top}",
                "name": place_name(place.name) if place else "",
                "left": first + 214.0 * number,
            }
        )
    return found


def _locator(view: View) -> dict[str, Any]:
    """The outline of Ukraine in a box of 100 wide, and where the view lies."""
    country = shapely.simplify(reference.ukraine(), 0.08)
    west, south, east, north = country.bounds
    lon, lat = view.centre
    north = max(north, lat)
    scale = 100 / (east - west)
    polygons = shapely.get_parts(country)
    polygons = polygons[shapely.area(polygons) > 0.05]
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(polygons)]
    at = [((xy - (west, north)) * (scale, -1.55 * scale)).round(1) for xy in rings]
    d = "".join("M" + "L".join(f"{x:g} {y:g}" for x, y in ring) + "z" for ring in at)
    return {
        "d": d,
        "height": round((north - south) * 1.55 * scale),
        "x": round((lon - west) * scale, 1),
        "y": round((north - lat) * 1.55 * scale, 1),
    }


# Data of the script


def data_of(account: Account, atlas: Atlas) -> dict[str, Any]:
    """What the page's script needs, as short as can be."""
    states = account.states
    first, last = account.first_utc.normalize(), account.last_utc
    days = max(int((last.normalize() - first) / DAY), 0)
    start, end = default_days(account)
    errors = exact_errors(account, presets(account))
    depth = states["depth_km"].round(2)
    return {
        "first": f"{first:%Y-%m-%d}",
        "days": days,
        # The state of a day is the last that began before it ended.
        "at": [day_number(moment, first) for moment in states.index],
        "held": states["area_km2"].round(2).tolist(),
        "error": (SCORE_95 * states["area_sd_km2"]).round(2).tolist(),
        "grey": states["contested_km2"].round(2).tolist(),
        "depth": depth.astype(object).where(depth.notna(), None).tolist(),
        # States whose depth is reached where the region ends.
        "more": np.flatnonzero(states["depth_censored"]).tolist(),
        "pieces": states["sections"].astype(int).tolist(),
        "shapes": atlas.shapes,
        "from": day_number(start, first),
        "to": day_number(end, first),
        "errors": {
            f"{day_number(a, first)}-{day_number(b, first)}": round(error, 2)
            for (a, b), error in errors.items()
        },
        "pairs": pair_errors(account),
        "letters": LETTERS,
        "step": 1.0 - PAIR_STEP,
        "scale": round(atlas.frame.scale, 5),
        "words": words_of("js")
        | {"holder": account.holder, "unit": named("units", "km²", "km²")},
        "format": {
            key: words_of("format")[key]
            for key in ("decimal", "group", "day", "months_of", "or_more")
        },
    }


def day_number(moment: pd.Timestamp, first: pd.Timestamp) -> int:
    return max(int(np.floor((moment - first) / DAY)), 0)


def default_days(account: Account) -> tuple[pd.Timestamp, pd.Timestamp]:
    """From the peak to the last map; from the first map where the peak is the last."""
    last, peak = account.last_utc, account.peak_utc
    first = account.first_utc
    if peak is None or peak.normalize() == last.normalize():
        return first, last
    return peak, last


def presets(account: Account) -> list[dict[str, Any]]:
    """Pairs of days that the page offers, with their words."""
    first, last = account.first_utc.normalize(), account.last_utc
    start, end = default_days(account)
    words = t("presets.peak" if start == account.peak_utc else "presets.all")
    offers = [(words, start, end)] if start < end else []
    since = last - pd.Timedelta(days=28)
    if since > first:
        offers.append((t("presets.recent"), since, last))
    rows = [one for one in periods(account) if one.lost_km2 + one.gained_km2 > 0]
    if rows:
        most = max(rows, key=lambda one: one.lost_km2 + one.gained_km2)
        offers.append((most.words, most.start, most.end))
    return [
        {"words": words, "start": start, "end": end}
        | {"from": day_number(start, first), "to": day_number(end, first)}
        for words, start, end in offers
    ]


def marks_of(account: Account) -> dict[str, list[dict[str, Any]]]:
    """Events and sentences as marks on the axis of time, in per cent of its width."""
    first, last = account.first_utc, account.last_utc
    length = (last - first) / DAY or 1.0

    def at(moment: pd.Timestamp) -> float:
        return round(float(100 * ((moment - first) / DAY) / length), 2)

    day_zero = first.normalize()
    own = account.events[account.events["kind"].isin(NOTABLE)]
    own = own[own["snapshot_utc"] > first].tail(60)
    told = [
        {
            "x": at(row.snapshot_utc),
            "day": day_number(row.snapshot_utc, day_zero),
            "words": f"{day_words(row.snapshot_utc)}: {t(f'event.{row.kind}')}",
        }
        for row in records(own)
    ]
    seen: dict[float, int] = {}
    said = []
    for row in sentences(account):
        if row["days"] is not None:
            start, end = (pd.Timestamp(day, tz="UTC") for day in row["days"])
            x = at(min(max(end, first), last))
            level = seen[x] = seen.get(x, -1) + 1
            ends = {
                "from": day_number(start, day_zero),
                "to": day_number(end, day_zero),
            }
            said.append({"x": x, "level": level, "row": row} | ends)
    return {"events": told, "sentences": said}


def pair_errors(account: Account) -> tuple[float, str] | None:
    """
    Half-widths of the net between any two states, as `change_bounds`, to 10 per cent.

    The largest, and a letter for each pair, by the later state and then the earlier:
    each letter before the last is a tenth less, the first is nothing. None where
    there are too many: then the errors of both maps are taken as if apart.
    """
    history, moments = account.history, account.states.index
    ground = Ground(history)
    shapes = [ground.union(ground.shown(moment)[0]) for moment in moments]
    size = int(shapely.get_num_coordinates(shapes).sum())
    if size * len(moments) > MOST_PAIRED:
        return None
    model = error_model(history.source, sigma_m=None, correlation_km=CORRELATION_KM)
    fixed = fixed_lines(history, ground.crs)
    lines = [outline(shape, ground.crs) for shape in shapes]
    ends = np.cumsum([0, *(len(line.ring) for line in lines)])
    middles = np.concatenate([line.middles for line in lines])
    _, once, number = np.unique(
        shapely.get_coordinates(middles).round(),
        axis=0, return_index=True, return_inverse=True,
    )  # fmt: skip
    drawn = np.zeros((len(lines), len(once)), dtype=bool)
    for state, shape in enumerate(draw_plane(as_array(shapes), ground.crs)):
        edge = shapely.boundary(shape)
        shapely.prepare(edge)
        drawn[state] = shapely.dwithin(edge, middles[once], SAME_M)
    edges = [number.ravel()[a:b] for a, b in pairwise(ends)]
    variance_m4 = np.zeros((len(lines), len(lines)))
    for row, (line, own) in enumerate(zip(lines, edges, strict=True)):
        # A row a state: which edges it does not draw.
        moved = ~drawn[:, own] & ~line.near(fixed, BORDER_WIDTH_M)
        variance_m4[row] = line.variance_m4(moved, model)
    both = (variance_m4 + variance_m4.T)[np.tril_indices(len(lines), -1)]
    errors = SCORE_95 * np.sqrt(both) / 1e6
    most = float(errors.max(initial=0.0))
    with np.errstate(divide="ignore"):
        steps = np.log(errors / (most or 1.0)) / np.log(1.0 - PAIR_STEP)
    levels = np.clip(len(LETTERS) - 1 - np.round(steps), 0, None).astype(int)
    return round(most, 3), "".join(LETTERS[level] for level in levels)
