"""``kursk-geo info`` and ``kursk-geo store``."""

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kursk_geo.cli.captions import many, source_facts, warnings
from kursk_geo.cli.command import say
from kursk_geo.cli.options import MapOptions, MapPath, SpanOptions
from kursk_geo.cli.output import (
    Answer,
    Column,
    OutputOptions,
    instant_text,
    utc_minute,
)

if TYPE_CHECKING:
    import pandas as pd

    from kursk_geo.history import ControlHistory

__all__ = ["info", "store"]

LISTED = 20
"""So many rejected rows and gaps a table lists; JSON has them all."""

STATUSES = (
    Column("status", "Status", left=True),
    Column("n_shapes", "Shapes", "{:,}".format),
    Column("n_different", "Different", "{:,}".format, spare=1),
    Column("first_utc", "First shown\n[UTC]", utc_minute, left=True),
    Column("last_utc", "Last shown\n[UTC]", utc_minute, left=True),
)


def info(
    path: MapPath,
    span: SpanOptions,
    maps: MapOptions,
    out: OutputOptions,
) -> None:
    """
    What maps hold, and what could not be read.

    For example:

      $ kursk-geo info maps/
      $ kursk-geo info maps.tar.xz --on-error skip --format json
    """
    span.check()
    history = span.cut(maps.read(path))
    last = history.snapshots.iloc[-1]
    gaps = _gaps(history, span.tz)
    shapes = history.shapes
    different = shapes.drop_duplicates("shape_id")
    facts = source_facts(history, last["snapshot_id"], last["snapshot_utc"]) | {
        "first_snapshot_utc": instant_text(history.snapshots["snapshot_utc"].iloc[0]),
        "n_snapshots": len(history.snapshots),
        "n_days": _days(history, span.tz).nunique(),
        "n_shapes": len(shapes),
        "n_different": len(different),
        "n_repaired": int((different["repair_km2"] != 0.0).sum()),
        "tz": span.tz,
        "days_without_map": gaps,
        "rejected": _rejected(history),
    }
    out.write(
        Answer(
            rows=_statuses(history),
            columns=STATUSES,
            facts=facts,
            title=_title(history, span.tz),
            notes=_notes(history, gaps),
        )
    )


def _statuses(history: "ControlHistory") -> "pd.DataFrame":
    """One row a status: how many shapes, and when it was first and last shown."""
    import pandas as pd

    published = history.snapshots["snapshot_utc"]
    rows = []
    for status, shapes in history.shapes.groupby("status", sort=True):
        ends = shapes["valid_to"]
        last = (
            len(published) if ends.isna().any() else published.searchsorted(ends.max())
        )
        rows.append(
            {
                "status": status,
                "n_shapes": len(shapes),
                "n_different": shapes["shape_id"].nunique(),
                "first_utc": shapes["valid_from"].min(),
                "last_utc": published.iloc[int(last) - 1],
            }
        )
    return pd.DataFrame(rows, columns=[column.name for column in STATUSES])


def _days(history: "ControlHistory", tz: str) -> "pd.Series":
    published = history.snapshots["snapshot_utc"].dt.tz_convert(tz)
    days: pd.Series = published.dt.tz_localize(None).dt.normalize()
    return days


def _gaps(history: "ControlHistory", tz: str) -> list[dict[str, object]]:
    """Runs of days on which no map was published."""
    import pandas as pd

    days = _days(history, tz).drop_duplicates()
    one = pd.Timedelta(days=1)
    gaps = []
    for before, after in pairwise(days):
        missing = (after - before).days - 1
        if missing:
            first, last = before + one, after - one
            gaps.append(
                {"first": f"{first:%F}", "last": f"{last:%F}", "n_days": missing}
            )
    return gaps


def _rejected(history: "ControlHistory") -> list[dict[str, object]]:
    table = history.rejected
    features = [int(f) if seen else None for f, seen in _known(table["feature"])]
    columns = (table[name] for name in ("snapshot_utc", "origin", "reason"))
    return [
        {
            "snapshot_utc": instant_text(moment),
            "origin": origin,
            "feature": feature,
            "reason": reason,
        }
        for feature, moment, origin, reason in zip(features, *columns, strict=True)
    ]


def _known(values: "pd.Series") -> "zip[tuple[int, bool]]":
    return zip(values, values.notna(), strict=True)


def _title(history: "ControlHistory", tz: str) -> str:
    published = history.snapshots["snapshot_utc"]
    days = _days(history, tz).nunique()
    return (
        f"{history.source}: {many(len(published), 'snapshot')} on {many(days, 'day')}, "
        f"{utc_minute(published.iloc[0])} to {utc_minute(published.iloc[-1])} UTC"
    )


def _notes(history: "ControlHistory", gaps: list[dict[str, object]]) -> list[str]:
    """Repairs, gaps, what was rejected, and what must be said."""
    different = history.shapes.drop_duplicates("shape_id")
    repaired = different[different["repair_km2"] != 0.0]
    shapes = (
        f"Shapes: {len(history.shapes):,} with their periods, {len(different):,} "
        f"different, {len(repaired):,} of them repaired"
    )
    if len(repaired):
        most = repaired["repair_km2"].abs().max()
        shapes += f", by {'less than 0.01' if most < 0.01 else f'up to {most:.2f}'} km²"
    lines = [shapes]
    spans = [
        f"{gap['first']}" if gap["n_days"] == 1 else f"{gap['first']} to {gap['last']}"
        for gap in gaps
    ]
    missing = sum(int(str(gap["n_days"])) for gap in gaps)
    lines.append(
        f"Days without a map: {missing}" + (f" ({_some(spans, ', ')})" if spans else "")
    )
    reasons = [
        f"{row['origin']}"
        + ("" if row["feature"] is None else f" feature {row['feature']}")
        + f": {row['reason']}"
        for row in _rejected(history)
    ]
    lines.append(f"Rejected: {len(reasons):,}")
    if reasons:
        lines[-1] += "\n  " + _some(reasons, "\n  ")
    return [*lines, f"Credit: {history.attribution}", f"Licence: {history.licence}"]


def _some(words: list[str], separator: str) -> str:
    more = len(words) - LISTED
    shown = words[:LISTED] + ([f"and {more:,} more: --format json"] if more > 0 else [])
    return separator.join(shown)


def store(
    path: MapPath,
    target: Annotated[
        Path,
        typer.Argument(
            metavar="OUT",
            help="Folder to write, best named *.parquet. A store that is there is "
            "replaced.",
            show_default=False,
        ),
    ],
    span: SpanOptions,
    maps: MapOptions,
) -> None:
    """
    Write maps as a store: GeoParquet tables that open in a moment.

    Every command reads a store as it reads maps, and so does any tool that reads
    GeoParquet.

    For example:

      $ kursk-geo store maps.tar.xz history.parquet
      $ kursk-geo measure history.parquet
    """
    from kursk_geo.store import write_store

    span.check()
    history = span.cut(maps.read(path))
    folder = write_store(history, target)
    size = sum(file.stat().st_size for file in folder.iterdir())
    say(
        f"Wrote {folder}: {many(len(history.snapshots), 'snapshot')}, "
        f"{many(len(history.shapes), 'shape')}, {size / 1e6:.1f} MB."
    )
    for warning in warnings(history):
        say(f"Warning: {warning}")
