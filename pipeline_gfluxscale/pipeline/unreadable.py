"""Data that cannot be read, of one of several MeasurementSets, cost this one and not the call."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from ..errors import GFluxscaleError, UnreadableDataError
from ..system.unexpected import explained

K = TypeVar("K")
T = TypeVar("T")


def of_each(
    keys: Sequence[K], make: Callable[[K], T], directory: Path, known: Mapping[K, str] | None = None
) -> tuple[dict[K, T], dict[K, str]]:
    """Make something of each MeasurementSet.

    Parameters
    ----------
    keys : sequence
        Paths or names of the MeasurementSets.
    make : callable
        Called with each of them.
    directory : Path
        Where the traceback of an unexpected error is written.
    known : mapping of str, optional
        Those whose data are known to be unreadable, and why.

    Returns
    -------
    dict, dict of str
        What was made, and for the others why their data cannot be read.

    Raises
    ------
    GFluxscaleError
        What is wrong is not with the data of a MeasurementSet, or there is only one.
    """
    known = known or {}
    made, problems = {}, {key: known[key] for key in keys if key in known}
    for key in keys:
        if key in problems:
            continue
        try:
            made[key] = make(key)
        except Exception as error:  # broken tables make CASA and numpy raise whatever there is
            if len(keys) == 1:
                raise
            problems[key] = _problem(error, directory)
    return made, problems


def _problem(error: Exception, directory: Path) -> str:
    if isinstance(error, UnreadableDataError):
        return str(error)
    if isinstance(error, GFluxscaleError):
        raise error
    return explained(error, directory)
