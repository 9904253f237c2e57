"""Make a context for a stage that is called on its own: import the data, rank antennas, read the calibration."""

import logging
import os
import stat
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..casa.flag_counts import unflagged_fraction
from ..casa.ms_reader import read_measurementset, reading
from ..casa.trial_opening import open_for_trial
from ..domain.intents import CALIBRATOR_INTENTS
from ..domain.measurementset import MeasurementSet
from ..errors import InputError
from ..heuristics.refant import rank_reference_antennas
from ..system.names import check_ms_name
from ..system.outputs import check_working_directory
from .callibrary import read_calstate
from .context import Context, ObservedData
from .ownership import check_different, identity, is_table
from .unreadable import of_each

LOG = logging.getLogger(__name__)


def make_context(
    vis: str | Path | Sequence[str | Path], *, calstate: str | Path | None = None, output_dir: str | Path = "."
) -> Context:
    """Import MeasurementSets into a new context.

    If the data of a single MeasurementSet cannot be read, an error is raised. Of several MeasurementSets, the names and
    the reasons are stored in `Context.unreadable`, and the other MeasurementSets are imported.

    Parameters
    ----------
    vis : path or sequence of paths
        The MeasurementSets.
    calstate : path, optional
        Prior calibration: a file of applycal statements or a CASA cal library; ``''`` for none.
    output_dir : path
        Working directory.

    Raises
    ------
    InputError
        If an MS or the working directory cannot be used.
    FileFormatError
        If `calstate` cannot be read.
    """
    directory = _as_path("output_dir", output_dir).expanduser().absolute()
    check_working_directory("output_dir", directory)
    _check_writable("output_dir", directory)
    if '"' in str(directory):
        raise InputError("output_dir", str(directory), "CASA cannot select data of a path with a quote: rename it")
    paths = _paths(vis)
    check_different(paths)
    _check_names(paths)
    context = Context(output_dir=directory)
    if calstate is not None and calstate != "":
        context.calibration = read_calstate(_as_path("calstate", calstate))
        if not any(application.tables for application in context.calibration):
            raise InputError("calstate", str(calstate), "it has no calibration")
    open_for_trial(paths)
    _, problems = of_each(paths, lambda path: import_measurementset(context, path), directory)
    context.unreadable = {path.name: problem for path, problem in problems.items()}
    return context


def _check_names(paths: Sequence[Path]) -> None:
    """Raise `InputError` if two MeasurementSets have the same name."""
    first: dict[str, Path] = {}
    for path in paths:
        if (other := first.setdefault(path.name, path)) is not path:
            raise InputError("vis", str(path), f"{other} has the same name, and names of MSs have to differ")


def import_measurementset(context: Context, path: Path) -> ObservedData:
    """Add a MeasurementSet to a context.

    Raises
    ------
    InputError
        The MeasurementSet cannot be used, or the context has it already.
    UnreadableDataError
        The data of the MeasurementSet cannot be read.
    """
    _check_new(context, path)
    check_ms_name(path.name)
    ms = read_measurementset(path)
    _check_writable("vis", ms.path)
    with reading(ms.path):
        ranked = _ranked_antennas(ms)
    observed = context.add(ms)
    observed.reference_antennas = ranked
    LOG.info("%s: %s", ms.name, describe(ms))
    return observed


def _check_new(context: Context, path: Path) -> None:
    """Raise `InputError` if a path leads to a MeasurementSet of the context."""
    for other in (observed.ms.path for observed in context.data.values()):
        if is_table(path) and is_table(other) and identity(path) == identity(other):
            raise InputError("vis", str(path), f"it is named twice, or was imported before, as {other}")


def _ranked_antennas(ms: MeasurementSet) -> tuple[str, ...]:
    """Rank the antennas by their distance from the centre, and by the fraction of flagged calibrator data."""
    fields = [f.id for f in ms.fields if not ms.has_intents or f.intents & CALIBRATOR_INTENTS]
    fraction = unflagged_fraction(ms, fields, sorted(ms.science_spw_ids))
    positions = np.array([antenna.position for antenna in ms.antennas])
    ranked = rank_reference_antennas([antenna.name for antenna in ms.antennas], positions, fraction)
    without_data = {antenna.name for antenna in ms.antennas if fraction[antenna.id] == 0}
    return tuple(name for name in ranked if name not in without_data)


def describe(ms: MeasurementSet) -> str:
    """Return a description of an MS in one line."""
    return (
        f"{ms.telescope}, {len(ms.antennas)} antennas, {len(ms.fields)} fields, science spws "
        f"{', '.join(map(str, sorted(ms.science_spw_ids)))}"
    )


def _paths(vis: str | Path | Sequence[str | Path]) -> list[Path]:
    """Return the paths of the MeasurementSets."""
    if not vis or not isinstance(vis, str | Path | Sequence):
        raise InputError("vis", vis, "a MeasurementSet, or a list of them, is needed")
    return [_as_path("vis", path) for path in ([vis] if isinstance(vis, str | Path) else vis)]


def _as_path(argument: str, value: object) -> Path:
    if not isinstance(value, str | Path) or not str(value):
        raise InputError(argument, value, "a path is needed")
    return Path(value)


def _check_writable(argument: str, path: Path) -> None:
    """Raise `InputError` unless `path` is writable by its permissions, also if a superuser could write to it.

    For a MeasurementSet, the files of the main table and the parent directory have to be writable: CASA's setjy creates
    files in that directory.
    """
    if not os.path.isdir(path):
        raise InputError(argument, str(path), "no such directory")
    targets = [path, *sorted(path.glob("table.*")), path.parent] if argument == "vis" else [path]
    for target in targets:
        writable = target.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)
        if not writable or not os.access(target, os.W_OK):
            raise InputError(argument, str(path), f"{target} is read-only, and the stage has to write there")
