"""Files, folders and archives into one history; new ones into one that is there."""

import logging
import os
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor
from contextlib import closing
from dataclasses import replace
from functools import cache, partial, reduce
from hashlib import sha256
from importlib import import_module
from importlib.resources import as_file
from importlib.resources import files as resources
from itertools import chain
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

import pandas as pd

from kursk_geo._files import (
    ARCHIVES,
    MAPS,
    Place,
    RawFile,
    has_suffix,
    is_json,
    load_file,
    map_files,
    raw_files,
    track,
    write_whole,
)
from kursk_geo.errors import (
    LicenceError,
    OptionError,
    SnapshotError,
    SourceError,
    SourceWarning,
    UnknownStatusWarning,
    check_word,
    did_you_mean,
)
from kursk_geo.formats import no_feature
from kursk_geo.history import ControlHistory, rejected_table
from kursk_geo.periods import MICROSECOND, When, instant
from kursk_geo.snapshots import ParsedMap, UnreadableFile, join_maps
from kursk_geo.sources import cyterat, deepstate, isw, nzz, plain, viina
from kursk_geo.sources.base import (
    Bounds,
    JoiningSource,
    Memo,
    Parsed,
    Source,
    Window,
)
from kursk_geo.store import FACTS, MANIFEST, open_store, replace_store, store_writer

if TYPE_CHECKING:
    from kursk_geo.sources.http import Web

SOURCES: Mapping[str, Source] = {
    source.NAME: source
    for source in (deepstate, nzz, isw, cyterat, viina.Viina(), plain.Kml())
}
"""The library's own sources by name, in the order in which they are tried."""


SAMPLE_MAPS = resources("kursk_geo.data") / "sample.zip"
SAMPLE = "sample"
"""What `sample_history` calls the maps that were drawn by us."""
SAMPLE_LICENCE = (
    "MIT, as the code: drawn for trying it, not to be cited for the ground."
)
DRAWN_BY_US = "Schematic sample maps of kursk_geo, not real outlines"
"""Whose they are, whatever format they are drawn in; pictures and pages mark them."""


def list_sources() -> list[str]:
    """
    Names of the sources that `read_history` knows.

    Returns
    -------
    list of str
        Sorted.

    Examples
    --------
    >>> "deepstate" in list_sources()
    True
    """
    return sorted(SOURCES)


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
    known = SOURCES.get(source)
    return source == SAMPLE or bool(getattr(known, "MAY_PASS_GEOMETRY_ON", False))


def kept_back(history: ControlHistory) -> str:
    """Why the shapes of a history may not be passed on; nothing where they may."""
    if may_pass_geometry_on(history.source):
        return ""
    return f"The shapes of {history.source!r} may not be passed on. {history.licence}"


logger = logging.getLogger(__name__)

OnError = Literal["raise", "skip"]


