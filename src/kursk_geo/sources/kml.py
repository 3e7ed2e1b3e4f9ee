"""KML and KMZ: folders as layers, which the user gives a status."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, ClassVar
from warnings import warn
from zipfile import ZipFile

import pandas as pd

from kursk_geo._files import BROKEN
from kursk_geo.errors import SnapshotError, SourceWarning
from kursk_geo.formats import ZIP, Features
from kursk_geo.periods import instant_in_name
from kursk_geo.snapshots import UnreadableFile
from kursk_geo.sources.base import Memo
from kursk_geo.sources.plain import Plain

HEAD_BYTES = 4000


@dataclass(frozen=True, kw_only=True)
class Kml(Plain):
    """
    Maps drawn in Google Earth or My Maps.

    Parameters
    ----------
    statuses : mapping of str to str
        Status of each layer: one of `Status`, or ``"none"`` for what is left out on
        purpose. A layer is the innermost folder that is named here, by its name; what
        lies in none is ``unknown``, and warned of.
    source, licence, attribution : str
        As in `ControlHistory`. The other parameters are those of `Plain`.

    Raises
    ------
    OptionError
        If a status is not known.

    Examples
    --------
    >>> Kml(statuses={"Occupied": "occupied"}).NAME
    'kml'
    """

    statuses: Mapping[str, str] = field(default_factory=dict)
    status_column: str | None = "folder"
    source: str = "kml"
    licence: str = "None is stated with the file: ask whoever drew it."

    SUFFIXES: ClassVar[tuple[str, ...]] = (".kml", ".kmz")

    def recognises(self, raw: bytes, name: str) -> bool:
        """Whether a file is KML, or a ZIP archive that holds some."""
        del name
        if raw.startswith(ZIP):
            with suppress(*BROKEN):  # one that is locked is told when it is read
                names = ZipFile(BytesIO(raw)).namelist()
                return any(one.lower().endswith((".kml", ".kmz")) for one in names)
        return b"<kml" in raw[:HEAD_BYTES]

    def collect(
        self, found: Features, name: str, digest: str, memo: Memo
    ) -> list[UnreadableFile]:
        """As any polygons; of the first file with lines a word is said of these."""
        lines = sum(LINES in one[:30] for one in found.shapes if isinstance(one, bytes))
        if lines and (LINES,) not in memo:
            memo[LINES,] = name
            msg = (
                f"{name} holds {lines} lines. A front line encloses no ground: lines "
                "are left out, and only polygons are read."
            )
            warn(msg, SourceWarning, stacklevel=2)
        return super().collect(found, name, digest, memo)

    def instant_of(self, name: str) -> pd.Timestamp:
        """From "yymmdd_HHMM", to the minute, or from a day, in the file's name."""
        file = name.rpartition("/")[2]
        try:
            return instant_in_name(file, "%y%m%d_%H%M")
        except SnapshotError:
            remedy = "rename the file, such as 240901_1200.kml"
            return instant_in_name(name, self.date_pattern, tz=self.tz, remedy=remedy)

    def values_of(self, rows: list[dict[str, Any]], name: str) -> list[str]:
        """The innermost folder of each row that is named in ``statuses``."""
        del name
        layers = []
        for row in rows:
            folders = [*reversed(row["folders"]), ""]
            named = [folder for folder in folders if folder in self.statuses]
            layers.append((named or folders)[0])
        return layers


LINES = b"MultiLineString"
