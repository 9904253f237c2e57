"""Times in environment variables, which are the same for a run and all of its processes."""

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import InputError

#: The longest wait (s) for another run on the same MeasurementSet: variable and default.
LOCK_TIMEOUT = ("GFLUXSCALE_LOCK_TIMEOUT", 600.0)
#: The time (s) after which a worker without activity is ended: variable and default (never).
WORKER_TIMEOUT = ("GFLUXSCALE_WORKER_TIMEOUT", math.inf)


def seconds_of(variable: str, default: float) -> float:
    """Return the time (s) in an environment variable.

    Raises
    ------
    InputError
        If the variable is not a number, or less than 0.
    """
    text = os.environ.get(variable, "").strip()
    if not text:
        return default
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not seconds >= 0:
        raise InputError(variable, text[:80], "a time in seconds, 0 or more, is needed")
    return seconds


@contextmanager
def seconds_set(variable: str, seconds: float | None) -> Iterator[None]:
    """Set a time (s) for this process and the processes that it starts; with None the variable does not change."""
    before = os.environ.get(variable)
    if seconds is not None:
        os.environ[variable] = f"{seconds:g}"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(variable, None)
        else:
            os.environ[variable] = before
