"""Where a verdict comes from, as an RO-Crate."""

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import shapely

from kursk_geo.claims import Verdict
from kursk_geo.errors import OptionError
from kursk_geo.history import ControlHistory

__all__ = ["crate", "moment_of_writing"]

PROFILE = "https://w3id.org/ro/crate/1.1"
# The terms of RO-Crate 1.1 have no digest.
CONTEXT = [f"{PROFILE}/context", {"sha256": "https://schema.org/sha256"}]
BORDER = "ua_ru_border.geojson"
ODBL = "https://opendatacommons.org/licenses/odbl/1-0/"
FORMATS = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".md": "text/markdown",
    ".svg": "image/svg+xml",
}
LIBRARIES = ("geopandas", "shapely", "pyproj", "numpy", "pandas")
"""What figures depend on."""

Entity = dict[str, Any]


def crate(
    verdict: Verdict,
    histories: Mapping[str, ControlHistory],
    written: Sequence[Path],
    *,
    command: str,
    titles: Mapping[str, str],
    now: str,
) -> dict[str, object]:
    """
    Metadata of a folder of evidence, as RO-Crate 1.1 asks for.

    Parameters
    ----------
    verdict : Verdict
    histories : mapping of str to ControlHistory
        That it was computed from.
    written : sequence of Path
        The other files of the folder.
    command : str
        By which it was written; may be empty.
    titles : mapping of str to str
        What each file holds, by its name.
    now : str
        As `moment_of_writing` tells it.

    Returns
    -------
    dict
        JSON-LD: the folder, its files, the maps with their digests, the sentence, the
        software, and the act of checking.

    Raises
    ------
    KeyError
        If a file has no title.
    """
    parts = [_file(path, titles[path.name]) for path in written]
    inputs = [_claim(verdict), *_maps(verdict, histories), _border()]
    graph = [
        {
            "@id": "ro-crate-metadata.json",
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": {"@id": PROFILE},
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": f"Check of the claim {verdict.claim.id}",
            "description": f"“{verdict.claim.text}” ({verdict.claim.outlet}): "
            f"{verdict.word}.",
            "datePublished": now,
            "creditText": verdict.attribution,
            "license": _ids(_terms(histories)),
            "hasPart": _ids(parts),
            "mentions": {"@id": "#check"},
        },
        {
            "@id": "#check",
            "@type": "CreateAction",
            "name": "Check of a published sentence against control maps",
            "description": command
            or "kursk_geo.check() and kursk_geo.write_verdict(), called from Python",
            "actionStatus": {"@id": "http://schema.org/CompletedActionStatus"},
            "endTime": now,
            "instrument": {"@id": "#kursk_geo"},
            "object": _ids(inputs),
            "result": _ids(parts),
        },
        _software(verdict),
        *parts,
        *inputs,
        *_terms(histories),
    ]
    return {"@context": CONTEXT, "@graph": graph}


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


def _ids(entities: Sequence[Entity]) -> list[dict[str, str]]:
    return [{"@id": str(entity["@id"])} for entity in entities]


def _file(path: Path, title: str) -> Entity:
    content = path.read_bytes()
    return {
        "@id": path.name,
        "@type": "File",
        "name": title,
        "encodingFormat": FORMATS[path.suffix],
        "contentSize": str(len(content)),
        "sha256": sha256(content).hexdigest(),
    }


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


def _maps(verdict: Verdict, histories: Mapping[str, ControlHistory]) -> list[Entity]:
    """The maps that were compared; they are described, and not passed on."""
    credit = {history.source: history.attribution for history in histories.values()}
    return [
        {
            "@id": f"#map-{row['source']}-{row['snapshot_id']}",
            "@type": "CreativeWork",
            "identifier": row["snapshot_id"],
            "name": f"{row['source']} map {row['snapshot_id']}",
            "description": f"Map {row['role']}, read from {row['origin']}",
            "datePublished": f"{row['snapshot_utc']:%Y-%m-%dT%H:%M:%SZ}",
            "sha256": row["sha256"],
            "creditText": credit.get(row["source"], ""),
            "license": {"@id": f"#terms-{row['source']}"},
        }
        for row in verdict.snapshots.to_dict("records")
    ]


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


def _software(verdict: Verdict) -> Entity:
    geos = ".".join(map(str, shapely.geos_version))
    return {
        "@id": "#kursk_geo",
        "@type": "SoftwareApplication",
        "name": "kursk-geo",
        "softwareVersion": verdict.version,
        "softwareRequirements": [
            f"Python {platform.python_version()}",
            f"GEOS {geos}",
            *(f"{name} {version(name)}" for name in LIBRARIES),
        ],
    }


def _terms(histories: Mapping[str, ControlHistory]) -> list[Entity]:
    by_source = {history.source: history for history in histories.values()}
    return [
        {
            "@id": f"#terms-{name}",
            "@type": "CreativeWork",
            "name": f"Terms of {name}",
            "description": history.licence,
            "creditText": history.attribution,
        }
        for name, history in sorted(by_source.items())
    ]
