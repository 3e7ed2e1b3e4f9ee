"""
A real HTTP server on this machine that behaves like the ones we fetch from.

A path is answered by a route, a function of the request; a path that ends in ``*`` is
a prefix. Faults are routes too::

    with LocalServer() as server:
        url = server.add("/map.geojson", in_turn(answer(status=500), answer(b"{}")))
"""

import contextlib
import gzip
import json
import sys
import threading
from collections.abc import Callable, Iterable
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any, Self, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit


class Request(BaseHTTPRequestHandler):
    """One request, and the means to answer it."""

    protocol_version = "HTTP/1.1"
    server: "LocalServer"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.place, self.query = unquote(parts.path), dict(parse_qsl(parts.query))
        # A connection that is kept alive has one handler for all its requests.
        self.note = SimpleNamespace(
            place=self.place, query=self.query, headers=self.headers, status=0
        )
        self.server.seen.append(self.note)
        with contextlib.suppress(ConnectionError, TimeoutError):
            self.server.find(self.place)(self)

    def send(self, body: bytes = b"", *, status: int = 200, **headers: object) -> None:
        """Send an answer; a header whose value is None is left out."""
        told = {"Content_Length": len(body), **headers}
        self.note.status = status
        self.send_response(status)
        for name, value in told.items():
            if value is not None:
                self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(body)

    def drip(self, head: bytes, pieces: Iterable[bytes], pause_s: float = 0.0) -> None:
        """Send bytes as they are, with pauses, as long as somebody listens."""
        self.close_connection = True
        self.wfile.write(head)
        for piece in pieces:
            if self.server.closing.wait(pause_s):
                return
            self.wfile.write(piece)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


Route: TypeAlias = Callable[[Request], None]


class LocalServer(ThreadingHTTPServer):
    """The server; `seen` lists its requests."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.routes: dict[str, Route] = {}
        self.seen: list[SimpleNamespace] = []
        self.closing = threading.Event()
        self.errors: list[str] = []
        self.base = f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.005,)).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()
        assert not self.errors, self.errors

    def add(self, path: str, route: Route | bytes) -> str:
        """Answer a path by a route or a file, and tell the address."""
        self.routes[path] = answer(route) if isinstance(route, bytes) else route
        return self.base + path.removesuffix("*")

    def find(self, path: str) -> Route:
        """The route of a path: its own, or that of the longest prefix."""
        if path in self.routes:
            return self.routes[path]
        prefixes = [key for key in self.routes if key.endswith("*")]
        fitting = [key for key in prefixes if path.startswith(key[:-1])]
        return self.routes[max(fitting, key=len)] if fitting else answer(status=404)

    def paths(self, end: str = "") -> list[str]:
        """Paths asked for, in order."""
        return [one.place for one in self.seen if one.place.endswith(end)]

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        error = sys.exc_info()[1]
        gone = isinstance(error, ValueError) and "closed file" in str(error)
        if not gone and not isinstance(error, (ConnectionError, TimeoutError)):
            self.errors.append(repr(error))


def answer(body: bytes = b"", *, status: int = 200, **headers: object) -> Route:
    """A file with an ETag, confirmed with 304 and packed where that is accepted."""
    etag = f'"{sha256(body).hexdigest()[:16]}"'

    def route(request: Request) -> None:
        if status == 200 and request.headers.get("If-None-Match") == etag:
            request.send(status=304, ETag=etag)
        elif status == 200 and not headers:
            packed = gzip.compress(body)
            request.send(packed, Content_Encoding="gzip", ETag=etag)
        else:
            request.send(body, status=status, **headers)

    return route


def in_turn(*routes: Route) -> Route:
    """The first route for the first request, and so on; the last one stays."""
    left = list(routes)

    def route(request: Request) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(request)

    return route


def raw(head: bytes, pieces: Iterable[bytes] = (), *, pause_s: float = 0.0) -> Route:
    """Bytes as they are: what no good server sends."""
    return lambda request: request.drip(head, pieces, pause_s)


# --- services


def deepstate(maps: dict[int, bytes]) -> Route:
    """DeepState's history, below ``/api/history/*``."""

    def route(request: Request) -> None:
        number, _, what = request.place.rpartition("/history/")[2].partition("/")
        if number == "public":
            rows = [{"id": one, "datetime": "23.08 о 20:29"} for one in sorted(maps)]
            answer(json.dumps(rows).encode())(request)
        elif what == "geojson" and int(number) in maps:
            answer(maps[int(number)])(request)
        else:
            request.send(status=404)

    return route


def layer(
    features: list[dict[str, Any]],
    *,
    page_size: int = 1000,
    nested: bool = False,
    date_only: bool = False,
    described: dict[str, Any] | None = None,
) -> Route:
    """A layer of an ArcGIS feature service, with its pages and its dates."""
    kind = "esriFieldTypeDateOnly" if date_only else "esriFieldTypeDate"
    fields = [("OBJECTID", "esriFieldTypeOID"), ("datetime", kind)]
    told = {"fields": [{"name": name, "type": kind} for name, kind in fields]}

    def route(request: Request) -> None:
        query = request.query
        document: dict[str, Any] = told | (described or {})
        if request.place.endswith("/query"):
            found, where = features, query["where"]
            if where != "1=1" and where.count("DATE '") != 2:
                document = {"error": {"code": 400, "message": "'where' is invalid"}}
                answer(json.dumps(document).encode())(request)
                return
            if where != "1=1":
                first, last = (part[:10] for part in where.split("'")[1::2])
                found = [
                    one for one in found if first <= one["properties"]["day"] < last
                ]
            assert (query["outSR"], query["orderByFields"]) == ("4326", "OBJECTID")
            offset = int(query["resultOffset"])
            page = found[offset : offset + page_size]
            document = {"type": "FeatureCollection", "features": page}
            if offset + page_size < len(found):
                more = {"exceededTransferLimit": True}
                document |= {"properties": more} if nested else more
        answer(json.dumps(document).encode())(request)

    return route
