"""Words as figures and days: bands, numbers, units and dates."""

import math
import re
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kursk_geo.claims.claim import Interval
from kursk_geo.claims.hedges import TABLES, Amount, Number, read_interval, read_number
from kursk_geo.claims.wording import When, plain, read_window, scan

DOCS = Path(__file__).parents[1] / "docs" / "wording.md"
PUBLISHED = date(2025, 4, 26)
MILE2 = 1.609344**2


def only(text: str, published: date = PUBLISHED) -> Amount | When:
    [found] = scan(plain(text), published)
    return found


def interval(text: str) -> Interval:
    amount = only(text)
    assert isinstance(amount, Amount)
    return read_interval(
        amount, "km2/day" if amount.per_days else amount.unit or "count"
    )


AMOUNTS = [
    ("660 km²", 650, 670),
    ("about 660 km2", 650, 670),
    ("77.43 sq km", 77.42, 77.44),
    ("77,43 km²", 77.42, 77.44),
    ("exactly 660 km²", 659.5, 660.5),
    ("1,263 km²", 1262, 1264),
    ("1 263 km²", 1262, 1264),
    ("200 km2", 185, 215),
    ("about 120 km2", 110.16, 129.84),
    ("nearly 450 square kilometres", 440, 450.5),
    ("almost 18 square kilometres", 17, 18.5),
    ("nearly 107 square kilometers", 106, 107.5),
    ("nearly 3,600 sq km", 3500, 3600.5),
    ("over 420 square kilometers", 420, 441),
    ("over 200 km²", 200, 250),
    ("over 196.08 km²", 196.08, 205.884),
    ("up to 700 km2", 525, 700),
    ("at least 420 km²", 420, math.inf),
    ("420 km² or more", 420, math.inf),
    ("no more than 2 kilometers", 0, 2),
    ("2 km at most", 0, 2),
    ("2 km", 1.5, 2.5),
    ("no deeper than 7 km", 0, 7),
    ("no less than 7 km", 7, math.inf),
    ("less than 30 sq km", 0, 30),
    ("just over 480 km²", 480, 490),
    ("just under 480 km²", 470, 480),
    ("well over 400 km²", 440, 800),
    ("very roughly 400 km²", 300, 500),
    ("an estimated 46 square miles", 0.9 * 46 * MILE2, 1.1 * 46 * MILE2),
    ("46 square miles", 45 * MILE2, 47 * MILE2),
    ("1.2 million hectares", 11_100, 12_900),
    ("1,000 acres", 0.925 * 4.0468564224, 1.075 * 4.0468564224),
    ("400-450 km2", 400, 450),
    ("between 100 and 125 km2", 100, 125),
    ("28 to 35 km", 28, 35),
    ("0.5 to 2 km", 0.5, 2),
    ("two hundred and fifty km²", 240, 260),
    ("2½ miles", 2.25 * 1.609344, 2.75 * 1.609344),
    ("two and a half miles", 2.25 * 1.609344, 2.75 * 1.609344),
    ("a 200-square-kilometre", 185, 215),
    ("63.2 %", 0.631, 0.633),
    ("86 percent", 0.85, 0.87),
    ("80 %", 0.77, 0.83),
    ("99 %", 0.985, 0.995),
    ("99.5 %", 0.99425, 0.99575),
    ("over 40 %", 0.4, 0.5),
    ("nearly one-fifth", 0.16, 0.2),
    ("nearly a quarter", 0.2, 0.25),
    ("a third", 0.3083333, 0.3583333),
    ("about two-thirds", 0.6416667, 0.6916667),
    ("over three quarters", 0.75, 0.8),
    ("more than half", 0.5, 0.6),
    ("1/5", 0.18, 0.22),
    ("three", 3, 3),
    ("about three", 2, 4),
    ("several", 3, 9),
    ("almost six times", 5, 6),
    ("sixfold", 5.5, 6.5),
    ("doubled", 1.75, 2.25),
    ("roughly halved", 1.75, 2.25),
    ("400-plus sq km", 400, 500),
    ("400+ km²", 400, 500),
    ("120-odd square kms", 110.16, 129.84),
    ("just shy of 450 km²", 440, 450),
    ("north of 430 km²", 430, 451.5),
    ("not much more than 430 km²", 420, 440),
    ("one twentieth", 0.045, 0.055),
    ("20 a day", 18.5, 21.5),
    ("500 sq km per month", 462.5 / 30.4375, 537.5 / 30.4375),
]


@pytest.mark.parametrize(("text", "low", "high"), AMOUNTS)
def test_amounts(text: str, low: float, high: float) -> None:
    read = interval(text)
    assert (read.low, read.high) == pytest.approx((low, high))


