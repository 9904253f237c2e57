"""Successive visibilities, whose differences tell the noise."""

import numpy as np
from numpy.typing import NDArray

#: Median of chi-squared with one degree of freedom: noise is measured by medians, as a few jumps are no noise.
MEDIAN_CHI2 = 0.4549


def successive(
    weight: NDArray[np.float64], baseline: NDArray[np.int_], scan: NDArray[np.int_], time: NDArray[np.float64]
) -> tuple[NDArray[np.int_], NDArray[np.bool_]]:
    """Sort visibilities, and tell which of them follow each other.

    Parameters
    ----------
    weight : ndarray of float, shape (n,)
        Visibilities without a positive weight are left out.
    baseline, scan : ndarray of int, shape (n,)
        Visibilities with the same two numbers belong together (polarisations are baselines of their own).
    time : ndarray of float, shape (n,)
        s

    Returns
    -------
    order : ndarray of int, shape (m,)
        Indices that sort the visibilities.
    together : ndarray of bool, shape (m - 1,)
        Whether each two neighbours are of one baseline and scan.
    """
    order = np.lexsort((time, scan, baseline))
    order = order[weight[order] > 0]
    return order, (np.diff(baseline[order]) == 0) & (np.diff(scan[order]) == 0)
