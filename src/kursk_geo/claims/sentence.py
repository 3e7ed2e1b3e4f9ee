"""Sentences and articles as claims: what they ask of which maps, and say of that."""

import math
import re
from dataclasses import replace
from datetime import date
from fractions import Fraction
from html.parser import HTMLParser
from itertools import pairwise
from typing import Final

from kursk_geo import reference
from kursk_geo.claims.amounts import DAYLESS
from kursk_geo.claims.claim import Claim, DateWindow, Interval, Place, Unread
from kursk_geo.claims.hedges import TABLES, Amount, W, read_number, row
from kursk_geo.claims.reader import NO_TOWN, PLAN, Found, Span
from kursk_geo.claims.trends import NO_FIGURE, TrendReader
from kursk_geo.claims.where import BORDER, PART_OF_TOWN, Context
from kursk_geo.claims.wording import as_ended, scan
from kursk_geo.theatre import Theatre


def read_sentence(
    text: str,
    *,
    published: date,
    theatre: str | Theatre | None = None,
    outlet: str = "",
) -> list[Claim | Unread]:
    """
    Read a sentence as claims.

    Parameters
    ----------
    text : str
        A sentence, a part of one, or a few.
    published : date or Timestamp
        The day of publication; an instant counts by its day in Kyiv.
    theatre : str or Theatre, optional
        Where, if the words do not tell.
    outlet : str, default ""
        Who printed it: "Syrskyi" or "AFP/ISW" tells whose figure it is.

    Returns
    -------
    list of Claim or Unread
        In the order of the words; never empty: what is no claim is an `Unread` with the
        reason.

    Examples
    --------
    >>> words = "Kyiv still controls over 420 square kilometers in Kursk region"
    >>> [claim] = read_sentence(words, published=date(2025, 1, 17))
    >>> claim.measure, claim.theatre, claim.says.extent
    ('area', 'kursk', '420 km² to 441 km² (not 420 km²)')
    """
    found = read_all(text, published, theatre or "", outlet)
    town = W["town_passive"].search(text) or W["town"].search(text)
    name = town["name"] if town else ""
    known = not name or any(W[x].match(name) for x in ("sides", "regions", "english"))
    known = known or reference.find_place(name) is not None
    reason = NOTHING
    if not known:
        reason += f"; {name} is no town or village that is known here"
    return [one.what for one in found] or [Unread(text.strip(), reason)]


def in_this_war(text: str, theatre: Theatre) -> str:
    """
    A text on another war, as long as it was, in words that are known of this one.

    Its sides are letters of no language that stand for those of this war, and what its
    theatre is called lies nowhere else.
    """
    called = W["elsewhere"].finditer(f"{theatre.name} {theatre.ground_words}")
    names = {one[0]: NO_NAME for one in called}
    names |= {theatre.holder: HOLDER, theatre.owner: OWNER}
    for name, letter in names.items():
        bare = re.escape(name.removeprefix("the ").removesuffix("s"))
        if bare and not W["sides"].search(name):  # "Houthi", "Eritrean", "Azerbaijanis"
            for one in re.finditer(rf"(?<!\w){bare}\w{{0,3}}(?!\w)", text):
                text = text[: one.start()] + letter * len(one[0]) + text[one.end() :]
    return text


HOLDER, OWNER, NO_NAME = "ꝏ", "ꙮ", "ꙫ"
"""Letters that no text holds; the first two are sides in words.toml."""


