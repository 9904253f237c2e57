"""A lock file that says who holds it, and a wait for it that says for whom.

The lock is flock's: the kernel gives it back when its process ends, however it ends, and a file without a lock, which a
killed run leaves, keeps nobody out. Forks do not inherit it.
"""

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

from ..errors import MeasurementSetLockedError
from .environment import LOCK_TIMEOUT, seconds_of

LOG = logging.getLogger(__name__)

_POLL = 0.2  # s


class _ReplacedError(Exception):
    """The file that was locked is not the one that others find any more."""


@contextmanager
def locked(path: Path, vis: Path) -> Iterator[None]:
    """Hold the lock of a file; wait for whoever holds it. The file is there meanwhile.

    Parameters
    ----------
    path : Path
        The lock file.
    vis : Path
        The MeasurementSet that it is about: who may write its main table may lock it.

    Raises
    ------
    MeasurementSetLockedError
        If another process still holds it after the time that GFLUXSCALE_LOCK_TIMEOUT says.
    InputError
        If that is no time.
    """
    lock = _lock(path, (vis / "table.dat").stat().st_mode & 0o666 | 0o600)
    with suppress(OSError):  # it has been told of
        _acquire(lock, vis, path)
    try:
        yield
    finally:
        if lock.is_locked:
            # Whoever waits notices that the file has gone, and makes a new one.
            with suppress(OSError):
                path.unlink()
            lock.release()


def _lock(path: Path, mode: int) -> FileLock:
    def note_owner(descriptor: int) -> None:
        # A network file system may keep the file under another name when its owner deletes it.
        with suppress(FileNotFoundError):
            if os.path.samestat(path.stat(), os.fstat(descriptor)):
                start = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
                owner = {"pid": os.getpid(), "host": socket.gethostname(), "start": start}
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, json.dumps(owner).encode(), 0)
                return
        raise _ReplacedError

    return FileLock(path, mode=mode, thread_local=False, fallback_to_soft=False, on_acquired=note_owner)


def _acquire(lock: FileLock, vis: Path, path: Path) -> None:
    try:
        return _acquire_within(lock, 0.0)
    except Timeout:
        timeout = seconds_of(*LOCK_TIMEOUT)
    except OSError as error:
        # A read-only MS, which is refused when it is read, or a file system that has no locks.
        LOG.warning("%s cannot be locked (%s): have one run at a time work on it", vis.name, error.strerror or error)
        raise
    # Who has just got the lock may not have written its name yet.
    time.sleep(min(_POLL, timeout))
    LOG.warning("%s is in use by another run, %s; waiting up to %.0f s for its end", vis.name, _owner(path), timeout)
    try:
        _acquire_within(lock, timeout)
    except Timeout:
        raise MeasurementSetLockedError(
            f"{vis} is still in use by another run, {_owner(path)}, after {timeout:.0f} s: wait for its end, or have "
            f"this one wait longer: {LOCK_TIMEOUT[0]} in the environment is the longest wait in seconds"
        ) from None


def _acquire_within(lock: FileLock, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while True:
        try:
            lock.acquire(timeout=max(0.0, deadline - time.monotonic()), poll_interval=_POLL)
            return
        except _ReplacedError:
            continue


def _owner(path: Path) -> str:
    """Return in words who holds a lock, as its file has it."""
    try:
        owner = json.loads(path.read_bytes()[:1000])
        return f"process {int(owner['pid'])} on {str(owner['host'])[:80]} since {str(owner['start'])[:30]}"
    except (OSError, ValueError, TypeError, KeyError):
        return "which has not said yet which one it is"
