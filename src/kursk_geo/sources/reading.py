"""Read a history from whatever holds maps of a known source."""

from collections.abc import Iterator, MutableMapping
from dataclasses import replace
from hashlib import sha256
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from kursk_geo.errors import OptionError, SnapshotError, SourceError
from kursk_geo.history import ControlHistory
from kursk_geo.progress import track
from kursk_geo.snapshots import ParsedMap, UnreadableFile, join_maps
from kursk_geo.sources import deepstate
from kursk_geo.sources.files import RawFile, raw_files
from kursk_geo.store import is_store, open_store

__all__ = ["list_sources", "read_history"]

SOURCES: dict[str, ModuleType] = {module.NAME: module for module in (deepstate,)}


def list_sources() -> list[str]:
    """
    Names of the sources that `read_history` knows.

    Returns
    -------
    list of str
        Sorted.

    Raises
    ------
    Nothing
        The list is fixed.

    Examples
    --------
    >>> "deepstate" in list_sources()
    True
    """
    return sorted(SOURCES)


def read_history(
    path: str | Path,
    *,
    source: str | None = None,
    on_error: Literal["raise", "skip"] = "raise",
) -> ControlHistory:
    """
    Read published maps into one history.

    Parameters
    ----------
    path : str or Path
        A folder of maps (strangers beside them are passed over), one map, ``.gz``,
        ``.zip``, ``.tar``, ``.tar.gz``, ``.tar.xz``, or a store that `write_store`
        wrote. Archives are streamed: nothing is unpacked to disk.
    source : str, optional
        One of `list_sources`. By default told from the content of the first map.
    on_error : {"raise", "skip"}, default "raise"
        What to do with a map that cannot be read: stop, or list it in ``rejected``
        and read the rest.

    Returns
    -------
    ControlHistory
        The same from any container and in any order of files. Polygons that overlap
        are kept as they are; features without ground (points, lines) are left out;
        features that cannot be read are rows of ``rejected``.

    Raises
    ------
    SourceError
        If there is nothing to read at `path`, or no source is known for it.
    SnapshotError
        If a map cannot be read and `on_error` is "raise"; names the file.
    StoreError
        If `path` is a store of another version, or damaged.
    OptionError
        If `source` or `on_error` is not known.

    Warns
    -----
    UnknownStatusWarning
        If maps hold colours or names outside the source's vocabulary.
    SourceWarning
        If two different maps carry the same instant.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kg.read_history("sample_data/deepstate").source
    'deepstate'
    >>> kg.read_history("no/such/folder")
    Traceback (most recent call last):
        ...
    kursk_geo.errors.SourceError: There is no no/such/folder. Expected a folder, ...
    """
    if on_error not in ("raise", "skip"):
        msg = f"on_error={on_error!r} is not known. Expected 'raise' or 'skip'."
        raise OptionError(msg)
    if source is not None and source not in SOURCES:
        known = ", ".join(list_sources())
        msg = f"source={source!r} is not known. Expected one of: {known}."
        raise OptionError(msg)
    if is_store(path):
        return open_store(path)
    files = raw_files(path)
    unreadable: list[RawFile] = []
    first = next(_readable(files, unreadable, on_error), None)
    if first is None:
        reasons = "; ".join(str(file.error) for file in unreadable)
        msg = f"No map of {path} could be read. {reasons}"
        raise SourceError(msg)
    module = SOURCES[source] if source else _recognise(first)
    later = chain([*unreadable, first], files)
    return join_maps(
        _parse(track(later, description="Reading maps"), module, on_error),
        source=module.NAME,
        licence=module.LICENCE,
        attribution=module.ATTRIBUTION,
        home=module.HOME,
        on_error=on_error,
    )


def _readable(
    files: Iterator[RawFile], unreadable: list[RawFile], on_error: str
) -> Iterator[RawFile]:
    """Files that can be read; the others are put aside, or stop the run."""
    for file in files:
        if file.error is None:
            yield file
        elif on_error == "raise":
            raise file.error
        else:
            unreadable.append(file)


def _recognise(file: RawFile) -> ModuleType:
    for module in SOURCES.values():
        if module.recognises(file.raw, file.name):
            return module
    msg = (
        f"{file.name}: not a map of any source that is known here "
        f"({', '.join(list_sources())}). Name its source with source=, or check that "
        "the file is what you think it is."
    )
    raise SnapshotError(msg)


def _parse(
    files: Iterator[RawFile], module: ModuleType, on_error: str
) -> Iterator[ParsedMap | UnreadableFile]:
    memo: MutableMapping[Any, Any] = {}
    for file in files:
        try:
            if file.error is not None:
                raise file.error
            parsed = module.parse(file.raw, file.name, memo=memo)
        except SnapshotError as error:
            if on_error == "raise":
                raise
            yield UnreadableFile(file.name, str(error))
            continue
        digest = sha256(file.raw).hexdigest()
        for one in parsed:
            yield replace(one, origin=file.name, sha256=digest)
