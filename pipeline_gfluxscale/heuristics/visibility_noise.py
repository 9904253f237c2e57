"""The effects of thermal noise on a mean of visibilities: its scatter, and the bias by phases that are fitted to noise.

Noise is measured from differences between successive integrations, in which gains and models cancel. The scatter of the
visibilities themselves is the statistical uncertainty of the stage and of the ALMA Pipeline. It is larger than the
noise: with one gain for both polarisations (gaintype T), the difference between the polarisations' gains is part of the
scatter, though it is no error of the mean. The SNR that CASA states for such gains is too low for the same reason.

Phases that are fitted to noisy visibilities partly follow the noise. The fit maximises the sum of Re(V_ij), and to
second order each fitted phase adds half of the squared imaginary noise in its direction. With K fitted phases, a mean
flux density with the fractional variance v due to noise is too bright by the fraction K v / 2, which is 1 / SNR**2 for
phase solutions with that SNR. Phases from other data do not follow the noise, and make the mean too faint by about as
much.
"""

import numpy as np
from numpy.typing import NDArray

from .successive import MEDIAN_CHI2, successive


def noise_variance(
    ratio: NDArray[np.complex128],
    weight: NDArray[np.float64],
    baseline: NDArray[np.int_],
    scan: NDArray[np.int_],
    time: NDArray[np.float64],
) -> float:
    """Return the variance of a weighted mean of visibilities that is due to noise.

    The noise is measured from the differences between successive visibilities of a baseline in a scan; only the
    component along the mean counts.

    Parameters
    ----------
    ratio : ndarray of complex, shape (n,)
        Calibrated visibilities over their model.
    weight : ndarray of float, shape (n,)
        Weights of the ratios, up to a factor; visibilities without a positive weight are left out.
    baseline, scan : ndarray of int, shape (n,)
        Only visibilities with the same two numbers are compared (another polarisation counts as another baseline).
    time : ndarray of float, shape (n,)
        s

    Returns
    -------
    float
        nan if no baseline has two visibilities in a scan; 0 for data without noise.
    """
    order, together = successive(ratio, weight, baseline, scan, time)
    value, w = ratio.real[order], weight[order]
    if not together.any():
        return float("nan")
    squares = np.diff(value)[together] ** 2
    expected = (1 / w[1:] + 1 / w[:-1])[together]
    scale = float(np.median(squares / expected)) / MEDIAN_CHI2
    return scale / float(w.sum())


def phase_noise_bias(num_phases: int, noise_variance: float) -> float:
    """Return the bias of a mean flux density by phases that were fitted to its noise, as a fraction of it.

    Parameters
    ----------
    num_phases : int
        Number of phases that were fitted to its visibilities, without the phases of the reference antennas.
    noise_variance : float
        Variance of the mean flux density due to noise, as a fraction of its square.
    """
    return num_phases * noise_variance / 2
