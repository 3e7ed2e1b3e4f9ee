"""Instants as users have them: patterns in names, columns of dates and times."""

import re
from datetime import datetime

import numpy as np
import pandas as pd

from kursk_geo.errors import OptionError, SnapshotError
from kursk_geo.periods import When, instant
from kursk_geo.sources.days import day_in_name

__all__ = ["check_pattern", "instant_in_name", "read_instants"]

DIRECTIVES = {
    "Y": r"\d{4}", "y": r"\d\d", "m": r"\d\d", "d": r"\d\d", "j": r"\d{3}",
    "b": r"[^\W\d_]{3}", "B": r"[^\W\d_]+", "H": r"\d\d", "M": r"\d\d", "S": r"\d\d",
    "%": "%",
}  # fmt: skip
"""What each part of a pattern of `datetime.strptime` looks like in a file's name."""


def check_pattern(date_pattern: str) -> str:
    """
    The regular expression for a pattern of `datetime.strptime`, once checked.

    Raises
    ------
    OptionError
        If a part of the pattern is not known, or it tells no day.
    """
    parts = re.split(r"%(.)", date_pattern)
    strangers = [f"%{part}" for part in parts[1::2] if part not in DIRECTIVES]
    told = set(parts[1::2])
    if strangers or not (told & {"Y", "y"} and ({"d"} < told or "j" in told)):
        known = ", ".join(f"%{part}" for part in DIRECTIVES)
        msg = (
            f"date_pattern={date_pattern!r} tells no day. Expected year, month and "
            f"day out of {known}: date_pattern='front_%Y-%m-%d'."
        )
        raise OptionError(msg)
    looks = "".join(
        DIRECTIVES[part] if position % 2 else re.escape(part)
        for position, part in enumerate(parts)
    )
    return rf"(?<!\d){looks}(?!\d)"


def instant_in_name(
    name: str, date_pattern: str | None, *, tz: str = "UTC"
) -> pd.Timestamp:
    """
    The instant that a file's name tells; a day without a time ends at 23:59:59.

    Raises
    ------
    SnapshotError
        If it tells none.
    """
    stem = name.rsplit("/", 1)[-1]
    if date_pattern is None:
        day = day_in_name(name)
        if day is not None:
            return _instant(day, name, tz=tz)
        expected = "YYYY-MM-DD or YYYYMMDD in the file's name"
    else:
        match = re.search(check_pattern(date_pattern), stem)
        try:
            stamp = match and datetime.strptime(match[0], date_pattern)  # noqa: DTZ007
        except ValueError:
            stamp = None
        if stamp is not None:
            return _instant(
                stamp if "%H" in date_pattern else stamp.date(), name, tz=tz
            )
        expected = f"a name that matches {date_pattern!r}"
    msg = (
        f"{name}: nothing tells when this map was published. Expected {expected}: "
        "rename the file, or tell date_column or date_pattern."
    )
    raise SnapshotError(msg)


def read_instants(column: pd.Series, name: str, *, tz: str = "UTC") -> pd.Series:
    """
    The instant of each row; NaT where there is none.

    Days end at 23:59:59. A column of times of which all are midnight holds days, as
    GDAL hands dates on.

    Raises
    ------
    SnapshotError
        If a value cannot be read.
    """
    told = column.dropna()
    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "M":
        days_only = bool((told == told.dt.normalize()).all())
        told = told.dt.date if days_only else told
    known = {
        value: _instant(_when(one), name, tz=tz)
        for value, one in zip(column.dropna(), told, strict=True)
    }
    return pd.Series(
        [known.get(value, pd.NaT) for value in column], dtype="datetime64[us, UTC]"
    )


def _when(value: object) -> When:
    if isinstance(value, (int, float, np.number)):
        number = int(value)
        is_compact = len(str(number)) == 8  # YYYYMMDD, else milliseconds
        return str(number) if is_compact else pd.Timestamp(number, unit="ms", tz="UTC")
    return value  # type: ignore[return-value]  # instant() refuses what it cannot read


def _instant(value: When, name: str, *, tz: str) -> pd.Timestamp:
    try:
        moment, is_instant = instant(value, tz=tz)
    except OptionError as error:
        msg = f"{name}: {error}"
        raise SnapshotError(msg) from error
    return moment if is_instant else moment - pd.Timedelta(seconds=1)
