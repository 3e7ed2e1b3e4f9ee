"""New maps put into a history that is there, without reading the others again."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path

import pandas as pd

from kursk_geo._files import raw_files
from kursk_geo.errors import OptionError, SnapshotError
from kursk_geo.history import ControlHistory, rejected_table
from kursk_geo.snapshots import ParsedMap, UnreadableFile, join_maps
from kursk_geo.sources.base import JoiningSource, Source
from kursk_geo.sources.files import (
    SAMPLE,
    SOURCES,
    as_source,
    parse_each,
    read_history,
)
from kursk_geo.store import open_store, replace_store, store_writer


@dataclass(frozen=True)
class Update:
    """
    What became of a history.

    Parameters
    ----------
    history : ControlHistory
        With the new maps in their places.
    added, late : tuple of str
        Files of new maps; those of them that are older than the last known map.
    refused : tuple of str
        Why files were left out, a sentence each.
    """

    history: ControlHistory
    added: tuple[str, ...]
    late: tuple[str, ...]
    refused: tuple[str, ...]


def update_store(
    store: Path, maps: str | Path, *, source: str | None = None
) -> tuple[ControlHistory, Update]:
    """
    Put the maps of a folder or archive that a store lacks into it.

    Nobody else writes the store from before it is read until it is written.

    Parameters
    ----------
    store : Path
        Made if it is not there.
    maps : str or Path
        As in `update_history`.
    source : str, optional
        As in `read_history`; by default that of the store.

    Returns
    -------
    ControlHistory
        As the store was.
    Update
        What became of it.

    Raises
    ------
    StoreError
        If it cannot be read or written.
    SourceError
        If there is nothing to read.
    OptionError
        If the store's own source is none that reads maps.
    """
    first = (
        None if store.exists() else read_history(maps, source=source, on_error="skip")
    )
    with store_writer(store):
        if first is None or store.exists():
            before = open_store(store)
            told = ""
            if before.source == SAMPLE:
                told = "a store of published maps, to which more come: name another"
            elif source is None and before.source not in SOURCES:
                told = "--source (source=) with the file that describes their columns"
            if told:
                msg = f"{store} holds maps of {before.source!r}. Expected {told}."
                raise OptionError(msg)
            known = as_source(source or before.source)
            new = update_history(before, maps, source=known)
        else:
            before = first.between("0001-01-01", "0001-01-01")
            broken = first.rejected[first.rejected["feature"].isna()]
            reasons = tuple(broken["reason"])
            new = Update(first, tuple(first.snapshots["origin"]), (), reasons)
        if new.added:
            replace_store(new.history, store, append=True)
    return before, new


def update_history(
    history: ControlHistory, path: str | Path, *, source: Source
) -> Update:
    """
    Read the maps of a folder or archive that a history lacks, and put them into it.

    Parameters
    ----------
    history : ControlHistory
        Not selected for a theatre.
    path : str or Path
        Where its maps lie, with the new ones among them. Files that it was made of are
        known by their name, and not read again.
    source : Source
        Of the maps.

    Returns
    -------
    Update
        The history is the same as if all maps had been read at once. A file that
        cannot be read, or whose instant another map has, is refused by name.
    """
    published = history.snapshots["snapshot_utc"]
    digests = dict(zip(published, history.snapshots["sha256"], strict=True))
    refused: list[str] = []

    def new_maps() -> Iterator[ParsedMap | UnreadableFile]:
        origins = history.snapshots["origin"]
        known = {origin.partition("/")[2] or origin for origin in origins}
        if isinstance(source, JoiningSource):  # of new maps, parts may lie in old files
            known = set()
        files = raw_files(path, suffixes=source.SUFFIXES, known=known)
        for file, told in (
            (file, one) for file, maps in parse_each(files, source) for one in maps
        ):
            one = told
            if isinstance(one, SnapshotError):
                one = UnreadableFile(file.name, str(one))
            if isinstance(one, UnreadableFile):
                own = one.reason.startswith(one.origin)
                refused.append(one.reason if own else f"{one.origin}: {one.reason}")
                yield one
            elif one.snapshot_utc not in digests:
                yield one
            elif one.sha256 != digests[one.snapshot_utc]:
                refused.append(
                    f"{one.origin}: another map of {one.snapshot_utc:%Y-%m-%d %H:%M} "
                    "UTC is there already. To take this one, write the store anew."
                )

    read = join_maps(
        new_maps(),
        source=history.source,
        licence=history.licence,
        attribution=history.attribution,
        home=source.HOME,
        on_error="skip",
    )
    added = read.snapshots
    late = added[added["snapshot_utc"] < published.max()]
    # Each run of maps from one of the two, one after the other.
    both = {"known": history, "new": read}
    when = pd.concat([one.snapshots.assign(of=name) for name, one in both.items()])
    when = when.sort_values("snapshot_utc")
    runs = (when["of"] != when["of"].shift()).cumsum()
    parts = [
        both[run["of"].iloc[0]].between(*run["snapshot_utc"].iloc[[0, -1]])
        for _, run in when.groupby(runs)
    ]
    joined = reduce(ControlHistory.append, parts) if parts else history
    rejected = pd.concat([history.rejected, read.rejected])
    return Update(
        history=replace(joined, rejected=rejected_table(rejected.drop_duplicates())),
        added=tuple(added["origin"]),
        late=tuple(late["origin"]),
        refused=tuple(refused),
    )
