"""Where numbers and days stand in a sentence, and which days are meant."""

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from typing import Final, Literal

import pandas as pd
from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

from kursk_geo.claims.claim import MONTH_NAMES, DateWindow
from kursk_geo.claims.hedges import (
    BELOW_ONE,
    HERE,
    ORDINALS,
    SPAN_DAYS,
    TABLES,
    WORTH,
    Amount,
    read_amount,
    read_number,
)

# --- islands of a sentence


@dataclass(frozen=True)
class When:
    """
    Words about time.

    Parameters
    ----------
    start, end : int
        Its place.
    text : str
    prep : {"", "since", "by", "within", "on", "than", "before"}
    part : str
        "start", "early", "mid", "late", "end", or longer ("first half").
    first, last : date
        Days of the whole period, before a part of it is taken; of a peak, that of
        publication.
    kind : {"day", "period", "length", "peak"}
        "length": a duration ("seven months"), or a stretch up to publication ("in five
        days").
    exact : bool
        A month or day by name, which wins over "in the month".
    """

    start: int
    end: int
    text: str
    prep: str
    part: str
    first: date
    last: date
    kind: Literal["day", "period", "length", "peak"]
    exact: bool = False

    def before(self, later: "When") -> "When":
        """The same as the weeks, months or years before another period."""
        span = re.search("week|month|year", self.text.lower())
        if not span:
            return self
        count = max(1, round((self.last - self.first).days / SPAN_DAYS[span[0]]))
        first, last = _back(later.first, span[0], count), later.first - _DAY
        if span[0] == "year":
            last = months_after(later.last, -12)
        prep = "than" if self.prep == "than" else "within"
        return replace(self, first=first, last=last, kind="period", prep=prep)

    @property
    def days(self) -> int:
        """How many days it is long."""
        return (self.last - self.first).days

    @property
    def months(self) -> int:
        """How long it is: beside a year or a season, a month is more exact."""
        return (self.last - self.first).days // 32


_HYPHENS: Final = re.compile("[\N{HYPHEN}-\N{HORIZONTAL BAR}\N{MINUS SIGN}]")

_QUOTE: Final = "\N{RIGHT SINGLE QUOTATION MARK}"


def plain(text: str) -> str:
    """The text with plain hyphens, spaces and quotes; each letter keeps its place."""
    letters = (c if c == "²" else unicodedata.normalize("NFKC", c) for c in text)
    text = "".join(n if len(n) == 1 else c for c, n in zip(text, letters, strict=True))
    text = _HYPHENS.sub("-", re.sub(r"\s", " ", text)).replace(_QUOTE, "'")
    # "one-fifth", "2-km-deep", "mid-April", but not "28-35" nor "2025-04-26"
    apart = r"(?<=[^\W_])-(?=[^\W\d_])|(?<=[^\W\d_])-(?=\d)"
    kept = [m.start(1) for m in _MONTHS.finditer(text)]
    return re.sub(apart, lambda m: "-" if m.start() in kept else " ", text)


_MONTH: Final = f"(?:{'|'.join(name[:3] for name in MONTH_NAMES)})[a-z]*"
_MONTHS: Final = re.compile(rf"\b{_MONTH}(-){_MONTH}\b")  # "in April-May"
_RULES: Final = ["date", "amount", "other"]
_LESS: Final = re.compile("(?:less|more) than ")
_APART: Final = ("WORD", "OTHER")
"""Tokens that no amount and no date begins with: most."""


@cache
def _parser() -> Lark:
    grammar = HERE.joinpath("grammar.lark").read_text("utf-8")
    bands = [word for band in TABLES["bands"].values() for word in band["words"]]
    late = re.compile(r"or |odd|plus|\\\+")  # these come behind the number
    hedges = [word for word in bands if not late.match(word)]
    numbers = [word for word in WORTH if word not in ("zero", "a", "k")]
    parts = [word for word in BELOW_ONE if word not in ("second", "halves")]
    for name, words in (
        ("hedges", hedges),
        ("numbers", numbers),
        ("parts", parts),
        ("ordinals", ORDINALS),
        ("counts", TABLES["counts"]),
    ):
        longest = sorted((w for w in words if len(w) > 1), key=len, reverse=True)
        grammar = grammar.replace(f"<{name}>", "|".join(longest))
    return Lark(grammar, parser="lalr", lexer="basic", start=_RULES)


