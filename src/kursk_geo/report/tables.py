"""What a report tells: figures, words and rows, before there is a page."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from pathlib import PureWindowsPath
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kursk_geo import _text
from kursk_geo._text import NOTHING, count, day_words, named, t, visible
from kursk_geo.change import change_over_time
from kursk_geo.claims import Verdict, Verdicts
from kursk_geo.events import followed
from kursk_geo.history import ControlHistory, selected_theatre
from kursk_geo.measure import measure
from kursk_geo.periods import DAY
from kursk_geo.plot.basemap import records, town_near, towns_of
from kursk_geo.plot.canvas import SAMPLE, span_words
from kursk_geo.plot.verdicts import ribbon
from kursk_geo.reference import oblasts
from kursk_geo.settlements import settlements
from kursk_geo.uncertainty import Fronts, bounded

__all__ = ["Account", "Table", "csv_files", "tables_of"]

RECENT_DAYS = 28
"""How far back the head looks. [days]"""
LEAD = 14 * DAY
"""How long before anything is held the axis of time begins."""
LARGE = 4e7
"""Vertices of all shapes times states, above which maps are those of a country."""
NOTABLE = ("generation", "disappearance", "union", "division")
SCORE_95 = 1.96
"""Standard errors to either side that hold 95 % of a Gaussian."""
RANKS = ("depends", "fails", "off", "holds_if", "differs", "holds", "none")
"""In which order sentences stand: what a reader must know first."""
GROUPS = {
    "holds": "hold",
    "holds_if": "hold",
    "depends": "depend",
    "off": "off",
    "fails": "fail",
}
"""As what the head counts a verdict."""
MOST_MONTHS = 18
"""More months than this are told by quarters, and more quarters by years."""


Table: TypeAlias = dict[str, Any]
"""A table as text: the first cell of each row is its heading."""


@dataclass(eq=False)
class Account:
    """
    What a report tells of a history that is selected for a theatre.

    All is measured once. Of a whole country over years errors are measured once a month
    and pieces on the last map alone: each map has thousands of kilometres of front (a
    page of 290 such maps took 200 s, and takes 20).

    Parameters
    ----------
    history : ControlHistory
        Cut to the span, with at least one map.
    title, command, url : str
    made_utc : Timestamp
    places : GeoDataFrame or None
        Given by the reader.
    verdicts : Verdicts

    Attributes
    ----------
    is_large : bool
        Whether its maps are those of a country over years.
    figures : DataFrame
        As `uncertainty` gives it: one row a map; ``now`` is the last.
    first_utc, last_utc : Timestamp
        When its axis of time begins: at the first map, or before ground was held; and
        when the last map was published.
    span_utc : tuple of Timestamp
        The axis of time: it ends a day after the first map, where it is the last.
    peak_utc : Timestamp or None
        The first map with the largest held area; None where nothing was held.
    is_level, has_most : bool
        Whether as much is held on all maps, or there is one alone; and whether the last
        map has the most, to half a per cent.
    states : DataFrame
        Rows on which the theatre changed, since the one that stood then.
    errors : ndarray, shape (n_states, n_states)
        Half-widths of the net between any two states, as `change_bounds` gives them; of
        a country the errors of both maps are taken as if apart. [km²]
    pieces, events : GeoDataFrame, DataFrame
        As `section_history` and `events` give them. Of a country the pieces of the last
        map alone are known, and not since when; there are no events.
    pieces_now : GeoDataFrame
        The pieces of the last map, the largest first.
    settlements : DataFrame or None
        None where no places were given.
    periods : DataFrame
        Months (or quarters, or years), with gains and losses map by map.
    ground, holder : str
        Where, in the language in use; and who holds, at the beginning of a sentence: ""
        where nobody told.
    is_sample : bool
        Whether the maps were drawn by us, and show no real outlines.
    """

    history: ControlHistory
    title: str
    command: str
    url: str
    made_utc: pd.Timestamp
    places: gpd.GeoDataFrame | None
    verdicts: Verdicts

    def __post_init__(self) -> None:
        history, self.theatre = self.history, selected_theatre(self.history)
        changed = history.states()["valid_from"]
        seen = shapely.get_num_coordinates(history.shapes.geometry.to_numpy()).sum()
        self.is_large = bool(seen * len(changed) > LARGE)
        table, fronts = measure(history), Fronts(history)
        some = last_of_months(table) if self.is_large else table
        self.figures = bounded(table, fronts, some.index)
        self.now, area = self.figures.iloc[-1], self.figures["area_km2"]
        moments = list(map(pd.Timestamp, self.figures.index))
        held = list(compress(moments, area > 0.0))
        self.last_utc = moments[-1]
        self.first_utc = max([moments[0], *(one - LEAD for one in held[:1])])
        self.span_utc = self.first_utc, max(self.last_utc, self.first_utc + DAY)
        self.peak_utc = moments[int(np.argmax(area))] if held else None
        self.is_level = bool(np.ptp(area) < 0.05)
        self.has_most = bool(self.now.area_km2 >= 0.995 * area.max())
        states = self.figures[self.figures.index.isin(changed)]
        self.states = states.iloc[standing(states, [self.first_utc])[0] :]
        if self.is_large:
            sd_km2 = self.states["area_sd_km2"].to_numpy()
            sds_km2 = np.hypot.outer(sd_km2, sd_km2) * (1 - np.eye(len(sd_km2)))
            net = self.states["area_km2"].diff().iloc[1:]
            steps = pd.DataFrame({"gained_km2": net, "lost_km2": -net}).clip(lower=0.0)
        else:
            sds_km2 = fronts.redrawn_sd_km2(self.states.index)
            steps = change_over_time(history, every="change").set_index("end")
        self.errors = SCORE_95 * sds_km2
        self.periods = self._periods(steps)
        one = history.between(self.last_utc, None)
        self.pieces, self.events = followed(one if self.is_large else history)
        if self.is_large:
            self.pieces["since"] = pd.NaT
        now = self.pieces[self.pieces["valid_to"].isna()]
        self.pieces_now = now.sort_values("area_km2", ascending=False)
        given = self.places
        self.settlements = None if given is None else settlements(history, given)
        name, holder = self.theatre.name, self.theatre.holder
        words = self.theatre.ground_words or name
        for iso in oblasts().set_index("name")["iso"].filter([name]):
            words = named("oblasts", iso, words)
        self.ground = visible(named("ground", name, words))
        self.holder = visible(named("holder", holder, _text.upper(holder)))
        self.is_sample = SAMPLE in history.attribution

    def _periods(self, steps: pd.DataFrame) -> pd.DataFrame:
        words: dict[str, Callable[[Any], str]] = {
            "M": lambda one: _text.month_words(one.start_time),
            "Q": lambda one: t("months.quarter", number=one.quarter, year=one.year),
            "Y": lambda one: str(one.year),
        }
        first, last = (end.tz_localize(None) for end in (self.first_utc, self.last_utc))
        for letter in words:
            months = pd.period_range(first, last, freq=letter)
            if len(months) <= MOST_MONTHS:
                break
        changed = pd.DatetimeIndex(steps.index).tz_localize(None).to_period(letter)
        table = steps[["gained_km2", "lost_km2"]].groupby(changed).sum()
        table = table.reindex(months, fill_value=0.0)
        table["net_km2"] = table["gained_km2"] - table["lost_km2"]
        start, end = months.start_time, months.end_time
        table["start"] = start.where(start > first, first).tz_localize("UTC")
        table["end"] = end.where(end < last, last).tz_localize("UTC")
        ends = [standing(self.states, table[at]) for at in ("start", "end")]
        table["error_km2"] = self.errors[tuple(ends)]
        return table.assign(words=[words[letter](one) for one in months])

    def days(self, start: pd.Timestamp, end: pd.Timestamp) -> dict[str, int]:
        """Two moments as days of the page, which are counted from its first."""
        first = self.first_utc.normalize()
        ends = {"from": start, "to": end}
        return {name: max((one - first) // DAY, 0) for name, one in ends.items()}


# The head


def headline(account: Account) -> str:
    """The finding: what is held, of what, and what share of the peak it is."""
    if account.title:
        return visible(account.title)
    area_km2 = float(account.now.area_km2)
    peak_km2 = float(account.figures["area_km2"].max())
    key, facts = "title", {"ground": account.ground, "holder": account.holder}
    if account.peak_utc is None:
        return t("head.never", **facts)
    if not area_km2 > 0.0:
        key = "none"
    elif account.is_level:
        key = "level"
    elif account.has_most:
        key = "most"
    return t(
        f"head.{key}{'_by' if account.holder else ''}",
        peak=_text.about_km2(peak_km2),
        area=_text.about_km2(area_km2, error_of(account.now)),
        share=_text.percent(area_km2 / peak_km2),
        **facts,
    )


def lead(account: Account) -> str:
    """One line on the peak, the pieces that are left, and the last redrawing."""
    now, peak_utc = account.now, account.peak_utc
    parts = []
    if peak_utc is not None and not account.is_level:
        peak = _text.about_km2(float(account.figures["area_km2"].max()))
        parts.append(t("head.peak", peak=peak, day=day_words(peak_utc)))
    if now.area_km2 > 0.0:
        deep, depth = "", _text.figure(now.depth_km, 1, "km")
        if now.depth_km > 0.0 and now.depth_censored:
            deep = t("head.deep_or_more", depth=t("format.or_more", figure=depth))
        elif now.depth_km > 0.0:
            deep = t("head.deep", depth=depth)
        parts.append(_text.upper(count("pieces_left", int(now.sections), deep=deep)))
    redrawn = pd.Timestamp(account.states.index[-1])
    parts.append(t("head.redrawn", day=day_words(redrawn)))
    return " ".join(parts)


def kicker(account: Account) -> str:
    """What was measured: maps, whose, from when to when."""
    first, last = account.figures.index[0], account.last_utc
    span = span_words(first, last)
    source = t("head.sample") if account.is_sample else account.history.source
    source = visible(named("source", source, source))
    n_maps = len(account.history.snapshots)
    told = count("maps", n_maps, source=source, span=span)
    return f"{_text.upper(account.ground)} · {told}"


def answers(account: Account, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What changed, how sure it is, and which sentences hold or where the ground is."""
    now, area, end = account.now, account.figures["area_km2"], account.last_utc
    found: list[dict[str, Any]] = []
    if len(area) > 1:
        since = end - pd.Timedelta(days=RECENT_DAYS)
        start = pd.Timestamp(area.index[standing(account.figures, [since])][0])
        days = min(RECENT_DAYS, max(1, round((end - start) / DAY)))
        text = span_words(max(start, since), end)
        worst = account.periods.nlargest(1, "lost_km2")
        for row in records(worst[worst["lost_km2"] >= 0.5]):
            lost = _text.about_km2(row.lost_km2)
            text = f"{text}. {t('head.worst', period=row.words, lost=lost)}"
        net = _text.about_km2(float(area.iloc[-1]) - float(area[start]), sign=True)
        # A line of steps in a field of 100 by 24.
        shown = area[area.index >= start]
        shown = shown[shown.diff() != 0.0]
        x = [per_cent(moment, (start, end)) for moment in shown.index]
        ends = min(shown.min(), 0.6 * shown.max()), shown.max() or 1.0
        y = np.interp(shown.to_numpy(), ends, (22, 2)).round(1).tolist()
        spark = list(zip(x, y, strict=True))
        value = count("in_days", days, net=net)
        one = {"label": t("head.what_changed"), "value": value, "text": text}
        found.append(one | {"spark": spark})
    error = error_of(now)
    if area.max() > 0.0:
        text = t("head.hand_drawn")
        if now.contested_km2 > 0.05:
            grey = _text.about_km2(now.contested_km2, error)
            text = f"{text} {t('head.another', area=grey)}"
        ends = now.area_km2 + error * np.array([-1, 0, 1])
        whisker = np.interp(ends, (0.0, 1.15 * ends[2] or 1.0), (0, 100)).round(1)
        about = _text.about_km2(now.area_km2, error)
        give = _text.figure(error, 0 if error >= 0.95 else 1)
        value = t("head.give_or_take", area=about, error=give)
        one = {"label": t("head.how_sure"), "value": value, "text": text}
        found.append(one | {"whisker": whisker.tolist()})
    if account.verdicts:
        n_of = Counter(GROUPS.get(one.verdict, "other") for one in account.verdicts)
        # "0 fail" is news, "0 are off" is none.
        keys = [*dict.fromkeys(GROUPS.values()), "other"]
        keys = [key for key in keys if n_of[key] or key not in {"off", "other"}]
        value = ", ".join(count(key, n_of[key]) for key in keys)
        text = count("of_sentences", len(account.verdicts))
        told_of = {"label": t("head.which_hold"), "value": value, "text": text}
        marks = sorted(told, key=lambda row: -row["rank"])
        return [*found, told_of | {"marks": marks}]
    pieces = account.pieces_now
    value = t("plot.nothing_held") if pieces.empty else count("in_pieces", len(pieces))
    where = []
    for row in records(pieces.head(4)):  # by the nearest town, or by its number
        town = town_near(row.geometry)
        number = t("pieces.number", number=row.section)
        name = t("pieces.near", town=town) if town else number
        where.append(f"{name}: {_text.km2(row.area_km2)}")
    told_of = {"label": t("head.where"), "value": _text.upper(value)}
    return [*found, told_of | {"text": "; ".join(where)}]


