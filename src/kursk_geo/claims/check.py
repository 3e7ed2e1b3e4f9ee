"""Check a sentence, a kept claim, or a whole article against the maps."""

import json
import re
import tomllib
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import MISSING, dataclass, fields, replace
from datetime import date, datetime
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any, get_type_hints

import pandas as pd
from msgspec import ValidationError, convert

from kursk_geo._files import kind_of, read_toml, signed, write_whole
from kursk_geo._text import json_text, many, markdown, writable
from kursk_geo.claims.claim import (
    Claim,
    DateWindow,
    Interval,
    Place,
    Unread,
    as_day,
    day_of,
    spell,
)
from kursk_geo.claims.judge import judge
from kursk_geo.claims.reader import Found
from kursk_geo.claims.sentence import article_text, read_article, read_sentence
from kursk_geo.claims.verdict import Verdict, Verdicts
from kursk_geo.claims.wording import When, read_window, scan
from kursk_geo.errors import (
    ClaimError,
    KurskGeoError,
    OptionError,
    TheatreError,
    did_you_mean,
)
from kursk_geo.history import ControlHistory, require_history
from kursk_geo.periods import instant
from kursk_geo.theatre import Theatre

MAX_BYTES = 1 << 16
"""A claim is a sentence; a larger file is something else. [bytes]"""
DOCS = "docs/claims.md"


READING = (
    "measure", "says", "at", "since", "ground", "place", "pieces", "of", "speaker",
)  # fmt: skip
"""What is read from the words, and stands in a table of its own."""
WHOLE = tuple(one.name for one in fields(Claim) if one.name not in READING)
INNER = {"says": Interval, "at": DateWindow, "since": DateWindow, "place": Place}
"""Fields of a reading that are tables in turn."""

Published = str | date | datetime | pd.Timestamp


def check(
    what: str | Path | Claim | Sequence[str | Path | Claim],
    history: ControlHistory,
    *,
    published: Published | None = None,
    theatre: str | Theatre | None = None,
    outlet: str = "",
    since: str | date | None = None,
    since_2014: bool = False,
) -> Verdicts:
    """
    Tell whether a published sentence holds on the maps, and if not, what does.

    Parameters
    ----------
    what : str, Path, Claim, or a sequence of them
        A sentence; the id of a packaged claim or the beginning of several; a ``.toml``
        file or a folder of them; or what `load_claims` gives.
    history : ControlHistory
        As read, not cut to a theatre.
    published : str, date, datetime or Timestamp, optional
        When the sentence was published: asked for with a sentence. A date means the map
        that stood in the morning of that day in Kyiv.
    theatre : str or Theatre, optional
        Where, if the words do not tell: a name that `kursk_geo.theatre` knows, or a
        theatre of your own.
    outlet : str, default ""
        Who printed it.
    since : str or date, optional
        What a change is counted from, if the sentence does not tell: a date, "the
        peak", "January".
    since_2014 : bool, default False
        Count what has been held since 2014 (Crimea, parts of Donetsk and Luhansk) too.

    Returns
    -------
    Verdicts
        One `Verdict` a statement: a sentence may make several. Words that are not about
        territory, or cannot be read, are "not_read" with the reason.

    Raises
    ------
    ClaimError
        If the sentence is empty or has no date, or a claim cannot be read.
    TheatreError
        If the history has been cut to a theatre.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> history = kg.sample_history()
    >>> words = "By mid-April it amounted to three small sections in Kursk region"
    >>> [verdict] = kg.check(words, history, published="2025-04-26")
    >>> verdict.verdict, verdict.figure
    ('holds', 3.0)
    """
    require_history(history)
    if history.theatre is not None:
        msg = (
            "These maps have been cut to a theatre. Expected a whole history, as "
            "read_history() gives it: each sentence names its own region."
        )
        raise TheatreError(msg)
    own = theatre if isinstance(theatre, Theatre) else None
    where = own or str(theatre or "")
    day = _published(published)
    verdicts = []
    for item in [what] if isinstance(what, (str, Path, Claim)) else what:
        for claim in _claims(item, day, where, writable(outlet)):
            if isinstance(claim, Unread):
                why = f"Not read: {claim.reason}."
                verdicts.append(Verdict(claim, "not_read", why))
                continue
            asked = replace(claim, since_2014=since_2014 or claim.since_2014)
            if since is not None and claim.since is None:
                asked = replace(asked, since=_window(since, claim.published))
            free = not (theatre or isinstance(item, Path))  # words alone tell where
            verdicts.append(judge(asked, history, theatre=own, widen=free))
    return Verdicts(verdicts)