def scan(text: str, published: date) -> list[Amount | When]:
    """
    Find the amounts and dates of a sentence.

    Parameters
    ----------
    text : str
        As `plain` gives it.
    published : date
        The day that "last week" and dates without a year count from.

    Returns
    -------
    list of Amount or When
        In the order of the text; of two that begin together the longer one.
    """
    # `lex` of the parser would make its lexer anew, which takes as long as a reading.
    state = _parser().parse_interactive(text, start="other")
    lexer = state.lexer_thread
    tokens = list(lexer.lex(state.parser_state))  # type: ignore[no-untyped-call]
    found: list[Amount | When] = []
    place = 0
    while place < len(tokens):
        reach, best = place, None
        for rule in _RULES[:2] if tokens[place].type not in _APART else ():
            length, read = _read_island(tokens[place:], rule, text, published)
            if read is not None and place + length > reach:
                reach, best = place + length, read
        if isinstance(best, When) and found and _LESS.match(best.text):
            last = found[-1]  # "three times less than a week ago"
            if isinstance(last, Amount) and last.unit in ("times", "share"):
                best = replace(best, prep="than")
        found += [best] if best else []
        place = max(reach, place + 1)
    return found


def _read_island(
    run: list[Token], rule: str, text: str, published: date
) -> tuple[int, Amount | When | None]:
    """The longest run that a rule takes and that means something, and what it means."""
    while run:
        length, tree = _island(run, rule)
        if tree is None:
            break
        start, end = run[0].start_pos or 0, run[length - 1].end_pos or 0
        span = (start, end, text[start:end])
        try:
            if rule == "date":
                return length, _when(tree, *span, published)
            if amount := read_amount(tree, *span):
                return length, amount
        except (ValueError, IndexError, ArithmeticError):
            # "1 March to 81" and "in May two" end before the number; 31 February and
            # 1/0 are no day and no amount.
            last = run[length - 1]
            if last.type != "NUMBER" or int(re.sub(r"\D", "", last) or 32) < 32:
                break
            run = run[: length - 1]
            continue
        # "From 1,376 to 78 km2" is no range: then it is two amounts.
        to = (i for i, t in enumerate(run[:length]) if i and t.type == "TO")
        run = run[: next(to, 0)]
    return 0, None


def _island(tokens: list[Token], rule: str) -> tuple[int, Tree[Token] | None]:
    """The longest run of tokens, from the first on, that a rule takes as a whole."""
    parser = _parser().parse_interactive(start=rule)
    trees: dict[int, Tree[Token] | None] = {0: None}
    for length, token in enumerate(tokens, start=1):
        try:
            parser.feed_token(token)
        except UnexpectedInput:
            break
        with suppress(UnexpectedInput):  # LALR looks ahead by rule
            trees[length] = parser.copy().feed_eof(token)  # type: ignore[no-untyped-call]
    longest = max(trees)
    after = tokens[longest] if 0 < longest < len(tokens) else None
    if after is not None and rule == "date" and after.type == "UNIT":
        longest -= tokens[longest - 1].type == "NUMBER"  # "on 1 March to 30 km2"
    elif after is not None and (after.type == "AGO" or after.lower() == "later"):
        longest -= 2 * (rule == "amount" and longest > 2)  # "407 a month earlier"
    longest = max(length for length in trees if length <= longest)
    return longest, trees[longest]


# --- dates

_MONTH_OF: Final = {name[:3].lower(): n for n, name in enumerate(MONTH_NAMES, start=1)}
_DATES: Final = TABLES["dates"]
_LAST: Final = ("last", "previous", "preceding")
_TO: Final = ("TO", "DASH", "AND", "UNTIL", "ENDING", "AGO")
"""What stands between the two ends of a period."""
_DAY: Final = timedelta(days=1)

_Read = tuple[date, date, Literal["day", "period", "length", "peak"]]


