"""VIINA: tables of places by day."""

import io
import logging
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

from kursk_geo._files import BROKEN, MAX_BYTES, check_unpacked
from kursk_geo.errors import OptionError, SnapshotError
from kursk_geo.formats import features_of_json
from kursk_geo.snapshots import MapFeature, ParsedMap, UnreadableFile
from kursk_geo.sources.base import (
    Bounds,
    Memo,
    Parsed,
    RawFile,
    Window,
    end_of_day,
    read_day,
)
from kursk_geo.status import Status

if TYPE_CHECKING:
    from kursk_geo.sources.http import Web


HEAD_BYTES = 4000
BLOCK_BYTES = 4 << 20
ZIP = b"PK\x03\x04"

LEFT_OUT = "UA"
"""Most of the 33,141 places: Ukrainian-held in Ukraine, no ground that is mapped."""

Cells = dict[int, tuple[str, bytes]]
"""Name of the place and GeoJSON of its cell, by ``geonameid``."""


@dataclass(frozen=True, eq=False)
class Table:
    """
    The rows of one table that are not Ukrainian-held, sorted by day.

    Parameters
    ----------
    name, sha256 : str
        Of the file.
    all_days : ndarray of int, shape (n_days,)
        Days of the whole table, as YYYYMMDD.
    days, places : ndarray of int, shape (n_rows,)
        Day and ``geonameid`` of each row.
    words : list of str
        What the table says; "" stands for nothing.
    said : ndarray of int, shape (n_rows,)
        Which of the words it says of each row.
    n_left_out : int
        Rows of no place or no day.
    """

    name: str
    sha256: str
    all_days: NDArray[np.int64]
    days: NDArray[np.int64]
    places: NDArray[np.int64]
    words: list[str]
    said: NDArray[np.int32]
    n_left_out: int = 0


