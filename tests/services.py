"""
The services that maps, borders and places are fetched from, on this machine.

`world` serves them all below one `LocalServer`, and tells the `Endpoints` to hand to
whatever fetches.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from kursk_geo.download import Session
from kursk_geo.fetch import Endpoints
from server import (
    Exchange,
    FeatureLayer,
    File,
    LocalServer,
    Route,
    Status,
    Tarball,
    redirect,
)

ARCHIVE = "DanielRose2310/deepstatemaps-history"


def endpoints(server: LocalServer, *, session: Session | None = None) -> Endpoints:
    """Where everything is on this server."""
    base = server.base
    return Endpoints(
        deepstate=f"{base}/deepstate",
        github=f"{base}/github",
        github_api=f"{base}/github-api",
        github_raw=f"{base}/raw",
        github_media=f"{base}/media",
        arcgis=f"{base}/sharing/rest",
        arcgis_services=f"{base}/arcgis/rest/services",
        overpass=f"{base}/overpass/interpreter",
        nominatim=f"{base}/nominatim",
        geoboundaries=f"{base}/geoboundaries",
        geonames=f"{base}/geonames",
        session=session,
    )


def impatient() -> Session:
    """A session that waits no time that a server would feel."""
    return Session(timeout_s=5.0, retries=2, sleep=lambda _: None)


def add_archive(
    server: LocalServer, files: Mapping[str, bytes], *, commit: str
) -> Tarball:
    """GitHub's archive of a commit: a page that redirects to where it is packed."""
    tarball = Tarball(files, root=f"deepstatemaps-history-{commit}")
    packed = server.add(f"/codeload/{ARCHIVE}/tar.gz/{commit}", tarball)
    server.add(f"/github/{ARCHIVE}/archive/{commit}.tar.gz", redirect(packed))
    return tarball


def add_tree(server: LocalServer, paths: Sequence[str], *, commit: str) -> None:
    """GitHub's list of the files of a commit."""
    tree = {"sha": commit, "tree": [{"path": path, "mode": "1"} for path in paths]}
    body = json.dumps({**tree, "truncated": False}).encode()
    server.add(f"/github-api/repos/{ARCHIVE}/git/trees/{commit}", File(body))


@dataclass
class TimeLapse(FeatureLayer):
    """
    A layer with dates, as ArcGIS answers queries on them.

    Asked by ``datetime >= TIMESTAMP '...' AND datetime < TIMESTAMP '...'``, or by
    ``DATE`` where the field holds days without a time; the wrong kind is an error
    inside of status 200.
    """

    date_only: bool = False
    id_field: str = "OBJECTID"
    described: dict[str, Any] = field(default_factory=dict)

    def answer(self, exchange: Exchange) -> None:
        if exchange.path.endswith("/query"):
            super().answer(exchange)
            return
        kind = "DateOnly" if self.date_only else "Date"
        fields = [
            {"name": self.id_field, "type": "esriFieldTypeOID"},
            {"name": "datetime", "type": f"esriFieldType{kind}"},
        ]
        exchange.send_json(
            {"type": "Feature Layer", "fields": fields, **self.described}
        )

    def _page(self, exchange: Exchange) -> None:
        where = exchange.query["where"]
        literal = "DATE '" if self.date_only else "TIMESTAMP '"
        if where != "1=1" and where.count(literal) != 2:
            error = {"code": 400, "message": "'where' clause is invalid"}
            exchange.send_json({"error": error}, etag=False)
            return
        if exchange.query.get("outSR") != "4326":
            Status(400).answer(exchange)
            return
        everything = self.features
        if where != "1=1":
            first, last = re.findall(r"\d{4}-\d\d-\d\d", where)
            self.features = [one for one in everything if first <= _day_of(one) < last]
        try:
            super()._page(exchange)
        finally:
            self.features = everything


def _day_of(feature: Mapping[str, Any]) -> str:
    when = feature["properties"]["datetime"]
    if isinstance(when, str):
        return when
    return datetime.fromtimestamp(when / 1000, UTC).date().isoformat()


@dataclass
class Overpass(Route):
    """Overpass: answers by the first pattern that the query holds."""

    answers: Mapping[str, Sequence[Mapping[str, Any]]]
    remark: str = ""

    def answer(self, exchange: Exchange) -> None:
        query = exchange.query["data"]
        found = [told for words, told in self.answers.items() if words in query]
        elements = found[0] if found else []
        document: dict[str, Any] = {"version": 0.6, "elements": list(elements)}
        if self.remark:
            document |= {"remark": self.remark, "elements": []}
        exchange.send_json(document, etag=False)
