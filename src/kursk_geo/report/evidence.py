"""A folder with the evidence for a claim's verdict."""

import json
import math
import warnings
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from kursk_geo.claims import Verdict, Verdicts
from kursk_geo.claims.explain import label
from kursk_geo.errors import EmptyPlotWarning
from kursk_geo.history import ControlHistory
from kursk_geo.multiverse.quantity import CHANGES
from kursk_geo.plot import plot_baselines, plot_map, plot_multiverse
from kursk_geo.plot.page import root_figure
from kursk_geo.report.crate import crate, moment_of_writing
from kursk_geo.report.landing import landing
from kursk_geo.report.since import VERDICT

__all__ = ["Histories", "specification_rows", "verdict_record", "write_verdict"]

Histories = ControlHistory | Mapping[str, ControlHistory]

TITLES = {
    "baselines.svg": "Change by the day since when it is counted",
    "curve.svg": "Outcome of every specification, above its choices",
    "map.svg": "Map that the figure is computed from",
    "methods.md": "Method, definitions and maps, to be cited",
    "specifications.csv": "Every specification with its outcome",
    VERDICT: "Verdict, figures and definitions",
}
"""The files, and what each holds; beside them stand two of provenance."""
PROVENANCE = ("provenance.json", "ro-crate-metadata.json")
"""The same twice: under its own name, and under the one that RO-Crate tools open."""
DOTS_PER_INCH = 200
"""Of what is shaded in pictures rather than drawn."""
INSTANT = "%Y-%m-%dT%H:%M:%SZ"


def write_verdict(
    verdict: Verdict, histories: Histories, folder: str | Path, *, command: str = ""
) -> Path:
    """
    Write a folder that shows what a verdict rests on.

    Parameters
    ----------
    verdict : Verdict
        As `check` gives it.
    histories : ControlHistory or mapping of str to ControlHistory
        That it was computed from.
    folder : str or Path
        Made if it is not there. Of a folder written before, our files are replaced,
        and others stay.
    command : str, default ""
        By which it is written, for the record.

    Returns
    -------
    Path
        The folder: ``verdict.json``, ``specifications.csv``, ``curve.svg`` (of
        `plot_multiverse`), ``map.svg`` (of the map that the figure is computed from),
        ``baselines.svg`` (where a change is told of), ``methods.md`` and
        ``provenance.json``, which is RO-Crate 1.1 metadata and stands there a second
        time as ``ro-crate-metadata.json``. Pictures are left out where nothing could
        be computed.

    Raises
    ------
    OptionError
        If `folder` is there and holds something else, or cannot be written; or
        ``SOURCE_DATE_EPOCH`` is set and no number.

    Notes
    -----
    All files are written beside the folder first, so that none of them is ever half
    there. With ``SOURCE_DATE_EPOCH`` set, two runs write the same bytes. Maps are
    drawn, credited and described by their digests; their data are not passed on.

    References
    ----------
    Sefton, P. et al. (2020). RO-Crate Metadata Specification 1.1.
    https://w3id.org/ro/crate/1.1

    Examples
    --------
    >>> import kursk_geo as kg
    >>> from tempfile import mkdtemp
    >>> history = kg.read_history("sample_data/deepstate")
    >>> [one] = kg.check(kg.load_claims("bloomberg-2025-04-26-sections"), history)
    >>> folder = kg.write_verdict(one, history, Path(mkdtemp()) / "sections")
    >>> sorted(path.name for path in folder.glob("*.svg"))
    ['curve.svg', 'map.svg']
    """
    given = (
        {histories.source: histories}
        if isinstance(histories, ControlHistory)
        else dict(histories)
    )
    now = moment_of_writing()
    folder = Path(folder)
    names = [*TITLES, *PROVENANCE]
    with landing(folder, marker=VERDICT, names=names) as draft:
        _write_text(draft / VERDICT, _json(verdict_record(verdict)))
        rows = specification_rows(verdict)
        _write_text(draft / "specifications.csv", csv(rows))
        _write_text(draft / "methods.md", _methods(verdict))
        _draw(verdict, given, draft)
        written = sorted(draft.iterdir())
        facts = crate(verdict, given, written, command=command, titles=TITLES, now=now)
        for name in PROVENANCE:
            _write_text(draft / name, _json(facts))
    return folder


