"""Files from the network: fetched politely, kept whole, found again offline."""

import contextlib
import errno
import gzip
import hashlib
import importlib.metadata
import ipaddress
import json
import logging
import os
import re
import secrets
import sys
import threading
import time
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Literal, Self, TypeVar, get_args
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

import msgspec
import pandas as pd
import platformdirs
import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from urllib3.util import Retry

from kursk_geo.errors import (
    DownloadError,
    KurskGeoError,
    LicenceError,
    OfflineError,
    OptionError,
    SourceWarning,
)

__all__ = []


def check_url(url: str) -> None:
    """
    Refuse a URL that is not https, or that carries a user name or password.

    Plain http is for this machine alone, where nobody listens in between.
    """
    parts = _split(url)
    if parts is None or "@" in parts.netloc:
        msg = (
            f"{_without_user(url)} is no address, or names a user. Expected https:// "
            "and a host; no credential is ever sent. Correct the address."
        )
        raise OptionError(msg)
    if parts.scheme != "https" and not is_local(parts):
        msg = (
            f"{url} was given. Expected an https:// address: what comes over plain "
            "http can be changed on the way. Try the same address with https://."
        )
        raise OptionError(msg)


def check_redirect(url: str, target: str) -> None:
    """Refuse a redirect to plain http, to this machine or with a user name."""
    parts = _split(target)
    origin = _split(url)
    local = parts is not None and is_local(parts)
    if parts is None or origin is None or "@" in parts.netloc:
        allowed = False
    elif local:
        allowed = is_local(origin)
    else:
        allowed = parts.scheme == "https"
    if not allowed:
        where = f"{parts.scheme}://{parts.hostname}" if parts else "no address"
        msg = (
            f"{url} redirects to {where}. Expected an https:// address without a "
            "user name. Open the address in a browser and give the final one."
        )
        raise DownloadError(msg)


