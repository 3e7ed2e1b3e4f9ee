"""What a figure was made of: evidence of a verdict, and its machine-readable record."""

import json
import os
import platform
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path, PurePath
from typing import Any

import geopandas as gpd
import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import shapely
from matplotlib.axes import Axes

from kursk_geo._files import landing
from kursk_geo._text import day_words, visible
from kursk_geo.claims import Claim, Verdict, Verdicts
from kursk_geo.errors import ClaimError, EmptyPlotWarning, OptionError
from kursk_geo.events import events
from kursk_geo.history import ControlHistory
from kursk_geo.plot import plot_map, plot_since
from kursk_geo.plot.canvas import root_figure
from kursk_geo.reference import border
from kursk_geo.report.explorer import Period, SlidingMap, periods_of, sliding_map
from kursk_geo.settlements import settlements
from kursk_geo.theatre import Theatre, theatre
from kursk_geo.uncertainty import change_bounds, uncertainty

__all__ = [
    "RECORD",
    "VERDICT",
    "Account",
    "Recent",
    "account_of",
    "crate",
    "definitions_of",
    "moment_of_writing",
    "read_verdict",
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


def _claim(claim: Claim) -> Entity:
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
WORDS = {
    "verdict": "verdict",
    "figure": "figure",
    "why": "why",
    "reading": "reading",
    "version": "kursk_geo",
}
"""Keys of a verdict that are told when they change, and what they are called."""


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
        A line each for verdict, figure, reason, reading, maps and version; empty where
        all is as it was.

    Raises
    ------
    Nothing
        What the old one lacks counts as new.

    Examples
    --------
    >>> verdict_changes({"verdict": "holds"}, {"verdict": "fails"})
    ['verdict: holds, now fails']
    >>> verdict_changes({"figure": 3.0}, {"figure": 3.0})
    []
    """
    before, now = (
        [f"{one['source']} {one['snapshot_id']}" for one in side.get("maps") or []]
        for side in (old, new)
    )
    pairs = {words: (old.get(key), new.get(key)) for key, words in WORDS.items()}
    pairs["maps"] = (", ".join(before), ", ".join(now))
    return [
        f"{words}: {was or 'nothing'}, now {is_now or 'nothing'}"
        for words, (was, is_now) in pairs.items()
        if was != is_now
    ]


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


TITLES = {
    "claim_review.json": "The verdict as schema.org ClaimReview",
    "map.svg": "Map that the figure is read off",
    "methods.md": "Reading, definitions and maps, to be cited",
    "since.csv": "The change by the day since when it is counted",
    "since.svg": "The change by the day since when it is counted, drawn",
    VERDICT: "Verdict, figures and departures",
}
"""The files, and what each holds; beside them stands that of provenance."""
DOTS_PER_INCH = 200
"""Of what is shaded in pictures rather than drawn."""


def write_verdict(
    verdict: Verdict, history: ControlHistory, folder: str | Path, *, command: str = ""
) -> Path:
    """
    Write a folder that shows what a verdict rests on.

    Parameters
    ----------
    verdict : Verdict
        As `check` gives it.
    history : ControlHistory
        That it was computed from.
    folder : str or Path
        Made if it is not there. Of a folder written before, our files are replaced,
        and others stay.
    command : str, default ""
        By which it is written, for the record.

    Returns
    -------
    Path
        The folder: ``verdict.json``, ``claim_review.json`` (schema.org),
        ``methods.md``, ``map.svg`` (of the map that the figure is read off),
        ``since.csv`` and ``since.svg`` (where the sentence does not say since when)
        and ``ro-crate-metadata.json`` (RO-Crate 1.1).

    Raises
    ------
    OptionError
        If `folder` is there and holds something else, or cannot be written; or
        ``SOURCE_DATE_EPOCH`` is set and no number.
    ClaimError
        If the sentence could not be read.

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
    >>> [one] = kg.check("bloomberg-2025-04-26-sections", history)
    >>> folder = kg.write_verdict(one, history, Path(mkdtemp()) / "sections")
    >>> sorted(path.name for path in folder.glob("*.svg"))
    ['map.svg']
    """
    claim = verdict.claim
    if not isinstance(claim, Claim):
        msg = f"“{claim.phrase}” was not read: {claim.reason}. Expected a claim."
        raise ClaimError(msg)
    folder, now = Path(folder), moment_of_writing()
    ids = [one["snapshot_id"] for one in verdict.maps]
    maps = history.snapshots
    maps = maps[maps["snapshot_id"].isin(ids)]
    with landing(folder, marker=VERDICT, names=[*TITLES, RECORD]) as draft:
        texts = {
            VERDICT: _json(verdict_record(verdict)),
            "claim_review.json": _json(verdict.claim_review()),
            "methods.md": f"# {claim.id}\n\n{verdict.methods()}\n",
        }
        if not verdict.since.empty:
            texts["since.csv"] = str(
                verdict.since.to_csv(index=False, lineterminator="\n")
            )
        for name, text in texts.items():
            (draft / name).write_bytes(text.encode("utf-8"))
        _draw(verdict, history, draft)
        record = crate(
            {path.name: path.read_bytes() for path in draft.iterdir()},
            TITLES,
            root={
                "name": f"Check of the claim {claim.id}",
                "description": f"“{claim.text}” ({claim.outlet}): {verdict.word}.",
                "creditText": verdict.attribution,
            },
            act={
                "@id": "#check",
                "name": "Check of a published sentence against control maps",
                "description": command
                or "kursk_geo.check() and kursk_geo.write_verdict(), from Python",
            },
            histories=[history],
            maps=maps,
            inputs=[_claim(claim), _border()],
            now=now,
        )
        (draft / RECORD).write_bytes(record)
    return folder


def verdict_record(verdict: Verdict) -> dict[str, Any]:
    """A verdict as plain values, as ``verdict.json`` holds it."""
    return {
        **verdict.row(),
        "attribution": verdict.attribution,
        "version": verdict.version,
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _draw(verdict: Verdict, history: ControlHistory, draft: Path) -> None:
    """Draw what can be drawn, in the same way whatever the reader's settings are."""
    assert isinstance(verdict.claim, Claim)  # noqa: S101
    with mpl.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("ignore", EmptyPlotWarning)
        mpl.rcdefaults()
        mpl.rcParams["svg.hashsalt"] = verdict.claim.id
        if not verdict.since.empty:
            _save(plot_since(verdict), draft / "since.svg", verdict)
        if verdict.maps:
            selected = history.select(theatre(verdict.claim.theatre))
            drawn = plot_map(selected, at=verdict.maps[0]["snapshot_utc"])
            _save(drawn, draft / "map.svg", verdict)


def _save(ax: Axes, path: Path, verdict: Verdict) -> None:
    assert isinstance(verdict.claim, Claim)  # noqa: S101
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
