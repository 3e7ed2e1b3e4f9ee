"""``kursk-geo check`` and ``kursk-geo claims``."""

import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated

import typer

from kursk_geo.cli.captions import many, warnings
from kursk_geo.cli.command import say
from kursk_geo.cli.files import write_file
from kursk_geo.cli.options import MapOptions, MapPath
from kursk_geo.cli.output import Answer, Column, OutputOptions, instant_text, utc_minute
from kursk_geo.errors import ClaimError, OptionError

if TYPE_CHECKING:
    import pandas as pd
    from shapely.geometry.base import BaseGeometry

    from kursk_geo.claims import Claim, Verdict
    from kursk_geo.history import ControlHistory

__all__ = ["check", "claims"]

CONTRADICTED = 3
"""How ``--strict`` ends when a sentence is contradicted."""
SENTENCE, READING, VERDICT = 20, 18, 12
"""Widths of cells with words: a terminal of 80 has room for all but the id."""


VERDICTS = (
    Column("id", "Claim", left=True, spare=2),
    Column("sentence", "Sentence", left=True),
    Column("reading", "Reading", left=True, spare=1),
    Column("figure", "Figure"),
    Column("range", "Range"),
    Column("verdict", "Verdict", left=True),
)
CLAIMS = (
    Column("id", "Claim", left=True),
    Column("published", "Published", left=True),
    Column("outlet", "Outlet", left=True, spare=1),
    Column("sentence", "Sentence", left=True),
)


def check(
    path: MapPath,
    which: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CLAIM]...",
            help="Ids of packaged claims or their beginning, files, or folders of "
            "them. By default all packaged claims of that source.",
            show_default=False,
        ),
    ] = None,
    *,
    border: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FILE",
            help="Measure depth from this line as well. May be repeated.",
        ),
    ] = None,
    specs: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write every specification as CSV."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write a folder a claim: verdict, specifications, pictures, method "
            "and provenance; and say what changed since it was last written.",
        ),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help=f"Exit with {CONTRADICTED} when a claim is contradicted.",
        ),
    ] = False,
    maps: MapOptions,
    answer: OutputOptions,
) -> None:
    """
    Whether published sentences hold, and which definitions that depends on.

    A claim is tried under every combination of usual definitions. Its figure is that
    of the first option of each; the range is that of all. Claims about days that the
    maps do not reach are not computable.

    For example:

      $ kursk-geo check maps/
      $ kursk-geo check maps/ bloomberg-2025-04-26 --format json
      $ kursk-geo check maps/ my_claims/ --strict
      $ kursk-geo check maps/ claim.toml --out evidence/ --specs all.csv
      $ kursk-geo check maps/ bloomberg-2025-04-26-depth --border coarse=line.geojson
    """
    from kursk_geo.claims import load_claims

    borders = _borders(border or [])
    asked = load_claims(which) if which else None
    history = maps.read(path)
    verdicts = _checked(asked or _packaged(history.source), history, borders)
    if specs is not None:
        _write_specifications(verdicts, specs)
    if out is not None:
        _write_folders(verdicts, history, out)
    answer.write(_answer(verdicts, history, answer))
    if strict and any(verdict.verdict == "contradicted" for verdict in verdicts):
        raise typer.Exit(CONTRADICTED)


def _borders(given: Sequence[str]) -> "dict[str, BaseGeometry]":
    from kursk_geo.reference import read_border

    borders: dict[str, BaseGeometry] = {}
    for one in given:
        name, separator, file = one.partition("=")
        if not (name and separator and file) or name in borders:
            msg = (
                f"--border {one}: expected NAME=FILE, each name once, such as "
                "coarse=line.geojson."
            )
            raise typer.BadParameter(msg)
        borders[name] = read_border(Path(file))
    return borders


def _packaged(source: str) -> "list[Claim]":
    """
    The packaged claims that were drawn from maps of a source.

    Raises
    ------
    ClaimError
        If there is none.
    """
    from kursk_geo.claims import list_claims, load_claims

    found = [claim for claim in load_claims(list_claims()) if claim.source == source]
    if not found:
        msg = (
            f"No packaged claim was drawn from {source} maps. Expected claims of your "
            "own: name a .toml file or a folder of them."
        )
        raise ClaimError(msg)
    return found


def _checked(
    claims: "Sequence[Claim]",
    history: "ControlHistory",
    borders: "dict[str, BaseGeometry]",
) -> "list[Verdict]":
    from kursk_geo.claims import check as checked
    from kursk_geo.progress import track

    told = track(claims, description="Checking claims", total=len(claims))
    return [checked(claim, history, borders=borders)[0] for claim in told]


def _write_specifications(verdicts: "Sequence[Verdict]", path: Path) -> None:
    import pandas as pd

    from kursk_geo.report.evidence import csv, specification_rows

    tables = [specification_rows(verdict) for verdict in verdicts]
    rows = pd.concat(tables, ignore_index=True)
    write_file(path, csv(rows))
    say(f"Wrote {path} ({many(len(rows), 'specification')}).")