def unpack(raw: bytes, name: str, *, limit: int = MAX_BYTES) -> bytes:
    """
    The first table in a ZIP archive, up to a number of bytes; nothing if it has none.

    Raises
    ------
    SnapshotError
        If the archive is broken.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            inner = [
                i for i in archive.infolist() if i.filename.lower().endswith(".csv")
            ]
            if not inner:
                return b""
            check_unpacked(inner[0].file_size, len(raw), name)
            with archive.open(inner[0]) as stream:
                return stream.read(limit)
    except BROKEN as error:
        if isinstance(error, SnapshotError):
            raise
        msg = (
            f"{name}: not a whole archive: {error}. It may be cut short: download it "
            "again."
        )
        raise SnapshotError(msg) from error


def read_cells(raw: bytes, name: str) -> Cells:
    """
    The cells of a map, by place.

    Raises
    ------
    SnapshotError
        If it cannot be read.
    """
    cells: Cells = {}
    for feature in features_of_json(raw, name, of="map of cells")[1]:
        if isinstance(feature, str):
            continue
        told = feature["properties"]
        try:
            place = int(float(told["geonameid"]))
        except (KeyError, TypeError, ValueError, OverflowError):
            continue
        cells[place] = (str(told.get("name") or place), feature["geometry"])
    return cells


def read_table(raw: bytes, name: str, *, column: str, digest: str) -> Table:
    """
    The days of a table, and its rows that are not Ukrainian-held.

    Raises
    ------
    SnapshotError
        If it cannot be read, or lacks a column.
    """
    wanted = ["geonameid", "date", column]
    types = {
        "geonameid": pa.float64(),  # some tables write 703448.0
        "date": pa.int64(),
        column: pa.string(),
    }
    options = pyarrow.csv.ConvertOptions(
        include_columns=wanted, column_types=types, strings_can_be_null=True
    )
    # In blocks: the rows of a year are 12 million, of which few are kept.
    blocks = pyarrow.csv.ReadOptions(block_size=BLOCK_BYTES)
    kept, all_days, n_left_out = [], set[int](), 0
    try:
        reader = pyarrow.csv.open_csv(
            pa.BufferReader(raw), read_options=blocks, convert_options=options
        )
        for block in reader:
            # Beyond 2**53 a float tells no whole number; null is left out with it.
            is_place = pc.less(pc.abs(block["geonameid"]), 2.0**53)
            found = block.filter(pc.and_(is_place, pc.is_valid(block["date"])))
            n_left_out += len(block) - len(found)
            all_days.update(pc.unique(found["date"]).to_pylist())
            elsewhere = pc.not_equal(found[column], LEFT_OUT)
            kept.append(found.filter(pc.fill_null(elsewhere, fill_value=True)))
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        msg = (
            f"{name}: cannot be read: {error}. Expected columns {', '.join(wanted)}: "
            "download it again, or name another column."
        )
        raise SnapshotError(msg) from error
    shown = pa.Table.from_batches(kept, reader.schema).sort_by(
        [("date", "ascending"), ("geonameid", "ascending")]
    )
    said = shown[column].fill_null("").combine_chunks().dictionary_encode()
    return Table(
        name=name,
        sha256=digest,
        all_days=np.array(sorted(all_days), dtype=np.int64),
        days=shown["date"].to_numpy(),
        places=shown["geonameid"].to_numpy().astype(np.int64),
        words=said.dictionary.to_pylist(),
        said=said.indices.to_numpy(),
        n_left_out=n_left_out,
    )


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


logger = logging.getLogger(__name__)

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
    HOME: ClassVar[Bounds | None] = (22.0, 44.0, 41.0, 53.0)
    SUFFIXES: ClassVar[tuple[str, ...]] = (".csv", ".geojson", ".zip")

    def __post_init__(self) -> None:
        if self.column not in COLUMNS:
            msg = (
                f"column={self.column!r} is not known. Expected one of: "
                f"{', '.join(COLUMNS)}."
            )
            raise OptionError(msg)

    def recognises(self, raw: bytes, name: str) -> bool:
        """Whether a file is VIINA's table of control, its archive, or its cells."""
        try:
            table = unpack(raw, name, limit=HEAD_BYTES) if raw[:4] == ZIP else raw
        except SnapshotError:
            return False
        return self._is_ours(table)

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
        digest = sha256(raw).hexdigest()
        table = unpack(raw, name) if raw[:4] == ZIP else raw
        if not self._is_ours(table):
            logger.info("%s is no table of control: passed over", name)
        elif b'"features"' in table[:HEAD_BYTES]:
            known.setdefault(CELLS, {}).update(read_cells(table, name))
        else:
            read = read_table(table, name, column=self.column, digest=digest)
            known.setdefault(TABLES, []).append(read)
        return self.join(known) if memo is None else []

    def join(self, memo: Memo) -> Parsed:
        """Maps of the days of all tables, from the cells."""
        tables: list[Table] = sorted(memo.get(TABLES, []), key=lambda one: one.name)
        cells: Cells = memo.get(CELLS, {})
        if tables and not cells:
            msg = (
                f"{tables[0].name}: no cells to draw its places with. Expected "
                "gn_UA_tess.geojson in the same folder: download it from VIINA's "
                "Data folder, and give the path of the folder."
            )
            return [SnapshotError(msg)]
        maps: list[ParsedMap | UnreadableFile | SnapshotError] = []
        for table in tables:
            if table.n_left_out:
                n = table.n_left_out
                reason = f"{n} row{'s' * (n > 1)} without a place or a day"
                maps.append(UnreadableFile(table.name, reason))
            # Each place is drawn once for each word that is said of it.
            nth, places = pd.factorize(table.places)
            which, pairs = pd.factorize(nth * len(table.words) + table.said)
            drawn = np.empty(len(pairs), dtype=object)
            for position, pair in enumerate(pairs):
                place = int(places[pair // len(table.words)])
                word = table.words[pair % len(table.words)]
                name, geometry = cells.get(place, ("", b""))
                status = WORDS.get(word, Status.UNKNOWN)
                known = status is not Status.UNKNOWN
                drawn[position] = (
                    MapFeature(status, name if known else word or "no status", geometry)
                    if geometry
                    else f"no cell for geonameid {place}"
                )
            starts = np.searchsorted(table.days, table.all_days, side="left")
            ends = np.searchsorted(table.days, table.all_days, side="right")
            for number, start, end in zip(table.all_days, starts, ends, strict=True):
                features = drawn[which[start:end]].tolist()
                try:
                    day = read_day(int(number), table.name)
                except SnapshotError as error:
                    maps.append(error)
                    continue
                told = ParsedMap(
                    end_of_day(day),
                    f"{day:%Y%m%d} {self.column}",
                    features or [None],  # a day on which nothing is held is a map
                    origin=table.name,
                    sha256=table.sha256,
                )
                maps.append(told)
        return maps
