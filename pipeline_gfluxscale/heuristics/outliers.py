"""Find outliers among amplitude gains."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

MAD_PER_SIGMA = 0.6745
"""Median absolute deviation of a normal distribution, in units of its standard deviation."""

RESOLUTION = 10 * float(np.finfo(np.float32).eps)
"""Relative scatter below which gains count as equal: ten steps of a caltable's single precision (1.2e-6)."""


LEAST_FACTOR = 3.0
"""Least ratio of a gain to the median of its solution with which `find_outliers_of_solutions` flags it."""


@dataclass(frozen=True)
class OutlierResult:
    """The outliers among the amplitude gains of one field.

    Attributes
    ----------
    mask : ndarray of bool, shape (n,)
        True for each gain to flag; False for gains that were flagged before.
    sigma_values : ndarray, shape (n,)
        Distance of each gain from the median, in sigma; NaN for flagged gains.
    median : float
        Median of the unflagged gains; NaN if all are flagged.
    sigma : float
        Robust standard deviation of the unflagged gains; NaN if all are flagged.
    """

    mask: NDArray[np.bool_]
    sigma_values: NDArray[np.float64]
    median: float
    sigma: float


def find_outliers(amplitude: ArrayLike, flagged: ArrayLike, threshold_sigma: float) -> OutlierResult:
    """Find the amplitude gains of a field that lie further from their median than the threshold.

    All spws of the field are compared together. sigma = MAD / 0.6745, but at least `RESOLUTION` times the median: if
    more than half of the gains are identical, the MAD is zero, and only gains that differ from the median by more than
    rounding errors are outliers.

    Parameters
    ----------
    amplitude : array_like, shape (n,)
        Gains, real or complex; their moduli are compared. A gain that is not finite counts as flagged.
    flagged : array_like of bool, shape (n,)
        True for the gains to leave out.
    threshold_sigma : float
        Largest ``|gain - median| / sigma`` that is kept (`amp_outlier_sigma` of the stage).

    Returns
    -------
    OutlierResult
    """
    gain = np.abs(np.asarray(amplitude)).astype(float)
    good = np.isfinite(gain) & ~np.asarray(flagged, dtype=bool)
    distance = np.full(gain.shape, np.nan)
    if not good.any():
        return OutlierResult(np.zeros(gain.shape, dtype=bool), distance, float("nan"), float("nan"))

    median = float(np.median(gain[good]))
    deviation = np.abs(gain[good] - median)
    sigma = max(float(np.median(deviation)) / MAD_PER_SIGMA, RESOLUTION * median)
    # sigma is zero only if the median is zero: gains other than zero are then infinitely many sigma away.
    distance[good] = deviation / sigma if sigma > 0 else np.where(deviation > 0, np.inf, 0.0)
    return OutlierResult(good & (distance > threshold_sigma), distance, median, sigma)


def find_outliers_of_solutions(
    amplitude: ArrayLike, flagged: ArrayLike, solution: ArrayLike, threshold_sigma: float
) -> OutlierResult:
    """Find the amplitude gains of a field that are much larger than the gains that were solved for together with them.

    A gain that is wrong by a large factor can keep a solver from converging: the gains of the other antennas in that
    solution are then too high by a common factor. If a field has few solutions, that factor increases the scatter of
    all of them, and `find_outliers` does not find the wrong gain. So this function compares gains with the median of
    their own solution, in which the common factor cancels.

    Parameters
    ----------
    amplitude : array_like, shape (n,)
        Gains; their moduli are compared.
    flagged : array_like of bool, shape (n,)
        True for the gains to leave out.
    solution : array_like of int, shape (n,)
        The same number for gains that were solved for together: of all antennas, at one time in one spw.
    threshold_sigma : float
        Largest deviation of the ratios that is kept, in sigma; ratios up to `LEAST_FACTOR` are always kept.

    Returns
    -------
    OutlierResult
        For the ratios of the gains to the medians of their solutions.
    """
    gain, bad = np.abs(np.asarray(amplitude)).astype(float), np.asarray(flagged, dtype=bool)
    good = np.isfinite(gain) & ~bad
    groups = np.asarray(solution)
    ratio = np.full(gain.shape, np.nan)
    for group in np.unique(groups[good]):
        mine = good & (groups == group)
        median = np.median(gain[mine])
        ratio[mine] = gain[mine] / median if median > 0 else np.nan
    result = find_outliers(ratio, bad, threshold_sigma)
    return replace(result, mask=result.mask & (ratio > LEAST_FACTOR))
