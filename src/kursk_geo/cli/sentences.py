"""Commands that check what was published, and keep a record of it."""

import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import typer

import kursk_geo as kg
from kursk_geo._files import signed
from kursk_geo._text import many, utc_minute
from kursk_geo.cli.options import GroundOptions, MapOptions, TableOptions, check_dates
from kursk_geo.cli.output import Answer, about, json_text, say, unread, write_file
from kursk_geo.errors import ClaimError, OptionError

FAILS = 3
"""How ``check --strict`` ends when a sentence does not hold."""
CHANGED = 10
"""How ``watch`` ends when a verdict changed."""


def check(
    path: Path,
    which: list[str] | None = None,
    *,
    published: str | None = None,
    theatre: str | None = None,
    outlet: str = "",
    since: str | None = None,
    since_2014: bool = False,
    save: Path | None = None,
    evidence: Path | None = None,
    strict: bool = False,
    maps: MapOptions,
    out: TableOptions,
) -> None:
    """
    Whether a published sentence holds, and what does.

    A sentence in quotation marks is read: figure, region, days. Packaged claims go by
    their ids, your own by their files. Without any, all packaged ones are checked.

    For example:

      $ kursk-geo check maps/ "three small sections in Kursk" --published 2025-04-26
      $ kursk-geo check maps/ "140 square kilometers" --published 2025-03-13
        --theatre kursk --save claim.toml
      $ kursk-geo check maps/ bloomberg-2025-04-26 --format json
      $ kursk-geo check maps/ my_claims/ --strict --evidence evidence/
    """
    from kursk_geo.claims import Claim, save_claim
    from kursk_geo.report.provenance import (
        read_verdict,
        verdict_changes,
        verdict_record,
        write_verdict,
    )

    _refuse(published, theatre)
    history = maps.read(path)
    verdicts = kg.check(
        which or kg.list_claims(), history, published=published, theatre=theatre,
        outlet=outlet, since=since, since_2014=since_2014,
    )  # fmt: skip
    if save is not None:
        read = [one.claim for one in verdicts if isinstance(one.claim, Claim)]
        if len(read) != 1:
            msg = (
                f"--save {save}: {many(len(read), 'statement')} would be written. "
                "Expected one: check a part of the sentence."
            )
            raise ClaimError(msg)
        save_claim(read[0], save)
        say(f"Wrote {save}.")
    notes: list[str] = []
    for verdict in verdicts:
        row = verdict.row()
        if evidence is not None:
            folder = evidence / (row["id"] or "sentence")
            before = read_verdict(folder)
            write_verdict(verdict, history, folder, command=called())
            say(f"Wrote {folder}.")
            if before is not None:
                changes = verdict_changes(before, verdict_record(verdict))
                for one in changes or ["nothing changed"]:
                    say(f"{row['id']}: {one}")
        if not isinstance(verdict.claim, Claim):
            phrase, reason = verdict.claim.phrase, verdict.claim.reason
            notes.append(f"Not read: “{phrase}”: {reason}.")
            continue
        notes.append(f"{row['id'] or 'This'}: {verdict.why}")
        if verdict.correction:
            notes.append(f"  Correction: {verdict.correction}")
        if row["reading"]:
            notes.append(f"  Read as: {row['reading']}.")
    nothing_read = all(one.verdict == "not_read" for one in verdicts)
    if nothing_read and out.out is None and out.chosen == "table":
        print(*notes, sep="\n")
        return
    published_utc = history.snapshots["snapshot_utc"]
    first, last = published_utc.iloc[0], published_utc.iloc[-1]
    facts = about(history) | {"first_snapshot_utc": first, "last_snapshot_utc": last}
    shown = pd.DataFrame(
        {
            "sentence": one.quoted,
            "printed": one.printed,
            "maps": one.shown(one.figure),
            "verdict": one.word,
        }
        for one in verdicts
    )
    answer = Answer(
        verdicts.table,
        title=f"{many(len(verdicts), 'statement')} on "
        f"{many(len(published_utc), 'snapshot')} of {history.source}, "
        f"{utc_minute(first)} to {utc_minute(last)} UTC",
        facts=facts,
        notes=[*notes, f"Source: {history.attribution or history.source}"],
        warnings=unread(history),
        shown=shown,
    )
    out.write(answer)
    if strict and any(verdict.verdict == "fails" for verdict in verdicts):
        raise typer.Exit(FAILS)


def _refuse(published: str | None, theatre: str | None) -> None:
    """Refuse what cannot be, before maps are read."""
    check_dates("Europe/Kyiv", published)
    if theatre is not None:
        kg.theatre(theatre)


def called() -> str:
    """The command as it was called, for the record."""
    return shlex.join(["kursk-geo", *sys.argv[1:]])


def annotate(
    article: str,
    path: Path,
    *,
    published: str | None = None,
    theatre: str | None = None,
    outlet: str = "",
    out: Path | None = None,
    maps: MapOptions,
) -> None:
    """
    An article with a footnote to each sentence about territory.

    The article is a text or HTML file, or one that comes with kursk-geo.

    For example:

      $ kursk-geo annotate article.html maps/ --published 2025-04-26 --out checked.html
      $ kursk-geo annotate bloomberg-2025-04-26 maps/ --out checked.md
    """
    from kursk_geo.claims.check import read_text

    _refuse(published, theatre)
    text, day, packaged = read_text(article)
    if published is None and day is None:
        msg = "--published is missing. Expected the day of the article: 2025-04-26."
        raise typer.BadParameter(msg)
    found = kg.annotate(
        text,
        maps.read(path),
        published=published or day,
        theatre=theatre,
        outlet=outlet or packaged,
    )
    if out is None:
        say(repr(found))
        return
    found.write(out)
    say(
        f"Wrote {out} ({many(len(found.claims), 'statement')} checked, "
        f"{len(found.unread)} not read)."
    )


