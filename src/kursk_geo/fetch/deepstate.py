"""DeepStateMap's own interface: the list, and one map for each id."""

from warnings import warn

import msgspec

from kursk_geo.download import Resource
from kursk_geo.errors import LicenceError, SourceError, SourceWarning
from kursk_geo.fetch.endpoints import Access
from kursk_geo.fetch.parcel import Parcel
from kursk_geo.fetch.window import Window
from kursk_geo.sources import deepstate

__all__ = ["document", "fetch_map", "map_parcels"]

LIST = Resource(expect="json", licence=deepstate.LICENCE)
MAP = Resource(expect="json", immutable=True, licence=deepstate.LICENCE)
"""The id is the instant of publication: what stands under it does not change."""


class _Row(msgspec.Struct):
    id: int


def map_parcels(access: Access, window: Window) -> list[Parcel]:
    """
    Every map that DeepState lists within a window.

    Raises
    ------
    LicenceError
        If DeepState does not hand its maps out (401, 403).
    SourceError
        If the list is not what it was.
    DateNotFoundError
        If none was published in the window.
    """
    listed = [row.id for row in _listed(access)]
    ids = sorted({number for number in listed if window.holds_unix(number)})
    if not ids:
        raise window.empty(deepstate.NAME, f"It lists {len(listed):,} maps in all.")
    urls = {_url(access, f"{number}/geojson"): number for number in ids}
    try:
        # A listed map that is not there is told, not passed over in silence.
        fetched = access.files(urls, MAP, missing="raise" if access.offline else "skip")
    except LicenceError as error:
        raise closed(error) from error
    absent = sorted({*ids} - {urls[one.url] for one in fetched})
    if absent:
        msg = (
            f"{len(absent)} of {len(ids)} maps that DeepState lists are not there: "
            f"{', '.join(map(str, absent[:5]))}{', ...' if len(absent) > 5 else ''}."
        )
        warn(msg, SourceWarning, stacklevel=4)
    if not fetched:
        raise window.empty(deepstate.NAME, "Those that it lists are not there.")
    return [Parcel(one.path, f"{urls[one.url]}.geojson") for one in fetched]


def fetch_map(access: Access, number: int) -> Parcel:
    """
    One map by its id.

    Raises
    ------
    LicenceError, DownloadError
        If it cannot be had.
    """
    try:
        fetched = access.file(_url(access, f"{number}/geojson"), MAP)
    except LicenceError as error:
        raise closed(error) from error
    return Parcel(fetched.path, f"{number}.geojson")


def document(access: Access, what: str) -> bytes:
    """
    A small document of the interface.

    Raises
    ------
    LicenceError, DownloadError
        If it cannot be had.
    """
    try:
        return access.content(_url(access, what), LIST)
    except LicenceError as error:
        raise closed(error) from error


def closed(error: LicenceError) -> LicenceError:
    """What to do when DeepState does not hand its data out."""
    msg = (
        f"{error} DeepState's terms let volunteer, charitable and defence bodies use "
        "its data freely, and let nobody pass it on. What else there is: maps that "
        "you fetched before, with offline=True; a copy on this machine, with "
        "read_history(path); the public archive of 2022 to 2025, with "
        "fetch_history('deepstate-archive'); or a permission, asked for at "
        "https://deepstatemap.live."
    )
    return LicenceError(msg)


def _url(access: Access, what: str) -> str:
    return f"{access.endpoints.deepstate}/api/history/{what}"


def _listed(access: Access) -> list[_Row]:
    raw = document(access, "public")
    try:
        return msgspec.json.decode(raw, type=list[_Row])
    except msgspec.DecodeError as error:
        msg = (
            f"{_url(access, 'public')} is not the list that it was: {error}. Expected "
            "an array of objects with an id. Update kursk-geo, or read a copy with "
            "read_history(path)."
        )
        raise SourceError(msg) from error
