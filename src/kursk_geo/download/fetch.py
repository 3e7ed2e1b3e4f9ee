"""Fetch files into the cache: each one whole, or not at all."""

import json
import os
import warnings
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from kursk_geo.download.address import check_url
from kursk_geo.download.answer import NotPublishedError
from kursk_geo.download.bar import Bar
from kursk_geo.download.cache import cache_folder, entry_path
from kursk_geo.download.resource import Fetched, Resource
from kursk_geo.download.session import MAX_WORKERS, Session
from kursk_geo.download.transfer import Run, as_fetched, known_entry, transfer
from kursk_geo.errors import KurskGeoError, OfflineError, OptionError, SourceWarning

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
