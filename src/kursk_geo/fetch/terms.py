"""Terms that a user confirms once."""

import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from kursk_geo.download import cache_folder
from kursk_geo.errors import DownloadError, LicenceError

__all__ = ["check_terms"]

FOLDER = "terms"


class _Accepted(msgspec.Struct):
    terms: str
    accepted_utc: datetime


def check_terms(
    source: str,
    *,
    terms: str,
    url: str,
    accept_terms: bool,
    cache_dir: str | os.PathLike[str] | None,
) -> None:
    """
    Go on only if the terms were confirmed, now or in an earlier call.

    Raises
    ------
    LicenceError
        If they were not.
    DownloadError
        If that they were cannot be written down.
    """
    path = cache_folder(cache_dir=cache_dir) / FOLDER / f"{source}.json"
    if accept_terms:
        _remember(path, terms)
    elif not _remembered(path, terms):
        msg = (
            f"The maps of {source} are not free: {terms} Expected that you have read "
            f"{url} and may use them. Confirm it once: accept_terms=True, or "
            "--accept-terms on the command line. They are kept on this machine, and "
            "no file of theirs may be passed on."
        )
        raise LicenceError(msg)


def _remembered(path: Path, terms: str) -> bool:
    try:
        accepted = msgspec.json.decode(path.read_bytes(), type=_Accepted)
    except (OSError, msgspec.DecodeError):
        return False
    return accepted.terms == terms  # other terms are asked for again


def _remember(path: Path, terms: str) -> None:
    accepted = _Accepted(terms=terms, accepted_utc=datetime.now(UTC))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.format(msgspec.json.encode(accepted)))
    except OSError as error:
        msg = (
            f"{path} cannot be written ({error.strerror}). Expected a cache folder "
            "with permission. Set KURSK_GEO_CACHE to another folder."
        )
        raise DownloadError(msg) from error
