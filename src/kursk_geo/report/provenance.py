"""What a figure was made of: evidence of a verdict, and its machine-readable record."""

import json
import math
import os
import platform
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from math import isclose
from pathlib import Path, PurePath
from typing import Any

import geopandas as gpd
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes

from kursk_geo._files import landing
from kursk_geo._text import day_words, visible
from kursk_geo.claims import Verdict, Verdicts, show
from kursk_geo.claims.grid import CHANGES
from kursk_geo.claims.verdict import label
from kursk_geo.errors import EmptyPlotWarning, OptionError
from kursk_geo.events import events
from kursk_geo.history import ControlHistory
from kursk_geo.plot import plot_baselines, plot_map, plot_multiverse
from kursk_geo.plot.canvas import root_figure
from kursk_geo.reference import border
from kursk_geo.report.explorer import Period, SlidingMap, periods_of, sliding_map
from kursk_geo.settlements import settlements
from kursk_geo.theatre import Theatre
from kursk_geo.uncertainty import change_bounds, uncertainty

__all__ = [
    "RECORD",
    "VERDICT",
    "Account",
    "Histories",
    "Recent",
    "account_of",
    "crate",
    "definitions_of",
    "moment_of_writing",
    "read_verdict",
    "specification_rows",
    "verdict_changes",
    "verdict_record",
    "write_verdict",
]


# The terms of RO-Crate 1.1 have no digest.


RECORD = "ro-crate-metadata.json"
PROFILE = "https://w3id.org/ro/crate/1.1"
# The terms of RO-Crate 1.1 have no digest.
CONTEXT = [f"{PROFILE}/context", {"sha256": "https://schema.org/sha256"}]
BORDER = "ua_ru_border.geojson"
ODBL = "https://opendatacommons.org/licenses/odbl/1-0/"
FORMATS = {
    ".csv": "text/csv",
    ".geojson": "application/geo+json",
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
    ".svg": "image/svg+xml",
}
LIBRARIES = ("geopandas", "shapely", "pyproj", "numpy", "pandas", "jinja2")
"""What figures and pages depend on."""

Entity = dict[str, Any]


def crate(
    written: Mapping[str, bytes],
    titles: Mapping[str, str],
    *,
    root: Entity,
    act: Entity,
    histories: Iterable[ControlHistory],
    maps: pd.DataFrame,
    inputs: Sequence[Entity] = (),
    definitions: Mapping[str, object] | None = None,
    now: str,
) -> bytes:
    """
    Metadata of a folder as RO-Crate 1.1 asks for: files, maps, software, one act.

    Parameters
    ----------
    written : mapping of str to bytes
        The other files of the folder.
    titles : mapping of str to str
        What each file holds, by its name.
    root, act : dict
        Of the folder and of what made it.
    histories : iterable of ControlHistory
        Whose terms are told.
    maps : DataFrame
        As ``snapshots``; they are described by their digests, not passed on.
    inputs : sequence of dict
        Entities beside the maps.
    definitions : mapping, optional
        What was counted, and how.
    now : str
        As `moment_of_writing` tells it.
    """
    sources = {history.source: history for history in histories}
    parts = [
        {
            "@id": name,
            "@type": "File",
            "name": titles[name],
            "contentSize": str(len(content)),
            "encodingFormat": FORMATS[PurePath(name).suffix],
            "sha256": sha256(content).hexdigest(),
        }
        for name, content in sorted(written.items())
    ]
    used = [*(_map(row) for row in maps.to_dict("records")), *inputs]
    terms = [
        {
            "@id": f"#terms-{visible(name)}",
            "@type": "CreativeWork",
            "name": f"Terms of {visible(name)}",
            "description": visible(history.licence),
            "creditText": visible(history.attribution),
        }
        for name, history in sorted(sources.items())
    ]
    properties = [
        {
            "@id": f"#definition-{name}",
            "@type": "PropertyValue",
            "name": name,
            "value": value,
        }
        for name, value in (definitions or {}).items()
    ]
    about = {"@id": RECORD, "@type": "CreativeWork", "about": {"@id": "./"}}
    folder = {
        "@id": "./",
        "@type": "Dataset",
        "datePublished": now,
        "license": _ids(terms),
        "hasPart": _ids(parts),
        "mentions": {"@id": act["@id"]},
    }
    made = {
        "@type": "CreateAction",
        "actionStatus": {"@id": "http://schema.org/CompletedActionStatus"},
        "endTime": now,
        "instrument": {"@id": "#kursk_geo"},
        "object": _ids(used),
        "result": _ids(parts),
    }
    if properties:
        made["additionalProperty"] = _ids(properties)
    geos = ".".join(map(str, shapely.geos_version))
    software = {
        "@id": "#kursk_geo",
        "@type": "SoftwareApplication",
        "name": "kursk-geo",
        "softwareVersion": version("kursk-geo"),
        "softwareRequirements": [
            f"Python {platform.python_version()}",
            f"GEOS {geos}",
            *(f"{name} {version(name)}" for name in LIBRARIES),
        ],
    }
    graph = [about | {"conformsTo": {"@id": PROFILE}}, folder | root, made | act]
    graph += [software, *terms, *parts, *properties, *used]
    return _json({"@context": CONTEXT, "@graph": graph}).encode()


