import json
import re
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from kursk_geo.errors import SourceWarning
from kursk_geo.geometry import read_polygons
from strategies import stars


def text(geometry: BaseGeometry | dict[str, Any]) -> bytes:
    if isinstance(geometry, BaseGeometry):
        geometry = shapely.geometry.mapping(geometry)
    return json.dumps(geometry, separators=(",", ":")).encode()


def drawn(wkt: str) -> BaseGeometry:
    with np.errstate(invalid="ignore"):  # numpy warns of what is no number
        return shapely.from_wkt(wkt)


def one_by_one(texts: list[bytes]) -> tuple[list[bytes], list[int], set[int]]:
    """The same by GEOS alone: polygons, owners, and what cannot be read."""
    found, owners, unreadable = [], [], set()
    for position, geometry in enumerate(texts):
        try:
            waiting = [shapely.from_geojson(geometry)]
        except shapely.GEOSException:
            unreadable.add(position)
            continue
        while waiting:
            shape = waiting.pop(0)
            if shape.geom_type == "Polygon" and not shape.is_empty:
                found.append(shapely.force_2d(shape).wkb)
                owners.append(position)
            elif hasattr(shape, "geoms"):
                waiting = [*shape.geoms, *waiting]
    return found, owners, unreadable


def assert_like_geos(texts: list[bytes]) -> None:
    polygons, owner, reasons = read_polygons(texts)
    expected, owners, unreadable = one_by_one(texts)
    kept = [position not in reasons for position in owners]
    assert [shapely.force_2d(shape).wkb for shape in polygons] == [
        one for one, keep in zip(expected, kept, strict=True) if keep
    ]
    assert owner.tolist() == [
        one for one, keep in zip(owners, kept, strict=True) if keep
    ]
    assert unreadable <= set(reasons)


WHOLE = text(shapely.box(35, 51, 36, 52))
# Each is valid JSON, and looks like a plain polygon from its first bytes and its last.
ODD = {
    "a multipolygon by another name": (
        b'{"type":"Polygon","coordinates":[[[[0,0],[9,0],[9,9],[0,0]]],'
        b"[[[1,1],[2,1],[2,2],[1,1]]]]}"
    ),
    "one polygon too deep": (
        b'{"type":"Polygon","coordinates":[[[[0,0],[9,0],[9,9],[0,0]]]]}'
    ),
    "points within points": (
        b'{"type":"Polygon","coordinates":[[[0,0],[[9,0]],[9,9],[0,0]]]}'
    ),
    "a number within brackets": (
        b'{"type":"Polygon","coordinates":[[[0,[0]],[9,0],[9,9],[0,0]]]}'
    ),
    "an empty point": (
        b'{"type":"Polygon","coordinates":[[[0,0],[],[9,9],[0,9],[0,0]]]}'
    ),
    "an empty ring": (
        b'{"type":"Polygon","coordinates":[[[0,0],[9,0],[9,9],[0,0]],[],'
        b"[[1,1],[2,1],[2,2],[1,1]]]}"
    ),
    "text": b'{"type":"Polygon","coordinates":[[["0",0],[9,0],[9,9],["0",0]]]}',
    "null": b'{"type":"Polygon","coordinates":[[[0,null],[9,0],[9,9],[0,null]]]}',
    "true": b'{"type":"Polygon","coordinates":[[[true,0],[9,0],[9,9],[true,0]]]}',
    "one number": b'{"type":"Polygon","coordinates":[[[0],[9],[9],[0]]]}',
    "open": b'{"type":"Polygon","coordinates":[[[0,0],[9,0],[9,9],[0,9]]]}',
    "two points": b'{"type":"Polygon","coordinates":[[[0,0],[0,0]]]}',
    "too large": b'{"type":"Polygon","coordinates":[[[0,0],[1e999,0],[9,9],[0,0]]]}',
    "spaces": b'{"type":"Polygon","coordinates":[[[0, 0], [9, 0], [9, 9], [0, 0]]]}',
    "lines": b'{"type":"Polygon","coordinates":[[[0,0],[9,\n0],[9,9\n],[0,0]]]}',
    "two and three dimensions": (
        b'{"type":"Polygon","coordinates":[[[0,0],[9,0,5],[9,9],[0,0]]]}'
    ),
    "four dimensions": (
        b'{"type":"Polygon","coordinates":[[[0,0,1,2],[9,0,1,2],[9,9,1,2],[0,0,1,2]]]}'
    ),
    "more beside it": (
        b'{"type":"Polygon","coordinates":[[[0,0],[9,0],[9,9],[0,0]]],"more":[[[1]]]}'
    ),
    "coordinates twice": (
        b'{"type":"Polygon","coordinates":[[[0,0],[9,0],[9,9],[0,0]]],'
        b'"coordinates":[[[1,1],[2,1],[2,2],[1,1]]]}'
    ),
}


