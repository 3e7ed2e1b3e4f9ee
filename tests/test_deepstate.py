import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pandas as pd
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st
from shapely.geometry import mapping

from builders import (
    DAY_S,
    GREY,
    HELD,
    NOON,
    OCCUPIED,
    Feature,
    collection,
    feature,
    tile,
)
from contract import SourceContract
from kursk_geo.errors import SnapshotError
from kursk_geo.snapshots import MapFeature, ParsedMap
from kursk_geo.sources import deepstate
from kursk_geo.sources.base import Source
from kursk_geo.sources.deepstate import parse, recognises, status_of
from kursk_geo.status import Status

NAME = f"{NOON}.geojson"
SQUARE = tile(0, 0)
NOW = (True, True)
IN_2022 = (False, False)


class TestContract(SourceContract):
    source: ClassVar[Source] = deepstate
    files: ClassVar[Mapping[str, bytes]] = {
        f"{NOON}.geojson": collection([feature(SQUARE)]),
        f"maps/{NOON + DAY_S}.geojson": collection(
            [feature(SQUARE), feature(tile(4, 0), fill=GREY)]
        ),
    }


def one(raw: bytes, name: str = NAME) -> ParsedMap:
    (parsed,) = parse(raw, name)
    assert isinstance(parsed, ParsedMap)
    return parsed


def nested(depth: int) -> bytes:
    """A map of a polygon within collections within collections."""
    opening = b'{"type":"GeometryCollection","geometries":['
    shape = json.dumps(mapping(SQUARE)).encode()
    raw = collection([feature({"shape": "here"})])
    return raw.replace(b'{"shape":"here"}', opening * depth + shape + b"]}" * depth, 1)


def read(shown: Feature, *, unix: int = NOON) -> MapFeature | str | None:
    (item,) = one(collection([shown]), f"{unix}.geojson").features
    return item


def status_in(shown: Feature, *, unix: int = NOON) -> Status:
    item = read(shown, unix=unix)
    assert isinstance(item, MapFeature)
    return item.status


# Status: colour, then key, then name


@pytest.mark.parametrize(
    ("fill", "expected"),
    [
        ("#a52714", Status.OCCUPIED),
        ("#880e4f", Status.OCCUPIED_BEFORE_2022),
        ("#000000", Status.OCCUPIED_BEFORE_2022),
        ("#0f9d58", Status.LIBERATED),
        ("#0288d1", Status.LIBERATED),
        ("#01579b", Status.HELD_IN_RUSSIA),
        ("#bcaaa4", Status.CONTESTED),
        ("#bdbdbd", Status.CONTESTED_IN_RUSSIA),
        ("#ff5252", Status.OUTSIDE),
        ("#757575", Status.UNKNOWN),
        ("#ce93d8", Status.UNKNOWN),
    ],
)
@pytest.mark.parametrize("written", [str.lower, str.upper, lambda fill: f" {fill} "])
def test_colours(fill: str, expected: Status, written: Any) -> None:
    assert status_of(written(fill), None, "", era=NOW)[0] is expected
    style = f"#poly-{fill[1:].upper()}-2000-77-nodesc"
    assert status_of(None, style, "", era=NOW) == (expected, fill)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Окуповано", Status.OCCUPIED),
        ("Звільнено 25.03", Status.LIBERATED),
        ("Під питанням", Status.CONTESTED),
        ("Сіра\xa0зона\n", Status.CONTESTED),
        ("Звільнено // Taken back", Status.LIBERATED),
        ("Звiльнено /// Liberated", Status.LIBERATED),
        ("Статус нев\ufffdдомий /// Unknown status", Status.CONTESTED),
        ("x /// Contensed", Status.CONTESTED),
        ("x /// Situation is unknown", Status.CONTESTED),
        ("x /// y /// geoJSON.status.occupied", Status.OCCUPIED),
        ("x /// y /// geoJSON.status.unknown", Status.CONTESTED),
        ("x///y///geoJSON.status.dismissed_at{{at:25.03}}", Status.LIBERATED),
        ("x /// y /// geoJSON.territories.crimea", Status.OCCUPIED_BEFORE_2022),
        ("x /// y /// geoJSON.territories.ordlo", Status.OCCUPIED_BEFORE_2022),
        ("x /// Occupied Karelia /// geoJSON.territories.karelia", Status.OUTSIDE),
        ("x /// Occupied /// geoJSON.territories.pechorsky-district", Status.OUTSIDE),
        ("x /// y /// geoJSON.territories.never-seen", Status.OUTSIDE),
        ("x /// y /// geoJSON.zmiinyi_island", Status.LIBERATED),
        ("x /// y /// geoJSON.status.never_seen", Status.UNKNOWN),
        ("Придністров'я", Status.OUTSIDE),
        ("", Status.UNKNOWN),
        ("щось", Status.UNKNOWN),
    ],
)
def test_keys_and_names_where_there_is_no_colour(name: str, expected: Status) -> None:
    assert status_in(feature(SQUARE, fill=None, name=name)) is expected