def verdict_record(verdict: Verdict) -> dict[str, Any]:
    """
    A verdict as plain values, as ``verdict.json`` holds it.

    Parameters
    ----------
    verdict : Verdict

    Returns
    -------
    dict
        The row of ``Verdicts.summary`` with ``null`` where there is no figure; then
        outlet, claimed interval, definitions with their shares of the variance, maps
        with their digests, attribution and version.

    Raises
    ------
    Nothing
        Any verdict can be told.
    """
    claim = verdict.claim
    says = claim.quantity.says
    table = Verdicts((verdict,)).summary
    row: dict[str, Any] = {str(name): table[name].iloc[0] for name in table}
    row |= {
        "n_not_computable": int(verdict.table["outcome"].isna().sum()),
        "outlet": claim.outlet,
        "published": claim.published.isoformat(),
        "url": claim.url,
        "source": claim.source,
        "theatre": claim.quantity.theatre.name,
        "measure": claim.quantity.measure,
        "unstated": list(claim.unstated),
        "says": {
            "text": says.text,
            "low": says.low,
            "high": says.high,
            "closed_low": says.closed_low,
            "closed_high": says.closed_high,
            "unit": says.unit,
        },
        "axes": [
            {
                "name": axis.name,
                "variance_share": float(verdict.variance[axis.name]),
                "options": [
                    {"name": o.name, "value": o.value, "tier": o.tier}
                    for o in axis.options
                ],
            }
            for axis in verdict.grid.axes
        ],
        "maps": [
            one | {"snapshot_utc": one["snapshot_utc"].strftime(INSTANT)}
            for one in verdict.snapshots.to_dict("records")
        ],
        "attribution": verdict.attribution,
        "version": verdict.version,
    }
    return {name: _finite(value) for name, value in row.items()}


def specification_rows(verdict: Verdict) -> pd.DataFrame:
    """
    Every specification of a verdict, its outcome with the unit beside it.

    Parameters
    ----------
    verdict : Verdict

    Returns
    -------
    DataFrame, shape (n_specifications,)
        ``id``, the columns of ``verdict.table``, and ``unit``.

    Raises
    ------
    Nothing
        An empty table has its columns.
    """
    rows = verdict.table.copy()
    rows.insert(0, "id", verdict.claim.id)
    rows.insert(list(rows.columns).index("outcome") + 1, "unit", verdict.unit)
    return rows


def csv(rows: pd.DataFrame) -> str:
    """A table as RFC 4180 says, with a header line and instants in UTC."""
    return str(rows.to_csv(index=False, lineterminator="\n", date_format=INSTANT))


def _finite(value: Any) -> Any:  # noqa: ANN401  (as JSON takes it)
    """JSON has no nan and no infinity: null stands for both."""
    if isinstance(value, dict):
        return {str(key): _finite(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_finite(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, np.generic):
        return _finite(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _write_text(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8"))


# Words


def _methods(verdict: Verdict) -> str:
    table = verdict.table
    lines = [f"# {verdict.claim.id}", "", verdict.methods(), ""]
    lines += ["## Definitions", "", "| definition | option | tier | support |"]
    lines.append("| --- | --- | --- | ---: |")
    for axis in verdict.grid.axes:
        for option in axis.options:
            holds = table.loc[table[axis.name] == option.name, "holds"].dropna()
            share = f"{100 * holds.mean():.0f} %" if len(holds) else "–"
            cells = (label(axis.name), option.name, option.tier, share)
            lines.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
    lines += ["", "Support: share of the specifications with that option under which "]
    lines[-1] += "the sentence holds."
    lines += ["", "## Maps", "", "| published [UTC] | source | map | role | SHA-256 |"]
    lines.append("| --- | --- | --- | --- | --- |")
    lines += [
        f"| {one['snapshot_utc']:%Y-%m-%d %H:%M} | {_cell(one['source'])} | "
        f"{_cell(one['snapshot_id'])} | {one['role']} | `{one['sha256']}` |"
        for one in verdict.snapshots.to_dict("records")
    ]
    return "\n".join([*lines, "", f"Source: {verdict.attribution}", ""])


def _cell(text: object) -> str:
    return " ".join(str(text).split()).replace("|", "\\|")


# Pictures


def _draw(
    verdict: Verdict, histories: Mapping[str, ControlHistory], draft: Path
) -> None:
    """Draw what can be drawn, in the same way whatever the reader's settings are."""
    first = verdict.table.iloc[0]
    # The axis of sources names them as the histories were given.
    history = histories.get(str(first.get("source")), next(iter(histories.values())))
    with mpl.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("ignore", EmptyPlotWarning)
        mpl.rcdefaults()
        mpl.rcParams["svg.hashsalt"] = verdict.claim.id
        if verdict.table["outcome"].notna().any():
            _save(plot_multiverse(verdict), draft / "curve.svg", verdict)
            if verdict.claim.quantity.measure in CHANGES:
                _save(
                    plot_baselines(verdict, history), draft / "baselines.svg", verdict
                )
        if pd.notna(first["end_utc"]):
            selected = history.select(verdict.claim.quantity.theatre)
            drawn = plot_map(selected, at=first["end_utc"])
            _save(drawn, draft / "map.svg", verdict)


def _save(ax: Axes, path: Path, verdict: Verdict) -> None:
    figure = root_figure(ax)
    try:
        figure.savefig(
            path,
            format="svg",
            dpi=DOTS_PER_INCH,
            metadata={
                "Date": None,
                "Title": f"{verdict.claim.id}: {TITLES[path.name]}",
                "Rights": verdict.attribution,
            },
        )
    finally:
        plt.close(figure)
