"""A lock file with the name of the process that holds the lock, for messages of processes that wait for it.

The lock is made by flock: the kernel releases it at the end of its process, also after a kill. So the file of a killed
run is not locked, and does not stop other runs. Forks do not inherit the lock.
"""

import errno
import json
import logging
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import MeasurementSetLockedError, NotEnoughDiskSpaceError
from .environment import LOCK_TIMEOUT, seconds_of

LOG = logging.getLogger(__name__)

_POLL = 0.2  # s
_FULL = (errno.ENOSPC, errno.EDQUOT)


class _ReplacedError(Exception):
    """The lock file was deleted or replaced before it was locked."""


@contextmanager
def locked(path: Path, data: Path) -> Iterator[None]:
    """Hold the lock of a file, after a wait if another process holds it; the file is deleted at the end.

    Parameters
    ----------
    path : Path
        The lock file.
    data : Path
        The data that the lock protects: a MeasurementSet, another directory, or a file, which need not exist. All users
        who may write them (the main table of a MeasurementSet; the directory of a file that does not exist) may lock
        them.

    Raises
    ------
    MeasurementSetLockedError
        If another process still holds the lock after the time in GFLUXSCALE_LOCK_TIMEOUT.
    NotEnoughDiskSpaceError
        If the disk is so full that not even an empty file can be made.
    InputError
        If GFLUXSCALE_LOCK_TIMEOUT is not a time.
    """
    lock = _lock(path, _mode(data))
    _acquire(lock, data, path)
    try:
        yield
    finally:
        if lock.is_locked:
            # A waiting process detects that the file was deleted, and creates a new one.
            with suppress(OSError):
                path.unlink()
            lock.release()


def _mode(data: Path) -> int:
    like = next(each for each in (data / "table.dat", data, data.parent) if each.exists())
    return like.stat().st_mode & 0o666 | 0o600


def _lock(path: Path, mode: int) -> FileLock:
    def note_owner(descriptor: int) -> None:
        # A network file system may keep the file under another name when its owner deletes it.
        with suppress(FileNotFoundError):
            if os.path.samestat(path.stat(), os.fstat(descriptor)):
                with suppress(OSError):  # on a full disk the file is locked, but has no name in it
                    _write_owner(descriptor)
                return
        raise _ReplacedError

    return FileLock(path, mode=mode, thread_local=False, fallback_to_soft=False, on_acquired=note_owner)


def _write_owner(descriptor: int) -> None:
    start = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    owner = {"pid": os.getpid(), "host": socket.gethostname(), "start": start}
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(owner).encode(), 0)


def _acquire(lock: FileLock, data: Path, path: Path) -> None:
    """Lock a file, unless its file system has no locks."""
    try:
        if _is_acquired(lock, 0.0):
            return
        timeout = seconds_of(*LOCK_TIMEOUT)
        # A process that has just got the lock may not have written its name yet.
        time.sleep(min(_POLL, timeout))
        words = f"{data.name} is in use by another run, {_owner(path)}"
        LOG.warning("%s; waiting up to %.0f s for its end", words, timeout)
        if _is_acquired(lock, timeout):
            return
    except OSError as error:
        if error.errno in _FULL:
            raise NotEnoughDiskSpaceError(f"the disk of {data} is full: no lock can be made for this run") from error
        # Either the data are read-only, which raises an error later, or the file system has no locks.
        LOG.warning("%s cannot be locked (%s): start only one run at a time on it", data.name, error.strerror or error)
        return
    raise MeasurementSetLockedError(
        f"{data} is still in use by another run, {_owner(path)}, after {timeout:.0f} s: wait for its end, or have this "
        f"one wait longer: --lock-timeout of gfluxscale run, or {LOCK_TIMEOUT[0]} in the environment, is the longest "
        "wait in seconds"
    )


def _is_acquired(lock: FileLock, timeout: float) -> bool:
    """Try to lock a file for some time (s)."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            lock.acquire(timeout=max(0.0, deadline - time.monotonic()), poll_interval=_POLL)
        except _ReplacedError:
            continue
        except Timeout:
            return False
        return True


def _owner(path: Path) -> str:
    """Return a description of the holder of a lock, from the lock file."""
    try:
        owner = json.loads(path.read_bytes()[:1000])
        return f"process {int(owner['pid'])} on {str(owner['host'])[:80]} since {str(owner['start'])[:30]}"
    except (OSError, ValueError, TypeError, KeyError):
        return "whose process is not known yet"
