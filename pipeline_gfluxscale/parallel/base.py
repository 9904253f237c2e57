"""What every engine does: run jobs, and return the outcomes in the order of the jobs."""

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
        What it is about, such as the name of a MeasurementSet; messages carry it.
    function : callable
        A function of a module, as it has to be found by its name in another process.
    argument : object
        Its only argument; it has to pickle.
    memory : int
        About how much memory it needs (bytes), for engines that place work by it.
    directories : sequence of Path
        Directories that it writes into, besides the working directory: a message about its death says if one is full.
    """

    label: str
    function: Callable[[Any], Any]
    argument: Any
    memory: int = 0
    directories: Sequence[Path] = ()


@dataclass(frozen=True)
class Outcome:
    """What came of a job: a result or an error.

    Attributes
    ----------
    label : str
    result : object
        What the function returned; None if it did not.
    error : str
        What stopped it; empty if nothing did.
    worker : str
        Host and process id.
    elapsed : float
        Seconds, with the start of Python and CASA.
    peak_memory : int
        Peak memory of the worker (bytes); 0 if it did not live to tell.
    """

    label: str
    result: Any = None
    error: str = ""
    worker: str = ""
    elapsed: float = 0.0
    peak_memory: int = 0


class Executor(ABC):
    """An engine that runs jobs."""

    #: What a person calls it.
    name = ""
    #: Whether it runs one job after another.
    one_at_a_time = False

    @abstractmethod
    def run(self, jobs: Sequence[Job], directory: Path) -> list[Outcome]:
        """Run jobs.

        Whatever stops a job is in its outcome and costs the others nothing. Ctrl-C stops them all.

        Parameters
        ----------
        jobs : sequence of Job
        directory : Path
            Where workers and this process exchange files while they run: seen by all of them.

        Returns
        -------
        list of Outcome
            In the order of `jobs`.
        """


class ProcessExecutor(Executor):
    """An engine that runs each job in a process of its own."""

    @abstractmethod
    def describe(self, jobs: Sequence[Job]) -> str:
        """Return in words where jobs will run."""

    @abstractmethod
    def outcomes(
        self, jobs: Sequence[Job], packed: Sequence[PackedJob], run_directory: RunDirectory
    ) -> Generator[tuple[int, Outcome], None, None]:
        """Run the packed jobs with `supervise`; yield the index and the outcome of a job as soon as it has ended.

        The run directory has to be entered while workers run. Leaving it asks them to end, and so it has to be left
        before they are waited for.
        """

    def run(self, jobs: Sequence[Job], directory: Path) -> list[Outcome]:
        """Run jobs; see `Executor.run`."""
        if not jobs:
            return []
        LOG.info("%d MeasurementSet%s: %s", len(jobs), "s" if len(jobs) > 1 else "", self.describe(jobs))
        found: dict[int, Outcome] = {}
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
                    found[index] = outcome
                    # A job may return its own error, as part of a result; its worker has told of it.
                    failed = bool(outcome.error or getattr(outcome.result, "error", ""))
                    progress.ended(index, failed, outcome.elapsed, outcome.error)
        return [found[index] for index in range(len(jobs))]


def unpacked(answer: bytes) -> Outcome:
    """Return the outcome that a worker sent."""
    outcome: Outcome = pickle.loads(answer)
    return outcome
