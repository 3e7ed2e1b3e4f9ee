"""One published statement as data, and the files that it is kept in."""

import datetime as dt
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from shapely.geometry.base import BaseGeometry

from kursk_geo.claims.grid import (
    CHANGES,
    MEASURES,
    TIERS,
    Axis,
    Grid,
    Option,
    Place,
    Quantity,
    check_grid,
    default_grid,
    spell,
)
from kursk_geo.claims.wording import (
    DateWindow,
    Direction,
    Interval,
    read_date,
    read_direction,
    read_says,
)
from kursk_geo.errors import ClaimError, KurskGeoError, OptionError
from kursk_geo.history import ControlHistory
from kursk_geo.theatre import theatre

__all__ = [
    "UNSTATED",
    "Claim",
    "Histories",
    "axes",
    "by_name",
    "grid_of",
    "list_claims",
    "load_claims",
    "refuse_strange_claim",
]


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


Histories = ControlHistory | Mapping[str, ControlHistory]

GIVEN_LATER = ("source", "end", "border")
"""Axes with options that only the maps and borders at hand tell."""


def axes(
    claim: Claim,
    *,
    histories: Histories | None = None,
    borders: Mapping[str, BaseGeometry] | None = None,
) -> Grid:
    """
    The definitions that a claim hangs on, with their usual options.

    Parameters
    ----------
    claim : Claim
    histories : ControlHistory or mapping of str to ControlHistory, optional
        As read, not selected. Their maps within the stated window become options;
        several sources become an axis, the claim's own first.
    borders : mapping of str to LineString, optional
        Borders to try beside the theatre's own, by name.

    Returns
    -------
    Grid
        With what the claim's file states, replaces and drops. Change it with
        ``grid.with_axis(...)`` and ``grid.only(...)`` and hand it to `check`.

    Raises
    ------
    ClaimError
        If something else than a claim is given, or the claim names an axis or option
        that there is not.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> [claim] = kg.load_claims("bloomberg-2025-04-26-shrunk")
    >>> [axis.name for axis in kg.axes(claim).axes][:3]
    ['source', 'end', 'baseline']
    """
    refuse_strange_claim(claim)
    given = {} if histories is None else by_name(histories)
    try:
        return grid_of(claim, histories=given, borders=borders or {})
    except OptionError as error:
        msg = f"Claim {claim.id!r}: {error}"
        raise ClaimError(msg) from error


def grid_of(
    claim: Claim,
    *,
    histories: Mapping[str, ControlHistory],
    borders: Mapping[str, BaseGeometry],
) -> Grid:
    """
    As `axes`; without histories, options that only they tell are passed over.

    Raises
    ------
    OptionError
        If the claim names an axis or option that there is not; names its key.
    """
    grid = default_grid(
        claim.quantity, source=claim.source, histories=histories, borders=borders
    )
    for axis in claim.axes:
        grid = _under(f"axes.{axis.name}", claim, grid.with_axis(axis))
    for name, option in claim.stated.items():
        axis = _axis_of(grid, "stated", name)
        known = option in (o.name for o in axis.options)
        if known or histories or name not in GIVEN_LATER:
            grid = grid.with_axis(_stating(axis, option))
    for name in claim.drop:
        axis = _axis_of(grid, "drop", name)
        grid = grid.with_axis(Axis(name, axis.options[:1]))
    return grid


def _under(key: str, claim: Claim, grid: Grid) -> Grid:
    try:
        check_grid(grid, claim.quantity)
    except OptionError as error:
        msg = f"{key}: {error}"
        raise OptionError(msg) from error
    return grid


def _axis_of(grid: Grid, key: str, name: str) -> Axis:
    try:
        return grid.axis(name)
    except OptionError as error:
        msg = f"{key}: {error}"
        raise OptionError(msg) from error


def _stating(axis: Axis, option: str) -> Axis:
    try:
        return axis.stating(option)
    except OptionError as error:
        msg = f"stated.{axis.name}: {error}"
        raise OptionError(msg) from error


def by_name(histories: Histories) -> dict[str, ControlHistory]:
    """Histories by the name of their source, or by the names that they were given."""
    if isinstance(histories, ControlHistory):
        return {histories.source: histories}
    return dict(histories)


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
