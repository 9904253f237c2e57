"""Estimate the signal-to-noise ratio of phase solutions from the noise of the data."""

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

    The noise is measured from the differences between successive visibilities of a baseline: the component of the
    difference that is parallel to their sum. The noises of sum and difference are independent, so the result does not
    depend on the brightness. A change of phase between the two visibilities is perpendicular to the sum, and hardly
    contributes: a change of d rad makes the variance 1 / cos(d / 2)**2 times as large, 6 % for half a radian.

    The squared amplitude is the mean square of the visibilities of a baseline in a scan minus their noise, which does
    not depend on the phases. The median over all baselines and scans is used, as an antenna with a much too large
    amplitude would increase the mean. The median is corrected to the mean: it is smaller by a sixth of the ratio of the
    third cumulant to the second (Cornish & Fisher 1938). For the mean of n squares of signal and noise (noncentral
    chi-squared) this is between 2 / (3 n) and 1 / n.

    Parameters
    ----------
    visibility : ndarray of complex, shape (n,)
    weight : ndarray of float, shape (n,)
        Inverse variances, up to a factor; visibilities without a positive weight are left out.
    baseline, scan : ndarray of int, shape (n,)
        Only visibilities with the same two numbers are compared (another polarisation counts as another baseline).
    time : ndarray of float, shape (n,)
        s

    Returns
    -------
    float
        0 if the amplitude is lost in the noise, nan if no baseline has two visibilities in a scan, inf without noise.
    """
    order, together = successive(visibility, weight, baseline, scan, time)
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

    All baselines of an antenna contribute to its phase, so the squared ratios of the baselines add up. The median SNR
    of gaincal's solutions was measured to be 0 to 13 % less (12 and 24 antennas whose gains scatter by 10 %).

    Parameters
    ----------
    snr2 : float
        Squared ratio of a visibility's amplitude to the noise of its real part.
    num_visibilities : int
        Unflagged visibilities of a polarisation in all integrations.
    num_antennas, num_integrations : int
        Number of antennas and integrations of these visibilities.
    """
    if not num_antennas or not num_integrations:
        return 0.0
    return float(np.sqrt(snr2 * 2 * num_visibilities / num_antennas / num_integrations))
