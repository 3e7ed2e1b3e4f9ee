import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from contract import SourceContract
from kursk_geo.errors import (
    OptionError,
    SnapshotError,
    SourceWarning,
    UnknownStatusWarning,
)
from kursk_geo.sources.base import Source
from kursk_geo.sources.files import read_history
from kursk_geo.sources.plain import Kml

DONBAS = shapely.box(37.0, 47.5, 38.0, 48.5)
HOLE = shapely.box(37.4, 47.9, 37.6, 48.1)
STATUSES = {"Occupied": "occupied", "Grey zone": "contested", "Notes": "none"}


def ring(shape: Any) -> str:
    points = " ".join(f"{x},{y},0" for x, y in shape.coords)
    return f"<LinearRing><coordinates>\n {points}\n</coordinates></LinearRing>"


def polygon(shape: BaseGeometry) -> str:
    assert isinstance(shape, shapely.Polygon)
    inner = "".join(
        f"<innerBoundaryIs>{ring(hole)}</innerBoundaryIs>" for hole in shape.interiors
    )
    outer = f"<outerBoundaryIs>{ring(shape.exterior)}</outerBoundaryIs>"
    return f"<Polygon><tessellate>1</tessellate>{outer}{inner}</Polygon>"


def placemark(geometry: str, name: str = "") -> str:
    return f"<Placemark><name>{name}</name>{geometry}</Placemark>"


def folder(name: str, *inside: str) -> str:
    return f"<Folder><name>{name}</name>{''.join(inside)}</Folder>"


LINE = "<LineString><coordinates>37,47,0 38,48,0</coordinates></LineString>"
POINT = "<Point><coordinates>37,47,0</coordinates></Point>"


def kml(*inside: str, head: str = "") -> bytes:
    body = "".join(inside)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}\n'
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>Map</name>'
        f"{body}</Document></kml>"
    ).encode()


def kmz(*files: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in files:
            archive.writestr(name, raw)
    return packed.getvalue()


MAP = kml(
    folder("Occupied", placemark(polygon(DONBAS), "Donbas")),
    folder("Grey zone", placemark(polygon(HOLE))),
    folder("Notes", placemark(POINT, "here"), placemark(POINT, "here")),
)
LATER = kml(folder("Occupied", placemark(polygon(DONBAS.difference(HOLE)))))


class TestKml(SourceContract):
    source: ClassVar[Source] = Kml(statuses=STATUSES)
    files: ClassVar[Mapping[str, bytes]] = {
        "2024/240801_2015.kml": MAP,
        "2024/2024-08-02.kml": LATER,
    }
    told_by_content = False


class TestKmz(SourceContract):
    source: ClassVar[Source] = Kml(statuses=STATUSES)
    files: ClassVar[Mapping[str, bytes]] = {
        "2024/240801_2015.kmz": kmz(("files/icon.png", b"\x89PNG"), ("doc.kml", MAP)),
        "2024/240802_2015.kmz": kmz(("doc.kml", LATER), ("old.kml", MAP)),
    }
    told_by_content = False


def history_of(raw: bytes, folder: Path, **statuses: str) -> Any:
    path = folder / "240801_2015.kml"
    path.write_bytes(raw)
    source = Kml(statuses={k.replace("_", " "): v for k, v in statuses.items()})
    return read_history(path, source=source if statuses else None)


def test_folders_are_layers_and_the_user_gives_their_status(tmp_path: Path) -> None:
    history = history_of(MAP, tmp_path, Occupied="occupied", Grey_zone="contested")
    assert list(history.shapes.status) == ["contested", "occupied"]
    assert list(history.shapes.label) == ["Grey zone", "Occupied"]
    assert str(history.snapshots.snapshot_utc[0]) == "2024-08-01 20:15:00+00:00"
    assert shapely.equals(history.shapes.geometry[1], DONBAS)


def test_without_statuses_all_is_unknown_and_said(tmp_path: Path) -> None:
    with pytest.warns(UnknownStatusWarning, match="'Grey zone' on 1 map; 'Occupied'"):
        history = history_of(MAP, tmp_path)
    assert history.source == "kml"
    assert set(history.shapes.status) == {"unknown"}


def test_the_innermost_named_folder_decides(tmp_path: Path) -> None:
    raw = kml(
        folder("Occupied", folder("2024", placemark(polygon(DONBAS)))),
        folder("Occupied", folder("Grey zone", placemark(polygon(HOLE)))),
    )
    history = history_of(raw, tmp_path, Occupied="occupied", Grey_zone="contested")
    assert list(history.shapes.status) == ["contested", "occupied"]


def test_what_lies_in_no_folder_or_a_nameless_one_is_kept(tmp_path: Path) -> None:
    raw = kml(
        placemark(polygon(HOLE)),
        f"<Folder>{placemark(polygon(DONBAS))}</Folder>",
        folder("  Grey\n zone ", placemark(polygon(HOLE))),
    )
    with pytest.warns(UnknownStatusWarning, match="'' on 1 map"):
        history = history_of(raw, tmp_path, Grey_zone="contested")
    assert sorted(history.shapes.status) == ["contested", "unknown", "unknown"]


def test_holes_and_many_polygons_of_one_placemark(tmp_path: Path) -> None:
    inside = polygon(DONBAS.difference(HOLE)) + polygon(shapely.box(36, 47, 36.5, 48))
    raw = kml(folder("Occupied", placemark(f"<MultiGeometry>{inside}</MultiGeometry>")))
    history = history_of(raw, tmp_path, Occupied="occupied")
    assert len(history.shapes) == 2
    whole = shapely.union_all(history.shapes.geometry.array)
    assert whole.area == pytest.approx(1.0 - 0.04 + 0.5)


def test_lines_enclose_no_ground_and_that_is_said(tmp_path: Path) -> None:
    raw = kml(folder("Frontline", placemark(LINE), placemark(LINE)))
    with pytest.warns(SourceWarning, match="holds 2 lines. A front line encloses no"):
        history = history_of(raw, tmp_path, Frontline="occupied")
    assert history.shapes.empty
    assert len(history.snapshots) == 1


def test_lines_are_said_once_a_run(tmp_path: Path) -> None:
    raw = kml(placemark(f"<MultiGeometry>{LINE}{POINT}</MultiGeometry>"))
    for day in ("240801", "240802"):
        (tmp_path / f"{day}_2000.kml").write_bytes(raw)
    with pytest.warns(SourceWarning) as said:
        read_history(tmp_path)
    assert len(said) == 1


def test_polygons_that_cannot_be_read_are_listed(tmp_path: Path) -> None:
    no_shell = "<Polygon></Polygon>"
    words = polygon(DONBAS).replace("37.0,", "east,")
    raw = kml(
        folder(
            "Occupied", *(placemark(one) for one in (polygon(HOLE), no_shell, words))
        )
    )
    history = history_of(raw, tmp_path, Occupied="occupied")
    assert list(history.rejected.feature) == [1, 2]
    assert "0 outer boundaries" in history.rejected.reason[0]


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE kml [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>',
        '<!DOCTYPE kml SYSTEM "http://example.org/kml.dtd">',
    ],
)
def test_entities_and_other_files_are_refused(head: str, tmp_path: Path) -> None:
    raw = kml(folder("Occupied", placemark(polygon(DONBAS), "&x;")), head=head)
    with pytest.raises(SnapshotError, match=r"240801_2015\.kml: refers to entities"):
        history_of(raw, tmp_path)


