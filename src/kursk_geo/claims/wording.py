"""The wording of a claim as stated intervals and windows of days."""

from __future__ import annotations

import calendar
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from kursk_geo.errors import ClaimError

__all__ = [
    "AVERAGE_MONTH_DAYS",
    "CHAINS",
    "FALL",
    "FILLERS",
    "FRACTIONS",
    "HEDGES",
    "MAX_CHARACTERS",
    "MULTIPLES",
    "NUMBERS",
    "PRESENCE",
    "RISE",
    "SAYS_KEYS",
    "SCALES",
    "SIGNED",
    "UNITS",
    "UNIT_OF",
    "VAGUE",
    "DateWindow",
    "Direction",
    "Hedge",
    "Interval",
    "Number",
    "Phrase",
    "Unit",
    "normalise",
    "parse",
    "read_amount",
    "read_date",
    "read_digits",
    "read_direction",
    "read_duration",
    "read_says",
    "unreadable",
    "wording_tables",
]


#: An amount or a date is a few words; more than this is a whole text.
MAX_CHARACTERS: Final = 200
_HYPHENS: Final = re.compile("[\N{HYPHEN}-\N{HORIZONTAL BAR}\N{MINUS SIGN}]")


@dataclass(frozen=True)
class Number:
    """
    A number as written, without its sign.

    Parameters
    ----------
    value : Fraction
    step : Fraction
        Unit of the last written digit; 1 % for a fraction in words.
    round_step : Fraction
        Unit of the last digit that is not zero; the value itself for a fraction.
    sign : {-1, 0, 1}
        0 when none is written.
    is_fraction : bool
        "a fifth", "1/5": a share unless a unit follows.
    """

    value: Fraction
    step: Fraction
    round_step: Fraction
    sign: int = 0
    is_fraction: bool = False

    @property
    def usual_half(self) -> Fraction:
        """Half-width of the number when nothing is said of its rounding."""
        return max(self.step / 2, min(self.round_step / 2, self.value / 20))

    @classmethod
    def whole(cls, value: int) -> Number:
        """Return an integer; its trailing zeros make it a round number."""
        digits = str(value)
        zeros = len(digits) - len(digits.rstrip("0")) if value else 0
        return cls(Fraction(value), Fraction(1), Fraction(10**zeros))


def normalise(text: object, *, what: str = "amount") -> str:
    """
    Return the text in lower case, with plain spaces, hyphens and digits.

    Parameters
    ----------
    text : object
        Anything but a str is refused, for it comes from a file.
    what : str, default "amount"
        What is being read, for the message.

    Returns
    -------
    str

    Raises
    ------
    ClaimError
        If it is no text, is empty, or is longer than `MAX_CHARACTERS`.

    Examples
    --------
    >>> normalise("Nearly\N{NO-BREAK SPACE}one-fifth")
    'nearly one fifth'
    """
    if not isinstance(text, str) or not text.strip() or len(text) > MAX_CHARACTERS:
        shown = repr(text[:60] if isinstance(text, str) else text)
        msg = (
            f"given {shown} as the {what} of a claim; expected a phrase of 1 to "
            f"{MAX_CHARACTERS} characters; quote only the words that state the {what}"
        )
        raise ClaimError(msg)
    # NFKC would glue 2½ into 21/2, and 450¹ (a footnote) into 4501
    text = re.sub(r"(?<=\d)(?=[¼-¾⅐-⅞¹²³⁰-⁹])", " ", text)
    text = unicodedata.normalize("NFKC", text).lower()
    text = _HYPHENS.sub("-", text.replace("⁄", "/").replace("’", "'"))
    text = re.sub(r"(?<=[^\W\d_])-(?=[^\W_])|(?<=\d)-(?=[^\W\d_])", " ", text)
    text = re.sub(r"(?<=[^\W\d_])\.", " ", text)
    text = re.sub(r"(?<=\d)(?=[^\W\d_])", " ", text)
    return " ".join(text.split())


def unreadable(text: str, reason: str, *, known: str, remedy: str) -> ClaimError:
    """
    Return the error for words that cannot be read, in its three parts.

    Parameters
    ----------
    text, reason : str
        The phrase as given, and what stops the reading.
    known, remedy : str
        The words that can be read, and what to write instead.

    Returns
    -------
    ClaimError
    """
    msg = f"cannot read {text!r}: {reason}; known words: {known}; {remedy}"
    return ClaimError(msg)


def read_digits(digits: str) -> Number | None:
    """
    Read a number in digits; a comma before exactly three digits groups thousands.

    Parameters
    ----------
    digits : str
        Digits, spaces, points and commas.

    Returns
    -------
    Number or None
        None if the marks do not make a number.

    Raises
    ------
    Nothing

    Examples
    --------
    >>> [str(read_digits(x).value) for x in ("1,263", "77.5", "77,5", "1 263")]
    ['1263', '155/2', '155/2', '1263']
    >>> read_digits("1,2,3") is None
    True
    """
    digits = digits.replace(" ", "")
    if re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+(\.\d+)?", digits):
        digits = digits.replace(",", "")
    elif re.fullmatch(r"[1-9]\d{0,2}(\.\d{3})+,\d+", digits):
        digits = digits.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"\d+,\d+", digits):
        digits = digits.replace(",", ".")
    if not re.fullmatch(r"\d*(\.\d+)?", digits):
        return None
    decimals = len(digits.partition(".")[2])
    if not decimals:
        return Number.whole(int(digits))
    step = Fraction(1, 10**decimals)
    return Number(Fraction(digits), step, step)


_SYMBOL: Final = {
    "km2": " km²",
    "km": " km",
    "share": " %",
    "count": "",
    "days": " days",
}


@dataclass(frozen=True)
class Interval:
    """
    What a phrase is read as: all values from `low` to `high`.

    Parameters
    ----------
    low, high : float
        In `unit`; may be infinite.
    closed_low, closed_high : bool
        Whether the end itself belongs to the interval ("more than 40" is open).
    unit : {"km2", "km", "share", "count", "days"}
        A share is 0 to 1; a fall is negative.
    value : float or None
        The written value in `unit`; None for a range.
    precision : float
        Step of the last written digit in `unit`: 1 for "2 kilometers".
    text, reading : str
        The words, and the words with what they are read as.

    Raises
    ------
    ClaimError
        If `low` lies above `high`, or one of them is not a number.

    Examples
    --------
    >>> over = Interval(420.0, math.inf, False, True, "km2", 420.0, 10.0, "over 420")
    >>> over.reading
    'over 420, read as more than 420 km²'
    >>> over.contains(421.0), over.contains(420.0), over.contains(float("nan"))
    (True, False, False)
    """

    low: float
    high: float
    closed_low: bool
    closed_high: bool
    unit: Unit
    value: float | None
    precision: float
    text: str
    reading: str = ""

    def __post_init__(self) -> None:
        """Refuse ends in the wrong order; write the reading if none is given."""
        if not self.low <= self.high:
            msg = (
                f"{self.text!r} gives a range from {self.low:g} to {self.high:g}; "
                "expected its lower end first; write between = [low, high] (a fall "
                "is negative: [-0.20, -0.16])"
            )
            raise ClaimError(msg)
        if not self.reading:
            reading = f"{self.text}, read as {self.extent}"
            object.__setattr__(self, "reading", reading)

    def contains(self, x: float, *, rounded: bool = False) -> bool:
        """
        Tell whether a figure lies in the interval.

        Parameters
        ----------
        x : float
            In `unit`. A missing value (nan) is never contained.
        rounded : bool, default False
            Round `x` to `precision` first, halves upward.

        Returns
        -------
        bool

        Raises
        ------
        TypeError
            If `x` is no number.
        """
        if rounded and self.precision and math.isfinite(x):
            step = Fraction(str(self.precision))
            x = float(math.floor(Fraction(float(x)) / step + Fraction(1, 2)) * step)
        above = x >= self.low if self.closed_low else x > self.low
        below = x <= self.high if self.closed_high else x < self.high
        return bool(above and below)

    def within(self, other: Interval) -> bool:
        """
        Tell whether every value of this interval lies in the other one.

        Parameters
        ----------
        other : Interval
            In the same unit.

        Returns
        -------
        bool

        Raises
        ------
        Nothing
        """
        above = self.low > other.low or (
            self.low == other.low and other.closed_low >= self.closed_low
        )
        below = self.high < other.high or (
            self.high == other.high and other.closed_high >= self.closed_high
        )
        return above and below

    @property
    def extent(self) -> str:
        """The interval in words, such as "-20 % to -16 %"."""
        low, high = (figure(x, self.unit) for x in (self.low, self.high))
        if math.isinf(self.low) and math.isinf(self.high):
            return "any value"
        if math.isinf(self.high):
            return f"{'at least' if self.closed_low else 'more than'} {low}"
        if math.isinf(self.low):
            return f"{'at most' if self.closed_high else 'less than'} {high}"
        if self.low == self.high:
            return low
        ends = ((low, self.closed_low), (high, self.closed_high))
        left_out = " or ".join(end for end, closed in ends if not closed)
        return f"{low} to {high}" + (f" (not {left_out})" if left_out else "")


