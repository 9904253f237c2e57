"""Amplitude gains of a field in a spw, their noise, and their ratio to the gains on another field.

The noise of the gains of different antennas is correlated. The gains of N antennas are the least-squares solution of
ln|V_ij| = ln(g_i) + ln(g_j), whose normal matrix is (N - 2) * identity + ones. Its inverse gives the covariance: if the
mean of y = 2 ln(g) over the antennas has the variance v, the antennas scatter about that mean with the variance
2 N (N - 1) / (N - 2) * v.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .medians import median_variance


@dataclass(frozen=True)
class AmplitudeSolutions:
    """Unflagged amplitude gains of one field in one spw.

    Attributes
    ----------
    amplitude : ndarray of float, shape (n,)
    antenna, scan : ndarray of int, shape (n,)
    noise_variance : float
        Variance of the field's mean flux density due to thermal noise, as a fraction of its square.
    """

    amplitude: NDArray[np.float64]
    antenna: NDArray[np.int_]
    scan: NDArray[np.int_]
    noise_variance: float = 0.0

    @property
    def num_scans(self) -> int:
        """Number of scans with solutions."""
        return np.unique(self.scan).size

    @property
    def num_antennas(self) -> int:
        """Number of antennas with solutions."""
        return np.unique(self.antenna).size

    @property
    def noise_scatter(self) -> float:
        """Variance of 2 ln(mean gain) of the antennas about their mean, due to thermal noise."""
        n = self.num_antennas
        return 2 * n * (n - 1) / max(1, n - 2) * self.noise_variance

    def noise_of_median(self, n: int) -> float:
        """Return the variance of a flux density due to thermal noise, as a fraction of its square.

        Parameters
        ----------
        n : int
            Number of antennas of this field of whose gains the flux density is the median.

        Returns
        -------
        float
            nan if the field does not have gains of `n` antennas.
        """
        if not 0 < n <= self.num_antennas:
            return float("nan")
        return self.noise_variance + self.noise_scatter * (median_variance(n) - 1 / self.num_antennas)

    def mean_gains(self) -> dict[int, float]:
        """Return the mean gain of each antenna."""
        return {int(a): float(np.mean(self.amplitude[self.antenna == a])) for a in np.unique(self.antenna)}


class GainRatio(NamedTuple):
    """2 ln(g_field / g_other) of each antenna, its variance due to noise, and the sum of the fields' 1 / n_scan."""

    antennas: list[int]
    values: NDArray[np.float64]
    noise: float
    inverse_scans: float


def gain_ratio(field: AmplitudeSolutions, other: AmplitudeSolutions) -> GainRatio:
    """Return the ratio of the gains on two fields, of the antennas with gains on both."""
    on_field, on_other = field.mean_gains(), other.mean_gains()
    antennas = sorted(on_field.keys() & on_other.keys())
    return GainRatio(
        antennas,
        np.array([2 * np.log(on_field[a] / on_other[a]) for a in antennas]),
        field.noise_scatter + other.noise_scatter,
        1 / max(1, field.num_scans) + 1 / max(1, other.num_scans),
    )