def _published(when: Published | None) -> date | pd.Timestamp | None:
    if when is None:
        return None
    stamp: Any = pd.NaT
    with suppress(OptionError):  # told below as no date
        stamp = instant(when)
    # A century from the ends of time, "last century" is one as well.
    if pd.isna(stamp) or not 1000 <= stamp.year <= 9000:
        msg = (
            f"published={when!r} is no date. Expected one such as 2025-04-26, "
            "26.04.2025 or yesterday, or an instant such as 2025-04-26T14:00Z."
        )
        raise ClaimError(msg)
    return as_day(stamp if ":" in str(when) else stamp.date())


def _claims(
    item: str | Path | Claim,
    published: date | pd.Timestamp | None,
    theatre: str | Theatre,
    outlet: str,
) -> Sequence[Claim | Unread]:
    if isinstance(item, Claim):
        return [item]
    if isinstance(item, str) and not item.strip():
        msg = "The sentence is empty. Expected one, in quotation marks."
        raise ClaimError(msg)
    words = str(item)
    one_word = not re.search(r"\s", words.strip())
    kept = isinstance(item, Path) or one_word or words.endswith(".toml")
    if kept or kind_of(item):
        return load_claims(item)
    if published is None:
        msg = (
            "The sentence has no date of publication, which tells the map. Expected "
            "one: published='2025-04-26' (--published 2025-04-26)."
        )
        raise ClaimError(msg)
    found = read_sentence(
        writable(words), published=published, theatre=theatre, outlet=outlet
    )
    return [_named(one, number) for number, one in enumerate(found, 1)]


def _named(claim: Claim | Unread, number: int) -> Claim | Unread:
    """With an id made of outlet, date and words."""
    if isinstance(claim, Unread):
        return claim
    day = claim.published.isoformat()[:10]
    who = re.sub(r"[^a-z0-9]+", "-", claim.outlet.lower()).strip("-")
    name = f"{who or 'sentence'}-{day}-{claim.measure.replace('_', '-')}"
    return replace(claim, id=f"{name}-{number}" if number > 1 else name)


def _window(since: str | date, published: date | pd.Timestamp) -> DateWindow:
    """What a change is counted from, as it was given beside the sentence."""
    if isinstance(since, date):
        return DateWindow("on", since)
    with suppress(ValueError):  # words, or what is told below as no date
        exact = (datetime if "T" in since else date).fromisoformat(since)
        return DateWindow("on", exact, text=since)
    day = day_of(published)
    words = f"since {since}".replace("-", " ").rstrip()  # "mid-December"
    found = [one for one in scan(words, day) if isinstance(one, When)]
    if len(found) != 1 or found[0].end < len(words):
        msg = (
            f"since={since!r} is no date. Expected one such as 2024-12-15, 'the peak', "
            "'January' or 'mid-December 2024'."
        )
        raise ClaimError(msg)
    return read_window(found[0], day, since=True)


# Claims that are kept


def list_claims() -> list[str]:
    """
    Ids of the claims that come with the package.

    Returns
    -------
    list of str
        Sorted.

    Examples
    --------
    >>> "bloomberg-2025-04-26-shrunk" in list_claims()
    True
    """
    return sorted(_packaged("claims"))