def figure(x: float, unit: Unit) -> str:
    """Return a figure with its unit, as readings show it."""
    shown = 100 * x if unit == "share" else x
    if unit == "days" and abs(shown) >= 10:
        shown = round(shown, 1)  # a month is 30.4375 days, which nobody means
    digits = f"{shown:.6g}" if abs(shown) < 1e6 else f"{shown:,.0f}"
    return f"{digits}{_SYMBOL[unit]}"


Unit = Literal["km2", "km", "share", "count", "days"]


@dataclass(frozen=True)
class Hedge:
    """
    What a hedge makes of the value v that is written after it.

    Parameters
    ----------
    words : tuple of str
        The phrases that mean it; those that begin with "or" or "at" may also
        follow the amount.
    low, high : Fraction or None
        Ends of the reading as multiples of v; None is without end.
    closed_low, closed_high : bool
        Whether the end itself belongs to the reading.
    rounding : {"none", "written", "usual"}
        The reading is at least as wide as the rounding of the number:
        half a unit of its last written digit, or of its last digit that is not
        zero (but at most 5 % of v, unless a written digit is coarser).
    """

    words: tuple[str, ...]
    low: Fraction
    high: Fraction | None
    closed_low: bool = True
    closed_high: bool = True
    rounding: Literal["none", "written", "usual"] = "none"


def _split(words: str) -> list[str]:
    return words.split()


def _times(text: str) -> Fraction:
    return Fraction(text)


ONE: Final = Fraction(1)
HEDGES: Final[dict[str, Hedge]] = {
    "exactly": Hedge(("exactly", "precisely"), ONE, ONE, rounding="written"),
    "bare": Hedge((), ONE, ONE, rounding="usual"),
    "about": Hedge(
        ("about", "around", "roughly", "approximately", "approx", "some", "circa")
        + ("ca", "close to", "~", "≈", "or so"),
        _times("0.9"),
        _times("1.1"),
        rounding="usual",
    ),
    "very roughly": Hedge(
        ("very roughly", "something like", "in the region of"),
        _times("0.75"),
        _times("1.25"),
        rounding="usual",
    ),
    "nearly": Hedge(
        ("nearly", "almost", "approaching", "not quite"), _times("0.8"), ONE
    ),
    "just under": Hedge(
        ("just under", "just below", "slightly less than", "a little less than")
        + ("a little under", "slightly under"),
        _times("0.9"),
        ONE,
        closed_high=False,
    ),
    "well under": Hedge(
        ("well under", "well below", "far less than"), _times("0"), _times("0.9")
    ),
    "under": Hedge(
        ("under", "less than", "below", "fewer than", "<"),
        _times("0"),
        ONE,
        closed_high=False,
    ),
    "at most": Hedge(
        ("at most", "up to", "no more than", "not more than", "at the most")
        + ("a maximum of", "as much as", "as many as", "within", "≤")
        + ("or less", "or fewer"),
        _times("0"),
        ONE,
    ),
    "just over": Hedge(
        ("just over", "just above", "slightly more than", "a little more than")
        + ("a little over", "slightly over"),
        ONE,
        _times("1.1"),
        closed_low=False,
    ),
    "well over": Hedge(
        ("well over", "well above", "far more than"), _times("1.1"), None
    ),
    "over": Hedge(
        ("over", "more than", "above", "in excess of", "upwards of", ">"),
        ONE,
        None,
        closed_low=False,
    ),
    "at least": Hedge(
        ("at least", "no less than", "not less than", "no fewer than")
        + ("a minimum of", "at the least", "≥", "or more"),
        ONE,
        None,
    ),
}

#: Of one number, each reading lies within the next.
CHAINS: Final = (
    ("exactly", "bare", "about", "very roughly"),
    ("just under", "nearly", "at most"),
    ("just under", "under", "at most"),
    ("well under", "under", "at most"),
    ("just over", "over", "at least"),
    ("well over", "over", "at least"),
)

AVERAGE_MONTH_DAYS: Final = Fraction("30.4375")  # 365.25 / 12, Julian year
_MILE_KM: Final = Fraction("1.609344")  # international mile, 1959

#: words -> (unit they are normalised to, factor)
UNITS: Final[dict[tuple[str, ...], tuple[Unit, Fraction]]] = {
    ("km2", "sq km", "sqkm", "square km", "km sq", "km^2")
    + ("square kilometre", "square kilometer", "sq kilometre", "sq kilometer"): (
        "km2",
        ONE,
    ),
    ("sq mi", "square mi", "sq mile", "square mile", "mi2"): ("km2", _MILE_KM**2),
    ("ha", "hectare"): ("km2", _times("0.01")),
    ("km", "kilometre", "kilometer"): ("km", ONE),
    ("mi", "mile"): ("km", _MILE_KM),
    ("m", "metre", "meter"): ("km", _times("0.001")),
    ("per cent", "percent", "%", "pct"): ("share", _times("0.01")),
    ("day",): ("days", ONE),
    ("week",): ("days", _times("7")),
    ("month",): ("days", AVERAGE_MONTH_DAYS),
    ("year",): ("days", 12 * AVERAGE_MONTH_DAYS),
}

UNIT_OF: Final[dict[str, Unit]] = {
    "area": "km2",
    "contested_area": "km2",
    "relative_change": "share",
    "area_change": "km2",
    "sections": "count",
    "depth": "km",
    "present": "count",
    "days_held": "days",
}
SIGNED: Final = frozenset({"relative_change", "area_change"})

NUMBERS: Final[dict[str, int]] = {
    word: number
    for number, word in enumerate(
        _split(
            "zero one two three four five six seven eight nine ten eleven twelve "
            "thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
        )
    )
} | {
    word: 10 * number
    for number, word in enumerate(
        _split("twenty thirty forty fifty sixty seventy eighty ninety"), start=2
    )
}
NUMBERS.update({"no": 0, "none": 0})
SCALES: Final = {"dozen": 12, "hundred": 100, "thousand": 1_000, "million": 1_000_000}

