"""The door to the command line, which opens before the package has been loaded."""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line; Ctrl-C ends it with one line and 130, also at start-up."""
    try:
        from kursk_geo.cli import main as run  # noqa: PLC0415  (takes most of a second)

        run()
    except KeyboardInterrupt:
        if sys.stderr is not None:
            print("Stopped.", file=sys.stderr)  # noqa: T201
        sys.exit(130)
