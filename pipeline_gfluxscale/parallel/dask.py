"""The engine for a Dask cluster.

Dask sends the jobs to its hosts. A Dask worker runs `supervise`, which does not use CASA, so a Dask worker may have as
many threads as its host has cores.
"""

import logging
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..errors import EngineError, shown
from .base import Job, Outcome, ProcessExecutor, unpacked
from .packed_job import PackedJob
from .run_directory import RunDirectory
from .supervise import GRACE, supervise

if TYPE_CHECKING:
    from distributed import Client

LOG = logging.getLogger(__name__)

_POLL = 0.2  # s

#: Longest wait for the scheduler (s).
SCHEDULER_TIMEOUT = 30
#: Longest wait for a first worker (s), which a batch system may start late.
WORKER_TIMEOUT = 600


class DaskExecutor(ProcessExecutor):
    """Run jobs on a Dask cluster.

    Parameters
    ----------
    address : str
        Address of the scheduler, such as ``'tcp://10.0.0.1:8786'``.

    Raises
    ------
    EngineError
        If dask.distributed is not installed, or if the address is invalid.
    """

    name = "Dask"

    def __init__(self, address: str):
        try:
            from distributed.comm.addressing import get_address_host_port
        except ImportError as error:
            raise EngineError("dask.distributed is missing: pip install 'pipeline_gfluxscale[dask]'") from error
        try:
            get_address_host_port(address)  # a client would report an invalid address only after a minute
        except ValueError as error:
            raise EngineError(
                f"{shown(address)} is no address of a Dask scheduler, such as 'tcp://10.0.0.1:8786': {error}"
            ) from error
        self._address = address

    def describe(self, jobs: Sequence[Job]) -> str:
        """Return a description of the workers."""
        return f"the Dask cluster at {self._address}"

    def outcomes(
        self, jobs: Sequence[Job], packed: Sequence[PackedJob], run_directory: RunDirectory
    ) -> Generator[tuple[int, Outcome], None, None]:
        """Yield outcomes in the order in which jobs end."""
        from distributed import as_completed

        with self._client() as client, _waiting_for_the_stopped() as running, run_directory:
            _wait_for_a_worker(client)
            running += [_submitted(client, job) for job in packed]
            index_of = {future.key: job.index for future, job in zip(running, packed, strict=True)}
            for future in as_completed(running, loop=client.loop, raise_errors=False):
                index = index_of[future.key]
                yield index, _outcome(future, jobs[index].label)

    def _client(self) -> "Client":
        from distributed import Client

        try:
            return Client(self._address, timeout=SCHEDULER_TIMEOUT, set_as_default=False)
        except OSError as error:
            raise EngineError(f"no Dask scheduler answers at {self._address}: {error}") from error


@contextmanager
def _waiting_for_the_stopped() -> Iterator[list[Any]]:
    """After an error, wait until supervisors have ended their workers: the end of the client cancels their jobs."""
    futures: list[Any] = []
    try:
        yield futures
    except BaseException:
        deadline = time.monotonic() + 3 * GRACE
        while any(future.status == "pending" for future in futures) and time.monotonic() < deadline:
            time.sleep(_POLL)
        raise


def _submitted(client: "Client", job: PackedJob) -> Any:
    # The key differs from run to run; for a known key Dask would return the result of an earlier run.
    key = f"gfluxscale-{job.run_directory.path.name}-{job.index}"
    return client.submit(supervise, job, key=key, pure=False, retries=0)


def _wait_for_a_worker(client: "Client") -> None:
    if not client.scheduler_info()["workers"]:
        LOG.warning("the Dask cluster has no workers yet; waiting up to %d s for the first", WORKER_TIMEOUT)
    try:
        client.wait_for_workers(1, timeout=WORKER_TIMEOUT)
    except TimeoutError as error:
        raise EngineError(f"the Dask cluster has no workers after {WORKER_TIMEOUT} s") from error


def _outcome(future: Any, label: str) -> Outcome:
    if future.status == "finished":
        return unpacked(future.result())
    if future.status == "error":
        error = future.exception()
        return Outcome(label, error=f"its Dask worker was lost or could not start it: {type(error).__name__}: {error}")
    return Outcome(label, error=f"the Dask cluster lost it ({future.status})")
