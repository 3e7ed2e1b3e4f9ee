"""A history as GeoParquet tables that any tool reads as they are."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow.compute as pc

from kursk_geo._files import kind_of, landing, one_writer
from kursk_geo.errors import OptionError, StoreError
from kursk_geo.formats import RAISED
from kursk_geo.history import SHAPES as SHAPES_COLUMNS
from kursk_geo.history import (
    ControlHistory,
    rejected_table,
    require_history,
    shapes_table,
    snapshots_table,
)
from kursk_geo.periods import KEY, When, span
from kursk_geo.theatre import Theatre
from kursk_geo.theatre import theatre as named_theatre

SCHEMA_VERSIONS = (1, 2)
"""The second has files of shapes that have ended beside that of the others."""
FACTS = ("source", "licence", "attribution")
# Tools that read a folder as one table pass names with an underscore over, so that
# ``geopandas.read_parquet(folder)`` gives the shapes.
SHAPES = "shapes.parquet"
SNAPSHOTS = "_snapshots.parquet"
REJECTED = "_rejected.parquet"
TABLES = (SHAPES, SNAPSHOTS, REJECTED)
MANIFEST = "_kursk_geo.json"
PART_NAME = re.compile(r"shapes-[0-9a-f]{16}\.parquet")

ROW_GROUP = 10_000
"""Rows that are read or passed over together."""
PART_ROWS = 2_000
"""Shapes that have ended are put aside in such numbers: written in 0.1 CPU s."""

ATTEMPTS, PAUSE_S = 10, 0.02
"""How often a store is read again that was replaced while it was read."""


def write_store(history: ControlHistory, path: str | Path) -> Path:
    """
    Write a history as a folder of Parquet tables.

    Parameters
    ----------
    history : ControlHistory
        Whole, as `read_history` gives it.
    path : str or Path
        Folder to write, best named ``*.parquet``. A store that is there is replaced in
        one step once the new one is complete; anything else is left alone.

    Returns
    -------
    Path
        The folder. It holds ``shapes.parquet`` (GeoParquet, with the columns of
        ``ControlHistory.shapes`` and ``bbox``, the covering of GeoParquet 1.1),
        ``_snapshots.parquet``, ``_rejected.parquet`` and ``_kursk_geo.json`` (schema
        version, source, licence, attribution, digests of the tables), compressed with
        zstd. ``geopandas.read_parquet(folder)`` gives the shapes.

    Raises
    ------
    OptionError
        If the history has been cut to a theatre: a store holds what was published.
    StoreError
        If `path` is there and is no store, or cannot be written.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> history = kg.sample_history()
    >>> folder = kg.write_store(history, getfixture("tmp_path") / "history.parquet")
    >>> kg.open_store(folder).shapes.equals(history.shapes)
    True
    """
    require_history(history)
    if history.theatre is not None:
        msg = (
            f"This history is cut to theatre {history.theatre.name!r}. Expected the "
            "whole: write what read_history() gave, and select() after opening."
        )
        raise OptionError(msg)
    path = Path(path)
    with store_writer(path):
        replace_store(history, path)
    return path


@contextmanager
def store_writer(path: Path) -> Iterator[None]:
    """
    Wait until nobody else writes a store; then nobody else does.

    Raises
    ------
    StoreError
        If its folder cannot be written.
    """
    with ExitStack() as stack:
        with _unchanged():
            stack.enter_context(one_writer(path))
        yield


@contextmanager
def _unchanged() -> Iterator[None]:
    """Say of a place that cannot be written what that means for a store."""
    try:
        yield
    except OptionError as error:
        msg = f"{error} Nothing was changed."
        raise StoreError(msg) from error


def replace_store(history: ControlHistory, path: Path, *, append: bool = False) -> None:
    """
    Write a whole history where `store_writer` lets nobody else write.

    Parameters
    ----------
    history : ControlHistory
    path : Path
    append : bool, default False
        Leave files of shapes that have ended as they are where the history still has
        just these, so that a new map costs what is new. Each `PART_ROWS` such shapes
        go into a file of their own; smaller ones before it join it, so that a shape is
        written anew as often as the store has doubled.

    Raises
    ------
    StoreError
        As in `write_store`.
    """
    if kind_of(path) and not is_store(path):
        msg = f"{path} is there and is no store. Name another path, or remove it first."
        raise StoreError(msg)
    shapes = history.shapes
    ended, rows = shapes["valid_to"], shapes.drop(columns="geometry")
    parts: list[dict[str, Any]] = []
    new: dict[str, gpd.GeoDataFrame] = {}

    def since(until: pd.Timestamp) -> "pd.Series[bool]":
        """Rows that ended after those of the parts so far, up to some instant."""
        later: pd.Series[bool] = ended <= until
        return later & (ended > pd.Timestamp(parts[-1]["until"])) if parts else later

    if append and is_store(path):
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        for part in manifest.get("parts", []):
            if _name_of(rows[since(pd.Timestamp(part["until"]))]) != part["name"]:
                break  # a late map has changed them
            parts.append(part)
        n_rows = int(since(ended.max()).sum())
        if n_rows >= PART_ROWS:
            while parts and parts[-1]["n_rows"] <= n_rows:
                n_rows += parts.pop()["n_rows"]
            chosen = since(ended.max())
            name, until = _name_of(rows[chosen]), ended.max().isoformat()
            new[name] = shapes[chosen]
            parts.append({"name": name, "until": until, "n_rows": n_rows})
    new[SHAPES] = shapes[ended.isna() | since(ended.max())] if parts else shapes
    gone = {one.name for one in path.glob("shapes-*.parquet")}
    gone -= {part["name"] for part in parts}
    names = (MANIFEST, *TABLES, *gone)
    with _unchanged(), landing(path, marker=MANIFEST, names=names) as draft:
        packed: dict[str, Any] = {"compression": "zstd", "index": False}
        for name, table in new.items():
            table.to_parquet(
                draft / name,
                schema_version="1.1.0",
                write_covering_bbox=True,
                row_group_size=ROW_GROUP,
                **packed,
            )
        history.snapshots.to_parquet(draft / SNAPSHOTS, **packed)
        history.rejected.to_parquet(draft / REJECTED, **packed)
        digests = {
            one.name: sha256(one.read_bytes()).hexdigest() for one in draft.iterdir()
        }
        facts: dict[str, Any] = {name: getattr(history, name) for name in FACTS}
        facts |= {"schema_version": 1, "sha256": digests}
        if parts:
            if parts[-1]["name"] in digests:
                parts[-1]["sha256"] = digests.pop(parts[-1]["name"])
            facts |= {"schema_version": 2, "parts": parts}
        text = json.dumps(facts, ensure_ascii=False, indent=2, sort_keys=True)
        (draft / MANIFEST).write_text(text + "\n", encoding="utf-8")


def _name_of(ended: pd.DataFrame) -> str:
    """A file of shapes that have ended is called by its rows."""
    digest = sha256(pd.util.hash_pandas_object(ended, index=False).to_numpy().tobytes())
    return f"shapes-{digest.hexdigest()[:16]}.parquet"


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
    return kind_of(Path(path) / MANIFEST) == "file"


def open_store(
    path: str | Path,
    *,
    theatre: Theatre | str | None = None,
    start: When | None = None,
    end: When | None = None,
    tz: str = "UTC",
) -> ControlHistory:
    """
    Open a history that `write_store` wrote.

    Parameters
    ----------
    path : str or Path
        The folder.
    theatre : Theatre or str, optional
        To select at once: shapes that lie elsewhere are not read.
    start, end : str, date, datetime or Timestamp, optional
        First and last day, both included: other maps are not read.
    tz : str, default "UTC"
        Zone in which days begin and end.

    Returns
    -------
    ControlHistory
        The one that was written, bit for bit; of a span and a theatre, what
        `ControlHistory.between` and `ControlHistory.select` make of it.

    Raises
    ------
    StoreError
        If there is no store, it is damaged, or of another schema version.
    OptionError
        If a date or the zone cannot be read.
    TheatreError
        If there is no theatre of that name.

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
    if isinstance(theatre, str):
        theatre = named_theatre(theatre)
    first, last = span(start, end, tz=tz)
    try:
        manifest, raw = _read(path)
        asked: pc.Expression = pc.scalar(value=True)
        if first is not None:
            ended = pc.field("valid_to") <= pc.scalar(first)
            asked &= ended.is_null() | ~ended
        if last is not None:
            asked &= pc.field("valid_from") <= pc.scalar(last)
        region = None if theatre is None else theatre.region
        read = partial(
            gpd.read_parquet,
            columns=[*SHAPES_COLUMNS, "geometry"],
            bbox=None if region is None else region.bounds,
            filters=asked,
        )
        parts = [read(BytesIO(raw[name])) for name in raw if name.startswith("shapes")]
        shapes = pd.concat(parts)
        if len(parts) > 1:
            shapes = shapes.sort_values(["valid_from", *KEY, "valid_to"])
        history = ControlHistory(
            snapshots=snapshots_table(pd.read_parquet(BytesIO(raw[SNAPSHOTS]))),
            shapes=shapes_table(shapes),
            rejected=rejected_table(pd.read_parquet(BytesIO(raw[REJECTED]))),
            **{name: manifest[name] for name in FACTS},
        )
    except StoreError:
        raise
    except RAISED as error:
        msg = f"The store {path} is damaged: {error}. Write it again from the maps."
        raise StoreError(msg) from error
    if start is not None or end is not None:
        history = history.between(start, end, tz=tz)
    return history if theatre is None else history.select(theatre)


def _read(path: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The manifest and its tables: all of one version, whoever writes meanwhile."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
            if (found := manifest.get("schema_version")) not in SCHEMA_VERSIONS:
                msg = (
                    f"{path} has schema version {found}. Expected 1 or 2: write it "
                    "again from the maps, or install the version that wrote it."
                )
                raise StoreError(msg)
            parts = {one["name"]: one["sha256"] for one in manifest.get("parts", [])}
            if foreign := [name for name in parts if not PART_NAME.fullmatch(name)]:
                msg = f"{foreign[0]!r} is no name of a table"
                raise ValueError(msg)
            digests = {name: manifest["sha256"][name] for name in TABLES} | parts
            raw = {name: (path / name).read_bytes() for name in digests}
        except FileNotFoundError:
            if attempt == ATTEMPTS:
                raise
        else:
            strange = [
                name
                for name, digest in digests.items()
                if sha256(raw[name]).hexdigest() != digest
            ]
            if not strange:
                return manifest, raw
        time.sleep(PAUSE_S)
    msg = f"{', '.join(strange)} is not the table that {MANIFEST} tells of"
    raise ValueError(msg)
