"""Several sources side by side: how much each shows as held, and where they differ."""

from kursk_geo.compare.cells import disagreement
from kursk_geo.compare.daily import compare
from kursk_geo.compare.rest import complement

__all__ = ["compare", "complement", "disagreement"]
