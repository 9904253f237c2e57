"""Estimate amplitude gains from the moduli of visibilities, as starting values for a solver."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def starting_gains(log_ratio: ArrayLike, weight: ArrayLike) -> NDArray[np.float64]:
    """Return the amplitude gain of each antenna, by least squares in the logarithm.

    ``ln|V_ij / M_ij| = ln(g_i) + ln(g_j)`` is linear, so one step gives gains of any size, whereas an iteration that
    starts at 1 may not converge. Noise makes the moduli of faint data too large, and with them these gains. Therefore
    they are starting values, not solutions.

    Parameters
    ----------
    log_ratio : array_like, shape (n_ant, n_ant)
        Mean of ln|V / M| of each baseline, symmetric; ignored where the weight is 0.
    weight : array_like, shape (n_ant, n_ant)
        Weight of each baseline, symmetric; 0 for baselines without data, and on the diagonal.

    Returns
    -------
    ndarray of float, shape (n_ant,)
        1 for an antenna without data. If the baselines do not determine the gains (as for two antennas, which have a
        single baseline), the solution with the smallest logarithms is returned.
    """
    w = np.asarray(weight, dtype=float)
    total = w.sum(axis=1)
    seen = total > 0
    if not seen.any():
        return np.ones(seen.size)
    w, total = w[np.ix_(seen, seen)], total[seen]
    right = np.sum(w * np.asarray(log_ratio, dtype=float)[np.ix_(seen, seen)], axis=1, where=w > 0)
    # With rows and columns divided by the antennas' weights, the matrix is well conditioned for very different weights.
    scale = 1 / np.sqrt(total)
    normal = np.diag(total) + w
    logarithm = scale * np.linalg.lstsq(scale[:, None] * normal * scale, scale * right, rcond=1e-10)[0]
    gains = np.ones(seen.size)
    gains[seen] = np.exp(logarithm)
    return gains
