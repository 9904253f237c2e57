"""The engine for the servers of an MPI job, which are called with casampi, as by CASA's own parallel tasks.

The process of rank 0 is the client and runs the caller's script; the others are servers, which run `supervise`. There
are two reasons why a server does not run CASA itself: it could not answer casampi's pings while CASA holds Python's
global lock, and casampi would count it as dead; and if it were killed, the whole MPI job would end.
"""

import logging
import time
from collections.abc import Generator, Sequence
from typing import Any

from ..casa import mpi
from .base import Job, Outcome, ProcessExecutor, unpacked
from .packed_job import PackedJob
from .run_directory import RunDirectory
from .supervise import GRACE

LOG = logging.getLogger(__name__)

_POLL = 0.2  # s
_COMMAND = f"__import__('{__package__}.supervise', fromlist=['supervise']).supervise(job)"


class MPIExecutor(ProcessExecutor):
    """Run jobs on the servers of an MPI job, one job at a time per server."""

    name = "MPI"

    def describe(self, jobs: Sequence[Job]) -> str:
        """Return a description of the workers."""
        return f"{len(mpi.server_ranks())} MPI servers"

    def outcomes(
        self, jobs: Sequence[Job], packed: Sequence[PackedJob], run_directory: RunDirectory
    ) -> Generator[tuple[int, Outcome], None, None]:
        """Yield outcomes in the order in which jobs end."""
        client = mpi.client()
        pending: dict[int, PackedJob] = {}
        try:
            with run_directory:
                for job in packed:
                    (request,) = client.push_command_request(_COMMAND, parameters={"job": job})
                    pending[request] = job
                while pending:
                    time.sleep(_POLL)
                    for request, outcome in _answers(client, pending):
                        yield pending.pop(request).index, outcome
        finally:
            _wait_for_the_stopped(client, pending)


def _answers(client: Any, pending: dict[int, PackedJob]) -> list[tuple[int, Outcome]]:
    """Return the outcomes of requests that have been answered, or whose server was lost."""
    responses, requests = client.get_command_response_list(), client.get_command_request_list()
    servers = client.get_server_status()
    all_lost = all(status["timeout"] for status in servers.values())
    answers = []
    for request, job in pending.items():
        server = requests[request]["server"]
        if request in responses:
            answers.append((request, _outcome(responses[request], job.label)))
        elif all_lost or (server is not None and servers[server]["timeout"]):
            answers.append((request, Outcome(job.label, error=f"MPI server {server} was lost")))
    return answers


def _outcome(response: dict[str, Any], label: str) -> Outcome:
    if response["successful"]:
        return unpacked(response["ret"])
    last = str(response["traceback"]).strip().splitlines()[-1]
    return Outcome(label, error=f"MPI server {response['server']} could not start it: {last}")


def _wait_for_the_stopped(client: Any, pending: dict[int, PackedJob]) -> None:
    """Wait until supervisors have ended their workers; requests that have not started yet end at once."""
    deadline = time.monotonic() + 3 * GRACE
    while pending and time.monotonic() < deadline:
        for request, _ in _answers(client, pending):
            del pending[request]
        time.sleep(_POLL)
