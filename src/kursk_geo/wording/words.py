"""The words that can be read: every table of the wording package, and no logic."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

__all__ = [
    "AVERAGE_MONTH_DAYS",
    "CHAINS",
    "FALL",
    "FILLERS",
    "FRACTIONS",
    "HEDGES",
    "MULTIPLES",
    "NUMBERS",
    "PRESENCE",
    "RISE",
    "SCALES",
    "SIGNED",
    "UNITS",
    "UNIT_OF",
    "VAGUE",
    "Hedge",
    "Unit",
]

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
