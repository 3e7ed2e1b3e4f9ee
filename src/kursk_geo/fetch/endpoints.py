"""Where services are, and how one call asks them."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kursk_geo.download import Fetched, Resource, Session, fetch_file, fetch_files

__all__ = ["Access", "Endpoints", "open_access"]


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """
    Base addresses of the services, for a mirror or a proxy of your own.

    Parameters
    ----------
    deepstate, github, github_api, github_raw, github_media : str
        DeepStateMap, and the four hosts of GitHub: pages and archives, interface,
        plain files, and files of Git LFS.
    arcgis, arcgis_services : str
        Where ISW's web map is described, and where its layers are.
    overpass, nominatim, geoboundaries, geonames : str
        Borders, regions and places.
    session : Session, optional
        To share pauses and connections among calls. By default each call has one of
        its own.

    Raises
    ------
    Nothing
        An address is checked when it is used.

    Examples
    --------
    >>> Endpoints().deepstate
    'https://deepstatemap.live'
    """

    deepstate: str = "https://deepstatemap.live"
    github: str = "https://github.com"
    github_api: str = "https://api.github.com"
    github_raw: str = "https://raw.githubusercontent.com"
    github_media: str = "https://media.githubusercontent.com/media"
    arcgis: str = "https://www.arcgis.com/sharing/rest"
    arcgis_services: str = (
        "https://services5.arcgis.com/SaBe5HMtmnbqSWlu/arcgis/rest/services"
    )
    overpass: str = "https://overpass-api.de/api/interpreter"
    nominatim: str = "https://nominatim.openstreetmap.org"
    geoboundaries: str = "https://www.geoboundaries.org/api/current"
    geonames: str = "https://download.geonames.org/export/dump"
    session: Session | None = None


PUBLISHED = Endpoints()
"""Where everything is published."""


@dataclass(frozen=True)
class Access:
    """How one call asks: where, through which session, into which cache."""

    endpoints: Endpoints
    session: Session
    cache_dir: str | os.PathLike[str] | None
    offline: bool

    def file(self, url: str, resource: Resource) -> Fetched:
        """One file, from the network or the cache."""
        return fetch_file(
            url,
            resource=resource,
            cache_dir=self.cache_dir,
            offline=self.offline,
            session=self.session,
        )

    def files(
        self,
        urls: Iterable[str],
        resource: Resource,
        *,
        missing: Literal["raise", "skip"] = "raise",
    ) -> list[Fetched]:
        """Several files of one kind."""
        return fetch_files(
            urls,
            resource=resource,
            cache_dir=self.cache_dir,
            offline=self.offline,
            missing=missing,
            session=self.session,
        )

    def content(self, url: str, resource: Resource) -> bytes:
        """The bytes of one small file."""
        path: Path = self.file(url, resource).path
        return path.read_bytes()


@contextmanager
def open_access(
    endpoints: Endpoints,
    *,
    cache_dir: str | os.PathLike[str] | None,
    offline: bool,
    retries: int = 4,
) -> Iterator[Access]:
    """Share one session, and so its pauses, among the requests of a call."""
    if endpoints.session is not None:
        yield Access(endpoints, endpoints.session, cache_dir, offline)
        return
    with Session(retries=retries) as session:
        yield Access(endpoints, session, cache_dir, offline)
