"""Read and append to HISTORY, the table of how a MeasurementSet was made.

casacore writes new rows into one file and the number of rows into another. If a process is killed in between, the first
file has more rows than the table, and CASA aborts when it reads a whole column: it writes behind the end of the array.
Therefore rows are read by a selection, which reads cell by cell, and appended to a copy that replaces the table.
"""

import ctypes
import os
import re
import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from . import interrupts, runtime
from .model_column import UNFINISHED, link_table
from .tools import open_table, query

_TASK = re.compile(r"taskname\s*=\s*(?P<name>\w+)")
_OF_CORRECTED = re.compile(r"datacolumn\s*=\s*[\"']?corrected[\"']?", re.IGNORECASE)
_COPYING = ("split", "mstransform", "cvel2", "hanningsmooth", "partition", "uvcontsub")
# renameat2 of the C library: a path is relative to the working directory; exchange two paths.
_AT_WORKING_DIRECTORY, _EXCHANGE = -100, 2


def was_split_off_calibrated(vis: Path) -> bool:
    """Return whether DATA of a MeasurementSet were copied from CORRECTED_DATA of another MeasurementSet."""
    if not (vis / "HISTORY" / "table.dat").is_file():
        return False
    with all_rows(vis / "HISTORY") as rows:
        messages = [str(message) for message in rows.getcol("MESSAGE")] if rows.nrows() else []
    task = ""
    for message in messages:
        if match := _TASK.match(message.strip()):
            task = match["name"]
        elif task in _COPYING and _OF_CORRECTED.match(message.strip()):
            return True
    return False


@contextmanager
def all_rows(path: Path) -> Iterator[Any]:
    """Open a table for reading, and select all its rows; their number need not be right in the files of the columns."""
    with open_table(path) as table, query(table, "ROWNUMBER() >= 0") as rows:
        yield rows


def append_to_history(vis: Path, messages: Sequence[str], origin: str) -> None:
    """Append messages to HISTORY as CASA does; if the process is killed, HISTORY has all messages or none.

    File systems that cannot exchange two directories, such as NFS, do not have this safety.
    """
    linked = vis / UNFINISHED / f"history-{socket.gethostname()}-{os.getpid()}"
    try:
        _link_all_but_history(vis, linked)
        _append(linked, messages, origin)
        if not _exchanged(linked / "HISTORY", (vis / "HISTORY").resolve()):
            _append(vis, messages, origin)
    finally:
        shutil.rmtree(linked, ignore_errors=True)
        with suppress(OSError):  # something else is being made
            linked.parent.rmdir()


def _link_all_but_history(vis: Path, linked: Path) -> None:
    """Make a MeasurementSet of links to another one, with a copy of its HISTORY."""
    link_table(vis, linked)
    for path in vis.iterdir():
        if (path / "table.dat").is_file() and path.name != "HISTORY":
            (linked / path.name).symlink_to(path.absolute())
    with all_rows(vis / "HISTORY") as rows:
        rows.copy(str(linked / "HISTORY"), deep=True, valuecopy=True).close()


def _append(vis: Path, messages: Sequence[str], origin: str) -> None:
    ms = runtime.casatools().ms()
    with interrupts.deferred():
        ms.open(str(vis), nomodify=False)
        try:
            ms.writehistory_batch(messages=list(messages), origin=origin)
        finally:
            ms.close()


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two directories in a single step; return whether the file system can do so."""
    for path in one.iterdir():
        if (other / path.name).exists():
            shutil.copymode(other / path.name, path)
    shutil.copymode(other, one)
    try:
        rename = ctypes.CDLL(None).renameat2
    except AttributeError:  # a C library without it
        return False
    paths = (os.fsencode(one), os.fsencode(other))
    return bool(rename(_AT_WORKING_DIRECTORY, paths[0], _AT_WORKING_DIRECTORY, paths[1], _EXCHANGE) == 0)
