"""Files whole or not at all, and how far a run has come."""

import bz2
import ctypes
import errno
import gzip
import io
import lzma
import os
import platform
import shutil
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from glob import escape
from importlib.metadata import version
from pathlib import Path
from secrets import token_hex
from typing import Any, TypeVar
from zlib import crc32

from kursk_geo.errors import KurskGeoError, OptionError, SnapshotError

Item = TypeVar("Item")
SCHEMA = 1
"""Goes up when a key of JSON is renamed, dropped or means something else."""
PATIENCE_S = 1.0
PAUSE_S = 0.02
LOCK_FLAGS = os.O_RDWR | os.O_CREAT
if sys.platform == "win32":  # which takes the file away when its holder ends
    LOCK_FLAGS |= os.O_EXCL | os.O_TEMPORARY
else:
    import fcntl


def signed(facts: Mapping[Any, object]) -> dict[str, object]:
    """
    What stands in JSON: the number of the schema, the version, and the facts.

    Parameters
    ----------
    facts : mapping

    Returns
    -------
    dict
    """
    return {"schema": SCHEMA, "version": version("kursk-geo"), **facts}


def track(
    items: Iterable[Item], *, description: str, total: int | None = None
) -> Iterator[Item]:
    """
    Pass items on, and draw a bar on standard error once it has taken a second.

    Parameters
    ----------
    items : iterable
        Taken one at a time.
    description : str
        Stands before the bar.
    total : int, optional
        Number of items, where it is known beforehand.

    Yields
    ------
    object
        Each item.

    Raises
    ------
    Nothing
        Of its own.

    Examples
    --------
    >>> list(track([], description="Reading maps"))
    []
    """
    if not sys.stderr.isatty():
        yield from items
        return
    started, bar, done = time.monotonic(), None, 0
    try:
        for item in items:
            yield item
            done += 1
            if bar is None and time.monotonic() - started > PATIENCE_S:
                from rich.console import Console  # noqa: PLC0415  (40 ms, seldom)
                from rich.progress import Progress  # noqa: PLC0415

                bar = Progress(console=Console(stderr=True), transient=True)
                bar.start()
                task = bar.add_task(description, total=total)
            if bar is not None:
                bar.update(task, completed=done)
    finally:
        if bar is not None:
            bar.stop()


def cannot_write(path: Path, error: OSError) -> OptionError:
    """The error for a file or folder that the system does not let us write."""
    msg = (
        f"Cannot write {path}: {error.strerror or error}. Expected a place with room, "
        "in a folder that you may write to: name another."
    )
    return OptionError(msg)


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """
    Give a draft that takes the place of a file once it is whole.

    Parameters
    ----------
    path : Path
        In a folder that is there.

    Yields
    ------
    Path
        In the same folder, hidden, with the same suffix.

    Raises
    ------
    OptionError
        If it cannot be written; what was there is still there.
    """
    special = path.exists() and not path.is_file()  # /dev/stdout, a named pipe
    draft = path if special else _draft_of(path)
    try:
        yield draft
        if not special:
            draft.replace(path)
    except (KurskGeoError, BrokenPipeError):
        raise  # an error of the network is an OSError too
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        if not special:
            with suppress(OSError):
                draft.unlink(missing_ok=True)


def write_whole(path: Path, raw: bytes) -> None:
    """
    Write a file whole, or leave what was there; its folder is made.

    Raises
    ------
    OptionError
        If it cannot be written.
    """
    make_folder(path.parent)
    with writing(path) as draft:
        draft.write_bytes(raw)


