"""Read a history from whatever holds maps of a known source."""

import logging
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal
from warnings import warn

from kursk_geo.errors import OptionError, SnapshotError, SourceError, SourceWarning
from kursk_geo.history import ControlHistory
from kursk_geo.progress import track
from kursk_geo.snapshots import ParsedMap, UnreadableFile, join_maps
from kursk_geo.sources.contract import (
    JoiningSource,
    Memo,
    Parsed,
    Source,
    is_source,
)
from kursk_geo.sources.files import MAPS, RawFile, has_suffix, raw_files
from kursk_geo.sources.mapping import read_mapping
from kursk_geo.sources.registry import find_source, known_sources, list_sources
from kursk_geo.store import is_store, open_store

__all__ = ["list_sources", "parse_files", "read_history", "tell_source"]

logger = logging.getLogger(__name__)

BEHIND = 2
"""Maps that are parsed while their files are still being hashed by a thread."""

OnError = Literal["raise", "skip"]


def read_history(
    path: str | Path,
    *,
    source: str | Source | None = None,
    on_error: OnError = "raise",
) -> ControlHistory:
    """
    Read published maps into one history.

    Parameters
    ----------
    path : str or Path
        A folder of maps (strangers beside them are passed over), one map, ``.gz``,
        ``.zip``, ``.tar``, ``.tar.gz``, ``.tar.xz``, or a store that `write_store`
        wrote. Archives are streamed: nothing is unpacked to disk.
    source : str or Source, optional
        One of `list_sources`; a TOML file that describes the columns of any polygons
        (see `read_plain`); or a source of your own. By default told from the content
        of the files; ``ControlHistory.source`` says which it was.
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
        If two different maps carry the same instant, or the source is blind to
        something that every reader must know.

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
    named = _named(source)
    if is_store(path):
        return open_store(path)
    found = named or tell_source(path, on_error=on_error)
    logger.info("Reading %s as maps of %s", path, found.NAME)
    if found.CAVEAT:
        warn(found.CAVEAT, SourceWarning, stacklevel=2)
    files = raw_files(path, suffixes=found.SUFFIXES)
    return join_maps(
        parse_files(files, found, on_error=on_error),
        source=found.NAME,
        licence=found.LICENCE,
        attribution=found.ATTRIBUTION,
        home=found.HOME,
        on_error=on_error,
    )


def _named(source: str | Source | None) -> Source | None:
    if isinstance(source, str):
        is_file = source.lower().endswith(".toml")
        return read_mapping(source) if is_file else find_source(source)
    stranger: object = source
    if stranger is not None and not is_source(stranger):
        msg = (
            f"source={source!r} is no source. Expected one of "
            f"{', '.join(list_sources())}; a TOML file; or an object that has what "
            "kursk_geo.sources.contract.Source describes."
        )
        raise OptionError(msg)
    return source


def tell_source(path: str | Path, *, on_error: OnError = "raise") -> Source:
    """
    The source that the files at a path come from, told from their content.

    Raises
    ------
    SourceError
        If there is nothing that can be read.
    SnapshotError
        If no source is known for what there is, or a map before the first that is
        known cannot be read and `on_error` is "raise".
    """
    suffixes = {suffix for source in known_sources() for suffix in source.SUFFIXES}
    strangers: list[str] = []
    errors: list[SnapshotError] = []
    with closing(raw_files(path, suffixes=tuple(sorted(suffixes)))) as files:
        for file in files:
            if file.error is not None:
                if on_error == "raise" and has_suffix(file.name, MAPS):
                    raise file.error
                errors.append(file.error)
                continue
            for source in known_sources():
                if source.recognises(file.raw, file.name):
                    return source
            strangers.append(file.name)
    if errors and on_error == "raise":
        raise errors[0]
    if not strangers:
        reasons = "; ".join(map(str, errors))
        msg = f"No map of {path} could be read. {reasons}"
        raise SourceError(msg)
    msg = (
        f"{strangers[0]}: not a map of any source that is known here "
        f"({', '.join(list_sources())}). Name its source with source=, tell its "
        "columns to kursk_geo.read_plain(), or check that the file is what you think "
        "it is."
    )
    raise SnapshotError(msg)


def parse_files(
    files: Iterable[RawFile], source: Source, *, on_error: OnError = "raise"
) -> Iterator[ParsedMap | UnreadableFile]:
    """
    Maps of files, one at a time, ready for `join_maps`.

    Raises
    ------
    SourceError
        If no file could be read.
    SnapshotError
        If a map cannot be read and `on_error` is "raise".
    """
    memo: Memo = {}
    unreadable: list[str] = []
    n_files = 0
    hashing: deque[tuple[RawFile, Parsed, Future[Any]]] = deque()
    with ThreadPoolExecutor(max_workers=1) as hasher:
        for file in track(files, description="Reading maps"):
            n_files += 1
            if file.error is not None:
                unreadable.append(str(file.error))
            digest = hasher.submit(sha256, file.raw)
            hashing.append((file, _parse(file, source, memo), digest))
            if len(hashing) > BEHIND:
                yield from _raise_or_list(*_signed(*hashing.popleft()), on_error)
        for waiting in hashing:
            yield from _raise_or_list(*_signed(*waiting), on_error)
    if n_files == len(unreadable):
        msg = f"No map could be read. {'; '.join(unreadable)}"
        raise SourceError(msg)
    if isinstance(source, JoiningSource):
        yield from _raise_or_list(source.join(memo), "", on_error)


def _raise_or_list(
    parsed: Parsed, name: str, on_error: OnError
) -> Iterator[ParsedMap | UnreadableFile]:
    for one in parsed:
        if not isinstance(one, SnapshotError):
            yield one
        elif on_error == "raise":
            raise one
        else:
            yield UnreadableFile(name, str(one))


def _parse(file: RawFile, source: Source, memo: Memo) -> Parsed:
    if file.error is not None:
        return [file.error]
    try:
        return source.parse(file.raw, file.name, memo=memo)
    except SnapshotError as error:
        return [error]


def _signed(file: RawFile, parsed: Parsed, digest: Future[Any]) -> tuple[Parsed, str]:
    """What a file gives, with its name and digest; and the name."""
    signed = [
        replace(one, origin=file.name, sha256=digest.result().hexdigest())
        if isinstance(one, ParsedMap)
        else one
        for one in parsed
    ]
    return signed, file.name
