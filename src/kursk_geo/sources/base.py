"""What a source is, and what the parsers of all sources share."""

import gzip
import io
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import (
    Callable,
    Collection,
    Generator,
    Iterator,
    Mapping,
    MutableMapping,
    Sequence,
)
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from glob import escape
from pathlib import Path, PurePosixPath
from typing import IO, Any, Protocol, TypeAlias, TypeGuard, runtime_checkable
from warnings import catch_warnings, filterwarnings

import geopandas as gpd
import numpy as np
import pandas as pd

from kursk_geo.errors import (
    DateNotFoundError,
    OptionError,
    SnapshotError,
    SourceError,
)
from kursk_geo.periods import When, instant, span
from kursk_geo.snapshots import ParsedMap, UnreadableFile

__all__ = [
    "MAPS",
    "SHAPEFILE",
    "Bounds",
    "JoiningSource",
    "Memo",
    "Parsed",
    "RawFile",
    "Source",
    "Window",
    "check_pattern",
    "day_in_name",
    "end_of_day",
    "has_suffix",
    "instant_in_name",
    "is_source",
    "raw_files",
    "read_day",
    "read_instants",
    "read_table",
    "refusal",
    "zip_shapefile",
]


Bounds: TypeAlias = tuple[float, float, float, float]
"""West, south, east, north. [degrees]"""

Memo: TypeAlias = MutableMapping[Any, Any]
"""What a source remembers from file to file of one run; it names its own keys."""

Parsed: TypeAlias = Sequence[ParsedMap | UnreadableFile | SnapshotError]
"""
What a file gives: its maps; what of it is left out, and why (a row of ``rejected``);
or a map that cannot be read, which stops the run unless ``on_error="skip"``.
"""


@runtime_checkable
class Source(Protocol):
    """
    Where maps come from, and how their files are read.

    A module with these names is a source, and so is an object: one that has options is
    best a frozen dataclass. It is pure: no network, no disk, no clock; the same bytes
    give the same maps.

    A source whose licence lets its shapes be passed on says so with one name more,
    ``MAY_PASS_GEOMETRY_ON = True``; without it they are not written into files for
    others.

    Examples
    --------
    >>> from kursk_geo.sources import deepstate
    >>> isinstance(deepstate, Source)
    True
    >>> isinstance("deepstate", Source)
    False
    """

    # Read-only, so that constants of a module and fields of a frozen dataclass fit.

    @property
    def NAME(self) -> str:  # noqa: N802  (a module spells its constants so)
        """Lower case; stands in ``ControlHistory.source`` and after ``source=``."""

    @property
    def LICENCE(self) -> str:  # noqa: N802
        """What may be published, in a sentence; travels with every output."""

    @property
    def ATTRIBUTION(self) -> str:  # noqa: N802
        """What must be said when a figure is published."""

    @property
    def CAVEAT(self) -> str:  # noqa: N802
        """What it is blind to, so that every reader must hear it; "" for nothing."""

    @property
    def HOME(self) -> Bounds | None:  # noqa: N802
        """
        Bounds of its theatre, in degrees.

        A map that lies there only with its coordinates swapped is refused. None for a
        source that maps any place.
        """

    @property
    def SUFFIXES(self) -> tuple[str, ...]:  # noqa: N802
        """How the names of its files end, lower case; other files are passed over."""

    def recognises(self, raw: bytes, name: str) -> bool:
        """
        Whether a file is of this source, by its content.

        Parameters
        ----------
        raw : bytes
            The file, unpacked if it was gzip.
        name : str
            Of the file, with the folders and the archive that it stands in. A name
            alone is no proof.

        Returns
        -------
        bool

        Raises
        ------
        Nothing
            Bytes of any kind are told from a map.
        """

    def parse(self, raw: bytes, name: str, *, memo: Memo | None = None) -> Parsed:
        """
        Parse one file.

        Parameters
        ----------
        raw : bytes
            The file, unpacked if it was gzip.
        name : str
            Of the file, with the folders and the archive that it stands in.
        memo : mutable mapping, optional
            What earlier files of the run left, to save work on what repeats. Without
            one the file stands for itself.

        Returns
        -------
        sequence
            One entry a map; ``origin`` and ``sha256`` may stay empty, `read_history`
            fills them.

        Raises
        ------
        SnapshotError
            If the file cannot be read; names it, and what to do.
        """


