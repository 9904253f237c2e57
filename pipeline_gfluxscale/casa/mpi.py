"""Use casampi if mpirun started Python: the first process is the client, and the others are servers.

In a server, the import of casatasks does not return: casampi executes the client's requests until the end of the
process. This module imports casampi early, after it has configured CASA's runtime data.
"""

import functools
import importlib
import importlib.util
import os
from typing import Any

from ..errors import EngineError
from . import runtime


def is_under_mpirun() -> bool:
    """Return whether this is one of several processes that OpenMPI's mpirun has started."""
    return int(os.environ.get("OMPI_COMM_WORLD_SIZE", "1")) > 1


def serve_unless_client() -> None:
    """Under mpirun, become a server unless this is the first process; in a server this call does not return."""
    if is_under_mpirun() and _is_installed():
        _environment()
        # In a server this import does not return.
        importlib.import_module("casampi.private.start_mpi")
        # With the client started, casampi ends the servers when this process ends, also after an error.
        if _environment().is_mpi_enabled:
            client()


def require() -> None:
    """Raise `EngineError` if the processes that mpirun has started cannot work together."""
    if not _is_installed():
        raise EngineError(
            "Python was started by mpirun, but casampi is missing, with which the processes share the work: "
            "pip install 'pipeline_gfluxscale[mpi]'"
        )
    environment = _environment()
    if not environment.is_mpi_enabled:
        raise EngineError(f"casampi cannot use this MPI: {str(environment.mpi_error_msg).strip().splitlines()[-1]}")


def server_ranks() -> list[int]:
    """Return the ranks of the servers."""
    ranks: list[int] = _environment().mpi_server_rank_list()
    return ranks


@functools.cache
def client() -> Any:
    """Return casampi's client, after it has started the servers; only for the process of rank 0."""
    made = importlib.import_module("casampi.MPICommandClient").MPICommandClient()
    made.start_services()
    return made


def _is_installed() -> bool:
    return importlib.util.find_spec("casampi") is not None


@functools.cache
def _environment() -> Any:
    casatools = runtime.casatools()
    environment = importlib.import_module("casampi.MPIEnvironment").MPIEnvironment
    # casampi makes CASA show all log messages on the terminal.
    casatools.logsink().showconsole(False)
    return environment
