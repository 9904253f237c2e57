"""Watch whether a worker shows signs of life: a worker that is stopped, or waits for a file server, may never end."""

import logging
import time
from pathlib import Path

from .packed_job import PackedJob
from .worker_log import WorkerLogHandler, last_step

#: A worker without a sign of life for this time (s) is reported.
QUIET = 60.0

# Indices of fields of /proc/<pid>/stat, without its first two: the state, and the user and system time (ticks).
_STATE, _USER, _SYSTEM = 0, 11, 12
_STATES = {"T": "it is stopped", "t": "it is stopped by a debugger", "D": "it waits for a disk or a file server"}


class Watch:
    """Watch a worker process of this machine.

    Parameters
    ----------
    pid : int
    job : PackedJob
        The job of the worker; `patience` is the longest time without a sign of life (s).
    """

    def __init__(self, pid: int, job: PackedJob):
        self._pid, self._job = pid, job
        self._seen: object = None
        self._since = time.monotonic()
        self._told = False

    def why_give_up(self) -> str:
        """Report a worker that shows no sign of life; return why to give it up, or an empty string."""
        seen = self._signs()
        if seen != self._seen:
            if self._told:
                self._tell(logging.INFO, f"its worker (process {self._pid}) goes on")
            self._seen, self._since, self._told = seen, time.monotonic(), False
            return ""
        quiet = time.monotonic() - self._since
        if quiet >= self._job.patience:
            return f"its worker was given up: {self._words(quiet)}"
        if quiet >= QUIET and not self._told:
            self._told = True
            self._tell(logging.WARNING, f"{self._words(quiet)}; {self._outlook()}")
        return ""

    def _signs(self) -> object:
        """Return values that change while it works or sleeps: processor time, context switches, size of its log."""
        try:
            fields = self._stat()
            naps = [line for line in Path(f"/proc/{self._pid}/status").read_text().splitlines() if "ctxt_sw" in line]
            log_size = self._job.log.stat().st_size if self._job.log.exists() else 0
        except (OSError, IndexError):
            return None
        return fields[_USER], fields[_SYSTEM], naps, log_size

    def _stat(self) -> list[str]:
        return Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()

    def _words(self, quiet: float) -> str:
        step = last_step(self._job.log)
        try:
            state = _STATES.get(self._stat()[_STATE], "it waits")
        except (OSError, IndexError):
            state = "it has ended"
        during = f" in the step {step!r}" if step else ""
        return f"process {self._pid} has shown no sign of life for {quiet:.0f} s{during}: {state}"

    def _outlook(self) -> str:
        if self._job.patience == float("inf"):
            return "GFLUXSCALE_WORKER_TIMEOUT in the environment would limit this (seconds)"
        return f"it is given up after {self._job.patience:.0f} s"

    def _tell(self, level: int, text: str) -> None:
        record = logging.LogRecord(__name__, level, "", 0, f"{self._job.label}: {text}", None, None)
        WorkerLogHandler(self._job.log).emit(record)
        self._seen = self._signs()  # the message above has made the log larger
