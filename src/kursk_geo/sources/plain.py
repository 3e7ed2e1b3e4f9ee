"""Any polygons, told apart by a mapping of statuses; KML by its folders."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from hashlib import sha256
from io import BytesIO
from operator import attrgetter
from pathlib import Path
from typing import Any, ClassVar, NamedTuple
from warnings import warn
from zipfile import ZipFile

import pandas as pd

from kursk_geo._files import BROKEN, read_toml
from kursk_geo.errors import OptionError, SnapshotError, SourceWarning, refused
from kursk_geo.formats import SUFFIXES, ZIP, Features, in_degrees, read_features
from kursk_geo.periods import (
    YEARS,
    check_pattern,
    check_zone,
    days_alone,
    instant_in_name,
    no_value,
    read_instant,
)
from kursk_geo.snapshots import UnreadableFile
from kursk_geo.sources.base import Bounds, Item, Memo, Parsed, joined, map_feature
from kursk_geo.status import Status, read_statuses

ANY = "*"
"""In ``statuses``: every value that is not named."""
NONE = "none"
"""In ``statuses``: left out on purpose, since it is not ground that is mapped."""
_CUT = re.compile(rb'"exceededTransferLimit"\s*:\s*true')
CUT_SHORT = (
    "more follows on another page, as its service says (exceededTransferLimit): the "
    "rest must lie beside it"
)


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
    from_column, to_column : str, optional
        Columns that tell from when, and until when, a row was shown: a map for each
        instant at which one begins or ends. No end, or one after 2099, stands for ever;
        where rows begin on the day after others end, an end is the last day.
    date_pattern : str, optional
        Date in the file's name, or in these columns, for `datetime.strptime`:
        ``"front_%d%m%y"``; ``"%Y-%m"`` or ``"%G-W%V"`` for months or weeks, or, in a
        column, ``"%Y"`` for years: each is its last day. Without it YYYY-MM-DD or
        YYYYMMDD is looked for in the name.
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
    from_column: str | None = None
    to_column: str | None = None
    date_pattern: str | None = None
    tz: str = "UTC"
    layer: str | None = None
    crs: str | None = None
    source: str = "plain"
    licence: str = ""
    attribution: str = ""

    CAVEAT: ClassVar[str] = ""
    HOME: ClassVar[Bounds | None] = None
    SUFFIXES: ClassVar[tuple[str, ...]] = SUFFIXES

    def __post_init__(self) -> None:
        read_statuses(set(self.statuses.values()) - {NONE})
        if self.status_column is None and set(self.statuses) != {ANY}:
            msg = (
                f"statuses={dict(self.statuses)!r} without status_column. Expected the "
                "column that holds these values, or one status for all shapes: "
                "statuses={'*': 'occupied'}."
            )
            raise OptionError(msg)
        dated = self.date_column is not None
        if (self.from_column is None and self.to_column is not None) or (
            self.from_column is not None and dated
        ):
            msg = (
                "from_column and to_column were given without one another, or beside "
                "date_column. Expected from_column, perhaps with to_column, for rows "
                "that stand for a period; or date_column: leave one of them out."
            )
            raise OptionError(msg)
        if self.date_pattern is not None:
            check_pattern(self.date_pattern, of_column=dated or bool(self.from_column))
        check_zone(self.tz)

    # What was given, as modules spell their constants.
    NAME = property(attrgetter("source"))
    LICENCE = property(attrgetter("licence"))
    ATTRIBUTION = property(attrgetter("attribution"))

    def recognises(self, raw: bytes, name: str) -> bool:
        """Never: nothing in a file of one's own tells what its columns mean."""
        del raw, name
        return False

    def parse(self, raw: bytes, name: str, *, memo: Memo | None = None) -> Parsed:
        """What cannot be read of a file; its maps are left for `join`."""
        known: Memo = {} if memo is None else memo
        left_out = [UnreadableFile(name, CUT_SHORT)] if _CUT.search(raw) else []
        found = read_features(raw, name, layer=self.layer, is_map=self._is_map)
        for one, features in found.items():
            digest = sha256(raw if one == name else raw + one.encode()).hexdigest()
            left_out += self.collect(features, one, digest, known)
        return [*left_out, *(self.join(known) if memo is None else [])]

    def _is_map(self, layer: str) -> bool:
        """Whether a layer of several is dated: by its rows, or by its name."""
        if self.date_column or self.from_column:
            return True
        with suppress(SnapshotError):
            return bool(self.instant_of(layer))
        return False

    def join(self, memo: Memo) -> Parsed:
        """Maps of all files: those of one instant are parts of one map."""
        left_out = self._lay_out(memo.pop("periods", []), memo)
        instants = sorted(key[1] for key in memo if key[0] == "map")
        maps = [joined(memo["map", one], one, one.isoformat()) for one in instants]
        return [*left_out, *maps]

    def collect(
        self, found: Features, name: str, digest: str, memo: Memo
    ) -> list[UnreadableFile]:
        """Put features into the memo, each by its instants; what is left out."""
        left_out = [UnreadableFile(name, reason) for reason in found.left_out]
        rows, shapes = found.rows, in_degrees(found, name, crs=self.crs)
        features: list[Item] = []
        for value, shape in zip(self.values_of(rows, name), shapes, strict=True):
            word = self.statuses.get(value, self.statuses.get(ANY, Status.UNKNOWN))
            status = None if word == NONE else Status(word)
            features.append(map_feature(status, value, shape))
        column = self.date_column or self.from_column
        options: dict[str, Any] = {"tz": self.tz, "date_pattern": self.date_pattern}

        def instants(column: str) -> list[pd.Timestamp | str]:
            values = days_alone(_column(rows, column, name))
            return [read_instant(value, name, **options) for value in values]

        begins: list[pd.Timestamp | str] = (
            [self.instant_of(name)] * len(rows) if column is None else instants(column)
        )
        ends = instants(self.to_column) if self.to_column else ["no date"] * len(rows)
        if rows and all(isinstance(one, str) for one in begins):
            given = (
                f"no row of column {column!r} tells a date, the first is {begins[0]}"
            )
            expected = (
                "days such as 2025-04-15, or times since 1970; tell date_pattern for "
                'others, such as date_pattern="%d/%m/%Y", or "%Y" for years'
            )
            raise refused(name, given, expected)
        cells = zip(begins, ends, features, strict=True)
        for row, (begin, end, feature) in enumerate(cells):
            last = NO_END if end == "no date" else end
            if isinstance(begin, str) or isinstance(last, str):
                at = column if isinstance(begin, str) else self.to_column
                wrong = begin if isinstance(begin, str) else last
                reason = f"{wrong} in column {at!r}"
                left_out.append(UnreadableFile(name, reason, row))
            elif self.from_column:
                period = _Period(name, digest, row, begin, min(last, NO_END), feature)
                memo.setdefault("periods", []).append(period)
            else:
                files = memo.setdefault(("map", begin), {})
                files.setdefault(name, (digest, []))[1].append(feature)
        return left_out

    def _lay_out(self, periods: list["_Period"], memo: Memo) -> list[UnreadableFile]:
        """Put a map into the memo for each instant at which a row begins or ends."""
        begins = {one.begin for one in periods}
        ends = [one.end for one in periods if one.begin < one.end]

        def next_day(when: pd.Timestamp) -> pd.Timestamp:
            local = when.tz_convert(self.tz) + pd.DateOffset(days=1)
            return local.tz_convert("UTC")

        if sum((next_day(end) in begins) - (end in begins) for end in ends) > 0:
            msg = (
                f"Column {self.to_column!r}: rows begin on the day after others end. "
                "An end is taken as the last day on which a row is shown."
            )
            warn(msg, SourceWarning, stacklevel=2)
            periods = [one._replace(end=next_day(one.end)) for one in periods]
        for when in begins | {one.end for one in periods}:
            if when >= NO_END:
                continue
            files: dict[str, tuple[str, list[Item]]] = {}
            for one in periods:
                _, shown = files.setdefault(one.name, (one.digest, []))
                if one.begin <= when < one.end:
                    shown.append(one.feature)
            memo["map", when] = {
                name: (digest, shown or [None])
                for name, (digest, shown) in files.items()
            }
        return [
            UnreadableFile(one.name, "ends as it begins, or before", one.row)
            for one in periods
            if one.end <= one.begin
        ]

    def instant_of(self, name: str) -> pd.Timestamp:
        """When the map of a file was published, as its name tells."""
        return instant_in_name(name, self.date_pattern, tz=self.tz)

    def values_of(self, rows: list[dict[str, Any]], name: str) -> list[str]:
        """What tells the status of each row; whole numbers without a decimal point."""
        if self.status_column is None:
            return [""] * len(rows)
        values = _column(rows, self.status_column, name)
        whole = [isinstance(one, float) and one.is_integer() for one in values]
        return [
            "" if no_value(value) else str(int(value) if is_whole else value).strip()
            for value, is_whole in zip(values, whole, strict=True)
        ]


