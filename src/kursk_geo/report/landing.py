"""Files that land together in a folder, or not at all."""

import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from kursk_geo.errors import OptionError

__all__ = ["landing"]


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
    if folder.exists() and not _is_ours(folder, marker):
        msg = (
            f"{folder} is there and holds no {marker}. Expected a new folder, an empty "
            "one, or one written before: name another."
        )
        raise OptionError(msg)
    draft = folder.with_name(f".{folder.name}-{token_hex(4)}")
    try:
        draft.mkdir(parents=True)
        yield draft
        _land(draft, folder, marker, names)
    except OSError as error:
        msg = (
            f"Cannot write {folder}: {error.strerror or error}. Name a folder where "
            "you may write."
        )
        raise OptionError(msg) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _is_ours(folder: Path, marker: str) -> bool:
    return folder.is_dir() and (
        (folder / marker).is_file() or not any(folder.iterdir())
    )


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