FRACTIONS: Final[dict[str, int]] = {"half": 2, "halves": 2, "quarter": 4} | {
    word: number
    for number, word in enumerate(
        _split("third fourth fifth sixth seventh eighth ninth tenth"), start=3
    )
}
#: verbs that hold their own amount, as the size of the change
MULTIPLES: Final = {"halved": Fraction(1, 2), "doubled": ONE, "tripled": Fraction(2)}

#: counts without a number
VAGUE: Final = {
    "several": (3, 9),
    "a few": (2, 5),
    "a handful of": (3, 7),
    "a couple of": (2, 2),
}

#: words of the measure "present", and their count
PRESENCE: Final = {
    "yes": 1, "true": 1, "present": 1, "held": 1, "still held": 1, "shown": 1,
    "no": 0, "false": 0, "absent": 0, "not held": 0, "not shown": 0, "none": 0,
}  # fmt: skip

FALL: Final = frozenset(
    _split(
        "shrink shrinks shrank shrunk shrinking shrinkage fall falls fell fallen "
        "falling lose loses lost losing loss losses decline declines declined "
        "declining decrease decreases decreased decreasing drop drops dropped "
        "dropping reduce reduced reduction contract contracted contraction "
        "diminished dwindled halved"
    )
)
RISE: Final = frozenset(
    _split(
        "grow grows grew grown growing growth rise rises rose risen rising gain "
        "gains gained gaining increase increases increased increasing expand "
        "expands expanded expanding expansion doubled tripled"
    )
)
#: words that may stand before an amount and say nothing about its size
FILLERS: Final = frozenset(
    _split(
        "by of the an only just merely still now had has have been was were is "
        "are for after"
    )
)


_PERCENT: Final = Fraction(1, 100)


@dataclass(frozen=True)
class Phrase:
    """
    What was read: hedge, one number or the two ends of a range, unit and factor.

    Parameters
    ----------
    hedge : str or None
        Key of ``HEDGES``.
    numbers : tuple of Number
        One number, or the two ends of a range.
    unit : str or None
        Unit that the numbers are in once they are multiplied by `factor`.
    factor : Fraction
    after : str
        First word after a number without a unit, or "".
    """

    hedge: str | None
    numbers: tuple[Number, ...]
    unit: Unit | None
    factor: Fraction
    after: str = ""


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


_HEDGE_OF: Final = {word: name for name, h in HEDGES.items() for word in h.words}
_UNIT_OF_WORD: Final = {
    form: meaning
    for words, meaning in UNITS.items()
    for word in words
    for form in (word, word + "s")
}
#: phrase -> kind of token; an earlier row gives way to a later one
_KINDS: Final[dict[str, str]] = {
    **dict.fromkeys(FILLERS, "filler"),
    **dict.fromkeys(FALL | RISE, "filler"),
    **dict.fromkeys(NUMBERS, "cardinal"),
    **dict.fromkeys(SCALES, "scale"),
    **dict.fromkeys((*FRACTIONS, *(f"{word}s" for word in FRACTIONS)), "fraction"),
    **dict.fromkeys(MULTIPLES, "multiple"),
    **dict.fromkeys(VAGUE, "vague"),
    **dict.fromkeys(_UNIT_OF_WORD, "unit"),
    **dict.fromkeys(_HEDGE_OF, "hedge"),
    **dict.fromkeys(("between", "from"), "open"),
    "a": "a",
    "and": "and",
    "to": "to",
    "-": "dash",
    "minus": "dash",
    "+": "plus",
}


def _alternative(phrase: str) -> str:
    start = r"(?<!\w)" if phrase[0].isalnum() else ""
    end = r"(?!\w)" if phrase[-1].isalnum() else ""
    return start + re.escape(phrase) + end


_TOKEN: Final = re.compile(
    r"(?P<ratio>\d+/\d+)"
    r"|(?P<digits>\d{1,3}(?: \d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)*|\.\d+)"
    r"|(?P<phrase>"
    + "|".join(map(_alternative, sorted(_KINDS, key=len, reverse=True)))
    + r")|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)?)"
    r"|(?P<skip>[\s,.;:!?\"'()\[\]]+)|(?P<other>.)"
)


def _fail(text: str, reason: str) -> ClaimError:
    hedges = ", ".join(h.words[0] for h in HEDGES.values() if h.words)
    units = ", ".join(words[0] for words in UNITS)
    return unreadable(
        text,
        reason,
        known=f"{hedges}, between ... and ...; numbers in digits or words, half, "
        f"one-fifth; {units}",
        remedy="or state the range in the claim file, for example "
        "between = [-0.20, -0.16], or low and high",
    )


