"""The logs of workers: a worker writes its messages to a file, which the process that started it reads.

A line is a JSON object: a log message, and the name of the step if the message is about the start of a step.
"""

import json
import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..system.logs import IN_RESULTS
from .packed_job import PackedJob
from .progress import Progress

_POLL = 0.3  # s


class WorkerLogHandler(logging.Handler):
    """Write log messages to the file of a worker.

    The file is opened and closed for every message, as on network file systems other hosts see the content only after
    it is closed.
    """

    def __init__(self, path: Path):
        super().__init__()
        self._path = path

    def emit(self, record: logging.LogRecord) -> None:
        """Append a message."""
        try:
            text = record.getMessage()
            if record.exc_info:
                text += "\n" + logging.Formatter().formatException(record.exc_info)
            entry = {
                "name": record.name,
                "level": record.levelno,
                "created": record.created,
                "text": text,
                "step": getattr(record, "step", ""),
                IN_RESULTS: getattr(record, IN_RESULTS, False),
            }
            with self._path.open("a", encoding="utf-8") as log:
                log.write(json.dumps(entry) + "\n")
        except FileNotFoundError:
            return  # the run is over, and its directory deleted
        except Exception:  # like all handlers of the standard library
            self.handleError(record)


class Follower:
    """Pass the messages of workers to the log of this process; a context manager, within which it does so."""

    def __init__(self, packed: Sequence[PackedJob], progress: Progress):
        self._tails = [_Tail(job) for job in packed]
        self._progress = progress
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="worker logs", daemon=True)

    def __enter__(self) -> "Follower":
        self._thread.start()
        return self

    def __exit__(self, *exception: Any) -> None:
        self._over.set()
        self._thread.join()
        self._pass_on()

    def _follow(self) -> None:
        while not self._over.wait(_POLL):
            self._pass_on()

    def _pass_on(self) -> None:
        for tail in self._tails:
            for entry in tail.entries():
                if entry["step"]:
                    self._progress.step(tail.job.index, entry["step"])
                logger = logging.getLogger(entry["name"])
                if logger.isEnabledFor(entry["level"]):
                    logger.handle(_record(tail.job.label, entry))


class _Tail:
    """Read the lines that a worker has appended to its log."""

    def __init__(self, job: PackedJob):
        self.job = job
        self._position = 0

    def entries(self) -> list[dict[str, Any]]:
        try:
            with self.job.log.open("rb") as log:
                log.seek(self._position)
                added = log.read()
        except FileNotFoundError:
            return []
        whole = added[: added.rfind(b"\n") + 1]  # the last line may be half written
        self._position += len(whole)
        return [json.loads(line) for line in whole.splitlines()]


def _record(label: str, entry: dict[str, Any]) -> logging.LogRecord:
    text = entry["text"] if entry["text"].startswith(label) else f"{label}: {entry['text']}"
    record = logging.LogRecord(entry["name"], entry["level"], "", 0, text, None, None)
    record.created = entry["created"]
    setattr(record, IN_RESULTS, entry[IN_RESULTS])
    return record


def last_step(log: Path) -> str:
    """Return the last step that a worker has started; empty if there is none."""
    try:
        entries = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError):
        return ""
    return next((entry["step"] for entry in reversed(entries) if entry["step"]), "")
