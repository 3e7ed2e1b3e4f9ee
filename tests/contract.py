"""The contract of a source, as tests; subclass it and fill in the two attributes."""

import io
import re
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import ClassVar
from warnings import catch_warnings, simplefilter

import pandas as pd
import pytest
from shapely.geometry.base import BaseGeometry

from kursk_geo._files import RawFile, has_suffix
from kursk_geo.errors import KurskGeoWarning, SnapshotError, SourceError
from kursk_geo.history import ControlHistory
from kursk_geo.snapshots import MapFeature, ParsedMap, UnreadableFile, join_maps
from kursk_geo.sources.base import JoiningSource, Memo, Source
from kursk_geo.sources.files import SOURCES, parse_files, read_history
from kursk_geo.status import Status
from kursk_geo.store import open_store, write_store

STRANGERS = {
    "empty.json": b"",
    "page.html": b"<!DOCTYPE html><html><body>Too many requests</body></html>",
    "other.json": b'{"type": "FeatureCollection", "features": []}',
    "table.csv": b"a,b\n1,2\n",
    "picture.png": b"\x89PNG\r\n\x1a\n" + bytes(32),
}
"""Files of no source, which none may take for its own."""


class SourceContract:
    """
    Tests that every source passes; subclass it and fill in the two attributes.

    Parameters
    ----------
    source : Source
        The module or object under test.
    files : mapping of str to bytes
        Names and contents of a few whole files of it.
    told_by_content : bool, default True
        Whether the source can be told from the content of its files. False for one
        that has to be named, such as `kursk_geo.sources.plain.Plain`.

    """

    source: ClassVar[Source]
    files: ClassVar[Mapping[str, bytes]]
    told_by_content: ClassVar[bool] = True

    # What every test starts from

    def read(self, files: Mapping[str, bytes] | None = None) -> ControlHistory:
        """The history of some files, without a disk."""
        named = self.files if files is None else files
        raw = [RawFile(name, content) for name, content in named.items()]
        with catch_warnings():
            simplefilter("ignore", KurskGeoWarning)
            return join_maps(
                parse_files(raw, self.source),
                source=self.source.NAME,
                home=self.source.HOME,
            )

    def maps(self) -> list[ParsedMap]:
        """All maps of the files, in the order of time."""
        memo: Memo = {}
        found = [
            one
            for name, raw in self.files.items()
            for one in self.source.parse(raw, name, memo=memo)
        ]
        if isinstance(self.source, JoiningSource):
            found += self.source.join(memo)
        for one in found:
            assert isinstance(one, (ParsedMap, UnreadableFile)), f"unreadable: {one}"
        maps = [one for one in found if isinstance(one, ParsedMap)]
        return sorted(maps, key=lambda one: one.snapshot_utc)

    # The names

    def test_has_every_name_of_a_source(self) -> None:
        assert isinstance(self.source, Source)
        name = self.source.NAME
        assert name
        assert name == name.lower().strip(), "NAME stands on the command line"
        assert not name.endswith(".toml"), "source='x.toml' is a file"
        assert isinstance(self.source.LICENCE, str)
        assert isinstance(self.source.ATTRIBUTION, str)
        assert isinstance(self.source.CAVEAT, str)

    def test_suffixes_are_those_of_the_files(self) -> None:
        suffixes = self.source.SUFFIXES
        assert isinstance(suffixes, tuple)
        assert all(s.startswith(".") and s == s.lower() for s in suffixes)
        strangers = [name for name in self.files if not has_suffix(name, suffixes)]
        assert not strangers, f"read_history would pass over {strangers}"

    def test_home_is_west_south_east_north(self) -> None:
        if self.source.HOME is not None:
            west, south, east, north = self.source.HOME
            assert -180 <= west < east <= 180
            assert -90 <= south < north <= 90

    # Recognising

    def test_its_files_are_told_from_all_other_sources(self) -> None:
        for name, raw in self.files.items():
            takers = {one.NAME for one in SOURCES.values() if one.recognises(raw, name)}
            assert takers <= {self.source.NAME}, f"{name} is also taken for {takers}"
            if self.told_by_content:
                assert self.source.recognises(raw, name), f"{name} is not recognised"

    def test_strangers_are_not_recognised(self) -> None:
        for name in self.files:
            for stranger in STRANGERS.values():
                assert not self.source.recognises(stranger, name), (
                    f"a name ({name}) is no proof"
                )
        for name, raw in STRANGERS.items():
            assert not self.source.recognises(raw, name)

    # Parsing

    def test_maps_have_instants_and_known_statuses(self) -> None:
        maps = self.maps()
        assert maps, "the files hold no map"
        for one in maps:
            assert isinstance(one.snapshot_utc, pd.Timestamp)
            assert str(one.snapshot_utc.tz) == "UTC", "snapshot_utc lacks UTC"
            assert one.snapshot_id
            for feature in one.features:
                if isinstance(feature, MapFeature):
                    assert isinstance(feature.status, Status)
                    assert isinstance(feature.label, str)
                    assert isinstance(feature.geometry, (bytes, BaseGeometry))
                else:
                    assert feature is None or feature, "tell why it cannot be read"

    def test_some_of_the_ground_is_known(self) -> None:
        shapes = self.read().shapes
        assert (shapes["status"] != Status.UNKNOWN).any()
        assert not shapes.is_empty.any()

    def test_ground_lies_at_home(self) -> None:
        if self.source.HOME is not None:
            west, south, east, north = self.source.HOME
            shapes = self.read().shapes
            assert not shapes.cx[west:east, south:north].empty

    def test_the_same_bytes_give_the_same_maps(self) -> None:
        assert_same(self.read(), self.read())

    def test_the_order_of_files_does_not_matter(self) -> None:
        turned = dict(reversed(list(self.files.items())))
        assert_same(self.read(), self.read(turned))

    def test_the_same_file_twice_changes_nothing(self) -> None:
        again = {f"again/{name}": raw for name, raw in self.files.items()}
        assert_same(self.read(), self.read({**self.files, **again}))

    def test_the_memo_only_saves_work(self) -> None:
        for name, raw in self.files.items():
            memo: Memo = {}
            alone = summary(self.source.parse(raw, name))
            first = [*self.source.parse(raw, name, memo=memo)]
            if isinstance(self.source, JoiningSource):
                first += self.source.join(memo)
            assert summary(first) == alone

    def test_a_file_cut_short_is_refused_by_name(self) -> None:
        for name, raw in self.files.items():
            message = self.refusal(raw[: len(raw) * 2 // 3], name)
            assert message, f"two thirds of {name} are read as if they were the whole"
            assert name in message, "the message does not name the file"

    def refusal(self, raw: bytes, name: str) -> str:
        """Why a file is not read, "" if it is."""
        try:
            parsed = self.source.parse(raw, name)
        except SnapshotError as error:
            return str(error)
        return "".join(str(one) for one in parsed if isinstance(one, SnapshotError))

    # Reading

    def test_every_container_gives_the_same_history(self, tmp_path: Path) -> None:
        history = self.read()
        folder = tmp_path / "maps"
        for name, raw in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(raw)
        (folder / "notes.txt").write_text("a stranger", encoding="utf-8")
        packed = zip_of(self.files, tmp_path / "maps.zip")
        tarred = tar_of(self.files, tmp_path / "maps.tar.gz")
        for path in (folder, packed, tarred):
            assert_same(self.read_path(path), history)

    def test_the_store_gives_the_same_history(self, tmp_path: Path) -> None:
        history = self.read()
        assert_same(open_store(write_store(history, tmp_path / "store")), history)

    def test_read_history_says_which_source_it_was(self, tmp_path: Path) -> None:
        path = zip_of(self.files, tmp_path / "maps.zip")
        history = self.read_path(path)
        assert history.source == self.source.NAME
        assert set(history.snapshots["source"]) == {self.source.NAME}
        assert history.licence == self.source.LICENCE
        assert history.attribution == self.source.ATTRIBUTION
        assert (history.snapshots["sha256"].str.len() == 64).all()
        assert history.snapshots["origin"].str.len().gt(0).all()

    def test_what_cannot_be_read_is_listed_on_request(self, tmp_path: Path) -> None:
        name = next(iter(self.files))
        broken = f"broken{next(s for s in self.source.SUFFIXES if name.endswith(s))}"
        path = zip_of({**self.files, broken: b""}, tmp_path / "maps.zip")
        with pytest.raises(SourceError, match=re.escape(broken)):
            self.read_path(path)
        with catch_warnings():
            simplefilter("ignore", KurskGeoWarning)
            history = read_history(path, source=self.source, on_error="skip")
        assert_same(history, self.read())
        assert history.rejected["origin"].str.contains(broken).any()

    def read_path(self, path: Path) -> ControlHistory:
        """What `read_history` gives; the source is named only if it must be."""
        with catch_warnings():
            simplefilter("ignore", KurskGeoWarning)
            return read_history(
                path, source=None if self.is_registered() else self.source
            )

    def is_registered(self) -> bool:
        """Whether `read_history` can find the source by itself."""
        return self.told_by_content and any(
            one is self.source or one == self.source for one in SOURCES.values()
        )


def assert_same(one: ControlHistory, other: ControlHistory) -> None:
    """Two histories show the same shapes in the same periods."""
    columns = ["status", "label", "shape_id", "valid_from", "valid_to"]
    pd.testing.assert_frame_equal(
        pd.DataFrame(one.shapes[columns]), pd.DataFrame(other.shapes[columns])
    )
    assert list(one.snapshots["snapshot_utc"]) == list(other.snapshots["snapshot_utc"])


def summary(parsed: Iterable[object]) -> list[object]:
    """Maps in a form that can be compared."""
    return [
        (one.snapshot_utc, one.snapshot_id, list(one.features))
        if isinstance(one, ParsedMap)
        else str(one)
        for one in parsed
    ]


def zip_of(files: Mapping[str, bytes], path: Path) -> Path:
    """Write a ZIP archive of some files."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
    return path


def tar_of(files: Mapping[str, bytes], path: Path) -> Path:
    """Write a tar archive of some files."""
    with tarfile.open(path, "w:gz") as archive:
        for name, raw in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(raw)
            archive.addfile(member, io.BytesIO(raw))
    return path
