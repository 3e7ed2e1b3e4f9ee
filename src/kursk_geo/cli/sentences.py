"""Commands that check what was published, and keep a record of it."""

import json
import shlex
import sys
from collections.abc import Sequence

import pandas as pd
import typer

import kursk_geo as kg
from kursk_geo._files import signed, write_whole
from kursk_geo._text import json_text, many, utc_minute
from kursk_geo.cli.options import REQUIRED, Asked, command
from kursk_geo.cli.output import Answer, about, refuse, say, span_of, unread
from kursk_geo.errors import ClaimError, OptionError

FAILS = 3
"""How ``check --strict`` ends when a sentence does not hold."""
CHANGED = 10
"""How ``watch`` ends when a verdict changed."""


@command(
    "path which published where outlet since since_2014 save evidence strict MAPS TABLE"
)
def check(asked: Asked) -> None:
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
    from kursk_geo.report.provenance import write_verdict

    history = asked.read()
    verdicts = kg.check(
        asked.which or kg.list_claims(),
        history,
        theatre=asked.where,
        **asked.options("published outlet since since_2014"),
    )
    if asked.save is not None:
        read = [one.claim for one in verdicts if isinstance(one.claim, Claim)]
        if len(read) != 1:
            msg = (
                f"--save {asked.save}: {many(len(read), 'statement')} would be "
                "written. Expected one: check a part of the sentence."
            )
            raise ClaimError(msg)
        save_claim(read[0], asked.save)
        say(f"Wrote {asked.save}.")
    notes: list[str] = []
    for verdict, row in zip(verdicts, verdicts.rows(), strict=True):
        if asked.evidence is not None:
            folder = asked.evidence / (row["id"] or "sentence")
            write_verdict(verdict, history, folder, command=called())
            say(f"Wrote {folder}.")
        if not isinstance(verdict.claim, Claim):
            notes.append(f"Not read: {verdict.quoted}: {verdict.claim.reason}.")
            continue
        notes.append(f"{row['id'] or 'This'}: {verdict.why}")
        if verdict.correction:
            notes.append(f"  Correction: {verdict.correction}")
        notes.append(f"  Read as: {row['reading']}.")
    if asked.chosen == "table" and {one.verdict for one in verdicts} == {"not_read"}:
        print(*notes, sep="\n")
        return
    count = f"{many(len(verdicts), 'statement')} on "
    count += f"{many(len(history), 'snapshot')} of {history.source}"
    facts = about(history)
    facts |= {
        "first_snapshot_utc": history.snapshots["snapshot_utc"].iloc[0],
        "last_snapshot_utc": facts["snapshot_utc"],
    }
    shown = pd.DataFrame(
        {
            "sentence": one.quoted,
            "printed": one.printed,
            "maps": one.shown(one.figure),
            "verdict": one.word,
        }
        for one in verdicts
    )
    title = f"{count}, {span_of(history)}"
    notes.append(f"Source: {history.attribution or history.source}")
    warnings = unread(history)
    asked.write(Answer(verdicts.table, title, facts, notes, warnings, shown=shown))
    if asked.strict and any(verdict.verdict == "fails" for verdict in verdicts):
        raise typer.Exit(FAILS)


def called() -> str:
    """The command as it was called, for the record."""
    return shlex.join(["kursk-geo", *sys.argv[1:]])


@command("article path published where outlet out MAPS")
def annotate(asked: Asked) -> None:
    """
    An article with a footnote to each sentence about territory.

    The article is a text or HTML file, or one that comes with kursk-geo. Without --out
    what was found is printed.

    For example:

      $ kursk-geo annotate article.html maps/ --published 2025-04-26 --out checked.html
      $ kursk-geo annotate bloomberg-2025-04-26 maps/ --out checked.md
    """
    from kursk_geo.claims.check import read_text

    text, day, packaged = read_text(asked.article)
    msg = "--published is missing. Expected the day of the article: 2025-04-26."
    refuse(asked.published is None and day is None, msg)
    found = kg.annotate(
        text,
        asked.read(),
        published=asked.published or day,
        theatre=asked.where,
        outlet=asked.outlet or packaged,
    )
    if asked.out is None:
        print(repr(found))
        return
    found.write(asked.out)
    checked, unread_ = many(len(found.claims), "statement"), len(found.unread)
    say(f"Wrote {asked.out} ({checked} checked, {unread_} not read).")


