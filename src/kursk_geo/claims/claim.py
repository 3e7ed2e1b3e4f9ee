"""Claims: published sentences as small TOML files."""

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from kursk_geo.errors import ClaimError, KurskGeoError, OptionError
from kursk_geo.multiverse import MEASURES, Axis, Option, Place, Quantity
from kursk_geo.multiverse.quantity import CHANGES, GROUNDS
from kursk_geo.theatre import theatre
from kursk_geo.wording import (
    DateWindow,
    Direction,
    Interval,
    read_date,
    read_direction,
    read_says,
)

__all__ = ["Claim", "list_claims", "load_claims"]

MAX_BYTES = 1 << 18
"""A claim is a sentence; a larger file is something else. [bytes]"""
UNSTATED = "unstated"


@dataclass(frozen=True)
class Claim:
    """
    A published sentence as data.

    Parameters
    ----------
    id : str
        Short and unique, such as ``"bloomberg-2025-04-26-shrunk"``.
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
        Axes that take the place of the default ones, or add to them.
    drop : tuple of str, default ()
        Axes of which only the first option is tried.
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

    @property
    def reading(self) -> str:
        """How the words are read, to be printed beside any verdict."""
        parts = [self.quantity.says.reading, self.quantity.at.reading]
        if self.quantity.measure in CHANGES:
            since = self.quantity.baseline
            baseline = UNSTATED if since is None else since.reading
            parts.append(f"baseline {baseline}")
        return "; ".join(parts)


class _Place(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    lon: float
    lat: float


class _Quantity(msgspec.Struct, forbid_unknown_fields=True):
    measure: str
    at: Any  # words, or a date: msgspec takes no union of the two
    baseline: Any = UNSTATED
    ground: str | None = None
    place: _Place | None = None


class _Option(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    value: str | float | int | bool
    tier: str = "reasonable"


class _File(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    text: str
    published: dt.date
    outlet: str
    source: str
    theatre: str
    quantity: _Quantity
    says: dict[str, Any]
    url: str = ""
    unstated: list[str] = []
    stated: dict[str, str] = {}
    axes: dict[str, list[_Option]] = {}
    drop: list[str] = []


def list_claims() -> list[str]:
    """
    Ids of the claims that come with the package.

    Returns
    -------
    list of str
        Sorted.

    Raises
    ------
    Nothing
        The list is fixed.

    Examples
    --------
    >>> "bloomberg-2025-04-26-shrunk" in list_claims()
    True
    """
    return sorted(_packaged())


def _packaged() -> dict[str, Path]:
    folder = Path(str(files("kursk_geo"))) / "data" / "claims"
    return {path.stem: path for path in folder.glob("*.toml")}


def load_claims(which: str | Path | Sequence[str | Path]) -> list[Claim]:
    """
    Read claims from files, folders, or those that come with the package.

    Parameters
    ----------
    which : str, Path, or sequence of them
        A ``.toml`` file, a folder of them, the id of a packaged claim, or the
        beginning of several such ids (``"bloomberg-2025-04-26"``).

    Returns
    -------
    list of Claim
        In the order asked for; those of one folder or beginning by id.

    Raises
    ------
    ClaimError
        If there is no such claim, or a file cannot be read; names file and key.

    Examples
    --------
    >>> [claim.id for claim in load_claims("bloomberg-2025-04-26-sections")]
    ['bloomberg-2025-04-26-sections']
    >>> len(load_claims("bloomberg-2025-04-26"))
    6
    """
    one = isinstance(which, (str, Path))
    asked = [which] if one else list(which)  # type: ignore[list-item,arg-type]  # told apart by `one`
    return [_load(path) for item in asked for path in _paths(item)]


def _paths(item: str | Path) -> list[Path]:
    path = Path(item)
    if path.is_dir():
        found = sorted(path.glob("*.toml"))
        if not found:
            msg = f"{path} holds no claim. Expected files that end in .toml."
            raise ClaimError(msg)
        return found
    if path.suffix == ".toml" or path.is_file():
        return [path]
    packaged = _packaged()
    name = str(item)
    found = [path for key, path in sorted(packaged.items()) if key == name]
    found = found or [
        path for key, path in sorted(packaged.items()) if key.startswith(name + "-")
    ]
    if not name or not found:
        msg = (
            f"There is no claim {name!r}. Expected a .toml file, a folder of them, or "
            f"one of: {', '.join(sorted(packaged))}."
        )
        raise ClaimError(msg)
    return found


def _load(path: Path) -> Claim:
    try:
        if path.stat().st_size > MAX_BYTES:
            msg = f"{path}: larger than {MAX_BYTES >> 10} KiB. Expected a short TOML file."
            raise ClaimError(msg)
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        msg = (
            f"{path}: cannot be read as TOML: {error}. Expected a claim as in "
            "docs/claims.md."
        )
        raise ClaimError(msg) from error
    try:
        data = msgspec.convert(raw, _File)
    except msgspec.ValidationError as error:
        keys = ", ".join(_File.__struct_fields__)
        msg = f"{path}: {error}. Expected the keys {keys}, as in docs/claims.md."
        raise ClaimError(msg) from error
    try:
        return _claim(data)
    except KurskGeoError as error:
        msg = f"{path}: {error}"
        raise ClaimError(msg) from error


def _claim(data: _File) -> Claim:
    """
    Turn a file's words into windows and intervals.

    Raises
    ------
    KurskGeoError
        If a word cannot be read, or a name is not known.
    """
    asked = data.quantity
    measure = next((known for known in MEASURES if known == asked.measure), None)
    if measure is None:
        msg = (
            f"quantity.measure = {asked.measure!r} is not known. Expected one of: "
            f"{', '.join(MEASURES)}."
        )
        raise OptionError(msg)
    if asked.ground not in (None, *GROUNDS):
        msg = f"quantity.ground = {asked.ground!r}. Expected one of: {', '.join(GROUNDS)}."
        raise OptionError(msg)
    place = asked.place
    quantity = Quantity(
        measure=measure,
        theatre=theatre(data.theatre),
        at=_window(asked.at, data.published),
        says=_says(data),
        baseline=(
            None
            if asked.baseline == UNSTATED or measure not in CHANGES
            else _window(asked.baseline, data.published)
        ),
        ground=asked.ground,
        place=None if place is None else Place(place.name, place.lon, place.lat),
    )
    _check_order(quantity)
    return Claim(
        id=data.id,
        text=data.text,
        published=data.published,
        outlet=data.outlet,
        source=data.source,
        quantity=quantity,
        url=data.url,
        unstated=tuple(data.unstated),
        stated=dict(data.stated),
        axes=tuple(_axis(name, options) for name, options in data.axes.items()),
        drop=tuple(data.drop),
    )


def _window(words: object, published: dt.date) -> DateWindow:
    if not isinstance(words, (str, dt.date)):
        msg = (
            f"{words!r} is no date. Expected words such as 'end of February 2025', or "
            "a date such as 2025-02-28."
        )
        raise ClaimError(msg)
    return read_date(words, published=published)


def _says(data: _File) -> Interval:
    says = dict(data.says)
    direction: Direction | None = says.get("direction") or read_direction(data.text)
    return read_says(says, measure=data.quantity.measure, direction=direction)


def _check_order(quantity: Quantity) -> None:
    since = quantity.baseline
    if since is not None and since.target >= quantity.at.target:
        msg = (
            f"quantity.baseline ({since.text}) is not before quantity.at "
            f"({quantity.at.text}). Expected an earlier date: swap them."
        )
        raise ClaimError(msg)


def _axis(name: str, options: list[_Option]) -> Axis:
    tiers = (Option(o.name, o.value, o.tier) for o in options)  # type: ignore[arg-type]  # Option checks the tier
    return Axis(name, tuple(tiers))
