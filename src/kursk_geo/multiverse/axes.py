"""The axes that a sentence of each kind hangs on, with their usual options."""

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from math import isfinite

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from kursk_geo.history import ControlHistory
from kursk_geo.multiverse.days import MONTHS, spell
from kursk_geo.multiverse.grid import Grid
from kursk_geo.multiverse.options import Axis, Option, Tier, Value
from kursk_geo.multiverse.quantity import CHANGES, GROUNDS, Quantity
from kursk_geo.periods import span
from kursk_geo.wording import DateWindow

__all__ = ["border_key", "default_grid"]

KYIV = "Europe/Kyiv"

AREAS = ("area", "contested_area", "relative_change", "area_change")
PIECES = ("sections", "depth", "present")


def default_grid(
    quantity: Quantity,
    *,
    source: str | None = None,
    histories: Mapping[str, ControlHistory] | None = None,
    borders: Mapping[str, BaseGeometry] | None = None,
) -> Grid:
    """
    The usual definitions for a quantity.

    Parameters
    ----------
    quantity : Quantity
    source : str, optional
        Source that the sentence was drawn from: its maps come first and are stated,
        those of others are reasonable. By default all are stated.
    histories : mapping of str to ControlHistory, optional
        Histories by name; their maps within the stated window become options, and
        several of them an axis.
    borders : mapping of str to LineString, optional
        Borders beside the theatre's own, by name.

    Returns
    -------
    Grid
        All axes that the quantity hangs on, also those of one option; each begins
        with the option that is closest to the sentence.

    Raises
    ------
    OptionError
        If two options have one name.
    """
    measure = quantity.measure
    axes = [_source(source, histories or {}), _end(quantity, histories or {})]
    if measure in CHANGES:
        axes.append(_baseline(quantity))
    if measure == "days_held":
        axes.append(_bridgehead(quantity))
    elif measure != "contested_area":
        axes.append(_ground(quantity))
    axes.append(_clip())
    if measure in AREAS:
        touching = Axis("gap_km", _gap().options[:1])
        axes += [_area_method(), _which("all", "moving", "largest"), touching]
    if measure == "depth":
        axes += [_depth_of(), _border(quantity, borders or {})]
    if measure in PIECES:
        frozen = () if measure == "present" else ("moving",)
        axes += [_which("all", *frozen), _gap(), _min_area()]
    axes.append(_rounding(quantity))
    return Grid(tuple(axes))


Row = tuple[str, Value, Tier]


def _tiered(*rows: Row) -> tuple[Option, ...]:
    return tuple(Option(name, value, tier) for name, value, tier in rows)


def _source(source: str | None, histories: Mapping[str, ControlHistory]) -> Axis:
    """The sentence's own source first; without histories its name stands for them."""
    if not histories:
        name = source or "as given"
        return Axis("source", _tiered((name, name, "stated")))
    own = [n for n, history in histories.items() if source in (None, history.source)]
    others = [name for name in histories if name not in own]
    rows: list[Row] = [(name, name, "stated") for name in own]
    rows += [(name, name, "reasonable") for name in others]
    return Axis("source", _tiered(*rows))


def _end(quantity: Quantity, histories: Mapping[str, ControlHistory]) -> Axis:
    """
    Which map the date means; every map published in the window is an option.

    The map of the next morning shows what had happened by the end of a period; of a
    single day it is a later map.
    """
    window = quantity.at
    day = spell(window.target)
    after: Tier = "reasonable" if window.start == window.end else "conventional"
    rows: list[Row] = [
        (f"last map of {day}, UTC", f"{window.target} UTC", "conventional"),
        (f"last map of {day}, Kyiv", f"{window.target} {KYIV}", "conventional"),
        (f"first map after {day}", f"{window.target} next", after),
    ]
    moments = sorted(
        {
            moment
            for history in histories.values()
            for moment in _published_within(history, window)
        }
    )
    minutes = pd.Series([f"{moment:%Y-%m-%d %H:%M}" for moment in moments], dtype="str")
    names = [
        f"{minute}:{moment:%S}" if twice else minute
        for minute, moment, twice in zip(
            minutes, moments, minutes.duplicated(keep=False), strict=True
        )
    ]
    rows += [
        (f"map of {name} UTC", moment.isoformat(), "reasonable")
        for name, moment in zip(names, moments, strict=True)
    ]
    return Axis("end", _tiered(*rows))


def _published_within(
    history: ControlHistory, window: DateWindow
) -> Sequence[pd.Timestamp]:
    first, last, _ = span(window.start, window.end)
    published = history.snapshots["snapshot_utc"]
    return list(published[(published >= first) & (published < last)])


