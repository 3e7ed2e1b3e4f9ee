"""VIINA's files: tables of places by day, and the cells around the places."""

import io
import zipfile
import zlib
from dataclasses import dataclass

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

from kursk_geo.errors import SnapshotError
from kursk_geo.sources.files import MAX_BYTES

__all__ = ["HEAD_BYTES", "ZIP", "Cells", "Table", "read_cells", "read_table", "unpack"]

HEAD_BYTES = 4000
ZIP = b"PK\x03\x04"

LEFT_OUT = "UA"
"""Most of the 33,141 places: Ukrainian-held in Ukraine, no ground that is mapped."""

Cells = dict[int, tuple[str, bytes]]
"""Name of the place and GeoJSON of its cell, by ``geonameid``."""


class _Properties(msgspec.Struct):
    geonameid: float | str | None = None
    name: str | None = None


class _Feature(msgspec.Struct):
    properties: _Properties | None = None
    geometry: msgspec.Raw = msgspec.Raw(b"null")


class _Collection(msgspec.Struct):
    features: list[_Feature]


_decode = msgspec.json.Decoder(_Collection).decode


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
        What the table says of each row; "" where it says nothing.
    """

    name: str
    sha256: str
    all_days: NDArray[np.int64]
    days: NDArray[np.int64]
    places: NDArray[np.int64]
    words: list[str]


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
            inner = [i for i in archive.namelist() if i.lower().endswith(".csv")]
            if not inner:
                return b""
            with archive.open(inner[0]) as stream:
                return stream.read(limit)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError) as error:
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
    try:
        features = _decode(raw).features
    except msgspec.DecodeError as error:
        msg = (
            f"{name}: not a whole map of cells: {error}. It may be cut short: download "
            "it again."
        )
        raise SnapshotError(msg) from error
    cells: Cells = {}
    for feature in features:
        told = feature.properties
        if told is not None and told.geonameid is not None:
            place = int(float(told.geonameid))
            cells[place] = (told.name or str(place), bytes(feature.geometry))
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
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(raw),
            convert_options=pyarrow.csv.ConvertOptions(
                include_columns=wanted,
                column_types={
                    "geonameid": pa.float64(),  # some tables write 703448.0
                    "date": pa.int64(),
                    column: pa.string(),
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
    table = table.filter(pc.is_valid(table["geonameid"]))
    kept = pc.fill_null(pc.not_equal(table[column], LEFT_OUT), fill_value=True)
    shown = table.filter(kept).sort_by(
        [("date", "ascending"), ("geonameid", "ascending")]
    )
    return Table(
        name=name,
        sha256=digest,
        all_days=np.unique(table["date"].to_numpy()),
        days=shown["date"].to_numpy(),
        places=shown["geonameid"].to_numpy().astype(np.int64),
        words=[word or "" for word in shown[column].to_pylist()],
    )
