"""
Read inputs that nobody would send, and count what comes of them.

Usage: ``fuzz.py [--n 20000 | --seconds 60] [--seed 1] [--only TARGET] [--again]``, or
``fuzz.py --replay FILE...``

Inputs are made by the strategies of tests/fuzzing, in batches that are told by target,
seed and number, so that a run that was stopped goes on where it stood (``--again``
forgets what was done). Each batch runs in a process of its own with bounds on memory
and time: a signal or a hang is a finding like a traceback. Findings are kept in
``.fuzz/findings``, the smallest input of each kind, to be run again with ``--replay``.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

BATCH = 200
CPU_S = 10.0
"""Longest time that one input may take. [CPU seconds]"""
WALL_S = 90.0
"""The same by the clock, for what waits without working. [s]"""
MEMORY_BYTES = 3 << 29
"""What an input may take beyond what the libraries took before it: 1.5 GB."""
TICKS = os.sysconf("SC_CLK_TCK")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--n", type=int, default=20_000, help="inputs in all")
    parser.add_argument("--seconds", type=float, default=1e9, help="stop after so long")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", help="a target; may be repeated")
    parser.add_argument("--again", action="store_true", help="forget what was done")
    parser.add_argument("--folder", type=Path, default=ROOT / ".fuzz")
    parser.add_argument("--replay", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    told = parser.parse_args(arguments)
    if told.child:
        return child(told.child[0], Path(told.child[1]))
    if told.replay:
        return replay(told.replay)
    return campaign(told)


# --- the parent


def campaign(told: argparse.Namespace) -> int:
    from fuzzing.cases import STRATEGIES  # noqa: PLC0415

    folder: Path = told.folder
    (folder / "findings").mkdir(parents=True, exist_ok=True)
    state_file = folder / f"state-{told.seed}.json"
    done: dict[str, dict[str, int]] = {}
    if state_file.exists() and not told.again:
        done = json.loads(state_file.read_text())
    targets = [t for t in STRATEGIES if not told.only or t in told.only]
    # In a short run every target has its turn.
    whole = told.seconds > 600 and told.n >= BATCH * len(targets)
    size = BATCH if whole else BATCH // 5
    per_target = -(-told.n // (len(targets) * size))
    jobs = [(t, b) for b in range(per_target) for t in targets]
    until = time.monotonic() + told.seconds
    kinds: Counter[str] = Counter()
    for target, batch in jobs:
        key = f"{target} {batch}"
        if key in done:
            continue
        if time.monotonic() > until:
            break
        counts: Counter[str] = Counter()
        for word, kind in run_batch(target, told.seed, batch, folder, size):
            counts[word] += 1
            if kind:
                kinds[f"{target}: {kind}"] += 1
        done[key] = dict(counts)
        state_file.write_text(json.dumps(done))
    report(done, targets, kinds, folder)
    return int(bool(kinds))


def report(
    done: dict[str, dict[str, int]],
    targets: list[str],
    kinds: Counter[str],
    folder: Path,
) -> None:
    print(f"{'target':10} {'inputs':>8} {'read':>8} {'refused':>8} {'findings':>8}")
    whole: Counter[str] = Counter()
    for target in targets:
        counts: Counter[str] = Counter()
        for key, told in done.items():
            if key.partition(" ")[0] == target:
                counts.update(told)
        whole.update(counts)
        print(row(target, counts))
    print(row("all", whole))
    for kind, times in kinds.most_common():
        print(f"  {times:5} x {kind}")
    if kinds:
        print(f"The smallest input of each kind: {folder / 'findings'}")


def row(name: str, counts: Counter[str]) -> str:
    numbers = [counts.total(), counts["result"], counts["refused"], counts["finding"]]
    return f"{name:10} " + " ".join(f"{number:8,}" for number in numbers)


def run_batch(  # noqa: PLR0917
    target: str, seed: int, batch: int, folder: Path, size: int
) -> Iterator[tuple[str, str]]:
    """Word and kind of each input; a child that an input ends is started again."""
    skip = 0
    while skip < size:
        with tempfile.TemporaryDirectory(prefix="kursk-geo-fuzz-") as scratch:
            job = {"target": target, "seed": seed * 1_000_003 + batch}
            job |= {"skip": skip, "size": size}
            process = subprocess.Popen(
                [sys.executable, __file__, "--child", json.dumps(job), scratch],
                stdout=subprocess.PIPE,
                stderr=(Path(scratch) / "stderr").open("wb"),
                text=True,
            )
            ended = False
            for line in watched(process):
                if line.startswith("{"):
                    told = json.loads(line)
                    skip = told["n"] + 1
                    if told["word"] == "finding":
                        keep(told["case"], target, told["kind"], told["detail"], folder)
                    yield told["word"], told["kind"]
                ended |= line.startswith("end")
            process.wait()
            if ended:
                return
            kind = end_of(
                process, (Path(scratch) / "stderr").read_text(errors="replace")
            )
            if not (Path(scratch) / "case.json").exists():
                print(f"{target} {batch} ends early, between two inputs: {kind}")
                return
            keep((Path(scratch) / "case.json").read_text(), target, kind, "", folder)
            yield "finding", kind
            skip += 1


def watched(process: subprocess.Popen[str]) -> Iterator[str]:
    """Lines of a child, which is killed when one input takes too long."""
    assert process.stdout is not None  # noqa: S101 - for mypy
    started, used = time.monotonic(), cpu_s(process.pid)
    first = True
    while True:
        ready, _, _ = select.select([process.stdout], [], [], 0.5)
        if ready:
            line = process.stdout.readline()
            if not line:
                return
            first = False
            started, used = time.monotonic(), cpu_s(process.pid)
            yield line
        elif (
            cpu_s(process.pid) - used > CPU_S * (1 + 4 * first)
            or time.monotonic() - started > WALL_S
        ):
            process.send_signal(signal.SIGKILL)
            process.late = True  # type: ignore[attr-defined]
            return


def cpu_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def end_of(process: subprocess.Popen[str], stderr: str) -> str:
    if getattr(process, "late", False):
        return f"takes over {CPU_S:.0f} s"
    if process.returncode < 0:
        return f"ends with {signal.Signals(-process.returncode).name}"
    last = stderr.strip().splitlines()[-1:] or [""]
    return f"ends with {process.returncode}: {last[0][:100]}"


def keep(  # noqa: PLR0917
    case: str, target: str, kind: str, detail: str, folder: Path
) -> None:
    """Keep the smallest input of each kind."""
    name = re.sub(r"\W+", "-", kind)[:60] + "-" + sha256(kind.encode()).hexdigest()[:6]
    path = folder / "findings" / f"{target}-{name}.json"
    if not path.exists() or len(case) < len(path.read_text()):
        path.write_text(case)
        path.with_suffix(".txt").write_text(f"{kind}\n\n{detail}")


# --- the child


def child(job_text: str, scratch: Path) -> int:
    from hypothesis import HealthCheck, Phase, given, seed, settings  # noqa: PLC0415

    from fuzzing.cases import STRATEGIES  # noqa: PLC0415
    from fuzzing.judge import run  # noqa: PLC0415

    job = json.loads(job_text)
    count = 0
    warm_up(scratch)
    bound_memory()

    @settings(
        max_examples=job["size"],
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @seed(job["seed"])
    @given(STRATEGIES[job["target"]])
    def one(case: object) -> None:
        nonlocal count
        number, count = count, count + 1
        if number < job["skip"]:
            return
        (scratch / "case.json").write_text(case.to_json())  # type: ignore[attr-defined]
        outcome = run(case, scratch / "files")  # type: ignore[arg-type]
        told = {"n": number, **vars(outcome)}
        if outcome.word == "finding":
            told["case"] = (scratch / "case.json").read_text()
        print(json.dumps(told), flush=True)
        (scratch / "case.json").unlink()

    one()
    print("end", flush=True)
    return 0


def warm_up(scratch: Path) -> None:
    """Load what is loaded once, so that no input is charged with it."""
    from fuzzing.cases import Case, binaries, store_files  # noqa: PLC0415
    from fuzzing.judge import run  # noqa: PLC0415

    run(Case("store", store_files()), scratch / "files")
    for files in binaries().values():
        options = {"statuses": {"*": "occupied"}}
        run(Case("plain", files, options), scratch / "files")
    print("warm", flush=True)


def bound_memory() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    bound = pages * resource.getpagesize() + MEMORY_BYTES
    resource.setrlimit(
        resource.RLIMIT_AS, (bound, resource.getrlimit(resource.RLIMIT_AS)[1])
    )
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def replay(files: list[Path]) -> int:
    from fuzzing.cases import Case  # noqa: PLC0415
    from fuzzing.judge import run  # noqa: PLC0415

    worst = 0
    for path in files:
        with tempfile.TemporaryDirectory(prefix="kursk-geo-fuzz-") as scratch:
            case = Case.from_json(path.read_text())
            print(f"{path.name}: ", end="", flush=True)
            outcome = run(case, Path(scratch) / "files")
            print(outcome.word, outcome.kind, outcome.detail, flush=True)
            worst |= outcome.word == "finding"
    return int(worst)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
