"""The tools of casatools that the package uses, as context managers that always close the tool."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from . import interrupts, runtime
from .locking import wait_for_lock


@contextmanager
def open_table(path: str | Path, *, write: bool = False) -> Iterator[Any]:
    """Open a CASA table with the table tool; read-only unless `write`.

    Raises
    ------
    MeasurementSetLockedError
        If another process keeps it locked.
    """
    wait_for_lock(Path(path), write=write)
    table = runtime.casatools().table()
    with interrupts.deferred():
        table.open(str(path), nomodify=not write)
        try:
            yield table
        finally:
            table.close()


@contextmanager
def query(table: Any, taql: str, **kwargs: Any) -> Iterator[Any]:
    """Select rows of an open table with a TaQL expression."""
    with interrupts.deferred():
        subtable = table.query(taql, **kwargs)
        try:
            yield subtable
        finally:
            subtable.close()


@contextmanager
def selected(table: Any, rows: np.ndarray) -> Iterator[Any]:
    """Select rows of an open table by their numbers."""
    chosen = table.selectrows(rows.tolist())
    try:
        yield chosen
    finally:
        chosen.close()


@contextmanager
def open_measurementset(vis: str | Path) -> Iterator[Any]:
    """Open a MeasurementSet with the ms tool, read-only.

    Raises
    ------
    MeasurementSetLockedError
        If another process keeps the MeasurementSet locked.
    """
    wait_for_lock(Path(vis))
    ms = runtime.casatools().ms()
    with interrupts.deferred():
        ms.open(str(vis))
        try:
            yield ms
        finally:
            ms.close()
