"""Theatres: who holds whose land, and the border that depth is measured from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property, lru_cache
from pathlib import Path
from re import split
from tomllib import loads
from typing import Any

import geopandas as gpd
import msgspec
import numpy as np
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from kursk_geo import reference
from kursk_geo._files import read_toml
from kursk_geo._text import facts_html, facts_text
from kursk_geo.errors import OptionError, ReferenceDataError, TheatreError
from kursk_geo.geometry import (
    WGS84,
    Geometries,
    measuring_crs,
    misshapen,
    only_polygons,
    project,
    unproject,
)
from kursk_geo.periods import check_zone
from kursk_geo.status import Status, read_statuses

FAR_DEGREES = 1.0
"""A border farther than this from the region is not its border. [degrees]"""


@dataclass(frozen=True)
class Theatre:
    """
    A region, the border that depth is measured from, what counts as held, and words.

    Parameters
    ----------
    name : str
        As it stands in tables.
    region : Polygon, MultiPolygon or None, default None
        Where ground counts, in EPSG:4326. None means everywhere.
    border : LineString, MultiLineString or None, default None
        What depth is measured from, in EPSG:4326. None means that there is no depth.
    held, contested : frozenset of Status
        The statuses that count as held, and as contested ground where they do not. A
        word or another iterable of words is read as these.
    paler : frozenset of Status
        Those that are drawn, in a paler tint, and not counted.
    words : dict of Status and str
        What readers are told of a status, as it stands after "ground": ``{"occupied":
        "held by Prussia"}``. Those that are left out are told without a side.
    holder, owner : str
        Who holds the held ground, and whose land it is; "" if nobody told.
    ground_words : str
        Where the ground lies, as it stands after "in"; the name by default.
    note : str
        A sentence for every caption.
    tz : str, default "UTC"
        Zone in which its days begin and end.
    official_area_km2 : float or None, default None
        What shares of the region are of.
    attribution : str
        Whom the outline is credited to.

    Attributes
    ----------
    held_words, contested_words : str
        "held by Ukraine"; the words of the statuses that count as such.

    Raises
    ------
    ReferenceDataError
        If the region is not an area or the border not a line.
    OptionError
        If a status or the zone is not known.

    Examples
    --------
    A theatre of any other war is plain data:

    >>> strip = Theatre(
    ...     name="strip",
    ...     region=shapely.box(35.0, 51.0, 36.0, 52.0),
    ...     border=shapely.LineString([(35.0, 51.0), (36.0, 51.0)]),
    ...     held=frozenset({Status.OCCUPIED}),
    ... )
    >>> strip.contested
    frozenset()
    >>> strip.held_words
    'held'
    """

    name: str
    region: BaseGeometry | None = None
    border: BaseGeometry | None = None
    held: frozenset[Status] = frozenset()
    contested: frozenset[Status] = frozenset()
    paler: frozenset[Status] = frozenset()
    words: Mapping[str, str] = field(default_factory=dict, hash=False)
    holder: str = ""
    owner: str = ""
    ground_words: str = ""
    note: str = ""
    tz: str = "UTC"
    official_area_km2: float | None = None
    attribution: str = ""

    def __post_init__(self) -> None:
        counted: frozenset[Status] = frozenset()
        for name in ("held", "contested", "paler"):
            statuses = read_statuses(getattr(self, name)) - counted
            object.__setattr__(self, name, statuses)
            counted |= statuses
        told = {Status(word): self.words[word] for word in read_statuses(self.words)}
        object.__setattr__(self, "words", bundled()["words"] | told)
        object.__setattr__(self, "ground_words", self.ground_words or self.name)
        check_zone(self.tz)
        for name, kind in (("region", "Polygon"), ("border", "LineString")):
            shape = getattr(self, name)
            wrong = shape is not None and misshapen(shape, kind, f"Multi{kind}")
            if wrong:
                msg = (
                    f"The {name} of theatre {self.name!r} {wrong}. Expected a {kind} "
                    f"or Multi{kind}, valid and in EPSG:4326; kursk_geo.read_{name}() "
                    "reads one from a file, union_all() makes one of a table."
                )
                raise ReferenceDataError(msg)
        if self.region is not None and self.border is not None:
            gap = shapely.distance(self.region, self.border)
            if gap > FAR_DEGREES:
                msg = (
                    f"The border of theatre {self.name!r} lies {gap:.1f} degrees from "
                    "its region. Expected the border of that region, in EPSG:4326 "
                    "(longitude first)."
                )
                raise ReferenceDataError(msg)

    @property
    def held_words(self) -> str:
        """What is said of held ground: "held by Ukraine"."""
        return self._joined(self.held)

    @property
    def contested_words(self) -> str:
        """What is said of contested ground."""
        return self._joined(self.contested) or bundled()["words"][Status.CONTESTED]

    def __repr__(self) -> str:
        return facts_text("Theatre", self._facts())

    def _repr_html_(self) -> str:
        return facts_html("Theatre", self._facts())

    def _facts(self) -> dict[str, str]:
        """What tells one theatre from another, in a few words each."""
        bounds = None if self.region is None else self.region.bounds
        told = {
            "name": self.name,
            "region": "everywhere"
            if bounds is None
            else "{0:.2f} to {2:.2f} °E, {1:.2f} to {3:.2f} °N".format(*bounds),
            "border": "none: there is no depth"
            if self.border is None
            else f"a line of {shapely.get_num_coordinates(self.border):,} points",
            "held": ", ".join(sorted(self.held)) or "nothing",
            "contested": ", ".join(sorted(self.contested)) or "nothing",
            "sides": " in ".join(filter(None, (self.holder, self.owner))),
            "note": self.note,
        }
        return {key: words for key, words in told.items() if words}

    def _joined(self, statuses: frozenset[Status]) -> str:
        told = dict.fromkeys(self.words[status] for status in sorted(statuses))
        # "Held by Russia" says it of what has been held since 2014 too.
        shortest = [
            words
            for words in told
            if not any(words.startswith(f"{other} ") for other in told)
        ]
        return " or ".join(shortest)

    def label(self, status: str) -> str:
        """
        What a legend says of a status.

        Parameters
        ----------
        status : str
            A `Status` or its value.

        Returns
        -------
        str

        Raises
        ------
        OptionError
            If the status is not known.

        Examples
        --------
        >>> theatre("kharkiv").label(Status.OCCUPIED)
        'Held by Russia'
        >>> Theatre("island").label("occupied")
        'Held'
        """
        (known,) = read_statuses(status)
        words = self.words[known]
        return words[:1].upper() + words[1:]

    def lies_within(self, other: "Theatre") -> bool:
        """
        Whether a selection for another theatre leaves all that this one needs.

        Parameters
        ----------
        other : Theatre
            The one that shapes have been cut to.

        Returns
        -------
        bool

        Raises
        ------
        Nothing
            Any two theatres can be compared.

        Examples
        --------
        >>> kursk = theatre("kursk")
        >>> theatre("kursk", contested=[]).lies_within(kursk)
        True
        >>> theatre("sumy").lies_within(kursk)
        False
        """
        everywhere = other.region is None or self.region == other.region
        left = other.held | other.contested | other.paler
        return everywhere and self.held | self.contested <= left

    @cached_property
    def crs(self) -> pyproj.CRS | None:
        """The fixed plane in which this theatre is measured; None without a border."""
        anchor = self.border if self.region is None else self.region
        return None if anchor is None else measuring_crs(anchor)


SINCE_2014 = frozenset({Status.OCCUPIED_BEFORE_2022})
STRIP_KM = 40.0
"""How far the strips of 2024 and 2025 reach into Ukraine. [km]"""
SEA_KM = 30.0
"""Ground this far off the coast of Ukraine is Ukraine's: lagoons, spits. [km]"""
MARGIN_KM = 1.0
"""Maps of the country leave the bundled border by up to this. [km]"""
UKRAINE_KM2 = 603_628.0
"""Statistical area with Crimea, Kyiv and Sevastopol. [km²]"""
PRESETS = ("belgorod", "everywhere", "kharkiv", "kursk", "sumy", "ukraine")

