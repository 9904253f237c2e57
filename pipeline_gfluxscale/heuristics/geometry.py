"""Distances between antennas."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import cdist


def separations(positions: ArrayLike) -> NDArray[np.float64]:
    """Return the distance between each two antennas: the unprojected baseline lengths.

    Parameters
    ----------
    positions : array_like, shape (n_ant, 3)
        Geocentric (ITRF) x, y, z (m).

    Returns
    -------
    ndarray, shape (n_ant, n_ant)
        Three-dimensional distances (m); zero on the diagonal.

    Raises
    ------
    ValueError
        If `positions` has another shape.
    """
    xyz = np.asarray(positions, dtype=float)
    if xyz.ndim != 2 or xyz.shape[1] != 3:
        raise ValueError(f"positions of shape {xyz.shape}: (n_ant, 3) is needed")
    return np.asarray(cdist(xyz, xyz))
