"""
Stop commands at every point, and take away what they stand on; look at what is left.

Usage: ``faults.py [--kills 200] [--seed 1] [--only NAME]``

Each command that writes is ended at each of its file operations, and at random moments
between, by SIGKILL and by SIGINT. What was there before must then be there whole, or
the new output whole; what a reader sees meanwhile is one of the two; and after the next
run no draft is left beside it. Then the same commands, and those that read, meet a full
disk, missing rights, no home, few handles, little memory, a second writer, files that
change, a closed or full standard output, and servers that are slow, endless, lying or
redirecting: one line on standard error, never a traceback, and never half an output.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "sample_data" / "deepstate"
PATIENCE_S = 240.0
STEADY = {"MPLBACKEND": "Agg", "SOURCE_DATE_EPOCH": "1750000000"}
"""The same bytes at any time of the day."""
STARTS_S = 0.5
"""Until Python itself has started: nobody can say anything before."""

RUNNER = """
import os, sys
point, number, root = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink",
           "os.chmod", "os.truncate"}
count = 0
def watch(event, told):
    global count
    if event == "open":
        mode, flags = told[1], told[2]
        if not (isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR)):
            return
    elif event not in CHANGES:
        return
    by_handle = event in ("os.remove", "os.rmdir") and told[-1] >= 0
    if by_handle or root in str(told[0]):
        count += 1
        if count == point:
            os.kill(os.getpid(), number)
sys.addaudithook(watch)
sys.argv = ["kursk-geo", *sys.argv[4:]]
from kursk_geo_cli import main
try:
    main()
finally:
    if not point and sys.stderr.writable():
        print("points", count, file=sys.stderr)