NOUNS = r"\b(the|of|oblasts?|(?:obl|обл)\.?|regions?|provinces?|област[ьиі])(?!\w)"
MEANT = ["sevastopol", "севастополь", "lnr", "lpr", "лнр", "dnr", "dpr", "днр"]
"""Names of something else than the oblast: asked back."""


@lru_cache(maxsize=1)
def bundled() -> dict[str, Any]:
    """Words, sides, outlines and names of the theatres that come along."""
    return loads(reference.bundled("theatres.toml"))


def list_theatres() -> list[str]:
    """
    Names that `theatre` knows: the presets, then the oblasts.

    Returns
    -------
    list of str
        Each part sorted.

    Raises
    ------
    Nothing
        The list is fixed.

    Examples
    --------
    >>> list_theatres()[:6]
    ['belgorod', 'everywhere', 'kharkiv', 'kursk', 'sumy', 'ukraine']
    >>> "Kherson Oblast" in list_theatres()
    True
    """
    return [*PRESETS, *sorted(one["name"] for one in reference.oblast_facts().values())]


def theatre(
    name: str | Path,
    *,
    region: BaseGeometry | gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    border: BaseGeometry | gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    held: str | Iterable[str] | None = None,
    contested: str | Iterable[str] | None = None,
    since_2014: bool = False,
) -> Theatre:
    """
    A theatre by its name or from a file, with what you know better put in its place.

    Parameters
    ----------
    name : str or Path
        An oblast, by its English, Ukrainian or Russian name or its ISO code ("Kherson
        Oblast", "Kherson region", "Херсонська область", "UA-65"); several of one
        country, joined by "and" or commas ("Kherson and Mykolaiv"); a preset; or a
        ``.toml`` file that describes a theatre of another war.
    region : Polygon, MultiPolygon, GeoDataFrame or GeoSeries, optional
        Exact region instead of the preset's. Shapes without a reference system are
        taken as EPSG:4326.
    border : LineString, MultiLineString, GeoDataFrame or GeoSeries, optional
        Border instead of the bundled one, as `read_border` gives it.
    held, contested : str or iterable of str, optional
        Statuses instead of the preset's.
    since_2014 : bool, default False
        Count what has been held since 2014 (Crimea, parts of Donetsk and Luhansk) too.

    Returns
    -------
    Theatre

    Raises
    ------
    TheatreError
        If there is no theatre of that name; says which is like it.
    ReferenceDataError
        If the region is no area, the border no line, they lie far apart, or a file
        cannot be read.
    OptionError
        If a status is not known, or nothing there has been held since 2014.

    Notes
    -----
    The presets: ``kursk`` and ``belgorod`` are those oblasts, held is
    ``held_in_russia``. ``sumy`` (33.4 to 35.4 E) and ``kharkiv`` (35.9 to 37.4 E) are
    strips of the Ukrainian side within 40 km of the border, not the oblasts; held is
    ``occupied`` as in all of Ukraine. ``ukraine`` is the country with 30 km of sea, and
    has no border to measure depth from. ``everywhere`` has no region: held is
    ``occupied``, in words that name no side.

    The inland oblast lines of ``kursk`` and ``belgorod`` are approximate, to about
    0.05 degrees (5 km). No ground was ever held near them; pass ``region=`` where it
    matters.

    Examples
    --------
    >>> sorted(theatre("kursk").held)
    [<Status.HELD_IN_RUSSIA: 'held_in_russia'>]
    >>> theatre("Херсонська область").name
    'Kherson Oblast'
    >>> theatre("Kherson and Mykolaiv").official_area_km2
    53059.0
    """
    is_file = isinstance(name, Path) or name.lower().endswith(".toml")
    return _changed(
        _read(Path(name)) if is_file else _named(str(name)),
        region=region,
        border=border,
        held=held,
        contested=contested,
        since_2014=since_2014,
    )


