"""Which map a date means in each source, and which maps were looked at."""

from collections.abc import Mapping

import pandas as pd

from kursk_geo.errors import DateNotFoundError, OptionError
from kursk_geo.history import ControlHistory
from kursk_geo.periods import DAY, instant

__all__ = ["Dates"]

PATIENCE_DAYS = 14
"""A map farther from a date than this, with none between, does not answer for it."""


class Dates:
    """
    Looks maps up by date and remembers what it found.

    Parameters
    ----------
    histories : mapping of str to ControlHistory
        By the name that an axis calls their source.
    """

    def __init__(self, histories: Mapping[str, ControlHistory]) -> None:
        self.histories = histories
        self.looked: set[tuple[str, pd.Timestamp]] = set()
        """Maps that were looked at on the way to a figure, by source."""
        self._found: dict[tuple[str, str, str], pd.Timestamp] = {}

    def history(self, source: str) -> ControlHistory:
        """The history of that name, or the reason why there is none."""
        if source not in self.histories:
            given = ", ".join(self.histories) or "none"
            msg = (
                f"No maps of source {source!r} were given. Expected one of those "
                f"given ({given}): read these maps too, or build the grid with "
                "axes(claim, histories=...)."
            )
            raise OptionError(msg)
        return self.histories[source]

    def published(self, source: str, when: str, tz: str) -> pd.Timestamp:
        """Instant of the map that stood at a date or an instant."""
        key = (source, when, tz)
        if key not in self._found:
            history = self.history(source)
            snapshot = history.snapshot_at(when, tz=tz)
            last = history.snapshots["snapshot_utc"].iloc[-1]
            if instant(when, tz=tz)[0] - last > PATIENCE_DAYS * DAY:
                msg = (
                    f"The maps end on {last:%Y-%m-%d}, more than {PATIENCE_DAYS} days "
                    f"before {when}. Expected maps up to that date: read newer ones."
                )
                raise DateNotFoundError(msg)
            self._found[key] = snapshot["snapshot_utc"]
        return self._found[key]

    def first_after(self, source: str, day: str) -> pd.Timestamp:
        """Instant of the first map published after a day has ended in UTC."""
        key = (source, day, "next")
        if key not in self._found:
            published = self.history(source).snapshots["snapshot_utc"]
            over = instant(day)[0]
            position = int(published.searchsorted(over))
            if (
                position == len(published)
                or published.iloc[position] - over > PATIENCE_DAYS * DAY
            ):
                msg = (
                    f"No map was published within {PATIENCE_DAYS} days after {day}. "
                    "Expected one: read newer maps, or older ones."
                )
                raise DateNotFoundError(msg)
            self._found[key] = published.iloc[position]
        return self._found[key]

    def look(self, source: str, moment: pd.Timestamp) -> None:
        """Remember that the map that stood at an instant was looked at."""
        published = self.history(source).snapshots["snapshot_utc"]
        position = int(published.searchsorted(moment, side="right")) - 1
        if position >= 0:
            self.looked.add((source, published.iloc[position]))
