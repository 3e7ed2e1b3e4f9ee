"""Files whole or not at all, and how far a run has come."""

import shutil
import sys
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import TypeVar

from kursk_geo.errors import KurskGeoError, OptionError

__all__ = ["cannot_write", "landing", "make_folder", "track", "write_whole", "writing"]


Item = TypeVar("Item")
PATIENCE_S = 1.0


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
    draft = path.with_name(f".{path.stem[:60]}-{token_hex(4)}{path.suffix}")
    draft = path if special else draft
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
        replaced or, where the draft has none, removed.
    marker : str
        File by which a folder of ours is known; it lands last.
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
        draft = folder.with_name(f".{folder.name}-{token_hex(4)}")
        try:
            draft.mkdir(parents=True)
            yield draft
            _land(draft, folder, marker, names)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except KurskGeoError:
        raise
    except OSError as error:
        raise cannot_write(folder, error) from error


def _land(draft: Path, folder: Path, marker: str, names: Collection[str]) -> None:
    if not folder.exists():
        draft.rename(folder)
        return
    written = sorted(
        (path.name for path in draft.iterdir()), key=lambda name: (name == marker, name)
    )
    for name in written:
        (draft / name).replace(folder / name)
    for name in sorted(set(names) - set(written)):
        (folder / name).unlink(missing_ok=True)
