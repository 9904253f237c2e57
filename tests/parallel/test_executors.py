"""What every engine promises, on small jobs: order, errors, deaths, messages; and the choice of the engine."""

import logging
import os
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from helpers import jobs_to_run as work
from helpers.shell_runs import PACKAGE_PARENT, TESTS, is_alive, wait_until
from pipeline_gfluxscale.casa import mpi
from pipeline_gfluxscale.errors import EngineError, InputError
from pipeline_gfluxscale.parallel import Job, choose, serial
from pipeline_gfluxscale.parallel.base import unpacked
from pipeline_gfluxscale.parallel.choose import using_dask
from pipeline_gfluxscale.parallel.local import LocalExecutor
from pipeline_gfluxscale.parallel.packed_job import PackedJob
from pipeline_gfluxscale.parallel.run_directory import RunDirectory, make_run_directory
from pipeline_gfluxscale.parallel.serial import SerialExecutor
from pipeline_gfluxscale.parallel.supervise import supervise
from pipeline_gfluxscale.pipeline.context import Context
from pipeline_gfluxscale.recipes.recipe import Command
from pipeline_gfluxscale.recipes.run_recipe import run_commands
from pipeline_gfluxscale.recipes.run_stage import run_stage
from pipeline_gfluxscale.system import machine


def jobs(*pairs, memory=0):
    return [Job(f"{i}.ms", function, argument, memory) for i, (function, argument) in enumerate(pairs)]


@pytest.fixture(params=["serial", "local", "dask"])
def executor(request):
    if request.param == "serial":
        return SerialExecutor()
    if request.param == "local":
        return LocalExecutor(3)
    from pipeline_gfluxscale.parallel.dask import DaskExecutor

    return DaskExecutor(request.getfixturevalue("dask_cluster"))


def test_outcomes_are_in_the_order_of_the_tasks(executor, tmp_path):
    outcomes = executor.run(jobs(*((work.square_slowly, n) for n in range(3))), tmp_path)
    assert [(o.label, o.result, o.error) for o in outcomes] == [("0.ms", 0, ""), ("1.ms", 1, ""), ("2.ms", 4, "")]
    assert list(tmp_path.iterdir()) == []


def test_no_tasks_have_no_outcomes(executor, tmp_path):
    assert executor.run([], tmp_path) == []


def test_calls_share_a_worker_if_they_are_asked_to(tmp_path):
    """A worker that has died is replaced; outside, each call has its own."""

    def pids(*more):
        return [o.result for o in SerialExecutor().run(jobs((work.where, 0), (work.where, 0), *more), tmp_path)]

    with serial.one_worker(), serial.one_worker():
        first, second, third = pids(), pids((work.die, 0)), pids()
    assert len({*first, *second[:2]}) == 1
    assert second[2] is None
    assert len({*first, *third, *pids()}) == 3
    assert not is_alive(third[0])
    assert list(tmp_path.iterdir()) == []


def test_an_exception_costs_only_its_own_task(executor, tmp_path):
    outcomes = executor.run(jobs((work.fail, "no"), (work.square, 3)), tmp_path)
    assert [(o.result, o.error.partition(";")[0]) for o in outcomes] == [(None, "ZeroDivisionError: no"), (9, "")]


def test_a_death_costs_only_its_own_task(executor, tmp_path):
    deaths = [(work.die, None), (work.square, 3), (work.leave, 3), (work.no_pickle, None), (work.square, 4)]
    killed, first, left, unsent, second = executor.run(jobs(*deaths), tmp_path)
    assert (first.result, second.result) == (9, 16)
    assert killed.error.startswith("its worker was killed by SIGKILL in the step 'Solve'; ")
    assert left.error == "its worker ended with status 3 while it started, without an answer"
    assert "cannot be sent" in unsent.error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("executor", ["local", "dask"], indirect=True)
def test_the_death_of_a_single_task_is_survived(executor, tmp_path):
    (killed,) = executor.run(jobs((work.die, None)), tmp_path)
    assert "SIGKILL" in killed.error


@pytest.mark.parametrize("executor", ["local", "dask"], indirect=True)
def test_workers_are_processes_of_their_own_without_casa(executor, tmp_path):
    outcomes = executor.run(jobs(*((work.where, None) for _ in range(3)), (work.casa_is_here, None)), tmp_path)
    pids = [o.result for o in outcomes[:3]]
    assert len({*pids, os.getpid()}) == 4
    assert [o.worker.rpartition(":")[2] for o in outcomes[:3]] == [str(pid) for pid in pids]
    assert all(0 < o.elapsed < 60 and o.peak_memory > 1e7 for o in outcomes)
    assert outcomes[3].result is False


