"""
Files from the network: fetched politely, kept whole, found again offline.

``address`` says which URLs may be asked, ``session`` asks, ``answer`` reads, ``part``
is a file that is still arriving, ``content`` says what may enter the cache, ``cache``
keeps it; ``transfer`` joins them for one file, and ``fetch`` for many.
"""

from kursk_geo.download.answer import NotPublishedError
from kursk_geo.download.cache import cache_entries, cache_folder, clear_cache
from kursk_geo.download.fetch import fetch_file, fetch_files, fetch_json
from kursk_geo.download.resource import Fetched, Resource
from kursk_geo.download.session import Session

__all__ = [
    "Fetched",
    "NotPublishedError",
    "Resource",
    "Session",
    "cache_entries",
    "cache_folder",
    "clear_cache",
    "fetch_file",
    "fetch_files",
    "fetch_json",
]
