"""Files found and read, or written whole or not at all; how far a run has come."""

import bz2
import ctypes
import gzip
import io
import lzma
import os
import platform
import re
import shutil
import stat
import sys
import tarfile
import time
import tomllib
import zipfile
import zlib
from collections import defaultdict
from collections.abc import (
    Callable,
    Collection,
    Generator,
    Iterable,
    Iterator,
    Mapping,
)
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from glob import escape
from importlib.metadata import version
from pathlib import Path
from secrets import token_hex
from typing import Any, TypeAlias, TypeVar
from zlib import crc32

from kursk_geo.errors import (
    KurskGeoError,
    OptionError,
    SnapshotError,
    SourceError,
    refused,
)

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


def kind_of(path: str | Path) -> str:
    """What lies at a path: "folder", "file" or "", also where it can be no path."""
    with suppress(OSError, ValueError):  # a sentence is too long for a name
        mode = Path(path).stat().st_mode
        return "folder" if stat.S_ISDIR(mode) else "file"
    return ""


def read_toml(
    path: Path, *, error: type[KurskGeoError], expected: str
) -> dict[str, Any]:
    """
    What a TOML file holds.

    Raises
    ------
    KurskGeoError
        The `error` asked for, if it cannot be read.
    """
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as fault:
        # Of a path that cannot be encoded it is a ValueError as well.
        unopened = isinstance(fault, (OSError, UnicodeEncodeError))
        why = getattr(fault, "strerror", None) or fault
        if isinstance(fault, UnicodeDecodeError):
            why = f"no UTF-8 text (byte {fault.start:,})"
        told = f"cannot be opened: {why}" if unopened else f"is no TOML: {why}"
        msg = f"{path}: {told}. Expected {expected}."
        raise error(msg) from fault


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
    from rich.console import Console  # noqa: PLC0415  (40 ms, on a terminal alone)
    from rich.progress import Progress  # noqa: PLC0415

    begun = time.monotonic()
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(description, total=total, visible=False)
        for item in items:
            yield item
            late = time.monotonic() - begun > PATIENCE_S
            bar.update(task, advance=1, visible=late)


