"""How a claim is judged: as its source counts, then by one departure at a time."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import pandas as pd

from kursk_geo._text import MINUS, and_words, km, lower, many, moment_words, upper
from kursk_geo.change import turnover
from kursk_geo.claims.claim import (
    CHANGES,
    DEPTH,
    OF_PERIODS,
    Claim,
    DateWindow,
    Measure,
    Unread,
    changes_words,
    day_of,
    distance_words,
    end_of,
    is_order,
    shown,
    spell,
    start_of,
    target_of,
)
from kursk_geo.claims.engine import CUT, Engine, Maps, maps_of
from kursk_geo.claims.verdict import NO_DAYS, Kind, Verdict, Way, Word
from kursk_geo.claims.where import STRIPS
from kursk_geo.errors import DateNotFoundError, KurskGeoError
from kursk_geo.history import ControlHistory
from kursk_geo.periods import DAY
from kursk_geo.theatre import Theatre, with_2014
from kursk_geo.theatre import theatre as theatre_of

WITH_2014: Final = "with the ground held since 2014"
MANY_PIECES = 8
"""Of more pieces than this nobody means one without naming it."""
NEXT_MAP = pd.Timedelta(hours=36)
"""The map after a day shows what had happened by its end, if it came so soon."""
NEAR: Final = 0.05
"""A figure that misses by no more than this share of the printed one is "off by"."""
NEAR_POINTS: Final = 0.03
"""The same of a percentage, in points / 100."""
NEAR_SHARE: Final = 0.15
"""But of a small percentage no more than this part of it."""
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
SEARCH_DAYS: Final = 14
"""How far around a map is looked for one that would make the sentence true."""
ONE_DAY: Final = re.compile(r"[a-z]day\b|\b\d\d?\b(?! (?:day|week|month))")
"""Words of a single day, of which the evening may be meant too."""


_PLAY: Final = re.compile("(?:just|slightly|a little|well|far) ", re.IGNORECASE)
"""Words that make of a bound a size."""
MANY_LETTERS = 30
"""A longer credit is no name."""
_FROM_TO = "From {whose} map of {since} to that of {at} {ground} "
CHANGED = _FROM_TO + "{grew} by {size}, from {before} to {now} {unit}"
TOLD: Final = {
    "area": "{on} {ground} covers {figure}",
    "area_change": CHANGED,
    "relative_change": CHANGED,
    "rate": CHANGED,
    "stayed": _FROM_TO + "stayed at {now} {unit}",
    "ratio": _FROM_TO + "went from {before} to {now} {unit}{times}",
    "periods": "On {whose} maps {ground} {changes}{times}",
    "share": "{on} {ground} is {figure} of {of}",
    "sections": "{on} {ground} is in {figure} piece{s}",
    "depth": "{on} {ground} reaches {figure} from the border",
    "distance": "{on} {ground} is {figure} from the centre of {place}",
    "present": "{on} {ground} covers {figure}",
    "nothing": "{on} there is no {ground}",
    "place": "{on} {place} {lies} {ground}{edge}",
    "days_held": "{ground} is shown from {since} to {at}: {figure}",
    "streak": "On {whose} maps {ground} {changes}{months}",
    "record": "On {whose} maps {ground} {changes}: {rank} in rank",
}
"""What is seen on the maps, for each measure and what it is like."""
ANOTHER_KIND = 10
"""Officials print more than there is, but nobody prints so many times less: a reading
that finds so much more than was printed has measured something else."""
TOWN_RADIUS_KM = 7.0
"""From the centre of a regional capital to its edge."""


def judge(
    claim: Claim,
    history: ControlHistory,
    *,
    theatre: Theatre | None = None,
    widen: bool = False,
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
    widen : bool, default False
        Whether an area that fails for the strip of an oblast at the border may be of
        the whole oblast, since words alone told which.

    Returns
    -------
    Verdict
    """
    if not claim.theatre:
        why = "The words name no region. Give one: theatre='kursk' (--theatre kursk)."
        return Verdict(claim, "not_read", why)
    try:
        own = theatre and theatre.name == claim.theatre
        where = theatre if theatre and own else theatre_of(claim.theatre)
        maps = maps_of(history, with_2014(where) if claim.since_2014 else where)
        verdict = _Judge(claim, maps).verdict()
    except KurskGeoError as error:
        return Verdict(claim, "not_computable", _sentence(str(error)))
    of_strip = claim.measure in ("area", "area_change", "rate")
    if widen and of_strip and verdict.verdict == "fails" and claim.theatre in STRIPS:
        # "960 km² of Kharkiv region" may be of all of it, not of the new strip.
        whole = judge(replace(claim, theatre=STRIPS[claim.theatre]), history)
        target = target_of(claim.says, whole.figure)
        nearer = abs(whole.figure - target) < abs(verdict.figure - target) / 2
        if whole.verdict in ("holds", "holds_if", "off") or nearer:
            figure = shown(claim, verdict.figure)
            alone = f" In the strip at the border alone: {figure}."
            return replace(whole, why=whole.why + alone)
    return doubted(verdict)


