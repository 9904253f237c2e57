"""Redirect CASA's terminal output to CASA's log, and count its lines.

CASA's C++ code prints to standard output, and CASA repeats the warnings of its log on standard error. If this were
switched off, the log would lose these lines too. So both file descriptors are redirected to a file in memory while a
CASA task works. A second process waits for the end of this process, and then prints the content of that file. So the
last messages reach the terminal even if CASA ends the process, and even if the disk is full.
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
_NUM_LAST_LINES = 20  # lines

_lock = threading.Lock()
_num_lines = 0


@dataclass
class Printed:
    """The output of CASA during a task.

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
    """Redirect the output of this process to CASA's log, during calls of CASA only: Python's output is redirected too.

    Nothing is redirected if messages of level DEBUG are shown, if another thread is redirecting already, or if CASA
    writes no log.

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
    """Return the number of lines redirected since the last call, and the path of CASA's log, which has these lines."""
    global _num_lines
    counted, _num_lines = _num_lines, 0
    return counted, _log_file()


def _log_file() -> Path | None:
    if not runtime.is_running():
        return None
    path = Path(str(runtime.casalog().logfile()))
    return path if path.is_file() else None


@functools.cache
def _memory() -> int:
    """Return the descriptor of a file in memory, and start the process that prints it when this process has ended."""
    descriptor = os.memfd_create("printed by CASA")
    file = f"/proc/self/fd/{descriptor}"
    tell = f"{{ echo 'CASA ended the process. Its last lines:'; tail -n {_NUM_LAST_LINES} {file}; }} >&2"
    watcher = subprocess.Popen(
        ["/bin/sh", "-c", f"read _; if [ -s {file} ]; then {tell}; fi"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        pass_fds=[descriptor],
        start_new_session=True,  # so that Ctrl-C does not end it
    )
    atexit.register(watcher.communicate)
    return descriptor


@contextmanager
def _redirected(target: int) -> Iterator[None]:
    """Redirect standard output and standard error to a descriptor."""
    _flush()
    saved: dict[int, int] = {}
    try:
        for number in _STANDARD_OUTPUT_AND_ERROR:
            with suppress(OSError):  # the stream is closed
                saved[number] = os.dup(number)
                os.dup2(target, number)
        yield
    finally:
        _flush()
        for number, copy in saved.items():
            os.dup2(copy, number)
            os.close(copy)


def _flush() -> None:
    """Flush the buffers of Python and C."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # the stream is missing or closed
            stream.flush()
    ctypes.CDLL(None).fflush(None)


def _taken(descriptor: int) -> str:
    """Return what is in a file, and empty it."""
    content = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return content.decode(errors="replace")


def _sort(text: str, printed: Printed) -> None:
    """Sort lines by priority and count them; append lines to CASA's log if it does not have them."""
    global _num_lines  # noqa: PLW0603 -- a process has only one terminal
    kinds = {"WARN": printed.warnings, "SEVERE": printed.severe}
    for line in filter(None, map(str.strip, text.splitlines())):
        _num_lines += 1
        if entry := _LOG_LINE.fullmatch(line):
            kinds.get(entry["priority"], printed.lines).append(entry["text"].strip())
        else:
            printed.lines.append(line)
            runtime.casalog().post(line, "INFO", origin="terminal")