def _ids(entities: Iterable[Entity]) -> list[dict[str, str]]:
    return [{"@id": str(entity["@id"])} for entity in entities]


def _map(row: dict[Any, Any]) -> Entity:
    number, source = visible(row["snapshot_id"]), visible(row["source"])
    role = f"Map {row['role']}, read" if "role" in row else "Read"
    return {
        "@id": f"#map-{source}-{number}",
        "@type": "CreativeWork",
        "identifier": number,
        "name": f"{source} map {number}",
        "description": f"{role} from {visible(row['origin'])}",
        "datePublished": instant_text(row["snapshot_utc"]),
        "sha256": row["sha256"],
        "license": {"@id": f"#terms-{source}"},
    }


def instant_text(moment: pd.Timestamp) -> str:
    """ISO 8601 with Z."""
    return str(moment.tz_convert("UTC").isoformat()).replace("+00:00", "Z")


def _claim(verdict: Verdict) -> Entity:
    claim = verdict.claim
    entity: Entity = {
        "@id": "#claim",
        "@type": "Quotation",
        "identifier": claim.id,
        "name": f"Sentence published by {claim.outlet}",
        "text": claim.text,
        "datePublished": claim.published.isoformat(),
        "creditText": claim.outlet,
    }
    return entity | ({"url": claim.url} if claim.url else {})


def _border() -> Entity:
    content = files("kursk_geo").joinpath("data", BORDER).read_bytes()
    return {
        "@id": "#border",
        "@type": "CreativeWork",
        "name": "Border of Ukraine and Russia",
        "description": f"Read from {BORDER}, which comes with kursk_geo",
        "creditText": "© OpenStreetMap contributors",
        "license": {"@id": ODBL},
        "sha256": sha256(content).hexdigest(),
    }


def moment_of_writing() -> str:
    """
    Now, or what SOURCE_DATE_EPOCH says, so that two runs can write the same bytes.

    Raises
    ------
    OptionError
        If it is set and no number of seconds.
    """
    fixed = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        moment = (
            datetime.now(UTC) if not fixed else datetime.fromtimestamp(int(fixed), UTC)
        )
    except (ValueError, OverflowError, OSError) as error:
        msg = (
            f"SOURCE_DATE_EPOCH={fixed!r} is no moment. Expected seconds since 1970, "
            "such as 1745712000: set it so, or unset it."
        )
        raise OptionError(msg) from error
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


