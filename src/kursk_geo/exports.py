"""Tables and shapes for other tools: GIS, spreadsheets, databases."""

import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from kursk_geo._files import make_folder, signed, write_whole, writing
from kursk_geo._text import csv_text, json_text, records, sheet
from kursk_geo.change import change_between, front_line
from kursk_geo.errors import LicenceError, OptionError, check_word
from kursk_geo.events import section_history
from kursk_geo.geometry import as_array, orient
from kursk_geo.ground import Ground
from kursk_geo.history import ControlHistory, selected_theatre
from kursk_geo.measure import measure
from kursk_geo.periods import When
from kursk_geo.reference import bundled
from kursk_geo.sources.files import kept_back

__all__ = ["LAYERS", "export"]

LAYERS = ("shapes", "states", "sections", "change", "front")
"""What can be written."""
ENDINGS = (".gpkg", ".fgb", ".geojson", ".parquet", ".csv", ".xlsx")


def export(
    history: ControlHistory,
    path: str | Path,
    *,
    layers: Sequence[str] = (),
    start: When | None = None,
    end: When | None = None,
    at: When | None = None,
    tz: str = "UTC",
    with_geometry: bool = False,
) -> Path:
    """
    Write a history and what is measured on it for other tools.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre.
    path : str or Path
        File to write; its ending says how: ``.gpkg`` (GeoPackage with styles for QGIS),
        ``.fgb`` (FlatGeobuf), ``.parquet`` (GeoParquet), ``.geojson``, or figures
        without shapes as ``.csv`` or ``.xlsx``.
    layers : sequence of str, optional
        Which of "shapes", "states", "sections", "change" and "front". A GeoPackage or a
        workbook holds all by default, the others one: "states".
    start, end : str, date, datetime or Timestamp, optional
        First and last day of the maps; "change" is between these two.
    at : str, date, datetime or Timestamp, optional
        Day of "front", by default that of the last map.
    tz : str, default "UTC"
        Zone in which days begin and end.
    with_geometry : bool, default False
        Write shapes also where the licence of the source does not allow passing them
        on: for your own use alone.

    Returns
    -------
    Path
        Of the file. Beside a ``.csv`` lies a ``.csv.json`` that says where its figures
        come from; the other files say it inside.

    Raises
    ------
    OptionError
        If the ending or a layer is not known, or the file cannot be written.
    LicenceError
        If shapes are asked for that may not be passed on.
    TheatreError
        If no theatre has been selected.

    Notes
    -----
    Shapes are cut to the theatre. "states" has one row a state, with held ground as its
    geometry and the figures of `measure` beside it; "sections" one row a section and
    unbroken period, "change" the ground gained, lost and kept, "front" the lines.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.sample_history().select("kursk")
    >>> file = kg.export(kursk, "kursk.gpkg")  # doctest: +SKIP
    """
    path = Path(path)
    ending = path.suffix.lower()
    many = ending in {".gpkg", ".xlsx"}
    asked = list(dict.fromkeys(layers)) or (list(LAYERS) if many else ["states"])
    check_word("ending", ending, ENDINGS)
    for name in asked:
        check_word("layer", name, LAYERS)
    if len(asked) > 1 and not many:
        msg = (
            f"{path} holds one layer, and {len(asked)} were asked for. Expected one: "
            "write a .gpkg or .xlsx for several."
        )
        raise OptionError(msg)
    theatre = selected_theatre(history)
    told = "" if ending in {".csv", ".xlsx"} else kept_back(history)
    if told and not with_geometry:
        msg = (
            f"{told} Expected a file that ends in .csv or .xlsx, whose figures may be "
            "published; or, for your own use alone, with_geometry=True "
            "(--with-geometry)."
        )
        raise LicenceError(msg)
    cut = history.between(start, end, tz=tz)
    tables = {name: _layer(name, cut, at, tz) for name in asked}
    first, last = cut.snapshots["snapshot_utc"].iloc[[0, -1]]
    facts = {
        "software": f"kursk_geo {version('kursk-geo')}",
        **history.about,
        "licence": history.licence,
        "held": " ".join(sorted(theatre.held)),
        "contested": " ".join(sorted(theatre.contested)),
        "clipped": str(history.clipped),
        "area_method": "geodesic",
        "first_snapshot_utc": first.isoformat(),
        "last_snapshot_utc": last.isoformat(),
    }
    sealed = {name: str(value) for name, value in signed(facts).items()}
    table = tables[asked[0]]
    make_folder(path.parent)
    if ending == ".csv":
        write_whole(path, csv_text(table).encode())
        beside = json_text(signed(facts)).encode()
        write_whole(path.with_name(f"{path.name}.json"), beside)
        return path
    with writing(path) as draft:
        if ending == ".geojson":
            # As RFC 7946 says; the facts tell `read_history` that this is no map.
            outlines = shapely.to_geojson(orient(as_array(table.geometry)))
            features = [
                {"type": "Feature", "properties": row, "geometry": json.loads(outline)}
                for row, outline in zip(records(table), outlines, strict=True)
            ]
            head = {"type": "FeatureCollection", **signed(facts)}
            draft.write_text(json_text(head, features=features), encoding="utf-8")
        elif ending == ".parquet":
            table.attrs = sealed
            table.to_parquet(draft, compression="zstd", index=False)
        elif ending == ".xlsx":
            about = pd.DataFrame(sealed.items(), columns=["name", "value"])
            for name, rows in {"about": about, **tables}.items():
                _add(draft, "XLSX", name, sheet(rows))
        else:
            # A state without held ground has no place in FlatGeobuf's index.
            options: dict[str, Any] = {"layer_options": {"SPATIAL_INDEX": "NO"}}
            if ending == ".gpkg":
                options = {"layer_metadata": sealed}
            for name, shapes in tables.items():
                rows = shapes.reset_index(drop=True)
                rows.attrs = {}
                kind = "LineString" if name == "front" else "Polygon"
                options |= {"promote_to_multi": True, "geometry_type": f"Multi{kind}"}
                _add(draft, "GPKG" if many else "FlatGeobuf", name, rows, **options)
            if ending == ".gpkg":
                styles = _styles(asked, last)
                _add(draft, "GPKG", "layer_styles", styles, layer_options={"FID": "id"})
    return path