def _packaged(what: str) -> dict[str, Path]:
    """Files of claims or articles that come with the package, by name."""
    folder = Path(str(files("kursk_geo"))) / "data" / what
    return {path.stem: path for path in folder.glob("*.toml")}


def load_claims(which: str | Path | Sequence[str | Path]) -> list[Claim]:
    """
    Read claims from files, folders, or those that come with the package.

    Parameters
    ----------
    which : str, Path, or sequence of them
        The id of a packaged claim, the beginning of several such ids
        (``"bloomberg-2025-04-26"``), a ``.toml`` file, or a folder of them. A packaged
        id comes before a folder of that name; write ``"./name"`` for the folder.

    Returns
    -------
    list of Claim
        In the order asked for, each once; those of one folder or beginning by id.

    Raises
    ------
    ClaimError
        If there is no such claim, a file cannot be read (names file and key), or two
        files have the same id.

    Examples
    --------
    >>> [claim.id for claim in load_claims("bloomberg-2025-04-26-sections")]
    ['bloomberg-2025-04-26-sections']
    >>> load_claims([])
    []
    """
    asked = [which] if isinstance(which, (str, Path)) else which
    paths = dict.fromkeys(path for item in asked for path in _paths(item))
    known: dict[str, Path] = {}
    claims = []
    for path in paths:
        claim = _load(path)
        if claim.id in known:
            msg = (
                f"{path}: id = {claim.id!r} is also that of {known[claim.id]}. "
                "Expected each id once: change one of them."
            )
            raise ClaimError(msg)
        known[claim.id] = path
        claims.append(claim)
    return claims


def _paths(item: str | Path) -> list[Path]:
    packaged = _packaged("claims")
    name = str(item)
    if isinstance(item, str) and item in packaged:
        return [packaged[item]]
    path = Path(item)
    kind = kind_of(path) if name else ""
    if kind == "folder":
        found = sorted(path.glob("*.toml"))
        if not found:
            msg = (
                f"{path} holds no claim. Expected files that end in .toml: write one "
                f"as {DOCS} shows, or with kursk-geo check ... --save claim.toml."
            )
            raise ClaimError(msg)
        return found
    if path.suffix == ".toml" or kind == "file":
        return [path]
    found = [packaged[key] for key in sorted(packaged) if key.startswith(f"{name}-")]
    if not name or not found:
        begin = {key.partition("-20")[0] for key in packaged} | packaged.keys()
        msg = (
            f"There is no claim {name!r}. Expected a whole sentence (in quotation "
            "marks), a .toml file, a folder of them, or an id or its beginning, such "
            "as 'bloomberg-2025-04-26': kursk_geo.list_claims(), or kursk-geo claims, "
            "has all."
            f"{did_you_mean(name, begin)}"
        )
        raise ClaimError(msg)
    return found


def _load(path: Path) -> Claim:
    expected = (
        f"a short TOML file in UTF-8, as {DOCS} shows: check the path, or see "
        "list_claims() for those that come with the package; of an article, "
        "kursk-geo annotate checks the sentences"
    )
    if kind_of(path) == "file" and path.stat().st_size > MAX_BYTES:
        msg = f"{path}: larger than {MAX_BYTES >> 10} KiB. Expected {expected}."
        raise ClaimError(msg)
    raw = read_toml(path, error=ClaimError, expected=expected)
    try:
        return _claim(raw)
    except KurskGeoError as error:
        msg = f"{path}: {error}"
        raise ClaimError(msg) from error