VERDICT = "verdict.json"
Maps = Iterable[Mapping[str, Any]]
WORDS = {"verdict": "verdict", "decides": "what decides", "reading": "reading"}
FIGURES = {"figure": "figure", "low": "lowest", "high": "highest"}
FEW = 5
"""Maps named in a line; verdict.json has them all."""
SAME = 1e-9
"""Figures closer than this, in their unit, are the same."""


def read_verdict(folder: str | Path) -> dict[str, Any] | None:
    """
    Read the verdict that `write_verdict` wrote.

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    dict or None
        What stands in ``verdict.json``; None where there is none.

    Raises
    ------
    OptionError
        If the file is there and cannot be read.

    Examples
    --------
    >>> read_verdict("no such folder") is None
    True
    """
    path = Path(folder) / VERDICT
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"{path} cannot be read: {error}. Remove it, or name another folder."
        raise OptionError(msg) from error
    if not isinstance(found, dict):
        msg = f"{path} is no verdict. Expected an object: name another folder."
        raise OptionError(msg)
    return found


def verdict_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """
    What is new in a verdict, in words.

    Parameters
    ----------
    old, new : mapping
        Of one claim, as ``verdict.json`` holds them.

    Returns
    -------
    list of str
        A line each: verdict, reading, figures, support by tier, definitions, maps and
        version; empty where all is as it was.

    Raises
    ------
    Nothing
        What the old one lacks counts as new.

    Examples
    --------
    >>> verdict_changes({"verdict": "supported"}, {"verdict": "contradicted"})
    ['verdict: supported, now contradicted']
    >>> verdict_changes({"figure": 3.0}, {"figure": 3.0})
    []
    """
    lines = [
        f"{words}: {_word(old.get(key))}, now {_word(new.get(key))}"
        for key, words in WORDS.items()
        if old.get(key) != new.get(key)
    ]
    unit = str(new.get("unit", ""))
    for key, words in FIGURES.items():
        was, now_is = _figure(old.get(key), unit), _figure(new.get(key), unit)
        if was == now_is and not _same(old.get(key), new.get(key)):
            was, now_is = f"{old.get(key):.9g}", f"{new.get(key):.9g}"
        if was != now_is:
            lines.append(f"{words}: {was}, now {now_is}")
    before, now = (side.get("share_supporting") or {} for side in (old, new))
    lines += [
        f"support, {tier}: {_share(before.get(tier))}, now {_share(now.get(tier))}"
        for tier in dict.fromkeys([*before, *now])
        if not _same(before.get(tier), now.get(tier))
    ]
    if old.get("grid_hash") != new.get("grid_hash"):
        lines.append(
            f"definitions: grid {old.get('grid_hash')} "
            f"({_count(old)}), now {new.get('grid_hash')} ({_count(new)})"
        )
    lines += _maps_since(old.get("maps") or [], new.get("maps") or [])
    if old.get("version") != new.get("version"):
        lines.append(f"kursk_geo: {old.get('version')}, now {new.get('version')}")
    return lines


def _maps_since(
    old: Iterable[Mapping[str, Any]], new: Iterable[Mapping[str, Any]]
) -> list[str]:
    before, now = (
        {(one.get("source"), one.get("snapshot_id")): one.get("sha256") for one in maps}
        for maps in (old, new)
    )
    revised = [key for key in now if key in before and now[key] != before[key]]
    groups = {
        "maps no longer used": [key for key in before if key not in now],
        "maps newly used": [key for key in now if key not in before],
        "maps whose content is another": revised,
    }
    return [f"{words}: {_few(keys)}" for words, keys in groups.items() if keys]


def _few(keys: list[tuple[Any, Any]]) -> str:
    """The first of some maps, and how many more there are."""
    names = [f"{source} {number}" for source, number in keys[:FEW]]
    if len(keys) > FEW:
        names.append(f"{len(keys) - FEW} more")
    return ", ".join(names)


def _same(one: Any, other: Any) -> bool:  # noqa: ANN401  (from JSON)
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return isclose(one, other, rel_tol=0.0, abs_tol=SAME)
    return bool(one == other)


