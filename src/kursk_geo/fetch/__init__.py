"""
Maps, borders and places from where they are published.

``endpoints`` says where the services are, ``window`` which days are wanted;
``deepstate``, ``archive``, ``cyterat`` and ``isw`` which files those are; ``parcel``
brings them to their readers, and ``history`` joins all of it. ``areas`` holds
DeepState's published areas against its maps.
"""

from kursk_geo.fetch.areas import deepstate_areas, verify_areas
from kursk_geo.fetch.endpoints import Endpoints
from kursk_geo.fetch.history import FETCHABLE, fetch_history

__all__ = [
    "FETCHABLE",
    "Endpoints",
    "deepstate_areas",
    "fetch_history",
    "verify_areas",
]