def _changed(where: Theatre, *, since_2014: bool, **better: Any) -> Theatre:  # noqa: ANN401
    """A theatre with what is known better, as `theatre` takes it; None: as it is."""
    changes = {name: one for name, one in better.items() if one is not None}
    if "region" in changes:
        region = only_polygons(_one_geometry(changes["region"]))
        # What is told of the preset's own outline does not hold for another.
        changes |= {"note": "", "official_area_km2": None}
        changes["region"] = shapely.union_all(region)
    if "border" in changes:
        line = shapely.union_all(_one_geometry(changes["border"]))
        # Merging would turn an area into its outline: coasts and lakes are no border.
        line = shapely.line_merge(line) if "Line" in line.geom_type else line
        changes["border"] = line
    changed = replace(where, **changes)
    return with_2014(changed) if since_2014 else changed


@lru_cache(maxsize=64)
def _named(name: str) -> Theatre:
    """A preset, an oblast or several; a pure function of the name, worth keeping."""
    asked = " ".join(name.split())
    if asked.casefold() in {*PRESETS} - {*bundled()["drawn"].values()}:
        return _preset(asked.casefold())
    if asked.casefold() in ("україна", "украина"):
        return _preset("ukraine")
    listed = bundled()["names"]  # ISO codes by every name, parted by "|"
    known = {word: code for code in listed for word in (code.casefold(), *listed[code])}
    parts = split(r"\s*(?:,\s*and|,|;|&|\+|\band\b|\bта\b|\bі\b|\bи\b)\s*", asked)
    codes: list[str] = []
    for part in parts:
        found = known.get(asked.casefold() if len(parts) == 1 else part.casefold())
        found = found or known.get(_plain(part))
        if found is None or _plain(part) in MEANT:
            raise TheatreError(_no_theatre(name, part, known))
        codes += found.split("|")
    return _of_oblasts(tuple(dict.fromkeys(codes)))