def read_history(
    path: str | Path | Sequence[str | Path],
    *,
    source: str | Source | None = None,
    newer_than: ControlHistory | When | None = None,
    on_error: OnError = "raise",
    executor: Executor | None = None,
) -> ControlHistory:
    """
    Read published maps into one history.

    Parameters
    ----------
    path : str, Path or sequence of them
        A folder of maps (strangers beside them are passed over), one map, ``.gz``,
        ``.zip``, ``.tar``, ``.tar.gz``, ``.tar.xz``, or a store that `write_store`
        wrote. Archives are streamed: nothing is unpacked to disk. Of several the
        maps are read as if they lay in one folder.
    source : str or Source, optional
        One of `list_sources`; a TOML file that describes the columns of any polygons
        (see `read_plain`); or a source of your own. By default told from the content
        of the files; ``ControlHistory.source`` says which it was.
    newer_than : ControlHistory, date or instant, optional
        Keep only the maps published after the last one of this history, or after
        this day or instant: what `ControlHistory.append` takes.
    on_error : {"raise", "skip"}, default "raise"
        What to do with a map that cannot be read: stop, or list it in ``rejected``
        and read the rest.
    executor : concurrent.futures.Executor, optional
        Where files are parsed: a pool of processes, or machines (``get_executor()`` of
        a ``distributed.Client``) that see the same paths. It is handed the paths of 64
        files, or of an archive, at a time. Of a source of which one map may lie in
        several files (ISW, VIINA, tables) all are read here.

    Returns
    -------
    ControlHistory
        The same from any container, in any order of files, by any executor. Polygons
        that overlap are kept as they are; features without ground (points, lines) are
        left out; features that cannot be read are rows of ``rejected``.

    Raises
    ------
    SourceError
        If there is nothing to read at `path`, or no source is known for it.
    SnapshotError
        If a map cannot be read and `on_error` is "raise"; names the file.
    StoreError
        If `path` is a store of another version, or damaged.
    OptionError
        If `source` or `on_error` is not known, or `executor` lost a process.

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
    >>> history = kg.read_history("maps/")  # doctest: +SKIP
    >>> from importlib.resources import files
    >>> kg.read_history(files("kursk_geo.data") / "sample.zip").source
    'deepstate'
    >>> kg.read_history("no/such/folder")
    Traceback (most recent call last):
        ...
    kursk_geo.errors.SourceError: There is no no/such/folder. Expected a folder, ...
    """
    check_word("on_error", on_error, ("raise", "skip"))
    paths = [path] if isinstance(path, (str, Path)) else list(path)
    named = None if source is None else as_source(source)
    after: pd.Timestamp | None = None
    if isinstance(newer_than, ControlHistory):
        if len(newer_than):
            after = newer_than.snapshots["snapshot_utc"].iloc[-1]
    elif newer_than is not None:
        after = instant(newer_than)
    stores = [one for one in paths if Path(one, MANIFEST).is_file()]
    if len(stores) == len(paths) == 1:
        history = open_store(paths[0])
        return history if after is None else history.between(after + MICROSECOND, None)
    if stores or not paths:
        given = f"{stores[0]} is a store" if stores else "no path was given"
        msg = (
            f"{given}. Expected paths of maps, or a store alone: open the store, and "
            "append to it what read_history(maps, newer_than=store) gives."
        )
        raise OptionError(msg)
    found = named or tell_source(paths, on_error=on_error)
    logger.info("Reading %s as maps of %s", ", ".join(map(str, paths)), found.NAME)
    if found.CAVEAT:
        warnings.warn(found.CAVEAT, SourceWarning, stacklevel=2)
    if executor is None or isinstance(found, JoiningSource):
        files = chain.from_iterable(
            raw_files(one, suffixes=found.SUFFIXES) for one in paths
        )
        maps = parse_files(files, found)
    else:
        maps = _maps_of(_parse_by(executor, paths, found), found)
    if after is not None:
        maps = (
            one
            for one in maps
            if isinstance(one, UnreadableFile) or one.snapshot_utc > after
        )
    history = join_maps(maps, **_facts_of(found), on_error=on_error)
    digests = set(history.snapshots["sha256"])
    if digests and digests <= _sample_digests():
        # What is drawn by us is signed by us, in whatever format it was drawn.
        return replace(history, attribution=DRAWN_BY_US)
    return history


def sample_history() -> ControlHistory:
    """
    Maps to try the library on, which come with it.

    They are 24 schematic maps of Kursk and its neighbours, from April 2022 to April
    2025, drawn by us in DeepState's file format. Area, sections and depth in Kursk are
    those measured on the real map of the same instant, to 0.1 %; where ground lies
    within Kursk is made up.

    Returns
    -------
    ControlHistory
        Of the source "sample". Its shapes may be passed on.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> history = kg.sample_history()
    >>> len(history.snapshots), history.source
    (24, 'sample')
    >>> len(kg.sections(history.select("kursk"), at="2025-04-15"))
    3
    """
    with as_file(SAMPLE_MAPS) as path, warnings.catch_warnings():
        # One of them has a colour that means nothing, as a real map had.
        warnings.simplefilter("ignore", UnknownStatusWarning)
        history = read_history(path)
    return replace(
        history,
        snapshots=history.snapshots.assign(source=SAMPLE),
        source=SAMPLE,
        licence=SAMPLE_LICENCE,
    )


