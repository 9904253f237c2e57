"""The uncertainty of a transferred flux scale, from the amplitude gains themselves.

A flux density is S = median over antennas of (g_field / g_reference)**2. Its scale is as good as the gains of the
reference field, and as the assumption that an antenna's gain was the same on both fields. Three things
are seen in the amplitude table:

* the thermal errors of the reference field's gains, from their SNR;
* gains of single antennas that changed between the fields: the scatter of ln(g_field / g_reference)**2 between
  antennas beyond what thermal errors explain;
* gains of all antennas that changed together (the atmosphere): the scatter of the mean gain between a field's scans
  beyond what the antennas' own changes explain.

A median over n antennas of scatter s has the error s * sqrt(pi / 2 / n). The field's own thermal error is not part
of the scale: it is its statistical uncertainty.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MEDIAN_VARIANCE = np.pi / 2


@dataclass(frozen=True)
class AmplitudeSolutions:
    """Unflagged amplitude gains of one field in one spw.

    Attributes
    ----------
    amplitude, snr : ndarray of float, shape (n,)
    antenna, scan : ndarray of int, shape (n,)
    """

    amplitude: NDArray[np.float64]
    snr: NDArray[np.float64]
    antenna: NDArray[np.int_]
    scan: NDArray[np.int_]

    @property
    def num_scans(self) -> int:
        """Number of scans with solutions."""
        return np.unique(self.scan).size

    def mean_gains(self) -> dict[int, tuple[float, float]]:
        """Return the mean gain of each antenna, and the thermal variance of its logarithm."""
        means = {}
        for antenna in np.unique(self.antenna):
            mine = self.antenna == antenna
            thermal = np.mean(1 / np.maximum(self.snr[mine], 1.0) ** 2) / np.count_nonzero(mine)
            means[int(antenna)] = (float(np.mean(self.amplitude[mine])), float(thermal))
        return means


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
    log_ratio = np.array([2 * np.log(on_field[a][0] / on_reference[a][0]) for a in antennas])
    thermal_field = 4 * np.mean([on_field[a][1] for a in antennas])
    thermal_reference = 4 * np.mean([on_reference[a][1] for a in antennas])
    scatter = np.var(log_ratio, ddof=1) if n > 1 else 0.0
    own_changes = max(0.0, scatter - thermal_field - thermal_reference)
    common_changes = 4 * common_variance * (1 / field.num_scans + 1 / reference.num_scans)
    return float(np.sqrt(thermal_reference / n + _MEDIAN_VARIANCE * own_changes / n + common_changes))


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
