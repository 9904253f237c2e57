"""SIGTERM, SIGHUP and Ctrl-C end a run with a message and the status 128 + n, and nothing of it is left."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from helpers.small_observation import PLAN

_RUN = "from pipeline_gfluxscale.cli.main import main; main()"
_SCRIPT = "from pipeline_gfluxscale import hifa_gfluxscale; hifa_gfluxscale('observed.ms')"


class Run:
    """A run in a process of its own; `lines` is what it has said."""

    def __init__(self, directory: Path, code: str, *arguments: str, prefix: Sequence[str] = ()):
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "COLUMNS": "200"}
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-c", code, *arguments],
            cwd=directory, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def stop_at(self, words: str, number: int) -> None:
        """Send a signal as soon as the run says something."""
        while words not in (line := self.process.stdout.readline()):
            assert line, "".join(self.lines)
            self.lines.append(line)
        self.process.send_signal(number)

    def end(self) -> tuple[int, str]:
        self.lines += self.process.communicate(timeout=240)[0].splitlines(keepends=True)
        return self.process.returncode, "".join(self.lines)


def left(directory: Path) -> list[str]:
    """Return the names of working copies, run directories, component lists, locks and unfinished columns."""
    found = [*directory.glob(".*"), *directory.glob("*.cl"), *directory.glob("*.ms/*.lock")]
    found += directory.glob("*.ms/*UNFINISHED*")
    return sorted(path.name for path in found if path.name != "table.lock")


@pytest.mark.parametrize(
    ("name", "step"), [("SIGTERM", "Reference model"), ("SIGTERM", "Solve"), ("SIGHUP", "Average"), ("SIGINT", "Solve")]
)
def test_a_run_of_the_command(vis, tmp_path, name, step):
    number = getattr(signal, name)
    run = Run(tmp_path, _RUN, "run", str(vis), "--no-weblog", "--json", "results.json")
    run.stop_at(step, number)
    status, text = run.end()
    assert status == 128 + number, text
    assert f"stopped by {'Ctrl-C' if name == 'SIGINT' else name}" in text.splitlines()[-1]
    assert "Traceback" not in text
    assert left(tmp_path) == []
    assert not (tmp_path / "results.json").exists()


def test_a_script(vis, tmp_path):
    run = Run(tmp_path, _SCRIPT)
    run.stop_at("Solve", signal.SIGTERM)
    status, text = run.end()
    assert status == 128 + signal.SIGTERM, text
    assert "stopped by SIGTERM" in text
    assert "Traceback" not in text
    assert left(tmp_path) == []


def test_parallel_runs(copied, tmp_path):
    for name in ("a.ms", "b.ms"):
        copied(PLAN, tmp_path, name)
    run = Run(tmp_path, _RUN, "run", "a.ms", "b.ms", "--no-weblog", "--parallel", "automatic")
    run.stop_at("Average", signal.SIGTERM)
    status, text = run.end()
    assert status == 128 + signal.SIGTERM, text
    assert left(tmp_path) == []


def test_a_run_that_ignores_hangups_goes_on(vis, tmp_path):
    run = Run(tmp_path, _RUN, "run", str(vis), "--no-weblog", prefix=["nohup"])
    run.stop_at("Average", signal.SIGHUP)
    status, text = run.end()
    assert status == 0, text
