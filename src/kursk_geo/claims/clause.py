"""What stands around the amounts of a sentence: who did what, where and when."""

import re
from dataclasses import replace
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise, permutations

from kursk_geo.claims.claim import DateWindow, Ground, Unit
from kursk_geo.claims.hedges import SPAN_DAYS, Amount, W
from kursk_geo.claims.where import (
    MOVES,
    TAKES,
    WAR,
    Context,
    Verb,
    Words,
)
from kursk_geo.claims.wording import (
    When,
    calendar,
    peak_within,
    read_window,
    scan,
)


class Sentence(Words):
    """One sentence: its amounts and dates, and what stands around each of them."""

    def __init__(  # noqa: PLR0917
        self, text: str, published: date, given: str, outlet: str, context: Context
    ) -> None:
        super().__init__(text, published, given, outlet, context)
        self.levels: dict[int, Amount] = {}
        self.whole_of: dict[int, Amount] = {}
        self.adrift: list[tuple[int, int]] = []
        self.scanned = found = scan(self.text, self.day)
        self.dates = self._dates([x for x in found if isinstance(x, When)])
        self.amounts = self._amounts([x for x in found if isinstance(x, Amount)])
        self.bounds = [0]
        for one, other in pairwise(self.amounts):
            gaps = W["gap"].finditer(self.text, one.end, other.start)
            # no brackets as of "407 km2 (1 March)"
            ends = (m.start() for m in gaps if m[0][-1] != ")")
            self.bounds.append(next(ends, other.start))
        self.bounds.append(len(self.text))

    # --- what stands in the sentence

    def _dates(self, dates: list[When]) -> list[When]:
        """Leave out when it was said, and "in the month" beside the month's name."""
        kept, told = list[When](), self.context.within
        for w in dates:
            words, first = w.text.lower(), w.first
            doing = [v.cls for v in self.verbs if v.end <= w.start][-1:]
            # "invasion in 2022", but not "took 900 km2 in its incursion in August"
            untold = w.prep in ("", "within") and not (doing and doing[0] in TAKES)
            asides = {
                "just_said": w.kind == "day" and (self.day - first).days <= 2,
                "event_in": untold or first <= WAR,
                "annexed": first.year
                <= (2022 if w.prep == "before" else 2014),  # Crimea
                "once_taken": True,  # "that it seized last May"
            }
            aside = any(on and self.before(x, w.start) for x, on in asides.items())
            if aside or any(self.match(x, w.end) for x in ("then_said", "then_began")):
                # "last week estimated that", "since the offensive began on 6 August"
                continue
            month = self.context.month
            if month and "the month" in words:
                w = replace(w, first=month[0], last=month[1])  # noqa: PLW2901
            said = [d.first for d in kept if d.kind == "day" and d.prep != "before"]
            day = [self.context.day, *said][-1]
            tied = re.search(r"\b(?:(?:that|same) (?P<same>day|month)|later)$", words)
            if tied:  # "the same month", "two weeks later"
                if tied["same"] == "month":
                    begun = month[:1] if month else ()
                    day = [day, *begun, *(d.first for d in kept if d.exact)][-1]
                if not day or day > self.day:
                    self.adrift.append((w.start, w.end))
                    continue
                first = last = day if tied["same"] else day + (self.day - w.first)
                if tied["same"] == "month":
                    first, last = calendar(day, "month")
                prep = w.prep if tied["same"] else "on"
                w = replace(w, first=first, last=last, prep=prep, exact=True)  # noqa: PLW2901
            if kept and (nth := W["nth"].search(words)):
                on = kept[-1].first
                first = on + timedelta(days=int(nth[1]) - on.day)  # "by the 15th"
                w = replace(w, first=first, last=first)  # noqa: PLW2901
            earlier = re.search("(?:earlier|before|prior|previously)$", words)
            if earlier and day and (said or w.start < 5):
                back = self.day - day  # "407 km2 on 1 March, 422 a day earlier"
                w = replace(w, first=w.first - back, last=w.last - back)  # noqa: PLW2901
            taking = any(v.cls in TAKES and v.end <= w.start for v in self.verbs)
            periods = [d for d in kept if d.kind in ("period", "length")]
            earlier = earlier or re.search(r"\b(?:previous|preceding|prior)\b", words)
            if earlier and told and told.start and told.end and not kept:
                # "A month earlier, it"
                periods.append(replace(w, first=told.start, last=told.end))
                taking = True
            if earlier and periods and taking:
                w = w.before(periods[-1])  # noqa: PLW2901  ("from 60 km2 the week before")
            then = self.before("since_then", w.start)
            if any(v.cls != "hold" and v.start > w.end for v in self.verbs):
                # "after the US halted its aid on 3 March, it shrank to 121"
                then = then or self.before("after_then", w.start)
            if w.prep in ("", "on", "within") and then:
                w = replace(w, prep="since")  # noqa: PLW2901  ("since Ukraine on 6 August")
            elif w.exact and w.kind == "period" and re.match(r"on \D+$", words):
                w = replace(w, prep="than")  # noqa: PLW2901  ("up 45 % on October")
            kept.append(w)
        for one, two in list(pairwise(kept)):
            gap, kinds = self.text[one.end : two.start], (one.kind, two.kind)
            of = re.fullmatch(" of (?:the )?", gap)
            if one.days == 1 and kinds == ("length", "day") and gap in (", ", " "):
                # "in a single day, September 14", "in one day on Sunday"
                that = replace(two, prep="within", kind="period")
                kept = [that if w is two else w for w in kept if w is not one]
            elif of and kinds == ("length", "period"):  # "the twelve months of 2024"
                kept = [w for w in kept if w is not one]
            elif of and kinds == ("length", "day"):
                # "within ten days of the start of the incursion"
                last = two.first + (self.day - one.first)
                text = self.text[one.start : two.end]
                till = replace(one, end=two.end, text=text, prep="by", kind="day")
                till = replace(till, first=last, last=last, part="", exact=True)
                kept = [till if w is one else w for w in kept if w is not two]
        if self.search("month_ends"):  # "by month-end: August 824, September 792"
            kept = [replace(w, part=w.part or "end") for w in kept]
        begins = {w.start - len(", ") for w in kept}  # "in a week, 9 to 16 March"
        kept = [w for w in kept if w.kind != "length" or w.end not in begins]
        named = [w.first for w in kept if w.exact and w.kind == "period"][:1]
        whole = (not w.exact and w.kind == "period" and not w.part for w in kept)
        same = (x and w.first in named for x, w in zip(whole, kept, strict=True))
        return [w for w, twice in zip(kept, same, strict=True) if not twice]

    def _amounts(self, amounts: list[Amount]) -> list[Amount]:
        """Leave out numbers of other things, and "(1 mile)" beside what it converts."""
        kept, split = list[Amount](), list[Amount]()
        for a in amounts:
            changed = any(v.cls in MOVES for v in self.verbs if v.start < a.start)
            changed |= bool(self.before("baseline", a.start))  # "up from 58 to 87"
            to = re.search(r"\bto ", a.text)
            ends = self.before("from", a.start) or self.before("by_so_much", a.start)
            # not "from five to 10 km"
            if to and ends and (changed or W["length"].search(a.text, 0, to.start())):
                # "fell by 40 km2 to 456", "grew from 32 to 96 km2"
                parts = (a.start, a.start + to.start()), (a.start + to.end(), a.end)
                split += [
                    replace(a, start=x, end=y, text=self.text[x:y], numbers=(n,))
                    for (x, y), n in zip(parts, a.numbers, strict=True)
                ]
            else:
                split.append(a)
        for amount in split:
            a, start = amount, amount.start
            before = [v for v in self.verbs if v.start < start]
            for word, name in (("over ", "after_over"), ("up to ", "after_up_to")):
                if a.text.lower().startswith(word) and self.before(name, a.start):
                    text = a.text[len(word) :]
                    a = replace(a, start=a.start + len(word), text=text, hedge="")
            last = kept[-1] if kept else None
            begin = last.end if last else 0
            if self.search("exceeds", begin, start):
                a = replace(a, hedge=a.hedge or "over")
            behind = self.after(a)
            led = self.before("from_level", a.start)
            # "dwindled to 29", "now holds 29"
            led_to = self.is_baseline(a) or self.before("level_head", start)
            bare = a.text[-1].isdigit() and self.match("bare_end", a.end)
            level = led_to and bare
            total = self.before("in_total", start) and self.search("grey")
            rows = (self.search(x, begin, start) for x in ("carried", "row_of_region"))
            more = any((total, *rows))
            # "435 sq km, 58 fewer than", "560 km2, nearly 200 undefined"
            rest = self.match("less_than", a.end) or self.match("rest", behind)
            rest = rest or (self.search("pieces") and self.before("other_piece", start))
            every = self.search("every", begin, start)
            # Of a month or region beside it: "and 192 in February", "(February: 192)"
            ats = (self.text[w.end : start] for w in self.dates)
            near = any(W["at_once"].fullmatch(x) or x == ", " for x in ats)
            here = self.before("list", start) and self.match("in_region", a.end)
            dated = bool(near or self.date_behind(a))
            # up 656 since July, or in brackets behind a date
            up = self.before("up_by", start)
            same = last and (up or not any(v.start > last.end for v in before))
            on = same and (dated or here)
            area = last is not None and last.unit == "km2" and (rest or on)
            kin = [
                b
                for b in split
                if self.is_part(a, b)
                or self.is_part(b, a)
                or self.went(a, b)
                or self.went(b, a)
                or self.text[a.end : b.start] == ", not "
            ]
            kin += [last] if last and (area or level or (more and bare)) else []
            if kin and not a.unit and len(a.numbers) == 1:
                a = a.like(kin[0])
            each = self.match("every_behind", a.end) or every
            if each and a.unit == "km2":  # "24 sq km of Ukraine a day"
                span = next(filter(None, each.groups()), "day")
                a = replace(a, per_days=SPAN_DAYS[span.lower()])
            told = self.dates and self.match("bare_end", a.end) and self.context.unit
            told = self.before("it_was", start) and told  # "A month later it was 81."
            if not a.unit and (told or (dated and self.search("unit_of_all"))):
                a = replace(a, unit="km2")  # "gains, in sq km: Nov 731, Dec 394"
            if last and last.per_days and a.unit == "km2" and (led or level or on):
                a = replace(a, per_days=last.per_days)  # "to 24 km2 a day from 16 km2"
            counted = self.match("counted", behind)
            counted = counted or self.before("number_of_pieces", start)
            known = bool(a.unit or a.per_days or counted or self.is_note(a))
            if last and a.unit == last.unit:
                sizes = [float(sum(n.value for n in x.numbers)) for x in (last, a)]
                alike = abs(sizes[0] - sizes[1]) <= max(0.12 * sizes[0], 0.5)
                converts = W["converts"].fullmatch(self.text, last.end, a.start)
                known = not (alike and converts)
            kept += [a] if known else []
        pairs = list(permutations(kept, 2))
        self.whole_of = {a.start: b for a, b in pairs if self.is_part(a, b)}
        self.levels = {a.start: b for a, b in pairwise(kept) if self.went(a, b)}
        return [a for a in kept if a not in self.whole_of.values()]

    def after(self, amount: Amount) -> int:
        """Where the words behind an amount begin."""
        return len(self.text) - len(self.text[amount.end :].lstrip())

    def aside(self, place: int, later: int) -> bool:
        """Whether a figure's bracket holds a place, and not what stands later."""
        return any(
            m.start() < place < m.end() <= later
            for m in W["bracketed"].finditer(self.text)
            if any(m.start() < a.start < m.end() for a in self.amounts)
        )

    def date_behind(self, amount: Amount) -> When | None:
        """The date that follows an amount directly: "192 in February"."""
        dates = (w for w in self.scanned if isinstance(w, When))
        gaps = (" ", " (")  # "184 (31 August)"
        behind = (w for w in dates if self.text[amount.end : w.start] in gaps)
        return next((w for w in behind if w.prep or w.kind == "day"), None)

    def of_unit(self, unit: Unit) -> list[Amount]:
        """The amounts of a unit."""
        return [a for a in self.amounts if a.unit == unit]

    def is_part(self, one: Amount, other: Amount) -> bool:
        """Whether an amount is a part of another: "800 of the 1,300 km2"."""
        if other.end <= one.start:  # "Of the 1,300 km2 it once held, it retains 800"
            led = W["of_at_first"].match(self.text[: other.start])
            bare = one.unit is None and self.match("bare_end", one.end)
            return bool(led and other.unit == "km2" and (bare or one.unit == "km2"))
        between = self.text[one.end : other.start]
        of = len(between) < 24 and W["of_the"].search(between)
        bare = other.unit is None and self.match("whole_end", other.end)
        pair = other.unit == "km2" and one.unit in ("km2", None)
        return bool(of and (pair or (bare and one.unit == "km2")))

    def went(self, one: Amount, other: Amount) -> bool:
        """Whether an area went from the one to the other: "from 407 to 121 km2"."""
        between = self.text[one.end : other.start]
        left = self.before("from_level", one.start)
        to = 0 < len(between) < 60 and W["to_level"].search(between)
        return bool(left and to)

    def is_than(self, amount: Amount, when: When) -> bool:
        """Whether a day is what an amount is compared with: "54 km2 less than then"."""
        than = self.match("less_than", amount.end)
        return bool(than and amount.end < when.start <= than.end())

    def is_of_other(self, amount: Amount, place: int) -> bool:
        """Whether a peak is another amount's: "of the 900 it held at the peak"."""
        whole = self.whole_of.get(amount.start)
        if whole and not whole.end < amount.start <= place:
            return True
        shares = (b for b in self.amounts if b.unit == "share" and b is not amount)
        shares = (b for b in shares if not b.end < amount.start <= place)
        return any(W["of_phrase"].fullmatch(self.text, b.end, place) for b in shares)

    def is_note(self, amount: Amount) -> bool:
        """Whether it is a figure of a note such as "Sumy occupied 0.69; grey 57.22"."""
        noted = amount.unit is None and self.before("note", amount.start)
        end = W["note_end"].match(self.text[amount.end :])
        return bool(self.short and noted and end)

    # --- what stands around an amount

    def part(self, amount: Amount) -> tuple[int, int]:
        """The part of the sentence up to the next amount's."""
        i = self.amounts.index(amount)
        return self.bounds[i], self.bounds[i + 1]

    def clause(self, amount: Amount) -> tuple[int, int]:
        """What an amount governs of its part of the sentence."""
        left, right = self.part(amount)
        for m in W["clause"].finditer(self.text, left, amount.start):
            left = m.end()
        end = self.search("clause_end", amount.end, right)
        return left, end.start() if end else right

    def verb(self, amount: Amount) -> Verb | None:
        """The verb or noun that says what became of the amount."""
        left, right = self.clause(amount)
        if amount.start in self.whole_of:
            right = self.part(amount)[1]
        whole = self.whole_of.get(amount.start)
        reach = whole.end + 70 if whole else amount.end + 45
        verbs = [v for v in self.verbs if left <= v.start < min(right, reach)]
        # of "(down 12 % since May), or 1.4 %" the second has no verb
        own = [v for v in verbs if not self.aside(v.start, amount.start)]
        before = [v for v in own if v.end <= amount.start + 1]
        after = [v for v in own if amount.end <= v.start]
        if after and after[0].cls == "hold" and self.match("whole_end", amount.end):
            # "massed to retake the 600 km² that Ukraine holds"
            before = [v for v in before if not self.before("infinitive", v.start)]
        if whole:
            # "879 of the 907 km² taken by Ukraine are Russian again"
            after = after[1 if self.match("whole_end", whole.end) else 0 :] or after
        if before:
            begun = 1 + self.text.rfind(":", 0, amount.start)
            nouns = [v for v in before if W["change_nouns"].fullmatch(v.text)]
            nouns = [v for v in nouns if v.start >= begun]
            if self.before("by_so_much", amount.start):
                nouns += [v for v in before if v.cls in MOVES]
            nouns += [v for v in before[:-1] if self.before("noun_taken", v.end)]
            if before[-1].cls == "hold" and nouns:
                return nouns[-1]  # "gains amounted to", "expanded its holdings by"
            done = after and self.search("passive", amount.end, after[0].start)
            return after[0] if done else before[-1]
        i = self.amounts.index(amount)
        if after or i:
            theirs = i and amount.unit == "km2" and self.match("of_what_it", amount.end)
            return after[0] if after and not theirs else self.verb(self.amounts[i - 1])
        # of "350 km2, or 40 % of the salient, has been retaken"
        verb = next((v for v in self.verbs if v.start > amount.end), None)
        passive = verb and self.search("passive", right, verb.start)
        return verb if passive else None

    def _ground(self, amount: Amount, left: int, right: int) -> Ground | None:
        later = max(right, min(len(self.text), amount.end + 40))
        later = [*self.text[amount.end : later], ";"].index(";") + amount.end
        both = self.search("with_grey", left, later)
        if both and not any(amount.start < a.start < both.end() for a in self.amounts):
            return "held or contested"
        if self.search("without_grey"):
            return "held"
        total = self.match("in_all", amount.end) or self.before(
            "in_total", amount.start
        )
        if total and self.search("grey"):
            return "held or contested"  # "42 km2 held; grey: 41; total: 83"
        if self.search("grey", left, right):
            return "contested"
        i, (left, right) = self.amounts.index(amount), self.part(amount)
        own = any(left <= v.start < right for v in self.verbs)
        if not own and self.match("are_grey", amount.end):
            return "contested"  # "13 km2 in Belgorod and 32 in Sumy are grey"
        listed = "," in self.text[self.amounts[i - 1].end : amount.start]
        if i and not (amount.unit == "km" and (own or listed)):
            last = self.amounts[i - 1]
            # "the grey zone covers 64 in Kursk and 13 in Belgorod", "has shrunk to 13"
            takes = any(left <= v.start < right and v.cls in TAKES for v in self.verbs)
            ground = self.search("territory", last.end, amount.start)
            same = not (takes or (own and ground))
            # "grew by 29 km2, from 58 to 87" is all of the same ground
            begin = 0 if self.levels.get(last.start) is amount else self.bounds[i - 1]
            if same and self.search("grey", begin, last.start):
                return self._ground(last, *self.clause(last))
        spans = (self.clause(a) for a in self.amounts if a is not amount)
        grey = any(self.search("grey", *span) for span in spans)
        return "held" if grey or self.is_note(amount) else None

    def windows(
        self, amount: Amount | None = None, *, apart: tuple[int, int] = (0, 0)
    ) -> tuple[DateWindow | None, DateWindow | None]:
        """The maps that an amount is of, and what a change is counted from."""
        to = self.levels.get(amount.start) if amount else None
        dates = self.dates_of(amount, apart)
        if amount and to and not any(amount.end < w.start < to.start for w in dates):
            at, since = self.windows(to)  # "from 493 to 422 in December"
            if since:  # "since Sunday, from 338 to 151"
                return since, None
            if at is None or at.kind != "within" or at.start is None:
                return None, None
            day = at.start  # of several months, some day of the first is meant
            _, month = calendar(day, "month")
            for w in self.dates_of(to) if self.before("flows", amount.start) else ():
                # "gains rose from 493 to 731 in November": as of the month before;
                # "from August to November": of the first
                first, last = calendar(w.first, "month")
                if w.last <= last:
                    first, last = calendar(first - timedelta(1), "month")
                return DateWindow("within", None, first, last, text=at.text), None
            end = month if at.end and month < at.end else day
            return DateWindow("start", day, day, end, text=at.text), None
        at = since = None
        of_tops = [self.of_top(w) for w in self.dates if w.kind == "peak"]
        dates = [w for w in dates if w not in of_tops]
        # "Over the winter: 546 on 1 December": the day says it more exactly.
        grains = ("day", "period", "peak", "length")
        for when in sorted(dates, key=lambda w: (grains.index(w.kind), w.months)):
            lasts = not when.prep or when.text.lower().startswith("for ")
            mine = amount and (when.start < amount.end or self.is_baseline(amount))
            theirs = amount and not mine and self.before("other_day", when.start)
            if theirs or (lasts and when.kind == "length"):
                continue  # "for seven months"
            if self.match("than_when", when.end):
                # "compared with May, when it took", and "than in May (449 km2)" too
                at = at or read_window(when, self.day)
            elif when.kind == "peak":
                since = since or self.top(when)
            elif when.prep in ("since", "than"):
                since = since or read_window(when, self.day, since=True)
            elif at is None:
                at = read_window(when, self.day)
        verb = self.verb(amount) if amount else None
        done = verb and verb.cls in TAKES and at and at.kind == "on"  # all day
        if at and at.target == self.day and not (done or re.search(r"\d", at.text)):
            at = None  # "on Saturday", printed that day: the map that stood then
        risen = amount is not None and amount in self.levels.values()
        flows = risen and amount and self.before("flows", amount.start)
        if flows and at and at.kind == "within" and at.end and at.start:
            first, _ = calendar(at.end, "month")  # of several months, the last
            at = replace(at, start=max(first, at.start), reading="")
        if not dates and W["then"].match(self.text.lstrip(" ,")):
            at = self.context.at
        then = self.from_then(amount) if amount else None
        if then and since is None and not (at and at.kind == "within"):
            at, since = None, self.context.at
            for when in self.dates:
                if when.end <= then.start():
                    since = read_window(when, self.day, since=True)
        return at, since

    def from_then(self, amount: Amount) -> re.Match[str] | None:
        """Whether it is counted from a day named before: "since then it has lost"."""
        left = max((b.end for b in self.amounts if b.end <= amount.start), default=0)
        return self.search("from_then", left, amount.start)

    def of_top(self, peak: When) -> When | None:
        """The period that a peak is said to lie in: "its January peak"."""
        for when in self.dates:
            if when.kind == "period" and (
                0 <= peak.start - when.end <= 2
                or self.text[peak.end : when.start] in (" ", " (", " in ", " of ")
            ):
                return when
        return None

    def top(self, peak: When) -> DateWindow:
        """The peak, or that of the period which it is said to lie in."""
        when = self.of_top(peak)
        if when is None:
            return read_window(peak, self.day, since=True)
        return peak_within(read_window(when, self.day), f"{peak.text}, {when.text}")

    def dates_of(
        self, amount: Amount | None, apart: tuple[int, int] = (0, 0)
    ) -> list[When]:
        """Dates that are an amount's, or the sentence's; not those of other figures."""
        ends = [m.end() for m in self.records if not self.match("a_number", m.end())]
        ends += [m.start("since") - 1 for m in W["first_time"].finditer(self.text)]
        dates = [
            w
            for w in self.dates
            if not apart[0] <= w.start < apart[1]
            # "a record since March 2022"
            and not any(0 < w.start - end < 70 for end in ends)
        ]
        if amount is None:
            return dates
        start, share = amount.start, amount.unit == "share"
        left, right = self.part(amount)
        i = self.amounts.index(amount)
        since_last = self.amounts[i - 1].end if i else left
        # "it now has 354 km2", "is 354 km2 today", "42 km² now, 407 km² on 1 March"
        stop = [*self.text[start:right], ";"].index(";") + start
        now = self.search("now", since_last, stop)
        dates = [w for w in dates if not now or now.start() < w.end <= right]
        begun = 1 + self.text.rfind(";", 0, start)
        # "nothing has changed since May; 28 km² remain"
        dates = [w for w in dates if w.prep != "since" or w.start >= begun]
        # "500 of the 1,000 it held in August", "at the peak in September"
        whole = self.whole_of.get(start)
        theirs = [(whole.end, len(self.text))] if whole else []
        lately = [w for w in dates if theirs and w.prep == "since"]
        theirs += [
            (b.end, start) for b in self.amounts if self.levels.get(b.start) is amount
        ]
        if share:  # "of the 900 km2 it held in September, 13 %"
            areas = self.of_unit("km2")
            theirs += [(b.end, start) for b in areas if self.before("of_the", b.start)]
            theirs += [(w.end + 1, w.end + 30) for w in dates if w.kind == "peak"]
        if amount.unit in ("km2", "share"):
            # "493 km2, more than half of the 907 held in early September"
            later = [
                b for b in self.scanned if isinstance(b, Amount) and b.start > start
            ]
            theirs += [
                (b.end, b.end + 30) for b in later if self.before("of_base", b.start)
            ]
            # "less than 8 km2 a day, a third of November's rate"
            shares = (b for b in later if self.text[b.end :].startswith(" of "))
            theirs += [(b.end, b.end + 5) for b in shares]
        if self.is_baseline(amount):
            theirs.append((0, start + 1))
        verb = self.verb(amount)
        if verb and verb.cls in MOVES:
            # "452 km2 on 9 February before shrinking to 428"
            for b in self.amounts[:i]:
                does = self.verb(b)
                if does != verb and (does is None or does.cls not in TAKES):
                    theirs.append((0, self.part(b)[1]))
        known = [b.start for b in (*self.amounts, *self.whole_of.values())]
        numbers = (b for b in self.scanned if isinstance(b, Amount) and not b.unit)
        bare = [self.date_behind(b) for b in numbers if b.start not in known]
        others = [b for b in self.amounts if b is not amount]
        # "October's 502 km2", "Dec 393, Jan 325", and 449 "in May (449 km2)"
        # and "since the peak at 730 km2 of November"
        noted = [
            w
            for w in dates
            if W["at_once"].fullmatch(self.text, w.end, start)
            or self.text[amount.end : w.start] == " of "
        ]
        dates = [
            w
            for w in dates
            if (w in lately or not any(x <= w.start < y for x, y in theirs))
            and (w in noted or not self.aside(w.start, start))
            and w not in bare
            and (w in noted or not any(self.is_than(b, w) for b in others))
            and not (w.kind == "peak" and self.is_of_other(amount, w.start))
        ]
        named = [
            replace(w, prep="within" if w.prep in ("since", "than") else w.prep)
            for w in dates
            if w in noted
        ]
        own = [w for w in dates if left <= w.start < right]
        if own and self.text[start - 1] == "(":
            named = []  # "177 km2 in April (133 km2 in March)"
        if i and share and not (own or now or self.is_baseline(self.amounts[i - 1])):
            between = (v for v in self.verbs if since_last <= v.start < start)
            if all(v == verb for v in between):
                # "is now 570 sq km, a loss of 37 percent"
                return self.dates_of(self.amounts[i - 1])
        if named or own or not others:
            return named or (own if others else dates)
        if self.match("parted", amount.end):
            # "1,100 km2, and 24 settlements in five days"
            return [w for w in dates if w.start < self.bounds[1]]
        end, final = self.amounts[-1].end, self.amounts[-1]
        its = W["clause_of"].match(self.text, end) if self.is_baseline(final) else None
        doing = [v.start for v in self.verbs if v.cls != "hold"]
        if verb is not None and verb.cls != "hold":
            doing = []
        others_own = [  # "since the peak, while 276 remain"
            w
            for w in dates
            if (w.kind == "peak" or w.prep == "since")
            and verb is not None
            and verb.cls == "hold"
            and self.search("contrast", w.end, start)
        ]
        return [  # another's date may be this one's too
            w
            for w in dates
            if (w.start < self.bounds[1] and not (now or w in others_own))
            or (
                w.start > end
                # "151 sq km, against 348 a week ago", "that it held last year"
                and not (its and w.start < its.end())
                and not self.before("of_theirs", w.start)
                and not self.before("included", w.start)
                and not self.match("bracket_end", w.end)
                and not any(amount.end < x <= w.start for x in doing)
            )
        ]

    @cached_property
    def records(self) -> list[re.Match[str]]:
        """Superlatives that say of what they are: "the largest figure for 2024"."""
        found = []
        for m in W["extremes"].finditer(self.text):
            tail = self.text[m.end() :].lstrip()
            counted = m[0].lower() != "record" and W["extreme_of"].match(tail)
            part = self.match("part", m.start())  # "most of the territory"
            if W["record_of"].match(tail) and not (counted or part):
                found.append(m)
        return found

    def is_baseline(self, amount: Amount) -> bool:
        """Whether it is the other end of a comparison: "up from 18 % a year ago"."""
        led = self.before("baseline", amount.start)
        return amount.start in self.levels or led is not None
