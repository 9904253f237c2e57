"""A worker that stops answering: it is told of, given up where that is wanted, and costs the others nothing."""

import logging
import threading
import time

import pytest

from helpers import jobs_to_run as work
from helpers.shell_runs import is_alive
from pipeline_gfluxscale.errors import InputError
from pipeline_gfluxscale.parallel import Job, liveness
from pipeline_gfluxscale.parallel.local import LocalExecutor


@pytest.fixture(autouse=True)
def _quickly_told(monkeypatch):
    monkeypatch.setattr(liveness, "QUIET", 1.0)


def test_one_that_is_stopped_is_given_up_and_the_others_are_done(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("GFLUXSCALE_WORKER_TIMEOUT", "3")
    marker = tmp_path / "pid"
    tasks = [Job("stopped.ms", work.stop, str(marker)), Job("other.ms", work.square, 7)]
    with caplog.at_level(logging.WARNING):
        stopped, other = LocalExecutor(2).run(tasks, tmp_path)
    assert other.result == 49
    pid = int(marker.read_text())
    words = f"process {pid} has shown no sign of life for 3 s in the step 'Solve': it is stopped"
    assert stopped.error == f"its worker was given up: {words}"
    assert f"stopped.ms: process {pid} has shown no sign of life for 1 s" in caplog.text
    assert "given up after 3 s" in caplog.text
    assert not is_alive(pid)


def test_one_that_goes_on_is_waited_for(tmp_path, caplog):
    marker = tmp_path / "pid"

    def go_on() -> None:
        while "no sign of life" not in caplog.text:
            time.sleep(0.1)
        work.go_on(marker)

    helper = threading.Thread(target=go_on)
    helper.start()
    with caplog.at_level(logging.INFO):
        (outcome,) = LocalExecutor(1).run([Job("slow.ms", work.stop, str(marker))], tmp_path)
    helper.join()
    assert outcome.result == "gone on"
    assert "GFLUXSCALE_WORKER_TIMEOUT in the environment would limit this" in caplog.text
    assert "goes on" in caplog.text


def test_a_limit_that_is_none_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("GFLUXSCALE_WORKER_TIMEOUT", "soon")
    with pytest.raises(InputError, match="GFLUXSCALE_WORKER_TIMEOUT='soon'"):
        LocalExecutor(1).run([Job("a.ms", work.square, 7)], tmp_path)
    assert list(tmp_path.iterdir()) == []
