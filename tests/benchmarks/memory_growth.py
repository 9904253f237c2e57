"""Who keeps memory from run to run: the stage in one process, and the calls of CASA that it makes, by themselves.

    python tests/benchmarks/memory_growth.py [RUNS]
    python tests/benchmarks/memory_growth.py worker [NUMBER]

prints the growth of resident memory for each repetition, after the first few, with Python's garbage collected and free
memory given back to the system (malloc_trim); and the part of it in Python objects (tracemalloc). The second calls the
stage once for copies of a MeasurementSet, and prints the peak memory of the worker after each of them.
"""

import ctypes
import gc
import logging
import os
import shutil
import sys
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from pipeline_gfluxscale import hifa_gfluxscale
from pipeline_gfluxscale.casa import runtime, tasks
from pipeline_gfluxscale.casa.tools import open_table
from pipeline_gfluxscale.parallel import Outcome, serial
from pipeline_gfluxscale.simulation import simulate, standard_plan

_WARM_UP = 3
_CALLS = 5  # calls of CASA by themselves for each run of the stage


def main(runs: int) -> None:
    """Print the table."""
    vis = _observation()
    print(f"{runs} runs; kB of resident memory, and of Python's own, that each repetition adds", flush=True)
    _report("the stage", lambda: hifa_gfluxscale(vis), runs)
    for name, call in _calls(vis).items():
        _report(name, call, runs * _CALLS)
    shutil.rmtree(Path.cwd())


def of_workers(number: int) -> None:
    """Print the peak memory of workers."""
    vis = _observation()
    copies = [Path(f"copy{i}.ms") for i in range(number)]
    header, *rows = Path("flux.csv").read_text().splitlines()
    Path("flux.csv").write_text("\n".join([header, *(r.replace(vis.name, c.name) for c in copies for r in rows)]))
    for copy in copies:
        shutil.copytree(vis, copy)
    unpacked = serial.unpacked

    def noted(answer: bytes) -> Outcome:
        outcome = unpacked(answer)
        print(f"{outcome.label:<12} {outcome.worker:<20} {outcome.peak_memory / 1e6:7.1f} MB", flush=True)
        return outcome

    serial.unpacked = noted
    hifa_gfluxscale(copies)
    shutil.rmtree(Path.cwd())


def _observation() -> Path:
    """Simulate a small observation in a directory of its own, and go there."""
    logging.disable()
    os.chdir(tempfile.mkdtemp(prefix="memory-growth-"))
    simulate(Path(), "observed.ms", standard_plan("quasar", antennas=8, channels=8, phase_scans=2, wild=False))
    return Path("observed.ms")


def _calls(vis: Path) -> dict[str, Callable[[], object]]:
    casa = runtime.casatasks()

    def gaincal() -> None:
        casa.gaincal(vis=str(vis), caltable="g.tbl", field="0", refant="0", solint="inf", calmode="p")
        shutil.rmtree("g.tbl")

    def mstransform() -> None:
        casa.mstransform(vis=str(vis), outputvis="copy.ms", field="0", datacolumn="data", reindex=False)
        shutil.rmtree("copy.ms")

    def metadata() -> None:
        tool = runtime.casatools().msmetadata()
        tool.open(str(vis))
        tool.nantennas()
        tool.close()

    def table() -> None:
        with open_table(vis) as tool:
            tool.getcol("DATA")

    return {
        "casatasks.gaincal": gaincal,
        "casatasks.mstransform": mstransform,
        "casatasks.setjy": lambda: casa.setjy(vis=str(vis), field="0", standard="manual", fluxdensity=[1, 0, 0, 0]),
        "casatools.msmetadata": metadata,
        "casatools.table": table,
        "the package's log of a call": lambda: tasks.log_command("# nothing"),
    }


def _report(name: str, repeat: Callable[[], object], times: int) -> None:
    for _ in range(_WARM_UP):
        repeat()
    tracemalloc.start()
    before, python_before = _resident(), tracemalloc.get_traced_memory()[0]
    for _ in range(times):
        repeat()
    after, python_after = _resident(), tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    growth, python = (after - before) / times, (python_after - python_before) / times
    print(f"{name:<30} {growth / 1e3:10.0f} {python / 1e3:10.0f}   ({times} times)", flush=True)


def _resident() -> int:
    """Return the resident memory (bytes) once what is free has been given back."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    (of_workers if "worker" in sys.argv else main)(*(numbers or [20]))
