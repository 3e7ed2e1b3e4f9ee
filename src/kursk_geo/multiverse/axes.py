"""The axes that a sentence of each kind hangs on, with their usual options."""

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from math import isfinite

import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from kursk_geo.history import ControlHistory
from kursk_geo.multiverse.grid import Axis, Grid, Option, Tier
from kursk_geo.multiverse.quantity import CHANGES, GROUNDS, Quantity
from kursk_geo.periods import span
from kursk_geo.wording import DateWindow

__all__ = ["default_grid"]

KYIV = "Europe/Kyiv"

AREAS = ("area", "contested_area", "relative_change", "area_change")
PIECES = ("sections", "depth", "present")


def default_grid(
    quantity: Quantity,
    *,
    histories: Mapping[str, ControlHistory] | None = None,
    borders: Mapping[str, BaseGeometry] | None = None,
) -> Grid:
    """
    The usual definitions for a quantity.

    Parameters
    ----------
    quantity : Quantity
    histories : mapping of str to ControlHistory, optional
        Sources by name; their maps within the stated window become options, and
        several of them an axis.
    borders : mapping of str to LineString, optional
        Borders beside the theatre's own, by name.

    Returns
    -------
    Grid
        Each axis begins with the option that is closest to the sentence.

    Raises
    ------
    OptionError
        If two options have one name.
    """
    measure = quantity.measure
    axes = [_source(histories or {}), _end(quantity, histories or {})]
    if measure in CHANGES:
        axes.append(_baseline(quantity))
    if measure == "days_held":
        axes.append(_bridgehead(quantity))
    elif measure != "contested_area":
        axes.append(_ground(quantity))
    axes.append(_clip())
    if measure in AREAS:
        axes += [_area_method(), _which()]
    if measure == "depth":
        axes += [_depth_of(), _border(quantity, borders or {})]
    if measure in PIECES:
        axes += [_gap(), _min_area()]
    if measure == "sections":
        axes.append(_which().without("the largest alone"))
    axes.append(_rounding(quantity))
    return Grid(tuple(axes))


def _tiered(*rows: tuple[str, object, Tier]) -> tuple[Option, ...]:
    return tuple(Option(name, value, tier) for name, value, tier in rows)  # type: ignore[arg-type]  # rows are written out below


def _source(histories: Mapping[str, ControlHistory]) -> Axis:
    names = list(histories) or ["as given"]
    return Axis("source", tuple(Option(name, name, "stated") for name in names))


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _end(quantity: Quantity, histories: Mapping[str, ControlHistory]) -> Axis:
    """
    Which map the date means; every map published in the window is an option.

    The map of the next morning shows what had happened by the end of a period; of a
    single day it is a later map.
    """
    window = quantity.at
    day = _day(window.target)
    after: Tier = "reasonable" if window.start == window.end else "conventional"
    options = list(
        _tiered(
            (f"last map of {day} (UTC)", f"{window.target} UTC", "conventional"),
            (f"last map of {day} (Kyiv)", f"{window.target} {KYIV}", "conventional"),
            (f"first map after {day}", f"{window.target} next", after),
        )
    )
    moments = sorted(
        {
            moment
            for history in histories.values()
            for moment in _published_within(history, window)
        }
    )
    options += [
        Option(f"map of {m:%Y-%m-%d %H:%M} UTC", m.isoformat(), "reasonable")
        for m in moments
    ]
    return Axis("end", tuple(options))


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
            _tiered((_day(window.target), window.target.isoformat(), "stated")),
        )
    end = pd.Timestamp(quantity.at.target)
    year = end.year - 1
    rows: list[tuple[str, object, Tier]] = [
        ("start of the year", date(end.year, 1, 1).isoformat(), "conventional"),
        ("3 months before", _before(end, 3), "conventional"),
        ("the peak", "peak", "conventional"),
        ("6 months before", _before(end, 6), "reasonable"),
        (f"15 December {year}", date(year, 12, 15).isoformat(), "reasonable"),
        (f"16 December {year}", date(year, 12, 16).isoformat(), "reasonable"),
    ]
    known = {row[1] for row in rows}
    months = pd.date_range(end=end, periods=7, freq="MS").date
    rows += [
        (f"start of {month:%B %Y}", month.isoformat(), "stress")
        for month in months
        if month.isoformat() not in known and month < end.date()
    ]
    return Axis("baseline", _tiered(*rows))


def _before(end: pd.Timestamp, months: int) -> str:
    return (end - pd.DateOffset(months=months)).date().isoformat()


def _ground(quantity: Quantity) -> Axis:
    stated = quantity.ground
    if stated is None:
        tiers: tuple[Tier, Tier] = ("conventional", "reasonable")
        return Axis("ground", _tiered(*zip(GROUNDS, GROUNDS, tiers, strict=True)))
    other = next(ground for ground in GROUNDS if ground != stated)
    return Axis(
        "ground", _tiered((stated, stated, "stated"), (other, other, "reasonable"))
    )


def _bridgehead(quantity: Quantity) -> Axis:
    rows: list[tuple[str, object, Tier]] = [("any held ground", "any", "conventional")]
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


def _which() -> Axis:
    return Axis(
        "which",
        _tiered(
            ("all sections", "all", "conventional"),
            ("without small sections unchanged for 90 days", "moving", "reasonable"),
            ("the largest alone", "largest", "reasonable"),
        ),
    )


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
    own = quantity.theatre.border
    rows: list[tuple[str, object, Tier]] = [
        ("the theatre's own", _key(own), "conventional")
    ]
    rows += [(name, _key(line), "reasonable") for name, line in borders.items()]
    return Axis("border", _tiered(*rows))


def _key(line: BaseGeometry | None) -> str:
    """Content of a line, so that another line of the same name is another option."""
    blob = b"" if line is None else shapely.to_wkb(line, byte_order=1)
    return sha256(blob).hexdigest()[:16]


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
    bound = says.value in (says.low, says.high) and not (
        isfinite(says.low) and isfinite(says.high) and says.low and says.high
    )
    if not bound or says.precision is None or says.unit == "count":
        return Axis("rounding", _tiered(("strict", False, "conventional")))
    return Axis(
        "rounding",
        _tiered(
            ("rounded as the sentence", True, "conventional"),
            ("strict", False, "conventional"),
        ),
    )
