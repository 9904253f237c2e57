"""Kill processes that write a model at random moments, and see whether the next one can.

Run as a program: the MS, a directory to work in, and the number of kills. It loads CASA and opens no table itself;
that is for its forks.
"""

import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from helpers.fingerprints import changes, fingerprint
from helpers.small_observation import REFERENCE
from pipeline_gfluxscale.casa import models, runtime
from pipeline_gfluxscale.casa.tools import open_table
from pipeline_gfluxscale.domain.flux import StokesFlux


def main(source: Path, directory: Path, kills: int) -> None:
    """Kill, look and write again; an assertion ends the program with a status that is not 0."""
    os.chdir(directory)
    runtime.casatasks()
    vis = Path("killed.ms")
    moments = random.Random(1)
    shutil.copytree(source, vis)
    start = time.monotonic()
    assert _status(_fork(lambda: _write(vis))) == 0
    longest = time.monotonic() - start
    for _ in range(kills):
        shutil.rmtree(vis)
        shutil.copytree(source, vis)
        pid = _fork(lambda: _write(vis))
        delay = longest * moments.random() ** 2
        time.sleep(delay)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        assert _status(_fork(lambda: _look(vis, source))) == 0, f"unreadable after {delay} s"
        assert _status(_fork(lambda: _write(vis))) == 0, f"unwritable after {delay} s"
        assert _status(_fork(lambda: _look(vis, source, finished=True))) == 0, f"wrong after {delay} s"
    print(kills, "kills")


def _write(vis: Path) -> None:
    models.set_manual_model(vis, REFERENCE, 0, StokesFlux(2.0), 0.0, 230e9, virtual=False)


def _look(vis: Path, source: Path, finished: bool = False) -> None:
    differing = changes(fingerprint(vis), fingerprint(source))
    assert {name for name in differing if not name.startswith("MODEL_DATA")} == set()
    if finished:
        with open_table(vis) as table:
            mine = (table.getcol("FIELD_ID") == REFERENCE) & (table.getcol("DATA_DESC_ID") == 0)
            model = table.getcol("MODEL_DATA")
        assert np.all(model[:, :, mine] == 2)
        assert np.all(model[:, :, ~mine] == 1)
        assert list(Path().glob("*_setjy_*")) == []


def _fork(work: Callable[[], None]) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException as error:
            print(repr(error), flush=True)
            os._exit(1)
        os._exit(0)
    return pid


def _status(pid: int) -> int:
    return os.waitpid(pid, 0)[1]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
