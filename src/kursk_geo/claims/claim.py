"""Claims: published sentences as data."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from kursk_geo.errors import ClaimError
from kursk_geo.multiverse import Axis, Quantity, spell
from kursk_geo.multiverse.quantity import CHANGES
from kursk_geo.wording import DateWindow

__all__ = ["UNSTATED", "Claim", "refuse_strange_claim"]

UNSTATED = "unstated"

SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""An id names folders and files, so it must not lead out of one."""


@dataclass(frozen=True)
class Claim:
    """
    A published sentence as data.

    Parameters
    ----------
    id : str
        Short and unique, such as ``"bloomberg-2025-04-26-shrunk"``: letters, digits,
        dots, hyphens and underscores.
    text : str
        The sentence, quoted.
    published : date
    outlet : str
        Who published it.
    source : str
        Source of the maps that it was drawn from.
    quantity : Quantity
        What it asks of the maps, and what it says of that.
    url : str, default ""
        Where it stands.
    unstated : tuple of str, default ()
        What the sentence leaves open, in words.
    stated : mapping of str to str, default {}
        Options, by axis, that the sentence or its outlet states.
    axes : tuple of Axis, default ()
        Axes that take the place of the default ones.
    drop : tuple of str, default ()
        Axes of which only the first option is tried.

    Raises
    ------
    ClaimError
        If the id cannot name a file, or there is no sentence, outlet or source.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> [claim] = kg.load_claims("bloomberg-2025-04-26-shrunk")
    >>> claim.reading.partition(";")[0]
    'nearly one-fifth, read as -20 % to -16 %'
    """

    id: str
    text: str
    published: dt.date
    outlet: str
    source: str
    quantity: Quantity
    url: str = ""
    unstated: tuple[str, ...] = ()
    stated: Mapping[str, str] = field(default_factory=dict)
    axes: tuple[Axis, ...] = ()
    drop: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not SAFE_ID.fullmatch(self.id):
            msg = (
                f"id = {self.id!r} cannot name a file. Expected letters, digits, dots, "
                "hyphens and underscores, such as 'bloomberg-2025-04-26-shrunk'."
            )
            raise ClaimError(msg)
        for key in ("text", "outlet", "source"):
            if not getattr(self, key).strip():
                msg = (
                    f"{key} is empty. Expected the sentence, who published it, and the "
                    f"source of its maps: write {key} in the claim."
                )
                raise ClaimError(msg)

    @property
    def reading(self) -> str:
        """How the words are read, to be printed beside any verdict."""
        parts = [self.quantity.says.reading, _read(self.quantity.at)]
        if self.quantity.measure in CHANGES:
            since = self.quantity.baseline
            parts.append(f"baseline {UNSTATED if since is None else _read(since)}")
        return "; ".join(parts)


def _read(window: DateWindow) -> str:
    """A day that is written out needs no reading."""
    plain = window.text == spell(window.target) and window.start == window.end
    return window.text if plain else window.reading


def refuse_strange_claim(given: object) -> None:
    """
    Refuse what stands in the place of a claim and is none, such as its id or a list.

    Raises
    ------
    ClaimError
        If it is not a claim.
    """
    if not isinstance(given, Claim):
        what = f"a list of {len(given)}" if isinstance(given, list) else repr(given)
        msg = (
            f"Cannot check {what}. Expected claims: load_claims() reads a list of them "
            "by id or file; take one as load_claims(...)[0]."
        )
        raise ClaimError(msg)
