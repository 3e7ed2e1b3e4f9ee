"""Published maps, parsed; and many of them joined into a history."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from warnings import warn

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kursk_geo.errors import SnapshotError, SourceWarning, UnknownStatusWarning
from kursk_geo.geometry import as_array, clean, explode, geometry_ids
from kursk_geo.history import ControlHistory
from kursk_geo.periods import (
    merge_periods,
    rejected_table,
    shapes_table,
    snapshots_table,
)
from kursk_geo.status import Status

__all__ = ["MapFeature", "ParsedMap", "UnreadableFile", "join_maps"]


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


def _read_ground(geometry: bytes | BaseGeometry) -> list[BaseGeometry]:
    """
    Polygons of a geometry, checked for what no repair can mend.

    Raises
    ------
    ValueError, shapely.GEOSException
        If it is not GeoJSON, or leaves longitude and latitude.
    """
    if isinstance(geometry, bytes):
        geometry = shapely.from_geojson(geometry)
    polygons = (
        [geometry]
        if geometry.geom_type == "Polygon"
        else list(explode(as_array([geometry]))[0])
    )
    for polygon in polygons:
        west, south, east, north = shapely.bounds(polygon)
        inside = west >= -180.0 and south >= -90.0 and east <= 180.0 and north <= 90.0
        if not inside:
            msg = "no coordinates within longitude ±180 and latitude ±90 degrees"
            raise ValueError(msg)
    return polygons


class _Ground:
    """The distinct polygons of a run; each geometry is read once."""

    def __init__(self, home: tuple[float, float, float, float] | None) -> None:
        self.polygons: list[BaseGeometry] = []
        self.at_home: list[bool] = []
        self.at_home_swapped: list[bool] = []
        self._known: dict[bytes, list[int] | str] = {}
        self._home = home

    def members(self, geometry: bytes | BaseGeometry) -> list[int] | str:
        """Positions of a geometry's polygons, or why it cannot be read."""
        key = geometry if isinstance(geometry, bytes) else shapely.to_wkb(geometry)
        if key not in self._known:
            self._known[key] = self._read(geometry)
        return self._known[key]

    def _read(self, geometry: bytes | BaseGeometry) -> list[int] | str:
        try:
            polygons = _read_ground(geometry)
        except (ValueError, shapely.GEOSException) as error:
            return str(error)
        first = len(self.polygons)
        for polygon in polygons:
            west, south, east, north = polygon.bounds
            self.polygons.append(polygon)
            self.at_home.append(self._meets_home(west, south, east, north))
            self.at_home_swapped.append(self._meets_home(south, west, north, east))
        return list(range(first, len(self.polygons)))

    def _meets_home(self, west: float, south: float, east: float, north: float) -> bool:
        if self._home is None:
            return True
        home_west, home_south, home_east, home_north = self._home
        return (
            west <= home_east
            and east >= home_west
            and south <= home_north
            and north >= home_south
        )


Key = tuple[str, str, int]
"""Status, label and position of a polygon."""


@dataclass(slots=True)
class _Shown:
    """What one map shows: how often each polygon, under which status and label."""

    parsed: ParsedMap
    polygons: Counter[Key]
    n_features: int
    rejected: list[tuple[int, str]]


def _read_map(parsed: ParsedMap, ground: _Ground) -> _Shown:
    """
    Look each feature's polygons up.

    Raises
    ------
    SnapshotError
        If none of its areas can be read, or its coordinates are swapped.
    """
    shown = _Shown(parsed, Counter(), 0, [])
    for position, feature in enumerate(parsed.features):
        if feature is None:
            continue
        if isinstance(feature, str):
            shown.rejected.append((position, feature))
            continue
        members = ground.members(feature.geometry)
        if isinstance(members, str):
            shown.rejected.append((position, members))
        elif members:
            shown.n_features += 1
            for member in members:
                shown.polygons[feature.status, feature.label, member] += 1
    if shown.rejected and not shown.polygons:
        msg = (
            f"{parsed.origin}: no area could be read; the first reason: "
            f"{shown.rejected[0][1]}. Expected polygons in longitude and latitude "
            "(EPSG:4326): download the file again, or reproject it."
        )
        raise SnapshotError(msg)
    seen = [member for _, _, member in shown.polygons]
    if (
        seen
        and not any(ground.at_home[member] for member in seen)
        and any(ground.at_home_swapped[member] for member in seen)
    ):
        msg = (
            f"{parsed.origin}: latitude and longitude are swapped. Expected longitude "
            "first (RFC 7946): swap the coordinates of the file."
        )
        raise SnapshotError(msg)
    return shown


