"""Any polygons, told apart by a mapping of statuses."""

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import ClassVar

import geopandas as gpd
import numpy as np
import pandas as pd

from kursk_geo.errors import OptionError, SnapshotError
from kursk_geo.geometry import WGS84
from kursk_geo.periods import instant
from kursk_geo.snapshots import MapFeature, ParsedMap, UnreadableFile
from kursk_geo.sources.base import (
    SHAPEFILE,
    Bounds,
    Memo,
    Parsed,
    check_pattern,
    instant_in_name,
    read_instants,
    read_table,
    zip_shapefile,
)
from kursk_geo.status import Status, read_statuses

__all__ = ["Plain", "read_mapping"]


ANY = "*"
"""In ``statuses``: every value that is not named."""
NONE = "none"
"""In ``statuses``: left out on purpose, since it is not ground that is mapped."""


@dataclass(frozen=True, kw_only=True)
class Plain:
    """
    A source described by its columns.

    Parameters
    ----------
    statuses : mapping of str to str
        Status of each value of `status_column`, one of `Status` or ``"none"`` for what
        is left out on purpose. The value ``"*"`` stands for all that are not named;
        without it they are ``unknown``, and warned of.
    status_column : str, optional
        Column that tells who holds a shape. Without one, all shapes have the status
        of ``"*"``.
    date_column : str, optional
        Column that tells when a map was published: rows of one instant are one map. A
        day without a time ends at 23:59:59.
    date_pattern : str, optional
        Date in the file's name, for `datetime.strptime`: ``"front_%d%m%y"``. Without
        it and without a column, YYYY-MM-DD or YYYYMMDD is looked for.
    tz : str, default "UTC"
        Zone of dates and times that name none.
    layer : str, optional
        Of a file with several layers.
    crs : str, optional
        Coordinate reference system, where the file names none or a wrong one.
    source, licence, attribution : str
        As in `ControlHistory`.

    Raises
    ------
    OptionError
        If a status or a part of the pattern is not known, or options contradict each
        other.

    Examples
    --------
    >>> rebels = Plain(statuses={"*": "occupied"}, source="rebels")
    >>> rebels.NAME
    'rebels'
    """

    statuses: Mapping[str, str]
    status_column: str | None = None
    date_column: str | None = None
    date_pattern: str | None = None
    tz: str = "UTC"
    layer: str | None = None
    crs: str | None = None
    source: str = "plain"
    licence: str = ""
    attribution: str = ""

    CAVEAT: ClassVar[str] = ""
    HOME: ClassVar[Bounds | None] = None
    SUFFIXES: ClassVar[tuple[str, ...]] = (
        ".geojson", ".json", ".geojson.gz", ".json.gz", ".gpkg", ".fgb", ".parquet",
        ".geoparquet", *SHAPEFILE,
    )  # fmt: skip

    def __post_init__(self) -> None:
        read_statuses(set(self.statuses.values()) - {NONE})
        if self.status_column is None and set(self.statuses) != {ANY}:
            msg = (
                f"statuses={dict(self.statuses)!r} without status_column. Expected the "
                "column that holds these values, or one status for all shapes: "
                "statuses={'*': 'occupied'}."
            )
            raise OptionError(msg)
        if self.date_column is not None and self.date_pattern is not None:
            msg = (
                "Both date_column and date_pattern were given. Expected one of them: "
                "leave out date_pattern where a column tells the date."
            )
            raise OptionError(msg)
        if self.date_pattern is not None:
            check_pattern(self.date_pattern)
        instant("2025-04-15", tz=self.tz)

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
        """Never: nothing in a file of one's own tells what its columns mean."""
        del raw, name
        return False

    def parse(self, raw: bytes, name: str, *, memo: Memo | None = None) -> Parsed:
        """Maps of a file; parts of a shapefile are left for `join`."""
        if name.lower().endswith(SHAPEFILE):
            known: Memo = {} if memo is None else memo
            stem, _, suffix = name.rpartition(".")
            known.setdefault(("shapefile", stem), {})[f".{suffix.lower()}"] = raw
            return self.join(known) if memo is None else []
        return self._maps(read_table(raw, name, layer=self.layer), name)

    def join(self, memo: Memo) -> Parsed:
        """Maps of the shapefiles whose parts `parse` has seen."""
        found: list[ParsedMap | UnreadableFile | SnapshotError] = []
        stems = sorted(key[1] for key in memo if key[0] == "shapefile")
        for stem in stems:
            parts, name = memo["shapefile", stem], f"{stem}.shp"
            digest = sha256(b"".join(parts[key] for key in sorted(parts))).hexdigest()
            try:
                table = read_table(zip_shapefile(parts, name), name, layer=self.layer)
                found += self._maps(table, name, sha256=digest)
            except SnapshotError as error:
                found.append(error)
        return found

    def _maps(
        self, table: gpd.GeoDataFrame, name: str, *, sha256: str = ""
    ) -> list[ParsedMap | UnreadableFile]:
        if self.crs is not None:
            table = table.set_crs(self.crs, allow_override=True)
        if table.crs is None:
            msg = (
                f"{name}: names no coordinate reference system. Expected one: tell it "
                "with crs='EPSG:4326', or whichever it is."
            )
            raise SnapshotError(msg)
        table = table.to_crs(WGS84)
        statuses = self._statuses(table, name)
        instants = self._instants(table, name)
        features = [
            self._feature(status, geometry)
            for status, geometry in zip(statuses, table.geometry, strict=True)
        ]
        undated = int(instants.isna().sum())
        found: list[ParsedMap | UnreadableFile] = []
        if undated:
            reason = f"{undated} rows carry no date in column {self.date_column!r}"
            found.append(UnreadableFile(name, reason))
        for moment in instants.dropna().unique():
            areas = [features[row] for row in np.flatnonzero(instants == moment)]
            identity = moment.isoformat()
            found.append(ParsedMap(moment, identity, areas, origin=name, sha256=sha256))
        return found

    def _feature(self, value: str, geometry: object) -> MapFeature | str | None:
        word = self.statuses.get(value, self.statuses.get(ANY, Status.UNKNOWN))
        if word == NONE:
            return None
        if geometry is None:
            return "no geometry"
        return MapFeature(Status(word), value, geometry)  # type: ignore[arg-type]

    def _statuses(self, table: gpd.GeoDataFrame, name: str) -> list[str]:
        if self.status_column is None:
            return [""] * len(table)
        return [_text(value) for value in _column(table, self.status_column, name)]

    def _instants(self, table: gpd.GeoDataFrame, name: str) -> pd.Series:
        if self.date_column is None:
            when = instant_in_name(name, self.date_pattern, tz=self.tz)
            return pd.Series([when] * len(table))
        return read_instants(_column(table, self.date_column, name), name, tz=self.tz)


