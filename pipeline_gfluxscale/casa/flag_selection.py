"""Find the data that flag commands select, with CASA's own parser of selections; the MeasurementSet is only read."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..domain.flag_command import FlagCommand
from ..domain.measurementset import MeasurementSet
from ..errors import FileFormatError, shown
from ..heuristics.user_flags import FlaggedData, UserFlags
from . import runtime
from .terminal import kept_in_log
from .tools import open_measurementset

# Names of flagdata's parameters in the ms tool: one for a selection of rows and, if there is one, one for the ids.
_OF_ROWS = {
    "antenna": "baseline", "spw": "spw", "timerange": "time", "scan": "scan", "intent": "scanintent", "field": "field",
    "uvrange": "uvdist", "observation": "observation", "array": "array", "feed": "feed",
}  # fmt: skip
_OF_IDS = ("baseline", "spw", "time", "scan", "field")


def check_flag_commands(ms: MeasurementSet, commands: Sequence[FlagCommand]) -> None:
    """Check that CASA understands each selection, and that the MeasurementSet has the data it names.

    Raises
    ------
    FileFormatError
        If a selection cannot be used; the message names the file, the line and the selection.
    MeasurementSetLockedError
        If another process keeps the MeasurementSet locked.
    """
    present = {name for spw in ms.spectral_windows for name in spw.correlations}
    for command in commands:
        for name in correlations_of(command):
            if name not in present:
                choices = ", ".join(sorted(present))
                raise _error(command, "correlation", f"{ms.name} has no correlation {name}; choices: {choices}")
        for name, value in command.selection.items():
            if name in _OF_ROWS:
                _check(ms, command, name, value)


def select_flagged(vis: Path, command: FlagCommand) -> FlaggedData:
    """Return the cross-correlations that a command selects.

    Parameters
    ----------
    vis : Path
        The MeasurementSet, or a part of it with the same ids.
    command : FlagCommand
        Checked by `check_flag_commands`.
    """
    if command.autocorr:
        return FlaggedData(np.zeros(0, dtype=int), {})
    wanted = {_OF_ROWS[name]: value for name, value in command.selection.items() if name in _OF_ROWS}
    with kept_in_log():
        rows = _rows(vis, wanted)
    if rows is None:  # the part has no such data
        rows = np.zeros(0, dtype=int)
    return FlaggedData(rows, _channels(vis, command.selection.get("spw", "")), correlations_of(command))


def correlations_of(command: FlagCommand) -> tuple[str, ...]:
    """Return the names of the correlations that a command selects; empty for all."""
    text = command.selection.get("correlation", "")
    return tuple(text.upper().replace(",", " ").replace(";", " ").split())


def select_flags(ms: MeasurementSet, commands: Sequence[FlagCommand], part: Path | None = None) -> UserFlags:
    """Find the data of all commands in a MeasurementSet, or in a `part` of it with the same ids."""
    correlations = {spw.id: spw.correlations for spw in ms.spectral_windows}
    return UserFlags([(command, select_flagged(part or ms.path, command)) for command in commands], correlations)


def _check(ms: MeasurementSet, command: FlagCommand, name: str, value: str) -> None:
    argument, vis = _OF_ROWS[name], ms.path
    with kept_in_log():
        try:
            if argument in _OF_IDS:
                runtime.casatools().ms().msseltoindex(vis=str(vis), **{argument: value})
                return
            understood = _rows(vis, {argument: value}) is not None
        except RuntimeError as error:
            raise _error(command, name, " ".join(str(error).split())) from None
    if not understood:
        problem = f"{ms.name} has no such data, or CASA does not understand it"
        if name == "intent":
            problem += f"; choices: {' '.join(ms.obs_modes) or 'none'}, and patterns such as *PHASE*"
        raise _error(command, name, problem)


def _rows(vis: Path, wanted: dict[str, str]) -> np.ndarray | None:
    """Return the rows of a selection, ascending; None if CASA cannot select it."""
    with open_measurementset(vis) as ms:
        if not wanted:
            return np.arange(int(ms.nrow()))
        understood = ms.msselect(wanted)
        # The tool returns nothing for an empty selection; if a selection fails, all rows stay selected.
        rows = ms.range(["rows"]).get("rows")
    if rows is None:
        return np.zeros(0, dtype=int)
    return np.sort(np.asarray(rows, dtype=int)) if understood else None


def _channels(vis: Path, spw: str) -> dict[int, list[tuple[int, int, int]]]:
    """Return the ranges of channels (first, last, step) that a selection of spws has, by spw."""
    ranges: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    if spw:
        for window, first, last, step in runtime.casatools().ms().msseltoindex(vis=str(vis), spw=spw)["channel"]:
            ranges[int(window)].append((int(first), int(last), int(step)))
    return dict(ranges)


def _error(command: FlagCommand, name: str, problem: str) -> FileFormatError:
    return FileFormatError(f"{command.place}: {name}={shown(command.selection[name])}: {problem}")
