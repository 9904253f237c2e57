"""A statistical model of the variability of quasars."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_DAY = 86400.0


@dataclass(frozen=True)
class Variability:
    """An Ornstein-Uhlenbeck process for the logarithm of a flux density.

    Guzman et al. (2019, PASP 131, 094504) fit this process to ALMA's monitoring of 39 grid calibrators.

    Attributes
    ----------
    scatter : float
        Standard deviation of the natural logarithm over times much longer than `days`.
    days : float
        Time in which the correlation falls to 1/e.
    """

    scatter: float
    days: float

    def covariance(self, time: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the covariance of the logarithms at some times (MJD, s), shape (n, n)."""
        lag = np.abs(time[:, None] - time[None, :]) / _DAY
        return np.asarray(self.scatter**2 * np.exp(-lag / self.days))

    def rms_change(self, days: float) -> float:
        """Return the rms change of the logarithm over a time lag: the square root of the structure function."""
        return float(np.sqrt(2 * self.scatter**2 * -np.expm1(-days / self.days)))


#: A typical quasar of ALMA's catalogue: it changes by 2 % in a day, 6 % in a week, 12 % in a month, 31 % in a year.
QUASAR = Variability(scatter=0.25, days=250.0)

#: A source whose flux density does not change.
STEADY = Variability(scatter=0.0, days=1.0)