def _facts_of(source: Source) -> dict[str, Any]:
    """What `join_maps` is told of a source."""
    told = {"licence": source.LICENCE, "attribution": source.ATTRIBUTION}
    return {"source": source.NAME, "home": source.HOME, **told}


@cache
def _sample_digests() -> frozenset[str]:
    """Digests of the sample maps that come with the package."""
    with as_file(SAMPLE_MAPS) as path:
        return frozenset(sha256(one.raw).hexdigest() for one in raw_files(path))


def as_source(source: str | Source) -> Source:
    """
    A source by its name, from a TOML file, or as it is.

    Raises
    ------
    OptionError
        If it is none.
    """
    given: object = source
    if isinstance(source, str):
        if source.lower().endswith(".toml"):
            return plain.read_mapping(source)
        if source in SOURCES:
            return SOURCES[source]
    elif isinstance(given, Source) and not isinstance(given, type):
        return source
    msg = (
        f"source={source!r} is not known. Expected one of: "
        f"{', '.join(list_sources())}; a TOML file that describes its columns "
        "(docs/adding_a_source.md); or an object that has what kursk_geo.Source "
        "describes. Any polygons are read with "
        f"kursk_geo.read_plain().{did_you_mean(source, SOURCES)}"
    )
    raise OptionError(msg)


def tell_source(paths: Sequence[str | Path], *, on_error: OnError = "raise") -> Source:
    """
    The source that the files at some paths come from, told from their content.

    Raises
    ------
    SourceError
        If there is nothing that can be read.
    SnapshotError
        If no source is known for what there is, or a map before the first that is
        known cannot be read and `on_error` is "raise".
    """
    every = {suffix for one in SOURCES.values() for suffix in one.SUFFIXES}
    suffixes = tuple(every - {*ARCHIVES})  # which are looked into
    strangers: list[str] = []
    errors: list[SnapshotError] = []
    for path in paths:
        with closing(raw_files(path, suffixes=suffixes)) as files:
            for file in files:
                if file.error is not None:
                    if on_error == "raise" and has_suffix(file.name, MAPS):
                        raise file.error
                    errors.append(file.error)
                    continue
                for source in SOURCES.values():
                    if source.recognises(file.raw, file.name) and (
                        source.HOME is None or _lies_in(file.raw, source.HOME)
                    ):
                        return source
                strangers.append(file.name)
    if errors and on_error == "raise":
        raise errors[0]
    if not strangers:
        reasons = "; ".join(map(str, errors))
        msg = f"No map of {', '.join(map(str, paths))} could be read. {reasons}"
        raise SourceError(msg)
    msg = (
        f"{strangers[0]}: not a map of any source that is known here "
        f"({', '.join(list_sources())}). Name its source with source= (--source): one "
        "of these, or a TOML file that tells its columns, as kursk_geo.read_plain() is "
        "told; or check that the file is what you think it is."
    )
    raise SnapshotError(msg)


_POSITION = re.compile(rb"\[\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*[,\]]")


def _lies_in(raw: bytes, home: Bounds) -> bool:
    """
    Whether a position in the text of a map lies within bounds, swapped or not.

    True where there is no position at all: what holds none tells nothing of its place.
    """
    if not is_json(raw):
        return True
    west, south, east, north = home
    nowhere = True
    for match in _POSITION.finditer(raw):
        nowhere = False
        x, y = float(match[1]), float(match[2])
        for lon, lat in ((x, y), (y, x)):
            if west <= lon <= east and south <= lat <= north:
                return True
    return nowhere


def parse_files(
    files: Iterable[RawFile], source: Source
) -> Iterator[ParsedMap | UnreadableFile]:
    """
    Maps of files, one at a time, ready for `join_maps`.

    Raises
    ------
    SourceError
        If no file could be read, or none holds a map.
    """
    read = parse_each(track(files, description="Reading maps"), source)
    yield from _maps_of(read, source)


Read: TypeAlias = Iterator[tuple[RawFile, list[ParsedMap | UnreadableFile]]]
"""What files gave, each without its bytes; without a name, what all of them gave."""


