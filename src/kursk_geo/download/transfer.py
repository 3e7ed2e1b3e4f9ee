"""One file from the network into the cache: whole, or not at all."""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import requests

from kursk_geo.download.answer import (
    Stop,
    StoppedError,
    TryAgainError,
    body_chunks,
    check_status,
)
from kursk_geo.download.bar import Bar
from kursk_geo.download.cache import Sidecar, entry_path, read_entry, write_sidecar
from kursk_geo.download.content import check_content
from kursk_geo.download.part import Part, PartNote, open_part
from kursk_geo.download.resource import Fetched, Resource
from kursk_geo.download.session import Session
from kursk_geo.errors import DownloadError, KurskGeoError, LicenceError

OVERLAP_BYTES = 1 << 16
"""Asked for again when resuming and compared: a packed file that differs anywhere
before differs here too, so that an ETag that lies cannot splice two files."""
CONDITIONS = frozenset({"If-None-Match", "If-Modified-Since"})


@dataclass(frozen=True)
class Run:
    """What the transfers of one call share."""

    folder: Path
    resource: Resource
    session: Session
    bar: Bar
    stop: Stop = field(default_factory=Stop)


def transfer(url: str, run: Run) -> Fetched:
    """Fetch a file, or confirm the one in the cache."""
    path = entry_path(run.folder, url)
    known = known_entry(url, run.resource, run.folder)
    if known is not None and run.resource.immutable:
        return as_fetched(path, known, from_cache=True)
    try:
        with open_part(path) as part:
            attempt = _Attempt(url, run, known, part)
            sidecar = run.session.persist(url, attempt.make, stop=run.stop)
            return as_fetched(path, sidecar, from_cache=not part.landed)
    except KurskGeoError:
        raise
    except OSError as error:  # of this machine: those of the network are told apart
        msg = (
            f"{path} cannot be written ({error.strerror}). Expected a cache folder "
            "with space and permission. Set KURSK_GEO_CACHE to another folder, or "
            "make room with clear_cache()."
        )
        raise DownloadError(msg) from error


def known_entry(url: str, resource: Resource, folder: Path) -> Sidecar | None:
    """What the cache holds, if it is whole and of the kind asked for now."""
    path = entry_path(folder, url)
    sidecar = read_entry(path, url)
    if sidecar is None or resource.sha256 not in {None, sidecar.sha256}:
        return None
    # The digest says that it is what was checked then; parsing again costs more.
    if resource.expect not in {"any", sidecar.expect}:
        try:
            check_content(path, resource.expect, url=url)
        except DownloadError:
            return None
    return sidecar


def as_fetched(path: Path, sidecar: Sidecar, *, from_cache: bool) -> Fetched:
    """Join a file and its sidecar."""
    return Fetched(
        path=path,
        url=sidecar.url,
        sha256=sidecar.sha256,
        size_bytes=sidecar.size_bytes,
        fetched_utc=sidecar.fetched_utc,
        checked_utc=sidecar.checked_utc,
        etag=sidecar.etag,
        last_modified=sidecar.last_modified,
        licence=sidecar.licence,
        from_cache=from_cache,
    )


