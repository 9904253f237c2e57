"""Find successive visibilities, from whose differences the noise is measured."""

import numpy as np
from numpy.typing import NDArray

#: Median of chi-squared with one degree of freedom. Noise is measured by medians, on which a few jumps have no effect.
MEDIAN_CHI2 = 0.4549


def successive(
    visibility: NDArray[np.complex128],
    weight: NDArray[np.float64],
    baseline: NDArray[np.int_],
    scan: NDArray[np.int_],
    time: NDArray[np.float64],
) -> tuple[NDArray[np.int_], NDArray[np.bool_]]:
    """Sort visibilities, and find the neighbours that belong to the same baseline and scan.

    A visibility that equals the one before exactly is a copy of it, and is left out: a difference of zero would hide
    the noise. If all are equal, there is no noise, and all stay.

    Parameters
    ----------
    visibility : ndarray of complex, shape (n,)
    weight : ndarray of float, shape (n,)
        Visibilities without a positive weight are left out.
    baseline, scan : ndarray of int, shape (n,)
        Only visibilities with the same two numbers are compared (another polarisation counts as another baseline).
    time : ndarray of float, shape (n,)
        s

    Returns
    -------
    order : ndarray of int, shape (m,)
        Indices that sort the visibilities.
    together : ndarray of bool, shape (m - 1,)
        Whether a visibility and the next one are of the same baseline and scan.
    """
    order = np.lexsort((time, scan, baseline))
    order = order[weight[order] > 0]
    together = _together(order, baseline, scan)
    repeats = together & (np.diff(visibility[order]) == 0)
    if repeats.any() and np.any(together & ~repeats):
        order = np.delete(order, 1 + np.flatnonzero(repeats))
        together = _together(order, baseline, scan)
    return order, together


def _together(order: NDArray[np.int_], baseline: NDArray[np.int_], scan: NDArray[np.int_]) -> NDArray[np.bool_]:
    return np.asarray((np.diff(baseline[order]) == 0) & (np.diff(scan[order]) == 0))
