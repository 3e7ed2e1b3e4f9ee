"""What a figure was made of: evidence of a verdict, and its machine-readable record."""

import json
import math
import os
import platform
import warnings
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path, PurePath
from typing import Any

import matplotlib as mpl
import pandas as pd
import shapely

from kursk_geo._files import SCHEMA, landing
from kursk_geo._text import instant_text, visible
from kursk_geo.claims import Verdict
from kursk_geo.errors import EmptyPlotWarning, OptionError
from kursk_geo.history import ControlHistory, require_history
from kursk_geo.plot.canvas import picture_bytes
from kursk_geo.plot.maps import plot_map
from kursk_geo.plot.verdicts import plot_since, ribbon
from kursk_geo.report.tables import Account, file_name
from kursk_geo.theatre import theatre

__all__ = [
    "RECORD",
    "VERDICT",
    "crate",
    "definitions_of",
    "moment_of_writing",
    "verdict_record",
    "write_verdict",
]


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
    ".png": "image/png",
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
    parts = [
        _entity(
            file,
            "File",
            titles[file],
            contentSize=str(len(content)),
            encodingFormat=FORMATS[PurePath(file).suffix],
            sha256=sha256(content).hexdigest(),
        )
        for file, content in sorted(written.items())
    ]
    used: list[Entity] = [*inputs]
    for row in maps.to_dict("records"):
        number, source = visible(row["snapshot_id"]), visible(row["source"])
        name = f"{source} map {number}"
        origin = f"Read from {file_name(row['origin'])}"
        entity = _entity(f"#map-{source}-{number}", "CreativeWork", name)
        entity |= {"identifier": number, "description": origin, "sha256": row["sha256"]}
        entity |= {"datePublished": instant_text(row["snapshot_utc"])}
        used.append(entity | {"license": {"@id": f"#terms-{source}"}})
    terms = []
    for source, history in sorted({one.source: one for one in histories}.items()):
        name = visible(source)
        entity = _entity(f"#terms-{name}", "CreativeWork", f"Terms of {name}")
        told = {"description": history.licence, "creditText": history.attribution}
        terms.append(entity | {key: visible(words) for key, words in told.items()})
    properties = [
        _entity(f"#definition-{key}", "PropertyValue", key, value=value)
        for key, value in (definitions or {}).items()
    ]
    needs = [f"Python {platform.python_version()}"]
    needs.append(f"GEOS {'.'.join(map(str, shapely.geos_version))}")
    needs += [f"{library} {version(library)}" for library in LIBRARIES]
    graph = [
        {
            "@id": RECORD,
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": {"@id": PROFILE},
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "datePublished": now,
            "license": _ids(terms),
            "hasPart": _ids(parts),
            "mentions": {"@id": act["@id"]},
            **root,
        },
        {
            "@type": "CreateAction",
            "actionStatus": {"@id": "http://schema.org/CompletedActionStatus"},
            "endTime": now,
            "instrument": {"@id": "#kursk_geo"},
            "object": _ids(used),
            "result": _ids(parts),
            **({"additionalProperty": _ids(properties)} if properties else {}),
            **act,
        },
        _entity("#kursk_geo", "SoftwareApplication", "kursk-geo")
        | {"softwareVersion": version("kursk-geo"), "softwareRequirements": needs},
    ]
    graph += [*terms, *parts, *properties, *used]
    return _json({"@context": CONTEXT, "@graph": graph}).encode()


def _entity(key: str, kind: str, name: str, **more: object) -> Entity:
    return {"@id": key, "@type": kind, "name": name, **more}


def _ids(entities: Iterable[Entity]) -> list[dict[str, str]]:
    return [{"@id": str(entity["@id"])} for entity in entities]


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


MEASURED = (
    *("area_method", "gap_km", "min_area_km2", "sigma_m", "correlation_km"),
    *("border_m", "coverage"),
)
"""What tables of figures tell of how they were measured."""


def definitions_of(account: Account) -> dict[str, object]:
    """What was counted, and how."""
    facts, theatre = account.figures.attrs, account.theatre
    return {
        "theatre": visible(theatre.name),
        "held": ", ".join(sorted(theatre.held)),
        "contested": ", ".join(sorted(theatre.contested)),
        "clipped": account.history.clipped,
        **{name: facts[name] for name in MEASURED},
        "n_maps": len(account.history.snapshots),
        "n_rejected": len(account.history.rejected),
        "first_map_utc": instant_text(account.figures.index[0]),
        "last_map_utc": instant_text(account.last_utc),
    }


