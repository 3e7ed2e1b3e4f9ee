import gzip
import io
import json
import os
import random
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import shapely

import kursk_geo as kg
from builders import DAY_S, GREY, NOON, Feature, collection, feature, tile, write_map
from conftest import five_days
from kursk_geo.errors import (
    KurskGeoError,
    OptionError,
    SnapshotError,
    SourceError,
    SourceWarning,
    UnknownStatusWarning,
)
from kursk_geo.history import ControlHistory
from kursk_geo.sources.files import list_sources, read_history

GOOD = collection([feature(tile(0, 0))])
FIRST, SECOND = f"{NOON}.geojson", f"{NOON + DAY_S}.geojson"
Members = Iterable[tuple[str, bytes]]


def shapes_of(history: ControlHistory) -> pd.DataFrame:
    columns = pd.DataFrame(history.shapes.drop(columns="geometry"))
    return columns.assign(wkb=history.shapes.geometry.to_wkb(hex=True))


def drawn() -> list[tuple[str, bytes]]:
    return [
        (f"{NOON + i * DAY_S}.geojson", collection(shown))
        for i, shown in enumerate(five_days())
    ]


# Containers


def tar(members: Members, mode: str) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def zipped(members: Members, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return stream.getvalue()


ARCHIVES: dict[str, Callable[[Members], bytes]] = {
    "maps.tar": lambda members: tar(members, "w"),
    "maps.tar.gz": lambda members: tar(members, "w:gz"),
    "maps.tgz": lambda members: tar(members, "w:gz"),
    "maps.tar.bz2": lambda members: tar(members, "w:bz2"),
    "maps.tar.xz": lambda members: tar(members, "w:xz"),
    "MAPS.TAR.XZ": lambda members: tar(members, "w:xz"),
    "maps.zip": zipped,
    "stored.zip": lambda members: zipped(members, zipfile.ZIP_STORED),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_every_container_gives_the_same_shapes(
    name: str, tmp_path: Path, history: ControlHistory
) -> None:
    members = [(f"./geojsons/{file}", content) for file, content in drawn()]
    random.Random(1).shuffle(members)
    path = tmp_path / name
    path.write_bytes(ARCHIVES[name](members))
    read = read_history(path)
    pd.testing.assert_frame_equal(shapes_of(read), shapes_of(history))
    assert read.snapshots["sha256"].equals(history.snapshots["sha256"])
    assert read.snapshots["origin"][0].startswith(f"{name}/")


def test_packed_maps_in_folders_within_folders(
    tmp_path: Path, history: ControlHistory
) -> None:
    for i, (name, content) in enumerate(drawn()):
        folder = tmp_path / "maps" / str(i % 2)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.gz").write_bytes(gzip.compress(content))
    read = read_history(tmp_path / "maps")
    pd.testing.assert_frame_equal(shapes_of(read), shapes_of(history))
    assert read.snapshots["sha256"].equals(history.snapshots["sha256"])


def test_one_file(tmp_path: Path) -> None:
    path = write_map(tmp_path, NOON, [feature(tile(0, 0))])
    for given in (path, str(path)):
        history = read_history(given)
        assert len(history.snapshots) == 1
        assert history.snapshots["origin"].tolist() == [FIRST]
        assert len(history.at("2025-03-01")) == 1


def test_a_wrapped_map_as_the_server_sends_it(tmp_path: Path) -> None:
    path = tmp_path / "last.json"
    wrapped = {"id": NOON, "datetime": "01.03 o 14:00", "map": json.loads(GOOD)}
    path.write_text(json.dumps(wrapped, ensure_ascii=False), encoding="utf-8")
    assert read_history(path).snapshots["snapshot_id"].tolist() == [str(NOON)]


def test_strangers_beside_the_maps_are_passed_over(
    tmp_path: Path, history: ControlHistory
) -> None:
    for name, content in drawn():
        (tmp_path / name).write_bytes(content)
    strangers = {
        "README.md": b"# Maps",
        ".gitignore": b"*",
        ".1740830400.geojson.part": b"{",
        "._1740830400.geojson": b"\x00\x05\x16\x07",
        "__MACOSX/1740830400.geojson": b"\x00\x05\x16\x07",
        ".git/1740830400.geojson": b"{",
        "picture.png": b"\x89PNG",
        "table.csv": b"a,b\n",
    }
    for name, content in strangers.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    (tmp_path / "1740830401.geojson").mkdir()
    read = read_history(tmp_path)
    pd.testing.assert_frame_equal(shapes_of(read), shapes_of(history))
    assert read.rejected.empty
    archive = tmp_path / "all.zip"
    archive.write_bytes(zipped([*drawn(), *strangers.items()]))
    pd.testing.assert_frame_equal(shapes_of(read_history(archive)), shapes_of(history))


def test_nothing_is_written_beside_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "maps.tar.xz").write_bytes(ARCHIVES["maps.tar.xz"](drawn()))
    before = sorted(tmp_path.rglob("*"))
    read_history(tmp_path / "maps.tar.xz")
    assert sorted(tmp_path.rglob("*")) == before


def test_two_maps_of_one_instant(tmp_path: Path) -> None:
    write_map(tmp_path / "a", NOON, [feature(tile(0, 0))])
    write_map(tmp_path / "b", NOON, [feature(tile(0, 0))])
    assert read_history(tmp_path).rejected.empty
    write_map(tmp_path / "b", NOON, [feature(tile(8, 0))])
    with pytest.warns(SourceWarning, match="Two different maps of 2025-03-01 12:00"):
        history = read_history(tmp_path)
    assert len(history.snapshots) == 1
    assert history.rejected["origin"].str.endswith(f"a/{FIRST}").all()


def test_unknown_colours_are_warned_of_once(tmp_path: Path) -> None:
    for i in range(3):
        write_map(tmp_path, NOON + i, [feature(tile(0, 0), fill="#757575", name="?")])
    with pytest.warns(UnknownStatusWarning, match=r"'#757575 \?' on 3 maps") as caught:
        read_history(tmp_path)
    assert len(caught) == 1


# What cannot be read


def shaped(coordinates: object, kind: str = "Polygon") -> Feature:
    return feature({"type": kind, "coordinates": coordinates})


METRES = [[[3.9e6, 6.6e6], [3.91e6, 6.6e6], [3.91e6, 6.61e6], [3.9e6, 6.6e6]]]
SWAPPED = [[[51.0, 35.0], [51.0, 35.1], [51.1, 35.1], [51.0, 35.0]]]
UNREADABLE: dict[str, tuple[bytes, str]] = {
    "truncated": (GOOD[: len(GOOD) // 2], "download it again"),
    "truncated at once": (GOOD[:30], "download it again|check that the file"),
    "HTML": (b"<!DOCTYPE html><title>502</title>", "an HTML page.*download it again"),
    "html with a tag alone": (b"\n<html><body>", "an HTML page"),
    "LFS pointer": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 1\n",
        "a Git LFS pointer.*download it",
    ),
    "0 bytes": (b"", "an empty file"),
    "white space": (b" \n\t ", "an empty file"),
    "zeros": (bytes(500), "download it again|check that the file"),
    "NaN": (GOOD.replace(b"35.2", b"NaN", 1), "download it again"),
    "no features": (
        b'{"type":"FeatureCollection","features":null,"fill":""}',
        "download",
    ),
    "metres": (
        collection([shaped(METRES)]),
        "in longitude and latitude.*tell with crs=",
    ),
    "swapped": (collection([shaped(SWAPPED)]), "swapped.*swap the coordinates"),
    "one point": (collection([shaped([[[35.0, 51.0]]])]), "no area could be read"),
    "text": (collection([shaped([[["35", "51"]] * 4])]), "no area could be read"),
    "null": (collection([shaped([[[35, None]] * 4])]), "no area could be read"),
    "too large": (GOOD.replace(b"35.2", b"1e999", 1), "no area could be read"),
    "no geometry": (collection([feature(None)]), "no area could be read.*no geometry"),
    "cut gzip": (gzip.compress(GOOD)[:-20], "damaged, cut short or locked: download"),
    "another gzip": (b"\x1f\x8b" + bytes(20), "damaged, cut short or locked: download"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_bad_files_are_named_with_the_remedy(kind: str, tmp_path: Path) -> None:
    raw, message = UNREADABLE[kind]
    bad = tmp_path / "maps" / SECOND
    write_map(tmp_path / "maps", NOON, [feature(tile(0, 0))])
    bad.write_bytes(raw)
    with pytest.raises(SnapshotError, match=f"maps/{SECOND}: .*(?:{message})"):
        read_history(tmp_path / "maps")
    with pytest.raises(KurskGeoError, match=f"{SECOND}"):
        read_history(bad)


@pytest.mark.parametrize("bad_first", [True, False])
@pytest.mark.parametrize("kind", UNREADABLE)
def test_the_rest_is_read_and_the_bad_file_listed(
    kind: str, tmp_path: Path, *, bad_first: bool
) -> None:
    raw, message = UNREADABLE[kind]
    good, bad = (SECOND, FIRST) if bad_first else (FIRST, SECOND)
    (tmp_path / good).write_bytes(GOOD)
    (tmp_path / bad).write_bytes(raw)
    history = read_history(tmp_path, on_error="skip")
    assert history.snapshots["snapshot_id"].tolist() == [good[:10]]
    assert len(history.rejected) == 1
    row = history.rejected.iloc[0]
    assert row["origin"].endswith(bad)
    assert pd.isna(row["feature"])
    assert pd.Series([row["reason"]]).str.contains(f"{bad}: .*(?:{message})").all()


ONE_BAD: dict[str, object] = {
    "no geometry": feature(None),
    "metres": shaped(METRES),
    "one point": shaped([[[35.0, 51.0]]]),
    "text": shaped([[["35", "51"]] * 4]),
    "nothing": shaped([[[]]]),
    "no coordinates": feature({"type": "Polygon"}),
    "an odd type": shaped([[[35, 51]] * 4], "Kreis"),
    "a number": 7,
    "null": None,
}


@pytest.mark.parametrize("kind", ONE_BAD)
def test_one_bad_feature_costs_itself_alone(kind: str, tmp_path: Path) -> None:
    others = [feature(tile(0, 0)), feature(tile(4, 0), fill=GREY)]
    path = write_map(tmp_path, NOON, [others[0], ONE_BAD[kind], others[1]])
    history = read_history(path)
    assert len(history.shapes) == 2
    assert history.rejected["feature"].tolist() == [1]
    assert history.rejected["origin"].tolist() == [FIRST]
    assert history.rejected["reason"].str.len().gt(5).all()
    assert history.snapshots["n_rejected"].tolist() == [1]
    assert history.snapshots["n_features"].tolist() == [2]


def test_a_polygon_of_nothing_is_no_ground(tmp_path: Path) -> None:
    empty = [shaped([]), shaped([], "GeometryCollection"), shaped([], "MultiPolygon")]
    empty[1]["geometry"] = {"type": "GeometryCollection", "geometries": []}
    history = read_history(write_map(tmp_path, NOON, [*empty, feature(tile(0, 0))]))
    assert len(history.shapes) == 1
    assert history.rejected["feature"].tolist() == [0, 1, 2]
    assert set(history.rejected["reason"]) == {"no points"}


@pytest.mark.parametrize(
    "points", [[[35, 51], [35.1, 51], [35, 51], [35, 51]], [[35, 51]] * 4]
)
def test_a_polygon_that_has_no_area_is_listed(
    points: list[list[float]], tmp_path: Path
) -> None:
    features = [shaped([points]), feature(tile(0, 0))]
    history = read_history(write_map(tmp_path, NOON, features))
    assert len(history.shapes) == 1
    assert history.rejected["feature"].tolist() == [0]
    assert "no area" in history.rejected["reason"][0]


def test_collections_as_deep_as_anybody_might_draw_them(tmp_path: Path) -> None:
    square = shapely.geometry.mapping(tile(0, 0))
    for _ in range(100):
        square = {"type": "GeometryCollection", "geometries": [square]}
    history = read_history(write_map(tmp_path, NOON, [feature(square)]))
    assert history.shapes.geometry[0].equals(tile(0, 0))


@pytest.mark.parametrize("name", ["all.tar.xz", "all.tar"])
def test_an_archive_within_one_of_the_same_name(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(ARCHIVES[name.replace("all", "maps")]([(name, tar(drawn(), "w"))]))
    with pytest.raises(SourceError, match=f"It holds {name}: unpack that first"):
        read_history(path)


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"There is no .*maps\. Expected a folder"):
        read_history(tmp_path / "maps")


def test_a_folder_without_maps(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no map"):
        read_history(tmp_path)
    (tmp_path / "README.md").write_text("# Nothing")
    with pytest.raises(SourceError, match=r"holds no map \(1 other file\)"):
        read_history(tmp_path)


@pytest.mark.parametrize("inner", ["maps.zip", "maps.tar.xz"])
@pytest.mark.parametrize("outer", ["all.zip", "all.tar.xz"])
def test_an_archive_within_an_archive(inner: str, outer: str, tmp_path: Path) -> None:
    path = tmp_path / outer
    path.write_bytes(ARCHIVES[outer.replace("all", "maps")]([(inner, zipped(drawn()))]))
    with pytest.raises(
        SourceError, match=f"{inner}: (unpack that first|not a map of any)"
    ):
        read_history(path)


@pytest.mark.parametrize(
    "name", ["maps.tar", "maps.tar.gz", "maps.tar.bz2", "maps.tar.xz", "maps.zip"]
)
@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 0.9])
def test_archives_that_break_off(name: str, share: float, tmp_path: Path) -> None:
    many = [
        (
            f"{NOON + i * DAY_S}.geojson",
            collection(feature(tile(i + j, j)) for j in range(30)),
        )
        for i in range(20)
    ]
    whole = ARCHIVES[name](many)
    path = tmp_path / name
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(KurskGeoError, match=r"(?s)maps\..*download it again"):
        read_history(path)
    try:
        history = read_history(path, on_error="skip")
    except SourceError as error:
        assert "download it again" in str(error)  # noqa: PT017  (or what is left of it)
    else:
        assert name != "maps.zip"  # its table of contents stands at the end
        assert 0 < len(history.snapshots) < 20
        assert history.rejected["reason"].str.contains("download it again").all()


@pytest.mark.parametrize(
    "raw", [b"<html>", b"version https://git-lfs.github.com/spec/v1\n"]
)
@pytest.mark.parametrize("name", ["maps.tar.xz", "maps.zip"])
def test_something_else_where_an_archive_should_be(
    raw: bytes, name: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(
        SnapshotError, match=f"{name}.*(HTML page|LFS pointer).*download"
    ):
        read_history(tmp_path / name)


def locked(raw: bytes, name: str) -> bytes:
    """Set the flag that says that a member of a zip is encrypted."""
    changed = bytearray(raw)
    for mark, flag, at_name in [(b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)]:
        at = raw.find(mark)
        while at >= 0:
            if raw[at + at_name :].startswith(name.encode()):
                changed[at + flag] |= 1
            at = raw.find(mark, at + 4)
    return bytes(changed)


def test_a_locked_archive(tmp_path: Path) -> None:
    path = tmp_path / "maps.zip"
    path.write_bytes(locked(zipped([(FIRST, GOOD)]), FIRST))
    with pytest.raises(SnapshotError, match=r"(?s)maps\.zip.*encrypted.*locked"):
        read_history(path)


def test_a_locked_member_costs_itself_alone(tmp_path: Path) -> None:
    path = tmp_path / "maps.zip"
    path.write_bytes(locked(zipped([(FIRST, GOOD), (SECOND, GOOD)]), FIRST))
    with pytest.raises(SnapshotError, match=rf"maps\.zip/{FIRST}: .*encrypted"):
        read_history(path)
    history = read_history(path, on_error="skip")
    assert history.snapshots["snapshot_id"].tolist() == [SECOND[:10]]
    # And a stranger that is locked costs nothing.
    path.write_bytes(
        locked(zipped([("secret.txt", b"-"), (SECOND, GOOD)]), "secret.txt")
    )
    assert len(read_history(path).snapshots) == 1


def test_a_damaged_member_costs_itself_alone(tmp_path: Path) -> None:
    raw = bytearray(zipped([(FIRST, GOOD), (SECOND, GOOD)], zipfile.ZIP_STORED))
    raw[raw.index(GOOD) + 50] ^= 1
    path = tmp_path / "maps.zip"
    path.write_bytes(raw)
    with pytest.raises(
        SnapshotError, match=rf"maps\.zip/{FIRST}: cannot be read: Bad CRC"
    ):
        read_history(path)
    history = read_history(path, on_error="skip")
    assert history.snapshots["snapshot_id"].tolist() == [SECOND[:10]]


@pytest.mark.parametrize("pack", [lambda raw: raw, gzip.compress])
def test_a_file_too_large_to_be_a_map(
    pack: Callable[[bytes], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kursk_geo._files.MAX_BYTES", 1 << 20)
    (tmp_path / SECOND).write_bytes(pack(GOOD + b" " * (1 << 20)))
    (tmp_path / FIRST).write_bytes(GOOD)
    with pytest.raises(SnapshotError, match=f"{SECOND}: unpacks to 1 MiB or more"):
        read_history(tmp_path)
    assert len(read_history(tmp_path, on_error="skip").snapshots) == 1


def test_links_in_an_archive_lead_nowhere(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        link = tarfile.TarInfo(FIRST)
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        info = tarfile.TarInfo(SECOND)
        info.size = len(GOOD)
        archive.addfile(info, io.BytesIO(GOOD))
    path = tmp_path / "maps.tar"
    path.write_bytes(stream.getvalue())
    with pytest.raises(SnapshotError, match=rf"{FIRST}: a link or a device"):
        read_history(path)
    history = read_history(path, on_error="skip")
    assert history.snapshots["snapshot_id"].tolist() == [SECOND[:10]]
    assert "a link" in history.rejected["reason"][0]


def test_what_cannot_be_looked_at_in_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / SECOND).write_bytes(GOOD)
    (tmp_path / FIRST).symlink_to(tmp_path / "nowhere.geojson")
    with pytest.raises(SnapshotError, match=rf"{FIRST}: a link that leads nowhere"):
        read_history(tmp_path)
    assert len(read_history(tmp_path, on_error="skip").snapshots) == 1
    (tmp_path / FIRST).unlink()
    elsewhere = tmp_path / "a" / "maps"
    elsewhere.mkdir(parents=True)
    (elsewhere / FIRST).write_bytes(GOOD)
    around = tmp_path / "b"
    around.mkdir()
    (around / "linked").symlink_to(elsewhere)
    (around / "circle").symlink_to(around)
    assert len(read_history(around).snapshots) == 1


def test_a_folder_that_may_not_be_looked_into_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / SECOND).write_bytes(GOOD)
    (tmp_path / "shut").mkdir()
    scandir = os.scandir

    def refuse(path: Any) -> Any:
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(SnapshotError, match=r"shut: a folder that cannot be looked"):
        read_history(tmp_path)
    assert len(read_history(tmp_path, on_error="skip").snapshots) == 1


def test_several_paths_are_one_history(
    maps_folder: Path, history: ControlHistory, tmp_path: Path
) -> None:
    paths = sorted(maps_folder.iterdir())
    found = read_history(paths)
    pd.testing.assert_frame_equal(shapes_of(found), shapes_of(history))
    store = read_history(paths[:3])
    newer = read_history(paths, newer_than=store)
    assert newer.snapshots["snapshot_id"].tolist() == [path.stem for path in paths[3:]]
    both = store.append(newer)
    pd.testing.assert_frame_equal(shapes_of(both), shapes_of(history))
    assert read_history(paths, newer_than="2025-03-04").snapshots.shape[0] == 1
    assert read_history(paths, newer_than=history).snapshots.empty
    with pytest.raises(OptionError, match="no path was given"):
        read_history([])
    written = kg.write_store(store, tmp_path / "store")
    assert read_history(written, newer_than="2025-03-02").snapshots.shape[0] == 1
    with pytest.raises(OptionError, match="is a store"):
        read_history([written, paths[3]])


def test_options_that_are_not_known(maps_folder: Path) -> None:
    with pytest.raises(OptionError, match="on_error='ignore' is not known"):
        read_history(maps_folder, on_error="ignore")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match=r"source='deepsate' is not known.*deepstate"):
        read_history(maps_folder, source="deepsate")


def test_a_source_can_be_named(maps_folder: Path, history: ControlHistory) -> None:
    named = read_history(maps_folder, source="deepstate")
    pd.testing.assert_frame_equal(shapes_of(named), shapes_of(history))
    assert "deepstate" in list_sources()
    assert list_sources() == sorted(list_sources())


def test_what_travels_with_the_maps(history: ControlHistory) -> None:
    assert history.source == "deepstate"
    assert "deepstatemap.live" in history.attribution
    assert "may not be passed on" in history.licence


@pytest.mark.parametrize("kind", ["no UTF-8", "pipe", "link without an ending"])
def test_what_is_no_file_or_has_a_strange_name_is_named(
    kind: str, tmp_path: Path
) -> None:
    for name in (FIRST, SECOND):
        (tmp_path / name).write_bytes(GOOD)
    if kind == "pipe":
        os.mkfifo(tmp_path / "pipe.geojson")
    elif kind == "no UTF-8":
        (tmp_path / os.fsdecode(b"map-\xff.geojson")).write_text("{}")
    else:
        (tmp_path / "more").symlink_to(tmp_path / "nowhere")
    with pytest.raises(SnapshotError, match=r"pipe|map-\\xff|more"):
        read_history(tmp_path)
    history = read_history(tmp_path, on_error="skip")
    assert len(history.snapshots) == 2
    (row,) = history.rejected.to_dict("records")
    assert "\udcff" not in row["reason"] + row["origin"]


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes on Linux")
def test_a_folder_whose_name_is_no_utf_8(tmp_path: Path) -> None:
    folder = os.fsdecode(os.fsencode(tmp_path) + b"/\xff maps")
    write_map(Path(folder), NOON, [feature(tile(0, 0))])
    history = kg.read_history(folder)
    assert history.snapshots["origin"].tolist() == [f"\\xff maps/{NOON}.geojson"]
