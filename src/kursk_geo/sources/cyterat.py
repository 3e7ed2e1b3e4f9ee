"""The daily mirror of DeepState's occupied ground: one merged polygon a day."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from warnings import warn

from kursk_geo._files import RawFile
from kursk_geo.errors import SourceWarning
from kursk_geo.formats import features_of_json
from kursk_geo.periods import day_in_name, end_of_day, no_day, read_day
from kursk_geo.snapshots import ParsedMap, UnreadableFile
from kursk_geo.sources.base import UKRAINE, Item, Memo, Parsed, Window, map_feature
from kursk_geo.status import Status

if TYPE_CHECKING:
    from kursk_geo.sources.http import Web

NAME = "cyterat"
LICENCE = (
    "Made from DeepStateMap, whose terms apply: figures and pictures may be published "
    "with a reference and a link; the map data may not be passed on."
)
ATTRIBUTION = (
    "DeepStateMap.Live, https://deepstatemap.live, by way of "
    "https://github.com/cyterat/deepstate-map-data"
)
CAVEAT = (
    "The cyterat mirror holds Russian-held ground in Ukraine only, with what was held "
    "before 2022: neither the grey zone nor any ground in Russia, so that Kursk is "
    "empty in it at all times. For these read DeepState's own maps."
)
HOME = UKRAINE
SUFFIXES = (".geojson", ".json")

LATE = timedelta(days=1)
"""The mirror runs in the morning: a file shows what was published the day before."""

LABEL = "occupied, merged"

_STEM = re.compile(r"deepstatemap_data_\d{8}")
_ALL_DAYS = re.compile(
    rb'"properties"\s*:\s*\{\s*"date"\s*:\s*(?:null|"\d{4}-\d\d-\d\d")\s*\}'
)
_ONE_DAY = re.compile(rb'"properties"\s*:\s*\{\s*\}\s*,\s*"geometry"')
HEAD_BYTES = 2000


BASE = "https://raw.githubusercontent.com/cyterat/deepstate-map-data/main/data"
FIRST = date(2024, 7, 7)
"""Day of publication of the first file, which is dated a day later."""
SETTLED = timedelta(days=3)
"""A file that is older is not written again: it is fetched once."""


def fetch(web: "Web", window: Window) -> Iterator[RawFile]:
    """
    Every day of a window; days without a file are named.

    Raises
    ------
    DateNotFoundError
        If no file was published in the window.
    """
    days = window.days(FIRST)
    today = datetime.now(UTC).date()
    missing = []
    for day in days:
        dated = day + LATE
        file = f"deepstatemap_data_{dated:%Y%m%d}.geojson"
        settled = dated <= today - SETTLED
        raw = web.find(f"{BASE}/{file}", immutable=settled)
        if raw is not None:
            yield RawFile(file, raw)
        elif settled:
            missing.append(str(day))
    if len(missing) == len(days):
        raise window.empty(NAME, f"Its first map was published on {FIRST}.")
    if missing:
        msg = (
            f"The mirror has no file for {len(missing)} of {len(days)} days: "
            f"{', '.join(missing[:8])}{', ...' if len(missing) > 8 else ''}. The map "
            "of the day before stands on."
        )
        warn(msg, SourceWarning, stacklevel=2)


def recognises(raw: bytes, name: str) -> bool:
    """Whether a file is the mirror's: areas without properties, or with a date only."""
    head = raw[:HEAD_BYTES]
    if b'"features"' not in head:
        return False
    if _ALL_DAYS.search(head) is not None:
        return True
    is_named = _STEM.search(head.decode(errors="replace")) or _STEM.search(name)
    return _ONE_DAY.search(head) is not None and is_named is not None


def parse(raw: bytes, name: str, *, memo: Memo | None = None) -> Parsed:
    """
    Parse one file of the mirror, of a day or of all days.

    Parameters
    ----------
    raw : bytes
        A FeatureCollection: one area without properties, or many with a ``date``.
    name : str
        Of the file; tells the day of a file of one day.
    memo : mutable mapping, optional
        Not needed.

    Returns
    -------
    list of ParsedMap or UnreadableFile
        One map a day, of the end of the day before the one that the file tells; and
        one entry for the rows that tell no day.

    Raises
    ------
    SnapshotError
        If the file is no such map, or tells no day.
    """
    del memo
    found = features_of_json(raw, name, of="file of the cyterat mirror")
    days: dict[date, list[Item]] = {}
    undated: list[int] = []
    of_file = None
    if _ALL_DAYS.search(raw[:HEAD_BYTES]) is None:
        of_file = day_in_name(name) or day_in_name(str(found.head.get("name") or ""))
        if of_file is None:
            file = "deepstatemap_data_20250415.geojson"
            raise no_day(name, f". Expected a name such as {file}: rename the file")
    for number, (row, shape) in enumerate(zip(found.rows, found.shapes, strict=True)):
        told = row.get("date")
        day = of_file if told is None else read_day(told, name)
        if day is None:
            undated.append(number)
        else:
            area = map_feature(Status.OCCUPIED, LABEL, shape)
            days.setdefault(day, []).append(area)
    maps: list[ParsedMap | UnreadableFile] = [
        ParsedMap(end_of_day(day - LATE), f"{day:%Y%m%d}", areas)
        for day, areas in days.items()
    ]
    if undated:
        reason = (
            f"{len(undated)} rows carry no date (rows {undated[0]} to {undated[-1]}): "
            "the mirror's files of one day hold them"
        )
        maps.append(UnreadableFile(name, reason))
    return maps
