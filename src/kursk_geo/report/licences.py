"""Whose map data may be passed on, and in what words that is said."""

from dataclasses import dataclass

__all__ = ["Terms", "terms_of"]


@dataclass(frozen=True)
class Terms:
    """
    What a source allows.

    Parameters
    ----------
    geometry : bool
        Whether its outlines may be passed on as data.
    reason : str
        Why, in a sentence.
    """

    geometry: bool
    reason: str


DEEPSTATE = (
    "DeepState's terms let anyone publish figures and pictures with a reference and a "
    "link, but not pass its map data on."
)
KNOWN = {
    "deepstate": Terms(geometry=False, reason=DEEPSTATE),
    "cyterat": Terms(geometry=False, reason=DEEPSTATE),
    "isw": Terms(
        geometry=False,
        reason="ISW asks for written consent before its map data are passed on.",
    ),
    "nzz": Terms(
        geometry=False,
        reason="NZZ states no licence, so its map data are its own.",
    ),
    "viina": Terms(
        geometry=True,
        reason="VIINA is under the ODbL 1.0: what is made from it may be passed on "
        "under the same licence, with attribution.",
    ),
}
"""Terms by the name of the source, as docs/sources.md tells them."""


def terms_of(source: str) -> Terms:
    """The terms of a source; one that is not known allows nothing."""
    unknown = f"Nothing is known here of the terms of {source or 'this source'}."
    return KNOWN.get(source, Terms(geometry=False, reason=unknown))
