"""The daily mirror of DeepState's Russian-held ground on GitHub."""

from datetime import UTC, date, datetime, timedelta
from warnings import warn

from kursk_geo.download import Fetched, Resource
from kursk_geo.errors import SourceWarning
from kursk_geo.fetch.endpoints import Access
from kursk_geo.fetch.parcel import Parcel
from kursk_geo.fetch.window import Window
from kursk_geo.sources import deepstate

__all__ = ["mirror_parcels"]

NAME = "cyterat"
REPOSITORY = "cyterat/deepstate-map-data/main"
FIRST = date(2024, 7, 7)
"""Day of publication of the first file, which is dated a day later."""
SETTLED = timedelta(days=3)
"""A file that is older is not written again: it is fetched once."""


def mirror_parcels(access: Access, window: Window) -> list[Parcel]:
    """
    Every day of a window; days without a file are walked over.

    Raises
    ------
    DateNotFoundError
        If no file was published in the window.
    DownloadError
        If one cannot be had whole.
    """
    base = f"{access.endpoints.github_raw}/{REPOSITORY}/data"
    today = datetime.now(UTC).date()
    urls = {}
    for day in window.days(FIRST):
        dated = day + timedelta(days=1)
        urls[f"{base}/deepstatemap_data_{dated:%Y%m%d}.geojson"] = dated
    settled = {url for url, dated in urls.items() if dated <= today - SETTLED}
    fetched = [
        *_files(access, sorted(settled), immutable=True),
        *_files(access, sorted(urls.keys() - settled), immutable=False),
    ]
    if not fetched:
        raise window.empty(NAME, f"Its first map was published on {FIRST}.")
    missing = sorted(settled - {one.url for one in fetched})
    if missing and not access.offline:
        days = ", ".join(str(urls[url] - timedelta(days=1)) for url in missing[:8])
        msg = (
            f"The mirror has no file for {len(missing)} of {len(urls)} days: {days}"
            f"{', ...' if len(missing) > 8 else ''}. The map of the day before stands "
            "on."
        )
        warn(msg, SourceWarning, stacklevel=4)
    return [Parcel(one.path, one.path.name) for one in fetched]


def _files(access: Access, urls: list[str], *, immutable: bool) -> list[Fetched]:
    resource = Resource(expect="json", immutable=immutable, licence=deepstate.LICENCE)
    return access.files(urls, resource, missing="skip") if urls else []
