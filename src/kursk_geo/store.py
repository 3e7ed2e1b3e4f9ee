"""A history as GeoParquet tables that any tool reads as they are."""

import json
import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import geopandas as gpd
import pandas as pd

from kursk_geo.errors import OptionError, StoreError
from kursk_geo.history import (
    ControlHistory,
    rejected_table,
    shapes_table,
    snapshots_table,
)

__all__ = ["is_store", "open_store", "write_store"]

SCHEMA_VERSION = 1
FACTS = ("source", "licence", "attribution")
BOUNDS = ["west", "south", "east", "north"]
# Tools that read a folder as one table pass names with an underscore over, so that
# ``geopandas.read_parquet(folder)`` gives the shapes.
SHAPES = "shapes.parquet"
SNAPSHOTS = "_snapshots.parquet"
REJECTED = "_rejected.parquet"
MANIFEST = "_kursk_geo.json"

DAMAGED = (OSError, ValueError, KeyError, TypeError, AttributeError)
"""What reading a damaged store raises; pyarrow's errors are among them."""


def write_store(history: ControlHistory, path: str | Path) -> Path:
    """
    Write a history as a folder of Parquet tables.

    Parameters
    ----------
    history : ControlHistory
        Whole, as `read_history` gives it.
    path : str or Path
        Folder to write, best named ``*.parquet``. A store that is there is replaced
        once the new one is complete; anything else is left alone.

    Returns
    -------
    Path
        The folder. It holds ``shapes.parquet`` (GeoParquet, with the columns of
        ``ControlHistory.shapes`` and the bounds ``west, south, east, north``),
        ``_snapshots.parquet``, ``_rejected.parquet`` and ``_kursk_geo.json`` (schema
        version, source, licence, attribution), compressed with zstd.
        ``geopandas.read_parquet(folder)`` gives the shapes.

    Raises
    ------
    OptionError
        If the history has been cut to a theatre: a store holds what was published.
    StoreError
        If `path` is there and is no store, or cannot be written.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> history = kg.read_history("sample_data/deepstate")
    >>> folder = kg.write_store(history, Path(mkdtemp()) / "history.parquet")
    >>> kg.open_store(folder).shapes.equals(history.shapes)
    True
    """
    if history.theatre is not None:
        msg = (
            f"This history is cut to theatre {history.theatre.name!r}. Expected the "
            "whole: write what read_history() gave, and select() after opening."
        )
        raise OptionError(msg)
    path = Path(path)
    if path.exists() and not is_store(path):
        msg = f"{path} is there and is no store. Name another path, or remove it first."
        raise StoreError(msg)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    except OSError as error:
        msg = (
            f"Cannot write a store at {path}: {error}. Name a folder you may write to."
        )
        raise StoreError(msg) from error
    try:
        _write_tables(history, draft)
        _swap(draft, path)
    except OSError as error:
        msg = f"Cannot write a store at {path}: {error}. Nothing was changed."
        raise StoreError(msg) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return path


def _write_tables(history: ControlHistory, folder: Path) -> None:
    bounds = pd.DataFrame(history.shapes.bounds.to_numpy(), columns=BOUNDS)
    shapes = history.shapes.assign(**{name: bounds[name] for name in BOUNDS})
    shapes.to_parquet(folder / SHAPES, compression="zstd", index=False)
    history.snapshots.to_parquet(folder / SNAPSHOTS, compression="zstd", index=False)
    history.rejected.to_parquet(folder / REJECTED, compression="zstd", index=False)
    manifest: dict[str, Any] = {"schema_version": SCHEMA_VERSION}
    manifest |= {name: getattr(history, name) for name in FACTS}
    text = json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def _check_version(manifest: dict[str, Any], path: Path) -> None:
    found = manifest.get("schema_version")
    if found != SCHEMA_VERSION:
        msg = (
            f"{path} has schema version {found}. Expected {SCHEMA_VERSION}: write it "
            "again from the maps, or install the version that wrote it."
        )
        raise StoreError(msg)


def _check_columns(table: pd.DataFrame, like: pd.DataFrame, file: Path) -> None:
    """Refuse a table that lacks columns, which would be read as empty ones."""
    missing = [name for name in like.columns if name not in table.columns]
    if missing:
        msg = (
            f"{file} has no {', '.join(missing)}. Expected the columns that "
            "write_store() gives: write the store again from the maps."
        )
        raise StoreError(msg)


def _swap(draft: Path, path: Path) -> None:
    """Put a finished folder in the place of an older one."""
    if not path.exists():
        draft.rename(path)
        return
    aside = Path(mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        path.rename(aside / "old")
        try:
            draft.rename(path)
        except OSError:
            (aside / "old").rename(path)
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def is_store(path: str | Path) -> bool:
    """
    Whether a path is a store.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    bool
        Also True for a store of a version that cannot be opened.

    Raises
    ------
    Nothing
        What cannot be looked at is no store.

    Examples
    --------
    >>> is_store("no/such/folder")
    False
    """
    return (Path(path) / MANIFEST).is_file()


def open_store(path: str | Path) -> ControlHistory:
    """
    Open a history that `write_store` wrote.

    Parameters
    ----------
    path : str or Path
        The folder.

    Returns
    -------
    ControlHistory
        The one that was written, bit for bit.

    Raises
    ------
    StoreError
        If there is no store, it is damaged, or of another schema version.

    Examples
    --------
    >>> open_store("no/such/folder")
    Traceback (most recent call last):
        ...
    kursk_geo.errors.StoreError: There is no store at no/such/folder. Expected ...
    """
    path = Path(path)
    if not is_store(path):
        msg = (
            f"There is no store at {path}. Expected a folder that write_store() wrote; "
            "read_history() reads maps."
        )
        raise StoreError(msg)
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        _check_version(manifest, path)
        shapes = gpd.read_parquet(path / SHAPES)
        snapshots = pd.read_parquet(path / SNAPSHOTS)
        rejected = pd.read_parquet(path / REJECTED)
        _check_columns(shapes, shapes_table(pd.DataFrame()), path / SHAPES)
        _check_columns(snapshots, snapshots_table(pd.DataFrame()), path / SNAPSHOTS)
        _check_columns(rejected, rejected_table(pd.DataFrame()), path / REJECTED)
        return ControlHistory(
            snapshots=snapshots_table(snapshots),
            shapes=shapes_table(shapes),
            rejected=rejected_table(rejected),
            **{name: manifest[name] for name in FACTS},
        )
    except StoreError:
        raise
    except DAMAGED as error:
        msg = f"The store {path} is damaged: {error}. Write it again from the maps."
        raise StoreError(msg) from error