@contextmanager
def placing(path: Path) -> Iterator[None]:
    """
    Turn what the system says of a file or folder that cannot be written into ours.

    Raises
    ------
    OptionError
        Our own errors pass as they are: one of the network is an OSError too.
    """
    try:
        yield
    except (KurskGeoError, BrokenPipeError):
        raise
    except OSError as error:
        msg = (
            f"Cannot write {path}: {error.strerror or error}. Expected a place with "
            "room, in a folder that you may write to: name another."
        )
        raise OptionError(msg) from error


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
    target = path if special else path.resolve()  # where a link leads to
    draft = path if special else _draft_of(target)
    try:
        with placing(path):
            yield draft
            if not special:
                draft.replace(target)
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
    with placing(path):
        path.mkdir(parents=True, exist_ok=True)


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
    with placing(folder):
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
                shutil.copytree(
                    folder,
                    draft,
                    symlinks=True,
                    ignore=lambda at, _: names if Path(at) == folder else (),
                    copy_function=_link,
                    dirs_exist_ok=True,
                )
                exchange(draft, folder)
            else:
                draft.rename(folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


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
        with placing(path):
            try:
                held = os.open(lock, LOCK_FLAGS, 0o666)
            except FileExistsError:  # Windows: somebody holds it
                time.sleep(PAUSE_S)
                continue
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
        swap = getattr(ctypes.CDLL(None), "renameat2", None)
        here, there = os.fsencode(one), os.fsencode(other)
        if swap and swap(AT_FDCWD, here, AT_FDCWD, there, RENAME_EXCHANGE) == 0:
            return  # whatever it refuses otherwise, the renames are told as well
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


def _link(path: str, target: str) -> None:
    """The same file at another place too; a copy of it where that cannot be."""
    try:
        os.link(path, target)
    except OSError:
        shutil.copy2(path, target)


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


# Files of a folder or an archive, and their bytes

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
    tarfile.TarError,
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
        raise refused(
            name,
            f"unpacks to {size >> 20:,} MiB or more from {packed:,} bytes",
            "a map of a few megabytes: it is damaged, or made to fill the memory",
        )


MENDED = "a file that can be read: mend it, or leave it out with on_error='skip'"
WHOLE = "it whole: it is damaged, cut short or locked: download it again"


MAPS = (".geojson", ".json")
SHAPEFILE = (".shp", ".shx", ".dbf", ".prj", ".cpg")
"""The parts of a shapefile; the first three it cannot do without."""
ENDINGS = (".gz", ".bz2", ".xz")
"""Of single files that are unpacked; they stand behind their own."""
TARS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
ARCHIVES = (*TARS, ".zip")
HEAD_BYTES = 400
"""Enough to tell a map from what a server sends in its place. [bytes]"""
OURS = re.compile(
    rb'\{\s*("type": "FeatureCollection",\s*)?"schema": \d+,\s*"version": "'
)
"""How JSON begins that this library wrote, perhaps beside the maps."""

Place: TypeAlias = Callable[[], bytes] | Path | SnapshotError
"""Where to read a file, or why it cannot be read."""


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
        In the archive's order, or a folder's sorted; shapefiles last, each as the ZIP
        archive of its parts. ``.gz`` is unpacked. Links that lead nowhere, folders that
        cannot be looked into and members that are no files are errors among them, not
        passed over.

    Raises
    ------
    SourceError
        If the path is not there, cannot be opened, or holds no map.
    """
    shapefiles: dict[str, dict[str, bytes]] = defaultdict(dict)
    for name, place in map_files(path, suffixes=suffixes, known=known):
        file = load_file(name, place)
        stem, _, end = name.rpartition(".")
        if f".{end.lower()}" in SHAPEFILE and file.error is None:
            shapefiles[stem][f".{end.lower()}"] = file.raw
        else:
            yield file
    for stem, parts in sorted(shapefiles.items()):
        yield RawFile(f"{stem}.shp", zipped(parts))


def zipped(parts: Mapping[str, bytes]) -> bytes:
    """The parts of a file, by suffix, as the ZIP archive that GDAL reads."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for suffix in sorted(parts):  # the same bytes at any time: of 1980
            archive.writestr(zipfile.ZipInfo(f"shapes{suffix}"), parts[suffix])
    return packed.getvalue()


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
        alone = not (path.is_dir() or path.name.lower().endswith(ARCHIVES))
    except (OSError, ValueError) as error:
        is_away = isinstance(error, (FileNotFoundError, NotADirectoryError))
        given = f"There is no {path}" if is_away else f"{path}: {error}"
        msg = f"{given}. Expected a folder, a map or an archive of maps."
        raise SourceError(msg) from error
    found = False
    strangers: list[str] = []
    # A name that is no UTF-8 can be read, but neither printed nor stored.
    own = os.fsencode(path.name).decode(errors="backslashreplace")
    try:
        for given, place in _members(path, suffixes):
            name = os.fsencode(given).decode(errors="backslashreplace")
            # A folder that cannot be looked into may hold maps.
            unseen = name.endswith("/")
            stranger = not has_suffix(name, suffixes) or _is_ours(place)
            if not alone and not unseen and stranger:
                strangers.append(name)
                continue
            found = True
            if name not in known:
                yield name if alone else f"{own}/{name}".rstrip("/"), place
    except BROKEN as error:
        yield own, _of_broken(path, error)
        return
    if not found:
        # Of a shapefile people name the .shp.
        ends = sorted({*suffixes} - {*SHAPEFILE[1:]})
        hint = f"Expected files that end in {', '.join(ends)}."
        for name in strangers:
            if name.lower().endswith(ARCHIVES):
                hint = f"It holds {name}: unpack that first, and give its path."
            elif has_suffix(name, suffixes):
                hint = f"kursk_geo wrote {name}: give the path of the maps themselves."
        n = len(strangers)
        msg = f"{path} holds no map ({n} other file{'s' * (n != 1)}). {hint}"
        raise SourceError(msg)


def has_suffix(name: str, suffixes: tuple[str, ...]) -> bool:
    """Whether a file's name ends in one of `suffixes`, and is not hidden."""
    parts = set(name.split("/")) - {".", ".."}
    hidden = any(part.startswith(("__MACOSX", ".")) for part in parts)
    lower = name.lower()
    plain = lower.removesuffix(next(filter(lower.endswith, ENDINGS), ""))
    return (lower.endswith(suffixes) or plain.endswith(suffixes)) and not hidden


def _of_broken(path: Path, error: Exception) -> SnapshotError:
    """The error for a folder or an archive that cannot be looked into."""
    with suppress(OSError), path.open("rb") as stream:
        if told := refusal(path.name, stream.read(HEAD_BYTES)):
            return told
    return refused(str(path), f"cannot be read: {error}", WHOLE)


def _members(path: Path, suffixes: tuple[str, ...]) -> Iterator[tuple[str, Place]]:
    """Names of files with where to read each, or why it cannot be read."""
    lower = path.name.lower()
    if path.is_dir():
        for name, place in _in_folder(path, "", set()):
            is_archive = name.lower().endswith(ARCHIVES)
            if not (is_archive and isinstance(place, Path)) or has_suffix(
                name, suffixes
            ):
                yield name, place
                continue
            try:  # as if it were a folder
                for within, there in _members(place, suffixes):
                    yield f"{name}/{within}", there
            except BROKEN as error:
                yield f"{name}/", _of_broken(place, error)
    elif lower.endswith(TARS):
        packed = path.stat().st_size
        # Not as a stream ("r|*"), which copies what it has unpacked each time: three to
        # eight times the time for ten months of maps.
        with tarfile.open(path) as archive:
            for member in archive:
                if not member.isdir():
                    yield member.name, partial(_read_tarred, archive, member, packed)
    elif lower.endswith(".zip"):
        with zipfile.ZipFile(path) as zipfile_:
            for info in zipfile_.infolist():
                if not info.is_dir():
                    yield info.filename, partial(_read_zipped, zipfile_, info)
    else:
        yield path.name, path
        if lower.endswith(".shp"):  # its other parts lie beside it
            for one in sorted(path.parent.glob(f"{escape(path.stem)}.*")):
                if one.suffix.lower() in SHAPEFILE[1:]:
                    yield one.name, one


def _read_tarred(archive: tarfile.TarFile, one: tarfile.TarInfo, packed: int) -> bytes:
    check_unpacked(one.size, packed, one.name)
    stream = archive.extractfile(one) if one.isfile() else None
    if stream is None:
        raise refused(one.name, "a link or a device, not a file", MENDED)
    return stream.read(MAX_BYTES + 1)


def _read_zipped(archive: zipfile.ZipFile, one: zipfile.ZipInfo) -> bytes:
    check_unpacked(one.file_size, one.compress_size, one.filename)
    with archive.open(one) as stream:
        return stream.read(MAX_BYTES + 1)


def _in_folder(folder: Path, at: str, seen: set[Path]) -> Iterator[tuple[str, Place]]:
    """Files of a folder and those in it, sorted; links to folders are followed once."""
    here = folder.resolve()
    if here in seen:
        return
    seen.add(here)
    try:
        inside = sorted(map(Path, os.scandir(folder)), key=lambda one: one.name)
    except OSError as error:
        given = f"a folder that cannot be looked into ({error.strerror})"
        yield at or "./", refused(at.rstrip("/") or folder.name, given, MENDED)
        return
    for one in inside:
        name = f"{at}{one.name}"
        if one.is_dir():
            yield from _in_folder(one, f"{name}/", seen)
        elif one.is_file():
            yield name, one
        elif one.is_symlink():
            # Without an ending it may have led to a folder of maps.
            place = refused(name, "a link that leads nowhere", MENDED)
            yield (name if one.suffix else f"{name}/"), place
        else:
            yield name, refused(name, "a pipe or device, no file", MENDED)


def _is_ours(place: Place) -> bool:
    """Whether a file in a folder is JSON that this library wrote beside the maps."""
    if isinstance(place, Path) and place.suffix.lower() in MAPS:
        with suppress(OSError), place.open("rb") as stream:
            return OURS.match(stream.read(80)) is not None
    return False


def load_file(name: str, place: Place) -> RawFile:
    """The bytes at a place of `map_files`, or why they cannot be had."""
    if isinstance(place, SnapshotError):
        return RawFile(name, b"", place)
    try:  # a member that is locked, or packed in an unknown way, costs itself alone
        if isinstance(place, Path):
            size = place.stat().st_size
            check_unpacked(size, size, name)
            place = place.read_bytes
        raw = unpack(place(), name)
    except SnapshotError as error:
        return RawFile(name, b"", error)
    except BROKEN as error:
        return RawFile(name, b"", refused(name, f"cannot be read: {error}", WHOLE))
    return RawFile(name, raw, refusal(name, raw))


BOM = b"\xef\xbb\xbf"


def start_of(raw: bytes) -> bytes:
    """The first bytes of a text, without the marks that may stand before it."""
    return raw[:4000].removeprefix(BOM).lstrip(b" \t\r\n\x1e")


def is_json(raw: bytes) -> bool:
    """Whether a text begins as JSON does: 400 MB of another kind are not searched."""
    return start_of(raw).startswith((b"{", b"["))


# ArcGIS answers so with status 200.
_ERROR = re.compile(rb'\{\s*"error"\s*:')


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
    return refused(name, given, f"a map: {remedy}")
