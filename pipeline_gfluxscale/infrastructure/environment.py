"""Times that are set by the environment, and so hold for a run and all of its processes."""

import math
import os

from ..errors import InputError

#: The longest wait (s) for another run on the same MeasurementSet: variable and default.
LOCK_TIMEOUT = ("GFLUXSCALE_LOCK_TIMEOUT", 600.0)
#: How long (s) a worker may show no sign of life before it is given up: variable and default, which is for ever.
WORKER_TIMEOUT = ("GFLUXSCALE_WORKER_TIMEOUT", math.inf)


def seconds_of(variable: str, default: float) -> float:
    """Return the time (s) that a variable of the environment has.

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
