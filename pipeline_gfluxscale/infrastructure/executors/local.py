"""Worker processes on this machine: one a core, and no more than memory allows."""

import logging
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from . import machine
from .base import Outcome, ProcessExecutor, Task, unpacked
from .parcel import Parcel
from .room import Room
from .serial import SerialExecutor
from .supervise import supervise

LOG = logging.getLogger(__name__)


class LocalExecutor(ProcessExecutor):
    """Run tasks in processes on this machine.

    Parameters
    ----------
    workers : int, optional
        How many at a time. By default one a core, and as many as memory allows.
    """

    name = "local processes"

    def __init__(self, workers: int | None = None):
        self._workers = workers

    def describe(self, tasks: Sequence[Task]) -> str:
        """Return in words where tasks will run."""
        return f"{self.workers_for(tasks)} worker processes on this machine"

    def run(self, tasks: Sequence[Task], directory: Path) -> list[Outcome]:
        """Run tasks; a single one needs no worker."""
        if len(tasks) == 1:
            return SerialExecutor().run(tasks, directory)
        return super().run(tasks, directory)

    def workers_for(self, tasks: Sequence[Task]) -> int:
        """Return the number of workers for some tasks, 1 or more."""
        wanted = self._workers or machine.cores()
        largest = max(task.memory for task in tasks)
        if self._workers is None and largest > 0:
            possible = max(1, machine.available_memory() // largest)
            if possible < min(wanted, len(tasks)):
                LOG.warning(
                    "memory is enough for %d workers at a time (%.1f GB each may be needed), though there are %d cores",
                    possible, largest / 1e9, wanted,
                )  # fmt: skip
            wanted = min(wanted, possible)
        return max(1, min(wanted, len(tasks)))

    def outcomes(
        self, tasks: Sequence[Task], parcels: Sequence[Parcel], room: Room
    ) -> Generator[tuple[int, Outcome], None, None]:
        """Yield the outcomes as they come in."""
        with ThreadPoolExecutor(self.workers_for(tasks), thread_name_prefix="supervisor") as pool, room:
            running = {pool.submit(supervise, parcel): parcel.index for parcel in parcels}
            for future in as_completed(running):
                yield running[future], unpacked(future.result())