def _word(value: object) -> str:
    return str(value) if value else "nothing"


def _figure(value: object, unit: str) -> str:
    return show(float("nan") if not isinstance(value, (int, float)) else value, unit)


def _share(value: object) -> str:
    return f"{100 * value:.0f} %" if isinstance(value, (int, float)) else "none"


def _count(record: Mapping[str, Any]) -> str:
    return f"{record.get('n_specifications', 'no')} specifications"


RECENT_DAYS = 28
"""How far back the headline looks. [days]"""


@dataclass(frozen=True)
class Recent:
    """What became of the held ground in the last weeks, with its error."""

    since: pd.Timestamp
    net_km2: float
    low_km2: float
    high_km2: float
    p: float


@dataclass(frozen=True, eq=False)
class Account:
    """
    What a report tells.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre and cut to the span.
    title, command : str
    made_utc : Timestamp
    figures : DataFrame
        As `uncertainty` gives it: one row a map.
    states : DataFrame
        Those rows on which the theatre changed.
    events : DataFrame
    periods : list of Period
    map : SlidingMap
    settlements : GeoDataFrame or None
        None where no places were given.
    verdicts : Verdicts
    recent : Recent or None
        None where the maps do not reach back far enough.
    with_geometry : bool
        Whether the outlines are written as data.
    """

    history: ControlHistory
    title: str
    command: str
    made_utc: pd.Timestamp
    figures: pd.DataFrame
    states: pd.DataFrame
    events: pd.DataFrame
    periods: list[Period]
    map: SlidingMap
    settlements: gpd.GeoDataFrame | None
    verdicts: Verdicts
    recent: Recent | None
    with_geometry: bool = field(default=False)

    @property
    def theatre(self) -> Theatre:
        """Of the history."""
        return self.history.theatre or Theatre(name="")

    @property
    def border_credit(self) -> str:
        """Who drew the border; "" where there is none or the user gave another."""
        line = self.theatre.border
        own = line is None or not shapely.equals_exact(line, border())
        return "" if own else "Border © OpenStreetMap contributors."

    @property
    def now(self) -> pd.Series:
        """Figures of the last map."""
        return self.figures.iloc[-1]

    @property
    def last_utc(self) -> pd.Timestamp:
        """When the last map was published."""
        moment: pd.Timestamp = self.figures.index[-1]
        return moment

    @property
    def peak_utc(self) -> pd.Timestamp | None:
        """The first map with the largest held area; None where nothing was held."""
        area = self.figures["area_km2"]
        if not area.max() > 0.0:
            return None
        moment: pd.Timestamp = self.figures.index[int(area.to_numpy().argmax())]
        return moment


def account_of(
    history: ControlHistory,
    *,
    title: str,
    command: str,
    places: gpd.GeoDataFrame | None,
    verdicts: Verdicts,
    with_geometry: bool,
) -> Account:
    """Measure a selected history that has at least one map."""
    figures = uncertainty(history)
    changed = figures.index.isin(history.states()["valid_from"])
    shown = None if places is None else settlements(history, places)
    drawn = sliding_map(history, figures[changed], _named(places, shown))
    return Account(
        history=history,
        title=title or _title(history),
        command=command,
        made_utc=pd.Timestamp(moment_of_writing()),
        figures=figures,
        states=figures[changed],
        events=events(history),
        periods=periods_of(history, drawn.frame),
        map=drawn,
        settlements=shown,
        verdicts=verdicts,
        recent=_recent(history),
        with_geometry=with_geometry,
    )


def _title(history: ControlHistory) -> str:
    published = history.snapshots["snapshot_utc"]
    days = list(dict.fromkeys(day_words(day) for day in published.iloc[[0, -1]]))
    name = "" if history.theatre is None else history.theatre.name
    return f"{name[:1].upper()}{name[1:]}: who held what, {' to '.join(days)}"


