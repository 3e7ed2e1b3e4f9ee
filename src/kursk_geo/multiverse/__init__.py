"""
Axes of definitions, the grid of all choices, and what the outcome hangs on.

Researchers' and writers' choices that a sentence leaves open are tried in every
combination, as in specification-curve or multiverse analysis.

References
----------
Simonsohn, U., Simmons, J. P., Nelson, L. D. (2020). Specification curve analysis.
Nature Human Behaviour 4, 1208-1214.
Steegen, S., Tuerlinckx, F., Gelman, A., Vanpaemel, W. (2016). Increasing transparency
through a multiverse analysis. Perspectives on Psychological Science 11, 702-712.
"""

from kursk_geo.multiverse.axes import default_grid
from kursk_geo.multiverse.days import spell
from kursk_geo.multiverse.grid import Grid
from kursk_geo.multiverse.options import TIERS, Axis, Option, Specification, Tier
from kursk_geo.multiverse.quantity import MEASURES, Measure, Place, Quantity
from kursk_geo.multiverse.running import run, support_by_tier, variance_shares
from kursk_geo.multiverse.schema import AXES_OF, check_grid

__all__ = [
    "AXES_OF",
    "MEASURES",
    "TIERS",
    "Axis",
    "Grid",
    "Measure",
    "Option",
    "Place",
    "Quantity",
    "Specification",
    "Tier",
    "check_grid",
    "default_grid",
    "run",
    "spell",
    "support_by_tier",
    "variance_shares",
]
