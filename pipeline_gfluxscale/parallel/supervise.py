"""Start a worker, watch it, and answer for it when it dies.

This runs where an engine puts it: in a thread of this process, in a Dask worker, in an MPI rank.
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
from multiprocessing.connection import Connection, Pipe
from typing import Any

from .base import Outcome
from .liveness import Watch
from .packed_job import PackedJob
from .worker_log import last_step

#: How long a worker may take to clean up (s) once it was asked to end.
GRACE = 5.0
_POLL = 0.5  # s
# With less free space than this (bytes), CASA cannot write its next file.
_FULL = 10_000_000

_LAUNCHERS = ("OMPI_", "PMIX_", "PMI_", "PRTE_", "ORTE_")


def supervise(job: PackedJob) -> bytes:
    """Run a job in a new Python process.

    Returns
    -------
    bytes
        The pickled `Outcome`. It is an error if the worker died, or if the run was over.
    """
    if not job.run_directory.path.exists():
        where = job.run_directory.path.parent
        return _error(job, f"{socket.gethostname()} does not see {where}, and all hosts have to")
    if not job.run_directory.is_open:
        return _error(job, "the run was stopped before this job started")
    if not job.run_directory.begin(job.index):
        return _error(job, "the worker that had begun it was lost with its host or engine; it is not tried again")
    start = time.perf_counter()
    reader, writer = Pipe(duplex=False)
    with reader:
        with writer:
            process = _start(writer)
        answer, given_up = None, ""
        try:
            _send(process, job)
            answer, given_up = _wait(process, reader, job)
        finally:
            _end(process, GRACE if answer is not None else 0.0)
    if answer is not None:
        return answer
    return _error(job, given_up or _death_message(process, job), process.pid, time.perf_counter() - start)


def _start(writer: Connection) -> "subprocess.Popen[bytes]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_LAUNCHERS)}
    # A worker has a core; with more threads they would only get in each other's way.
    environment = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"} | environment
    environment["PYTHONPATH"] = os.pathsep.join(path or os.getcwd() for path in sys.path)
    return subprocess.Popen(
        [sys.executable, "-m", f"{__package__}.worker", str(writer.fileno()), str(os.getpid())],
        stdin=subprocess.PIPE,
        pass_fds=[writer.fileno()],
        env=environment,
        process_group=0,  # a terminal's Ctrl-C is for the process that started all
    )


def _send(process: "subprocess.Popen[bytes]", job: PackedJob) -> None:
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError), process.stdin as stdin:
        stdin.write(pickle.dumps(job))


def _wait(process: "subprocess.Popen[bytes]", reader: Connection, job: PackedJob) -> tuple[bytes | None, str]:
    """Return the answer of a worker (None if it died or the run was stopped), and why it was given up."""
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
    """Have a worker end: by itself, else by cleaning up, else at once."""
    for wait, ask in ((patience, process.terminate), (GRACE, process.kill)):
        try:
            process.wait(wait)
            return
        except subprocess.TimeoutExpired:
            ask()
    with contextlib.suppress(subprocess.TimeoutExpired):  # a worker that waits for a dead file server cannot be killed
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
    """Return a hint if the disk of the working directory is full, which may make CASA abort; else empty."""
    directory = job.run_directory.path.parent
    try:
        free = shutil.disk_usage(directory).free
    except OSError:
        return ""
    return f"; the disk of {directory} is full: {free / 1e6:.1f} MB are left" if free < _FULL else ""


def _error(job: PackedJob, error: str, pid: int | None = None, elapsed: float = 0.0) -> bytes:
    worker: Any = socket.gethostname() if pid is None else f"{socket.gethostname()}:{pid}"
    return pickle.dumps(Outcome(job.label, None, error, worker, elapsed))
