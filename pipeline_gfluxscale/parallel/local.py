"""Worker processes on this machine: one a core, and no more than memory allows."""

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from ..system import machine
from .base import Outcome, ProcessExecutor, Task, unpacked
from .packed_job import Parcel
from .run_directory import Room
from .supervise import supervise


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
        workers = self.workers_for(tasks)
        words = f"{workers} worker process{'es' if workers > 1 else ''} on this machine"
        wanted = self._wanted(tasks)
        if workers == wanted:
            return words
        each = max(task.memory for task in tasks) / 1e9
        return f"{words}: its cores would do for {wanted}, its memory does not, as each may need {each:.1f} GB"

    def workers_for(self, tasks: Sequence[Task]) -> int:
        """Return the number of workers for some tasks, 1 or more."""
        wanted, largest = self._wanted(tasks), max(task.memory for task in tasks)
        if self._workers is not None or largest == 0:
            return wanted
        return max(1, min(wanted, machine.available_memory() // largest))

    def _wanted(self, tasks: Sequence[Task]) -> int:
        return min(self._workers or machine.cores(), len(tasks))

    def outcomes(
        self, tasks: Sequence[Task], parcels: Sequence[Parcel], room: Room
    ) -> Generator[tuple[int, Outcome], None, None]:
        """Yield the outcomes as they come in."""
        with ThreadPoolExecutor(self.workers_for(tasks), thread_name_prefix="supervisor") as pool, room:
            running = {pool.submit(supervise, parcel): parcel.index for parcel in parcels}
            for future in as_completed(running):
                yield running[future], unpacked(future.result())