def _split(url: str) -> SplitResult | None:
    """Parts of a URL; None if it is none."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 (a bad port raises only when it is looked at)
    except ValueError:
        return None
    return parts if parts.hostname else None


def follow(url: str, location: str) -> str:
    """Where a redirect leads; empty if nowhere."""
    # http.client reads headers as latin-1, and servers write UTF-8.
    text = location.encode("latin-1", "replace").decode("utf-8", "replace")
    try:
        return urljoin(url, text)
    except ValueError:
        return ""


def host(url: str) -> str:
    """Host name of a URL, as its turn is counted."""
    return urlsplit(url).hostname or ""


def is_local(parts: SplitResult) -> bool:
    """Whether it is plain http or https to this machine."""
    if parts.scheme not in {"http", "https"}:
        return False
    if parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def _without_user(url: str) -> str:
    head, sign, tail = url.rpartition("@")
    scheme, slashes, _ = head.partition("//")
    return f"{scheme if slashes else ''}//{tail}" if sign else url


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


SHOWN_AFTER_S = 1.0


class Bar:
    """Progress on standard error, on a terminal, after a second."""

    def __init__(self, n_files: int, *, wanted: bool) -> None:
        self._n_files = n_files
        self._n_done = 0
        self._n_bytes = 0
        self._total_bytes: int | None = None
        self._begun = time.monotonic()
        self._lock = threading.Lock()
        self._console = Console(stderr=True)
        self._wanted = wanted and self._console.is_terminal
        self._progress: Progress | None = None
        self._task = TaskID(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def expect(self, total_bytes: int | None, *, arrived_bytes: int = 0) -> None:
        """Size of the one file that is coming, and what is here already."""
        with self._lock:
            if self._n_files == 1:
                self._total_bytes = total_bytes
                self._n_bytes = arrived_bytes

    def advance(self, *, n_bytes: int = 0, n_files: int = 0) -> None:
        """Count what has arrived, and draw."""
        with self._lock:
            self._n_bytes += n_bytes
            self._n_done += n_files
            if not self._wanted or time.monotonic() - self._begun < SHOWN_AFTER_S:
                return
            if self._progress is None:
                self._progress = self._start()
            one = self._n_files == 1
            self._progress.update(
                self._task,
                completed=self._n_bytes if one else self._n_done,
                total=self._total_bytes if one else self._n_files,
                description=f"{self._n_done} of {self._n_files} files",
                size=f"{self._n_bytes / 1e6:,.1f} MB",
            )

    def _start(self) -> Progress:
        progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[size]}"),
            console=self._console,
            transient=True,
        )
        self._task = progress.add_task("", total=None, size="")
        progress.start()
        return progress


Expect = Literal["any", "data", "text", "json", "zip", "gzip", "xz"]

LFS_POINTER = b"version https://git-lfs.github.com/spec/"
MAX_UNPACKING = 200
"""GeoJSON packs about 8 to 1; deflate can reach 1,032 to 1, which is a bomb."""


def check_expect(expect: str) -> None:
    """Refuse a word that is no kind of content."""
    if expect not in get_args(Expect):
        msg = (
            f"expect={expect!r} was given. Expected one of "
            f"{', '.join(get_args(Expect))}. Type expect='data' for any file."
        )
        raise OptionError(msg)


def check_content(path: Path, expect: Expect, *, url: str) -> None:
    """
    Raise unless the file is whole and of the kind expected.

    ``"any"`` checks nothing, ``"data"`` refuses web pages and Git LFS pointers, and
    the others look at the content itself: JSON is parsed, gzip is unpacked to its
    checksum, ZIP and xz must have their ends.

    Services answer with a web page and status 200 when they are busy, so a wrong
    kind is tried again; a pointer stays a pointer.
    """
    if expect == "any":
        return
    with path.open("rb") as file:
        head = file.read(8192)
    if head.startswith(LFS_POINTER):
        msg = (
            f"{url} is a Git LFS pointer. Expected the file itself. Fetch it from "
            "media.githubusercontent.com/media/<owner>/<repository>/<commit>/<path>."
        )
        raise DownloadError(msg)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:64].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        reason = "a web page in place of the file"
        raise TryAgainError(reason)
    checks: dict[Expect, Callable[[], bool]] = {
        "data": lambda: True,
        "text": lambda: b"\0" not in head,
        "json": lambda: _is_json(path),
        "zip": lambda: zipfile.is_zipfile(path),
        "gzip": lambda: _is_gzip(path),
        "xz": lambda: _is_xz(path),
    }
    if not checks[expect]():
        reason = f"not a whole {expect} file"
        raise TryAgainError(reason)


def _is_json(path: Path) -> bool:
    """Whether it is a JSON object or array to the last byte."""
    try:
        return isinstance(json.loads(path.read_bytes()), dict | list)
    except (ValueError, RecursionError):
        return False


def _is_gzip(path: Path) -> bool:
    """Whether it unpacks to the checksum at its end, within reason."""
    limit = MAX_UNPACKING * path.stat().st_size
    unpacked = 0
    try:
        with gzip.open(path) as file:
            while piece := file.read(1 << 20):
                unpacked += len(piece)
                if unpacked > limit:
                    return False
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return False
    return unpacked > 0


def _is_xz(path: Path) -> bool:
    """Whether both marks are there; unpacking needs memory that the file chooses."""
    with path.open("rb") as file:
        head = file.read(6)
        file.seek(max(0, path.stat().st_size - 2))
        return head == b"\xfd7zXZ\0" and file.read() == b"YZ"


MAX_BYTES = 256 << 20


@dataclass(frozen=True, kw_only=True)
class Resource:
    """
    What is served at a URL: how to check it, and how long it stays true.

    Parameters
    ----------
    expect : {"data", "any", "text", "json", "zip", "gzip", "xz"}, default "data"
        Content that may enter the cache. ``"data"`` is anything but a web page or a
        Git LFS pointer; the others are checked to their ends.
    immutable : bool, default False
        Never changes under this URL (a snapshot by id, a file by commit): fetched
        once and never asked for again.
    resume : bool, default False
        A large archive: asked for unpacked, and an interrupted transfer is kept as
        ``<name>.part`` and continued, where the server can.
    max_bytes : int, default 256 MiB
        Largest size, unpacked. [bytes]
    licence : str, default ""
        Terms under which it is published, kept in the sidecar.
    sha256 : str, optional
        Its digest, where it is known beforehand.
    body_status : callable, optional
        For services that answer errors with status 200: given the file's path, the
        status that is meant. It is then treated like a real one: 429 is waited for,
        401 is a `LicenceError`.

    Raises
    ------
    OptionError
        If `expect` is not one of the words above or `max_bytes` is not positive.

    Examples
    --------
    >>> snapshot = Resource(expect="json", immutable=True, licence="CC BY 4.0")
    >>> snapshot.expect
    'json'
    >>> Resource().expect
    'data'
    """

    expect: Expect = "data"
    immutable: bool = False
    resume: bool = False
    max_bytes: int = MAX_BYTES
    licence: str = ""
    sha256: str | None = None
    body_status: Callable[[Path], int] | None = None

    def __post_init__(self) -> None:
        """Check the options."""
        check_expect(self.expect)
        if self.max_bytes <= 0:
            msg = (
                f"max_bytes={self.max_bytes} was given. Expected a positive number. "
                "Leave it out for 256 MiB."
            )
            raise OptionError(msg)


@dataclass(frozen=True)
class Fetched:
    """
    A file in the cache, whole and verified.

    Parameters
    ----------
    path : Path
        Where it lies, under its published name.
    url : str
        Where it was asked for.
    sha256 : str
        Digest of its content.
    size_bytes : int
        Its size. [bytes]
    fetched_utc, checked_utc : datetime
        When it arrived, and when the server last confirmed it.
    etag, last_modified : str or None
        The server's words for its edition.
    licence : str
        Terms under which it is published.
    from_cache : bool
        Whether nothing had to be transferred.

    Raises
    ------
    Nothing
        It only holds values.
    """

    path: Path
    url: str
    sha256: str
    size_bytes: int
    fetched_utc: datetime
    checked_utc: datetime
    etag: str | None
    last_modified: str | None
    licence: str
    from_cache: bool


logger = logging.getLogger(__name__)

ENVIRONMENT_VARIABLE = "KURSK_GEO_CACHE"
SIDECAR = ".meta.json"
ENTRY_FOLDER = re.compile(r"[0-9a-f]{16}")
ENTRY_DTYPES = {
    "url": "string",
    "path": "string",
    "size_bytes": "int64",
    "fetched_utc": "datetime64[us, UTC]",
    "checked_utc": "datetime64[us, UTC]",
    "sha256": "string",
    "etag": "string",
    "licence": "string",
    "whole": "bool",
}


class Sidecar(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a fetched file."""

    url: str
    fetched_utc: datetime
    checked_utc: datetime
    etag: str | None
    last_modified: str | None
    sha256: str
    size_bytes: int
    licence: str
    expect: str