def _claim(raw: dict[str, Any]) -> Claim:
    """
    The claim of a file: as its [reading] says, or else as its sentence reads.

    Raises
    ------
    ClaimError
        If a key is wrong, or the sentence cannot be read.
    """
    given = _fields(raw, Claim, (*WHOLE, "part", "reading"))
    part: int = given.pop("part", 1)
    reading = given.pop("reading", None)
    if reading is not None:
        return Claim(**given, **_fields(reading, Claim, READING, "reading"))
    found = read_sentence(
        given["text"],
        published=given["published"],
        theatre=given.get("theatre"),
        outlet=given.get("outlet", ""),
    )
    claims = [one for one in found if isinstance(one, Claim)]
    if not 1 <= part <= len(claims):
        reasons = [one.reason for one in found if isinstance(one, Unread)]
        msg = (
            f"text: {len(claims)} statements about territory were read, and part "
            f"{part} is asked for{'; '.join(['', *reasons])}. Write what is meant in a "
            f"table [reading], as {DOCS} shows."
        )
        raise ClaimError(msg)
    return replace(claims[part - 1], **{k: v for k, v in given.items() if v})


def _fields(
    table: dict[str, Any], of: type, keys: Collection[str], where: str = ""
) -> dict[str, Any]:
    """
    What a table of a file says of some fields of a dataclass.

    Raises
    ------
    ClaimError
        If a key is not known, missing, or not of its type.
    """
    types = {"part": int, "reading": dict[str, Any]} | get_type_hints(of)
    needed = [x.name for x in fields(of) if x.name in keys and x.default is MISSING]
    found = {}
    for key in dict.fromkeys([*table, *needed]):
        name = f"{where}.{key}" if where else key
        if key not in keys or key not in table:
            state = "is missing" if key in keys else "is not known"
            expected = ", ".join(keys) + (f" in [{where}]" if where else "")
            msg = (
                f"key {name} {state}. Expected the keys {expected}: add what is "
                f"missing, correct or remove others; {DOCS} shows every key."
            )
            raise ClaimError(msg)
        value, kind = table[key], INNER.get(key)
        try:
            if kind is not None:
                own = tuple(one.name for one in fields(kind))
                value = convert(value, dict[str, Any])
                found[key] = kind(**_fields(value, kind, own, name))
            elif key in ("published", "target"):  # a day or an instant
                found[key] = as_day(value, f"{name}: ")
            else:
                found[key] = convert(value, types[key])
        except ValidationError as error:
            fault = str(error).partition(" - at")[0]
            msg = f"{name}: {fault}, or remove the key; {DOCS} shows every key."
            raise ClaimError(msg) from error
    return found


def save_claim(claim: Claim, path: str | Path) -> None:
    """
    Write a claim, with all that was read from its words, to a TOML file.

    Parameters
    ----------
    claim : Claim
    path : str or Path
    """
    named = replace(claim, id=claim.id or Path(path).stem)
    said = {key: getattr(named, key) for key in WHOLE}
    always = ("outlet", "theatre", "source")
    lines = [f"{k} = {_toml(v)}" for k, v in said.items() if v or k in always]
    lines += ["", "[reading]"]
    read = {key: getattr(claim, key) for key in READING}
    spared = (None, "", "all")
    lines += [f"{k} = {_toml(v)}" for k, v in read.items() if v not in spared]
    write_whole(Path(path), "\n".join([*lines, ""]).encode())


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return json.dumps(value, ensure_ascii=False)
        case date() | float() | int():
            return value.isoformat() if isinstance(value, date) else repr(value)
        case tuple():
            return f"[{', '.join(_toml(one) for one in value)}]"
    kept = {k: v for k, v in vars(value).items() if v not in (None, "")}
    return f"{{ {', '.join(f'{k} = {_toml(v)}' for k, v in kept.items())} }}"


# Articles


