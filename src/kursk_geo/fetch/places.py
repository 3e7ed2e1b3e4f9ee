"""Populated places of GeoNames."""

import os
import re

import geopandas as gpd

from kursk_geo.download import Resource
from kursk_geo.errors import OptionError
from kursk_geo.fetch.endpoints import PUBLISHED, Endpoints, open_access
from kursk_geo.settlements import read_places

__all__ = ["fetch_places"]

LICENCE = "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/"
ATTRIBUTION = "GeoNames, https://www.geonames.org"
ACCURACY = "points of villages can be 1 km off"
DUMP = Resource(expect="zip", resume=True, licence=LICENCE)


def fetch_places(
    country: str,
    *,
    feature_class: str | None = "P",
    cache_dir: str | os.PathLike[str] | None = None,
    offline: bool = False,
    endpoints: Endpoints = PUBLISHED,
) -> gpd.GeoDataFrame:
    """
    Fetch the places of a country from GeoNames.

    Parameters
    ----------
    country : str
        ISO 3166-1 code of two letters: ``"RU"``, ``"UA"``.
    feature_class : str or None, default "P"
        The class to keep. P are populated places, None keeps all.
    cache_dir : path-like, optional
        Default: ``KURSK_GEO_CACHE``, or the platform's cache folder.
    offline : bool, default False
        Never touch the network.
    endpoints : Endpoints
        Where the services are.

    Returns
    -------
    GeoDataFrame, shape (n_places,)
        As `read_places` gives it: ``place_id``, ``name``, ``lon``, ``lat`` and
        ``geometry`` in EPSG:4326. ``attrs`` tell ``licence``, ``attribution``, ``url``
        and ``accuracy``.

    Raises
    ------
    OptionError
        If `country` is no such code.
    ReferenceDataError
        If the dump cannot be read.
    OfflineError, DownloadError
        As `fetch_history`.

    Examples
    --------
    >>> fetch_places("Russia")
    Traceback (most recent call last):
        ...
    kursk_geo.errors.OptionError: country='Russia' was given. Expected two letters ...
    """
    if not re.fullmatch(r"[A-Z]{2}", country):
        msg = (
            f"country={country!r} was given. Expected two letters of ISO 3166-1: "
            "fetch_places('RU')."
        )
        raise OptionError(msg)
    url = f"{endpoints.geonames}/{country}.zip"
    with open_access(endpoints, cache_dir=cache_dir, offline=offline) as access:
        dump = access.file(url, DUMP)
    places = read_places(dump.path, feature_class=feature_class)
    places.attrs = {
        "licence": LICENCE,
        "attribution": ATTRIBUTION,
        "url": url,
        "accuracy": ACCURACY,
    }
    return places
