"""Settings with which CASA's tasks take less time; the results are the same."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import numpy as np

from . import runtime

# Tasks that solve for gains. Their threads of OpenMP share loops of some microseconds, and wait for each other most of
# the time: one thread takes half of the processor time, and less time on two cores that have other work.
_SOLVES = frozenset({"bandpass", "gaincal"})


@contextmanager
def settings_for(task: str) -> Iterator[None]:
    """Set the number of threads for a task, and shorten the task's result in CASA's log."""
    with _one_thread() if task in _SOLVES else nullcontext(), _short_arrays():
        yield


@contextmanager
def _one_thread() -> Iterator[None]:
    log = runtime.casatools().logsink()
    before = log.ompGetNumThreads()
    log.ompSetNumThreads(1)
    try:
        yield
    finally:
        log.ompSetNumThreads(before)


def _short_arrays() -> AbstractContextManager[object]:
    """Name arrays by their shapes: the results of gaincal contain thousands, and numpy takes 0.1 ms for each.

    numpy has the option from version 2.1 on.
    """
    if "override_repr" not in np.get_printoptions():
        return nullcontext()
    return np.printoptions(override_repr=lambda array: f"<array of shape {array.shape}>")