@runtime_checkable
class JoiningSource(Source, Protocol):
    """
    A source of which one map may lie in several files.

    Its `parse` leaves in the memo what is not a map by itself, and returns no entry
    for it.
    """

    def join(self, memo: Memo) -> Parsed:
        """
        Maps of what `parse` left in the memo, once all files have been seen.

        Parameters
        ----------
        memo : mutable mapping
            The one that was handed to `parse`. The order of files must not matter.

        Returns
        -------
        sequence
            One entry a map, with its ``origin`` and ``sha256``.

        Raises
        ------
        Nothing
            A map that cannot be read is a `SnapshotError` among the entries.
        """


def is_source(candidate: object) -> TypeGuard[Source]:
    """Whether something has what a source must have; a class is no source yet."""
    return isinstance(candidate, Source) and not isinstance(candidate, type)


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
    path: str | Path,
    *,
    suffixes: tuple[str, ...] = MAPS,
    known: Collection[str] = (),
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
    known : collection of str
        Names of files within the folder or archive that are not to be read.

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
            if name in known:
                continue
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
        return refusal(archive.name, stream.read(HEAD_BYTES))


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
    return RawFile(name, raw, refusal(name, raw))


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


def refusal(name: str, raw: bytes) -> SnapshotError | None:
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


SHAPEFILE = (".shp", ".shx", ".dbf", ".prj", ".cpg")
"""The parts of a shapefile; the first three it cannot do without."""
PARQUET = (".parquet", ".geoparquet")


def read_table(raw: bytes, name: str, *, layer: str | None = None) -> gpd.GeoDataFrame:
    """
    A table of shapes from the bytes of a file.

    Raises
    ------
    SnapshotError
        If the file cannot be read, or holds no geometry.
    """
    try:
        if name.lower().endswith(PARQUET):
            table = gpd.read_parquet(io.BytesIO(raw))
        else:
            with catch_warnings():
                # Bytes have no name whose extension could conform.
                filterwarnings("ignore", ".*non conformant file extension")
                table = gpd.read_file(io.BytesIO(raw), layer=layer)
    # What GDAL, Arrow and geopandas raise; pyogrio's errors are RuntimeErrors.
    except (RuntimeError, ValueError, OSError, KeyError) as error:
        msg = (
            f"{name}: cannot be read: {error}. Expected a GeoJSON, GeoPackage, "
            "Shapefile, FlatGeobuf or GeoParquet file, whole: download it again, or "
            "name one of its layers with layer=."
        )
        raise SnapshotError(msg) from error
    if not isinstance(table, gpd.GeoDataFrame) or table.active_geometry_name is None:
        msg = (
            f"{name}: a table without geometry. Expected polygons: name another layer "
            "with layer=, or join the table to its shapes first."
        )
        raise SnapshotError(msg)
    return table


def zip_shapefile(parts: Mapping[str, bytes], name: str) -> bytes:
    """
    The parts of a shapefile, by suffix, as the ZIP archive that GDAL reads.

    Raises
    ------
    SnapshotError
        If a part is missing.
    """
    missing = [suffix for suffix in SHAPEFILE[:3] if suffix not in parts]
    if missing:
        msg = (
            f"{name}: its parts {', '.join(missing)} are missing. Expected .shp, .shx "
            "and .dbf beside each other: unpack or download them together."
        )
        raise SnapshotError(msg)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for suffix, raw in parts.items():
            archive.writestr(f"shapes{suffix}", raw)
    return packed.getvalue()


