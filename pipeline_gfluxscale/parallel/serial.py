"""One job after another, in this process."""

import logging
import os
import socket
import time
from collections.abc import Sequence
from pathlib import Path

from ..system.unforeseen import explained
from .base import Executor, Job, Outcome

LOG = logging.getLogger(__name__)


class SerialExecutor(Executor):
    """Run jobs one after another, in this process: nothing survives its death."""

    name = "one after another"
    one_at_a_time = True

    def run(self, jobs: Sequence[Job], directory: Path) -> list[Outcome]:
        """Run jobs; see `Executor.run`."""
        return [self._run(job, number, len(jobs)) for number, job in enumerate(jobs, start=1)]

    @staticmethod
    def _run(job: Job, number: int, total: int) -> Outcome:
        LOG.info("%s (%d of %d)", job.label, number, total)
        start = time.perf_counter()
        result, error = None, ""
        try:
            result = job.function(job.argument)
        except Exception as problem:
            error = explained(problem)
        worker = f"{socket.gethostname()}:{os.getpid()}"
        return Outcome(job.label, result, error, worker, time.perf_counter() - start)