# Rings are closed, and what follows a height is left out; GEOS refuses both.
MENDED = {"open", "four dimensions"}
READ = {"spaces", "lines", "two and three dimensions",
        "more beside it", "coordinates twice", *MENDED}  # fmt: skip


@pytest.mark.parametrize("kind", ODD)
def test_what_is_no_polygon_is_rejected_and_says_why(kind: str) -> None:
    reasons = read_polygons([WHOLE, ODD[kind]])[2]
    assert bool(reasons) == (kind not in READ)
    assert all(reasons.values())


HOLE = b'{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]],[]]}'


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        (b'{"type":"Polygon","coordinates":[]}', "no points"),
        (b'{"type":"Polygon","coordinates":[[]]}', "a ring of 0 points"),
        (b'{"type":"MultiPolygon","coordinates":[]}', "no points"),
        (b'{"type":"MultiPolygon","coordinates":[[]]}', "no points"),
        (b'{"type":"MultiPolygon","coordinates":[[[]]]}', "a ring of 0 points"),
        (b'{"type":"GeometryCollection","geometries":[]}', "no points"),
        (b'{"type":"GeometryCollection","geometries":[%s]}' % HOLE, "of 0 points"),
        (HOLE, "a ring of 0 points"),
        (
            b'{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,"\xff"],[0,0]]]}',
            "not UTF-8 at byte 50",
        ),
        (b'{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,NaN],[0,0]]]}', "malform"),
        (b'{"type":"Polygon","coordinates":[[[0,0],[1,0],[01,1],[0,0]]]}', "malform"),
        (b'{"type":"Polygone","coordinates":[]}', "Polygone"),
        (b'{"coordinates":[]}', "type"),
        (b"[]", "array"),
        (b'{"type":"GeometryCollection","geometries":[' * 5000, "nested|recursion"),
    ],
)  # fmt: skip
def test_what_could_end_the_process_never_reaches_it(odd: bytes, reason: str) -> None:
    polygons, _, reasons = read_polygons([WHOLE, odd])
    assert len(polygons) == 1
    assert re.search(reason, reasons[1], re.IGNORECASE)


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        (shapely.Polygon(), "no points"),
        (shapely.from_wkt("MULTIPOLYGON EMPTY"), "no points"),
        (shapely.from_wkt("POLYGON ((0 0, 1 0, 1 1, 0 0), EMPTY)"), "without points"),
        (drawn("POLYGON ((0 0, 1 0, NaN 1, 0 0))"), "no numbers"),
        (drawn("POLYGON ((0 0, 1 0, Inf 1, 0 0))"), "no numbers"),
    ],
)
def test_geometries_go_through_the_same_gate(shape: BaseGeometry, reason: str) -> None:
    polygons, _, reasons = read_polygons([shape, WHOLE])
    assert len(polygons) == 1
    assert re.search(reason, reasons[0])


