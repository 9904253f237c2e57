"""Which engine to use.

``parallel`` None, False or 'false': one MeasurementSet after another. True, 'true' or 'automatic': the ranks of mpirun,
where Python was started by it; else a Dask cluster, where one is given; else processes on this machine.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from ..casa import mpi
from .base import Executor
from .serial import SerialExecutor

#: What dask.distributed itself calls the address of a scheduler.
ADDRESS_VARIABLE = "DASK_SCHEDULER_ADDRESS"

_WANTED = (True, "true", "automatic")

_scheduler: ContextVar[str | None] = ContextVar("scheduler", default=None)


@contextmanager
def using_dask(address: str | None) -> Iterator[None]:
    """Have `choose` take this Dask cluster; None leaves it to the environment."""
    token = _scheduler.set(address)
    try:
        yield
    finally:
        _scheduler.reset(token)


def choose(parallel: Any) -> Executor:
    """Return the engine.

    Under mpirun with casampi, only the process of rank 0 ever returns from here: the others serve it to their end,
    whatever `parallel` is, for they would all work on the same MeasurementSets at the same time.

    Parameters
    ----------
    parallel : {None, True, False, 'automatic', 'true', 'false'}
        One of the spec's options.

    Raises
    ------
    EngineError
        If what an engine needs is not installed.
    """
    mpi.serve_unless_client()
    given = _scheduler.get()
    # Who names a cluster wants it used.
    if parallel not in _WANTED and not (parallel is None and given):
        return SerialExecutor()
    if mpi.is_under_mpirun():
        from .mpi import MPIExecutor

        mpi.require()
        return MPIExecutor()
    if address := given or os.environ.get(ADDRESS_VARIABLE):
        from .dask import DaskExecutor

        return DaskExecutor(address)
    from .local import LocalExecutor

    return LocalExecutor()
