"""Fetch the maps of a source, and read them into a history."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from warnings import warn

from kursk_geo.errors import OptionError, SourceError, SourceWarning
from kursk_geo.fetch.archive import FIRST, LAST, archive_parcels
from kursk_geo.fetch.cyterat import mirror_parcels
from kursk_geo.fetch.deepstate import map_parcels
from kursk_geo.fetch.endpoints import PUBLISHED, Access, Endpoints, open_access
from kursk_geo.fetch.isw import layer_parcels, timelapse_parcels
from kursk_geo.fetch.parcel import Parcel, put_into
from kursk_geo.fetch.viina import table_parcels
from kursk_geo.fetch.window import Window
from kursk_geo.history import ControlHistory
from kursk_geo.periods import When
from kursk_geo.snapshots import ParsedMap, UnreadableFile, join_maps
from kursk_geo.sources.contract import Source
from kursk_geo.sources.files import RawFile
from kursk_geo.sources.reading import parse_files
from kursk_geo.sources.registry import find_source

__all__ = ["FETCHABLE", "fetch_history"]


ARCGIS_RETRIES = 7
"""Waits of about a minute in all: ArcGIS throttles by the minute."""


@dataclass(frozen=True)
class _Order:
    """What was asked for."""

    access: Access
    window: Window
    accept_terms: bool
    commit: str | None


@dataclass(frozen=True)
class _Offer:
    """What can be fetched: how its files are had, and which source reads them."""

    reader: str
    parcels: Callable[[_Order], list[Parcel]]
    retries: int = 4
    reach: str = ""


_OFFERS: Mapping[str, _Offer] = {
    "deepstate": _Offer(
        "deepstate", lambda order: map_parcels(order.access, order.window)
    ),
    "deepstate-archive": _Offer(
        "deepstate",
        lambda order: archive_parcels(order.access, order.window, commit=order.commit),
        reach=f"The archive reaches from {FIRST} to {LAST}.",
    ),
    "cyterat": _Offer(
        "cyterat", lambda order: mirror_parcels(order.access, order.window)
    ),
    "viina": _Offer("viina", lambda order: table_parcels(order.access, order.window)),
    "isw": _Offer(
        "isw",
        lambda order: layer_parcels(
            order.access, order.window, accept_terms=order.accept_terms
        ),
        retries=ARCGIS_RETRIES,
    ),
    "isw-timelapse": _Offer(
        "isw",
        lambda order: timelapse_parcels(
            order.access, order.window, accept_terms=order.accept_terms
        ),
        retries=ARCGIS_RETRIES,
    ),
}
FETCHABLE = tuple(sorted(_OFFERS))
"""Names for `fetch_history`."""

ELSEWHERE = {
    "nzz": (
        "NZZ publishes no address for its maps: save the files that its interactive "
        "map loads, one a day, as YYYY-MM-DD.json"
    ),
    "kml": (
        "KML maps have no common address: UAControlMap keeps its KMZ files at "
        "https://github.com/owlmaps/UAControlMapBackups"
    ),
    "plain": "a plain source is whatever you have: there is nothing to fetch",
}
"""Sources that can be read and not fetched, and where their files come from."""


def fetch_history(
    source: str,
    start: When | None = None,
    end: When | None = None,
    *,
    tz: str = "UTC",
    into: str | os.PathLike[str] | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
    offline: bool = False,
    accept_terms: bool = False,
    commit: str | None = None,
    endpoints: Endpoints = PUBLISHED,
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
        (ISW). Kept in the cache folder, so once is enough.
    commit : str, optional
        Of the archive on GitHub, in full; the default is one that holds it all.
    endpoints : Endpoints
        Where the services are.

    Returns
    -------
    ControlHistory
        What `read_history` gives for the same files; only ``origin`` tells the
        container.

    Raises
    ------
    OptionError
        If the source, a date, the zone or the commit is not known.
    DateNotFoundError
        If no map was published in these days.
    LicenceError
        If the publisher does not hand its maps out, or its terms are not accepted.
    OfflineError
        If `offline` and the cache lacks some.
    DownloadError
        If something cannot be had whole, or `into` cannot be written.
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
    kursk_geo.errors.OfflineError: 1 of 1 files are not in the cache ...
    >>> fetch_history("nzz")
    Traceback (most recent call last):
        ...
    kursk_geo.errors.SourceError: source='nzz' cannot be fetched: ...
    """
    window = Window.of(start, end, tz)
    offer = _offer(source)
    reader = find_source(offer.reader)
    with open_access(
        endpoints, cache_dir=cache_dir, offline=offline, retries=offer.retries
    ) as access:
        parcels = offer.parcels(_Order(access, window, accept_terms, commit))
    if reader.CAVEAT:
        warn(reader.CAVEAT, SourceWarning, stacklevel=2)
    if into is not None:
        put_into(into, parcels, suffixes=reader.SUFFIXES, terms=_terms(reader))
    parsed = parse_files(_files(parcels, reader, window, offer.reach), reader)
    history = join_maps(
        _within(window, parsed),
        source=reader.NAME,
        licence=reader.LICENCE,
        attribution=reader.ATTRIBUTION,
        home=reader.HOME,
    )
    return window.cut(history)


def _offer(source: str) -> _Offer:
    if source in ELSEWHERE:
        msg = (
            f"source={source!r} cannot be fetched: {ELSEWHERE[source]}. Expected one "
            f"of {', '.join(FETCHABLE)}. Read the files that you have with "
            "read_history(path)."
        )
        raise SourceError(msg)
    if source not in _OFFERS:
        msg = (
            f"source={source!r} is not known here. Expected one of "
            f"{', '.join(FETCHABLE)}. Type fetch_history('deepstate-archive')."
        )
        raise OptionError(msg)
    return _OFFERS[source]


def _files(
    parcels: list[Parcel], reader: Source, window: Window, reach: str
) -> Iterator[RawFile]:
    found = False
    for parcel in parcels:
        for file in parcel.read(reader.SUFFIXES):
            found = True
            yield file
    if not found:
        raise window.empty(reader.NAME, reach)


def _within(
    window: Window, parsed: Iterable[ParsedMap | UnreadableFile]
) -> Iterator[ParsedMap | UnreadableFile]:
    """The maps of the window; a file may hold those of a month or a year."""
    for one in parsed:
        if isinstance(one, UnreadableFile) or window.holds(one.snapshot_utc):
            yield one


def _terms(reader: Source) -> str:
    return (
        f"Source: {reader.NAME}\nCredit: {reader.ATTRIBUTION}\n"
        f"Terms: {reader.LICENCE}\n"
    )
