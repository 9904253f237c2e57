"""Run ``gfluxscale run`` with an engine, watch its messages, and interfere."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-c", "from pipeline_gfluxscale.cli.main import main; main()", "run"]
PACKAGE_PARENT = str(Path(__file__).parents[2])
TESTS = str(Path(__file__).parents[1])
#: s; a run takes less than a tenth of it.
PATIENCE = 240


@dataclass(frozen=True)
class Engine:
    """How the shell command uses an engine: the words before the command, and the environment variables."""

    name: str
    prefix: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return self.name


class ShellRun:
    """A run of the command; the lines it has said are in `lines`."""

    def __init__(self, engine: Engine, directory: Path, arguments: Sequence[str]):
        environment = os.environ | {"COLUMNS": "250", "PYTHONPATH": PACKAGE_PARENT} | dict(engine.environment)
        self.lines: list[str] = []
        self._said = threading.Condition()
        self.process = subprocess.Popen(
            [*engine.prefix, *COMMAND, *arguments, "--no-weblog"],
            cwd=directory, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._said:
                self.lines.append(re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", line))
                self._said.notify_all()
        with self._said:
            self._said.notify_all()

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Return the first match of a pattern in a line, as soon as it is said."""
        with self._said:
            found = self._said.wait_for(lambda: self._found(pattern) or self.process.poll() is not None, PATIENCE)
            match = self._found(pattern)
        assert found, self.text
        assert match, f"{pattern!r} was never said:\n{self.text}"
        return match

    def _found(self, pattern: str) -> re.Match[str] | None:
        return next((match for line in self.lines if (match := re.search(pattern, line))), None)

    def kill_worker(self, vis: str, step: str) -> int:
        """Kill the worker of an MS when it announces a step; return its process id."""
        pid = int(self.wait_for(rf"{vis}: process (\d+) on").group(1))
        self.wait_for(rf"{vis}: {step}")
        os.kill(pid, signal.SIGKILL)
        return pid

    def finish(self) -> int:
        """Wait for the end; return the status."""
        status = self.process.wait(PATIENCE)
        self._reader.join(10)
        return status

    @property
    def text(self) -> str:
        """What was said."""
        return "".join(self.lines)


def start(engine: Engine, directory: Path, *arguments: str) -> ShellRun:
    """Start ``gfluxscale run`` in a directory."""
    return ShellRun(engine, directory, arguments)


def comparable(results: dict[str, Any], directory: Path) -> dict[str, dict[str, Any]]:
    """Return results by MS, without times, process ids, directories and records, which differ from run to run."""
    text = json.dumps(results).replace(str(directory), "DIRECTORY")
    found = json.loads(re.sub(r"(\.gfluxscale-[\w.]+)-\d+", r"\1-PID", text))
    for each in found["results"]:
        del each["elapsed_s"], each["record"]
    return {each["vis"]: each for each in found["results"]}


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> bool:
    """Return whether a condition comes true within some seconds."""
    tick = threading.Event()
    for _ in range(int(seconds / 0.1)):
        if condition():
            return True
        tick.wait(0.1)
    return condition()


def is_alive(pid: int) -> bool:
    """Whether a process lives; one that is dead and not yet waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
