"""Amounts of a sentence as claims: areas, shares, lengths, ratios and counts."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from kursk_geo.claims.claim import DEPTH, DateWindow, Interval, Measure, Place, Unit
from kursk_geo.claims.hedges import Amount, W, as_ratio, turned
from kursk_geo.claims.reader import UNLIKE, Reader
from kursk_geo.claims.where import (
    BORDER,
    IN_RUSSIA,
    MOVES,
    OPENED,
    PART_OF_TOWN,
    TAKES,
    Phrase,
    Verb,
)
from kursk_geo.claims.wording import When, as_ended, peak_within, read_window
from kursk_geo.theatre import theatre


class AmountReader(Reader):
    """Reads each amount of a sentence."""

    # --- square kilometres

    def area(self, p: Phrase) -> str:
        """Read square kilometres: a level, a change, or a change a day."""
        a, start, verb, cls = p.amount, p.amount.start, p.verb, p.cls
        once = self.search("once", p.left, a.end + 40)
        led = p.pieces != "all" and verb and verb.end <= p.left
        led = led or (once and verb and verb.start > a.end)
        of_gains = self.match("of_gains", a.end) or self.before("in_gains", start)
        if led or (p.period and cls == "hold" and of_gains):
            # "is down to three pockets, the largest of which is", "its once 900 km²",
            # "November accounted for 730 km² of the gains"
            verb, cls = None, ""
        if each := self.before("each_piece", start):
            # "none of them is larger than 21 km²": then the largest is not
            below = a.hedge in ("under", "at most", "just under", "well under")
            none = each["none"] or each["no"]
            if a.hedge not in ("over", "at least") and (none or not below):
                return "it is of each piece"
            p = replace(p, pieces="one" if below or none else "smallest")
        days = p.at or DateWindow("peak")
        noted = verb and verb.end <= self.text.rfind(": ", 0, start)
        level = days.kind == "on" or (cls in MOVES and not p.period)
        if noted and level and not self.search("gains"):
            verb, cls = None, "hold"  # "has all but vanished: 42 km² on Friday"
        if days.kind == "on" and f"{days.text} alone" in self.text:
            p = replace(p, at=replace(days, kind="within", target=None))
        told = None if self.context.apart or self.dates else self.context.within
        done = cls in _GOES and not self.before("perfect", verb.start if verb else 0)
        mean = a.per_days and self.search("of_that_time", p.left, a.end)
        if told and (mean or self.search("of_them")):
            # "Of these, 148 km2 were in Donetsk", "that is 5 km2 a day"
            verb, cls, p = None, "", replace(p, at=p.at or told, verb=None)
        elif told and done:
            p = replace(p, at=told).leaving(f"when: taken for {told.text}")
        top = p.baseline and self.before("peak_of", start)  # "from a high of 900"
        if top and days.kind in ("peak", "within"):
            p = replace(p, at=None, since=peak_within(days, "the peak"))
        town = self.before("town_of", start)  # "Avdiivka, a city of 31 sq km"
        if town or p.dateless_baseline or self.is_of_else(p.left, p.right):
            return ""
        first = W["of_at_first"].match(self.text[:start])
        between = (self.text[b.end : start] for b in self.of_unit("share"))
        near = any(first or (0 < len(x) < 40 and "," not in x) for x in between)
        whole = near and self.before("of_the", start)
        says = self.says(a, "km2")
        if whole and p.peak:
            return self.add("area", replace(p, at=p.peak, since=None), says)
        if start in self.whole_of and a.text.isalpha():
            return "it is of each piece"  # "two slivers, one of 20 sq km"
        if whole or self.before("number_of_the", start):
            return "only a part of it is meant"  # "40 per cent of the 984 km²"
        if self.before("all_but", start):
            theirs = cls == "hold" and self.side(verb) == "russia"
            if p.theatre in IN_RUSSIA and (theirs or cls in _BACK):
                # what is left is held
                return self.add("area", replace(p, since=None), says)
            return "all but so much of what, is not known here"
        beside = p.place or self.search("by_a_town", p.left, p.right)
        if beside and p.theatre not in ("", "Sumy Oblast", *BORDER):
            return "ground near a town is drawn together with all that it adjoins"
        if a.per_days:
            if p.since and any(w.prep == "than" for w in self.dates) and self.changes:
                # "325 km² in January, fewer than in December but still 10 a day"
                p = replace(p, at=self.changes[-1].at, since=None)
            if not (p.at or p.since):
                return "over which days, is not said"
            # "the average fell to 13, from 24"
            level = cls == "hold" or p.baseline or bool(self.before("to", start))
            sign = self.sign(None if level else verb, p.theatre)
            return self.add("rate", p, self.says(a, "km2/day", sign))
        if less := self.match("less_than", a.end):
            then = next((w for w in self.dates if self.is_than(a, w)), None)
            level = cls not in TAKES and p.theatre in BORDER
            if then is None or not level or not (then.part or then.kind == "day"):
                return "it is compared with another day"
            p = replace(p, at=None, since=read_window(then, self.day, since=True))
            says = self.says(a, "km2", 1 if less["more"] else -1)
            return self.add("area_change", p, says)
        record = any(m.start() > a.end for m in self.records)
        if self.short and record and not p.period:
            p = replace(p, at=self.month_over())  # "449 km², the highest since May"
        stood = self.before("at_level", start) or self.passes(a, verb)
        flow = self.before("gains", start) or self.changes
        gains = flow and (start not in self.levels or p.within)
        level = bool(stood and cls != "take") or (p.baseline and not gains)
        change = cls in (*_BACK, *MOVES)
        if cls == "take":  # what the holder of a border theatre took, it holds
            mine = self.side(verb) in ("", self.holder(p.theatre))
            # what was gained there is all that is held only while it is new
            late = (self.day - OPENED.get(p.theatre, self.day)).days > 60
            late = late and bool(verb and W["gaining"].match(verb.text))
            change = p.period or late or p.theatre not in BORDER or not mine
            on = verb and verb.text == "occupied" and p.at and p.at.kind != "within"
            change = change and not (p.since_war or on)  # occupied at a year's end
        elif cls == "":
            change = p.period
            months = p.within and days_in(p.within) > 20
            which = level or self.before("signed", start) or self.search("gains")
            if months and p.theatre in IN_RUSSIA and not which:
                return "an area, or what it changed by: it does not say"
        moved = cls in MOVES and (p.baseline or self.before("flows", start))
        if moved and not (p.period or p.baseline):
            return "it does not say which period is meant"
        last = self.claims[-1].measure if self.claims else ""
        if verb and moved and p.period and not (p.baseline and last == "area"):
            # "gains fell to 400 km² in December, after 725 in November"
            verb = replace(verb, cls="lose" if "loss" in self.text else "take")
            level = False
        if p.since and not p.since_war and self.before("tally", start):
            change, level = True, False  # "bringing its total since August to"
        one_day = p.at and p.at.kind == "on"
        begun = level or p.since
        gaining = verb and (cls in MOVES or W["gaining"].match(verb.text))
        part = self.before("further", start) or (one_day and beside)
        further = cls == "take" and part and not p.within
        if p.theatre in BORDER and (further or (one_day and gaining and not begun)):
            return "a change on one day: say from when to when it is counted"
        if change and not level:
            if cls in _BACK and start in self.whole_of and not p.period:
                since = self.day_of_whole(self.whole_of[start])
                if since is None or since.kind == "within":
                    since = DateWindow("peak", text="the peak")
                p = replace(p, since=since)
            p = replace(p, since=None if p.within else p.since)
            p = p if p.period or p.since else p.leaving("since when")
            says = self.says(a, "km2", self.sign(verb, p.theatre))
            return self.add("area_change", p, says)
        keeps = verb is not None and W["keeps"].match(verb.text)
        level_of = p.theatre and cls in ("", "hold") and not keeps
        size = theatre(p.theatre).official_area_km2 if level_of else None
        if size and a.numbers[0].value > 0.9 * size:
            return "it is the size of the region itself"
        owner = self.is_owned(p)
        if cls == "hold" and keeps:
            owner = self.side(verb) == "ukraine"
        named = {side for at, side in self.sides if p.left <= at < a.start}
        if p.theatre in IN_RUSSIA:
            owner = cls == "hold" and {self.side(verb)} == named == {"russia"}
        if owner:
            return _OWN
        if "Oblast" in p.theatre and not (self.named() or self.sides or self.given):
            return "what it is of, is not said"
        at = self._peak_of(p) or (None if stood else p.peak) or p.at
        if at is None and once:
            at = DateWindow("peak", text="at one point")
        # "took 1,300 km2, but now holds 10", "Following its raid last August, it took"
        now = any(self.search("now", a.end, b.start) for b in self.amounts)
        past = cls == "take" and (now or self.match("after_event", 0))
        if at is None and (past or self.before("at_first", start)):
            return DAYLESS
        if level and not p.baseline and not self.search("peak"):
            at = as_ended(at, self.day)  # "shrank to 140 in March"
        p = p if a.unit else p.leaving("the unit: square kilometres")
        return self.add("area", replace(p, at=at, since=None), says)

    def _peak_of(self, p: Phrase) -> DateWindow | None:
        """The peak, if the sentence says that this was the area at its largest."""
        peak = self.search("peak")
        if peak is None or self.is_of_other(p.amount, peak.start()):
            return None
        start, (left, right) = peak.start(), self.part(p.amount)
        # "80 km² are all that remain of the 907 held at the peak"
        numbers = (x.start for x in self.scanned if isinstance(x, Amount))
        others = any(p.amount.end < x < start for x in numbers)
        others = others or (not left <= start < right and len(self.of_unit("km2")) > 1)
        if others or self.before("from_a", start) or self.before("other_day", start):
            return None
        day = p.at if p.at and p.at.kind == "on" else None
        if day and day.start == day.end:
            return day
        days = p.within or p.peak or day or DateWindow("peak")
        if p.ground == "contested" and days.start:
            # when it was largest itself, and not when most was held
            return DateWindow("within", None, days.start, days.end, text=peak[0])
        return peak_within(days, peak[0])

    def passes(self, amount: Amount, verb: Verb | None) -> bool:
        """Whether an area came to stand beyond a bound: "has fallen below 100 km2"."""
        beside = verb is not None and amount.start - verb.end in (0, 1)
        moved = verb is not None and verb.cls in MOVES
        return bool(beside and moved and W["beyond"].match(amount.text))

    def is_of_else(self, left: int, right: int) -> bool:
        """Whether words between two places speak of land for other ends."""
        else_ = self.search("area_of_else", left, right)
        return bool(else_ and not self.search("taken", left, right))

    # --- percentages and fractions

    def share(self, p: Phrase) -> str:
        """Read a percentage or fraction: a share of ground, or a change."""
        a, start, cls, verb = p.amount, self.after(p.amount), p.cls, p.verb
        right = max(p.right, a.end + 60)
        if self.is_of_else(p.left, right):
            return ""  # "a third of Ukraine's territory is mined"
        end = min(right, max(p.right, self.part(a)[1]))
        other = self.search("share_of_else", p.left, end)
        ground = self.short or self.of_unit("km2") or self.search("share_of_ground")
        away = cls in MOVES and not (self.short or self.before("shrinks", a.start))
        if verb and cls in ("shrink", "grow"):
            away = away or bool(self.before("else_moves", verb.start))
        if (other and not self.search("of_land", p.left, right)) or not ground:
            return ""
        if verb and cls in MOVES and 0 <= verb.start - a.end < 2:  # "a 40 % drop"
            levels = [c for c in self.claims if c.measure == "area" and c.at]
            if len(levels) > 1:
                p = replace(p, theatre=levels[-1].theatre, since=levels[-2].at)
                p = replace(p, at=levels[-1].at, unstated=levels[-1].unstated)
                says = self.says(a, "share", self.sign(verb, p.theatre))
                return self.add("relative_change", p, says)
            numbers = (x for x in self.scanned if isinstance(x, Amount))
            if sum(x.start < a.start and x.unit in ("km2", None) for x in numbers) > 1:
                return "it is what numbers before it make: give each with unit and day"
        if away or self.search("survey"):
            return ""
        told = [x for x in self.claims if x.measure == "share" and x.of]
        fell = [x for x in self.claims if x.measure == "relative_change"][-1:]
        fell = [x for x in fell if x.since and x.since.kind == "peak"]
        if fell and self.before("leaving", a.start):  # "leaving 8 percent"
            p = replace(p, theatre=fell[0].theatre, at=fell[0].at, since=None)
            return self.add("share", p, self.says(a, "share"), "the peak")
        if a.start in self.levels:
            verb, cls = None, "hold"  # "from 28 percent in July to 36"
            if not (p.at or p.since):
                return DAYLESS
        elif p.baseline or a in self.levels.values():
            # "18.6 percent of Ukraine, up from 18.1 percent last July"
            at = as_ended(p.at or p.peak, self.day)
            if told and (at or not p.baseline):
                p = replace(p, theatre=told[-1].theatre, at=at, since=None)
                return self.add("share", p, self.says(a, "share"), told[-1].of)
            if p.baseline:
                return DAYLESS
        tail = self.text[start : max(p.right, a.end + 90)]
        of = W["of_period"].match(tail)
        taken_here = of and of[1] and p.theatre in BORDER  # is what was held
        begun = start + of.end() if of and not taken_here else -1
        tops = [self.of_top(w) for w in self.dates if w.kind == "peak"]
        dates = [w for w in self.dates if w.kind != "peak" and w not in tops]
        brought = [w for w in dates if w.start == begun]
        took = cls == "take" and W["of_taken"].match(tail)
        if not brought and (took or W["of_those"].match(tail)):
            brought = self.those_of(a)
        if brought:
            return self.of_period(p, brought[0], "share")
        gained = W["gained"].match(tail)
        if gained and W["is_held"].search(gained[0]) and self.whole(tail, p.theatre):
            gained = None  # "20 percent of Ukrainian territory is occupied"
        told_of = self.context.unit and not (self.of_unit("km2") or cls in _BACK)
        if told_of and W["of_that"].match(tail):
            return "it is a part of another number"
        if self.match("below_peak", a.end):
            return self.add("relative_change", p, self.says(a, "share", -1))
        end = start + gained.end() if gained else -1
        if verb and start <= verb.start < end + 2 * (cls in TAKES):
            verb, cls = None, ""  # it tells of what the share is, not what became of it
        of_held = gained and W["of_held"].search(gained[0])
        noun = verb and W["change_nouns"].fullmatch(verb.text)  # "of April's losses"
        own = cls == "lose" and not (noun or self.search("passive", a.end))
        loses = verb if own else None
        if loses and loses.start > a.end and self.match("thing", loses.end):
            return ""  # "half of the country lost power"
        areas = [b for b in self.of_unit("km2") if b.end <= a.start]
        back = (v for v in self.verbs if v.start > a.end and v.cls in _BACK)
        if gained and cls in _HELD and (later := next(back, None)):
            verb, cls = later, later.cls  # "of the captured part has been retaken"
            theatre, unstated = self.where(verb)
            at = self.that_day(p.at, verb, theatre)
            p = replace(p, theatre=theatre, unstated=unstated, at=at)
        whose = self.side(verb)
        if gained and cls in _HELD and self.search("hands", a.end):
            whose, cls = self.in_hands(a.end) or whose, "hold"
        if gained and not of_held:
            # "that it had captured last summer" dates the baseline
            stop = self.search("stop", start + max(gained.end(), 20))
            end = stop.start() if stop else len(self.text)
            at, since = self.windows(a, apart=(start, end))
            p = replace(p, at=self.that_day(at, verb, p.theatre), since=since)
        of_gains = p.period and self.match("of_gains", a.end)
        other = gained and W["of_what_else"].match(gained[0])
        if other or (of_gains and cls in _HELD):
            return _OF_WHAT
        then = W["of_then"].match(tail)
        dated = [w for w in dates if w.start > start]
        now = [w for w in dates if w not in dated][-1:]
        day_now = all(w.kind == "day" or w.part for w in now) and not self.changes
        if then and len(dated) == 1 and cls not in _BACK and day_now:
            # as in "it is 40 % of what it was at the beginning of March"
            since = read_window(dated[0], self.day)
            at = read_window(now[0], self.day) if now else None
            if dated[0].start - start - then.end() in (-3, 0, 4) and since.target:
                says = turned(self.says(a, "share"), 1.0, a.text)
                p = replace(p, at=at, since=since)
                return self.add("relative_change", p, turned(says, 0.0, a.text))
        was = of_held and cls in ("hold", "")
        if dated and (was or (then and not gained and cls not in _BACK)):
            return _ANOTHER_DAY
        days = (w for w in dated if of_held and (w.kind == "day" or w.part))
        if (day := next(days, None)) and self.before("held_on", day.start):
            # "lost 13 % of what it held at the start of September", until now
            p = replace(p, at=None, since=read_window(day, self.day))
            says = self.says(a, "share", self.sign(verb, p.theatre))
            return self.add("relative_change", p, says)
        if of_held and dated and self.before("held_then", dated[0].start):
            return _ANOTHER_DAY
        total = self.before("total", a.start)  # "control of Luhansk"
        whole = total and self.whole(f"of {self.text[total.end() :]}", p.theatre)
        region = "" if gained else self.whole(tail, p.theatre)
        it = cls == "hold" and not areas and W["of_it"].match(tail)
        if it and dates:
            return _ANOTHER_DAY
        if it and not self.search("level_noun"):  # "they hold 1.8 % of it"
            region = self.whole("of the region", self.named() or p.theatre)
        known = region or gained or W["of_ground"].match(tail)
        of_town = W["of_town"].match(tail)
        if of_town and not known and self.place_of(of_town[1]):
            return PART_OF_TOWN
        if tail.startswith("of ") and not known:
            return "" if W["of_things"].match(tail) else _OF_WHAT  # of brigades
        if self.before("exceeds_by", a.start):
            cls = "grow"  # "November's gains exceed October's by 45 percent"
        if not gained and cls in ("hold", ""):
            region = region or (not tail.startswith("of ") and whole) or ""
        country, oblast = p.theatre == "ukraine", "Oblast" in p.theatre
        here = "Ukraine" if country else p.theatre if oblast else ""
        last = self.found[-1].end if self.found else 0
        if told and not region and W["restated"].fullmatch(self.text, last, a.start):
            # "a fifth, 18.7 percent,"
            p = replace(p, theatre=told[-1].theatre, at=told[-1].at, since=None)
            return self.add("share", p, self.says(a, "share"), told[-1].of)
        apart = not (region or gained or p.since)
        most = self.search("part", p.left, a.start)  # "nearly all of it, 99 percent"
        most = most or self.before("bring_to", a.start)  # "bringing the total to 19 %"
        more = W["more"].match(tail)
        if (areas or most) and apart and cls in _HELD and not more:
            # "40,600 sq miles in Ukraine, about 17 percent"
            region, cls = here, "hold" if here else cls
        if gained and areas and cls in ("", "take"):
            # of what was taken, beside an area: "440 km², less than half of the 1,100"
            verb = self.verb(areas[-1])
            cls = verb.cls if verb and verb.cls in _BACK else "hold"
        taken = cls == "take" and self.short and not p.period
        in_it = self.before("in_part", a.start) or self.before("in_head", a.start)
        if taken or (cls in _HELD[1:] and apart and in_it):
            # as in "99 % occupied", or "in Donetsk it holds 38 %, in Kherson 66 %"
            region, cls = here, "hold"
        done = any(v.cls in ("hold", "take") for v in self.verbs)
        note = whole and not p.period
        note = note or (self.short and tail.startswith("of "))
        if region and cls == "" and (done or note):
            cls = "hold"
        moves, outside = cls in MOVES, p.theatre not in BORDER
        compared = than = any(w.prep == "than" for w in self.dates)
        flows = [change for change in self.changes if change.at]
        same = areas and verb and self.verb(areas[-1]) is verb  # by 55 km², a tenth
        equal = region and areas and self.search("equals", areas[-1].end, a.start)
        if self.changes and (same or equal):  # "3,200 km² since May, 0.5 % of Ukraine"
            p = replace(p, at=self.changes[-1].at, since=self.changes[-1].since)
            verb, cls = (verb, cls) if same else (self.verb(areas[-1]), "take")
        if flows and moves and not same:
            compared, p = True, replace(p, theatre=p.theatre or flows[0].theatre)
        # as in "gains rose by 40 % in April"
        compared |= moves and bool(self.before("flows", a.start))
        months = than and self.short and outside
        gains = flows or months or self.search("gains") or (more and cls == "take")
        if compared and gains and (more or moves or cls == ""):
            # "29 % more than in April", "slowed by half": as a ratio
            less = cls == "shrink" or self.match("less", start)
            at, since = self.two_periods(a, gains=True)
            says = as_ratio(self.says(a, "share", 1), less=bool(less))
            p = replace(p, at=at, since=since)
            return self.add("ratio", p, says, self.lost(p.theatre))
        to = self.before("to", a.start) or self.passes(a, verb)
        left_over = cls not in _BACK and W["left_over"].match(tail)
        lately = p.period and not p.since_war and cls not in ("hold", "")
        if (region and lately) or (cls == "take" and same and not p.period):
            return self._part_gained(p, region, verb)
        home = p.theatre in IN_RUSSIA
        if region and (cls in ("hold", "take") or (cls == "lose" and not home)):
            if not home:
                p = replace(p, theatre=region if "Oblast" in region else "ukraine")
            p = replace(p, at=p.at or p.peak, since=None if p.peak else p.since)
            says, side = self.says(a, "share"), self.side(verb)
            owner = self.is_owned(p, p.right)
            ours = side == "ukraine" and verb and not verb.text.endswith("occupied")
            theirs = bool((owner and cls in _HELD) or (ours and cls != "lose"))
            if verb is None and self.before("owners_share", a.start):
                theirs = True
            if home:
                theirs = side == "russia"
            if theirs and region.lower() in (p.theatre.lower(), f"{p.theatre} oblast"):
                # a third held by Ukraine is two thirds held by Russia, since 2014 too
                says = turned(says, 1.0, f"{says.text} held by the other side")
                p = replace(p, since_2014=True)
            return self.add("share", p, says, region)
        left = left_over or (cls not in _BACK and self.before("is_now", a.start))
        left = left or self.before("out_of_all_but", a.start)
        held = cls == "hold" or left or (self.short and not verb)
        if held and (gained or left_over):
            says = self.says(a, "share")
            its = left_over and not self.search("hands", a.end)  # "8 percent is left"
            holds = cls == "hold" and p.theatre and not its
            if holds and whose not in ("", self.holder(p.theatre)):
                says = turned(says, 1.0, f"{says.text} held by those who lost it")
            return self.add("share", p, says, "the peak")
        spans = gained and not of_held and p.at and W["spans"].search(p.at.text)
        if spans or (region and cls in _BACK):
            return "of the region, the peak or another day: it does not say which"
        enough = gained or (p.period and cls != "take" and not region)
        if (cls in _HELD and not enough) or (cls == "grow" and to and not whole):
            return _OF_WHAT
        if moves and to:
            p = replace(p, at=as_ended(p.at, self.day))
            return self.add("share", p, self.says(a, "share"), whole or "the peak")
        if gained and verb is None:
            return "whether that is left or was lost, is not said"
        tied = bool(self.from_then(a) and p.since)
        stood = [c.at for c in self.claims if c.measure == "area"]
        before_it = stood[-1] if areas and stood else self.context.at
        before_it = before_it if W["of_that"].match(tail) else None
        if before_it and cls in _BACK and not (p.since or p.within):
            # "It held 422 km² in May. A fortnight later half of that was gone"
            p = replace(p, since=before_it, at=None if p.at == before_it else p.at)
            tied = True
        lost = cls in _BACK and not (p.period or p.since)
        tied = tied or bool(p.since and not W["of_that"].match(tail))
        if lost or (gained and not tied and not (of_held and p.period)):
            at = as_ended(p.at, self.day)
            p = replace(p, at=at, since=DateWindow("peak", text="the peak"))
        elif not p.period and p.since is None:
            p = p.leaving("since when")
        if not home and self.before("owner_holds", a.start):
            return _OWN
        sign = self.sign(verb if cls not in ("", "hold") else None, p.theatre)
        return self.add("relative_change", p, self.says(a, "share", sign))

    def those_of(self, amount: Amount) -> list[When]:
        """Dates behind an amount, first what it is compared with."""
        behind = (w for w in self.dates if w.start > amount.end and w.kind != "peak")
        return sorted(behind, key=lambda w: w.prep != "than")

    def of_period(self, p: Phrase, when: When, unit: Unit) -> str:
        """Read "a fifth of November's gains": a ratio of what two periods brought."""
        flows = self.search("flows") or any(v.cls in TAKES for v in self.verbs)
        of_level = self.search("level_noun") or not flows
        dates = (w for w in self.dates if w is not when)
        own = [w for w in dates if w.kind in ("period", "length")]
        at = read_window(own[0], self.day) if own else self.month_over()
        since = read_window(when, self.day)
        # "430 km², half of what they seized last summer"
        level = self.claims and self.claims[-1].measure == "area"
        if (
            level
            or of_level
            or {at.kind, since.kind} != {"within"}
            or at.start == since.start
        ):
            return "it is a part of what another day or period brought"
        if self.unlike(at, since):
            return UNLIKE
        says, of = self.says(p.amount, unit), self.lost(p.theatre, p.left, p.right)
        return self.add("ratio", replace(p, at=at, since=since), says, of)

    def _part_gained(self, p: Phrase, region: str, verb: Verb | None) -> str:
        """Read "took 0.6 % of Ukraine last year": a change of so many km²."""
        whole_km2 = theatre(p.theatre).official_area_km2 if p.theatre else None
        same = region in (p.theatre, p.theatre.capitalize())
        owner = self.search("owner_holds", p.left, p.right)
        if p.cls in MOVES or owner or not (same and whole_km2 and p.period):
            return "what changed is given as a part of a whole region"
        says = self.says(p.amount, "share", self.sign(verb, p.theatre))
        low, high, step = (x * whole_km2 for x in (says.low, says.high, says.precision))
        value = None if says.value is None else says.value * whole_km2
        says = replace(says, low=low, high=high, value=value, unit="km2", reading="")
        return self.add("area_change", p, replace(says, precision=step))

    # --- kilometres

    def length(self, p: Phrase) -> str:
        """Read kilometres: a depth, or the distance of a place."""
        a, start = p.amount, p.amount.start
        if self.before("length_of_else", p.right):
            return ""
        border, within = self.match("from_border", a.end), "within" in a.text.lower()
        lies, to = self.before("town_lies", start), self.match("to_place", a.end)
        town = self.place_of(lies[1], lies[1].split()[-1]) if lies else None
        if town and self.match("from_front", a.end):
            home = self.theatre_of(town) in IN_RUSSIA
            return _FRONT if home else self._distance(p, town)
        if to and not border:
            if not within and self.search("advance", max(0, start - 25), start):
                return _ADVANCE
            name = to["name"].removesuffix("'s")
            place = self.place_of(name, name.split()[0].removesuffix("'s"))
            # not "took a village 10 km from", "Zarichne, 14 km southeast of"
            moves = self.short or self.before("movers", start)
            if place is None or not moves or self.before("at_site", start):
                return ""
            return self._distance(p, place)
        if within and not border:
            return "of which place it is so near, is not understood"
        # "24 km deep, up from 20 a week ago", "24 km deep; now it is 5 km"
        # "its depth fell by half, to 8 km", "one is 2 km deep, that near Gornal 1 km"
        deeper = any("depth" in (one.measure, *one.of.split()) for one in self.claims)
        now = p.place or self.before("is_now", start) or self.before("to", start)
        same = p.baseline or (deeper and now)
        left = 0 if same or a in self.levels.values() else p.left
        deep = self.search("deep", left, max(p.right, a.end + 60))
        moved = self.search("advance", p.left, start)
        if self.search("of_depth", p.left, start) and self.before("by_so_much", start):
            says = self.says(a, "km", self.sign(p.verb, p.theatre))
            return self.add("area_change", p, says, DEPTH)
        near = deep and "border" in deep[0]
        # "all that Ukraine holds is within 5 km of", "all positions lie within"
        held = within and (p.cls == "hold" or self.search("whole", p.left, start))
        if near and self.before("stands", start) and not held:
            return "on which side of the border is not said"
        inside = deep and deep.start() > a.end and deep[0].lower() in ("inside", "into")
        farthest = self.match("at_farthest", a.end)
        if town and (near or inside) and not (moved or held or farthest):
            return ""  # "Sudzha, some 10 km from the border,", "10 km inside Russia"
        if not deep and self.search("front", p.left, a.end + 40):
            return _FRONT
        bare = deep or self.n_words <= len(a.text.split()) + 2
        if not (bare or (moved and p.theatre in BORDER)):
            taken = moved or self.search("taken")
            neither = "it is neither a depth from the border nor a distance to a place"
            return neither if taken else ""
        opened = OPENED.get(p.theatre)
        fresh = bare or (opened and self.day < opened + timedelta(days=14))
        lately = p.since or (p.within and days_in(p.within) < 8)
        if moved and (lately or not fresh):
            return _ADVANCE
        if p.theatre == "ukraine":
            return "depth is measured from the border, of a region at it"
        return self.level("depth", p, self.says(a, "km"))  # "shrank from 19 to 12 km"

    def level(self, measure: Measure, p: Phrase, says: Interval) -> str:
        """Add what was so on the day of a phrase, or as its period ended."""
        if p.at is None and p.baseline:
            return DAYLESS
        at = as_ended(p.at, self.day) if self.before("to", p.amount.start) else p.at
        return self.add(measure, replace(p, at=at, since=None), says)

    def _distance(self, p: Phrase, place: Place) -> str:
        """Read how far a place is from the ground that is nearest to it."""
        theatre = self.named() or self.theatre_of(place)
        centre = ("what of the place is meant: its centre is taken",)
        p = replace(p, theatre=theatre, since=None, place=place, pieces="all")
        p = replace(p, unstated=centre)
        return self.add("distance", p, self.says(p.amount, "km"))

    # --- counts

    def count(self, p: Phrase) -> str:
        """Read a number of pieces of ground; settlements are counted elsewhere."""
        a, start = p.amount, self.after(p.amount)
        if m := self.match("pieces", start) or self.before("number_of_pieces", a.start):
            vague = W["any_piece"].fullmatch(m[0].split()[-1])
            shown = self.short or self.found or self.search("shown")
            if vague and (not shown or self.search("fighting")):
                return ""
            if p.theatre not in ("", *BORDER):
                return "pieces are counted along a border, not in a whole oblast"
            if not p.at and self.search("once", p.left, p.right):
                return DAYLESS
            end = max(a.end, m.end())
            says = self.says(a, "count")
            says = replace(says, text=self.original[a.start : end], reading="")
            alone = self.match("singled", m.end()) or self.before("not", a.start)
            if says.value == 1 and alone:
                return ""  # "One pocket, near Tetkino, covers", "Not a single pocket"
            p = replace(p, amount=replace(a, end=end), place=None, pieces="all")
            return self.level("sections", p, says)
        m = self.match("settlements", start)
        placed = self.before("in", a.start)  # "63 km² in two villages"
        if m and not placed and self.search("taken"):
            reason = "settlements are counted by `kursk-geo settlements`, not here"
            self.unread((a.start, m.end()), reason)
        return ""


def days_in(at: DateWindow) -> int:
    """How many days a period is long, without its last."""
    return (at.end - at.start).days if at.start and at.end else 99


DAYLESS: Final = "it has no day of its own"
_OWN: Final = (
    "it is of ground that its own country holds, which no map draws: say what share of "
    "the region it is"
)
_ANOTHER_DAY: Final = "it is a part of what was held on another day"
_OF_WHAT: Final = "it does not say what it is a share of"
_FRONT: Final = "lengths and widths of a front are not measured"
_ADVANCE: Final = "an advance of a few days is not measured, a depth is"
_HELD: Final = ("", "hold", "take")
_BACK: Final = ("retake", "lose")
_GOES: Final = ("take", *_BACK)
