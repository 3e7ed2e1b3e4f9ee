"""Plain text and numbers: what comes before any grammar."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from kursk_geo.errors import ClaimError

__all__ = ["MAX_CHARACTERS", "Number", "normalise", "read_digits", "unreadable"]

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
