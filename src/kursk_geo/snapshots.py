"""Published maps, parsed; and many of them joined into a history."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from operator import attrgetter
from typing import NamedTuple
from warnings import warn

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kursk_geo.errors import SnapshotError, SourceWarning, UnknownStatusWarning
from kursk_geo.geometry import clean, geometry_ids, read_polygons, tangled
from kursk_geo.history import (
    REJECTED,
    SNAPSHOTS,
    ControlHistory,
    rejected_table,
    shapes_table,
    snapshots_table,
)
from kursk_geo.periods import UTC, Numbers, join_runs, merge_periods
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
    """
    A file, or one of its rows, that could not be read; a row of ``rejected``.

    Parameters
    ----------
    origin, reason : str
    feature : int, optional
        The row.
    stops : bool, default False
        Whether it is a whole map, which stops the run unless that may skip it.
    """

    origin: str
    reason: str
    feature: int | None = None
    stops: bool = False


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
        self.is_wrong = self.reasons != ""
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
    facts = attrgetter("snapshot_id", "origin", "sha256")
    distinct: defaultdict[MapFeature | str | None, int]
    distinct = defaultdict(count().__next__)
    read: list[tuple[ParsedMap, Numbers]] = []
    rejected: list[tuple[pd.Timestamp | None, str, int | None, str]] = []
    for item in maps:
        if isinstance(item, UnreadableFile):
            if item.stops and on_error == "raise":
                raise SnapshotError(item.reason)
            rejected.append((None, item.origin, item.feature, item.reason))
        else:
            numbers = np.fromiter(map(distinct.__getitem__, item.features), np.intp)
            read.append((replace(item, features=()), numbers))
    ground = _Ground(list(distinct), home)
    # Of maps with one instant the last by name is kept; said where they differ.
    shown: dict[pd.Timestamp, tuple[ParsedMap, list[tuple[int, str]], Numbers]] = {}
    read.sort(key=lambda one: (one[0].snapshot_utc, one[0].origin))
    for head, features in read:
        wrong = [
            (int(place), ground.reasons[features[place]])
            for place in np.flatnonzero(ground.is_wrong[features])
        ]
        areal = features[ground.n_polygons[features] > 0]
        when, origin, reason = head.snapshot_utc, head.origin, ""
        if wrong and not len(areal):
            reason = (
                f"{origin}: no area could be read; the first reason: {min(wrong)[1]}. "
                "Expected polygons in longitude and latitude (EPSG:4326): download the "
                "file again, or tell with crs= what it is in."
            )
        elif not ground.at_home[areal].any() and ground.swapped[areal].any():
            reason = (
                f"{origin}: latitude and longitude are swapped. Expected longitude "
                "first (RFC 7946): swap the coordinates of the file."
            )
        if reason and on_error == "raise":
            raise SnapshotError(reason)
        if reason:
            rejected.append((None, origin, None, reason))
            continue
        before = shown[when][0] if when in shown else head
        if before.sha256 != head.sha256:
            reason = f"another map of the same instant was kept: {origin}"
            rejected.append((when, before.origin, None, reason))
            msg = (
                f"Two different maps of {when}: {before.origin} and {origin}. The "
                "second is kept; the first is listed in .rejected."
            )
            warn(msg, SourceWarning, stacklevel=3)
        shown[when] = (head, wrong, areal)
    unknown = {
        number: one.label
        for one, number in distinct.items()
        if isinstance(one, MapFeature) and one.status is Status.UNKNOWN
    }
    n_maps: Counter[str] = Counter()
    for _, _, areal in shown.values() if unknown else ():
        n_maps.update({unknown[one] for one in areal.tolist() if one in unknown})
    if n_maps:
        words = "; ".join(
            f"{label!r} on {n:,} map{'s' * (n > 1)}"
            for label, n in sorted(n_maps.items())
        )
        msg = (
            f"Not in this source's vocabulary: {words}. Their shapes are kept as "
            "'unknown' and count as neither held nor contested."
        )
        warn(msg, UnknownStatusWarning, stacklevel=3)
    rejected += [
        (when, head.origin, place, reason)
        for when, (head, wrong, _) in shown.items()
        for place, reason in wrong
    ]
    rows = [
        (when, source, *facts(head), len(areal), len(wrong))
        for when, (head, wrong, areal) in shown.items()
    ]
    return ControlHistory(
        snapshots=snapshots_table(pd.DataFrame(rows, columns=[*SNAPSHOTS])),
        shapes=_shapes({when: areal for when, (_, _, areal) in shown.items()}, ground),
        rejected=rejected_table(pd.DataFrame(rejected, columns=[*REJECTED])),
        source=source,
        licence=licence,
        attribution=attribution,
    )


def _shapes(shown: Mapping[pd.Timestamp, Numbers], ground: _Ground) -> gpd.GeoDataFrame:
    """Turn what each map shows into shapes with periods."""
    times = pd.DatetimeIndex([*shown, pd.NaT], dtype=UTC)
    feature, first, last = join_runs(
        np.concatenate([np.empty(0, dtype=np.intp), *shown.values()]),
        number := np.repeat(
            np.arange(len(shown)), [len(one) for one in shown.values()]
        ),
        number + 1,
    )
    # Each row of a feature becomes one row for each of its polygons.
    n_polygons = ground.n_polygons[feature]
    row = np.repeat(np.arange(len(feature)), n_polygons)
    nth = np.arange(len(row)) - np.repeat(
        np.cumsum(n_polygons) - n_polygons, n_polygons
    )
    feature = feature[row]
    polygon = np.searchsorted(ground.owner, feature) + nth
    shapes = pd.DataFrame(
        {
            "status": [str(ground.features[f].status) for f in feature],
            "label": [ground.features[f].label for f in feature],
            "valid_from": times[first[row]],
            "valid_to": times[last[row]],
            "shape_id": geometry_ids(ground.polygons)[polygon],
            "repair_km2": ground.repair_km2[polygon],
            "geometry": ground.polygons[polygon],
        }
    )
    return merge_periods(shapes_table(shapes))
