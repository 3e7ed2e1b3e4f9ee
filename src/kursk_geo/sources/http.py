"""Files from the network: asked for politely, kept whole, found again offline."""

import ipaddress
import logging
import os
import re
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from functools import partial
from hashlib import file_digest, sha256
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import unquote, urljoin, urlsplit

import msgspec
import platformdirs
import requests
import urllib3
from urllib3.util import Retry

from kursk_geo._files import (
    MAX_BYTES,
    make_folder,
    placing,
    refusal,
    track,
    write_whole,
    writing,
)
from kursk_geo._text import many
from kursk_geo.errors import (
    DownloadError,
    LicenceError,
    OfflineError,
    OptionError,
)

TIMEOUT_S = 30.0
"""Longest wait for a connection, for the head of an answer, and for 64 KiB of it."""
PAUSE_S = 0.2
"""From one request to the next: DeepState's own clients sleep 0.1 to 0.5 s."""
RETRIES, BACKOFF_S, MAX_WAIT_S = 5, 0.5, 120.0
"""A server that asks for a longer wait is obeyed by stopping."""
THROTTLE_S = 1.0
"""Least wait after 429 or 503: urllib3's first wait is none at all."""
MAX_REDIRECTS = 5
CHUNK_BYTES = 1 << 16
Answer = TypeVar("Answer")
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
FAULTS = (OSError, urllib3.exceptions.HTTPError, ValueError, AttributeError)
"""Those of requests are OSErrors; the last two: of a connection cut while it is read"""
GONE = ("invalid url", "not found", "does not exist", "inaccessible")
"""What ArcGIS says, with code 400, of a service that was renamed."""

logger = logging.getLogger(__name__)


class _AbsentError(DownloadError):
    """The server knows no such file: 404 or 410."""


class _PassingError(DownloadError):
    """A fault that may pass."""

    def __init__(self, reason: str, *, wait_s: float = 0.0) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


class _Note(msgspec.Struct):
    """What is kept beside a file."""

    url: str
    sha256: str
    etag: str | None = None


