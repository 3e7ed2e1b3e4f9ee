"""Days in English, whatever the locale: names of options enter the grid's hash."""

from datetime import date

__all__ = ["MONTHS", "spell"]

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August",
    "September", "October", "November", "December",
)  # fmt: skip


def spell(day: date) -> str:
    """
    A day in words; strftime would ask the locale and the platform.

    Parameters
    ----------
    day : date

    Returns
    -------
    str

    Raises
    ------
    Nothing
        Every date has its words.

    Examples
    --------
    >>> spell(date(2025, 2, 28))
    '28 February 2025'
    """
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
