"""Scratch directories that do not outlive their run by more than one run."""

import fcntl
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path

from ..errors import MeasurementSetLockedError

LOG = logging.getLogger(__name__)

_PREFIX = ".gfluxscale"
_LOCK = "alive.lock"


@contextmanager
def scratch_directory(output_dir: Path, name: str) -> Iterator[Path]:
    """Make a scratch directory in `output_dir`, and delete it at the end.

    What killed runs left behind for the same `name` is deleted first. A lock that ends with its process tells it from
    the directory of a run that is alive.

    Parameters
    ----------
    output_dir : Path
    name : str
        Name of the MeasurementSet that is worked on.

    Raises
    ------
    MeasurementSetLockedError
        If another run is working on a MeasurementSet of this name in this directory: their files have the same names.
    """
    delete_leftovers(output_dir, name)
    scratch = output_dir / f"{_PREFIX}-{name}-{os.getpid()}"
    scratch.mkdir()
    try:
        with (scratch / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def delete_leftovers(output_dir: Path, name: str) -> None:
    """Delete the scratch directories that killed runs left behind for a MeasurementSet.

    Raises
    ------
    MeasurementSetLockedError
        If one of them belongs to a run that is alive.
    """
    for scratch in output_dir.glob(f"{_PREFIX}-{escape(name)}-*"):
        prefix, _, process = scratch.name.rpartition("-")
        if prefix != f"{_PREFIX}-{name}" or not process.isdigit():
            continue  # of another MS, whose name begins like this one's
        if _is_alive(scratch):
            raise MeasurementSetLockedError(
                f"another run of the stage is working on {name} in {output_dir} (in {scratch.name}): wait for its end"
            )
        LOG.info("deleting %s, left behind by a run that did not end", scratch.name)
        shutil.rmtree(scratch, ignore_errors=True)


def _is_alive(scratch: Path) -> bool:
    """Return whether the process that made a scratch directory lives: its lock ends with it."""
    try:
        lock = (scratch / _LOCK).open("r+")
    except FileNotFoundError:
        return False
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