def read_all(
    text: str, published: date, theatre: str | Theatre, outlet: str
) -> list[Found]:
    """Read sentence after sentence, with the places of what is found in the text."""
    context, read, listed, told = Context(), list[Found](), False, text
    if isinstance(theatre, Theatre):
        told, theatre = in_this_war(text, theatre), theatre.name
    for begin, end in sentences(text) or [(0, len(text))]:
        dateline = W["dateline"].match(text[begin:end])  # "KYIV, Nov 23 (AP) - "
        start = begin + (dateline.end() if dateline else 0)
        words = told[start:end]
        letters = [c for c in text[start:end] if c.isalpha()]
        latin = sum(c.isascii() or "À" <= c <= "ſ" for c in letters)
        foreign, english = (len(W[x].findall(words)) for x in ("foreign", "english"))
        away = W["elsewhere"].search(words)
        sides = {row("sides", m) for m in W["sides"].finditer(words)}
        far = W["far"].search(words)  # where a side may fight too: "in Syria"
        ours = W["regions"].search(words) or sides - ({"russia"} if far else set())
        if latin < 0.7 * len(letters) or (foreign >= 2 and foreign > english):
            why = "it is not in English"
        elif not any(c.isalnum() for c in words):
            why = "there are no words"
        elif away and not ours:
            why = f"it is about {away[0]}"
        else:
            head = text[:begin].rstrip()
            listed = head.endswith(":") or (listed and len(words.split()) < 9)
            apart = text[:begin].endswith("\n") and not listed
            context = replace(context, away="" if ours else context.away, apart=apart)
            reader = _Reader(words, published, theatre, outlet, context)
            reader.original = text[start:end]
            reader.read()
            for m in re.finditer("[^;]+", words) if ";" in words else ():
                # "all of it was retaken, Moscow says; the map shows 28 km²"
                taken = ((x.start, x.end) for x in reader.found)
                if not any(m.start() < end and start < m.end() for start, end in taken):
                    where, said = theatre or reader.named(), reader.leaves()
                    part = _Reader(m[0], published, where, outlet, said)
                    part.original = reader.original[slice(*m.span())]
                    part.read()
                    reader.found += [x.moved(m.start()) for x in part.found]
            found = sorted(reader.found, key=lambda one: (one.start, one.end))
            read += [one.moved(start) for one in found]
            context = reader.leaves()
            continue
        context = Context(away=away[0] if away else "")
        read.append(Found(Unread(text[start:end].strip(), why), begin, end))
    return read


