"""A MeasurementSet that another process has locked: wait with a message, then give up."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline_gfluxscale import hifa_gfluxscale
from pipeline_gfluxscale.casa import locking
from pipeline_gfluxscale.errors import MeasurementSetLockedError
from pipeline_gfluxscale.stages.gfluxscale import task
from pipeline_gfluxscale.system.scratch import scratch_directory

# Opens an MS with a lock that nobody else gets, and keeps it until it reads a line, or the seconds given are over.
_HOLDER = """
import select, sys
from pipeline_gfluxscale.casa import runtime
table = runtime.casatools().table()
print("started", flush=True)
sys.stdin.readline()
table.open(sys.argv[1], nomodify=False, lockoptions={"option": "permanent"})
print("held", flush=True)
select.select([sys.stdin], [], [], float(sys.argv[2]))
table.close()
"""


class Holder:
    """Another process."""

    def __init__(self, vis: Path, seconds: float):
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        command = [sys.executable, "-c", _HOLDER, str(vis), str(seconds)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=vis.parent
        )
        self._wait_for("started")

    def hold(self) -> None:
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        self._wait_for("held")

    def _wait_for(self, word: str) -> None:
        while (line := self.process.stdout.readline()).strip() != word:
            assert line, "the other process ended"

    def release(self) -> None:
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def holder(vis) -> Iterator[Callable[..., Holder]]:
    """Return a function that starts the other process; seconds say for how long it will hold the lock."""
    started = []

    def start(seconds: float = 120) -> Holder:
        started.append(Holder(vis, seconds))
        return started[-1]

    yield start
    for each in started:
        each.release()


def test_locked_from_the_start(vis, holder, monkeypatch, caplog):
    other = holder()
    other.hold()
    monkeypatch.setattr(locking, "LOCK_TIMEOUT", 1.0)
    before = {path.name for path in vis.parent.iterdir()}
    with caplog.at_level(logging.WARNING), pytest.raises(MeasurementSetLockedError, match="still locked") as caught:
        hifa_gfluxscale(vis)
    assert str(vis) in str(caught.value)
    assert "observed.ms is locked by another process; waiting up to 1 s" in caplog.text
    assert {path.name for path in vis.parent.iterdir() if not path.name.startswith("casa-")} <= before


def test_a_lock_that_is_given_back_is_waited_for(vis, holder, caplog):
    holder(seconds=1.5).hold()
    with caplog.at_level(logging.WARNING):
        assert not hifa_gfluxscale(vis).failed
    assert "is locked by another process" in caplog.text


def test_locked_when_the_models_are_to_be_written(vis, holder, monkeypatch):
    other = holder()
    monkeypatch.setattr(locking, "LOCK_TIMEOUT", 1.0)
    real = task.set_models

    def locked(*arguments):
        other.hold()
        real(*arguments)

    monkeypatch.setattr(task, "set_models", locked)
    (results,) = hifa_gfluxscale(vis)
    assert "still locked by another process after 1 s" in results.error
    assert results.qa[0].band == "red"
    assert list(vis.parent.glob(".gfluxscale*")) == []
    other.release()
    monkeypatch.setattr(task, "set_models", real)
    assert not hifa_gfluxscale(vis).failed


def test_two_runs_in_one_directory(vis, tmp_path):
    """Their caltables would have the same names."""
    with (
        scratch_directory(tmp_path, vis.name),
        pytest.raises(MeasurementSetLockedError, match=r"another run .* observed\.ms"),
    ):
        hifa_gfluxscale(vis)
    assert not (tmp_path / "casa_commands.log").exists()


def test_a_process_id_that_is_used_again_is_no_run(vis, tmp_path):
    """The parent of this process lives, and has no lock."""
    left = tmp_path / f".gfluxscale-{vis.name}-{os.getppid()}"
    left.mkdir()
    (left / "alive.lock").touch()
    with scratch_directory(tmp_path, vis.name) as room:
        assert not left.exists()
        assert room.is_dir()
    assert not room.exists()


def test_an_ms_of_a_longer_name_is_another_one(tmp_path):
    with scratch_directory(tmp_path, "a.ms-2"), scratch_directory(tmp_path, "a.ms"):
        pass
