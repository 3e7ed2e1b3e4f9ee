"""An article as claims: its sentences in turn, each with the place of its words."""

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

from kursk_geo.claims.claim import Unread
from kursk_geo.claims.sentence import Found, read_all, sentences
from kursk_geo.claims.wording import TABLES

__all__ = ["article_text", "read_article"]


def read_article(
    text: str,
    *,
    published: date,
    theatre: str | None = None,
    outlet: str = "",
) -> list[Found]:
    """
    Find what an article says of territory.

    Parameters
    ----------
    text : str
        Plain text or HTML. Of HTML, places are those in `article_text` of it.
    published : date or Timestamp
    theatre : str, optional
        Where, for sentences that do not tell and follow none that does.
    outlet : str, default ""

    Returns
    -------
    list of Found
        Claims, and words that look like territory and cannot be read, in the order of
        the text. What is no territory is left out.

    Examples
    --------
    >>> text = "Kyiv holds 58 square km in Kursk. It was forced out of most of it."
    >>> [
    ...     text[one.start : one.end]
    ...     for one in read_article(text, published=date(2025, 4, 8))
    ... ]
    ['58 square km']
    """
    text = article_text(text)
    # A whole sentence is unread in another language, or without words.
    whole, found = set(sentences(text)), list[Found]()
    for one in read_all(text, published=published, theatre=theatre, outlet=outlet):
        if isinstance(one.what, Unread):
            found += [] if (one.start, one.end) in whole else [one]
        elif one.what.theatre:
            found.append(one)
        else:
            reason = "it does not say where: theatre= or --theatre tells"
            phrase = text[one.start : one.end]
            unread = Unread(phrase, one.start, one.end, reason)
            found.append(replace(one, what=unread))
    return found


def article_text(text: str) -> str:
    """
    The words of an article, without marks of HTML if it has any.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        Paragraphs with an empty line between them; plain text as it is.
    """
    if not _MARKED.search(text):
        return text
    page = _Page()
    page.feed(text)
    page.close()
    paragraphs = (" ".join(p.split()) for p in "".join(page.words).split("\n\n"))
    return "\n\n".join(p for p in paragraphs if p)


_MARKED = re.compile(
    r"<(?:html|body|article|main|div|p|h[1-6]|br|span|blockquote)\b[^<]*>",
    re.IGNORECASE,
)


class _Page(HTMLParser):
    """Collects the words of a page; scripts, menus and forms are not its words."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        """Open an element: a block ends a paragraph."""
        if tag in TABLES["html"]["silent"]:
            self.silent.append(tag)
        elif tag not in TABLES["html"]["inline"]:
            self.words.append(" " if tag in ("br", "td", "th") else "\n\n")

    def handle_endtag(self, tag: str) -> None:
        """Close an element."""
        if tag in self.silent:
            del self.silent[self.silent.index(tag) :]
        elif tag not in (*TABLES["html"]["inline"], "td", "th"):
            self.words.append("\n\n")

    def handle_data(self, data: str) -> None:
        """Keep words, unless they belong to a script or menu."""
        if not self.silent:
            self.words.append(re.sub(r"\s+", " ", data))