def cache_folder(*, cache_dir: str | os.PathLike[str] | None = None) -> Path:
    """
    Folder in which fetched files are kept.

    Parameters
    ----------
    cache_dir : path-like, optional
        Given, it is the answer. Otherwise the environment variable
        ``KURSK_GEO_CACHE`` is, and without that the platform's cache folder.

    Returns
    -------
    Path
        Absolute; it need not exist yet.

    Raises
    ------
    RuntimeError
        If the path begins with ``~`` and no home folder is known.

    Examples
    --------
    >>> cache_folder(cache_dir="/data/maps").as_posix()
    '/data/maps'
    >>> cache_folder().is_absolute()
    True
    """
    chosen = cache_dir or os.environ.get(ENVIRONMENT_VARIABLE)
    if not chosen:
        chosen = platformdirs.user_cache_dir("kursk_geo", appauthor=False)
    return Path(chosen).expanduser().absolute()


def entry_path(folder: Path, url: str) -> Path:
    """Where the file of a URL lies; the name is the published one, made safe."""
    parts = urlsplit(url)
    digest = hashlib.sha256(url.encode()).hexdigest()[:16]
    published = unquote(parts.path).rsplit("/", 1)[-1]
    # 100 characters leave room for the suffixes within the 255 bytes of a file name.
    name = re.sub(r"[^A-Za-z0-9._-]", "_", published).lstrip(".")[-100:] or "file"
    if name.endswith((SIDECAR, PART, PART_NOTE)):
        name += "_"
    return folder / _safe_host(parts.netloc) / digest / name


def read_entry(path: Path, url: str) -> Sidecar | None:
    """Sidecar of a file that is whole and unchanged since it landed, else None."""
    sidecar = read_struct(beside(path, SIDECAR), Sidecar)
    if sidecar is None:
        return None
    try:
        if sidecar.url == url and sidecar.sha256 == sha256_of(path):
            return sidecar
    except OSError as error:
        logger.warning("%s cannot be read: %s", path, error)
        return None
    logger.warning("%s is not the file that was fetched from %s", path, url)
    return None


def write_sidecar(path: Path, sidecar: Sidecar) -> None:
    """Write the sidecar of a file, whole or not at all."""
    write_whole(beside(path, SIDECAR), sidecar)


def cache_entries(*, cache_dir: str | os.PathLike[str] | None = None) -> pd.DataFrame:
    """
    What the cache holds.

    Parameters
    ----------
    cache_dir : path-like, optional
        Default: ``KURSK_GEO_CACHE``, or the platform's cache folder.

    Returns
    -------
    DataFrame, shape (n_files,)
        Sorted by URL: ``url``, ``path``, ``size_bytes`` [bytes], ``fetched_utc``
        and ``checked_utc`` (when it arrived; when the server last confirmed it),
        ``sha256``, ``etag``, ``licence``, ``whole`` (False: an interrupted transfer,
        whose other columns may be missing). Contents are not read: a changed file
        is noticed when it is used.

    Raises
    ------
    OSError
        If the folder cannot be read.

    Examples
    --------
    >>> len(cache_entries(cache_dir="/nowhere"))
    0
    """
    rows = [
        _entry_row(path)
        for folder in _entry_folders(cache_folder(cache_dir=cache_dir))
        for path in _own_files(folder)
        if not path.name.endswith((SIDECAR, PART_NOTE))
    ]
    table = pd.DataFrame(rows, columns=list(ENTRY_DTYPES)).astype(ENTRY_DTYPES)
    return table.sort_values(["url", "path"], ignore_index=True)


def clear_cache(
    *, cache_dir: str | os.PathLike[str] | None = None, host: str | None = None
) -> int:
    """
    Remove fetched files and interrupted transfers.

    Only what lies as this library lays it is touched: a cache folder that was set
    to a folder with other things in it keeps those.

    Parameters
    ----------
    cache_dir : path-like, optional
        Default: ``KURSK_GEO_CACHE``, or the platform's cache folder.
    host : str, optional
        Only what came from this host, such as ``"deepstatemap.live"``.

    Returns
    -------
    int
        Number of fetched files and interrupted transfers removed.

    Raises
    ------
    OSError
        If a file cannot be removed.

    Examples
    --------
    >>> clear_cache(cache_dir="/nowhere")
    0
    """
    removed = 0
    for folder in _entry_folders(cache_folder(cache_dir=cache_dir)):
        if host is not None and folder.parent.name != _safe_host(host):
            continue
        for path in _own_files(folder):
            removed += not path.name.endswith((SIDECAR, PART_NOTE))
            path.unlink()
        with contextlib.suppress(OSError):  # something else lies there, and stays
            folder.rmdir()
            folder.parent.rmdir()
    return removed


def _entry_folders(folder: Path) -> list[Path]:
    """Folders of one URL each."""
    if not folder.is_dir():
        return []
    return sorted(
        entry
        for entry in folder.glob("*/*")
        if ENTRY_FOLDER.fullmatch(entry.name) and entry.is_dir()
    )