def _named(
    places: gpd.GeoDataFrame | None, shown: gpd.GeoDataFrame | None
) -> gpd.GeoDataFrame | None:
    """Places to write on the map: those that were inside first, then the others."""
    if places is None or shown is None:
        return None
    columns: Sequence[str] = ["name", "geometry"]
    days = shown.groupby("name")["days"].sum().sort_values(ascending=False)
    inside = shown.drop_duplicates("name").set_index("name").loc[days.index]
    first = gpd.GeoDataFrame(inside.reset_index()[columns], crs=shown.crs)
    others = places[~places["name"].isin(first["name"])].to_crs(shown.crs)
    return gpd.GeoDataFrame(
        pd.concat([first, others[columns]], ignore_index=True), crs=shown.crs
    )


def _recent(history: ControlHistory) -> Recent | None:
    published = history.snapshots["snapshot_utc"]
    since = published.iloc[-1] - pd.Timedelta(days=RECENT_DAYS)
    if since < published.iloc[0]:
        return None
    bounds = change_bounds(history, since, published.iloc[-1])
    net = bounds.to_dict("index")["net"]
    return Recent(
        since=pd.Timestamp(bounds.attrs["start_utc"]),
        net_km2=net["change_km2"],
        low_km2=net["low_km2"],
        high_km2=net["high_km2"],
        p=net["p"],
    )


def definitions_of(account: Account) -> dict[str, object]:
    """What was counted, and how."""
    facts, theatre = account.figures.attrs, account.theatre
    measured = {
        name: facts[name]
        for name in (
            "area_method",
            "gap_km",
            "min_area_km2",
            "sigma_m",
            "correlation_km",
            "border_m",
            "coverage",
        )
    }
    return {
        "theatre": visible(theatre.name),
        "held": ", ".join(sorted(theatre.held)),
        "contested": ", ".join(sorted(theatre.contested)),
        "clipped": account.history.clipped,
        **measured,
        "n_maps": len(account.history.snapshots),
        "n_rejected": len(account.history.rejected),
        "first_map_utc": instant_text(account.figures.index[0]),
        "last_map_utc": instant_text(account.last_utc),
    }


Histories = ControlHistory | Mapping[str, ControlHistory]

TITLES = {
    "baselines.svg": "Change by the day since when it is counted",
    "curve.svg": "Outcome of every specification, above its choices",
    "map.svg": "Map that the figure is computed from",
    "methods.md": "Method, definitions and maps, to be cited",
    "specifications.csv": "Every specification with its outcome",
    VERDICT: "Verdict, figures and definitions",
}
"""The files, and what each holds; beside them stands that of provenance."""
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
        ``ro-crate-metadata.json`` (RO-Crate 1.1). Pictures are left out where nothing
        could be computed.

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
    names = [*TITLES, RECORD]
    with landing(folder, marker=VERDICT, names=names) as draft:
        _write_text(draft / VERDICT, _json(verdict_record(verdict)))
        rows = specification_rows(verdict)
        _write_text(draft / "specifications.csv", csv(rows))
        _write_text(draft / "methods.md", _methods(verdict))
        _draw(verdict, given, draft)
        written = {path.name: path.read_bytes() for path in draft.iterdir()}
        record = crate(
            written,
            TITLES,
            root={
                "name": f"Check of the claim {verdict.claim.id}",
                "description": f"“{verdict.claim.text}” ({verdict.claim.outlet}): "
                f"{verdict.word}.",
                "creditText": verdict.attribution,
            },
            act={
                "@id": "#check",
                "name": "Check of a published sentence against control maps",
                "description": command
                or "kursk_geo.check() and kursk_geo.write_verdict(), from Python",
            },
            histories=given.values(),
            maps=verdict.snapshots,
            inputs=[_claim(verdict), _border()],
            now=now,
        )
        (draft / RECORD).write_bytes(record)
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
