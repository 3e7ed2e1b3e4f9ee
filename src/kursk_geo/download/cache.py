"""
Fetched files on disk: where they lie, what is known of them, how they are cleared.

::

    <cache>/<host>/<16 hex digits of the URL's sha256>/<name as published>
                                                      <name as published>.meta.json

A file stands under its own name only when it is whole. The sidecar is written after
it and holds its sha256, so that whatever happens between the two is noticed.
"""

import contextlib
import hashlib
import logging
import os
import re
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec
import pandas as pd
import platformdirs

from kursk_geo.download.part import (
    PART,
    PART_NOTE,
    PartNote,
    beside,
    read_struct,
    sha256_of,
    write_whole,
)

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
