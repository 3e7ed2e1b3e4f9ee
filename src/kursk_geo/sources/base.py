"""What a source is, and what the parsers of all sources share."""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Any, Protocol, TypeAlias, runtime_checkable

import pandas as pd

from kursk_geo.errors import DateNotFoundError, OptionError, SnapshotError
from kursk_geo.geometry import Shape
from kursk_geo.periods import When, span
from kursk_geo.snapshots import MapFeature, ParsedMap, UnreadableFile
from kursk_geo.status import Status

Bounds: TypeAlias = tuple[float, float, float, float]
"""West, south, east, north. [degrees]"""

UKRAINE: Bounds = (22.0, 44.0, 41.0, 53.0)
"""Ukraine and the oblasts along its border. [degrees]"""

Memo: TypeAlias = MutableMapping[Any, Any]
"""What a source remembers from file to file of one run; it names its own keys."""

Parsed: TypeAlias = Sequence[ParsedMap | UnreadableFile | SnapshotError]
"""
What a file gives: its maps; what of it is left out, and why (a row of ``rejected``);
or a map that cannot be read, which stops the run unless ``on_error="skip"``.
"""

Item: TypeAlias = MapFeature | str | None
"""A feature of a map, why it cannot be read, or what holds no ground."""


@runtime_checkable
class Source(Protocol):
    """
    Where maps come from, and how their files are read.

    A module with these names is a source, and so is an object: one that has options is
    best a frozen dataclass. It is pure: no network, no disk, no clock; the same bytes
    give the same maps.

    A source whose licence lets its shapes be passed on says so with one name more,
    ``MAY_PASS_GEOMETRY_ON = True``; without it they are not written into files for
    others.

    Examples
    --------
    >>> from kursk_geo.sources import deepstate
    >>> isinstance(deepstate, Source)
    True
    >>> isinstance("deepstate", Source)
    False
    """

    # Read-only, so that constants of a module and fields of a frozen dataclass fit.

    @property
    def NAME(self) -> str:  # noqa: N802  (a module spells its constants so)
        """Lower case; stands in ``ControlHistory.source`` and after ``source=``."""

    @property
    def LICENCE(self) -> str:  # noqa: N802
        """What may be published, in a sentence; travels with every output."""

    @property
    def ATTRIBUTION(self) -> str:  # noqa: N802
        """What must be said when a figure is published."""

    @property
    def CAVEAT(self) -> str:  # noqa: N802
        """What it is blind to, so that every reader must hear it; "" for nothing."""

    @property
    def HOME(self) -> Bounds | None:  # noqa: N802
        """
        Bounds of its theatre, in degrees.

        A map that lies there only with its coordinates swapped is refused. None for a
        source that maps any place.
        """

    @property
    def SUFFIXES(self) -> tuple[str, ...]:  # noqa: N802
        """How the names of its files end, lower case; other files are passed over."""

    def recognises(self, raw: bytes, name: str) -> bool:
        """
        Whether a file is of this source, by its content.

        Parameters
        ----------
        raw : bytes
            The file, unpacked if it was packed.
        name : str
            Of the file, with the folders and the archive that it stands in. A name
            alone is no proof.

        Returns
        -------
        bool

        Raises
        ------
        Nothing
            Bytes of any kind are told from a map.
        """

    def parse(self, raw: bytes, name: str, *, memo: Memo | None = None) -> Parsed:
        """
        Parse one file.

        Parameters
        ----------
        raw : bytes
            The file, unpacked if it was packed.
        name : str
            Of the file, with the folders and the archive that it stands in.
        memo : mutable mapping, optional
            What earlier files of the run left, to save work on what repeats. Without
            one the file stands for itself.

        Returns
        -------
        sequence
            One entry a map; ``origin`` and ``sha256`` may stay empty, `read_history`
            fills them.

        Raises
        ------
        SnapshotError
            If the file cannot be read; names it, and what to do.
        """


@runtime_checkable
class JoiningSource(Source, Protocol):
    """
    A source of which one map may lie in several files.

    Its `parse` leaves in the memo what is not a map by itself, and returns no entry
    for it.
    """

    def join(self, memo: Memo) -> Parsed:
        """
        Maps of what `parse` left in the memo, once all files have been seen.

        Parameters
        ----------
        memo : mutable mapping
            The one that was handed to `parse`. The order of files must not matter.

        Returns
        -------
        sequence
            One entry a map, with its ``origin`` and ``sha256``.

        Raises
        ------
        Nothing
            A map that cannot be read is a `SnapshotError` among the entries.
        """


def map_feature(status: Status | None, label: str, shape: Shape) -> Item:
    """A feature as a map holds it; without a status it is left out on purpose."""
    if status is None:
        return None
    if shape is None or isinstance(shape, str):
        return shape or "no geometry"
    return MapFeature(status, label, shape)


BEGINNING, END = (
    pd.Timestamp(day, tz="UTC") for day in ("0001-01-01", "9999-12-31 23:59:59")
)
"""Of all days that Python knows: an open end of a window."""


@dataclass(frozen=True)
class Window:
    """First and last day of publication, both included; None leaves an end open."""

    start: When | None = None
    end: When | None = None
    tz: str = "UTC"

    def __post_init__(self) -> None:
        first, last = self.span
        if last < first:
            msg = (
                f"start={self.start!r}, end={self.end!r} was given. Expected the end "
                "on the day of the start or later: swap them."
            )
            raise OptionError(msg)

    @cached_property
    def span(self) -> tuple[pd.Timestamp, pd.Timestamp]:
        """First and last instant."""
        first, last = span(self.start, self.end, tz=self.tz)
        return first or BEGINNING, last or END

    def holds(self, when: pd.Timestamp) -> bool:
        """Whether an instant lies within."""
        return self.span[0] <= when <= self.span[1]

    def days(self, earliest: date, latest: date | None = None) -> list[date]:
        """UTC days that it touches, none before `earliest` or after `latest`."""
        first, last = (one.date() for one in self.span)
        latest = latest or datetime.now(UTC).date()
        first, last = max(first, earliest), min(last, latest)
        n_days = (last - first).days + 1
        return [first + timedelta(days=offset) for offset in range(n_days)]

    def empty(self, source: str, reach: str = "") -> DateNotFoundError:
        """The error for a window without maps."""
        msg = (
            f"No map of {source} was published from {self.start or 'the beginning'} "
            f"to {self.end or 'today'} ({self.tz}). Expected at least one: ask for "
            f"other days.{' ' + reach if reach else ''}"
        )
        return DateNotFoundError(msg)


def joined(
    files: Mapping[str, tuple[str, Sequence[Item]]],
    when: pd.Timestamp,
    identity: str,
) -> ParsedMap:
    """One map of several files, by name: their digests, and what they show."""
    digests: dict[str, str] = {}
    for name in sorted(files):
        digests.setdefault(files[name][0], name)  # a copy says nothing new
    first, *others = digests.values()
    rest = f" and {len(others)} more" if others else ""
    whole = "".join(digests)
    digest = sha256(whole.encode()).hexdigest() if others else whole
    return ParsedMap(
        when,
        identity,
        [one for name in digests.values() for one in files[name][1]],
        origin=f"{first}{rest}",
        sha256=digest,
    )
