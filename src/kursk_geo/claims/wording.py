"""Where numbers and days stand in a sentence, and which days are meant."""

import re
import unicodedata
from collections.abc import Callable
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
    first, last : date or None
        Days of the whole period, before a part of it is taken.
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
    first: date | None
    last: date | None
    kind: Literal["day", "period", "length", "peak"]
    exact: bool = False

    def before(self, later: "When") -> "When":
        """The same as the weeks, months or years before another period."""
        span = re.search("week|month|year", self.text.lower())
        if not (span and self.first and self.last and later.first and later.last):
            return self
        count = max(1, round((self.last - self.first).days / SPAN_DAYS[span[0]]))
        first, last = _back(later.first, span[0], count), later.first - _DAY
        if span[0] == "year":
            last = months_after(later.last, -12)
        prep = "than" if self.prep == "than" else "within"
        return replace(self, first=first, last=last, kind="period", prep=prep)

    @property
    def months(self) -> int:
        """How long it is: beside a year or a season, a month is more exact."""
        days = (self.last - self.first).days if self.first and self.last else 0
        return days // 32


_HYPHENS: Final = re.compile("[\N{HYPHEN}-\N{HORIZONTAL BAR}\N{MINUS SIGN}]")

_QUOTE: Final = "\N{RIGHT SINGLE QUOTATION MARK}"


def plain(text: str) -> str:
    """The text with plain hyphens, spaces and quotes; each letter keeps its place."""
    letters = (c if c == "²" else unicodedata.normalize("NFKC", c) for c in text)
    text = "".join(n if len(n) == 1 else c for c, n in zip(text, letters, strict=True))
    text = _HYPHENS.sub("-", re.sub(r"\s", " ", text)).replace(_QUOTE, "'")
    # "one-fifth", "2-km-deep", "mid-April", but not "28-35" nor "2025-04-26"
    return re.sub(r"(?<=[^\W_])-(?=[^\W\d_])|(?<=[^\W\d_])-(?=\d)", " ", text)


_RULES: Final = ["date", "amount", "other"]
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
_DAY: Final = timedelta(days=1)

_Of = Callable[..., list[str]]
_Read = tuple[date | None, date | None, Literal["day", "period", "length", "peak"]]


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
    parts = [
        "end" if t.type == "CLOSING" else t.lower()
        for t in tokens
        if t.type in ("PART", "CLOSING")
    ]
    parts = [_DATES["parts"].get(part, part) for part in parts]
    parts = [re.sub("^(?:final|closing) ", "last ", part) for part in parts]
    parts = [re.sub("^opening ", "first ", part) for part in parts]
    kind = str(what.data) if isinstance(what, Tree) else ""
    both = kind in ("days", "months") and prep != "than"  # "from May to July"
    prep = "" if both else prep
    if re.search(r"\d the ", text):
        return None  # "compared with 25 the week before"
    read = _period(kind, tokens, published, prep, parts)
    if read is None:
        return None
    part = parts[0] if parts and kind not in ("days", "months") else ""
    if len(parts) > 1 and part and read[0] is not None and read[1] is not None:
        # "the close of the first quarter"
        read = (*_part_days(read[0], read[1], parts[1])[:2], "period")
    if read[0] is not None and read[1] is not None:
        _part_days(read[0], read[1], part)  # fails where no day could be meant
    exact = kind != "span" or read[2] == "day"
    return When(start, end, text, prep, part, *read, exact)


