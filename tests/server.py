"""
A real HTTP server on this machine that behaves like the ones we fetch from.

A path is answered by a `Route`; a path that ends in ``*`` is a prefix. Faults are
routes too, and `InTurn` strings routes together ("500, then the file")::

    with LocalServer() as server:
        url = server.add("/map.geojson", InTurn(Status(500), File(b"{}")))
        ...
        assert [seen.path for seen in server.seen] == ["/map.geojson"] * 2

A service is a route that looks at the rest of the path: subclass `Route`, and send
with `exchange.send`, which knows ETags and ranges.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import re
import socket
import struct
import sys
import tarfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl, unquote, urlsplit

JSON = "application/json"
HTML = "text/html; charset=utf-8"
BYTES = "application/octet-stream"


@dataclass
class Seen:
    """One request, as the server saw it."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    status: int = 0
    n_bytes: int = 0


class LocalServer:
    """The server; `seen` lists its requests, `busiest` is the most at one time."""

    def __init__(self) -> None:
        self.routes: dict[str, Route] = {}
        self.seen: list[Seen] = []
        self.busiest = 0
        self.busy = 0
        self.closing = threading.Event()
        self.errors: list[str] = []
        self.lock = threading.Lock()
        self._http = _Server(self)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.005,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        assert not self.errors, self.errors

    @property
    def base(self) -> str:
        """``http://127.0.0.1:port``, without a slash at the end."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def add(self, path: str, route: Route | bytes) -> str:
        """Answer a path by a route, and tell the URL."""
        self.routes[path] = File(route) if isinstance(route, bytes) else route
        return self.base + path.removesuffix("*")

    def find(self, path: str) -> Route:
        """The route of a path: its own, or that of the longest prefix."""
        if path in self.routes:
            return self.routes[path]
        prefixes = [key for key in self.routes if key.endswith("*")]
        fitting = [key for key in prefixes if path.startswith(key[:-1])]
        return self.routes[max(fitting, key=len)] if fitting else Status(404)

    def paths(self) -> list[str]:
        """Paths asked for, in order."""
        return [seen.path for seen in self.seen]


class Exchange:
    """One request and the means to answer it."""

    def __init__(self, handler: _Handler, server: LocalServer) -> None:
        parts = urlsplit(handler.path)
        self.path = unquote(parts.path)
        self.query = dict(parse_qsl(parts.query))
        self.headers = handler.headers
        self.server = server
        self.seen = Seen(self.path, self.query, dict(handler.headers.items()))
        self._handler = handler

    def start(self, status: int, headers: Mapping[str, str | int]) -> None:
        """Send the status and the headers as they are given."""
        self.seen.status = status
        self._handler.send_response(status)
        for name, value in headers.items():
            self._handler.send_header(name, str(value))
        self._handler.end_headers()

    def write(self, body: bytes) -> None:
        """Send bytes at once."""
        self._handler.wfile.write(body)
        self._handler.wfile.flush()
        self.seen.n_bytes += len(body)

    def write_chunked(self, pieces: Sequence[bytes], *, end: bool = True) -> None:
        """Send pieces in chunked encoding; the header must have announced it."""
        for piece in pieces:
            self.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        if end:
            self.write(b"0\r\n\r\n")
        else:
            self.hang_up()

    def hang_up(self) -> None:
        """Close the connection after what has been sent."""
        self._handler.close_connection = True

    def reset(self) -> None:
        """Drop the connection so that the other side sees a reset."""
        linger = struct.pack("ii", 1, 0)
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._handler.connection.close()
        self.hang_up()

    def send(
        self,
        body: bytes,
        *,
        status: int = 200,
        content_type: str = BYTES,
        etag: str | None = None,
        last_modified: str | None = None,
        ranges: bool = False,
        headers: Mapping[str, str | int] | None = None,
    ) -> None:
        """Send a body as a good server does: 304, 206 and 416 where they are due."""
        told: dict[str, str | int] = {"Content-Type": content_type, **(headers or {})}
        if etag is not None:
            told["ETag"] = etag
        if last_modified is not None:
            told["Last-Modified"] = last_modified
        if ranges:
            told["Accept-Ranges"] = "bytes"
        if self._is_current(etag, last_modified):
            self.start(304, told)
            return
        first = self._first_byte(etag) if ranges and status == 200 else 0
        if first >= len(body) > 0:
            told["Content-Range"] = f"bytes */{len(body)}"
            self.start(416, {**told, "Content-Length": 0})
            return
        if first:
            status = 206
            told["Content-Range"] = f"bytes {first}-{len(body) - 1}/{len(body)}"
        self.start(status, {**told, "Content-Length": len(body) - first})
        self.write(body[first:])

    def send_json(self, document: object, *, etag: bool = True) -> None:
        """Send a JSON document with an ETag of its own."""
        body = json.dumps(document, ensure_ascii=False).encode()
        self.send(body, content_type=JSON, etag=etag_of(body) if etag else None)

    def _is_current(self, etag: str | None, last_modified: str | None) -> bool:
        if "If-None-Match" in self.headers:
            return etag is not None and self.headers["If-None-Match"] == etag
        since = self.headers.get("If-Modified-Since")
        return last_modified is not None and since == last_modified

    def _first_byte(self, etag: str | None) -> int:
        if self.headers.get("If-Range", etag) != etag:
            return 0
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        return int(asked[1]) if asked else 0


class Route:
    """What answers a path."""

    def answer(self, exchange: Exchange) -> None:
        """Answer one request."""
        raise NotImplementedError


# --- good answers


@dataclass
class File(Route):
    """A file; `body` and `etag` may be changed between requests."""

    body: bytes
    content_type: str = BYTES
    etag: str | None = None
    last_modified: str | None = None
    ranges: bool = False
    packed: bool = False

    def answer(self, exchange: Exchange) -> None:
        accepts = exchange.headers.get("Accept-Encoding", "")
        if self.packed and "gzip" in accepts:
            packed = gzip.compress(self.body)
            exchange.send(packed, headers={"Content-Encoding": "gzip"}, etag=self.etag)
            return
        exchange.send(
            self.body,
            content_type=self.content_type,
            etag=self.etag,
            last_modified=self.last_modified,
            ranges=self.ranges,
        )


@dataclass
class InTurn(Route):
    """The first route for the first request, and so on; the last one stays."""

    routes: list[Route]
    n_asked: int = 0

    def __init__(self, *routes: Route) -> None:
        self.routes = list(routes)
        self.n_asked = 0

    def answer(self, exchange: Exchange) -> None:
        with exchange.server.lock:
            route = self.routes[min(self.n_asked, len(self.routes) - 1)]
            self.n_asked += 1
        route.answer(exchange)


@dataclass
class Gathering(Route):
    """Answers once `n` requests are here at the same time, or after a moment."""

    n: int
    body: bytes = b"data"
    moment_s: float = 0.5

    def __post_init__(self) -> None:
        self.barrier = threading.Barrier(self.n)

    def answer(self, exchange: Exchange) -> None:
        with contextlib.suppress(threading.BrokenBarrierError):
            self.barrier.wait(self.moment_s)
        exchange.send(self.body)


# --- faults


@dataclass
class Status(Route):
    """A bare status."""

    status: int
    headers: Mapping[str, str | int] = field(default_factory=dict)
    body: bytes = b"no"

    def answer(self, exchange: Exchange) -> None:
        length = {} if self.status == 304 else {"Content-Length": len(self.body)}
        exchange.start(self.status, {**length, **self.headers})
        if self.status != 304:
            exchange.write(self.body)


def redirect(target: str, *, status: int = 302) -> Status:
    """A redirect."""
    return Status(status, {"Location": target})


def web_page() -> File:
    """A page that says 200 and that all is well."""
    return File(b"\n<!DOCTYPE html><html><body>Just a moment", content_type=HTML)


def lfs_pointer(body: bytes) -> File:
    """What a repository holds in place of a large file."""
    text = (
        "version https://git-lfs.github.com/spec/v1\n"
        f"oid sha256:{sha256(body).hexdigest()}\nsize {len(body)}\n"
    )
    return File(text.encode(), content_type="text/plain")


@dataclass
class WrongLength(Route):
    """A Content-Length that is not the body's: truncated, or cut to it."""

    body: bytes
    length: int
    headers: Mapping[str, str | int] = field(default_factory=dict)

    def answer(self, exchange: Exchange) -> None:
        exchange.start(200, {"Content-Length": self.length, **self.headers})
        exchange.write(self.body)
        exchange.hang_up()


