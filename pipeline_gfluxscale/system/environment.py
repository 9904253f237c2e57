"""Times that are set by environment variables, and so apply to a run and all of its processes."""

import math
import os

from ..errors import InputError

#: The longest wait (s) for another run on the same MeasurementSet: variable and default.
LOCK_TIMEOUT = ("GFLUXSCALE_LOCK_TIMEOUT", 600.0)
#: The time (s) after which a worker without a sign of life is given up: variable, and default (never).
WORKER_TIMEOUT = ("GFLUXSCALE_WORKER_TIMEOUT", math.inf)


def seconds_of(variable: str, default: float) -> float:
    """Return the time (s) in an environment variable.

    Raises
    ------
    InputError
        If it is not a number, or less than 0.
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
