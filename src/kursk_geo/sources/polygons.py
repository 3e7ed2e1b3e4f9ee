"""Read any polygons into a history, told by keyword what their columns mean."""

import logging
from collections.abc import Mapping
from pathlib import Path

from kursk_geo.history import ControlHistory
from kursk_geo.snapshots import join_maps
from kursk_geo.sources.files import raw_files
from kursk_geo.sources.plain import Plain
from kursk_geo.sources.reading import OnError, parse_files

__all__ = ["read_plain"]

logger = logging.getLogger(__name__)


def read_plain(
    path: str | Path,
    *,
    statuses: Mapping[str, str],
    status_column: str | None = None,
    date_column: str | None = None,
    date_pattern: str | None = None,
    crs: str | None = None,
    source: str = "plain",
    licence: str = "",
    attribution: str = "",
    on_error: OnError = "raise",
) -> ControlHistory:
    """
    Read any polygons into a history.

    Parameters
    ----------
    path : str or Path
        A file, a folder or an archive of files: GeoJSON, GeoPackage, Shapefile (its
        ``.shp``, with the parts beside it), FlatGeobuf or GeoParquet.
    statuses : mapping of str to str
        Status of each value of `status_column`, one of `Status` or ``"none"`` for what
        is left out on purpose. The value ``"*"`` stands for all that are not named;
        without it they are ``unknown``, and warned of.
    status_column : str, optional
        Column that tells who holds a shape. Without one, all shapes have the status
        of ``"*"``.
    date_column : str, optional
        Column that tells when a map was published: rows of one instant are one map. A
        day without a time ends at 23:59:59 UTC.
    date_pattern : str, optional
        Date in the file's name, for `datetime.strptime`: ``"front_%d%m%y"``. Without
        it and without a column, YYYY-MM-DD or YYYYMMDD is looked for.
    crs : str, optional
        Coordinate reference system, where the file names none or a wrong one.
    source, licence, attribution : str
        As in `ControlHistory`.
    on_error : {"raise", "skip"}, default "raise"
        What to do with a map that cannot be read: stop, or list it in ``rejected``
        and read the rest.

    Returns
    -------
    ControlHistory
        Shapes in EPSG:4326. Rows without geometry or date are listed in ``rejected``;
        points and lines are left out.

    Raises
    ------
    SourceError
        If there is nothing to read at `path`.
    SnapshotError
        If a file cannot be read, lacks a column or tells no date, and `on_error` is
        "raise"; names the file.
    OptionError
        If a status or a part of the pattern is not known.

    Warns
    -----
    UnknownStatusWarning
        If `status_column` holds values that `statuses` does not name.

    See Also
    --------
    read_history : with ``source="my_war.toml"`` for the same options in a file.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> import geopandas as gpd, shapely
    >>> folder = Path(mkdtemp())
    >>> island = gpd.GeoDataFrame(
    ...     {"army": ["north"]}, geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:4326"
    ... )
    >>> island.to_file(folder / "island-1864-04-18.gpkg")
    >>> history = read_plain(
    ...     folder, status_column="army", statuses={"north": "occupied"}
    ... )
    >>> list(history.at("1864-04-18").status), history.source
    (['occupied'], 'plain')
    >>> read_plain(folder, statuses={"*": "none"}).shapes.empty
    True
    """
    described = Plain(
        statuses=statuses,
        status_column=status_column,
        date_column=date_column,
        date_pattern=date_pattern,
        crs=crs,
        source=source,
        licence=licence,
        attribution=attribution,
    )
    logger.info("Reading %s as maps of %s", path, described.NAME)
    return join_maps(
        parse_files(
            raw_files(path, suffixes=described.SUFFIXES), described, on_error=on_error
        ),
        source=source,
        licence=licence,
        attribution=attribution,
        on_error=on_error,
    )
