"""Claims that are kept: TOML files, and those that come with the package."""

import json
from collections.abc import Collection, Sequence
from dataclasses import MISSING, fields, replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any, get_type_hints

from msgspec import ValidationError, convert

from kursk_geo._files import kind_of, read_toml, write_whole
from kursk_geo.claims.claim import Claim, DateWindow, Interval, Place, Unread, as_day
from kursk_geo.claims.sentence import read_sentence
from kursk_geo.errors import ClaimError, KurskGeoError, did_you_mean

MAX_BYTES = 1 << 16
"""A claim is a sentence; a larger file is something else. [bytes]"""
DOCS = "docs/claims.md"


READING = (
    "measure", "says", "at", "since", "ground", "place", "pieces", "of", "speaker",
)  # fmt: skip
"""What is read from the words, and stands in a table of its own."""
WHOLE = tuple(one.name for one in fields(Claim) if one.name not in READING)
INNER = {"says": Interval, "at": DateWindow, "since": DateWindow, "place": Place}
"""Fields of a reading that are tables in turn."""


def list_claims() -> list[str]:
    """
    Ids of the claims that come with the package.

    Returns
    -------
    list of str
        Sorted.

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
    kind = kind_of(path) if name else ""
    if kind == "folder":
        found = sorted(path.glob("*.toml"))
        if not found:
            msg = (
                f"{path} holds no claim. Expected files that end in .toml: write one "
                f"as {DOCS} shows, or with kursk-geo check ... --save claim.toml."
            )
            raise ClaimError(msg)
        return found
    if path.suffix == ".toml" or kind == "file":
        return [path]
    found = [packaged[key] for key in sorted(packaged) if key.startswith(f"{name}-")]
    if not name or not found:
        begin = {key.partition("-20")[0] for key in packaged} | packaged.keys()
        msg = (
            f"There is no claim {name!r}. Expected a sentence, a .toml file, a folder "
            "of them, or an id or its beginning, such as 'bloomberg-2025-04-26': "
            "kursk_geo.list_claims(), or kursk-geo claims, has all."
            f"{did_you_mean(name, begin)}"
        )
        raise ClaimError(msg)
    return found


def _load(path: Path) -> Claim:
    expected = (
        f"a short TOML file in UTF-8, as {DOCS} shows: check the path, or see "
        "list_claims() for those that come with the package"
    )
    if kind_of(path) == "file" and path.stat().st_size > MAX_BYTES:
        msg = f"{path}: larger than {MAX_BYTES >> 10} KiB. Expected {expected}."
        raise ClaimError(msg)
    raw = read_toml(path, error=ClaimError, expected=expected)
    try:
        return _claim(raw)
    except KurskGeoError as error:
        msg = f"{path}: {error}"
        raise ClaimError(msg) from error


def _claim(raw: dict[str, Any]) -> Claim:
    """
    The claim of a file: as its [reading] says, or else as its sentence reads.

    Raises
    ------
    ClaimError
        If a key is wrong, or the sentence cannot be read.
    """
    given = _fields(raw, Claim, (*WHOLE, "part", "reading"))
    part: int = given.pop("part", 1)
    reading = given.pop("reading", None)
    if reading is not None:
        return Claim(**given, **_fields(reading, Claim, READING, "reading"))
    found = read_sentence(
        given["text"],
        published=given["published"],
        theatre=given.get("theatre"),
        outlet=given.get("outlet", ""),
    )
    claims = [one for one in found if isinstance(one, Claim)]
    if not 1 <= part <= len(claims):
        reasons = [one.reason for one in found if isinstance(one, Unread)]
        msg = (
            f"text: {len(claims)} statements about territory were read, and part "
            f"{part} is asked for{'; '.join(['', *reasons])}. Write what is meant in a "
            f"table [reading], as {DOCS} shows."
        )
        raise ClaimError(msg)
    return replace(claims[part - 1], **{k: v for k, v in given.items() if v})


def _fields(
    table: dict[str, Any], of: type, keys: Collection[str], where: str = ""
) -> dict[str, Any]:
    """
    What a table of a file says of some fields of a dataclass.

    Raises
    ------
    ClaimError
        If a key is not known, missing, or not of its type.
    """
    types = {"part": int, "reading": dict[str, Any]} | get_type_hints(of)
    needed = [x.name for x in fields(of) if x.name in keys and x.default is MISSING]
    found = {}
    for key in dict.fromkeys([*table, *needed]):
        name = f"{where}.{key}" if where else key
        if key not in keys or key not in table:
            state, remedy = "is not known", "correct or remove it"
            if key in keys:
                state, remedy = "is missing", "add it"
            expected = ", ".join(keys) + (f" in [{where}]" if where else "")
            msg = (
                f"key {name} {state}. Expected the keys {expected}: {remedy}; {DOCS} "
                "shows every key."
            )
            raise ClaimError(msg)
        value, kind = table[key], INNER.get(key)
        try:
            if kind is not None:
                own = tuple(one.name for one in fields(kind))
                value = convert(value, dict[str, Any])
                found[key] = kind(**_fields(value, kind, own, name))
            elif key in ("published", "target"):  # a day or an instant
                found[key] = as_day(value, f"{name}: ")
            else:
                found[key] = convert(value, types[key])
        except ValidationError as error:
            fault = str(error).partition(" - at")[0]
            msg = f"{name}: {fault}, or remove the key; {DOCS} shows every key."
            raise ClaimError(msg) from error
    return found


def save_claim(claim: Claim, path: str | Path) -> None:
    """
    Write a claim, with all that was read from its words, to a TOML file.

    Parameters
    ----------
    claim : Claim
    path : str or Path
    """
    named = replace(claim, id=claim.id or Path(path).stem)
    said = {key: getattr(named, key) for key in WHOLE}
    always = ("outlet", "theatre", "source")
    lines = [f"{k} = {_toml(v)}" for k, v in said.items() if v or k in always]
    lines += ["", "[reading]"]
    read = {key: getattr(claim, key) for key in READING}
    spared = (None, "", "all")
    lines += [f"{k} = {_toml(v)}" for k, v in read.items() if v not in spared]
    write_whole(Path(path), "\n".join([*lines, ""]).encode())


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return json.dumps(value, ensure_ascii=False)
        case date() | float() | int():
            return value.isoformat() if isinstance(value, date) else repr(value)
        case tuple():
            return f"[{', '.join(_toml(one) for one in value)}]"
    kept = {k: v for k, v in vars(value).items() if v not in (None, "")}
    return f"{{ {', '.join(f'{k} = {_toml(v)}' for k, v in kept.items())} }}"