def _baseline(quantity: Quantity) -> Axis:
    """Since when: as stated, or all the ways in which writers leave it unsaid."""
    if quantity.baseline is not None:
        window = quantity.baseline
        return Axis(
            "baseline",
            _tiered((spell(window.target), window.target.isoformat(), "stated")),
        )
    end = pd.Timestamp(quantity.at.target)
    year = end.year - 1
    rows: list[Row] = [
        ("start of the year", date(end.year, 1, 1).isoformat(), "conventional"),
        ("3 months before", _before(end, 3), "conventional"),
        ("the peak", "peak", "conventional"),
        ("6 months before", _before(end, 6), "reasonable"),
        (f"15 December {year}", date(year, 12, 15).isoformat(), "reasonable"),
        (f"16 December {year}", date(year, 12, 16).isoformat(), "reasonable"),
    ]
    rows += [
        (
            f"start of {MONTHS[month.month - 1]} {month.year}",
            month.isoformat(),
            "stress",
        )
        for month in pd.date_range(end=end, periods=7, freq="MS").date
        if month < end.date()
    ]
    # A day under two names would count twice; its first name is the more usual one.
    known = [row[1] for row in rows]
    rows = [row for i, row in enumerate(rows) if row[1] not in known[:i]]
    return Axis("baseline", _tiered(*rows))


def _before(end: pd.Timestamp, months: int) -> str:
    return (end - pd.DateOffset(months=months)).date().isoformat()


def _ground(quantity: Quantity) -> Axis:
    stated = quantity.ground
    if stated is None:
        held, both = GROUNDS
        return Axis(
            "ground",
            _tiered((held, held, "conventional"), (both, both, "reasonable")),
        )
    other = next(ground for ground in GROUNDS if ground != stated)
    return Axis(
        "ground", _tiered((stated, stated, "stated"), (other, other, "reasonable"))
    )


def _bridgehead(quantity: Quantity) -> Axis:
    rows: list[Row] = [("any held ground", "any", "conventional")]
    if quantity.place is not None:
        name = f"the main bridgehead (until {quantity.place.name} is off the map)"
        rows.insert(0, (name, "place", "conventional"))
    return Axis("ground", _tiered(*rows))


def _clip() -> Axis:
    return Axis(
        "clip",
        _tiered(
            ("cut at the border", True, "conventional"),
            ("whole polygons", False, "reasonable"),
        ),
    )


def _area_method() -> Axis:
    return Axis(
        "area_method",
        _tiered(
            ("geodesic", "geodesic", "conventional"),
            ("spherical", "spherical", "reasonable"),
        ),
    )


def _which(*kinds: str) -> Axis:
    rows: list[Row] = [
        ("all sections", "all", "conventional"),
        ("without small sections unchanged for 90 days", "moving", "reasonable"),
        ("the largest alone", "largest", "reasonable"),
    ]
    return Axis("which", _tiered(*(row for row in rows if row[1] in kinds)))


def _depth_of() -> Axis:
    return Axis(
        "depth_of",
        _tiered(
            ("the deepest of all sections", "deepest", "conventional"),
            ("the largest section", "largest", "reasonable"),
            ("the mean of all sections", "mean", "reasonable"),
            ("the shallowest of all sections", "shallowest", "stress"),
        ),
    )


def _border(quantity: Quantity, borders: Mapping[str, BaseGeometry]) -> Axis:
    own = ("the theatre's own", border_key(quantity.theatre.border))
    named = [(name, border_key(line)) for name, line in borders.items()]
    rows: list[Row] = [(*own, "conventional")]
    rows += [(name, key, "reasonable") for name, key in named]
    return Axis("border", _tiered(*rows))


def border_key(line: BaseGeometry | None) -> str:
    """
    Content of a line, so that another line of the same name is another option.

    Vertices to 1e-7 degrees (1 cm), in their order.
    """
    if line is None:
        return "none"
    vertices, part = shapely.get_coordinates(shapely.get_parts(line), return_index=True)
    rounded = np.column_stack([np.rint(vertices * 1e7), part]).astype("<i8")
    return sha256(rounded.tobytes()).hexdigest()[:16]


def _gap() -> Axis:
    return Axis(
        "gap_km",
        _tiered(
            ("touching", 0.0, "conventional"),
            ("within 0.5 km", 0.5, "reasonable"),
            ("within 2 km", 2.0, "stress"),
        ),
    )


def _min_area() -> Axis:
    return Axis(
        "min_area_km2",
        _tiered(
            ("0.05 km² or more", 0.05, "conventional"),
            ("1 km² or more", 1.0, "reasonable"),
            ("any size", 0.0, "stress"),
        ),
    )


def _rounding(quantity: Quantity) -> Axis:
    """
    Whether a figure is rounded as the sentence rounds before it is compared.

    Only a bound ("no more than 2 km") asks: "nearly" and "about" have their own play.
    """
    says = quantity.says
    two_sided = isfinite(says.low) and isfinite(says.high) and says.low and says.high
    bound = says.value in (says.low, says.high) and not two_sided
    if not bound or not says.precision or says.unit == "count":
        return Axis("rounding", _tiered(("strict", False, "conventional")))
    return Axis(
        "rounding",
        _tiered(
            ("rounded as the sentence", True, "conventional"),
            ("strict", False, "conventional"),
        ),
    )
