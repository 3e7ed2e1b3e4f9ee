"""What a report tells: figures, words and rows, before there is a page."""

import json
import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kursk_geo import _text
from kursk_geo._text import NOTHING, count, day_words, named, t, visible
from kursk_geo.change import change_over_time
from kursk_geo.claims import Verdict, Verdicts
from kursk_geo.events import Trace, event_table, section_table, trace
from kursk_geo.history import ControlHistory
from kursk_geo.measure import measure
from kursk_geo.periods import DAY
from kursk_geo.plot.basemap import is_bundled, records, town_near, towns_of
from kursk_geo.plot.canvas import SAMPLE, span_words
from kursk_geo.plot.verdicts import ribbon
from kursk_geo.reference import oblasts
from kursk_geo.settlements import settlements
from kursk_geo.theatre import Theatre
from kursk_geo.uncertainty import CORRELATION_KM, bounded, error_model

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
SUMS = ["gained_km2", "lost_km2", "net_km2"]
TEXTS = ("text", "outlet", "reading", "printed", "distance", "why", "correction")
MOST_MONTHS = 18
"""More months than this are told by quarters, and more quarters by years."""


@dataclass(frozen=True)
class Table:
    """A table as text: the first cell of each row is its heading."""

    caption: str
    columns: tuple[str, ...]
    rows: list[list[str]]
    words: int = 1
    """How many columns at the left are words; the others are numbers."""


