"""Show the progress of all jobs: as a table on a terminal, otherwise as lines in the log."""

import logging
import threading
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..casa.mpi import is_under_mpirun

if TYPE_CHECKING:
    from rich.table import Table

LOG = logging.getLogger(__name__)

_ROWS = 20
_WAITING, _DONE, _FAILED = "waiting", "done", "failed"


@dataclass
class _State:
    label: str
    step: str = _WAITING
    since: float = 0.0
    elapsed: float = 0.0

    @property
    def runs(self) -> bool:
        return self.step not in (_WAITING, _DONE, _FAILED)


class Progress:
    """The states of all jobs; a context manager, within which they are shown.

    Parameters
    ----------
    labels : sequence of str
        Names of the jobs.
    """

    def __init__(self, labels: Sequence[str]):
        self._states = [_State(label) for label in labels]
        self._lock = threading.Lock()
        self._display: AbstractContextManager[Any] = nullcontext()

    def __enter__(self) -> "Progress":
        self._display = self._live() if _on_terminal() else nullcontext()
        self._display.__enter__()
        return self

    def __exit__(self, *exception: Any) -> None:
        self._display.__exit__(*exception)

    def step(self, index: int, step: str) -> None:
        """Set the step of a job."""
        with self._lock:
            state = self._states[index]
            if state.step in (_DONE, _FAILED):
                return
            state.since = state.since or time.monotonic()
            state.step = step

    def ended(self, index: int, failed: bool, elapsed: float, reason: str = "") -> None:
        """Set the end of a job, and log it, with the reason of a failure if the worker has not logged it."""
        with self._lock:
            state = self._states[index]
            state.step, state.elapsed = (_FAILED if failed else _DONE), elapsed
            over = sum(not s.runs and s.step != _WAITING for s in self._states)
        text = f"{state.label}: {state.step} after {elapsed:.1f} s ({over} of {len(self._states)})"
        LOG.log(logging.ERROR if failed else logging.INFO, "%s", f"{text}: {reason}" if reason else text)

    def _live(self) -> AbstractContextManager[Any]:
        from rich import get_console
        from rich.live import Live

        # The same console as in the handler of the log, so that messages appear above the table.
        return Live(get_renderable=self.table, console=get_console(), refresh_per_second=2, transient=True)

    def table(self) -> "Table":
        """Return the states as a table of rich: running jobs come first, and the number of rows is limited."""
        from rich.table import Table

        with self._lock:
            states = sorted(self._states, key=lambda s: (not s.runs, s.step == _DONE))
            counts = {name: sum(s.step == name for s in states) for name in (_DONE, _FAILED, _WAITING)}
            table = Table(box=None, pad_edge=False, header_style="bold")
            for heading in ("MeasurementSet", "Step", "Time"):
                table.add_column(heading, justify="right" if heading == "Time" else "left")
            for state in states[:_ROWS]:
                seconds = time.monotonic() - state.since if state.runs else state.elapsed
                style = {_FAILED: "red", _DONE: "green"}.get(state.step, "" if state.runs else "dim")
                table.add_row(state.label, state.step, f"{seconds:.0f} s" if seconds else "", style=style)
            running = sum(s.runs for s in states)
        words = [f"{running} running", *(f"{count} {name}" for name, count in counts.items())]
        table.add_row(f"{len(states)} in all: {', '.join(words)}", style="bold")
        return table


def _on_terminal() -> bool:
    """Return whether the package's log is shown on a terminal.

    The terminal that mpirun makes for a process does not count, as its output usually goes to a file.
    """
    from rich import get_console
    from rich.logging import RichHandler

    handlers = logging.getLogger(__name__.partition(".")[0]).handlers
    return (
        not is_under_mpirun()
        and get_console().is_terminal
        and any(isinstance(handler, RichHandler) for handler in handlers)
    )