@dataclass(frozen=True)
class _Attempt:
    """One request, made again with what the last one left in the part."""

    url: str
    run: Run
    known: Sidecar | None
    part: Part

    def make(self) -> Sidecar:
        """Ask, receive, verify and land; or confirm what is known."""
        start = self._resume_at()
        headers = self._headers(start)
        stop = self.run.stop
        with closing(self.run.session.open(self.url, headers, stop=stop)) as response:
            now = datetime.now(UTC)
            confirmable = self.known is not None and CONDITIONS & headers.keys()
            if response.status_code == 304 and self.known and confirmable:
                confirmed = msgspec.structs.replace(self.known, checked_utc=now)
                write_sidecar(self.part.target, confirmed)
                return confirmed
            try:
                self._receive(response, start)
            except (TryAgainError, StoppedError):
                raise  # what has arrived is kept if it can be continued
            except (DownloadError, LicenceError):
                self.part.restart(None)
                raise
            sidecar = Sidecar(
                url=self.url,
                fetched_utc=now,
                checked_utc=now,
                etag=response.headers.get("ETag"),
                last_modified=response.headers.get("Last-Modified"),
                sha256=self.part.sha256(),
                size_bytes=self.part.size_bytes,
                licence=self.run.resource.licence,
                expect=self.run.resource.expect,
            )
        self._verify(sidecar)
        self.part.land()
        write_sidecar(self.part.target, sidecar)
        return sidecar

    def _resume_at(self) -> int:
        """First byte to ask for; 0 is a whole new transfer."""
        note = self.part.note
        resource = self.run.resource
        if note is None or note.url != self.url or not resource.resume:
            return 0
        size = self.part.size_bytes
        if size > note.total_bytes or not (note.etag or resource.immutable):
            return 0
        return max(0, size - OVERLAP_BYTES)

    def _headers(self, start: int) -> dict[str, str]:
        resume = self.run.resource.resume
        headers = {"Accept-Encoding": "identity" if resume else "gzip"}
        note = self.part.note
        if start and note is not None:
            headers["Range"] = f"bytes={start}-"
            if note.etag:
                headers["If-Range"] = note.etag
        elif self.known is not None and self.known.etag:
            headers["If-None-Match"] = self.known.etag
        elif self.known is not None and self.known.last_modified:
            headers["If-Modified-Since"] = self.known.last_modified
        return headers

    def _receive(self, response: requests.Response, start: int) -> None:
        """Write the body into the part, behind what is there or from nothing."""
        status = response.status_code
        continues = status == 206 and self._continues(response, start)
        if status == 416 or (status == 206 and not continues):
            self.part.restart(None)
            reason = "the server has another edition than the one that was begun"
            raise TryAgainError(reason)
        check_status(self.url, status, response.headers.get("Retry-After"))
        if not continues:
            start = 0
            self.part.restart(self._new_note(response))
        here = self.part.bytes_from(start)
        note = self.part.note
        self.run.bar.expect(note.total_bytes if note else None, arrived_bytes=start)
        chunks = body_chunks(
            response,
            max_bytes=self.run.resource.max_bytes - start,
            timeout_s=self.run.session.timeout_s,
            stop=self.run.stop,
        )
        with self.run.stop.reading(response):
            for chunk in self._beyond(here, chunks):
                self.part.file.write(chunk)
                self.run.bar.advance(n_bytes=len(chunk))
        if note is not None and self.part.size_bytes != note.total_bytes:
            reason = f"{self.part.size_bytes:,} of {note.total_bytes:,} bytes"
            raise TryAgainError(reason)

    def _continues(self, response: requests.Response, start: int) -> bool:
        """Whether a partial answer is the rest of what was begun."""
        if not start or self.part.note is None:
            return False
        wanted = rf"bytes {start}-\d+/{self.part.note.total_bytes}"
        given = response.headers.get("Content-Range", "")
        return re.fullmatch(wanted, given.strip()) is not None

    def _new_note(self, response: requests.Response) -> PartNote | None:
        """What resuming needs; None if the server or the kind of file rules it out."""
        resource = self.run.resource
        length = response.headers.get("Content-Length", "")
        etag = response.headers.get("ETag")
        if etag is not None and etag.startswith("W/"):
            etag = None  # a weak one vouches for the meaning, not for the bytes
        able = (
            resource.resume
            and length.isdecimal()
            and response.headers.get("Accept-Ranges", "").lower() == "bytes"
            and response.headers.get("Content-Encoding", "identity") == "identity"
            and (etag is not None or resource.immutable)
        )
        if not able:
            return None
        return PartNote(url=self.url, etag=etag, total_bytes=int(length))

    def _beyond(self, here: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Chunks after the bytes that are here already and must come again."""
        for chunk in chunks:
            n_same = min(len(chunk), len(here))
            if chunk[:n_same] != here[:n_same]:
                self.part.restart(None)
                reason = "other bytes than before under the same ETag"
                raise TryAgainError(reason)
            here = here[n_same:]
            if chunk[n_same:]:
                yield chunk[n_same:]

    def _verify(self, sidecar: Sidecar) -> None:
        """Refuse what must not enter the cache, and do not build on it."""
        resource = self.run.resource
        path = self.part.path
        try:
            if resource.sha256 not in {None, sidecar.sha256}:
                msg = (
                    f"{self.url} has the sha256 {sidecar.sha256}. Expected "
                    f"{resource.sha256}. It was changed where it is published: look "
                    "there for another edition."
                )
                raise DownloadError(msg)
            check_content(path, resource.expect, url=self.url)
            if resource.body_status is not None:
                check_status(self.url, resource.body_status(path), None)
        except KurskGeoError:
            self.part.restart(None)
            raise