TITLES = {
    "claim_review.json": "Verdict as schema.org ClaimReview",
    "map.svg": "Map that the figure is computed from",
    "methods.md": "Method, definitions and maps, to be cited",
    "since.csv": "Change by the day since when it is counted, a row a day",
    "since.svg": "Change by the day since when it is counted",
    VERDICT: "Verdict, figure, reason and maps",
}
"""The files, and what each holds; beside them stands that of provenance."""


def write_verdict(
    verdict: Verdict,
    histories: ControlHistory | Mapping[str, ControlHistory],
    folder: str | Path,
    *,
    command: str = "",
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
        The folder: ``verdict.json`` (the row of `Verdicts.rows`),
        ``claim_review.json`` (schema.org), ``map.svg`` (of the map that the figure is
        computed from), ``since.csv`` and ``since.svg`` (of `plot_since`, where the
        sentence leaves open since when), ``methods.md`` and
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
    >>> history = kg.sample_history()
    >>> [one] = kg.check("bloomberg-2025-04-26-sections", history)
    >>> folder = kg.write_verdict(one, history, Path(mkdtemp()) / "sections")
    >>> sorted(path.name for path in folder.glob("*.svg"))
    ['map.svg']
    """
    if not isinstance(histories, Mapping):
        require_history(histories)
        histories = {histories.source: histories}
    now = moment_of_writing()
    record = verdict_record(verdict)
    written = {
        VERDICT: _json(record).encode(),
        "claim_review.json": _json(verdict.claim_review()).encode(),
        "methods.md": f"# {record['id']}\n\n{verdict.methods()}\n".encode(),
    }
    if not verdict.since.empty:
        days = verdict.since.to_csv(
            index=False, lineterminator="\n", date_format="%Y-%m-%d"
        )
        written["since.csv"] = days.encode()
    claim: Any = verdict.claim
    at = [one for one in verdict.maps if one.get("role") == "at"]
    for one in at if math.isfinite(verdict.figure) else ():
        history = histories.get(str(one["source"]), next(iter(histories.values())))
        if history.theatre is None:
            history = history.select(theatre(claim.theatre))
        # In the same way whatever the reader's settings are.
        with mpl.rc_context(), warnings.catch_warnings():
            warnings.simplefilter("ignore", EmptyPlotWarning)
            mpl.rcdefaults()
            drawn = {"map.svg": plot_map(history, at=one["snapshot_utc"])}
            if ribbon(verdict):
                drawn["since.svg"] = plot_since(verdict, history)
            for name, ax in drawn.items():
                written[name] = picture_bytes(ax, ending=".svg")
    keys = ["source", "snapshot_id"]
    used = pd.DataFrame(list(verdict.maps), columns=keys).drop_duplicates()
    seen = pd.concat([history.snapshots for history in histories.values()])
    words = f"Sentence published by {record['outlet']}"
    sentence = _entity("#claim", "Quotation", words, text=record["text"])
    sentence |= {
        "identifier": record["id"],
        "datePublished": record["published"],
        "creditText": record["outlet"],
    }
    if url := getattr(claim, "url", ""):
        sentence["url"] = url
    line = files("kursk_geo").joinpath("data", BORDER).read_bytes()
    border = _entity(
        "#border",
        "CreativeWork",
        "Border of Ukraine and Russia",
        description=f"Read from {BORDER}, which comes with kursk_geo",
        creditText="© OpenStreetMap contributors",
        license={"@id": ODBL},
        sha256=sha256(line).hexdigest(),
    )
    written[RECORD] = crate(
        written,
        TITLES,
        root={
            "name": f"Check of the claim {record['id']}",
            "description": f"“{record['text']}” ({record['outlet']}): {verdict.word}.",
            "creditText": verdict.attribution,
        },
        act={
            "@id": "#check",
            "name": "Check of a published sentence against control maps",
            "description": command
            or "kursk_geo.check() and kursk_geo.write_verdict(), from Python",
        },
        histories=histories.values(),
        maps=seen.merge(used),
        inputs=[sentence, border],
        now=now,
    )
    folder = Path(folder)
    with landing(folder, marker=VERDICT, names=[*TITLES, RECORD]) as draft:
        for name, content in written.items():
            (draft / name).write_bytes(content)
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
        The row of ``Verdicts.rows`` with ``null`` where there is no figure, then the
        word of the verdict, what the sentence leaves open, attribution, schema and
        version.

    Raises
    ------
    Nothing
        Any verdict can be told.
    """
    more = {
        "word": verdict.word,
        "unstated": list(getattr(verdict.claim, "unstated", ())),
        "attribution": verdict.attribution,
        "schema": SCHEMA,
        "version": verdict.version,
    }
    return verdict.row() | more


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