def standing(table: pd.DataFrame, moments: Iterable[pd.Timestamp]) -> list[int]:
    """Positions of the maps that stood at moments; the first where none had been."""
    after = (int(table.index.searchsorted(one, side="right")) for one in moments)
    return [max(place - 1, 0) for place in after]


def last_of_months(table: pd.DataFrame) -> pd.DataFrame:
    """The last map of each month."""
    months = pd.Series(pd.DatetimeIndex(table.index).strftime("%Y-%m"))
    return table[~months.duplicated(keep="last").to_numpy()]


def error_of(row: Any) -> float:  # noqa: ANN401  (a row of figures)
    """Half the width of the interval that holds 95 % of the positional error."""
    return SCORE_95 * float(row.area_sd_km2)


# Tables


Cells = Mapping[str, Callable[[Any], str]]
"""What stands in each column: words of a row."""


def told(cells: Cells, rows: pd.DataFrame) -> list[list[str]]:
    """The rows of a table as text."""
    return [[cell(row) for cell in cells.values()] for row in records(rows)]


def _area(name: str) -> Callable[[Any], str]:
    """Words of an area of a row, by its column."""
    return lambda row: _text.km2(getattr(row, name), unit=False)


def _table(section: str, cells: Cells, rows: pd.DataFrame, *, words: int = 1) -> Table:
    """
    A table whose caption and headings stand in a section of the words.

    So many columns at the left are `words`; the others are numbers.
    """
    heads = [t(f"{section}.{key}") for key in cells]
    caption = {"caption": t(f"{section}.caption"), "words": words}
    return caption | {"columns": heads, "rows": told(cells, rows)}


