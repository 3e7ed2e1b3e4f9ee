"""Published maps, parsed; and many of them joined into a history."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import count
from typing import NamedTuple
from warnings import warn

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kursk_geo._text import many
from kursk_geo.errors import SnapshotError, SourceWarning, UnknownStatusWarning
from kursk_geo.geometry import clean, geometry_ids, read_polygons, tangled
from kursk_geo.history import (
    ControlHistory,
    rejected_table,
    shapes_table,
    snapshots_table,
)
from kursk_geo.periods import UTC, merge_periods
from kursk_geo.status import Status


class MapFeature(NamedTuple):
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
    """A file, or one of its rows, that could not be read; a row of ``rejected``."""

    origin: str
    reason: str
    feature: int | None = None


@dataclass(slots=True)
class _Shown:
    """What one map shows, by positions among the distinct features of a run."""

    parsed: ParsedMap
    features: NDArray[np.intp]
    rejected: list[tuple[int, str]] = field(default_factory=list)


class _Ground:
    """The polygons of the distinct features of a run."""

    def __init__(
        self,
        features: Sequence[MapFeature | str | None],
        home: tuple[float, float, float, float] | None,
    ) -> None:
        areas = [
            (n, one) for n, one in enumerate(features) if isinstance(one, MapFeature)
        ]
        position = np.array([n for n, _ in areas], dtype=np.intp)
        polygons, owner, broken = read_polygons([one.geometry for _, one in areas])
        readable = ~np.isin(owner, list(broken))
        cleaned, repair_km2 = clean(polygons[readable])
        areal = ~shapely.is_empty(cleaned)
        self.polygons, self.repair_km2 = cleaned[areal], repair_km2[areal]
        self.owner = position[owner[readable][areal]]
        self.features = features
        self.n_polygons = np.bincount(self.owner, minlength=len(features))
        # Why a feature was refused; "" where it was not.
        self.reasons = np.array(
            [one if isinstance(one, str) else "" for one in features], dtype=object
        )
        self.reasons[position[list(broken)]] = list(broken.values())
        flat = position[owner[readable][~areal]]
        knots = tangled(polygons[readable][~areal])
        self.reasons[flat[self.n_polygons[flat] == 0]] = "its points enclose no area"
        self.reasons[flat[knots]] = (
            "an outline crosses itself more often than it has corners"
        )
        bounds = shapely.bounds(self.polygons).reshape(-1, 4)
        self.at_home = self._meets(bounds, home)
        self.swapped = self._meets(bounds[:, [1, 0, 3, 2]], home)

    def _meets(
        self,
        bounds: NDArray[np.float64],
        home: tuple[float, float, float, float] | None,
    ) -> NDArray[np.bool_]:
        """Which features lie at home; all where the source has none."""
        if home is None:
            return np.ones(len(self.features), dtype=bool)
        west, south, east, north = home
        low, high = bounds[:, :2] <= (east, north), bounds[:, 2:] >= (west, south)
        near = (low & high).all(axis=1)
        found = np.bincount(self.owner, weights=near, minlength=len(self.features))
        return np.asarray(found > 0)

    def check(self, shown: _Shown) -> None:
        """
        Count and list what a map's features come to.

        Raises
        ------
        SnapshotError
            If none of its areas can be read, or its coordinates are swapped.
        """
        reasons = self.reasons[shown.features]
        refused = np.flatnonzero(reasons != "")
        shown.rejected = [(int(place), reasons[place]) for place in refused]
        areal = shown.features[self.n_polygons[shown.features] > 0]
        shown.features = areal
        origin = shown.parsed.origin
        if shown.rejected and not len(areal):
            msg = (
                f"{origin}: no area could be read; the first reason: "
                f"{min(shown.rejected)[1]}. Expected polygons in longitude and "
                "latitude (EPSG:4326): download the file again, or reproject it."
            )
            raise SnapshotError(msg)
        elsewhere = len(areal) and not self.at_home[areal].any()
        if elsewhere and self.swapped[areal].any():
            msg = (
                f"{origin}: latitude and longitude are swapped. Expected longitude "
                "first (RFC 7946): swap the coordinates of the file."
            )
            raise SnapshotError(msg)


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
    distinct: defaultdict[MapFeature | str | None, int]
    distinct = defaultdict(count().__next__)
    read: list[_Shown] = []
    rejected: list[dict[str, object]] = []
    for item in maps:
        if isinstance(item, UnreadableFile):
            rejected.append(asdict(item))
        else:
            positions = np.array([distinct[one] for one in item.features], np.intp)
            read.append(_Shown(replace(item, features=()), positions))
    ground = _Ground(list(distinct), home)
    shown: list[_Shown] = []
    for one in read:
        try:
            ground.check(one)
        except SnapshotError as error:
            if on_error == "raise":
                raise
            rejected.append({"origin": one.parsed.origin, "reason": str(error)})
        else:
            shown.append(one)
    # Of maps with one instant the last by name is kept; said where they differ.
    by_instant: dict[pd.Timestamp, _Shown] = {}
    shown.sort(key=lambda one: (one.parsed.snapshot_utc, one.parsed.origin))
    for one in shown:
        when, origin = one.parsed.snapshot_utc, one.parsed.origin
        before = by_instant.get(when)
        if before is not None and before.parsed.sha256 != one.parsed.sha256:
            dropped = before.parsed.origin
            reason = f"another map of the same instant was kept: {origin}"
            rejected.append({"snapshot_utc": when, "origin": dropped, "reason": reason})
            msg = (
                f"Two different maps of {when}: {dropped} and {origin}. The second is "
                "kept; the first is listed in .rejected."
            )
            warn(msg, SourceWarning, stacklevel=3)
        by_instant[when] = one
    shown = list(by_instant.values())
    labels = [one.label if isinstance(one, MapFeature) else "" for one in distinct]
    unknown = np.array(
        [isinstance(f, MapFeature) and f.status is Status.UNKNOWN for f in distinct],
        dtype=bool,
    )
    n_maps = Counter(
        label
        for one in shown
        for label in {labels[f] for f in one.features[unknown[one.features]]}
    )
    if n_maps:
        words = "; ".join(
            f"{label!r} on {many(n, 'map')}" for label, n in sorted(n_maps.items())
        )
        msg = (
            f"Not in this source's vocabulary: {words}. Their shapes are kept as "
            "'unknown' and count as neither held nor contested."
        )
        warn(msg, UnknownStatusWarning, stacklevel=3)
    rejected += [
        {
            "snapshot_utc": one.parsed.snapshot_utc,
            "origin": one.parsed.origin,
            "feature": place,
            "reason": reason,
        }
        for one in shown
        for place, reason in one.rejected
    ]
    rows = [
        {
            "snapshot_utc": one.parsed.snapshot_utc,
            "source": source,
            "snapshot_id": one.parsed.snapshot_id,
            "origin": one.parsed.origin,
            "sha256": one.parsed.sha256,
            "n_features": len(one.features),
            "n_rejected": len(one.rejected),
        }
        for one in shown
    ]
    return ControlHistory(
        snapshots=snapshots_table(pd.DataFrame(rows)),
        shapes=_shapes(shown, ground),
        rejected=rejected_table(pd.DataFrame(rejected)),
        source=source,
        licence=licence,
        attribution=attribution,
    )


def _shapes(shown: list[_Shown], ground: _Ground) -> gpd.GeoDataFrame:
    """Turn what each map shows into shapes with periods."""
    ids = geometry_ids(ground.polygons)
    # A feature that a map shows twice has two rows: its copies are numbered. Each run
    # of a copy over maps that follow one another is a period.
    n_shown = [len(one.features) for one in shown]
    feature = np.concatenate([np.empty(0, np.intp), *(one.features for one in shown)])
    nth_map = np.repeat(np.arange(len(shown)), n_shown)
    order = np.lexsort([nth_map, feature])
    feature, nth_map = feature[order], nth_map[order]
    is_new = (np.diff(feature, prepend=-1) != 0) | (np.diff(nth_map, prepend=-1) != 0)
    copy = np.arange(len(order)) - np.flatnonzero(is_new)[np.cumsum(is_new) - 1]
    order = np.lexsort([nth_map, copy, feature])
    feature, copy, nth_map = feature[order], copy[order], nth_map[order]
    begins = (np.diff(feature, prepend=-1) != 0) | (np.diff(copy, prepend=-1) != 0)
    begins |= np.diff(nth_map, prepend=-2) != 1
    features, first_map = feature[begins], nth_map[begins]
    last_map = nth_map[np.roll(begins, -1)]
    moments = [*(one.parsed.snapshot_utc for one in shown), pd.NaT]
    published = pd.Series(moments, dtype=UTC).array
    starts, ends = published[first_map], published[last_map + 1]
    # Each row of a feature becomes one row for each of its polygons.
    first = np.searchsorted(ground.owner, features)
    times = ground.n_polygons[features]
    row = np.repeat(np.arange(len(features)), times)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
    polygon = first[row] + nth
    table = pd.DataFrame(
        {
            "status": [str(ground.features[f].status) for f in features[row]],
            "label": [ground.features[f].label for f in features[row]],
            "valid_from": starts[row],
            "valid_to": ends[row],
            "shape_id": ids[polygon],
            "repair_km2": ground.repair_km2[polygon],
            "geometry": ground.polygons[polygon],
        }
    )
    return merge_periods(shapes_table(table))
