"""The door to the command line, which opens before the package has been loaded."""

import gc
import os
import signal
from types import FrameType

__all__ = ["main", "stop_at_once"]


def main() -> None:
    """
    Run the command line; Ctrl-C ends it with one line and 130, at any moment.

    While modules load there is nothing to tidy up and an exception may get lost between
    them, so the process ends at once. A command that runs is interrupted as usual.
    """
    stop_at_once()
    # Modules are no rubbish: a tenth of a short command went to looking for some.
    gc.disable()
    from kursk_geo.cli import main as run  # noqa: PLC0415  (takes most of a second)

    gc.freeze()
    gc.enable()
    run()


def stop_at_once() -> None:
    """Let Ctrl-C end the process in one line, until a command runs."""
    signal.signal(signal.SIGINT, _stop)


def _stop(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001
    os.write(2, b"Stopped.\n")
    os._exit(130)
