"""Fetched files on their way into a history, and into a folder of the user's."""

import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from kursk_geo.errors import DownloadError
from kursk_geo.sources.files import RawFile, raw_files

__all__ = ["Parcel", "put_into"]


@dataclass(frozen=True)
class Parcel:
    """
    One fetched file: a map, or an archive of which some members are wanted.

    Parameters
    ----------
    path : Path
        Where it lies in the cache.
    name : str
        The name by which it is read and put into a folder; what a server calls
        ``geojson`` is ``1744230000.geojson`` here.
    wanted : callable, optional
        Of an archive, which members to read, by name. It is put into a folder member
        by member.
    """

    path: Path
    name: str
    wanted: Callable[[str], bool] | None = None

    def read(self, suffixes: tuple[str, ...]) -> Iterator[RawFile]:
        """Its maps, one at a time; nothing is unpacked to disk."""
        if self.wanted is None:
            yield RawFile(self.name, self.path.read_bytes())
            return
        for file in raw_files(self.path, suffixes=suffixes):
            if file.error is not None or self.wanted(file.name):
                yield file

    def contents(self, suffixes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
        """Names and bytes as they are put into a folder."""
        if self.wanted is None:
            yield self.name, self.path.read_bytes()
            return
        for file in self.read(suffixes):
            if file.error is None:
                yield PurePosixPath(file.name).name, file.raw


def put_into(
    folder: str | os.PathLike[str],
    parcels: Iterable[Parcel],
    *,
    suffixes: tuple[str, ...],
    terms: str,
) -> Path:
    """
    Put fetched files into a folder, each whole or not at all, beside their terms.

    Raises
    ------
    DownloadError
        If the folder cannot be written.
    """
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
        _write(target / "SOURCE.txt", terms.encode())
        for parcel in parcels:
            for name, content in parcel.contents(suffixes):
                _write(target / name, content)
    except OSError as error:
        msg = (
            f"{target} cannot be written ({error.strerror}). Expected a folder with "
            "space and permission. Name another one with into=."
        )
        raise DownloadError(msg) from error
    return target


def _write(path: Path, content: bytes) -> None:
    if path.is_file() and path.read_bytes() == content:
        return
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