def test_messages_of_workers_are_labelled(executor, tmp_path, caplog):
    with caplog.at_level(logging.INFO, "pipeline_gfluxscale"):
        executor.run(jobs((work.speak, "yes"), (work.speak, "no")), tmp_path)
    said = [(r.levelname, r.getMessage()) for r in caplog.records if r.name == "pipeline_gfluxscale.test"]
    assert sorted(said) == [("WARNING", "0.ms: it says yes"), ("WARNING", "1.ms: it says no")]
    assert "0.ms: done after" in caplog.text


def test_a_serial_run_replaces_a_worker_that_died_or_has_run_its_number_of_jobs(tmp_path, monkeypatch):
    monkeypatch.setattr(serial, "JOBS_OF_WORKER", 2)
    pairs = [(work.where, None), (work.die, None), *((work.where, None) for _ in range(3))]
    first, killed, second, same, third = SerialExecutor().run(jobs(*pairs), tmp_path)
    assert killed.error
    assert second.result == same.result
    assert len({os.getpid(), first.result, second.result, third.result}) == 4


@pytest.mark.parametrize("executor", [SerialExecutor(), LocalExecutor(2)], ids=["serial", "local"])
def test_a_death_on_a_full_disk_names_the_directory(executor, tmp_path, monkeypatch):
    """CASA aborts when it cannot write; the disk of the MeasurementSet may be another than the working directory's."""
    usage = shutil.disk_usage(tmp_path)
    full = tmp_path / "full"
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=0 if path == full else 10**12))
    dead = Job("a.ms", work.die, None, directories=[full])
    killed, other = executor.run([dead, Job("b.ms", work.die, None)], tmp_path)
    assert killed.error.endswith(f"; the disk of {full} is full: 0.0 MB are left")
    assert "full" not in other.error


def test_a_single_job_of_a_serial_run_is_done_in_this_process(tmp_path):
    (outcome,) = SerialExecutor().run(jobs((work.where, None)), tmp_path)
    assert outcome.result == os.getpid()


def test_a_host_that_does_not_see_the_working_directory_says_so(tmp_path):
    with make_run_directory(tmp_path) as run_directory, run_directory:
        job = PackedJob.of(0, "a.ms", (work.square, 3), run_directory)
        assert unpacked(supervise(job)).result == 9
        elsewhere = replace(job, run_directory=RunDirectory(tmp_path / "elsewhere" / run_directory.path.name))
        outcome = unpacked(supervise(elsewhere))
    assert f"does not see {tmp_path / 'elsewhere'}" in outcome.error


def test_an_mpi_rank_hides_its_mpi_from_its_workers(tmp_path, monkeypatch):
    """CASA would take a worker for a rank."""
    monkeypatch.setenv("OMPI_COMM_WORLD_RANK", "1")
    (rank, _), (threads, _) = (
        o.result
        for o in LocalExecutor().run(
            jobs((work.environment, "OMPI_COMM_WORLD_RANK"), (work.environment, "OMP_NUM_THREADS")), tmp_path
        )
    )
    assert rank is None
    assert threads == "1"


def test_scripts_need_no_main_guard(tmp_path):
    """A process pool would import the script in each worker, and so start it again."""
    script = tmp_path / "script.py"
    script.write_text(
        "print('started')\n"
        "from helpers import jobs_to_run as work\n"
        "from pathlib import Path\n"
        "from pipeline_gfluxscale.parallel import Job\n"
        "from pipeline_gfluxscale.parallel.local import LocalExecutor\n"
        "print([o.result for o in LocalExecutor(2).run([Job(str(n), work.square, n) for n in (2, 3)], Path())])\n"
    )
    path = os.pathsep.join([PACKAGE_PARENT, TESTS])
    environment = os.environ | {"PYTHONPATH": path}
    said = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert said == "started\n[4, 9]\n"


