import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest
import shapely
from shapely.geometry import mapping

from contract import SourceContract
from kursk_geo.errors import OptionError, SnapshotError, UnknownStatusWarning
from kursk_geo.sources.base import Source
from kursk_geo.sources.files import read_history
from kursk_geo.sources.viina import Viina

COLUMNS = "status_wiki,status_boost,status_dsm,status_isw,status"
CELLS = {
    1: shapely.box(37.0, 47.5, 37.5, 48.0),
    2: shapely.box(37.5, 47.5, 38.0, 48.0),
    3: shapely.box(36.5, 47.5, 37.0, 48.0),
}


def cells(places: Iterable[int] = CELLS) -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": {
                "geonameid": place,
                "name": f"place {place}",
                "ADM1_NAME": "Donetsk",
                "latitude": 47.75,
                "longitude": 37.25,
            },
            "geometry": mapping(CELLS[place]),
        }
        for place in places
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def table(rows: Iterable[tuple[object, object, str]], header: str = "") -> bytes:
    """Rows of place, day and five statuses (or one for all columns)."""
    lines = [header or f"geonameid,date,{COLUMNS}"]
    for place, day, status in rows:
        statuses = status if "," in status else ",".join([status] * 5)
        lines.append(f"{place},{day},{statuses}")
    return "\n".join(lines).encode()


ROWS = [
    (1, 20240101, "RU"),
    (2, 20240101, "CONTESTED"),
    (3, 20240101, "UA"),
    (1, 20240102, "RU"),
    (2, 20240102, "RU"),
    (3, 20240102, "UA"),
    (1, 20240103, "UA"),
    (2, 20240103, "UA"),
    (3, 20240103, "UA"),
]


def packed(raw: bytes, name: str = "control_latest_2024.csv") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, raw)
    return stream.getvalue()


class TestContract(SourceContract):
    source: ClassVar[Source] = Viina()
    files: ClassVar[Mapping[str, bytes]] = {
        "Data/control_latest_2024.zip": packed(table(ROWS)),
        "Data/gn_UA_tess.geojson": cells(),
    }

    def test_the_memo_only_saves_work(self) -> None:
        """Neither file is a map by itself: both are asked for."""
        (error,) = self.source.parse(packed(table(ROWS)), "control_latest_2024.zip")
        assert "Expected gn_UA_tess.geojson in the same folder" in str(error)
        assert self.source.parse(cells(), "gn_UA_tess.geojson") == []


def history_of(folder: Path, raw: bytes | None = None, **options: Any) -> Any:
    (folder / "control_latest_2024.csv").write_bytes(raw or table(ROWS))
    (folder / "gn_UA_tess.geojson").write_bytes(cells())
    return read_history(folder, **options)


def held(history: Any, day: str) -> dict[str, str]:
    state = history.at(day)
    return dict(zip(state.label, state.status, strict=True))


def test_cells_have_the_status_of_their_place(tmp_path: Path) -> None:
    history = history_of(tmp_path)
    assert history.source == "viina"
    first = {"place 1": "occupied", "place 2": "contested"}
    assert held(history, "2024-01-01") == first
    assert held(history, "2024-01-02") == {"place 1": "occupied", "place 2": "occupied"}
    assert len(history.snapshots) == len(history.states()) == 3


def test_what_ukraine_holds_in_ukraine_is_left_out(tmp_path: Path) -> None:
    history = history_of(tmp_path)
    assert held(history, "2024-01-03") == {}
    assert history.rejected.empty


def test_any_of_the_readings_can_be_the_source(tmp_path: Path) -> None:
    raw = table([(1, 20240101, "UA,UA,UA,RU,UA"), (2, 20240101, "RU,UA,UA,UA,UA")])
    majority = history_of(tmp_path, raw)
    assert held(majority, "2024-01-01") == {}
    for column, place in (("status_isw", "place 1"), ("status_wiki", "place 2")):
        history = read_history(tmp_path, source=Viina(column=column))
        assert held(history, "2024-01-01") == {place: "occupied"}
        assert history.snapshots.snapshot_id[0] == f"20240101 {column}"


