"""Histories of any size, drawn by rule: what the growth of costs is measured on."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

import kursk_geo as kg
from kursk_geo.geometry import as_array, geometry_ids
from kursk_geo.history import rejected_table, shapes_table, snapshots_table

START = pd.Timestamp("2022-02-24T00:00Z")


def history_of(shapes: pd.DataFrame, published: pd.DatetimeIndex) -> kg.ControlHistory:
    """Shapes with their periods, as if maps of these instants had been read."""
    snapshots = pd.DataFrame({"snapshot_utc": published, "source": "drawn"})
    snapshots["snapshot_id"] = [str(number) for number in range(len(published))]
    snapshots = snapshots.assign(origin="", sha256="", n_features=0, n_rejected=0)
    return kg.ControlHistory(
        snapshots_table(snapshots),
        shapes_table(shapes.assign(label="", repair_km2=0.0)),
        rejected_table(pd.DataFrame()),
        source="drawn",
    )


def stars(n: int, *, vertices: int, seed: int = 0) -> np.ndarray:
    """Polygons of about 100 km², each about a point of its own on a grid of 20."""
    random = np.random.default_rng(seed)
    angle = np.linspace(0.0, 2 * np.pi, vertices, endpoint=False)
    radius = 0.05 * (1.0 + 0.3 * random.random((n, vertices)))
    place = np.arange(n) % 20
    x = 34.0 + 0.2 * (place % 5) + radius[:, :].T * np.cos(angle)[:, None]
    y = 51.2 + 0.2 * (place // 5) + radius[:, :].T * 0.62 * np.sin(angle)[:, None]
    rings = np.stack([x.T, y.T], axis=-1)
    return np.asarray(shapely.polygons(rings))


def redrawn(n_maps: int, *, vertices: int = 100, step: int = 4) -> kg.ControlHistory:
    """Maps of 20 polygons, of which one is redrawn in every fourth (or other step)."""
    published = START + pd.to_timedelta(np.arange(n_maps), unit="h")
    n = 20 + (n_maps - 1) // step
    geometry = stars(n, vertices=vertices)
    first = np.concatenate([np.zeros(20, int), step * np.arange(1, n - 19)])
    last = np.full(n, n_maps)
    last[:-20] = first[20:]
    ends = published.append(pd.DatetimeIndex([pd.NaT], tz="UTC"))
    shapes = pd.DataFrame(
        {
            "status": "held_in_russia",
            "valid_from": published[first],
            "valid_to": ends[last],
            "shape_id": geometry_ids(geometry),
            "geometry": geometry,
        }
    )
    return history_of(shapes, published)


def cells(n_side: int, n_days: int, *, share: float = 0.2) -> kg.ControlHistory:
    """A net of places, some of them held; each day a few change hands."""
    random = np.random.default_rng(0)
    west, south = (a.ravel() for a in np.meshgrid(*[np.arange(n_side)] * 2))
    geometry = as_array(
        shapely.box(
            33 + west / 20, 48 + south / 20, 33.05 + west / 20, 48.05 + south / 20
        )
    )
    published = START + pd.to_timedelta(np.arange(n_days), unit="D")
    held = west < share * n_side
    rows, since = [], np.where(held, 0, -1)
    for day in range(1, n_days):
        near = np.flatnonzero(np.abs(west - share * n_side) < 3)
        for cell in random.choice(near, size=20, replace=False):
            if since[cell] >= 0:
                rows.append((cell, since[cell], day))
            since[cell] = -1 if since[cell] >= 0 else day
    rows += [(cell, since[cell], n_days) for cell in np.flatnonzero(since >= 0)]
    cell, first, last = np.array(rows).T
    ends = published.append(pd.DatetimeIndex([pd.NaT], tz="UTC"))
    ids = geometry_ids(geometry)
    shapes = pd.DataFrame(
        {
            "status": "occupied",
            "valid_from": published[first],
            "valid_to": ends[last],
            "shape_id": ids[cell],
            "geometry": geometry[cell],
        }
    )
    return history_of(shapes.sort_values("valid_from"), published)


def write_maps(folder: Path, n_maps: int) -> Path:
    """As `redrawn`, as files in DeepState's format, of 20 vertices a polygon."""
    folder.mkdir()
    rings = [
        np.round(shapely.get_coordinates(one), 6).tolist()
        for one in stars(20 + (n_maps - 1) // 4, vertices=20)
    ]
    features = [
        json.dumps(
            {
                "type": "Feature",
                "properties": {"name": "drawn", "fill": "#01579b"},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
        for ring in rings
    ]
    for number in range(n_maps):
        shown = ",".join(features[number // 4 : number // 4 + 20])
        published = START + pd.Timedelta(number, "h")
        path = folder / f"{published.timestamp():.0f}.geojson"
        path.write_text(f'{{"type":"FeatureCollection","features":[{shown}]}}')
    return folder


def write_places(folder: Path, n_side: int, n_days: int) -> Path:
    """A year's table of control as VIINA writes it, a fifth of the places held."""
    folder.mkdir()
    random = np.random.default_rng(0)
    column, row = (a.ravel() for a in np.meshgrid(*[np.arange(n_side)] * 2))
    west, south = 33 + column / 20, 48 + row / 20
    boxes = shapely.box(west, south, west + 0.05, south + 0.05)
    cells = [
        {
            "type": "Feature",
            "properties": {"geonameid": number, "name": "drawn", "ADM1_NAME": "drawn"},
            "geometry": json.loads(shapely.to_geojson(box)),
        }
        for number, box in enumerate(boxes)
    ]
    drawn = json.dumps({"type": "FeatureCollection", "features": cells})
    (folder / "gn_UA_tess.geojson").write_text(drawn)
    held = column < 0.2 * n_side
    near = np.flatnonzero(np.abs(column - 0.2 * n_side) < 3)
    with (folder / "control_latest_2024.csv").open("w") as table:
        table.write(
            "geonameid,date,status_wiki,status_boost,status_dsm,status_isw,status\n"
        )
        for day in pd.date_range("2024-01-01", periods=n_days):
            changed = random.choice(near, size=20, replace=False)
            held[changed] = ~held[changed]
            words = np.where(held, "RU", "UA").tolist()
            table.writelines(
                f"{number},{day:%Y%m%d},,{word},{word},{word},{word}\n"
                for number, word in enumerate(words)
            )
    return folder