@pytest.mark.parametrize(
    ("text", "figure", "holds"),
    [
        # figures that maps gave for published sentences
        ("about 660 km2", 662.7, True),
        ("360 km2", 361.0, True),
        ("900 km2", 907.6, True),
        ("100 km2", 106.9, True),
        ("over 420 square kilometers", 424.3, True),
        ("over 420 square kilometers", 435.4, True),
        ("nearly 450 square kilometers", 433.1, False),
        ("nearly 450 square kilometers", 449.5, True),
        ("nearly 450 square kilometers", 360.0, False),
        ("77.43 square kilometers", 77.427, True),
        ("77.43 square kilometers", 77.54, False),
        ("about 58 square kilometres", 57.896, True),
        ("almost 18 square kilometres", 17.67, True),
        ("29.02 square km", 29.02, True),
        ("325 km2", 325.85, True),  # cut off, not rounded
        ("200 km2", 211.8, True),
        ("over 200 km2", 200.75, True),
        ("over 196.08 km2", 213.7, False),
        ("480 km2", 478.6, True),
        ("480 km2", 493.4, False),
        ("nearly 3,600 square kilometers", 3317.9, False),
        ("over 1,250 km2", 1241.0, False),
        ("about two-thirds", 0.668, True),
        ("about two-thirds", 0.833, False),
        ("nearly one-fifth", 0.193, True),
        ("nearly one-fifth", 0.144, False),
        ("99.5 %", 0.954, False),
        ("up to 30 km", 19.15, False),
        ("almost six times", 5.47, True),
    ],
)
def test_figures_of_published_sentences(
    text: str, figure: float, *, holds: bool
) -> None:
    assert interval(text).contains(figure) is holds


@given(st.integers(10, 99_999), st.sampled_from(["", "about ", "exactly "]))
def test_nine_percent_too_high_never_holds(true: int, hedge: str) -> None:
    printed = round(1.09 * true)
    assert not interval(f"{hedge}{printed} km²").contains(printed / 1.09)


@given(st.integers(1, 10**6), st.integers(0, 2))
def test_bands_are_around_their_number(digits: int, decimals: int) -> None:
    value = Fraction(digits, 10**decimals)
    text = f"{float(value):.{decimals}f}"
    number = read_number(text)
    assert number.value == value
    for name in ("exactly", "about", "nearly", "up to", "at most", "at least"):
        word = TABLES["bands"][name]["words"][0]
        word = word.replace("(the )?", "") if "at" in word else word
        band = read_interval(Amount(0, 1, text, (number,), "km2", name), "km2")
        assert band.contains(float(value)), (name, word)
        assert band.low <= band.high
    fall = read_interval(Amount(0, 1, text, (number,), "km2"), "km2", sign=-1)
    assert fall.contains(-float(value))


def test_every_band_has_a_reason_and_an_end() -> None:
    number = Number(Fraction(40), Fraction(1), Fraction(10))
    for name, band in TABLES["bands"].items():
        assert band["why"], name
        read = read_interval(Amount(0, 1, "40", (number,), "km2", name), "km2")
        assert read.low <= read.high


DATES = [
    ("by the end of February 2025", "by 2025-02-28"),
    ("at the end of 2024", "on 2024-12-31"),
    ("by mid-April", "by 2025-04-15"),
    ("in late March", "on 2025-03-25"),
    ("since the start of November", "start 2024-11-01"),
    ("since January", "start 2025-01-01"),
    ("since October 1", "start 2024-10-01"),
    ("since New Year", "start 2025-01-01"),
    ("since the beginning of 2024", "start 2024-01-01"),
    ("since the start of the full-scale invasion", "start 2022-02-24"),
    ("since the start of the incursion", "start 2024-08-06"),
    ("since mid-December", "on 2024-12-15"),
    ("since its peak", "peak"),
    ("before February 2022", "start 2022-02-01"),
    ("in October", "2024-10-01..2024-10-31"),
    ("in April", "2025-04-01..2025-04-26"),
    ("in 2024", "2024-01-01..2024-12-31"),
    ("in the month", "2025-04-01..2025-04-26"),
    ("last month", "2025-03-01..2025-03-31"),
    ("last summer", "2024-06-01..2024-08-31"),
    ("this week", "2025-04-21..2025-04-26"),
    ("over the past week", "2025-04-19..2025-04-26"),
    ("over the past year", "2024-04-26..2025-04-26"),
    ("the past three months", "2025-01-26..2025-04-26"),
    ("in five days", "2025-04-21..2025-04-26"),
    ("in the past 24 hours", "2025-04-25..2025-04-26"),
    ("in a single day", "2025-04-25..2025-04-26"),
    ("in the week to April 20", "2025-04-14..2025-04-20"),
    ("in the ten days to April 20", "2025-04-11..2025-04-20"),
    ("in the last week of March", "2025-03-25..2025-03-31"),
    ("the first third of March", "2025-03-01..2025-03-10"),
    ("this time last year", "on 2024-04-26"),
    ("on the sixth of April", "on 2025-04-06"),
    ("9-15 May", "2024-05-09..2024-05-15"),
    ("between 9 and 15 May", "2024-05-09..2024-05-15"),
    ("from January to March", "2025-01-01..2025-03-31"),
    ("between January and the end of February", "2025-01-01..2025-02-28"),
    ("in the first half of November", "2024-11-01..2024-11-15"),
    ("in the first quarter of 2025", "2025-01-01..2025-03-31"),
    ("the first two weeks of March", "2025-03-01..2025-03-14"),
    ("on Friday", "on 2025-04-25"),
    ("yesterday", "on 2025-04-25"),
    ("a month earlier", "on 2025-03-26"),
    ("on April 19", "on 2025-04-19"),
    ("Aug. 6", "on 2024-08-06"),
    ("29 February", "on 2024-02-29"),
    ("2024-09-06", "on 2024-09-06"),
    ("by October", "by 2024-10-01"),
]


