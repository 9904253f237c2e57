"""The process in which jobs run, one after another: ``python -m <this> FILE_DESCRIPTOR PARENT``.

It reads jobs from standard input and writes outcomes to the file descriptor. It ends at the end of standard input.
"""

import contextlib
import ctypes
import logging
import os
import pickle
import signal
import socket
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ..casa import runtime
from ..system.unexpected import explained
from .base import Outcome
from .packed_job import PackedJob
from .worker_log import WorkerLogHandler

# Its __name__ is __main__ here.
LOG = logging.getLogger(f"{__package__}.worker")

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Run the jobs on standard input."""
    start = time.perf_counter()
    for number in (signal.SIGINT, signal.SIGTERM):  # both raise KeyboardInterrupt, so that temporary files are deleted
        signal.signal(number, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.default_int_handler)
    os.set_inheritable(int(sys.argv[1]), False)
    _die_with(int(sys.argv[2]))
    _raise_oom_score()
    with Connection(int(sys.argv[1]), readable=False) as answer:
        while (job := _next_job()) is not None:
            _prepare(job)
            result, error = _run(job)
            worker = f"{socket.gethostname()}:{os.getpid()}"
            outcome = Outcome(job.label, result, error, worker, time.perf_counter() - start, peak_memory())
            try:
                answer.send_bytes(_pickled(outcome))
            except BrokenPipeError:
                return
            del result, outcome
            start = time.perf_counter()


def _next_job() -> PackedJob | None:
    try:
        job: PackedJob = pickle.load(sys.stdin.buffer)
    except EOFError:
        return None
    return job


def _die_with(parent: int) -> None:
    """Make the system kill this process if its parent is killed, as no process would read the outcome."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the process that started this worker is gone")


def _raise_oom_score() -> None:
    """Make the system kill this process, and not the process that watches it, if memory runs out."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")


def _prepare(job: PackedJob) -> None:
    os.chdir(job.directory)
    package = logging.getLogger(str(__package__).partition(".")[0])
    for handler in [handler for handler in package.handlers if isinstance(handler, WorkerLogHandler)]:
        package.removeHandler(handler)  # the handler of the job before
    package.addHandler(WorkerLogHandler(job.log))
    package.setLevel(job.level)
    package.propagate = False
    # By default CASA names its log after the time of its start (s), and workers may start in the same second.
    runtime.log_to(Path(f"casa-{time.strftime('%Y%m%d-%H%M%S')}-{job.label}.log"))


def _run(job: PackedJob) -> tuple[Any, str]:
    LOG.info("%s: process %d on %s", job.label, os.getpid(), socket.gethostname())
    try:
        function, argument = pickle.loads(job.content)
        return function(argument), ""
    except KeyboardInterrupt:
        return None, "the run was stopped"
    except Exception as error:
        return None, explained(error)


def _pickled(outcome: Outcome) -> bytes:
    try:
        return pickle.dumps(outcome)
    except Exception as error:
        problem = f"its result cannot be sent: {type(error).__name__}: {error}"
        return pickle.dumps(Outcome(outcome.label, None, problem, outcome.worker, outcome.elapsed))


def peak_memory() -> int:
    """Return the peak memory of this process (bytes).

    `resource.getrusage` is not used: its value starts from the peak memory of the parent process.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    main()