def figure_cells(account: Account) -> Cells:
    """What is told of a map; no depth where there is no border."""
    deep = account.states["depth_km"].notna().any()
    return {
        "held": _area("area_km2"),
        "error": lambda row: _give(error_of(row)),
        "contested": _area("contested_km2"),
        **({"depth": _depth} if deep else {}),
        "pieces": lambda row: _text.figure(row.sections, 0),
    }


def tables_of(account: Account) -> dict[str, Table | None]:
    """The tables of the page by name; no places where none were given."""
    # When pieces came, went, joined and parted.
    happened = account.events[account.events["kind"].isin(NOTABLE)].tail(60)
    towns = towns_of(account.pieces)
    came: Cells = {
        "map": lambda row: _text.minute_words(row.snapshot_utc),
        "event": lambda row: _text.upper(t(f"event.{row.kind}")),
        "where": lambda row: ", ".join(
            f"{key} {towns[key]}".rstrip() for key in sorted({*row.before, *row.after})
        ),
        "before": _area("area_before_km2"),
        "after": _area("area_after_km2"),
    }
    # The file beside the page has them all.
    last = last_of_months(account.states).tail(60)
    moment: Cells = {"map": lambda row: _text.minute_words(row.Index)}
    figures = {**moment, **figure_cells(account)}
    inside = account.settlements
    return {
        "months_table": _table("months", MONTHS, account.periods),
        "pieces_table": _table("pieces", PIECES, account.pieces_now.head(30)),
        "events_table": _table("events", came, happened, words=3),
        "figures_table": _table("figures", figures, last),
        "places_table": None
        if inside is None
        else _table("places_", PLACES, inside.head(200), words=4),
    }


