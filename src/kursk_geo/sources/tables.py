"""Vector files of any format as tables, from their bytes."""

import io
import zipfile
from collections.abc import Mapping
from warnings import catch_warnings, filterwarnings

import geopandas as gpd

from kursk_geo.errors import SnapshotError

__all__ = ["SHAPEFILE", "read_table", "zip_shapefile"]

SHAPEFILE = (".shp", ".shx", ".dbf", ".prj", ".cpg")
"""The parts of a shapefile; the first three it cannot do without."""
PARQUET = (".parquet", ".geoparquet")


def read_table(raw: bytes, name: str, *, layer: str | None = None) -> gpd.GeoDataFrame:
    """
    A table of shapes from the bytes of a file.

    Raises
    ------
    SnapshotError
        If the file cannot be read, or holds no geometry.
    """
    try:
        if name.lower().endswith(PARQUET):
            table = gpd.read_parquet(io.BytesIO(raw))
        else:
            with catch_warnings():
                # Bytes have no name whose extension could conform.
                filterwarnings("ignore", ".*non conformant file extension")
                table = gpd.read_file(io.BytesIO(raw), layer=layer)
    # What GDAL, Arrow and geopandas raise; pyogrio's errors are RuntimeErrors.
    except (RuntimeError, ValueError, OSError, KeyError) as error:
        msg = (
            f"{name}: cannot be read: {error}. Expected a GeoJSON, GeoPackage, "
            "Shapefile, FlatGeobuf or GeoParquet file, whole: download it again, or "
            "name one of its layers with layer=."
        )
        raise SnapshotError(msg) from error
    if not isinstance(table, gpd.GeoDataFrame) or table.active_geometry_name is None:
        msg = (
            f"{name}: a table without geometry. Expected polygons: name another layer "
            "with layer=, or join the table to its shapes first."
        )
        raise SnapshotError(msg)
    return table


def zip_shapefile(parts: Mapping[str, bytes], name: str) -> bytes:
    """
    The parts of a shapefile, by suffix, as the ZIP archive that GDAL reads.

    Raises
    ------
    SnapshotError
        If a part is missing.
    """
    missing = [suffix for suffix in SHAPEFILE[:3] if suffix not in parts]
    if missing:
        msg = (
            f"{name}: its parts {', '.join(missing)} are missing. Expected .shp, .shx "
            "and .dbf beside each other: unpack or download them together."
        )
        raise SnapshotError(msg)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for suffix, raw in parts.items():
            archive.writestr(f"shapes{suffix}", raw)
    return packed.getvalue()
