"""What a report and a verdict were made of, for machines and for whoever asks."""

import json
import math
import mimetypes
import os
import time
import warnings
from collections.abc import Iterable, Mapping
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd

from kursk_geo._files import SCHEMA, landing
from kursk_geo._text import csv_text, instant_text, visible
from kursk_geo.claims import Verdict
from kursk_geo.errors import EmptyPlotWarning, OptionError
from kursk_geo.history import ControlHistory, require_history
from kursk_geo.plot.canvas import picture_bytes
from kursk_geo.plot.maps import plot_map
from kursk_geo.plot.verdicts import plot_since, ribbon
from kursk_geo.report import tables
from kursk_geo.report.tables import Account, file_name
from kursk_geo.theatre import theatre

__all__ = ["RECORD", "VERDICT", "crate", "moment_of_writing", "write_verdict"]


RECORD = "ro-crate-metadata.json"
PROFILE = "https://w3id.org/ro/crate/1.1"
# The terms of RO-Crate 1.1 have no digest.
CONTEXT = [f"{PROFILE}/context", {"sha256": "https://schema.org/sha256"}]
LIBRARIES = ("geopandas", "shapely", "pyproj", "numpy", "pandas", "jinja2")
"""What figures and pages depend on."""

Entity = dict[str, Any]


def crate(
    account: Account, written: Mapping[str, bytes], titles: Mapping[str, str]
) -> bytes:
    """
    Metadata of a report as RO-Crate 1.1 asks for: files, maps, software, one act.

    Parameters
    ----------
    account : Account
        Its maps are described by their digests, not passed on.
    written : mapping of str to bytes
        The other files of the folder.
    titles : mapping of str to str
        What each file holds, by its name.

    References
    ----------
    Sefton, P. et al. (2020). RO-Crate Metadata Specification 1.1.
    https://w3id.org/ro/crate/1.1
    """
    history = account.history
    now, credit = str(instant_text(account.made_utc)), visible(history.attribution)
    ground = visible(account.theatre.name)
    kinds = mimetypes.MimeTypes()
    parts = [
        _entity(
            file,
            "File",
            titles[file],
            contentSize=str(len(content)),
            encodingFormat=kinds.guess_type(file)[0],
            sha256=sha256(content).hexdigest(),
        )
        for file, content in sorted(written.items())
    ]
    terms = _entity("#terms", "CreativeWork", f"Terms of {visible(history.source)}")
    terms |= {"creditText": credit, "description": visible(history.licence)}
    maps = [
        _entity(
            f"#map-{visible(row['source'])}-{visible(row['snapshot_id'])}",
            "CreativeWork",
            f"{visible(row['source'])} map {visible(row['snapshot_id'])}",
            identifier=visible(row["snapshot_id"]),
            description=f"Read from {file_name(row['origin'])}",
            sha256=row["sha256"],
            datePublished=instant_text(row["snapshot_utc"]),
            license={"@id": terms["@id"]},
        )
        for row in history.snapshots.to_dict("records")
    ]
    properties = [
        _entity(f"#definition-{key}", "PropertyValue", str(key), value=value)
        for key, value in (account.figures.attrs | {"theatre": ground}).items()
        if key not in {"source", "attribution"}  # which the terms tell
    ]
    tool = _entity("#kursk_geo", "SoftwareApplication", "kursk-geo")
    needs = [f"{library} {version(library)}" for library in LIBRARIES]
    tool |= {"softwareVersion": version("kursk-geo"), "softwareRequirements": needs}
    act = _entity("#report", "CreateAction", "Report on control maps")
    act |= {
        "description": visible(account.command),
        "actionStatus": {"@id": "http://schema.org/CompletedActionStatus"},
        "endTime": now,
        "instrument": {"@id": tool["@id"]},
        "object": _ids(maps),
        "result": _ids(parts),
        "additionalProperty": _ids(properties),
    }
    root = _entity("./", "Dataset", visible(tables.headline(account)))
    root |= {
        "description": f"Who held what, measured on published maps: theatre {ground}.",
        "creditText": credit,
        "datePublished": now,
        "license": {"@id": terms["@id"]},
        "hasPart": _ids(parts),
        "mentions": {"@id": act["@id"]},
    }
    about = {"@id": RECORD, "@type": "CreativeWork", "about": {"@id": "./"}}
    about |= {"conformsTo": {"@id": PROFILE}}
    graph = [about, root, act, tool, terms, *parts, *properties, *maps]
    return _json({"@context": CONTEXT, "@graph": graph}).encode()


def _entity(key: str, kind: str, name: str, **more: object) -> Entity:
    return {"@id": key, "@type": kind, "name": name, **more}


def _ids(entities: Iterable[Entity]) -> list[dict[str, str]]:
    return [{"@id": str(entity["@id"])} for entity in entities]


def moment_of_writing() -> pd.Timestamp:
    """
    Now, or what SOURCE_DATE_EPOCH says, so that two runs can write the same bytes.

    Raises
    ------
    OptionError
        If it is set and no number of seconds.
    """
    fixed = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        return pd.Timestamp(int(fixed or time.time()), unit="s", tz="UTC")
    except (ValueError, OverflowError) as error:
        msg = (
            f"SOURCE_DATE_EPOCH={fixed!r} is no moment. Expected seconds since 1970, "
            "such as 1745712000: set it so, or unset it."
        )
        raise OptionError(msg) from error


VERDICT = "verdict.json"


PICTURES = ("map.svg", "since.svg")
EVIDENCE = (VERDICT, "claim_review.json", "methods.md", "since.csv", *PICTURES)
"""Whatever a folder of evidence may hold."""


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
        The folder: ``verdict.json`` (the row of `Verdicts.rows`, the maps with their
        origin and digest), ``claim_review.json`` (schema.org), ``map.svg`` (of the map
        that the figure is computed from), ``since.csv`` and ``since.svg`` (of
        `plot_since`, where the sentence leaves open since when) and ``methods.md``.
        Pictures are left out where nothing could be computed.

    Raises
    ------
    OptionError
        If `folder` is there and holds something else, or cannot be written.

    Notes
    -----
    All files are written beside the folder first, so that none of them is ever half
    there, and two runs write the same bytes. Maps are drawn, credited and described by
    their digests; their data are not passed on.

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
    seen = pd.concat([history.snapshots for history in histories.values()])
    known = {
        (row["source"], row["snapshot_id"]): {
            "origin": file_name(row["origin"]),
            "sha256": row["sha256"],
        }
        for row in seen.to_dict("records")
    }
    record = verdict.row()
    for one in record["maps"]:
        one.update(known.get((one["source"], one["snapshot_id"]), {}))
    record |= {
        "word": verdict.word,
        "unstated": list(getattr(verdict.claim, "unstated", ())),
        "attribution": verdict.attribution,
        "command": command or "kursk_geo.write_verdict(...)",
        "schema": SCHEMA,
        "version": verdict.version,
    }
    written = {
        VERDICT: _json(record).encode(),
        "claim_review.json": _json(verdict.claim_review()).encode(),
        "methods.md": f"# {record['id']}\n\n{verdict.methods()}\n".encode(),
    }
    if not verdict.since.empty:
        days = verdict.since["day"].dt.tz_localize(None)
        written["since.csv"] = csv_text(verdict.since.assign(day=days)).encode()
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
    folder = Path(folder)
    with landing(folder, marker=VERDICT, names=EVIDENCE) as draft:
        for name, content in written.items():
            (draft / name).write_bytes(content)
    return folder


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