def parse_each(files: Iterable[RawFile], source: Source) -> Read:
    """What each file gives, errors among it; at last, what all of them give."""
    memo: Memo = {}
    for file in files:
        parsed: Parsed
        try:
            if file.error is not None:
                raise file.error
            parsed = source.parse(file.raw, file.name, memo=memo)
        except SnapshotError as error:
            parsed = [error]
        digest = sha256(file.raw).hexdigest() if parsed else ""
        yield replace(file, raw=b""), [_told(one, file.name, digest) for one in parsed]
    if isinstance(source, JoiningSource):
        yield RawFile("", b""), [_told(one, "", "") for one in source.join(memo)]


def _told(
    one: ParsedMap | UnreadableFile | SnapshotError, name: str, digest: str
) -> ParsedMap | UnreadableFile:
    """What a source's parser or `join` gave, with the file that it comes from."""
    if isinstance(one, ParsedMap) and one.features:
        return replace(one, origin=name, sha256=digest) if name else one
    if isinstance(one, UnreadableFile):
        return one
    error = one if isinstance(one, SnapshotError) else no_feature(name)
    return UnreadableFile(name, str(error), stops=True)


def _maps_of(read: Read, source: Source) -> Iterator[ParsedMap | UnreadableFile]:
    refused: list[str] = []
    n_files = n_found = 0
    for file, maps in read:
        n_files += file.name != ""
        n_found += len(maps)
        if file.error is not None:
            refused.append(str(file.error))
        yield from maps
    if n_files == len(refused):
        msg = f"No map could be read. {'; '.join(refused)}"
        raise SourceError(msg)
    if not n_found:
        msg = (
            f"None of {n_files} files holds a map of {source.NAME}. Expected at least "
            "one: look at their rows, or name another source."
        )
        raise SourceError(msg)


PART = 64
"""Files that are sent together: half a second of reading, or a tenth of it."""

Part: TypeAlias = Path | list[tuple[str, Place]]
"""An archive or a file; or names of files in a folder, and where each lies."""


def _parse_by(executor: Executor, paths: Sequence[str | Path], source: Source) -> Read:
    """What `parse_each` gives of all files, in their order, from an executor."""
    parts: list[Part] = []
    for path in map(Path, paths):
        here = path.absolute()
        files = list(map_files(here, suffixes=source.SUFFIXES)) if path.is_dir() else []
        # What lies in an archive can be read only while that is open.
        if not files or any(callable(place) for _, place in files):
            parts.append(here)
            continue
        parts += [files[at : at + PART] for at in range(0, len(files), PART)]
    # A module cannot be sent: its name can.
    sent = source.__name__ if isinstance(source, ModuleType) else source
    try:
        results = executor.map(partial(_parse_part, source=sent), parts)
        yield from chain.from_iterable(
            track(results, description="Reading", total=len(parts))
        )
    except BrokenExecutor as error:
        msg = (
            f"executor={executor!r} lost a process that read maps: {error} Expected "
            "one that lives on: give it more memory, or leave executor= out."
        )
        raise OptionError(msg) from error


def _parse_part(
    part: Part, *, source: Source | str
) -> list[tuple[RawFile, list[ParsedMap | UnreadableFile]]]:
    found = cast("Source", import_module(source)) if isinstance(source, str) else source
    files = (
        raw_files(part, suffixes=found.SUFFIXES)
        if isinstance(part, Path)
        else (load_file(name, place) for name, place in part)
    )
    return list(parse_each(files, found))


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
    described = plain.Plain(
        statuses=statuses,
        status_column=status_column,
        date_column=date_column,
        date_pattern=date_pattern,
        crs=crs,
        source=source,
        licence=licence,
        attribution=attribution,
    )
    return read_history(path, source=described, on_error=on_error)


Fetch: TypeAlias = Callable[["Web", Window], Iterator[RawFile]]

FETCHABLE: Mapping[str, tuple[Source, Fetch]] = {
    "cyterat": (cyterat, cyterat.fetch),
    "deepstate": (deepstate, deepstate.fetch),
    "deepstate-archive": (deepstate, deepstate.fetch_archive),
    "isw": (isw, isw.fetch),
    "isw-timelapse": (isw, isw.fetch_timelapse),
    "viina": (SOURCES["viina"], viina.fetch),
}
"""What can be fetched: the source that reads it, and where it is published."""