def _own_files(folder: Path) -> list[Path]:
    """Files that this module laid: with a sidecar, or one of its suffixes."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.name.endswith((SIDECAR, PART, PART_NOTE))
        or beside(path, SIDECAR).exists()
    )


def _entry_row(path: Path) -> dict[str, object]:
    sidecar = read_struct(beside(path, SIDECAR), Sidecar)
    note = read_struct(beside(path, ".json"), PartNote) if sidecar is None else None
    known = sidecar or note
    return {
        "url": known.url if known else None,
        "path": str(path),
        "size_bytes": path.stat().st_size,
        "fetched_utc": sidecar.fetched_utc if sidecar else None,
        "checked_utc": sidecar.checked_utc if sidecar else None,
        "sha256": sidecar.sha256 if sidecar else None,
        "etag": known.etag if known else None,
        "licence": sidecar.licence if sidecar else None,
        "whole": sidecar is not None,
    }


def _safe_host(host: str) -> str:
    return re.sub(r"[^a-z0-9.-]", "_", host.lower()).lstrip(".") or "unknown"


if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


PART = ".part"
PART_NOTE = ".part.json"

NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP})
"""Said by file systems of other machines that cannot lock."""

T = TypeVar("T")


class PartNote(msgspec.Struct, frozen=True, kw_only=True):
    """What must still hold for an interrupted transfer to be continued."""

    url: str
    etag: str | None
    total_bytes: int


@dataclass
class Part:
    """A file that is still arriving; `open_part` makes and ends it."""

    path: Path
    target: Path
    file: BinaryIO
    note: PartNote | None = None
    landed: bool = False

    @property
    def size_bytes(self) -> int:
        """Bytes that have arrived."""
        self.file.flush()
        return os.fstat(self.file.fileno()).st_size

    def restart(self, note: PartNote | None) -> None:
        """Begin again from nothing; with a note, the transfer can be continued."""
        # The old note goes first: killed in between, a new note must not vouch for
        # the old bytes, nor an old note for the new ones.
        self._note_path.unlink(missing_ok=True)
        self.file.seek(0)
        self.file.truncate()
        # A part under a name of its own is found by nobody, so needs no note.
        self.note = note if self.path == beside(self.target, PART) else None
        if self.note is not None:
            write_whole(self._note_path, self.note)

    def bytes_from(self, start: int) -> bytes:
        """Bytes from `start` to the end, where writing goes on."""
        self.file.seek(start)
        return self.file.read()

    def sha256(self) -> str:
        """Digest of what lies on disk, rather than of what was meant to."""
        self.file.flush()
        os.fsync(self.file.fileno())
        return sha256_of(self.path)

    def land(self) -> None:
        """Give the whole file its name."""
        self._note_path.unlink(missing_ok=True)
        # Windows cannot rename an open file; elsewhere the lock is held till then.
        if sys.platform == "win32":
            self.file.close()
        self.path.replace(self.target)
        self.landed = True

    def close(self) -> None:
        """Keep what can be continued, remove everything else."""
        if self.landed or self.note is not None:
            self.file.close()
            return
        self._note_path.unlink(missing_ok=True)
        if sys.platform == "win32":
            self.file.close()
        self.path.unlink(missing_ok=True)
        self.file.close()
        with contextlib.suppress(OSError):  # an older file of the same URL lies there
            self.target.parent.rmdir()

    @property
    def _note_path(self) -> Path:
        return beside(self.path, ".json")


@contextlib.contextmanager
def open_part(target: Path) -> Iterator[Part]:
    """
    File to write a transfer into; landed, kept for resuming, or removed at the end.

    Its name is fixed, so that a killed run leaves at most one and the next run finds
    it. Whoever holds its lock owns it; whoever fetches the same file at the same
    time writes to a name of its own.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    path = beside(target, PART)
    file: BinaryIO = path.open("a+b")
    note = None
    if _lock(file, path):
        note = read_struct(beside(path, ".json"), PartNote)
    else:
        file.close()
        path = unique(target)
        file = path.open("x+b")
    part = Part(path, target, file, note)
    try:
        yield part
    finally:
        part.close()


def beside(path: Path, suffix: str) -> Path:
    """Path in the same folder whose name goes on with a suffix."""
    return path.with_name(path.name + suffix)


def unique(path: Path) -> Path:
    """Path in the same folder that nobody else uses, and that counts as a part."""
    return beside(path, f".{secrets.token_hex(4)}{PART}")


def sha256_of(path: Path) -> str:
    """Digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_struct(path: Path, kind: type[T]) -> T | None:
    """Read a small JSON file; one that is damaged is as good as absent."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        logger.warning("%s cannot be read: %s", path, error)
        return None