def test_workers_die_with_the_process_that_started_them(tmp_path):
    marker = tmp_path / "pid"
    code = (
        "from helpers import jobs_to_run as work\n"
        "from pathlib import Path\n"
        "from pipeline_gfluxscale.parallel import Job\n"
        "from pipeline_gfluxscale.parallel.local import LocalExecutor\n"
        f"LocalExecutor().run([Job('a', work.sleep, {str(marker)!r}), Job('b', work.square, 1)], Path())\n"
    )
    path = os.pathsep.join([PACKAGE_PARENT, TESTS])
    process = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, env=os.environ | {"PYTHONPATH": path})
    assert wait_until(lambda: marker.exists() and bool(marker.read_text()))
    process.kill()
    process.wait()
    assert wait_until(lambda: not is_alive(int(marker.read_text())))
    assert list(tmp_path.glob(".gfluxscale-*")) != []
    LocalExecutor().run(jobs((work.square, 1), (work.square, 2)), tmp_path)
    assert list(tmp_path.glob(".gfluxscale-*")) == []


def test_a_stopped_worker_may_clean_up(tmp_path):
    marker = tmp_path / "pid"
    outcomes = LocalExecutor().outcomes
    executor = LocalExecutor(2)

    def interrupted(all_jobs, packed, run_directory):
        for each in outcomes(all_jobs, packed, run_directory):
            assert wait_until(marker.exists)
            raise KeyboardInterrupt
            yield each

    executor.outcomes = interrupted
    with pytest.raises(KeyboardInterrupt):
        executor.run(jobs((work.sleep, str(marker)), (work.square, 1)), tmp_path)
    assert wait_until(Path(f"{marker}.cleaned").exists)
    assert not is_alive(int(marker.read_text()))


def test_a_task_of_a_lost_dask_worker_is_not_tried_again(dask_cluster, tmp_path):
    from distributed import Client

    from pipeline_gfluxscale.parallel.dask import DaskExecutor

    marker, found = tmp_path / "pid", []
    run = threading.Thread(
        target=lambda: found.extend(
            DaskExecutor(dask_cluster).run(jobs((work.sleep, str(marker)), (work.square, 3)), tmp_path)
        )
    )
    run.start()
    assert wait_until(lambda: marker.exists() and bool(marker.read_text()))
    parent = int(Path(f"/proc/{marker.read_text()}/stat").read_text().rsplit(")", 1)[1].split()[1])
    with Client(dask_cluster, set_as_default=False) as client:
        assert parent in client.run(os.getpid).values()
    os.kill(parent, 9)
    run.join(60)
    assert not run.is_alive()
    lost, other = found
    assert "lost" in lost.error
    assert other.result == 9
    assert not is_alive(int(marker.read_text()))


def test_memory_limits_the_number_of_workers(monkeypatch):
    monkeypatch.setattr(machine, "cores", lambda: 8)
    monkeypatch.setattr(machine, "available_memory", lambda: 10_000_000_000)
    six = jobs(*((work.square, n) for n in range(6)), memory=3_000_000_000)
    assert LocalExecutor().workers_for(six) == 3
    assert LocalExecutor().workers_for(six[:2]) == 2
    assert LocalExecutor(5).workers_for(six) == 5
    assert LocalExecutor().describe(six[:2]) == "2 worker processes on this machine"
    assert "3 worker processes on this machine: its cores suffice for 6" in LocalExecutor().describe(six)
    monkeypatch.setattr(machine, "available_memory", lambda: 0)
    assert LocalExecutor().workers_for(six) == 1
    assert LocalExecutor().workers_for(jobs(*((work.square, n) for n in range(20)))) == 8


def test_memory_of_this_machine_is_known():
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert 0 < machine.available_memory() <= total
    assert machine.cores() >= 1


@pytest.fixture
def cgroups(tmp_path, monkeypatch):
    """Return a function that makes files of control groups, and puts this process into one."""
    monkeypatch.setattr(machine, "_CGROUPS", tmp_path)
    monkeypatch.setattr(machine, "_OWN_CGROUPS", tmp_path / "own")

    def make(own, files):
        (tmp_path / "own").write_text(own)
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)

    return make


