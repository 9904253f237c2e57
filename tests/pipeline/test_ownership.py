"""One run at a time owns a MeasurementSet, whatever it is called there, and however the owner ends."""

import errno
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from filelock import FileLock

from pipeline_gfluxscale.errors import InputError, MeasurementSetLockedError, NotEnoughDiskSpaceError
from pipeline_gfluxscale.pipeline.ownership import (
    RUN,
    WORK,
    check_different,
    is_owned,
    owning,
    owns_its_data,
    working_on,
)
from pipeline_gfluxscale.system.environment import LOCK_TIMEOUT


@pytest.fixture
def vis(tmp_path, monkeypatch) -> Path:
    """Return a directory that looks like a table."""
    return table(tmp_path / "x.ms")


def table(path: Path) -> Path:
    path.mkdir()
    (path / "table.dat").touch()
    return path


@pytest.fixture
def other():
    """Return a function that has another process do something until it is killed."""
    pids = []

    def start(work: Callable[[Callable[[], None]], None]) -> int:
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            with suppress(BaseException):
                work(lambda: os.write(writer, b"!"))
            os._exit(0)
        os.close(writer)
        os.read(reader, 1)
        os.close(reader)
        pids.append(pid)
        return pid

    yield start
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(pid, 0)


@pytest.fixture
def owner(other) -> Callable[[Path], int]:
    """Return a function that has another process own an MS."""

    def own(path: Path) -> int:
        def work(ready):
            with owning([path]):
                ready()
                time.sleep(60)

        return other(work)

    return own


def wait_only(monkeypatch, seconds: float) -> None:
    monkeypatch.setenv(LOCK_TIMEOUT[0], str(seconds))


def test_who_waits_is_told_for_whom_and_gives_up(vis, owner, monkeypatch, caplog):
    pid = owner(vis)
    wait_only(monkeypatch, 0.3)
    with caplog.at_level(logging.WARNING), pytest.raises(MeasurementSetLockedError) as caught, owning([vis]):
        pass
    named = f"process {pid} on {socket.gethostname()} since 20"
    assert f"x.ms is in use by another run, {named}" in caplog.text
    assert "waiting up to 0 s" in caplog.text
    assert str(vis) in str(caught.value)
    assert named in str(caught.value)
    assert LOCK_TIMEOUT[0] in str(caught.value)


@pytest.mark.parametrize("name", ["link.ms", "sub/../x.ms", "x.ms/"])
def test_other_names_are_the_same_ms(vis, owner, monkeypatch, name):
    (vis.parent / "sub").mkdir()
    (vis.parent / "link.ms").symlink_to(vis)
    owner(vis)
    wait_only(monkeypatch, 0)
    monkeypatch.chdir(vis.parent)
    with pytest.raises(MeasurementSetLockedError), owning([Path(name)]):
        pass


def test_an_owner_that_ends_is_followed_by_who_waits(vis, other):
    end = vis.with_name("end")

    def work(ready):
        with owning([vis]):
            ready()
            time.sleep(0.5)
            end.touch()

    other(work)
    with owning([vis]):
        assert end.exists()
        assert is_owned(vis)
    assert sorted(path.name for path in vis.iterdir()) == ["table.dat"]


def test_what_a_killed_owner_leaves_is_in_nobodys_way(vis, owner, monkeypatch):
    pid = owner(vis)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert (vis / RUN).exists()
    wait_only(monkeypatch, 0)
    with owning([vis]):
        pass
    assert sorted(path.name for path in vis.iterdir()) == ["table.dat"]


def test_children_of_a_killed_owner_do_not_keep_it(vis, other, monkeypatch):
    def work(ready):
        with owning([vis]), working_on(vis):
            if os.fork() == 0:
                ready()
                time.sleep(5)
                os._exit(0)
            os.spawnv(os.P_NOWAIT, sys.executable, [sys.executable, "-c", "import time; time.sleep(5)"])
            time.sleep(60)

    pid = other(work)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    wait_only(monkeypatch, 0)
    with owning([vis]), working_on(vis):
        pass


def test_the_worker_of_a_killed_run_is_waited_for(vis, other, monkeypatch):
    def work(ready):
        with working_on(vis):
            ready()
            time.sleep(60)

    pid = other(work)
    wait_only(monkeypatch, 0)
    with pytest.raises(MeasurementSetLockedError, match=f"process {pid}"), owning([vis]):
        pass


def test_the_lock_holds_on_a_full_disk(vis, other, monkeypatch):
    """An empty file can be made there; the name of its owner cannot be written."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def work(ready):
        monkeypatch.setattr(os, "pwrite", full)
        with owning([vis]):
            ready()
            time.sleep(60)

    other(work)
    wait_only(monkeypatch, 0)
    with pytest.raises(MeasurementSetLockedError, match="another run, whose process is not known"), owning([vis]):
        pass


def test_without_room_for_a_lock_nothing_is_done(vis, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(FileLock, "acquire", full)
    with pytest.raises(NotEnoughDiskSpaceError, match=r"the disk of .*x\.ms is full"), owning([vis]):
        pass


def test_a_run_owns_what_it_owns_but_once(vis, monkeypatch):
    wait_only(monkeypatch, 0)
    with owning([vis]), owning([vis]), working_on(vis):
        assert {path.name for path in vis.iterdir()} == {"table.dat", RUN, WORK}
    assert not is_owned(vis)


def test_two_runs_that_name_them_in_another_order_do_not_wait_for_each_other(tmp_path, other, monkeypatch):
    paths = [table(tmp_path / name) for name in ("a.ms", "b.ms")]

    def work(ready):
        ready()
        for _ in range(30):
            with owning(reversed(paths)):
                time.sleep(0.001)

    pid = other(work)
    wait_only(monkeypatch, 20)
    for _ in range(30):
        with owning(paths):
            time.sleep(0.001)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


@pytest.mark.parametrize("value", ["soon", "-1", "nan"])
def test_a_time_that_is_none(vis, owner, monkeypatch, value):
    owner(vis)
    wait_only(monkeypatch, value)
    with pytest.raises(InputError, match=f"{LOCK_TIMEOUT[0]}='{value}'"), owning([vis]):
        pass


def test_what_is_no_ms_is_left_to_who_reads_it(tmp_path):
    with owning([tmp_path, tmp_path / "nothing.ms", Path("x" * 5000), Path("a\0b")]):
        assert list(tmp_path.iterdir()) == []


def test_a_stage_owns_what_it_is_called_for(vis):
    @owns_its_data
    def stage(vis, *, context=None):
        return is_owned(Path(vis[0]))

    assert stage([str(vis)])
    assert not is_owned(vis)


def test_the_same_data_twice(vis, tmp_path):
    (tmp_path / "link.ms").symlink_to(vis)
    with pytest.raises(InputError, match=r"link\.ms.*named twice.*x\.ms"):
        check_different([vis, tmp_path / "link.ms"])
    check_different([vis, tmp_path / "nothing.ms", tmp_path / "nothing.ms"])