def test_the_colour_decides_before_the_name() -> None:
    liberated = "Звільнено /// Liberated /// geoJSON.status.dismissed"
    assert (
        status_in(feature(SQUARE, fill="#bcaaa4", name=liberated)) is Status.CONTESTED
    )
    assert (
        status_in(feature(SQUARE, fill=HELD, name=liberated)) is Status.HELD_IN_RUSSIA
    )


def test_greys_and_maroon_meant_other_things_in_2022() -> None:
    assert status_of("#bdbdbd", None, "Сіра зона", era=IN_2022)[0] is Status.CONTESTED
    maroon = ("#880e4f", None)
    assert status_of(*maroon, "Придністров'я", era=IN_2022)[0] is Status.OUTSIDE
    assert status_of(*maroon, "Крим", era=IN_2022)[0] is Status.OCCUPIED_BEFORE_2022
    assert status_of(*maroon, "Крим", era=NOW)[0] is Status.OCCUPIED_BEFORE_2022


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2024-08-07T23:59:59", Status.CONTESTED),
        ("2024-08-08T00:00:00", Status.CONTESTED_IN_RUSSIA),
    ],
)
def test_the_day_on_which_grey_became_russian(day: str, expected: Status) -> None:
    unix = int(pd.Timestamp(day, tz="UTC").timestamp())
    assert status_in(feature(SQUARE, fill=GREY), unix=unix) is expected


def test_labels_are_names_with_their_spaces_tidied() -> None:
    item = read(feature(SQUARE, name="  Звільнено\xa0///\n Liberated \n"))
    assert isinstance(item, MapFeature)
    assert item.label == "Звільнено /// Liberated"
    odd = read(feature(SQUARE, fill="#123456", name="Щось"))
    assert isinstance(odd, MapFeature)
    assert odd.label == "#123456 Щось"
    bare = read(feature(SQUARE, fill=None, name="Щось"))
    assert isinstance(bare, MapFeature)
    assert bare.label == "no colour Щось"


# Containers and dates


def test_a_bare_collection_is_dated_by_its_name() -> None:
    parsed = one(
        collection([feature(SQUARE)]), "archive.tar.xz/maps/1740830400.geojson"
    )
    assert parsed.snapshot_utc == pd.Timestamp("2025-03-01T12:00Z")
    assert parsed.snapshot_utc.unit == "us"
    assert parsed.snapshot_id == "1740830400"


def test_a_wrapped_collection_is_dated_by_its_id() -> None:
    wrapped = {
        "id": NOON,
        "datetime": "23.08 o 20:29",
        "map": json.loads(collection([feature(SQUARE)])),
    }
    for separators in [(",", ":"), (", ", ": ")]:
        raw = json.dumps(wrapped, separators=separators).encode()
        for name in ("last.json", "1700000000.geojson"):
            parsed = one(raw, name)
            assert parsed.snapshot_id == str(NOON)
            assert len(parsed.features) == 1


