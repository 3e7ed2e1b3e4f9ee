"""
Write the outlines of the presets anew: src/kursk_geo/data/theatres.geojson.

    python .ci/make_theatres.py

They are made of the bundled border and oblasts, and of what stands here. Figures hang
on every bit of them: tests/golden.json tells whether any changed.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from kursk_geo import reference
from kursk_geo.geometry import measuring_crs, project, unproject

TARGET = Path(__file__).resolve().parents[1] / "src/kursk_geo/data/theatres.geojson"

# Oblast lines inland, by a few vertices on a grid of 0.05 degrees; the oblasts meet the
# border at 34.386 E 51.843 N (Bryansk, Kursk) and 35.351 E 50.975 N (Kursk, Belgorod).
# On the Ukrainian side the outlines are wide: the border cuts them. The bundled oblasts
# are rounded to 1 m at the border, which changes figures in the fourth decimal.
OBLASTS = {
    "kursk": """
    34.386 51.843   34.350 51.900   34.450 51.950   34.500 52.050   34.700 52.100
    34.700 52.200   34.800 52.200   34.950 52.350   35.450 52.400   35.600 52.450
    35.700 52.250   36.300 52.350   36.400 52.350   36.500 52.200   37.100 52.100
    37.350 51.950   37.700 52.000   38.050 51.900   38.250 51.950   38.450 51.950
    38.500 51.750   38.150 51.650   38.250 51.500   38.400 51.400   38.350 51.300
    38.300 51.300   37.900 51.400   37.400 51.400   37.200 51.350   37.100 51.250
    36.900 51.200   36.750 51.100   36.500 51.100   36.050 51.150   36.000 51.050
    35.900 50.950   35.750 50.950   35.600 50.900   35.351 50.975   35.000 50.800
    33.800 50.800   33.800 51.843
""",
    "belgorod": """
    35.351 50.975   35.600 50.900   35.750 50.950   35.900 50.950   36.000 51.050
    36.050 51.150   36.500 51.100   36.750 51.100   36.900 51.200   37.100 51.250
    37.200 51.350   37.400 51.400   37.900 51.400   38.300 51.300   38.450 51.300
    38.400 51.100   38.600 51.050   38.800 51.100   38.850 50.950   38.700 50.900
    38.850 50.800   38.900 50.700   39.100 50.600   39.050 50.450   39.100 50.300
    39.150 50.200   39.250 50.000   39.200 49.850   39.200 49.400   35.000 49.400
    35.000 50.975
""",
}
STRIP_KM = 40.0
"""How far the strips of 2024 and 2025 reach into Ukraine. [km]"""
STRIPS = {"kharkiv": (35.9, 37.4), "sumy": (33.4, 35.4)}
"""The longitudes between which they lie. [degrees]"""
SEA_KM = 30.0
"""Ground this far off the coast of Ukraine is Ukraine's: lagoons, spits. [km]"""
MARGIN_KM = 1.0
"""Maps of the country leave the bundled border by up to this. [km]"""
UKRAINE_BOX = shapely.box(22.0, 44.0, 60.0, 58.0)


def main() -> None:
    border, russia = reference.border(), reference.russia()
    ukraine = shapely.difference(UKRAINE_BOX, russia)
    found: dict[str, BaseGeometry] = {}
    for name, text in OBLASTS.items():
        corners = np.array(text.split(), dtype=float).reshape(-1, 2)
        found[name] = shapely.intersection(shapely.Polygon(corners), russia)
    for name, (west, east) in STRIPS.items():
        band = shapely.box(west, 44.0, east, 54.0)
        line = shapely.intersection(border, band)
        crs = measuring_crs(line)
        near = unproject(project(line, crs).buffer(STRIP_KM * 1e3), crs)
        found[name] = shapely.intersection_all([near, ukraine, band])
    # With a belt of sea: what a map draws far from it is not Ukraine.
    country = reference.ukraine()
    crs = measuring_crs(country)
    near = project(country, crs).simplify(500.0).buffer((SEA_KM + 0.5) * 1e3)
    # A margin, so that maps whose line is not quite the bundled one lose nothing.
    around = shapely.intersection(ukraine, shapely.box(*country.bounds).buffer(1.0))
    # A parallel is no straight line in the plane: 20 km off over the width.
    own = project(shapely.segmentize(around, 0.1), crs).buffer(MARGIN_KM * 1e3)
    found["ukraine"] = unproject(shapely.intersection(near, own), crs)
    # Donetsk Oblast is the one that has a coast and the border; its coast is what of
    # its outline lies near no other oblast and not near Russia.
    oblasts = reference.oblasts().set_index("iso").geometry
    others = shapely.union_all(oblasts.drop("UA-14").to_numpy()).buffer(0.03)
    inland = shapely.union(others, border.buffer(0.01))
    found["coast"] = shapely.difference(oblasts["UA-14"].boundary, inland)
    features = [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        for name, shape in found.items()
    ]
    lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in features)
    text = f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'
    TARGET.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
