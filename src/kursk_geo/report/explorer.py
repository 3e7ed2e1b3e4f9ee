"""What the page's script needs: days, states, errors, and what moves the handles."""

import string
from typing import Any

import numpy as np
import pandas as pd
import shapely

from kursk_geo._text import day_words, named, t, words_of
from kursk_geo.front import BORDER_WIDTH_M
from kursk_geo.ground import Ground
from kursk_geo.periods import DAY
from kursk_geo.plot.basemap import records
from kursk_geo.report.drawing import Atlas
from kursk_geo.report.tables import NOTABLE, SCORE_95, Account
from kursk_geo.uncertainty import (
    CORRELATION_KM,
    SAME_M,
    change_bounds,
    error_model,
    fixed_lines,
    outline,
)

__all__ = ["data_of", "marks_of", "presets"]

MOST_PAIRED = 4e7
"""Vertices of all states times states, above which pairs are not told."""
LETTERS = string.ascii_letters + string.digits + "-_"
PAIR_STEP = 0.1
"""How much less each letter before the last tells."""


def data_of(
    account: Account, atlas: Atlas, offers: list[dict[str, Any]]
) -> dict[str, Any]:
    """What the page's script needs, as short as can be."""
    states = account.states
    first, last = account.first_utc.normalize(), account.last_utc.normalize()
    start, end = default_days(account)
    depth = states["depth_km"].round(2)
    return {
        "first": f"{first:%Y-%m-%d}",
        "days": max(int((last - first) / DAY), 0),
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
        "errors": {f"{one['from']}-{one['to']}": one["error"] for one in offers},
        "pairs": pair_errors(account),
        "letters": LETTERS,
        "step": 1.0 - PAIR_STEP,
        "scale": round(atlas.paper.scale, 5),
        "words": words_of("js")
        | {"holder": account.holder, "unit": named("units", "km²", "km²")},
        "format": {
            key: words_of("format")[key]
            for key in ("decimal", "group", "day", "months_of", "or_more")
        },
    }


def day_number(moment: pd.Timestamp, first: pd.Timestamp) -> int:
    """On which day of the page a moment lies."""
    return max(int(np.floor((moment - first) / DAY)), 0)


def default_days(account: Account) -> tuple[pd.Timestamp, pd.Timestamp]:
    """From the peak to the last map; from the first map where the peak is the last."""
    last, peak = account.last_utc, account.peak_utc
    if peak is None or peak.normalize() == last.normalize():
        return account.first_utc, last
    return peak, last


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
            days = {"from": day_number(start, first), "to": day_number(end, first)}
            found.append({"words": words, "error": error} | days)
    return found


def marks_of(
    account: Account, sentences: list[dict[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    """Events and sentences as marks on the axis of time, in per cent of its width."""
    first, last = account.first_utc, account.last_utc
    length, day_zero = (last - first) / DAY or 1.0, first.normalize()

    def at(moment: pd.Timestamp) -> float:
        return round(float(100 * ((moment - first) / DAY) / length), 2)

    own = account.events[account.events["kind"].isin(NOTABLE)]
    told = [
        {
            "x": at(row.snapshot_utc),
            "day": day_number(row.snapshot_utc, day_zero),
            "words": f"{day_words(row.snapshot_utc)}: {t(f'event.{row.kind}')}",
        }
        for row in records(own[own["snapshot_utc"] > first].tail(60))
    ]
    seen: dict[float, int] = {}
    said = []
    for row in sentences:
        if row["days"] is not None:
            start, end = (pd.Timestamp(day, tz="UTC") for day in row["days"])
            x = at(min(max(end, first), last))
            seen[x] = seen.get(x, -1) + 1
            ends = [day_number(day, day_zero) for day in (start, end)]
            mark = {"x": x, "level": seen[x], "row": row}
            said.append(mark | {"from": ends[0], "to": ends[1]})
    return {"events": told, "sentences": said}


def pair_errors(account: Account) -> tuple[float, str] | None:
    """
    Half-widths of the net between any two states, as `change_bounds`, to 10 per cent.

    The largest, and a letter for each pair, by the later state and then the earlier:
    each letter before the last is a tenth less, the first is nothing. None where
    there are too many: then the errors of both maps are taken as if apart.
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
    edges = [np.stack([line.xy, line.xy[line.following]], axis=1) for line in lines]
    ends = np.concatenate(edges)
    middles = ends.mean(axis=1)
    # Most edges stand on many maps: each is looked at once.
    _, once, number = np.unique(
        middles.round() @ [1, 1j], return_index=True, return_inverse=True
    )
    numbers = np.split(number, np.cumsum([len(one) for one in edges])[:-1])
    spots = shapely.points(middles[once])
    shapely.prepare(fixed)
    near = shapely.dwithin(fixed, spots, BORDER_WIDTH_M)
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
    errors = SCORE_95 * np.sqrt(both) / 1e6
    most = float(errors.max(initial=0.0))
    with np.errstate(divide="ignore"):
        steps = np.log(errors / (most or 1.0)) / np.log(1.0 - PAIR_STEP)
    levels = np.clip(len(LETTERS) - 1 - np.round(steps), 0, None).astype(int)
    return round(most, 3), "".join(LETTERS[level] for level in levels)
