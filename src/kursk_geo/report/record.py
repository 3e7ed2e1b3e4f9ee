"""Where a report comes from, for machines, in the words of RO-Crate 1.1."""

import json
import platform
from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import version
from pathlib import PurePath
from typing import Any

import pandas as pd
import shapely

from kursk_geo.report.account import Account
from kursk_geo.report.crate import CONTEXT, PROFILE
from kursk_geo.report.text import visible

__all__ = ["RECORDS", "definitions_of", "record_text"]

RECORDS = ("provenance.json", "ro-crate-metadata.json")
"""The same twice: under its own name, and under the one that RO-Crate tools open."""
FORMATS = {
    ".html": "text/html",
    ".md": "text/markdown",
    ".csv": "text/csv",
    ".geojson": "application/geo+json",
}
LIBRARIES = ("geopandas", "shapely", "pyproj", "numpy", "pandas", "jinja2")

Entity = dict[str, object]


def record_text(
    account: Account, files: Mapping[str, bytes], titles: Mapping[str, str]
) -> str:
    """Files with their hashes, maps with theirs, definitions, software and command."""
    parts = [_file(name, files[name], titles[name]) for name in sorted(files)]
    maps = [_map(row) for row in account.history.snapshots.itertuples()]
    definitions: list[Entity] = [
        {
            "@id": f"#definition-{name}",
            "@type": "PropertyValue",
            "name": name,
            "value": value,
        }
        for name, value in definitions_of(account).items()
    ]
    graph: list[Entity] = [
        {
            "@id": RECORDS[1],
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": {"@id": PROFILE},
        },
        _folder(account) | {"hasPart": _ids(parts)},
        _act(account)
        | {
            "object": _ids(maps),
            "result": _ids(parts),
            "additionalProperty": _ids(definitions),
        },
        _software(),
        _terms(account),
        *parts,
        *definitions,
        *maps,
    ]
    crate = {"@context": CONTEXT, "@graph": graph}
    return json.dumps(crate, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _folder(account: Account) -> Entity:
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": visible(account.title),
        "description": "Who held what, measured on published maps: theatre "
        f"{visible(account.theatre.name)}.",
        "datePublished": instant_text(account.made_utc),
        "creditText": visible(account.history.attribution),
        "license": {"@id": "#terms"},
        "mentions": {"@id": "#report"},
    }


def _act(account: Account) -> Entity:
    return {
        "@id": "#report",
        "@type": "CreateAction",
        "name": "Report on control maps",
        "description": visible(account.command),
        "actionStatus": {"@id": "http://schema.org/CompletedActionStatus"},
        "endTime": instant_text(account.made_utc),
        "instrument": {"@id": "#kursk_geo"},
    }


def _terms(account: Account) -> Entity:
    history = account.history
    return {
        "@id": "#terms",
        "@type": "CreativeWork",
        "name": f"Terms of {visible(history.source)}",
        "description": visible(history.licence),
        "creditText": visible(history.attribution),
    }


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


def _ids(entities: list[Entity]) -> list[dict[str, object]]:
    return [{"@id": entity["@id"]} for entity in entities]


def _file(name: str, content: bytes, title: str) -> Entity:
    return {
        "@id": name,
        "@type": "File",
        "name": title,
        "contentSize": str(len(content)),
        "encodingFormat": FORMATS[PurePath(name).suffix],
        "sha256": sha256(content).hexdigest(),
    }


def _map(row: Any) -> Entity:  # noqa: ANN401  (a row of `snapshots`)
    """A map is described by its hash, and not passed on."""
    number = visible(row.snapshot_id)
    return {
        "@id": f"#map-{number}",
        "@type": "CreativeWork",
        "identifier": number,
        "name": f"{visible(row.source)} map {number}",
        "description": f"Read from {visible(row.origin)}",
        "datePublished": instant_text(row.snapshot_utc),
        "sha256": row.sha256,
        "license": {"@id": "#terms"},
    }


def _software() -> Entity:
    geos = ".".join(map(str, shapely.geos_version))
    return {
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


def instant_text(moment: pd.Timestamp) -> str:
    """ISO 8601 with Z."""
    return str(moment.tz_convert("UTC").isoformat()).replace("+00:00", "Z")