def _plain(name: str) -> str:
    """A name of an oblast as it is listed."""
    return reference.bare_name(" ".join(split(NOUNS, name.casefold())[::2]))


def _no_theatre(name: str, part: str, known: Mapping[str, str]) -> str:
    named = {code: one["name"] for code, one in reference.oblast_facts().items()}
    means = {preset: [preset] for preset in PRESETS}
    for word, codes in known.items():
        full = " and ".join(named[code] for code in codes.split("|"))
        means.setdefault(word, []).append(full)
    means |= {full.casefold(): [full] for full in named.values()}
    like = get_close_matches(part.casefold(), means, n=1, cutoff=0.7)
    like = like or get_close_matches(_plain(part), known, n=1, cutoff=0.7)
    near = " or ".join(map(repr, means[like[0]])) if like else ""
    meant = f" Did you mean {near}?" if like else ""
    which = f" ({part!r} is not known)" if part != name else ""
    return (
        f"No theatre {name!r}{which}.{meant} Expected one of {', '.join(PRESETS)}, an "
        "oblast such as 'Kharkiv Oblast', or a .toml file: "
        "kursk_geo.list_theatres(), or kursk-geo theatres, has all."
    )


def _preset(name: str) -> Theatre:
    if name == "everywhere":
        return Theatre(name, **bundled()["sides"][name])
    if name == "ukraine":
        # With a belt of sea: what a map draws far from it is not Ukraine.
        country = reference.ukraine()
        crs = measuring_crs(country)
        near = project(country, crs).simplify(500.0).buffer((SEA_KM + 0.5) * 1e3)
        side, _ = reference.ukraine_and_russia()
        # A margin, so that maps whose line is not quite the bundled one lose nothing.
        around = shapely.intersection(side, shapely.box(*country.bounds).buffer(1.0))
        # A parallel is no straight line in the plane: 20 km off over the width.
        own = project(shapely.segmentize(around, 0.1), crs).buffer(MARGIN_KM * 1e3)
        shape = unproject(shapely.intersection(near, own), crs)
        told = {"ground_words": "Ukraine", "official_area_km2": UKRAINE_KM2}
        return _with_note(_this_war("UA", None, name=name, region=shape, **told))
    code, west, east = bundled()["strips"][name]
    ukraine, _ = reference.ukraine_and_russia()
    band = shapely.box(west, 44.0, east, 54.0)
    line = shapely.intersection(reference.border(), band)
    crs = measuring_crs(line)
    near = unproject(project(line, crs).buffer(STRIP_KM * 1e3), crs)
    region = shapely.intersection_all([near, ukraine, band])
    oblast = reference.oblast_facts()[code]["name"]
    return _this_war(
        "UA",
        reference.border(),
        name=name,
        region=region,
        ground_words=f"{oblast} within {STRIP_KM:.0f} km of the border",
        note=f"A strip of {STRIP_KM:.0f} km along the border from {west} to {east} E, "
        f"not all of {oblast}",
    )


def _of_oblasts(codes: tuple[str, ...]) -> Theatre:
    """The theatre of one oblast or several of a country."""
    # Of 29 outlines, each of 1,000 points, only these are decoded.
    asked = [reference.oblast_facts()[code] for code in codes]
    _, russia = reference.ukraine_and_russia()
    names = [one["name"] for one in asked]
    if len({one["country"] for one in asked}) > 1:
        msg = (
            f"{' and '.join(names)} lie on both sides of the border, and one theatre "
            "has one side that holds. Expected oblasts of one country: ask for each."
        )
        raise TheatreError(msg)
    shapes = [
        shapely.intersection(shapely.Polygon(bundled()["outlines"][code]), russia)
        if code in bundled()["drawn"]
        else shapely.from_geojson(one["geometry"])
        for code, one in zip(codes, asked, strict=True)
    ]
    region = shapely.union_all(shapes) if len(shapes) > 1 else shapes[0]
    line = reference.border()
    # Five decimals: an oblast that meets the border is within 1 m of it.
    meets = shapely.distance(region, line) < 1e-4 and (
        shapely.intersection(region.buffer(1e-4), line).length > 0.1
    )
    bare = [name.removesuffix(" Oblast") for name in names]
    words = names[0]
    if len(names) > 1:
        words = f"{', '.join(bare[:-1])} and {bare[-1]}"
    found = _this_war(
        asked[0]["country"],
        line if meets else None,
        name=bundled()["drawn"].get("|".join(codes), words),
        region=region,
        ground_words=words,
        official_area_km2=float(sum(one["official_area_km2"] for one in asked)),
    )
    return _with_note(found) if set(codes) & set(bundled()["since_2014"]) else found


