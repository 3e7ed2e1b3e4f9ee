"""Days in English, whatever the locale: names of options enter the grid's hash."""

from datetime import date

__all__ = ["MONTHS", "spell"]

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August",
    "September", "October", "November", "December",
)  # fmt: skip


def spell(day: date) -> str:
    """A day as ``28 February 2025``; strftime would ask the locale and the platform."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