@pytest.mark.parametrize("place", ["1", "1.0", '"1"', "1e0"])
def test_a_geonameid_may_read_as_a_number_of_any_kind(
    place: str, tmp_path: Path
) -> None:
    history = history_of(tmp_path, table([(place, 20240101, "RU")]))
    assert held(history, "2024-01-01") == {"place 1": "occupied"}


def test_tables_of_several_years_are_one_history(tmp_path: Path) -> None:
    (tmp_path / "control_latest_2023.zip").write_bytes(
        packed(table([(1, 20231231, "RU")]))
    )
    history = history_of(tmp_path)
    assert len(history.snapshots) == 4
    assert held(history, "2023-12-31") == {"place 1": "occupied"}


def test_other_files_of_viina_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "event_info_latest_2024.csv").write_bytes(b"event_id,date\n1,20240101")
    (tmp_path / "event_1pd_latest_2024.zip").write_bytes(
        packed(b"event_id,date\n1,20240101", "event_1pd_latest_2024.csv")
    )
    (tmp_path / "katotth_UA_tess.geojson").write_bytes(
        b'{"type": "FeatureCollection", "features": []}'
    )
    assert len(history_of(tmp_path).snapshots) == 3


def test_the_table_without_its_cells_says_where_they_are(tmp_path: Path) -> None:
    path = tmp_path / "control_latest_2024.zip"
    path.write_bytes(packed(table(ROWS)))
    with pytest.raises(SnapshotError, match=r"Expected gn_UA_tess\.geojson in the"):
        read_history(path)


def test_a_git_lfs_pointer_says_where_the_file_is(tmp_path: Path) -> None:
    pointer = (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 23976646\n"
    )
    path = tmp_path / "control_latest_2024.zip"
    path.write_bytes(pointer)
    for given in (path, tmp_path):
        with pytest.raises(SnapshotError, match=r"https://media\.githubusercontent"):
            read_history(given, source="viina")
    with pytest.raises(SnapshotError, match="a Git LFS pointer"):
        read_history(path)


def test_places_without_a_cell_are_listed(tmp_path: Path) -> None:
    raw = table([(1, 20240101, "RU"), (9, 20240101, "RU"), ("", 20240101, "RU")])
    history = history_of(tmp_path, raw)
    assert sorted(history.rejected.reason) == [
        "1 row without a place or a day", "no cell for geonameid 9"
    ]  # fmt: skip


def test_words_that_are_not_known_are_kept_and_warned_of(tmp_path: Path) -> None:
    raw = table([(1, 20240101, "DPR"), (2, 20240101, ",,,,"), (3, 20240101, "RU")])
    with pytest.warns(UnknownStatusWarning, match="'DPR' on 1 map; 'no status'"):
        history = history_of(tmp_path, raw)
    assert sorted(history.shapes.status) == ["occupied", "unknown", "unknown"]


def test_columns_must_be_known() -> None:
    with pytest.raises(OptionError, match="column='status_nato' is not known"):
        Viina(column="status_nato")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (table(ROWS, "geonameid,date,status"), "cannot be read"),
        (table([(1, "New Year", "RU")]), "cannot be read"),
        (table([(1, 22240101, "RU")]), "dated 22240101"),
        (packed(table(ROWS))[:-30], "cut short or locked"),
    ],
)
def test_broken_tables_are_refused_by_name(
    raw: bytes, message: str, tmp_path: Path
) -> None:
    (tmp_path / "gn_UA_tess.geojson").write_bytes(cells())
    (tmp_path / "control_latest_2024.zip").write_bytes(raw)
    with pytest.raises(SnapshotError, match=rf"control_latest_2024\.zip: .*{message}"):
        read_history(tmp_path)


def test_a_table_that_lacks_a_reading_is_refused(tmp_path: Path) -> None:
    raw = b"geonameid,date,status\n1,20240101,RU"
    with pytest.raises(
        SnapshotError, match="Expected columns geonameid, date, status_"
    ):
        history_of(tmp_path, raw, source=Viina(column="status_isw"))
