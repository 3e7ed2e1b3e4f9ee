"""From an account to files: what the templates need, and what lies beside them."""

from importlib.metadata import version

import pandas as pd

from kursk_geo.claims import Verdict
from kursk_geo.plot.style import COLOURS
from kursk_geo.report import tables
from kursk_geo.report.account import RECENT_DAYS, Account
from kursk_geo.report.beside import GEOMETRY, files_beside, why_no_geometry
from kursk_geo.report.charts import (
    FIELD_PX,
    TOP_PX,
    area_chart,
    depth_chart,
    time_share,
)
from kursk_geo.report.curves import curve_of
from kursk_geo.report.headline import cards_of, lead_of, span_of
from kursk_geo.report.record import RECORDS, definitions_of, record_text
from kursk_geo.report.render import fill_markdown, fill_page
from kursk_geo.report.text import day_words, km, km2, moment_words, status_words
from kursk_geo.status import Status

__all__ = ["FILES", "PAGE", "files_of"]

PAGE, TEXT = "index.html", "report.md"
FILES = frozenset(
    {
        PAGE,
        TEXT,
        *RECORDS,
        GEOMETRY,
        "figures.csv",
        "events.csv",
        "settlements.csv",
        "claims.csv",
    }
)
"""Whatever a report may hold."""
CONTENTS = {
    "figures.csv": "area, contested area, sections, depth and bounds of every map",
    "events.csv": "what became of the sections",
    "settlements.csv": "places inside held or contested ground, and when",
    "claims.csv": "the sentences that were checked, with figures and verdicts",
    GEOMETRY: "the outlines with their periods",
    TEXT: "this report as Markdown",
    PAGE: "this page",
    RECORDS[0]: "maps, hashes, definitions and command, in the words of RO-Crate 1.1",
}


def files_of(account: Account) -> dict[str, bytes]:
    """All files of a report by name."""
    texts = files_beside(account)
    names = [*texts, TEXT, RECORDS[0]]
    facts = _facts(account) | {
        "files": [(name, CONTENTS[name]) for name in CONTENTS if name in names]
    }
    texts[PAGE] = fill_page(facts, colour=_colour(account))
    texts[TEXT] = fill_markdown(facts)
    files = {name: text.encode() for name, text in texts.items()}
    record = record_text(account, files, CONTENTS).encode()
    return files | dict.fromkeys(RECORDS, record)


def _facts(account: Account) -> dict[str, object]:
    """Everything that is said, by the name that the templates call it."""
    now = {
        "title": account.title,
        "lead": lead_of(account),
        "span": span_of(account),
        "cards": cards_of(account),
        "recent_days": RECENT_DAYS,
        "theatre": account.theatre.name,
        "held": status_words(account.theatre.held),
        "has_border": account.theatre.border is not None,
        "border_credit": account.border_credit,
        "claims": [_claim(verdict) for verdict in account.verdicts],
        "claims_table": tables.claims_table(account.verdicts),
    }
    return now | _over_time(account) | _sources(account)


def _colour(account: Account) -> str:
    """Of held ground: that of the status, since blue would tell of the wrong side."""
    held = (status for status in Status if status in account.theatre.held)
    return COLOURS[next(held, Status.HELD_IN_RUSSIA)]


def _over_time(account: Account) -> dict[str, object]:
    """Map, charts, change, sections and places."""
    charts = [
        (area_chart(account.figures, _area_words(account)), tables.area_table(account))
    ]
    depth = depth_chart(account.figures, _depth_words(account))
    if depth is not None:
        charts.append((depth, tables.depth_table(account)))
    moments = (pd.DatetimeIndex(t.index) for t in (account.states, account.figures))
    lines = zip(time_share(*moments), account.map.deepest, strict=True)
    told = account.settlements is not None
    return {
        "charts": charts,
        "field_px": FIELD_PX,
        "top_px": TOP_PX,
        "map": account.map,
        "states": tables.states_table(account),
        "marks": [(f"{100 * share:.2f}", line) for share, line in lines],
        "periods": account.periods,
        "periods_table": tables.periods_table(account),
        "notable": tables.events_table(account, notable=True),
        "events": tables.events_table(account, notable=False),
        "places": tables.places_table(account) if told else None,
    }


def _sources(account: Account) -> dict[str, object]:
    """Where all of it comes from, and how it was measured."""
    history = account.history
    return {
        "snapshots": tables.snapshots_table(account),
        "rejected": tables.rejected_table(account),
        "n_rejected": len(history.rejected),
        "n_maps": len(history.snapshots),
        "source": history.source,
        "attribution": history.attribution or history.source,
        "licence": history.licence,
        "clipped": history.clipped,
        "facts": account.figures.attrs,
        "definitions": definitions_of(account),
        "no_geometry": why_no_geometry(account),
        "with_geometry": account.with_geometry,
        "command": account.command,
        "made": moment_words(account.made_utc),
        "version": version("kursk-geo"),
    }


def _claim(verdict: Verdict) -> dict[str, object]:
    return {
        "verdict": verdict,
        "claim": verdict.claim,
        "published": day_words(pd.Timestamp(verdict.claim.published)),
        "figure": verdict.shown(verdict.figure),
        "low": verdict.shown(verdict.low),
        "high": verdict.shown(verdict.high),
        # Of yes and no there is no order to show.
        "curve": None
        if verdict.claim.quantity.measure == "present"
        else curve_of(verdict),
        "support": tables.support_table(verdict),
        "options": tables.options_table(verdict),
    }


def _area_words(account: Account) -> str:
    """The area chart for those who do not see it."""
    figures, peak = account.figures, account.peak_utc
    first, last = figures.iloc[0], figures.iloc[-1]
    top = (
        ""
        if peak is None
        else f" It was largest on {moment_words(peak)}: {km2(figures.area_km2.max())}."
    )
    return (
        f"Held area in steps, {span_of(account)}: {km2(first.area_km2)} at first, "
        f"{km2(last.area_km2)} at last.{top} Contested ground stands upon it, "
        f"{km2(last.contested_km2)} at last. Dashed lines are bounds."
    )


def _depth_words(account: Account) -> str:
    """The depth chart for those who do not see it."""
    figures = account.figures
    if not figures["depth_km"].max() > 0.0:
        return f"Depth in steps, {span_of(account)}: nothing was held."
    deepest = figures.index[int(figures["depth_km"].to_numpy().argmax())]
    return (
        f"Largest distance of held ground from the border in steps, "
        f"{span_of(account)}: at most {km(figures.depth_km.max())}, on "
        f"{moment_words(deepest)}; {km(account.now.depth_km)} at last. A second line "
        "counts contested ground too, and a band shows the bounds."
    )
