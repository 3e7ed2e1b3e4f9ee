"""VIINA 2: who holds which populated place, day by day, as the cells around them."""

import io
import zipfile
import zlib
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import ClassVar

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.csv

from kursk_geo.errors import OptionError, SnapshotError
from kursk_geo.snapshots import MapFeature, ParsedMap
from kursk_geo.sources.contract import Bounds, Memo, Parsed
from kursk_geo.sources.days import end_of_day, read_day
from kursk_geo.sources.files import MAX_BYTES
from kursk_geo.status import Status

__all__ = ["Viina"]

COLUMNS = ("status", "status_wiki", "status_boost", "status_dsm", "status_isw")
WORDS = {"RU": Status.OCCUPIED, "CONTESTED": Status.CONTESTED}
LEFT_OUT = "UA"
"""Cells that Ukraine holds in Ukraine are no ground of this library's: 26,000 a day."""

CELLS, TABLES = "viina cells", "viina tables"
"""Keys of the memo."""


class _Properties(msgspec.Struct):
    geonameid: float | str | None = None
    name: str | None = None


class _Feature(msgspec.Struct):
    properties: _Properties | None = None
    geometry: msgspec.Raw = msgspec.Raw(b"null")


class _Collection(msgspec.Struct):
    features: list[_Feature]


_decode = msgspec.json.Decoder(_Collection).decode


@dataclass(frozen=True)
class _Table:
    """The rows of one table that are not Ukrainian-held, sorted by day."""

    name: str
    sha256: str
    days: np.ndarray
    places: np.ndarray
    words: np.ndarray
    all_days: np.ndarray


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
    ATTRIBUTION: ClassVar[str] = (
        "Zhukov, Y. and Ayers, N. (2023). VIINA 2.0, "
        "https://github.com/zhukovyuri/VIINA"
    )
    CAVEAT: ClassVar[str] = ""
    HOME: ClassVar[Bounds | None] = (22.0, 44.0, 41.0, 53.0)
    SUFFIXES: ClassVar[tuple[str, ...]] = (".csv", ".geojson", ".zip", ".csv.gz")

    def __post_init__(self) -> None:
        if self.column not in COLUMNS:
            msg = (
                f"column={self.column!r} is not known. Expected one of: "
                f"{', '.join(COLUMNS)}."
            )
            raise OptionError(msg)

    def recognises(self, raw: bytes, name: str) -> bool:
        """Whether a file is VIINA's table of control, its archive, or its cells."""
        if raw.startswith(b"PK\x03\x04"):
            try:
                raw = _unpack(raw, name, limit=HEAD_BYTES)
            except SnapshotError:
                return False
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
        if self.recognises(raw, name):
            table = _unpack(raw, name) if raw.startswith(b"PK\x03\x04") else raw
            if b'"features"' in table[:HEAD_BYTES]:
                known.setdefault(CELLS, {}).update(_read_cells(table, name))
            else:
                known.setdefault(TABLES, []).append(
                    _read_table(table, name, self.column)
                )
        return self.join(known) if memo is None else []

    def join(self, memo: Memo) -> Parsed:
        """Maps of the days of all tables, from the cells."""
        tables: list[_Table] = sorted(memo.get(TABLES, []), key=lambda one: one.name)
        cells: dict[int, tuple[str, bytes]] = memo.get(CELLS, {})
        if tables and not cells:
            msg = (
                f"{tables[0].name}: no cells to draw its places with. Expected "
                "gn_UA_tess.geojson in the same folder: download it from VIINA's "
                "Data folder, and give the path of the folder."
            )
            return [SnapshotError(msg)]
        drawn: dict[tuple[int, str], MapFeature | str] = {}
        return [
            one for table in tables for one in _maps(table, cells, drawn, self.column)
        ]


HEAD_BYTES = 4000


def _maps(
    table: _Table,
    cells: dict[int, tuple[str, bytes]],
    drawn: dict[tuple[int, str], MapFeature | str],
    column: str,
) -> list[ParsedMap]:
    starts = np.searchsorted(table.days, table.all_days, side="left")
    ends = np.searchsorted(table.days, table.all_days, side="right")
    maps = []
    for number, start, end in zip(table.all_days, starts, ends, strict=True):
        features: list[MapFeature | str | None] = []
        places, words = table.places[start:end], table.words[start:end]
        for key in zip(places.tolist(), words.tolist(), strict=True):
            if key not in drawn:
                drawn[key] = _cell(*key, cells)
            features.append(drawn[key])
        day = read_day(int(number), table.name)
        maps.append(
            ParsedMap(
                end_of_day(day),
                f"{day:%Y%m%d} {column}",
                features,
                origin=table.name,
                sha256=table.sha256,
            )
        )
    return maps


def _cell(
    place: int, word: str, cells: dict[int, tuple[str, bytes]]
) -> MapFeature | str:
    if place not in cells:
        return f"no cell for geonameid {place}"
    name, geometry = cells[place]
    status = WORDS.get(word, Status.UNKNOWN)
    label = (word or "no status") if status is Status.UNKNOWN else name
    return MapFeature(status, label, geometry)


def _unpack(raw: bytes, name: str, *, limit: int = MAX_BYTES) -> bytes:
    """The first table in a ZIP archive, up to a number of bytes."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            inner = [i for i in archive.namelist() if i.lower().endswith(".csv")]
            if not inner:
                msg = f"{name}: no .csv in the archive. Expected control_latest_*.csv."
                raise SnapshotError(msg)
            with archive.open(inner[0]) as stream:
                return stream.read(limit)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError) as error:
        msg = (
            f"{name}: not a whole archive: {error}. It may be cut short: download it "
            "again."
        )
        raise SnapshotError(msg) from error


def _read_cells(raw: bytes, name: str) -> dict[int, tuple[str, bytes]]:
    try:
        features = _decode(raw).features
    except msgspec.DecodeError as error:
        msg = (
            f"{name}: not a whole map of cells: {error}. It may be cut short: download "
            "it again."
        )
        raise SnapshotError(msg) from error
    cells = {}
    for feature in features:
        told = feature.properties
        if told is not None and told.geonameid is not None:
            place = int(float(told.geonameid))
            cells[place] = (told.name or str(place), bytes(feature.geometry))
    return cells


def _read_table(raw: bytes, name: str, column: str) -> _Table:
    wanted = ["geonameid", "date", column]
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(raw),
            convert_options=pyarrow.csv.ConvertOptions(
                include_columns=wanted,
                column_types={
                    "geonameid": pa.float64(),  # some tables write 703448.0
                    "date": pa.string(),
                    column: pa.dictionary(pa.int32(), pa.string()),
                },
                strings_can_be_null=True,
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        msg = (
            f"{name}: cannot be read: {error}. Expected columns {', '.join(wanted)}: "
            "download it again, or name another column."
        )
        raise SnapshotError(msg) from error
    return _sorted(table.to_pandas(), name, column, sha256(raw).hexdigest())
