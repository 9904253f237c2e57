"""The ranks of an MPI job, reached with casampi, as CASA's own parallel tasks reach them.

Rank 0 is the client and runs the caller's script; the others serve. What runs there is `supervise`: a rank that worked
itself would answer no pings while CASA keeps Python's lock, which casampi takes for its death, and would take the whole
job with it if it were killed.
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
    """Run jobs on the servers of an MPI job: one at a time each."""

    name = "MPI"

    def describe(self, jobs: Sequence[Job]) -> str:
        """Return in words where jobs will run."""
        return f"{len(mpi.server_ranks())} MPI servers"

    def outcomes(
        self, jobs: Sequence[Job], packed: Sequence[PackedJob], run_directory: RunDirectory
    ) -> Generator[tuple[int, Outcome], None, None]:
        """Yield the outcomes as they come in."""
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
    """Return what has come in for pending requests, and what will not come any more."""
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
    """Give supervisors the time to end their workers; what waits for its turn will find the run over."""
    deadline = time.monotonic() + 3 * GRACE
    while pending and time.monotonic() < deadline:
        for request, _ in _answers(client, pending):
            del pending[request]
        time.sleep(_POLL)