@dataclass(frozen=True, eq=False, repr=False)
class Annotated:
    """
    An article with the verdicts on its sentences.

    Parameters
    ----------
    text : str
        The article's text, without markup.
    found : tuple of Found
        The claims and the phrases that were not read, with their places in the text.
    claims : Verdicts
        On the claims, in the order of the text.
    published : date or Timestamp
    outlet : str
    """

    text: str
    found: tuple[Found, ...]
    claims: Verdicts
    published: date | pd.Timestamp
    outlet: str = ""

    @property
    def unread(self) -> list[Unread]:
        """Phrases that look like territory and could not be read, with the reason."""
        return [one.what for one in self.found if isinstance(one.what, Unread)]

    @property
    def _cited(self) -> list[tuple[Found, Verdict]]:
        """The claims where they stand in the text, with their verdicts."""
        places = (one for one in self.found if isinstance(one.what, Claim))
        return list(zip(places, self.claims, strict=True))

    @property
    def _parts(self) -> list[dict[str, Any]]:
        """The text cut where claims begin and end, with the notes that stand there."""
        places = self._cited
        edges = (edge for one, _ in places for edge in (one.start, one.end))
        cuts = sorted({0, len(self.text), *edges})
        return [
            {
                "text": self.text[start:end],
                "words": next(
                    (v.verdict for one, v in places if one.start <= start < one.end), ""
                ),
                "notes": [i for i, (one, _) in enumerate(places, 1) if one.end == end],
            }
            for start, end in pairwise(cuts)
        ]

    def rows(self) -> list[dict[str, Any]]:
        """
        `Verdicts.rows` with ``phrase``, ``start`` and ``end`` in the text.

        Returns
        -------
        list of dict
        """
        return [verdict.row() | self._place(one) for one, verdict in self._cited]

    def _place(self, one: Found) -> dict[str, Any]:
        phrase = self.text[one.start : one.end]
        return {"phrase": phrase, "start": one.start, "end": one.end}

    def to_json(self, path: str | Path) -> None:
        """
        Write ``claims`` and ``unread`` to a file.

        Parameters
        ----------
        path : str or Path
        """
        unread = [
            self._place(one) | {"reason": one.what.reason}
            for one in self.found
            if isinstance(one.what, Unread)
        ]
        tables = signed({"claims": self.rows(), "unread": unread})
        write_whole(Path(path), json_text(tables).encode())

    def to_markdown(self, path: str | Path) -> None:
        """
        Write the article with footnotes to a Markdown file.

        Parameters
        ----------
        path : str or Path
        """
        body = ""
        for part in self._parts:
            # Markdown that means the text itself, with its paragraphs.
            words = re.split(r"(\s+)", part["text"])
            body += "".join(
                word if word.isspace() else markdown(word) for word in words
            )
            body += "".join(f"[^{note}]" for note in part["notes"])
        lines = [body, ""]
        lines += [
            f"[^{number}]: **{verdict.word}.** "
            + " ".join(markdown(x) for x in _footnote(verdict))
            for number, verdict in enumerate(self.claims, 1)
        ]
        if self.unread:
            lines += ["", "Not read:", ""]
            lines += [
                f"- “{markdown(one.phrase)}”: {markdown(one.reason)}"
                for one in self.unread
            ]
        whole = "\n".join([*lines, "", self._credit(), ""])
        write_whole(Path(path), whole.encode())

    def to_html(self, path: str | Path) -> None:
        """
        Write the article with footnotes to one page that asks for nothing else.

        Parameters
        ----------
        path : str or Path
        """
        from jinja2 import Environment  # noqa: PLC0415  (asking for help needs none)

        template = Environment(autoescape=True, trim_blocks=True).from_string(
            (Path(__file__).with_name("annotated.html.j2")).read_text(encoding="utf-8")
        )
        page = template.render(
            title=f"Checked: {self.outlet or 'article'}, {spell(self.published)}",
            parts=self._parts,
            notes=[(one, _footnote(one)) for one in self.claims],
            unread=self.unread,
            credit=self._credit(),
            review=self.claims.claim_review(),
        )
        write_whole(Path(path), page.encode())

    def write(self, path: str | Path) -> None:
        """
        Write a file as its ending says: .html, .md or .json.

        Parameters
        ----------
        path : str or Path
        """
        by_ending = {
            ".html": self.to_html,
            ".htm": self.to_html,
            ".md": self.to_markdown,
            ".json": self.to_json,
        }
        ending = Path(path).suffix.lower()
        if ending not in by_ending:
            msg = f"{path}: expected a file that ends in .html, .md or .json."
            raise OptionError(msg)
        by_ending[ending](path)

    def _credit(self) -> str:
        whose = dict.fromkeys(one.attribution for one in self.claims)
        maps = "; ".join(one for one in whose if one)
        return f"Maps: {maps or 'as given'}. Checked with kursk_geo."

    def __repr__(self) -> str:
        counts = pd.Series([one.word for one in self.claims]).value_counts()
        told = ", ".join(f"{n} {word}" for word, n in counts.items())
        count = many(len(self.claims), "statement")
        head = f"{count} about territory: {told or 'none'}"
        lines = [head, *(repr(one) for one in self.claims)]
        lines += [f"not read: “{one.phrase}”: {one.reason}" for one in self.unread]
        return "\n".join(lines)


