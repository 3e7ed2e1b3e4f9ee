"""Places that changed hands, and the tables they are read from."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kursk_geo._files import kind_of
from kursk_geo.errors import (
    OptionError,
    ReferenceDataError,
    SnapshotError,
    check_number,
    mistaken,
)
from kursk_geo.formats import read_table, unzip
from kursk_geo.geometry import WGS84, why
from kursk_geo.history import ControlHistory, selected_theatre
from kursk_geo.periods import DAY, TEXT
from kursk_geo.reference import read_shapes

GEONAMES = {0: "geonameid", 1: "name", 4: "latitude", 5: "longitude", 6: "class"}
N_GEONAMES = 19
"""Columns of a GeoNames dump: https://download.geonames.org/export/dump/readme.txt"""

ALIASES = {
    "name": ("name", "place", "settlement", "title", "asciiname"),
    "lon": ("lon", "longitude", "lng", "long", "@lon", "x"),
    "lat": ("lat", "latitude", "@lat", "y"),
    "place_id": ("place_id", "geonameid", "osm_id", "@id", "id"),
}
TABLES = (".csv", ".txt", ".tsv", ".zip")


def read_places(
    path: str | Path, *, feature_class: str | None = "P"
) -> gpd.GeoDataFrame:
    """
    Read a table of places.

    Parameters
    ----------
    path : str or Path
        A GeoNames dump (``RU.txt``, or ``RU.zip`` as it is downloaded); a table with a
        header that has a name, longitude and latitude under one of their usual names
        (``.csv``, ``.tsv``, ``.txt``; comma, semicolon or tab); or points in any format
        that GDAL reads, such as GeoJSON.
    feature_class : str or None, default "P"
        Of a GeoNames dump: the class to keep. P are populated places, None keeps all.

    Returns
    -------
    GeoDataFrame, shape (n_places,)
        ``place_id`` (of the file, or else the row's position), ``name``, ``lon``,
        ``lat`` and ``geometry``, in EPSG:4326. Names are kept as they are written:
        "NA" is a village.

    Raises
    ------
    ReferenceDataError
        If the file cannot be read, lacks a column, or a row has no place on earth.

    Examples
    --------
    >>> read_places("sample_data/places/places.csv").name.head(2).tolist()
    ['Sudzha', 'Guyevo']
    >>> read_places("no-such-file.csv")
    Traceback (most recent call last):
        ...
    kursk_geo.errors.ReferenceDataError: There is no no-such-file.csv. Expected ...
    """
    path = Path(path)
    if (kind := kind_of(path)) != "file":
        given = f"{path} is a folder" if kind else f"There is no {path}"
        msg = (
            f"{given}. Expected a table of places: a GeoNames dump, a CSV with name, "
            "lon and lat, or points as GeoJSON."
        )
        raise ReferenceDataError(msg)
    if path.suffix.lower() not in TABLES:
        return located(read_shapes(path, what="places"), path)
    raw = path.read_bytes()
    if path.suffix.lower() == ".zip":
        try:
            files = unzip(raw, f"Cannot read {path}", suffixes=TABLES)
        except SnapshotError as error:
            raise ReferenceDataError(str(error)) from error
        tables = [text for name, text in files.items() if "readme" not in name.lower()]
        if len(tables) != 1:
            msg = (
                f"{path} holds {len(tables)} tables. Expected one beside the readme, "
                "as in a GeoNames dump: unpack it and name the table."
            )
            raise ReferenceDataError(msg)
        raw = tables[0]
    first = raw.partition(b"\n")[0].decode("utf-8-sig", "replace")
    dump = first.count("\t") == N_GEONAMES - 1 and "geonameid" not in first.lower()
    names = [GEONAMES.get(at, str(at)) for at in range(N_GEONAMES)]
    try:
        table = read_table(raw, names if dump else None)
    except ValueError as error:
        msg = (
            f"Cannot read {path} as a table: {why(error, raw)}. Expected UTF-8 text "
            "with one place a line, and a header with name, lon and lat."
        )
        raise ReferenceDataError(msg) from error
    if dump and feature_class is not None:
        table = table[table["class"] == feature_class]
    return located(table, path)