def join_maps(
    maps: Iterable[ParsedMap | UnreadableFile],
    *,
    source: str,
    licence: str = "",
    attribution: str = "",
    home: tuple[float, float, float, float] | None = None,
    on_error: str = "raise",
) -> ControlHistory:
    """
    Join parsed maps into one history.

    Parameters
    ----------
    maps : iterable of ParsedMap or UnreadableFile
        In any order; taken one at a time, so that only what differs stays in memory.
    source, licence, attribution : str
        As in `ControlHistory`.
    home : tuple of float, optional
        Bounds ``(west, south, east, north)`` of the source's theatre: a map that lies
        there only with its coordinates swapped is refused. [degrees]
    on_error : {"raise", "skip"}, default "raise"
        What to do with a map that cannot be read; "skip" lists it in ``rejected``.

    Returns
    -------
    ControlHistory
        The same in whatever order the maps came.

    Raises
    ------
    SnapshotError
        If a map cannot be read and `on_error` is "raise".

    Warns
    -----
    UnknownStatusWarning
        Once, if there are words that the source's vocabulary lacks: lists them.
    SourceWarning
        If two different maps carry the same instant: names them.

    Examples
    --------
    >>> join_maps([], source="drawn").snapshots.empty
    True
    """
    ground = _Ground(home)
    shown: list[_Shown] = []
    rejected: list[dict[str, object]] = []
    for item in maps:
        if isinstance(item, UnreadableFile):
            rejected.append({"origin": item.origin, "reason": item.reason})
            continue
        try:
            shown.append(_read_map(item, ground))
        except SnapshotError as error:
            if on_error == "raise":
                raise
            rejected.append({"origin": item.origin, "reason": str(error)})
    shown = _one_map_an_instant(shown, rejected)
    _warn_of_unknown(shown)
    for one in shown:
        when, origin = one.parsed.snapshot_utc, one.parsed.origin
        rejected += [
            {"snapshot_utc": when, "origin": origin, "feature": at, "reason": reason}
            for at, reason in one.rejected
        ]
    return ControlHistory(
        snapshots=snapshots_table(pd.DataFrame([_row(one, source) for one in shown])),
        shapes=_shapes(shown, ground),
        rejected=rejected_table(pd.DataFrame(rejected)),
        source=source,
        licence=licence,
        attribution=attribution,
    )


def _row(shown: _Shown, source: str) -> dict[str, object]:
    parsed = shown.parsed
    return {
        "snapshot_utc": parsed.snapshot_utc,
        "source": source,
        "snapshot_id": parsed.snapshot_id,
        "origin": parsed.origin,
        "sha256": parsed.sha256,
        "n_features": shown.n_features,
        "n_rejected": len(shown.rejected),
    }


def _one_map_an_instant(
    shown: list[_Shown], rejected: list[dict[str, object]]
) -> list[_Shown]:
    """Of maps with one instant keep the last by name; say so where they differ."""
    by_instant: dict[pd.Timestamp, _Shown] = {}
    order = sorted(shown, key=lambda one: (one.parsed.snapshot_utc, one.parsed.origin))
    for one in order:
        before = by_instant.get(one.parsed.snapshot_utc)
        if before is not None and before.parsed.sha256 != one.parsed.sha256:
            when, dropped = one.parsed.snapshot_utc, before.parsed.origin
            reason = f"another map of the same instant was kept: {one.parsed.origin}"
            rejected.append({"snapshot_utc": when, "origin": dropped, "reason": reason})
            msg = (
                f"Two different maps of {when}: {dropped} and {one.parsed.origin}. "
                "The second is kept; the first is listed in .rejected."
            )
            warn(msg, SourceWarning, stacklevel=4)
        by_instant[one.parsed.snapshot_utc] = one
    return list(by_instant.values())


def _warn_of_unknown(shown: list[_Shown]) -> None:
    maps = Counter(
        label
        for one in shown
        for label in {key[1] for key in one.polygons if key[0] == Status.UNKNOWN}
    )
    if maps:
        words = "; ".join(f"{label!r} on {n} maps" for label, n in sorted(maps.items()))
        msg = (
            f"Not in this source's vocabulary: {words}. Their shapes are kept as "
            "'unknown' and count as neither held nor contested."
        )
        warn(msg, UnknownStatusWarning, stacklevel=4)


def _shapes(shown: list[_Shown], ground: _Ground) -> gpd.GeoDataFrame:
    """Turn what each map shows into shapes with periods."""
    polygons, repair_km2 = clean(as_array(ground.polygons))
    ids = geometry_ids(polygons)
    where = {key: position for position, key in enumerate(ids)}
    rows = _periods(shown, ids)
    table = pd.DataFrame(
        rows, columns=["status", "label", "shape_id", "valid_from", "valid_to"]
    )
    position = [where[key] for key in table["shape_id"]]
    table["repair_km2"] = repair_km2[position]
    table["geometry"] = polygons[position]
    return merge_periods(shapes_table(table))


def _periods(shown: list[_Shown], ids: NDArray[np.object_]) -> list[tuple[object, ...]]:
    """Unbroken periods of each shape; one shown twice on a map has two rows."""
    rows: list[tuple[object, ...]] = []
    since: dict[tuple[str, str, str, int], pd.Timestamp] = {}
    for one in shown:
        now: set[tuple[str, str, str, int]] = set()
        for (status, label, member), times in one.polygons.items():
            for copy in range(times):
                key = (str(status), label, ids[member], copy)
                while key in now:
                    key = (*key[:3], key[3] + 1)
                now.add(key)
        when = one.parsed.snapshot_utc
        rows += [(*key[:3], since.pop(key), when) for key in since.keys() - now]
        since.update(dict.fromkeys(now - since.keys(), when))
    rows += [(*key[:3], start, pd.NaT) for key, start in since.items()]
    return rows