def annotate(
    text: str,
    history: ControlHistory,
    *,
    published: Published | None,
    theatre: str | Theatre | None = None,
    outlet: str = "",
) -> Annotated:
    """
    Check every sentence of an article that speaks of territory.

    Parameters
    ----------
    text : str
        The article, as plain text or HTML.
    history : ControlHistory
        As read, not cut to a theatre.
    published : str, date, datetime or Timestamp
    theatre : str or Theatre, optional
        Where, as far as the words do not tell.
    outlet : str, default ""

    Returns
    -------
    Annotated
        With ``claims`` (a `Verdicts`), ``unread``, ``to_html(path)``,
        ``to_markdown(path)`` and ``to_json(path)``.

    Raises
    ------
    ClaimError
        If there is no text, or the date is none.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> history = kg.sample_history()
    >>> text = "Tens of thousands fled. By mid-April Kyiv held three sections in Kursk."
    >>> len(kg.annotate(text, history, published="2025-04-26").claims)
    1
    """
    day = _published(published)
    if day is None or not text.strip():
        msg = "Expected an article and its date: published='2025-04-26'."
        raise ClaimError(msg)
    text, outlet = writable(text), writable(outlet)
    read = read_article(text, published=day, theatre=theatre, outlet=outlet)
    found = [
        replace(one, what=_named(one.what, number))
        for number, one in enumerate(read, 1)
    ]
    claims = [one.what for one in found if isinstance(one.what, Claim)]
    verdicts = check(claims, history, theatre=theatre)
    return Annotated(article_text(text), tuple(found), verdicts, day, outlet)


def read_text(article: str) -> tuple[str, date | None, str]:
    """
    An article's text with its date and outlet, where it comes with the package.

    Parameters
    ----------
    article : str
        A text or HTML file, or the name of a packaged article.

    Returns
    -------
    text : str
    published : date or None
    outlet : str

    Raises
    ------
    ClaimError
        If there is no such file, or it is no text.
    """
    packaged = _packaged("articles")
    path = packaged.get(article, Path(article))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(sorted(packaged))
        what = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        msg = (
            f"{article} cannot be read: {what}. Expected a text or HTML file (the maps "
            f"come after it), or an article that comes with the package: {known}."
        )
        raise ClaimError(msg) from error
    if article not in packaged:
        return text, None, ""
    data = tomllib.loads(text)
    return data["text"].strip(), data["published"], data["outlet"]


def _footnote(verdict: Verdict) -> list[str]:
    """Reading, printed and measured figure, why, correction."""
    assert isinstance(verdict.claim, Claim)  # noqa: S101
    said = [verdict.why]
    if verdict.correction:
        said.append(f"Correction: {verdict.correction}")
    said.append(f"Read as: {verdict.claim.reading}.")
    return said
