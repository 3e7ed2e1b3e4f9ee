"""
A file that is still arriving.

::

    <name>.part         what has arrived
    <name>.part.json    what must still hold for the transfer to be continued

The file lands whole under its own name or not at all.
"""

import contextlib
import errno
import hashlib
import logging
import os
import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

logger = logging.getLogger(__name__)

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
