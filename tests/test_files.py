"""Files and folders whole or not at all, and nothing left behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kursk_geo import _files
from kursk_geo._files import exchange, landing, write_whole, writing
from kursk_geo.errors import OptionError

NAMES = ("page.html", "table.csv", "extra.md")


def write(folder: Path, word: str, *names: str) -> None:
    with landing(folder, marker="page.html", names=NAMES) as draft:
        for name in names:
            (draft / name).write_text(word)


def held(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_folder_is_replaced_and_what_else_lies_there_stays(tmp_path: Path) -> None:
    folder = tmp_path / "report"
    write(folder, "old", *NAMES)
    (folder / "mine").mkdir()
    (folder / "mine" / "note.txt").write_text("note")
    (folder / "link").symlink_to("mine")
    write(folder, "new", "page.html", "table.csv")
    assert held(folder) == {
        "mine/note.txt": "note", "page.html": "new", "table.csv": "new"
    }  # fmt: skip
    assert (folder / "link").is_symlink()
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def half_written(folder: Path) -> None:
    with landing(folder, marker="page.html", names=NAMES) as draft:
        (draft / "page.html").write_text("half")
        raise KeyboardInterrupt


def test_a_folder_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    folder = tmp_path / "report"
    write(folder, "old", *NAMES)
    with pytest.raises(KeyboardInterrupt):
        half_written(folder)
    assert held(folder) == dict.fromkeys(sorted(NAMES), "old")
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_text("x")
    with pytest.raises(OptionError, match=r"holds no page\.html"):
        write(tmp_path, "new", *NAMES)


@pytest.mark.parametrize("in_one_step", [True, False])
def test_folders_change_places(
    in_one_step: bool,  # noqa: FBT001
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not in_one_step:
        monkeypatch.setattr(_files.sys, "platform", "darwin")
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        (folder / "name").write_text(folder.name)
    exchange(one, other)
    assert held(one) == {"name": "other"}
    assert held(other) == {"name": "one"}
    assert len(list(tmp_path.iterdir())) == 2


def test_a_second_rename_that_fails_undoes_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_files.sys, "platform", "darwin")
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(FileNotFoundError):
        exchange(tmp_path / "gone", other)
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


@pytest.mark.skipif(sys.platform != "linux", reason="as Linux tells it")
def test_what_the_system_refuses_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        exchange(tmp_path / "gone", tmp_path / "gone too")


KILLED = """
import os, signal, sys
from pathlib import Path
from types import ModuleType
sys.modules["kursk_geo"] = package = ModuleType("kursk_geo")
package.__path__ = [sys.argv[2]]  # of all the library this module alone
from kursk_geo._files import landing, writing
target = Path(sys.argv[1])
manager = (
    landing(target, marker="page.html", names=("page.html",))
    if target.name == "report" else writing(target)
)
with manager as draft:
    (draft / "page.html" if draft.is_dir() else draft).write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("name", ["report", "film.gif", "фільм [1].gif"])
def test_the_next_run_removes_what_a_killed_one_left(name: str, tmp_path: Path) -> None:
    target = tmp_path / name
    for _ in range(2):
        command = [sys.executable, "-c", KILLED, target, Path(_files.__file__).parent]
        killed = subprocess.run(command, check=False, capture_output=True)
        assert killed.stderr == b""
    others = tmp_path / f".{target.stem}-draft{target.suffix}"
    others.write_text("mine")
    assert len(list(tmp_path.iterdir())) == 2  # one draft: the first was swept
    if name == "report":
        write(target, "new", *NAMES)
    else:
        write_whole(target, b"new")
    assert {path.name for path in tmp_path.iterdir()} == {name, others.name}


def test_a_draft_of_a_run_that_still_goes_on_stays(tmp_path: Path) -> None:
    target = tmp_path / "table.csv"
    with writing(target) as first:
        first.write_text("first")
        write_whole(target, b"second")
        assert first.exists()
    assert target.read_text() == "first"


@pytest.mark.skipif(sys.platform != "linux", reason="process ids of Linux")
def test_drafts_of_the_dead_go_also_where_nothing_is_written(tmp_path: Path) -> None:
    process = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    path = tmp_path / "history.parquet"
    mine = _files._draft_of(path)
    mine.mkdir()
    dead = mine.with_name(
        mine.name.replace(f"-{os.getpid()}-", f"-{int(process.stdout)}-")
    )
    dead.mkdir()
    with _files.one_writer(path):
        pass
    assert [one.name for one in tmp_path.iterdir()] == [mine.name]
