"""Periods compared: months in a row, records, and which of two brought more."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

import numpy as np
import pandas as pd

from kursk_geo.claims.amounts import AmountReader
from kursk_geo.claims.claim import DateWindow, Interval, changes_words
from kursk_geo.claims.engine import Engine, Way, day_of, end_of, start_of
from kursk_geo.claims.hedges import ORDINALS, SPAN_DAYS, Amount, W, read_number
from kursk_geo.claims.reader import TWO_GROUNDS, UNLIKE, Span, days_of
from kursk_geo.claims.where import KURSK_OPENED, WAR
from kursk_geo.claims.wording import When, as_ended, read_window
from kursk_geo.errors import DateNotFoundError, OptionError
from kursk_geo.periods import MICROSECOND


class TrendReader(AmountReader):
    """Reads what a sentence says of changes without their figures."""

    def streak(self) -> None:
        """Read "for a fourth straight month"; "slowed in May" is a row of one step."""
        m = self.search("streak") or self.search("trend")
        about = ("gains", "advance", "rising", "falling")
        if m is None or not any(W[name].search(self.text) for name in about):
            return
        amounts = (x for x in self.scanned if isinstance(x, Amount))
        told = m.groupdict().get("nth") or m.groupdict().get("count") or ""
        sizes = (a for a in amounts if a.unit in ("share", "times"))
        measured = not told and any(0 <= a.start - m.end() < 9 for a in sizes)
        if measured or self.planned(m.span()):
            return  # "rose almost sixfold"
        moved = m if not told else self.search("rising") or self.search("falling")
        up, of = bool(moved and W["rising"].search(moved[0])), ""
        other = self.search("other_clause", m.end())
        end = other.start() if other else len(self.text)
        named = self.regions(*m.span()) or self.regions(0, end)
        if other and not named:  # "advance slows again, but Kursk is all but lost"
            named = self.where_else(None)[0]
        theatre = named or self.where()[0]
        lost = self.lost(theatre, *m.span())
        orders = moved and moved[0].lower() in ("more", "less")
        if moved and (orders or self.search("flows") or W["pace"].search(moved[0])):
            of = "rising " if up else "falling "
        elif moved:  # "its area shrank for a fourth month"
            lost = "" if up else "losses"
        of = f"{of}{lost}".strip() or "gains"
        periods = [w for w in self.dates_of(None) if w.kind == "period"]
        behind = [w for w in periods if w.start > m.start()]
        when = next(iter(periods if told else behind or periods), None)
        month = when is None or 26 < days_of(when) < 31
        at = read_window(when, self.day) if when else self.month_over()
        count, most, words = 1.0, math.inf, "one month"
        if told:
            digits = re.sub(r"(?<=\d)\D+", "", told.lower())
            count = most = float(ORDINALS.get(digits) or read_number(digits).value)
            words = f"{count:g} months"
        elif month and when and when.first and when.prep == "since":
            since, at = read_window(when, self.day), self.month_over()
            apart = at.start and at.start.toordinal() - when.first.toordinal()
            count = float(round((apart or 0) / 30.4))
            if not self.search("every_month"):
                # "gains have slowed since November": between these two months
                self.more_or_less(m.span(), "more" if up else "less", at, since)
                return
            words = f"at least {count:g} months"
        elif not month or (when is None and self.day.day > SOON_DAYS):
            self.unread(m.span(), "which two months it compares, is not said")
            return
        says = self.counted(count, most, m.span(), words)
        where = {"theatre": named} if named else {}
        self.claim("streak", says, m.span(), at=at, of=of, **where)

    def record(self) -> None:
        """Read "the largest figure for 2024": the rank of a month in a period."""
        change = next(iter(self.changes), None)
        of_month = self.search("gains") or self.search("spans")
        if not self.records or self.planned(self.records[0].span()):
            return
        m = self.records[0]
        dated = [w for w in self.dates if w.first and w.last]
        later = [w for w in dated if w.start > m.start()]
        pool = next((w for w in later if w.prep == "since" or days_of(w) > 60), None)
        periods = [w for w in dated if w.kind == "period" and w is not pool]
        if len({w.first for w in periods if w.start < m.start()}) > 1:
            pool = None  # "390 in December, after 725 in November, the most since"
        month = periods[0] if periods else None
        at = read_window(month, self.day) if month else change.at if change else None
        if at is None and "month" in self.text.lower():
            at = self.month_over()
        holds = any(v.cls == "hold" for v in self.verbs)
        level = not (change or of_month)
        if level and " since " not in self.text[m.end() :]:
            return  # "the largest of the three pockets"
        if level and holds:
            at = as_ended(self.windows()[0], self.day)
        elif not (at and at.start and at.end) or (at.end - at.start).days > 31:
            self.unread(m.span(), "it does not say which period is meant")
            return
        theatre = change.theatre if change else self.where()[0]
        end = at.end if at and at.end else self.day
        first, last = None, end
        each = W["in_any"].match(self.text, m.end())
        span = (at.end - at.start).days + 1 if at and at.end and at.start else 0
        if each and not 0.8 < span / SPAN_DAYS[each[1].lower()] < 1.2:
            self.unread(m.span(), "it compares times that are not equally long")
            return
        if pool is not None:
            first = read_window(pool, self.day, since=True).start
            whole = pool.kind == "period" and not pool.part
            if pool.prep == "since" and whole and pool.last:
                first = pool.last + timedelta(days=1)
            last = last if pool.prep == "since" else min(pool.last or last, self.day)
        elif self.match("of_the_war", m.end()):
            first = WAR
        elif self.match("of_the_year", m.end()):
            first = date(last.year, 1, 1)
        elif theatre == "kursk":
            first = KURSK_OPENED
        if first is None or not first < end <= last:
            self.unread(m.span(), "it does not say of which period it is the extreme")
            return
        text, of = pool.text if pool else m[0], "largest" if m["most"] else "smallest"
        since = DateWindow("within", None, first, last, text=text)
        before = re.search(r"(\w+) $", self.text[: m.start()])
        rank = ORDINALS.get(before[1].lower(), 1) if before else 1  # "second largest"
        reading = "first in rank" if rank == 1 else f"number {rank} in rank"
        says = self.counted(float(rank), float(rank), m.span(), reading)
        of = of if level else f"{of} {self.lost(theatre)}".strip()
        where = {"theatre": theatre} if change else {}
        self.claim("record", says, m.span(), at=at, since=since, of=of, **where)

    def comparisons(self) -> None:
        """Read "took less land in May than in June": a ratio above or below 1."""
        amounts = [x for x in self.scanned if isinstance(x, Amount)]
        ground = self.search("share_of_ground") or self.search("advance")
        told = list[When]()
        for m in W["compares"].finditer(self.text) if ground else ():
            thing = W["thing"].match(m["what"])
            stop = W["other_clause"].search(self.text, m.end())
            end = stop.start() if stop else len(self.text)
            others = [w for w in self.dates if m.end() < w.end <= end]
            if (
                any(a.start <= m.start() < a.end + 3 for a in amounts)
                or any(w.start < m.start() < w.end for w in self.dates)
                or (thing and not W["land_compared"].match(m["what"]))
                or not (others or not self.match("size_of", m.start()))
            ):
                continue  # "three times more than", "more soldiers", "larger than Bali"
            named = [w for w in self.dates if w.end <= m.end() and w not in told]
            named, told = named or others[1:], told + others[:1]
            at = self.changes[-1].at if self.changes else None
            if named:
                begun = named[-1].prep == "since"
                at = read_window(named[-1], self.day, since=begun)
            if self.regions(m.end(), end) not in ("", self.where()[0]):
                self.unread(m.span(), TWO_GROUNDS)
            elif not others or re.search("(?:before|earlier)$", others[0].text):
                self.unread(m.span(), NO_FIGURE)
            elif not self.planned(m.span()):
                word = "less" if m["less"] else "as much" if m["same"] else "more"
                since = read_window(others[0], self.day)
                self.more_or_less(m.span(), word, at or self.month_over(), since)

    def more_or_less(
        self, span: Span, word: str, at: DateWindow, since: DateWindow
    ) -> None:
        """Add a ratio that is above or below 1: of two levels, or of two periods."""
        verb = next((v for v in self.verbs if v.cls not in ("", "hold")), None)
        (theatre, unstated), of = self.where(verb), ""
        now: DateWindow | None = at
        if verb or self.search("flows"):
            now, since = self._whole_days(at), self._whole_days(since)
            of = self.lost(theatre)
            if self.unlike(now, since):
                self.unread(span, UNLIKE)
                return
        else:
            now, since = as_ended(at, self.day), as_ended(since, self.day) or since
        least, most = (-math.inf, -1.0) if word == "less" else (1.0, math.inf)
        least = 0.9 if word == "as much" else least
        words = self.original[slice(*span)]
        says = Interval(
            least,
            most,
            "times",
            words,
            closed_low=False,
            closed_high=False,
            reading=f"{words}, read as {word}",
        )
        where = {"theatre": theatre, "unstated": unstated}
        self.claim("ratio", says, span, at=now, since=since, of=of, **where)

    def _whole_days(self, at: DateWindow) -> DateWindow:
        """A day as a period of its own, and "since Sunday" as the days since."""
        last = self.day if at.kind == "start" else at.end
        return DateWindow("within", None, at.start, last, text=at.text)


class TrendEngine(Engine):
    """Measures what is asked of periods that are compared."""

    @property
    def measures(self) -> dict[str, Callable[[Way], Way]]:
        """How each is counted that is not read off one map."""
        own = {"ratio": self._ratio, "streak": self._streak, "record": self._record}
        return {**super().measures, **own}

    def _ratio(self, way: Way) -> Way:
        """Of two levels, or of what two periods brought; a fall is negative."""
        claim, parts = self.claim, way.parts
        if claim.since is None:
            msg = "the sentence does not say compared with when"
            raise OptionError(msg)
        since = way.since_utc or self._peak(way, way.at_utc)
        now, before = (self.level(way, moment) for moment in (way.at_utc, since))
        fall = (claim.says.value or claim.says.high) < 0
        if self.period and self.since_kind == "within":
            parts = self._gains([self.period, claim.since], way)
            now, before = (self._way_of_gains * km2 for _, km2 in parts)
            if now <= 0 and not fall:
                now = 0.0  # of what went the other way there was none
            elif min(now, before) <= 0:
                whose = f"ground {self.maps.theatre.held_words}"
                why = f"{whose} {changes_words(parts)}: these are not divided"
                raise OptionError(why)
        above, below = (before, now) if fall else (now, before)
        if not below:
            why = f"the smaller of the two, {below:.1f} km², is nothing to divide by"
            raise OptionError(why)
        figure = -above / below if fall else above / below
        return replace(way, figure=figure, since_utc=since, parts=parts)

    def _gains(
        self, windows: Sequence[DateWindow], way: Way
    ) -> tuple[tuple[DateWindow, float], ...]:
        """Change over each of some periods, from the map that stood as it began."""
        found, maps = [], self.maps
        for window in windows:
            since = maps.stood(start_of(window.start) - MICROSECOND)
            at = self._end_of_window(window)
            if way.later:
                since, at = (maps.beside(m, 1) or m for m in (since, at))
            before, now = (maps.level_km2(m, way.count) for m in (since, at))
            found.append((window, now - before))
        return tuple(found)

    @property
    def _way_of_gains(self) -> int:
        """-1 where periods are compared by how much of the held ground they cost."""
        return -1 if self.claim.of.endswith("losses") else 1

    def _periods(self, first: date, last: date) -> list[DateWindow]:
        """Months from a day to another; or spans as long as that of the sentence."""
        own = self.period
        if own and own.start and own.end and (own.end - own.start).days < SHORT_DAYS:
            # What ends on the day of publication ends with its morning.
            over = own.end < day_of(self.claim.published)
            days = (own.end - own.start).days + over or 1
            back, on = (first - own.start).days // days, (last - own.end).days // days
            starts = [own.start + n * timedelta(days) for n in range(back + 1, on + 1)]
            spans = [(start, start + timedelta(days - 1)) for start in starts]
            spans[-back - 1] = (own.start, own.end)
        else:
            months = pd.date_range(first.replace(day=1), last, freq="MS")
            ends = months + pd.offsets.MonthEnd(0)
            spans = list(zip(months.date, ends.date, strict=True))
        return [DateWindow("within", start=start, end=end) for start, end in spans]

    def _streak(self, way: Way) -> Way:
        """Months in a row, up to that of the sentence, that went on as it says."""
        at, says = self.claim.at, self.claim.says
        month = day_of((at and at.end) or self.claim.published).replace(day=1)
        asked = int(says.value or says.low)
        back = asked + 2 * math.isfinite(says.high)
        first = (pd.Timestamp(month) - pd.DateOffset(months=back)).date()
        parts: tuple[tuple[DateWindow, float], ...] = ()
        for one in reversed(self._periods(first, month)):
            try:
                parts = self._gains([one], way) + parts
            except DateNotFoundError:
                if len(parts) <= asked:  # older than those of the sentence
                    raise
                break
        on = self._way_of_gains * np.array([km2 for _, km2 in parts])
        trend = self.claim.of.partition(" ")[0]
        if trend in TRENDS:
            on = TRENDS[trend] * np.diff(on)
        months = int(np.argmin([*(on > 0)[::-1], False]))
        told = max(asked, months) + (trend in TRENDS)
        return replace(way, figure=float(months), parts=parts[-told:])

    def _record(self, way: Way) -> Way:
        """Rank of a month's change, or of a level, among those of a period."""
        since, maps = self.claim.since, self.maps
        first, last = maps.published[0].date(), day_of(self.claim.published)
        if since is not None and since.kind != "peak":
            first, last = since.start or first, min(last, day_of(since.end))
        if self.period:
            periods = self._periods(first, last)
            own = next(w for w in periods if w.start == self.period.start)
            parts = self._gains([own, *(w for w in periods if w != own)], way)
            turn = self._way_of_gains
        else:
            begun = maps.stood(end_of(first))
            moments = [way.at_utc, *maps.changes(begun, way.at_utc)]
            levels = [
                (DateWindow("on", m), km2)
                for m in moments
                if (km2 := maps.level_km2(m, way.count))  # not before it began
            ]
            parts, turn = tuple(levels), 1
        turn *= -1 if self.claim.of.startswith("smallest") else 1
        (own, km2), *others = parts
        others.sort(key=lambda part: -turn * part[1])
        ahead = [x for x in others if turn * (x[1] - km2) > 1e-9]
        told = ((own, km2), *(ahead[:MANY_AHEAD] or others[: bool(self.period)]))
        return replace(way, figure=1.0 + len(ahead), parts=told)


TRENDS: Final = {"rising": 1, "falling": -1}
SHORT_DAYS: Final = 26
"""A record of a longer period is one of months."""
SOON_DAYS: Final = 10
"""So soon after a month has ended, it is meant where no other is named."""
MANY_AHEAD: Final = 3
"""Of the periods with a larger figure no more are told."""
NO_FIGURE: Final = "what is compared has no figure: give both"
