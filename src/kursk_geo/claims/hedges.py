"""Numbers of a sentence with their hedges and units: which interval is meant."""

import math
import re
import tomllib
import unicodedata
from dataclasses import dataclass, replace
from fractions import Fraction
from importlib.resources import files
from itertools import pairwise
from typing import Any, Final, Literal

from lark import Token, Tree

from kursk_geo.claims.claim import Interval, Unit

HERE: Final = files("kursk_geo.claims")
TABLES: Final[dict[str, Any]] = tomllib.loads(
    HERE.joinpath("words.toml").read_text("utf-8")
)
"""All words that sentences are read by, as words.toml has them."""


class _Patterns(dict[str, re.Pattern[str]]):
    """
    The patterns of words.toml by name, each compiled when it is first asked for.

    A list of words is one pattern: any of them, whole, in any case. So is a table of
    rows: its last group tells the row. A pattern may name others in braces.
    """

    def __missing__(self, name: str) -> re.Pattern[str]:
        if name in TABLES["patterns"] or name in TABLES["doubts"]:
            text = TABLES["patterns"].get(name, name)
            text = re.sub(
                r"\{([a-z_]+)\}",
                lambda m: self[m[1]].pattern.removeprefix("(?i)"),
                text,
            )
            return self.setdefault(name, re.compile(text))
        words = TABLES["words"].get(name)
        if words is None:
            lists = [v if isinstance(v, list) else [k] for k, v in TABLES[name].items()]
            words = [f"(?P<_{i:02}>{'|'.join(v)})" for i, v in enumerate(lists)]
        text = rf"(?<!\w)(?:{'|'.join(words)})(?!\w)"
        return self.setdefault(name, re.compile(text, re.IGNORECASE))


W: Final = _Patterns()


def row(table: str, found: re.Match[str]) -> str:
    """Key or value of the row of a table that its pattern has matched."""
    rows = list(TABLES[table].items())
    key, value = rows[int((found.lastgroup or "_0")[1:])]
    return value if isinstance(value, str) else key


# --- numbers


@dataclass(frozen=True)
class Number:
    """
    A number as written.

    Parameters
    ----------
    value : Fraction
    written : Fraction
        Unit of the last written digit.
    round : Fraction
        Unit of the last digit that is not zero.
    fraction : bool
        In words, such as "a fifth".
    """

    value: Fraction
    written: Fraction
    round: Fraction
    fraction: bool = False

    def unit(self, cap: float = 0.075, *, share: bool = False) -> Fraction:
        """How far the number is meant to reach on one side: see words.toml."""
        if self.fraction:
            return min(self.value / 10, Fraction(1, 40))
        most = [self.round, self.value * Fraction(str(cap))]
        if share and self.value <= 1:
            left = (1 - self.value) or Fraction(1, 30)  # 100 % is 99.5 or more
            most.append(left * Fraction("0.15"))
        return max(self.written / 2, min(most))

    def usual(self, way: Literal[-1, 1]) -> Fraction:
        """The usual fraction that stands next to this one."""
        steps = [x for x in USUAL if (x - self.value) * way > 0]
        return min(steps, key=lambda x: abs(x - self.value), default=self.value)

    def times(self, factor: Fraction | int) -> "Number":
        """The number in another unit."""
        sizes = (x * factor for x in (self.value, self.written, self.round))
        value, step, round_step = sizes
        return Number(value, step, round_step, self.fraction)


_N: Final = TABLES["numbers"]
USUAL: Final = [Fraction(x) for x in _N["usual"]]
WORTH: Final[dict[str, int]] = (
    _N["scales"]
    | {word: n for n, word in enumerate(_N["ones"])}
    | {word: 10 * n for n, word in enumerate(_N["tens"], start=2)}
)
ORDINALS: Final = {word: n for n, word in enumerate(_N["ordinals"], start=2)}
BELOW_ONE: Final = ORDINALS | _N["parts"]


_PART: Final = re.compile(
    " and ((?:a |one |two |three )?(?:half|third|quarter)s?)|([½¼¾])| 1/2"
)


def read_number(text: str) -> Number:
    """Read digits or words; a comma before three digits groups thousands."""
    words, part = text.lower(), Fraction(0)
    if more := _PART.search(words):
        words = words[: more.start()] + words[more.end() :]
        sign = more[2] and Fraction(unicodedata.numeric(more[2]))
        part = sign or read_fraction(more[1] or "1/2").value
    words = words.replace(" and ", " ")
    scale = Fraction(1)
    if digits := re.match(r"[\d., ]*\d", words):
        number = digits[0].replace(" ", "")
        if re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+(\.\d+)?", number):
            number = number.replace(",", "")
        number = number.replace(",", ".")
        scale = Fraction(WORTH.get(words[digits.end() :].strip(), 1))
    else:
        total = small = 0
        for worth in (WORTH[word] for word in words.split()):
            if worth >= 1_000:
                total, small = total + max(small, 1) * worth, 0
            else:
                small = small * worth if worth in (12, 100) and small else small + worth
        number = str(total + small)
    decimals = len(number.partition(".")[2])
    written = Fraction(1, part.denominator if part else 10**decimals)
    zeros = 0 if decimals or part else len(number) - len(number.rstrip("0") or number)
    value = Fraction(number) + part
    return Number(value * scale, written * scale, written * 10**zeros * scale)


