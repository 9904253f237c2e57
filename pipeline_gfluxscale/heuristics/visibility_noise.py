"""What thermal noise does to a mean of visibilities: it scatters, and phases that follow it brighten.

Noise is measured from differences between successive integrations, in which gains and models cancel. The scatter of
the visibilities themselves, which the stage quotes as the statistical uncertainty as the ALMA Pipeline does, holds
more than noise: a gain that the polarisations share (gaintype T) leaves the differences between their gains in it,
which are no error of the mean. CASA's own SNR of such gains has the same trouble.

Phases that are fitted to noisy visibilities follow the noise and align it: maximising the sum of Re(V_ij) over the
phases adds, in second order, half of the squared imaginary noise along every fitted phase. With K fitted phases the
mean flux density, of fractional variance v by noise, becomes too bright by K v / 2 of itself, which is 1 / SNR**2 for
phase solutions of that SNR. Phases from other data do not follow the noise, and lose about as much.
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
        Visibilities with the same two numbers belong together (polarisations are baselines of their own).
    time : ndarray of float, shape (n,)
        s

    Returns
    -------
    float
        nan if no baseline has two visibilities in a scan.
    """
    order, together = successive(weight, baseline, scan, time)
    value, w = ratio.real[order], weight[order]
    if not together.any():
        return float("nan")
    squares = np.diff(value)[together] ** 2
    expected = (1 / w[1:] + 1 / w[:-1])[together]
    scale = float(np.median(squares / expected)) / MEDIAN_CHI2
    return scale / float(w.sum())


def phase_noise_bias(num_phases: int, noise_variance: float) -> float:
    """Return by how much phases that follow the noise brighten a mean flux density, as a fraction of it.

    Parameters
    ----------
    num_phases : int
        Number of phases that were fitted to its visibilities; the reference antennas' do not count.
    noise_variance : float
        Variance of the mean flux density due to noise, as a fraction of its square.
    """
    return num_phases * noise_variance / 2