@dataclass(frozen=True, eq=False)
class Account:
    """
    What a report tells of a history that is selected for a theatre.

    What is measured is measured once, when it is first asked for. Of a whole country
    over years errors are measured once a month and pieces on the last map alone: each
    map has thousands of kilometres of front (a page of 290 such maps took 200 s, and
    takes 20).

    Parameters
    ----------
    history : ControlHistory
        Cut to the span, with at least one map.
    title, command, url : str
    made_utc : Timestamp
    places : GeoDataFrame or None
        Given by the reader.
    verdicts : Verdicts
    """

    history: ControlHistory
    title: str
    command: str
    url: str
    made_utc: pd.Timestamp
    places: gpd.GeoDataFrame | None
    verdicts: Verdicts

    @cached_property
    def theatre(self) -> Theatre:
        """Of the history."""
        return self.history.theatre or Theatre(name="")

    @cached_property
    def is_large(self) -> bool:
        """Whether its maps are those of a country over years."""
        shapes = self.history.shapes.geometry.to_numpy()
        seen = shapely.get_num_coordinates(shapes).sum()
        return bool(seen * len(self.history.states()) > LARGE)

    @cached_property
    def figures(self) -> pd.DataFrame:
        """As `uncertainty` gives it: one row a map."""
        table = measure(self.history)
        model = error_model(
            self.history.source, sigma_m=None, correlation_km=CORRELATION_KM
        )
        if not self.is_large:
            return bounded(table, self.history, model)
        # The errors of the nearest end of a month.
        months = pd.Index(pd.DatetimeIndex(table.index).strftime("%Y-%m"))
        ends = table[~months.duplicated(keep="last")]
        errors = bounded(ends, self.history, model)
        columns = errors.columns.difference(table.columns)
        bounds = [name for name in columns if name.endswith(("_low_km2", "_high_km2"))]
        errors[bounds] = errors[bounds].sub(errors["area_km2"], axis=0)
        near = errors[columns].reindex(table.index, method="nearest")
        near[bounds] = near[bounds].add(table["area_km2"], axis=0).clip(lower=0.0)
        out = table.join(near)
        out.attrs = errors.attrs
        return out

    @cached_property
    def first_utc(self) -> pd.Timestamp:
        """When its axis of time begins: at the first map, or before ground was held."""
        first = self.figures.index[0]
        held = self.figures.index[self.figures["area_km2"] > 0.0]
        return pd.Timestamp(max(first, held[0] - LEAD) if len(held) else first)

    @property
    def span_utc(self) -> list[pd.Timestamp]:
        """The axis of time: it ends a day after the first map, where it is the last."""
        return [self.first_utc, max(self.last_utc, self.first_utc + DAY)]

    @cached_property
    def states(self) -> pd.DataFrame:
        """Rows on which the theatre changed, since the one that stood then."""
        changed = self.figures.index.isin(self.history.states()["valid_from"])
        states = self.figures[changed]
        return states.iloc[standing(states, self.first_utc) :]

    @cached_property
    def steps(self) -> pd.DataFrame:
        """What was gained and lost at each change; of a country net of each state."""
        if not self.is_large:
            return change_over_time(self.history, every="change")
        net = self.states["area_km2"].diff().iloc[1:]
        gained, lost = net.clip(lower=0.0), (-net).clip(lower=0.0)
        steps = pd.DataFrame(dict(zip(SUMS, (gained, lost, net), strict=True)))
        return steps.reset_index(names="end")

    @cached_property
    def followed(self) -> Trace:
        """Pieces from map to map; of a country those of the last map alone."""
        last = self.history.snapshots["snapshot_utc"].iloc[-1]
        return trace(
            self.history.between(last, last) if self.is_large else self.history
        )

    @cached_property
    def pieces(self) -> gpd.GeoDataFrame:
        """As `section_history` gives them; since when is not known of one map."""
        pieces = section_table(self.followed)
        return pieces.assign(since=pd.NaT) if self.is_large else pieces

    @cached_property
    def pieces_now(self) -> gpd.GeoDataFrame:
        """The pieces of the last map, the largest first."""
        now = self.pieces[self.pieces["valid_to"].isna()]
        return now.sort_values("area_km2", ascending=False)

    @cached_property
    def events(self) -> pd.DataFrame:
        """As `events` gives them; none of a country."""
        return event_table(self.followed)

    @cached_property
    def settlements(self) -> pd.DataFrame | None:
        """None where no places were given."""
        return None if self.places is None else settlements(self.history, self.places)

    @cached_property
    def periods(self) -> pd.DataFrame:
        """Months (or quarters, or years), with gains and losses map by map."""
        first, last = self.first_utc, self.last_utc
        for freq in ("M", "Q", "Y"):
            span = first.tz_localize(None), last.tz_localize(None)
            months = pd.period_range(*span, freq=freq)
            if len(months) <= MOST_MONTHS:
                break
        letter = months.freqstr[0]
        ends_utc = pd.DatetimeIndex(self.steps["end"]).tz_convert("UTC")
        of = ends_utc.tz_localize(None).to_period(letter)
        rows = []
        for month in months if len(of) else ():
            own = self.steps[of == month]
            start = max(pd.Timestamp(month.start_time, tz="UTC"), first)
            end = min(pd.Timestamp(month.end_time, tz="UTC"), last)
            # Only what was redrawn errs against what stood: as both ends differ.
            ends = [self.states[self.states.index <= day] for day in (start, end)]
            errors = [error_of(part.iloc[-1]) for part in ends if len(part)]
            error = math.hypot(*errors) if len(errors) == 2 and len(own) else 0.0
            words = {
                "M": _text.month_words(month.start_time),
                "Q": t("months.quarter", number=month.quarter, year=month.year),
                "Y": str(month.year),
            }[letter]
            rows.append([words, start, end, error, *own[SUMS].sum()])
        figures = ["error_km2", *SUMS]
        table = pd.DataFrame(rows, columns=["words", "start", "end", *figures])
        return table.astype(dict.fromkeys(figures, float))

    @property
    def ground(self) -> str:
        """Where, in the language in use."""
        name = self.theatre.name
        words = self.theatre.ground_words or name
        for iso in oblasts().set_index("name")["iso"].filter([name]):
            words = named("oblasts", iso, words)
        return visible(named("ground", name, words))

    @property
    def holder(self) -> str:
        """Who holds, at the beginning of a sentence; "" where nobody told."""
        name = self.theatre.holder
        return visible(named("holder", name, _text.upper(name)))

    @property
    def is_sample(self) -> bool:
        """Whether the maps were drawn by us, and show no real outlines."""
        return SAMPLE in self.history.attribution

    @property
    def border_credit(self) -> str:
        """Who drew the border; "" where there is none or the user gave another."""
        return f"{t('plot.border')}." if is_bundled(self.theatre.border) else ""

    def days(self, start: pd.Timestamp, end: pd.Timestamp) -> dict[str, int]:
        """Two moments as days of the page, which are counted from its first."""
        first = self.first_utc.normalize()
        ends = {"from": start, "to": end}
        return {name: max((one - first) // DAY, 0) for name, one in ends.items()}

    @property
    def now(self) -> pd.Series:
        """Figures of the last map."""
        return self.figures.iloc[-1]

    @property
    def last_utc(self) -> pd.Timestamp:
        """When the last map was published."""
        return pd.Timestamp(self.figures.index[-1])

    @property
    def peak_utc(self) -> pd.Timestamp | None:
        """The first map with the largest held area; None where nothing was held."""
        area = self.figures["area_km2"]
        return pd.Timestamp(str(area.idxmax())) if area.max() > 0.0 else None

    @property
    def is_level(self) -> bool:
        """Whether as much is held on all maps, or there is one alone."""
        return bool(np.ptp(self.figures["area_km2"]) < 0.05)

    @property
    def has_most(self) -> bool:
        """Whether the last map has the most, to half a per cent."""
        return bool(self.now.area_km2 >= 0.995 * self.figures["area_km2"].max())


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
        start = pd.Timestamp(area.index[standing(account.figures, since)])
        days = min(RECENT_DAYS, max(1, round((end - start) / DAY)))
        text = span_words(max(start, since), end)
        worst = account.periods.nlargest(1, "lost_km2")
        for row in records(worst[worst["lost_km2"] >= 0.5]):
            lost = _text.about_km2(row.lost_km2)
            text = f"{text}. {t('head.worst', period=row.words, lost=lost)}"
        net = _text.about_km2(float(area.iloc[-1]) - float(area[start]), sign=True)
        # A line of steps in a field of 100 by 24.
        shown = area[area.index >= start]
        x = 100 * ((pd.DatetimeIndex(shown.index) - start) / (end - start))
        top = float(shown.max()) or 1.0
        low = min(float(shown.min()), 0.6 * top)
        y = 22 - 20 * (shown - low) / (top - low or 1.0)
        spark = list(zip(x.to_numpy().round(1), y.round(1), strict=True))
        value = count("in_days", days, net=net)
        told_of = {"label": t("head.what_changed"), "value": value, "text": text}
        found.append(told_of | {"spark": spark})
    error = error_of(now)
    if area.max() > 0.0:
        text = t("head.hand_drawn")
        if now.contested_km2 > 0.05:
            grey = _text.about_km2(now.contested_km2, error)
            text = f"{text} {t('head.another', area=grey)}"
        top = (now.area_km2 + error) * 1.15 or 1.0
        ends = np.clip(now.area_km2 + error * np.array([-1, 0, 1]), 0.0, None)
        about = _text.about_km2(now.area_km2, error)
        give = _text.figure(error, 0 if error >= 0.95 else 1)
        value = t("head.give_or_take", area=about, error=give)
        told_of = {"label": t("head.how_sure"), "value": value, "text": text}
        found.append(told_of | {"whisker": (100 * ends / top).round(1).tolist()})
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
    rows = records(pieces.head(4))
    where = [f"{_near(row)}: {_text.km2(row.area_km2)}" for row in rows]
    told_of = {"label": t("head.where"), "value": _text.upper(value)}
    return [*found, told_of | {"text": "; ".join(where)}]


def standing(table: pd.DataFrame, moment: pd.Timestamp) -> int:
    """Position of the map that stood at a moment; the first where none had been."""
    return max(int(table.index.searchsorted(moment, side="right")) - 1, 0)


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
    """A table whose caption and headings stand in a section of the words."""
    heads = tuple(t(f"{section}.{key}") for key in cells)
    return Table(t(f"{section}.caption"), heads, told(cells, rows), words)


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
    # The last map of each month; the file beside the page has them all.
    states = account.states
    month = pd.Index(pd.DatetimeIndex(states.index).strftime("%Y-%m"))
    last = states[~month.duplicated(keep="last")].tail(60)
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


def _near(piece: Any) -> str:  # noqa: ANN401  (a row of pieces)
    """A piece by the nearest town, or by its number."""
    town = town_near(piece.geometry)
    if town:
        return t("pieces.near", town=town)
    return t("pieces.number", number=piece.section)


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
    told = account.verdicts.rows()
    for number, (verdict, row) in enumerate(zip(account.verdicts, told, strict=True)):
        shown = {key: visible(row.get(key) or "") for key in TEXTS}
        if not getattr(verdict.claim, "gist", False):
            # What is not the outlet's wording is not in quotation marks.
            shown["text"] = _text.quoted(shown["text"])
        published, url = row.get("published"), getattr(verdict.claim, "url", "")
        maps = {one["role"]: str(one["snapshot_utc"])[:10] for one in row["maps"]}
        place = RANKS.index(row["verdict"] if row["verdict"] in RANKS else "none")
        at = maps.get("at")
        rows.append(
            shown
            | {
                "id": f"s-{number + 1}",
                "rank": place,
                "mark": RANKS[place].removesuffix("_if"),
                "word": visible(verdict.word),
                "day": day_words(pd.Timestamp(published)) if published else "",
                "url": url if url.startswith(("https://", "http://")) else "",
                "measured": verdict.shown(verdict.figure),
                "departures": [
                    (visible(one.name), verdict.shown(one.figure), one.holds)
                    for one in verdict.departures
                ],
                "strip": strip(verdict),
                "ribbon": ribbon_rows(verdict),
                # The days that it compares; one day is both.
                "days": at and (maps.get("since", maps.get("peak", at)), at),
            }
        )
    return sorted(rows, key=lambda row: row["rank"])


def strip(verdict: Verdict) -> dict[str, Any] | None:
    """Where the figures stand beside what the sentence allows, in per cent."""
    says = getattr(verdict.claim, "says", None)
    if says is None or not np.isfinite(verdict.figure):
        return None
    others = [d.figure for d in verdict.departures if np.isfinite(d.figure)]
    ends = [end for end in (says.low, says.high) if np.isfinite(end)]
    values = [verdict.figure, *others, *ends]
    low, high = min(values), max(values)
    room = 0.12 * (high - low) or 0.1 * abs(high) or 1.0
    low, high = low - room, high + room

    def at(value: float) -> float:
        return round(float(100 * (min(max(value, low), high) - low) / (high - low)), 1)

    left, right = at(says.low), at(says.high)
    return {
        "left": left,
        "width": max(round(right - left, 1), 0.8),
        "figure": at(verdict.figure),
        "others": sorted({at(value) for value in others}),
    }


def ribbon_rows(verdict: Verdict) -> list[dict[str, Any]]:
    """Stretches of days in per cent of the whole ribbon, with their words."""
    stretches = ribbon(verdict)
    if not stretches:
        return []
    start = stretches[0].start
    length = (stretches[-1].end - start) / DAY
    return [
        {
            "kind": one.kind,
            "x": round(100 * ((one.start - start) / DAY) / length, 2),
            "width": round(100 * ((one.end - one.start) / DAY) / length, 2),
            "words": t(f"since.{one.kind}"),
            "days": span_words(one.start, one.end - DAY),
        }
        for one in stretches
    ]


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

        def flat(one: object) -> object:
            if not isinstance(one, list | tuple | dict):
                return one
            return json.dumps(one, ensure_ascii=False, default=str) if one else ""

        tables["claims.csv"] = pd.DataFrame(account.verdicts.rows()).map(flat)
    return {name: _text.csv_text(table) for name, table in tables.items()}


def file_name(path: object) -> str:
    """A path as it may be published: no folder of whoever made the report."""
    text = visible(path)
    if text.startswith("/"):
        return text.rstrip("/").rsplit("/", 1)[-1]
    return text.rsplit("\\", 1)[-1] if text[1:3] == ":\\" else text
