"""One task after another, in this process."""

import logging
import os
import socket
import time
from collections.abc import Sequence
from pathlib import Path

from ..system.unforeseen import explained
from .base import Executor, Outcome, Task

LOG = logging.getLogger(__name__)


class SerialExecutor(Executor):
    """Run tasks one after another, in this process: nothing survives its death."""

    name = "one after another"

    def run(self, tasks: Sequence[Task], directory: Path) -> list[Outcome]:
        """Run tasks; see `Executor.run`."""
        return [self._run(task, number, len(tasks)) for number, task in enumerate(tasks, start=1)]

    @staticmethod
    def _run(task: Task, number: int, total: int) -> Outcome:
        LOG.info("%s (%d of %d)", task.label, number, total)
        start = time.perf_counter()
        result, error = None, ""
        try:
            result = task.function(task.argument)
        except Exception as problem:
            error = explained(problem)
        worker = f"{socket.gethostname()}:{os.getpid()}"
        return Outcome(task.label, result, error, worker, time.perf_counter() - start)
