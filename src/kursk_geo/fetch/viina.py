"""VIINA's tables of control, a year each, and the cells around its places."""

from datetime import date

from kursk_geo.download import Resource
from kursk_geo.fetch.endpoints import Access
from kursk_geo.fetch.parcel import Parcel
from kursk_geo.fetch.window import Window
from kursk_geo.sources.viina import Viina

__all__ = ["table_parcels"]

REPOSITORY = "zhukovyuri/VIINA/main/Data"
CELLS = "gn_UA_tess.geojson"
FIRST = date(2022, 2, 24)

TABLE = Resource(expect="zip", resume=True, licence=Viina.LICENCE)
MAP = Resource(expect="json", licence=Viina.LICENCE)


def table_parcels(access: Access, window: Window) -> list[Parcel]:
    """
    The tables of the years that a window touches, and the cells.

    The tables are Git LFS objects: elsewhere than on GitHub's host for media there are
    pointers in their place.

    Raises
    ------
    DateNotFoundError
        If there is no table for the window.
    DownloadError
        If one cannot be had whole.
    """
    years = sorted({day.year for day in window.days(FIRST)})
    base = f"{access.endpoints.github_media}/{REPOSITORY}"
    urls = [f"{base}/control_latest_{year}.zip" for year in years]
    # The table of a new year comes some days late.
    tables = access.files(urls, TABLE, missing="skip") if urls else []
    if not tables:
        raise window.empty(Viina.NAME, f"Its tables begin on {FIRST}.")
    cells = access.file(f"{access.endpoints.github_raw}/{REPOSITORY}/{CELLS}", MAP)
    return [Parcel(one.path, one.path.name) for one in [*tables, cells]]
