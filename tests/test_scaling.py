"""Beyond one machine: the same bytes by any executor, the same areas by any engine."""

import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from pathlib import Path
from typing import Any
from unittest.mock import patch

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pytest
import shapely

import kursk_geo as kg
from builders import DAY_S, NOON, feature, tile, write_map
from kursk_geo import store as store_module
from kursk_geo.sources import files

MAPS = "sample_data/deepstate"


def tables(history: kg.ControlHistory, path: Path) -> dict[str, bytes]:
    kg.write_store(history, path)
    return {one.name: one.read_bytes() for one in path.iterdir()}


@pytest.fixture
def maps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sixty maps, ten of which are sent at a time; two cannot be read."""
    monkeypatch.setattr(files, "PART", 10)
    folder = tmp_path / "maps"
    for number in range(60):
        shapes = [feature(tile(0, 0, 1 + number // 7, 4)), feature(tile(20, 0, 3, 3))]
        write_map(folder, NOON + number * DAY_S, shapes)
    for name in ("1740830401.geojson", "1745830401.geojson"):
        (folder / name).write_text('{"type": "FeatureCollection", "features": [')
    return folder


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(2, mp_context=context) as executor:
        yield executor


class Losing(Executor):
    """One of whose processes is killed when all its work has been handed out."""

    def __init__(self, executor: Executor, kill: Callable[[], None]) -> None:
        self.executor, self.kill = executor, kill

    def submit(self, *given: Any, **named: Any) -> Future[Any]:
        return self.executor.submit(*given, **named)

    def map(self, *given: Any, **named: Any) -> Iterator[Any]:
        results = self.executor.map(*given, **named)
        self.kill()
        return results


def test_processes_read_the_same_bytes(
    maps: Path, tmp_path: Path, pool: ProcessPoolExecutor
) -> None:
    def read(**options: Any) -> kg.ControlHistory:
        return kg.read_history(maps, source="deepstate", on_error="skip", **options)

    here, there = read(), read(executor=pool)
    assert len(here) == 60
    assert tables(there, tmp_path / "there") == tables(here, tmp_path / "here")


def test_archives_are_read_by_processes_each(
    tmp_path: Path, pool: ProcessPoolExecutor
) -> None:
    packed = shutil.make_archive(str(tmp_path / "maps"), "zip", MAPS)
    here = kg.read_history([packed])
    assert kg.read_history([packed], executor=pool) == here


def test_the_first_error_is_the_same(maps: Path, pool: ProcessPoolExecutor) -> None:
    messages = []
    for executor in (None, pool):
        with pytest.raises(kg.KurskGeoError) as caught:
            kg.read_history(maps, source="deepstate", executor=executor)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]
    assert "1740830401" in messages[0]


def test_a_pool_that_lost_a_process_says_so(maps: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        pid = executor.submit(os.getpid).result()
        losing = Losing(executor, lambda: os.kill(pid, signal.SIGKILL))
        with pytest.raises(kg.KurskGeoError, match="lost a process that read maps"):
            kg.read_history(maps, on_error="skip", executor=losing)


def test_theatres_are_measured_by_processes(pool: ProcessPoolExecutor) -> None:
    history = kg.read_history(MAPS).between("2025-02-20", "2025-04-15")
    cut = [history.select(name) for name in ("kursk", "sumy", "kharkiv")]
    for ours, theirs in zip(map(kg.measure, cut), pool.map(kg.measure, cut),
                            strict=True):  # fmt: skip
        assert theirs.equals(ours)


def test_a_cluster_reads_the_same_bytes_though_a_worker_is_killed(
    maps: Path, tmp_path: Path
) -> None:
    distributed = pytest.importorskip("distributed", reason="needs the extra 'dask'")
    here = kg.read_history(maps, source="deepstate", on_error="skip")
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            dashboard_address=None,
            local_directory=str(tmp_path),
            silence_logs=50,
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        before = list(client.run(os.getpid).values())
        losing = Losing(
            client.get_executor(), lambda: os.kill(before[0], signal.SIGKILL)
        )
        there = kg.read_history(
            maps, source="deepstate", on_error="skip", executor=losing
        )
        client.wait_for_workers(2, timeout=60)
        assert before[0] not in client.run(os.getpid).values()
    assert tables(there, tmp_path / "there") == tables(here, tmp_path / "here")


@pytest.fixture(scope="module")
def history() -> kg.ControlHistory:
    return kg.read_history(MAPS).between("2025-02-01", None)


@pytest.fixture(scope="module")
def store(history: kg.ControlHistory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("of") / "history.parquet"
    kg.write_store(history.between(None, "2025-02-28"), path)
    with patch.object(store_module, "PART_ROWS", 1):  # shapes lie in several files
        store_module.replace_store(history, path, append=True)
    assert len(list(path.glob("shapes*.parquet"))) > 1
    return path


Areas = dict[tuple[pd.Timestamp, str], float]


@pytest.fixture(scope="module")
def ours(history: kg.ControlHistory) -> Areas:
    """Area by map and status, joined before it is measured. [km²]"""
    found = {}
    for status in history.shapes["status"].unique():
        table = kg.measure(history.select("everywhere", status=status)).reset_index()
        rows = zip(table["snapshot_utc"], table["area_km2"], strict=True)
        found |= {(when, status): area for when, area in rows if area > 0}
    return found


def same(rows: pd.DataFrame, ours: Areas) -> bool:
    keys = zip(rows["snapshot_utc"], rows["status"], strict=True)
    theirs = dict(zip(keys, rows["area_km2"], strict=True))
    return theirs == pytest.approx(ours, rel=1e-6)


SHOWN = """
    FROM {shapes} JOIN {snapshots} ON valid_from <= snapshot_utc
     AND (valid_to IS NULL OR snapshot_utc < valid_to)
    GROUP BY snapshot_utc, status