@dataclass
class Unframed(Route):
    """Neither a length nor chunks: the end of the connection is the end."""

    body: bytes

    def answer(self, exchange: Exchange) -> None:
        exchange.start(200, {"Connection": "close"})
        exchange.write(self.body)
        exchange.hang_up()


@dataclass
class Chunked(Route):
    """Chunks, with or without the one that ends them."""

    pieces: Sequence[bytes]
    end: bool = True
    headers: Mapping[str, str | int] = field(default_factory=dict)

    def answer(self, exchange: Exchange) -> None:
        exchange.start(200, {"Transfer-Encoding": "chunked", **self.headers})
        exchange.write_chunked(self.pieces, end=self.end)


@dataclass
class Reset(Route):
    """A reset, before the answer or in the middle of its body."""

    body: bytes = b""
    length: int = 0

    def answer(self, exchange: Exchange) -> None:
        if self.body:
            exchange.start(200, {"Content-Length": self.length or 2 * len(self.body)})
            exchange.write(self.body)
        exchange.reset()


@dataclass
class Silent(Route):
    """No answer, as long as the server lives."""

    def answer(self, exchange: Exchange) -> None:
        exchange.server.closing.wait(10)
        exchange.hang_up()


@dataclass
class Trickle(Route):
    """A byte now and then."""

    body: bytes
    pause_s: float = 0.02

    def answer(self, exchange: Exchange) -> None:
        exchange.start(200, {"Content-Length": len(self.body)})
        for byte in self.body:
            exchange.write(bytes([byte]))
            if exchange.server.closing.wait(self.pause_s):
                break
        exchange.hang_up()


