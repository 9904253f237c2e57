"""Choose an engine.

With ``parallel`` None, False or 'false' MeasurementSets are worked on one after another. With True, 'true' or
'automatic' the engine is MPI if mpirun started Python, otherwise Dask if the address of a cluster is set, otherwise
local processes.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from ..casa import mpi
from .base import Executor
from .serial import SerialExecutor

#: Environment variable with the address of a scheduler, as in dask.distributed.
ADDRESS_VARIABLE = "DASK_SCHEDULER_ADDRESS"

_WANTED = (True, "true", "automatic")

_scheduler: ContextVar[str | None] = ContextVar("scheduler", default=None)


@contextmanager
def using_dask(address: str | None) -> Iterator[None]:
    """Make `choose` use this Dask cluster; with None it uses the cluster of the environment variable, if any."""
    token = _scheduler.set(address)
    try:
        yield
    finally:
        _scheduler.reset(token)


def choose(parallel: Any) -> Executor:
    """Return the engine.

    Under mpirun with casampi, this function returns in the process of rank 0 only. The other processes become servers
    until their end, whatever `parallel` is; otherwise all of them would work on the same MeasurementSets.

    Parameters
    ----------
    parallel : {None, True, False, 'automatic', 'true', 'false'}
        The parameter of the stage.

    Raises
    ------
    EngineError
        If a package that the engine needs is not installed.
    """
    mpi.serve_unless_client()
    address = _scheduler.get()
    # The address of a cluster implies parallel=True, unless parallel=False.
    if parallel not in _WANTED and not (parallel is None and address):
        return SerialExecutor()
    if mpi.is_under_mpirun():
        from .mpi import MPIExecutor

        mpi.require()
        return MPIExecutor()
    if address := address or os.environ.get(ADDRESS_VARIABLE):
        from .dask import DaskExecutor

        return DaskExecutor(address)
    from .local import LocalExecutor

    return LocalExecutor()