def asked_claims(named: Sequence[str]) -> "list[kg.Claim]":  # which takes a while
    """The claims asked for, each once; "all" for the packaged ones."""
    packaged = {"all": kg.list_claims()}
    return kg.load_claims([one for name in named for one in packaged.get(name, [name])])


@command("store maps GROUND source quiet")
def update(asked: Asked) -> None:
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
    _updated(asked, quiet=asked.quiet)


def _updated(asked: Asked, *, quiet: bool) -> tuple[kg.ControlHistory, int]:
    """The history of a store with the new maps, and how many there are."""
    from kursk_geo.sources.update import update_store

    before, new = update_store(asked.store, asked.maps, source=asked.source)
    for reason in new.refused:
        say(f"Warning: {reason}")
    last = utc_minute(new.history.snapshots["snapshot_utc"].max())
    if not new.added and not quiet:
        print(f"Nothing new since {last} UTC.")
    elif not quiet:
        held = []
        for history in filter(len, (new.history, before)):
            moment = history.snapshots["snapshot_utc"].iloc[-1]
            figures = kg.measure(asked.select(history.between(moment, moment)))
            held.append(f"{figures['area_km2'].iloc[0]:,.2f} km²")
        late = f" ({len(new.late):,} late)" if new.late else ""
        print(
            f"Added {many(len(new.added), 'map')}{late}, up to {last} UTC. "
            f"Held in {asked.counted.name}: {', was '.join(held)}."
        )
    return new.history, len(new.added)


@command("store maps claims report GROUND places source notify quiet", claims=REQUIRED)
def watch(asked: Asked) -> None:
    """
    Every morning: update a store, check claims, report.

    Ends with 0 when no verdict changed since the last run, and with 10 when one did,
    with a line for each. The verdicts of the last run lie beside the store.

    For example:

      $ kursk-geo watch history.parquet maps/ --claims claims/ --report report/
      $ kursk-geo watch history.parquet maps/ --claims claims/ --notify --quiet
    """
    claims = asked_claims(asked.claims or [])
    history, n_added = _updated(asked, quiet=asked.quiet or asked.notify)
    verdicts = kg.check(claims, history)
    rows = verdicts.rows()
    kept = asked.store.with_name(f"{asked.store.name}.verdicts.json")
    before = {}
    if kept.exists():
        try:
            read = json.loads(kept.read_text(encoding="utf-8"))["rows"]
            before = {row["id"]: (row["verdict"], row.get("figure")) for row in read}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            msg = (
                f"{kept} does not hold the verdicts of a run of watch. Expected what "
                "it wrote itself: remove the file to begin anew."
            )
            raise OptionError(msg) from error
    changes = []
    for row in rows:
        verdict, figure = before.get(row["id"], (None, None))
        if before and verdict != row["verdict"]:
            change = {key: row[key] for key in ("id", "text", "unit", "why")}
            change |= {"before": verdict, "after": row["verdict"]}
            change |= {"figure_before": figure, "figure_after": row["figure"]}
            changes.append(change)
    if asked.report is not None:
        page = kg.write_report(
            asked.select(history),
            asked.report,
            claims=verdicts,
            places=asked.known_places,
            command=called(),
        )
        if not asked.quiet:
            say(f"Wrote {page / 'index.html'}.")
    last = history.snapshots["snapshot_utc"].iloc[-1]
    if asked.notify:
        now = {"n_added": n_added, "snapshot_utc": last, "changed": changes}
        print(json_text(signed(now)), end="")
    else:
        for one in changes:
            was = one["before"] or "new"
            print(f"{one['id']}: {was}, now {one['after']}. {one['why']}".strip())
    for warning in unread(history):
        say(f"Warning: {warning}")
    # Last, so that a run that failed is told of again by the next.
    found = {"snapshot_utc": last, "rows": rows}
    write_whole(kept, json_text(signed(found)).encode())
    if changes:
        raise typer.Exit(CHANGED)