def read_fraction(text: str) -> Number:
    """Read "one fifth", "a third", "two thirds", "half" or "1/5"."""
    if "/" in text:
        value = Fraction(text)
    else:
        *top, below = text.lower().split()
        under = BELOW_ONE.get(below) or BELOW_ONE[below.rstrip("s")]
        value = Fraction(WORTH[top[0]] if top else 1, under)
    return Number(value, Fraction(1, 100), value, fraction=True)


# --- amounts

MONTH_DAYS: Final = Fraction("30.4375")  # 365.25 / 12, Julian year
SPAN_DAYS: Final = {"day": Fraction(1), "week": Fraction(7), "fortnight": Fraction(14)}
SPAN_DAYS.update(month=MONTH_DAYS, year=12 * MONTH_DAYS)


@dataclass(frozen=True)
class Amount:
    """
    An amount in a sentence.

    Parameters
    ----------
    start, end : int
        Its place.
    text : str
    numbers : tuple of Number
        One, or the two ends of a range; none for "several" and "hundreds of".
    unit : Unit or None
    hedge : str
        A band of words.toml; "" without one.
    per_days : Fraction or None
        Days that the amount is per: 1 for "20 a day".
    word : str
        "several" or "doubl".
    scale : Fraction
        How much of its unit the printed one is: 2.59 of square miles.
    """

    start: int
    end: int
    text: str
    numbers: tuple[Number, ...]
    unit: Unit | None
    hedge: str = ""
    per_days: Fraction | None = None
    word: str = ""
    scale: Fraction = Fraction(1)

    def like(self, other: "Amount") -> "Amount":
        """The same in the unit of another: "from 350 to 26 square miles"."""
        numbers = tuple(n.times(other.scale) for n in self.numbers)
        return replace(self, unit=other.unit, scale=other.scale, numbers=numbers)


def read_interval(
    amount: Amount, unit: Unit, *, sign: int = 0, text: str = ""
) -> Interval:
    """
    The interval that an amount stands for.

    Parameters
    ----------
    amount : Amount
    unit : Unit
        What it is read in; a rate takes its days into account.
    sign : {-1, 0, 1}
        -1 for a fall, 1 for a rise.
    text : str, optional
        Words to be shown; by default those of the amount.

    Returns
    -------
    Interval
    """
    text, hedge, word = text or amount.text, amount.hedge, amount.word
    per = 1 / Fraction(amount.per_days or 1) if unit == "km2/day" else Fraction(1)
    numbers = [n.times(per) for n in amount.numbers]
    n = numbers[0]
    value = float(n.value)
    if unit in ("count", "times", "days") and hedge in ("", "about"):
        hedge = "exactly"  # what is counted is not cut off
    band = TABLES["bands"][hedge or "about"]
    share = unit == "share" and not (sign > 0 and value == 1)  # "grew by 100 %"
    cap = 0.082 if amount.hedge == "about" else 0.075
    step, half = n.unit(cap, share=share), n.written / 2
    above = max(min(n.round, n.value / 4), n.value / 20)
    below = n.value - n.unit(0.1, share=share)
    ends: dict[str, Fraction | float] = {
        "0": 0.0,
        "n": n.value,
        "more than n": n.value,
        "less than n": n.value,
        "n - unit": n.value - step,
        "n + unit": n.value + step,
        "n - half a digit": n.value - half,
        "n + half a digit": n.value + half,
        "n as rounded": n.value if n.fraction else n.value + half,
        "rounded up to n": max(n.value * 4 / 5, n.usual(-1)) if n.fraction else below,
        "next round number": n.usual(1) if n.fraction else n.value + above,
        "without end": math.inf,
    }
    low, high = (
        float(ends[x] if x in ends else n.value * Fraction(x.removesuffix(" n")))
        for x in (band["low"], band["high"])
    )
    whole = len(numbers) == 2
    if whole:
        low, high = value, float(numbers[1].value)
    elif unit == "count" and hedge == "over":
        high = max(high, value + 1)
    elif unit == "count" and hedge == "exactly":
        one_off = amount.hedge == "about" and value > 2  # "about three pockets"
        low, high = value - one_off, value + one_off
    elif word and amount.hedge in ("", "about"):  # doubled: nobody counted that either
        low, high = 0.875 * value, 1.125 * value
    elif word and hedge == "over":  # more than doubled, however much
        high = math.inf
    elif word and hedge == "nearly":
        low, high = 0.85 * value, value
    elif unit == "times" and hedge == "nearly":
        low, high = value - float(n.written), value
    elif unit == "days" and amount.hedge == "about":
        low, high = value - float(n.unit()), value + float(n.unit())
    opens = [not whole and band[x].endswith("than n") for x in ("low", "high")]
    if sign < 0:
        low, high, opens, value = 0.0 - high, 0.0 - low, opens[::-1], -value
    shown = (low, high, unit, text, not opens[0], not opens[1])
    written = float(max(n.written for n in numbers))
    return Interval(*shown, None if whole else value, written)


