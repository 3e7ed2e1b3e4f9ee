"""What a source says of a shape, in one vocabulary for all sources."""

from collections.abc import Iterable
from enum import StrEnum

from kursk_geo.errors import OptionError, did_you_mean


class Status(StrEnum):
    """
    What a source says of a shape.

    The values are the words that stand in tables, stores and on the command line.

    Examples
    --------
    >>> Status.HELD_IN_RUSSIA == "held_in_russia"
    True
    """

    OCCUPIED = "occupied"
    """Russian-held since 24 February 2022."""
    OCCUPIED_BEFORE_2022 = "occupied_before_2022"
    """Russian-held since 2014: Crimea and parts of Donetsk and Luhansk."""
    LIBERATED = "liberated"
    """Taken back by Ukraine."""
    HELD_IN_RUSSIA = "held_in_russia"
    """Ukrainian-held on the Russian side of the border."""
    REGAINED_IN_RUSSIA = "regained_in_russia"
    """Taken back by Russia, on its side of the border."""
    CONTESTED = "contested"
    """Grey zone; on either side of the border."""
    CONTESTED_IN_RUSSIA = "contested_in_russia"
    """Grey zone of the incursion, as the source marks it apart."""
    OUTSIDE = "outside"
    """Claims far from this war: Karelia, the Kurils, Abkhazia and others."""
    UNKNOWN = "unknown"
    """A colour or name that the source's vocabulary does not hold."""

    # The hash of an enum is Python code, which features of maps ask a million times.
    __hash__ = str.__hash__


def read_statuses(statuses: str | Iterable[str]) -> frozenset[Status]:
    """
    Read one or several statuses.

    Parameters
    ----------
    statuses : str or iterable of str
        Values of `Status`.

    Returns
    -------
    frozenset of Status
        Empty for an empty iterable.

    Raises
    ------
    OptionError
        If a word is not a status.

    Examples
    --------
    >>> read_statuses("held_in_russia") == {Status.HELD_IN_RUSSIA}
    True
    >>> read_statuses([])
    frozenset()
    """
    words = [statuses] if isinstance(statuses, str) else list(statuses)
    known = {status.value for status in Status}
    strangers = [str(word) for word in words if word not in known]
    if strangers:
        msg = (
            f"Status {', '.join(map(repr, strangers))} is not known. "
            f"Expected: {', '.join(sorted(known))}."
            f"{did_you_mean(strangers[0], known)}"
        )
        raise OptionError(msg)
    return frozenset(Status(word) for word in words)