def asked_claims(named: Sequence[str]) -> "list[kg.Claim]":  # which takes a while
    """The claims asked for, each once; "all" for the packaged ones."""
    given = [one for one in named if one != "all"]
    asked = kg.load_claims(given) if given else []
    if "all" in named:
        asked += kg.load_claims(kg.list_claims())
    return list({one.id: one for one in asked}.values())


def update(
    store: Path,
    maps: Path,
    *,
    ground: GroundOptions,
    source: str | None = None,
    quiet: bool = False,
) -> None:
    """
    Put new maps into a store, and say in one line what changed.

    Files that are in the store already are not read again. Two that update one store
    wait for one another, and none of their maps is lost. A late map is put in its
    place; one that cannot be read, or whose instant another map has, is named, and the
    rest goes on.

    For example:

      $ kursk-geo update history.parquet maps/
      $ kursk-geo update history.parquet maps/ --theatre kharkiv --quiet
    """
    _updated(store, maps, ground, source=source, quiet=quiet)


def _updated(
    store: Path,
    maps: Path,
    ground: GroundOptions,
    *,
    source: str | None,
    quiet: bool,
) -> tuple[kg.ControlHistory, int]:
    """The history of a store with the new maps, and how many there are."""
    from kursk_geo.sources.update import update_store

    before, new = update_store(store, maps, source=source)
    for reason in new.refused:
        say(f"Warning: {reason}")
    last = new.history.snapshots["snapshot_utc"].max()
    if not new.added and not quiet:
        print(f"Nothing new since {utc_minute(last)} UTC.")
    elif not quiet:
        held = []
        for history in (before, new.history):
            if len(history):
                moment = history.snapshots["snapshot_utc"].iloc[-1]
                figures = kg.measure(ground.select(history.between(moment, moment)))
                held.append(f"{figures['area_km2'].iloc[0]:.2f} km²")
        late = f" ({len(new.late):,} late)" if new.late else ""
        print(
            f"Added {many(len(new.added), 'map')}{late}, up to {utc_minute(last)} UTC. "
            f"Held in {ground.counted.name}: {', was '.join(held[::-1])}."
        )
    return new.history, len(new.added)


def watch(
    store: Path,
    maps: Path,
    *,
    claims: list[str],
    report: Path | None = None,
    ground: GroundOptions,
    places: Path | None = None,
    source: str | None = None,
    notify: bool = False,
    quiet: bool = False,
) -> None:
    """
    Every morning: update a store, check claims, report.

    Ends with 0 when no verdict changed since the last run, and with 10 when one did,
    with a line for each. The verdicts of the last run lie beside the store.

    For example:

      $ kursk-geo watch history.parquet maps/ --claims claims/ --report report/
      $ kursk-geo watch history.parquet maps/ --claims claims/ --notify --quiet
    """
    asked = asked_claims(claims)
    history, n_added = _updated(
        store, maps, ground, source=source, quiet=quiet or notify
    )
    verdicts = kg.check(asked, history)
    rows = {row["id"]: row for row in verdicts.rows()}
    kept = store.with_name(f"{store.name}.verdicts.json")
    before: dict[str, dict[str, Any]] = {}
    if kept.exists():
        try:
            read = json.loads(kept.read_text(encoding="utf-8"))["rows"]
            before = {row["id"]: {"verdict": row["verdict"], **row} for row in read}
        except (OSError, ValueError, KeyError, TypeError) as error:
            msg = (
                f"{kept} does not hold the verdicts of a run of watch. Expected what "
                "it wrote itself: remove the file to begin anew."
            )
            raise OptionError(msg) from error
    changes = [
        {
            "id": name,
            "text": row["text"],
            "before": before[name]["verdict"] if name in before else None,
            "after": row["verdict"],
            "figure_before": before.get(name, {}).get("figure"),
            "figure_after": row["figure"],
            "unit": row["unit"],
            "why": row["why"],
        }
        for name, row in rows.items()
        if before and before.get(name, {}).get("verdict") != row["verdict"]
    ]
    if report is not None:
        known = None if places is None else kg.read_places(places)
        selected = ground.select(history)
        page = kg.write_report(
            selected, report, claims=verdicts, places=known, command=called()
        )
        if not quiet:
            say(f"Wrote {page / 'index.html'}.")
    last = history.snapshots["snapshot_utc"].iloc[-1]
    if notify:
        now = {"n_added": n_added, "snapshot_utc": last, "changed": changes}
        print(json_text(signed(now)), end="")
    else:
        for one in changes:
            was = one["before"] or "new"
            print(f"{one['id']}: {was}, now {one['after']}. {one['why']}".strip())
    for warning in unread(history):
        say(f"Warning: {warning}")
    # Last, so that a run that failed is told of again by the next.
    found = {"snapshot_utc": last, "rows": list(rows.values())}
    write_file(kept, json_text(signed(found)))
    if changes:
        raise typer.Exit(CHANGED)
