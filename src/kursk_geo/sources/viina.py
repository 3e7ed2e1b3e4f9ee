"""VIINA 2: who holds which populated place, day by day, as the cells around them."""

import logging
from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar

import numpy as np

from kursk_geo.errors import OptionError, SnapshotError
from kursk_geo.snapshots import MapFeature, ParsedMap
from kursk_geo.sources.contract import Bounds, Memo, Parsed
from kursk_geo.sources.days import end_of_day, read_day
from kursk_geo.sources.viina_files import (
    HEAD_BYTES,
    ZIP,
    Cells,
    Table,
    read_cells,
    read_table,
    unpack,
)
from kursk_geo.status import Status

__all__ = ["Viina"]

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
        drawn: dict[tuple[int, str], MapFeature | str] = {}
        return [
            one for table in tables for one in _maps(table, cells, drawn, self.column)
        ]


def _maps(
    table: Table,
    cells: Cells,
    drawn: dict[tuple[int, str], MapFeature | str],
    column: str,
) -> list[ParsedMap]:
    starts = np.searchsorted(table.days, table.all_days, side="left")
    ends = np.searchsorted(table.days, table.all_days, side="right")
    maps = []
    for number, start, end in zip(table.all_days, starts, ends, strict=True):
        features: list[MapFeature | str | None] = []
        places, words = table.places[start:end].tolist(), table.words[start:end]
        for key in zip(places, words, strict=True):
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


def _cell(place: int, word: str, cells: Cells) -> MapFeature | str:
    if place not in cells:
        return f"no cell for geonameid {place}"
    name, geometry = cells[place]
    status = WORDS.get(word, Status.UNKNOWN)
    label = (word or "no status") if status is Status.UNKNOWN else name
    return MapFeature(status, label, geometry)
