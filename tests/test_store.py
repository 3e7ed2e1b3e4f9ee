import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings

from builders import GREY, NOON, STRIP, Feature, days, feature, make_history, tile
from kursk_geo import store
from kursk_geo.errors import OptionError, StoreError, TheatreError
from kursk_geo.history import ControlHistory
from kursk_geo.snapshots import UnreadableFile, join_maps
from kursk_geo.sources.files import read_history
from kursk_geo.store import is_store, open_store, write_store
from strategies import dates, maps
from test_snapshots import assert_same

# Maps are drawn anywhere, also where no theatre is, and of any side.
pytestmark = pytest.mark.filterwarnings("ignore:(None of these|These) maps")


def there_and_back(history: ControlHistory, folder: Path) -> ControlHistory:
    stored = open_store(write_store(history, folder / "history.parquet"))
    assert_same(stored, history)
    for name in ("snapshots", "shapes", "rejected"):
        ours, theirs = getattr(stored, name), getattr(history, name)
        assert ours.dtypes.equals(theirs.dtypes)
    assert stored.shapes.crs == history.shapes.crs
    assert repr(stored) == repr(history)
    return stored


def test_the_same_history_comes_back(history: ControlHistory, tmp_path: Path) -> None:
    stored = there_and_back(history, tmp_path)
    assert (stored.source, stored.licence) == (history.source, history.licence)
    assert stored.attribution == history.attribution
    assert stored.theatre is None
    assert_same(read_history(tmp_path / "history.parquet"), history)


def test_empty_histories(tmp_path: Path, history: ControlHistory) -> None:
    there_and_back(join_maps([], source="drawn"), tmp_path)
    there_and_back(days([]), tmp_path)
    there_and_back(history.between("2020-01-01", "2020-01-02"), tmp_path)


def test_one_map(tmp_path: Path) -> None:
    there_and_back(days([feature(tile(0, 0))]), tmp_path)


def test_labels_of_every_script_and_none(tmp_path: Path) -> None:
    names = ["Звільнено /// Liberated", "", "中文 🙂 ﷽", 'a "quoted", \\ one', "1"]
    shown = [feature(tile(4 * i, 0), name=name) for i, name in enumerate(names)]
    history = days(shown, [feature(tile(0, 0), fill=GREY)])
    stored = there_and_back(history, tmp_path)
    assert set(names) <= set(stored.shapes["label"])


def test_rejected_rows_with_and_without_a_feature(tmp_path: Path) -> None:
    with_feature = days([feature(None), feature(tile(0, 0))])
    assert with_feature.rejected["feature"].tolist() == [0]
    there_and_back(with_feature, tmp_path)
    unread = join_maps([UnreadableFile("додаток.geojson", "обірвано")], source="drawn")
    stored = there_and_back(unread, tmp_path)
    assert stored.rejected["feature"].isna().all()
    assert stored.rejected["snapshot_utc"].isna().all()


@settings(max_examples=7)
@given(maps())
def test_any_history_comes_back(
    tmp_path_factory: pytest.TempPathFactory, files: dict[int, list[Feature]]
) -> None:
    there_and_back(make_history(files), tmp_path_factory.mktemp("store"))


def test_others_read_it_as_it_is(history: ControlHistory, tmp_path: Path) -> None:
    path = write_store(history, tmp_path / "history.parquet")
    for given_path in (path, path / "shapes.parquet"):
        shapes = gpd.read_parquet(given_path)
        assert len(shapes) == len(history.shapes)
        assert shapes.crs.to_epsg() == 4326
        boxes = pq.read_table(given_path, columns=["bbox"])["bbox"].to_pylist()
        assert [tuple(box.values()) for box in boxes] == [
            shape.bounds for shape in shapes.geometry
        ]
        within = gpd.read_parquet(given_path, bbox=shapes.geometry[:1].total_bounds)
        assert 0 < len(within) < len(shapes)
    snapshots = pd.read_parquet(path / "_snapshots.parquet")
    assert snapshots["sha256"].str.len().eq(64).all() or not snapshots["sha256"].any()
    for file in path.glob("*.parquet"):
        group = pq.read_metadata(file).row_group(0)
        assert {group.column(i).compression for i in range(group.num_columns)} == {
            "ZSTD"
        }
    manifest = json.loads((path / "_kursk_geo.json").read_text("utf-8"))
    assert manifest["schema_version"] == 1
    assert manifest["source"] == "deepstate"


