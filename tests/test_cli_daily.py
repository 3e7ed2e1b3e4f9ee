"""``kursk-geo update`` and ``watch``: maps that arrive day by day."""

import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import kursk_geo as kg
from builders import DAY_S, NOON, feature, tile, write_map
from claim_files import area_claim, write_claim
from commands import run


def day(folder: Path, number: int, width_km: float) -> Path:
    """The map of a day: one piece of ground, 4 km deep."""
    return write_map(folder, NOON + number * DAY_S, [feature(tile(0, 0, width_km, 4))])


@pytest.fixture
def maps(tmp_path: Path) -> Path:
    folder = tmp_path / "maps"
    day(folder, 0, 4)
    day(folder, 2, 4)
    return folder


@pytest.fixture
def store(tmp_path: Path, maps: Path) -> Path:
    path = tmp_path / "history.parquet"
    first = run("update", path, maps)
    assert (first.exit_code, first.stderr) == (0, "")
    assert first.stdout == (
        "Added 2 maps, up to 2025-03-03 12:00 UTC. Held in kursk: 16.00 km².\n"
    )
    return path


def same_as_read(store: Path, maps: Path) -> bool:
    kept, read = kg.open_store(store), kg.read_history(maps)
    return kept.shapes.equals(read.shapes) and kept.snapshots.equals(read.snapshots)


def test_nothing_new_leaves_the_store_alone(store: Path, maps: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in store.rglob("*")}
    result = run("update", store, maps)
    assert result.stdout == "Nothing new since 2025-03-03 12:00 UTC.\n"
    assert {path: path.stat().st_mtime_ns for path in store.rglob("*")} == before
    assert run("update", store, maps, "--quiet").stdout == ""


def test_a_new_map_is_added(store: Path, maps: Path) -> None:
    day(maps, 3, 3)
    assert run("update", store, maps).stdout == (
        "Added 1 map, up to 2025-03-04 12:00 UTC. "
        "Held in kursk: 12.00 km², was 16.00 km².\n"
    )
    assert same_as_read(store, maps)


