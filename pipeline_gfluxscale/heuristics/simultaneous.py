"""Parts of the data that were observed at the same time: subarrays, or observations that were put together."""

import numpy as np
from numpy.typing import NDArray


def united(part: NDArray[np.int_], time: NDArray[np.float64], tolerance: float) -> NDArray[np.int_]:
    """Return the number of the part that each part belongs to: parts with a time in common are one.

    Parameters
    ----------
    part : ndarray of int, shape (n,)
        Part of each row, from 0 on.
    time : ndarray of float, shape (n,)
        s
    tolerance : float
        Times that differ by less are the same (s).

    Returns
    -------
    ndarray of int, shape (n_part,)
        The lowest number of those that belong together.
    """
    lead = np.arange(int(part.max(initial=-1)) + 1)
    order = np.argsort(time)
    together = np.diff(time[order]) <= tolerance
    pairs = np.unique(np.sort([part[order[:-1]][together], part[order[1:]][together]], axis=0), axis=1)
    for first, second in pairs.T:
        low, high = sorted((lead[first], lead[second]))
        lead[lead == high] = low
    return lead
