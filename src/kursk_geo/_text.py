"""Numbers, dates, counts and words as people read them, in the language in use."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from math import isnan
from typing import Any

import pandas as pd
from markupsafe import Markup, escape

from kursk_geo.errors import SPACE, check_word
from kursk_geo.errors import visible as visible  # noqa: PLC0414
from kursk_geo.status import Status

NOTHING = "–"
"""Stands where there is no figure."""
MINUS = "\N{MINUS SIGN}"
URL = re.compile(r"(https?://[A-Za-z0-9][\w.~:/?#@!$&*+=%-]*[\w/#=&-])", re.ASCII)
MARKDOWN = re.compile(r"([\\`*_{}\[\]<>|~&$#])")
CURRENT: ContextVar[str] = ContextVar("language", default="en")


# Languages: one file of words each


def languages() -> list[str]:
    """Codes of the languages that there is a file of words for."""
    folder = files("kursk_geo") / "data" / "words"
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir())


@contextmanager
def language(code: str) -> Iterator[None]:
    """Speak a language within a `with` block."""
    check_word("lang", code, languages())
    token = CURRENT.set(code)
    try:
        yield
    finally:
        CURRENT.reset(token)


@cache
def _words(code: str) -> dict[str, Any]:
    text = (files("kursk_geo") / "data" / "words" / f"{code}.toml").read_text("utf-8")
    return tomllib.loads(text)


def t(key: str, **values: object) -> str:
    """The words of a key in the language in use, with values filled in."""
    words: Any = _words(CURRENT.get())
    for part in key.split("."):
        words = words[part]
    return str(words).format(**values) if values else str(words)


def words_of(section: str) -> dict[str, Any]:
    """A whole section of words, for the page's script."""
    found: dict[str, Any] = _words(CURRENT.get())[section]
    return found


def named(section: str, name: str, default: str) -> str:
    """What a name is called in a section; `default` where it has no entry."""
    return str(_words(CURRENT.get()).get(section, {}).get(name, default))


def count(key: str, number: int, **values: object) -> str:
    """Words that agree with a count: forms for one, (few) and many."""
    forms = _words(CURRENT.get())["counts"][key]
    form = int(number != 1)
    if len(forms) == 3:
        tens, ones = number // 10 % 10, number % 10
        form = 2 if tens == 1 or ones > 4 or not ones else int(ones > 1)
    small = words_of("format")["small"]
    digits = figure(number, 0)
    word = small[number] if 0 <= number < len(small) else digits
    return str(forms[form]).format(n=digits, word=word, **values)


def many(number: int, thing: str) -> str:
    """A count with its noun, in English: 1 map, 2 maps, 3 features or files."""
    words = thing if number == 1 else thing.replace(" or ", "s or ") + "s"
    return f"{number:,} {words}"


# Dates


def moment_words(moment: pd.Timestamp) -> str:
    """An instant in UTC, in words that no locale changes."""
    return f"{minute_words(moment)} UTC"


def minute_words(moment: pd.Timestamp) -> str:
    """An instant in UTC, where the heading says that it is."""
    return f"{day_words(moment)}, {moment:%H:%M}"


def utc_minute(moment: pd.Timestamp) -> str:
    """An instant in UTC, in digits, for tables and messages."""
    return f"{moment.tz_convert('UTC'):%Y-%m-%d %H:%M}"


def instant_text(moment: Any) -> str | None:  # noqa: ANN401  (NaT too)
    """ISO 8601 with Z, and a day by itself where there is no zone; for files."""
    if pd.isna(moment):
        return None
    if moment.tz is None:
        return f"{moment:%Y-%m-%d}"
    return str(moment.tz_convert("UTC").isoformat()).replace("+00:00", "Z")


def day_words(moment: pd.Timestamp, *, year: bool = True) -> str:
    """A day, in words that no locale changes."""
    form = words_of("format")
    return str(form["day" if year else "day_of_year"]).format(
        day=moment.day, month=form["months_of"][moment.month - 1], year=moment.year
    )


def month_words(moment: pd.Timestamp, *, year: bool = True) -> str:
    """A month in short, with its year."""
    name = str(words_of("format")["months"][moment.month - 1])
    return f"{name} {moment.year}" if year else name


# Numbers


def figure(value: float, digits: int, unit: str = "", *, sign: bool = False) -> str:
    """A number with marks of the language, a true minus, and its unit."""
    if isnan(value):
        return NOTHING
    form = words_of("format")
    text = f"{abs(value):,.{digits}f}"
    nothing = not text.strip("0.,")
    text = text.replace(",", "\0").replace(".", form["decimal"])
    text = text.replace("\0", form["group"])
    # -0.0 and what rounds to it is no fall.
    before = "" if nothing else MINUS if value < 0 else "+" if sign else ""
    return before + text + (SPACE + named("units", unit, unit) if unit else "")


def km2(area_km2: float, *, unit: bool = True, sign: bool = False) -> str:
    """An area, or a change of one, to the digits that maps bear."""
    digits = 0 if abs(area_km2) >= 100 else 1
    return figure(area_km2, digits, "km²" if unit else "", sign=sign)


def about_km2(area_km2: float, error_km2: float = 1.0, *, sign: bool = False) -> str:
    """An area to the order of its error, as prose tells it."""
    digits = 0 if error_km2 >= 0.95 or abs(area_km2) >= 100 else 1
    return figure(area_km2, digits, "km²", sign=sign)