def _period(  # noqa: PLR0917
    kind: str, tokens: list[Token], published: date, prep: str, parts: list[str]
) -> _Read | None:
    """First and last day of what the tokens of a date name, and its grain."""

    def of(*types: str) -> list[str]:
        return [t.lower() for t in tokens if t.type in types]

    year = int(of("YEAR")[-1]) if of("YEAR") else None
    if year is None and of("WHICH") and of("SPAN") == ["year"]:
        year = published.year - (of("WHICH")[-1] in _LAST)
    numbers = [
        ORDINALS.get(x) or int(re.sub(r"\D", "", x) or 1)
        for x in of("NUMBER", "ORDINAL", "NTH")
        if x[0].isdigit() or x in ("first", *ORDINALS)
    ]
    months = [_MONTH_OF[m[:3]] for m in of("MONTH")]
    isos = [_numeric(x) for x in of("ISO")]
    match kind:
        case "day" if isos:
            return isos[0], isos[0], "day"
        case "day":  # "by the 15th" too
            last = months_after(published, -(numbers[0] > published.day))
            day = _latest(year, [*months, last.month][0], numbers[0], published)
            return day, day, "day"
        case "days":
            if isos and len(isos) > 1:
                return isos[0], isos[-1], "period"
            if parts:  # "from mid-April to 25 April"
                last = (isos or [_latest(year, months[-1], numbers[0], published)])[0]
                whole = _months(_latest(None, months[0], 1, last))
                return _part_days(*whole, parts[0])[2], last, "period"
            count = len(of("NUMBER", "ORDINAL"))
            if count == 1 or isos:  # "the week of 20 October"
                first = (isos or [_latest(year, months[0], numbers[0], published)])[0]
                return first, first + 6 * _DAY, "period"
            if weekdays := of("WEEKDAY"):
                last = _weekday(weekdays[1], published)
                return _weekday(weekdays[0], last), last, "period"
            # fails where one is a word: "from two on 11 April to three"
            last = _latest(year, months[-1], numbers[count - 1], published)
            return _latest(None, months[0], numbers[0], last), last, "period"
        case "months":
            if len(months) > 2 and (months[2] - months[0]) % 12 != 2:
                return None
            year = year or _latest(None, months[-1], 1, published).year
            types = [t.type for t in tokens]
            one = parts[0] if "PART" in types[: types.index("MONTH")] else ""
            two = parts[-1] if len(parts) > bool(one) else ""
            begun = date(year - (months[0] > months[-1]), months[0], 1)
            early = _part_days(*_months(begun), one)
            late = _part_days(*_months(date(year, months[-1], 1)), two)
            return early[2 if one else 0], late[2 if two else 1], "period"
        case "month" | "season":
            count = 1 if months else 3
            month = months[0] if months else _DATES["seasons"][of("SEASON")[0]]
            first = date(year, month, 1) if year else _latest(None, month, 1, published)
            if of("WHICH")[:1] == ["last"] and _months(first, count)[1] >= published:
                first = months_after(first, -12)
            return *_months(first, count), "period"
        case "quarter" if parts[-1].split()[-1] not in ("half", "quarter"):
            return None
        case "quarter":  # of this year, or of the last one if it had not begun
            this = _calendar(published, "year")
            if _part_days(*this, parts[-1])[0] > published:
                this = _calendar(this[0] - _DAY, "year")
            return *this, "period"
        case "year":
            return *_calendar(date(year or 1, 1, 1), "year"), "period"
        case "upto":  # "the week to 25 November", "the six months to March"
            count = tokens[0].type == "NUMBER" and tokens[0][0].isdigit()
            nth = numbers[-1] if len(numbers) > count else 1
            weekday = of("WEEKDAY")
            if isos or weekday:
                day = isos[0] if isos else _weekday(weekday[0], published)
            else:
                day = _latest(year, months[0], nth, published)
                day = day if len(numbers) > count else _months(day)[1]
            span = of("SPAN")[0].rstrip("s").removeprefix("single ")
            many = tokens[0].type == "NUMBER"
            count = int(read_number(tokens[0]).value) if many else 1
            if span.endswith("hour"):
                return (day, day, "period") if span == "24 hour" else None
            if not of("AGO"):
                return _back(day + _DAY, span, count), day, "period"
            then = _back(day, span, count)  # "a week before 12 March"
            if prep != "within":
                return then, then, "day"
            return then, day - _DAY, "period"  # "in the five days before 12 March"
        case "named":
            name = (of("NAMED") or [""])[0]
            on: date | None = None
            if weekday := of("WEEKDAY"):
                again = of("WHICH") == ["last"]  # not that of today
                on = _weekday(weekday[0], published - again * _DAY)
            elif re.search(
                "peak|maximum|height|high point|high water|extent|est$", name
            ):
                return None, None, "peak"
            elif name == "yesterday":
                on = published - _DAY
            elif name.startswith("new year") or name == "turn of the year":
                on = _latest(None, 1, 1, published)
            elif "counter" in name and published.year < 2023:
                on = date(2022, 9, 6) if prep == "since" or parts else None
            elif prep == "since" or parts:
                known = (d for x, d in TABLES["events"].items() if re.search(x, name))
                on = next(map(date.fromisoformat, known), None)
            return (on, on, "day") if on and on <= published else None
    return _span(of, published, prep, parts)


def _weekday(name: str, day: date) -> date:
    """The latest day of that name, which may be this one."""
    return day - timedelta((day.weekday() - _DATES["weekdays"].index(name[:3])) % 7)


def _numeric(text: str) -> date:
    """Read 2025-04-26 and 26.4.2025; 4/26/2025 too, where it can mean but one day."""
    day, month, year = map(int, re.split("[-./]", text))
    if day > 31:
        return date(day, month, year)
    if "." not in text and month > 12:
        day, month = month, day
    if "." not in text and day <= 12 and day != month:
        msg = f"{text} may be two days"
        raise ValueError(msg)
    return date(year, month, day)


