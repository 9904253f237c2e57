"""What every engine does: run tasks, and return the outcomes in the order of the tasks."""

import logging
import pickle
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .packed_job import Parcel
from .progress import Progress
from .run_directory import Room, make_room
from .worker_log import Follower

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
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
    """

    label: str
    function: Callable[[Any], Any]
    argument: Any
    memory: int = 0


@dataclass(frozen=True)
class Outcome:
    """What came of a task: a result or an error.

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
    """An engine that runs tasks."""

    #: What a person calls it.
    name = ""

    @abstractmethod
    def run(self, tasks: Sequence[Task], directory: Path) -> list[Outcome]:
        """Run tasks.

        Whatever stops a task is in its outcome and costs the others nothing. Ctrl-C stops them all.

        Parameters
        ----------
        tasks : sequence of Task
        directory : Path
            Where workers and this process exchange files while they run: seen by all of them.

        Returns
        -------
        list of Outcome
            In the order of `tasks`.
        """


class ProcessExecutor(Executor):
    """An engine that runs each task in a process of its own."""

    @abstractmethod
    def describe(self, tasks: Sequence[Task]) -> str:
        """Return in words where tasks will run."""

    @abstractmethod
    def outcomes(
        self, tasks: Sequence[Task], parcels: Sequence[Parcel], room: Room
    ) -> Generator[tuple[int, Outcome], None, None]:
        """Run parcels with `supervise`; yield the index and the outcome of each as they come in.

        The room has to be entered while workers run. Leaving it asks them to end, and so it has to be left before they
        are waited for.
        """

    def run(self, tasks: Sequence[Task], directory: Path) -> list[Outcome]:
        """Run tasks; see `Executor.run`."""
        if not tasks:
            return []
        LOG.info("%d MeasurementSet%s: %s", len(tasks), "s" if len(tasks) > 1 else "", self.describe(tasks))
        found: dict[int, Outcome] = {}
        with make_room(directory) as room:
            parcels = [
                Parcel.of(index, task.label, (task.function, task.argument), room) for index, task in enumerate(tasks)
            ]
            with (
                Progress([task.label for task in tasks]) as progress,
                Follower(parcels, progress),
                closing(self.outcomes(tasks, parcels, room)) as outcomes,
            ):
                for index, outcome in outcomes:
                    found[index] = outcome
                    # A task may return its own error, as part of a result; its worker has told of it.
                    failed = bool(outcome.error or getattr(outcome.result, "error", ""))
                    progress.ended(index, failed, outcome.elapsed, outcome.error)
        return [found[index] for index in range(len(tasks))]


def unpacked(answer: bytes) -> Outcome:
    """Return the outcome that a worker sent."""
    outcome: Outcome = pickle.loads(answer)
    return outcome
