"""How well a flux density is known that was transferred: its noise, and the uncertainty of its scale.

A flux density is S = median over antennas of (g_field / g_reference)**2. Four things make it uncertain:

* the thermal noise of the field's visibilities;
* the thermal noise of the reference's visibilities;
* gains of single antennas that changed between the two: the scatter of ln(g_field / g_reference)**2 between
  antennas beyond what the noise explains;
* gains of all antennas that changed together (the atmosphere): the scatter of the mean gain between a field's scans
  beyond what the antennas' own changes explain.

The first is the noise of the flux density, the others are the uncertainty of its scale.

The noise is measured from differences between successive integrations, in which gains and models cancel. The scatter
of the visibilities themselves, which the stage quotes as the statistical uncertainty as the ALMA Pipeline does, holds
more than noise: a gain that the polarisations share (gaintype T) leaves the differences between their gains in it,
which are no error of the mean. CASA's own SNR of such gains has the same trouble.

A median over n antennas of scatter s has the error s * sqrt(pi / 2 / n). The noise of n antennas' gains is not
independent: if the mean of ln(g)**2 over the antennas has the variance v, each has about 2 n v (the least-squares
solution of ln|V_ij| = ln(g_i) + ln(g_j)), so that their median has v + 2 (pi / 2 - 1) v.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MEDIAN_VARIANCE = np.pi / 2
MEDIAN_NOISE = 1 + 2 * (_MEDIAN_VARIANCE - 1)
"""Variance of the median of antennas' (gain)**2 due to noise, in units of that of their mean."""


@dataclass(frozen=True)
class AmplitudeSolutions:
    """Unflagged amplitude gains of one field in one spw.

    Attributes
    ----------
    amplitude : ndarray of float, shape (n,)
    antenna, scan : ndarray of int, shape (n,)
    noise_variance : float
        Variance that thermal noise gives to the field's mean flux density, as a fraction of its square.
    """

    amplitude: NDArray[np.float64]
    antenna: NDArray[np.int_]
    scan: NDArray[np.int_]
    noise_variance: float = 0.0

    @property
    def num_scans(self) -> int:
        """Number of scans with solutions."""
        return np.unique(self.scan).size

    def mean_gains(self) -> dict[int, float]:
        """Return the mean gain of each antenna."""
        return {int(a): float(np.mean(self.amplitude[self.antenna == a])) for a in np.unique(self.antenna)}


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
    order = np.lexsort((time, scan, baseline))
    order = order[weight[order] > 0]
    value, w = ratio.real[order], weight[order]
    together = (np.diff(baseline[order]) == 0) & (np.diff(scan[order]) == 0)
    if not together.any():
        return float("nan")
    squares = np.diff(value)[together] ** 2
    expected = (1 / w[1:] + 1 / w[:-1])[together]
    # Medians: a few visibilities that jump are no noise. 0.4549 is the median of chi-squared with one degree.
    scale = float(np.median(squares / expected)) / 0.4549
    return scale / float(w.sum())


def scale_uncertainty(
    field: AmplitudeSolutions, reference: AmplitudeSolutions, common_variance: float = 0.0
) -> float:
    """Return the fractional uncertainty of the flux scale of a field in a spw.

    Parameters
    ----------
    field, reference : AmplitudeSolutions
        Gains of the field and of its reference.
    common_variance : float
        Variance of the logarithm of the gain that all antennas share, from scan to scan (`common_gain_variance`).

    Returns
    -------
    float
        One sigma, as a fraction of the flux density; nan if no antenna has gains on both.
    """
    on_field, on_reference = field.mean_gains(), reference.mean_gains()
    antennas = sorted(on_field.keys() & on_reference.keys())
    n = len(antennas)
    if n == 0:
        return float("nan")
    log_ratio = np.array([2 * np.log(on_field[a] / on_reference[a]) for a in antennas])
    scatter = np.var(log_ratio, ddof=1) if n > 1 else 0.0
    own_changes = max(0.0, scatter - 2 * n * (field.noise_variance + reference.noise_variance))
    common_changes = 4 * common_variance * (1 / field.num_scans + 1 / reference.num_scans)
    return float(
        np.sqrt(MEDIAN_NOISE * reference.noise_variance + _MEDIAN_VARIANCE * own_changes / n + common_changes)
    )


def common_gain_variance(fields: Iterable[AmplitudeSolutions]) -> float:
    """Return the variance of the gain that all antennas share from scan to scan, of its logarithm.

    Fields observed in several scans tell it: the scan-to-scan variance of the antennas' mean gain, less what changes
    of single antennas (their scatter about it) leave in a mean. It is pooled over the fields and spws given.

    Returns
    -------
    float
        0 if no field has several scans, or nothing is left.
    """
    excess, degrees = 0.0, 0
    for solutions in fields:
        logs = _log_gains_by_scan(solutions)
        n_scan, n_antenna = logs.shape
        if n_scan < 2 or n_antenna < 2:
            continue
        relative = logs - logs.mean(axis=0)
        of_scan = relative.mean(axis=1)
        own = np.sum((relative - of_scan[:, None]) ** 2) / ((n_scan - 1) * (n_antenna - 1))
        excess += (n_scan - 1) * (np.var(of_scan, ddof=1) - own / n_antenna)
        degrees += n_scan - 1
    return max(0.0, float(excess / degrees)) if degrees else 0.0


def _log_gains_by_scan(solutions: AmplitudeSolutions) -> NDArray[np.float64]:
    """Return ln(gain), shape (n_scan, n_ant), of the antennas that have a solution in every scan."""
    scans, antennas = np.unique(solutions.scan), np.unique(solutions.antenna)
    logs = np.full((scans.size, antennas.size), np.nan)
    rows = np.searchsorted(scans, solutions.scan)
    columns = np.searchsorted(antennas, solutions.antenna)
    logs[rows, columns] = np.log(solutions.amplitude)
    return logs[:, np.all(np.isfinite(logs), axis=0)]