class Web:
    """
    Requests of one run, one after the other, and the folder that keeps the answers.

    Parameters
    ----------
    cache_dir : path-like, optional
        Default: ``KURSK_GEO_CACHE``, or the platform's cache folder.
    offline : bool, default False
        Never touch the network; what is not kept is an error that names it.
    """

    def __init__(
        self,
        *,
        cache_dir: str | os.PathLike[str] | None = None,
        offline: bool = False,
    ) -> None:
        chosen = cache_dir or os.environ.get("KURSK_GEO_CACHE")
        chosen = chosen or platformdirs.user_cache_dir("kursk_geo", appauthor=False)
        self.folder = Path(chosen).expanduser().absolute()
        self.offline = offline
        self._session = _Session()
        self._asked_s = -PAUSE_S

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def get(self, url: str, *, immutable: bool = False) -> Path:
        """
        Path of a file, whole and unchanged since it arrived.

        Parameters
        ----------
        url : str
            Its https address.
        immutable : bool, default False
            Never changes under this address: fetched once. Of another file the server
            is asked whether it has a newer one (``If-None-Match``).

        Raises
        ------
        OfflineError
            If `offline` and it is not kept.
        LicenceError
            If the publisher does not hand it out (401, 403).
        DownloadError
            If it cannot be had whole; the folder then holds what it held before.
        """
        _check_address(url)
        place = urlsplit(url)
        file = unquote(place.path).rpartition("/")[2][-80:]
        host, name = (re.sub(r"[^\w.-]", "_", one) for one in (place.netloc, file))
        path = self.folder / host / f"{sha256(url.encode()).hexdigest()[:16]}-{name}"
        known = None  # the note of a file that is whole and unchanged
        with placing(path), suppress(FileNotFoundError, ValueError):
            raw = path.with_name(f"{path.name}.json").read_bytes()
            note = msgspec.json.decode(raw, type=_Note)
            with path.open("rb") as stream:
                whole = file_digest(stream, "sha256").hexdigest() == note.sha256
            known = note if whole and note.url == url else None
        if known is not None and (immutable or self.offline):
            return path
        if self.offline:
            msg = (
                f"{url} is not in the cache {self.folder}, or is damaged there. "
                "Expected it there: fetch it once with offline=False (without "
                "--offline), or set KURSK_GEO_CACHE to the cache that has it."
            )
            raise OfflineError(msg)
        for attempt in range(RETRIES + 1):
            try:
                self._transfer(url, path, known)
                break
            except _PassingError as error:
                if attempt == RETRIES or error.wait_s > MAX_WAIT_S:
                    wait = f"; it asks to wait {error.wait_s:,.0f} s" * (
                        error.wait_s > 0
                    )
                    msg = (
                        f"{url} failed {many(attempt + 1, 'time')}, at last: {error}"
                        f"{wait}. Expected a whole answer: try the same again later "
                        "(what has arrived is not fetched twice), or use what is kept, "
                        "with offline=True."
                    )
                    raise DownloadError(msg) from error
                wait_s = max(error.wait_s, BACKOFF_S * 2**attempt)
                logger.info("%s: %s; again in %.1f s", url, error, wait_s)
                time.sleep(wait_s)
        return path

    def read(self, url: str, *, immutable: bool = False) -> bytes:
        """Bytes of a file, as `get` finds it."""
        return self.get(url, immutable=immutable).read_bytes()

    def find(self, url: str, *, immutable: bool = False) -> bytes | None:
        """The same; None if the server knows no such file (404, 410)."""
        try:
            return self.read(url, immutable=immutable)
        except _AbsentError:
            return None

    def _transfer(self, url: str, path: Path, known: _Note | None) -> None:
        """Ask once; the file lands whole, of the right kind, or not at all."""
        headers = {"If-None-Match": known.etag} if known and known.etag else {}
        with ExitStack() as stack:
            response = self._open(url, headers)
            stack.callback(_in_time, url, response.close)
            if response.status_code == 304 and headers:
                return
            _check_status(url, response.status_code, response.headers)
            make_folder(path.parent)
            with writing(path) as draft:
                digest = sha256()
                with draft.open("wb") as file:
                    for chunk in _body(response):
                        digest.update(chunk)
                        file.write(chunk)
                _check_content(draft, url)
            note = _Note(url, digest.hexdigest(), response.headers.get("ETag"))
            write_whole(path.with_name(f"{path.name}.json"), msgspec.json.encode(note))

    def _open(self, url: str, headers: dict[str, str]) -> requests.Response:
        """The answer, its body not yet read; redirects are followed and checked."""
        target = url
        for _ in range(MAX_REDIRECTS + 1):
            time.sleep(max(0.0, self._asked_s + PAUSE_S - time.monotonic()))
            self._asked_s = time.monotonic()
            ask = partial(self._session.get, target, stream=True, timeout=TIMEOUT_S)
            response = _in_time(target, partial(ask, headers=headers))
            if not response.is_redirect:
                return response
            _in_time(target, response.close)
            # http.client reads headers as latin-1, and servers write UTF-8.
            told = response.headers["Location"].encode("latin-1", "replace")
            try:
                target = urljoin(target, told.decode("utf-8", "replace"))
                _check_address(target, local=_is_local(urlsplit(url).hostname))
            except (OptionError, ValueError) as error:
                msg = f"{url} redirects to what is not followed: {error}"
                raise DownloadError(msg) from error
        msg = (
            f"{url} was redirected more than {MAX_REDIRECTS} times. Expected a file at "
            "the end: open the address in a browser."
        )
        raise DownloadError(msg)


def _check_address(url: str, *, local: bool = True) -> None:
    """Refuse what is not https, or names a user; plain http is for this machine."""
    with suppress(ValueError):
        parts = urlsplit(url)
        parts.port  # noqa: B018  (a bad port raises only when it is looked at)
        here = _is_local(parts.hostname)
        schemes = ("http", "https") if here else ("https",)
        allowed = parts.hostname and "@" not in parts.netloc and (local or not here)
        if allowed and parts.scheme in schemes:
            return
    msg = (
        f"{url.rpartition('@')[2]} was given. Expected an https:// address without a "
        "user name: what comes over plain http can be changed on the way."
    )
    raise OptionError(msg)


def _is_local(host: str | None) -> bool:
    """Whether it is this machine, which plain http does not leave."""
    with suppress(ValueError):
        return ipaddress.ip_address(host or "").is_loopback
    return host == "localhost"