def _column(table: gpd.GeoDataFrame, column: str, name: str) -> pd.Series:
    if column not in table.columns:
        msg = (
            f"{name}: no column {column!r}. Expected one of: "
            f"{', '.join(map(str, table.columns))}."
        )
        raise SnapshotError(msg)
    found: pd.Series = table[column]
    return found


def _text(value: object) -> str:
    """A value as it is written in a mapping; whole numbers without a decimal point."""
    if pd.isna(value):  # type: ignore[call-overload]
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def read_mapping(path: str | Path) -> Plain:
    """
    Read the description of a source from a TOML file.

    Parameters
    ----------
    path : str or Path
        Its keys are the parameters of `Plain`.

    Raises
    ------
    OptionError
        If the file cannot be read, or a key is not known or missing.
    """
    try:
        with Path(path).open("rb") as stream:
            told = tomllib.load(stream)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{path}: cannot be read: {error}. Expected a TOML file."
        raise OptionError(msg) from error
    known = {field.name: field for field in fields(Plain)}
    needed = {key for key, field in known.items() if field.default is MISSING}
    wrong = sorted(set(told) - set(known)) + sorted(needed - set(told))
    wrong += [k for k, v in told.items() if k != "statuses" and not isinstance(v, str)]
    if wrong or not isinstance(told["statuses"], dict):
        msg = (
            f"{path}: {', '.join(wrong) or 'statuses'} is not known, missing or no "
            f"text. Expected [statuses] and, as text, any of: {', '.join(known)}."
        )
        raise OptionError(msg)
    told["statuses"] = {key: str(word) for key, word in told["statuses"].items()}
    return Plain(**told)
