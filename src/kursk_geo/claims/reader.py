"""What a sentence says: claims, and words that cannot be read, each with its place."""

import math
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final, cast

from kursk_geo.claims.claim import (
    CHANGES,
    DEPTH,
    PIECES,
    Claim,
    DateWindow,
    Interval,
    Measure,
    Pieces,
    Unit,
    Unread,
)
from kursk_geo.claims.clause import Sentence
from kursk_geo.claims.hedges import TABLES, Amount, W, read_interval, row, turned
from kursk_geo.claims.where import (
    BORDER,
    IN_RUSSIA,
    KURSK_OPENED,
    MOVES,
    OPENED,
    RIGHT_BANK,
    TAKES,
    WAR,
    Phrase,
    Verb,
)
from kursk_geo.claims.wording import (
    as_ended,
    month_of,
    months_after,
    read_window,
)

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
        return replace(self, start=self.start + by, end=self.end + by)


class Reader(Sentence):
    """A sentence, and what it says: gathered in `found`, each after a last doubt."""

    found: list[Found]
    clauses: dict[Span, Span]
    """Where each claim was read, if not in the whole sentence."""
    turned: list[Span]
    """Negations that a reading has taken into account."""

    @property
    def claims(self) -> list[Claim]:
        """Claims that were found so far."""
        return [one.what for one in self.found if isinstance(one.what, Claim)]

    @property
    def changes(self) -> list[Claim]:
        """Changes of an area that were found so far."""
        return [claim for claim in self.claims if claim.measure == "area_change"]

    def phrase(self, amount: Amount) -> Phrase:
        """An amount with all that is said around it."""
        left, right = self.clause(amount)
        verb = self.verb(amount)
        alike = self.of_unit(amount.unit) if amount.unit else []
        behind = [b.start for b in alike if b.start > amount.end]
        end = min([max(right, amount.end) + 30, *behind])
        other = self.search("the_piece", amount.end, end)
        froms = (b for b in self.amounts if self.levels.get(b.start) is amount)
        begin = min([self.clause(b)[0] for b in froms], default=left)
        words = self.text[begin : other.start() if other else end]
        found = sorted(
            W["piece"].finditer(words),
            key=lambda m: abs(begin + m.start() - amount.start),
        )
        # not "attacked near Tetkino and holds", "mainly near Kupiansk"
        found = [m for m in found if not W["mainly"].search(words[: m.start()])]
        names = [m[m.lastindex or 1] for m in found]
        names = [x for x in names if not W["regions"].fullmatch(x)]
        place = self.place_of(*names)
        parts = self.search("other_part", right)
        # as in "175 km2 in April, 4 % of attacks in Kursk"
        shares = (b for b in self.of_unit("share") if b.start > amount.end)
        stops = [b.start for b in shares if self.search("share_of_else", *self.part(b))]
        stops += [parts.start()] if parts else []
        own, end = self.part(amount)
        led = W["of_at_first"].match(self.text[: amount.start])
        end = right if led else min([*stops, end])
        # "Of the 326 km2 taken, 275 were in Donetsk", "275 of them in Donetsk"
        spans = [(left, right), (own, end), (0, amount.start)]
        if of := self.match("of_and", amount.end):
            spans.insert(0, of.span())  # "120 km2 of Ukrainian land and 9 of Kursk"
        later = (b.end for b in self.amounts if b.start > amount.end)
        listed = sum(bool(self.match("in_region", x)) for x in later) > 1
        whole = led or listed
        name = self.named(spans, min(stops, default=right if whole else None))
        if parted := [*W["parted_from"].finditer(self.text, 0, amount.start)]:
            # "held 907 km² in Kursk; Russia took 363 km² in August"
            clause = parted[-1].end()
            here = self.regions(clause, max(right, amount.end))
            took = verb and verb.cls == "take" and clause <= verb.start
            took = took and any(clause <= at < amount.start for at, _ in self.sides)
            name = "" if took and not here and self._sense(verb) != name else name
        near = self.near_names(left, self.part(amount)[1] if amount.unit else None)
        spot = place or self.place_of(*near)
        theatre, unstated = (name, ()) if name else self.where_else(verb, spot)
        at, since = self.windows(amount)
        at = self.that_day(
            at, verb, theatre, by=self.before("by_so_much", amount.start)
        )
        ever = self.before("never", amount.start)
        if amount.unit == "km":
            ever = ever or self.search("once", left, right)
        if ever and at is None:  # "never deeper than 25 km": of all maps since it began
            begun = min(KURSK_OPENED if theatre in IN_RUSSIA else WAR, self.day)
            begun = (since and (since.target or since.start)) or begun
            at = DateWindow("within", None, begun, self.day, text="ever")
        one = "one" if place or W["one_piece"].search(words) else "all"
        which = self.which_piece(amount) or one
        pieces: Pieces = next((x for x in PIECES if x == which), "all")
        if apart := W["set_apart"].search(words):
            pieces = "others" if apart["without"] else "every"
            named = next(filter(None, apart.group("near", "name")))
            place = self.place_of(named) if apart["without"] else None
        return Phrase(
            amount=amount,
            left=left,
            right=right,
            verb=verb,
            theatre=theatre,
            at=at,
            since=since,
            ground=self._ground(amount, left, right),
            place=place,
            pieces=pieces,
            unstated=unstated,
            baseline=self.is_baseline(amount),
        )

    def that_day(
        self,
        at: DateWindow | None,
        verb: Verb | None,
        theatre: str,
        *,
        by: re.Match[str] | None = None,
    ) -> DateWindow | None:
        """A day as a period, for what became of ground on it, and not until then."""
        does = (*TAKES, *MOVES) if by else TAKES  # "rose by 0.9 percent on Sunday"
        if at is None or at.kind != "on" or verb is None or verb.cls not in does:
            return at
        opened = OPENED.get(theatre, self.day if theatre in BORDER else WAR)
        new = verb.cls == "take" and self.day - opened < timedelta(days=60)
        counted = W["counted_from"].search(at.text) or at.start != at.end
        perfect = self.before("perfect", verb.start)
        if new or counted or perfect:
            return at
        return replace(at, kind="within", target=None)

    def is_owned(self, p: Phrase, end: int = 0) -> bool:
        """Whether its own country holds it, also where a list tells so at its end."""
        end = end or self.part(p.amount)[1]
        if not (p.verb and p.verb.start < p.amount.start):
            # so much "of Donetsk and 27 % of Kherson are in Ukrainian hands"
            end = self.part(self.amounts[-1])[1]
        to_take = self.match("to_take", p.amount.end)
        return bool(to_take or self.search("owner_holds", p.left, end))

    def which_piece(self, amount: Amount) -> str:
        """Which of several pieces an amount is of: "the largest of which is 13 km2"."""
        which = self.before("of_pieces", amount.start)
        word = which[1].lower() if which and self.search("pieces") else ""
        return str(TABLES["which"].get(word, word))

    def unread(self, span: Span, reason: str) -> None:
        """Add words that cannot be read."""
        phrase = self.original[slice(*span)]
        self.found.append(Found(Unread(phrase, reason), *span))

    def claim(
        self, measure: Measure, says: Interval, span: Span, **fields: object
    ) -> None:
        """Add a claim, with what every claim of this sentence shares."""
        if "theatre" not in fields:
            fields["theatre"], unstated = self.where()
            fields["unstated"] = (*unstated, *cast("Any", fields.get("unstated", ())))
        theatre = str(fields["theatre"])
        if theatre == RIGHT_BANK and measure not in CHANGES:
            self.unread(span, "which bank of a river is held, is not asked of maps")
            return
        ours = theatre == "ukraine" or "Donetsk" in theatre or "Luhansk" in theatre
        at = next((a for a in self.amounts if a.start == span[0]), None)
        left, right = self.part(at) if at else (0, 0)
        since = [w for w in self.dates if w.prep == "since" and left <= w.start < right]
        # "25,000 km2 since the invasion; with Crimea, it occupies 18.7 percent"
        apart = any(w.first <= WAR for w in since)
        old = bool(self.search("with_2014", *((left, right) if apart else ())))
        old |= bool(fields.pop("since_2014", False))
        claim = Claim(
            since_2014=ours and old and not self.search("without_2014"),
            id="",
            text=" ".join(self.original.split()),
            published=self.published,
            measure=measure,
            says=says,
            outlet=self.outlet,
            **({"speaker": self.speaker, "source": self.source} | fields),  # type: ignore[arg-type]
        )
        self.found.append(Found(claim, *span))

    def add(self, measure: Measure, p: Phrase, says: Interval, of: str = "") -> str:
        """Add a claim of a phrase; or tell why it is doubted."""
        if why := self.doubt(p):
            return why
        if not p.theatre and self.claims and self.claims[-1].theatre:
            # "the strip near Tetkino is 1.4 km deep and covers 11 km²"
            same = ("theatre", "place", "pieces", "unstated")
            p = replace(p, **{x: getattr(self.claims[-1], x) for x in same})
        begun = p.theatre == "kursk" and p.within and p.within.start
        if measure in CHANGES and says.high <= 0 and begun and begun <= KURSK_OPENED:
            # "from August to December it lost": of what it came to hold
            p = replace(p, at=as_ended(p.at, self.day), since=DateWindow("peak"))
        if measure in ("relative_change", "ratio"):
            deep = self.search("of_depth", p.left, p.amount.end + len(" as deep as"))
            of = DEPTH if deep else of
        names = ("theatre", "at", "since", "ground", "place", "pieces", "unstated")
        fields = {name: getattr(p, name) for name in names} | self.by_whom(p)
        fields["since_2014"] = p.since_2014
        self.clauses[p.span] = (p.left, max(p.right, p.amount.end))
        self.claim(measure, says, p.span, of=of, **fields)
        return ""

    def day_of_whole(self, whole: Amount) -> DateWindow | None:
        """When what is told of in parts was held whole."""
        behind = (w for w in self.dates if whole.end < w.start < whole.end + 60)
        then = next((w for w in behind if self.before("held_on", w.start)), None)
        # "878 of the 907 km2 that Kyiv held in September", "that it once held"
        at = DateWindow("peak") if self.match("once_held", whole.end) else None
        return read_window(then, self.day) if then else at

    def by_whom(self, p: Phrase) -> dict[str, str]:
        """Whose figure it is: "Kyiv says 500 km², but DeepState's map shows 435"."""
        end = self.search("other_clause", p.amount.end)
        span = (p.left, end.start() if end else len(self.text))
        maps, a_map = self.search("maps", *span), self.search("map_shows", *span)
        if not (maps or a_map) or self.search("speakers", *span):
            return {}
        return {"speaker": "", "source": row("maps", maps) if maps else self.source}

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

    def planned(self, span: Span) -> bool:
        """Whether words before make it no statement of what is."""
        plan = self.before("plan", span[0])
        if plan:
            self.unread(span, PLAN.format(plan[0]))
        return plan is not None

    def two_periods(
        self, amount: Amount, *, gains: bool
    ) -> tuple[DateWindow, DateWindow]:
        """The period that a ratio is of, and the one before it or the one named."""
        others = [w for w in self.dates if w.prep in ("than", "since")]
        # "down 30 percent on February and 82 percent on November"
        behind = (w for w in others if w.start > amount.start)
        other = next(behind, next(iter(others), None))
        named = [w for w in self.dates if w is not other]
        at = read_window(named[0], self.day) if named else self.month_over()
        start, end = at.start or self.day, at.end or self.day
        if other is not None:
            return at, read_window(other, self.day)
        if not gains:
            since = DateWindow("start", start, text=at.text)
            return DateWindow("by", end, text=at.text), since
        if re.match("from |between ", at.text, re.IGNORECASE):
            return month_of(end, at.text), month_of(start, at.text)
        first = months_after(start, -max(1, round((end - start).days / 30)))
        last = date.fromordinal(start.toordinal() - 1)
        return at, DateWindow("within", None, first, last, text="the period before")

    def unlike(self, at: DateWindow, since: DateWindow) -> bool:
        """Whether it compares how fast two periods were, and one of them is longer."""
        fast, daily = self.search("how_fast"), self.search("by_the_day")
        if not ((fast or daily) and at.kind == since.kind == "within"):
            return False
        spans = [(x.end - x.start).days + 1 for x in (at, since) if x.end and x.start]
        return max(spans) > (1.0 if daily else 1.2) * min(spans)

    def month_over(self) -> DateWindow:
        """The month that had ended at publication."""
        return month_of(months_after(self.day + _DAY, -1), "the month that had ended")

    def doubt(self, p: Phrase) -> str:
        """Why a phrase is no statement of what a map shows; "" if it is one."""
        a, verb = p.amount, p.verb.start if p.verb else 0
        left = self.before("the_rest", verb)  # "failed to take the remaining 30 %"
        no = self.search("no", max(p.left, verb - (40 if left else 12)), verb)
        levels = [b for b in self.amounts if b.start in self.levels]
        levels += self.levels.values()  # each with its own day
        lasted = any(  # of days that are counted from the one that is read
            p.at and (p.at.text != w.text or self.before("had", a.start))
            for w in self.dates
            if w.kind == "length" and w.prep == "within" and a not in levels
            if not any(0 < w.start - m.end() < 40 for m in self.records)
        )
        plan = self.search("plan", p.left, max(p.right, a.end))
        marked = f"{self.text[: a.start]}<{a.unit or ''}>{self.text[a.end :]}"
        which = self.which_piece(a)
        others = a.unit in ("times", "share")
        end = self.part(a)[1] if others else 0
        than = self.search("two_grounds", a.end, end) if others else None
        there = self.regions(than.end(), end) if than else ""
        size = W["size_of"].match(self.text, self.after(a))
        away = self.elsewhere(p.left, max(p.right, a.end))
        why_not = (
            *((W[x].search(marked), why) for x, why in TABLES["doubts"].items()),
            (
                which and which not in PIECES,
                "which of the pieces is meant, is not said",
            ),
            ("point" in a.text, "of percentage points, give the two shares"),
            (there not in ("", p.theatre), TWO_GROUNDS),
            (away, f"it is about {away}"),
            (not a.numbers, "it gives no number"),
            (no and a.hedge != "over", "it is denied"),
            (lasted, "it is of some days counted from another"),
            (
                a.unit != "km" and self.from_then(a) and not (p.at or p.since),
                "since when, is told by another sentence",
            ),
            (p.pieces == "others" and p.place is None, NO_TOWN),
            (size, "it is compared with something whose size is not known here"),
            (plan, PLAN.format(plan and plan[0])),
        )
        return next((why for found, why in why_not if found), "")


_DAY: Final = timedelta(days=1)  # on its last day, a month has ended
UNLIKE: Final = "the periods are not as long: give so many km² a day of both"
PLAN: Final = "{!r} makes it a plan, a forecast or a condition"
NO_TOWN: Final = "no town or village of that name is known here"
TWO_GROUNDS: Final = "it compares two grounds: ask for the area of each"