@dataclass(frozen=True)
class Window:
    """First and last day of publication, both included; None leaves an end open."""

    start: When | None = None
    end: When | None = None
    tz: str = "UTC"

    def __post_init__(self) -> None:
        first, last = span(self.start, self.end, tz=self.tz)
        if first is not None and last is not None and last < first:
            msg = (
                f"start={self.start!r}, end={self.end!r} was given. Expected the end "
                "on the day of the start or later: swap them."
            )
            raise OptionError(msg)

    def holds(self, when: pd.Timestamp) -> bool:
        """Whether an instant lies within."""
        first, last = span(self.start, self.end, tz=self.tz)
        return (first is None or when >= first) and (last is None or when <= last)

    def days(self, earliest: date, latest: date | None = None) -> list[date]:
        """UTC days that it touches, none before `earliest` or after `latest`."""
        first, last = span(self.start, self.end, tz=self.tz)
        latest = latest or datetime.now(UTC).date()
        earliest = earliest if first is None else max(earliest, first.date())
        latest = latest if last is None else min(latest, last.date())
        n_days = (latest - earliest).days + 1
        return [earliest + timedelta(days=offset) for offset in range(n_days)]

    def empty(self, source: str, reach: str = "") -> DateNotFoundError:
        """The error for a window without maps."""
        msg = (
            f"No map of {source} was published from {self.start or 'the beginning'} "
            f"to {self.end or 'today'} ({self.tz}). Expected at least one: ask for "
            f"other days.{' ' + reach if reach else ''}"
        )
        return DateNotFoundError(msg)


YEARS = range(2000, 2100)
"""A map of another year is misdated: one export writes 2202 for 2025."""

_ISO = re.compile(r"(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)")
_COMPACT = re.compile(r"(?<!\d)(\d{4})(\d\d)(\d\d)(?!\d)")


def end_of_day(day: date) -> pd.Timestamp:
    """
    The last second of a day, in UTC.

    Where a source tells a day and no time, its map was published in the course of it:
    ``history.at(day)`` finds it, and no earlier day does.
    """
    return pd.Timestamp(day, tz="UTC").as_unit("us") + pd.Timedelta("23:59:59")


def read_day(value: object, name: str) -> date:
    """
    The day of an ISO date or time, YYYYMMDD, or milliseconds since 1970 (UTC).

    Raises
    ------
    SnapshotError
        If it is none of these, or of a year in which no such map was made.
    """
    day = _day(value)
    if day is None or day.year not in YEARS:
        msg = (
            f"{name}: dated {value!r}. Expected a day from {YEARS[0]} to {YEARS[-1]}, "
            "such as '2025-04-15': correct the date in the file, or leave it out with "
            "on_error='skip'."
        )
        raise SnapshotError(msg)
    return day


def _day(value: object) -> date | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        if 19_000_101 <= value <= 22_991_231:
            value = str(int(value))
        else:
            start = datetime(1970, 1, 1, tzinfo=UTC)
            try:
                return (start + timedelta(milliseconds=value)).date()
            except (OverflowError, ValueError):
                return None
    match = _ISO.match(str(value)) or _COMPACT.fullmatch(str(value).strip())
    return None if match is None else _calendar(match)


def _calendar(match: re.Match[str]) -> date | None:
    try:
        return date(*map(int, match.groups()))
    except ValueError:
        return None


def day_in_name(name: str) -> date | None:
    """The day in a file's name, as YYYY-MM-DD or YYYYMMDD; None if it tells none."""
    stem = name.rsplit("/", 1)[-1]
    for pattern in (_ISO, _COMPACT):
        days = {_calendar(match) for match in pattern.finditer(stem)} - {None}
        if len(days) == 1:
            return days.pop()
    return None