def _add(
    path: Path,
    driver: str,
    layer: str,
    rows: pd.DataFrame,
    **options: Any,  # noqa: ANN401  (of pyogrio)
) -> None:
    """Put a layer into a file, which is made for the first one."""
    pyogrio.write_dataframe(
        rows, path, driver=driver, layer=layer, append=path.exists(), **options
    )


def _layer(
    name: str, history: ControlHistory, at: When | None, tz: str
) -> gpd.GeoDataFrame:
    """One of the layers."""
    if name == "shapes":
        return history.shapes
    if name == "sections":
        return section_history(history)
    first, last = history.snapshots["snapshot_utc"].iloc[[0, -1]]
    if name == "change":
        return change_between(history, first, last, tz=tz)
    if name == "front":
        return front_line(history, at=last if at is None else at, tz=tz)
    # Held ground of each state, with its figures and its period.
    table = measure(history, every="change", tz=tz).reset_index()
    table = table.drop(columns="staleness_days")
    table = table.rename(columns={"snapshot_utc": "valid_from"})
    table.insert(1, "valid_to", table["valid_from"].shift(-1))
    ground = Ground(history)
    held = [ground.union(ground.shown(moment)[0]) for moment in table["valid_from"]]
    shapes = [shapely.MultiPolygon() if one.is_empty else one for one in held]
    return gpd.GeoDataFrame(table, geometry=shapes, crs=history.shapes.crs)


# Styles for QGIS


def _styles(layers: Sequence[str], updated: pd.Timestamp) -> pd.DataFrame:
    """The colours of the pictures, in the table where QGIS looks for styles."""
    from jinja2 import Template  # noqa: PLC0415  (seldom needed)

    from kursk_geo.plot.canvas import COLOURS, LIGHT  # noqa: PLC0415  (loads matplotlib)

    kept = {"kept": LIGHT["held"]}
    kinds = {
        "shapes": ("status", {str(key): value for key, value in COLOURS.items()}),
        "change": ("change", {one: LIGHT[one] for one in ("gained", "lost")} | kept),
        "front": ("moved", {"true": LIGHT["lost"], "false": LIGHT["ink"]}),
    }
    style = Template(bundled("qgis.qml.j2"), trim_blocks=True, lstrip_blocks=True)
    texts = []
    for layer in layers:
        column, colours = kinds.get(layer, ("", {"": LIGHT["held"]}))
        kind = "line" if layer == "front" else "fill"
        texts.append(style.render(column=column, colours=colours, kind=kind))
    return pd.DataFrame({"f_table_name": layers, "styleQML": texts}).assign(
        f_table_catalog="",
        f_table_schema="",
        f_geometry_column="geom",
        styleName="kursk_geo",
        styleSLD="",
        useAsDefault=True,
        description="kursk_geo",
        owner="",
        ui="",
        update_time=updated,
    )
