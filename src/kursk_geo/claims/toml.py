"""Claims that are kept: TOML files, and those that come with the package."""

import json
import re
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd

from kursk_geo._files import write_whole
from kursk_geo.claims.claim import (
    Claim,
    DateWindow,
    Ground,
    Interval,
    Measure,
    Place,
    Unit,
    Unread,
)
from kursk_geo.claims.sentence import read_sentence
from kursk_geo.errors import ClaimError, KurskGeoError, did_you_mean

__all__ = ["list_claims", "load_claims", "save_claim"]

MAX_BYTES = 1 << 16
"""A claim is a sentence; a larger file is something else. [bytes]"""
DOCS = "docs/claims.md"


class _Says(msgspec.Struct, forbid_unknown_fields=True):
    low: float
    high: float
    unit: Unit
    text: str
    value: float | None = None
    precision: float = 0.0
    closed_low: bool = True
    closed_high: bool = True
    reading: str = ""


class _Window(msgspec.Struct, forbid_unknown_fields=True):
    kind: str
    target: Any = None  # a date or an instant: msgspec takes no union of the two
    start: date | None = None
    end: date | None = None
    text: str = ""
    reading: str = ""


class _Place(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    lon: float
    lat: float


class _Reading(msgspec.Struct, forbid_unknown_fields=True):
    measure: Measure
    says: _Says
    at: _Window | None = None
    since: _Window | None = None
    ground: Ground | None = None
    place: _Place | None = None
    pieces: str = "all"
    of: str = ""
    speaker: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    text: str
    published: Any
    outlet: str = ""
    theatre: str = ""
    source: str = ""
    url: str = ""
    archived_url: str = ""
    gist: bool = False
    unstated: list[str] = []
    since_2014: bool = False
    part: int = 1
    reading: _Reading | None = None


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
    if name and path.is_dir():
        found = sorted(path.glob("*.toml"))
        if not found:
            msg = (
                f"{path} holds no claim. Expected files that end in .toml: write one "
                f"as {DOCS} shows, or with kursk-geo check ... --save claim.toml."
            )
            raise ClaimError(msg)
        return found
    if path.suffix == ".toml" or (name and path.is_file()):
        return [path]
    found = [packaged[key] for key in sorted(packaged) if key.startswith(f"{name}-")]
    if not name or not found:
        msg = (
            f"There is no claim {name!r}. Expected a sentence, a .toml file, a folder "
            f"of them, or one of: {', '.join(sorted(packaged))}."
            f"{did_you_mean(name, packaged)}"
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


_TABLES = {
    "": _File,
    "reading": _Reading,
    "reading.says": _Says,
    "reading.at": _Window,
    "reading.since": _Window,
    "reading.place": _Place,
}


def _wrong_key(fault: str) -> str:
    """What a file has wrong, by key: msgspec tells the type and a JSON path."""
    found = re.fullmatch(r"(?P<what>.*?)(?: - at `\$\.?(?P<where>.*)`)?", fault)
    what, where = (found["what"], found["where"] or "") if found else (fault, "")
    named = re.search(r"(missing required|unknown) field `(.*)`", what)
    if named is None:
        return f"{where}: {what}, or remove the key; {DOCS} shows every key."
    keys = ", ".join(_TABLES.get(where, _File).__struct_fields__)
    inside = f" in [{where}]" if where else ""
    key = f"{where}.{named[2]}" if where else named[2]
    state, remedy = (
        ("is not known", "correct or remove it")
        if named[1] == "unknown"
        else ("is missing", "add it")
    )
    return (
        f"key {key} {state}. Expected the keys {keys}{inside}: {remedy}; {DOCS} shows "
        "every key."
    )


def _claim(data: _File) -> Claim:
    """
    The claim of a file: as its [reading] says, or else as its sentence reads.

    Raises
    ------
    ClaimError
        If the sentence cannot be read, or the date of publication is none.
    """
    published = data.published
    if not isinstance(published, date):
        msg = f"published: Expected a date such as 2025-04-26, got {published!r}."
        raise ClaimError(msg)
    if isinstance(published, datetime):
        published = _window_target(published)
    given: dict[str, Any] = {
        "id": data.id,
        "url": data.url,
        "archived_url": data.archived_url,
        "gist": data.gist,
        "outlet": data.outlet,
        "unstated": tuple(data.unstated),
        "source": data.source,
        "theatre": data.theatre,
        "since_2014": data.since_2014,
    }
    if data.reading is not None:
        read: dict[str, Any] = msgspec.structs.asdict(data.reading)
        read["says"] = Interval(**msgspec.structs.asdict(data.reading.says))
        for key in ("at", "since"):
            window = getattr(data.reading, key)
            if window is not None:
                window.target = _window_target(window.target)
                read[key] = DateWindow(**msgspec.structs.asdict(window))
        if data.reading.place is not None:
            read["place"] = Place(**msgspec.structs.asdict(data.reading.place))
        return Claim(text=data.text, published=published, **given, **read)
    found = read_sentence(
        data.text, published=published, theatre=data.theatre or None, outlet=data.outlet
    )
    read_claims = [one for one in found if isinstance(one, Claim)]
    if not 1 <= data.part <= len(read_claims):
        reasons = [one.reason for one in found if isinstance(one, Unread)]
        msg = (
            f"text: {len(read_claims)} statements about territory were read, and part "
            f"{data.part} is asked for{': ' if reasons else ''}{'; '.join(reasons)}. "
            f"Write what is meant in a table [reading], as {DOCS} shows."
        )
        raise ClaimError(msg)
    claim = read_claims[data.part - 1]
    kept = {k: v for k, v in given.items() if v or k in ("id", "gist")}
    kept["unstated"] = given["unstated"] or claim.unstated
    return replace(claim, text=data.text, **kept)


def _window_target(target: object) -> date | pd.Timestamp | None:
    if isinstance(target, datetime):
        stamp = pd.Timestamp(target)
        return stamp.tz_localize("UTC") if stamp.tz is None else stamp.tz_convert("UTC")
    if target is None or isinstance(target, date):
        return target
    msg = f"Expected a date such as 2025-04-26 or an instant, got {target!r}."
    raise ClaimError(msg)


def save_claim(claim: Claim, path: str | Path) -> None:
    """
    Write a claim, with all that was read from its words, to a TOML file.

    Parameters
    ----------
    claim : Claim
    path : str or Path
    """
    lines = [
        f"{key} = {_toml(getattr(claim, key))}"
        for key in ("id", "text", "published", "outlet", "theatre", "source")
    ]
    lines[0] = f"id = {_toml(claim.id or Path(path).stem)}"
    lines += [
        f"{key} = {_toml(getattr(claim, key))}"
        for key in ("since_2014", "url", "archived_url", "gist", "unstated")
        if getattr(claim, key)
    ]
    lines += ["", "[reading]"]
    for key in ("measure", "says", "at", "since", "ground", "place", "pieces", "of"):
        value = getattr(claim, key)
        if value not in (None, "", "all"):
            lines.append(f"{key} = {_toml(value)}")
    if claim.speaker:
        lines.append(f"speaker = {_toml(claim.speaker)}")
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
