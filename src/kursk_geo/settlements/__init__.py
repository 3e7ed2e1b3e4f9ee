"""Places that changed hands, and the tables they are read from."""

from kursk_geo.settlements.control import settlements
from kursk_geo.settlements.places import read_places

__all__ = ["read_places", "settlements"]