def _check_status(url: str, status: int, headers: Mapping[str, str]) -> None:
    if status == 200:
        return
    wait = headers.get("Retry-After")
    # GitHub throttles with 403, and then says when to come back.
    if status in PASSING or (status == 403 and wait):
        wait_s = THROTTLE_S if status in (429, 503) else 0.0
        with suppress(urllib3.exceptions.InvalidHeader, ValueError, OverflowError):
            wait_s = max(wait_s, Retry().parse_retry_after(wait or "0"))
        reason = f"status {status}"
        raise _PassingError(reason, wait_s=wait_s)
    if status in (401, 402, 403, 451):
        msg = (
            f"{url} answered {status}: the publisher does not hand it out to "
            "everybody. Expected a public file: ask the publisher, or read a copy that "
            "you have with read_history(path)."
        )
        raise LicenceError(msg)
    msg = (
        f"{url} answered {status}. Expected a file (200): look at the address in a "
        "browser; it may have moved, or never have been published."
    )
    raise (_AbsentError if status in (404, 410) else DownloadError)(msg)


def _body(response: requests.Response) -> Iterator[bytes]:
    """The body, unpacked: each piece within a time limit, all within a size."""
    told = response.headers.get("Content-Length", "")
    size = int(told) if told.isdecimal() else 0
    raw: Any = response.raw
    read = partial(raw.read, CHUNK_BYTES, decode_content=True)
    take = partial(_in_time, str(response.url), read, cut=raw.shutdown)
    received = 0
    total = size // CHUNK_BYTES or None
    pieces = chain([b""], iter(take, b""))  # what is told to be too long is not read
    for one in track(pieces, description=response.url, total=total):
        received += len(one)
        if max(received, size) > MAX_BYTES:
            msg = (
                f"{response.url} holds more than {MAX_BYTES:,} bytes. Expected a map: "
                "is it the right file?"
            )
            raise DownloadError(msg)
        yield one


def _check_content(path: Path, url: str) -> None:
    """Services answer with a page, or an error, and status 200 when they are busy."""
    with path.open("rb") as file:
        head = file.read(4096)
    if head.lstrip()[:1] in (b"{", b"["):
        try:
            document = msgspec.json.decode(path.read_bytes())
        except (ValueError, RecursionError) as error:
            reason = f"no whole JSON ({error})"
            raise _PassingError(reason) from error
        told = document.get("error") if isinstance(document, dict) else None
        if isinstance(told, dict):
            code: Any = told.get("code")
            words = str(told.get("message")).lower()
            if code in (498, 499):  # a token is missing: not open to everybody
                code = 401
            if code == 400 and any(one in words for one in GONE):
                code = 404
            _check_status(url, code if code in range(400, 600) else 500, {})
        return
    refused = refusal(url, head)
    if refused is not None and b"git-lfs" in head[:40]:
        raise DownloadError(str(refused)) from refused
    if refused is not None:
        raise _PassingError(str(refused)) from refused
    if url.endswith(".zip") and not zipfile.is_zipfile(path):
        reason = "no whole ZIP archive"
        raise _PassingError(reason)


def _in_time(
    url: str, call: Callable[[], Answer], *, cut: Callable[[], None] | None = None
) -> Answer:
    """
    What a call of the network gives; what it raises, or that it is late, as ours.

    A read timeout alone never fires on trickles, trailers without an end, or a packed
    body that unpacks to nothing. The thread of a call that is late is cut off, or left
    with its connection until the server lets go.
    """
    told: Future[Answer] = Future()

    def run() -> None:
        try:
            told.set_result(call())
        except FAULTS as error:
            told.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    try:
        return told.result(TIMEOUT_S)
    except requests.exceptions.SSLError as error:
        msg = (
            f"{url} has a certificate that cannot be trusted. Expected a valid one: "
            "check the clock of this machine and its proxy."
        )
        raise DownloadError(msg) from error
    except FAULTS as error:
        if cut is not None and not told.done():
            with suppress(OSError, RuntimeError, ValueError):
                cut()
        reason = f"broken off ({type(error).__name__})"
        raise _PassingError(reason) from error


class _Session(requests.Session):
    """Requests without what it does unasked."""

    def __init__(self) -> None:
        super().__init__()
        # A callable keeps .netrc out, while the proxies and certificates of the
        # environment still count; `trust_env = False` would lose those.
        self.auth = lambda request: request
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers["User-Agent"] = f"kursk-geo/{version('kursk-geo')}"
        self.headers["Accept-Encoding"] = "gzip"

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002
        """None: requests would read a redirect's body whole, however large."""
        return
