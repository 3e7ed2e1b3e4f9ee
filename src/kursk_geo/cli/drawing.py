"""Pictures by their names, each from maps and what was asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kursk_geo import plot
from kursk_geo.change import change_between
from kursk_geo.claims import Verdict, check, load_claims
from kursk_geo.cli.options import Every, FigureOptions, SpanOptions
from kursk_geo.compare import compare
from kursk_geo.errors import ClaimError
from kursk_geo.events import events, section_history
from kursk_geo.measure import measure
from kursk_geo.plot.canvas import picture_bytes
from kursk_geo.plot.charts import STALE_DAYS
from kursk_geo.sections import sections
from kursk_geo.settlements import read_places

if TYPE_CHECKING:
    import pandas as pd

    from kursk_geo.history import ControlHistory

__all__ = ["Wish", "draw"]


@dataclass(frozen=True)
class Wish:
    """What a picture is drawn from, as far as it has a use for it."""

    span: SpanOptions
    at: tuple[str, ...]
    every: Every
    stale_days: float | None
    places: Path | None
    claim: str | None
    figures: FigureOptions
    width_in: float
    ending: str
    dpi: int

    @property
    def file(self) -> Callable[..., bytes]:
        """Makes a file of what was drawn."""
        return partial(picture_bytes, ending=self.ending, dpi=self.dpi)

    def day(self, history: "ControlHistory") -> "str | pd.Timestamp":
        """The one date asked for, or the last map."""
        last = SpanOptions(tz=self.span.tz).cut(history).snapshots["snapshot_utc"]
        moment: str | pd.Timestamp = self.at[0] if self.at else last.iloc[-1]
        return moment


def draw(name: str, histories: "Mapping[str, ControlHistory]", wish: Wish) -> bytes:
    """
    A picture of one history, or of several if it is the one of sources, as a file.

    Raises
    ------
    DateNotFoundError
        If there is no map of the dates asked for.
    ClaimError
        If it is of a claim, and there is none or several of that name.
    OptionError
        If an option cannot be used.
    """
    if name == "sources":
        return _sources(histories, wish)
    (history,) = histories.values()
    return DRAWN[name](history, wish)


def _table(history: "ControlHistory", wish: Wish) -> "pd.DataFrame":
    return measure(
        wish.span.cut(history),
        every=wish.every,
        tz=wish.span.tz,
        area_method=wish.figures.area_method,
        gap_km=wish.figures.gap_km,
        min_area_km2=wish.figures.min_area_km2,
    )


def _area(history: "ControlHistory", wish: Wish) -> bytes:
    stale = STALE_DAYS if wish.stale_days is None else wish.stale_days
    table = _table(history, wish)
    return wish.file(plot.plot_area(table, stale_days=stale, width_in=wish.width_in))


def _depth(history: "ControlHistory", wish: Wish) -> bytes:
    stale = STALE_DAYS if wish.stale_days is None else wish.stale_days
    table = _table(history, wish)
    return wish.file(plot.plot_depth(table, stale_days=stale, width_in=wish.width_in))


def _map(history: "ControlHistory", wish: Wish) -> bytes:
    day, tz = wish.day(history), wish.span.tz
    pieces = sections(
        history,
        at=day,
        tz=tz,
        area_method=wish.figures.area_method,
        gap_km=wish.figures.gap_km,
        min_area_km2=wish.figures.min_area_km2,
    )
    named = None if wish.places is None else read_places(wish.places)
    return wish.file(
        plot.plot_map(
            history, at=day, tz=tz, pieces=pieces, context=named, width_in=wish.width_in
        )
    )


def _change(history: "ControlHistory", wish: Wish) -> bytes:
    published = SpanOptions(tz=wish.span.tz).cut(history).snapshots["snapshot_utc"]
    ground = change_between(
        history,
        wish.span.start or published.iloc[0],
        wish.span.end or published.iloc[-1],
        tz=wish.span.tz,
    )
    return wish.file(
        plot.plot_change(ground, theatre=history.theatre, width_in=wish.width_in)
    )


def _timeline(history: "ControlHistory", wish: Wish) -> bytes:
    """Numbers of sections are those of all maps, whatever the span."""
    published = wish.span.cut(history).snapshots["snapshot_utc"]
    first, last = published.iloc[0], published.iloc[-1]
    known = history.between(None, last)
    gap_km, least_km2 = wish.figures.gap_km, wish.figures.min_area_km2
    pieces = section_history(known, gap_km=gap_km, min_area_km2=least_km2)
    happened = events(known, gap_km=gap_km, min_area_km2=least_km2)
    attrs = pieces.attrs
    pieces = pieces[~(pieces["valid_to"] <= first)]
    pieces = pieces.assign(valid_from=pieces["valid_from"].clip(lower=first))
    pieces.attrs = attrs
    shown = set(pieces["section"])
    happened = happened[happened["snapshot_utc"] >= first]
    concerned = zip(happened["before"], happened["after"], strict=True)
    happened = happened[[shown.issuperset(i + j) for i, j in concerned]]
    drawn = plot.plot_timeline(pieces, happened=happened, width_in=wish.width_in)
    return wish.file(drawn)


def _multiples(history: "ControlHistory", wish: Wish) -> bytes:
    axes = plot.plot_small_multiples(
        history, list(wish.at), tz=wish.span.tz, width_in=wish.width_in
    )
    return wish.file(axes[0])


def _sources(histories: "Mapping[str, ControlHistory]", wish: Wish) -> bytes:
    table = compare(histories, tz=wish.span.tz)
    within = wish.span.days(table, next(iter(histories.values())))
    return wish.file(plot.plot_sources(within, width_in=wish.width_in))


def _verdict(history: "ControlHistory", wish: Wish) -> Verdict:
    """The verdict on the claim asked for."""
    claims = load_claims(wish.claim or "")
    if len(claims) != 1:
        ids = ", ".join(claim.id for claim in claims)
        msg = f"{wish.claim!r} means {len(claims)} claims: {ids}. Name one of them."
        raise ClaimError(msg)
    (verdict,) = check(claims, history)
    return verdict


def _baselines(history: "ControlHistory", wish: Wish) -> bytes:
    verdict = _verdict(history, wish)
    return wish.file(plot.plot_baselines(verdict, history, width_in=wish.width_in))


def _multiverse(history: "ControlHistory", wish: Wish) -> bytes:
    verdict = _verdict(history, wish)
    return wish.file(plot.plot_multiverse(verdict, width_in=wish.width_in))


DRAWN = {
    "area": _area,
    "depth": _depth,
    "map": _map,
    "change": _change,
    "timeline": _timeline,
    "multiples": _multiples,
    "baselines": _baselines,
    "multiverse": _multiverse,
}
"""What draws each picture but that of sources."""