@pytest.mark.parametrize(
    "name",
    ["20250301.geojson", "maps/deepstate-2025-03-01.geojson", "2025-03-01_a.json"],
)
def test_copies_named_by_day_are_of_its_last_second(name: str) -> None:
    pretty = json.dumps(json.loads(collection([feature(SQUARE)])), indent=2).encode()
    (parsed,) = parse(pretty, name)
    assert str(parsed.snapshot_utc) == "2025-03-01 23:59:59+00:00"
    assert parsed.snapshot_id == "2025-03-01"
    assert len(parsed.features) == 1


def test_the_folder_s_name_is_no_date() -> None:
    with pytest.raises(
        SnapshotError, match="nothing tells when this map was published"
    ):
        parse(collection([feature(SQUARE)]), "1740830400/map.geojson")


@pytest.mark.parametrize("name", ["map.geojson", "1740830400-1740916800.geojson"])
def test_names_that_tell_no_instant(name: str) -> None:
    with pytest.raises(SnapshotError, match=r"Expected the unix time.*rename the file"):
        parse(collection([feature(SQUARE)]), name)


@pytest.mark.parametrize(
    "raw", [collection([]), b'{"type":"FeatureCollection", "features" : []}']
)
def test_a_map_of_nothing(raw: bytes) -> None:
    assert list(one(raw).features) == []


def test_whether_a_file_is_a_map_is_told_by_its_content() -> None:
    assert recognises(collection([feature(SQUARE)]), "anything")
    assert not recognises(b'{"value": {"features": []}}', NAME)
    assert not recognises(b"", NAME)


# Features


def test_points_are_left_out_and_keep_their_place() -> None:
    point = {"type": "Point", "coordinates": [35.0, 51.0, 0]}
    features = one(collection([feature(point), feature(SQUARE)])).features
    assert features[0] is None
    assert isinstance(features[1], MapFeature)


def test_features_that_cannot_be_read_tell_why() -> None:
    wrong_name = feature(SQUARE)
    wrong_name["properties"]["name"] = 5
    reasons = one(
        collection([feature(None), wrong_name, 7, None, "text", feature(SQUARE)])
    ).features
    assert reasons[0] == "no geometry"
    assert [isinstance(reason, str) for reason in reasons] == [True] * 5 + [False]
    assert "$.properties.name" in str(reasons[1])
    assert len(reasons) == 6


def test_a_name_that_is_no_text_costs_that_feature_alone() -> None:
    raw = collection([feature(SQUARE), feature(tile(4, 0), fill=GREY)])
    first, second = one(raw.replace("Звільнено".encode(), b"\xd0", 1)).features
    assert "is not UTF-8 at byte" in str(first)
    assert isinstance(second, MapFeature)


@pytest.mark.parametrize("bare", [{}, {"properties": None}])
def test_features_need_no_properties(bare: dict[str, None]) -> None:
    shown = {"type": "Feature", **bare, "geometry": mapping(SQUARE)}
    assert status_in(shown) is Status.UNKNOWN


def test_a_byte_order_mark_is_no_harm() -> None:
    raw = collection([feature(SQUARE)])
    for text in (raw, b" " + raw, b'{"id":1740830400,"map":' + raw + b"}"):
        marked = one(b"\xef\xbb\xbf" + text)
        assert marked.features == one(raw).features


def test_repeated_features_are_looked_up() -> None:
    memo: dict[Any, Any] = {}
    raw = collection([feature(SQUARE), feature(tile(4, 0), fill=GREY)])
    (first,) = parse(raw, NAME, memo=memo)
    (second,) = parse(raw, f"{NOON + DAY_S}.geojson", memo=memo)
    assert isinstance(first, ParsedMap)
    assert isinstance(second, ParsedMap)
    pairs = zip(first.features, second.features, strict=True)
    assert all(a is b for a, b in pairs)


