"""DeepState: its colours, its maps."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from warnings import warn

import msgspec
import pandas as pd

from kursk_geo._files import BOM, MAPS, RawFile, is_json, raw_files
from kursk_geo.errors import (
    LicenceError,
    SnapshotError,
    SourceError,
    SourceWarning,
    refused,
)
from kursk_geo.formats import decode_collection, decode_head, reading
from kursk_geo.geometry import why
from kursk_geo.periods import instant_in_name
from kursk_geo.snapshots import MapFeature, ParsedMap
from kursk_geo.sources.base import UKRAINE, Item, Memo, Window
from kursk_geo.status import Status

if TYPE_CHECKING:
    from kursk_geo.sources.http import Web

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
    key, lower = _KEY.search(name), name.lower()
    if key is None:
        named = (status for word, status in WORDS if word in lower)
        by_name = next(named, Status.UNKNOWN)
    else:
        word = key[1].lower().rstrip(".")
        is_place = word.startswith("territories.")
        by_name = KEYS.get(word, Status.OUTSIDE if is_place else Status.UNKNOWN)
    if colour == "#bdbdbd" and not incursion:
        return Status.CONTESTED, colour
    if colour == "#880e4f" and not maroon_is_ours and by_name is Status.OUTSIDE:
        return Status.OUTSIDE, colour
    if colour is not None:
        return COLOURS.get(colour, Status.UNKNOWN), colour
    return by_name, colour


NAME = "deepstate"
LICENCE = (
    "DEEPSTATEUATECH LLC terms: figures and pictures may be published with a reference "
    "and a link; the map data may not be passed on."
)
ATTRIBUTION = "DeepStateMap.Live, https://deepstatemap.live"
HOME = UKRAINE
CAVEAT = ""
SUFFIXES = MAPS

INCURSION_UTC = pd.Timestamp("2024-08-08T00:00Z")
"""From this day on #bdbdbd is the grey zone in Russia; in 2022 it was any grey zone."""
MAROON_IS_OURS_UTC = pd.Timestamp("2022-06-05T00:00Z")
"""Before this day #880e4f was Transnistria; ORDLO and Crimea were black."""

_FILL = re.compile(rb'"fill"\s*:\s*"#([0-9a-fA-F]{6})')
_UNIX = re.compile(r"(?<!\d)(1[6-9]\d{8}|2\d{9})(?!\d)")


class _Properties(msgspec.Struct):
    name: str | None = None
    fill: str | None = None
    style_url: str | None = msgspec.field(default=None, name="styleUrl")


class _Feature(msgspec.Struct):
    geometry: msgspec.Raw = msgspec.Raw(b"null")
    properties: _Properties | None = None


_decode_feature = msgspec.json.Decoder(_Feature).decode
_HEAD = b'{"type":"FeatureCollection","features":[{"type":"Feature",'
_POINT = b'{"type":"Point"'
_TAIL = b"]}"
_BETWEEN = b',{"type":"Feature",'


API = "https://deepstatemap.live/api/history"
ARCHIVE = (
    "https://github.com/DanielRose2310/deepstatemaps-history/archive/"
    "6ff2a8caab82af5b1e011be75ef0656e5f9af028.tar.gz"
)
"""Raw maps of 3 April 2022 to 3 August 2025; a branch would change under its name."""


class _Listed(msgspec.Struct):
    id: int


def fetch(web: "Web", window: Window) -> Iterator[RawFile]:
    """
    Every map that DeepState lists within a window.

    Raises
    ------
    LicenceError
        If DeepState does not hand its maps out (401, 403).
    SourceError
        If the list is not what it was.
    DateNotFoundError
        If none was published in the window.
    """
    try:
        rows = msgspec.json.decode(web.read(f"{API}/public"), type=list[_Listed])
        ids = sorted({row.id for row in rows if window.holds(_utc(row.id))})
        if not ids:
            raise window.empty(NAME, f"It lists {len(rows):,} maps in all.")
        absent = []
        for number in ids:
            raw = web.find(f"{API}/{number}/geojson", immutable=True)
            if raw is None:
                absent.append(str(number))
            else:
                yield RawFile(f"{number}.geojson", raw)
    except (UnicodeDecodeError, msgspec.DecodeError, SnapshotError) as error:
        msg = (
            f"{API}/public is not the list that it was: {error}. Expected an array of "
            "objects with an id: update kursk-geo, or read a copy with "
            "read_history(path)."
        )
        raise SourceError(msg) from error
    except LicenceError as error:
        msg = (
            f"{error} DeepState's terms let volunteer, charitable and defence bodies "
            "use its data freely, and let nobody pass it on. What else there is: maps "
            "that you fetched before, with offline=True; a copy on this machine, with "
            "read_history(path); the public archive of 2022 to 2025, with "
            "fetch_history('deepstate-archive'); or a permission, asked for at "
            "https://deepstatemap.live."
        )
        raise LicenceError(msg) from error
    if absent:
        msg = (
            f"{len(absent)} of {len(ids)} maps that DeepState lists are not there: "
            f"{', '.join(absent[:5])}{', ...' if len(absent) > 5 else ''}."
        )
        warn(msg, SourceWarning, stacklevel=2)


