"""What is served at a URL, and what has been fetched from it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kursk_geo.download.content import Expect, check_expect
from kursk_geo.errors import OptionError

MAX_BYTES = 256 << 20


@dataclass(frozen=True, kw_only=True)
class Resource:
    """
    What is served at a URL: how to check it, and how long it stays true.

    Parameters
    ----------
    expect : {"data", "any", "text", "json", "zip", "gzip", "xz"}, default "data"
        Content that may enter the cache. ``"data"`` is anything but a web page or a
        Git LFS pointer; the others are checked to their ends.
    immutable : bool, default False
        Never changes under this URL (a snapshot by id, a file by commit): fetched
        once and never asked for again.
    resume : bool, default False
        A large archive: asked for unpacked, and an interrupted transfer is kept as
        ``<name>.part`` and continued, where the server can.
    max_bytes : int, default 256 MiB
        Largest size, unpacked. [bytes]
    licence : str, default ""
        Terms under which it is published, kept in the sidecar.
    sha256 : str, optional
        Its digest, where it is known beforehand.
    body_status : callable, optional
        For services that answer errors with status 200: given the file's path, the
        status that is meant. It is then treated like a real one: 429 is waited for,
        401 is a `LicenceError`.

    Raises
    ------
    OptionError
        If `expect` is not one of the words above or `max_bytes` is not positive.

    Examples
    --------
    >>> snapshot = Resource(expect="json", immutable=True, licence="CC BY 4.0")
    >>> snapshot.expect
    'json'
    >>> Resource().expect
    'data'
    """

    expect: Expect = "data"
    immutable: bool = False
    resume: bool = False
    max_bytes: int = MAX_BYTES
    licence: str = ""
    sha256: str | None = None
    body_status: Callable[[Path], int] | None = None

    def __post_init__(self) -> None:
        """Check the options."""
        check_expect(self.expect)
        if self.max_bytes <= 0:
            msg = (
                f"max_bytes={self.max_bytes} was given. Expected a positive number. "
                "Leave it out for 256 MiB."
            )
            raise OptionError(msg)


@dataclass(frozen=True)
class Fetched:
    """
    A file in the cache, whole and verified.

    Parameters
    ----------
    path : Path
        Where it lies, under its published name.
    url : str
        Where it was asked for.
    sha256 : str
        Digest of its content.
    size_bytes : int
        Its size. [bytes]
    fetched_utc, checked_utc : datetime
        When it arrived, and when the server last confirmed it.
    etag, last_modified : str or None
        The server's words for its edition.
    licence : str
        Terms under which it is published.
    from_cache : bool
        Whether nothing had to be transferred.

    Raises
    ------
    Nothing
        It only holds values.
    """

    path: Path
    url: str
    sha256: str
    size_bytes: int
    fetched_utc: datetime
    checked_utc: datetime
    etag: str | None
    last_modified: str | None
    licence: str
    from_cache: bool
