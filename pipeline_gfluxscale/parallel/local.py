"""Worker processes on this machine: one a core, and no more than memory allows."""

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from ..system import machine
from .base import Job, Outcome, ProcessExecutor, unpacked
from .packed_job import PackedJob
from .run_directory import RunDirectory
from .supervise import supervise


class LocalExecutor(ProcessExecutor):
    """Run jobs in processes on this machine.

    Parameters
    ----------
    workers : int, optional
        How many at a time. By default one a core, and as many as memory allows.
    """

    name = "local processes"

    def __init__(self, workers: int | None = None):
        self._workers = workers

    def describe(self, jobs: Sequence[Job]) -> str:
        """Return in words where jobs will run."""
        workers = self.workers_for(jobs)
        words = f"{workers} worker process{'es' if workers > 1 else ''} on this machine"
        wanted = self._wanted(jobs)
        if workers == wanted:
            return words
        each = max(job.memory for job in jobs) / 1e9
        return f"{words}: its cores would do for {wanted}, its memory does not, as each may need {each:.1f} GB"

    def workers_for(self, jobs: Sequence[Job]) -> int:
        """Return the number of workers for some jobs, 1 or more."""
        wanted, largest = self._wanted(jobs), max(job.memory for job in jobs)
        if self._workers is not None or largest == 0:
            return wanted
        return max(1, min(wanted, machine.available_memory() // largest))

    def _wanted(self, jobs: Sequence[Job]) -> int:
        return min(self._workers or machine.cores(), len(jobs))

    def outcomes(
        self, jobs: Sequence[Job], packed: Sequence[PackedJob], run_directory: RunDirectory
    ) -> Generator[tuple[int, Outcome], None, None]:
        """Yield the outcomes as they come in."""
        with ThreadPoolExecutor(self.workers_for(jobs), thread_name_prefix="supervisor") as pool, run_directory:
            running = {pool.submit(supervise, job): job.index for job in packed}
            for future in as_completed(running):
                yield running[future], unpacked(future.result())