def _span(of: _Of, published: date, prep: str, parts: list[str]) -> _Read | None:
    """Read "last week", "the past three months", "a year ago", "in five days"."""
    spans = of("SPAN")[-1]
    span = spans.rstrip("s").removeprefix("single ")
    which, numbered = (of("WHICH") or [""])[-1], bool(of("NUMBER", "A"))
    if parts and span != spans and not numbered:
        return None  # "the early months"
    count = read_number(of("NUMBER")[0]).value if of("NUMBER") else Fraction(1)
    if span.endswith("hour"):
        span, count = "day", Fraction(1) if span[0] == "2" else count / 24
    if count.denominator != 1 or which == "next" or (parts and span == "day"):
        return None
    if re.search("that|same", which):  # of which it is the same, the words before tell
        this = _calendar(published, span)
        known = span in ("day", "month") and not of("AGO")
        return (*this, "day" if span == "day" else "period") if known else None
    start = _back(published, span, int(count))
    # "last week", printed on a Sunday, is the one that ends
    ends = which == "last" and span == "week" and published.weekday() == 6
    if of("AGO") == ["earlier"] and which in ("this", "current"):
        return _calendar(published, span)[0], published, "period"
    if of("AGO"):
        return start, start, "day"
    if which == "past" or (which in _LAST and numbered) or ends:
        if span == "year" and count == 1 and published.month == 1:
            # in January "the past year" is the one that has ended
            return *_calendar(start, "year"), "period"
        return start, published, "period"
    if which in _LAST:
        return *_calendar(_calendar(published, span)[0] - _DAY, span), "period"
    if which in ("this", "current") or (parts and not numbered):
        this = _calendar(published, span)
        if parts and not which and _part_days(*this, parts[0])[0] > published:
            this = _calendar(this[0] - _DAY, span)  # "ended the year", in January
        return *this, "period"
    if numbered:
        return start, published, "length"
    if prep == "within" and span in ("month", "year"):
        # "in the month", printed when it has just ended, is the one that has
        ended = published.day <= 5 and (span == "month" or published.month == 1)
        return *_calendar(published - 5 * ended * _DAY, span), "period"
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
    return DateWindow("within", None, *_calendar(day, "month"), text=text)


def _months(first: date, count: int = 1) -> tuple[date, date]:
    """First and last day of some months."""
    return first, months_after(first, count) - _DAY


def _back(day: date, span: str, count: int) -> date:
    if span in ("month", "year"):
        return months_after(day, -count * (12 if span == "year" else 1))
    return day - count * int(SPAN_DAYS[span]) * _DAY


def _calendar(day: date, span: str) -> tuple[date, date]:
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
    if when.first is None or when.last is None:
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


#: part -> first, last and pointed-at day of a month
_THIRDS: Final = {"early": (1, 10, 5), "mid": (11, 20, 15), "late": (21, 31, 25)}


def _part_days(first: date, last: date, part: str) -> tuple[date, date, date]:
    """First, last and pointed-at day of a part of a period."""
    days = (last - first).days + 1
    if part == "end":
        return last - (4 if days <= 31 else 9) * _DAY, last, last
    if part in _THIRDS and days <= 31:
        one, two, three = (first + (min(n, days) - 1) * _DAY for n in _THIRDS[part])
        return one, two, three
    if part in _THIRDS:  # of a season or year: a third of it
        place = list(_THIRDS).index(part)
        start, end = (first + days * n // 3 * _DAY for n in (place, place + 1))
        return start, end - _DAY, start + (end - _DAY - start) / 2
    match part.split():
        case [nth, "half" | "quarter" as piece]:
            count = 2 if piece == "half" else 4
            place = {"first": 0, "last": count - 1}.get(nth) or ORDINALS.get(nth, 1) - 1
            if days > 300:
                months = 12 // count
                last = months_after(first, months * (place + 1)) - _DAY
                return months_after(first, months * place), last, last
            middle = first + 14 * _DAY
            return (middle + _DAY, last, last) if place else (first, middle, middle)
        case [nth, "week"]:
            weeks = ORDINALS.get(nth, 1) - 1
            first = last - 6 * _DAY if nth == "last" else first + 7 * weeks * _DAY
            last = min(first + 6 * _DAY, last)
        case [nth, "third"]:
            names = {"first": "early", "last": "late"}
            first, last, _ = _part_days(first, last, names.get(nth, "mid"))
        case ["first", number, span]:
            count = int(read_number(number).value)
            last = _back(first, span.rstrip("s"), -count) - _DAY
        case ["last", number, span]:
            count = int(read_number(number).value)
            first = _back(last, span.rstrip("s"), count) + _DAY
    return first, last, last
