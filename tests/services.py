"""
The services that maps, borders and places are fetched from, on this machine.

`endpoints` tells where they are below one `LocalServer`; a test adds the routes.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

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


def points(coords: Iterable[Any]) -> list[dict[str, float]]:
    """Vertices as Overpass writes them."""
    return [{"lat": lat, "lon": lon} for lon, lat in coords]


def ways(line: BaseGeometry, n_ways: int, *, seed: int = 1) -> list[list[Any]]:
    """A line as Overpass has it: cut into ways, in any order and direction."""
    coords = shapely.get_coordinates(line).tolist()
    rng = random.Random(seed)
    inner = range(1, len(coords) - 1)
    cuts = sorted(rng.sample(inner, min(n_ways - 1, len(inner))))
    ends = [0, *cuts, len(coords) - 1]
    pieces = [coords[a : b + 1] for a, b in pairwise(ends)]
    pieces = [piece[::-1] if rng.random() < 0.5 else piece for piece in pieces]
    rng.shuffle(pieces)
    return pieces


def members(area: BaseGeometry, n_ways: int = 3, *, seed: int = 1) -> list[Any]:
    """Members of the relation of an area, with its capital among them."""
    found: list[Any] = [{"type": "node", "role": "admin_centre", "ref": 1}]
    for polygon in shapely.get_parts(area):
        rings = [("outer", polygon.exterior)]
        rings += [("inner", ring) for ring in polygon.interiors]
        for role, ring in rings:
            found += [
                {"type": "way", "role": role, "geometry": points(piece)}
                for piece in ways(ring, n_ways, seed=seed)
            ]
    return found


def relation_of(
    area: BaseGeometry, *, name: str = "Kursk Oblast", n_ways: int = 3, seed: int = 1
) -> dict[str, Any]:
    """The relation of a region."""
    tags = {"name": "Курская область", "name:en": name}
    found = members(area, n_ways, seed=seed)
    return {"type": "relation", "id": 72223, "tags": tags, "members": found}