def test_the_same_history_is_written_byte_for_byte_alike(
    history: ControlHistory, tmp_path: Path
) -> None:
    one, other = (write_store(history, tmp_path / name) for name in ("one", "other"))
    for file in sorted(one.iterdir()):
        assert file.read_bytes() == (other / file.name).read_bytes()


def test_a_store_is_replaced_whole(history: ControlHistory, tmp_path: Path) -> None:
    path = write_store(history, tmp_path / "history.parquet")
    shorter = history.between(None, "2025-03-02")
    write_store(shorter, path)
    assert_same(open_store(path), shorter)
    assert [entry.name for entry in tmp_path.iterdir()] == ["history.parquet"]


def test_when_writing_fails_the_older_store_stays(
    history: ControlHistory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_store(history, tmp_path / "history.parquet")

    def full(*args: object, **options: object) -> None:
        msg = "No space left on device"
        raise OSError(msg)

    for target, name in [(gpd.GeoDataFrame, "to_parquet"), (pd.DataFrame, "to_parquet"),
                         (Path, "write_text")]:  # fmt: skip
        with monkeypatch.context() as patch:
            patch.setattr(target, name, full)
            with pytest.raises(StoreError, match=r"No space left.*Nothing was changed"):
                write_store(history.between(None, "2025-03-02"), path)
        assert_same(open_store(path), history)
        assert [entry.name for entry in tmp_path.iterdir()] == ["history.parquet"]


def test_what_is_there_and_is_no_store_is_left_alone(
    history: ControlHistory, tmp_path: Path
) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    folder = tmp_path / "maps"
    folder.mkdir()
    (folder / f"{NOON}.geojson").write_text("mine")
    for path in (file, folder):
        with pytest.raises(StoreError, match="is there and is no store"):
            write_store(history, path)
    assert file.read_text() == "mine"
    assert len(list(folder.iterdir())) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to(
    history: ControlHistory, tmp_path: Path
) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="folder that you may write to"):
        write_store(history, tmp_path / "history.parquet")


def test_a_file_in_the_way_of_the_folder(
    history: ControlHistory, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StoreError, match="folder that you may write to"):
        write_store(history, tmp_path / "file" / "history.parquet")


def test_a_selection_is_not_the_whole(history: ControlHistory, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"cut to theatre 'strip'.*select.* after"):
        write_store(history.select(STRIP), tmp_path / "history.parquet")
    assert list(tmp_path.iterdir()) == []


def with_digests(stored: Path) -> None:
    """Tables that were changed, told as they are now."""
    manifest = stored / store.MANIFEST
    facts = json.loads(manifest.read_text("utf-8"))
    for name in facts["sha256"]:
        facts["sha256"][name] = sha256((stored / name).read_bytes()).hexdigest()
    manifest.write_text(json.dumps(facts), "utf-8")


@pytest.fixture
def stored(history: ControlHistory, tmp_path: Path) -> Path:
    return write_store(history, tmp_path / "history.parquet")


def test_another_version_says_what_to_do(stored: Path) -> None:
    manifest = stored / store.MANIFEST
    facts = json.loads(manifest.read_text("utf-8")) | {"schema_version": 99}
    manifest.write_text(json.dumps(facts), "utf-8")
    assert is_store(stored)
    with pytest.raises(StoreError, match=r"schema version 99\. Expected 1 or 2"):
        read_history(stored)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "{}", '{"schema_version": 1}', "\x00"]
)
def test_a_damaged_manifest(text: str, stored: Path) -> None:
    (stored / store.MANIFEST).write_text(text, "utf-8")
    with pytest.raises(StoreError, match=r"history\.parquet"):
        open_store(stored)


