"""What a report tells: figures, words and rows, before there is a page."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kursk_geo._text import (
    NOTHING,
    about_km2,
    count,
    csv_text,
    day_words,
    figure,
    km,
    km2,
    minute_words,
    month_words,
    named,
    percent,
    quoted,
    signed,
    t,
    upper,
    visible,
)
from kursk_geo.change import change_over_time
from kursk_geo.claims import Verdict, Verdicts
from kursk_geo.events import events, section_history
from kursk_geo.history import ControlHistory
from kursk_geo.measure import measure
from kursk_geo.periods import DAY
from kursk_geo.plot.basemap import records, town_near
from kursk_geo.plot.canvas import SAMPLE
from kursk_geo.plot.verdicts import Stretch, ribbon
from kursk_geo.reference import border
from kursk_geo.sections import sections
from kursk_geo.settlements import settlements
from kursk_geo.sources.files import may_pass_geometry_on
from kursk_geo.theatre import Theatre
from kursk_geo.uncertainty import change_bounds, uncertainty

__all__ = ["Account", "Table", "account_of", "csv_files"]

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
SUMS = ("gained_km2", "lost_km2", "net_km2")
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


@dataclass(frozen=True)
class Period:
    """A month, quarter or year: what was gained and lost in it, map by map."""

    words: str
    start: pd.Timestamp
    end: pd.Timestamp
    gained_km2: float
    lost_km2: float
    net_km2: float
    error_km2: float


@dataclass(frozen=True, eq=False)
class Account:
    """
    What a report tells of a history that is selected for a theatre.

    Parameters
    ----------
    history : ControlHistory
        Cut to the span.
    title, command, url : str
    made_utc : Timestamp
    figures : DataFrame
        As `uncertainty` gives it: one row a map.
    first_utc : Timestamp
        When its axis of time begins: at the first map, or two weeks before ground was
        held.
    states : DataFrame
        Those rows on which the theatre changed, since the one that stood then.
    events, pieces, steps : DataFrame
        As `events`, `section_history` and `change_over_time` by change give them.
    places : GeoDataFrame or None
        Given by the reader.
    settlements : GeoDataFrame or None
        None where no places were given.
    verdicts : Verdicts
    with_geometry : bool
        Whether the outlines are written as data.
    """

    history: ControlHistory
    title: str
    command: str
    url: str
    made_utc: pd.Timestamp
    figures: pd.DataFrame
    first_utc: pd.Timestamp
    states: pd.DataFrame
    events: pd.DataFrame
    pieces: gpd.GeoDataFrame
    steps: pd.DataFrame
    places: gpd.GeoDataFrame | None
    settlements: gpd.GeoDataFrame | None
    verdicts: Verdicts
    with_geometry: bool

    @property
    def theatre(self) -> Theatre:
        """Of the history."""
        return self.history.theatre or Theatre(name="")

    @property
    def ground(self) -> str:
        """Where, in the language in use."""
        words = self.theatre.ground_words or self.theatre.name
        return visible(named("ground", self.theatre.name, words))

    @property
    def holder(self) -> str:
        """Who holds, at the beginning of a sentence; "" where nobody told."""
        name = self.theatre.holder
        return visible(named("holder", name, name))

    @property
    def is_sample(self) -> bool:
        """Whether the maps were drawn by us, and show no real outlines."""
        return SAMPLE in self.history.attribution

    @property
    def border_credit(self) -> str:
        """Who drew the border; "" where there is none or the user gave another."""
        line = self.theatre.border
        own = line is None or not shapely.equals_exact(line, border())
        return "" if own else f"{t('plot.border')}."

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
        if not area.max() > 0.0:
            return None
        return pd.Timestamp(self.figures.index[int(area.to_numpy().argmax())])

    @property
    def keeps_geometry(self) -> bool:
        """Whether outlines are written beside the page."""
        return self.with_geometry or may_pass_geometry_on(self.history.source)


def account_of(
    history: ControlHistory,
    *,
    title: str,
    command: str,
    url: str,
    made_utc: pd.Timestamp,
    places: gpd.GeoDataFrame | None,
    verdicts: Verdicts,
    with_geometry: bool,
) -> Account:
    """
    Measure a selected history that has at least one map.

    Of a whole country over years errors are measured once a month and pieces on the
    last map alone: each map has thousands of kilometres of front (a page of 290 such
    maps took 200 s, and takes 20).
    """
    seen = shapely.get_num_coordinates(history.shapes.geometry.to_numpy()).sum()
    large = seen * len(history.states()) > LARGE
    figures = _coarse(history) if large else uncertainty(history)
    changed = figures.index.isin(history.states()["valid_from"])
    held = figures.index[figures["area_km2"] > 0.0]
    first = figures.index[0]
    if len(held):
        first = max(first, held[0] - LEAD)
    states = figures[changed]
    states = states.iloc[standing(states, first) :]
    if large:
        # Net gains and losses from state to state, and the pieces of the last map.
        net = states["area_km2"].diff().iloc[1:]
        steps = pd.DataFrame({"end": net.index, "net_km2": net.to_numpy()})
        steps["gained_km2"] = steps["net_km2"].clip(lower=0.0)
        steps["lost_km2"] = (-steps["net_km2"]).clip(lower=0.0)
        last = history.snapshots["snapshot_utc"].iloc[-1]
        pieces = sections(history, at=last)
        attrs = pieces.attrs | {"last_snapshot_utc": last}
        pieces = pieces.assign(
            section=range(1, len(pieces) + 1),
            valid_from=last,
            valid_to=pd.Series(pd.NaT, pieces.index, dtype="datetime64[ns, UTC]"),
            since=pd.NaT,
        )
        pieces.attrs = attrs
    else:
        pieces = section_history(history)
        steps = change_over_time(history, every="change")
    return Account(
        history=history,
        title=title,
        command=command,
        url=url,
        made_utc=made_utc,
        figures=figures,
        first_utc=pd.Timestamp(first),
        states=states,
        events=events(
            history.between("1900-01-01", "1900-01-02") if large else history
        ),
        pieces=pieces,
        steps=steps,
        places=places,
        settlements=None if places is None else settlements(history, places),
        verdicts=verdicts,
        with_geometry=with_geometry,
    )


def _coarse(history: ControlHistory) -> pd.DataFrame:
    """Figures of every map, with the errors of the nearest end of a month."""
    table = measure(history)
    monthly = uncertainty(history, every="month")
    of = pd.DatetimeIndex(monthly["snapshot_utc"])
    # A row a month tells its map in a column, a row a map in the index.
    columns = monthly.columns.difference([*table.columns, "snapshot_utc"])
    nearest = np.abs(of.to_numpy()[None, :] - table.index.to_numpy()[:, None]).argmin(
        axis=1
    )
    filled = monthly[columns].iloc[nearest].set_axis(table.index)
    out: pd.DataFrame = pd.concat([table, filled], axis=1)
    for name in columns:
        if name.endswith(("_low_km2", "_high_km2")):
            shift = (monthly[name] - monthly["area_km2"]).to_numpy()[nearest]
            out[name] = (table["area_km2"] + shift).clip(lower=0.0)
    out.attrs = monthly.attrs | {"every": "map"}
    return out


# The head


def headline(account: Account) -> str:
    """The finding: what is held, of what, and what share of the peak it is."""
    if account.title:
        return visible(account.title)
    now, peak_utc = account.now, account.peak_utc
    facts = {"ground": account.ground, "holder": account.holder}
    by = "_by" if account.holder else ""
    if peak_utc is None:
        return t("head.never", **facts)
    peak_km2 = float(account.figures["area_km2"].max())
    facts["peak"] = about_km2(peak_km2)
    if not now.area_km2 > 0.0:
        return t(f"head.none{by}", **facts)
    facts["area"] = about_km2(now.area_km2, SCORE_95 * now.area_sd_km2)
    if now.area_km2 >= 0.995 * peak_km2:
        return t(f"head.most{by}", **facts)
    return t(f"head.title{by}", **facts, share=percent(now.area_km2 / peak_km2))


def lead(account: Account) -> str:
    """One line on the peak, the pieces that are left, and the last redrawing."""
    now, peak_utc = account.now, account.peak_utc
    parts = []
    if peak_utc is not None:
        peak = about_km2(float(account.figures["area_km2"].max()))
        parts.append(t("head.peak", peak=peak, day=day_words(peak_utc)))
    if now.area_km2 > 0.0:
        deep = ""
        if now.depth_km > 0.0:
            deep = figure(now.depth_km, 1, "km")
            if now.depth_censored:
                more = t("format.or_more", figure=deep)
                deep = t("head.deep_or_more", depth=more)
            else:
                deep = t("head.deep", depth=deep)
        parts.append(upper(count("pieces_left", int(now.sections), deep=deep)))
    redrawn = pd.Timestamp(account.states.index[-1])
    parts.append(t("head.redrawn", day=day_words(redrawn)))
    return " ".join(parts)


def kicker(account: Account) -> str:
    """What was measured: maps, whose, from when to when."""
    first, last = account.figures.index[0], account.last_utc
    span = day_words(last)
    if first.date() != last.date():
        start = day_words(first, year=first.year != last.year)
        span = t("plot.span", start=start, end=span)
    source = t("head.sample") if account.is_sample else account.history.source
    source = visible(named("source", source, source))
    n_maps = len(account.history.snapshots)
    return (
        f"{upper(account.ground)} · {count('maps', n_maps, source=source, span=span)}"
    )


def answers(account: Account) -> list[dict[str, Any]]:
    """What changed, how sure it is, and which sentences hold or where the ground is."""
    now, area, end = account.now, account.figures["area_km2"], account.last_utc
    found: list[dict[str, Any]] = []
    if len(area) > 1:
        since = end - pd.Timedelta(days=RECENT_DAYS)
        start = pd.Timestamp(area.index[standing(account.figures, since)])
        days = min(RECENT_DAYS, max(1, round((end - start) / DAY)))
        first = day_words(max(start, since), year=start.year != end.year)
        text = t("plot.span", start=first, end=day_words(end))
        worst = max(periods(account), key=lambda one: one.lost_km2, default=None)
        if worst is not None and worst.lost_km2 >= 0.5:
            lost = about_km2(worst.lost_km2)
            text = f"{text}. {t('head.worst', period=worst.words, lost=lost)}"
        net = about_km2(float(area.iloc[-1]) - float(area[start]), sign=True)
        # A line of steps in a field of 100 by 24.
        shown = area[area.index >= start]
        days_in = np.array([(moment - start) / DAY for moment in shown.index])
        x = 100 * days_in / ((end - start) / DAY or 1.0)
        top = float(shown.max()) or 1.0
        low = min(float(shown.min()), 0.6 * top)
        y = 22 - 20 * (shown - low) / (top - low or 1.0)
        (left, level), *steps = zip(x.round(1), y.round(1), strict=True)
        spark = "".join(f"H{a:g}V{b:g}" for a, b in steps)
        found.append(
            {
                "key": "changed",
                "label": t("head.what_changed"),
                "value": count("in_days", days, net=net),
                "text": text,
                "spark": f"M{left:g} {level:g}{spark}H100",
            }
        )
    error = error_of(now)
    if area.max() > 0.0:
        give = figure(error, 0 if error >= 0.95 else 1)
        text = t("head.hand_drawn")
        if now.contested_km2 > 0.05:
            grey = about_km2(now.contested_km2, error)
            text = f"{text} {t('head.another', area=grey)}"
        top = (now.area_km2 + error) * 1.15 or 1.0
        ends = np.clip(now.area_km2 + error * np.array([-1, 0, 1]), 0.0, None)
        about = about_km2(now.area_km2, error)
        found.append(
            {
                "key": "sure",
                "label": t("head.how_sure"),
                "value": t("head.give_or_take", area=about, error=give),
                "text": text,
                "whisker": (100 * ends / top).round(1).tolist(),
            }
        )
    if account.verdicts:
        words = [one.verdict for one in account.verdicts]
        groups = {
            "hold": words.count("holds") + words.count("holds_if"),
            "depend": words.count("depends"),
            "off": words.count("off"),
            "fail": words.count("fails"),
        }
        groups["other"] = len(words) - sum(groups.values())
        # "0 fail" is news, "0 are off" is none.
        told = [(k, n) for k, n in groups.items() if n or k not in {"off", "other"}]
        last = {"key": "hold", "label": t("head.which_hold")}
        last["value"] = ", ".join(count(key, n) for key, n in told)
        last["text"] = count("of_sentences", len(words))
        rows = sorted(sentences(account), key=lambda row: -row["rank"])
        return [*found, {**last, "marks": rows}]
    pieces, unit = pieces_now(account), named("units", "km²", "km²")
    value = t("plot.nothing_held") if not pieces else count("in_pieces", len(pieces))
    where = [f"{row[0]}: {row[1]}\N{NO-BREAK SPACE}{unit}" for row in pieces[:4]]
    last = {"key": "where", "label": t("head.where"), "value": upper(value)}
    return [*found, {**last, "text": "; ".join(where)}]


def standing(table: pd.DataFrame, moment: pd.Timestamp) -> int:
    """Position of the map that stood at a moment; the first where none had been."""
    return max(int(table.index.searchsorted(moment, side="right")) - 1, 0)


def error_of(row: pd.Series) -> float:
    """Half the width of the interval that holds 95 % of the positional error."""
    return SCORE_95 * float(row.area_sd_km2)


# Rows


def periods(account: Account) -> list[Period]:
    """Months (or quarters, or years), with gains and losses map by map."""
    steps, states = account.steps, account.states
    if steps.empty:
        return []
    index = pd.DatetimeIndex(steps["end"]).tz_convert("UTC").tz_localize(None)
    first, last = account.first_utc, account.last_utc
    for freq in ("M", "Q", "Y"):
        months = pd.period_range(
            first.tz_localize(None), last.tz_localize(None), freq=freq
        )
        if len(months) <= MOST_MONTHS:
            break
    of = index.to_period(months.freqstr[0])
    rows = []
    for month in months:
        own = steps[of == month]
        start = max(pd.Timestamp(month.start_time, tz="UTC"), first)
        end = min(pd.Timestamp(month.end_time, tz="UTC"), last)
        # Only what was redrawn errs against what stood: as much as both ends differ.
        ends = [states[states.index <= moment] for moment in (start, end)]
        errors = [error_of(part.iloc[-1]) for part in ends if len(part)]
        words = {
            "M": month_words(month.start_time),
            "Q": t("months.quarter", number=month.quarter, year=month.year),
            "Y": str(month.year),
        }[month.freqstr[0]]
        sums = {key: float(own[key].sum()) for key in SUMS}
        error = math.hypot(*errors) if len(errors) == 2 and len(own) else 0.0
        rows.append(Period(words, start, end, error_km2=error, **sums))
    return rows


def _table(
    section: str, columns: Sequence[str], rows: list[list[str]], *, words: int = 1
) -> Table:
    """A table whose caption and headings stand in a section of the words."""
    heads = tuple(t(f"{section}.{key}") for key in columns)
    return Table(t(f"{section}.caption"), heads, rows, words)


def periods_table(account: Account) -> Table:
    """What was gained and lost in each period."""
    rows = [
        [
            one.words,
            km2(one.gained_km2, unit=False),
            km2(one.lost_km2, unit=False),
            signed(one.net_km2, unit=False),
            f"± {km2(one.error_km2, unit=False)}" if one.error_km2 else NOTHING,
        ]
        for one in periods(account)
    ]
    return _table("months", ("period", "gained", "lost", "net", "error"), rows)


def pieces_now(account: Account) -> list[list[str]]:
    """The pieces of the last map, the largest first: where, area, depth, since when."""
    pieces = account.pieces
    own = pieces[pieces["valid_to"].isna()].sort_values("area_km2", ascending=False)
    return [
        [
            _near(row.geometry, row.section),
            km2(row.area_km2, unit=False),
            km(row.depth_km, unit=False, censored=row.depth_censored),
            day_words(pd.Timestamp(row.since)) if pd.notna(row.since) else NOTHING,
        ]
        for row in records(own)
    ]


def _near(ground: Any, number: int) -> str:  # noqa: ANN401  (a geometry)
    town = town_near(ground)
    return t("pieces.near", town=town) if town else t("pieces.number", number=number)


def pieces_table(account: Account) -> Table:
    """The pieces that are left."""
    rows = pieces_now(account)[:30]
    return _table("pieces", ("piece", "area", "depth", "since"), rows)


def events_table(account: Account) -> Table:
    """When pieces came, went, joined and parted."""
    own = account.events[account.events["kind"].isin(NOTABLE)]
    names = {
        key: _near(rows.loc[rows["area_km2"].idxmax(), "geometry"], key)
        for key, rows in account.pieces.groupby("section")
    }
    rows = [
        [
            minute_words(row.snapshot_utc),
            upper(t(f"event.{row.kind}")),
            ", ".join(
                dict.fromkeys(names.get(key, "") for key in row.before + row.after)
            ),
            km2(row.area_before_km2, unit=False),
            km2(row.area_after_km2, unit=False),
        ]
        for row in records(own.tail(60))
    ]
    columns = ("map", "event", "where", "before", "after")
    return _table("events", columns, rows, words=3)


def places_table(account: Account) -> Table | None:
    """Places inside held or contested ground, and when; None where none were given."""
    shown = account.settlements
    if shown is None:
        return None
    rows = [
        [
            visible(row.name),
            t(f"places_.{row.status}"),
            minute_words(row.since_utc),
            t("places_.last")
            if pd.isna(row.until_utc)
            else minute_words(row.until_utc),
            figure(row.days, 0),
        ]
        for row in records(shown.head(200))
    ]
    columns = ("place", "ground", "since", "until", "days")
    return _table("places_", columns, rows, words=4)


def figures_table(account: Account) -> Table:
    """The last map of each month; the file beside the page has them all."""
    states = account.states
    months = pd.DatetimeIndex(states.index).strftime("%Y-%m")
    last = states[~pd.Index(months).duplicated(keep="last")].tail(60)
    columns: dict[str, Callable[[Any], str]] = {
        "map": lambda row: minute_words(row.Index),
        "held": lambda row: km2(row.area_km2, unit=False),
        "error": lambda row: f"± {km2(error_of(row), unit=False)}",
        "contested": lambda row: km2(row.contested_km2, unit=False),
        "depth": lambda row: km(row.depth_km, unit=False, censored=row.depth_censored),
        "pieces": lambda row: figure(row.sections, 0),
    }
    if not states["depth_km"].notna().any():
        del columns["depth"]
    rows = [[tell(row) for tell in columns.values()] for row in records(last)]
    return _table("figures", list(columns), rows)


# Sentences


def sentences(account: Account) -> list[dict[str, Any]]:
    """A row for each sentence, what depends first."""
    rows = []
    told = account.verdicts.rows()
    for number, (verdict, row) in enumerate(zip(account.verdicts, told, strict=True)):
        texts = (
            "text",
            "outlet",
            "reading",
            "printed",
            "distance",
            "why",
            "correction",
        )
        shown = {key: visible(row.get(key) or "") for key in texts}
        if not getattr(verdict.claim, "gist", False):
            # What is not the outlet's wording is not in quotation marks.
            shown["text"] = quoted(shown["text"])
        published, url = row.get("published"), getattr(verdict.claim, "url", "")
        maps = {one["role"]: str(one["snapshot_utc"])[:10] for one in row["maps"]}
        place = RANKS.index(row["verdict"] if row["verdict"] in RANKS else "none")
        at = maps.get("at")
        rows.append(
            shown
            | {
                "id": f"s-{number + 1}",
                "verdict": row["verdict"],
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
                "ribbon": ribbon_rows(ribbon(verdict)),
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


def ribbon_rows(stretches: list[Stretch]) -> list[dict[str, Any]]:
    """Stretches of days in per cent of the whole ribbon, with their words."""
    if not stretches:
        return []
    start, end = stretches[0].start, stretches[-1].end
    length = (end - start) / DAY
    return [
        {
            "kind": one.kind,
            "x": round(100 * ((one.start - start) / DAY) / length, 2),
            "width": round(100 * ((one.end - one.start) / DAY) / length, 2),
            "words": t(f"since.{one.kind}"),
            "days": t(
                "plot.span",
                start=day_words(one.start, year=one.start.year != one.end.year),
                end=day_words(one.end - DAY),
            ),
        }
        for one in stretches
    ]


# Files


def csv_files(account: Account) -> dict[str, str]:
    """Tables beside the page, by file name."""
    tables = {
        "figures.csv": account.figures.reset_index(),
        "events.csv": account.events,
        "maps.csv": account.history.snapshots.assign(
            origin=[file_name(origin) for origin in account.history.snapshots["origin"]]
        ),
    }
    if account.settlements is not None:
        tables["settlements.csv"] = account.settlements
    if len(account.verdicts):
        rows = pd.DataFrame(account.verdicts.rows())
        rows = rows.map(
            lambda one: (
                one
                if not isinstance(one, list | tuple | dict)
                else json.dumps(one, ensure_ascii=False, default=str)
                if one
                else ""
            )
        )
        tables["claims.csv"] = rows
    return {name: csv_text(table) for name, table in tables.items()}


def file_name(path: object) -> str:
    """A path as it may be published: no folder of whoever made the report."""
    text = visible(path)
    if text.startswith("/"):
        return text.rstrip("/").rsplit("/", 1)[-1]
    return text.rsplit("\\", 1)[-1] if text[1:3] == ":\\" else text


def exact_errors(
    account: Account, offers: list[dict[str, Any]]
) -> dict[tuple[pd.Timestamp, pd.Timestamp], float]:
    """Half-widths of the net between days that the page offers, as `change_bounds`."""
    found = {}
    for start, end in {(one["start"], one["end"]): None for one in offers}:
        if start < end:
            bounds = change_bounds(account.history, start, end).to_dict("index")["net"]
            found[start, end] = (bounds["high_km2"] - bounds["low_km2"]) / 2
    return found
