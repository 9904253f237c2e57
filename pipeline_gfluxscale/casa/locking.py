"""Wait, with a message and a limit, for a MeasurementSet that another process has locked."""

import fcntl
import logging
import time
from pathlib import Path

from ..errors import MeasurementSetLockedError

LOG = logging.getLogger(__name__)

#: How long to wait (s) before giving up.
LOCK_TIMEOUT = 60.0
_POLL = 1.0


def wait_for_lock(path: Path, timeout: float | None = None, *, write: bool = False) -> None:
    """Return when `path` can be locked; the lock is released again.

    casacore itself would wait without a limit and without a message.

    Parameters
    ----------
    path : Path
        A MeasurementSet.
    timeout : float, optional
        Seconds to wait; `LOCK_TIMEOUT` by default.
    write : bool
        Ask for a write lock instead of a read lock.

    Raises
    ------
    MeasurementSetLockedError
        If it is still locked after `timeout`.
    """
    timeout = LOCK_TIMEOUT if timeout is None else timeout
    deadline = time.monotonic() + timeout
    announced = False
    while not _can_lock(path, write):
        if time.monotonic() >= deadline:
            raise MeasurementSetLockedError(
                f"{path} is still locked by another process after {timeout:.0f} s; close it there and try again"
            )
        if not announced:
            LOG.warning("%s is locked by another process; waiting up to %.0f s", path.name, timeout)
            announced = True
        time.sleep(_POLL)


def _can_lock(path: Path, write: bool) -> bool:
    """Ask the operating system: the table tool's lock() waits without a limit, whatever its number of attempts.

    casacore locks the first byte of ``table.lock``, shared to read and exclusively to write.
    """
    try:
        lock_file = (path / "table.lock").open("r+b" if write else "rb")
    except (FileNotFoundError, PermissionError):
        return True  # there is nothing to lock; CASA's own error names the file
    with lock_file:
        try:
            fcntl.lockf(lock_file, (fcntl.LOCK_EX if write else fcntl.LOCK_SH) | fcntl.LOCK_NB, 1, 0)
        except (BlockingIOError, PermissionError):
            return False
    return True
