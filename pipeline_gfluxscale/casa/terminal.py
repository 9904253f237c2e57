"""What CASA writes to the terminal: kept in CASA's log, counted, and repeated only where it matters.

CASA's C++ prints to standard output, and its log repeats every warning on standard error; neither can be switched off
without losing the lines for the log too. While a task of CASA works, both file descriptors therefore lead into a file
in memory. A process of its own waits for the end of this one and prints what is in that file then: if CASA takes
the process down, its last words still reach the terminal, on a full disk too.
"""

import atexit
import ctypes
import functools
import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from . import runtime

LOG = logging.getLogger(__name__)

_LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\t(?P<priority>[A-Z]+)\t[^\t]*\t(?P<text>.*)")
_STANDARD_OUTPUT_AND_ERROR = (1, 2)
_LAST_WORDS = 20  # lines

_lock = threading.Lock()
_num_lines = 0


@dataclass
class Printed:
    """What CASA wrote during a task.

    Attributes
    ----------
    lines : list of str
        Lines of the terminal that are not in CASA's log.
    warnings, severe : list of str
        Messages of CASA's log of these priorities.
    """

    lines: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    severe: list[str] = field(default_factory=list)


@contextmanager
def kept_in_log() -> Iterator[Printed]:
    """Lead what this process prints into CASA's log; for calls of CASA alone, as Python's output would go there too.

    The terminal is left alone where messages of level DEBUG are shown, where another thread has led it away already,
    and where CASA writes no log.

    Yields
    ------
    Printed
        Filled when the block ends.
    """
    printed = Printed()
    if LOG.isEnabledFor(logging.DEBUG) or _log_file() is None or not _lock.acquire(blocking=False):
        yield printed
        return
    try:
        with _redirected(_memory()):
            yield printed
    finally:
        _sort(_taken(_memory()), printed)
        _lock.release()


def take_count() -> tuple[int, Path | None]:
    """Return how many lines were kept from the terminal since the last call, and the log that has them."""
    global _num_lines
    counted, _num_lines = _num_lines, 0
    return counted, _log_file()


def _log_file() -> Path | None:
    if "casatasks" not in sys.modules:
        return None
    path = Path(str(runtime.casatasks().casalog.logfile()))
    return path if path.is_file() else None


@functools.cache
def _memory() -> int:
    """Return the descriptor of a file in memory, and start the process that prints it when this process has ended."""
    descriptor = os.memfd_create("printed by CASA")
    file = f"/proc/self/fd/{descriptor}"
    tell = f"{{ echo 'CASA ended the process. It said last:'; tail -n {_LAST_WORDS} {file}; }} >&2"
    watcher = subprocess.Popen(
        ["/bin/sh", "-c", f"read _; if [ -s {file} ]; then {tell}; fi"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        pass_fds=[descriptor],
        start_new_session=True,  # Ctrl-C is not for it
    )
    atexit.register(watcher.communicate)
    return descriptor


@contextmanager
def _redirected(target: int) -> Iterator[None]:
    """Lead standard output and error elsewhere."""
    _flush()
    saved: dict[int, int] = {}
    try:
        for number in _STANDARD_OUTPUT_AND_ERROR:
            with suppress(OSError):  # it is closed
                saved[number] = os.dup(number)
                os.dup2(target, number)
        yield
    finally:
        _flush()
        for number, copy in saved.items():
            os.dup2(copy, number)
            os.close(copy)


def _flush() -> None:
    """Write out what Python and C hold back."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # there is none, or it is closed
            stream.flush()
    ctypes.CDLL(None).fflush(None)


def _taken(descriptor: int) -> str:
    """Return what is in a file, and empty it."""
    content = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return content.decode(errors="replace")


def _sort(text: str, printed: Printed) -> None:
    """Sort and count lines; those that are not in CASA's log come there."""
    global _num_lines  # noqa: PLW0603 -- the terminal is one, too
    kinds = {"WARN": printed.warnings, "SEVERE": printed.severe}
    for line in filter(None, map(str.strip, text.splitlines())):
        _num_lines += 1
        if entry := _LOG_LINE.fullmatch(line):
            kinds.get(entry["priority"], printed.lines).append(entry["text"].strip())
        else:
            printed.lines.append(line)
            runtime.casatasks().casalog.post(line, "INFO", origin="terminal")
