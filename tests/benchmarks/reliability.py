"""The long forms of the tests in tests/safety: ended runs, two runs at a time, killed writers of MODEL_DATA.

    PYTHONPATH=tests python tests/benchmarks/reliability.py [--kills 200] [--pairs 200] [--writers 200] [--write]

prints what was tried, how often, and what came out; ``--write`` puts it into docs/reliability.md. A part of 0 is left
out. Other parts, such as inputs made at random, are added to `PARTS`: a function from a number of trials and a
directory to the counts of what came out.
"""

import argparse
import json
import os
import platform
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path

from helpers.paired_runs import VIS, answer_of, fingerprint_of, fork, is_well, run_stage
from helpers.small_observation import PLAN
from pipeline_gfluxscale.casa import runtime
from pipeline_gfluxscale.simulation import simulate

ROOT = Path(__file__).parents[2]
Counts = dict[str, int]
_DOCUMENT = ROOT / "docs" / "reliability.md"
_BEGIN, _END = "<!-- measured -->", "<!-- end of measured -->"


def ended_runs(trials: int, template: Path, run_dir: Path) -> Counts:
    """End runs by SIGKILL, SIGTERM or SIGHUP at random moments; look at the MS, and run the stage again."""
    moments = random.Random(11)
    alone = _copied(template, run_dir / "alone")
    start = time.monotonic()
    expected = answer_of(fork(lambda: run_stage(alone, alone / VIS, 0.0), alone / "answer"), alone / "answer")
    longest = time.monotonic() - start
    assert isinstance(expected, dict), expected
    models = fingerprint_of(alone)
    counts: Counter[str] = Counter()
    for number in range(trials):
        work = _copied(template, run_dir / f"ended{number}")
        how = moments.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
        pid = fork(lambda work=work: run_stage(work, work / VIS, 0.0), work / "answer")
        time.sleep(longest * moments.random())
        os.kill(pid, how)
        os.waitpid(pid, 0)
        counts[f"ended by {how.name}"] += 1
        if how != signal.SIGKILL:
            counts["asked to end, and something left behind"] += bool(_left(work))
        counts["damaged"] += not is_well(fingerprint_of(work), models)
        (work / "answer").unlink(missing_ok=True)
        again = answer_of(fork(lambda work=work: run_stage(work, work / VIS, 0.0), work / "answer"), work / "answer")
        counts["next run to the last bit as undisturbed"] += again == expected
        counts["next run left something behind"] += bool(_left(work))
        shutil.rmtree(work)
    return counts


def pairs(trials: int, template: Path, run_dir: Path) -> Counts:
    """Run the stage twice at a time on one MS, by two names and in two directories."""
    return json.loads(_program("paired_runs.py", template, run_dir, trials, 1).splitlines()[-1])


def writers(trials: int, template: Path, run_dir: Path) -> Counts:
    """Kill processes that make MODEL_DATA; the program ends with an error if the next one cannot, or does it wrong."""
    _program("killed_writers.py", template / VIS, run_dir, trials)
    return {"killed, readable, and put right by the next": trials}


#: Name of a part, what it does, and how.
PARTS: dict[str, tuple[str, Callable[[int, Path, Path], Counts]]] = {
    "kills": ("Runs ended at random moments", ended_runs),
    "pairs": ("Two runs on one MeasurementSet, begun up to 2 s apart", pairs),
    "writers": ("Writers of MODEL_DATA killed at random moments", writers),
}


def _copied(template: Path, work: Path) -> Path:
    return Path(shutil.copytree(template, work))


def _left(work: Path) -> list[str]:
    found = [*work.glob(".gfluxscale*"), *work.glob("*.cl"), *work.glob("*.ms/*.lock"), *work.glob("*.ms/*UNFINISHED*")]
    return sorted(path.name for path in found if path.name != "table.lock")


def _program(name: str, *arguments: object) -> str:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, str(ROOT / "tests" / "helpers" / name), *map(str, arguments)]
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout


def main() -> None:
    """Run the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in PARTS:
        parser.add_argument(f"--{name}", type=int, default=200)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="reliability-"))
    os.chdir(directory)
    template = directory / "template"
    template.mkdir()
    # In another process: what has used CASA cannot be forked.
    pid = fork(lambda: str(simulate(template, VIS, PLAN)), directory / "simulated")
    answer_of(pid, directory / "simulated")
    runtime.casatasks()
    lines = ["| what | trials | what came out |", "| --- | --- | --- |"]
    for name, (words, part) in PARTS.items():
        if trials := getattr(asked, name):
            run_dir = directory / name
            run_dir.mkdir()
            outcome = "; ".join(f"{what}: {count}" for what, count in part(trials, template, run_dir).items())
            lines.append(f"| {words} | {trials} | {outcome} |")
            print(lines[-1], flush=True)
    shutil.rmtree(directory)
    if asked.write:
        _write([*_versions(), "", *lines])


def _versions() -> list[str]:
    packages = ", ".join(f"{name} {version(name)}" for name in ("casatools", "casatasks", "filelock"))
    system = f"Python {platform.python_version()}, {packages}, {platform.system()} {platform.machine()}"
    return [f"Measured on {date.today()} with `tests/benchmarks/reliability.py`: {system}."]


def _write(lines: list[str]) -> None:
    before, rest = _DOCUMENT.read_text().split(_BEGIN)
    after = rest.split(_END)[1]
    _DOCUMENT.write_text("\n".join([before + _BEGIN, *lines, _END + after]))


if __name__ == "__main__":
    main()
