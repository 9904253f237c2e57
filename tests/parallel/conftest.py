"""The engines, as real as they are: OpenMPI's mpirun, a Dask scheduler with two workers, local processes."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from helpers.shell_runs import PACKAGE_PARENT, TESTS, Engine

_LOCAL = Engine("local")
_MPI = Engine("mpi", ("mpirun", "-n", "3", "--oversubscribe", "--allow-run-as-root"))


@pytest.fixture(scope="session")
def dask_cluster(tmp_path_factory) -> Iterator[str]:
    """The address of a Dask scheduler on loopback with two workers of one thread each."""
    pytest.importorskip("distributed", reason="dask.distributed is not installed")
    directory = tmp_path_factory.mktemp("dask")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    path = os.pathsep.join([PACKAGE_PARENT, TESTS])
    dask = [sys.executable, "-m", "dask"]
    commands = [
        [*dask, "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"],
        *([*dask, "worker", address, "--nthreads", "1", "--no-dashboard", "--name", f"w{i}"] for i in range(2)),
    ]
    started = []
    with (directory / "dask.log").open("w") as log:
        for command in commands:
            started.append(
                subprocess.Popen(command, cwd=directory, env=os.environ | {"PYTHONPATH": path}, stdout=log, stderr=log)
            )
        _wait_for_workers(address, 2)
        yield address
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait(30)


def _wait_for_workers(address: str, number: int) -> None:
    from distributed import Client

    with Client(address, timeout=60, set_as_default=False) as client:
        client.wait_for_workers(number, timeout=60)
        time.sleep(0.1)


@pytest.fixture(scope="session", params=["local", "dask", "mpi"])
def engine(request) -> Engine:
    """Each engine in turn."""
    if request.param == "local":
        return _LOCAL
    if request.param == "mpi":
        if shutil.which("mpirun") is None:
            pytest.skip("mpirun is not installed (Debian: openmpi-bin)")
        pytest.importorskip("casampi", reason="casampi is not installed")
        return _MPI
    address = request.getfixturevalue("dask_cluster")
    return Engine("dask", environment=(("DASK_SCHEDULER_ADDRESS", address),))