@pytest.mark.parametrize("name", [store.SHAPES, store.SNAPSHOTS, store.REJECTED])
@pytest.mark.parametrize("damage", ["missing", "empty", "cut"])
def test_a_damaged_table(name: str, damage: str, stored: Path) -> None:
    file = stored / name
    raw = file.read_bytes()
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(b"" if damage == "empty" else raw[: len(raw) // 2])
    with pytest.raises(
        StoreError, match=r"(?s)is damaged.*Write it again from the maps"
    ):
        open_store(stored)


@pytest.mark.parametrize("name", [store.SHAPES, store.SNAPSHOTS, store.REJECTED])
def test_another_table_in_its_place(name: str, stored: Path) -> None:
    pd.DataFrame({"a": [1]}).to_parquet(stored / name)
    with pytest.raises(StoreError, match=r"(?s)history\.parquet.*again from the maps"):
        open_store(stored)


def test_a_store_that_is_not_there(tmp_path: Path) -> None:
    assert not is_store(tmp_path)
    with pytest.raises(StoreError, match="There is no store at"):
        open_store(tmp_path)


def test_repeated_instants_in_a_store_are_damage(
    history: ControlHistory, stored: Path
) -> None:
    doubled = pd.concat([history.snapshots, history.snapshots])
    doubled.to_parquet(stored / store.SNAPSHOTS)
    with_digests(stored)
    with pytest.raises(StoreError, match="is damaged"):
        open_store(stored)


def test_appending_to_what_was_stored(history: ControlHistory, tmp_path: Path) -> None:
    early = history.between(None, "2025-03-03")
    late = history.between("2025-03-04", None)
    path = write_store(early, tmp_path / "history.parquet")
    write_store(open_store(path).append(late), path)
    assert_same(open_store(path), history)
    assert replace(history, source="x").source == "x"


# What is asked for, and several at once


def test_only_what_is_asked_for_is_opened(
    history: ControlHistory, stored: Path
) -> None:
    assert_same(open_store(stored, theatre=STRIP), history.select(STRIP))
    spans = [("2025-03-02", None), (None, "2025-03-03"), ("2025-03-02", "2025-03-04")]
    for start, end in [*spans, ("2020-01-01", "2020-01-02"), (None, None)]:
        ours = open_store(stored, start=start, end=end, theatre=STRIP)
        assert_same(ours, history.between(start, end).select(STRIP))
    kyiv = open_store(stored, start="2025-03-03", tz="Europe/Kyiv")
    assert_same(kyiv, history.between("2025-03-03", None, tz="Europe/Kyiv"))
    with pytest.raises(TheatreError, match="No theatre 'nowhere'"):
        open_store(stored, theatre="nowhere")


@settings(max_examples=7)
@given(maps(), dates(), dates())
def test_any_span_is_that_of_the_whole(
    tmp_path_factory: pytest.TempPathFactory,
    files: dict[int, list[Feature]],
    start: date,
    end: date,
) -> None:
    history = make_history(files)
    path = write_store(history, tmp_path_factory.mktemp("store") / "a.parquet")
    ours = open_store(path, start=start, end=end, theatre=STRIP)
    assert_same(ours, history.between(start, end).select(STRIP))


def test_tables_of_two_stores_are_no_store(
    history: ControlHistory, stored: Path, tmp_path: Path
) -> None:
    other = write_store(history.between(None, "2025-03-02"), tmp_path / "other")
    for name in store.TABLES[:2]:
        raw = (stored / name).read_bytes()
        (stored / name).write_bytes((other / name).read_bytes())
        with pytest.raises(StoreError, match=rf"is damaged: {name} is not the table"):
            open_store(stored)
        (stored / name).write_bytes(raw)
    assert_same(open_store(stored), history)


def test_tables_without_their_digests_are_damage(stored: Path) -> None:
    # In another system of coordinates they would give areas of nothing.
    shapes = gpd.read_parquet(stored / store.SHAPES).to_crs("EPSG:3857")
    shapes.to_parquet(stored / store.SHAPES)
    with pytest.raises(StoreError, match=r"is damaged: shapes\.parquet is not the"):
        open_store(stored)
    manifest = stored / store.MANIFEST
    facts = json.loads(manifest.read_text("utf-8"))
    del facts["sha256"]
    manifest.write_text(json.dumps(facts), "utf-8")
    with pytest.raises(StoreError, match=r"is damaged: .*Write it again"):
        open_store(stored)


def test_a_store_may_be_read_by_whom_the_umask_lets(stored: Path) -> None:
    umask = os.umask(0)
    os.umask(umask)
    assert stored.stat().st_mode & 0o777 == 0o777 & ~umask


def test_whoever_reads_while_others_write_sees_one_version(
    history: ControlHistory, stored: Path
) -> None:
    versions = [history, history.between(None, "2025-03-02")]
    known = {len(one.snapshots): len(one.shapes) for one in versions}

    def write(number: int) -> None:
        for turn in range(10):
            write_store(versions[(number + turn) % 2], stored)

    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(write, number) for number in range(2)]
        seen = 0
        while not all(one.done() for one in writers):
            opened = open_store(stored)
            assert len(opened.shapes) == known[len(opened.snapshots)]
            seen += 1
        for one in writers:
            one.result()
    assert seen
    assert [entry.name for entry in stored.parent.iterdir()] == [stored.name]


# Maps that are put in later


def entries(folder: Path) -> dict[str, int]:
    return {one.name: one.stat().st_ino for one in folder.glob("shapes*.parquet")}


def put_in(later: ControlHistory, path: Path) -> None:
    with store.store_writer(path):
        store.replace_store(later, path, append=True)


@pytest.mark.parametrize("part_rows", [1, 5, 1000])
def test_maps_put_in_one_by_one_make_the_same_history(
    part_rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "PART_ROWS", part_rows)
    maps = {
        NOON + n * 86_400: [
            *(feature(tile(4 * i, 0)) for i in range(n % 3)),
            *(feature(tile(4 * i, n)) for i in range(3)),
            feature(tile(40, 0)),
        ]
        for n in range(12)
    }
    whole = make_history(maps)
    days_ = [f"2025-03-{day:02}" for day in range(1, 13)]
    path = write_store(whole.between(None, days_[0]), tmp_path / "a.parquet")
    linked = 0
    for day in days_[1:]:
        before, until = entries(path), whole.between(None, day)
        put_in(until, path)
        now = entries(path)
        linked += len(
            before.items() & now.items() - {(store.SHAPES, now[store.SHAPES])}
        )
        assert_same(open_store(path), until)
        assert len(gpd.read_parquet(path)) == len(until.shapes)
    n_ended = int(whole.shapes["valid_to"].notna().sum())
    assert len(now) - 1 <= np.log2(n_ended / part_rows + 1) + 1
    assert bool(linked) is (part_rows < 1000)
    for start, end in [("2025-03-05", "2025-03-09"), (None, "2025-03-02")]:
        ours = open_store(path, start=start, end=end, theatre=STRIP)
        assert_same(ours, whole.between(start, end).select(STRIP))
    # A late map changes rows that were put aside; a store written anew has no parts.
    late = make_history(
        {unix: m for unix, m in maps.items() if unix != NOON + 2 * 86_400}
    )
    put_in(late, path)
    assert_same(open_store(path), late)
    write_store(late, path)
    assert list(entries(path)) == [store.SHAPES]
    assert_same(open_store(path), late)


def test_a_part_is_damaged_missing_or_foreign(
    history: ControlHistory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "PART_ROWS", 1)
    path = write_store(history.between(None, "2025-03-02"), tmp_path / "a.parquet")
    put_in(history, path)
    (part,) = path.glob("shapes-*.parquet")
    raw, manifest = part.read_bytes(), path / store.MANIFEST
    for damage in (b"", raw[:100], None):
        part.write_bytes(damage) if damage is not None else part.unlink()
        with pytest.raises(StoreError, match="is damaged"):
            open_store(path)
    part.write_bytes(raw)
    assert_same(open_store(path), history)
    text = manifest.read_text("utf-8")
    manifest.write_text(text.replace(part.name, "../secret.parquet"), "utf-8")
    with pytest.raises(
        StoreError, match=r"'\.\./secret\.parquet' is no name of a table"
    ):
        open_store(path)
