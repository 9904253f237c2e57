"""A lock file that names its holder, and a wait for the lock that names the process waited for.

The lock is made by flock: the kernel releases it when its process ends, however it ends. A file that a killed run
leaves is not locked, and so does not stop other runs. Forks do not inherit the lock.
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
    """The locked file has been deleted or replaced meanwhile."""


@contextmanager
def locked(path: Path, vis: Path) -> Iterator[None]:
    """Hold the lock of a file; wait while another process holds it. The file exists only meanwhile.

    Parameters
    ----------
    path : Path
        The lock file.
    vis : Path
        The MeasurementSet that is locked; whoever may write its main table may lock it.

    Raises
    ------
    MeasurementSetLockedError
        If another process still holds it after the time in GFLUXSCALE_LOCK_TIMEOUT.
    InputError
        If GFLUXSCALE_LOCK_TIMEOUT is not a time.
    """
    lock = _lock(path, (vis / "table.dat").stat().st_mode & 0o666 | 0o600)
    with suppress(OSError):  # _acquire has logged a warning
        _acquire(lock, vis, path)
    try:
        yield
    finally:
        if lock.is_locked:
            # A process that waits notices that the file was deleted, and makes a new one.
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
        # Either the MS is read-only, which raises an error later, or the file system has no locks.
        LOG.warning("%s cannot be locked (%s): start only one run at a time on it", vis.name, error.strerror or error)
        raise
    # A process that has just got the lock may not have written its name yet.
    time.sleep(min(_POLL, timeout))
    LOG.warning("%s is in use by another run, %s; waiting up to %.0f s for its end", vis.name, _owner(path), timeout)
    try:
        _acquire_within(lock, timeout)
    except Timeout:
        raise MeasurementSetLockedError(
            f"{vis} is still in use by another run, {_owner(path)}, after {timeout:.0f} s: wait for its end, or have "
            f"this one wait longer: --lock-timeout of gfluxscale run, or {LOCK_TIMEOUT[0]} in the environment, is the "
            "longest wait in seconds"
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
    """Return a description of the holder of a lock, from the lock file."""
    try:
        owner = json.loads(path.read_bytes()[:1000])
        return f"process {int(owner['pid'])} on {str(owner['host'])[:80]} since {str(owner['start'])[:30]}"
    except (OSError, ValueError, TypeError, KeyError):
        return "whose process is not known yet"
