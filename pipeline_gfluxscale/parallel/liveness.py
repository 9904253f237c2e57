"""Watch the activity of a worker: a worker that is stopped, or waits for a file server, may never end."""

import logging
import time
from pathlib import Path

from .packed_job import PackedJob
from .worker_log import WorkerLogHandler, last_step

#: A worker without activity for this time (s) is reported.
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
        The job of the worker; `patience` is the longest time without activity (s).
    """

    def __init__(self, pid: int, job: PackedJob):
        self._pid, self._job = pid, job
        self._last: object = None
        self._since = time.monotonic()
        self._is_reported = False

    def why_give_up(self) -> str:
        """Report a worker without activity; return why it has to be ended, or an empty string if it has not."""
        activity = self._activity()
        if activity != self._last:
            if self._is_reported:
                self._report(logging.INFO, f"its worker (process {self._pid}) goes on")
            self._last, self._since, self._is_reported = activity, time.monotonic(), False
            return ""
        quiet = time.monotonic() - self._since
        if quiet >= self._job.patience:
            return f"its worker was given up: {self._words(quiet)}"
        if quiet >= QUIET and not self._is_reported:
            self._is_reported = True
            self._report(logging.WARNING, f"{self._words(quiet)}; {self._outlook()}")
        return ""

    def _activity(self) -> object:
        """Return values that change while a worker works or sleeps: processor time, context switches, size of its log.

        They do not change if the worker is stopped, or waits for a disk or a file server.
        """
        try:
            fields = self._stat()
            lines = Path(f"/proc/{self._pid}/status").read_text().splitlines()
            switches = [line for line in lines if "ctxt_sw" in line]
            log_size = self._job.log.stat().st_size if self._job.log.exists() else 0
        except (OSError, IndexError):
            return None
        return fields[_USER], fields[_SYSTEM], switches, log_size

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

    def _report(self, level: int, text: str) -> None:
        record = logging.LogRecord(__name__, level, "", 0, f"{self._job.label}: {text}", None, None)
        WorkerLogHandler(self._job.log).emit(record)
        self._last = self._activity()  # the message above has made the log larger
