"""Whether a sentence holds on the maps, and what would make it true."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from kursk_geo._files import signed, write_whole
from kursk_geo._text import json_text, moment_words
from kursk_geo.claims.claim import (
    Claim,
    DateWindow,
    Ground,
    Place,
    Unread,
    distance_words,
    shown,
    spell,
)

Word = Literal[
    "holds",
    "holds_if",
    "depends",
    "off",
    "fails",
    "differs",
    "not_computable",
    "not_read",
]
Kind = Literal["first", "rounding", "pieces", "edition", "day", "cut", "grey", "ground"]

ROW = (
    "id", "text", "outlet", "published", "reading", "printed", "figure", "unit",
    "distance", "verdict", "why", "correction", "departures", "maps",
)  # fmt: skip
"""What stands in a row, of a verdict or else of its claim."""
ROW_OF_WAY = ("name", "kind", "figure", "holds", "at_utc", "since_utc")
NO_DAYS = pd.DataFrame(columns=["day", "figure", "holds"])


@dataclass(frozen=True)
class Count:
    """
    How ground is counted.

    Parameters
    ----------
    ground : {"held", "contested", "held or contested"}
    cut : bool, default False
        Cut at the region's edge and measured on the ellipsoid, overlaps once; else
        whole polygons on the sphere, each by itself, as web maps count.
    piece : Place, optional
        The piece that is counted alone or left out.
    alone : bool, default True
    """

    ground: Ground = "held"
    cut: bool = False
    piece: Place | None = None
    alone: bool = True


@dataclass(frozen=True)
class Way:
    """
    One way to come to a figure, and the figure.

    Parameters
    ----------
    name : str
        What it departs in, in words that go after "counted"; "" for the first.
    kind : Kind
    count : Count
    at_utc, since_utc : Timestamp or None
        Maps that are compared; once it is counted, those that were read.
    later : bool, default False
        Whether periods begin and end with the maps after their days.
    figure : float
        What comes of it; nan without one.
    holds : bool
        Whether the sentence does, with this figure.
    reason : str
        Why there is none.
    levels : tuple of float
        On the two maps that are compared, in km² or km.
    parts : tuple of (DateWindow, float)
        Periods that are compared, or days, each with its change, or its area, in km².
    """

    name: str
    kind: Kind
    count: Count
    at_utc: pd.Timestamp
    since_utc: pd.Timestamp | None = None
    later: bool = False
    figure: float = math.nan
    holds: bool = False
    reason: str = ""
    levels: tuple[float, ...] = ()
    parts: tuple[tuple[DateWindow, float], ...] = ()


@dataclass(frozen=True, eq=False, repr=False)
class Verdict:
    """
    What the maps say of one sentence.

    Parameters
    ----------
    claim : Claim or Unread
        Unread where the words could not be read.
    verdict : str
        holds, holds_if (one named departure), depends (on what the sentence leaves
        open), off (near, and by how much), fails, differs (the figure of an official or
        of another map), not_computable, not_read.
    why : str
        In one or two sentences.
    figure, first : float
        The figure that decides, and the one as the source counts; nan without one. In
        ``unit``: a share is 0 to 1, a fall is negative.
    condition : str
        What has to be granted for "holds_if" ("without the piece near Tetkino"), and
        what "depends" depends on ("since when").
    correction : str
        What could be printed instead; "" where nothing is to be corrected.
    departures : tuple of Way
        Ways to count that depart from the source's own in one thing and give another
        figure, each with ``name``, ``kind``, ``figure``, ``holds``, ``at_utc`` and
        ``since_utc``.
    since : DataFrame
        Where the sentence leaves open since when: a row a day with ``day``, ``figure``
        counted from that day, ``next_figure`` to the later map where another one of the
        day may be meant, and ``holds``, of one or the other; else empty.
    maps : tuple of dict
        The maps used: ``role`` ("at", "since", or "next" after at), ``source``,
        ``snapshot_id``, ``snapshot_utc``.
    attribution, version : str

    Examples
    --------
    >>> import kursk_geo as kg
    >>> history = kg.sample_history()
    >>> verdict = kg.check("bloomberg-2025-04-26-sections", history)[0]
    >>> verdict.verdict, verdict.figure
    ('holds', 3.0)
    """

    claim: Claim | Unread
    verdict: Word
    why: str
    figure: float = math.nan
    first: float = math.nan
    condition: str = ""
    correction: str = ""
    departures: tuple[Way, ...] = ()
    since: pd.DataFrame = field(default_factory=NO_DAYS.copy)
    maps: tuple[Mapping[str, Any], ...] = ()
    attribution: str = ""
    version: str = installed("kursk-geo")

    @property
    def text(self) -> str:
        """The sentence, or the words that could not be read."""
        own = self.claim
        return own.phrase if isinstance(own, Unread) else own.text

    @property
    def unit(self) -> str:
        """Of the figures; "" where the words could not be read."""
        if isinstance(self.claim, Unread):
            return ""
        return "km2" if self.claim.measure == "present" else self.claim.says.unit

    @property
    def quoted(self) -> str:
        """The sentence in quotation marks; a gist without them."""
        gist = getattr(self.claim, "gist", False)
        return self.text if gist else f"“{self.text}”"

    @property
    def printed(self) -> str:
        """The figure as it was printed."""
        return "" if isinstance(self.claim, Unread) else self.claim.says.text

    @property
    def distance(self) -> str:
        """From the printed figure to that of the maps; "" where it holds."""
        misses = self.verdict in ("off", "fails", "differs")
        if isinstance(self.claim, Unread) or not misses:
            return ""
        return distance_words(self.claim, self.figure)

    @property
    def word(self) -> str:
        """The verdict as a reader sees it."""
        match self.verdict:
            case "holds_if":
                return f"holds {self.condition}"
            case "depends":
                return f"depends on {self.condition}"
            case "off":
                return f"off by {self.distance.rsplit(' ', 1)[0]}"
            case "fails":
                return "does not hold"
        return self.verdict.replace("_", " ")

    def shown(self, figure: float) -> str:
        """
        A figure with its unit, to the digits that were printed.

        Parameters
        ----------
        figure : float
            In ``unit``.

        Returns
        -------
        str
        """
        if isinstance(self.claim, Unread):
            return ""
        return shown(self.claim, figure)

    def row(self) -> dict[str, Any]:
        """
        Everything as plain values, as JSON and tables have it.

        Returns
        -------
        dict
            With the keys of `Verdicts.rows`.
        """
        return {
            name: _plain(getattr(self, name, getattr(self.claim, name, "")))
            for name in ROW
        }

    def methods(self) -> str:
        """
        How the verdict came about, as a paragraph of a methods section.

        Returns
        -------
        str
            Markdown.
        """
        claim = self.claim
        if isinstance(claim, Unread):
            return f"{self.quoted} was not read: {claim.reason}."
        by = ", ".join(x for x in (claim.outlet, spell(claim.published)) if x)
        said = f"{self.quoted} ({by}) is read as: {claim.reading}."
        if claim.unstated:
            said += f" It leaves open {'; '.join(claim.unstated)}."
        said += f" Verdict: {self.word}. {self.why}"
        others = [
            f"{one.name} {self.shown(one.figure)}"
            for one in self.departures
            if not math.isnan(one.figure)
        ]
        if others:
            said += f" Counted otherwise: {'; '.join(others)}."
        maps = [
            f"{one['source']} {one['snapshot_id']} "
            f"({moment_words(one['snapshot_utc'])})"
            for one in self.maps
        ]
        if maps:
            said += f" Maps: {', '.join(maps)}"
            said += f" ({self.attribution.rstrip('.')})." if self.attribution else "."
        return f"{said} kursk_geo {self.version}."

    def claim_review(self, *, url: str = "") -> dict[str, Any]:
        """
        The verdict as schema.org ``ClaimReview``, the rating in this library's words.

        Parameters
        ----------
        url : str, default ""
            Where the review is published.

        Returns
        -------
        dict
            JSON-LD.
        """
        claim, said = self.claim, {}
        if not isinstance(claim, Unread):
            who = claim.speaker or claim.outlet
            work = {
                "@type": "CreativeWork",
                "url": claim.url,
                "publisher": {"@type": "Organization", "name": claim.outlet},
            }
            said = {
                "@type": "Claim",
                "author": who and {"@type": "Organization", "name": who},
                "datePublished": claim.published.isoformat(),
                "appearance": claim.url and work,
            }
        review = {
            "@context": "https://schema.org",
            "@type": "ClaimReview",
            "claimReviewed": self.text,
            "author": {"@type": "SoftwareApplication", "name": "kursk_geo"},
            "reviewRating": {
                "@type": "Rating",
                "alternateName": self.word,
                "ratingExplanation": self.why,
            },
            "url": url,
            "itemReviewed": {key: value for key, value in said.items() if value},
        }
        return {key: value for key, value in review.items() if value}

    def __repr__(self) -> str:
        figure = "" if math.isnan(self.figure) else f" ({self.shown(self.figure)})"
        lines = [self.quoted, f"  {self.word}{figure}", f"  {self.why}"]
        if self.correction:
            lines.append(f"  Correction: {self.correction}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return Verdicts((self,))._repr_html_()


class Verdicts(tuple[Verdict, ...]):
    """
    Verdicts of several claims, in their order; ``verdicts[0]`` is a `Verdict`.

    Parameters
    ----------
    verdicts : iterable of Verdict

    Examples
    --------
    >>> import kursk_geo as kg
    >>> history = kg.sample_history()
    >>> verdicts = kg.check("bloomberg-2025-04-26", history)
    >>> [row["verdict"] for row in verdicts.rows()][-1]
    'holds'
    >>> Verdicts(())
    no claims
    """

    __slots__ = ()

    def rows(self) -> list[dict[str, Any]]:
        """
        One row a claim, in plain values.

        Returns
        -------
        list of dict
            ``id``, ``text``, ``outlet``, ``published``, ``reading``, ``printed`` (the
            words of the figure), ``figure`` (of the maps, the one that decides; None
            without one), ``unit``, ``distance`` (in words), ``verdict``, ``why``,
            ``correction``, ``departures`` and ``maps`` (lists of dict).
        """
        return [verdict.row() for verdict in self]

    @property
    def table(self) -> pd.DataFrame:
        """`rows` as a table."""
        return pd.DataFrame(self.rows(), columns=list(ROW))

    def methods(self) -> str:
        """
        The paragraph of each verdict, with an empty line between them.

        Returns
        -------
        str
            Markdown.
        """
        return "\n\n".join(verdict.methods() for verdict in self)

    def claim_review(self, *, url: str = "") -> list[dict[str, Any]]:
        """
        Each verdict as schema.org ``ClaimReview``; those not read are left out.

        Parameters
        ----------
        url : str, default ""
            Where the reviews are published.

        Returns
        -------
        list of dict
            JSON-LD.
        """
        return [
            verdict.claim_review(url=url)
            for verdict in self
            if verdict.verdict != "not_read"
        ]

    def to_json(self, path: str | Path) -> None:
        """
        Write `rows` to a file, whole or not at all.

        Parameters
        ----------
        path : str or Path
        """
        write_whole(Path(path), json_text(signed({"rows": self.rows()})).encode())

    def __repr__(self) -> str:
        return "\n\n".join(repr(verdict) for verdict in self) or "no claims"

    def _repr_html_(self) -> str:
        rows = {
            one.quoted: (one.printed, one.shown(one.figure), one.word, one.why)
            for one in self
        }
        heads = ["Printed", "On the maps", "Verdict", "Why"]
        table = pd.DataFrame.from_dict(rows, orient="index", columns=heads)
        with pd.option_context("display.max_colwidth", None):
            return str(table.to_html(justify="left"))


def _plain(value: Any) -> Any:  # noqa: ANN401
    """A value as rows have it: None where there is no figure, days as text."""
    match value:
        case Way():
            return {name: _plain(getattr(value, name)) for name in ROW_OF_WAY}
        case Mapping():
            return {name: _plain(one) for name, one in value.items()}
        case tuple():
            return [_plain(one) for one in value]
        case date():
            return value.isoformat()
        case float() if math.isnan(value):
            return None
    return "" if value is None else value
