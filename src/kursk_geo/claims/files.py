"""Claims as small TOML files: anybody can write one and keep its versions."""

import datetime as dt
import re
import tomllib
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from kursk_geo.claims.claim import UNSTATED, Claim
from kursk_geo.claims.definitions import grid_of
from kursk_geo.errors import ClaimError, KurskGeoError, OptionError
from kursk_geo.multiverse import MEASURES, Axis, Option, Place, Quantity
from kursk_geo.multiverse.options import TIERS
from kursk_geo.theatre import theatre
from kursk_geo.wording import (
    DateWindow,
    Direction,
    Interval,
    read_date,
    read_direction,
    read_says,
)

__all__ = ["list_claims", "load_claims"]

MAX_BYTES = 1 << 16
"""A claim is a sentence; a larger file is something else. [bytes]"""

DOCS = "docs/claims.md"
Given = TypeVar("Given")


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
    value: Any  # text, number, true or false, or a date
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
        The id of a packaged claim, the beginning of several such ids
        (``"bloomberg-2025-04-26"``), a ``.toml`` file, or a folder of them. A packaged
        id comes before a folder of that name; write ``"./name"`` for the folder.

    Returns
    -------
    list of Claim
        In the order asked for, each once; those of one folder or beginning by id.

    Raises
    ------
    ClaimError
        If there is no such claim, a file cannot be read (names file and key), or two
        files have the same id.

    Examples
    --------
    >>> [claim.id for claim in load_claims("bloomberg-2025-04-26-sections")]
    ['bloomberg-2025-04-26-sections']
    >>> len(load_claims("bloomberg-2025-04-26"))
    6
    >>> load_claims([])
    []
    """
    asked = [which] if isinstance(which, (str, Path)) else which
    paths = dict.fromkeys(path for item in asked for path in _paths(item))
    known: dict[str, Path] = {}
    claims = []
    for path in paths:
        claim = _load(path)
        if claim.id in known:
            msg = (
                f"{path}: id = {claim.id!r} is also that of {known[claim.id]}. "
                "Expected each id once: change one of them."
            )
            raise ClaimError(msg)
        known[claim.id] = path
        claims.append(claim)
    return claims


def _paths(item: str | Path) -> list[Path]:
    packaged = _packaged()
    name = str(item)
    if isinstance(item, str) and item in packaged:
        return [packaged[item]]
    path = Path(item)
    if name and path.is_dir():
        found = sorted(path.glob("*.toml"))
        if not found:
            msg = (
                f"{path} holds no claim. Expected files that end in .toml: write one "
                f"as {DOCS} shows."
            )
            raise ClaimError(msg)
        return found
    if path.suffix == ".toml" or (name and path.is_file()):
        return [path]
    begins = sorted(key for key in packaged if key.startswith(f"{name}-"))
    found = [packaged[key] for key in begins]
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
            msg = (
                f"{path}: larger than {MAX_BYTES >> 10} KiB. Expected one sentence "
                f"in a short TOML file, as {DOCS} shows."
            )
            raise ClaimError(msg)
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        msg = (
            f"{path}: cannot be opened: {error.strerror}. Expected a .toml file: check "
            "the path, or see list_claims() for those that come with the package."
        )
        raise ClaimError(msg) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        fault = (
            f"is no UTF-8 text (byte {error.start})"
            if isinstance(error, UnicodeDecodeError)
            else f"cannot be read as TOML: {error}"
        )
        msg = f"{path}: {fault}. Expected a short TOML file in UTF-8, as {DOCS} shows."
        raise ClaimError(msg) from error
    try:
        return _claim(msgspec.convert(raw, _File))
    except msgspec.ValidationError as error:
        msg = f"{path}: {_wrong_key(str(error))}"
        raise ClaimError(msg) from error
    except KurskGeoError as error:
        msg = f"{path}: {error}"
        raise ClaimError(msg) from error


def _wrong_key(fault: str) -> str:
    """What a file has wrong, by key: msgspec tells the type and a JSON path."""
    found = re.fullmatch(r"(?P<what>.*?)(?: - at `\$\.?(?P<where>.*)`)?", fault)
    what, where = (found["what"], found["where"] or "") if found else (fault, "")
    where = re.sub(r"\[\.\.\.\]", ".*", where)
    table = {"": _File, "quantity": _Quantity, "quantity.place": _Place}.get(
        where, _Option
    )
    named = re.search(r"(missing required|unknown) field `(.*)`", what)
    keys = ", ".join(table.__struct_fields__)
    inside = f" in [{where}]" if where else ""
    if named is None:
        if what.startswith("Invalid RFC3339 encoded date"):
            what = "Expected a date such as 2025-04-26"
        return f"{where}: {what}, or remove the key; {DOCS} shows every key."
    key = f"{where}.{named[2]}" if where else named[2]
    if named[1] == "unknown":
        return (
            f"key {key} is not known. Expected the keys {keys}{inside}: correct or "
            f"remove it; {DOCS} shows every key."
        )
    return (
        f"key {key} is missing. Expected the keys {keys}{inside}: add it; {DOCS} shows "
        "every key."
    )


def _claim(data: _File) -> Claim:
    """
    Turn a file's words into windows and intervals, and try its definitions.

    Raises
    ------
    KurskGeoError
        If a word cannot be read, or a name is not known.
    """
    claim = Claim(
        id=data.id,
        text=data.text,
        published=data.published,
        outlet=data.outlet,
        source=data.source,
        quantity=_quantity(data),
        url=data.url,
        unstated=tuple(data.unstated),
        stated=dict(data.stated),
        axes=tuple(_axis(name, options) for name, options in data.axes.items()),
        drop=tuple(data.drop),
    )
    grid_of(claim, histories={}, borders={})
    return claim


def _quantity(data: _File) -> Quantity:
    asked, published = data.quantity, data.published
    measure = next((known for known in MEASURES if known == asked.measure), None)
    if measure is None:
        msg = (
            f"quantity.measure = {asked.measure!r} is not known. Expected one of: "
            f"{', '.join(MEASURES)}."
        )
        raise OptionError(msg)
    place = asked.place
    baseline = None
    if asked.baseline != UNSTATED:
        baseline = _window("quantity.baseline", asked.baseline, published)
    return Quantity(
        measure=measure,
        theatre=_at("theatre", lambda: theatre(data.theatre)),
        at=_window("quantity.at", asked.at, published),
        says=_at("[says]", lambda: _says(data)),
        baseline=baseline,
        ground=asked.ground,
        place=None if place is None else Place(place.name, place.lon, place.lat),
    )


def _at(key: str, read: Callable[[], Given]) -> Given:
    """
    What a key holds.

    Raises
    ------
    ClaimError
        If it cannot be read; names the key.
    """
    try:
        return read()
    except KurskGeoError as error:
        said = str(error)
        msg = said if said.startswith(key) else f"{key}: {said}"
        raise ClaimError(msg) from error


def _window(key: str, words: object, published: dt.date) -> DateWindow:
    if not isinstance(words, (str, dt.date)):
        msg = (
            f"{key} = {words!r} is no date. Expected words such as 'end of February "
            "2025', or a date such as 2025-02-28."
        )
        raise ClaimError(msg)
    return _at(key, lambda: read_date(words, published=published))


def _says(data: _File) -> Interval:
    says = dict(data.says)
    direction: Direction | None = says.get("direction") or read_direction(data.text)
    for key, words in says.items():
        own = read_direction(words) if isinstance(words, str) else None
        if key != "direction" and "direction" in says and own not in (None, direction):
            msg = (
                f"[says] has {key} = {words!r} and direction = {direction!r}. Expected "
                f"the same way in both: remove direction, or the verb of {key}."
            )
            raise ClaimError(msg)
    return read_says(says, measure=data.quantity.measure, direction=direction)


def _axis(name: str, options: Sequence[_Option]) -> Axis:
    return Axis(name, tuple(_option(name, option) for option in options))


def _option(axis: str, given: _Option) -> Option:
    value = given.value
    if isinstance(value, (dt.date, dt.datetime)):
        value = value.isoformat()
    if not isinstance(value, (str, int, float)):
        msg = (
            f"axes.{axis}: option {given.name!r} has the value {value!r}. Expected "
            "text, a number, true or false, or a date."
        )
        raise OptionError(msg)
    tier = next((known for known in TIERS if known == given.tier), None)
    if tier is None:
        msg = (
            f"axes.{axis}: option {given.name!r} has the tier {given.tier!r}. Expected "
            f"one of: {', '.join(TIERS)}."
        )
        raise OptionError(msg)
    return Option(given.name, value, tier)
