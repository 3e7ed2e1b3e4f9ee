"""KML and KMZ: folders as layers, which the user gives a status."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from warnings import warn

import pandas as pd

from kursk_geo.errors import SnapshotError, SourceWarning
from kursk_geo.formats import has_kml, read_features
from kursk_geo.polygons import Shape
from kursk_geo.snapshots import MapFeature, ParsedMap, UnreadableFile
from kursk_geo.sources.base import (
    WARNING,
    Bounds,
    Memo,
    Parsed,
    day_in_name,
    end_of_day,
)
from kursk_geo.status import Status, read_statuses

__all__ = ["Kml"]

NONE = "none"
"""In ``statuses``: left out on purpose."""
HEAD_BYTES = 4000

_STAMP = re.compile(r"(?<!\d)(\d{6})_(\d{4})(?!\d)")


@dataclass(frozen=True, kw_only=True)
class Kml:
    """
    Maps drawn in Google Earth or My Maps.

    Parameters
    ----------
    statuses : mapping of str to str
        Status of each layer: one of `Status`, or ``"none"`` for what is left out on
        purpose. A layer is the innermost folder that is named here, by its name; what
        lies in none is ``unknown``, and warned of.
    source, licence, attribution : str
        As in `ControlHistory`.

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
    source: str = "kml"
    licence: str = "None is stated with the file: ask whoever drew it."
    attribution: str = ""

    CAVEAT: ClassVar[str] = ""
    HOME: ClassVar[Bounds | None] = None
    SUFFIXES: ClassVar[tuple[str, ...]] = (".kml", ".kmz", ".kml.gz")

    def __post_init__(self) -> None:
        read_statuses(set(self.statuses.values()) - {NONE})

    @property
    def NAME(self) -> str:  # noqa: N802  (as modules spell their constants)
        """The name given as `source`."""
        return self.source

    @property
    def LICENCE(self) -> str:  # noqa: N802
        """What was given as `licence`."""
        return self.licence

    @property
    def ATTRIBUTION(self) -> str:  # noqa: N802
        """What was given as `attribution`."""
        return self.attribution

    def recognises(self, raw: bytes, name: str) -> bool:
        """Whether a file is KML, or a ZIP archive that holds some."""
        del name
        if raw.startswith(b"PK"):
            return has_kml(raw)
        return b"<kml" in raw[:HEAD_BYTES]

    def parse(self, raw: bytes, name: str, *, memo: Memo | None = None) -> Parsed:
        """
        Parse one file.

        Raises
        ------
        SnapshotError
            If it is no KML, refers to other files, or its name tells no day.
        """
        found = read_features(raw, name)
        lines = sum(
            shape.startswith(b'{"type":"MultiLine')
            for shape in found.shapes
            if isinstance(shape, bytes)
        )
        if lines:
            msg = (
                f"{name} holds {lines} lines. A front line encloses no ground: lines "
                "are left out, and only polygons are read."
            )
            if memo is None:
                warn(msg, SourceWarning, stacklevel=2)
            else:
                memo.setdefault(WARNING, msg)
        when = _instant(name)
        features = [
            self._feature(row["folders"], shape)
            for row, shape in zip(found.rows, found.shapes, strict=True)
        ]
        left_out = [UnreadableFile(name, reason) for reason in found.left_out]
        return [ParsedMap(when, when.isoformat(), features), *left_out]

    def _feature(
        self, folders: tuple[str, ...], shape: Shape
    ) -> MapFeature | str | None:
        named = [folder for folder in reversed(folders) if folder in self.statuses]
        layer = (named or [*reversed(folders), ""])[0]
        word = self.statuses.get(layer, Status.UNKNOWN)
        if word == NONE or shape is None:
            return None
        return (
            shape if isinstance(shape, str) else MapFeature(Status(word), layer, shape)
        )


def _instant(name: str) -> pd.Timestamp:
    """From "yymmdd_HHMM", to the minute, or from a day, in the file's name."""
    stamp = _STAMP.search(name.rpartition("/")[2])
    if stamp is not None:
        try:
            told = datetime.strptime("".join(stamp.groups()), "%y%m%d%H%M")  # noqa: DTZ007
        except ValueError:
            pass  # some other number: the day below decides
        else:
            return pd.Timestamp(told, tz="UTC").as_unit("us")
    day = day_in_name(name)
    if day is None:
        msg = (
            f"{name}: nothing tells when this map was published. Expected yymmdd_HHMM, "
            "YYYYMMDD or YYYY-MM-DD in the file's name: rename the file."
        )
        raise SnapshotError(msg)
    return end_of_day(day)
