"""Amounts of a sentence as claims: areas, shares, lengths, ratios and counts."""

import math
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final, cast

from kursk_geo.claims.claim import Claim, DateWindow, Interval, Measure, Unit, Unread
from kursk_geo.claims.clause import (
    BORDER,
    IN_RUSSIA,
    KHARKIV_STRIP,
    KURSK_OPENED,
    KURSK_PEAK,
    WAR,
    Phrase,
    Sentence,
    Verb,
)
from kursk_geo.claims.wording import (
    SPAN_DAYS,
    TABLES,
    Amount,
    W,
    When,
    month_of,
    months_after,
    read_interval,
    read_window,
    row,
    turned,
)
from kursk_geo.theatre import theatre

Span = tuple[int, int]


@dataclass(frozen=True)
class Found:
    """
    A claim, or words that cannot be read, with their place in the text.

    Parameters
    ----------
    what : Claim or Unread
    start, end : int
    """

    what: Claim | Unread
    start: int
    end: int

    def moved(self, by: int) -> "Found":
        """The same, in a text that begins so much earlier."""
        what = self.what
        if isinstance(what, Unread):
            what = replace(what, start=what.start + by, end=what.end + by)
        return Found(what, self.start + by, self.end + by)


class AmountReader(Sentence):
    """Reads each amount of a sentence; what it says is gathered in `found`."""

    found: list[Found]
    clauses: dict[Span, Span]
    """Where each claim was read, if not in the whole sentence."""
    turned: list[Span]
    """Negations that a reading has taken into account."""

    @property
    def changes(self) -> list[Claim]:
        """Changes of an area that were found so far."""
        claims = [one.what for one in self.found if isinstance(one.what, Claim)]
        return [claim for claim in claims if claim.measure == "area_change"]

    def unread(self, span: Span, reason: str) -> None:
        """Add words that cannot be read."""
        phrase = self.original[slice(*span)]
        self.found.append(Found(Unread(phrase, *span, reason), *span))

    def claim(
        self, measure: Measure, says: Interval, span: Span, **fields: object
    ) -> None:
        """Add a claim, with what every claim of this sentence shares."""
        if "theatre" not in fields:
            fields["theatre"], unstated = self.where()
            fields["unstated"] = (*unstated, *cast("Any", fields.get("unstated", ())))
        theatre = str(fields["theatre"])
        ours = theatre == "ukraine" or "Donetsk" in theatre or "Luhansk" in theatre
        claim = Claim(
            since_2014=bool(
                ours and self.search("with_2014") and not self.search("without_2014")
            ),
            id="",
            text=" ".join(self.original.split()),
            published=self.published,
            measure=measure,
            says=says,
            outlet=self.outlet,
            speaker=self.speaker,
            source=self.source,
            **fields,  # type: ignore[arg-type]
        )
        self.found.append(Found(claim, *span))

    def add(self, measure: Measure, p: Phrase, says: Interval, of: str = "") -> str:
        """Add a claim of a phrase; or tell why it is doubted."""
        if why := self.doubt(p):
            return why
        names = ("theatre", "at", "since", "ground", "place", "pieces", "unstated")
        fields = {name: getattr(p, name) for name in names}
        self.clauses[p.span] = (p.left, max(p.right, p.amount.end))
        self.claim(measure, says, p.span, of=of, **fields)
        return ""

    def says(self, amount: Amount, unit: Unit, sign: int = 0) -> Interval:
        """What an amount stands for, in the words as printed."""
        words = " ".join(self.original[amount.start : amount.end].split())
        left = 1 + max(self.text.rfind(c, 0, amount.start) for c in ",;")
        denied = W["no"].search(self.text, max(0, amount.start - 25), amount.start)
        denied = denied or self.search("none", left, amount.start)
        if amount.hedge == "over" and denied:  # "have not advanced deeper than 7 km"
            amount, words = replace(amount, hedge="at most"), f"{denied[0]} {words}"
            self.turned.append(denied.span())
        if unit == "share" and self.before("all_but", amount.start):
            says = turned(read_interval(amount, unit), 1.0, f"all but {words}")
            return says if sign >= 0 else turned(says, 0.0, says.text)
        return read_interval(amount, unit, sign=sign, text=words)

    def counted(self, low: float, high: float, span: Span, reading: str) -> Interval:
        """A count or a rank that the words of a place stand for."""
        text = self.original[slice(*span)]
        value, reading = None if math.isinf(high) else low, f"{text}, read as {reading}"
        says = Interval(low, high, "count", text, precision=1.0, reading=reading)
        return replace(says, value=value)

    def doubt(self, p: Phrase) -> str:
        """Why a phrase is no statement of what a map shows; "" if it is one."""
        a, head = p.amount, self.text[: p.amount.start]
        plan = W["plan"].search(self.text, p.left, max(p.right, a.end))
        verb = p.verb.start if p.verb else 0
        no = W["no"].search(self.text, max(p.left, verb - 12), verb)
        spans = [  # of days that are counted from the one that is read
            w
            for w in self.dates
            if w.kind == "length" and w.prep == "within" and p.left <= w.start < p.right
        ]
        size = W["size_of"].match(self.text[a.end :].lstrip())
        as_much = a.unit == "share" and self.match("as_much", a.end)
        whys = {
            "it is of each piece": re.search(r"\beach (?:\w+ )?$", head),
            "it is a part of another number": self.before("out_of", a.start),
            "of several pieces only the largest is measured": (
                self.which_piece(a) not in ("", "largest") and not p.place
            ),
            "it gives no number": not a.numbers and a.word not in TABLES["counts"],
            "it is denied": re.search(r"(?i)\b(?:not|no) (?:even )?$", head)
            or (no and a.hedge != "over"),
            "it compares with another day or period": as_much,
            "it is of some days counted from another": p.at
            and any(p.at.text != w.text or self.before("had", a.start) for w in spans),
            "it is compared with something whose size is not known here": size,
            "where home is, is not said": "at home" in self.text[p.left : p.right],
        }
        if plan and plan[0] != "May":
            whys[f"{plan[0]!r} makes it a plan, a forecast or a condition"] = plan
        return next((why for why, found in whys.items() if found), "")

    def sign(self, verb: Verb | None, theatre: str) -> int:
        """Which way held ground went; in doubt, as it went there at the time."""
        holder, side = self.holder(theatre), self.side(verb)
        match verb.cls if verb else "":
            case "take":
                return -1 if side not in ("", holder) else 1
            case "retake":
                return 1 if side == holder == "russia" else -1
            case "shrink":
                return -1
            case "grow":
                return 1
            case "lose":
                return -1 if (side or "ukraine") == holder else 1
        if re.search(r"counter ?offensive", self.text, re.IGNORECASE):
            return -1
        if theatre == "kursk":
            return 1 if self.day <= KURSK_PEAK else -1
        return -1 if date(2022, 9, 1) <= self.day <= date(2022, 11, 30) else 1

    # --- square kilometres

    def area(self, p: Phrase) -> str:
        """Read square kilometres: a level, a change, or a change a day."""
        a, head = p.amount, self.text[: p.amount.start]
        around = self.text[p.left : p.right]
        other = W["area_of_else"].search(around) and not W["taken"].search(around)
        if other or self.before("town_of", a.start):
            return ""  # "Avdiivka, a city of 31 sq km"
        if p.baseline and self.before("peak_of", a.start):  # "from a high of 900"
            days = p.at or DateWindow("peak")
            if days.kind in ("peak", "within"):
                top = DateWindow("peak", None, days.start, days.end, text="the peak")
                p = replace(p, at=None, since=top)
        alone = p.baseline and a is self.amounts[0] and a.start not in self.levels
        if alone and p.since is None and not self.short:
            return DAYLESS  # it goes with a figure of another sentence
        if p.dateless_baseline:
            return ""
        if self.before("number_of_the", a.start):
            return "only a part of it is meant"
        if self.before("of_the", a.start) and any(
            b.unit == "share" and max(b.start - a.end, a.start - b.end) < 40
            for b in self.amounts
        ):
            return ""  # "40 per cent of the 984 km²"
        if self.before("all_but", a.start):
            if p.theatre in IN_RUSSIA and p.cls in _BACK:  # what is left is held
                return self.add("area", replace(p, since=None), self.says(a, "km2"))
            return "all but so much of what, is not known here"
        if every := self.search("every", p.left, a.start):
            per_days = SPAN_DAYS[(every[1] or "day").lower()]
            a = replace(a, per_days=a.per_days or per_days)
        verb, cls = p.verb, p.cls
        if a.per_days:
            if not (a.unit or self.search("gains") or len(self.amounts) > 1):
                return ""
            if not (p.at or p.since):
                return "over which days, is not said"
            if cls == "hold" or head.endswith(" to "):  # "the daily average fell to 13"
                verb = None
            says = self.says(a, "km2/day", self.sign(verb, p.theatre))
            return self.add("rate", p, says)
        if less := self.match("less_than", a.end):
            then = next((w for w in self.dates if self.is_than(a, w)), None)
            level = cls not in ("take", "lose", "retake") and p.theatre in BORDER
            if then is None or not level or not (then.part or then.kind == "day"):
                return "it is compared with another day"
            at = None if p.at and p.at.text == then.text else p.at
            p = replace(p, at=at, since=read_window(then, self.day, since=True))
            says = self.says(a, "km2", 1 if less["more"] else -1)
            return self.add("area_change", p, says)
        if p.at and p.at.kind == "within":
            # "in June, more than in any month since November"
            p = replace(p, since=None)
        record = any(m.start() > a.end for m in self.records)
        if self.short and record and not (verb or p.period):
            # "449 km², the highest since November"
            p = replace(p, at=self.month_over())
        level = head.lower().endswith((" to ", " at ", "totals ", "peak "))
        level = level or self.passes(a, verb) or bool(self.before("to_extent", a.start))
        gains = self.before("gains", a.start) or self.changes
        level = (level and cls != "take") or (p.baseline and not gains)
        change = cls in ("retake", "lose", "shrink", "grow")
        if cls == "take":  # what the holder of a border theatre took, it holds
            mine = self.side(verb) in ("", self.holder(p.theatre))
            change = p.period or p.theatre not in BORDER or not mine
        elif cls == "" and not self.is_note(a):
            change = p.period
            signed = re.search(r"(?:[-+]|\b(?:minus|plus)) ?$", head)
            months = p.at is not None and p.at.kind == "within" and _days(p.at) > 20
            either = months and p.theatre in IN_RUSSIA and not (signed or level)
            if either and not self.search("gains"):
                return "an area, or what it changed by: it does not say"
        flow = self.before("flows", a.start) or p.baseline
        if verb and cls in ("shrink", "grow") and p.period and flow:
            # "gains fell to 400 km² in December, after 725 in November"
            verb = replace(verb, cls="lose" if "loss" in self.text else "take")
            level = False
        elif verb and cls in ("shrink", "grow") and level and flow and not p.baseline:
            return "it does not say which period is meant"
        if p.since and p.since.kind != "peak" and self.before("tally", a.start):
            change, level = True, False  # "bringing its total since August to"
            verb = replace(verb, cls="take") if verb else None
        if change and not level:
            part = any(self.is_part(a, b) for b in self.wholes)
            if cls in _BACK and part and not p.period:
                p = replace(p, since=DateWindow("peak", text="the peak"))
            p = p if p.period or p.since else p.leaving("since when")
            says = self.says(a, "km2", self.sign(verb, p.theatre))
            return self.add("area_change", p, says)
        keeps = verb is not None and W["keeps"].match(verb.text)
        if p.theatre and a.numbers and cls in ("", "hold") and not keeps:
            whole = theatre(p.theatre).official_area_km2
            if whole and a.numbers[0].value > 0.9 * whole:
                return "it is the size of the region itself"
        if p.theatre not in IN_RUSSIA and (
            W["owner_holds"].search(self.text, p.left, self.part(a)[1])
            if cls != "hold" or not keeps
            else self.side(verb) == "ukraine"
        ):
            return "it is of ground that its own country holds, not drawn on maps"
        peak = p.since if p.since and p.since.kind == "peak" else None
        at = self._peak_of(p) or peak or p.at
        if self.search("once", p.left, a.end + 40) and at is None:
            at = DateWindow("peak", text="at one point")
        elif self.before("at_first", a.start) and at is None:
            return DAYLESS
        if level and at and at.kind == "within":
            at = DateWindow("by", at.end, text=at.text)  # "shrank to 140 in March"
        p = p if a.unit else p.leaving("the unit: square kilometres")
        return self.add("area", replace(p, at=at, since=None), self.says(a, "km2"))

    def _peak_of(self, p: Phrase) -> DateWindow | None:
        """The peak, if the sentence says that this was the area at its largest."""
        peak = self.search("peak")
        if peak is None or self.is_of_other(p.amount, peak.start()):
            return None
        start = peak.start()
        if self.before("from_a", start) or self.before("other_day", start):
            return None
        left, right = self.part(p.amount)
        areas = (a for a in self.amounts if a.unit == "km2" and a is not p.amount)
        elsewhere = not left <= peak.start() < right
        if elsewhere and any(self.phrase(a).ground != "contested" for a in areas):
            return None
        top = p.since if p.since and p.since.kind == "peak" else DateWindow("peak")
        within = p.at if p.at and p.at.kind == "within" else top
        return DateWindow("peak", None, within.start, within.end, text=peak[0])

    # --- percentages and fractions

    def share(self, p: Phrase) -> str:
        """Read a percentage or fraction: a share of ground, or a change."""
        a, cls, verb = p.amount, p.cls, p.verb
        near = self.text[p.left : max(p.right, a.end + 60)]
        ground = self.search("share_of_ground") or self.short
        ground = ground or any(b.unit == "km2" for b in self.amounts)
        subject = self.short or self.before("shrinks", a.start)
        away = cls in ("shrink", "grow") and not subject
        if away or self.search("survey"):
            return ""
        other = W["share_of_else"].search(near) or (
            W["area_of_else"].search(near) and not W["taken"].search(near)
        )
        if other and not re.search(r"territor|\barea|square", near):
            return ""
        if not ground or p.dateless_baseline:
            return ""
        start = a.end + len(self.text[a.end :]) - len(self.text[a.end :].lstrip())
        tail = self.text[start : max(p.right, a.end + 90)]
        of = W["of_period"].match(tail)
        taken_here = of and of[1] and p.theatre in BORDER  # is what was held
        begun = start + of.end() if of and not taken_here else -1
        if any(isinstance(w, When) and w.start == begun for w in self.scanned):
            return "it is a part of what another day or period brought"
        if W["grey"].search(re.split(r"[;,](?!\d)", self.text[a.end :])[0]):
            return "shares of the grey zone are not measured"
        gained = W["gained"].match(tail)
        if gained and W["is_held"].search(gained[0]):
            # "20 percent of Ukrainian territory is occupied"
            gained = None if self._whole(tail, p.theatre) else gained
        of_held = gained and W["of_held"].search(gained[0])
        between = self.text[a.end : verb.start] if verb and cls == "lose" else ""
        thing = verb and between and self.match("thing", verb.end)
        if thing and not W["passive"].search(between):
            return ""  # "half of the country lost power"
        if gained and W["of_what_else"].match(gained[0]):
            return _OF_WHAT
        areas = [b for b in self.amounts if b.unit == "km2" and b.end <= a.start]
        peak = self.search("peak")
        if areas and cls not in _BACK and tail.startswith("of that") and not peak:
            return "it is a part of another number"
        if W["of_it_in"].match(tail):
            return "how much of it lies where, is not measured"
        if gained and gained[0].startswith("of their ") and not self.sides:
            return ""  # farmers', perhaps
        back = (v for v in self.verbs if v.start > a.end and v.cls in _BACK)
        if gained and cls in _HELD and (later := next(back, None)):
            verb, cls = later, later.cls  # "of the captured part has been retaken"
            if any(one.startswith("where") for one in p.unstated):
                theatre, unstated = self.where(verb)
                p = replace(p, theatre=theatre, unstated=unstated)
        whose = self.side(verb)
        hands = self.search("hands", a.end)
        if gained and cls in _HELD and hands:
            cls, whose = "hold", "russia" if hands[1][0] in "Rr" else "ukraine"
        if gained and not of_held:
            # "that it had captured last summer" dates the baseline
            stop = W["stop"].search(self.text, start + max(gained.end(), 20))
            end = stop.start() if stop else len(self.text)
            dates = self.dates
            self.dates = [w for w in dates if not start <= w.start < end]
            at, since = self.windows(a)
            p, self.dates = replace(p, at=at, since=since), dates
        total = self.before("total", a.start)  # "control of Luhansk"
        whole = total and self._whole(f"of {self.text[total.end() :]}", p.theatre)
        region = "" if gained else self._whole(tail, p.theatre)
        if tail.startswith("of ") and not (
            region or gained or W["of_ground"].match(tail)
        ):
            if not re.match("of (?!both )(?:(?:the|its|their|all|some) )?[a-z]", tail):
                return _OF_WHAT
            return ""  # of brigades, of assaults
        if re.search(r"\bexceed\w* [^,;]*\bby $", self.text[: a.start]):
            cls = "grow"  # "November's gains exceed October's by 45 percent"
        if not gained and cls in ("hold", ""):
            region = region or whole or ""
        here = "Ukraine" if p.theatre == "ukraine" else p.theatre
        here = here if "Oblast" in here or here == "Ukraine" else ""
        if areas and not (region or gained or p.since) and cls in _HELD:
            # "40,600 sq miles in Ukraine, about 17 percent"
            region, cls = here, "hold" if here else cls
        if gained and areas and cls in ("", "take"):
            # of what was taken, beside an area: "440 km², less than half of the 1,100"
            verb = self.verb(areas[-1])
            cls = verb.cls if verb and verb.cls in _BACK else "hold"
        if self.short and cls == "take" and not (gained or p.period or region):
            region = here  # "99 % occupied"
        done = any(v.cls in ("hold", "take") for v in self.verbs)
        note = self.short and tail.startswith("of ") and not p.period
        if region and cls == "" and (done or note):
            cls = "hold"
        more = W["more"].match(tail)
        after = self.text[a.end : a.end + 60].lstrip()
        than = more or any(w.prep == "than" for w in self.dates)
        compared = bool(than or W["compared"].search(after))
        changed = more or cls in ("shrink", "grow", "")
        flows = [change for change in self.changes if change.at]
        same = bool(areas) and self.verb(areas[-1]) is verb  # by 55 km², a tenth
        if flows and not (gained or same) and cls in ("shrink", "grow"):
            compared, p = True, replace(p, theatre=p.theatre or flows[0].theatre)
        faster = self.before("flows", a.start) and cls in ("shrink", "grow")
        faster = faster and p.theatre not in BORDER and a.unit == "share"
        if faster and p.at and p.at.kind == "within":
            compared = True  # "gains rose by 40 % in April"
        months = than and self.short and p.theatre not in BORDER
        months = months and not self.search("level_noun")
        if compared and changed and (flows or months or self.search("gains")):
            # "29 % more than in April", "slowed by half": as a ratio
            says, less = self.says(a, "share", 1), W["less"].match(after)
            ends = [says.low, says.high, *([] if says.value is None else [says.value])]
            fell = less or cls == "shrink"
            ends = [-1 / max(1 - x, 1e-9) if fell else 1 + x for x in ends]
            low, high = sorted(ends[:2])
            value = ends[2] if len(ends) > 2 else None
            says = replace(says, low=low, high=high, value=value)
            at, since = self._two_periods(gains=True)
            p = replace(p, at=at, since=since)
            return self.add("ratio", p, replace(says, unit="times", reading=""))
        to = self.text[: a.start].endswith("to ") or self.passes(a, verb)
        theatre_of_country = bool(region) and p.theatre not in IN_RUSSIA
        left_over = cls not in _BACK and W["left_over"].match(tail)
        left = left_over or self.search("left", p.left, a.start)
        lost_country = cls == "lose" and theatre_of_country and not p.period
        lately = p.period and not (p.since and p.since.start == WAR)
        if region and cls == "take" and lately and not left:
            return "what changed is given as a part of a whole region"
        if region and (cls in ("hold", "take") or left or lost_country):
            if p.theatre not in IN_RUSSIA:
                p = replace(p, theatre=region if "Oblast" in region else "ukraine")
            says = self.says(a, "share")
            owner = self.search("owner_holds", p.left, p.right) is not None
            side = self.side(verb)
            theirs = (owner and cls in _HELD) or (side == "ukraine" and cls != "lose")
            if region == "Ukraine":
                keeps = verb is not None and W["keeps"].match(verb.text)
                theirs = bool(theirs and keeps)
            if p.theatre in IN_RUSSIA and cls == "hold":
                theirs = side == "russia"
            if theirs and region.lower() in (p.theatre.lower(), f"{p.theatre} oblast"):
                # a third held by Ukraine is two thirds held by Russia
                says = turned(says, 1.0, f"{says.text} held by the other side")
            return self.add("share", p, says, region)
        if (
            of_held
            and cls in ("hold", "")
            and any(w.start > start and w.kind != "peak" for w in self.dates)
        ):
            return "it is a part of what was held on another day"
        if (cls == "hold" or left or (self.short and not verb)) and (
            gained or left_over
        ):
            says = self.says(a, "share")
            if cls == "hold" and whose not in ("", self.holder(p.theatre)):
                says = turned(says, 1.0, f"{says.text} held by those who lost it")
            return self.add("share", p, says, "the peak")
        if region and p.period and cls not in ("hold", ""):
            return "what changed is given as a part of a whole region"
        if gained and not of_held and p.at and W["spans"].search(p.at.text):
            return (
                "of what was held at the peak, or as that time began: it does not say"
            )
        if region and cls in _BACK:
            return "of the region, or of what was held there: it does not say which"
        if (cls in _HELD and not gained and (cls == "take" or not p.period)) or (
            cls == "grow" and to and not whole
        ):
            return _OF_WHAT
        if cls in ("shrink", "grow") and to:
            return self.add("share", p, self.says(a, "share"), whole or "the peak")
        own = any(w.prep == "since" and w.start > a.end for w in self.dates)
        lost = cls in _BACK and not p.period
        if lost or (gained and not (of_held and p.period) and not own):
            at = p.at
            if at and at.end and at.kind == "within":
                ended = DateWindow("by", at.end, text=at.text)
                at = ended if at.end < self.day else None
            p = replace(p, at=at, since=DateWindow("peak", text="the peak"))
        elif not p.period and p.since is None:
            p = p.leaving("since when")
        sign = self.sign(verb if cls not in ("", "hold") else None, p.theatre)
        sign = -1 if gained and cls == "take" else sign
        return self.add("relative_change", p, self.says(a, "share", sign))

    def _whole(self, tail: str, theatre: str) -> str:
        """The country, the region or the regions that a share is part of."""
        lead = W["of_whole"].match(tail)
        if lead is None:
            return ""
        rest = tail[lead.end() :]
        of = W["ground_of"].match(rest)
        if of and (
            W["regions"].match(rest, of.end()) or rest.startswith("Ukraine", of.end())
        ):
            rest = rest[of.end() :]
        names = []
        while region := W["regions"].match(rest):
            name = row("regions", region)
            if W["part_of_region"].match(rest, region.end()):
                return ""  # "a third of Kharkiv region's Vovchansk"
            names.append(name if " " in name else f"{name.capitalize()} Oblast")
            rest = re.sub(r"^(?:'s)?,? ?(?:and )?(?:the )?", "", rest[region.end() :])
        if (
            not names
            and theatre != "ukraine"
            and re.match("(?:region|oblast)\\b", rest)
        ):
            return theatre if "Oblast" in theatre else f"{theatre.capitalize()} Oblast"
        bare = re.match("(?:territory|land)", rest) and theatre != "ukraine"
        country = not names and not bare and W["the_country"].match(rest)
        return "Ukraine" if country else " and ".join(names)

    # --- ratios

    def ratio(self, p: Phrase) -> str:
        """Read "doubled", "six times less than in November"."""
        a = p.amount
        near = self.text[max(0, a.start - 80) : a.end + 60]
        if W["ratio_of_else"].search(near):
            return ""
        flows = self.search("gains")
        areas = any(b.unit == "km2" for b in self.amounts)
        if not (flows or areas or self.short or self.search("share_of_ground")):
            return ""
        fell = a.word == "halv" or (p.cls == "shrink" and not a.word)
        less = fell or W["less"].match(self.text[a.end :].lstrip())
        than = any(w.prep == "than" for w in self.dates)
        gains = than or (flows and not self.search("level_noun"))
        if not self.dates and not gains:
            p = p.leaving("since when")
        elif p.since is None or than:
            at, since = self._two_periods(gains=bool(gains))
            if at.start == since.start == at.end:
                return "it does not say which two maps are compared"
            p = replace(p, at=at, since=since)
        return self.add("ratio", p, self.says(a, "times", -1 if less else 1))

    def _two_periods(self, *, gains: bool) -> tuple[DateWindow, DateWindow]:
        """The period that a ratio is of, and the one before it or the one named."""
        other = next((w for w in self.dates if w.prep in ("than", "since")), None)
        named = [w for w in self.dates if w is not other and w.kind == "period"]
        at = read_window(named[0], self.day) if named else self.month_over()
        start, end = at.start or self.day, at.end or self.day
        if other is not None:
            return at, read_window(other, self.day)
        spans_months = (start.year, start.month) != (end.year, end.month)
        if spans_months and re.match("from |between ", at.text, re.IGNORECASE):
            return month_of(end, at.text), month_of(start, at.text)
        if not gains:
            since = DateWindow("start", start, text=at.text)
            return DateWindow("by", end, text=at.text), since
        first = months_after(start, -max(1, round((end - start).days / 30)))
        last = date.fromordinal(start.toordinal() - 1)
        return at, DateWindow("within", None, first, last, text="the period before")

    def month_over(self) -> DateWindow:
        """The month that had ended at publication."""
        return month_of(months_after(self.day, -1), "the month that had ended")

    # --- kilometres

    def length(self, p: Phrase) -> str:
        """Read kilometres: a depth, or the distance of a place."""
        a, after = p.amount, self.text[p.amount.end : p.amount.end + 70]
        if not a.numbers or W["length_of_else"].search(self.text[: p.right]):
            return ""
        border = W["from_border"].match(after)
        to = W["to_place"].match(after)
        if to and not border:
            name = to["name"].removesuffix("'s")
            place = self.place_of(name, name.split()[0].removesuffix("'s"))
            moves = self.short or self.before("movers", a.start)
            gone = W["advance"].search(self.text, max(0, a.start - 25), a.start)
            if gone and "within" not in a.text.lower():
                return _ADVANCE
            site = self.before("at_site", a.start)  # "took a village 10 km from"
            if site or re.search(r"[A-Z][\w']+, $", self.text[: a.start]):
                return ""  # "Zarichne, 14 km southeast of Lyman"
            rest = after[to.start("name") :].partition(" ")[2]
            if W["facility"].match(rest):
                return "how far a plant or an airfield is, is not known here"
            if place is None or not moves:
                return ""
            theatre = self.named() or self.theatre_of(place)
            p = replace(p, theatre=theatre, since=None, place=place, pieces="all")
            centre = "what of the place is meant: its centre is taken"
            return self.add(
                "distance", replace(p, unstated=(centre,)), self.says(a, "km")
            )
        if "within" in a.text.lower() and not border:
            return "of which place it is so near, is not understood"
        deep = W["deep"].search(self.text, p.left, max(p.right, a.end + 60))
        moved = self.search("advance", p.left, a.start)
        bare = len(re.findall(r"[^\W\d_]+", self.text)) <= len(a.text.split()) + 2
        near = deep and not moved and "border" in deep[0]
        if near and self.before("site", a.start):
            return ""  # "the village lies 3 km from the border"
        inside = re.search(r"\b(?:deep\w*|depth|inside|into)\b", self.text)
        if near and not inside and self.before("stands", a.start):
            return "on which side of the border is not said"
        town = near and self.before("town_lies", a.start)
        if town and self.place_of(town[1]):
            return ""  # "Sudzha, some 10 km from the border,"
        said = deep or bare or (moved and p.theatre in BORDER)
        opened = {"kursk": KURSK_OPENED, "kharkiv": KHARKIV_STRIP[0]}.get(p.theatre)
        fresh = deep or bare or (opened and self.day < opened + timedelta(days=14))
        lately = p.since or (p.at and p.at.kind == "within" and _days(p.at) < 8)
        wide = W["wide"].match(after)
        if wide or (self.search("front", p.left, a.end + 40) and not deep):
            return "lengths and widths of a front are not measured"
        if not said:
            taken = moved or self.search("taken")
            neither = "it is neither a depth from the border nor a distance to a place"
            return neither if taken else ""
        if moved and (lately or not fresh):
            return _ADVANCE
        if p.theatre == "ukraine":
            return "depth is measured from the border, of a region at it"
        return self.add("depth", replace(p, since=None), self.says(a, "km"))

    # --- counts

    def count(self, p: Phrase) -> str:
        """Read a number of pieces of ground; settlements are counted elsewhere."""
        a, tail = p.amount, self.text[p.amount.end :].lstrip()
        start = len(self.text) - len(tail)
        if m := W["pieces"].match(tail):
            vague = W["any_piece"].fullmatch(m[0].split()[-1])
            shown = self.search("shown") and not self.search("fighting")
            if vague and not self.short and not shown:
                return ""
            end = start + m.end()
            words = self.original[a.start : end]
            says = replace(self.says(a, "count"), text=words, reading="")
            p = replace(p, amount=replace(a, end=end), since=None, place=None)
            return self.add("sections", replace(p, pieces="all"), says)
        m = W["settlements"].match(tail)
        placed = self.text[: a.start].endswith("in ")  # "63 km² in two villages"
        if m and not placed and self.search("taken"):
            reason = "settlements are counted by `kursk-geo settlements`, not here"
            self.unread((a.start, start + m.end()), reason)
        return ""


def _days(at: DateWindow) -> int:
    return (at.end - at.start).days if at.start and at.end else 99


DAYLESS: Final = "it has no day of its own"
_OF_WHAT: Final = "it does not say what it is a share of"
_ADVANCE: Final = "an advance of a few days is not measured, a depth is"
_HELD: Final = ("", "hold", "take")
_BACK: Final = ("retake", "lose")
