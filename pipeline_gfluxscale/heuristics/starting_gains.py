"""Amplitude gains from the moduli of visibilities: good enough to start a solver from."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def starting_gains(log_ratio: ArrayLike, weight: ArrayLike) -> NDArray[np.float64]:
    """Return the amplitude gain of each antenna, by least squares in the logarithm.

    ``ln|V_ij / M_ij| = ln(g_i) + ln(g_j)`` is linear, so that gains of any size are found at once, where an iteration
    that starts at 1 may not get there. Noise makes moduli too large, and so the gains of faint data: they are no
    solutions.

    Parameters
    ----------
    log_ratio : array_like, shape (n_ant, n_ant)
        Mean of ln|V / M| of each baseline, symmetric; anything where the weight is 0.
    weight : array_like, shape (n_ant, n_ant)
        Weight of each baseline, symmetric; 0 for one without data, and on the diagonal.

    Returns
    -------
    ndarray of float, shape (n_ant,)
        1 for an antenna without data. Where the baselines do not determine the gains (two antennas have one baseline),
        those that differ least from each other.
    """
    w = np.asarray(weight, dtype=float)
    total = w.sum(axis=1)
    seen = total > 0
    if not seen.any():
        return np.ones(seen.size)
    w, total = w[np.ix_(seen, seen)], total[seen]
    right = np.sum(w * np.asarray(log_ratio, dtype=float)[np.ix_(seen, seen)], axis=1, where=w > 0)
    # Divided by the weights of its antennas the matrix is well conditioned, however much these differ.
    scale = 1 / np.sqrt(total)
    normal = np.diag(total) + w
    logarithm = scale * np.linalg.lstsq(scale[:, None] * normal * scale, scale * right, rcond=1e-10)[0]
    gains = np.ones(seen.size)
    gains[seen] = np.exp(logarithm)
    return gains
