"""Check a sentence, a kept claim, or a whole article against the maps."""

import re
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd

from kursk_geo._files import kind_of, signed, write_whole
from kursk_geo._text import json_text, many, markdown, writable
from kursk_geo.claims.amounts import Found
from kursk_geo.claims.claim import Claim, DateWindow, Unread, as_day, spell
from kursk_geo.claims.engine import day_of
from kursk_geo.claims.judge import judge
from kursk_geo.claims.sentence import article_text, read_article, read_sentence
from kursk_geo.claims.toml import load_claims
from kursk_geo.claims.verdict import Verdict, Verdicts
from kursk_geo.claims.wording import When, read_window, scan
from kursk_geo.errors import ClaimError, OptionError, TheatreError
from kursk_geo.history import ControlHistory, require_history
from kursk_geo.theatre import Theatre

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
    name = own.name if own else str(theatre or "")
    day = _published(published)
    verdicts = []
    for item in [what] if isinstance(what, (str, Path, Claim)) else what:
        for claim in _claims(item, day, name, writable(outlet)):
            if isinstance(claim, Unread):
                why = f"Not read: {claim.reason}."
                verdicts.append(Verdict(claim, "not_read", why))
                continue
            asked = replace(claim, since_2014=since_2014 or claim.since_2014)
            if since is not None and claim.since is None:
                asked = replace(asked, since=_window(since, claim.published))
            verdicts.append(judge(asked, history, theatre=own))
    return Verdicts(verdicts)


def _published(when: Published | None) -> date | pd.Timestamp | None:
    if when is None:
        return None
    stamp: Any = pd.NaT
    with suppress(ValueError, TypeError):  # told below as no date
        stamp = pd.Timestamp(when)
    # "" and "NaN" are read as none; a century from the ends of time, "last century" is.
    if pd.isna(stamp) or not 1000 <= stamp.year <= 9000:
        msg = (
            f"published={when!r} is no date. Expected one such as 2025-04-26, or "
            "an instant such as 2025-04-26T14:00Z."
        )
        raise ClaimError(msg)
    return as_day(stamp if ":" in str(when) else stamp.date())


def _claims(
    item: str | Path | Claim,
    published: date | pd.Timestamp | None,
    theatre: str,
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
    def _places(self) -> list[Found]:
        return [one for one in self.found if isinstance(one.what, Claim)]

    @property
    def _parts(self) -> list[dict[str, Any]]:
        """The text cut where claims begin and end, with the notes that stand there."""
        places = list(zip(self._places, self.claims, strict=True))
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
        rows = zip(self.claims.rows(), self._places, strict=True)
        return [{**row, **self._place(one)} for row, one in rows]

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
        body = "".join(
            _escaped(part["text"]) + "".join(f"[^{note}]" for note in part["notes"])
            for part in self._parts
        )
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
    name = theatre.name if isinstance(theatre, Theatre) else theatre
    read = read_article(text, published=day, theatre=name, outlet=outlet)
    found = [
        replace(one, what=_named(one.what, number))
        for number, one in enumerate(read, 1)
    ]
    claims = [one.what for one in found if isinstance(one.what, Claim)]
    verdicts = check(claims, history, theatre=theatre)
    return Annotated(article_text(text), tuple(found), verdicts, day, outlet)


def _escaped(text: str) -> str:
    """Markdown that means the text itself, with its paragraphs."""
    return "".join(
        part if part.isspace() else markdown(part) for part in re.split(r"(\s+)", text)
    )


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
    folder = Path(str(files("kursk_geo"))) / "data" / "articles"
    packaged = folder / f"{article}.toml"
    path = packaged if article and packaged.is_file() else Path(article)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(sorted(one.stem for one in folder.glob("*.toml")))
        what = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        msg = (
            f"{article} cannot be read: {what}. Expected a text or HTML file, or an "
            f"article that comes with the package: {known}."
        )
        raise ClaimError(msg) from error
    if path != packaged:
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
