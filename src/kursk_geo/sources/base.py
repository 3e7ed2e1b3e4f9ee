"""What a source is, and what the parsers of all sources share."""

import os
import re
import tarfile
import zipfile
from collections.abc import (
    Callable,
    Collection,
    Generator,
    Iterator,
    Mapping,
    MutableMapping,
    Sequence,
)
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from glob import escape
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import IO, Any, Protocol, TypeAlias, TypeGuard, runtime_checkable

import pandas as pd

from kursk_geo._files import BROKEN, MAX_BYTES, check_unpacked, unpack
from kursk_geo.errors import (
    DateNotFoundError,
    OptionError,
    SnapshotError,
    SourceError,
)
from kursk_geo.formats import SHAPEFILE, zipped
from kursk_geo.periods import When, instant, span
from kursk_geo.snapshots import MapFeature, ParsedMap, UnreadableFile

Bounds: TypeAlias = tuple[float, float, float, float]
"""West, south, east, north. [degrees]"""

Memo: TypeAlias = MutableMapping[Any, Any]
"""What a source remembers from file to file of one run; it names its own keys."""

WARNING = "warning"
"""Key in the memo of what readers are warned of once a run, wherever it is read."""

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
            The file, unpacked if it was packed.
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
            The file, unpacked if it was packed.
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


MAPS = (".geojson", ".json")
PACKED = (".gz", ".bz2", ".xz")
"""Endings of single files that are unpacked, and stand behind their own."""
TARS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
ARCHIVES = (*TARS, ".zip")
_POSITION = re.compile(rb"\[\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*[,\]]")


def lies_in(raw: bytes, home: Bounds) -> bool:
    """
    Whether a position in the text of a map lies within bounds, swapped or not.

    True where there is no position at all: what holds none tells nothing of its place.
    """
    west, south, east, north = home
    nowhere = True
    for match in _POSITION.finditer(raw):
        nowhere = False
        x, y = float(match[1]), float(match[2])
        for lon, lat in ((x, y), (y, x)):
            if west <= lon <= east and south <= lat <= north:
                return True
    return nowhere


HEAD_BYTES = 400
"""Enough to tell a map from what a server sends in its place. [bytes]"""

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
        In the archive's order, or a folder's sorted. ``.gz`` is unpacked. Links that
        lead nowhere, folders that cannot be looked into and members that are no files
        are errors among them, not passed over.

    Raises
    ------
    SourceError
        If the path is not there, cannot be opened, or holds no map.
    """
    for name, place in map_files(path, suffixes=suffixes, known=known):
        yield load_file(name, place)


Place: TypeAlias = IO[bytes] | Path | Callable[[], IO[bytes]] | SnapshotError
"""Where to read a file: some archives can open their members one by one."""


def map_files(
    path: str | Path, *, suffixes: tuple[str, ...] = MAPS, known: Collection[str] = ()
) -> Iterator[tuple[str, Place]]:
    """
    Names of the files of `raw_files`, and where to read each; none is read yet.

    Raises
    ------
    SourceError
        As in `raw_files`.
    """
    path = Path(path)
    try:
        path.stat()
        is_folder = path.is_dir()
    except (FileNotFoundError, NotADirectoryError) as error:
        msg = f"There is no {path}. Expected a folder, a map or an archive of maps."
        raise SourceError(msg) from error
    except (OSError, ValueError) as error:
        msg = (
            f"{path} cannot be looked at: {error}. Expected a folder, a map or an "
            "archive of maps that you may read."
        )
        raise SourceError(msg) from error
    found = False
    strangers: list[str] = []
    alone = not (is_folder or path.name.lower().endswith(ARCHIVES))
    try:
        # A name that is no UTF-8 can be read, but neither printed nor stored.
        own = os.fsencode(path.name).decode(errors="backslashreplace")
        for given, place in _members(path):
            name = os.fsencode(given).decode(errors="backslashreplace")
            # A folder that cannot be looked into may hold maps.
            unseen = name.endswith("/")
            stranger = not has_suffix(name, suffixes) or _is_ours(place)
            if not alone and not unseen and stranger:
                strangers.append(name)
                continue
            found = True
            if name in known:
                continue
            yield name if alone else f"{own}/{name}", place
    except (tarfile.TarError, *BROKEN) as error:
        if isinstance(error, SnapshotError):
            raise
        msg = (
            f"{path}: the archive breaks off or cannot be opened: {error}. It is "
            "damaged, cut short or locked: download it again."
        )
        told: SnapshotError | None = None
        with suppress(OSError), path.open("rb") as stream:
            told = refusal(path.name, stream.read(HEAD_BYTES))
        yield own, told or SnapshotError(msg)
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


def has_suffix(name: str, suffixes: tuple[str, ...]) -> bool:
    """Whether a file's name ends in one of `suffixes`, and is not hidden."""
    parts = PurePosixPath(name).parts
    hidden = any(part.startswith(("__MACOSX", ".")) and part != ".." for part in parts)
    lower = name.lower()
    plain = lower.removesuffix(next(filter(lower.endswith, PACKED), ""))
    return (lower.endswith(suffixes) or plain.endswith(suffixes)) and not hidden


