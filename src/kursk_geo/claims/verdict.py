"""Whether a sentence holds on the maps, and what would make it true."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from html import escape
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any, Final, Literal, overload

import pandas as pd

from kursk_geo._files import write_whole
from kursk_geo._text import MINUS, and_words, moment_words
from kursk_geo.claims.claim import Claim, Interval, Unread, spell
from kursk_geo.claims.engine import (
    CHANGES,
    KINDS,
    Counted,
    Engine,
    Kind,
    Way,
    drawn_from,
    end_of,
)
from kursk_geo.claims.grid import Maps, maps_of
from kursk_geo.errors import KurskGeoError, TheatreError
from kursk_geo.history import ControlHistory
from kursk_geo.periods import DAY
from kursk_geo.theatre import Theatre
from kursk_geo.theatre import theatre as theatre_of

__all__ = ["Departure", "Verdict", "Verdicts", "Word", "judge"]

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
NEAR: Final = 0.05
"""A figure that misses by no more than this share of the printed one is "off by"."""
NEAR_POINTS: Final = 0.03
"""The same of a percentage, in points / 100."""
NEAR_KM: Final = 0.3
"""The same of a depth or a distance, which outlines do not tell more finely. [km]"""
TO_THE_DIGIT_KM2: Final = 0.01
"""A figure to so many digits was read off the map itself, where a click shows one
polygon's: it may be any one of them. Of the figures of ten polygons under 100 km² one
in a thousand falls on such a figure by chance."""
REDRAWN: Final = 0.2
"""A change of which more than this share is a coast drawn anew is not judged."""
BOTH_WAYS: Final = 0.25
"""Ground lost, as a share of the ground gained, that is not to be neglected."""
MANY_USUAL: Final = 3
"""Days to count from that must agree before it does not matter since when."""
SOON_DAYS: Final = 3
"""How long after a map another may show what a sentence ran ahead of. [days]"""
SEARCH_DAYS: Final = 14
"""How far around a map is looked for one that would make the sentence true."""


NO_DAYS = pd.DataFrame(columns=["day", "figure", "holds"])


@dataclass(frozen=True)
class Departure:
    """A figure that comes of departing from the source's own count in one thing."""

    name: str
    kind: Kind
    figure: float
    holds: bool
    at_utc: pd.Timestamp | None = None
    since_utc: pd.Timestamp | None = None


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
    departures : tuple of Departure
        Those whose figure is another one.
    since : DataFrame
        Where the sentence leaves open since when: a row a day with ``day``, ``figure``
        counted from that day, and ``holds``; else empty.
    maps : tuple of dict
        The maps used: ``role`` ("at" or "since"), ``source``, ``snapshot_id``,
        ``snapshot_utc``.
    attribution, version : str

    Examples
    --------
    >>> import kursk_geo as kg
    >>> history = kg.read_history("sample_data/deepstate")
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
    departures: tuple[Departure, ...] = ()
    since: pd.DataFrame = field(default_factory=lambda: NO_DAYS)
    maps: tuple[Mapping[str, Any], ...] = ()
    attribution: str = ""
    version: str = field(default_factory=lambda: installed("kursk-geo"))

    @property
    def unit(self) -> str:
        """Of the figures; "" where the words could not be read."""
        if isinstance(self.claim, Unread):
            return ""
        return "km2" if self.claim.measure == "present" else self.claim.says.unit

    @property
    def quoted(self) -> str:
        """The sentence in quotation marks; a gist without them."""
        if isinstance(self.claim, Unread):
            return f"“{self.claim.phrase}”"
        return self.claim.text if self.claim.gist else f"“{self.claim.text}”"

    @property
    def printed(self) -> str:
        """The figure as it was printed."""
        return "" if isinstance(self.claim, Unread) else self.claim.says.text

    @property
    def distance(self) -> str:
        """From the printed figure to that of the maps; "" where it holds."""
        if isinstance(self.claim, Unread) or self.verdict not in (
            "off",
            "fails",
            "differs",
        ):
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
        claim = self.claim
        own: dict[str, Any] = {"id": "", "text": "", "outlet": "", "published": ""}
        if isinstance(claim, Unread):
            own |= {"text": claim.phrase, "reading": ""}
        else:
            own |= {
                "id": claim.id,
                "text": claim.text,
                "outlet": claim.outlet,
                "published": _iso(claim.published),
                "reading": claim.reading,
            }
        return own | {
            "printed": self.printed,
            "figure": None if math.isnan(self.figure) else self.figure,
            "unit": self.unit,
            "distance": self.distance,
            "verdict": self.verdict,
            "why": self.why,
            "correction": self.correction,
            "departures": [
                {
                    "name": one.name,
                    "kind": one.kind,
                    "figure": None if math.isnan(one.figure) else one.figure,
                    "holds": one.holds,
                    "at_utc": _iso(one.at_utc),
                    "since_utc": _iso(one.since_utc),
                }
                for one in self.departures
            ],
            "maps": [
                {**one, "snapshot_utc": _iso(one["snapshot_utc"])} for one in self.maps
            ],
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
            return f"“{claim.phrase}” was not read: {claim.reason}."
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
        claim = self.claim
        review: dict[str, Any] = {
            "@context": "https://schema.org",
            "@type": "ClaimReview",
            "claimReviewed": claim.phrase if isinstance(claim, Unread) else claim.text,
            "author": {"@type": "SoftwareApplication", "name": "kursk_geo"},
            "reviewRating": {
                "@type": "Rating",
                "alternateName": self.word,
                "ratingExplanation": self.why,
            },
        }
        if url:
            review["url"] = url
        if not isinstance(claim, Unread):
            said: dict[str, Any] = {"@type": "Claim"}
            who = claim.speaker or claim.outlet
            if who:
                said["author"] = {"@type": "Organization", "name": who}
            said["datePublished"] = _iso(claim.published)
            if claim.url:
                said["appearance"] = {
                    "@type": "CreativeWork",
                    "url": claim.url,
                    "publisher": {"@type": "Organization", "name": claim.outlet},
                }
            review["itemReviewed"] = said
        return review

    def __repr__(self) -> str:
        figure = "" if math.isnan(self.figure) else f" ({self.shown(self.figure)})"
        lines = [self.quoted, f"  {self.word}{figure}", f"  {self.why}"]
        if self.correction:
            lines.append(f"  Correction: {self.correction}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return Verdicts((self,))._repr_html_()


@dataclass(frozen=True, repr=False, eq=False)
class Verdicts(Sequence[Verdict]):
    """
    Verdicts of several claims, in their order; ``verdicts[0]`` is a `Verdict`.

    Parameters
    ----------
    verdicts : tuple of Verdict

    Examples
    --------
    >>> import kursk_geo as kg
    >>> history = kg.read_history("sample_data/deepstate")
    >>> verdicts = kg.check("bloomberg-2025-04-26", history)
    >>> [row["verdict"] for row in verdicts.rows()][-1]
    'holds'
    >>> Verdicts(())
    no claims
    """

    verdicts: tuple[Verdict, ...]

    def __len__(self) -> int:
        return len(self.verdicts)

    @overload
    def __getitem__(self, position: int) -> Verdict: ...
    @overload
    def __getitem__(self, position: slice) -> Sequence[Verdict]: ...
    def __getitem__(self, position: int | slice) -> Verdict | Sequence[Verdict]:
        return self.verdicts[position]

    def __iter__(self) -> Iterator[Verdict]:
        return iter(self.verdicts)

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
        columns = list(Verdict(Unread("", 0, 0, ""), "not_read", "").row())
        return pd.DataFrame(self.rows(), columns=columns)

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
        text = json.dumps({"rows": self.rows()}, ensure_ascii=False, indent=2)
        write_whole(Path(path), f"{text}\n".encode())

    def __repr__(self) -> str:
        return "\n\n".join(repr(verdict) for verdict in self) or "no claims"

    def _repr_html_(self) -> str:
        head = ("Sentence", "Printed", "On the maps", "Verdict", "Why")
        rows = (
            (
                one.claim.phrase if isinstance(one.claim, Unread) else one.claim.text,
                one.printed,
                one.shown(one.figure),
                one.word,
                one.why,
            )
            for one in self
        )
        cells = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
            for row in rows
        )
        heads = "".join(f"<th>{cell}</th>" for cell in head)
        return f"<table style='text-align:left'><tr>{heads}</tr>{cells}</table>"


# Judging


def judge(
    claim: Claim,
    history: ControlHistory,
    *,
    theatre: Theatre | None = None,
    cut: bool = False,
) -> Verdict:
    """
    The verdict on one claim.

    Parameters
    ----------
    claim : Claim
    history : ControlHistory
        As read, not cut to a theatre.
    theatre : Theatre, optional
        The one that the claim's name stands for, where it is not built in.
    cut : bool, default False
        Count cut at the border and on the ellipsoid first, instead of as web maps do.

    Returns
    -------
    Verdict
    """
    if not claim.theatre:
        return Verdict(
            claim,
            "not_read",
            "The words name no region. Give one: theatre='kursk' (--theatre kursk).",
        )
    try:
        own = theatre is not None and theatre.name == claim.theatre
        maps = maps_of(history, theatre if own else theatre_of(claim.theatre))
        engine = Engine(claim, maps)
        first = engine.first()
    except (KurskGeoError, TheatreError) as error:
        return Verdict(claim, "not_computable", _sentence(str(error)))
    if cut:
        first = replace(first, count=replace(first.count, cut=True))
    judged = _Judge(claim, history, maps, engine, first)
    return judged.verdict()


@dataclass
class _Judge:
    """What is needed to word one verdict."""

    claim: Claim
    history: ControlHistory
    maps: Maps
    engine: Engine
    way: Way

    def verdict(self) -> Verdict:
        claim, engine = self.claim, self.engine
        if claim.measure in CHANGES and claim.since is None and self.way.since is None:
            return self._since_open()
        first = engine.count(self.way)
        departures = list(engine.departures())
        others = [engine.count(way) for way in departures]
        if math.isnan(first.figure) and claim.ground is None:
            # Where nothing is held, a sentence can only mean the grey zone.
            others += [
                engine.count(
                    replace(way, name=f"with the grey zone {way.name}", kind="grey",
                            count=replace(way.count, ground="held or contested"))
                )
                for way in departures
                if way.kind == "edition"
            ]  # fmt: skip
        others = [one for one in others if not math.isnan(one.figure)]
        if math.isnan(first.figure):  # what a later map shows was not there yet
            others = [one for one in others if one.way.at <= _last(claim, self.way)]
        others = [one for one in others if not self._same(one.figure, first.figure)]
        others.sort(key=lambda one: KINDS.index(one.way.kind))
        if self._holds(first.figure):
            return self._say(
                "holds",
                self._shows(first) + ".",
                decides=first,
                first=first,
                others=others,
            )
        exact = self._to_the_digit(others)
        if exact is not None:
            why = f"{self._shows(exact)}, to the digit that was printed."
            return self._say("holds", why, decides=exact, first=first, others=others)
        if self._rounds(first.figure):
            rounded = replace(
                first, way=replace(first.way, name="after rounding", kind="rounding")
            )
            why = (
                f"{self._shows(first)}, which rounds to what was printed; as a strict "
                "bound it does not hold."
            )
            return self._say(
                "holds_if", why, decides=rounded, first=first, others=[rounded, *others]
            )
        for one in others:
            if self._holds(one.figure):
                why = f"{self._shows(one)}; {self._as_first(first)}."
                return self._say(
                    "holds_if", why, decides=one, first=first, others=others
                )
        return self._miss(first, others)

    # Whether

    def _holds(self, figure: float) -> bool:
        says = self.claim.says
        if math.isnan(figure):
            return False
        if self.claim.measure == "present":
            return (figure > 0) == (says.high > 0)
        return says.contains(figure)

    def _to_the_digit(self, others: list[Counted]) -> Counted | None:
        """One polygon that is what was printed, digit for digit."""
        if not self._fine or self.claim.measure != "area":
            return None
        found = (o for o in others if o.way.kind == "pieces" and self._holds(o.figure))
        return next(found, None)

    @property
    def _fine(self) -> bool:
        says = self.claim.says
        return says.unit == "km2" and 0 < says.precision <= TO_THE_DIGIT_KM2

    def _rounds(self, figure: float) -> bool:
        """Whether it passes a bound by less than the bound's last digit tells."""
        says = self.claim.says
        if says.value is None or says.value not in (says.low, says.high):
            return False
        least = 0.15 if says.unit in ("km", "days") else 0.025
        half = min(says.precision / 2, least * abs(says.value))
        return abs(figure - says.value) <= half

    def _near(self, figure: float) -> bool:
        says = self.claim.says
        if math.isnan(figure) or self.claim.measure in ("present", "streak", "record"):
            return False
        target = _target(says, figure)
        near = NEAR * abs(target)
        if says.unit == "share":
            near = max(near, NEAR_POINTS if abs(target) > 0.2 else NEAR_POINTS / 2)
        if says.unit == "km":
            near = max(near, NEAR_KM)
        if says.unit == "count":
            return False
        # "About" has a play of its own, and may be missed as narrowly.
        if says.low < target < says.high:
            near += min(target - says.low, says.high - target, NEAR * abs(target))
        return abs(figure - target) <= near + 1e-12

    def _same(self, one: float, other: float) -> bool:
        """Whether two figures are one to the printed digit."""
        if math.isnan(one) or math.isnan(other):
            return math.isnan(one) and math.isnan(other)
        return abs(one - other) < max(0.05 * self.claim.says.precision, 1e-9)

    def _miss(self, first: Counted, others: list[Counted]) -> Verdict:
        claim = self.claim
        if claim.measure == "distance" and self._within_town(first.figure):
            why = (
                f"{self._shows(first)}, counted from the centre: whether that or the "
                "edge of the town is meant, is left open."
            )
            return self._say("depends", why, decides=first, first=first, others=others)
        redrawn = self._turned_over(first, others)
        if redrawn is not None:
            return redrawn
        # Another edition is no excuse for a miss, unless for a figure to the digit.
        fair = ("pieces", "grey", *(("edition",) if self._fine else ()))
        near = [first, *(one for one in others if one.way.kind in fair)]
        near = [one for one in near if self._near(one.figure)]
        if near:
            return self._off(min(near, key=self._apart), first, others)
        if math.isnan(first.figure):
            reason = first.reason or "nothing could be measured"
            if others and claim.ground is None:
                reason = (
                    reason.rstrip(".")
                    + "; "
                    + "; ".join(
                        f"{one.way.name} {shown(claim, one.figure)}"
                        for one in others[:2]
                    )
                )
            reason = f"{reason.rstrip('.')}.{self._soon()}"
            return self._say(
                "not_computable", reason, decides=first, first=first, others=others
            )
        why = f"{self._shows(first)}, {distance_words(claim, first.figure)}"
        if claim.measure == "present":
            why = self._shows(first)
        grey = next((one for one in others if one.way.kind == "grey"), None)
        if grey is not None and claim.measure != "present":
            why += f"; with the grey zone {shown(claim, grey.figure)}"
        why += "."
        bound = claim.says.value in (claim.says.low, claim.says.high)
        refuted = claim.measure == "present" or (claim.measure == "depth" and bound)
        if self._foreign() and not refuted:
            who = claim.speaker or f"maps of {claim.source}"
            why = f"A figure of {who}, which these maps do not bear out. {why}"
            return self._say("differs", why, decides=first, first=first, others=others)
        return self._say(
            "fails",
            why + self._true_on(first),
            decides=first,
            first=first,
            others=others,
        )

    def _apart(self, one: Counted) -> float:
        return abs(one.figure - _target(self.claim.says, one.figure))

    def _off(self, near: Counted, first: Counted, others: list[Counted]) -> Verdict:
        why = f"{self._shows(near)}, {distance_words(self.claim, near.figure)}"
        if near is not first:
            why += f"; {self._as_first(first)}"
        return self._say(
            "off",
            f"{why}.{self._true_on(first)}",
            decides=near,
            first=first,
            others=others,
        )

    def _turned_over(self, first: Counted, others: list[Counted]) -> Verdict | None:
        """Where a net change misses: the ground gained alone, or maps drawn anew."""
        claim, way = self.claim, first.way
        if claim.measure != "area_change" or way.count.ground != "held":
            return None
        if first.since is None or first.at is None or way.count.piece is not None:
            return None
        both = self.maps.turnover(first.since, first.at)
        rise = (claim.says.value or claim.says.high) > 0
        if both.redrawn > REDRAWN:
            why = (
                f"{self._shows(first)}. But these maps show {both.gained_km2:,.0f} km² "
                f"gained and {both.lost_km2:,.0f} km² lost, and "
                f"{100 * both.redrawn:.0f} % of that lies on coasts and borders far "
                "from the front: it was drawn anew, and is no change of hands."
            )
            return self._say(
                "not_computable", why, decides=first, first=first, others=others
            )
        gross = both.gained_km2 if rise else -both.lost_km2
        # Only where both were large do the words leave open which is meant.
        small = min(both.gained_km2, both.lost_km2) < BOTH_WAYS * abs(gross)
        if small or not self._holds(gross):
            return None
        what = "gained, not the ground lost" if rise else "lost, not the ground gained"
        one = replace(
            first,
            figure=gross,
            way=replace(way, name=f"for the ground {what}", kind="ground"),
        )
        why = (
            f"{self._as_first(first)[0].upper()}{self._as_first(first)[1:]}; of that "
            f"{both.gained_km2:,.1f} km² were gained and {both.lost_km2:,.1f} km² lost."
        )
        return self._say(
            "holds_if", why, decides=one, first=first, others=[*others, one]
        )

    def _soon(self) -> str:
        """What the next map that shows anything there tells, if it came within days."""
        way = self.way
        for moment in self.maps.changes(way.at, way.at + SOON_DAYS * DAY)[1:]:
            for ground in ("held", "held or contested"):
                count = replace(way.count, ground=ground)
                later = self.engine.count(replace(way, at=moment, count=count))
                if not math.isnan(later.figure):
                    said = self._shows(later)
                    grey = "" if ground == "held" else ", with the grey zone"
                    return f" A later map: {said[0].lower()}{said[1:]}{grey}."
        return ""

    def _within_town(self, figure: float) -> bool:
        """Whether a town's own size explains the difference."""
        target = _target(self.claim.says, figure)
        return bool(0 < figure - target <= TOWN_RADIUS_KM)

    def _true_on(self, first: Counted) -> str:
        """Maps near that one on which the same count makes the sentence true."""
        claim, way = self.claim, first.way
        searched = claim.at is not None and claim.at.kind in ("within", "peak")
        if way.since is not None or searched or claim.measure in ("streak", "record"):
            return ""
        near = self.maps.changes(way.at - SEARCH_DAYS * DAY, way.at + SEARCH_DAYS * DAY)
        found = [
            moment
            for moment in near
            if self._holds(self.engine.count(replace(way, at=moment)).figure)
        ]
        if not found:
            return ""
        best = min(found, key=lambda moment: abs(moment - way.at))
        return f" It is true of the map of {moment_words(best)}."

    # Since when?

    def _since_open(self) -> Verdict:
        claim, engine, way = self.claim, self.engine, self.way
        days = engine.since_days(way)
        if days.empty:
            why = f"Nothing is shown before {moment_words(way.at)} to count from."
            return self._say("not_computable", why, decides=None, first=None)
        days = days.assign(holds=[self._holds(figure) for figure in days["figure"]])
        # A fall is counted from the peak at the earliest, a rise from the least ground.
        fall = (claim.says.value or claim.says.high) < 0
        extreme = days["figure"].idxmin() if fall else days["figure"].idxmax()
        days = days.loc[extreme:].reset_index(drop=True)
        editions = [w for w in engine.departures() if w.kind == "edition"]
        after = [w for w in editions if w.at > way.at]
        other = engine.since_days(after[-1]) if after else days
        other = other[other["day"] >= days["day"].iloc[0]]
        also = pd.Series([self._holds(f) for f in other["figure"]], dtype=bool)
        usual = self._usual(days)
        figure = next(iter(usual.values()))
        counted = Counted(way, figure, at=way.at)
        listed = "; ".join(f"{name} {shown(claim, x)}" for name, x in usual.items())
        told = [self._holds(x) for x in usual.values()]
        if all(told) and (len(told) >= MANY_USUAL or days["holds"].all()):
            why = f"It holds whatever it is counted from: {listed}."
            return self._say("holds", why, decides=counted, first=counted, days=days)
        ranges = _ranges(days["day"][days["holds"]])
        later = _ranges(other["day"][also.to_numpy()]) if after else ""
        if ranges or later:
            why = "The sentence does not say since when."
            if ranges:
                why += f" It holds if counted from {ranges}"
                why += f" on the map of {moment_words(way.at)}" if later else ""
            if later and later != ranges:
                link = "," if ranges else " It holds if counted"
                why += f"{link} from {later} on the map of {moment_words(after[-1].at)}"
            why += f"; from {listed}."
            instead = self._since_whens(usual)
            return self._say(
                "depends",
                why,
                decides=counted,
                first=counted,
                days=days,
                correction=instead,
            )
        why = f"It holds from no day of the year before: from {listed}."
        word: Word = "differs" if self._foreign() else "fails"
        near = [x for x in usual.values() if self._near(x)]
        if near:
            word, counted = "off", replace(counted, figure=near[0])
        return self._say(word, why, decides=counted, first=counted, days=days)

    def _since_whens(self, usual: dict[str, float]) -> str:
        """What could be printed: the change with the day that it is counted from."""
        told = [
            f"{shown(self.claim, figure).lstrip('+' + MINUS)} since {day}"
            for day, figure in usual.items()
            if day[0].isdigit() or day.startswith("the")
        ]
        way = "shrunk" if next(iter(usual.values())) < 0 else "grown"
        return (
            f"By {self._whose()} map of {moment_words(self.way.at)} "
            f"{self.way.count.ground} ground in {title(self.claim.theatre)} had {way} "
            f"by {and_words(told)}."
        )

    def _whose(self) -> str:
        """Of the maps, before the word: "DeepStateMap.Live's", "the sample"."""
        name = self.history.attribution.partition(",")[0]
        short = 0 < len(name) <= MANY_LETTERS
        return f"{name}'s" if short else f"the {self.history.source}".strip()

    def _foreign(self) -> bool:
        claim = self.claim
        return bool(claim.speaker) or not drawn_from(claim, self.history)

    def _usual(self, days: pd.DataFrame) -> dict[str, float]:
        """Figures from the days that people count from."""
        figures = days.set_index("day")["figure"]
        end = self.way.at.normalize()
        usual = {
            f"1 January {end.year}": pd.Timestamp(end.year, 1, 1, tz="UTC"),
            "a month before": end - pd.DateOffset(months=1),
            "three months before": end - pd.DateOffset(months=3),
            "half a year before": end - pd.DateOffset(months=6),
        }
        found = {n: float(figures[d]) for n, d in usual.items() if d in figures.index}
        top = int(figures.to_numpy().argmin())
        peak = spell(figures.index[top].date())
        return found | {f"the peak ({peak})": float(figures.iloc[top])}

    # How it is said

    def _shows(self, one: Counted) -> str:
        """What is seen, on which map, counted how."""
        claim = self.claim
        figure, way = shown(claim, one.figure), one.way
        at, since = one.at or way.at, one.since or way.since
        said = (
            f", {way.name}" if way.name and way.kind not in ("edition", "day") else ""
        )
        the_map = f"the map of {moment_words(at)}"
        ground = way.count.ground.replace("held or contested", "held")
        match claim.measure:
            case "area_change" | "relative_change" | "rate" | "ratio":
                assert since is not None  # noqa: S101 (a change has two maps)
                begin = f"From the map of {moment_words(since)} to that of "
                levels = self._levels(one, at, since)
                return f"{begin}{moment_words(at)}{said}: {figure}{levels}"
            case "days_held":
                assert since is not None or not one.figure  # noqa: S101
                begin = moment_words(since) if since is not None else "no day"
                return f"Shown from {begin} to {moment_words(at)}{said}: {figure}"
            case "present" if claim.place is not None:
                lies = "lies on" if one.figure else "does not lie on"
                return f"On {the_map} {claim.place.name} {lies} {ground} ground{said}"
            case "present":
                if not one.figure:
                    return f"On {the_map} nothing is {ground}{said}"
                n = len(self.maps.sections(self.maps.counted(at, way.count)))
                pieces = f" in {n} pieces" if n > 1 else ""
                return f"On {the_map} {figure} are {ground}{pieces}{said}"
            case "sections":
                one_piece = "piece" if one.figure == 1 else "pieces"
                return f"On {the_map} there are {figure} {one_piece} {ground}{said}"
            case "depth":
                return f"On {the_map} {ground} ground reaches {figure} deep{said}"
            case "distance":
                assert claim.place is not None  # noqa: S101 (the reading gives it)
                return f"On {the_map} {ground} ground is {figure} away{said}"
            case "share":
                return f"On {the_map} {figure} of {claim.of} are {ground}{said}"
            case "streak":
                return f"Up to {the_map} it is {figure} in a row"
            case "record":
                rank = "first" if one.figure == 1 else f"number {figure}"
                return f"On {the_map} it is {rank} in rank"
        return f"On {the_map} {figure} are {ground}{said}"

    def _levels(
        self, one: Counted, at: pd.Timestamp, since: pd.Timestamp | None
    ) -> str:
        if self.claim.measure == "ratio" or since is None:
            return ""
        levels = [self.maps.level_km2(m, one.way.count) for m in (since, at)]
        return f" ({levels[0]:,.1f} to {levels[1]:,.1f} km²)"

    def _as_first(self, first: Counted) -> str:
        """The figure as the source counts, beside that of a departure."""
        if math.isnan(first.figure):
            return first.reason.rstrip(".") or "as the map counts there is no figure"
        said = self._shows(first)
        return f"as first counted: {said[0].lower()}{said[1:]}"

    def _condition(self, word: Word, decides: Counted | None) -> str:
        if word == "holds_if" and decides is not None:
            return decides.way.name
        if word == "depends":
            return "since when" if self.claim.measure in CHANGES else "what is meant"
        return ""

    def _correction(self, word: Word, one: Counted | None) -> str:
        """A sentence that could be printed instead."""
        claim, maps = self.claim, self.maps
        if word in ("holds", "not_computable", "not_read") or one is None:
            return ""
        figure, way = shown(claim, one.figure), one.way
        at, since = one.at or way.at, one.since or way.since
        whose = self._whose()
        on = f"On {whose} map of {moment_words(at)}"
        ground = f"{way.count.ground} ground in {title(claim.theatre)}"
        if way.kind in ("pieces", "grey", "cut"):
            ground += f", {way.name},"
        match claim.measure:
            case "area":
                return f"{on} {ground} covers {figure}."
            case "area_change" | "relative_change" | "rate" if since is not None:
                way_ = "shrank" if one.figure < 0 else "grew"
                by = figure.lstrip("+\N{MINUS SIGN}")
                begin = f"From {whose} map of {moment_words(since)} to that of "
                levels = self._levels(one, at, since)
                return f"{begin}{moment_words(at)} {ground} {way_} by {by}{levels}."
            case "depth":
                return f"{on} {ground} reaches {figure} from the border."
            case "distance" if claim.place is not None:
                return (
                    f"{on} {ground} is {figure} from the centre of {claim.place.name}."
                )
            case "sections":
                return f"{on} {ground} is in {figure} pieces."
            case "share":
                return (
                    f"{on} {ground} is {figure} of {title(claim.of or claim.theatre)}."
                )
            case "days_held" if since is not None:
                begin = f"On {whose} maps {ground} is shown from {moment_words(since)}"
                return f"{begin} to {moment_words(at)}, {figure}."
            case "present" if claim.place is not None:
                lies = "lies on" if one.figure else "does not lie on"
                return f"{on} {claim.place.name} {lies} {ground}."
            case "present":
                covers = f"covers {figure}" if one.figure else "does not exist"
                n = len(maps.sections(maps.counted(at, way.count)))
                pieces = f" in {n} pieces" if n > 1 else ""
                return f"{on} {ground} {covers}{pieces}."
        changes = claim.measure in CHANGES  # since when is open: nothing to print
        return "" if changes else f"{self._shows(one)}."

    def _say(
        self,
        word: Word,
        why: str,
        *,
        decides: Counted | None = None,
        first: Counted | None = None,
        others: Sequence[Counted] = (),
        days: pd.DataFrame | None = None,
        correction: str = "",
    ) -> Verdict:
        table = self.history.snapshots.set_index("snapshot_utc")
        maps = []
        for one in dict.fromkeys(x for x in (first, decides) if x is not None):
            for role, moment in (
                ("at", one.at or one.way.at),
                ("since", one.since or one.way.since),
            ):
                if moment is not None and moment in table.index:
                    row = {
                        "role": role,
                        "source": str(table.loc[moment, "source"]),
                        "snapshot_id": str(table.loc[moment, "snapshot_id"]),
                        "snapshot_utc": moment,
                    }
                    if row not in maps:
                        maps.append(row)
        return Verdict(
            claim=self.claim,
            verdict=word,
            why=_sentence(why),
            figure=math.nan if decides is None else decides.figure,
            first=math.nan if first is None else first.figure,
            condition=self._condition(word, decides),
            correction=correction or self._correction(word, decides),
            departures=tuple(
                Departure(
                    one.way.name,
                    one.way.kind,
                    one.figure,
                    one.way.kind == "rounding" or self._holds(one.figure),
                    one.at or one.way.at,
                    one.since or one.way.since,
                )
                for one in others
            ),
            maps=tuple(maps),
            attribution=self.history.attribution,
            since=NO_DAYS if days is None else days,
        )


def title(name: str) -> str:
    """A region as it is written: presets are lower case."""
    return name if any(c.isupper() for c in name) else name.title()


MANY_LETTERS = 30
"""A longer credit is no name."""
TOWN_RADIUS_KM = 7.0
"""From the centre of a regional capital to its edge."""


def _target(says: Interval, figure: float) -> float:
    """The printed figure, or the nearer end of a printed range."""
    if says.value is not None:
        return says.value
    ends = [end for end in (says.low, says.high) if math.isfinite(end)]
    return min(ends, key=lambda end: abs(end - figure))


def distance_words(claim: Claim, figure: float) -> str:
    """How far a figure is from the printed one, such as "4 % less"."""
    if math.isnan(figure) or claim.measure == "present":
        return ""
    says = claim.says
    target = _target(says, figure)
    apart = abs(figure) - abs(target)
    if figure * target < 0:
        return "the other way"
    side = "more" if apart > 0 else "less"
    if says.unit == "share":
        points = 100 * abs(apart)
        word = "point" if f"{points:.1f}" == "1.0" else "points"
        return f"{points:.1f} {word} {side}"
    if says.unit == "count":
        return f"{abs(apart):.0f} {side}"
    if not target:
        return f"{shown(claim, abs(apart))} {side}"
    share = 100 * abs(apart) / abs(target)
    digits = 0 if share >= 10 else 1 if share >= 1 else 2
    return f"{share:.{digits}f} % {side}"


UNITS: Final = {
    "km2": " km²",
    "km": " km",
    "share": " %",
    "count": "",
    "days": " days",
    "km2/day": " km² a day",
    "times": " times",
}


def shown(claim: Claim, figure: float) -> str:
    """A figure with its unit, to the digits that were printed or one more."""
    if math.isnan(figure):
        return "–"
    says = claim.says
    unit = "km2" if claim.measure == "present" and claim.place is None else says.unit
    value = 100 * figure if unit == "share" else figure
    step = 100 * says.precision if unit == "share" else says.precision
    if unit in ("count", "days"):
        digits = 0
    elif unit == "km2":
        printed = 0 if step >= 1 or not step else math.ceil(-math.log10(step) - 1e-9)
        digits = max(printed, 1 if abs(value) < 1000 else 0)
        digits = max(digits, 2) if abs(value) < 10 else digits
    else:
        digits = 1 if unit in ("share", "times", "km2/day") else 2
    text = f"{value:,.{digits}f}".replace("-", MINUS)
    signed = claim.measure in CHANGES and value > 0
    return (
        ("+" if signed else "") + text + UNITS[unit].replace(" ", "\N{NO-BREAK SPACE}")
    )


def _ranges(days: "pd.Series[pd.Timestamp]") -> str:
    """Days as runs, such as "11 to 30 December 2024 and 2 to 6 January 2025"."""
    runs: list[list[date]] = []
    for day in (stamp.date() for stamp in days):
        if runs and (day - runs[-1][1]).days == 1:
            runs[-1][1] = day
        else:
            runs.append([day, day])
    words = [spell(a) if a == b else f"{spell(a)} to {spell(b)}" for a, b in runs]
    return " and ".join(words)


def _last(claim: Claim, way: Way) -> pd.Timestamp:
    """The end of the day that a sentence may speak of."""
    named = claim.at is not None and claim.at.kind in ("on", "by")
    return way.at if named else max(way.at, end_of(claim.published))


def _sentence(text: str) -> str:
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."


def _iso(when: date | pd.Timestamp | None) -> str:
    return "" if when is None else when.isoformat()
