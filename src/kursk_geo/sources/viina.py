"""VIINA: tables of places by day."""

import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from kursk_geo._files import RawFile
from kursk_geo.errors import SnapshotError, check_word, refused
from kursk_geo.formats import ZIP, features_of_json, unzip
from kursk_geo.periods import end_of_day, read_day
from kursk_geo.snapshots import MapFeature, ParsedMap, UnreadableFile
from kursk_geo.sources.base import UKRAINE, Bounds, Item, Memo, Parsed, Window
from kursk_geo.status import Status

if TYPE_CHECKING:
    from kursk_geo.sources.http import Web

logger = logging.getLogger(__name__)

HEAD_BYTES = 4000
BLOCK_BYTES = 4 << 20

LEFT_OUT = "UA"
"""Most of the 33,141 places: Ukrainian-held in Ukraine, no ground that is mapped."""

REPOSITORY = "zhukovyuri/VIINA/main/Data"
TABLES_AT = f"https://media.githubusercontent.com/media/{REPOSITORY}"
"""The tables are Git LFS objects: elsewhere there are pointers in their place."""
CELLS_AT = f"https://raw.githubusercontent.com/{REPOSITORY}/gn_UA_tess.geojson"
FIRST = date(2022, 2, 24)


def fetch(web: "Web", window: Window) -> Iterator[RawFile]:
    """
    The tables of the years that a window touches, and the cells.

    Raises
    ------
    DateNotFoundError
        If there is no table for the window.
    """
    found = False
    for year in sorted({day.year for day in window.days(FIRST)}):
        file = f"control_latest_{year}.zip"
        raw = web.find(f"{TABLES_AT}/{file}")  # that of a new year comes some days late
        if raw is not None:
            found = True
            yield RawFile(file, raw)
    if not found:
        raise window.empty(Viina.NAME, f"Its tables begin on {FIRST}.")
    yield RawFile(CELLS_AT.rpartition("/")[2], web.read(CELLS_AT))


COLUMNS = ("status", "status_wiki", "status_boost", "status_dsm", "status_isw")
WORDS = {"RU": Status.OCCUPIED, "CONTESTED": Status.CONTESTED}
CELLS, TABLES = "viina cells", "viina tables"
"""Keys of the memo."""


