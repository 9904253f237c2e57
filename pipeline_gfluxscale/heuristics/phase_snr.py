"""The signal-to-noise ratio that phase solutions will have, from the data's own noise."""

import numpy as np
from numpy.typing import NDArray

from .successive import MEDIAN_CHI2, successive


def visibility_snr2(
    visibility: NDArray[np.complex128],
    weight: NDArray[np.float64],
    baseline: NDArray[np.int_],
    scan: NDArray[np.int_],
    time: NDArray[np.float64],
) -> float:
    """Return the squared ratio of a visibility's amplitude to the noise of its real part.

    The noise is measured from the differences between successive visibilities of a baseline, of which the component
    along their sum counts. The noises of sum and difference are independent, so that faintness does not change what is
    measured; and a change of phase d between the two is perpendicular to the sum, whose noise then lets the variance
    count 1 / cos(d / 2)**2 times: 6 % more for half a radian. The amplitude is what the mean square of the visibilities
    of a baseline in a scan has beyond their noise, whatever their phases; and of all baselines and scans the median, as
    one antenna with a wild amplitude would make the mean large. A median lies below the mean by a sixth of the third
    cumulant over the second (Cornish & Fisher 1938), which for the mean of n squares of noise and signal (noncentral
    chi-squared) is between 2 / (3 n) and 1 / n.

    Parameters
    ----------
    visibility : ndarray of complex, shape (n,)
    weight : ndarray of float, shape (n,)
        Inverse variances, up to a factor; visibilities without a positive weight are left out.
    baseline, scan : ndarray of int, shape (n,)
        Visibilities with the same two numbers belong together (polarisations are baselines of their own).
    time : ndarray of float, shape (n,)
        s

    Returns
    -------
    float
        0 where the noise hides the amplitude, nan if no baseline has two visibilities in a scan, inf without noise.
    """
    order, together = successive(weight, baseline, scan, time)
    value, w = visibility[order], weight[order]
    if not together.any():
        return float("nan")
    difference, total = np.diff(value)[together], (value[1:] + value[:-1])[together]
    with np.errstate(invalid="ignore", divide="ignore"):
        along = np.nan_to_num((difference * total.conj()).real / np.abs(total))
        scale = float(np.median(along**2 / (1 / w[1:] + 1 / w[:-1])[together])) / MEDIAN_CHI2
        first = np.flatnonzero(np.concatenate([[True], ~together]))
        number = np.diff(first, append=value.size)
        power = np.add.reduceat(w * np.abs(value) ** 2, first) / number
        excess = float(np.divide(np.median(power), scale)) - 2
    if not np.isfinite(excess):
        return excess
    faint = max(0.0, excess)
    return max(0.0, excess + (2 + 3 * faint) / (3 * (1 + faint) * float(np.median(number))))


def solution_snr(snr2: float, num_visibilities: int, num_antennas: int, num_integrations: int) -> float:
    """Return the SNR of the phase of an antenna in one integration and polarisation.

    The phase of an antenna is measured by all its baselines at once: their squared ratios add. The median SNR of
    gaincal's own solutions was measured to be 0 to 13 % less (12 and 24 antennas whose gains scatter by 10 %).

    Parameters
    ----------
    snr2 : float
        Squared ratio of a visibility's amplitude to the noise of its real part.
    num_visibilities : int
        Unflagged visibilities of a polarisation in all integrations.
    num_antennas, num_integrations : int
        Behind these visibilities.
    """
    if not num_antennas or not num_integrations:
        return 0.0
    return float(np.sqrt(snr2 * 2 * num_visibilities / num_antennas / num_integrations))