CGROUPS_2 = {
    "memory.max": "max\n",
    "job/memory.max": "3000\n",
    "job/memory.current": "2500\n",
    "job/memory.stat": "anon 2000\ninactive_file 400\n",
    "job/step/memory.max": "max\n",
    "job/cpu.max": "max 100000\n",
    "cpu.max": "50000 100000\n",
}
CGROUPS_1 = {
    "memory/job/memory.limit_in_bytes": "3000\n",
    "memory/job/memory.usage_in_bytes": "2500\n",
    "memory/job/memory.stat": "inactive_file 1\ntotal_inactive_file 400\n",
    "memory/memory.limit_in_bytes": "9223372036854771712\n",
    "memory/memory.usage_in_bytes": "5000\n",
    "cpu/job/cpu.cfs_quota_us": "-1\n",
    "cpu/job/cpu.cfs_period_us": "100000\n",
    "cpu/cpu.cfs_quota_us": "50000\n",
    "cpu/cpu.cfs_period_us": "100000\n",
}


@pytest.mark.parametrize(
    ("own", "files"),
    [
        ("0::/job/step\n", CGROUPS_2),
        ("4:memory:/job/step\n3:cpu,cpuacct:/job\n0::/elsewhere\n", CGROUPS_1),
    ],
    ids=["version 2", "version 1"],
)
def test_limits_of_control_groups_count(cgroups, own, files):
    cgroups(own, files)
    assert machine.available_memory() == 900
    assert machine.cores() == 1


@pytest.mark.parametrize("parallel", [None, False, "false"])
def test_serial_unless_asked(parallel, monkeypatch):
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", "tcp://127.0.0.1:1")
    assert isinstance(choose(parallel), SerialExecutor)


@pytest.mark.parametrize("parallel", [True, "true", "automatic"])
def test_local_processes_where_there_is_nothing_better(parallel, monkeypatch):
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    assert isinstance(choose(parallel), LocalExecutor)


def test_a_dask_cluster_goes_before_local_processes(monkeypatch):
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", "tcp://127.0.0.1:1")
    assert choose("automatic").name == "Dask"
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS")
    with using_dask("tcp://127.0.0.1:2"):
        assert choose(None).name == choose(True).name == "Dask"
        assert isinstance(choose(False), SerialExecutor)


def test_mpi_goes_before_dask(monkeypatch):
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", "tcp://127.0.0.1:1")
    monkeypatch.setattr(mpi, "is_under_mpirun", lambda: True)
    monkeypatch.setattr(mpi, "serve_unless_client", lambda: None)
    monkeypatch.setattr(mpi, "require", lambda: None)
    assert choose("automatic").name == "MPI"
    assert isinstance(choose(None), SerialExecutor)


def test_ranks_serve_before_recipes_and_stages_touch_data(tmp_path, monkeypatch):
    """Else all of them would import the same data, and the first stages work on them."""

    def serve():
        raise SystemExit

    monkeypatch.setattr(mpi, "serve_unless_client", serve)
    absent = tmp_path / "absent.ms"
    with pytest.raises(SystemExit):
        next(run_commands(Context(tmp_path), [Command("hifa_gfluxscale")], [absent]))
    with pytest.raises(SystemExit):
        run_stage(Context(tmp_path), "hifa_gfluxscale", {"vis": str(absent)})
    monkeypatch.undo()
    with pytest.raises(InputError, match=r"absent\.ms"):
        next(run_commands(Context(tmp_path), [Command("hifa_gfluxscale")], [absent]))


def test_what_is_missing_for_mpi_is_said(monkeypatch):
    monkeypatch.setenv("OMPI_COMM_WORLD_SIZE", "3")
    monkeypatch.setattr(mpi, "_is_installed", lambda: False)
    with pytest.raises(EngineError, match=r"casampi is missing.*pip install"):
        choose("automatic")
    assert isinstance(choose(False), SerialExecutor)


@pytest.mark.parametrize("address", ["nonsense", "foo://127.0.0.1:8786", "tcp://127.0.0.1"])
def test_what_is_no_address_is_said_at_once(address):
    with using_dask(address), pytest.raises(EngineError, match=rf"'{address}' is no address of a Dask scheduler"):
        choose("automatic")


def test_a_scheduler_that_does_not_answer_is_an_error_before_any_work(tmp_path, monkeypatch):
    from pipeline_gfluxscale.parallel import dask

    monkeypatch.setattr(dask, "SCHEDULER_TIMEOUT", 1)
    with pytest.raises(EngineError, match=r"no Dask scheduler answers at tcp://127.0.0.1:9"):
        dask.DaskExecutor("tcp://127.0.0.1:9").run(jobs((work.square, 1)), tmp_path)
    assert list(tmp_path.iterdir()) == []
