"""Who does what, and where: the sides, verbs and regions of a sentence."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from shapely import MultiPoint, Point
from shapely.geometry.base import BaseGeometry

from kursk_geo import reference
from kursk_geo.claims.claim import DateWindow, Ground, Pieces, Place, Unit
from kursk_geo.claims.hedges import TABLES, Amount, W, row
from kursk_geo.claims.wording import plain
from kursk_geo.theatre import theatre as theatre_called

TAKES: Final = ("take", "lose", "retake")
MOVES: Final = ("shrink", "grow")
BORDER: Final = frozenset({"kursk", "belgorod", "bryansk", "sumy", "kharkiv"})
"""Theatres where nothing was held before they were news: what was taken is held."""
IN_RUSSIA: Final = frozenset({"kursk", "belgorod", "bryansk"})
PART_OF_TOWN: Final = "whether a part of a town is held, is not asked of maps"
RIGHT_BANK: Final = "Kherson Oblast and Mykolaiv Oblast"
WAR: Final = date(2022, 2, 24)
KURSK_OPENED, KURSK_PEAK = date(2024, 8, 6), date(2024, 9, 6)
KURSK_OVER: Final = date(2025, 6, 30)
STRIPS: Final = {"kharkiv": "Kharkiv Oblast", "sumy": "Sumy Oblast"}
"""Theatres that are the strip of an oblast at the border."""
KHARKIV_STRIP: Final = (date(2024, 5, 10), date(2024, 12, 31))
"""From the offensive of May 2024 until the year's end "in Kharkiv region" is said of
the new strip at the border; before and after it, of the whole oblast."""
OPENED: Final = {"kursk": KURSK_OPENED, "kharkiv": KHARKIV_STRIP[0]}
SUMY_STRIP: Final = date(2025, 1, 1)
"""Before it, ground in Sumy Oblast was that of early 2022, far from the strip too."""


def theatre_by_day(name: str, day: date) -> str:
    """Which ground "Kharkiv region" and "Sumy region" meant that day."""
    if name == "kharkiv" and not KHARKIV_STRIP[0] <= day <= KHARKIV_STRIP[1]:
        return "Kharkiv Oblast"
    return "Sumy Oblast" if name == "sumy" and day < SUMY_STRIP else name


@dataclass(frozen=True)
class Context:
    """
    What the sentence before leaves to "which", "the area" and "the region".

    Parameters
    ----------
    theatre, source : str, default ""
    first : str, default ""
        The source that was named first, which another paragraph goes back to.
    at : DateWindow, optional
    within : DateWindow, optional
        The period that its last change was of.
    unit : Unit, optional
        Square kilometres, if its figures are.
    month : tuple of date, optional
        First and last day of the month that was named last.
    apart : bool, default False
        Whether it is of another paragraph, which only its own words refer to.
    away : str, default ""
        Another country, if it was about one.
    side : str, default ""
        Who acted in it.
    """

    theatre: str = ""
    source: str = ""
    first: str = ""
    at: DateWindow | None = None
    within: DateWindow | None = None
    unit: Unit | None = None
    month: tuple[date, date] | None = None
    apart: bool = False
    away: str = ""
    side: str = ""

    @property
    def day(self) -> date | None:
        """The day that it told of, which "two weeks later" counts from."""
        return self.at.target if self.at else None


@dataclass(frozen=True)
class Verb:
    """A verb or noun that does something to an area: a row of words.toml."""

    cls: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Phrase:
    """An amount with all that is said around it."""

    amount: Amount
    left: int
    right: int
    verb: Verb | None
    theatre: str = ""
    at: DateWindow | None = None
    since: DateWindow | None = None
    ground: Ground | None = None
    place: Place | None = None
    pieces: Pieces = "all"
    unstated: tuple[str, ...] = ()
    since_2014: bool = False

    baseline: bool = False

    @property
    def span(self) -> tuple[int, int]:
        """Its place."""
        return self.amount.start, self.amount.end

    @property
    def dateless_baseline(self) -> bool:
        """Whether it is the other end of a comparison, on a day that is not said."""
        return self.baseline and self.at is None and self.since is None

    def leaving(self, unstated: str) -> "Phrase":
        """The same, with something more that the words leave open."""
        return replace(self, unstated=(*self.unstated, unstated))

    @property
    def cls(self) -> str:
        """What the verb does."""
        return self.verb.cls if self.verb else ""

    @property
    def within(self) -> DateWindow | None:
        """The period that it is of."""
        return self.at if self.at and self.at.kind == "within" else None

    @property
    def peak(self) -> DateWindow | None:
        """The peak that it is counted from."""
        return self.since if self.since and self.since.kind == "peak" else None

    @property
    def since_war(self) -> bool:
        """Whether it is counted from the day when nothing was held."""
        return bool(self.since and self.since.start and self.since.start <= WAR)

    @property
    def period(self) -> bool:
        """Whether the sentence says from when to when."""
        return bool(self.within or (self.since and not self.peak))


class Words:
    """
    The words of a sentence: who does what, and where.

    Parameters
    ----------
    text : str
    published : date or Timestamp
    given : str
        Theatre by the caller.
    outlet : str
    context : Context
    """

    def __init__(  # noqa: PLR0917
        self, text: str, published: date, given: str, outlet: str, context: Context
    ) -> None:
        self.original, self.text = text, plain(text)
        self.published, self.day = published, published
        if isinstance(published, datetime):
            local = published.tzinfo and published.astimezone(ZoneInfo("Europe/Kyiv"))
            self.day = (local or published).date()
        self.given, self.outlet, self.context = given, outlet, context

    @cached_property
    def n_words(self) -> int:
        """How many words it has."""
        return len(re.findall(r"[^\W\d_]+", self.text))

    @property
    def short(self) -> bool:
        """Whether it is a note rather than a sentence."""
        return self.n_words <= 8

    def search(self, name: str, *span: int) -> re.Match[str] | None:
        """Whether words of a pattern stand there, or between two places."""
        return W[name].search(self.text, *span)

    def before(self, name: str, place: int) -> re.Match[str] | None:
        """Whether words of a pattern stand before a place."""
        return W[name].search(self.text, 0, place)

    def match(self, name: str, place: int) -> re.Match[str] | None:
        """Whether words of a pattern begin at a place."""
        return W[name].match(self.text, place)

    # --- who does what

    @cached_property
    def verbs(self) -> list[Verb]:
        """What is done, in the order of the words."""
        verbs: list[Verb] = []
        for m in W["verbs"].finditer(self.text):
            cls, word = row("verbs", m), m[0].lower()
            last = verbs[-1] if verbs and m.start() - verbs[-1].end < 12 else None
            if word == "control" and last and last.cls in TAKES:
                continue  # "took control of"
            if word not in ("up", "down") or self.match("by_number", m.end()):
                verbs.append(Verb(cls, m.start(), m.end(), word))
        return verbs

    @cached_property
    def sides(self) -> list[tuple[int, str]]:
        """Where a side is named as one that acts, not as in "Russia's Kursk region"."""
        return [
            (m.start(), row("sides", m))
            for m in W["sides"].finditer(self.text)
            if not self.match("no_side", m.end())
            and not self.before("inside", m.start())
        ]

    def side(self, verb: Verb | None) -> str:
        """Which side does it: "by Russian forces", or the last one named before."""
        if verb is None:
            return self.sides[0][1] if self.sides else ""
        # "fell to Russia", "cost Ukraine", "are Russian again"
        if re.match("f[ae]ll|cost|.* again$", verb.text):
            to = W["sides"].search(self.text, verb.start, verb.end + 25)
            return row("sides", to) if to else "russia"
        by = self.search("by", verb.end, verb.end + 40)
        doers = [side for start, side in self.sides if by and start == by.end()]
        before = [side for start, side in self.sides if start < verb.start]
        actor = self.actor(verb) or (doers[0] if doers else "")
        return actor or (before[-1] if before else "")

    @property
    def they(self) -> str:
        """Whom a sentence speaks of that begins with "they"."""
        return self.context.side if W["they"].match(self.text) else ""

    def actor(self, verb: Verb) -> str:
        """Which side's own verb it is: "Ukraine has regained"."""
        before = [one for one in self.sides if one[0] < verb.start][-1:]
        active = W["active"]
        own = (who for at, who in before if active.fullmatch(self.text, at, verb.start))
        return next(own, "")

    def in_hands(self, *span: int) -> str:
        """Whose hands the words between two places tell of: "in Ukrainian hands"."""
        hands = self.search("hands", *span)
        side = W["sides"].search(hands[0]) if hands else None
        return row("sides", side) if side else ""

    def holder(self, theatre: str) -> str:
        """Whose ground is drawn there."""
        return "ukraine" if theatre in IN_RUSSIA else "russia"

    def sign(self, verb: Verb | None, theatre: str) -> int:
        """Which way held ground went; in doubt, as it went there at the time."""
        holder, side = self.holder(theatre), self.side(verb)
        match verb.cls if verb else "":
            case "take":
                return -1 if side not in ("", holder) else 1
            case "retake" if verb is not None:
                own = holder == "russia" or self.actor(verb)
                return 1 if side == holder and own else -1
            case "shrink":
                return -1
            case "grow":
                return 1
            case "lose":
                return -1 if (side or "ukraine") == holder else 1
        if re.search(r"counter ?offensive", self.text, re.IGNORECASE):
            return -1
        if theatre == "kursk":
            return 1 if self.day <= KURSK_PEAK else -1
        return -1 if date(2022, 9, 1) <= self.day <= date(2022, 11, 30) else 1

    def lost(self, theatre: str, left: int = 0, right: int = 0) -> str:
        """Whether changes that are compared took held ground: "losses", or nothing."""
        flows = self.search("flows")
        verbs = sorted(self.verbs, key=lambda v: not left <= v.start < right)
        for verb in verbs:  # its own first, and none of how fast it went
            moves = verb.cls in MOVES and not (flows or W["pace"].match(verb.text))
            if moves or verb.cls in TAKES:
                break
        else:
            cls = "lose" if self.search("worst") else "take"
            verb = Verb(cls, len(self.text), len(self.text), "")
        known = self.side(verb) or verb.cls in ("lose", *MOVES)
        return "losses" if self.sign(verb if known else None, theatre) < 0 else ""

    @cached_property
    def speaker(self) -> str:
        """Who says it, where that is not the map-maker."""
        for text in (self.outlet, self.text):
            # Who is followed by "said" says it, not whom it was told to.
            named = [
                (not (said := W["says"].search(text[m.end() : m.end() + 30])),
                 str(m.lastgroup), said, m)
                for m in W["speakers"].finditer(text)
                if not W["close_to"].search(text[: m.start()])
                if not W["not_as"].search(text[: m.start()])
            ]  # fmt: skip
            for _, _, said, m in sorted(named, key=lambda one: one[:2]):
                group = re.search("military|army|official", m[0], re.IGNORECASE)
                asked = W["asked"].search(text[: m.start()])
                if text is self.outlet or not group or said or asked:
                    return row("speakers", m)
        return ""

    @cached_property
    def source(self) -> str:
        """Whose maps it was drawn from."""
        m = W["maps"].search(self.text) or W["maps"].search(self.outlet)
        before = self.context.first if self.context.apart else self.context.source
        return row("maps", m) if m else "" if self.speaker else before

    # --- where

    def where(self, verb: Verb | None = None) -> tuple[str, tuple[str, ...]]:
        """Where the sentence as a whole speaks of, and what is left open of that."""
        taking = (v for v in self.verbs if v.cls in TAKES)
        name = self.named()
        return (name, ()) if name else self.where_else(verb or next(taking, None))

    def named(
        self, spans: Iterable[tuple[int, int]] = (), end: int | None = None
    ) -> str:
        """The theatre that the sentence names, the nearest part of it first."""
        for left, right in (*spans, (0, end or len(self.text))):
            if name := self.regions(left, right):
                same = self.given.lower().split()[:1] == name.lower().split()[:1]
                wider = name == "ukraine" and self.given not in ("", "ukraine")
                return self.given if same or wider else name
        return ""

    def elsewhere(self, *span: int) -> str:
        """Another country that words between two places name, and none of ours."""
        away = self.search("elsewhere", *span)
        ours = self.search("regions", *span) or self.search("sides", *span)
        return away[0] if away and not ours else ""

    def regions(self, left: int, right: int) -> str:
        """The theatre that words between two places name; "" if none."""
        listed = W["regions"].finditer(self.text, left, right)
        found = [m for m in listed if not self.before("beside_it", m.start())]
        found = [m for m in found if not self.match("set_aside", m.end())]
        country = self.search("country", left, right)
        # "since the Kursk operation began, Russia has taken 2,350 km2 of Ukraine"
        own = [m for m in found if not self.match("of_event", m.end())]
        names = [row("regions", m) for m in own or ([] if country else found)]
        oblasts = (row("regions", m) for m in W["regions"].finditer(self.text))
        if any(name.endswith("Oblast") for name in oblasts):
            # beside another oblast it is an oblast, not its strip at the border
            names = [STRIPS.get(name, name) for name in names]
        elif not self.search("north"):
            names = [theatre_by_day(name, self.day) for name in names]
        names = list(dict.fromkeys(names))
        if "right bank" in names:
            return RIGHT_BANK
        if len(names) > 1 and all(n.endswith("Oblast") for n in names):
            return " and ".join(names)
        if names:
            return names[0]
        if self.search("abroad", left, right) and self.day >= KURSK_OPENED:
            known = self.given or self.context.theatre
            return known if known in IN_RUSSIA else "kursk"
        return "ukraine" if country else ""

    def where_else(
        self, verb: Verb | None, place: Place | None = None
    ) -> tuple[str, tuple[str, ...]]:
        """Where, if the words name no region."""
        if place is not None and (name := self.theatre_of(place)):
            return name, ()
        guess, known = self._sense(verb), self.context.theatre
        if not guess and (verb is None or verb.cls in MOVES):
            # "it controlled 907 km2; by 20 November that had fallen to 560"
            guess = next(filter(None, map(self._sense, self.verbs)), "")
        alike = guess == known or (guess == "" and not self.context.apart)
        if known and (alike or self.search("refers")):
            return known, ()
        if self.given:
            return self.given, ()
        if guess == "ukraine" and "Oblast" in known and not self.context.apart:
            guess = ""  # there, or in the whole country
        return guess, (f"where: taken for {guess}" if guess else "where",)

    def near_names(self, left: int, right: int | None) -> list[str]:
        """Names of towns, it may be, that something is said to be at or near."""
        end = len(self.text) if right is None else right
        names = (m[1] for m in W["by_name"].finditer(self.text, left, end))
        # not of officials in Kyiv
        no_town = (W["regions"], W["sides"])
        return [x for x in names if not any(one.fullmatch(x) for one in no_town)]

    def theatre_of(self, place: Place) -> str:
        """The theatre that a place lies in, by its oblast."""
        known = reference.places()
        here = (known["lon"] == place.lon) & (known["lat"] == place.lat)
        iso = next(iter(known.loc[here, "oblast"]), "")
        oblast = TABLES["oblasts"].get(iso, "")
        name = theatre_by_day(oblast, self.day)
        strip = name == oblast and name in STRIPS
        region = theatre_called(name).region if strip else None
        if region is not None and not region.covers(Point(place.lon, place.lat)):
            return STRIPS[name]  # Kupiansk is far from it
        return name

    def _sense(self, verb: Verb | None) -> str:
        """Where, if only one place could be meant by who takes from whom."""
        side, cls = self.side(verb), verb.cls if verb else ""
        kursk = KURSK_OPENED <= self.day <= KURSK_OVER
        if kursk and self.search("kyiv_holds"):
            return "kursk"
        if not side and self.speaker in ("Russia", "Gerasimov", "Putin", "Belousov"):
            side = "russia"
        named = {row("sides", m) for m in W["sides"].finditer(self.text)}
        flows = self.search("gains") or self.search("flows")
        if (not side or cls in (*MOVES, "")) and flows:
            # "Russian gains doubled", where the side may be an adjective
            side, cls = ("russia", "take") if named == {"russia"} else (side, cls)
        if (
            not named
            and self.search("months_gains")
            and not (self.search("refers") and self.context.theatre)
        ):
            return "ukraine"  # nobody else's gains are told by the month
        match side, cls:
            case ("russia", "retake") | ("ukraine", "take" | "hold") if kursk:
                return "kursk"
            case ("russia", "take" | "hold") | ("ukraine", "retake"):
                return "ukraine"
            case ("ukraine", "lose"):
                return "" if kursk else "ukraine"
            case ("ukraine", "take") | ("russia", "lose") if self.day < KURSK_OPENED:
                return "ukraine"
        return ""

    def whole(self, tail: str, theatre: str) -> str:
        """The country, the region or the regions that a share is part of."""
        lead = W["of_whole"].match(tail)
        if lead is None:
            return ""
        rest = W["ground_of"].sub("", tail[lead.end() :])
        names = []
        while region := W["regions"].match(rest):
            name = row("regions", region)
            if W["part_of_region"].match(rest, region.end()):
                return ""  # "a third of Kharkiv region's Vovchansk"
            names.append(name if " " in name else f"{name.capitalize()} Oblast")
            rest = re.sub(r"^(?:'s)?,? ?(?:and )?(?:the )?", "", rest[region.end() :])
        if names:
            return " and ".join(names)
        if theatre != "ukraine" and re.match("(?:region|oblast)\\b", rest):
            return theatre if "Oblast" in theatre else f"{theatre.capitalize()} Oblast"
        bare = theatre != "ukraine" and re.match("territory|land", rest)
        return "Ukraine" if not bare and W["the_country"].match(rest) else ""

    def place_of(self, *names: str, beside: Iterable[str] = ()) -> Place | None:
        """The first town or village of some names, in the region that is named.

        Where none is, it is the one near the others that are named beside it.
        """
        others = [p for x in beside for p in reference.namesakes(x)]
        points = MultiPoint([(p.lon, p.lat) for p in others])
        for name in names:
            side = W["sides"].fullmatch(name) and name not in ("Kyiv", "Kiev", "Moscow")
            if not name or side:
                continue
            alike = len(reference.namesakes(name, near=self._region)) > 1
            near = points if others and alike else self._region
            if found := reference.find_place(name, near=near):
                return Place(found.name, found.lon, found.lat)
        return None

    @cached_property
    def _region(self) -> BaseGeometry | None:
        name = self.named()
        return theatre_called(name).region if name else None
