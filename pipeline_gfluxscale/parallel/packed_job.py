"""A job in the form in which it is sent to a worker."""

import logging
import math
import os
import pickle
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..system.environment import WORKER_TIMEOUT, seconds_of
from .run_directory import RunDirectory

_PACKAGE = __name__.partition(".")[0]


@dataclass(frozen=True)
class PackedJob:
    """A job, packed for another process.

    Attributes
    ----------
    index : int
        Index of the job.
    label : str
        Name of the job in messages.
    content : bytes
        The pickled function and argument, which only the worker unpickles.
    run_directory : RunDirectory
    directory : str
        The current directory of the caller: CASA's commands name files relative to it.
    level : int
        Least level of log messages.
    patience : float
        Longest time without activity of the worker (s).
    directories : tuple of Path
        Directories that the worker writes into.
    """

    index: int
    label: str
    content: bytes = field(repr=False)
    run_directory: RunDirectory
    directory: str
    level: int
    patience: float = math.inf
    directories: tuple[Path, ...] = ()

    @classmethod
    def of(
        cls, index: int, label: str, content: Any, run_directory: RunDirectory, directories: Sequence[Path] = ()
    ) -> "PackedJob":
        """Return a job, packed.

        Parameters
        ----------
        index : int
        label : str
        content : (callable, object)
            Function and argument.
        run_directory : RunDirectory
        directories : sequence of Path
            Directories that the worker writes into, besides the parent of the run directory.
        """
        # Steps are messages of level INFO, which the table of progress needs at any log level.
        level = min(logging.INFO, logging.getLogger(_PACKAGE).getEffectiveLevel())
        patience = seconds_of(*WORKER_TIMEOUT)
        written = (run_directory.path.parent, *directories)
        return cls(index, label, pickle.dumps(content), run_directory, os.getcwd(), level, patience, written)

    @property
    def log(self) -> Path:
        """The file to which the worker appends its log messages."""
        return self.run_directory.log(self.index)
