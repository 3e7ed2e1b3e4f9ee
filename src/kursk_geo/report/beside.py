"""What lies beside the page: tables for a spreadsheet, and the outlines if allowed."""

import json

import pandas as pd
import shapely

from kursk_geo.report.account import Account
from kursk_geo.report.text import visible
from kursk_geo.sources.registry import may_pass_geometry_on

__all__ = ["GEOMETRY", "files_beside", "why_no_geometry"]

GEOMETRY = "states.geojson"
DECIMALS = 7
"""Of a degree: a centimetre."""


def files_beside(account: Account) -> dict[str, str]:
    """Texts by file name; the same names whatever the maps show."""
    files = {
        "figures.csv": _csv(account.figures.reset_index()),
        "events.csv": _csv(_events(account)),
    }
    if account.settlements is not None:
        shown = pd.DataFrame(account.settlements.drop(columns="geometry"))
        files["settlements.csv"] = _csv(shown)
    if len(account.verdicts):
        files["claims.csv"] = _csv(_claims(account))
    if account.with_geometry or may_pass_geometry_on(account.history.source):
        files[GEOMETRY] = _states(account)
    return files


def why_no_geometry(account: Account) -> str:
    """Why the outlines are not written; "" if they are."""
    history = account.history
    if account.with_geometry or may_pass_geometry_on(history.source):
        return ""
    terms = (
        history.licence or f"Nothing is known here of the terms of {history.source}."
    )
    return (
        f"{GEOMETRY} was not written. {terms} For your own use, kursk-geo report "
        "--with-geometry (with_geometry=True) writes it."
    )


def _csv(table: pd.DataFrame) -> str:
    """A table as RFC 4180 says; instants as ISO 8601, nothing where there is none."""
    times = table.select_dtypes(["datetimetz"]).columns
    texts = {name: table[name].map(_instant).astype(object) for name in times}
    # Text that begins so is a formula to a spreadsheet, and is quoted out of it.
    words = table.select_dtypes(["object", "str"]).columns.difference(times)
    texts |= {name: table[name].map(_harmless).astype(object) for name in words}
    return str(table.assign(**texts).to_csv(index=False, lineterminator="\n"))


def _instant(moment: pd.Timestamp | None) -> str | None:
    return None if pd.isna(moment) else moment.isoformat().replace("+00:00", "Z")


def _harmless(text: object) -> str:
    shown = visible(text)
    return f"'{shown}" if shown[:1] in ("=", "+", "-", "@") else shown


def _events(account: Account) -> pd.DataFrame:
    table = account.events.copy()
    for name in ("before", "after"):
        table[name] = [" ".join(map(str, ids)) for ids in table[name]]
    return table


def _claims(account: Account) -> pd.DataFrame:
    table = account.verdicts.summary
    shares = [
        " ".join(f"{tier}={share:.4f}" for tier, share in row.items())
        for row in table["share_supporting"]
    ]
    maps = [" ".join(ids) for ids in table["snapshots"]]
    return table.assign(share_supporting=shares, snapshots=maps)


def _states(account: Account) -> str:
    """The shapes with their periods, as GeoJSON (RFC 7946)."""
    history = account.history
    features = [
        {
            "type": "Feature",
            "properties": {
                "status": row.status,
                "label": row.label,
                "valid_from": _instant(row.valid_from),
                "valid_to": _instant(row.valid_to),
                "shape_id": row.shape_id,
            },
            "geometry": json.loads(
                shapely.to_geojson(shapely.set_precision(row.geometry, 10.0**-DECIMALS))
            ),
        }
        for row in history.shapes.itertuples()
    ]
    whole = {
        "type": "FeatureCollection",
        "source": history.source,
        "attribution": history.attribution,
        "licence": history.licence,
        "features": features,
    }
    return json.dumps(whole, ensure_ascii=True, separators=(",", ":")) + "\n"