def _members(path: Path) -> Iterator[tuple[str, Place]]:
    """Names of files with where to read each, or why it cannot be read."""
    lower = path.name.lower()
    if path.is_dir():
        yield from _in_folder(path)
    elif lower.endswith(TARS):
        with tarfile.open(path, "r|*") as archive:
            for member in archive:
                if member.isdir():
                    continue
                place = archive.extractfile(member) if member.isfile() else None
                what = f"{member.name}: a link or a device, not a file"
                try:
                    check_unpacked(member.size, path.stat().st_size, member.name)
                except SnapshotError as error:
                    yield member.name, error
                    continue
                yield member.name, place or _unreadable(what)
    elif lower.endswith(".zip"):
        with zipfile.ZipFile(path) as packed:

            def opened(info: zipfile.ZipInfo) -> IO[bytes]:
                check_unpacked(info.file_size, info.compress_size, info.filename)
                return packed.open(info)

            for info in packed.infolist():
                if not info.is_dir():
                    yield info.filename, partial(opened, info)
    else:
        yield path.name, path
        if (
            path.suffix.lower() == ".shp"
        ):  # one part of several, of which people name it
            for part in sorted(path.parent.glob(f"{escape(path.stem)}.*")):
                if part != path and part.suffix.lower() in SHAPEFILE:
                    yield part.name, part


def _in_folder(folder: Path) -> Iterator[tuple[str, Place]]:
    """Files of a folder and those in it, sorted; links to folders are followed once."""
    unseen: list[OSError] = []
    found: list[tuple[str, Place]] = []
    seen = set()
    for root, folders, names in os.walk(
        folder, onerror=unseen.append, followlinks=True
    ):
        here = Path(root).resolve()
        if here in seen:
            folders.clear()
            continue
        seen.add(here)
        for file in (Path(root, name) for name in names):
            name = file.relative_to(folder).as_posix()
            if file.is_file():
                found.append((name, file))
            elif file.is_symlink():
                # Without an ending it may have led to a folder of maps.
                may_be_folder = "/" if not file.suffix else ""
                place = _unreadable(f"{name}: a link that leads nowhere")
                found.append((f"{name}{may_be_folder}", place))
            else:
                found.append((name, _unreadable(f"{name}: a pipe or device, no file")))
    for error in unseen:
        name = Path(error.filename).relative_to(folder).as_posix()
        what = f"{name}: a folder that cannot be looked into ({error.strerror})"
        found.append((f"{name}/", _unreadable(what)))
    # In the order of names within each folder, as `sorted(rglob("*"))` gives it.
    yield from sorted(found, key=lambda one: PurePosixPath(one[0]).parts)


def _unreadable(what: str) -> SnapshotError:
    return SnapshotError(
        f"{what}. Expected a file that can be read: mend it, or leave it out with "
        "on_error='skip'."
    )


def _is_ours(place: Place) -> bool:
    """Whether a file in a folder is JSON that this library wrote beside the maps."""
    if not isinstance(place, Path) or place.suffix.lower() not in {".json", ".geojson"}:
        return False
    with suppress(OSError), place.open("rb") as stream:
        return OURS.match(stream.read(80)) is not None
    return False


OURS = re.compile(
    rb'\{\s*("type": "FeatureCollection",\s*)?"schema": \d+,\s*"version": "'
)


def load_file(name: str, place: Place) -> RawFile:
    """The bytes at a place of `map_files`, or why they cannot be had."""
    if isinstance(place, SnapshotError):
        return RawFile(name, b"", place)
    try:
        if isinstance(place, Path):
            size = place.stat().st_size
            check_unpacked(size, size, name)
            raw = place.read_bytes()
        elif callable(place):  # a member that is locked, or packed in an unknown way,
            with place() as stream:  # costs itself alone
                raw = stream.read(MAX_BYTES + 1)
        else:
            raw = place.read(MAX_BYTES + 1)
        raw = unpack(raw, name)
    except SnapshotError as error:
        return RawFile(name, b"", error)
    except (tarfile.TarError, *BROKEN) as error:
        msg = (
            f"{name}: cannot be read: {error}. The file is damaged, cut short or "
            "locked: download it again."
        )
        return RawFile(name, b"", SnapshotError(msg))
    return RawFile(name, raw, refusal(name, raw))