@pytest.mark.parametrize(
    ("name", "instant"),
    [
        ("2024/240801_2015.kml", "2024-08-01 20:15:00+00:00"),
        ("front 2024-08-01.kml", "2024-08-01 23:59:59+00:00"),
        ("front_20240801.kml", "2024-08-01 23:59:59+00:00"),
        ("20240801 999999_9999.kml", "2024-08-01 23:59:59+00:00"),
    ],
)
def test_instants_in_names(name: str, instant: str) -> None:
    (parsed,) = Kml().parse(MAP, name)
    assert str(getattr(parsed, "snapshot_utc", "")) == instant


@pytest.mark.parametrize(
    ("name", "raw", "message"),
    [
        ("map.kml", MAP, "nothing tells when"),
        ("20240801.kml", MAP[:-20], "not a whole KML file"),
        (
            "20240801.kmz",
            kmz(("doc.kml", MAP))[:-20],
            "cannot be read.*cut short or locked",
        ),
        (
            "20240801.kmz",
            kmz(("doc.txt", MAP)),
            "an archive without KML or a shapefile",
        ),
    ],
)
def test_what_is_no_map_is_refused_by_name(name: str, raw: bytes, message: str) -> None:
    with pytest.raises(SnapshotError, match=f"{name}: {message}"):
        Kml().parse(raw, name)


def test_an_archive_that_would_fill_the_memory_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kursk_geo._files.MAX_BYTES", 1000)
    bomb = kmz(("doc.kml", kml(" " * 5000)))
    with pytest.raises(SnapshotError, match=r"20240801\.kmz: unpacks to"):
        Kml().parse(bomb, "20240801.kmz")


def test_statuses_must_be_known() -> None:
    with pytest.raises(OptionError, match="Status 'red' is not known"):
        Kml(statuses={"Occupied": "red"})


def test_only_kml_is_recognised() -> None:
    assert Kml().recognises(MAP, "x")
    assert Kml().recognises(kmz(("doc.kml", MAP)), "x")
    assert not Kml().recognises(kmz(("doc.txt", MAP)), "map.kmz")
    assert not Kml().recognises(b"PK\x03\x04 broken", "map.kmz")