@pytest.mark.parametrize(("text", "expected"), DATES)
def test_dates(text: str, expected: str) -> None:
    when = only(text)
    assert isinstance(when, When)
    window = read_window(when, PUBLISHED, since=when.prep == "since")
    if window.kind == "within":
        assert f"{window.start}..{window.end}" == expected
    else:
        assert f"{window.kind} {window.target or ''}".strip() == expected


def test_a_month_that_has_just_ended_is_the_month() -> None:
    when = only("in the month", date(2025, 2, 1))
    assert isinstance(when, When)
    assert (when.first, when.last) == (date(2025, 1, 1), date(2025, 1, 31))
    when = only("in the past year", date(2025, 1, 5))
    assert isinstance(when, When)
    assert (when.first, when.last) == (date(2024, 1, 1), date(2024, 12, 31))


@pytest.mark.parametrize(
    "text", ["31 April", "two March", "1/0", "may hold", "the", ""]
)
def test_what_is_no_amount_and_no_day(text: str) -> None:
    assert not [
        x for x in scan(text, PUBLISHED) if isinstance(x, When) and x.kind == "day"
    ]
    assert not [x for x in scan(text, PUBLISHED) if isinstance(x, Amount) and x.unit]


@given(st.text(max_size=80))
def test_any_text_is_scanned_and_keeps_its_places(text: str) -> None:
    flat = plain(text)
    assert len(flat) == len(text)
    for found in scan(flat, PUBLISHED):
        assert flat[found.start : found.end] == found.text


# --- the page says what the code does


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _spoken(words: list[str]) -> str:
    """Patterns as a reader may see them."""
    return (
        ", ".join(words)
        .replace("(the )?", "")
        .replace("|", " or ")
        .replace(".*", "...")
        .replace("\\", "")
    )


def _hedges() -> str:
    number = Number(Fraction(40), Fraction(1), Fraction(10))
    rows = []
    for name, band in TABLES["bands"].items():
        forty = read_interval(Amount(0, 1, "40", (number,), "km2", name), "km2").extent
        rule = f"{band['low']} to {band['high']}"
        rows.append((_spoken(band["words"]), rule, forty, band["why"]))
    return _table(("words", "from ... to", '"... 40 km²"', "why"), rows)


def _examples() -> str:
    texts = (
        "560 km²", "77.43 sq km", "1,263 km²", "over 200 km²", "nearly 450 km²",
        "up to 700 km²", "500 sq mi", "nearly one-fifth", "two-thirds", "63.2 %",
        "80 %",
        "99.5 %", "no more than 2 kilometers", "28 to 35 km", "several", "doubled",
    )  # fmt: skip
    return _table(("words", "read as"), [(x, interval(x).extent) for x in texts])


def _days() -> str:
    rows = []
    for text, _ in DATES:
        when = only(text)
        assert isinstance(when, When)
        window = read_window(when, PUBLISHED, since=when.prep == "since")
        rows.append((text, window.reading.partition("read as ")[2]))
    return _table(("words", "read as"), rows)


@pytest.mark.parametrize("name", ["hedges", "examples", "dates"])
def test_page_has_the_tables_of_the_code(name: str) -> None:
    made = {"hedges": _hedges, "examples": _examples, "dates": _days}[name]()
    page = DOCS.read_text("utf-8")
    found = re.search(
        rf"<!-- table: {name} -->\n\n(.*?)\n\n<!-- end -->", page, re.DOTALL
    )
    assert found is not None
    assert found[1] == made
