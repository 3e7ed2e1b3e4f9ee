"""DeepState's published areas, and the same computed from its maps."""

import os

import msgspec
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from kursk_geo.area import area_km2
from kursk_geo.errors import OptionError, SourceError
from kursk_geo.fetch.deepstate import document, fetch_map
from kursk_geo.fetch.endpoints import PUBLISHED, Access, Endpoints, open_access
from kursk_geo.geometry import as_array, explode
from kursk_geo.history import ControlHistory
from kursk_geo.periods import When
from kursk_geo.snapshots import MapFeature
from kursk_geo.sources import deepstate
from kursk_geo.sources.deepstate_status import status_of
from kursk_geo.status import Status

__all__ = ["deepstate_areas", "verify_areas"]

PUBLISHED_COLUMNS = {
    "type": "str",
    "status": "str",
    "area_km2": "float64",
    "percent": "float64",
    "hash": "str",
}


class _Area(msgspec.Struct):
    type: str = ""
    area: float | None = None
    percent: str | float | None = None
    hash: str = ""


def deepstate_areas(
    snapshot_id: int | str,
    *,
    cache_dir: str | os.PathLike[str] | None = None,
    offline: bool = False,
    endpoints: Endpoints = PUBLISHED,
) -> pd.DataFrame:
    """
    The areas that DeepState itself publishes with a map.

    Parameters
    ----------
    snapshot_id : int or str
        Of the map: its instant of publication in unix seconds, as
        ``history.snapshots`` has it.
    cache_dir : path-like, optional
        Default: ``KURSK_GEO_CACHE``, or the platform's cache folder.
    offline : bool, default False
        Never touch the network.
    endpoints : Endpoints
        Where the services are.

    Returns
    -------
    DataFrame, shape (n_areas,)
        As published, in its order: ``type`` (DeepState's word), ``status`` (ours, by
        the colour), ``area_km2`` [km²], ``percent`` (of Ukraine, 0 to 100; missing if
        it is no number) and ``hash`` (the fill colour).

    Raises
    ------
    OptionError
        If `snapshot_id` is no instant since 2022.
    LicenceError, OfflineError, DownloadError
        As `fetch_history`.
    SourceError
        If the answer is no list of areas.

    Examples
    --------
    >>> deepstate_areas(1744230000, offline=True)
    Traceback (most recent call last):
        ...
    kursk_geo.errors.OfflineError: 1 of 1 files are not in the cache ...
    >>> deepstate_areas(20250415)
    Traceback (most recent call last):
        ...
    kursk_geo.errors.OptionError: snapshot_id=20250415 was given. Expected ...
    """
    number = _checked(snapshot_id)
    with open_access(endpoints, cache_dir=cache_dir, offline=offline) as access:
        return _published(access, number)


def verify_areas(
    maps: ControlHistory | int | str,
    *,
    at: When | None = None,
    tz: str = "UTC",
    published: pd.DataFrame | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
    offline: bool = False,
    endpoints: Endpoints = PUBLISHED,
) -> pd.DataFrame:
    """
    Compute DeepState's areas again, and show the differences.

    An oracle for this library that anybody can run: area on the sphere, each feature
    by itself, nothing clipped or joined, which is how DeepState computes them.

    Parameters
    ----------
    maps : ControlHistory, int or str
        A whole history of DeepState's maps; or the id of a map, which is fetched.
    at : str, date, datetime or Timestamp, optional
        Of a history: the map that stood then. Default: the last one.
    tz : str, default "UTC"
        Zone in which a date without a time ends.
    published : DataFrame, optional
        What `deepstate_areas` gave, to stay off the network; fetched by default.
    cache_dir, offline, endpoints
        As for `deepstate_areas`.

    Returns
    -------
    DataFrame, shape (n_statuses,)
        ``status``, ``published_km2`` (missing: not published), ``computed_km2``,
        ``difference_km2`` (computed less published) [km²], ``relative_difference``
        (0.01 is 1 %), ``n_shapes``, and ``repair_km2``: area that repairs of invalid
        shapes added to a history; of a fetched map the drawn shapes are measured as
        they are. ``attrs`` tell ``snapshot_id``, ``snapshot_utc`` and ``method``.

    Raises
    ------
    OptionError
        If the history is of another source or cut to a theatre, or the id is none.
    DateNotFoundError
        If no map had been published by then.
    LicenceError, OfflineError, DownloadError, SourceError
        As `deepstate_areas`.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> history = kg.read_history("sample_data/deepstate")
    >>> row = {"type": "other_territories", "status": "held_in_russia", "area_km2": 9.0}
    >>> table = verify_areas(history, at="2024-08-01", published=pd.DataFrame([row]))
    >>> float(table.set_index("status").computed_km2["held_in_russia"])
    0.0
    """
    if isinstance(maps, ControlHistory):
        number, computed = _of_history(maps, at, tz)
    else:
        number, computed = _checked(maps), None
    with open_access(endpoints, cache_dir=cache_dir, offline=offline) as access:
        if published is None:
            published = _published(access, number)
        if computed is None:
            computed = _of_map(access, number)
    # Some statuses have several colours, each with an area of its own.
    stated = published.groupby("status")["area_km2"].sum().rename("published_km2")
    table = computed.merge(stated.reset_index(), on="status", how="outer")
    counts = {"computed_km2": 0.0, "n_shapes": 0, "repair_km2": 0.0}
    table = table.fillna(counts).astype({"n_shapes": "int64"})
    table["difference_km2"] = table["computed_km2"] - table["published_km2"]
    stated_km2 = table["published_km2"].replace(0.0, np.nan)
    table["relative_difference"] = table["difference_km2"] / stated_km2
    order = {str(status): position for position, status in enumerate(Status)}
    table = table.sort_values("status", key=lambda s: s.map(order), ignore_index=True)
    columns = ["status", "published_km2", "computed_km2", "difference_km2"]
    table = table[[*columns, "relative_difference", "n_shapes", "repair_km2"]]
    table.attrs = {
        "snapshot_id": str(number),
        "snapshot_utc": pd.Timestamp(number, unit="s", tz="UTC").isoformat(),
        "method": "spherical",
        "source": deepstate.NAME,
        "attribution": deepstate.ATTRIBUTION,
    }
    return table