def fetch_history(
    source: str,
    *,
    start: When | None = None,
    end: When | None = None,
    tz: str = "UTC",
    into: str | os.PathLike[str] | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
    offline: bool = False,
    accept_terms: bool = False,
) -> ControlHistory:
    """
    Fetch published maps into the cache, and read them into one history.

    Interrupted at any point, the same call fetches only the rest.

    Parameters
    ----------
    source : {"deepstate", "deepstate-archive", "cyterat", "isw", "isw-timelapse", \
"viina"}
        DeepState's own interface; the public archive of its raw maps, April 2022 to
        August 2025, as one tarball; a daily mirror of its Russian-held ground; ISW's
        layers of today; ISW's time lapse of 2022 to 2024; VIINA's tables by place.
    start, end : str, date, datetime or Timestamp, optional
        First and last day of publication, both included; left out, that end is open.
    tz : str, default "UTC"
        Zone in which days begin and end.
    into : path-like, optional
        Folder to put the fetched files into as well, beside their terms; with
        `read_history` it gives the same history.
    cache_dir : path-like, optional
        Default: ``KURSK_GEO_CACHE``, or the platform's cache folder.
    offline : bool, default False
        Never touch the network; what the cache lacks is an error that names it.
    accept_terms : bool, default False
        Confirm that you may use the maps of a source whose terms ask for consent
        (ISW).

    Returns
    -------
    ControlHistory
        What `read_history` gives for the same files; only ``origin`` tells the
        container.

    Raises
    ------
    OptionError
        If the source, a date or the zone is not known, or `into` cannot be written.
    DateNotFoundError
        If no map was published in these days.
    LicenceError
        If the publisher does not hand its maps out, or its terms are not accepted.
    OfflineError
        If `offline` and the cache lacks some.
    DownloadError
        If something cannot be had whole.
    SourceError, SnapshotError
        If what was fetched cannot be read; names the file.

    Warns
    -----
    SourceWarning
        If the source is blind to something, or lacks days within the window.

    Examples
    --------
    >>> fetch_history("deepstate", start="2024-08-01", offline=True)
    Traceback (most recent call last):
        ...
    kursk_geo.errors.OfflineError: https://deepstatemap.live/api/history/public ...
    >>> fetch_history("nzz")
    Traceback (most recent call last):
        ...
    kursk_geo.errors.SourceError: source='nzz' cannot be fetched: ...
    """
    from kursk_geo.sources.http import Web  # noqa: PLC0415  (loads requests)

    if source in {*SOURCES, "plain"} - {*FETCHABLE}:
        msg = (
            f"source={source!r} cannot be fetched: its maps have no common address. "
            f"Expected one of {', '.join(FETCHABLE)}. Save its files yourself (see "
            "docs/fetching.md), and read them with read_history(path)."
        )
        raise SourceError(msg)
    check_word("source", source, FETCHABLE)
    window = Window(start, end, tz)
    reader, fetch = FETCHABLE[source]
    if reader is isw and not accept_terms:
        msg = (
            f"The maps of {source} are not free: {isw.LICENCE} Expected that you have "
            f"read {isw.TERMS_URL} and may use them: confirm it with "
            "accept_terms=True, or --accept-terms on the command line."
        )
        raise LicenceError(msg)
    if reader.CAVEAT:
        warnings.warn(reader.CAVEAT, SourceWarning, stacklevel=2)
    with Web(cache_dir=cache_dir, offline=offline) as web:
        files = fetch(web, window)
        if into is not None:
            files = _put_into(Path(into), files, reader)
        kept = (  # a file may hold the maps of a month or a year
            one
            for one in parse_files(files, reader)
            if isinstance(one, UnreadableFile) or window.holds(one.snapshot_utc)
        )
        history = join_maps(kept, **_facts_of(reader))
    if history.snapshots.empty:
        raise window.empty(reader.NAME)
    return history