def test_only_new_files_are_read(
    store: Path, maps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = day(maps, 3, 3)
    read: list[str] = []
    usual = Path.read_bytes

    def note(self: Path) -> bytes:
        read.append(self.name)
        return usual(self)

    monkeypatch.setattr(Path, "read_bytes", note)
    assert run("update", store, maps).exit_code == 0
    assert [name for name in read if name.endswith("geojson")] == [new.name]


def test_a_late_map_is_put_in_its_place(store: Path, maps: Path) -> None:
    day(maps, 3, 3)
    day(maps, 1, 5)
    day(maps, -5, 2)
    assert run("update", store, maps).stdout.startswith("Added 3 maps (2 late), up to ")
    assert same_as_read(store, maps)


def test_a_broken_map_is_named_and_the_rest_goes_on(store: Path, maps: Path) -> None:
    broken = day(maps, 3, 3)
    text = broken.read_bytes()
    broken.write_bytes(text[:50])
    day(maps, 4, 2)
    result = run("update", store, maps)
    assert result.exit_code == 0
    assert result.stdout.startswith("Added 1 map, up to 2025-03-05 12:00 UTC.")
    assert broken.name in result.stderr
    assert result.stderr.startswith("Warning: ")
    # Mended, it is taken like any late one.
    broken.write_bytes(text)
    assert run("update", store, maps).stdout.startswith("Added 1 map (1 late)")
    assert kg.open_store(store).shapes.equals(kg.read_history(maps).shapes)


def test_another_map_of_the_same_instant_is_refused(store: Path, maps: Path) -> None:
    day(maps / "again", 2, 1)
    result = run("update", store, maps)
    assert result.exit_code == 0
    assert "Nothing new" in result.stdout
    assert "another map of 2025-03-03 12:00 UTC is there already" in result.stderr
    assert len(kg.open_store(store).snapshots) == 2


def test_a_folder_by_another_name_holds_the_same_maps(store: Path, maps: Path) -> None:
    moved = maps.rename(maps.with_name("moved"))
    assert "Nothing new" in run("update", store, moved).stdout


# --- watch


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    folder = tmp_path / "claims"
    folder.mkdir()
    write_claim(folder, "held", area_claim("held", "16", "2025-03-04"))
    return folder


def test_one_line_of_crontab(
    store: Path, maps: Path, claims: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report"
    line = ["watch", store, maps, "--claims", claims]
    first = run(*line, "--report", report)
    assert first.exit_code == 0, first.stderr
    assert (report / "index.html").is_file()

    again = run(*line, "--quiet")
    assert (again.exit_code, again.stdout) == (0, "")

    day(maps, 1, 6)  # late, and of no weight for this sentence
    assert run(*line, "--quiet").exit_code == 0

    day(maps, 3, 1)
    changed = run(*line, "--quiet")
    assert changed.exit_code == 10
    assert changed.stdout.startswith("held: ")
    assert changed.stdout.count("\n") == 1
    assert run(*line, "--quiet").exit_code == 0


def test_a_hook_is_given_json(store: Path, maps: Path, claims: Path) -> None:
    line = ["watch", store, maps, "--claims", claims, "--notify"]
    first = json.loads(run(*line).stdout)
    assert first["changed"] == []
    day(maps, 3, 1)
    result = run(*line)
    assert result.exit_code == 10
    told = json.loads(result.stdout)
    assert told["n_added"] == 1
    (change,) = told["changed"]
    assert change["id"] == "held"
    assert change["before"] != change["after"]


def test_a_record_that_is_none_is_refused(
    store: Path, maps: Path, claims: Path
) -> None:
    store.with_name(f"{store.name}.verdicts.json").write_text("{}")
    result = run("watch", store, maps, "--claims", claims)
    assert result.exit_code == 2
    assert "remove the file to begin anew" in result.stderr


def test_two_that_update_at_once_lose_no_map(tmp_path: Path, maps: Path) -> None:
    store = tmp_path / "history.parquet"
    whole = tmp_path / "whole"
    for number in range(8):
        day(tmp_path / f"of_{number % 2}", number, 1 + number)
        day(whole, number, 1 + number)
    code = (
        "import sys; from pathlib import Path\n"
        "from kursk_geo.sources.files import update_store\n"
        "store, folder = map(Path, sys.argv[1:])\n"
        "for one in sorted(folder.iterdir()):\n"  # one map at a time: four turns each
        "    update_store(store, one, source='deepstate')\n"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", code, store, tmp_path / f"of_{number}"])
        for number in range(2)
    ]
    assert [one.wait(60) for one in both] == [0, 0]
    kept, read = kg.open_store(store), kg.read_history(whole)
    assert kept.shapes.equals(read.shapes)
    assert kept.snapshots["sha256"].equals(read.snapshots["sha256"])
    assert not list(tmp_path.glob(".*"))


def test_who_died_while_writing_holds_nobody_up(store: Path, maps: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from kursk_geo.store import store_writer\n"
        "with store_writer(Path(sys.argv[1])):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code, store], check=False)
    assert killed.returncode == -signal.SIGKILL
    left = store.with_name(f".{store.name}.lock")
    assert left.exists()
    day(maps, 3, 3)
    assert run("update", store, maps).stdout.startswith("Added 1 map")
    assert same_as_read(store, maps)
    assert not left.exists()


def test_what_cannot_be_read_makes_no_folder(tmp_path: Path) -> None:
    assert run("update", tmp_path / "new" / "store", tmp_path / "none").exit_code
    assert not (tmp_path / "new").exists()


def test_a_store_of_no_source_of_ours_is_not_gone_on_with(
    tmp_path: Path, maps: Path
) -> None:
    for name in ("sample", "island"):
        history = kg.sample_history()
        if name == "island":
            history = replace(history, source=name)
        path = kg.write_store(history, tmp_path / f"{name}.parquet")
        ended = run("update", path, maps)
        assert (ended.exit_code, ended.stdout) == (2, "")
        wanted = "published maps" if name == "sample" else "--source"
        assert f"holds maps of '{name}'. Expected " in ended.stderr
        assert wanted in ended.stderr
