"""Histories of any size, drawn by rule: what the growth of costs is measured on."""

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
