"""From a phrase to its hedge, numbers and unit: one regex, then one pass."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from kursk_geo.errors import ClaimError
from kursk_geo.wording.text import Number, normalise, read_digits, unreadable
from kursk_geo.wording.words import (
    FALL,
    FILLERS,
    FRACTIONS,
    HEDGES,
    MULTIPLES,
    NUMBERS,
    RISE,
    SCALES,
    UNITS,
    VAGUE,
    Unit,
)

__all__ = ["Phrase", "parse"]

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
