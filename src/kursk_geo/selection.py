"""The shapes of a theatre: by status, cut to its region."""

from warnings import warn

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from kursk_geo.errors import SourceWarning
from kursk_geo.geometry import clip, geometry_ids
from kursk_geo.periods import merge_periods
from kursk_geo.tables import shapes_table
from kursk_geo.theatre import Theatre

__all__ = ["cut_shapes", "select_shapes"]


def select_shapes(
    shapes: gpd.GeoDataFrame, theatre: Theatre, *, whole: bool
) -> gpd.GeoDataFrame:
    """
    Shapes that a theatre holds or contests, within its region.

    Parameters
    ----------
    shapes : GeoDataFrame, shape (n,)
        Rows of `ControlHistory.shapes`.
    theatre : Theatre
    whole : bool
        Keep shapes that reach into the region as they are.

    Returns
    -------
    GeoDataFrame, shape (m,)
        With periods that follow one another joined.

    Raises
    ------
    KeyError
        If a column is missing.

    Warns
    -----
    SourceWarning
        If nothing is left, but ground is shown there that counts as neither.

    Examples
    --------
    >>> import pandas as pd
    >>> none = shapes_table(pd.DataFrame())
    >>> select_shapes(none, Theatre("everywhere"), whole=False).empty
    True
    """
    wanted = [str(status) for status in theatre.held | theatre.contested]
    found = shapes[shapes["status"].isin(wanted)]
    if theatre.region is not None:
        found = cut_shapes(found, theatre.region, whole=whole)
        if found.empty:
            _warn_of_others(shapes, theatre.name, theatre.region)
    return merge_periods(found)


def cut_shapes(
    shapes: gpd.GeoDataFrame, region: BaseGeometry, *, whole: bool
) -> gpd.GeoDataFrame:
    """
    Shapes within a region; each distinct shape is cut once.

    Parameters
    ----------
    shapes : GeoDataFrame, shape (n,)
        Rows of `ControlHistory.shapes`.
    region : Polygon or MultiPolygon
        In EPSG:4326.
    whole : bool
        Keep shapes that reach into the region as they are.

    Returns
    -------
    GeoDataFrame, shape (m,)
        Shapes that were cut have another ``shape_id``.

    Raises
    ------
    KeyError
        If a column is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> none = shapes_table(pd.DataFrame())
    >>> cut_shapes(none, shapely.box(0, 0, 1, 1), whole=False).empty
    True
    """
    first = ~shapes["shape_id"].duplicated()
    ids, original = shapes.loc[first, "shape_id"], shapes.loc[first].geometry.to_numpy()
    cut = clip(original, region)
    kept = dict(zip(ids, original if whole else cut, strict=True))
    names = dict(zip(ids, ids if whole else geometry_ids(cut), strict=True))
    inside = set(ids[shapely.area(cut) > 0])
    rows = shapes[shapes["shape_id"].isin(inside)].copy()
    rows["geometry"] = np.array([kept[key] for key in rows["shape_id"]], dtype=object)
    rows["shape_id"] = [names[key] for key in rows["shape_id"]]
    return shapes_table(rows)  # which types the columns of no rows too


def _warn_of_others(shapes: gpd.GeoDataFrame, name: str, region: BaseGeometry) -> None:
    """Warn that a selection is empty where maps show ground of other statuses."""
    others = shapes[shapes["status"].isin(["outside", "unknown"])]
    others = cut_shapes(others, region, whole=True)
    if others.empty:
        return
    labels = ", ".join(map(repr, sorted(others["label"].unique())[:3]))
    msg = (
        f"These maps show nothing held or contested in {name}, but ground that counts "
        f"as neither: {labels}. Figures of 0 may be wrong: if it is ground taken back, "
        "held ground is what it leaves of an extent, see kursk_geo.complement()."
    )
    warn(msg, SourceWarning, stacklevel=4)
