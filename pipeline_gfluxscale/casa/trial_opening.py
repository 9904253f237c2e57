"""Find MeasurementSets at which CASA ends the process, by opening them in a fork of this process first.

Most damage makes CASA raise an exception. But a few wrong bytes in the description of a table may end the process
(an exception in C++ code that allows none), or keep it busy without end. A fork needs milliseconds, as it has CASA
already. It opens tables for reading, and does nothing else.
"""

import faulthandler
import os
import select
import signal
import warnings
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from ..errors import UnreadableDataError
from . import runtime

# How CASA ended the fork, or an empty string: by device, inode and time of the last change of a description.
_found: dict[tuple[int, int, int], str] = {}

# Time that a MeasurementSet may take (s): far more than the tables of one need, also on a slow disk.
_LONGEST = 120.0


def open_for_trial(paths: Iterable[Path]) -> None:
    """Open MeasurementSets in a fork of this process, for `check_survives`.

    Those that were opened already, and have not changed, are not opened again.
    """
    tables = [path.expanduser().absolute() for path in paths]
    waiting = [path for path in tables if (path / "table.dat").is_file() and _key(path) not in _found]
    while waiting:
        opened, ended = _opened(waiting)
        _found.update({_key(path): "" for path in waiting[:opened]})
        if opened < len(waiting):
            _found[_key(waiting[opened])] = ended
        waiting = waiting[opened + 1 :]


def check_survives(path: Path) -> None:
    """Raise `UnreadableDataError` for a MeasurementSet at which CASA has ended the fork of the trial."""
    if _found and (ended := _found.get(_key(path), "")):
        problem = f"CASA {ended}: a table is damaged; copy or download it again"
        raise UnreadableDataError("vis", str(path), problem)


def _key(path: Path) -> tuple[int, int, int]:
    try:
        status = path.stat()
        changes = [file.stat().st_mtime_ns for file in (path / "table.dat", *path.glob("*/table.dat"))]
    except OSError:
        return 0, 0, 0
    return status.st_dev, status.st_ino, max(changes)


def _opened(paths: Sequence[Path]) -> tuple[int, str]:
    """Open MeasurementSets in a fork; return how many it survived, and what CASA did at the next one."""
    runtime.casatools()
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # other threads, of a notebook say, do not use CASA
        pid = os.fork()
    if pid == 0:
        _open_and_end(paths, writer)
    os.close(writer)
    opened = 0
    try:
        while select.select([reader], [], [], _LONGEST)[0]:
            if not os.read(reader, 1):
                break
            opened += 1
        else:
            return opened, f"does not end opening it within {_LONGEST:.0f} s"
    finally:
        os.close(reader)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)  # it has ended itself, or hangs, or this process was interrupted
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status >= 0:
        return len(paths), ""
    return opened, f"ends the process that opens it (signal {-status})"


def _open_and_end(paths: Sequence[Path], writer: int) -> NoReturn:
    """Open MeasurementSets, write a byte for each, and end without any clean-up of this process."""
    try:
        faulthandler.disable()  # it would print a traceback of this process, which does not end
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for output in (1, 2):
            os.dup2(nowhere, output)
        for path in paths:
            _open_tables(path)
            os.write(writer, b".")
    finally:
        os._exit(0)


def _open_tables(path: Path) -> None:
    """Open the tables of a MeasurementSet without locking them: who reads them waits for locks, and says so."""
    tool = runtime.casatools().table()
    for table in (path, *(file.parent for file in sorted(path.glob("*/table.dat")))):
        with suppress(Exception):
            tool.open(str(table), lockoptions={"option": "usernoread"})
            tool.getdminfo()
            tool.close()