@dataclass(frozen=True, kw_only=True)
class Viina:
    """
    VIINA's territorial control, as cells around places.

    A folder or archive must hold ``control_latest_<year>.csv``, or the ZIP archive of
    it, and ``gn_UA_tess.geojson`` with the cells.

    Parameters
    ----------
    column : str, default "status"
        Which of its readings counts: the majority (``status``), or ``status_wiki``,
        ``status_boost``, ``status_dsm`` (DeepState), ``status_isw``.

    Raises
    ------
    OptionError
        If there is no such column.

    Examples
    --------
    >>> Viina(column="status_isw").NAME
    'viina'
    """

    column: str = "status"

    NAME: ClassVar[str] = "viina"
    LICENCE: ClassVar[str] = (
        "ODbL 1.0: free to use and pass on with attribution; what is made from the "
        "data is passed on under the same licence."
    )
    MAY_PASS_GEOMETRY_ON: ClassVar[bool] = True
    ATTRIBUTION: ClassVar[str] = (
        "Zhukov, Y. and Ayers, N. (2023). VIINA 2.0, "
        "https://github.com/zhukovyuri/VIINA"
    )
    CAVEAT: ClassVar[str] = ""
    HOME: ClassVar[Bounds | None] = UKRAINE
    SUFFIXES: ClassVar[tuple[str, ...]] = (".csv", ".geojson", ".zip")

    def __post_init__(self) -> None:
        check_word("column", self.column, COLUMNS)

    def recognises(self, raw: bytes, name: str) -> bool:
        """Whether a file is VIINA's table of control, its archive, or its cells."""
        try:
            return self._is_ours(self._table(raw, name, limit=HEAD_BYTES))
        except SnapshotError:
            return False

    def _table(self, raw: bytes, name: str, *, limit: int = -1) -> bytes:
        """The first table in a ZIP archive, or its first bytes; others as they are."""
        if not raw.startswith(ZIP):
            return raw
        found = unzip(raw, name, suffixes=(".csv",), limit=limit)
        return next(iter(found.values()), b"")

    def _is_ours(self, raw: bytes) -> bool:
        head = raw[:HEAD_BYTES]
        if b'"features"' in head:
            return b'"geonameid"' in head and b'"ADM1_NAME"' in head
        header = head.partition(b"\n")[0].replace(b'"', b"").strip().split(b",")
        return {b"geonameid", b"date", b"status"} <= set(header)

    def parse(self, raw: bytes, name: str, *, memo: Memo | None = None) -> Parsed:
        """
        Keep one file for `join`, which needs both the table and the cells.

        Other tables and maps of VIINA's that lie beside them are passed over.

        Raises
        ------
        SnapshotError
            If the file is broken, or lacks the column.
        """
        known: Memo = {} if memo is None else memo
        table = self._table(raw, name)
        if not self._is_ours(table):
            logger.info("%s is no table of control: passed over", name)
        elif b'"features"' not in table[:HEAD_BYTES]:
            told = (name, sha256(raw).hexdigest(), *_read(table, name, self.column))
            known.setdefault(TABLES, []).append(told)
        else:
            found = features_of_json(table, name, of="map of cells")
            cells = known.setdefault(CELLS, {})
            for row, shape in zip(found.rows, found.shapes, strict=True):
                with suppress(KeyError, TypeError, ValueError, OverflowError):
                    place = int(float(row["geonameid"]))
                    if isinstance(shape, bytes):
                        cells[place] = (str(row.get("name") or place), shape)
        return self.join(known) if memo is None else []

    def join(self, memo: Memo) -> Parsed:
        """Maps of the days of all tables, from the cells."""
        tables = sorted(memo.get(TABLES, []), key=lambda one: str(one[0]))
        cells: dict[int, tuple[str, bytes]] = memo.get(CELLS, {})
        if tables and not cells:
            expected = (
                "gn_UA_tess.geojson in the same folder: download it from VIINA's Data "
                "folder, and give the path of the folder"
            )
            given = "no cells to draw its places with"
            return [refused(tables[0][0], given, expected)]
        maps: list[ParsedMap | UnreadableFile | SnapshotError] = []
        for name, digest, days, shown, n in tables:
            if n:
                reason = f"{n} row{'s' * (n > 1)} without a place or a day"
                maps.append(UnreadableFile(name, reason))
            # Each place is drawn once for each word that is said of it.
            pairs = shown.groupby(["geonameid", "word"], observed=True)
            which = pairs.ngroup().to_numpy()
            drawn = list[Item]()
            for place, word in pairs.size().index:
                name_of, geometry = cells.get(place, ("", b""))
                status = WORDS.get(word, Status.UNKNOWN)
                unknown = status is Status.UNKNOWN
                label = word or "no status" if unknown else name_of
                cell = MapFeature(status, label, geometry)
                drawn.append(cell if geometry else f"no cell for geonameid {place}")
            rows = shown.groupby("date").indices
            for number in days:
                try:
                    day = read_day(number, name)
                except SnapshotError as error:
                    maps.append(error)
                    continue
                shown_then = np.sort(which[rows.get(number, [])]).tolist()
                told = ParsedMap(
                    end_of_day(day),
                    f"{day:%Y%m%d} {self.column}",
                    # A day on which nothing is held is a map.
                    [drawn[n] for n in shown_then] or [None],
                    origin=name,
                    sha256=digest,
                )
                maps.append(told)
        return maps


def _read(raw: bytes, name: str, column: str) -> tuple[list[int], pd.DataFrame, int]:
    """
    The days of a table, its rows that are not Ukrainian-held, and how many are none.

    The days are numbers, YYYYMMDD; rows that are none lack a place or a day.

    Raises
    ------
    SnapshotError
        If it cannot be read, or lacks a column.
    """
    types = {
        "geonameid": pa.float64(),  # some tables write 703448.0
        "date": pa.int64(),
        column: pa.string(),
    }
    options = pyarrow.csv.ConvertOptions(
        include_columns=[*types], column_types=types, strings_can_be_null=True
    )
    # In blocks: the rows of a year are 12 million, of which few are kept.
    blocks = pyarrow.csv.ReadOptions(block_size=BLOCK_BYTES)
    kept, days, n_left_out = [], set[int](), 0
    try:
        reader = pyarrow.csv.open_csv(
            pa.BufferReader(raw), read_options=blocks, convert_options=options
        )
        for block in reader:
            # Beyond 2**53 a float tells no whole number; null is left out with it.
            is_place = pc.less(pc.abs(block["geonameid"]), 2.0**53)
            is_row = pc.and_(is_place, pc.is_valid(block["date"]))
            dates = block["date"].filter(is_row)
            n_left_out += len(block) - len(dates)
            days.update(pc.unique(dates).to_pylist())
            elsewhere = pc.not_equal(block[column].fill_null(""), LEFT_OUT)
            kept.append(block.filter(pc.and_(is_row, elsewhere)))
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        expected = (
            f"columns {', '.join(types)}: download it again, or name another column"
        )
        raise refused(name, f"cannot be read: {error}", expected) from error
    shown = pa.Table.from_batches(kept, reader.schema)
    words = shown[column].fill_null("").combine_chunks().dictionary_encode()
    table = pd.DataFrame(
        {
            "date": shown["date"].to_numpy(),
            "geonameid": shown["geonameid"].to_numpy().astype(np.int64),
            "word": words.to_pandas(),
        },
        copy=False,
    )
    return sorted(days), table, n_left_out
