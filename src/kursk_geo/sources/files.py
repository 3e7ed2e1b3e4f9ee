"""Maps in folders and archives, one at a time; nothing is unpacked to disk."""

import gzip
import io
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from functools import partial
from glob import escape
from pathlib import Path, PurePosixPath
from typing import IO

from kursk_geo.errors import SnapshotError, SourceError
from kursk_geo.sources.tables import SHAPEFILE

__all__ = ["MAPS", "RawFile", "has_suffix", "raw_files"]

MAX_BYTES = 1 << 30
"""
What unpacks to more than 1 GiB is no map, but may be a bomb. The largest files that
are known, VIINA's tables of a year, take about 600 MiB. [bytes]
"""

MAPS = (".geojson", ".json", ".geojson.gz", ".json.gz")
TARS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
ARCHIVES = (*TARS, ".zip")
HEAD_BYTES = 400
"""Enough to tell a map from what a server sends in its place. [bytes]"""

BROKEN = (
    tarfile.TarError,
    zipfile.BadZipFile,
    lzma.LZMAError,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
)
"""What the archive modules raise; RuntimeError where a password is asked for."""


# ArcGIS answers so with status 200.
_ERROR = re.compile(rb'\{\s*"error"\s*:')


@dataclass(frozen=True, slots=True)
class RawFile:
    """The bytes of one file, or why they cannot be had."""

    name: str
    raw: bytes
    error: SnapshotError | None = None


def raw_files(
    path: str | Path, *, suffixes: tuple[str, ...] = MAPS
) -> Generator[RawFile]:
    """
    Every map file of a folder, an archive, or one file.

    Parameters
    ----------
    path : str or Path
        Folder (searched through), ``.zip``, ``.tar``, ``.tar.gz``, ``.tar.bz2``,
        ``.tar.xz``, or a single file; of a shapefile its ``.shp``.
    suffixes : tuple of str
        How the names of maps end; other files are strangers and are passed over.

    Yields
    ------
    RawFile
        In the archive's order, or a folder's sorted. ``.gz`` is unpacked.

    Raises
    ------
    SourceError
        If the path is not there, cannot be opened, or holds no map.
    """
    path = Path(path)
    if not path.exists():
        msg = f"There is no {path}. Expected a folder, a map or an archive of maps."
        raise SourceError(msg)
    found = False
    strangers: list[str] = []
    alone = not (path.is_dir() or path.name.lower().endswith(ARCHIVES))
    try:
        for name, place in _members(path):
            if not alone and not has_suffix(name, suffixes):
                strangers.append(name)
                continue
            found = True
            yield _load(name if alone else f"{path.name}/{name}", place)
    except BROKEN as error:
        msg = (
            f"{path}: the archive breaks off or cannot be opened: {error}. It is "
            "damaged, cut short or locked: download it again."
        )
        yield RawFile(path.name, b"", _in_its_place(path) or SnapshotError(msg))
        return
    if not found:
        packed = [name for name in strangers if name.lower().endswith(ARCHIVES)]
        hint = (
            f"It holds {packed[0]}: unpack that first, and give its path."
            if packed
            else f"Expected files that end in {', '.join(suffixes)}."
        )
        msg = f"{path} holds no map ({len(strangers)} other files). {hint}"
        raise SourceError(msg)


def _in_its_place(archive: Path) -> SnapshotError | None:
    """What stands where an archive should be: a pointer, a page; None if it is one."""
    if not archive.is_file():
        return None
    with archive.open("rb") as stream:
        return _refusal(archive.name, stream.read(HEAD_BYTES))


def has_suffix(name: str, suffixes: tuple[str, ...]) -> bool:
    """Whether a file's name ends in one of `suffixes`, and is not hidden."""
    parts = PurePosixPath(name).parts
    hidden = any(part.startswith((".", "__MACOSX")) for part in parts)
    return name.lower().endswith(suffixes) and not hidden


Place = IO[bytes] | Path | Callable[[], IO[bytes]] | None
"""Where to read a file: some archives can open their members one by one."""


def _members(path: Path) -> Iterator[tuple[str, Place]]:
    """Names of regular files with where to read each; None stands for a link."""
    lower = path.name.lower()
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.is_file():
                yield file.relative_to(path).as_posix(), file
    elif lower.endswith(TARS):
        with tarfile.open(path, "r|*") as archive:
            for member in archive:
                if member.isfile():
                    yield member.name, archive.extractfile(member)
    elif lower.endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if not info.is_dir():
                    yield info.filename, partial(archive.open, info)
    else:
        yield path.name, path
        yield from _beside(path)


def _beside(path: Path) -> Iterator[tuple[str, Place]]:
    """The other parts of a shapefile, of which people name one."""
    if path.suffix.lower() != ".shp":
        return
    for part in sorted(path.parent.glob(f"{escape(path.stem)}.*")):
        if part != path and part.suffix.lower() in SHAPEFILE:
            yield part.name, part


def _load(name: str, place: Place) -> RawFile:
    try:
        if isinstance(place, Path):
            _check_size(place.stat().st_size, name)
            raw = place.read_bytes()
        elif callable(place):  # a member that is locked, or packed in an unknown way,
            with place() as stream:  # costs itself alone
                raw = _bounded(stream, name)
        else:
            raw = b"" if place is None else _bounded(place, name)
        if raw[:2] == b"\x1f\x8b":
            raw = _bounded(gzip.GzipFile(fileobj=io.BytesIO(raw)), name)
    except BROKEN as error:
        msg = (
            f"{name}: cannot be read: {error}. The file is damaged, cut short or "
            "locked: download it again."
        )
        return RawFile(name, b"", SnapshotError(msg))
    except SnapshotError as error:
        return RawFile(name, b"", error)
    return RawFile(name, raw, _refusal(name, raw))


def _bounded(stream: IO[bytes] | gzip.GzipFile, name: str) -> bytes:
    raw = stream.read(MAX_BYTES + 1)
    _check_size(len(raw), name)
    return raw


def _check_size(size: int, name: str) -> None:
    if size > MAX_BYTES:
        msg = (
            f"{name}: unpacks to more than {MAX_BYTES >> 20} MiB. Expected a map of a "
            "few megabytes: the file is damaged, or made to fill the memory."
        )
        raise SnapshotError(msg)


def _refusal(name: str, raw: bytes) -> SnapshotError | None:
    """Why bytes cannot be a map of any source, where the first of them tell."""
    start = raw[:HEAD_BYTES].lstrip()
    remedy = "download it again"
    if not start:
        given = "an empty file (0 bytes of text)"
    elif start.startswith(b"version https://git-lfs"):
        given = "a Git LFS pointer, not the file that it points to"
        remedy = (
            "download it from https://media.githubusercontent.com/media/"
            "<owner>/<repository>/<branch>/<path>"
        )
    elif start[:9].lower().startswith((b"<!doctype", b"<html")):
        given = "an HTML page, perhaps an error page of the server"
    elif _ERROR.match(start):
        given = f"an error message of the server: {start.decode(errors='replace')}"
        remedy = "download it again, more slowly"
    else:
        return None
    msg = f"{name}: {given}. Expected a map: {remedy}."
    return SnapshotError(msg)