def _checked(number: int | str) -> int:
    if isinstance(number, str) and number.isdecimal():
        number = int(number)
    if isinstance(number, bool) or not isinstance(number, (int, np.integer)):
        problem = True
    else:
        problem = not 1_640_000_000 <= number < 1 << 32
    if problem:
        msg = (
            f"snapshot_id={number!r} was given. Expected the instant of a map in unix "
            "seconds, such as 1744230000; history.snapshots.snapshot_id lists them."
        )
        raise OptionError(msg)
    return int(number)


def _published(access: Access, number: int) -> pd.DataFrame:
    raw = document(access, f"{number}/areas")
    try:
        rows = msgspec.json.decode(raw, type=list[_Area])
    except msgspec.DecodeError as error:
        msg = (
            f"The areas of map {number} are no list of areas: {error}. Expected "
            "objects with type, area, percent and hash. Update kursk-geo."
        )
        raise SourceError(msg) from error
    when = pd.Timestamp(number, unit="s", tz="UTC")
    era = (when >= deepstate.INCURSION_UTC, when >= deepstate.MAROON_IS_OURS_UTC)
    table = pd.DataFrame(
        [
            {
                "type": row.type,
                "status": str(status_of(row.hash, None, "", era=era)[0]),
                "area_km2": row.area,
                "percent": row.percent,
                "hash": row.hash,
            }
            for row in rows
        ],
        columns=list(PUBLISHED_COLUMNS),
    )
    table["percent"] = pd.to_numeric(table["percent"], errors="coerce")
    table = table.astype(PUBLISHED_COLUMNS)
    table.attrs = {
        "snapshot_id": str(number),
        "snapshot_utc": when.isoformat(),
        "source": deepstate.NAME,
        "attribution": deepstate.ATTRIBUTION,
    }
    return table


def _of_history(
    history: ControlHistory, at: When | None, tz: str
) -> tuple[int, pd.DataFrame]:
    """The map that stood at an instant: its id, and its areas by status."""
    if history.source != deepstate.NAME or history.theatre is not None:
        what = f"cut to {history.theatre.name!r}" if history.theatre else history.source
        msg = (
            f"A history of {what} was given. Expected a whole one of DeepState's maps: "
            "verify_areas(read_history(path))."
        )
        raise OptionError(msg)
    if at is None and not history.snapshots.empty:
        at = history.snapshots["snapshot_utc"].iloc[-1]
    snapshot = history.snapshot_at(pd.Timestamp.now("UTC") if at is None else at, tz=tz)
    shapes = history.at(snapshot["snapshot_utc"])
    table = pd.DataFrame(
        {
            "status": shapes["status"],
            "computed_km2": area_km2(shapes.geometry, method="spherical"),
            "repair_km2": shapes["repair_km2"],
        }
    )
    return int(snapshot["snapshot_id"]), _by_status(table)


def _of_map(access: Access, number: int) -> pd.DataFrame:
    """Areas by status of a map, as it was drawn: nothing is repaired."""
    parcel = fetch_map(access, number)
    (parsed,) = deepstate.parse(parcel.path.read_bytes(), parcel.name)
    areas = [one for one in parsed.features if isinstance(one, MapFeature)]
    shapes = as_array([_geometry(one) for one in areas])
    polygons, position = explode(shapes)
    table = pd.DataFrame(
        {
            "status": [str(areas[at].status) for at in position],
            "computed_km2": area_km2(polygons, method="spherical"),
            "repair_km2": 0.0,
        }
    )
    return _by_status(table)


def _geometry(feature: MapFeature) -> BaseGeometry:
    geometry = feature.geometry
    return shapely.from_geojson(geometry) if isinstance(geometry, bytes) else geometry


def _by_status(table: pd.DataFrame) -> pd.DataFrame:
    grouped = table.groupby("status", as_index=False)
    sums: pd.DataFrame = grouped[["computed_km2", "repair_km2"]].sum()
    return sums.merge(grouped.size().rename(columns={"size": "n_shapes"}), on="status")
