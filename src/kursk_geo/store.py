"""A history as GeoParquet tables that any tool reads as they are."""

from pathlib import Path

from kursk_geo.history import ControlHistory

__all__ = ["is_store", "open_store", "write_store"]


def is_store(path: str | Path) -> bool:
    return False


def open_store(path: str | Path) -> ControlHistory:
    raise ValueError
