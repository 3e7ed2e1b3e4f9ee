"""How a claim is judged: as its source counts, then by one departure at a time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import pandas as pd

from kursk_geo._text import MINUS, and_words, moment_words
from kursk_geo.claims.claim import Claim, spell
from kursk_geo.claims.engine import (
    CHANGES,
    KINDS,
    Counted,
    Engine,
    Way,
    drawn_from,
    end_of,
)
from kursk_geo.claims.grid import Maps, maps_of
from kursk_geo.claims.verdict import (
    NO_DAYS,
    Departure,
    Verdict,
    Word,
    distance_words,
    shown,
    target_of,
)
from kursk_geo.errors import KurskGeoError, TheatreError
from kursk_geo.history import ControlHistory
from kursk_geo.periods import DAY
from kursk_geo.theatre import Theatre
from kursk_geo.theatre import theatre as theatre_of

__all__ = ["judge"]

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
        others += self._with_2014()
        others = [one for one in others if not math.isnan(one.figure)]
        if math.isnan(first.figure):  # what a later map shows was not there yet
            others = [one for one in others if one.way.at <= _last(claim, self.way)]
        others = [one for one in others if not self._same(one.figure, first.figure)]
        others.sort(key=lambda one: KINDS.index(one.way.kind))
        if self._holds(first.figure):
            return self._say(
                "holds",
                self._told(first) + ".",
                decides=first,
                first=first,
                others=others,
            )
        exact = self._to_the_digit(others)
        if exact is not None:
            why = f"{self._told(exact)}, to the digit that was printed."
            return self._say("holds", why, decides=exact, first=first, others=others)
        if self._rounds(first.figure):
            rounded = replace(
                first, way=replace(first.way, name="after rounding", kind="rounding")
            )
            why = (
                f"{self._told(first)}, which rounds to what was printed; as a strict "
                "bound it does not hold."
            )
            return self._say(
                "holds_if", why, decides=rounded, first=first, others=[rounded, *others]
            )
        for one in others:
            if self._holds(one.figure):
                why = f"{self._told(one)}; {self._as_first(first)}."
                return self._say(
                    "holds_if", why, decides=one, first=first, others=others
                )
        return self._miss(first, others)

    def _with_2014(self) -> list[Counted]:
        """The same with the ground held since 2014, where there is such ground."""
        claim, theatre = self.claim, self.maps.theatre
        if claim.measure not in ("area", "share") or not theatre.paler:
            return []
        more = replace(theatre, held=theatre.held | theatre.paler, paler=frozenset())
        maps = maps_of(self.history, more)
        name = "with the ground held since 2014"
        way = replace(self.way, name=name, kind="ground")
        return [Engine(claim, maps).count(way)]

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
        target = target_of(says, figure)
        near = NEAR * abs(target)
        if says.unit == "share":
            near = max(near, NEAR_POINTS if abs(target) > 0.2 else NEAR_POINTS / 2)
            # Of 99.5 % it matters what is left: 4.5 % are not near 0.5 %.
            left = 1.0 - abs(target)
            near = min(near, left) if left > 0 else near
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
                f"{self._told(first)}, counted from the centre: whether that or the "
                "edge of the town is meant, is left open."
            )
            return self._say("depends", why, decides=first, first=first, others=others)
        redrawn = self._turned_over(first, others)
        if redrawn is not None:
            return redrawn
        # Another edition is no excuse for a miss, unless for a figure to the digit.
        fair = ("pieces", "grey", "ground", *(("edition",) if self._fine else ()))
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
        why = f"{self._told(first)}, {distance_words(claim, first.figure)}"
        if claim.measure == "present":
            why = self._told(first)
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
        return abs(one.figure - target_of(self.claim.says, one.figure))

    def _off(self, near: Counted, first: Counted, others: list[Counted]) -> Verdict:
        why = f"{self._told(near)}, {distance_words(self.claim, near.figure)}"
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
                f"{self._told(first)}. But these maps show {both.gained_km2:,.0f} km² "
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
            f"{self._told(first)}; of that "
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
                    return f" A later map: {_down(self._told(later))}."
        return ""

    def _within_town(self, figure: float) -> bool:
        """Whether a town's own size explains the difference."""
        target = target_of(self.claim.says, figure)
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
        if claim.measure == "area_change":
            # "Has taken 68,000 km²" may be all that is held.
            level = replace(claim, measure="area")
            maps = self.maps
            all_held = _Judge(level, self.history, maps, Engine(level, maps), way)
            verdict = all_held.verdict()
            if verdict.verdict in ("holds", "holds_if", "off"):
                return verdict
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
            f"ground {self.maps.theatre.held_words} in "
            f"{self.maps.theatre.ground_words} had {way} "
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
        if (self.claim.says.value or self.claim.says.high) < 0:
            top = int(figures.to_numpy().argmin())
            peak = f"the peak ({spell(figures.index[top].date())})"
            found[peak] = float(figures.iloc[top])
        return found or {spell(figures.index[0].date()): float(figures.iloc[0])}

    # How it is said

    def _told(self, one: Counted, whose: str = "the", where: str = "") -> str:
        """What is seen, on which map, counted how: a sentence without its full stop."""
        claim, way = self.claim, one.way
        figure = shown(claim, one.figure)
        at, since = one.at or way.at, one.since or way.since
        on = f"On {whose} map of {moment_words(at)}"
        named = way.kind not in ("edition", "day", "rounding") and way.name
        counted = f", {way.name}," if named else ""
        words = self.maps.theatre
        held, grey = f"ground {words.held_words}", words.contested_words
        ground = {
            "held": held,
            "contested": f"{grey} ground",
            "held or contested": f"{held} or {grey}",
        }[way.count.ground] + f"{where}{counted}"
        place = "" if claim.place is None else claim.place.name
        match claim.measure:
            case "ratio" if since is not None:
                times = f"{abs(one.figure):.1f} times "
                times += "less than" if one.figure < 0 else "as much as"
                then, now = claim.since, claim.at
                if (
                    now is not None
                    and then is not None
                    and now.kind == then.kind == ("within")
                ):
                    change = f"the change of {spell(now.start)} to {spell(now.end)}"
                    other = f"that of {spell(then.start)} to {spell(then.end)}"
                    return f"On {whose} maps {change} is {times} {other}"
                return f"{on} {ground} is {times} that of {moment_words(since)}"
            case "area_change" | "relative_change" | "rate" if since is not None:
                levels = [self.maps.level_km2(m, way.count) for m in (since, at)]
                grew = "shrank" if one.figure < 0 else "grew"
                return (
                    f"From {whose} map of {moment_words(since)} to that of "
                    f"{moment_words(at)} {ground} {grew} by "
                    f"{figure.lstrip('+' + MINUS)}, from {levels[0]:,.1f} to "
                    f"{levels[1]:,.1f} km²"
                )
            case "days_held":
                begin = "no day" if since is None else moment_words(since)
                shown_ = f"{_up(ground)} is shown from {begin}"
                return f"{shown_} to {moment_words(at)}: {figure}"
            case "present" if place:
                lies = "lies on" if one.figure else "does not lie on"
                return f"{on} {place} {lies} {ground}"
            case "present":
                if not one.figure:
                    return f"{on} there is no {ground}"
                n = len(self.maps.sections(self.maps.counted(at, way.count)))
                return f"{on} {ground} covers {figure}" + (f" in {n} pieces" * (n > 1))
            case "sections":
                return f"{on} {ground} is in {figure} piece" + "s" * (one.figure != 1)
            case "depth":
                return f"{on} {ground} reaches {figure} from the border"
            case "distance":
                return f"{on} {ground} is {figure} from the centre of {place}"
            case "share":
                return f"{on} {ground} is {figure} of {claim.of or words.ground_words}"
            case "streak":
                return (
                    f"Up to {whose} map of {moment_words(at)} it is {figure} in a row"
                )
            case "record":
                rank = "first" if one.figure == 1 else f"number {figure}"
                return f"{on} it is {rank} in rank"
        return f"{on} {ground} covers {figure}"

    def _as_first(self, first: Counted) -> str:
        """The figure as the source counts, beside that of a departure."""
        if math.isnan(first.figure):
            return first.reason.rstrip(".") or "as the map counts there is no figure"
        return f"as first counted: {_down(self._told(first))}"

    def _condition(self, word: Word, decides: Counted | None) -> str:
        if word == "holds_if" and decides is not None:
            return decides.way.name
        if word == "depends":
            return "since when" if self.claim.measure in CHANGES else "what is meant"
        return ""

    def _correction(self, word: Word, one: Counted | None) -> str:
        """A sentence that could be printed instead."""
        if word in ("holds", "not_computable", "not_read") or one is None:
            return ""
        if self.claim.measure in CHANGES and (one.since or one.way.since) is None:
            return ""  # since when is open
        where = f" in {self.maps.theatre.ground_words}"
        return f"{self._told(one, self._whose(), where)}."

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


MANY_LETTERS = 30
"""A longer credit is no name."""
TOWN_RADIUS_KM = 7.0
"""From the centre of a regional capital to its edge."""


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


def _up(text: str) -> str:
    return text[:1].upper() + text[1:]


def _down(text: str) -> str:
    return text[:1].lower() + text[1:]


def _sentence(text: str) -> str:
    text = _up(text.strip())
    return text if text.endswith((".", "!", "?")) else text + "."