def km(length_km: float, *, unit: bool = True, censored: bool = False) -> str:
    """A length to the digits that maps bear; a censored one is that or more."""
    words = figure(length_km, 1 if abs(length_km) >= 10 else 2, "km" if unit else "")
    return t("format.or_more", figure=words) if censored else words


def percent(share: float, digits: int = 0) -> str:
    """A share in per cent, never rounded up to certainty or down to nothing."""
    if isnan(share):
        return NOTHING
    if 0.0 < share < 0.01 and not digits:
        return t("format.under", figure=figure(1, 0, "%"))
    if 0.99 < share < 1.0 and not digits:
        return t("format.over", figure=figure(99, 0, "%"))
    return figure(100 * share, digits, "%")


def probability(share: float) -> str:
    """A probability in per cent, which is never certain."""
    return percent(min(share, 0.999))


# Words


def status_word(status: Status) -> str:
    """What a legend says of a status."""
    return t(f"status.{status}")


def and_words(parts: list[str]) -> str:
    """Words as a list in a sentence."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {t('format.and')} {parts[-1]}"


def quoted(text: str) -> str:
    """A wording in the quotation marks of the language."""
    return t("format.quote", text=text)


def lower(words: str) -> str:
    """Words within a sentence."""
    return words[:1].lower() + words[1:]


def upper(words: str) -> str:
    """Words at the beginning of a sentence."""
    return words[:1].upper() + words[1:]


# Text from data


def sheet(table: pd.DataFrame) -> pd.DataFrame:
    """
    Figures and words as CSV and spreadsheets take them.

    Without geometry; instants as ISO 8601, several values with a space between them,
    and no text that a spreadsheet would run as a formula.
    """
    rows = pd.DataFrame(table.drop(columns="geometry", errors="ignore"))
    return rows.reset_index(drop=True).astype(object).map(_in_a_cell).infer_objects()


def _in_a_cell(value: object) -> object:
    if isinstance(value, pd.Timestamp) or value is pd.NaT:
        return instant_text(value)
    if isinstance(value, (tuple, list)):
        value = " ".join(map(str, value))
    if not isinstance(value, str):
        return value
    shown = visible(value)
    return f"'{shown}" if shown[:1] in {"=", "+", "-", "@"} else shown


def csv_text(table: pd.DataFrame) -> str:
    """A table as RFC 4180 says, with a header line; see `sheet`."""
    return str(sheet(table).to_csv(index=False, lineterminator="\n"))


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table for JSON, without geometry."""
    rows = pd.DataFrame(table.drop(columns="geometry", errors="ignore"))
    return [_plain(row) for row in rows.astype(object).to_dict("records")]


def json_text(facts: Mapping[Any, object], **lists: Sequence[object]) -> str:
    """Facts as JSON, a line for each part; then lists, a line for each entry."""
    text = json.dumps(_plain(facts), ensure_ascii=False, indent=2, allow_nan=False)
    text = text.removesuffix("\n}")
    for name, entries in lists.items():
        lines = ",\n".join(
            f"    {json.dumps(one, ensure_ascii=False, allow_nan=False)}"
            for one in entries
        )
        text += f',\n  "{name}": [' + (f"\n{lines}\n  ]" if lines else "]")
    return f"{text}\n}}\n"


def _plain(value: Any) -> Any:  # noqa: ANN401
    """A value as JSON has it: null where there is no figure, instants as text."""
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple, frozenset)):
        return [_plain(one) for one in value]
    if isinstance(value, pd.Timestamp) or value is pd.NaT:
        return instant_text(value)
    if hasattr(value, "item"):
        value = value.item()
    return None if value is pd.NA or value != value else value  # noqa: PLR0124


def linked(text: object) -> Markup:
    """Text in HTML, with the web addresses in it as links."""
    link = Markup('<a href="{0}" rel="noreferrer">{0}</a>')
    return Markup("").join(
        link.format(part) if number % 2 else escape(part)
        for number, part in enumerate(URL.split(visible(text)))
    )


def markdown(text: object) -> str:
    """Text in Markdown that means no more than itself, but for web addresses."""
    return "".join(
        f"<{part}>" if number % 2 else MARKDOWN.sub(r"\\\1", part)
        for number, part in enumerate(URL.split(visible(text)))
    )


def facts_text(name: str, facts: Mapping[str, object]) -> str:
    """A thing in a few lines: how it shows itself in a console."""
    lines = [f"  {key:<10}{visible(value)}" for key, value in facts.items()]
    return "\n".join([name, *lines])


def facts_html(name: str, facts: Mapping[str, object]) -> str:
    """The same in a notebook."""
    row = Markup("<tr><th {0}>{1}</th><td {0}>{2}</td></tr>")
    left = Markup("style='text-align:left'")
    rows = [row.format(left, key, visible(value)) for key, value in facts.items()]
    return f"<table><caption>{escape(name)}</caption>{''.join(rows)}</table>"


def writable(text: str) -> str:
    """A text with no half of a surrogate pair, which no file and no table can hold."""
    # Python's own mark for a byte that is no UTF-8: what an older terminal calls "²".
    escaped = re.compile("[\udc80-\udcff]")
    text = escaped.sub(lambda byte: chr(ord(byte[0]) - 0xDC00), text)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
