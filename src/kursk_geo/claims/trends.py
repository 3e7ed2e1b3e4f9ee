"""What a sentence says of periods compared: months in a row, records, more or less."""

import math
import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from kursk_geo.claims.amounts import AmountReader, days_in
from kursk_geo.claims.claim import DateWindow, Interval
from kursk_geo.claims.hedges import ORDINALS, SPAN_DAYS, Amount, W, read_number
from kursk_geo.claims.reader import TWO_GROUNDS, UNLIKE
from kursk_geo.claims.where import KURSK_OPENED, MOVES, WAR, Phrase
from kursk_geo.claims.wording import as_ended, read_window


class TrendReader(AmountReader):
    """Reads what a sentence says of changes without their figures."""

    def trends(self) -> None:
        """Read each trend, record and comparison, or tell why it is none."""
        streak = self.search("streak") or self.search("trend")
        ground = self.search("share_of_ground") or self.search("advance")
        compared = W["compares"].finditer(self.text) if ground else ()
        found = [(self._streak, streak)] if streak else []
        found += [(self._record, m) for m in self.records[:1]]
        found += [(self._comparison, m) for m in compared]
        for read, m in found:
            if why := read(m):
                self.unread(m.span(), why)

    def ratio(self, p: Phrase) -> str:
        """Read "doubled", "six times less than in November"."""
        a, after = p.amount, self.after(p.amount)
        other = self.search("ratio_of_else", max(0, a.start - 80), a.end + 60)
        ground = self.of_unit("km2") or self.short or self.search("share_of_ground")
        # not "shared 40,000 times"
        times = a.word or p.cls in MOVES or self.match("times_as", a.end)
        if other or not (ground and times):
            return ""
        fell = a.word in ("halv", "quarter") or p.cls == "shrink"
        says = self.says(a, "times", -1 if fell or self.match("less", after) else 1)
        those = self.match("of_those", after)
        if those and those[0][:2] != "as" and (behind := self.those_of(a)):
            return self.of_period(p, behind[0], "times")
        thens = [w for w in self.dates if w.prep == "than" and w.kind != "peak"]
        tops = [w for w in self.dates if w.kind == "peak"]
        # "gains have halved since December": between the two months
        months = (w for w in self.dates if w.prep == "since" and w.exact)
        flow = bool(self.search("flows"))
        than = bool(thens) or (flow and any(not w.months for w in months))
        holds = self.search("level_noun") or p.cls == "hold"
        ago = bool(thens) and all(w.kind == "day" for w in thens) and not flow
        gains = ((than and not ago) or self.search("gains")) and not holds
        level = not (than or gains or p.since)
        if than and not gains:
            # "ten times smaller than in early September", and now
            exact = [w for w in thens if w.part or w.kind == "day"]
            if not exact or len(self.dates) > 1:
                return WHICH
            since = read_window(exact[0], self.day, since=True)
            return self.add("ratio", replace(p, at=None, since=since), says)
        if level and tops:  # "halved, from 910 at the peak"
            p = replace(p, since=self.top(tops[0]))
        elif not self.dates and not gains:
            p = p.leaving("since when")
        elif (level and a.word == "twice") or (p.since and flow and not than):
            return WHICH
        elif p.since is None or than:
            at, since = self.two_periods(a, gains=bool(gains))
            if self.match("bare_since", a.end) and self.changes:
                # "gains, which hit 730 km² in November, have halved since"
                at, since = self.month_over(), self.changes[-1].at or since
            if self.unlike(at, since):
                return UNLIKE
            if at.start == since.start == at.end:
                return WHICH
            p = replace(p, at=at, since=since)
        return self.add("ratio", p, says, self.lost(p.theatre) if p.within else "")

    def _streak(self, m: re.Match[str]) -> str:
        """Read "for a fourth straight month"; "slowed in May" is a row of one step."""
        told = m[m.lastgroup].lower() if m.lastgroup else ""
        sizes = (*self.of_unit("share"), *self.of_unit("times"))
        if told and self.amounts and self.search("apiece"):
            return "it is of each of the months"  # "at least 390 km² each"
        measured = not told and any(0 <= a.start - m.end() < 9 for a in sizes)
        about = ("gains", "advance", "rising", "falling")
        if measured or not any(map(self.search, about)) or self.planned(m.span()):
            return ""  # "rose almost sixfold"
        moved = m if not told else self.search("rising") or self.search("falling")
        way, of = moved[0].lower() if moved else "", ""
        up = way == "up" or bool(W["rising"].search(way))
        other = self.search("other_clause", m.end())
        end = other.start() if other else len(self.text)
        named = self.regions(*m.span()) or self.regions(0, end)
        if other and not named:  # "advance slows again, but Kursk is all but lost"
            named = self.where_else(None)[0]
        lost = self.lost(named or self.where()[0], *m.span())
        # "took 133 km² in March, down for the fifth month"
        orders = way in ("more", "less") or (self.changes and way in ("up", "down"))
        if moved and (orders or self.search("flows") or W["pace"].search(moved[0])):
            of = "rising " if up else "falling "
        of = f"{of}{lost}".strip() or "gains"
        periods = [w for w in self.dates_of(None) if w.kind == "period"]
        behind = [w for w in periods if w.start > m.start()]
        when = next(iter(periods if told else behind or periods), None)
        at = read_window(when, self.day) if when else self.month_over()
        unclear = not 26 < when.days < 31 if when else self.day.day > SOON_DAYS
        count, most, words = 1.0, math.inf, "one month"
        if told:
            digits = re.sub(r"(?<=\d)\D+", "", told)
            count = most = float(ORDINALS.get(digits) or read_number(digits).value)
            words = f"{count:g} months"
        elif unclear:
            return "which two months it compares, is not said"
        elif when and when.prep == "since":
            since, at = read_window(when, self.day), self.month_over()
            if not self.search("every_month"):
                # "gains have slowed since November": between these two months
                return self._more_or_less(m, "more" if up else "less", at, since)
            count = float(round(((at.start or self.day) - when.first).days / 30.4))
            words = f"at least {count:g} months"
        says = self.counted(count, most, m.span(), words)
        where = {"theatre": named} if named else {}
        self.claim("streak", says, m.span(), at=at, of=of, **where)
        return ""

    def _record(self, m: re.Match[str]) -> str:
        """Read "the largest figure for 2024": the rank of a month in a period."""
        change = next(iter(self.changes), None)
        if self.planned(m.span()):
            return ""
        dated = [w for w in self.dates if w.kind != "peak"]
        later = (w for w in dated if w.start > m.start())
        pool = next((w for w in later if w.prep == "since" or w.days > 60), None)
        months = (w for w in dated if w.kind == "period" and w is not pool)
        month = next(months, None)
        at = read_window(month, self.day) if month else change.at if change else None
        if at is None and "month" in self.text.lower():
            at = self.month_over()
        level = not (change or self.search("gains") or self.search("spans"))
        if level and " since " not in self.text[m.end() :]:
            return ""  # "the largest of the three pockets"
        days = days_in(at) + 1 if at else 0
        if level and any(v.cls == "hold" for v in self.verbs):
            at = as_ended(self.windows()[0], self.day)
        elif not 0 < days < 33:
            return "it does not say which period is meant"
        each = W["in_any"].match(self.text, m.end())
        if each and not 0.8 < days / SPAN_DAYS[each[1].lower()] < 1.2:
            return "it compares times that are not equally long"
        theatre = change.theatre if change else self.where()[0]
        end = last = at.end if at and at.end else self.day
        first = KURSK_OPENED if theatre == "kursk" else None
        if pool is not None:
            whole = pool.kind == "period" and not pool.part and pool.prep == "since"
            first = read_window(pool, self.day, since=True).start
            first = pool.last + timedelta(days=1) if whole else first
            last = last if pool.prep == "since" else min(pool.last, self.day)
        elif self.match("of_the_war", m.end()):
            first = WAR
        elif self.match("of_the_year", m.end()):
            first = date(last.year, 1, 1)
        if first is None or not first < end <= last:
            return "it does not say of which period it is the extreme"
        text, of = pool.text if pool else m[0], "largest" if m["most"] else "smallest"
        since = DateWindow("within", None, first, last, text=text)
        before = re.search(r"(\w+) $", self.text[: m.start()])
        rank = ORDINALS.get(before[1].lower(), 1) if before else 1  # "second largest"
        reading = "first in rank" if rank == 1 else f"number {rank} in rank"
        says = self.counted(float(rank), float(rank), m.span(), reading)
        of = of if level else f"{of} {self.lost(theatre)}".strip()
        where = {"theatre": theatre} if change else {}
        self.claim("record", says, m.span(), at=at, since=since, of=of, **where)
        return ""

    def _comparison(self, m: re.Match[str]) -> str:
        """Read "took less land in May than in June": a ratio above or below 1."""
        thing = W["thing"].match(m["what"])
        stop = W["other_clause"].search(self.text, m.end())
        end = stop.start() if stop else len(self.text)
        others = [w for w in self.dates if m.end() < w.end <= end]
        numbers = (x for x in self.scanned if isinstance(x, Amount))
        if (
            any(a.start <= m.start() < a.end + 3 for a in numbers)
            or any(w.start < m.start() < w.end for w in self.dates)
            or (thing and not W["land_compared"].match(m["what"]))
            or not (others or not self.match("size_of", m.start()))
        ):
            return ""  # "three times more than", "more soldiers", "larger than Bali"
        if self.regions(m.end(), end) not in ("", self.where()[0]):
            return TWO_GROUNDS
        if not others or re.search("(?:before|earlier)$", others[0].text):
            return NO_FIGURE
        if self.planned(m.span()):
            return ""
        own = (w for w in self.dates if w.end <= m.end() and w.prep != "than")
        named = [*own] or others[1:]
        at = self.changes[-1].at if self.changes else None
        if named:
            begun = named[-1].prep == "since"
            at = read_window(named[-1], self.day, since=begun)
        word = "less" if m["less"] else "as much" if m["same"] else "more"
        since = read_window(others[0], self.day)
        return self._more_or_less(m, word, at or self.month_over(), since)

    def _more_or_less(
        self, m: re.Match[str], word: str, at: DateWindow, since: DateWindow
    ) -> str:
        """Add a ratio that is above or below 1: of two levels, or of two periods."""
        verb = next((v for v in self.verbs if v.cls not in ("", "hold")), None)
        (theatre, unstated), of = self.where(verb), ""
        now: DateWindow | None = at
        if verb or self.search("flows"):
            now, since = self._whole_days(at), self._whole_days(since)
            of = self.lost(theatre)
            if self.unlike(now, since):
                return UNLIKE
        else:
            now, since = as_ended(at, self.day), as_ended(since, self.day) or since
        least, most = (-math.inf, -1.0) if word == "less" else (1.0, math.inf)
        least = 0.9 if word == "as much" else least
        words = self.original[slice(*m.span())]
        says = Interval(least, most, "times", words, closed_low=False)
        says = replace(says, closed_high=False, reading=f"{words}, read as {word}")
        where = {"theatre": theatre, "unstated": unstated}
        self.claim("ratio", says, m.span(), at=now, since=since, of=of, **where)
        return ""

    def _whole_days(self, at: DateWindow) -> DateWindow:
        """A day as a period of its own, and "since Sunday" as the days since."""
        last = self.day if at.kind == "start" else at.end
        return DateWindow("within", None, at.start, last, text=at.text)


SOON_DAYS: Final = 10
"""So soon after a month has ended, it is meant where no other is named."""
WHICH: Final = "it does not say which two maps or periods are compared"
NO_FIGURE: Final = "what is compared has no figure: give both"
