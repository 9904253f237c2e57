"""Kill processes that write a model at random moments, and see whether the next one can.

Run as a program: the MS, a directory to work in, and the number of kills. It loads CASA and opens no table itself;
that is for its forks.
"""

import os
import random
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np

from helpers.fingerprints import changes, fingerprint
from helpers.forks import answer_of, fork, wait_for_end, wait_until_worked, worked
from helpers.small_observation import BANDPASS
from pipeline_gfluxscale.casa import models, runtime
from pipeline_gfluxscale.casa.tools import open_table
from pipeline_gfluxscale.domain.flux import StokesFlux

_KILLED = "killed.ms"


def seconds_of_a_write(source: Path, directory: Path) -> float:
    """Return the processor time (s) of writing a model into a copy of an MS that has none."""
    run_dir = directory / "alone"
    run_dir.mkdir()
    shutil.copytree(source, run_dir / _KILLED)
    pid = fork(lambda: _write(run_dir), run_dir / "answer")
    wait_for_end(pid)
    seconds = worked(pid)
    assert answer_of(pid, run_dir / "answer") == ""
    shutil.rmtree(run_dir)
    return seconds


def killed_writer(source: Path, run_dir: Path, seconds: float) -> str:
    """Kill a process that writes a model after some processor time; return a description of damage, empty if none."""
    run_dir.mkdir()
    vis = run_dir / _KILLED
    shutil.copytree(source, vis)
    pid = fork(lambda: _write(run_dir), run_dir / "killed")
    wait_until_worked(pid, seconds)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    steps = (lambda: _look(vis, source), lambda: _write(run_dir), lambda: _look(vis, source, finished=True))
    problems = [answer_of(fork(step, run_dir / "answer"), run_dir / "answer") for step in steps]
    shutil.rmtree(run_dir)
    return "; ".join(filter(None, problems))


def _write(run_dir: Path) -> str:
    os.chdir(run_dir)
    models.set_point_models(Path(_KILLED), [models.PointModel(BANDPASS, 0, StokesFlux(2.0), 0.0, 230e9)], virtual=False)
    return ""


def _look(vis: Path, source: Path, finished: bool = False) -> str:
    differing = changes(fingerprint(vis), fingerprint(source))
    if damaged := {name for name in differing if not name.startswith("MODEL_DATA")}:
        return f"changed: {damaged}"
    return _what_is_wrong(vis) if finished else ""


def _what_is_wrong(vis: Path) -> Any:
    with open_table(vis) as table:
        mine = (table.getcol("FIELD_ID") == BANDPASS) & (table.getcol("DATA_DESC_ID") == 0)
        model = table.getcol("MODEL_DATA")
    if not np.all(model[:, :, mine] == 2) or not np.all(model[:, :, ~mine] == 1):
        return "wrong model"
    left = [path.name for path in vis.parent.glob("*_setjy_*")]
    return f"left: {left}" if left else ""


def _main(source: Path, directory: Path, kills: int) -> None:
    os.chdir(directory)
    runtime.casatools()
    moments = random.Random(1)
    longest = seconds_of_a_write(source, directory)
    for number in range(kills):
        seconds = longest * moments.random() ** 2
        problem = killed_writer(source, directory / f"kill{number}", seconds)
        assert not problem, f"killed after {seconds} s: {problem}"
    print(kills, "kills")


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