def make_folder(path: Path) -> None:
    """
    Make a folder and those above it.

    Raises
    ------
    OptionError
        If it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(path, error) from error


@contextmanager
def landing(folder: Path, *, marker: str, names: Collection[str]) -> Iterator[Path]:
    """
    Give a draft folder whose files land in `folder` once all of them are written.

    Parameters
    ----------
    folder : Path
        Made if it is not there. Of one that is, only files called one of `names` are
        replaced or, where the draft has none, removed; what else lies there stays.
        At no moment does it hold some of the old and some of the new.
    marker : str
        File by which a folder of ours is known.
    names : collection of str
        All names that the draft may hold.

    Yields
    ------
    Path
        The draft, in the same parent folder.

    Raises
    ------
    OptionError
        If `folder` is something else than a folder of ours, or cannot be written.
    """
    try:
        ours = folder.is_dir() and (
            (folder / marker).is_file() or not any(folder.iterdir())
        )
        if folder.exists() and not ours:
            msg = (
                f"{folder} is there and holds no {marker}. Expected a new folder, an "
                "empty one, or one written before: name another."
            )
            raise OptionError(msg)
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = _draft_of(folder)
        try:
            draft.mkdir()
            yield draft
            if folder.exists():
                for path in folder.iterdir():
                    if path.name not in names:
                        _link(path, draft / path.name)
                exchange(draft, folder)
            else:
                draft.rename(folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except KurskGeoError:
        raise
    except OSError as error:
        raise cannot_write(folder, error) from error


@contextmanager
def one_writer(path: Path) -> Iterator[None]:
    """
    Wait until nobody else writes at a path; then nobody else does.

    The system itself lets go of what a process held that is no more. Readers do not
    wait.

    Parameters
    ----------
    path : Path
        Of what is read, changed and replaced; a hidden file lies beside it meanwhile.

    Yields
    ------
    None

    Raises
    ------
    OptionError
        If its folder cannot be written.
    """
    make_folder(path.parent)
    _draft_of(path)  # those of the dead go, also where nothing is written today
    lock = path.with_name(f".{path.name}.lock")
    while True:
        try:
            held = os.open(lock, LOCK_FLAGS, 0o666)
        except FileExistsError:  # Windows: somebody holds it
            time.sleep(PAUSE_S)
            continue
        except OSError as error:
            raise cannot_write(path, error) from error
        try:
            if sys.platform != "win32":
                fcntl.flock(held, fcntl.LOCK_EX)
                # Whoever held it before has removed it: a third one may hold a new one.
                try:
                    if not os.path.samestat(os.fstat(held), lock.stat()):
                        continue
                except FileNotFoundError:
                    continue
            try:
                yield
            finally:
                if sys.platform != "win32":
                    lock.unlink(missing_ok=True)
            return
        finally:
            os.close(held)


def exchange(one: Path, other: Path) -> None:
    """
    Let two folders change places, so that neither is missing at any moment.

    Where the system cannot do that in one step (Linux can), the second is away for the
    time between two renames, and put back if anything comes between.
    """
    if sys.platform == "linux":
        swap = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
        here, there = os.fsencode(one), os.fsencode(other)
        if swap and swap(AT_FDCWD, here, AT_FDCWD, there, RENAME_EXCHANGE) == 0:
            return
        code = ctypes.get_errno()
        if swap and code not in {errno.EINVAL, errno.ENOSYS}:
            raise OSError(code, os.strerror(code), str(other))
    aside = _draft_of(other)
    other.rename(aside)
    try:
        one.rename(other)
    except (OSError, KeyboardInterrupt):
        aside.rename(other)
        raise
    aside.rename(one)


AT_FDCWD, RENAME_EXCHANGE = -100, 2
"""Of linux/fcntl.h and linux/fs.h."""


def _link(path: Path, target: Path) -> None:
    """The same file, or folder of files, at another place too; a copy if need be."""

    def both(source: str, at: str) -> None:
        try:
            os.link(source, at, follow_symlinks=False)
        except OSError:
            shutil.copy2(source, at, follow_symlinks=False)

    if path.is_dir() and not path.is_symlink():
        shutil.copytree(path, target, symlinks=True, copy_function=both)
    else:
        both(str(path), str(target))


def _draft_of(path: Path) -> Path:
    """
    A hidden name beside a path, which no other run has.

    It tells the process that writes there: those of this machine's processes that are
    no more (killed, or out of power) are removed on the way.
    """
    machine = f"{crc32(platform.node().encode(errors='replace')):08x}"
    stem, suffix = f".{path.stem[:40]}-{machine}-", path.suffix
    if sys.platform != "win32":  # there, signal 0 ends a process
        for old in path.parent.glob(f"{escape(stem)}*-????????{escape(suffix)}"):
            owner = old.name.removeprefix(stem).partition("-")[0]
            try:
                os.kill(int(owner), 0)
            except ProcessLookupError:  # any other error: it is somebody else's
                if old.is_dir():
                    shutil.rmtree(old, ignore_errors=True)
                else:
                    with suppress(OSError):
                        old.unlink()
            except (OSError, OverflowError, ValueError):
                continue
    return path.with_name(f"{stem}{os.getpid()}-{token_hex(4)}{suffix}")


MAX_BYTES = 1 << 30
"""
What unpacks to more than 1 GiB is no map, but may be a bomb. The largest files that
are known, VIINA's tables of a year, take about 600 MiB. [bytes]
"""
MAX_RATIO, SMALL_BYTES = 100, 64 << 20
"""GeoJSON packs about 8 to 1, VIINA's tables 50 to 1; deflate can reach 1,032 to 1."""
PACKED: Mapping[bytes, Callable[[io.BytesIO], Any]] = {
    b"\x1f\x8b": lambda raw: gzip.GzipFile(fileobj=raw),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\0": lzma.LZMAFile,
}
"""How single files are packed, by their first bytes."""
BROKEN = (
    zipfile.BadZipFile,
    lzma.LZMAError,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
    MemoryError,
)
"""What the modules for archives raise; RuntimeError where a password is asked for."""


def unpack(raw: bytes, name: str) -> bytes:
    """
    A single file out of gzip, bzip2 or xz; others as they are.

    Raises
    ------
    SnapshotError
        If it is a bomb.
    """
    for start, opened in PACKED.items():
        if raw.startswith(start):
            limit = SMALL_BYTES + MAX_RATIO * len(raw)
            whole: bytes = opened(io.BytesIO(raw)).read(limit + 1)
            check_unpacked(len(whole), len(raw), name)
            return whole
    return raw


def check_unpacked(size: int, packed: int, name: str) -> None:
    """
    Refuse what is made to fill the memory.

    Raises
    ------
    SnapshotError
        If it unpacks to more than a map can be.
    """
    if size > MAX_BYTES or size > SMALL_BYTES + MAX_RATIO * packed:
        msg = (
            f"{name}: unpacks to {size >> 20:,} MiB or more from {packed:,} bytes. "
            "Expected a map of a few megabytes: the file is damaged, or made to fill "
            "the memory."
        )
        raise SnapshotError(msg)