def read_article(
    text: str,
    *,
    published: date,
    theatre: str | Theatre | None = None,
    outlet: str = "",
) -> list[Found]:
    """
    Find what an article says of territory.

    Parameters
    ----------
    text : str
        Plain text or HTML. Of HTML, places are those in `article_text` of it.
    published : date or Timestamp
    theatre : str or Theatre, optional
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
    for one in read_all(text, published, theatre or "", outlet):
        if isinstance(one.what, Unread):
            found += [] if (one.start, one.end) in whole else [one]
        elif one.what.theatre:
            found.append(one)
        else:
            reason = "it does not say where: theatre= or --theatre tells"
            phrase = text[one.start : one.end]
            found.append(replace(one, what=Unread(phrase, reason)))
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


def sentences(text: str) -> list[tuple[int, int]]:
    """Places of the sentences; a single line break within one is a space."""
    places: list[tuple[int, int]] = []
    breaks = [0, *(m.end() for m in W["paragraph"].finditer(text)), len(text)]
    for left, right in pairwise(breaks):
        start = left
        for m in W["full_stop"].finditer(text, left, right):
            head = text[max(left, m.start() - 9) : m.start() + 1]
            if not W["abbreviated"].search(head):
                places.append((start, m.end()))
                start = m.end()
        if text[start:right].strip():
            places.append((start, right))
    return places


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


class _Reader(TrendReader):
    """Reads the amounts of a sentence, and what it says without one."""

    def read(self) -> None:
        """Gather everything that the sentence says of territory."""
        self.found, self.clauses, self.turned = [], {}, []
        kinds = {"km2": self.area, "share": self.share}
        kinds |= {"km": self.length, "times": self.ratio}
        for amount in self.amounts:
            kind = kinds.get(amount.unit or "", self.count)
            kind = self.area if amount.per_days or self.is_note(amount) else kind
            phrase = self.phrase(amount)
            if amount.unit and not amount.numbers:
                self.unread(phrase.span, self.doubt(phrase))
            elif why := kind(phrase):
                self.unread(phrase.span, self.doubt(phrase) or why)
        self.trends()
        self.days_held()
        if not self.found:
            self.presence()
        self.left_out()
        if self.context.away:
            self._give_up(f"it follows what is said of {self.context.away}")
        elif self.text.rstrip().endswith("?"):
            self._give_up("it is a question")
        elif self.search("denial"):
            self._give_up("it is denied, or said to be")
        places = [(x.start, x.end) for x in (*self.scanned, *self.found)]
        begun = [w.start for w in self.dates if w.prep == "since"]
        for m in W["undated"].finditer(self.text):
            # words of time that were taken for no date, nor for anything else, neither
            # of "land controlled before the invasion" nor "since Avdiivka fell in May"
            used = overlaps(m.span(), places) or self.before("held_by", m.start())
            if not (used or any(0 < x - m.start() < 70 for x in begun)):
                self.adrift.append(m.span())
        for span in self.adrift:
            self._give_up(UNDATED, span)
        for m in W["negation"].finditer(self.text):
            beside = self.match("without_grey", m.start())
            beside = beside or self.match("set_apart", m.start())
            if not (beside or overlaps(m.span(), self.turned)):
                self._give_up("a negation that is not understood", m.span())

    def leaves(self) -> Context:
        """What the next sentence may refer to."""
        claims = self.claims
        # A town lies in a region that the text need not be about.
        where = list(dict.fromkeys(c.theatre for c in claims if c.place is None))
        last = "ukraine" if "ukraine" in where else (where or [""])[-1]
        last = last or self.regions(0, len(self.text))
        if not last and self.amounts:  # also where all of it is denied
            last = self.where()[0]
        ats = [c.at for c in claims if c.at is not None]
        on = [at for at in ats if at.kind in ("on", "by", "start")]
        changes = [c.at for c in claims if c.measure in ("area_change", "rate")]
        # of "503 km2 in October, up from 397 in September" it told of October
        periods = [at for at in changes if at and at.kind == "within" and at.start]
        period = max(periods, key=lambda at: at.start or self.day, default=None)
        named = (w for w in self.dates if w.exact and w.prep != "since")
        months = [(w.first, w.last) for w in named if 20 < w.days < 31]
        return Context(
            theatre=last or self.context.theatre,
            source=self.source or self.context.source,
            first=self.context.first or self.source,
            at=on[-1] if on else None,
            unit="km2" if any(c.says.unit == "km2" for c in claims) else None,
            within=period or (None if self.dates else self.context.within),
            month=max(months, default=self.context.month),
            away=self.context.away,
            side=self.sides[0][1] if self.sides else self.context.side,
        )

    def left_out(self) -> None:
        """Name figures without a unit, parts without a figure, and unknown sizes."""
        unread = (isinstance(x.what, Unread) for x in self.found)
        ends = (x.end + 2 * no for x, no in zip(self.found, unread, strict=True))
        taken = [(x.start, end) for x, end in zip(self.found, ends, strict=True)]
        said = taken or self.search("level_noun")
        spans = {
            m.span(): why
            for name, why in LEFT_OUT.items()
            for m in W[name].finditer(self.text)
            if said or name not in ("first_time", "steady")
        }
        spans |= {m.span(): NO_FIGURE for m in self.records[1:]}
        spans |= {m.span(): PART_OF_TOWN for m in self.parts_of_towns()}
        for a in (x for x in self.scanned if said and isinstance(x, Amount)):
            other = self.is_baseline(a)
            # "Sumy, a city of 250,000", "killing 40"
            else_ = self.before("town_of", a.start) or self.before("of_people", a.start)
            bare = a.unit is None and a.text[-1].isdigit()
            bare = bare and not self.before("clock", a.start)
            if other and (a.unit in ("km2", "share") or a.start in self.levels):
                spans[a.start, a.end] = DAYLESS
            elif bare and not else_ and self.match("bare_end", a.end):
                whole = self.before("of_the", a.start)  # "80 left of 407"
                spans[a.start, a.end] = DAYLESS if whole else "a number without a unit"
        units = ("km2", "share", "km")
        for a in (x for x in self.amounts if x.unit in units and self.claims):
            away = [self.search(x, *self.part(a)) for x in _OF_ELSE]
            told = self.is_baseline(a) or overlaps((a.start, a.end), list(spans))
            if not (told or any(away)):
                spans[a.start, a.end] = "what it is of, is not understood"
        for a in self.whole_of.values():
            spans[a.start, a.end] = DAYLESS
            if (at := self.day_of_whole(a)) and self.claims:
                del spans[a.start, a.end]
                last, span = self.claims[-1], (a.start, a.end)
                where = {"theatre": last.theatre, "unstated": last.unstated}
                self.claim("area", self.says(a, "km2"), span, at=at, **where)
        for span, reason in spans.items():
            if not overlaps(span, taken):
                self.unread(span, reason)

    def _give_up(self, reason: str, at: Span | None = None) -> None:
        """Leave claims unread: all, or those in whose clause these words stand."""
        found, self.found = self.found, []
        for one in found:
            span = (one.start, one.end)
            left, right = self.clauses.get(span, (0, len(self.text)))
            inside = at and one.start <= at[0] < one.end
            spared = at and (inside or not left <= at[0] < right)
            if isinstance(one.what, Unread) or spared:
                self.found.append(one)
            else:
                self.unread(span, reason)

    def days_held(self) -> None:
        """Read "after seven months of holding Russian territory"."""
        for when in (w for w in self.dates if w.kind == "length" and w.days):
            words = when.text.lower()
            after = W["held_for"].match(self.text[when.end :].lstrip())
            before = self.before("lasting", when.start)
            first = self.text[: when.start].endswith(("first ", "opening "))
            first = first or words.startswith(("in ", "within"))
            lasted = before and words.startswith(("for ", "over "))
            if not lasted and (first or not after):
                continue
            begun = before.start() if before else when.start
            if any(begun <= a.start < when.start for a in self.of_unit("km2")):
                continue  # "has held some 790 km² for two weeks"
            counted = scan(words.rpartition(" ")[0], self.day)
            number, hedge = read_number("one"), ""
            for one in (x for x in counted if isinstance(x, Amount) and x.numbers):
                number, hedge = one.numbers[0], one.hedge
            span = number.times(Fraction(when.days) / number.value)
            span = replace(span, round=span.written)
            amount = Amount(when.start, when.end, when.text, (span,), "days", hedge)
            grey = self.search("grey")  # "the grey zone near Popovka" is no town
            names = [] if grey else W["name"].findall(self.text)
            names = W["held_place"].findall(self.text) + names
            no_town = ("regions", "sides")  # "Kyiv held Sudzha for seven months"
            names = [x for x in names if not any(W[y].fullmatch(x) for y in no_town)]
            place = self.place_of(*names)
            ground = "contested" if grey else None
            said = {"ground": ground, "unstated": () if place else ("of which ground",)}
            at, where = (when.start, when.end), self.where()[0]
            if place and not self.named():
                said["theatre"] = where = self.theatre_of(place)
            does = [v for v in self.verbs if v.cls in ("hold", "retake")]
            whose = self.in_hands() or (self.side(does[0]) if does else "")
            if place and whose not in ("", self.holder(where)):
                # "has been under Russian control for two weeks": not held since then
                says = self.counted(0.0, 0.0, at, f"no held ground at {place.name}")
                day = DateWindow("by", when.first, when.first, when.first, when.text)
                self.claim("present", says, at, place=place, **said | {"at": day})
                continue
            self.claim("days_held", self.says(amount, "days"), at, place=place, **said)

    def presence(self) -> None:
        """Read whether anything is held: "full control", "still holds", "no longer"."""
        if grey := self.search("town_grey"):
            for one, words in self.places(*grey.span("name")).items():
                self._present(words, held=True, place=one, ground="contested")
            return
        for kind in ("absent", "present"):
            m = self.search(kind)
            if m and not self.before("town_under", m.start()):
                where = self.match("of_region", m.end())
                span = (m.start(), where.end() if where else m.end())
                if why := self._presence(m, span, held=kind == "present"):
                    self.unread(span, why)
                return
        self.towns()

    def _presence(self, m: re.Match[str], span: Span, *, held: bool) -> str:
        """Read it of a town, of several, or of a whole region."""
        # "no longer holds Sudzha", "Sudzha is no longer held"
        beside = self.match("on_place", m.end()), self.before("near_place", m.start())
        before = len(self.found)
        passive = bool(re.search("(?:held|hands|control)$", m[0]))
        listed = (self.places(*x.span("name"), sure=passive) for x in beside if x)
        places = next(filter(None, listed), {})
        told = self.amounts or self.parts_of_towns() or len(self.found) > before
        out = re.search("(?:out of|from)$", m[0]) and span == m.span()
        if not places and (told or out):
            return ""
        but = not held and self.search("all_except", m.start())
        if but or self.before("nearly", m.start()):
            return "nearly all of it, without a figure"
        partly = self.search("no", max(0, m.start() - 20), m.start())
        partly = partly and self.search("whole", *m.span())  # "not fully captured"
        if places and (partly or W["into"].search(m[0])):
            return PART_OF_TOWN
        verb = next((v for v in reversed(self.verbs) if v.start <= m.end()), None)
        theatre, unstated = self.where(verb)
        advance = m[0].lower().startswith("advanc") and theatre not in _NEW
        if self.planned(span) or advance:
            return ""
        sides = [side for at, side in self.sides if at < m.end()]
        inside = [side for at, side in self.sides if m.start() <= at < m.end()]
        side = (inside or sides or [self.they])[-1 if held else 0]
        begun = 1 + max(self.text.rfind(c, 0, m.start()) for c in ":;")
        no = self.search("no", max(begun, m.start() - 60), m.start())
        taken = re.search("occup|captured|seized|control|hands", m[0]) and not side
        mine = taken or side == self.holder(theatre)
        oblast = "Oblast" in theatre and not held
        self.turned += [x.span() for x in (m, no) if x]
        if mine and oblast and W["whole"].search(m[0]):
            says = Interval(0.995, 1.0, "share", m[0], value=1.0, precision=0.01)
            if no:
                denied = self.original[no.start() : m.end()]
                says = Interval(0.0, 0.995, "share", denied, closed_high=False)
            said = {"theatre": theatre, "unstated": unstated, "of": theatre}
            self.claim("share", says, span, at=self.windows()[0], **said)
        elif places:
            by = [s for at, s in self.sides if 0 <= at - m.end() <= len(" by the ")]
            hands = self.in_hands(m.start(), m.end() + 20)
            who = hands or (by or [side])[0]
            full = W["fully"].match(m[0])
            for one, words in places.items():
                theirs = who in ("", self.holder(self.named() or self.theatre_of(one)))
                if full and full["back"] and not who:
                    theirs = False  # "has been liberated": not who holds it here
                shown = (theirs if full or hands else held == theirs) != bool(no)
                self._present(words if len(places) > 1 else span, held=shown, place=one)
            if only := re.search(r"\b[Oo]nly(?= [^,;]*$)", self.text[: m.end()]):
                reason = "that nothing else is held, is not asked of places"
                self.unread(only.span(), reason)
            self.towns()
        elif theatre in BORDER or "Oblast" in theatre:
            ours = side in ("", self.holder(theatre))
            if ours or (theatre in BORDER and not held):
                shown = held != bool(no)
                self._present(span, held=shown, theatre=theatre, unstated=unstated)
        return ""

    def parts_of_towns(self) -> list[re.Match[str]]:
        """Words such as "parts of Sudzha"."""
        return [
            m
            for m in W["part_of_town"].finditer(self.text)
            if self.place_of(m[1]) and not W["regions"].match(m[1])
        ]

    def places(self, start: int, end: int, *, sure: bool = False) -> dict[Place, Span]:
        """Towns of a list of names, each with its own; those unknown are told."""
        found, names = dict[Place, Span](), list[re.Match[str]]()
        name = W["name"]
        for m in (*name.finditer(self.text, 0, end), *name.finditer(self.text, end)):
            no_town = ("sides", "maps", "speakers", "english")
            city = self.before("town_of", m.start())  # "the city of Kherson"
            other = any(W[x].fullmatch(m[0]) for x in no_town)
            region = W["regions"].match(m[0]) and not city
            if not (other or region or self.before("bank_of", m.start())):
                names.append(m)
        unread = dict[Span, str]()
        for m in (m for m in names if start <= m.start() and m.end() <= end):
            beside = [x[0] for x in names if x[0] != m[0] and self.place_of(x[0])]
            place = self.place_of(m[0], m[0].split()[-1], beside=beside)
            alike = not beside and len(reference.namesakes(m[0], near=self._region)) > 1
            if self.before("number_of_the", m.start()):
                self.unread(m.span(), "only a part of it is meant")
            elif alike or not place:
                unread[m.span()] = NAMESAKES if alike else NO_TOWN
            else:
                found[place] = m.span()
        for span, why in unread.items():
            if found or sure or why == NAMESAKES:
                self.unread(span, why)
        return found

    def _present(
        self,
        span: Span,
        *,
        held: bool,
        place: Place | None = None,
        moved: bool = False,
        **said: object,
    ) -> None:
        if place:
            said.setdefault("theatre", self.named() or self.theatre_of(place))
        at = f" at {place.name}" if place else ""
        what = f"{'' if held else 'no '}{said.get('ground', 'held')} ground{at}"
        says = self.counted(float(held), math.inf if held else 0.0, span, what)
        window = self.windows()[0]
        if window and re.match("(?i)from |between |for ", window.text):
            self.unread(span, "how long, cannot be read")
            return
        if moved and window and window.kind == "within" and window.start:
            # "captured in March": it was not so as March began
            begun = window.start
            said["since"] = DateWindow("start", begun, begun, begun, text=window.text)
        if place and not held:
            window = as_ended(window, self.day)  # "recaptured in March": as March ended
        self.claim("present", says, span, place=place, at=window, **said)

    def towns(self) -> None:
        """Read each "captured the town of Sudzha", with the days beside it."""
        told, dates = list[re.Match[str]](), self.dates
        for name in ("town", "town_passive", "town_listed"):
            used = [*((x.start, x.end) for x in self.found), *(x.span() for x in told)]
            found = W[name].finditer(self.text)
            told += [m for m in found if not overlaps(m.span(), used)]
        told.sort(key=re.Match.start)
        ends = [*(m.start() for m in told[1:]), len(self.text)]
        for m, end in zip(told, ends, strict=False):  # none at all, or one each
            self.dates = [
                w
                for w in dates
                if w.start < told[0].start() or m.start() <= w.start < end
            ]
            if why := self._town(m):
                self.unread(m.span(), why)
            for one in W["and_then"].finditer(self.text, m.end(), end):
                if self.found and self.place_of(one[1]):
                    self.unread(one.span(1), "each of several towns has its own day")
        self.dates = dates

    def _town(self, m: re.Match[str]) -> str:
        """Read one of them as that point held or not."""
        region = W["regions"].fullmatch(m["name"]) and " of " not in m[0]
        if region or W["sides"].fullmatch(m["name"]) or self.planned(m.span()):
            return ""
        if self.before("aims_to", m.start()):
            return PLAN.format("to")
        if self.before("beside_place", m.start("name")):
            return ""  # "the ground near Gornal was retaken"
        told = m.groupdict()
        sure = told.get("by") or self.match("in_region", m.end())
        sure = sure or re.search("town|village|settlement|city|hamlet", m[0])
        places = self.places(*m.span("name"), sure=bool(sure))
        if self.search("partly", *m.span()):
            return PART_OF_TOWN
        no = self.search("negation", *m.span())
        self.turned += [m.span()] if no else []
        inside = [v for v in self.verbs if m.start() <= v.start < m.end()]
        verb = inside[-1] if inside else None
        side, cls = self.side(verb), verb.cls if verb else "take"
        side = side or self.they
        if told.get("aside") and not self.match("by", m.end() + 1):
            side = ""  # "Vuhledar, which Ukraine had held for years, was captured"
        if told.get("fell"):
            side, cls = "russia", "take"
        elif by := told.get("by") or told.get("of"):
            side, cls = "russia" if by[0] in "RM" else "ukraine", "hold"
        elif cls == "lose":
            side = side or "ukraine"
        never = bool(no or told.get("no"))
        for place, words in places.items():
            theatre = self.named() or self.theatre_of(place)
            holder = self.holder(theatre)
            mine = side in ("", holder)
            if cls == "retake":  # "Russian forces have retaken Shevchenko"
                mine = verb is not None and self.actor(verb) == holder
            if not theatre:
                return NAMESAKES  # the one that is known is far from any front
            if cls == "take" and not side and self.sign(None, theatre) < 0:
                return "by whom it was taken, is not said"
            shown, moved = ((cls != "lose") == mine) != never, cls != "hold"
            own = words if len(places) > 1 else m.span()
            self._present(own, held=shown, moved=moved and not never, place=place)
        return ""


def overlaps(span: Span, others: list[Span]) -> bool:
    """Whether a place of the text has letters in common with others."""
    return any(start < span[1] and span[0] < end for start, end in others)


NAMESAKES: Final = "several places have that name: name its region, or a town near it"
NOTHING: Final = (
    "nothing in it is understood as an area, share, depth, pieces, or who holds it"
)
UNDATED: Final = "the dates of the sentence cannot be read"
_OF_ELSE: Final = (
    "fighting", "settlements", "share_of_else", "length_of_else", "ratio_of_else",
)  # fmt: skip
"""Words of what is no ground: a figure beside them is left out on purpose."""
_NEW: Final = ("belgorod", "bryansk")
"""Theatres where any ground at all is an advance."""
LEFT_OUT: Final = {
    "part": "it gives no figure",
    "first_time": NO_FIGURE,
    "size_of": "how large that is, is not known here",
    "steady": "that nothing changed, is not measured",
    "peaked": "when it was largest, is not asked: give its figure",
}
"""What is listed where no reading has used it, and why."""
