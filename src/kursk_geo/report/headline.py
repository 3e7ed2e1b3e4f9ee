"""The figures at the head of a report, and its first sentence."""

from dataclasses import dataclass

from kursk_geo.report.account import RECENT_DAYS, Account
from kursk_geo.report.text import (
    NOTHING,
    and_words,
    day_words,
    km,
    km2,
    moment_words,
    probability,
    range_words,
    signed,
    status_words,
)

__all__ = ["Card", "cards_of", "lead_of", "span_of"]

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True)
class Card:
    """One figure with its bounds and its date."""

    label: str
    figure: str
    bounds: str
    date: str


def span_of(account: Account) -> str:
    """First and last day of the maps."""
    first, last = account.figures.index[0], account.last_utc
    if first.date() == last.date():
        return day_words(last)
    return f"{day_words(first)} to {day_words(last)}"


def lead_of(account: Account) -> str:
    """What the last map shows, in a sentence."""
    now, theatre = account.now, account.theatre
    shown = f"The map of {moment_words(account.last_utc)} shows"
    grey = (
        f", and {km2(now.contested_km2)} of contested ground"
        if now.contested_km2 > 0.0
        else ""
    )
    if not now.area_km2 > 0.0:
        return f"{shown} no ground {status_words(theatre.held)}{grey}."
    pieces = f"in {_many(int(now.sections), 'section')}"
    depth = (
        f", at most {km(now.depth_km)} from the border" if now.depth_km > 0.0 else ""
    )
    held = f"{km2(now.area_km2)} {status_words(theatre.held)}"
    return f"{shown} {held}, {pieces}{depth}{grey}."


def cards_of(account: Account) -> list[Card]:
    """Held, contested, sections and depth now; the peak; the last weeks."""
    now = account.now
    date = moment_words(account.last_utc)
    cards = [
        Card(
            "Held",
            km2(now.area_km2),
            "bounds "
            + range_words(km2(now.area_low_km2, unit=False), km2(now.area_high_km2)),
            date,
        ),
        Card(
            "Contested",
            km2(now.contested_km2),
            "part of the upper bound of held",
            date,
        ),
        Card("Sections", f"{int(now.sections)}", _least(account), date),
    ]
    if now.depth_km == now.depth_km:
        low, high = km(now.depth_low_km, unit=False), km(now.depth_high_km)
        bounds = f"bounds {range_words(low, high)}"
        cards.append(Card("Depth", km(now.depth_km), bounds, date))
    peak = account.peak_utc
    if peak is not None:
        row = account.figures[account.figures.index == peak].iloc[0]
        bounds = range_words(km2(row.area_low_km2, unit=False), km2(row.area_high_km2))
        cards.append(
            Card("Most held", km2(row.area_km2), f"bounds {bounds}", moment_words(peak))
        )
    recent = account.recent
    if recent is not None:
        bounds = "no line was redrawn"
        if recent.p:
            ends = signed(recent.low_km2, unit=False), signed(recent.high_km2)
            bounds = (
                f"bounds {range_words(*ends)}; "
                f"{'grew' if recent.net_km2 > 0.0 else 'fell'} with a probability of "
                f"{probability(recent.p)}"
            )
        since = f"since the map of {moment_words(recent.since)}"
        label = f"Change in {RECENT_DAYS} days"
        cards.append(Card(label, signed(recent.net_km2), bounds, since))
    return cards


def _least(account: Account) -> str:
    return f"pieces of {account.figures.attrs['min_area_km2']:g} km² or more"


def _many(count: int, thing: str) -> str:
    word = NUMBERS[count] if count < len(NUMBERS) else f"{count}"
    return f"{word} {thing}" if count == 1 else f"{word} {thing}s"


def held_words(account: Account) -> str:
    """What counts as held, in words."""
    return and_words([status_words(account.theatre.held)]) or NOTHING