def write_whole(path: Path, content: msgspec.Struct) -> None:
    """Write a small JSON file, whole or not at all."""
    written = unique(path)
    try:
        with written.open("xb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(content)))
            file.flush()
            os.fsync(file.fileno())
        written.replace(path)
    finally:
        written.unlink(missing_ok=True)


def _lock(file: BinaryIO, path: Path) -> bool:
    """Whether this handle now owns the file; the system lets go when it closes."""
    try:
        if sys.platform == "win32":
            # A byte far behind the end, since locked bytes cannot be read there.
            file.seek(1 << 40)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Between opening and locking, its owner may have given it its final name.
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except OSError as error:
        if error.errno in NO_LOCKS:  # so nobody owns it, and it must not stay behind
            path.unlink(missing_ok=True)
        return False


T_SESSION = TypeVar("T_SESSION")

CONTACT = "https://github.com/kursk-geo/kursk-geo"
MAX_WORKERS = 4
MAX_REDIRECTS = 5
MAX_WAIT_S = 120.0
"""A server that asks for more is obeyed by stopping, not by asking again early."""

PAUSES_S: Mapping[str, float] = {
    "nominatim.openstreetmap.org": 1.0,  # its usage policy
    "overpass-api.de": 1.0,
    "127.0.0.1": 0.0,
    "localhost": 0.0,
}
"""Least time from one request to the next, by host. [s]"""
PAUSE_S = 0.2
"""The same for any other host: DeepState's clients sleep 0.1 to 0.5 s."""


class Session:
    """
    One HTTP session: polite, patient and without credentials.

    Parameters
    ----------
    timeout_s : float, default 30
        Longest silence of a server, when connecting and between bytes; a body that
        comes in more slowly than 1 kB/s after this time is given up as well. [s]
    retries : int, default 4
        Further tries after a fault that may pass; the wait doubles each time, or is
        what ``Retry-After`` asks for.
    pauses_s : mapping of str to float, optional
        Least time from one request to the next by host, beside `PAUSES_S`. [s]
    clock, sleep : callables, optional
        Where the time is read and spent.

    Raises
    ------
    OptionError
        If `timeout_s` is not positive or `retries` is negative.

    Notes
    -----
    pooch wants every hash beforehand and does not revalidate; requests-cache and
    CacheControl revalidate but keep whole bodies in memory or in a database. None
    has offline use, resuming, size limits and a sidecar. So this is requests for the
    transport, ``urllib3.util.Retry`` for the policy (a broken body counts in the
    same budget as a 503, which needs one loop round both) and files for the cache.

    Examples
    --------
    >>> with Session(timeout_s=5.0, pauses_s={"example.org": 1.0}) as session:
    ...     session.timeout_s
    5.0
    """

    def __init__(
        self,
        *,
        timeout_s: float = 30.0,
        retries: int = 4,
        pauses_s: Mapping[str, float] | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        if timeout_s <= 0 or retries < 0:
            msg = (
                f"timeout_s={timeout_s!r}, retries={retries!r} was given. Expected "
                "a positive number of seconds and no negative number of retries. "
                "Type Session(timeout_s=30, retries=4)."
            )
            raise OptionError(msg)
        self.timeout_s = timeout_s
        self.retries = retries
        self._requests = _Requests()
        self._pauses_s = {**PAUSES_S, **(pauses_s or {})}
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._free_at: dict[str, float] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._requests.close()

    def open(
        self, url: str, headers: Mapping[str, str], *, stop: Stop
    ) -> requests.Response:
        """Answer to one GET, its body not yet read; redirects followed and checked."""
        target = url
        for _ in range(MAX_REDIRECTS + 1):
            self._take_turn(host(target), stop)
            response = self._get(target, headers)
            if not response.is_redirect:
                return response
            response.close()
            target = follow(target, response.headers["Location"])
            check_redirect(url, target)
        msg = (
            f"{url} was redirected more than {MAX_REDIRECTS} times. Expected a file "
            "at the end. Open the address in a browser and give the final one."
        )
        raise DownloadError(msg)

    def persist(
        self, url: str, attempt: Callable[[], T_SESSION], *, stop: Stop
    ) -> T_SESSION:
        """Result of `attempt`, tried again while its fault may pass."""
        policy = Retry(
            total=self.retries, backoff_factor=0.5, backoff_max=30, backoff_jitter=0.25
        )
        while True:
            try:
                return attempt()
            except TryAgainError as error:
                _refuse_long_wait(url, error)
                try:
                    policy = policy.increment("GET", url, error=error)
                except urllib3.exceptions.MaxRetryError:
                    msg = (
                        f"{url} failed {self.retries + 1} times, at last: {error}. "
                        "Expected a whole answer. Try the same again later (what has "
                        "arrived is not fetched twice), or use what the cache holds "
                        "with offline=True."
                    )
                    raise DownloadError(msg) from error
                wait_s = max(error.wait_s, policy.get_backoff_time())
                logger.info("%s: %s; again in %.1f s", url, error, wait_s)
                self._leave_alone(host(url), wait_s)
            if stop.is_set():
                raise StoppedError(stopped(url))

    def _get(self, url: str, headers: Mapping[str, str]) -> requests.Response:
        try:
            return self._requests.get(
                url,
                headers=dict(headers),
                stream=True,
                timeout=self.timeout_s,
                allow_redirects=False,
            )
        except requests.exceptions.SSLError as error:
            msg = (
                f"{url} has a certificate that cannot be trusted. Expected a valid "
                "one. Check the clock of this machine and its proxy."
            )
            raise DownloadError(msg) from error
        except (requests.ConnectionError, requests.Timeout) as error:
            reason = f"no answer ({type(error).__name__})"
            raise TryAgainError(reason) from error
        except requests.RequestException as error:
            msg = (
                f"{url} cannot be asked for ({type(error).__name__}). Expected the "
                "address of a file. Correct the address."
            )
            raise DownloadError(msg) from error

    def _take_turn(self, host: str, stop: Stop) -> None:
        """Wait until the host may be asked again."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._free_at.get(host, now))
            self._free_at[host] = turn + self._pauses_s.get(host, PAUSE_S)
        if turn > now:
            (self._sleep or stop.wait)(turn - now)
        if stop.is_set():
            raise StoppedError(stopped(host))

    def _leave_alone(self, host: str, wait_s: float) -> None:
        """Let nobody ask the host for a while: it failed, or asked for it."""
        with self._lock:
            free_at = self._clock() + wait_s
            self._free_at[host] = max(free_at, self._free_at.get(host, free_at))


class _Requests(requests.Session):
    """Requests without what it does unasked."""

    def __init__(self) -> None:
        super().__init__()
        # A callable keeps .netrc out, while the proxies and certificates of the
        # environment still count; `trust_env = False` would lose those.
        self.auth = _as_it_is
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        version = "0"
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            version = importlib.metadata.version("kursk-geo")
        self.headers["User-Agent"] = f"kursk-geo/{version} (+{CONTACT})"
        adapter = HTTPAdapter(pool_maxsize=MAX_WORKERS, max_retries=0)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002
        """None: requests would read a redirect's body whole, however large."""
        return None


def _refuse_long_wait(url: str, error: TryAgainError) -> None:
    if error.wait_s > MAX_WAIT_S:
        msg = (
            f"{url} asks to wait {error.wait_s:,.0f} s. Expected at most "
            f"{MAX_WAIT_S:.0f} s. Try the same again after that time (what has "
            "arrived is not fetched twice), or use the cache with offline=True."
        )
        raise DownloadError(msg) from error


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


OVERLAP_BYTES = 1 << 16
"""Asked for again when resuming and compared: a packed file that differs anywhere
before differs here too, so that an ETag that lies cannot splice two files."""
CONDITIONS = frozenset({"If-None-Match", "If-Modified-Since"})


@dataclass(frozen=True)
class Run:
    """What the transfers of one call share."""

    folder: Path
    resource: Resource
    session: Session
    bar: Bar
    stop: Stop = field(default_factory=Stop)


def transfer(url: str, run: Run) -> Fetched:
    """Fetch a file, or confirm the one in the cache."""
    path = entry_path(run.folder, url)
    known = known_entry(url, run.resource, run.folder)
    if known is not None and run.resource.immutable:
        return as_fetched(path, known, from_cache=True)
    try:
        with open_part(path) as part:
            attempt = _Attempt(url, run, known, part)
            sidecar = run.session.persist(url, attempt.make, stop=run.stop)
            return as_fetched(path, sidecar, from_cache=not part.landed)
    except KurskGeoError:
        raise
    except OSError as error:  # of this machine: those of the network are told apart
        msg = (
            f"{path} cannot be written ({error.strerror}). Expected a cache folder "
            "with space and permission. Set KURSK_GEO_CACHE to another folder, or "
            "make room with clear_cache()."
        )
        raise DownloadError(msg) from error


def known_entry(url: str, resource: Resource, folder: Path) -> Sidecar | None:
    """What the cache holds, if it is whole and of the kind asked for now."""
    path = entry_path(folder, url)
    sidecar = read_entry(path, url)
    if sidecar is None or resource.sha256 not in {None, sidecar.sha256}:
        return None
    # The digest says that it is what was checked then; parsing again costs more.
    if resource.expect not in {"any", sidecar.expect}:
        try:
            check_content(path, resource.expect, url=url)
        except DownloadError:
            return None
    return sidecar


def as_fetched(path: Path, sidecar: Sidecar, *, from_cache: bool) -> Fetched:
    """Join a file and its sidecar."""
    return Fetched(
        path=path,
        url=sidecar.url,
        sha256=sidecar.sha256,
        size_bytes=sidecar.size_bytes,
        fetched_utc=sidecar.fetched_utc,
        checked_utc=sidecar.checked_utc,
        etag=sidecar.etag,
        last_modified=sidecar.last_modified,
        licence=sidecar.licence,
        from_cache=from_cache,
    )


@dataclass(frozen=True)
class _Attempt:
    """One request, made again with what the last one left in the part."""

    url: str
    run: Run
    known: Sidecar | None
    part: Part

    def make(self) -> Sidecar:
        """Ask, receive, verify and land; or confirm what is known."""
        start = self._resume_at()
        headers = self._headers(start)
        stop = self.run.stop
        with closing(self.run.session.open(self.url, headers, stop=stop)) as response:
            now = datetime.now(UTC)
            confirmable = self.known is not None and CONDITIONS & headers.keys()
            if response.status_code == 304 and self.known and confirmable:
                confirmed = msgspec.structs.replace(self.known, checked_utc=now)
                write_sidecar(self.part.target, confirmed)
                return confirmed
            try:
                self._receive(response, start)
            except (TryAgainError, StoppedError):
                raise  # what has arrived is kept if it can be continued
            except (DownloadError, LicenceError):
                self.part.restart(None)
                raise
            sidecar = Sidecar(
                url=self.url,
                fetched_utc=now,
                checked_utc=now,
                etag=response.headers.get("ETag"),
                last_modified=response.headers.get("Last-Modified"),
                sha256=self.part.sha256(),
                size_bytes=self.part.size_bytes,
                licence=self.run.resource.licence,
                expect=self.run.resource.expect,
            )
        self._verify(sidecar)
        self.part.land()
        write_sidecar(self.part.target, sidecar)
        return sidecar

    def _resume_at(self) -> int:
        """First byte to ask for; 0 is a whole new transfer."""
        note = self.part.note
        resource = self.run.resource
        if note is None or note.url != self.url or not resource.resume:
            return 0
        size = self.part.size_bytes
        if size > note.total_bytes or not (note.etag or resource.immutable):
            return 0
        return max(0, size - OVERLAP_BYTES)

    def _headers(self, start: int) -> dict[str, str]:
        resume = self.run.resource.resume
        headers = {"Accept-Encoding": "identity" if resume else "gzip"}
        note = self.part.note
        if start and note is not None:
            headers["Range"] = f"bytes={start}-"
            if note.etag:
                headers["If-Range"] = note.etag
        elif self.known is not None and self.known.etag:
            headers["If-None-Match"] = self.known.etag
        elif self.known is not None and self.known.last_modified:
            headers["If-Modified-Since"] = self.known.last_modified
        return headers

    def _receive(self, response: requests.Response, start: int) -> None:
        """Write the body into the part, behind what is there or from nothing."""
        status = response.status_code
        continues = status == 206 and self._continues(response, start)
        if status == 416 or (status == 206 and not continues):
            self.part.restart(None)
            reason = "the server has another edition than the one that was begun"
            raise TryAgainError(reason)
        check_status(self.url, status, response.headers.get("Retry-After"))
        if not continues:
            start = 0
            self.part.restart(self._new_note(response))
        here = self.part.bytes_from(start)
        note = self.part.note
        self.run.bar.expect(note.total_bytes if note else None, arrived_bytes=start)
        chunks = body_chunks(
            response,
            max_bytes=self.run.resource.max_bytes - start,
            timeout_s=self.run.session.timeout_s,
            stop=self.run.stop,
        )
        with self.run.stop.reading(response):
            for chunk in self._beyond(here, chunks):
                self.part.file.write(chunk)
                self.run.bar.advance(n_bytes=len(chunk))
        if note is not None and self.part.size_bytes != note.total_bytes:
            reason = f"{self.part.size_bytes:,} of {note.total_bytes:,} bytes"
            raise TryAgainError(reason)

    def _continues(self, response: requests.Response, start: int) -> bool:
        """Whether a partial answer is the rest of what was begun."""
        if not start or self.part.note is None:
            return False
        wanted = rf"bytes {start}-\d+/{self.part.note.total_bytes}"
        given = response.headers.get("Content-Range", "")
        return re.fullmatch(wanted, given.strip()) is not None

    def _new_note(self, response: requests.Response) -> PartNote | None:
        """What resuming needs; None if the server or the kind of file rules it out."""
        resource = self.run.resource
        length = response.headers.get("Content-Length", "")
        etag = response.headers.get("ETag")
        if etag is not None and etag.startswith("W/"):
            etag = None  # a weak one vouches for the meaning, not for the bytes
        able = (
            resource.resume
            and length.isdecimal()
            and response.headers.get("Accept-Ranges", "").lower() == "bytes"
            and response.headers.get("Content-Encoding", "identity") == "identity"
            and (etag is not None or resource.immutable)
        )
        if not able:
            return None
        return PartNote(url=self.url, etag=etag, total_bytes=int(length))

    def _beyond(self, here: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Chunks after the bytes that are here already and must come again."""
        for chunk in chunks:
            n_same = min(len(chunk), len(here))
            if chunk[:n_same] != here[:n_same]:
                self.part.restart(None)
                reason = "other bytes than before under the same ETag"
                raise TryAgainError(reason)
            here = here[n_same:]
            if chunk[n_same:]:
                yield chunk[n_same:]

    def _verify(self, sidecar: Sidecar) -> None:
        """Refuse what must not enter the cache, and do not build on it."""
        resource = self.run.resource
        path = self.part.path
        try:
            if resource.sha256 not in {None, sidecar.sha256}:
                msg = (
                    f"{self.url} has the sha256 {sidecar.sha256}. Expected "
                    f"{resource.sha256}. It was changed where it is published: look "
                    "there for another edition."
                )
                raise DownloadError(msg)
            check_content(path, resource.expect, url=self.url)
            if resource.body_status is not None:
                check_status(self.url, resource.body_status(path), None)
        except KurskGeoError:
            self.part.restart(None)
            raise


DATA = Resource()


def fetch_file(
    url: str,
    *,
    resource: Resource = DATA,
    cache_dir: str | os.PathLike[str] | None = None,
    offline: bool = False,
    progress: bool = True,
    session: Session | None = None,
) -> Fetched:
    """
    Fetch one file into the cache, or find it there.

    Parameters
    ----------
    url : str
        Its https address.
    resource : Resource
        What is served there.
    cache_dir : path-like, optional
        Default: ``KURSK_GEO_CACHE``, or the platform's cache folder.
    offline : bool, default False
        Never touch the network.
    progress : bool, default True
        Show a bar, on a terminal, when it takes longer than a second.
    session : Session, optional
        To share pauses and connections among calls.

    Returns
    -------
    Fetched
        The file, its digest checked.

    Raises
    ------
    OptionError
        If the address is not https or names a user.
    OfflineError
        If `offline` and the cache does not hold it.
    LicenceError
        If the publisher does not hand it out (401, 403).
    DownloadError
        If it cannot be had whole. The cache then holds what it held before.

    Examples
    --------
    >>> fetch_file("https://example.org/map", offline=True)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    kursk_geo.errors.OfflineError: 1 of 1 files are not in the cache ...
    """
    fetched = fetch_files(
        [url],
        resource=resource,
        cache_dir=cache_dir,
        offline=offline,
        progress=progress,
        session=session,
    )
    return fetched[0]


def fetch_json(
    url: str,
    *,
    resource: Resource = DATA,
    cache_dir: str | os.PathLike[str] | None = None,
    offline: bool = False,
    session: Session | None = None,
) -> dict[str, Any] | list[Any]:
    """
    Fetch a JSON document into the cache and read it.

    Parameters
    ----------
    url, resource, cache_dir, offline, session
        As for `fetch_file`; `resource.expect` is taken as ``"json"``.

    Returns
    -------
    dict or list
        The document.

    Raises
    ------
    OptionError, OfflineError, LicenceError, DownloadError
        As `fetch_file`; a document that does not parse never enters the cache.

    Examples
    --------
    >>> fetch_json("http://example.org/list")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    kursk_geo.errors.OptionError: http://example.org/list was given. Expected ...
    """
    fetched = fetch_file(
        url,
        resource=replace(resource, expect="json"),
        cache_dir=cache_dir,
        offline=offline,
        session=session,
    )
    document: dict[str, Any] | list[Any] = json.loads(fetched.path.read_bytes())
    return document


def fetch_files(
    urls: Iterable[str],
    *,
    resource: Resource = DATA,
    cache_dir: str | os.PathLike[str] | None = None,
    offline: bool = False,
    missing: Literal["raise", "skip"] = "raise",
    max_workers: int = MAX_WORKERS,
    progress: bool = True,
    session: Session | None = None,
) -> list[Fetched]:
    """
    Fetch several files of one kind, at most four at a time.

    Interrupted at any point, the same call fetches only the rest.

    Parameters
    ----------
    urls : iterable of str
        Their https addresses; one that comes twice is fetched once.
    resource : Resource
        What is served there.
    cache_dir, offline, progress, session
        As for `fetch_file`.
    missing : {"raise", "skip"}, default "raise"
        ``"skip"`` leaves out what the server does not know (404, 410): days on
        which nothing was published. Offline it leaves out what the cache does not
        hold, with a warning.
    max_workers : int, default 4
        Transfers at the same time, 1 to 4.

    Returns
    -------
    list of Fetched
        In the order of `urls`.

    Raises
    ------
    OptionError
        If an option or address is not allowed.
    OfflineError
        If `offline` and the cache lacks some; the message names them.
    LicenceError, DownloadError
        As `fetch_file`, for the first that fails; the others are stopped.

    Warns
    -----
    SourceWarning
        If `offline` and some were left out.

    Examples
    --------
    >>> fetch_files([])
    []
    """
    if missing not in {"raise", "skip"} or max_workers not in range(1, MAX_WORKERS + 1):
        msg = (
            f"missing={missing!r}, max_workers={max_workers!r} was given. Expected "
            f"'raise' or 'skip', and 1 to {MAX_WORKERS}. Leave them out for the "
            "defaults."
        )
        raise OptionError(msg)
    asked = list(urls)
    wanted = list(dict.fromkeys(asked))
    for url in wanted:
        check_url(url)
    folder = cache_folder(cache_dir=cache_dir)
    if offline:
        found = _from_cache(wanted, resource, folder, missing=missing)
    else:
        with ExitStack() as stack:
            session = session or stack.enter_context(Session())
            bar = stack.enter_context(Bar(len(wanted), wanted=progress))
            run = Run(folder, resource, session, bar)
            found = _from_network(wanted, run, missing=missing, workers=max_workers)
    return [found[url] for url in asked if url in found]


def _from_cache(
    urls: list[str], resource: Resource, folder: Path, *, missing: str
) -> dict[str, Fetched]:
    entries = {url: known_entry(url, resource, folder) for url in urls}
    absent = [url for url, entry in entries.items() if entry is None]
    if absent:
        named = ", ".join(absent[:5]) + (", ..." if len(absent) > 5 else "")
        msg = (
            f"{len(absent)} of {len(urls)} files are not in the cache {folder}, or "
            f"are damaged there: {named}. Expected all of them, since offline=True. "
            "Fetch them once with offline=False, or set KURSK_GEO_CACHE to the cache "
            "that has them."
        )
        if missing == "raise":
            raise OfflineError(msg)
        warnings.warn(msg, SourceWarning, stacklevel=3)
    return {
        url: as_fetched(entry_path(folder, url), entry, from_cache=True)
        for url, entry in entries.items()
        if entry is not None
    }


def _from_network(
    urls: list[str], run: Run, *, missing: str, workers: int
) -> dict[str, Fetched]:
    """Fetch in threads; when one fails or the user interrupts, stop the others."""
    done: dict[str, Fetched] = {}
    pool = ThreadPoolExecutor(workers, thread_name_prefix="kursk-geo")
    try:
        coming = {pool.submit(transfer, url, run): url for url in urls}
        for future in as_completed(coming):
            try:
                done[coming[future]] = future.result()
            except NotPublishedError:
                if missing == "raise":
                    raise
            run.bar.advance(n_files=1)
    except KurskGeoError as error:
        if len(urls) > 1:
            error.add_note(
                f"{len(done)} of {len(urls)} files had arrived; the same call fetches "
                "only the rest."
            )
        raise
    finally:
        run.stop.set()
        pool.shutdown(cancel_futures=True)
    return done
