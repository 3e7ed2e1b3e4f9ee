"""
Maps, borders and places from where they are published.

``endpoints`` says where the services are, ``window`` which days are wanted;
``deepstate``, ``archive``, ``cyterat``, ``isw`` and ``viina`` which files those are;
``parcel`` brings them to their readers, and ``history`` joins all of it. ``areas``
holds DeepState's published areas against its maps. ``boundaries`` and ``places`` fetch
what maps are measured against, by way of ``osm`` and ``geoboundaries``.
"""

from kursk_geo.fetch.areas import deepstate_areas, verify_areas
from kursk_geo.fetch.boundaries import fetch_border, fetch_region
from kursk_geo.fetch.endpoints import Endpoints
from kursk_geo.fetch.history import FETCHABLE, fetch_history
from kursk_geo.fetch.places import fetch_places

__all__ = [
    "FETCHABLE",
    "Endpoints",
    "deepstate_areas",
    "fetch_border",
    "fetch_history",
    "fetch_places",
    "fetch_region",
    "verify_areas",
]