def fetch_archive(web: "Web", window: Window) -> Iterator[RawFile]:
    """The maps of a window out of the public archive, which is one tarball."""
    found = False
    for file in raw_files(web.get(ARCHIVE, immutable=True), suffixes=SUFFIXES):
        stamp = _UNIX.fullmatch(file.name.rpartition("/")[2].partition(".")[0])
        if file.error is not None or (stamp and window.holds(_utc(int(stamp[0])))):
            found = True
            yield file
    if not found:
        raise window.empty(NAME, "The archive reaches from 2022-04-03 to 2025-08-03.")


def recognises(raw: bytes, name: str) -> bool:
    """Whether a file's content is a DeepState map; its name does not matter."""
    del name
    if not is_json(raw) or b'"features"' not in raw:
        return False
    if b"geoJSON." in raw or b'"#poly-' in raw:
        return True
    # Fills are a common convention, and styleUrl is every My Maps': the colours and
    # the place, which `tell_source` looks at, are its own.
    fills = {f"#{told.lower().decode()}" for told in _FILL.findall(raw)}
    return bool(fills & COLOURS.keys())


def parse(raw: bytes, name: str, *, memo: Memo | None = None) -> list[ParsedMap]:
    """
    Parse one file of DeepState's.

    Parameters
    ----------
    raw : bytes
        A bare FeatureCollection, or ``{id, datetime, map}`` around one.
    name : str
        Of the file; holds the instant in unix seconds unless `raw` has an ``id``.
    memo : mutable mapping, optional
        Features parsed so far. Maps of one run repeat about 14 of 15 features byte
        for byte; those are looked up instead of being parsed again.

    Returns
    -------
    list of ParsedMap
        One.

    Raises
    ------
    SnapshotError
        If the file is no such map, or nothing tells its date.
    """
    body = raw.removeprefix(BOM).rstrip()
    number: int | None = None
    if not body.startswith(_HEAD):
        with reading(name, EXPECTED, text=raw, of="DeepState map"):
            body.decode()
            head = decode_head(body)
            number = msgspec.json.decode(head.get("id", b"null"), type=int | None)
        body = bytes(head.get("map", body))
    if number:
        when, identity = _utc(number, name), str(number)
    else:
        remedy = "rename the file, such as 1744230000.geojson, or put an 'id' beside it"
        when = instant_in_name(name, remedy=remedy)
        stamps = _UNIX.findall(name.rpartition("/")[2])
        identity = stamps[0] if len(stamps) == 1 else f"{when:%Y-%m-%d}"
    era = (when >= INCURSION_UTC, when >= MAROON_IS_OURS_UTC)
    seen: dict[bytes, Item] = {} if memo is None else memo.setdefault(era, {})

    def item(text: bytes, start: bytes = b"") -> Item:
        if text not in seen:
            seen[text] = _feature(start + text, era)
        return seen[text]

    # DeepState writes features without spaces, so they can be cut apart at the text
    # between them, and only those never seen before need parsing.
    if body.startswith(_HEAD) and body.endswith(_TAIL):
        texts = body[len(_HEAD) : -len(_TAIL)].split(_BETWEEN)
        try:
            # Each piece is a whole object, so the document is one.
            features = [item(text, _BETWEEN[1:]) for text in texts]
            return [ParsedMap(when, identity, features)]
        except (msgspec.DecodeError, RecursionError):
            pass  # decoded as a whole below, which tells where it breaks
    with reading(name, EXPECTED, text=body, of="DeepState map"):
        _, whole = decode_collection(body)
        return [ParsedMap(when, identity, [item(bytes(text)) for text in whole])]


EXPECTED = "a FeatureCollection or {id, datetime, map}"


def _utc(number: int, name: str = "") -> pd.Timestamp:
    try:
        return pd.Timestamp(number, unit="s", tz="UTC").as_unit("us")
    except (pd.errors.OutOfBoundsDatetime, OverflowError, ValueError) as error:
        given = f"id {number} is no unix time: {error}"
        expected = "seconds since 1970, such as 1744230000: correct the id"
        raise refused(name, given, expected) from error


def _feature(text: bytes, era: tuple[bool, bool]) -> Item:
    try:
        text.decode()  # also what the decoder passes over
        feature = _decode_feature(text)
    except (msgspec.ValidationError, UnicodeDecodeError) as error:
        # The decoder stopped at what does not fit: the rest must be JSON all the same.
        msgspec.json.decode(text, type=msgspec.Raw)
        return why(error, text)
    geometry = bytes(feature.geometry)
    if geometry == b"null":
        return "no geometry"
    if geometry.startswith(_POINT):
        return None  # units, arrows, airfields: left out on purpose
    properties = feature.properties or _Properties()
    name = " ".join((properties.name or "").split())
    status, colour = status_of(properties.fill, properties.style_url, name, era=era)
    label = f"{colour or 'no colour'} {name}" if status is Status.UNKNOWN else name
    return MapFeature(status, label, geometry)
