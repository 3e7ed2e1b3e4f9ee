"""The days that were asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pandas as pd

from kursk_geo.errors import DateNotFoundError, OptionError
from kursk_geo.history import ControlHistory
from kursk_geo.periods import When, span

__all__ = ["Window"]


@dataclass(frozen=True)
class Window:
    """First and last day, both included, as they were asked for and in UTC."""

    start: When | None
    end: When | None
    tz: str
    first: pd.Timestamp | None
    last: pd.Timestamp | None
    inclusive: bool

    @classmethod
    def of(cls, start: When | None, end: When | None, tz: str) -> "Window":
        """
        Read a window.

        Raises
        ------
        OptionError
            If a date or the zone cannot be read, or the end is before the start.
        """
        first, last, inclusive = span(start, end, tz=tz)
        found = cls(start, end, tz, first, last, inclusive)
        if first is not None and last is not None and not found.holds(first):
            msg = (
                f"start={start!r}, end={end!r} was given. Expected the end on the day "
                "of the start or later: swap them."
            )
            raise OptionError(msg)
        return found

    def holds(self, when: pd.Timestamp) -> bool:
        """Whether an instant lies within."""
        after = self.first is None or when >= self.first
        if self.last is None or not after:
            return after
        return when <= self.last if self.inclusive else when < self.last

    def holds_unix(self, number: int) -> bool:
        """Whether an instant in unix seconds lies within."""
        return self.holds(pd.Timestamp(number, unit="s", tz="UTC"))

    def days(self, earliest: date, latest: date | None = None) -> Iterator[date]:
        """UTC days that it touches, none before `earliest` or after `latest`."""
        today = datetime.now(UTC).date()
        latest = today if latest is None else min(latest, today)
        if self.first is not None:
            earliest = max(earliest, self.first.date())
        if self.last is not None:
            # The end of a day belongs to the next.
            short = pd.Timedelta(0 if self.inclusive else 1, unit="us")
            latest = min(latest, (self.last - short).date())
        for offset in range((latest - earliest).days + 1):
            yield earliest + timedelta(days=offset)

    def cut(self, history: ControlHistory) -> ControlHistory:
        """
        The maps published within.

        Raises
        ------
        DateNotFoundError
            If there is none.
        """
        within = history.between(self.start, self.end, tz=self.tz)
        if within.snapshots.empty:
            raise self.empty(history.source)
        return within

    def empty(self, source: str, reach: str = "") -> DateNotFoundError:
        """The error for a window without maps."""
        msg = (
            f"No map of {source} was published from {self.start or 'the beginning'} "
            f"to {self.end or 'today'} ({self.tz}). Expected at least one: ask for "
            f"other days.{' ' + reach if reach else ''}"
        )
        return DateNotFoundError(msg)
