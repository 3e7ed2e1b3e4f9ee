"""What is left of an extent once the shapes of a history are taken away."""

from dataclasses import replace

import shapely
from shapely.geometry.base import BaseGeometry

from kursk_geo.errors import GeometryError
from kursk_geo.geometry import as_array, geometry_ids, only_polygons, orient
from kursk_geo.history import ControlHistory
from kursk_geo.periods import merge_periods
from kursk_geo.status import Status, read_statuses
from kursk_geo.tables import shapes_table


def complement(
    history: ControlHistory,
    extent: BaseGeometry,
    *,
    status: str = Status.HELD_IN_RUSSIA,
) -> ControlHistory:
    """
    What is left of an extent once the shapes of a history are taken away.

    For a source that draws only what one side took back: the other side holds the rest
    of what it ever reached.

    Parameters
    ----------
    history : ControlHistory
        All its shapes count: `ControlHistory.select` keeps those of one status.
    extent : Polygon or MultiPolygon
        The farthest reach of those who hold the rest, in EPSG:4326.
    status : str, default "held_in_russia"
        What the rest is to be.

    Returns
    -------
    ControlHistory
        With the same maps, no theatre, and the rest of the extent as its shapes. A
        map that takes nothing away leaves the whole extent.

    Raises
    ------
    GeometryError
        If the extent is no valid area.
    OptionError
        If `status` is not known.

    Notes
    -----
    The extent decides as much as the maps do: it comes from another source, or from
    the same one's layer of farthest reach, and its error goes into every area.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.read_history("sample_data/deepstate").select(kg.theatre("kursk"))
    >>> reach = shapely.box(34.9, 51.0, 35.6, 51.4)
    >>> rest = kg.complement(kursk, reach)
    >>> rest.at("2024-08-01").geometry.iloc[0].equals(reach)
    True
    """
    (word,) = read_statuses([status])
    areal = isinstance(extent, shapely.Polygon | shapely.MultiPolygon)
    if not areal or extent.is_empty or not extent.is_valid:
        msg = (
            f"The extent is {'no valid' if areal else 'not an'} area: "
            f"{getattr(extent, 'geom_type', type(extent).__name__)}. Expected a "
            "Polygon or MultiPolygon in EPSG:4326; shapely.make_valid repairs one."
        )
        raise GeometryError(msg)
    states = history.states()
    starts, ends = history.shapes["valid_from"], history.shapes["valid_to"]
    shapes = history.shapes.geometry.to_numpy()
    taken = [
        shapely.union_all(shapes[((starts <= moment) & ~(ends <= moment)).to_numpy()])
        for moment in states["valid_from"]
    ]
    rest = orient(only_polygons(shapely.difference(extent, as_array(taken))))
    table = states[["valid_from", "valid_to"]].assign(
        status=str(word),
        label="complement",
        shape_id=geometry_ids(rest),
        repair_km2=0.0,
        geometry=rest,
    )
    table = table[~shapely.is_empty(rest)]
    return replace(
        history, shapes=merge_periods(shapes_table(table)), theatre=None, clipped=True
    )
