"""The long forms of the tests in tests/safety: ended runs, two runs at a time, killed writers, inputs made at random.

    PYTHONPATH=tests python tests/benchmarks/reliability.py DIRECTORY [--kills 200] [--pairs 200] [--writers 200]
                                                            [--inputs 10000] [--write]

makes the trials that DIRECTORY does not have yet, one of each kind in turns, and prints the results; it may be killed
at any moment and called again. ``--write`` makes none, and puts the table of those in DIRECTORY into
docs/reliability.md. Another kind is added to `KINDS`.

A trial is a fork of this process, which has loaded CASA and the package and has opened no table. The moments at which a
run is ended, or the second run begins, are parts of the processor time of a run that nothing disturbs. The runs are
whole but for what only the plots show, on a very small observation.
"""

import argparse
import json
import os
import platform
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from importlib.metadata import version
from pathlib import Path

from helpers.forks import answer_of, fork, wait_until_worked
from helpers.fuzz import PARSERS, SLOW, fuzz
from helpers.killed_writers import killed_writer, seconds_of_a_write
from helpers.paired_runs import VIS, Undisturbed, fingerprint_of, is_well, pair, run_stage, undisturbed
from pipeline_gfluxscale import hifa_gfluxscale
from pipeline_gfluxscale.casa import runtime
from pipeline_gfluxscale.errors import GFluxscaleError
from pipeline_gfluxscale.simulation import simulate, standard_plan

ROOT = Path(__file__).parents[2]
Trial = Callable[[random.Random, Path], Counter[str]]
_DOCUMENT = ROOT / "docs" / "reliability.md"
_BEGIN, _END = "<!-- measured -->", "<!-- end of measured -->"
_TRIALS = "trials.jsonl"
#: The smallest observation that goes through all steps: two fields in a spw, with MODEL_DATA to be made.
_PLAN = standard_plan(
    "bandpass", wild=False, check_flux_jy=None, phase_scans=1, antennas=5, spw_frequencies=(224e9,), channels=4,
)  # fmt: skip
#: Inputs of each parser in a trial, and of those that are slow.
_INPUTS, _OF_SLOW = 100, 10


@dataclass(frozen=True)
class Kind:
    """A kind of trials.

    Attributes
    ----------
    name, words : str
        What it is called, as an option and in the table.
    prepare : callable
        Returns the function that makes a trial, given the directory of the observation and one to work in.
    default : int
        How many are wanted, in the unit of the option.
    of_trial : int
        How many of this unit a trial makes.
    """

    name: str
    words: str
    prepare: Callable[[Path, Path], Trial]
    default: int = 200
    of_trial: int = 1


def _ended_run(template: Path, alone: Undisturbed, moments: random.Random, run_dir: Path) -> Counter[str]:
    """End a run by a signal at a random moment; look at the MS, and run the stage again."""
    counts: Counter[str] = Counter()
    shutil.copytree(template, run_dir)
    how = moments.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
    pid = fork(lambda: run_stage(run_dir, run_dir / VIS), run_dir / "answer")
    was_running = wait_until_worked(pid, alone.seconds * moments.random())
    os.kill(pid, how)
    os.waitpid(pid, 0)
    counts[f"ended by {how.name}" if was_running else "over before the signal"] += 1
    if how != signal.SIGKILL:
        counts["asked to end, and something left behind"] += bool(_left(run_dir))
    counts["damaged"] += not is_well(fingerprint_of(run_dir), alone.content)
    again = answer_of(fork(lambda: run_stage(run_dir, run_dir / VIS), run_dir / "again"), run_dir / "again")
    counts["next run to the last bit as undisturbed"] += again == alone.fluxes
    counts["next run left something behind"] += bool(_left(run_dir))
    if again != alone.fluxes:
        print(how.name, again, flush=True)
    return counts


def _left(work: Path) -> list[str]:
    found = [*work.glob(".gfluxscale*"), *work.glob("*.cl"), *work.glob("*.ms/*.lock"), *work.glob("*.ms/*UNFINISHED*")]
    return sorted(path.name for path in found if path.name != "table.lock")


def _prepare_kills(template: Path, directory: Path) -> Trial:
    return partial(_ended_run, template, undisturbed(template, directory))


def _prepare_pairs(template: Path, directory: Path) -> Trial:
    alone = undisturbed(template, directory)
    return lambda moments, run_dir: pair(template, run_dir, alone, moments.random() ** 2)


def _prepare_writers(template: Path, directory: Path) -> Trial:
    longest = seconds_of_a_write(template / VIS, directory)

    def trial(moments: random.Random, run_dir: Path) -> Counter[str]:
        problem = killed_writer(template / VIS, run_dir, longest * moments.random() ** 2)
        if problem:
            print(problem, flush=True)
        return Counter({"killed, readable, and put right by the next": not problem, "not so": bool(problem)})

    return trial


