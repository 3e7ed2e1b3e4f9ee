"""ISW's maps, one a day, joined from the layers and pages of that day."""

from dataclasses import replace
from hashlib import sha256
from typing import TypeAlias

import shapely
from shapely.geometry.base import BaseGeometry

from kursk_geo.errors import SnapshotError
from kursk_geo.geometry import as_array, explode, only_polygons
from kursk_geo.snapshots import MapFeature, ParsedMap
from kursk_geo.sources.contract import Memo, Parsed
from kursk_geo.sources.days import end_of_day
from kursk_geo.status import Status

__all__ = ["DAY", "PAGES", "Features", "join"]

DAY, PAGES = "isw day", "isw pages"
"""First words of the keys in the memo: ``(DAY, day)``, ``(PAGES, *query)``."""

Features: TypeAlias = list[MapFeature | str | None]


def join(memo: Memo) -> Parsed:
    """
    Maps of the days that `parse` has met, each from all its files.

    Parameters
    ----------
    memo : mutable mapping
        What `parse` collected.

    Returns
    -------
    list of ParsedMap or SnapshotError
        One a day, in the order of time; an error where pages are missing.

    Raises
    ------
    Nothing
        Errors are among the entries.
    """
    lacking = _files_that_lack_pages(memo)
    days = sorted(key[1] for key in memo if key[0] == DAY)
    maps: list[ParsedMap | SnapshotError] = []
    for day in days:
        files = memo[DAY, day]
        names = sorted(files)
        cut = [name for name in names if name in lacking]
        if cut:
            msg = (
                f"{cut[-1]}: the server had more features than these pages hold "
                "(exceededTransferLimit). Expected a last page without that mark: "
                "fetch the next ones with resultOffset."
            )
            maps.append(SnapshotError(msg))
            continue
        digests = "".join(files[name][0] for name in names)
        rest = f" and {len(names) - 1} more" if len(names) > 1 else ""
        maps.append(
            ParsedMap(
                end_of_day(day),
                day.isoformat(),
                _held(_once([files[name][1] for name in names])),
                origin=f"{names[0]}{rest}",
                sha256=sha256(digests.encode()).hexdigest() if rest else digests,
            )
        )
    return maps


def _files_that_lack_pages(memo: Memo) -> set[str]:
    """Files of a query of which every page says that there is another."""
    groups = [pages for key, pages in memo.items() if key[0] == PAGES]
    return {name for pages in groups if all(pages.values()) for name in pages}


def _once(files: list[Features]) -> Features:
    """Features of all files; what pages repeat, once."""
    found: Features = []
    seen: set[MapFeature] = set()
    for features in files:
        found += [
            one for one in features if not (isinstance(one, MapFeature) and one in seen)
        ]
        seen.update(one for one in features if isinstance(one, MapFeature))
    return found


def _held(features: Features) -> Features:
    """Where a map has both, Ukrainian advances in Russia less the Russian ones."""
    areas = [one for one in features if isinstance(one, MapFeature)]
    regained = [one for one in areas if one.status is Status.OUTSIDE]
    if not regained:
        return features
    taken = shapely.union_all([_ground(one) for one in regained])
    return [
        replace(one, geometry=only_polygons(as_array([_ground(one) - taken]))[0])
        if isinstance(one, MapFeature) and one.status is Status.HELD_IN_RUSSIA
        else one
        for one in features
    ]


def _ground(feature: MapFeature) -> BaseGeometry:
    geometry = feature.geometry
    if isinstance(geometry, bytes):
        geometry = shapely.from_geojson(geometry)
    return shapely.union_all(shapely.make_valid(explode(as_array([geometry]))[0]))