def _depth(row: Any) -> str:  # noqa: ANN401  (of pieces or figures)
    return _text.km(row.depth_km, unit=False, censored=row.depth_censored)


def _give(error_km2: float) -> str:
    return f"± {_text.km2(error_km2, unit=False)}"


MONTHS: Cells = {
    "period": lambda row: str(row.words),
    "gained": _area("gained_km2"),
    "lost": _area("lost_km2"),
    "net": lambda row: _text.km2(row.net_km2, unit=False, sign=True),
    "error": lambda row: _give(row.error_km2) if row.error_km2 else NOTHING,
}
PIECES: Cells = {
    "piece": lambda row: f"{row.section} {town_near(row.geometry)}".rstrip(),
    "area": _area("area_km2"),
    "depth": _depth,
    "since": lambda row: day_words(row.since) if pd.notna(row.since) else NOTHING,
}
PLACES: Cells = {
    "place": lambda row: visible(row.name),
    "ground": lambda row: t(f"places_.{row.status}"),
    "since": lambda row: _text.minute_words(row.since_utc),
    "until": lambda row: (
        t("places_.last")
        if pd.isna(row.until_utc)
        else _text.minute_words(row.until_utc)
    ),
    "days": lambda row: _text.figure(row.days, 0),
}


# Sentences