def located(table: pd.DataFrame, told: Path | str) -> gpd.GeoDataFrame:
    """Places with their columns named, and their coordinates checked."""
    if isinstance(table, gpd.GeoDataFrame):
        geometry = table.geometry
        kinds = sorted(set(geometry.geom_type.fillna("nothing")) - {"Point"})
        if kinds:
            msg = (
                f"{told}: there are {', '.join(kinds)}. Expected points; "
                "places.geometry.representative_point() makes one of each area."
            )
            raise ReferenceDataError(msg)
        own = {*ALIASES["lon"], *ALIASES["lat"], geometry.name}
        kept = [column for column in table if str(column).lower() not in own]
        table = pd.DataFrame(table[kept]).assign(lon=geometry.x, lat=geometry.y)
    lower = {str(column).strip().lower(): column for column in table.columns}
    found = {
        name: lower[alias]
        for name, aliases in ALIASES.items()
        for alias in reversed(aliases)
        if alias in lower
    }
    missing = [name for name in ("name", "lon", "lat") if name not in found]
    if missing:
        msg = (
            f"{told} has no column for {', '.join(missing)}, but "
            f"{', '.join(map(str, lower)) or 'none'}. Expected name, lon and lat: "
            "rename its columns."
        )
        raise ReferenceDataError(msg)
    lon, lat = (
        pd.to_numeric(table[found[axis]], errors="coerce").to_numpy(dtype=float)
        for axis in ("lon", "lat")
    )
    nowhere = ~((np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0))
    if nowhere.any():
        row = table.iloc[int(np.flatnonzero(nowhere)[0])]
        msg = (
            f"{told}: {row[found['name']]!r} lies at lon {row[found['lon']]!r}, lat "
            f"{row[found['lat']]!r}. Expected degrees with a decimal point; correct or "
            f"leave out such rows ({int(nowhere.sum())} of {len(table)})."
        )
        raise ReferenceDataError(msg)
    position = pd.Series(range(len(table)), index=table.index)
    ids = table[found["place_id"]] if "place_id" in found else position
    columns = {"place_id": ids.astype(str), "name": table[found["name"]].astype(str)}
    return gpd.GeoDataFrame(
        pd.DataFrame(columns, dtype=TEXT).assign(lon=lon, lat=lat),
        geometry=shapely.points(lon, lat),
        crs=WGS84,
    ).reset_index(drop=True)


NOTHING, CONTESTED, HELD = 0, 1, 2
WORDS = np.array(["", "contested", "held"], dtype=object)
TIMES = ["since_utc", "since_confirmed_utc", "until_utc", "until_confirmed_utc"]
COLUMNS = ["place_id", "name", "lon", "lat", "status", *TIMES, "days"]


