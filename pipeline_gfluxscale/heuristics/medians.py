"""The variance of a median, and the covariance of two medians.

The median of n values with the standard deviation s has the variance c * s**2 / n, where c rises from 1 for 2 values to
pi / 2 for many (`median_variance`).

The values of two spws of the same antennas are correlated, with a coefficient rho, but their medians less so: noise
decides which antenna is in the middle. The covariance of the medians is the variance of a median minus half of the
variance of the difference of the two medians. There are two limits for the latter half:

* For many antennas, the medians have the correlation (2 / pi) * arcsin(rho). This follows from the probability that
  both values of a pair are below the medians, 1/4 + arcsin(rho) / (2 pi).
* If the noise is too small to change the order of the antennas, the same antenna is in the middle in both spws (of an
  even number, the same two antennas), and the medians differ by its noise only.

The variances a and b of the two limits are combined as (a**-2 + b**-2)**(-1/2). In Monte Carlo simulations, this is
right within 22 % for 5 to 40 antennas and any correlation.
"""

import numpy as np


def median_variance(n: int) -> float:
    """Return the variance of the median of n normal numbers of variance 1.

    It is pi / 2 / n for many numbers. The approximation is pi / 2 / (n + pi / 2 - 1) for an odd n, and
    pi / 2 / (n + 1.3) for an even n, where the median is the mean of two numbers. Compared with numerical integration,
    the error is 4 % for n = 2 and at most 2 % otherwise.
    """
    return 1.0 if n == 1 else np.pi / 2 / (n + (np.pi / 2 - 1 if n % 2 else 1.3))


def shared_by_medians(n: int, shared: float, own: float) -> float:
    """Return the covariance of the medians of n pairs of numbers with partly the same errors.

    Parameters
    ----------
    n : int
    shared, own : float
        Variance of the error that both numbers of a pair have, and variance of the independent error of a number.
    """
    scatter = shared + own
    if own <= 0 or shared <= 0:
        return median_variance(n) * max(0.0, shared)
    different = median_variance(n) * scatter * (1 - 2 / np.pi * float(np.arcsin(shared / scatter)))
    of_the_middle = own if n % 2 else own / 2
    return median_variance(n) * scatter - different * of_the_middle / float(np.hypot(different, of_the_middle))
