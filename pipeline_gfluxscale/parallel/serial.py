"""The engine that runs one job after another: a single job in this process, several jobs in a worker."""

import logging
import os
import socket
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from contextvars import ContextVar
from pathlib import Path

from ..system.unexpected import explained
from .base import Job, Outcome, ProcessExecutor, unpacked
from .packed_job import PackedJob
from .run_directory import RunDirectory
from .supervise import Worker

LOG = logging.getLogger(__name__)

#: Number of jobs after which a worker is replaced, as CASA keeps some MB of memory per job.
JOBS_OF_WORKER = 20


class SerialExecutor(ProcessExecutor):
    """Run jobs one after another.

    A single job runs in this process. Several jobs run in one worker, which is replaced if it dies, so that a crash of
    CASA affects one job only. Calls inside `one_worker` share that worker.
    """

    name = "one after another"
    one_at_a_time = True

    def describe(self, jobs: Sequence[Job]) -> str:
        """Return a description of the workers."""
        return "one after another"

    def run(self, jobs: Sequence[Job], directory: Path) -> list[Outcome]:
        """Run jobs; see `Executor.run`."""
        return [_run_here(job) for job in jobs] if len(jobs) < 2 else super().run(jobs, directory)

    def outcomes(
        self, jobs: Sequence[Job], packed: Sequence[PackedJob], run_directory: RunDirectory
    ) -> Generator[tuple[int, Outcome], None, None]:
        """Yield outcomes in the order in which jobs end."""
        shared = _shared.get()
        with run_directory, nullcontext(shared) if shared else closing(_Succession()) as workers:
            for job in packed:
                yield job.index, unpacked(workers.run(job))


class _Succession:
    """One worker after another: a new worker starts if the last one has died or has run `JOBS_OF_WORKER` jobs."""

    def __init__(self) -> None:
        self._worker: Worker | None = None
        self._jobs = 0

    def run(self, job: PackedJob) -> bytes:
        if self._worker is None or not self._worker.is_alive or self._jobs >= JOBS_OF_WORKER:
            self.close()
            self._worker, self._jobs = Worker(one_core=False), 0
        self._jobs += 1
        return self._worker.run(job)

    def close(self) -> None:
        if self._worker is not None:
            self._worker.end()


_shared: ContextVar[_Succession | None] = ContextVar("shared", default=None)


@contextmanager
def one_worker() -> Iterator[None]:
    """Let all stages that are run inside share a worker: each would wait 2 s for the start of its own."""
    with closing(_Succession()) as workers:
        token = _shared.set(_shared.get() or workers)
        try:
            yield
        finally:
            _shared.reset(token)


def _run_here(job: Job) -> Outcome:
    LOG.info("%s", job.label)
    start = time.perf_counter()
    result, error = None, ""
    try:
        result = job.function(job.argument)
    except Exception as problem:
        error = explained(problem)
    return Outcome(job.label, result, error, f"{socket.gethostname()}:{os.getpid()}", time.perf_counter() - start)
