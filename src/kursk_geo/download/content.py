"""What has arrived: whether it is whole, and of the kind that was asked for."""

import gzip
import json
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Literal, get_args

from kursk_geo.download.answer import TryAgainError
from kursk_geo.errors import DownloadError, OptionError

Expect = Literal["any", "data", "text", "json", "zip", "gzip", "xz"]

LFS_POINTER = b"version https://git-lfs.github.com/spec/"
MAX_UNPACKING = 200
"""GeoJSON packs about 8 to 1; deflate can reach 1,032 to 1, which is a bomb."""


def check_expect(expect: str) -> None:
    """Refuse a word that is no kind of content."""
    if expect not in get_args(Expect):
        msg = (
            f"expect={expect!r} was given. Expected one of "
            f"{', '.join(get_args(Expect))}. Type expect='data' for any file."
        )
        raise OptionError(msg)


def check_content(path: Path, expect: Expect, *, url: str) -> None:
    """
    Raise unless the file is whole and of the kind expected.

    ``"any"`` checks nothing, ``"data"`` refuses web pages and Git LFS pointers, and
    the others look at the content itself: JSON is parsed, gzip is unpacked to its
    checksum, ZIP and xz must have their ends.

    Services answer with a web page and status 200 when they are busy, so a wrong
    kind is tried again; a pointer stays a pointer.
    """
    if expect == "any":
        return
    with path.open("rb") as file:
        head = file.read(8192)
    if head.startswith(LFS_POINTER):
        msg = (
            f"{url} is a Git LFS pointer. Expected the file itself. Fetch it from "
            "media.githubusercontent.com/media/<owner>/<repository>/<commit>/<path>."
        )
        raise DownloadError(msg)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:64].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        reason = "a web page in place of the file"
        raise TryAgainError(reason)
    checks: dict[Expect, Callable[[], bool]] = {
        "data": lambda: True,
        "text": lambda: b"\0" not in head,
        "json": lambda: _is_json(path),
        "zip": lambda: zipfile.is_zipfile(path),
        "gzip": lambda: _is_gzip(path),
        "xz": lambda: _is_xz(path),
    }
    if not checks[expect]():
        reason = f"not a whole {expect} file"
        raise TryAgainError(reason)


def _is_json(path: Path) -> bool:
    """Whether it is a JSON object or array to the last byte."""
    try:
        return isinstance(json.loads(path.read_bytes()), dict | list)
    except (ValueError, RecursionError):
        return False


def _is_gzip(path: Path) -> bool:
    """Whether it unpacks to the checksum at its end, within reason."""
    limit = MAX_UNPACKING * path.stat().st_size
    unpacked = 0
    try:
        with gzip.open(path) as file:
            while piece := file.read(1 << 20):
                unpacked += len(piece)
                if unpacked > limit:
                    return False
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return False
    return unpacked > 0


def _is_xz(path: Path) -> bool:
    """Whether both marks are there; unpacking needs memory that the file chooses."""
    with path.open("rb") as file:
        head = file.read(6)
        file.seek(max(0, path.stat().st_size - 2))
        return head == b"\xfd7zXZ\0" and file.read() == b"YZ"