@pytest.mark.parametrize(
    "ring",
    [
        [[179, 0], [181, 0], [181, 1], [179, 1], [179, 0]],
        [[-181, 0], [-179, 0], [-179, 1], [-181, 1], [-181, 0]],
        [[179, 0], [-179, 0], [-179, 1], [179, 1], [179, 0]],
        [[-179, 0], [-179, 1], [179, 1], [179, 0], [-179, 0]],
    ],
)
def test_ground_across_the_meridian_of_180_degrees(ring: list[list[float]]) -> None:
    whole = text({"type": "Polygon", "coordinates": [ring]})
    with pytest.warns(SourceWarning, match="pass ±180 in 1 of 1"):
        polygons, owner, reasons = read_polygons([whole])
    assert (owner.tolist(), reasons) == ([0, 0], {})
    assert sorted(shape.bounds for shape in polygons) == [
        (-180, 0, -179, 1),
        (179, 0, 180, 1),
    ]


def test_what_encloses_nothing_beyond_180_degrees_is_rejected() -> None:
    flat = {
        "type": "Polygon",
        "coordinates": [[[179, 0], [181, 0], [180, 0], [179, 0]]],
    }
    polygons, _, reasons = read_polygons([WHOLE, text(flat)])
    assert len(polygons) == 1
    assert "no area" in reasons[1]


@pytest.mark.parametrize(
    "box", [(-180, -90, 180, 90), (-180, -90, 180, -60), (-100, 0, 70, 1)]
)
def test_what_is_wide_stays_as_it_is(box: tuple[float, ...]) -> None:
    whole = shapely.box(*box)
    assert read_polygons([text(whole)])[0][0].equals(whole)


@pytest.mark.parametrize("kind", sorted(ODD.keys() - MENDED))
def test_what_only_looks_plain_is_read_as_geos_reads_it(kind: str) -> None:
    for texts in ([ODD[kind]], [WHOLE, ODD[kind]], [ODD[kind], WHOLE, WHOLE]):
        assert_like_geos(texts)


@given(st.lists(stars(), max_size=5), st.sampled_from([None, 0.0, 7.5]))
def test_plain_polygons_bit_by_bit(shapes: list[BaseGeometry], z: float | None) -> None:
    flat = [shape if z is None else shapely.force_3d(shape, z) for shape in shapes]
    assert_like_geos([text(shape) for shape in flat])


@given(
    st.lists(
        st.one_of(
            stars().map(text),
            st.sampled_from([ODD[kind] for kind in sorted(ODD.keys() - MENDED)]),
        ),
        max_size=5,
    )
)
def test_one_odd_polygon_changes_nothing_for_others(texts: list[bytes]) -> None:
    assert_like_geos(texts)


@given(st.lists(st.floats(-80, 80), min_size=8, max_size=8))
def test_numbers_of_any_length_are_the_nearest_floats(numbers: list[float]) -> None:
    points = np.array(numbers).reshape(4, 2) * (1, 0.5)
    ring = [[repr(float(x)), f"{y:.25e}"] for x, y in points]
    ring.append(ring[0])
    body = ",".join(f"[{x},{y},0]" for x, y in ring)
    assert_like_geos([f'{{"type":"Polygon","coordinates":[[{body}]]}}'.encode()])


def test_geometries_and_texts_may_be_mixed() -> None:
    box = shapely.box(0, 0, 1, 1)
    nested = shapely.GeometryCollection([box, shapely.MultiPolygon([box])])
    point = text(shapely.Point(0, 0))
    polygons, owner, reasons = read_polygons([WHOLE, box, point, b"{", text(nested)])
    assert owner.tolist() == [0, 1, 4, 4]
    assert list(reasons) == [3]
    assert all(shape.geom_type == "Polygon" for shape in polygons)


def test_none_at_all() -> None:
    polygons, owner, reasons = read_polygons([])
    assert len(polygons) == len(owner) == len(reasons) == 0


@pytest.mark.parametrize(
    "far", [(1700, 0), (-1700, 0), (0, 91), (0, -91), (3.9e6, 6.6e6)]
)
def test_what_leaves_the_earth_is_said_so(far: tuple[float, float]) -> None:
    shape = shapely.Polygon([(0, 0), (1, 0), far])
    for geometry in (shape, text(shape)):
        reasons = read_polygons([WHOLE, geometry])[2]
        assert list(reasons) == [1]
        assert "longitude ±180 or latitude ±90" in reasons[1]
