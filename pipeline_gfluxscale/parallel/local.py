"""The engine for worker processes on this machine: one per core, and no more than the memory allows."""

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
        Largest number of workers at a time. Default: one per core, and no more than the memory allows.
    """

    name = "local processes"

    def __init__(self, workers: int | None = None):
        self._workers = workers

    def describe(self, jobs: Sequence[Job]) -> str:
        """Return a description of the workers."""
        workers = self.workers_for(jobs)
        words = f"{workers} worker process{'es' if workers > 1 else ''} on this machine"
        wanted = self._wanted(jobs)
        if workers == wanted:
            return words
        needed = max(job.memory for job in jobs) / 1e9
        return f"{words}: its cores suffice for {wanted}, its memory does not, as a worker may need {needed:.1f} GB"

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
        """Yield outcomes in the order in which jobs end."""
        with ThreadPoolExecutor(self.workers_for(jobs), thread_name_prefix="supervisor") as pool, run_directory:
            running = {pool.submit(supervise, job): job.index for job in packed}
            for future in as_completed(running):
                yield running[future], unpacked(future.result())