def refusal(name: str, raw: bytes) -> SnapshotError | None:
    """Why bytes cannot be a map of any source, where the first of them tell."""
    start = raw[:HEAD_BYTES].lstrip()
    remedy = "download it again"
    if not start:
        given = "an empty file (0 bytes of text)"
    elif start.startswith((b"\xff\xfe", b"\xfe\xff")):
        given = "a text that is not UTF-8 at byte 0, but UTF-16"
        remedy = "save it as UTF-8"
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

_DAY = re.compile(
    r"(?<!\d)(\d{4})([-_.]?)(\d\d)\2(\d\d)"
    r"(?:[T _-]?(\d\d)([:_-]?)(\d\d)(?:\6(\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?"
    r"(?![-_.:]?\d))?(?!\d)",
    re.IGNORECASE,
)
"""YYYY-MM-DD or YYYYMMDD, perhaps with hours and minutes."""
_UNIX = re.compile(r"(?<!\d)(1[6-9]\d{8}|2\d{9})(?:\d{3})?(?!\d)")
"""Seconds or milliseconds since 1970, in a file's name."""


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
    moment: pd.Timestamp | str = "no day"
    match = _DAY.match(value.strip()) if isinstance(value, str) else None
    if match or not isinstance(value, str):
        moment = read_instant("-".join(match.group(1, 3, 4)) if match else value, name)
    if isinstance(moment, str) or moment.year not in YEARS:
        msg = (
            f"{name}: dated {value!r}. Expected a day from {YEARS[0]} to {YEARS[-1]}, "
            "such as '2025-04-15': correct the date in the file, or leave it out with "
            "on_error='skip'."
        )
        raise SnapshotError(msg)
    return moment.date()


def day_in_name(name: str) -> date | None:
    """The day in a file's name, as YYYY-MM-DD or YYYYMMDD; None if it tells none."""
    told = _in_text(name.rpartition("/")[2])
    return told.date() if isinstance(told, datetime) else told


def _in_text(text: str) -> date | None:
    """The one day, or day and time, in a text; one with hyphens comes first."""
    matches = list(_DAY.finditer(text))
    for apart in (True, False):
        found = {_calendar(one) for one in matches if bool(one[2]) == apart} - {None}
        if len(found) == 1:
            return found.pop()
    return None


def _calendar(match: re.Match[str]) -> date | None:
    """The day of a match, with its time if that is one."""
    hour, minute, second, zone = match.group(5, 7, 8, 9)
    day = "-".join(match.group(1, 3, 4))
    with suppress(ValueError):
        if hour is not None:
            time = f"{hour}:{minute}:{second or '00'}{(zone or '').upper()}"
            return datetime.fromisoformat(f"{day}T{time}")
    with suppress(ValueError):
        return date.fromisoformat(day)
    return None


DIRECTIVES = {
    "Y": r"\d{4}", "y": r"\d\d", "m": r"\d\d", "d": r"\d\d", "j": r"\d{3}",
    "b": r"[^\W\d_]{3}", "B": r"[^\W\d_]+", "H": r"\d\d", "M": r"\d\d", "S": r"\d\d",
    "%": "%",
}  # fmt: skip
"""What each part of a pattern of `datetime.strptime` looks like in a file's name."""


def check_pattern(date_pattern: str, *, of_column: bool = True) -> str:
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
    years_alone = of_column and told == {"Y"}
    whole = told & {"Y", "y"} and ({"d"} < told or "j" in told)
    if strangers or not (whole or years_alone):
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
    name: str,
    date_pattern: str | None = None,
    *,
    tz: str = "UTC",
    remedy: str = "rename the file, or tell date_column or date_pattern",
) -> pd.Timestamp:
    """
    The instant that the name of a file, or of a folder around it, tells.

    Raises
    ------
    SnapshotError
        If neither tells one.
    """
    stamps = _UNIX.findall(name.rpartition("/")[2])
    if date_pattern is None and len(stamps) == 1:
        return pd.Timestamp(int(stamps[0]), unit="s", tz="UTC").as_unit("us")
    for part in reversed(name.split("/")):
        told = _told_by(part, date_pattern) if date_pattern else _in_text(part)
        if told is not None:
            return _instant(told, name, tz=tz)
    expected = (
        "the unix time, YYYY-MM-DD or YYYYMMDD in the file's name"
        if date_pattern is None
        else f"a name that matches {date_pattern!r}"
    )
    msg = (
        f"{name}: nothing tells when this map was published. Expected {expected}: "
        f"{remedy}."
    )
    raise SnapshotError(msg)