"""


def test_duckdb_finds_the_same_areas(store: Path, ours: Areas) -> None:
    reason = "needs the group 'scale'"
    duckdb = pytest.importorskip("duckdb", reason=reason)
    extensions = pytest.importorskip("duckdb_extensions", reason=reason)
    pytest.importorskip("duckdb_extension_spatial", reason=reason)
    extensions.import_extension("spatial")
    connection = duckdb.connect()
    connection.execute("LOAD spatial")
    shown = SHOWN.format(
        shapes=f"'{store}/shapes*.parquet'", snapshots=f"'{store}/_snapshots.parquet'"
    )
    rows = connection.sql(
        "SELECT snapshot_utc, status, ST_Area_Spheroid(ST_FlipCoordinates("
        f"ST_Union_Agg(geometry))) / 1e6 AS area_km2 {shown}"
    )
    assert same(rows.to_arrow_table().to_pandas(), ours)


def test_sedonadb_finds_the_same_areas(store: Path, ours: Areas) -> None:
    sedonadb = pytest.importorskip("sedonadb", reason="needs the group 'scale'")
    context = sedonadb.connect()
    context.read_parquet(f"{store}/shapes*.parquet").to_view("shapes")
    context.read_parquet(f"{store}/_snapshots.parquet").to_view("snapshots")
    shown = SHOWN.format(shapes="shapes", snapshots="snapshots")
    rows = pa.table(
        context.sql(
            "SELECT snapshot_utc, status, ST_AsBinary(ST_Union_Agg(geometry)) AS ground"
            f"{shown}"
        )
    ).to_pandas()
    rows["area_km2"] = kg.area_km2(list(shapely.from_wkb(rows["ground"])))
    assert same(rows, ours)


# Its own calls of pandas are deprecated in pandas 4.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_dask_geopandas_finds_the_same_areas(
    history: kg.ControlHistory, store: Path, ours: Areas
) -> None:
    dask_geopandas = pytest.importorskip(
        "dask_geopandas", reason="needs the group 'scale'"
    )
    published = history.snapshots[["snapshot_utc"]]

    def shown(shapes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        both = shapes.merge(published, how="cross")
        begun = both["valid_from"] <= both["snapshot_utc"]
        found = both[begun & ~(both["valid_to"] <= both["snapshot_utc"])]
        when = found["snapshot_utc"].astype(str)
        return found[["geometry"]].assign(state=when + " " + found["status"])

    shapes = dask_geopandas.read_parquet(f"{store}/shapes*.parquet")
    ground = shapes.map_partitions(shown).dissolve(by="state").compute()
    told = ground.index.to_series().str.rsplit(" ", n=1, expand=True)
    rows = pd.DataFrame(
        {
            "snapshot_utc": pd.to_datetime(told[0], format="ISO8601"),
            "status": told[1],
            "area_km2": kg.area_km2(list(ground.geometry)),
        }
    )
    assert same(rows, ours)