def doubted(verdict: Verdict) -> Verdict:
    """A verdict, or that its figure must be of something else than was measured."""
    claim, measured = verdict.claim, abs(verdict.figure)
    if isinstance(claim, Unread) or verdict.verdict != "fails":
        return verdict
    of_area = claim.says.unit in ("km2", "km2/day")
    same_way = claim.says.low * claim.says.high > 0  # of nothing, all is a multiple
    most = ANOTHER_KIND * abs(target_of(claim.says, verdict.figure))
    if not (of_area and same_way and measured > most):
        return verdict
    why = (
        f"Not read: {shown(claim, measured).lstrip('+')} are measured, more than "
        f"{ANOTHER_KIND} times what is printed: that is of something else (a part, a "
        "day, a rate, another unit), or wrong. Say of which ground and days it is."
    )
    return Verdict(claim, "not_read", why)


class _Judge(Engine):
    """What is needed to word one verdict."""

    def __init__(self, claim: Claim, maps: Maps) -> None:
        super().__init__(claim, maps)
        self.counted = self.first
        self.others: list[Way] = []
        says = claim.says
        self.fine = says.unit == "km2" and 0 < says.precision <= TO_THE_DIGIT_KM2
        self.fall = (says.value or says.high) <= 0

    def verdict(self) -> Verdict:
        claim, says = self.claim, self.claim.says
        if self.is_change and self.since is None:
            return self._since_open()
        first = self.counted = self.count(self.first)
        others = list(self.departures())
        if math.isnan(first.figure):  # what a later map shows was not there yet
            last = first.at_utc
            if self.at_kind not in ("on", "by"):
                last = max(last, end_of(claim.published))
            others = [one for one in others if one.at_utc <= last]
        same = max(0.05 * says.precision, 1e-9)
        self.others = [
            one
            for one in others
            if not (math.isnan(one.figure) or abs(one.figure - first.figure) < same)
        ]
        if first.holds:
            return self._say("holds", first)
        holding = [one for one in self.others if one.holds]
        # The next map of the day of publication, to the digit, before any piece.
        day, half = start_of(claim.published), says.precision / 2
        own = [x for x in holding if x.kind == "edition" and x.at_utc >= day]
        own = [x for x in own if abs(x.figure - (says.value or math.inf)) <= half]
        holding = (own if claim.at is None else []) + holding
        exact = [one for one in holding if one.kind == "pieces"]
        if exact and self.fine and claim.measure == "area":
            return self._say("holds", exact[0], ", to the digit that was printed")
        bound = claim.measure != "present" and says.value in (says.low, says.high)
        if says.value is not None and bound:
            least = 0.15 if says.unit in ("km", "days") else 0.025
            half = min(says.precision / 2, least * abs(says.value))
            if abs(first.figure - says.value) <= half:
                one = replace(first, name="after rounding", kind="rounding", holds=True)
                self.others.insert(0, one)
                as_bound = "; as a strict bound it does not hold"
                rounds = f", which rounds to what was printed{as_bound}"
                return self._say("holds_if", one, rounds)
        if holding:
            return self._say("holds_if", holding[0], f"; {self._as_first()}")
        return self._miss(first)

    # Other ways to count

    @property
    def with_grey(self) -> str:
        """What ground counted as held or contested is called."""
        theatre = self.maps.theatre
        if theatre.holder in ("", "Russia", "Ukraine"):
            return "with the grey zone"
        return f"with ground {theatre.contested_words}"

    def departures(self) -> Iterator[Way]:
        """Other ways that have standing, one step from the first, nearest first."""
        first, measure, theatre = self.first, self.claim.measure, self.maps.theatre
        ways = [*self._other_pieces(first)]
        if measure not in OF_PERIODS:
            ways += self._other_editions(first)
        areas = ("area", *CHANGES, "ratio", "share")
        if theatre.border is not None and measure in areas:
            cut = not first.count.cut
            name = CUT if cut else "in whole polygons"
            ways.append(self._other(name, "cut", cut=cut))
        # Nobody counts gains or pieces with the grey zone unless he says so.
        ungrey = ("area_change", "rate", "ratio", "sections", *OF_PERIODS)
        if self.claim.ground is None and theatre.contested and measure not in ungrey:
            grey = self._other(self.with_grey, "grey", ground="held or contested")
            ways.append(grey)
            if math.isnan(self.counted.figure):
                # Where nothing is held, a sentence can only mean the grey zone.
                ways += [
                    replace(grey, name=f"{grey.name} {one.name}", at_utc=one.at_utc)
                    for one in self._other_editions(first)
                    if one.kind == "edition"
                ]
        yield from map(self.count, ways)
        if measure in ("area", "share") and theatre.paler:
            more = Engine(self.claim, maps_of(self.maps.history, with_2014(theatre)))
            yield more.count(replace(first, name=WITH_2014, kind="ground"))

    def _other(self, name: str, kind: Kind, **of: Any) -> Way:  # noqa: ANN401
        """As the first, but for fields of its count."""
        first = self.first
        return replace(first, name=name, kind=kind, count=replace(first.count, **of))

    def _other_pieces(self, first: Way) -> Iterator[Way]:
        claim, maps = self.claim, self.maps
        if claim.measure == "days_held" and claim.place is None:
            # The largest town that was held when most was.
            with suppress(DateNotFoundError):
                town = maps.largest_town(maps.counted(self._peak(first), first.count))
                if town is not None:
                    name = f"for the main ground around {town.name}"
                    yield self._other(name, "pieces", piece=town)
        # Of a country nobody leaves a piece out, nor the deepest of a depth; a change
        # has none but frozen ones.
        levels: tuple[Measure, ...] = ("area", "share", "sections", "relative_change")
        if self.at_kind == "within" and claim.since is None:
            levels = ("relative_change",)  # of a period's extreme nobody leaves any out
        whole = first.count.piece is None and claim.pieces != "every"
        if claim.measure not in levels or not whole or maps.theatre.border is None:
            return
        whole_count = replace(first.count, cut=False)
        components = maps.counted(first.at_utc, whole_count).components
        if not 1 < len(components) <= MANY_PIECES:
            return
        places = [maps.name_of(component) for component in components]
        names = Counter(place.name for place in places)
        # Of two, one alone is the other left out: told as it is usually meant.
        # A piece alone is below any bound: "less than 700 km²" does not mean it.
        level = claim.measure in ("area", "share") and claim.says.low > 0
        alone = level and (len(places) > 2 or first.count.ground == "contested")
        for component, place in zip(components, places, strict=True):
            name = f"the piece near {place.name}"
            if names[place.name] > 1:
                name += f" ({component.web_km2:.1f} km²)"
            if alone:
                yield self._other(f"in {name} alone", "pieces", piece=place)
            smaller = component != components[0] and claim.measure != "relative_change"
            odd = smaller or maps.frozen(component, first.at_utc)
            if odd and not (alone and len(places) == 2):
                yield self._other(f"without {name}", "pieces", piece=place, alone=False)

    def _other_editions(self, first: Way) -> Iterator[Way]:
        claim, period, maps = self.claim, self.period, self.maps
        at_utc, since_utc = first.at_utc, first.since_utc
        if self.is_change or self.at_kind not in ("within", "peak"):
            for moment, kind in self._beside(claim.at, at_utc).items():
                if since_utc is None or moment > since_utc:
                    name = f"on the map of {moment_words(moment)}"
                    yield replace(first, name=name, kind=kind, at_utc=moment)
        if since_utc is None or self.since_kind == "peak":
            return
        if period is not None:
            # Some days up to publication may have ended with the day before, and a
            # month is counted from its first map to the next one's by some.
            later = day_of(period.end) < day_of(claim.published)
            at, since = (
                maps.beside(m, 1 if later else -1) for m in (at_utc, since_utc)
            )
            if at is not None and since is not None:
                name = f"up to the map of {moment_words(at)}"
                name = "counted a day later" if later else name
                moved = replace(first, name=name, kind="edition", later=later)
                yield replace(moved, at_utc=at, since_utc=since)
        for moment, kind in self._beside(self.since, since_utc).items():
            if moment < at_utc:
                name = f"counted from the map of {moment_words(moment)}"
                yield replace(first, name=name, kind=kind, since_utc=moment)

    def _beside(
        self, window: DateWindow | None, chosen: pd.Timestamp
    ) -> dict[pd.Timestamp, Kind]:
        """Other maps that a window of days may mean."""
        maps, published = self.maps, self.claim.published
        near, later = [maps.beside(chosen, -1)], maps.beside(chosen, 1)
        last = (window and window.last) or published
        if self.is_change and end_of(last) < start_of(published):
            near = []  # what began or ended with a day did not do so the day before
        if window is None:
            if not isinstance(published, datetime):
                tz = maps.theatre.tz
                near += maps.between(start_of(published, tz), end_of(published, tz))
        elif window.kind in ("start", "peak"):
            near.append(later)
            said = window.text or (self.claim.at.text if self.claim.at else "")
            if window.start and ONE_DAY.search(said):  # "since Sunday": its evening
                near += maps.between(start_of(window.start), end_of(window.start))
        elif not isinstance(window.last, datetime):
            near += maps.between(start_of(window.last), chosen)
            if later is not None and later - end_of(window.last) <= NEXT_MAP:
                near.append(later)
        found: dict[pd.Timestamp | None, Kind] = dict.fromkeys(near, "edition")
        if window and window.start != window.end and window.kind != "within":
            for moment in maps.changes(start_of(window.start), end_of(window.end)):
                found.setdefault(moment, "day")
        return {m: kind for m, kind in found.items() if m is not None and m != chosen}

    # Whether

    def _near(self, figure: float) -> bool:
        says = self.claim.says
        ranked = self.claim.measure in ("present", *OF_PERIODS) or is_order(self.claim)
        if math.isnan(figure) or ranked or says.unit == "count":
            return False
        target = target_of(says, figure)
        near = NEAR * abs(target)
        if says.unit == "share":
            near = max(near, min(NEAR_POINTS, NEAR_SHARE * abs(target)))
            # Of 99.5 % it matters what is left: 4.5 % are not near 0.5 %.
            left = 1.0 - abs(target)
            near = min(near, left) if left > 0 else near
        if says.unit == "km":
            near = max(near, NEAR_KM)
        # "About" has a play of its own, and may be missed as narrowly.
        if says.low < target < says.high:
            near += min(target - says.low, says.high - target, NEAR * abs(target))
        return abs(figure - target) <= near + 1e-12

    def _miss(self, first: Way) -> Verdict:
        claim, says = self.claim, self.claim.says
        if claim.measure == "distance":
            beyond = first.figure - target_of(says, first.figure)
            if 0 < beyond <= TOWN_RADIUS_KM:
                why = ", counted from the centre: whether that or the edge of the town "
                return self._say("depends", first, f"{why}is meant, is left open")
        redrawn = self._turned_over(first)
        if redrawn is not None:
            return redrawn
        # Another edition is no excuse for a miss, unless for a figure to the digit.
        fair = ("pieces", "grey", "ground", *(("edition",) if self.fine else ()))
        near = [first, *(one for one in self.others if one.kind in fair)]
        # Nor is one of the pieces, which of any figure lies near one of them.
        named = (None, first.count.piece)
        near = [x for x in near if x.count.piece in named or not x.count.alone]
        near = [one for one in near if self._near(one.figure)]
        grey = [one for one in self.others if one.kind == "grey"]
        if math.isnan(first.figure) and not near:
            told = self.others[:2] if claim.ground is None else []
            reasons = [f"{one.name} {shown(claim, one.figure)}" for one in told]
            why = "; ".join([first.reason.rstrip("."), *reasons])
            return self._say("not_computable", first, why=why)
        # "81 % of Donetsk Oblast" is nearer to what has been held since 2014.
        others = near or [first, *(x for x in self.others if x.kind == "ground")]
        one = min(others, key=lambda x: abs(x.figure - target_of(says, x.figure)))
        distance = distance_words(claim, one.figure)
        why = f", {distance}" if distance else ""
        if one is not first:
            why += f"; {self._as_first()}"
        elif grey and not near and claim.measure != "present":
            why += f"; {self.with_grey} {shown(claim, grey[0].figure)}"
        true_on, searched = "", self.at_kind in ("within", "peak")
        searched = searched or bool(first.since_utc) or claim.measure in OF_PERIODS
        if (near or one is first) and not searched:
            # Maps near that one on which the same count makes the sentence true.
            span, at = SEARCH_DAYS * DAY, first.at_utc
            days = self.maps.changes(at - span, at + span)
            for moment in sorted(days, key=lambda moment: abs(moment - at)):
                if self.count(replace(first, at_utc=moment)).holds:
                    true_on = f" It is true of the map of {moment_words(moment)}."
                    break
        if near:
            return self._say("off", one, f"{why}.{true_on}")
        bound = claim.measure == "depth" and says.value in (says.low, says.high)
        if self.foreign and claim.measure != "present" and not bound:
            who = claim.speaker or f"maps of {claim.source}"
            whose = f"A figure of {who}, which these maps do not bear out. "
            return self._say("differs", one, why, why=whose + self._told(one))
        more = not says.closed_low and says.value == says.low < one.figure
        less = not says.closed_high and says.value == says.high > one.figure
        same_way = one.figure * (says.value or 0.0) > 0
        if (more or less) and same_way and not _PLAY.match(says.text):
            why += f": true as a bound, and far from it.{true_on}"
            return self._say("off", one, why)
        return self._say("fails", one, f"{why}.{true_on}")

    def _turned_over(self, first: Way) -> Verdict | None:
        """Where a net change misses: the ground gained alone, or maps drawn anew."""
        plain = first.count.ground == "held" and first.count.piece is None
        if self.claim.measure != "area_change" or not plain or not first.since_utc:
            return None
        whole = self.maps.grounds[False]
        gained, lost, redrawn = turnover(whole, first.since_utc, first.at_utc)
        if redrawn > REDRAWN:
            why = (
                f". But these maps show {gained:,.0f} km² gained and {lost:,.0f} km² "
                f"lost, and {100 * redrawn:.0f} % of that lies on coasts and borders "
                "far from the front: it was drawn anew, and is no change of hands"
            )
            return self._say("not_computable", first, why)
        gross = -lost if self.fall else gained
        # Only where both were large do the words leave open which is meant.
        small = min(gained, lost) <= BOTH_WAYS * abs(gross)
        if small or not self.holds(gross):
            return None
        this, other = ("lost", "gained") if self.fall else ("gained", "lost")
        name = f"for the ground {this}, not the ground {other}"
        one = replace(first, figure=gross, name=name, kind="ground", holds=True)
        self.others.append(one)
        both = f"{gained:,.1f} km² were gained and {lost:,.1f} km² lost"
        return self._say("holds_if", one, f"; of that {both}", why=self._told(first))

    # Since when?

    def _since_days(self, way: Way) -> pd.Series:
        """
        The figure from each day of a year on, where the words leave that open.

        A fall is counted from the peak at the earliest, a rise from the least ground.
        """
        maps, at = self.maps, way.at_utc
        begin = max(maps.published[0], at - 366 * DAY).normalize()
        days = pd.date_range(begin, at.normalize() - DAY, freq="D", name="day")
        stood = maps.published[maps.published.searchsorted(days + DAY) - 1]
        km2 = pd.Series([maps.level_km2(m, way.count) for m in stood], days, float)
        shown = km2[km2 > 0]
        first = (-shown if self.fall else shown).argmin() if len(shown) else 0
        begun = pd.Series(stood, days)[shown.index[first:]]
        return begun.map(lambda m: self._change(replace(way, since_utc=m)).figure)

    def _since_open(self) -> Verdict:
        claim, way, at = self.claim, self.first, self.first.at_utc
        if claim.measure == "area_change":
            # "Has taken 68,000 km²" may be all that is held.
            verdict = _Judge(replace(claim, measure="area"), self.maps).verdict()
            if verdict.verdict in ("holds", "holds_if", "off"):
                return verdict
        figures: Any = pd.DataFrame({"figure": self._since_days(way)})
        if figures.empty:
            why = f"Nothing is shown before {moment_words(at)} to count from."
            return self._say("not_computable", way, why=why)
        others = self._other_editions(way)
        later = [x.at_utc for x in others if x.kind == "edition" and x.at_utc > at][-1:]
        for moment in later:
            figures["next_figure"] = self._since_days(replace(way, at_utc=moment))
        # What holds on one of two maps that may be meant holds.
        holds = figures.map(self.holds)
        days = figures.assign(holds=holds.any(axis=1)).reset_index()
        # What people count from.
        end, first = at.normalize(), figures.index[0]
        usual = {
            f"1 January {end.year}": pd.Timestamp(end.year, 1, 1, tz="UTC"),
            "a month before": end - pd.DateOffset(months=1),
            "three months before": end - pd.DateOffset(months=3),
            "half a year before": end - pd.DateOffset(months=6),
        }
        if self.fall:
            usual[f"the peak ({spell(first.date())})"] = first
        usual = {name: day for name, day in usual.items() if day in figures.index}
        usual = usual or {spell(first.date()): first}
        told = {
            name: [shown(claim, x) for x in figures.loc[day].dropna()]
            for name, day in usual.items()
        }
        both = (f"{x} {' or '.join(dict.fromkeys(two))}" for x, two in told.items())
        listed = "; ".join(both)
        of_usual = figures["figure"][list(usual.values())]
        self.counted = replace(way, figure=of_usual.iloc[0])
        many_hold = len(usual) >= MANY_USUAL or days["holds"].all()
        if holds["figure"][of_usual.index].all() and many_hold:
            why = f"It holds whatever it is counted from: {listed}."
            return self._say("holds", self.counted, why=why, days=days)
        if not days["holds"].any():
            why = f"It holds from no day of the year before: from {listed}."
            word: Word = "differs" if self.foreign else "fails"
            near = next(filter(self._near, of_usual), None)
            if near is not None:
                word, self.counted = "off", replace(self.counted, figure=near)
            return self._say(word, self.counted, why=why, days=days)
        why = "The sentence does not say since when. It holds if counted from "
        true = days["day"][days["holds"].astype(bool)]
        ends = true.groupby((true.diff() != DAY).cumsum()).agg(["first", "last"])
        runs = ((a.date(), b.date()) for a, b in ends.to_numpy(dtype=object))
        words = [spell(a) if a == b else f"{spell(a)} to {spell(b)}" for a, b in runs]
        why += " and ".join(words)  # "11 to 30 December 2024 and 2 to 6 January 2025"
        if (holds["figure"] == days["holds"].to_numpy()).all():
            later = []
        for moment in later:
            why += f", on the map of {moment_words(at)} or that of "
            why += moment_words(moment)
        # What could be printed: the change with the day that it is counted from.
        named = {x: x for x in usual if x[0].isdigit() or x.startswith("the ")}
        named = named or {x: spell(day.date()) for x, day in usual.items()}
        since = [f"{told[x][0].lstrip('+' + MINUS)} since {named[x]}" for x in named]
        theatre = self.maps.theatre
        correction = (
            f"By {self._whose()} map of {moment_words(at)} ground {theatre.held_words} "
            f"in {theatre.ground_words} had "
            f"{'shrunk' if self.counted.figure < 0 else 'grown'} by {and_words(since)}."
        )
        why += f"; from {listed}."
        now = self.counted
        return self._say(
            "depends", now, why=why, days=days, later=later, correction=correction
        )

    # How it is said

    def _whose(self) -> str:
        """Of the maps, before the word: "DeepStateMap.Live's", "the sample"."""
        name = self.maps.history.attribution.partition(",")[0]
        short = 0 < len(name) <= MANY_LETTERS
        return f"{name}'s" if short else f"the {self.maps.history.source}".strip()

    def _told(self, one: Way, whose: str = "the", where: str = "") -> str:
        """What is seen, on which map, counted how: a sentence without its full stop."""
        claim, words, form = self.claim, self.maps.theatre, str(self.claim.measure)
        at, since, figure = one.at_utc, one.since_utc, shown(claim, one.figure)
        part, place = self.maps.counted(at, one.count), claim.place
        held, grey = f"ground {words.held_words}", words.contested_words
        by_ground = {"held": held, "contested": f"{grey} ground"}
        ground = by_ground.get(one.count.ground, f"{held} or {grey}") + where
        if claim.of == DEPTH:
            ground = f"{DEPTH} of {ground}"
        named = one.kind not in ("edition", "day", "rounding") and one.name
        if claim.since_2014 and form != "present":
            ground += f", {WITH_2014},"
        ground += f", {one.name}," if named and form != "present" else ""
        before, now = (f"{km2:,.1f}" for km2 in one.levels or (math.nan, math.nan))
        told = {
            "whose": whose,
            "on": f"On {whose} map of {moment_words(at)}",
            "at": moment_words(at),
            "since": "no day" if since is None else moment_words(since),
            "before": before,
            "now": now,
            "grew": "shrank" if one.figure < 0 else "grew",
            "size": figure.lstrip("+" + MINUS),
            "s": "s" * (one.figure != 1),
            "rank": "first" if one.figure == 1 else f"number {figure}",
            "place": "" if place is None else place.name,
            "of": claim.of or words.ground_words,
            "changes": changes_words(one.parts),
            "months": f": {many(int(one.figure), 'month')} in a row",
            "unit": "km" if claim.of == DEPTH else "km²",
        }
        match claim.measure:
            case "area_change" | "relative_change" | "rate":
                form = form if re.search("[1-9]", figure) else "stayed"
            case "ratio":
                form = "periods" if one.parts else form
                as_much = " as much" if one.figure > 0 else " less"
                as_much = "" if claim.says.unit == "share" else as_much
                told["times"] = "" if is_order(claim) else f": {told['size']}{as_much}"
            case "streak" if math.isinf(claim.says.high):
                told["months"] = ""
            case "depth" if self.maps.depth(at, one.count)[1]:
                figure = km(one.figure, censored=True)
            case "present" if place is not None:
                form, told["edge"] = "place", part.at_edge(place)
                told["lies"] = "lies on" if one.figure else "does not lie on"
                if since is not None:
                    told["lies"] = f"{'already' if one.figure else 'no longer'} lay on"
            case "days_held" if place is not None:
                ground += f" at {place.name}"
            case "present" if not one.figure:
                form = "nothing"
            case "present" if part.sections > 1:
                figure += f" in {part.sections} pieces"
        return upper(TOLD[form].format(**told, ground=ground, figure=figure))

    def _as_first(self) -> str:
        """The figure as the source counts, beside that of a departure."""
        first = self.counted
        if math.isnan(first.figure):
            return first.reason.rstrip(".")
        return f"as first counted: {lower(self._told(first))}"

    def _say(
        self,
        word: Word,
        decides: Way,
        more: str = "",
        *,
        why: str = "",
        days: pd.DataFrame = NO_DAYS,
        later: Sequence[pd.Timestamp] = (),
        correction: str = "",
    ) -> Verdict:
        first, history = self.counted, self.maps.history
        used = [("at", first.at_utc), ("since", first.since_utc)]
        used += [("at", decides.at_utc), ("since", decides.since_utc)]
        used += [("next", moment) for moment in later]
        table = history.snapshots.set_index("snapshot_utc", drop=False)
        table = table[["source", "snapshot_id", "snapshot_utc"]]
        maps: list[dict[Any, Any]] = [
            {"role": role, **table.loc[moment].to_dict()}
            for role, moment in dict.fromkeys(used)
            if moment in table.index
        ]
        condition = decides.name if word == "holds_if" else ""
        if word == "depends":
            condition = "since when" if self.is_change else "what is meant"
        # A change is corrected only where it is known since when.
        known = decides.since_utc is not None or not self.is_change
        old = [x for x in self.others if x.kind == "ground" != decides.kind]
        beside = "".join(f" ({shown(self.claim, x.figure)} {x.name})" for x in old)
        if word not in ("holds", "not_computable") and known and not correction:
            where = f" in {self.maps.theatre.ground_words}"
            correction = f"{self._told(decides, self._whose(), where)}{beside}."
        return Verdict(
            claim=self.claim,
            verdict=word,
            why=_sentence((why or self._told(decides) + beside) + more),
            figure=decides.figure,
            first=first.figure,
            condition=condition,
            correction=correction,
            departures=tuple(self.others),
            maps=tuple(maps),
            attribution=history.attribution,
            since=days,
        )


def _sentence(text: str) -> str:
    text = upper(text.strip())
    return text if text.endswith((".", "!", "?")) else text + "."