def _this_war(country: str, border: BaseGeometry | None, **told: Any) -> Theatre:  # noqa: ANN401
    """A theatre on the land of Ukraine or of Russia."""
    told |= bundled()["sides"]["both"] | bundled()["sides"][country]
    return Theatre(**told, border=border)


def _with_note(where: Theatre) -> Theatre:
    counted = "counted" if where.held >= SINCE_2014 else "shown and not counted"
    return replace(where, note=f"Ground held since 2014 is {counted}")


def with_2014(where: Theatre) -> Theatre:
    """The theatre with what has been held since 2014 counted, not only drawn."""
    if not where.held | where.paler >= SINCE_2014:
        msg = (
            f"Nothing in {where.name!r} has been held since 2014. Expected "
            "since_2014=True with 'ukraine' or an oblast of Ukraine: leave it out."
        )
        raise OptionError(msg)
    counted = replace(where, held=where.held | SINCE_2014)
    return _with_note(counted) if where.note else counted


class _Words(msgspec.Struct, forbid_unknown_fields=True):
    holder: str = ""
    owner: str = ""
    held: str = ""
    contested: str = ""
    region: str = ""
    note: str = ""
    statuses: dict[str, str] = {}


class _File(msgspec.Struct, forbid_unknown_fields=True):
    name: str = ""
    base: str = ""
    region: str = ""
    border: str = ""
    held: list[str] = []
    contested: list[str] | None = None
    since_2014: bool = False
    tz: str = ""
    official_area_km2: float | None = None
    attribution: str = ""
    words: _Words = msgspec.field(default_factory=_Words)


def _read(path: Path) -> Theatre:
    """A theatre as a TOML file tells it; files that it names lie beside it."""
    expected = "a theatre as TOML, with name, held and region: check the name"
    raw = read_toml(path, error=ReferenceDataError, expected=expected)
    try:
        told = msgspec.convert(raw, _File)
    except msgspec.ValidationError as error:
        keys = ", ".join(_File.__struct_fields__)
        msg = f"{path}: {error}. Expected the keys {keys}: correct the file."
        raise ReferenceDataError(msg) from error
    base = Theatre(told.name or path.stem, contested=frozenset({Status.CONTESTED}))
    if told.base:
        base = theatre(told.base)
    elif not told.held:
        known = ", ".join(Status)
        msg = f"{path}: held is missing. Expected the statuses that count: {known}."
        raise ReferenceDataError(msg)
    beside, words = path.parent, told.words
    found = _changed(
        base,
        region=reference.read_region(beside / told.region) if told.region else None,
        border=reference.read_border(beside / told.border) if told.border else None,
        held=told.held or None,
        contested=told.contested,
        since_2014=told.since_2014,
    )
    said: dict[str, str] = dict.fromkeys(found.held, words.held)
    said |= dict.fromkeys(found.contested, words.contested)
    said = {status: word for status, word in said.items() if word}
    every = {**msgspec.structs.asdict(words), **msgspec.structs.asdict(told)}
    every["ground_words"] = words.region
    return replace(
        found,
        words={**found.words, **said, **words.statuses},
        **{key: every[key] for key in AS_TOLD if every[key]},
    )


AS_TOLD = (
    *("name", "holder", "owner", "ground_words", "note", "tz", "official_area_km2"),
    "attribution",
)
"""Keys of the file, and of its ``[words]``, that take the place of the base's own."""


def _one_geometry(shapes: object) -> Geometries:
    if isinstance(shapes, BaseGeometry):
        return np.array([shapes], dtype=object)
    if isinstance(shapes, gpd.GeoDataFrame | gpd.GeoSeries):
        geometry = shapes.geometry
        geometry = geometry if shapes.crs is None else geometry.to_crs(WGS84)
        values: Geometries = geometry.to_numpy()
        return values
    msg = (
        f"Cannot take {shapes!r} as a region or border. Expected a shapely geometry or "
        "a GeoDataFrame; kursk_geo.read_region() and read_border() read files."
    )
    raise ReferenceDataError(msg)
