"""How a source is told, named, and brought by another package."""

import json
import logging
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pandas as pd
import pytest
import shapely
from shapely.geometry import mapping

import kursk_geo as kg
from contract import SourceContract
from kursk_geo._files import raw_files
from kursk_geo.errors import OptionError, SnapshotError, SourceError
from kursk_geo.periods import day_in_name, read_day
from kursk_geo.snapshots import MapFeature, ParsedMap
from kursk_geo.sources.base import JoiningSource, Memo, Parsed, Source
from kursk_geo.sources.files import SOURCES
from kursk_geo.sources.nzz import parse as parse_nzz
from kursk_geo.sources.plain import Plain
from kursk_geo.status import Status

GROUND = shapely.box(35.2, 51.3, 35.5, 51.5)


def nzz_file(day: str = "2024-08-15") -> bytes:
    feature = {
        "type": "Feature",
        "properties": {"type": "losses", "date": day, "_dateto": day},
        "geometry": mapping(GROUND),
    }
    value = {"type": "FeatureCollection", "features": [feature]}
    return json.dumps({"value": value}).encode()


def box(line: str) -> shapely.Polygon:
    west, south, east, north = map(float, line.split()[1:])
    return shapely.box(west, south, east, north)


class Boxes:
    """A source as another package would bring it: "box 35 51 36 52" a line."""

    NAME: ClassVar[str] = "boxes"
    LICENCE: ClassVar[str] = "CC0"
    ATTRIBUTION: ClassVar[str] = "drawn"
    CAVEAT: ClassVar[str] = ""
    HOME: ClassVar[None] = None
    SUFFIXES: ClassVar[tuple[str, ...]] = (".boxes",)

    def recognises(self, raw: bytes, name: str) -> bool:
        del name
        return raw.startswith(b"box ")

    def parse(self, raw: bytes, name: str, *, memo: Memo | None = None) -> Parsed:
        del memo
        if not raw.endswith(b"end\n"):
            msg = f"{name}: no end. Expected 'end' in the last line."
            raise SnapshotError(msg)
        when = pd.Timestamp(name.rsplit("/", 1)[-1].removesuffix(".boxes"), tz="UTC")
        return [
            ParsedMap(
                when.as_unit("us"),
                name,
                [
                    MapFeature(Status.OCCUPIED, "box", box(line))
                    for line in raw.decode().splitlines()[:-1]
                ],
            )
        ]


class TestBoxes(SourceContract):
    source: ClassVar[Source] = Boxes()
    files: ClassVar[dict[str, bytes]] = {
        "2025-04-15.boxes": b"box 35 51 36 52\nend\n",
        "2025-04-16.boxes": b"box 35 51 36 51.5\nbox 30 51 31 52\nend\n",
    }
    told_by_content = False


# Told by content


def test_every_built_in_source_is_one() -> None:
    for name, source in SOURCES.items():
        assert isinstance(source, Source)
        assert name == source.NAME
    assert kg.list_sources() == sorted(SOURCES)


def test_the_name_of_a_file_does_not_matter(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "deepstatemap_data_20240101.geojson"
    path.write_bytes(nzz_file())
    with caplog.at_level(logging.INFO, logger="kursk_geo"):
        assert kg.read_history(path).source == "nzz"
    assert f"Reading {path} as maps of nzz" in caplog.messages


def test_strangers_before_the_first_map_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    (tmp_path / "b.csv").write_text("")
    (tmp_path / "z.json").write_bytes(nzz_file())
    assert len(kg.read_history(tmp_path).snapshots) == 1


def test_archives_in_a_folder_are_folders(tmp_path: Path) -> None:
    folder = tmp_path / "maps"
    (folder / "more").mkdir(parents=True)
    (folder / "z.json").write_bytes(nzz_file())
    alone = kg.read_history(folder / "z.json")
    with zipfile.ZipFile(folder / "more" / "a.zip", "w") as archive:
        archive.writestr("deep/b.json", nzz_file())
        archive.writestr("read me.txt", "a stranger")
    (folder / "z.json").unlink()
    with ThreadPoolExecutor(1) as pool:
        for executor in (None, pool):
            history = kg.read_history(folder, executor=executor)
            assert history.snapshots.sha256.equals(alone.snapshots.sha256)
            assert list(history.snapshots.origin) == ["maps/more/a.zip/deep/b.json"]
    (folder / "c.zip").write_bytes(b"no archive")
    with pytest.raises(SnapshotError, match=r"c\.zip: .*damaged, cut short"):
        kg.read_history(folder)
    history = kg.read_history(folder, on_error="skip")
    assert list(history.rejected.origin) == ["maps/c.zip"]


def test_a_map_of_another_source_among_them_is_refused(tmp_path: Path) -> None:
    (tmp_path / "1.json").write_bytes(nzz_file())
    (tmp_path / "2.json").write_text('{"type": "FeatureCollection", "features": []}')
    with pytest.raises(SnapshotError, match=r"2\.json: not a whole NZZ map"):
        kg.read_history(tmp_path)
    history = kg.read_history(tmp_path, on_error="skip")
    assert list(history.rejected.origin) == [f"{tmp_path.name}/2.json"] or list(
        history.rejected.origin
    ) == ["2.json"]


def test_what_nobody_knows_is_refused_with_the_ways_on(tmp_path: Path) -> None:
    path = tmp_path / "map.geojson"
    path.write_text('{"type": "FeatureCollection", "features": []}')
    for on_error in ("raise", "skip"):
        with pytest.raises(SnapshotError, match=r"source=.*read_plain\(\)"):
            kg.read_history(path, on_error=on_error)


def test_nothing_readable_is_an_error_either_way(tmp_path: Path) -> None:
    path = tmp_path / "map.json"
    path.write_bytes(b"")
    with pytest.raises(SnapshotError, match="an empty file"):
        kg.read_history(path)
    with pytest.raises(SourceError, match="could be read"):
        kg.read_history(path, on_error="skip")
    with pytest.raises(SourceError, match="could be read"):
        kg.read_history(path, on_error="skip", source="nzz")


# Named


def test_source_overrides_what_the_content_tells(tmp_path: Path) -> None:
    path = tmp_path / "2024-08-15.json"
    path.write_bytes(nzz_file())
    with pytest.raises(SnapshotError, match="not a whole DeepState map"):
        kg.read_history(path, source="deepstate")


@pytest.mark.parametrize("source", ["isv", "plain", 3, Plain])
def test_what_is_no_source_is_refused(source: Any, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="Expected one of"):
        kg.read_history(tmp_path, source=source)


def test_a_source_of_ones_own_can_be_handed_in(tmp_path: Path) -> None:
    path = tmp_path / "2025-04-15.boxes"
    path.write_bytes(TestBoxes.files[path.name])
    history = kg.read_history(path, source=Boxes())
    assert (history.source, history.licence, len(history.shapes)) == ("boxes", "CC0", 1)


def test_one_that_joins_is_told_from_one_that_does_not() -> None:
    assert isinstance(SOURCES["viina"], JoiningSource)
    assert isinstance(SOURCES["isw"], JoiningSource)
    assert not isinstance(SOURCES["nzz"], JoiningSource)


# Days


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("2025-04-15.json", "2025-04-15"),
        ("20250415.geojson", "2025-04-15"),
        ("2024/map_20250415_v2.json", "2025-04-15"),
        ("20240101/map.json", None),
        ("2025-02-30.json", None),
        ("1744741800.geojson", None),
        ("20250415-20250416.json", None),
        ("20250415-20250415.json", "2025-04-15"),
    ],
)
def test_days_in_names(name: str, day: str | None) -> None:
    found = day_in_name(name)
    assert (None if found is None else found.isoformat()) == day


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2025-04-15", "2025-04-15"),
        ("2025-04-15T23:10:00Z", "2025-04-15"),
        ("20250415", "2025-04-15"),
        (20250415, "2025-04-15"),
        (1744671600000, "2025-04-14"),
        (1744675200000.0, "2025-04-15"),
    ],
)
def test_days_as_sources_write_them(value: object, day: str) -> None:
    assert read_day(value, "x").isoformat() == day