def _when(  # noqa: PLR0917
    tree: Tree[Token], start: int, end: int, text: str, published: date
) -> When | None:
    """Read a date; None if the words are no date by themselves."""
    *lead, what = tree.children
    preps = [
        _DATES["preps"].get(t.type, "")
        for t in lead
        if isinstance(t, Token) and t.lower() != "earlier"  # "earlier in April"
    ]
    prep = next((p for p in ("than", "before", "since") if p in preps), "")
    prep = prep or next((p for p in reversed(preps) if p), "")
    tokens = list(what.scan_values(lambda _: True)) if isinstance(what, Tree) else []
    kind = str(what.data) if isinstance(what, Tree) else ""
    both = kind in ("days", "months")
    if both and prep != "than":  # "from May to July"
        prep = ""
    if re.search(r"\d the ", text):
        return None  # "compared with 25 the week before"
    parts = _parts(tokens)
    read = _period(kind, tokens, published, prep, parts)
    if read is None:
        return None
    part = parts[0] if parts and not both else ""
    if part and len(parts) > 1:  # "the close of the first quarter"
        read = (*_part_days(*read[:2], parts[1])[:2], "period")
    _part_days(*read[:2], part)  # fails where no day could be meant
    exact = kind != "span" or read[2] == "day"
    return When(start, end, text, prep, part, *read, exact)


def _of(tokens: list[Token], *types: str) -> list[str]:
    """The words of some kinds, in small letters."""
    return [t.lower() for t in tokens if t.type in types]


def _parts(tokens: list[Token]) -> list[str]:
    """Which parts of a period are meant, the smallest first."""
    parts = [
        "end" if t.type == "CLOSING" else t.lower()
        for t in tokens
        if t.type in ("PART", "CLOSING")
    ]
    parts = [_DATES["parts"].get(part, part) for part in parts]
    parts = [re.sub("^(?:final|closing) ", "last ", part) for part in parts]
    return [re.sub("^opening ", "first ", part) for part in parts]


def _ends(tokens: list[Token], month: int, latest: date) -> tuple[date, date]:
    """First and last day of one end of a period: a day, a month or a part of one."""
    if isos := _of(tokens, "ISO"):
        # 2025-04-26 and 26.4.2025; 4/26/2025 too, where it can mean but one day
        left, middle, right = map(int, re.split("[-./]", isos[0]))
        if left > 31:
            return (date(left, middle, right),) * 2
        if "." not in isos[0] and middle > 12:
            left, middle = middle, left
        if "." not in isos[0] and left <= 12 and left != middle:
            msg = f"{isos[0]} may be two days"
            raise ValueError(msg)
        return (date(right, middle, left),) * 2
    if weekday := _of(tokens, "WEEKDAY"):
        return (_weekday(weekday[0], latest),) * 2
    year = next(map(int, _of(tokens, "YEAR")), None)
    months = [_MONTH_OF[m[:3]] for m in _of(tokens, "MONTH")]
    if numbers := _of(tokens, "NUMBER", "ORDINAL", "NTH"):
        # fails where one is a word: "from two on 11 April to three"
        n = ORDINALS.get(numbers[-1]) or int(
            re.sub(r"\D", "", numbers[-1].replace("first", "1"))
        )
        near = months_after(latest, -(n > latest.day)).month  # "by the 15th"
        return (_latest(year, [*months, month or near][0], n, latest),) * 2
    whole = _months(_latest(year, [*months, month][0], 1, latest))
    part = [*_parts(tokens), ""][0]
    start, end, day = _part_days(*whole, part)
    return day if part in _THIRDS else start, end


def _period(  # noqa: PLR0917
    kind: str, tokens: list[Token], published: date, prep: str, parts: list[str]
) -> _Read | None:
    """First and last day of what the tokens of a date name, and its grain."""
    years, months = _of(tokens, "YEAR"), _of(tokens, "MONTH")
    which, spans = _of(tokens, "WHICH"), _of(tokens, "SPAN")
    span = spans[-1].rstrip("s").removeprefix("single ") if spans else ""
    match kind:
        case "day":
            return *_ends(tokens, 0, published), "day"
        case "days" | "months" | "upto":  # "between May and the 3rd of July"
            to = [i for i, t in enumerate(tokens) if t.type in _TO][-1]
            month = _MONTH_OF[months[0][:3]] if months else 0
            first, last = _ends(tokens[to + 1 :], month, published)
            if kind != "upto":
                first, _ = _ends(tokens[:to], 0, last)
                return first, last, "period"
            number = [*_of(tokens[:to], "NUMBER"), "one"][0]
            count = int(read_number(number).value)
            if span.endswith("hour"):
                return (first, last, "period") if span == "24 hour" else None
            if tokens[to].type != "AGO":  # "the six months to March"
                return _back(last + _DAY, span, count), last, "period"
            then = _back(first, span, count)  # "a week before 12 March"
            if prep != "within":
                return then, then, "day"
            return then, last - _DAY, "period"  # "in the five days before 12 March"
        case "week":  # "the week of 20 October"
            first, _ = _ends(tokens, 0, published)
            return first, first + 6 * _DAY, "period"
        case "month" | "season":
            season = _of(tokens, "SEASON")
            month = _DATES["seasons"][season[0]] if season else _MONTH_OF[months[0][:3]]
            year = next(map(int, years), None)
            if span == "year" and which:
                year = published.year - (which[-1] in _LAST)
            first = _latest(year, month, 1, published)
            whole = _months(first, 3 if season else 1)
            if which[:1] == ["last"] and whole[1] >= published:
                whole = _months(months_after(first, -12), 3 if season else 1)
            return *whole, "period"
        case "year":
            return *calendar(date(int(years[-1]), 1, 1), "year"), "period"
        case "named":
            return _named(tokens, published, prep, told=prep == "since" or bool(parts))
        case "quarter" if parts[-1].split()[-1] not in ("half", "quarter"):
            return None
    return _span(tokens, published, prep, parts)