def sentences(account: Account) -> list[dict[str, Any]]:
    """A row for each sentence, what depends first."""
    rows = []
    for number, verdict in enumerate(account.verdicts, start=1):
        row, claim = verdict.row(), verdict.claim
        maps = {one["role"]: one["snapshot_utc"][:10] for one in row["maps"]}
        at, day, url = maps.get("at"), row["published"], getattr(claim, "url", "")
        rank = RANKS.index(row["verdict"] if row["verdict"] in RANKS else "none")
        if not getattr(claim, "gist", False):  # the outlet's wording
            row["text"] = _text.quoted(row["text"])
        own = {
            "id": f"s-{number}",
            "rank": rank,
            "mark": RANKS[rank].removesuffix("_if"),
            "word": verdict.word,
            "day": day_words(pd.Timestamp(day)) if day else "",
            "url": url if url.startswith(("https://", "http://")) else "",
            "measured": verdict.shown(verdict.figure),
            "departures": [
                (one.name, verdict.shown(one.figure), one.holds)
                for one in verdict.departures
            ],
            "strip": strip(verdict),
            "ribbon": ribbon_rows(verdict),
            # The days that it compares; one day is both.
            "days": at and (maps.get("since", maps.get("peak", at)), at),
        }
        rows.append(row | own)
    return sorted(rows, key=lambda row: row["rank"])


def strip(verdict: Verdict) -> dict[str, Any] | None:
    """Where the figures stand beside what the sentence allows, in per cent."""
    says = getattr(verdict.claim, "says", None)
    if says is None or not np.isfinite(verdict.figure):
        return None
    others = [d.figure for d in verdict.departures if np.isfinite(d.figure)]
    ends = np.array([says.low, says.high, verdict.figure, *others])
    seen = ends[np.isfinite(ends)]
    room = 0.12 * np.ptp(seen) or 0.1 * abs(seen[0]) or 1.0
    whole = seen.min() - room, seen.max() + room
    left, right, figure, *spots = np.interp(ends, whole, (0, 100)).round(1).tolist()
    width = max(round(right - left, 1), 0.8)
    told = {"left": left, "width": width, "figure": figure}
    return told | {"others": sorted(set(spots))}


def per_cent(moment: pd.Timestamp, span: Sequence[pd.Timestamp]) -> float:
    """Where a moment stands on an axis of time."""
    start, end = span
    return round(float(100 * ((moment - start) / (end - start))), 2)


def ribbon_rows(verdict: Verdict) -> list[dict[str, Any]]:
    """Stretches of days in per cent of the whole ribbon, with their words."""
    stretches, rows = ribbon(verdict), []
    for one in stretches:
        whole = stretches[0].start, stretches[-1].end
        left, right = (per_cent(end, whole) for end in (one.start, one.end))
        row = {"kind": one.kind, "x": left, "width": round(right - left, 2)}
        days = span_words(one.start, one.end - DAY)
        rows.append(row | {"words": t(f"since.{one.kind}"), "days": days})
    return rows


# Files


def csv_files(account: Account) -> dict[str, str]:
    """Tables beside the page, by file name."""
    maps = account.history.snapshots
    tables = {
        "figures.csv": account.figures.reset_index(),
        "events.csv": account.events,
        "maps.csv": maps.assign(origin=maps["origin"].map(file_name)),
    }
    if account.settlements is not None:
        tables["settlements.csv"] = account.settlements
    if len(account.verdicts):
        told = account.verdicts.table
        for name in ("departures", "maps"):  # lists, as JSON
            told[name] = [json.dumps(one, ensure_ascii=False) for one in told[name]]
        tables["claims.csv"] = told
    return {name: _text.csv_text(table) for name, table in tables.items()}


def file_name(path: object) -> str:
    """A path as it may be published: no folder of whoever made the report."""
    text = visible(path)
    told = PureWindowsPath(text)  # which takes both kinds of strokes
    return told.name if told.drive or text.startswith("/") else text
