"""Sentences as newsrooms write them, each with the reading that is expected."""

import csv
from datetime import date
from pathlib import Path

import pytest

from kursk_geo.claims.claim import Claim, DateWindow, Unread
from kursk_geo.claims.sentence import read_sentence

TABLE = Path(__file__).parent / "readings.csv"
"""Sentences with their day, theatre and outlet as given, and the reading expected."""


def short(what: Claim | Unread) -> str:
    """A reading on one line: measure, figures, where, when, of what, by whom."""
    if isinstance(what, Unread):
        return f"unread {what.phrase!r}: {what.reason}"
    says = "nothing" if what.says.high == 0 else what.says.extent
    parts = [what.measure.replace("_", " "), says]
    parts += [f"[{what.of}]"] if what.of else []
    parts += [what.ground] if what.ground else []
    parts += [f"in {what.theatre or '?'}"]
    parts += [f"near {what.place.name}"] if what.place else []
    parts += [f"{what.pieces} piece"] if what.pieces != "all" else []
    parts += [f"at {_when(what.at)}"] if what.at else []
    parts += [f"since {_when(what.since)}"] if what.since else []
    parts += [f"by {what.speaker}"] if what.speaker else []
    parts += [f"from {what.source}"] if what.source else []
    parts += [f"({', '.join(what.unstated)})"] if what.unstated else []
    return " ".join(parts)


def _when(window: DateWindow) -> str:
    days = f"{window.start}..{window.end}"
    match window.kind:
        case "peak":
            return "the peak" if window.start is None else f"the peak of {days}"
        case "within":
            return days
        case _:
            around = "" if window.start == window.end else f" ({days})"
            return f"{window.kind} {window.target}{around}"


def _rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", _rows(), ids=lambda row: row["sentence"][:60])
def test_sentence_reads_as_expected(row: dict[str, str]) -> None:
    read = read_sentence(
        row["sentence"],
        published=date.fromisoformat(row["published"]),
        theatre=row["theatre"] or None,
        outlet=row["outlet"],
    )
    assert "; ".join(map(short, read)) == row["reading"]
