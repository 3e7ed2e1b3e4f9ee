"""One published map, as a source's parser hands it on."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from shapely.geometry.base import BaseGeometry

from kursk_geo.status import Status

__all__ = ["MapFeature", "ParsedMap", "UnreadableFile"]


@dataclass(frozen=True, slots=True)
class MapFeature:
    """
    One feature of a map, as its source's parser hands it on.

    Parameters
    ----------
    status : Status
    label : str
        The source's own name for it.
    geometry : bytes or shapely geometry
        GeoJSON text of a geometry, or the geometry itself, in EPSG:4326. Text is
        decoded once, however many maps repeat it.
    """

    status: Status
    label: str
    geometry: bytes | BaseGeometry


@dataclass(frozen=True, slots=True)
class ParsedMap:
    """
    One published map, parsed.

    Parameters
    ----------
    snapshot_utc : Timestamp
        When it was published.
    snapshot_id : str
        The source's own name for it.
    features : list of MapFeature, str or None
        All features in the order of the file: a string tells why one could not be
        read, None stands for one that holds no ground (a point, a line).
    origin : str
        File, and the archive that it stands in.
    sha256 : str
        Of the file's bytes, hexadecimal.
    """

    snapshot_utc: pd.Timestamp
    snapshot_id: str
    features: Sequence[MapFeature | str | None]
    origin: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class UnreadableFile:
    """A file that could not be read, and why; it becomes a row of ``rejected``."""

    origin: str
    reason: str
