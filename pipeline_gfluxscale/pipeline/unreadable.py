"""Continue with the other MeasurementSets of a call if the data of one cannot be read."""

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
    """Call a function for each MeasurementSet, and collect the errors about unreadable data.

    Parameters
    ----------
    keys : sequence
        Paths or names of the MeasurementSets.
    make : callable
        The function; its argument is a key.
    directory : Path
        Directory for the traceback of an unexpected error.
    known : mapping of str, optional
        Keys whose data are known to be unreadable, and the reasons.

    Returns
    -------
    made : dict
        Return values of the function, by key.
    problems : dict of str
        By key: why the data cannot be read.

    Raises
    ------
    GFluxscaleError
        The error does not concern the data of a MeasurementSet, or there is only one key.
    """
    known = known or {}
    made, problems = {}, {key: known[key] for key in keys if key in known}
    for key in keys:
        if key in problems:
            continue
        try:
            made[key] = make(key)
        except Exception as error:  # CASA and numpy raise many kinds of exceptions for broken tables
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