def settlements(
    history: ControlHistory, places: pd.DataFrame, *, agree: int = 2
) -> gpd.GeoDataFrame:
    """
    Places inside held or contested ground, since when and until when.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre.
    places : GeoDataFrame or DataFrame, shape (n_places,)
        Points, as `read_places` gives them; ``name`` and ``place_id`` are taken over
        where they are there. Rows without a point are left out. A table without
        geometry needs ``name``, ``lon`` and ``lat``.
    agree : int, default 2
        Maps in a row that must show a change before it counts; 1 believes each map.

    Returns
    -------
    GeoDataFrame, shape (n_periods,)
        One row a place and period, sorted by beginning and name, in EPSG:4326:
        ``place_id``, ``name``, ``lon``, ``lat``, ``status`` ("held" or "contested";
        ground that is both is held), ``since_utc`` (the first map that showed it),
        ``since_confirmed_utc`` (the map that agreed), ``until_utc`` and
        ``until_confirmed_utc`` (likewise for what came next; NaT if it lasts to the
        last map), ``days`` (until the last map where it lasts) and ``geometry``. Places
        never inside have no row.

    Raises
    ------
    TheatreError
        If no theatre has been selected.
    OptionError
        If `agree` is less than 1, or `places` are not points in a known system.
    ReferenceDataError
        If a table without geometry lacks a column, or a row has no place on earth.

    Notes
    -----
    A place is a point, and maps are redrawn: what one map alone shows does not count,
    and the status before it stands on. A place that the first map shows inside was so
    since then at the latest. A point on the edge is inside. Publishing a map again
    counts as agreeing.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.sample_history().select(kg.theatre("kursk"))
    >>> places = kg.read_places("sample_data/places/places.csv")
    >>> table = kg.settlements(kursk, places)
    >>> "Sudzha" in set(table.name)
    True
    >>> kg.settlements(kursk, places.head(0)).empty
    True
    """
    theatre = selected_theatre(history)
    told = "a number of maps. Expected 1 or more."
    check_number("agree", agree, told, least=1)
    given: object = places
    if not isinstance(given, pd.DataFrame):
        expected = "points with their names: kg.read_places({path})"
        raise OptionError(mistaken(given, "a table of places", expected))
    if isinstance(places, gpd.GeoDataFrame):
        if places.crs is None:
            msg = (
                "The places name no coordinate reference system. Expected one: read "
                "them with kursk_geo.read_places(), or places.set_crs('EPSG:4326') "
                "first."
            )
            raise OptionError(msg)
        name, number = places.get("name", ""), range(len(places))
        there = ~(places.geometry.isna() | places.geometry.is_empty)
        places = places.assign(name=name, place_id=places.get("place_id", number))
        places = places[there].to_crs(WGS84)
    points = located(places, "The table of places")
    # What each map shows of each place that is ever inside: contested, held or nothing.
    shapes, published = history.shapes, history.snapshots["snapshot_utc"]
    distinct = shapes.drop_duplicates("shape_id")
    tree = shapely.STRtree(distinct.geometry.to_numpy())
    point, shape = tree.query(points.geometry.to_numpy(), predicate="intersects")
    hits = pd.DataFrame(
        {"point": point, "shape_id": distinct["shape_id"].to_numpy()[shape]}
    ).merge(shapes[["shape_id", "status", "valid_from", "valid_to"]], on="shape_id")
    counted = {str(status): CONTESTED for status in theatre.contested}
    counted |= {str(status): HELD for status in theatre.held}
    hits["code"] = hits["status"].map(counted)
    hits = hits.dropna(subset=["code"]).sort_values("code")  # held ground comes last
    position, hit = np.unique(hits["point"], return_inverse=True)
    begin = published.searchsorted(hits["valid_from"])
    end = published.searchsorted(hits["valid_to"].fillna(published.max() + DAY))
    codes = np.zeros((len(position), len(published)), dtype=np.int8)
    for row, start, stop, code in zip(hit, begin, end, hits["code"], strict=True):
        codes[row, start:stop] = code
    # What fewer maps in a row show gives way to what stood before.
    run = np.cumsum(np.diff(codes, axis=1, prepend=np.int8(-1)) != 0) - 1
    agreed = (np.bincount(run)[run] >= agree).reshape(codes.shape)
    latest = np.where(agreed, np.arange(1, len(published) + 1), 0)
    latest = np.maximum.accumulate(latest, axis=1)
    before = np.full((len(codes), 1), NOTHING, dtype=np.int8)
    believed = np.take_along_axis(np.hstack([before, codes]), latest, axis=1)
    # Place, first map and the map after the last of each run that is not nothing.
    padded = np.pad(believed, ((0, 0), (1, 1)), constant_values=NOTHING)
    place, at = np.nonzero(np.diff(padded, axis=1))
    runs = np.flatnonzero(padded[place, at + 1] != NOTHING)
    place, first, after = place[runs], at[runs], at[runs + 1]
    times = published.reindex(range(len(published) + 1)).array
    confirmed = np.minimum(after + agree - 1, len(published))
    table = pd.DataFrame(
        {
            "since_utc": times[first],
            "since_confirmed_utc": times[first + agree - 1],
            "until_utc": times[after],
            "until_confirmed_utc": times[confirmed],
        },
        index=pd.RangeIndex(len(place)),
    )
    lasted = table["until_utc"].fillna(published.max()) - table["since_utc"]
    table["days"] = lasted.dt.total_seconds() / DAY.total_seconds()
    table["status"] = WORDS[believed[place, first]]
    table = points.iloc[position[place]].reset_index(drop=True).join(table)
    table = table.sort_values(["since_utc", "name", "place_id"], ignore_index=True)
    table = table[[*COLUMNS, "geometry"]]
    table.attrs = {**history.about, "agree": agree}
    return table
