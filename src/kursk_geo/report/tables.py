"""The tables of the page."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from kursk_geo._text import (
    EVENT_WORDS,
    NOTHING,
    km,
    km2,
    minute_words,
    probability,
    range_words,
    signed,
)
from kursk_geo.claims import Verdicts
from kursk_geo.report.provenance import Account

__all__ = [
    "Table",
    "area_table",
    "claims_table",
    "depth_table",
    "events_table",
    "periods_table",
    "places_table",
    "rejected_table",
    "snapshots_table",
    "states_table",
]


NOTABLE = ("generation", "disappearance", "union", "division", "displacement")
MOST_REJECTED = 200
"""So many rows stand in the page; the maps have them all."""


@dataclass(frozen=True)
class Table:
    """
    A table as text.

    Parameters
    ----------
    caption : str
    columns : sequence of str
        Those that end in a unit, or hold counts, are numbers.
    numbers : set of int
        Positions of columns that hold numbers.
    rows : sequence of sequences of str
        The first of each row is its heading.
    """

    caption: str
    columns: Sequence[str]
    numbers: frozenset[int]
    rows: Sequence[Sequence[str]]

    @property
    def dates(self) -> list[int]:
        """Positions of columns that hold instants, which are not broken."""
        return [i for i, title in enumerate(self.columns) if title.endswith("[UTC]")]


def states_table(account: Account) -> Table:
    """Every state; the slider takes its figures from here, column by column."""
    states = account.states
    rows = [
        [
            minute_words(moment),
            km2(row.area_km2),
            range_words(km2(row.area_low_km2, unit=False), km2(row.area_high_km2)),
            km2(row.contested_km2),
            f"{row.sections}",
            km(row.depth_km),
            _bounds_km(row),
            row.snapshot_id,
        ]
        for moment, row in _rows(states)
    ]
    return Table(
        caption="Every state of the map",
        columns=(
            "Shown from [UTC]",
            "Held",
            "Bounds",
            "Contested",
            "Sections",
            "Depth",
            "Bounds of depth",
            "Map",
        ),
        numbers=frozenset(range(1, 7)),
        rows=rows,
    )


def area_table(account: Account) -> Table:
    """What the area chart shows."""
    return Table(
        caption="Area on each map that changed, in km²",
        columns=("Map [UTC]", "Held", "Contested", "Lower bound", "Upper bound"),
        numbers=frozenset(range(1, 5)),
        rows=_measured(
            account,
            ("area_km2", "contested_km2", "area_low_km2", "area_high_km2"),
            km2,
        ),
    )


def depth_table(account: Account) -> Table:
    """What the depth chart shows."""
    return Table(
        caption="Depth on each map that changed, in km",
        columns=("Map [UTC]", "Held", "With contested", "Lower bound", "Upper bound"),
        numbers=frozenset(range(1, 5)),
        rows=_measured(
            account,
            ("depth_km", "depth_with_contested_km", "depth_low_km", "depth_high_km"),
            km,
        ),
    )


def _measured(
    account: Account, names: tuple[str, ...], words: Callable[..., str]
) -> list[list[str]]:
    """A row for each map that changed: its minute, and some figures in words."""
    return [
        [minute_words(moment)]
        + [words(getattr(row, name), unit=False) for name in names]
        for moment, row in _rows(account.states)
    ]


def periods_table(account: Account) -> Table:
    """What was gained and lost in each period."""
    return Table(
        caption="Ground gained and lost, in km²",
        columns=(
            "Period",
            "Gained",
            "Lost",
            "Net",
            "Bounds of net",
            "Direction is real",
            "Held at the end",
        ),
        numbers=frozenset(range(1, 7)),
        rows=[
            [
                period.words,
                km2(period.gained_km2, unit=False),
                km2(period.lost_km2, unit=False),
                signed(period.net_km2, unit=False),
                range_words(
                    signed(period.low_km2, unit=False),
                    signed(period.high_km2, unit=False),
                )
                if period.p
                else NOTHING,
                probability(period.p) if period.p else NOTHING,
                km2(period.end_km2, unit=False),
            ]
            for period in account.periods
        ],
    )


def events_table(account: Account, *, notable: bool) -> Table:
    """What became of the sections: all of it, or what a reader must know."""
    events = account.events
    caption = "Everything that became of the sections"
    if notable:
        events = events[events["kind"].isin(NOTABLE)]
        caption = "When sections came, went, joined and parted"
    return Table(
        caption=caption,
        columns=(
            "Map [UTC]",
            "Event",
            "Sections before",
            "Sections after",
            "Before [km²]",
            "After [km²]",
            "Gained [km²]",
            "Lost [km²]",
        ),
        numbers=frozenset(range(4, 8)),
        rows=[
            [
                minute_words(row.snapshot_utc),
                EVENT_WORDS[row.kind],
                _numbers(row.before),
                _numbers(row.after),
                *(
                    km2(value, unit=False)
                    for value in (
                        row.area_before_km2,
                        row.area_after_km2,
                        row.gained_km2,
                        row.lost_km2,
                    )
                ),
            ]
            for row in _named(events)
        ],
    )


def places_table(account: Account) -> Table:
    """Places inside held or contested ground, and when."""
    shown = account.settlements
    rows = [] if shown is None else _named(shown)
    return Table(
        caption="Places inside held or contested ground",
        columns=(
            "Place",
            "Ground",
            "Since [UTC]",
            "Confirmed [UTC]",
            "Until [UTC]",
            "Days",
        ),
        numbers=frozenset({5}),
        rows=[
            [
                row.name,
                row.status,
                minute_words(row.since_utc),
                minute_words(row.since_confirmed_utc),
                "the last map"
                if pd.isna(row.until_utc)
                else minute_words(row.until_utc),
                f"{row.days:,.0f}",
            ]
            for row in rows
        ],
    )


def claims_table(verdicts: Verdicts) -> Table:
    """Each sentence with its verdict."""
    return Table(
        caption="Published sentences and what the maps say",
        columns=("Sentence", "Published by", "Printed", "On the maps", "Verdict"),
        numbers=frozenset({3}),
        rows=[
            [
                f"“{row['text']}”",
                f"{row['outlet']}, {row['published'][:10]}",
                row["printed"],
                one.shown(one.figure),
                one.word,
            ]
            for one, row in zip(verdicts, verdicts.rows(), strict=True)
        ],
    )


def snapshots_table(account: Account) -> Table:
    """The maps, so that anyone can find the very same files."""
    return Table(
        caption="Maps used",
        columns=("Published [UTC]", "Id", "File", "SHA-256"),
        numbers=frozenset(),
        rows=[
            [
                f"{row.snapshot_utc:%Y-%m-%d %H:%M:%S}",
                row.snapshot_id,
                row.origin,
                row.sha256,
            ]
            for row in _named(account.history.snapshots)
        ],
    )


def rejected_table(account: Account) -> Table:
    """What could not be read, and why."""
    rejected = account.history.rejected
    return Table(
        caption="Features and files that could not be read",
        columns=("File", "Feature", "Reason"),
        numbers=frozenset({1}),
        rows=[
            [
                row.origin,
                NOTHING if pd.isna(row.feature) else f"{row.feature}",
                row.reason,
            ]
            for row in _named(rejected.head(MOST_REJECTED))
        ],
    )


def _rows(table: pd.DataFrame) -> Iterator[tuple[Any, Any]]:
    """Rows with what stands in the index."""
    return zip(table.index, table.itertuples(), strict=True)


def _named(table: pd.DataFrame) -> Iterator[Any]:
    """Rows whose columns are attributes."""
    return iter(table.itertuples())


def _bounds_km(row: pd.Series) -> str:
    if pd.isna(row.depth_low_km):
        return NOTHING
    return range_words(km(row.depth_low_km, unit=False), km(row.depth_high_km))


def _numbers(ids: tuple[int, ...]) -> str:
    return ", ".join(map(str, ids)) or NOTHING
