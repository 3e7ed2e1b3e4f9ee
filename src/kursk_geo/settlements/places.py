"""Tables of places: GeoNames dumps, CSV with names and coordinates, points."""

from csv import QUOTE_NONE
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio.errors
import shapely

from kursk_geo.errors import ReferenceDataError
from kursk_geo.geometry import WGS84

GEONAMES = (
    "geonameid", "name", "asciiname", "alternatenames", "latitude", "longitude",
    "feature class", "feature code", "country code", "cc2", "admin1 code",
    "admin2 code", "admin3 code", "admin4 code", "population", "elevation", "dem",
    "timezone", "modification date",
)  # fmt: skip
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
    if not path.is_file():
        given = f"{path} is a folder" if path.is_dir() else f"There is no {path}"
        msg = (
            f"{given}. Expected a table of places: a GeoNames dump, a CSV with name, "
            "lon and lat, or points as GeoJSON."
        )
        raise ReferenceDataError(msg)
    if path.suffix.lower() not in TABLES:
        return located(_features(path), path)
    raw = _text(path)
    first = raw.partition(b"\n")[0].decode("utf-8-sig", "replace")
    if first.count("\t") == len(GEONAMES) - 1 and "geonameid" not in first.lower():
        table = _table(raw, path, sep="\t", names=GEONAMES)
        if feature_class is not None:
            table = table[table["feature class"] == feature_class]
        return located(table, path)
    sep = max(",;\t", key=first.count)
    return located(_table(raw, path, sep=sep, names=None), path)


def _text(path: Path) -> bytes:
    """The bytes of a table, or of the one table in a ZIP."""
    if path.suffix.lower() != ".zip":
        return path.read_bytes()
    try:
        with ZipFile(path) as archive:
            names = [n for n in archive.namelist() if "readme" not in n.lower()]
            if len(names) == 1:
                return archive.read(names[0])
    except (BadZipFile, OSError) as error:
        msg = f"Cannot read {path}: {error}. Expected a ZIP: download it again."
        raise ReferenceDataError(msg) from error
    msg = (
        f"{path} holds {len(names)} files. Expected one table beside the readme, as in "
        "a GeoNames dump: unpack it and name the table."
    )
    raise ReferenceDataError(msg)


def _table(
    raw: bytes, path: Path, *, sep: str, names: tuple[str, ...] | None
) -> pd.DataFrame:
    try:
        table: pd.DataFrame = pd.read_csv(
            BytesIO(raw),
            sep=sep,
            header="infer" if names is None else None,
            names=None if names is None else list(names),
            # A quotation mark in a GeoNames name stands for itself.
            quoting=0 if names is None else QUOTE_NONE,
            dtype=str,
            keep_default_na=False,
            encoding="utf-8-sig",
        )
    except (ValueError, pd.errors.ParserError) as error:
        msg = (
            f"Cannot read {path} as a table: {error}. Expected UTF-8 text with one "
            "place a line, and a header with name, lon and lat."
        )
        raise ReferenceDataError(msg) from error
    return table


def _features(path: Path) -> pd.DataFrame:
    """Points of a file that GDAL reads, with their longitude and latitude."""
    try:
        shapes = gpd.read_file(path)
    except (pyogrio.errors.DataSourceError, OSError, ValueError) as error:
        msg = (
            f"Cannot read {path}: {error}. Expected points in a GeoJSON or another "
            "file that GDAL reads, or a table (.csv, .tsv, .txt)."
        )
        raise ReferenceDataError(msg) from error
    geometry = shapes.geometry if shapes.crs is None else shapes.geometry.to_crs(WGS84)
    kinds = sorted(set(geometry.geom_type.fillna("nothing")) - {"Point"})
    if kinds:
        msg = (
            f"Among the places of {path} there are {', '.join(kinds)}. Expected "
            "points: make one of each area with .representative_point()."
        )
        raise ReferenceDataError(msg)
    others = shapes.drop(columns=shapes.geometry.name)
    own = {alias for names in (ALIASES["lon"], ALIASES["lat"]) for alias in names}
    kept = [column for column in others if column.lower() not in own]
    table: pd.DataFrame = others[kept].assign(lon=geometry.x, lat=geometry.y)
    return table


def located(table: pd.DataFrame, told: Path | str) -> gpd.GeoDataFrame:
    """Places with their columns named, and their coordinates checked."""
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
        pd.DataFrame(columns, dtype="str").assign(lon=lon, lat=lat),
        geometry=shapely.points(lon, lat),
        crs=WGS84,
    ).reset_index(drop=True)
