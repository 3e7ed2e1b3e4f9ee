"""A progress bar, on a terminal, for what takes longer than a second."""

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

__all__ = ["track"]

Item = TypeVar("Item")
PATIENCE_S = 1.0


def track(
    items: Iterable[Item], *, description: str, total: int | None = None
) -> Iterator[Item]:
    """
    Pass items on, and draw a bar on standard error once it has taken a second.

    Parameters
    ----------
    items : iterable
        Taken one at a time.
    description : str
        Stands before the bar.
    total : int, optional
        Number of items, where it is known beforehand.

    Yields
    ------
    object
        Each item.

    Raises
    ------
    Nothing
        Of its own.

    Examples
    --------
    >>> list(track([], description="Reading maps"))
    []
    """
    if not sys.stderr.isatty():
        yield from items
        return
    started, bar, done = time.monotonic(), None, 0
    try:
        for item in items:
            yield item
            done += 1
            if bar is None and time.monotonic() - started > PATIENCE_S:
                from rich.console import Console  # noqa: PLC0415  (40 ms, seldom)
                from rich.progress import Progress  # noqa: PLC0415

                bar = Progress(console=Console(stderr=True), transient=True)
                bar.start()
                task = bar.add_task(description, total=total)
            if bar is not None:
                bar.update(task, completed=done)
    finally:
        if bar is not None:
            bar.stop()
