"""Files, folders and archives into one history."""

import logging
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Literal
from warnings import warn

from kursk_geo._files import track
from kursk_geo.errors import OptionError, SnapshotError, SourceError, SourceWarning
from kursk_geo.history import ControlHistory
from kursk_geo.snapshots import ParsedMap, UnreadableFile, join_maps
from kursk_geo.sources import cyterat, deepstate, isw, nzz
from kursk_geo.sources.base import (
    MAPS,
    JoiningSource,
    Memo,
    Parsed,
    RawFile,
    Source,
    has_suffix,
    is_source,
    raw_files,
)
from kursk_geo.sources.kml import Kml
from kursk_geo.sources.plain import Plain, read_mapping
from kursk_geo.sources.viina import Viina
from kursk_geo.store import is_store, open_store

__all__ = [
    "built_in",
    "find_source",
    "known_sources",
    "list_sources",
    "may_pass_geometry_on",
    "parse_files",
    "read_history",
    "read_plain",
    "tell_source",
]


GROUP = "kursk_geo.sources"
"""Entry points of this group are sources: modules, or objects in them."""


@lru_cache(maxsize=1)
def built_in() -> dict[str, Source]:
    """The library's own sources by name, in the order in which they are tried."""
    known: tuple[Source, ...] = (nzz, isw, cyterat, Viina(), Kml(), deepstate)
    return {source.NAME: source for source in known}


@lru_cache(maxsize=1)
def _plugged_in() -> dict[str, Source]:
    """Sources of other packages; one that cannot be used is warned of."""
    found: dict[str, Source] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        reason, source = _load(entry)
        if source is not None and source.NAME in {*built_in(), *found}:
            reason = f"there is a source named {source.NAME!r} already"
        if source is None or reason:
            msg = (
                f"The source {entry.name!r} of another package ({entry.value}) is left "
                f"out: {reason}. Expected what kursk_geo.sources.contract.Source "
                "describes: update or uninstall that package."
            )
            warn(msg, SourceWarning, stacklevel=4)
        else:
            found[source.NAME] = source
    return found


def _load(entry: EntryPoint) -> tuple[str, Source | None]:
    try:
        loaded = entry.load()
    except (ImportError, AttributeError) as error:
        return f"it cannot be loaded ({error})", None
    if not is_source(loaded):
        return "it lacks names that a source must have, or is a class", None
    return "", loaded


def known_sources() -> Iterator[Source]:
    """Every source, the library's own first; others are loaded only when needed."""
    yield from built_in().values()
    yield from _plugged_in().values()


def find_source(name: str) -> Source:
    """
    The source of a name.

    Raises
    ------
    OptionError
        If there is none.
    """
    source = built_in().get(name) or _plugged_in().get(name)
    if source is None:
        known = ", ".join(list_sources())
        msg = (
            f"source={name!r} is not known. Expected one of: {known}; or a TOML file "
            "that describes it (docs/adding_a_source.md). Any polygons are read with "
            "kursk_geo.read_plain()."
        )
        raise OptionError(msg)
    return source


def list_sources() -> list[str]:
    """
    Names of the sources that `read_history` knows.

    Returns
    -------
    list of str
        Sorted; with those that other installed packages bring.

    Raises
    ------
    Nothing
        The library's own sources are always there.

    Warns
    -----
    SourceWarning
        If another package brings a source that cannot be used.

    Examples
    --------
    >>> "deepstate" in list_sources()
    True
    """
    return sorted(source.NAME for source in known_sources())


def may_pass_geometry_on(source: str) -> bool:
    """
    Whether the licence of a source allows passing its shapes on.

    Parameters
    ----------
    source : str
        Name, as in ``ControlHistory.source``.

    Returns
    -------
    bool
        False for a source that is not known: its licence is not known either.

    Raises
    ------
    Nothing
        Any name has an answer.

    Examples
    --------
    >>> may_pass_geometry_on("viina"), may_pass_geometry_on("deepstate")
    (True, False)
    >>> may_pass_geometry_on("")
    False
    """
    known = {one.NAME: one for one in known_sources()}
    return bool(getattr(known.get(source), "MAY_PASS_GEOMETRY_ON", False))


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


def read_plain(
    path: str | Path,
    *,
    statuses: Mapping[str, str],
    status_column: str | None = None,
    date_column: str | None = None,
    date_pattern: str | None = None,
    crs: str | None = None,
    source: str = "plain",
    licence: str = "",
    attribution: str = "",
    on_error: OnError = "raise",
) -> ControlHistory:
    """
    Read any polygons into a history.

    Parameters
    ----------
    path : str or Path
        A file, a folder or an archive of files: GeoJSON, GeoPackage, Shapefile (its
        ``.shp``, with the parts beside it), FlatGeobuf or GeoParquet.
    statuses : mapping of str to str
        Status of each value of `status_column`, one of `Status` or ``"none"`` for what
        is left out on purpose. The value ``"*"`` stands for all that are not named;
        without it they are ``unknown``, and warned of.
    status_column : str, optional
        Column that tells who holds a shape. Without one, all shapes have the status
        of ``"*"``.
    date_column : str, optional
        Column that tells when a map was published: rows of one instant are one map. A
        day without a time ends at 23:59:59 UTC.
    date_pattern : str, optional
        Date in the file's name, for `datetime.strptime`: ``"front_%d%m%y"``. Without
        it and without a column, YYYY-MM-DD or YYYYMMDD is looked for.
    crs : str, optional
        Coordinate reference system, where the file names none or a wrong one.
    source, licence, attribution : str
        As in `ControlHistory`.
    on_error : {"raise", "skip"}, default "raise"
        What to do with a map that cannot be read: stop, or list it in ``rejected``
        and read the rest.

    Returns
    -------
    ControlHistory
        Shapes in EPSG:4326. Rows without geometry or date are listed in ``rejected``;
        points and lines are left out.

    Raises
    ------
    SourceError
        If there is nothing to read at `path`.
    SnapshotError
        If a file cannot be read, lacks a column or tells no date, and `on_error` is
        "raise"; names the file.
    OptionError
        If a status or a part of the pattern is not known.

    Warns
    -----
    UnknownStatusWarning
        If `status_column` holds values that `statuses` does not name.

    See Also
    --------
    read_history : with ``source="my_war.toml"`` for the same options in a file.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> import geopandas as gpd, shapely
    >>> folder = Path(mkdtemp())
    >>> island = gpd.GeoDataFrame(
    ...     {"army": ["north"]}, geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:4326"
    ... )
    >>> island.to_file(folder / "island-1864-04-18.gpkg")
    >>> history = read_plain(
    ...     folder, status_column="army", statuses={"north": "occupied"}
    ... )
    >>> list(history.at("1864-04-18").status), history.source
    (['occupied'], 'plain')
    >>> read_plain(folder, statuses={"*": "none"}).shapes.empty
    True
    """
    described = Plain(
        statuses=statuses,
        status_column=status_column,
        date_column=date_column,
        date_pattern=date_pattern,
        crs=crs,
        source=source,
        licence=licence,
        attribution=attribution,
    )
    logger.info("Reading %s as maps of %s", path, described.NAME)
    return join_maps(
        parse_files(
            raw_files(path, suffixes=described.SUFFIXES), described, on_error=on_error
        ),
        source=source,
        licence=licence,
        attribution=attribution,
        on_error=on_error,
    )