def _named(
    tokens: list[Token], published: date, prep: str, *, told: bool
) -> _Read | None:
    """Read a day by its name: "on Friday", "since the invasion"."""
    name = (_of(tokens, "NAMED") or [""])[0]
    days = list[date]()
    if weekday := _of(tokens, "WEEKDAY"):
        again = _of(tokens, "WHICH") == ["last"]  # not that of today
        days.append(_weekday(weekday[0], published - again * _DAY))
    elif re.search("peak|maximum|height|high point|high water|extent|est$", name):
        return published, published, "peak"
    elif name == "yesterday":
        days.append(published - _DAY)
    elif name.startswith("new year") or name == "turn of the year":
        days.append(_latest(None, 1, 1, published))
        if prep == "within":
            return days[0], published, "period"
    elif told:
        known = (d for x, d in TABLES["events"].items() if re.search(x, name))
        days += map(date.fromisoformat, next(known, []))
    day = max((day for day in days if day <= published), default=None)
    return (day, day, "day") if day else None


def _weekday(name: str, day: date) -> date:
    """The latest day of that name, which may be this one."""
    return day - timedelta((day.weekday() - _DATES["weekdays"].index(name[:3])) % 7)


def _span(
    tokens: list[Token], published: date, prep: str, parts: list[str]
) -> _Read | None:
    """Read "last week", "the past three months", "a year ago", "in five days"."""
    spans = [*_of(tokens, "SPAN"), "year"][0]  # "the first half" is of a year
    span = spans.rstrip("s").removeprefix("single ")
    which, numbered = [*_of(tokens, "WHICH"), ""][0], bool(_of(tokens, "NUMBER", "A"))
    ago = _of(tokens, "AGO")
    if parts and span != spans and not numbered:
        return None  # "the early months"
    count = read_number([*_of(tokens, "NUMBER"), "one"][0]).value
    if span.endswith("hour"):
        span, count = "day", Fraction(1) if span[0] == "2" else count / 24
    elif count.denominator != 1:  # "two and a half weeks"
        span, count = "day", Fraction(round(count * SPAN_DAYS[span]))
    if count.denominator != 1 or which == "next" or (parts and span == "day"):
        return None
    start, two_weeks = _back(published, span, int(count)), span == "fortnight"
    whole = "week" if two_weeks else span
    this = calendar(published, whole)
    if re.search("that|same", which):  # of which it is the same, the words before tell
        known = span in ("day", "month") and not ago
        return (*this, "day" if span == "day" else "period") if known else None
    if ago == ["earlier"] and which in ("this", "current"):
        return this[0], published, "period"
    if ago:
        return start, start, "day"
    # "last week", printed on a Sunday, is the one that ends
    ends = which == "last" and span == "week" and published.weekday() == 6
    if which == "past" or (which in _LAST and (numbered or two_weeks)) or ends:
        if span == "year" and count == 1 and published.month == 1:
            # in January "the past year" is the one that has ended
            return *calendar(start, "year"), "period"
        return start, published, "period"
    before = calendar(this[0] - _DAY, whole)
    if which in _LAST:
        return *before, "period"
    if which in ("this", "current"):
        return *this, "period"
    if parts and not numbered:
        # "ended the year", in January
        ahead = _part_days(*this, parts[-1])[0] > published
        return *(before if ahead else this), "period"
    if numbered or spans[0] == "2":  # "in 24 hours"
        return start, published, "length"
    if prep == "within" and spans in ("month", "year"):  # not "in months"
        # "in the month", printed when it has just ended, is the one that has
        ended = published.day <= 5 and (span == "month" or published.month == 1)
        return *(before if ended else this), "period"
    return None


