"""KML and KMZ: folders as layers, which the user gives a status."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from warnings import warn
from xml.etree.ElementTree import Element, ParseError

import pandas as pd
import shapely
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from kursk_geo.errors import SnapshotError, SourceWarning
from kursk_geo.snapshots import MapFeature, ParsedMap
from kursk_geo.sources.base import (
    MAX_BYTES,
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
LINES = ("LineString", "LinearRing", "Track")
HEAD_BYTES = 4000

_STAMP = re.compile(r"(?<!\d)(\d{6})_(\d{4})(?!\d)")
_ZIP = b"PK\x03\x04"


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
        if raw.startswith(_ZIP):
            try:
                return bool(_open(raw, name))
            except SnapshotError:
                return False
        return b"<kml" in raw[:HEAD_BYTES]

    def parse(self, raw: bytes, name: str, *, memo: Memo | None = None) -> Parsed:
        """
        Parse one file.

        Raises
        ------
        SnapshotError
            If it is no KML, refers to other files, or its name tells no day.
        """
        root = _read(_open(raw, name) if raw.startswith(_ZIP) else raw, name)
        features = list(self._features(root, ()))
        lines = sum(1 for _ in _lines(root))
        known: Memo = {} if memo is None else memo
        if lines and ("kml", "lines") not in known:
            known["kml", "lines"] = True
            msg = (
                f"{name} holds {lines} lines. A front line encloses no ground: lines "
                "are left out, and only polygons are read."
            )
            warn(msg, SourceWarning, stacklevel=2)
        when = _instant(name)
        return [ParsedMap(when, when.isoformat(), features)]

    def _features(
        self, element: Element, folders: tuple[str, ...]
    ) -> Iterator[MapFeature | str | None]:
        """Placemarks in the order of the file, each under the folders around it."""
        for child in element:
            tag = _tag(child)
            if tag == "Placemark":
                yield self._feature(child, folders)
            elif tag in ("Folder", "Document"):
                inside = (*folders, _name(child)) if tag == "Folder" else folders
                yield from self._features(child, inside)

    def _feature(
        self, placemark: Element, folders: tuple[str, ...]
    ) -> MapFeature | str | None:
        rings = [one for one in placemark.iter() if _tag(one) == "Polygon"]
        if not rings:
            return None  # points and lines: no ground
        named = [folder for folder in reversed(folders) if folder in self.statuses]
        layer = (named or [*reversed(folders), ""])[0]
        word = self.statuses.get(layer, Status.UNKNOWN)
        if word == NONE:
            return None
        try:
            polygons = [_polygon(one) for one in rings]
        except ValueError as error:
            return str(error)
        return MapFeature(Status(word), layer, shapely.MultiPolygon(polygons))


def _open(raw: bytes, name: str) -> bytes:
    """The first KML file of a KMZ archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            inner = [i for i in archive.infolist() if i.filename.endswith(".kml")]
            if not inner:
                msg = f"{name}: no .kml in the archive. Expected one: is this a KMZ?"
                raise SnapshotError(msg)
            with archive.open(inner[0]) as stream:
                text = stream.read(MAX_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError) as error:
        msg = (
            f"{name}: not a whole KMZ archive: {error}. It may be cut short: download "
            "it again."
        )
        raise SnapshotError(msg) from error
    if len(text) > MAX_BYTES:
        msg = f"{name}: unpacks to more than {MAX_BYTES >> 20} MiB. Expected a map."
        raise SnapshotError(msg)
    return text


def _read(raw: bytes, name: str) -> Element:
    try:
        root: Element = fromstring(raw, forbid_dtd=True)
    except DefusedXmlException as error:
        msg = (
            f"{name}: refers to entities or other files ({error}). Expected KML "
            "without a DOCTYPE: such a file can make the reader open others, and is "
            "not read."
        )
        raise SnapshotError(msg) from error
    except ParseError as error:
        msg = (
            f"{name}: not a whole KML file: {error}. It may be cut short: download it "
            "again."
        )
        raise SnapshotError(msg) from error
    return root


def _tag(element: Element) -> str:
    """Without the namespace, which files spell in several ways."""
    return str(element.tag).rpartition("}")[2]


def _name(folder: Element) -> str:
    for child in folder:
        if _tag(child) == "name":
            return " ".join((child.text or "").split())
    return ""


def _lines(root: Element) -> Iterator[Element]:
    """Lines that are drawn as such; not the rings of polygons."""
    for element in root.iter():
        if _tag(element) in ("Placemark", "MultiGeometry"):
            yield from (child for child in element if _tag(child) in LINES)


def _polygon(element: Element) -> shapely.Polygon:
    rings: dict[str, list[list[tuple[float, float]]]] = {}
    for side in element:
        kind = _tag(side)
        for one in side.iter():
            if _tag(one) == "coordinates":
                rings.setdefault(kind, []).append(_ring(one.text or ""))
    shells = rings.get("outerBoundaryIs", [])
    if len(shells) != 1:
        msg = f"a polygon with {len(shells)} outer boundaries"
        raise ValueError(msg)
    return shapely.Polygon(shells[0], rings.get("innerBoundaryIs"))


def _ring(text: str) -> list[tuple[float, float]]:
    """Longitude and latitude of "lon,lat,alt lon,lat,alt ..."."""
    points = []
    for triple in text.split():
        lon, _, rest = triple.partition(",")
        points.append((float(lon), float(rest.partition(",")[0])))
    return points


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