def _told_by(text: str, date_pattern: str) -> date | None:
    """The day, or the day and time, that a text is, or that stands in it."""
    match = re.search(check_pattern(date_pattern), text)
    for one in (text, match[0] if match else ""):
        with suppress(ValueError):
            stamp = datetime.strptime(one, date_pattern)  # noqa: DTZ007
            if set(re.findall("%(.)", date_pattern)) == {"Y"}:
                return date(stamp.year, 12, 31)
            return stamp if "%H" in date_pattern else stamp.date()
    return None


_MIDNIGHT = re.compile(r"(\d{4}[-/]\d\d[-/]\d\d)[T ]00:00:00(?:\.0*)?")


def days_alone(values: list[Any]) -> list[Any]:
    """A column of times of which all are midnight holds days, as GDAL hands them on."""
    matches = [_MIDNIGHT.fullmatch(str(value)) for value in values]
    told = [not str(value).strip() or pd.isna(value) is True for value in values]
    if all(match or empty for match, empty in zip(matches, told, strict=True)):
        return [match and match[1] for match in matches]
    return values


def read_instant(
    value: object, name: str, *, tz: str = "UTC", date_pattern: str | None = None
) -> pd.Timestamp | str:
    """
    The instant that a value of a column tells, or why it tells none.

    Days end at 23:59:59; of numbers the size tells whether they are YYYYMMDD or a time
    since 1970, in seconds, milliseconds, microseconds or nanoseconds.
    """
    if hasattr(value, "item"):  # a scalar of numpy's
        value = value.item()
    if value is None or value is pd.NaT or value != value or not str(value).strip():  # noqa: PLR0124
        return "no date"
    told: Any = value.strip() if isinstance(value, str) else value
    try:
        if isinstance(told, float):
            told = int(told)
        if date_pattern is not None:
            told = _told_by(str(told), date_pattern)
        elif isinstance(told, bool):
            told = None
        elif number := re.fullmatch(r"(\d{8,19})(?:\.0*)?", str(told)):
            match, count = _DAY.fullmatch(number[1]), int(number[1])
            told = match and _calendar(match)
            for unit, least in (("ns", 1e17), ("us", 1e14), ("ms", 1e11), ("s", 1e8)):
                if told is None and least <= count < 100 * least:
                    told = pd.Timestamp(count, unit=unit, tz="UTC")
        elif isinstance(told, int):
            told = None
        elif isinstance(told, str):
            told = re.sub(r"^(\d{4})/(\d\d?)/(\d\d?)", r"\1-\2-\3", told)
        return f"dated {value!r}" if told is None else _instant(told, name, tz=tz)
    except (SnapshotError, ValueError, OverflowError, TypeError):
        return f"dated {value!r}"


def keep_part(raw: bytes, name: str, memo: Memo) -> bool:
    """Whether a file is a part of a shapefile, which waits for the others."""
    stem, _, suffix = name.rpartition(".")
    is_part = f".{suffix.lower()}" in SHAPEFILE
    if is_part:
        memo.setdefault(("shapefile", stem), {})[f".{suffix.lower()}"] = raw
    return is_part


def shapefiles(memo: Memo) -> Iterator[tuple[str, str, bytes]]:
    """Name, digest and parts, as a ZIP archive, of the shapefiles that were kept."""
    for stem in sorted(key[1] for key in memo if key[0] == "shapefile"):
        parts = memo["shapefile", stem]
        digest = sha256(b"".join(parts[key] for key in sorted(parts))).hexdigest()
        yield f"{stem}.shp", digest, zipped(parts)


def joined(
    files: Mapping[str, tuple[str, Sequence[MapFeature | str | None]]],
    when: pd.Timestamp,
    identity: str,
) -> ParsedMap:
    """One map of several files, by name: their digests, and what they show."""
    digests: dict[str, str] = {}
    for name in sorted(files):
        digests.setdefault(files[name][0], name)  # a copy says nothing new
    first, *others = digests.values()
    rest = f" and {len(others)} more" if others else ""
    whole = "".join(digests)
    digest = sha256(whole.encode()).hexdigest() if others else whole
    return ParsedMap(
        when,
        identity,
        [one for name in digests.values() for one in files[name][1]],
        origin=f"{first}{rest}",
        sha256=digest,
    )


def _instant(value: When, name: str, *, tz: str) -> pd.Timestamp:
    try:
        moment = instant(value, tz=tz)
    except OptionError as error:
        msg = f"{name}: {error}"
        raise SnapshotError(msg) from error
    is_date = moment.microsecond == 999_999  # a map of a day is of its last second
    return moment.floor("s") if is_date else moment
