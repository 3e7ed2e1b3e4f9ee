"""What must be alike before histories are compared, and what they are called."""

from collections.abc import Hashable, Mapping
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from kursk_geo.errors import OptionError, TheatreError
from kursk_geo.ground import Ground, Pieces
from kursk_geo.history import ControlHistory


def grounds_of(histories: Mapping[str, ControlHistory]) -> dict[str, Ground]:
    """
    The ground of each history, if like can be compared with like.

    Raises TheatreError if one has no theatre; OptionError if they have no names, are
    fewer than two, or their regions differ.
    """
    _check_named(histories)
    if len(histories) < 2:
        msg = (
            f"There is {len(histories)} history. Expected two or more by name: "
            "{'deepstate': ..., 'nzz': ...}."
        )
        raise OptionError(msg)
    without = [name for name, one in histories.items() if one.theatre is None]
    if without:
        msg = (
            f"{', '.join(without)} has no theatre, so nothing tells what counts as "
            "held. Expected history.select(kursk_geo.theatre('kursk')) of each first."
        )
        raise TheatreError(msg)
    (name, first), *others = histories.items()
    for other_name, other in others:
        if not _same_region(first, other):
            msg = (
                f"{name} and {other_name} are selected for different regions. Expected "
                "one: pass the same theatre, and the same clip=, to select() of each."
            )
            raise OptionError(msg)
    return {str(name): Ground(history) for name, history in histories.items()}


def _check_named(histories: object) -> None:
    """A list of histories is refused before one of its methods is missed."""
    if not isinstance(histories, Mapping):
        msg = (
            f"The histories are a {type(histories).__name__}. Expected two or more by "
            "name: {'deepstate': ..., 'nzz': ...}."
        )
        raise OptionError(msg)


def _same_region(first: ControlHistory, second: ControlHistory) -> bool:
    regions = [
        None if one.theatre is None else one.theatre.region for one in (first, second)
    ]
    if None in regions:
        return regions[0] is regions[1]
    same = bool(shapely.equals_identical(*regions))
    return same and first.clipped == second.clipped


def covered(ground: Ground, pieces: Pieces) -> BaseGeometry:
    """The ground of some polygons; empty for none."""
    return ground.union(pieces) if pieces else shapely.Polygon()


def credits_of(histories: Mapping[str, ControlHistory]) -> dict[Hashable, Any]:
    """Theatre, sources and attributions, for ``attrs``."""
    theatres = {one.theatre.name for one in histories.values() if one.theatre}
    return {
        "theatre": ", ".join(sorted(theatres)),
        "sources": {name: one.source for name, one in sorted(histories.items())},
        "attribution": "; ".join(
            sorted({one.attribution for one in histories.values() if one.attribution})
        ),
    }
