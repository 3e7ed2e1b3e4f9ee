"""The door to the command line, which opens before the package has been loaded."""

import os
import signal
from types import FrameType

__all__ = ["main"]


def main() -> None:
    """
    Run the command line; Ctrl-C ends it with one line and 130, at any moment.

    While modules load there is nothing to tidy up and an exception may get lost between
    them, so the process ends at once. A command that runs is interrupted as usual.
    """
    signal.signal(signal.SIGINT, _stop)
    from kursk_geo.cli import main as run  # noqa: PLC0415  (takes most of a second)

    run()


def _stop(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001
    os.write(2, b"Stopped.\n")
    os._exit(130)
