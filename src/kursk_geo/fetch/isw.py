"""ISW's layers of today, and its time lapse of 2022 to 2024."""

from datetime import UTC, date, datetime, timedelta
from warnings import warn

from kursk_geo.download import NotPublishedError
from kursk_geo.errors import SourceError, SourceWarning
from kursk_geo.fetch.arcgis import Layer, describe_layer, layer_pages, titled_layers
from kursk_geo.fetch.endpoints import Access
from kursk_geo.fetch.parcel import Parcel
from kursk_geo.fetch.terms import check_terms
from kursk_geo.fetch.window import Window
from kursk_geo.sources import isw
from kursk_geo.status import Status

__all__ = ["layer_parcels", "timelapse_parcels"]

WEB_MAP = "9f04944a2fe84edab9da31750c2b15eb"
TERMS_URL = "https://www.understandingwar.org/fair-use-and-attribution-policy/"
TIMELAPSE = "UkrainianCoTTimelapse_FEB_2022_to_DEC_2024_view/FeatureServer/0"
FIRST, LAST = date(2022, 2, 24), date(2024, 12, 31)
WHEN = "datetime"


def layer_parcels(
    access: Access, window: Window, *, accept_terms: bool
) -> list[Parcel]:
    """
    The layers as they stand, as one map of the day of their last edit.

    Raises
    ------
    LicenceError
        If the terms are not accepted.
    SourceError
        If the web map lacks the layer of Russian control.
    DateNotFoundError
        If that day is not in the window.
    """
    _check_terms(access, accept_terms=accept_terms)
    layers = _known_layers(titled_layers(access, WEB_MAP))
    described = [(title, _describe(access, title, url)) for title, url in layers]
    edited = [layer.edited for _, layer in described if layer.edited is not None]
    day = max(edited) if edited else datetime.now(UTC).date()
    if day not in window.days(day, day):
        reach = (
            f"Its layers show {day} alone; fetch_history('isw-timelapse') has {FIRST} "
            f"to {LAST}."
        )
        raise window.empty(isw.NAME, reach)
    return [
        Parcel(page.path, f"{_stem(title)}_{position}_{day:%Y%m%d}.{number}.geojson")
        for position, (title, layer) in enumerate(described)
        for number, page in enumerate(layer_pages(access, layer, licence=isw.LICENCE))
    ]


def timelapse_parcels(
    access: Access, window: Window, *, accept_terms: bool
) -> list[Parcel]:
    """
    Russian-held ground of every day of 2022 to 2024, month by month.

    Raises
    ------
    LicenceError
        If the terms are not accepted.
    SourceError
        If the service is no longer what it was.
    DateNotFoundError
        If the window lies outside.
    """
    _check_terms(access, accept_terms=accept_terms)
    days = list(window.days(FIRST, LAST))
    if not days:
        raise window.empty(isw.NAME, f"Its time lapse shows {FIRST} to {LAST}.")
    url = f"{access.endpoints.arcgis_services}/{TIMELAPSE}"
    layer = _describe(access, "time lapse", url)
    if WHEN not in layer.kinds:
        msg = (
            f"{url} has the fields {', '.join(layer.kinds) or 'none'}. Expected "
            f"{WHEN!r}. Update kursk-geo, or read a copy with read_history(path)."
        )
        raise SourceError(msg)
    parcels = []
    for month in sorted({day.replace(day=1) for day in days}):
        # Whole months, so that another window finds them in the cache.
        following = (month + timedelta(days=31)).replace(day=1)
        begin, stop = layer.literal(WHEN, month), layer.literal(WHEN, following)
        pages = layer_pages(
            access,
            layer,
            where=f"{WHEN} >= {begin} AND {WHEN} < {stop}",
            immutable=True,  # it ends in 2024
            licence=isw.LICENCE,
        )
        parcels += [
            Parcel(page.path, f"UkrainianCoTTimelapse_{month:%Y-%m}.{number}.geojson")
            for number, page in enumerate(pages)
            if page.n_features
        ]
    return parcels


def _check_terms(access: Access, *, accept_terms: bool) -> None:
    check_terms(
        isw.NAME,
        terms=isw.LICENCE,
        url=TERMS_URL,
        accept_terms=accept_terms,
        cache_dir=access.cache_dir,
    )


def _known_layers(titled: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Layers of ground that somebody holds or claims."""
    told = [(title, url, isw.status_of(title)) for title, url in titled]
    if all(status is not Status.OCCUPIED for _, _, status in told):
        titles = ", ".join(repr(title) for title, _ in titled) or "none"
        msg = (
            f"ISW's web map has the layers {titles}. Expected one of assessed Russian "
            "control; it may have been renamed. Update kursk-geo, or read a copy with "
            "read_history(path)."
        )
        raise SourceError(msg)
    left_out = [repr(title) for title, _, status in told if status is Status.UNKNOWN]
    if left_out:
        msg = (
            "Layers of ISW's web map that are left out, since their titles are not "
            f"those of ground that is held or claimed: {', '.join(left_out)}."
        )
        warn(msg, SourceWarning, stacklevel=5)
    passed_over = {None, Status.UNKNOWN}
    return [(title, url) for title, url, status in told if status not in passed_over]


def _describe(access: Access, title: str, url: str) -> Layer:
    try:
        return describe_layer(access, url, licence=isw.LICENCE)
    except NotPublishedError as error:
        msg = (
            f"{url}, ISW's layer {title!r}, is not there. Expected a feature service; "
            "they are renamed without notice. Try again tomorrow, update kursk-geo, or "
            "read a copy with read_history(path)."
        )
        raise SourceError(msg) from error


def _stem(title: str) -> str:
    """A title as the name of a file, from which the reader tells the layer."""
    return "".join(letter for letter in title.title() if letter.isalnum())
