"""DeepStateMap's vocabulary: status from colour, then key, then name."""

import re

from kursk_geo.status import Status

__all__ = ["status_of"]

COLOURS = {
    "#a52714": Status.OCCUPIED,
    "#880e4f": Status.OCCUPIED_BEFORE_2022,
    "#000000": Status.OCCUPIED_BEFORE_2022,
    "#0f9d58": Status.LIBERATED,
    "#0288d1": Status.LIBERATED,
    "#01579b": Status.HELD_IN_RUSSIA,
    "#bcaaa4": Status.CONTESTED,
    "#bdbdbd": Status.CONTESTED_IN_RUSSIA,
    "#ff5252": Status.OUTSIDE,
}
KEYS = {
    "status.occupied": Status.OCCUPIED,
    "status.unknown": Status.CONTESTED,
    "status.dismissed": Status.LIBERATED,
    "status.dismissed_at": Status.LIBERATED,
    "territories.crimea": Status.OCCUPIED_BEFORE_2022,
    "territories.ordlo": Status.OCCUPIED_BEFORE_2022,
    "territories.tuzla": Status.OCCUPIED_BEFORE_2022,
    "zmiinyi_island": Status.LIBERATED,
}
"""Any other ``territories.`` key lies outside this war."""
WORDS = (
    ("transnistria", Status.OUTSIDE),
    ("придністров", Status.OUTSIDE),
    ("crimea", Status.OCCUPIED_BEFORE_2022),
    ("крим", Status.OCCUPIED_BEFORE_2022),
    ("cadr", Status.OCCUPIED_BEFORE_2022),
    ("ордло", Status.OCCUPIED_BEFORE_2022),
    ("liberated", Status.LIBERATED),
    ("taken back", Status.LIBERATED),
    ("звільнено", Status.LIBERATED),
    ("unknown status", Status.CONTESTED),
    ("contested", Status.CONTESTED),
    ("contensed", Status.CONTESTED),
    ("in doubt", Status.CONTESTED),
    ("situation is unknown", Status.CONTESTED),
    ("під питанням", Status.CONTESTED),
    ("сіра зона", Status.CONTESTED),
    ("статус невідомий", Status.CONTESTED),
    ("окуповано", Status.OCCUPIED),
)
"""The first word that a name holds decides; only names whole enough to be sure of."""

_STYLE_COLOUR = re.compile(r"poly-([0-9a-f]{6})", re.IGNORECASE)
_KEY = re.compile(r"geojson\.([\w.\-]+)", re.IGNORECASE)


def status_of(
    fill: str | None, style_url: str | None, name: str, *, era: tuple[bool, bool]
) -> tuple[Status, str | None]:
    """
    Status from colour, then key, then name.

    Parameters
    ----------
    fill, style_url : str or None
        Properties ``fill`` and ``styleUrl``; either may hold the colour.
    name : str
        Property ``name``, of any era.
    era : (bool, bool)
        Whether the map is of the incursion or later, and of 5 June 2022 or later.

    Returns
    -------
    status : Status
    colour : str or None
        As ``#rrggbb``, lower case.

    Raises
    ------
    Nothing
        What is not known is `Status.UNKNOWN`.

    Examples
    --------
    >>> status_of("#01579B", None, "Liberated", era=(True, True))
    (<Status.HELD_IN_RUSSIA: 'held_in_russia'>, '#01579b')
    >>> status_of("#757575", None, "", era=(True, True))[0]
    <Status.UNKNOWN: 'unknown'>
    """
    incursion, maroon_is_ours = era
    style = _STYLE_COLOUR.search(style_url or "")
    colour = (
        fill.strip().lower() if fill else (f"#{style[1].lower()}" if style else None)
    )
    by_name = _status_of_name(name)
    if colour == "#bdbdbd" and not incursion:
        return Status.CONTESTED, colour
    if colour == "#880e4f" and not maroon_is_ours and by_name is Status.OUTSIDE:
        return Status.OUTSIDE, colour
    if colour is not None:
        return COLOURS.get(colour, Status.UNKNOWN), colour
    return by_name, colour


def _status_of_name(name: str) -> Status:
    key = _KEY.search(name)
    if key is not None:
        word = key[1].lower().rstrip(".")
        elsewhere = (
            Status.OUTSIDE if word.startswith("territories.") else Status.UNKNOWN
        )
        return KEYS.get(word, elsewhere)
    lower = name.lower()
    return next((status for word, status in WORDS if word in lower), Status.UNKNOWN)
