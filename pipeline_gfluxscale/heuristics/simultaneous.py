"""Find parts of the data that were observed at the same time: subarrays, or concatenated observations."""

import numpy as np
from numpy.typing import NDArray


def united(part: NDArray[np.int_], time: NDArray[np.float64], tolerance: float) -> NDArray[np.int_]:
    """Group parts of the data: parts with a time in common belong to the same group.

    Parameters
    ----------
    part : ndarray of int, shape (n,)
        Part of each row, counted from 0.
    time : ndarray of float, shape (n,)
        s
    tolerance : float
        Times that differ by less count as the same (s).

    Returns
    -------
    ndarray of int, shape (n_part,)
        For each part, the lowest number of a part in its group.
    """
    lead = np.arange(int(part.max(initial=-1)) + 1)
    order = np.argsort(time)
    together = np.diff(time[order]) <= tolerance
    pairs = np.unique(np.sort([part[order[:-1]][together], part[order[1:]][together]], axis=0), axis=1)
    for first, second in pairs.T:
        low, high = sorted((lead[first], lead[second]))
        lead[lead == high] = low
    return lead