def _write_folders(
    verdicts: "Sequence[Verdict]", history: "ControlHistory", out: Path
) -> None:
    """
    Write a folder a claim, and say what changed.

    Raises
    ------
    OptionError
        If an id cannot be the name of a folder, or one cannot be written.
    """
    from kursk_geo.report.evidence import verdict_record, write_verdict
    from kursk_geo.report.since import read_verdict, verdict_changes

    command = shlex.join(["kursk-geo", *sys.argv[1:]])
    for verdict in verdicts:
        name = verdict.claim.id
        if not re.fullmatch(r"\w[\w.-]*", name):
            msg = (
                f"Claim {name!r} cannot name a folder. Expected an id of letters, "
                "digits, hyphens and dots: change it in its file."
            )
            raise OptionError(msg)
        folder = out / name
        before = read_verdict(folder)
        write_verdict(verdict, history, folder, command=command)
        say(f"Wrote {folder}.")
        if before is None:
            continue
        changes = verdict_changes(before, verdict_record(verdict))
        for change in changes or ["nothing changed"]:
            say(f"{name}: {change}")


# Answers


def _cell(text: str, width: int) -> str:
    return fill(text, width, break_long_words=False, break_on_hyphens=False)


def _parted(rows: "pd.DataFrame") -> "pd.DataFrame":
    """Rows of several lines, with a blank one between them."""
    heights = [max(str(cell).count("\n") for cell in row) for row in rows.to_numpy()]
    air = [
        "\n" * (height + 1 - text.count("\n"))
        for height, text in zip(heights, rows["sentence"], strict=True)
    ]
    air[-1:] = [""]
    return rows.assign(sentence=rows["sentence"] + air)


def _answer(
    verdicts: "Sequence[Verdict]", history: "ControlHistory", out: OutputOptions
) -> Answer:
    import pandas as pd

    from kursk_geo.claims import Verdicts

    table = Verdicts(tuple(verdicts)).summary
    table["snapshots"] = [tuple(ids) for ids in table["snapshots"]]
    if out.chosen == "table":
        rows = _parted(pd.DataFrame([_readable(verdict) for verdict in verdicts]))
    elif out.chosen == "csv":
        rows = _flat(table)
    else:
        rows = table.copy()
        rows["share_supporting"] = pd.Series(map(_shares, verdicts), dtype=object)
    published = history.snapshots["snapshot_utc"]
    first, last = published.iloc[0], published.iloc[-1]
    return Answer(
        rows=rows,
        columns=VERDICTS,
        facts={
            "source": history.source,
            "first_snapshot_utc": instant_text(first),
            "last_snapshot_utc": instant_text(last),
            "attribution": history.attribution,
            "licence": history.licence,
            "n_rejected": len(history.rejected),
        },
        title=f"{many(len(verdicts), 'claim')} on "
        f"{many(len(published), 'snapshot')} of {history.source}, "
        f"{utc_minute(first)} to {utc_minute(last)} UTC",
        notes=_notes(verdicts, history),
        warnings=warnings(history),
    )


def _readable(verdict: "Verdict") -> dict[str, str]:
    low, high = verdict.shown(verdict.low), verdict.shown(verdict.high)
    known = verdict.low == verdict.low
    figure = verdict.shown(verdict.figure)
    return {
        "id": verdict.claim.id,
        "sentence": _cell(f"“{verdict.claim.text}”", SENTENCE),
        "reading": _cell(verdict.claim.reading, READING),
        "figure": "–" if figure == "not computable" else figure,
        "range": f"{low}\nto {high}" if known else "–",
        "verdict": _cell(verdict.word, VERDICT),
    }


def _shares(verdict: "Verdict") -> dict[str, float | None]:
    return {
        tier: share if share == share else None  # noqa: PLR0124  (nan is not itself)
        for tier, share in verdict.share_supporting.items()
    }


def _flat(table: "pd.DataFrame") -> "pd.DataFrame":
    """One column a tier, as CSV has no objects."""
    from kursk_geo.multiverse import TIERS

    place = list(table.columns).index("share_supporting")
    shares = table["share_supporting"].tolist()
    flat = table.drop(columns="share_supporting")
    for i, tier in enumerate(TIERS):
        values = [one.get(tier, float("nan")) for one in shares]
        flat.insert(place + i, f"share_supporting_{tier}", values)
    return flat


def _notes(verdicts: "Sequence[Verdict]", history: "ControlHistory") -> list[str]:
    because = {one.claim.id: one.reason.rstrip(".") for one in verdicts}
    reasons = [f"{name}: {reason}." for name, reason in because.items() if reason]
    tried = many(sum(len(verdict.table) for verdict in verdicts), "specification")
    grids = (f"{verdict.claim.id} {verdict.grid.hash}" for verdict in verdicts)
    return [
        *reasons,
        "Figure: under the first option of each definition. Range: under all.",
        f"Tried: {tried}. Shares of them count choices, and are no probabilities.",
        f"Grids: {'; '.join(grids)}.",
        f"Source: {history.attribution}",
    ]


def claims(out: OutputOptions) -> None:
    """
    The claims that come with kursk-geo.

    For example:

      $ kursk-geo claims
      $ kursk-geo claims --format csv
    """
    import pandas as pd

    from kursk_geo.claims import list_claims, load_claims

    table = out.chosen == "table"
    rows = pd.DataFrame(
        [
            {
                "id": claim.id,
                "published": claim.published.isoformat(),
                "outlet": fill(claim.outlet, 26) if table else claim.outlet,
                **(
                    {"sentence": _cell(f"“{claim.text}”", 50)}
                    if table
                    else {
                        "source": claim.source,
                        "theatre": claim.quantity.theatre.name,
                        "text": claim.text,
                        "reading": claim.reading,
                    }
                ),
            }
            for claim in load_claims(list_claims())
        ]
    )
    out.write(
        Answer(
            rows=_parted(rows) if table else rows,
            columns=CLAIMS,
            facts={"n_claims": len(rows)},
            title=many(len(rows), "claim"),
            notes=["Check them with: kursk-geo check PATH CLAIM"],
        )
    )
