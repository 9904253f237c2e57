"""The directory through which workers and the process that started them hear of each other.

Files need nothing but what the work itself needs, a directory that all see: no ports, no firewalls, nothing that others
on the network could listen to.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from ..errors import MeasurementSetLockedError
from ..system.scratch import delete_leftovers, scratch_directory

_NAME = "workers_"


@dataclass(frozen=True)
class RunDirectory:
    """Files of a parallel run; as a context manager it is open inside.

    Attributes
    ----------
    path : Path
    """

    path: Path

    @property
    def _sign(self) -> Path:
        return self.path / "open"

    @property
    def is_open(self) -> bool:
        """Whether the run goes on. If not, workers have to end."""
        return self._sign.exists()

    def __enter__(self) -> "RunDirectory":
        self._sign.touch()
        return self

    def __exit__(self, *exception: Any) -> None:
        self._sign.unlink(missing_ok=True)

    def log(self, index: int) -> Path:
        """Return the file in which a worker writes what it has to say."""
        return self.path / f"{index}.log"

    def begin(self, index: int) -> bool:
        """Note that a job begins; False if it has begun before.

        Dask runs a job again when the worker that it was given to is lost, maybe to this very job.
        """
        try:
            os.close(os.open(self.path / f"{index}.begun", os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            return False
        return True


@contextmanager
def make_run_directory(directory: Path) -> Iterator[RunDirectory]:
    """Make a run directory in `directory`, and delete it at the end; also delete those that killed runs left behind."""
    for leftover in directory.glob(f".gfluxscale-{_NAME}*-*"):
        with suppress(MeasurementSetLockedError):
            delete_leftovers(directory, leftover.name.removeprefix(".gfluxscale-").rpartition("-")[0])
    with scratch_directory(directory, f"{_NAME}{uuid4().hex[:8]}") as path:
        yield RunDirectory(path)