def _inputs(moments: random.Random, _: Path) -> Counter[str]:
    """Feed every parser with inputs made at random."""
    counts: Counter[str] = Counter({"neither": 0})
    seed = moments.randrange(2**32)
    for name in (*PARSERS, "parameters"):
        try:
            outcomes = fuzz(name, _OF_SLOW if name in SLOW else _INPUTS, seed)
        except Exception as error:
            print(name, seed, repr(error), getattr(error, "__notes__", ""), flush=True)
            counts["neither"] += 1
            continue
        counts["read"] += outcomes.pop("success", 0)
        counts["an error of this package"] += outcomes.total()
    return counts


KINDS = (
    Kind("inputs", f"Inputs made at random, for each of {len(PARSERS) + 1} parsers and checks (a tenth for the "
         f"{len(SLOW)} that render pages, compare or call the command)", lambda *_: _inputs, 10_000, _INPUTS),
    Kind("writers", "Writers of MODEL_DATA killed at random moments", _prepare_writers),
    Kind("kills", "Runs ended at random moments", _prepare_kills),
    Kind("pairs", "Two runs on one MeasurementSet, the second begun at a random moment of the first", _prepare_pairs),
)  # fmt: skip


def make_trials(directory: Path, wanted: dict[str, int]) -> None:
    """Make the trials that are wanted and not made yet, in turns, and note each in the directory."""
    done = {(each["kind"], each["number"]) for each in _made(directory)}
    todo = [
        (kind, number)
        for number in range(max(wanted[kind.name] // kind.of_trial for kind in KINDS))
        for kind in KINDS
        if number < wanted[kind.name] // kind.of_trial and (kind.name, number) not in done
    ]
    work = Path(tempfile.mkdtemp(prefix="work-", dir=directory))
    os.chdir(work)
    template = _template(work)
    _load()
    trials: dict[str, Trial] = {}
    for kind, number in todo:
        if kind.name not in trials:
            (work / kind.name).mkdir()
            trials[kind.name] = kind.prepare(template, work / kind.name)
        run_dir = work / kind.name / str(number)
        start = time.monotonic()
        counts = trials[kind.name](random.Random(f"{kind.name} {number}"), run_dir)
        shutil.rmtree(run_dir, ignore_errors=True)
        entry = {"kind": kind.name, "number": number, "counts": counts, "seconds": time.monotonic() - start}
        entry |= {"date": str(date.today()), "with": _versions()}
        with (directory / _TRIALS).open("a") as file:
            file.write(json.dumps(entry) + "\n")
    os.chdir(directory)  # CASA looks at the current directory when it ends
    shutil.rmtree(work)


def _template(work: Path) -> Path:
    """Return the directory of the observation. Another process simulates it: what has used CASA cannot be forked."""
    template = work / "template"
    template.mkdir()
    answer_of(fork(lambda: str(simulate(template, VIS, _PLAN)), work / "simulated"), work / "simulated")
    return template


def _load() -> None:
    """Import what a run uses, so that its fork does not have to; the data do not exist."""
    runtime.casatasks()
    try:
        hifa_gfluxscale("none.ms")
    except GFluxscaleError:
        return


def _made(directory: Path) -> list[dict]:
    path = directory / _TRIALS
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def table(directory: Path) -> list[str]:
    """Return the results of all trials in the directory, as Markdown."""
    made = _made(directory)
    dates = sorted({each["date"] for each in made})
    days = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    systems = "; ".join(sorted({each["with"] for each in made}))
    lines = [f"Measured on {days} with `tests/benchmarks/reliability.py`: {systems}.", ""]
    lines += ["| what | trials | result |", "| --- | --- | --- |"]
    for kind in KINDS:
        counts: Counter[str] = Counter()
        mine = [each for each in made if each["kind"] == kind.name]
        for each in mine:
            counts.update({what: int(count) for what, count in each["counts"].items()})
        outcome = "; ".join(f"{what}: {count}" for what, count in counts.items())
        lines.append(f"| {kind.words} | {len(mine) * kind.of_trial} | {outcome} |")
    return lines


def _versions() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("casatools", "casatasks", "filelock"))
    return f"Python {platform.python_version()}, {packages}, {platform.system()} {platform.machine()}"


def _write(lines: list[str]) -> None:
    before, rest = _DOCUMENT.read_text().split(_BEGIN)
    after = rest.split(_END)[1]
    _DOCUMENT.write_text("\n".join([before + _BEGIN, *lines, _END + after]))


def main() -> None:
    """Make the trials that are asked for, or write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    for kind in KINDS:
        parser.add_argument(f"--{kind.name}", type=int, default=kind.default)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    directory = asked.directory.absolute()
    directory.mkdir(parents=True, exist_ok=True)
    if asked.write:
        _write(table(directory))
        return
    make_trials(directory, {kind.name: getattr(asked, kind.name) for kind in KINDS})
    print("\n".join(table(directory)))


if __name__ == "__main__":
    main()