DIRECTIVES = {
    "Y": r"\d{4}", "y": r"\d\d", "m": r"\d\d", "d": r"\d\d", "j": r"\d{3}",
    "b": r"[^\W\d_]{3}", "B": r"[^\W\d_]+", "H": r"\d\d", "M": r"\d\d", "S": r"\d\d",
    "%": "%",
}  # fmt: skip
"""What each part of a pattern of `datetime.strptime` looks like in a file's name."""


def check_pattern(date_pattern: str) -> str:
    """
    The regular expression for a pattern of `datetime.strptime`, once checked.

    Raises
    ------
    OptionError
        If a part of the pattern is not known, or it tells no day.
    """
    parts = re.split(r"%(.)", date_pattern)
    strangers = [f"%{part}" for part in parts[1::2] if part not in DIRECTIVES]
    told = set(parts[1::2])
    if strangers or not (told & {"Y", "y"} and ({"d"} < told or "j" in told)):
        known = ", ".join(f"%{part}" for part in DIRECTIVES)
        msg = (
            f"date_pattern={date_pattern!r} tells no day. Expected year, month and "
            f"day out of {known}: date_pattern='front_%Y-%m-%d'."
        )
        raise OptionError(msg)
    looks = "".join(
        DIRECTIVES[part] if position % 2 else re.escape(part)
        for position, part in enumerate(parts)
    )
    return rf"(?<!\d){looks}(?!\d)"


def instant_in_name(
    name: str, date_pattern: str | None, *, tz: str = "UTC"
) -> pd.Timestamp:
    """
    The instant that a file's name tells; a day without a time ends at 23:59:59.

    Raises
    ------
    SnapshotError
        If it tells none.
    """
    stem = name.rsplit("/", 1)[-1]
    if date_pattern is None:
        day = day_in_name(name)
        if day is not None:
            return _instant(day, name, tz=tz)
        expected = "YYYY-MM-DD or YYYYMMDD in the file's name"
    else:
        match = re.search(check_pattern(date_pattern), stem)
        try:
            stamp = match and datetime.strptime(match[0], date_pattern)  # noqa: DTZ007
        except ValueError:
            stamp = None
        if stamp is not None:
            return _instant(
                stamp if "%H" in date_pattern else stamp.date(), name, tz=tz
            )
        expected = f"a name that matches {date_pattern!r}"
    msg = (
        f"{name}: nothing tells when this map was published. Expected {expected}: "
        "rename the file, or tell date_column or date_pattern."
    )
    raise SnapshotError(msg)


def read_instants(column: pd.Series, name: str, *, tz: str = "UTC") -> pd.Series:
    """
    The instant of each row; NaT where there is none.

    Days end at 23:59:59. A column of times of which all are midnight holds days, as
    GDAL hands dates on.

    Raises
    ------
    SnapshotError
        If a value cannot be read.
    """
    told = column.dropna()
    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "M":
        days_only = bool((told == told.dt.normalize()).all())
        told = told.dt.date if days_only else told
    known = {
        value: _instant(_when(one), name, tz=tz)
        for value, one in zip(column.dropna(), told, strict=True)
    }
    return pd.Series(
        [known.get(value, pd.NaT) for value in column], dtype="datetime64[us, UTC]"
    )


def _when(value: object) -> When:
    if isinstance(value, (int, float, np.number)):
        number = int(value)
        is_compact = len(str(number)) == 8  # YYYYMMDD, else milliseconds
        return str(number) if is_compact else pd.Timestamp(number, unit="ms", tz="UTC")
    return value  # type: ignore[return-value]  # instant() refuses what it cannot read


def _instant(value: When, name: str, *, tz: str) -> pd.Timestamp:
    try:
        moment = instant(value, tz=tz)
    except OptionError as error:
        msg = f"{name}: {error}"
        raise SnapshotError(msg) from error
    is_date = moment.microsecond == 999_999  # a map of a day is of its last second
    return moment.floor("s") if is_date else moment