@dataclass
class Stall(Route):
    """Sends the first bytes of a file, says so, and goes no further."""

    file: File
    n_bytes: int

    def __post_init__(self) -> None:
        self.reached = threading.Event()

    def answer(self, exchange: Exchange) -> None:
        headers: dict[str, str | int] = {"Content-Length": len(self.file.body)}
        if self.file.etag is not None:
            headers["ETag"] = self.file.etag
        if self.file.ranges:
            headers["Accept-Ranges"] = "bytes"
        exchange.start(200, headers)
        exchange.write(self.file.body[: self.n_bytes])
        self.reached.set()
        exchange.server.closing.wait(10)
        exchange.hang_up()


def packed_garbage() -> Status:
    """Says that it is packed, and is not."""
    return Status(200, {"Content-Encoding": "gzip"}, b"this is not gzip at all" * 9)


def packed_bomb(size_bytes: int) -> Status:
    """A few kilobytes that unpack to many."""
    return Status(200, {"Content-Encoding": "gzip"}, gzip.compress(b"0" * size_bytes))


def huge(size_bytes: int = 5 << 30) -> WrongLength:
    """Announces 5 GB."""
    return WrongLength(b"{", size_bytes)


# --- services


@dataclass
class DeepState(Route):
    """
    DeepState's history, under any prefix that ends in ``/api/history/*``.

    `maps` and `areas` by snapshot id, as bytes and as documents; ``status`` other
    than 200 answers everything, as when the API is closed to us.
    """

    maps: Mapping[int, bytes]
    areas: Mapping[int, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    status: int = 200

    def answer(self, exchange: Exchange) -> None:
        parts = exchange.path.rpartition("/history/")[2].split("/")
        if self.status != 200:
            Status(self.status).answer(exchange)
        elif parts == ["public"]:
            exchange.send_json([self._row(number) for number in sorted(self.maps)])
        elif parts == ["last"]:
            last = max(self.maps)
            collection = json.loads(self.maps[last])
            row = {"id": last, "datetime": "23.08 о 20:29", "map": collection}
            exchange.send_json(row)
        elif len(parts) == 2 and parts[0].isdecimal():
            self._one(exchange, int(parts[0]), parts[1])
        else:
            Status(404).answer(exchange)

    def _one(self, exchange: Exchange, number: int, what: str) -> None:
        if what == "geojson" and number in self.maps:
            body = self.maps[number]
            exchange.send(body, content_type=JSON, etag=etag_of(body))
        elif what == "areas" and number in self.areas:
            exchange.send_json(self.areas[number])
        else:
            Status(404).answer(exchange)

    @staticmethod
    def _row(number: int) -> dict[str, Any]:
        return {
            "id": number,
            "description": "Оновлення",
            "descriptionEn": "Update",
            "datetime": "23.08 о 20:29",
            "createdAt": None,
            "updatedAt": None,
            "status": True,
        }


@dataclass
class RawFiles(Route):
    """Files by path below a prefix, as raw.githubusercontent.com serves them."""

    files: Mapping[str, bytes]

    def answer(self, exchange: Exchange) -> None:
        for path, body in self.files.items():
            if exchange.path.endswith("/" + path):
                exchange.send(body, content_type="text/plain", etag=etag_of(body))
                return
        Status(404, body=b"404: Not Found").answer(exchange)


@dataclass
class Tarball(Route):
    """
    A repository as one tarball, as codeload.github.com serves it.

    In chunks, without a length and without ranges. `members` may hold what a hostile
    archive would.
    """

    files: Mapping[str, bytes]
    root: str = "repository-0123abc"
    members: Sequence[tarfile.TarInfo] = ()

    def body(self) -> bytes:
        """The tarball."""
        target = io.BytesIO()
        with tarfile.open(fileobj=target, mode="w:gz") as archive:
            for member in self.members:
                archive.addfile(member)
            for path, content in self.files.items():
                member = tarfile.TarInfo(f"{self.root}/{path}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        return target.getvalue()

    def answer(self, exchange: Exchange) -> None:
        body = self.body()
        pieces = [body[at : at + 4096] for at in range(0, len(body), 4096)]
        headers: dict[str, str | int] = {
            "Content-Type": "application/x-gzip",
            "ETag": f"W/{etag_of(body)}",
        }
        Chunked(pieces, headers=headers).answer(exchange)


@dataclass
class FeatureLayer(Route):
    """
    A layer of an ArcGIS feature service, asked as ``.../FeatureServer/0/query``.

    Pages of `page_size` features; what is left is told at the top level or, with
    ``nested``, under ``properties``. The first `n_throttled` requests are answered
    by an error inside of status 200, the `n_pages` after them by a web page.
    """

    features: Sequence[Mapping[str, Any]]
    page_size: int = 1000
    nested: bool = False
    n_throttled: int = 0
    n_pages: int = 0
    n_asked: int = 0

    def answer(self, exchange: Exchange) -> None:
        with exchange.server.lock:
            self.n_asked += 1
            n_asked = self.n_asked
        if n_asked <= self.n_throttled:
            error = {"code": 429, "message": "Too many requests", "details": []}
            exchange.send_json({"error": error}, etag=False)
        elif n_asked <= self.n_throttled + self.n_pages:
            web_page().answer(exchange)
        elif not exchange.path.endswith("/query"):
            exchange.send_json({"error": {"code": 400, "message": "Invalid URL"}})
        else:
            self._page(exchange)

    def _page(self, exchange: Exchange) -> None:
        first = int(exchange.query.get("resultOffset", 0))
        size = int(exchange.query.get("resultRecordCount", self.page_size))
        last = first + min(size, self.page_size)
        page: dict[str, Any] = {
            "type": "FeatureCollection",
            "features": list(self.features[first:last]),
        }
        if last < len(self.features):
            more = {"exceededTransferLimit": True}
            page |= {"properties": more} if self.nested else more
        exchange.send_json(page, etag=False)


def body_status(content: bytes) -> int:
    """Status that an ArcGIS answer means: that of the error inside, or 200."""
    document = json.loads(content)
    error = document.get("error", {}) if isinstance(document, dict) else {}
    return int(error.get("code", 200))


def etag_of(body: bytes) -> str:
    """A strong ETag that tells the content."""
    return f'"{sha256(body).hexdigest()[:16]}"'


# --- the frame


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Threads that stand in a fault are not waited for.
    block_on_close = False
    request_queue_size = 32

    def __init__(self, owner: LocalServer) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        error = sys.exc_info()[1]
        gone = isinstance(error, ValueError) and "closed file" in str(error)
        if not gone and not isinstance(error, ConnectionError | TimeoutError):
            self.owner.errors.append(repr(error))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body are two writes, which would otherwise wait 40 ms for each other.
    disable_nagle_algorithm = True
    # A connection that is kept alive ends by itself, so that its thread does.
    timeout: ClassVar[float] = 10

    def do_GET(self) -> None:
        assert isinstance(self.server, _Server)
        owner = self.server.owner
        exchange = Exchange(self, owner)
        with _counted(owner, exchange.seen):
            owner.find(exchange.path).answer(exchange)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


@contextlib.contextmanager
def _counted(owner: LocalServer, seen: Seen) -> Iterator[None]:
    with owner.lock:
        owner.seen.append(seen)
        owner.busy += 1
        owner.busiest = max(owner.busiest, owner.busy)
    try:
        yield
    finally:
        with owner.lock:
            owner.busy -= 1