def test_a_feature_is_looked_up_within_its_era_only() -> None:
    memo: dict[Any, Any] = {}
    raw = collection([feature(SQUARE, fill=GREY)])
    statuses = []
    for unix in (NOON, 1_660_000_000, NOON):
        (parsed,) = parse(raw, f"{unix}.geojson", memo=memo)
        assert isinstance(parsed, ParsedMap)
        (item,) = parsed.features
        assert isinstance(item, MapFeature)
        statuses.append(item.status)
    assert statuses == ["contested_in_russia", "contested", "contested_in_russia"]


Read = list[MapFeature | str | None] | None


def features_or_none(raw: bytes, memo: dict[Any, Any]) -> Read:
    try:
        (parsed,) = parse(raw, NAME, memo=memo)
    except SnapshotError:
        return None
    assert isinstance(parsed, ParsedMap)
    return list(parsed.features)


@given(st.data())
def test_what_was_read_before_changes_nothing(data: st.DataObject) -> None:
    """Features added, gone, moved and repeated; and bytes that went astray."""
    pool = [feature(tile(4 * i, 0), name=f"x{i}") for i in range(4)]
    pool.append(feature({"type": "Point", "coordinates": [35.0, 51.0, 0]}))
    shown = st.lists(st.sampled_from(pool), max_size=5)
    memo: dict[Any, Any] = {}
    for _ in range(3):
        raw = collection(data.draw(shown))
        if data.draw(st.booleans()):
            at = data.draw(st.integers(0, len(raw)))
            gone = data.draw(st.sampled_from([0, 1, 18, 19, 200]))
            put = [
                b"",
                b" ",
                b"X",
                b",7",
                b',"aaaaaaaaaaaaa",{',
                b',{"type":"Feature",',
            ]
            raw = raw[:at] + data.draw(st.sampled_from(put)) + raw[at + gone :]
        assert features_or_none(raw, memo) == features_or_none(raw, {})


SEPARATOR = b',{"type":"Feature",'


@pytest.mark.parametrize(
    "astray",
    [
        lambda raw: raw.replace(SEPARATOR, b"X" * len(SEPARATOR), 1),
        lambda raw: raw.replace(SEPARATOR, b',"aaaaaaaaaaaaaa",{', 1),
        lambda raw: raw[:-2] + SEPARATOR + b"]}",
        lambda raw: raw[:-2] + b',"x"]}',
        lambda raw: raw[:-2] + b" x]}",
        lambda raw: raw[:41] + b"]}",
    ],
)
def test_bytes_between_known_features_are_looked_at(
    astray: Callable[[bytes], bytes],
) -> None:
    raw = collection([feature(SQUARE), feature(tile(4, 0))])
    memo: dict[Any, Any] = {}
    assert features_or_none(raw, memo) is not None
    changed = astray(raw)
    try:
        json.loads(changed)
    except ValueError:
        assert features_or_none(changed, memo) is None
    else:
        assert features_or_none(changed, memo) == features_or_none(changed, {})


# Cutting features apart must give what decoding gives


def plainly(raw: bytes) -> list[tuple[Status, str, str]]:
    """The same with the json of the standard library, feature by feature."""
    found = []
    for item in json.loads(raw)["features"]:
        properties = item["properties"]
        name = " ".join(properties["name"].split())
        status, colour = status_of(
            properties.get("fill"), properties.get("styleUrl"), name, era=NOW
        )
        label = f"{colour} {name}" if status is Status.UNKNOWN else name
        shape = shapely.geometry.shape(item["geometry"])
        found.append((status, label, shapely.normalize(shapely.force_2d(shape)).wkt))
    return found


