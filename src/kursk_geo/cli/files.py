"""Where answers go: standard output, or a file that is written whole."""

import os
from pathlib import Path

from kursk_geo.cli.command import abandon_output, say
from kursk_geo.errors import OptionError

__all__ = ["deliver", "write_bytes", "write_file"]


def deliver(text: str, output: Path | None, n_rows: int) -> None:
    """Print a text, or write it to a file and say so."""
    if output is None:
        _print(text)
        return
    write_file(output, text)
    say(f"Wrote {output} ({n_rows:,} rows).")


def _print(text: str) -> None:
    try:
        print(text, end="", flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        abandon_output()
        msg = (
            f"Cannot write to standard output: {error.strerror or error}. Make room, "
            "or name a file with --output."
        )
        raise OptionError(msg) from error


def write_file(path: Path, text: str) -> None:
    """
    Write a file whole, or leave what was there.

    Raises
    ------
    OptionError
        If it cannot be written.
    """
    write_bytes(path, text.encode("utf-8", errors="backslashreplace"))


def write_bytes(path: Path, raw: bytes) -> None:
    """
    Write a file whole, or leave what was there.

    Raises
    ------
    OptionError
        If it cannot be written.
    """
    path = path.resolve()
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(raw)  # /dev/stdout, a named pipe
            return
        try:
            draft.write_bytes(raw)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        msg = (
            f"Cannot write {path}: {error.strerror or error}. Name a file in a folder "
            "that is there and that you may write to."
        )
        raise OptionError(msg) from error
