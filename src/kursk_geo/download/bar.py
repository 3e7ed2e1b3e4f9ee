"""A progress bar that shows itself only when there is something to wait for."""

import threading
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

SHOWN_AFTER_S = 1.0


class Bar:
    """Progress on standard error, on a terminal, after a second."""

    def __init__(self, n_files: int, *, wanted: bool) -> None:
        self._n_files = n_files
        self._n_done = 0
        self._n_bytes = 0
        self._total_bytes: int | None = None
        self._begun = time.monotonic()
        self._lock = threading.Lock()
        self._console = Console(stderr=True)
        self._wanted = wanted and self._console.is_terminal
        self._progress: Progress | None = None
        self._task = TaskID(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def expect(self, total_bytes: int | None, *, arrived_bytes: int = 0) -> None:
        """Size of the one file that is coming, and what is here already."""
        with self._lock:
            if self._n_files == 1:
                self._total_bytes = total_bytes
                self._n_bytes = arrived_bytes

    def advance(self, *, n_bytes: int = 0, n_files: int = 0) -> None:
        """Count what has arrived, and draw."""
        with self._lock:
            self._n_bytes += n_bytes
            self._n_done += n_files
            if not self._wanted or time.monotonic() - self._begun < SHOWN_AFTER_S:
                return
            if self._progress is None:
                self._progress = self._start()
            one = self._n_files == 1
            self._progress.update(
                self._task,
                completed=self._n_bytes if one else self._n_done,
                total=self._total_bytes if one else self._n_files,
                description=f"{self._n_done} of {self._n_files} files",
                size=f"{self._n_bytes / 1e6:,.1f} MB",
            )

    def _start(self) -> Progress:
        progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[size]}"),
            console=self._console,
            transient=True,
        )
        self._task = progress.add_task("", total=None, size="")
        progress.start()
        return progress