def turned(says: Interval, of: float, text: str) -> Interval:
    """What is left of a whole (`of` is 1), or a fall instead of a rise (0)."""
    value = None if says.value is None else of - says.value
    low, high = of - says.high, of - says.low
    return replace(
        says,
        low=max(0.0, low) if of else low,
        high=max(0.0, high) if of else high,
        closed_low=says.closed_high,
        closed_high=says.closed_low,
        value=value,
        text=text,
        reading="",
    )


def as_ratio(says: Interval, *, less: bool) -> Interval:
    """A change by a share as a ratio: "29 % more" is 1.29 times, "half less" -2."""

    def times(x: float) -> float:
        return -1 / max(1 - x, 1e-9) if less else 1 + x

    low, high = sorted(map(times, (says.low, says.high)))
    value = None if says.value is None else times(says.value)
    return replace(says, low=low, high=high, value=value, unit="times", reading="")


def _row(table: str, words: str) -> str:
    """The row of a table of words.toml whose pattern takes some words as a whole."""
    for name, value in TABLES[table].items():
        pattern = "|".join(value["words"]) if isinstance(value, dict) else name
        if re.fullmatch(pattern, words):
            return str(name)
    return ""


_NEUTRAL: Final = re.compile("only|just|an? (?:total of|area of|mere|average of)")


def read_amount(tree: Tree[Token], start: int, end: int, text: str) -> Amount | None:
    """Read an amount; None if its numbers are none together, such as 5 to 3."""
    hedge, word, play = "", "", False
    numbers: list[Number] = []
    units: list[tuple[Unit, Fraction]] = []
    per_days, one = None, Fraction(1)
    unit: Unit | None = None
    for token in tree.scan_values(lambda _: True):
        words = token.lower().rstrip(".").removeprefix("deep ")
        match token.type:
            case "HEDGE" | "OVER" | "INSIDE" | "LATE" | "ODD":
                weak = hedge and _NEUTRAL.fullmatch(words)
                hedge = hedge if weak else _row("bands", words)
            case "NUMBER":
                numbers.append(read_number(token))
            case "FRACTION":
                numbers.append(read_fraction(token))
            case "UNIT":
                unit, factor = TABLES["units"][_row("units", words.replace(".", ""))]
                units.append((unit, Fraction(factor)))
            case "PLAY":
                play = True
            case "VAGUE":
                several = dict.fromkeys(TABLES["counts"].get(words, ()))
                numbers += [Number(Fraction(n), one, one) for n in several]
                word = "" if several else words
            case "MULTIPLE":
                word = next(w for w in TABLES["multiples"] if words.startswith(w))
                times = Fraction(TABLES["multiples"][word])
                numbers.append(Number(times, one / 10, one))
                units.append(("times", one))
            case "DAILY" | "SPAN":
                per_days = Fraction(SPAN_DAYS.get(words.rstrip("s"), 1))
    if not numbers and not word:  # "a mile", "an acre"
        numbers.append(Number(one, one, one))
    if len({unit for unit, _ in units}) > 1:
        return None
    if units:
        each = units if len(units) == len(numbers) else units[-1:] * len(numbers)
        numbers = [n.times(f) for n, (_, f) in zip(numbers, each, strict=True)]
    if play and len(numbers) == 2:  # "500 km2, give or take 20"
        middle, reach = numbers[0], numbers[1].value
        numbers = [replace(middle, value=middle.value + x) for x in (-reach, reach)]
    share = bool(numbers) and numbers[-1].fraction and not units
    if any(a.value >= b.value for a, b in pairwise(numbers)):
        return None
    kind: Unit | None = "share" if share else units[-1][0] if units else None
    scale = units[-1][1] if units else one
    return Amount(start, end, text, tuple(numbers), kind, hedge, per_days, word, scale)
