"""casampi: whether Python was started by mpirun, and what the processes then do.

casampi takes over every process but the first when casatasks is imported there: it serves to its end. This module has
it done early and on purpose, with CASA's runtime data settled before.
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
    """Under mpirun, serve the first process if this is not the first; then this process ends here."""
    if is_under_mpirun() and _is_installed():
        _environment()
        # Servers stay in this import.
        importlib.import_module("casampi.private.start_mpi")
        # Whatever comes of this process, at its end casampi then ends the others, and mpirun finds all in order.
        if _environment().is_mpi_enabled:
            client()


def require() -> None:
    """Raise `EngineError` if the processes that mpirun has started cannot work together."""
    if not _is_installed():
        raise EngineError(
            "Python was started by mpirun, and casampi is missing, which the processes need to share the work: "
            "pip install 'pipeline_gfluxscale[mpi]'"
        )
    environment = _environment()
    if not environment.is_mpi_enabled:
        raise EngineError(f"casampi cannot use this MPI: {str(environment.mpi_error_msg).strip().splitlines()[-1]}")


def server_ranks() -> list[int]:
    """Return the ranks of the processes that serve."""
    ranks: list[int] = _environment().mpi_server_rank_list()
    return ranks


@functools.cache
def client() -> Any:
    """Return casampi's client, with the servers started; in the process of rank 0 only."""
    made = importlib.import_module("casampi.MPICommandClient").MPICommandClient()
    made.start_services()
    return made


def _is_installed() -> bool:
    return importlib.util.find_spec("casampi") is not None


@functools.cache
def _environment() -> Any:
    casatools = runtime.casatools()
    environment = importlib.import_module("casampi.MPIEnvironment").MPIEnvironment
    # casampi has all of CASA's log shown on the terminal.
    casatools.logsink().showconsole(False)
    return environment
