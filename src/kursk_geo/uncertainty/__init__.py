"""How sure a figure is: bounds beside area and depth, and whether a change is real."""

from kursk_geo.uncertainty.bounds import area_samples, uncertainty
from kursk_geo.uncertainty.difference import change_bounds, p_change
from kursk_geo.uncertainty.model import SOURCE_SIGMA_M

__all__ = [
    "SOURCE_SIGMA_M",
    "area_samples",
    "change_bounds",
    "p_change",
    "uncertainty",
]
