"""Start a worker, watch it, and return an error in its place if it dies.

The supervisor runs in a thread of this process, in a Dask worker or in an MPI server.
"""

import contextlib
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from multiprocessing.connection import Connection, Pipe
from typing import Any

from .base import Outcome
from .liveness import Watch
from .packed_job import PackedJob
from .worker_log import last_step

#: Longest time (s) for a worker to clean up after it was asked to end.
GRACE = 5.0
_POLL = 0.5  # s
# With less free space than this (bytes), CASA cannot write its next file.
_FULL = 10_000_000

# With several workers, each worker uses one core: with more threads per worker they would compete for the cores.
_ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
_LAUNCHERS = ("OMPI_", "PMIX_", "PMI_", "PRTE_", "ORTE_")


def supervise(job: PackedJob) -> bytes:
    """Run a job in a new Python process.

    Returns
    -------
    bytes
        The pickled `Outcome`. It has an error if the worker died, or if the run was stopped.
    """
    if problem := _why_not(job):
        return _error(job, problem)
    with Worker() as worker:
        return worker.run(job)


def _why_not(job: PackedJob) -> str:
    """Return why a job cannot start; empty if it can."""
    if not job.run_directory.path.exists():
        return f"{socket.gethostname()} does not see {job.run_directory.path.parent}, and all hosts have to"
    if not job.run_directory.is_open:
        return "the run was stopped before this job started"
    if not job.run_directory.begin(job.index):
        return "the worker that had begun it was lost with its host or engine; it is not tried again"
    return ""


class Worker:
    """A new Python process that runs one job after another; a context manager, which ends the process.

    Parameters
    ----------
    one_core : bool
        Whether the process may use only one core, as other workers use the other cores.
    """

    def __init__(self, *, one_core: bool = True):
        self._reader, writer = Pipe(duplex=False)
        with writer:
            self._process = _start(writer, _ONE_CORE if one_core else {})
        #: Whether the process can run another job.
        self.is_alive = True

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *exception: Any) -> None:
        self.end()

    def run(self, job: PackedJob) -> bytes:
        """Run a job; return the pickled `Outcome`, which has an error if the process died."""
        start = time.perf_counter()
        answer, given_up = None, ""
        try:
            _send(self._process, job)
            answer, given_up = _wait(self._process, self._reader, job)
        finally:
            if answer is None:
                self._end(0.0)
        if answer is not None:
            return answer
        problem = given_up or _death_message(self._process, job)
        return _error(job, problem, self._process.pid, time.perf_counter() - start)

    def end(self) -> None:
        """End the process, unless it has ended; while it waits for a job, it ends by itself if its input is closed."""
        if self.is_alive:
            self._end(GRACE)

    def _end(self, patience: float) -> None:
        self.is_alive = False
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        _end(self._process, patience)
        self._reader.close()


def _start(writer: Connection, defaults: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_LAUNCHERS)}
    environment = {**defaults, **environment}
    environment["PYTHONPATH"] = os.pathsep.join(path or os.getcwd() for path in sys.path)
    return subprocess.Popen(
        [sys.executable, "-m", f"{__package__}.worker", str(writer.fileno()), str(os.getpid())],
        stdin=subprocess.PIPE,
        pass_fds=[writer.fileno()],
        env=environment,
        process_group=0,  # so that Ctrl-C of the terminal interrupts only the process that started the workers
    )


def _send(process: "subprocess.Popen[bytes]", job: PackedJob) -> None:
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(pickle.dumps(job))
        process.stdin.flush()


def _wait(process: "subprocess.Popen[bytes]", reader: Connection, job: PackedJob) -> tuple[bytes | None, str]:
    """Return the answer of a worker (None if it died or the run was stopped), and why it has to be ended, if so."""
    watch = Watch(process.pid, job)
    while not reader.poll(_POLL):
        if process.poll() is not None and not reader.poll():
            return None, ""
        if not job.run_directory.is_open:
            return None, ""
        if reason := watch.why_give_up():
            return None, reason
    try:
        return reader.recv_bytes(), ""
    except EOFError:
        return None, ""


def _end(process: "subprocess.Popen[bytes]", patience: float) -> None:
    """End a worker: wait for its end, then send SIGTERM, after which it cleans up, then SIGKILL."""
    for wait, ask in ((patience, process.terminate), (GRACE, process.kill)):
        try:
            process.wait(wait)
            return
        except subprocess.TimeoutExpired:
            ask()
    with contextlib.suppress(subprocess.TimeoutExpired):  # a process that waits for a file server cannot be killed
        process.wait(GRACE)


def _death_message(process: "subprocess.Popen[bytes]", job: PackedJob) -> str:
    if not job.run_directory.is_open:
        return "the run was stopped"
    step = last_step(job.log)
    during = f" in the step {step!r}" if step else " while it started"
    code = process.returncode
    if code is None:
        return f"its worker does not end{during}, and was left running"
    if code >= 0:
        return f"its worker ended with status {code}{during}, without an answer"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    hint = "; this is also what the system does when memory runs out" if -code == signal.SIGKILL else ""
    return f"its worker was killed by {name}{during}{hint}{_full_disk(job)}"


def _full_disk(job: PackedJob) -> str:
    """Return a hint if the disk of a directory that a job writes into is full, which may make CASA abort; or empty."""
    for directory in job.directories:
        try:
            free = shutil.disk_usage(directory).free
        except OSError:
            continue
        if free < _FULL:
            return f"; the disk of {directory} is full: {free / 1e6:.1f} MB are left"
    return ""


def _error(job: PackedJob, error: str, pid: int | None = None, elapsed: float = 0.0) -> bytes:
    worker: Any = socket.gethostname() if pid is None else f"{socket.gethostname()}:{pid}"
    return pickle.dumps(Outcome(job.label, None, error, worker, elapsed))