def _latest(year: int | None, month: int, day: int, published: date) -> date:
    """That day, in the latest year in which it had come by publication."""
    if year is None:
        year = published.year - ((month, day) > (published.month, published.day))
        if (month, day) == (2, 29):
            year -= year % 4
    return date(year, month, day)


def months_after(day: date, months: int) -> date:
    """The same day some months later, or the last one of a shorter month."""
    return (pd.Timestamp(day) + pd.DateOffset(months=months)).date()


def month_of(day: date, text: str) -> DateWindow:
    """The month of a day, as a period."""
    return DateWindow("within", None, *calendar(day, "month"), text=text)


def _months(first: date, count: int = 1) -> tuple[date, date]:
    """First and last day of some months."""
    return first, months_after(first, count) - _DAY


def _back(day: date, span: str, count: int) -> date:
    if span in ("month", "year"):
        return months_after(day, -count * (12 if span == "year" else 1))
    return day - count * int(SPAN_DAYS[span]) * _DAY


def calendar(day: date, span: str) -> tuple[date, date]:
    """The day, week from Monday, month or year that a day lies in."""
    period = pd.Period(day, span[0].upper())
    return period.start_time.date(), period.end_time.date()


def read_window(when: When, published: date, *, since: bool = False) -> DateWindow:
    """
    Which map, or which maps, words about time mean.

    Parameters
    ----------
    when : When
    published : date
        A period that still runs ends with it.
    since : bool, default False
        As what a change is counted from.

    Returns
    -------
    DateWindow
    """
    if when.kind == "peak":
        return DateWindow("peak", text=when.text)
    first = when.first
    start, end, target = _part_days(first, when.last, when.part)
    if when.part == "start" or (since and when.part == "") or when.prep == "before":
        return DateWindow("start", first, first, first, text=when.text)
    by: Literal["by", "on"] = "by" if when.prep == "by" else "on"
    if when.kind == "day" or when.part in _THIRDS or when.part == "end":
        return DateWindow(by, target, start, end, text=when.text)
    end = max(start, min(end, published))
    if by == "by":  # "by October": when it had begun
        return DateWindow("by", start, start, end, text=when.text)
    return DateWindow("within", None, start, end, text=when.text)


def peak_within(days: DateWindow, text: str) -> DateWindow:
    """The peak within some days, or of all if these are open."""
    return DateWindow("peak", None, days.start, days.end, text=text)


def as_ended(at: DateWindow | None, day: date) -> DateWindow | None:
    """As a period ended, if it had by a day; other words about time as they are."""
    if at is None or at.kind != "within" or at.end is None:
        return at
    return DateWindow("by", at.end, text=at.text) if at.end < day else None


#: thirds of a period, of which their middle is meant
_THIRDS: Final = ("early", "mid", "late")


def _part_days(first: date, last: date, part: str) -> tuple[date, date, date]:
    """First, last and pointed-at day of a part of a period."""
    days = (last - first).days + 1
    match part.split():
        case ["start"]:
            return first, first, first
        case ["end"]:
            return last - (4 if days <= 31 else 9) * _DAY, last, last
        case [nth, "week"]:
            weeks = ORDINALS.get(nth, 1) - 1
            first = last - 6 * _DAY if nth == "last" else first + 7 * weeks * _DAY
            last = min(first + 6 * _DAY, last)
        case [nth, number, span]:
            count = int(read_number(number).value)
            if nth == "first":
                last = _back(first, span.rstrip("s"), -count) - _DAY
            else:
                first = _back(last, span.rstrip("s"), count) + _DAY
        case [nth, *piece]:
            count = {"half": 2, "quarter": 4}.get("".join(piece), 3)
            places = {"first": 0, "early": 0, "mid": 1, "middle": 1}
            place = places.get(nth, ORDINALS.get(nth, count) - 1)
            whole = 30 if 27 < days < 32 else days  # a month has three times ten days
            ends = [
                months_after(first, 12 * n // count)
                if days > 300
                else first + whole * n // count * _DAY
                for n in (place, place + 1)
            ]
            first, last = ends[0], last if place == count - 1 else ends[1] - _DAY
            if not piece:
                return first, last, first + (whole // count - 1) // 2 * _DAY
    return first, last, last