def _tokens(text: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind == "phrase":
            kind = _KINDS[match.group()]
        if kind != "skip":
            yield _Token(kind, match.group())


class _Reader:
    """A place in a list of tokens; every method reads on from it, or stays."""

    def __init__(self, text: str, tokens: list[_Token]) -> None:
        self.text, self.tokens, self.place = text, tokens, 0
        self.opened = False  # by "between" or "from": an "and" parts two numbers

    def kind(self, ahead: int = 0) -> str:
        place = self.place + ahead
        return self.tokens[place].kind if place < len(self.tokens) else ""

    def take(self) -> str:
        self.place += 1
        return self.tokens[self.place - 1].text

    def number(self) -> Number | None:
        start = self.place
        sign = {"dash": -1, "plus": 1}.get(self.kind(), 0)
        if sign:
            self.take()
        number = self._fraction(self._whole())
        if number is None:
            self.place = start
            return None
        return replace(number, sign=sign)

    def _whole(self) -> Number | None:
        if self.kind() == "digits":
            number = read_digits(digits := self.take())
            if number is None:
                raise _fail(self.text, f"{digits!r} is no number")
            while self.kind() == "scale":
                scale = SCALES[self.take()]
                number = Number(
                    number.value * scale, number.step * scale, number.round_step * scale
                )
            return number
        if self.kind() == "a" and self.kind(1) in {"scale", "fraction", "unit"}:
            self.take()
            return self._cardinal(1) if self.kind() == "scale" else Number.whole(1)
        return self._cardinal(None) if self.kind() == "cardinal" else None

    def _cardinal(self, part: int | None) -> Number:
        """Read "two hundred and fifty thousand", and no further than this number."""
        total, part = 0, NUMBERS[self.take()] if part is None else part
        while True:
            joined = self.kind() == "and"
            word = self.tokens[self.place + joined].text if self.kind(joined) else ""
            if self.kind() == "scale":
                scale = SCALES[self.take()]
                total, part = (
                    (total, part * scale)
                    if scale < 1_000
                    else (total + part * scale, 0)
                )
            elif (
                self.kind(joined) == "cardinal"
                and self._fits(NUMBERS[word], part, total, joined=joined)
                and not (joined and self._parts_numbers())
            ):
                self.place += joined
                part += NUMBERS[self.take()]
            else:
                return Number.whole(total + part)

    def _parts_numbers(self) -> bool:
        """Tell whether this "and" stands between two numbers: "200 and 300"."""
        ahead = 1
        while self.kind(ahead) == "cardinal":
            ahead += 1
        if self.kind(ahead) != "scale":
            return False
        return self.opened or self.tokens[self.place + ahead].text == "hundred"

    @staticmethod
    def _fits(number: int, part: int, total: int, *, joined: bool) -> bool:
        after_tens = not joined and part % 100 >= 20 and part % 10 == 0
        after_scale = part % 100 == 0 and (part > 0 or total > 0)
        return (after_tens and 0 < number < 10) or (after_scale and number > 0)

    def _fraction(self, whole: Number | None) -> Number | None:
        """Read on to "two-thirds", "half", "1/5", "2 1/2" or "two and a half"."""
        if whole is None or self.kind() == "fraction":
            return self._part(whole) or whole
        start = self.place
        if self.kind() == "and":
            self.take()
            part = self._part(self._whole())
        else:
            part = self._part(None) if self.kind() == "ratio" else None
        if part is None:
            self.place = start
            return whole
        step = Fraction(1, part.value.denominator)
        return Number(whole.value + part.value, step, step)

    def _part(self, top: Number | None) -> Number | None:
        """Read a fraction whose numerator, if it has one, is read already."""
        kind = self.kind()
        if top is not None and kind != "fraction":
            return None
        if kind == "ratio":
            over, under = map(int, self.take().split("/"))
            if under == 0:
                raise _fail(self.text, "a fraction over zero")
            return _share(Fraction(over, under))
        if kind == "multiple":
            return _share(MULTIPLES[self.take()])
        if kind == "fraction" and (top or self.tokens[self.place].text == "half"):
            word = self.take()
            parts = FRACTIONS.get(word) or FRACTIONS[word.removesuffix("s")]
            return _share((top.value if top else Fraction(1)) / parts)
        return None

    def unit(self, *, after_fraction: bool) -> tuple[Unit, Fraction] | None:
        ahead = 0
        while after_fraction and self.kind(ahead) in {"a", "filler"}:
            ahead += 1
        if self.kind(ahead) != "unit":
            return None
        self.place += ahead
        return _UNIT_OF_WORD[self.take()]


def _share(value: Fraction) -> Number:
    return Number(value, _PERCENT, value, is_fraction=True)


def _lead(reader: _Reader) -> tuple[str | None, tuple[Number, ...]]:
    """Read up to the amount: its hedge and its number, or two for "several"."""
    hedge = None
    while kind := reader.kind():
        if kind == "vague":
            low, high = VAGUE[reader.take()]
            return hedge, (Number.whole(low), Number.whole(high))
        if (number := reader.number()) is not None:
            return hedge, (number,)
        word = reader.take()
        if kind == "hedge" and hedge is None:
            hedge = _HEDGE_OF[word]
        elif kind == "open":
            reader.opened = True
        elif kind == "to":
            raise _fail(reader.text, "'to' tells what is left, not the change")
        elif kind not in {"filler", "a"}:
            known = "is a second hedge" if kind == "hedge" else "is not known here"
            raise _fail(reader.text, f"the word {word!r} {known}")
    raise _fail(reader.text, "no number is left after its hedge")


def parse(text: str) -> Phrase:
    """
    Read one amount, or the two ends of a range.

    Parameters
    ----------
    text : str
        A few words. What stands in parentheses is a conversion and is left out,
        and so are nouns after the amount.

    Returns
    -------
    Phrase

    Raises
    ------
    ClaimError
        If a word before the amount is not known, if there is no number, or if
        there is a second amount.

    Examples
    --------
    >>> parse("no more than 2 kilometers (1 mile)").hedge
    'at most'
    """
    plain = re.sub(r"(?<=[^\s(])\s*\([^()]*\)", " ", normalise(text))
    reader = _Reader(text, list(_tokens(plain)))
    hedge, numbers = _lead(reader)
    unit = reader.unit(after_fraction=numbers[0].is_fraction)
    if len(numbers) == 1:
        start = reader.place
        joins = {"to", "dash", "and"} if reader.opened else {"to", "dash"}
        second = None
        if reader.kind() in joins:
            reader.take()
            second = reader.number()
        if second is None:
            reader.place = start
        else:
            numbers = (numbers[0], second)
            later = reader.unit(after_fraction=second.is_fraction)
            if unit and later and unit != later:
                raise _fail(text, "the two ends of the range have different units")
            unit = unit or later
    if reader.opened and len(numbers) == 1:
        raise _fail(text, "'between' and 'from' ask for two numbers")
    return _tail(reader, Phrase(hedge, numbers, *(unit or (None, Fraction(1)))))


def _tail(reader: _Reader, phrase: Phrase) -> Phrase:
    """Read a hedge that follows its amount ("or more"); refuse a second amount."""
    after = ""
    while kind := reader.kind():
        word = reader.take()
        if kind == "hedge" and word.startswith(("or ", "at ")):
            if phrase.hedge is not None:
                raise _fail(reader.text, f"the word {word!r} is a second hedge")
            phrase = replace(phrase, hedge=_HEDGE_OF[word])
        elif kind in {"digits", "ratio", "cardinal", "fraction", "unit", "vague"}:
            second = f"{word!r} begins a second amount"
            raise _fail(reader.text, f"{after!r} is not known" if after else second)
        elif phrase.unit is None and kind in {"word", "other"}:
            after = after or word
    return replace(phrase, after=after)


Direction = Literal["fell", "rose"]
_End = Fraction | float


def read_direction(text: str) -> Direction | None:
    """
    Return which way a sentence says that an area went.

    Parameters
    ----------
    text : str
        Any length.

    Returns
    -------
    "fell", "rose" or None
        None when no verb tells, or when verbs contradict each other.

    Raises
    ------
    AttributeError
        If `text` is no text.

    Examples
    --------
    >>> read_direction("the area had shrunk by nearly one-fifth")
    'fell'
    >>> read_direction("") is None
    True
    """
    words = frozenset(re.findall(r"[a-z]+", text.lower()))
    fell, rose = bool(words & FALL), bool(words & RISE)
    if fell == rose:
        return None
    return "fell" if fell else "rose"


def read_amount(
    text: str, *, measure: str, direction: Direction | None = None
) -> Interval:
    """
    Read an amount in words as an interval.

    Parameters
    ----------
    text : str
        Such as "nearly one-fifth", "no more than 2 kilometers (1 mile)".
    measure : str
        One of area, contested_area, relative_change, area_change, sections,
        depth, present, days_held: decides the unit that is expected.
    direction : {"fell", "rose"}, optional
        Sign of a change; by default what the verbs of `text` say. A written
        sign comes first.

    Returns
    -------
    Interval
        In km2, km, share, count or days. The tables are in docs/wording.md.

    Raises
    ------
    ClaimError
        If the words cannot be read, the unit does not fit the measure, a change
        has no sign, or there is no such measure.

    Examples
    --------
    >>> nearly = read_amount("shrunk by nearly one-fifth", measure="relative_change")
    >>> nearly.low, nearly.high
    (-0.2, -0.16)
    >>> nearly.reading
    'shrunk by nearly one-fifth, read as -20 % to -16 %'
    >>> read_amount("", measure="area")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    kursk_geo.errors.ClaimError: given '' as the amount of a claim; ...
    """
    return read_words(text, measure=measure, direction=direction, default="bare")


def read_duration(text: str) -> Interval:
    """
    Read a duration in words as an interval of days.

    Parameters
    ----------
    text : str
        Such as "seven months"; a month has 30.4375 days.

    Returns
    -------
    Interval
        In days.

    Raises
    ------
    ClaimError
        If the words cannot be read.

    Examples
    --------
    >>> read_duration("seven months").extent
    '197.8 days to 228.3 days'
    """
    return read_amount(text, measure="days_held")


def unit_of(measure: str) -> Unit:
    """Return the unit of a measure."""
    if measure not in UNIT_OF:
        msg = (
            f"given the measure {measure!r}; expected one of {', '.join(UNIT_OF)}; "
            'write for example measure = "area"'
        )
        raise ClaimError(msg)
    return UNIT_OF[measure]


def read_words(
    text: str, *, measure: str, direction: Direction | None, default: str
) -> Interval:
    """Read words whose hedge, when they have none, is `default`."""
    unit = unit_of(measure)
    if measure == "present":
        return presence(normalise(text), text)
    phrase = parse(text)
    if unit == "share" and phrase.unit is None:
        phrase = replace(phrase, numbers=tuple(map(as_share, phrase.numbers)))
    factor = _factor(text, phrase, unit)
    if len(phrase.numbers) == 2 and any(number.sign for number in phrase.numbers):
        low, high = phrase.numbers
        ends = tuple((x.sign or 1) * x.value * factor for x in (low, high))
        return Interval(
            low=float(ends[0]),
            high=float(ends[1]),
            closed_low=True,
            closed_high=True,
            unit=unit,
            value=None,
            precision=float(max(low.step, high.step) * factor),
            text=text,
        )
    return make_interval(
        _hedge_of(text, phrase, default),
        phrase.numbers,
        measure=measure,
        sign=_sign(text, measure, phrase.numbers[0], direction),
        factor=factor,
        text=text,
    )


def as_share(number: Number) -> Number:
    """Return a share as precise as 1 %: 0.2 is as good as 0.20."""
    step = min(number.step, Fraction(1, 100))
    return number if number.is_fraction else replace(number, step=step, round_step=step)


def make_interval(
    hedge: Hedge | None,
    numbers: tuple[Number, ...],
    *,
    measure: str,
    sign: int,
    factor: Fraction,
    text: str,
) -> Interval:
    """Apply a hedge to one number, or to the two ends of a range (None: as is)."""
    unit = unit_of(measure)
    first, last = numbers[0], numbers[-1]
    low = _ends(hedge, first, counting=unit == "count")[0] if hedge else first.value
    high = _ends(hedge, last, counting=unit == "count")[1] if hedge else last.value
    if measure not in SIGNED:
        low = max(low, 0)
    ends = (float(low * factor), float(high * factor))
    closed = (hedge.closed_low, hedge.closed_high) if hedge else (True, True)
    if sign < 0 and ends[0] <= ends[1]:  # in the wrong order they stay so, to be told
        # 0.0 - x, for -0.0 would be shown
        ends, closed = (0.0 - ends[1], 0.0 - ends[0]), (closed[1], closed[0])
    return Interval(
        low=ends[0],
        high=ends[1],
        closed_low=closed[0],
        closed_high=closed[1],
        unit=unit,
        value=float(sign * first.value * factor) if len(numbers) == 1 else None,
        precision=float(max(number.step for number in numbers) * factor),
        text=text,
    )


def _factor(text: str, phrase: Phrase, unit: Unit) -> Fraction:
    """Return the factor to the unit of the measure; refuse any other unit."""
    number = phrase.numbers[-1]
    found = phrase.unit or ("share" if number.is_fraction else None)
    units = ", ".join(words[0] for words, (to, _) in UNITS.items() if to == unit)
    problem = ""
    if found and found != unit:
        problem = f"its unit is {found}, and the measure is in {unit}"
    elif found is None and unit == "share" and number.value > 1:
        problem = "a share needs its unit"
    elif found is None and unit != "count" and phrase.after:
        problem = f"{phrase.after!r} is no unit"
    if problem:
        raise unreadable(
            text,
            problem,
            known=units or "no unit, for a count",
            remedy="or choose another measure, or state the range in the claim file: "
            "between = [low, high]",
        )
    return phrase.factor


def _sign(
    text: str, measure: str, number: Number, direction: Direction | None
) -> Literal[-1, 1]:
    if measure not in SIGNED:
        if number.sign < 0:
            msg = (
                f"given {text!r} for {measure}; expected an amount of 0 or more; for a "
                "change use the measure area_change or relative_change"
            )
            raise ClaimError(msg)
        return 1
    if number.sign:
        return -1 if number.sign < 0 else 1
    way = direction or read_direction(text)
    if way not in {"fell", "rose"}:
        msg = (
            f"given {text!r} for {measure} without a sign; expected a verb that tells "
            'the direction (fell, shrunk; grew, gained); write direction = "fell" '
            'or "rose", or state the range: between = [-0.20, -0.16]'
        )
        raise ClaimError(msg)
    return -1 if way == "fell" else 1


def _hedge_of(text: str, phrase: Phrase, default: str) -> Hedge | None:
    """Return the hedge of the words, else the default; a range needs none."""
    if len(phrase.numbers) == 1:
        return HEDGES[phrase.hedge or default]
    if default in {"at least", "at most"}:
        msg = (
            f"given the range {text!r} as a bound; expected one amount; write it as "
            'about = "...", or as between = [low, high]'
        )
        raise ClaimError(msg)
    return HEDGES[phrase.hedge] if phrase.hedge else None


def _ends(hedge: Hedge, number: Number, *, counting: bool) -> tuple[_End, _End]:
    """Return both ends for a magnitude, at least as wide as its rounding."""
    low: _End = hedge.low * number.value
    high: _End = math.inf if hedge.high is None else hedge.high * number.value
    if hedge.rounding == "none":
        return low, high
    half = number.step / 2 if hedge.rounding == "written" else number.usual_half
    if counting:  # a count is exact, and "about three" allows one more or less
        half = Fraction(hedge.low < 1)
    return min(low, number.value - half), max(high, number.value + half)


def presence(words: str, text: str) -> Interval:
    """Read whether ground was held: a count of 1 or 0."""
    if words not in PRESENCE:
        raise unreadable(
            text,
            "it does not say whether ground was held",
            known=", ".join(PRESENCE),
            remedy="or write equals = true, or equals = false",
        )
    count = float(PRESENCE[words])
    shown = "held ground" if count else "no held ground"
    return Interval(
        low=count,
        high=count,
        closed_low=True,
        closed_high=True,
        unit="count",
        value=count,
        precision=1.0,
        text=text,
        reading=f"{text}, read as {shown}",
    )


_MONTH_OF: Final = {
    form: number
    for number in range(1, 13)
    for name in (calendar.month_name[number].lower(),)
    for form in (name, name[:3], *(("sept",) if number == 9 else ()))
}
_SEASONS: Final = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_PARTS: Final = {
    "start": "start", "beginning": "start", "early": "early", "mid": "mid",
    "middle": "mid", "late": "late", "end": "end", "close": "end",
}  # fmt: skip
#: part -> first and last day in a month, and the day that it points at
_MONTH_DAYS: Final = {
    "start": (1, 5, 1),
    "early": (1, 10, 5),
    "mid": (11, 20, 15),
    "late": (21, 31, 25),
    "end": (-5, 31, 31),
}
_END_DAYS: Final = 10  # of a season or a year
_THIRD: Final = {"early": 0, "mid": 1, "late": 2}
_KINDS_DATE: Final[dict[str, Literal["on", "by"]]] = {
    "by": "by",
    "until": "by",
    "on": "on",
    "in": "on",
    "at": "on",
    "as of": "on",
    "during": "on",
    "since": "on",
}


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_MONTHS: Final = _any(_MONTH_OF)
_YEAR: Final = r"(?: (?:of )?(?P<year>\d{4}))?"
_SPAN: Final = "(?P<span>day|week|month|year)"
_PART: Final = rf"(?:(?P<part>{_any(_PARTS)}) (?:of )?)?"


@dataclass(frozen=True)
class DateWindow:
    """
    The days that a phrase covers, and the one that it points at.

    Parameters
    ----------
    start, end : date
        First and last day, both included.
    target : date
        The day that the phrase points at; the last one for a whole period.
    kind : {"on", "by"}
        "by": what was reached until then.
    text, reading : str
        The words, and the words with what they are read as.

    Raises
    ------
    ClaimError
        If `start` lies after `end`.

    Examples
    --------
    >>> read_date("end of February 2025").reading
    'end of February 2025, read as 28 February 2025 (24 to 28 February 2025)'
    """

    start: date
    end: date
    target: date
    kind: Literal["on", "by"] = "on"
    text: str = ""
    reading: str = ""

    def __post_init__(self) -> None:
        """Refuse days in the wrong order; write the reading if none is given."""
        if self.start > self.end:
            msg = (
                f"{self.text!r} runs from {_day(self.start)} to {_day(self.end)}; "
                "expected the earlier day first; write both with their year"
            )
            raise ClaimError(msg)
        if self.text and not self.reading:
            by = "by " if self.kind == "by" else ""
            reading = f"{self.text}, read as {by}{_day(self.target)}"
            if self.start != self.end:
                reading += f" ({self._days()})"
            object.__setattr__(self, "reading", reading)

    def _days(self) -> str:
        start, end = _day(self.start), _day(self.end)
        if self.start.year == self.end.year:
            start = start.removesuffix(f" {self.end.year}")
            if self.start.month == self.end.month:
                start = str(self.start.day)
        return f"{start} to {end}"


def _day(day: date) -> str:
    return f"{day.day} {calendar.month_name[day.month]} {day.year}"


def read_date(text: str | date, *, published: date | None = None) -> DateWindow:
    """
    Read a date in words as a window of days.

    Parameters
    ----------
    text : str or date
        Such as "end of February 2025", "by mid-April", "the summer of 2024",
        "14-20 April", "a week earlier".
    published : date, optional
        Day of the sentence. A date without a year is the latest that had begun by
        then, and "yesterday" counts from it.

    Returns
    -------
    DateWindow
        The forms are listed in docs/wording.md.

    Raises
    ------
    ClaimError
        If the words cannot be read, there is no such day, or the year is missing
        and `published` too.

    Examples
    --------
    >>> window = read_date("by mid-April", published=date(2025, 4, 26))
    >>> window.reading
    'by mid-April, read as by 15 April 2025 (11 to 20 April 2025)'
    >>> window.kind, window.target
    ('by', datetime.date(2025, 4, 15))
    >>> read_date("")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    kursk_geo.errors.ClaimError: given '' as the date of a claim; ...
    """
    if isinstance(published, datetime):
        published = published.date()
    if isinstance(text, date) and not isinstance(text, datetime):
        return DateWindow(text, text, text, text=text.isoformat())
    if isinstance(text, datetime):
        raise _fail_date(text.isoformat(), "an instant is no day")
    words = normalise(text, what="date")
    words = re.sub(r"(?<=\d) (?:st|nd|rd|th)\b", "", words)
    words = " ".join(re.sub(r",|\bthe\b|[.;:]$", " ", words).split())
    # "April 14-20, 2025" in the order that the other forms have
    words = re.sub(rf"\b({_MONTHS}) (\d+) ?- ?(\d+)\b", r"\2-\3 \1", words)
    kind, words = _prefix(words)
    window = _single(words, published, text) or _range(words, published, text)
    if window is None:
        raise _fail_date(text, "these words are not known")
    return replace(window, kind=kind, text=str(text), reading="")


def _prefix(words: str) -> tuple[Literal["on", "by"], str]:
    """Take a leading "by" or "on" off."""
    match = re.match(rf"({_any(_KINDS_DATE)}) (?=.)", words)
    if match is None:
        return "on", words
    return _KINDS_DATE[match[1]], words[match.end() :]


def _fail_date(text: object, reason: str) -> ClaimError:
    return unreadable(
        str(text),
        reason,
        known="15 April 2025, 2025-04-15, 14-20 April, February 2025, summer of 2024, "
        "2024; with start of, early, mid, late, end of, and by or on before them; "
        "yesterday, last week, a week earlier",
        remedy="write the day as 2025-04-15, or a range as 2025-04-11 to 2025-04-20",
    )


def _single(words: str, published: date | None, text: object) -> DateWindow | None:
    """Read one date or period; None if it has none of the forms."""
    for pattern, read in _FORMS:
        match = re.fullmatch(pattern, words)
        if match is None:
            continue
        found = match.groupdict()
        try:
            if found.get("year"):
                return read(found, date(int(found["year"]), 1, 1))
            if published is None:
                raise _fail_date(
                    text, "it has no year, and the day of publication is unknown"
                )
            window = read(found, published)
            if "year" in found and window.start > published:
                window = read(found, published.replace(year=published.year - 1, day=1))
        except (ValueError, OverflowError) as error:
            if isinstance(error, ClaimError):
                raise
            raise _fail_date(text, "there is no such day") from error
        return window
    return None


def _range(words: str, published: date | None, text: object) -> DateWindow | None:
    """Read "14-20 April 2025": what the first day lacks, the second one has."""
    words = re.sub(r"^(?:between|from) ", "", words)
    tail = re.search(rf"(?:(?:{_MONTHS})(?: \d{{4}})?|\d{{4}})$", words)
    for split in re.finditer(r" ?- ?| to | and ", words):
        last = _single(words[split.end() :], published, text)
        if last is None:
            continue
        missing = f" {tail[0].split()[0]} {last.end.year}" if tail else ""
        for ending in ("", missing):
            first = _single(words[: split.start()] + ending, last.end, text)
            if first is not None:
                return DateWindow(first.start, last.end, last.end, text=str(text))
    return None


def _window(start: date, end: date, target: date) -> DateWindow:
    return DateWindow(start, end, target)


def _one_day(found: dict[str, str], near: date) -> DateWindow:
    month = found["month"]
    number = int(month) if month.isdigit() else _MONTH_OF[month]
    day = date(near.year, number, int(found["day"]))
    return _window(day, day, day)


def _month(found: dict[str, str], near: date) -> DateWindow:
    number = _MONTH_OF[found["month"]]
    length = calendar.monthrange(near.year, number)[1]
    part = _PARTS[found["part"]] if found["part"] else None
    first, last, target = _MONTH_DAYS[part] if part else (1, 31, 31)
    first = first if first > 0 else length + first + 1
    days = (date(near.year, number, min(d, length)) for d in (first, last, target))
    return _window(*days)


def _long(found: dict[str, str], near: date) -> DateWindow:
    """Read a season or a year, or a part of it: thirds, or ten days at an end."""
    season = found.get("season")
    start = date(near.year, _SEASONS[season] if season else 1, 1)
    third = 1 if season else 4
    part = _PARTS[found["part"]] if found["part"] else None
    end = _months_after(start, 3 * third) - timedelta(days=1)
    if part in _THIRD:
        start = _months_after(start, _THIRD[part] * third)
        end = _months_after(start, third) - timedelta(days=1)
        return _window(start, end, start + (end - start) / 2)
    if part == "start":
        return _window(start, start + timedelta(days=_END_DAYS - 1), start)
    if part == "end":
        start = end - timedelta(days=_END_DAYS - 1)
    return _window(start, end, end)


def _last(found: dict[str, str], near: date) -> DateWindow:
    """Read the calendar week, month or year before that of publication."""
    if found["span"] == "week":
        start = near - timedelta(days=near.weekday() + 7)
        end = start + timedelta(days=6)
    else:
        end = near.replace(day=1, **({"month": 1} if found["span"] == "year" else {}))
        end -= timedelta(days=1)
        start = end.replace(day=1, **({"month": 1} if found["span"] == "year" else {}))
    return _window(start, end, end)


def _ago(found: dict[str, str], near: date) -> DateWindow:
    count = found["count"]
    number = int(count) if count.isdigit() else NUMBERS.get(count, 1)
    if found["span"] in {"day", "week"}:
        day = near - timedelta(days=number * (7 if found["span"] == "week" else 1))
    else:
        day = _months_after(near, -number * (12 if found["span"] == "year" else 1))
    return _window(day, day, day)


def _named_day(found: dict[str, str], near: date) -> DateWindow:
    day = near - timedelta(days=found["name"] == "yesterday")
    return _window(day, day, day)


def _months_after(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


_FORMS: Final[tuple[tuple[str, Callable[[dict[str, str], date], DateWindow]], ...]] = (
    (r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)", _one_day),
    (rf"(?P<day>\d{{1,2}}) (?:of )?(?P<month>{_MONTHS}){_YEAR}", _one_day),
    (rf"(?P<month>{_MONTHS}) (?P<day>\d{{1,2}}){_YEAR}", _one_day),
    (rf"{_PART}(?P<month>{_MONTHS}){_YEAR}", _month),
    (rf"{_PART}(?P<season>{_any(_SEASONS)}){_YEAR}(?:-\d{{2,4}})?", _long),
    (rf"{_PART}(?:year )?(?P<year>\d{{4}})", _long),
    (r"last (?P<span>week|month|year)", _last),
    (
        (
            rf"(?P<count>an?|\d{{1,3}}|{_any(NUMBERS)}) "
            rf"{_SPAN}s? (?:ago|earlier|before)"
        ),
        _ago,
    ),
    (r"(?P<name>yesterday|today|now)", _named_day),
)


#: comparator of a claim file -> the hedge that its words have when they have none
_COMPARATORS: Final = {
    "about": "about",
    "equals": "exactly",
    "at_least": "at least",
    "at_most": "at most",
}
SAYS_KEYS: Final = (*_COMPARATORS, "between", "low", "high", "direction")
_LARGEST: Final = 1e12


def read_says(
    says: Mapping[str, object], *, measure: str, direction: Direction | None = None
) -> Interval:
    """
    Read the ``[says]`` table of a claim file as an interval.

    Parameters
    ----------
    says : mapping
        One of about, equals, at_least, at_most (the last two also together), as
        words or as a number in the unit of the measure; or ``between = [low,
        high]``, or low and high, which win over words. A number is signed: a fall
        by 20 % is -0.20. ``direction`` ("fell", "rose") wins over the option.
    measure : str
        See `read_amount`.
    direction : {"fell", "rose"}, optional
        Sign of a change that is given in words, such as `read_direction` of the
        sentence.

    Returns
    -------
    Interval

    Raises
    ------
    ClaimError
        If a key is not known, none or too many are given, words cannot be read or
        are weaker than their comparator, or a range is contradictory.

    Examples
    --------
    >>> says = {"about": "nearly one-fifth"}
    >>> read_says(says, measure="relative_change", direction="fell").reading
    'nearly one-fifth, read as -20 % to -16 %'
    >>> says["between"] = [-0.21, -0.15]
    >>> read_says(says, measure="relative_change").reading
    'nearly one-fifth, stated as -21 % to -15 %'
    >>> read_says({}, measure="area")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    kursk_geo.errors.ClaimError: [says] is empty; ...
    """
    unit_of(measure)
    unknown = [key for key in says if key not in SAYS_KEYS]
    if unknown or not says:
        given = f"[says] has the key {unknown[0]!r}" if unknown else "[says] is empty"
        msg = (
            f"{given}; expected one of {', '.join(SAYS_KEYS)}; write for example "
            'about = "nearly one-fifth"'
        )
        raise ClaimError(msg)
    way = _direction(says.get("direction", direction))
    comparators = [key for key in _COMPARATORS if key in says]
    ranges = [key for key in ("between", "low", "high") if key in says]
    if ranges and measure == "present":
        return _shown(ranges[0], says[ranges[0]])
    if ranges:
        words = [says[key] for key in comparators if isinstance(says[key], str)]
        return _stated(says, measure=measure, direction=way, words=words)
    read = [
        _compared(key, says[key], measure=measure, direction=way) for key in comparators
    ]
    if comparators == ["at_least", "at_most"]:
        return _both(*read)
    if len(read) != 1:
        msg = (
            f"[says] has {' and '.join(comparators) or 'no comparator'}; expected one "
            "of about, equals, at_least, at_most, or at_least with at_most; remove "
            "the others, or write between = [low, high]"
        )
        raise ClaimError(msg)
    return read[0]


def _direction(given: object) -> Direction | None:
    if given not in (None, "fell", "rose"):
        msg = (
            f"given direction = {given!r}; expected 'fell' or 'rose'; write for "
            'example direction = "fell"'
        )
        raise ClaimError(msg)
    return given


def _compared(
    key: str, given: object, *, measure: str, direction: Direction | None
) -> Interval:
    """Read one comparator with its words or its number."""
    name = _COMPARATORS[key]
    if measure == "present":
        return _shown(key, given)
    if isinstance(given, str):
        return _worded(key, given, measure=measure, direction=direction)
    number = _number(key, given, measure=measure)
    x = float(number.sign * number.value)
    _check_sign(x, measure=measure, direction=direction)
    text = f"{name} {figure(x, unit_of(measure))}"
    interval = make_interval(
        HEDGES[name],
        (number,),
        measure=measure,
        sign=number.sign,
        factor=Fraction(1),
        text=text,
    )
    if measure in SIGNED and key in {"at_least", "at_most"}:
        # a number is a point on the signed line: at least -0.2 may also be +0.1
        low, high = (x, math.inf) if key == "at_least" else (-math.inf, x)
        interval = replace(
            interval, low=low, high=high, closed_low=True, closed_high=True, reading=""
        )
    return interval


def _worded(
    key: str, text: str, *, measure: str, direction: Direction | None
) -> Interval:
    """Read words; a hedge of their own may narrow their comparator, never widen it."""
    name = _COMPARATORS[key]
    read = read_words(text, measure=measure, direction=direction, default=name)
    phrase = parse(text)
    if phrase.hedge is None:
        if len(phrase.numbers) == 2 or key == "equals":
            return read
        return replace(read, text=f"{name} {text}", reading="")
    own, bound = (
        make_interval(
            HEDGES[hedge],
            phrase.numbers[:1],
            measure=measure,
            sign=1,
            factor=Fraction(1),
            text=text,
        )
        for hedge in (phrase.hedge, name)
    )
    # "about" is where words go as they stand, whatever their hedge
    if key != "about" and not own.within(bound):
        msg = (
            f"[says] has {key} = {text!r}; expected an amount without a hedge, or with "
            f'one that is narrower than {name!r}; write about = "{text}"'
        )
        raise ClaimError(msg)
    return read


def _number(key: str, given: object, *, measure: str) -> Number:
    """Return a number of the file with its sign; its decimals are its precision."""
    if (
        isinstance(given, bool)
        or not isinstance(given, int | float)
        or not abs(given) <= _LARGEST  # nan is not, and no int overflows a float
        or (measure not in SIGNED and given < 0)
    ):
        allowed = "a number" if measure in SIGNED else "a number of 0 or more"
        msg = (
            f"[says] has {key} = {given!r}; expected words or {allowed} for "
            f'{measure}; write for example {key} = "nearly 450 km²"'
        )
        raise ClaimError(msg)
    sign = -1 if given < 0 else 1
    if isinstance(given, int):
        number = Number.whole(abs(given))
    else:
        written = Decimal(repr(float(given)))
        step = Fraction(10) ** min(int(written.as_tuple().exponent), 0)
        number = Number(abs(Fraction(written)), step, step)
    if unit_of(measure) == "share":
        number = as_share(number)
    return replace(number, sign=sign)


def _check_sign(x: float, *, measure: str, direction: Direction | None) -> None:
    """Refuse 0.2 beside a sentence that says "fell": a slip that reverses a verdict."""
    if measure in SIGNED and x * {"fell": -1, "rose": 1, None: 0}[direction] < 0:
        msg = (
            f"[says] gives {x:g}, and the sentence says that the area {direction}; "
            f"expected the sign of the change; write {-x:g}, or state the direction: "
            f'direction = "{"rose" if direction == "fell" else "fell"}"'
        )
        raise ClaimError(msg)


def _shown(key: str, given: object) -> Interval:
    """Read whether ground was held: true, false, 1, 0 or a word."""
    if key != "equals" or not (given in (True, False) or isinstance(given, str)):
        msg = (
            f"[says] has {key} = {given!r}; expected equals with true or false for the "
            "measure present; write equals = true"
        )
        raise ClaimError(msg)
    words = given.lower() if isinstance(given, str) else str(bool(given)).lower()
    return presence(words, str(given))


def _stated(
    says: Mapping[str, object],
    *,
    measure: str,
    direction: Direction | None,
    words: list[object],
) -> Interval:
    """Read a range that the file gives; it wins over words."""
    ends: list[object] = [says.get("low"), says.get("high")]
    if "between" in says:
        between = says["between"]
        if (
            not isinstance(between, list | tuple)
            or len(between) != 2
            or any(end is not None for end in ends)
        ):
            msg = (
                f"[says] has between = {between!r}; expected two ends, and then "
                "neither low nor high; write for example between = [-0.20, -0.16]"
            )
            raise ClaimError(msg)
        ends = list(between)
    if (
        direction == "fell"
        and measure in SIGNED
        and all(isinstance(end, str) for end in ends)
    ):
        ends.reverse()  # "16 per cent" to "20 per cent", falling
    low, low_step = _end(
        "low", ends[0], missing=-math.inf, measure=measure, direction=direction
    )
    high, high_step = _end(
        "high", ends[1], missing=math.inf, measure=measure, direction=direction
    )
    unit = unit_of(measure)
    read = Interval(
        low=low,
        high=high,
        closed_low=True,
        closed_high=True,
        unit=unit,
        value=None,
        precision=max(low_step, high_step),
        text=str(words[0]) if words else f"{figure(low, unit)} to {figure(high, unit)}",
    )
    start = f"{read.text}, stated" if words else "stated"
    return replace(read, reading=f"{start} as {read.extent}")


def _end(
    key: str,
    given: object,
    *,
    missing: float,
    measure: str,
    direction: Direction | None,
) -> tuple[float, float]:
    """Return one end of a stated range, and its step."""
    if given is None or (isinstance(given, float) and given == missing):
        return missing, 0.0
    if isinstance(given, str):
        read = read_words(
            given, measure=measure, direction=direction, default="exactly"
        )
        if read.value is None or parse(given).hedge is not None:
            msg = (
                f"[says] has the end {given!r}; expected an amount without a hedge; "
                'write for example "16 per cent", or a number'
            )
            raise ClaimError(msg)
        return read.value, read.precision
    number = _number(key, given, measure=measure)
    return float(number.sign * number.value), float(number.step)


def _both(least: Interval, most: Interval) -> Interval:
    """Return what at_least and at_most leave between them."""
    low, open_low = max((x.low, not x.closed_low) for x in (least, most))
    high, closed_high = min((x.high, x.closed_high) for x in (least, most))
    return replace(
        least,
        low=low,
        high=high,
        closed_low=not open_low,
        closed_high=closed_high,
        value=None,
        precision=max(least.precision, most.precision),
        text=f"{least.text} and {most.text}",
        reading="",
    )


_PUBLISHED: Final = date(2025, 4, 26)
_PHRASES: Final = (
    ("relative_change", "shrunk by nearly one-fifth"),
    ("relative_change", "fell by a quarter"),
    ("relative_change", "lost more than 40 per cent"),
    ("relative_change", "halved"),
    ("relative_change", "grew by a third"),
    ("area", "560 km²"),
    ("area", "about 560 km2"),
    ("area", "77.43 sq km"),
    ("area", "1,263"),
    ("area", "77,43"),
    ("area", "500 sq mi"),
    ("area_change", "lost 100 km²"),
    ("sections", "three small sections"),
    ("sections", "several small areas"),
    ("sections", "about three sections"),
    ("depth", "no more than 2 kilometers (1 mile)"),
    ("depth", "28 to 35 km"),
    ("depth", "two and a half miles"),
    ("days_held", "seven months"),
    ("present", "still held"),
)
_DATES: Final = (
    "15 April 2025",
    "April 26",
    "14-20 April",
    "28 February to 1 March 2025",
    "start of February 2025",
    "early March",
    "by mid-April",
    "late March",
    "end of February 2025",
    "February 2025",
    "beginning of 2025",
    "early 2025",
    "mid-2024",
    "end of 2024",
    "2024",
    "the summer of 2024",
    "late summer 2024",
    "winter 2024",
    "yesterday",
    "last week",
    "last month",
    "a week earlier",
    "three months ago",
)


def wording_tables() -> dict[str, str]:
    """
    Return the tables of words, hedges, units and dates, each as Markdown.

    Returns
    -------
    dict of str
        Tables by name: hedges, nesting, units, fractions, amounts, dates.

    Raises
    ------
    Nothing

    Examples
    --------
    >>> print(wording_tables()["nesting"].splitlines()[-1])
    - well over < over < at least
    """
    return {
        "hedges": _table(
            ("words", "read as", '"... 40 km²"'),
            (
                (_words(h.words), _rule(name), _forty(name))
                for name, h in HEDGES.items()
            ),
        ),
        "nesting": "\n".join(f"- {' < '.join(chain)}" for chain in CHAINS),
        "units": _table(
            ("words", "become", "times"),
            ((_words(w), unit, f"{float(by):.9g}") for w, (unit, by) in UNITS.items()),
        ),
        "fractions": _table(
            ("words", "read as"),
            [(word, f"1/{number}") for word, number in FRACTIONS.items()]
            + [(word, f"{low} to {high}") for word, (low, high) in VAGUE.items()],
        ),
        "amounts": _table(
            ("measure", "words", "read as"),
            ((m, text, read_amount(text, measure=m).extent) for m, text in _PHRASES),
        ),
        "dates": _table(
            ("words", "points at", "first day", "last day"),
            (_date_row(text) for text in _DATES),
        ),
    }


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _words(words: tuple[str, ...]) -> str:
    return ", ".join(words) or "(no hedge)"


def _rule(name: str) -> str:
    hedge = HEDGES[name]
    low = "more than v" if not hedge.closed_low else _times_table(float(hedge.low))
    if hedge.high is None:
        return f"{low} and more" if hedge.closed_low else low
    high = "less than v" if not hedge.closed_high else _times_table(float(hedge.high))
    ends = "v" if hedge.low == hedge.high else f"{low} to {high}"
    rounding = {
        "none": "",
        "written": " ± half a unit of the last written digit",
        "usual": " ± half a unit of the last digit that is not zero, at most 5 %",
    }[hedge.rounding]
    return f"{ends}{rounding}" if ends == "v" else ends


def _times_table(factor: float) -> str:
    return "v" if factor == 1 else f"{factor:g} v" if factor else "0"


def _forty(name: str) -> str:
    word = next(iter(HEDGES[name].words), "")
    return read_amount(f"{word} 40 km²".strip(), measure="area").extent


def _date_row(text: str) -> tuple[str, ...]:
    window = read_date(text, published=_PUBLISHED)
    return (text, *(str(day) for day in (window.target, window.start, window.end)))
