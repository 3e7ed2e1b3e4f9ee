"""What the system takes away costs a line on standard error, never a traceback."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from kursk_geo.errors import DownloadError, SnapshotError, SourceWarning

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample_data" / "deepstate"
COMMAND = [sys.executable, "-m", "kursk_geo"]
DOOR = [sys.executable, "-c", "from kursk_geo_cli import main; main()"]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and handles")


def ended(
    *arguments: object, close: int | None = None, **given: object
) -> tuple[int, list[str]]:
    """Exit code and standard error of a command, without its warnings."""
    run = subprocess.run(  # type: ignore[call-overload]
        [*COMMAND, *map(str, arguments)],
        stderr=None if close == 2 else subprocess.PIPE,
        stdout=given.pop("stdout", subprocess.DEVNULL),
        preexec_fn=None if close is None else partial(os.close, close),
        text=True,
        errors="replace",
        check=False,
        **given,
    )
    told = (run.stderr or "").splitlines()
    return run.returncode, [one for one in told if not one.startswith("Warning:")]


@pytest.mark.parametrize(
    ("door", "delay_s"), [(DOOR, 0.25), (DOOR, 1.6), (COMMAND, 0.25), (COMMAND, 0.8)]
)
def test_control_c_says_one_line_and_ends_with_130(
    door: list[str], delay_s: float, tmp_path: Path
) -> None:
    words = ["report", str(SAMPLE), "--theatre", "kursk", "--out", str(tmp_path / "r")]
    process = subprocess.Popen([*door, *words], stderr=subprocess.PIPE, text=True,
                               stdout=subprocess.DEVNULL)  # fmt: skip
    time.sleep(delay_s)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    told = [line for line in stderr.splitlines() if not line.startswith("Warning:")]
    assert process.returncode == 130, stderr
    assert len(told) == 1
    assert told[0].startswith("Stopped")


def test_control_c_waits_for_a_module_that_would_lose_it(tmp_path: Path) -> None:
    tmp_path.joinpath("lossy.py").write_text(
        "import signal\n"
        "try:\n"
        "    signal.raise_signal(signal.SIGINT)\n"
        "except KeyboardInterrupt:\n"
        "    raise ImportError\n"
    )
    script = (
        "import time, typer\n"
        "from kursk_geo.cli.output import plain_words\n"
        "try:\n"
        "    with plain_words():\n"
        "        import lossy\n"
        "        print('loaded', flush=True)\n"
        "        time.sleep(50)\n"
        "except typer.Exit as end:\n"
        "    raise SystemExit(end.exit_code)\n"
    )
    paths = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    run = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": paths},
        capture_output=True, text=True, timeout=40, check=False,
    )  # fmt: skip
    assert run.returncode == 130, run.stderr
    assert run.stdout == "loaded\n"
    assert len(run.stderr.splitlines()) == 1
    assert run.stderr.startswith("Stopped")


def test_a_closed_standard_output_is_said() -> None:
    code, told = ended("info", SAMPLE, close=1, stdout=None)
    assert code == 1
    assert len(told) == 1
    assert "standard output" in told[0]


def test_a_closed_standard_output_is_no_matter_where_a_file_is_written(
    tmp_path: Path,
) -> None:
    out = tmp_path / "table.csv"
    code, _ = ended("measure", SAMPLE, "--out", out, close=1, stdout=None)
    assert code == 0
    assert out.read_text().startswith("snapshot_utc")


def test_a_closed_standard_error_is_no_matter() -> None:
    assert ended("info", SAMPLE, close=2)[0] == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has it")
def test_a_full_standard_output_is_said() -> None:
    with Path("/dev/full").open("w") as full:
        code, told = ended("info", SAMPLE, stdout=full)
    assert code == 1
    assert len(told) == 1
    assert "standard output" in told[0]


def test_a_backend_that_is_none_is_no_matter(tmp_path: Path) -> None:
    words = "plot", "area", SAMPLE, "--theatre", "kursk", "--out", tmp_path / "x.png"
    code, told = ended(*words, env=os.environ | {"MPLBACKEND": "nonsense"})
    assert code == 0
    assert len(told) == 1
    assert told[0].startswith("Wrote ")


def test_an_error_of_the_system_is_one_line(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    code, told = ended("measure", SAMPLE, "--out", blocked / "table.csv")
    assert code == 1
    assert len(told) == 1
    assert told[0].startswith("Error: ")


def test_a_message_is_one_line_whatever_it_quotes() -> None:
    odd = "a\r\n\tb \x1b[31m\u202e\x00 \ud800 9\u00a0km²"
    for kind in (SnapshotError, DownloadError, SourceWarning):
        assert str(kind(odd)) == r"a b \x1b[31m\u202e\x00 \ud800 9" + "\u00a0km²"
    assert len(str(SnapshotError("x" * 99_999))) < 3000