def _put_into(
    folder: Path, files: Iterable[RawFile], reader: Source
) -> Iterator[RawFile]:
    """Put files into a folder, each whole or not at all, beside their terms."""
    terms = (
        f"Source: {reader.NAME}\nCredit: {reader.ATTRIBUTION}\n"
        f"Terms: {reader.LICENCE}\n"
    )
    write_whole(folder / "SOURCE.txt", terms.encode())
    for file in files:
        if file.error is None:
            write_whole(folder / PurePosixPath(file.name).name, file.raw)
        yield file


def update_store(
    store: Path, maps: str | Path, *, source: str | None = None
) -> tuple[ControlHistory, ControlHistory, list[str]]:
    """
    Put the maps of a folder or archive that a store lacks into it.

    Nobody else writes the store from before it is read until it is written. Files that
    it was made of are known by their name, and not read again.

    Parameters
    ----------
    store : Path
        Made if it is not there.
    maps : str or Path
        Where its maps lie, with the new ones among them.
    source : str, optional
        As in `read_history`; by default that of the store.

    Returns
    -------
    before, after : ControlHistory
        As the store was, and as it is: the same as if all maps had been read at once.
    refused : list of str
        Why files were left out, a sentence each: those that cannot be read, and those
        whose instant another map has.

    Raises
    ------
    StoreError
        If it cannot be read or written.
    SourceError
        If there is nothing to read.
    OptionError
        If the store's own source is none that reads maps.
    """
    first = (
        None if store.exists() else read_history(maps, source=source, on_error="skip")
    )
    with store_writer(store):
        if first is not None and not store.exists():
            before, after = first.between("0001-01-01", "0001-01-01"), first
            broken = first.rejected["feature"].isna()
            refused = first.rejected["reason"][broken].tolist()
        else:
            before = open_store(store)
            told = ""
            if before.source == SAMPLE:
                told = "a store of published maps, to which more come: name another"
            elif source is None and before.source not in SOURCES:
                told = "--source (source=) with the file that describes their columns"
            if told:
                msg = f"{store} holds maps of {before.source!r}. Expected {told}."
                raise OptionError(msg)
            known = as_source(source or before.source)
            after, refused = _with_new_maps(before, maps, known)
        if len(after) > len(before):
            replace_store(after, store, append=True)
    return before, after, refused


def _with_new_maps(
    history: ControlHistory, path: str | Path, source: Source
) -> tuple[ControlHistory, list[str]]:
    """A history with the maps at a path that it lacks, and why others are left out."""
    published, origins = (history.snapshots[one] for one in ("snapshot_utc", "origin"))
    digests = dict(zip(published, history.snapshots["sha256"], strict=True))
    known = {origin.partition("/")[2] or origin for origin in origins}
    if isinstance(source, JoiningSource):  # of new maps, parts may lie in old files
        known = set()
    files = raw_files(path, suffixes=source.SUFFIXES, known=known)
    refused: list[str] = []

    def new_maps() -> Iterator[ParsedMap | UnreadableFile]:
        for one in chain.from_iterable(maps for _, maps in parse_each(files, source)):
            if isinstance(one, UnreadableFile):
                own = one.reason.startswith(one.origin)
                refused.append(one.reason if own else f"{one.origin}: {one.reason}")
                yield one
            elif one.snapshot_utc not in digests:
                yield one
            elif one.sha256 != digests[one.snapshot_utc]:
                refused.append(
                    f"{one.origin}: another map of {one.snapshot_utc:%Y-%m-%d %H:%M} "
                    "UTC is there already. To take this one, write the store anew."
                )

    facts = {name: getattr(history, name) for name in FACTS}
    read = join_maps(new_maps(), **facts, home=source.HOME, on_error="skip")
    # Each run of maps from one of the two, one after the other.
    both = {"known": history, "new": read}
    when = pd.concat([one.snapshots.assign(of=name) for name, one in both.items()])
    when = when.sort_values("snapshot_utc")
    runs = (when["of"] != when["of"].shift()).cumsum()
    parts = [
        both[run["of"].iloc[0]].between(*run["snapshot_utc"].iloc[[0, -1]])
        for _, run in when.groupby(runs)
    ]
    joined = reduce(ControlHistory.append, parts) if parts else history
    rejected = pd.concat([history.rejected, read.rejected]).drop_duplicates()
    return replace(joined, rejected=rejected_table(rejected)), refused
