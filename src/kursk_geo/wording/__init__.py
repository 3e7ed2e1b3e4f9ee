"""
The wording of a claim as stated, overridable intervals and windows of days.

``read_amount`` and ``read_says`` make an `Interval` of an amount, ``read_date`` makes
a `DateWindow` of a date, and ``wording_tables`` shows every reading in one table.
"""

from kursk_geo.wording.amounts import (
    Direction,
    read_amount,
    read_direction,
    read_duration,
)
from kursk_geo.wording.dates import DateWindow, read_date
from kursk_geo.wording.interval import Interval
from kursk_geo.wording.says import SAYS_KEYS, read_says
from kursk_geo.wording.tables import wording_tables

__all__ = [
    "SAYS_KEYS",
    "DateWindow",
    "Direction",
    "Interval",
    "read_amount",
    "read_date",
    "read_direction",
    "read_duration",
    "read_says",
    "wording_tables",
]
