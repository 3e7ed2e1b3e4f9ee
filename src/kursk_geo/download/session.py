"""One HTTP session: pauses, retries, checked redirects, no credentials."""

import contextlib
import importlib.metadata
import logging
import threading
import time
from collections.abc import Callable, Mapping
from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import Self, TypeVar

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from kursk_geo.download.address import check_redirect, follow, host
from kursk_geo.download.answer import Stop, StoppedError, TryAgainError, stopped
from kursk_geo.errors import DownloadError, OptionError

logger = logging.getLogger(__name__)

T = TypeVar("T")

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

    def persist(self, url: str, attempt: Callable[[], T], *, stop: Stop) -> T:
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
