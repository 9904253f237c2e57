"""Scratch directories, which are deleted at the end of a run, or by the next run if a run was killed."""

import fcntl
import logging
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from io import TextIOWrapper
from pathlib import Path

from ..errors import MeasurementSetLockedError

LOG = logging.getLogger(__name__)

_PREFIX = ".gfluxscale"
_LOCK = "alive.lock"
# A run that deletes leftovers keeps a directory locked for a moment.
_ATTEMPTS, _MOMENT, _PAUSE = 100, 10, 0.02  # s


@contextmanager
def scratch_directory(output_dir: Path, name: str) -> Iterator[Path]:
    """Make a scratch directory in `output_dir`, and delete it at the end.

    Scratch directories of killed runs with the same `name` are deleted first. A lock, which the system releases at the
    end of its process, distinguishes them from the directory of a run that is alive.

    Parameters
    ----------
    output_dir : Path
    name : str
        Name of the MeasurementSet.

    Raises
    ------
    MeasurementSetLockedError
        If another run is working on a MeasurementSet of this name in this directory: their files have the same names.
    """
    delete_leftovers(output_dir, name)
    scratch = output_dir / f"{_PREFIX}-{name}-{os.getpid()}"
    with _made(scratch):
        try:
            # Two runs that begin at the same moment see each other's directory only now.
            delete_leftovers(output_dir, name, but=scratch)
            yield scratch
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def delete_leftovers(output_dir: Path, name: str, but: Path | None = None) -> None:
    """Delete the scratch directories of killed runs on a MeasurementSet.

    Parameters
    ----------
    output_dir : Path
    name : str
        Name of the MeasurementSet.
    but : Path, optional
        A scratch directory to leave alone.

    Raises
    ------
    MeasurementSetLockedError
        If one of them belongs to a run that is alive.
    """
    for scratch in output_dir.glob(f"{_PREFIX}-{escape(name)}-*"):
        prefix, _, process = scratch.name.rpartition("-")
        if prefix != f"{_PREFIX}-{name}" or not process.isdigit() or scratch == but:
            continue  # the directory of another MS, whose name begins with this name
        if not _deleted_soon(scratch):
            raise MeasurementSetLockedError(
                f"another run of the stage is working on {name} in {output_dir} (in {scratch.name}): wait for its end"
            )


def _made(scratch: Path) -> TextIOWrapper:
    """Make a scratch directory; return its lock file, locked as long as it is open."""
    for _ in range(_ATTEMPTS):
        scratch.mkdir(exist_ok=True)
        # Another run deletes the directory if it sees it before the lock is held: then it is made again.
        with suppress(FileNotFoundError):
            lock = (scratch / _LOCK).open("a")
            if _is_locked(lock) and _is_in_place(lock, scratch / _LOCK):
                return lock
            lock.close()
        time.sleep(_PAUSE)
    raise MeasurementSetLockedError(f"{scratch} is in use by another process: wait for its end")


def _deleted_soon(scratch: Path) -> bool:
    """Delete a scratch directory, but not that of a process that lives; another run may be deleting it just now."""
    for _ in range(_MOMENT):
        if _deleted(scratch):
            return True
        time.sleep(_PAUSE)
    return False


def _deleted(scratch: Path) -> bool:
    """Delete a scratch directory unless its process is alive; return whether it was deleted."""
    try:
        lock = _opened(scratch / _LOCK)
    except FileNotFoundError:
        return True  # another run has deleted it meanwhile
    with lock, suppress(FileNotFoundError):  # another run has deleted it after the lock was opened
        # The lock may be that of a directory that another run has deleted, and the owner has made again.
        if not _is_locked(lock) or not _is_in_place(lock, scratch / _LOCK):
            return False
        LOG.info("deleting %s of a run that was killed", scratch.name)
        _delete(scratch)
    return True


def _delete(scratch: Path) -> None:
    """Delete a scratch directory, its lock last: without the lock, its owner may make the directory again."""
    for path in scratch.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name != _LOCK:
            path.unlink()
    (scratch / _LOCK).unlink()
    with suppress(OSError):  # the owner has made a new lock in it
        scratch.rmdir()


def _opened(path: Path) -> TextIOWrapper:
    try:
        return path.open("a")
    except PermissionError:  # of another user
        return path.open()


def _is_locked(file: TextIOWrapper) -> bool:
    """Lock a file; return whether no other process has locked it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_in_place(file: TextIOWrapper, path: Path) -> bool:
    """Return whether an open file is the one at a path."""
    return os.path.samestat(os.fstat(file.fileno()), path.stat())
