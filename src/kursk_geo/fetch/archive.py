"""The public archive of DeepState's raw maps on GitHub, as of one commit."""

import re
from collections.abc import Callable
from pathlib import PurePosixPath
from warnings import warn

import msgspec

from kursk_geo.download import NotPublishedError, Resource
from kursk_geo.errors import (
    DownloadError,
    LicenceError,
    OfflineError,
    OptionError,
    SourceError,
    SourceWarning,
)
from kursk_geo.fetch.endpoints import Access
from kursk_geo.fetch.parcel import Parcel
from kursk_geo.fetch.window import Window
from kursk_geo.sources import deepstate

__all__ = ["COMMIT", "FIRST", "LAST", "archive_parcels"]

REPOSITORY = "DanielRose2310/deepstatemaps-history"
COMMIT = "6ff2a8caab82af5b1e011be75ef0656e5f9af028"
"""
The commit that is fetched by default: maps up to 2 August 2025 below ``geojsons/``.
An earlier one has them below ``deepstate/geojsons/``; any folder will do.
"""
FIRST, LAST = "2022-04-03", "2025-08-03"

ONE_MAP = re.compile(r"(?:^|/)(\d{10})\.geojson$")
TARBALL = Resource(
    expect="gzip",
    immutable=True,
    resume=True,
    max_bytes=1 << 30,
    licence=deepstate.LICENCE,
)
ONE = Resource(expect="json", immutable=True, licence=deepstate.LICENCE)
TREE = Resource(expect="json", immutable=True)


class _Entry(msgspec.Struct):
    path: str


class _Tree(msgspec.Struct):
    tree: list[_Entry]
    truncated: bool = False


def archive_parcels(
    access: Access, window: Window, *, commit: str | None
) -> list[Parcel]:
    """
    The maps of a window: one tarball, or file by file where it breaks off.

    GitHub packs a tarball while it sends it, without a length and without ranges, so
    one that broke off begins again. When it keeps breaking off, the maps are fetched
    one by one, and what has arrived stays.

    Raises
    ------
    OptionError
        If `commit` is no full commit.
    DateNotFoundError
        If the window lies outside of the archive.
    DownloadError
        If neither can be had.
    """
    commit = COMMIT if commit is None else commit
    if not re.fullmatch(r"[0-9a-f]{40}", commit):
        msg = (
            f"commit={commit!r} was given. Expected the 40 hexadecimal digits of a "
            f"commit of https://github.com/{REPOSITORY}, since a branch changes under "
            f"its name. Leave it out for {COMMIT}."
        )
        raise OptionError(msg)
    url = f"{access.endpoints.github}/{REPOSITORY}/archive/{commit}.tar.gz"
    try:
        fetched = access.file(url, TARBALL)
    except OfflineError as error:
        try:
            return _one_by_one(access, window, commit)
        except OfflineError:
            raise error from None  # names the tarball, which is what to fetch
    except (NotPublishedError, LicenceError):
        raise
    except DownloadError as error:
        msg = (
            f"{error} A tarball of GitHub cannot be continued, so the maps are now "
            "fetched one by one: what arrives is not fetched twice."
        )
        warn(msg, SourceWarning, stacklevel=4)
        return _one_by_one(access, window, commit)
    return [Parcel(fetched.path, f"{commit}.tar.gz", wanted_in(window))]


def wanted_in(window: Window) -> Callable[[str], bool]:
    """Whether a member of the archive is a map of the window, by its name."""

    def wanted(name: str) -> bool:
        number = ONE_MAP.search(name)
        return number is not None and window.holds_unix(int(number[1]))

    return wanted


def _one_by_one(access: Access, window: Window, commit: str) -> list[Parcel]:
    endpoints = access.endpoints
    listing = f"{endpoints.github_api}/repos/{REPOSITORY}/git/trees/{commit}"
    raw = access.content(f"{listing}?recursive=1", TREE)
    try:
        tree = msgspec.json.decode(raw, type=_Tree)
    except msgspec.DecodeError as error:
        msg = (
            f"{listing} is not a list of files: {error}. Expected GitHub's. Read a "
            "copy of the archive with read_history(path)."
        )
        raise SourceError(msg) from error
    if tree.truncated:
        msg = (
            f"{listing} lists only a part of the files. Expected all of them. Clone "
            f"https://github.com/{REPOSITORY} and use read_history(path)."
        )
        raise SourceError(msg)
    wanted = wanted_in(window)
    paths = [entry.path for entry in tree.tree if wanted(entry.path)]
    if not paths:
        reach = f"The archive reaches from {FIRST} to {LAST}."
        raise window.empty(deepstate.NAME, reach)
    base = f"{endpoints.github_raw}/{REPOSITORY}/{commit}"
    fetched = access.files([f"{base}/{path}" for path in paths], ONE)
    return [
        Parcel(one.path, PurePosixPath(path).name)
        for one, path in zip(fetched, paths, strict=True)
    ]
