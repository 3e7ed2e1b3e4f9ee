"""
An answer: what its status means, and its body as a guarded stream.

What may pass (a throttled, failing or broken answer) is told apart from what will
not: only a `TryAgainError` is tried again.
"""

import contextlib
import threading
import time
import zlib
from collections.abc import Iterator

import requests
import urllib3.exceptions
from urllib3.util import Retry

from kursk_geo.errors import DownloadError, LicenceError

MIN_BYTES_PER_S = 1024
"""A body that trickles more slowly is broken: a read timeout alone never fires."""
CHUNK_BYTES = 1 << 16
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
THROTTLE_S = 1.0
"""Least wait after 429 or 503: urllib3's first wait is none at all."""


class TryAgainError(DownloadError):
    """A fault that may pass."""

    def __init__(self, reason: str, *, wait_s: float = 0.0) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


class StoppedError(DownloadError):
    """Another transfer failed, or the user interrupted."""


class NotPublishedError(DownloadError):
    """The server knows no such file: 404 or 410."""


class Stop(threading.Event):
    """Ends the waits and transfers of other threads."""

    def __init__(self) -> None:
        super().__init__()
        self._read: set[requests.Response] = set()
        self._guard = threading.Lock()

    def set(self) -> None:
        """Stop; a thread that waits for bytes is woken, not left to its timeout."""
        super().set()
        with self._guard:
            for response in self._read:
                # Whoever has just finished needs no waking.
                with contextlib.suppress(ValueError, RuntimeError, OSError):
                    response.raw.shutdown()

    @contextlib.contextmanager
    def reading(self, response: requests.Response) -> Iterator[None]:
        """Make known that a body is being read."""
        with self._guard:
            self._read.add(response)
        try:
            yield
        finally:
            with self._guard:
                self._read.discard(response)


def check_status(url: str, status: int, retry_after: str | None) -> None:
    """Raise for any status but 200 and 206."""
    if status in {200, 206}:
        return
    # GitHub throttles with 403, and then says when to come back.
    if status in PASSING or (status == 403 and retry_after):
        wait_s = _read_retry_after(retry_after)
        if status in {429, 503}:
            wait_s = max(wait_s, THROTTLE_S)
        reason = f"status {status}"
        raise TryAgainError(reason, wait_s=wait_s)
    if status in {401, 402, 403, 451}:
        msg = (
            f"{url} answered {status}: the publisher does not hand it out to "
            "everybody. Expected a public file. Ask the publisher, or read a copy "
            "that you have with read_history(path)."
        )
        raise LicenceError(msg)
    kind = NotPublishedError if status in {404, 410} else DownloadError
    msg = (
        f"{url} answered {status}. Expected a file (200). Check the address in a "
        "browser; it may have moved, or never have been published."
    )
    raise kind(msg)


def body_chunks(
    response: requests.Response,
    *,
    max_bytes: int,
    timeout_s: float,
    stop: Stop,
) -> Iterator[bytes]:
    """
    Body of an answer, unpacked, in pieces of at most 64 KiB.

    At most `max_bytes` are handed on, whatever ``Content-Length`` says and however
    much a small packed body unpacks to. A body that ends early, stalls, trickles or
    does not unpack raises `TryAgainError`.
    """
    url = str(response.url)
    declared = response.headers.get("Content-Length", "")
    if declared.isdecimal() and int(declared) > max_bytes:
        raise DownloadError(_too_large(url, max_bytes, f"{int(declared):,} bytes"))
    chunks = _raw_chunks(response, timeout_s=timeout_s, stop=stop)
    encoding = response.headers.get("Content-Encoding", "identity").lower()
    if encoding in {"gzip", "x-gzip"}:
        chunks = _gunzip(chunks)
    elif encoding not in {"identity", ""}:
        reason = f"packed as {encoding}, which was not asked for"
        raise TryAgainError(reason)
    received = 0
    for chunk in chunks:
        received += len(chunk)
        if received > max_bytes:
            raise DownloadError(_too_large(url, max_bytes, "more"))
        yield chunk


def _raw_chunks(
    response: requests.Response, *, timeout_s: float, stop: Stop
) -> Iterator[bytes]:
    begun = time.monotonic()
    received = 0
    while not stop.is_set():
        try:
            # read1 returns what is there: read would wait for all 64 KiB, and a
            # trickle of a byte now and then never times out.
            chunk = response.raw.read1(CHUNK_BYTES, decode_content=False)
        except urllib3.exceptions.HTTPError as error:
            if stop.is_set():
                break
            reason = f"broken off after {received:,} bytes ({type(error).__name__})"
            raise TryAgainError(reason) from error
        if not chunk and not stop.is_set():
            return
        received += len(chunk)
        elapsed_s = time.monotonic() - begun
        if elapsed_s > timeout_s and received < MIN_BYTES_PER_S * elapsed_s:
            reason = f"only {received:,} bytes in {elapsed_s:.0f} s"
            raise TryAgainError(reason)
        yield chunk
    raise StoppedError(stopped(str(response.url)))


def _gunzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack piece by piece: 64 KiB can hold 64 MiB, and urllib3 misses a cut end."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        for chunk in chunks:
            packed = chunk
            while True:
                if unpacker.eof:
                    unpacker = zlib.decompressobj(wbits=31)
                piece = unpacker.decompress(packed, CHUNK_BYTES)
                if piece:
                    yield piece
                packed = unpacker.unconsumed_tail or unpacker.unused_data
                if not packed and len(piece) < CHUNK_BYTES:
                    break
    except zlib.error as error:
        reason = "a body that does not unpack"
        raise TryAgainError(reason) from error
    if not unpacker.eof:
        reason = "a packed body that ends early"
        raise TryAgainError(reason)


def _read_retry_after(value: str | None) -> float:
    """Seconds or an HTTP date, as seconds from now; nonsense counts as nothing."""
    if value is None:
        return 0.0
    try:
        return Retry().parse_retry_after(value)
    except (urllib3.exceptions.InvalidHeader, ValueError, OverflowError):
        return 0.0


def _too_large(url: str, max_bytes: int, size: str) -> str:
    return (
        f"{url} holds {size}. Expected at most {max_bytes:,} bytes. If it is the right "
        "file, raise max_bytes."
    )


def stopped(what: str) -> str:
    """Message of a `StoppedError`."""
    return (
        f"{what} was stopped on the way. Expected to go on. Try the same again: what "
        "has arrived is not fetched twice."
    )
