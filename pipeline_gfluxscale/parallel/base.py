"""The base classes of engines: they run jobs, and return the outcomes in the order of the jobs."""

import logging
import pickle
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .packed_job import PackedJob
from .progress import Progress
from .run_directory import RunDirectory, make_run_directory
from .worker_log import Follower

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """A piece of work.

    Attributes
    ----------
    label : str
        Name of the job in messages: the name of a MeasurementSet.
    function : callable
        A function of a module, so that another process can find it by its name.
    argument : object
        The only argument of the function; it has to pickle.
    memory : int
        Approximate memory that the job needs (bytes); the engine of local processes limits their number by it.
    directories : sequence of Path
        Directories that the job writes into, besides the working directory. If the worker dies, the message says
        whether the disk of one of them is full.
    """

    label: str
    function: Callable[[Any], Any]
    argument: Any
    memory: int = 0
    directories: Sequence[Path] = ()


@dataclass(frozen=True)
class Outcome:
    """The result of a job, or its error.

    Attributes
    ----------
    label : str
        Name of the job.
    result : object
        Return value of the function; None after an error.
    error : str
        The error that stopped the job; empty if there was none.
    worker : str
        Host and process id of the worker.
    elapsed : float
        Duration (s), including the start of Python and CASA.
    peak_memory : int
        Peak memory of the worker (bytes); 0 if it is not known, as the worker died.
    """

    label: str
    result: Any = None
    error: str = ""
    worker: str = ""
    elapsed: float = 0.0
    peak_memory: int = 0


class Executor(ABC):
    """An engine that runs jobs."""

    #: Name of the engine in messages.
    name = ""
    #: Whether it runs one job after another.
    one_at_a_time = False

    @abstractmethod
    def run(self, jobs: Sequence[Job], directory: Path) -> list[Outcome]:
        """Run jobs.

        An error that stops a job is in its outcome, and does not affect other jobs. Ctrl-C stops all jobs.

        Parameters
        ----------
        jobs : sequence of Job
        directory : Path
            Directory, visible to all workers, in which workers and this process exchange files.

        Returns
        -------
        list of Outcome
            In the order of `jobs`.
        """


class ProcessExecutor(Executor):
    """An engine that runs jobs in worker processes."""

    @abstractmethod
    def describe(self, jobs: Sequence[Job]) -> str:
        """Return a description of the workers."""

    @abstractmethod
    def outcomes(
        self, jobs: Sequence[Job], packed: Sequence[PackedJob], run_directory: RunDirectory
    ) -> Generator[tuple[int, Outcome], None, None]:
        """Run the packed jobs with `supervise`; yield the index and the outcome of a job as soon as it has ended.

        The run directory, a context manager, has to be entered before workers start. Leaving it makes workers end, so
        it has to be left before a wait for the end of the workers.
        """

    def run(self, jobs: Sequence[Job], directory: Path) -> list[Outcome]:
        """Run jobs; see `Executor.run`."""
        if not jobs:
            return []
        LOG.info("%d MeasurementSet%s: %s", len(jobs), "s" if len(jobs) > 1 else "", self.describe(jobs))
        by_index: dict[int, Outcome] = {}
        with make_run_directory(directory) as run_directory:
            packed = [
                PackedJob.of(index, job.label, (job.function, job.argument), run_directory, job.directories)
                for index, job in enumerate(jobs)
            ]
            with (
                Progress([job.label for job in jobs]) as progress,
                Follower(packed, progress),
                closing(self.outcomes(jobs, packed, run_directory)) as outcomes,
            ):
                for index, outcome in outcomes:
                    by_index[index] = outcome
                    # The result of a job may contain an error, which the worker has logged.
                    failed = bool(outcome.error or getattr(outcome.result, "error", ""))
                    progress.ended(index, failed, outcome.elapsed, outcome.error)
        return [by_index[index] for index in range(len(jobs))]


def unpacked(answer: bytes) -> Outcome:
    """Return the outcome in the answer of a worker."""
    outcome: Outcome = pickle.loads(answer)
    return outcome