NO_END = pd.Timestamp(f"{YEARS.stop}-01-01", tz="UTC")
"""What ends then or later stands for ever: tables write 9999-12-31."""


class _Period(NamedTuple):
    """A row with the period during which it was shown."""

    name: str
    digest: str
    row: int
    begin: pd.Timestamp
    end: pd.Timestamp
    feature: Item


def _column(rows: list[dict[str, Any]], column: str, name: str) -> list[Any]:
    """A column of the rows, which may lack it one by one, but not all of them."""
    known = {str(key): None for row in rows for key in row}
    if known and column not in known:
        raise refused(name, f"no column {column!r}", f"one of: {', '.join(known)}")
    return [row.get(column) for row in rows]


KML_HEAD_BYTES = 4000
LINES = b"MultiLineString"


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
        return b"<kml" in raw[:KML_HEAD_BYTES]

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
            folders = [*reversed(row.get("folders", ())), ""]
            named = [folder for folder in folders if folder in self.statuses]
            layers.append((named or folders)[0])
        return layers


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
    expected = "a TOML file that describes maps: check the path"
    told = read_toml(Path(path), error=OptionError, expected=expected)
    known = {field.name: str for field in fields(Plain)} | {"statuses": dict}
    wrong = [
        key
        for key, value in {"statuses": None, **told}.items()
        if not isinstance(value, known.get(key, ()))
    ]
    if wrong:
        msg = (
            f"{path}: {', '.join(wrong)} is not known, missing or no text. Expected "
            f"[statuses] and, as text, any of: {', '.join(known)}."
        )
        raise OptionError(msg)
    told["statuses"] = {key: str(word) for key, word in told["statuses"].items()}
    return Plain(**told)