def fast_and_slow(raw: bytes) -> list[list[tuple[Status, str, str]]]:
    # A space after the first brace sends the same content down the slow path.
    texts = [raw, b"{ " + raw[1:]]
    found = []
    for text in texts:
        items = one(text).features
        assert all(isinstance(item, MapFeature) for item in items)
        found.append(
            [
                (
                    i.status,
                    i.label,
                    shapely.normalize(
                        shapely.force_2d(shapely.from_geojson(i.geometry))
                    ).wkt,
                )
                for i in items
                if isinstance(i, MapFeature)
            ]
        )
    return found


ATTACKS = [
    ',{"type":"Feature",',
    '"},{"type":"Feature","properties":{"name":"',
    ']}',
    '\\',
    '\\"',
    '{"type":"FeatureCollection","features":[{',
    '\n,{"type":"Feature",\r',
    '"geometry":null',
    '\x00\x1f\x7f',
    '\u2028\u2029\ufeff',
    "Звільнено 🙂 ﷽",
]  # fmt: skip

names = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from(ATTACKS), max_size=4).map("".join),
)


@given(
    st.lists(st.tuples(names, st.sampled_from([HELD, OCCUPIED, "#123456"])), max_size=4)
)
@example([(",".join(ATTACKS), HELD), ('},{"type":"Feature",', HELD)])
def test_no_name_leads_the_short_cut_astray(shown: list[tuple[str, str]]) -> None:
    features = [
        feature(tile(4 * i, 0), name=name, fill=fill)
        for i, (name, fill) in enumerate(shown)
    ]
    raw = collection(features)
    expected = plainly(raw)
    for found in fast_and_slow(raw):
        assert found == expected


@given(names)
def test_nor_does_a_feature_within_a_feature(name: str) -> None:
    inner = feature(tile(8, 0), name=name)
    outer = feature(tile(0, 0))
    outer["properties"]["more"] = [inner, inner]
    raw = collection([outer, feature(tile(4, 0), name=name)])
    for found in fast_and_slow(raw):
        assert found == plainly(raw)


POINT = feature({"type": "Point", "coordinates": [35.0, 51.0, 0]})


def cuts(raw: bytes) -> list[bytes]:
    """The first bytes of a file, up to each place where it might pass for whole."""
    return [raw[: i + 1] for i in range(len(raw) - 1) if raw[i : i + 1] in b"]}"]


@pytest.mark.parametrize(
    "shown",
    [[feature(tile(4 * i, 0)) for i in range(3)], [feature(SQUARE), POINT, POINT]],
)
def test_cut_anywhere_a_map_is_never_read_in_part(shown: list[Feature]) -> None:
    raw = collection(shown)
    for cut in cuts(raw):
        with pytest.raises(SnapshotError, match=r"1740830400\.geojson: not a whole"):
            parse(cut, NAME)


def test_nothing_hides_behind_what_does_not_fit() -> None:
    """A space between two features sends the short cut past the second."""
    wrong = feature(SQUARE)
    wrong["properties"]["name"] = 5
    for odd in (wrong, POINT):
        raw = collection([odd, feature(tile(4, 0))]).replace(b'},{"ty', b'}, {"ty')
        features = one(raw).features
        assert len(features) == 2
        assert isinstance(features[1], MapFeature)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"type":"FeatureCollection","features":null}',
        b'{"type":"FeatureCollection"}',
        b'{"type":"FeatureCollection","features":{}}',
        b"[]",
        b"null",
        b"text",
        b'{"id":1740830400,"map":[]}',
        b'{"id":"1740830400","map":{"features":[]}}',
        collection([feature(SQUARE)]).replace(b"35.2", b"NaN", 1),
        collection([feature(SQUARE)]) + b"]}",
        collection([feature(SQUARE)]).decode().encode("utf-16"),
        b'{"features":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        nested(3000),
    ],
)
def test_what_is_no_map_is_refused_by_name(raw: bytes) -> None:
    with pytest.raises(
        SnapshotError, match=r"1740830400\.geojson: .*download it again"
    ):
        parse(raw, NAME)
