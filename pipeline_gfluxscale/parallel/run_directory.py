"""The directory through which workers and the process that started them exchange messages.

Files need a directory that all processes can read, which the work needs anyway. Network connections would need open
ports, and others on the network could listen.
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
    """The files of a parallel run; a context manager, within which the run directory is open.

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
        """Whether the run goes on; if not, workers have to end."""
        return self._sign.exists()

    def __enter__(self) -> "RunDirectory":
        self._sign.touch()
        return self

    def __exit__(self, *exception: Any) -> None:
        self._sign.unlink(missing_ok=True)

    def log(self, index: int) -> Path:
        """Return the file to which the worker of a job appends its log messages."""
        return self.path / f"{index}.log"

    def begin(self, index: int) -> bool:
        """Mark a job as begun; return False if it has begun before.

        If a Dask worker is lost, Dask runs its job again. The job itself may have caused the loss, so it is not run
        again.
        """
        try:
            os.close(os.open(self.path / f"{index}.begun", os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            return False
        return True


@contextmanager
def make_run_directory(directory: Path) -> Iterator[RunDirectory]:
    """Make a run directory in `directory`, and delete it at the end; also delete run directories of killed runs."""
    for leftover in directory.glob(f".gfluxscale-{_NAME}*-*"):
        with suppress(MeasurementSetLockedError):
            delete_leftovers(directory, leftover.name.removeprefix(".gfluxscale-").rpartition("-")[0])
    with scratch_directory(directory, f"{_NAME}{uuid4().hex[:8]}") as path:
        yield RunDirectory(path)