@pytest.mark.parametrize(
    "value", ["2202-09-11", "1999-12-31", "15.04.2025", None, True, 1e300, -1e18, ""]
)
def test_days_that_no_map_has_are_refused(value: object) -> None:
    with pytest.raises(SnapshotError, match=r"map\.json: dated .*on_error='skip'"):
        read_day(value, "map.json")


# Files


def test_an_error_message_that_was_saved_is_no_map(tmp_path: Path) -> None:
    path = tmp_path / "map.json"
    path.write_text('{"error":{"code":429,"message":"Too many requests"}}')
    (file,) = raw_files(path)
    assert "an error message of the server" in str(file.error)
    assert "429" in str(file.error)


def test_a_page_in_place_of_an_archive_is_named(tmp_path: Path) -> None:
    path = tmp_path / "maps.zip"
    path.write_text("<!DOCTYPE html><html></html>")
    (file,) = raw_files(path)
    assert "an HTML page" in str(file.error)


def test_the_contract_finds_what_is_wrong() -> None:
    class Careless(Boxes):
        SUFFIXES: ClassVar[tuple[str, ...]] = (".txt",)

        def recognises(self, raw: bytes, name: str) -> bool:
            return name.endswith(".boxes") or not raw

        def parse(self, raw: bytes, name: str, *, memo: Memo | None = None) -> Parsed:
            del raw
            return super().parse(b"box 1 2 3 4\nend\n", name, memo=memo)

    class TestCareless(TestBoxes):
        source: ClassVar[Source] = Careless()

    contract = TestCareless()
    with pytest.raises(AssertionError, match="would pass over"):
        contract.test_suffixes_are_those_of_the_files()
    with pytest.raises(AssertionError, match=r"a name .* is no proof"):
        contract.test_strangers_are_not_recognised()
    with pytest.raises(AssertionError, match="read as if they were the whole"):
        contract.test_a_file_cut_short_is_refused_by_name()
    assert parse_nzz(nzz_file(), "x")


# What the docs show

DOCS = Path(__file__).parents[1] / "docs"


def module_of_the_docs() -> Any:
    """The module that docs/adding_a_source.md walks through."""
    text = (DOCS / "adding_a_source.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    (code,) = [block for block in blocks if 'NAME = "boxes"' in block]
    module = ModuleType("boxes")
    exec(code, vars(module))  # noqa: S102  (it is our own)
    return module


class TestSourceOfTheDocs(SourceContract):
    source: ClassVar[Source] = module_of_the_docs()
    files: ClassVar[dict[str, bytes]] = {
        "2025-04-15.boxes": b"boxes\nblue 35.0 51.1 35.1 51.2\nend",
        "2025-04-16.boxes": b"boxes\nblue 35.0 51.1 35.1 51.3\nend",
    }
    told_by_content = False


def test_the_docs_list_every_source() -> None:
    text = (DOCS / "sources.md").read_text(encoding="utf-8")
    listed = re.findall(
        r"^\| `(\w+)` \| [^|]+ \| [^|]+ \| [^|]+ \|", text, re.MULTILINE
    )
    assert sorted(listed) == kg.list_sources()
