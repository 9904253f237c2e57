"""Call casatasks: each call is logged as a line that can be pasted into CASA, and fails with a clear error."""

import contextlib
import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from ..errors import CasaTaskError
from . import failures, interrupts, runtime, terminal
from .settings import settings_for

LOG = logging.getLogger(__name__)

_command_log: ContextVar[Path | None] = ContextVar("command_log", default=None)
_recorded: ContextVar[list[str] | None] = ContextVar("recorded", default=None)


@contextmanager
def logging_commands_to(path: Path) -> Iterator[None]:
    """Append every CASA call made inside to `path`."""
    token = _command_log.set(path)
    try:
        yield
    finally:
        _command_log.reset(token)


@contextmanager
def recording_commands() -> Iterator[list[str]]:
    """Yield a list to which every CASA call made inside is appended."""
    lines: list[str] = []
    token = _recorded.set(lines)
    try:
        yield lines
    finally:
        _recorded.reset(token)


def log_command(line: str) -> None:
    """Append a line of Python, or a comment, to the command log."""
    LOG.debug("%s", line)
    recorded = _recorded.get()
    if recorded is not None:
        recorded.append(line)
    path = _command_log.get()
    if path is not None:
        # In one piece, as other runs may write to the same file.
        with path.open("ab", buffering=0) as stream:
            stream.write(f"{line}\n".encode(errors="surrogateescape"))


def _as_argument(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_argument(item) for item in value]
    return os.path.relpath(value) if isinstance(value, Path) else value


def log_task(task: str, **arguments: Any) -> dict[str, Any]:
    """Append the call of a CASA task to the command log without calling it; return the arguments as they are passed."""
    arguments = {name: _as_argument(value) for name, value in arguments.items()}
    log_command(_line(task, arguments))
    return arguments


def log_equivalent(task: str, **arguments: Any) -> None:
    """Append the call of a CASA task whose work this package does itself to the command log, with a comment."""
    log_command(_line(task, {name: _as_argument(value) for name, value in arguments.items()}) + "  # done without CASA")


def _line(task: str, arguments: Mapping[str, Any]) -> str:
    return f"{task}({', '.join(f'{name}={value!r}' for name, value in arguments.items())})"


def run(task: str, **arguments: Any) -> Any:
    """Run a CASA task. Its output goes to CASA's log (see `terminal`), except for messages of priority SEVERE.

    Parameters
    ----------
    task : str
        Name of a task of casatasks, such as ``'gaincal'``.
    **arguments
        Arguments of the task; paths, also in lists, are passed and logged relative to the current directory.

    Returns
    -------
    object
        What the task returned.

    Raises
    ------
    CasaTaskError
        If the task raised an exception; the message gives the cause, if it is known, and CASA's own message.
    """
    return _call(task, log_task(task, **arguments))


def run_within(directory: Path, task: str, **arguments: Any) -> Any:
    """Run a CASA task in another current directory, into which it writes files of its own; see `run`."""
    log_task(task, **arguments)
    absolute = {name: value.absolute() if isinstance(value, Path) else value for name, value in arguments.items()}
    with contextlib.chdir(directory):
        return _call(task, {name: _as_argument(value) for name, value in absolute.items()})


def _call(task: str, arguments: dict[str, Any]) -> Any:
    function = _BY_TOOL.get(task) or getattr(runtime.casatasks(), task)
    printed = terminal.Printed()
    try:
        with interrupts.deferred(), settings_for(task), terminal.kept_in_log() as printed:
            result = function(**arguments)
    except Exception as error:  # some tasks raise a bare Exception
        raise CasaTaskError(failures.explain(task, arguments, str(error), printed)) from error
    for words in printed.severe:
        LOG.warning("CASA's %s says: %s", task, words)
    return result


def _fluxscale(
    vis: str, caltable: str, fluxtable: str, reference: list[str], transfer: list[str], refspwmap: list[int]
) -> dict[str, Any]:
    """Call fluxscale's tool, which does the work of the task; the task also writes to HISTORY."""
    calibrater = runtime.casatools().calibrater()
    calibrater.open(filename=vis, compress=False, addcorr=False, addmodel=False)
    try:
        answer: dict[str, Any] = calibrater.fluxscale(
            tablein=caltable, tableout=fluxtable, reference=reference, transfer=transfer, refspwmap=refspwmap
        )
    finally:
        calibrater.close()
    return answer


# A run with point sources needs no other task, and saves the 3 s of the import of casatasks.
_BY_TOOL = {"fluxscale": _fluxscale}


def remove_table(path: Path) -> None:
    """Delete a table of this package, if it exists."""
    if path.exists():
        shutil.rmtree(path)