"""
"""The command line, ended by a signal at its n-th change of a file below a folder."""


@dataclass
class Writer:
    """A command that writes, with what it writes."""

    name: str
    arguments: Callable[[Path, Path], Sequence[object]]
    output: str
    more: tuple[str, ...] = ()
    """Names beside the output that belong to it."""


WRITERS = [
    Writer("store", lambda maps, out: ["store", maps, out], "history.parquet"),
    Writer("update", lambda maps, out: ["update", out, maps], "history.parquet"),
    Writer(
        "watch",
        lambda maps, out: [
            *("watch", out, maps, "--claims", "bloomberg-2025-04-26-sections"),
            *("--report", out.with_name("report")),
        ],
        "history.parquet",
        ("history.parquet.verdicts.json", "report"),
    ),
    Writer(
        "report",
        lambda maps, out: ["report", maps, "--theatre", "kursk", "--out", out],
        "report",
    ),
    Writer(
        "animate",
        lambda maps, out: [
            "animate",
            maps,
            out,
            "--theatre",
            "kursk",
            "--width-in",
            "3",
        ],
        "film.gif",
    ),
    Writer(
        "measure",
        lambda maps, out: ["measure", maps, "--theatre", "kursk", "--out", out],
        "table.csv",
        ("table.csv.json",),
    ),
    Writer(
        "plot",
        lambda maps, out: ["plot", "area", maps, "--theatre", "kursk", "--out", out],
        "area.png",
    ),
]


@dataclass
class Tally:
    """What was tried, and what was found."""

    tried: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)

    def hold(self, sound: object, name: str, what: str) -> None:
        """Count and print a finding unless something is sound."""
        if not sound:
            self.findings[f"{name}: {what}"] += 1
            print(f"  finding  {name}: {what}", flush=True)


# --- running the command line


@dataclass
class Ended:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def lines(self) -> list[str]:
        """What standard error says, without warnings."""
        told = [line for line in self.stderr.splitlines() if line.strip()]
        return [line for line in told if not line.startswith(("Warning:", "points "))]


def start(
    arguments: Sequence[object],
    *,
    point: int = 0,
    by: int = signal.SIGKILL,
    root: Path | None = None,
    environment: Mapping[str, str] | None = None,
    before: Callable[[], object] | None = None,
    **streams: object,
) -> subprocess.Popen[str]:
    words: list[str | bytes] = [
        sys.executable,
        "-c",
        RUNNER,
        str(point),
        str(int(by)),
        str(root or "/nowhere/at/all"),
    ]
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
        [*words, *map(_text, arguments)],
        text=True,
        errors="replace",
        env={**os.environ, **STEADY, **(environment or {})},
        preexec_fn=before,  # noqa: PLW1509 - no threads run here yet
        start_new_session=True,
        **given,
    )


def _text(argument: object) -> str | bytes:
    return argument if isinstance(argument, bytes) else str(argument)


def finish(process: subprocess.Popen[str]) -> Ended:
    try:
        out, err = process.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        err += "\nhangs"
    return Ended(process.returncode, out or "", err or "")


def run(arguments: Sequence[object], **given: object) -> Ended:
    return finish(start(arguments, **given))  # type: ignore[arg-type]


def told_well(ended: Ended) -> str:
    """What is wrong with the way a command failed; nothing if it told it well."""
    if ended.code < 0:
        return f"ends with {signal.Signals(-ended.code).name}"
    if "Traceback" in ended.stderr or "Exception ignored" in ended.stderr:
        last = ended.lines[-1] if ended.lines else ""
        return f"a traceback of {len(ended.lines)} lines: {last[:120]}"
    if "hangs" in ended.lines:
        return "hangs"
    if ended.code == 0:
        return ""
    if ended.code == 2 and ended.lines[0].startswith("Usage"):
        return ""
    if len(ended.lines) != 1:
        return f"exit {ended.code} with {len(ended.lines)} lines: {ended.lines[:3]}"
    return ""


# --- kills


def digest(path: Path) -> str:
    """Of a file, or of all files of a folder with their names."""
    if not path.exists():
        return "nothing"
    files = (
        [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    )
    whole = sha256()
    for file in files:
        whole.update(str(file.relative_to(path.parent)).encode())
        whole.update(file.read_bytes())
    return whole.hexdigest()[:12]


def halves(folder: Path) -> tuple[Path, Path]:
    """Two folders of maps: the first half of the sample, and the whole."""
    old, new = folder / "maps-old", folder / "maps-new"
    files = sorted(SAMPLE.glob("*.geojson"))
    for target, some in ((old, files[: len(files) // 2]), (new, files)):
        target.mkdir()
        for file in some:
            shutil.copy(file, target)
    return old, new


def kills(writer: Writer, budget: int, chance: random.Random, tally: Tally) -> None:
    """End a command at each of its changes, and at random moments."""
    with tempfile.TemporaryDirectory(prefix="kursk-geo-faults-") as name:
        folder = Path(name)
        old, new = halves(folder)
        place = folder / "place"
        place.mkdir()
        out = place / writer.output
        first = run(writer.arguments(old, out))
        runs = first.code in {0, 10}  # watch: a verdict is new
        tally.hold(runs, writer.name, f"does not run: {first.stderr[-300:]}")
        if not runs:
            return
        kept = folder / "kept"
        _copy(place, kept)
        was = digest(out)
        started = time.monotonic()
        second = run(writer.arguments(new, out), root=place)
        lasts_s = time.monotonic() - started
        will_be = digest(out)
        found = re.search(r"points (\d+)", second.stderr)
        points = int(found[1]) if found else 0
        moments: list[tuple[int, float]] = [
            (point, 0.0) for point in range(1, points + 1)
        ]
        if len(moments) > budget * 3 // 4:
            moments = chance.sample(moments, budget * 3 // 4)
        spare = budget - len(moments)
        moments += [(0, chance.uniform(0.0, lasts_s)) for _ in range(spare)]
        for at, (point, moment_s) in enumerate(moments):
            by = signal.SIGINT if at % 3 == 2 else signal.SIGKILL
            shutil.rmtree(place)
            _copy(kept, place)
            process = start(writer.arguments(new, out), point=point, by=by, root=place)
            if not point:
                time.sleep(moment_s)
                with suppress(ProcessLookupError):
                    process.send_signal(by)
            ended = finish(process)
            where = (
                f"{by.name} at {f'change {point} of {points}' if point else 'a moment'}"
            )
            tally.tried[f"kills of {writer.name}"] += 1
            is_now = digest(out)
            whole = is_now in {was, will_be}
            tally.hold(
                whole, writer.name, f"{where} leaves {is_now} ({was}, {will_be})"
            )
            if by is signal.SIGINT and ended.code not in (0, 10, -signal.SIGINT):
                said = ended.lines[-1:] or [""]
                sound = ended.code == 130 and said[0].startswith("Stopped")
                sound = sound and "Traceback" not in ended.stderr
                tally.hold(sound, writer.name, f"{where}: exit {ended.code}, {said}")
            elif by is signal.SIGINT and (
                point or moment_s > max(STARTS_S, lasts_s / 4)  # a busy machine
            ):
                tally.hold(ended.code == 0, writer.name, f"{where} ends by the signal")
            if at % 4 == 0:  # the next run: it costs as much as four kills
                run(writer.arguments(new, out))
                left = sorted(
                    {p.name for p in place.iterdir()} - {out.name, *writer.more}
                )
                tally.hold(
                    not left, writer.name, f"{where}: the next run leaves {left}"
                )
                tally.hold(
                    digest(out) == will_be,
                    writer.name,
                    f"{where}: the next run differs",
                )


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, symlinks=True)


# --- what a command stands on


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    """A file system of its own, where the machine lets us make one."""
    folder.mkdir(exist_ok=True)
    words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    subprocess.run(words, check=True, capture_output=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)  # noqa: S607


def without_powers() -> None:
    """Drop what lets root read and write everything: CAP_DAC_OVERRIDE and its like."""
    libc = ctypes.CDLL(None)
    for power in (1, 2):
        libc.prctl(24, power, 0, 0, 0)


def grounds(tally: Tally) -> None:
    with tempfile.TemporaryDirectory(prefix="kursk-geo-faults-") as name:
        folder = Path(name)
        old, new = halves(folder)
        place = folder / "place"
        place.mkdir()
        for writer in WRITERS:
            out = place / writer.output
            run(writer.arguments(old, out))
            _no_rights(writer, new, out, tally)
            _few_handles(writer, new, folder, tally)
            _no_home(writer, new, folder, tally)
            _full_disk(writer, old, new, folder, tally)
        _streams(new, tally)
        _names(new, folder, tally)
        _unreadable(folder, tally)
        _memory(new, tally)
        _changing(new, folder, tally)
        _two_writers(old, new, folder, tally)


def _judge(
    ended: Ended, name: str, tally: Tally, *, codes: Sequence[int] = (0, 1)
) -> None:
    tally.tried[name.partition(":")[0]] += 1
    wrong = told_well(ended)
    tally.hold(not wrong, name, wrong)
    if not wrong:
        said = f"exit {ended.code}: {ended.lines[:1]}"
        tally.hold(ended.code in codes, name, f"{said}, expected one of {codes}")


def _no_rights(writer: Writer, maps: Path, out: Path, tally: Tally) -> None:
    was = digest(out)
    target = out if out.is_dir() else out.parent
    for path in {out.parent, target}:
        path.chmod(0o555)
    ended = run(writer.arguments(maps, out), before=without_powers)
    for path in {out.parent, target}:
        path.chmod(0o755)
    name = f"no rights: {writer.name}"
    _judge(ended, name, tally, codes=(1,))
    tally.hold(digest(out) == was, name, "changes the output")


def _few_handles(writer: Writer, maps: Path, folder: Path, tally: Tally) -> None:
    bound = partial(resource.setrlimit, resource.RLIMIT_NOFILE, (24, 24))
    ended = run(writer.arguments(maps, folder / f"few-{writer.output}"), before=bound)
    _judge(ended, f"few handles: {writer.name}", tally)


def _no_home(writer: Writer, maps: Path, folder: Path, tally: Tally) -> None:
    nowhere = {
        "HOME": "/nowhere",
        "XDG_CACHE_HOME": "/nowhere",
        "XDG_CONFIG_HOME": "/nowhere",
    }
    out = folder / f"home-{writer.output}"
    ended = run(writer.arguments(maps, out), environment=nowhere, before=without_powers)
    _judge(ended, f"no home: {writer.name}", tally, codes=(0,))


def _full_disk(  # noqa: PLR0917
    writer: Writer, old: Path, new: Path, folder: Path, tally: Tally
) -> None:
    try:
        with mounted(folder / "disk", "size=8m") as disk:
            out = disk / writer.output
            run(writer.arguments(old, out))
            was = digest(out)
            filler = disk / "filler"
            with suppress(OSError), filler.open("wb", buffering=0) as stream:
                while True:
                    stream.write(b"x" * 4096)
            ended = run(writer.arguments(new, out))
            name = f"full disk: {writer.name}"
            _judge(ended, name, tally, codes=(1,))
            tally.hold(digest(out) == was, name, "changes the output")
            ours = {out.name, "filler", *writer.more}
            left = sorted({p.name for p in disk.iterdir()} - ours)
            tally.hold(not left, name, f"leaves {left}")
    except subprocess.CalledProcessError:
        tally.tried["full disk: left out, no right to mount"] += 1


READERS = [
    ["measure", "--theatre", "kursk"],
    ["sections", "--theatre", "kursk", "--at", "2025-04-15"],
    ["info"],
]


def _streams(maps: Path, tally: Tally) -> None:
    for reader in READERS:
        words = [reader[0], maps, *reader[1:]]
        name = f"streams: {reader[0]}"
        with Path("/dev/full").open("w") as full:
            _judge(run(words, stdout=full), f"{name}, full", tally, codes=(1,))
        ended = run(words, before=partial(os.close, 1), stdout=None)
        _judge(ended, f"{name}, stdout closed", tally)
        ended = run(words, before=partial(os.close, 2), stderr=None)
        tally.hold(ended.code == 0, f"{name}, stderr closed", f"exit {ended.code}")
        process = start(words)
        assert process.stdout is not None  # noqa: S101 - for mypy
        process.stdout.close()
        process.stdout = None
        _judge(finish(process), f"{name}, nobody reads", tally, codes=(0, 1))
    plot = ["plot", "area", maps, "--theatre", "kursk", "--out", maps.parent / "x.png"]
    for backend in ("nonsense", "TkAgg", "module://nothing"):
        ended = run(plot, environment={"MPLBACKEND": backend})
        _judge(ended, f"MPLBACKEND={backend}", tally)


def _names(maps: Path, folder: Path, tally: Tally) -> None:
    for odd in (b"\xff\xfe maps", "мапи \u202e".encode(), b"a\nb", b"-x", b"a'b\"c"):
        target = os.fsencode(folder) + b"/" + odd
        shutil.copytree(maps, os.fsdecode(target))
        for reader in READERS[:1]:
            _judge(
                run([reader[0], target, *reader[1:]]),
                f"names: {odd!r}",
                tally,
                codes=(0,),
            )
        out = os.fsencode(folder) + b"/" + odd + b".csv"
        words = ["measure", maps, "--theatre", "kursk", "--out", out]
        _judge(run(words), f"names: writes {odd!r}", tally, codes=(0,))
        _judge(
            run(["measure", target + b"gone"]),
            f"names: gone {odd!r}",
            tally,
            codes=(1, 2),
        )


def _unreadable(folder: Path, tally: Tally) -> None:
    """What cannot be read is named, never left out with exit 0."""
    for kind in ("folder", "sub-folder", "file", "dangling link", "loop of links"):
        maps = folder / f"unreadable {kind}"
        maps.mkdir()
        for file in sorted(SAMPLE.glob("*.geojson"))[:6]:
            shutil.copy(file, maps)
        inner = maps / "inner"
        inner.mkdir()
        one = sorted(SAMPLE.glob("*.geojson"))[8]
        shutil.copy(one, inner)
        match kind:
            case "folder":
                maps.chmod(0)
            case "sub-folder":
                inner.chmod(0)
            case "file":
                (inner / one.name).chmod(0)
            case "dangling link":
                (maps / "1740817796.geojson").symlink_to("gone.geojson")
            case "loop of links":
                (maps / "1740817796.geojson").symlink_to("1740817796.geojson")
        for reader in READERS:
            words = [reader[0], maps, *reader[1:]]
            ended = run(words, before=without_powers)
            _judge(ended, f"unreadable {kind}: {reader[0]}", tally, codes=(1, 2))
        maps.chmod(0o755)
        inner.chmod(0o755)


def _memory(maps: Path, tally: Tally) -> None:
    for megabytes in (300, 600, 900, 1200, 1600):
        bound = megabytes << 20
        limit = partial(resource.setrlimit, resource.RLIMIT_AS, (bound, bound))
        threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        words = ["measure", maps, "--theatre", "kursk"]
        ended = run(words, before=limit, environment=threads)
        tally.tried["little memory"] += 1
        tally.hold(ended.code >= 0 or ended.code == -signal.SIGKILL, "little memory",
                   f"{megabytes} MB: {told_well(ended)}")  # fmt: skip


def _changing(maps: Path, folder: Path, tally: Tally) -> None:
    """A file that is cut, grown, removed and put back while it is read."""
    target = folder / "changing"
    shutil.copytree(maps, target)
    file = max(target.iterdir())
    whole = file.read_bytes()
    stop = threading.Event()

    def change() -> None:
        chance = random.Random(1)  # noqa: S311
        while not stop.is_set():
            match chance.randrange(4):
                case 0:
                    file.write_bytes(whole[: chance.randrange(len(whole))])
                case 1:
                    file.write_bytes(whole + b" " * chance.randrange(9999))
                case 2:
                    file.unlink(missing_ok=True)
                case 3:
                    file.write_bytes(whole)
            time.sleep(0.001)

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for _ in range(6):
            ended = run(["measure", target, "--theatre", "kursk"])
            _judge(ended, "a file that changes", tally)
    finally:
        stop.set()
        thread.join()


def _two_writers(old: Path, new: Path, folder: Path, tally: Tally) -> None:
    """Two writers of one store, and somebody who reads it all the while."""
    place = folder / "two"
    place.mkdir()
    store = place / "history.parquet"
    run(["store", old, store])
    was = run(["info", store]).stdout
    run(["store", new, store])
    will_be = run(["info", store]).stdout
    for _ in range(4):
        pair = [start(["store", maps, store]) for maps in (old, new)]
        while any(process.poll() is None for process in pair):
            seen = run(["info", store])
            sound = seen.code == 0 and seen.stdout in {was, will_be}
            tally.hold(sound, "two writers", f"a reader sees {seen.stderr[-200:]!r}")
            tally.tried["reads beside writers"] += 1
        for process in pair:
            _judge(finish(process), "two writers", tally)
        left = sorted({p.name for p in place.iterdir()} - {store.name})
        tally.hold(not left, "two writers", f"leave {left}")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--kills", type=int, default=200, help="kills in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="one writer, or 'grounds'")
    told = parser.parse_args(arguments)
    chance = random.Random(told.seed)  # noqa: S311
    tally = Tally()
    writers = [w for w in WRITERS if told.only in (None, w.name)]
    for writer in writers:
        kills(writer, -(-told.kills // len(writers)), chance, tally)
    if told.only in (None, "grounds"):
        grounds(tally)
    for name, times in sorted(tally.tried.items()):
        print(f"{times:6,}  {name}")
    print(f"{tally.tried.total():6,}  in all, {tally.findings.total()} findings")
    for name, times in tally.findings.most_common():
        print(f"  {times:4} x {name}")
    return int(bool(tally.findings))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
