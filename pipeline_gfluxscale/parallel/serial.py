"""One job after another: a single one in this process, several in a worker."""

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

#: Jobs that a worker runs before a new one takes its place: CASA keeps some MB of each.
JOBS_OF_WORKER = 20


class SerialExecutor(ProcessExecutor):
    """Run jobs one after another.

    A single job runs in this process. Several run in one worker, which is replaced if it dies, so that a crash in CASA
    costs only its own job. Calls inside `one_worker` share it.
    """

    name = "one after another"
    one_at_a_time = True

    def describe(self, jobs: Sequence[Job]) -> str:
        """Return in words where jobs will run."""
        return "one after another"

    def run(self, jobs: Sequence[Job], directory: Path) -> list[Outcome]:
        """Run jobs; see `Executor.run`."""
        return [_run_here(job) for job in jobs] if len(jobs) < 2 else super().run(jobs, directory)

    def outcomes(
        self, jobs: Sequence[Job], packed: Sequence[PackedJob], run_directory: RunDirectory
    ) -> Generator[tuple[int, Outcome], None, None]:
        """Yield the outcomes as they come in."""
        shared = _shared.get()
        with run_directory, nullcontext(shared) if shared else closing(_Succession()) as workers:
            for job in packed:
                yield job.index, unpacked(workers.run(job))


class _Succession:
    """Workers that follow each other: the next starts when one has died, or has run its number of jobs."""

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
